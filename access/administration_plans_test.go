package access_test

import (
	"slices"
	"time"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A schemer thinks of changes that somebody may want to make: most of them of
// the center that they work in, and of what there is.
type schemer struct {
	draw
	*machine
}

// plans are the kinds of updates, single and several at once.
var plans = map[string]func(s schemer, actor roles.UserID) []deed{
	"add a unit":          func(s schemer, actor roles.UserID) []deed { return s.addUnit(s.near(actor)) },
	"change a unit":       func(s schemer, actor roles.UserID) []deed { return s.changeUnit(s.near(actor)) },
	"remove a unit":       func(s schemer, actor roles.UserID) []deed { return s.removeUnit(s.near(actor)) },
	"move a unit":         func(s schemer, actor roles.UserID) []deed { return s.moveUnit(s.near(actor)) },
	"open a center":       func(s schemer, _ roles.UserID) []deed { return s.openCenter() },
	"hire":                func(s schemer, actor roles.UserID) []deed { return s.hire(s.near(actor)) },
	"change a user":       func(s schemer, actor roles.UserID) []deed { return s.changeUser(s.near(actor)) },
	"revive":              func(s schemer, actor roles.UserID) []deed { return s.revive(s.near(actor)) },
	"remove a user":       func(s schemer, actor roles.UserID) []deed { return s.removeUser(s.near(actor)) },
	"hire again":          func(s schemer, actor roles.UserID) []deed { return s.hireAgain(s.near(actor)) },
	"make a role":         func(s schemer, actor roles.UserID) []deed { return s.makeRole(s.near(actor)) },
	"change a role":       func(s schemer, actor roles.UserID) []deed { return s.changeRole(s.near(actor)) },
	"change one's role":   func(s schemer, actor roles.UserID) []deed { return s.changeOwnRole(actor) },
	"rename a role":       func(s schemer, actor roles.UserID) []deed { return s.renameRole(s.near(actor)) },
	"remove a role":       func(s schemer, actor roles.UserID) []deed { return s.removeRole(s.near(actor)) },
	"bind":                func(s schemer, actor roles.UserID) []deed { return s.bind(s.near(actor)) },
	"bind somebody":       func(s schemer, actor roles.UserID) []deed { return s.bind(s.near(actor)) },
	"hand on":             func(s schemer, actor roles.UserID) []deed { return s.handOn(actor, s.near(actor)) },
	"hand on for longer":  func(s schemer, actor roles.UserID) []deed { return s.handOn(actor, s.near(actor)) },
	"bind oneself":        func(s schemer, actor roles.UserID) []deed { return s.bindTo(actor, s.near(actor)) },
	"unbind":              func(s schemer, actor roles.UserID) []deed { return s.unbind(s.near(actor)) },
	"bind otherwise":      func(s schemer, actor roles.UserID) []deed { return s.bindOtherwise(s.near(actor)) },
	"assign":              func(s schemer, actor roles.UserID) []deed { return s.assign(s.near(actor)) },
	"assign something":    func(s schemer, actor roles.UserID) []deed { return s.assign(s.near(actor)) },
	"unassign":            func(s schemer, actor roles.UserID) []deed { return s.unassign(s.near(actor)) },
	"make a role and use": func(s schemer, actor roles.UserID) []deed { return s.makeAndUse(s.near(actor)) },
	"several":             func(s schemer, actor roles.UserID) []deed { return s.several(actor) },
}

// fit are those who are the likeliest to be able to do something rare.
var fit = map[string][]roles.UserID{
	"hand on": {"ra", "pb", "pa"}, "hand on for longer": {"ra", "pb"}, "move a unit": {"mo", "op"}, "open a center": {"op", "mo"}, "make a role": {"ra", "rb", "oa"},
	"change one's role": {"ra", "rb"}, "change a role": {"ra", "rb", "oa", "ob"},
}

// actor draws somebody who has something to administer, or anybody.
func (s schemer) actor(plan string) roles.UserID {
	switch {
	case s.chance(2):
		return pick(s.draw, append(everyUser, "nobody"))
	case fit[plan] != nil && s.chance(10):
		return pick(s.draw, fit[plan])
	}
	return pick(s.draw, []roles.UserID{"oa", "ob", "op", "mo", "oa", "ob", "pa", "pb", "ra", "rb", "ra", "ga"})
}

// near draws a center: most often the one in which somebody works.
func (s schemer) near(actor roles.UserID) scope.Ref {
	if held := s.model.bindings(actor); len(held) > 0 && s.chance(14) {
		if at := s.model.center(held[0].Unit); !at.IsZero() {
			return at
		}
	}
	return s.known("center").Ref
}

// known draws a unit that there is.
func (s schemer) known(typ string) roles.Unit {
	var all []roles.Unit
	for _, u := range s.model.Units {
		if u.Ref.Type == typ {
			all = append(all, u)
		}
	}
	if len(all) == 0 {
		return roles.Unit{Ref: scope.NewRef(typ, "x")}
	}
	return pick(s.draw, all)
}

// unitIn draws a unit of a center, or now and then any.
func (s schemer) unitIn(center scope.Ref) scope.Ref {
	var all []scope.Ref
	for _, u := range s.model.Units {
		if s.model.in(u.Ref, center) {
			all = append(all, u.Ref)
		}
	}
	if len(all) == 0 || s.chance(2) {
		return pick(s.draw, append(everyUnit, scope.Root()))
	}
	return pick(s.draw, all)
}

// userIn draws somebody of a center, or now and then anybody.
func (s schemer) userIn(center scope.Ref) roles.User {
	var all []roles.User
	for _, u := range s.model.Users {
		if s.model.in(u.Unit, center) {
			all = append(all, u)
		}
	}
	if len(all) == 0 || s.chance(2) {
		return pick(s.draw, s.model.Users)
	}
	return pick(s.draw, all)
}

// roleIn draws a custom role of a center, or now and then any.
func (s schemer) roleIn(center scope.Ref) roles.Role {
	var all []roles.Role
	for _, r := range s.model.Roles {
		if s.model.in(r.Unit, center) {
			all = append(all, r)
		}
	}
	switch {
	case len(all) == 0 || s.chance(1):
		return roles.Role{ID: pick(s.draw, []roles.RoleID{"both", "new-1", "officer"}), Unit: center}
	case s.chance(1):
		return pick(s.draw, s.model.Roles)
	}
	return pick(s.draw, all)
}

// free draws one of a list that there is not yet, or, if there is none, any.
func free[T any](d draw, list []T, there func(T) bool) T {
	left := slices.DeleteFunc(slices.Clone(list), there)
	if len(left) == 0 || d.chance(1) {
		left = list
	}
	return pick(d, left)
}

func (s schemer) isThere(unit scope.Ref) bool {
	_, there := s.model.unit(unit)
	return there
}

func (s schemer) addUnit(center scope.Ref) []deed {
	return []deed{{kind: roles.UnitAdded, unit: roles.Unit{Ref: free(s.draw, allAgencies, s.isThere), Parent: center}}}
}

func (s schemer) changeUnit(center scope.Ref) []deed {
	u := roles.Unit{Ref: center}
	if s.chance(8) {
		u.Attributes = scope.Map{"names": s.chance(12)}
	}
	return []deed{{kind: roles.UnitChanged, unit: u}}
}

// removeUnit removes an agency, and, as a good application does, takes its case
// out of everybody's hands.
func (s schemer) removeUnit(center scope.Ref) []deed {
	ref := s.emptyIn(center)
	return []deed{
		{kind: roles.Unassigned, assignment: roles.Assignment{Resource: caseIn(ref).Ref()}},
		{kind: roles.UnitRemoved, unit: roles.Unit{Ref: ref}},
	}
}

// emptyIn draws an agency of a center in which there is nobody and no role.
func (s schemer) emptyIn(center scope.Ref) scope.Ref {
	return free(s.draw, allAgencies, func(ref scope.Ref) bool {
		return !s.model.in(ref, center) && s.chance(14) || !s.isThere(ref) ||
			slices.ContainsFunc(s.model.Users, func(u roles.User) bool { return u.Unit == ref }) ||
			slices.ContainsFunc(s.model.Roles, func(r roles.Role) bool { return r.Unit == ref })
	})
}

func (s schemer) moveUnit(center scope.Ref) []deed {
	ref := s.emptyIn(center)
	deeds := []deed{
		{kind: roles.UnitRemoved, unit: roles.Unit{Ref: ref}},
		{kind: roles.UnitAdded, unit: roles.Unit{Ref: ref, Parent: free(s.draw, allCenters, func(to scope.Ref) bool {
			return s.model.in(ref, to) || !s.isThere(to)
		})}},
	}
	if s.chance(4) {
		b := s.bind(center)[0]
		b.binding.Unit = ref
		deeds = append(deeds, b)
	}
	return deeds
}

func (s schemer) openCenter() []deed {
	center := free(s.draw, allCenters, s.isThere)
	if _, there := s.model.user("oc"); there && s.chance(12) {
		center = centerC
	}
	deeds := []deed{
		{kind: roles.UnitAdded, unit: roles.Unit{Ref: center, Parent: scope.Root()}},
		{kind: roles.UserAdded, user: roles.User{ID: "oc", Unit: center}},
		{kind: roles.Bound, binding: roles.Binding{User: "oc", Role: "officer", Unit: center}},
	}
	if s.isThere(center) { // then close it
		slices.Reverse(deeds)
		for i, kind := range []roles.ChangeKind{roles.Unbound, roles.UserRemoved, roles.UnitRemoved} {
			deeds[i].kind = kind
		}
	}
	return deeds
}

func (s schemer) hire(center scope.Ref) []deed {
	id := free(s.draw, everyUser, func(id roles.UserID) bool { _, there := s.model.user(id); return there })
	u := roles.User{ID: id, Unit: s.unitIn(center), Inactive: s.chance(3)}
	return append([]deed{{kind: roles.UserAdded, user: u}}, s.bindTo(u.ID, center)...)
}

func (s schemer) changeUser(center scope.Ref) []deed {
	u := s.userIn(center)
	if s.chance(8) {
		u.Unit = s.unitIn(center)
	}
	if s.chance(8) {
		u.Inactive = !u.Inactive
	}
	return []deed{{kind: roles.UserChanged, user: u}}
}

// revive makes somebody active who is not, or the other way round.
func (s schemer) revive(center scope.Ref) []deed {
	u := s.userIn(center)
	for _, other := range s.model.Users {
		if other.Inactive && s.chance(12) {
			u = other
		}
	}
	u.Inactive = !u.Inactive
	return []deed{{kind: roles.UserChanged, user: u}}
}

func (s schemer) removeUser(center scope.Ref) []deed {
	return []deed{{kind: roles.UserRemoved, user: roles.User{ID: s.userIn(center).ID}}}
}

func (s schemer) hireAgain(center scope.Ref) []deed {
	u := s.userIn(center)
	deeds := []deed{{kind: roles.UserRemoved, user: roles.User{ID: u.ID}}, {kind: roles.UserAdded, user: roles.User{ID: u.ID, Unit: s.unitIn(center)}}}
	return append(deeds, s.bindTo(u.ID, center)...)
}

// draft draws what a role gives.
func (s schemer) draft(r roles.Role, center scope.Ref) roles.Role {
	r.Scope, r.Grants, r.Inherits = "all", nil, nil
	for range s.between(1, 2) {
		g := roles.Grant{Scope: pick(s.draw, []string{"", "all", "own", "agency", "own"}), Privileges: []roles.Action{
			"medical.view", "medical.update", "details.view", "details.update", "images.view", "delete", "cases", "images.update",
		}}
		if g.Scope != "own" {
			g.Privileges = append(g.Privileges, "people", "roles", "people", "setup", "appoint")
		}
		first := s.below(len(g.Privileges))
		g.Privileges = g.Privileges[first:min(first+pick(s.draw, []int{1, 1, 2, 3}), len(g.Privileges))]
		if s.chance(1) {
			g.Privileges[0] = "purge"
		}
		r.Grants = append(r.Grants, g)
	}
	if s.chance(9) { // what it requires
		level := (model{}).with(r)
		if level["images"] > 0 {
			r.Grants[0].Privileges = append(r.Grants[0].Privileges, "details.view")
		}
		if level["delete"] > 0 {
			r.Grants[0].Privileges = append(r.Grants[0].Privileges, "medical.update")
		}
	}
	if s.chance(5) {
		r.Inherits = []roles.RoleID{pick(s.draw, []roles.RoleID{"clerk", "interviewer", "officer", "both", s.roleIn(center).ID, s.roleIn(center).ID})}
	}
	return r
}

// with returns the levels that a role has by itself.
func (m model) with(r roles.Role) map[string]int {
	r.Inherits = nil
	m.Roles = []roles.Role{r}
	return m.levels(r.ID)
}

func (s schemer) makeRole(center scope.Ref) []deed {
	id := free(s.draw, everyRole, func(id roles.RoleID) bool { _, there := s.model.role(id); return there })
	r := roles.Role{ID: id, Unit: center}
	if s.chance(4) {
		r.Unit = s.unitIn(center)
	}
	if s.chance(4) {
		r.At = []string{"agency"}
	}
	return []deed{{kind: roles.RoleAdded, role: s.draft(r, center)}}
}

func (s schemer) changeRole(center scope.Ref) []deed {
	r := s.roleIn(center)
	was := r
	if r = s.draft(r, center); s.chance(8) { // only a little
		r.Grants = append(slices.Clone(was.Grants), r.Grants[0])
	}
	if s.chance(3) {
		r.Unit = s.unitIn(center)
	}
	return []deed{{kind: roles.RoleChanged, role: r}}
}

func (s schemer) changeOwnRole(actor roles.UserID) []deed {
	for _, b := range s.model.bindings(actor) {
		if r, custom := s.model.role(b.Role); custom && s.chance(12) {
			drafted := s.draft(r, s.near(actor))
			r.Grants = append(slices.Clone(r.Grants), drafted.Grants...)
			if s.chance(4) {
				r.Inherits = drafted.Inherits
			}
			return []deed{{kind: roles.RoleChanged, role: r}}
		}
	}
	return s.changeRole(s.near(actor))
}

func (s schemer) renameRole(center scope.Ref) []deed {
	r := s.roleIn(center)
	r.Name = pick(s.draw, []string{"Nurse", "nurse", "Clerk", "CLERK", "Social worker", "new-1"})
	return []deed{{kind: roles.RoleChanged, role: r}}
}

func (s schemer) removeRole(center scope.Ref) []deed {
	var idle []roles.Role
	for _, r := range s.model.Roles {
		if s.model.in(r.Unit, center) && !slices.ContainsFunc(s.model.Bindings, func(b roles.Binding) bool { return b.Role == r.ID }) {
			idle = append(idle, r)
		}
	}
	r := s.roleIn(center)
	if len(idle) > 0 && s.chance(12) {
		r = pick(s.draw, idle)
	}
	deeds := []deed{{kind: roles.RoleRemoved, role: roles.Role{ID: r.ID}}}
	if s.chance(5) { // and make it anew
		deeds = append(deeds, deed{kind: roles.RoleAdded, role: s.draft(roles.Role{ID: r.ID, Unit: center}, center)})
	}
	return deeds
}

func (s schemer) bind(center scope.Ref) []deed { return s.bindTo(s.userIn(center).ID, center) }

func (s schemer) bindTo(user roles.UserID, center scope.Ref) []deed {
	r := s.roleIn(center)
	b := roles.Binding{User: user, Role: r.ID, Unit: s.unitIn(center)}
	if !s.model.in(b.Unit, r.Unit) && s.chance(14) {
		b.Unit = r.Unit
	}
	if s.chance(4) {
		b.Role = pick(s.draw, []roles.RoleID{"clerk", "interviewer", "officer", "both"})
	}
	if s.chance(4) {
		b.Until = s.later()
	}
	if s.chance(2) {
		b.From = s.later()
	}
	return []deed{{kind: roles.Bound, binding: b}}
}

// handOn binds somebody to a role that the actor has, there or elsewhere, as long
// as the actor or longer.
func (s schemer) handOn(actor roles.UserID, center scope.Ref) []deed {
	held := s.model.bindings(actor)
	if len(held) == 0 {
		return s.bind(center)
	}
	b := pick(s.draw, held)
	for _, other := range held {
		if other.From != other.Until && s.chance(8) {
			b = other
		}
	}
	b.User = free(s.draw, everyUser, func(id roles.UserID) bool {
		u, there := s.model.user(id)
		return !there || u.Inactive || !s.model.in(u.Unit, center) || slices.ContainsFunc(s.model.bindings(id), func(o roles.Binding) bool {
			return o.Role == b.Role && o.Unit == b.Unit
		})
	})
	if s.chance(6) {
		b.Unit = s.unitIn(center)
	}
	if s.chance(10) {
		b.From, b.Until = time.Time{}, time.Time{}
	}
	return []deed{{kind: roles.Bound, binding: b}}
}

func (s schemer) later() time.Time {
	return pick(s.draw, moments).Add(time.Duration(s.below(3)-1) * time.Minute)
}

// held draws a binding of somebody of a center.
func (s schemer) held(center scope.Ref) roles.Binding {
	all := s.model.bindings(s.userIn(center).ID)
	if len(all) == 0 {
		return pick(s.draw, s.model.Bindings)
	}
	return pick(s.draw, all)
}

func (s schemer) unbind(center scope.Ref) []deed {
	b := s.held(center)
	return []deed{{kind: roles.Unbound, binding: b}}
}

// bindOtherwise puts another binding in the place of one.
func (s schemer) bindOtherwise(center scope.Ref) []deed {
	b := s.held(center)
	other := s.bindTo(b.User, center)
	switch s.below(3) {
	case 0:
		other[0].binding = b
		other[0].binding.Until = s.later()
	case 1:
		other[0].binding = b
		other[0].binding.From, other[0].binding.Until = time.Time{}, time.Time{}
	}
	deeds := []deed{{kind: roles.Unbound, binding: b}, other[0]}
	if s.chance(4) {
		slices.Reverse(deeds)
	}
	return deeds
}

// assignable draws a unit or its case.
func (s schemer) assignable(center scope.Ref) scope.Ref {
	ref := s.unitIn(center)
	if s.chance(10) && ref != scope.Root() {
		return caseIn(ref).Ref()
	}
	return ref
}

func (s schemer) assign(center scope.Ref) []deed {
	return []deed{{kind: roles.Assigned, assignment: roles.Assignment{User: s.userIn(center).ID, Resource: s.assignable(center)}}}
}

func (s schemer) unassign(center scope.Ref) []deed {
	a := roles.Assignment{Resource: s.assignable(center)}
	if len(s.model.Assignments) > 0 && s.chance(14) {
		a = pick(s.draw, s.model.Assignments)
	}
	if s.chance(3) {
		a.User = ""
	}
	return []deed{{kind: roles.Unassigned, assignment: a}}
}

// makeAndUse makes a role, gives it to somebody, and changes it: all at once, in
// this order or in another.
func (s schemer) makeAndUse(center scope.Ref) []deed {
	deeds := s.makeRole(center)
	bound := s.bind(center)
	bound[0].binding.Role = deeds[0].role.ID
	deeds = append(deeds, bound...)
	if s.chance(8) {
		deeds = append(deeds, deed{kind: roles.RoleChanged, role: s.draft(deeds[0].role, center)})
	}
	return deeds
}

func (s schemer) several(actor roles.UserID) []deed {
	var deeds []deed
	for range s.between(2, 3) {
		deeds = append(deeds, pick(s.draw, []func(scope.Ref) []deed{
			s.hire, s.revive, s.bind, s.unbind, s.assign, s.changeRole, s.changeUser, s.addUnit, s.removeUser, s.removeUnit, s.makeRole,
		})(s.near(actor))...)
	}
	return deeds
}

// places says where cases are, as far as the application says it.
func (s schemer) places() []scope.Resource {
	var all []scope.Resource
	for _, unit := range everyUnit {
		if s.chance(15) {
			all = append(all, caseIn(unit))
		}
	}
	return all
}
