package policy_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// guarded is a policy with an invariant of every kind, calling every function.
const guarded = `
policy: guarded
users: {attributes: {grade: int}}
resources:
  authority: {unit: true, attributes: {limit: int}}
  school: {unit: true, in: authority, attributes: {closed: bool}}
  pupil: {in: school}
privileges:
  pupils: {on: pupil, levels: [view, edit]}
  export: {on: pupil, requires: pupils.view}
scopes: {all: "true", mine: assigned(resource)}
roles:
  chief: {grants: [{privileges: pupils.edit, scope: all}]}
  deputy: {inherits: chief}
  clerk: {grants: [{privileges: pupils.view, scope: all}]}
views:
  record:
    on: pupil
    show: [pupils.view, export]
    fields: {name: {show: [pupils.view, export]}, height: {show: pupils.edit, otherwise: restricted}}
invariants:
  - {name: somebody leads, for: authority, require: size(holders("chief")) >= 1}
  - {name: one deputy, for: authority, require: size(holders("deputy")) <= 1}
  - {name: clerks have all schools, for: authority, require: 'holders("clerk").all(u, units("school").all(s, assigned(u, s)))'}
  - {name: few members, for: authority, require: "!has(unit.limit) || size(members()) <= unit.limit"}
  - {name: nobody in a closed school, for: school, require: "!(has(unit.closed) && unit.closed) || members().all(u, holds(u, 'chief'))"}
  - {name: clerks are of the authority, for: school, require: 'holders("clerk").all(u, !has(u.authority) || u.authority.id == unit.authority.id)'}
  - {name: graded, for: user, require: "!holds('chief') || has(user.grade) && user.grade >= 3"}
  - {name: at home, for: user, require: "bindings().all(b, b.role != 'clerk' || has(user.unit) && within(b.unit, user.authority))"}
  - {name: few schools, for: user, require: "size(assignments()) <= 3"}
  - {name: editors are fixed, for: role, require: "role.fixed || level('pupils') < 2"}
  - {name: no limit of one above, for: school, require: "!has(unit.authority.limit) || unit.authority.limit != 1"}
  - {name: open schools, for: authority, require: "units('school').all(s, !has(s.closed) || !s.closed)"}
  - {name: two schools, for: authority, require: "size(units('school')) == 2"}
  - {name: chiefs of small authorities, for: authority, require: "holders('chief').all(u, !has(u.authority.limit) || u.authority.limit != 2)"}
  - {name: clerks of no limit, for: user, require: "!holds('clerk') || !has(user.authority.limit) || user.authority.limit != 3"}
  - {name: members who are clerks, for: authority, require: "size(members().filter(u, holds(u, 'clerk'))) == 0"}
  - {name: chiefs have the school, for: school, require: "holders('chief').all(u, assigned(u, unit))"}
  - {name: clerks are assigned something, for: user, require: "!holds('clerk') || size(assignments()) > 0"}
  - {name: exports, for: role, require: "role.fixed || level('export') == 0"}
  - {name: own roles reach as far as they say, for: role, require: "role.fixed || role.scope == '' || permissions().all(p, p.on != 'pupil' || p.privilege == 'export' || p.scope == role.scope)"}
  - {name: nobody active holds much, for: user, require: "!active() || size(bindings()) < 5"}
  - {name: grades rise, for: user, require: "!has(user.grade) || user.grade < 6", severity: warn}
`

func parsed(t testing.TB, source string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse("policy.yaml", []byte(source), nil)
	require.NoError(t, err)
	return p
}

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func atNoon() *roles.Options { return &roles.Options{Clock: func() time.Time { return noon }} }

// checksEverything is the policy as a schema whose every check is of the whole
// directory.
type checksEverything struct{ *policy.Policy }

func (c checksEverything) Validate(after *roles.Snapshot, _ []roles.Change, at time.Time) []*roles.Violation {
	return c.ValidateAll(after, at)
}

// A small world, so that changes meet: two authorities with two schools each,
// and the same few users and roles in both.
var (
	someUnits = []scope.Ref{
		scope.NewRef("authority", "a"), scope.NewRef("authority", "b"),
		scope.NewRef("school", "a1"), scope.NewRef("school", "a2"), scope.NewRef("school", "b1"), scope.NewRef("school", "b2"),
	}
	someUsers = []roles.UserID{"ann", "bob", "cat"}
	someRoles = []roles.RoleID{"chief", "deputy", "clerk", "own1", "own2"}
)

func parentOf(unit scope.Ref) scope.Ref {
	if unit.Type == "authority" {
		return scope.Root()
	}
	return scope.NewRef("authority", unit.ID[:1])
}

// drawChange draws one step of an update.
func drawChange(t *rapid.T) (string, func(*roles.Tx)) {
	unit, user := rapid.SampledFrom(someUnits).Draw(t, "unit"), rapid.SampledFrom(someUsers).Draw(t, "user")
	role := rapid.SampledFrom(someRoles).Draw(t, "role")
	own := rapid.SampledFrom(someRoles[3:]).Draw(t, "own")
	n := rapid.IntRange(0, 4).Draw(t, "n")
	owner := someUnits[0]
	if rapid.IntRange(0, 3).Draw(t, "owner") == 0 {
		owner = someUnits[1]
	}
	custom := roles.Role{ID: own, Unit: owner, Scope: "all", Grants: []roles.Grant{{Privileges: [][]roles.Action{
		{"pupils.view"}, {"pupils.edit"}, {"export", "pupils.view"}, {"pupils.view"}, {"export"},
	}[n]}}}
	if n == 1 {
		custom.Grants[0].Scope = "mine"
	}
	if n == 3 {
		custom.Grants = nil
		custom.Inherits = []roles.RoleID{rapid.SampledFrom(someRoles[:4]).Draw(t, "junior")}
	}
	account := roles.User{ID: user, Inactive: n == 1}
	if n > 1 {
		account.Attributes = scope.Map{"grade": n * 2}
	}
	if n != 4 {
		account.Unit = unit
	}
	attributes := scope.Map{"closed": n > 1}
	if unit.Type == "authority" {
		attributes = scope.Map{"limit": n}
	}
	at := unit
	if n == 0 {
		at = scope.Root()
	}
	from, until := noon.Add(time.Duration(n-2)*time.Hour), noon.Add(time.Duration(n)*time.Hour)
	kind := rapid.SampledFrom([]int{0, 1, 2, 3, 4, 4, 5, 6, 7, 7, 7, 8, 9, 9, 10, 11, 12, 13}).Draw(t, "kind")
	what := fmt.Sprintf("%d: %s %s %s %s %d", kind, unit, user, role, own, n)
	return what, []func(*roles.Tx){
		func(tx *roles.Tx) { tx.AddUnit(unit, parentOf(unit)) },
		func(tx *roles.Tx) { tx.SetUnitAttributes(unit, attributes) },
		func(tx *roles.Tx) { tx.RemoveUnit(unit) },
		func(tx *roles.Tx) { tx.AddUser(account) },
		func(tx *roles.Tx) { tx.ChangeUser(account) },
		func(tx *roles.Tx) { tx.RemoveUser(user) },
		func(tx *roles.Tx) { tx.AddRole(custom) },
		func(tx *roles.Tx) { tx.ChangeRole(custom) },
		func(tx *roles.Tx) { tx.RemoveRole(own) },
		func(tx *roles.Tx) { tx.Bind(user, role, at) },
		func(tx *roles.Tx) { tx.BindBetween(user, role, at, from, until) },
		func(tx *roles.Tx) { tx.Unbind(user, role, at) },
		func(tx *roles.Tx) { tx.Assign(user, unit) },
		func(tx *roles.Tx) { tx.Unassign(user, unit) },
	}[kind]
}

// start fills a directory so that every invariant holds of it.
func start(tx *roles.Tx) {
	for _, unit := range someUnits {
		tx.AddUnit(unit, parentOf(unit))
	}
	tx.AddUser(roles.User{ID: "ann", Unit: someUnits[0], Attributes: scope.Map{"grade": 5}})
	tx.AddUser(roles.User{ID: "bob", Unit: someUnits[2], Attributes: scope.Map{"grade": 4}})
	tx.AddUser(roles.User{ID: "cat", Unit: someUnits[1]})
	tx.Bind("ann", "chief", scope.Root())
	tx.Assign("ann", someUnits[0])
	tx.Assign("ann", someUnits[1])
	tx.Assign("bob", someUnits[0])
	tx.AddRole(roles.Role{ID: "own1", Unit: someUnits[0], Scope: "all", Grants: []roles.Grant{{Privileges: []roles.Action{"pupils.view"}}}})
	tx.AddRole(roles.Role{ID: "own2", Unit: someUnits[0], Inherits: []roles.RoleID{"own1"}})
	tx.Bind("cat", "own1", someUnits[0])
	tx.Bind("bob", "own2", someUnits[0])
	tx.BindBetween("bob", "deputy", someUnits[0], noon.Add(-time.Hour), noon.Add(time.Hour))
}

// refusals are the violations of a refused update, as text.
func refusals(err error) []string {
	var all []string
	if refusal, ok := err.(*roles.Refusal); ok {
		for _, fault := range refusal.Faults {
			all = append(all, fault.Error())
		}
	}
	slices.Sort(all)
	return all
}

// inDirectories runs updates on two directories that begin alike: one checks
// what changes touch, the other everything.
func inDirectories(t *rapid.T, p *policy.Policy, update func(part, whole *roles.Directory, apply func(*roles.Tx) error)) {
	part, err := roles.NewDirectory(p, atNoon())
	require.NoError(t, err)
	whole, err := roles.NewDirectory(checksEverything{p}, atNoon())
	require.NoError(t, err)
	for _, d := range []*roles.Directory{part, whole} {
		_, err := d.Update("start", func(tx *roles.Tx) error { start(tx); return nil })
		require.NoError(t, err)
	}
	t.Repeat(map[string]func(*rapid.T){"update": func(t *rapid.T) {
		var steps []func(*roles.Tx)
		for range rapid.IntRange(1, 2).Draw(t, "steps") {
			what, step := drawChange(t)
			t.Log(what)
			steps = append(steps, step)
		}
		update(part, whole, func(tx *roles.Tx) error {
			for _, step := range steps {
				step(tx)
			}
			return nil
		})
	}})
}

// Checking a change gives exactly what checking everything gives.
func TestCheckingAChangeIsCheckingEverything(t *testing.T) {
	p := parsed(t, guarded)
	var updates, refused int
	rapid.Check(t, func(t *rapid.T) {
		inDirectories(t, p, func(part, whole *roles.Directory, apply func(*roles.Tx) error) {
			_, err := part.Update("x", apply)
			_, wholeErr := whole.Update("x", apply)
			require.Equal(t, refusals(wholeErr), refusals(err))
			updates++
			if err != nil {
				refused++
			}
		})
	})
	t.Logf("%d updates, %d refused", updates, refused)
	assert.Greater(t, refused*10, updates, "a tenth of the updates is refused")
	assert.Greater(t, (updates-refused)*20, updates, "a twentieth is not")
}

// Where invariants only warn, a directory comes into every state. A change
// warns of all that it breaks, and of nothing that is not so.
func TestAChangeWarnsOfAllThatItBreaks(t *testing.T) {
	document := parsed(t, guarded).Document()
	document.Invariants = slices.Clone(document.Invariants)
	for i := range document.Invariants {
		document.Invariants[i].Severity = roles.Warn
	}
	p, err := policy.Compile(document, nil)
	require.NoError(t, err)
	warned := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		inDirectories(t, p, func(part, whole *roles.Directory, apply func(*roles.Tx) error) {
			before := p.ValidateAll(whole.Snapshot(), noon)
			mine, err := part.Update("x", apply)
			_, wholeErr := whole.Update("x", apply)
			require.Equal(t, refusals(wholeErr), refusals(err))
			all := p.ValidateAll(part.Snapshot(), noon)
			if err != nil || len(mine.Changes) == 0 {
				return
			}
			for _, w := range mine.Warnings {
				warned[w.Invariant]++
				assert.True(t, slices.ContainsFunc(all, same(w)), "it warns of what is so: %s", w)
			}
			for _, w := range all {
				if !slices.ContainsFunc(before, same(w)) {
					assert.True(t, slices.ContainsFunc(mine.Warnings, same(w)), "it warns of what is new: %s", w)
				}
			}
		})
	})
	t.Logf("broken by changes: %v", warned)
	assert.Greater(t, len(warned), len(document.Invariants)*3/4, "most of the invariants are broken now and then")
}

func same(v *roles.Violation) func(*roles.Violation) bool {
	return func(other *roles.Violation) bool { return other.Error() == v.Error() }
}

func TestRefusalsNameTheInvariantWhoBreaksItAndTheFact(t *testing.T) {
	p := parsed(t, guarded)
	authority := someUnits[0]
	for name, c := range map[string]struct {
		change func(*roles.Tx)
		says   string
	}{
		"nobody left": {func(tx *roles.Tx) {
			tx.Unbind("ann", "chief", scope.Root())
			tx.Unbind("bob", "deputy", authority)
		}, `authority a: "somebody leads" does not hold: nobody holds chief`},
		"an inactive holder": {func(tx *roles.Tx) {
			tx.ChangeUser(roles.User{ID: "ann", Inactive: true})
		}, `authority b: "somebody leads" does not hold: nobody holds chief`},
		"too many": {func(tx *roles.Tx) {
			tx.ChangeUser(roles.User{ID: "cat", Attributes: scope.Map{"grade": 3}})
			tx.Bind("cat", "deputy", authority)
		}, `authority a: "one deputy" does not hold: bob and cat hold deputy`},
		"missing school": {func(tx *roles.Tx) {
			tx.ChangeUser(roles.User{ID: "cat", Unit: authority})
			tx.Bind("cat", "clerk", authority)
			tx.Assign("cat", someUnits[2])
		}, `authority a: "clerks have all schools" does not hold: school:a2 is not assigned to cat`},
		"a new school": {func(tx *roles.Tx) {
			tx.ChangeUser(roles.User{ID: "cat", Unit: authority})
			tx.Bind("cat", "clerk", authority)
			tx.Assign("cat", authority)
			tx.AddUnit(scope.NewRef("school", "a3"), authority)
			tx.Unassign("cat", authority)
			tx.Assign("cat", someUnits[2])
			tx.Assign("cat", someUnits[3])
		}, `school:a3 is not assigned to cat`},
		"a unit of a list": {func(tx *roles.Tx) {
			tx.SetUnitAttributes(someUnits[3], scope.Map{"closed": true})
		}, `authority a: "open schools" does not hold: it is not so for school:a2`},
		"a user": {func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "ann", Attributes: scope.Map{"grade": 2}}) },
			`user ann: "graded" does not hold: ann holds chief`},
		"no grade at all": {func(tx *roles.Tx) { tx.Bind("cat", "chief", authority) }, `user cat: "graded" does not hold`},
		"a role": {func(tx *roles.Tx) {
			tx.AddRole(roles.Role{ID: "own", Unit: authority, Inherits: []roles.RoleID{"chief"}})
		}, `role own: "editors are fixed" does not hold: own holds pupils.edit`},
		"a role that inherits no more what it requires": {func(tx *roles.Tx) {
			tx.AddRole(roles.Role{ID: "own", Unit: authority, Scope: "all", Inherits: []roles.RoleID{"own1"}, Grants: []roles.Grant{{Privileges: []roles.Action{"export"}}}})
			tx.ChangeRole(roles.Role{ID: "own1", Unit: authority, Scope: "all"})
		}, `role own: "privileges come with what they require" does not hold: export requires pupils.view: grant pupils.view too, or take export away`},
		"a role that reaches farther than it says": {func(tx *roles.Tx) {
			tx.AddRole(roles.Role{ID: "own", Unit: authority, Scope: "mine", Grants: []roles.Grant{{Privileges: []roles.Action{"pupils.view"}, Scope: "all"}}})
		}, `role own: "own roles reach as far as they say" does not hold: own holds pupils.view in scope all`},
		"a role that inherits what reaches farther": {func(tx *roles.Tx) {
			tx.AddRole(roles.Role{ID: "own", Unit: authority, Scope: "mine", Inherits: []roles.RoleID{"own1"}})
		}, `role own: "own roles reach as far as they say" does not hold: own holds pupils.view in scope all`},
		"an active user": {func(tx *roles.Tx) {
			for _, unit := range someUnits[2:4] {
				tx.Bind("cat", "own1", unit)
				tx.Bind("cat", "own2", unit)
			}
		}, `user cat: "nobody active holds much" does not hold: cat is active; cat holds own1 at authority:a`},
		"a role without what it requires": {func(tx *roles.Tx) {
			tx.AddRole(roles.Role{ID: "own", Unit: authority, Scope: "all", Grants: []roles.Grant{{Privileges: []roles.Action{"export"}}}})
		}, `role own: "privileges come with what they require" does not hold: export requires pupils.view: grant pupils.view too, or take export away`},
	} {
		d, err := roles.NewDirectory(p, atNoon())
		require.NoError(t, err)
		_, err = d.Update("start", func(tx *roles.Tx) error { start(tx); return nil })
		require.NoError(t, err)
		before := d.Snapshot()
		_, err = d.Update("x", func(tx *roles.Tx) error { c.change(tx); return nil })
		assert.ErrorContains(t, err, c.says, name)
		var violation *roles.Violation
		assert.ErrorAs(t, err, &violation, name)
		assert.Same(t, before, d.Snapshot(), "%s: a refused change leaves no trace", name)
	}
}

// What a role requires it can inherit.
func TestWhatIsRequiredCanBeInherited(t *testing.T) {
	document := parsed(t, guarded).Document()
	document.Invariants = nil
	p, err := policy.Compile(document, nil)
	require.NoError(t, err)
	d, err := roles.NewDirectory(p, atNoon())
	require.NoError(t, err)
	_, err = d.Update("start", func(tx *roles.Tx) error {
		start(tx)
		tx.AddRole(roles.Role{ID: "own", Unit: someUnits[0], Scope: "all", Inherits: []roles.RoleID{"own1"}, Grants: []roles.Grant{{Privileges: []roles.Action{"export"}}}})
		return nil
	})
	require.NoError(t, err)
	_, err = d.Update("x", func(tx *roles.Tx) error {
		tx.ChangeRole(roles.Role{ID: "own1", Unit: someUnits[0], Scope: "all"})
		return nil
	})
	assert.ErrorContains(t, err, `role own: "privileges come with what they require"`)
	assert.NotContains(t, err.Error(), "role own2", "what inherits the same and requires nothing")
}

// What an inactive user holds, no invariant about active ones minds.
func TestInvariantsKnowWhoIsActive(t *testing.T) {
	d, err := roles.NewDirectory(parsed(t, guarded), atNoon())
	require.NoError(t, err)
	_, err = d.Update("start", func(tx *roles.Tx) error {
		start(tx)
		tx.ChangeUser(roles.User{ID: "cat", Unit: someUnits[1], Inactive: true})
		for _, unit := range someUnits[2:4] {
			tx.Bind("cat", "own1", unit)
			tx.Bind("cat", "own2", unit)
		}
		return nil
	})
	require.NoError(t, err)
	_, err = d.Update("x", func(tx *roles.Tx) error { tx.ChangeUser(roles.User{ID: "cat", Unit: someUnits[1]}); return nil })
	assert.ErrorContains(t, err, `user cat: "nobody active holds much" does not hold: cat is active`)
}

// An invariant must go on holding when a binding ends or begins by itself.
func TestInvariantsHoldAtEveryInstantToCome(t *testing.T) {
	p := parsed(t, `
policy: p
resources: {authority: {unit: true}}
scopes: {all: "true"}
roles: {chief: {}}
invariants:
  - {name: somebody leads, for: authority, require: size(holders("chief")) >= 1}
  - {name: nobody else does, for: authority, require: size(holders("chief")) <= 1}
`)
	leeds, march, april := scope.NewRef("authority", "leeds"), noon.AddDate(0, 1, 0), noon.AddDate(0, 2, 0)
	d, err := roles.NewDirectory(p, atNoon())
	require.NoError(t, err)
	change := func(change func(*roles.Tx)) error {
		_, err := d.Update("x", func(tx *roles.Tx) error { change(tx); return nil })
		return err
	}
	err = change(func(tx *roles.Tx) {
		tx.AddUnit(leeds, scope.Root())
		tx.AddUser(roles.User{ID: "ann"})
		tx.AddUser(roles.User{ID: "bob"})
		tx.BindBetween("ann", "chief", leeds, time.Time{}, march)
	})
	assert.ErrorContains(t, err, `authority leeds: "somebody leads" does not hold from 2026-06-01T12:00:00Z on: nobody holds chief`)

	handOver := func(from time.Time) func(*roles.Tx) {
		return func(tx *roles.Tx) {
			tx.AddUnit(leeds, scope.Root())
			tx.AddUser(roles.User{ID: "ann"})
			tx.AddUser(roles.User{ID: "bob"})
			tx.BindBetween("ann", "chief", leeds, time.Time{}, march)
			tx.BindBetween("bob", "chief", leeds, from, time.Time{})
		}
	}
	assert.ErrorContains(t, change(handOver(april)), "nobody holds chief", "a month without")
	assert.ErrorContains(t, change(handOver(march.Add(time.Nanosecond))), "nobody holds chief", "a nanosecond without")
	assert.ErrorContains(t, change(handOver(march.Add(-time.Nanosecond))), "ann and bob hold chief", "a nanosecond with both")
	assert.NoError(t, change(handOver(march)))
}

func TestASeverityOfWarnDoesNotRefuse(t *testing.T) {
	d, err := roles.NewDirectory(parsed(t, guarded), atNoon())
	require.NoError(t, err)
	_, err = d.Update("start", func(tx *roles.Tx) error { start(tx); return nil })
	require.NoError(t, err)
	commit, err := d.Update("x", func(tx *roles.Tx) error {
		tx.ChangeUser(roles.User{ID: "cat", Attributes: scope.Map{"grade": 9}})
		return nil
	})
	require.NoError(t, err)
	require.Len(t, commit.Warnings, 1)
	assert.Equal(t, `user cat: "grades rise" does not hold`, commit.Warnings[0].Error())
}

func TestInactiveUsersDoNotCount(t *testing.T) {
	p := parsed(t, `
policy: p
resources: {authority: {unit: true}}
roles: {chief: {}}
invariants:
  - {name: members, for: authority, require: size(members()) == 1}
  - {name: holders, for: authority, require: size(holders("chief")) == 1}
  - {name: holds, for: user, require: user.id == "ann" || !holds("chief")}
`)
	leeds := scope.NewRef("authority", "leeds")
	for _, inactive := range []bool{false, true} {
		d, err := roles.NewDirectory(p, atNoon())
		require.NoError(t, err)
		_, err = d.Update("x", func(tx *roles.Tx) error {
			tx.AddUnit(leeds, scope.Root())
			tx.AddUser(roles.User{ID: "ann", Unit: leeds})
			tx.AddUser(roles.User{ID: "bob", Unit: leeds, Inactive: inactive})
			tx.Bind("ann", "chief", leeds)
			tx.Bind("bob", "chief", leeds)
			return nil
		})
		if inactive {
			assert.NoError(t, err)
			continue
		}
		assert.ErrorContains(t, err, `authority leeds: "members" does not hold`)
		assert.ErrorContains(t, err, `authority leeds: "holders" does not hold: ann and bob hold chief`)
		assert.ErrorContains(t, err, `user bob: "holds" does not hold: bob holds chief`)
	}
}

// Every dated binding is an instant at which the invariants must hold; there can
// be many.
func TestManyDatedBindingsAreCheckedInTime(t *testing.T) {
	p := parsed(t, `
policy: p
resources: {authority: {unit: true}}
roles: {chief: {}}
invariants:
  - {name: few, for: authority, require: size(holders("chief")) <= 2000}
`)
	leeds := scope.NewRef("authority", "leeds")
	d, err := roles.NewDirectory(p, atNoon())
	require.NoError(t, err)
	start := time.Now()
	_, err = d.Update("x", func(tx *roles.Tx) error {
		tx.AddUnit(leeds, scope.Root())
		for i := range 1000 {
			id := roles.UserID(fmt.Sprint("u", i))
			tx.AddUser(roles.User{ID: id})
			tx.BindBetween(id, "chief", leeds, noon.Add(time.Duration(i)*time.Minute), noon.Add(time.Duration(i+2000)*time.Minute))
		}
		return nil
	})
	require.NoError(t, err)
	t.Logf("1000 dated bindings: %s", time.Since(start))
	assert.Less(t, time.Since(start), 20*time.Second)
}

// facts is a policy whose invariants tell of users, roles and units.
const facts = `
policy: facts
resources:
  authority: {unit: true, attributes: {limit: int, most: int}}
  pupil:     {in: school}
  school:    {unit: true, in: authority}
privileges:
  pupils: {on: pupil, levels: [view, edit]}
  export: {on: pupil, requires: pupils.view}
  open:   {on: school}
scopes: {all: "true", pupils: {on: pupil, when: "true"}}
roles:
  a: {grants: [{privileges: pupils.view, scope: all}]}
  b: {grants: [{privileges: pupils.view, scope: all}]}
invariants:
  - {name: few members, for: authority, require: "!has(unit.most) || size(members()) <= unit.most"}
  - {name: no limit of three, for: user, require: "!has(user.authority.limit) || user.authority.limit != 3"}
  - {name: few bindings, for: user, require: "size(bindings()) < 10"}
  - {name: few assignments, for: user, require: "size(assignments()) <= 3"}
  - {name: nobody is b, for: user, require: "bindings().all(b, b.role != 'b')"}
  - {name: not zoe, for: user, require: "user.id != 'zoe' || !(active() && active())"}
  - {name: no boss, for: role, require: "role.name != 'Boss' && role.name != 'boss'"}
`

// What breaks an invariant is told in full, but not all of very much.
func TestTheFactsOfARefusal(t *testing.T) {
	p := parsed(t, facts)
	authority, school := scope.NewRef("authority", "a"), scope.NewRef("school", "s")
	members := func(most int, ids ...roles.UserID) func(*roles.Tx) {
		return func(tx *roles.Tx) {
			for _, id := range ids {
				tx.AddUser(roles.User{ID: id, Unit: school})
			}
			tx.SetUnitAttributes(authority, scope.Map{"most": most})
		}
	}
	assigned := func(refs ...scope.Ref) func(*roles.Tx) {
		return func(tx *roles.Tx) {
			for _, ref := range refs {
				tx.Assign("ann", ref)
			}
		}
	}
	for name, c := range map[string]struct {
		change func(*roles.Tx)
		says   []string
	}{
		"enough":         {members(2, "bob"), nil},
		"one member":     {members(0), []string{`authority a: "few members" does not hold: ann belongs to it`}},
		"two members":    {members(1, "bob"), []string{`authority a: "few members" does not hold: ann and bob belong to it`}},
		"four members":   {members(3, "bob", "cat", "dan"), []string{`authority a: "few members" does not hold: ann, bob, cat and dan belong to it`}},
		"five members":   {members(4, "bob", "cat", "dan", "eve"), []string{`authority a: "few members" does not hold: ann, bob, cat and 2 more belong to it`}},
		"far above them": {func(tx *roles.Tx) { tx.SetUnitAttributes(authority, scope.Map{"limit": 3}) }, []string{`user ann: "no limit of three" does not hold`}},
		"many bindings": {func(tx *roles.Tx) {
			for i := range 10 {
				unit := scope.NewRef("authority", fmt.Sprint(i))
				tx.AddUnit(unit, scope.Root())
				tx.Bind("ann", "a", unit)
			}
		}, []string{`user ann: "few bindings" does not hold: ann holds a at authority:0; ann holds a at authority:1; ann holds a at authority:2; ` +
			`ann holds a at authority:3; ann holds a at authority:4; ann holds a at authority:5; ann holds a at authority:6; ann holds a at authority:7`}},
		"one of several": {func(tx *roles.Tx) {
			tx.BindBetween("ann", "a", authority, noon.Add(-2*time.Hour), noon.Add(-time.Hour))
			tx.Bind("ann", "a", school)
			tx.Bind("ann", "b", school)
		}, []string{`user ann: "nobody is b" does not hold: ann holds b at school:s`}},
		"told once":      {func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "zoe", Unit: school}) }, []string{`user zoe: "not zoe" does not hold: zoe is active`}},
		"three units":    {assigned(authority, school, scope.NewRef("school", "t"), scope.NewRef("pupil", "p")), nil},
		"four units":     {assigned(authority, school, scope.NewRef("school", "t"), scope.NewRef("school", "u"), scope.NewRef("pupil", "p")), []string{`user ann: "few assignments" does not hold: authority:a is assigned to ann; school:s is assigned to ann; school:t is assigned to ann; school:u is assigned to ann`}},
		"a role's name":  {func(tx *roles.Tx) { tx.AddRole(roles.Role{ID: "x", Unit: authority, Name: "Boss"}) }, []string{`role x: "no boss" does not hold`}},
		"or else its id": {func(tx *roles.Tx) { tx.AddRole(roles.Role{ID: "boss", Unit: authority}) }, []string{`role boss: "no boss" does not hold`}},
		"not beside it":  {func(tx *roles.Tx) { tx.AddRole(roles.Role{ID: "boss", Unit: authority, Name: "Lead"}) }, nil},
		"one role is gone": {func(tx *roles.Tx) {
			tx.RemoveRole("own")
			tx.AddRole(roles.Role{ID: "x", Unit: authority, Scope: "all", Grants: []roles.Grant{{Privileges: []roles.Action{"export"}}}})
		}, []string{`role x: "privileges come with what they require" does not hold: export requires pupils.view: grant pupils.view too, or take export away`}},
	} {
		d, err := roles.NewDirectory(p, atNoon())
		require.NoError(t, err)
		_, err = d.Update("start", func(tx *roles.Tx) error {
			tx.AddUnit(authority, scope.Root())
			for _, id := range []string{"s", "t", "u"} {
				tx.AddUnit(scope.NewRef("school", id), authority)
			}
			tx.AddUser(roles.User{ID: "ann", Unit: school})
			tx.AddRole(roles.Role{ID: "own", Unit: authority})
			return nil
		})
		require.NoError(t, err)
		_, err = d.Update("x", func(tx *roles.Tx) error { c.change(tx); return nil })
		var refusal *roles.Refusal
		if len(c.says) == 0 {
			assert.NoError(t, err, name)
		} else if assert.ErrorAs(t, err, &refusal, name) {
			assert.Equal(t, c.says, refusals(refusal), name)
		}
	}
}

// A custom role names what there is, and reaches no farther than scopes are for.
func TestWhatACustomRoleCannotBe(t *testing.T) {
	p := parsed(t, facts)
	grants := func(scope string, actions ...roles.Action) []roles.Grant {
		return []roles.Grant{{Privileges: actions, Scope: scope}}
	}
	for _, c := range []struct {
		role roles.Role
		want []string
	}{
		{roles.Role{At: []string{"school"}, Scope: "all", Grants: grants("", "pupils.view", "open")}, nil},
		{roles.Role{At: []string{"pupil", "shool", "school"}}, []string{`"pupil" is not a type of unit`, `"shool" is not a type of unit (did you mean "school"?)`}},
		{roles.Role{Scope: "al", Grants: grants("", "open")}, []string{`unknown scope "al" (did you mean "all"?)`}},
		{roles.Role{Scope: "all", Grants: grants("pupil", "open")}, []string{`unknown scope "pupil" (did you mean "pupils"?)`}},
		{roles.Role{Grants: grants("", "open")}, []string{`a grant has no scope`}},
		{roles.Role{Grants: grants("pupils", "pupils.view", "open", "nothing")}, []string{`open: scope "pupils" is not for school`, `unknown privilege "nothing"`}},
	} {
		var got []string
		for _, err := range p.CheckRole(nil, c.role) {
			got = append(got, err.Error())
		}
		assert.Equal(t, c.want, got, "%+v", c.role)
	}
}
