package access

import (
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A tree is where units are after changes, with what was known of them before:
// nobody is let through by an attribute that they set in the same breath.
type tree struct{ before, after *roles.Snapshot }

// Locate returns the parent after the changes, and the attributes before them
// of a unit that there was already, wherever it stood.
func (t tree) Locate(unit scope.Ref) (scope.Ref, *scope.Values, bool) {
	parent, attributes, ok := t.after.Locate(unit)
	if _, known, was := t.before.Locate(unit); was {
		attributes = known
	}
	return parent, attributes, ok
}

// stood reports whether a unit, and all above it, stood where they are before
// the changes.
func (t tree) stood(unit scope.Ref) bool {
	for unit != scope.Root() {
		was, _, _ := t.before.Locate(unit)
		is, _, still := t.after.Locate(unit)
		if !still || was != is {
			return false
		}
		unit = is
	}
	return true
}

// standing returns ref, or the nearest unit above it that stood before the
// changes: the bindings of that time can contain no other.
func (t tree) standing(ref scope.Ref) scope.Ref {
	for !t.stood(ref) {
		parent, _, ok := t.after.Locate(ref)
		if !ok {
			return ref
		}
		ref = parent
	}
	return ref
}

// A past is where units were before changes, and, for those that the changes
// added, where they put them: what somebody held of it, they held there.
type past tree

// Locate returns the parent and the attributes of a unit.
func (p past) Locate(unit scope.Ref) (scope.Ref, *scope.Values, bool) {
	if parent, attributes, ok := p.before.Locate(unit); ok {
		return parent, attributes, ok
	}
	return p.after.Locate(unit)
}

// contains reports whether a unit is inner, or inner is in it.
func (p past) contains(outer, inner scope.Ref) bool {
	for r := range chain(inner, nil, p) {
		if r.Ref() == outer {
			return true
		}
	}
	return outer == scope.Root()
}
