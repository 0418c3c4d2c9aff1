package main

import (
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

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

func n14(w *world) {
	const one = "at least one super user"
	last := map[string]func(tx *roles.Tx){
		"the role":    func(tx *roles.Tx) { tx.Unbind("pat", "super_user", leeds) },
		"the account": func(tx *roles.Tx) { tx.RemoveUser("pat") },
		"its use":     func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "pat", Unit: leeds, Inactive: true}) },
	}
	for _, take := range last {
		w.refuses(take, one, "leeds", "authority leeds: ")
		_, err := w.by("pat").Update(func(tx *roles.Tx) error { take(tx); return nil })
		w.violates(err, one, "leeds", "There must be a super user of the authority's own: nobody holds super_user")
	}
	w.refuses(func(tx *roles.Tx) {
		tx.Unbind("pat", "super_user", leeds)
		tx.BindBetween("pat", "super_user", leeds, newYear, newYear.Add(time.Hour))
	}, one, "leeds", "from 2026-01-01T10:00:00Z on")
	w.refuses(func(tx *roles.Tx) { tx.AddUnit(authority("hull"), scope.Root()) }, one, "hull", "nobody holds super_user")
	w.refuses(func(tx *roles.Tx) { tx.RemoveUser("yan") }, one, "york", "authority york: ")

	w.hire("prue", acme, as("super_user"), s3)
	for _, take := range last {
		w.refuses(take, one, "leeds", "There must be a super user of the authority's own")
	}
	w.hire("sue", leeds, as("super_user"))
	for name, take := range last {
		_, err := w.directory.DryRun("system", func(tx *roles.Tx) error { take(tx); return nil })
		assert.NoError(w.t, err, "there is another super user: %s", name)
	}
}

func n15(w *world) {
	w.hire("sue", leeds, as("super_user"))
	remove := func(by, whom roles.UserID) error {
		_, err := w.by(by).DryRun(func(tx *roles.Tx) error { tx.RemoveUser(whom); return nil })
		return err
	}
	assert.NoError(w.t, remove("pat", "sue"))
	assert.NoError(w.t, remove("sue", "pat"))
	_, err := w.by("sue").Update(func(tx *roles.Tx) error { tx.RemoveUser("pat"); return nil })
	require.NoError(w.t, err)
	w.violates(remove("sue", "sue"), "at least one super user", "leeds", "nobody holds super_user")
	w.forbids(remove("yan", "sue"), "yan may not remove_user sue")
	w.hire("nia", leeds, as("monitor"))
	w.forbids(remove("nia", "sue"), "no role of nia grants user.remove")
	w.denies("pat", "user.view", scope.NewRef("account", "sue"), access.UnknownUser, `the directory knows no user "pat"`)
}

func n16(w *world) {
	w.hire("les", leeds, as("super_user", "ncmp_lead"), s1, s2, s3, s4)
	w.hire("max", leeds, as("super_user"), s1, s2, s3, s4)
	second := func(tx *roles.Tx) { tx.Bind("max", "ncmp_lead", leeds) }
	w.refuses(second, "at most one NCMP lead", "leeds", "There can be only one NCMP lead: les and max hold ncmp_lead")
	w.refuses(func(tx *roles.Tx) { tx.BindBetween("max", "ncmp_lead", leeds, newYear.Add(time.Hour), time.Time{}) },
		"at most one NCMP lead", "leeds", "from 2026-01-01T10:00:00Z on")
	_, err := HandOver(w.by("les"), "les", "max", leeds)
	require.NoError(w.t, err, "handed over with one change")
	w.must(func(tx *roles.Tx) { tx.Unbind("max", "ncmp_lead", leeds) })
	w.must(func(tx *roles.Tx) { tx.Bind("yan", "ncmp_lead", york) })
	w.must(second)
}

func n17(w *world) {
	const all = "the NCMP lead is a super user with all schools"
	w.hire("les", leeds, nil, s1, s2, s3)
	lead := func(tx *roles.Tx) { tx.Bind("les", "ncmp_lead", leeds) }
	super := func(tx *roles.Tx) { tx.Bind("les", "super_user", leeds) }
	rest := func(tx *roles.Tx) { tx.Assign("les", s4) }
	w.refuses(func(tx *roles.Tx) { rest(tx); lead(tx) }, all, "leeds",
		"The NCMP lead must be a super user and have all schools assigned", "les does not hold super_user")
	w.refuses(func(tx *roles.Tx) { super(tx); lead(tx) }, all, "leeds", "school:s4 is not assigned to les")
	w.must(func(tx *roles.Tx) { lead(tx); rest(tx); super(tx) })

	w.refuses(func(tx *roles.Tx) { tx.Unbind("les", "super_user", leeds) }, all, "leeds", "les does not hold super_user")
	w.refuses(func(tx *roles.Tx) { tx.Unassign("les", s2) }, all, "leeds", "school:s2 is not assigned to les")
	w.refuses(func(tx *roles.Tx) { tx.AddUnit(school("s5"), leeds) }, all, "leeds", "school:s5 is not assigned to les")
	w.must(func(tx *roles.Tx) { tx.AddUnit(school("s5"), leeds); tx.Assign("les", school("s5")) })
	w.must(func(tx *roles.Tx) { tx.AddUnit(school("y2"), york) })

	w.hire("lou", leeds, as("la_setup"))
	w.hire("max", leeds, as("la_setup", "super_user"))
	_, err := AddSchool(w.by("lou"), leeds, school("s6"))
	w.forbids(err, "lou may not assign school:s6 to les", "no role of lou grants user.assign_schools")
	_, err = AddSchool(w.by("max"), leeds, school("s6"))
	require.NoError(w.t, err, "added together with the lead's assignment")
	w.must(func(tx *roles.Tx) { tx.Unbind("les", "ncmp_lead", leeds); tx.Unassign("les", s2) })
	_, err = AddSchool(w.by("lou"), leeds, school("s7"))
	require.NoError(w.t, err, "no lead, no assignment")
}

func n18(w *world) {
	w.staff()
	w.mayChangeExactly("pat", "add_user", "add_user to acme", "remove_user", "remove_user from acme",
		"change_user", "change_user to acme", "change_user from acme", "bind", "bind in acme", "unbind", "unbind in acme",
		"assign.school", "assign.school in acme", "assign.school of acme in acme",
		"unassign.school", "unassign.school of acme", "unassign.school in acme", "unassign.school of acme in acme",
		"change_unit.school", "add_unit.provider", "remove_unit.provider")
	w.hire("mo", leeds, as("monitor", "super_monitor", "collector"), s1, s2)
	w.mayChangeExactly("mo")
	w.mayChangeExactly("nobody")
	w.hire("les", leeds, as("super_user", "ncmp_lead"), s1, s2, s3, s4)
	w.mayChangeExactly("les", "add_user", "add_user to acme", "remove_user", "remove_user from acme",
		"change_user", "change_user to acme", "change_user from acme", "bind", "bind in acme", "unbind", "unbind in acme",
		"assign.school", "assign.school in acme", "assign.school of acme in acme",
		"unassign.school", "unassign.school of acme", "unassign.school in acme", "unassign.school of acme in acme",
		"change_unit.school", "add_unit.provider", "remove_unit.provider", "change_unit.authority")

	before := w.directory.Snapshot()
	_, err := w.by("mo").Update(func(tx *roles.Tx) error {
		tx.AddUser(roles.User{ID: "new", Unit: leeds})
		tx.Bind("new", "super_user", leeds)
		tx.Assign("mo", s3)
		return nil
	})
	w.forbids(err, "mo may not add_user new: user.add: no role of mo grants user.add",
		"mo may not bind new as super_user at authority:leeds: user.assign_roles: no role of mo grants user.assign_roles",
		"mo may not assign school:s3 to mo: user.assign_schools: no role of mo grants user.assign_schools",
		"mo may not assign school:s3 to mo: school.hand_on: no role of mo grants school.hand_on")
	assert.Same(w.t, before, w.directory.Snapshot())
	_, err = w.by("mo").Update(func(tx *roles.Tx) error {
		tx.Bind("mo", "super_user", leeds)
		tx.Assign("mo", s3)
		return nil
	})
	w.forbids(err, "mo may not bind mo", "mo may not assign school:s3 to mo")
}

func n19(w *world) {
	const one = "a user works in one authority"
	w.hire("cy", leeds, as("collector"), s1)
	w.refuses(func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "cy", Unit: york}) }, one, "cy", "A user belongs to one authority at a time")
	w.refuses(func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "cy", Unit: york}); tx.Unassign("cy", s1) }, one, "cy", "cy holds collector at authority:leeds")
	w.refuses(func(tx *roles.Tx) {
		tx.ChangeUser(roles.User{ID: "cy", Unit: york})
		tx.Unbind("cy", "collector", leeds)
	}, one, "cy", "school:s1 is assigned to")
	w.refuses(func(tx *roles.Tx) { tx.Bind("cy", "collector", york) }, one, "cy", "cy holds collector at authority:york")
	w.refuses(func(tx *roles.Tx) { tx.BindBetween("cy", "collector", york, newYear.Add(time.Hour), time.Time{}) }, one, "cy", "cy holds collector at authority:york")
	w.refuses(func(tx *roles.Tx) { tx.Assign("cy", y1) }, one, "cy", "school:y1 is assigned to")
	w.refuses(func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "nowhere"}) }, one, "nowhere", "A user belongs to one authority at a time")
	move := func(tx *roles.Tx) {
		tx.Unbind("cy", "collector", leeds)
		tx.Unassign("cy", s1)
		tx.ChangeUser(roles.User{ID: "cy", Unit: york})
	}
	_, err := w.by("pat").DryRun(func(tx *roles.Tx) error { move(tx); return nil })
	w.forbids(err, "pat may not change_user cy: user.add", "not in authority:leeds")
	w.must(move)
	w.must(func(tx *roles.Tx) { tx.Bind("cy", "collector", york); tx.Assign("cy", y1) })
	w.mayExactly("cy", "pupil.grid y1", "pupil.view y1", "pupil.edit y1", "pupil.measure y1", "pupil.upload y1")
}
