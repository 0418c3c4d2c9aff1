package condition

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A completion is a thing whose pending fields are known after all.
type completion struct {
	of    *thing
	known map[string]any
}

func complete(of *thing) *completion { return &completion{of: of, known: map[string]any{}} }

func (o *completion) Field(name string) any {
	v, ok := o.known[name]
	if !ok {
		v = completed(&values{chooser: o.of.made.chooser}, o.of.Field(name), thingFields[name], o.of.depth)
		o.known[name] = v
	}
	return v
}

// completed is v, or a value that may be Absent where v is Pending.
func completed(made *values, v any, t Type, depth int) any {
	switch v := v.(type) {
	case State:
		if v == Pending {
			return made.field(t, depth)
		}
	case *thing:
		return complete(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = completed(made, e, t.Elem(), depth)
		}
		return out
	}
	return v
}

func completeInput(in Input, made *values) Input {
	world := record{}
	types := map[string]Type{"objects": ListOf(ObjectOf("thing")), "ints": ListOf(Int), "near": Bool, "count": Int}
	for _, name := range []string{"objects", "ints", "near", "count"} {
		world[name] = completed(made, in.World.(record)[name], types[name], 1)
	}
	return Input{Vars: []any{completed(made, in.Vars[0], Type{}, 2), completed(made, in.Vars[1], Type{}, 2), in.Vars[2], in.Vars[3]}, World: world}
}

// checkUnknowns compares what a condition comes to with what it comes to when
// everything pending is known.
func checkUnknowns(t require.TestingT, e *Env, choose chooser, outcomes map[Outcome]int) {
	g := &texts{chooser: choose, used: map[string]int{}}
	text := g.expr(Bool, 1+choose.IntN(6))
	p, faults := e.Compile(text)
	require.Empty(t, faults, text)
	for range 4 {
		in := (&values{chooser: choose, pending: 30}).input()
		partial, err := p.Eval(in)
		outcomes[partial]++
		for range 4 {
			full, why := p.Eval(completeInput(in, &values{chooser: choose}))
			require.NotEqual(t, Unknown, full, "%s: nothing is pending any more", text)
			if partial != Unknown {
				require.Equal(t, partial, full, "%s\nwas decided: %v\nbut a completion says: %v", text, err, why)
			}
		}
	}
}

// What is decided while something is pending is decided for good: True, False
// and Error are what every completion comes to.
func TestWhatIsDecidedStaysDecided(t *testing.T) {
	e := generated()
	outcomes := map[Outcome]int{}
	rapid.Check(t, func(rt *rapid.T) { checkUnknowns(rt, e, shrinking{rt}, outcomes) })
	for choose := newRandom(rand.Uint64()); outcomes[Unknown] < max(pairs/10, 1000); {
		checkUnknowns(t, e, choose, outcomes)
	}
	t.Logf("outcomes: %v", outcomes)
	for _, o := range []Outcome{True, False, Error, Unknown} {
		assert.Greater(t, outcomes[o], 100, "outcome %d", o)
	}
}

// Unknown is not said where every completion is the same error or value: an
// error in an operand that counts beats a pending one.
func TestAnErrorThatIsCertainBeatsWhatIsPending(t *testing.T) {
	e, err := NewEnv([]ObjectType{{Name: "thing", Fields: thingFields}}, []Variable{{"x", ObjectOf("thing")}}, nil, Limits{})
	require.NoError(t, err)
	in := Input{Vars: []any{plain{"i": Pending, "b": Pending, "s": Pending, "is": Pending, "mi": Pending}}}
	for text, want := range map[string]Outcome{
		`x.i == x.j`: Error, `x.j == x.i`: Error, `x.i < x.j`: Error, `x.i + x.j > 0`: Error, `x.j in x.is`: Error, `x.i in x.us.map(u, int(u))`: Error,
		`[x.i, x.j] == [1]`: Error, `{"a": x.i, "b": x.j} == {"a": 1}`: Error, `x.mi[x.t] == 1`: Error, `x.is[x.j] == 1`: Error,
		`x.b ? x.c : x.j == 1`: Error, `x.b ? true : x.c`: Unknown, `x.b ? true : true`: Unknown, `x.s.contains(x.t)`: Error,
		`[1, 2].exists_one(v, v == 1 ? x.b : x.c)`: Error, `[1, 2].map(v, v == 1 ? x.i : x.j) == []`: Error,
		`[1, 2].filter(v, v == 1 ? x.b : x.c) == []`: Error, `[1, 2].exists(v, v == 1 ? x.b : x.c)`: Unknown,
		`x.b && x.c`: Unknown, `x.c && x.b`: Unknown, `x.b || x.c`: Unknown, `x.c || x.b`: Unknown, `x.is.exists(v, x.c)`: Unknown,
		`has(x.i)`: Unknown, `has(x.j)`: False, `has(x.mi.a)`: Unknown, `has(x.ms.a)`: Error, `!x.b`: Unknown, `x.b && false`: False, `true || x.b`: True,
	} {
		p, faults := e.Compile(text)
		require.Empty(t, faults, text)
		got, why := p.Eval(in)
		assert.Equal(t, want, got, "%s: %v", text, why)
	}
}

// The same of every operator on two operands, whichever of them is certain.
func TestACertainErrorBeatsWhatIsPendingInEveryOperator(t *testing.T) {
	compared := 0
	for _, left := range comparableTypes {
		for _, right := range append([]Type{ListOf(left), MapOf(left)}, comparableTypes...) {
			for _, op := range []string{"==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "in"} {
				p, faults := edgeEnv(t, left, right).Compile("[a " + op + " b] != [a " + op + " b]")
				if len(faults) > 0 {
					continue
				}
				for _, vars := range [][]any{{Pending, Absent}, {Absent, Pending}} {
					out, err := p.Eval(Input{Vars: vars})
					require.Equal(t, Error, out, "%s %s %s: %v", left, op, right, err)
				}
				out, _ := p.Eval(Input{Vars: []any{Pending, Pending}})
				require.Equal(t, Unknown, out, "%s %s %s", left, op, right)
				compared++
			}
		}
	}
	assert.Greater(t, compared, 100)
}
