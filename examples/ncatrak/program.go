package main

import (
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/examples/internal/console"
	"github.com/bailiwick-authz/bailiwick/internal/suggest"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

const usage = `ncatrak: who may do what in NCAtrak

  ncatrak                               a tour of the sample
  ncatrak roles                         the roles of the centers, with holders
  ncatrak role ROLE                     the roles page of a role, steps 1 to 4
  ncatrak set-privileges ROLE SETTING…  what changing that page would do
  ncatrak case USER CASE                the tabs of a case as somebody sees them
  ncatrak report USER CASE              what a case report has for somebody
  ncatrak agenda USER                   the meetings' agenda, names restricted
  ncatrak lookup USER                   everybody's name, and what else one sees
  ncatrak may USER [ROLE]               all that one may do, or by a role alone
  ncatrak who ROLE                      who has a role, with their agencies
  ncatrak who AGENCY                    who works for it, with their roles
  ncatrak who ACTION RESOURCE           everybody who may do something
  ncatrak decide USER ACTION RESOURCE   whether somebody may, and why
  ncatrak help                          this page

A ROLE is its name or its id. A SETTING is access=own, access=agency or
access=all; a tab at a level, as in medical=update or medical=none; or a box, as
in case.delete=yes or case.delete=no. A RESOURCE is type:id, as in case:1001,
person:p1, person:p1@case:1001, center:lakeside or account:ivan.

  -center CENTER        lakeside or hillcrest, where both have what is meant
  -by USER              who changes the role; otherwise a Security Officer
  -attr NAME=VALUE      an attribute of the resource; may be repeated
  -at TIME              ask as of another time, such as 2026-07-31T12:00:00Z
  -data FILE            a directory of your own instead of the sample
  -policy FILE          a policy of your own instead of NCAtrak's

  ncatrak role "Case Coordinator"
  ncatrak set-privileges Detective clinical_images=view access=agency
  ncatrak case fay 1002
  ncatrak decide ivan medical.view case:1001
  ncatrak who forensic_interview.view case:1004

The exit status is 0 for yes, 1 for no, and 2 if the question could not be
asked.
`

var (
	//go:embed ncatrak.yaml
	policyFile []byte
	//go:embed directory.yaml
	directoryFile []byte
)

// app is the program.
var app = &console.App{
	Name: "ncatrak", Usage: usage,
	Policy:    console.Source{Name: "ncatrak.yaml", Text: policyFile},
	Directory: console.Source{Name: "directory.yaml", Text: directoryFile},
	Flags:     map[string]string{"center": "", "by": ""},
	Records: func(sample bool) (console.Records, error) {
		if sample {
			return sampleRecords()
		}
		return newRecords(), nil
	},
	Commands: []console.Command{
		command("tour", "", 0, 0, (*program).tour),
		command("roles", "", 0, 0, (*program).roles),
		command("role", "ROLE", 1, 1, (*program).role),
		command("set-privileges", "ROLE SETTING…", 2, 200, (*program).setPrivileges),
		command("case", "USER CASE", 2, 2, (*program).caseTabs),
		command("report", "USER CASE", 2, 2, (*program).report),
		command("agenda", "USER", 1, 1, (*program).agenda),
		command("lookup", "USER", 1, 1, (*program).lookup),
		command("may", "USER [ROLE]", 1, 2, (*program).may),
		command("who", "ROLE, or AGENCY, or ACTION RESOURCE", 1, 2, (*program).who),
		console.Decide,
	},
}

// A program is one run, with the application's own records.
type program struct {
	*console.Run
	records *Records
}

func command(name, arguments string, least, most int, run func(p *program, args []string) (int, error)) console.Command {
	return console.Command{Name: name, Arguments: arguments, Least: least, Most: most, Run: func(r *console.Run, args []string) (int, error) {
		records := r.Records.(*Records)
		records.byDefault = r.Options.Own["center"]
		return run(&program{r, records}, args)
	}}
}

// who answers who holds a role, or who may do something.
func (p *program) who(args []string) (int, error) {
	if len(args) == 2 {
		return console.Who.Run(p.Run, args)
	}
	if now := p.Directory.Snapshot(); now.Contains(scope.Root(), agency(args[0])) {
		return p.personnel(PersonnelOf(now, agency(args[0]))), nil
	}
	r, at, err := p.roleOf(args[0])
	if err != nil {
		return console.NotAsked, err
	}
	return p.holders(r.ID, at), nil
}

// personnel writes the people of an agency, with their roles.
func (p *program) personnel(all map[roles.UserID][]string) int {
	for _, id := range slices.Sorted(maps.Keys(all)) {
		p.Printf("%s", console.Fold(fmt.Sprintf("  %-8s ", id), cmp.Or(strings.Join(all[id], ", "), "no role")))
	}
	if len(all) == 0 {
		p.Printf("  nobody\n")
		return console.No
	}
	return console.Yes
}

// holders writes who holds a role in a center, or, where none is meant, in any,
// with their agencies.
func (p *program) holders(role roles.RoleID, at scope.Ref) int {
	now := p.Directory.Snapshot()
	status := console.No
	for _, h := range p.having(role, at) {
		u, _ := now.User(h.User)
		status = console.Yes
		inactive := ""
		if u.Inactive {
			inactive = "   (account inactive)"
		}
		p.Printf("  %-8s %s%s\n", h.User, h.Agency.ID, inactive)
	}
	if status == console.No {
		p.Printf("  nobody\n")
	}
	return status
}

// having is PersonnelHaving for one center, or for all.
func (p *program) having(role roles.RoleID, at scope.Ref) []Holder {
	now := p.Directory.Snapshot()
	return slices.DeleteFunc(PersonnelHaving(now, role), func(h Holder) bool {
		u, _ := now.User(h.User)
		return !at.IsZero() && centerOf(now, u) != at
	})
}

// centers are those that are asked about: the one that is named, or all.
func (p *program) centers() ([]scope.Ref, error) {
	if name := p.Options.Own["center"]; name != "" {
		return []scope.Ref{center(name)}, p.Known(center(name))
	}
	return p.Directory.Snapshot().Units("center", scope.Root()), nil
}

// roleOf finds a role by its name or id, and the center that it is asked about,
// which is none for a fixed role where none is named.
func (p *program) roleOf(text string) (r roles.Role, at scope.Ref, err error) {
	centers, err := p.centers()
	if err != nil {
		return r, at, err
	}
	var found []roles.Role
	var names []string
	for _, r := range p.Directory.Snapshot().Roles() {
		if !r.Fixed && !slices.Contains(centers, r.Unit) {
			continue
		}
		if string(r.ID) == text || sameName(r, text) {
			found = append(found, r)
		}
		names = append(names, nameOf(r))
	}
	switch {
	case len(found) == 0:
		return r, at, fmt.Errorf("there is no role %q%s", text, suggest.Hint(text, names))
	case len(found) > 1:
		return r, at, fmt.Errorf("%s and %s have a role %q: add -center %s, say", found[0].Unit, found[1].Unit, text, found[0].Unit.ID)
	case found[0].Fixed && len(centers) == 1:
		return found[0], centers[0], nil
	}
	return found[0], found[0].Unit, nil
}

// asker finds a user, their center, and asks for them.
func (p *program) asker(name string) (u roles.User, at scope.Ref, session *access.Session, err error) {
	if u, err = p.User(name); err != nil {
		return u, at, nil, err
	}
	session, err = p.Session(u.ID, p.Options.Context)
	return u, centerOf(p.Directory.Snapshot(), u), session, err
}
