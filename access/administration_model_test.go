package access_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A deed is one change that somebody wants to make, with what it is about.
type deed struct {
	kind       roles.ChangeKind
	unit       roles.Unit
	user       roles.User
	role       roles.Role
	binding    roles.Binding
	assignment roles.Assignment // of everybody's, if it names no user
}

func (c deed) do(tx *roles.Tx) {
	switch c.kind {
	case roles.UnitAdded:
		tx.AddUnit(c.unit.Ref, c.unit.Parent)
	case roles.UnitChanged:
		tx.SetUnitAttributes(c.unit.Ref, c.unit.Attributes)
	case roles.UnitRemoved:
		tx.RemoveUnit(c.unit.Ref)
	case roles.UserAdded:
		tx.AddUser(c.user)
	case roles.UserChanged:
		tx.ChangeUser(c.user)
	case roles.UserRemoved:
		tx.RemoveUser(c.user.ID)
	case roles.RoleAdded:
		tx.AddRole(c.role)
	case roles.RoleChanged:
		tx.ChangeRole(c.role)
	case roles.RoleRemoved:
		tx.RemoveRole(c.role.ID)
	case roles.Bound:
		tx.BindBetween(c.binding.User, c.binding.Role, c.binding.Unit, c.binding.From, c.binding.Until)
	case roles.Unbound:
		tx.Unbind(c.binding.User, c.binding.Role, c.binding.Unit)
	case roles.Assigned:
		tx.Assign(c.assignment.User, c.assignment.Resource)
	case roles.Unassigned:
		if c.assignment.User == "" {
			tx.UnassignAll(c.assignment.Resource)
			return
		}
		tx.Unassign(c.assignment.User, c.assignment.Resource)
	}
}

// String shows a deed in a failure's report.
func (c deed) String() string {
	switch c.kind {
	case roles.UnitAdded, roles.UnitChanged, roles.UnitRemoved:
		return fmt.Sprintf("%s %s %v", c.kind, c.unit, c.unit.Attributes)
	case roles.UserAdded, roles.UserChanged, roles.UserRemoved:
		return fmt.Sprintf("%s %s of %s inactive=%v", c.kind, c.user, c.user.Unit, c.user.Inactive)
	case roles.RoleAdded, roles.RoleChanged, roles.RoleRemoved:
		return fmt.Sprintf("%s %s %q of %s scope %q inherits %v: %v", c.kind, c.role, c.role.Name, c.role.Unit, c.role.Scope, c.role.Inherits, c.role.Grants)
	case roles.Bound, roles.Unbound:
		return fmt.Sprintf("%s %s", c.kind, c.binding)
	}
	return fmt.Sprintf("%s %s", c.kind, c.assignment)
}

// A model is the directory as lists, in which everything is looked for from the
// beginning. It knows the policy of the machine by heart, and nothing of how a
// change is judged.
type model struct{ reference.World }

func (m model) clone() model {
	return model{reference.World{
		Units: slices.Clone(m.Units), Users: slices.Clone(m.Users), Roles: slices.Clone(m.Roles),
		Bindings: slices.Clone(m.Bindings), Assignments: slices.Clone(m.Assignments),
	}}
}

// apply makes a change that can be made.
func (m *model) apply(c deed) {
	isUnit := func(u roles.Unit) bool { return u.Ref == c.unit.Ref }
	isUser := func(u roles.User) bool { return u.ID == c.user.ID }
	isRole := func(r roles.Role) bool { return r.ID == c.role.ID }
	switch c.kind {
	case roles.UnitAdded:
		m.Units = append(m.Units, roles.Unit{Ref: c.unit.Ref, Parent: c.unit.Parent})
	case roles.UnitChanged:
		m.Units[slices.IndexFunc(m.Units, isUnit)].Attributes = c.unit.Attributes
	case roles.UnitRemoved:
		m.Units = slices.DeleteFunc(m.Units, isUnit)
		m.Bindings = slices.DeleteFunc(m.Bindings, func(b roles.Binding) bool { return b.Unit == c.unit.Ref })
		m.Assignments = slices.DeleteFunc(m.Assignments, func(a roles.Assignment) bool { return a.Resource == c.unit.Ref })
	case roles.UserAdded:
		m.Users = append(m.Users, c.user)
	case roles.UserChanged:
		m.Users[slices.IndexFunc(m.Users, isUser)] = c.user
	case roles.UserRemoved:
		m.Users = slices.DeleteFunc(m.Users, isUser)
		m.Bindings = slices.DeleteFunc(m.Bindings, func(b roles.Binding) bool { return b.User == c.user.ID })
		m.Assignments = slices.DeleteFunc(m.Assignments, func(a roles.Assignment) bool { return a.User == c.user.ID })
	case roles.RoleAdded:
		m.Roles = append(m.Roles, c.role)
	case roles.RoleChanged:
		m.Roles[slices.IndexFunc(m.Roles, isRole)] = c.role
	case roles.RoleRemoved:
		m.Roles = slices.DeleteFunc(m.Roles, isRole)
	case roles.Bound:
		m.Bindings = append(m.Bindings, c.binding)
	case roles.Unbound:
		m.Bindings = slices.DeleteFunc(m.Bindings, func(b roles.Binding) bool {
			return b.User == c.binding.User && b.Role == c.binding.Role && b.Unit == c.binding.Unit
		})
	case roles.Assigned:
		m.Assignments = append(m.Assignments, c.assignment)
	case roles.Unassigned:
		m.Assignments = slices.DeleteFunc(m.Assignments, func(a roles.Assignment) bool {
			return a.Resource == c.assignment.Resource && (c.assignment.User == "" || a.User == c.assignment.User)
		})
	}
}

// contents is all that there is, line by line.
func (m model) contents() []string {
	var lines []string
	for _, u := range m.Units {
		lines = append(lines, fmt.Sprint("unit ", u, len(u.Attributes), u.Attributes["names"]))
	}
	for _, u := range m.Users {
		lines = append(lines, fmt.Sprint("user ", u, u.Unit, u.Inactive))
	}
	for _, r := range m.Roles {
		lines = append(lines, fmt.Sprint("role ", r, r.Name, r.Unit, r.Scope, r.Inherits, r.Grants))
	}
	for _, b := range m.Bindings {
		lines = append(lines, fmt.Sprint("bind ", b))
	}
	for _, a := range m.Assignments {
		lines = append(lines, fmt.Sprint("assign ", a))
	}
	slices.Sort(lines)
	return lines
}

// modelOf reads all that there is in a directory.
func modelOf(s *roles.Snapshot) model {
	var m model
	for _, typ := range []string{"center", "agency"} {
		for _, ref := range s.Units(typ, scope.Root()) {
			u, _ := s.Unit(ref)
			m.Units = append(m.Units, u)
		}
	}
	for _, id := range s.Users() {
		u, _ := s.User(id)
		m.Users = append(m.Users, u)
		m.Bindings = append(m.Bindings, s.Bindings(id)...)
		for _, ref := range s.Assignments(id) {
			m.Assignments = append(m.Assignments, roles.Assignment{User: id, Resource: ref})
		}
	}
	for _, r := range s.Roles() {
		if !r.Fixed {
			m.Roles = append(m.Roles, r)
		}
	}
	return m
}

func (m model) unit(ref scope.Ref) (roles.Unit, bool) {
	for _, u := range m.Units {
		if u.Ref == ref {
			return u, true
		}
	}
	return roles.Unit{}, false
}

func (m model) user(id roles.UserID) (roles.User, bool) {
	for _, u := range m.Users {
		if u.ID == id {
			return u, true
		}
	}
	return roles.User{}, false
}

func (m model) role(id roles.RoleID) (roles.Role, bool) {
	for _, r := range m.Roles {
		if r.ID == id {
			return r, true
		}
	}
	return roles.Role{}, false
}

// in reports whether a unit is outer or in it.
func (m model) in(unit, outer scope.Ref) bool {
	for unit != outer {
		u, ok := m.unit(unit)
		if !ok {
			return false
		}
		unit = u.Parent
	}
	return true
}

// center returns the center that a unit is or is in; zero for none.
func (m model) center(unit scope.Ref) scope.Ref {
	for _, u := range m.Units {
		if u.Ref.Type == "center" && m.in(unit, u.Ref) {
			return u.Ref
		}
	}
	return scope.Ref{}
}

func (m model) bindings(user roles.UserID) []roles.Binding {
	var found []roles.Binding
	for _, b := range m.Bindings {
		if b.User == user {
			found = append(found, b)
		}
	}
	return found
}

func (m model) assignments(user roles.UserID) []scope.Ref {
	var found []scope.Ref
	for _, a := range m.Assignments {
		if a.User == user {
			found = append(found, a.Resource)
		}
	}
	return found
}

// juniors returns a role and all that it inherits.
func (m model) juniors(id roles.RoleID) []roles.RoleID {
	all := []roles.RoleID{id}
	r, _ := m.role(id)
	for _, junior := range r.Inherits {
		all = append(all, m.juniors(junior)...)
	}
	return all
}

// levels returns the greatest level at which a role, with all that it inherits,
// holds each privilege of the policy: 1 is view, or the box, 2 is update.
func (m model) levels(id roles.RoleID) map[string]int {
	held := map[string]int{}
	for _, junior := range m.juniors(id) {
		r, custom := m.role(junior)
		grants := r.Grants
		if !custom {
			grants = fixedGrants[junior]
		}
		for _, g := range grants {
			for _, action := range g.Privileges {
				name, level, leveled := strings.Cut(string(action), ".")
				held[name] = max(held[name], 1)
				if leveled && level == "update" {
					held[name] = 2
				}
			}
		}
	}
	return held
}

// broken returns what is wrong with a state, at an instant: every invariant of
// the policy, and what privileges require, in so many words.
func (m model) broken(at time.Time) []string {
	var wrong []string
	for _, u := range m.Units {
		if u.Ref.Type == "center" && !slices.ContainsFunc(m.Bindings, func(b roles.Binding) bool {
			holder, _ := m.user(b.User)
			return !holder.Inactive && b.InForce(at) && m.in(u.Ref, b.Unit) && slices.Contains(m.juniors(b.Role), "officer")
		}) {
			wrong = append(wrong, fmt.Sprintf("%s has no active officer at %s", u.Ref, at))
		}
	}
	for _, u := range m.Users {
		if !slices.ContainsFunc(m.bindings(u.ID), func(b roles.Binding) bool { return b.Until.IsZero() || at.Before(b.Until) }) {
			wrong = append(wrong, fmt.Sprintf("%s has no role at %s", u, at))
		}
	}
	for _, r := range m.Roles {
		level := m.levels(r.ID)
		switch {
		case level["purge"] > 0 || slices.Contains(m.juniors(r.ID), "officer"):
			wrong = append(wrong, fmt.Sprintf("role %s holds purge", r))
		case level["images"] > 0 && level["details"] < 1:
			wrong = append(wrong, fmt.Sprintf("role %s holds images without details", r))
		case level["delete"] > 0 && level["medical"] < 2:
			wrong = append(wrong, fmt.Sprintf("role %s holds delete without medical.update", r))
		}
	}
	return wrong
}

// nothingOf returns what there is of an id that is said to be new, besides
// itself.
func (m model) nothingOf(c deed) []string {
	var found []string
	for _, b := range m.Bindings {
		if b.User == c.user.ID || b.Role == c.role.ID || b.Unit == c.unit.Ref {
			found = append(found, b.String())
		}
	}
	for _, a := range m.Assignments {
		if a.User == c.user.ID || a.Resource == c.unit.Ref {
			found = append(found, a.String())
		}
	}
	for _, u := range m.Users {
		if u.Unit == c.unit.Ref && !u.Unit.IsZero() {
			found = append(found, u.String())
		}
	}
	for _, u := range m.Units {
		if u.Parent == c.unit.Ref {
			found = append(found, u.String())
		}
	}
	for _, r := range m.Roles {
		if r.Unit == c.unit.Ref || slices.Contains(r.Inherits, c.role.ID) {
			found = append(found, r.String())
		}
	}
	return found
}
