package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

var (
	north, south           = center("north"), center("south")
	ncac, ncps, npolice    = agency("n-cac"), agency("n-cps"), agency("n-police")
	scac, scps             = agency("s-cac"), agency("s-cps")
	newYear                = time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	wholeNorth, wholeSouth = scope.Resource{Type: "center", ID: "north"}, scope.Resource{Type: "center", ID: "south"}
)

// A world is two centers under one policy, north and south, with cases and
// people of the same numbers. Their Security Officers are olga and olive. In
// north ann and abe work for n-cps, cal for n-police; ann is named on case c1, abe
// on c2, cal on c3, and nobody on c4. The person p1 is on c1, p2 on c2, p3 on
// c3, p4 on c4, p12 on c1 and c2, and p0 on none. In south sal works for s-cps;
// its case c1 names her and, by mistake, ann.
type world struct {
	t         require.TestingT
	directory *roles.Directory
	engine    *access.Engine
	records   *Records
}

func newWorld(t require.TestingT, p *policy.Policy) *world {
	clock := func() time.Time { return newYear }
	directory, err := roles.NewDirectory(p, &roles.Options{Clock: clock})
	require.NoError(t, err)
	w := &world{t, directory, access.New(p, directory, &access.Options{Clock: clock}), newRecords()}
	_, err = Provision(directory, north, ncac, "olga")
	require.NoError(t, err)
	_, err = Provision(directory, south, scac, "olive")
	require.NoError(t, err)
	w.must(func(tx *roles.Tx) {
		tx.AddUnit(ncps, north)
		tx.AddUnit(npolice, north)
		tx.AddUnit(scps, south)
		tx.SetUnitAttributes(north, scope.Map{"add_names": true, "data_transfers": true})
		for id, agency := range map[roles.UserID]scope.Ref{"ann": ncps, "abe": ncps, "cal": npolice, "sal": scps} {
			tx.AddUser(roles.User{ID: id, Unit: agency, Inactive: true})
		}
	})
	for _, c := range []*Case{
		{Center: "north", Number: "c1", Personnel: []roles.UserID{"ann"}},
		{Center: "north", Number: "c2", Personnel: []roles.UserID{"abe"}},
		{Center: "north", Number: "c3", Personnel: []roles.UserID{"cal"}},
		{Center: "north", Number: "c4"},
		{Center: "south", Number: "c1", Personnel: []roles.UserID{"sal", "ann"}},
	} {
		w.records.cases[[2]string{c.Center, c.Number}] = c
	}
	for _, p := range []*Person{
		{Center: "north", ID: "p0"},
		{Center: "north", ID: "p1", Cases: []string{"c1"}},
		{Center: "north", ID: "p2", Cases: []string{"c2"}},
		{Center: "north", ID: "p3", Cases: []string{"c3"}},
		{Center: "north", ID: "p4", Cases: []string{"c4"}},
		{Center: "north", ID: "p12", Cases: []string{"c1", "c2"}},
		{Center: "south", ID: "p1", Cases: []string{"c1"}},
	} {
		p.Name, p.Born, p.Address = "Name of "+p.ID, "2015-05-05", "1 Elm Street"
		w.records.people[[2]string{p.Center, p.ID}] = p
	}
	require.Empty(t, p.ValidateAll(directory.Snapshot(), newYear), "the world as it is breaks nothing")
	return w
}

func (w *world) update(fn func(tx *roles.Tx)) (roles.Commit, error) {
	return w.directory.Update("system", func(tx *roles.Tx) error { fn(tx); return nil })
}

// must makes changes that nobody refuses.
func (w *world) must(fn func(tx *roles.Tx)) roles.Commit {
	commit, err := w.update(fn)
	require.NoError(w.t, err)
	return commit
}

// by returns the hands of a user.
func (w *world) by(user roles.UserID) *access.Admin { return w.engine.Admin(user, nil) }

// role makes a role of north, as olga does it on the roles page, with this case
// access and these privileges.
func (w *world) role(id roles.RoleID, reach string, held ...roles.Action) {
	_, err := AddRole(w.by("olga"), north, id, "Role "+string(id))
	require.NoError(w.t, err)
	_, err = SetPrivileges(w.by("olga"), id, Privileges{reach, held})
	require.NoError(w.t, err)
}

// give authorises somebody's account with these roles, as olga does it.
func (w *world) give(user roles.UserID, held ...roles.RoleID) {
	_, err := SavePersonnel(w.by("olga"), user, true, held...)
	require.NoError(w.t, err)
}

// hire gives somebody of north one role of their own: with this case access and
// these privileges.
func (w *world) hire(user roles.UserID, reach string, held ...roles.Action) {
	id := roles.RoleID("of-" + user)
	if _, ok := w.directory.Snapshot().Role(id); ok {
		_, err := SetPrivileges(w.by("olga"), id, Privileges{reach, held})
		require.NoError(w.t, err)
		return
	}
	w.role(id, reach, held...)
	if _, ok := w.directory.Snapshot().User(user); !ok {
		_, err := AddPersonnel(w.by("olga"), user, ncps)
		require.NoError(w.t, err)
	}
	w.give(user, id)
}

func (w *world) caseOf(center, number string) scope.Resource {
	r, ok := w.records.Case(center, number, w.directory.Snapshot())
	require.True(w.t, ok)
	return r
}

func (w *world) c(number string) scope.Resource { return w.caseOf("north", number) }

// person is somebody on a case of north, or with none.
func (w *world) person(id, on string) scope.Resource {
	if on == "" {
		return scope.Resource{Type: "person", ID: id, Parent: north}
	}
	in := w.c(on)
	return scope.Resource{Type: "person", ID: id, In: &in}
}

func document(in scope.Resource, id string, removed bool) scope.Resource {
	return scope.Resource{Type: "document", ID: id, In: &in, Attributes: scope.Map{"removed": removed}}
}

// A thing is what a question is about, by a name of its own.
type thing struct {
	name     string
	resource scope.Resource
}

// things is what the world's questions are about. d1 and d2 are documents of
// c1 and c2 that are removed, d0 is one of c1 that is not.
func (w *world) things() []thing {
	inSouth := w.caseOf("south", "c1")
	all := []thing{{"north", wholeNorth}, {"south", wholeSouth}, {"s-c1", inSouth}}
	for _, number := range w.records.Cases("north") {
		all = append(all, thing{number, w.c(number)})
	}
	for _, on := range [][2]string{{"p1", "c1"}, {"p2", "c2"}, {"p3", "c3"}, {"p4", "c4"}, {"p12", "c1"}, {"p12", "c2"}, {"p0", ""}} {
		name := on[0]
		if name == "p12" {
			name += "/" + on[1]
		}
		all = append(all, thing{name, w.person(on[0], on[1])})
	}
	return append(all,
		thing{"s-p1", scope.Resource{Type: "person", ID: "p1", In: &inSouth}},
		thing{"s-p0", scope.Resource{Type: "person", ID: "p0", Parent: south}},
		thing{"d0", document(w.c("c1"), "d0", false)}, thing{"d1", document(w.c("c1"), "d1", true)},
		thing{"d2", document(w.c("c2"), "d2", true)}, thing{"s-d1", document(inSouth, "d1", true)},
		thing{"ann", scope.Resource{Type: "account", ID: "ann", Parent: ncps}},
		thing{"sal", scope.Resource{Type: "account", ID: "sal", Parent: scps}},
	)
}

// mayExactly asserts all that a user may do to everything: each line is an
// action and what it may be done to, in the order of the policy. What is not
// there is denied.
func (w *world) mayExactly(user roles.UserID, want ...string) {
	assert.Equal(w.t, want, w.all(user), "all that %s may do", user)
}

func (w *world) all(user roles.UserID) []string {
	session, things := w.engine.For(user, nil), w.things()
	var lines []string
	for _, action := range w.engine.Policy().Catalog().Actions() {
		right, _ := w.engine.Policy().Catalog().Right(action)
		line := string(action)
		for _, of := range things {
			if of.resource.Type == right.Privilege().On && session.Decide(action, of.resource).Allowed() {
				line += " " + of.name
			}
		}
		if line != string(action) {
			lines = append(lines, line)
		}
	}
	return lines
}

func (w *world) decide(user roles.UserID, action roles.Action, r scope.Resource) access.Decision {
	return w.engine.Decide(user, action, r)
}

func (w *world) allows(user roles.UserID, action roles.Action, r scope.Resource) {
	d := w.decide(user, action, r)
	assert.True(w.t, d.Allowed(), "%s: %s to %s: %s", user, action, r.Ref(), d)
}

// denies asserts that something is denied, with its reason and in these words
// to administrators.
func (w *world) denies(user roles.UserID, action roles.Action, r scope.Resource, reason access.Reason, words string) {
	d := w.decide(user, action, r)
	assert.Equal(w.t, reason, d.Reason(), "%s: %s to %s: %s", user, action, r.Ref(), d)
	assert.Equal(w.t, "deny: "+words, d.String())
}

// stops asserts that a constraint stops somebody who holds the grant, and that
// they are told so.
func (w *world) stops(user roles.UserID, action roles.Action, r scope.Resource, constraint, told string) {
	d := w.decide(user, action, r)
	assert.Equal(w.t, access.ConstraintUnmet, d.Reason(), "%s: %s to %s: %s", user, action, r.Ref(), d)
	assert.Equal(w.t, constraint, d.Evidence().Constraint)
	assert.Equal(w.t, told, d.Message())
}

// violates asserts that a change was refused because the invariant would break,
// for the center, user or role, in these words.
func (w *world) violates(err error, invariant, subject string, words ...string) {
	var broken *roles.Violation
	if assert.ErrorAs(w.t, err, &broken, "want the invariant %q to refuse it", invariant) {
		assert.Equal(w.t, invariant, broken.Invariant)
		assert.Equal(w.t, subject, broken.Subject)
		for _, some := range words {
			assert.Contains(w.t, broken.Error(), some)
		}
	}
}

// refuses asserts that even the system is refused a change because the invariant
// would break, in these words, and that nothing changed.
func (w *world) refuses(fn func(tx *roles.Tx), invariant, subject string, words ...string) {
	before := w.directory.Snapshot()
	_, err := w.update(fn)
	w.violates(err, invariant, subject, words...)
	assert.Same(w.t, before, w.directory.Snapshot(), "a refused change leaves no trace")
}

// forbids asserts that an acting user was forbidden to make a change, in these
// words.
func (w *world) forbids(err error, words ...string) {
	var forbidden *access.Forbidden
	if assert.ErrorAs(w.t, err, &forbidden, "want it forbidden") {
		for _, some := range words {
			assert.Contains(w.t, forbidden.Error(), some)
		}
	}
}

// staffed adds what the steps change: nia and nod, who hold role r1, nod with an
// inactive account, and ned, an inactive Security Officer, all of n-cps; sod,
// one of south; the role spare, which nobody holds; and the agency n-idle.
func (w *world) staffed() {
	w.role("r1", "own", "general.view")
	w.role("spare", "own")
	w.must(func(tx *roles.Tx) {
		tx.AddUnit(agency("n-idle"), north)
		tx.AddUser(roles.User{ID: "nia", Unit: ncps})
		tx.Bind("nia", "r1", north)
		tx.AddUser(roles.User{ID: "ned", Unit: ncps, Inactive: true})
		tx.Bind("ned", securityOfficer, north)
		tx.Assign("nia", agency("n-idle"))
		tx.AddUser(roles.User{ID: "nod", Unit: ncps, Inactive: true})
		tx.Bind("nod", "r1", north)
		tx.AddUser(roles.User{ID: "sod", Unit: scps, Inactive: true})
		tx.Bind("sod", securityOfficer, south)
		tx.AddRole(roles.Role{ID: "s1", Name: "Role s1", Unit: south, Scope: "own"})
		tx.AddUser(roles.User{ID: "sid", Unit: scps, Inactive: true})
	})
}

// steps are changes of every kind, each possible by itself, each by the name
// under which the policy's administration section knows it.
var steps = []struct {
	name string
	make func(tx *roles.Tx)
}{
	{"add_unit.center", func(tx *roles.Tx) {
		tx.AddUnit(center("east"), scope.Root())
		tx.AddUnit(agency("e-cac"), center("east"))
		tx.AddUser(roles.User{ID: "ed", Unit: agency("e-cac")})
		tx.Bind("ed", securityOfficer, center("east"))
	}},
	{"change_unit.center", func(tx *roles.Tx) { tx.SetUnitAttributes(north, scope.Map{"add_names": false}) }},
	{"add_unit.agency", func(tx *roles.Tx) { tx.AddUnit(agency("n-new"), north) }},
	{"remove_unit.agency", func(tx *roles.Tx) { tx.RemoveUnit(agency("n-idle")) }},
	{"add_user", func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "new", Unit: npolice, Inactive: true}) }},
	{"change_user to another agency", func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "nia", Unit: npolice}) }},
	{"change_user to inactive", func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "nia", Unit: ncps, Inactive: true}) }},
	{"change_user of a Security Officer to active", func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "ned", Unit: ncps}) }},
	{"remove_user", func(tx *roles.Tx) { tx.RemoveUser("nia") }},
	{"bind", func(tx *roles.Tx) { tx.Bind("nia", "spare", north) }},
	{"unbind", func(tx *roles.Tx) { tx.Unbind("nia", "r1", north); tx.Bind("nia", "spare", north) }},
	{"unbind from an inactive account", func(tx *roles.Tx) { tx.Unbind("nod", "r1", north) }},
	{"bind.security_officer", func(tx *roles.Tx) { tx.Bind("nia", securityOfficer, north) }},
	{"unbind.security_officer", func(tx *roles.Tx) { tx.Unbind("ned", securityOfficer, north) }},
	{"assign", func(tx *roles.Tx) { tx.Assign("nia", ncps) }},
	{"unassign", func(tx *roles.Tx) { tx.Unassign("nia", agency("n-idle")) }},
	{"add_role", func(tx *roles.Tx) { tx.AddRole(roles.Role{ID: "new", Name: "New", Unit: north, Scope: "own"}) }},
	{"change_role", func(tx *roles.Tx) {
		tx.ChangeRole(roles.Role{ID: "r1", Name: "Role r1", Unit: north, Scope: "all", Grants: []roles.Grant{{Privileges: []roles.Action{"general.update"}}}})
	}},
	{"remove_role", func(tx *roles.Tx) { tx.RemoveRole("spare") }},
	{"change_unit.center of south", func(tx *roles.Tx) { tx.SetUnitAttributes(south, scope.Map{"add_names": true}) }},
	{"add_unit.agency of south", func(tx *roles.Tx) { tx.AddUnit(agency("s-new"), south) }},
	{"add_user of south", func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "new", Unit: scps, Inactive: true}) }},
	{"remove_user of south", func(tx *roles.Tx) { tx.RemoveUser("sid") }},
	{"bind of south", func(tx *roles.Tx) { tx.Bind("sid", "s1", south) }},
	{"bind.security_officer of south", func(tx *roles.Tx) { tx.Bind("sid", securityOfficer, south) }},
	{"unbind.security_officer of south", func(tx *roles.Tx) { tx.Unbind("sod", securityOfficer, south) }},
	{"add_role of south", func(tx *roles.Tx) { tx.AddRole(roles.Role{ID: "new", Name: "New", Unit: south, Scope: "own"}) }},
	{"remove_role of south", func(tx *roles.Tx) { tx.RemoveRole("s1") }},
}

// mayChangeExactly asserts which steps a user may take. All others are
// forbidden.
func (w *world) mayChangeExactly(user roles.UserID, want ...string) {
	var may []string
	for _, step := range steps {
		_, err := w.by(user).DryRun(func(tx *roles.Tx) error { step.make(tx); return nil })
		var forbidden *access.Forbidden
		switch {
		case err == nil:
			may = append(may, step.name)
		case !errors.As(err, &forbidden):
			may = append(may, fmt.Sprintf("%s, but: %v", step.name, err))
		}
	}
	assert.Equal(w.t, want, may, "all that %s may change", user)
}

// lines splits a table into its lines, without the blanks around each.
func lines(table string) []string {
	var all []string
	for line := range strings.Lines(strings.TrimSpace(table)) {
		all = append(all, strings.Join(strings.Fields(line), " "))
	}
	return all
}

// actions splits a list of actions.
func actions(list string) []roles.Action {
	var all []roles.Action
	for word := range strings.FieldsSeq(list) {
		all = append(all, roles.Action(word))
	}
	return all
}

// ordered returns lines in the order of the policy's actions.
func (w *world) ordered(lines []string) []string {
	order := w.engine.Policy().Catalog().Actions()
	at := func(line string) int { return slices.Index(order, roles.Action(strings.Fields(line)[0])) }
	return slices.SortedFunc(slices.Values(lines), func(a, b string) int { return at(a) - at(b) })
}
