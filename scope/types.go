package scope

import (
	"maps"
	"slices"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
	"github.com/bailiwick-authz/bailiwick/internal/fault"
	"github.com/bailiwick-authz/bailiwick/internal/suggest"
)

// MaxTypeDepth is the greatest number of types on a way from a type up to the
// root. It bounds the depth of every tree of resources too.
const MaxTypeDepth = 32

// A TypeSpec declares a type of resource.
type TypeSpec struct {
	Name string
	// Unit is whether the directory knows the resources of this type.
	Unit bool
	// In names the types that a resource of this type can be in, directly. None:
	// it stands at the root.
	In []string
	// Attributes are the attributes' types by name, as NewAttributeTypes reads
	// them.
	Attributes map[string]string
}

// Types is the tree of resource types that a policy declares. A type can have
// several parents (an account is in an authority, or in a provider that is in
// one), but can never be above itself: so a resource has at most one ancestor
// of each type. It is immutable.
type Types struct {
	ordered []*Type
	byName  map[string]*Type
}

// A Type is one type of resource.
type Type struct {
	name       string
	index      int // among all
	unit       bool
	in         []*Type
	attributes *AttributeTypes
	above      map[*Type]bool // the types that it can be in, directly or not
	layout     layout
}

// NewTypes makes a tree of types. Its error tells of everything that is wrong:
// names that are taken, reserved or unknown, cycles, units in what is not a
// unit, wrong attributes.
func NewTypes(specs []TypeSpec) (*Types, error) {
	t := &Types{byName: map[string]*Type{}}
	var faults fault.List
	for _, s := range specs {
		path := fault.At("resources", s.Name)
		switch {
		case !isName(s.Name) || reservedWords[s.Name] || reservedTypes[s.Name]:
			faults.AddKey(path, "%q cannot be the name of a resource type", s.Name)
		case t.byName[s.Name] != nil:
			faults.AddKey(path, "there is a resource type %q already", s.Name)
		default:
			typ := &Type{name: s.Name, unit: s.Unit, above: map[*Type]bool{}}
			typ.attributes = newAttributeTypes(fault.At(path, "attributes"), s.Attributes, &faults)
			t.ordered, t.byName[s.Name] = append(t.ordered, typ), typ
		}
	}
	t.link(specs, &faults)
	t.rise(&faults)
	t.checkFields(&faults)
	for i, typ := range t.ordered {
		typ.index = i
	}
	for _, typ := range t.ordered {
		typ.layout = t.lay(typ.fields(), typ.attributes, anyUnit)
	}
	return t, faults.Err()
}

// link resolves what each type is in.
func (t *Types) link(specs []TypeSpec, faults *fault.List) {
	for _, s := range specs {
		typ := t.byName[s.Name]
		if typ == nil || typ.in != nil {
			continue // its name is refused, or that of another type before
		}
		for i, name := range s.In {
			path := fault.Index(fault.At(fault.At("resources", s.Name), "in"), i)
			parent := t.byName[name]
			switch {
			case parent == nil:
				faults.Add(path, "unknown resource type %q%s", name, suggest.Hint(name, t.Names()))
			case slices.Contains(typ.in, parent):
				faults.Add(path, "%q is named twice", name)
			case typ.unit && !parent.unit:
				faults.Add(path, "%q is a unit and %q is not: the directory cannot know where it is", s.Name, name)
			default:
				typ.in = append(typ.in, parent)
			}
		}
	}
}

// rise computes what is above each type, and refuses cycles and great depth.
func (t *Types) rise(faults *fault.List) {
	const visiting, done = 1, 2
	state, depth := map[*Type]int{}, map[*Type]int{}
	var visit func(typ *Type)
	visit = func(typ *Type) {
		state[typ] = visiting
		in := typ.in[:0:0]
		for _, parent := range typ.in {
			if state[parent] == 0 {
				visit(parent)
			}
			if state[parent] == visiting {
				faults.Add(fault.At(fault.At("resources", typ.name), "in"), "cycle: %q is in %q, which is in it", typ.name, parent.name)
				continue
			}
			in = append(in, parent)
			typ.above[parent] = true
			maps.Copy(typ.above, parent.above)
			depth[typ] = max(depth[typ], depth[parent]+1)
		}
		typ.in = in
		if state[typ] = done; depth[typ] == MaxTypeDepth {
			faults.AddKey(fault.At("resources", typ.name), "there are more than %d types from %q to the root", MaxTypeDepth, typ.name)
		}
	}
	for _, typ := range t.ordered {
		if state[typ] == 0 {
			visit(typ)
		}
	}
}

// checkFields refuses an attribute named like the type itself or one that is
// above: a condition could not tell resource.authority from resource.authority.
func (t *Types) checkFields(faults *fault.List) {
	for _, typ := range t.ordered {
		attributes := fault.At(fault.At("resources", typ.name), "attributes")
		if typ.attributes.Type(typ.name) != "" {
			faults.AddKey(fault.At(attributes, typ.name), "%q is the resource type itself: an attribute cannot have its name", typ.name)
		}
		for above := range typ.above {
			if typ.attributes.Type(above.name) != "" {
				faults.AddKey(fault.At(attributes, above.name), "%q is a resource type that %q is in: an attribute cannot have its name", above.name, typ.name)
			}
		}
	}
}

// Type returns the type of a name, or nil.
func (t *Types) Type(name string) *Type { return t.byName[name] }

// All returns the types in the order of their declaration. The caller must not
// change them.
func (t *Types) All() []*Type { return t.ordered }

// Names returns the names of the types in the order of their declaration.
func (t *Types) Names() []string {
	names := make([]string, len(t.ordered))
	for i, typ := range t.ordered {
		names[i] = typ.name
	}
	return names
}

// Hint returns ` (did you mean "…"?)` where a type has a name near to name,
// else "".
func (t *Types) Hint(name string) string { return suggest.Hint(name, t.Names()) }

// Index returns the place of the type among Types.All.
func (t *Type) Index() int { return t.index }

// Name returns the type's name.
func (t *Type) Name() string { return t.name }

// Unit reports whether the directory knows the resources of this type.
func (t *Type) Unit() bool { return t.unit }

// In returns the types that a resource of this type can be in, directly; none
// if it stands at the root. The caller must not change them.
func (t *Type) In() []*Type { return t.in }

// Attributes returns the declared attributes.
func (t *Type) Attributes() *AttributeTypes { return t.attributes }

// Below reports whether a resource of this type can be in one of type other,
// directly or further up. No type is below itself.
func (t *Type) Below(other *Type) bool { return t.above[other] }

// StandsIn returns the type of a name if a resource of type t can be in one of it,
// directly; else nil.
func (t *Type) StandsIn(name string) *Type {
	for _, parent := range t.in {
		if parent.name == name {
			return parent
		}
	}
	return nil
}

// fields are the fields of the object type for conditions: the id and type, the
// attributes, and itself and each ancestor by its type's name.
func (t *Type) fields() map[string]condition.Type {
	fields := maps.Clone(unitFields)
	fields[t.name] = condition.ObjectOf(t.name)
	for above := range t.above {
		fields[above.name] = condition.ObjectOf(above.name)
	}
	return t.attributes.fields(fields)
}
