package roles

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// What can be wrong with a change: each ChangeError is one of these, for
// errors.Is.
var (
	// ErrInvalidID: an id is one that scope.CheckID refuses, or no id at all.
	ErrInvalidID = errors.New("invalid id")
	// ErrDuplicate: there is one already: a unit, user or role of that id, a
	// role of that name, a binding of that user, role and unit, an assignment.
	ErrDuplicate = errors.New("duplicate")
	// ErrUnknown: what the change refers to does not exist.
	ErrUnknown = errors.New("unknown")
	// ErrCycle: a role would inherit itself.
	ErrCycle = errors.New("cycle")
	// ErrInUse: what the change removes is needed.
	ErrInUse = errors.New("in use")
	// ErrFixed: the policy fixes the role.
	ErrFixed = errors.New("fixed by the policy")
	// ErrInvalid: a value is not one that can stand there.
	ErrInvalid = errors.New("invalid value")
	// ErrOver: the Tx was used after its Update.
	ErrOver = errors.New("the transaction is over")
)

// maxFaults is how many faults a Refusal lists.
const maxFaults = 100

// A Refusal says why an Update changed nothing.
type Refusal struct {
	// By is who wanted the change.
	By string
	// Faults are the reasons, at least one and at most 100: each a *ChangeError,
	// a *Violation, a *PanicError, or what the update function or the guard
	// returned.
	Faults []error
	// Omitted is how many more there are.
	Omitted int

	of *Tx // whose Err it is; nil: none's
}

// Error is one line a fault.
func (r *Refusal) Error() string {
	lines := make([]string, len(r.Faults), len(r.Faults)+1)
	for i, f := range r.Faults {
		lines[i] = f.Error()
	}
	if r.Omitted > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", r.Omitted))
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each fault to errors.Is and errors.As.
func (r *Refusal) Unwrap() []error { return r.Faults }

// refuse returns the Refusal of the faults, or nil if there are none.
func refuse(by string, faults []error) error {
	if len(faults) == 0 {
		return nil
	}
	r := &Refusal{By: by, Faults: faults}
	if len(faults) > maxFaults {
		r.Faults, r.Omitted = faults[:maxFaults:maxFaults], len(faults)-maxFaults
	}
	return r
}

// A ChangeError says what is wrong with one change.
type ChangeError struct {
	// Kind and Record are the change that was asked for.
	Kind   ChangeKind
	Record Record
	// Code is ErrInvalidID, ErrDuplicate or another of the package's errors.
	Code error

	message string
	cause   error // may be nil
}

// Error says what was asked for, what is wrong with it, and what would have
// been right.
func (e *ChangeError) Error() string { return fmt.Sprintf("%s: %s", e.Kind.of(e.Record), e.message) }

// Message is Error without the change that was asked for.
func (e *ChangeError) Message() string { return e.message }

// Unwrap gives Code, and the cause if there is one, to errors.Is and errors.As.
func (e *ChangeError) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.cause}
}

// A PanicError is a panic of a function that was given to a Directory.
type PanicError struct {
	// Value is what the function panicked with.
	Value any
	// Stack is where it did, as debug.Stack writes it.
	Stack []byte
}

// Error says what the function panicked with.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns Value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// shown is the greatest length in bytes of an id in a message.
const shown = 2 * scope.MaxID

// show writes an id into a message: as it is if it is valid, else quoted, and
// the beginning of it if it is long. An id is the writer's choice, and must not
// be able to pass for more than an id.
func show[ID ~string](id ID) string {
	s := string(id)
	if scope.CheckID(s) == nil {
		return s
	}
	if len(s) > shown {
		end := shown
		for end > shown-utf8.UTFMax && !utf8.RuneStart(s[end]) {
			end--
		}
		return fmt.Sprintf("%q…", s[:end])
	}
	return fmt.Sprintf("%q", s)
}

// showRef is show for a reference.
func showRef(r scope.Ref) string {
	if len(r.Type) > scope.MaxID || len(r.ID) > scope.MaxID {
		return show(r.Type) + ":" + show(r.ID)
	}
	return r.String()
}

// whyInvalid says why a text cannot be an id, or anything else that must be
// like one; "" if it can.
func whyInvalid(what, text string) string {
	err := scope.CheckID(text)
	switch {
	case err == nil:
		return ""
	case len(text) > scope.MaxID:
		return fmt.Sprintf("the %s is %d bytes long, more than %d", what, len(text), scope.MaxID)
	}
	return strings.Replace(err.Error(), "the id", "the "+what, 1)
}

// few lists up to most items, and says how many more there are.
func few[T any](items []T, most int, text func(T) string) string {
	var b strings.Builder
	for i, item := range items[:min(most, len(items))] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(text(item))
	}
	if len(items) > most {
		fmt.Fprintf(&b, " and %d more", len(items)-most)
	}
	return b.String()
}

// oneLine is the text of an error that may be several lines.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
