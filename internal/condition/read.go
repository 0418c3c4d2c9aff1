package condition

import (
	"fmt"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
)

// read is the fn of a name, of a field, or of has().
func (b *build) read(e ast.Expr) any {
	if e.Kind() == ast.SelectKind && e.AsSelect().IsTestOnly() {
		return b.has(e)
	}
	raw, p := b.raw(e)
	if raw == nil {
		return b.key(b.scopeOf(e.AsIdent()))
	}
	return b.asType(raw, p, b.tree.GetType(e.ID()))
}

// raw is the fn of a name or a field, before anybody looked at the value. It is
// nil for the variable of a loop through a map with strings for keys.
func (b *build) raw(e ast.Expr) (fn[any], *place) {
	p := newPlace(pathOf(e), "")
	if e.Kind() == ast.SelectKind {
		if operand := e.AsSelect().Operand(); b.tree.GetType(operand.ID()).Kind() == types.StructKind {
			return b.field(operand, e.AsSelect().FieldName()), p
		}
		return b.entry(e, p), p
	}
	if depth := b.scopeOf(e.AsIdent()); depth >= 0 {
		if b.scopes[depth].keyed {
			return nil, p
		}
		return func(f *Frame) (any, *failure) { return f.locals[depth].value, nil }, p
	}
	i := b.env.variable(e.AsIdent())
	return func(f *Frame) (any, *failure) { return f.vars[i], nil }, p
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
func (b *build) field(operand ast.Expr, name string) fn[any] {
	slot := b.env.slot(b.tree.GetType(operand.ID()), name)
	if operand.Kind() == ast.IdentKind && b.scopeOf(operand.AsIdent()) < 0 {
		return b.variableField(operand, name, slot)
	}
	object := expr[Object](b, operand)
	return func(f *Frame) (any, *failure) {
		o, why := object(f)
		if why != nil {
			return nil, why
		}
		return fieldOf(o, name, slot), nil
	}
}

// variableField is the field of a variable, which is most of what conditions
// read.
func (b *build) variableField(operand ast.Expr, name string, slot int) fn[any] {
	i, p := b.env.variable(operand.AsIdent()), newPlace(operand.AsIdent(), typeWords(b.tree.GetType(operand.ID())))
	return func(f *Frame) (any, *failure) {
		if s, ok := f.vars[i].(Slotted); ok {
			return s.Slot(slot), nil
		}
		o, ok := f.vars[i].(Object)
		if !ok {
			return nil, p.wrong(f.vars[i])
		}
		return o.Field(name), nil
	}
}

func fieldOf(o Object, name string, slot int) any {
	if s, ok := o.(Slotted); ok {
		return s.Slot(slot)
	}
	return o.Field(name)
}

// entry reads the entry of a map that is written like a field.
func (b *build) entry(e ast.Expr, p *place) fn[any] {
	s := e.AsSelect()
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
	s := e.AsSelect()
	if b.tree.GetType(s.Operand().ID()).Kind() != types.StructKind {
		m, key := expr[map[string]any](b, s.Operand()), s.FieldName()
		return func(f *Frame) (bool, *failure) {
			entries, why := m(f)
			_, ok := entries[key]
			return ok, why
		}
	}
	field, p := b.field(s.Operand(), s.FieldName()), newPlace(pathOf(e), "")
	return func(f *Frame) (bool, *failure) {
		v, why := field(f)
		switch {
		case why != nil:
			return false, why
		case v == nil:
			return false, p.vacant
		}
		if s, ok := v.(State); ok {
			if s == Pending {
				return false, unknown
			}
			return false, nil
		}
		return true, nil
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
