package condition

import (
	"fmt"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// A builder makes the fn of a call of one overload from the arguments.
type builder func(b *build, args []ast.Expr) any

// builders are the builders of all admitted overloads.
var builders = map[string]builder{}

// register adds to the builders.
func register(more map[string]builder) struct{} {
	for overload, make := range more {
		builders[overload] = make
	}
	return struct{}{}
}

// A build turns a checked tree into fns.
type build struct {
	env  *Env
	tree *ast.AST
	// patterns and zones are those that were made when the condition was read.
	patterns map[string]*pattern
	zones    map[string]*time.Location
	// scopes are the variables of the loops around the current node, the
	// innermost last.
	scopes []scope
	// loops is the greatest number of loops, one in the other.
	loops int
	// slow is whether the fns are to do without plans.
	slow bool
}

// A scope is the variable of one loop.
type scope struct {
	name string
	// keyed is whether the variable is the key of a map with strings for keys.
	keyed bool
}

// expr is the fn of a node whose type's canonical values are Ts.
func expr[T any](b *build, e ast.Expr) fn[T] { return b.node(e).(fn[T]) }

// node is the fn of a node, a fn[T] for the T of the node's type.
func (b *build) node(e ast.Expr) any {
	switch e.Kind() {
	case ast.LiteralKind:
		return constantOf(e.AsLiteral())
	case ast.IdentKind, ast.SelectKind:
		return b.read(e)
	case ast.CallKind:
		if plan, slow := b.plan(operators.LogicalAnd, e); plan != nil {
			return plan.or(slow)
		}
		return b.call(e)
	case ast.ListKind:
		return b.list(e)
	case ast.MapKind:
		return b.mapping(e)
	case ast.ComprehensionKind:
		return b.loop(e)
	}
	panic(fmt.Sprintf("no node of kind %d is admitted", e.Kind()))
}

func constantOf(v ref.Val) any {
	switch v := v.(type) {
	case types.Bool:
		return constant(bool(v))
	case types.Int:
		return constant(int64(v))
	case types.Uint:
		return constant(uint64(v))
	case types.Double:
		return constant(float64(v))
	case types.String:
		return constant(string(v))
	case types.Bytes:
		return constant([]byte(v))
	}
	panic(fmt.Sprintf("no literal of type %s is admitted", v.Type().TypeName()))
}

// call is the fn of an operator or a function.
func (b *build) call(e ast.Expr) any {
	overload := b.tree.GetOverloadIDs(e.ID())[0]
	if i, ok := functionOf(overload); ok {
		return asType(newReader(b.env.funcs[i].Name, b.apply(e, b.env.funcs[i])), b.tree.GetType(e.ID()))
	}
	make, ok := builders[overload]
	if !ok {
		panic(fmt.Sprintf("%s is not admitted", overload))
	}
	return make(b, children(e))
}

// boxed is the fn of a node as a value of any type. What is boxed where it comes
// from is not boxed again.
func (b *build) boxed(e ast.Expr) fn[any] {
	if e.Kind() == ast.IdentKind || e.Kind() == ast.SelectKind && !e.AsSelect().IsTestOnly() {
		if r := b.reader(e); r != nil {
			return checked(r, b.tree.GetType(e.ID()))
		}
	}
	return box(b.node(e))
}

// checked is what r reads, known to be of the type, but not unboxed.
func checked(r *reader, t *types.Type) fn[any] {
	is := isType(t)
	r.want = typeWords(t)
	return func(f *Frame) (any, *failure) {
		v, why := r.raw(f)
		if why == nil && !is(v) {
			why = r.wrong(v)
		}
		return v, why
	}
}

// isType reports of a value whether it is of the type, without looking into
// lists and maps.
func isType(t *types.Type) func(v any) bool {
	switch goType(t) {
	case boolBase:
		return is[bool]
	case intBase:
		return is[int64]
	case uintBase:
		return is[uint64]
	case doubleBase:
		return is[float64]
	case stringBase:
		return is[string]
	case bytesBase:
		return is[[]byte]
	case timestampBase:
		return is[time.Time]
	case durationBase:
		return is[time.Duration]
	case objectBase:
		return is[Object]
	case listBase:
		return is[[]any]
	case textMapBase:
		return is[map[string]any]
	}
	return is[map[any]any]
}

func is[T any](v any) bool { _, ok := v.(T); return ok }

// box makes a fn of any type a fn of any value.
func box(typed any) fn[any] {
	switch g := typed.(type) {
	case fn[bool]:
		return boxOf(g)
	case fn[int64]:
		return boxOf(g)
	case fn[uint64]:
		return boxOf(g)
	case fn[float64]:
		return boxOf(g)
	case fn[string]:
		return boxOf(g)
	case fn[[]byte]:
		return boxOf(g)
	case fn[time.Time]:
		return boxOf(g)
	case fn[time.Duration]:
		return boxOf(g)
	case fn[Object]:
		return boxOf(g)
	case fn[[]any]:
		return boxOf(g)
	case fn[map[string]any]:
		return boxOf(g)
	}
	return boxOf(typed.(fn[map[any]any]))
}

func boxOf[T any](g fn[T]) fn[any] {
	return func(f *Frame) (any, *failure) {
		v, why := g(f)
		if why != nil {
			return nil, why
		}
		return v, nil
	}
}

// The kinds of Go values beyond the bases of Types.
const (
	listBase baseKind = objectBase + 1 + iota
	textMapBase
	otherMapBase
)

// goType says what Go type the canonical values of a type have.
func goType(t *types.Type) baseKind {
	switch t.Kind() {
	case types.ListKind:
		return listBase
	case types.MapKind:
		if t.Parameters()[0].Kind() == types.StringKind {
			return textMapBase
		}
		return otherMapBase
	case types.StructKind:
		return objectBase
	}
	for base, scalar := range celScalars {
		if t.Kind() == scalar.Kind() {
			return base
		}
	}
	panic(fmt.Sprintf("no value has the type %s", t))
}

// asType is what r reads as a fn of the Go type of t's values.
func asType(r *reader, t *types.Type) any {
	r.want = typeWords(t)
	switch goType(t) {
	case boolBase:
		return readBool(r)
	case intBase:
		return readBits[int64](r, intBase)
	case uintBase:
		return readBits[uint64](r, uintBase)
	case doubleBase:
		return readDouble(r)
	case stringBase:
		return readText(r)
	case bytesBase:
		return held[[]byte](r)
	case timestampBase:
		return readTime(r)
	case durationBase:
		return readBits[time.Duration](r, durationBase)
	case objectBase:
		return held[Object](r)
	case listBase:
		return held[[]any](r)
	case textMapBase:
		return held[map[string]any](r)
	}
	return held[map[any]any](r)
}
