package condition

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A splitCount counts what was split and compared.
type splitCount struct {
	outcomes map[Outcome]int
	// parts counts conditions by whether they were left whole, were split, or
	// came to a constant.
	whole, split, constant, dear int
}

// checkResidual splits a condition, and compares what is left with it.
func checkResidual(t require.TestingT, e *Env, choose chooser, count *splitCount, pending int) {
	text := (&texts{chooser: choose, used: map[string]int{}}).expr(Bool, 1+choose.IntN(7))
	p, faults := e.Compile(text)
	require.Empty(t, faults, text)
	place := choose.IntN(2)
	r := p.Residual([]string{"x", "y"}[place], nil)
	switch {
	case len(r.known) == 0:
		count.whole++
	case r.term.Kind == Parameter:
		count.constant++
	default:
		count.split++
	}
	for range 4 {
		in := (&values{chooser: choose, pending: pending}).input()
		want, why := p.Eval(in)
		values, err := r.Values(in)
		if err != nil {
			require.ErrorIs(t, err, ErrCost)
			count.dear++
			continue
		}
		count.outcomes[want]++
		got, also := r.Eval(in.Vars[place], values, in.World)
		require.Equal(t, want, got, "%s\nover %v: %v\nleft: %s\nover %v: %v", text, in, why, r.Term(), values, also)
		checkTerm(t, e, in, r.Term().With(values), want, text)
	}
}

// checkTerm compiles what a Term says of itself: it is the same condition.
func checkTerm(t require.TestingT, e *Env, in Input, left *Term, want Outcome, text string) {
	said := left.String()
	p, faults := e.Compile(said)
	if len(faults) > 0 && strings.HasPrefix(faults[0].Message, "nothing says what type") {
		return // a [] that had its type from the other side of a ?: that is gone
	}
	require.Empty(t, faults, "%s\nis left of %s", said, text)
	got, why := p.Eval(in)
	require.Equal(t, want, got, "%s\nis left of %s\nover %v: %v", said, text, in, why)
	if left.Kind == Constant {
		require.Equal(t, left.Value == true, got == True, text)
	}
}

// Splitting a condition and evaluating what is left comes to what evaluating it
// comes to; so does what is left, said as CEL.
func TestWhatIsLeftIsTheCondition(t *testing.T) {
	e := generated()
	count := &splitCount{outcomes: map[Outcome]int{}}
	rapid.Check(t, func(rt *rapid.T) { checkResidual(rt, e, shrinking{rt}, count, 0) })
	rapid.Check(t, func(rt *rapid.T) { checkResidual(rt, e, shrinking{rt}, count, 20) })
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for choose := newRandom(seed); count.split < max(pairs/400, 1000); {
		checkResidual(t, e, choose, count, 0)
	}
	t.Logf("%+v", *count)
	assert.Greater(t, count.outcomes[Error], 100)
	assert.Greater(t, count.outcomes[True], 100)
	assert.Greater(t, count.outcomes[False], 100)
	assert.Greater(t, count.outcomes[Unknown], 100)
}

// What is left of conditions, with and without the values of what is known.
func TestWhatIsLeft(t *testing.T) {
	e, err := NewEnv([]ObjectType{
		{Name: "user", Fields: map[string]Type{"id": String, "grade": Int, "agencies": ListOf(String), "none": ListOf(String), "marks": MapOf(Int), "blank": MapOf(Int)}},
		{Name: "case", Fields: map[string]Type{
			"type": String, "status": String, "assignees": ListOf(String), "labels": MapOf(String), "owner": ObjectOf("user"), "n": Int, "score": Double, "open": Bool,
		}},
	}, []Variable{{"user", ObjectOf("user")}, {"now", Timestamp}, {"resource", ObjectOf("case")}}, []Function{
		{Name: "assigned", Params: []Type{ObjectOf("case")}, Result: Bool, Call: func(any, []any) (any, error) { return true, nil }},
	}, Limits{})
	require.NoError(t, err)
	in := Input{Vars: []any{
		plain{"id": `ann "a" \`, "agencies": []any{"a1", "a2"}, "none": []any{}, "marks": map[string]any{"b": int64(2), "a": int64(1)}, "blank": map[string]any{}}, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Pending,
	}}
	for _, c := range []struct{ text, split, left string }{
		{`user.id in resource.assignees`, `user.id in resource.assignees`, `"ann \"a\" \\" in resource.assignees`},
		{`assigned(resource)`, `assigned(resource)`, `assigned(resource)`},
		{`user.id == "ann" || assigned(resource)`, `user.id == "ann" || assigned(resource)`, `assigned(resource)`},
		{`user.id != "ann" || assigned(resource)`, `user.id != "ann" || assigned(resource)`, `true`},
		{`resource.type == "case"`, `true`, `true`},
		{`resource.type == "other" && resource.n > 1`, `false`, `false`},
		{`resource.n > user.grade`, `resource.n > user.grade`, `resource.n > user.grade`},
		{`user.grade > 1 && resource.n > 1`, `user.grade > 1 && resource.n > 1`, `user.grade > 1 && resource.n > 1`},
		{`user.grade > 1 && resource.n > 1 && 1 > 2`, `false`, `false`},
		{`!(user.id == "x") && !(resource.n < -1)`, `!(user.id == "x") && !(resource.n < -1)`, `!(resource.n < -1)`},
		{`(user.id == "x" ? resource.n : resource.n + 1) - (1 - 2) > 7`, `(user.id == "x" ? resource.n : resource.n + 1) - -1 > 7`, `resource.n + 1 - -1 > 7`},
		{`user.agencies.exists(a, a in resource.assignees && a != user.id)`,
			`user.agencies.exists(a, a in resource.assignees && a != user.id)`,
			`["a1", "a2"].exists(a, a in resource.assignees && a != "ann \"a\" \\")`},
		{`user.agencies.exists(a, a == "a1") && has(resource.labels.ward)`,
			`user.agencies.exists(a, a == "a1") && has(resource.labels.ward)`, `has(resource.labels.ward)`},
		{`resource.assignees.filter(a, a != user.id).map(a, a != "", a + "!") == ["x!"]`,
			`resource.assignees.filter(a, a != user.id).map(a, a != "", a + "!") == ["x!"]`,
			`resource.assignees.filter(a, a != "ann \"a\" \\").map(a, a != "", a + "!") == ["x!"]`},
		{`now - duration("1h") < timestamp("2027-01-01T00:00:00Z") || resource.status.startsWith("o")`,
			`now - duration("1h") < timestamp("2027-01-01T00:00:00Z") || resource.status.startsWith("o")`, `true`},
		{`now.getHours("Asia/Tokyo") == resource.n`, `now.getHours("Asia/Tokyo") == resource.n`, `9 == resource.n`},
		{`resource.labels[user.id] == {"a": "b"}["a"]`, `resource.labels[user.id] == "b"`, `resource.labels["ann \"a\" \\"] == "b"`},
		{`[resource, resource].exists(user, user.n > 1 && user.type == "case")`,
			`[resource, resource].exists(user, user.n > 1 && user.type == "case")`, `[resource, resource].exists(user, user.n > 1 && user.type == "case")`},
		{`1 / 0 == 1 || resource.open`, `1 / 0 == 1 || resource.open`, `1 / 0 == 1 || resource.open`},
		{`has(resource.type)`, `has(resource.type)`, `has(resource.type)`},
		{`user.agencies.exists(a, resource.type == "case" && a in resource.assignees)`,
			`user.agencies.exists(a, a in resource.assignees)`, `["a1", "a2"].exists(a, a in resource.assignees)`},
		{`resource.n - (resource.n - 1) > 7`, `resource.n - (resource.n - 1) > 7`, `resource.n - (resource.n - 1) > 7`},
		{`resource.n > 1 && (resource.n > 2 && resource.n > 3)`, `resource.n > 1 && resource.n > 2 && resource.n > 3`, `resource.n > 1 && resource.n > 2 && resource.n > 3`},
		{`resource.open || (user.id == "a" || (user.grade > 1 || user.id == "b"))`,
			`resource.open || (user.id == "a" || user.grade > 1 || user.id == "b")`, `resource.open || (user.id == "a" || user.grade > 1 || user.id == "b")`},
		{`resource.open && (user.id != "a" && (user.grade > 1 && user.id != "b"))`,
			`resource.open && (user.id != "a" && user.grade > 1 && user.id != "b")`, `resource.open && (user.id != "a" && user.grade > 1 && user.id != "b")`},
		{`user.agencies.exists(b, resource.assignees.map(a, a != "x", b) == ["x"])`, `user.agencies.exists(b, resource.assignees.map(a, a != "x", b) == ["x"])`,
			`["a1", "a2"].exists(b, resource.assignees.map(a, a != "x", b) == ["x"])`},
		{`!(resource.n > 1 || user.id != "x")`, `!(resource.n > 1 || user.id != "x")`, `false`},
		{`int(user.id != "x" ? "7" : resource.status) == resource.n`, `int(user.id != "x" ? "7" : resource.status) == resource.n`, `7 == resource.n`},
		{`int(user.id != "x" ? "z" : resource.status) == resource.n`, `int(user.id != "x" ? "z" : resource.status) == resource.n`, `int(true ? "z" : resource.status) == resource.n`},
		{`size(user.id != "x" ? "z" : resource.status) == resource.n`, `size(user.id != "x" ? "z" : resource.status) == resource.n`, `size("z") == resource.n`},
		{`(user.grade > 1 ? resource.n : 2) > 1`, `(user.grade > 1 ? resource.n : 2) > 1`, `(user.grade > 1 ? resource.n : 2) > 1`},
		{`user.blank.all(k, k == resource.status)`, `user.blank.all(k, k == resource.status)`, `true`},
		{`user.none.exists_one(k, k == resource.status)`, `user.none.exists_one(k, k == resource.status)`, `false`},
		{`user.none.map(k, resource.status) == resource.assignees`, `user.none.map(k, resource.status) == resource.assignees`, `user.none.map(k, resource.status) == resource.assignees`},
		{`resource.status in user.none`, `resource.status in user.none`, `resource.status in user.none`},
		{`user.marks == {"a": resource.n}`, `user.marks == {"a": resource.n}`, `{"a": 1, "b": 2} == {"a": resource.n}`},
		{`user.blank == {"a": resource.n}`, `user.blank == {"a": resource.n}`, `user.blank == {"a": resource.n}`},
		{`-(user.id != "x" ? -1 : resource.n) < 2`, `-(user.id != "x" ? -1 : resource.n) < 2`, `-(-1) < 2`},
		{`-(user.id != "x" ? 0 : resource.n) < 2`, `-(user.id != "x" ? 0 : resource.n) < 2`, `-0 < 2`},
		{`-(user.id != "x" ? -1.5 : resource.score) < 2.0`, `-(user.id != "x" ? -1.5 : resource.score) < 2.0`, `-(-1.5) < 2.0`},
		{`-(user.id != "x" ? 0.0 : resource.score) < 2.0`, `-(user.id != "x" ? 0.0 : resource.score) < 2.0`, `-0.0 < 2.0`},
		{`(resource.n > 1 ? resource.n > 2 : resource.n > 3) ? resource.n > 4 : resource.n > 5`,
			`(resource.n > 1 ? resource.n > 2 : resource.n > 3) ? resource.n > 4 : resource.n > 5`, `(resource.n > 1 ? resource.n > 2 : resource.n > 3) ? resource.n > 4 : resource.n > 5`},
		{`resource.n > 1 ? (resource.n > 2 ? resource.n > 3 : resource.n > 4) : (resource.n > 5 ? resource.n > 6 : resource.n > 7)`,
			`resource.n > 1 ? (resource.n > 2 ? resource.n > 3 : resource.n > 4) : resource.n > 5 ? resource.n > 6 : resource.n > 7`,
			`resource.n > 1 ? (resource.n > 2 ? resource.n > 3 : resource.n > 4) : resource.n > 5 ? resource.n > 6 : resource.n > 7`},
		{`{"a": resource.status, "b": "c"} == resource.labels`, `{"a": resource.status, "b": "c"} == resource.labels`, `{"a": resource.status, "b": "c"} == resource.labels`},
		{`resource.score in [double("Infinity"), double("-inf"), double("nan"), 1e21, 1.5, 2.0]`,
			`resource.score in [double("Inf"), double("-Inf"), double("NaN"), 1e+21, 1.5, 2.0]`, `resource.score in [double("Inf"), double("-Inf"), double("NaN"), 1e+21, 1.5, 2.0]`},
		{`resource.status == "\u0001\u007f\u0080\u009f\u00a0\u2028\u2029\u0020é"`,
			`resource.status == "\u0001\u007f\u0080\u009f` + "\u00a0" + `\u2028\u2029 é"`, `resource.status == "\u0001\u007f\u0080\u009f` + "\u00a0" + `\u2028\u2029 é"`},
		{`user.agencies.exists(resource, resource == "a2")`, `user.agencies.exists(resource, resource == "a2")`, `true`},
	} {
		p, faults := e.Compile(c.text)
		require.Empty(t, faults, c.text)
		r := p.Residual("resource", map[string]string{"type": "case"})
		assert.Equal(t, c.split, r.Term().String(), c.text)
		values, err := r.Values(in)
		require.NoError(t, err)
		assert.Equal(t, c.left, r.Term().With(values).String(), c.text)
		for _, resource := range []any{
			plain{"type": "case", "n": int64(4), "score": 1.5, "open": true, "status": "o", "assignees": []any{"a1", "x"}, "labels": map[string]any{"a": "o", "b": "c"}},
			plain{"type": "case", "n": int64(-4), "score": math.Inf(1), "open": false, "assignees": []any{}, "labels": map[string]any{}},
		} {
			in.Vars[2] = resource
			want, _ := p.Eval(in)
			got, _ := r.Eval(resource, values, nil)
			assert.Equal(t, want, got, c.text)
		}
		in.Vars[2] = Pending
	}
}

// What is left can take as much as the condition, to the last step: what is known
// already, a part by itself, and what names nothing.
func TestWhatIsLeftHasTheWholeBudget(t *testing.T) {
	e := generated()
	p, faults := e.Compile(`x.is.all(a, a > 0) && y.b && count(1, x.is) == 1`)
	require.Empty(t, faults)
	in := Input{Vars: []any{plain{"is": []any{int64(1), int64(2)}}, Pending, time.Time{}, int64(0)}, World: record{"count": int64(1)}}
	least := func(try func(cost int64) (left int64, ok bool)) {
		for cost := range int64(1000) {
			if left, ok := try(cost); ok {
				require.Zero(t, left)
				return
			}
		}
		require.Fail(t, "it never is enough")
	}
	r := *p.Residual("y", nil)
	least(func(cost int64) (int64, bool) {
		r.cost = cost
		f := new(Frame)
		f.Set(in)
		values, err := r.AppendValues(nil, f)
		if err != nil {
			require.ErrorIs(t, err, ErrCost)
			require.Empty(t, values)
		}
		return f.steps, err == nil
	})

	r = *p.Residual("y", nil)
	values, err := r.Values(in)
	require.NoError(t, err)
	require.Equal(t, []any{true, true}, values)
	part := *r.Part(r.Term())
	part.cost = 0
	require.Equal(t, true, part.Value(plain{"b": true}, values, in.World), "it takes no step")
	require.Equal(t, false, part.Value(plain{"b": true}, []any{true, false}, in.World))
	require.Equal(t, Absent, part.Value(plain{}, values, in.World))
	require.Equal(t, Pending, part.Value(plain{"b": Pending}, values, in.World))
	part.cost = -1
	require.Equal(t, Absent, part.Value(plain{"b": true}, values, in.World), "beyond the budget there is no value")
}

// A constant that costs more than there is has no value.
func TestAConstantBeyondTheBudgetIsAFailure(t *testing.T) {
	e := generated()
	p, faults := e.Compile(`y.b || ([1, 2].exists(a, a > 2) || true)`)
	require.Empty(t, faults)
	constant, faults := e.Compile(`[1, 2].exists(a, a > 2) || true`)
	require.Empty(t, faults)
	f := new(Frame)
	f.Set(Input{Vars: make([]any, 4)})
	_, err := constant.Run(f)
	require.NoError(t, err)
	took := constant.cost - f.steps
	for cost, want := range map[int64]bool{took: true, took - 1: false} {
		within := *p
		within.cost = cost
		assert.Equal(t, want, within.Residual("y", nil).Term().Is(true), "within %d", cost)
	}
}

// Terms have the types that an Env declares, and none where it can declare none.
func TestTheTypesOfTerms(t *testing.T) {
	e := generated()
	for text, want := range map[string]Type{
		`x.ss == x.ts`: ListOf(String), `x.mi == x.mi`: MapOf(Int), `{"a": x.s} == x.ms`: MapOf(String), `{1: x.s} == {2: "a"}`: {}, `[{1: x.s}] == [{2: "a"}]`: {},
		`[x.ss] == [["a"]]`: ListOf(ListOf(String)), `{"a": {1: x.s}} == {"a": {2: "a"}}`: {}, `x.i == 1`: Int, `near(x, "a") == true`: Bool,
	} {
		p, faults := e.Compile(text)
		require.Empty(t, faults, text)
		assert.Equal(t, want, p.Residual("x", nil).Term().Args[0].Type, text)
	}
}

// Who does not care why something does not hold leaves out what fails.
func TestHoldingLeavesOutWhatFails(t *testing.T) {
	named := func(name string) *Term { return &Term{Kind: Named, Name: name} }
	failed, not := &Term{Kind: Failed}, &Term{Kind: Call, Name: "!", Args: []*Term{named("a")}}
	for want, of := range map[string]*Term{
		"a":           Any(failed, named("a")),
		"false":       All(failed, named("a")),
		"a && b":      All(named("a"), Any(failed, named("b"))),
		"a && b && c": All(named("a"), All(named("b"), named("c"))),
		"a || b || c": Any(named("a"), Any(named("b"), named("c"))),
		"!a":          not,
		"x(an error)": {Kind: Call, Name: "x", Args: []*Term{failed}},
		"an error.a":  {Kind: Field, Name: "a", Args: []*Term{failed}},
		"true":        Any(named("a"), truth(true)),
	} {
		assert.Equal(t, want, of.Holding().String())
	}
}

// The zero Term, and a Parameter that nobody gave a value, are failures.
func TestATermFailsClosed(t *testing.T) {
	assert.Equal(t, Failed, (&Term{Kind: Parameter}).With(nil).Kind)
	assert.Equal(t, Failed, (&Term{Kind: Parameter, Index: 1}).With([]any{true}).Kind)
	chosen := &Term{Kind: Call, Name: "?:", Args: []*Term{{Kind: Parameter}, {Kind: Named, Name: "a"}, {Kind: Named, Name: "b"}}}
	assert.Equal(t, Failed, chosen.With([]any{Absent}).Kind, "a choice by an error is one")
	assert.Equal(t, Failed, Term{}.Kind)
	assert.False(t, (&Term{}).Is(true))
	assert.Equal(t, Failed, (&Term{Kind: Parameter, Index: 3}).With([]any{true}).Kind)
	assert.Equal(t, Failed, (&Term{Kind: Parameter}).With([]any{nil}).Kind)
	failed := (&Term{Kind: Call, Name: "!", Args: []*Term{{Kind: Parameter}}}).With([]any{Absent})
	assert.Equal(t, Failed, failed.Kind, "the contrary of an error is one")
}
