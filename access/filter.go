package access

import (
	"fmt"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// Filter answers what a resource must be like for the session's user to be
// allowed an action on it: exactly those pass for which Decide allows it, of
// all the resources of the action's type. An action that the policy does not know
// is an error, and so is what is wrong with the user or the context. Who may do it
// to nothing gets a Filter that nothing passes.
func (s *Session) Filter(action roles.Action) (f *scope.Filter, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			f, err = nil, fmt.Errorf("panic: %v", caught)
		}
	}()
	right, ok := s.engine.policy.Catalog().Right(action)
	if !ok {
		return nil, fmt.Errorf("%s", s.engine.policy.UnknownAction(action))
	}
	if s.refusal != Undecided {
		if err := s.refused().Err(); err != nil {
			return nil, err
		}
	}
	spec := scope.FilterSpec{
		Type: s.engine.policy.Types().Type(right.Privilege().On), Units: s.units(),
		Facts: scope.Facts{User: s.subject(), Context: s.context, Now: s.engine.clock()},
	}
	if s.in != nil {
		spec.Revision = s.in.Revision()
	}
	if s.refusal == Undecided {
		s.ways(right, &spec)
	}
	constraints := s.engine.policy.Constraints(action)
	spec.Constraints = make([]*scope.Predicate, len(constraints))
	for i, check := range constraints {
		spec.Constraints[i] = check.Require
	}
	return s.engine.policy.Types().NewFilter(spec), nil
}

// ways adds the paths to a right that are in force.
func (s *Session) ways(right roles.Right, spec *scope.FilterSpec) {
	paths := s.paths()
	spec.Ways = make([]scope.Way, 0, len(paths))
	conditions := make([]*scope.Predicate, 0, 2*len(paths))
	for i := range paths {
		p := &paths[i]
		if !p.binding.InForce(spec.Facts.Now) {
			continue
		}
		for _, g := range p.grants(right) {
			begin := len(conditions)
			conditions = append(conditions, g.reach.predicate, g.when.predicate)
			spec.Ways = append(spec.Ways, scope.Way{Unit: p.binding.Unit, Conditions: conditions[begin:len(conditions):len(conditions)]})
		}
	}
}

// Filter answers what a resource must be like for a user to be allowed an action
// on it. It is For(user, nil).Filter(action).
func (e *Engine) Filter(user roles.UserID, action roles.Action) (*scope.Filter, error) {
	return e.For(user, nil).Filter(action)
}
