package condition

import (
	"strings"

	"github.com/google/cel-go/common/ast"
)

// A spot is a variable, a field of it, or a field of an object that is one.
type spot struct {
	variable int
	// shape and number are where a Record has the field; shape is nil for the
	// variable itself, and nowhere for what is further away.
	shape  *Shape
	number int
	// path leads from the variable to the field.
	path []step
	// want is what the variable must be, if there is a path.
	*place
}

// nowhere is the Shape of no Record.
var nowhere = new(Shape)

// A step is one field on the way to a spot. By its number it is read from a
// Record of the Shape, by its name from any other Object.
type step struct {
	*place
	shape  *Shape
	number int
	name   string
}

// find returns where the value is held, if that is the variable or a field of a
// Record that is one.
func (at *spot) find(f *Frame) *slot {
	r := f.records[at.variable]
	switch {
	case r == nil && at.shape == nil:
		return &f.vars[at.variable]
	case r == nil || at.shape == nil || r.shape != at.shape:
		return nil
	}
	return r.slot(at.number)
}

// follow returns where the value is held, if there are only Records on the way,
// and it is no Record that is the variable.
func (at *spot) follow(f *Frame) *slot {
	o, s := f.records[at.variable], &f.vars[at.variable]
	if len(at.path) == 0 && o != nil {
		return nil
	}
	for i := range at.path {
		p := &at.path[i]
		if i > 0 {
			o, _ = s.held.(*Record)
		}
		if o == nil || !o.shape.is(p.shape) {
			return nil
		}
		s = o.slot(p.number)
	}
	return s
}

// of is the value, whatever it is and wherever it is held.
func (at *spot) of(f *Frame) (any, *failure) {
	if s := at.follow(f); s != nil {
		if t, ok := s.held.(*textList); ok && !f.spend(listSteps+len(*t)*elementSteps) {
			return nil, overspent
		}
		return s.value(), nil
	}
	o, last := f.object(at.variable), len(at.path)-1
	switch {
	case last < 0:
		return o, nil
	case o == nil:
		return nil, at.wrong(f.vars[at.variable].value())
	}
	for i := range at.path[:last] {
		p := &at.path[i]
		v := p.of(o)
		var ok bool
		if o, ok = v.(Object); !ok {
			return nil, p.wrong(v)
		}
	}
	return at.path[last].of(o), nil
}

// of is the field of an Object.
func (p *step) of(o Object) any {
	if r, ok := o.(*Record); ok {
		if r == nil {
			return nil
		}
		if r.shape.is(p.shape) {
			return r.slot(p.number).value()
		}
	}
	return o.Field(p.name)
}

// spot is where a node that is a variable, or a field of one, or a field of such
// a field, is read; nil for any other node.
func (b *build) spot(e ast.Expr) *spot {
	if e.Kind() == ast.IdentKind {
		if b.scopeOf(e.AsIdent()) >= 0 {
			return nil
		}
		at := &spot{variable: b.env.variable(e.AsIdent()), place: newPlace(e.AsIdent())}
		at.want = typeWords(b.tree.GetType(e.ID()))
		return at
	}
	if !b.isField(e) {
		return nil
	}
	s := e.AsSelect()
	at := b.spot(s.Operand())
	if at == nil {
		return nil
	}
	p := b.step(s)
	p.place = newPlace(pathOf(e))
	p.want = typeWords(b.tree.GetType(e.ID()))
	if at.path = append(at.path, p); len(at.path) == 1 {
		at.shape, at.number = p.shape, p.number
	} else {
		at.shape = nowhere
	}
	return at
}

// step is the step from an object to its field.
func (b *build) step(s ast.SelectExpr) step {
	shape := b.env.shapes[strings.TrimPrefix(b.tree.GetType(s.Operand().ID()).TypeName(), objectPrefix)]
	return step{shape: shape, number: shape.slots[s.FieldName()], name: s.FieldName()}
}
