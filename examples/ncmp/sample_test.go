package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

func openSample(t *testing.T) *service {
	s, err := open(&options{}, func() time.Time { return newYear })
	require.NoError(t, err)
	return s
}

func TestTheSampleIsLargeEnoughToBeReal(t *testing.T) {
	s := openSample(t)
	now := s.directory.Snapshot()
	assert.Len(t, now.Units("authority", scope.Root()), 2)
	assert.Len(t, now.Units("provider", scope.Root()), 1)
	assert.Len(t, now.Units("school", scope.Root()), 58)
	assert.GreaterOrEqual(t, len(now.Users()), 12)
	assert.Empty(t, s.policy.ValidateAll(now, newYear))

	several, provided, nothing, inactive := false, false, false, false
	for _, id := range now.Users() {
		u, _ := now.User(id)
		several = several || len(now.Bindings(id)) > 1
		nothing = nothing || len(now.Bindings(id))+len(now.Assignments(id)) == 0
		provided = provided || u.Unit.Type == "provider"
		inactive = inactive || u.Inactive
	}
	assert.True(t, several, "somebody holds several roles")
	assert.True(t, nothing, "somebody is new")
	assert.True(t, provided, "somebody is of the provider")
	assert.True(t, inactive, "somebody has left")
	for _, role := range s.policy.Roles() {
		assert.NotEmpty(t, now.BindingsOf(role.ID), "somebody holds %s", role.ID)
	}
}

func TestTheRecordsAreOfTheSample(t *testing.T) {
	s := openSample(t)
	now := s.directory.Snapshot()
	for _, school := range now.Units("school", scope.Root()) {
		tally := s.records.tallies[school]
		assert.NotEmpty(t, s.records.names[school], "%s has a name", school)
		assert.Positive(t, tally.Eligible, "%s", school)
		assert.LessOrEqual(t, tally.Measured, tally.Eligible, "%s", school)
		assert.LessOrEqual(t, tally.BlankPostcodes, tally.Measured, "%s", school)
	}
	assert.Len(t, s.records.tallies, 58)
	assert.Len(t, s.records.pupils, 116)
	for id, pupil := range s.records.pupils {
		assert.True(t, now.Contains(scope.Root(), pupil.school), "%s is in %s", id, pupil.school)
		assert.NotEmpty(t, pupil.year)
	}
	for _, unit := range now.Units("authority", scope.Root()) {
		assert.Contains(t, s.records.warnings, unit)
	}
}

// The tour's changes are those of the people they are said to be of.
func TestWhatTheTourRefusesLeavesNoTrace(t *testing.T) {
	s := openSample(t)
	before := s.directory.Snapshot()
	for _, a := range refused(s) {
		_, err := s.engine.Admin(a.by, nil).Update(func(tx *roles.Tx) error { a.make(tx); return nil })
		assert.Error(t, err, "%s %s", a.by, a.what)
	}
	assert.Same(t, before, s.directory.Snapshot())
}

func TestAttributesAreTypedAtATerminal(t *testing.T) {
	for _, c := range []struct {
		as, text string
		want     any
	}{
		{"string", "2025/26", "2025/26"},
		{"int", "-7", int64(-7)},
		{"uint", "7", uint64(7)},
		{"double", "0.5", 0.5},
		{"bool", "true", true},
		{"duration", "1h30m", 90 * time.Minute},
		{"timestamp", "2026-01-01T09:00:00Z", newYear},
		{"list(string)", "a,b", []any{"a", "b"}},
		{"list(int)", "1,2", []any{int64(1), int64(2)}},
		{"", "undeclared", "undeclared"},
	} {
		got, err := typed(c.as, c.text)
		require.NoError(t, err)
		assert.Equal(t, c.want, got, c.as)
	}
	for as, text := range map[string]string{
		"int": "1.5", "uint": "-1", "double": "x", "bool": "maybe", "duration": "1", "timestamp": "today", "list(int)": "1,x",
	} {
		_, err := typed(as, text)
		assert.Error(t, err, "%s is not of type %s", text, as)
	}
}
