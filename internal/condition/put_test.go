package condition

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type (
	word  string
	small int8
)

// Whatever is Put, directly or out of a struct's field, is what Normalize makes
// of it, or refused for the same reason.
func TestPutIsNormalize(t *testing.T) {
	text, now, nothing := "a", time.Date(2026, 1, 1, 1, 0, 0, 5, time.FixedZone("", 3600)), (*string)(nil)
	deep := &text
	deeper := &deep
	deepest := &deeper
	compared := 0
	for _, v := range []any{
		true, "a", "", "\xff", word("a"), 1, -1, uint(7), small(3), int64(7), uint8(7), uint64(1 << 63), 1.5, float32(0.5), time.Second, now, time.Time{},
		time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), json.Number("12"), []byte("a"), &text, nothing, &deepest, &now,
		[]string{"a", "b"}, []string(nil), []string{"\xff"}, []word{"a"}, []any{"a", word("b")}, []any{"a", 1}, []any{nil}, []*string{&text}, [][]string{{"a"}},
		[]int{1}, []any{[]any{int64(1)}}, map[string]int{"a": 1}, map[string]any{"a": int64(1)}, make([]string, maxElements+1),
	} {
		for _, of := range []Type{Bool, Int, Uint, Double, String, Bytes, Timestamp, Duration, ListOf(String), ListOf(Int), ListOf(ListOf(Int)), ListOf(ListOf(String)), MapOf(Int)} {
			want, why := of.Normalize(v)
			held := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "X", Type: reflect.TypeOf(v)}})).Elem()
			held.Field(0).Set(reflect.ValueOf(v))
			for _, put := range []func(r *Record) error{
				func(r *Record) error { return of.Put(r, 0, v) },
				func(r *Record) error {
					f := of.Filler(held.Type().Field(0), false, 0)
					return f.Put(r, 0, held)
				},
			} {
				r := NewShape(map[string]Type{"x": of}, nil).New()
				err := put(r)
				if why != nil {
					require.EqualError(t, err, why.Error(), "%s of %#v", of, v)
					continue
				}
				require.NoError(t, err, "%s of %#v", of, v)
				require.True(t, alike(want, r.Value(0)), "%s of %#v: want %#v, got %#v", of, v, want, r.Value(0))
				compared++
			}
		}
	}
	assert.Greater(t, compared, 50)
}

// Nothing that was Put changes with what it was made of.
func TestPutSharesNothing(t *testing.T) {
	words, lists, raw, m := []string{"a"}, []any{[]any{int64(1)}}, []byte("a"), map[string]any{"a": int64(1)}
	shape := NewShape(map[string]Type{"lists": ListOf(ListOf(Int)), "m": MapOf(Int), "raw": Bytes, "words": ListOf(String)}, nil)
	r := shape.New()
	for i, v := range []any{lists, m, raw, words} {
		of := []Type{ListOf(ListOf(Int)), MapOf(Int), Bytes, ListOf(String)}[i]
		require.NoError(t, of.Put(r, i, v))
	}
	words[0], lists[0].([]any)[0], raw[0], m["a"] = "b", int64(2), 'b', int64(2)
	for i, want := range []any{[]any{[]any{int64(1)}}, map[string]any{"a": int64(1)}, []byte("a"), []any{"a"}} {
		assert.Equal(t, want, r.Value(i))
	}
}
