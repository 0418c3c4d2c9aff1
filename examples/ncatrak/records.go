package main

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"

	"github.com/bailiwick-authz/bailiwick/examples/internal/console"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

var (
	//go:embed cases.csv
	casesFile []byte
	//go:embed people.csv
	peopleFile []byte
	//go:embed meetings.csv
	meetingsFile []byte
)

func sampleRecords() (*Records, error) {
	r := newRecords()
	cases, broken := table("cases.csv", casesFile)
	for _, row := range cases {
		r.cases[[2]string{row[0], row[1]}] = &Case{
			Center: row[0], Number: row[1], Personnel: users(row[2]), Denied: users(row[3]), Interviewed: row[4] == "true",
		}
	}
	people, err := table("people.csv", peopleFile)
	for _, row := range people {
		r.people[[2]string{row[0], row[1]}] = &Person{
			Center: row[0], ID: row[1], Name: row[2], Born: row[3], Address: row[4], Cases: strings.Fields(row[5]),
		}
	}
	broken = errors.Join(broken, err)
	meetings, err := table("meetings.csv", meetingsFile)
	for _, row := range meetings {
		line := Line{Center: row[0], Hour: row[2], Case: row[3], Person: row[4]}
		if p := r.people[[2]string{line.Center, line.Person}]; p != nil {
			line.Name = p.Name
		}
		r.agenda = append(r.agenda, agendaLine{row[1], line})
	}
	return r, errors.Join(broken, err)
}

func users(text string) []roles.UserID {
	var all []roles.UserID
	for id := range strings.FieldsSeq(text) {
		all = append(all, roles.UserID(id))
	}
	return all
}

// table reads a table without its head.
func table(name string, text []byte) ([][]string, error) {
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return rows[1:], nil
}

// Facts are those of every request: there are none.
func (r *Records) Facts() scope.Map { return nil }

// Resource returns a resource with what the application knows of it: a case of
// the center that is written, or of the asker's; a person on each of their cases,
// or on the one that is written.
func (r *Records) Resource(written []scope.Ref, asker roles.User, now *roles.Snapshot) (all []scope.Resource, note string, err error) {
	ref, in := written[0], scope.Ref{}
	if len(written) > 1 {
		in = written[1]
	}
	switch ref.Type {
	case "account":
		u, _ := now.User(roles.UserID(ref.ID))
		note = console.Elsewhere(ref, u.Unit, in)
		if in.IsZero() {
			in = u.Unit
		}
		return []scope.Resource{{Type: ref.Type, ID: ref.ID, Parent: in}}, note, nil
	case "case", "person", "document":
	default:
		return []scope.Resource{{Type: ref.Type, ID: ref.ID, Parent: in}}, "", nil
	}
	if in.Type == "case" {
		of, _, err := r.Resource(written[1:], asker, now)
		if err != nil {
			return nil, "", err
		}
		return []scope.Resource{{Type: ref.Type, ID: ref.ID, In: &of[0]}}, r.notOn(ref, of[0]), nil
	}
	if in.Type != "center" {
		if !in.IsZero() {
			return []scope.Resource{{Type: ref.Type, ID: ref.ID, Parent: in}}, "", nil
		}
		if in, err = r.centerOf(ref, asker, now); err != nil {
			return nil, "", err
		}
	}
	if known, ok := r.Case(in.ID, ref.ID, now); ok && ref.Type == "case" {
		return []scope.Resource{known}, "", nil
	}
	if all = r.Person(in.ID, ref.ID, now); ref.Type == "person" && len(all) > 0 {
		return all, "", nil
	}
	if len(r.cases) > 0 && ref.Type != "document" {
		note = fmt.Sprintf("the sample has no %s in %s", ref, in)
	}
	if ref.Type == "document" {
		in = scope.Ref{}
	}
	return []scope.Resource{{Type: ref.Type, ID: ref.ID, Parent: in}}, note, nil
}

// notOn is the note for a person who is written to be on a case and is not.
func (r *Records) notOn(ref scope.Ref, of scope.Resource) string {
	p := r.people[[2]string{of.Parent.ID, ref.ID}]
	if ref.Type != "person" || p == nil {
		return ""
	}
	for _, number := range p.Cases {
		if number == of.ID {
			return ""
		}
	}
	return fmt.Sprintf("the sample does not have %s on %s: answering as if it had", ref, of.Ref())
}

// centerOf returns the center in which to look: the one that the program was
// told, or the asker's, or the only one that has such a record.
func (r *Records) centerOf(ref scope.Ref, asker roles.User, now *roles.Snapshot) (scope.Ref, error) {
	if r.byDefault != "" {
		return center(r.byDefault), nil
	}
	if !asker.Unit.IsZero() {
		return centerOf(now, asker), nil
	}
	var found []scope.Ref
	for _, at := range now.Units("center", scope.Root()) {
		_, isCase := r.cases[[2]string{at.ID, ref.ID}]
		_, isPerson := r.people[[2]string{at.ID, ref.ID}]
		if isCase && ref.Type == "case" || isPerson && ref.Type == "person" {
			found = append(found, at)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return scope.Ref{}, fmt.Errorf("nothing says where %s is: write %s@center:…", ref, ref)
	}
	return scope.Ref{}, fmt.Errorf("%s is in %s and in %s: write %s@%s, say", ref, found[0], found[1], ref, found[0])
}
