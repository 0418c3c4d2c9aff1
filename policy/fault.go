package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/internal/fault"
	"github.com/bailiwick-authz/bailiwick/internal/strictyaml"
)

// A Fault is one thing that is wrong with a policy, and where.
type Fault struct {
	// File is the file's name as given to Parse. Empty: the policy was made of
	// Go values, and Line and Column are 0.
	File string
	// Line and Column, from 1, are where in the file; columns count runes.
	Line, Column int
	// Path is the place in the document: roles.collector.grants[0].scope. Empty:
	// the document as a whole.
	Path string
	// Message says what is wrong and, where that can be told, what would have
	// been right.
	Message string

	// unread is how much of the document was not read because of the fault.
	unread extent
}

// An extent is a part of a document.
type extent uint8

const (
	nothing extent = iota
	key            // the name at the fault's path
	part           // the value at the fault's path
	everything
)

// Error is the fault on one line:
//
//	ncmp.yaml:12:7: roles.collector.grants[0].scope: unknown scope "asigned" (did you mean "assigned"?)
func (f *Fault) Error() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File + ":")
	}
	if f.Line > 0 {
		fmt.Fprintf(&b, "%d:%d:", f.Line, f.Column)
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	b.WriteString(f.Message)
	return oneLine(b.String())
}

// oneLine writes a text such that a name in it cannot pass for a line of its
// own, nor move a terminal's cursor.
func oneLine(text string) string {
	if !strings.ContainsFunc(text, isControl) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if isControl(r) {
			fmt.Fprintf(&b, `\u%04X`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// follows reports whether f is a consequence of other: it is about something
// that was not read because of other.
func (f *Fault) follows(other *Fault) bool {
	switch other.unread {
	case everything:
		return true
	case key:
		return f.Path == other.Path
	case part:
		rest, inside := strings.CutPrefix(f.Path, other.Path)
		return inside && (rest == "" || rest[0] == '.' || rest[0] == '[')
	}
	return false
}

// Faults is everything that is wrong with a policy. It is an error; errors.As
// and errors.Is find each Fault in it.
type Faults []*Fault

// mostPrinted is how many faults Error prints.
const mostPrinted = 100

// Error is one line a fault, in the order of their places, and "and N more"
// after the first 100.
func (fs Faults) Error() string {
	if len(fs) == 0 {
		return "no faults"
	}
	sorted := sortFaults(slices.Clone(fs))
	var b strings.Builder
	for i, f := range sorted {
		if i == mostPrinted {
			fmt.Fprintf(&b, "\nand %d more", len(sorted)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(f.Error())
	}
	return b.String()
}

// Unwrap gives each fault to errors.As and errors.Is.
func (fs Faults) Unwrap() []error {
	errs := make([]error, len(fs))
	for i, f := range fs {
		errs[i] = f
	}
	return errs
}

// sortFaults puts faults in the order of their places.
func sortFaults(fs Faults) Faults {
	slices.SortStableFunc(fs, func(a, b *Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return fs
}

// positions know where in a file the parts of a document are written. Nil
// positions are those of a document that is in no file.
type positions struct {
	file string
	yaml *strictyaml.Document
}

// locate says where a fault is in the file.
func (p *positions) locate(f *fault.Fault) *Fault {
	located := &Fault{Path: f.Path, Message: f.Message}
	switch {
	case p != nil:
		located.File = p.file
		located.Line, located.Column = p.yaml.Locate(f.Path, f.Key, f.Line, f.Column)
	case f.Line > 1:
		located.Message = fmt.Sprintf("line %d column %d: %s", f.Line, f.Column, f.Message)
	case f.Column > 0:
		located.Message = fmt.Sprintf("column %d: %s", f.Column, f.Message)
	}
	return located
}

// unread returns what could not be read.
func (p *positions) unread() Faults {
	var faults Faults
	for _, f := range p.yaml.Faults() {
		unread := part
		switch {
		case f.Path == "" && !p.yaml.Root().IsMapping():
			unread = everything
		case f.Key:
			unread = key
		}
		faults = append(faults, &Fault{p.file, f.Line, f.Column, f.Path, f.Message, unread})
	}
	return faults
}
