package roles

import (
	"slices"
	"strings"
	"sync/atomic"
	"unicode"

	"github.com/bailiwick-authz/bailiwick/internal/persist"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A state is all that a directory knows: what was put into it, and indexes of
// that by everything it is looked up by. Its maps are persistent, so a copy of
// a state is free and a change to the copy leaves the state alone.
//
// Its methods keep the indexes in step, and check nothing.
type state struct {
	units   persist.Map[scope.Ref, *unitEntry]
	below   persist.Index[scope.Ref, scope.Ref] // the units directly in a unit or in Root
	members persist.Index[scope.Ref, UserID]    // the users who belong to a unit

	accounts persist.Map[UserID, *Account]
	assigned persist.Index[scope.Ref, UserID] // whom a resource is assigned to

	roles persist.Map[RoleID, *roleEntry]  // fixed and custom
	heirs persist.Index[RoleID, RoleID]    // the roles that inherit a role directly
	owned persist.Index[scope.Ref, RoleID] // the custom roles of a unit
	names persist.Map[roleName, RoleID]    // who has a name

	bindings persist.Map[place, persist.Map[UserID, *Binding]]
	rolesAt  persist.Index[scope.Ref, RoleID] // the roles bound at a unit
	unitsOf  persist.Index[RoleID, scope.Ref] // the units at which a role is bound
}

// A place is where users can hold a role.
type place struct {
	role RoleID
	unit scope.Ref
}

// A roleName is a role's name as it is compared, among the roles of a unit; the
// zero unit stands for the fixed roles.
type roleName struct {
	unit scope.Ref
	name string
}

// A roleEntry is a role in a state. It is replaced whenever its closure may
// change, so what is derived from it stays true.
type roleEntry struct {
	role    Role
	depth   int // the longest way to a role that inherits nothing
	closure atomic.Pointer[[]RoleID]
	derived atomic.Pointer[any] // what Snapshot.Derived keeps
}

// A unitEntry is a unit in a state, with its attributes as conditions read them.
type unitEntry struct {
	Unit
	attributes *scope.Values
}

// putUnit adds a unit or changes the one that is there.
func (s *state) putUnit(u Unit, attributes *scope.Values) {
	s.units = s.units.Set(u.Ref, &unitEntry{u, attributes})
	s.below = s.below.With(u.Parent, u.Ref)
}

func (s *state) deleteUnit(u Unit) {
	s.units = s.units.Delete(u.Ref)
	s.below = s.below.Without(u.Parent, u.Ref)
}

// putUser adds a user or changes the one who is there.
func (s *state) putUser(u User, attributes *scope.Values) {
	next := &Account{user: u, attributes: attributes}
	if a, ok := s.accounts.Get(u.ID); ok {
		next.bindings, next.assigned = a.bindings, a.assigned
		s.leaveUnit(a.user)
	}
	s.accounts = s.accounts.Set(u.ID, next)
	if !u.Unit.IsZero() {
		s.members = s.members.With(u.Unit, u.ID)
	}
}

// deleteUser removes a user who has no bindings and assignments left.
func (s *state) deleteUser(u User) {
	s.leaveUnit(u)
	s.accounts = s.accounts.Delete(u.ID)
}

func (s *state) leaveUnit(u User) {
	if !u.Unit.IsZero() {
		s.members = s.members.Without(u.Unit, u.ID)
	}
}

func (s *state) putBinding(b Binding) {
	a, _ := s.accounts.Get(b.User)
	at := place{b.Role, b.Unit}
	s.accounts = s.accounts.Set(b.User, a.with(a.bindings.Set(at, &b), a.assigned))
	holders, _ := s.bindings.Get(at)
	s.bindings = s.bindings.Set(at, holders.Set(b.User, &b))
	if holders.Len() == 0 {
		s.rolesAt = s.rolesAt.With(b.Unit, b.Role)
		s.unitsOf = s.unitsOf.With(b.Role, b.Unit)
	}
}

func (s *state) deleteBinding(b Binding) {
	a, _ := s.accounts.Get(b.User)
	at := place{b.Role, b.Unit}
	s.accounts = s.accounts.Set(b.User, a.with(a.bindings.Delete(at), a.assigned))
	holders, _ := s.bindings.Get(at)
	if holders = holders.Delete(b.User); holders.Len() > 0 {
		s.bindings = s.bindings.Set(at, holders)
		return
	}
	s.bindings = s.bindings.Delete(at)
	s.rolesAt = s.rolesAt.Without(b.Unit, b.Role)
	s.unitsOf = s.unitsOf.Without(b.Role, b.Unit)
}

func (s *state) putAssignment(as Assignment) {
	a, _ := s.accounts.Get(as.User)
	s.accounts = s.accounts.Set(as.User, a.with(a.bindings, a.assigned.With(as.Resource)))
	s.assigned = s.assigned.With(as.Resource, as.User)
}

func (s *state) deleteAssignment(as Assignment) {
	a, _ := s.accounts.Get(as.User)
	s.accounts = s.accounts.Set(as.User, a.with(a.bindings, a.assigned.Without(as.Resource)))
	s.assigned = s.assigned.Without(as.Resource, as.User)
}

// putRole adds a role or changes the one that is there. depths are those of
// the role and of all that inherit it.
func (s *state) putRole(r Role, depths map[RoleID]int) {
	if old, ok := s.roles.Get(r.ID); ok {
		s.unlinkRole(old.role)
	}
	s.names = s.names.Set(nameOf(r), r.ID)
	if !r.Fixed {
		s.owned = s.owned.With(r.Unit, r.ID)
	}
	for _, id := range r.Inherits {
		s.heirs = s.heirs.With(id, r.ID)
	}
	for id, depth := range depths {
		if id != r.ID {
			senior, _ := s.roles.Get(id)
			s.roles = s.roles.Set(id, &roleEntry{role: senior.role, depth: depth})
		}
	}
	s.roles = s.roles.Set(r.ID, &roleEntry{role: r, depth: depths[r.ID]})
}

// deleteRole removes a role that nobody holds and no role inherits.
func (s *state) deleteRole(r Role) {
	s.unlinkRole(r)
	s.roles = s.roles.Delete(r.ID)
}

func (s *state) unlinkRole(r Role) {
	s.names = s.names.Delete(nameOf(r))
	s.owned = s.owned.Without(r.Unit, r.ID)
	for _, id := range r.Inherits {
		s.heirs = s.heirs.Without(id, r.ID)
	}
}

// nameOf is the name of a role as screens show it and as it is compared.
func nameOf(r Role) roleName {
	if r.Name == "" {
		return roleName{r.Unit, fold(string(r.ID))}
	}
	return roleName{r.Unit, fold(r.Name)}
}

// fold maps names that differ only by case or by blanks at their ends to one.
func fold(name string) string { return strings.Map(foldRune, strings.TrimSpace(name)) }

// foldRune maps a rune to the least of those that differ from it only by case.
func foldRune(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}

// contains reports whether inner is outer or below it.
func (s *state) contains(outer, inner scope.Ref) bool {
	for at := inner; ; {
		if at == scope.Root() {
			return outer == at
		}
		u, ok := s.units.Get(at)
		if !ok {
			return false
		}
		if outer == at {
			return true
		}
		at = u.Parent
	}
}

// bindingsIn returns the bindings at a place, unsorted, after those in list.
func (s *state) bindingsIn(at place, list []Binding) []Binding {
	holders, _ := s.bindings.Get(at)
	list = slices.Grow(list, holders.Len())
	for _, b := range holders.All() {
		list = append(list, *b)
	}
	return list
}
