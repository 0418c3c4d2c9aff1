package sqldiff

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// A database is a dialect with a connection that has the tables.
type database struct {
	dialect scope.SQLDialect
	conn    *sql.Conn
	// nul is whether texts can have NUL; nan, whether doubles can be NaN.
	nul, nan bool
	// fills is how often tables were filled.
	fills int
	// ids asks a query.
	ids func(query string, args ...any) ([]string, error)
	// plant, if not nil, makes a fault in a condition.
	plant func(condition string) string
}

// tables are the tables' names, by what they hold, and the columns' names where
// they are not those of the attributes. Some need quotes.
var (
	tables  = map[string]string{"case": `ca"se s`, "doc": "doc", "note": "select", "brought": "school's"}
	renamed = map[string]string{"s": `s "x"`, "n": "order", "flag": "Flag", "school": "school id", "region": "é", "case": "case"}
	aliases = map[string]string{"case": `c"`, "doc": "d", "note": "from", "brought": "s s"}
)

func columnName(name string) string {
	if other, ok := renamed[name]; ok {
		return other
	}
	return name
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

var columnTypes = map[scope.SQLDialect]map[string]string{
	scope.SQLite: {
		"bool": "INTEGER", "int": "INTEGER", "double": "REAL", "string": "TEXT", "s2": "TEXT COLLATE NOCASE", "bytes": "BLOB",
		"timestamp": "INTEGER", "duration": "INTEGER",
	},
	scope.PostgreSQL: {
		"bool": "boolean", "int": "bigint", "double": "double precision", "string": "text", "s2": `text COLLATE "en-x-icu"`, "bytes": "bytea",
		"timestamp": "timestamptz", "duration": "bigint",
	},
}

// create makes the tables.
func (b *database) create(t testing.TB) {
	types := columnTypes[b.dialect]
	strict := ""
	if b.dialect == scope.SQLite {
		strict = " STRICT"
	}
	for _, of := range names(tables) {
		parts := []string{"id text PRIMARY KEY"}
		for _, parent := range []string{"case", "region", "school"} {
			parts = append(parts, quoted(columnName(parent))+" text")
		}
		for _, name := range columns[of] {
			typ := types[attributes[of][name]]
			if name == "s2" {
				typ = types["s2"]
			}
			parts = append(parts, quoted(columnName(name))+" "+typ)
		}
		b.exec(t, fmt.Sprintf("CREATE TEMPORARY TABLE %s (%s)%s", quoted(tables[of]), strings.Join(parts, ", "), strict))
		for _, name := range lists[of] {
			elem := strings.TrimSuffix(strings.TrimPrefix(attributes[of][name], "list("), ")")
			b.exec(t, fmt.Sprintf("CREATE TEMPORARY TABLE %s (of text NOT NULL, %s %s NOT NULL)%s", quoted(of+" "+name), quoted(`v"`), types[elem], strict))
		}
	}
}

func (b *database) exec(t testing.TB, query string, args ...any) {
	_, err := b.conn.ExecContext(context.Background(), query, args...)
	require.NoError(t, err, "%s\n%v", query, args)
}

// stored is a value as the column has it.
func (b *database) stored(v any) any {
	switch v := v.(type) {
	case time.Time:
		if b.dialect == scope.SQLite {
			return v.UnixMicro()
		}
	case time.Duration:
		return int64(v)
	case bool:
		if b.dialect == scope.SQLite && v {
			return int64(1)
		} else if b.dialect == scope.SQLite {
			return int64(0)
		}
	}
	return v
}

// fill puts the rows of a type into its tables, in the place of what is there.
func (b *database) fill(t testing.TB, of string, rows []row) {
	if b.fills++; b.fills%100 == 0 && b.dialect == scope.PostgreSQL {
		b.exec(t, "VACUUM") // nobody else clears temporary tables of what was deleted
	}
	b.exec(t, "DELETE FROM "+quoted(tables[of]))
	parents := []string{"case", "region", "school"}
	var all [][]any
	for _, r := range rows {
		values := []any{r.id}
		for _, parent := range parents {
			if id := r.in[parent]; id != nil {
				values = append(values, *id)
			} else {
				values = append(values, nil)
			}
		}
		for _, name := range columns[of] {
			values = append(values, b.stored(r.attributes[name]))
		}
		all = append(all, values)
	}
	b.insert(t, tables[of], all)
	for _, name := range lists[of] {
		b.exec(t, "DELETE FROM "+quoted(of+" "+name))
		var all [][]any
		for _, r := range rows {
			elements, _ := r.attributes[name].([]any)
			for _, e := range elements {
				all = append(all, []any{r.id, b.stored(e)})
			}
		}
		b.insert(t, of+" "+name, all)
	}
}

func (b *database) insert(t testing.TB, table string, rows [][]any) {
	if len(rows) == 0 {
		return
	}
	var text strings.Builder
	var args []any
	for i, values := range rows {
		text.WriteString([]string{",(", "("}[min(1, max(0, 1-i))])
		for j, v := range values {
			if j > 0 {
				text.WriteByte(',')
			}
			args = append(args, v)
			if b.dialect == scope.SQLite {
				text.WriteByte('?') // the driver looks each number up among all
				continue
			}
			fmt.Fprintf(&text, "$%d", len(args))
		}
		text.WriteByte(')')
	}
	b.exec(t, "INSERT INTO "+quoted(table)+" VALUES "+text.String(), args...)
}

// mapping is the row of the query for a type.
func mapping(of string, known bool, in map[string][]string) scope.SQLRow {
	r := scope.SQLRow{Alias: aliases[of], ID: "id", Columns: map[string]string{}, Lists: map[string]scope.SQLList{}}
	for _, name := range columns[of] {
		r.Columns[name] = columnName(name)
	}
	for _, name := range lists[of] {
		r.Lists[name] = scope.SQLList{Table: of + " " + name, On: map[string]string{"of": "id"}, Value: `v"`}
	}
	for _, parent := range in[of] {
		if r.In == nil {
			r.In = map[string]scope.SQLParent{}
		}
		if parent == "case" {
			row := mapping("case", known, in)
			r.In["case"] = scope.SQLParent{Row: &row}
			continue
		}
		r.In[parent] = scope.SQLParent{Column: columnName(parent), Known: known}
	}
	return r
}

// from is what the query has behind FROM.
func from(of string) string {
	text := quoted(tables[of]) + " AS " + quoted(aliases[of])
	if of == "doc" {
		text += fmt.Sprintf(` LEFT JOIN %s AS %s ON %s.id = "d"."case"`, quoted(tables["case"]), quoted(aliases["case"]), quoted(aliases["case"]))
	}
	return text
}

// found are the ids that a condition finds, in a query with a parameter of its
// own.
func (b *database) found(of string, c scope.SQLCondition) ([]string, error) {
	sign := map[scope.SQLDialect]string{scope.SQLite: "?1", scope.PostgreSQL: "$1::bigint"}[b.dialect]
	text := c.Text
	if b.plant != nil {
		text = b.plant(text)
	}
	query := fmt.Sprintf("SELECT %s.id FROM %s WHERE %s = 7 AND %s", quoted(aliases[of]), from(of), sign, text)
	ids, err := b.ids(query, append([]any{7}, c.Args...)...)
	slices.Sort(ids)
	return ids, err
}

// idsBySQL asks a query by database/sql.
func (b *database) idsBySQL(query string, args ...any) ([]string, error) {
	rows, err := b.conn.QueryContext(context.Background(), query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
