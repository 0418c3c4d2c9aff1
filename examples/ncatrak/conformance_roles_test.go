package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

func a01(w *world) {
	const rule = "an account has a role"
	w.role("viewer", "own", "general.view")
	_, err := SavePersonnel(w.by("olga"), "ann", true)
	w.violates(err, rule, "ann", "Whoever keeps an account needs at least one role: ann is active")
	w.refuses(func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "new", Unit: ncps}) }, rule, "new")
	w.give("ann", "viewer")
	w.allows("ann", "general.view", w.c("c1"))
	_, err = SavePersonnel(w.by("olga"), "ann", true)
	w.violates(err, rule, "ann")
	w.refuses(func(tx *roles.Tx) {
		tx.Unbind("ann", "viewer", north)
		tx.BindBetween("ann", "viewer", north, newYear, newYear.AddDate(1, 0, 0))
	}, rule, "ann", "from 2027-01-01")
	_, err = SavePersonnel(w.by("olga"), "ann", false)
	require.NoError(w.t, err, "a record that keeps no account may be without a role")
	assert.Empty(w.t, w.directory.Snapshot().Bindings("ann"))

	roleless := w.engine.ForPrincipal(roles.Principal{User: roles.User{ID: "ann", Unit: ncps}}, nil)
	for _, of := range w.things() {
		for d := range roleless.Capabilities(of.resource) {
			assert.Equal(w.t, access.NoRole, d.Reason())
			assert.Equal(w.t, "deny: ann has no role assigned", d.String())
		}
	}
}

func a02(w *world) {
	w.role("writer", "own", "general.view", "mdt.update")
	w.role("reader", "all", "general.view", "presenting.view", "report.management")
	w.give("ann", "writer", "reader")
	w.give("abe", "writer")
	w.give("cal", "reader")
	w.mayExactly("ann", lines(`
		general.view c1 c2 c3 c4
		mdt.view c1
		mdt.update c1
		presenting.view c1 c2 c3 c4
		report.management north`)...)
	w.denies("ann", "mdt.view", w.c("c2"), access.OutOfScope, "role writer (center:north) grants mdt.view (by mdt.update) in scope own; "+
		"has(resource.case) && user.id in resource.case.personnel does not hold")
	w.mayExactly("abe", lines(`
		general.view c2
		mdt.view c2
		mdt.update c2`)...)
	w.mayExactly("cal", lines(`
		general.view c1 c2 c3 c4
		presenting.view c1 c2 c3 c4
		report.management north`)...)
	w.give("ann", "reader")
	w.mayExactly("ann", w.all("cal")...)
}

// officers is all that a Security Officer of north may do: everything there.
var officers = func() []string {
	const cases, people = " c1 c2 c3 c4", " p1 p2 p3 p4 p12/c1 p12/c2 p0"
	on := map[string]string{
		"people": people, "search.people": people, "report.missing": people, "transfer.edit_ids": people,
		"ceu_files": " ann", "document.purge": " d1 d2",
	}
	for _, name := range []string{"case.create", "report.management", "report.nca", "report.setup", "search.personnel", "meeting.list",
		"names.add", "transfer.log", "admin.setup", "admin.personnel", "admin.fields", "admin.roles", "admin.pick_lists", "admin.news",
		"admin.logs", "admin.certificates", "lookup", "personnel.add", "officer.appoint"} {
		on[name] = " north"
	}
	var all []string
	for _, t := range tabs {
		reach := cases
		if on[t.name] != "" {
			reach = on[t.name]
		}
		all = append(all, t.name+".view"+reach, t.name+".update"+reach)
	}
	for _, name := range slices.Concat(names(boxes), names(administration), names(companions), names(reserved)) {
		reach := cases
		if on[name] != "" {
			reach = on[name]
		}
		all = append(all, name+reach)
	}
	return all
}()

func a03(w *world) {
	now := w.directory.Snapshot()
	r, ok := now.Role(securityOfficer)
	require.True(w.t, ok)
	assert.Equal(w.t, "Security Officer", r.Name)
	var fixed []string
	for _, r := range w.engine.Policy().Roles() {
		fixed = append(fixed, r.Name)
	}
	assert.Equal(w.t, []string{"Security Officer", "Interviewers of children"}, fixed)
	for c, officer := range map[scope.Ref]roles.UserID{north: "olga", south: "olive"} {
		assert.Equal(w.t, c, now.Bindings(officer)[0].Unit)
	}
	w.hire("ann", "own", "admin.roles", "admin.personnel")
	for _, by := range []roles.UserID{"olga", "ann"} {
		_, renamed := RenameRole(w.by(by), securityOfficer, "Boss")
		_, changed := SetPrivileges(w.by(by), securityOfficer, Privileges{Access: "own"})
		_, deleted := DeleteRole(w.by(by), securityOfficer)
		for _, err := range []error{renamed, changed, deleted} {
			assert.ErrorIs(w.t, err, roles.ErrFixed)
		}
	}
	w.mayExactly("olga", officers...)

	later := w.engine.Policy().Document()
	later.Privileges = append(slices.Clone(later.Privileges), policy.Privilege{Name: "toxicology", On: "case", Levels: []string{"view", "comment", "update"}})
	p, err := policy.Compile(later, nil)
	require.NoError(w.t, err)
	w = newWorld(w.t, p)
	w.allows("olga", "toxicology.update", w.c("c1"))
	w.hire("ann", "all", "general.update")
	w.denies("ann", "toxicology.view", w.c("c1"), access.NoGrant, "no role of ann grants toxicology.view")
}

func a04(w *world) {
	_, err := AddRole(w.by("olga"), north, "fresh", "Fresh")
	require.NoError(w.t, err)
	now := w.directory.Snapshot()
	fresh, _ := now.Role("fresh")
	assert.Equal(w.t, Privileges{Access: "own"}, privilegesOf(w.engine.Policy(), now, fresh))
	w.give("ann", "fresh")
	w.mayExactly("ann")
	for _, of := range w.things() {
		for d := range w.engine.Capabilities("ann", of.resource) {
			assert.Equal(w.t, access.NoGrant, d.Reason(), "%s", d)
		}
	}
	_, err = SetPrivileges(w.by("olga"), "fresh", Privileges{"own", actions("general.view report.setup")})
	require.NoError(w.t, err)
	w.mayExactly("ann", lines(`
		general.view c1
		report.setup north`)...)
}

func a05(w *world) {
	w.role("one", "own")
	w.role("two", "own")
	_, err := AddRole(w.by("olive"), south, "south-one", "Role one")
	require.NoError(w.t, err, "another center has its own names")
	_, err = RenameRole(w.by("olga"), "one", "  First  ")
	require.NoError(w.t, err)
	renamed, _ := w.directory.Snapshot().Role("one")
	assert.Equal(w.t, "First", renamed.Name)
	_, err = RenameRole(w.by("olga"), "one", "FIRST")
	require.NoError(w.t, err, "its own name")
	for _, taken := range []string{"first", " First", "FIRST\t", "Security Officer", "security officer ", "Interviewers of Children"} {
		_, err := RenameRole(w.by("olga"), "two", taken)
		assert.ErrorIs(w.t, err, roles.ErrDuplicate, "%q", taken)
		_, err = AddRole(w.by("olga"), north, "three", taken)
		assert.ErrorIs(w.t, err, roles.ErrDuplicate, "%q", taken)
	}
	for _, blank := range []string{" ", "\t \n"} {
		_, err := RenameRole(w.by("olga"), "two", blank)
		assert.ErrorIs(w.t, err, roles.ErrInvalid, "%q", blank)
	}
	_, err = RenameRole(w.by("olga"), "two", "")
	w.violates(err, "a role has a name", "two", "A role needs a name")
	_, err = AddRole(w.by("olga"), north, "three", "")
	w.violates(err, "a role has a name", "three")
}

func a06(w *world) {
	w.role("held", "own", "general.view")
	w.role("other", "own")
	w.give("ann", "held")
	w.give("abe", "held", "other")
	_, err := DeleteRole(w.by("olga"), "held")
	assert.ErrorIs(w.t, err, roles.ErrInUse)
	assert.ErrorContains(w.t, err, "it is held by abe, ann")
	w.give("abe", "other")
	_, err = SavePersonnel(w.by("olga"), "ann", true)
	w.violates(err, "an account has a role", "ann")
	_, err = SavePersonnel(w.by("olga"), "ann", false, "held")
	require.NoError(w.t, err)
	_, err = DeleteRole(w.by("olga"), "held")
	assert.ErrorContains(w.t, err, "it is held by ann", "an inactive account holds it too")
	_, err = SavePersonnel(w.by("olga"), "ann", false)
	require.NoError(w.t, err, "without an account it can be the last")
	_, err = DeleteRole(w.by("olga"), "held")
	require.NoError(w.t, err)
	_, ok := w.directory.Snapshot().Role("held")
	assert.False(w.t, ok)
	_, err = AddRole(w.by("olga"), north, "held", "Held")
	require.NoError(w.t, err)
	assert.Empty(w.t, w.directory.Snapshot().Holders("held"), "a new role of that name has nothing of the old one")
}

func a07(w *world) {
	w.role("viewer", "own", "general.view")
	w.role("editor", "own", "general.update")
	w.give("ann", "viewer", "editor")
	w.give("cal", "viewer")
	now := w.directory.Snapshot()
	assert.Equal(w.t, []Holder{{"ann", ncps}, {"cal", npolice}}, PersonnelHaving(now, "viewer"))
	assert.Equal(w.t, []Holder{{"ann", ncps}}, PersonnelHaving(now, "editor"))
	assert.Equal(w.t, map[roles.UserID][]string{"ann": {"Role editor", "Role viewer"}, "abe": {}}, PersonnelOf(now, ncps))
	assert.Equal(w.t, map[roles.UserID][]string{"cal": {"Role viewer"}}, PersonnelOf(now, npolice))
	assert.Equal(w.t, map[roles.UserID][]string{"olga": {"Security Officer"}}, PersonnelOf(now, ncac))
	w.give("ann", "editor")
	assert.Equal(w.t, []Holder{{"cal", npolice}}, PersonnelHaving(w.directory.Snapshot(), "viewer"))
}

// interviewers makes a role of interviewers, that inherits the fixed one.
func (w *world) interviewers(id roles.RoleID, reach string, held ...roles.Action) {
	w.role(id, reach, held...)
	w.must(func(tx *roles.Tx) {
		r, _ := tx.Snapshot().Role(id)
		r.Inherits = []roles.RoleID{forensicInterviewer}
		tx.ChangeRole(r)
	})
}

// a34 tries every way to be left without a Security Officer.
func a34(w *world) {
	const one = "somebody is Security Officer"
	w.role("admin", "own", "admin.personnel", "admin.roles")
	w.give("ann", "admin")
	last := map[string]func(tx *roles.Tx){
		"the role":    func(tx *roles.Tx) { tx.Unbind("olga", securityOfficer, north); tx.Bind("olga", "admin", north) },
		"the account": func(tx *roles.Tx) { tx.RemoveUser("olga") },
		"its use":     func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "olga", Unit: ncac, Inactive: true}) },
		"in time": func(tx *roles.Tx) {
			tx.Unbind("olga", securityOfficer, north)
			tx.BindBetween("olga", securityOfficer, north, newYear, newYear.AddDate(1, 0, 0))
			tx.Bind("olga", "admin", north)
		},
	}
	for what, take := range last {
		w.refuses(take, one, "north", "center north: A CAC must have an active user who is Security Officer", "nobody holds security_officer")
		for _, by := range []roles.UserID{"olga", "ann"} {
			_, err := w.by(by).Update(func(tx *roles.Tx) error { take(tx); return nil })
			var forbidden *access.Forbidden
			if !errors.As(err, &forbidden) {
				w.violates(err, one, "north")
			}
			assert.Error(w.t, err, "%s takes %s", by, what)
		}
	}
	w.refuses(func(tx *roles.Tx) { tx.AddUnit(center("east"), scope.Root()) }, one, "east")
	_, err := w.by("olga").Update(func(tx *roles.Tx) error {
		tx.ChangeUser(roles.User{ID: "abe", Unit: ncps})
		tx.Bind("abe", securityOfficer, north)
		last["the role"](tx)
		return nil
	})
	require.NoError(w.t, err, "with another one, she may go")
	w.mayExactly("abe", officers...)
	assert.Equal(w.t, []Holder{{"abe", ncps}, {"olive", scac}}, PersonnelHaving(w.directory.Snapshot(), securityOfficer), "south has its own")
	_, err = SavePersonnel(w.by("ann"), "abe", false, securityOfficer)
	w.violates(err, one, "north")
}

// without takes the lines of some actions out.
func without(lines []string, actions ...string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(actions, strings.Fields(line)[0]) })
}

// appointing: only a Security Officer makes another, by whatever way.
func (w *world) appointing(by roles.UserID, may bool) {
	ways := map[string]func(tx *roles.Tx){
		"bind": func(tx *roles.Tx) {
			tx.ChangeUser(roles.User{ID: "cal", Unit: npolice})
			tx.Bind("cal", securityOfficer, north)
		},
		"to oneself": func(tx *roles.Tx) {
			if !holds(tx.Snapshot(), by, securityOfficer) {
				tx.Bind(by, securityOfficer, north)
			}
		},
		"to nobody's account": func(tx *roles.Tx) { tx.Bind("cal", securityOfficer, north) },
	}
	for what, way := range ways {
		_, err := w.by(by).DryRun(func(tx *roles.Tx) error { way(tx); return nil })
		if may {
			assert.NoError(w.t, err, what)
			continue
		}
		w.forbids(err, "officer.appoint")
	}
}
