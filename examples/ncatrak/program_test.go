package main

import (
	"flag"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/examples/internal/console"
	"github.com/bailiwick-authz/bailiwick/examples/internal/transcript"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

var update = flag.Bool("update", false, "rewrite the answers in testdata/*.txt")

// TestTranscripts holds the program against the transcripts in testdata.
func TestTranscripts(t *testing.T) { transcript.Test(t, "ncatrak", run, *update) }

// run runs the program, at the beginning of 2026.
var run transcript.Program = func(arguments []string, stdout, stderr io.Writer) int {
	return app.Run(console.World{Stdout: stdout, Stderr: stderr, Clock: func() time.Time { return newYear }}, arguments)
}

// openSample opens the sample as the program does.
func openSample(t *testing.T) *program {
	var opened *program
	peek := *app
	peek.Commands = []console.Command{command("peek", "", 0, 0, func(p *program, _ []string) (int, error) { opened = p; return console.Yes, nil })}
	require.Zero(t, peek.Run(console.World{Stdout: io.Discard, Stderr: io.Discard, Clock: func() time.Time { return newYear }}, nil))
	return opened
}

func TestTheSampleIsLargeEnoughToBeReal(t *testing.T) {
	p := openSample(t)
	now := p.Directory.Snapshot()
	centers := now.Units("center", scope.Root())
	require.Len(t, centers, 2)
	assert.Empty(t, p.Policy.ValidateAll(now, newYear))
	assert.GreaterOrEqual(t, len(now.Users()), 12)

	names, numbers := map[string]int{}, map[string]int{}
	for _, at := range centers {
		assert.Greater(t, len(now.Units("agency", at)), 1, "%s has several agencies", at)
		for _, r := range now.RolesOf(at) {
			names[r.Name]++
		}
		for _, number := range append(p.records.Cases(at.ID), p.records.People(at.ID)...) {
			numbers[number]++
		}
	}
	for _, name := range []string{"Data Entry", "CPS Investigator"} {
		assert.Equal(t, 2, names[name], "both centers have a role %s", name)
	}
	for _, number := range []string{"1001", "1002", "p1", "p2"} {
		assert.Equal(t, 2, numbers[number], "both centers have a %s", number)
	}
	for _, name := range []string{"Reports Manager", "Case Coordinator", "Forensic Interviewer"} {
		assert.Positive(t, names[name], "somebody has a role %s", name)
	}
	several, inactive, scopes := false, false, map[string]bool{}
	for _, id := range now.Users() {
		u, _ := now.User(id)
		several = several || len(now.Bindings(id)) > 1
		inactive = inactive || u.Inactive
		for _, b := range now.Bindings(id) {
			r, _ := now.Role(b.Role)
			scopes[r.Scope] = true
		}
	}
	assert.True(t, several, "somebody holds several roles")
	assert.True(t, inactive, "somebody has left")
	assert.Equal(t, map[string]bool{"own": true, "agency": true, "all": true}, scopes)
}

func TestTheRecordsAreOfTheSample(t *testing.T) {
	p := openSample(t)
	now := p.Directory.Snapshot()
	for _, c := range p.records.cases {
		for _, id := range append(c.Personnel, c.Denied...) {
			u, ok := now.User(id)
			assert.True(t, ok, "case %s names %s", c.Number, id)
			assert.Equal(t, center(c.Center), centerOf(now, u), "case %s of %s names %s", c.Number, c.Center, id)
		}
	}
	alone := 0
	for _, person := range p.records.people {
		assert.NotEmpty(t, person.Name)
		for _, number := range person.Cases {
			assert.Contains(t, p.records.cases, [2]string{person.Center, number})
		}
		if len(person.Cases) == 0 {
			alone++
		}
	}
	assert.Positive(t, alone, "somebody is on no case")
	for _, line := range p.records.agenda {
		assert.NotEmpty(t, line.Name)
		assert.Contains(t, p.records.people[[2]string{line.Center, line.Person}].Cases, line.Case)
	}
}

// The roles of the sample are what the roles page makes of them.
func TestTheRolesOfTheSampleAreOfThePage(t *testing.T) {
	p := openSample(t)
	now := p.Directory.Snapshot()
	for _, r := range now.Roles() {
		if r.Fixed {
			continue
		}
		page := privilegesOf(p.Policy, now, r)
		_, err := p.Directory.DryRun("system", func(tx *roles.Tx) error { return setPrivileges(tx, r.ID, page) })
		require.NoError(t, err)
		again := r
		page.write(&again, p.Policy.Catalog())
		assert.ElementsMatch(t, permissions(p, r), permissions(p, again), "%s", r.ID)
	}
}

func permissions(p *program, r roles.Role) []string {
	var all []string
	for _, permission := range p.Policy.Permissions(r) {
		all = append(all, string(permission.Right.Action())+" in scope "+permission.Scope.Name())
	}
	return all
}

func TestNoLineIsLongerThanATerminal(t *testing.T) {
	for _, arguments := range [][]string{nil, {"help"}, {"role", "Security Officer"}, {"case", "fay", "1002"}, {"may", "sven"}, {"agenda", "cora"}} {
		for line := range strings.Lines(run.Answer(arguments)) {
			assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), console.Width, "%v: %q", arguments, line)
		}
	}
}

func TestTheTourIsNoWall(t *testing.T) {
	n := strings.Count(run.Answer(nil), "\n")
	assert.Greater(t, n, 80)
	assert.Less(t, n, 155)
}
