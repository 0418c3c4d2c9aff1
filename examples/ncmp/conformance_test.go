package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/policy"
)

// A rule of the programme, as the requirements number it. Its check asserts
// what the rule allows and what it does not, of a new world under any policy.
type rule struct {
	id    string
	says  string
	check func(w *world)
}

var rules = []rule{
	{"N-01", "there are six roles; who holds several may do what any of them allows", n01},
	{"N-02", "a monitor views the school list and the indicators, and no pupil", n02},
	{"N-03", "a super monitor also views the records behind an indicator", n03},
	{"N-04", "a collector works on the pupils of assigned schools", n04},
	{"N-05", "LA setup keeps the school list", n05},
	{"N-06", "the NCMP lead submits for the whole authority", n06},
	{"N-07", "a super user manages users, themselves included, and opens no pupil data", n07},
	{"N-08", "a role and an assignment reach one authority", n08},
	{"N-09", "a new user may do nothing", n09},
	{"N-10", "the primary super user has all schools from the start, nobody else any", n10},
	{"N-11", "pupil actions need a role and the school", n11},
	{"N-12", "indicators count the schools assigned to who asks", n12},
	{"N-13", "one call says of every action whether it is enabled, and why", n13},
	{"N-14", "every authority has a super user", n14},
	{"N-15", "of two super users, either may remove the other", n15},
	{"N-16", "at most one user holds NCMP lead", n16},
	{"N-17", "the lead is a super user and has all schools, also those added later", n17},
	{"N-18", "only a super user of the authority adds users, gives roles and schools", n18},
	{"N-19", "a user belongs to one authority", n19},
	{"N-20", "super users make providers, allocate schools and people to them", n20},
	{"N-21", "a provider's super user hands on the provider's schools only", n21},
	{"N-22", "a lead of a provider is reported, not refused", n22},
	{"N-23", "finalising needs a submission without warnings", n23},
	{"N-24", "after sign-off the year's pupil data is read only", n24},
}

// TestConformance holds the policy of the example against every rule of the
// programme.
func TestConformance(t *testing.T) {
	p, err := policy.Parse("ncmp.yaml", policyFile, nil)
	require.NoError(t, err)
	for _, r := range rules {
		t.Run(r.id, func(t *testing.T) {
			t.Log(r.says)
			r.check(newWorld(t, p))
		})
	}
}
