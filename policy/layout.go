package policy

import (
	"strings"
	"unicode/utf8"

	"github.com/bailiwick-authz/bailiwick/internal/strictyaml"
)

// maxWidth is the greatest width of a line that could also be several.
const maxWidth = 100

type valueKind uint8

const (
	isNothing  valueKind = iota // the zero value: not printed
	isText                      // printed with quotes where needed
	isVerbatim                  // printed as it is
	isList
	isMapping
)

// A value is a part of a policy file to be printed.
type value struct {
	kind  valueKind
	text  string
	keys  []string // of a mapping, as they are printed
	items []value  // of a list or a mapping
}

func text(s string) value { return value{kind: isText, text: s} }

func listOf[T any](all []T, print func(T) value) value {
	v := value{kind: isList}
	for _, one := range all {
		v.items = append(v.items, print(one))
	}
	return v
}

func unlessEmpty(v value) value {
	if len(v.items) == 0 {
		return value{}
	}
	return v
}

// A mapping collects the entries of a value.
type mapping struct{ v value }

// add appends an entry with a keyword, unless its value is nothing.
func (m *mapping) add(keyword string, v value) {
	if v.kind != isNothing {
		m.v.keys, m.v.items = append(m.v.keys, keyword), append(m.v.items, v)
	}
}

// addName appends an entry with a name, which may need quotes.
func (m *mapping) addName(name string, v value) { m.add(strictyaml.Scalar(name), v) }

func (m *mapping) value() value {
	m.v.kind = isMapping
	return m.v
}

// file prints a mapping as a file. Each of its entries that has entries itself
// gets lines of its own.
func (v value) file() []byte {
	var b strings.Builder
	for i, item := range v.items {
		b.WriteString(v.keys[i] + ":")
		if item.kind == isText {
			item.under(&b, "", 0)
			continue
		}
		item.block(&b, "")
	}
	return []byte(b.String())
}

// under prints a value after its key, which ended at the given width: on the
// same line if it fits there.
func (v value) under(b *strings.Builder, indent string, width int) {
	if v.kind == isText {
		if lines, ok := strictyaml.Literal(v.text, indent+"  "); ok {
			b.WriteString(" " + lines + "\n")
			return
		}
	}
	line := v.line()
	if v.kind == isText || len(v.items) == 0 || v.fits(width+1, line) {
		b.WriteString(" " + line + "\n")
		return
	}
	v.block(b, indent)
}

// block prints a list or mapping on lines of its own, below its key.
func (v value) block(b *strings.Builder, indent string) {
	b.WriteByte('\n')
	for i := range v.items {
		b.WriteString(indent + "  ")
		v.entry(b, i, indent+"  ")
	}
}

// entry prints an entry of a list or mapping. The indent is printed already.
func (v value) entry(b *strings.Builder, i int, indent string) {
	item := v.items[i]
	if v.kind == isMapping {
		key := v.keys[i] + ":"
		b.WriteString(key)
		item.under(b, indent, len(indent)+utf8.RuneCountInString(key))
		return
	}
	b.WriteByte('-')
	if line := item.line(); item.kind != isMapping || len(item.items) == 0 || item.fits(len(indent)+2, line) {
		item.under(b, indent, 0)
		return
	}
	b.WriteByte(' ')
	for j := range item.items {
		if j > 0 {
			b.WriteString(indent + "  ")
		}
		item.entry(b, j, indent+"  ")
	}
}

// fits reports whether a value's line fits at a width, and has no text in it
// that is better printed as several lines.
func (v value) fits(width int, line string) bool {
	return width+utf8.RuneCountInString(line) <= maxWidth && !v.hasLines()
}

func (v value) hasLines() bool {
	if v.kind == isText {
		_, ok := strictyaml.Literal(v.text, "")
		return ok
	}
	for _, item := range v.items {
		if item.hasLines() {
			return true
		}
	}
	return false
}

// line prints a value on one line.
func (v value) line() string {
	var b strings.Builder
	switch v.kind {
	case isText:
		return strictyaml.Scalar(v.text)
	case isVerbatim:
		return v.text
	case isList:
		b.WriteByte('[')
	case isMapping:
		b.WriteByte('{')
	}
	for i, item := range v.items {
		if i > 0 {
			b.WriteString(", ")
		}
		if v.kind == isMapping {
			b.WriteString(v.keys[i] + ": ")
		}
		b.WriteString(item.line())
	}
	if v.kind == isList {
		return b.String() + "]"
	}
	return b.String() + "}"
}
