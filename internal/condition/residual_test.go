package condition

import (
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
		{Name: "user", Fields: map[string]Type{"id": String, "grade": Int, "agencies": ListOf(String)}},
		{Name: "case", Fields: map[string]Type{
			"type": String, "status": String, "assignees": ListOf(String), "labels": MapOf(String), "owner": ObjectOf("user"), "n": Int,
		}},
	}, []Variable{{"user", ObjectOf("user")}, {"now", Timestamp}, {"resource", ObjectOf("case")}}, []Function{
		{Name: "assigned", Params: []Type{ObjectOf("case")}, Result: Bool, Call: func(any, []any) (any, error) { return true, nil }},
	}, Limits{})
	require.NoError(t, err)
	in := Input{Vars: []any{
		plain{"id": `ann "a" \`, "agencies": []any{"a1", "a2"}}, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Pending,
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
		{`user.agencies.exists(resource, resource == "a2")`, `user.agencies.exists(resource, resource == "a2")`, `true`},
	} {
		p, faults := e.Compile(c.text)
		require.Empty(t, faults, c.text)
		r := p.Residual("resource", map[string]string{"type": "case"})
		assert.Equal(t, c.split, r.Term().String(), c.text)
		values, err := r.Values(in)
		require.NoError(t, err)
		assert.Equal(t, c.left, r.Term().With(values).String(), c.text)
	}
}

// The zero Term, and a Parameter that nobody gave a value, are failures.
func TestATermFailsClosed(t *testing.T) {
	assert.Equal(t, Failed, Term{}.Kind)
	assert.False(t, (&Term{}).Is(true))
	assert.Equal(t, Failed, (&Term{Kind: Parameter, Index: 3}).With([]any{true}).Kind)
	assert.Equal(t, Failed, (&Term{Kind: Parameter}).With([]any{nil}).Kind)
	failed := (&Term{Kind: Call, Name: "!", Args: []*Term{{Kind: Parameter}}}).With([]any{Absent})
	assert.Equal(t, Failed, failed.Kind, "the contrary of an error is one")
}
