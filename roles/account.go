package roles

import (
	"cmp"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/bailiwick-authz/bailiwick/internal/persist"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// An Account is a user with all that they have, as one snapshot has it. It is
// read without copying, for those who decide. It never changes and is safe for
// concurrent use.
type Account struct {
	id         UserID
	home       *node // where the user belongs; nil: nowhere
	attributes scope.Map
	values     *scope.Values // the attributes, as conditions read them
	number     uint32
	inactive   bool
	holds      []*Binding // by role and unit

	// units are the numbers of the units that are assigned. They mean what they
	// mean in table, which is that of the account's last change or a newer one:
	// an assigned unit stands, and so has its number there as it has it now.
	units persist.Numbers
	table *unitTable
	// others are the assigned resources that are not units.
	others persist.Set[scope.Ref]

	edit    *persist.Edit                 // which made it
	subject atomic.Pointer[scope.Subject] // once it is asked for
}

// find returns where the binding of a role at a unit is, or would be.
func (a *Account) find(role RoleID, unit scope.Ref) (int, bool) {
	return slices.BinarySearchFunc(a.holds, place{role, unit}, func(b *Binding, p place) int {
		return cmp.Or(cmp.Compare(b.Role, p.role), b.Unit.Compare(p.unit))
	})
}

// writable returns an account with the same in it that nobody outside of the
// Edit can see. To change it is to change nobody else's.
func (a *Account) writable(in *persist.Edit) *Account {
	if in != nil && a.edit == in {
		return a
	}
	return &Account{id: a.id, home: a.home, attributes: a.attributes, values: a.values, number: a.number,
		inactive: a.inactive, holds: slices.Clone(a.holds), units: a.units, table: a.table, others: a.others, edit: in}
}

// User returns the user. Its attributes are the snapshot's own: the caller must
// not change them.
func (a *Account) User() User {
	u := User{ID: a.id, Inactive: a.inactive, Attributes: a.attributes}
	if a.home != nil {
		u.Unit = a.home.ref
	}
	return u
}

// Inactive reports whether the account is not active.
func (a *Account) Inactive() bool { return a.inactive }

// Attributes returns the user's attributes, as conditions read them.
func (a *Account) Attributes() *scope.Values { return a.values }

// Subject returns the user as conditions see them, but for where they belong. It is
// made once for the account.
func (a *Account) Subject() *scope.Subject {
	if known := a.subject.Load(); known != nil {
		return known
	}
	made := &scope.Subject{ID: string(a.id), Attributes: a.values, Assignments: a}
	a.subject.Store(made)
	return made
}

// Held returns the user's bindings by role and unit, without copying them: the
// caller must not change any.
func (a *Account) Held() []*Binding { return a.holds }

// Bindings yields the user's bindings by role and unit.
func (a *Account) Bindings() iter.Seq[Binding] {
	return func(yield func(Binding) bool) {
		for _, b := range a.holds {
			if !yield(*b) {
				return
			}
		}
	}
}

// Binding returns the user's binding of a role at a unit, and whether there is
// one.
func (a *Account) Binding(role RoleID, unit scope.Ref) (Binding, bool) {
	if i, ok := a.find(role, unit); ok {
		return *a.holds[i], true
	}
	return Binding{}, false
}

// Has reports whether the resource itself is assigned to the user.
func (a *Account) Has(resource scope.Ref) bool {
	if a.units.Empty() {
		return a.has(resource, nil)
	}
	unit, _ := a.table.get(resource)
	return a.has(resource, unit.node)
}

// has is Has for a resource that is the unit, if that is not nil.
func (a *Account) has(resource scope.Ref, unit *node) bool {
	if unit != nil {
		return a.units.Has(unit.number)
	}
	return a.others.Len() > 0 && a.others.Has(resource)
}

// All yields the resources assigned to the user, in any order.
func (a *Account) All() iter.Seq[scope.Ref] {
	return func(yield func(scope.Ref) bool) {
		for number := range a.units.All() {
			if !yield(a.table.ref(number)) {
				return
			}
		}
		for ref := range a.others.All() {
			if !yield(ref) {
				return
			}
		}
	}
}
