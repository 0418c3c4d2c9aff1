package main

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"

	"github.com/bailiwick-authz/bailiwick/examples/internal/console"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

var (
	//go:embed schools.csv
	schoolsFile []byte
	//go:embed pupils.csv
	pupilsFile []byte
)

// records are the application's own tables, which the directory knows nothing
// of. The zero records are empty.
type records struct {
	year     string // the collection year of uploads
	names    map[scope.Ref]string
	tallies  map[string]Tally // by school
	pupils   map[string]pupil
	warnings map[scope.Ref]int // unsuppressed ones, by authority
}

// A pupil's record.
type pupil struct {
	school scope.Ref
	year   string
}

func sampleRecords() (*records, error) {
	r := &records{
		year: "2025/26", names: map[scope.Ref]string{}, tallies: map[string]Tally{}, pupils: map[string]pupil{},
		warnings: map[scope.Ref]int{authority("leeds"): 2, authority("york"): 0},
	}
	rows, err := table("schools.csv", schoolsFile)
	for _, row := range rows {
		var n [3]int
		for i := range n {
			if n[i], err = strconv.Atoi(row[2+i]); err != nil {
				return nil, fmt.Errorf("schools.csv: %s: %w", row[0], err)
			}
		}
		r.names[school(row[0])] = row[1]
		r.tallies[row[0]] = Tally{Eligible: n[0], Measured: n[1], BlankPostcodes: n[2]}
	}
	if err != nil {
		return nil, err
	}
	rows, err = table("pupils.csv", pupilsFile)
	for _, row := range rows {
		r.pupils[row[0]] = pupil{school(row[1]), row[2]}
	}
	return r, err
}

// table reads a table without its head.
func table(name string, text []byte) ([][]string, error) {
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return rows[1:], nil
}

// nameOf is ", of" the name of a school, or nothing.
func (r *records) nameOf(school scope.Ref) string {
	if name := r.names[school]; name != "" {
		return ", of " + name
	}
	return ""
}

// Facts are those of every request: the collection year of an upload.
func (r *records) Facts() scope.Map { return scope.Map{"year": r.year} }

// Resource returns a resource with what the application knows of it.
func (r *records) Resource(written []scope.Ref, _ roles.User, now *roles.Snapshot) (all []scope.Resource, note string, err error) {
	resource := r.resource(written[0], now)
	if len(written) > 1 {
		note = console.Elsewhere(written[0], resource.Parent, written[1])
		resource.Parent = written[1]
	}
	return []scope.Resource{resource}, note, nil
}

// resource returns a resource with what the application knows of it.
func (r *records) resource(ref scope.Ref, in *roles.Snapshot) scope.Resource {
	resource := scope.Resource{Type: ref.Type, ID: ref.ID}
	switch ref.Type {
	case "pupil":
		if p, ok := r.pupils[ref.ID]; ok {
			resource.Parent, resource.Attributes = p.school, scope.Map{"year": p.year}
		}
	case "authority":
		if n, ok := r.warnings[ref]; ok {
			resource.Attributes = scope.Map{"warnings": n}
		}
	case "account":
		if u, ok := in.User(roles.UserID(ref.ID)); ok {
			resource.Parent = u.Unit
		}
	}
	return resource
}
