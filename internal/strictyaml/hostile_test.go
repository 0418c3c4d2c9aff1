package strictyaml_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/bailiwick-authz/bailiwick/internal/strictyaml"
)

const mebibyte = 1 << 20

// fill repeats a text until it is as large as a document may be.
func fill(text string) string { return strings.Repeat(text, (mebibyte-20)/len(text)) }

// numbered repeats a format with growing numbers, to the same size.
func numbered(format string) string {
	var b strings.Builder
	for i := 0; b.Len() < mebibyte-2*len(format); i++ {
		b.WriteString(strings.ReplaceAll(format, "#N", fmt.Sprint(i)))
	}
	return b.String()
}

// staircase nests mappings or lists by indentation.
func staircase(step string) string {
	var b strings.Builder
	for i := 0; b.Len() < mebibyte-2*i-10; i++ {
		b.WriteString(strings.Repeat(" ", i) + step + "\n")
	}
	return b.String()
}

// hostileDocuments are documents of 1 MiB that make a careless reader slow.
func hostileDocuments() map[string]string {
	line := "- {name: submission is open, on: [pupil.edit], require: \"!resource.authority.signed_off\"}\n"
	return map[string]string{
		"many entries":          fill(line),
		"entries to the limit":  strings.Repeat("- [a, b] # c\n", 5000),
		"comments to the limit": strings.Repeat("# c\n\n- a # b\n# c\n\n", 4000) + strings.Repeat("\n", 900_000),
		"keys to the limit":     strings.Repeat("? a\n", 20000),
		"many keys":             numbered("k#N:\n"),
		"many keys in one line": "{" + numbered("k#N,") + "}",
		"one key many times":    fill("k: v\n"),
		"unknown keys":          numbered("k#N: x\n")[:70_000] + "a: b\n",
		"flow list":             "[" + fill("a,") + "]",
		"open lists":            fill("["),
		"open mappings":         fill("{a: "),
		"closed lists":          strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + strings.Repeat(" ", 1_000_000),
		"lists in 64 lists":     strings.Repeat("[", 64) + strings.Repeat("a,", 10_000),
		"dashes":                fill("- "),
		"question marks":        fill("? "),
		"colons":                fill(": "),
		"flow colons":           "{" + fill(":,") + "}",
		"staircase of mappings": staircase("a:"),
		"staircase of lists":    staircase("-"),
		"long keys, deep": func() string {
			var b strings.Builder
			for i := range 60 {
				b.WriteString(strings.Repeat(" ", i) + strings.Repeat("k", 250) + ":\n")
			}
			return b.String() + strings.Repeat(strings.Repeat(" ", 60)+"- &a b\n", 9000)
		}(),
		"one long key":           fill("k") + ": v",
		"one long text":          "a: " + fill("x"),
		"one long line of é":     "[" + strings.Repeat(strings.Repeat("é", 50)+",", 10_000) + "]",
		"a text of many lines":   "a: " + fill("x\n  "),
		"a quoted text":          "a: \"" + fill("x") + "\"",
		"an open quoted text":    "a: \"" + fill("x"),
		"escapes":                "a: \"" + fill("\\n") + "\"",
		"line breaks in quotes":  "a: \"" + fill("\n") + "\"",
		"doubled quotes":         "a: '" + fill("''") + "'",
		"a literal":              "a: |\n" + fill(" x\n"),
		"a literal of blanks":    "a: |\n" + fill(" "),
		"a folded text":          "a: >\n" + fill(" x\n"),
		"line breaks":            fill("\n"),
		"tabs":                   fill("\t"),
		"comments":               fill("# a\n"),
		"a comment":              "a: b #" + fill("x"),
		"a long anchor":          "a: &" + fill("a") + " x",
		"anchors":                "[" + fill("&a b,") + "]",
		"aliases":                "[&a b," + fill("*a,") + "]",
		"an alias bomb":          "a: &a [x, x, x, x]\n" + numbered("b#N: &b#N [*a, *a, *a, *a, *a, *a, *a, *a]\n"),
		"an unknown alias":       "a: *" + fill("a"),
		"tags":                   "[" + fill("!a b,") + "]",
		"a long tag":             "a: !" + fill("a") + " x",
		"directives":             fill("%A b\n"),
		"tag directives":         numbered("%TAG !a#N! x\n"),
		"documents":              fill("--- a\n"),
		"empty documents":        fill("---\n"),
		"a long number":          "a: " + fill("1"),
		"a long fraction":        "a: 1." + fill("1"),
		"long numbers":           "a: [" + strings.Repeat(strings.Repeat("1", 1000)+",", 1000) + "]",
		"a great exponent":       "a: 1e" + fill("9"),
		"underscores":            "a: 1" + fill("_"),
		"a long sexagesimal":     "a: 1" + strings.Repeat(":1", 15_000) + strings.Repeat("1", 1_000_000),
		"binary":                 fill("\x00\xff\xfe\u202e"),
		"carriage returns":       fill("\r"),
		"flow keys over lines":   "[" + fill("\"a\"\n,"),
		"many errors in 128 KiB": strings.Repeat("a: b\n", 3500) + strings.Repeat("x", 100_000) + "\n c: d",
	}
}

// fastest returns the least time that reading takes in a few tries.
func fastest(source string, enough time.Duration) time.Duration {
	took := time.Hour
	for try := 0; try < 5 && took > enough; try++ {
		began := time.Now()
		doc := strictyaml.Read([]byte(source), strictyaml.Limits{})
		doc.Root().Fields("a", "b").Value("a").Text()
		doc.Root().List()
		doc.Faults()
		took = min(took, time.Since(began))
	}
	return took
}

// T-11, T-17: however a document is made, reading it ends soon. On a machine,
// or with a detector, that makes an ordinary document slow, soon is as much
// later.
func TestEveryDocumentOfOneMebibyteIsReadInFiftyMilliseconds(t *testing.T) {
	all := hostileDocuments()
	bound := max(50*time.Millisecond, 10*fastest(all["entries to the limit"], 0))
	for name, source := range all {
		t.Run(name, func(t *testing.T) {
			assert.LessOrEqual(t, len(source), mebibyte)
			assert.LessOrEqual(t, fastest(source, bound), bound)
		})
	}
}

func BenchmarkRead(b *testing.B) {
	for name, source := range hostileDocuments() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				strictyaml.Read([]byte(source), strictyaml.Limits{})
			}
		})
	}
}
