package condition

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// apart is a dot that does not stand before a name: what stands between may be
// anything.
var apart = regexp.MustCompile(`\.[^A-Za-z_]`)

// recorded is the input with Records for things, of the fields that a text
// may name. The values of some fields come boxed and those of others do not, and
// some are read when they are first looked at.
func recorded(e *Env, in Input, text string) Input {
	var names []int
	all := apart.MatchString(text)
	for i, name := range e.Shape("thing").Names() {
		if all || strings.Contains(text, "."+name) {
			names = append(names, i)
		}
	}
	known := map[*thing]*Record{}
	vars := slices.Clone(in.Vars)
	for i, v := range vars {
		vars[i] = recordedValue(e, v, names, known)
	}
	in.Vars = vars
	return in
}

func recordedValue(e *Env, v any, names []int, known map[*thing]*Record) any {
	switch v := v.(type) {
	case *thing:
		if known[v] == nil {
			known[v] = e.Shape("thing").New()
			known[v].Own(v)
			known[v].From(source{e, v, names, known})
			for _, i := range names {
				name := e.Shape("thing").names[i]
				if (i+len(names))%2 == 0 {
					known[v].Later(i, i+1)
					continue
				}
				if field := recordedValue(e, v.Field(name), names, known); slices.Contains(boxedFields, name) {
					known[v].Set(i, field)
				} else {
					put(known[v], i, field)
				}
			}
		}
		return known[v]
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = recordedValue(e, element, names, known)
		}
		return list
	}
	return v
}

// A source reads the fields of a thing.
type source struct {
	env   *Env
	of    *thing
	names []int
	known map[*thing]*Record
}

// Read puts a field into the Record of the thing.
func (s source) Read(r *Record, i, n int) {
	if n != i+1 {
		panic("a field is read with what was said of another")
	}
	put(r, i, recordedValue(s.env, s.of.Field(s.env.Shape("thing").names[i]), s.names, s.known))
}

// boxedFields are those that come boxed.
var boxedFields = []string{"c", "j", "e", "t", "until", "ts"}

// put sets a field in the way that there is for what it is.
func put(r *Record, i int, v any) {
	switch v := v.(type) {
	case bool:
		r.SetBool(i, v)
	case int64:
		r.SetInt(i, v)
	case float64:
		r.SetDouble(i, v)
	case string:
		r.SetText(i, v)
	case time.Time:
		r.SetTime(i, v)
	case time.Duration:
		r.SetDuration(i, v)
	case []any:
		if list, ok := textsOf(v); ok {
			r.SetTexts(i, list)
			return
		}
		r.Set(i, v)
	default:
		r.Set(i, v)
	}
}

func textsOf(list []any) (textList, bool) {
	texts := textList{}
	for _, element := range list {
		text, ok := element.(string)
		if !ok {
			return nil, false
		}
		texts = append(texts, text)
	}
	return texts, len(texts) > 0
}

// heldTexts are conditions for which there are ways of their own to read Records.
var heldTexts = []string{
	`x.s == x.t`, `x.s != x.t`, `x.s == y.s`, `x.o.s == x.s`, `x.t != x.o.s`, `x.s == (x.b ? x.s : x.t)`, `x.at < x.until`, `x.at == y.at`, `x.until >= x.at`, `x.o.at != x.at`, `x.at <= now`,
	`x.ss.exists(a, a == x.s)`, `x.ss.all(a, x.s != a)`, `x.ss.exists(a, x.ss.exists(b, a == b && b == x.t))`, `x.ss.exists(a, x.ss.all(b, b == x.o.s))`, `x.is.exists(a, string(a) == x.s)`, `x.ms.exists(k, k == x.s)`,
	`x.ss.exists(a, "a" == a)`, `x.ss.exists(a, a == "a" && a != x.s)`, `x.os.exists(a, a.s == x.s)`, `x.os.all(a, a.b && a.s == "a")`, `x.os.exists(a, a.o.b)`, `x.ss.all(a, x.o.s == a)`, `x.ss.exists(n, n == x.s) || n > 1`,
	`x.b`, `!x.b`, `x.b == true`, `false != x.b`, `!!x.b`, `x.b ? x.c : !x.c`, `x.i > 1`, `1 < x.i`, `x.i == 1`, `1 != x.i`, `x.i <= 1`, `x.u >= 2u`, `2u > x.u`, `x.u == 2u`, `x.d < 1.5`, `x.d == 1.5`, `1.5 != x.d`,
	`1.5 >= x.d`, `1.5 < x.d`, `x.d <= 1.5`, `x.d > 1.5`, `x.d >= 1.5`, `!(x.d > 1.5)`, `x.long > duration("1s")`, `duration("1s") == x.long`, `duration("1s") >= x.long`, `x.s.startsWith("a")`, `!x.t.endsWith("b")`,
	`x.at == timestamp("1970-01-01T00:00:01Z")`, `x.at > timestamp("1970-01-01T00:00:01Z")`, `timestamp("1970-01-01T00:00:01Z") != x.at`, `n > 1`, `now == timestamp("1970-01-01T00:00:01Z") && n == 1`,
	`x.o.s == "a"`, `x.o.b`, `x.o.d > 1.5`, `x.o.o.s == "a"`, `has(x.s) && x.s == "a"`, `has(x.o.s)`, `!has(x.o) || x.o.b`, `x.y == b"a"`, `b"a" == x.y`, `x.i + 1 > 2`, `x.d * 2.0 == 3.0`, `double(x.i) == x.d`, `-x.d < 0.0`, `x.o.i + 1 > 2`, `x.o.u + 1u > 2u`, `x.o.d * 2.0 > 3.0`, `x.o.long + x.o.long > duration("1s")`,
	`x.t != "b" && x.s == "a"`, `x.e > 1.5 && x.d < 2.0`, `x.ss.exists(a, x.ss.exists(b, b == "ab")) || x.s == x.t`, `x.b && x.i > 1 && x.s == "a"`, `x.s == "a" || x.d <= 1.5 || !x.b`, `x.b && y.b`, `x.b || y.b || x.c`, `x.b && x.o.b`, `x.b || y.i > 1 || x.i > 1`, `x.o.b || x.b || x.o.c`, `n > 1 && x.b && n < 3`,
	`x.s.startsWith("a") && x.t.endsWith("b") && x.d < 1.5 && x.u > 1u && x.at > timestamp("1970-01-01T00:00:01Z")`, `!(x.b && x.c) || !(x.s == "a")`, `x.b && (x.c && x.s == "a") && x.i == 1`, `x.b || (x.c || x.i == 1)`,
	`x.s == "` + strings.Repeat("a", 100) + `"`, `x.s.startsWith("` + strings.Repeat("a", 100) + `") || x.b`, `y.o.b && y.o.c && y.b`, `x.o.at == x.at && x.o.b`, `x.ss == ["a", "b"]`, `x.s in x.ss`, `size(x.ss) == 2 && x.ss[0] == x.s`,
	`!has(x.s)`, `has(x.s) && x.b`, `!has(x.ss) || x.s in x.ss`, `has(x.o) && x.b`, `!has(x.o.s) || x.b`, `has(x.o.o.s) && x.b`, `!has(x.o.o.s)`, `has(x.y) && x.b`, `!has(x.is) || x.b`, `has(x.ms.a) && x.b`, `!has(x.o.o)`, `x.s in ["a", "ab"]`, `!(x.t in ["a", "b", "ab"])`,
	`x.s in ["", x.t]`, `"a" in x.ss`, `!("ab" in x.ss) && x.b`, `x.s in x.o.ss || x.o.s in x.ss`, `x.i == y.i`, `x.i < x.o.i`, `x.b == x.c`, `x.b != x.o.b`, `x.b < x.c`, `x.u < x.o.u`, `x.u == x.o.u`, `x.d == x.e`, `x.d < x.e`, `x.long >= x.o.long`, `x.s < x.t`, `x.s >= x.o.s`, `x.o.o.i == x.i`,
	`(x.s == "a" || x.b) && (x.t == "b" || x.c)`, `x.s == "a" && x.b || x.t == "b" && x.c`, `!(x.b || x.c && x.s == "a") || x.i == 1`, `(x.b ? x.i : x.o.i) == 1`, `x.b ? x.s == "a" : x.c`, `x.b && x.ss.exists(a, a == x.s) && x.c && x.s != "a"`, `x.c || x.b || size(x.s) == 1 || x.s == "a" || x.i == 1`,
	`x.s == x.t || x.s in x.ss || x.b`, `x.b && !x.c && !(x.s in x.ss)`, `now < x.at || x.at < now && n == x.i`, `n == x.i`, `n < x.i || x.b`, `x.at == now`, `!has(x.o.o.s) || x.o.o.b`,
}

// Whatever holds an object, a Record of its own Shape, or of one with more fields,
// or of another with the same names, or none at all, conditions come to the same,
// and to what CEL says.
func TestAnObjectIsTheSameHoweverItIsHeld(t *testing.T) {
	e := generated()
	more := map[string]Type{"zz": String, "aa": Int, "ab": Int}
	for name, of := range thingFields {
		more[name] = of
	}
	shapes := []*Shape{e.Shape("thing"), NewShape(more, e.Shape("thing")), NewShape(more, nil)}
	for _, text := range heldTexts {
		both, ok := newBoth(t, e, text)
		require.True(t, ok, text)
		p, faults := e.Compile(text)
		require.Empty(t, faults, text)
		choose := newRandom(7)
		for range 30 {
			pending := choose.IntN(3) == 0
			x, y := heldThing(choose, text, 2, pending), heldThing(choose, text, 1, pending)
			vars := []any{x, y, time.Unix(int64(choose.IntN(3)), 0).UTC(), int64(choose.IntN(4))}
			in := Input{Vars: vars}
			want, also := both.ours(frameOf(in))
			if !pending { // of which CEL has a more lenient idea
				said, why := both.oracle.eval(in)
				both.same(t, in, want, also, said, why)
			}
			out, _ := p.Eval(in)
			for i := range shapes {
				in.Vars = []any{heldRecord(rotated(shapes, i), x), heldRecord(rotated(shapes, i+choose.IntN(2)), y), vars[2], vars[3]}
				got, why := both.ours(frameOf(in))
				both.same(t, in, got, why, want, also)
				again, _ := p.Eval(in)
				require.Equal(t, out, again, text)
			}
		}
	}
}

func frameOf(in Input) *Frame {
	f := &Frame{steps: 1_000_000}
	f.Set(in)
	return f
}

// heldThing is an object with those fields that a text may name, of few values or
// of none.
func heldThing(choose chooser, text string, depth int, pending bool) plain {
	o := plain{}
	fields := map[string][]any{
		"s": {"a", "b", "ab", ""}, "t": {"a", "b", "ab", ""}, "b": {true, false}, "c": {true, false}, "i": {int64(0), int64(1), int64(2)}, "u": {uint64(1), uint64(2), uint64(math.MaxUint64)},
		"d": {1.0, 1.5, 2.5, math.NaN()}, "e": {1.0, 1.5, 2.5}, "at": {time.Unix(0, 0).UTC(), time.Unix(1, 0).UTC(), time.Unix(1, 5).UTC()}, "until": {time.Unix(0, 0).UTC(), time.Unix(1, 0).UTC(), time.Unix(1, 5).UTC()},
		"long": {time.Second, time.Minute, time.Duration(0)}, "y": {[]byte("a"), []byte("b")}, "ss": {[]any{"a", "b"}, []any{"ab", ""}, []any{}}, "is": {[]any{int64(1)}, []any{}}, "ms": {map[string]any{"a": "b"}, map[string]any{}},
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !strings.Contains(text, "."+name) {
			continue
		}
		of := fields[name]
		switch n := choose.IntN(12); {
		case n == 0:
		case n == 1 && pending:
			o[name] = Pending
		default:
			o[name] = of[n%len(of)]
		}
	}
	if !strings.Contains(text, ".o") {
		return o
	}
	if depth > 0 && choose.IntN(6) > 0 {
		o["o"] = heldThing(choose, text, depth-1, pending)
		o["os"] = []any{heldThing(choose, text, depth-1, pending), o["o"]}
	} else if pending {
		o["o"], o["os"] = Pending, Pending
	}
	return o
}

func rotated(shapes []*Shape, i int) []*Shape {
	i %= len(shapes)
	return slices.Concat(shapes[i:], shapes[:i])
}

// heldRecord is a Record of the same, and of the same within it, each of another of
// the shapes than what it is in.
func heldRecord(shapes []*Shape, o plain) *Record {
	shape := shapes[0]
	shapes = rotated(shapes, 1)
	r := shape.New()
	for name := range o {
		i, _ := shape.Slot(name)
		switch v := o.Field(name).(type) {
		case plain:
			r.Set(i, heldRecord(shapes, v))
		case []any:
			list := slices.Clone(v)
			for k := range list {
				if of, ok := list[k].(plain); ok {
					list[k] = heldRecord(shapes, of)
				}
			}
			if len(list) > 0 && list[0] == "a" { // boxed
				r.Set(i, list)
			} else {
				put(r, i, list)
			}
		default:
			put(r, i, v)
		}
	}
	return r
}
