package condition

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

// edges are the values at which the operations of a type turn.
func edges(t Type) []any {
	var out []any
	switch t {
	case Bool:
		return []any{false, true}
	case Int:
		out = boxes(someInts)
	case Uint:
		out = boxes(someUints)
	case Double:
		out = boxes(append(someDoubles, 9223372036854774784, 9223372036854777856, -9223372036854774784, -9223372036854777856, 1.8446744073709552e19, 1.844674407370955e19, 0.1, 1e-5, 123456789, -0.9, 5e-324))
	case String:
		out = boxes(append(someStrings, edgeTexts...))
	case Bytes:
		for _, b := range append(someBytes, "\xc3", "a\xffb") {
			out = append(out, []byte(b))
		}
	case Timestamp:
		out = boxes(someTimes)
	case Duration:
		out = boxes(someDurations)
	}
	return out
}

// edgeTexts are texts that a conversion should look at twice.
var edgeTexts = []string{
	"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "+1", "0x10", "1_000", " 1", "1 ", "1.", ".5",
	"1e5", "1e400", "-0", "Inf", "-inf", "infinity", "nan", "t", "T", "TRUE", "True", "tRUE", "f", "0", "yes",
	"1s", "1.5h", "1h30m", "-1us", "1µs", "1d", "s", "9223372036854775807ns", "9223372036854775808ns", "-9223372036854775808ns", "2562047h47m16.854775807s",
	"2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-2-29T00:00:00Z", "2024-02-29t00:00:00z", "2024-02-29T00:00:00", "2024-02-29",
	"2024-02-29T24:00:00Z", "2024-02-29T23:59:60Z", "2024-02-29T23:60:00Z", "2024-02-29T1:00:00Z", "2024-02-29T00:00:00.123456789Z", "2024-02-29T00:00:00.1234567891Z",
	"2024-02-29T00:00:00,5Z", "2024-02-29T00:00:00.Z", "2024-02-29T00:00:00+24:00", "2024-02-29T00:00:00+23:60", "2024-02-29T00:00:00-23:59", "2024-02-29T00:00:00+0100",
	"0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59-01:00", "10000-01-01T00:00:00Z",
}

func boxes[T any](of []T) []any {
	out := make([]any, len(of))
	for i, v := range of {
		out[i] = v
	}
	return out
}

// T-12: every operator over every pair of edges is what cel-go says it is.
func TestOperatorsAtTheEdges(t *testing.T) {
	compared := 0
	for _, ty := range scalars {
		values := edges(ty)
		for _, op := range []string{"==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%"} {
			both, ok := newBoth(t, edgeEnv(t, ty, ty), "a "+op+" b")
			if !ok {
				continue
			}
			for _, x := range values {
				for _, y := range values {
					both.compare(t, Input{Vars: []any{x, y}})
					compared++
				}
			}
		}
	}
	for _, text := range []string{"a + b", "b + a", "a - b", "b - a"} {
		if both, ok := newBoth(t, edgeEnv(t, Timestamp, Duration), text); ok {
			for _, x := range edges(Timestamp) {
				for _, y := range edges(Duration) {
					both.compare(t, Input{Vars: []any{x, y}})
					compared++
				}
			}
		}
	}
	assert.Greater(t, compared, 30_000)
}

// Every conversion, and every other function of one argument, over every edge.
func TestFunctionsAtTheEdges(t *testing.T) {
	compared := 0
	for _, ty := range scalars {
		texts := []string{"-a", "!a", "size(a)", "a.size()", "string(string(a))", "timestamp(string(a))", "a == a", "[a] == [a]", "a in [a]", `{"k": a} == {"k": a}`}
		for _, to := range scalars {
			texts = append(texts, fmt.Sprintf("%s(a)", to))
		}
		for _, part := range timeFunctions {
			texts = append(texts, "a."+part+"()")
			for _, zone := range []string{"UTC", "", "Europe/London", "America/St_Johns", "Asia/Kathmandu", "+01:00", "-01:30", "-00:30", "05:30", "+23:59"} {
				texts = append(texts, fmt.Sprintf("a.%s(%q)", part, zone))
			}
		}
		for _, text := range texts {
			both, ok := newBoth(t, edgeEnv(t, ty, ty), text)
			if !ok {
				continue
			}
			for _, x := range edges(ty) {
				both.compare(t, Input{Vars: []any{x, x}})
				compared++
			}
		}
	}
	assert.Greater(t, compared, 2_000)
}

func edgeEnv(t testing.TB, a, b Type) *Env {
	t.Helper()
	e, err := NewEnv(nil, []Variable{{"a", a}, {"b", b}}, nil, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}
