package access

import "github.com/bailiwick-authz/bailiwick/scope"

// This file is the whole of how single answers make a decision (law 2): the
// action is allowed if some grant reaches the resource and every constraint is
// met. Undefined counts as not reaching and not met; Unknown is kept, where it
// decides, for questions about resources of which not all is known.

// both is the truth of a grant's conditions: False or Undefined if either is,
// whatever the other may turn out to be.
func both(a, b scope.Truth) scope.Truth {
	switch {
	case a == scope.False || b == scope.False:
		return scope.False
	case a == scope.Undefined || b == scope.Undefined:
		return scope.Undefined
	case a == scope.Unknown || b == scope.Unknown:
		return scope.Unknown
	}
	return scope.True
}

// either is the truth of several grants: True if one is.
func either(a, b scope.Truth) scope.Truth {
	switch {
	case a == scope.True || b == scope.True:
		return scope.True
	case a == scope.Unknown || b == scope.Unknown:
		return scope.Unknown
	}
	return scope.False
}

// An Answer is what is known of an action on a resource of which not all may
// be known. The zero Answer is Denied.
type Answer uint8

const (
	// Denied: the action is denied, whatever else may become known.
	Denied Answer = iota
	// Allowed: it is allowed, whatever else may become known.
	Allowed
	// Open: it depends on what is not known yet.
	Open
)

// String returns "denied", "allowed" or "depends".
func (a Answer) String() string {
	switch a {
	case Allowed:
		return "allowed"
	case Open:
		return "depends"
	}
	return "denied"
}
