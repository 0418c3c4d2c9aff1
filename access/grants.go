package access

import (
	"slices"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
)

// A grant is one right that a role gives, by itself or by what it inherits.
type grant struct {
	role       roles.RoleID // whose grant it is
	permission policy.Permission
}

// A grantTable is what a role gives, by the action that is asked about.
type grantTable struct {
	policy *policy.Policy
	// by has, for each action by its right's index, the grants that cover it: those
	// of the role itself first, then of those that it inherits by their ids.
	by [][]*grant
}

// newGrantTable makes the table of a role and those that it inherits.
func newGrantTable(p *policy.Policy, closure []roles.Role) *grantTable {
	t := &grantTable{p, make([][]*grant, len(p.Catalog().Actions()))}
	for _, r := range closure {
		for _, permission := range p.Permissions(r) {
			g := &grant{r.ID, permission}
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
		closure := []roles.RoleID{id}
		for i := 0; i < len(closure); i++ {
			for _, junior := range all[closure[i]].Inherits {
				if !slices.Contains(closure, junior) {
					closure = append(closure, junior)
				}
			}
		}
		slices.Sort(closure[1:])
		var list []roles.Role
		for _, junior := range closure {
			list = append(list, all[junior])
		}
		tables[id] = newGrantTable(p, list)
	}
	return tables
}

// A deriver makes the tables of an engine's policy.
type deriver struct{ *Engine }

// Derive makes the table of a role and of all that it inherits.
func (d deriver) Derive(in *roles.Snapshot, id roles.RoleID) any {
	var closure []roles.Role
	for _, junior := range in.Closure(id) {
		r, _ := in.Role(junior)
		closure = append(closure, r)
	}
	return newGrantTable(d.policy, closure)
}

// Made reports whether something is a table of the engine's policy.
func (d deriver) Made(kept any) bool {
	t, ok := kept.(*grantTable)
	return ok && t.policy == d.policy
}

// grants returns what covers a right, of the role of the session's i-th binding
// and of those that it inherits; nothing if there is no such role.
func (s *Session) grants(i int, right roles.Right) []*grant {
	t, _ := s.tables[i].(*grantTable)
	if t == nil {
		return nil
	}
	return t.by[right.Index()]
}
