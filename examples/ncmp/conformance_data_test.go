package main

import (
	"slices"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

func n23(w *world) {
	w.hire("les", leeds, as("super_user", "ncmp_lead"), s1, s2, s3, s4)
	finalise := func(user roles.UserID, attributes scope.Map) access.Decision {
		return w.engine.Decide(user, "submission.finalise", scope.Resource{Type: "authority", ID: "leeds", Attributes: attributes})
	}
	for _, warnings := range []int{1, 2, 1000, -1} {
		d := finalise("les", scope.Map{"warnings": warnings})
		assert.Equal(w.t, access.ConstraintUnmet, d.Reason())
		assert.Equal(w.t, `deny: role ncmp_lead (authority:leeds) grants submission.finalise; `+
			`constraint "no unsuppressed warnings" is not met: resource.warnings == 0`, d.String())
		assert.Equal(w.t, "The submission has unsuppressed warnings.", d.Message())
	}
	assert.Equal(w.t, access.ConstraintError, finalise("les", nil).Reason(), "nobody counted them")
	assert.True(w.t, finalise("les", scope.Map{"warnings": 0}).Allowed())
	assert.Equal(w.t, access.NoGrant, finalise("pat", scope.Map{"warnings": 0}).Reason(), "no warnings are no grant")
	w.hire("mo", leeds, as("monitor", "la_setup"))
	warned := scope.Resource{Type: "authority", ID: "leeds", Attributes: scope.Map{"warnings": 3}}
	for action, user := range map[roles.Action]roles.UserID{
		"submission.sign_off": "les", "submission.purge": "les", "extract.all": "les", "provider.add": "les", "provider.edit": "les",
		"provider.remove": "les", "school.list": "mo", "school.add": "mo", "school.remove": "mo", "indicator.view": "mo",
	} {
		assert.True(w.t, w.engine.Decide(user, action, warned).Allowed(), "%s does not need it", action)
	}
}

func n24(w *world) {
	w.hire("les", leeds, as("super_user", "ncmp_lead"), s1, s2, s3, s4)
	w.hire("cy", leeds, without(allRoles, ncmpLead), s1)
	w.must(func(tx *roles.Tx) { tx.Bind("yan", "collector", york) })
	open, york, lead := w.all("cy"), w.all("yan"), w.all("les")
	_, err := SignOff(w.by("les"), leeds, "2024/25")
	require.NoError(w.t, err)
	w.mayExactly("cy", open...)

	_, err = SignOff(w.by("les"), leeds, "2025/26")
	require.NoError(w.t, err)
	writing := []string{"pupil.edit p1", "pupil.measure p1", "pupil.upload s1"}
	assert.Subset(w.t, open, writing)
	w.mayExactly("cy", slices.DeleteFunc(slices.Clone(open), func(line string) bool { return slices.Contains(writing, line) })...)
	w.mayExactly("yan", york...)
	w.mayExactly("les", lead...)
	for _, action := range []roles.Action{"pupil.edit", "pupil.measure"} {
		w.denies("cy", action, p1, access.ConstraintUnmet, "role collector (authority:leeds) grants "+string(action)+
			` in scope assigned; constraint "the year of the record is not signed off" is not met: `+
			`!has(resource.authority.signed_off) || !(resource.year in resource.authority.signed_off)`)
	}
	assert.Equal(w.t, "The collection year is signed off.", w.decide("cy", "pupil.edit", p1).Message())
	assert.Equal(w.t, "The collection year is signed off.", w.decide("cy", "pupil.upload", s1).Message())

	pupil := scope.Resource{Type: "pupil", ID: "p1", Parent: s1}
	assert.Equal(w.t, access.ConstraintError, w.engine.Decide("cy", "pupil.edit", pupil).Reason(), "a record of nobody knows which year")
	assert.Equal(w.t, access.ConstraintError, w.engine.Decide("cy", "pupil.upload", w.resource(s1)).Reason(), "an upload for nobody knows which year")
	assert.True(w.t, w.engine.Decide("cy", "pupil.view", pupil).Allowed(), "reading goes on")

	next := scope.Map{"year": "2026/27"}
	for _, action := range []roles.Action{"pupil.edit", "pupil.measure"} {
		pupil.Attributes = next
		assert.True(w.t, w.engine.For("cy", year).Decide(action, pupil).Allowed(), "the next year's record, whatever is uploaded")
		pupil.Attributes = year
		assert.False(w.t, w.engine.For("cy", next).Decide(action, pupil).Allowed(), "this year's record, whatever is uploaded")
	}
	assert.True(w.t, w.engine.For("cy", next).Decide("pupil.upload", w.resource(s1)).Allowed(), "the next year's upload")
	pupil.Attributes = scope.Map{"year": "2024/25"}
	assert.False(w.t, w.engine.Decide("cy", "pupil.edit", pupil).Allowed(), "a year signed off before stays so")
	again, err := SignOff(w.by("les"), leeds, "2024/25")
	require.NoError(w.t, err)
	assert.Empty(w.t, again.Changes)
}

func without(all []roles.RoleID, one roles.RoleID) []roles.RoleID {
	return slices.DeleteFunc(slices.Clone(all), func(r roles.RoleID) bool { return r == one })
}
