package access

import (
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A spot is where in the tree of a directory a resource is: all that is needed of it
// where no condition asks for more. The zero spot is none: then there is a place.
type spot struct {
	unit  *roles.Node // the resource, or the unit that it is in
	below scope.Ref   // the resource, if it is no unit; without an id: whatever resource of its type
}

// spotOf is where a place is, if the places of units are a directory's.
func spotOf(p *scope.Place) spot {
	if unit, ok := p.Keeper().(*roles.Node); ok {
		return spot{unit: unit}
	}
	if p == nil || p.Type().Unit() || !p.Direct() {
		return spot{}
	}
	unit, _ := p.Parent().Keeper().(*roles.Node)
	return spot{unit, p.Ref()}
}

// tree returns the snapshot, if it is that which knows the units.
func (q *question) tree() *roles.Snapshot {
	in, _ := q.units.(*roles.Snapshot)
	return in
}

// stand finds where a resource of a type is. It reports false of one that is more
// than a name in a unit, or with which anything is wrong: that has a place, or an
// error that says what.
func (q *question) stand(on *scope.Type, r *scope.Resource) bool {
	in := q.tree()
	if in == nil || r.In != nil || r.Attributes != nil && !on.ReadsLater(r.Attributes) {
		return false
	}
	if on.Unit() {
		unit := in.Node(r.Ref())
		if unit == nil || !r.Parent.IsZero() && r.Parent != unit.Parent().Ref() {
			return false
		}
		q.spot = spot{unit: unit}
		return true
	}
	above := on.StandsIn(r.Parent.Type)
	if above == nil || scope.CheckID(r.ID) != nil {
		return false
	}
	q.spot = spot{in.Node(r.Parent), r.Ref()}
	return q.spot.unit != nil
}
