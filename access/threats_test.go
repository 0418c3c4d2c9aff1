package access_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// The policy and directory of these tests: files are in schools, schools in
// authorities. A reader reads all of their unit, a keeper what is assigned to
// them, an owner what is theirs by id; nobody edits what is closed.
const schools = `
policy: schools
users: {attributes: {badge: bool, skills: list(string)}}
context: {reason: string, mfa: bool}
resources:
  authority: {unit: true, attributes: {closed: bool}}
  school:    {unit: true, in: authority, attributes: {size: int}}
  file:
    in: school
    attributes: {owner: string, count: int, open: bool, level: uint, weight: double, tags: list(string),
      since: timestamp, span: duration, info: map(string)}
privileges:
  school.list: {on: authority}
  school.edit: {on: school}
  file:        {on: file, levels: [read, write]}
scopes:
  all:  "true"
  mine: assigned(resource)
  own:  resource.owner == user.id
roles:
  reader: {grants: [{privileges: [school.list, file.read], scope: all}]}
  keeper: {grants: [{privileges: [file.write, school.edit], scope: mine}]}
  owner:  {grants: [{privileges: [file.write], scope: own}]}
constraints:
  - {name: the authority is open, on: [file.write], require: "!has(resource.authority.closed) || !resource.authority.closed", message: It is closed.}
`

var (
	leeds, york = scope.NewRef("authority", "leeds"), scope.NewRef("authority", "york")
	s1, s2, s3  = scope.NewRef("school", "s1"), scope.NewRef("school", "s2"), scope.NewRef("school", "s3")
)

func parse(t require.TestingT, source string) *policy.Policy {
	p, err := policy.Parse("test.yaml", []byte(source), nil)
	require.NoError(t, err)
	return p
}

// newSchools returns an engine and its directory: ann reads Leeds and keeps
// school s1 of it, bob is nobody.
func newSchools(t require.TestingT, opts *access.Options) (*access.Engine, *roles.Directory) {
	p := parse(t, schools)
	d := newDirectory(t, p, reference.World{
		Units: []roles.Unit{
			{Ref: leeds, Parent: scope.Root()}, {Ref: york, Parent: scope.Root()},
			{Ref: s1, Parent: leeds}, {Ref: s2, Parent: leeds}, {Ref: s3, Parent: york},
		},
		Users:       []roles.User{{ID: "ann"}, {ID: "bob"}},
		Bindings:    []roles.Binding{{User: "ann", Role: "reader", Unit: leeds}, {User: "ann", Role: "keeper", Unit: leeds}},
		Assignments: []roles.Assignment{{User: "ann", Resource: s1}},
	})
	return access.New(p, d, opts), d
}

func file(id string, in scope.Ref) scope.Resource {
	return scope.Resource{Type: "file", ID: id, Parent: in}
}

func update(t require.TestingT, d *roles.Directory, fn func(tx *roles.Tx)) {
	_, err := d.Update("test", func(tx *roles.Tx) error { fn(tx); return nil })
	require.NoError(t, err)
}

// T-05: a value of another type than the declared one denies and says so,
// wherever it is given, whatever the conditions read.
func TestAWrongTypeDenies(t *testing.T) {
	engine, directory := newSchools(t, nil)
	types := engine.Policy().Document().Resources[2].Attributes
	good := file("f", s1)
	require.True(t, engine.Decide("ann", "file.read", good).Allowed())
	for name, typ := range types {
		require.NotEmpty(t, wrongValues(typ), typ)
		for _, value := range wrongValues(typ) {
			bad := good
			bad.Attributes = scope.Map{name: value}
			d := engine.Decide("ann", "file.read", bad)
			require.Equal(t, access.WrongAttribute, d.Reason(), "%s: %s = %#v: %s", typ, name, value, d)
			require.Contains(t, d.String(), name)
			_, err := engine.WhoCan("file.read", bad, nil)
			require.Error(t, err)
			for c := range engine.Capabilities("ann", bad) {
				require.Equal(t, access.WrongAttribute, c.Reason())
			}
		}
	}
	for _, value := range wrongValues("int") {
		in := good
		in.Parent, in.In = scope.Ref{}, &scope.Resource{Type: "school", ID: "s1", Attributes: scope.Map{"size": value}}
		require.Equal(t, access.WrongAttribute, engine.Decide("ann", "file.read", in).Reason(), "%#v", value)
		_, err := directory.Update("test", func(tx *roles.Tx) error {
			tx.SetUnitAttributes(s1, scope.Map{"size": value})
			return nil
		})
		require.ErrorIs(t, err, roles.ErrInvalid)
	}
	for _, value := range wrongValues("bool") {
		d := engine.For("ann", scope.Map{"mfa": value}).Decide("file.read", good)
		require.Equal(t, access.WrongContext, d.Reason())
		require.Contains(t, d.String(), "mfa")
		p := roles.Principal{User: roles.User{ID: "ann", Attributes: scope.Map{"badge": value}},
			Bindings: []roles.Binding{{Role: "reader", Unit: leeds}}}
		require.Equal(t, access.MalformedUser, engine.ForPrincipal(p, nil).Decide("file.read", good).Reason())
		p.Attributes = nil
		require.True(t, engine.ForPrincipal(p, nil).Decide("file.read", good).Allowed())
	}
}

// T-06, T-08: two ids are one only if they are the same bytes: as units, users,
// resources, assigned or compared by a condition.
func TestIDsAreNeverConfused(t *testing.T) {
	p := parse(t, schools)
	d, err := roles.NewDirectory(p, nil)
	require.NoError(t, err)
	unit := func(id string) scope.Ref { return scope.NewRef("authority", id) }
	for _, id := range ids {
		update(t, d, func(tx *roles.Tx) {
			tx.AddUnit(unit(id), scope.Root())
			tx.AddUnit(scope.NewRef("school", id), unit(id))
			tx.AddUser(roles.User{ID: roles.UserID(id)})
			tx.Bind(roles.UserID(id), "reader", unit(id))
			tx.Bind(roles.UserID(id), "keeper", scope.Root())
			tx.Assign(roles.UserID(id), scope.NewRef("file", id))
		})
	}
	owners := roles.Binding{Role: "owner", Unit: scope.Root()}
	engine := access.New(p, d, nil)
	for _, a := range ids {
		for _, b := range ids {
			user := roles.UserID(a)
			here := file("f", scope.NewRef("school", b))
			require.Equal(t, a == b, engine.Decide(user, "file.read", here).Allowed(), "%q in the unit of %q", b, a)
			require.Equal(t, a == b, engine.Decide(user, "file.write", file(b, scope.NewRef("school", "a"))).Allowed(), "%q assigned as %q", b, a)
			here.Attributes = scope.Map{"owner": b}
			byValue := engine.ForPrincipal(roles.Principal{User: roles.User{ID: user}, Bindings: []roles.Binding{owners}}, nil)
			require.Equal(t, a == b, byValue.Decide("file.write", here).Allowed(), "%q owned by %q", b, a)
		}
	}
	for _, id := range []string{"", " ", " a", "a ", "a\t", "a\n", "a\x00", "a\u200b", "\u202ea", "a\u2028", "\xff", strings.Repeat("a", 257)} {
		require.Error(t, scope.CheckID(id))
		require.Equal(t, access.UnknownUser, engine.Decide(roles.UserID(id), "file.read", file("f", scope.NewRef("school", "a"))).Reason(), "%q", id)
		require.Equal(t, access.MalformedResource, engine.Decide("a", "file.read", file(id, scope.NewRef("school", "a"))).Reason(), "%q", id)
		require.Equal(t, access.MalformedResource, engine.Decide("a", "file.read", file("f", scope.NewRef("school", id))).Reason(), "%q", id)
		_, err := d.Update("test", func(tx *roles.Tx) error { tx.AddUser(roles.User{ID: roles.UserID(id)}); return nil })
		require.ErrorIs(t, err, roles.ErrInvalidID, "%q", id)
	}
}

// T-16: a binding is in force from its first instant on and until, not at, its
// last, to the nanosecond; all of one question is of one instant, wherever the
// clock goes.
func TestABindingHoldsFromItsFirstInstantUntilItsLast(t *testing.T) {
	clock := now
	reads := 0
	engine, directory := newSchools(t, &access.Options{Clock: func() time.Time { reads++; return clock }})
	from, until := now, now.Add(time.Hour)
	update(t, directory, func(tx *roles.Tx) { tx.BindBetween("bob", "reader", leeds, from, until) })
	for _, c := range []struct {
		at   time.Time
		want access.Reason
	}{
		{from.Add(-1), access.NotInForce},
		{from, access.Granted},
		{from.In(time.FixedZone("", -3*3600)), access.Granted},
		{from.Add(1), access.Granted},
		{until.Add(-1), access.Granted},
		{until, access.NotInForce},
		{until.Add(1), access.NotInForce},
		{from.Add(-1), access.NotInForce}, // and back again
		{time.Time{}, access.NotInForce},
	} {
		clock, reads = c.at, 0
		d := engine.Decide("bob", "file.read", file("f", s1))
		require.Equal(t, c.want, d.Reason(), "at %s: %s", c.at, d)
		require.Equal(t, 1, reads, "one question reads the clock once")
		who, err := engine.WhoCan("file.read", file("f", s1), nil)
		require.NoError(t, err)
		require.Equal(t, c.want == access.Granted, len(who) == 2, "ann always, bob at times")
	}
	reads = 0
	_ = slices.Collect(engine.Capabilities("bob", scope.Resource{Type: "authority", ID: "leeds"}))
	require.Equal(t, 1, reads, "all capabilities are of one instant")
	reads = 0
	_, err := engine.For("bob", nil).Units("school.list")
	require.NoError(t, err)
	require.Equal(t, 1, reads, "all units are of one instant")
}

// The clock is read where something asks for it, and a condition that comes after
// one that did not sees the same instant as all that come later.
func TestTheClockIsReadWhereItIsAskedFor(t *testing.T) {
	p, err := policy.Parse("clock.yaml", []byte(`
policy: clock
resources: {org: {unit: true}, note: {in: org, attributes: {by: string, until: timestamp}}}
privileges: {note.read: {on: note}, note.edit: {on: note}}
scopes: {own: resource.by == user.id}
roles: {writer: {grants: [{privileges: [note.read, note.edit], scope: own}]}}
constraints:
  - {name: it is open, on: [note.edit], require: "!has(resource.until) || now < resource.until"}
`), nil)
	require.NoError(t, err)
	directory, err := roles.NewDirectory(p, nil)
	require.NoError(t, err)
	org, reads := scope.NewRef("org", "o"), 0
	update(t, directory, func(tx *roles.Tx) {
		tx.AddUnit(org, scope.Root())
		tx.AddUser(roles.User{ID: "ann"})
		tx.Bind("ann", "writer", org)
	})
	engine := access.New(p, directory, &access.Options{Clock: func() time.Time { reads++; return now }})
	for _, c := range []struct {
		action roles.Action
		by     string
		until  time.Time
		want   access.Reason
		reads  int
	}{
		{"note.read", "ann", now, access.Granted, 0},
		{"note.edit", "bob", now, access.OutOfScope, 0},
		{"note.edit", "ann", now, access.ConstraintUnmet, 1},
		{"note.edit", "ann", now.Add(1), access.Granted, 1},
	} {
		reads = 0
		d := engine.Decide("ann", c.action, scope.Resource{Type: "note", ID: "n", Parent: org, Attributes: scope.Map{"by": c.by, "until": c.until}})
		require.Equal(t, c.want, d.Reason(), d)
		require.Equal(t, c.reads, reads, d)
	}
}

// explosive panics when it is asked for anything.
type explosive struct{ value any }

func (e explosive) Attribute(string) (any, bool) { panic(e.value) }

// T-17: a panic in the application's own code denies and says so.
func TestAPanicDenies(t *testing.T) {
	engine, _ := newSchools(t, nil)
	for _, value := range []any{"boom", errors.New("boom"), nil, fmt.Errorf("%w", errors.ErrUnsupported)} {
		bad := file("f", s1)
		bad.Attributes = explosive{value}
		in := file("f", scope.Ref{})
		in.In = &scope.Resource{Type: "school", ID: "s1", Attributes: explosive{value}}
		for _, r := range []scope.Resource{bad, in} {
			d := engine.Decide("ann", "file.read", r)
			require.Equal(t, access.Failed, d.Reason(), "%s", d)
			require.False(t, d.Allowed())
			require.Equal(t, roles.UserID("ann"), d.User())
			require.Equal(t, roles.Action("file.read"), d.Action())
			require.Equal(t, r.Ref(), d.Resource())
			require.NotContains(t, d.Message(), "boom")
			for c := range engine.Capabilities("ann", r) {
				require.False(t, c.Allowed())
				require.Equal(t, access.Failed, c.Reason())
			}
		}
		// The panic must not get past the other ways to ask, either.
		require.NotPanics(t, func() {
			all, err := engine.WhoCan("file.read", bad, nil)
			require.Empty(t, all)
			require.Error(t, err)
		})
		require.NotPanics(t, func() {
			d := engine.For("ann", explosive{value}).Decide("file.read", file("f", s1))
			require.Equal(t, access.Failed, d.Reason())
		})
		require.NotPanics(t, func() {
			p := roles.Principal{User: roles.User{ID: "ann"}, Bindings: []roles.Binding{{Role: "reader", Unit: leeds}}}
			d := engine.ForPrincipal(p, explosive{value}).Decide("file.read", file("f", s1))
			require.Equal(t, access.Failed, d.Reason())
		})
		require.NotPanics(t, func() {
			_, err := engine.WhoCan("file.read", file("f", s1), explosive{value})
			require.Error(t, err)
		})
		require.NotPanics(t, func() {
			_, err := engine.Admin("ann", explosive{value}).Update(func(tx *roles.Tx) error {
				tx.RemoveUser("bob")
				return nil
			})
			require.Error(t, err)
		})
	}
	bomb := access.New(engine.Policy(), nil, &access.Options{Clock: func() time.Time { panic("no time") }})
	p := roles.Principal{User: roles.User{ID: "ann"}, Bindings: []roles.Binding{{Role: "reader", Unit: scope.Root(), Until: time.Unix(1, 0)}}}
	inLeeds := file("f", s1)
	inLeeds.In = &scope.Resource{Type: s1.Type, ID: s1.ID, Parent: leeds}
	require.Equal(t, access.Failed, bomb.ForPrincipal(p, nil).Decide("file.read", inLeeds).Reason())
}

// revocations take ann's right to write file f of school s1 away, each in its
// own way, and give it back.
var revocations = []struct {
	name         string
	take, giving func(tx *roles.Tx)
}{
	{"unbind", func(tx *roles.Tx) { tx.Unbind("ann", "keeper", leeds) }, func(tx *roles.Tx) { tx.Bind("ann", "keeper", leeds) }},
	{"unassign", func(tx *roles.Tx) { tx.Unassign("ann", s1) }, func(tx *roles.Tx) { tx.Assign("ann", s1) }},
	{
		"make inactive",
		func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "ann", Inactive: true}) },
		func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "ann"}) },
	},
	{
		"remove and add again (T-39)",
		func(tx *roles.Tx) { tx.RemoveUser("ann"); tx.AddUser(roles.User{ID: "ann"}) },
		func(tx *roles.Tx) { tx.Bind("ann", "keeper", leeds); tx.Assign("ann", s1) },
	},
	{
		"close the authority",
		func(tx *roles.Tx) { tx.SetUnitAttributes(leeds, scope.Map{"closed": true}) },
		func(tx *roles.Tx) { tx.SetUnitAttributes(leeds, nil) },
	},
}

// T-27, T-30: once a change has returned, no decision rests on what was before
// it.
func TestWhatIsTakenAwayIsGoneWithTheNextDecision(t *testing.T) {
	engine, directory := newSchools(t, nil)
	for _, c := range revocations {
		require.True(t, engine.Decide("ann", "file.write", file("f", s1)).Allowed(), c.name)
		kept := engine.For("ann", nil)
		update(t, directory, c.take)
		d := engine.Decide("ann", "file.write", file("f", s1))
		require.False(t, d.Allowed(), "%s: %s", c.name, d)
		who, err := engine.WhoCan("file.write", file("f", s1), nil)
		require.NoError(t, err)
		require.Empty(t, who, c.name)
		require.True(t, kept.Decide("file.write", file("f", s1)).Allowed(), "a session sees the state of when it was made")
		update(t, directory, c.giving)
	}
}

// T-26: a directory's user belongs somewhere, by whatever way a condition comes to
// it: the answer is that for the same user given by value.
func TestConditionsSeeWhereAUserBelongs(t *testing.T) {
	for _, condition := range []string{
		"!has(user.unit)",
		"!(user.authority.id == 'leeds')",
		"[user].exists(u, !has(u.unit))",
		"[[user]].all(l, l.all(u, !has(u.authority)))",
		"!has([user][0].unit)",
		"!has({'it': user}['it'].authority)",
		"!has((user.id == 'ann' ? user : user).unit)",
		"[user].filter(u, has(u.unit)).size() == 0",
		"[user].map(u, has(u.unit))[0] == false",
	} {
		for _, source := range []string{
			strings.Replace(schools, `all:  "true"`, fmt.Sprintf("all: %q", condition), 1),
			strings.Replace(schools, "[school.list, file.read], scope: all", fmt.Sprintf("[school.list, file.read], scope: all, when: %q", condition), 1),
			schools + fmt.Sprintf("  - {name: elsewhere, on: [file.read], require: %q}\n", condition),
		} {
			p := parse(t, source)
			require.True(t, p.LooksAtHome(), condition)
			ann := roles.User{ID: "ann", Unit: leeds}
			bound := []roles.Binding{{User: "ann", Role: "reader", Unit: leeds}}
			directory := newDirectory(t, p, reference.World{
				Units: []roles.Unit{{Ref: leeds, Parent: scope.Root()}, {Ref: s1, Parent: leeds}}, Users: []roles.User{ann}, Bindings: bound,
			})
			engine := access.New(p, directory, nil)
			d := engine.Decide("ann", "file.read", file("f", s1))
			require.False(t, d.Allowed(), "%s: %s", condition, d)
			given := engine.ForPrincipal(roles.Principal{User: ann, Bindings: bound}, nil).Decide("file.read", file("f", s1))
			require.Equal(t, given.String(), d.String(), condition)
		}
	}
	require.False(t, parse(t, schools).LooksAtHome())
}

// A keeper keeps something of its own of each role and user.
type keeper struct{}

func (keeper) Derive(*roles.Snapshot, roles.RoleID) any { return keeper{} }

func (keeper) DeriveAccount(*roles.Snapshot, *roles.Account, *scope.Place) any { return keeper{} }

func (keeper) Made(kept any) bool { return kept == any(keeper{}) }

// T-26: what somebody else keeps of a role changes no answer.
func TestWhatOthersDeriveOfARoleChangesNothing(t *testing.T) {
	engine, directory := newSchools(t, nil)
	for _, id := range []roles.RoleID{"reader", "keeper", "owner"} {
		require.Equal(t, keeper{}, directory.Snapshot().Derived(id, keeper{}))
	}
	ann, _ := directory.Snapshot().Account("ann")
	require.Equal(t, keeper{}, directory.Snapshot().DerivedOf(ann, keeper{}))
	require.True(t, engine.Decide("ann", "file.write", file("f", s1)).Allowed())
	require.False(t, engine.Decide("ann", "file.write", file("f", s2)).Allowed())
}

// T-30, T-29: and so it is for readers that never stop asking.
func TestReadersNeverSeeARightThatWasTakenAway(t *testing.T) {
	engine, directory := newSchools(t, nil)
	const given, changing, taken = 0, 1, 2
	var phase atomic.Int64 // three phases a round
	var stop atomic.Bool
	var asked [3]atomic.Int64
	var wrong atomic.Pointer[string]
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for !stop.Load() {
				before := phase.Load()
				d := engine.Decide("ann", "file.write", file("f", s1))
				state := before % 4
				if phase.Load() != before || state == changing || state == 3 {
					continue
				}
				asked[state].Add(1)
				if d.Allowed() != (state == given) {
					s := fmt.Sprintf("in phase %d: %s", before, d)
					wrong.Store(&s)
				}
			}
		})
	}
	for round := 0; round < 60 || asked[given].Load() < 50 || asked[taken].Load() < 50; round++ {
		c := revocations[round%len(revocations)]
		phase.Add(1)
		update(t, directory, c.take)
		phase.Add(1)
		time.Sleep(20 * time.Microsecond)
		phase.Add(1)
		update(t, directory, c.giving)
		phase.Add(1)
		time.Sleep(20 * time.Microsecond)
	}
	stop.Store(true)
	readers.Wait()
	if s := wrong.Load(); s != nil {
		t.Fatal(*s)
	}
	t.Logf("asked %d times while it was given, %d times while it was taken away", asked[given].Load(), asked[taken].Load())
}

// Every zero value denies: "" is nobody, nothing and nowhere, and never
// everybody.
func TestZeroValuesDeny(t *testing.T) {
	var none access.Decision
	require.False(t, none.Allowed())
	require.Equal(t, access.Undecided, none.Reason())
	require.Equal(t, access.Denied, none.Answer())
	require.Zero(t, none.Evidence())
	require.Equal(t, "deny: nobody decided", none.String())
	require.Equal(t, "You do not have access to this.", none.Message())

	engine, directory := newSchools(t, nil)
	// Somebody with every role everywhere, so that nothing but the zero denies.
	p := roles.Principal{User: roles.User{ID: "zoe"}, Assignments: []scope.Ref{s1}, Bindings: []roles.Binding{
		{Role: "reader", Unit: scope.Root()}, {Role: "keeper", Unit: scope.Root()}, {Role: "owner", Unit: scope.Root()},
	}}
	zoe := engine.ForPrincipal(p, nil)
	require.True(t, zoe.Decide("file.read", file("f", s1)).Allowed())
	own := file("f", s1)
	own.Attributes = scope.Map{"owner": ""}
	for _, c := range []struct {
		name string
		got  access.Decision
		want access.Reason
	}{
		{"zero resource", zoe.Decide("file.read", scope.Resource{}), access.MalformedResource},
		{"no id", zoe.Decide("file.read", scope.Resource{Type: "file", Parent: s1}), access.MalformedResource},
		{"no type", zoe.Decide("file.read", scope.Resource{ID: "f", Parent: s1}), access.MalformedResource},
		{"zero parent", zoe.Decide("file.read", file("f", scope.Ref{})), access.MalformedResource},
		{"zero In", zoe.Decide("file.read", scope.Resource{Type: "file", ID: "f", In: &scope.Resource{}}), access.MalformedResource},
		{"root for a school", zoe.Decide("file.read", file("f", scope.Root())), access.MalformedResource},
		{"root", zoe.Decide("file.read", scope.Resource{Type: "root"}), access.MalformedResource},
		{"no action", zoe.Decide("", file("f", s1)), access.UnknownAction},
		{"a privilege without its level", zoe.Decide("file", file("f", s1)), access.UnknownAction},
		{"no user", engine.Decide("", "file.read", file("f", s1)), access.UnknownUser},
		{"zero principal", engine.ForPrincipal(roles.Principal{}, nil).Decide("file.read", file("f", s1)), access.MalformedUser},
		{"nobody's", engine.ForPrincipal(roles.Principal{User: roles.User{ID: "x"}}, nil).Decide("file.read", own), access.NoRole},
		{"zero unit", bindAt(engine, scope.Ref{}), access.MalformedUser},
		{"a unit without an id", bindAt(engine, scope.NewRef("school", "")), access.MalformedUser},
		{"zero assignment", assign(engine, scope.Ref{}), access.MalformedUser},
	} {
		require.Equal(t, c.want, c.got.Reason(), "%s: %s", c.name, c.got)
		require.False(t, c.got.Allowed(), c.name)
	}
	require.False(t, zoe.Decide("file.write", file("f", s2)).Allowed(), "nothing is assigned there")
	for c := range engine.Capabilities("", scope.Resource{}) {
		require.Equal(t, access.UnknownUser, c.Reason())
	}
	for c := range engine.Capabilities("bob", scope.Resource{}) {
		require.Equal(t, access.NoRole, c.Reason())
	}
	_, err := zoe.Units("")
	require.Error(t, err)
	_, err = engine.WhoCan("", file("f", s1), nil)
	require.Error(t, err)
	_, err = engine.WhoCan("file.read", scope.Resource{}, nil)
	require.Error(t, err)
	_, err = engine.Admin("", nil).Update(func(tx *roles.Tx) error { tx.RemoveUser("ann"); return nil })
	require.Error(t, err)
	_, known := directory.Snapshot().User("ann")
	require.True(t, known)

	bare := access.New(engine.Policy(), nil, nil)
	require.Equal(t, access.UnknownUser, bare.Decide("ann", "file.read", scope.Resource{Type: "file", ID: "f", In: &scope.Resource{
		Type: "school", ID: "s1", In: &scope.Resource{Type: "authority", ID: "leeds"},
	}}).Reason())
	_, err = bare.Admin("ann", nil).Update(func(*roles.Tx) error { return nil })
	require.Error(t, err)
	_, err = bare.Admin("ann", nil).DryRun(func(*roles.Tx) error { return nil })
	require.Error(t, err)
	_, err = bare.WhoCan("file.read", file("f", s1), nil)
	require.Error(t, err)
}

func bindAt(e *access.Engine, unit scope.Ref) access.Decision {
	p := roles.Principal{User: roles.User{ID: "zoe"}, Bindings: []roles.Binding{{Role: "reader", Unit: unit}}}
	return e.ForPrincipal(p, nil).Decide("file.read", file("f", s1))
}

func assign(e *access.Engine, to scope.Ref) access.Decision {
	p := roles.Principal{User: roles.User{ID: "zoe"}, Assignments: []scope.Ref{to}, Bindings: []roles.Binding{{Role: "keeper", Unit: leeds}}}
	return e.ForPrincipal(p, nil).Decide("file.write", file("f", s1))
}

// Reasons and answers have stable names, and numbers that nobody changes.
func TestReasonsHaveStableNames(t *testing.T) {
	names := []string{
		"undecided", "granted", "depends", "unknown_user", "inactive_user", "malformed_user", "unknown_action",
		"wrong_type", "malformed_resource", "wrong_attribute", "wrong_context", "no_role", "no_grant", "not_in_force",
		"outside_unit", "out_of_scope", "condition_unmet", "condition_error", "constraint_unmet", "constraint_error",
		"failed",
	}
	for i, name := range names {
		require.Equal(t, name, access.Reason(i).String())
		text, err := access.Reason(i).MarshalText()
		require.NoError(t, err)
		require.Equal(t, name, string(text))
	}
	require.Equal(t, "Reason(21)", access.Reason(len(names)).String())
	require.Equal(t, access.Failed, access.Reason(len(names)-1))
	require.Equal(t, []string{"denied", "allowed", "depends"},
		[]string{access.Denied.String(), access.Allowed.String(), access.Open.String()})
	require.True(t, slices.IsSorted([]access.Reason{access.NoGrant, access.NotInForce, access.OutsideUnit, access.OutOfScope}))
}

// An end user is told of a constraint only if it is what stopped them: not where
// no grant reaches, and not where it may yet hold.
func TestTheMessageTellsOnlyOfWhatStopped(t *testing.T) {
	const policyText = `
policy: messages
resources:
  org:  {unit: true, attributes: {frozen: bool}}
  file: {in: org, attributes: {locked: bool, secret: bool}}
privileges:
  read:  {on: file}
  write: {on: file}
scopes: {all: "true", mine: assigned(resource)}
roles:
  writer: {grants: [{privileges: [write], scope: mine}]}
constraints:
  - {name: a, on: [write], require: "!resource.locked", message: It is locked.}
  - {name: b, on: [write], require: "!resource.org.frozen", message: All is frozen.}
  - {name: c, on: [write], require: "!resource.secret"}
`
	p := parse(t, policyText)
	open, frozen := scope.NewRef("org", "open"), scope.NewRef("org", "frozen")
	engine := access.New(p, newDirectory(t, p, reference.World{
		Units: []roles.Unit{
			{Ref: open, Parent: scope.Root(), Attributes: scope.Map{"frozen": false}},
			{Ref: frozen, Parent: scope.Root(), Attributes: scope.Map{"frozen": true}},
		},
		Users:       []roles.User{{ID: "ann"}, {ID: "bob"}},
		Bindings:    []roles.Binding{{User: "ann", Role: "writer", Unit: scope.Root()}, {User: "bob", Role: "writer", Unit: scope.Root()}},
		Assignments: []roles.Assignment{{User: "ann", Resource: open}, {User: "ann", Resource: frozen}},
	}), nil)
	const nothing = "You do not have access to this."
	in := func(org scope.Ref, locked, secret bool) scope.Resource {
		return scope.Resource{Type: "file", ID: "f", Parent: org, Attributes: scope.Map{"locked": locked, "secret": secret}}
	}
	for _, c := range []struct {
		name     string
		user     roles.UserID
		resource scope.Resource
		want     string
	}{
		{"nothing stops it", "ann", in(open, false, false), "You may do this."},
		{"one constraint", "ann", in(open, true, false), "It is locked."},
		{"another", "ann", in(frozen, false, false), "All is frozen."},
		{"one that has no message", "ann", in(open, false, true), nothing},
		{"who has no grant is not told", "bob", in(open, true, false), nothing},
		{"nor who has the role elsewhere", "bob", in(frozen, false, false), nothing},
	} {
		require.Equal(t, c.want, engine.Decide(c.user, "write", c.resource).Message(), c.name)
	}
	depends := slices.Collect(engine.Capabilities("ann", scope.Resource{Type: "file", Parent: open}))
	require.Equal(t, access.Depends, depends[1].Reason())
	require.Equal(t, nothing, depends[1].Message(), "it may yet hold")
}

// A decision is safe to keep: neither a change of the directory nor of what the
// application asked with changes what it says.
func TestADecisionKeepsWhatItSaid(t *testing.T) {
	p := parse(t, strings.Replace(schools, "resource.owner == user.id", `resource.tags[0] == user.id && resource.info["k"] == "v"`, 1))
	directory := newDirectory(t, p, reference.World{
		Units:    []roles.Unit{{Ref: leeds, Parent: scope.Root()}, {Ref: s1, Parent: leeds}},
		Users:    []roles.User{{ID: "ann"}},
		Bindings: []roles.Binding{{User: "ann", Role: "owner", Unit: leeds}},
	})
	engine := access.New(p, directory, nil)
	r := file("f", s1)
	tags, info := []any{"ann"}, map[string]any{"k": "v"}
	attributes := scope.Map{"tags": tags, "info": info}
	r.Attributes = attributes
	d := engine.Decide("ann", "file.write", r)
	require.True(t, d.Allowed())
	before := told(d)
	update(t, directory, func(tx *roles.Tx) {
		tx.RemoveUser("ann")
		tx.SetUnitAttributes(leeds, scope.Map{"closed": true})
	})
	require.Equal(t, before, told(d), "the directory changed")
	evidence := d.Evidence()
	for name, change := range map[string]func(){
		"an attribute goes":            func() { delete(attributes, "tags") },
		"a list is another":            func() { attributes["tags"] = []any{"bob"} },
		"a map is another":             func() { attributes["tags"] = tags; info["k"] = "w" },
		"an attribute that is wrong":   func() { attributes["tags"] = 7 },
		"an attribute of no such name": func() { attributes["tgas"] = 7 },
	} {
		change()
		require.True(t, d.Allowed(), name)
		require.Equal(t, access.Granted, d.Reason(), name)
		require.Equal(t, evidence, d.Evidence(), name)
		require.Equal(t, "allow: role owner (authority:leeds) grants file.write in scope own", d.String(), "%s: what it says is no other thing", name)
	}
}

// A session answers many at once, as it answers one after another.
func TestASessionIsSafeForConcurrentUse(t *testing.T) {
	engine, directory := newSchools(t, nil)
	session := engine.For("ann", scope.Map{"mfa": true})
	want := told(session.Decide("file.write", file("f", s1)))
	var wrong atomic.Int64
	var askers sync.WaitGroup
	for range 4 {
		askers.Go(func() {
			for range 200 {
				if told(session.Decide("file.write", file("f", s1))) != want || len(slices.Collect(session.Capabilities(scope.Resource{}))) == 0 {
					wrong.Add(1)
				}
				_, _ = session.Units("school.list")
			}
		})
	}
	for i := range 50 {
		update(t, directory, func(tx *roles.Tx) { tx.SetUnitAttributes(s1, scope.Map{"size": i}) })
	}
	askers.Wait()
	require.Zero(t, wrong.Load())
}

// hidden reports whether a rune does not show, or begins a line.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Cf)
}

// Whatever stands in a question, what is said of it is one line of bounded
// length, so that nobody can write lines of their own into a log.
func TestWhatIsSaidOfAQuestionIsOneLine(t *testing.T) {
	engine, _ := newSchools(t, nil)
	for _, evil := range []string{"x\n2026-03-01 allow: everything", "x\x1b[31m", "x\r", "x\u2028y", "x\u202ey", "x\x00", "\xff\xfe", strings.Repeat("long ", 100_000)} {
		in := func(change func(r *scope.Resource)) access.Decision {
			r := file("f", s1)
			change(&r)
			return engine.Decide("ann", "file.read", r)
		}
		by := func(change func(p *roles.Principal)) access.Decision {
			p := roles.Principal{User: roles.User{ID: "tess"}, Bindings: []roles.Binding{{Role: "reader", Unit: leeds}}}
			change(&p)
			return engine.ForPrincipal(p, nil).Decide("file.read", file("f", s1))
		}
		for name, d := range map[string]access.Decision{
			"user":            engine.Decide(roles.UserID(evil), "file.read", file("f", s1)),
			"action":          engine.Decide("ann", roles.Action(evil), file("f", s1)),
			"type":            in(func(r *scope.Resource) { r.Type = evil }),
			"id":              in(func(r *scope.Resource) { r.ID = evil }),
			"parent's type":   in(func(r *scope.Resource) { r.Parent.Type = evil }),
			"parent's id":     in(func(r *scope.Resource) { r.Parent.ID = evil }),
			"In":              in(func(r *scope.Resource) { r.In = &scope.Resource{Type: "school", ID: evil} }),
			"attribute":       in(func(r *scope.Resource) { r.Attributes = scope.Map{evil: true} }),
			"value":           in(func(r *scope.Resource) { r.Attributes = scope.Map{"count": evil} }),
			"key":             in(func(r *scope.Resource) { r.Attributes = scope.Map{"info": map[string]any{"": 1, evil: 1}} }),
			"panic":           in(func(r *scope.Resource) { r.Attributes = explosive{evil} }),
			"fact":            engine.For("ann", scope.Map{evil: 1}).Decide("file.read", file("f", s1)),
			"fact's value":    engine.For("ann", scope.Map{"mfa": evil}).Decide("file.read", file("f", s1)),
			"context's panic": engine.For("ann", explosive{evil}).Decide("file.read", file("f", s1)),
			"principal":       by(func(p *roles.Principal) { p.ID = roles.UserID(evil) }),
			"role":            by(func(p *roles.Principal) { p.Bindings[0].Role = roles.RoleID(evil) }),
			"unit":            by(func(p *roles.Principal) { p.Bindings[0].Unit.ID = evil }),
			"unit's type":     by(func(p *roles.Principal) { p.Bindings[0].Unit.Type = evil }),
			"assignment":      by(func(p *roles.Principal) { p.Assignments = []scope.Ref{scope.NewRef(evil, evil)} }),
			"user attribute":  by(func(p *roles.Principal) { p.Attributes = scope.Map{evil: 1} }),
			"home":            by(func(p *roles.Principal) { p.Unit = scope.NewRef(evil, "x") }),
		} {
			require.False(t, d.Allowed(), name)
			text := d.String() + d.Message() + d.Err().Error()
			if !utf8.ValidString(text) || strings.ContainsFunc(text, hidden) {
				assert.Failf(t, name, "%.10q gets into what is said as it is: %.120q", evil, text)
			}
			assert.LessOrEqual(t, len(text), 8192, "%s: %.10q", name, evil)
		}
	}
}

// T-11: what a question costs is bounded, whatever an application hands on.
func TestAQuestionCostsLittle(t *testing.T) {
	engine, _ := newSchools(t, nil)
	many := scope.Map{}
	for i := range 10_000 {
		many[fmt.Sprintf("attribute_%d", i)] = i
	}
	long := make([]any, 9_000)
	for i := range long {
		long[i] = "x"
	}
	r, big := file("f", s1), file("f", s1)
	r.Attributes, big.Attributes = many, scope.Map{"tags": long, "owner": strings.Repeat("x", 60_000)}
	p := roles.Principal{User: roles.User{ID: "tess", Attributes: many}, Bindings: []roles.Binding{{Role: "reader", Unit: leeds}}}
	for name, ask := range map[string]func() access.Decision{
		"attributes": func() access.Decision { return engine.Decide("ann", "file.read", r) },
		"context":    func() access.Decision { return engine.For("ann", many).Decide("file.read", file("f", s1)) },
		"principal":  func() access.Decision { return engine.ForPrincipal(p, nil).Decide("file.read", file("f", s1)) },
		"values":     func() access.Decision { return engine.Decide("ann", "file.write", big) },
	} {
		start := time.Now()
		d := ask()
		require.LessOrEqual(t, len(d.String()), 8192, name)
		require.Less(t, time.Since(start), time.Second, name)
	}
}
