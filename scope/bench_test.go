package scope_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// A caseFile is a resource as an application has it.
type caseFile struct {
	ID        string    `bailiwick:",id"`
	Agency    string    `bailiwick:",parent=agency"`
	Assignees []string  `bailiwick:"assignees"`
	Status    string    `bailiwick:"status"`
	SignedOff bool      `bailiwick:"signed_off"`
	Opened    time.Time `bailiwick:"opened"`
	Warnings  int       `bailiwick:"warnings"`
	Owner     string    `bailiwick:"owner"`
}

// BenchmarkLocate measures what it takes to put a resource into the tree, all its
// attributes checked, which is done once a question.
func BenchmarkLocate(b *testing.B) {
	types, err := scope.NewTypes([]scope.TypeSpec{{Name: "agency", Unit: true}, {Name: "case", In: []string{"agency"}, Attributes: map[string]string{
		"assignees": "list(string)", "status": "string", "signed_off": "bool", "opened": "timestamp", "warnings": "int", "owner": "string",
	}}})
	if err != nil {
		b.Fatal(err)
	}
	bound, err := scope.StructOf[caseFile](types, "case")
	if err != nil {
		b.Fatal(err)
	}
	file := caseFile{ID: "c1", Agency: "a1", Status: "open", Opened: time.Unix(0, 0), Owner: "ann.smith"}
	for i := range 10 {
		file.Assignees = append(file.Assignees, fmt.Sprint("u", i))
	}
	byName := scope.Resource{Type: "case", ID: "c1", Parent: scope.NewRef("agency", "a1"), Attributes: scope.Map{
		"assignees": file.Assignees, "status": file.Status, "signed_off": file.SignedOff, "opened": file.Opened, "warnings": file.Warnings, "owner": file.Owner,
	}}
	b.Run("resource of a struct", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if r := bound.Resource(&file); r.ID != file.ID {
				b.Fatal(r)
			}
		}
	})
	for _, from := range []struct {
		name     string
		resource func() scope.Resource
	}{{"struct", func() scope.Resource { return bound.Resource(&file) }}, {"map", func() scope.Resource { return byName }}} {
		b.Run(from.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := types.Locate(from.resource(), nil); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(from.name+" of a unit that is kept", func(b *testing.B) {
			agency, err := types.Keep(scope.NewRef("agency", "a1"), nil, nil, "kept")
			if err != nil {
				b.Fatal(err)
			}
			room, units, r, typ := new(scope.Room), &keptAgency{agency}, from.resource(), types.Type("case")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := types.LocateIn(room, typ, &r, nil, units); err != nil {
					b.Fatal(err)
				}
				room.Clear()
			}
		})
	}
}

// A keptAgency is Units of one agency, whose place is ready.
type keptAgency struct{ place *scope.Place }

func (k *keptAgency) Locate(scope.Ref) (scope.Ref, *scope.Values, bool) {
	return scope.Root(), nil, true
}
func (k *keptAgency) Place(scope.Ref) *scope.Place { return k.place }
func (k *keptAgency) Keeper() scope.Units          { return k }
