package condition_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// anyType draws a type that a policy can write.
func anyType(t *rapid.T) condition.Type {
	ty := rapid.SampledFrom([]condition.Type{
		condition.Bool, condition.Int, condition.Uint, condition.Double, condition.String,
		condition.Bytes, condition.Timestamp, condition.Duration,
	}).Draw(t, "base")
	for range rapid.IntRange(0, 8).Draw(t, "nesting") {
		if rapid.Bool().Draw(t, "list") {
			ty = condition.ListOf(ty)
		} else {
			ty = condition.MapOf(ty)
		}
	}
	return ty
}

func TestATypeIsReadBackFromItsText(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ty := anyType(rt)
		got, err := condition.ParseType(ty.String())
		assert.NoError(rt, err)
		assert.Equal(rt, ty, got)
		assert.True(rt, got == ty, "types compare with ==")
		assert.True(rt, ty.IsValid())
		if ty.IsList() {
			assert.Equal(rt, ty, condition.ListOf(ty.Elem()))
		} else if ty.IsMap() {
			assert.Equal(rt, ty, condition.MapOf(ty.Elem()))
		} else {
			assert.Equal(rt, condition.Type{}, ty.Elem())
		}
	})
}

func TestParseTypeSaysWhatWasMeant(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "a type is missing",
		"strng":                 `unknown type "strng" (did you mean "string"?)`,
		"lst(int)":              `unknown type "lst" (did you mean "list"?)`,
		"list(strin)":           `unknown type "strin" (did you mean "string"?)`,
		strings.Repeat("x", 40): `unknown type "` + strings.Repeat("x", 40) + `": want bool, int, uint, double, string, bytes, timestamp, duration, list(T) or map(T)`,
		strings.Repeat("x", 41): `unknown type "` + strings.Repeat("x", 40) + `…": want bool, int, uint, double, string, bytes, timestamp, duration, list(T) or map(T)`,
		"list(int":              "list( lacks its closing parenthesis",
		"list()":                "a type is missing",
		"list":                  "a list of what? Write list(string), for instance",
		"map":                   "a map of what? Write map(string), for instance",
		"int)":                  `unknown type "int)" (did you mean "int"?)`,
		"invalid":               `unknown type "invalid": want bool, int, uint, double, string, bytes, timestamp, duration, list(T) or map(T)`,
		"Int":                   `unknown type "Int" (did you mean "int"?)`,
		strings.Repeat("list(", 9) + "int" + strings.Repeat(")", 9): "lists and maps nest more than 8 deep",
		strings.Repeat("x", 1000):                                   `unknown type "` + strings.Repeat("x", 40) + `…": want bool, int, uint, double, string, bytes, timestamp, duration, list(T) or map(T)`,
	} {
		_, err := condition.ParseType(text)
		assert.EqualError(t, err, want, text)
	}
	got, err := condition.ParseType(" map( list(int) ) ")
	assert.NoError(t, err)
	assert.Equal(t, condition.MapOf(condition.ListOf(condition.Int)), got)
}

func TestTheZeroTypeIsInvalid(t *testing.T) {
	assert.False(t, condition.Type{}.IsValid())
	assert.False(t, condition.ListOf(condition.Type{}).IsValid())
	_, err := condition.Type{}.Normalize(1)
	assert.Error(t, err)
	deep := condition.Int
	for range 9 {
		deep = condition.ListOf(deep)
	}
	assert.False(t, deep.IsValid(), "too deep")
}

func TestObjectTypesHaveNames(t *testing.T) {
	users := condition.ListOf(condition.ObjectOf("user"))
	assert.Equal(t, "list(user)", users.String())
	assert.Equal(t, "user", users.Elem().Object())
	assert.Empty(t, users.Object())
	assert.Empty(t, condition.Int.Object())
}
