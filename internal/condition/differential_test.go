package condition

import (
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// pairs is how many pairs of a condition and an input the long run compares:
//
//	CONDITION_PAIRS=10000000 go test -run TestConditionsAreWhatCELSays -timeout 0 -v ./internal/condition
var pairs, _ = strconv.Atoi(os.Getenv("CONDITION_PAIRS"))

func newRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// A comparison counts what was compared.
type comparison struct {
	env               *Env
	pairs, errs, cost int
	refused, deepest  int
	used              map[string]int
}

// compare writes an expression and compares its values, here and on cel-go's
// interpreter, over some inputs.
func (c *comparison) compare(t require.TestingT, choose chooser, inputs int) {
	g := &texts{chooser: choose, used: c.used}
	of := Bool
	if choose.IntN(2) == 0 {
		of = oneOf(choose, comparableTypes)
	}
	depth := 1 + choose.IntN(8)
	text := g.expr(of, depth)
	c.deepest = max(c.deepest, depth)
	both, ok := newBoth(t, c.env, text)
	if !ok {
		c.refused++
		return
	}
	for range inputs {
		switch got := both.compare(t, (&values{chooser: choose}).input()); {
		case got == overspent:
			c.cost++
			continue
		case got != nil:
			c.errs++
		}
		c.pairs++
	}
}

// both is one expression, compiled and on the oracle.
type both struct {
	env    *Env
	text   string
	ours   fn[any]
	oracle *interpreted
}

func newBoth(t require.TestingT, e *Env, text string) (*both, bool) {
	r := newReading(e, text)
	r.read()
	if len(r.faults) > 0 {
		return nil, false
	}
	ours := (&build{env: e, tree: r.tree}).boxed(r.tree.Expr())
	oracle, err := newInterpreted(r)
	require.NoError(t, err, text)
	return &both{e, text, ours, oracle}, true
}

// compare returns why there is no value, on both sides.
func (b *both) compare(t require.TestingT, in Input) *failure {
	f := &Frame{steps: 1_000_000}
	f.Set(in)
	got, why := b.ours(f)
	if f.steps < 0 {
		return overspent
	}
	want, also := b.oracle.eval(in)
	b.same(t, in, got, why, want, also)
	if b.env.Shape("thing") != nil {
		b.compareRecorded(t, in, want, also)
	}
	return why
}

// compareRecorded compares with what comes of Records, which have ways of their
// own to be read.
func (b *both) compareRecorded(t require.TestingT, in Input, want any, also *failure) {
	f := &Frame{steps: 1_000_000}
	f.Set(recorded(b.env, in, b.text))
	got, why := b.ours(f)
	b.same(t, in, got, why, want, also)
}

func (b *both) same(t require.TestingT, in Input, got any, why *failure, want any, also *failure) {
	if (why == nil) != (also == nil) || (why == unknown) != (also == unknown) || why == nil && !alike(got, want) {
		require.Fail(t, "not what CEL says", "%s\nover %v\nours:   %#v %v\ncel-go: %#v %v", b.text, in, got, why, want, also)
	}
}

// alike reports whether two values are the same, up to the map types that hold
// them. NaN is like NaN, and 0 is not like -0.
func alike(x, y any) bool {
	switch v := x.(type) {
	case float64:
		w, ok := y.(float64)
		return ok && (math.Float64bits(v) == math.Float64bits(w) || v != v && w != w)
	case time.Time:
		w, ok := y.(time.Time)
		return ok && v.Equal(w) && v.Format(time.RFC3339Nano) == w.Format(time.RFC3339Nano)
	case []any:
		w, ok := y.([]any)
		return ok && slices.EqualFunc(v, w, alike)
	case map[string]any:
		w, ok := y.(map[string]any)
		return ok && maps.EqualFunc(v, w, alike)
	case map[any]any:
		w, ok := y.(map[any]any)
		return ok && maps.EqualFunc(v, w, alike)
	case []byte:
		w, ok := y.([]byte)
		return ok && string(v) == string(w)
	}
	return x == y
}

// report prints what was compared, and fails where that was too one-sided.
func (c *comparison) report(t *testing.T) {
	t.Logf("%d pairs, %d%% errors, %d too dear, %d conditions refused, depth %d", c.pairs, 100*c.errs/max(c.pairs, 1), c.cost, c.refused, c.deepest)
	for _, name := range slices.Sorted(maps.Keys(c.used)) {
		t.Logf("%8d  %s", c.used[name], name)
	}
	assert.Zero(t, c.refused, "every generated condition is well-typed")
	assert.Greater(t, 100*c.errs, 5*c.pairs, "at least 5%% errors")
	assert.Less(t, 100*c.errs, 60*c.pairs, "at most 60%% errors")
	assert.GreaterOrEqual(t, c.deepest, 8)
}

// Every condition over every input comes to what it comes to on cel-go's
// interpreter: the same value, or both an error.
func TestConditionsAreWhatCELSays(t *testing.T) {
	c := &comparison{env: generated(), used: map[string]int{}}
	rapid.Check(t, func(rt *rapid.T) { c.compare(rt, shrinking{rt}, 3) })
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	inputs := 10
	if pairs > 0 {
		inputs = 25 // the conditions cost more than the inputs
	}
	for choose := newRandom(seed); c.pairs < max(pairs, 20_000); {
		before := c.pairs
		if c.compare(t, choose, inputs); c.pairs/1_000_000 > before/1_000_000 {
			t.Logf("%d pairs", c.pairs)
		}
	}
	c.report(t)
}
