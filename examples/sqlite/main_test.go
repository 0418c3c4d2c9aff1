package main

import (
	"cmp"
	"context"
	"database/sql"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/access/accesstest"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

func memory(t *testing.T) *sql.DB {
	db, err := sql.Open("sqlite", ":memory:")
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	return db
}

// N-12: the indicators count one's own schools only, and the query counts those
// that are counted without it.
func TestTheQueryCountsWhatIsCountedWithoutIt(t *testing.T) {
	ctx, db := context.Background(), memory(t)
	engine, directory, err := open("ncmp")
	require.NoError(t, err)
	require.NoError(t, schoolTable(ctx, db))
	schools, err := engine.PrepareSQL(scope.SQLite, "school", schoolRow, nil)
	require.NoError(t, err)
	tallies := map[string]Tally{}
	rows, err := records("ncmp", "schools.csv")
	require.NoError(t, err)
	for _, r := range rows {
		number := func(text string) int {
			n, err := strconv.Atoi(text)
			require.NoError(t, err)
			return n
		}
		tallies[r[0]] = Tally{1, number(r[2]), number(r[3]), number(r[4])}
	}
	counting := 0
	for _, user := range directory.Snapshot().Users() {
		session, want := engine.For(user, nil), Tally{}
		for id, one := range tallies {
			if session.Decide("indicator.count", scope.Resource{Type: "school", ID: id}).Allowed() {
				want = Tally{want.Schools + 1, want.Eligible + one.Eligible, want.Measured + one.Measured, want.BlankPostcodes + one.BlankPostcodes}
			}
		}
		got, err := count(ctx, db, schools, session)
		require.NoError(t, err)
		require.Equal(t, want, got, user)
		if want.Schools > 0 {
			counting++
			require.Less(t, want.Schools, len(tallies), user)
		}
	}
	require.Greater(t, counting, 2)

	tour, err := os.ReadFile("../ncmp/testdata/tour.txt")
	require.NoError(t, err)
	for _, user := range []string{"mo", "kit", "dev", "cy"} {
		got, err := count(ctx, db, schools, engine.For(roles.UserID(user), nil))
		require.NoError(t, err)
		require.Contains(t, string(tour), got.line(user)+"\n", "the tour says otherwise")
	}
	accesstest.Differential(t, accesstest.Comparison{Engine: engine, SQL: schools, DB: db, From: "school AS s", Users: directory.Snapshot().Users()})
}

// A search finds, on all of its pages together, each case that Decide lets somebody
// find, once and in order.
func TestTheSearchFindsWhatDecideAllows(t *testing.T) {
	ctx, db := context.Background(), memory(t)
	engine, directory, err := open("ncatrak")
	require.NoError(t, err)
	require.NoError(t, caseTables(ctx, db, directory.Snapshot()))
	cases, err := engine.PrepareSQL(scope.SQLite, "case", caseRow, nil)
	require.NoError(t, err)
	finding := map[int]bool{}
	for _, user := range directory.Snapshot().Users() {
		session := engine.For(user, nil)
		want := searched(t, session, directory.Snapshot())
		finding[len(want)] = true
		for size := 1; size <= len(want)+1; size++ {
			var all []Case
			for last := (Case{}); ; last = all[len(all)-1] {
				found, err := page(ctx, db, cases, session, last, size)
				require.NoError(t, err)
				require.LessOrEqual(t, len(found), size)
				all = append(all, found...)
				if len(found) < size {
					break
				}
			}
			require.Equal(t, want, all, "%s, %d on a page", user, size)
		}
	}
	require.Greater(t, len(finding), 3, "people find differently many")
	accesstest.Differential(t, accesstest.Comparison{Engine: engine, SQL: cases, DB: db, From: "cases AS c", Users: directory.Snapshot().Users()})
}

// searched are the cases that Decide lets somebody find, in order.
func searched(t *testing.T, s *access.Session, now *roles.Snapshot) (all []Case) {
	rows, err := records("ncatrak", "cases.csv")
	require.NoError(t, err)
	for _, r := range rows {
		agencies := []string{}
		for _, id := range strings.Fields(r[2]) {
			if u, ok := now.User(roles.UserID(id)); ok && u.Unit.Type == "agency" {
				agencies = append(agencies, u.Unit.ID)
			}
		}
		if s.Decide("search.cases", scope.Resource{
			Type: "case", ID: r[1], Parent: scope.NewRef("center", r[0]),
			Attributes: scope.Map{"personnel": strings.Fields(r[2]), "agencies": agencies, "denied": strings.Fields(r[3]), "interviewed": r[4] == "true"},
		}).Allowed() {
			all = append(all, Case{r[0], r[1]})
		}
	}
	slices.SortFunc(all, func(a, b Case) int {
		return cmp.Or(strings.Compare(a.Center, b.Center), strings.Compare(a.Number, b.Number))
	})
	return all
}

// What is wrong is said, and the exit status is not 0.
func TestWhatIsWrongIsSaid(t *testing.T) {
	for args, says := range map[string]string{
		"": "usage:", "indicators": "usage:", "count mo": `no command "count"`, "search nobody-at-all": `knows no user "nobody-at-all"`,
	} {
		require.ErrorContains(t, run(context.Background(), strings.Fields(args)), says)
	}
}
