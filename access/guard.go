package access

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// guard decides on every change.
func (a *Admin) guard(before, after *roles.Snapshot, changes []roles.Change, at time.Time) error {
	s := a.engine.session(before, a.actor)
	s.setContext(a.context)
	g := &guard{session: s, tree: tree{before, after}, resources: a.resources, now: at}
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
	resources []scope.Resource // where those are that the directory does not know
	now       time.Time
}

// judge returns why a change is forbidden; nothing if it is not.
func (g *guard) judge(c roles.Change) []Denial {
	deny := func(format string, args ...any) []Denial {
		return []Denial{{Change: c, detail: fmt.Sprintf(format, args...)}}
	}
	if g.session.refusal != Undecided {
		return []Denial{{Change: c, Decision: g.session.refused()}}
	}
	if g.follows(c) {
		return nil
	}
	var denials []Denial
	inherited := g.inherited(c)
	for _, t := range g.touched(c) {
		if t.fault != nil {
			return deny("%v", t.fault)
		}
		actions := g.actions(c, t.of.Type)
		if len(actions) == 0 {
			return deny("the policy's administration section does not say what this takes")
		}
		for _, action := range slices.Concat(actions, inherited) {
			d, ok := g.ask(action, t)
			if !ok {
				return deny("it takes %s, which is on %s, and %s", action, g.on(action), g.nowhere(t))
			}
			if !d.Allowed() {
				denials = with(denials, Denial{Change: c, Decision: d})
			}
		}
	}
	if missing := g.excess(c); len(missing) > 0 {
		denials = append(denials, Denial{Change: c, Missing: missing})
	}
	for _, implied := range append(g.revived(c), g.promoted(c)...) {
		for _, d := range g.judge(implied) {
			d.Change = c
			if denials = with(denials, d); len(denials) >= mostDenials {
				return denials
			}
		}
	}
	return denials
}

// mostDenials bounds what is said of one change of a role that thousands hold.
const mostDenials = 20

// with adds a denial to others of the same change, unless one of them says the
// same.
func with(denials []Denial, d Denial) []Denial {
	sentence := d.Error()
	if slices.ContainsFunc(denials, func(other Denial) bool { return other.Error() == sentence }) {
		return denials
	}
	return append(denials, d)
}

// revived returns what a change gives that makes a user active again: every
// binding and assignment that the user has, wherever it is.
func (g *guard) revived(c roles.Change) []roles.Change {
	was, _ := c.Before.(roles.User)
	is, still := c.After.(roles.User)
	if !still || !was.Inactive || is.Inactive {
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

// nowhere says why an action cannot be asked about what is touched.
func (g *guard) nowhere(t touch) string {
	switch {
	case t.of.IsZero():
		return "the user belongs to no unit"
	case t.given == nil && t.of != scope.Root() && !g.isUnit(t.of):
		return "nothing says where " + t.of.String() + " is"
	}
	return t.of.String() + " is not one and not in one"
}

func (g *guard) isUnit(ref scope.Ref) bool {
	typ := g.session.engine.policy.Types().Type(ref.Type)
	return typ != nil && typ.Unit()
}

// A touch is what one state of a changed record concerns: the unit or resource
// that the change is of, the account of a user, and where they are.
type touch struct {
	of      scope.Ref       // the unit or resource; a user's unit for a user
	given   *scope.Resource // the resource in full, if it was given; may be nil
	account *roles.User
	reach   []scope.Ref // units that the actor's binding must contain
	units   scope.Units // where everything is in that state
	fault   error       // why the given resource cannot be where it is said to be
}

// touched returns what a change concerns, before and after it: who moves a user
// from one unit to another must be allowed to in both.
func (g *guard) touched(c roles.Change) []touch {
	var all []touch
	for _, given := range g.givenFor(c) {
		if c.Before != nil {
			t := g.touch(c, c.Before, g.before, given)
			if t.fault != nil || g.born(t.of) {
				t = g.standing(g.touch(c, c.Before, g.tree, given))
			}
			all = append(all, t)
		}
		if c.After != nil {
			all = append(all, g.standing(g.touch(c, c.After, g.tree, given)))
		}
	}
	return all
}

// givenFor returns what was said of where the resource of an assignment is: all
// of it, if it was said more than once, and one nil if nothing was.
func (g *guard) givenFor(c roles.Change) []*scope.Resource {
	a, _ := c.Record().(roles.Assignment)
	return g.given(a.Resource)
}

func (g *guard) given(ref scope.Ref) []*scope.Resource {
	var all []*scope.Resource
	for i, r := range g.resources {
		if r.Ref() == ref && !g.isUnit(ref) {
			all = append(all, &g.resources[i])
		}
	}
	if len(all) == 0 {
		return []*scope.Resource{nil}
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

func (g *guard) touch(c roles.Change, record roles.Record, units scope.Units, given *scope.Resource) touch {
	t := touch{units: units, given: given}
	switch r := record.(type) {
	case roles.Unit:
		t.of, t.reach = r.Ref, []scope.Ref{r.Parent}
		if c.Kind == roles.UnitChanged {
			t.reach = []scope.Ref{r.Ref}
		}
	case roles.User:
		t.of, t.account = r.Unit, &r
		if !r.Unit.IsZero() {
			t.reach = []scope.Ref{r.Unit}
		}
	case roles.Role:
		t.of, t.reach = r.Unit, []scope.Ref{r.Unit}
	case roles.Binding:
		t.of, t.account, t.reach = r.Unit, g.user(r.User), []scope.Ref{r.Unit}
	case roles.Assignment:
		t.of, t.account = r.Resource, g.user(r.User)
		if given != nil {
			_, t.fault = g.session.engine.policy.Types().Locate(*given, units)
		}
		t.reach = []scope.Ref{g.nearestUnit(t)}
	}
	return t
}

// nearestUnit returns the unit that is touched or that what is touched is in;
// the root for a resource of which nothing says where it is: it may be anywhere.
func (g *guard) nearestUnit(t touch) scope.Ref {
	for r := range chain(t.of, t.given, t.units) {
		if g.isUnit(r.Ref()) {
			return r.Ref()
		}
	}
	return scope.Root()
}

// chain yields a resource and all that it is in: as it was given, if it was, and
// from there on, or from ref on, the units that are known.
func chain(ref scope.Ref, given *scope.Resource, units scope.Units) iter.Seq[scope.Resource] {
	return func(yield func(scope.Resource) bool) {
		for r := given; r != nil; r = r.In {
			if !yield(*r) {
				return
			}
			if ref = r.Parent; ref.IsZero() {
				ref, _, _ = units.Locate(r.Ref())
			}
		}
		for ; !ref.IsZero() && ref != scope.Root(); ref, _, _ = units.Locate(ref) {
			if !yield(scope.Resource{Type: ref.Type, ID: ref.ID}) {
				return
			}
		}
	}
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
		resource, ok = t.find(on)
	}
	if !ok {
		return Decision{}, false
	}
	q := &question{
		engine: g.session.engine, in: g.before, units: t.units, now: g.now, timed: true, action: action, through: t.reach,
	}
	d := Decision{user: g.session.user, asked: resource}
	if q.locate(&d) {
		g.session.answer(q, &d)
	}
	q.finish()
	return d, true
}

// find returns what is touched, or what that is in, that is of a type.
func (t touch) find(on *scope.Type) (scope.Resource, bool) {
	for r := range chain(t.of, t.given, t.units) {
		if r.Type == on.Name() {
			return r, on.Unit() || t.given != nil
		}
	}
	return scope.Resource{}, false
}
