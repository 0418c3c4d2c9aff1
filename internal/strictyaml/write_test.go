package strictyaml_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/internal/strictyaml"
)

func TestOnlyWhatEveryReaderTakesForTextStandsWithoutQuotes(t *testing.T) {
	for text, want := range map[string]string{
		"pupil.edit":                        "pupil.edit",
		"at least one super user":           "at least one super user",
		`size(holders("super_user")) >= 1`:  `size(holders("super_user")) >= 1`,
		"resource.warnings == 0 && user.ok": "resource.warnings == 0 && user.ok",
		"":                                  `""`,
		"true":                              `"true"`,
		"NO":                                `"NO"`,
		"n":                                 `"n"`,
		"null":                              `"null"`,
		"1":                                 `"1"`,
		"-a":                                `"-a"`,
		"!a":                                `"!a"`,
		" a":                                `" a"`,
		"a ":                                `"a "`,
		"a  b":                              `"a  b"`,
		"a: b":                              `"a: b"`,
		"a:b":                               `"a:b"`,
		"a #b":                              `"a #b"`,
		"a, b":                              `"a, b"`,
		"a[0]":                              `"a[0]"`,
		"{a}":                               `"{a}"`,
		"école":                             `"école"`,
		"a\"b\\":                            `"a\"b\\"`,
		"a\nb\tc\r":                         `"a\nb\tc\x0D"`,
		"\x00\x1b\u0085\u2028\u202e\ufeff":  `"\x00\x1B\x85\u2028\u202E\uFEFF"`,
		"\U000E0041\U0001F600":              `"\U000E0041😀"`,
		"a\xffb":                            "\"a\uFFFDb\"",
	} {
		assert.Equal(t, want, strictyaml.Scalar(text))
	}
}

func TestALiteralIsForTextsOfSeveralPlainLines(t *testing.T) {
	for text, want := range map[string]string{
		"a\nb":       "|-\n  a\n  b",
		"a\nb\n":     "|\n  a\n  b",
		"a\n\n  b":   "|-\n  a\n\n    b",
		"a: #\n- é":  "|-\n  a: #\n  - é",
		"a":          "",
		"a\n":        "",
		"\na\nb":     "",
		"a\nb\n\n":   "",
		" a\nb":      "",
		"a\nb ":      "",
		"a\n \nb":    "",
		"a\n\tb":     "",
		"a\r\nb":     "",
		"a\u2028\nb": "",
		"a\xff\nb":   "",
	} {
		got, ok := strictyaml.Literal(text, "  ")
		assert.Equal(t, want != "", ok, "%q", text)
		assert.Equal(t, want, got, "%q", text)
	}
}

// anyText draws texts that are hard to write, valid UTF-8.
func anyText(t *rapid.T, label string) string {
	return strings.ToValidUTF8(rapid.OneOf(
		rapid.String(),
		rapid.StringOf(rapid.SampledFrom([]rune("aé \n\t\r:#-,[]{}'\"\\|>&*!%@?~=<0x1\u0085\u00a0\u2028\u202e\ufeff"))),
		rapid.StringOf(rapid.SampledFrom([]rune("ab .\n"))),
	).Draw(t, label), "")
}

func TestWhatIsWrittenReadsAsWhatWasMeant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key, value := anyText(t, "key"), anyText(t, "value")
		forms := map[string]string{
			"block": strictyaml.Scalar(key) + ": " + strictyaml.Scalar(value) + "\n",
			"flow":  "{" + strictyaml.Scalar(key) + ": " + strictyaml.Scalar(value) + "}",
			"quote": strictyaml.Quote(key) + ": " + strictyaml.Quote(value),
		}
		if lines, ok := strictyaml.Literal(value, "    "); ok {
			forms["literal"] = strictyaml.Scalar(key) + ": " + lines + "\n"
		}
		for form, source := range forms {
			doc := strictyaml.Read([]byte(source), strictyaml.Limits{Key: 1 << 20})
			names := doc.Root().Names()
			if len(names) != 1 || names[0].Name != key || names[0].Value.Text() != value || len(doc.Faults()) > 0 {
				t.Fatalf("%s: %q: %q reads as %q\n%s", form, key, value, source, faults(doc))
			}
		}
	})
}

func TestEveryCharacterCanBeWritten(t *testing.T) {
	for from := rune(0); from <= utf8.MaxRune; from += 0x100 {
		var all []rune
		for r := from; r < from+0x100; r++ {
			if utf8.ValidRune(r) {
				all = append(all, r)
			}
		}
		doc := strictyaml.Read([]byte("a: "+strictyaml.Scalar(string(all))), strictyaml.Limits{})
		if text := doc.Root().Fields("a").Value("a").Text(); len(all) > 0 && text != string(all) || len(doc.Faults()) > 0 {
			t.Errorf("from %U: %q, %s", from, text, faults(doc))
		}
	}
}

// FuzzRead holds, of any bytes, that reading them ends without a panic, and
// that each fault has a place in them.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{places, "a: &b [*b]", "? a\n: |\n  b", "? a", "c: " + strings.Repeat("x", 253), "{a: 'b', \"c\\n\": d}", "%YAML 1.1\n---\n...", "\uFEFFa: >\r\n b\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		doc := strictyaml.Read(source, strictyaml.Limits{})
		visit(doc.Root(), func(n *strictyaml.Node) {
			if text := n.Text(); text != "" {
				doc.Locate(n.Path(), false, 1, utf8.RuneCountInString(text)+1)
				doc.Locate(n.Path(), true, 2, 1)
			}
		})
		lines := strings.Split(strings.TrimPrefix(string(source), "\uFEFF"), "\n")
		for _, fault := range doc.Faults() {
			if fault.Line < 1 || fault.Line > len(lines) || fault.Column < 1 || fault.Column > utf8.RuneCountInString(lines[fault.Line-1])+1 {
				t.Errorf("%+v is not in %q", fault, source)
			}
		}
	})
}

func visit(n *strictyaml.Node, see func(*strictyaml.Node)) {
	see(n)
	for _, item := range n.List() {
		visit(item, see)
	}
	for _, e := range n.Names() {
		visit(e.Value, see)
	}
}
