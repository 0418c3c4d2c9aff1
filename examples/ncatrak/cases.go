package main

import (
	"cmp"
	"slices"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/examples/internal/console"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A Case is a record of a center. Its number is unique there.
type Case struct {
	Number, Center string
	Personnel      []roles.UserID // whom the record names
	Denied         []roles.UserID // who is barred from it
	Interviewed    bool           // the forensic interview is recorded
}

// A Person is a record of a center. Its tags name the fields of the policy's
// views of people.
type Person struct {
	ID, Center string
	Name       string   `view:"name"`
	Born       string   `view:"born"`
	Address    string   `view:"address"`
	Cases      []string // the numbers of the cases that the person is on
}

// A Line is one of a meeting's agenda.
type Line struct {
	Center, Person string
	Hour           string `view:"hour"`
	Case           string `view:"case"`
	Name           string `view:"name"`
}

// Records are the tables of the application: cases and people by center and
// number.
type Records struct {
	cases     map[[2]string]*Case
	people    map[[2]string]*Person
	agenda    []agendaLine
	byDefault string // the center of what is not said to be in one
}

// An agendaLine is a line and the day of its meeting.
type agendaLine struct {
	Meeting string
	Line
}

func newRecords() *Records {
	return &Records{cases: map[[2]string]*Case{}, people: map[[2]string]*Person{}}
}

// Case returns a case as a resource, with what the record says of it and what
// the directory says of the people whom it names.
func (r *Records) Case(center, number string, now *roles.Snapshot) (scope.Resource, bool) {
	c, ok := r.cases[[2]string{center, number}]
	if !ok {
		return scope.Resource{}, false
	}
	agencies := []string{}
	for _, id := range c.Personnel {
		if u, ok := now.User(id); ok && u.Unit.Type == "agency" && !slices.Contains(agencies, u.Unit.ID) {
			agencies = append(agencies, u.Unit.ID)
		}
	}
	return scope.Resource{
		Type: "case", ID: number, Parent: scope.NewRef("center", center),
		Attributes: scope.Map{"personnel": c.Personnel, "agencies": agencies, "denied": c.Denied, "interviewed": c.Interviewed},
	}, true
}

// Person returns a person as the resources to ask about: one on each of their
// cases, or one with no case.
func (r *Records) Person(center, id string, now *roles.Snapshot) []scope.Resource {
	p, ok := r.people[[2]string{center, id}]
	if !ok {
		return nil
	}
	var all []scope.Resource
	for _, number := range p.Cases {
		if on, ok := r.Case(center, number, now); ok {
			all = append(all, scope.Resource{Type: "person", ID: id, In: &on})
		}
	}
	if len(all) == 0 {
		all = append(all, scope.Resource{Type: "person", ID: id, Parent: scope.NewRef("center", center)})
	}
	return all
}

// Cases returns the numbers of a center's cases, in order.
func (r *Records) Cases(center string) []string { return numbers(r.cases, center) }

// People returns the ids of a center's people, in order.
func (r *Records) People(center string) []string { return numbers(r.people, center) }

func numbers[T any](table map[[2]string]T, center string) []string {
	var all []string
	for key := range table {
		if key[0] == center {
			all = append(all, key[1])
		}
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return all
}

// Deny bars a user from a case, as far as the asking user may.
func (r *Records) Deny(s *access.Session, center, number string, user roles.UserID, now *roles.Snapshot) access.Decision {
	at, _ := r.Case(center, number, now)
	d := s.Decide("case.deny", at)
	if d.Allowed() {
		c := r.cases[[2]string{center, number}]
		c.Denied = append(c.Denied, user)
	}
	return d
}

// Seen returns what a session's user sees of a person's record through one of the
// policy's views: by the case that lets them see most of it, or as one with no
// case.
func (r *Records) Seen(s *access.Session, view, center, id string, now *roles.Snapshot) access.View {
	best, _ := console.Best(s, "people.view", r.Person(center, id, now))
	return s.View(view, best)
}
