package condition

import (
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/overloads"
)

// direct is the reader of a node that is a spot; nil for any other node.
func (b *build) direct(e ast.Expr) *reader {
	if e.Kind() != ast.IdentKind && e.Kind() != ast.SelectKind || e.Kind() == ast.SelectKind && e.AsSelect().IsTestOnly() {
		return nil
	}
	r := b.reader(e)
	if r == nil || r.at == nil {
		return nil
	}
	r.want = typeWords(b.tree.GetType(e.ID()))
	return r
}

// known is the value of a node that is a literal, or a timestamp or duration
// made of one; nil for any other node.
func (b *build) known(e ast.Expr) any {
	switch e.Kind() {
	case ast.LiteralKind:
		return e.AsLiteral().Value()
	case ast.CallKind:
		id, args := b.tree.GetOverloadIDs(e.ID())[0], e.AsCall().Args()
		if id != overloads.StringToTimestamp && id != overloads.StringToDuration || args[0].Kind() != ast.LiteralKind {
			return nil
		}
		if v, why := b.boxed(e)(&Frame{steps: defaultCost}); why == nil {
			return v
		}
	}
	return nil
}

// loopTextsEqual is x == y, or x != y if same is false, of a loop's variable and a
// spot with text; nil for anything else.
func (b *build) loopTextsEqual(x, y ast.Expr, same bool) fn[bool] {
	if goType(b.tree.GetType(x.ID())) != stringBase {
		return nil
	}
	depth, spot := b.loopOf(x), b.direct(y)
	if depth < 0 {
		depth, spot = b.loopOf(y), b.direct(x)
	}
	if depth < 0 || spot == nil {
		return nil
	}
	slow := onTwo(expr[string](b, x), expr[string](b, y), equalText)
	if !same {
		slow = not(slow)
	}
	to := spot.at
	return func(f *Frame) (bool, *failure) {
		l, t := &f.locals[depth], to.find(f)
		v, ok := l.key, l.texts != nil
		if !ok {
			v, ok = l.value.(string)
		}
		if !ok || t == nil || t.kind != stringBase {
			return slow(f)
		}
		if len(v) == len(t.text) && !f.touch(len(v)) {
			return false, overspent
		}
		return v == t.text == same, nil
	}
}

// loopOf is the loop through a list whose variable a node is, or -1.
func (b *build) loopOf(e ast.Expr) int {
	if e.Kind() == ast.IdentKind {
		if depth := b.scopeOf(e.AsIdent()); depth >= 0 && !b.scopes[depth].keyed {
			return depth
		}
	}
	return -1
}

// sideOf is how a signed number, a duration or an instant stands to another.
func (s *slot) sideOf(t *slot) side {
	switch x, y := int64(s.bits), int64(t.bits); {
	case x < y || x == y && s.nanos < t.nanos:
		return below
	case x == y && s.nanos == t.nanos:
		return level
	}
	return above
}
