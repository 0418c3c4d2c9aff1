package access_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// An atom is one thing that somebody can hold.
type atom struct {
	action      roles.Action
	unit        scope.Ref
	scope, when string
}

// holds says, from scratch, whether a user holds an atom at an instant: through
// a binding at the unit or above, of a role that gives it itself or by what it
// inherits.
func (w *world) holds(in *roles.Snapshot, user roles.UserID, x atom, at time.Time) bool {
	if u, ok := in.User(user); !ok || u.Inactive {
		return false
	}
	for _, b := range in.Bindings(user) {
		if b.InForce(at) && in.Contains(b.Unit, x.unit) && w.roleGives(in, b.Role, x) {
			return true
		}
	}
	return false
}

func (w *world) roleGives(in *roles.Snapshot, id roles.RoleID, x atom) bool {
	r, _ := in.Role(id)
	reaches := func(scopeName string) bool { return scopeName == x.scope || w.always(scopeName) }
	if r.Everything && reaches(r.Scope) {
		return true
	}
	for _, g := range r.Grants {
		name := g.Scope
		if name == "" {
			name = r.Scope
		}
		for _, action := range g.Privileges {
			if w.covers(action, x.action) && reaches(name) && (g.When == "" || g.When == x.when) {
				return true
			}
		}
	}
	return slices.ContainsFunc(r.Inherits, func(junior roles.RoleID) bool { return w.roleGives(in, junior, x) })
}

func (w *world) always(scopeName string) bool {
	for _, s := range w.document.Scopes {
		if s.Name == scopeName {
			return s.When == "true"
		}
	}
	return false
}

// instants are one in each stretch of time in which no binding begins or ends.
func instants(of ...*roles.Snapshot) []time.Time {
	all := []time.Time{now.Add(-1000 * time.Hour), now}
	for _, in := range of {
		for _, user := range in.Users() {
			for _, b := range in.Bindings(user) {
				all = append(all, b.From, b.Until)
			}
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return slices.Compact(all)
}

// drawUpdate draws changes to what a world has, of every kind that touches
// rights. The directory may refuse some of them.
func (w *world) drawUpdate(d draw) func(tx *roles.Tx) error {
	type step = func(tx *roles.Tx)
	var steps []step
	for range d.between(1, 3) {
		user, b := pick(d, w.data.Users), roles.Binding{}
		if len(w.data.Bindings) > 0 {
			b = pick(d, w.data.Bindings)
		}
		role, unit := pick(d, w.data.Roles), pick(d, w.data.Units)
		switch d.below(8) {
		case 0, 1:
			from, until := drawPeriod(d)
			id := role.ID
			if d.chance(8) {
				id = roles.RoleID(pick(d, w.document.Roles).Name)
			}
			steps = append(steps, func(tx *roles.Tx) { tx.BindBetween(user.ID, id, unit.Ref, from, until) })
		case 2, 3:
			steps = append(steps, func(tx *roles.Tx) { tx.Unbind(b.User, b.Role, b.Unit) })
		case 4, 5:
			changed := role
			changed.Grants = some(d, append(slices.Clone(role.Grants), roles.Grant(w.drawGrant(d, false))), 0)
			if d.chance(4) {
				changed.Inherits = nil
			}
			steps = append(steps, func(tx *roles.Tx) { tx.ChangeRole(changed) })
		case 6:
			user.Inactive = !user.Inactive
			steps = append(steps, func(tx *roles.Tx) { tx.ChangeUser(user) })
		case 7:
			parent, moved := pick(d, w.data.Units).Ref, d.chance(12)
			steps = append(steps, func(tx *roles.Tx) {
				tx.RemoveUnit(unit.Ref)
				if moved {
					tx.AddUnit(unit.Ref, parent)
				}
			})
		}
	}
	return func(tx *roles.Tx) error {
		for _, s := range steps {
			s(tx)
		}
		return nil
	}
}

// What a preview says somebody gains or loses they do, and what it does not say
// they do not: found by comparing all that everybody holds before and after.
func TestAPreviewSaysExactlyWhoGainsAndLosesWhat(t *testing.T) {
	gained, lost, refused := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		d := drawFrom(rt)
		p := drawPolicy(d)
		w := rapid.Custom(func(t *rapid.T) *world {
			for {
				if w := newWorld(drawFrom(t), p); len(w.data.Roles) > 0 {
					return w
				}
			}
		}).Draw(rt, "world")
		before := w.directory.Snapshot()
		update := w.drawUpdate(d)
		preview := w.engine.Preview(update)
		require.Same(t, before, w.directory.Snapshot())
		commit, err := w.directory.Update("", update)
		if err != nil {
			refused++
			require.Error(t, preview.Refusal)
			return
		}
		require.NoError(t, preview.Refusal)
		require.Equal(t, commit, preview.Commit)
		c := previewCheck{w, before, w.directory.Snapshot(), preview}
		gained += c.check(rt, before, c.after, func(e access.Effect) []access.Entitlement { return e.Gained })
		lost += c.check(rt, c.after, before, func(e access.Effect) []access.Entitlement { return e.Lost })
	})
	t.Logf("%d gains and %d losses, %d refused", gained, lost, refused)
	require.Greater(t, gained, 20)
	require.Greater(t, lost, 20)
}

type previewCheck struct {
	*world
	before, after *roles.Snapshot
	preview       access.Preview
}

// check compares what is held in one snapshot and not in another with what the
// preview says.
func (c previewCheck) check(t require.TestingT, without, with *roles.Snapshot, side func(access.Effect) []access.Entitlement) int {
	times := instants(c.before, c.after)
	said := 0
	for _, e := range c.preview.Effects {
		for _, h := range e.Holders {
			if !h.Resource.IsZero() {
				continue
			}
			for _, x := range side(e) {
				said++
				real := false
				for _, at := range times {
					b := roles.Binding{From: h.From, Until: h.Until}
					real = real || b.InForce(at) && c.holds(with, h.User, atom{x.Action, h.Unit, x.Scope, x.When}, at) &&
						!c.holds(without, h.User, atom{x.Action, c.lift(with, without, h.Unit), x.Scope, x.When}, at)
				}
				require.True(t, real, "%s: %s is said of %s, and is not so\n%v\n%v\n%s", e, x, h, c.preview.Effects, c.preview.Commit.Changes, c.world)
			}
		}
	}
	for x := range c.atoms() {
		if !with.Contains(scope.Root(), x.unit) || !without.Contains(scope.Root(), x.unit) {
			continue
		}
		for _, user := range with.Users() {
			for _, at := range times {
				if c.holds(with, user, x, at) && !c.holds(without, user, x, at) {
					require.True(t, c.said(with, user, x, at, side), "%s: %v at %s is not said\n%v\n%v\n%s", user, x, at, c.preview.Effects, c.preview.Commit.Changes, c.world)
				}
			}
		}
	}
	return said
}

// lift returns the unit, or the nearest above it that there is in another
// snapshot too.
func (c previewCheck) lift(in, other *roles.Snapshot, unit scope.Ref) scope.Ref {
	for !other.Contains(scope.Root(), unit) {
		unit, _, _ = in.Locate(unit)
	}
	return unit
}

// said reports whether the preview says of a user that they gain or lose it.
func (c previewCheck) said(in *roles.Snapshot, user roles.UserID, x atom, at time.Time, side func(access.Effect) []access.Entitlement) bool {
	for _, e := range c.preview.Effects {
		for _, h := range e.Holders {
			if h.User != user || !h.Resource.IsZero() || !in.Contains(h.Unit, x.unit) || !(roles.Binding{From: h.From, Until: h.Until}).InForce(at) {
				continue
			}
			for _, y := range side(e) {
				if c.covers(y.Action, x.action) && (y.Scope == x.scope || c.always(y.Scope)) && (y.When == "" || y.When == x.when) {
					return true
				}
			}
		}
	}
	return false
}

// atoms yields everything that can be held.
func (c previewCheck) atoms() func(yield func(atom) bool) {
	whens := []string{""}
	for _, r := range c.document.Roles {
		for _, g := range r.Grants {
			whens = append(whens, g.When)
		}
	}
	slices.Sort(whens)
	whens = slices.Compact(whens)
	return func(yield func(atom) bool) {
		for _, privilege := range c.document.Privileges {
			for _, action := range actionsOf(privilege) {
				for _, u := range c.data.Units {
					for _, s := range c.document.Scopes {
						for _, when := range whens {
							if !yield(atom{action, u.Ref, s.Name, when}) {
								return
							}
						}
					}
				}
			}
		}
	}
}

// Who may do something after changes of roles and bindings, and could not
// before, is said to gain it; who could before, to lose it.
func TestNoDecisionChangesBehindAPreview(t *testing.T) {
	flips := 0
	rapid.Check(t, func(rt *rapid.T) {
		d := drawFrom(rt)
		w := drawWorld(rt, drawPolicy(d))
		update := func(tx *roles.Tx) error {
			u := pick(d, w.data.Users)
			if d.chance(8) && len(w.data.Bindings) > 0 {
				b := pick(d, w.data.Bindings)
				tx.Unbind(b.User, b.Role, b.Unit)
			} else {
				tx.Bind(u.ID, roles.RoleID(pick(d, w.document.Roles).Name), pick(d, w.data.Units).Ref)
			}
			return nil
		}
		var preview access.Preview
		sessions := map[roles.UserID]*access.Session{}
		for _, u := range w.data.Users {
			sessions[u.ID] = w.engine.For(u.ID, nil)
		}
		_, err := w.directory.UpdateGuarded("", func(_, _ *roles.Snapshot, changes []roles.Change, _ time.Time) error {
			preview = w.engine.Preview(func(tx *roles.Tx) error { redo(tx, changes); return nil })
			return nil
		}, update)
		if err != nil {
			return
		}
		for _, r := range w.all() {
			for _, action := range w.actionsOn(r.Type) {
				for user, session := range sessions {
					was, is := session.Decide(action, r), w.engine.Decide(user, action, r)
					if was.Allowed() != is.Allowed() {
						flips++
						require.True(rt, w.foretold(preview, user, action, r, is.Allowed()), "%s %s %s: %v -> %v\n%v\n%s",
							user, action, describe(r), was, is, preview.Effects, w)
					}
				}
			}
		}
	})
	t.Logf("%d decisions changed", flips)
	require.Greater(t, flips, 10)
}

// redo makes bindings and unbindings again.
func redo(tx *roles.Tx, changes []roles.Change) {
	for _, c := range changes {
		if b, ok := c.Before.(roles.Binding); ok {
			tx.Unbind(b.User, b.Role, b.Unit)
		}
		if b, ok := c.After.(roles.Binding); ok {
			tx.BindBetween(b.User, b.Role, b.Unit, b.From, b.Until)
		}
	}
}

func (w *world) foretold(p access.Preview, user roles.UserID, action roles.Action, r scope.Resource, gains bool) bool {
	for _, e := range p.Effects {
		list := e.Lost
		if gains {
			list = e.Gained
		}
		for _, h := range e.Holders {
			for _, x := range list {
				if h.User == user && w.covers(x.Action, action) && (h.Unit == scope.Root() || slices.Contains(w.around(r), h.Unit)) {
					return true
				}
			}
		}
	}
	return false
}

// What a role alone gives is what is lost with it.
func TestWhatARoleAloneGivesIsWhatIsLostWithIt(t *testing.T) {
	lost := 0
	rapid.Check(t, func(rt *rapid.T) {
		d := drawFrom(rt)
		w := drawWorld(rt, drawPolicy(d))
		for _, u := range w.data.Users {
			session := w.engine.For(u.ID, nil)
			for _, r := range w.directory.Snapshot().Roles() {
				var only, taken []string
				for _, h := range session.GivenOnlyBy(r.ID) {
					require.Equal(rt, r.ID, h.Binding.Role)
					only = append(only, fmt.Sprint(h.Binding.Unit, h.Action, h.Scope, h.When))
				}
				preview := w.engine.Preview(func(tx *roles.Tx) error {
					for _, b := range w.directory.Snapshot().Bindings(u.ID) {
						if b.Role == r.ID {
							tx.Unbind(b.User, b.Role, b.Unit)
						}
					}
					return nil
				})
				for _, e := range preview.Effects {
					require.Empty(rt, e.Gained)
					for _, h := range e.Holders {
						for _, x := range e.Lost {
							taken = append(taken, fmt.Sprint(h.Unit, x.Action, x.Scope, x.When))
						}
					}
				}
				lost += len(taken)
				require.Subset(rt, only, taken, "%s, %s\n%s", u.ID, r.ID, w)
				require.Equal(rt, len(only) == 0, len(taken) == 0, "%s, %s\n%s", u.ID, r.ID, w)
			}
		}
	})
	require.Greater(t, lost, 20)
}

// A change that touches ten thousand people is told in one sentence.
func TestAPreviewOfARoleOfTenThousandIsOneEffect(t *testing.T) {
	p := parse(t, agencies)
	engine, directory := newAgencies(t, p, nil)
	update(t, directory, func(tx *roles.Tx) {
		for i := range 10_000 {
			id := roles.UserID(fmt.Sprintf("u%05d", i))
			tx.AddUser(roles.User{ID: id, Unit: agencyA})
			tx.Bind(id, "used", []scope.Ref{teamA1, agencyA}[i%2])
		}
	})
	change := func(tx *roles.Tx) error {
		tx.ChangeRole(roles.Role{ID: "used", Unit: agencyA, Grants: []roles.Grant{{Privileges: []roles.Action{"medical.update"}, Scope: "all"}}})
		return nil
	}
	began := time.Now()
	preview := engine.Admin("ada", nil).Preview(change)
	took := time.Since(began)
	require.NoError(t, preview.Refusal)
	require.Len(t, preview.Effects, 1, "ann, who holds both elsewhere, is not in it")
	require.Len(t, preview.Effects[0].Holders, 10_000)
	require.Equal(t, "role used gives medical.update (all) and takes history (all): u00000 (team:a1), u00001 (agency:a), u00002 (team:a1), "+
		"u00003 (agency:a), u00004 (team:a1) and 9995 more", preview.Effects[0].String())
	t.Logf("%s", took)
	require.Less(t, took, 5*time.Second)
}

// A preview tells of what would refuse the changes: the policy, the directory,
// or both; and of what they would do all the same.
func TestAPreviewTellsOfItsRefusal(t *testing.T) {
	doc := strings.Replace(agencies, "administration:", `invariants:
  - {name: somebody manages, for: agency, require: size(holders("manager")) >= 2, message: An agency needs two managers}
administration:`, 1)
	engine, directory := newAgencies(t, parse(t, strings.Replace(doc, "{name: somebody manages", "{severity: warn, name: somebody manages", 1)), nil)
	unbind := func(tx *roles.Tx) error { tx.Unbind("ann", "manager", agencyA); return nil }
	preview := engine.Admin("ada", nil).Preview(unbind)
	require.NoError(t, preview.Refusal)
	require.Len(t, preview.Commit.Warnings, 1)
	require.Equal(t, "[role manager takes manage (all): ann (agency:a)]", fmt.Sprint(preview.Effects))

	preview = engine.Admin("bea", nil).Preview(unbind)
	var forbidden *access.Forbidden
	require.ErrorAs(t, preview.Refusal, &forbidden)
	require.Len(t, preview.Effects, 1, "what they would do if they were allowed")

	preview = engine.Admin("ada", nil).Preview(func(tx *roles.Tx) error { tx.Bind("nobody", "manager", agencyA); return nil })
	var refusal *roles.Refusal
	require.ErrorAs(t, preview.Refusal, &refusal)
	require.Empty(t, preview.Effects)

	require.Zero(t, engine.Preview(func(*roles.Tx) error { return nil }).Effects)
	require.Error(t, access.New(parse(t, agencies), nil, nil).Preview(unbind).Refusal)
	require.Error(t, access.New(parse(t, agencies), nil, nil).Admin("ada", nil).Preview(unbind).Refusal)
	require.EqualValues(t, 1, directory.Snapshot().Revision())
}

// Who is assigned something gains what the scopes that ask for it reach, to that
// and no further, and only if they did not have it.
func TestAPreviewOfAnAssignment(t *testing.T) {
	engine, school, other := exampleEngine(), scope.NewRef("school", "s1"), scope.NewRef("school", "s2")
	preview := func(fn func(tx *roles.Tx)) string {
		p := engine.Preview(func(tx *roles.Tx) error { fn(tx); return nil })
		require.NoError(t, p.Refusal)
		return fmt.Sprint(p.Effects)
	}
	require.Equal(t, "[role collector gives pupil.edit (assigned), pupil.view (assigned), school.view (assigned): ann (school:s2)]",
		preview(func(tx *roles.Tx) { tx.Assign("ann", other) }))
	require.Equal(t, "[role collector takes pupil.edit (assigned), pupil.view (assigned), school.view (assigned): ann (school:s1)]",
		preview(func(tx *roles.Tx) { tx.Unassign("ann", school) }))
	require.Equal(t, "[]", preview(func(tx *roles.Tx) { tx.Assign("lou", school) }), "whose role does not look at it")
	require.Equal(t, "[]", preview(func(tx *roles.Tx) { tx.Unassign("ann", school); tx.Assign("ann", school) }))

	leeds := scope.NewRef("authority", "leeds")
	p := parse(t, examplePolicy)
	directory := newDirectory(t, p, reference.World{
		Units: []roles.Unit{{Ref: leeds, Parent: scope.Root()}, {Ref: school, Parent: leeds}},
		Users: []roles.User{{ID: "ann"}},
		Roles: []roles.Role{{ID: "reader", Unit: scope.Root(), Grants: []roles.Grant{{Privileges: []roles.Action{"pupil.view"}, Scope: "everywhere"}}}},
		Bindings: []roles.Binding{
			{User: "ann", Role: "collector", Unit: leeds}, {User: "ann", Role: "reader", Unit: leeds},
		},
	})
	engine = access.New(p, directory, nil)
	require.Equal(t, "[role collector gives pupil.edit (assigned), school.view (assigned): ann (school:s1)]",
		preview(func(tx *roles.Tx) { tx.Assign("ann", school) }), "who views all pupils already")

	pupil := scope.NewRef("pupil", "p")
	_, err := directory.Update("setup", func(tx *roles.Tx) error {
		tx.Bind("ann", "collector", school)
		tx.Unbind("ann", "collector", leeds)
		tx.Assign("ann", school)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, "[role collector gives pupil.edit (assigned), school.view (assigned): ann (pupil:p)]",
		preview(func(tx *roles.Tx) { tx.Assign("ann", leeds); tx.Assign("ann", pupil) }), "the school is in her hands already")
}

// What is assigned reaches down to where a role is held, and comes and goes with a
// unit that moves: the preview tells of it as the decisions do.
func TestAPreviewOfWhatComesIntoSomebodysHandsFromAbove(t *testing.T) {
	school, pupil := scope.NewRef("school", "s1"), scope.Resource{Type: "pupil", ID: "p", Parent: scope.NewRef("school", "s1")}
	bath, move := scope.NewRef("authority", "bath"), func(tx *roles.Tx) { tx.RemoveUnit(school); tx.AddUnit(school, york) }
	const collects = "pupil.edit (assigned), pupil.view (assigned), school.view (assigned): ann (school:s1)]"
	for _, c := range []struct {
		name       string
		is, change func(tx *roles.Tx)
		want       string
	}{
		{"assigned above the role", func(tx *roles.Tx) { tx.Bind("ann", "collector", school) },
			func(tx *roles.Tx) { tx.Assign("ann", leeds) }, "[role collector gives " + collects},
		{"assigned above the role, and there already", func(tx *roles.Tx) { tx.Bind("ann", "collector", school); tx.Assign("ann", school) },
			func(tx *roles.Tx) { tx.Assign("ann", leeds) }, "[]"},
		{"assigned beside the role", func(tx *roles.Tx) { tx.Bind("ann", "collector", school) },
			func(tx *roles.Tx) { tx.Assign("ann", york) }, "[]"},
		{"taken away above the role", func(tx *roles.Tx) { tx.Bind("ann", "collector", school); tx.Assign("ann", leeds) },
			func(tx *roles.Tx) { tx.Unassign("ann", leeds) }, "[role collector takes " + collects},
		{"moved into what is assigned", func(tx *roles.Tx) { tx.Bind("ann", "collector", scope.Root()); tx.Assign("ann", york) },
			move, "[role collector gives " + collects},
		{"moved out of what is assigned", func(tx *roles.Tx) { tx.Bind("ann", "collector", scope.Root()); tx.Assign("ann", leeds) },
			move, "[role collector takes " + collects},
		{"moved from one to another", func(tx *roles.Tx) {
			tx.Bind("ann", "collector", scope.Root())
			tx.Assign("ann", leeds)
			tx.Assign("ann", york)
		}, move, "[]"},
		{"assigned beside the role and at it", func(tx *roles.Tx) { tx.AddUnit(bath, scope.Root()); tx.Bind("ann", "collector", school) },
			func(tx *roles.Tx) { tx.Assign("ann", bath); tx.Assign("ann", leeds) }, "[role collector gives " + collects},
		{"assigned with what is in the user's hands already", func(tx *roles.Tx) {
			tx.AddUnit(bath, scope.Root())
			tx.AddUnit(scope.NewRef("school", "b1"), bath)
			tx.Bind("ann", "collector", scope.Root())
			tx.Assign("ann", bath)
		}, func(tx *roles.Tx) { tx.Assign("ann", scope.NewRef("school", "b1")); tx.Assign("ann", school) }, "[role collector gives " + collects},
		{"moved, and in nobody's hands", func(tx *roles.Tx) { tx.Bind("ann", "collector", scope.Root()) }, move, "[]"},
		{"moved, and assigned by itself", func(tx *roles.Tx) { tx.Bind("ann", "collector", scope.Root()); tx.Assign("ann", school) },
			func(tx *roles.Tx) { tx.Unassign("ann", school); move(tx); tx.Assign("ann", school) }, "[]"},
		{"moved to where the role is", func(tx *roles.Tx) { tx.Bind("ann", "collector", york); tx.Assign("ann", york) },
			move, "[role collector gives " + collects},
	} {
		p := parse(t, examplePolicy)
		directory := newDirectory(t, p, reference.World{
			Units: []roles.Unit{{Ref: leeds, Parent: scope.Root()}, {Ref: york, Parent: scope.Root()}, {Ref: school, Parent: leeds}},
			Users: []roles.User{{ID: "ann"}},
		})
		update(t, directory, c.is)
		engine := access.New(p, directory, nil)
		before := engine.Decide("ann", "pupil.view", pupil).Allowed()
		preview := engine.Preview(func(tx *roles.Tx) error { c.change(tx); return nil })
		require.NoError(t, preview.Refusal, c.name)
		require.Equal(t, c.want, fmt.Sprint(preview.Effects), c.name)
		update(t, directory, c.change)
		changed := before != engine.Decide("ann", "pupil.view", pupil).Allowed()
		require.Equal(t, changed, len(preview.Effects) > 0, c.name)
	}
}

// Cases of what is gained, and of what is not because it is held in another way.
func TestWhatAPreviewCounts(t *testing.T) {
	hour := func(n int) time.Time { return now.Add(time.Duration(n) * time.Hour) }
	teamB9 := scope.NewRef("team", "b9")
	others := func(tx *roles.Tx) {
		for _, role := range []roles.RoleID{"admin", "manager", "updater", "scholar"} {
			tx.Unbind("ada", role, agencyA)
			tx.Unbind("bea", role, agencyB)
		}
		tx.Bind("bea", "manager", agencyB)
		tx.RemoveUser("ann")
		tx.AddUnit(teamB9, agencyB)
	}
	for _, c := range []struct {
		name       string
		is, change func(tx *roles.Tx)
		want       string
	}{
		{"a role", nil, func(tx *roles.Tx) { tx.Bind("new", "viewer", teamA1) }, "[role viewer gives medical.view (all): new (team:a1)]"},
		{"two levels of the same", nil, func(tx *roles.Tx) {
			tx.AddRole(roles.Role{ID: "both", Unit: agencyA, Scope: "all", Grants: []roles.Grant{{Privileges: []roles.Action{"medical.view"}}, {Privileges: []roles.Action{"medical.update"}}}})
			tx.Bind("new", "both", agencyA)
		}, "[role both gives medical.update (all): new (agency:a)]"},
		{"a role that is held above", nil, func(tx *roles.Tx) { tx.Bind("ada", "viewer", teamA1) }, "[]"},
		{"a lesser level of what is held", nil, func(tx *roles.Tx) { tx.Bind("ann", "viewer", agencyA) }, "[]"},
		{"a role in a new unit of what is held", nil,
			func(tx *roles.Tx) {
				tx.AddUnit(scope.NewRef("team", "a9"), agencyA)
				tx.Bind("ann", "manager", scope.NewRef("team", "a9"))
			}, "[]"},
		{"a unit that goes, and what was held in it", nil, func(tx *roles.Tx) { tx.RemoveUnit(teamA1) }, "[]"},
		{"a unit that goes, with the only right", func(tx *roles.Tx) { tx.Bind("new", "viewer", teamA2) },
			func(tx *roles.Tx) { tx.RemoveUnit(teamA2) }, "[role viewer takes medical.view (all): new (team:a2)]"},
		{"a unit that moves", func(tx *roles.Tx) {
			for _, role := range []roles.RoleID{"admin", "manager", "updater", "scholar"} {
				tx.Unbind("ada", role, agencyA)
				tx.Unbind("bea", role, agencyB)
			}
			tx.Bind("bea", "manager", agencyB)
			tx.RemoveUser("ann")
			tx.Bind("ada", "viewer", agencyA)
		}, func(tx *roles.Tx) { tx.RemoveUnit(teamA2); tx.AddUnit(teamA2, agencyB) },
			"[role manager gives manage (all): bea (team:a2) role viewer takes medical.view (all): ada (team:a2)]"},
		{"a unit that moves, and what is held beside it", func(tx *roles.Tx) {
			others(tx)
			tx.Bind("ada", "viewer", agencyA)
			tx.Bind("ada", "manager", teamB9)
		}, func(tx *roles.Tx) { tx.RemoveUnit(teamA2); tx.AddUnit(teamA2, agencyB) },
			"[role manager gives manage (all): bea (team:a2) role viewer takes medical.view (all): ada (team:a2)]"},
		{"units that change places", func(tx *roles.Tx) { others(tx); tx.Bind("ada", "viewer", agencyA) },
			func(tx *roles.Tx) {
				tx.RemoveUnit(teamB9)
				tx.AddUnit(teamB9, agencyA)
				tx.RemoveUnit(teamA2)
				tx.AddUnit(teamA2, agencyB)
			},
			"[role manager takes manage (all): bea (team:b9) role manager gives manage (all): bea (team:a2) " +
				"role viewer takes medical.view (all): ada (team:a2) role viewer gives medical.view (all): ada (team:b9)]"},
		{"a time that two others fill", func(tx *roles.Tx) {
			tx.BindBetween("new", "viewer", agencyA, time.Time{}, hour(1))
			tx.BindBetween("new", "scholar", agencyA, hour(1), time.Time{})
		}, func(tx *roles.Tx) { tx.Bind("new", "viewer", teamA1) }, "[]"},
		{"a time that two others leave open", func(tx *roles.Tx) {
			tx.BindBetween("new", "viewer", agencyA, time.Time{}, hour(1))
			tx.BindBetween("new", "scholar", agencyA, hour(2), time.Time{})
		}, func(tx *roles.Tx) { tx.Bind("new", "viewer", teamA1) }, "[role viewer gives medical.view (all): new (team:a1)]"},
		{"an account that is closed", nil, func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "bea", Unit: agencyB, Inactive: true}) },
			"[role admin takes admin (all): bea (agency:b) role manager takes manage (all): bea (agency:b) " +
				"role scholar takes history (all), medical.view (all): bea (agency:b) role updater takes medical.update (all): bea (agency:b)]"},
		{"a role that a held one inherits", func(tx *roles.Tx) { tx.Bind("new", "spare", agencyA) },
			func(tx *roles.Tx) {
				tx.ChangeRole(roles.Role{ID: "spare", Unit: agencyA, Inherits: []roles.RoleID{"scholar"}})
			},
			"[role spare gives history (all): new (agency:a)]"},
	} {
		engine, directory := newAgencies(t, parse(t, strings.Replace(agencies, "ceiling: held", "ceiling: none", 1)), nil)
		if c.is != nil {
			update(t, directory, c.is)
		}
		preview := engine.Preview(func(tx *roles.Tx) error { c.change(tx); return nil })
		require.NoError(t, preview.Refusal, c.name)
		require.Equal(t, c.want, fmt.Sprint(preview.Effects), c.name)
	}
}

// Who moves takes a scope that looks at where they belong with them.
func TestAPreviewOfAMove(t *testing.T) {
	p := parse(t, `
policy: homes
resources: {authority: {unit: true}, pupil: {in: authority}}
privileges: {pupil.view: {on: pupil}, pupil.edit: {on: pupil}}
scopes: {home: "within(resource, user.unit)", all: "true"}
roles:
  homer:  {grants: [{privileges: [pupil.view, pupil.edit], scope: home}]}
  viewer: {grants: [{privileges: pupil.view, scope: all}]}
`)
	leeds, york := scope.NewRef("authority", "leeds"), scope.NewRef("authority", "york")
	engine := access.New(p, newDirectory(t, p, reference.World{
		Units: []roles.Unit{{Ref: leeds, Parent: scope.Root()}, {Ref: york, Parent: scope.Root()}},
		Users: []roles.User{{ID: "ann", Unit: leeds}, {ID: "bob"}},
		Bindings: []roles.Binding{
			{User: "ann", Role: "homer", Unit: scope.Root()}, {User: "ann", Role: "viewer", Unit: scope.Root()}, {User: "bob", Role: "homer", Unit: york},
		},
	}), nil)
	preview := func(user roles.User) string {
		return fmt.Sprint(engine.Preview(func(tx *roles.Tx) error { tx.ChangeUser(user); return nil }).Effects)
	}
	require.Equal(t, "[role homer takes pupil.edit (home): ann (authority:leeds) role homer gives pupil.edit (home): ann (authority:york)]",
		preview(roles.User{ID: "ann", Unit: york}), "she views all pupils wherever she belongs")
	require.Equal(t, "[role homer gives pupil.edit (home), pupil.view (home): bob (authority:york)]", preview(roles.User{ID: "bob", Unit: york}))
	both := engine.Preview(func(tx *roles.Tx) error {
		tx.AddUser(roles.User{ID: "cat"})
		tx.ChangeUser(roles.User{ID: "cat", Unit: york})
		tx.Bind("cat", "homer", york)
		return nil
	})
	require.Equal(t, "[role homer gives pupil.edit (home), pupil.view (home): cat (authority:york)]", fmt.Sprint(both.Effects), "once, for the role and the move")
}
