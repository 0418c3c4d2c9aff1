package scope_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/scope"
)

func TestZeroRefIsNothingAndNotTheRoot(t *testing.T) {
	assert.True(t, scope.Ref{}.IsZero())
	assert.NotEqual(t, scope.Root(), scope.Ref{})
	assert.Equal(t, "(nothing)", scope.Ref{}.String())
	assert.Equal(t, "root", scope.Root().String())
	_, err := scope.Ref{}.MarshalText()
	assert.Error(t, err)
}

func TestParseRefReadsWhatStringWrites(t *testing.T) {
	for text, want := range map[string]scope.Ref{
		"school:s1":       {Type: "school", ID: "s1"},
		"school:a:b":      {Type: "school", ID: "a:b"},
		"school:root":     {Type: "school", ID: "root"},
		"school:St Mary’": {Type: "school", ID: "St Mary’"},
		"root":            scope.Root(),
	} {
		got, err := scope.ParseRef(text)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		assert.Equal(t, text, got.String())
	}
	for _, text := range []string{"", "school", "school:", ":s1", "sch ool:s1", "school: s1", "9:x", "root:", "Root", "(nothing)"} {
		_, err := scope.ParseRef(text)
		assert.Error(t, err, "%q", text)
	}
}

// T-08: different references are never written the same, whatever is in them,
// and what is not a valid reference is not read as one.
func TestRefTextIsInjective(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"", "a", "b", ":", "a:b", "root", `"`, `\`, " ", "\x00", "é", "e\u0301", "\u200b", "(nothing)", "\xff"})
		draw := func(label string) scope.Ref {
			return scope.Ref{Type: part.Draw(t, label+"1") + part.Draw(t, label+"2"), ID: part.Draw(t, label+"3") + part.Draw(t, label+"4")}
		}
		a, b := draw("a"), draw("b")
		if a != b {
			assert.NotEqual(t, a.String(), b.String())
		}
		if read, err := scope.ParseRef(a.String()); err == nil {
			assert.Equal(t, a, read)
		}
	})
}

func TestRefMarshalsAsText(t *testing.T) {
	var r scope.Ref
	require.NoError(t, r.UnmarshalText([]byte("school:s1")))
	text, err := r.MarshalText()
	require.NoError(t, err)
	assert.Equal(t, "school:s1", string(text))
	require.Error(t, r.UnmarshalText([]byte("school")))
	assert.Equal(t, scope.NewRef("school", "s1"), r, "a failed read changes nothing")
}

// T-06: ids that look alike are refused, or they are different ids.
func TestCheckID(t *testing.T) {
	for _, id := range []string{"a", "A", "p7", "ann@leeds.gov.uk", "a b", "a/b", "é", "e\u0301", "学校", strings.Repeat("x", scope.MaxID), "é" + strings.Repeat("x", scope.MaxID-2)} {
		assert.NoError(t, scope.CheckID(id), "%q", id)
	}
	for id, says := range map[string]string{
		"":                                 "empty",
		" ":                                "blank",
		"\u3000":                           "blank",
		" a":                               "begins or ends",
		"a ":                               "begins or ends",
		"a\u00a0":                          "begins or ends",
		"a\x00":                            "U+0000",
		"a\nb":                             "U+000A",
		"a\x7f":                            "U+007F",
		"a\u0085b":                         "U+0085",
		"a\u200bb":                         "U+200B",
		"a\u202eb":                         "U+202E",
		"\ufeffa":                          "U+FEFF",
		"a\u2028b":                         "U+2028",
		"\xff":                             "UTF-8",
		"a\xc3":                            "UTF-8",
		strings.Repeat("x", scope.MaxID+1): "257 bytes",
	} {
		assert.ErrorContains(t, scope.CheckID(id), says, "%q", id)
	}
}

func TestRefsAreOrdered(t *testing.T) {
	a, b, c := scope.NewRef("a", "2"), scope.NewRef("b", "1"), scope.NewRef("b", "2")
	assert.Negative(t, a.Compare(b))
	assert.Negative(t, b.Compare(c))
	assert.Positive(t, c.Compare(a))
	assert.Zero(t, a.Compare(a))
}
