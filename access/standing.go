package access

import (
	"fmt"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A standing is what somebody has, made ready for questions. That of a user whom
// the directory knows is kept there, for as long as it is what they have.
type standing struct {
	roles.Kept        // of a user whom the directory knows: first, as it is what is read first
	paths      []path // by role and unit of their bindings
	policy     *policy.Policy
	account    *roles.Account // nil: the user was given by value
	fault      string         // what is wrong with where the user belongs
	subject    scope.Subject
}

// newStanding makes room for so many paths, beside it where that is one, as it is
// for most users.
func newStanding(p *policy.Policy, paths int) *standing {
	if paths != 1 {
		return &standing{policy: p, paths: make([]path, 0, paths)}
	}
	st := &struct {
		standing
		one [1]path
	}{standing: standing{policy: p}}
	st.paths = st.one[:0]
	return &st.standing
}

// A path leads from a binding to what its role gives.
type path struct {
	table   *grantTable // nil: there is no such role
	at      *roles.Node // of the binding's unit, if the directory knows units; nil: Root
	limited bool        // the binding is not in force at every instant
	binding roles.Binding
}

// newPath makes the path of a binding; in is what knows its unit, or nil.
func newPath(b roles.Binding, table any, in *roles.Snapshot) path {
	p := path{limited: !b.From.IsZero() || !b.Until.IsZero(), binding: b}
	p.table, _ = table.(*grantTable)
	if in != nil {
		p.at = in.Node(b.Unit)
	}
	return p
}

// contains reports whether a unit is that of the binding, or in it.
func (p *path) contains(unit *roles.Node) bool {
	return (p.at != nil || p.binding.Unit == scope.Root()) && unit.In(p.at)
}

// grants returns what covers a right.
func (p *path) grants(right roles.Right) []grant {
	if p.table == nil {
		return nil
	}
	return p.table.by[right.Index()]
}

// A deriver makes what an engine's directory keeps for its policy.
type deriver struct{ *Engine }

// Derive makes the grant table of a role and of all that it inherits.
func (d deriver) Derive(in *roles.Snapshot, id roles.RoleID) any {
	var closure []roles.Role
	for _, junior := range in.Closure(id) {
		r, _ := in.Role(junior)
		closure = append(closure, r)
	}
	return newGrantTable(d.policy, closure)
}

// DeriveAccount makes the standing of a user.
func (d deriver) DeriveAccount(in *roles.Snapshot, a *roles.Account, home *scope.Place) any {
	st, u := newStanding(d.policy, a.Held()), a.User()
	st.account = a
	for b := range a.Bindings() {
		st.paths = append(st.paths, newPath(b, in.Derived(b.Role, d), in))
	}
	st.subject.ID, st.subject.Attributes, st.subject.Assignments = string(u.ID), a.Attributes(), a.Here()
	switch {
	case !d.policy.LooksAtHome():
	case home != nil && home.Of(d.policy.Types()):
		st.subject.Home = home
	default:
		if err := st.locate(u.Unit, in); err != nil {
			st.fault = fmt.Sprintf("user %q: %v", u.ID, err)
		}
	}
	return st
}

// Made reports whether something is of the engine's policy.
func (d deriver) Made(kept any) bool {
	switch k := kept.(type) {
	case *standing:
		return k.policy == d.policy
	case *grantTable:
		return k.policy == d.policy
	}
	return false
}

// assigned reports whether what a question is about is assigned to the user, or
// something that it is in.
func (st *standing) assigned(at *spot) bool {
	if st.account != nil {
		return st.account.HasAbove(at.below, at.unit)
	}
	to := st.subject.Assignments
	if !at.below.IsZero() && to.Has(at.below) {
		return true
	}
	for unit := at.unit; unit != nil; unit = unit.Parent() {
		if to.Has(unit.Ref()) {
			return true
		}
	}
	return false
}

// onlyUnits reports whether nothing is assigned to the user but units, as far as is
// known without looking for it.
func (st *standing) onlyUnits() bool { return st.account != nil && st.account.OnlyUnits() }

// locate finds where the user belongs.
func (st *standing) locate(home scope.Ref, units scope.Units) (err error) {
	if !home.IsZero() {
		st.subject.Home, err = st.policy.Types().Locate(scope.Resource{Type: home.Type, ID: home.ID}, units)
	}
	return err
}
