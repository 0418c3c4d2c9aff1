package scope

import (
	"fmt"
	"strconv"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// A sqlPart is a part of a predicate that looks at the path's unit alone.
type sqlPart struct {
	run *condition.Part
	// own is of assigned(resource), which needs no run.
	own bool
}

// unitTruth says a condition on the path's unit: for which units it is true and,
// if that matters, for which false. It is an error for the others.
func (t *sqlTranslation) unitTruth(term *condition.Term, holds bool) (string, *SQLRefusal) {
	run := t.residual.Part(term)
	if run == nil {
		return "", refuse(term, "it was not part of the condition")
	}
	part := &sqlPart{run: run}
	yes := t.inUnits(sqlArg{kind: unitsWhere, part: part, outcome: True})
	if holds {
		return yes, nil
	}
	return fmt.Sprintf("CASE WHEN %s THEN TRUE WHEN %s THEN FALSE END", yes, t.inUnits(sqlArg{kind: unitsWhere, part: part, outcome: False})), nil
}

// inUnits says that the row is in one of some units.
func (t *sqlTranslation) inUnits(units sqlArg) string {
	units.in = t.path.column
	return t.arg(units, condition.Type{})
}

// assigned says assigned(x) for an x that is a row, or is in one: it or what it
// is in is assigned.
func (t *sqlTranslation) assigned(term *condition.Term) (string, *SQLRefusal) {
	at := t.place(term.Args[0])
	switch {
	case at.nowhere:
		return t.sql.null(condition.Bool), nil
	case at.none || at.level < 0:
		return "", refuse(term, "it must be asked of the resource, or of what that is in")
	}
	var texts []string
	for _, level := range t.path.levels[at.level:] {
		if !level.typ.unit {
			texts = append(texts, t.arg(sqlArg{kind: assignedIDs, typ: level.typ, in: t.sql.column(level.row.Alias, level.row.ID)}, condition.Type{}))
		}
	}
	if t.path.anchor != nil {
		texts = append(texts, t.inUnits(sqlArg{kind: unitsWhere, part: &sqlPart{own: true}, outcome: True}))
	}
	return sqlJoin(texts, " OR ", sqlFalse), nil
}

// assignable returns, of assigned(x) for an x that is a row in a unit, the types
// of the rows that can be assigned by themselves; nil of all else.
func (t *sqlTranslation) assignable(term *condition.Term) []*Type {
	if t.path.anchor == nil || term.Kind != condition.Call || term.Name != "assigned" {
		return nil
	}
	at, types := t.place(term.Args[0]), []*Type(nil)
	if at.none || at.nowhere || at.level < 0 {
		return nil
	}
	for _, level := range t.path.levels[at.level:] {
		if !level.typ.unit {
			types = append(types, level.typ)
		}
	}
	return types
}

// within says within(x, unit) on a path on which nothing is in a unit.
func (t *sqlTranslation) within(term *condition.Term) (string, *SQLRefusal) {
	at := t.place(term.Args[0])
	switch {
	case at.nowhere || term.Args[1].Kind == condition.Failed:
		return t.sql.null(condition.Bool), nil
	case !at.none && t.path.anchor == nil && term.Args[1].Kind == condition.Parameter:
		// Not sqlFalse: for who has no such unit it is NULL, and then the rest of the
		// condition matters, which must be found sayable for all.
		return "NOT TRUE", nil
	}
	return "", refuse(term, "both sides must be the resource, what it is in, or something that is known")
}

// withUnit says ==, != and in between what a row has and what the directory
// knows of the row's unit. It reports whether term is of that kind.
func (t *sqlTranslation) withUnit(term, left, right *condition.Term) (string, *SQLRefusal, bool) {
	switch {
	case t.unitValue(left) && t.unitValue(right):
		return "", nil, false
	case t.unitValue(left) && term.Name == "in":
		text, refusal := t.unitInList(term, left, right)
		return text, refusal, true
	case t.unitValue(left):
		left, right = right, left
	case !t.unitValue(right):
		return "", nil, false
	}
	x, refusal := t.value(left)
	if refusal != nil {
		return "", refusal, true
	}
	pairs, there, refusal := t.pairs(term, right, x)
	if refusal != nil {
		return "", refusal, true
	}
	if x.null {
		there = x.text + " IS NOT NULL AND " + there
	}
	not := ""
	if term.Name == "!=" {
		not = "NOT "
	}
	return fmt.Sprintf("CASE WHEN %s THEN %s%s END", there, not, pairs), nil, true
}

// unitScalar says a single value that the directory knows of the row's unit.
func (t *sqlTranslation) unitScalar(term *condition.Term) (sqlValue, *SQLRefusal) {
	rows, refusal := t.unitRows(term, term.Type)
	if refusal != nil {
		return sqlValue{}, refusal
	}
	return sqlValue{text: fmt.Sprintf("(SELECT %s FROM %s WHERE %s)", rows.element.text, rows.from, rows.where), typ: term.Type, null: true}, nil
}

// unitList says a list that the directory knows of the row's unit.
func (t *sqlTranslation) unitList(term *condition.Term) (sqlRows, *SQLRefusal) {
	rows, refusal := t.unitRows(term, term.Type.Elem())
	if refusal == nil {
		rows.there = t.inUnits(sqlArg{kind: unitsWithValue, part: rows.part})
	}
	return rows, refusal
}

// unitRows is what the directory knows of the row's unit as a table.
func (t *sqlTranslation) unitRows(of *condition.Term, typ condition.Type) (sqlRows, *SQLRefusal) {
	run := t.residual.Part(of)
	if run == nil || !givenInSQL(typ) {
		return sqlRows{}, refuse(of, "of what the directory knows, only texts, ints and bools are compared with a column")
	}
	t.brought++
	alias := sqlQuoted(sqlLoops + strconv.Itoa(t.brought))
	rows := sqlRows{part: &sqlPart{run: run}, element: sqlValue{text: alias + ".value", typ: typ}}
	if t.sql.dialect == SQLite {
		both := t.arg(sqlArg{kind: unitPairs, part: rows.part}, condition.ListOf(condition.String))
		rows.from, rows.element.text = "json_each("+both+") AS "+alias, "("+alias+".value ->> 1)"
		rows.where = alias + ".value ->> 0 = " + t.path.column + " COLLATE BINARY"
		return rows, nil
	}
	units := t.arg(sqlArg{kind: pairUnits, part: rows.part}, condition.ListOf(condition.String))
	values := t.arg(sqlArg{kind: pairValues, part: rows.part}, condition.ListOf(typ))
	rows.from = fmt.Sprintf("unnest(%s, %s) AS %s (unit, value)", units, values, alias)
	rows.where = alias + ".unit = " + t.path.column
	return rows, nil
}

// unitInList says that what the directory knows of a row's unit is in a list that
// the row has.
func (t *sqlTranslation) unitInList(term, left, right *condition.Term) (string, *SQLRefusal) {
	if right.Kind != condition.Field {
		return "", refuse(term, "what the directory knows is looked for in a column's list only")
	}
	list, refusal := t.list(right)
	switch {
	case refusal != nil:
		return "", refusal
	case list.nowhere:
		return t.sql.null(condition.Bool), nil
	}
	pairs, there, refusal := t.pairs(term, left, list.element)
	if refusal != nil {
		return "", refusal
	}
	return fmt.Sprintf("CASE WHEN %s THEN EXISTS (SELECT 1 FROM %s WHERE %s AND %s) END", there, list.from, list.where, pairs), nil
}

// unitValue reports whether a value is what the directory knows of the path's
// unit, and no column has.
func (t *sqlTranslation) unitValue(term *condition.Term) bool {
	seen := glance{}
	if t.path.anchor == nil || !t.onUnit(term, nil, &seen) || !seen.unit {
		return false
	}
	if term.Kind != condition.Field {
		return true
	}
	at := t.place(term.Args[0])
	return !at.nowhere && !(term.Name == idField && (at.level >= 0 || at.typ == t.path.anchor)) && term.Name != typeField
}

// pairs says that x is the value, or one of the values, of the row's unit, and
// that this unit has a value.
func (t *sqlTranslation) pairs(term, of *condition.Term, x sqlValue) (text, there string, refusal *SQLRefusal) {
	typ := of.Type
	if typ.IsList() && term.Name == "in" {
		typ = typ.Elem()
	}
	run := t.residual.Part(of)
	if run == nil || typ != x.typ || !givenInSQL(typ) {
		return "", "", refuse(term, "of what the directory knows, only texts, ints and bools are compared with a column")
	}
	part := &sqlPart{run: run}
	there = t.inUnits(sqlArg{kind: unitsWithValue, part: part})
	if t.sql.dialect == SQLite {
		both := t.arg(sqlArg{kind: unitPairs, part: part}, condition.ListOf(condition.String))
		collate := t.sql.collation(x.typ, "==")
		return fmt.Sprintf("(%s COLLATE BINARY, %s%s) IN (SELECT value ->> 0, value ->> 1 FROM json_each(%s))", t.path.column, x.text, collate, both), there, nil
	}
	units := t.arg(sqlArg{kind: pairUnits, part: part}, condition.ListOf(condition.String))
	values := t.arg(sqlArg{kind: pairValues, part: part}, condition.ListOf(typ))
	return fmt.Sprintf("(%s, %s) IN (SELECT * FROM unnest(%s, %s))", t.path.column, x.text, units, values), there, nil
}
