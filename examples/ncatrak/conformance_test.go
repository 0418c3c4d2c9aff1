package main

import (
	_ "embed"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/policy"
)

//go:embed ncatrak.yaml
var policyFileForTests []byte

// rules are the rules of NCAtrak, each with the check that holds a policy to
// it: what it allows and what it does not.
var rules = []rule{
	{"A-01", "a user needs at least one role to work", a01},
	{"A-02", "many users hold a role and a user many; each role reaches its own cases only", a02},
	{"A-03", "the Security Officer's role is fixed and holds everything", a03},
	{"A-04", "a new role has access to its holder's own cases and may do nothing", a04},
	{"A-05", "a role can be renamed, to no blank name and none that is taken", a05},
	{"A-06", "a role that somebody holds cannot be deleted", a06},
	{"A-07", "who holds a role, with their agency; who works for an agency, with their roles", a07},
	{"A-08", "a role's case access is own, agency or all", a08},
	{"A-09", "all case and person data is limited to the case access", a09},
	{"A-10", "eighteen tabs, each none, view or update", a10},
	{"A-11", "clinical images require medical details", a11},
	{"A-12", "a case report has the sections whose tabs the user may view", a12},
	{"A-13", "the look-up shows everybody's name, and no more outside the case access", a13},
	{"A-14", "creating cases", a14},
	{"A-15", "deleting a case requires general at update", a15},
	{"A-16", "adding agencies and personnel, on the tabs that one may update", a16},
	{"A-17", "management reports are statistics, without a case limit", a17},
	{"A-18", "schedule reports are limited to the case access", a18},
	{"A-19", "NCA reports are statistics, their missing data is limited", a19},
	{"A-20", "custom reports have all data fields", a20},
	{"A-21", "setting up reports", a21},
	{"A-22", "searching cases is limited to the case access", a22},
	{"A-23", "searching people is limited, those with no case to access to all", a23},
	{"A-24", "the search for personnel is open, the caseload limited", a24},
	{"A-25", "miscellaneous searches are limited to the case access", a25},
	{"A-26", "managing meetings requires the list of meetings, and is limited", a26},
	{"A-27", "the agenda restricts names of people whose data one may not view", a27},
	{"A-28", "names can be added where the feature is switched on", a28},
	{"A-29", "the log of data transfers, where a center receives any", a29},
	{"A-30", "editing provider ids requires creating cases and updating people", a30},
	{"A-31", "each administration box opens its own tab only", a31},
	{"A-32", "personnel: accounts and the roles of people", a32},
	{"A-33", "roles: create, rename, set privileges, delete", a33},
	{"A-34", "there is always an active Security Officer", a34},
	{"A-35", "a user barred from a case is barred whatever their roles", a35},
	{"A-36", "interviewers wait for the interview", a36},
	{"A-37", "deleting a document for good is the Security Officer's alone", a37},
	{"A-38", "nothing of one center reaches another", a38},
}

// A rule is one of the programme's, by its id, with its check.
type rule struct {
	id, says string
	check    func(*world)
}

// TestConformance holds the policy of the example against every rule of
// NCAtrak.
func TestConformance(t *testing.T) {
	p, err := policy.Parse("ncatrak.yaml", policyFileForTests, nil)
	require.NoError(t, err)
	for _, r := range rules {
		t.Run(r.id, func(t *testing.T) {
			t.Log(r.says)
			r.check(newWorld(t, p))
		})
	}
}
