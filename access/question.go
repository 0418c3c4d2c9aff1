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

// A question is an action and a resource, and then a right and a place, found
// once for all users. It costs nothing but what it needs.
type question struct {
	engine *Engine
	units  scope.Units // where the resource is: in, or what lies over it; nil: nobody knows any units
	action roles.Action
	right  roles.Right
	spot   spot         // if it has no unit, there is a place
	place  *scope.Place // nil: nothing needed it yet
	kept   bool         // the place is there for longer than the question
	// in and through: count only bindings that contain all of through.
	in      *roles.Snapshot
	through []scope.Ref

	now   time.Time
	timed bool // now was read

	// apparatus is nil until something needs it, and what is in it is told
	// about the user and the context, about the place, and, if dated, about now.
	apparatus *apparatus
	of        *standing
	context   *scope.Values
	about     *scope.Place
	dated     bool
	// remembers is whether what predicates came to is kept: many actions ask the
	// same ones.
	remembers bool
}

// An apparatus is memory for a question whose answer takes more than a look at
// what is there.
type apparatus struct {
	evaluator scope.Evaluator
	room      scope.Room
	places    []*scope.Place
	outcomes  []outcome // of the predicates that were asked
}

// mostOutcomes is how many are looked through before it is faster to ask.
const mostOutcomes = 32

// An outcome is what a predicate came to.
type outcome struct {
	of    *scope.Predicate
	truth scope.Truth
}

// apparatuses are used again.
var apparatuses = sync.Pool{New: func() any { return new(apparatus) }}

func (q *question) tools() *apparatus {
	if q.apparatus == nil {
		q.apparatus = apparatuses.Get().(*apparatus)
	}
	return q.apparatus
}

// finish gives back what the question took, unless something panicked in it.
func (q *question) finish() {
	if q.apparatus != nil {
		q.apparatus.evaluator.Set(scope.Facts{})
		q.apparatus.room.Clear()
		q.apparatus.outcomes = q.apparatus.outcomes[:0]
		clear(q.apparatus.places)
		apparatuses.Put(q.apparatus)
		q.apparatus = nil
	}
}

// abandon leaves what something panicked in, and begins anew what comes next.
func (q *question) abandon() { q.apparatus, q.of = nil, nil }

// begin makes q, which is zero, a question about an action.
func (q *question) begin(e *Engine, in *roles.Snapshot, action roles.Action) {
	q.engine, q.in, q.action = e, in, action
	if in != nil {
		q.units = in
	}
}

// instant returns when the question is asked. It is the same for all of it.
func (q *question) instant() time.Time {
	if !q.timed {
		q.now, q.timed = q.engine.clock(), true
	}
	return q.now
}

// holds says what a test comes to for the session's user, of what d is about.
func (q *question) holds(s *Session, t *test, d *Decision) scope.Truth {
	switch {
	case t.form == scope.Always:
		return scope.True
	case t.form != scope.Assigned:
		return q.evaluate(s, t.predicate, d)
	case q.spot.unit == nil:
		return q.place.Assigned(s.of.subject.Assignments)
	case s.of.assigned(&q.spot):
		return scope.True
	case q.spot.below.Type != "" && q.spot.below.ID == "" && !s.of.onlyUnits():
		return q.place.Assigned(s.of.subject.Assignments)
	}
	return scope.False
}

// evaluate says what a predicate comes to for the session's user, of what d is about.
func (q *question) evaluate(s *Session, p *scope.Predicate, d *Decision) scope.Truth {
	tools := q.tools()
	if q.place == nil && q.spot.unit != nil {
		if err := q.find(q.engine.on[q.right.Index()], &d.asked); err != nil {
			return scope.Undefined
		}
	}
	if q.of != s.of || q.context != s.context || q.about != q.place {
		q.of, q.context, q.about, q.dated = s.of, s.context, q.place, q.timed
		tools.evaluator.Set(scope.Facts{User: &s.of.subject, Resource: q.place, Context: s.context, Now: q.now})
		tools.outcomes = tools.outcomes[:0]
	}
	if p.LooksAtNow() && !q.dated {
		tools.evaluator.At(q.instant())
		q.dated = true
	}
	if !q.remembers {
		truth, _ := tools.evaluator.Eval(p)
		return truth
	}
	for _, o := range tools.outcomes {
		if o.of == p {
			return o.truth
		}
	}
	truth, _ := tools.evaluator.Eval(p)
	if len(tools.outcomes) < mostOutcomes {
		tools.outcomes = append(tools.outcomes, outcome{p, truth})
	}
	return truth
}

// mostDetail bounds what a sentence says of a question, which may be of any
// length.
const mostDetail = 2048

// deny makes d, which says who asks about what, a denial.
func (q *question) deny(d *Decision, reason Reason, detail string) {
	*d = Decision{reason: reason, user: d.user, action: q.action, asked: d.asked, detail: plain.Text(detail, mostDetail)}
}

// locate looks up the action and the resource that d is about. If it reports
// false, d is the answer. The place is there until the question is finished.
func (q *question) locate(d *Decision) bool {
	r := &d.asked
	right, ok := q.engine.policy.Catalog().Right(q.action)
	if !ok {
		q.deny(d, UnknownAction, q.engine.policy.UnknownAction(q.action))
		return false
	}
	q.right = right
	on := q.engine.on[right.Index()]
	typ := on
	if r.Type != on.Name() {
		typ = q.engine.policy.Types().Type(r.Type)
	} else if q.stand(on, r) {
		return true
	}
	if err := q.find(typ, r); err != nil {
		q.deny(d, reasonOf(err), err.Error())
		return false
	}
	if typ != on {
		q.denyType(d)
		return false
	}
	q.spot = spotOf(q.place)
	return true
}

// find finds the place of a resource, by its type; nil: it has none. Where it is in
// the tree stays as it is, also if it has no place: without either it would be the
// root.
func (q *question) find(typ *scope.Type, r *scope.Resource) (err error) {
	types := q.engine.policy.Types()
	q.place = types.Kept(typ, r, q.units)
	if q.kept = q.place != nil; !q.kept {
		q.place, err = types.LocateIn(&q.tools().room, typ, r, q.tree().PlaceOf(q.spot.unit), q.units)
	}
	return err
}

// denyType denies what is asked about a resource of another type.
func (q *question) denyType(d *Decision) {
	q.deny(d, WrongType, fmt.Sprintf("%s is on %s, not on %s", q.action, q.right.Privilege().On, d.asked.Type))
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
// that a unit does not contain; nil if there is none.
func (q *question) outside(unit scope.Ref) *scope.Ref {
	for i, ref := range q.through {
		if q.in == nil || !q.in.Contains(unit, ref) {
			return &q.through[i]
		}
	}
	return nil
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
	if q.spot.unit != nil {
		for at := q.spot.unit; at != nil; at = at.Parent() {
			add(at.Ref())
		}
	} else {
		for at := q.place; at != nil; at = at.Parent() {
			add(at.Ref())
		}
	}
	add(scope.Root())
	slices.Sort(ids)
	return slices.Compact(ids)
}

// answer decides a located question for the session's user. The decision is
// written to d, which is zero but for what is asked about.
func (s *Session) answer(q *question, d *Decision) {
	d.user, d.action = s.user, q.action
	if s.refusal != Undecided {
		d.reason, d.detail = s.refusal, s.detail
		return
	}
	if s.of == nil || len(s.of.paths) == 0 {
		d.reason = NoRole
		return
	}
	truth := s.grant(q, d)
	if truth != scope.False {
		s.constrain(q, truth, d)
	}
	d.of, d.context, d.units, d.now = s.of, s.context, q.units, q.now
	if q.kept {
		d.place = q.place
	}
}

// grant looks for a path to the right, and leaves it, or the nearest miss, in
// the decision.
func (s *Session) grant(q *question, d *Decision) scope.Truth {
	d.reason = NoGrant
	best := scope.False
	for i := range s.of.paths {
		p := &s.of.paths[i]
		grants := p.grants(q.right)
		for i := range grants {
			g := &grants[i]
			truth, reason := q.try(s, p, g, d)
			if nearer(reason, d.reason) {
				d.reason, d.binding, d.grant, d.beside = reason, &p.binding, g, nil
				if reason == OutsideUnit && len(q.through) > 0 && q.within(p) != scope.False {
					d.beside = q.outside(p.binding.Unit)
				}
			}
			if best = either(best, truth); best == scope.True {
				return best
			}
		}
	}
	return best
}

// inForce reports whether the path's binding is in force when the question is asked.
func (q *question) inForce(p *path) bool { return !p.limited || p.binding.InForce(q.instant()) }

// within says whether what is asked about is in the unit of a path.
func (q *question) within(p *path) scope.Truth {
	switch {
	case q.spot.unit == nil:
		return q.place.Within(p.binding.Unit)
	case p.contains(q.spot.unit):
		return scope.True
	}
	return scope.False
}

// try follows one path by one grant to its end, for what d is about.
func (q *question) try(s *Session, p *path, g *grant, d *Decision) (scope.Truth, Reason) {
	if !q.inForce(p) {
		return scope.False, NotInForce
	}
	within := q.within(p)
	if within == scope.False || q.outside(p.binding.Unit) != nil {
		return scope.False, OutsideUnit
	}
	reach := q.holds(s, &g.reach, d)
	switch reach {
	case scope.False:
		return scope.False, OutOfScope
	case scope.Undefined:
		if g.when.predicate != nil && g.when.predicate.LooksAtNow() {
			q.instant() // the sentence tells of both
		}
		return scope.False, ConditionError
	}
	when := q.holds(s, &g.when, d)
	switch when {
	case scope.False:
		return scope.False, ConditionUnmet
	case scope.Undefined:
		return scope.False, ConditionError
	}
	truth := both(both(within, reach), when)
	if truth == scope.Unknown {
		return truth, Depends
	}
	return truth, Granted
}

// nearness has how near a path, or a decision, that ended for a reason came to
// granting. Other reasons are farther than all of these.
var nearness = func() (rank [256]uint8) {
	for i, reason := range []Reason{
		NoGrant, NotInForce, OutsideUnit, OutOfScope, ConditionUnmet, ConditionError, Depends, ConstraintUnmet, ConstraintError, Granted,
	} {
		rank[reason] = uint8(i + 1)
	}
	return rank
}()

// nearer reports whether what ended with a came nearer than what ended with b.
// Of equally near ones the first is kept.
func nearer(a, b Reason) bool { return nearness[a] > nearness[b] }

// constrain holds the action's constraints against a decision that grants or
// may grant. The first by name that stops it, or else the first that may, is
// its evidence.
func (s *Session) constrain(q *question, granted scope.Truth, d *Decision) {
	all := granted
	d.held = granted == scope.True
	var open *policy.Check
	checks := s.engine.checks[q.right.Index()]
	for i := range checks {
		check := checks[i].Check
		truth := q.holds(s, &checks[i].require, d)
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
