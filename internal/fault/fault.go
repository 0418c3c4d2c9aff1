// Package fault carries what is wrong with a definition from the code that
// finds it to the code that knows where it is written.
//
// A Fault names its place by a path into the document, such as
// roles.collector.grants[0].privileges[1], because the same checks serve a
// policy read from a file and one made of Go values. Only the reader of the
// file can turn the path into a line and a column.
package fault

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Fault is one thing that is wrong, where it is, and what would have been
// right, in Message.
type Fault struct {
	// Path leads to the faulty value from the top of the document. Empty: the
	// document as a whole.
	Path string
	// Key reports that the name at Path is at fault, not the value behind it.
	Key bool
	// Line and Column, from 1, are a place inside the text of the value, where
	// the value is itself a text with places: a condition. 0: the whole value.
	Line, Column int
	// Message says what is wrong, without the place.
	Message string
}

// Error is the path and the message.
func (f *Fault) Error() string {
	at := f.Path
	if f.Line > 1 {
		at = fmt.Sprintf("%s, line %d column %d", at, f.Line, f.Column)
	} else if f.Column > 0 {
		at = fmt.Sprintf("%s, column %d", at, f.Column)
	}
	if at == "" {
		return f.Message
	}
	return at + ": " + f.Message
}

// A List collects faults, so that one pass reports them all. The zero List is
// empty and ready to use.
type List struct{ faults []*Fault }

// Add records a fault of the value at path.
func (l *List) Add(path, format string, args ...any) {
	l.faults = append(l.faults, &Fault{Path: path, Message: fmt.Sprintf(format, args...)})
}

// AddKey records a fault of the name at path.
func (l *List) AddKey(path, format string, args ...any) {
	l.faults = append(l.faults, &Fault{Path: path, Key: true, Message: fmt.Sprintf(format, args...)})
}

// AddAt records a fault at a line and column inside the text of the value.
func (l *List) AddAt(path string, line, column int, format string, args ...any) {
	l.faults = append(l.faults, &Fault{Path: path, Line: line, Column: column, Message: fmt.Sprintf(format, args...)})
}

// Append records the faults of another list.
func (l *List) Append(other *List) { l.faults = append(l.faults, other.faults...) }

// All returns the faults in the order in which they were found.
func (l *List) All() []*Fault { return l.faults }

// Len returns how many faults there are.
func (l *List) Len() int { return len(l.faults) }

// Err returns the list as an error, or nil if it is empty.
func (l *List) Err() error {
	if len(l.faults) == 0 {
		return nil
	}
	return l
}

// Error is one line a fault.
func (l *List) Error() string {
	lines := make([]string, len(l.faults))
	for i, f := range l.faults {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each fault to errors.As and errors.Is.
func (l *List) Unwrap() []error {
	errs := make([]error, len(l.faults))
	for i, f := range l.faults {
		errs[i] = f
	}
	return errs
}

// At returns the path of the entry called name in the mapping at path.
func At(path, name string) string {
	if strings.ContainsAny(name, `.[]" `) || name == "" || !utf8.ValidString(name) {
		return fmt.Sprintf("%s[%q]", path, name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// Index returns the path of element i, from 0, of the list at path.
func Index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
