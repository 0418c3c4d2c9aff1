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

// BenchmarkQuestion measures one question: to put the resource into the tree
// (Locate), and to ask the conditions whose speed is held (Eval) about it.
func BenchmarkQuestion(b *testing.B) {
	types, err := scope.NewTypes([]scope.TypeSpec{{Name: "agency", Unit: true}, {Name: "case", In: []string{"agency"}, Attributes: map[string]string{
		"assignees": "list(string)", "status": "string", "signed_off": "bool", "opened": "timestamp", "warnings": "int", "owner": "string",
	}}})
	if err != nil {
		b.Fatal(err)
	}
	user, _ := scope.NewAttributeTypes(nil)
	context, _ := scope.NewAttributeTypes(nil)
	language, err := scope.NewLanguage(types, user, context, scope.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	bound, err := scope.StructOf[caseFile](types, "case")
	if err != nil {
		b.Fatal(err)
	}
	file := caseFile{ID: "c1", Agency: "a1", Status: "open", Opened: now.Add(-time.Hour), Owner: "ann.smith"}
	for i := range 10 {
		file.Assignees = append(file.Assignees, fmt.Sprint("u", i))
	}
	byName := scope.Resource{Type: "case", ID: "c1", Parent: scope.NewRef("agency", "a1"), Attributes: scope.Map{
		"assignees": file.Assignees, "status": file.Status, "signed_off": file.SignedOff, "opened": file.Opened, "warnings": file.Warnings, "owner": file.Owner,
	}}
	for name, resource := range map[string]func() scope.Resource{"map": func() scope.Resource { return byName }, "struct": func() scope.Resource { return bound.Resource(&file) }} {
		place, err := types.Locate(resource(), nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/Locate", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := types.Locate(resource(), nil); err != nil {
					b.Fatal(err)
				}
			}
		})
		for _, c := range []struct{ name, text string }{
			{"true", `true`},
			{"in", `user.id in resource.assignees`},
			{"status", `resource.status == "open" && !resource.signed_off`},
			{"time", `resource.opened < now`},
			{"three", `resource.status == "open" && resource.warnings == 0 && resource.owner.startsWith("ann")`},
			{"exists", `resource.assignees.exists(a, a == user.id)`},
		} {
			p, err := language.Predicate(c.name, c.text, []string{"case"})
			if err != nil {
				b.Fatal(err)
			}
			facts := scope.Facts{User: &scope.Subject{ID: "u9"}, Resource: place, Now: now}
			b.Run(name+"/Eval/"+c.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if truth, err := p.Eval(facts); truth != scope.True {
						b.Fatal(truth, err)
					}
				}
			})
		}
	}
}
