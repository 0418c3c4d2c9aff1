package strictyaml

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parse makes the tree, unless the text is not YAML.
func (d *Document) parse() {
	dec := yaml.NewDecoder(strings.NewReader(d.source))
	first, err := next(dec)
	if errors.Is(err, io.EOF) {
		d.refuse(1, 1, "", "the document is empty")
		return
	}
	if err != nil {
		d.refuseSyntax(err)
		return
	}
	d.root = d.build(first.Content[0], &Node{doc: d}, 1)
	if d.root.kind == empty {
		d.refuse(1, 1, "", "the document is empty")
	}
	if second, err := next(dec); err == nil {
		d.refuse(second.Line, second.Column, "", "a second document is not allowed: this file is one")
	} else if !errors.Is(err, io.EOF) {
		d.refuseSyntax(err)
	}
}

// next parses one document. The parser is not ours: a panic in it is an error.
func next(dec *yaml.Decoder) (doc *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("cannot be read: %v", p)
		}
	}()
	doc = new(yaml.Node)
	if err := dec.Decode(doc); err != nil {
		return nil, err
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, errors.New("cannot be read")
	}
	return doc, nil
}

var lineInMessage = regexp.MustCompile(`^line (\d+): `)

// parserMessages are those of the parser proper. The lines that it gives with
// them count from 0, unlike those of its scanner, and are those on which the
// list or mapping begins that could not be read.
var parserMessages = []string{
	"did not find expected <", "did not find expected node content", "did not find expected '-' indicator",
	"did not find expected key", "did not find expected ',' or", "found incompatible", "found undefined", "found duplicate",
}

// hints say in plain words what the parser's messages mean.
var hints = map[string]string{
	"mapping values are not allowed in this context": `a ": " is not allowed here: check the indentation, or quote the text`,
	"did not find expected key":                      "expected a key here: check the indentation, and that texts with quotes, commas or colons are quoted",
	"did not find expected '-' indicator":            `expected "- " here: check the indentation`,
	"did not find expected ',' or ']'":               `a list [ … ] is not closed, or "," is missing, or a text in it needs quotes`,
	"did not find expected ',' or '}'":               `a mapping { … } is not closed, or "," is missing, or a text in it needs quotes`,
	"found character that cannot start any token":    "a text cannot begin with this character, nor a line with a tab: quote the text, indent with spaces",
	"found unknown escape character":                 `"\" and this character mean nothing in double quotes: write "\\" for a backslash, or use single quotes`,
	"did not find expected whitespace or line break": `a text that begins with "!", "&", "*", "|" or ">" must be quoted`,
	"did not find expected node content":             "a value is missing here, or a text needs quotes",
	"found unexpected end of stream":                 "a quoted text is not closed",
	"could not find expected ':'":                    `expected "key: value": ":" or the blank after it is missing, or a text needs quotes`,
	"did not find expected <document start>":         "expected the end of the document: check the indentation",
}

// refuseSyntax reports an error of the parser.
func (d *Document) refuseSyntax(err error) {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(message, "unknown anchor '"); ok {
		d.refuseAt(d.aliasOffset(strings.TrimSuffix(rest, "' referenced")), "%s", noAlias)
		return
	}
	if strings.Contains(message, "exceeded max depth") {
		d.refuseAt(d.depthOffset(), "nested more than %d deep", d.limits.Depth)
		return
	}
	line := 0
	if m := lineInMessage.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = message[len(m[0]):]
	}
	for _, p := range parserMessages {
		if strings.HasPrefix(message, p) {
			line = max(line+1, d.failureLine(message))
			break
		}
	}
	line = min(max(line, 1), len(d.lines))
	text := d.line(line)
	column := 1 + len(text) - len(strings.TrimLeft(text, " \t"))
	if hint, ok := hints[message]; ok {
		message = hint
	}
	d.refuse(line, column, "", "%s", message)
}

// tricklable is the greatest size of a document that is parsed a second time
// to find the place of an error.
const tricklable = 128 << 10

// failureLine returns the line at which the parser stopped, or 0 if that was at
// the end: fed byte by byte, it shows how far it came.
func (d *Document) failureLine(message string) int {
	if len(d.source) > tricklable {
		return 0
	}
	const lookahead = 4 // characters, of the scanner
	end := len(strings.TrimRight(d.source, " \t\r\n"))
	t := &trickle{source: d.source[:end] + strings.Repeat("\n", 2*lookahead)}
	dec := yaml.NewDecoder(t)
	var err error
	for err == nil {
		_, err = next(dec)
	}
	if !strings.HasSuffix(err.Error(), message) || t.read > end+lookahead {
		return 0
	}
	line, column := d.placeOf(min(t.read-1, end))
	for line > 1 && (column <= lookahead || strings.TrimSpace(d.line(line)) == "") {
		line--
		column = lookahead + 1
	}
	return line
}

// A trickle reads a text one byte at a time.
type trickle struct {
	source string
	read   int
}

// Read implements io.Reader.
func (t *trickle) Read(p []byte) (int, error) {
	if t.read == len(t.source) {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	p[0] = t.source[t.read]
	t.read++
	return 1, nil
}

// aliasOffset finds where an alias stands, or something that looks like it.
func (d *Document) aliasOffset(name string) int {
	const before, after = " \t\r\n,[{", " \t\r\n,]}"
	alias := "*" + name
	for at := 0; ; at += len(alias) {
		i := strings.Index(d.source[at:], alias)
		if i < 0 {
			return 0
		}
		at += i
		end := at + len(alias)
		if (at == 0 || strings.IndexByte(before, d.source[at-1]) >= 0) &&
			(end == len(d.source) || strings.IndexByte(after, d.source[end]) >= 0) {
			return at
		}
	}
}

// depthOffset finds where too deep a nesting begins, by counting brackets and
// dashes.
func (d *Document) depthOffset() int {
	depth, dashes := 0, 0
	for i, c := range []byte(d.source) {
		switch {
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth = max(0, depth-1)
		case c == '-' || c == '?':
			dashes++
		case c != ' ':
			dashes = 0
		}
		if max(depth, dashes) > d.limits.Depth {
			return i
		}
	}
	return 0
}

// line returns the text of a line, from 1.
func (d *Document) line(n int) string {
	if n < 1 || n > len(d.lines) {
		return ""
	}
	text := d.source[d.lines[n-1].offset:]
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	return strings.TrimSuffix(text, "\r")
}
