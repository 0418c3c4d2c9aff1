package suggest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/bailiwick-authz/bailiwick/internal/suggest"
)

func TestNearestFindsTheNameMeant(t *testing.T) {
	names := []string{"pupil.edit", "pupil.view", "school.list"}
	for wrong, right := range map[string]string{
		"pupil.edti":  "pupil.edit", // swapped
		"pupil.edi":   "pupil.edit", // dropped
		"pupill.view": "pupil.view", // inserted
		"pupil.veiw":  "pupil.view",
		"schol.list":  "school.list",
		"pupil.edit":  "", // right already
		"extract":     "",
		"":            "",
		"x":           "", // every one-letter name is one edit from everything short
	} {
		assert.Equal(t, right, suggest.Nearest(wrong, names), "nearest to %q", wrong)
	}
}

func TestNearestIsStableAndBounded(t *testing.T) {
	assert.Equal(t, "aab", suggest.Nearest("aaa", []string{"aac", "aab"}))
	assert.Equal(t, "", suggest.Nearest(strings.Repeat("a", 1<<20), []string{"a"}))
	assert.Equal(t, "", suggest.Nearest("a", []string{strings.Repeat("a", 1<<20)}))
}

func TestHint(t *testing.T) {
	assert.Equal(t, ` (did you mean "view"?)`, suggest.Hint("veiw", []string{"view", "update"}))
	assert.Equal(t, "", suggest.Hint("qqq", []string{"view", "update"}))
}
