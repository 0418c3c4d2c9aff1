package roles

import (
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"unicode"

	"github.com/bailiwick-authz/bailiwick/internal/persist"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A state is all that a directory knows: what was put into it, and indexes of
// that by everything it is looked up by. Its maps are persistent, so a copy of
// a state is free and a change to the copy leaves the state alone; while it is
// in an Edit, see there.
//
// Its methods keep the indexes in step, and check nothing.
type state struct {
	units   *unitTable
	nodes   persist.Table[scope.Ref, Node] // the units again, for those who decide
	below   numbersOf                      // the numbers of the units directly in a unit or in Root
	members numbersOf                      // the numbers of the users who belong to a unit

	accounts persist.Table[UserID, Account]
	ids      numbering[UserID]               // of users
	assigned numbersOf                       // the numbers of the users whom a resource that is no unit is assigned to
	unitsTo  persist.Vector[persist.Numbers] // and those whom a unit is assigned to, by its number

	roles  persist.Map[RoleID, *roleEntry]  // fixed and custom
	heirs  persist.Index[RoleID, RoleID]    // the roles that inherit a role directly
	owned  persist.Index[scope.Ref, RoleID] // the custom roles of a unit
	names  persist.Map[roleName, RoleID]    // who has a name
	reform *reform                          // another one after each change to a role

	bindings persist.Map[post, persist.Numbers] // the numbers of the users who hold a role at a unit
	rolesAt  persist.Index[scope.Ref, RoleID]   // the roles bound at a unit
	unitsOf  persist.Index[RoleID, scope.Ref]   // the units at which a role is bound

	// edit is of the changes to come. A state that somebody else may read has
	// none, or another than those that come after it.
	edit *persist.Edit
}

// numbersOf has a set of numbers for each reference that has any.
type numbersOf = persist.Map[scope.Ref, persist.Numbers]

// A post is where users can hold a role.
type post struct {
	role RoleID
	unit scope.Ref
}

// A roleName is a role's name as it is compared, among the roles of a unit; the
// zero unit stands for the fixed roles.
type roleName struct {
	unit scope.Ref
	name string
}

// A reform stands for all roles as they are: the same one, the same roles. The
// nil reform is that of a state which never had a role. It has a byte because
// pointers to what has none can be equal.
type reform struct{ _ byte }

// A roleEntry is a role in a state. It is replaced whenever its closure may
// change, so what is derived from it stays true.
type roleEntry struct {
	role    Role
	depth   int // the longest way to a role that inherits nothing
	closure atomic.Pointer[[]RoleID]
	derived atomic.Pointer[any] // what Snapshot.Derived keeps
}

// newState makes a state that knows nothing.
func newState() state {
	return state{
		accounts: persist.NewTable(func(a *Account) UserID { return a.id }, func(id UserID) uint64 { return persist.Hash(string(id)) }),
		nodes:    persist.NewTable(func(n *Node) scope.Ref { return n.ref }, hashOf),
	}
}

// hashOf tells references apart by their ids, and those with the same id, of which
// there is one of each type at most, by little.
func hashOf(r scope.Ref) uint64 {
	h := persist.Hash(r.ID)
	if r.Type != "" {
		h ^= (uint64(len(r.Type))<<8 | uint64(r.Type[0])) * 0x9e3779b97f4a7c15
	}
	return h
}

// settle makes the state fast to read, for those who come after many changes.
func (s *state) settle() {
	s.accounts, s.nodes = s.accounts.Settle(), s.nodes.Settle()
}

// putUnit adds a unit or changes the attributes of the one that is there.
func (s *state) putUnit(unit, parent scope.Ref, attributes *scope.Values) {
	s.units = s.units.writable(s.edit)
	e, added := s.units.put(unit, parent, attributes)
	if !added {
		return
	}
	s.nodes = s.nodes.Set(s.edit, e.Node)
	number := e.number
	s.add(&s.below, parent, number)
	if int(number) == s.unitsTo.Len() {
		s.unitsTo = s.unitsTo.Set(s.edit, number, persist.Numbers{})
	}
}

// deleteUnit removes a unit that nothing is in, nobody belongs to, no role is
// bound at, and nobody has.
func (s *state) deleteUnit(u Unit) {
	s.units = s.units.writable(s.edit)
	s.nodes = s.nodes.Delete(s.edit, u.Ref)
	s.drop(&s.below, u.Parent, s.units.remove(u.Ref))
}

// add adds a number to those of a reference in an index.
func (s *state) add(index *numbersOf, ref scope.Ref, number uint32) {
	numbers, _ := index.Get(ref)
	*index = index.Set(s.edit, ref, numbers.With(s.edit, number))
}

// drop takes a number from those of a reference in an index.
func (s *state) drop(index *numbersOf, ref scope.Ref, number uint32) {
	numbers, _ := index.Get(ref)
	if numbers = numbers.Without(s.edit, number); numbers.Empty() {
		*index = index.Delete(s.edit, ref)
	} else {
		*index = index.Set(s.edit, ref, numbers)
	}
}

// unitsIn yields the units directly in a unit or in Root, in no order.
func (s *state) unitsIn(parent scope.Ref) iter.Seq[scope.Ref] {
	return func(yield func(scope.Ref) bool) {
		numbers, _ := s.below.Get(parent)
		for number := range numbers.All() {
			if !yield(s.units.ref(number)) {
				return
			}
		}
	}
}

// idsOf returns the users who have these numbers, sorted.
func (s *state) idsOf(numbers persist.Numbers) []UserID {
	ids := slices.Grow([]UserID(nil), numbers.Len())
	for number := range numbers.All() {
		ids = append(ids, s.ids.get(number))
	}
	slices.Sort(ids)
	return ids
}

// changing returns the account of a user who is there, to be changed.
func (s *state) changing(a *Account) *Account {
	next := a.writable(s.edit)
	if next != a {
		s.accounts = s.accounts.Set(s.edit, next)
	}
	next.table = s.units
	return next
}

// assignedTo returns the numbers of the users whom a resource is assigned to.
func (s *state) assignedTo(resource scope.Ref) persist.Numbers {
	if unit := s.units.node(resource); unit != nil {
		return s.unitsTo.At(unit.number)
	}
	users, _ := s.assigned.Get(resource)
	return users
}

// putUser adds a user or changes the one who is there.
func (s *state) putUser(u User, attributes *scope.Values) {
	a := s.accounts.Get(u.ID)
	if a == nil {
		a = &Account{id: u.ID, number: s.ids.add(s.edit, u.ID), units: persist.Numbers{}.Renewed(s.edit)}
		s.accounts = s.accounts.Set(s.edit, a)
	}
	a = s.changing(a)
	a.inactive, a.attributes = u.Inactive, attributes
	home := s.units.node(u.Unit)
	if a.home == home {
		return
	}
	s.leaveUnit(a)
	if a.home = home; home != nil {
		s.add(&s.members, u.Unit, a.number)
	}
}

// deleteUser removes a user who has no bindings and assignments left.
func (s *state) deleteUser(a *Account) {
	s.leaveUnit(a)
	s.accounts = s.accounts.Delete(s.edit, a.id)
	s.ids.remove(s.edit, a.number)
}

// leaveUnit takes a user from the members of the unit where they belong.
func (s *state) leaveUnit(a *Account) {
	if a.home != nil {
		s.drop(&s.members, a.home.ref, a.number)
	}
}

// putBinding adds a binding, which the user must not have.
func (s *state) putBinding(b Binding) {
	a, at := s.changing(s.accounts.Get(b.User)), post{b.Role, b.Unit}
	i, _ := a.find(b.Role, b.Unit)
	a.holds = slices.Insert(a.holds, i, s.held(b))
	holders, _ := s.bindings.Get(at)
	if holders.Empty() {
		s.rolesAt = s.rolesAt.With(s.edit, b.Unit, b.Role)
		s.unitsOf = s.unitsOf.With(s.edit, b.Role, b.Unit)
	}
	s.bindings = s.bindings.Set(s.edit, at, holders.With(s.edit, a.number))
}

// held is a binding as an account has it: it shares the text of its ids with what
// they name.
func (s *state) held(b Binding) held {
	h := held{role: b.Role, at: s.units.node(b.Unit)}
	if e, ok := s.roles.Get(b.Role); ok {
		h.role = e.role.ID
	}
	if !b.From.IsZero() || !b.Until.IsZero() {
		h.period = &period{b.From, b.Until}
	}
	return h
}

// deleteBinding removes a binding, which the user must have.
func (s *state) deleteBinding(b Binding) {
	a, at := s.changing(s.accounts.Get(b.User)), post{b.Role, b.Unit}
	i, _ := a.find(b.Role, b.Unit)
	a.holds = slices.Delete(a.holds, i, i+1)
	holders, _ := s.bindings.Get(at)
	if holders = holders.Without(s.edit, a.number); !holders.Empty() {
		s.bindings = s.bindings.Set(s.edit, at, holders)
		return
	}
	s.bindings = s.bindings.Delete(s.edit, at)
	s.rolesAt = s.rolesAt.Without(s.edit, b.Unit, b.Role)
	s.unitsOf = s.unitsOf.Without(s.edit, b.Role, b.Unit)
}

// putAssignment assigns a resource, which is the unit if that is not nil.
func (s *state) putAssignment(a *Account, resource scope.Ref, unit *Node) {
	a = s.changing(a)
	if unit == nil {
		a.others = with(a.others, s.edit, resource)
		s.add(&s.assigned, resource, a.number)
		return
	}
	a.units = a.units.With(s.edit, unit.number)
	s.unitsTo = s.unitsTo.Set(s.edit, unit.number, s.unitsTo.At(unit.number).With(s.edit, a.number))
}

// with is a set, which nil stands for if it is empty, with a resource in it.
func with(set *persist.Set[scope.Ref], in *persist.Edit, resource scope.Ref) *persist.Set[scope.Ref] {
	if set == nil {
		set = &persist.Set[scope.Ref]{}
	}
	more := set.With(in, resource)
	return &more
}

// without is a set, which nil stands for if it is empty, without a resource.
func without(set *persist.Set[scope.Ref], in *persist.Edit, resource scope.Ref) *persist.Set[scope.Ref] {
	if set == nil {
		return nil
	}
	less := set.Without(in, resource)
	if less.Len() == 0 {
		return nil
	}
	return &less
}

// deleteAssignment takes a resource from a user, who must have it.
func (s *state) deleteAssignment(as Assignment) {
	a := s.changing(s.accounts.Get(as.User))
	unit := s.units.node(as.Resource)
	if unit == nil {
		a.others = without(a.others, s.edit, as.Resource)
		s.drop(&s.assigned, as.Resource, a.number)
		return
	}
	a.units = a.units.Without(s.edit, unit.number)
	s.unitsTo = s.unitsTo.Set(s.edit, unit.number, s.unitsTo.At(unit.number).Without(s.edit, a.number))
}

// putRole adds a role or changes the one that is there. depths are those of
// the role and of all that inherit it.
func (s *state) putRole(r Role, depths map[RoleID]int) {
	if old, ok := s.roles.Get(r.ID); ok {
		s.unlinkRole(old.role)
	}
	s.names = s.names.Set(s.edit, nameOf(r), r.ID)
	if !r.Fixed {
		s.owned = s.owned.With(s.edit, r.Unit, r.ID)
	}
	for _, id := range r.Inherits {
		s.heirs = s.heirs.With(s.edit, id, r.ID)
	}
	for id, depth := range depths {
		if id != r.ID {
			senior, _ := s.roles.Get(id)
			s.roles = s.roles.Set(s.edit, id, &roleEntry{role: senior.role, depth: depth})
		}
	}
	s.roles = s.roles.Set(s.edit, r.ID, &roleEntry{role: r, depth: depths[r.ID]})
	s.reform = &reform{}
}

// deleteRole removes a role that nobody holds and no role inherits.
func (s *state) deleteRole(r Role) {
	s.unlinkRole(r)
	s.roles = s.roles.Delete(s.edit, r.ID)
	s.reform = &reform{}
}

// unlinkRole takes a role out of the indexes.
func (s *state) unlinkRole(r Role) {
	s.names = s.names.Delete(s.edit, nameOf(r))
	s.owned = s.owned.Without(s.edit, r.Unit, r.ID)
	for _, id := range r.Inherits {
		s.heirs = s.heirs.Without(s.edit, id, r.ID)
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
	root := scope.Root()
	if inner == root {
		return outer == root
	}
	at := s.units.node(inner)
	if at == nil {
		return false
	}
	for ; at != nil; at = at.parent {
		if at.ref == outer {
			return true
		}
	}
	return outer == root
}

// bindingsIn returns the bindings at a post, unsorted, after those in list.
func (s *state) bindingsIn(at post, list []Binding) []Binding {
	holders, _ := s.bindings.Get(at)
	list = slices.Grow(list, holders.Len())
	for number := range holders.All() {
		a := s.accounts.Get(s.ids.get(number))
		i, _ := a.find(at.role, at.unit)
		list = append(list, a.binding(a.holds[i]))
	}
	return list
}
