package access

import (
	"fmt"
	"slices"
	"time"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// guard decides on every change.
func (a *Admin) guard(before, after *roles.Snapshot, changes []roles.Change, at time.Time) error {
	s := a.engine.session(before, a.actor)
	s.setContext(a.context)
	g := &guard{session: s, tree: tree{before, after}, now: at}
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
	session *Session
	tree
	now time.Time
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
	for _, gain := range g.revived(c) {
		for _, d := range g.judge(gain) {
			d.Change = c
			denials = append(denials, d)
		}
	}
	return denials
}

// revived returns what a change gives that makes a user active again: every
// binding and assignment that the user has, wherever it is.
func (g *guard) revived(c roles.Change) []roles.Change {
	was, ok := c.Before.(roles.User)
	is, still := c.After.(roles.User)
	if !ok || !still || !was.Inactive || is.Inactive {
		return nil
	}
	var gains []roles.Change
	for _, b := range g.after.Bindings(is.ID) {
		gains = append(gains, roles.Change{Kind: roles.Bound, After: b})
	}
	for _, ref := range g.after.Assignments(is.ID) {
		gains = append(gains, roles.Change{Kind: roles.Assigned, After: roles.Assignment{User: is.ID, Resource: ref}})
	}
	return gains
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
// type that it is of, or else for its kind; and for a role that inherits others,
// before the changes or after, what the policy says for each of those too.
func (g *guard) actions(c roles.Change, of string) []roles.Action {
	rules := map[string][]roles.Action{}
	for _, rule := range g.session.engine.policy.Administration().Changes {
		rules[rule.Change] = rule.Actions
	}
	kind, role := string(c.Kind), roles.RoleID("")
	binds := []string{kind}
	switch r := c.Record().(type) {
	case roles.Binding:
		role = r.Role
	case roles.Role:
		role, binds = r.ID, []string{string(roles.Bound), string(roles.Unbound)}
	}
	actions := rules[kind]
	if special, ok := rules[kind+"."+of]; ok {
		actions = special
	}
	if special, ok := rules[kind+"."+string(role)]; ok && g.isFixed(role) {
		actions = special
	}
	if role == "" || len(actions) == 0 {
		return actions
	}
	actions = slices.Clone(actions)
	for _, junior := range append(g.before.Closure(role), g.after.Closure(role)...) {
		if junior != role && g.isFixed(junior) {
			for _, kind := range binds {
				actions = append(actions, rules[kind+"."+string(junior)]...)
			}
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

// isFixed reports whether a role is the policy's: only those have rules of their
// own. A custom role may be called like a type of unit.
func (g *guard) isFixed(id roles.RoleID) bool {
	r, ok := g.after.Role(id)
	return ok && r.Fixed
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
	units   scope.Units // where everything is in that state
}

// touched returns what a change concerns, before and after it: who moves a user
// from one unit to another must be allowed to in both.
func (g *guard) touched(c roles.Change) []touch {
	var all []touch
	if c.Before != nil {
		t := g.touch(c, c.Before, g.before)
		if g.born(t.of) {
			t = g.standing(g.touch(c, c.Before, g.tree))
		}
		all = append(all, t)
	}
	if c.After != nil {
		all = append(all, g.standing(g.touch(c, c.After, g.tree)))
	}
	return all
}

// born reports whether a unit is one that the changes themselves added.
func (g *guard) born(unit scope.Ref) bool {
	_, _, was := g.before.Locate(unit)
	_, _, is := g.after.Locate(unit)
	return is && !was
}

// standing lifts what a binding must contain to where bindings of the time
// before the changes can contain it.
func (g *guard) standing(t touch) touch {
	for i, ref := range t.reach {
		t.reach[i] = g.tree.standing(ref)
	}
	return t
}

func (g *guard) touch(c roles.Change, record roles.Record, units scope.Units) touch {
	t := touch{units: units}
	switch r := record.(type) {
	case roles.Unit:
		t.of, t.reach = r.Ref, []scope.Ref{r.Parent}
		if c.Kind == roles.UnitChanged {
			t.reach = []scope.Ref{r.Ref}
		}
	case roles.User:
		t.of, t.account = r.Unit, &r
		if !r.Unit.IsZero() {
			t.reach = place(units, r.Unit)
		}
	case roles.Role:
		t.of, t.reach = r.Unit, []scope.Ref{r.Unit}
	case roles.Binding:
		t.of, t.account, t.reach = r.Unit, g.user(r.User), []scope.Ref{r.Unit}
	case roles.Assignment:
		t.of, t.account, t.reach = r.Resource, g.user(r.User), place(units, r.Resource)
	}
	return t
}

// place returns a unit as what an actor's binding must contain; the root for a
// resource that the directory does not know, which may be anywhere.
func place(units scope.Units, ref scope.Ref) []scope.Ref {
	if _, _, ok := units.Locate(ref); ok {
		return []scope.Ref{ref}
	}
	return []scope.Ref{scope.Root()}
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
		resource, ok = above(t.units, t.of, on)
	}
	if !ok {
		return Decision{}, false
	}
	q := question{
		engine: g.session.engine, in: g.before, units: t.units, now: g.now, action: action, through: t.reach,
	}
	if d, located := q.locate(resource); !located {
		d.user = g.session.user
		return d, true
	}
	return g.session.answer(q), true
}

// above returns ref, or the unit above it, that is of a type.
func above(units scope.Units, ref scope.Ref, on *scope.Type) (scope.Resource, bool) {
	for ok := true; ok && ref != scope.Root(); ref, _, ok = units.Locate(ref) {
		if ref.Type == on.Name() {
			return scope.Resource{Type: ref.Type, ID: ref.ID}, on.Unit()
		}
	}
	return scope.Resource{}, false
}
