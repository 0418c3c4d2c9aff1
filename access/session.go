package access

import (
	"fmt"
	"slices"

	"github.com/bailiwick-authz/bailiwick/internal/plain"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A Session asks for one user, with the facts of one request. It answers from
// the snapshot of the moment when it was made, so that one request sees one
// state of the directory: make one for each request and do not keep it, or a
// right that was taken away meanwhile is still answered with. It is safe for
// concurrent use.
type Session struct {
	of      *standing // of the user; nil: nothing
	engine  *Engine
	in      *roles.Snapshot // nil: no directory
	context *scope.Values
	user    roles.UserID
	refusal Reason // not Undecided: the answer to everything, with the detail
	detail  string
}

// For makes a session for a user whom the directory knows. The facts of the
// request must be among those that the policy declares; nil is none.
func (e *Engine) For(user roles.UserID, context scope.Attributes) *Session {
	s := &Session{} // in so little code that it is the caller's, who may not keep it
	s.start(e, user, context)
	return s
}

// start makes s, which is zero, a session that answers from the newest snapshot.
func (s *Session) start(e *Engine, user roles.UserID, context scope.Attributes) {
	s.begin(e, e.snapshot(), user)
	s.setContext(context)
}

// session makes a session without context.
func (e *Engine) session(in *roles.Snapshot, user roles.UserID) *Session {
	s := &Session{}
	s.begin(e, in, user)
	return s
}

// begin makes s, which is zero, a session without context.
func (s *Session) begin(e *Engine, in *roles.Snapshot, user roles.UserID) {
	s.engine, s.in, s.user = e, in, user
	if e.foreign {
		s.refuse(Failed, foreign)
		return
	}
	if in == nil {
		s.refuse(UnknownUser, fmt.Sprintf("the engine has no directory: it knows no user %q", user))
		return
	}
	account, ok := in.Account(user)
	if !ok {
		s.refuse(UnknownUser, fmt.Sprintf("the directory knows no user %q", user))
		return
	}
	s.of = in.DerivedOf(account, deriver{e}).(*standing)
	switch {
	case s.of.fault != "":
		s.refuse(MalformedUser, s.of.fault)
	case account.Inactive():
		s.refuse(InactiveUser, "")
	}
}

// foreign is what is wrong with an engine whose directory serves another policy.
const foreign = "the directory was made for another policy"

// refuse makes the session answer everything with a denial. The first refusal
// stays.
func (s *Session) refuse(reason Reason, detail string) {
	if s.refusal == Undecided {
		s.refusal, s.detail = reason, plain.Text(detail, mostDetail)
	}
}

// refused returns the answer to everything, whose reason is Undecided if there is
// none.
func (s *Session) refused() Decision {
	return Decision{reason: s.refusal, user: s.user, detail: s.detail}
}

// setContext checks the facts of the request. They may be the application's
// own code: its panic is a refusal.
func (s *Session) setContext(context scope.Attributes) {
	defer func() {
		if caught := recover(); caught != nil {
			s.refuse(Failed, fmt.Sprintf("the context: panic: %v", caught))
		}
	}()
	facts, err := s.engine.policy.ContextFacts().Check(context)
	if err != nil {
		s.refuse(WrongContext, fmt.Sprintf("the context: %v", err))
	}
	s.context = facts
}

// paths returns the paths of the session's user.
func (s *Session) paths() []path {
	if s.of == nil {
		return nil
	}
	return s.of.paths
}

// subject returns the session's user as conditions see them; nil if there is none.
func (s *Session) subject() *scope.Subject {
	if s.of == nil {
		return nil
	}
	return &s.of.subject
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

// closure returns a role and all that it inherits.
func (s *Session) closure(id roles.RoleID) []roles.RoleID {
	if s.in != nil {
		return s.in.Closure(id)
	}
	return closureOf(id, func(id roles.RoleID) []roles.RoleID {
		r, _ := s.role(id)
		return r.Inherits
	})
}

// closureOf returns a role of a policy and all that it inherits: itself first, the
// others by their ids.
func closureOf(id roles.RoleID, inherits func(roles.RoleID) []roles.RoleID) []roles.RoleID {
	all := []roles.RoleID{id}
	for i := 0; i < len(all); i++ {
		for _, junior := range inherits(all[i]) {
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
	d.asked = resource
	s.decide(action, &d)
	return d
}

// decide is Decide about the resource that d asks about, into d.
func (s *Session) decide(action roles.Action, d *Decision) {
	var q question
	defer func() {
		if caught := recover(); caught != nil {
			q.deny(d, Failed, fmt.Sprintf("panic: %v", caught)) // and what panicked is not used again
		}
	}()
	d.user = s.user
	q.begin(s.engine, s.in, action)
	if q.locate(d) {
		s.answer(&q, d)
	}
	q.finish()
}
