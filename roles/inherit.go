package roles

import (
	"maps"
	"slices"
)

// MaxInheritance is the greatest number of steps from a role to one that it
// inherits.
const MaxInheritance = 32

// closureOf returns the role and all that it inherits, itself first and the
// others sorted. It is computed once for the entry.
func (s *state) closureOf(e *roleEntry) []RoleID {
	if known := e.closure.Load(); known != nil {
		return *known
	}
	closure := itselfFirst(e.role.ID, reach(e.role.ID, func(id RoleID) []RoleID {
		inherited, _ := s.roles.Get(id)
		return inherited.role.Inherits
	}))
	e.closure.Store(&closure)
	return closure
}

// seniors returns the role and all that inherit it, directly or not.
func (s *state) seniors(id RoleID) map[RoleID]bool {
	return reach(id, func(id RoleID) []RoleID { return slices.Collect(s.heirs.Of(id).All()) })
}

// reach returns from and all that next leads to.
func reach(from RoleID, next func(RoleID) []RoleID) map[RoleID]bool {
	reached := map[RoleID]bool{from: true}
	for todo := []RoleID{from}; len(todo) > 0; {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, id := range next(at) {
			if !reached[id] {
				reached[id] = true
				todo = append(todo, id)
			}
		}
	}
	return reached
}

func itselfFirst(id RoleID, reached map[RoleID]bool) []RoleID {
	out := make([]RoleID, 1, len(reached))
	out[0] = id
	for _, other := range slices.Sorted(maps.Keys(reached)) {
		if other != id {
			out = append(out, other)
		}
	}
	return out
}

// depthsWith returns the depth that each of seniors, which are r and the roles
// that inherit it, has if r is put into the state. r must not inherit any of
// them.
func (s *state) depthsWith(r Role, seniors map[RoleID]bool) map[RoleID]int {
	depths := make(map[RoleID]int, len(seniors))
	var depth func(id RoleID) int
	depth = func(id RoleID) int {
		if d, ok := depths[id]; ok {
			return d
		}
		inherits := r.Inherits
		if id != r.ID {
			e, _ := s.roles.Get(id)
			if !seniors[id] {
				return e.depth
			}
			inherits = e.role.Inherits
		}
		d := 0
		for _, inherited := range inherits {
			d = max(d, depth(inherited)+1)
		}
		depths[id] = d
		return d
	}
	for id := range seniors {
		depth(id)
	}
	return depths
}
