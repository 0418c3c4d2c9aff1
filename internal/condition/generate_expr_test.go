package condition

import (
	"fmt"
	"strings"
)

var elementTypes = []Type{Bool, Int, Uint, Double, String, Bytes, Timestamp, Duration, ListOf(Int), MapOf(Int), ObjectOf("thing")}

// comparable are types that == takes.
var comparableTypes = append(append([]Type{}, scalars...), ListOf(Int), ListOf(String), ListOf(Double), ListOf(Timestamp), ListOf(ListOf(Int)), MapOf(Int), MapOf(ListOf(Int)), MapOf(MapOf(Int)), ListOf(MapOf(Int)), ListOf(Bytes))

func (g *texts) boolean(depth int) string {
	switch g.IntN(18) {
	case 0, 1:
		return g.a("&&", "(%s && %s)", g.expr(Bool, depth), g.expr(Bool, depth))
	case 2, 3:
		return g.a("||", "(%s || %s)", g.expr(Bool, depth), g.expr(Bool, depth))
	case 4:
		return g.a("!", "!(%s)", g.expr(Bool, depth))
	case 5, 6, 7:
		t := oneOf(g, comparableTypes)
		op := oneOf(g, []string{"==", "!="})
		return g.a(op+" "+t.String(), "(%s %s %s)", g.expr(t, depth), op, g.expr(t, depth))
	case 8, 9:
		t := oneOf(g, scalars)
		op := oneOf(g, []string{"<", "<=", ">", ">="})
		return g.a(op+" "+t.String(), "(%s %s %s)", g.expr(t, depth), op, g.expr(t, depth))
	case 10:
		t := oneOf(g, comparableTypes)
		return g.a("in list "+t.String(), "(%s in %s)", g.expr(t, depth), g.list(ListOf(t), depth))
	case 11:
		return g.a("in map", "(%s in %s)", g.expr(String, depth), g.textMap(MapOf(oneOf(g, scalars)), depth))
	case 12:
		return g.presence(depth)
	case 13:
		op := oneOf(g, []string{"startsWith", "endsWith", "contains"})
		return g.a(op, "%s.%s(%s)", g.expr(String, depth), op, g.expr(String, depth))
	case 14:
		pattern := oneOf(g, []string{`"^a"`, `"b$"`, `"[0-9]+"`, `"^.$"`, `"(a|b)*c?"`, `r"\\d"`, `"é"`})
		if g.IntN(2) == 0 {
			return g.a("matches()", "matches(%s, %s)", g.expr(String, depth), pattern)
		}
		return g.a("matches", "%s.matches(%s)", g.expr(String, depth), pattern)
	case 15:
		return g.convert("bool", depth, Bool, String)
	case 16:
		if g.IntN(2) == 0 {
			return g.a("map[int]", "{1: %s, %d: %s}[%s]", g.expr(Bool, depth), 2, g.expr(Bool, depth), g.expr(Int, depth))
		}
		return g.a("near()", "near(%s, %s)", g.object(depth), g.expr(String, depth))
	}
	return g.quantifier(depth)
}

func (g *texts) presence(depth int) string {
	object := oneOf(g, []string{"x", "y", "x.o"})
	names := g.fieldsOf(object, oneOf(g, scalars))
	if g.IntN(2) == 0 && !g.hidden(object, 0) {
		return g.a("has(field)", "has(%s)", oneOf(g, names))
	}
	return g.a("has(map.key)", "has(%s.a)", g.textMap(MapOf(Int), depth))
}

// loop opens a loop over a list or map, and writes body with its variable.
func (g *texts) loop(depth int, elem Type, body func() string) (string, string, string) {
	over, of := "", elem
	if g.IntN(2) == 0 && elem == String {
		over, of = g.textMap(MapOf(Int), depth), String
	} else {
		over = g.list(ListOf(elem), depth)
	}
	name := fmt.Sprintf("v%d", g.nested)
	if g.IntN(8) == 0 {
		name = "y" // hides the variable, or the loop that did so
	}
	g.loops, g.nested = append(g.loops, Variable{name, of}), g.nested+1
	defer func() { g.loops, g.nested = g.loops[:len(g.loops)-1], g.nested-1 }()
	return over, name, body()
}

// hidden reports whether a loop from the n-th on hides a name.
func (g *texts) hidden(name string, n int) bool {
	for _, v := range g.loops[n:] {
		if v.Name == name {
			return true
		}
	}
	return false
}

func (g *texts) quantifier(depth int) string {
	if g.nested >= maxLoops {
		return g.leaf(Bool)
	}
	macro := oneOf(g, []string{"exists", "all", "exists_one"})
	over, name, body := g.loop(depth, oneOf(g, elementTypes), func() string { return g.expr(Bool, depth) })
	return g.a(macro, "%s.%s(%s, %s)", over, macro, name, body)
}

func (g *texts) list(t Type, depth int) string {
	elem := t.Elem()
	if depth <= 0 || g.IntN(4) == 0 {
		return g.leaf(t)
	}
	depth--
	switch g.IntN(6) {
	case 0:
		var parts []string
		for range 1 + g.IntN(3) {
			parts = append(parts, g.expr(elem, depth))
		}
		return g.a("[…]", "[%s]", strings.Join(parts, ", "))
	case 1:
		return g.a("list + list", "(%s + %s)", g.list(t, depth), g.list(t, depth))
	case 2:
		return g.a("? []", "(%s ? [] : %s)", g.expr(Bool, depth), g.leaf(t))
	case 3:
		if g.nested < maxLoops {
			return g.transform(t, depth)
		}
	case 4:
		if elem == Int {
			return g.a(`objects("ints")`, `objects("ints")`)
		}
		if elem.Object() != "" {
			return g.a("objects()", "objects(%q)", oneOf(g, []string{"good", "good", "good", "bad"}))
		}
	}
	return g.leaf(t)
}

func (g *texts) transform(t Type, depth int) string {
	kind, elem := g.IntN(3), t.Elem()
	if kind > 0 {
		elem = oneOf(g, []Type{Int, Double, String, String})
	}
	over, name, body := g.loop(depth, elem, func() string {
		switch kind {
		case 0:
			return g.expr(Bool, depth)
		case 1:
			return g.expr(Bool, depth-1) + ", " + g.expr(t.Elem(), depth)
		}
		return g.expr(t.Elem(), depth)
	})
	if strings.HasPrefix(over, "{") {
		return g.leaf(t) // cel-go goes through a map that is written out in any order
	}
	return g.a([]string{"filter", "map with condition", "map"}[kind], "%s.%s(%s, %s)", over, []string{"filter", "map", "map"}[kind], name, body)
}

func (g *texts) textMap(t Type, depth int) string {
	if depth <= 0 || g.IntN(3) > 0 {
		return g.leaf(t)
	}
	depth--
	return g.a("{…}", `{"a": %s, "b": %s}`, g.expr(t.Elem(), depth), g.expr(t.Elem(), depth))
}

func (g *texts) object(depth int) string {
	if depth <= 0 || g.IntN(3) == 0 {
		return g.leaf(ObjectOf("thing"))
	}
	return g.a("object in list", "%s[0]", g.list(ListOf(ObjectOf("thing")), depth-1))
}

func (g *texts) binary(t Type, depth int, ops ...string) string {
	op := oneOf(g, ops)
	return g.a(op+" "+t.String(), "(%s %s %s)", g.expr(t, depth), op, g.expr(t, depth))
}

func (g *texts) convert(name string, depth int, from ...Type) string {
	t := oneOf(g, from)
	operand := g.expr(t, depth)
	if t == String && strings.HasPrefix(operand, `"`) {
		operand += ` + ""` // a literal that does not convert is refused
	}
	return g.a(name+"("+t.String()+")", "%s(%s)", name, operand)
}

func (g *texts) int(depth int) string {
	switch g.IntN(8) {
	case 0:
		return g.a("- int", "-(%s)", g.expr(Int, depth))
	case 1:
		return g.convert("int", depth, Int, Uint, Double, String, Timestamp, Duration)
	case 2, 3:
		t := oneOf(g, []Type{String, Bytes, ListOf(Int), ListOf(String), MapOf(Int)})
		if g.IntN(2) == 0 {
			return g.a("size "+t.String(), "%s.size()", g.expr(t, depth))
		}
		return g.a("size("+t.String()+")", "size(%s)", g.expr(t, depth))
	case 4:
		part := oneOf(g, timeFunctions)
		if zone := oneOf(g, []string{"", "", `"UTC"`, `"Europe/London"`, `"+05:30"`, `"-23:59"`, `"America/St_Johns"`, `"02:00"`}); zone != "" {
			return g.a(part+" in zone", "%s.%s(%s)", g.expr(Timestamp, depth), part, zone)
		}
		return g.a(part, "%s.%s()", g.expr(Timestamp, depth), part)
	case 5:
		part := oneOf(g, []string{"getHours", "getMinutes", "getSeconds", "getMilliseconds"})
		return g.a(part+" of duration", "%s.%s()", g.expr(Duration, depth), part)
	case 6:
		return g.a("count()", "count(%s, %s)", g.expr(Int, depth), g.list(ListOf(Int), depth))
	}
	return g.binary(Int, depth, "+", "-", "*", "/", "%")
}

func (g *texts) uint(depth int) string {
	if g.IntN(3) == 0 {
		return g.convert("uint", depth, Int, Uint, Double, String)
	}
	return g.binary(Uint, depth, "+", "-", "*", "/", "%")
}

func (g *texts) double(depth int) string {
	switch g.IntN(4) {
	case 0:
		return g.a("- double", "-(%s)", g.expr(Double, depth))
	case 1:
		return g.convert("double", depth, Int, Uint, Double, String)
	}
	return g.binary(Double, depth, "+", "-", "*", "/")
}

func (g *texts) text(depth int) string {
	if g.IntN(2) == 0 {
		return g.convert("string", depth, Bool, Int, Uint, Double, String, Bytes, Timestamp, Duration)
	}
	return g.binary(String, depth, "+")
}

func (g *texts) bytes(depth int) string {
	if g.IntN(2) == 0 {
		return g.convert("bytes", depth, Bytes, String)
	}
	return g.binary(Bytes, depth, "+")
}

func (g *texts) timestamp(depth int) string {
	switch g.IntN(4) {
	case 0:
		return g.convert("timestamp", depth, Timestamp, Int, String)
	case 1:
		return g.a("duration + timestamp", "(%s + %s)", g.expr(Duration, depth), g.expr(Timestamp, depth))
	}
	op := oneOf(g, []string{"+", "-"})
	return g.a("timestamp "+op+" duration", "(%s %s %s)", g.expr(Timestamp, depth), op, g.expr(Duration, depth))
}

func (g *texts) duration(depth int) string {
	switch g.IntN(4) {
	case 0:
		return g.convert("duration", depth, Duration, String)
	case 1:
		return g.a("timestamp - timestamp", "(%s - %s)", g.expr(Timestamp, depth), g.expr(Timestamp, depth))
	}
	return g.binary(Duration, depth, "+", "-")
}
