package scope

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// A sqlArg is a parameter of the query.
type sqlArg struct {
	kind    sqlArgKind
	term    *condition.Term // of a known value: a Constant or a Parameter
	round   rounding
	part    *sqlPart
	outcome Truth
	typ     *Type
	// in is not empty for ids: then the arg stands for a whole condition, that this
	// column is one of them.
	in string
}

type sqlArgKind uint8

const (
	// knownValue is the value of the term.
	knownValue sqlArgKind = iota
	// closedValue is what the part comes to, which looks at no resource.
	closedValue
	// assignedIDs are those of the resources of the type that are assigned to the
	// user.
	assignedIDs
	// unitsWhere are the units for which the part comes to the outcome.
	unitsWhere
	// unitsWithValue are those for which the part has a value.
	unitsWithValue
	// unitPairs are the units with the values of the part; pairUnits and
	// pairValues the same, each by itself.
	unitPairs
	pairUnits
	pairValues
)

// A rounding is how an instant becomes one of whole microseconds.
type rounding uint8

const (
	asItIs rounding = iota
	roundedDown
	roundedUp
)

// sqlMark stands around the number of an arg in the text. No name of a column
// has it, and values do not stand in the text.
const sqlMark = "\x00"

// known is the parameter for a value that is known.
func (t *sqlTranslation) known(term *condition.Term, round rounding) string {
	return t.arg(sqlArg{kind: knownValue, term: term, round: round}, term.Type)
}

// A sqlArgKey is what two args have in common that can be one: of a Parameter,
// its index instead of the Term, of which there can be several.
type sqlArgKey struct {
	sqlArg
	parameter int // from 1; 0: it is none
}

// arg is a parameter of a type.
func (t *sqlTranslation) arg(a sqlArg, typ condition.Type) string {
	key := sqlArgKey{sqlArg: a}
	if a.term != nil && a.term.Kind == condition.Parameter {
		key.term, key.parameter = nil, a.term.Index+1
	}
	n, ok := t.numbers[key]
	if !ok {
		if t.numbers == nil {
			t.numbers = map[sqlArgKey]int{}
		}
		n = len(t.args)
		t.numbers[key] = n
		t.args = append(t.args, a)
	}
	text := sqlMark + strconv.Itoa(n) + sqlMark
	if a.in != "" {
		return text // the cast is with what stands around the ids
	}
	return text + t.sql.cast(typ)
}

// sqlSplit parts a text at its args.
func sqlSplit(text string) (pieces []string, uses []int) {
	for i, piece := range strings.Split(text, sqlMark) {
		if i%2 == 0 {
			pieces = append(pieces, piece)
			continue
		}
		n, err := strconv.Atoi(piece)
		if err != nil {
			panic(err) // nothing else stands between two marks
		}
		uses = append(uses, n)
	}
	return pieces, uses
}

var postgresTypes = map[condition.Type]string{
	condition.Bool: "boolean", condition.Int: "bigint", condition.Double: "float8", condition.String: "text",
	condition.Bytes: "bytea", condition.Timestamp: "timestamptz", condition.Duration: "bigint",
}

// sign stands before the number of a parameter.
func (s *SQL) sign() byte {
	if s.dialect == SQLite {
		return '?'
	}
	return '$'
}

// cast says the type of a parameter.
func (s *SQL) cast(typ condition.Type) string {
	if s.dialect != PostgreSQL {
		return ""
	}
	if typ.IsList() {
		return "::" + postgresTypes[typ.Elem()] + "[]"
	}
	return "::" + postgresTypes[typ]
}

// null is an error, as a value of a type.
func (s *SQL) null(typ condition.Type) string {
	if s.dialect == PostgreSQL && postgresTypes[typ] != "" {
		return "NULL::" + postgresTypes[typ]
	}
	return sqlNull
}

// inList says that x is in a list that is a parameter.
func (s *SQL) inList(x, list string, typ condition.Type) string {
	if s.dialect == PostgreSQL {
		return x + " = ANY (" + list + ")"
	}
	return x + s.collation(typ, "==") + " IN (SELECT value FROM json_each(" + list + "))"
}

// isOne says that x is the id that is a parameter.
func (s *SQL) isOne(x, id string) string {
	return x + s.collation(condition.String, "==") + " = " + id + s.cast(condition.String)
}

// unnested is a list that is a parameter, as a table, and its column.
func (s *SQL) unnested(list, alias string) (from, column string) {
	if s.dialect == PostgreSQL {
		return fmt.Sprintf("unnest(%s) AS %s (value)", list, alias), alias + ".value"
	}
	return fmt.Sprintf("json_each(%s) AS %s", list, alias), alias + ".value"
}

// bound is a value as a query is given it.
func (s *SQL) bound(v any, round rounding) (any, error) {
	switch v := v.(type) {
	case string:
		return v, s.checkText(v)
	case float64:
		if math.IsNaN(v) && s.dialect == SQLite {
			return nil, errors.New("SQLite has no NaN")
		}
	case time.Time:
		return s.instant(v, round), nil
	case time.Duration:
		return int64(v), nil
	case []any:
		return s.encoded(v)
	case bool, int64, []byte:
	default:
		return nil, fmt.Errorf("a query cannot be given a %T", v)
	}
	return v, nil
}

// checkText refuses what PostgreSQL cannot be given.
func (s *SQL) checkText(v string) error {
	if s.dialect == PostgreSQL && strings.ContainsRune(v, 0) {
		return errors.New("PostgreSQL has no texts with a NUL")
	}
	return nil
}

// instant is v in whole microseconds.
func (s *SQL) instant(v time.Time, round rounding) any {
	whole := v.UTC().Truncate(time.Microsecond) // down, before 1970 too: it counts from the year 1
	if round == roundedUp && whole.Before(v) {
		whole = whole.Add(time.Microsecond)
	}
	if s.dialect == SQLite {
		return whole.UnixMicro()
	}
	return whole
}

// encoded is a list as one parameter: JSON for SQLite, an array for PostgreSQL.
func (s *SQL) encoded(list []any) (string, error) {
	if err := s.checkCount(len(list)); err != nil {
		return "", err
	}
	b := s.begin(nil)
	for i, v := range list {
		switch v := v.(type) {
		case string:
			var err error
			if b, err = s.appendText(s.next(b, i), v); err != nil {
				return "", err
			}
		case int64:
			b = strconv.AppendInt(s.next(b, i), v, 10)
		case bool:
			b = strconv.AppendBool(s.next(b, i), v)
		default:
			return "", fmt.Errorf("a query cannot be given a list with a %T", v)
		}
	}
	return string(s.end(b)), nil
}

// encodedIDs is encoded for ids.
func (s *SQL) encodedIDs(ids []string) (string, error) {
	if err := s.checkCount(len(ids)); err != nil {
		return "", err
	}
	b := s.begin(make([]byte, 0, 64))
	for i, id := range ids {
		var err error
		if b, err = s.appendText(s.next(b, i), id); err != nil {
			return "", err
		}
	}
	return string(s.end(b)), nil
}

func (s *SQL) checkCount(n int) error {
	if n > s.options.MaxIDs {
		return fmt.Errorf("a list has %d elements, and SQLOptions.MaxIDs is %d", n, s.options.MaxIDs)
	}
	return nil
}

func (s *SQL) begin(b []byte) []byte {
	if s.dialect == SQLite {
		return append(b, '[')
	}
	return append(b, '{')
}

func (s *SQL) next(b []byte, i int) []byte {
	if i > 0 {
		return append(b, ',')
	}
	return b
}

func (s *SQL) end(b []byte) []byte {
	if s.dialect == SQLite {
		return append(b, ']')
	}
	return append(b, '}')
}

// appendText adds an element that is a text. It refuses a NUL, which PostgreSQL
// has in no text, and behind which SQLite may not look.
func (s *SQL) appendText(b []byte, v string) ([]byte, error) {
	if strings.IndexByte(v, 0) >= 0 {
		return nil, errors.New("a list that a query is given has no texts with a NUL")
	}
	b = append(b, '"')
	for i := range len(v) {
		switch c := v[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' && s.dialect == SQLite:
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"'), nil
}
