package sqldiff

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A draw is a source of choices.
type draw struct{ *rand.Rand }

func (d draw) chance(of100 int) bool { return d.IntN(100) < of100 }

func pick[T any](d draw, from []T) T { return from[d.IntN(len(from))] }

// target is a type of resource that the query has rows of.
type target struct {
	typ string
	// own are the places that a condition on the type can look at, with their
	// types.
	places []place
}

type place struct{ path, typ string }

var targets = []target{
	{"case", []place{{"resource", "case"}, {"resource", "case"}, {"resource.case", "case"}, {"resource.school", "school"}, {"resource.region", "region"}, {"resource.school.region", "region"}}},
	{"doc", []place{{"resource", "doc"}, {"resource.case", "case"}, {"resource.case", "case"}, {"resource.school", "school"}, {"resource.case.school", "school"}, {"resource.region", "region"}, {"resource.case.region", "region"}}},
	{"note", []place{{"resource", "note"}}},
	{"school", []place{{"resource", "school"}, {"resource", "brought"}, {"resource.region", "region"}, {"resource.school", "school"}}},
}

// attributes are those of each type, by their own types. What is brought to a
// school is in columns; the rest of it, the directory knows.
var attributes = map[string]map[string]string{
	"case": {
		"flag": "bool", "n": "int", "d": "double", "s": "string", "s2": "string", "raw": "bytes", "t": "timestamp", "age": "duration",
		"list": "list(string)", "nums": "list(int)", "times": "list(timestamp)", "labels": "map(string)", "size": "uint",
	},
	"doc":  {"flag": "bool", "n": "int", "s": "string", "s2": "string", "t": "timestamp", "list": "list(string)"},
	"note": {"flag": "bool", "n": "int", "s": "string", "s2": "string", "list": "list(string)"},
	// A note is a type, too, which no school is in.
	"school":  {"open": "bool", "rank": "int", "name": "string", "note": "string", "tags": "list(string)", "since": "timestamp"},
	"brought": {"flag": "bool", "n": "int", "s": "string", "list": "list(string)"},
	"region":  {"open": "bool", "rank": "int", "name": "string", "codes": "list(int)"},
	"user": {
		"vip": "bool", "rank": "int", "dept": "string", "skills": "list(string)", "codes": "list(int)", "since": "timestamp", "w": "double",
		"key": "bytes", "span": "duration", "labels": "map(string)",
	},
	"context": {"q": "string", "n": "int", "ok": "bool"},
}

// columns are the attributes that a table has.
var columns = map[string][]string{
	"case": {"flag", "n", "d", "s", "s2", "raw", "t", "age"}, "doc": {"flag", "n", "s", "s2", "t"},
	"note": {"flag", "n", "s", "s2"}, "brought": {"flag", "n", "s"},
}

var lists = map[string][]string{"case": {"list", "nums", "times"}, "doc": {"list"}, "note": {"list"}, "brought": {"list"}}

// A writer writes conditions.
type writer struct {
	draw
	target
	vars []place // of loops: a name, and the type of its elements
	// odd is how often of 100 something is written that SQL does not say.
	odd   int
	loops int
}

var literals = map[string][]string{
	"bool": {"true", "false"}, "int": {"0", "1", "-1", "2", "9223372036854775807", "4294967296"},
	"double": {"0.0", "1.0", "-1.5", "9007199254740993.0"},
	"string": {`""`, `"a"`, `"A"`, `"%"`, `"a_"`, `"é"`, `"'"`, `"ab"`, `"\\"`}, "bytes": {`b""`, `b"a"`, `b"\x00"`},
	"timestamp":    {`timestamp("2026-03-01T12:00:00Z")`, `timestamp("2026-03-01T12:00:00.000000001Z")`, `timestamp("0001-01-01T00:00:00Z")`},
	"duration":     {`duration("0s")`, `duration("1h")`, `duration("-1ns")`},
	"list(string)": {`["a", "A"]`, `["", "ab", "é"]`}, "list(int)": {"[1, 2]", "[0, -1, 9223372036854775807]"},
	"list(timestamp)": {`[now]`},
}

// value writes an expression of a type.
func (w *writer) value(typ string, depth int) string {
	var options []string
	add := func(weight int, text string) {
		for range weight {
			options = append(options, text)
		}
	}
	for _, p := range w.places {
		for name, t := range attributes[p.typ] {
			if t == typ {
				add(4, p.path+"."+name)
			}
		}
		if typ == "string" {
			add(1, p.path+".id")
		}
	}
	for name, t := range attributes["user"] {
		if t == typ {
			add(3, "user."+name)
		}
	}
	for name, t := range attributes["context"] {
		if t == typ {
			add(1, "context."+name)
		}
	}
	for _, v := range w.vars {
		if v.typ == typ {
			add(9, v.path)
		}
	}
	switch typ {
	case "string":
		add(2, "user.id")
		add(1, "user.school.id")
		add(1, "resource.type")
	case "timestamp":
		add(6, "now")
	case "int":
		add(2, "size("+w.value("list(string)", 0)+")")
		if w.chance(w.odd) {
			return w.value("int", 0) + " + " + w.value("int", 0)
		}
	}
	add(1, pick(w.draw, literals[typ]))
	if w.chance(50) {
		options = sorted(options) // maps have no order
		return pick(w.draw, options)
	}
	if depth > 0 && w.chance(20) && !strings.HasPrefix(typ, "list") && typ != "timestamp" {
		return fmt.Sprintf("(%s ? %s : %s)", w.condition(depth-1), w.value(typ, depth-1), w.value(typ, depth-1))
	}
	return pick(w.draw, sorted(options))
}

var scalars = []string{"bool", "int", "int", "double", "string", "string", "string", "bytes", "timestamp", "timestamp", "duration"}

// condition writes a condition.
func (w *writer) condition(depth int) string {
	if depth <= 0 {
		return w.atom(0)
	}
	switch w.IntN(10) {
	case 0, 1:
		return fmt.Sprintf("(%s && %s)", w.condition(depth-1), w.condition(depth-1))
	case 2, 3:
		return fmt.Sprintf("(%s || %s)", w.condition(depth-1), w.condition(depth-1))
	case 4, 5:
		return "!(" + w.condition(depth-1) + ")"
	case 6:
		return fmt.Sprintf("(%s ? %s : %s)", w.condition(depth-1), w.condition(depth-1), w.condition(depth-1))
	}
	return w.atom(depth)
}

// tricky writes, by itself, what is easily said wrong.
func (w *writer) tricky() string {
	for {
		p := pick(w.draw, w.places)
		switch {
		case p.typ == "school":
			return "user.vip || has(" + p.path + ".note) && " + p.path + ".note == user.dept"
		case p.typ == "region":
			continue
		}
		return pick(w.draw, []string{
			p.path + `.s.startsWith("%")`, p.path + `.s.startsWith("a_")`, "!(" + p.path + ".s in " + p.path + ".list)",
			"!(" + p.path + ".s in user.skills)", "!(" + p.path + ".n < 1)", p.path + ".s < user.dept", p.path + ".s == user.dept",
		})
	}
}

// placed are the functions of places and units.
func (w *writer) placed() string {
	p := pick(w.draw, w.places)
	if w.chance(50) {
		return "assigned(" + p.path + ")"
	}
	units := []string{"user.school", "user.region", "user.unit"}
	for _, q := range w.places {
		if q.typ == "school" || q.typ == "region" {
			units = append(units, q.path)
		}
	}
	return fmt.Sprintf("within(%s, %s)", p.path, pick(w.draw, units))
}

func (w *writer) atom(depth int) string {
	switch w.IntN(12) {
	case 0:
		return w.value("bool", depth)
	case 1:
		p := pick(w.draw, w.places)
		names := []string{}
		for name := range attributes[p.typ] {
			names = append(names, name)
		}
		if p.path == "resource" {
			for _, other := range w.places {
				if rest, ok := strings.CutPrefix(other.path, "resource."); ok && !strings.Contains(rest, ".") {
					names = append(names, rest)
				}
			}
		}
		return "has(" + p.path + "." + pick(w.draw, sorted(names)) + ")"
	case 2, 3:
		return w.placed()
	case 4:
		part := w.value("string", 0)
		if w.chance(50) {
			part = pick(w.draw, []string{`"%"`, `"_"`, `"a_"`, `"a%"`})
		}
		return fmt.Sprintf("%s.%s(%s)", w.value("string", 0), pick(w.draw, []string{"startsWith", "endsWith", "contains"}), part)
	case 5:
		if w.loops < 2 {
			return w.loop(depth)
		}
		fallthrough
	case 6, 7:
		elem := pick(w.draw, []string{"string", "string", "string", "int", "timestamp"})
		not := pick(w.draw, []string{"", "!"})
		return fmt.Sprintf("%s(%s in %s)", not, w.value(elem, depth), w.value("list("+elem+")", 0))
	case 8:
		if w.chance(w.odd) {
			return pick(w.draw, []string{w.value("string", 0) + `.matches("^a")`, `user.labels.k == ` + w.value("string", 0), "now.getHours() == " + w.value("int", 0)})
		}
	}
	typ := pick(w.draw, scalars)
	sign := pick(w.draw, []string{"==", "==", "!=", "<", "<=", ">", ">="})
	return fmt.Sprintf("%s %s %s", w.value(typ, depth), sign, w.value(typ, depth))
}

func (w *writer) loop(depth int) string {
	elem := pick(w.draw, []string{"string", "string", "int", "timestamp"})
	over := w.value("list("+elem+")", 0)
	name := fmt.Sprintf("v%d", len(w.vars))
	w.vars, w.loops = append(w.vars, place{name, elem}), w.loops+1
	body := w.condition(min(depth, 2) - 1)
	w.vars, w.loops = w.vars[:len(w.vars)-1], w.loops-1
	return fmt.Sprintf("%s.%s(%s, %s)", over, pick(w.draw, []string{"exists", "all", "exists", "all", "exists_one"}), name, body)
}
