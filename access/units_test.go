package access_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// Units are those that Decide allows, each once and in order, by whatever ways
// they are reached, with constraints and without.
func TestUnitsAreThoseThatDecideAllows(t *testing.T) {
	bath, site := scope.NewRef("authority", "bath"), scope.NewRef("site", "l1")
	school := func(id string) scope.Ref { return scope.NewRef("school", id) }
	w := reference.World{
		Units: []roles.Unit{{Ref: leeds, Parent: scope.Root()}, {Ref: york, Parent: scope.Root()}, {Ref: bath, Parent: scope.Root()}},
		Users: []roles.User{{ID: "ann"}},
	}
	for id, parent := range map[string]scope.Ref{"l1": leeds, "l2": leeds, "l3": leeds, "y1": york, "b1": bath, "b2": bath} {
		w.Units = append(w.Units, roles.Unit{Ref: school(id), Parent: parent, Attributes: scope.Map{"open": id != "l1" && id != "b2"}})
	}
	w.Units = append(w.Units, roles.Unit{Ref: site, Parent: school("l2")})
	ways := map[string][]roles.Binding{
		"none":                      nil,
		"all of one":                {{Role: "all", Unit: leeds}},
		"what is assigned":          {{Role: "hers", Unit: scope.Root()}},
		"assigned in one":           {{Role: "hers", Unit: leeds}},
		"assigned, on a condition":  {{Role: "both", Unit: scope.Root()}},
		"assigned on conditions":    {{Role: "twice", Unit: scope.Root()}},
		"what is open":              {{Role: "open", Unit: scope.Root()}},
		"all of one, and assigned":  {{Role: "all", Unit: york}, {Role: "hers", Unit: scope.Root()}},
		"all, and what is open":     {{Role: "all", Unit: york}, {Role: "open", Unit: leeds}, {Role: "open", Unit: scope.Root()}},
		"by everything there is":    {{Role: "all", Unit: leeds}, {Role: "open", Unit: leeds}, {Role: "hers", Unit: leeds}, {Role: "both", Unit: bath}},
		"not assigned":              {{Role: "others", Unit: scope.Root()}},
		"what is above is assigned": {{Role: "above", Unit: scope.Root()}},
		"what was assigned":         {{Role: "hers", Unit: scope.Root(), Until: now}, {Role: "all", Unit: york}},
		"what will be all":          {{Role: "all", Unit: scope.Root(), From: time.Now().Add(time.Hour)}, {Role: "hers", Unit: leeds}},
	}
	schools := []scope.Ref{school("l1"), school("l2"), scope.NewRef("pupil", "p")}
	hands := [][]scope.Ref{nil, schools, {bath, school("l1")}, {school("l2"), site}, {bath, site}, {bath, school("b1"), school("y1"), site}}
	for _, constraint := range []string{"true", "resource.open", "assigned(resource)", "false", ""} {
		constraints := ""
		if constraint != "" {
			constraints = "constraints: [{name: c, on: [list], require: \"" + constraint + "\"}]"
		}
		p := parse(t, `
policy: units
resources:
  authority: {unit: true}
  school: {unit: true, in: authority, attributes: {open: bool}}
  site: {unit: true, in: school}
  pupil: {in: school}
privileges: {list: {on: school}}
scopes: {all: "true", hers: assigned(resource), open: resource.open, mine: assigned(resource) && resource.open, others: "!assigned(resource)", above: assigned(resource.authority)}
roles:
  all: {grants: [{privileges: list, scope: all}]}
  hers: {grants: [{privileges: list, scope: hers}]}
  both: {grants: [{privileges: list, scope: open, when: assigned(resource)}]}
  open: {grants: [{privileges: list, scope: open}]}
  twice: {grants: [{privileges: list, scope: mine, when: resource.open}]}
  others: {grants: [{privileges: list, scope: others}]}
  above: {grants: [{privileges: list, scope: above}]}
`+constraints)
		for name, bindings := range ways {
			for _, assigned := range hands {
				w.Bindings, w.Assignments = nil, nil
				for _, ref := range assigned {
					w.Assignments = append(w.Assignments, roles.Assignment{User: "ann", Resource: ref})
				}
				for _, b := range bindings {
					b.User = "ann"
					w.Bindings = append(w.Bindings, b)
				}
				engine := access.New(p, newDirectory(t, p, w), nil)
				var want []string
				for _, id := range []string{"b1", "b2", "gone", "l1", "l2", "l3", "y1"} {
					if engine.Decide("ann", "list", scope.Resource{Type: "school", ID: id}).Allowed() {
						want = append(want, id)
					}
				}
				got, err := engine.For("ann", nil).Units("list")
				require.NoError(t, err)
				require.Equal(t, fmt.Sprint(want), fmt.Sprint(got), "%s of %v, with the constraint %q", name, assigned, constraint)
			}
		}
	}
}

// What is kept of a user's assignments between questions is of one state of the
// units: the next question sees what changed.
func TestUnitsSeeWhatChanged(t *testing.T) {
	p := parse(t, `
policy: changing
resources: {school: {unit: true, attributes: {open: bool}}}
privileges: {list: {on: school}}
scopes: {hers: assigned(resource) && resource.open}
roles: {hers: {grants: [{privileges: list, scope: hers}]}}
`)
	directory := newDirectory(t, p, reference.World{
		Units:       []roles.Unit{{Ref: s1, Parent: scope.Root(), Attributes: scope.Map{"open": true}}},
		Users:       []roles.User{{ID: "ann"}},
		Bindings:    []roles.Binding{{User: "ann", Role: "hers", Unit: scope.Root()}},
		Assignments: []roles.Assignment{{User: "ann", Resource: s1}},
	})
	engine := access.New(p, directory, nil)
	for i := range 6 {
		for range 2 {
			units, err := engine.For("ann", nil).Units("list")
			require.NoError(t, err)
			require.Equal(t, i%2 == 0, len(units) == 1, "after %d changes", i)
		}
		update(t, directory, func(tx *roles.Tx) { tx.SetUnitAttributes(s1, scope.Map{"open": i%2 == 1}) })
	}
}

// What Units needs for one unit it needs no more for the next, also where an engine's
// policy is not the very one of the directory, but equal to it.
func TestUnitsTakesNoRoomThatItKeeps(t *testing.T) {
	const text = `
policy: roomy
resources: {school: {unit: true, attributes: {open: bool}}}
privileges: {list: {on: school}}
scopes: {open: resource.open}
roles: {reader: {grants: [{privileges: list, scope: open}]}}
`
	p, n := parse(t, text), 20_000
	directory, err := roles.LoadDirectory(p, nil, nil, func(tx *roles.Tx) error {
		tx.AddUser(roles.User{ID: "ann"})
		tx.Bind("ann", "reader", scope.Root())
		for i := range n {
			unit := scope.NewRef("school", fmt.Sprint(i))
			tx.AddUnit(unit, scope.Root())
			tx.SetUnitAttributes(unit, scope.Map{"open": i%2 == 0})
		}
		return nil
	})
	require.NoError(t, err)
	_, err = access.New(p, directory, nil).For("ann", nil).Units("list")
	require.NoError(t, err, "and the directory keeps what it knows of its units")
	engine := access.New(parse(t, text), directory, nil)
	heap := func() int {
		runtime.GC() // one leaves what is in pools where it is
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := heap()
	units, err := engine.For("ann", nil).Units("list")
	require.NoError(t, err)
	require.Len(t, units, n/2)
	require.Less(t, heap()-before, 20*n)
	runtime.KeepAlive(engine)
}
