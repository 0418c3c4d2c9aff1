package scope

import (
	"maps"
	"reflect"
	"slices"
	"sync/atomic"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
	"github.com/bailiwick-authz/bailiwick/internal/fault"
	"github.com/bailiwick-authz/bailiwick/internal/suggest"
)

// Attributes answers what is known of a resource, a user or a request, by
// name. An application's own types can implement it; Map is the ready one, and
// a Struct reads a Go struct by its tags.
//
// Attribute returns false for an attribute that is absent. Reading an absent
// attribute is an error in a condition, which therefore does not hold; has()
// asks whether it is there. It is called for declared names only, and must be
// safe for concurrent use.
//
// An int or a uint can be any Go integer, a double a float, a timestamp is a
// time.Time, a duration a time.Duration, bytes are a []byte, a list is a slice, a map
// one with keys that are strings; a number can be a json.Number too, and all of
// them can be of named types, or pointers. Nothing else is converted. Nil, and a nil
// pointer, is absent; a nil slice or map is an empty one, and there: a list that
// was not loaded must not be given as a nil slice, or a condition takes it for one
// with nothing in it.
//
// A value of another type than the declared one is wrong for the whole question, or
// change. So is one that cannot be used, a text that is no UTF-8, say, or past its
// limit, but not for a resource that comes with a question: there it is an error for
// the conditions that look at it, to has() it is there, and to all others nothing.
type Attributes interface {
	Attribute(name string) (value any, ok bool)
}

// A Map is attributes by name. A nil value is an absent attribute, but a nil slice
// in it is an empty list (see Attributes); the nil Map has none.
type Map map[string]any

// Attribute returns the value of the entry, if it has one.
func (m Map) Attribute(name string) (any, bool) {
	v, ok := m[name]
	return v, ok && v != nil
}

// AttributeNames returns the names of all entries.
func (m Map) AttributeNames() []string { return slices.Collect(maps.Keys(m)) }

// named is implemented by Attributes that know the names of all they hold, so
// that a name which nobody declared does not pass unnoticed.
type named interface{ AttributeNames() []string }

// AttributeTypes declares attributes: which there are, and of what type each
// is. It is immutable. The zero AttributeTypes declares none.
type AttributeTypes struct {
	names []string // sorted
	types map[string]condition.Type
	typed []condition.Type        // in the order of the names
	shape *condition.Shape        // numbers the names in their order; nil: none is declared
	slots []int                   // where a record of that shape has them
	plans atomic.Pointer[[]*plan] // of the struct types that have them, to read them fast
}

// remember keeps how to read a struct type.
func (t *AttributeTypes) remember(p *plan) {
	for t.planFor(p.of) == nil {
		known := t.plans.Load()
		next := []*plan{p}
		if known != nil {
			next = append(next, *known...)
		}
		t.plans.CompareAndSwap(known, &next)
	}
}

// planFor returns how to read a struct type; nil if that is not known.
func (t *AttributeTypes) planFor(of reflect.Type) *plan {
	if known := t.plans.Load(); known != nil {
		for _, p := range *known {
			if p.of == of {
				return p
			}
		}
	}
	return nil
}

// NewAttributeTypes reads declarations: a name, and a type as text: bool, int,
// uint, double, string, bytes, timestamp, duration, list(T), map(T). Its error
// tells of every declaration that is wrong.
func NewAttributeTypes(declarations map[string]string) (*AttributeTypes, error) {
	var faults fault.List
	t := newAttributeTypes("", declarations, &faults)
	return t, faults.Err()
}

func newAttributeTypes(path string, declarations map[string]string, faults *fault.List) *AttributeTypes {
	t := &AttributeTypes{types: map[string]condition.Type{}}
	for _, name := range slices.Sorted(maps.Keys(declarations)) {
		if !isName(name) || reservedWords[name] || reservedFields[name] {
			faults.AddKey(fault.At(path, name), "%q cannot be the name of an attribute", name)
			continue
		}
		typ, err := condition.ParseType(declarations[name])
		if err != nil {
			faults.Add(fault.At(path, name), "%v", err)
			continue
		}
		t.slots = append(t.slots, len(t.names))
		t.names, t.typed = append(t.names, name), append(t.typed, typ)
		t.types[name] = typ
	}
	t.shape = condition.NewShape(t.types, nil)
	return t
}

// Names returns the declared names, sorted. The caller must not change them.
func (t *AttributeTypes) Names() []string { return t.names }

// Type returns the type of an attribute as text, or "" if it is not declared.
func (t *AttributeTypes) Type(name string) string {
	if typ, ok := t.types[name]; ok {
		return typ.String()
	}
	return ""
}

// Check returns the attributes in a with every value in its canonical Go type,
// or an error that tells of every attribute that is unknown or wrongly typed.
// What is returned shares nothing with a. A nil a has no attributes.
func (t *AttributeTypes) Check(a Attributes) (*Values, error) {
	if a == nil {
		return nil, nil
	}
	if v, ok := a.(*Values); ok && (v == nil || v.types == t) {
		return v, nil
	}
	v := &Values{types: t, record: t.recordShape().Make()}
	if faults := t.check("", a, &v.record, t.slots, false); faults != nil {
		return nil, faults
	}
	return v, nil
}

// recordShape is the Shape of records of the attributes.
func (t *AttributeTypes) recordShape() *condition.Shape {
	if t.shape == nil {
		return noAttributes
	}
	return t.shape
}

var noAttributes = condition.NewShape(nil, nil)

// check puts the attributes in a into a record: the i-th into the field slots[i].
// It returns nil if nothing is wrong with any. A value that is out of range is wrong
// for all who look at it, and nothing that check tells of, if tolerant.
func (t *AttributeTypes) check(path string, a Attributes, into *condition.Record, slots []int, tolerant bool) *fault.List {
	if a == nil {
		return nil
	}
	if v, ok := a.(*Values); ok && (v == nil || v.types == t) {
		v.copy(into, slots)
		return nil
	}
	if m, ok := a.(Map); ok && t.putMap(m, into, slots) {
		return nil
	}
	if s, ok := a.(structured); ok {
		v := s.value()
		if plan := t.planFor(v.Type()); plan != nil {
			return t.checkFields(path, plan, v, into, slots, tolerant)
		}
	}
	faults := t.checkNames(path, t.unknown(a))
	// It may be foreign code, which answers twice with the same memory.
	defer into.Borrow(into.Borrow(false))
	for i, name := range t.names {
		v, ok := a.Attribute(name)
		if !ok || v == nil {
			continue
		}
		if err := t.typed[i].Put(into, slots[i], v); err != nil {
			faults = t.wrong(path, i, err, into, slots, tolerant, faults)
		}
	}
	return faults
}

// checkFields is check of the fields of a struct.
func (t *AttributeTypes) checkFields(path string, p *plan, v reflect.Value, into *condition.Record, slots []int, tolerant bool) (faults *fault.List) {
	for i := range p.fields {
		f := &p.fields[i]
		if err := f.Put(into, slots[f.Number()], v); err != nil {
			faults = t.wrong(path, f.Number(), err, into, slots, tolerant, faults)
		}
	}
	return faults
}

// wrong tells of what is wrong with the i-th attribute, or those who look at it.
func (t *AttributeTypes) wrong(path string, i int, err error, into *condition.Record, slots []int, tolerant bool, faults *fault.List) *fault.List {
	if tolerant && condition.OutOfRange(err) {
		into.Set(slots[i], condition.Invalid{Err: err})
		return faults
	}
	faults = orNew(faults)
	faults.Add(fault.At(path, t.names[i]), "%v", err)
	return faults
}

// putMap puts the attributes in m into a record, as check does. It reports false if
// something is wrong with one.
func (t *AttributeTypes) putMap(m Map, into *condition.Record, slots []int) bool {
	declared := 0
	for i, name := range t.names {
		if declared == len(m) {
			break
		}
		v, ok := m[name]
		if !ok {
			continue
		}
		declared++
		if v != nil && t.typed[i].Put(into, slots[i], v) != nil {
			return false
		}
	}
	return declared == len(m)
}

func orNew(faults *fault.List) *fault.List {
	if faults == nil {
		return &fault.List{}
	}
	return faults
}

// unknown returns the names of attributes in a that are not declared, as far as
// a knows its names.
func (t *AttributeTypes) unknown(a Attributes) []string {
	var unknown []string
	if n, ok := a.(named); ok {
		for _, name := range n.AttributeNames() {
			if _, known := t.types[name]; !known {
				unknown = append(unknown, name)
			}
		}
	}
	return unknown
}

// mostUnknown is how many unknown attributes of one resource are named: an
// application may hand on what its clients send, of any size.
const mostUnknown = 10

// checkNames says that names are unknown; nil if there are none.
func (t *AttributeTypes) checkNames(path string, unknown []string) *fault.List {
	if len(unknown) == 0 {
		return nil
	}
	faults := &fault.List{}
	slices.Sort(unknown)
	for i, name := range unknown {
		if i == mostUnknown {
			faults.Add(path, "and %d more unknown attributes", len(unknown)-i)
			break
		}
		faults.AddKey(fault.At(path, name), "unknown attribute %q%s", name, suggest.Hint(name, t.names))
	}
	return faults
}

// fields adds the declared attributes to the fields of an object type.
func (t *AttributeTypes) fields(into map[string]condition.Type) map[string]condition.Type {
	maps.Copy(into, t.types)
	return into
}

// reservedFields are names that every object has already.
var reservedFields = map[string]bool{idField: true, typeField: true, unitField: true}

// reservedWords are the names that CEL keeps for itself.
var reservedWords = set(
	"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if",
	"import", "let", "loop", "package", "namespace", "return", "var", "void", "while",
)

// reservedTypes are names of what is not a resource type: the root, and the
// variables and other objects of conditions.
var reservedTypes = set(rootType, "user", "role", "unit", "resource", "context", "now", "binding", "permission")

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}
