package condition

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
)

// Compile checks a condition's text against the Env. It returns the Program, or
// everything that is wrong with the text, in the order of the text.
func (e *Env) Compile(source string) (p *Program, faults []Fault) {
	defer func() {
		// The parser and the checker are not ours, and the text is anybody's.
		if r := recover(); r != nil {
			p, faults = nil, []Fault{{Line: 1, Column: 1, Message: fmt.Sprintf("the condition cannot be read: %v", r)}}
		}
	}()
	r := newReading(e, source)
	if r.read(); len(r.faults) == 0 {
		r.wantBool()
	}
	if len(r.faults) > 0 {
		return nil, r.sorted()
	}
	return newProgram(r), nil
}

// A reading is one condition on its way from text to a checked tree.
type reading struct {
	env    *Env
	text   string
	runes  []rune
	tree   *ast.AST
	faults []Fault
	// told has the nodes whose faults are told already, so that the checker's
	// own words about them are dropped.
	told map[int64]bool
	// calls has the declared functions that the condition calls.
	calls map[string]bool
	// patterns are those of the condition, by their text.
	patterns     map[string]*pattern
	patternBytes int
	patternSets  int
	// zones are the time zones of the condition, by their names; badZones counts
	// those that were looked for in vain.
	zones    map[string]*time.Location
	badZones int
}

func newReading(e *Env, source string) *reading {
	return &reading{env: e, text: source, told: make(map[int64]bool), calls: make(map[string]bool), patterns: make(map[string]*pattern), zones: make(map[string]*time.Location)}
}

// read makes the checked tree.
func (r *reading) read() {
	if !r.parse() {
		return
	}
	if r.admitNesting(); len(r.faults) == 0 {
		r.admitParsed()
		r.check()
	}
}

// wantBool refuses a text that is no condition.
func (r *reading) wantBool() {
	if t := r.tree.GetType(r.tree.Expr().ID()); t.Kind() != types.BoolKind {
		r.faultf(0, "is %s, not a condition: it must be true or false", typeWords(t))
	}
}

// parse makes the syntax tree, within the Env's limits.
func (r *reading) parse() bool {
	if n, most := len(r.text), r.env.limits.Bytes; n > most {
		r.faultf(0, "the condition has %d bytes, and %d are the most", n, most)
		return false
	}
	for i, c := range r.text {
		if c == utf8.RuneError && !strings.HasPrefix(r.text[i:], "\uFFFD") {
			r.runes = []rune(r.text[:i])
			r.faultf(len(r.runes), "the condition is not valid UTF-8 here")
			return false
		}
	}
	r.runes = []rune(r.text)
	if !r.scan() {
		return false
	}
	tree, errs := r.env.parser.Parse(common.NewTextSource(r.text))
	if len(errs.GetErrors()) > 0 {
		for _, err := range errs.GetErrors() {
			if !r.full() {
				r.syntaxFault(err)
			}
		}
		return false
	}
	r.tree = tree
	if n, most := ast.NodeCount(tree), r.env.limits.Nodes; n > most {
		r.faultf(0, "the condition has %d nodes, and %d are the most", n, most)
		return false
	}
	return true
}

// check has the tree's types checked, and refuses what depends on them.
func (r *reading) check() {
	tree, errs := checker.Check(r.tree, common.NewTextSource(r.text), r.env.checker)
	r.tree = tree
	parents := parentsOf(tree.Expr())
	for _, err := range errs.GetErrors() {
		if !r.full() {
			r.checkFault(err, parents)
		}
	}
	if len(r.faults) == 0 {
		r.admitChecked()
	}
}

// parentsOf maps each node's id to the node that it is part of.
func parentsOf(root ast.Expr) map[int64]ast.Expr {
	parents := make(map[int64]ast.Expr)
	ast.PreOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		for _, child := range children(e) {
			parents[child.ID()] = e
		}
	}))
	return parents
}

// children are the nodes directly below e.
func children(e ast.Expr) []ast.Expr {
	switch e.Kind() {
	case ast.CallKind:
		if c := e.AsCall(); c.IsMemberFunction() {
			return append([]ast.Expr{c.Target()}, c.Args()...)
		}
		return e.AsCall().Args()
	case ast.SelectKind:
		return []ast.Expr{e.AsSelect().Operand()}
	case ast.ListKind:
		return e.AsList().Elements()
	case ast.MapKind:
		var out []ast.Expr
		for _, entry := range e.AsMap().Entries() {
			out = append(out, entry.AsMapEntry().Key(), entry.AsMapEntry().Value())
		}
		return out
	case ast.ComprehensionKind:
		c := e.AsComprehension()
		return []ast.Expr{c.IterRange(), c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()}
	}
	return nil
}

// faultf records a fault at an offset in runes.
func (r *reading) faultf(offset int, format string, args ...any) {
	line, column := 1, 1
	for _, c := range r.runes[:min(max(offset, 0), len(r.runes))] {
		if column++; c == '\n' {
			line, column = line+1, 1
		}
	}
	r.faults = append(r.faults, Fault{Line: line, Column: column, Message: fmt.Sprintf(format, args...)})
}

// full reports whether there are as many faults as are told.
func (r *reading) full() bool { return len(r.faults) >= maxFaults }

// faultAt records a fault of a node, and that it is told.
func (r *reading) faultAt(e ast.Expr, format string, args ...any) {
	r.told[e.ID()] = true
	r.faultf(r.offset(e), format, args...)
}

// faultFrom records a fault of a node and all that is in it.
func (r *reading) faultFrom(e ast.Expr, format string, args ...any) {
	r.told[e.ID()] = true
	r.faultf(r.start(e), format, args...)
}

// offset is where a node is, in runes: the name of what is called or selected,
// the operator, or the start of anything else.
func (r *reading) offset(e ast.Expr) int {
	if e.Kind() == ast.SelectKind && e.AsSelect().IsTestOnly() {
		if has, ok := r.tree.SourceInfo().GetMacroCall(e.ID()); ok {
			return r.offset(has.AsCall().Args()[0])
		}
	}
	at, ok := r.tree.SourceInfo().GetOffsetRange(e.ID())
	if !ok {
		return 0
	}
	start := int(at.Start)
	switch {
	case (e.Kind() == ast.CallKind || e.Kind() == ast.ComprehensionKind) && r.at(start) == '(':
		for isSpace(r.at(start - 1)) {
			start--
		}
		for isNameRune(r.at(start - 1)) {
			start--
		}
	case e.Kind() == ast.SelectKind && r.at(start) == '.':
		for start++; isSpace(r.at(start)); start++ {
		}
	}
	return start
}

// start is where the text of a node begins, in runes.
func (r *reading) start(e ast.Expr) int {
	start := r.offset(e)
	if e.Kind() != ast.ComprehensionKind {
		for _, child := range children(e) {
			start = min(start, r.start(child))
		}
	}
	return start
}

// at is the rune at an offset, or 0 outside the text.
func (r *reading) at(offset int) rune {
	if offset < 0 || offset >= len(r.runes) {
		return 0
	}
	return r.runes[offset]
}

func isSpace(c rune) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

func isNameRune(c rune) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// sorted are the faults in the order of the text, each once.
func (r *reading) sorted() []Fault {
	slices.SortStableFunc(r.faults, func(a, b Fault) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return slices.Compact(r.faults)
}
