// The race detector makes pools forget at random, so that what is taken from them
// is made anew: nothing can be said of allocations then.

//go:build !race

package access_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

type swiftCase struct {
	ID        string `bailiwick:",id"`
	Center    string `bailiwick:",parent=center"`
	Status    string `bailiwick:"status"`
	SignedOff bool   `bailiwick:"signed_off"`
	Count     int    `bailiwick:"count"`
}

// A decision allocates nothing, allowed or not, with conditions or without, by
// names or in a session.
func TestADecisionAllocatesNothing(t *testing.T) {
	engine := newSwift(t)
	session := engine.For("ann", nil)
	center := scope.NewRef("center", "c1")
	bare := scope.Resource{Type: "case", ID: "7", Parent: center}
	full := bare
	full.Attributes = scope.Map{"status": "open", "signed_off": false}
	of, err := scope.StructOf[swiftCase](engine.Policy().Types(), "case")
	require.NoError(t, err)
	right := func(action roles.Action) roles.Right {
		right, _ := engine.Policy().Catalog().Right(action)
		return right
	}
	file := &swiftCase{ID: "7", Center: "c1", Status: "open"}
	bound := of.Resource(file)
	other := scope.Resource{Type: "case", ID: "8", Parent: center}
	for _, c := range []struct {
		name     string
		action   roles.Action
		resource scope.Resource
		want     access.Reason
	}{
		{"a grant", "plain", bare, access.Granted},
		{"an assignment", "assigned", bare, access.Granted},
		{"what is not assigned", "assigned", other, access.OutOfScope},
		{"a constraint on attributes in a map", "limited", full, access.Granted},
		{"a constraint on fields of a struct", "limited", bound, access.Granted},
		{"a constraint without its attributes", "limited", bare, access.ConstraintError},
		{"the user's and the unit's attributes", "graded", bare, access.Granted},
	} {
		require.Equal(t, c.want, engine.Decide("ann", c.action, c.resource).Reason(), c.name)
		require.Zero(t, testing.AllocsPerRun(200, func() { engine.Decide("ann", c.action, c.resource) }), "%s, by names", c.name)
		require.Zero(t, testing.AllocsPerRun(200, func() { session.Decide(c.action, c.resource) }), "%s, in a session", c.name)
		target, err := session.Target(c.resource)
		require.NoError(t, err)
		asked := right(c.action)
		require.Equal(t, c.want, session.DecideOn(asked, target).Reason(), c.name)
		require.Zero(t, testing.AllocsPerRun(200, func() { session.DecideOn(asked, target) }), "%s, on a target", c.name)
	}
	require.Zero(t, testing.AllocsPerRun(200, func() { engine.Decide("ann", "limited", of.Resource(file)) }), "a struct that becomes a resource")
}

const ready = `
policy: ready
resources:
  center: {unit: true, attributes: {tags: list(string)}}
  case:   {in: center, attributes: {owners: list(string)}}
privileges: {visit: {on: center}, list: {on: center}, tagged: {on: center}, see: {on: case}, own: {on: case}}
scopes: {all: "true", assigned: assigned(resource), tagged: has(resource.tags), owned: has(resource.owners)}
roles:
  clerk:
    grants:
      - {privileges: [list, see], scope: all}
      - {privileges: [visit], scope: assigned}
      - {privileges: [tagged], scope: tagged}
      - {privileges: [own], scope: owned}
`

// All that a screen asks allocates as much for many actions and units as for few:
// what is looked at is kept.
func TestManyAnswersAllocateNoMoreThanFew(t *testing.T) {
	p := parse(t, ready)
	w := reference.World{Users: []roles.User{{ID: "ann"}, {ID: "bob"}}}
	for i := range 50 {
		ref := scope.NewRef("center", fmt.Sprint(i))
		w.Units = append(w.Units, roles.Unit{Ref: ref, Parent: scope.Root(), Attributes: scope.Map{"tags": []string{"a", "b"}}})
		w.Assignments = append(w.Assignments, roles.Assignment{User: "ann", Resource: ref})
	}
	w.Assignments = append(w.Assignments, roles.Assignment{User: "bob", Resource: w.Units[0].Ref})
	for _, u := range w.Users {
		w.Bindings = append(w.Bindings, roles.Binding{User: u.ID, Role: "clerk", Unit: scope.Root()})
	}
	engine := access.New(p, newDirectory(t, p, w), nil)
	ann, bob := engine.For("ann", nil), engine.For("bob", nil)
	allocations := func(ask func()) float64 {
		ask()
		return testing.AllocsPerRun(100, ask)
	}
	units := func(s *access.Session, want int) func() {
		return func() {
			if units, err := s.Units("visit"); len(units) != want || err != nil {
				t.Fatalf("%v, %v", units, err)
			}
		}
	}
	require.Equal(t, allocations(units(bob, 1)), allocations(units(ann, 50)), "units")
	require.LessOrEqual(t, allocations(units(ann, 50)), 3.0, "units: the list, and what may hold it")
	require.Equal(t, 1.0, allocations(func() {
		if units, err := engine.For("ann", nil).Units("visit"); len(units) != 50 || err != nil {
			t.Fatalf("%v, %v", units, err)
		}
	}), "units: the list, and no session")
	require.Zero(t, allocations(func() { engine.For("ann", nil).Decide("visit", scope.Resource{Type: "center", ID: "1"}) }), "a session of one question")

	full := scope.Map{"owners": []string{"ann", "bob"}}
	for _, r := range []scope.Resource{
		{Type: "center", ID: "1"}, {Type: "case", ID: "1", Parent: w.Units[0].Ref, Attributes: full},
	} {
		require.Zero(t, allocations(func() {
			for d := range ann.Capabilities(r) {
				_ = d.Allowed()
			}
		}), "capabilities of %v", r)
	}
	require.Zero(t, allocations(func() {
		ann.Decide("own", scope.Resource{Type: "case", ID: "1", Parent: w.Units[0].Ref, Attributes: full})
	}), "a list that was given")
	require.Zero(t, allocations(func() { ann.Decide("tagged", scope.Resource{Type: "center", ID: "1"}) }), "a list of a unit")
}

func BenchmarkDecideBy(b *testing.B) {
	engine := newSwift(b)
	session := engine.For("ann", nil)
	r := scope.Resource{Type: "case", ID: "7", Parent: scope.NewRef("center", "c1"), Attributes: scope.Map{"status": "open", "signed_off": false}}
	for _, action := range []roles.Action{"plain", "assigned", "limited", "graded"} {
		b.Run(string(action)+"/names", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				engine.Decide("ann", action, r)
			}
		})
		b.Run(string(action)+"/session", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				session.Decide(action, r)
			}
		})
	}
}
