package access

import (
	"fmt"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// Capabilities answers, for each action on the resource's type and on the types
// below it, whether the session's user may do it: what a screen enables and
// what it greys out. The order is that of the policy. The zero resource is the
// root: every action, anywhere.
//
// For the resource itself each answer is that of Decide. Where not all is
// known, because the resource has no id yet or the action is on a type below
// it, an answer is Allowed or Denied only if it is so whatever becomes known,
// and otherwise its reason is Depends: an action on pupils is asked about some
// pupil in the given school. Where something is wrong with the resource, every
// action of the policy is denied, for that reason.
func (s *Session) Capabilities(resource scope.Resource) (all []Decision) {
	if s.engine == nil {
		return nil
	}
	q := &question{}
	defer func() {
		if caught := recover(); caught != nil {
			all = s.denyAll(q, resource, Failed, fmt.Sprintf("panic: %v", caught))
		}
	}()
	q.begin(s.engine, s.in, "")
	places, err := s.engine.policy.Types().LocateEach(resource, s.units())
	if err != nil {
		return s.denyAll(q, resource, reasonOf(err), err.Error())
	}
	all = make([]Decision, 0, len(s.engine.rights))
	q.remembers = true
	for i, right := range s.engine.rights {
		place := places[s.engine.on[i].Index()]
		if place == nil {
			continue
		}
		q.action, q.right, q.place, q.kept = s.engine.policy.Catalog().Actions()[i], right, place, true
		all = append(all, Decision{asked: resource})
		s.answer(q, &all[len(all)-1])
	}
	q.finish()
	return all
}

// denyAll is the answer to every action where the question makes no sense.
func (s *Session) denyAll(q *question, resource scope.Resource, reason Reason, detail string) []Decision {
	actions := s.engine.policy.Catalog().Actions()
	all := make([]Decision, len(actions))
	for i, action := range actions {
		q.action = action
		all[i].user, all[i].asked = s.user, resource
		q.deny(&all[i], reason, detail)
	}
	return all
}

// Units answers to which of the directory's units the session's user may do
// something, ordered by id: the schools of a list, say. An action that is not
// on a type of unit, or that the policy does not know, is an error, and so is
// what is wrong with the user or the context.
func (s *Session) Units(action roles.Action) (reached []scope.Ref, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			reached, err = nil, fmt.Errorf("panic: %v", caught)
		}
	}()
	right, ok := s.engine.policy.Catalog().Right(action)
	if !ok {
		return nil, fmt.Errorf("%s", s.engine.policy.UnknownAction(action))
	}
	typ := s.engine.policy.Types().Type(right.Privilege().On)
	if !typ.Unit() || s.in == nil {
		return nil, fmt.Errorf("%s is on %s: the directory does not know which there are", action, typ.Name())
	}
	f, err := s.Filter(action)
	if err != nil {
		return nil, err
	}
	return f.Units(s.in), nil
}
