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
