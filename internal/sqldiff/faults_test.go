package sqldiff

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// A fault is a mistake that could be made in saying a condition in SQL.
type fault struct {
	name string
	// make makes it in a text; the same text where it cannot be made.
	make func(scope.SQLDialect, string) string
}

var (
	prefixInSQLite   = regexp.MustCompile(`instr\(CAST\(([^()]*) AS BLOB\), CAST\(([^()]*) AS BLOB\)\) = 1`)
	prefixInPostgres = regexp.MustCompile(`starts_with\(([^()]*), ([^()]*)\)`)
	guardOfNull      = regexp.MustCompile(`CASE WHEN [^() ]+ IS NOT NULL THEN`)
	column           = regexp.MustCompile(`("c"""|"d"|"from"|"s s")\."(Flag|order|s ""x""|s2)"`)
)

var faults = []fault{
	{"a NOT is lost", func(_ scope.SQLDialect, text string) string { return strings.Replace(text, "NOT (", "(", 1) }},
	{"NULL is in no list, and so not in it", func(_ scope.SQLDialect, text string) string {
		return guardOfNull.ReplaceAllString(text, "CASE WHEN TRUE THEN")
	}},
	{"LIKE says startsWith", func(d scope.SQLDialect, text string) string {
		if d == scope.SQLite {
			return prefixInSQLite.ReplaceAllString(text, "$1 LIKE $2 || '%'")
		}
		return prefixInPostgres.ReplaceAllString(text, "$1 LIKE $2 || '%'")
	}},
	{"a column is not there", func(_ scope.SQLDialect, text string) string {
		return column.ReplaceAllString(text, `"no $2"`) // in SQLite, a text
	}},
	{"a constraint is dropped", func(_ scope.SQLDialect, text string) string {
		parts := conjuncts(text)
		if len(parts) < 2 {
			return text
		}
		return "(" + strings.Join(parts[:len(parts)-1], " AND ") + ")"
	}},
	{"texts are compared by a collation", func(d scope.SQLDialect, text string) string {
		return strings.NewReplacer("COLLATE BINARY", "COLLATE NOCASE", `COLLATE "C"`, `COLLATE "en-x-icu"`).Replace(text)
	}},
	{"a parameter is another one", func(d scope.SQLDialect, text string) string {
		return strings.NewReplacer("?3", "?2", "$3::text ", "$2::text ", "$3::text[]", "$2::text[]", "$3::bigint", "$2::bigint").Replace(text)
	}},
}

// conjuncts are the operands of a condition that is (a AND b AND c).
func conjuncts(text string) []string {
	if !strings.HasPrefix(text, "(") || !strings.HasSuffix(text, ")") {
		return nil
	}
	text = text[1 : len(text)-1]
	var parts []string
	depth, quote, begin := 0, false, 0
	for i, c := range text {
		switch {
		case c == '"':
			quote = !quote
		case quote:
		case c == '(' || strings.HasPrefix(text[i:], "CASE "):
			depth++
		case c == ')' || strings.HasPrefix(text[i:], " END"):
			depth--
		case depth == 0 && strings.HasPrefix(text[i:], " OR "):
			return nil
		case depth == 0 && strings.HasPrefix(text[i:], " AND "):
			parts, begin = append(parts, text[begin:i]), i+len(" AND ")
		}
		if depth < 0 {
			return nil
		}
	}
	return append(parts, text[begin:])
}

// Faults that are planted in the conditions are found, each within what the test
// of its database tries.
func TestPlantedFaultsAreFound(t *testing.T) {
	for _, b := range []*database{openSQLite(t), openPostgres(t)} {
		most := cases(t, "BAILIWICK_SQLITE_CASES", sqliteCases)
		if b.dialect == scope.PostgreSQL {
			most = cases(t, "BAILIWICK_POSTGRES_CASES", postgresCases)
		}
		for _, f := range faults {
			t.Run(b.dialect.String()+": "+f.name, func(t *testing.T) {
				seed, planted := seeded(t), 0
				b.plant = func(text string) string {
					wrong := f.make(b.dialect, text)
					if wrong != text {
						planted++ // twice for each: once to see whether there is one
					}
					return wrong
				}
				t.Cleanup(func() { b.plant = nil })
				heard, n := &listener{TB: t}, count{reasons: map[string]int{}}
				for i := uint64(0); len(heard.heard) == 0; i++ {
					require.Less(t, n.cases, most, "it was not found in %d conditions", planted/2)
					tryWorld(heard, draw{rand.New(rand.NewPCG(seed, i))}, b, &n)
				}
				t.Logf("found in one of %d conditions, of %d cases", planted/2, n.cases)
			})
		}
	}
}
