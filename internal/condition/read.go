package condition

import (
	"fmt"
	"math"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
)

// A reader reads a value that comes from outside, whose type is not known yet.
type reader struct {
	*place
	raw fn[any]
	// at is set where raw reads a variable, or a field of one.
	at *spot
	// loop, if it is not negative, is the loop whose variable raw reads.
	loop int
}

func newReader(name string, raw fn[any]) *reader {
	return &reader{place: newPlace(name), raw: raw, loop: -1}
}

// slowly is what r reads as a T, wherever it is held.
func slowly[T any](r *reader, f *Frame) (T, *failure) {
	at := r.at
	switch {
	case at == nil:
		v, why := r.raw(f)
		return as[T](r, v, why)
	case len(at.path) == 1:
		if o := f.object(at.variable); o != nil {
			return as[T](r, o.Field(at.path[0].name), nil)
		}
	case len(at.path) > 1:
		if s := at.follow(f); s != nil {
			if x, ok := unboxed[T](s); ok {
				return x, nil
			}
		}
	}
	v, why := at.of(f)
	return as[T](r, v, why)
}

// as is v as a T, which it should be.
func as[T any](r *reader, v any, why *failure) (T, *failure) {
	if why == nil {
		if x, ok := v.(T); ok {
			return x, nil
		}
		why = r.wrong(v)
	}
	var none T
	return none, why
}

// held is what r reads as a T that slots do not hold unboxed.
func held[T any](r *reader) fn[T] {
	switch at, depth := r.at, r.loop; {
	case at != nil:
		return func(f *Frame) (T, *failure) {
			if s := at.find(f); s != nil {
				if x, ok := s.held.(T); ok {
					return x, nil
				}
			}
			return slowly[T](r, f)
		}
	case depth >= 0:
		return func(f *Frame) (T, *failure) {
			if x, ok := f.locals[depth].value.(T); ok {
				return x, nil
			}
			return slowly[T](r, f)
		}
	}
	return func(f *Frame) (T, *failure) { return slowly[T](r, f) }
}

// readText is what r reads as a string.
func readText(r *reader) fn[string] {
	at, depth := r.at, r.loop
	switch {
	case depth >= 0:
		return func(f *Frame) (string, *failure) {
			l := &f.locals[depth]
			if l.texts != nil {
				return l.key, nil
			}
			return as[string](r, l.value, nil)
		}
	case at == nil:
		return held[string](r)
	}
	return func(f *Frame) (string, *failure) {
		if s := at.find(f); s != nil && s.kind == stringBase {
			return s.text, nil
		}
		return slowly[string](r, f)
	}
}

// readBool is what r reads as a bool.
func readBool(r *reader) fn[bool] {
	at := r.at
	if at == nil {
		return held[bool](r)
	}
	return func(f *Frame) (bool, *failure) {
		if s := at.find(f); s != nil && s.kind == boolBase {
			return s.bits != 0, nil
		}
		return slowly[bool](r, f)
	}
}

// readBits is what r reads as a number that a slot holds as it is.
func readBits[T int64 | uint64 | time.Duration](r *reader, kind baseKind) fn[T] {
	at := r.at
	if at == nil {
		return held[T](r)
	}
	return func(f *Frame) (T, *failure) {
		if s := at.find(f); s != nil && s.kind == kind {
			return T(s.bits), nil
		}
		return slowly[T](r, f)
	}
}

// readDouble is what r reads as a double.
func readDouble(r *reader) fn[float64] {
	at := r.at
	if at == nil {
		return held[float64](r)
	}
	return func(f *Frame) (float64, *failure) {
		if s := at.find(f); s != nil && s.kind == doubleBase {
			return math.Float64frombits(s.bits), nil
		}
		return slowly[float64](r, f)
	}
}

// readTime is what r reads as a timestamp.
func readTime(r *reader) fn[time.Time] {
	at := r.at
	if at == nil {
		return held[time.Time](r)
	}
	return func(f *Frame) (time.Time, *failure) {
		if s := at.find(f); s != nil && s.kind == timestampBase {
			return s.time(), nil
		}
		return slowly[time.Time](r, f)
	}
}

// read is the fn of a name, of a field, or of has().
func (b *build) read(e ast.Expr) any {
	if e.Kind() == ast.SelectKind && e.AsSelect().IsTestOnly() {
		return b.has(e)
	}
	r := b.reader(e)
	if r == nil {
		return b.key(b.scopeOf(e.AsIdent()))
	}
	return asType(r, b.tree.GetType(e.ID()))
}

// reader is the reader of a name or a field. It is nil for the variable of a
// loop through a map with strings for keys, which has a fn of its own.
func (b *build) reader(e ast.Expr) *reader {
	r := newReader(pathOf(e), nil)
	if at := b.spot(e); at != nil {
		r.at, r.raw = at, at.of
		return r
	}
	if e.Kind() == ast.SelectKind {
		if b.isField(e) {
			r.raw = b.field(e.AsSelect())
		} else {
			r.raw = b.entry(e.AsSelect(), r.place)
		}
		return r
	}
	depth := b.scopeOf(e.AsIdent())
	if b.scopes[depth].keyed {
		return nil
	}
	r.loop, r.raw = depth, func(f *Frame) (any, *failure) { return f.locals[depth].element(), nil }
	return r
}

// isField reports whether a node is the field of an object, or has() of one.
func (b *build) isField(e ast.Expr) bool {
	return e.Kind() == ast.SelectKind && b.tree.GetType(e.AsSelect().Operand().ID()).Kind() == types.StructKind
}

// scopeOf is the loop whose variable has the name, or -1.
func (b *build) scopeOf(name string) int {
	for depth := len(b.scopes) - 1; depth >= 0; depth-- {
		if b.scopes[depth].name == name {
			return depth
		}
	}
	return -1
}

func (b *build) key(depth int) fn[string] {
	return func(f *Frame) (string, *failure) { return f.locals[depth].key, nil }
}

// variable is a declared variable's place among Input.Vars.
func (e *Env) variable(name string) int {
	for i, v := range e.vars {
		if v.Name == name {
			return i
		}
	}
	panic(fmt.Sprintf("no variable is called %s", name))
}

// field reads a field of any object, whatever it holds.
func (b *build) field(s ast.SelectExpr) fn[any] {
	object, p := expr[Object](b, s.Operand()), b.step(s)
	return func(f *Frame) (any, *failure) {
		o, why := object(f)
		if why != nil {
			return nil, why
		}
		return p.of(o), nil
	}
}

// entry reads the entry of a map that is written like a field.
func (b *build) entry(s ast.SelectExpr, p *place) fn[any] {
	m, key := expr[map[string]any](b, s.Operand()), s.FieldName()
	return func(f *Frame) (any, *failure) {
		entries, why := m(f)
		if why != nil {
			return nil, why
		}
		if !f.look(key) {
			return nil, overspent
		}
		v, ok := entries[key]
		if !ok {
			return nil, p.absent
		}
		return v, nil
	}
}

// has is the fn of has(object.field) and has(map.key).
func (b *build) has(e ast.Expr) fn[bool] {
	s, p := e.AsSelect(), newPlace(pathOf(e))
	if !b.isField(e) {
		m, key := expr[map[string]any](b, s.Operand()), s.FieldName()
		return func(f *Frame) (bool, *failure) {
			entries, why := m(f)
			if why != nil {
				return false, why
			}
			if !f.look(key) {
				return false, overspent
			}
			_, ok := entries[key]
			return ok, nil
		}
	}
	at := b.spot(e)
	if at == nil {
		field := b.field(s)
		return func(f *Frame) (bool, *failure) {
			v, why := field(f)
			if why != nil {
				return false, why
			}
			return p.has(v)
		}
	}
	return func(f *Frame) (bool, *failure) {
		if s := at.follow(f); s != nil && s.plain() {
			return true, nil
		}
		v, why := at.of(f)
		if why != nil {
			return false, why
		}
		return p.has(v)
	}
}

// has reports whether v is there.
func (p *place) has(v any) (bool, *failure) {
	switch v {
	case nil:
		return false, p.vacant
	case Pending:
		return false, unknown
	}
	return v != Absent, nil
}

// pathOf is what a node is called in a message.
func pathOf(e ast.Expr) string {
	switch e.Kind() {
	case ast.IdentKind:
		return e.AsIdent()
	case ast.SelectKind:
		if path := pathOf(e.AsSelect().Operand()); path != "" {
			return path + "." + e.AsSelect().FieldName()
		}
		return e.AsSelect().FieldName()
	}
	return ""
}
