package main

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/examples/internal/mutants"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
)

// TestEveryRuleOfThePolicyIsHeld breaks the policy in every single way and
// asserts that the checks of TestConformance see it, or that the broken policy
// does not compile. A part of the policy that can be broken unseen is held by
// no rule: the rule's check lacks something, or the part does.
//
// It tries one way of each forty. All of them, which takes some minutes, with
//
//	BAILIWICK_MUTANTS=all go test ./examples/ncmp -run EveryRule -v
func TestEveryRuleOfThePolicyIsHeld(t *testing.T) {
	p, err := policy.Parse("ncmp.yaml", policyFile, nil)
	require.NoError(t, err)
	require.Empty(t, broken(p), "the policy itself")
	ground := ground(p)
	breedsAll(t, ground.Breed())
	ground.Hold(t, 40, broken, equivalent)
}

func ground(p *policy.Policy) mutants.Ground {
	return mutants.Ground{
		Document: p.Document(), Everywhere: "authority", Takes: "user.view",
		Swaps: [][2]string{
			{"resource.year", "context.year"}, {"context.year", "resource.year"},
			{"user.authority", "user.provider"}, {"user.provider", "user.authority"},
		},
		Types: []string{"bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration",
			"list(string)", "list(int)", "map(string)"},
		Same: func(one, other roles.Action) bool { return implies(p, one, other) },
	}
}

// breedsAll holds that the breeder does not run dry unseen.
func breedsAll(t *testing.T, all []mutants.Mutant) {
	texts := map[string]bool{}
	for _, m := range all {
		texts[m.What] = true
	}
	assert.Greater(t, len(texts), 1500)
	for _, some := range []string{
		"role collector: does not grant pupil.edit", "role monitor: grants pupil.grid everywhere", "role super_monitor: inherits nothing",
		"role collector: at any unit", "constraint no unsuppressed warnings: gone", "constraint no unsuppressed warnings: !(resource.warnings == 0)",
		"scope assigned: true", "scope assigned: false", "invariant at most one NCMP lead: gone", "invariant at most one NCMP lead: the other severity",
		"bind: nobody's", "school: unit: false", "pupil: attribute year: int",
	} {
		assert.True(t, texts[some], "%s", some)
	}
}

// broken returns the id of the first rule that a policy breaks, or "".
func broken(p *policy.Policy) string {
	for _, r := range rules {
		if !mutants.Holds(func(t *mutants.Recorder) { r.check(newWorld(t, p)) }) {
			return r.id
		}
	}
	return ""
}

// equivalent are the mutants that mean what the policy means, and why.
var equivalent = map[string]string{
	"role super_user: grants provider.add in scope own_people":    noneOfProvider,
	"role super_user: grants provider.edit in scope own_people":   noneOfProvider,
	"role super_user: grants provider.remove in scope own_people": noneOfProvider,
	"add_unit: takes user.view":                                   nobodyAbove,
	"remove_unit: takes user.view":                                nobodyAbove,
	"change_unit: takes user.view":                                "the units for which no other rule goes before have no attributes to change",
	"add_role: takes user.view":                                   sixRoles,
	"change_role: takes user.view":                                sixRoles,
	"remove_role: takes user.view":                                sixRoles,
}

const (
	noneOfProvider = "an authority is in no provider, so both scopes reach it for users of the authority only"
	nobodyAbove    = "the units for which no other rule goes before are authorities, and no role can be held above one"
	sixRoles       = "there are no roles but the fixed ones, which nobody can change"
)

// implies reports whether whoever has one action, on something, has the other
// on it too: because they are granted together, or because only an authority's
// own super users have the one, who have all that super users have.
func implies(p *policy.Policy, one, other roles.Action) bool {
	all := p.Document().Roles
	super := all[slices.IndexFunc(all, func(r policy.Role) bool { return r.Name == "super_user" })]
	grants := func(action roles.Action, inScope string) bool {
		return slices.ContainsFunc(super.Grants, func(g policy.Grant) bool {
			return slices.Contains(g.Privileges, action) && (inScope == "" || g.Scope == inScope)
		})
	}
	return grantedTogether(p, one, other) || grants(one, "own_authority") && grants(other, "")
}

// grantedTogether reports whether whoever has one of two actions has the other,
// on the same things: then it makes no difference which of them a change takes.
func grantedTogether(p *policy.Policy, one, other roles.Action) bool {
	for _, r := range p.Document().Roles {
		for _, g := range r.Grants {
			if slices.Contains(g.Privileges, one) && slices.Contains(g.Privileges, other) {
				return true
			}
		}
	}
	return one == other
}
