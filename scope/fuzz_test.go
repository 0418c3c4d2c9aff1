package scope_test

import (
	"encoding/json"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// FuzzRef holds, of any text as a type, an id or a reference: what is accepted
// shows as it is, and is read as what was written; nothing else is.
func FuzzRef(f *testing.F) {
	for _, text := range []string{"authority:leeds", "school:s1", "pupil:a:b", "root", "root:", "", ":", "case:Müller", "a\x00:b", "x:\u202ey", "center:c1 "} {
		f.Add("school", text)
		f.Add(text, "s1")
	}
	f.Fuzz(func(t *testing.T, typ, text string) {
		if scope.CheckID(text) == nil {
			require.True(t, utf8.ValidString(text) && text != "" && len(text) <= scope.MaxID)
			for _, r := range text {
				require.False(t, unicode.IsControl(r) || unicode.Is(unicode.Cf, r), "%q", text)
			}
		}
		if read, err := scope.ParseRef(text); err == nil {
			require.Equal(t, text, read.String())
			require.True(t, read == scope.Root() || scope.CheckID(read.ID) == nil)
		}
		made := scope.NewRef(typ, text)
		written, err := made.MarshalText()
		if err == nil {
			var read scope.Ref
			require.NoError(t, read.UnmarshalText(written))
			require.Equal(t, made, read)
		}
		for _, r := range made.String() {
			require.False(t, unicode.IsControl(r), "%q", made.String())
		}
	})
}

// FuzzAttributes holds, of whatever JSON can say of a resource: it is refused, or
// it is good for good, and no value turns into another.
func FuzzAttributes(f *testing.F) {
	for _, text := range []string{
		`{"count": 1, "owner": "ann", "open": true}`, `{"tags": ["a", "b"], "info": {"k": "v"}}`, `{"count": "1"}`, `{"count": 1.5}`,
		`{"weight": 9007199254740993, "level": -1}`, `{"since": "2026-03-01T12:00:00Z", "span": "1h"}`, `{"tags": [null], "all": [[1], []]}`, `{"open": null}`, `{"": {}}`,
	} {
		f.Add([]byte(text))
	}
	types, err := scope.NewAttributeTypes(map[string]string{
		"owner": "string", "count": "int", "open": "bool", "level": "uint", "weight": "double", "tags": "list(string)",
		"since": "timestamp", "span": "duration", "info": "map(string)", "raw": "bytes", "all": "list(list(double))",
	})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text []byte) {
		var given map[string]any
		if json.Unmarshal(text, &given) != nil {
			return
		}
		good, err := types.Check(scope.Map(given))
		if err != nil {
			require.Nil(t, good)
			require.True(t, utf8.ValidString(err.Error()))
			return
		}
		known := 0
		for name, value := range given {
			if value == nil {
				continue
			}
			known++
			got, ok := good.Attribute(name)
			require.True(t, ok, "%s is lost", name)
			before, err := json.Marshal(value)
			require.NoError(t, err)
			after, err := json.Marshal(got)
			require.NoError(t, err)
			require.Equal(t, string(before), string(after), name)
		}
		require.Len(t, good.Map(), known)
		again, err := types.Check(good)
		require.NoError(t, err)
		require.Equal(t, good.Map(), again.Map())
	})
}
