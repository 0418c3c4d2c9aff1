package condition

import (
	"bytes"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
)

// A textList is how a Record holds a list of strings, unboxed. A slot holds a
// pointer to it, which takes no memory of its own.
type textList []string

// boxed is the list as a canonical value.
func (t textList) boxed() []any {
	list := make([]any, len(t))
	for i, text := range t {
		list[i] = text
	}
	return list
}

// elements are those of a list, in one of two ways to hold them.
type elements struct {
	texts textList // nil: boxed has them
	boxed []any
}

func (l elements) len() int { return len(l.texts) + len(l.boxed) }

// elements is the fn of a list, which is not boxed for it.
func (b *build) elements(e ast.Expr) fn[elements] {
	r := b.direct(e)
	if r == nil {
		list := expr[[]any](b, e)
		return func(f *Frame) (elements, *failure) {
			boxed, why := list(f)
			return elements{boxed: boxed}, why
		}
	}
	at, list := r.at, held[[]any](r)
	return func(f *Frame) (elements, *failure) {
		if s := at.follow(f); s != nil {
			if t, ok := s.held.(*textList); ok {
				return elements{texts: *t}, nil
			}
		}
		boxed, why := list(f)
		return elements{boxed: boxed}, why
	}
}

// text is the i-th element of a list of strings.
func (l elements) text(i int) (string, *failure) {
	if l.texts != nil {
		return l.texts[i], nil
	}
	if x, ok := l.boxed[i].(string); ok {
		return x, nil
	}
	return "", mistyped[string](l.boxed[i])
}

// equalTexts reports whether two lists of strings are the same.
func equalTexts(f *Frame, x, y elements) (bool, *failure) {
	if x.len() != y.len() {
		return false, nil
	}
	if !f.spend(x.len()) {
		return false, overspent
	}
	for i := range x.len() {
		s, why := x.text(i)
		if why != nil {
			return false, why
		}
		t, why := y.text(i)
		if why != nil {
			return false, why
		}
		if !f.touch(len(s)) {
			return false, overspent
		}
		if s != t {
			return false, nil
		}
	}
	return true, nil
}

// inList is element in list.
func inList(b *build, args []ast.Expr) any {
	t := b.tree.GetType(args[0].ID())
	switch goType(t) {
	case boolBase:
		return contains[bool](b, args)
	case intBase:
		return contains[int64](b, args)
	case uintBase:
		return contains[uint64](b, args)
	case doubleBase:
		return contains[float64](b, args)
	case durationBase:
		return contains[time.Duration](b, args)
	case stringBase:
		return containsText(b, args)
	case timestampBase:
		return containsBy(b, args, func(_ *Frame, x, y time.Time) (bool, *failure) { return x.Equal(y), nil })
	case bytesBase:
		return containsBy(b, args, func(f *Frame, x, y []byte) (bool, *failure) {
			if !f.touch(len(x)) {
				return false, overspent
			}
			return bytes.Equal(x, y), nil
		})
	}
	return containsLike(b, args, t)
}

// found is the fn of x in list, given how to look for x in it.
func found[T any](b *build, args []ast.Expr, look func(f *Frame, x T, l elements) (bool, *failure)) fn[bool] {
	return onTwo(expr[T](b, args[0]), b.elements(args[1]), look)
}

// element is the place of an element of a node's type.
func (b *build) element(e ast.Expr) *place {
	p := newPlace("an element")
	p.want = typeWords(b.tree.GetType(e.ID()))
	return p
}

// contains looks for an element of a type that == compares.
func contains[T comparable](b *build, args []ast.Expr) fn[bool] {
	p := b.element(args[0])
	return found(b, args, func(f *Frame, v T, l elements) (bool, *failure) {
		if !f.spend(len(l.boxed)) {
			return false, overspent
		}
		for _, w := range l.boxed {
			x, ok := w.(T)
			if !ok {
				return false, p.wrong(w)
			}
			if x == v {
				return true, nil
			}
		}
		return false, nil
	})
}

// has looks for a text. Ids are often alike but for their ends, which are
// therefore compared first.
func (t textList) has(v string) bool {
	n := len(v)
	for _, x := range t {
		if len(x) == n && (n == 0 || x[n-1] == v[n-1]) && x == v {
			return true
		}
	}
	return false
}

// searchSteps are what it takes to look for a text in a list of n.
func searchSteps(n int, v string) int { return n * (1 + len(v)/wordBytes) }

// containsText looks for a text.
func containsText(b *build, args []ast.Expr) fn[bool] {
	p := b.element(args[0])
	return found(b, args, func(f *Frame, v string, l elements) (bool, *failure) {
		if !f.spend(searchSteps(l.len(), v)) {
			return false, overspent
		}
		for _, w := range l.boxed {
			x, ok := w.(string)
			if !ok {
				return false, p.wrong(w)
			}
			if x == v {
				return true, nil
			}
		}
		return l.texts.has(v), nil
	})
}

// containsBy looks for an element that is equal to one.
func containsBy[T any](b *build, args []ast.Expr, equal func(f *Frame, x, y T) (bool, *failure)) fn[bool] {
	p := b.element(args[0])
	return found(b, args, func(f *Frame, v T, l elements) (bool, *failure) {
		for _, w := range l.boxed {
			if !f.spend(1) {
				return false, overspent
			}
			x, ok := w.(T)
			if !ok {
				return false, p.wrong(w)
			}
			if same, why := equal(f, v, x); same || why != nil {
				return same, why
			}
		}
		return false, nil
	})
}

// containsLike looks for an element that is a list or a map.
func containsLike(b *build, args []ast.Expr, t *types.Type) fn[bool] {
	same := equality(t)
	return onTwo(b.boxed(args[0]), expr[[]any](b, args[1]), func(f *Frame, v any, l []any) (bool, *failure) {
		for _, w := range l {
			if !f.spend(1) {
				return false, overspent
			}
			if equal, why := same(f, v, w); equal || why != nil {
				return equal, why
			}
		}
		return false, nil
	})
}

// sizeList is size(list).
func sizeList(b *build, args []ast.Expr) any {
	list := b.elements(args[0])
	return fn[int64](func(f *Frame) (int64, *failure) {
		l, why := list(f)
		return int64(l.len()), why
	})
}

// indexList is list[i].
func indexList(b *build, args []ast.Expr) any {
	t := b.tree.GetType(args[0].ID()).Parameters()[0]
	list, index := b.elements(args[0]), expr[int64](b, args[1])
	at := func(f *Frame) (elements, int64, *failure) {
		l, why := list(f)
		if why != nil && why != unknown {
			return l, 0, why
		}
		i, also := index(f)
		switch {
		case why != nil || also != nil:
			return l, 0, strictly(why, also)
		case i < 0 || i >= int64(l.len()):
			f.spend(failSteps)
			return l, 0, fail("there is no element %d in a list of %d", i, l.len())
		}
		return l, i, nil
	}
	r := newReader("an element", func(f *Frame) (any, *failure) {
		l, i, why := at(f)
		switch {
		case why != nil:
			return nil, why
		case l.texts != nil:
			return l.texts[i], nil
		}
		return l.boxed[i], nil
	})
	if goType(t) != stringBase {
		return asType(r, t)
	}
	r.want = typeWords(t)
	return fn[string](func(f *Frame) (string, *failure) {
		l, i, why := at(f)
		if why == nil && l.texts != nil {
			return l.texts[i], nil
		}
		if why != nil {
			return "", why
		}
		return as[string](r, l.boxed[i], nil)
	})
}
