package roles

import (
	"iter"
	"sync/atomic"

	"github.com/bailiwick-authz/bailiwick/internal/persist"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A Node is where a unit stands in the tree. It is the same for as long as the
// unit stands, whatever its attributes: units do not move, and none is removed
// while there are units in it. It is immutable; nil is Root.
type Node struct {
	ref    scope.Ref
	parent *Node // nil: Root
	number uint32
}

// Ref returns the unit, Root for nil.
func (n *Node) Ref() scope.Ref {
	if n == nil {
		return scope.Root()
	}
	return n.ref
}

// Parent returns where that is which the unit is in. Root is in nothing: it has none,
// and what a unit at the top is in is nil, too.
func (n *Node) Parent() *Node {
	if n == nil {
		return nil
	}
	return n.parent
}

// In reports whether the unit is another or in it, directly or not. Both must be of
// one directory.
func (n *Node) In(other *Node) bool {
	for at := n; at != other; at = at.parent {
		if at == nil {
			return false
		}
	}
	return true
}

// A unitTable has the units of a state. Its nil pointer has none. It changes as
// a persist.Map does: who has an old one sees the old units.
//
// A unit has its number for as long as it stands; then another may get it. So
// no set of numbers may hold that of a unit which is removed.
type unitTable struct {
	byRef    persist.Map[scope.Ref, *unitEntry]
	byNumber numbering[*unitEntry]
	era      *era
	edit     *persist.Edit // which made it
}

// A unitEntry is a unit in a table. It is another one as soon as the unit's
// attributes are others.
type unitEntry struct {
	*Node
	attributes *scope.Values
	kept       atomic.Pointer[keptPlace] // once it is asked for
}

// A keptPlace is a place that was the unit's in an era: then it is, in the same
// era, and else it is if its parent is the parent's place.
type keptPlace struct {
	place *scope.Place
	seen  *era
}

// An era stands for the attributes of all units: the same one, the same
// attributes. The nil era is that of a table in which none were changed. It has a
// byte because pointers to what has none can be equal.
type era struct{ _ byte }

// get returns a unit; nil if there is none.
func (t *unitTable) get(unit scope.Ref) *unitEntry {
	if t == nil {
		return nil
	}
	e, _ := t.byRef.Get(unit)
	return e
}

// node returns where a unit stands; nil if there is none.
func (t *unitTable) node(unit scope.Ref) *Node {
	if e := t.get(unit); e != nil {
		return e.Node
	}
	return nil
}

// now returns the era of the table.
func (t *unitTable) now() *era {
	if t == nil {
		return nil
	}
	return t.era
}

// len returns how many units there are.
func (t *unitTable) len() int {
	if t == nil {
		return 0
	}
	return t.byRef.Len()
}

// all yields the units in no order.
func (t *unitTable) all() iter.Seq[scope.Ref] {
	if t == nil {
		return func(func(scope.Ref) bool) {}
	}
	return t.byRef.Keys()
}

// ref returns the unit of a number.
func (t *unitTable) ref(number uint32) scope.Ref { return t.byNumber.get(number).ref }

// unit returns a unit as it is told of.
func (e *unitEntry) unit() Unit {
	return Unit{Ref: e.ref, Parent: e.parent.Ref(), Attributes: e.attributes.Map()}
}

// writable returns a table with the same in it that nobody outside of the Edit
// can see, except for accounts of that Edit: to them what is newer is as good.
func (t *unitTable) writable(in *persist.Edit) *unitTable {
	switch {
	case t == nil:
		return &unitTable{edit: in}
	case in != nil && t.edit == in:
		return t
	}
	out := *t
	out.edit = in
	return &out
}

// put adds a unit or changes the attributes of the one that is there. It reports
// whether it was added.
func (t *unitTable) put(unit, parent scope.Ref, attributes *scope.Values) (e *unitEntry, added bool) {
	e = &unitEntry{Node: t.node(unit), attributes: attributes}
	if added = e.Node == nil; added {
		e.Node = &Node{ref: unit, parent: t.node(parent)}
		e.number = t.byNumber.add(t.edit, e)
	} else {
		t.byNumber.set(t.edit, e.number, e)
		t.era = &era{}
	}
	t.byRef = t.byRef.Set(t.edit, unit, e)
	return e, added
}

// remove removes a unit, whose number must be in no set. It returns the number.
func (t *unitTable) remove(unit scope.Ref) uint32 {
	at := t.node(unit)
	t.byRef = t.byRef.Delete(t.edit, unit)
	t.byNumber.remove(t.edit, at.number)
	return at.number
}

// A numbering numbers things, so that sets of them take little space. There
// are fewer than 1<<32: more would not fit into memory.
type numbering[T any] struct {
	things persist.Vector[T]
	free   persist.Numbers // no thing has these
}

// get returns the thing that has a number.
func (n *numbering[T]) get(number uint32) T { return n.things.At(number) }

// add gives a thing a number that no other has now.
func (n *numbering[T]) add(in *persist.Edit, thing T) uint32 {
	number := uint32(n.things.Len())
	if !n.free.Empty() {
		number = n.free.Greatest()
		n.free = n.free.Without(in, number)
	}
	n.things = n.things.Set(in, number, thing)
	return number
}

// set gives the number of a thing to what comes in its place.
func (n *numbering[T]) set(in *persist.Edit, number uint32, thing T) {
	n.things = n.things.Set(in, number, thing)
}

// remove makes a number free.
func (n *numbering[T]) remove(in *persist.Edit, number uint32) {
	var none T
	n.set(in, number, none)
	n.free = n.free.With(in, number)
}
