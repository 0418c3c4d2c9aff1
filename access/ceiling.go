package access

import (
	"fmt"
	"time"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// excess returns what the actor would hand on and does not hold, where the
// policy asks for that ceiling.
func (g *guard) excess(c roles.Change) []string {
	ceiling := g.session.engine.policy.Administration().Ceiling
	if ceiling != policy.Held && ceiling != policy.HeldExceptSelf {
		return nil
	}
	self := func(user roles.UserID) bool { return ceiling == policy.HeldExceptSelf && user == g.session.user }
	switch r := c.After.(type) {
	case roles.Binding:
		if !self(r.User) {
			return g.uncovered(r.Role, r.Unit, r.Until)
		}
	case roles.Role:
		return g.uncovered(r.ID, r.Unit, time.Time{})
	case roles.Assignment:
		if !self(r.User) && !g.holdsAssignment(r.Resource) {
			return []string{r.Resource.String()}
		}
	}
	return nil
}

// holdsAssignment reports whether the resource, or one that it is in, is
// assigned to the actor, wherever it was said to be.
func (g *guard) holdsAssignment(ref scope.Ref) bool {
	assigned := g.before.AssignmentsOf(g.session.user)
	holds := func(given *scope.Resource) bool {
		for r := range chain(g.tree.standing(ref), given, g.after) {
			if assigned.Has(r.Ref()) {
				return true
			}
		}
		return false
	}
	for _, given := range g.given(ref) {
		if !holds(given) {
			return false
		}
	}
	return true
}

// uncovered returns the rights of a role, as it is after the changes, that the
// actor does not hold in a unit at least as far and as long: until an instant,
// or, if that is zero, for ever.
func (g *guard) uncovered(id roles.RoleID, unit scope.Ref, until time.Time) []string {
	var missing []string
	for _, junior := range g.after.Closure(id) {
		r, _ := g.after.Role(junior)
		for _, p := range g.session.engine.policy.Permissions(r) {
			if !g.covers(p, unit, until) {
				missing = append(missing, fmt.Sprintf("%s (scope %s)", p.Right.Action(), p.Scope.Name()))
			}
		}
	}
	return missing
}

// covers reports whether the actor holds a permission in a unit until then:
// through a binding that is in force there, at its level or a greater one, in
// the same scope or in one that reaches everything, under the same condition or
// none.
func (g *guard) covers(wanted policy.Permission, unit scope.Ref, until time.Time) bool {
	for _, b := range g.session.bindings {
		if !b.InForce(g.now) || endsBefore(b.Until, until) || !g.before.Contains(b.Unit, g.tree.standing(unit)) {
			continue
		}
		for _, id := range g.before.Closure(b.Role) {
			r, _ := g.before.Role(id)
			for _, held := range g.session.engine.policy.Permissions(r) {
				if held.Right.Covers(wanted.Right) &&
					(held.Scope == wanted.Scope || held.Scope.Always()) &&
					(held.When == nil || held.When == wanted.When) {
					return true
				}
			}
		}
	}
	return false
}

// endsBefore reports whether a period that ends at a ends before one that ends
// at b; zero is never.
func endsBefore(a, b time.Time) bool { return !a.IsZero() && (b.IsZero() || a.Before(b)) }
