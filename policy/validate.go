package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
	"github.com/bailiwick-authz/bailiwick/internal/suggest"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// requiresInvariant is the name under which a role that lacks what its
// privileges require is refused.
const requiresInvariant = "privileges come with what they require"

// CheckRole returns everything that is wrong with the grants of a custom role:
// privileges and scopes that the policy does not know, scopes that are not for
// what they are given with. What its privileges require is checked by Validate,
// because roles inherit.
func (p *Policy) CheckRole(_ *roles.Snapshot, r roles.Role) []error {
	var errs []error
	names := make([]string, len(p.document.Scopes))
	for i, s := range p.document.Scopes {
		names[i] = s.Name
	}
	if r.Scope != "" && p.scopes[r.Scope] == nil {
		errs = append(errs, fmt.Errorf("unknown scope %q%s", r.Scope, suggest.Hint(r.Scope, names)))
	}
	for _, name := range r.At {
		if typ := p.types.Type(name); typ == nil || !typ.Unit() {
			errs = append(errs, fmt.Errorf("%q is not a type of unit%s", name, p.types.Hint(name)))
		}
	}
	for _, g := range r.Grants {
		name := orScope(g.Scope, r.Scope)
		predicate := p.scopes[name]
		switch {
		case name == "":
			errs = append(errs, errors.New("a grant has no scope"))
		case predicate == nil && name == g.Scope:
			errs = append(errs, fmt.Errorf("unknown scope %q%s", name, suggest.Hint(name, names)))
		}
		for _, action := range g.Privileges {
			right, ok := p.catalog.Right(action)
			if !ok {
				errs = append(errs, errors.New(p.unknownAction(string(action))))
			} else if predicate != nil {
				if err := predicate.For(right.Privilege().On); err != nil {
					errs = append(errs, fmt.Errorf("%s: scope %w", action, err))
				}
			}
		}
	}
	return errs
}

// Validate returns the invariants that changes lead to break in after: for the
// units, users and roles that the changes touch, and no others.
func (p *Policy) Validate(after *roles.Snapshot, changes []roles.Change, at time.Time) []*roles.Violation {
	reach := reachOf(p, after, changes)
	return p.validate(after, at, func(v *invariant) []string { return reach.subjects(v) }, reach.roles.sorted())
}

// ValidateAll returns every invariant that is broken in s, for whatever it is
// broken.
func (p *Policy) ValidateAll(s *roles.Snapshot, at time.Time) []*roles.Violation {
	var all []string
	for _, r := range s.Roles() {
		all = append(all, string(r.ID))
	}
	return p.validate(s, at, func(v *invariant) []string {
		switch v.For {
		case forRole:
			return all
		case forUser:
			ids := make([]string, 0)
			for _, id := range s.Users() {
				ids = append(ids, string(id))
			}
			return ids
		}
		return refIDs(s.Units(v.For, scope.Root()))
	}, all)
}

func refIDs(refs []scope.Ref) []string {
	ids := make([]string, len(refs))
	for i, ref := range refs {
		ids[i] = ref.ID
	}
	return ids
}

// validate checks every invariant for its subjects, and what the privileges of
// the given roles require.
func (p *Policy) validate(s *roles.Snapshot, at time.Time, subjects func(*invariant) []string, roleIDs []string) []*roles.Violation {
	var broken []*roles.Violation
	for _, inv := range p.invariants {
		for _, id := range subjects(inv) {
			if violation := p.check(s, inv, id, at); violation != nil {
				broken = append(broken, violation)
			}
		}
	}
	for _, id := range roleIDs {
		if _, ok := s.Role(roles.RoleID(id)); !ok {
			continue
		}
		for _, short := range p.shortfalls(closureIn(s, roles.RoleID(id))) {
			broken = append(broken, &roles.Violation{Invariant: requiresInvariant, Kind: forRole, Subject: id, Fact: short.String()})
		}
	}
	slices.SortStableFunc(broken, func(a, b *roles.Violation) int {
		return cmp.Or(cmp.Compare(a.Invariant, b.Invariant), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Subject, b.Subject))
	})
	return broken
}

// check says whether an invariant holds for one subject at every instant from
// at on. Between two instants at which a binding begins or ends nothing changes
// by itself, so that those instants are enough.
func (p *Policy) check(s *roles.Snapshot, inv *invariant, id string, at time.Time) *roles.Violation {
	v := p.world(s, at)
	for instant := at; ; {
		v.at, v.next = instant, time.Time{}
		subject, err := v.subject(inv.For, id)
		if subject == nil && err == nil {
			return nil
		}
		outcome := condition.Error
		if err == nil {
			outcome, _ = inv.program.Eval(condition.Input{Vars: []any{subject}, World: v})
		}
		if outcome != condition.True {
			violation := &roles.Violation{
				Invariant: inv.Name, Severity: inv.Severity, Kind: inv.For, Subject: id,
				Message: inv.Message, Fact: p.fact(s, inv, id, instant),
			}
			if instant != at {
				violation.From = instant
			}
			return violation
		}
		if v.next.IsZero() {
			return nil
		}
		instant = v.next
	}
}

// fact says what breaks an invariant: of the parts that && joins, it looks at
// the first that does not hold.
func (p *Policy) fact(s *roles.Snapshot, inv *invariant, id string, at time.Time) string {
	for _, part := range inv.program.Conjuncts() {
		v := p.world(s, at)
		subject, err := v.subject(inv.For, id)
		if err != nil {
			return err.Error()
		}
		v.facts.about = map[condition.Object]string{}
		outcome, err := part.Eval(condition.Input{Vars: []any{subject}, World: v, Failing: v.facts.failing})
		switch {
		case err != nil:
			return err.Error()
		case outcome != condition.True:
			return v.facts.String()
		}
	}
	return ""
}

// subject finds what an invariant is checked for; nil if it is gone.
func (v *world) subject(kind, id string) (condition.Object, error) {
	switch kind {
	case forRole:
		r, ok := v.in.Role(roles.RoleID(id))
		if !ok {
			return nil, nil
		}
		v.role = r
		return roleObject(r), nil
	case forUser:
		if _, ok := v.in.User(roles.UserID(id)); !ok {
			return nil, nil
		}
		m, err := v.member(roles.UserID(id))
		if err != nil {
			return nil, err
		}
		v.user = m
		return m, nil
	}
	v.unit = scope.Ref{Type: kind, ID: id}
	if _, _, ok := v.in.Locate(v.unit); !ok {
		return nil, nil
	}
	p, err := v.place(v.unit)
	if err != nil {
		return nil, err
	}
	return p, nil
}
