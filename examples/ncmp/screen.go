package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/examples/internal/console"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A tab is one area of the screen with the actions behind it.
type tab struct {
	area  string
	items []item
}

// An item is one action on the screen.
type item struct {
	title string
	access.Decision
}

// grouped groups the answers for a screen by area, in the order of the policy.
func (p *program) grouped(all []access.Decision) []tab {
	var tabs []tab
	for _, d := range all {
		right, ok := p.Policy.Catalog().Right(d.Action())
		if !ok {
			continue
		}
		privilege := right.Privilege()
		if len(tabs) == 0 || tabs[len(tabs)-1].area != privilege.Area {
			tabs = append(tabs, tab{area: privilege.Area})
		}
		t := &tabs[len(tabs)-1]
		t.items = append(t.items, item{cmp.Or(privilege.Title, string(d.Action())), d})
	}
	return tabs
}

// marks are what stands before an item.
var marks = map[access.Answer]string{access.Allowed: "[x] ", access.Open: "[~] ", access.Denied: "[ ] "}

const legend = "[x] enabled   [~] enabled for some   [ ] greyed out"

// screen writes a user's screen of an authority, with every action and why.
func (p *program) screen(args []string) (int, error) {
	u, err := p.User(args[0])
	if err != nil {
		return console.NotAsked, err
	}
	at, err := p.authorityOf(u, args[1:])
	if err != nil {
		return console.NotAsked, err
	}
	resource, err := p.resource(at.String(), p.Options.Attributes)
	if err != nil {
		return console.NotAsked, err
	}
	session, err := p.Session(u.ID, p.Options.Context)
	if err != nil {
		return console.NotAsked, err
	}
	all := slices.Collect(session.Capabilities(resource))
	if len(all) > 0 {
		if err := console.Asked(all[0]); err != nil {
			return console.NotAsked, err
		}
	}
	p.Printf("%s\n%s\n", p.Style.Bold(p.introduce(u, at)), p.Style.Dim(legend))
	for _, t := range p.grouped(all) {
		p.Printf("\n%s\n", p.Style.Bold(cmp.Or(t.area, "Actions")))
		for _, i := range t.items {
			p.Printf("%s", p.item(i))
		}
	}
	return console.Yes, nil
}

// item writes an action of the screen, and below it why.
func (p *program) item(i item) string {
	head := console.Fold("  "+marks[i.Answer()], i.title+" · "+string(i.Action()))
	if i.title == string(i.Action()) {
		head = console.Fold("  "+marks[i.Answer()], i.title)
	}
	why := p.Style.Dim(console.Fold("      ", i.Why()))
	if i.Answer() == access.Denied {
		return p.Style.Dim(head) + why
	}
	return head + why
}

// authorityOf returns the authority whose screen is asked for: the one that is
// named, or the user's.
func (p *program) authorityOf(u roles.User, args []string) (scope.Ref, error) {
	now := p.Directory.Snapshot()
	if len(args) == 1 {
		ref := authority(args[0])
		if strings.Contains(args[0], ":") {
			var err error
			if ref, err = scope.ParseRef(args[0]); err != nil {
				return ref, err
			}
		}
		return ref, p.Known(ref)
	}
	for at, ok := u.Unit, true; ok && !at.IsZero(); at, _, ok = now.Locate(at) {
		if at.Type == "authority" {
			return at, nil
		}
	}
	return scope.Ref{}, fmt.Errorf("%s belongs to no authority: name one, as in: ncmp screen %s leeds", u.ID, u.ID)
}

// introduce says in one line who somebody is: their unit, roles and schools.
func (p *program) introduce(u roles.User, at scope.Ref) string {
	now := p.Directory.Snapshot()
	clauses := []string{string(u.ID)}
	if !u.Unit.IsZero() {
		clauses[0] += " of " + u.Unit.String()
	}
	var titles []string
	for _, b := range now.Bindings(u.ID) {
		r, _ := now.Role(b.Role)
		titles = append(titles, cmp.Or(r.Name, string(r.ID)))
	}
	if len(titles) == 0 {
		titles = []string{"no role"}
	}
	clauses = append(clauses, strings.Join(titles, ", "))
	if all := now.Units("school", at); len(all) > 0 {
		assigned := 0
		for _, school := range all {
			if now.AssignmentsOf(u.ID).Has(school) {
				assigned++
			}
		}
		clauses = append(clauses, fmt.Sprintf("%d of %d schools", assigned, len(all)))
	}
	return strings.Join(clauses, " · ")
}

// resource reads what somebody wrote for a resource that is in one place.
func (p *program) resource(text string, given console.Pairs) (scope.Resource, error) {
	all, _, err := p.Service.Resource(text, roles.User{}, given)
	if err != nil {
		return scope.Resource{}, err
	}
	return all[0], nil
}
