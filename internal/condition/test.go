package condition

import (
	"cmp"
	"math"
	"strings"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
)

// A test is what most conditions are made of: a variable, or a field of one,
// held against something known at load.
type test struct {
	*reader
	op   testOp
	kind baseKind
	// want is what it is held against, ways how the value may stand to it.
	want slot
	ways side
	// same is whether the test is that the operation holds, or that it does not.
	same bool
}

type testOp uint8

const (
	isBits testOp = iota
	isText
	isDouble
	begins
	ends
	standsSigned
	standsUnsigned
	standsDouble
	// These are not of tests, but of the checks of a plan only.
	isThere
	isIn
	isLike
	isAmong
	includes
	stands
)

// test is the test that a node is; nil if it is none.
func (b *build) test(e ast.Expr) *test {
	if e.Kind() != ast.CallKind {
		if r := b.direct(e); r != nil {
			return &test{reader: r, kind: boolBase, want: slot{bits: 1}, same: true}
		}
		return nil
	}
	args := children(e)
	switch id := b.tree.GetOverloadIDs(e.ID())[0]; id {
	case overloads.LogicalNot:
		t := b.test(args[0])
		if t != nil {
			t.same = !t.same
		}
		return t
	case overloads.Equals, overloads.NotEquals:
		return b.equalityTest(args, id == overloads.Equals)
	case overloads.StartsWithString:
		return b.edgeTest(args, begins)
	case overloads.EndsWithString:
		return b.edgeTest(args, ends)
	}
	if ways, ok := orders[e.AsCall().FunctionName()]; ok {
		return b.orderTest(args, ways)
	}
	return nil
}

// orders are the ways in which values stand to each other, by the operators that
// ask for them.
var orders = map[string]side{
	operators.Less: below, operators.LessEquals: below | level,
	operators.Greater: above, operators.GreaterEquals: above | level,
}

// against finds the spot and the known scalar of two operands, and whether the
// spot is the second.
func (b *build) against(args []ast.Expr) (t *test, mirrored bool) {
	spot, v := args[0], b.known(args[1])
	if v == nil {
		spot, v, mirrored = args[1], b.known(args[0]), true
	}
	if v == nil {
		return nil, false
	}
	r := b.direct(spot)
	if r == nil {
		return nil, false
	}
	t = &test{reader: r, same: true}
	if t.want.set(v); t.want.kind == noBase || len(t.want.text) > wordBytes {
		return nil, false
	}
	t.kind = t.want.kind
	return t, mirrored
}

func (b *build) equalityTest(args []ast.Expr, same bool) *test {
	t, _ := b.against(args)
	if t == nil {
		return nil
	}
	t.same = same
	switch t.kind {
	case stringBase:
		t.op = isText
	case doubleBase:
		t.op = isDouble
	case timestampBase:
		t.op, t.ways = standsSigned, level
	}
	return t
}

func (b *build) edgeTest(args []ast.Expr, op testOp) *test {
	r := b.direct(args[0])
	if r == nil || !isShort(args[1]) {
		return nil
	}
	return &test{reader: r, op: op, kind: stringBase, want: slot{text: string(args[1].AsLiteral().(types.String))}, same: true}
}

func (b *build) orderTest(args []ast.Expr, ways side) *test {
	t, mirrored := b.against(args)
	if t == nil {
		return nil
	}
	if t.ways = ways; mirrored {
		t.ways = ways.mirrored()
	}
	switch t.kind {
	case intBase, durationBase, timestampBase:
		t.op = standsSigned
	case uintBase:
		t.op = standsUnsigned
	case doubleBase:
		t.op = standsDouble
	default:
		return nil
	}
	return t
}

// mirrored is how y stands to x where x stands to y in these ways.
func (ways side) mirrored() side {
	out := ways & level
	if ways&below != 0 {
		out |= above
	}
	if ways&above != 0 {
		out |= below
	}
	return out
}

// holds reports whether the test holds of a slot of its kind. No steps are
// taken: the literals are short.
func (t *test) holds(s *slot) bool {
	v := false
	switch t.op {
	case isBits:
		v = s.bits == t.want.bits
	case isText:
		v = s.text == t.want.text
	case begins:
		v = strings.HasPrefix(s.text, t.want.text)
	case ends:
		v = strings.HasSuffix(s.text, t.want.text)
	case standsSigned:
		v = t.ways&s.sideOf(&t.want) != 0
	case standsUnsigned:
		v = t.ways&sideOf(cmp.Compare(s.bits, t.want.bits)) != 0
	case isDouble:
		v = math.Float64frombits(s.bits) == math.Float64frombits(t.want.bits)
	case standsDouble:
		x, y := math.Float64frombits(s.bits), math.Float64frombits(t.want.bits)
		v = x < y && t.ways&below != 0 || x == y && t.ways&level != 0 || x > y && t.ways&above != 0
	}
	return v == t.same
}

// fn is the fn of one test.
func (t *test) fn() fn[bool] {
	at := t.at
	return func(f *Frame) (bool, *failure) {
		if s := at.find(f); s != nil && s.kind == t.kind {
			return t.holds(s), nil
		}
		return t.slowly(f)
	}
}

// slowly is the test of a value wherever it is held.
func (t *test) slowly(f *Frame) (bool, *failure) {
	at := t.at
	if len(at.path) > 1 {
		if s := at.follow(f); s != nil && s.kind == t.kind {
			return t.holds(s), nil
		}
	}
	var v any
	if o := f.object(at.variable); o != nil && len(at.path) == 1 {
		v = o.Field(at.path[0].name)
	} else {
		var why *failure
		if v, why = at.of(f); why != nil {
			return false, why
		}
	}
	s := slot{}
	switch x := v.(type) {
	case string:
		s.kind, s.text = stringBase, x
	case time.Time:
		s = slotOfTime(x)
	default:
		s.set(v)
	}
	if s.kind != t.kind {
		return false, t.wrong(v)
	}
	return t.holds(&s), nil
}

// join is && or || over any parts, but for what steps they take: an error in one
// does not matter where another decides.
func join(f *Frame, parts []fn[bool], end bool) (bool, *failure) {
	for i, part := range parts {
		v, why := part(f)
		if why != nil {
			return decided(f, end, why, parts[i+1:])
		}
		if v == end {
			return end, nil
		}
	}
	return !end, nil
}
