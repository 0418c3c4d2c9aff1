package main

import (
	"maps"
	"slices"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

func n01(w *world) {
	var titles []string
	var ids []roles.RoleID
	for _, r := range w.directory.Snapshot().Roles() {
		titles, ids = append(titles, r.Name), append(ids, r.ID)
	}
	assert.Equal(w.t, []string{"Monitor", "Super monitor", "Collector", "LA setup", "NCMP lead", "Super user"}, titles)
	require.Equal(w.t, allRoles, ids)
	w.refuses(func(tx *roles.Tx) { tx.AddRole(roles.Role{ID: "auditor", Unit: leeds}) },
		"there are six roles", "auditor", "There are six roles")

	w.hire("two", leeds, as("collector", "monitor"), s1)
	w.mayExactly("two", lines(`
		school.list leeds
		pupil.grid s1
		pupil.view p1
		pupil.edit p1
		pupil.measure p1
		pupil.upload s1
		indicator.view leeds
		indicator.count s1`)...)
	w.must(func(tx *roles.Tx) { tx.Unbind("two", "collector", leeds) })
	w.mayExactly("two", lines(`
		school.list leeds
		indicator.view leeds
		indicator.count s1`)...)

	w.hire("six", leeds, allRoles, s1, s2, s3, s4)
	single := map[string]bool{}
	for _, role := range allRoles {
		held := as(role)
		if role == ncmpLead {
			held = as(role, superUser) // nobody is lead alone
		}
		one := newWorld(w.t, w.engine.Policy())
		one.hire("one", leeds, held, s1, s2, s3, s4)
		for _, line := range one.all("one") {
			single[line] = true
		}
	}
	assert.ElementsMatch(w.t, slices.Collect(maps.Keys(single)), w.all("six"), "what any of the roles allows, and no more")
}

func n02(w *world) {
	w.hire("mo", leeds, as("monitor"), s1)
	w.mayExactly("mo", lines(`
		school.list leeds
		indicator.view leeds
		indicator.count s1`)...)
	for _, action := range []roles.Action{"school.add", "school.remove"} {
		w.denies("mo", action, leeds, access.NoGrant, "no role of mo grants "+string(action))
	}
	for _, action := range []roles.Action{"school.eligible", "pupil.grid", "pupil.upload"} {
		w.denies("mo", action, s1, access.NoGrant, "no role of mo grants "+string(action))
	}
	for _, action := range []roles.Action{"pupil.view", "indicator.pupil"} {
		w.denies("mo", action, p1, access.NoGrant, "no role of mo grants "+string(action))
	}
	w.greyedOut("mo", "Pupil data", "Extract", "Manage users")
	w.sameInProvider("mo", as("monitor"), s1)
}

// sameInProvider asserts that somebody of a provider who has the same roles and
// schools may do the same.
func (w *world) sameInProvider(user roles.UserID, held []roles.RoleID, schools ...scope.Ref) {
	w.hire("pro", acme, held, schools...)
	w.mayExactly("pro", w.all(user)...)
}

func n03(w *world) {
	w.hire("mo", leeds, as("monitor"), s1)
	w.hire("sam", leeds, as("super_monitor"), s1)
	w.mayExactly("sam", lines(`
		school.list leeds
		indicator.view leeds
		indicator.count s1
		indicator.pupil p1`)...)
	assert.Subset(w.t, w.all("sam"), w.all("mo"), "all of Monitor")
	w.denies("sam", "pupil.grid", s1, access.NoGrant, "no role of sam grants pupil.grid")
	w.denies("sam", "pupil.upload", s1, access.NoGrant, "no role of sam grants pupil.upload")
	w.denies("sam", "indicator.pupil", p2, access.OutOfScope,
		"role super_monitor (authority:leeds) grants indicator.pupil in scope assigned; school:s2 is not assigned to sam")
	w.greyedOut("sam", "Pupil data", "Extract", "Manage users")
	w.sameInProvider("sam", as("super_monitor"), s1)
}

func n04(w *world) {
	w.hire("cy", leeds, as("collector"), s1, s3)
	w.mayExactly("cy", lines(`
		pupil.grid s1 s3
		pupil.view p1 p3
		pupil.edit p1 p3
		pupil.measure p1 p3
		pupil.upload s1 s3`)...)
	w.denies("cy", "pupil.grid", s2, access.OutOfScope,
		"role collector (authority:leeds) grants pupil.grid in scope assigned; school:s2 is not assigned to cy")
	w.denies("cy", "school.add", leeds, access.NoGrant, "no role of cy grants school.add")
	w.denies("cy", "school.eligible", s1, access.NoGrant, "no role of cy grants school.eligible")
	w.greyedOut("cy", "Schools", "Monitoring & submissions", "Extract", "Manage users")
	w.sameInProvider("cy", as("collector"), s1, s3)
}

func n05(w *world) {
	w.hire("lou", leeds, as("la_setup"), s1)
	w.mayExactly("lou", lines(`
		school.list leeds
		school.add leeds
		school.remove leeds
		school.eligible s1 s2 s3 s4`)...)
	w.staff()
	w.mayChangeExactly("lou", "add_unit.school", "remove_unit.school")
	_, err := w.by("lou").DryRun(func(tx *roles.Tx) error { tx.RemoveUnit(s1); return nil })
	assert.NoError(w.t, err, "with all its assignments: pat has s1")
	w.denies("lou", "pupil.grid", s1, access.NoGrant, "no role of lou grants pupil.grid")
	w.denies("lou", "indicator.view", leeds, access.NoGrant, "no role of lou grants indicator.view")
	w.greyedOut("lou", "Pupil data", "Monitoring & submissions", "Extract", "Manage users")
	w.sameInProvider("lou", as("la_setup"), s1)
}

// superUserMay is all that a super user of leeds may do.
var superUserMay = lines(`
	user.view pat temp
	user.add pat temp
	user.remove pat temp
	user.assign_roles pat temp
	user.appoint_lead pat temp
	user.assign_schools pat temp
	school.hand_on s1 s2 s3 s4
	provider.add leeds
	provider.edit leeds
	provider.remove leeds
	provider.assign pat temp`)

// leadMay is what NCMP lead adds to that.
const leadMay = `
	submission.finalise leeds
	submission.sign_off leeds
	submission.purge leeds
	extract.all leeds`

func n06(w *world) {
	w.hire("les", leeds, as("super_user", "ncmp_lead"), s1, s2, s3, s4)
	w.mayExactly("les", append(lines(leadMay), superUserMay...)...)
	w.hire("sue", leeds, as("super_user"), s1, s2, s3, s4)
	w.mayExactly("sue", superUserMay...)
	w.denies("sue", "submission.finalise", leeds, access.NoGrant, "no role of sue grants submission.finalise")
	w.denies("les", "submission.finalise", york, access.OutsideUnit,
		"role ncmp_lead (authority:leeds) grants submission.finalise; authority:york is not in authority:leeds")
	_, err := SignOff(w.by("sue"), leeds, "2025/26")
	w.forbids(err, "sue may not change_unit authority:leeds", "no role of sue grants submission.sign_off")
	_, err = SignOff(w.by("les"), leeds, "2025/26")
	assert.NoError(w.t, err)
}

// providerSuperUserMay is all that a super user of acme may do.
const providerSuperUserMay = `
	user.view temp
	user.add temp
	user.remove temp
	user.assign_roles temp
	user.assign_schools temp
	school.hand_on s3`

func n07(w *world) {
	w.hire("sue", leeds, as("super_user"), s1)
	w.mayExactly("sue", superUserMay...)
	w.denies("sue", "pupil.view", p1, access.NoGrant, "no role of sue grants pupil.view")
	w.greyedOut("sue", "Schools", "Pupil data", "Monitoring & submissions", "Extract")

	_, err := w.by("sue").Update(func(tx *roles.Tx) error {
		tx.AddUser(roles.User{ID: "cy", Unit: leeds})
		tx.Bind("cy", "collector", leeds)
		tx.Assign("cy", s2)
		tx.Bind("sue", "collector", leeds)
		tx.Assign("sue", s2)
		return nil
	})
	require.NoError(w.t, err, "adds users, gives roles and schools, to themselves too")
	w.allows("cy", "pupil.edit", p2)
	w.allows("sue", "pupil.edit", p2)
	_, err = w.by("sue").Update(func(tx *roles.Tx) error { tx.RemoveUser("cy"); return nil })
	assert.NoError(w.t, err, "removes users with all that they have")
}

func n08(w *world) {
	w.hire("sue", leeds, as("super_user"), s1)
	w.denies("sue", "user.add", scope.NewRef("account", "yan"), access.OutsideUnit,
		"role super_user (authority:leeds) grants user.add in scope own_people; account:yan is not in authority:leeds")
	w.mayExactly("yan", lines(`
		user.view yan
		user.add yan
		user.remove yan
		user.assign_roles yan
		user.appoint_lead yan
		user.assign_schools yan
		school.hand_on y1
		provider.add york
		provider.edit york
		provider.remove york
		provider.assign yan`)...)
	w.hire("six", leeds, allRoles, s1, s2, s3, s4)
	for _, line := range w.all("six") {
		for _, other := range []string{" york", " y1", " yan"} {
			assert.NotContains(w.t, line, other, "who holds every role in leeds may do nothing in york")
		}
	}
	w.staff()
	w.mayChangeExactly("yan", "add_user to york")
	const one = "a user works in one authority"
	w.refuses(func(tx *roles.Tx) { tx.Assign("nia", y1) }, one, "nia", "school:y1 is assigned to")
	for _, role := range allRoles {
		for _, unit := range []scope.Ref{s1, acme, scope.Root()} {
			_, err := w.update(func(tx *roles.Tx) { tx.Bind("nia", role, unit) })
			assert.ErrorIs(w.t, err, roles.ErrInvalid, "%s can be held at an authority only, not at %s", role, unit)
		}
		w.refuses(func(tx *roles.Tx) { tx.Bind("nia", role, york) }, one, "nia", "nia holds "+string(role)+" at authority:york")
	}
}
