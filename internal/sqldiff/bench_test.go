package sqldiff

import (
	"context"
	"fmt"
	"github.com/bailiwick-authz/bailiwick/roles"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// caseTables makes 100 000 cases of NCAtrak in 100 centers, each with two of
// the personnel and their agencies, one in fifty with somebody barred.
func caseTables(t testing.TB, b *database) {
	for _, text := range []string{
		`CREATE TEMPORARY TABLE cases (id text PRIMARY KEY, center text NOT NULL, interviewed BOOL, opened bigint)`,
		`CREATE TEMPORARY TABLE personnel (case_id text NOT NULL, value text NOT NULL, PRIMARY KEY (case_id, value))`,
		`CREATE TEMPORARY TABLE agencies (case_id text NOT NULL, value text NOT NULL, PRIMARY KEY (case_id, value))`,
		`CREATE TEMPORARY TABLE denied (case_id text NOT NULL, value text NOT NULL, PRIMARY KEY (case_id, value))`,
		`CREATE INDEX cases_center ON cases (center)`,
		`CREATE INDEX personnel_value ON personnel (value)`,
		`CREATE INDEX agencies_value ON agencies (value)`,
	} {
		b.exec(t, strings.ReplaceAll(text, "BOOL", columnTypes[b.dialect]["bool"]))
	}
	var cases, personnel, agencies, denied [][]any
	flush := func() {
		b.insert(t, "cases", cases)
		b.insert(t, "personnel", personnel)
		b.insert(t, "agencies", agencies)
		b.insert(t, "denied", denied)
		cases, personnel, agencies, denied = nil, nil, nil, nil
	}
	b.exec(t, "BEGIN")
	for i := range 100_000 {
		id, center := fmt.Sprintf("k%d", i), i%100
		cases = append(cases, []any{id, fmt.Sprintf("c%d", center), b.stored(i%3 == 0), int64(i)})
		for j := range 2 {
			who := fmt.Sprintf("%d.%d", center, (i/100+3*j)%10)
			personnel = append(personnel, []any{id, "u" + who})
			agencies = append(agencies, []any{id, "a" + who})
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

// asked are questions about cases, with the queries that one would write by hand
// for them.
var asked = []struct {
	name   string
	user   roles.UserID
	action roles.Action
	hand   string
	args   []any
}{
	{"all of the center", "u7.0", "search.cases", "c.center = $1 AND " + notDenied, []any{"c7", "u7.0"}},
	{"one's own", "u7.1", "search.cases", "c.center = $1 AND " + own + " AND " + notDenied, []any{"c7", "u7.1"}},
	{"one's agency's", "u7.2", "search.cases", "c.center = $1 AND " + agencys + " AND " + notDenied, []any{"c7", "u7.2", "a7.2"}},
	{"an interviewer's", "u7.3", "medical.view", "c.center = $1 AND c.interviewed AND " + notDenied, []any{"c7", "u7.3"}},
}

const (
	own       = "EXISTS (SELECT 1 FROM personnel p WHERE p.case_id = c.id AND p.value = $2)"
	agencys   = "EXISTS (SELECT 1 FROM agencies a WHERE a.case_id = c.id AND a.value = $3)"
	notDenied = "NOT EXISTS (SELECT 1 FROM denied d WHERE d.case_id = c.id AND d.value = $2)"
)

// How long the Filter's query takes beside one that was written by hand is told,
// as medians of rounds in which each is asked in turn; BAILIWICK_BY_HAND says of how
// many. It should be no more than 1.2 times as long.
func TestQueriesByHand(t *testing.T) {
	rounds := cases(t, "BAILIWICK_BY_HAND", 0)
	if rounds == 0 {
		t.Skip("BAILIWICK_BY_HAND is not set")
	}
	engine := centers(t, 100)
	row := caseRow
	row.Alias = "c"
	for _, open := range []func(testing.TB) *database{openSQLite, openPostgres} {
		b := open(t)
		caseTables(t, b)
		s, err := engine.PrepareSQL(b.dialect, "case", row, nil)
		require.NoError(t, err)
		for _, q := range asked {
			f, err := engine.Filter(q.user, q.action)
			require.NoError(t, err)
			where, err := s.Where(f, 0)
			require.NoError(t, err)
			t.Logf("%s, %s: %s %v", b.dialect, q.name, where.Text, where.Args)
			hand, filter, ratio := b.medians(t, rounds, counting{q.hand, q.args}, counting{where.Text, where.Args})
			t.Logf("%s, %s: %v by hand, %v by the Filter: %.2f times", b.dialect, q.name, hand, filter, ratio)
		}
	}
}

// A counting counts the cases for which a condition holds.
type counting struct {
	where string
	args  []any
}

// medians are how long two countings take, which must count the same, and how
// many times as long the second takes, each as the median of so many rounds.
func (b *database) medians(t testing.TB, rounds int, one, other counting) (first, second time.Duration, ratio float64) {
	counts := map[int]bool{}
	var took [2][]time.Duration
	var ratios []float64
	for range rounds {
		for i, c := range []counting{one, other} {
			begin := time.Now()
			for range 10 {
				var n int
				require.NoError(t, b.conn.QueryRowContext(context.Background(), "SELECT count(*) FROM cases AS c WHERE "+c.where, c.args...).Scan(&n))
				counts[n] = true
			}
			took[i] = append(took[i], time.Since(begin)/10)
		}
		ratios = append(ratios, float64(took[1][len(took[1])-1])/float64(took[0][len(took[0])-1]))
	}
	require.Len(t, counts, 1)
	require.NotContains(t, counts, 0)
	slices.Sort(took[0])
	slices.Sort(took[1])
	slices.Sort(ratios)
	return took[0][rounds/2], took[1][rounds/2], ratios[rounds/2]
}
