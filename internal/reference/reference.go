// Package reference says what a decision means in the most naive code that can
// say it: Decide is laws 2 to 6 on one screen. Nothing is compiled, indexed or
// cached but the text of conditions, so that it can be read as the definition,
// and everything that is faster is tested against it.
//
// It works on plain data: the policy as it was written, a World of slices, one
// Question. Of the other packages it uses records and conditions only.
//
//  1. Deny by default.
//  2. Allowed if, and only if, the user is active, some binding in force grants
//     the action on a unit that contains the resource through a grant whose
//     scope and condition are true, and every constraint on the action is true.
//  3. A constraint beats every grant.
//  4. A condition without a value does not grant, and is not met.
//  5. Nothing reaches beyond the binding's unit, whatever the scope says.
//  6. What is unknown or malformed in the question is a denial that says so.
package reference

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A World is what a directory holds, as plain values, in any order. The policy's
// own roles are not among its Roles.
type World struct {
	Units       []roles.Unit
	Users       []roles.User
	Roles       []roles.Role
	Bindings    []roles.Binding
	Assignments []roles.Assignment
}

// A Question is everything that one decision is asked about.
type Question struct {
	// User is whom it is about: somebody in the World, unless Principal gives the
	// user by value.
	User      roles.UserID
	Principal *roles.Principal
	Action    roles.Action
	// Resource has a scope.Map, or nothing, for its attributes.
	Resource scope.Resource
	Context  scope.Map
	Now      time.Time
}

// An Outcome is the answer. The zero Outcome denies.
type Outcome struct {
	Allowed bool
	// Reason is why. Where the question makes no sense, it is what is found first:
	// of the action, the resource, the user, the context. Where nothing grants, it
	// is how far the farthest path came: see follow. Where a constraint stops it,
	// it is of the first by name that does.
	Reason Reason
}

// Decide answers a question. A nil World is no directory: the question brings
// all units and the user by value.
func (e *Evaluator) Decide(w *World, q Question) Outcome {
	l := law{e, w}
	right, known := l.right(q.Action)
	if !known {
		return Outcome{Reason: UnknownAction}
	}
	resource, wrong := l.place(q.Resource)
	if wrong != "" {
		return Outcome{Reason: wrong}
	}
	if right.On != q.Resource.Type {
		return Outcome{Reason: WrongType}
	}
	user, wrong := l.user(q)
	if wrong != "" {
		return Outcome{Reason: wrong}
	}
	if user.Inactive {
		return Outcome{Reason: InactiveUser}
	}
	context, ok := checked(l.document.Context, q.Context, false)
	if !ok {
		return Outcome{Reason: WrongContext}
	}
	if len(user.Bindings) == 0 {
		return Outcome{Reason: NoRole}
	}
	facts := facts{user, resource, context, q.Now}
	farthest := NoGrant
	for _, binding := range user.Bindings {
		for _, role := range l.inherited(binding.Role) {
			for _, grant := range l.grants(role) {
				if grant.Name == right.Name && grant.level >= right.level {
					farthest = farther(farthest, l.follow(binding, grant, facts))
				}
			}
		}
	}
	if farthest != Granted {
		return Outcome{Reason: farthest}
	}
	for _, constraint := range l.constraintsByName() {
		if on(constraint, right, q.Action) {
			switch l.holds(constraint.Require, facts) {
			case condition.False:
				return Outcome{Reason: ConstraintUnmet}
			case condition.Error:
				return Outcome{Reason: ConstraintError}
			}
		}
	}
	return Outcome{Allowed: true, Reason: Granted}
}

// follow says how far the path through a binding and a grant leads. The steps
// are the period, the unit, the scope, the grant's condition: a later one is
// farther, and one at which a condition has no value is farther than any at
// which one is false, because with that value the answer might have been
// another.
func (l law) follow(b roles.Binding, g grant, f facts) Reason {
	if !b.From.IsZero() && f.now.Before(b.From) || !b.Until.IsZero() && !f.now.Before(b.Until) {
		return NotInForce
	}
	if b.Unit != scope.Root() && !slices.ContainsFunc(f.resource, func(n node) bool { return n.ref == b.Unit }) {
		return OutsideUnit
	}
	switch l.holds(l.scope(g.scope), f) {
	case condition.False:
		return OutOfScope
	case condition.Error:
		return ConditionError
	}
	if g.when == "" {
		return Granted
	}
	switch l.holds(g.when, f) {
	case condition.False:
		return ConditionUnmet
	case condition.Error:
		return ConditionError
	}
	return Granted
}

// A right is an action, looked up: a privilege at a level, from 1.
type right struct {
	*policy.Privilege
	level int
}

// right finds what an action means: of a privilege with levels its name, a dot
// and the level, of one without its name.
func (l law) right(a roles.Action) (right, bool) {
	for n := range l.document.Privileges {
		p := &l.document.Privileges[n]
		if len(p.Levels) == 0 && string(a) == p.Name {
			return right{p, 1}, true
		}
		for i, level := range p.Levels {
			if string(a) == p.Name+"."+level {
				return right{p, i + 1}, true
			}
		}
	}
	return right{}, false
}

// A grant is one right that a role gives, and how far.
type grant struct {
	right
	scope, when string
}

// grants returns what a role gives by itself.
func (l law) grants(r roles.Role) []grant {
	var all []grant
	if r.Everything {
		for n := range l.document.Privileges {
			p := &l.document.Privileges[n]
			all = append(all, grant{right{p, max(1, len(p.Levels))}, r.Scope, ""})
		}
	}
	for _, g := range r.Grants {
		for _, action := range g.Privileges {
			if right, known := l.right(action); known {
				all = append(all, grant{right, cmp.Or(g.Scope, r.Scope), g.When})
			}
		}
	}
	return all
}

// constraintsByName returns all constraints in the order in which they are told
// of.
func (l law) constraintsByName() []policy.Constraint {
	return slices.SortedFunc(slices.Values(l.document.Constraints), func(a, b policy.Constraint) int {
		return strings.Compare(a.Name, b.Name)
	})
}

// on reports whether a constraint is on an action: it names the action, its
// privilege or its type of resource.
func on(c policy.Constraint, r right, a roles.Action) bool {
	return slices.Contains(c.On, string(a)) || slices.Contains(c.On, r.Name) || slices.Contains(c.Resources, r.On)
}
