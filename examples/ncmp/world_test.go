package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

var (
	leeds, york, acme = authority("leeds"), authority("york"), provider("acme")
	s1, s2, s3, s4    = school("s1"), school("s2"), school("s3"), school("s4")
	y1                = school("y1")
	p1, p2            = scope.NewRef("pupil", "p1"), scope.NewRef("pupil", "p2")
	newYear           = time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	year              = scope.Map{"year": "2025/26"}
)

// A world is a small programme under one policy. The authority leeds has the
// schools s1 and s2, then s3, which is allocated to its provider acme, and s4,
// which was added later and is nobody's. The authority york has the school y1.
// Their primary super users are pat and yan.
type world struct {
	t         require.TestingT
	directory *roles.Directory
	engine    *access.Engine
}

func newWorld(t require.TestingT, p *policy.Policy) *world {
	clock := func() time.Time { return newYear }
	directory, err := roles.NewDirectory(p, &roles.Options{Clock: clock})
	require.NoError(t, err)
	w := &world{t, directory, access.New(p, directory, &access.Options{Clock: clock})}
	_, err = Provision(directory, leeds, []scope.Ref{s1, s2, s3}, "pat")
	require.NoError(t, err)
	_, err = Provision(directory, york, []scope.Ref{y1}, "yan")
	require.NoError(t, err)
	w.must(func(tx *roles.Tx) {
		tx.AddUnit(acme, leeds)
		tx.SetUnitAttributes(s3, scope.Map{"provider": "acme"})
		tx.AddUnit(s4, leeds)
	})
	require.Empty(t, p.ValidateAll(directory.Snapshot(), newYear), "the world as it is breaks nothing")
	return w
}

func (w *world) update(fn func(tx *roles.Tx)) (roles.Commit, error) {
	return w.directory.Update("system", func(tx *roles.Tx) error { fn(tx); return nil })
}

// must makes changes that nobody refuses.
func (w *world) must(fn func(tx *roles.Tx)) roles.Commit {
	commit, err := w.update(fn)
	require.NoError(w.t, err)
	return commit
}

// hire adds a user with roles, held at the authority, and with schools.
func (w *world) hire(id roles.UserID, unit scope.Ref, held []roles.RoleID, schools ...scope.Ref) roles.Commit {
	return w.must(func(tx *roles.Tx) { hire(tx, id, unit, held, schools...) })
}

func hire(tx *roles.Tx, id roles.UserID, unit scope.Ref, held []roles.RoleID, schools ...scope.Ref) {
	tx.AddUser(roles.User{ID: id, Unit: unit})
	at := unit
	if unit.Type == "provider" {
		at, _, _ = tx.Snapshot().Locate(unit)
	}
	for _, role := range held {
		tx.Bind(id, role, at)
	}
	for _, s := range schools {
		tx.Assign(id, s)
	}
}

func as(held ...roles.RoleID) []roles.RoleID { return held }

// refuses asserts that a change is refused because the invariant would break
// for the unit or user, in these words, and that nothing changed.
func (w *world) refuses(fn func(tx *roles.Tx), invariant, subject string, words ...string) {
	before := w.directory.Snapshot()
	_, err := w.update(fn)
	w.violates(err, invariant, subject, words...)
	assert.Same(w.t, before, w.directory.Snapshot(), "a refused change leaves no trace")
}

func (w *world) violates(err error, invariant, subject string, words ...string) {
	var broken *roles.Violation
	if assert.ErrorAs(w.t, err, &broken, "want the invariant %q to refuse it", invariant) {
		assert.Equal(w.t, invariant, broken.Invariant)
		assert.Equal(w.t, subject, broken.Subject)
		for _, some := range words {
			assert.Contains(w.t, broken.Error(), some)
		}
	}
}

// resource is the resource of a reference with what the application knows of it:
// the pupil p1 is in the school s1, and so on, and their records are of 2025/26;
// an authority's submission has no warnings; an account is in the unit of its
// user.
func (w *world) resource(ref scope.Ref) scope.Resource {
	r := scope.Resource{Type: ref.Type, ID: ref.ID}
	switch ref.Type {
	case "pupil":
		r.Parent, r.Attributes = school("s"+ref.ID[1:]), year
		if ref.ID[0] == 'y' {
			r.Parent = school(ref.ID)
		}
	case "authority":
		r.Attributes = scope.Map{"warnings": 0}
	case "account":
		r.Parent = acme
		if u, ok := w.directory.Snapshot().User(roles.UserID(ref.ID)); ok {
			r.Parent = u.Unit
		}
	}
	return r
}

// everything is what the world's questions are about. No user has the account
// temp, which would be in acme.
func everything() []scope.Ref {
	refs := []scope.Ref{leeds, york, s1, s2, s3, s4, y1}
	for _, id := range []string{"p1", "p2", "p3", "p4", "y1"} {
		refs = append(refs, scope.NewRef("pupil", id))
	}
	for _, id := range []string{"pat", "temp", "yan"} {
		refs = append(refs, scope.NewRef("account", id))
	}
	return refs
}

func (w *world) decide(user roles.UserID, action roles.Action, ref scope.Ref) access.Decision {
	return w.engine.For(user, year).Decide(action, w.resource(ref))
}

// mayExactly asserts all that a user may do to everything: each line is an
// action and what it may be done to, in the order of the policy. What is not
// there is denied.
func (w *world) mayExactly(user roles.UserID, want ...string) {
	assert.Equal(w.t, want, w.all(user), "all that %s may do", user)
}

func (w *world) all(user roles.UserID) []string {
	var lines []string
	session := w.engine.For(user, year)
	for _, privilege := range w.engine.Policy().Catalog().Privileges() {
		line := privilege.Name
		for _, ref := range everything() {
			if ref.Type == privilege.On && session.Decide(roles.Action(privilege.Name), w.resource(ref)).Allowed() {
				line += " " + ref.ID
			}
		}
		if line != privilege.Name {
			lines = append(lines, line)
		}
	}
	return lines
}

func (w *world) allows(user roles.UserID, action roles.Action, ref scope.Ref) {
	d := w.decide(user, action, ref)
	assert.True(w.t, d.Allowed(), "%s: %s to %s: %s", user, action, ref, d)
}

// denies asserts that something is denied, with its reason and in these words
// to administrators.
func (w *world) denies(user roles.UserID, action roles.Action, ref scope.Ref, reason access.Reason, words string) {
	d := w.decide(user, action, ref)
	assert.Equal(w.t, reason, d.Reason(), "%s: %s to %s: %s", user, action, ref, d)
	assert.Equal(w.t, "deny: "+words, d.String())
}

// by returns the hands of a user.
func (w *world) by(user roles.UserID) *access.Admin { return w.engine.Admin(user, nil) }

// steps are changes of every kind, each possible by itself, each by the name
// under which the policy's administration section knows it. They are made of
// people whom staff hires.
var steps = []struct {
	name string
	make func(tx *roles.Tx)
}{
	{"add_user", func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "new", Unit: leeds}) }},
	{"add_user to acme", func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "new", Unit: acme}) }},
	{"remove_user", func(tx *roles.Tx) { tx.RemoveUser("nia") }},
	{"remove_user from acme", func(tx *roles.Tx) { tx.RemoveUser("noa") }},
	{"change_user", func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "nia", Unit: leeds, Inactive: true}) }},
	{"change_user to acme", func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "nia", Unit: acme}) }},
	{"change_user from acme", func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "noa", Unit: leeds}) }},
	{"bind", func(tx *roles.Tx) { tx.Bind("nia", "monitor", leeds) }},
	{"bind in acme", func(tx *roles.Tx) { tx.Bind("noa", "monitor", leeds) }},
	{"unbind", func(tx *roles.Tx) { tx.Unbind("nia", "collector", leeds) }},
	{"unbind in acme", func(tx *roles.Tx) { tx.Unbind("noa", "collector", leeds) }},
	{"assign.school", func(tx *roles.Tx) { tx.Assign("nia", s1) }},
	{"assign.school in acme", func(tx *roles.Tx) { tx.Assign("noa", s2) }},
	{"assign.school of acme in acme", func(tx *roles.Tx) { tx.Assign("nod", s3) }},
	{"assign.pupil", func(tx *roles.Tx) { tx.Assign("nia", p1) }},
	{"assign.authority", func(tx *roles.Tx) { tx.Assign("nia", leeds) }},
	{"unassign.school", func(tx *roles.Tx) { tx.Unassign("nia", s2) }},
	{"unassign.school of acme", func(tx *roles.Tx) { tx.Unassign("nia", s3) }},
	{"unassign.school in acme", func(tx *roles.Tx) { tx.Unassign("noa", s1) }},
	{"unassign.school of acme in acme", func(tx *roles.Tx) { tx.Unassign("noa", s3) }},
	{"unassign.pupil", func(tx *roles.Tx) { tx.Unassign("nia", p2) }},
	{"unassign.authority", func(tx *roles.Tx) { tx.Unassign("nod", leeds) }},
	{"add_unit.school", func(tx *roles.Tx) { tx.AddUnit(school("s5"), leeds) }},
	{"remove_unit.school", func(tx *roles.Tx) { tx.RemoveUnit(s4) }},
	{"change_unit.school", func(tx *roles.Tx) { tx.SetUnitAttributes(s4, scope.Map{"provider": "acme"}) }},
	{"add_unit.provider", func(tx *roles.Tx) { tx.AddUnit(provider("bolt"), leeds) }},
	{"remove_unit.provider", func(tx *roles.Tx) { tx.RemoveUnit(provider("idle")) }},
	{"change_unit.authority", func(tx *roles.Tx) { tx.SetUnitAttributes(leeds, scope.Map{"signed_off": []string{"2024/25"}}) }},
	{"add_unit.authority", func(tx *roles.Tx) {
		tx.AddUnit(authority("hull"), scope.Root())
		hire(tx, "hal", authority("hull"), as("super_user"))
	}},
	{"add_unit.school in york", func(tx *roles.Tx) { tx.AddUnit(school("y2"), york) }},
	{"add_user to york", func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "new", Unit: york}) }},
}

// staff hires nia in leeds, noa and nod in acme, with what can be taken away
// from them, and adds the provider idle.
func (w *world) staff() {
	w.must(func(tx *roles.Tx) {
		tx.AddUnit(provider("idle"), leeds)
		hire(tx, "nia", leeds, as("collector"), s2, s3, p2)
		hire(tx, "noa", acme, as("collector"), s1, s3)
		hire(tx, "nod", acme, as("collector"), leeds)
	})
}

// mayChangeExactly asserts which steps a user may take. All others are
// forbidden.
func (w *world) mayChangeExactly(user roles.UserID, want ...string) {
	var may []string
	for _, step := range steps {
		_, err := w.by(user).DryRun(func(tx *roles.Tx) error { step.make(tx); return nil })
		var forbidden *access.Forbidden
		switch {
		case err == nil:
			may = append(may, step.name)
		case !errors.As(err, &forbidden):
			may = append(may, fmt.Sprintf("%s, but: %v", step.name, err))
		}
	}
	assert.Equal(w.t, want, may, "all that %s may change", user)
}

// lines splits a table into its lines, without the blanks around each.
func lines(table string) []string {
	var all []string
	for line := range strings.Lines(strings.TrimSpace(table)) {
		all = append(all, strings.Join(strings.Fields(line), " "))
	}
	return all
}

var allRoles = as("monitor", "super_monitor", "collector", "la_setup", "ncmp_lead", "super_user")
