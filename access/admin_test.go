package access_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// The policy of these tests: every change takes admin of the agency.
const agencies = `
policy: agencies
resources:
  agency: {unit: true, attributes: {open: bool}}
  team:   {unit: true, in: agency, attributes: {open: bool}}
  case:   {in: team}
privileges:
  admin:   {on: agency}
  manage:  {on: team}
  medical: {on: case, levels: [view, update]}
  history: {on: case}
scopes:
  all: "true"
roles:
  admin:   {grants: [{privileges: [admin], scope: all}]}
  manager: {grants: [{privileges: [manage], scope: all}]}
  viewer:  {grants: [{privileges: [medical.view], scope: all}]}
  updater: {grants: [{privileges: [medical.update], scope: all}]}
  scholar: {inherits: viewer, grants: [{privileges: [history], scope: all}]}
administration:
  ceiling: held
  changes: {add_unit: admin, change_unit: admin, remove_unit: admin, add_user: admin, change_user: admin,
    remove_user: admin, add_role: admin, change_role: admin, remove_role: admin, bind: admin, unbind: admin,
    assign: admin, unassign: admin}
`

var (
	agencyA, agencyB = scope.NewRef("agency", "a"), scope.NewRef("agency", "b")
	teamA1, teamA2   = scope.NewRef("team", "a1"), scope.NewRef("team", "a2")
	teamB1           = scope.NewRef("team", "b1")
)

// newAgencies returns two agencies: in each an administrator who holds
// everything there; ann of the first holds every right but admin.
func newAgencies(t require.TestingT, p *policy.Policy, clock func() time.Time) (*access.Engine, *roles.Directory) {
	data := reference.World{
		Units: []roles.Unit{
			{Ref: agencyA, Parent: scope.Root()}, {Ref: agencyB, Parent: scope.Root()},
			{Ref: teamA1, Parent: agencyA}, {Ref: teamA2, Parent: agencyA}, {Ref: teamB1, Parent: agencyB},
		},
		Users: []roles.User{
			{ID: "ada", Unit: agencyA}, {ID: "bea", Unit: agencyB}, {ID: "ann", Unit: agencyA}, {ID: "new", Unit: agencyA},
		},
		Roles: []roles.Role{
			{ID: "spare", Unit: agencyA, Inherits: []roles.RoleID{"viewer"}},
			{ID: "used", Unit: agencyA, Grants: []roles.Grant{{Privileges: []roles.Action{"history"}, Scope: "all"}}},
		},
		Bindings: []roles.Binding{{User: "ann", Role: "used", Unit: teamA1}},
		Assignments: []roles.Assignment{
			{User: "ada", Resource: agencyA}, {User: "bea", Resource: agencyB}, {User: "ann", Resource: teamA1},
		},
	}
	for _, role := range []roles.RoleID{"admin", "manager", "updater", "scholar"} {
		data.Bindings = append(data.Bindings,
			roles.Binding{User: "ada", Role: role, Unit: agencyA}, roles.Binding{User: "bea", Role: role, Unit: agencyB})
		if role != "admin" {
			data.Bindings = append(data.Bindings, roles.Binding{User: "ann", Role: role, Unit: agencyA})
		}
	}
	d := newDirectory(t, p, data)
	return access.New(p, d, &access.Options{Clock: clock}), d
}

// mutators are one good call of each method of a transaction that changes, and
// the kinds of change that it makes.
var mutators = map[string]struct {
	call  func(tx *roles.Tx)
	kinds []roles.ChangeKind
}{
	"AddUnit":           {func(tx *roles.Tx) { tx.AddUnit(scope.NewRef("team", "a3"), agencyA) }, kinds(roles.UnitAdded)},
	"SetUnitAttributes": {func(tx *roles.Tx) { tx.SetUnitAttributes(teamA1, scope.Map{"open": true}) }, kinds(roles.UnitChanged)},
	"RemoveUnit":        {func(tx *roles.Tx) { tx.RemoveUnit(teamA1) }, kinds(roles.Unbound, roles.Unassigned, roles.UnitRemoved)},
	"AddUser":           {func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "x", Unit: agencyA}) }, kinds(roles.UserAdded)},
	"ChangeUser":        {func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "new", Unit: teamA1}) }, kinds(roles.UserChanged)},
	"RemoveUser":        {func(tx *roles.Tx) { tx.RemoveUser("new") }, kinds(roles.UserRemoved)},
	"AddRole":           {func(tx *roles.Tx) { tx.AddRole(roles.Role{ID: "r", Unit: agencyA}) }, kinds(roles.RoleAdded)},
	"ChangeRole":        {func(tx *roles.Tx) { tx.ChangeRole(roles.Role{ID: "spare", Unit: agencyA}) }, kinds(roles.RoleChanged)},
	"RemoveRole":        {func(tx *roles.Tx) { tx.RemoveRole("spare") }, kinds(roles.RoleRemoved)},
	"Bind":              {func(tx *roles.Tx) { tx.Bind("new", "viewer", teamA1) }, kinds(roles.Bound)},
	"BindBetween":       {func(tx *roles.Tx) { tx.BindBetween("new", "viewer", teamA1, now, time.Time{}) }, kinds(roles.Bound)},
	"Unbind":            {func(tx *roles.Tx) { tx.Unbind("ann", "used", teamA1) }, kinds(roles.Unbound)},
	"Assign":            {func(tx *roles.Tx) { tx.Assign("new", teamA1) }, kinds(roles.Assigned)},
	"Unassign":          {func(tx *roles.Tx) { tx.Unassign("ann", teamA1) }, kinds(roles.Unassigned)},
	"UnassignAll":       {func(tx *roles.Tx) { tx.UnassignAll(teamA1) }, kinds(roles.Unassigned)},
}

func kinds(list ...roles.ChangeKind) []roles.ChangeKind { return list }

// T-35: every method of a transaction that changes, and every kind of change,
// passes the guard: who lacks the right is refused, whatever else they hold,
// and nothing is changed.
func TestEveryChangeIsGuarded(t *testing.T) {
	tx := reflect.TypeFor[*roles.Tx]()
	for i := range tx.NumMethod() {
		name := tx.Method(i).Name
		_, changes := mutators[name]
		require.NotEqual(t, changes, slices.Contains([]string{"Snapshot", "Err", "Schema"}, name),
			"roles.Tx.%s is a new method: show here that it is guarded, or that it only reads", name)
	}
	var seen []roles.ChangeKind
	for name, m := range mutators {
		_, found := tx.MethodByName(name)
		require.True(t, found, name)
		seen = append(seen, m.kinds...)
		run := func(tx *roles.Tx) error { m.call(tx); return nil }

		engine, directory := newAgencies(t, parse(t, agencies), nil)
		before := directory.Snapshot()
		for _, actor := range []roles.UserID{"ann", "new", "bea", "nobody", ""} {
			for way, try := range map[string]func(func(*roles.Tx) error) (roles.Commit, error){
				"Update": engine.Admin(actor, nil).Update, "DryRun": engine.Admin(actor, nil).DryRun,
			} {
				commit, err := try(run)
				var forbidden *access.Forbidden
				require.ErrorAs(t, err, &forbidden, "%s: %s by %q", way, name, actor)
				require.Equal(t, actor, forbidden.Actor)
				require.NotEmpty(t, forbidden.Denials)
				require.Zero(t, commit)
				var denial access.Denial
				require.ErrorAs(t, err, &denial)
				require.False(t, denial.Decision.Allowed())
				require.Contains(t, m.kinds, denial.Change.Kind)
				require.Same(t, before, directory.Snapshot(), "%s by %q left a trace", name, actor)
			}
		}
		dry, err := engine.Admin("ada", nil).DryRun(run)
		require.NoError(t, err, "%s by who may", name)
		require.Same(t, before, directory.Snapshot())
		commit, err := engine.Admin("ada", nil).Update(run)
		require.NoError(t, err)
		require.Equal(t, dry, commit)
		require.Equal(t, "ada", commit.By)
		var made []roles.ChangeKind
		for _, c := range commit.Changes {
			made = append(made, c.Kind)
		}
		require.Equal(t, m.kinds, made, name)
	}
	for _, kind := range roles.ChangeKinds() {
		require.Contains(t, seen, kind, "no method of this test makes this kind of change")
	}
}

// A change for which the policy has no rule is made by nobody, whatever they
// hold; one rule less closes one kind of change and no other.
func TestAChangeWithoutARuleIsMadeByNobody(t *testing.T) {
	for name, m := range mutators {
		doc := parse(t, agencies).Document()
		doc.Administration.Changes = slices.DeleteFunc(slices.Clone(doc.Administration.Changes), func(r policy.ChangeRule) bool {
			return r.Change == string(m.kinds[len(m.kinds)-1])
		})
		require.Len(t, doc.Administration.Changes, len(roles.ChangeKinds())-1)
		p, err := policy.Compile(doc, nil)
		require.NoError(t, err)
		engine, _ := newAgencies(t, p, nil)
		for other, o := range mutators {
			_, err := engine.Admin("ada", nil).DryRun(func(tx *roles.Tx) error { o.call(tx); return nil })
			closed := o.kinds[len(o.kinds)-1] == m.kinds[len(m.kinds)-1]
			require.Equal(t, closed, err != nil, "without the rule for %s: %s: %v", name, other, err)
			if closed {
				require.ErrorContains(t, err, "administration section does not say", name)
			}
		}
	}
}

// N-18, N-08: in another tenant an administrator is nobody, by whatever end a
// change is taken.
func TestAnAdministratorIsNobodyInAnotherTenant(t *testing.T) {
	engine, directory := newAgencies(t, parse(t, agencies), nil)
	for name, m := range mutators {
		before := directory.Snapshot()
		_, err := engine.Admin("bea", nil).Update(func(tx *roles.Tx) error { m.call(tx); return nil })
		var forbidden *access.Forbidden
		require.ErrorAs(t, err, &forbidden, name)
		require.Same(t, before, directory.Snapshot())
	}
	for name, call := range map[string]func(tx *roles.Tx){
		"pull a user over": func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "ann", Unit: agencyB}) },
		"push a user over": func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "bea", Unit: agencyA}) },
		"pull a role over": func(tx *roles.Tx) { tx.ChangeRole(roles.Role{ID: "spare", Unit: agencyB}) },
		"move a unit over": func(tx *roles.Tx) { tx.RemoveUnit(teamA2); tx.AddUnit(teamA2, agencyB) },
		"a role at the root": func(tx *roles.Tx) {
			tx.AddRole(roles.Role{ID: "r", Unit: scope.Root(), Grants: []roles.Grant{{Privileges: []roles.Action{"history"}, Scope: "all"}}})
		},
		"bound at the root": func(tx *roles.Tx) { tx.Bind("bea", "scholar", scope.Root()) },
		"a new tenant":      func(tx *roles.Tx) { tx.AddUnit(scope.NewRef("agency", "c"), scope.Root()) },
		"in a new unit of it": func(tx *roles.Tx) {
			tx.AddUnit(scope.NewRef("team", "a9"), agencyA)
			tx.Bind("bea", "scholar", scope.NewRef("team", "a9"))
		},
	} {
		_, err := engine.Admin("bea", nil).DryRun(func(tx *roles.Tx) error { call(tx); return nil })
		var forbidden *access.Forbidden
		require.ErrorAs(t, err, &forbidden, name)
	}
}

// Who moves a user between units must be allowed to in both.
func TestMovingAUserTakesBothUnits(t *testing.T) {
	engine, directory := newAgencies(t, parse(t, agencies), nil)
	move := func(actor roles.UserID) error {
		_, err := engine.Admin(actor, nil).Update(func(tx *roles.Tx) error {
			tx.ChangeUser(roles.User{ID: "new", Unit: teamB1})
			return nil
		})
		return err
	}
	require.Error(t, move("ada"))
	require.Error(t, move("bea"))
	update(t, directory, func(tx *roles.Tx) { tx.Bind("bea", "admin", agencyA) })
	require.NoError(t, move("bea"))
}

// What a change takes is decided by what the actor held before it.
func TestRightsGivenInTheSameUpdateDoNotCount(t *testing.T) {
	engine, directory := newAgencies(t, parse(t, strings.Replace(agencies, "ceiling: held", "ceiling: none", 1)), nil)
	update(t, directory, func(tx *roles.Tx) { tx.Unbind("ada", "scholar", agencyA) })
	widen := func(tx *roles.Tx) { tx.Bind("ann", "admin", agencyA) }
	use := func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "x", Unit: agencyA}) }
	for name, order := range map[string][]func(tx *roles.Tx){"first": {widen, use}, "last": {use, widen}} {
		_, err := engine.Admin("ann", nil).Update(func(tx *roles.Tx) error {
			for _, change := range order {
				change(tx)
			}
			return nil
		})
		var forbidden *access.Forbidden
		require.ErrorAs(t, err, &forbidden, name)
		require.Len(t, forbidden.Denials, 2, "neither: %s", err)
	}
	_, err := engine.Admin("ada", nil).Update(func(tx *roles.Tx) error { widen(tx); return nil })
	require.NoError(t, err)
	_, err = engine.Admin("ann", nil).Update(func(tx *roles.Tx) error { use(tx); return nil })
	require.NoError(t, err, "and now she holds it")
}

// A forbidden update tells of every change that is forbidden, and of what is
// missing.
func TestForbiddenTellsOfEveryChange(t *testing.T) {
	engine, directory := newAgencies(t, parse(t, agencies), nil)
	_, err := engine.Admin("ann", nil).Update(func(tx *roles.Tx) error {
		tx.AddUser(roles.User{ID: "x", Unit: agencyA})
		tx.Bind("new", "manager", agencyA)
		return nil
	})
	var forbidden *access.Forbidden
	require.ErrorAs(t, err, &forbidden)
	require.Len(t, forbidden.Denials, 2)
	require.Equal(t, roles.UserAdded, forbidden.Denials[0].Change.Kind)
	require.Equal(t, access.NoGrant, forbidden.Denials[0].Decision.Reason())
	require.Equal(t, roles.Action("admin"), forbidden.Denials[1].Decision.Action())
	require.Equal(t, "ann may not add_user x: admin: no role of ann grants admin\n"+
		"ann may not bind new as manager at agency:a: admin: no role of ann grants admin", forbidden.Error())

	update(t, directory, func(tx *roles.Tx) { tx.Bind("new", "admin", agencyA) })
	_, err = engine.Admin("new", nil).Update(func(tx *roles.Tx) error {
		tx.Bind("new", "scholar", agencyA)
		return nil
	})
	require.ErrorAs(t, err, &forbidden)
	require.Equal(t, []string{"medical.view (all)", "history (all)"}, sortedLike(forbidden.Denials[0].Missing))
	require.Zero(t, forbidden.Denials[0].Decision)

	own := errors.New("the application's own reason")
	_, err = engine.Admin("ada", nil).Update(func(*roles.Tx) error { return own })
	require.ErrorIs(t, err, own)
	commit, err := engine.Admin("new", nil).Update(func(*roles.Tx) error { return nil })
	require.NoError(t, err, "who changes nothing needs nothing")
	require.Empty(t, commit.Changes)
}

// sortedLike orders what is missing by privilege, whatever role it comes from.
func sortedLike(missing []string) []string {
	out := slices.Clone(missing)
	slices.Sort(out)
	slices.Reverse(out)
	return out
}

// T-33: a right that ends cannot be handed on for longer than it lasts, nor to
// oneself.
func TestARightThatEndsCannotBeHandedOnForLonger(t *testing.T) {
	engine, directory := newAgencies(t, parse(t, agencies), func() time.Time { return now })
	end := now.Add(time.Hour)
	update(t, directory, func(tx *roles.Tx) {
		tx.Bind("new", "admin", agencyA)
		tx.BindBetween("new", "updater", agencyA, time.Time{}, end)
	})
	bind := func(user roles.UserID, until time.Time) error {
		_, err := engine.Admin("new", nil).DryRun(func(tx *roles.Tx) error {
			tx.BindBetween(user, "updater", teamA1, time.Time{}, until)
			return nil
		})
		return err
	}
	for _, user := range []roles.UserID{"ann", "new"} {
		require.NoError(t, bind(user, end), "as long as it lasts")
		require.NoError(t, bind(user, end.Add(-1)), "shorter")
		require.ErrorContains(t, bind(user, end.Add(1)), "missing: medical.update (all) from 2026-03-01T13:00:00Z on", "longer: to %s", user)
		require.Error(t, bind(user, time.Time{}), "for ever: to %s", user)
	}
	update(t, directory, func(tx *roles.Tx) {
		tx.Unbind("new", "updater", agencyA)
		tx.BindBetween("new", "updater", agencyA, end, time.Time{})
	})
	require.Error(t, bind("ann", time.Time{}), "what is not held yet")
}

// T-33: who makes somebody active again gives them all that they had: it takes
// the administration of where that is, and, under a ceiling, holding it.
func TestReviving(t *testing.T) {
	engine, directory := newAgencies(t, parse(t, agencies), nil)
	update(t, directory, func(tx *roles.Tx) {
		tx.AddUser(roles.User{ID: "off", Unit: agencyA, Inactive: true})
		tx.Bind("new", "admin", agencyA)
	})
	revive := func(actor roles.UserID) error {
		_, err := engine.Admin(actor, nil).DryRun(func(tx *roles.Tx) error {
			tx.ChangeUser(roles.User{ID: "off", Unit: agencyA})
			return nil
		})
		return err
	}
	require.NoError(t, revive("new"), "who had nothing")
	update(t, directory, func(tx *roles.Tx) { tx.Bind("off", "scholar", teamA1) })
	var forbidden *access.Forbidden
	require.ErrorAs(t, revive("new"), &forbidden)
	require.Equal(t, []string{"medical.view (all)", "history (all)"}, sortedLike(forbidden.Denials[0].Missing))
	require.NoError(t, revive("ada"), "who holds it")
	update(t, directory, func(tx *roles.Tx) { tx.Assign("off", teamA2) })
	require.NoError(t, revive("ada"), "to whom the agency is assigned")
	update(t, directory, func(tx *roles.Tx) { tx.Unassign("ada", agencyA) })
	require.ErrorAs(t, revive("ada"), &forbidden)
	require.Equal(t, []string{"team:a2"}, forbidden.Denials[0].Missing)
	update(t, directory, func(tx *roles.Tx) { tx.Assign("ada", agencyA); tx.Bind("off", "viewer", teamB1) })
	require.ErrorAs(t, revive("ada"), &forbidden, "who is not the administrator of all of it")
}

// T-33, T-34: no update by an administrator under a ceiling gives anybody a
// right that the administrator did not hold, there and then and later.
func TestNobodyHandsOnMoreThanTheyHold(t *testing.T) {
	committed, gained := 0, 0
	p := parse(t, agencies)
	rapid.Check(t, func(rt *rapid.T) {
		d := drawFrom(rt)
		clock := now
		engine, directory := newAgencies(d, p, func() time.Time { return clock })
		update(d, directory, func(tx *roles.Tx) {
			tx.Bind("new", "admin", pick(d, []scope.Ref{agencyA, agencyB}))
			from, until := drawPeriod(d)
			tx.BindBetween("new", pick(d, fixedRoles[1:]), pick(d, places), from, until)
			tx.AddUser(roles.User{ID: "off", Unit: pick(d, places), Inactive: true})
			tx.Bind("off", pick(d, fixedRoles), pick(d, places))
		})
		var history []string
		for range 6 {
			actor := pick(d, []roles.UserID{"ada", "bea", "ann", "new"})
			before := map[roles.UserID]*access.Session{}
			for _, user := range people {
				before[user] = engine.For(user, nil)
			}
			commit, err := engine.Admin(actor, nil).Update(func(tx *roles.Tx) error {
				for range d.between(1, 2) {
					drawChange(d, tx)
				}
				return nil
			})
			if err != nil {
				continue
			}
			committed++
			history = append(history, fmt.Sprint(actor, ": ", commit.Changes))
			for _, clock = range []time.Time{now, now.Add(30 * time.Minute), now.Add(2 * time.Hour)} {
				for _, q := range askable {
					for _, user := range people {
						is := engine.Decide(user, q.action, q.resource)
						if !is.Allowed() || before[user].Decide(q.action, q.resource).Allowed() {
							continue
						}
						gained++
						require.True(d, before[actor].Decide(q.action, q.resource).Allowed(),
							"%s gave %s more than they held: %s on %s at %s: %s\n%s", actor, user, q.action, describe(q.resource), clock, is,
							strings.Join(history, "\n"))
					}
				}
			}
			clock = now
		}
	})
	t.Logf("%d updates committed, %d rights gained", committed, gained)
	require.NotZero(t, gained)
}

var (
	people     = []roles.UserID{"ada", "bea", "ann", "new", "x", "off"}
	fixedRoles = []roles.RoleID{"admin", "manager", "viewer", "updater", "scholar"}
	places     = []scope.Ref{agencyA, agencyB, teamA1, teamA2, teamB1}
	askable    = func() (all []struct {
		action   roles.Action
		resource scope.Resource
	}) {
		for action, on := range map[roles.Action][]scope.Ref{
			"admin": {agencyA, agencyB}, "manage": {teamA1, teamB1}, "medical.view": {teamA1, teamA2, teamB1},
			"medical.update": {teamA1, teamB1}, "history": {teamA1, teamB1},
		} {
			for _, unit := range on {
				r := scope.Resource{Type: unit.Type, ID: unit.ID}
				if action == "history" || strings.HasPrefix(string(action), "medical") {
					r = scope.Resource{Type: "case", ID: "c", Parent: unit}
				}
				all = append(all, struct {
					action   roles.Action
					resource scope.Resource
				}{action, r})
			}
		}
		return all
	}()
)

// drawChange makes a change of any kind, good or bad.
func drawChange(d draw, tx *roles.Tx) {
	user, unit, role := pick(d, people), pick(d, places), pick(d, append(fixedRoles, "spare", "used"))
	from, until := drawPeriod(d)
	custom := func(id roles.RoleID) roles.Role {
		r := roles.Role{ID: id, Unit: pick(d, places)}
		if d.chance(8) {
			r.Inherits = []roles.RoleID{pick(d, fixedRoles)}
		}
		if d.chance(8) {
			r.Grants = []roles.Grant{{Privileges: []roles.Action{pick(d, []roles.Action{"admin", "manage", "medical.view", "medical.update", "history"})}, Scope: "all"}}
		}
		return r
	}
	switch d.below(12) {
	case 0, 1, 2:
		tx.BindBetween(user, role, unit, from, until)
	case 3:
		tx.Unbind(user, role, unit)
	case 4:
		tx.AddUser(roles.User{ID: "x", Unit: unit, Inactive: d.chance(4)})
	case 5, 6:
		tx.ChangeUser(roles.User{ID: user, Unit: unit, Inactive: d.chance(8)})
	case 7:
		tx.AddRole(custom("r"))
	case 8:
		tx.ChangeRole(custom(pick(d, []roles.RoleID{"spare", "used"})))
	case 9:
		tx.RemoveUser(user)
	case 10:
		tx.RemoveUnit(unit)
		if d.chance(8) {
			tx.AddUnit(unit, pick(d, []scope.Ref{agencyA, agencyB}))
		}
	case 11:
		tx.SetUnitAttributes(unit, scope.Map{"open": d.chance(8)})
	}
}
