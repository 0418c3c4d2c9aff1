package main

import (
	"os"
	"strings"
	"unicode/utf8"
)

// width is how long a line gets: what fits on any terminal.
const width = 80

// A style writes emphasis for a terminal; the zero style writes plain text.
type style struct{ on bool }

// styleFor returns the style for an output: coloured if it is a terminal that
// has colours and the user did not ask for none (see no-color.org).
func styleFor(f *os.File, noColor, term string) style {
	info, err := f.Stat()
	return style{err == nil && info.Mode()&os.ModeCharDevice != 0 && noColor == "" && term != "dumb"}
}

func (s style) bold(text string) string  { return s.paint("1", text) }
func (s style) dim(text string) string   { return s.paint("2", text) }
func (s style) red(text string) string   { return s.paint("31", text) }
func (s style) green(text string) string { return s.paint("32", text) }

func (s style) paint(code, text string) string {
	if !s.on || text == "" {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		bare := strings.TrimRight(line, "\n")
		indent := len(bare) - len(strings.TrimLeft(bare, " "))
		b.WriteString(bare[:indent] + "\x1b[" + code + "m" + bare[indent:] + "\x1b[0m" + line[len(bare):])
	}
	return b.String()
}

// fold breaks a text into lines no longer than width: the first after lead,
// the others after as many blanks.
func fold(lead, text string) string {
	return foldAt(lead, utf8.RuneCountInString(lead), text)
}

// foldAt is fold with another number of blanks.
func foldAt(lead string, blanks int, text string) string {
	var b strings.Builder
	b.WriteString(lead)
	at := utf8.RuneCountInString(lead)
	indent := strings.Repeat(" ", blanks)
	fresh := true
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		if !fresh && at+1+n > width {
			b.WriteString("\n" + indent)
			at, fresh = blanks, true
		}
		if !fresh {
			b.WriteString(" ")
			at++
		}
		b.WriteString(word)
		at, fresh = at+n, false
	}
	return b.String() + "\n"
}
