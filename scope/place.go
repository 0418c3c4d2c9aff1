package scope

import (
	"iter"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// A Place is a resource in the tree, with all its ancestors and with their
// attributes checked. It may be one of which not all is known yet: some pupil
// of some school of the authority. It is immutable.
//
// The nil Place is the root.
type Place struct {
	// What most questions look at comes first: one line of a cache.
	types  *Types
	parent *Place // nil: the root
	keeper any    // what Types.Keep was given
	ref    Ref    // its ID is empty if it is not known yet

	typ     *Type
	gap     bool // there may be more between it and parent
	partial bool // attributes that it does not have are not known yet
	units   Units
	later   *later           // for attributes that are read when somebody looks; nil: none are
	record  condition.Record // what conditions see of it
}

// Ref returns the resource's reference; its ID is empty if it is not known.
// The root's is Root.
func (p *Place) Ref() Ref {
	if p == nil {
		return Root()
	}
	return p.ref
}

// Of reports whether the place is one of these types; the root is of all.
func (p *Place) Of(types *Types) bool { return p == nil || p.types == types }

// Parent returns the nearest ancestor that is known; nil is the root.
func (p *Place) Parent() *Place { return p.parent }

// Type returns the resource's type.
func (p *Place) Type() *Type { return p.typ }

// Direct reports whether the resource is known to be in its Parent directly: of its
// own id, and its attributes, that says nothing.
func (p *Place) Direct() bool { return !p.gap }

// Keeper returns what Types.Keep was given; nil for a place that nobody keeps.
func (p *Place) Keeper() any {
	if p == nil {
		return nil
	}
	return p.keeper
}

// Within reports whether the resource is the unit or below it. It is Unknown
// if what is not known of the place decides.
func (p *Place) Within(unit Ref) Truth {
	if unit == Root() {
		return True
	}
	possible := False
	for at := p; at != nil; at = at.parent {
		if at.ref == unit && unit.ID != "" {
			return True
		}
		if at.mayHide(unit) {
			possible = Unknown
		}
	}
	return possible
}

// Assigned reports whether the resource or an ancestor of it is among the
// assignments. It is Unknown if what is not known of the place decides.
func (p *Place) Assigned(to Assignments) Truth {
	if to == nil {
		return False
	}
	open := false
	keeper, _ := to.(assignedPlaces)
	for at := p; at != nil; at = at.parent {
		if at.ref.ID != "" && (keeper != nil && keeper.HasPlace(at) || keeper == nil && to.Has(at.ref)) {
			return True
		}
		open = open || at.gap || at.ref.ID == ""
	}
	if open && p.mayHideAny(to) {
		return Unknown
	}
	return False
}

// mayHideAny reports whether one of the assignments may be p or an ancestor,
// where that is not known.
func (p *Place) mayHideAny(of Assignments) bool {
	for ref := range of.All() {
		for at := p; at != nil; at = at.parent {
			if at.mayHide(ref) {
				return true
			}
		}
	}
	return false
}

// assignedBy returns the resource or ancestor that is assigned.
func (p *Place) assignedBy(to Assignments) Ref {
	for at := p; at != nil; at = at.parent {
		if to.Has(at.ref) {
			return at.ref
		}
	}
	return p.ref
}

// assignable returns the resource, or the nearest unit that it is in: what
// somebody would assign to give access to it.
func (p *Place) assignable() Ref {
	for at := p; at != nil; at = at.parent {
		if at.typ.unit {
			return at.ref
		}
	}
	return p.ref
}

// mayHide reports whether ref may be p, or stand between p and its parent,
// where that is not known.
func (p *Place) mayHide(ref Ref) bool {
	if !p.gap && p.ref.ID != "" {
		return false // all is known of it
	}
	typ := p.types.byName[ref.Type]
	if typ == nil || !(typ == p.typ && p.ref.ID == "" || p.mayStandAbove(typ)) {
		return false
	}
	if p.units == nil || !typ.unit {
		return true
	}
	if p.parent == nil || p.parent.ref.ID == "" {
		return true
	}
	for at, ok := ref, true; ok && at != Root(); at, _, ok = p.units.Locate(at) {
		if at == p.parent.ref {
			return true
		}
	}
	return false
}

// mayStandAbove reports whether a resource of the type may stand between p and
// its parent.
func (p *Place) mayStandAbove(typ *Type) bool {
	return p.gap && p.typ.Below(typ) && (p.parent == nil || typ.Below(p.parent.typ))
}

// Field gives conditions the place's id, type and attributes, and itself and its
// ancestors by their types' names.
func (p *Place) Field(name string) any {
	if p != nil {
		return p.record.Field(name)
	}
	if name == typeField {
		return rootType
	}
	return condition.Absent
}

// newPlace returns a place that has no parent and attributes yet.
func (t *Types) newPlace(room *Room, typ *Type, ref Ref, units Units) *Place {
	p := room.next()
	p.types, p.units, p.typ, p.ref = t, units, typ, ref
	typ.layout.shape.Reuse(&p.record)
	p.record.Own(p)
	p.record.Borrow(room != nil)
	return p
}

// A Room is memory for the places of one question after the other. The zero Room
// is ready to use, and the nil Room makes new memory for each place. Places in a
// Room refer to what was given of the resource, which nobody may change meanwhile.
// It is not safe for concurrent use.
type Room struct {
	places []*Place
	used   int
}

// Clear makes the memory free for the next question: nobody may look at a place
// of the last one any more.
func (r *Room) Clear() {
	for _, p := range r.places[:r.used] {
		p.record.Clear()
		p.types, p.parent, p.keeper, p.ref = nil, nil, nil, Ref{}
		p.typ, p.gap, p.partial, p.units, *p.later = nil, false, false, nil, later{}
	}
	r.used = 0
}

// next returns a place that nobody looks at.
func (r *Room) next() *Place {
	if r == nil {
		return &Place{}
	}
	if r.used == len(r.places) {
		r.places = append(r.places, &Place{later: new(later)})
	}
	r.used++
	return r.places[r.used-1]
}

// settle fills in what conditions see of a place besides its attributes.
func (p *Place) settle() {
	l := &p.typ.layout
	p.record.SetText(l.kind, p.typ.name)
	if p.ref.ID != "" {
		p.record.SetText(l.id, p.ref.ID)
	} else {
		p.record.Set(l.id, condition.Pending)
	}
	gap := false
	for at := p; at != nil; at = at.parent {
		p.record.SetRecord(l.of[at.typ.index], &at.record)
		gap = gap || at.gap
	}
	if gap || p.partial {
		p.suspend(gap)
	}
}

// suspend makes Pending what is not known yet of the place: what its attributes
// are, if it is partial, and, if there is a gap, what stands in it.
func (p *Place) suspend(gap bool) {
	l := &p.typ.layout
	for at := p; gap && at != nil; at = at.parent {
		for i := 0; at.gap && i < len(l.of); i++ {
			if at.mayStandAbove(p.types.ordered[i]) {
				p.record.Set(l.of[i], condition.Pending)
			}
		}
	}
	if !p.partial {
		return
	}
	for _, slot := range l.attributes {
		if !p.record.Has(slot) {
			p.record.Set(slot, condition.Pending)
		}
	}
}

// assignedPlaces are Assignments that find a place faster than its Ref.
type assignedPlaces interface {
	// HasPlace is Has of the place's Ref, if the place is of the same directory.
	HasPlace(p *Place) bool
}

// Assignments is a set of resources that are assigned to one user.
type Assignments interface {
	// Has reports whether the resource itself is assigned.
	Has(resource Ref) bool
	// All yields the resources, in any order.
	All() iter.Seq[Ref]
}
