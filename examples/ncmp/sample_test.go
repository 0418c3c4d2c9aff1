package main

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/examples/internal/console"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// openSample opens the sample as the program does.
func openSample(t *testing.T) *program {
	var opened *program
	peek := *app
	peek.Commands = []console.Command{command("peek", "", 0, 0, func(p *program, _ []string) (int, error) { opened = p; return console.Yes, nil })}
	require.Zero(t, peek.Run(console.World{Stdout: io.Discard, Stderr: io.Discard, Clock: func() time.Time { return newYear }}, nil))
	return opened
}

func TestTheSampleIsLargeEnoughToBeReal(t *testing.T) {
	s := openSample(t)
	now := s.Directory.Snapshot()
	assert.Len(t, now.Units("authority", scope.Root()), 2)
	assert.Len(t, now.Units("provider", scope.Root()), 1)
	assert.Len(t, now.Units("school", scope.Root()), 58)
	assert.GreaterOrEqual(t, len(now.Users()), 12)
	assert.Empty(t, s.Policy.ValidateAll(now, newYear))

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
	for _, role := range s.Policy.Roles() {
		assert.NotEmpty(t, now.BindingsOf(role.ID), "somebody holds %s", role.ID)
	}
}

func TestTheRecordsAreOfTheSample(t *testing.T) {
	s := openSample(t)
	now := s.Directory.Snapshot()
	for _, school := range now.Units("school", scope.Root()) {
		tally := s.records.tallies[school.ID]
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
	before := s.Directory.Snapshot()
	for _, a := range refused() {
		_, err := s.Engine.Admin(a.by, nil).Update(func(tx *roles.Tx) error { a.make(tx); return nil })
		assert.Error(t, err, "%s %s", a.by, a.what)
	}
	assert.Same(t, before, s.Directory.Snapshot())
}
