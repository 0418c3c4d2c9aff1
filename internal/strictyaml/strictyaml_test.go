package strictyaml_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/bailiwick-authz/bailiwick/internal/strictyaml"
)

// read reads a document with the keys text, list, names and flag: a text, a
// list of texts, a mapping from names to conditions, and true or false. It
// returns the faults, one a line.
func read(source string) string {
	doc := strictyaml.Read([]byte(source), strictyaml.Limits{})
	top := doc.Root().Fields("text", "list", "names", "flag")
	top.Value("text").Text()
	for _, n := range top.Value("list").ListOrOne() {
		n.Text()
	}
	for _, e := range top.Value("names").Names() {
		e.Value.Verbatim()
	}
	top.Value("flag").Bool()
	return faults(doc)
}

func faults(doc *strictyaml.Document) string {
	var b strings.Builder
	for _, f := range doc.Faults() {
		path := f.Path
		if f.Key {
			path += " (key)"
		}
		fmt.Fprintf(&b, "%d:%d %s: %s\n", f.Line, f.Column, path, f.Message)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

const (
	noAlias  = `aliases are not allowed: write the value out (a text that begins with "*" must be quoted)`
	noAnchor = `anchors are not allowed: write the value out where it is needed (a text that begins with "&" must be quoted)`
	noTag    = `tags are not allowed (a text that begins with "!" must be quoted)`
	escape   = `: in a text, write it as an escape in double quotes`
)

func TestADocumentThatSaysWhatItMeansHasNoFaults(t *testing.T) {
	for _, source := range []string{
		"text: x\nlist: [a, b]\nnames: {a: x == 1, b: \"true\"}\nflag: true\n",
		"\uFEFFtext: x\r\nlist:\r\n- a\r\n- b\r\n",
		"---\ntext: x\n...\n",
		"# a comment\n\n{text: 'no', list: one, names: {\"1\": true, on-call: false}, flag: false} # and one\n",
		"text: \"\\u202e\\x00\\u0085\"\n",
		"names:\nlist: []\n",
		"{}",
	} {
		assert.Empty(t, read(source), "%q", source)
	}
}

// T-21: duplicate keys above all.
func TestWhatTwoReadersCouldReadDifferentlyIsRefused(t *testing.T) {
	for _, c := range []struct{ what, source, fault string }{
		{"an anchor", "text: &a x", "1:7 text: " + noAnchor},
		{"an anchor of a key", "&a text: x", "1:1 text (key): " + noAnchor},
		{"an alias, and its anchor", "text: &a x\nlist: *a", "1:7 text: " + noAnchor + "\n2:7 list: " + noAlias},
		{"an alias of nothing", "text: a*b\nlist: [*b]", "2:8 : " + noAlias},
		{"an alias of what it is in", "list: &a [*a]", "1:7 list: " + noAnchor + "\n1:11 list[0]: " + noAlias},
		{"an alias as a key", "text: &a x\n*a : y", "1:7 text: " + noAnchor + "\n2:1 a (key): " + noAlias},
		{"a merge key", "names: {a: x}\n<<: {text: x}", "2:1 << (key): merge keys are not allowed: write the entries out"},
		{"a tag", "text: !x y", "1:7 text: " + noTag},
		{"a condition that YAML takes for a tag", "names:\n  a: !resource.closed", "2:6 names.a: " + noTag},
		{"a condition that it takes for a broken one", "names: {a: !resource.closed}", "1:1 : a text that begins with \"!\", \"&\", \"*\", \"|\" or \">\" must be quoted"},
		{"a tag that says nothing", "text: ! true", "1:7 text: " + noTag},
		{"a tag with an anchor", "text: &a !x y", "1:7 text: " + noTag},
		{"a standard tag", "text: !!str 1", "1:7 text: " + noTag},
		{"a tag of the whole", "!x {text: y}", "1:1 : " + noTag},
		{"a tag of a key", "!!str text: y", "1:1 : " + noTag},
		{"a directive", "# x\n\n%YAML 1.1\n---\ntext: x", "3:1 : directives are not allowed"},
		{"a second document", "text: x\n---\ntext: y", "2:1 : a second document is not allowed: this file is one"},
		{"an empty second document", "text: x\n---\n", "2:1 : a second document is not allowed: this file is one"},
		{"a broken second document", "text: x\n---\n[", "3:1 : a value is missing here, or a text needs quotes"},
		{"a duplicate key", "text: x\nlist: a\ntext: y", "3:1 text (key): duplicate key \"text\": it stands on line 1 already"},
		{"a duplicate key, written differently", "{text: x, \"text\": y}", "1:11 text (key): duplicate key \"text\": it stands on line 1 already"},
		{"a duplicate name", "names: {a: x, b: z, a: z}", "1:21 names.a (key): duplicate key \"a\": it stands on line 1 already"},
		{"a key that is a list", "? [a]\n: b", "1:3 [\"\"] (key): a key must be a text"},
		{"a key that is nothing", "names:\n  ~: x\n  ? \n  : z", "2:3 names.~ (key): a key must be a text, not nothing\n3:4 names[\"\"] (key): a key must be a text, not nothing"},
		{"bytes that are not UTF-8", "text: a\xffb", "1:8 : this is not UTF-8"},
		{"UTF-16", "\xff\xfet\x00", "1:1 : this is not UTF-8\n1:2 : this is not UTF-8\n1:4 : a control character" + escape},
		{"a NUL", "text: \x00", "1:7 : a control character" + escape},
		{"an escape character", "text: é\x1b[31m", "1:8 : a control character" + escape},
		{"a lone carriage return", "text: a\rb", "1:8 : a carriage return without a line feed" + escape},
		{"YAML 1.1's line break", "text: a\u0085b", "1:8 : a control character" + escape},
		{"Unicode's line break", "text: a\u2028b", "1:8 : a line separator that not every reader takes for one" + escape},
		{"a text that shows in another order", "text: \u202eb", "1:7 : a character that does not show, or that makes the text show in another order" + escape},
		{"a name with a hidden character", "names: {lead\u200b: x}", "1:13 : a character that does not show, or that makes the text show in another order" + escape},
	} {
		t.Run(c.what, func(t *testing.T) { assert.Equal(t, c.fault, read(c.source)) })
	}
}

func TestWhatIsNotAText(t *testing.T) {
	for value, fault := range map[string]string{
		"1":          `not a number: write "1"`,
		"-1.5e3":     `not a number: write "-1.5e3"`,
		"0o17":       `not a number: write "0o17"`,
		"0x1F":       `not a number: write "0x1F"`,
		"1_000":      `not a number: write "1_000"`,
		".inf":       `not a number: write ".inf"`,
		"true":       `not true or false: write "true"`,
		"True":       `not true or false: write "True"`,
		"no":         `and some readers take this for true or false: write "no"`,
		"Y":          `and some readers take this for true or false: write "Y"`,
		"OFF":        `and some readers take this for true or false: write "OFF"`,
		"1:30":       `and some readers take this for a number: write "1:30"`,
		"2026-10-01": `not a date: write "2026-10-01"`,
		"~":          `not nothing`,
		"null":       `not nothing`,
		"":           `not nothing`,
		"[a]":        `not a list`,
		"{a: b}":     `not a mapping`,
	} {
		got := read("text: " + value)
		assert.Equal(t, "text: text must be a text, "+fault, got[min(len(got), len("1:7 ")):], "%q", value)
		if !strings.HasPrefix(fault, "not nothing") && !strings.ContainsAny(value, "[{") {
			assert.Empty(t, read(`text: "`+value+`"`), "quoted")
			assert.Empty(t, read("text: '"+value+"'"), "quoted")
			assert.Equal(t, "1:9 names."+value+" (key): a name must be a text, "+fault,
				strings.NewReplacer(`["`, ".", `"] (`, " (").Replace(read("names: {"+value+": x}")), "as a name")
		}
	}
}

func TestAConditionNeedsNoQuotesToBeTrueOrFalse(t *testing.T) {
	doc := strictyaml.Read([]byte("{a: true, b: false, c: 1, d: , e: no}"), strictyaml.Limits{})
	var texts []string
	for _, e := range doc.Root().Names() {
		texts = append(texts, e.Value.Verbatim())
	}
	assert.Equal(t, []string{"true", "false", "1", "", "no"}, texts)
	assert.Equal(t, `1:24 c: c must be a text, not a number: write "1"
1:30 d: d must be a text, not nothing
1:35 e: e must be a text, and some readers take this for true or false: write "no"`, faults(doc))
}

func TestOneReadingFindsEveryFault(t *testing.T) {
	assert.Equal(t, strings.TrimSpace(`
2:1 text: text must be a text, not a list
3:12 names.a: a must be a text, not a mapping
3:23 names.b: b must be a text, not a list
4:7 list: list must be a text or a list, not a mapping
5:7 flag: flag must be true or false, not the text "yes"
6:1 txet (key): unknown key "txet" (did you mean "text"?)
7:1 colour (key): unknown key "colour"; known here: text, list, names, flag
`), read(`text:
- x
names: {a: {x: z}, b: []}
list: {}
flag: yes
txet: x
colour: x
`))
	assert.Equal(t, "1:8 text: text must be a text, not a list\n1:19 list: "+noAnchor, read("{text: [a], list: &x b}"))
	assert.Equal(t, "1:1 : the document must be a mapping, not a list", read("[a]"))
	assert.Equal(t, "1:1 : the document must be a mapping, not the text \"a\"", read("a"))
	assert.Equal(t, "1:8 names: names must be a mapping, not the number 3", read("names: 3"))
	assert.Equal(t, "1:11 list[1]: each of list must be a text, not a mapping", read("list: [a, {b: c}]"))
	assert.Equal(t, "1:7 flag: flag must be true or false, not True", read("flag: True"))
	assert.Equal(t, "1:7 flag: flag must be true or false, not the text \"true\"", read("flag: \"true\""))
}

func TestAMissingKeyIsReportedAtTheMappingThatLacksIt(t *testing.T) {
	doc := strictyaml.Read([]byte("a:\n  - {x: 1}\n  - y: 1\n  -\n"), strictyaml.Limits{})
	for _, n := range doc.Root().Fields("a").Value("a").List() {
		n.Fields("x", "y").Require("x")
	}
	assert.Equal(t, "3:5 a[1].x: x is missing\n4:4 a[2].x: x is missing", faults(doc))
}

func TestADocumentWithoutContentIsRefused(t *testing.T) {
	for _, source := range []string{"", "\n", "# x\n", "---\n", "~", "null\n", "\uFEFF"} {
		assert.Equal(t, "1:1 : the document is empty", read(source), "%q", source)
	}
}

func TestSyntaxErrorsNameThePlaceAndTheRemedy(t *testing.T) {
	for _, c := range []struct{ source, fault string }{
		{"text: x\n\nnames:\n  a: x\n b: y\n", "5:2 : expected a key here: check the indentation, and that texts with quotes, commas or colons are quoted"},
		{"names:\n  a: x\n  b: 'it's'\n  c: d\n", "4:3 : expected a key here: check the indentation, and that texts with quotes, commas or colons are quoted"},
		{"text: x\nlist: a: b\n", "2:1 : a \": \" is not allowed here: check the indentation, or quote the text"},
		{"list:\n  - a\n - b\n", "3:2 : expected a key here: check the indentation, and that texts with quotes, commas or colons are quoted"},
		{"list: [a, b\ntext: x\n", "2:1 : a list [ … ] is not closed, or \",\" is missing, or a text in it needs quotes"},
		{"text: x\nnames: {a: x\nflag: true\n", "2:1 : a mapping { … } is not closed, or \",\" is missing, or a text in it needs quotes"},
		{"text: x\nnames:\n\ta: b\n", "3:2 : a text cannot begin with this character, nor a line with a tab: quote the text, indent with spaces"},
		{"text: x\nlist: @a\n", "2:1 : a text cannot begin with this character, nor a line with a tab: quote the text, indent with spaces"},
		{"flag: true\ntext: \"x\nlist: a\n", "2:1 : a quoted text is not closed"},
		{"names:\n  a: x\n  b y\n  c: z\n", "3:3 : expected \"key: value\": \":\" or the blank after it is missing, or a text needs quotes"},
	} {
		assert.Equal(t, c.fault, read(c.source), "%s", c.source)
	}
}

func TestLimits(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct {
		what, source string
		limits       strictyaml.Limits
		fault        string
	}{
		{"the size", "a: 12345", strictyaml.Limits{Bytes: 8}, ""},
		{"above the size", "a: 123456", strictyaml.Limits{Bytes: 8}, "1:1 : the document has 9 bytes, at most 8 are allowed"},
		{"1 MiB by default", "a: " + strings.Repeat("x", 1<<20-3), strictyaml.Limits{}, ""},
		{"above 1 MiB", "a: " + strings.Repeat("x", 1<<20-2), strictyaml.Limits{}, "1:1 : the document has 1048577 bytes, at most 1048576 are allowed"},
		{"the marks", "a: [b, -, c] # - x-y", strictyaml.Limits{Marks: 7}, ""},
		{"above the marks", "a: [b, -, c] # - x-y", strictyaml.Limits{Marks: 6}, "1:16 : more than 6 of the characters , : - ? [ { # that begin entries"},
		{"the marks by default", strings.Repeat("- a\n", 20_971), strictyaml.Limits{}, ""},
		{"above the marks by default", strings.Repeat("- a\n", 20_972), strictyaml.Limits{}, "20972:1 : more than 20971 of the characters , : - ? [ { # that begin entries"},
		{"the depth", nested(3), strictyaml.Limits{Depth: 3}, ""},
		{"above the depth", nested(4), strictyaml.Limits{Depth: 3}, "1:4 [0][0][0]: nested more than 3 deep"},
		{"64 deep by default", nested(64), strictyaml.Limits{}, ""},
		{"so deep that the parser gives up", strings.Repeat("[", 20_000), strictyaml.Limits{}, "1:65 : nested more than 64 deep"},
		{"the same by indentation", "a:\n" + strings.Repeat("- ", 10_001), strictyaml.Limits{}, "2:129 : nested more than 64 deep"},
		{"a key", strings.Repeat("k", 256) + ": x", strictyaml.Limits{}, ""},
		{"a long key", strings.Repeat("k", 257) + ": x", strictyaml.Limits{}, "1:1 " + strings.Repeat("k", 40) + "… (key): a key of more than 256 bytes"},
		{"a number", "a: " + strings.Repeat("1", 1000), strictyaml.Limits{}, ""},
		{"a long number", "a: " + strings.Repeat("1", 1001), strictyaml.Limits{}, "1:1004 : a number of more than 1000 digits"},
	} {
		t.Run(c.what, func(t *testing.T) {
			assert.Equal(t, c.fault, faults(strictyaml.Read([]byte(c.source), c.limits)))
		})
	}
}

func TestAFileWithoutEndOfFaultsIsReportedInPart(t *testing.T) {
	doc := strictyaml.Read([]byte(strings.Repeat("a: x\n", 2000)), strictyaml.Limits{})
	assert.Len(t, doc.Faults(), 500)
}

func TestTheNilNodeIsAValueThatIsNotThere(t *testing.T) {
	var n *strictyaml.Node
	n.Refuse("nothing is wrong")
	n.Fields("a").Require("a")
	assert.Nil(t, n.Fields("a").Value("a"))
	assert.Empty(t, n.Names())
	assert.Empty(t, n.List())
	assert.Empty(t, n.ListOrOne())
	assert.Empty(t, n.Text())
	assert.Empty(t, n.Verbatim())
	assert.False(t, n.Bool())
	assert.False(t, n.IsMapping())
	assert.False(t, n.IsEmptyList())
	assert.False(t, n.IsEmptyText())
}
