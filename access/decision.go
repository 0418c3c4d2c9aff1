package access

import (
	"fmt"
	"strings"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A Decision is the answer to one question, with the evidence for it.
//
// The zero Decision denies, with reason Undecided: a Decision that nobody
// filled in lets nothing through. Decisions are immutable and safe to keep;
// one keeps the snapshot that it was made from alive.
type Decision struct {
	reason   Reason
	user     roles.UserID
	action   roles.Action
	resource scope.Ref
	path     *path         // the grant, or the nearest miss; may be nil
	check    *policy.Check // the constraint that stopped it; may be nil
	facts    *scope.Facts  // what the predicates looked at; may be nil
	detail   string        // what is wrong with the question
	held     bool          // the user holds the grant, whatever a constraint says
}

// Allowed reports whether the user may do it.
func (d Decision) Allowed() bool { return d.reason == Granted }

// Answer is Allowed or Denied, or Open if the reason is Depends.
func (d Decision) Answer() Answer {
	switch d.reason {
	case Granted:
		return Allowed
	case Depends:
		return Open
	}
	return Denied
}

// Err tells a question that could not be answered from a no: it is nil if the
// policy was asked and said yes or no, and otherwise says what is wrong with the
// user, the action, the resource or the context, or that the check failed. The
// answer is a denial then too.
func (d Decision) Err() error {
	switch d.reason {
	case Undecided, UnknownUser, MalformedUser, UnknownAction, WrongType, MalformedResource, WrongAttribute, WrongContext, Failed:
		return fmt.Errorf("%s: %s", d.reason, d.why())
	}
	return nil
}

// Reason returns why.
func (d Decision) Reason() Reason { return d.reason }

// User returns whom the question was about.
func (d Decision) User() roles.UserID { return d.user }

// Action returns what the question was about.
func (d Decision) Action() roles.Action { return d.action }

// Resource returns which resource the question was about.
func (d Decision) Resource() scope.Ref { return d.resource }

// Evidence is what a decision rests on. Fields that do not apply are zero.
type Evidence struct {
	// Binding is the one whose role grants the action, or comes nearest to it.
	Binding roles.Binding
	// Role is the role that has the grant: the binding's or one that it
	// inherits.
	Role roles.RoleID
	// Granted is the action that the grant names; it covers the one asked about.
	Granted roles.Action
	// Scope is the name of the grant's scope.
	Scope string
	// Constraint is the name of the first constraint that is not met.
	Constraint string
}

// Evidence returns what the decision rests on.
func (d Decision) Evidence() Evidence {
	var e Evidence
	if d.path != nil {
		e.Binding = d.path.binding
		e.Role = d.path.role
		if d.path.permission != nil {
			e.Granted = d.path.permission.Right.Action()
			e.Scope = d.path.permission.Scope.Name()
		}
	}
	if d.check != nil {
		e.Constraint = d.check.Name
	}
	return e
}

// Message is a short sentence for the end user. It says nothing of what the
// user may not see: every denial reads the same, but for that of a user who holds
// the grant and whom a constraint stopped. The policy may have a message for the
// constraint; where several stop the user, it is that of the first by name.
func (d Decision) Message() string {
	switch {
	case d.Allowed():
		return "You may do this."
	case d.held && (d.reason == ConstraintUnmet || d.reason == ConstraintError) && d.check.Message != "":
		return d.check.Message
	}
	return "You do not have access to this."
}

// String is a sentence for administrators: the answer, and the grant or the
// nearest miss. An end user must not see it.
func (d Decision) String() string {
	switch {
	case d.Allowed():
		return "allow: " + d.why()
	case d.reason == Depends:
		return "depends: " + d.why()
	}
	return "deny: " + d.why()
}

// Why is String without the answer.
func (d Decision) Why() string { return d.why() }

func (d Decision) why() string {
	switch d.reason {
	case Undecided:
		return "nobody decided"
	case NoRole:
		return fmt.Sprintf("%s has no role assigned", d.user)
	case NoGrant:
		return fmt.Sprintf("no role of %s grants %s", d.user, d.action)
	case InactiveUser:
		return fmt.Sprintf("the account of %s is not active", d.user)
	}
	if d.path == nil {
		return d.detail
	}
	clauses := []string{d.path.grants(d.action)}
	if d.check != nil {
		return strings.Join(append(clauses, d.stopped()), "; ")
	}
	if clause := d.path.clause(d.reason, d.resource, d.facts); clause != "" {
		clauses = append(clauses, clause)
	}
	if d.Allowed() {
		return strings.Join(clauses, ", ")
	}
	return strings.Join(clauses, "; ")
}

// stopped is the clause that names the constraint.
func (d Decision) stopped() string {
	verb := "is not met"
	switch d.reason {
	case ConstraintError:
		_, err := d.check.Require.Eval(*d.facts)
		verb = fmt.Sprintf("has no value (%v)", err)
	case Depends:
		verb = "depends on what is not known yet"
	}
	return fmt.Sprintf("constraint %q %s: %s", d.check.Name, verb, d.check.Require.Source())
}

// A path is one way on which a user may come to a right: a binding, a role, a
// permission of that role.
type path struct {
	binding    roles.Binding
	role       roles.RoleID
	permission *policy.Permission
	beside     scope.Ref // what else the binding's unit should contain and does not
}

// grants is the clause that says what the path grants, and where.
func (p *path) grants(action roles.Action) string {
	s := fmt.Sprintf("role %s (%s)", p.binding.Role, p.binding.Unit)
	if p.role != p.binding.Role {
		s += fmt.Sprintf(", by way of %s,", p.role)
	}
	s += fmt.Sprintf(" grants %s", action)
	if granted := p.permission.Right.Action(); granted != action {
		s += fmt.Sprintf(" (by %s)", granted)
	}
	if !p.permission.Scope.Always() {
		s += " in scope " + p.permission.Scope.Name()
	}
	return s
}

// clause says where the path leads to, or where it ends.
func (p *path) clause(reason Reason, resource scope.Ref, facts *scope.Facts) string {
	switch reason {
	case NotInForce:
		return fmt.Sprintf("the binding is not in force: %s", p.binding)
	case OutsideUnit:
		if !p.beside.IsZero() {
			return fmt.Sprintf("%s is not in %s, and one binding must contain all that changes", p.beside, p.binding.Unit)
		}
		return fmt.Sprintf("%s is not in %s", resource, p.binding.Unit)
	case ConditionUnmet, ConditionError, OutOfScope, Granted, Depends:
		clauses := []string{p.permission.Scope.Explain(*facts)}
		if p.permission.When != nil && reason != OutOfScope {
			clauses = append(clauses, p.permission.When.Explain(*facts))
		}
		return strings.TrimPrefix(strings.TrimSuffix(strings.Join(clauses, ", "), ", "), ", ")
	}
	return ""
}
