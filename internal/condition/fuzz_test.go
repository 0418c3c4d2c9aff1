package condition

import (
	"testing"
	"time"
)

// FuzzConditions reads, checks, compiles and evaluates any text, which must not
// take long however much it looks at, and compares what it comes to with cel-go's
// interpreter.
//
//	go test -run '^$' -fuzz FuzzConditions -fuzztime 30m ./internal/condition
func FuzzConditions(f *testing.F) {
	for _, seed := range []string{
		`x.i == 1`, `x.s in x.ss && !x.b`, `x.is.all(v, v > n) || y.o.at < now`, `{"a": 1}[x.s] == 1`, `objects("good").exists(o, near(o, "a"))`,
		`[1, 2].map(v, v * 2).filter(v, v > 2) == [4]`, `x.s.matches("^a(b|c)*$")`, `timestamp(x.s).getHours("+01:00") == 1`, `has(x.o.i) ? x.d < 1.0 : x.u == 1u`,
		`string(x.y) + "é" == '''a''' /* no comment */`, `duration("1h") - x.long`, `x.mi.all(k, k != "") == true`, `((((`, `"\xff"`, "`", `x.is[?0]`, `1 in [[]]`,
		`!has(x.o.b) || !x.o.b`, `x.s in ["open", "submitted"] && x.i == 0`, `x.ss.exists(a, a == y.s)`, // as in the examples' policies
	} {
		f.Add(seed, uint64(0))
	}
	e := *generated()
	e.limits = Limits{}.withDefaults()
	great := giants(&e)
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		p, faults := e.Compile(text)
		if (p == nil) != (len(faults) > 0) {
			t.Fatalf("%q is neither compiled nor at fault", text)
		}
		if p == nil {
			return
		}
		in := (&values{chooser: newRandom(seed), pending: int(seed % 2 * 20)}).input()
		for _, in := range []Input{in, great[0], great[1]} {
			var out Outcome
			var err error
			if took := soonest(10*time.Millisecond, func() { out, err = p.Eval(in) }); took > 10*time.Millisecond {
				t.Fatalf("%q took %v", text, took)
			}
			if (out == Error) != (err != nil) {
				t.Fatalf("%q: %d and %v", text, out, err)
			}
		}
		if seed%2 == 0 {
			both, ok := newBoth(t, &e, text)
			if ok {
				both.compare(t, in)
			}
		}
	})
}
