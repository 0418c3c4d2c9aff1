package policy

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/bailiwick-authz/bailiwick/internal/fault"
)

func TestAFaultIsOneLineThatNamesItsPlace(t *testing.T) {
	for want, f := range map[string]Fault{
		`ncmp.yaml:12:7: roles.collector.grants[0].privileges[1]: unknown privilege "pupil.edti" (did you mean "pupil.edit"?)`: {
			File: "ncmp.yaml", Line: 12, Column: 7, Path: "roles.collector.grants[0].privileges[1]",
			Message: `unknown privilege "pupil.edti" (did you mean "pupil.edit"?)`,
		},
		"roles.x: no":           {Path: "roles.x", Message: "no"},
		"no":                    {Message: "no"},
		"3:4: no":               {Line: 3, Column: 4, Message: "no"},
		"p.yaml:1:1: empty":     {File: "p.yaml", Line: 1, Column: 1, Message: "empty"},
		`a\u000Ab.yaml: p: m`:   {File: "a\nb.yaml", Path: "p", Message: "m"},
		`a\u001B[31m: \u2028 é`: {Path: "a\x1b[31m", Message: "\u2028 é"},
	} {
		assert.Equal(t, want, f.Error())
	}
}

func TestFaultsAreOneLineEachInTheOrderOfTheFile(t *testing.T) {
	var err error = Faults{
		{File: "p", Line: 2, Column: 1, Message: "c"}, {File: "p", Line: 1, Column: 9, Message: "b"},
		{File: "p", Line: 1, Column: 2, Message: "a"}, {File: "p", Line: 2, Column: 1, Message: "d"},
	}
	assert.Equal(t, "p:1:2: a\np:1:9: b\np:2:1: c\np:2:1: d", fmt.Errorf("%w", err).Error())
	assert.Equal(t, "no faults", Faults{}.Error())
}

func TestOfManyFaultsTheFirstHundredArePrinted(t *testing.T) {
	var fs Faults
	for i := 103; i > 0; i-- {
		fs = append(fs, &Fault{Line: i, Column: 1, Message: "x"})
	}
	lines := strings.Split(fs.Error(), "\n")
	assert.Len(t, lines, 101)
	assert.Equal(t, []string{"1:1: x", "100:1: x", "and 3 more"}, []string{lines[0], lines[99], lines[100]})
	assert.Len(t, strings.Split(fs[:100].Error(), "\n"), 100)
}

func TestErrorsAsFindsAFault(t *testing.T) {
	var f *Fault
	assert.ErrorAs(t, fmt.Errorf("loading: %w", Faults{{Message: "a"}, {Message: "b"}}), &f)
	assert.Equal(t, "a", f.Message)
	assert.ErrorIs(t, errors.Join(Faults{f}), f)
}

func TestFaultsOfTheCompilerGetTheirPlaceInTheFile(t *testing.T) {
	_, at, faults := decode("p.yaml", []byte(`policy: p
scopes:
  own: user.id == resource.ownr
roles:
  collector:
    grants:
      - privileges: pupil.edti
        when: |
          true &&
            nwo
`), defaults())
	assert.Empty(t, faults)
	for want, f := range map[string]fault.Fault{
		"p.yaml:3:19: scopes.own: unknown field":                          {Path: "scopes.own", Line: 1, Column: 12, Message: "unknown field"},
		"p.yaml:3:19: scopes.own.when: unknown field":                     {Path: "scopes.own.when", Line: 1, Column: 12, Message: "unknown field"},
		"p.yaml:5:3: roles.collector: bad name":                           {Path: "roles.collector", Key: true, Message: "bad name"},
		"p.yaml:7:21: roles.collector.grants[0].privileges[0]: unknown":   {Path: "roles.collector.grants[0].privileges[0]", Message: "unknown"},
		"p.yaml:10:13: roles.collector.grants[0].when: unknown":           {Path: "roles.collector.grants[0].when", Line: 2, Column: 3, Message: "unknown"},
		"p.yaml:8:15: roles.collector.grants[0].when: not bool":           {Path: "roles.collector.grants[0].when", Message: "not bool"},
		"p.yaml:7:9: roles.collector.grants[0].scope: a scope is missing": {Path: "roles.collector.grants[0].scope", Message: "a scope is missing"},
		"p.yaml:1:1: too much":                                            {Message: "too much"},
	} {
		assert.Equal(t, want, at.locate(&f).Error())
	}
}

func TestFaultsOfGoValuesKeepTheirPlaceInACondition(t *testing.T) {
	var nowhere *positions
	for want, f := range map[string]fault.Fault{
		"scopes.own: column 7: unknown":         {Path: "scopes.own", Line: 1, Column: 7, Message: "unknown"},
		"scopes.own: line 2 column 1: unknown":  {Path: "scopes.own", Line: 2, Column: 1, Message: "unknown"},
		"scopes.own: \"a b\" cannot be a name":  {Path: "scopes.own", Key: true, Message: "\"a b\" cannot be a name"},
		"the policy has more than 1 conditions": {Message: "the policy has more than 1 conditions"},
	} {
		assert.Equal(t, want, nowhere.locate(&f).Error())
	}
}

func TestWhatFollowsFromAFaultIsNotReportedBesideIt(t *testing.T) {
	for _, c := range []struct {
		what, first string
		unread      extent
		then        string
		follows     bool
	}{
		{"a value in one that was not read", "roles.a.grants", part, "roles.a.grants[0].scope", true},
		{"the value itself", "roles.a", part, "roles.a", true},
		{"a value beside it", "roles.a", part, "roles.ab", false},
		{"what encloses it", "roles.a.scope", part, "roles.a", false},
		{"the same name", "roles.a", key, "roles.a", true},
		{"the value behind a name", "roles.a", key, "roles.a.scope", false},
		{"anything in a file that was not read", "", everything, "policy", true},
		{"anything beside a fault of the whole", "", nothing, "policy", false},
		{"another fault of the same value", "roles.a", nothing, "roles.a", false},
	} {
		t.Run(c.what, func(t *testing.T) {
			f := &Fault{Path: c.then}
			assert.Equal(t, c.follows, f.follows(&Fault{Path: c.first, unread: c.unread}))
		})
	}
}

func TestParseReportsCausesNotConsequences(t *testing.T) {
	for source, want := range map[string]string{
		"[":        "p:1:1: a value is missing here, or a text needs quotes",
		"[policy]": "p:1:1: the document must be a mapping, not a list",
		"policy: p\nroles: {no: {scope: nope}}": `p:2:9: roles.no: a name must be a text, and some readers take this for true or false: write "no"
p:2:21: roles.no.scope: unknown scope "nope"`,
		"policy: p\nroles: {r: {scope: nope}}\n---\n": `p:2:20: roles.r.scope: unknown scope "nope"
p:3:1: a second document is not allowed: this file is one`,
		"policy: p\nroles: {r: {scope: [nope]}}": "p:2:20: roles.r.scope: scope must be a text, not a list",
		"policy: [p]\n":                          "p:1:9: policy: policy must be a text, not a list",
	} {
		_, err := Parse("p", []byte(source), nil)
		assert.EqualError(t, err, want)
	}
}
