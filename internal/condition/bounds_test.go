package condition

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// slowest is what the slowest evaluation may take in a test, and slowestText the
// slowest Compile. On a quiet machine they take less than 1 ms and 10 ms; tests
// run on machines that do other things too.
const (
	slowest     = slower * 20 * time.Millisecond
	slowestText = slower * 100 * time.Millisecond
)

// hostileEnv declares things of which there can be as many as Normalize lets
// through. The input comes twice: as an Object, and as a Record.
func hostileEnv(t testing.TB) (*Env, [2]Input) { return sizedEnv(t, maxElements, maxBytes) }

// sizedEnv is hostileEnv with lists and maps of some length, and texts of some.
func sizedEnv(t testing.TB, elements, bytes int) (*Env, [2]Input) {
	t.Helper()
	e, err := NewEnv([]ObjectType{{Name: "thing", Fields: map[string]Type{
		"list": ListOf(String), "other": ListOf(String), "ints": ListOf(Int), "text": String, "twin": String, "as": String, "map": MapOf(Int), "big": ListOf(String),
		"again": ListOf(String), "raw": Bytes, "at": Timestamp, "digits": String, "span": String, "wide": String, "half": String, "maps": ListOf(MapOf(Int)), "long": MapOf(Int),
		"empty": ListOf(String), "gone": String, "lost": ListOf(String),
	}}}, []Variable{{"x", ObjectOf("thing")}}, nil, Limits{})
	require.NoError(t, err)
	in := plain{
		"text": strings.Repeat("b", bytes), "twin": strings.Repeat("b", bytes-1) + "c", "as": strings.Repeat("a", bytes), "at": time.Unix(0, 0).UTC(),
		"raw": []byte(strings.Repeat("b", bytes)), "digits": strings.Repeat("9", bytes), "span": strings.Repeat("0", bytes-2) + "1h",
		"wide": strings.Repeat("日", bytes/3), "half": strings.Repeat("a", bytes/2) + "b",
	}
	var list, other, ints, big, again, maps, empty []any
	m, long := map[string]any{}, map[string]any{}
	for i := range elements {
		list, other, ints = append(list, fmt.Sprint("e", i)), append(other, fmt.Sprint("e", i)), append(ints, int64(i))
		maps, empty = append(maps, map[string]any{"a": int64(1), "b": int64(2), "c": int64(i)}), append(empty, "")
		m[fmt.Sprint("key number ", i)] = int64(i)
		if i < 1000 {
			big, again = append(big, in["text"]), append(again, strings.Clone(in["twin"].(string)))
			long[strings.Repeat("k", bytes-4)+fmt.Sprint(1000+i)] = int64(i)
		}
	}
	in["list"], in["other"], in["ints"], in["big"], in["again"], in["map"] = list, other, ints, big, again, m
	in["maps"], in["long"], in["empty"] = maps, long, empty
	r := e.Shape("thing").New()
	for i, name := range e.Shape("thing").Names() {
		put(r, i, in.Field(name))
	}
	return e, [2]Input{{Vars: []any{in}}, {Vars: []any{r}}}
}

// hostileBodies are what a loop through many numbers a may do in each turn.
var hostileBodies = []string{
	`a == 1`, `a + 1 > 0`, `string(a) == ""`, `int(string(a)) == a`, `string(double(a) / 3.0) == ""`, `double(string(double(a) / 3.0)) == 0.1`,
	`timestamp(a) < x.at`, `timestamp(string(timestamp(a))) == x.at`, `timestamp(a).getDayOfYear("Asia/Kathmandu") == 1`, `timestamp("x" + string(a)) == x.at`,
	`string(duration(string(a) + "s")) == ""`, `string(timestamp(a) - x.at) == ""`, `duration("x" + string(a)) > duration("1s")`,
	`[a] == [a]`, `[a, a, a, a] == [a]`, `[[[a]]] == [[[a]]]`, `[[[[[[a]]]]]] == [[[[[[a]]]]]]`, `{"a": a} == {"a": a}`, `{"a": {"b": {"c": a}}}.a.b.c == 1`, `{1: {2: {3: a}}}[1][2][3] == 1`,
	`{"a": a, "b": a, "c": a, "d": a, "e": a, "f": a, "g": a, "h": a, "i": a}.a == a`, `a in [a, a, a, a, a, a]`, `a in x.ints`, `string(a) in x.map`, `x.map["key number 1"] == a`, `has(x.map.nothing)`,
	`string(a).contains("x")`, `string(a).matches("^[0-9]+$")`, `string(a).matches("(a|b|c|d)*x?[0-9]{1,10}$")`, `b"a" + bytes(string(a)) == b""`, `x.ints[a] == a`, `x.list[a] == ""`,
	`a / 0 == 1`, `x.ints[a + 10000] == 1`, `x.map["q"] == 1`, `int("x" + string(a)) == 1`, `a * 9223372036854775807 == 1`,
	`size([1, 2, 3].map(b, b + a)) == 0`, `size([1, 2, 3].filter(b, b > a)) == 0`, `{"a": 1, "b": 2}.exists(k, k == "x")`, `{1: 1, 2: 2, 3: 3, 4: 4}.exists(k, k == a)`,
	`x.ints.exists(b, b < 0)`, `x.list.exists(b, b == "")`, `size(x.ints.map(b, b)) == 0`, `size(x.ints + [a]) == 1`, `x.ints == x.ints`, `x.list == x.other`, `x.map == x.map`, `x.map.exists(k, k == "")`,
	`x.maps == x.maps`, `x.maps.exists(m, m.a == 7)`, `x.long == x.long`, `x.long.exists(k, k == "")`, `x.text in x.long`, `x.text in x.map`, `[x.list] == [x.other]`, `x.list in [x.other, x.list]`,
	`x.text == x.twin`, `x.text < x.twin`, `x.text.contains("c")`, `x.as.contains(x.half)`, `x.text.endsWith(x.twin)`, `size(x.text) == 1`, `size(x.wide) == 1`, `x.text + "" == ""`,
	`bytes(x.text) == b""`, `string(x.raw) == ""`, `int(x.text) == 1`, `double(x.digits) == 1.0`, `timestamp(x.text) == x.at`, `duration(x.span) > duration("1s")`, `bool(x.text)`,
	`x.big == x.again`, `x.text in x.again`, `x.raw in [x.raw, x.raw]`, `x.at in [x.at, x.at, timestamp(a)]`, `size(x.big.map(b, b + b)) == 0`,
	`x.as.matches("^(a|aa)*$")`, `x.as.matches("a*a*a*a*a*b")`, `x.wide.matches("\\pL*x")`, `x.empty.exists(b, b.matches("(a?){200}b"))`, `x.list.exists(b, b.matches("(?i)é*z"))`,
	`x.list.exists(b, b == "` + strings.Repeat("long ", 100) + `")`, `x.list.exists(b, b.startsWith("` + strings.Repeat("long ", 100) + `"))`,
}

// hostileTexts are conditions that ask for as much as they can.
func hostileTexts() []string {
	many := func(n int, part, with string) string { return strings.TrimSuffix(strings.Repeat(part+with, n), with) }
	texts := []string{
		`x.list.all(a, x.list.all(b, x.list.all(c, x.list.all(d, a + b + c + d != ""))))`,
		`["b"].map(a, x.text + x.text).map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a) == []`,
		`size([x.list].map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a)[0]) > 0`,
		`x.ints.map(a, x.ints).map(a, a + a) == []`, `x.ints.all(a, x.ints.map(b, b + a).filter(b, b > 0) != [])`,
		many(80, `x.text`, " + ") + ` == ""`, many(70, `x.list[9999] == "e9999"`, " && "),
	}
	for _, body := range hostileBodies {
		texts = append(texts, `x.ints.all(a, (`+body+`) || true)`)
		if n := min(4000/(len(body)+6), 30); n > 0 {
			texts = append(texts, `[1].all(a, `+many(n, `(`+body+`)`, " || ")+`)`)
		}
	}
	return texts
}

// T-19: Limits that say nothing of what a condition may cost mean 100 000 steps,
// not some more: ten thousand turns of a loop and what they do, and not twice that.
func TestTheDefaultBudgetIsBounded(t *testing.T) {
	e, inputs := hostileEnv(t)
	for turns, dear := range map[int]bool{100: false, 140: true} {
		numbers := strings.TrimSuffix(strings.Repeat("1, ", turns), ", ")
		p, faults := e.Compile(fmt.Sprintf("[%s].all(a, [%[1]s].all(b, a + b >= 0))", numbers))
		require.Empty(t, faults)
		out, err := p.Eval(inputs[0])
		if dear {
			require.ErrorIs(t, err, ErrCost)
			require.Equal(t, Error, out)
		} else {
			require.NoError(t, err)
			require.Equal(t, True, out)
		}
	}
}

// T-18, T-19: whatever the condition and however large the input, an evaluation
// ends soon: with an answer, or with an error.
func TestNoConditionRunsForLong(t *testing.T) {
	e, inputs := hostileEnv(t)
	worst := &slowRuns{}
	for _, text := range hostileTexts() {
		p, faults := e.Compile(text)
		if len(faults) > 0 && strings.Contains(faults[0].Message, "nodes") {
			continue
		}
		require.Empty(t, faults, text)
		for _, in := range inputs {
			worst.run(p, in)
		}
	}
	worst.report(t)
}

// The same of conditions that are made up, over inputs as large as can be.
func TestNoGeneratedConditionRunsForLong(t *testing.T) {
	generated := generated()
	e := *generated
	e.limits = Limits{}.withDefaults()
	inputs, worst := giants(&e), &slowRuns{}
	choose := newRandom(rand.Uint64())
	for n := 0; n < max(pairs/500, 300); {
		text := (&texts{chooser: choose, used: map[string]int{}}).expr(Bool, 1+choose.IntN(6))
		p, faults := e.Compile(text)
		if len(faults) > 0 {
			continue // too long
		}
		for _, in := range inputs {
			worst.run(p, in)
		}
		n++
	}
	worst.report(t)
}

// slowRuns are the evaluations that took longest.
type slowRuns struct{ took []slowRun }

type slowRun struct {
	took time.Duration
	text string
}

// run evaluates a program, and again if that took long: the machine does other
// things too.
func (s *slowRuns) run(p *Program, in Input) {
	f := new(Frame)
	f.Set(in)
	s.took = append(s.took, slowRun{soonest(slower*time.Millisecond/2, func() { _, _ = p.Run(f) }), p.Source()})
}

// soonest is the least time that f takes, if not at once less than is good, then
// in 20 times.
func soonest(good time.Duration, f func()) time.Duration {
	best := time.Duration(1 << 62)
	for n := 0; n == 0 || n < 20 && best > good; n++ {
		start := time.Now()
		f()
		best = min(best, time.Since(start))
	}
	return best
}

func (s *slowRuns) report(t *testing.T) {
	s.log(t)
	assert.Less(t, s.took[0].took, slowest, s.took[0].text)
}

// log prints the slowest, in their order.
func (s *slowRuns) log(t *testing.T) {
	slices.SortFunc(s.took, func(a, b slowRun) int { return int(b.took - a.took) })
	for _, r := range s.took[:min(10, len(s.took))] {
		t.Logf("%8.3f ms  %.120q", float64(r.took)/1e6, r.text)
	}
}

// A giant is an Object that holds as much as can be.
type giant struct {
	of    []plain
	which int
}

func (g giant) Field(name string) any {
	if thingFields[name].Object() != "" && !thingFields[name].IsList() {
		return giant{g.of, g.which + 1}
	}
	return g.of[g.which%len(g.of)][name]
}

// giants are inputs for the generated conditions: as Objects, and as Records.
func giants(e *Env) [2]Input {
	g := giant{}
	known := map[string]any{}
	for which := range 4 {
		fields := plain{}
		for name, of := range thingFields {
			size := (int(name[0]) + which) % 4
			key := fmt.Sprint(of, size)
			if known[key] == nil {
				known[key] = g.value(of, size, 2, 0)
			}
			fields[name] = known[key]
		}
		g.of = append(g.of, fields)
	}
	world := record{"objects": []any{g, giant{g.of, 1}}, "ints": known[fmt.Sprint(ListOf(Int), 0)], "near": true, "count": int64(1)}
	vars := []any{g, giant{g.of, 1}, time.Unix(0, 0).UTC(), int64(5)}
	records := slices.Clone(vars)
	for i, v := range vars[:2] {
		r := e.Shape("thing").New()
		for k, name := range e.Shape("thing").Names() {
			put(r, k, v.(giant).Field(name))
		}
		records[i] = r
	}
	return [2]Input{{Vars: vars, World: world}, {Vars: records, World: world}}
}

// value is the i-th great value of a type, of one of four sizes; what is within
// others is smaller.
func (g giant) value(of Type, size, depth, i int) any {
	n := []int{maxElements, 1000, 100, maxElements}[size]
	if depth < 2 {
		n = []int{3, 30, 100, 10}[size]
	}
	switch {
	case of.IsList():
		list := make([]any, n)
		for i := range list {
			list[i] = g.value(of.Elem(), size, depth-1, i)
		}
		return list
	case of.IsMap():
		m := map[string]any{"a": g.value(of.Elem(), size, depth-1, 0)}
		for i := range n - 1 {
			m[fmt.Sprint("key", i, strings.Repeat("x", []int{0, 100, 10, 0}[size]))] = g.value(of.Elem(), size, depth-1, i)
		}
		return m
	case of.Object() != "":
		return giant{g.of, i}
	}
	switch of {
	case Int:
		return int64(i)
	case Uint:
		return uint64(i)
	case Double:
		return float64(i) / 3
	case String:
		return g.text(size, depth, i)
	case Bytes:
		return []byte(g.text(size, depth, i))
	case Timestamp:
		return time.Unix(int64(i)*86400, 0).UTC()
	case Duration:
		return time.Duration(i) * time.Second
	}
	return i%2 == 0
}

func (giant) text(size, depth, i int) string {
	if depth == 2 {
		return strings.Repeat([]string{"a", "9", "日", "b"}[size], []int{maxBytes, 20_000, 8_000, 1_000}[size])
	}
	return strings.Repeat("e", []int{1, 1, 1, 300}[size]) + fmt.Sprint(i)
}
