package main

import (
	"slices"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/roles"
)

// seen lists the fields of a view that are not hidden, in their order; those
// that are restricted in brackets.
func seen(v access.View) []string {
	var all []string
	for f := range v.Fields() {
		switch f.Visibility() {
		case access.Visible:
			all = append(all, f.Name())
		case access.Restricted:
			all = append(all, "["+f.Name()+"]")
		}
	}
	return all
}

// sees asserts what a user sees of a person's record.
func (w *world) sees(user roles.UserID, view, center, id string, want ...string) access.View {
	v := w.records.Seen(w.engine.For(user, nil), view, center, id, w.directory.Snapshot())
	require.NoError(w.t, v.Err())
	assert.Equal(w.t, want, seen(v), "what %s sees in the %s of %s", user, view, id)
	return v
}

// sections are those of a case report, each with the tab that shows it.
var sections = []string{"general", "mdt", "presenting", "cps", "law_enforcement", "medical", "medical_details", "clinical_images",
	"forensic_interview", "mental_health_basic", "mental_health_notes", "mental_health_assessment", "mental_health_plan",
	"victim_advocacy", "prosecution", "attachments"}

func a12(w *world) {
	report := func(user roles.UserID, number string) []string {
		v := w.engine.For(user, nil).View("case_report", w.c(number))
		require.NoError(w.t, v.Err())
		return seen(v)
	}
	assert.Equal(w.t, sections, report("olga", "c1"))
	for _, section := range sections[1:] {
		held, want := actions("general.view "+section+".view"), []string{"general", section}
		if section == "clinical_images" {
			held, want = append(held, "medical_details.view"), []string{"general", "medical_details", "clinical_images"}
		}
		w.hire("ann", "own", held...)
		assert.Equal(w.t, want, report("ann", "c1"))
		assert.Empty(w.t, report("ann", "c2"), "no more than the case access")
		held[1] = roles.Action(section + ".update")
		w.hire("ann", "own", held...)
		assert.Equal(w.t, want, report("ann", "c1"))
		w.hire("ann", "own", held[1:]...)
		assert.Empty(w.t, report("ann", "c1"), "without General there is no report")
	}
	for _, section := range sections[1:] {
		w.hire("ann", "own", everythingBut(section)...)
		without := []string{section}
		if section == "medical_details" {
			without = append(without, "clinical_images")
		}
		assert.Equal(w.t, slices.DeleteFunc(slices.Clone(sections), func(s string) bool { return slices.Contains(without, s) }), report("ann", "c1"))
	}
	w.hire("ann", "own", everythingBut("general")...)
	assert.Empty(w.t, report("ann", "c1"))
	w.hire("ann", "own", everythingBut("people")...)
	w.sees("ann", "biography", "north", "p1")
	w.hire("ann", "own", actions("general.view mdt.view")...)
	content := map[string]any{"general": "1 court date", "mdt": "2 recommendations", "medical": "an examination", "notes": "not a section"}
	assert.Equal(w.t, map[string]any{"general": "1 court date", "mdt": "2 recommendations"},
		w.engine.For("ann", nil).View("case_report", w.c("c1")).Map(content))
	w.sees("ann", "biography", "north", "p1")
	w.hire("ann", "own", actions("general.view people.view")...)
	assert.Equal(w.t, []string{"general"}, report("ann", "c1"))
	w.sees("ann", "biography", "north", "p1", "name", "born", "address")
	w.sees("ann", "biography", "north", "p2")
}

func a13(w *world) {
	everything := []string{"name", "born", "address"}
	w.sees("olga", "lookup", "north", "p2", everything...)
	people := func() []string { return w.records.People("north") }
	for _, held := range actions("case.create names.add") {
		w.hire("ann", "all", held)
		for _, id := range people() {
			w.sees("ann", "lookup", "north", id, "name")
		}
	}
	for _, held := range actions("people.view people.update") {
		w.hire("ann", "own", held)
		for _, id := range people() {
			want := []string{"name"}
			if slices.Contains([]string{"p1", "p12"}, id) {
				want = everything
			}
			w.sees("ann", "lookup", "north", id, want...)
		}
		w.hire("ann", "all", held)
		w.sees("ann", "lookup", "north", "p0", everything...)
	}
	w.sees("ann", "lookup", "south", "p1")
	w.hire("ann", "all", everythingBut("people")...)
	for _, id := range people() {
		w.sees("ann", "lookup", "north", id, "name")
	}
	w.hire("ann", "all", everythingBut("lookup")...)
	for _, id := range people() {
		w.sees("ann", "lookup", "north", id)
	}

	w.hire("ann", "own", "people.view")
	redactor, err := access.RedactorOf[Person](w.engine.Policy(), "person")
	require.NoError(w.t, err)
	record := w.records.people[[2]string{"north", "p2"}]
	assert.Equal(w.t, Person{Name: "Name of p2"}, redactor.Redact(w.sees("ann", "lookup", "north", "p2", "name"), record))
	require.True(w.t, w.records.Deny(w.engine.For("olga", nil), "north", "c1", "ann", w.directory.Snapshot()).Allowed())
	w.sees("ann", "lookup", "north", "p1", "name")
	for _, held := range actions("people.view case.create names.add") {
		w.requiresRaw(held, "lookup")
	}
	w.comesOnlyWith("lookup", "the look-up comes with what needs it")
	for _, held := range actions("people.view case.create names.add") {
		w.hire("ann", "own", held)
		w.allows("ann", "lookup", wholeNorth)
	}
}

func a27(w *world) {
	redactor, err := access.RedactorOf[Line](w.engine.Policy(), "person")
	require.NoError(w.t, err)
	line := Line{Center: "north", Person: "p2", Hour: "10:00", Case: "c2", Name: "Name of p2"}
	w.hire("ann", "own", "meeting.list")
	for _, id := range w.records.People("north") {
		v := w.sees("ann", "agenda", "north", id, "hour", "case", "[name]")
		assert.Equal(w.t, Line{Hour: "10:00", Case: "c2", Name: "**Restricted**"}, redactor.Redact(v, &line))
	}
	w.hire("ann", "own", "meeting.list", "people.view")
	for _, id := range w.records.People("north") {
		if slices.Contains([]string{"p1", "p12"}, id) {
			v := w.sees("ann", "agenda", "north", id, "hour", "case", "name")
			assert.Equal(w.t, "Name of p2", redactor.Redact(v, &line).Name)
			continue
		}
		w.sees("ann", "agenda", "north", id, "hour", "case", "[name]")
	}
	w.hire("ann", "all", "meeting.list", "people.view")
	w.sees("ann", "agenda", "north", "p0", "hour", "case", "name")
	w.sees("ann", "agenda", "south", "p1")
	w.hire("ann", "all", everythingBut("people")...)
	w.sees("ann", "agenda", "north", "p1", "hour", "case", "[name]")
	w.hire("ann", "all", everythingBut("meeting.list")...)
	w.sees("ann", "agenda", "north", "p1")
	assert.Equal(w.t, Line{}, redactor.Redact(w.sees("ann", "agenda", "north", "p1"), &line))
	w.sees("olga", "agenda", "north", "p1", "hour", "case", "name")
}
