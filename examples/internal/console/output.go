package console

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// Width is how long a line gets: what fits on any terminal.
const Width = 80

// An Output is where a program writes its answer. The first write that fails is
// remembered, and nothing is written after it.
type Output struct {
	Style  Style
	writer io.Writer
	failed error
}

// Write writes text.
func (o *Output) Write(text []byte) (int, error) {
	if o.failed != nil {
		return 0, o.failed
	}
	n, err := o.writer.Write(text)
	o.failed = err
	return n, err
}

// Printf writes formatted text.
func (o *Output) Printf(format string, args ...any) { fmt.Fprintf(o, format, args...) }

// Text writes a paragraph.
func (o *Output) Text(lead, text string) { o.Printf("%s%s", lead, Fold("", text)) }

// Heading writes the head of a part, below a blank line.
func (o *Output) Heading(text string) { o.Printf("\n%s\n", o.Style.Bold(text)) }

// Sentence writes what came of something, below it.
func (o *Output) Sentence(text string, good bool) {
	paint := o.Style.Red
	if good {
		paint = o.Style.Green
	}
	for line := range strings.Lines(text) {
		o.Printf("%s", paint(FoldAt("    ", 6, line)))
	}
}

// A Style writes emphasis for a terminal; the zero Style writes plain text.
type Style struct{ On bool }

// StyleFor returns the style for an output: coloured if it is a terminal that
// has colours and the user did not ask for none (see no-color.org).
func StyleFor(f *os.File, noColor, term string) Style {
	info, err := f.Stat()
	return Style{err == nil && info.Mode()&os.ModeCharDevice != 0 && noColor == "" && term != "dumb"}
}

// Bold, Dim, Red and Green return the text so emphasised.
func (s Style) Bold(text string) string { return s.paint("1", text) }

// Dim is for what matters less.
func (s Style) Dim(text string) string { return s.paint("2", text) }

// Red is for a no.
func (s Style) Red(text string) string { return s.paint("31", text) }

// Green is for a yes.
func (s Style) Green(text string) string { return s.paint("32", text) }

func (s Style) paint(code, text string) string {
	if !s.On || text == "" {
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

// Fold breaks a text into lines no longer than Width: the first after lead, the
// others after as many blanks.
func Fold(lead, text string) string {
	return FoldAt(lead, utf8.RuneCountInString(lead), text)
}

// FoldAt is Fold with another number of blanks.
func FoldAt(lead string, blanks int, text string) string {
	var b strings.Builder
	b.WriteString(lead)
	at := utf8.RuneCountInString(lead)
	indent := strings.Repeat(" ", blanks)
	fresh := true
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		if !fresh && at+1+n > Width {
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

// pad adds blanks up to a width.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}
