package access

import (
	"fmt"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A Target is a resource that was found in the tree of one snapshot of the
// directory, with its attributes as they were then: what DecideOn asks about
// again and again, within one request. Do not keep it for longer, as a Session: a
// change to the directory is noticed, but none to the attributes that the
// application gave. It is immutable and safe for concurrent use, and keeps the
// snapshot alive. The zero Target is nothing, and nobody may do anything to it.
type Target struct {
	engine *Engine
	in     *roles.Snapshot
	place  *scope.Place
	spot   spot
}

// Target finds a resource for many questions. It serves all sessions of the
// engine that answer from the session's snapshot. Its error says what is wrong with
// the resource.
func (s *Session) Target(resource scope.Resource) (t *Target, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			t, err = nil, fmt.Errorf("panic: %v", caught)
		}
	}()
	place, err := s.engine.policy.Types().Locate(resource, s.units())
	if err != nil {
		return nil, err
	}
	return &Target{s.engine, s.in, place, spotOf(place)}, nil
}

// DecideOn is Decide for a right and a target that were looked up before: the
// right by Engine.Policy().Catalog().Right, once for all, and the target in the
// session's snapshot. The zero Right, one of another policy and a target of another
// snapshot are denied: a session that answers from newer facts must not be asked
// about older ones. Err says so; then the target is to be found again.
func (s *Session) DecideOn(right roles.Right, t *Target) (d Decision) {
	var q question
	defer func() {
		if caught := recover(); caught != nil {
			q.deny(&d, Failed, fmt.Sprintf("panic: %v", caught))
		}
	}()
	q.engine, q.in, q.right, q.kept = s.engine, s.in, right, true
	d.user = s.user
	if t == nil {
		t = &Target{}
	}
	d.asked.Type, d.asked.ID = t.place.Ref().Type, t.place.Ref().ID
	switch q.action = s.engine.actionOf(right); {
	case q.action == "":
		q.action = right.Action()
		q.deny(&d, UnknownAction, "the right was not looked up in the catalog of the engine's policy")
		return d
	case t.engine != s.engine || t.in != s.in:
		q.deny(&d, Failed, "the target is of another snapshot of the directory than the session")
		return d
	case right.Privilege().On != d.asked.Type:
		q.denyType(&d)
		return d
	}
	q.place, q.spot = t.place, t.spot
	s.answer(&q, &d)
	q.finish()
	return d
}
