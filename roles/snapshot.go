package roles

import (
	"cmp"
	"slices"

	"github.com/bailiwick-authz/bailiwick/internal/persist"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A Snapshot is a directory as it stood after one commit. It never changes and
// is safe for concurrent use. Everything that it lists is sorted and belongs
// to the caller, unless its method says otherwise.
//
// The zero Snapshot has no users, units and roles.
type Snapshot struct {
	state
	types    *scope.Types
	fixed    []RoleID // in the order of the policy
	deepest  int      // how deep roles may inherit
	revision uint64
}

// Revision is the number of the commit that made the snapshot; 0 for a
// directory to which nothing was committed.
func (s *Snapshot) Revision() uint64 { return s.revision }

// Locate returns the parent and the attributes of a unit, and whether there is
// such a unit. Root has no parent and is not one.
func (s *Snapshot) Locate(unit scope.Ref) (parent scope.Ref, attributes *scope.Values, ok bool) {
	n := s.Node(unit)
	if n == nil {
		return scope.Ref{}, nil, false
	}
	return n.parent.Ref(), s.units.byNumber.get(n.number).attributes, true
}

// Place returns where a unit is, as conditions see it; nil for a unit that the
// directory does not know. It is made once, until the unit's attributes change, or
// those of a unit that it is in.
func (s *Snapshot) Place(unit scope.Ref) *scope.Place { return s.PlaceOf(s.Node(unit)) }

// PlaceOf is Place of a unit that Node returned; nil for nil.
func (s *Snapshot) PlaceOf(n *Node) *scope.Place {
	if n == nil {
		return nil
	}
	return s.place(s.units.byNumber.get(n.number))
}

func (s *Snapshot) place(e *unitEntry) *scope.Place {
	known := e.kept.Load()
	if known != nil && known.seen == s.units.era {
		return known.place
	}
	var above *scope.Place
	if e.parent != nil {
		if above = s.place(s.units.byNumber.get(e.parent.number)); above == nil {
			return nil
		}
	}
	next := &keptPlace{seen: s.units.era}
	if known != nil && known.place.Parent() == above {
		next.place = known.place
	} else {
		made, err := s.types.Keep(e.ref, above, e.attributes, e.Node)
		if err != nil {
			return nil // who locates the unit is told of it
		}
		next.place = made
	}
	e.kept.Store(next)
	return next.place
}

// Node returns where a unit stands; nil for a unit that the directory does not
// know.
func (s *Snapshot) Node(unit scope.Ref) *Node {
	if n := s.nodes.Guess(hashOf(unit)); n != nil && n.ref == unit {
		return n
	}
	return s.nodes.Get(unit)
}

// Keeper returns the snapshot itself, also to those who have it as a part of
// something else, which may answer otherwise.
func (s *Snapshot) Keeper() scope.Units { return s }

// Unit returns a unit, and whether there is one.
func (s *Snapshot) Unit(unit scope.Ref) (Unit, bool) {
	e := s.units.get(unit)
	if e == nil {
		return Unit{}, false
	}
	return e.unit().clone(), true
}

// Units returns the units of a type that are in within, directly or not,
// within included; within can be Root.
func (s *Snapshot) Units(ofType string, within scope.Ref) []scope.Ref {
	var found []scope.Ref
	if !s.contains(scope.Root(), within) || s.types == nil {
		return nil
	}
	typ := s.types.Type(ofType)
	if typ == nil {
		return nil
	}
	var walk func(at scope.Ref)
	walk = func(at scope.Ref) {
		if at.Type == ofType {
			found = append(found, at)
			return
		}
		if at != scope.Root() && !typ.Below(s.types.Type(at.Type)) {
			return
		}
		for unit := range s.unitsIn(at) {
			walk(unit)
		}
	}
	walk(within)
	slices.SortFunc(found, scope.Ref.Compare)
	return found
}

// UnitsIn returns the units directly in a unit or in Root.
func (s *Snapshot) UnitsIn(parent scope.Ref) []scope.Ref {
	return slices.SortedFunc(s.unitsIn(parent), scope.Ref.Compare)
}

// Contains reports whether inner is a unit that the directory knows, or Root,
// and is outer or in it, directly or not.
func (s *Snapshot) Contains(outer, inner scope.Ref) bool { return s.contains(outer, inner) }

// User returns a user, and whether there is one.
func (s *Snapshot) User(id UserID) (User, bool) {
	a := s.accounts.Get(id)
	if a == nil {
		return User{}, false
	}
	return a.User().clone(), true
}

// Users returns everybody.
func (s *Snapshot) Users() []UserID { return slices.Sorted(s.accounts.Keys()) }

// Members returns the users who belong to exactly this unit.
func (s *Snapshot) Members(unit scope.Ref) []UserID {
	members, _ := s.members.Get(unit)
	return s.idsOf(members)
}

// Bindings returns the bindings of a user, by role and unit.
func (s *Snapshot) Bindings(user UserID) []Binding {
	a, _ := s.Account(user)
	return slices.AppendSeq(make([]Binding, 0, len(a.holds)), a.Bindings())
}

// BindingsOf returns the bindings of a role, by user and unit. Bindings of
// roles that inherit it are not among them: see Holders.
func (s *Snapshot) BindingsOf(role RoleID) []Binding {
	var list []Binding
	for unit := range s.unitsOf.Of(role).All() {
		list = s.bindingsIn(post{role, unit}, list)
	}
	return sortBindings(list)
}

// BindingsAt returns the bindings at exactly this unit, or at Root, by user
// and role.
func (s *Snapshot) BindingsAt(unit scope.Ref) []Binding {
	var list []Binding
	for role := range s.rolesAt.Of(unit).All() {
		list = s.bindingsIn(post{role, unit}, list)
	}
	return sortBindings(list)
}

// Holders returns the bindings of a role and of all that inherit it, by user,
// role and unit.
func (s *Snapshot) Holders(role RoleID) []Binding {
	var list []Binding
	for _, senior := range s.seniors(role, map[RoleID]bool{}) {
		for unit := range s.unitsOf.Of(senior).All() {
			list = s.bindingsIn(post{senior, unit}, list)
		}
	}
	return sortBindings(list)
}

// HoldersAt returns those of Holders that are at exactly this unit, or at
// Root. It does not look at any others.
func (s *Snapshot) HoldersAt(role RoleID, unit scope.Ref) []Binding {
	var list []Binding
	for bound := range s.rolesAt.Of(unit).All() {
		if slices.Contains(s.Closure(bound), role) {
			list = s.bindingsIn(post{bound, unit}, list)
		}
	}
	return sortBindings(list)
}

// sortBindings sorts by user, role and unit.
func sortBindings(list []Binding) []Binding {
	slices.SortFunc(list, func(a, b Binding) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.Role, b.Role), a.Unit.Compare(b.Unit))
	})
	return list
}

// Assignments returns the resources assigned to a user.
func (s *Snapshot) Assignments(user UserID) []scope.Ref {
	a, _ := s.Account(user)
	return slices.SortedFunc(a.All(), scope.Ref.Compare)
}

// AssignmentsOf returns the resources assigned to a user, without copying
// them: none for a user whom nobody knows.
func (s *Snapshot) AssignmentsOf(user UserID) scope.Assignments {
	a, _ := s.Account(user)
	return a
}

// AssignedTo returns the users to whom exactly this resource is assigned.
func (s *Snapshot) AssignedTo(resource scope.Ref) []UserID {
	return s.idsOf(s.assignedTo(resource))
}

// Role returns a role, fixed or custom, and whether there is one.
func (s *Snapshot) Role(id RoleID) (Role, bool) {
	e, ok := s.roles.Get(id)
	if !ok {
		return Role{}, false
	}
	return e.role.clone(), true
}

// Roles returns the fixed roles in the order of the policy, then the custom
// ones by unit and id.
func (s *Snapshot) Roles() []Role {
	list := make([]Role, 0, s.roles.Len())
	for _, id := range s.fixed {
		e, _ := s.roles.Get(id)
		list = append(list, e.role.clone())
	}
	for _, e := range s.roles.All() {
		if !e.role.Fixed {
			list = append(list, e.role.clone())
		}
	}
	slices.SortFunc(list[len(s.fixed):], func(a, b Role) int {
		return cmp.Or(a.Unit.Compare(b.Unit), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// RolesOf returns the custom roles that a unit, or Root, owns.
func (s *Snapshot) RolesOf(unit scope.Ref) []Role {
	ids := slices.Sorted(s.owned.Of(unit).All())
	list := make([]Role, len(ids))
	for i, id := range ids {
		list[i], _ = s.Role(id)
	}
	return list
}

// Closure returns a role and all that it inherits, directly or not: itself
// first, the others sorted; nil for an unknown role. The list is the
// snapshot's own: the caller must not change it.
func (s *Snapshot) Closure(id RoleID) []RoleID {
	e, ok := s.roles.Get(id)
	if !ok {
		return nil
	}
	return s.closureOf(e)
}

// A Deriver makes something of roles and of users, for those who decide.
type Deriver interface {
	// Derive makes it of a role and of all that this inherits.
	Derive(in *Snapshot, role RoleID) any
	// DeriveAccount makes it of an account. The place is that of the unit where the
	// user belongs; nil: nowhere, or the unit has attributes that it cannot have.
	DeriveAccount(in *Snapshot, a *Account, home *scope.Place) any
	// Made reports whether something that is kept is what Derive would make, as far
	// as that depends on the Deriver.
	Made(kept any) bool
}

// Derived returns what a Deriver makes of a role, and keeps it until the role,
// or one that it inherits, changes, or another Deriver asks that did not make it.
// It is nil for an unknown role.
func (s *Snapshot) Derived(role RoleID, by Deriver) any {
	e, ok := s.roles.Get(role)
	if !ok {
		return nil
	}
	if known := e.derived.Load(); known != nil && by.Made(*known) {
		return *known
	}
	made := by.Derive(s, role)
	e.derived.Store(&made)
	return made
}

// Seniors returns a role and all that inherit it, directly or not: itself
// first, the others sorted; nil for an unknown role.
func (s *Snapshot) Seniors(id RoleID) []RoleID {
	if !s.roles.Has(id) {
		return nil
	}
	return s.seniors(id, map[RoleID]bool{})
}

// Account returns a user with all that they have, and whether there is such a
// user, without copying anything. For a user whom nobody knows it is an
// account that has nothing.
func (s *Snapshot) Account(user UserID) (*Account, bool) {
	if a := s.accounts.Guess(persist.Hash(string(user))); a != nil && a.id == user {
		return a, true
	}
	if a := s.accounts.Get(user); a != nil {
		return a, true
	}
	return nobody, false
}

var nobody = &Account{inactive: true}
