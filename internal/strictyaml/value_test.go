package strictyaml_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/internal/strictyaml"
)

func TestAValueIsOfItsOwnKind(t *testing.T) {
	doc := strictyaml.Read([]byte(`{b: true, i: -1, d: 1.5e3, big: 18446744073709551616, s: x, q: "1", inf: -.inf,
l: [], m: {}, n: [1, {a: [b]}]}`), strictyaml.Limits{})
	require.Equal(t, map[string]any{
		"b": true, "i": json.Number("-1"), "d": json.Number("1.5e3"), "big": json.Number("18446744073709551616"),
		"s": "x", "q": "1", "inf": math.Inf(-1), "l": []any{}, "m": map[string]any{},
		"n": []any{json.Number("1"), map[string]any{"a": []any{"b"}}},
	}, values(doc))
	require.Empty(t, doc.Faults())
}

// values takes the root with an unquoted n, which is ambiguous only as a key.
func values(doc *strictyaml.Document) any {
	m := map[string]any{}
	f := doc.Root().Fields("b", "i", "d", "big", "s", "q", "inf", "l", "m", "n")
	for _, key := range []string{"b", "i", "d", "big", "s", "q", "inf", "l", "m", "n"} {
		m[key] = f.Value(key).Value()
	}
	return m
}

func TestAValueThatReadersReadDifferentlyIsNone(t *testing.T) {
	for _, source := range []string{"0x10", "1_000", "017", "+1", "1.", ".5", "yes", "no", "2025-09-01", "1:30", "", "~", "[~]", "{no: 1}"} {
		doc := strictyaml.Read([]byte("a: "+source), strictyaml.Limits{})
		doc.Root().Fields("a").Value("a").Value()
		require.Len(t, doc.Faults(), 1, source)
	}
}

func TestAnInstantIsRFC3339(t *testing.T) {
	want := time.Date(2025, 9, 1, 6, 0, 0, 1, time.UTC)
	for _, source := range []string{"2025-09-01T08:00:00.000000001+02:00", `"2025-09-01T06:00:00.000000001Z"`} {
		doc := strictyaml.Read([]byte("a: "+source), strictyaml.Limits{})
		require.True(t, want.Equal(doc.Root().Fields("a").Value("a").Time()), source)
		require.Empty(t, doc.Faults())
	}
	for _, source := range []string{"2025-09-01", "2025-09-01 06:00:00", "2025-09-01T06:00:00", "tomorrow", "1", "", "[]", "2025-02-30T00:00:00Z"} {
		doc := strictyaml.Read([]byte("a: "+source), strictyaml.Limits{})
		require.Zero(t, doc.Root().Fields("a").Value("a").Time())
		require.Len(t, doc.Faults(), 1, source)
	}
	require.Zero(t, (*strictyaml.Node)(nil).Time(), "what is not there is no fault")
}
