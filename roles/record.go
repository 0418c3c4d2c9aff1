package roles

import (
	"fmt"
	"time"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// A UserID is a user's id. See scope.CheckID for what is valid.
type UserID string

// A RoleID is a role's id: for a fixed role its name in the policy.
type RoleID string

// A Unit is a resource that the directory knows: an authority, a school.
type Unit struct {
	Ref scope.Ref
	// Parent is the unit that it is in; scope.Root for one at the top.
	Parent scope.Ref
	// Attributes are those that the unit's type declares; all are optional.
	Attributes scope.Map
}

// A User is somebody who may have roles.
type User struct {
	ID UserID
	// Unit is where the user belongs, zero for nowhere. It gives no rights.
	Unit scope.Ref
	// Inactive denies the user everything, whatever their roles.
	Inactive bool
	// Attributes are those that the policy declares for users; all are optional.
	Attributes scope.Map
}

// A Role is a named set of grants.
type Role struct {
	ID RoleID
	// Name is what screens show. Empty: the ID. No custom role can have a name
	// that a fixed role, or another custom role of its unit, has, ignoring case
	// and blanks around it.
	Name string
	// Unit owns a custom role: it can be bound in that unit and below. Zero for
	// a fixed role.
	Unit scope.Ref
	// Fixed is whether the policy wrote the role; nobody can alter it.
	Fixed bool
	// At names the types of unit at which the role can be bound. None: any.
	At []string
	// Scope is the scope of those of its grants that name none.
	Scope string
	// Everything gives the role every privilege at its greatest level, with
	// Scope. A custom role cannot have it.
	Everything bool
	// Inherits are the roles whose grants this role has too.
	Inherits []RoleID
	Grants   []Grant
}

// A Grant gives privileges, as far as its scope reaches.
type Grant struct {
	// Privileges are the actions granted. A level includes those below it.
	Privileges []Action
	// Scope names how far the grant reaches. Empty: the role's Scope.
	Scope string
	// When is one more condition, as the policy wrote it. A custom role cannot
	// have one: nobody writes conditions at run time.
	When string
}

// A Binding gives a user a role, in a unit and everything below it.
type Binding struct {
	User UserID
	Role RoleID
	Unit scope.Ref
	// From is the first instant at which it is in force, Until the first at
	// which it no more is. Zero: always, for ever.
	From, Until time.Time
}

// InForce reports whether the binding is in force at an instant.
func (b Binding) InForce(at time.Time) bool {
	return (b.From.IsZero() || !at.Before(b.From)) && (b.Until.IsZero() || at.Before(b.Until))
}

// An Assignment puts a resource, and everything below it, into a user's hands.
type Assignment struct {
	User     UserID
	Resource scope.Ref
}

// A Principal is a user with what they have, by value: for an application that
// keeps its users elsewhere, in a token or in tables of its own.
type Principal struct {
	User
	// Bindings and Assignments are the user's own; their User fields are
	// ignored.
	Bindings    []Binding
	Assignments []scope.Ref
}

func (Unit) record()       {}
func (User) record()       {}
func (Role) record()       {}
func (Binding) record()    {}
func (Assignment) record() {}

// String names the unit, and its parent if it has one.
func (u Unit) String() string {
	if u.Parent.IsZero() {
		return showRef(u.Ref)
	}
	return showRef(u.Ref) + " in " + showRef(u.Parent)
}

// String names the user.
func (u User) String() string { return show(u.ID) }

// String names the role.
func (r Role) String() string { return show(r.ID) }

// String names the user, the role, the unit, and the period if there is one.
func (b Binding) String() string {
	s := fmt.Sprintf("%s as %s at %s", show(b.User), show(b.Role), showRef(b.Unit))
	if !b.From.IsZero() {
		s += " from " + b.From.UTC().Format(time.RFC3339)
	}
	if !b.Until.IsZero() {
		s += " until " + b.Until.UTC().Format(time.RFC3339)
	}
	return s
}

// String names the resource and the user.
func (a Assignment) String() string {
	return fmt.Sprintf("%s to %s", showRef(a.Resource), show(a.User))
}
