package access

import (
	"fmt"
	"iter"

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
//
// The answers are made while they are asked for, all from the session's snapshot;
// meanwhile nobody may change the resource.
func (s *Session) Capabilities(resource scope.Resource) iter.Seq[Decision] {
	return func(yield func(Decision) bool) {
		if s.engine == nil {
			return
		}
		q := &question{}
		places, refused := s.places(q, &resource)
		q.remembers = true
		for i, action := range s.engine.policy.Catalog().Actions() {
			var d Decision
			d.user, d.asked = s.user, resource
			q.action = action
			switch on := s.engine.on[i].Index(); {
			case refused.reason != Undecided:
				q.deny(&d, refused.reason, refused.detail)
			case places[on] == nil:
				continue
			default:
				q.right, q.place, q.kept = s.engine.rights[i], places[on], places[on].Keeper() != nil
				q.spot = spotOf(q.place)
				s.protected(q, &d)
			}
			if !yield(d) {
				break
			}
		}
		q.finish()
	}
}

// protected is answer, where what panics is a denial.
func (s *Session) protected(q *question, d *Decision) {
	defer func() {
		if caught := recover(); caught != nil {
			q.abandon()
			q.deny(d, Failed, fmt.Sprintf("panic: %v", caught))
		}
	}()
	s.answer(q, d)
}

// places finds what the actions on each type are asked about. If it finds nothing,
// what is wrong with the question is the answer.
func (s *Session) places(q *question, resource *scope.Resource) (places []*scope.Place, refused Decision) {
	defer func() {
		if caught := recover(); caught != nil {
			q.abandon()
			q.deny(&refused, Failed, fmt.Sprintf("panic: %v", caught))
		}
	}()
	q.begin(s.engine, s.in, "")
	tools := q.tools()
	places, err := s.engine.policy.Types().LocateEach(tools.places[:0], &tools.room, resource, s.units())
	if err != nil {
		q.deny(&refused, reasonOf(err), err.Error())
	}
	tools.places = places
	return places, refused
}
