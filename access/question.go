package access

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/bailiwick-authz/bailiwick/internal/plain"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A question is a right and a place, found once for all users.
type question struct {
	asking
	evaluator scope.Evaluator
	room      scope.Room
}

// An asking is what a question asks.
type asking struct {
	engine   *Engine
	units    scope.Units // where the resource is; nil: nobody knows any units
	now      time.Time
	action   roles.Action
	asked    scope.Resource
	resource scope.Ref
	right    roles.Right
	place    *scope.Place
	// facts is set for a place that is not asked's.
	facts *scope.Facts
	// in and through: count only bindings that contain all of through.
	in      *roles.Snapshot
	through []scope.Ref
}

// questions are used again.
var questions = sync.Pool{New: func() any { return new(question) }}

// begin makes q, which is zero or cleared, a question about an action.
func (q *question) begin(e *Engine, in *roles.Snapshot, action roles.Action) {
	q.engine, q.in, q.action, q.now = e, in, action, e.clock()
	if in != nil {
		q.units = in
	}
}

// put makes the question one about a place of one user's, which decisions keep.
func (q *question) put(s *Session, place *scope.Place) {
	q.place, q.facts = place, &scope.Facts{User: s.subject, Resource: place, Context: s.context, Now: q.now}
}

// clear drops all that q refers to, but for the memory that it uses again.
func (q *question) clear() {
	q.evaluator.Set(scope.Facts{})
	q.room.Clear()
	q.asking = asking{}
}

// mostDetail bounds what a sentence says of a question, which may be of any
// length.
const mostDetail = 2048

func (q *question) deny(reason Reason, detail string) Decision {
	return Decision{reason: reason, action: q.action, resource: q.resource, detail: plain.Text(detail, mostDetail)}
}

// locate looks up the action and the resource. If it reports false, the answer
// is the decision. The place is there until the next call.
func (q *question) locate(r scope.Resource) (Decision, bool) {
	q.room.Clear()
	q.asked, q.resource = r, r.Ref()
	right, ok := q.engine.policy.Catalog().Right(q.action)
	if !ok {
		return q.deny(UnknownAction, q.engine.policy.UnknownAction(q.action)), false
	}
	q.right = right
	place, err := q.engine.policy.Types().LocateIn(&q.room, r, q.units)
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
func (s *Session) answer(q *question) Decision {
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
	if q.facts != nil {
		q.evaluator.Set(*q.facts)
	} else {
		q.evaluator.Set(scope.Facts{User: s.subject, Resource: q.place, Context: s.context, Now: q.now})
	}
	d.about = about{q.facts, s.engine, s.subject, s.context, q.units, q.now, q.asked}
	truth := s.grant(q, &d)
	if truth == scope.False {
		return d
	}
	s.constrain(q, truth, &d)
	return d
}

// grant looks for a path to the right, and leaves it, or the nearest miss, in
// the decision.
func (s *Session) grant(q *question, d *Decision) scope.Truth {
	d.reason = NoGrant
	best := scope.False
	for _, b := range s.bindings {
		for _, g := range s.engine.grants(s.in, b.Role, q.right) {
			truth, reason := q.try(b, &g.permission)
			if nearer(reason, d.reason) {
				d.reason, d.binding, d.grant, d.beside = reason, b, g, scope.Ref{}
				if beside, out := q.outside(b.Unit); out && reason == OutsideUnit && q.place.Within(b.Unit) != scope.False {
					d.beside = beside
				}
			}
			if best = either(best, truth); best == scope.True {
				return best
			}
		}
	}
	return best
}

// try follows one path to its end.
func (q *question) try(b *roles.Binding, p *policy.Permission) (scope.Truth, Reason) {
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
	reach, _ := q.evaluator.Eval(p.Scope)
	switch reach {
	case scope.False:
		return scope.False, OutOfScope
	case scope.Undefined:
		return scope.False, ConditionError
	}
	truth := both(within, reach)
	if p.When != nil {
		when, _ := q.evaluator.Eval(p.When)
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
func (s *Session) constrain(q *question, granted scope.Truth, d *Decision) {
	all := granted
	d.held = granted == scope.True
	var open *policy.Check
	for _, check := range s.engine.policy.Constraints(d.action) {
		truth, _ := q.evaluator.Eval(check.Require)
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
func compareBindings(a, b *roles.Binding) int {
	return cmp.Or(
		cmp.Compare(a.Role, b.Role), a.Unit.Compare(b.Unit), a.From.Compare(b.From), a.Until.Compare(b.Until),
	)
}
