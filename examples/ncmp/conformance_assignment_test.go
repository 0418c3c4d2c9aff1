package main

import (
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

func n09(w *world) {
	_, err := w.by("pat").Update(func(tx *roles.Tx) error { tx.AddUser(roles.User{ID: "nia", Unit: leeds}); return nil })
	require.NoError(w.t, err)
	assert.Empty(w.t, w.directory.Snapshot().Bindings("nia"))
	assert.Empty(w.t, w.directory.Snapshot().Assignments("nia"))
	w.mayExactly("nia")
	for _, unit := range []scope.Ref{leeds, york, s1} {
		for d := range w.engine.Capabilities("nia", w.resource(unit)) {
			assert.Equal(w.t, access.NoRole, d.Reason())
			assert.Equal(w.t, "deny: nia has no role assigned", d.String())
			assert.Equal(w.t, "You do not have access to this.", d.Message())
		}
	}
	w.must(func(tx *roles.Tx) { tx.Assign("nia", s1) })
	w.mayExactly("nia")
	w.must(func(tx *roles.Tx) { tx.Bind("nia", "monitor", leeds) })
	w.allows("nia", "school.list", leeds)
}

func n10(w *world) {
	now := w.directory.Snapshot()
	assert.Equal(w.t, []scope.Ref{s1, s2, s3}, now.Assignments("pat"), "all schools that there were at the start")
	assert.Equal(w.t, superUser, now.Bindings("pat")[0].Role)
	for _, later := range []roles.UserID{"sue", "nia"} {
		_, err := w.by("pat").Update(func(tx *roles.Tx) error {
			tx.AddUser(roles.User{ID: later, Unit: leeds})
			tx.Bind(later, "super_user", leeds)
			tx.Bind(later, "collector", leeds)
			return nil
		})
		require.NoError(w.t, err)
		assert.Empty(w.t, w.directory.Snapshot().Assignments(later))
		w.denies(later, "pupil.grid", s1, access.OutOfScope,
			"role collector (authority:leeds) grants pupil.grid in scope assigned; school:s1 is not assigned to "+string(later))
	}
	_, err := w.by("pat").Update(func(tx *roles.Tx) error { tx.Bind("pat", "collector", leeds); return nil })
	require.NoError(w.t, err)
	w.allows("pat", "pupil.grid", s1)
	w.denies("pat", "pupil.grid", s4, access.OutOfScope,
		"role collector (authority:leeds) grants pupil.grid in scope assigned; school:s4 is not assigned to pat")
}

func n11(w *world) {
	pupilActions := []roles.Action{"pupil.view", "pupil.edit", "pupil.measure"}
	none := func(why access.Reason, words string) {
		for _, action := range pupilActions {
			w.denies("cy", action, p1, why, strings.ReplaceAll(words, "ACTION", string(action)))
		}
		w.mayExactly("cy")
	}
	w.hire("cy", leeds, as("collector"))
	none(access.OutOfScope, "role collector (authority:leeds) grants ACTION in scope assigned; school:s1 is not assigned to cy")
	w.must(func(tx *roles.Tx) { tx.Assign("cy", s1) })
	for _, action := range pupilActions {
		w.allows("cy", action, p1)
	}
	assert.Equal(w.t, "allow: role collector (authority:leeds) grants pupil.edit in scope assigned, school:s1 is assigned to cy",
		w.decide("cy", "pupil.edit", p1).String())

	_, err := w.by("pat").Update(func(tx *roles.Tx) error { tx.Unassign("cy", s1); return nil })
	require.NoError(w.t, err)
	none(access.OutOfScope, "role collector (authority:leeds) grants ACTION in scope assigned; school:s1 is not assigned to cy")
	w.must(func(tx *roles.Tx) { tx.Assign("cy", s1); tx.Unbind("cy", "collector", leeds) })
	none(access.NoRole, "cy has no role assigned")
	w.must(func(tx *roles.Tx) { tx.Bind("cy", "super_user", leeds) })
	w.denies("cy", "pupil.edit", p1, access.NoGrant, "no role of cy grants pupil.edit")

	w.hire("mo", leeds, as("collector"), s1)
	w.allows("mo", "pupil.edit", p1)
	for _, in := range []scope.Resource{
		{Type: "authority", ID: "leeds"}, {Type: "provider", ID: "acme"}, {Type: "account", ID: "mo", Parent: leeds}, {Type: "school", ID: "s9"},
	} {
		d := w.engine.Decide("mo", "pupil.edit", scope.Resource{Type: "pupil", ID: "p1", In: &in})
		assert.Equal(w.t, access.MalformedResource, d.Reason(), "a pupil is in a school of the list: %s", d)
	}
}

func n12(w *world) {
	tallies := map[string]Tally{
		s1.ID: {Eligible: 100, Measured: 90, BlankPostcodes: 1}, s2.ID: {Eligible: 50, Measured: 30, BlankPostcodes: 20},
		s3.ID: {Eligible: 7, Measured: 7}, s4.ID: {Eligible: 1000}, y1.ID: {Eligible: 10000},
	}
	indicators := func(user roles.UserID) (Tally, int) {
		total, schools, err := Indicators(w.engine.For(user, nil), tallies)
		require.NoError(w.t, err)
		return total, schools
	}
	seen := func(user roles.UserID, want Tally, schools int) {
		total, counted := indicators(user)
		assert.Equal(w.t, want, total, "what %s sees", user)
		assert.Equal(w.t, schools, counted)
	}
	w.hire("mo", leeds, as("monitor"), s1, s2)
	w.hire("sam", leeds, as("super_monitor"), s3)
	w.hire("ned", leeds, as("monitor"))
	w.hire("cy", leeds, as("collector", "la_setup"), s1)
	w.allows("mo", "indicator.view", leeds)
	seen("mo", Tally{Eligible: 150, Measured: 120, BlankPostcodes: 21}, 2)
	assert.Equal(w.t, 80, Tally{Eligible: 150, Measured: 120}.Participation())
	seen("sam", Tally{Eligible: 7, Measured: 7}, 1)
	seen("ned", Tally{}, 0)
	seen("cy", Tally{}, 0)
	w.must(func(tx *roles.Tx) { tx.Unassign("mo", s2) })
	seen("mo", Tally{Eligible: 100, Measured: 90, BlankPostcodes: 1}, 1)

	for _, user := range w.directory.Snapshot().Users() {
		session := w.engine.For(user, nil)
		counted, err := session.Units("indicator.count")
		require.NoError(w.t, err)
		for _, s := range []scope.Ref{s1, s2, s3, s4, y1} {
			assert.Equal(w.t, session.Decide("indicator.count", w.resource(s)).Allowed(), slices.Contains(counted, s.ID),
				"the list of %s has what the decision allows, and no more: %s", user, s)
		}
	}
}

// areas are the tabs of the screen, each with the actions behind it.
var areas = []struct {
	area    string
	actions []roles.Action
}{
	{"Schools", []roles.Action{"school.list", "school.add", "school.remove", "school.eligible"}},
	{"Pupil data", []roles.Action{"pupil.grid", "pupil.view", "pupil.edit", "pupil.measure", "pupil.upload"}},
	{"Monitoring & submissions", []roles.Action{"indicator.view", "indicator.count", "indicator.pupil",
		"submission.finalise", "submission.sign_off", "submission.purge"}},
	{"Extract", []roles.Action{"extract.all"}},
	{"Manage users", []roles.Action{"user.view", "user.add", "user.remove", "user.assign_roles", "user.appoint_lead",
		"user.assign_schools", "school.hand_on", "provider.add", "provider.edit", "provider.remove", "provider.assign"}},
}

func n13(w *world) {
	w.hire("mo", leeds, as("monitor"), s1)
	w.hire("cy", leeds, as("collector", "super_user"), s1)
	for _, unit := range []scope.Ref{leeds, york} {
		w.screenIsWhole("mo", unit)
		w.screenIsWhole("cy", unit)
	}
	w.shows("mo", s1, lines(`
		school.eligible denied
		pupil.grid denied
		pupil.view denied
		pupil.edit denied
		pupil.measure denied
		pupil.upload denied
		indicator.count allowed
		indicator.pupil denied
		school.hand_on denied`)...)
	w.shows("cy", s1, lines(`
		school.eligible denied
		pupil.grid allowed
		pupil.view allowed
		pupil.edit allowed
		pupil.measure allowed
		pupil.upload allowed
		indicator.count denied
		indicator.pupil denied
		school.hand_on allowed`)...)
	w.greyedOut("mo", "Pupil data", "Extract", "Manage users")
	w.greyedOut("cy", "Schools", "Monitoring & submissions", "Extract")
}

// screenIsWhole asserts that the screen of a unit has every area and action, in
// the order of the policy, each with a title, an answer and a reason: what is
// greyed out is not hidden.
func (w *world) screenIsWhole(user roles.UserID, unit scope.Ref) {
	catalog := w.engine.Policy().Catalog()
	all := slices.Collect(w.engine.For(user, year).Capabilities(w.resource(unit)))
	for _, tab := range areas {
		for _, action := range tab.actions {
			if !assert.NotEmpty(w.t, all, "%s is on the screen", action) {
				return
			}
			d := all[0]
			all = all[1:]
			require.Equal(w.t, action, d.Action())
			right, _ := catalog.Right(action)
			assert.Equal(w.t, tab.area, right.Privilege().Area, "the area of %s", action)
			assert.NotEmpty(w.t, right.Privilege().Title)
			assert.NotEmpty(w.t, d.Why())
			if right.Privilege().On == unit.Type {
				assert.Equal(w.t, w.decide(user, action, unit).Answer(), d.Answer(), "as decided: %s", d)
			}
		}
	}
	assert.Empty(w.t, all, "what the areas do not name")
}

// shows asserts the answers on the screen of a resource, in order.
func (w *world) shows(user roles.UserID, ref scope.Ref, want ...string) {
	var got []string
	for d := range w.engine.For(user, year).Capabilities(w.resource(ref)) {
		got = append(got, string(d.Action())+" "+d.Answer().String())
	}
	assert.Equal(w.t, want, got, "the screen of %s for %s", ref, user)
}

// greyedOut asserts which tabs a user's screen of leeds shows disabled: those
// of which every action is denied.
func (w *world) greyedOut(user roles.UserID, want ...string) {
	enabled := map[string]bool{}
	for d := range w.engine.For(user, year).Capabilities(w.resource(leeds)) {
		right, _ := w.engine.Policy().Catalog().Right(d.Action())
		enabled[right.Privilege().Area] = enabled[right.Privilege().Area] || d.Answer() != access.Denied
	}
	var grey []string
	for _, tab := range areas {
		if on, shown := enabled[tab.area]; shown && !on {
			grey = append(grey, tab.area)
		}
	}
	assert.Equal(w.t, want, grey, "the tabs that are greyed out for %s", user)
}
