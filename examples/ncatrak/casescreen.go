package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/examples/internal/console"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A Tab is one tab of a case as somebody sees it.
type Tab struct {
	Title string
	// View and Update are whether it may be viewed and updated, and why.
	View, Update access.Decision
	// AddLink is whether it has the link that adds agencies and personnel.
	AddLink bool
}

// Tabs returns the tabs of a case, those that are disabled too. What is on
// people is asked about some person of the case.
func Tabs(s *access.Session, catalog *roles.Catalog, of scope.Resource) []Tab {
	var tabs []Tab
	add := s.Decide("case.add_agencies", of).Allowed()
	for d := range s.Capabilities(of) {
		right, _ := catalog.Right(d.Action())
		switch privilege := right.Privilege(); {
		case privilege.Area != "Tabs":
		case right.Level() == 1:
			tabs = append(tabs, Tab{Title: privilege.Title, View: d})
		default:
			t := &tabs[len(tabs)-1]
			t.Update, t.AddLink = d, add && d.Allowed()
		}
	}
	return tabs
}

// caseTabs writes the tabs of a case as somebody sees them.
func (p *program) caseTabs(args []string) (int, error) {
	u, of, session, err := p.caseFor(args)
	if err != nil {
		return console.NotAsked, err
	}
	p.Printf("%s%s\n", p.Style.Bold(console.Fold("", p.introduce(u))), p.Style.Dim("enabled: can be updated   read-only: can be viewed   disabled: no access"))
	p.Heading(fmt.Sprintf("Case %s of %s", of.ID, of.Parent))
	status := console.No
	var disabled []string
	why := ""
	for _, t := range Tabs(session, p.Policy.Catalog(), of) {
		if !t.View.Allowed() {
			disabled = append(disabled, t.Title)
			why = cmp.Or(why, told(t.View))
			continue
		}
		status = console.Yes
		state := "read-only"
		if t.Update.Allowed() {
			state = "enabled"
		}
		if t.AddLink {
			state += "   [Add]"
		}
		p.Printf("  %-31s %s\n", t.Title, state)
	}
	if len(disabled) > 0 {
		p.Printf("%s", p.Style.Dim(console.FoldAt("  disabled: ", 12, strings.Join(disabled, ", "))))
	}
	if why != "" {
		p.Sentence(why, false)
	}
	return status, nil
}

// told is what a user is told whom a constraint stops.
func told(d access.Decision) string {
	if d.Reason() == access.ConstraintUnmet {
		return d.Message()
	}
	return ""
}

// caseFor reads the arguments USER CASE, and asks for a session.
func (p *program) caseFor(args []string) (roles.User, scope.Resource, *access.Session, error) {
	u, _, session, err := p.asker(args[0])
	if err != nil {
		return u, scope.Resource{}, nil, err
	}
	text := args[1]
	if !strings.Contains(text, ":") {
		text = "case:" + text
	}
	all, note, err := p.Service.Resource(text, u, p.Options.Attributes)
	if err != nil {
		return u, scope.Resource{}, nil, err
	}
	if all[0].Type != "case" {
		return u, scope.Resource{}, nil, fmt.Errorf("%s is not a case", all[0].Ref())
	}
	if note != "" {
		return u, scope.Resource{}, nil, errors.New(note)
	}
	return u, all[0], session, console.Asked(session.Decide("general.view", all[0]))
}

// introduce says in one line who somebody is: their agency and roles.
func (p *program) introduce(u roles.User) string {
	now := p.Directory.Snapshot()
	var titles []string
	for _, b := range now.Bindings(u.ID) {
		r, _ := now.Role(b.Role)
		title := nameOf(r)
		if r.Scope != "" {
			title += " (" + r.Scope + ")"
		}
		titles = append(titles, title)
	}
	line := fmt.Sprintf("%s of %s · %s", u.ID, u.Unit.ID, cmp.Or(strings.Join(titles, ", "), "no role"))
	if u.Inactive {
		line += " · account inactive"
	}
	return line
}

// report writes which sections a case report has for somebody, and which people.
func (p *program) report(args []string) (int, error) {
	u, of, session, err := p.caseFor(args)
	if err != nil {
		return console.NotAsked, err
	}
	redactor, err := access.RedactorOf[Person](p.Policy, "person")
	if err != nil {
		return console.NotAsked, err
	}
	view := session.View("case_report", of)
	p.Printf("%s\n", p.Style.Bold(fmt.Sprintf("Case report of case %s for %s", of.ID, u.ID)))
	if !view.Shown() {
		p.Sentence("there is no report: "+cmp.Or(told(session.Decide("general.view", of)), "General is not open to them"), false)
		return console.No, nil
	}
	var sections []string
	for f := range view.Fields() {
		if f.Visible() {
			sections = append(sections, f.Name())
		}
	}
	p.Printf("%s", console.FoldAt("  sections: ", 12, strings.Join(sections, ", ")))
	for _, id := range p.records.People(of.Parent.ID) {
		person := p.records.people[[2]string{of.Parent.ID, id}]
		if !slices.Contains(person.Cases, of.ID) {
			continue
		}
		if view := session.View("biography", scope.Resource{Type: "person", ID: id, In: &of}); view.Shown() {
			seen := redactor.Redact(view, person)
			p.Printf("  person:   %s, born %s, %s\n", seen.Name, seen.Born, seen.Address)
		}
	}
	return console.Yes, nil
}
