package condition

import (
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
)

// What is refused before the parser or the checker sees it, which take more than
// their share of time over some texts. Conditions that people write come nowhere
// near.
const (
	// wordsPerNode bounds the words and signs of a text, for each node that its
	// tree may have.
	wordsPerNode = 3
	// maxBrackets is how deep brackets can nest, maxSquare how deep [ ] and { }.
	maxBrackets = 64
	maxSquare   = 2 * maxNesting
	// maxEmpty is how many empty lists and maps a condition can have: nothing says
	// of what type they are but all the rest.
	maxEmpty = 16
	// maxFaults is how many faults are told of one condition.
	maxFaults = 20
	// maxZones is how many unknown time zones are looked for.
	maxZones = 5
)

// scan bounds the words of the text and its brackets.
func (r *reading) scan() bool {
	words, deep, square := 0, 0, 0
	for at := 0; at < len(r.runes); {
		start := at
		kind := r.skip(&at)
		if kind == nothingHere {
			continue
		}
		if words++; words > wordsPerNode*r.env.limits.Nodes {
			r.faultf(start, "the condition has more than %d words and signs", wordsPerNode*r.env.limits.Nodes)
			return false
		}
		switch kind {
		case '(', '[', '{':
			deep++
		case ')', ']', '}':
			deep--
		}
		switch kind {
		case '[', '{':
			square++
		case ']', '}':
			square--
		}
		switch {
		case deep > maxBrackets:
			r.faultf(start, "brackets nest more than %d deep", maxBrackets)
			return false
		case square > maxSquare:
			r.faultf(start, "[ ] and { } nest more than %d deep", maxSquare)
			return false
		}
	}
	return true
}

// What skip skipped, where that is not one sign: numbers of no character.
const (
	nothingHere rune = 0x110000
	wordHere    rune = 0x110001
	textHere    rune = 0x110002
)

// skip moves at past one word, text, sign or piece of nothing.
func (r *reading) skip(at *int) rune {
	c := r.at(*at)
	switch {
	case isSpace(c):
		*at++
		return nothingHere
	case c == '/' && r.at(*at+1) == '/':
		for *at < len(r.runes) && r.at(*at) != '\n' {
			*at++
		}
		return nothingHere
	case c == '"' || c == '\'' || c == '`':
		r.skipText(at, c, c == '`')
		return textHere
	case isNameRune(c):
		raw := false
		for ; isNameRune(r.at(*at)); *at++ {
			raw = raw || r.at(*at) == 'r' || r.at(*at) == 'R'
		}
		if c = r.at(*at); c == '"' || c == '\'' {
			r.skipText(at, c, raw)
			return textHere
		}
		return wordHere
	}
	*at++
	return c
}

// skipText moves at past a text between quotes, or to the end of what is none.
func (r *reading) skipText(at *int, quote rune, raw bool) {
	long := quote != '`' && r.at(*at+1) == quote && r.at(*at+2) == quote
	size := 1
	if long {
		size = 3
	}
	for *at += size; *at < len(r.runes); *at++ {
		switch c := r.at(*at); {
		case c == '\\' && !raw:
			*at++
		case c == '\n' && !long:
			return
		case c == quote && (!long || r.at(*at+1) == quote && r.at(*at+2) == quote):
			*at += size
			return
		}
	}
}

// nesting bounds how deep the lists and maps nest that a condition makes, and
// counts those that are empty.
type nesting struct {
	*reading
	// loops has how deep the values nest of the variables of the loops around.
	loops map[string]int
	empty int
}

// admitNesting refuses a condition that makes lists in lists in lists, and one
// with many empty ones.
func (r *reading) admitNesting() {
	n := &nesting{reading: r, loops: map[string]int{}}
	n.of(r.tree.Expr())
}

// of is how deep lists and maps nest in the values of a node, not counting those
// that are declared.
func (n *nesting) of(e ast.Expr) int {
	depth := 0
	switch e.Kind() {
	case ast.IdentKind:
		return n.loops[e.AsIdent()]
	case ast.SelectKind:
		return max(n.of(e.AsSelect().Operand())-1, 0)
	case ast.ComprehensionKind:
		depth = n.ofLoop(e.AsComprehension())
	case ast.ListKind, ast.MapKind:
		parts := children(e)
		for _, part := range parts {
			depth = max(depth, n.of(part))
		}
		if depth++; len(parts) == 0 {
			n.empty++
		}
		if n.empty == maxEmpty+1 {
			n.empty++
			n.faultAt(e, "the condition has more than %d empty lists and maps", maxEmpty)
		}
	default:
		for _, part := range children(e) {
			depth = max(depth, n.of(part))
		}
		if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.Index {
			depth = max(depth-1, 0)
		}
	}
	if depth > maxNesting && len(n.faults) == 0 {
		n.faultAt(e, "lists and maps nest more than %d deep", maxNesting)
	}
	return depth
}

// ofLoop is of for a loop: what it makes is of the depth of its body, in a list,
// or of what it goes through.
func (n *nesting) ofLoop(c ast.ComprehensionExpr) int {
	over := n.of(c.IterRange())
	outer, hidden := n.loops[c.IterVar()]
	n.loops[c.IterVar()] = max(over-1, 0)
	body := n.of(c.LoopStep())
	if delete(n.loops, c.IterVar()); hidden {
		n.loops[c.IterVar()] = outer
	}
	if c.AccuInit().Kind() == ast.ListKind {
		return body
	}
	return 0
}
