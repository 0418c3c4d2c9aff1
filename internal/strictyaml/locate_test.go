package strictyaml_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/bailiwick-authz/bailiwick/internal/fault"
	"github.com/bailiwick-authz/bailiwick/internal/strictyaml"
)

const places = `# roles
policy: p
roles:
  collector: {grants: [{privileges: [a, b.c], scope: own}]}
  "a.b [c]":
    at: authority
    empty:
constraints:
- name: x
  on:
    - a
    - bé
- {é: y, name: z}
`

func TestEveryPathHasItsPlace(t *testing.T) {
	doc := strictyaml.Read([]byte(places), strictyaml.Limits{})
	assert.Empty(t, faults(doc))
	odd := fault.At("roles", "a.b [c]")
	for _, c := range []struct {
		path, value, key string
	}{
		{"", "2:1", "2:1"},
		{"policy", "2:9", "2:1"},
		{"roles", "4:3", "3:1"},
		{"roles.collector", "4:14", "4:3"},
		{"roles.collector.grants", "4:23", "4:15"},
		{"roles.collector.grants[0]", "4:24", "4:24"},
		{"roles.collector.grants[0].privileges[1]", "4:41", "4:41"},
		{"roles.collector.grants[0].scope", "4:54", "4:47"},
		{odd, "6:5", "5:3"},
		{fault.At(odd, "at"), "6:9", "6:5"},
		{"constraints[0].on[1]", "12:7", "12:7"},
		{"constraints[1]", "13:3", "13:3"},
		{"constraints[1].name", "13:16", "13:10"},
		// What is not there is where it would be.
		{"roles.collector.grants[0].when", "4:24", "4:24"},
		{"roles.collector.grants[7].when", "4:23", "4:23"},
		{"roles.collector.grants.x", "4:23", "4:23"},
		{fault.Index(fault.At(odd, "at"), 0), "6:9", "6:9"},
		{"administration.changes.bind", "2:1", "2:1"},
		{"[0]", "2:1", "2:1"},
		{"[x", "2:1", "2:1"},
		{"policy..", "2:9", "2:9"},
	} {
		line, column := doc.Locate(c.path, false, 0, 0)
		assert.Equal(t, c.value, fmt.Sprintf("%d:%d", line, column), "%s", c.path)
		line, column = doc.Locate(c.path, true, 0, 0)
		assert.Equal(t, c.key, fmt.Sprintf("%d:%d", line, column), "name of %s", c.path)
	}
}

func TestADocumentThatCouldNotBeReadHasOnePlace(t *testing.T) {
	line, column := strictyaml.Read([]byte("["), strictyaml.Limits{}).Locate("a.b", false, 3, 4)
	assert.Equal(t, [2]int{1, 1}, [2]int{line, column})
}

// In each of these, "@" is in the condition's text, and its place in the text
// is its place in the file.
func TestAPlaceInATextHasItsPlaceInTheFile(t *testing.T) {
	for what, source := range map[string]string{
		"plain":                           "a:\n  c: x == @y",
		"plain, after é":                  "é: {é: é, c: é == @y}",
		"in single quotes":                "{c: '@'}",
		"in single quotes, after a quote": "c:  'x == ''é'' && @'",
		"in double quotes":                "c: \"@\"",
		"after escapes":                   `{é: "\t", c: "a\t\"\\ \u00e9\x41\U0001F600 \n @ b"}`,
		"in a literal":                    "c: |\n  a &&\n    b && @\n",
		"on a literal's first line":       "a:\n  c: |-   # why\n      é @\n\n",
		"after a blank line":              "c: |\n\n\n  a\n\n    @",
		"with an indent given":            "c: |2\n    a\n  @\n",
		"in a folded text":                "c: >\n  a\n  b  c\n\n  d\n    e @\n  f\n",
		"in a plain text of many lines":   "c: a &&\n     b\n\n  && @ c\n",
		"in a quoted text of many lines":  "c: 'a ''\n\n   b\n  c @\n'",
		"after an escaped line break":     "c: \"a \\\n   b\\n\n  \\  @ c\"",
		"in quotes, without an indent":    "{c: 'a\nb @'}",
		"with carriage returns":           "é: x\r\nc: |\r\n  a\r\n  b @\r\n",
		"after a byte order mark":         "\uFEFFc: é @",
		"far along a line":                "c: '" + strings.Repeat("é", 900) + "@'",
	} {
		t.Run(what, func(t *testing.T) {
			doc := strictyaml.Read([]byte(source), strictyaml.Limits{})
			assert.Empty(t, faults(doc))
			path, value := marked(doc.Root())
			line, column := placeIn(value)
			wantLine, wantColumn := placeIn(strings.TrimPrefix(source, "\uFEFF"))
			gotLine, gotColumn := doc.Locate(path, false, line, column)
			assert.Equal(t, [2]int{wantLine, wantColumn}, [2]int{gotLine, gotColumn}, "%q in\n%s", value, source)
		})
	}
}

// marked returns the path and the text of the value with an "@" in it.
func marked(n *strictyaml.Node) (path, value string) {
	if !n.IsMapping() {
		return n.Path(), n.Verbatim()
	}
	for _, e := range n.Names() {
		if path, value = marked(e.Value); strings.Contains(value, "@") {
			break
		}
	}
	return path, value
}

// placeIn returns the line and column of the "@" in a text.
func placeIn(text string) (line, column int) {
	before, _, _ := strings.Cut(text, "@")
	last := before[strings.LastIndexByte(before, '\n')+1:]
	return 1 + strings.Count(before, "\n"), 1 + len([]rune(last))
}

func TestAPlaceAfterATextIsAfterItInTheFile(t *testing.T) {
	for source, want := range map[string][2]int{
		"c: abc":                         {1, 7},
		"c: \"abc\" # x":                 {1, 8},
		"c: |\n  abc":                    {2, 6},
		"c: a\n  bc\n":                   {2, 5},
		"c: >-\n  a\n  b":                {3, 4},
		"c: " + strings.Repeat("é", 253): {1, 257},
	} {
		doc := strictyaml.Read([]byte(source), strictyaml.Limits{})
		text := doc.Root().Fields("c").Value("c").Text()
		line, column := doc.Locate("c", false, 1, len([]rune(text))+1)
		assert.Equal(t, want, [2]int{line, column}, "%q", source)
	}
	doc := strictyaml.Read([]byte(`c: "a\nb"`), strictyaml.Limits{})
	line, column := doc.Locate("c", false, 1, 99)
	assert.Equal(t, [2]int{1, 6}, [2]int{line, column}, "a line's end is the end of its places")
}
