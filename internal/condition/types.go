package condition

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bailiwick-authz/bailiwick/internal/suggest"
)

// maxNesting is how deep lists and maps can nest in a type.
const maxNesting = 8

// A Type is the type of an attribute, a variable, a parameter or a result.
// Types are equal when == says so. The zero Type is invalid: nothing has it.
type Type struct {
	// wraps says, from the outside in, how the base type is wrapped: l for a
	// list, m for a map.
	wraps string
	base  baseKind
	// name is the name of the object type where base is objectBase.
	name string
}

type baseKind uint8

const (
	noBase baseKind = iota
	boolBase
	intBase
	uintBase
	doubleBase
	stringBase
	bytesBase
	timestampBase
	durationBase
	objectBase
)

// The scalar types.
var (
	Bool      = Type{base: boolBase}
	Int       = Type{base: intBase}
	Uint      = Type{base: uintBase}
	Double    = Type{base: doubleBase}
	String    = Type{base: stringBase}
	Bytes     = Type{base: bytesBase}
	Timestamp = Type{base: timestampBase}
	Duration  = Type{base: durationBase}
)

// baseNames are the scalar types' names as a policy writes them, by baseKind.
var baseNames = [...]string{"invalid", "bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"}

// ListOf is the type of lists whose elements have type elem.
func ListOf(elem Type) Type { return Type{wraps: "l" + elem.wraps, base: elem.base, name: elem.name} }

// MapOf is the type of maps from strings to values of type value.
func MapOf(value Type) Type {
	return Type{wraps: "m" + value.wraps, base: value.base, name: value.name}
}

// ObjectOf is the type of the objects that the ObjectType called name declares.
func ObjectOf(name string) Type { return Type{base: objectBase, name: name} }

// OneOf is the type of a parameter for which any object of some types will do.
// Nothing but a Function's parameter can have it.
func OneOf(names ...string) Type {
	return Type{base: objectBase, name: strings.Join(names, oneOfSeparator)}
}

// oneOfSeparator stands in no name of an object type.
const oneOfSeparator = "|"

// oneOf are the object types of which any will do; nil for any other type.
func (t Type) oneOf() []string {
	if t.base != objectBase || !strings.Contains(t.name, oneOfSeparator) {
		return nil
	}
	return strings.Split(t.name, oneOfSeparator)
}

// IsValid reports whether t is a type: the zero Type, and lists and maps of it,
// are not.
func (t Type) IsValid() bool { return t.base != noBase && len(t.wraps) <= maxNesting }

// IsList reports whether t is a list type.
func (t Type) IsList() bool { return t.wraps != "" && t.wraps[0] == 'l' }

// IsMap reports whether t is a map type.
func (t Type) IsMap() bool { return t.wraps != "" && t.wraps[0] == 'm' }

// Elem is the type of the elements of a list and of the values of a map, and
// the zero Type for any other type.
func (t Type) Elem() Type {
	if t.wraps == "" {
		return Type{}
	}
	return Type{wraps: t.wraps[1:], base: t.base, name: t.name}
}

// Object is the name of the object type that t is, or "" if it is none.
func (t Type) Object() string {
	if t.wraps != "" {
		return ""
	}
	return t.name
}

// String is the type as a policy writes it, or the name of an object type.
// ParseType reads it back, unless there is an object in it.
func (t Type) String() string {
	var b strings.Builder
	for _, w := range t.wraps {
		if w == 'l' {
			b.WriteString("list(")
		} else {
			b.WriteString("map(")
		}
	}
	if t.base == objectBase {
		b.WriteString(t.name)
	} else {
		b.WriteString(baseNames[t.base])
	}
	b.WriteString(strings.Repeat(")", len(t.wraps)))
	return b.String()
}

// ParseType reads a type as a policy writes it: bool, int, uint, double,
// string, bytes, timestamp, duration, list(T) or map(T).
func ParseType(s string) (Type, error) {
	wraps, rest := "", strings.TrimSpace(s)
	for depth := 0; ; depth++ {
		head, inner, found := strings.Cut(rest, "(")
		if !found {
			break
		}
		head = strings.TrimSpace(head)
		if depth == maxNesting {
			return Type{}, fmt.Errorf("lists and maps nest more than %d deep", maxNesting)
		}
		switch head {
		case "list":
			wraps += "l"
		case "map":
			wraps += "m"
		default:
			return Type{}, unknownType(head, "list", "map")
		}
		inner, closed := strings.CutSuffix(inner, ")")
		if !closed {
			return Type{}, fmt.Errorf("%s( lacks its closing parenthesis", head)
		}
		rest = strings.TrimSpace(inner)
	}
	for kind, name := range baseNames {
		if kind != int(noBase) && name == rest {
			return Type{wraps: wraps, base: baseKind(kind)}, nil
		}
	}
	if rest == "list" || rest == "map" {
		return Type{}, fmt.Errorf("a %s of what? Write %s(string), for instance", rest, rest)
	}
	return Type{}, unknownType(rest, append(baseNames[1:], "list", "map")...)
}

func unknownType(name string, known ...string) error {
	if name == "" {
		return errors.New("a type is missing")
	}
	if len(name) > 40 {
		name = strings.ToValidUTF8(name[:40], "") + "…"
	}
	if hint := suggest.Hint(name, known); hint != "" {
		return fmt.Errorf("unknown type %q%s", name, hint)
	}
	return fmt.Errorf("unknown type %q: want %s, list(T) or map(T)", name, strings.Join(baseNames[1:], ", "))
}
