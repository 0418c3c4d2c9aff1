package scope

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// T-11: how many shapes of a predicate are kept is bounded, whoever asks; those
// kept are found again.
func TestShapesAreBounded(t *testing.T) {
	const flags = 9 // twice as many shapes as are kept
	declared := map[string]string{}
	var parts []string
	for i := range flags {
		declared[fmt.Sprint("f", i)] = "bool"
		parts = append(parts, fmt.Sprintf("resource.n == %d && user.f%d", i, i))
	}
	users, err := NewAttributeTypes(declared)
	require.NoError(t, err)
	none, err := NewAttributeTypes(nil)
	require.NoError(t, err)
	types, err := NewTypes([]TypeSpec{{Name: "task", Attributes: map[string]string{"n": "int"}}})
	require.NoError(t, err)
	language, err := NewLanguage(types, users, none, Limits{})
	require.NoError(t, err)
	p, err := language.Predicate("p", strings.Join(parts, " || "), []string{"task"})
	require.NoError(t, err)
	asked := func(n int) *shape {
		given := Map{}
		for i := range flags {
			given[fmt.Sprint("f", i)] = n>>i&1 == 1
		}
		values, err := users.Check(given)
		require.NoError(t, err)
		f := types.NewFilter(FilterSpec{Type: types.Type("task"), Facts: Facts{User: &Subject{Attributes: values}}, Ways: []Way{{Unit: Root(), Conditions: []*Predicate{p}}}})
		require.Equal(t, n == 0, f.Nothing())
		for i := range flags {
			require.Equal(t, n>>i&1 == 1, f.Matches(Resource{Type: "task", ID: "t", Attributes: Map{"n": i}}), "%b %d", n, i)
		}
		if f.Nothing() {
			return nil
		}
		return f.rests[0].shape
	}
	kept := map[*shape]bool{}
	for n := range 1 << flags {
		if s := asked(n); s != nil && s.kept {
			kept[s] = true
		}
	}
	require.Len(t, *p.left("task").shapes.Load(), mostShapes)
	require.True(t, kept[asked(1)])
	require.False(t, asked(1<<flags-1).kept)
}

// What there is of a value shapes what is left of a condition, not which it is.
func TestValuesOfOneKindHaveOneShape(t *testing.T) {
	for want, values := range map[byte][]any{
		'a': {nil, condition.Absent},
		'p': {condition.Pending},
		't': {true},
		'f': {false},
		'e': {[]any{}, map[string]any{}},
		'v': {"", "a", int64(0), []any{""}, map[string]any{"": ""}},
	} {
		for _, v := range values {
			require.Equal(t, string(want), string(letter(v)), "%#v", v)
		}
	}
}

// Who belongs nowhere has no unit, and none above it.
func TestASubjectWithoutAHomeHasNoUnit(t *testing.T) {
	s := &Subject{ID: "ann"}
	require.Equal(t, any("ann"), s.Field("id"))
	for _, name := range []string{"unit", "school", "dept", ""} {
		require.Equal(t, any(condition.Absent), s.Field(name), name)
	}
}
