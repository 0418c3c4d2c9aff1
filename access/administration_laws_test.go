package access_test

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A step is one update of the machine, as the model sees it.
type step struct {
	*machine
	actor  roles.UserID
	known  []scope.Resource // of which the actor's application said where they are
	deeds  []deed
	states []model // before each of deeds
	before model
	after  model
	// between is where the changes are made: what there was before them, with the
	// units that they add, and where they put those.
	between model
	// old is what there was before, with the units that the changes add and what
	// they make of attributes and of where people belong: neither gives rights.
	old     model
	answers answers
}

// imagine makes the changes in the model. What changes nothing is no change.
func (s *step) imagine(deeds []deed) {
	s.after = s.before.clone()
	for _, c := range deeds {
		was := s.after.clone()
		if s.after.apply(c); !slices.Equal(was.contents(), s.after.contents()) {
			s.deeds, s.states = append(s.deeds, c), append(s.states, was)
		}
	}
	s.between, s.old = s.before.clone(), s.before.clone()
	s.between.Units = slices.Clone(s.after.Units)
	for i, u := range s.between.Units {
		was, _ := s.before.unit(u.Ref)
		s.between.Units[i].Attributes = was.Attributes
	}
	for i, u := range s.before.Units {
		is, still := s.after.unit(u.Ref)
		if still {
			s.old.Units[i].Attributes = is.Attributes
		} else {
			s.between.Units = append(s.between.Units, u)
		}
	}
	for _, u := range s.after.Units {
		if _, was := s.before.unit(u.Ref); !was {
			s.old.Units = append(s.old.Units, u)
		}
	}
	for _, r := range s.after.Roles {
		if _, was := s.before.role(r.ID); !was {
			s.old.Roles = append(s.old.Roles, r)
		}
	}
}

// check holds a committed step against every law.
func (s *step) check(t *rapid.T) {
	s.require(t, s.unmet() == "", "it takes %s", s.unmet())
	s.require(t, len(s.broken()) == 0, "broken: %v", s.broken())
	for _, c := range s.renewed() {
		s.require(t, len(s.after.nothingOf(c)) == 0, "what was made anew has %v", s.after.nothingOf(c))
	}
	s.answers = s.ask(s.after)
	s.checkAssignments(t)
	s.checkTenants(t)
	for hour := s.hour; hour < len(moments); hour++ {
		for u, user := range everyUser {
			for i, p := range probes {
				if s.answers[hour][u][i] && !s.machine.answers[hour][u][i] {
					s.counts["rights gained"]++
					s.require(t, s.ceiling == policy.NoCeiling || s.explained(user, p, moments[hour]),
						"more than %s held: %s may %s on %s in %s at %s", s.actor, user, p.action, p.of.Ref(), p.unit, moments[hour])
				}
			}
		}
	}
}

// broken returns what does not hold afterwards, from now on until for ever.
func (s *step) broken() []string {
	wrong := s.after.broken(moments[s.hour])
	for _, at := range append(moments[s.hour:], moments[len(moments)-1].Add(1000*time.Hour)) {
		wrong = append(wrong, s.after.broken(at)...)
	}
	return wrong
}

// renewed returns those things that are there anew: which had an id that nothing
// had before, or were removed and made again; and to which the same changes give
// nothing else.
func (s *step) renewed() []deed {
	var found []deed
	for i, c := range s.deeds {
		switch c.kind {
		case roles.UserAdded, roles.RoleAdded, roles.UnitAdded:
		default:
			continue
		}
		if !slices.ContainsFunc(s.deeds[i+1:], func(later deed) bool { return later.mentions(c) }) {
			found = append(found, deed{user: roles.User{ID: c.user.ID}, role: roles.Role{ID: c.role.ID}, unit: roles.Unit{Ref: c.unit.Ref}})
		}
	}
	return found
}

// mentions reports whether a deed is about the user, role or unit of another.
func (c deed) mentions(other deed) bool {
	about := func(user roles.UserID, role roles.RoleID, units ...scope.Ref) bool {
		return user != "" && user == other.user.ID || role != "" && role == other.role.ID ||
			!other.unit.Ref.IsZero() && slices.Contains(units, other.unit.Ref)
	}
	return about(c.user.ID, c.role.ID, c.unit.Ref, c.unit.Parent, c.user.Unit, c.role.Unit) ||
		about(c.binding.User, c.binding.Role, c.binding.Unit) || about(c.assignment.User, "", c.assignment.Resource) ||
		slices.ContainsFunc(c.role.Inherits, func(id roles.RoleID) bool { return about("", id) })
}

// explained reports whether a user could do it before the changes too, if they
// had held what the actor held besides what they held themselves. Where the
// actor gives to themselves and that is not bounded, it is what they hold now.
func (s *step) explained(user roles.UserID, p probe, at time.Time) bool {
	u, _ := s.after.user(user)
	someone := roles.Principal{User: u, Assignments: s.after.assignments(user)}
	someone.Bindings = slices.Clone(s.before.bindings(s.actor))
	if was, there := s.before.user(user); there && !was.Inactive {
		someone.Bindings = append(someone.Bindings, s.before.bindings(user)...)
	}
	if user == s.actor && s.ceiling == policy.HeldExceptSelf {
		someone.Bindings = append(someone.Bindings, s.after.bindings(user)...)
	}
	return s.granting.Decide(&s.old.World, reference.Question{Principal: &someone, Action: p.action, Resource: p.of, Now: at}).Allowed
}

// checkAssignments holds what was put into somebody's hands against what was in
// the actor's.
func (s *step) checkAssignments(t *rapid.T) {
	if s.ceiling == policy.NoCeiling {
		return
	}
	held := s.before.assignments(s.actor)
	for _, a := range s.after.Assignments {
		was, there := s.before.user(a.User)
		is, _ := s.after.user(a.User)
		had := slices.Contains(s.before.Assignments, a) && there && (!was.Inactive || is.Inactive)
		if had || a.User == s.actor && s.ceiling == policy.HeldExceptSelf {
			continue
		}
		place, inHand := a.Resource, slices.Contains(held, a.Resource)
		if unit, ok := unitOf(a.Resource); ok {
			place = unit
		}
		for _, unit := range held {
			inHand = inHand || s.old.in(place, unit)
		}
		s.require(t, inHand, "more than was in %s's hands: %s", s.actor, a)
	}
}

// unitOf returns the unit that a case is in.
func unitOf(ref scope.Ref) (scope.Ref, bool) {
	for _, unit := range everyUnit {
		if caseIn(unit).Ref() == ref {
			return unit, true
		}
	}
	return scope.Ref{}, false
}

// checkTenants: who is somebody in one center only changes nothing in another.
// Of their own people they can take what those have elsewhere, by taking the
// account; of others not even that.
func (s *step) checkTenants(t *rapid.T) {
	var own scope.Ref
	for _, b := range s.before.bindings(s.actor) {
		at := s.before.center(b.Unit)
		if at.IsZero() || !own.IsZero() && at != own {
			return
		}
		own = at
	}
	for u, user := range everyUser {
		was, there := s.before.user(user)
		ours := !there || s.before.in(was.Unit, own)
		for hour := s.hour; hour < len(moments); hour++ {
			for i, p := range probes {
				if s.before.in(p.unit, own) || s.after.in(p.unit, own) {
					continue
				}
				could, can := s.machine.answers[hour][u][i], s.answers[hour][u][i]
				s.require(t, could == can || could && ours, "%s of %s changed what %s may do in another center: %s on %s in %s",
					s.actor, own, user, p.action, p.of.Ref(), p.unit)
			}
		}
		if is, still := s.after.user(user); !ours {
			s.require(t, still && fmt.Sprint(was) == fmt.Sprint(is) && was.Inactive == is.Inactive, "%s of %s changed %s", s.actor, own, user)
		}
	}
}

// A need is one action that a change takes: one binding of the actor must grant
// it there and contain a unit besides.
type need struct {
	action roles.Action
	of     scope.Resource
	in     *model
	unit   scope.Ref
}

// unmet returns an action that the changes take and that the actor may not do;
// "" if there is none.
func (s *step) unmet() string {
	for i, c := range s.deeds {
		for _, n := range s.needs(i, c) {
			if !s.met(n) {
				return fmt.Sprintf("%s on %s in %s, for %s", n.action, n.of.Ref(), n.of.Parent, c)
			}
		}
	}
	return ""
}

func (s *step) met(n need) bool {
	actor, ok := s.before.user(s.actor)
	if !ok {
		return false
	}
	for _, b := range s.before.bindings(s.actor) {
		alone := roles.Principal{User: actor, Bindings: []roles.Binding{b}, Assignments: s.before.assignments(s.actor)}
		if s.before.in(s.lifted(n.in, n.unit), b.Unit) && s.reference.Decide(&n.in.World, reference.Question{
			Principal: &alone, Action: n.action, Resource: n.of, Now: moments[s.hour],
		}).Allowed {
			return true
		}
	}
	return false
}

// lifted returns a unit, or the nearest one above it that stood where it is
// before the changes: there is what bindings of that time can contain.
func (s *step) lifted(in *model, unit scope.Ref) scope.Ref {
	if in == &s.before {
		return unit
	}
	for at := unit; at != scope.Root(); {
		is, ok := s.after.unit(at)
		was, stood := s.before.unit(at)
		if !ok {
			return unit
		}
		if at = is.Parent; !stood || was.Parent != is.Parent {
			unit = at
		}
	}
	return unit
}

// needs returns what a change takes: in so many words what the policy says.
func (s *step) needs(i int, c deed) []need {
	switch c.kind {
	case roles.UnitAdded:
		return []need{s.onCenter("setup", &s.between, c.unit.Ref, c.unit.Parent)}
	case roles.UnitChanged:
		was := s.whereWas(c.unit.Ref)
		return []need{s.onCenter("setup", was, c.unit.Ref, c.unit.Ref), s.onCenter("setup", &s.between, c.unit.Ref, c.unit.Ref)}
	case roles.UnitRemoved:
		u, _ := s.states[i].unit(c.unit.Ref)
		return append(s.takenAlong(i, "", c.unit.Ref), s.onCenter("setup", s.whereWas(c.unit.Ref), c.unit.Ref, u.Parent))
	case roles.UserAdded:
		return []need{s.onAccount("people", &s.between, c.user, c.user.Unit)}
	case roles.UserRemoved, roles.UserChanged:
		was, _ := s.states[i].user(c.user.ID)
		all := []need{s.onAccount("people", s.whereWas(was.Unit), was, was.Unit)}
		if c.kind == roles.UserRemoved {
			return append(all, s.takenAlong(i, c.user.ID, scope.Ref{})...)
		}
		all = append(all, s.onAccount("people", &s.between, c.user, c.user.Unit))
		if was.Inactive && !c.user.Inactive {
			for _, b := range s.after.bindings(c.user.ID) {
				all = append(all, s.toBind(b, &s.between)...)
			}
			for _, ref := range s.after.assignments(c.user.ID) {
				all = append(all, s.toAssign(roles.Assignment{User: c.user.ID, Resource: ref}, &s.between)...)
			}
		}
		return all
	case roles.RoleAdded:
		return append([]need{s.onCenter("roles", &s.between, c.role.Unit, c.role.Unit)}, s.promotions(c.role.ID)...)
	case roles.RoleRemoved, roles.RoleChanged:
		was, _ := s.states[i].role(c.role.ID)
		all := []need{s.onCenter("roles", s.whereWas(was.Unit), was.Unit, was.Unit)}
		if c.kind == roles.RoleRemoved {
			return all
		}
		return append(append(all, s.onCenter("roles", &s.between, c.role.Unit, c.role.Unit)), s.promotions(c.role.ID)...)
	case roles.Bound:
		return s.toBind(c.binding, &s.between)
	case roles.Unbound:
		return s.toUnbind(c.binding)
	case roles.Assigned:
		return s.toAssign(c.assignment, &s.between)
	}
	var all []need
	for _, a := range s.states[i].Assignments {
		if a.Resource == c.assignment.Resource && (c.assignment.User == "" || a.User == c.assignment.User) {
			all = append(all, s.toUnassign(a)...)
		}
	}
	return all
}

// takenAlong is what it takes to take what hangs on a user or unit that is
// removed: nothing, unless the user or unit is there again afterwards.
func (s *step) takenAlong(i int, user roles.UserID, unit scope.Ref) []need {
	var all []need
	for _, b := range s.states[i].Bindings {
		if b.User == user || b.Unit == unit {
			all = append(all, s.toUnbind(b)...)
		}
	}
	for _, a := range s.states[i].Assignments {
		if a.User == user || a.Resource == unit {
			all = append(all, s.toUnassign(a)...)
		}
	}
	return all
}

func (s *step) toUnbind(b roles.Binding) []need {
	if s.gone(b.User, b.Unit) {
		return nil
	}
	return s.toBind(b, s.whereWas(b.Unit))
}

func (s *step) toUnassign(a roles.Assignment) []need {
	if s.gone(a.User, a.Resource) {
		return nil
	}
	unit := a.Resource
	if in, ok := unitOf(unit); ok {
		unit = in
	}
	return s.toAssign(a, s.whereWas(unit))
}

// whereWas returns the state before the changes, or, for a unit that they made
// themselves, the one in which they are made.
func (s *step) whereWas(unit scope.Ref) *model {
	if _, was := s.before.unit(unit); !was && unit != scope.Root() && !unit.IsZero() {
		return &s.between
	}
	return &s.before
}

// gone reports whether the user or the unit was removed, so that what hung on
// it went with it.
func (s *step) gone(user roles.UserID, unit scope.Ref) bool {
	_, userWas := s.before.user(user)
	_, userIs := s.after.user(user)
	_, unitWas := s.before.unit(unit)
	_, unitIs := s.after.unit(unit)
	return userWas && !userIs || unitWas && !unitIs
}

func (s *step) onCenter(action roles.Action, in *model, unit, besides scope.Ref) need {
	center := in.center(unit)
	return need{action, scope.Resource{Type: "center", ID: center.ID}, in, besides}
}

func (s *step) onAccount(action roles.Action, in *model, u roles.User, besides scope.Ref) need {
	return need{action, scope.Resource{Type: "account", ID: string(u.ID), Parent: u.Unit}, in, besides}
}

// person returns a user as they are before the changes, or, if they are new,
// after.
func (s *step) person(id roles.UserID) roles.User {
	if u, was := s.before.user(id); was {
		return u
	}
	u, _ := s.after.user(id)
	return u
}

// toBind is what it takes to bind somebody, or to unbind them.
func (s *step) toBind(b roles.Binding, in *model) []need {
	u := s.person(b.User)
	all := []need{s.onAccount("people", in, u, b.Unit)}
	juniors := append(s.before.juniors(b.Role), s.after.juniors(b.Role)...)
	if slices.ContainsFunc(special, func(id roles.RoleID) bool { return slices.Contains(juniors, id) }) {
		all = append(all, s.onAccount("appoint", in, u, b.Unit))
	}
	return all
}

// promotions is what it takes to make a role inherit others, for each who holds
// it: as much as to bind them to those, or unbind them.
func (s *step) promotions(id roles.RoleID) []need {
	var all []need
	for _, junior := range special {
		was, is := slices.Contains(s.before.juniors(id), junior), slices.Contains(s.after.juniors(id), junior)
		if was == is {
			continue
		}
		from := s.after
		if was {
			from = s.before
		}
		for _, b := range from.Bindings {
			held := slices.Contains(from.juniors(b.Role), id)
			b.Role = junior
			switch {
			case !held:
			case is:
				all = append(all, s.toBind(b, &s.between)...)
			default:
				all = append(all, s.toUnbind(b)...)
			}
		}
	}
	return all
}

// toAssign is what it takes to assign something, or to take it away.
func (s *step) toAssign(a roles.Assignment, in *model) []need {
	u := s.person(a.User)
	unit, isCase := unitOf(a.Resource)
	if !isCase {
		return []need{s.onAccount("people", in, u, a.Resource)}
	}
	i := slices.IndexFunc(s.known, func(r scope.Resource) bool { return r.Ref() == a.Resource })
	if _, still := s.after.unit(unit); i < 0 || in == &s.between && !still {
		return []need{{action: "cases", in: in}} // nobody said where it is, or where it cannot be
	}
	return []need{s.onAccount("people", in, u, unit), {"cases", s.known[i], in, unit}}
}
