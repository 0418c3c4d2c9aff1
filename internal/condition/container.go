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
	overloads.SizeList:  sizeList, overloads.SizeListInst: sizeList,
	overloads.SizeMap: sizeMap, overloads.SizeMapInst: sizeMap,
})

// list is the fn of a list that is written out.
func (b *build) list(e ast.Expr) any {
	parts := make([]fn[any], 0, e.AsList().Size())
	for _, part := range e.AsList().Elements() {
		parts = append(parts, b.boxed(part))
	}
	if b.isConstant(e) {
		list, _ := collect(new(Frame), parts)
		return constant(list)
	}
	return fn[[]any](func(f *Frame) ([]any, *failure) {
		if !f.spend(listSteps + len(parts)*elementSteps) {
			return nil, overspent
		}
		return collect(f, parts)
	})
}

// isConstant reports whether a node is made of what is known at load alone.
func (b *build) isConstant(e ast.Expr) bool {
	switch e.Kind() {
	case ast.LiteralKind, ast.CallKind:
		return b.known(e) != nil
	case ast.ListKind, ast.MapKind:
		for _, part := range children(e) {
			if !b.isConstant(part) {
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
		if f.steps < 0 {
			return nil, overspent
		}
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
		return literalMap(b.isConstant(e), keys, parts, func(key any) string { return key.(string) })
	}
	return literalMap(b.isConstant(e), keys, parts, func(key any) any { return key })
}

func literalMap[K comparable](isConstant bool, keys []any, parts []fn[any], keyOf func(any) K) fn[map[K]any] {
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
	steps := mapSteps + len(keys)*entrySteps
	for _, key := range keys {
		steps += textLen(key) / wordBytes
	}
	if isConstant {
		m, _ := build(new(Frame))
		return constant(m)
	}
	return func(f *Frame) (map[K]any, *failure) {
		if !f.spend(steps) {
			return nil, overspent
		}
		return build(f)
	}
}

// indexMap is map[key].
func indexMap(b *build, args []ast.Expr) any {
	t := b.tree.GetType(args[0].ID())
	r := newReader("an entry", nil)
	switch goType(t.Parameters()[0]) {
	case stringBase:
		r.raw = onTwo(expr[map[string]any](b, args[0]), expr[string](b, args[1]), lookUp)
	case intBase:
		r.raw = onTwo(expr[map[any]any](b, args[0]), expr[int64](b, args[1]), lookUpOther)
	case uintBase:
		r.raw = onTwo(expr[map[any]any](b, args[0]), expr[uint64](b, args[1]), lookUpOther)
	default:
		r.raw = onTwo(expr[map[any]any](b, args[0]), expr[bool](b, args[1]), lookUpOther)
	}
	return asType(r, t.Parameters()[1])
}

func lookUp(f *Frame, entries map[string]any, key string) (any, *failure) {
	if !f.look(key) {
		return nil, overspent
	}
	v, ok := entries[key]
	if !ok {
		return nil, noKey(f, key)
	}
	return v, nil
}

func lookUpOther[K comparable](f *Frame, entries map[any]any, key K) (any, *failure) {
	if !f.spend(keySteps) {
		return nil, overspent
	}
	v, ok := entries[key]
	if !ok {
		return nil, noKey(f, key)
	}
	return v, nil
}

func noKey(f *Frame, key any) *failure {
	f.spend(failSteps)
	return fail("there is no key %s", clip(fmt.Sprint(key)))
}

// inMap is key in map.
func inMap(b *build, args []ast.Expr) any {
	switch goType(b.tree.GetType(args[0].ID())) {
	case stringBase:
		return onTwo(expr[string](b, args[0]), expr[map[string]any](b, args[1]), func(f *Frame, key string, entries map[string]any) (bool, *failure) {
			if !f.look(key) {
				return false, overspent
			}
			_, ok := entries[key]
			return ok, nil
		})
	case intBase:
		return onTwo(expr[int64](b, args[0]), expr[map[any]any](b, args[1]), hasOther)
	case uintBase:
		return onTwo(expr[uint64](b, args[0]), expr[map[any]any](b, args[1]), hasOther)
	}
	return onTwo(expr[bool](b, args[0]), expr[map[any]any](b, args[1]), hasOther)
}

func hasOther[K comparable](f *Frame, key K, entries map[any]any) (bool, *failure) {
	if !f.spend(keySteps) {
		return false, overspent
	}
	_, ok := entries[key]
	return ok, nil
}

// addLists is x + y, a list of its own.
func addLists(f *Frame, x, y []any) ([]any, *failure) {
	if !f.spend(listSteps + (len(x)+len(y))*elementSteps) {
		return nil, overspent
	}
	out := make([]any, 0, len(x)+len(y))
	return append(append(out, x...), y...), nil
}

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
		case !f.spend(mapSteps + len(v)*entrySteps):
			return false, overspent
		}
		// All entries are looked at, so that the order of the map decides nothing.
		all, worst := true, (*failure)(nil)
		for key, value := range v {
			if !f.touch(textLen(key)) {
				return false, overspent
			}
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

// textLen is the length of v if it is a string.
func textLen(v any) int {
	s, _ := v.(string)
	return len(s)
}
