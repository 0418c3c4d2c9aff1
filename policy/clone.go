package policy

import (
	"maps"
	"slices"
)

// clone returns a copy that shares nothing with d.
func (d Document) clone() Document {
	d.Users, d.Context = maps.Clone(d.Users), maps.Clone(d.Context)
	d.Resources = cloneEach(d.Resources, func(r *Resource) {
		r.In, r.Attributes = slices.Clone(r.In), maps.Clone(r.Attributes)
	})
	d.Privileges = cloneEach(d.Privileges, func(p *Privilege) {
		p.Levels, p.Requires = slices.Clone(p.Levels), slices.Clone(p.Requires)
	})
	d.Scopes = cloneEach(d.Scopes, func(s *Scope) { s.On = slices.Clone(s.On) })
	d.Roles = cloneEach(d.Roles, func(r *Role) {
		r.At, r.Inherits = slices.Clone(r.At), slices.Clone(r.Inherits)
		r.Grants = cloneEach(r.Grants, func(g *Grant) { g.Privileges = slices.Clone(g.Privileges) })
	})
	d.Constraints = cloneEach(d.Constraints, func(c *Constraint) {
		c.On, c.Resources = slices.Clone(c.On), slices.Clone(c.Resources)
	})
	d.Invariants = slices.Clone(d.Invariants)
	d.Views = cloneEach(d.Views, func(v *View) {
		v.Show = slices.Clone(v.Show)
		v.Fields = cloneEach(v.Fields, func(f *Field) { f.Show = slices.Clone(f.Show) })
	})
	d.Administration.Changes = cloneEach(d.Administration.Changes, func(r *ChangeRule) {
		r.Actions = slices.Clone(r.Actions)
	})
	return d
}

// cloneEach copies a list and lets deepen copy what its elements share.
func cloneEach[T any](list []T, deepen func(*T)) []T {
	list = slices.Clone(list)
	for i := range list {
		deepen(&list[i])
	}
	return list
}
