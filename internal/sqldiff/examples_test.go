package sqldiff

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

func byColumn(types ...string) map[string]scope.SQLParent {
	in := map[string]scope.SQLParent{}
	for _, typ := range types {
		in[typ] = scope.SQLParent{Column: typ}
	}
	return in
}

func ofCase(table string) scope.SQLList {
	return scope.SQLList{Table: table, On: map[string]string{"case_id": "id"}, Value: "value"}
}

// caseRow is a case of NCAtrak.
var caseRow = scope.SQLRow{
	Alias: "c", ID: "id", In: byColumn("center"), Columns: map[string]string{"interviewed": "interviewed"},
	Lists: map[string]scope.SQLList{"personnel": ofCase("personnel"), "agencies": ofCase("agencies"), "denied": ofCase("denied")},
}

// exampleRows are the tables of the examples' applications.
var exampleRows = map[string]map[string]scope.SQLRow{
	"ncmp": {
		"authority": {Alias: "a", ID: "id", Columns: map[string]string{"warnings": "warnings"}},
		"school":    {Alias: "s", ID: "id"},
		"pupil":     {Alias: "p", ID: "id", In: byColumn("school"), Columns: map[string]string{"year": "year"}},
		"account":   {Alias: "u", ID: "id", In: byColumn("authority", "provider")},
	},
	"ncatrak": {
		"center":   {Alias: "c", ID: "id"},
		"case":     caseRow,
		"person":   {Alias: "p", ID: "id", In: map[string]scope.SQLParent{"center": {Column: "center"}, "case": {Row: &caseRow}}},
		"document": {Alias: "d", ID: "id", In: map[string]scope.SQLParent{"case": {Row: &caseRow}}, Columns: map[string]string{"removed": "removed"}},
		"account":  {Alias: "u", ID: "id", In: byColumn("agency")},
	},
}

func examplePolicy(t testing.TB, name string) *policy.Policy {
	file := fmt.Sprintf("../../examples/%s/%s.yaml", name, name)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	p, err := policy.Parse(file, text, nil)
	require.NoError(t, err)
	return p
}

// Both databases say all of the examples' policies: nothing is refused.
func TestTheExamplesAreSaidInFull(t *testing.T) {
	for name, rows := range exampleRows {
		p := examplePolicy(t, name)
		engine := access.New(p, nil, nil)
		for _, privilege := range p.Catalog().Privileges() {
			require.Contains(t, rows, privilege.On)
		}
		for typ, row := range rows {
			for _, dialect := range []scope.SQLDialect{scope.SQLite, scope.PostgreSQL} {
				_, err := engine.PrepareSQL(dialect, typ, row, nil)
				require.NoError(t, err, "%s: %s in %s", name, typ, dialect)
			}
		}
	}
}

// centers is NCAtrak with so many centers, each with ten agencies and users, and
// twenty cases assigned to each user. The first user of a center has all of its
// cases, the second their own, the third their agency's and the others all of
// these roles.
func centers(b testing.TB, n int) *access.Engine {
	p := examplePolicy(b, "ncatrak")
	dir, err := roles.NewDirectory(p, nil)
	require.NoError(b, err)
	_, err = dir.Update("setup", func(tx *roles.Tx) error {
		for i := range n {
			center := scope.NewRef("center", fmt.Sprintf("c%d", i))
			role := roles.RoleID(fmt.Sprintf("therapist%d", i))
			tx.AddUnit(center, scope.Root())
			tx.SetUnitAttributes(center, scope.Map{"restrict_interviewers": true})
			partner := roles.RoleID(fmt.Sprintf("partner%d", i))
			grants := []roles.Grant{{Privileges: []roles.Action{"search.cases", "medical.view"}}}
			tx.AddRole(roles.Role{ID: role, Name: "Therapist", Unit: center, Scope: "own", Grants: grants})
			tx.AddRole(roles.Role{ID: partner, Name: "Partner", Unit: center, Scope: "agency", Grants: grants})
			for j := range 10 {
				agency := scope.NewRef("agency", fmt.Sprintf("a%d.%d", i, j))
				tx.AddUnit(agency, center)
				id := roles.UserID(fmt.Sprintf("u%d.%d", i, j))
				tx.AddUser(roles.User{ID: id, Unit: agency, Attributes: scope.Map{"forensic_interviewer": j > 2}})
				for k, role := range []roles.RoleID{"security_officer", role, partner, "forensic_interviewer"} {
					if j > 2 || j == k {
						tx.Bind(id, role, center)
					}
				}
				for k := range 20 {
					tx.Assign(id, scope.NewRef("case", fmt.Sprintf("k%d", (k*n+i)*10+j)))
				}
			}
		}
		return nil
	})
	require.NoError(b, err)
	return access.New(p, dir, nil)
}

// BenchmarkWhere is a Filter of NCAtrak with 200 centers, 2 000 users and 40 000
// assignments, and its text.
func BenchmarkWhere(b *testing.B) {
	engine := centers(b, 200)
	s, err := engine.PrepareSQL(scope.PostgreSQL, "case", caseRow, nil)
	require.NoError(b, err)
	for _, action := range []roles.Action{"search.cases", "medical.view"} {
		b.Run(string(action), func(b *testing.B) {
			b.ReportAllocs()
			defer reportCPU(b)()
			for b.Loop() {
				f, err := engine.Filter("u7.3", action)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := s.Where(f, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(string(action)+", the text alone", func(b *testing.B) {
			b.ReportAllocs()
			f, err := engine.Filter("u7.3", action)
			require.NoError(b, err)
			defer reportCPU(b)()
			for b.Loop() {
				if _, err := s.Where(f, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// reportCPU reports the processor's time besides the clock's, from now on until
// what it returns is called.
func reportCPU(b *testing.B) func() {
	spent := func() time.Duration {
		var use syscall.Rusage
		require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &use))
		return time.Duration(use.Utime.Nano() + use.Stime.Nano())
	}
	begin := spent()
	return func() { b.ReportMetric(float64(spent()-begin)/float64(b.N), "cpu-ns/op") }
}
