package reference

import "slices"

// A Reason is why an Outcome is what it is, by the names that access.Reason
// has.
type Reason string

// The reasons.
const (
	Granted           Reason = "granted"
	UnknownAction     Reason = "unknown_action"
	WrongType         Reason = "wrong_type"
	MalformedResource Reason = "malformed_resource"
	WrongAttribute    Reason = "wrong_attribute"
	WrongContext      Reason = "wrong_context"
	UnknownUser       Reason = "unknown_user"
	InactiveUser      Reason = "inactive_user"
	MalformedUser     Reason = "malformed_user"
	NoRole            Reason = "no_role"
	NoGrant           Reason = "no_grant"
	NotInForce        Reason = "not_in_force"
	OutsideUnit       Reason = "outside_unit"
	OutOfScope        Reason = "out_of_scope"
	ConditionUnmet    Reason = "condition_unmet"
	ConditionError    Reason = "condition_error"
	ConstraintUnmet   Reason = "constraint_unmet"
	ConstraintError   Reason = "constraint_error"
)

// ways are the ends of a path from a binding to a right, each farther than
// those before it.
var ways = []Reason{NoGrant, NotInForce, OutsideUnit, OutOfScope, ConditionUnmet, ConditionError, Granted}

// farther returns that of two ends which is farther.
func farther(a, b Reason) Reason {
	return ways[max(slices.Index(ways, a), slices.Index(ways, b))]
}
