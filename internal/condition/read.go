package condition

import (
	"fmt"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
)

// A reader reads a value that comes from outside, whose type is not known yet.
type reader struct {
	*place
	raw fn[any]
	// field is set where raw reads a field of a variable.
	field *variableField
	// variable and loop, if they are not negative, are the variable, or the loop
	// whose variable it is, that raw reads.
	variable, loop int
}

func newReader(name string, raw fn[any]) *reader {
	return &reader{place: newPlace(name), raw: raw, variable: -1, loop: -1}
}

// A variableField is a field of a variable, which is most of what conditions
// read.
type variableField struct {
	*place
	variable int
	name     string
	shape    *Shape
	slot     int
}

// of is the field's value, whatever it is.
func (v *variableField) of(f *Frame) (any, *failure) {
	switch o := f.vars[v.variable].(type) {
	case *Record:
		if o != nil && o.shape == v.shape {
			return o.values[v.slot], nil
		}
		if o == nil {
			return nil, v.vacant
		}
		return o.Field(v.name), nil
	case Object:
		return o.Field(v.name), nil
	default:
		return nil, v.wrong(o)
	}
}

// typed is what r reads as a T.
func typed[T any](r *reader) fn[T] {
	switch {
	case r.field != nil:
		return typedField[T](r)
	case r.variable >= 0:
		return typedVariable[T](r)
	case r.loop >= 0:
		return typedLoop[T](r)
	}
	return func(f *Frame) (T, *failure) {
		v, why := r.raw(f)
		if why == nil {
			if x, ok := v.(T); ok {
				return x, nil
			}
			why = r.wrong(v)
		}
		var none T
		return none, why
	}
}

// typedField is typed for the field of a variable, with no call where the
// variable is a Record.
func typedField[T any](r *reader) fn[T] {
	field := r.field
	i, shape, slot := field.variable, field.shape, field.slot
	return func(f *Frame) (T, *failure) {
		if o, ok := f.vars[i].(*Record); ok && o != nil && o.shape == shape {
			if x, ok := o.values[slot].(T); ok {
				return x, nil
			}
		}
		v, why := field.of(f)
		if why == nil {
			if x, ok := v.(T); ok {
				return x, nil
			}
			why = r.wrong(v)
		}
		var none T
		return none, why
	}
}

// typedVariable is typed for a variable, with no call.
func typedVariable[T any](r *reader) fn[T] {
	i := r.variable
	return func(f *Frame) (T, *failure) {
		if x, ok := f.vars[i].(T); ok {
			return x, nil
		}
		var none T
		return none, r.wrong(f.vars[i])
	}
}

// typedLoop is typed for the variable of a loop, with no call.
func typedLoop[T any](r *reader) fn[T] {
	depth := r.loop
	return func(f *Frame) (T, *failure) {
		if x, ok := f.locals[depth].value.(T); ok {
			return x, nil
		}
		var none T
		return none, r.wrong(f.locals[depth].value)
	}
}

// fieldEqualTo is equalTo for the field of a variable.
func fieldEqualTo[T comparable](r *reader, want T) fn[bool] {
	field, read := r.field, typedField[T](r)
	i, shape, slot := field.variable, field.shape, field.slot
	return func(f *Frame) (bool, *failure) {
		if o, ok := f.vars[i].(*Record); ok && o != nil && o.shape == shape {
			if x, ok := o.values[slot].(T); ok {
				return x == want, nil
			}
		}
		v, why := read(f)
		return why == nil && v == want, why
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
	if e.Kind() == ast.SelectKind {
		if b.tree.GetType(e.AsSelect().Operand().ID()).Kind() == types.StructKind {
			r.raw, r.field = b.field(e.AsSelect())
		} else {
			r.raw = b.entry(e.AsSelect(), r.place)
		}
		return r
	}
	if depth := b.scopeOf(e.AsIdent()); depth >= 0 {
		if b.scopes[depth].keyed {
			return nil
		}
		r.loop, r.raw = depth, func(f *Frame) (any, *failure) { return f.locals[depth].value, nil }
		return r
	}
	i := b.env.variable(e.AsIdent())
	r.variable, r.raw = i, func(f *Frame) (any, *failure) { return f.vars[i], nil }
	return r
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

// field reads an object's field, whatever it holds.
func (b *build) field(s ast.SelectExpr) (fn[any], *variableField) {
	operand, name := s.Operand(), s.FieldName()
	t := b.tree.GetType(operand.ID())
	shape := b.env.shapes[strings.TrimPrefix(t.TypeName(), objectPrefix)]
	slot := shape.slots[name]
	if operand.Kind() == ast.IdentKind && b.scopeOf(operand.AsIdent()) < 0 {
		v := &variableField{place: newPlace(operand.AsIdent()), variable: b.env.variable(operand.AsIdent()), name: name, shape: shape, slot: slot}
		v.want = typeWords(t)
		return v.of, v
	}
	object := expr[Object](b, operand)
	return func(f *Frame) (any, *failure) {
		o, why := object(f)
		if why != nil {
			return nil, why
		}
		if r, ok := o.(*Record); ok && r != nil && r.shape == shape {
			return r.values[slot], nil
		}
		return o.Field(name), nil
	}, nil
}

// entry reads the entry of a map that is written like a field.
func (b *build) entry(s ast.SelectExpr, p *place) fn[any] {
	m, key := expr[map[string]any](b, s.Operand()), s.FieldName()
	return func(f *Frame) (any, *failure) {
		entries, why := m(f)
		if why != nil {
			return nil, why
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
	if b.tree.GetType(s.Operand().ID()).Kind() != types.StructKind {
		m, key := expr[map[string]any](b, s.Operand()), s.FieldName()
		return func(f *Frame) (bool, *failure) {
			entries, why := m(f)
			_, ok := entries[key]
			return ok, why
		}
	}
	field, _ := b.field(s)
	return func(f *Frame) (bool, *failure) {
		v, why := field(f)
		if why != nil {
			return false, why
		}
		switch v {
		case nil:
			return false, p.vacant
		case Pending:
			return false, unknown
		}
		return v != Absent, nil
	}
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
