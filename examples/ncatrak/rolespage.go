package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/examples/internal/console"
	"github.com/bailiwick-authz/bailiwick/internal/suggest"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

func nameOf(r roles.Role) string { return cmp.Or(r.Name, string(r.ID)) }

func sameName(r roles.Role, text string) bool {
	return strings.EqualFold(nameOf(r), strings.TrimSpace(text))
}

// roles lists the roles of the centers.
func (p *program) roles([]string) (int, error) {
	centers, err := p.centers()
	if err != nil {
		return console.NotAsked, err
	}
	for i, at := range centers {
		if i > 0 {
			p.Printf("\n")
		}
		p.Printf("%s\n", p.Style.Bold("Roles of "+at.String()))
		for _, r := range p.Directory.Snapshot().Roles() {
			if r.Fixed || r.Unit == at {
				p.roleLine(r, at)
			}
		}
	}
	return console.Yes, nil
}

func (p *program) roleLine(r roles.Role, at scope.Ref) {
	kind := ""
	if r.Fixed {
		kind = "(fixed)"
	}
	var users []string
	for _, h := range p.having(r.ID, at) {
		users = append(users, string(h.User))
	}
	p.Printf("%s", console.Fold(fmt.Sprintf("  %-25s%-8s", nameOf(r), kind), cmp.Or(strings.Join(users, ", "), "nobody")))
}

// accesses are the choices of step 1.
var accesses = []struct{ scope, title string }{
	{"own", "Cases and associated people assigned to the user"},
	{"agency", "Cases and associated people assigned to the user's agency"},
	{"all", "All cases and associated people, and people not associated with a case"},
}

// areas are the other steps: which privileges they show, under which title.
var areas = []struct{ area, title string }{
	{"Tabs", "Step 2. Case tab and person biography privileges"},
	{"Boxes", "Step 3. Other case and people data privileges"},
	{"Administration", "Step 4. Access to administrative data"},
	{"Security Officer", "The Security Officer's alone"},
}

// role writes the roles page of a role.
func (p *program) role(args []string) (int, error) {
	r, at, err := p.roleOf(args[0])
	if err != nil {
		return console.NotAsked, err
	}
	now := p.Directory.Snapshot()
	head := nameOf(r)
	if !at.IsZero() {
		head += " · " + at.String()
	}
	if r.Fixed {
		head += " · fixed: nobody can alter it"
	}
	p.Printf("%s", p.Style.Bold(console.Fold("", head)))
	if slices.Contains(now.Closure(r.ID), forensicInterviewer) {
		p.Printf("%s", console.Fold("", "Who holds it is a forensic interviewer."))
	}
	p.page(privilegesOf(p.Policy, now, r))
	p.Heading("Personnel having this role")
	p.holders(r.ID, at)
	return console.Yes, nil
}

// page writes steps 1 to 4.
func (p *program) page(page Privileges) {
	p.Heading("Step 1. Allow users assigned to this role to access data related to")
	for _, a := range accesses {
		p.Printf("  %s %s\n", radio(page.Access == a.scope), a.title)
	}
	for _, a := range areas {
		p.area(a.area, a.title, page)
	}
}

func (p *program) area(area, title string, page Privileges) {
	begun := false
	for _, privilege := range p.Policy.Catalog().Privileges() {
		if privilege.Area != area || area == "Security Officer" && !slices.Contains(page.Held, roles.Action(privilege.Name)) {
			continue
		}
		if !begun {
			p.Heading(title)
			begun = true
			if len(privilege.Levels) > 0 {
				p.Printf("  %-31s None View Update\n", "")
			}
		}
		if len(privilege.Levels) == 0 {
			p.Printf("  %s %s\n", box(slices.Contains(page.Held, roles.Action(privilege.Name))), privilege.Title)
			continue
		}
		level := levelIn(page.Held, privilege)
		p.Printf("  %-31s %s  %s  %s\n", privilege.Title, radio(level == 0), radio(level == 1), radio(level == 2))
	}
}

// levelIn returns the level at which a page has a privilege, 0 for none.
func levelIn(held []roles.Action, privilege *roles.Privilege) int {
	for i, action := range privilege.Actions() {
		if slices.Contains(held, action) {
			return i + 1
		}
	}
	return 0
}

func radio(on bool) string {
	if on {
		return "(*)"
	}
	return "( )"
}

func box(on bool) string {
	if on {
		return "[x]"
	}
	return "[ ]"
}

// setPrivileges shows what a change of a role's page would do, and why it would
// be refused. It changes nothing.
func (p *program) setPrivileges(args []string) (int, error) {
	r, at, err := p.roleOf(args[0])
	if err != nil {
		return console.NotAsked, err
	}
	page := privilegesOf(p.Policy, p.Directory.Snapshot(), r)
	for _, text := range args[1:] {
		if err := p.set(&page, text); err != nil {
			return console.NotAsked, err
		}
	}
	by := p.Options.Own["by"]
	if officers := p.having(securityOfficer, at); by == "" && len(officers) > 0 {
		by = string(officers[0].User)
	}
	actor, err := p.User(by)
	if err != nil {
		return console.NotAsked, err
	}
	p.Printf("%s sets privileges of %s\n", actor.ID, r.ID)
	return p.preview(actor.ID, func(tx *roles.Tx) error { return setPrivileges(tx, r.ID, page) }), nil
}

// preview writes what a change would do, and why it would be refused.
func (p *program) preview(by roles.UserID, change func(tx *roles.Tx) error) int {
	preview := p.Engine.Admin(by, nil).Preview(change)
	for _, effect := range preview.Effects {
		p.effect("would gain", effect.Gained, effect.Holders)
		p.effect("would lose", effect.Lost, effect.Holders)
	}
	if preview.Refusal != nil {
		p.Sentence("refused: "+preview.Refusal.Error(), false)
		return console.No
	}
	if len(preview.Effects) == 0 {
		p.Printf("  nobody would gain or lose anything\n")
	}
	for _, warning := range preview.Commit.Warnings {
		p.Sentence("warning: "+warning.Error(), false)
	}
	p.Sentence("it can be saved; this was a preview", true)
	return console.Yes
}

// effect writes who gains or loses what.
func (p *program) effect(verb string, what []access.Entitlement, holders []access.Holder) {
	if len(what) == 0 {
		return
	}
	var whom, rights []string
	for i, h := range holders {
		if i == 5 {
			whom = append(whom, fmt.Sprintf("%d more", len(holders)-i))
			break
		}
		whom = append(whom, string(h.User))
	}
	for _, e := range what {
		rights = append(rights, e.String())
	}
	p.Printf("%s", console.FoldAt(fmt.Sprintf("  %s %s ", strings.Join(whom, ", "), verb), 6, strings.Join(rights, ", ")))
}

// set changes one thing of a page: access=all, medical=view, case.delete=yes.
func (p *program) set(page *Privileges, text string) error {
	name, value, found := strings.Cut(text, "=")
	if !found {
		return fmt.Errorf("%q is not a setting: want medical=view, case.delete=yes or access=all, say", text)
	}
	if name == "access" {
		var known []string
		for _, a := range accesses {
			known = append(known, a.scope)
		}
		if !slices.Contains(known, value) {
			return fmt.Errorf("unknown access %q: want own, agency or all", value)
		}
		page.Access = value
		return nil
	}
	var names []string
	for _, privilege := range p.Policy.Catalog().Privileges() {
		if privilege.Area == "" {
			continue
		}
		if privilege.Name == name || strings.EqualFold(privilege.Title, name) {
			return setLevel(page, privilege, value)
		}
		names = append(names, privilege.Name)
	}
	return fmt.Errorf("unknown privilege %q%s", name, suggest.Hint(name, names))
}

func setLevel(page *Privileges, privilege *roles.Privilege, value string) error {
	choices := append([]string{"none"}, privilege.Levels...)
	if len(privilege.Levels) == 0 {
		choices = []string{"no", "yes"}
	}
	level := slices.Index(choices, value)
	if level < 0 {
		return fmt.Errorf("%s=%s: want %s", privilege.Name, value, strings.Join(choices, ", "))
	}
	page.Held = slices.DeleteFunc(page.Held, func(a roles.Action) bool { return slices.Contains(privilege.Actions(), a) })
	if level > 0 {
		page.Held = append(page.Held, privilege.Actions()[level-1])
	}
	return nil
}
