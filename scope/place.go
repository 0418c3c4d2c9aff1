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
	types      *Types
	units      Units
	typ        *Type
	ref        Ref // its ID is empty if it is not known yet
	attributes Map // canonical
	partial    bool
	parent     *Place // nil: the root
	gap        bool   // there may be more between it and parent
}

// Ref returns the resource's reference; its ID is empty if it is not known.
// The root's is Root.
func (p *Place) Ref() Ref {
	if p == nil {
		return Root()
	}
	return p.ref
}

// Parent returns the nearest ancestor that is known; nil is the root.
func (p *Place) Parent() *Place { return p.parent }

// Type returns the resource's type.
func (p *Place) Type() *Type { return p.typ }

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
	for at := p; at != nil; at = at.parent {
		if at.ref.ID != "" && to.Has(at.ref) {
			return True
		}
		open = open || at.gap || at.ref.ID == ""
	}
	if !open {
		return False
	}
	for ref := range to.All() {
		for at := p; at != nil; at = at.parent {
			if at.mayHide(ref) {
				return Unknown
			}
		}
	}
	return False
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
	if p == nil {
		return rootField(name)
	}
	switch name {
	case "id":
		if p.ref.ID == "" {
			return condition.Pending
		}
		return p.ref.ID
	case "type":
		return p.typ.name
	}
	if typ := p.types.byName[name]; typ != nil && (typ == p.typ || p.typ.Below(typ)) {
		return p.ancestor(typ)
	}
	if v, ok := p.attributes[name]; ok {
		return v
	}
	if p.partial {
		return condition.Pending
	}
	return condition.Absent
}

// rootField gives conditions the fields of the root.
func rootField(name string) any {
	if name == "type" {
		return rootType
	}
	return condition.Absent
}

func (p *Place) ancestor(typ *Type) any {
	for at := p; at != nil; at = at.parent {
		if at.typ == typ {
			return at
		}
		if at.mayStandAbove(typ) {
			return condition.Pending
		}
	}
	return condition.Absent
}

// Assignments is a set of resources that are assigned to one user.
type Assignments interface {
	// Has reports whether the resource itself is assigned.
	Has(resource Ref) bool
	// All yields the resources, in any order.
	All() iter.Seq[Ref]
}
