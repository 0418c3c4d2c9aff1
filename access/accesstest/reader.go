package accesstest

import (
	"fmt"
	"strings"
	"time"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// A reader reads the tables as a SQL's row says.
type reader struct {
	Comparison
	types   *scope.Types
	columns []string // of the query, quoted
	root    level
}

// A level is where the values of one resource stand among the columns.
type level struct {
	typ        *scope.Type
	id         int
	attributes map[string]int
	units      map[string]int // by type: what it is in
	rows       map[string]level
	lists      map[string]list
}

// A list is where a list's elements are.
type list struct {
	table string
	value string
	on    []string // the table's columns
	from  []int    // and the row's that they are equal to
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// plan finds the columns that are read.
func (r *reader) plan(row scope.SQLRow, typ *scope.Type) { r.root = r.level(row, typ) }

func (r *reader) level(row scope.SQLRow, typ *scope.Type) level {
	column := func(name string) int {
		r.columns = append(r.columns, quoted(row.Alias)+"."+quoted(name))
		return len(r.columns) - 1
	}
	l := level{typ: typ, id: column(row.ID), attributes: map[string]int{}, units: map[string]int{}, rows: map[string]level{}, lists: map[string]list{}}
	for _, name := range sorted(row.Columns) {
		l.attributes[name] = column(row.Columns[name])
	}
	for _, name := range sorted(row.Lists) {
		from := row.Lists[name]
		to := list{table: quoted(from.Table), value: quoted(from.Value)}
		if from.Schema != "" {
			to.table = quoted(from.Schema) + "." + to.table
		}
		for _, on := range sorted(from.On) {
			to.on, to.from = append(to.on, quoted(on)), append(to.from, column(from.On[on]))
		}
		l.lists[name] = to
	}
	for _, name := range sorted(row.In) {
		if in := row.In[name]; in.Row != nil {
			l.rows[name] = r.level(*in.Row, r.types.Type(name))
		} else {
			l.units[name] = column(in.Column)
		}
	}
	return l
}

// read reads all rows.
func (r *reader) read() ([]row, error) {
	found, err := r.query(r.selection())
	if err != nil {
		return nil, err
	}
	var all []row
	for _, values := range found {
		one := row{key: key(values)}
		resource, err := r.resource(r.root, values, &one.several)
		if err != nil {
			return nil, err
		}
		one.resource = *resource
		all = append(all, one)
	}
	return all, nil
}

// resource is what a row says of a level; nil if the row has none.
func (r *reader) resource(l level, values []any, several *bool) (*scope.Resource, error) {
	if values[l.id] == nil {
		return nil, nil
	}
	id, err := r.value("string", values[l.id])
	if err != nil {
		return nil, fmt.Errorf("the id of a %s: %w", l.typ.Name(), err)
	}
	out := &scope.Resource{Type: l.typ.Name(), ID: id.(string)}
	attributes := scope.Map{}
	for _, name := range sorted(l.attributes) {
		if attributes[name], err = r.value(l.typ.Attributes().Type(name), values[l.attributes[name]]); err != nil {
			return nil, fmt.Errorf("%s of %s: %w", name, out.Ref(), err)
		}
	}
	for _, name := range sorted(l.lists) {
		if attributes[name], err = r.elements(l.typ.Attributes().Type(name), l.lists[name], values); err != nil {
			return nil, fmt.Errorf("%s of %s: %w", name, out.Ref(), err)
		}
	}
	if len(attributes) > 0 {
		out.Attributes = attributes
	}
	return out, r.parents(l, values, out, several)
}

// parents says what a resource is in.
func (r *reader) parents(l level, values []any, out *scope.Resource, several *bool) error {
	for _, name := range sorted(l.units) {
		id, err := r.value("string", values[l.units[name]])
		if err != nil {
			return fmt.Errorf("the %s of %s: %w", name, out.Ref(), err)
		}
		if id != nil {
			*several = *several || !out.Parent.IsZero()
			out.Parent = scope.NewRef(name, id.(string))
		}
	}
	for _, name := range sorted(l.rows) {
		in, err := r.resource(l.rows[name], values, several)
		if err != nil {
			return err
		}
		if in != nil {
			*several = *several || !out.Parent.IsZero() || out.In != nil
			out.In = in
		}
	}
	return nil
}

// elements reads a list.
func (r *reader) elements(typ string, l list, values []any) (any, error) {
	var on []string
	var args []any
	for i, column := range l.on {
		sign := "$"
		if r.SQL.Dialect() == scope.SQLite {
			sign = "?"
		}
		on = append(on, fmt.Sprintf("%s = %s%d", column, sign, i+1))
		args = append(args, values[l.from[i]])
	}
	found, err := r.query("SELECT "+l.value+" FROM "+l.table+" WHERE "+strings.Join(on, " AND "), args...)
	if err != nil {
		return nil, err
	}
	elements := []any{}
	for _, one := range found {
		v, err := r.value(strings.TrimSuffix(strings.TrimPrefix(typ, "list("), ")"), one[0])
		if err != nil || v == nil {
			return nil, fmt.Errorf("an element is %v, not a value of the list: %v", one[0], err)
		}
		elements = append(elements, v)
	}
	return elements, nil
}

// value is what a driver gave, as the attribute's type has it; nil for NULL.
func (r *reader) value(typ string, v any) (any, error) {
	whole, isInt := v.(int64)
	text, isBytes := v.([]byte)
	sqlite := r.SQL.Dialect() == scope.SQLite
	switch {
	case v == nil:
		return nil, nil
	case typ == "string" && isBytes && !sqlite:
		return string(text), nil
	case typ == "bool" && isInt && sqlite && whole>>1 == 0:
		return whole == 1, nil
	case typ == "timestamp" && isInt && sqlite:
		return time.UnixMicro(whole).UTC(), nil
	case typ == "duration" && isInt:
		return time.Duration(whole), nil
	}
	right := map[string]bool{"string": is[string](v), "bool": is[bool](v) && !sqlite, "int": isInt, "double": is[float64](v), "bytes": isBytes, "timestamp": is[time.Time](v) && !sqlite}
	if !right[typ] {
		return nil, fmt.Errorf("the column holds a %T (%v), which is not how %s has a %s", v, v, r.SQL.Dialect(), typ)
	}
	return v, nil
}

func is[T any](v any) bool { _, ok := v.(T); return ok }
