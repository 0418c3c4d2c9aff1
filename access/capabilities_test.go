package access_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

const clocked = `
policy: clocked
resources: {center: {unit: true, attributes: {opens: timestamp}}, case: {in: center}}
privileges: {early: {on: center}, late: {on: center}, see: {on: case}}
scopes: {open: resource.opens < now, free: "!assigned(resource)", all: "true"}
roles:
  clerk: {grants: [{privileges: [early, late], scope: open}, {privileges: [see], scope: free}]}
`

// A clock that panics denies what it was asked for, and nothing else.
func TestAClockThatPanicsOnceDeniesOnce(t *testing.T) {
	p, center := parse(t, clocked), scope.NewRef("center", "c1")
	opens := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	broken := true
	engine := access.New(p, newDirectory(t, p, reference.World{
		Units:    []roles.Unit{{Ref: center, Parent: scope.Root(), Attributes: scope.Map{"opens": opens}}},
		Users:    []roles.User{{ID: "ann"}},
		Bindings: []roles.Binding{{User: "ann", Role: "clerk", Unit: center}},
	}), &access.Options{Clock: func() time.Time {
		if broken {
			broken = false
			panic("no time")
		}
		return opens.Add(time.Hour)
	}})
	var reasons []access.Reason
	for d := range engine.Capabilities("ann", scope.Resource{Type: "center", ID: "c1"}) {
		reasons = append(reasons, d.Reason())
	}
	require.Equal(t, []access.Reason{access.Failed, access.Granted, access.Granted}, reasons)
}

// Capabilities are made anew each time that they are gone through: by many at once,
// one within the other, up to the first, in a loop that panics; and what was kept of
// them says later what it said.
func TestCapabilitiesCanBeGoneThroughInAnyWay(t *testing.T) {
	engine := newSwift(t)
	session := engine.For("ann", nil)
	resources := []scope.Resource{
		{}, {Type: "center", ID: "c1"}, {Type: "center", ID: "c1", Attributes: scope.Map{"open": true}},
		{Type: "case", Parent: scope.NewRef("center", "c1")},
		{Type: "case", ID: "7", Parent: scope.NewRef("center", "c1"), Attributes: scope.Map{"status": "open", "signed_off": false}},
		{Type: "case", ID: "8"}, {Type: "cse", ID: "8"},
	}
	say := func(d access.Decision) string { return fmt.Sprintln(d.Action(), d.Resource(), d, d.Evidence()) }
	through := func(r scope.Resource) (text string) {
		for d := range session.Capabilities(r) {
			text += say(d)
		}
		return text
	}
	var want []string
	for _, r := range resources {
		want = append(want, through(r))
	}
	var all sync.WaitGroup
	for i, r := range resources {
		all.Go(func() {
			seq, kept := session.Capabilities(r), []access.Decision{}
			for d := range seq {
				kept = append(kept, d)
				for j := range resources {
					if through(resources[j]) != want[j] {
						t.Errorf("%v within %v is not what it is alone", resources[j], r)
					}
				}
				for range seq {
					break
				}
				func() {
					defer func() { _ = recover() }()
					for range seq {
						panic("in the loop")
					}
				}()
			}
			text := ""
			for _, d := range kept {
				text += say(d)
			}
			if text != want[i] {
				t.Errorf("kept of %v: %s\nwant %s", r, text, want[i])
			}
		})
	}
	all.Wait()
}

// Of what has no id yet the sentences say its type.
func TestADenialOfWhatHasNoIdYetNamesItsType(t *testing.T) {
	p := parse(t, clocked)
	engine := access.New(p, nil, nil)
	ann := roles.Principal{User: roles.User{ID: "ann"}, Bindings: []roles.Binding{{Role: "clerk", Unit: scope.NewRef("center", "c2")}}}
	for d := range engine.ForPrincipal(ann, nil).Capabilities(scope.Resource{Type: "case", Parent: scope.NewRef("center", "c1")}) {
		require.Equal(t, "deny: role clerk (center:c2) grants see in scope free; the case is not in center:c2", d.String())
	}
}

// Of what can be nowhere in the unit of a binding, asked about anywhere, it says so of the root.
func TestADenialAnywhereNamesTheRoot(t *testing.T) {
	p := parse(t, `{policy: two, resources: {region: {unit: true}, school: {unit: true, in: region}}, privileges: {region.view: {on: region}}, scopes: {all: "true"}, roles: {reader: {grants: [{privileges: region.view, scope: all}]}}}`)
	ann := roles.Principal{User: roles.User{ID: "ann"}, Bindings: []roles.Binding{{Role: "reader", Unit: scope.NewRef("school", "s1")}}}
	for d := range access.New(p, nil, nil).ForPrincipal(ann, nil).Capabilities(scope.Resource{}) {
		require.Equal(t, "deny: role reader (school:s1) grants region.view; root is not in school:s1", d.String())
	}
}
