package sqldiff

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// caseTables makes 100 000 cases of NCAtrak in 100 centers, each with two of
// the personnel, one in fifty with somebody barred.
func caseTables(t testing.TB, b *database) {
	for _, text := range []string{
		`CREATE TEMPORARY TABLE cases (id text PRIMARY KEY, center text NOT NULL, interviewed BOOL, opened bigint)`,
		`CREATE TEMPORARY TABLE personnel (case_id text NOT NULL, value text NOT NULL, PRIMARY KEY (case_id, value))`,
		`CREATE TEMPORARY TABLE denied (case_id text NOT NULL, value text NOT NULL, PRIMARY KEY (case_id, value))`,
		`CREATE INDEX cases_center ON cases (center)`,
		`CREATE INDEX personnel_value ON personnel (value)`,
	} {
		b.exec(t, strings.ReplaceAll(text, "BOOL", columnTypes[b.dialect]["bool"]))
	}
	var cases, personnel, denied [][]any
	flush := func() {
		b.insert(t, "cases", cases)
		b.insert(t, "personnel", personnel)
		b.insert(t, "denied", denied)
		cases, personnel, denied = nil, nil, nil
	}
	b.exec(t, "BEGIN")
	for i := range 100_000 {
		id, center := fmt.Sprintf("k%d", i), i%100
		cases = append(cases, []any{id, fmt.Sprintf("c%d", center), b.stored(i%3 == 0), int64(i)})
		for j := range 2 {
			personnel = append(personnel, []any{id, fmt.Sprintf("u%d.%d", center, (i/100+3*j)%10)})
		}
		if i%50 == 0 {
			denied = append(denied, []any{id, fmt.Sprintf("u%d.%d", center, i/1000%10)})
		}
		if len(cases) == 1000 {
			flush()
		}
	}
	b.exec(t, "COMMIT")
	b.exec(t, "ANALYZE")
}

// BenchmarkCases asks how many cases somebody may open, by the Filter and by
// hand.
func BenchmarkCases(b *testing.B) {
	engine := centers(b, 100)
	row := caseRow
	row.Alias = "c"
	for _, open := range []func(testing.TB) *database{openSQLite, openPostgres} {
		base := open(b)
		caseTables(b, base)
		s, err := engine.PrepareSQL(base.dialect, "case", row, nil)
		require.NoError(b, err)
		f, err := engine.Filter("u7.3", "search.cases")
		require.NoError(b, err)
		where, err := s.Where(f, 0)
		require.NoError(b, err)
		by := map[string]string{
			"filter": "SELECT count(*) FROM cases AS c WHERE " + where.Text,
			"hand": `SELECT count(*) FROM cases AS c WHERE c.center = $1 AND NOT EXISTS
				(SELECT 1 FROM denied d WHERE d.case_id = c.id AND d.value = $2)`,
		}
		args := map[string][]any{"filter": where.Args, "hand": {"c7", "u7.3"}}
		counts := map[string]int{}
		for _, way := range []string{"hand", "filter"} {
			b.Run(base.dialect.String()+", by "+way, func(b *testing.B) {
				for b.Loop() {
					var n int
					require.NoError(b, base.conn.QueryRowContext(context.Background(), by[way], args[way]...).Scan(&n), where.Text)
					counts[way] = n
				}
			})
		}
		require.Equal(b, counts["hand"], counts["filter"])
		require.NotZero(b, counts["hand"])
	}
}
