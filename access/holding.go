package access

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// An Entitlement is what a grant gives: an action, those of the lesser levels
// included, as far as a scope reaches. Scopes and conditions are told apart by
// name and by text; of two that differ, neither is known to reach farther,
// unless one is always true.
type Entitlement struct {
	Action roles.Action
	// Scope is the scope's name.
	Scope string
	// When is the grant's own condition; empty for none.
	When string

	permission policy.Permission
}

// String shows it as in "medical.view (own)", or
// "medical.view (own, when user.grade >= 3)".
func (e Entitlement) String() string {
	if e.When != "" {
		return fmt.Sprintf("%s (%s, when %s)", e.Action, e.Scope, e.When)
	}
	return fmt.Sprintf("%s (%s)", e.Action, e.Scope)
}

func entitlement(p policy.Permission) Entitlement {
	e := Entitlement{Action: p.Right.Action(), Scope: p.Scope.Name(), permission: p}
	if p.When != nil {
		e.When = p.When.Source()
	}
	return e
}

// covers reports whether who has p has all that wanted gives, in the same unit
// and at the same time.
func covers(p, wanted policy.Permission) bool {
	return p.Right.Covers(wanted.Right) &&
		(p.Scope == wanted.Scope || p.Scope.Always()) &&
		(p.When == nil || p.When == wanted.When)
}

// A Holding is an entitlement that a user has by one of their bindings: in its
// unit and below, and as long as it is in force.
type Holding struct {
	Entitlement
	Binding roles.Binding
	// Role is the one whose grant it is: the binding's, or one that it inherits.
	Role roles.RoleID
}

// String shows it as in "medical.view (own) in center:c1 by role nurse".
func (h Holding) String() string {
	s := fmt.Sprintf("%s in %s by role %s", h.Entitlement, h.Binding.Unit, h.Binding.Role)
	if h.Role != h.Binding.Role {
		s += fmt.Sprintf(", which inherits %s", h.Role)
	}
	return s + periodText(h.Binding.From, h.Binding.Until)
}

// periodText says when something is in force, if that is not always.
func periodText(from, until time.Time) string {
	var s string
	if !from.IsZero() {
		s += " from " + from.UTC().Format(time.RFC3339)
	}
	if !until.IsZero() {
		s += " until " + until.UTC().Format(time.RFC3339)
	}
	return s
}

// Holdings answers what the session's user may do, in full and why: every
// entitlement that one of their bindings gives, in force or not, by role and
// unit of the binding, role of the grant, and action. Constraints may forbid some
// of it all the same: Capabilities answers for a resource. Who is not active, or
// unknown, holds nothing.
func (s *Session) Holdings() []Holding {
	if s.refusal != Undecided {
		return nil
	}
	var all []Holding
	for _, p := range s.paths() {
		b := p.binding
		for _, id := range s.closure(b.Role) {
			r, _ := s.role(id)
			for _, p := range s.engine.policy.Permissions(r) {
				all = append(all, Holding{entitlement(p), b, id})
			}
		}
	}
	return all
}

// GivenOnlyBy answers what the session's user would lose with a role: those of
// their Holdings by bindings of the role that bindings of other roles do not give
// too, in the same units at least, at least as far and as long.
func (s *Session) GivenOnlyBy(role roles.RoleID) []Holding {
	var by, beside []Holding
	for _, h := range s.Holdings() {
		if h.Binding.Role == role {
			by = append(by, h)
		} else {
			beside = append(beside, h)
		}
	}
	return slices.DeleteFunc(by, func(h Holding) bool {
		var others []roles.Binding
		for _, o := range beside {
			if covers(o.permission, h.permission) && s.contains(o.Binding.Unit, h.Binding.Unit) {
				others = append(others, o.Binding)
			}
		}
		return lastTogether(others, h.Binding)
	})
}

// contains reports whether a unit is another, or is known to contain it.
func (s *Session) contains(outer, inner scope.Ref) bool {
	return outer == inner || outer == scope.Root() || s.in != nil && s.in.Contains(outer, inner)
}

// lastTogether reports whether one of some bindings is in force whenever another
// one is.
func lastTogether(some []roles.Binding, whenever roles.Binding) bool {
	some = slices.SortedFunc(slices.Values(some), func(a, b roles.Binding) int { return a.From.Compare(b.From) })
	at := whenever.From // in force up to here; the zero time is before all others
	for _, b := range some {
		if b.From.After(at) {
			return false
		}
		if !endsBefore(b.Until, whenever.Until) {
			return true
		}
		if b.Until.After(at) {
			at = b.Until
		}
	}
	return false
}

func compareEntitlements(a, b Entitlement) int {
	return cmp.Or(cmp.Compare(a.Action, b.Action), cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.When, b.When))
}
