package roles

import (
	"fmt"
	"time"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// A Severity says what a broken invariant does to the change that breaks it.
// The zero Severity refuses.
type Severity uint8

const (
	// Refuse: the change is refused as a whole.
	Refuse Severity = iota
	// Warn: the change is committed and the Commit tells of it.
	Warn
)

// String returns "refuse" or "warn".
func (s Severity) String() string {
	switch s {
	case Refuse:
		return "refuse"
	case Warn:
		return "warn"
	}
	return fmt.Sprintf("Severity(%d)", uint8(s))
}

// A ChangeKind says what a Change does, and to what.
type ChangeKind string

// The kinds of change.
const (
	UnitAdded   ChangeKind = "add_unit"
	UnitChanged ChangeKind = "change_unit"
	UnitRemoved ChangeKind = "remove_unit"
	UserAdded   ChangeKind = "add_user"
	UserChanged ChangeKind = "change_user"
	UserRemoved ChangeKind = "remove_user"
	RoleAdded   ChangeKind = "add_role"
	RoleChanged ChangeKind = "change_role"
	RoleRemoved ChangeKind = "remove_role"
	Bound       ChangeKind = "bind"
	Unbound     ChangeKind = "unbind"
	Assigned    ChangeKind = "assign"
	Unassigned  ChangeKind = "unassign"
)

// ChangeKinds returns every kind of change.
func ChangeKinds() []ChangeKind {
	return []ChangeKind{
		UnitAdded, UnitChanged, UnitRemoved,
		UserAdded, UserChanged, UserRemoved,
		RoleAdded, RoleChanged, RoleRemoved,
		Bound, Unbound, Assigned, Unassigned,
	}
}

// A Record is what a Change is about: a Unit, User, Role, Binding or
// Assignment.
type Record interface {
	fmt.Stringer
	record()
}

// A Change is one step of a Commit.
type Change struct {
	Kind ChangeKind
	// Before is what there was, nil if the step added it; After is what there
	// is now, nil if the step removed it.
	Before, After Record
}

// Record returns After, or Before where the step removed it.
func (c Change) Record() Record {
	if c.After != nil {
		return c.After
	}
	return c.Before
}

// String says what was done to what, as in "bind ann as collector at
// authority:leeds".
func (c Change) String() string { return c.Kind.of(c.Record()) }

// of says what a change of this kind does to what.
func (k ChangeKind) of(r Record) string {
	if a, ok := r.(Assignment); ok && k == Unassigned {
		return fmt.Sprintf("%s %s from %s", k, a.Resource, a.User)
	}
	return fmt.Sprintf("%s %s", k, r)
}

// A Commit is what one Update did.
type Commit struct {
	// Revision numbers the commits of a directory from 1, without gaps.
	Revision uint64
	// By is who did it, as Update was told.
	By string
	// At is when, by the directory's clock.
	At time.Time
	// Changes are its steps, in order.
	Changes []Change
	// Warnings are the broken invariants of severity Warn that the changes
	// touched.
	Warnings []*Violation
}

// A Violation is an invariant that does not hold for one unit, user or role.
type Violation struct {
	// Invariant is the invariant's name.
	Invariant string
	Severity  Severity
	// Kind is what the invariant is for: a type of unit, "user" or "role"; and
	// Subject the id of the one for which it does not hold.
	Kind, Subject string
	// From is when it begins not to hold, if that is later than the change:
	// when a binding ends, say. Zero: at once.
	From time.Time
	// Fact is what breaks it, as a clause: "nobody holds super_user".
	Fact string
	// Message is the policy's own sentence for it, if it has one.
	Message string
}

// Error is a sentence that names for whom the invariant does not hold, the
// invariant, and the fact that breaks it.
func (v *Violation) Error() string {
	what := v.Message
	if what == "" {
		what = fmt.Sprintf("%q does not hold", v.Invariant)
	}
	s := fmt.Sprintf("%s %s: %s", v.Kind, v.Subject, what)
	if !v.From.IsZero() {
		s += " from " + v.From.UTC().Format(time.RFC3339) + " on"
	}
	if v.Fact != "" {
		s += ": " + v.Fact
	}
	return s
}

// A Schema is what a Directory has to know of the policy that it serves.
// *policy.Policy is one. Its methods must be safe for concurrent use and
// always give the same answers.
type Schema interface {
	// Types is the tree of resource types.
	Types() *scope.Types
	// UserAttributes are the declared attributes of users.
	UserAttributes() *scope.AttributeTypes
	// Roles are the policy's fixed roles.
	Roles() []Role
	// CheckRole reports everything that is wrong with a custom role's
	// privileges and scopes, given the directory that it would be in.
	CheckRole(in *Snapshot, r Role) []error
	// Validate returns the invariants that changes lead to break in after. It
	// must give what checking all of after would, if all of the snapshot before
	// them was valid, except for warnings about what changes do not touch.
	// at is the time of the commit.
	Validate(after *Snapshot, changes []Change, at time.Time) []*Violation
	// ValidateAll returns every invariant that is broken in s, at any time from
	// at on.
	ValidateAll(s *Snapshot, at time.Time) []*Violation
}
