package access

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/internal/suggest"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// ForPrincipal makes a session for a user who is given by value, with bindings
// and assignments. Nothing that the directory may know of a user with the same
// id counts. If something of it is wrong (a role or an attribute that the policy
// does not know, say) every decision is a denial that says so. The policy's
// invariants are of the directory: nobody asks them of a user given by value.
func (e *Engine) ForPrincipal(p roles.Principal, context scope.Attributes) *Session {
	s := &Session{engine: e, in: e.snapshot(), user: p.ID}
	if e.foreign {
		s.refuse(Failed, foreign)
		return s
	}
	if err := s.take(p); err != nil {
		s.refuse(MalformedUser, fmt.Sprintf("user %q: %v", p.ID, err))
	}
	s.setContext(context)
	return s
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
	st := newStanding(s.engine.policy, len(p.Bindings))
	st.subject.ID, st.subject.Attributes, st.subject.Assignments = string(p.ID), attributes, assigned
	for _, b := range p.Bindings {
		b.User = p.ID
		if err := s.checkBinding(b); err != nil {
			return err
		}
		st.paths = append(st.paths, newPath(b, s.table(b.Role), s.in))
	}
	slices.SortStableFunc(st.paths, func(a, b path) int { return compareBindings(&a.binding, &b.binding) })
	if err := st.locate(p.Unit, s.units()); err != nil {
		return err
	}
	s.of = st
	if p.Inactive {
		s.refuse(InactiveUser, "")
	}
	return nil
}

// table returns the grant table of a role.
func (s *Session) table(role roles.RoleID) any {
	if s.in == nil {
		return s.engine.fixed[role]
	}
	return s.in.Derived(role, deriver{s.engine})
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
	case b.Unit.IsZero():
		return fmt.Errorf(`role %s: no unit is named: want one as in scope.NewRef("school", "s1"), or scope.Root()`, b.Role)
	case typ == nil:
		return fmt.Errorf("role %s: unknown resource type %q%s", b.Role, b.Unit.Type, types.Hint(b.Unit.Type))
	case scope.CheckID(b.Unit.ID) != nil:
		return fmt.Errorf("role %s is bound at %s: %w", b.Role, b.Unit, scope.CheckID(b.Unit.ID))
	case !typ.Unit():
		return fmt.Errorf("role %s is bound at %s, which is not a unit", b.Role, b.Unit)
	case s.in != nil && !s.in.Contains(scope.Root(), b.Unit):
		return fmt.Errorf("role %s is bound at %s, which the directory does not know", b.Role, b.Unit)
	}
	if len(r.At) > 0 && !slices.Contains(r.At, b.Unit.Type) {
		return fmt.Errorf("role %s can be bound at units of type %s only, not at %s", b.Role, strings.Join(r.At, " or "), b.Unit)
	}
	if !r.Fixed && !s.in.Contains(r.Unit, b.Unit) {
		return fmt.Errorf("role %s cannot be bound at %s: it is of %s", b.Role, b.Unit, r.Unit)
	}
	if !b.From.IsZero() && !b.Until.IsZero() && !b.From.Before(b.Until) {
		return fmt.Errorf("role %s is bound until before it begins: %s", b.Role, b)
	}
	return nil
}

func (s *Session) roleNames() []string {
	var names []string
	for _, r := range s.engine.policy.Roles() {
		names = append(names, string(r.ID))
	}
	return names
}

// A refSet is the assignments of a user given by value.
type refSet map[scope.Ref]struct{}

// Has reports whether a resource is in the set.
func (s refSet) Has(ref scope.Ref) bool {
	_, ok := s[ref]
	return ok
}

// All yields the resources.
func (s refSet) All() iter.Seq[scope.Ref] { return maps.Keys(s) }
