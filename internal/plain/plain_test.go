package plain_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/internal/plain"
)

func TestTextIsOneLineThatShows(t *testing.T) {
	for s, want := range map[string]string{
		"":                     "",
		"plain “text”, é 学":    "plain “text”, é 学",
		"a\nb":                 `a\u000Ab`,
		"\x1b[31mred":          `\u001B[31mred`,
		"a\u202eb\u200b":       `a\u202Eb\u200B`,
		"a\u2028b":             `a\u2028b`,
		"\xff\ufffd":           `\xff` + "\ufffd",
		strings.Repeat("x", 9): "xxxxxxxxx",
	} {
		assert.Equal(t, want, plain.Text(s, 1000))
	}
	assert.Equal(t, "xx…", plain.Text("xxx", 2))
	assert.Equal(t, "xxx", plain.Text("xxx", 3))
}

func TestTextIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "s"))
		most := rapid.IntRange(0, 20).Draw(t, "most")
		got := plain.Text(s, most)
		assert.LessOrEqual(t, len(got), most+len(`\U0010FFFF`)+len("…"))
		assert.True(t, utf8.ValidString(got))
		assert.False(t, strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsGraphic(r) }))
	})
}
