package access

import (
	"slices"
	"time"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// excess returns what the actor would hand on and does not hold, where the
// policy asks for that ceiling.
func (g *guard) excess(c roles.Change) []string {
	switch g.session.engine.policy.Administration().Ceiling {
	case policy.Held, policy.HeldExceptSelf:
	default:
		return nil
	}
	var missing []string
	switch r := c.After.(type) {
	case roles.Binding:
		missing = g.uncovered(r, r.Unit, nil)
	case roles.Role:
		missing = g.uncovered(roles.Binding{Role: r.ID}, r.Unit, g.gaveBefore(r))
	case roles.Assignment:
		missing = g.unassigned(r.User, r.Resource)
	case roles.Unit:
		missing = g.moved(r.Ref)
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}

// self reports whether what a user is given is bounded by no ceiling.
func (g *guard) self(user roles.UserID) bool {
	return g.session.engine.policy.Administration().Ceiling == policy.HeldExceptSelf && user == g.session.user
}

// moved returns what is missing where a unit stands elsewhere after the changes:
// what is in it comes into the hands of all who hold something above its new
// place, and the actor must hold that at the old one.
func (g *guard) moved(unit scope.Ref) []string {
	if _, _, was := g.before.Locate(unit); !was || g.stood(unit) {
		return nil
	}
	var missing []string
	for above := range chain(unit, nil, g.after) {
		if g.before.Contains(above.Ref(), unit) {
			continue
		}
		for _, b := range g.after.BindingsAt(above.Ref()) {
			missing = append(missing, g.uncovered(b, unit, nil)...)
		}
		for _, user := range g.after.AssignedTo(above.Ref()) {
			missing = append(missing, g.unassigned(user, unit)...)
		}
	}
	return missing
}

// unassigned returns the resource if it cannot be put into a user's hands
// because it is not assigned to the actor, nor one that it is in, wherever it was
// said to be.
func (g *guard) unassigned(user roles.UserID, resource scope.Ref) []string {
	assigned := g.before.AssignmentsOf(g.session.user)
	for _, given := range g.given(resource) {
		held := g.self(user)
		for r := range chain(resource, given, past(g.tree)) {
			held = held || assigned.Has(r.Ref())
		}
		if !held {
			return []string{resource.String()}
		}
	}
	return nil
}

// gaveBefore reports of a permission whether a role gave it before the changes
// to whomever it will give it.
func (g *guard) gaveBefore(r roles.Role) func(policy.Permission) bool {
	var before []policy.Permission
	if was, ok := g.before.Role(r.ID); ok && g.before.Contains(was.Unit, r.Unit) {
		before = g.permissions(g.before, r.ID)
	}
	return func(wanted policy.Permission) bool {
		return slices.ContainsFunc(before, func(p policy.Permission) bool { return covers(p, wanted) })
	}
}

// permissions returns all that a role of a snapshot gives, by itself or by what
// it inherits.
func (g *guard) permissions(in *roles.Snapshot, id roles.RoleID) []policy.Permission {
	var all []policy.Permission
	for _, each := range in.Closure(id) {
		r, _ := in.Role(each)
		all = append(all, g.session.engine.policy.Permissions(r)...)
	}
	return all
}

// uncovered returns the rights that a binding gives in a unit, its role being
// what it is after the changes, and that the actor does not hold there at least
// as far and as long. Those that are excepted, if any, are not counted.
func (g *guard) uncovered(b roles.Binding, unit scope.Ref, excepted func(policy.Permission) bool) []string {
	if b.User != "" && g.self(b.User) {
		return nil
	}
	var missing []string
	for _, p := range g.permissions(g.after, b.Role) {
		until, held := g.heldUntil(p, unit)
		if held && !endsBefore(until, b.Until) || excepted != nil && excepted(p) {
			continue
		}
		what := entitlement(p).String()
		if held {
			what += " from " + until.Format(time.RFC3339) + " on"
		}
		missing = append(missing, what)
	}
	return missing
}

// heldUntil reports whether the actor holds a permission in a unit, and until
// when; zero is for ever. What counts is bindings that are in force.
func (g *guard) heldUntil(wanted policy.Permission, unit scope.Ref) (until time.Time, held bool) {
	for _, path := range g.session.paths() {
		b := &path.binding
		if !b.InForce(g.now) || held && !endsBefore(until, b.Until) || !past(g.tree).contains(b.Unit, unit) {
			continue
		}
		for _, p := range g.permissions(g.before, b.Role) {
			if covers(p, wanted) {
				until, held = b.Until, true
			}
		}
	}
	return until, held
}

// endsBefore reports whether a period that ends at a ends before one that ends
// at b; zero is never.
func endsBefore(a, b time.Time) bool { return !a.IsZero() && (b.IsZero() || a.Before(b)) }
