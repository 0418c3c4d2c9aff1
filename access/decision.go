package access

import (
	"fmt"
	"strings"
	"time"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A Decision is the answer to one question, with the evidence for it.
//
// The zero Decision denies, with reason Undecided: a Decision that nobody
// filled in lets nothing through. Decisions are safe to keep; one keeps the
// snapshot that it was made from alive. What it says is made when it is asked for:
// the answer, the reason and the evidence are those of the question whatever
// happens later, and only the sentences look at the resource's attributes again,
// which should not be changed before. In JSON it is empty, so that no end user is
// sent it by mistake: a log in JSON needs its String, User, Reason and Evidence.
type Decision struct {
	reason  Reason
	held    bool // the user holds the grant, whatever a constraint says
	user    roles.UserID
	action  roles.Action
	asked   scope.Resource
	binding *roles.Binding // of the grant, or of the nearest miss; may be nil
	grant   *grant         // the binding's
	beside  *scope.Ref     // what else the binding's unit should contain and does not
	check   *policy.Check  // the constraint that stopped it; may be nil
	detail  string         // what is wrong with the question

	// What it was about, for the sentence that is made of it when somebody asks
	// for one. The place is found again if it is nil.
	place   *scope.Place
	of      *standing
	context *scope.Values
	units   scope.Units
	now     time.Time
}

// world returns what the predicates looked at; nil if it is not there any more,
// because the application changed what it asked about.
func (d *Decision) world() (facts *scope.Facts) {
	if d.of == nil {
		return nil
	}
	if d.place != nil {
		return &scope.Facts{User: &d.of.subject, Resource: d.place, Context: d.context, Now: d.now}
	}
	defer func() {
		if recover() != nil {
			facts = nil
		}
	}()
	right, _ := d.of.policy.Catalog().Right(d.action)
	types := d.of.policy.Types()
	places, err := types.LocateEach(nil, nil, &d.asked, d.units)
	if err != nil {
		return nil
	}
	place := places[types.Type(right.Privilege().On).Index()]
	if place == nil {
		return nil
	}
	return &scope.Facts{User: &d.of.subject, Resource: place, Context: d.context, Now: d.now}
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
func (d Decision) Resource() scope.Ref { return d.asked.Ref() }

// Evidence is what a decision rests on. Fields that do not apply are zero. Where
// several grants allow, it is one of them, for the same question always the same,
// and does not say that another would have done: whether it took an exception is
// found by asking without its facts.
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
	if d.binding != nil {
		e.Binding, e.Role = *d.binding, d.grant.role
		e.Granted, e.Scope = d.grant.right.Action(), d.grant.reach.predicate.Name()
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
	if d.binding == nil {
		return d.detail
	}
	clauses := []string{d.granted()}
	if d.check != nil {
		return strings.Join(append(clauses, d.stopped()), "; ")
	}
	if clause := d.clause(); clause != "" {
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
		verb = "has no value"
		if facts := d.world(); facts != nil {
			if _, err := d.check.Require.Eval(*facts); err != nil {
				verb = fmt.Sprintf("has no value (%v)", err)
			}
		}
	case Depends:
		verb = "depends on what is not known yet"
	}
	return fmt.Sprintf("constraint %q %s: %s", d.check.Name, verb, d.check.Require.Source())
}

// granted is the clause that says what is granted, and where.
func (d Decision) granted() string {
	s := fmt.Sprintf("role %s (%s)", d.binding.Role, d.binding.Unit)
	if d.grant.role != d.binding.Role {
		s += fmt.Sprintf(", by way of %s,", d.grant.role)
	}
	s += fmt.Sprintf(" grants %s", d.action)
	if granted := d.grant.right.Action(); granted != d.action {
		s += fmt.Sprintf(" (by %s)", granted)
	}
	if reach := d.grant.reach.predicate; !reach.Always() {
		s += " in scope " + reach.Name()
	}
	return s
}

// clause says where the path leads to, or where it ends.
func (d Decision) clause() string {
	switch d.reason {
	case NotInForce:
		return fmt.Sprintf("the binding is not in force: %s", d.binding)
	case OutsideUnit:
		if d.beside != nil {
			return fmt.Sprintf("%s is not in %s, and one binding must contain all that changes", d.beside, d.binding.Unit)
		}
		what := d.Resource().String()
		switch {
		case d.asked.Type == "":
			what = scope.Root().String()
		case d.asked.ID == "":
			what = "the " + d.asked.Type // it has no id yet
		}
		return fmt.Sprintf("%s is not in %s", what, d.binding.Unit)
	case ConditionUnmet, ConditionError, OutOfScope, Granted, Depends:
		return d.conditions()
	}
	return ""
}

// conditions is the clause that says what became of the grant's scope and its own
// condition. It is empty where that is something else by now.
func (d Decision) conditions() string {
	facts := d.world()
	if facts == nil {
		return ""
	}
	reach, _ := d.grant.reach.predicate.Eval(*facts)
	when := scope.True
	clauses := []string{d.grant.reach.predicate.Explain(*facts)}
	if p := d.grant.when.predicate; p != nil && d.reason != OutOfScope {
		when, _ = p.Eval(*facts)
		clauses = append(clauses, p.Explain(*facts))
	}
	if d.reason != Depends && reasonOfTruths(reach, when) != d.reason {
		return ""
	}
	return strings.TrimPrefix(strings.TrimSuffix(strings.Join(clauses, ", "), ", "), ", ")
}

// reasonOfTruths is how a path ends on which a scope and a grant's condition come
// to these.
func reasonOfTruths(reach, when scope.Truth) Reason {
	switch {
	case reach == scope.False:
		return OutOfScope
	case reach == scope.Undefined || when == scope.Undefined:
		return ConditionError
	case when == scope.False:
		return ConditionUnmet
	}
	return Granted
}
