package strictyaml

import (
	"strings"
	"unicode/utf8"
)

// scan looks at the text before the parser does: it indexes it, and refuses
// what must not get to the parser. It reports whether to go on.
func (d *Document) scan() bool {
	d.lines = append(d.lines, lineStart{})
	number, marks, strange := 0, 0, 0
	for i := 0; i < len(d.source); number++ {
		if number%stride == 0 {
			d.strides = append(d.strides, i)
		}
		r, width := utf8.DecodeRuneInString(d.source[i:])
		if message := unreadable(d.source[i:], r, width); message != "" {
			d.refuseAt(i, "%s", message)
			if strange++; strange == 100 {
				return false
			}
		}
		if isMark(d.source[i:]) {
			if marks++; marks > d.limits.Marks {
				d.refuseAt(i, "more than %d of the characters , : - ? [ { # that begin entries", d.limits.Marks)
				return false
			}
		}
		i += width
		if r == '\n' {
			d.lines = append(d.lines, lineStart{i, number + 1})
		}
	}
	if len(d.strides) == 0 || number%stride == 0 {
		d.strides = append(d.strides, len(d.source))
	}
	return !d.hasDirective() && strange == 0
}

// refuseAt reports a fault of the text at an offset.
func (d *Document) refuseAt(offset int, format string, args ...any) {
	line, column := d.placeOf(offset)
	d.refuse(line, column, "", format, args...)
}

// unreadable says why a character is not allowed as it stands, or "".
func unreadable(rest string, r rune, width int) string {
	const escape = ": in a text, write it as an escape in double quotes"
	switch {
	case r == utf8.RuneError && width == 1:
		return "this is not UTF-8"
	case r == '\r':
		if strings.HasPrefix(rest, "\r\n") {
			return ""
		}
		return "a carriage return without a line feed" + escape
	case r == '\t' || r == '\n' || r >= ' ' && r < 0x7F:
		return ""
	case r < ' ' || r >= 0x7F && r < 0xA0:
		return "a control character" + escape
	case r == 0x2028 || r == 0x2029:
		return "a line separator that not every reader takes for one" + escape
	case isInvisible(r):
		return "a character that does not show, or that makes the text show in another order" + escape
	}
	return ""
}

// isInvisible reports whether r hides text or changes the order in which it
// shows: a reviewer would see another policy than the engine.
func isInvisible(r rune) bool {
	return r >= 0x200B && r <= 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2060 && r <= 0x206F ||
		r == 0xAD || r == 0x61C || r == 0xFEFF || r >= 0xFFF9 && r <= 0xFFFB || r == 0xFFFE || r == 0xFFFF || r >= 0xE0000 && r <= 0xE007F
}

// isMark reports whether rest begins with a character that can begin an entry,
// a value or a comment. There are at most three nodes to a mark.
func isMark(rest string) bool {
	switch rest[0] {
	case ',', ':', '[', '{', '#':
		return true
	case '-', '?':
		return len(rest) == 1 || strings.IndexByte(" \t\r\n,[]{}", rest[1]) >= 0
	}
	return false
}

// hasDirective refuses directives. Each costs the parser a comparison with all
// before it, and none means anything here.
func (d *Document) hasDirective() bool {
	for i := range d.lines {
		line := d.line(i + 1)
		if strings.HasPrefix(line, "%") {
			d.refuse(i+1, 1, "", "directives are not allowed")
			return true
		}
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return false
		}
	}
	return false
}
