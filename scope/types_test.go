package scope_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// childMeasurement is a tree with two ways up: an account is in an authority,
// or in a provider that is in one.
func childMeasurement(t testing.TB) *scope.Types {
	t.Helper()
	types, err := scope.NewTypes([]scope.TypeSpec{
		{Name: "authority", Unit: true, Attributes: map[string]string{"signed_off": "bool", "warnings": "int"}},
		{Name: "provider", Unit: true, In: []string{"authority"}},
		{Name: "school", Unit: true, In: []string{"authority"}, Attributes: map[string]string{"phase": "string"}},
		{Name: "pupil", In: []string{"school"}, Attributes: map[string]string{
			"year": "string", "height": "double", "seen": "timestamp", "tags": "list(string)",
		}},
		{Name: "note", In: []string{"pupil"}, Attributes: map[string]string{"author": "string"}},
		{Name: "account", In: []string{"authority", "provider"}},
	})
	require.NoError(t, err)
	return types
}

func TestTypesKnowWhatCanBeBelowWhat(t *testing.T) {
	types := childMeasurement(t)
	below := map[string]string{
		"authority": "", "provider": "authority", "school": "authority",
		"pupil": "authority school", "note": "authority pupil school", "account": "authority provider",
	}
	for _, inner := range types.All() {
		for _, outer := range types.All() {
			want := strings.Contains(" "+below[inner.Name()]+" ", " "+outer.Name()+" ")
			assert.Equal(t, want, inner.Below(outer), "%s below %s", inner.Name(), outer.Name())
		}
	}
}

func TestFaultyTypesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		specs []scope.TypeSpec
		says  string
	}{
		"twice":         {[]scope.TypeSpec{{Name: "a"}, {Name: "a"}}, `resources.a: there is a resource type "a" already`},
		"unknown":       {[]scope.TypeSpec{{Name: "school"}, {Name: "pupil", In: []string{"shcool"}}}, `resources.pupil.in[0]: unknown resource type "shcool" (did you mean "school"?)`},
		"itself":        {[]scope.TypeSpec{{Name: "a", In: []string{"a"}}}, `resources.a.in: cycle: "a" is in "a"`},
		"cycle":         {[]scope.TypeSpec{{Name: "a", In: []string{"b"}}, {Name: "b", In: []string{"a"}}}, "cycle"},
		"named twice":   {[]scope.TypeSpec{{Name: "a"}, {Name: "b", In: []string{"a", "a"}}}, `resources.b.in[1]: "a" is named twice`},
		"loose unit":    {[]scope.TypeSpec{{Name: "a"}, {Name: "b", Unit: true, In: []string{"a"}}}, `"b" is a unit and "a" is not`},
		"no name":       {[]scope.TypeSpec{{Name: ""}}, "cannot be the name"},
		"reserved":      {[]scope.TypeSpec{{Name: "user"}}, "cannot be the name"},
		"the root":      {[]scope.TypeSpec{{Name: "root"}}, "cannot be the name"},
		"a word of CEL": {[]scope.TypeSpec{{Name: "in"}}, "cannot be the name"},
		"with a colon":  {[]scope.TypeSpec{{Name: "a:b"}}, "cannot be the name"},
		"no such type":  {[]scope.TypeSpec{{Name: "a", Attributes: map[string]string{"x": "strin"}}}, `resources.a.attributes.x: `},
		"id":            {[]scope.TypeSpec{{Name: "a", Attributes: map[string]string{"id": "string"}}}, "cannot be the name of an attribute"},
		"like above":    {[]scope.TypeSpec{{Name: "a"}, {Name: "b", In: []string{"a"}, Attributes: map[string]string{"a": "string"}}}, `"a" is a resource type that "b" is in`},
		"like itself":   {[]scope.TypeSpec{{Name: "a", Attributes: map[string]string{"a": "string"}}}, `resources.a.attributes.a: "a" is the resource type itself`},
	} {
		_, err := scope.NewTypes(c.specs)
		assert.ErrorContains(t, err, c.says, name)
	}
}

func TestEveryFaultIsReported(t *testing.T) {
	_, err := scope.NewTypes([]scope.TypeSpec{{Name: "user"}, {Name: "b", In: []string{"c"}}, {Name: "d", Attributes: map[string]string{"x": "q", "y": "q"}}})
	assert.Len(t, strings.Split(err.Error(), "\n"), 4)
	_, err = scope.NewTypes([]scope.TypeSpec{{Name: "a", In: []string{"a", "b"}}, {Name: "b", In: []string{"a"}}})
	assert.Len(t, strings.Split(err.Error(), "\n"), 2, "each cycle")
}

// T-11: deep trees are refused, not walked.
func TestTheTreeOfTypesIsBounded(t *testing.T) {
	chain := func(n int) []scope.TypeSpec {
		specs := make([]scope.TypeSpec, n)
		for i := range specs {
			specs[i].Name = fmt.Sprintf("t%d", i)
			if i > 0 {
				specs[i].In = []string{specs[i-1].Name}
			}
		}
		return specs
	}
	_, err := scope.NewTypes(chain(scope.MaxTypeDepth))
	assert.NoError(t, err)
	_, err = scope.NewTypes(chain(scope.MaxTypeDepth + 1))
	assert.ErrorContains(t, err, "more than 32 types")
}

// The name of a type, and of an attribute, is an identifier of CEL.
func TestNamesAreIdentifiers(t *testing.T) {
	for _, name := range []string{"a", "z", "A", "Z", "_", "a0", "a9", "aZz_", strings.Repeat("x", scope.MaxID)} {
		_, err := scope.NewTypes([]scope.TypeSpec{{Name: name}, {Name: "other", Attributes: map[string]string{name: "int"}}})
		assert.NoError(t, err, name)
	}
	for _, name := range []string{"", "0", "9a", "a-b", "a b", "@", "[", "`", "{", "a/", "a:", "é", "a.b", strings.Repeat("x", scope.MaxID+1)} {
		_, err := scope.NewTypes([]scope.TypeSpec{{Name: name}})
		assert.ErrorContains(t, err, "cannot be the name of a resource type", name)
		_, err = scope.NewAttributeTypes(map[string]string{name: "int"})
		assert.ErrorContains(t, err, "cannot be the name of an attribute", name)
	}
}
