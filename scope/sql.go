package scope

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// A SQLDialect is the language of a database. The zero SQLDialect is none, and
// is refused.
type SQLDialect uint8

const (
	// SQLite from version 3.38 on.
	SQLite SQLDialect = iota + 1
	// PostgreSQL from version 11 on, with a database in UTF-8.
	PostgreSQL
)

// String returns the dialect's name.
func (d SQLDialect) String() string {
	switch d {
	case SQLite:
		return "SQLite"
	case PostgreSQL:
		return "PostgreSQL"
	}
	return fmt.Sprintf("SQLDialect(%d)", uint8(d))
}

// A SQLRow says where a query has the resources of one type, one to a row: under
// which alias their table is in the query, and in which columns it holds what
// the policy declares. It is a promise about the data:
//
// NULL is what is absent: an attribute that a resource does not have, a parent
// of another type. The id is never NULL, and is one that CheckID accepts.
//
// A column holds nothing but values of the attribute's type, stored so:
//
//	             SQLite                     PostgreSQL
//	bool         INTEGER, 0 or 1            boolean
//	int          INTEGER                    bigint, integer or smallint
//	double       REAL                       double precision
//	string, ids  TEXT                       text or varchar, of a deterministic collation
//	bytes        BLOB                       bytea
//	timestamp    INTEGER, microseconds      timestamptz
//	             since 1970 in UTC
//	duration     INTEGER, nanoseconds       bigint, nanoseconds
//
// SQLite keeps the promise for STRICT tables; in others CHECK (typeof(x) = …)
// does. Instants have microseconds, here as in the values that the same resource
// is asked about with; those that come with a question may have nanoseconds.
// An attribute that is a list is in Lists; one that is a uint, a map, or a list
// of lists is in no column.
//
// A query cannot see a promise broken. It may find what Decide denies: a row with
// an id that CheckID refuses, or with a text that is no UTF-8; one whose collation
// finds different texts equal; one whose lists are so long that a condition costs
// more than Limits.Cost. accesstest.Differential tells of such rows.
type SQLRow struct {
	// Alias is the name that the query calls the table by.
	Alias string
	// ID is the column with the resource's id.
	ID string
	// In says, by its type, in which column what the resource is in is named. A
	// type that is left out is one that no row of the query is in. Of a row, all
	// but one are NULL: nobody may do anything to what is in two, or in nothing.
	// A unit needs none: the directory knows where it is.
	In map[string]SQLParent
	// Columns are the columns of the attributes. What a unit has no column for is
	// what the directory knows of it; what another resource has none for cannot
	// be asked about.
	Columns map[string]string
	// Lists are the tables with the elements of the attributes that are lists. Who
	// has no row there has the empty list: such an attribute is never absent.
	Lists map[string]SQLList
}

// A SQLParent is how a row says what its resource is in: a Column or a Row.
type SQLParent struct {
	// Column has the id of a unit.
	Column string
	// Known is the promise that Column holds no id but of units that the directory
	// knows. Without it, the query asks. A row that is in a unit that the directory
	// does not know is nobody's.
	Known bool
	// Row is where the query has what the resource is in, if that is no unit: the
	// case of a document, joined by LEFT JOIN if not all have one.
	Row *SQLRow
}

// A SQLList is a table with one row for each element of a list.
type SQLList struct {
	// Schema is the table's, or empty.
	Schema, Table string
	// On leads from columns of the table to the columns of the resource's row that
	// they are equal to. None of them is NULL.
	On map[string]string
	// Value is the column with the element. It is never NULL.
	Value string
}

// SQLOptions bound what a SQL may do. Nil, and each zero field, means the
// defaults.
type SQLOptions struct {
	// MaxIDs is the greatest number of ids, or other values, in one list that a
	// query is given; more are an error. Default 100 000.
	MaxIDs int
	// MaxText is the greatest length in bytes of one predicate in SQL. Default
	// 64 KiB.
	MaxText int
	// Split is whether what cannot be said in SQL is left out, so that rows are
	// found that do not pass. SQLCondition.Exact says of each condition whether
	// that is so; the caller asks Filter.Matches then. Without it, such a
	// predicate is refused.
	Split bool
}

// A SQL says Filters of one type of resource as conditions of a query. It is safe
// for concurrent use.
type SQL struct {
	types   *Types
	typ     *Type
	dialect SQLDialect
	options SQLOptions
	row     *SQLRow
	paths   []*sqlPath
	// oneID and manyIDs are what stands around a parameter behind a column that is
	// that id, or one of those ids.
	oneID, manyIDs [2]string
	prepared       sync.Map // *Predicate to *sqlPredicate
	reached        atomic.Pointer[sqlUnits]
}

// A SQLCondition is what the rows of a query must be like, as an expression that
// can stand in its WHERE. It is FALSE or NULL of the rows that do not pass.
type SQLCondition struct {
	// Text is the expression, in parentheses where it needs them. No value is in
	// it, and none shapes it but by whether it is true, false or absent, and by
	// whether a list has no, one or more ids.
	Text string
	// Args are the values of its parameters, in the order of their numbers, as
	// database/sql and pgx's own Query take them.
	Args []any
	// Exact is whether exactly the rows that pass are found. It is false only for
	// a SQL with Split: then Filter.Matches must be asked of what is found.
	Exact bool
}

// A SQLRefusal says why a predicate is not said in SQL.
type SQLRefusal struct {
	// Name and Source are the predicate's.
	Name, Source string
	// Part is the part of it that SQL cannot say.
	Part string
	// Reason says why.
	Reason string
}

// Error says all of it.
func (r *SQLRefusal) Error() string {
	return fmt.Sprintf("%s: %q cannot be said in SQL: in %s, %s", r.Name, r.Source, r.Part, r.Reason)
}

// NewSQL makes a SQL for a type of resource that a query has as row says. Its
// error tells what is wrong with row.
func (t *Types) NewSQL(dialect SQLDialect, resourceType string, row SQLRow, options *SQLOptions) (*SQL, error) {
	if dialect != SQLite && dialect != PostgreSQL {
		return nil, fmt.Errorf("%s is no dialect: want SQLite or PostgreSQL", dialect)
	}
	typ := t.byName[resourceType]
	if typ == nil {
		return nil, fmt.Errorf("unknown resource type %q%s", resourceType, t.Hint(resourceType))
	}
	s := &SQL{types: t, typ: typ, dialect: dialect, row: row.clone()}
	if options != nil {
		s.options = *options
	}
	if s.options.MaxIDs <= 0 {
		s.options.MaxIDs = 100_000
	}
	if s.options.MaxText <= 0 {
		s.options.MaxText = 64 << 10
	}
	if err := s.check(s.row, typ); err != nil {
		return nil, err
	}
	s.climb(typ, s.row, &sqlPath{}, nil)
	if len(s.paths) > maxSQLPaths {
		return nil, fmt.Errorf("a %s can be in %d chains of types, and %d are the most", typ.name, len(s.paths), maxSQLPaths)
	}
	around := func(text string) [2]string {
		before, after, _ := strings.Cut(text, sqlMark)
		return [2]string{before, after}
	}
	s.oneID = around(s.isOne("", sqlMark))
	s.manyIDs = around(s.inList("", sqlMark+s.cast(condition.ListOf(condition.String)), condition.String))
	return s, nil
}

// Type returns the name of the type of the resources.
func (s *SQL) Type() string { return s.typ.name }

// Dialect returns the database's language.
func (s *SQL) Dialect() SQLDialect { return s.dialect }

// Row returns what the SQL was made for. The caller must not change it.
func (s *SQL) Row() SQLRow { return *s.row }

// Prepare finds out whether a predicate can be said in SQL. The error is a
// *SQLRefusal if it cannot; with Split it is left out then, as far as is
// needed, and that is no error. Where takes no Filter with a predicate that was
// not prepared.
func (s *SQL) Prepare(p *Predicate) error {
	if _, ok := s.prepared.Load(p); ok {
		return nil
	}
	left := p.left(s.typ.name)
	if left == nil {
		return p.For(s.typ.name)
	}
	q := &sqlPredicate{sql: s, predicate: p, residual: left.residual}
	if _, err := q.translate(left.residual.Term()); err != nil {
		return err
	}
	s.prepared.LoadOrStore(p, q)
	return nil
}

// A sqlPredicate is a predicate that was found to be translatable.
type sqlPredicate struct {
	sql       *SQL
	predicate *Predicate
	residual  *condition.Residual
	said      sync.Map // *shape to []*sqlFragment, by path
}

// fragments returns what a predicate says in SQL, by path. The shape of what is
// left of it shapes the text; the values do not.
func (q *sqlPredicate) fragments(s *shape) ([]*sqlFragment, error) {
	if kept, ok := q.said.Load(s); ok {
		return kept.([]*sqlFragment), nil
	}
	if s.pending {
		return nil, fmt.Errorf("%s: something of the question is not known", q.predicate.name)
	}
	all, err := q.translate(q.residual.Term().With(s.known))
	if err != nil {
		return nil, err
	}
	if s.kept {
		q.said.Store(s, all)
	}
	return all, nil
}

// translate says a Term in SQL, for every path.
func (q *sqlPredicate) translate(term *condition.Term) ([]*sqlFragment, error) {
	all := make([]*sqlFragment, len(q.sql.paths))
	for i, path := range q.sql.paths {
		t := &sqlTranslation{sql: q.sql, path: path, residual: q.residual, split: q.sql.options.Split}
		f, refusal := t.fragment(term.Holding())
		if refusal != nil {
			refusal.Name, refusal.Source = q.predicate.name, q.predicate.source
			return nil, refusal
		}
		all[i] = f
	}
	return all, nil
}
