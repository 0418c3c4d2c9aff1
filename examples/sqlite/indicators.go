package main

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// schoolRow says where the queries have schools. All else that conditions ask of
// them, the directory knows.
var schoolRow = scope.SQLRow{Alias: "s", ID: "id"}

// A Tally is what the indicators say of pupils.
type Tally struct{ Schools, Eligible, Measured, BlankPostcodes int }

// schoolTable makes the application's table of schools.
func schoolTable(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, `CREATE TABLE school (
		id TEXT PRIMARY KEY, name TEXT NOT NULL, eligible INTEGER NOT NULL, measured INTEGER NOT NULL, blank_postcodes INTEGER NOT NULL
	) STRICT`)
	if err != nil {
		return err
	}
	rows, err := records("ncmp", "schools.csv")
	for _, r := range rows {
		if _, err := db.ExecContext(ctx, "INSERT INTO school VALUES (?, ?, ?, ?, ?)", r[0], r[1], r[2], r[3], r[4]); err != nil {
			return err
		}
	}
	return err
}

// count adds up, in one query, the schools that count for somebody.
func count(ctx context.Context, db *sql.DB, schools *scope.SQL, s *access.Session) (t Tally, err error) {
	filter, err := s.Filter("indicator.count")
	if err != nil {
		return t, err
	}
	may, err := schools.Where(filter, 0)
	if err != nil {
		return t, err
	}
	err = db.QueryRowContext(ctx, `
		SELECT count(*), coalesce(sum(s.eligible), 0), coalesce(sum(s.measured), 0), coalesce(sum(s.blank_postcodes), 0)
		FROM school AS s WHERE `+may.Text, may.Args...).Scan(&t.Schools, &t.Eligible, &t.Measured, &t.BlankPostcodes)
	return t, err
}

// indicators writes what counts for each user.
func indicators(ctx context.Context, db *sql.DB, users []string) error {
	engine, _, err := open("ncmp")
	if err != nil {
		return err
	}
	if err := schoolTable(ctx, db); err != nil {
		return err
	}
	schools, err := engine.PrepareSQL(scope.SQLite, "school", schoolRow, nil)
	if err != nil {
		return err
	}
	for _, user := range users {
		t, err := count(ctx, db, schools, engine.For(roles.UserID(user), nil))
		if err != nil {
			return err
		}
		fmt.Println(t.line(user))
	}
	return nil
}

// line is what the tour of the example says.
func (t Tally) line(user string) string {
	if t.Schools == 0 {
		return fmt.Sprintf("  %-5s sees no indicator", user)
	}
	participation := 0
	if t.Eligible > 0 {
		participation = 100 * t.Measured / t.Eligible
	}
	return fmt.Sprintf("  %-5s %2d schools: %3d of %3d measured (%d %%), %d blank postcodes",
		user, t.Schools, t.Measured, t.Eligible, participation, t.BlankPostcodes)
}
