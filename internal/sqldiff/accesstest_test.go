package sqldiff

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access/accesstest"
)

// A listener hears what a test says.
type listener struct {
	testing.TB
	heard []string
}

func (l *listener) Helper()                      {}
func (l *listener) Error(args ...any)            { l.heard = append(l.heard, fmt.Sprint(args...)) }
func (l *listener) Fatal(args ...any)            { l.heard = append(l.heard, fmt.Sprint(args...)) }
func (l *listener) Errorf(f string, args ...any) { l.heard = append(l.heard, fmt.Sprintf(f, args...)) }
func (l *listener) Logf(string, ...any)          {}

// The public Differential reads the tables and finds them as Decide has them;
// it tells of a table that breaks the promise, of a query of other rows, and where
// nobody is allowed anything.
func TestThePublicDifferential(t *testing.T) {
	for _, b := range []*database{openSQLite(t), openPostgres(t)} {
		compared, told := 0, 0
		for i := uint64(0); compared < 30; i++ {
			d := draw{rand.New(rand.NewPCG(7, i))}
			w := drawWorld(t, d)
			of := w.typ
			if of == "school" {
				of = "brought"
			}
			row := mapping(of, w.known, map[string][]string{"case": {"school", "region"}, "doc": {"case", "school"}})
			s, err := w.engine.PrepareSQL(b.dialect, w.typ, row, nil)
			if err != nil {
				continue
			}
			compared++
			w.drawRows(d, b)
			b.fill(t, of, w.rows)
			if w.typ == "doc" {
				b.fill(t, "case", w.cases)
			}
			c := accesstest.Comparison{Engine: w.engine, SQL: s, DB: b.conn, From: from(of), Users: w.users}
			heard := &listener{}
			accesstest.Differential(heard, c)
			if slices.ContainsFunc(heard.heard, func(said string) bool { return strings.Contains(said, "nothing was tested") }) {
				told++
			}
			for _, said := range heard.heard {
				require.True(t, strings.Contains(said, "NUL") || strings.Contains(said, "NaN") || strings.Contains(said, "nothing was tested"), said)
			}
			c.From = from(of) + " JOIN (SELECT 1) AS none ON FALSE"
			heard = &listener{}
			accesstest.Differential(heard, c)
			require.Equal(t, []string{"of 0 rows compared none is allowed: nothing was tested"}, heard.heard)
			c.From = quoted(tables[of]) + " AS other"
			heard = &listener{}
			accesstest.Differential(heard, c)
			require.NotEmpty(t, heard.heard)
		}
		require.Less(t, told, compared/2, "where somebody is allowed something it is not said that nothing was tested")
	}
}
