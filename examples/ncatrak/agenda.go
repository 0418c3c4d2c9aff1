package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/examples/internal/console"
	"github.com/bailiwick-authz/bailiwick/roles"
)

// agenda writes the agendas of the meetings of somebody's center, as they see
// them.
func (p *program) agenda(args []string) (int, error) {
	u, at, session, err := p.asker(args[0])
	if err != nil {
		return console.NotAsked, err
	}
	redactor, err := access.RedactorOf[Line](p.Policy, "person")
	if err != nil {
		return console.NotAsked, err
	}
	p.Printf("%s", p.Style.Bold(console.Fold("", p.introduce(u))))
	now, meeting := p.Directory.Snapshot(), ""
	for _, line := range p.records.agenda {
		if line.Center != at.ID {
			continue
		}
		view := p.records.Seen(session, "agenda", line.Center, line.Person, now)
		if !view.Shown() {
			continue
		}
		seen := redactor.Redact(view, &line.Line)
		if line.Meeting != meeting {
			meeting = line.Meeting
			p.Heading("Meeting of " + meeting)
		}
		p.Printf("  %s  case %s  %s\n", seen.Hour, seen.Case, seen.Name)
	}
	if meeting == "" {
		p.Printf("  no agenda is open to them\n")
		return console.No, nil
	}
	return console.Yes, nil
}

// lookup writes what somebody finds when they look people up: everybody's name,
// and what else they may see.
func (p *program) lookup(args []string) (int, error) {
	u, at, session, err := p.asker(args[0])
	if err != nil {
		return console.NotAsked, err
	}
	redactor, err := access.RedactorOf[Person](p.Policy, "person")
	if err != nil {
		return console.NotAsked, err
	}
	p.Printf("%s\n", p.Style.Bold(console.Fold("", p.introduce(u))))
	status := console.No
	for _, id := range p.records.People(at.ID) {
		view := p.records.Seen(session, "lookup", at.ID, id, p.Directory.Snapshot())
		if !view.Shown() {
			continue
		}
		seen := redactor.Redact(view, p.records.people[[2]string{at.ID, id}])
		status = console.Yes
		p.Printf("%s\n", strings.TrimRight(fmt.Sprintf("  %-14s %-11s %s", seen.Name, seen.Born, seen.Address), " "))
	}
	if status == console.No {
		p.Printf("  they cannot look anybody up\n")
	}
	return status, nil
}

// may writes all that somebody may do, role by role; or, of one role, what no
// other role of theirs gives them.
func (p *program) may(args []string) (int, error) {
	u, _, session, err := p.asker(args[0])
	if err != nil {
		return console.NotAsked, err
	}
	p.Printf("%s", p.Style.Bold(console.Fold("", p.introduce(u))))
	all := session.Holdings()
	if len(args) == 2 {
		r, _, err := p.roleOf(args[1])
		if err != nil {
			return console.NotAsked, err
		}
		all = session.GivenOnlyBy(r.ID)
		p.Printf("what only %s gives them:\n", nameOf(r))
	}
	p.holdings(all)
	if len(all) == 0 {
		p.Printf("  nothing\n")
		return console.No, nil
	}
	return console.Yes, nil
}

// holdings writes entitlements by role and scope.
func (p *program) holdings(all []access.Holding) {
	type source struct {
		role  roles.RoleID
		scope string
	}
	var order []source
	actions := map[source][]string{}
	for _, h := range all {
		from := source{h.Binding.Role, h.Scope}
		if !slices.Contains(order, from) {
			order = append(order, from)
		}
		actions[from] = append(actions[from], string(h.Action))
	}
	now := p.Directory.Snapshot()
	for _, from := range order {
		r, _ := now.Role(from.role)
		reach := map[string]string{"own": "of own cases", "agency": "of the agency's cases", "all": "everywhere in the center"}[from.scope]
		p.Printf("%s", console.FoldAt(fmt.Sprintf("  %s, %s: ", nameOf(r), cmp.Or(reach, from.scope)), 6, strings.Join(actions[from], ", ")))
	}
}
