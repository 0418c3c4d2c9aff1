package scope

import (
	"bytes"
	"maps"
	"slices"

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
type Attributes interface {
	Attribute(name string) (value any, ok bool)
}

// A Map is attributes by name. A nil value is an absent attribute; the nil Map
// has none.
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
		t.names = append(t.names, name)
		t.types[name] = typ
	}
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
// A nil a has no attributes.
func (t *AttributeTypes) Check(a Attributes) (Map, error) {
	values, faults := t.check("", a)
	if faults.Len() > 0 {
		return nil, faults
	}
	return values, nil
}

func (t *AttributeTypes) check(path string, a Attributes) (Map, *fault.List) {
	faults := &fault.List{}
	if a == nil {
		return nil, faults
	}
	if n, ok := a.(named); ok {
		t.checkNames(path, n.AttributeNames(), faults)
	}
	var values Map
	for _, name := range t.names {
		v, ok := a.Attribute(name)
		if !ok || v == nil {
			continue
		}
		canonical, err := t.types[name].Normalize(v)
		if err != nil {
			faults.Add(fault.At(path, name), "%v", err)
			continue
		}
		if canonical == condition.Absent {
			continue
		}
		if values == nil {
			values = make(Map, len(t.names))
		}
		values[name] = owned(canonical)
	}
	return values, faults
}

// owned returns a canonical value that shares nothing with the application's: a
// decision explains itself later, from what it was made of.
func owned(v any) any {
	switch v := v.(type) {
	case []byte:
		return bytes.Clone(v)
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = owned(e)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for key, e := range v {
			m[key] = owned(e)
		}
		return m
	}
	return v
}

// mostUnknown is how many unknown attributes of one resource are named: an
// application may hand on what its clients send, of any size.
const mostUnknown = 10

func (t *AttributeTypes) checkNames(path string, names []string, faults *fault.List) {
	names = slices.DeleteFunc(names, func(name string) bool {
		_, known := t.types[name]
		return known
	})
	slices.Sort(names)
	for i, name := range names {
		if i == mostUnknown {
			faults.Add(path, "and %d more unknown attributes", len(names)-i)
			break
		}
		faults.AddKey(fault.At(path, name), "unknown attribute %q%s", name, suggest.Hint(name, t.names))
	}
}

// fields adds the declared attributes to the fields of an object type.
func (t *AttributeTypes) fields(into map[string]condition.Type) map[string]condition.Type {
	maps.Copy(into, t.types)
	return into
}

// reservedFields are names that every object has already.
var reservedFields = map[string]bool{"id": true, "type": true, "unit": true}

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
