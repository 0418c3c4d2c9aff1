package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// An edit replaces a part of a text. Of those at one place, lower ranks come
// first.
type edit struct {
	from, to int
	rank     int
	text     string
}

// A switcher rewrites a file so that each of its mutants can be switched on. The
// lines stay where they are.
type switcher struct {
	fset  *token.FileSet
	info  *types.Info
	pkg   *types.Package
	edits []edit
	// alone are the mutants that cannot be switched, impossible those that are no
	// program.
	alone, impossible []*mutant
}

// rewrite returns the text of a file with all that can be switched in it.
func (s *switcher) rewrite(text string, file *ast.File, mutants []*mutant) string {
	byNode := map[ast.Node][]*mutant{}
	for _, m := range mutants {
		byNode[m.node] = append(byNode[m.node], m)
	}
	var path []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return true
		}
		if own := byNode[n]; own != nil {
			s.node(n, own, path)
		}
		path = append(path, n)
		return true
	})
	slices.SortStableFunc(s.edits, func(a, b edit) int { return cmp.Or(a.from-b.from, a.rank-b.rank) })
	var b strings.Builder
	at := 0
	for _, e := range s.edits {
		b.WriteString(text[at:e.from])
		b.WriteString(e.text)
		at = e.to
	}
	b.WriteString(text[at:])
	return b.String()
}

func (s *switcher) node(n ast.Node, own []*mutant, path []ast.Node) {
	depth := len(path)
	switch n := n.(type) {
	case *ast.BranchStmt:
		if n.Tok == token.BREAK && !inLoop(n, path) {
			s.impossible = append(s.impossible, own...)
			return
		}
		label := ""
		if n.Label != nil {
			label = " " + n.Label.Name
		}
		s.put(n.Pos(), n.Pos(), depth, fmt.Sprintf("if mutantIs(%d) { %s%s }; ", own[0].id, own[0].new, label))
	case *ast.IncDecStmt:
		sign := map[token.Token]string{token.INC: "+=", token.DEC: "-="}[n.Tok]
		s.put(n.TokPos, n.TokPos+2, 0, fmt.Sprintf(" %s mutantOne[%s](%d)", sign, s.typeOf(n.X), own[0].id))
	case *ast.UnaryExpr:
		if isConstant(path) {
			s.alone = append(s.alone, own...)
			return
		}
		s.put(n.OpPos, n.OpPos+1, depth, fmt.Sprintf("mutantNegated[%s](%s, ", s.typeOf(n), ids(own)))
		s.put(n.End(), n.End(), -depth, ")")
	case *ast.BinaryExpr:
		s.binary(n, own, path)
	}
}

func (s *switcher) binary(n *ast.BinaryExpr, own []*mutant, path []ast.Node) {
	depth, after := len(path), n.OpPos+token.Pos(len(n.Op.String()))
	surround := func(open, operator, closing string) {
		s.put(n.Pos(), n.Pos(), depth, open)
		s.put(n.OpPos, after, 0, operator)
		s.put(n.End(), n.End(), -depth, closing)
	}
	call := func(name string) { surround(fmt.Sprintf("%s(%s, ", name, ids(own)), ",", ")") }
	switch value := s.info.Types[n].Value; {
	case isString(s.info.TypeOf(n)) && n.Op == token.ADD:
		s.impossible = append(s.impossible, own...)
	case isConstant(path) || value != nil && !isTyped(s.info.TypeOf(n)):
		s.alone = append(s.alone, own...)
	case n.Op == token.EQL || n.Op == token.NEQ:
		surround("((", n.Op.String(), fmt.Sprintf(") != mutantIs(%d))", own[0].id))
	case n.Op == token.LAND || n.Op == token.LOR:
		on := fmt.Sprintf("mutantIs(%d)", own[0].id)
		surround("(((", fmt.Sprintf(") != %s %s (", on, n.Op), fmt.Sprintf(") != %s) != %s)", on, on))
	case n.Op == token.LSS:
		call("mutantLess")
	case n.Op == token.LEQ:
		call("mutantAtMost")
	case n.Op == token.GTR:
		call("mutantGreater")
	case n.Op == token.GEQ:
		call("mutantAtLeast")
	default:
		name := map[token.Token]string{token.ADD: "Sum", token.SUB: "Difference", token.MUL: "Product", token.QUO: "Quotient", token.REM: "Rest"}[n.Op]
		call(fmt.Sprintf("mutant%s[%s]", name, s.typeOf(n)))
	}
}

func (s *switcher) put(from, to token.Pos, rank int, text string) {
	// What closes at a place stands before what opens there.
	s.edits = append(s.edits, edit{s.fset.Position(from).Offset, s.fset.Position(to).Offset, rank, text})
}

// typeOf names the type of an expression in its package.
func (s *switcher) typeOf(e ast.Expr) string {
	return types.TypeString(s.info.TypeOf(e), func(p *types.Package) string {
		if p == s.pkg {
			return ""
		}
		return p.Name()
	})
}

func ids(own []*mutant) string {
	if len(own) == 1 { // twice the same
		return fmt.Sprintf("%d, %d", own[0].id, own[0].id)
	}
	return fmt.Sprintf("%d, %d", own[0].id, own[1].id)
}

func isString(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

func isTyped(t types.Type) bool {
	b, ok := t.(*types.Basic)
	return !ok || b.Info()&types.IsUntyped == 0
}

// isConstant reports whether what stands there must be a constant.
func isConstant(path []ast.Node) bool {
	for i, n := range path {
		switch n := n.(type) {
		case *ast.GenDecl:
			if n.Tok == token.CONST {
				return true
			}
		case *ast.ArrayType:
			if i+1 == len(path) || path[i+1] == n.Len {
				return true
			}
		case *ast.FuncLit:
			return false
		}
	}
	return false
}

// inLoop reports whether a break could be a continue.
func inLoop(n *ast.BranchStmt, path []ast.Node) bool {
	for i := len(path) - 1; i >= 0; i-- {
		switch at := path[i].(type) {
		case *ast.FuncLit, *ast.FuncDecl:
			return false
		case *ast.ForStmt, *ast.RangeStmt:
			if n.Label == nil {
				return true
			}
			if named, ok := path[i-1].(*ast.LabeledStmt); ok && named.Label.Name == n.Label.Name {
				return true
			}
		case *ast.LabeledStmt:
			if n.Label != nil && at.Label.Name == n.Label.Name {
				return false
			}
		}
	}
	return false
}
