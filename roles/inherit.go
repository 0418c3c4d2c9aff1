package roles

import "slices"

// MaxInheritance is the greatest number of steps from a custom role to one that
// it inherits, or as many as the deepest fixed role takes, if those are more.
const MaxInheritance = 32

// closureOf returns the role and all that it inherits, itself first and the
// others sorted. It is computed once for the entry.
func (s *state) closureOf(e *roleEntry) []RoleID {
	if known := e.closure.Load(); known != nil {
		return *known
	}
	closure := reach(e.role.ID, map[RoleID]bool{}, func(id RoleID) []RoleID {
		inherited, _ := s.roles.Get(id)
		return inherited.role.Inherits
	})
	closure = slices.Clip(closure)
	e.closure.Store(&closure)
	return closure
}

// seniors returns the role and all that inherit it, directly or not: itself
// first, the others sorted. Those that are in reached, and what inherits them,
// it leaves out, and adds the others.
func (s *state) seniors(id RoleID, reached map[RoleID]bool) []RoleID {
	return reach(id, reached, func(id RoleID) []RoleID { return slices.Collect(s.heirs.Of(id).All()) })
}

// reach returns from and all that next leads to, from first and the others
// sorted, without what is in reached, to which it adds them.
func reach(from RoleID, reached map[RoleID]bool, next func(RoleID) []RoleID) []RoleID {
	if reached[from] {
		return nil
	}
	reached[from] = true
	found := []RoleID{from}
	for i := 0; i < len(found); i++ {
		for _, id := range next(found[i]) {
			if !reached[id] {
				reached[id] = true
				found = append(found, id)
			}
		}
	}
	slices.Sort(found[1:])
	return found
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
