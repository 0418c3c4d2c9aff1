package main

import (
	"cmp"
	"slices"

	"github.com/bailiwick-authz/bailiwick/access"
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

// A Person is a record of a center.
type Person struct {
	ID, Center          string
	Name, Born, Address string
	Cases               []string // the numbers of the cases that the person is on
}

// Records are the tables of the application: cases and people by center and
// number.
type Records struct {
	cases  map[[2]string]*Case
	people map[[2]string]*Person
}

func newRecords() *Records {
	return &Records{map[[2]string]*Case{}, map[[2]string]*Person{}}
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

// Best returns that of several resources for which an action is allowed, or
// else the first: a person is reached by any of their cases.
func Best(s *access.Session, action roles.Action, all []scope.Resource) (scope.Resource, access.Decision) {
	var first access.Decision
	for i, r := range all {
		d := s.Decide(action, r)
		if d.Allowed() {
			return r, d
		}
		if i == 0 {
			first = d
		}
	}
	if len(all) == 0 {
		return scope.Resource{}, first
	}
	return all[0], first
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
