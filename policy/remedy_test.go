package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/roles"
)

// catalogue is a policy with these privileges on one type, and nothing else.
func catalogue(t require.TestingT, privileges []Privilege) *Policy {
	for i := range privileges {
		privileges[i].On = "thing"
	}
	p, err := Compile(Document{
		Policy: "catalogue", Resources: []Resource{{Name: "thing"}}, Privileges: privileges,
		Scopes: []Scope{{Name: "all", When: "true"}},
	}, nil)
	require.NoError(t, err)
	return p
}

// lacked says what a role lacks that holds these actions.
func lacked(p *Policy, held ...roles.Action) []string {
	var all []string
	for _, short := range p.shortfalls([]roles.Role{{Scope: "all", Grants: []roles.Grant{{Privileges: held}}}}) {
		all = append(all, short.String())
	}
	return all
}

func TestARefusalOffersTheSmallestSetsOfChanges(t *testing.T) {
	levels := []string{"view", "update"}
	p := catalogue(t, []Privilege{
		{Name: "medical", Levels: levels},
		{Name: "details", Levels: levels, Requires: []roles.Action{"medical.view"}},
		{Name: "images", Levels: levels, Requires: []roles.Action{"details.view"}},
		{Name: "general", Levels: levels},
		{Name: "delete", Requires: []roles.Action{"general.update"}},
		{Name: "audit", Requires: []roles.Action{"delete"}},
		{Name: "create"},
		{Name: "ids", Requires: []roles.Action{"create", "general.update"}},
	})
	for held, want := range map[string][]string{
		"": nil,
		"images.view details.update medical.view": nil,
		"details.view":               {"details.view requires medical.view: grant medical.view too, or take details away"},
		"images.update medical.view": {"images.update requires details.view: grant details.view too, or take images away"},
		"images.view":                {"images.view requires details.view: grant details.view and medical.view too, or take images away"},
		"images.view details.view":   {"details.view requires medical.view: grant medical.view too"},
		"delete":                     {"delete requires general.update: grant general.update too, or take delete away"},
		"delete general.view":        {"delete requires general.update: grant general.update too, or take delete away"},
		"delete audit general.view":  {"delete requires general.update: grant general.update too"},
		"ids":                        {"ids requires create and general.update: grant create and general.update too, or take ids away"},
		"ids delete":                 {"delete requires general.update; ids requires create and general.update: grant create and general.update too, or take delete and ids away"},
		"ids delete audit":           {"delete requires general.update; ids requires create and general.update: grant create and general.update too, or grant general.update too and take ids away"},
		"images.view details.view delete": {
			"delete requires general.update: grant general.update too, or take delete away",
			"details.view requires medical.view: grant medical.view too",
		},
	} {
		var actions []roles.Action
		for _, word := range strings.Fields(held) {
			actions = append(actions, roles.Action(word))
		}
		assert.Equal(t, want, lacked(p, actions...), "%s", held)
	}
}

// Every cure makes the role valid; the first takes nothing away, and no set of
// changes is smaller than the last.
func TestCuresAreTheSmallestThatThereAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "privileges")
		var privileges []Privilege
		for i := range n {
			privilege := Privilege{Name: fmt.Sprintf("p%d", i), Levels: []string{"low", "high"}}
			for j := range i {
				if level := rapid.IntRange(0, 3).Draw(t, "requires"); level < 2 {
					privilege.Requires = append(privilege.Requires, roles.Action(fmt.Sprintf("p%d.%s", j, privilege.Levels[level])))
				}
			}
			privileges = append(privileges, privilege)
		}
		p := catalogue(t, privileges)
		before := make([]int, n)
		for i := range before {
			before[i] = rapid.IntRange(0, 2).Draw(t, "held")
		}
		shortfalls := p.shortfalls([]roles.Role{{Scope: "all", Grants: []roles.Grant{{Privileges: p.actionsOf(before)}}}})
		require.Equal(t, len(p.lacking(p.levelsOf(before))) == 0, len(shortfalls) == 0)
		first, last, changes := slices.Clone(before), slices.Clone(before), 0
		for _, short := range shortfalls {
			require.Empty(t, short.cures[0].take, "the first keeps everything")
			least := short.cures[len(short.cures)-1]
			p.apply(short.cures[0], first)
			p.apply(least, last)
			changes += len(least.grant) + len(least.take)
		}
		require.Empty(t, p.lacking(p.levelsOf(first)), "the first cures")
		require.Empty(t, p.lacking(p.levelsOf(last)), "the last cures")
		require.Equal(t, p.fewest(before), changes, "no set of changes is smaller")
	})
}

// actionsOf and levelsOf are what somebody holds who holds each privilege at a
// level, from 0 for none.
func (p *Policy) actionsOf(at []int) []roles.Action {
	var all []roles.Action
	for i, privilege := range p.catalog.Privileges() {
		if at[i] > 0 {
			all = append(all, privilege.Actions()[at[i]-1])
		}
	}
	return all
}

func (p *Policy) levelsOf(at []int) levels {
	held := levels{}
	for _, action := range p.actionsOf(at) {
		right, _ := p.catalog.Right(action)
		held[right.Privilege()] = right
	}
	return held
}

// apply makes the changes of a cure.
func (p *Policy) apply(c cure, to []int) {
	for i, privilege := range p.catalog.Privileges() {
		if slices.Contains(c.take, privilege.Name) {
			to[i] = 0
		}
		for level, action := range privilege.Actions() {
			if slices.Contains(c.grant, action) {
				to[i] = level + 1
			}
		}
	}
}

// fewest tries every way to hold every privilege.
func (p *Policy) fewest(before []int) int {
	best := len(before)
	to := make([]int, len(before))
	var try func(i, changes int)
	try = func(i, changes int) {
		if changes >= best {
			return
		}
		if i == len(to) {
			if len(p.lacking(p.levelsOf(to))) == 0 {
				best = changes
			}
			return
		}
		for to[i] = 0; to[i] <= 2; to[i]++ {
			more := 1
			if to[i] == before[i] {
				more = 0
			}
			try(i+1, changes+more)
		}
	}
	try(0, 0)
	return best
}

// What a role inherits it is not blamed for: the role that it inherits is.
func TestALackIsToldOfTheRoleThatHasIt(t *testing.T) {
	_, err := Parse("p.yaml", []byte(`
policy: p
resources: {thing: {}}
privileges: {a: {on: thing}, b: {on: thing, requires: a}, c: {on: thing, requires: b}}
scopes: {all: "true"}
roles:
  junior: {scope: all, grants: [{privileges: b}]}
  senior: {scope: all, inherits: junior, grants: [{privileges: c}]}
  both: {scope: all, inherits: junior, grants: [{privileges: a}]}
  again: {scope: all, inherits: junior, grants: [{privileges: b}]}
`), nil)
	assert.EqualError(t, err, `p.yaml:7:3: roles.junior: role "junior": b requires a: grant a too, or take b away
p.yaml:10:3: roles.again: role "again": b requires a: grant a too, or take b away`)
}

// A policy of a thousand privileges that require twenty others each, and a role that
// holds every other one, is refused soon.
func TestManyRequirementsAreRefusedSoon(t *testing.T) {
	var privileges []Privilege
	for i := range 1000 {
		privilege := Privilege{Name: fmt.Sprintf("p%d", i)}
		for j := range min(i, 20) {
			privilege.Requires = append(privilege.Requires, roles.Action(fmt.Sprintf("p%d", (i*7+j*13)%i)))
		}
		privileges = append(privileges, privilege)
	}
	p := catalogue(t, privileges)
	held := make([]int, 1000)
	for i := range held {
		held[i] = i % 2
	}
	start := time.Now()
	assert.NotEmpty(t, lacked(p, p.actionsOf(held)...))
	assert.Less(t, time.Since(start), 5*time.Second)
}

// The smallest set of changes is found for up to 400 privileges that hang together.
func TestTheSmallestChangesOfMany(t *testing.T) {
	for n, smallest := range map[int]bool{399: true, 400: false} {
		privileges, held := []Privilege{{Name: "x"}}, []roles.Action(nil)
		for i := range n {
			name := fmt.Sprintf("p%d", i)
			privileges = append(privileges, Privilege{Name: name, Requires: []roles.Action{"x"}})
			held = append(held, roles.Action(name))
		}
		says := lacked(catalogue(t, privileges), held...)
		require.Len(t, says, 1)
		assert.Contains(t, says[0], ": grant x too")
		assert.Equal(t, smallest, strings.HasSuffix(says[0], ": grant x too"), "%d and x", n)
	}
}
