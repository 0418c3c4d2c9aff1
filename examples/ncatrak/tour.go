package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/examples/internal/console"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// tour shows what the policy does: who sees what, how a center makes its roles,
// what is refused.
func (p *program) tour([]string) (int, error) {
	if p.Options.OwnFiles() {
		return console.NotAsked, errors.New("the tour is of the sample: ask something of your own, as in: ncatrak help")
	}
	now := p.Directory.Snapshot()
	p.Printf("%s\n\n", p.Style.Bold("NCAtrak: every center makes its own roles"))
	p.Text("", fmt.Sprintf(`The sample has %d centers with %d people in %d roles of their own making, and cases and people of the same
		numbers in both. The policy is examples/ncatrak/ncatrak.yaml; the centers are in directory.yaml beside it.`,
		len(now.Units("center", scope.Root())), len(now.Users()), len(now.Roles())-len(p.Policy.Roles())))
	for _, part := range []func() error{p.tabsOfACase, p.agendas, p.aNewRole, p.refusals, p.constraints, p.deeds} {
		if err := part(); err != nil {
			return console.NotAsked, err
		}
	}
	p.Text("\n", "Ask for more: go run ./examples/ncatrak help")
	return console.Yes, nil
}

func (p *program) tabsOfACase() error {
	p.Heading("1. The same case, as different people see it")
	p.Text("", `Each role reaches the cases of its own case access: own, the agency's, or all. Who has several roles has what
		each gives, where that role reaches.`)
	for _, look := range [][2]string{{"ivan", "1001"}, {"mel", "1001"}, {"cora", "1001"}, {"sven", "1003"}, {"ivan", "1003"}, {"ivo", "1001"}} {
		u, of, session, err := p.caseFor(look[:])
		if err != nil {
			return err
		}
		p.Printf("\n%s", p.Style.Bold(console.Fold("", fmt.Sprintf("%s, case %s of %s", p.introduce(u), of.ID, of.Parent.ID))))
		var enabled, readOnly []string
		for _, t := range Tabs(session, p.Policy.Catalog(), of) {
			switch {
			case t.Update.Allowed():
				enabled = append(enabled, t.Title)
			case t.View.Allowed():
				readOnly = append(readOnly, t.Title)
			}
		}
		for _, line := range [][2]string{{"enabled", strings.Join(enabled, ", ")}, {"read-only", strings.Join(readOnly, ", ")}} {
			if line[1] != "" {
				p.Printf("%s", console.FoldAt(fmt.Sprintf("  %-10s ", line[0]), 13, line[1]))
			}
		}
		if len(enabled)+len(readOnly) == 0 {
			p.Printf("  every tab is disabled\n")
		}
	}
	return nil
}

func (p *program) agendas() error {
	p.Heading("2. Everybody on the team sees the agenda, but not every name")
	for _, user := range []string{"ines", "cora"} {
		p.Printf("\n")
		if _, err := p.agenda([]string{user}); err != nil {
			return err
		}
	}
	return nil
}

const advocate = roles.RoleID("lakeside.victim-advocate")

// aNewRole makes a role as the roles page does.
func (p *program) aNewRole() error {
	p.Heading("3. olga, the Security Officer, makes a role")
	olga, lakeside := p.Engine.Admin("olga", nil), center("lakeside")
	if _, err := AddRole(olga, lakeside, advocate, "Victim Advocate"); err != nil {
		return err
	}
	p.Printf("  it is Victim Advocate, reaches its holder's own cases, and may do nothing yet\n")
	page := Privileges{"own", []roles.Action{"general.view", "people.update", "victim_advocacy.update", "clinical_images.view"}}
	_, err := SetPrivileges(olga, advocate, page)
	if err == nil {
		return errors.New("clinical images without medical details: nobody refused it")
	}
	p.Printf("  she checks Clinical Images, too\n")
	p.Sentence(err.Error(), false)
	page.Held = append(page.Held, "medical_details.view")
	if _, err := SetPrivileges(olga, advocate, page); err != nil {
		return err
	}
	if _, err := SavePersonnel(olga, "pete", true, advocate); err != nil {
		return err
	}
	p.Printf("  with Medical Details it can be saved; and pete gets an account, and the role\n")
	p.Printf("  later she would give it all cases, and take the images away:\n")
	page = Privileges{"all", []roles.Action{"general.view", "people.update", "victim_advocacy.update"}}
	p.preview("olga", func(tx *roles.Tx) error { return setPrivileges(tx, advocate, page) })
	return nil
}

// An attempt is a change that somebody tries to make.
type attempt struct {
	by   roles.UserID
	what string
	make func(a *access.Admin) (roles.Commit, error)
}

// attempts are changes that the policy refuses: the actor may not make them, or
// an invariant would break.
var attempts = []attempt{
	{"uma", "deletes a role that people hold", func(a *access.Admin) (roles.Commit, error) {
		return DeleteRole(a, "lakeside.detective")
	}},
	{"uma", "calls Detective what another role is called", func(a *access.Admin) (roles.Commit, error) {
		return RenameRole(a, "lakeside.detective", " data entry ")
	}},
	{"uma", "takes mel's only role away, and leaves her the account", func(a *access.Admin) (roles.Commit, error) {
		return SavePersonnel(a, "mel", true)
	}},
	{"uma", "gives a role what is the Security Officer's alone", func(a *access.Admin) (roles.Commit, error) {
		return SetPrivileges(a, "lakeside.office-manager", Privileges{"own", []roles.Action{"case.deny", "admin.roles"}})
	}},
	{"uma", "makes herself Security Officer", func(a *access.Admin) (roles.Commit, error) {
		return SavePersonnel(a, "uma", true, "lakeside.office-manager", securityOfficer)
	}},
	{"olga", "makes her own account inactive", func(a *access.Admin) (roles.Commit, error) {
		return SavePersonnel(a, "olga", false, securityOfficer)
	}},
	{"olga", "lets Detective see medical tabs of all cases, and the rest of its own", func(a *access.Admin) (roles.Commit, error) {
		return a.Update(func(tx *roles.Tx) error {
			return change(tx, "lakeside.detective", func(r *roles.Role) {
				r.Grants = append(r.Grants, roles.Grant{Privileges: []roles.Action{"medical.view"}, Scope: "all"})
			})
		})
	}},
	{"dana", "changes a role", func(a *access.Admin) (roles.Commit, error) {
		return SetPrivileges(a, "lakeside.data-entry", Privileges{"all", []roles.Action{"admin.roles"}})
	}},
	{"olive", "renames a role of the other center", func(a *access.Admin) (roles.Commit, error) {
		return RenameRole(a, advocate, "Advocate")
	}},
}

func (p *program) refusals() error {
	p.Heading("4. What is refused, as a whole and without a trace")
	before := p.Directory.Snapshot()
	for _, a := range attempts {
		p.Printf("  %s %s\n", a.by, a.what)
		_, err := a.make(p.Engine.Admin(a.by, nil))
		if err == nil {
			return fmt.Errorf("%s %s: nobody refused it", a.by, a.what)
		}
		p.Sentence(err.Error(), false)
	}
	if p.Directory.Snapshot() != before {
		return errors.New("a refused change left a trace")
	}
	return nil
}

// constraints shows what beats every role.
func (p *program) constraints() error {
	p.Heading("5. What no role gets around")
	for _, q := range []struct {
		user   roles.UserID
		what   string
		action roles.Action
		of     string
	}{
		{"fay", "is an interviewer, and the interview of case 1002 is not recorded yet", "mdt.view", "case:1002"},
		{"dana", "was barred from case 1004 by the Security Officer", "general.view", "case:1004"},
		{"olga", "of a center that receives no data transfers", "transfer.log", "center:lakeside"},
		{"leo", "has left, and still holds the role Detective", "general.view", "case:1002"},
		{"olive", "may do everything, in the other center", "general.view", "case:1004@center:lakeside"},
	} {
		u, err := p.User(string(q.user))
		if err != nil {
			return err
		}
		all, _, err := p.Service.Resource(q.of, u, nil)
		if err != nil {
			return err
		}
		p.Printf("  %s %s\n", q.user, q.what)
		d := p.Engine.Decide(q.user, q.action, all[0])
		if d.Allowed() {
			return fmt.Errorf("%s: nobody stopped it", q.user)
		}
		p.Sentence(d.String(), false)
	}
	return nil
}

// deeds are changes that work, and what comes of them.
func (p *program) deeds() error {
	p.Heading("6. What works")
	now := p.Directory.Snapshot
	does := func(what string, commit roles.Commit, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		p.Printf("  %s\n", what)
		p.Sentence(summary(commit), true)
		return nil
	}
	show := func(user roles.UserID, action roles.Action, number string) {
		of, _ := p.records.Case("lakeside", number, now())
		d := p.Engine.Decide(user, action, of)
		p.Sentence(fmt.Sprintf("%s %s case %s: %t; %s", user, action, number, d.Allowed(), d.Message()), d.Allowed())
	}
	commit, err := AddPersonnel(p.Engine.Admin("uma", nil), "vera", agency("lakeside-police"))
	if err := does("uma, the office manager, adds a personnel record", commit, err); err != nil {
		return err
	}
	commit, err = SavePersonnel(p.Engine.Admin("uma", nil), "vera", true, "lakeside.detective")
	if err := does("and authorises an account, with a role", commit, err); err != nil {
		return err
	}
	commit, err = SetFeature(p.Engine.Admin("olga", nil), center("lakeside"), "restrict_interviewers", false)
	if err := does("olga lets interviewers see their cases at once", commit, err); err != nil {
		return err
	}
	show("fay", "mdt.view", "1002")
	p.Printf("  olga bars cora from a case\n")
	if d := p.records.Deny(p.Engine.For("olga", nil), "lakeside", "1003", "cora", now()); !d.Allowed() {
		return errors.New(d.String())
	}
	show("cora", "general.view", "1003")
	commit, err = Provision(p.Directory, center("bayview"), agency("bayview-cac"), "beth")
	return does("the system sets up a third center, with its first Security Officer", commit, err)
}

// summary says what a commit did.
func summary(c roles.Commit) string {
	var steps []string
	for _, change := range c.Changes {
		steps = append(steps, change.String())
	}
	return strings.Join(steps, "; ")
}
