package condition

import (
	"maps"
	"math"
	"slices"
	"time"
)

// A Shape numbers the fields of an object type. It is immutable.
type Shape struct {
	names []string
	slots map[string]int
	// base has the first fields, with the same numbers. May be nil.
	base *Shape
}

// Shape returns the Shape of a declared object type, or nil. The Envs that were
// extended from one share theirs.
func (e *Env) Shape(object string) *Shape { return e.shapes[object] }

// NewShape numbers the given fields: first those of base, which may be nil, as
// it does, then the others in the order of their names. A Record of the Shape is
// read by number where an ObjectType with the Shape, or with base, is declared.
func NewShape(fields map[string]Type, base *Shape) *Shape {
	s := &Shape{slots: make(map[string]int, len(fields)), base: base}
	if base != nil {
		s.names = slices.Clone(base.names)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if base == nil || !slices.Contains(base.names, name) {
			s.names = append(s.names, name)
		}
	}
	for i, name := range s.names {
		s.slots[name] = i
	}
	return s
}

// is reports whether records of s can be read as records of t.
func (s *Shape) is(t *Shape) bool { return s == t || s != nil && s.base == t && t != nil }

// Names are the names of the fields, by their number.
func (s *Shape) Names() []string { return slices.Clone(s.names) }

// Slot is the number of a field, and whether there is one of that name.
func (s *Shape) Slot(name string) (int, bool) {
	i, ok := s.slots[name]
	return i, ok
}

// New returns a Record of the Shape whose fields are Absent.
func (s *Shape) New() *Record {
	r := s.Make()
	return &r
}

// Make is New for a Record that is part of something greater.
func (s *Shape) Make() Record { return Record{shape: s, slots: make([]slot, len(s.names))} }

// Reuse makes r, which is zero or was cleared, a Record of the Shape whose fields
// are Absent, in the memory that it has.
func (s *Shape) Reuse(r *Record) {
	n := len(s.names)
	if cap(r.slots) < n {
		r.slots = make([]slot, n)
	}
	r.shape, r.slots = s, r.slots[:n]
}

// Clear makes r a Record that has no fields, and refers to nothing but memory for
// Reuse: nobody may look at what it was any more.
func (r *Record) Clear() {
	clear(r.slots)
	clear(r.lists)
	r.shape, r.slots, r.owner, r.source, r.lists, r.borrows, r.foreign = nil, r.slots[:0], nil, nil, r.lists[:0], false, false
}

// Borrow says whether r, until it is cleared, does not copy the lists of strings
// that are Put into it: for one that nobody looks at any more when those who
// brought the lists may change them. It returns what was said before.
func (r *Record) Borrow(on bool) (was bool) {
	was, r.borrows = r.borrows, on
	return was
}

// A Record is an Object that holds its fields by number, so that reading one
// takes neither a call nor the lookup of a name. It is safe for concurrent use
// as long as nobody sets a field and none is Later. The zero Record has no fields.
type Record struct {
	shape *Shape
	slots []slot
	owner any
	// source reads the fields that nobody has looked at yet; nil: there are none.
	source Source
	lists  []textList // that slots hold
	// borrows is whether lists that are Put are not copied.
	borrows bool
	// foreign is whether a field is, or leads to, an Object that is no Record.
	foreign bool
}

var _ Object = (*Record)(nil)

// Own makes owner what functions, and Input.Failing, are given in the Record's
// place.
func (r *Record) Own(owner any) { r.owner = owner }

// Set makes v, which must be what Object says of Field, the field with the
// number i.
func (r *Record) Set(i int, v any) {
	r.slots[i].set(v)
	r.foreign = r.foreign || isForeign(v)
}

// SetRecord makes v, which is not nil, the field with the number i.
func (r *Record) SetRecord(i int, v *Record) {
	r.slots[i].become(noBase, 0, "", v)
	r.foreign = r.foreign || v.foreign
}

// A Source reads fields of a Record that are Later.
type Source interface {
	// Read sets the field with the number i, unless it is Absent; n is what Later
	// was told.
	Read(r *Record, i, n int)
}

// From says where fields that are Later come from, until the Record is cleared.
func (r *Record) From(s Source) { r.source = s }

// Later leaves the field with the number i to be read when it is first looked at.
func (r *Record) Later(i, n int) { r.slots[i].become(laterBase, uint64(n), "", nil) }

// slot returns where the field with the number i is held.
func (r *Record) slot(i int) *slot {
	s := &r.slots[i]
	if s.kind == laterBase {
		r.read(s, i)
	}
	return s
}

func (r *Record) read(s *slot, i int) {
	n := int(s.bits)
	s.become(noBase, 0, "", nil)
	r.source.Read(r, i, n)
}

// Copy makes the j-th field of from the i-th field of r, unless it is Absent.
func (r *Record) Copy(i int, from *Record, j int) {
	if from.Has(j) {
		r.slots[i] = *from.slot(j)
		r.foreign = r.foreign || from.foreign
	}
}

// Has reports whether the field with the number i is not Absent.
func (r *Record) Has(i int) bool {
	s := r.slot(i)
	return s.kind != noBase || s.held != nil
}

// Value is the field with the number i.
func (r *Record) Value(i int) any { return r.slot(i).value() }

// SetBool makes v the field with the number i.
func (r *Record) SetBool(i int, v bool) { r.slots[i].become(boolBase, bitOf(v), "", nil) }

// SetInt makes v the field with the number i.
func (r *Record) SetInt(i int, v int64) { r.slots[i].become(intBase, uint64(v), "", nil) }

// SetUint makes v the field with the number i.
func (r *Record) SetUint(i int, v uint64) { r.slots[i].become(uintBase, v, "", nil) }

// SetDouble makes v the field with the number i.
func (r *Record) SetDouble(i int, v float64) {
	r.slots[i].become(doubleBase, math.Float64bits(v), "", nil)
}

// SetText makes v the field with the number i.
func (r *Record) SetText(i int, v string) { r.slots[i].become(stringBase, 0, v, nil) }

// SetTime makes the instant v the field with the number i.
func (r *Record) SetTime(i int, v time.Time) {
	s := &r.slots[i]
	s.become(timestampBase, uint64(v.Unix()), "", nil)
	s.nanos = int32(v.Nanosecond())
}

// SetDuration makes v the field with the number i.
func (r *Record) SetDuration(i int, v time.Duration) {
	r.slots[i].become(durationBase, uint64(v), "", nil)
}

// SetTexts makes list, which nobody changes any more, the field with the number
// i: a list of strings.
func (r *Record) SetTexts(i int, list []string) {
	r.lists = append(r.lists, list)
	r.slots[i].become(noBase, 0, "", &r.lists[len(r.lists)-1])
}

// Field returns the field of that name. It is Absent if the Shape has none.
func (r *Record) Field(name string) any {
	if r.shape != nil {
		if i, ok := r.shape.slots[name]; ok {
			return r.slot(i).value()
		}
	}
	return Absent
}
