package condition

import (
	"cmp"
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// A going is one loop: exists, all, exists_one, map or filter.
type going struct {
	// open lays out in the loop's local what it goes through, and returns how
	// much that is.
	open func(f *Frame, l *local) (int, *failure)
	// keyed is whether that is keys of a map that has strings for keys.
	keyed bool
	// depth is the loop's local, steps what each turn costs.
	depth, steps int
}

// loop is the fn of a loop. What kind of loop it is shows in how it starts.
func (b *build) loop(e ast.Expr) any {
	c := e.AsComprehension()
	t := b.tree.GetType(c.IterRange().ID())
	g := &going{
		open: b.opening(c.IterRange(), t), keyed: goType(t) == textMapBase,
		depth: len(b.scopes), steps: ast.NodeCount(ast.NewAST(c.LoopStep(), nil)),
	}
	b.scopes = append(b.scopes, scope{name: c.IterVar(), keyed: g.keyed})
	b.loops = max(b.loops, len(b.scopes))
	defer func() { b.scopes = b.scopes[:g.depth] }()
	args := c.LoopStep().AsCall().Args()
	if c.AccuInit().Kind() == ast.ListKind {
		return b.collecting(g, c.LoopStep())
	}
	switch c.AccuInit().AsLiteral() {
	case types.True:
		return g.all(expr[bool](b, args[1]))
	case types.False:
		return g.exists(expr[bool](b, args[1]))
	}
	return g.existsOne(expr[bool](b, args[0]))
}

// collecting is the fn of map, of map with a condition, and of filter, whose
// step is accu + [value], or condition ? accu + [value] : accu.
func (b *build) collecting(g *going, step ast.Expr) fn[[]any] {
	keep := constant(true)
	if step.AsCall().FunctionName() == operators.Conditional {
		keep = expr[bool](b, step.AsCall().Args()[0])
		step = step.AsCall().Args()[1]
	}
	return g.collect(keep, b.boxed(step.AsCall().Args()[1].AsList().Elements()[0]))
}

// opening lays out the elements of a list, or the keys of a map in their order.
func (b *build) opening(e ast.Expr, t *types.Type) func(f *Frame, l *local) (int, *failure) {
	switch goType(t) {
	case listBase:
		list := b.elements(e)
		return func(f *Frame, l *local) (int, *failure) {
			elements, why := list(f)
			l.list, l.texts = elements.boxed, elements.texts
			return elements.len(), why
		}
	case textMapBase:
		return openTextMap(expr[map[string]any](b, e))
	}
	m := expr[map[any]any](b, e)
	return func(f *Frame, l *local) (int, *failure) {
		entries, why := m(f)
		if why != nil {
			return 0, why
		}
		if !f.spend(listSteps + len(entries)*(elementSteps+bits.Len(uint(len(entries))))) {
			return 0, overspent
		}
		l.list, l.texts = slices.SortedFunc(maps.Keys(entries), compareKeys), nil
		return len(entries), nil
	}
}

// openTextMap sorts the keys where the Frame keeps room for them.
func openTextMap(m fn[map[string]any]) func(f *Frame, l *local) (int, *failure) {
	return func(f *Frame, l *local) (int, *failure) {
		entries, why := m(f)
		if why != nil {
			return 0, why
		}
		depth := bits.Len(uint(len(entries)))
		if !f.spend(len(entries) * depth) {
			return 0, overspent
		}
		l.keys = l.keys[:0]
		for key := range entries {
			if !f.touch(len(key) * depth) {
				return 0, overspent
			}
			l.keys = append(l.keys, key)
		}
		slices.Sort(l.keys)
		return len(entries), nil
	}
}

// compareKeys orders the keys of a map, which all have one type.
func compareKeys(x, y any) int {
	switch v := x.(type) {
	case int64:
		return cmp.Compare(v, y.(int64))
	case uint64:
		return cmp.Compare(v, y.(uint64))
	case bool:
		if w := y.(bool); v != w {
			return map[bool]int{true: 1, false: -1}[v]
		}
		return 0
	}
	panic(fmt.Sprintf("a map has no keys of type %T", x))
}

// turn makes the i-th element the loop's variable. It reports false where the
// steps are used up.
func (g *going) turn(f *Frame, i int) bool {
	f.locals[g.depth].turn(i, g.keyed)
	return f.spend(g.steps)
}

func (l *local) turn(i int, keyed bool) {
	switch {
	case keyed:
		l.key = l.keys[i]
	case l.texts != nil:
		l.key = l.texts[i]
	default:
		l.value = l.list[i]
	}
}

// element is the loop's variable.
func (l *local) element() any {
	if l.texts != nil {
		return l.key
	}
	return l.value
}

// exists is true as soon as the body is, whatever failed before.
func (g *going) exists(body fn[bool]) fn[bool] { return g.until(true, body) }

// all is false as soon as the body is, whatever failed before.
func (g *going) all(body fn[bool]) fn[bool] { return g.until(false, body) }

// until goes on to the first element for which the body is end.
func (g *going) until(end bool, body fn[bool]) fn[bool] {
	open, depth, steps, keyed := g.open, g.depth, int64(g.steps), g.keyed
	return func(f *Frame) (bool, *failure) {
		l := &f.locals[depth]
		n, worst := open(f, l)
		if worst != nil {
			return false, worst
		}
		for i := range n {
			if f.steps -= steps; f.steps < 0 {
				return false, overspent
			}
			switch {
			case keyed:
				l.key = l.keys[i]
			case l.texts != nil:
				l.key = l.texts[i]
			default:
				l.value = l.list[i]
			}
			v, why := body(f)
			if why != nil {
				worst = logically(worst, why)
			} else if v == end {
				if !end && !keyed && f.failing != nil {
					f.failing(owner(l.element()))
				}
				return end, nil
			}
		}
		return !end && worst == nil, worst
	}
}

// existsOne is true if the body is for one element. All are looked at: an error
// in any is one.
func (g *going) existsOne(body fn[bool]) fn[bool] {
	return func(f *Frame) (bool, *failure) {
		n, worst := g.open(f, &f.locals[g.depth])
		if worst != nil {
			return false, worst
		}
		found := 0
		for i := range n {
			if !g.turn(f, i) {
				return false, overspent
			}
			v, why := body(f)
			worst = strictly(worst, why)
			if v && why == nil {
				found++
			}
		}
		return found == 1 && worst == nil, worst
	}
}

// collect is the list of the values for the elements to keep.
func (g *going) collect(keep fn[bool], value fn[any]) fn[[]any] {
	return func(f *Frame) ([]any, *failure) {
		n, worst := g.open(f, &f.locals[g.depth])
		if worst != nil {
			return nil, worst
		}
		if !f.spend(listSteps + n/elementSteps) {
			return nil, overspent
		}
		out := make([]any, 0, n)
		for i := range n {
			if !g.turn(f, i) {
				return nil, overspent
			}
			kept, why := keep(f)
			worst = strictly(worst, why)
			if !kept || why != nil {
				continue
			}
			if !f.spend(elementSteps) {
				return nil, overspent
			}
			v, why := value(f)
			worst = strictly(worst, why)
			out = append(out, v)
		}
		if worst != nil {
			return nil, worst
		}
		return out, nil
	}
}
