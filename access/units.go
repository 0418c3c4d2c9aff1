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
	l.right = right
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
	sure    *path // which asks for nothing but that a unit in its own is assigned; may be nil
}

func (l *listing) list() {
	var within []scope.Ref // where each unit is asked about
	assigned, ordered := false, true
	unchecked := len(l.engine.checks[l.right.Index()]) == 0
	for i := range l.session.paths() {
		p := &l.session.of.paths[i]
		if !l.inForce(p) {
			continue
		}
		grants := p.grants(l.right)
		for i := range grants {
			switch g := &grants[i]; {
			case unchecked && g.reach.form == scope.Always && g.when.form == scope.Always:
				l.reached, ordered = append(l.reached, l.in.Units(l.on.Name(), p.binding.Unit)...), false
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
		ordered = l.assigned() && ordered
	}
	slices.SortFunc(within, scope.Ref.Compare)
	for _, unit := range slices.Compact(within) {
		l.all(unit)
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
	account := l.session.of.account
	if account == nil {
		for _, ref := range slices.Collect(l.session.of.subject.Assignments.All()) {
			if unit := l.in.Node(ref); unit != nil {
				l.below(unit)
			}
		}
		return false
	}
	ordered := true
	units := account.Units()
	l.reached = slices.Grow(l.reached, len(units))
	for _, unit := range units {
		switch {
		case unit.Ref().Type != l.on.Name():
			l.below(unit)
			ordered = false
		case l.sure != nil && l.sure.contains(unit):
			l.reached = append(l.reached, unit.Ref())
		default:
			l.ask(unit)
		}
	}
	return ordered
}

// below asks about a unit, if it is of the type, or about those of the type that
// are in it.
func (l *listing) below(unit *roles.Node) {
	switch ref := unit.Ref(); {
	case ref.Type == l.on.Name():
		l.ask(unit)
	case l.on.Below(l.engine.policy.Types().Type(ref.Type)):
		l.all(ref)
	}
}

// all asks about all units of the type that are in another.
func (l *listing) all(in scope.Ref) {
	for _, ref := range l.in.Units(l.on.Name(), in) {
		l.ask(l.in.Node(ref))
	}
}

// ask asks about a unit.
func (l *listing) ask(unit *roles.Node) {
	l.place, l.spot, l.answer.asked = nil, spot{unit: unit}, resourceOf(unit.Ref())
	if l.session.answer(&l.question, &l.answer); l.answer.reason == Granted {
		l.reached = append(l.reached, unit.Ref())
	}
	if l.place != nil && !l.kept {
		l.finish() // so that the next one is put where this one was
		l.of = nil
	}
}
