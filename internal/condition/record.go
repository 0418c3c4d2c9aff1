package condition

import (
	"maps"
	"slices"
)

// A Shape numbers the fields of an object type. The Envs that were extended
// from one share its Shapes. It is immutable.
type Shape struct {
	names []string
	slots map[string]int
}

// Shape returns the Shape of a declared object type, or nil.
func (e *Env) Shape(object string) *Shape { return e.shapes[object] }

func newShape(fields map[string]Type) *Shape {
	s := &Shape{names: slices.Sorted(maps.Keys(fields)), slots: make(map[string]int, len(fields))}
	for i, name := range s.names {
		s.slots[name] = i
	}
	return s
}

// Names are the names of the fields, by their number.
func (s *Shape) Names() []string { return slices.Clone(s.names) }

// Slot is the number of a field, and whether there is one of that name.
func (s *Shape) Slot(name string) (int, bool) {
	i, ok := s.slots[name]
	return i, ok
}

// New returns a Record of the Shape whose fields are Absent.
func (s *Shape) New() *Record {
	r := &Record{shape: s, values: make([]any, len(s.names))}
	for i := range r.values {
		r.values[i] = Absent
	}
	return r
}

// A Record is an Object that holds its fields by number, so that reading one
// takes neither a call nor the lookup of a name. It is safe for concurrent use
// as long as nobody sets a field.
type Record struct {
	shape  *Shape
	values []any
}

var _ Object = (*Record)(nil)

// Set makes v, which must be what Object says of Field, the field with the
// number i.
func (r *Record) Set(i int, v any) { r.values[i] = v }

// Field returns the field of that name. It is Absent if the Shape has none.
func (r *Record) Field(name string) any {
	if i, ok := r.shape.slots[name]; ok {
		return r.values[i]
	}
	return Absent
}
