package access

import (
	"fmt"
	"slices"
	"time"

	"github.com/bailiwick-authz/bailiwick/internal/suggest"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A Session asks for one user, with the facts of one request. It answers from
// the snapshot of the moment when it was made, so that one request sees one
// state of the directory: make one for each request and do not keep it, or a
// right that was taken away meanwhile is still answered with. It is safe for
// concurrent use.
type Session struct {
	engine   *Engine
	in       *roles.Snapshot // nil: no directory
	user     roles.UserID
	subject  *scope.Subject
	bindings []roles.Binding // ordered by role and unit
	context  scope.Map
	refused  Decision // its reason is not Undecided: the answer to everything
}

// For makes a session for a user whom the directory knows. The facts of the
// request must be among those that the policy declares; nil is none.
func (e *Engine) For(user roles.UserID, context scope.Attributes) *Session {
	s := e.session(e.snapshot(), user)
	s.setContext(context)
	return s
}

// ForPrincipal makes a session for a user who is given by value, with bindings
// and assignments. Nothing that the directory may know of a user with the same
// id counts. If something of it is wrong (a role or an attribute that the policy
// does not know, say) every decision is a denial that says so.
func (e *Engine) ForPrincipal(p roles.Principal, context scope.Attributes) *Session {
	s := &Session{engine: e, in: e.snapshot(), user: p.ID}
	s.setContext(context)
	if err := s.take(p); err != nil {
		s.refuse(MalformedUser, fmt.Sprintf("user %q: %v", p.ID, err))
	}
	return s
}

// session makes a session without context.
func (e *Engine) session(in *roles.Snapshot, user roles.UserID) *Session {
	s := &Session{engine: e, in: in, user: user}
	if in == nil {
		s.refuse(UnknownUser, fmt.Sprintf("the engine has no directory: it knows no user %q", user))
		return s
	}
	u, ok := in.User(user)
	if !ok {
		s.refuse(UnknownUser, fmt.Sprintf("the directory knows no user %q", user))
		return s
	}
	s.bindings = in.Bindings(user)
	err := s.describe(u, in.AssignmentsOf(user))
	if err != nil {
		s.refuse(MalformedUser, fmt.Sprintf("user %q: %v", user, err))
	}
	return s
}

// refuse makes the session answer everything with a denial. The first refusal
// stays.
func (s *Session) refuse(reason Reason, detail string) {
	if s.refused.reason == Undecided {
		s.refused = Decision{reason: reason, user: s.user, detail: detail}
	}
}

func (s *Session) setContext(context scope.Attributes) {
	facts, err := s.engine.policy.ContextFacts().Check(context)
	if err != nil {
		s.refuse(WrongContext, fmt.Sprintf("the context: %v", err))
	}
	s.context = facts
}

// describe makes the subject of conditions.
func (s *Session) describe(u roles.User, assigned scope.Assignments) error {
	if u.Inactive {
		s.refuse(InactiveUser, "")
	}
	s.subject = &scope.Subject{ID: string(u.ID), Attributes: u.Attributes, Assignments: assigned}
	if u.Unit.IsZero() {
		return nil
	}
	home, err := s.engine.policy.Types().Locate(scope.Resource{Type: u.Unit.Type, ID: u.Unit.ID}, s.units())
	s.subject.Home = home
	return err
}

// take checks a user given by value and makes it the session's.
func (s *Session) take(p roles.Principal) error {
	if err := scope.CheckID(string(p.ID)); err != nil {
		return err
	}
	attributes, err := s.engine.policy.UserAttributes().Check(p.Attributes)
	if err != nil {
		return err
	}
	assigned := refSet{}
	for _, ref := range p.Assignments {
		if s.engine.policy.Types().Type(ref.Type) == nil {
			return fmt.Errorf("assignment %s: unknown resource type %q%s", ref, ref.Type, s.engine.policy.Types().Hint(ref.Type))
		}
		if err := scope.CheckID(ref.ID); err != nil {
			return fmt.Errorf("assignment: %w", err)
		}
		assigned[ref] = struct{}{}
	}
	for _, b := range p.Bindings {
		if err := s.checkBinding(b); err != nil {
			return err
		}
		b.User = p.ID
		s.bindings = append(s.bindings, b)
	}
	slices.SortStableFunc(s.bindings, compareBindings)
	u := p.User
	u.Attributes = attributes
	return s.describe(u, assigned)
}

// checkBinding checks a binding given by value as the directory checks its own.
func (s *Session) checkBinding(b roles.Binding) error {
	r, ok := s.role(b.Role)
	if !ok {
		return fmt.Errorf("unknown role %q%s", b.Role, suggest.Hint(string(b.Role), s.roleNames()))
	}
	types := s.engine.policy.Types()
	switch typ := types.Type(b.Unit.Type); {
	case b.Unit == scope.Root():
	case typ == nil:
		return fmt.Errorf("role %s: unknown resource type %q%s", b.Role, b.Unit.Type, types.Hint(b.Unit.Type))
	case !typ.Unit():
		return fmt.Errorf("role %s is bound at %s, which is not a unit", b.Role, b.Unit)
	case s.in != nil && !s.in.Contains(scope.Root(), b.Unit):
		return fmt.Errorf("role %s is bound at %s, which the directory does not know", b.Role, b.Unit)
	}
	if len(r.At) > 0 && !slices.Contains(r.At, b.Unit.Type) {
		return fmt.Errorf("role %s cannot be bound at %s: only at %v", b.Role, b.Unit, r.At)
	}
	if !r.Fixed && !s.in.Contains(r.Unit, b.Unit) {
		return fmt.Errorf("role %s cannot be bound at %s: it is of %s", b.Role, b.Unit, r.Unit)
	}
	if !b.From.IsZero() && !b.Until.IsZero() && !b.From.Before(b.Until) {
		return fmt.Errorf("role %s is bound until before it begins: %s", b.Role, b)
	}
	return nil
}

// units returns what knows the units, as nil if nothing does.
func (s *Session) units() scope.Units {
	if s.in == nil {
		return nil
	}
	return s.in
}

// role looks a role up in the snapshot, or, without one, in the policy.
func (s *Session) role(id roles.RoleID) (roles.Role, bool) {
	if s.in != nil {
		return s.in.Role(id)
	}
	for _, r := range s.engine.policy.Roles() {
		if r.ID == id {
			return r, true
		}
	}
	return roles.Role{}, false
}

func (s *Session) roleNames() []string {
	var names []string
	for _, r := range s.engine.policy.Roles() {
		names = append(names, string(r.ID))
	}
	return names
}

// closure returns a role and all that it inherits.
func (s *Session) closure(id roles.RoleID) []roles.RoleID {
	if s.in != nil {
		return s.in.Closure(id)
	}
	all := []roles.RoleID{id}
	for i := 0; i < len(all); i++ {
		r, _ := s.role(all[i])
		for _, junior := range r.Inherits {
			if !slices.Contains(all, junior) {
				all = append(all, junior)
			}
		}
	}
	slices.Sort(all[1:])
	return all
}

// Decide answers whether the session's user may do something to a resource. A
// question that makes no sense is a denial that says what is wrong with it.
func (s *Session) Decide(action roles.Action, resource scope.Resource) (d Decision) {
	q := question{engine: s.engine, in: s.in, action: action}
	defer func() {
		if caught := recover(); caught != nil {
			d = q.deny(Failed, fmt.Sprintf("panic: %v", caught))
			d.user = s.user
		}
	}()
	q.now = s.engine.clock()
	if d, ok := q.locate(resource); !ok {
		d.user = s.user
		return d
	}
	return s.answer(q)
}

// A question is a right and a place, found once for all users.
type question struct {
	engine   *Engine
	in       *roles.Snapshot
	now      time.Time
	action   roles.Action
	resource scope.Ref
	right    roles.Right
	place    *scope.Place
	through  []scope.Ref // count only bindings that contain all of these
}

func (q *question) deny(reason Reason, detail string) Decision {
	return Decision{reason: reason, action: q.action, resource: q.resource, detail: detail}
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
	var units scope.Units
	if q.in != nil {
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
	if re, ok := err.(*scope.ResourceError); ok && re.Problem == scope.WrongAttribute {
		return WrongAttribute
	}
	return MalformedResource
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
	truth := s.grant(q, &d)
	if truth == scope.False {
		return d
	}
	s.constrain(truth, &d)
	return d
}

// grant looks for a path to the right, and leaves it, or the nearest miss, in
// the decision.
func (s *Session) grant(q question, d *Decision) scope.Truth {
	d.reason = NoGrant
	best := scope.False
	for _, b := range s.bindings {
		for _, id := range s.closure(b.Role) {
			r, _ := s.role(id)
			for _, permission := range s.engine.policy.Permissions(r) {
				if !permission.Right.Covers(q.right) {
					continue
				}
				truth, reason := s.try(q, b, permission, d.facts)
				if nearer(reason, d.reason) {
					d.reason, d.path = reason, &path{b, id, &permission}
				}
				if best = either(best, truth); best == scope.True {
					return best
				}
			}
		}
	}
	return best
}

// try follows one path to its end.
func (s *Session) try(q question, b roles.Binding, p policy.Permission, facts *scope.Facts) (scope.Truth, Reason) {
	if !b.InForce(q.now) {
		return scope.False, NotInForce
	}
	within := q.place.Within(b.Unit)
	for _, ref := range q.through {
		if s.in == nil || !s.in.Contains(b.Unit, ref) {
			within = scope.False
		}
	}
	if within == scope.False {
		return scope.False, OutsideUnit
	}
	reach, _ := p.Scope.Eval(*facts)
	switch reach {
	case scope.False:
		return scope.False, OutOfScope
	case scope.Undefined:
		return scope.False, ConditionError
	}
	truth := both(within, reach)
	if p.When != nil {
		when, _ := p.When.Eval(*facts)
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

// nearness orders the reasons by how near a path came to granting.
var nearness = [...]Reason{NoGrant, NotInForce, OutsideUnit, OutOfScope, ConditionUnmet, ConditionError, Depends, Granted}

// nearer reports whether a path that ended with a came nearer than one that
// ended with b. Of equally near ones the first is kept.
func nearer(a, b Reason) bool {
	return slices.Index(nearness[:], a) > slices.Index(nearness[:], b)
}

// constrain holds the action's constraints against a decision that grants or
// may grant. The first by name that stops it, or else the first that may, is
// its evidence.
func (s *Session) constrain(granted scope.Truth, d *Decision) {
	all := granted
	var open *policy.Check
	for _, check := range s.engine.policy.Constraints(d.action) {
		truth, _ := check.Require.Eval(*d.facts)
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

// compareBindings orders bindings by role and unit.
func compareBindings(a, b roles.Binding) int {
	if a.Role != b.Role {
		if a.Role < b.Role {
			return -1
		}
		return 1
	}
	return a.Unit.Compare(b.Unit)
}
