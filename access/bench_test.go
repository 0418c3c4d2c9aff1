package access_test

import (
	"testing"
	"time"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

const benchPolicy = `
policy: bench
resources:
  agency: {unit: true, attributes: {frozen: bool}}
  case: {in: agency, attributes: {assignees: list(string), status: string, signed_off: bool, opened: timestamp, warnings: int, owner: string}}
users: {attributes: {dept: string}}
privileges: {case.edit: {on: case}}
scopes: {own: user.id in resource.assignees}
roles: {worker: {grants: [{privileges: [case.edit], scope: own}]}}
constraints:
  - {name: the agency is not frozen, on: [case.edit], require: "!resource.agency.frozen"}
  - {name: the case is open, on: [case.edit], require: 'resource.status == "open" && !resource.signed_off && resource.opened < now'}
  - {name: people of the department, on: [case.edit], require: 'user.dept == "south" && user.agency.id == resource.agency.id'}
`

type benchCase struct {
	ID        string    `bailiwick:",id"`
	Agency    string    `bailiwick:",parent=agency"`
	Assignees []string  `bailiwick:"assignees"`
	Status    string    `bailiwick:"status"`
	SignedOff bool      `bailiwick:"signed_off"`
	Opened    time.Time `bailiwick:"opened"`
	Warnings  int       `bailiwick:"warnings"`
	Owner     string    `bailiwick:"owner"`
}

// BenchmarkDecide measures a whole question, about a resource that comes as a
// struct or with a map, and the share of it that the conditions take.
func BenchmarkDecide(b *testing.B) {
	pol, err := policy.Parse("bench.yaml", []byte(benchPolicy), nil)
	if err != nil {
		b.Fatal(err)
	}
	directory, err := roles.NewDirectory(pol, nil)
	if err != nil {
		b.Fatal(err)
	}
	a1 := scope.NewRef("agency", "a1")
	if _, err := directory.Update("bench", func(tx *roles.Tx) error {
		tx.AddUnit(a1, scope.Root())
		tx.SetUnitAttributes(a1, scope.Map{"frozen": false})
		tx.AddUser(roles.User{ID: "ann", Unit: a1, Attributes: scope.Map{"dept": "south"}})
		tx.Bind("ann", "worker", a1)
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	bound, err := scope.StructOf[benchCase](pol.Types(), "case")
	if err != nil {
		b.Fatal(err)
	}
	file := benchCase{ID: "c1", Agency: "a1", Status: "open", Opened: time.Unix(0, 0), Owner: "ann", Assignees: []string{"bob", "cy", "dee", "ann"}}
	byName := scope.Resource{Type: "case", ID: "c1", Parent: a1, Attributes: scope.Map{
		"assignees": file.Assignees, "status": file.Status, "signed_off": file.SignedOff, "opened": file.Opened, "warnings": file.Warnings, "owner": file.Owner,
	}}
	engine := access.New(pol, directory, nil)
	b.Run("struct", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if d := engine.Decide("ann", "case.edit", bound.Resource(&file)); !d.Allowed() {
				b.Fatal(d)
			}
		}
	})
	b.Run("map", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if d := engine.Decide("ann", "case.edit", byName); !d.Allowed() {
				b.Fatal(d)
			}
		}
	})
	b.Run("conditions", func(b *testing.B) { benchmarkConditions(b, pol, directory.Snapshot(), byName) })
}

// benchmarkConditions asks the conditions of one question.
func benchmarkConditions(b *testing.B, pol *policy.Policy, in *roles.Snapshot, r scope.Resource) {
	account, _ := in.Account("ann")
	home, err := pol.Types().Locate(scope.Resource{Type: "agency", ID: "a1"}, in)
	if err != nil {
		b.Fatal(err)
	}
	place, err := pol.Types().Locate(r, in)
	if err != nil {
		b.Fatal(err)
	}
	worker, _ := in.Role("worker")
	all := []*scope.Predicate{pol.Permissions(worker)[0].Scope}
	for _, check := range pol.Constraints("case.edit") {
		all = append(all, check.Require)
	}
	ask := new(scope.Evaluator)
	ask.Set(scope.Facts{User: &scope.Subject{ID: "ann", Home: home, Attributes: account.Attributes()}, Resource: place, Now: time.Now()})
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range all {
			if truth, err := ask.Eval(p); truth != scope.True {
				b.Fatal(p.Source(), err)
			}
		}
	}
}

// BenchmarkConditions asks of NCAtrak's cases what their questions ask: whether
// a role's scope reaches them, and the two constraints on the tabs.
func BenchmarkConditions(b *testing.B) {
	w := newCases(b, sizeS)
	pol, in := policyOfExample(b, "ncatrak"), w.directory.Snapshot()
	tabs := pol.Constraints("mdt.view")
	facts := make([]scope.Facts, 64) // few, so that they are at hand as they are in a question
	for i := range facts {
		q := w.questions[i]
		account, _ := in.Account(q.user)
		home, err := pol.Types().Locate(scope.Resource{Type: "agency", ID: account.Home().ID}, in)
		if err != nil {
			b.Fatal(err)
		}
		place, err := pol.Types().Locate(q.resource, in)
		if err != nil {
			b.Fatal(err)
		}
		facts[i] = scope.Facts{User: &scope.Subject{ID: string(q.user), Home: home, Attributes: account.Attributes()}, Resource: place}
	}
	scopeOf := func(id roles.RoleID) *scope.Predicate {
		role, _ := in.Role(id)
		return pol.Permissions(role)[0].Scope
	}
	own, agency, all := scopeOf("cac0.own"), scopeOf("cac0.agency"), scopeOf("cac0.all")
	for _, asked := range []struct {
		name string
		all  []*scope.Predicate
	}{
		{"none", nil}, {"all", []*scope.Predicate{all}}, {"own", []*scope.Predicate{own}}, {"agency", []*scope.Predicate{agency}},
		{"barred", []*scope.Predicate{tabs[0].Require}}, {"interviewers", []*scope.Predicate{tabs[1].Require}},
		{"together", []*scope.Predicate{own, tabs[0].Require, tabs[1].Require}},
	} {
		b.Run(asked.name, func(b *testing.B) {
			ask := new(scope.Evaluator)
			for i := 0; b.Loop(); i++ {
				ask.Set(facts[i%len(facts)])
				for _, p := range asked.all {
					if truth, err := ask.Eval(p); truth == scope.Undefined {
						b.Fatal(p.Source(), err)
					}
				}
				ask.Set(scope.Facts{})
			}
		})
	}
}
