package main

import (
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/examples/internal/console"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

func a31(w *world) {
	w.page("Administration", administration)
	w.staffed()
	changes := map[string][]string{
		"admin.setup": lines(`change_unit.center`),
		"admin.personnel": lines(`add_unit.agency
			remove_unit.agency
			add_user
			change_user to another agency
			change_user to inactive
			remove_user
			bind
			unbind
			unbind from an inactive account`),
		"admin.roles": lines(`add_role
			change_role
			remove_role`),
	}
	for _, box := range administration {
		with := []string{box.name + " north"}
		if box.name == "admin.personnel" {
			with = append(with, "personnel.add north")
		}
		w.gives(box.name, with...)
		w.mayChangeExactly("ann", changes[box.name]...)
	}
	w.requiresRaw("admin.personnel", "personnel.add")
	w.denies("ann", "admin.logs", wholeNorth, access.NoGrant, "no role of ann grants admin.logs")
}

func a32(w *world) {
	w.role("viewer", "own", "general.view")
	w.role("editor", "own", "general.update")
	w.hire("ann", "own", "admin.personnel")
	_, err := AddPersonnel(w.by("ann"), "new", npolice)
	require.NoError(w.t, err)
	w.denies("new", "general.view", w.c("c1"), access.InactiveUser, "the account of new is not active")
	_, err = SavePersonnel(w.by("ann"), "abe", true, "viewer")
	require.NoError(w.t, err)
	w.mayExactly("abe", "general.view c2")
	_, err = SavePersonnel(w.by("ann"), "abe", true, "editor")
	require.NoError(w.t, err)
	w.mayExactly("abe", "general.view c2", "general.update c2")
	w.hire("cal", "own", actions("admin.setup admin.fields admin.roles admin.pick_lists admin.news admin.logs admin.certificates")...)
	_, err = SavePersonnel(w.by("cal"), "abe", true, "editor", "viewer")
	w.forbids(err, "cal may not bind abe as viewer at center:north: admin.personnel: no role of cal grants admin.personnel")

	_, err = SavePersonnel(w.by("ann"), "abe", false, "editor")
	require.NoError(w.t, err)
	for _, of := range w.things() {
		for d := range w.engine.Capabilities("abe", of.resource) {
			assert.Equal(w.t, access.InactiveUser, d.Reason())
		}
	}
	_, err = w.by("abe").Update(func(tx *roles.Tx) error { tx.AddUnit(agency("n-new"), north); return nil })
	w.forbids(err, "the account of abe is not active")
	_, err = SavePersonnel(w.by("ann"), "abe", true, "editor")
	require.NoError(w.t, err)
	w.allows("abe", "general.update", w.c("c2"))

	w.appointing("ann", false)
	w.appointing("olga", true)
	w.reservedToOfficers("officer.appoint", wholeNorth)
	_, err = SavePersonnel(w.by("ann"), "olga", true, "viewer")
	w.forbids(err, "officer.appoint")
	w.refuses(func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "x", Inactive: true}) }, "everybody is of an agency", "x", "A personnel record belongs to an agency")
	w.refuses(func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "x", Unit: north, Inactive: true}) }, "everybody is of an agency", "x")
}

func a33(w *world) {
	w.staffed()
	w.hire("ann", "own", "admin.roles")
	hands := w.by("ann")
	_, err := AddRole(hands, north, "desk", "Front desk")
	require.NoError(w.t, err)
	_, err = RenameRole(hands, "desk", "Reception")
	require.NoError(w.t, err)
	_, err = SetPrivileges(hands, "desk", Privileges{"all", actions("general.update report.setup")})
	require.NoError(w.t, err, "more than she holds herself")
	_, err = SavePersonnel(w.by("olga"), "abe", true, "desk")
	require.NoError(w.t, err)
	w.allows("abe", "general.update", w.c("c1"))
	_, err = DeleteRole(hands, "desk")
	assert.ErrorIs(w.t, err, roles.ErrInUse, "A-06 holds for her")
	_, err = RenameRole(hands, "desk", "role R1")
	assert.ErrorIs(w.t, err, roles.ErrDuplicate, "A-05 holds for her")
	_, err = SetPrivileges(hands, securityOfficer, Privileges{Access: "all"})
	assert.ErrorIs(w.t, err, roles.ErrFixed, "A-03 holds for her")
	_, err = SetPrivileges(hands, "desk", Privileges{"all", actions("clinical_images.view")})
	w.violates(err, requires, "desk")
	_, err = SavePersonnel(w.by("olga"), "abe", false)
	require.NoError(w.t, err)
	_, err = DeleteRole(hands, "desk")
	require.NoError(w.t, err)
	_, err = AddRole(hands, south, "desk", "Front desk")
	w.forbids(err, "admin.roles: role of-ann (center:north) grants admin.roles; center:south is not in center:north")

	w.hire("cal", "all", actions("admin.setup admin.personnel admin.fields admin.pick_lists admin.news admin.logs admin.certificates general.update")...)
	for _, err := range []error{
		second(AddRole(w.by("cal"), north, "desk", "Front desk")), second(RenameRole(w.by("cal"), "spare", "Other")),
		second(SetPrivileges(w.by("cal"), "spare", Privileges{"own", actions("general.view")})), second(DeleteRole(w.by("cal"), "spare")),
	} {
		w.forbids(err, "no role of cal grants admin.roles")
	}
}

func second(_ roles.Commit, err error) error { return err }

func a35(w *world) {
	const told = "Access to this case is restricted."
	w.page("Security Officer", reserved)
	w.hire("ann", "all", actions("general.update people.update case.delete report.missing report.nca search.people")...)
	w.hire("abe", "own", "general.view")
	before := w.all("ann")
	now := w.directory.Snapshot()
	d := w.records.Deny(w.engine.For("ann", nil), "north", "c1", "abe", now)
	assert.Equal(w.t, access.NoGrant, d.Reason(), "only a Security Officer bars people")
	assert.Empty(w.t, w.records.cases[[2]string{"north", "c1"}].Denied)
	require.True(w.t, w.records.Deny(w.engine.For("olga", nil), "north", "c1", "ann", now).Allowed())
	w.mayExactly("ann", withoutThings(before, "c1", "p1", "p12/c1")...)
	for _, action := range actions("general.view general.update case.delete") {
		w.stops("ann", action, w.c("c1"), "not barred from the case", told)
	}
	w.stops("ann", "people.view", w.person("p1", "c1"), "not barred from the case", told)
	assert.Equal(w.t, "You do not have access to this.", w.decide("ann", "mdt.view", w.c("c1")).Message(), "who has no right to it is told nothing")
	_, both := console.Best(w.engine.For("ann", nil), "people.view", w.records.Person("north", "p12", now))
	assert.True(w.t, both.Allowed(), "a person who is on another case too")
	w.mayExactly("abe", "general.view c2")
	w.mayExactly("olga", officers...)

	require.True(w.t, w.records.Deny(w.engine.For("olga", nil), "north", "c1", "olga", now).Allowed())
	for _, action := range actions("general.view case.deny") {
		w.stops("olga", action, w.c("c1"), "not barred from the case", told)
	}
	w.stops("olga", "document.purge", document(w.c("c1"), "d1", true), "not barred from the case", told)
	assert.Empty(w.t, seen(w.engine.For("olga", nil).View("case_report", w.c("c1"))))
	assert.Empty(w.t, seen(w.engine.For("olga", nil).View("biography", w.person("p1", "c1"))))
	w.allows("olga", "document.purge", document(w.c("c2"), "d2", true))
	for _, missing := range []scope.Map{{"personnel": []string{"ann"}}, nil} {
		unknown := scope.Resource{Type: "case", ID: "c9", Parent: north, Attributes: missing}
		assert.Equal(w.t, access.ConstraintError, w.decide("ann", "general.view", unknown).Reason(), "nobody said who is barred")
	}
	w.reservedToOfficers("case.deny", w.c("c2"))
}

// withoutThings takes things out of lines.
func withoutThings(lines []string, things ...string) []string {
	var all []string
	for _, line := range lines {
		left := slices.DeleteFunc(strings.Fields(line), func(word string) bool { return slices.Contains(things, word) })
		all = append(all, strings.Join(left, " "))
	}
	return all
}

// reservedToOfficers asserts that a Security Officer may do something that no
// role of a center can allow, not even by inheritance.
func (w *world) reservedToOfficers(action roles.Action, r scope.Resource) {
	const rule = "some things are the Security Officer's alone"
	w.allows("olga", action, r)
	w.role("most", "all")
	_, err := SetPrivileges(w.by("olga"), "most", Privileges{"all", []roles.Action{action}})
	w.violates(err, rule, "most", "Only the Security Officer can have this", "most holds "+string(action))
	w.refuses(func(tx *roles.Tx) {
		tx.AddRole(roles.Role{ID: "heir", Name: "Heir", Unit: north, Scope: "all", Inherits: []roles.RoleID{securityOfficer}})
	}, rule, "heir")
	w.hire("cal", "all", everythingBut()...)
	w.denies("cal", action, r, access.NoGrant, "no role of cal grants "+string(action))
}

func a36(w *world) {
	const (
		wait = "interviewers wait for the interview"
		told = "Until the interview is recorded, only General and Forensic Interview are open."
	)
	everything := everythingBut(names(administration)...)
	w.interviewers("interviewer", "own", everything...)
	w.role("same", "own", everything...)
	w.give("ann", "interviewer")
	w.give("abe", "same")
	open, others := w.all("ann"), w.all("abe")
	_, err := SetFeature(w.by("olga"), north, "restrict_interviewers", true)
	require.NoError(w.t, err)
	waiting := lines(`
		general.view c1
		general.update c1
		forensic_interview.view c1
		forensic_interview.update c1
		ceu_files.view ann
		ceu_files.update ann
		case.create north
		case.delete c1
		case.add_agencies c1
		report.management north
		report.nca north
		report.setup north
		search.cases c1
		search.personnel north
		meeting.list north
		names.add north
		transfer.log north
		lookup north
		personnel.add north
		search.caseload c1`)
	w.mayExactly("ann", waiting...)
	w.mayExactly("abe", others...)
	w.mayExactly("olga", officers...)
	w.stops("ann", "medical.view", w.c("c1"), wait, told)
	w.stops("ann", "people.view", w.person("p1", "c1"), wait, told)
	w.give("ann", "interviewer", "same")
	w.mayExactly("ann", waiting...)
	w.records.cases[[2]string{"north", "c1"}].Interviewed = true
	w.mayExactly("ann", open...)
	w.records.cases[[2]string{"north", "c1"}].Interviewed = false
	_, err = SetFeature(w.by("olga"), north, "restrict_interviewers", false)
	require.NoError(w.t, err)
	w.mayExactly("ann", open...)
	_, err = SetFeature(w.by("olga"), north, "restrict_interviewers", true)
	require.NoError(w.t, err)
	_, err = SetPrivileges(w.by("olga"), "interviewer", Privileges{"all", everything})
	require.NoError(w.t, err)
	w.allows("ann", "people.view", w.person("p0", ""))
	w.give("ann", "same")
	w.mayExactly("ann", open...)
	unknown := scope.Resource{Type: "case", ID: "c9", Parent: north, Attributes: scope.Map{"personnel": []string{"ann", "abe"}, "denied": []string{}}}
	w.allows("abe", "mdt.view", unknown)
	w.give("ann", "interviewer")
	assert.Equal(w.t, access.ConstraintError, w.decide("ann", "mdt.view", unknown).Reason(), "nobody said whether it is recorded")

	w.interviewers("bare", "all")
	w.give("cal", "bare")
	w.mayExactly("cal")
	w.waitingOfficer(waiting)

	const known = "interviewers are known as such"
	for _, active := range []bool{false, true} {
		_, err = SavePersonnel(w.by("olga"), "ann", active, "interviewer")
		require.NoError(w.t, err, "an interviewer's account is made active and inactive like any other")
	}
	w.refuses(func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "ann", Unit: ncps}) }, known, "ann", "The personnel record must say who is a forensic interviewer")
	w.refuses(func(tx *roles.Tx) {
		tx.ChangeUser(roles.User{ID: "ann", Unit: ncps, Attributes: scope.Map{"forensic_interviewer": false}})
	}, known, "ann")
	w.refuses(func(tx *roles.Tx) { tx.Bind("abe", "interviewer", north) }, known, "abe")
	w.refuses(func(tx *roles.Tx) {
		tx.ChangeUser(roles.User{ID: "abe", Unit: ncps, Attributes: scope.Map{"forensic_interviewer": true}})
	}, known, "abe")
	_, err = SavePersonnel(w.by("olga"), "cal", false, "interviewer")
	require.NoError(w.t, err)
	w.refuses(func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "cal", Unit: npolice}) }, known, "cal")
}

// waitingOfficer: a Security Officer who interviews waits too, with whatever can
// be done to a case or its people but what interviewers may do.
func (w *world) waitingOfficer(waiting []string) {
	w.give("olga", securityOfficer, "interviewer")
	var want []string
	for _, line := range officers {
		action := strings.Fields(line)[0]
		unstopped := func(other string) bool { return strings.Fields(other)[0] == action }
		right, _ := w.engine.Policy().Catalog().Right(roles.Action(action))
		switch {
		case slices.ContainsFunc(waiting, unstopped), right.Privilege().On != "case" && right.Privilege().On != "person",
			action == "case.deny":
			want = append(want, line)
		case right.Privilege().On == "person":
			want = append(want, action+" p0")
		}
	}
	w.mayExactly("olga", want...)
	w.sees("olga", "lookup", "north", "p1", "name")
	w.sees("olga", "agenda", "north", "p1", "hour", "case", "[name]")
	w.sees("olga", "biography", "north", "p1")
	w.sees("olga", "biography", "north", "p0", "name", "born", "address")
	assert.Equal(w.t, []string{"general", "forensic_interview"}, seen(w.engine.For("olga", nil).View("case_report", w.c("c1"))))
	w.give("olga", securityOfficer)
}

func a37(w *world) {
	const told = "Only a removed document can be deleted for good."
	w.reservedToOfficers("document.purge", document(w.c("c1"), "d1", true))
	w.stops("olga", "document.purge", document(w.c("c1"), "d0", false), "the document is removed", told)
	in := w.c("c1")
	unknown := scope.Resource{Type: "document", ID: "d9", In: &in}
	assert.Equal(w.t, access.ConstraintError, w.decide("olga", "document.purge", unknown).Reason())
	assert.Equal(w.t, access.OutsideUnit, w.decide("olive", "document.purge", document(w.c("c1"), "d1", true)).Reason())
}

// misplaced asserts that things are where NCAtrak has them, and nowhere else.
func (w *world) misplaced() {
	ofNorth, onC1 := w.c("c1"), w.person("p1", "c1")
	inDocument := document(w.c("c1"), "d1", true)
	account := scope.Resource{Type: "account", ID: "ann", Parent: ncps}
	unit := scope.Resource{Type: "agency", ID: "n-cps"}
	places := map[string]scope.Resource{"center": wholeNorth, "agency": unit, "account": account, "case": ofNorth, "person": onC1, "document": inDocument}
	homes := map[string][]string{"account": {"agency"}, "case": {"center"}, "person": {"case", "center"}, "document": {"case"}}
	for typ, action := range map[string]roles.Action{
		"account": "ceu_files.view", "case": "general.view", "person": "people.view", "document": "document.purge",
	} {
		for in, place := range places {
			d := w.decide("olga", action, scope.Resource{Type: typ, ID: "x", In: &place})
			assert.Equal(w.t, slices.Contains(homes[typ], in), d.Reason() != access.MalformedResource, "a %s in a %s: %s", typ, in, d)
		}
	}
	for _, unit := range []scope.Ref{ncps, ncac} {
		for _, role := range []roles.RoleID{securityOfficer, forensicInterviewer} {
			_, err := w.update(func(tx *roles.Tx) { tx.Bind("olga", role, unit) })
			assert.ErrorIs(w.t, err, roles.ErrInvalid)
			assert.ErrorContains(w.t, err, "can be bound at units of type center only")
		}
	}
	_, err := SavePersonnel(w.by("olga"), "cal", true, forensicInterviewer)
	assert.NoError(w.t, err)
	w.mayExactly("cal")
}

func a38(w *world) {
	w.misplaced()
	w.staffed()
	w.mayExactly("olga", officers...)
	for _, line := range w.all("olive") {
		for _, label := range strings.Fields(line)[1:] {
			assert.Contains(w.t, []string{"south", "s-c1", "s-p1", "s-p0", "s-d1", "sal"}, label, "olive: %s", line)
		}
	}
	w.denies("olive", "general.view", w.c("c1"), access.OutsideUnit, "role security_officer (center:south) grants general.view (by general.update); case:c1 is not in center:south")
	w.mayChangeExactly("olga", lines(`
		change_unit.center
		add_unit.agency
		remove_unit.agency
		add_user
		change_user to another agency
		change_user to inactive
		change_user of a Security Officer to active
		remove_user
		bind
		unbind
		unbind from an inactive account
		bind.security_officer
		unbind.security_officer
		add_role
		change_role
		remove_role`)...)
	w.mayChangeExactly("olive", lines(`
		change_unit.center of south
		add_unit.agency of south
		add_user of south
		remove_user of south
		bind of south
		bind.security_officer of south
		unbind.security_officer of south
		add_role of south
		remove_role of south`)...)

	w.role("wide", "all", "general.view")
	w.give("ann", "wide")
	w.mayExactly("ann", "general.view c1 c2 c3 c4")
	w.hire("ann", "agency", "general.view")
	w.mayExactly("ann", "general.view c1 c2")
	const home = "roles are held at the user's own center"
	w.refuses(func(tx *roles.Tx) { tx.Bind("ann", "s1", south) }, home, "ann", "A user works in one CAC")
	w.refuses(func(tx *roles.Tx) { tx.Bind("ann", securityOfficer, south) }, home, "ann")
	w.refuses(func(tx *roles.Tx) { tx.Bind("ann", "wide", ncps) }, home, "ann")
	w.refuses(func(tx *roles.Tx) {
		tx.AddRole(roles.Role{ID: "global", Name: "Global", Unit: scope.Root(), Scope: "all"})
		tx.Bind("ann", "global", scope.Root())
	}, home, "ann")
	w.refuses(func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "nia", Unit: scps}) }, home, "nia")
	_, err := w.update(func(tx *roles.Tx) { tx.Bind("sal", "wide", south) })
	assert.ErrorContains(w.t, err, "role wide is one of center:north and can be bound there and below only")
}
