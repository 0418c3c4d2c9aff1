package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// tour shows what the policy does: who sees what, what is refused, what works.
func (p *program) tour(s *service, o *options, _ []string) (int, error) {
	if o.data != "" || o.policy != "" {
		return notAsked, errors.New("the tour is of the sample: ask something of your own, as in: ncmp help")
	}
	now := s.directory.Snapshot()
	fmt.Fprintf(p.stdout, "%s\n\n", p.style.bold("The National Child Measurement Programme: who may do what"))
	p.text("", fmt.Sprintf(`The sample has %d authorities with %d schools, a provider that one of them contracts, and %d people.
		The policy is examples/ncmp/ncmp.yaml; the people are in directory.yaml beside it.`,
		len(now.UnitsIn(scope.Root())), len(now.Units("school", scope.Root())), len(now.Users())))
	for _, part := range []func(*service) error{p.screens, p.indicators, p.questions, p.refusals, p.successes} {
		if err := part(s); err != nil {
			return notAsked, err
		}
	}
	p.text("\n", "Ask for more: go run ./examples/ncmp help")
	return yes, nil
}

func (p *program) text(lead, text string) { fmt.Fprint(p.stdout, lead, fold("", text)) }

func (p *program) heading(text string) {
	fmt.Fprintf(p.stdout, "\n%s\n", p.style.bold(text))
}

// personas are the people whose screens the tour shows.
var personas = []roles.UserID{"nia", "mo", "sam", "cy", "lou", "sue", "pat", "prue"}

func (p *program) screens(s *service) error {
	p.heading("1. What each person's screen shows")
	fmt.Fprintln(p.stdout, p.style.dim(legend))
	fmt.Fprintln(p.stdout, p.style.dim("What is greyed out without a reason, no role of theirs grants."))
	for _, id := range personas {
		u, err := s.user(string(id))
		if err != nil {
			return err
		}
		at, err := s.authorityOf(u, nil)
		if err != nil {
			return err
		}
		resource, err := s.resource(at.String(), nil)
		if err != nil {
			return err
		}
		session, err := s.session(u.ID, nil)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "\n%s\n", p.style.bold(s.introduce(u, at)))
		p.tabs(s.tabs(session.Capabilities(resource)))
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
			fmt.Fprint(p.stdout, fold(column(area)+marks[answer], titles))
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
	fmt.Fprint(p.stdout, p.style.dim(fold(lead+marks[access.Denied], what)))
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

func (p *program) indicators(s *service) error {
	p.heading("2. The data-quality indicators count the schools of whoever asks")
	for _, id := range []roles.UserID{"mo", "kit", "dev", "cy"} {
		session, err := s.session(id, nil)
		if err != nil {
			return err
		}
		total, schools, err := Indicators(session, s.records.tallies)
		if err != nil {
			return err
		}
		line := fmt.Sprintf("  %-5s %2d schools: %3d of %3d measured (%d %%), %d blank postcodes",
			id, schools, total.Measured, total.Eligible, total.Participation(), total.BlankPostcodes)
		if schools == 0 {
			line = fmt.Sprintf("  %-5s sees no indicator", id)
		}
		fmt.Fprintln(p.stdout, line)
	}
	return nil
}

func (p *program) questions(s *service) error {
	p.heading("3. A question has an answer, and the answer its evidence")
	for _, q := range [][3]string{
		{"cy", "pupil.edit", "pupil:p7"},
		{"cy", "pupil.edit", "pupil:p24"},
		{"mo", "pupil.view", "pupil:p7"},
		{"pat", "submission.finalise", "authority:leeds"},
	} {
		resource, err := s.resource(q[2], nil)
		if err != nil {
			return err
		}
		session, err := s.session(roles.UserID(q[0]), nil)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "  %s %s %s%s\n", q[0], q[1], resource.Ref(), s.records.nameOf(resource.Parent))
		d := session.Decide(roles.Action(q[1]), resource)
		p.sentence(d.String(), d.Allowed())
	}
	return nil
}

// sentence writes what came of something, below it.
func (p *program) sentence(text string, good bool) {
	paint := p.style.red
	if good {
		paint = p.style.green
	}
	for line := range strings.Lines(text) {
		fmt.Fprint(p.stdout, paint(foldAt("    ", 6, line)))
	}
}
