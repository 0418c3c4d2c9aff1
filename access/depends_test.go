package access_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

const depending = `
policy: depending
resources:
  school: {unit: true, attributes: {open: bool}}
  pupil: {in: school, attributes: {year: int, hidden: bool, sealed: bool}}
privileges:
  look: {on: pupil}
  edit: {on: pupil}
  close: {on: school}
scopes: {everything: "true", seniors: resource.year > 9, here: resource.school.open}
roles:
  senior: {grants: [{privileges: [look, edit], scope: seniors}]}
  teacher: {grants: [{privileges: look, scope: everything}, {privileges: edit, scope: here, when: resource.year < 7}]}
constraints:
  - {name: not hidden, on: [edit], require: "!resource.hidden"}
  - {name: not sealed, on: [edit], require: "!resource.sealed"}
`

// capability is what Capabilities says of one action on some pupil in the school.
func capability(t *testing.T, action roles.Action, holds ...roles.RoleID) access.Decision {
	t.Helper()
	p := parse(t, depending)
	school := scope.NewRef("school", "s1")
	w := reference.World{
		Units: []roles.Unit{{Ref: school, Parent: scope.Root(), Attributes: scope.Map{"open": true}}},
		Users: []roles.User{{ID: "ann"}},
	}
	for _, role := range holds {
		w.Bindings = append(w.Bindings, roles.Binding{User: "ann", Role: role, Unit: school})
	}
	for d := range access.New(p, newDirectory(t, p, w), nil).Capabilities("ann", scope.Resource{Type: "school", ID: "s1"}) {
		if d.Action() == action {
			return d
		}
	}
	require.Fail(t, "no answer", "%s", action)
	return access.Decision{}
}

// A decision that depends on what is not known says on what: the grant's
// conditions, and of constraints the first one that may yet stop it. A grant that
// holds whatever becomes known is its evidence before one that may.
func TestWhatADecisionDependsOn(t *testing.T) {
	for _, c := range []struct {
		action           roles.Action
		holds            []roles.RoleID
		reason           access.Reason
		role, constraint string
		says             string
	}{
		{"look", []roles.RoleID{"senior"}, access.Depends, "senior", "",
			"depends: role senior (school:s1) grants look in scope seniors; resource.year > 9 depends on what is not known yet"},
		{"look", []roles.RoleID{"senior", "teacher"}, access.Granted, "teacher", "", "allow: role teacher (school:s1) grants look"},
		{"look", []roles.RoleID{"teacher"}, access.Granted, "teacher", "", "allow: role teacher (school:s1) grants look"},
		{"edit", []roles.RoleID{"teacher"}, access.Depends, "teacher", "not hidden",
			`depends: role teacher (school:s1) grants edit in scope here; constraint "not hidden" depends on what is not known yet: !resource.hidden`},
		{"edit", []roles.RoleID{"senior"}, access.Depends, "senior", "not hidden",
			`depends: role senior (school:s1) grants edit in scope seniors; constraint "not hidden" depends on what is not known yet: !resource.hidden`},
	} {
		d := capability(t, c.action, c.holds...)
		require.Equal(t, c.reason, d.Reason(), "%s %v", c.action, c.holds)
		require.Equal(t, c.says, d.String())
		require.Equal(t, roles.RoleID(c.role), d.Evidence().Role)
		require.Equal(t, c.constraint, d.Evidence().Constraint)
	}
}

// What a decision says of conditions is not said any more when what it was about
// became something else.
func TestADecisionSaysNothingOfWhatBecameOtherwise(t *testing.T) {
	p := parse(t, depending)
	school := scope.NewRef("school", "s1")
	engine := access.New(p, newDirectory(t, p, reference.World{
		Units: []roles.Unit{{Ref: school, Parent: scope.Root()}}, Users: []roles.User{{ID: "ann"}},
		Bindings: []roles.Binding{{User: "ann", Role: "senior", Unit: school}},
	}), nil)
	attributes := scope.Map{"year": 10}
	d := engine.Decide("ann", "look", scope.Resource{Type: "pupil", ID: "p", Parent: school, Attributes: attributes})
	const granted = "allow: role senior (school:s1) grants look in scope seniors"
	require.Equal(t, granted+", resource.year > 9 holds", d.String())
	attributes["year"] = 3
	require.Equal(t, granted, d.String())
	attributes["year"] = 11
	require.Equal(t, granted+", resource.year > 9 holds", d.String())
}

// A right of a policy that has more of them is unknown, as any foreign one.
func TestARightOfALargerPolicyIsUnknown(t *testing.T) {
	p := parse(t, depending)
	school := scope.NewRef("school", "s1")
	engine := access.New(p, newDirectory(t, p, reference.World{
		Units: []roles.Unit{{Ref: school, Parent: scope.Root()}}, Users: []roles.User{{ID: "ann"}},
	}), nil)
	session := engine.For("ann", nil)
	target, err := session.Target(scope.Resource{Type: "school", ID: "s1"})
	require.NoError(t, err)
	more := "policy: more\nresources: {school: {unit: true}}\nprivileges:\n"
	for i := range 5 {
		more += fmt.Sprintf("  p%d: {on: school}\n", i)
	}
	catalog := parse(t, more).Catalog()
	for i := range 5 {
		right, ok := catalog.Right(roles.Action(fmt.Sprint("p", i)))
		require.True(t, ok)
		d := session.DecideOn(right, target)
		require.Equal(t, access.UnknownAction, d.Reason(), "%d: %s", i, d)
	}
}
