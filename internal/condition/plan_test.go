package condition

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// plans are conditions, and of how many checks each is made; 0: not of checks alone.
var plans = map[string]int{
	`x.b`: 1, `!x.b`: 1, `!!x.b`: 1, `x.b == true`: 1, `false != x.b`: 1, `has(x.s)`: 1, `!has(x.o.s)`: 1, `has(x.ss)`: 1,
	`x.s == "a"`: 1, `"b" != x.o.s`: 1, `x.s == "` + strings.Repeat("a", wordBytes) + `"`: 1, `x.s == "` + strings.Repeat("a", wordBytes+1) + `"`: 0,
	`x.s.startsWith("a")`: 1, `!x.o.s.endsWith("b")`: 1, `x.s.contains("a")`: 0,
	`x.i > 1`: 1, `2 >= x.o.i`: 1, `n == 1`: 1, `x.u < 2u`: 1, `x.d <= 1.5`: 1, `x.d == 1.5`: 1, `x.long < duration("1h")`: 1, `now == timestamp("1970-01-01T00:00:01Z")`: 1,
	`x.s == x.t`: 1, `x.s != y.o.s`: 1, `x.s < x.t`: 0, `x.b == y.b`: 1, `x.i <= y.o.i`: 1, `x.at < now`: 1, `x.long == y.long`: 1, `x.i != n`: 1, `x.u == y.u`: 0, `x.d == y.d`: 0, `x.y == y.y`: 0,
	`x.s in x.ss`: 1, `x.s in y.o.ss`: 1, `"a" in x.ss`: 1, `x.s in ["a", "b"]`: 1, `x.s in ["a", x.t]`: 0, `x.i in [1, 2]`: 0, `x.i in x.is`: 0, `x.s in (x.b ? x.ss : y.ss)`: 0, `x.s in x.ms`: 0,
	`x.o.o.b`: 0, `x.s == x.o.o.s`: 0, `x.o.o.s == x.s`: 0, `x.s in x.o.o.ss`: 0, `has(x.o.o)`: 1, `has(x.o.o.s)`: 0, `x.ss.exists(a, a == x.s)`: 0, `x.i + 1 > 2`: 0, `(x.b ? x.s : x.t) == "a"`: 0,
	`x.b && x.c`: 2, `x.b && x.s == "a" || !(x.i > 1 && has(x.o))`: 4, `x.b && (x.c || x.s in x.ss) && n < 3`: 4, `x.b && x.c && x.o.o.b`: 0,
}

// What is made of checks alone is asked in one loop, wherever all that it looks at is
// held by Records, and comes to what it comes to in the ways of all else.
func TestWhatIsMadeOfChecksIsAskedAtOnce(t *testing.T) {
	e := generated()
	shapes := []*Shape{e.Shape("thing")}
	whole := func(s, other string, o any) plain {
		all := plain{
			"b": true, "c": false, "i": int64(1), "j": int64(2), "u": uint64(1), "d": 1.5, "e": 2.0, "s": s, "t": other, "y": []byte(s),
			"at": time.Unix(0, 5).UTC(), "until": time.Unix(1, 0).UTC(), "long": time.Minute,
			"ss": []any{"c", s}, "is": []any{int64(1)}, "ms": map[string]any{"a": "b"},
		}
		if o != nil {
			all["o"] = o
		}
		return all
	}
	for text, checks := range plans {
		p, faults := e.Compile(text)
		require.Empty(t, faults, text)
		require.Len(t, p.plan, checks, text)
		for i, s := range []string{"a", "b", "ab", ""} {
			x, y := whole(s, "b", whole("b", s, whole(s, s, nil))), whole("a", s, whole(s, "a", nil))
			f := frameOf(Input{Vars: []any{heldRecord(shapes, x), heldRecord(shapes, y), time.Unix(int64(i), 0).UTC(), int64(i)}})
			want, why := p.run(f)
			require.Nil(t, why, text)
			if checks > 0 {
				got, ok := p.plan.ask(f)
				require.True(t, ok, "%s is asked at once", text)
				require.Equal(t, want, got, "%s of %q", text, s)
			}
		}
	}
}

// Also what is not there is asked for at once.
func TestWhatIsNotThereIsAskedForAtOnce(t *testing.T) {
	e := generated()
	empty := heldRecord([]*Shape{e.Shape("thing")}, plain{"o": plain{}})
	f := frameOf(Input{Vars: []any{empty, empty, time.Unix(0, 0), int64(1)}})
	for text, want := range map[string]bool{`has(x.s)`: false, `!has(x.o.s)`: true, `has(x.o)`: true, `has(x.o.ss) || !has(y.i)`: true} {
		p, faults := e.Compile(text)
		require.Empty(t, faults, text)
		got, ok := p.plan.ask(f)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
}

// A panic of an Object is an error of the condition also where the Object is within
// a Record that is within another.
func TestAPanicWithinRecordsIsAnError(t *testing.T) {
	e := generated()
	i, _ := e.Shape("thing").Slot("o")
	inner, outer, whole := e.Shape("thing").New(), e.Shape("thing").New(), e.Shape("thing").New()
	inner.Set(i, panics{})
	outer.SetRecord(i, inner)
	whole.SetRecord(i, inner)
	whole.SetRecord(i, outer) // and it still says so
	p, faults := e.Compile(`x.o.o.o.b`)
	require.Empty(t, faults)
	out, err := p.Eval(Input{Vars: []any{whole, whole, time.Unix(0, 0), int64(1)}})
	require.Equal(t, Error, out)
	require.ErrorContains(t, err, "panicked")
}

// panics is an Object that panics.
type panics struct{}

func (panics) Field(string) any { panic("broken") }
