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

// Holdings, and what only one role gives, are the same of a user given by value as
// of one in the directory, inherited roles included, with a directory or without.
func TestHoldingsAreTheSameOfEverybody(t *testing.T) {
	p := parse(t, `
policy: holdings
resources: {center: {unit: true}, file: {in: center}}
privileges: {look: {on: file}, edit: {on: file}, drop: {on: file}}
scopes: {all: "true"}
roles:
  reader: {grants: [{privileges: look, scope: all}]}
  writer: {inherits: [reader], grants: [{privileges: edit, scope: all}]}
  owner:  {inherits: [writer], grants: [{privileges: drop, scope: all}]}
  editor: {grants: [{privileges: [look, edit], scope: all}]}
`)
	center := scope.NewRef("center", "c1")
	bound := func(rs ...roles.RoleID) (all []roles.Binding) {
		for _, role := range rs {
			all = append(all, roles.Binding{User: "ann", Role: role, Unit: center})
		}
		return all
	}
	for _, c := range []struct {
		holds []roles.RoleID
		all   string
		by    roles.RoleID
		only  string
	}{
		{[]roles.RoleID{"owner"}, "[drop (all) in center:c1 by role owner look (all) in center:c1 by role owner, which inherits reader " +
			"edit (all) in center:c1 by role owner, which inherits writer]",
			"owner", "[drop (all) in center:c1 by role owner look (all) in center:c1 by role owner, which inherits reader " +
				"edit (all) in center:c1 by role owner, which inherits writer]"},
		{[]roles.RoleID{"editor", "reader"}, "[edit (all) in center:c1 by role editor look (all) in center:c1 by role editor look (all) in center:c1 by role reader]", "reader", "[]"},
		{[]roles.RoleID{"editor", "owner"}, "", "owner", "[drop (all) in center:c1 by role owner]"},
		{[]roles.RoleID{"editor", "reader"}, "", "editor", "[edit (all) in center:c1 by role editor]"},
	} {
		directory := newDirectory(t, p, reference.World{
			Units: []roles.Unit{{Ref: center, Parent: scope.Root()}}, Users: []roles.User{{ID: "ann"}}, Bindings: bound(c.holds...),
		})
		principal := roles.Principal{User: roles.User{ID: "ann"}, Bindings: bound(c.holds...)}
		for name, session := range map[string]*access.Session{
			"of the directory": access.New(p, directory, nil).For("ann", nil),
			"given by value":   access.New(p, directory, nil).ForPrincipal(principal, nil),
			"and no directory": access.New(p, nil, nil).ForPrincipal(principal, nil),
		} {
			if c.all != "" {
				require.Equal(t, c.all, fmt.Sprint(session.Holdings()), "%s: %s", name, c.holds)
			}
			require.Equal(t, c.only, fmt.Sprint(session.GivenOnlyBy(c.by)), "%s: %s", name, c.holds)
		}
	}
}

// What a role gives in a unit is lost with it unless another role gives it there, in
// a unit above, or everywhere; without a directory nobody knows what is above.
func TestWhatIsGivenInAUnitIsGivenBelow(t *testing.T) {
	p := parse(t, `
policy: below
resources: {town: {unit: true}, school: {in: town, unit: true}}
privileges: {look: {on: school}}
scopes: {all: "true"}
roles:
  one:   {grants: [{privileges: look, scope: all}]}
  other: {grants: [{privileges: look, scope: all}]}
`)
	leeds, york := scope.NewRef("town", "leeds"), scope.NewRef("town", "york")
	directory := newDirectory(t, p, reference.World{Units: []roles.Unit{{Ref: leeds, Parent: scope.Root()}, {Ref: york, Parent: scope.Root()}, {Ref: s1, Parent: leeds}}})
	for _, c := range []struct {
		one, other    scope.Ref
		lost, unknown bool
	}{
		{one: s1, other: s1}, {one: s1, other: scope.Root()}, {one: scope.Root(), other: scope.Root()},
		{one: s1, other: leeds, unknown: true},
		{one: s1, other: york, lost: true}, {one: leeds, other: s1, lost: true}, {one: scope.Root(), other: leeds, lost: true},
	} {
		principal := roles.Principal{User: roles.User{ID: "ann"}, Bindings: []roles.Binding{{User: "ann", Role: "one", Unit: c.one}, {User: "ann", Role: "other", Unit: c.other}}}
		known := access.New(p, directory, nil).ForPrincipal(principal, nil).GivenOnlyBy("one")
		require.Equal(t, c.lost, len(known) == 1, "%s beside %s: %v", c.one, c.other, known)
		alone := access.New(p, nil, nil).ForPrincipal(principal, nil).GivenOnlyBy("one")
		require.Equal(t, c.lost || c.unknown, len(alone) == 1, "%s beside %s, without a directory: %v", c.one, c.other, alone)
	}
}
