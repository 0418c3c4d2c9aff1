package main

import (
	"fmt"
	"strings"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// An attempt is a change that somebody tries to make.
type attempt struct {
	by   roles.UserID
	what string
	make func(tx *roles.Tx)
}

// refused are changes that the policy refuses: the actor may not make them, or
// an invariant would break.
func refused() []attempt {
	leeds, wharfe := authority("leeds"), provider("wharfe")
	return []attempt{
		{"yan", "removes the last super user of york: himself", func(tx *roles.Tx) { tx.RemoveUser("yan") }},
		{"pat", "makes sue, with all schools, a second NCMP lead", func(tx *roles.Tx) {
			assignAll(tx, "sue", leeds)
			tx.Bind("sue", ncmpLead, leeds)
		}},
		{"pat", "takes a school away from the lead", func(tx *roles.Tx) { tx.Unassign("pat", school("s7")) }},
		{"lou", "adds a school behind the lead's back", func(tx *roles.Tx) { tx.AddUnit(school("s41"), leeds) }},
		{"mo", "gives herself a school", func(tx *roles.Tx) { tx.Assign("mo", school("s11")) }},
		{"yan", "adds a user to leeds", func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "zoe", Unit: leeds}) }},
		{"prue", "hands on a school that the provider does not have", func(tx *roles.Tx) { tx.Assign("dev", school("s1")) }},
		{"sue", "removes a provider that has users", func(tx *roles.Tx) { tx.RemoveUnit(wharfe) }},
	}
}

func (p *program) refusals() error {
	p.Heading("4. What is refused, as a whole and without a trace")
	before := p.Directory.Snapshot()
	for _, a := range refused() {
		p.Printf("  %s %s\n", a.by, a.what)
		_, err := p.Engine.Admin(a.by, nil).Update(func(tx *roles.Tx) error { a.make(tx); return nil })
		if err == nil {
			return fmt.Errorf("%s %s: nobody refused it", a.by, a.what)
		}
		p.Sentence(err.Error(), false)
	}
	if p.Directory.Snapshot() != before {
		return fmt.Errorf("a refused change left a trace")
	}
	return nil
}

// A deed is a change that works.
type deed struct {
	what string
	do   func(p *program) (roles.Commit, error)
}

var deeds = []deed{
	{"pat adds a school and, with the same change, assigns it to the lead", func(p *program) (roles.Commit, error) {
		return AddSchool(p.Engine.Admin("pat", nil), authority("leeds"), school("s41"))
	}},
	{"sue allocates a school to the provider, whose super user gets it", func(p *program) (roles.Commit, error) {
		return Allocate(p.Engine.Admin("sue", nil), school("s37"), provider("wharfe"))
	}},
	{"pat makes prue of the provider NCMP lead: done, with a warning", func(p *program) (roles.Commit, error) {
		return HandOver(p.Engine.Admin("pat", nil), "pat", "prue", authority("leeds"))
	}},
	{"sue takes the lead over", func(p *program) (roles.Commit, error) {
		return HandOver(p.Engine.Admin("sue", nil), "prue", "sue", authority("leeds"))
	}},
	{"sue removes pat, her predecessor, with all that pat had", func(p *program) (roles.Commit, error) {
		return p.Engine.Admin("sue", nil).Update(func(tx *roles.Tx) error { tx.RemoveUser("pat"); return nil })
	}},
	{"sue signs off the collection year", func(p *program) (roles.Commit, error) {
		return SignOff(p.Engine.Admin("sue", nil), authority("leeds"), p.records.year)
	}},
	{"the system sets up a third authority, with its primary super user", func(p *program) (roles.Commit, error) {
		return Provision(p.Directory, authority("hull"), []scope.Ref{school("h1"), school("h2")}, "hal")
	}},
}

func (p *program) successes() error {
	p.Heading("5. What works")
	for _, d := range deeds {
		p.Printf("  %s\n", d.what)
		commit, err := d.do(p)
		if err != nil {
			return fmt.Errorf("%s: %w", d.what, err)
		}
		p.Sentence(summary(commit), true)
		for _, warning := range commit.Warnings {
			p.Sentence("warning: "+warning.Error(), false)
		}
	}
	p.Printf("%s\n", "  and cy, who could edit in her schools before the sign-off, now only reads")
	session, err := p.Session("cy", nil)
	if err != nil {
		return err
	}
	pupil := p.records.resource(scope.NewRef("pupil", "p7"), p.Directory.Snapshot())
	for _, action := range []roles.Action{"pupil.edit", "pupil.view"} {
		d := session.Decide(action, pupil)
		p.Sentence(d.String(), d.Allowed())
	}
	return nil
}

// summary says what a commit did: its first steps, of which the assignments to
// one user count as one.
func summary(c roles.Commit) string {
	var steps []string
	counts := map[string]int{}
	for _, change := range c.Changes {
		text := change.String()
		if a, ok := change.Record().(roles.Assignment); ok {
			kind := fmt.Sprintf("%s %%d schools to %s", change.Kind, a.User)
			if change.Kind == roles.Unassigned {
				kind = fmt.Sprintf("%s %%d schools from %s", change.Kind, a.User)
			}
			if counts[kind]++; counts[kind] > 1 {
				continue
			}
			text = kind
		}
		steps = append(steps, text)
	}
	for i, step := range steps {
		if n := counts[step]; n > 0 {
			steps[i] = strings.Replace(fmt.Sprintf(step, n), " 1 schools", " 1 school", 1)
		}
	}
	if more := len(steps) - 2; more > 1 {
		steps = append(steps[:2], fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("revision %d: %s", c.Revision, strings.Join(steps, "; "))
}
