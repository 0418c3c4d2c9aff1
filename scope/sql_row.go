package scope

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
	"github.com/bailiwick-authz/bailiwick/internal/suggest"
)

// maxSQLPaths bounds in how many chains of types a resource can be.
const maxSQLPaths = 16

// sqlLoops begins the names that SQL gives the tables that it brings itself.
const sqlLoops = "bailiwick_"

// clone copies what the caller may change later.
func (r SQLRow) clone() *SQLRow {
	r.Columns = maps.Clone(r.Columns)
	r.Lists = maps.Clone(r.Lists)
	for name, list := range r.Lists {
		list.On = maps.Clone(list.On)
		r.Lists[name] = list
	}
	r.In = maps.Clone(r.In)
	for name, parent := range r.In {
		if parent.Row != nil {
			parent.Row = parent.Row.clone()
			r.In[name] = parent
		}
	}
	return &r
}

// check says what is wrong with a row.
func (s *SQL) check(r *SQLRow, typ *Type) error {
	var faults []error
	wrong := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf(typ.name+": "+format, args...))
	}
	identifier := func(what, name string) {
		if err := s.checkIdentifier(name); err != nil {
			wrong("%s: %v", what, err)
		}
	}
	identifier("the alias", r.Alias)
	if strings.HasPrefix(strings.ToLower(r.Alias), sqlLoops) {
		wrong("the alias %q begins with %s, like those that are added to the query", r.Alias, sqlLoops)
	}
	identifier("the column of the id", r.ID)
	for _, name := range slices.Sorted(maps.Keys(r.Columns)) {
		identifier("the column of "+name, r.Columns[name])
		if err := scalarInSQL(typ.attributes.types[name]); err != nil || typ.attributes.Type(name) == "" {
			wrong("%s", unmappable(typ, name, err))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Lists)) {
		declared, list := typ.attributes.types[name], r.Lists[name]
		if !declared.IsList() || scalarInSQL(declared.Elem()) != nil {
			wrong("%s", unmappable(typ, name, errors.New("only a list of single values has a table")))
		}
		identifier("the table of "+name, list.Table)
		identifier("the column of the elements of "+name, list.Value)
		if list.Schema != "" {
			identifier("the schema of "+name, list.Schema)
		}
		if len(list.On) == 0 {
			wrong("nothing says which rows of %q are those of one %s: On is empty", list.Table, typ.name)
		}
		for _, column := range slices.Sorted(maps.Keys(list.On)) {
			identifier("the table of "+name, column)
			identifier("the table of "+name, list.On[column])
		}
	}
	faults = append(faults, s.checkParents(r, typ)...)
	return errors.Join(faults...)
}

func unmappable(typ *Type, name string, why error) string {
	if typ.attributes.Type(name) == "" {
		return fmt.Sprintf("there is no attribute %q%s", name, suggest.Hint(name, typ.attributes.names))
	}
	return fmt.Sprintf("the attribute %q is a %s: %v", name, typ.attributes.Type(name), why)
}

func (s *SQL) checkParents(r *SQLRow, typ *Type) (faults []error) {
	wrong := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf(typ.name+": "+format, args...))
	}
	if typ.unit && len(r.In) > 0 {
		wrong("what a unit is in, the directory knows: In must be empty")
		return faults
	}
	if !typ.unit && len(typ.in) > 0 && len(r.In) == 0 {
		wrong("no column says which %s it is in", alternatives(typ.in))
	}
	for _, name := range slices.Sorted(maps.Keys(r.In)) {
		parent := typ.StandsIn(name)
		in := r.In[name]
		switch {
		case parent == nil:
			wrong("it cannot be in a %q%s", name, s.types.Hint(name))
		case parent.unit && (in.Column == "" || in.Row != nil):
			wrong("the %s that it is in is a unit: it has a Column, and no Row", name)
		case parent.unit:
			if err := s.checkIdentifier(in.Column); err != nil {
				wrong("the column of the %s: %v", name, err)
			}
		case in.Row == nil || in.Column != "" || in.Known:
			wrong("the %s that it is in is no unit: it has a Row, and nothing else", name)
		default:
			if err := s.check(in.Row, parent); err != nil {
				faults = append(faults, err)
			}
		}
	}
	return faults
}

// checkIdentifier refuses what a dialect would read otherwise than it was meant.
func (s *SQL) checkIdentifier(name string) error {
	switch {
	case name == "":
		return errors.New("a name is missing")
	case !utf8.ValidString(name) || strings.ContainsRune(name, 0):
		return fmt.Errorf("%q is no name of a column or a table", name)
	case s.dialect == PostgreSQL && len(name) > 63:
		return fmt.Errorf("%q is longer than 63 bytes: PostgreSQL would cut it", name)
	case len(name) > MaxID:
		return fmt.Errorf("the name is longer than %d bytes", MaxID)
	}
	return nil
}

// scalarInSQL says why values of a type are in no column.
func scalarInSQL(t condition.Type) error {
	switch t {
	case condition.Bool, condition.Int, condition.Double, condition.String, condition.Bytes, condition.Timestamp, condition.Duration:
		return nil
	case condition.Uint:
		return errors.New("the databases have no unsigned integers")
	}
	return errors.New("a column has single values")
}

// A sqlPath is one chain of types that a resource can be in: rows of the query,
// up to the unit that one of them is in.
type sqlPath struct {
	levels []sqlLevel // the resource first
	// anchor is the type of the nearest unit, nil if the chain ends at the root;
	// column is where its id is.
	anchor *Type
	column string
	known  bool
	// guard is true of the rows that are on this path and no other; empty: all.
	guard []string
}

// A sqlLevel is a resource that is a row of the query. If it is a unit, it is
// the path's anchor too.
type sqlLevel struct {
	typ *Type
	row *SQLRow
}

// climb finds the paths from a row up.
func (s *SQL) climb(typ *Type, r *SQLRow, below *sqlPath, guard []string) {
	path := &sqlPath{levels: append(slices.Clone(below.levels), sqlLevel{typ, r}), guard: guard}
	switch {
	case typ.unit:
		path.anchor, path.column = typ, s.column(r.Alias, r.ID)
		s.paths = append(s.paths, path)
		return
	case len(typ.in) == 0:
		s.paths = append(s.paths, path)
		return
	}
	there := func(name string) string {
		if in := r.In[name]; in.Row != nil {
			return s.column(in.Row.Alias, in.Row.ID)
		}
		return s.column(r.Alias, r.In[name].Column)
	}
	names := slices.Sorted(maps.Keys(r.In))
	for _, name := range names {
		guard := slices.Clone(guard)
		for _, other := range names {
			if other != name {
				guard = append(guard, there(other)+" IS NULL")
			}
		}
		if len(s.paths) > maxSQLPaths {
			return
		}
		in := r.In[name]
		if in.Row != nil {
			s.climb(s.types.byName[name], in.Row, path, append(guard, there(name)+" IS NOT NULL"))
			continue
		}
		s.paths = append(s.paths, &sqlPath{
			levels: path.levels, anchor: s.types.byName[name], column: there(name), known: in.Known, guard: guard,
		})
	}
}

// column is a column of the query. It names its table, because SQLite reads a
// name in double quotes that is no column as a text.
func (s *SQL) column(alias, name string) string { return sqlQuoted(alias) + "." + sqlQuoted(name) }

func sqlQuoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (l SQLList) table() string {
	if l.Schema != "" {
		return sqlQuoted(l.Schema) + "." + sqlQuoted(l.Table)
	}
	return sqlQuoted(l.Table)
}
