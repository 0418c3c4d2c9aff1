package access

import "fmt"

// A Reason is why a decision is what it is: for logs and tests. Its numbers and
// names are never changed. The zero Reason is Undecided, which denies.
//
// Where several things are wrong with a question, the reason is the first of:
// the action, the resource, that the action is on its type, the user, that the
// account is not active, the context. Where several grants fail to reach, it is
// that of the one that came nearest: from NoGrant, the farthest, in the order of
// NotInForce, OutsideUnit, OutOfScope, ConditionUnmet, ConditionError.
type Reason uint8

const (
	// Undecided: nobody decided. It denies.
	Undecided Reason = iota
	// Granted: a role grants the action and no constraint stops it. It is the
	// only reason that allows.
	Granted
	// Depends: what is not known yet of the resource decides. It denies.
	Depends
	// UnknownUser: the directory knows no such user.
	UnknownUser
	// InactiveUser: the user's account is not active.
	InactiveUser
	// MalformedUser: the user was given by value, and something of it is wrong.
	MalformedUser
	// UnknownAction: the policy declares no such action.
	UnknownAction
	// WrongType: the action is on another type of resource.
	WrongType
	// MalformedResource: its type is unknown, its id malformed, or its place in
	// the tree missing or wrong.
	MalformedResource
	// WrongAttribute: an attribute of the resource is not declared, or not of
	// its type.
	WrongAttribute
	// WrongContext: a fact of the context is not declared, or not of its type.
	WrongContext
	// NoRole: the user has no role at all.
	NoRole
	// NoGrant: none of the user's roles grants the action.
	NoGrant
	// NotInForce: a role grants it, but its binding is not in force yet, or no
	// more.
	NotInForce
	// OutsideUnit: a role grants it, but is bound in a unit that the resource is
	// not in.
	OutsideUnit
	// OutOfScope: a role grants it, but its scope does not reach the resource.
	OutOfScope
	// ConditionUnmet: a role grants it, but the grant's condition does not hold.
	ConditionUnmet
	// ConditionError: a role grants it, but its scope or condition has no value,
	// because an attribute that it needs is absent, say.
	ConditionError
	// ConstraintUnmet: a role grants it, but a constraint does not hold.
	ConstraintUnmet
	// ConstraintError: a role grants it, but a constraint has no value.
	ConstraintError
	// Failed: the check itself failed, because the application's code that it
	// called panicked.
	Failed
)

var reasonNames = [...]string{
	"undecided", "granted", "depends", "unknown_user", "inactive_user", "malformed_user", "unknown_action",
	"wrong_type", "malformed_resource", "wrong_attribute", "wrong_context", "no_role", "no_grant", "not_in_force",
	"outside_unit", "out_of_scope", "condition_unmet", "condition_error", "constraint_unmet", "constraint_error",
	"failed",
}

// String returns the reason's name, as in "no_grant".
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return fmt.Sprintf("Reason(%d)", uint8(r))
}

// MarshalText returns String.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
