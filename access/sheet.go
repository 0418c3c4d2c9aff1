package access

import (
	"slices"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A sheet is what roles give and users hold in one snapshot.
type sheet struct {
	engine *Engine
	in     *roles.Snapshot
	given  map[roles.RoleID][]Entitlement
	new    map[roles.RoleID][]Entitlement
}

func newSheet(e *Engine, in *roles.Snapshot) *sheet {
	return &sheet{e, in, map[roles.RoleID][]Entitlement{}, map[roles.RoleID][]Entitlement{}}
}

// of returns the bindings of a user who is active.
func (s *sheet) of(user roles.UserID) []roles.Binding {
	if u, ok := s.in.User(user); !ok || u.Inactive {
		return nil
	}
	return s.in.Bindings(user)
}

// gives returns what a role gives, with all that it inherits.
func (s *sheet) gives(role roles.RoleID) []Entitlement {
	all, known := s.given[role]
	if !known {
		for _, id := range s.in.Closure(role) {
			r, _ := s.in.Role(id)
			for _, p := range s.engine.policy.Permissions(r) {
				all = append(all, entitlement(p))
			}
		}
		s.given[role] = all
	}
	return all
}

// beyond returns what a role gives and does not give in another snapshot.
func (s *sheet) beyond(role roles.RoleID, beside *sheet) []Entitlement {
	all, known := s.new[role]
	if !known {
		for _, e := range s.gives(role) {
			if !slices.ContainsFunc(beside.gives(role), func(o Entitlement) bool { return covers(o.permission, e.permission) }) {
				all = append(all, e)
			}
		}
		s.new[role] = all
	}
	return all
}

// standing returns the unit, or the nearest one above it that there is in
// another snapshot too: what is held there is held in it.
func (s *sheet) standing(unit scope.Ref, beside *sheet) scope.Ref {
	for unit != scope.Root() {
		if _, _, ok := beside.in.Locate(unit); ok {
			return unit
		}
		above, _, ok := s.in.Locate(unit)
		if !ok {
			return unit
		}
		unit = above
	}
	return unit
}

// covered reports whether somebody with some bindings has an entitlement in a
// unit whenever a binding is in force.
func (s *sheet) covered(bindings []roles.Binding, e Entitlement, whenever roles.Binding, unit scope.Ref) bool {
	return s.coveredBy(bindings, e, whenever, unit, func(Entitlement) bool { return true })
}

// coveredWithoutAssignments is covered by what does not look at assignments.
func (s *sheet) coveredWithoutAssignments(bindings []roles.Binding, e Entitlement, whenever roles.Binding, unit scope.Ref) bool {
	return s.coveredBy(bindings, e, whenever, unit, func(o Entitlement) bool { return !o.looksAtAssignments() })
}

// coveredWithoutHome is covered by what does not look at where the user belongs.
func (s *sheet) coveredWithoutHome(bindings []roles.Binding, e Entitlement, whenever roles.Binding, unit scope.Ref) bool {
	return s.coveredBy(bindings, e, whenever, unit, func(o Entitlement) bool { return !o.looksAtHome() })
}

// home returns where a user belongs.
func (s *sheet) home(user roles.UserID) scope.Ref {
	u, _ := s.in.User(user)
	return u.Unit
}

func (s *sheet) coveredBy(bindings []roles.Binding, e Entitlement, whenever roles.Binding, unit scope.Ref, counts func(Entitlement) bool) bool {
	var by []roles.Binding
	for _, b := range bindings {
		if s.in.Contains(b.Unit, unit) && slices.ContainsFunc(s.gives(b.Role), func(o Entitlement) bool {
			return counts(o) && covers(o.permission, e.permission)
		}) {
			by = append(by, b)
		}
	}
	return lastTogether(by, whenever)
}

// innermost returns that of two units which is in the other; zero if neither is.
func (s *sheet) innermost(a, b scope.Ref) scope.Ref {
	switch {
	case s.in.Contains(a, b):
		return b
	case s.in.Contains(b, a):
		return a
	}
	return scope.Ref{}
}

// assignedBeyond returns what is assigned to a user and, in another snapshot,
// neither it nor anything that it is in.
func (s *sheet) assignedBeyond(user roles.UserID, beside *sheet) []scope.Ref {
	return slices.DeleteFunc(s.in.Assignments(user), func(ref scope.Ref) bool { return beside.assigns(user, ref) })
}

// assigns reports whether a resource, or a unit that it is in, is assigned to a
// user.
func (s *sheet) assigns(user roles.UserID, ref scope.Ref) bool {
	assigned := s.in.AssignmentsOf(user)
	for at, ok := ref, true; ok && at != scope.Root(); at, _, ok = s.in.Locate(at) {
		if assigned.Has(at) {
			return true
		}
	}
	return false
}
