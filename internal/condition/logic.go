package condition

import (
	"bytes"
	"cmp"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
)

var _ = register(map[string]builder{
	overloads.LogicalAnd:  func(b *build, args []ast.Expr) any { return chain(b, args, and) },
	overloads.LogicalOr:   func(b *build, args []ast.Expr) any { return chain(b, args, or) },
	overloads.LogicalNot:  func(b *build, args []ast.Expr) any { return not(expr[bool](b, args[0])) },
	overloads.Conditional: conditional,
	overloads.Equals:      func(b *build, args []ast.Expr) any { return b.equal(args[0], args[1]) },
	overloads.NotEquals:   func(b *build, args []ast.Expr) any { return not(b.equal(args[0], args[1])) },

	overloads.LessBool: order[bool](func(x, y bool) bool { return !x && y }), overloads.LessEqualsBool: order[bool](func(x, y bool) bool { return !x || y }),
	overloads.GreaterBool: order[bool](func(x, y bool) bool { return x && !y }), overloads.GreaterEqualsBool: order[bool](func(x, y bool) bool { return x || !y }),
	overloads.LessInt64: less[int64], overloads.LessEqualsInt64: lessEqual[int64],
	overloads.GreaterInt64: greater[int64], overloads.GreaterEqualsInt64: greaterEqual[int64],
	overloads.LessUint64: less[uint64], overloads.LessEqualsUint64: lessEqual[uint64],
	overloads.GreaterUint64: greater[uint64], overloads.GreaterEqualsUint64: greaterEqual[uint64],
	overloads.LessDouble: less[float64], overloads.LessEqualsDouble: lessEqual[float64],
	overloads.GreaterDouble: greater[float64], overloads.GreaterEqualsDouble: greaterEqual[float64],
	overloads.LessString: orderText(func(c int) bool { return c < 0 }), overloads.LessEqualsString: orderText(func(c int) bool { return c <= 0 }),
	overloads.GreaterString: orderText(func(c int) bool { return c > 0 }), overloads.GreaterEqualsString: orderText(func(c int) bool { return c >= 0 }),
	overloads.LessBytes: orderBytes(func(c int) bool { return c < 0 }), overloads.LessEqualsBytes: orderBytes(func(c int) bool { return c <= 0 }),
	overloads.GreaterBytes: orderBytes(func(c int) bool { return c > 0 }), overloads.GreaterEqualsBytes: orderBytes(func(c int) bool { return c >= 0 }),
	overloads.LessTimestamp: order[time.Time](time.Time.Before), overloads.LessEqualsTimestamp: order[time.Time](func(x, y time.Time) bool { return !x.After(y) }),
	overloads.GreaterTimestamp: order[time.Time](time.Time.After), overloads.GreaterEqualsTimestamp: order[time.Time](func(x, y time.Time) bool { return !x.Before(y) }),
	overloads.LessDuration: less[time.Duration], overloads.LessEqualsDuration: lessEqual[time.Duration],
	overloads.GreaterDuration: greater[time.Duration], overloads.GreaterEqualsDuration: greaterEqual[time.Duration],
})

// chain folds && or || over its operands.
func chain(b *build, args []ast.Expr, join func(x, y fn[bool]) fn[bool]) fn[bool] {
	out := expr[bool](b, args[0])
	for _, arg := range args[1:] {
		out = join(out, expr[bool](b, arg))
	}
	return out
}

// and is false if either side is, whatever becomes of the other.
func and(x, y fn[bool]) fn[bool] {
	return func(f *Frame) (bool, *failure) {
		left, why := x(f)
		if why == nil {
			if !left {
				return false, nil
			}
			return y(f)
		}
		right, also := y(f)
		if also == nil && !right {
			return false, nil
		}
		return false, logically(why, also)
	}
}

// or is true if either side is, whatever becomes of the other.
func or(x, y fn[bool]) fn[bool] {
	return func(f *Frame) (bool, *failure) {
		left, why := x(f)
		if why == nil {
			if left {
				return true, nil
			}
			return y(f)
		}
		right, also := y(f)
		if also == nil && right {
			return true, nil
		}
		return false, logically(why, also)
	}
}

func not(x fn[bool]) fn[bool] {
	return func(f *Frame) (bool, *failure) {
		v, why := x(f)
		return !v && why == nil, why
	}
}

// conditional is c ? x : y.
func conditional(b *build, args []ast.Expr) any {
	c := expr[bool](b, args[0])
	x, y := b.node(args[1]), b.node(args[2])
	switch x := x.(type) {
	case fn[bool]:
		return choose(c, x, y.(fn[bool]))
	case fn[int64]:
		return choose(c, x, y.(fn[int64]))
	case fn[uint64]:
		return choose(c, x, y.(fn[uint64]))
	case fn[float64]:
		return choose(c, x, y.(fn[float64]))
	case fn[string]:
		return choose(c, x, y.(fn[string]))
	case fn[[]byte]:
		return choose(c, x, y.(fn[[]byte]))
	case fn[time.Time]:
		return choose(c, x, y.(fn[time.Time]))
	case fn[time.Duration]:
		return choose(c, x, y.(fn[time.Duration]))
	case fn[Object]:
		return choose(c, x, y.(fn[Object]))
	case fn[[]any]:
		return choose(c, x, y.(fn[[]any]))
	case fn[map[string]any]:
		return choose(c, x, y.(fn[map[string]any]))
	}
	return choose(c, x.(fn[map[any]any]), y.(fn[map[any]any]))
}

func choose[T any](c fn[bool], x, y fn[T]) fn[T] {
	return func(f *Frame) (T, *failure) {
		yes, why := c(f)
		switch {
		case why == nil && yes:
			return x(f)
		case why == nil:
			return y(f)
		}
		var none T
		if why == unknown {
			// Where both sides are errors, so is every completion.
			_, left := x(f)
			_, right := y(f)
			if left != nil && left != unknown && right != nil && right != unknown {
				return none, left
			}
		}
		return none, why
	}
}

// equal is x == y, for two values of one type.
func (b *build) equal(x, y ast.Expr) fn[bool] {
	t := b.tree.GetType(x.ID())
	switch goType(t) {
	case boolBase:
		return equal[bool](b, x, y)
	case intBase:
		return equal[int64](b, x, y)
	case uintBase:
		return equal[uint64](b, x, y)
	case doubleBase:
		return equal[float64](b, x, y)
	case durationBase:
		return equal[time.Duration](b, x, y)
	case stringBase:
		return equalText(expr[string](b, x), expr[string](b, y))
	case bytesBase:
		return binary(func(f *Frame, x, y []byte) (bool, *failure) {
			if len(x) == len(y) && !f.touch(len(x)) {
				return false, overspent
			}
			return bytes.Equal(x, y), nil
		})(b, []ast.Expr{x, y}).(fn[bool])
	case timestampBase:
		return order[time.Time](time.Time.Equal)(b, []ast.Expr{x, y}).(fn[bool])
	}
	left, right, same := b.boxed(x), b.boxed(y), equality(t)
	return func(f *Frame) (bool, *failure) {
		v, why := left(f)
		if why != nil && why != unknown {
			return false, why
		}
		w, also := right(f)
		if why != nil || also != nil {
			return false, strictly(why, also)
		}
		return same(f, v, w)
	}
}

func equal[T comparable](b *build, x, y ast.Expr) fn[bool] {
	left, right := expr[T](b, x), expr[T](b, y)
	return func(f *Frame) (bool, *failure) {
		v, why := left(f)
		if why != nil && why != unknown {
			return false, why
		}
		w, also := right(f)
		if why != nil || also != nil {
			return false, strictly(why, also)
		}
		return v == w, nil
	}
}

func equalText(left, right fn[string]) fn[bool] {
	return func(f *Frame) (bool, *failure) {
		v, why := left(f)
		if why != nil && why != unknown {
			return false, why
		}
		w, also := right(f)
		if why != nil || also != nil {
			return false, strictly(why, also)
		}
		if len(v) == len(w) && !f.touch(len(v)) {
			return false, overspent
		}
		return v == w, nil
	}
}

// order is a comparison of two values of one type.
func order[T any](holds func(x, y T) bool) builder {
	return binary(func(_ *Frame, x, y T) (bool, *failure) { return holds(x, y), nil })
}

func less[T cmp.Ordered](b *build, args []ast.Expr) any {
	return binary(func(_ *Frame, x, y T) (bool, *failure) { return x < y, nil })(b, args)
}

func lessEqual[T cmp.Ordered](b *build, args []ast.Expr) any {
	return binary(func(_ *Frame, x, y T) (bool, *failure) { return x <= y, nil })(b, args)
}

func greater[T cmp.Ordered](b *build, args []ast.Expr) any {
	return binary(func(_ *Frame, x, y T) (bool, *failure) { return x > y, nil })(b, args)
}

func greaterEqual[T cmp.Ordered](b *build, args []ast.Expr) any {
	return binary(func(_ *Frame, x, y T) (bool, *failure) { return x >= y, nil })(b, args)
}

func orderText(holds func(c int) bool) builder {
	return binary(func(f *Frame, x, y string) (bool, *failure) {
		if !f.touch(min(len(x), len(y))) {
			return false, overspent
		}
		return holds(cmp.Compare(x, y)), nil
	})
}

func orderBytes(holds func(c int) bool) builder {
	return binary(func(f *Frame, x, y []byte) (bool, *failure) {
		if !f.touch(min(len(x), len(y))) {
			return false, overspent
		}
		return holds(bytes.Compare(x, y)), nil
	})
}

// unary is the builder of an operation on one operand.
func unary[A, R any](op func(f *Frame, x A) (R, *failure)) builder {
	return func(b *build, args []ast.Expr) any {
		operand := expr[A](b, args[0])
		return fn[R](func(f *Frame) (R, *failure) {
			x, why := operand(f)
			if why != nil {
				var none R
				return none, why
			}
			return op(f, x)
		})
	}
}

// binary is the builder of an operation on two operands.
func binary[A, B, R any](op func(f *Frame, x A, y B) (R, *failure)) builder {
	return func(b *build, args []ast.Expr) any {
		left, right := expr[A](b, args[0]), expr[B](b, args[1])
		return fn[R](func(f *Frame) (R, *failure) {
			var none R
			x, why := left(f)
			if why != nil && why != unknown {
				return none, why
			}
			y, also := right(f)
			if why != nil || also != nil {
				return none, strictly(why, also)
			}
			return op(f, x, y)
		})
	}
}

// equality compares two boxed values of a type. A value that is not of the type
// is a failure, not a difference.
func equality(t *types.Type) func(f *Frame, x, y any) (bool, *failure) {
	switch goType(t) {
	case boolBase:
		return same[bool]
	case intBase:
		return same[int64]
	case uintBase:
		return same[uint64]
	case doubleBase:
		return same[float64]
	case durationBase:
		return same[time.Duration]
	case stringBase:
		return sameText
	case bytesBase:
		return sameBytes
	case timestampBase:
		return sameTime
	case listBase:
		return sameList(equality(t.Parameters()[0]))
	case textMapBase:
		return sameMap[string](equality(t.Parameters()[1]))
	}
	return sameMap[any](equality(t.Parameters()[1]))
}
