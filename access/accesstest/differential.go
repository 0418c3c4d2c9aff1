package accesstest

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A Queryer is what is asked: *sql.DB, *sql.Conn and *sql.Tx are.
type Queryer interface {
	// QueryContext is that of database/sql.
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// A Comparison is what Differential compares. All but Contexts is needed.
type Comparison struct {
	Engine *access.Engine
	// SQL was prepared by the Engine, without Split.
	SQL *scope.SQL
	DB  Queryer
	// From is what the application's query has behind FROM, with the aliases that
	// the SQL was made for: "pupil AS p".
	From string
	// Users are those who ask.
	Users []roles.UserID
	// Contexts are the facts of the requests. None: one request without facts.
	Contexts []scope.Attributes
}

// Differential holds the query of a list against Decide, in both directions: for
// each user, each context and each action on the SQL's type, every row must be
// found exactly if Decide allows the action on it. It fails the test for each row
// that differs, and stops it if the tables cannot be read as the SQL's row says.
//
// It reads all rows and asks about each: give it a database for tests, of some
// hundred rows. It says how much was compared and how much of that was allowed, and
// fails the test where nothing is: then nothing was tested.
//
// It reads the rows as the SQL's row says, and so does the query: where that takes
// one column for another, it does so for both, and this is not found.
func Differential(t testing.TB, c Comparison) {
	t.Helper()
	if c.Engine == nil || c.SQL == nil || c.DB == nil || c.From == "" || len(c.Users) == 0 {
		t.Fatal("the Comparison needs an Engine, a SQL, a DB, a From and Users")
		return
	}
	if len(c.Contexts) == 0 {
		c.Contexts = []scope.Attributes{nil}
	}
	r := &reader{Comparison: c, types: c.Engine.Policy().Types()}
	r.plan(c.SQL.Row(), r.types.Type(c.SQL.Type()))
	rows, err := r.read()
	if err != nil {
		t.Fatal(err)
		return
	}
	compared, allowed := 0, 0
	for _, user := range c.Users {
		for _, context := range c.Contexts {
			session := c.Engine.For(user, context)
			for _, action := range r.actions() {
				found, err := r.found(session, action)
				if err != nil {
					t.Errorf("%s for %s: %v", action, user, err)
					continue
				}
				for _, row := range rows {
					d := row.decide(session, action)
					compared++
					if d.Allowed() {
						allowed++
					}
					if found[row.key] != d.Allowed() {
						t.Errorf("the query finds %s: %t; %s for %s: %s", row.resource.Ref(), found[row.key], action, user, d)
					}
				}
			}
		}
	}
	t.Logf("%d rows compared, %d of them allowed", compared, allowed)
	if allowed == 0 {
		t.Errorf("of %d rows compared none is allowed: nothing was tested", compared)
	}
}

// actions are those on the type that the SQL was prepared for, as far as that
// can be told: all.
func (r *reader) actions() []roles.Action {
	var all []roles.Action
	for _, action := range r.Engine.Policy().Catalog().Actions() {
		if right, ok := r.Engine.Policy().Catalog().Right(action); ok && right.Privilege().On == r.SQL.Type() {
			all = append(all, action)
		}
	}
	return all
}

// found are the keys of the rows that the query finds.
func (r *reader) found(session *access.Session, action roles.Action) (map[string]bool, error) {
	f, err := session.Filter(action)
	if err != nil {
		return nil, err
	}
	where, err := r.SQL.Where(f, 0)
	if err != nil {
		return nil, err
	}
	if !where.Exact {
		return nil, fmt.Errorf("the SQL is one with Split: what it finds is more than Decide allows")
	}
	rows, err := r.query(r.selection()+" WHERE "+where.Text, where.Args...)
	keys := map[string]bool{}
	for _, values := range rows {
		keys[key(values)] = true
	}
	return keys, err
}

// A row is one of the query, as a resource.
type row struct {
	key      string
	resource scope.Resource
	// several is whether it is in more than one, which no resource can be.
	several bool
}

// decide asks about the row. What is in two is nothing that can be asked about.
func (r row) decide(session *access.Session, action roles.Action) access.Decision {
	if r.several {
		return access.Decision{}
	}
	return session.Decide(action, r.resource)
}

// key tells rows apart.
func key(values []any) string { return fmt.Sprintf("%#v", values) }

// selection selects the columns of the plan.
func (r *reader) selection() string {
	return "SELECT " + strings.Join(r.columns, ", ") + " FROM " + r.From
}

// query reads all rows of a query.
func (r *reader) query(text string, args ...any) ([][]any, error) {
	found, err := r.DB.QueryContext(context.Background(), text, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	defer found.Close()
	names, err := found.Columns()
	if err != nil {
		return nil, err
	}
	var all [][]any
	for found.Next() {
		values, at := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			at[i] = &values[i]
		}
		if err := found.Scan(at...); err != nil {
			return nil, err
		}
		all = append(all, values)
	}
	return all, found.Err()
}

// sorted are the keys of a map in their order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
