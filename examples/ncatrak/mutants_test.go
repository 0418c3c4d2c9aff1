package main

import (
	"slices"
	"strings"
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
// It tries one way of each 250. All of them, which takes some minutes, with
//
//	BAILIWICK_MUTANTS=all go test ./examples/ncatrak -run EveryRule -v
func TestEveryRuleOfThePolicyIsHeld(t *testing.T) {
	p, err := policy.Parse("ncatrak.yaml", policyFileForTests, nil)
	require.NoError(t, err)
	require.Empty(t, broken(p), "the policy itself")
	ground := mutants.Ground{
		Document: p.Document(), Everywhere: "all", Takes: "report.setup",
		Swaps: [][2]string{
			{"resource.case.", "resource."}, {"user.id", "user.agency.id"}, {"personnel", "denied"}, {"personnel", "agencies"},
			{"denied", "personnel"}, {"user.center", "user.agency"}, {"> 0", "> 1"}, {">= 1", ">= 2"},
		},
		Types: []string{"bool", "int", "string", "timestamp", "list(string)", "map(string)"},
		Same:  implies,
	}
	breedsAll(t, ground.Breed())
	ground.Hold(t, 250, broken, equivalent)
}

// breedsAll holds that the breeder does not run dry unseen.
func breedsAll(t *testing.T, all []mutants.Mutant) {
	texts := map[string]bool{}
	for _, m := range all {
		texts[m.What] = true
	}
	assert.Greater(t, len(texts), 3000)
	for _, some := range []string{
		"role security_officer: not everything", "role security_officer: scope own", "role forensic_interviewer: grants mdt.view everywhere",
		"clinical_images: does not require medical_details.view", "case.delete: requires general.view for general.update",
		"mdt: no level view", "mdt: levels the other way round", "general: gone", "report.setup: area \"\"",
		"constraint not barred from the case: not on every case", "constraint interviewers wait for the interview: not on people",
		"scope own: true", "invariant a role has one case access: gone", "view agenda: field name restricted: false",
		"bind.security_officer: nobody's", "add_role: takes admin.setup for admin.roles", "ceiling held", "users: forensic_interviewer: gone",
	} {
		assert.True(t, texts[some], "%s", some)
	}
}

// broken returns the id of the first rule that a policy breaks, or "". It tries
// last the checks that take long.
func broken(p *policy.Policy) string {
	slow := func(r rule) int { return slices.Index([]string{"A-03", "A-08", "A-09", "A-10", "A-36"}, r.id) }
	for _, r := range slices.SortedStableFunc(slices.Values(rules), func(a, b rule) int { return slow(a) - slow(b) }) {
		if !mutants.Holds(func(t *mutants.Recorder) { r.check(newWorld(t, p)) }) {
			return r.id
		}
	}
	return ""
}

// comesWith lists what whoever holds an action holds too, on everything that
// they can be shown.
var comesWith = map[roles.Action]string{
	"lookup":        "people.view people.update case.create names.add transfer.edit_ids",
	"meeting.list":  "meeting.manage",
	"people.view":   "people.update transfer.edit_ids",
	"people.update": "transfer.edit_ids",
	"general.view":  "general.update case.delete",
}

const (
	requiresIt   = "whoever holds the one holds the other, because the policy requires it, or it is a lower level"
	showsAll     = "the view is shown by that to begin with"
	officersOnly = "only a Security Officer holds that, who holds the other too"
	lookupToo    = "whoever is shown the view holds the look-up"
	nobodyAbove  = "the units for which no other rule goes before are centers, which nobody stands above, or have no attributes"
	noAccounts   = "no change takes an action on accounts"
)

// equivalent are the mutants that mean what the policy means, and why.
var equivalent = func() map[string]string {
	all := map[string]string{}
	add := func(why, of string, shownBy roles.Action) {
		for _, other := range actions(comesWith[shownBy]) {
			all[of+": shown by "+string(other)+" too"] = why
		}
	}
	for view, show := range map[string]roles.Action{"lookup": "lookup", "agenda": "meeting.list", "case_report": "general.view", "biography": "people.view"} {
		add(requiresIt, "view "+view, show)
	}
	for _, field := range []string{"lookup: field born", "lookup: field address", "agenda: field name"} {
		add(requiresIt, "view "+field, "people.view")
	}
	for _, tab := range sections[1:] {
		all["view case_report: field "+tab+": shown by "+tab+".update too"] = requiresIt
	}
	all["view case_report: field medical_details: shown by clinical_images.view too"] = requiresIt
	all["view case_report: field medical_details: shown by clinical_images.update too"] = requiresIt
	for _, view := range []string{"lookup", "agenda"} {
		all["view "+view+": shown by case.deny too"] = officersOnly
		all["view "+view+": shown by officer.appoint too"] = officersOnly
	}
	all["view case_report: shown by case.deny too"] = officersOnly
	all["view case_report: field forensic_interview: shown by case.deny too"] = officersOnly
	all["view case_report: field forensic_interview: shown by officer.appoint too"] = officersOnly
	for field, show := range map[string]string{
		"lookup: field name": "lookup", "agenda: field hour": "meeting.list", "agenda: field case": "meeting.list",
		"biography: field name": "people.view", "biography: field born": "people.view", "biography: field address": "people.view",
		"case_report: field general": "general.view",
	} {
		all["view "+field+": shown by "+show] = showsAll
	}
	for _, field := range []string{"name", "born", "address"} {
		all["view biography: field "+field+": shown by lookup"] = lookupToo
	}
	for _, kind := range []string{"add_unit", "change_unit", "remove_unit"} {
		all[kind+": takes report.setup"] = nobodyAbove
	}
	for _, typ := range []string{"account", "case", "person", "document"} {
		all["accounts are "+typ] = noAccounts
	}
	return all
}()

// implies reports whether whoever has one of two actions in a center has the
// other: personnel's boxes come with adding personnel, and only a Security
// Officer, who holds everything, appoints others.
func implies(one, other roles.Action) bool {
	switch one {
	case "admin.personnel":
		return other == "personnel.add"
	case "officer.appoint":
		return strings.HasPrefix(string(other), "admin.") || slices.Contains(actions(`case.create report.management report.nca
			report.setup search.personnel meeting.list lookup personnel.add`), other)
	}
	return false
}
