package scope

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// A sqlTranslation says one predicate in SQL, for the resources on one path.
//
// An error in a condition is NULL in SQL. What is said with holds is true
// exactly where the condition is, and where it is not may be FALSE or NULL; what
// is said without is TRUE, FALSE or NULL exactly where the condition is true,
// false or an error.
type sqlTranslation struct {
	sql      *SQL
	path     *sqlPath
	residual *condition.Residual
	split    bool // leave out what cannot be said, where that only widens
	wider    bool // something was left out
	args     []sqlArg
	numbers  map[sqlArgKey]int // of args
	loops    []sqlLoop
	brought  int // tables that were brought
}

// A sqlLoop is the variable of a loop around what is said.
type sqlLoop struct {
	name    string
	element sqlValue
}

// A sqlValue is an expression.
type sqlValue struct {
	text string
	typ  condition.Type
	// null is whether it may be NULL.
	null bool
	// known is the Term of a value that is known when the query is asked.
	known *condition.Term
}

// A sqlFragment is one predicate in SQL, on one path.
type sqlFragment struct {
	// filters are conditions on the path's unit alone, that must hold besides
	// the text.
	filters   []*sqlPart
	conjuncts []sqlConjunct
	args      []sqlArg
	wider     bool
}

// A sqlConjunct is one of the conditions that all must hold for a fragment to.
type sqlConjunct struct {
	// pieces are what stands around the args: one more than uses.
	pieces []string
	uses   []int // the args, by number, in the order of the text
	// assigned is not nil for assigned(x): the types of the rows that can be
	// assigned by themselves.
	assigned []*Type
}

// refuse refuses a part of a predicate; sqlPredicate.translate adds which predicate
// that is.
func refuse(t *condition.Term, format string, args ...any) *SQLRefusal {
	return &SQLRefusal{Part: t.String(), Reason: fmt.Sprintf(format, args...)}
}

// fragment says a whole predicate.
func (t *sqlTranslation) fragment(term *condition.Term) (*sqlFragment, *SQLRefusal) {
	f := &sqlFragment{}
	conjuncts := []*condition.Term{term}
	if term.Kind == condition.Call && term.Name == "&&" {
		conjuncts = term.Args
	}
	length := 0
	for _, c := range conjuncts {
		if t.ofUnit(c) {
			if part := t.residual.Part(c); part != nil {
				f.filters = append(f.filters, &sqlPart{run: part})
				continue
			}
		}
		text, refusal := t.truth(c, true)
		if refusal != nil {
			return nil, refusal
		}
		if length += len(text); length > t.sql.options.MaxText {
			return nil, refuse(term, "it takes %d bytes and more, and SQLOptions.MaxText is %d", length, t.sql.options.MaxText)
		}
		if text != sqlTrue {
			pieces, uses := sqlSplit(text)
			f.conjuncts = append(f.conjuncts, sqlConjunct{pieces, uses, t.assignable(c)})
		}
	}
	f.wider, f.args = t.wider, t.args
	return f, nil
}

const (
	sqlTrue  = "TRUE"
	sqlFalse = "FALSE"
	sqlNull  = "NULL"
)

// sqlJoin joins conditions; none is what none says.
func sqlJoin(texts []string, sign, none string) string {
	switch len(texts) {
	case 0:
		return none
	case 1:
		return texts[0]
	}
	return "(" + strings.Join(texts, sign) + ")"
}

// truth says a condition. What was part of a condition on the unit can still be
// asked of the unit when, with values put in, it looks at the path alone: what is
// found sayable for all is so for each.
func (t *sqlTranslation) truth(term *condition.Term, holds bool) (string, *SQLRefusal) {
	text, refusal := t.said(term, holds)
	if refusal != nil && t.path.anchor != nil && t.onUnit(term, nil, &glance{}) {
		text, refusal = t.unitTruth(term, holds)
	}
	if refusal != nil && holds && t.split && len(t.loops) == 0 {
		t.wider = true
		return sqlTrue, nil
	}
	return text, refusal
}

// said is truth of what SQL has words for.
func (t *sqlTranslation) said(term *condition.Term, holds bool) (string, *SQLRefusal) {
	switch {
	case term.Kind == condition.Failed:
		return t.sql.null(condition.Bool), nil
	case term.Is(true):
		return sqlTrue, nil
	case term.Is(false):
		return sqlFalse, nil
	case t.ofUnit(term):
		return t.unitTruth(term, holds)
	case t.closed(term):
		v, refusal := t.value(term)
		return v.text, refusal
	case term.Kind == condition.Has:
		return t.has(term)
	case term.Kind == condition.Loop:
		return t.loop(term, holds)
	case term.Kind != condition.Call:
		v, refusal := t.value(term)
		return v.text, refusal
	}
	switch term.Name {
	case "&&":
		return t.joined(term, " AND ", sqlFalse, sqlTrue, holds)
	case "||":
		return t.joined(term, " OR ", sqlTrue, sqlFalse, holds)
	case "!":
		return t.not(term.Args[0])
	case "?:":
		return t.choice(term, holds)
	case "==", "!=", "<", "<=", ">", ">=":
		return t.comparison(term)
	case "in":
		return t.membership(term, holds)
	case "startsWith", "endsWith", "contains":
		return t.textTest(term)
	case "assigned":
		return t.assigned(term)
	case "within":
		return t.within(term)
	}
	return "", refuse(term, "%s is not said in SQL", term.Name)
}

// not says !term.
func (t *sqlTranslation) not(term *condition.Term) (string, *SQLRefusal) {
	text, refusal := t.truth(term, false)
	if refusal != nil {
		return "", refusal
	}
	switch text {
	case sqlTrue:
		return sqlFalse, nil
	case sqlFalse:
		return sqlTrue, nil
	case t.sql.null(condition.Bool):
		return text, nil
	}
	return "NOT (" + text + ")", nil
}

// joined says && or ||, of which an operand that is end decides all.
func (t *sqlTranslation) joined(term *condition.Term, sign, end, none string, holds bool) (string, *SQLRefusal) {
	var texts []string
	for _, part := range term.Args {
		text, refusal := t.truth(part, holds)
		switch {
		case refusal != nil:
			return "", refusal
		case text == end:
			return end, nil
		case text != none:
			texts = append(texts, text)
		}
	}
	return sqlJoin(texts, sign, none), nil
}

// choice says c ? a : b, which is an error where c is.
func (t *sqlTranslation) choice(term *condition.Term, holds bool) (string, *SQLRefusal) {
	if term.Type == condition.Timestamp {
		return "", refuse(term, "an instant that is chosen is not compared in SQL")
	}
	first, refusal := t.truth(term.Args[0], false)
	if refusal != nil {
		return "", refusal
	}
	var sides [2]string
	for i, side := range term.Args[1:] {
		if side.Type == condition.Bool {
			sides[i], refusal = t.truth(side, holds)
		} else {
			var v sqlValue
			v, refusal = t.value(side)
			sides[i] = v.text
		}
		if refusal != nil {
			return "", refusal
		}
	}
	switch first {
	case sqlTrue:
		return sides[0], nil
	case sqlFalse:
		return sides[1], nil
	}
	return fmt.Sprintf("CASE WHEN %s THEN %s WHEN NOT (%s) THEN %s END", first, sides[0], first, sides[1]), nil
}

// value says a single value.
func (t *sqlTranslation) value(term *condition.Term) (sqlValue, *SQLRefusal) {
	if t.closed(term) {
		return t.closedValue(term)
	}
	switch term.Kind {
	case condition.Failed:
		return sqlValue{text: t.sql.null(term.Type), typ: term.Type, null: true}, nil
	case condition.Constant, condition.Parameter:
		if why := scalarInSQL(term.Type); why != nil {
			return sqlValue{}, refuse(term, "it is a %s: %v", term.Type, why)
		}
		return sqlValue{text: t.known(term, asItIs), typ: term.Type, known: term}, nil
	case condition.Named:
		for i := len(t.loops) - 1; i >= 0; i-- {
			if t.loops[i].name == term.Name {
				return t.loops[i].element, nil
			}
		}
	case condition.Field:
		return t.field(term)
	case condition.Call:
		if t.unitValue(term) {
			return t.unitScalar(term)
		}
		switch term.Name {
		case "?:":
			text, refusal := t.choice(term, false)
			return sqlValue{text: text, typ: term.Type, null: true}, refusal
		case "size":
			return t.size(term)
		}
	}
	if term.Type == condition.Bool {
		switch term.Kind {
		case condition.Has, condition.Call, condition.Loop:
			text, refusal := t.truth(term, false)
			return sqlValue{text: "(" + text + ")", typ: condition.Bool, null: true}, refusal
		}
	}
	return sqlValue{}, refuse(term, "%s", notSaid(term))
}

// closedValue says what looks at nothing of the resource.
func (t *sqlTranslation) closedValue(term *condition.Term) (sqlValue, *SQLRefusal) {
	run := t.residual.Part(term)
	if why := scalarInSQL(term.Type); run == nil || why != nil || term.Type == condition.Timestamp {
		return sqlValue{}, refuse(term, "%s", notSaid(term))
	}
	arg := t.arg(sqlArg{kind: closedValue, part: &sqlPart{run: run}}, term.Type)
	return sqlValue{text: arg, typ: term.Type, null: true}, nil
}

// sums are what + makes where it adds, and does not join.
var sums = []condition.Type{condition.Int, condition.Uint, condition.Double, condition.Timestamp, condition.Duration}

// notSaid says what is not said in SQL.
func notSaid(term *condition.Term) string {
	switch term.Kind {
	case condition.Entry, condition.Mapping:
		return "maps are not said in SQL"
	case condition.List:
		return "a list that is made of what the resource is like is not said in SQL"
	case condition.Loop:
		return "what a loop makes is not said in SQL"
	case condition.Call:
		switch {
		case term.Name == "[]":
			return "an element by its number is not said in SQL"
		case term.Name == "-" && len(term.Args) == 2, term.Name == "+" && slices.Contains(sums, term.Type):
			return term.Name + ` of an attribute is not said in SQL: write it on the other side, as in resource.at > now - duration("1h")`
		}
		return term.Name + " is not said in SQL"
	}
	return "it is no single value"
}

// field says an attribute, an id or a type.
func (t *sqlTranslation) field(term *condition.Term) (sqlValue, *SQLRefusal) {
	at := t.place(term.Args[0])
	switch {
	case at.nowhere:
		return sqlValue{text: t.sql.null(term.Type), typ: term.Type, null: true}, nil
	case at.none:
		return sqlValue{}, refuse(term, "it is no field of the resource, or of what that is in")
	case term.Name == idField && at.level >= 0:
		row := t.path.levels[at.level].row
		return sqlValue{text: t.sql.column(row.Alias, row.ID), typ: condition.String}, nil
	case term.Name == idField && at.typ == t.path.anchor:
		return sqlValue{text: t.path.column, typ: condition.String}, nil
	case term.Name == typeField && at.typ != nil:
		return t.value(&condition.Term{Kind: condition.Constant, Type: condition.String, Value: at.typ.name})
	case at.level < 0:
		return t.unitScalar(term)
	}
	row := t.path.levels[at.level].row
	if column, ok := row.Columns[term.Name]; ok {
		return sqlValue{text: t.sql.column(row.Alias, column), typ: term.Type, null: true}, nil
	}
	if _, ok := row.Lists[term.Name]; ok {
		return sqlValue{}, refuse(term, "of a list, only in, size, exists, all, exists_one and has are said in SQL")
	}
	if t.path.levels[at.level].typ.unit {
		return t.unitScalar(term)
	}
	return sqlValue{}, refuse(term, "no column has the attribute")
}

// has says has(x.attribute).
func (t *sqlTranslation) has(term *condition.Term) (string, *SQLRefusal) {
	at := t.place(term.Args[0])
	switch {
	case at.nowhere:
		return t.sql.null(condition.Bool), nil
	case term.Args[0].Type.IsMap():
		return "", refuse(term, "maps are not said in SQL")
	case at.none || at.level < 0:
		return "", refuse(term, "it is no field of the resource, or of what that is in")
	case term.Name == idField || term.Name == typeField:
		return sqlTrue, nil
	}
	if typ := t.sql.types.byName[term.Name]; typ != nil && (typ == at.typ || at.typ.Below(typ)) {
		up := t.above(at, typ)
		switch {
		case up.nowhere:
			return sqlFalse, nil
		case up.level >= 0 || up.typ == t.path.anchor:
			return sqlTrue, nil
		}
		return "", refuse(term, "what is above the unit is known to the directory alone")
	}
	row := t.path.levels[at.level].row
	if column, ok := row.Columns[term.Name]; ok {
		return t.sql.column(row.Alias, column) + " IS NOT NULL", nil
	}
	if _, ok := row.Lists[term.Name]; ok {
		return sqlTrue, nil
	}
	return "", refuse(term, "no column has the attribute")
}
