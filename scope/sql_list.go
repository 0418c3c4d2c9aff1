package scope

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// A sqlRows is a list as a table: what stands behind FROM and WHERE, and the
// column with the element.
type sqlRows struct {
	from, where string
	element     sqlValue
	nowhere     bool   // the list is an error
	there       string // where it is none; empty: everywhere
	part        *sqlPart
}

// ifThere is text where the list is no error.
func (r sqlRows) ifThere(text string) string {
	if r.there == "" {
		return text
	}
	return fmt.Sprintf("CASE WHEN %s THEN %s END", r.there, text)
}

// list says a list: one that the resource has, or one that is known.
func (t *sqlTranslation) list(term *condition.Term) (sqlRows, *SQLRefusal) {
	alias := sqlQuoted(sqlLoops + strconv.Itoa(t.brought+1))
	switch term.Kind {
	case condition.Failed:
		return sqlRows{nowhere: true}, nil
	case condition.Constant, condition.Parameter:
		known, refusal := t.knownList(term, term)
		if refusal != nil {
			return sqlRows{}, refusal
		}
		t.brought++
		from, column := t.sql.unnested(known, alias)
		return sqlRows{from: from, where: sqlTrue, element: sqlValue{text: column, typ: term.Type.Elem()}}, nil
	case condition.Field:
		at := t.place(term.Args[0])
		switch {
		case at.nowhere:
			return sqlRows{nowhere: true}, nil
		case at.none:
			return sqlRows{}, refuse(term, "%s", notSaid(term))
		case t.unitValue(term):
			return t.unitList(term)
		}
		row := t.path.levels[at.level].row
		list, ok := row.Lists[term.Name]
		if !ok {
			return sqlRows{}, refuse(term, "no table has the elements of the attribute")
		}
		t.brought++
		var on []string
		for _, column := range slices.Sorted(maps.Keys(list.On)) {
			on = append(on, fmt.Sprintf("%s.%s = %s", alias, sqlQuoted(column), t.sql.column(row.Alias, list.On[column])))
		}
		return sqlRows{
			from: list.table() + " AS " + alias, where: sqlJoin(on, " AND ", sqlTrue),
			element: sqlValue{text: alias + "." + sqlQuoted(list.Value), typ: term.Type.Elem()},
		}, nil
	}
	return sqlRows{}, refuse(term, "%s", notSaid(term))
}

// knownList is the parameter for a list that is known, in a term.
func (t *sqlTranslation) knownList(term, list *condition.Term) (string, *SQLRefusal) {
	if !list.Type.IsList() || !givenInSQL(list.Type.Elem()) {
		return "", refuse(term, "a list that is known is said in SQL if it is of texts, ints or bools")
	}
	return t.known(list, asItIs), nil
}

// givenInSQL reports whether a query can be given a list of such elements.
func givenInSQL(t condition.Type) bool {
	return t == condition.String || t == condition.Int || t == condition.Bool
}

// membership says x in list.
func (t *sqlTranslation) membership(term *condition.Term, holds bool) (string, *SQLRefusal) {
	left, right := term.Args[0], term.Args[1]
	if !right.Type.IsList() {
		return "", refuse(term, "maps are not said in SQL")
	}
	if text, refusal, ok := t.withUnit(term, left, right); ok {
		return text, refusal
	}
	x, refusal := t.value(left)
	if refusal != nil {
		return "", refusal
	}
	if right.Kind == condition.Constant || right.Kind == condition.Parameter {
		known, refusal := t.knownList(term, right)
		if refusal != nil {
			return "", refusal
		}
		return t.guarded(x, t.sql.inList(x.text, known, x.typ), holds), nil
	}
	list, refusal := t.list(right)
	switch {
	case refusal != nil:
		return "", refusal
	case list.nowhere:
		return t.sql.null(condition.Bool), nil
	}
	same, refusal := t.compared(term, "==", list.element, x)
	if refusal != nil {
		return "", refusal
	}
	return t.guarded(x, list.ifThere(fmt.Sprintf("EXISTS (SELECT 1 FROM %s WHERE %s AND %s)", list.from, list.where, same)), holds), nil
}

// guarded is text where x is not NULL, and NULL where it is: SQL finds NULL to be
// in no empty list, and CEL an error.
func (t *sqlTranslation) guarded(x sqlValue, text string, holds bool) string {
	if !x.null || holds {
		return text
	}
	return fmt.Sprintf("CASE WHEN %s IS NOT NULL THEN %s END", x.text, text)
}

// loop says exists, all or exists_one. In SQL they are never NULL by themselves:
// in CEL an error in the body is one unless another element decides.
func (t *sqlTranslation) loop(term *condition.Term, holds bool) (string, *SQLRefusal) {
	if term.Name != "exists" && term.Name != "all" && term.Name != "exists_one" {
		return "", refuse(term, "what %s makes is not said in SQL", term.Name)
	}
	list, refusal := t.list(term.Args[0])
	switch {
	case refusal != nil:
		return "", refusal
	case list.nowhere:
		return t.sql.null(condition.Bool), nil
	}
	t.loops = append(t.loops, sqlLoop{term.Var, list.element})
	body, refusal := t.truth(term.Args[1], false)
	t.loops = t.loops[:len(t.loops)-1]
	if refusal != nil {
		return "", refusal
	}
	return list.ifThere(list.loop(term.Name, body, holds)), nil
}

// loop says a loop over the list whose body is said.
func (r sqlRows) loop(macro, body string, holds bool) string {
	some := func(is string) string {
		return fmt.Sprintf("EXISTS (SELECT 1 FROM %s WHERE %s AND (%s)%s)", r.from, r.where, body, is)
	}
	failing := some(" IS NULL")
	switch {
	case macro == "exists" && holds:
		return some("")
	case macro == "exists":
		return fmt.Sprintf("CASE WHEN %s THEN TRUE WHEN %s THEN NULL ELSE FALSE END", some(""), failing)
	case macro == "all" && holds:
		return "NOT " + some(" IS NOT TRUE")
	case macro == "all":
		return fmt.Sprintf("CASE WHEN %s THEN FALSE WHEN %s THEN NULL ELSE TRUE END", some(" IS FALSE"), failing)
	}
	return fmt.Sprintf("CASE WHEN NOT %s THEN (SELECT count(*) FROM %s WHERE %s AND (%s)) = 1 END", failing, r.from, r.where, body)
}
