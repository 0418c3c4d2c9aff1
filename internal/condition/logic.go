package condition

import (
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/overloads"
)

var _ = register(map[string]builder{
	overloads.LogicalAnd:  func(b *build, args []ast.Expr) any { return chain(b, args, operators.LogicalAnd, false) },
	overloads.LogicalOr:   func(b *build, args []ast.Expr) any { return chain(b, args, operators.LogicalOr, true) },
	overloads.LogicalNot:  negation,
	overloads.Conditional: conditional,
})

// chain is the fn of && or || over all its operands, those of the && or || in it
// included; end is what decides it. Operands that follow each other and are made
// of checks are one part.
func chain(b *build, args []ast.Expr, name string, end bool) fn[bool] {
	var parts []fn[bool]
	var checks []ast.Expr
	flush := func() {
		if len(checks) > 0 {
			plan, slow := b.plan(name, checks...)
			parts, checks = append(parts, plan.or(slow)), nil
		}
	}
	var add func(args []ast.Expr)
	add = func(args []ast.Expr) {
		for _, arg := range args {
			switch {
			case arg.Kind() == ast.CallKind && arg.AsCall().FunctionName() == name:
				add(arg.AsCall().Args())
			case b.isChecks(arg):
				checks = append(checks, arg)
			default:
				flush()
				parts = append(parts, expr[bool](b, arg))
			}
		}
	}
	add(args)
	flush()
	return chained(parts, end)
}

// chained is && or || over its parts.
func chained(parts []fn[bool], end bool) fn[bool] {
	x := parts[0]
	switch len(parts) {
	case 1:
		return x
	case 2:
		y := parts[1]
		return func(f *Frame) (bool, *failure) {
			v, why := x(f)
			if why != nil {
				return decided(f, end, why, parts[1:])
			}
			if v == end {
				return end, nil
			}
			return y(f)
		}
	}
	return func(f *Frame) (bool, *failure) { return join(f, parts, end) }
}

// decided is what && or || comes to after a part that failed: what any of the
// other parts decides, or else why there is nothing.
func decided(f *Frame, end bool, worst *failure, rest []fn[bool]) (bool, *failure) {
	for _, part := range rest {
		if f.steps < 0 {
			return false, overspent
		}
		v, why := part(f)
		if why != nil {
			worst = logically(worst, why)
		} else if v == end {
			return end, nil
		}
	}
	return false, worst
}

// negation is !x.
func negation(b *build, args []ast.Expr) any {
	if t := b.test(args[0]); t != nil {
		t.same = !t.same
		return t.fn()
	}
	return not(expr[bool](b, args[0]))
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
		return onTwo(expr[A](b, args[0]), expr[B](b, args[1]), op)
	}
}

// onTwo is the fn of an operation on two operands, both of which it needs.
func onTwo[A, B, R any](left fn[A], right fn[B], op func(f *Frame, x A, y B) (R, *failure)) fn[R] {
	return func(f *Frame) (R, *failure) {
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
	}
}
