package roles

import (
	"cmp"
	"iter"
	"slices"
	"sync/atomic"
	"time"

	"github.com/bailiwick-authz/bailiwick/internal/persist"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// An Account is a user with all that they have, as one snapshot has it. It is
// read without copying, for those who decide. It never changes and is safe for
// concurrent use.
type Account struct {
	// What most questions look at comes first: one line of a cache.
	id       UserID
	kept     atomic.Pointer[Kept] // once it is asked for
	number   uint32
	inactive bool
	// units are the numbers of the units that are assigned. They mean what they
	// mean in table, which is that of the account's last change or a newer one:
	// an assigned unit stands, and so has its number there as it has it now.
	units persist.Numbers

	home       *Node // where the user belongs; nil: nowhere
	attributes *scope.Values
	holds      []held // by role and unit
	table      *unitTable
	// others are the assigned resources that are not units; nil: none.
	others *persist.Set[scope.Ref]
}

// A held is a binding of an account, in little space.
type held struct {
	role   RoleID
	at     *Node   // nil: Root
	period *period // nil: always
}

// A period is from when until when a binding is in force.
type period struct{ from, until time.Time }

// binding is what is held as it is told of.
func (a *Account) binding(h held) Binding {
	b := Binding{User: a.id, Role: h.role, Unit: h.at.Ref()}
	if h.period != nil {
		b.From, b.Until = h.period.from, h.period.until
	}
	return b
}

// find returns where the binding of a role at a unit is, or would be.
func (a *Account) find(role RoleID, unit scope.Ref) (int, bool) {
	return slices.BinarySearchFunc(a.holds, post{role, unit}, func(h held, p post) int {
		return cmp.Or(cmp.Compare(h.role, p.role), h.at.Ref().Compare(p.unit))
	})
}

// writable returns an account with the same in it that nobody outside of the
// Edit can see. To change it is to change nobody else's.
func (a *Account) writable(in *persist.Edit) *Account {
	if in != nil && a.units.MadeIn(in) {
		return a
	}
	return &Account{id: a.id, home: a.home, attributes: a.attributes, number: a.number,
		inactive: a.inactive, holds: slices.Clone(a.holds), units: a.units.Renewed(in), table: a.table, others: a.others}
}

// User returns the user.
func (a *Account) User() User {
	return User{ID: a.id, Unit: a.Home(), Inactive: a.inactive, Attributes: a.attributes.Map()}
}

// Inactive reports whether the account is not active.
func (a *Account) Inactive() bool { return a.inactive }

// Attributes returns the user's attributes, as conditions read them.
func (a *Account) Attributes() *scope.Values { return a.attributes }

// Kept is what a snapshot knows of what a Deriver made of an account. A Deriver that
// has it as a part of what it makes, anew in each DeriveAccount, gives it room there:
// a question then finds both in one place. It is the snapshot's own to write and to
// read; the zero Kept says nothing.
type Kept struct {
	// made is good for as long as the roles are, and the place of the unit where the
	// user belongs. It never changes, and neither do those after it.
	made   any
	reform *reform
	era    *era // in which home is the unit's place
	home   *scope.Place
	units  atomic.Pointer[[]*Node] // that are assigned; nil: not asked for yet
}

func (k *Kept) room() *Kept { return k }

// DerivedOf returns what a Deriver makes of an account of this snapshot, and keeps
// it until the account changes, or a role, or what there is to know of the unit
// where the user belongs, or another Deriver asks that did not make it.
func (s *Snapshot) DerivedOf(a *Account, by Deriver) any {
	known, era := a.kept.Load(), s.units.now()
	if known != nil && known.reform == s.reform && by.Made(known.made) {
		if known.era == era {
			return known.made
		}
		return s.derive(a, by, known, known, era)
	}
	return s.derive(a, by, nil, known, era)
}

// derive makes what DerivedOf returns, or finds that what is good but for the era
// still is; nil: nothing is good. The last is what is kept, or nil.
func (s *Snapshot) derive(a *Account, by Deriver, good, last *Kept, era *era) any {
	var home *scope.Place
	if a.home != nil {
		home = s.Place(a.home.ref)
	}
	next := &Kept{}
	if good != nil && good.home == home {
		next.made = good.made
	} else {
		made := by.DeriveAccount(s, a, home)
		if has, ok := made.(interface{ room() *Kept }); ok {
			next = has.room()
		}
		next.made = made
	}
	next.reform, next.era, next.home = s.reform, era, home
	if last != nil {
		next.units.Store(last.units.Load())
	}
	a.kept.Store(next)
	return next.made
}

// Home returns where the user belongs, the zero Ref for nowhere.
func (a *Account) Home() scope.Ref {
	if a.home == nil {
		return scope.Ref{}
	}
	return a.home.ref
}

// Held returns how many bindings the user has.
func (a *Account) Held() int { return len(a.holds) }

// Bindings yields the user's bindings by role and unit.
func (a *Account) Bindings() iter.Seq[Binding] {
	return func(yield func(Binding) bool) {
		for _, h := range a.holds {
			if !yield(a.binding(h)) {
				return
			}
		}
	}
}

// Binding returns the user's binding of a role at a unit, and whether there is
// one.
func (a *Account) Binding(role RoleID, unit scope.Ref) (Binding, bool) {
	if i, ok := a.find(role, unit); ok {
		return a.binding(a.holds[i]), true
	}
	return Binding{}, false
}

// Has reports whether the resource itself is assigned to the user.
func (a *Account) Has(resource scope.Ref) bool {
	if a.units.Empty() {
		return a.has(resource, nil)
	}
	return a.has(resource, a.table.node(resource))
}

// Here is the account as assignments that places of its own snapshot are asked
// about: of a place that another snapshot keeps it may say anything, where the
// account itself looks whether it knows that place.
func (a *Account) Here() scope.Assignments { return (*here)(a) }

// A here is an account among the places of a snapshot that has it.
type here Account

// Has reports whether the resource itself is assigned to the user.
func (h *here) Has(resource scope.Ref) bool { return (*Account)(h).Has(resource) }

// All yields the resources assigned to the user, in any order.
func (h *here) All() iter.Seq[scope.Ref] { return (*Account)(h).All() }

// HasPlace is Has of the place's Ref: where the place's unit stands, its number is
// nobody else's.
func (h *here) HasPlace(p *scope.Place) bool {
	if n, ok := p.Keeper().(*Node); ok {
		return h.units.Has(n.number)
	}
	if !p.Type().Unit() {
		return (*Account)(h).has(p.Ref(), nil)
	}
	return h.Has(p.Ref())
}

// HasAbove reports whether something is assigned to the user that a resource is or
// is in: itself, the unit, or one that this is in. The resource is zero for the unit
// itself, and else one that is no unit. The Node must be of a snapshot that has the
// account: of another's it may say anything.
func (a *Account) HasAbove(resource scope.Ref, unit *Node) bool {
	if a.others != nil && !resource.IsZero() && a.others.Has(resource) {
		return true
	}
	for at := unit; at != nil; at = at.parent {
		if a.units.Has(at.number) {
			return true
		}
	}
	return false
}

// OnlyUnits reports whether nothing is assigned to the user but units.
func (a *Account) OnlyUnits() bool { return a.others == nil }

// Units returns the units that are assigned to the user, ordered by their Refs. The
// caller must not change the list, which is kept until something is assigned.
func (a *Account) Units() []*Node {
	known := a.kept.Load()
	if known != nil {
		if units := known.units.Load(); units != nil {
			return *units
		}
	}
	if a.units.Empty() {
		return nil
	}
	units := make([]*Node, 0, a.units.Len())
	for number := range a.units.All() {
		units = append(units, a.table.byNumber.get(number).Node)
	}
	slices.SortFunc(units, func(a, b *Node) int { return a.ref.Compare(b.ref) })
	if known == nil {
		known = &Kept{}
		a.kept.CompareAndSwap(nil, known)
	}
	known.units.Store(&units)
	return units
}

// has is Has for a resource that is the unit, if that is not nil.
func (a *Account) has(resource scope.Ref, unit *Node) bool {
	if unit != nil {
		return a.units.Has(unit.number)
	}
	return a.others != nil && a.others.Has(resource)
}

// All yields the resources assigned to the user, in any order.
func (a *Account) All() iter.Seq[scope.Ref] {
	return func(yield func(scope.Ref) bool) {
		for number := range a.units.All() {
			if !yield(a.table.ref(number)) {
				return
			}
		}
		if a.others == nil {
			return
		}
		for ref := range a.others.All() {
			if !yield(ref) {
				return
			}
		}
	}
}
