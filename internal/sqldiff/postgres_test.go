package sqldiff

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// installed finds a program of PostgreSQL.
func installed(name string) (string, error) {
	if at, err := exec.LookPath(name); err == nil {
		return at, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		return "", errNoPostgres
	}
	return found[len(found)-1], nil
}

// unprivileged makes a command run as somebody else than root, whom PostgreSQL
// refuses to run as.
func unprivileged(t testing.TB, dir string, c *exec.Cmd) *exec.Cmd {
	if os.Getuid() != 0 {
		return c
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, _ := strconv.Atoi(u.Uid)
			gid, _ := strconv.Atoi(u.Gid)
			require.NoError(t, os.Chown(dir, uid, gid))
			c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
			return c
		}
	}
	t.Fatal("PostgreSQL does not run as root, and there is no user postgres or nobody")
	return nil
}

// running is how to reach the PostgreSQL that all tests use, and stop stops it.
var (
	starting sync.Mutex
	running  string
	stop     = func() {}
)

func TestMain(m *testing.M) {
	code := m.Run()
	stop()
	os.Exit(code)
}

// postgres returns how to reach PostgreSQL, which it starts in a temporary folder
// if that is needed.
func postgres(t testing.TB) string {
	if dsn := os.Getenv("BAILIWICK_POSTGRES"); dsn != "" {
		return dsn
	}
	starting.Lock()
	defer starting.Unlock()
	if running != "" {
		return running
	}
	initdb, err := installed("initdb")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	server, err := installed("postgres")
	require.NoError(t, err)
	dir, err := os.MkdirTemp("", "pg") // t.TempDir is too long for a socket, and nobody else's
	require.NoError(t, err)
	stop = func() { os.RemoveAll(dir) }
	data := filepath.Join(dir, "data")
	c := unprivileged(t, dir, exec.Command(initdb, "-D", data, "-U", "bailiwick", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"))
	c.Dir = dir
	out, err := c.CombinedOutput()
	require.NoError(t, err, "%s", out)
	c = unprivileged(t, dir, exec.Command(server, "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "full_page_writes=off", "-c", "autovacuum=off", "-c", "log_min_messages=panic"))
	c.Dir = dir
	require.NoError(t, c.Start())
	stop = func() {
		c.Process.Signal(syscall.SIGQUIT) // nothing is to be kept
		c.Wait()
		os.RemoveAll(dir)
	}
	running = fmt.Sprintf("host=%s user=bailiwick dbname=postgres", dir)
	return running
}

func openPostgres(t testing.TB) *database {
	db, err := sql.Open("pgx", postgres(t))
	require.NoError(t, err)
	var conn *sql.Conn
	for range 300 {
		if conn, err = db.Conn(context.Background()); err == nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	require.NoError(t, err)
	b := &database{dialect: scope.PostgreSQL, conn: conn, nan: true}
	t.Cleanup(func() { conn.Close(); db.Close() })
	b.ids = b.idsBySQL
	b.create(t)
	return b
}

// postgresCases are what is tried without a number that is asked for.
const postgresCases = 4_000

// In PostgreSQL, exactly the rows are found that Decide allows.
func TestPostgresIsDecide(t *testing.T) {
	differential(t, openPostgres, cases(t, "BAILIWICK_POSTGRES_CASES", postgresCases))
}

// The same query is asked of pgx itself, without database/sql: it takes the
// condition's Args as they are.
func TestPgxIsDecide(t *testing.T) {
	differential(t, func(t testing.TB) *database {
		b := openPostgres(t)
		require.NoError(t, b.conn.Raw(func(driver any) error {
			pg := driver.(*stdlib.Conn).Conn()
			b.ids = func(query string, args ...any) ([]string, error) {
				rows, err := pg.Query(context.Background(), query, args...)
				if err != nil {
					return nil, err
				}
				return pgx.CollectRows(rows, pgx.RowTo[string])
			}
			return nil
		}))
		return b
	}, 1000)
}
