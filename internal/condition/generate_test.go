package condition

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// A chooser makes the choices of the generators: rapid's, which it can shrink,
// or random ones, which are many.
type chooser interface{ IntN(n int) int }

type shrinking struct{ t *rapid.T }

func (s shrinking) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(s.t, "choice") }

var _ chooser = (*rand.Rand)(nil)

func oneOf[T any](c chooser, from []T) T { return from[c.IntN(len(from))] }

// record is the world of the generated conditions: what the functions answer.
type record map[string]any

// A thing is an Object that makes up a field when it is first read, and keeps
// to it.
type thing struct {
	made  *values
	depth int
	known map[string]any
}

func (o *thing) Field(name string) any {
	v, ok := o.known[name]
	if !ok {
		v = o.made.field(thingFields[name], o.depth)
		o.known[name] = v
	}
	return v
}

// thingFields declares a field of every type that the generators know.
var thingFields = map[string]Type{
	"b": Bool, "c": Bool, "i": Int, "j": Int, "u": Uint, "d": Double, "e": Double, "s": String, "t": String,
	"y": Bytes, "at": Timestamp, "until": Timestamp, "long": Duration,
	"bs": ListOf(Bool), "is": ListOf(Int), "us": ListOf(Uint), "ds": ListOf(Double), "ss": ListOf(String), "ts": ListOf(String),
	"ys": ListOf(Bytes), "ats": ListOf(Timestamp), "longs": ListOf(Duration), "iss": ListOf(ListOf(Int)),
	"mi": MapOf(Int), "ms": MapOf(String), "mb": MapOf(Bool), "mis": MapOf(ListOf(Int)), "mmi": MapOf(MapOf(Int)),
	"lmi": ListOf(MapOf(Int)), "o": ObjectOf("thing"), "os": ListOf(ObjectOf("thing")),
}

// generated is the environment of the generated conditions. Its world is a
// record: what the functions answer.
func generated() *Env {
	answer := func(name string) func(world any, args []any) (any, error) {
		return func(world any, args []any) (any, error) {
			if args[len(args)-1] == "bad" {
				return nil, fmt.Errorf("%s is broken", name)
			}
			return world.(record)[name], nil
		}
	}
	funcs := []Function{
		{Name: "objects", Literals: map[string]Type{"good": ListOf(ObjectOf("thing")), "bad": ListOf(ObjectOf("thing")), "ints": ListOf(Int)}},
		{Name: "near", Params: []Type{ObjectOf("thing"), String}, Result: Bool},
		{Name: "count", Params: []Type{Int, ListOf(Int)}, Result: Int},
	}
	for i := range funcs {
		funcs[i].Call = answer(funcs[i].Name)
	}
	objects := funcs[0].Call
	funcs[0].Call = func(world any, args []any) (any, error) {
		if args[0] == "ints" {
			return world.(record)["ints"], nil
		}
		return objects(world, args)
	}
	e, err := NewEnv([]ObjectType{{Name: "thing", Fields: thingFields}},
		[]Variable{{"x", ObjectOf("thing")}, {"y", ObjectOf("thing")}, {"now", Timestamp}, {"n", Int}},
		funcs, Limits{Bytes: 1 << 20, Nodes: 50_000, Cost: 5_000_000})
	if err != nil {
		panic(err)
	}
	return e
}

// A values generator makes inputs. Of what it makes 5 % is
// Absent, and pending % is Pending.
type values struct {
	chooser
	pending int
}

func (v *values) input() Input {
	return Input{
		Vars:  []any{v.thing(2), v.thing(2), v.of(Timestamp, 0), v.of(Int, 0)},
		World: record{"objects": v.field(ListOf(ObjectOf("thing")), 1), "ints": v.field(ListOf(Int), 0), "near": v.field(Bool, 0), "count": v.field(Int, 0)},
	}
}

func (v *values) thing(depth int) *thing {
	return &thing{made: v, depth: depth, known: map[string]any{}}
}

func (v *values) field(t Type, depth int) any {
	if v.IntN(100) < v.pending {
		return Pending
	}
	if v.IntN(20) == 0 || t.Object() != "" && depth == 0 {
		return Absent
	}
	return v.of(t, depth)
}

var (
	someInts    = []int64{0, 1, -1, 2, 3, 7, 60, 1 << 31, 1<<53 + 1, 1<<53 - 1, math.MaxInt64, math.MinInt64, math.MinInt64 + 1, maxSeconds, minSeconds}
	someUints   = []uint64{0, 1, 2, 3, 10, 1 << 31, 1<<53 + 1, math.MaxInt64, math.MaxUint64, 1 << 63}
	someDoubles = []float64{0, math.Copysign(0, -1), 1, -1, 0.5, 1.5, 2, 1e300, -1e300, 1e21, 1e-7, math.NaN(), math.Inf(1), math.Inf(-1), 1 << 53, math.MaxInt64, 1 << 63, -(1 << 63), math.MaxFloat64, math.SmallestNonzeroFloat64}
	someStrings = []string{"", "a", "b", "ab", "abc", "é", "e\u0301", "日本", "x y", "A", "1", "-1", "1.5", "true", "1h", "-90m", "2024-02-29T12:30:00Z", "2024-02-29T12:30:00+01:00", "9999-12-31T23:59:59Z", "\U0001F600", "a\x00b", "NaN", "18446744073709551615"}
	someBytes   = []string{"", "a", "ab", "\xff", "é", "abc"}
	someTimes   = []time.Time{
		time.Unix(0, 0).UTC(), time.Date(2024, 2, 29, 12, 30, 0, 0, time.UTC), time.Date(2026, 3, 29, 1, 59, 59, 999_999_999, time.UTC),
		time.Unix(minSeconds, 0).UTC(), time.Unix(maxSeconds, 999_999_999).UTC(), time.Unix(-1, 1).UTC(), time.Date(1969, 12, 31, 23, 59, 59, 5e8, time.UTC),
	}
	someDurations = []time.Duration{0, 1, -1, time.Second, time.Hour, -90 * time.Minute, 1500 * time.Millisecond, math.MaxInt64, math.MinInt64, 24 * 365 * time.Hour}
)

// of is a value of a type: an edge of it, as often as not.
func (v *values) of(t Type, depth int) any {
	switch {
	case t.IsList():
		return v.list(t, depth)
	case t.IsMap():
		m := map[string]any{}
		for _, key := range []string{"a", "b", "é", ""}[:v.IntN(5)] {
			m[key] = v.of(t.Elem(), depth-1)
		}
		return m
	case t.Object() != "":
		return v.thing(depth - 1)
	}
	switch t {
	case Bool:
		return v.IntN(2) == 0
	case Int:
		if v.IntN(4) > 0 {
			return int64(v.IntN(7) - 3)
		}
		return oneOf(v, someInts)
	case Uint:
		return oneOf(v, someUints)
	case Double:
		return oneOf(v, someDoubles)
	case String:
		return oneOf(v, someStrings)
	case Bytes:
		return []byte(oneOf(v, someBytes))
	case Timestamp:
		return oneOf(v, someTimes)
	}
	return oneOf(v, someDurations)
}

func (v *values) list(t Type, depth int) []any {
	out := []any{}
	for range []int{0, 1, 2, 3, 3}[v.IntN(5)] {
		if t.Elem().Object() != "" && depth <= 0 {
			break
		}
		out = append(out, v.of(t.Elem(), depth-1))
	}
	return out
}

// A texts generator writes well-typed conditions.
type texts struct {
	chooser
	loops []Variable
	// nested is how many loops are open.
	nested int
	// used counts what was written, by name.
	used map[string]int
}

var scalars = []Type{Bool, Int, Uint, Double, String, Bytes, Timestamp, Duration}

// a notes that something was written.
func (g *texts) a(name, format string, args ...any) string {
	g.used[name]++
	return fmt.Sprintf(format, args...)
}

// expr writes an expression of a type, at most depth deep.
func (g *texts) expr(t Type, depth int) string {
	if depth <= 0 || g.IntN(10) == 0 {
		return g.leaf(t)
	}
	depth--
	switch g.IntN(16) {
	case 0:
		return g.a("?:", "(%s ? %s : %s)", g.expr(Bool, depth), g.expr(t, depth), g.expr(t, depth))
	case 1:
		return g.a("list[i]", "%s[%s]", g.list(ListOf(t), depth), oneOf(g, []string{"0", "0", "0", "0", "1", "2", "n", "-1"}))
	case 2:
		return g.a("map[key]", "%s[%s]", g.textMap(MapOf(t), depth), oneOf(g, []string{`"a"`, `"a"`, `"b"`, `"é"`, "x.s"}))
	case 3:
		return g.a("map.key", "%s.a", g.textMap(MapOf(t), depth))
	case 4:
		return g.leaf(t)
	}
	switch {
	case t.IsList():
		return g.list(t, depth)
	case t.IsMap():
		return g.textMap(t, depth)
	case t.Object() != "":
		return g.object(depth)
	}
	return g.scalar(t, depth)
}

func (g *texts) scalar(t Type, depth int) string {
	switch t {
	case Bool:
		return g.boolean(depth)
	case Int:
		return g.int(depth)
	case Uint:
		return g.uint(depth)
	case Double:
		return g.double(depth)
	case String:
		return g.text(depth)
	case Bytes:
		return g.bytes(depth)
	case Timestamp:
		return g.timestamp(depth)
	}
	return g.duration(depth)
}

// leaf writes a literal, a field or the variable of a loop.
func (g *texts) leaf(t Type) string {
	var names []string
	for i, v := range g.loops {
		if g.hidden(v.Name, i+1) {
			continue
		}
		if v.Type == t {
			names = append(names, v.Name, v.Name)
		} else if v.Type == ObjectOf("thing") {
			names = append(names, g.fieldsOf(v.Name, t)...)
		}
	}
	names = append(names, g.fieldsOf("x", t)...)
	names = append(names, g.fieldsOf("x.o", t)...)
	if !g.hidden("y", 0) {
		names = append(names, g.fieldsOf("y", t)...)
	}
	switch t {
	case Int:
		names = append(names, "n")
	case Timestamp:
		names = append(names, "now")
	case ObjectOf("thing"):
		names = append(names, "x")
		if !g.hidden("y", 0) {
			names = append(names, "y")
		}
	}
	if len(names) == 0 || t.Object() == "" && g.IntN(3) == 0 {
		return g.literal(t)
	}
	g.used["field"]++
	return oneOf(g, names)
}

func (g *texts) fieldsOf(object string, t Type) []string {
	var out []string
	for name, have := range thingFields {
		if have == t {
			out = append(out, object+"."+name)
		}
	}
	slices.Sort(out)
	return out
}

func (g *texts) literal(t Type) string {
	v := &values{chooser: g.chooser}
	switch {
	case t.IsList():
		return g.a("[…]", "[%s]", g.literal(t.Elem()))
	case t.IsMap():
		return g.a("{…}", `{"a": %s, %q: %s}`, g.literal(t.Elem()), oneOf(g, []string{"b", "é"}), g.literal(t.Elem()))
	case t.Object() != "":
		return "x"
	}
	switch x := v.of(t, 0).(type) {
	case int64:
		return fmt.Sprintf("(%d)", x)
	case uint64:
		return fmt.Sprintf("%du", x)
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Sprintf(`double("%g")`, x)
		}
		return fmt.Sprintf("(%s)", floatLiteral(x))
	case string:
		return quote(x)
	case []byte:
		return bytesLiteral(x)
	case time.Time:
		return fmt.Sprintf("timestamp(%q)", x.Format(time.RFC3339Nano))
	case time.Duration:
		return fmt.Sprintf("duration(%q)", x)
	default:
		return fmt.Sprint(x)
	}
}

func floatLiteral(x float64) string {
	s := strconv.FormatFloat(x, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		if c < ' ' || c == '"' || c == '\\' {
			fmt.Fprintf(&b, `\u%04x`, c)
		} else {
			b.WriteRune(c)
		}
	}
	return b.String() + `"`
}

func bytesLiteral(x []byte) string {
	var b strings.Builder
	for _, c := range x {
		fmt.Fprintf(&b, `\x%02x`, c)
	}
	return `b"` + b.String() + `"`
}
