package condition_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	. "github.com/bailiwick-authz/bailiwick/internal/condition"
)

type (
	status string
	level  int8
	flag   bool
	blob   []byte
	names  []status
	counts map[status]int
)

func pointer[T any](v T) *T { return &v }

func TestNormalizeMakesCanonicalValues(t *testing.T) {
	abroad := time.FixedZone("", 3600)
	for _, c := range []struct {
		of      Type
		v, want any
	}{
		{Bool, true, true}, {Bool, flag(true), true}, {Bool, pointer(false), false},
		{Int, 1, int64(1)}, {Int, int8(-1), int64(-1)}, {Int, uint8(255), int64(255)}, {Int, level(3), int64(3)},
		{Int, uint64(math.MaxInt64), int64(math.MaxInt64)}, {Int, json.Number("9007199254740993"), int64(9007199254740993)},
		{Uint, 1, uint64(1)}, {Uint, uint64(math.MaxUint64), uint64(math.MaxUint64)}, {Uint, json.Number("18446744073709551615"), uint64(math.MaxUint64)},
		{Double, 1.5, 1.5}, {Double, float32(0.5), 0.5}, {Double, json.Number("1"), 1.0}, {Double, math.Inf(1), math.Inf(1)},
		{String, "é", "é"}, {String, status("open"), "open"}, {String, pointer(status("open")), "open"}, {String, pointer(pointer("x")), "x"},
		{Bytes, []byte("\xff"), []byte("\xff")}, {Bytes, blob("x"), []byte("x")}, {Bytes, []byte(nil), []byte(nil)},
		{Timestamp, time.Date(2026, 1, 1, 1, 0, 0, 0, abroad), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
		{Timestamp, pointer(time.Unix(0, 0)), time.Unix(0, 0).UTC()},
		{Duration, time.Second, time.Second}, {Duration, pointer(time.Second), time.Second},
		{ListOf(String), []string{"a"}, []any{"a"}}, {ListOf(String), names{"a"}, []any{"a"}}, {ListOf(String), [1]string{"a"}, []any{"a"}},
		{ListOf(Int), []any{1, int64(2), json.Number("3")}, []any{int64(1), int64(2), int64(3)}}, {ListOf(Int), []int(nil), []any{}}, {ListOf(Int), []any(nil), []any(nil)},
		{ListOf(String), []*string{pointer("a")}, []any{"a"}}, {ListOf(ListOf(Int)), [][]int{{1}, {}}, []any{[]any{int64(1)}, []any{}}},
		{MapOf(Int), map[string]int{"a": 1}, map[string]any{"a": int64(1)}}, {MapOf(Int), counts{"a": 1}, map[string]any{"a": int64(1)}},
		{MapOf(Int), map[string]any{"a": 1}, map[string]any{"a": int64(1)}}, {MapOf(Int), map[string]int(nil), map[string]any{}},
		{Uint, int8(0), uint64(0)}, {Timestamp, time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)},
		{Timestamp, time.Date(9999, 12, 31, 23, 59, 59, 999, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999, time.UTC)},
		{String, strings.Repeat("a", 64<<10), strings.Repeat("a", 64<<10)}, {Bytes, blob(make([]byte, 64<<10)), make([]byte, 64<<10)}, {Bytes, make([]byte, 64<<10), make([]byte, 64<<10)},
		{ListOf(Bool), make([]bool, 10_000), slices.Repeat([]any{false}, 10_000)},
		{Int, nil, Absent}, {Int, (*int)(nil), Absent}, {ListOf(Int), (*[]int)(nil), Absent}, {String, (**string)(nil), Absent}, {Timestamp, (*time.Time)(nil), Absent},
		{Int, Pending, Pending}, {Int, Absent, Absent}, {ObjectOf("user"), (*Record)(nil), Absent}, {ObjectOf("user"), nil, Absent},
	} {
		got, err := c.of.Normalize(c.v)
		assert.NoError(t, err, "%s of %#v", c.of, c.v)
		assert.Equal(t, c.want, got, "%s of %#v", c.of, c.v)
	}
}

func TestNormalizeSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		of   Type
		v    any
		want string
	}{
		{Int, "1", `needs int, not string "1"`}, {String, 1, "needs string, not int 1"}, {Bool, 1, "needs bool, not int 1"}, {Bool, "true", `needs bool, not string "true"`},
		{Int, 1.0, "needs int, not float64 1"}, {Double, 1, "needs double, not int 1"}, {Double, int64(1), "needs double, not int64 1"}, {Int, true, "needs int, not bool true"},
		{Int, uint64(math.MaxInt64) + 1, "9223372036854775808 is out of the range of int"}, {Uint, -1, "-1 is out of the range of uint"},
		{Int, json.Number("9223372036854775808"), "9223372036854775808 is out of the range of int"}, {Int, json.Number("1.0"), `needs int, not json.Number "1.0"`},
		{Uint, json.Number("-1"), `needs uint, not json.Number "-1"`}, {String, json.Number("1"), `needs string, not json.Number "1"`}, {Double, json.Number("1e999"), "1e999 is out of the range of double"},
		{Int, time.Second, "needs int, not time.Duration 1s"}, {Duration, 1, "needs duration, not int 1"}, {Duration, int64(1), "needs duration, not int64 1"},
		{Int, pointer(time.Second), "needs int, not time.Duration 1s"}, {Timestamp, "2026-01-01T00:00:00Z", `needs timestamp, not string "2026-01-01T00:00:00Z"`},
		{String, time.Unix(0, 0), "needs string, not time.Time"}, {Timestamp, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "the year 10000 is not one of 1 to 9999"},
		{Timestamp, time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC), "the year 0 is not one of 1 to 9999"},
		{String, "\xff", "the string is not valid UTF-8"}, {String, status("\xff"), "the string is not valid UTF-8"}, {String, []byte("a"), "needs string, not []uint8"}, {Bytes, "a", `needs bytes, not string "a"`},
		{String, strings.Repeat("a", 64<<10+1), "the string has 65537 bytes, and 65536 are the most"}, {Bytes, make([]byte, 64<<10+1), "there are 65537 bytes, and 65536 are the most"},
		{ListOf(Int), []any{1, nil}, "element 1: needs int, not nothing"}, {ListOf(Int), []*int{nil}, "element 0: needs int, not nothing"}, {ListOf(Int), []any{1, "a"}, `element 1: needs int, not string "a"`},
		{ListOf(Int), []any{Pending}, "element 0: needs int, not nothing"}, {ListOf(Int), 1, "needs list(int), not int 1"}, {ListOf(Int), map[string]int{}, "needs list(int), not map[string]int"},
		{ListOf(Int), make([]int, 10_001), "the list(int) has 10001 elements, and 10000 are the most"}, {ListOf(Int), make([]any, 10_001), "the list(int) has 10001 elements, and 10000 are the most"},
		{MapOf(Int), map[int]int{1: 1}, "needs map(int), not map[int]int"}, {MapOf(Int), map[string]any{"b": "x", "a": "y"}, `key "a": needs int, not string "y"`},
		{MapOf(Int), map[string]string{"b": "x", "a": "y"}, `key "a": needs int, not string "y"`}, {MapOf(Int), map[string]any{"\xff": 1}, `key "\xff": the string is not valid UTF-8`},
		{MapOf(ListOf(Int)), map[string]any{"a": []any{"x"}}, `key "a": element 0: needs int, not string "x"`}, {MapOf(Int), []int{}, "needs map(int), not []int"},
		{ObjectOf("user"), "ann", `needs user, not string "ann"`}, {ListOf(ObjectOf("user")), []any{1}, "element 0: needs user, not int 1"},
		{Int, State(9), "the State is neither Absent nor Pending"}, {Int, struct{}{}, "needs int, not struct {}"}, {Int, func() {}, "needs int, not func()"},
		{Int, pointer(pointer(pointer(pointer(pointer(1))))), "*****int points to a pointer too often"}, {Int, complex(1, 1), "needs int, not complex128"},
	} {
		got, err := c.of.Normalize(c.v)
		require.Error(t, err, "%s of %#v is %#v", c.of, c.v, got)
		if len(c.want) < 200 {
			assert.Equal(t, c.want, err.Error(), "%s", c.of)
		}
	}
}

// What is canonical is not copied, and a copy leaves the original as it was.
func TestNormalizeCopiesOnlyWhatItChanges(t *testing.T) {
	list := []any{"a", "b"}
	got, err := ListOf(String).Normalize(list)
	require.NoError(t, err)
	assert.Same(t, &list[0], &got.([]any)[0])

	mixed := []any{int64(1), 2}
	got, err = ListOf(Int).Normalize(mixed)
	require.NoError(t, err)
	assert.Equal(t, []any{int64(1), int64(2)}, got)
	assert.Equal(t, []any{int64(1), 2}, mixed)

	m := map[string]any{"a": int64(1), "b": 2}
	_, err = MapOf(Int).Normalize(m)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"a": int64(1), "b": 2}, m)

	for of, v := range map[Type]any{
		ListOf(ListOf(Int)): []any{[]any{int64(1)}, []any{}, []any(nil)}, ListOf(MapOf(Int)): []any{map[string]any{"a": int64(1)}},
		ListOf(Timestamp): []any{time.Unix(1, 0).UTC()},
	} {
		got, err = of.Normalize(v)
		require.NoError(t, err)
		assert.Same(t, &v.([]any)[0], &got.([]any)[0], of)
	}
	for of, v := range map[Type][]any{
		ListOf(ListOf(Int)): {[]any{1}}, ListOf(MapOf(Int)): {map[string]any{"a": 1}}, ListOf(Timestamp): {time.Unix(1, 0).In(time.FixedZone("", 3600))},
		ListOf(Int): {int64(1), 2, 3},
	} {
		was := slices.Clone(v)
		got, err = of.Normalize(v)
		require.NoError(t, err)
		assert.NotEqual(t, v, got, of)
		assert.Equal(t, was, v, of)
	}

	wrong := []any{int64(1)}
	got, err = ListOf(Uint).Normalize(wrong)
	require.NoError(t, err)
	assert.Equal(t, []any{uint64(1)}, got)
	assert.Equal(t, []any{int64(1)}, wrong)
}

func TestNormalizeOfCanonicalScalarsAllocatesNothing(t *testing.T) {
	for of, v := range map[Type]any{String: "open", Bool: true, Int: int64(1 << 40), Double: 1.5, Duration: time.Hour, ListOf(String): []any{"a", "b"}} {
		assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = of.Normalize(v) }), "%s", of)
	}
}
