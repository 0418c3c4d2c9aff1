package access

import (
	"fmt"
	"slices"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// Units answers to which of the directory's units the session's user may do
// something, ordered by id: the schools of a list, say. An action that is not
// on a type of unit, or that the policy does not know, is an error, and so is
// what is wrong with the user or the context. For types of which the directory
// knows no resources there is Filter.
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
	on := s.engine.on[right.Index()]
	switch {
	case !on.Unit() || s.in == nil:
		return nil, fmt.Errorf("%s is on %s: the directory does not know which there are", action, on.Name())
	case s.refusal != Undecided:
		return nil, s.refused().Err()
	}
	l := listing{session: s, on: on}
	l.begin(s.engine, s.in, action)
	l.right, l.kept = right, true
	l.list()
	l.finish()
	if len(l.reached) == 0 {
		return nil, nil
	}
	return l.reached, nil
}

// A listing looks for the units that a user may do something to, by asking about
// those for which the answer may be yes.
type listing struct {
	question
	session *Session
	on      *scope.Type
	answer  Decision // the last one
	reached []scope.Ref
}

func (l *listing) list() {
	var within []scope.Ref // where each unit is asked about
	assigned, ordered := false, true
	for i := range l.session.paths() {
		p := &l.session.of.paths[i]
		if !l.inForce(p) {
			continue
		}
		grants := p.grants(l.right)
		for i := range grants {
			switch g := &grants[i]; {
			case g.reach.form == scope.Always && g.when.form == scope.Always && len(l.engine.checks[l.right.Index()]) == 0:
				l.reached, ordered = append(l.reached, l.in.Units(l.on.Name(), p.binding.Unit)...), false
			case g.reach.assigned || g.when.assigned:
				assigned = true
			default:
				within = append(within, p.binding.Unit)
			}
		}
	}
	if assigned {
		ordered = l.assigned() && ordered
	}
	slices.SortFunc(within, scope.Ref.Compare)
	for _, unit := range slices.Compact(within) {
		for _, ref := range l.in.Units(l.on.Name(), unit) {
			l.ask(l.in.Place(ref), ref)
		}
		ordered = false
	}
	if !ordered {
		slices.SortFunc(l.reached, scope.Ref.Compare)
		l.reached = slices.Compact(l.reached)
	}
}

// assigned asks about what is assigned to the user, and is in that. It reports
// whether it did so in order.
func (l *listing) assigned() bool {
	to, ok := l.session.of.subject.Assignments.(interface {
		Places(*roles.Snapshot) []*scope.Place
	})
	if !ok {
		for _, ref := range slices.Collect(l.session.of.subject.Assignments.All()) {
			l.below(l.in.Place(ref), ref)
		}
		return false
	}
	ordered := true
	places := to.Places(l.in)
	l.reached = slices.Grow(l.reached, len(places))
	for _, place := range places {
		if place.Type() == l.on {
			l.ask(place, place.Ref())
		} else {
			l.below(place, place.Ref())
			ordered = false
		}
	}
	return ordered
}

// below asks about a unit, if it is of the type, or about those of the type that
// are in it. The place is nil if there is no such unit.
func (l *listing) below(place *scope.Place, ref scope.Ref) {
	switch {
	case place == nil:
	case place.Type().Name() == l.on.Name():
		l.ask(place, ref)
	case l.on.Below(l.engine.policy.Types().Type(ref.Type)):
		for _, unit := range l.in.Units(l.on.Name(), ref) {
			l.ask(l.in.Place(unit), unit)
		}
	}
}

// ask asks about a unit.
func (l *listing) ask(place *scope.Place, ref scope.Ref) {
	if place == nil {
		return // Decide denies it
	}
	if types := l.engine.policy.Types(); !place.Of(types) { // the directory has another policy, which is equal
		var err error
		if place, err = types.Locate(scope.Resource{Type: ref.Type, ID: ref.ID}, l.in); err != nil {
			return
		}
	}
	l.place, l.spot = place, spotOf(place)
	if l.session.answer(&l.question, &l.answer); l.answer.reason == Granted {
		l.reached = append(l.reached, ref)
	}
}
