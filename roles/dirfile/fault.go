package dirfile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/bailiwick-authz/bailiwick/internal/strictyaml"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A Fault is one thing that is wrong with a directory file, and where.
type Fault struct {
	// File is the file's name, as given to Parse.
	File string
	// Line and Column, from 1, are where in the file; columns count runes. 0:
	// what is wrong is no entry's alone.
	Line, Column int
	// Message says what is wrong.
	Message string
	// Err is what the directory said of it. Nil: the file's form is wrong.
	Err error
}

// Error is the fault on one line.
func (f *Fault) Error() string {
	place := f.File
	if f.Line > 0 {
		place = fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
	}
	return strings.Map(visible, place+": "+f.Message)
}

// visible makes sure that a text of the file cannot pass for a line of ours.
func visible(r rune) rune {
	if unicode.IsControl(r) {
		return unicode.ReplacementChar
	}
	return r
}

// Unwrap returns Err.
func (f *Fault) Unwrap() error { return f.Err }

// Faults is everything that is wrong with a directory file, in the order of
// the places. It is an error; errors.As and errors.Is find each Fault in it.
type Faults []*Fault

// mostPrinted is how many faults Error prints.
const mostPrinted = 100

// Error is one line a fault, and "and N more" after the first 100.
func (fs Faults) Error() string {
	var lines []string
	for _, f := range fs[:min(len(fs), mostPrinted)] {
		lines = append(lines, f.Error())
	}
	if more := len(fs) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each fault to errors.As and errors.Is.
func (fs Faults) Unwrap() []error {
	errs := make([]error, len(fs))
	for i, f := range fs {
		errs[i] = f
	}
	return errs
}

// unread returns what could not be read.
func unread(file string, unread []*strictyaml.Fault) Faults {
	var faults Faults
	for _, f := range unread {
		message := f.Message
		if f.Path != "" {
			message = f.Path + ": " + message
		}
		faults = append(faults, &Fault{File: file, Line: f.Line, Column: f.Column, Message: message})
	}
	return faults
}

// Locate says where in the file a refusal comes from: of a *roles.Refusal of an
// Update that applied the file it makes a Faults, each with the place of the
// entry that caused it, in the order of the places. Another error it returns as
// it is.
func (f *File) Locate(err error) error {
	var refusal *roles.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	var faults Faults
	for _, each := range refusal.Faults {
		at := f.placeOf(each)
		faults = append(faults, &Fault{File: f.file, Line: at.line, Column: at.column, Message: each.Error(), Err: each})
	}
	slices.SortStableFunc(faults, func(a, b *Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if refusal.Omitted > 0 {
		faults = append(faults, &Fault{File: f.file, Message: fmt.Sprintf("and %d more", refusal.Omitted)})
	}
	return faults
}

// placeOf returns the place of the entry that a fault is about; zero for none.
func (f *File) placeOf(err error) place {
	var change *roles.ChangeError
	var violation *roles.Violation
	switch {
	case errors.As(err, &change):
		return f.places[keyOf(change.Record)]
	case errors.As(err, &violation):
		switch violation.Kind {
		case "user":
			return f.places[roles.UserID(violation.Subject)]
		case "role":
			return f.places[roles.RoleID(violation.Subject)]
		}
		return f.places[scope.NewRef(violation.Kind, violation.Subject)]
	}
	return place{}
}

// keyOf is under what File.places has the entry of a record.
func keyOf(r roles.Record) any {
	switch r := r.(type) {
	case roles.Unit:
		return r.Ref
	case roles.User:
		return r.ID
	case roles.Role:
		return r.ID
	case roles.Binding:
		return bindingKey{r.User, r.Role, r.Unit}
	}
	return r
}
