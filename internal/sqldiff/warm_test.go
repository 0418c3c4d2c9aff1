package sqldiff

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// What was kept of earlier questions changes nothing: the text and the args are
// those that a policy, a directory and a SQL say that were asked nothing before.
func TestWhatIsKeptChangesNothing(t *testing.T) {
	seed := seeded(t)
	said, texts := 0, map[string]bool{}
	for i := range uint64(cases(t, "BAILIWICK_WARM_WORLDS", 150)) {
		dialect := []scope.SQLDialect{scope.SQLite, scope.PostgreSQL}[i%2]
		begin := func() (*world, *scope.SQL) {
			w := drawWorld(t, draw{rand.New(rand.NewPCG(seed, i))})
			of := map[string]string{"school": "brought"}[w.typ]
			if of == "" {
				of = w.typ
			}
			row := mapping(of, w.known, map[string][]string{"case": {"school", "region"}, "doc": {"case", "school"}})
			s, err := w.engine.PrepareSQL(dialect, w.typ, row, &scope.SQLOptions{Split: true})
			require.NoError(t, err)
			return w, s
		}
		warm, sql := begin()
		d := draw{rand.New(rand.NewPCG(seed, i+1<<32))}
		for range 4 {
			user, facts := pick(d, warm.users), drawAttributes(d, "context", nil, false)
			f, err := warm.engine.For(user, facts).Filter("act")
			require.NoError(t, err)
			c, unsaid := sql.Where(f, 2)
			again, _ := sql.Where(f, 2)
			require.Equal(t, c, again)

			cold, fresh := begin()
			g, err := cold.engine.For(user, facts).Filter("act")
			require.NoError(t, err)
			require.Equal(t, g.CEL(), f.CEL())
			want, err := fresh.Where(g, 2)
			require.Equal(t, err == nil, unsaid == nil)
			require.Equal(t, want, c)
			if err == nil && c.Text != "FALSE" {
				said++
				texts[c.Text] = true
			}
		}
	}
	t.Logf("%d conditions, %d texts", said, len(texts))
	require.Greater(t, said, 100)
}
