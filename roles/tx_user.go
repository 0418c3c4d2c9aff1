package roles

import (
	"reflect"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// AddUser adds a user.
func (tx *Tx) AddUser(u User) {
	tx.try(UserAdded, u, func(a *attempt) {
		a.id(string(u.ID))
		if tx.state.accounts.Get(u.ID) != nil {
			a.fault(ErrDuplicate, "there is a user %s already", show(u.ID))
		}
		u, attributes := a.user(u)
		if a.failed {
			return
		}
		tx.state.putUser(u, attributes)
		tx.did(UserAdded, nil, u)
	})
}

// ChangeUser replaces all of a user but the bindings and assignments.
func (tx *Tx) ChangeUser(u User) {
	tx.try(UserChanged, u, func(a *attempt) {
		account, ok := a.account(u.ID)
		if !ok {
			return
		}
		before := account.User()
		u, attributes := a.user(u)
		if a.failed || reflect.DeepEqual(before, u) {
			return
		}
		tx.state.putUser(u, attributes)
		tx.did(UserChanged, before, u)
	})
}

// user checks a user's unit and attributes, and returns the user as a snapshot
// keeps it.
func (a *attempt) user(u User) (User, *scope.Values) {
	if !u.Unit.IsZero() && a.state.units.get(u.Unit) == nil {
		if u.Unit == scope.Root() {
			a.fault(ErrInvalid, "nobody belongs to Root: leave the unit out for a user who belongs nowhere")
		} else {
			a.unknownUnit(u.Unit)
		}
	}
	attributes := a.attributes(a.schema.UserAttributes(), u.Attributes)
	u.Attributes = attributes.Map()
	return u, attributes
}

// RemoveUser removes a user, and before that all bindings and assignments of
// the user.
func (tx *Tx) RemoveUser(id UserID) {
	tx.try(UserRemoved, User{ID: id}, func(a *attempt) {
		account, ok := a.account(id)
		if !ok {
			return
		}
		user, bindings, assignments := account.User(), tx.peek().Bindings(id), tx.peek().Assignments(id)
		for _, b := range bindings {
			tx.unbind(b)
		}
		for _, resource := range assignments {
			tx.unassign(Assignment{id, resource})
		}
		tx.state.deleteUser(tx.state.accounts.Get(id)) // as it is without them
		tx.did(UserRemoved, user, nil)
	})
}

// Assign puts a resource, and everything below it, into a user's hands. The
// policy must declare its type; a unit must exist, any other resource need not
// be known to anybody.
func (tx *Tx) Assign(user UserID, resource scope.Ref) {
	tx.try(Assigned, Assignment{user, resource}, func(a *attempt) {
		account, ok := a.account(user)
		unit := tx.state.units.node(resource)
		if unit == nil {
			a.assignable(resource)
		}
		if ok && account.has(resource, unit) {
			a.fault(ErrDuplicate, "%s is assigned to %s already", showRef(resource), show(user))
		}
		if a.failed {
			return
		}
		tx.state.putAssignment(account, resource, unit)
		tx.did(Assigned, nil, a.record)
	})
}

// assignable checks a resource that is not a unit which is there.
func (a *attempt) assignable(resource scope.Ref) {
	switch typ := a.base.types.Type(resource.Type); {
	case typ == nil:
		a.fault(ErrUnknown, "unknown resource type %s%s", show(resource.Type), a.base.types.Hint(resource.Type))
	case typ.Unit():
		a.unknownUnit(resource)
	default:
		a.id(resource.ID)
	}
}

// Unassign takes a resource out of a user's hands.
func (tx *Tx) Unassign(user UserID, resource scope.Ref) {
	as := Assignment{user, resource}
	tx.try(Unassigned, as, func(a *attempt) {
		account, ok := a.account(user)
		if ok && !account.Has(resource) {
			a.fault(ErrUnknown, "%s is not assigned to %s", showRef(resource), show(user))
		}
		if !a.failed {
			tx.unassign(as)
		}
	})
}

// UnassignAll takes a resource out of everybody's hands, if it is in any. An
// application that deletes a resource which is no unit calls it, so that one
// made later with the same id is not in anybody's hands.
func (tx *Tx) UnassignAll(resource scope.Ref) {
	tx.try(Unassigned, Assignment{Resource: resource}, func(*attempt) { tx.unassignAll(resource) })
}

// unassignAll is UnassignAll as a part of a change.
func (tx *Tx) unassignAll(resource scope.Ref) {
	for _, user := range tx.peek().AssignedTo(resource) {
		tx.unassign(Assignment{user, resource})
	}
}

// unassign removes an assignment that is there, as a step of a change.
func (tx *Tx) unassign(as Assignment) {
	tx.state.deleteAssignment(as)
	tx.did(Unassigned, as, nil)
}
