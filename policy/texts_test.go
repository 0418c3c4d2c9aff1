package policy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
)

// A policy that is made of Go values can hold what no file can: each text that is
// not UTF-8 is refused at its place.
func TestTextsAreUTF8(t *testing.T) {
	const wrong = "tr\xffue"
	sound := func() policy.Document {
		p, err := policy.Parse("p", []byte(guarded), nil)
		require.NoError(t, err)
		d := p.Document()
		d.Constraints = append(d.Constraints, policy.Constraint{Name: "open", On: []string{"export"}, Require: "true"})
		d.Roles[0].Grants[0].When = "true"
		return d
	}
	_, err := policy.Compile(sound(), nil)
	require.NoError(t, err)
	const text = ": the text is not valid UTF-8: its byte 3 is part of no character"
	for want, change := range map[string]func(d *policy.Document){
		"policy" + text:                                               func(d *policy.Document) { d.Policy = wrong },
		"privileges.pupils.area" + text:                               func(d *policy.Document) { d.Privileges[0].Area = wrong },
		"privileges.pupils.title" + text:                              func(d *policy.Document) { d.Privileges[0].Title = wrong },
		"roles.chief.title" + text:                                    func(d *policy.Document) { d.Roles[0].Title = wrong },
		"constraints[0].name" + text:                                  func(d *policy.Document) { d.Constraints[0].Name = wrong },
		"constraints[0].message" + text:                               func(d *policy.Document) { d.Constraints[0].Message = wrong },
		"invariants[0].name" + text:                                   func(d *policy.Document) { d.Invariants[0].Name = wrong },
		"invariants[0].message" + text:                                func(d *policy.Document) { d.Invariants[0].Message = wrong },
		"scopes.all: column 3: the condition is not valid UTF-8 here": func(d *policy.Document) { d.Scopes[0].When = wrong },
		"roles.chief.grants[0].when: column 3: the condition is not valid UTF-8 here": func(d *policy.Document) { d.Roles[0].Grants[0].When = wrong },
		"constraints[0].require: column 3: the condition is not valid UTF-8 here":     func(d *policy.Document) { d.Constraints[0].Require = wrong },
		"invariants[0].require: column 3: the condition is not valid UTF-8 here":      func(d *policy.Document) { d.Invariants[0].Require = wrong },
		`roles["tr\xffue"]: "tr\xffue" cannot be the name of a role`:                  func(d *policy.Document) { d.Roles[0].Name = wrong },
		`constraints[0].on[0]: unknown privilege "tr\xffue"`:                          func(d *policy.Document) { d.Constraints[0].On = []string{wrong} },
		`privileges.pupils.on: unknown resource type "tr\xffue"`:                      func(d *policy.Document) { d.Privileges[0].On = wrong },
		`views.record.fields.name.show[0]: unknown privilege "tr\xffue"`:              func(d *policy.Document) { d.Views[0].Fields[0].Show = []roles.Action{wrong} },
	} {
		d := sound()
		change(&d)
		p, err := policy.Compile(d, nil)
		assert.Nil(t, p, want)
		if assert.Error(t, err, want) {
			assert.ErrorContains(t, err, want)
		}
	}
}
