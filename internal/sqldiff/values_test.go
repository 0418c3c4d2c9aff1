package sqldiff

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// T-44, T-46: NULL, and what LIKE would take for a pattern, in the data, in the
// policy and in what the user is: the rows that SQLite finds are those that Decide
// allows, under every operator and its negation.
func TestNullAndWildcardsInSQLite(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	require.NoError(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	_, err = db.Exec(`CREATE TABLE box (id TEXT NOT NULL, house TEXT, name TEXT, size INTEGER) STRICT`)
	require.NoError(t, err)
	var rows []scope.Resource
	for i, name := range []any{nil, "", "a", "A", "ab", "a%", "a%b", "a_", "a_c", "axc", `a\`, `a\%`, "%", "_", `\`, "b", "'", `"`} {
		for j, size := range []any{nil, int64(1)} {
			id := fmt.Sprintf("b%d-%d", i, j)
			_, err := db.Exec(`INSERT INTO box VALUES (?, 'h', ?, ?)`, id, name, size)
			require.NoError(t, err)
			rows = append(rows, scope.Resource{Type: "box", ID: id, Parent: scope.NewRef("house", "h"), Attributes: scope.Map{"name": name, "size": size}})
		}
	}
	row := scope.SQLRow{Alias: "b", ID: "id", In: map[string]scope.SQLParent{"house": {Column: "house"}}, Columns: map[string]string{"name": "name", "size": "size"}}
	found := 0
	for _, condition := range []string{
		"resource.name == user.name", "resource.name != user.name", "resource.name in ['b', user.name]", "resource.name.startsWith(user.name)",
		"resource.name.startsWith('a%')", "resource.name.startsWith('a_')", "resource.size == 1", "resource.size in [1, 2]",
		"has(resource.name) && has(resource.size)", "resource.name == 'a' && resource.size == 1", "resource.name == 'a' || resource.size == 1",
	} {
		for _, sign := range []string{"%s", "!(%s)"} {
			for _, name := range []string{"a", "a%", "a_", `a\`, "%", "", "'"} {
				engine := boxes(t, fmt.Sprintf(sign, condition), name)
				s, err := engine.PrepareSQL(scope.SQLite, "box", row, nil)
				require.NoError(t, err)
				f, err := engine.Filter("ann", "box.see")
				require.NoError(t, err)
				c, err := s.Where(f, 0)
				require.NoError(t, err)
				got := query(t, db, c)
				for _, r := range rows {
					d := engine.Decide("ann", "box.see", r)
					require.Equal(t, d.Allowed(), got[r.ID], "%s with user.name %q on %v: %s\n%s", fmt.Sprintf(sign, condition), name, r.Attributes, d, c.Text)
					if d.Allowed() {
						found++
					}
				}
			}
		}
	}
	require.Greater(t, found, 500)
}

func query(t *testing.T, db *sql.DB, c scope.SQLCondition) map[string]bool {
	result, err := db.QueryContext(context.Background(), "SELECT id FROM box AS b WHERE "+c.Text, c.Args...)
	require.NoError(t, err, c.Text)
	defer result.Close()
	ids := map[string]bool{}
	for result.Next() {
		var id string
		require.NoError(t, result.Scan(&id))
		ids[id] = true
	}
	require.NoError(t, result.Err())
	return ids
}

// boxes is an engine in which ann, of a name, sees the boxes that meet a condition.
func boxes(t *testing.T, condition, name string) *access.Engine {
	p, err := policy.Parse("boxes", []byte(fmt.Sprintf(`
policy: boxes
users: {attributes: {name: string}}
resources:
  house: {unit: true}
  box:   {in: house, attributes: {name: string, size: int}}
privileges: {box.see: {on: box}}
scopes: {some: %q}
roles: {guest: {grants: [{privileges: [box.see], scope: some}]}}
`, condition)), nil)
	require.NoError(t, err)
	d, err := roles.NewDirectory(p, nil)
	require.NoError(t, err)
	_, err = d.Update("setup", func(tx *roles.Tx) error {
		tx.AddUnit(scope.NewRef("house", "h"), scope.Root())
		tx.AddUser(roles.User{ID: "ann", Attributes: scope.Map{"name": name}})
		tx.Bind("ann", "guest", scope.Root())
		return nil
	})
	require.NoError(t, err)
	return access.New(p, d, nil)
}
