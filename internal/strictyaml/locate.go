package strictyaml

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Locate returns the line and column of what internal/fault calls path: of its
// name if key is true, of its value if not. If line is not 0, it returns the
// place of that line and column in the value's text, as exactly as the text's
// form allows. Of what is not in the document it returns the place of what
// would enclose it.
func (d *Document) Locate(path string, key bool, line, column int) (int, int) {
	n, found := d.find(path)
	switch {
	case n == nil:
		return 1, 1
	case key && found && n.keyAt[0] > 0:
		return n.keyAt[0], n.keyAt[1]
	case line > 0 && n.kind == scalar:
		return n.placeInText(line, column)
	}
	return n.line, n.column
}

// find returns the node at path and true, or the nearest one that encloses it.
func (d *Document) find(path string) (*Node, bool) {
	n := d.root
	for n != nil && path != "" {
		var child *Node
		var segment string
		index := -1
		segment, index, path = cutPath(path)
		switch {
		case n.kind == mapping && index < 0:
			child = n.entries[segment]
		case n.kind == list && index >= 0 && index < len(n.items):
			child = n.items[index]
		}
		if child == nil {
			return n, false
		}
		n = child
	}
	return n, n != nil
}

// cutPath takes the first name or index off a path. The index of a name is -1.
func cutPath(path string) (name string, index int, rest string) {
	if path[0] != '[' {
		path = strings.TrimPrefix(path, ".")
		end := strings.IndexAny(path, ".[")
		if end < 0 {
			end = len(path)
		}
		return path[:end], -1, path[end:]
	}
	if q, err := strconv.QuotedPrefix(path[1:]); err == nil {
		name, _ = strconv.Unquote(q)
		return name, -1, strings.TrimPrefix(path[1+len(q):], "]")
	}
	digits, rest, _ := strings.Cut(path[1:], "]")
	index, err := strconv.Atoi(digits)
	if err != nil {
		return "", -1, ""
	}
	return "", index, rest
}

// placeInText returns the place of a line and column of the node's text.
func (n *Node) placeInText(line, column int) (int, int) {
	if n.style&yaml.LiteralStyle != 0 {
		return n.placeInLiteral(line, column)
	}
	at, ok := n.align(textOffset(n.text, line, column))
	if !ok {
		return n.line, n.column
	}
	return n.doc.placeOf(at)
}

// placeInLiteral does it for a text after "|", whose lines are lines of the
// file, indented.
func (n *Node) placeInLiteral(line, column int) (int, int) {
	lines := strings.Split(n.text, "\n")
	if line > len(lines) {
		return n.line, n.column
	}
	text, source := lines[line-1], n.doc.line(n.line+line)
	indent := strings.TrimSuffix(source, text)
	if len(indent)+len(text) != len(source) || strings.Trim(indent, " ") != "" {
		return n.line, n.column
	}
	return n.line + line, len(indent) + column
}

// textOffset returns the rune offset of a line and column in a text.
func textOffset(text string, line, column int) int {
	offset := 0
	for ; line > 1; line-- {
		before, after, ok := strings.Cut(text, "\n")
		if !ok {
			break
		}
		offset += runes(before) + 1
		text = after
	}
	first, _, _ := strings.Cut(text, "\n")
	return offset + min(column-1, runes(first))
}

// align returns the offset in the source of the rune of the text with a given
// number, by reading both side by side: the source may have more blanks and
// line breaks than the text, and escapes.
func (n *Node) align(target int) (int, bool) {
	src, at := n.doc.source, n.doc.offset(n.line, n.column)
	switch {
	case n.style&quoted != 0:
		at++
	case n.style&yaml.FoldedStyle != 0:
		at = min(at+strings.IndexByte(src[at:]+"\n", '\n')+1, len(src)) // the file may end there
	}
	for i, want := range []rune(n.text) {
		begin, end, ok := n.step(at, want)
		if !ok {
			return 0, false
		}
		if i == target {
			return begin, true
		}
		at = end
	}
	return at, true
}

// step finds the next rune of the text from an offset in the source.
func (n *Node) step(at int, want rune) (begin, end int, ok bool) {
	for at < len(n.doc.source) {
		r, width := n.decode(n.doc.source[at:])
		switch {
		case r == want:
			return at, at + width, true
		case isBlank(r):
			at += width // blanks that folding takes away
		case isBlank(want):
			return at, at, true
		default:
			return 0, 0, false
		}
	}
	return 0, 0, false
}

// decode reads one rune of a scalar's source, escapes resolved.
func (n *Node) decode(src string) (rune, int) {
	switch {
	case n.style&yaml.SingleQuotedStyle != 0 && strings.HasPrefix(src, "''"):
		return '\'', 2
	case n.style&yaml.DoubleQuotedStyle != 0 && src[0] == '\\' && len(src) > 1:
		return unescape(src)
	}
	return utf8.DecodeRuneInString(src)
}

const (
	escapes  = "0abt\tnvfre \"\\N_LP\n\r"
	escapeds = "\x00\a\b\t\t\n\v\f\r\x1b \"\\\u0085\u00a0\u2028\u2029\n\n"
)

// unescape reads an escape of a double-quoted text. An escaped line break is a
// blank here.
func unescape(src string) (rune, int) {
	if digits := strings.IndexByte("xuU", src[1]); digits >= 0 {
		width := 2 + 2<<digits
		if len(src) >= width {
			if r, err := strconv.ParseUint(src[2:width], 16, 32); err == nil {
				return rune(r), width
			}
		}
		return utf8.RuneError, 2
	}
	if i := strings.IndexByte(escapes, src[1]); i >= 0 {
		return []rune(escapeds)[i], 2
	}
	return utf8.RuneError, 2
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }

// stride is how many runes apart the offsets are that a Document keeps, so
// that a place in a long line is found without reading the line.
const stride = 256

// offset turns a line and a column into an offset into the source.
func (d *Document) offset(line, column int) int {
	if line < 1 || line > len(d.lines) {
		return len(d.source)
	}
	start := d.lines[line-1]
	number := start.rune + max(column, 1) - 1
	if number/stride >= len(d.strides) {
		return len(d.source)
	}
	at := d.strides[number/stride]
	for number %= stride; number > 0 && at < len(d.source); number-- {
		_, width := utf8.DecodeRuneInString(d.source[at:])
		at += width
	}
	return at
}

// placeOf turns an offset into a line and a column.
func (d *Document) placeOf(offset int) (line, column int) {
	i, exact := slices.BinarySearchFunc(d.lines, offset, func(l lineStart, at int) int { return l.offset - at })
	if !exact {
		i--
	}
	j, exact := slices.BinarySearch(d.strides, offset)
	if !exact {
		j--
	}
	number := j*stride + runes(d.source[d.strides[j]:offset])
	return i + 1, number - d.lines[i].rune + 1
}

func runes(s string) int { return utf8.RuneCountInString(s) }
