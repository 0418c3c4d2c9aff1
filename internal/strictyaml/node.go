package strictyaml

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bailiwick-authz/bailiwick/internal/fault"
	"github.com/bailiwick-authz/bailiwick/internal/suggest"
)

// Refuse reports that the node's value is wrong. Nothing is reported of the
// nil Node.
func (n *Node) Refuse(format string, args ...any) {
	if n != nil {
		n.refuse(format, args...)
	}
}

// IsMapping reports whether the node is a mapping.
func (n *Node) IsMapping() bool { return n != nil && n.kind == mapping }

// Fields are the entries of a mapping whose keys are known.
type Fields struct{ node *Node }

// Fields takes the node as a mapping that has none but the known keys. Nothing
// (as in "school:") is a mapping without entries.
func (n *Node) Fields(known ...string) Fields {
	if n == nil || n.kind != empty && !n.is(mapping, "a mapping") {
		return Fields{}
	}
	for _, entry := range n.items {
		if !slices.Contains(known, entry.name) && !n.doc.full() {
			entry.refuseKey("unknown key %q%s", entry.name, hint(entry.name, known))
		}
	}
	return Fields{n}
}

func hint(name string, known []string) string {
	if s := suggest.Hint(name, known); s != "" {
		return s
	}
	return "; known here: " + strings.Join(known, ", ")
}

// Value returns the value of a key, or nil.
func (f Fields) Value(key string) *Node {
	if f.node == nil {
		return nil
	}
	return f.node.entries[key]
}

// Require reports those of the keys that the mapping lacks. The fault has the
// path of what is missing, and the place of the mapping.
func (f Fields) Require(keys ...string) {
	for _, key := range keys {
		if f.node != nil && f.node.entries[key] == nil {
			f.node.doc.refuse(f.node.line, f.node.column, fault.At(f.node.Path(), key), "%s is missing", key)
		}
	}
}

// An Entry is a name and its value.
type Entry struct {
	Name  string
	Value *Node
}

// Names takes the node as a mapping from names to values and returns its
// entries in order. Nothing is a mapping without entries. A name that YAML
// readers could take for something else than text (no, 123) is refused.
func (n *Node) Names() []Entry {
	if !n.is(mapping, "a mapping") {
		return nil
	}
	entries := make([]Entry, 0, len(n.items))
	for _, entry := range n.items {
		if message := ambiguous(entry.name, entry.keyTag, entry.keyStyle); message != "" {
			entry.refuseKey("a name must be a text, %s", message)
		}
		entries = append(entries, Entry{entry.name, entry})
	}
	return entries
}

// List takes the node as a list and returns its elements. Nothing is a list
// without elements.
func (n *Node) List() []*Node {
	if !n.is(list, "a list") {
		return nil
	}
	return n.items
}

// ListOrOne takes the node as a list, or as the only element of one. Nothing
// is neither.
func (n *Node) ListOrOne() []*Node {
	switch {
	case n == nil || n.kind == broken:
		return nil
	case n.kind == scalar:
		return []*Node{n}
	case n.kind != list:
		n.refuse("%s must be a text or a list, not %s", n.called(), n.what())
		return nil
	}
	return n.items
}

// Text takes the node as a text. What YAML readers could take for something
// else (no, 123, 2026-10-01) must be quoted.
func (n *Node) Text() string {
	if n == nil || n.kind == broken {
		return ""
	}
	if n.kind != scalar {
		n.refuse("%s must be a text, not %s", n.called(), n.what())
		return ""
	}
	if message := ambiguous(n.text, n.tag, n.style); message != "" {
		n.refuse("%s must be a text, %s", n.called(), message)
	}
	return n.text
}

// Verbatim takes the node as a text in another language, in which true and
// false are expressions: they need no quotes.
func (n *Node) Verbatim() string {
	if n != nil && n.kind == scalar && n.tag == "!!bool" {
		return n.text
	}
	return n.Text()
}

// Bool takes the node as true or false.
func (n *Node) Bool() bool {
	if n == nil || n.kind == broken {
		return false
	}
	if n.kind != scalar || n.text != "true" && n.text != "false" || n.tag != "!!bool" {
		n.refuse("%s must be true or false, not %s", n.called(), n.what())
		return false
	}
	return n.text == "true"
}

// is reports whether the node is of a kind, and reports a fault if it is of
// another one. Nothing is of no kind, and no fault.
func (n *Node) is(k kind, wanted string) bool {
	switch {
	case n == nil || n.kind == broken || n.kind == empty:
		return false
	case n.kind != k:
		n.refuse("%s must be %s, not %s", n.called(), wanted, n.what())
		return false
	}
	return true
}

// what says in messages what stands in the node's place.
func (n *Node) what() string {
	switch n.kind {
	case empty:
		return "nothing"
	case list:
		return "a list"
	case mapping:
		return "a mapping"
	}
	switch n.tag {
	case "!!bool":
		return excerpt(n.text)
	case "!!int", "!!float":
		return "the number " + excerpt(n.text)
	case "!!timestamp":
		return "the date " + excerpt(n.text)
	}
	return "the text " + fmt.Sprintf("%q", excerpt(n.text))
}

// eitherBool are the words that some YAML readers take for true and false and
// others for text.
var eitherBool = regexp.MustCompile(`^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$`)

// sexagesimal are the texts that some YAML readers take for numbers: 1:30 is 90.
var sexagesimal = regexp.MustCompile(`^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$`)

// ambiguous says why a plain scalar cannot stand for a text, or "".
func ambiguous(text, tag string, style yaml.Style) string {
	what := ""
	switch {
	case style != 0:
	case tag == "!!bool":
		what = "not true or false"
	case tag == "!!int" || tag == "!!float":
		what = "not a number"
	case tag == "!!timestamp":
		what = "not a date"
	case tag == "!!merge":
		what = "not a merge"
	case eitherBool.MatchString(text):
		what = "and some readers take this for true or false"
	case sexagesimal.MatchString(text):
		what = "and some readers take this for a number"
	}
	if what == "" {
		return ""
	}
	return what + fmt.Sprintf(": write %q", excerpt(text))
}

// excerpt shortens a text for a message.
func excerpt(text string) string {
	if r := []rune(text); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return text
}

// IsEmptyList reports whether the node is a list without elements.
func (n *Node) IsEmptyList() bool { return n != nil && n.kind == list && len(n.items) == 0 }

// IsEmptyText reports whether the node is a text of length 0.
func (n *Node) IsEmptyText() bool { return n != nil && n.kind == scalar && n.text == "" }
