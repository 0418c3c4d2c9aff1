package strictyaml

import (
	"strings"
	"unicode/utf8"
)

// scan looks at the text before the parser does: it indexes it, and refuses
// what must not get to the parser. It reports whether to go on.
func (d *Document) scan() bool {
	d.lines = make([]lineStart, 1, 1+strings.Count(d.source, "\n"))
	d.strides = make([]int, 0, 1+len(d.source)/stride)
	number, marks, digits, strange := 0, 0, 0, 0
	for i := 0; i < len(d.source); number++ {
		if number%stride == 0 {
			d.strides = append(d.strides, i)
		}
		r, width := rune(d.source[i]), 1
		if r >= utf8.RuneSelf {
			r, width = utf8.DecodeRuneInString(d.source[i:])
		}
		if digits++; r != '_' && (r < '0' || r > '9') {
			digits = 0
		}
		switch {
		case digits > mostDigits:
			d.refuseAt(i, "a number of more than %d digits", mostDigits)
			return false
		case r == '\n':
			d.lines = append(d.lines, lineStart{i + 1, number + 1})
		case r >= ' ' && r < 0x7F:
			if !isMark(r, d.source[i+1:]) {
				break
			}
			if marks++; marks > d.limits.Marks {
				d.refuseAt(i, "more than %d of the characters , : - ? [ { # that begin entries", d.limits.Marks)
				return false
			}
		default:
			message := unreadable(d.source[i:], r, width)
			if message == "" {
				break
			}
			d.refuseAt(i, "%s", message)
			if strange++; strange == mostStrange {
				return false
			}
		}
		i += width
	}
	return !d.hasDirective() && strange == 0
}

const (
	// mostStrange is how many characters are reported that no text has.
	mostStrange = 100
	// mostDigits is how many digits can stand in a row: the parser tries what
	// number they are in several ways.
	mostDigits = 1000
)

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
	case r == '\t':
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

// isMark reports whether a character can begin an entry, a value or a comment,
// given what follows it. There are at most three nodes to a mark.
func isMark(r rune, next string) bool {
	switch r {
	case ',', ':', '[', '{', '#':
		return true
	case '-', '?':
		return next == "" || strings.IndexByte(" \t\r\n,[]{}", next[0]) >= 0
	}
	return false
}

// hasDirective refuses directives. Each costs the parser a comparison with all
// before it, and none means anything here.
func (d *Document) hasDirective() bool {
	for i, start := range d.lines {
		rest := d.source[start.offset:]
		if strings.HasPrefix(rest, "%") {
			d.refuse(i+1, 1, "", "directives are not allowed")
			return true
		}
		if rest != "" && strings.IndexByte(" \t\r\n#", rest[0]) < 0 {
			return false
		}
	}
	return false
}
