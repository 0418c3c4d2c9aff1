package access

import (
	"fmt"
	"slices"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// Units answers to which of the directory's units the session's user may do
// something: the schools of a list, say. It returns their ids, ordered; their type is
// that which the action is on. An action that is not on a type of unit, or that the
// policy does not know, is an error, and so is what is wrong with the user or the
// context. For types of which the directory knows no resources there is Filter.
func (s *Session) Units(action roles.Action) (ids []string, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			ids, err = nil, fmt.Errorf("panic: %v", caught)
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
	l := listing{on: on}
	l.begin(s.engine, s.in, action)
	l.right = right
	l.list(s)
	l.finish()
	if len(l.reached) == 0 {
		return nil, nil
	}
	return l.reached, nil
}

// A listing looks for the units that a user may do something to, by asking about
// those for which the answer may be yes. It does not have the session, which then
// need not outlast the caller.
type listing struct {
	question
	on      *scope.Type
	answer  Decision // the last one
	reached []string // their ids
	sure    *path    // which asks for nothing but that a unit in its own is assigned; may be nil
}

func (l *listing) list(s *Session) {
	var within []scope.Ref // where each unit is asked about
	assigned, ordered := false, true
	unchecked := len(l.engine.checks[l.right.Index()]) == 0
	for i := range s.paths() {
		p := &s.of.paths[i]
		if !l.inForce(p) {
			continue
		}
		grants := p.grants(l.right)
		for i := range grants {
			switch g := &grants[i]; {
			case unchecked && g.reach.form == scope.Always && g.when.form == scope.Always:
				for _, ref := range l.in.Units(l.on.Name(), p.binding.Unit) {
					l.reached = append(l.reached, ref.ID)
				}
				ordered = false
			case g.reach.assigned || g.when.assigned:
				assigned = true
				if unchecked && g.reach.plain() && g.when.plain() {
					l.sure = p
				}
			default:
				within = append(within, p.binding.Unit)
			}
		}
	}
	if assigned {
		ordered = l.assigned(s) && ordered
	}
	slices.SortFunc(within, scope.Ref.Compare)
	for _, unit := range slices.Compact(within) {
		l.all(s, unit)
		ordered = false
	}
	if !ordered {
		slices.Sort(l.reached)
		l.reached = slices.Compact(l.reached)
	}
}

// assigned asks about what is assigned to the user, and is in that. It reports
// whether it did so in order.
func (l *listing) assigned(s *Session) bool {
	account := s.of.account
	if account == nil {
		for _, ref := range slices.Collect(s.of.subject.Assignments.All()) {
			if unit := l.in.Node(ref); unit != nil {
				l.below(s, unit)
			}
		}
		return false
	}
	units, ordered := account.Units(), true
	l.reached = slices.Grow(l.reached, len(units))
	if n := len(units); n > 0 && units[0].Ref().Type == l.on.Name() && units[n-1].Ref().Type == l.on.Name() {
		l.each(s, units) // ordered by type: all that is between is of it
		return true
	}
	for _, unit := range units {
		if unit.Ref().Type == l.on.Name() {
			l.each(s, []*roles.Node{unit})
		} else {
			l.below(s, unit)
			ordered = false
		}
	}
	return ordered
}

// each asks about assigned units of the type: of some no more than whether they are
// in the unit of the path that is sure.
func (l *listing) each(s *Session, units []*roles.Node) {
	sure, reached := l.sure, l.reached
	for _, unit := range units {
		if sure != nil && sure.contains(unit) {
			reached = append(reached, unit.Ref().ID)
			continue
		}
		l.reached = reached
		l.ask(s, unit)
		reached = l.reached
	}
	l.reached = reached
}

// below asks about a unit, if it is of the type, or about those of the type that
// are in it.
func (l *listing) below(s *Session, unit *roles.Node) {
	switch ref := unit.Ref(); {
	case ref.Type == l.on.Name():
		l.ask(s, unit)
	case l.on.Below(l.engine.policy.Types().Type(ref.Type)):
		l.all(s, ref)
	}
}

// all asks about all units of the type that are in another.
func (l *listing) all(s *Session, in scope.Ref) {
	for _, ref := range l.in.Units(l.on.Name(), in) {
		l.ask(s, l.in.Node(ref))
	}
}

// ask asks about a unit.
func (l *listing) ask(s *Session, unit *roles.Node) {
	l.place, l.spot, l.answer.asked = nil, spot{unit: unit}, resourceOf(unit.Ref())
	if s.answer(&l.question, &l.answer); l.answer.reason == Granted {
		l.reached = append(l.reached, unit.Ref().ID)
	}
	if l.place != nil && !l.kept {
		l.finish() // so that the next one is put where this one was
		l.of = nil
	}
}
