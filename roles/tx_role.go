package roles

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// AddRole adds a custom role. It can inherit fixed roles, and custom roles of
// its own unit and of the units above. What its grants name is checked by the
// schema when the Update commits.
func (tx *Tx) AddRole(r Role) {
	tx.try(RoleAdded, r, func(a *attempt) {
		a.id(string(r.ID))
		if tx.state.roles.Has(r.ID) {
			a.fault(ErrDuplicate, "there is a role %s already", show(r.ID))
		}
		a.putRole(r, nil)
	})
}

// ChangeRole replaces all of a custom role. It must still be one that can be
// bound where it is bound, and inherited where it is inherited.
func (tx *Tx) ChangeRole(r Role) {
	tx.try(RoleChanged, r, func(a *attempt) {
		e, ok := a.customRole(r.ID)
		if !ok {
			return
		}
		for _, unit := range slices.SortedFunc(tx.state.unitsOf.Of(r.ID).All(), scope.Ref.Compare) {
			if why := a.whyNotAt(r, unit); why != "" {
				a.fault(ErrInUse, "it is bound at %s: %s", unit, why)
			}
		}
		for _, id := range slices.Sorted(tx.state.heirs.Of(r.ID).All()) {
			heir, _ := tx.state.roles.Get(id)
			if !tx.state.contains(r.Unit, heir.role.Unit) {
				a.fault(ErrInUse, "role %s of %s inherits it, and is not in %s", id, heir.role.Unit, showRef(r.Unit))
			}
		}
		a.putRole(r, &e.role)
	})
}

// customRole returns a role that can be changed, and remembers the fault if
// there is none.
func (a *attempt) customRole(id RoleID) (*roleEntry, bool) {
	e, ok := a.role(id)
	if ok && e.role.Fixed {
		a.fault(ErrFixed, "the policy fixes the role: nobody can alter it")
		return nil, false
	}
	return e, ok
}

// putRole checks a custom role and puts it into the state, in the place of
// before if that is not nil.
func (a *attempt) putRole(r Role, before *Role) {
	r = r.clone()
	r.Name = a.roleName(r)
	if r.Unit != scope.Root() && a.state.units.get(r.Unit) == nil {
		a.unknownUnit(r.Unit)
	}
	a.customOnly(r)
	a.bindableAt(r)
	isSenior := map[RoleID]bool{}
	seniors := a.state.seniors(r.ID, isSenior)
	a.inherits(r, isSenior)
	if a.failed {
		return
	}
	depths := a.state.depthsWith(r, isSenior)
	for _, id := range seniors {
		if depths[id] > a.base.deepest {
			a.fault(ErrInvalid, "role %s would inherit through more than %d roles", id, a.base.deepest)
			return
		}
	}
	if before == nil {
		a.state.putRole(r, depths)
		a.did(RoleAdded, nil, r)
		return
	}
	if reflect.DeepEqual(*before, r) {
		return
	}
	a.state.putRole(r, depths)
	a.did(RoleChanged, *before, r)
}

// roleName checks a role's name and returns it without the blanks around it.
func (a *attempt) roleName(r Role) string {
	name := strings.TrimSpace(r.Name)
	if r.Name != "" && name == "" {
		a.fault(ErrInvalid, "the name %s is blank", show(r.Name))
		return ""
	}
	if why := whyInvalid("name", name); why != "" && name != "" {
		a.fault(ErrInvalid, "%s", why)
		return name
	}
	key := nameOf(r)
	for _, among := range []scope.Ref{r.Unit, {}} {
		if other, ok := a.state.names.Get(roleName{among, key.name}); ok && other != r.ID {
			a.fault(ErrDuplicate, "role %s is called %q already", other, cmp.Or(name, string(r.ID)))
			break
		}
	}
	return name
}

// customOnly checks that a role has nothing that only fixed ones can have.
func (a *attempt) customOnly(r Role) {
	if r.Fixed {
		a.fault(ErrInvalid, "only the policy can fix a role")
	}
	if r.Everything {
		a.fault(ErrInvalid, "only a role of the policy can hold everything")
	}
	for i, g := range r.Grants {
		if g.When != "" {
			a.fault(ErrInvalid, "grant %d has a condition: only a role of the policy can have one; name a scope", i+1)
		}
	}
}

// bindableAt checks the types of unit at which a role can be bound.
func (a *attempt) bindableAt(r Role) {
	for i, name := range r.At {
		typ := a.base.types.Type(name)
		switch {
		case typ == nil:
			a.fault(ErrUnknown, "at: unknown resource type %s%s", show(name), a.base.types.Hint(name))
		case !typ.Unit():
			a.fault(ErrInvalid, "at: type %s is not one of units", name)
		case slices.Contains(r.At[:i], name):
			a.fault(ErrInvalid, "at: %s is named twice", name)
		}
	}
}

// inherits checks what a role inherits. seniors are the role and those that
// inherit it.
func (a *attempt) inherits(r Role, seniors map[RoleID]bool) {
	for i, id := range r.Inherits {
		if slices.Contains(r.Inherits[:i], id) {
			a.fault(ErrInvalid, "it inherits %s twice", show(id))
			continue
		}
		if id == r.ID {
			a.fault(ErrCycle, "it inherits itself")
			continue
		}
		e, ok := a.role(id)
		switch {
		case !ok:
		case seniors[id]:
			a.fault(ErrCycle, "it inherits %s, which inherits it", id)
		case !e.role.Fixed && !a.state.contains(e.role.Unit, r.Unit):
			a.fault(ErrInvalid, "it cannot inherit %s of %s: only fixed roles, and roles of its own unit and of those above",
				id, e.role.Unit)
		}
	}
}

// RemoveRole removes a custom role. It is refused while somebody holds it or
// another role inherits it.
func (tx *Tx) RemoveRole(id RoleID) {
	tx.try(RoleRemoved, Role{ID: id}, func(a *attempt) {
		e, ok := a.customRole(id)
		if !ok {
			return
		}
		now := tx.peek()
		if holders := holdersOf(now.BindingsOf(id)); len(holders) > 0 {
			a.fault(ErrInUse, "it is held by %s", few(holders, 20, show))
		}
		if heirs := slices.Sorted(tx.state.heirs.Of(id).All()); len(heirs) > 0 {
			a.fault(ErrInUse, "it is inherited by %s", few(heirs, 20, show))
		}
		if a.failed {
			return
		}
		tx.state.deleteRole(e.role)
		tx.did(RoleRemoved, e.role, nil)
	})
}

// holdersOf returns the users of sorted bindings.
func holdersOf(bindings []Binding) []UserID {
	var users []UserID
	for _, b := range bindings {
		if len(users) == 0 || users[len(users)-1] != b.User {
			users = append(users, b.User)
		}
	}
	return users
}

// Bind gives a user a role, in a unit and everything below it, for ever.
func (tx *Tx) Bind(user UserID, role RoleID, unit scope.Ref) {
	tx.BindBetween(user, role, unit, time.Time{}, time.Time{})
}

// BindBetween is Bind for a binding that is in force from one instant on and
// until another; a zero one does not bound it. A user holds a role at a unit
// once only: to change the period, Unbind first.
func (tx *Tx) BindBetween(user UserID, role RoleID, unit scope.Ref, from, until time.Time) {
	b := Binding{User: user, Role: role, Unit: unit, From: canonicalTime(from), Until: canonicalTime(until)}
	tx.try(Bound, b, func(a *attempt) {
		account, knownUser := a.account(user)
		e, knownRole := a.role(role)
		switch {
		case unit != scope.Root() && tx.state.units.get(unit) == nil:
			a.unknownUnit(unit)
		case knownRole:
			if why := a.whyNotAt(e.role, unit); why != "" {
				a.fault(ErrInvalid, "%s", why)
			}
		}
		a.period(b)
		if knownUser {
			if old, ok := account.Binding(role, unit); ok {
				a.fault(ErrDuplicate, "there is a binding already: %s", old)
			}
		}
		if a.failed {
			return
		}
		tx.state.putBinding(b)
		tx.did(Bound, nil, a.record)
	})
}

// whyNotAt says why a role cannot be bound at a unit that exists; "" if it can.
func (a *attempt) whyNotAt(r Role, unit scope.Ref) string {
	if len(r.At) > 0 && !slices.Contains(r.At, unit.Type) {
		return "role " + show(r.ID) + " can be bound at units of type " + strings.Join(r.At, " or ") + " only"
	}
	if !r.Fixed && !a.state.contains(r.Unit, unit) {
		return "role " + show(r.ID) + " is one of " + showRef(r.Unit) + " and can be bound there and below only"
	}
	return ""
}

// canonicalTime is an instant as a snapshot keeps it, so that equal ones are ==.
func canonicalTime(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.Round(0).UTC()
}

// period checks for how long a binding is in force.
func (a *attempt) period(b Binding) {
	for _, t := range []time.Time{b.From, b.Until} {
		if t.Year() < 1 || t.Year() > 9999 {
			a.fault(ErrInvalid, "the year %d is not one of 1 to 9999", t.Year())
			return
		}
	}
	if !b.From.IsZero() && !b.Until.IsZero() && !b.From.Before(b.Until) {
		a.fault(ErrInvalid, "its end is not after its beginning")
	}
}

// Unbind takes a role at a unit from a user.
func (tx *Tx) Unbind(user UserID, role RoleID, unit scope.Ref) {
	b := Binding{User: user, Role: role, Unit: unit}
	tx.try(Unbound, b, func(a *attempt) {
		account, ok := a.account(user)
		if !ok {
			return
		}
		before, ok := account.Binding(role, unit)
		if !ok {
			a.fault(ErrUnknown, "there is no such binding%s", otherBindings(account))
			return
		}
		tx.unbind(before)
	})
}

// otherBindings says what a user holds instead.
func otherBindings(a *Account) string {
	list := slices.Collect(a.Bindings())
	if len(list) == 0 {
		return ": the user holds no role"
	}
	return ": the user holds " + few(list, 5, func(b Binding) string { return string(b.Role) + " at " + b.Unit.String() })
}

// unbind removes a binding that is there, as a step of a change.
func (tx *Tx) unbind(b Binding) {
	tx.state.deleteBinding(b)
	tx.did(Unbound, b, nil)
}
