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
	overloads.Equals:                 func(b *build, args []ast.Expr) any { return b.equality(args[0], args[1], true) },
	overloads.NotEquals:              func(b *build, args []ast.Expr) any { return b.equality(args[0], args[1], false) },
	overloads.LessBool:               compared(compareBools, below),
	overloads.LessEqualsBool:         compared(compareBools, below|level),
	overloads.GreaterBool:            compared(compareBools, above),
	overloads.GreaterEqualsBool:      compared(compareBools, above|level),
	overloads.LessInt64:              ordered[int64](below),
	overloads.LessEqualsInt64:        ordered[int64](below | level),
	overloads.GreaterInt64:           ordered[int64](above),
	overloads.GreaterEqualsInt64:     ordered[int64](above | level),
	overloads.LessUint64:             ordered[uint64](below),
	overloads.LessEqualsUint64:       ordered[uint64](below | level),
	overloads.GreaterUint64:          ordered[uint64](above),
	overloads.GreaterEqualsUint64:    ordered[uint64](above | level),
	overloads.LessDouble:             ordered[float64](below),
	overloads.LessEqualsDouble:       ordered[float64](below | level),
	overloads.GreaterDouble:          ordered[float64](above),
	overloads.GreaterEqualsDouble:    ordered[float64](above | level),
	overloads.LessString:             compared(compareTexts, below),
	overloads.LessEqualsString:       compared(compareTexts, below|level),
	overloads.GreaterString:          compared(compareTexts, above),
	overloads.GreaterEqualsString:    compared(compareTexts, above|level),
	overloads.LessBytes:              compared(compareBytes, below),
	overloads.LessEqualsBytes:        compared(compareBytes, below|level),
	overloads.GreaterBytes:           compared(compareBytes, above),
	overloads.GreaterEqualsBytes:     compared(compareBytes, above|level),
	overloads.LessTimestamp:          orderedTimes(below),
	overloads.LessEqualsTimestamp:    orderedTimes(below | level),
	overloads.GreaterTimestamp:       orderedTimes(above),
	overloads.GreaterEqualsTimestamp: orderedTimes(above | level),
	overloads.LessDuration:           ordered[time.Duration](below),
	overloads.LessEqualsDuration:     ordered[time.Duration](below | level),
	overloads.GreaterDuration:        ordered[time.Duration](above),
	overloads.GreaterEqualsDuration:  ordered[time.Duration](above | level),
})

// equality is x == y, or x != y if same is false.
func (b *build) equality(x, y ast.Expr, same bool) fn[bool] {
	if t := b.equalityTest([]ast.Expr{x, y}, same); t != nil {
		return t.fn()
	}
	if g := b.loopTextsEqual(x, y, same); g != nil {
		return g
	}
	if same {
		return b.equal(x, y)
	}
	return not(b.equal(x, y))
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
		if isShort(y) {
			return equal[string](b, x, y)
		}
		return onTwo(expr[string](b, x), expr[string](b, y), equalText)
	case bytesBase:
		return onTwo(expr[[]byte](b, x), expr[[]byte](b, y), equalBytes)
	case timestampBase:
		return orderedTimes(level)(b, []ast.Expr{x, y}).(fn[bool])
	case listBase:
		if goType(t.Parameters()[0]) == stringBase {
			return onTwo(b.elements(x), b.elements(y), equalTexts)
		}
	}
	return onTwo(b.boxed(x), b.boxed(y), equality(t))
}

func equal[T comparable](b *build, x, y ast.Expr) fn[bool] {
	left, right := expr[T](b, x), expr[T](b, y)
	if isShort(y) {
		return equalTo(left, literalOf(right))
	}
	return onTwo(left, right, func(_ *Frame, x, y T) (bool, *failure) { return x == y, nil })
}

// isShort reports whether a node is a literal for which no steps are taken where
// text is compared with it: what is longer is told from it by its length.
func isShort(e ast.Expr) bool {
	text, ok := stringLiteral(e)
	return e.Kind() == ast.LiteralKind && (!ok || len(text) <= wordBytes)
}

// equalTo is x == want, of a literal that isShort.
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

func equalText(f *Frame, x, y string) (bool, *failure) {
	if len(x) == len(y) && !f.touch(len(x)) {
		return false, overspent
	}
	return x == y, nil
}

func equalBytes(f *Frame, x, y []byte) (bool, *failure) {
	if len(x) == len(y) && !f.touch(len(x)) {
		return false, overspent
	}
	return bytes.Equal(x, y), nil
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
		if t := b.orderTest(args, ways); t != nil {
			return t.fn()
		}
		return binary(func(_ *Frame, x, y T) (bool, *failure) {
			switch {
			case x < y:
				return ways&below != 0, nil
			case x > y:
				return ways&above != 0, nil
			}
			return x == y && ways&level != 0, nil
		})(b, args)
	}
}

// orderedTimes is ordered for timestamps.
func orderedTimes(ways side) builder {
	return func(b *build, args []ast.Expr) any {
		if t := b.orderTest(args, ways); t != nil {
			return t.fn()
		}
		return binary(func(_ *Frame, x, y time.Time) (bool, *failure) {
			return ways&sideOf(x.Compare(y)) != 0, nil
		})(b, args)
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
