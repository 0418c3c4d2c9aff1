package scope

import (
	"fmt"
	"strings"

	"github.com/bailiwick-authz/bailiwick/internal/fault"
)

// A Resource is something that a question is about, as the application knows
// it. The zero Resource is nothing, and nobody may do anything to it.
type Resource struct {
	// Type and ID name it.
	Type, ID string
	// Parent is the resource that it is in. It can be left out for a unit, which
	// the directory knows, and for a type that stands at the root.
	Parent Ref
	// In is the parent in full, for one that is not a unit (the case that a
	// document is in) or whose attributes come with the question. It need not be
	// given beside Parent; if both are, they must agree.
	In *Resource
	// Attributes are what is known of it. For a unit they add to what the
	// directory knows of it, and go before it. May be nil.
	Attributes Attributes
}

// Ref returns the resource's type and id.
func (r Resource) Ref() Ref { return Ref{Type: r.Type, ID: r.ID} }

// Units is what the directory knows of units: *roles.Snapshot is one.
type Units interface {
	// Locate returns the parent and the attributes of a unit, and whether there is
	// such a unit.
	Locate(unit Ref) (parent Ref, attributes *Values, ok bool)
}

// A keeper is Units that has the places of units ready.
type keeper interface {
	// Place returns nil for a unit that it does not know.
	Place(unit Ref) *Place
	// Keeper returns whose places they are: not what merely has the keeper in it.
	Keeper() Units
}

// A Problem says what is wrong with a Resource.
type Problem uint8

const (
	// UnknownType: the policy declares no such type.
	UnknownType Problem = iota + 1
	// MalformedID: see CheckID.
	MalformedID
	// UnknownUnit: the directory has no such unit.
	UnknownUnit
	// MissingParent: nothing says what the resource is in.
	MissingParent
	// WrongParent: it cannot be in that, or the directory knows otherwise.
	WrongParent
	// WrongAttribute: an attribute is not declared, or not of its type.
	WrongAttribute
)

// A ResourceError says why a Resource cannot be asked about.
type ResourceError struct {
	Problem Problem
	// Ref is the resource or ancestor that is at fault.
	Ref     Ref
	message string
}

// Error says what is wrong, with what, and what would have been right.
func (e *ResourceError) Error() string { return e.message }

func resourceError(p Problem, ref Ref, format string, args ...any) error {
	return &ResourceError{Problem: p, Ref: ref, message: fmt.Sprintf(format, args...)}
}

// Locate puts a resource into the tree: it finds all its ancestors and checks
// every attribute. units may be nil, for a tree that comes with the question.
// Its error is a *ResourceError.
func (t *Types) Locate(r Resource, units Units) (*Place, error) {
	return t.find(nil, t.byName[r.Type], &r, units)
}

// find is Locate, of a resource whose type was looked up (nil: it has none), with
// memory for the places that units does not keep; nil is none.
func (t *Types) find(room *Room, typ *Type, r *Resource, units Units) (*Place, error) {
	if p := t.Kept(typ, r, units); p != nil {
		return p, nil
	}
	return t.LocateIn(room, typ, r, nil, units)
}

// LocateIn is Locate of a resource that is not Kept, by its type, with memory for
// the places; nil is none. above is the place that units keeps of the resource's
// Parent, if it was looked up before; nil: it was not.
func (t *Types) LocateIn(room *Room, typ *Type, r *Resource, above *Place, units Units) (*Place, error) {
	if typ == nil {
		return nil, t.unknownType(r.Ref())
	}
	if err := CheckID(r.ID); err != nil {
		return nil, resourceError(MalformedID, r.Ref(), "%s: %v", typ.name, err)
	}
	p := t.newPlace(room, typ, r.Ref(), units)
	parent := r.Parent
	if typ.unit && units != nil {
		var err error
		if parent, err = p.known(parent); err != nil {
			return nil, err
		}
	}
	if err := p.place(room, parent, r.In, above); err != nil {
		return nil, err
	}
	if err := p.describe(r.Attributes); err != nil {
		return nil, err
	}
	p.settle()
	return p, nil
}

// known describes a unit as the directory knows it, and returns what it is in, which
// must be what the question says, if it says anything.
func (p *Place) known(parent Ref) (Ref, error) {
	known, attributes, ok := p.units.Locate(p.ref)
	if !ok {
		return Ref{}, resourceError(UnknownUnit, p.ref, "the directory knows no %s", p.ref)
	}
	if !parent.IsZero() && parent != known {
		return Ref{}, resourceError(WrongParent, p.ref, "%s is in %s, not in %s", p.ref, known, parent)
	}
	return known, p.describe(attributes)
}

// LocateEach puts resources into the tree of which not all is known: for each of
// All, in their order, whatever resource of that type, directly or further below
// r, or r itself if that is its type; nil if none of that type can be below r. A
// blank r.ID is an id that is not known yet; attributes that are not given are not
// known yet then either. The zero r is the root. Its error is a *ResourceError.
//
// It appends to each, with memory for the places; nil is none.
func (t *Types) LocateEach(each []*Place, room *Room, r *Resource, units Units) ([]*Place, error) {
	base, err := t.base(room, r, units)
	if err != nil {
		return nil, err
	}
	for _, of := range t.ordered {
		each = append(each, t.below(room, base, of, units))
	}
	return each, nil
}

// base puts a resource, all of which may not be known yet, into the tree.
func (t *Types) base(room *Room, r *Resource, units Units) (*Place, error) {
	if r.Type == "" && r.ID == "" && r.Parent.IsZero() && r.In == nil && r.Attributes == nil {
		return nil, nil
	}
	typ := t.byName[r.Type]
	if typ != nil && r.ID == "" {
		return t.locateBlank(room, r, typ, units)
	}
	return t.find(room, typ, r, units)
}

// below returns the place of whatever resource of a type is below base, or base
// itself if that is its type; nil if there can be none.
func (t *Types) below(room *Room, base *Place, of *Type, units Units) *Place {
	if base != nil && base.typ == of {
		return base
	}
	if base != nil && !of.Below(base.typ) {
		return nil
	}
	p := t.newPlace(room, of, Ref{Type: of.name}, units)
	p.partial, p.parent, p.gap = true, base, len(of.in) != 1 || base == nil || of.in[0] != base.typ
	p.settle()
	return p
}

func (t *Types) typeOf(r Ref) (*Type, error) {
	if typ := t.byName[r.Type]; typ != nil {
		return typ, nil
	}
	return nil, t.unknownType(r)
}

func (t *Types) unknownType(r Ref) error {
	return resourceError(UnknownType, r, "unknown resource type %q%s", r.Type, t.Hint(r.Type))
}

// Kept returns the place of a unit of which the question says nothing but where
// it is, if units keeps it and it is there; else nil, whatever the reason. typ is
// the resource's type; nil: it has none. What it returns is what Locate returns.
func (t *Types) Kept(typ *Type, r *Resource, units Units) *Place {
	if typ == nil || !typ.unit || r.In != nil || r.Attributes != nil {
		return nil
	}
	p := t.kept(r.Ref(), units)
	if p == nil || !r.Parent.IsZero() && r.Parent != p.parent.Ref() {
		return nil
	}
	return p
}

// kept returns the place of a unit, if units keeps it and it is there.
func (t *Types) kept(unit Ref, units Units) *Place {
	k, ok := units.(keeper)
	if !ok || k.Keeper() != units {
		return nil
	}
	p := k.Place(unit)
	if p == nil || p.types != t {
		return nil
	}
	return p
}

// Keep makes the place of a unit that is in parent, for Units that keep places for
// all questions about them; keeper is theirs, for Place.Keeper to return. The
// parent is nil for the root. Its error is a *ResourceError.
func (t *Types) Keep(unit Ref, parent *Place, attributes *Values, keeper any) (*Place, error) {
	typ, err := t.typeOf(unit)
	if err != nil {
		return nil, err
	}
	p := t.newPlace(nil, typ, unit, nil)
	p.parent, p.keeper = parent, keeper
	if err := p.describe(attributes); err != nil {
		return nil, err
	}
	p.settle()
	return p, nil
}

// locateBlank is LocateIn for a resource that has no id yet.
func (t *Types) locateBlank(room *Room, r *Resource, typ *Type, units Units) (*Place, error) {
	p := t.newPlace(room, typ, r.Ref(), units)
	p.partial = true
	if r.Parent.IsZero() && r.In == nil {
		p.gap = true
	} else if err := p.place(room, r.Parent, r.In, nil); err != nil {
		return nil, err
	}
	if err := p.describe(r.Attributes); err != nil {
		return nil, err
	}
	p.settle()
	return p, nil
}

// place finds the parent of p, which the question gives by reference, in full,
// or both. above is the unit's place, if that was looked up before.
func (p *Place) place(room *Room, parent Ref, in *Resource, above *Place) error {
	if in != nil {
		if !parent.IsZero() && parent != in.Ref() {
			return resourceError(WrongParent, p.ref, "%s is in %s, not in %s", p.ref, parent, in.Ref())
		}
		parent = in.Ref()
	}
	switch {
	case len(p.typ.in) == 0 && (parent.IsZero() || parent == Root()):
		return nil
	case len(p.typ.in) == 0:
		return resourceError(WrongParent, p.ref, "a %s stands at the root, it cannot be in %s", p.typ.name, parent)
	case parent.IsZero():
		return resourceError(MissingParent, p.ref, "nothing says which %s %s is in", alternatives(p.typ.in), p.ref)
	}
	typ := p.typ.StandsIn(parent.Type)
	if typ == nil {
		return resourceError(WrongParent, p.ref, "a %s is in a %s, it cannot be in %s", p.typ.name, alternatives(p.typ.in), parent)
	}
	var err error
	if in != nil {
		p.parent, err = p.types.find(room, typ, in, p.units)
		return err
	}
	switch {
	case above != nil && above.types == p.types && above.ref == parent:
		p.parent = above
	case typ.unit:
		p.parent = p.types.kept(parent, p.units)
	}
	if p.parent == nil {
		p.parent, err = p.types.LocateIn(room, typ, &Resource{Type: parent.Type, ID: parent.ID}, nil, p.units)
	}
	return err
}

// describe checks attributes and puts them before those that are there. In a Room
// they are read when somebody looks at them, if they can be.
func (p *Place) describe(given Attributes) error {
	if p.later != nil {
		if plan, v := p.typ.planOf(given); plan != nil {
			*p.later = later{plan, v}
			p.record.From(p.later)
			for n := range plan.fields {
				p.record.Later(p.typ.layout.attributes[plan.fields[n].Number()], n)
			}
			return nil
		}
	}
	faults := p.typ.attributes.check(p.typ.name, given, &p.record, p.typ.layout.attributes, true)
	if faults != nil {
		return resourceError(WrongAttribute, p.ref, "%s", oneLine(faults))
	}
	return nil
}

func alternatives(types []*Type) string {
	s := types[0].name
	for _, typ := range types[1:] {
		s += " or " + typ.name
	}
	return s
}

func oneLine(faults *fault.List) string {
	sentences := make([]string, faults.Len())
	for i, f := range faults.All() {
		sentences[i] = f.Error()
	}
	return strings.Join(sentences, "; ")
}
