package scope

import (
	"fmt"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// comparison says ==, !=, <, <=, > or >=.
func (t *sqlTranslation) comparison(term *condition.Term) (string, *SQLRefusal) {
	left, right := term.Args[0], term.Args[1]
	if term.Name == "==" || term.Name == "!=" {
		if text, refusal, ok := t.withUnit(term, left, right); ok {
			return text, refusal
		}
	}
	x, refusal := t.value(left)
	if refusal != nil {
		return "", refusal
	}
	y, refusal := t.value(right)
	if refusal != nil {
		return "", refusal
	}
	return t.compared(term, term.Name, x, y)
}

// compared compares two values, for a term that says so.
func (t *sqlTranslation) compared(term *condition.Term, sign string, x, y sqlValue) (string, *SQLRefusal) {
	switch {
	case x.typ != y.typ || scalarInSQL(x.typ) != nil:
		return "", refuse(term, "a %s is not compared with a %s in SQL", x.typ, y.typ)
	case x.typ == condition.Timestamp:
		return t.instants(sign, x, y), nil
	case x.typ == condition.Double && t.sql.dialect == PostgreSQL:
		return doubles(sign, x, y), nil
	}
	return t.plain(sign, x, y), nil
}

var sqlSigns = map[string]string{"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

// plain compares two values that the dialect compares like CEL.
func (t *sqlTranslation) plain(sign string, x, y sqlValue) string {
	return fmt.Sprintf("%s%s %s %s", x.text, t.sql.collation(x.typ, sign), sqlSigns[sign], y.text)
}

// collation makes texts compared by their bytes. In PostgreSQL equality is so
// with every deterministic collation, and an index could not be used if another
// was named.
func (s *SQL) collation(typ condition.Type, sign string) string {
	switch {
	case typ != condition.String:
		return ""
	case s.dialect == SQLite:
		return " COLLATE BINARY"
	case sign == "==" || sign == "!=":
		return ""
	}
	return ` COLLATE "C"`
}

// mirrored are the signs with their sides exchanged.
var mirrored = map[string]string{"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// instants compares an instant in a column, which has microseconds, with one that
// is known, which has nanoseconds.
func (t *sqlTranslation) instants(sign string, x, y sqlValue) string {
	if x.known != nil {
		x, y, sign = y, x, mirrored[sign]
	}
	if y.known == nil {
		return t.plain(sign, x, y)
	}
	floor := func() string { return t.known(y.known, roundedDown) }
	ceiling := func() string { return t.known(y.known, roundedUp) }
	switch sign {
	case "<", ">=":
		return fmt.Sprintf("%s %s %s", x.text, sign, ceiling())
	case "<=", ">":
		return fmt.Sprintf("%s %s %s", x.text, sign, floor())
	case "==":
		return fmt.Sprintf("(%s >= %s AND %s <= %s)", x.text, ceiling(), x.text, floor())
	}
	return fmt.Sprintf("(%s < %s OR %s > %s)", x.text, ceiling(), x.text, floor())
}

// doubles compares doubles where PostgreSQL finds NaN equal to itself, and
// greater than all others.
func doubles(sign string, x, y sqlValue) string {
	const nan = "'NaN'::float8"
	plain := fmt.Sprintf("%s %s %s", x.text, sqlSigns[sign], y.text)
	switch sign {
	case "==":
		plain = fmt.Sprintf("%s AND %s <> %s", plain, x.text, nan)
	case "!=":
		plain = fmt.Sprintf("%s OR %s = %s", plain, x.text, nan)
	default:
		plain = fmt.Sprintf("%s AND %s <> %s AND %s <> %s", plain, x.text, nan, y.text, nan)
	}
	return fmt.Sprintf("CASE WHEN %s IS NOT NULL AND %s IS NOT NULL THEN %s END", x.text, y.text, plain)
}

// textTest says startsWith, endsWith or contains, byte by byte. LIKE would look
// at case and at wildcards; what looks at characters in SQLite stops at NUL.
func (t *sqlTranslation) textTest(term *condition.Term) (string, *SQLRefusal) {
	x, refusal := t.value(term.Args[0])
	if refusal != nil {
		return "", refusal
	}
	y, refusal := t.value(term.Args[1])
	switch {
	case refusal != nil:
		return "", refusal
	case t.sql.dialect == SQLite:
		return sqliteTextTest(term.Name, x.text, y.text), nil
	}
	switch term.Name {
	case "startsWith":
		return fmt.Sprintf("starts_with(%s, %s)", x.text, y.text), nil
	case "endsWith":
		return fmt.Sprintf(`right(%s, char_length(%s)) COLLATE "C" = %s`, x.text, y.text, y.text), nil
	}
	return fmt.Sprintf(`strpos(%s COLLATE "C", %s) > 0`, x.text, y.text), nil
}

func sqliteTextTest(name, x, y string) string {
	xs, ys := "CAST("+x+" AS BLOB)", "CAST("+y+" AS BLOB)"
	switch name {
	case "startsWith":
		return fmt.Sprintf("instr(%s, %s) = 1", xs, ys)
	case "contains":
		return fmt.Sprintf("instr(%s, %s) > 0", xs, ys)
	}
	// substr of an empty blob is NULL, and so is one of no bytes.
	return fmt.Sprintf("CASE WHEN length(%s) <= length(%s) THEN length(%s) = 0 OR substr(%s, -length(%s)) = %s WHEN %s IS NOT NULL AND %s IS NOT NULL THEN FALSE END",
		ys, xs, ys, xs, ys, ys, x, y)
}

// size says how many elements a list has, or characters a text.
func (t *sqlTranslation) size(term *condition.Term) (sqlValue, *SQLRefusal) {
	of := term.Args[0]
	if of.Type.IsList() {
		list, refusal := t.list(of)
		if refusal != nil {
			return sqlValue{}, refusal
		}
		if list.nowhere {
			return sqlValue{text: t.sql.null(condition.Int), typ: condition.Int, null: true}, nil
		}
		count := fmt.Sprintf("(SELECT count(*) FROM %s WHERE %s)", list.from, list.where)
		return sqlValue{text: list.ifThere(count), typ: condition.Int, null: list.there != ""}, nil
	}
	if of.Type != condition.String || t.sql.dialect != PostgreSQL {
		return sqlValue{}, refuse(term, "%s does not count what may stand behind a NUL, and size counts texts by characters", t.sql.dialect)
	}
	x, refusal := t.value(of)
	return sqlValue{text: "char_length(" + x.text + ")::bigint", typ: condition.Int, null: x.null}, refusal
}
