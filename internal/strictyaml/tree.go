package strictyaml

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bailiwick-authz/bailiwick/internal/fault"
)

const (
	noAlias  = `aliases are not allowed: write the value out (a text that begins with "*" must be quoted)`
	noAnchor = `anchors are not allowed: write the value out where it is needed (a text that begins with "&" must be quoted)`
	noTag    = `tags are not allowed (a text that begins with "!" must be quoted)`
	noMerge  = `merge keys are not allowed: write the entries out`
)

// kind is what stands in a node's place.
type kind uint8

const (
	broken  kind = iota // refused already
	empty               // nothing, null or ~
	scalar              // a text, number, …
	list                // [ … ] or - …
	mapping             // { … } or key: …
)

// A Node is a value in a document. The nil Node is a value that is not there:
// it has no names, entries or text, and nothing is wrong with it.
type Node struct {
	doc    *Document
	parent *Node  // nil: the root
	name   string // its key, if parent is a mapping
	index  int    // its place from 0, if parent is a list

	kind         kind
	line, column int
	keyAt        [2]int // line and column of its key
	keyTag, tag  string // what the key and the value are, as scalars: !!str, !!bool, …
	keyStyle     yaml.Style
	style        yaml.Style
	text         string
	items        []*Node          // of a list, and the values of a mapping in order
	entries      map[string]*Node // of a mapping
}

// build makes the tree of a parsed value.
func (d *Document) build(y *yaml.Node, n *Node, depth int) *Node {
	n.line, n.column = y.Line, y.Column
	if n.line > len(d.lines) { // nothing, after the end
		n.line, n.column = d.placeOf(len(d.source))
	}
	n.style, n.tag, n.text = y.Style, y.Tag, y.Value
	switch d.sigil(y) {
	case '*':
		n.refuse("%s", noAlias)
		return n
	case '!':
		n.refuse("%s", noTag)
		return n
	case '&':
		n.refuse("%s", noAnchor)
	}
	switch y.Kind {
	case yaml.ScalarNode:
		n.kind = scalar
		if y.Tag == "!!null" {
			n.kind = empty
		}
	case yaml.SequenceNode, yaml.MappingNode:
		if depth > d.limits.Depth {
			n.refuse("nested more than %d deep", d.limits.Depth)
		} else if y.Kind == yaml.SequenceNode {
			n.buildList(y, depth)
		} else {
			n.buildMapping(y, depth)
		}
	}
	return n
}

// sigil returns '*' for an alias, '!' for a value with a tag, '&' for one with
// an anchor, or 0. A "!" alone leaves no trace in the parser's node, so the
// source is asked too.
func (d *Document) sigil(y *yaml.Node) byte {
	switch {
	case y.Kind == yaml.AliasNode:
		return '*'
	case y.Style&yaml.TaggedStyle != 0:
		return '!'
	case y.Anchor != "":
		return '&'
	}
	if at := d.offset(y.Line, y.Column); at < len(d.source) && d.source[at] == '!' && y.Style&quoted == 0 {
		return '!'
	}
	return 0
}

const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle

func (n *Node) buildList(y *yaml.Node, depth int) {
	n.kind = list
	for i, item := range y.Content {
		child := &Node{doc: n.doc, parent: n, index: i}
		n.items = append(n.items, n.doc.build(item, child, depth+1))
	}
}

func (n *Node) buildMapping(y *yaml.Node, depth int) {
	n.kind, n.entries = mapping, map[string]*Node{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, value := y.Content[i], y.Content[i+1]
		child := &Node{doc: n.doc, parent: n, name: key.Value, keyAt: [2]int{key.Line, key.Column}, keyTag: key.Tag, keyStyle: key.Style}
		if message := n.doc.badKey(key); message != "" {
			child.name = excerpt(key.Value) // it may be long
			child.refuseKey("%s", message)
			n.doc.build(value, child, depth+1) // for what else is wrong in it
			continue
		}
		if first := n.entries[key.Value]; first != nil {
			child.refuseKey("duplicate key %q: it stands on line %d already", key.Value, first.keyAt[0])
			n.doc.build(value, child, depth+1)
			continue
		}
		n.entries[key.Value] = child
		n.items = append(n.items, n.doc.build(value, child, depth+1))
	}
}

// badKey says why a key is refused wherever it stands, or "".
func (d *Document) badKey(key *yaml.Node) string {
	switch d.sigil(key) {
	case '*':
		return noAlias
	case '!':
		return noTag
	case '&':
		return noAnchor
	}
	switch {
	case key.Tag == "!!merge":
		return noMerge
	case key.Kind != yaml.ScalarNode:
		return "a key must be a text"
	case key.Tag == "!!null":
		return "a key must be a text, not nothing"
	case len(key.Value) > d.limits.Key:
		return fmt.Sprintf("a key of more than %d bytes", d.limits.Key)
	}
	return ""
}

// Path returns the node's place as internal/fault writes it.
func (n *Node) Path() string {
	var steps []string // from the node to the root, each with what joins it
	for ; n != nil && n.parent != nil; n = n.parent {
		if n.parent.kind == list {
			steps = append(steps, fault.Index("", n.index))
		} else {
			steps = append(steps, fault.At("x", n.name)[1:])
		}
	}
	slices.Reverse(steps)
	return strings.TrimPrefix(strings.Join(steps, ""), ".")
}

// refuseKey reports a fault of the node's key.
func (n *Node) refuseKey(format string, args ...any) {
	if !n.doc.full() {
		n.doc.refuse(n.keyAt[0], n.keyAt[1], n.Path(), format, args...).Key = true
	}
}

// refuse reports a fault of the node's value.
func (n *Node) refuse(format string, args ...any) {
	if !n.doc.full() {
		n.doc.refuse(n.line, n.column, n.Path(), format, args...)
	}
}

// called is what messages call the node.
func (n *Node) called() string {
	switch {
	case n.parent == nil:
		return "the document"
	case n.parent.kind == list:
		return "each of " + n.parent.called()
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return '�'
		}
		return r
	}, n.name)
}
