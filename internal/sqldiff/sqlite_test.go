package sqldiff

import (
	"context"
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

func fmtUser(user any) roles.UserID { return user.(roles.UserID) }

func openSQLite(t testing.TB) *database {
	db, err := sql.Open("sqlite", ":memory:")
	require.NoError(t, err)
	conn, err := db.Conn(context.Background())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(); db.Close() })
	b := &database{dialect: scope.SQLite, conn: conn, nul: true}
	b.exec(t, "PRAGMA temp_store = MEMORY")
	b.ids = b.idsBySQL
	b.create(t)
	return b
}

// sqliteCases are what is tried without a number that is asked for.
const sqliteCases = 20_000

// In SQLite, exactly the rows are found that Decide allows.
func TestSQLiteIsDecide(t *testing.T) {
	differential(t, openSQLite, cases(t, "BAILIWICK_SQLITE_CASES", sqliteCases))
}
