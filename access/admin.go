package access

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// An Admin changes the directory on behalf of an acting user: every change is
// first an action, which the policy's administration section must let the
// actor do, then held against the policy's ceiling, then validated and
// committed by the directory. What the actor may do is decided by the directory
// as it was before the changes: nobody can use a right in the same breath in
// which they give it to themselves.
//
// It is not the changing methods that are guarded but the changes that they
// made, whatever made them, so that there is no side door. What a removal takes
// along, the bindings and assignments of the unit or user that is gone, needs no
// action but the removal's own.
type Admin struct {
	engine  *Engine
	actor   roles.UserID
	context scope.Attributes
}

// Admin returns the hands of an acting user, with the facts of the request,
// which may be nil. The engine must have a directory.
func (e *Engine) Admin(actor roles.UserID, context scope.Attributes) *Admin {
	return &Admin{e, actor, context}
}

// Update is roles.Directory.Update on behalf of the actor. If a change is
// forbidden, the error is or wraps a *Forbidden, and nothing is changed.
func (a *Admin) Update(fn func(*roles.Tx) error) (roles.Commit, error) {
	if a.engine.directory == nil {
		return roles.Commit{}, errors.New("the engine has no directory to change")
	}
	return a.engine.directory.UpdateGuarded(string(a.actor), a.guard, fn)
}

// DryRun is Update without the change: the same commit or the same refusal.
func (a *Admin) DryRun(fn func(*roles.Tx) error) (roles.Commit, error) {
	if a.engine.directory == nil {
		return roles.Commit{}, errors.New("the engine has no directory to change")
	}
	return a.engine.directory.DryRunGuarded(string(a.actor), a.guard, fn)
}

// Forbidden is the refusal of changes that the actor may not make.
type Forbidden struct {
	Actor roles.UserID
	// Denials are why, one or more for each forbidden change, in order.
	Denials []Denial
}

// A Denial is one reason why a change is forbidden.
type Denial struct {
	Change roles.Change
	// Decision is the denied action. It is the zero Decision if no action was
	// denied, but the change is not in the policy's administration section, or
	// the actor would hand on more than they hold.
	Decision Decision
	// Missing is what the actor does not hold but would hand on.
	Missing []string
	detail  string
}

// Error is a sentence.
func (d Denial) Error() string {
	switch {
	case len(d.Missing) > 0:
		return fmt.Sprintf("%s: nobody hands on more than they hold; missing: %s", d.Change, strings.Join(d.Missing, ", "))
	case d.detail != "":
		return fmt.Sprintf("%s: %s", d.Change, d.detail)
	}
	return fmt.Sprintf("%s: %s: %s", d.Change, d.Decision.Action(), d.Decision.Why())
}

// Error names the actor and every denial.
func (f *Forbidden) Error() string {
	lines := make([]string, len(f.Denials))
	for i, d := range f.Denials {
		lines[i] = fmt.Sprintf("%s may not %s", f.Actor, d.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each denial to errors.As.
func (f *Forbidden) Unwrap() []error {
	errs := make([]error, len(f.Denials))
	for i, d := range f.Denials {
		errs[i] = d
	}
	return errs
}

// guard decides on every change.
func (a *Admin) guard(before, after *roles.Snapshot, changes []roles.Change, at time.Time) error {
	s := a.engine.session(before, a.actor)
	s.setContext(a.context)
	g := &guard{session: s, before: before, after: after, now: at}
	forbidden := &Forbidden{Actor: a.actor}
	for _, c := range changes {
		forbidden.Denials = append(forbidden.Denials, g.judge(c)...)
	}
	if len(forbidden.Denials) == 0 {
		return nil
	}
	return forbidden
}

// A guard judges the changes of one update.
type guard struct {
	session       *Session
	before, after *roles.Snapshot
	now           time.Time
}

// judge returns why a change is forbidden; nothing if it is not.
func (g *guard) judge(c roles.Change) []Denial {
	deny := func(format string, args ...any) []Denial {
		return []Denial{{Change: c, detail: fmt.Sprintf(format, args...)}}
	}
	if g.session.refused.reason != Undecided {
		return []Denial{{Change: c, Decision: g.session.refused}}
	}
	if g.follows(c) {
		return nil
	}
	var denials []Denial
	for _, t := range g.touched(c) {
		actions := g.actions(c, t.of.Type)
		if len(actions) == 0 {
			return deny("the policy's administration section does not say what this takes")
		}
		for _, action := range actions {
			d, ok := g.ask(action, t)
			if !ok {
				return deny("it takes %s, which is on %s, and this changes nothing that is one or is in one",
					action, g.on(action))
			}
			if !d.Allowed() && !slices.ContainsFunc(denials, says(d)) {
				denials = append(denials, Denial{Change: c, Decision: d})
			}
		}
	}
	if missing := g.excess(c); len(missing) > 0 {
		denials = append(denials, Denial{Change: c, Missing: missing})
	}
	return denials
}

// says reports whether a denial is for the same reason as d.
func says(d Decision) func(Denial) bool {
	return func(other Denial) bool { return other.Decision.String() == d.String() }
}

// follows reports whether a change is only what a removal took along: an
// unbinding or unassigning of something that is gone afterwards.
func (g *guard) follows(c roles.Change) bool {
	gone := func(user roles.UserID, unit scope.Ref) bool {
		_, was := g.before.User(user)
		_, is := g.after.User(user)
		_, _, unitWas := g.before.Locate(unit)
		_, _, unitIs := g.after.Locate(unit)
		return was && !is || unitWas && !unitIs
	}
	switch r := c.Before.(type) {
	case roles.Binding:
		return c.After == nil && gone(r.User, r.Unit)
	case roles.Assignment:
		return c.After == nil && gone(r.User, r.Resource)
	}
	return false
}

// actions returns what a change takes: what the policy says for the role or the
// type that it is of, or else for its kind.
func (g *guard) actions(c roles.Change, of string) []roles.Action {
	special := string(c.Kind) + "." + of
	role := special
	if b, ok := c.Record().(roles.Binding); ok {
		role = string(c.Kind) + "." + string(b.Role)
	}
	var forRole, forType, forKind []roles.Action
	for _, rule := range g.session.engine.policy.Administration().Changes {
		switch rule.Change {
		case role:
			forRole = rule.Actions
		case special:
			forType = rule.Actions
		case string(c.Kind):
			forKind = rule.Actions
		}
	}
	switch {
	case forRole != nil:
		return forRole
	case forType != nil:
		return forType
	}
	return forKind
}

func (g *guard) on(action roles.Action) string {
	right, _ := g.session.engine.policy.Catalog().Right(action)
	return right.Privilege().On
}

// A touch is what one state of a changed record concerns: the unit or resource
// that the change is of, the account of a user, and where they are.
type touch struct {
	of      scope.Ref // the unit or resource; a user's unit for a user
	account *roles.User
	reach   []scope.Ref // units that the actor's binding must contain
}

// touched returns what a change concerns, before and after it: who moves a user
// from one unit to another must be allowed to in both.
func (g *guard) touched(c roles.Change) []touch {
	var all []touch
	for _, record := range []roles.Record{c.Before, c.After} {
		switch r := record.(type) {
		case roles.Unit:
			reach := r.Parent
			if c.Kind == roles.UnitChanged {
				reach = r.Ref
			}
			all = append(all, touch{of: r.Ref, reach: []scope.Ref{reach}})
		case roles.User:
			all = append(all, touch{of: r.Unit, account: &r, reach: g.known(r.Unit)})
		case roles.Role:
			all = append(all, touch{of: r.Unit, reach: []scope.Ref{r.Unit}})
		case roles.Binding:
			all = append(all, touch{of: r.Unit, account: g.user(r.User), reach: []scope.Ref{r.Unit}})
		case roles.Assignment:
			all = append(all, touch{of: r.Resource, account: g.user(r.User), reach: g.known(r.Resource)})
		}
	}
	return all
}

// known returns a unit as what an actor's binding must contain; nothing for
// what the directory does not know.
func (g *guard) known(ref scope.Ref) []scope.Ref {
	for _, in := range []*roles.Snapshot{g.before, g.after} {
		if ref == scope.Root() || in.Contains(scope.Root(), ref) {
			return []scope.Ref{ref}
		}
	}
	return nil
}

// user returns a user as they are before the changes, or, if they are new,
// after.
func (g *guard) user(id roles.UserID) *roles.User {
	if u, ok := g.before.User(id); ok {
		return &u
	}
	u, _ := g.after.User(id)
	u.ID = id
	return &u
}

// ask decides an action about that of what is touched which has the action's
// type. It reports false if nothing has.
func (g *guard) ask(action roles.Action, t touch) (Decision, bool) {
	p := g.session.engine.policy
	right, _ := p.Catalog().Right(action)
	on := p.Types().Type(right.Privilege().On)
	resource, ok := scope.Resource{}, false
	if on.Name() == p.Administration().Accounts && t.account != nil {
		resource, ok = scope.Resource{Type: on.Name(), ID: string(t.account.ID), Parent: t.account.Unit}, true
	} else {
		resource, ok = g.above(t.of, on)
	}
	if !ok {
		return Decision{}, false
	}
	q := question{engine: g.session.engine, in: g.in(resource), now: g.now, action: action}
	if d, located := q.locate(resource); !located {
		d.user = g.session.user
		return d, true
	}
	q.through = nil
	for _, ref := range t.reach {
		q.through = append(q.through, g.standing(ref))
	}
	return g.session.answer(q), true
}

// above returns ref, or the unit above it, that is of a type.
func (g *guard) above(ref scope.Ref, on *scope.Type) (scope.Resource, bool) {
	for ref != scope.Root() && !ref.IsZero() {
		if ref.Type == on.Name() {
			return scope.Resource{Type: ref.Type, ID: ref.ID}, on.Unit()
		}
		parent, _, ok := g.before.Locate(ref)
		if !ok {
			if parent, _, ok = g.after.Locate(ref); !ok {
				break
			}
		}
		ref = parent
	}
	return scope.Resource{}, false
}

// in returns the snapshot that knows where a resource is: the one before the
// changes unless they added it.
func (g *guard) in(r scope.Resource) *roles.Snapshot {
	for _, ref := range []scope.Ref{r.Ref(), r.Parent} {
		typ := g.session.engine.policy.Types().Type(ref.Type)
		if typ == nil || !typ.Unit() {
			continue
		}
		if _, _, ok := g.before.Locate(ref); !ok {
			return g.after
		}
	}
	return g.before
}

// standing returns ref, or the nearest unit above it that was there before the
// changes: bindings of that time can contain no other.
func (g *guard) standing(ref scope.Ref) scope.Ref {
	for ref != scope.Root() {
		if _, _, ok := g.before.Locate(ref); ok {
			break
		}
		parent, _, ok := g.after.Locate(ref)
		if !ok {
			break
		}
		ref = parent
	}
	return ref
}

// excess returns what the actor would hand on and does not hold, where the
// policy asks for that ceiling.
func (g *guard) excess(c roles.Change) []string {
	ceiling := g.session.engine.policy.Administration().Ceiling
	if ceiling != policy.Held && ceiling != policy.HeldExceptSelf {
		return nil
	}
	self := func(user roles.UserID) bool { return ceiling == policy.HeldExceptSelf && user == g.session.user }
	switch r := c.After.(type) {
	case roles.Binding:
		if !self(r.User) {
			return g.uncovered(r.Role, r.Unit)
		}
	case roles.Role:
		return g.uncovered(r.ID, r.Unit)
	case roles.Assignment:
		if !self(r.User) && !g.holdsAssignment(r.Resource) {
			return []string{r.Resource.String()}
		}
	}
	return nil
}

// holdsAssignment reports whether the resource, or a unit above it, is assigned
// to the actor.
func (g *guard) holdsAssignment(ref scope.Ref) bool {
	assigned := g.before.AssignmentsOf(g.session.user)
	for ok := true; ok && ref != scope.Root(); ref, _, ok = g.after.Locate(ref) {
		if assigned.Has(ref) {
			return true
		}
	}
	return false
}

// uncovered returns the rights of a role, as it is after the changes, that the
// actor does not hold in a unit at least as far.
func (g *guard) uncovered(id roles.RoleID, unit scope.Ref) []string {
	var missing []string
	for _, junior := range g.after.Closure(id) {
		r, _ := g.after.Role(junior)
		for _, p := range g.session.engine.policy.Permissions(r) {
			if !g.covers(p, unit) {
				missing = append(missing, fmt.Sprintf("%s (scope %s)", p.Right.Action(), p.Scope.Name()))
			}
		}
	}
	return missing
}

// covers reports whether the actor holds a permission in a unit: through a
// binding that is in force there, at its level or a greater one, in the same
// scope or in one that reaches everything, under the same condition or none.
func (g *guard) covers(wanted policy.Permission, unit scope.Ref) bool {
	for _, b := range g.session.bindings {
		if !b.InForce(g.now) || !g.before.Contains(b.Unit, g.standing(unit)) {
			continue
		}
		for _, id := range g.before.Closure(b.Role) {
			r, _ := g.before.Role(id)
			for _, held := range g.session.engine.policy.Permissions(r) {
				if held.Right.Covers(wanted.Right) &&
					(held.Scope == wanted.Scope || held.Scope.Always()) &&
					(held.When == nil || held.When == wanted.When) {
					return true
				}
			}
		}
	}
	return false
}
