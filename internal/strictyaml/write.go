package strictyaml

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain are the texts that every reader takes for themselves without quotes,
// as a key and as a value, also inside of [ … ] and { … }.
var plain = regexp.MustCompile(`^[A-Za-z_](?: ?[A-Za-z0-9_.()=<>!&|+*/'"-])*$`)

// notText are the plain texts, in lower case, that a reader may take for
// something else.
var notText = regexp.MustCompile(`^(?i:true|false|null|y|yes|n|no|on|off)$`)

// Scalar writes a text such that Read, and any other reader, reads it as that
// text: without quotes if that is safe, as a key or a value, anywhere. It is
// one line. Bytes that are not UTF-8 become U+FFFD.
func Scalar(text string) string {
	if plain.MatchString(text) && !notText.MatchString(text) {
		return text
	}
	return Quote(text)
}

// Quote writes a text in double quotes. It is one line.
func Quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xFF:
			fmt.Fprintf(&b, `\x%02X`, r)
		case r <= 0xFFFF:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			fmt.Fprintf(&b, `\U%08X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Literal writes a text of several lines as a block, "|" and its lines, each
// with the indent in front. It reports false if the text cannot be written
// like that without a trick.
func Literal(text, indent string) (string, bool) {
	body, chomp := strings.TrimSuffix(text, "\n"), "|"
	if body == text {
		chomp = "|-"
	}
	if !strings.Contains(body, "\n") || strings.HasPrefix(body, " ") || !utf8.ValidString(text) {
		return "", false
	}
	var b strings.Builder
	b.WriteString(chomp)
	for line := range strings.SplitSeq(body, "\n") {
		if strings.TrimRight(line, " ") != line || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return "", false
		}
		b.WriteByte('\n')
		if line != "" {
			b.WriteString(indent + line)
		}
	}
	if strings.HasPrefix(body, "\n") || strings.HasSuffix(body, "\n") {
		return "", false
	}
	return b.String(), true
}
