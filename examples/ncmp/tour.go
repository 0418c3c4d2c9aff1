package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/examples/internal/console"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// tour shows what the policy does: who sees what, what is refused, what works.
func (p *program) tour([]string) (int, error) {
	if p.Options.OwnFiles() {
		return console.NotAsked, errors.New("the tour is of the sample: ask something of your own, as in: ncmp help")
	}
	now := p.Directory.Snapshot()
	p.Printf("%s\n\n", p.Style.Bold("The National Child Measurement Programme: who may do what"))
	p.Text("", fmt.Sprintf(`The sample has %d authorities with %d schools, a provider that one of them contracts, and %d people.
		The policy is examples/ncmp/ncmp.yaml; the people are in directory.yaml beside it.`,
		len(now.UnitsIn(scope.Root())), len(now.Units("school", scope.Root())), len(now.Users())))
	for _, part := range []func() error{p.screens, p.indicators, p.questions, p.refusals, p.successes} {
		if err := part(); err != nil {
			return console.NotAsked, err
		}
	}
	p.Text("\n", "Ask for more: go run ./examples/ncmp help")
	return console.Yes, nil
}

// personas are the people whose screens the tour shows.
var personas = []roles.UserID{"nia", "mo", "sam", "cy", "lou", "sue", "pat", "prue"}

func (p *program) screens() error {
	p.Heading("1. What each person's screen shows")
	p.Printf("%s\n", p.Style.Dim(legend))
	p.Printf("%s\n", p.Style.Dim("What is greyed out without a reason, no role of theirs grants."))
	for _, id := range personas {
		u, err := p.User(string(id))
		if err != nil {
			return err
		}
		at, err := p.authorityOf(u, nil)
		if err != nil {
			return err
		}
		resource, err := p.resource(at.String(), nil)
		if err != nil {
			return err
		}
		session, err := p.Session(u.ID, nil)
		if err != nil {
			return err
		}
		p.Printf("\n%s\n", p.Style.Bold(p.introduce(u, at)))
		p.tabs(p.grouped(slices.Collect(session.Capabilities(resource))))
	}
	return nil
}

// tabs writes a screen: each area in which something is enabled, and in one
// line those that are greyed out as a whole for the same reason.
func (p *program) tabs(tabs []tab) {
	var grey, whys []string
	for _, t := range tabs {
		if all := titlesOf(t, func(i item) bool { return i.Answer() == access.Denied && reason(i) == reason(t.items[0]) }); all != titlesOf(t, anything) {
			p.tab(t)
			continue
		}
		grey = append(grey, t.area)
		if why := reason(t.items[0]); !slices.Contains(whys, why) {
			whys = append(whys, why)
		}
	}
	if len(grey) > 0 {
		p.greyed("  ", strings.Join(grey, ", "), strings.Join(whys, "; "))
	}
}

// tab writes an area: its actions by answer, and by reason where they are
// greyed out.
func (p *program) tab(t tab) {
	area := t.area
	for _, answer := range []access.Answer{access.Allowed, access.Open} {
		titles := titlesOf(t, func(i item) bool { return i.Answer() == answer })
		if titles == titlesOf(t, anything) && len(t.items) > 1 {
			titles = "all of it"
		}
		if titles != "" {
			p.Printf("%s", console.Fold(column(area)+marks[answer], titles))
			area = ""
		}
	}
	for _, why := range reasons(t) {
		p.greyed(column(area), titlesOf(t, func(i item) bool { return i.Answer() == access.Denied && reason(i) == why }), why)
		area = ""
	}
}

func (p *program) greyed(lead, what, why string) {
	if why != "" {
		what += ": " + why
	}
	p.Printf("%s", p.Style.Dim(console.Fold(lead+marks[access.Denied], what)))
}

func column(area string) string { return fmt.Sprintf("  %-26s", area) }

func anything(item) bool { return true }

func titlesOf(t tab, which func(item) bool) string {
	var titles []string
	for _, i := range t.items {
		if which(i) {
			titles = append(titles, i.title)
		}
	}
	return strings.Join(titles, ", ")
}

// reasons are why items of an area are greyed out, each once.
func reasons(t tab) []string {
	var all []string
	seen := map[string]bool{}
	for _, i := range t.items {
		if why := reason(i); i.Answer() == access.Denied && !seen[why] {
			seen[why] = true
			all = append(all, why)
		}
	}
	return all
}

// reason is why an item is greyed out, if not for want of a grant.
func reason(i item) string {
	switch i.Reason() {
	case access.NoGrant:
		return ""
	case access.ConstraintUnmet:
		return i.Message()
	case access.OutOfScope:
		return "out of reach"
	}
	return i.Why()
}

func (p *program) indicators() error {
	p.Heading("2. The data-quality indicators count the schools of whoever asks")
	for _, id := range []roles.UserID{"mo", "kit", "dev", "cy"} {
		session, err := p.Session(id, nil)
		if err != nil {
			return err
		}
		total, schools, err := Indicators(session, p.records.tallies)
		if err != nil {
			return err
		}
		line := fmt.Sprintf("  %-5s %2d schools: %3d of %3d measured (%d %%), %d blank postcodes",
			id, schools, total.Measured, total.Eligible, total.Participation(), total.BlankPostcodes)
		if schools == 0 {
			line = fmt.Sprintf("  %-5s sees no indicator", id)
		}
		p.Printf("%s\n", line)
	}
	return nil
}

func (p *program) questions() error {
	p.Heading("3. A question has an answer, and the answer its evidence")
	for _, q := range [][3]string{
		{"cy", "pupil.edit", "pupil:p7"},
		{"cy", "pupil.edit", "pupil:p24"},
		{"mo", "pupil.view", "pupil:p7"},
		{"pat", "submission.finalise", "authority:leeds"},
	} {
		resource, err := p.resource(q[2], nil)
		if err != nil {
			return err
		}
		session, err := p.Session(roles.UserID(q[0]), nil)
		if err != nil {
			return err
		}
		p.Printf("  %s %s %s%s\n", q[0], q[1], resource.Ref(), p.records.nameOf(resource.Parent))
		d := session.Decide(roles.Action(q[1]), resource)
		p.Sentence(d.String(), d.Allowed())
	}
	return nil
}
