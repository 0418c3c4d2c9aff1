package main

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

func n20(w *world) {
	bolt := provider("bolt")
	_, err := w.by("pat").Update(func(tx *roles.Tx) error { tx.AddUnit(bolt, leeds); return nil })
	require.NoError(w.t, err)
	_, err = Allocate(w.by("pat"), s1, bolt)
	require.NoError(w.t, err)
	w.hire("mo", leeds, as("monitor", "collector", "la_setup"))
	for _, user := range []roles.UserID{"mo", "yan"} {
		_, err = w.by(user).Update(func(tx *roles.Tx) error { tx.AddUnit(provider("cord"), leeds); return nil })
		w.forbids(err, string(user)+" may not add_unit provider:cord in authority:leeds: provider.add")
		_, err = Allocate(w.by(user), s2, bolt)
		w.forbids(err, string(user)+" may not change_unit school:s2 in authority:leeds: provider.edit")
	}

	const known = "schools are allocated to providers of the authority"
	w.refuses(func(tx *roles.Tx) { tx.SetUnitAttributes(s2, scope.Map{"provider": "cord"}) }, known, "leeds", "only to a provider of its authority: it is not so for school:s2")
	w.refuses(func(tx *roles.Tx) { tx.SetUnitAttributes(y1, scope.Map{"provider": "bolt"}) }, known, "york", "only to a provider of its authority: it is not so for school:y1")

	const all = "a provider's super user has all its schools"
	w.hire("bea", leeds, as("super_user"))
	w.hire("cy", leeds, as("collector"))
	w.refuses(func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "bea", Unit: bolt}) }, all, "leeds",
		"A super user of a provider must have all its schools assigned", "school:s1 is not assigned to bea")
	for _, user := range []roles.UserID{"bea", "cy"} {
		_, err = JoinProvider(w.by("pat"), user, bolt)
		require.NoError(w.t, err)
	}
	assert.Equal(w.t, []scope.Ref{s1}, w.directory.Snapshot().Assignments("bea"), "a super user gets all of the provider's schools")
	assert.Empty(w.t, w.directory.Snapshot().Assignments("cy"), "others do not")
	w.refuses(func(tx *roles.Tx) { tx.Unassign("bea", s1) }, all, "leeds", "school:s1 is not assigned to bea")
	w.refuses(func(tx *roles.Tx) { tx.SetUnitAttributes(s2, scope.Map{"provider": "bolt"}) }, all, "leeds", "school:s2 is not assigned to bea")
	_, err = Allocate(w.by("pat"), s2, bolt)
	require.NoError(w.t, err)
	assert.Equal(w.t, []scope.Ref{s1, s2}, w.directory.Snapshot().Assignments("bea"))

	_, err = JoinProvider(w.by("pat"), "bea", acme)
	require.NoError(w.t, err)
	u, _ := w.directory.Snapshot().User("bea")
	assert.Equal(w.t, acme, u.Unit, "a user belongs to one provider: the new one, no longer the old one")
	assert.NotContains(w.t, w.directory.Snapshot().Members(bolt), roles.UserID("bea"))
	remove := func() error {
		_, err := w.by("pat").Update(func(tx *roles.Tx) error { tx.RemoveUnit(bolt); return nil })
		return err
	}
	err = remove()
	require.ErrorIs(w.t, err, roles.ErrInUse)
	assert.Contains(w.t, err.Error(), "users belong to it: cy")
	_, err = JoinProvider(w.by("pat"), "cy", acme)
	require.NoError(w.t, err)
	w.violates(remove(), known, "leeds", "only to a provider of its authority")
	w.must(func(tx *roles.Tx) { tx.SetUnitAttributes(s1, nil); tx.SetUnitAttributes(s2, nil) })
	assert.NoError(w.t, remove(), "without users and schools")
}

func n21(w *world) {
	w.staff()
	w.hire("prue", acme, as("super_user"), s1, s3)
	w.hire("mo", leeds, as("monitor"))
	w.mayExactly("prue", lines(providerSuperUserMay)...)
	w.mayChangeExactly("prue", "add_user to acme", "remove_user from acme", "bind in acme", "unbind in acme",
		"assign.school of acme in acme", "unassign.school of acme in acme")
	hand := func(by, to roles.UserID, s scope.Ref) error {
		_, err := w.by(by).Update(func(tx *roles.Tx) error { tx.Assign(to, s); return nil })
		return err
	}
	assert.NoError(w.t, hand("prue", "nod", s3), "a school of the provider")
	w.forbids(hand("prue", "noa", s2), "prue may not assign school:s2 to noa: school.hand_on: role super_user (authority:leeds) grants school.hand_on in scope own_schools")
	w.forbids(hand("prue", "prue", s2), "prue may not assign school:s2 to prue: school.hand_on")
	w.denies("prue", "school.hand_on", s1, access.OutOfScope, "role super_user (authority:leeds) grants school.hand_on in scope own_schools; "+
		"!has(user.provider) || has(resource.provider) && resource.provider == user.provider.id does not hold")
	w.forbids(hand("prue", "mo", s3), "prue may not assign school:s3 to mo: user.assign_schools")
	_, err := Allocate(w.by("prue"), s2, acme)
	w.forbids(err, "prue may not change_unit school:s2", "provider.edit")
	_, err = w.by("prue").Update(func(tx *roles.Tx) error { tx.ChangeUser(roles.User{ID: "prue", Unit: leeds}); return nil })
	w.forbids(err, "prue may not change_user prue: provider.assign")
	assert.NoError(w.t, hand("pat", "noa", s2), "a super user of the authority hands on any of its schools")

	w.hire("ivo", acme, as("super_user"), s1, s2, s3, s4)
	appoint := func(by roles.UserID) error {
		_, err := w.by(by).Update(func(tx *roles.Tx) error { tx.Bind("ivo", "ncmp_lead", leeds); return nil })
		return err
	}
	dismiss := func(by roles.UserID) error {
		_, err := w.by(by).Update(func(tx *roles.Tx) error { tx.Unbind("ivo", "ncmp_lead", leeds); return nil })
		return err
	}
	w.forbids(appoint("prue"), "prue may not bind ivo as ncmp_lead at authority:leeds: user.appoint_lead")
	require.NoError(w.t, appoint("pat"))
	w.forbids(dismiss("prue"), "prue may not unbind ivo as ncmp_lead at authority:leeds: user.appoint_lead")
	assert.NoError(w.t, dismiss("pat"))
}

func n22(w *world) {
	w.hire("prue", acme, as("super_user"), s1, s2, s3, s4)
	assert.Empty(w.t, w.hire("mo", acme, as("monitor")).Warnings, "who is no lead")
	commit, err := w.by("pat").Update(func(tx *roles.Tx) error { tx.Bind("prue", "ncmp_lead", leeds); return nil })
	require.NoError(w.t, err, "reported, not refused")
	if assert.Len(w.t, commit.Warnings, 1) {
		assert.Equal(w.t, roles.Warn, commit.Warnings[0].Severity)
		assert.Equal(w.t, "authority leeds: The NCMP lead is expected to work for the authority, not for a provider: prue holds ncmp_lead",
			commit.Warnings[0].Error())
	}
	w.mayExactly("prue", append(lines(leadMay), lines(providerSuperUserMay)...)...)
	_, err = SignOff(w.by("prue"), leeds, "2024/25")
	require.NoError(w.t, err, "a lead like any other")
	w.must(func(tx *roles.Tx) { tx.Unbind("prue", "ncmp_lead", leeds) })

	quiet := w.hire("les", leeds, as("super_user", "ncmp_lead"), s1, s2, s3, s4)
	assert.Empty(w.t, quiet.Warnings, "a lead of the authority's own")
	commit = w.must(func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "les", Unit: acme}) })
	assert.Len(w.t, commit.Warnings, 1, "also when the lead joins a provider")
}
