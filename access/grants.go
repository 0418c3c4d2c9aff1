package access

import (
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A grant is one right that a role gives, by itself or by what it inherits.
type grant struct {
	reach, when test // what must hold besides the binding's unit
	role        roles.RoleID
	right       roles.Right // what it names
}

// A test is a predicate that must hold of the resource of a question.
type test struct {
	form      scope.Form // for the type that the question's action is on
	assigned  bool       // it holds of nothing that is not assigned
	predicate *scope.Predicate
}

// plain reports whether the test holds of all that is assigned.
func (t *test) plain() bool { return t.form == scope.Always || t.form == scope.Assigned }

// A check is a constraint on an action.
type check struct {
	require test
	*policy.Check
}

// newTest makes a test of a predicate for resources of a type; of nil, one that
// always holds.
func newTest(p *scope.Predicate, on *scope.Type) test {
	if p == nil {
		return test{form: scope.Always}
	}
	return test{p.Form(on), p.NeedsAssignment(on), p}
}

// A grantTable is what a role gives, by the action that is asked about.
type grantTable struct {
	policy *policy.Policy
	// by has, for each action by its right's index, the grants that cover it: those
	// of the role itself first, then of those that it inherits by their ids.
	by [][]grant
}

// newGrantTable makes the table of a role and those that it inherits.
func newGrantTable(p *policy.Policy, closure []roles.Role) *grantTable {
	t := &grantTable{p, make([][]grant, len(p.Catalog().Actions()))}
	for _, r := range closure {
		for _, permission := range p.Permissions(r) {
			on := p.Types().Type(permission.Right.Privilege().On)
			g := grant{newTest(permission.Scope, on), newTest(permission.When, on), r.ID, permission.Right}
			for level := permission.Right.Level(); level > 0; level-- {
				i := permission.Right.Index() - permission.Right.Level() + level
				t.by[i] = append(t.by[i], g)
			}
		}
	}
	return t
}

// newFixedTables makes the tables of a policy's own roles.
func newFixedTables(p *policy.Policy) map[roles.RoleID]*grantTable {
	all := map[roles.RoleID]roles.Role{}
	for _, r := range p.Roles() {
		all[r.ID] = r
	}
	tables := make(map[roles.RoleID]*grantTable, len(all))
	for id := range all {
		var closure []roles.Role
		for _, junior := range closureOf(id, func(id roles.RoleID) []roles.RoleID { return all[id].Inherits }) {
			closure = append(closure, all[junior])
		}
		tables[id] = newGrantTable(p, closure)
	}
	return tables
}
