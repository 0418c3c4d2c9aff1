package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// caseRow says where the queries have cases: two centers can have the same
// number.
var caseRow = scope.SQLRow{
	Alias: "c", ID: "number", In: map[string]scope.SQLParent{"center": {Column: "center", Known: true}},
	Columns: map[string]string{"interviewed": "interviewed"},
	Lists:   map[string]scope.SQLList{"personnel": ofCase("personnel"), "agencies": ofCase("case_agency"), "denied": ofCase("denied")},
}

func ofCase(table string) scope.SQLList {
	return scope.SQLList{Table: table, On: map[string]string{"center": "center", "number": "number"}, Value: "value"}
}

// caseTables makes the application's tables of cases. To which agency somebody
// belongs, the directory knows: account is a copy of that.
func caseTables(ctx context.Context, db *sql.DB, now *roles.Snapshot) error {
	_, err := db.ExecContext(ctx, `
		CREATE TABLE cases (center TEXT NOT NULL, number TEXT NOT NULL, interviewed INTEGER NOT NULL CHECK (interviewed IN (0, 1)), PRIMARY KEY (center, number)) STRICT;
		CREATE TABLE personnel (center TEXT NOT NULL, number TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (center, number, value)) STRICT;
		CREATE TABLE denied (center TEXT NOT NULL, number TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (center, number, value)) STRICT;
		CREATE TABLE account (id TEXT PRIMARY KEY, agency TEXT NOT NULL) STRICT;
		CREATE VIEW case_agency AS SELECT p.center, p.number, a.agency AS value FROM personnel p JOIN account a ON a.id = p.value;`)
	if err != nil {
		return err
	}
	rows, err := records("ncatrak", "cases.csv")
	if err != nil {
		return err
	}
	for _, r := range rows {
		if _, err := db.ExecContext(ctx, "INSERT INTO cases VALUES (?, ?, ?)", r[0], r[1], r[4] == "true"); err != nil {
			return err
		}
		for table, users := range map[string]string{"personnel": r[2], "denied": r[3]} {
			for user := range strings.FieldsSeq(users) {
				if _, err := db.ExecContext(ctx, "INSERT INTO "+table+" VALUES (?, ?, ?)", r[0], r[1], user); err != nil {
					return err
				}
			}
		}
	}
	for _, id := range now.Users() {
		if u, _ := now.User(id); u.Unit.Type == "agency" {
			if _, err := db.ExecContext(ctx, "INSERT INTO account VALUES (?, ?)", string(id), u.Unit.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// A Case is a line of the search's result.
type Case struct{ Center, Number string }

// page finds, in one query, the cases that somebody may find, so many of them that
// come after one, in the order of center and number. The zero Case comes before
// all.
func page(ctx context.Context, db *sql.DB, cases *scope.SQL, s *access.Session, after Case, size int) ([]Case, error) {
	filter, err := s.Filter("search.cases")
	if err != nil {
		return nil, err
	}
	may, err := cases.Where(filter, 3)
	if err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, `
		SELECT c.center, c.number FROM cases AS c
		WHERE (c.center, c.number) > (?1, ?2) AND `+may.Text+`
		ORDER BY c.center, c.number LIMIT ?3`, append([]any{after.Center, after.Number, size}, may.Args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Case
	for rows.Next() {
		var c Case
		if err := rows.Scan(&c.Center, &c.Number); err != nil {
			return nil, err
		}
		found = append(found, c)
	}
	return found, rows.Err()
}

// pageSize is how many cases are on a page.
const pageSize = 3

// search writes the cases that each user finds, page by page.
func search(ctx context.Context, db *sql.DB, users []string) error {
	engine, directory, err := open("ncatrak")
	if err != nil {
		return err
	}
	if err := caseTables(ctx, db, directory.Snapshot()); err != nil {
		return err
	}
	cases, err := engine.PrepareSQL(scope.SQLite, "case", caseRow, nil)
	if err != nil {
		return err
	}
	for _, user := range users {
		session := engine.For(roles.UserID(user), nil)
		for number, last := 1, (Case{}); ; number++ {
			found, err := page(ctx, db, cases, session, last, pageSize)
			if err != nil {
				return err
			}
			if len(found) > 0 {
				fmt.Printf("%s, page %d: %v\n", user, number, found)
				last = found[len(found)-1]
			}
			if len(found) < pageSize {
				break
			}
		}
	}
	return nil
}
