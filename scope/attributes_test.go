package scope_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// T-05: each declared type takes its own Go values and no other.
func TestEveryWrongTypeIsRefused(t *testing.T) {
	values := map[string]any{
		"bool": true, "int": 1, "uint": uint(1), "double": 1.5, "string": "1", "bytes": []byte("1"),
		"timestamp": time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "duration": time.Second,
		"list(string)": []string{"1"}, "list(int)": []int{1}, "map(int)": map[string]int{"a": 1},
	}
	// A Go int that is not negative is also a uint, and the reverse; bytes are
	// also a list of ints in Go.
	also := map[string]string{"int uint": "", "uint int": "", "bytes list(int)": ""}
	for declared := range values {
		types, err := scope.NewAttributeTypes(map[string]string{"x": declared})
		require.NoError(t, err)
		for given, value := range values {
			_, err := types.Check(scope.Map{"x": value})
			if _, ok := also[given+" "+declared]; ok {
				continue
			}
			assert.Equal(t, declared == given, err == nil, "%s given for %s: %v", given, declared, err)
		}
		got, err := types.Check(scope.Map{"x": nil})
		require.NoError(t, err)
		assert.Empty(t, got.Map(), "nil is absent")
	}
}

func TestCheckReportsEveryFault(t *testing.T) {
	types, err := scope.NewAttributeTypes(map[string]string{"dept": "string", "grade": "int"})
	require.NoError(t, err)
	_, err = types.Check(scope.Map{"detp": "x", "grade": "3", "other": 1})
	assert.ErrorContains(t, err, `unknown attribute "detp" (did you mean "dept"?)`)
	assert.ErrorContains(t, err, "grade: ")
	assert.ErrorContains(t, err, `unknown attribute "other"`)

	none, err := types.Check(nil)
	assert.NoError(t, err)
	assert.Nil(t, none.Map())
}

func TestDeclarationsAreRead(t *testing.T) {
	types, err := scope.NewAttributeTypes(map[string]string{"b": "list(string)", "a": "map(int)"})
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b"}, types.Names())
	assert.Equal(t, "list(string)", types.Type("b"))
	assert.Equal(t, "", types.Type("c"))

	_, err = scope.NewAttributeTypes(map[string]string{"a": "sting", "package": "string", "x-y": "string", "unit": "string"})
	for _, says := range []string{`a: `, `did you mean "string"?`, `"package" cannot`, `"x-y" cannot`, `"unit" cannot`} {
		assert.ErrorContains(t, err, says)
	}
}

func ExampleAttributeTypes_Check() {
	types, _ := scope.NewAttributeTypes(map[string]string{"grade": "int"})
	_, err := types.Check(scope.Map{"grade": "3"})
	fmt.Println(err)
	// Output: grade: needs int, not string "3"
}

func TestWhatWasCheckedDoesNotChangeAfterwards(t *testing.T) {
	types, err := scope.NewAttributeTypes(map[string]string{"b": "bytes", "l": "list(list(int))", "m": "map(bytes)"})
	require.NoError(t, err)
	b, l, m := []byte("a"), []any{[]any{int64(1)}}, map[string]any{"k": []byte("a")}
	got, err := types.Check(scope.Map{"b": b, "l": l, "m": m})
	require.NoError(t, err)
	b[0], l[0].([]any)[0], m["k"].([]byte)[0], m["other"] = 'b', int64(2), 'b', []byte("x")
	assert.Equal(t, scope.Map{
		"b": []byte("a"), "l": []any{[]any{int64(1)}}, "m": map[string]any{"k": []byte("a")},
	}, got.Map())
}

// T-11: what is wrong is told in a bounded number of words.
func TestOnlySomeUnknownAttributesAreNamed(t *testing.T) {
	types, err := scope.NewAttributeTypes(map[string]string{"dept": "string"})
	require.NoError(t, err)
	many := scope.Map{"dept": "x"}
	for i := range 10_000 {
		many[fmt.Sprintf("x%04d", i)] = i
	}
	_, err = types.Check(many)
	assert.ErrorContains(t, err, `unknown attribute "x0009"`)
	assert.ErrorContains(t, err, "and 9990 more unknown attributes")
	assert.Less(t, len(err.Error()), 1000)
}

// Law 4: an attribute that is nil is absent, whoever asks for it.
func TestANilAttributeIsAbsent(t *testing.T) {
	_, there := scope.Map{"a": nil}.Attribute("a")
	assert.False(t, there)
	_, there = scope.Map{"a": ""}.Attribute("a")
	assert.True(t, there)
}

// What was checked against some declarations is not checked again by the same,
// and is by others, as if it were new.
func TestWhatOthersCheckedIsCheckedAgain(t *testing.T) {
	types, err := scope.NewAttributeTypes(map[string]string{"dept": "string"})
	require.NoError(t, err)
	own := checked(map[string]string{"dept": "string"}, scope.Map{"dept": "x"})
	again, err := types.Check(own)
	require.NoError(t, err)
	assert.Equal(t, scope.Map{"dept": "x"}, again.Map())
	same, err := types.Check(again)
	require.NoError(t, err)
	assert.Same(t, again, same)
	assert.NotSame(t, own, again)

	for declared, value := range map[string]any{"int": 1, "list(string)": []string{"x"}} {
		_, err = types.Check(checked(map[string]string{"dept": declared}, scope.Map{"dept": value}))
		assert.ErrorContains(t, err, "dept: needs string")
	}
	_, err = types.Check(checked(map[string]string{"dept": "string", "dapt": "string"}, scope.Map{"dapt": "x"}))
	assert.ErrorContains(t, err, `unknown attribute "dapt" (did you mean "dept"?)`)
	none, err := types.Check((*scope.Values)(nil))
	assert.NoError(t, err)
	assert.Nil(t, none)

	// And so where a question brings them.
	pupils := childMeasurement(t)
	for _, wrong := range []*scope.Values{
		checked(map[string]string{"year": "int"}, scope.Map{"year": 2025}), checked(map[string]string{"height": "string"}, scope.Map{"height": "1.2"}),
	} {
		_, err = pupils.Locate(scope.Resource{Type: "pupil", ID: "p7", Parent: s1, Attributes: wrong}, twoAuthorities())
		assert.ErrorContains(t, err, "needs ")
	}
	place, err := pupils.Locate(scope.Resource{Type: "pupil", ID: "p7", Parent: s1, Attributes: checked(map[string]string{"year": "string"}, scope.Map{"year": "x"})}, twoAuthorities())
	require.NoError(t, err)
	assert.Equal(t, "x", place.Field("year"))
}
