package strictyaml

import (
	"encoding/json"
	"math"
	"regexp"
	"time"
)

// decimal are the numbers that JSON and every YAML reader read alike.
var decimal = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$`)

// Value takes the node as a value of whatever kind it is: a bool, a
// json.Number, a string, a []any or a map[string]any; .nan, .inf and -.inf are
// a float64. A number must be written in decimal digits; what YAML readers
// could take for something else than text must be quoted. Nothing is refused.
func (n *Node) Value() any {
	if n == nil {
		return nil
	}
	switch n.kind {
	case empty:
		n.refuse("%s is empty: write it, or leave it out", n.called())
	case list:
		all := make([]any, 0, len(n.items))
		for _, item := range n.items {
			all = append(all, item.Value())
		}
		return all
	case mapping:
		all := make(map[string]any, len(n.items))
		for _, e := range n.Names() {
			all[e.Name] = e.Value.Value()
		}
		return all
	case scalar:
		return n.scalarValue()
	}
	return nil
}

func (n *Node) scalarValue() any {
	switch n.tag {
	case "!!bool":
		return n.Bool()
	case "!!int", "!!float":
		switch {
		case decimal.MatchString(n.text):
			return json.Number(n.text)
		case n.text == ".nan":
			return math.NaN()
		case n.text == ".inf":
			return math.Inf(1)
		case n.text == "-.inf":
			return math.Inf(-1)
		}
		n.refuse("%s must be a number in decimal digits, or a text in quotes, not %s", n.called(), excerpt(n.text))
		return nil
	}
	return n.Text()
}

// Time takes the node as an instant, as RFC 3339 writes it. It needs no quotes.
func (n *Node) Time() time.Time {
	if n == nil || n.kind == broken {
		return time.Time{}
	}
	if n.kind == scalar && (n.tag == "!!timestamp" || n.tag == "!!str") {
		if t, err := time.Parse(time.RFC3339Nano, n.text); err == nil {
			return t
		}
	}
	n.refuse("%s must be an instant, as in 2026-10-01T08:00:00Z, not %s", n.called(), n.what())
	return time.Time{}
}

// Place returns the node's line and column; 0, 0 for nil.
func (n *Node) Place() (line, column int) {
	if n == nil {
		return 0, 0
	}
	return n.line, n.column
}
