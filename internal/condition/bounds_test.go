package condition

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// slowest is what the slowest evaluation may take in a test. It is meant to be
// 1 ms, but tests run on machines that do other things too.
const slowest = slower * 20 * time.Millisecond

// hostileEnv declares things of which there can be as many as Normalize lets
// through.
func hostileEnv(t testing.TB) (*Env, Input) {
	t.Helper()
	e, err := NewEnv([]ObjectType{{Name: "thing", Fields: map[string]Type{
		"list": ListOf(String), "other": ListOf(String), "ints": ListOf(Int), "text": String, "twin": String, "as": String, "map": MapOf(Int), "big": ListOf(String),
		"again": ListOf(String), "raw": Bytes, "at": Timestamp, "age": Duration, "digits": String, "float": String, "dur": String, "uni": String, "aab": String,
	}}}, []Variable{{"x", ObjectOf("thing")}}, nil, Limits{})
	require.NoError(t, err)
	in := plain{"text": strings.Repeat("b", maxBytes), "twin": strings.Repeat("b", maxBytes-1) + "c", "as": strings.Repeat("a", maxBytes), "at": time.Unix(0, 0), "raw": []byte(strings.Repeat("b", maxBytes))}
	in["age"], in["digits"], in["float"] = time.Second, strings.Repeat("9", maxBytes), "0."+strings.Repeat("3", maxBytes-2)
	in["dur"], in["uni"], in["aab"] = strings.Repeat("0", maxBytes-2)+"1h", strings.Repeat("日", maxBytes/3), strings.Repeat("a", maxBytes/2)+"b"
	var list, other, ints, big, again []any
	m := map[string]any{}
	for i := range maxElements {
		list, other, ints = append(list, fmt.Sprint("e", i)), append(other, fmt.Sprint("e", i)), append(ints, int64(i))
		big, again = append(big, in["text"]), append(again, strings.Clone(in["twin"].(string)))
		m[fmt.Sprint("key number ", i)] = int64(i)
		if i >= 1000 {
			big, again = big[:1000], again[:1000]
		}
	}
	in["list"], in["other"], in["ints"], in["big"], in["again"], in["map"] = list, other, ints, big, again, m
	return e, Input{Vars: []any{in}}
}

// T-18, T-19: whatever the condition and however large the input, an evaluation
// ends soon: with an answer, or with ErrCost.
func TestNoConditionRunsForLong(t *testing.T) {
	e, in := hostileEnv(t)
	many := func(n int, part, with string) string { return strings.TrimSuffix(strings.Repeat(part+with, n), with) }
	for name, text := range map[string]string{
		"a loop":                `x.list.all(a, a != "")`,
		"loops in loops":        `x.list.all(a, x.list.all(b, x.list.all(c, x.list.all(d, a + b + c + d != ""))))`,
		"membership in a loop":  `x.list.all(a, a in x.other)`,
		"membership of text":    many(30, `x.text in x.again`, " || "),
		"equal lists":           many(60, `x.list == x.other`, " && "),
		"equal lists of text":   many(60, `x.big == x.again`, " || "),
		"equal text":            many(80, `x.text == x.twin`, " || "),
		"ordered text":          many(80, `x.text < x.twin`, " && "),
		"a search":              many(60, `x.text.contains("c")`, " || "),
		"a long search":         many(60, `x.text.contains(x.twin)`, " || "),
		"sizes":                 many(60, `size(x.text) < 0`, " || "),
		"growing text":          `["b"].map(a, x.text + x.text).map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a) == []`,
		"a sum of texts":        many(80, `x.text`, " + ") + ` == ""`,
		"growing lists":         `size([x.list].map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a)[0]) > 0`,
		"lists of lists":        `x.ints.map(a, x.ints).map(a, a + a) == []`,
		"built lists":           `x.ints.all(a, x.ints.map(b, b + a).filter(b, b > 0) != [])`,
		"keys":                  many(30, `x.map.exists(k, k == "")`, " || "),
		"equal maps":            many(80, `x.map == x.map`, " && "),
		"a pattern":             many(60, `x.as.matches("^(a|aa)*$")`, " && "),
		"a large pattern":       many(10, `x.as.matches("(a?){200}b")`, " || "),
		"a pattern in a loop":   `x.list.all(a, a.matches("^[a-z]+[0-9]*$"))`,
		"numbers as text":       `x.ints.all(a, int(string(a)) == a)`,
		"text as timestamps":    `x.list.all(a, timestamp(a) == x.at || true)`,
		"text as numbers":       many(60, `int(x.text) == 1`, " || "),
		"parts of timestamps":   `x.ints.all(a, timestamp(a).getFullYear("America/New_York") > 0)`,
		"durations":             `x.ints.all(a, duration(string(a) + "s") >= duration("0s"))`,
		"text and bytes":        many(60, `bytes(x.text) == x.raw`, " && "),
		"bytes and text":        many(60, `string(x.raw) == x.text`, " && "),
		"errors in a loop":      `x.ints.exists(a, 1 / (a - a) == 1)`,
		"errors with text":      `x.list.exists(a, int(a) == 1)`,
		"lists in a loop":       `x.ints.all(a, [a, a, a, a, a, a, a, a] != [])`,
		"maps in a loop":        `x.ints.all(a, {"a": a, "b": a, "c": a, "d": a}.a == a)`,
		"a long condition":      many(70, `x.list[9999] == "e9999"`, " && "),
		"elements that are not": `x.ints.exists(a, x.ints[a + 10000] == 1)`,
		"keys that are not":     `x.list.exists(a, x.map[a] == 1)`,
		"sums of text":          `x.list.all(a, a + a + a + a != "")`,
		"has in a loop":         `x.ints.all(a, has(x.map.nothing) || a >= 0)`,
	} {
		p, faults := e.Compile(text)
		if !assert.Empty(t, faults, name) {
			continue
		}
		var best time.Duration = 1 << 62
		var out Outcome
		for range 3 {
			start := time.Now()
			var err error
			out, err = p.Eval(in)
			best = min(best, time.Since(start))
			if out == Error && !strings.HasPrefix(name, "errors") && !strings.HasPrefix(name, "text as") {
				assert.ErrorIs(t, err, ErrCost, name)
			}
		}
		t.Logf("%8.3f ms  %d  %s", float64(best)/1e6, out, name)
		assert.Less(t, best, slowest, name)
	}
}

// T-11, T-17: whatever the text, it is read or refused soon, and without panic.
func TestNoTextIsReadForLong(t *testing.T) {
	e, _ := hostileEnv(t)
	fill := func(part string) string { return strings.Repeat(part, defaultBytes/len(part)) }
	texts := map[string]string{
		"types that double": `[1]` + strings.Repeat(`.map(a, {a: a})`, 200) + ` == []`,
		"types that grow":   `[1]` + strings.Repeat(`.map(a, [a, a])`, 40) + ` == []`,
		"equalities":        strings.TrimSuffix(fill(`1==1&&`), "&&"),
		"sums":              strings.TrimSuffix(fill(`1+`), "+") + `==1`,
		"empty lists":       strings.TrimSuffix(strings.Repeat(`[]==[]||`, 80), "||"),
		"sizes of nothing":  strings.TrimSuffix(strings.Repeat(`size([])==size([])||`, 60), "||"),
	}
	for _, part := range []string{"(", "[", "{", "!", "-", "a.", "a(", "a[", "?", ":", "&&", "||", "1?1:", "\"", "'", "[[],", "{1:", "a,", ".a", "\\", "\x00", "é", "x.list.all(a,", "has(", "!(", "((1)+(", "in ", "1 in [", "`", "//\n", "\n", "b'", "r\"\"\"", "0x", "1e", "1u", "._", "a.b.c(d).e[", "timestamp("} {
		texts[part+"…"] = fill(part)
		texts["x"+part+"…"] = "x" + fill(part)[:defaultBytes-len(part)-4]
	}
	for name, text := range texts {
		start := time.Now()
		p, faults := e.Compile(text)
		took := time.Since(start)
		assert.True(t, (p == nil) == (len(faults) > 0), "%q is compiled or at fault", name)
		for _, f := range faults {
			assert.Less(t, len(f.Message), 300, "%q: %s", name, f.Message)
			assert.NotContains(t, f.Message, "cannot be read", "%q", name)
			assert.Positive(t, f.Line, name)
			assert.Positive(t, f.Column, name)
		}
		assert.Less(t, took, 2*time.Second, "%q", name)
		if took > 30*time.Millisecond {
			t.Logf("%v %q %v", took, name, faults[:min(1, len(faults))])
		}
	}
}
