package main

import (
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/examples/internal/console"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A row of the roles page: a privilege, its title there, and what else a role
// must hold to have it.
type row struct{ name, title, needs string }

var tabs = []row{
	{"general", "General", ""},
	{"people", "People & Biography", ""},
	{"mdt", "MDT", ""},
	{"presenting", "Presenting", ""},
	{"cps", "Child Protective Services", ""},
	{"law_enforcement", "Law Enforcement", ""},
	{"medical", "Medical", ""},
	{"medical_details", "Medical Details", ""},
	{"forensic_interview", "Forensic Interview", ""},
	{"mental_health_basic", "Mental Health Basic", ""},
	{"mental_health_notes", "Mental Health Case Notes", ""},
	{"mental_health_assessment", "Mental Health Assessment", ""},
	{"mental_health_plan", "Mental Health Treatment Plan", ""},
	{"victim_advocacy", "Victim Advocacy", ""},
	{"prosecution", "Prosecution", ""},
	{"attachments", "Attachments", ""},
	{"clinical_images", "Clinical Images", "medical_details.view"},
	{"ceu_files", "CEU Files", ""},
}

var boxes = []row{
	{"case.create", "Cases – Create New", ""},
	{"case.delete", "Cases – Delete", "general.update"},
	{"case.add_agencies", "Cases – Add Agencies and Personnel", ""},
	{"report.management", "Reports – Management", ""},
	{"report.schedule", "Reports – Schedule", ""},
	{"report.nca", "Reports – NCA", ""},
	{"report.custom", "Reports – Custom", ""},
	{"report.setup", "Reports – Setup", ""},
	{"search.cases", "Search – Cases", ""},
	{"search.people", "Search – People", ""},
	{"search.personnel", "Search – Personnel", ""},
	{"search.misc", "Search – Misc.", ""},
	{"meeting.manage", "MDT – Meeting management", "meeting.list"},
	{"meeting.list", "MDT – Meeting List/Agenda", ""},
	{"names.add", "Add Names", ""},
	{"transfer.log", "Data Transfer – View Log", ""},
	{"transfer.edit_ids", "Data Transfer – Edit Data Provider Person IDs", "case.create people.update"},
}

var administration = []row{
	{"admin.setup", "CAC/MDT Set-up", ""},
	{"admin.personnel", "Agencies & Personnel", ""},
	{"admin.fields", "Data Entry Fields", ""},
	{"admin.roles", "Roles", ""},
	{"admin.pick_lists", "Pick Lists", ""},
	{"admin.news", "News", ""},
	{"admin.logs", "Logs", ""},
	{"admin.certificates", "Certificates (obsolete)", ""},
}

// companions have no row: they come with what requires them.
var companions = []row{
	{"lookup", "Look-up Person and duplicate check", ""},
	{"personnel.add", "Add agencies and personnel to the pick lists", ""},
	{"report.missing", "Missing Data report", ""},
	{"search.caseload", "Caseload of a person of the personnel", ""},
}

var reserved = []row{
	{"case.deny", "Deny access to a case", ""},
	{"document.purge", "Delete a removed document for good", ""},
	{"officer.appoint", "Appoint a Security Officer", ""},
}

// everythingBut are all privileges that a center's role can have, each at its
// greatest level, without some and those that need them.
func everythingBut(without ...string) []roles.Action {
	var all []roles.Action
	for _, t := range tabs {
		all = append(all, roles.Action(t.name+".update"))
	}
	for _, r := range slices.Concat(boxes, administration) {
		all = append(all, roles.Action(r.name))
	}
	needs := map[string]string{"people": "lookup", "case.create": "lookup", "names.add": "lookup"}
	for _, r := range slices.Concat(tabs, boxes) {
		needs[r.name] += " " + r.needs
	}
	lacks := func(name string) bool {
		lacking := func(needed string) bool {
			head, _, _ := strings.Cut(needed, ".")
			return slices.Contains(without, needed) || slices.Contains(without, head)
		}
		return slices.Contains(without, name) || slices.ContainsFunc(strings.Fields(needs[name]), lacking)
	}
	return slices.DeleteFunc(all, func(a roles.Action) bool {
		return lacks(strings.TrimSuffix(string(a), ".update")) || slices.Contains(without, "lookup") && a == "transfer.edit_ids"
	})
}

func names(rows []row) []string {
	var all []string
	for _, r := range rows {
		all = append(all, r.name)
	}
	return all
}

// page asserts the rows of one area of the roles page.
func (w *world) page(area string, want []row) {
	var titles, got []string
	for _, r := range want {
		titles = append(titles, r.title)
	}
	for _, p := range w.engine.Policy().Catalog().Privileges() {
		if p.Area == area {
			got = append(got, p.Title)
		}
	}
	assert.Equal(w.t, titles, got, "the rows of %s", area)
}

// gives asserts all that a role does for ann, who is named on c1, with one box
// or tab and what that needs: the lines, beside those of what it needs.
func (w *world) gives(name string, want ...string) {
	for _, r := range slices.Concat(tabs, boxes, administration) {
		if head, _, _ := strings.Cut(name, "."); r.name == name || r.name == head {
			w.hire("ann", "own", append(actions(r.needs), roles.Action(name))...)
		}
	}
	w.mayExactly("ann", w.ordered(want)...)
}

// limits asserts that an action reaches what the case access of its role says.
func (w *world) limits(action roles.Action, own, agency, all string) {
	for reach, want := range map[string]string{"own": own, "agency": agency, "all": all} {
		needs := ""
		for _, r := range slices.Concat(tabs, boxes) {
			if name, _, _ := strings.Cut(string(action), "."); r.name == string(action) || r.name == name {
				needs = r.needs
			}
		}
		w.hire("ann", reach, append(actions(needs), action)...)
		var got string
		for _, line := range w.all("ann") {
			if what, found := strings.CutPrefix(line, string(action)+" "); found {
				got = what
			}
		}
		assert.Equal(w.t, want, got, "%s with access to %s", action, reach)
	}
}

const (
	ownCases, agencyCases, allCases    = "c1", "c1 c2", "c1 c2 c3 c4"
	ownPeople, agencyPeople, allPeople = "p1 p12/c1", "p1 p2 p12/c1 p12/c2", "p1 p2 p3 p4 p12/c1 p12/c2 p0"
)

func a08(w *world) {
	w.limits("general.view", ownCases, agencyCases, allCases)
	w.limits("people.view", ownPeople, agencyPeople, allPeople)

	w.hire("ann", "own", "general.view", "people.view")
	w.denies("ann", "general.view", w.c("c2"), access.OutOfScope, "role of-ann (center:north) grants general.view in scope own; "+
		"has(resource.case) && user.id in resource.case.personnel does not hold")
	w.denies("ann", "people.view", w.person("p0", ""), access.OutOfScope, "role of-ann (center:north) grants people.view in scope own; "+
		"has(resource.case) && user.id in resource.case.personnel does not hold")
	best, d := console.Best(w.engine.For("ann", nil), "people.view", w.records.Person("north", "p12", w.directory.Snapshot()))
	assert.True(w.t, d.Allowed(), "by any of their cases")
	assert.Equal(w.t, "c1", best.In.ID)
	_, d = console.Best(w.engine.For("ann", nil), "people.view", w.records.Person("north", "p2", w.directory.Snapshot()))
	assert.Equal(w.t, access.OutOfScope, d.Reason())

	w.hire("ann", "agency", "general.view", "people.view")
	assert.Equal(w.t, access.OutOfScope, w.decide("ann", "people.view", w.person("p0", "")).Reason())
	stranger := roles.Principal{User: roles.User{ID: "ann"}, Bindings: []roles.Binding{{Role: "of-ann", Unit: north}}}
	assert.Equal(w.t, access.OutOfScope, w.engine.ForPrincipal(stranger, nil).Decide("general.view", w.c("c1")).Reason(), "somebody of no agency")
	_, err := w.by("olga").Update(func(tx *roles.Tx) error {
		tx.ChangeUser(roles.User{ID: "abe", Unit: npolice, Inactive: true})
		return nil
	})
	require.NoError(w.t, err)
	w.mayExactly("ann", lines(`
		general.view c1
		people.view p1 p12/c1
		lookup north`)...)
	c := w.records.cases[[2]string{"north", "c4"}]
	c.Personnel = []roles.UserID{"cal", "ann"}
	w.mayExactly("ann", lines(`
		general.view c1 c4
		people.view p1 p4 p12/c1
		lookup north`)...)

	for _, r := range []roles.Role{
		{ID: "x", Name: "X", Unit: north},
		{ID: "x", Name: "X", Unit: north, Grants: []roles.Grant{{Privileges: actions("report.setup"), Scope: "all"}}},
		{ID: "x", Name: "X", Unit: north, Grants: []roles.Grant{{Privileges: actions("general.view"), Scope: "own"}}},
		{ID: "x", Name: "X", Unit: north, Scope: "own", Grants: []roles.Grant{{Privileges: actions("general.view"), Scope: "all"}}},
		{ID: "x", Name: "X", Unit: north, Scope: "own", Grants: []roles.Grant{{Privileges: actions("search.people"), Scope: "agency"}}},
		{ID: "x", Name: "X", Unit: north, Scope: "agency", Grants: []roles.Grant{{Privileges: actions("general.view")}, {Privileges: actions("mdt.view"), Scope: "own"}}},
		{ID: "x", Name: "X", Unit: north, Scope: "all", Grants: []roles.Grant{{Privileges: actions("general.view"), Scope: "own"}}},
		{ID: "x", Name: "X", Unit: north, Scope: "own", Inherits: []roles.RoleID{"wide"}},
	} {
		w.refuses(func(tx *roles.Tx) {
			tx.AddRole(roles.Role{ID: "wide", Name: "Wide", Unit: north, Scope: "all", Grants: []roles.Grant{{Privileges: actions("general.view")}}})
			tx.AddRole(r)
		}, "a role has one case access", "x", "All that a role may do with cases and people is limited to its case access")
	}
}

func a09(w *world) {
	cases, people := []roles.Action{}, []roles.Action{}
	for _, t := range tabs {
		switch t.name {
		case "people":
			people = append(people, "people.view", "people.update")
		case "ceu_files":
		default:
			cases = append(cases, roles.Action(t.name+".view"), roles.Action(t.name+".update"))
		}
	}
	cases = append(cases, actions("case.delete case.add_agencies report.schedule report.custom search.cases search.misc meeting.manage search.caseload")...)
	people = append(people, actions("search.people report.missing transfer.edit_ids")...)
	center := actions(`case.create report.management report.nca report.setup search.personnel meeting.list names.add transfer.log lookup personnel.add`)
	var greatest []roles.Action
	for _, t := range tabs {
		greatest = append(greatest, roles.Action(t.name+".update"))
	}
	for _, b := range boxes {
		greatest = append(greatest, roles.Action(b.name))
	}
	for reach, reached := range map[string][2]string{
		"own": {ownCases, ownPeople}, "agency": {agencyCases, agencyPeople}, "all": {allCases, allPeople},
	} {
		w.hire("ann", reach, greatest...)
		want := []string{"ceu_files.view ann", "ceu_files.update ann"}
		for _, action := range cases {
			want = append(want, string(action)+" "+reached[0])
		}
		for _, action := range people {
			want = append(want, string(action)+" "+reached[1])
		}
		for _, action := range center {
			want = append(want, string(action)+" north")
		}
		w.mayExactly("ann", w.ordered(want)...)
	}
}

func a10(w *world) {
	require.Len(w.t, tabs, 18)
	w.page("Tabs", tabs)
	for _, t := range tabs {
		right, ok := w.engine.Policy().Catalog().Right(roles.Action(t.name + ".update"))
		require.True(w.t, ok)
		assert.Equal(w.t, []string{"view", "update"}, right.Privilege().Levels)
		reach, with := "c1", []string{}
		switch t.name {
		case "people":
			reach, with = ownPeople, []string{"lookup north"}
		case "clinical_images":
			with = []string{"medical_details.view c1"}
		case "ceu_files":
			reach = "ann"
		}
		view, update := t.name+".view "+reach, t.name+".update "+reach
		w.gives(t.name+".view", append(with, view)...)
		w.gives(t.name+".update", append(with, view, update)...)
	}
	w.hire("ann", "own", "general.view")
	w.denies("ann", "general.update", w.c("c1"), access.NoGrant, "no role of ann grants general.update")
	for d := range w.engine.Capabilities("ann", w.c("c1")) {
		if d.Action() == "general.view" {
			assert.True(w.t, d.Allowed())
			continue
		}
		assert.Equal(w.t, access.NoGrant, d.Reason(), "none is disabled: %s", d)
	}
}

const requires = "privileges come with what they require"

func a11(w *world) {
	w.role("nurse", "own", "medical.view")
	for _, level := range []roles.Action{"clinical_images.view", "clinical_images.update"} {
		_, err := SetPrivileges(w.by("olga"), "nurse", Privileges{"own", []roles.Action{"medical.update", level}})
		w.violates(err, requires, "nurse", "clinical_images", "medical_details.view")
	}
	for _, details := range actions("medical_details.view medical_details.update") {
		_, err := SetPrivileges(w.by("olga"), "nurse", Privileges{"own", []roles.Action{"clinical_images.update", details}})
		require.NoError(w.t, err)
	}
	_, err := SetPrivileges(w.by("olga"), "nurse", Privileges{"own", actions("clinical_images.update")})
	w.violates(err, requires, "nurse", "clinical_images.update", "medical_details.view")
	_, err = SetPrivileges(w.by("olga"), "nurse", Privileges{"own", actions("medical_details.view")})
	require.NoError(w.t, err, "the other way it is not so")
	_, err = AddRole(w.by("olga"), north, "images", "Images")
	require.NoError(w.t, err)
	w.give("ann", "nurse", "images")
	_, err = SetPrivileges(w.by("olga"), "images", Privileges{"own", actions("clinical_images.view")})
	w.violates(err, requires, "images")
}

func a14(w *world) {
	w.page("Boxes", boxes)
	w.page("", companions)
	w.gives("case.create", "case.create north", "lookup north")
	w.denies("ann", "case.create", wholeSouth, access.OutsideUnit, "role of-ann (center:north) grants case.create; center:south is not in center:north")
	w.records.cases[[2]string{"north", "c9"}] = &Case{Center: "north", Number: "c9", Personnel: []roles.UserID{"ann"}}
	for _, action := range actions("general.view mdt.update meeting.manage case.delete") {
		w.denies("ann", action, w.c("c9"), access.NoGrant, "no role of ann grants "+string(action))
	}
	w.hire("ann", "own", "case.create", "mdt.update")
	w.allows("ann", "mdt.update", w.c("c9"))
	w.denies("ann", "general.view", w.c("c9"), access.NoGrant, "no role of ann grants general.view")
	w.records.cases[[2]string{"north", "c9"}].Personnel = []roles.UserID{"abe"}
	assert.Equal(w.t, access.OutOfScope, w.decide("ann", "mdt.update", w.c("c9")).Reason(), "created by oneself is not one's own")
	w.requiresRaw("case.create", "lookup")
}

// requiresRaw asserts that a role cannot have one thing of the center without
// another, even where the roles page is not asked.
func (w *world) requiresRaw(one, other roles.Action) {
	w.refuses(func(tx *roles.Tx) {
		right, _ := catalogOf(tx).Right(one)
		g := roles.Grant{Privileges: []roles.Action{one}}
		if !isLimited(right.Privilege()) {
			g.Scope = "all"
		}
		tx.AddRole(roles.Role{ID: "raw", Name: "Raw", Unit: north, Scope: "own", Grants: []roles.Grant{g}})
	}, requires, "raw", string(one), string(other))
}

// comesOnlyWith asserts that a role cannot have a companion alone.
func (w *world) comesOnlyWith(companion roles.Action, invariant string) {
	w.refuses(func(tx *roles.Tx) {
		right, _ := catalogOf(tx).Right(companion)
		g := roles.Grant{Privileges: []roles.Action{companion}}
		if !isLimited(right.Privilege()) {
			g.Scope = "all"
		}
		tx.AddRole(roles.Role{ID: "raw", Name: "Raw", Unit: north, Scope: "own", Grants: []roles.Grant{g}})
	}, invariant, "raw", "has no box of its own", "raw holds "+string(companion))
}

func a15(w *world) {
	w.gives("case.delete", "case.delete c1", "general.view c1", "general.update c1")
	w.limits("case.delete", ownCases, agencyCases, allCases)
	w.role("eraser", "own")
	w.role("editor", "own", "general.update")
	w.give("abe", "eraser", "editor")
	for _, held := range []string{"case.delete", "case.delete general.view"} {
		_, err := SetPrivileges(w.by("olga"), "eraser", Privileges{"own", actions(held)})
		w.violates(err, requires, "eraser", "case.delete", "general.update")
	}
	_, err := SetPrivileges(w.by("olga"), "eraser", Privileges{"own", actions("case.delete general.update")})
	require.NoError(w.t, err)
}

func a16(w *world) {
	w.gives("case.add_agencies", "case.add_agencies c1", "personnel.add north")
	w.limits("case.add_agencies", ownCases, agencyCases, allCases)
	w.requiresRaw("case.add_agencies", "personnel.add")
	w.comesOnlyWith("personnel.add", "adding personnel comes with what needs it")

	w.hire("ann", "own", actions("case.add_agencies mdt.update general.view")...)
	linked := func(number string) []string {
		var all []string
		for _, tab := range Tabs(w.engine.For("ann", nil), w.engine.Policy().Catalog(), w.c(number)) {
			if tab.AddLink {
				all = append(all, tab.Title)
			}
		}
		return all
	}
	assert.Equal(w.t, []string{"MDT"}, linked("c1"))
	assert.Empty(w.t, linked("c2"))
	w.hire("ann", "own", actions("mdt.update general.view")...)
	assert.Empty(w.t, linked("c1"))

	w.staffed()
	w.hire("ann", "own", "case.add_agencies")
	w.mayChangeExactly("ann", "add_unit.agency", "add_user")
	_, err := w.by("ann").Update(func(tx *roles.Tx) error {
		tx.AddUser(roles.User{ID: "new", Unit: npolice})
		tx.Bind("new", "r1", north)
		return nil
	})
	w.forbids(err, "bind new as r1 at center:north: admin.personnel: no role of ann grants admin.personnel")
}

func a17(w *world) {
	w.gives("report.management", "report.management north")
	w.allows("ann", "report.management", wholeNorth)
	w.denies("abe", "report.management", wholeNorth, access.InactiveUser, "the account of abe is not active")
}

func a18(w *world) {
	w.gives("report.schedule", "report.schedule c1")
	w.limits("report.schedule", ownCases, agencyCases, allCases)
}

func a19(w *world) {
	w.gives("report.nca", "report.nca north", "report.missing p1 p12/c1")
	for reach, want := range map[string]string{"own": ownPeople, "agency": agencyPeople, "all": allPeople} {
		w.hire("ann", reach, "report.nca")
		w.mayExactly("ann", "report.nca north", "report.missing "+want)
	}
	w.requiresRaw("report.nca", "report.missing")
	w.comesOnlyWith("report.missing", "the missing data report comes with NCA reports")
}

func a20(w *world) {
	w.gives("report.custom", "report.custom c1")
	w.limits("report.custom", ownCases, agencyCases, allCases)
}

func a21(w *world) {
	w.gives("report.setup", "report.setup north")
	w.denies("ann", "report.management", wholeNorth, access.NoGrant, "no role of ann grants report.management")
}

func a22(w *world) {
	w.gives("search.cases", "search.cases c1")
	w.limits("search.cases", ownCases, agencyCases, allCases)
}

func a23(w *world) {
	w.gives("search.people", "search.people p1 p12/c1")
	w.limits("search.people", ownPeople, agencyPeople, allPeople)
}

func a24(w *world) {
	for reach, want := range map[string]string{"own": ownCases, "agency": agencyCases, "all": allCases} {
		w.hire("ann", reach, "search.personnel")
		w.mayExactly("ann", "search.personnel north", "search.caseload "+want)
	}
	w.requiresRaw("search.personnel", "search.caseload")
	w.comesOnlyWith("search.caseload", "the caseload comes with the search for personnel")
}

func a25(w *world) {
	w.gives("search.misc", "search.misc c1")
	w.limits("search.misc", ownCases, agencyCases, allCases)
}

func a26(w *world) {
	w.gives("meeting.manage", "meeting.manage c1", "meeting.list north")
	w.limits("meeting.manage", ownCases, agencyCases, allCases)
	w.role("chair", "own")
	_, err := SetPrivileges(w.by("olga"), "chair", Privileges{"own", actions("meeting.manage")})
	w.violates(err, requires, "chair", "meeting.manage", "meeting.list")
	w.gives("meeting.list", "meeting.list north")
}

func a28(w *world) {
	const off = "Add Names is switched off in the CAC/MDT set-up."
	w.gives("names.add", "names.add north", "lookup north")
	_, err := SetFeature(w.by("olga"), north, "add_names", false)
	require.NoError(w.t, err)
	for _, user := range []roles.UserID{"ann", "olga"} {
		w.stops(user, "names.add", wholeNorth, "Add Names is switched on", off)
	}
	w.mayExactly("olga", without(officers, "names.add")...)
	w.mayExactly("ann", "lookup north")
	w.stops("olive", "names.add", wholeSouth, "Add Names is switched on", off)
	_, err = SetFeature(w.by("olga"), north, "add_names", true)
	require.NoError(w.t, err)
	w.allows("ann", "names.add", wholeNorth)
	w.requiresRaw("names.add", "lookup")
	w.hire("ann", "all", actions("case.create people.update")...)
	w.denies("ann", "names.add", wholeNorth, access.NoGrant, "no role of ann grants names.add")
}

func a29(w *world) {
	const none = "This CAC receives no data transfers."
	w.gives("transfer.log", "transfer.log north")
	may := func(user roles.UserID, at scope.Ref) bool { return MayCreateFromTransfer(w.engine.For(user, nil), at) }
	assert.False(w.t, may("ann", north), "without creating cases")
	w.hire("ann", "own", "case.create")
	assert.False(w.t, may("ann", north), "without the log")
	w.hire("ann", "own", "case.create", "transfer.log")
	assert.True(w.t, may("ann", north))
	assert.True(w.t, may("olga", north))
	_, err := SetFeature(w.by("olga"), north, "data_transfers", false)
	require.NoError(w.t, err)
	for _, user := range []roles.UserID{"ann", "olga"} {
		w.stops(user, "transfer.log", wholeNorth, "the center receives data transfers", none)
		assert.False(w.t, may(user, north))
	}
	w.mayExactly("olga", without(officers, "transfer.log", "transfer.edit_ids")...)
	w.allows("ann", "case.create", wholeNorth)
	w.stops("olive", "transfer.log", wholeSouth, "the center receives data transfers", none)
	_, err = SetFeature(w.by("olive"), south, "data_transfers", true)
	require.NoError(w.t, err)
	assert.True(w.t, may("olive", south))
}

func a30(w *world) {
	w.gives("transfer.edit_ids", lines(`
		people.view p1 p12/c1
		people.update p1 p12/c1
		case.create north
		transfer.edit_ids p1 p12/c1
		lookup north`)...)
	w.limits("transfer.edit_ids", ownPeople, agencyPeople, allPeople)
	w.role("ids", "own")
	for held, lacks := range map[string][]string{
		"transfer.edit_ids":                         {"case.create", "people.update"},
		"transfer.edit_ids case.create":             {"people.update"},
		"transfer.edit_ids people.update":           {"case.create"},
		"transfer.edit_ids people.view case.create": {"people.update"},
	} {
		_, err := SetPrivileges(w.by("olga"), "ids", Privileges{"own", actions(held)})
		w.violates(err, requires, "ids", append(lacks, "transfer.edit_ids")...)
	}
	_, err := SetFeature(w.by("olga"), north, "data_transfers", false)
	require.NoError(w.t, err)
	w.stops("olga", "transfer.edit_ids", w.person("p1", "c1"), "the center receives data transfers", "This CAC receives no data transfers.")
}
