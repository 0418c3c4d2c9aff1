package access

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bailiwick-authz/bailiwick/internal/plain"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A question is a right and a place, found once for all users.
type question struct {
	engine   *Engine
	in       *roles.Snapshot
	units    scope.Units // nil: in
	now      time.Time
	action   roles.Action
	resource scope.Ref
	right    roles.Right
	place    *scope.Place
	through  []scope.Ref // count only bindings that contain all of these
	ask      *scope.Evaluator
}

// mostDetail bounds what a sentence says of a question, which may be of any
// length.
const mostDetail = 2048

func (q *question) deny(reason Reason, detail string) Decision {
	return Decision{reason: reason, action: q.action, resource: q.resource, detail: plain.Text(detail, mostDetail)}
}

// locate looks up the action and the resource. If it reports false, the answer
// is the decision.
func (q *question) locate(r scope.Resource) (Decision, bool) {
	q.resource = r.Ref()
	right, ok := q.engine.policy.Catalog().Right(q.action)
	if !ok {
		return q.deny(UnknownAction, q.engine.policy.UnknownAction(q.action)), false
	}
	q.right = right
	units := q.units
	if units == nil && q.in != nil {
		units = q.in
	}
	place, err := q.engine.policy.Types().Locate(r, units)
	if err != nil {
		return q.deny(reasonOf(err), err.Error()), false
	}
	if on := right.Privilege().On; on != r.Type {
		return q.deny(WrongType, fmt.Sprintf("%s is on %s, not on %s", q.action, on, r.Type)), false
	}
	q.place = place
	return Decision{}, true
}

// reasonOf is the reason that goes with what is wrong with a resource.
func reasonOf(err error) Reason {
	var re *scope.ResourceError
	if errors.As(err, &re) && re.Problem == scope.WrongAttribute {
		return WrongAttribute
	}
	return MalformedResource
}

// outside returns the first of what the binding must contain besides the place
// that a unit does not contain.
func (q *question) outside(unit scope.Ref) (scope.Ref, bool) {
	for _, ref := range q.through {
		if q.in == nil || !q.in.Contains(unit, ref) {
			return ref, true
		}
	}
	return scope.Ref{}, false
}

// candidates returns the users who have a binding where the place is, ordered:
// nobody else can be allowed.
func (q *question) candidates() []roles.UserID {
	var ids []roles.UserID
	add := func(at scope.Ref) {
		for _, b := range q.in.BindingsAt(at) {
			ids = append(ids, b.User)
		}
	}
	for at := q.place; at != nil; at = at.Parent() {
		add(at.Ref())
	}
	add(scope.Root())
	slices.Sort(ids)
	return slices.Compact(ids)
}

// answer decides a located question for the session's user.
func (s *Session) answer(q question) Decision {
	if s.refused.reason != Undecided {
		d := s.refused
		d.action, d.resource = q.action, q.resource
		return d
	}
	d := Decision{user: s.user, action: q.action, resource: q.resource}
	if len(s.bindings) == 0 {
		d.reason = NoRole
		return d
	}
	d.facts = &scope.Facts{User: s.subject, Resource: q.place, Context: s.context, Now: q.now}
	q.ask = s.engine.evaluators.Get().(*scope.Evaluator)
	q.ask.Set(*d.facts)
	if truth := s.grant(q, &d); truth != scope.False {
		s.constrain(q, truth, &d)
	}
	q.ask.Set(scope.Facts{})
	s.engine.evaluators.Put(q.ask)
	return d
}

// grant looks for a path to the right, and leaves it, or the nearest miss, in
// the decision.
func (s *Session) grant(q question, d *Decision) scope.Truth {
	d.reason = NoGrant
	best := scope.False
	s.paths(q.right, func(b roles.Binding, id roles.RoleID, permission policy.Permission) bool {
		truth, reason := s.try(q, b, permission)
		if nearer(reason, d.reason) {
			d.reason, d.path = reason, &path{binding: b, role: id, permission: &permission}
			if beside, out := q.outside(b.Unit); out && reason == OutsideUnit && q.place.Within(b.Unit) != scope.False {
				d.path.beside = beside
			}
		}
		best = either(best, truth)
		return best != scope.True
	})
	return best
}

// paths yields every path to a right, in the order of bindings, roles and
// permissions, as long as it is told to go on.
func (s *Session) paths(right roles.Right, yield func(roles.Binding, roles.RoleID, policy.Permission) bool) {
	for _, b := range s.bindings {
		for _, id := range s.closure(b.Role) {
			r, _ := s.role(id)
			for _, permission := range s.engine.policy.Permissions(r) {
				if permission.Right.Covers(right) && !yield(b, id, permission) {
					return
				}
			}
		}
	}
}

// try follows one path to its end.
func (s *Session) try(q question, b roles.Binding, p policy.Permission) (scope.Truth, Reason) {
	if !b.InForce(q.now) {
		return scope.False, NotInForce
	}
	within := q.place.Within(b.Unit)
	if _, out := q.outside(b.Unit); out {
		within = scope.False
	}
	if within == scope.False {
		return scope.False, OutsideUnit
	}
	reach, _ := q.ask.Eval(p.Scope)
	switch reach {
	case scope.False:
		return scope.False, OutOfScope
	case scope.Undefined:
		return scope.False, ConditionError
	}
	truth := both(within, reach)
	if p.When != nil {
		when, _ := q.ask.Eval(p.When)
		switch when {
		case scope.False:
			return scope.False, ConditionUnmet
		case scope.Undefined:
			return scope.False, ConditionError
		}
		truth = both(truth, when)
	}
	if truth == scope.Unknown {
		return truth, Depends
	}
	return truth, Granted
}

// nearness orders the reasons by how near a path, or a decision, came to
// granting.
var nearness = [...]Reason{
	NoGrant, NotInForce, OutsideUnit, OutOfScope, ConditionUnmet, ConditionError, Depends, ConstraintUnmet, ConstraintError, Granted,
}

// nearer reports whether what ended with a came nearer than what ended with b.
// Of equally near ones the first is kept.
func nearer(a, b Reason) bool {
	return slices.Index(nearness[:], a) > slices.Index(nearness[:], b)
}

// constrain holds the action's constraints against a decision that grants or
// may grant. The first by name that stops it, or else the first that may, is
// its evidence.
func (s *Session) constrain(q question, granted scope.Truth, d *Decision) {
	all := granted
	d.held = granted == scope.True
	var open *policy.Check
	for _, check := range s.engine.policy.Constraints(d.action) {
		truth, _ := q.ask.Eval(check.Require)
		switch truth {
		case scope.False:
			d.reason, d.check = ConstraintUnmet, check
			return
		case scope.Undefined:
			d.reason, d.check = ConstraintError, check
			return
		case scope.Unknown:
			if open == nil {
				open = check
			}
		}
		all = both(all, truth)
	}
	d.reason = Granted
	if all == scope.Unknown {
		d.reason, d.check = Depends, open
	}
}

// compareBindings orders bindings of one user.
func compareBindings(a, b roles.Binding) int {
	return cmp.Or(
		cmp.Compare(a.Role, b.Role), a.Unit.Compare(b.Unit), a.From.Compare(b.From), a.Until.Compare(b.Until),
	)
}
