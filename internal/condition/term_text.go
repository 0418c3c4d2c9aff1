package condition

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// String is the Term as CEL. What failed is what it stands for, and so is a
// constant that CEL cannot write: an object, unless it is a fmt.Stringer, and
// what is empty, of which CEL could not tell the type.
func (t *Term) String() string {
	var b strings.Builder
	t.write(&b, 0)
	return b.String()
}

// binding is how tightly an operator binds; 0 for what is not written between
// two operands.
var binding = map[string]int{
	"?:": 1, "||": 2, "&&": 3, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "in": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}

const (
	unaryBinding  = 7
	memberBinding = 8
)

// methods are the functions that are written after their first operand.
var methods = append([]string{"startsWith", "endsWith", "contains", "matches"}, timeFunctions...)

// write writes t so that it can stand where what binds less tightly than within
// needs parentheses.
func (t *Term) write(b *strings.Builder, within int) {
	if t.stands() {
		t.Of.write(b, within)
		return
	}
	own := t.binding()
	if own < within {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	switch t.Kind {
	case Failed, Parameter:
		b.WriteString("an error")
	case Constant:
		writeConstant(b, t.Value)
	case Named:
		b.WriteString(t.Name)
	case Field, Entry:
		t.Args[0].write(b, memberBinding)
		b.WriteString("." + t.Name)
	case Has:
		b.WriteString("has(")
		t.Args[0].write(b, memberBinding)
		b.WriteString("." + t.Name + ")")
	case List:
		writeAll(b, "[", t.Args, "]")
	case Mapping:
		t.writeMapping(b)
	case Loop:
		t.Args[0].write(b, memberBinding)
		writeAll(b, "."+t.Name+"("+t.Var+", ", t.Args[1:], ")")
	case Call:
		t.writeCall(b, own)
	}
}

// stands reports whether t is written as what it stands for.
func (t *Term) stands() bool {
	if t.Of == nil || t.Kind == Parameter || t.Kind == Failed {
		return t.Of != nil
	}
	return !writable(t.Value)
}

// writable reports whether CEL, or the value itself, can say what the value is.
func writable(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) > 0 && !slices.ContainsFunc(v, func(element any) bool { return !writable(element) })
	case map[string]any:
		for _, value := range v {
			if !writable(value) {
				return false
			}
		}
		return len(v) > 0
	case map[any]any:
		return false
	case fmt.Stringer:
		return true
	case Object:
		return false
	}
	return true
}

// binding is how tightly t holds together.
func (t *Term) binding() int {
	switch {
	case t.Kind == Constant:
		switch v := t.Value.(type) {
		case int64:
			if v < 0 {
				return unaryBinding
			}
		case float64:
			if v < 0 {
				return unaryBinding
			}
		}
	case t.Kind == Call && (t.Name == "!" || t.Name == "-" && len(t.Args) == 1):
		return unaryBinding
	case t.Kind == Call && binding[t.Name] != 0:
		return binding[t.Name]
	}
	return memberBinding
}

func (t *Term) writeCall(b *strings.Builder, own int) {
	switch {
	case t.Name == "?:":
		t.Args[0].write(b, own+1)
		b.WriteString(" ? ")
		t.Args[1].write(b, own+1)
		b.WriteString(" : ")
		t.Args[2].write(b, own)
	case t.Name == "[]":
		t.Args[0].write(b, memberBinding)
		b.WriteByte('[')
		t.Args[1].write(b, 0)
		b.WriteByte(']')
	case own == unaryBinding:
		b.WriteString(t.Name)
		t.Args[0].write(b, memberBinding)
	case own < unaryBinding:
		for i, part := range t.Args {
			if i > 0 {
				b.WriteString(" " + t.Name + " ")
				part.write(b, own+1)
				continue
			}
			part.write(b, own)
		}
	case slices.Contains(methods, t.Name) && len(t.Args) > 0:
		t.Args[0].write(b, memberBinding)
		writeAll(b, "."+t.Name+"(", t.Args[1:], ")")
	default:
		writeAll(b, t.Name+"(", t.Args, ")")
	}
}

func (t *Term) writeMapping(b *strings.Builder) {
	b.WriteByte('{')
	for i, part := range t.Args {
		switch {
		case i%2 == 1:
			b.WriteString(": ")
		case i > 0:
			b.WriteString(", ")
		}
		part.write(b, 0)
	}
	b.WriteByte('}')
}

func writeAll(b *strings.Builder, open string, parts []*Term, end string) {
	b.WriteString(open)
	for i, part := range parts {
		if i > 0 {
			b.WriteString(", ")
		}
		part.write(b, 0)
	}
	b.WriteString(end)
}

// writeConstant writes a value as CEL; the keys of a map in their order.
func writeConstant(b *strings.Builder, v any) {
	switch v := v.(type) {
	case bool, int64:
		fmt.Fprint(b, v)
	case uint64:
		fmt.Fprintf(b, "%du", v)
	case float64:
		b.WriteString(doubleText(v))
	case string:
		b.WriteString(quoted(v))
	case []byte:
		b.WriteString(`b"`)
		for _, c := range v {
			fmt.Fprintf(b, `\x%02x`, c)
		}
		b.WriteByte('"')
	case time.Time:
		fmt.Fprintf(b, "timestamp(%q)", v.UTC().Format(time.RFC3339Nano))
	case time.Duration:
		fmt.Fprintf(b, "duration(%q)", v)
	case []any:
		b.WriteByte('[')
		for i, element := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			writeConstant(b, element)
		}
		b.WriteByte(']')
	case map[string]any:
		writeMap(b, v)
	case fmt.Stringer:
		b.WriteString(v.String())
	default:
		fmt.Fprint(b, v)
	}
}

func writeMap(b *strings.Builder, m map[string]any) {
	b.WriteByte('{')
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for i, key := range keys {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quoted(key) + ": ")
		writeConstant(b, m[key])
	}
	b.WriteByte('}')
}

// doubleText is a double as CEL writes it.
func doubleText(v float64) string {
	s := strconv.FormatFloat(v, 'g', -1, 64)
	if v != v || v-v != 0 {
		return fmt.Sprintf("double(%q)", strings.TrimPrefix(s, "+"))
	}
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

// quoted is a text as CEL writes it.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c < ' ' || c == 0x7f || 0x80 <= c && c < 0xa0 || c == 0x2028 || c == 0x2029:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
