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

	overloads.LessBool:          compared(compareBools, below),
	overloads.LessEqualsBool:    compared(compareBools, below|level),
	overloads.GreaterBool:       compared(compareBools, above),
	overloads.GreaterEqualsBool: compared(compareBools, above|level),

	overloads.LessInt64:          ordered[int64](below),
	overloads.LessEqualsInt64:    ordered[int64](below | level),
	overloads.GreaterInt64:       ordered[int64](above),
	overloads.GreaterEqualsInt64: ordered[int64](above | level),

	overloads.LessUint64:          ordered[uint64](below),
	overloads.LessEqualsUint64:    ordered[uint64](below | level),
	overloads.GreaterUint64:       ordered[uint64](above),
	overloads.GreaterEqualsUint64: ordered[uint64](above | level),

	overloads.LessDouble:          ordered[float64](below),
	overloads.LessEqualsDouble:    ordered[float64](below | level),
	overloads.GreaterDouble:       ordered[float64](above),
	overloads.GreaterEqualsDouble: ordered[float64](above | level),

	overloads.LessString:          compared(compareTexts, below),
	overloads.LessEqualsString:    compared(compareTexts, below|level),
	overloads.GreaterString:       compared(compareTexts, above),
	overloads.GreaterEqualsString: compared(compareTexts, above|level),

	overloads.LessBytes:          compared(compareBytes, below),
	overloads.LessEqualsBytes:    compared(compareBytes, below|level),
	overloads.GreaterBytes:       compared(compareBytes, above),
	overloads.GreaterEqualsBytes: compared(compareBytes, above|level),

	overloads.LessTimestamp:          orderedTimes(below),
	overloads.LessEqualsTimestamp:    orderedTimes(below | level),
	overloads.GreaterTimestamp:       orderedTimes(above),
	overloads.GreaterEqualsTimestamp: orderedTimes(above | level),

	overloads.LessDuration:          ordered[time.Duration](below),
	overloads.LessEqualsDuration:    ordered[time.Duration](below | level),
	overloads.GreaterDuration:       ordered[time.Duration](above),
	overloads.GreaterEqualsDuration: ordered[time.Duration](above | level),
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
		if y.Kind() == ast.LiteralKind {
			return equal[string](b, x, y)
		}
		return equalText(expr[string](b, x), expr[string](b, y))
	case bytesBase:
		return binary(func(f *Frame, x, y []byte) (bool, *failure) {
			if len(x) == len(y) && !f.touch(len(x)) {
				return false, overspent
			}
			return bytes.Equal(x, y), nil
		})(b, []ast.Expr{x, y}).(fn[bool])
	case timestampBase:
		return orderedTimes(level)(b, []ast.Expr{x, y}).(fn[bool])
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
	if y.Kind() == ast.LiteralKind {
		if x.Kind() == ast.SelectKind && !x.AsSelect().IsTestOnly() {
			if r := b.reader(x); r.field != nil {
				r.want = typeWords(b.tree.GetType(x.ID()))
				return fieldEqualTo(r, literalOf(right))
			}
		}
		return equalTo(left, literalOf(right))
	}
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

// equalTo is x == want. No steps are taken: what is longer than a literal can
// be is told from it by its length.
func equalTo[T comparable](x fn[T], want T) fn[bool] {
	return func(f *Frame) (bool, *failure) {
		v, why := x(f)
		return why == nil && v == want, why
	}
}

// literalOf is the value of a literal's fn.
func literalOf[T any](literal fn[T]) T {
	v, _ := literal(nil)
	return v
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

// A side is a set of the ways in which one value can stand to another. NaN
// stands in none of them to anything.
type side uint8

const (
	below side = 1 << iota
	level
	above
)

// sideOf is how a value stands to another, given their comparison.
func sideOf(c int) side { return level >> 1 << (c + 1) }

// ordered holds where x stands to y in one of the ways.
func ordered[T cmp.Ordered](ways side) builder {
	return func(b *build, args []ast.Expr) any {
		left, right := expr[T](b, args[0]), expr[T](b, args[1])
		return fn[bool](func(f *Frame) (bool, *failure) {
			x, why := left(f)
			if why != nil && why != unknown {
				return false, why
			}
			y, also := right(f)
			switch {
			case why != nil || also != nil:
				return false, strictly(why, also)
			case x < y:
				return ways&below != 0, nil
			case x > y:
				return ways&above != 0, nil
			}
			return x == y && ways&level != 0, nil
		})
	}
}

// orderedTimes is ordered for timestamps.
func orderedTimes(ways side) builder {
	return func(b *build, args []ast.Expr) any {
		left, right := expr[time.Time](b, args[0]), expr[time.Time](b, args[1])
		return fn[bool](func(f *Frame) (bool, *failure) {
			x, why := left(f)
			if why != nil && why != unknown {
				return false, why
			}
			y, also := right(f)
			if why != nil || also != nil {
				return false, strictly(why, also)
			}
			return ways&sideOf(x.Compare(y)) != 0, nil
		})
	}
}

// compared holds where x stands to y in one of the ways, for what < does not
// compare or what takes steps.
func compared[T any](compare func(f *Frame, x, y T) (int, *failure), ways side) builder {
	return binary(func(f *Frame, x, y T) (bool, *failure) {
		c, why := compare(f, x, y)
		return why == nil && ways&sideOf(c) != 0, why
	})
}

func compareBools(_ *Frame, x, y bool) (int, *failure) {
	switch {
	case x == y:
		return 0, nil
	case y:
		return -1, nil
	}
	return 1, nil
}

func compareTexts(f *Frame, x, y string) (int, *failure) {
	if !f.touch(min(len(x), len(y))) {
		return 0, overspent
	}
	return cmp.Compare(x, y), nil
}

func compareBytes(f *Frame, x, y []byte) (int, *failure) {
	if !f.touch(min(len(x), len(y))) {
		return 0, overspent
	}
	return bytes.Compare(x, y), nil
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
