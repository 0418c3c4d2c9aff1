package condition

import (
	"bytes"
	"fmt"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/overloads"
)

var _ = register(map[string]builder{
	overloads.IndexList: indexList,
	overloads.IndexMap:  indexMap,
	overloads.InList:    inList,
	overloads.InMap:     inMap,
	overloads.AddList:   binary(addLists),
	overloads.SizeList:  unary(sizeList), overloads.SizeListInst: unary(sizeList),
	overloads.SizeMap: sizeMap, overloads.SizeMapInst: sizeMap,
})

// list is the fn of a list that is written out.
func (b *build) list(e ast.Expr) any {
	parts := make([]fn[any], 0, e.AsList().Size())
	for _, part := range e.AsList().Elements() {
		parts = append(parts, b.boxed(part))
	}
	if isConstant(e) {
		list, _ := collect(new(Frame), parts)
		return constant(list)
	}
	return fn[[]any](func(f *Frame) ([]any, *failure) {
		if !f.spend(len(parts)) {
			return nil, overspent
		}
		return collect(f, parts)
	})
}

// isConstant reports whether a node is made of literals alone.
func isConstant(e ast.Expr) bool {
	switch e.Kind() {
	case ast.LiteralKind:
		return true
	case ast.ListKind, ast.MapKind:
		for _, part := range children(e) {
			if !isConstant(part) {
				return false
			}
		}
		return true
	}
	return false
}

// collect evaluates the parts of a list or map, all of them: an error beats
// what is unknown.
func collect(f *Frame, parts []fn[any]) ([]any, *failure) {
	out := make([]any, len(parts))
	var why *failure
	for i, part := range parts {
		v, also := part(f)
		why = strictly(why, also)
		out[i] = v
	}
	if why != nil {
		return nil, why
	}
	return out, nil
}

// mapping is the fn of a map that is written out. Its keys are literals.
func (b *build) mapping(e ast.Expr) any {
	var keys []any
	var parts []fn[any]
	for _, entry := range e.AsMap().Entries() {
		key, _ := b.boxed(entry.AsMapEntry().Key())(nil)
		keys = append(keys, key)
		parts = append(parts, b.boxed(entry.AsMapEntry().Value()))
	}
	if goType(b.tree.GetType(e.ID())) == textMapBase {
		return literalMap(e, keys, parts, func(key any) string { return key.(string) })
	}
	return literalMap(e, keys, parts, func(key any) any { return key })
}

func literalMap[K comparable](e ast.Expr, keys []any, parts []fn[any], keyOf func(any) K) fn[map[K]any] {
	build := func(f *Frame) (map[K]any, *failure) {
		values, why := collect(f, parts)
		if why != nil {
			return nil, why
		}
		out := make(map[K]any, len(keys))
		for i, key := range keys {
			out[keyOf(key)] = values[i]
		}
		return out, nil
	}
	if isConstant(e) {
		m, _ := build(new(Frame))
		return constant(m)
	}
	return func(f *Frame) (map[K]any, *failure) {
		if !f.spend(len(keys) * entrySteps) {
			return nil, overspent
		}
		return build(f)
	}
}

// indexList is list[i].
func indexList(b *build, args []ast.Expr) any {
	t := b.tree.GetType(args[0].ID()).Parameters()[0]
	list, index := expr[[]any](b, args[0]), expr[int64](b, args[1])
	raw := func(f *Frame) (any, *failure) {
		l, why := list(f)
		if why != nil && why != unknown {
			return nil, why
		}
		i, also := index(f)
		switch {
		case why != nil || also != nil:
			return nil, strictly(why, also)
		case i < 0 || i >= int64(len(l)):
			f.spend(failSteps)
			return nil, fail("there is no element %d in a list of %d", i, len(l))
		}
		return l[i], nil
	}
	return asType(newReader("an element", raw), t)
}

// indexMap is map[key].
func indexMap(b *build, args []ast.Expr) any {
	t := b.tree.GetType(args[0].ID())
	r := newReader("an entry", nil)
	if goType(t) == textMapBase {
		r.raw = lookUp(expr[map[string]any](b, args[0]), expr[string](b, args[1]))
	} else {
		r.raw = lookUp(expr[map[any]any](b, args[0]), b.boxed(args[1]))
	}
	return asType(r, t.Parameters()[1])
}

func lookUp[K comparable](m fn[map[K]any], key fn[K]) fn[any] {
	return func(f *Frame) (any, *failure) {
		entries, why := m(f)
		if why != nil && why != unknown {
			return nil, why
		}
		k, also := key(f)
		if why != nil || also != nil {
			return nil, strictly(why, also)
		}
		v, ok := entries[k]
		if !ok {
			f.spend(failSteps)
			return nil, fail("there is no key %s", clip(fmt.Sprint(k)))
		}
		return v, nil
	}
}

// inMap is key in map.
func inMap(b *build, args []ast.Expr) any {
	if goType(b.tree.GetType(args[1].ID())) == textMapBase {
		return hasKey(expr[string](b, args[0]), expr[map[string]any](b, args[1]))
	}
	return hasKey(b.boxed(args[0]), expr[map[any]any](b, args[1]))
}

func hasKey[K comparable](key fn[K], m fn[map[K]any]) fn[bool] {
	return func(f *Frame) (bool, *failure) {
		k, why := key(f)
		if why != nil && why != unknown {
			return false, why
		}
		entries, also := m(f)
		if why != nil || also != nil {
			return false, strictly(why, also)
		}
		_, ok := entries[k]
		return ok, nil
	}
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
		return contains[string](b, args)
	}
	elem, list, same := b.boxed(args[0]), expr[[]any](b, args[1]), equality(t)
	return fn[bool](func(f *Frame) (bool, *failure) {
		v, why := elem(f)
		if why != nil && why != unknown {
			return false, why
		}
		l, also := list(f)
		if why != nil || also != nil {
			return false, strictly(why, also)
		}
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

// contains looks for an element of a scalar type.
func contains[T comparable](b *build, args []ast.Expr) fn[bool] {
	elem, list := expr[T](b, args[0]), expr[[]any](b, args[1])
	p := newPlace("an element")
	p.want = typeWords(b.tree.GetType(args[0].ID()))
	return func(f *Frame) (bool, *failure) {
		v, why := elem(f)
		if why != nil && why != unknown {
			return false, why
		}
		l, also := list(f)
		if why != nil || also != nil {
			return false, strictly(why, also)
		}
		if !f.spend(len(l) * (1 + textLen(v)/wordBytes)) {
			return false, overspent
		}
		for _, w := range l {
			x, ok := w.(T)
			if !ok {
				return false, p.wrong(w)
			}
			if x == v {
				return true, nil
			}
		}
		return false, nil
	}
}

// textLen is the length of v if it is a string.
func textLen[T any](v T) int {
	if s, ok := any(v).(string); ok {
		return len(s)
	}
	return 0
}

// addLists is x + y, a list of its own.
func addLists(f *Frame, x, y []any) ([]any, *failure) {
	if !f.spend(len(x) + len(y)) {
		return nil, overspent
	}
	out := make([]any, 0, len(x)+len(y))
	return append(append(out, x...), y...), nil
}

func sizeList(_ *Frame, x []any) (int64, *failure) { return int64(len(x)), nil }

func sizeMap(b *build, args []ast.Expr) any {
	if goType(b.tree.GetType(args[0].ID())) == textMapBase {
		return unary(func(_ *Frame, m map[string]any) (int64, *failure) { return int64(len(m)), nil })(b, args)
	}
	return unary(func(_ *Frame, m map[any]any) (int64, *failure) { return int64(len(m)), nil })(b, args)
}

// mistyped is the failure of a value that is not of the type that it is
// compared as.
func mistyped[T any](v any) *failure {
	var want T
	p := newPlace("an element")
	p.want = fmt.Sprintf("%T", want)
	return p.wrong(v)
}

func same[T comparable](_ *Frame, x, y any) (bool, *failure) {
	v, ok := x.(T)
	if !ok {
		return false, mistyped[T](x)
	}
	w, ok := y.(T)
	if !ok {
		return false, mistyped[T](y)
	}
	return v == w, nil
}

func sameText(f *Frame, x, y any) (bool, *failure) {
	if v, ok := x.(string); ok && !f.touch(len(v)) {
		return false, overspent
	}
	return same[string](f, x, y)
}

func sameBytes(f *Frame, x, y any) (bool, *failure) {
	v, ok := x.([]byte)
	if !ok {
		return false, mistyped[[]byte](x)
	}
	w, ok := y.([]byte)
	if !ok {
		return false, mistyped[[]byte](y)
	}
	if !f.touch(len(v)) {
		return false, overspent
	}
	return bytes.Equal(v, w), nil
}

func sameTime(_ *Frame, x, y any) (bool, *failure) {
	v, ok := x.(time.Time)
	if !ok {
		return false, mistyped[time.Time](x)
	}
	w, ok := y.(time.Time)
	if !ok {
		return false, mistyped[time.Time](y)
	}
	return v.Equal(w), nil
}

func sameList(equal func(f *Frame, x, y any) (bool, *failure)) func(f *Frame, x, y any) (bool, *failure) {
	return func(f *Frame, x, y any) (bool, *failure) {
		v, ok := x.([]any)
		if !ok {
			return false, mistyped[[]any](x)
		}
		w, ok := y.([]any)
		switch {
		case !ok:
			return false, mistyped[[]any](y)
		case len(v) != len(w):
			return false, nil
		case !f.spend(len(v)):
			return false, overspent
		}
		for i := range v {
			if same, why := equal(f, v[i], w[i]); !same || why != nil {
				return false, why
			}
		}
		return true, nil
	}
}

// entrySteps is what it takes to go through one entry of a map.
const entrySteps = 4

func sameMap[K comparable](equal func(f *Frame, x, y any) (bool, *failure)) func(f *Frame, x, y any) (bool, *failure) {
	return func(f *Frame, x, y any) (bool, *failure) {
		v, ok := x.(map[K]any)
		if !ok {
			return false, mistyped[map[K]any](x)
		}
		w, ok := y.(map[K]any)
		switch {
		case !ok:
			return false, mistyped[map[K]any](y)
		case len(v) != len(w):
			return false, nil
		case !f.spend(len(v) * entrySteps):
			return false, overspent
		}
		// All entries are looked at, so that the order of the map decides nothing.
		all, worst := true, (*failure)(nil)
		for key, value := range v {
			other, ok := w[key]
			if !ok {
				all = false
				continue
			}
			same, why := equal(f, value, other)
			all, worst = all && same, strictly(worst, why)
		}
		return all && worst == nil, worst
	}
}
