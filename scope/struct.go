package scope

import (
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
	"github.com/bailiwick-authz/bailiwick/internal/fault"
	"github.com/bailiwick-authz/bailiwick/internal/suggest"
)

// A Struct reads resources of one type from an application's own struct type
// T, by its tags:
//
//	type Pupil struct {
//		ID     string     `bailiwick:",id"`
//		School string     `bailiwick:",parent=school"`
//		Year   string     `bailiwick:"year"`
//		Left   *time.Time `bailiwick:"left"`            // nil: absent
//		Weight float64    `bailiwick:"weight,omitzero"` // 0: absent
//		Tags   []string   `bailiwick:"tags"`            // nil: an empty list
//		Banned []string   `bailiwick:"banned,omitzero"` // nil: absent, as when it was not loaded
//		Notes  string                                   // no tag, or "-": not an attribute
//	}
//
// The fields of embedded structs count as T's own, unless the embedded struct is
// tagged itself. The id is a string, of a named type or not; so is the parent's id,
// whose type the tag names. A parent that can be of several types is a field of
// type Ref, tagged ",parent". Where the parent is no unit, set In of what Resource
// returns to the parent's own. A Struct is immutable and safe for concurrent use.
type Struct[T any] struct {
	plan *plan
}

// StructOf makes a Struct for a type of resource that the policy declares. Its
// error tells of every tag that cannot be read, every attribute that the policy
// does not declare and every field whose Go type is not that of its attribute.
func StructOf[T any](types *Types, resourceType string) (*Struct[T], error) {
	typ := types.Type(resourceType)
	if typ == nil {
		return nil, fmt.Errorf("unknown resource type %q%s", resourceType, types.Hint(resourceType))
	}
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s is not a struct", t)
	}
	p := &plan{typ: typ, of: t}
	var faults fault.List
	named := false
	for f, tag := range tagged(t) {
		named = named || tag == ",id"
		if err := p.add(types, f, tag); err != nil {
			faults.Add(fmt.Sprintf("%s.%s", t, f.Name), "%v", err)
		}
	}
	if !named {
		faults.Add(t.String(), "no field is tagged `bailiwick:\",id\"`")
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	p.simple = !slices.ContainsFunc(p.fields, func(f condition.Filler) bool { return !f.Simple() })
	typ.attributes.remember(p)
	return &Struct[T]{p}, nil
}

const structTag = "bailiwick"

// tagged yields the fields of a struct type that are to be read, with their tags.
func tagged(t reflect.Type) iter.Seq2[reflect.StructField, string] {
	return func(yield func(reflect.StructField, string) bool) {
		for _, f := range reflect.VisibleFields(t) {
			if tag, ok := f.Tag.Lookup(structTag); ok && tag != "-" && !inTagged(t, f) && !yield(f, tag) {
				return
			}
		}
	}
}

// inTagged reports whether a field of a struct type is in an embedded struct that
// is tagged itself, and so is not read field by field.
func inTagged(t reflect.Type, f reflect.StructField) bool {
	for i := 1; i < len(f.Index); i++ {
		if _, ok := t.FieldByIndex(f.Index[:i]).Tag.Lookup(structTag); ok {
			return true
		}
	}
	return false
}

// Resource returns v as a Resource. Its attributes are read from v when they
// are asked for: v must not be changed before the answer is there. A nil v is
// the zero Resource, to which nobody may do anything.
func (s *Struct[T]) Resource(v *T) (r Resource) {
	if v == nil {
		return r
	}
	value := reflect.ValueOf(v).Elem()
	r.Type, r.Attributes = s.plan.typ.name, fieldsOf[T]{v}
	if id, ok := at(value, s.plan.id); ok {
		r.ID = id.String()
	}
	if s.plan.parent == nil {
		return r
	}
	if parent, ok := at(value, s.plan.parent); !ok {
		return r
	} else if s.plan.parentType == "" {
		r.Parent, _ = reflect.TypeAssert[Ref](parent)
	} else if parent.String() != "" {
		r.Parent = Ref{Type: s.plan.parentType, ID: parent.String()}
	}
	return r
}

// A plan is where a struct type's fields are.
type plan struct {
	typ        *Type
	of         reflect.Type
	id, parent []int              // indexes for reflect; nil: there is none
	parentType string             // empty: the field is a Ref
	fields     []condition.Filler // of attributes, by their number
	simple     bool               // all of them are
}

func (p *plan) add(types *Types, f reflect.StructField, tag string) error {
	name, option, _ := strings.Cut(tag, ",")
	option, parent, _ := strings.Cut(option, "=")
	switch {
	case !f.IsExported():
		return fmt.Errorf("a field that is not exported cannot be read")
	case name == "" && option == "id":
		return p.addID(f)
	case name == "" && option == "parent":
		return p.addParent(types, f, parent)
	case name == "" || option != "" && option != "omitzero" || parent != "":
		return fmt.Errorf(`cannot read the tag %q: want "name", "name,omitzero", ",id", ",parent=type" or ",parent"`, tag)
	}
	declared, ok := p.typ.attributes.types[name]
	if !ok {
		return fmt.Errorf("%s has no attribute %q%s", p.typ.name, name, suggest.Hint(name, p.typ.attributes.names))
	}
	number := slices.Index(p.typ.attributes.names, name)
	at, taken := slices.BinarySearchFunc(p.fields, number, func(f condition.Filler, number int) int { return f.Number() - number })
	if taken {
		return fmt.Errorf("there is a field for attribute %q already", name)
	}
	p.fields = slices.Insert(p.fields, at, declared.Filler(f, option == "omitzero", number))
	return fits(declared, f.Type)
}

func (p *plan) addID(f reflect.StructField) error {
	if p.id != nil {
		return fmt.Errorf("there is a field for the id already")
	}
	if f.Type.Kind() != reflect.String {
		return fmt.Errorf("the id must be a string, not %s", f.Type)
	}
	p.id = f.Index
	return nil
}

func (p *plan) addParent(types *Types, f reflect.StructField, parent string) error {
	if p.parent != nil {
		return fmt.Errorf("there is a field for the parent already")
	}
	p.parent, p.parentType = f.Index, parent
	if parent == "" {
		if f.Type != reflect.TypeFor[Ref]() {
			return fmt.Errorf("the parent must be a scope.Ref, not %s, or its type named: \",parent=type\"", f.Type)
		}
		return nil
	}
	if f.Type.Kind() != reflect.String {
		return fmt.Errorf("the parent's id must be a string, not %s", f.Type)
	}
	if p.typ.StandsIn(parent) != nil {
		return nil
	}
	return fmt.Errorf("a %s cannot be in a %q%s", p.typ.name, parent, types.Hint(parent))
}

// fits reports why a Go type cannot hold values of a declared type. It tries
// the type's zero value, and the element's for what can be empty.
func fits(declared condition.Type, t reflect.Type) error {
	for most := 0; t.Kind() == reflect.Pointer; t = t.Elem() {
		if most++; most > 100 {
			return fmt.Errorf("a %s leads to nothing but pointers", t)
		}
	}
	if t.Kind() == reflect.Interface {
		return fmt.Errorf("a field of type %s may hold anything: want one that holds %s", t, declared)
	}
	if _, err := declared.Normalize(reflect.Zero(t).Interface()); err != nil {
		return err
	}
	if declared.IsList() || declared.IsMap() {
		return fits(declared.Elem(), t.Elem())
	}
	return nil
}

// A fieldsOf is the attributes of one struct value. It has nothing but the pointer,
// so that it is no memory of its own: how to read it, AttributeTypes remembers.
type fieldsOf[T any] struct{ of *T }

// Attribute returns the value of the attribute's field.
func (f fieldsOf[T]) Attribute(name string) (any, bool) {
	v := f.value()
	for f, tag := range tagged(v.Type()) {
		attribute, option, _ := strings.Cut(tag, ",")
		if attribute == "" || attribute != name {
			continue
		}
		value, ok := at(v, f.Index)
		if !ok || option == "omitzero" && value.IsZero() {
			return nil, false
		}
		return value.Interface(), true
	}
	return nil, false
}

func (f fieldsOf[T]) value() reflect.Value { return reflect.ValueOf(f.of).Elem() }

// structured is a fieldsOf of any type.
type structured interface{ value() reflect.Value }

// A later is where a record's fields are read from when somebody looks at them.
type later struct {
	plan *plan
	of   reflect.Value // of the plan's type
}

// Read puts the n-th field of the plan into the i-th of a record.
func (l *later) Read(into *condition.Record, i, n int) {
	if err := l.plan.fields[n].Put(into, i, l.of); err != nil {
		into.Set(i, condition.Invalid{Err: err})
	}
}

// ReadsLater reports whether nothing can be wrong with attributes of a resource of
// the type but what only those meet who look at it: they are a struct's.
func (t *Type) ReadsLater(a Attributes) bool {
	p, _ := t.planOf(a)
	return p != nil
}

// planOf returns how to read attributes when somebody looks at them, and the struct
// that they are in; nil if all of them are to be looked at before.
func (t *Type) planOf(a Attributes) (*plan, reflect.Value) {
	s, ok := a.(structured)
	if !ok || t.unit {
		return nil, reflect.Value{}
	}
	v := s.value()
	if p := t.attributes.planFor(v.Type()); p != nil && p.simple {
		return p, v
	}
	return nil, v
}

// at returns a field of v, which may be behind embedded pointers that are nil.
func at(v reflect.Value, index []int) (reflect.Value, bool) {
	if len(index) == 1 {
		return v.Field(index[0]), true
	}
	found, err := v.FieldByIndexErr(index)
	return found, err == nil
}
