package main

import (
	"fmt"
	"go/ast"
	"go/token"
)

// A mutant is one operator that is replaced by another.
type mutant struct {
	id       int // from 1
	file     string
	at       token.Position
	kind     string
	old, new token.Token
	node     ast.Node
}

func (m *mutant) String() string {
	return fmt.Sprintf("%s:%d:%d %s %s to %s", m.file, m.at.Line, m.at.Column, m.kind, m.old, m.new)
}

// A mutation is what gremlins does to a token.
type mutation struct {
	kind string
	to   token.Token
}

const (
	arithmetic = "ARITHMETIC_BASE"
	boundary   = "CONDITIONALS_BOUNDARY"
	negation   = "CONDITIONALS_NEGATION"
	count      = "INCREMENT_DECREMENT"
	logical    = "INVERT_LOGICAL"
	loop       = "INVERT_LOOPCTRL"
	negative   = "INVERT_NEGATIVES"
)

// mutations are gremlins' own, of the kinds that .gremlins.yaml turns on.
var mutations = map[token.Token][]mutation{
	token.ADD:      {{arithmetic, token.SUB}},
	token.SUB:      {{negative, token.ADD}, {arithmetic, token.ADD}},
	token.MUL:      {{arithmetic, token.QUO}},
	token.QUO:      {{arithmetic, token.MUL}},
	token.REM:      {{arithmetic, token.MUL}},
	token.BREAK:    {{loop, token.CONTINUE}},
	token.CONTINUE: {{loop, token.BREAK}},
	token.INC:      {{count, token.DEC}},
	token.DEC:      {{count, token.INC}},
	token.EQL:      {{negation, token.NEQ}},
	token.NEQ:      {{negation, token.EQL}},
	token.LSS:      {{boundary, token.LEQ}, {negation, token.GEQ}},
	token.LEQ:      {{boundary, token.LSS}, {negation, token.GTR}},
	token.GTR:      {{boundary, token.GEQ}, {negation, token.LEQ}},
	token.GEQ:      {{boundary, token.GTR}, {negation, token.LSS}},
	token.LAND:     {{logical, token.LOR}},
	token.LOR:      {{logical, token.LAND}},
}

// operator returns the token of a node that gremlins replaces.
func operator(n ast.Node) (token.Token, token.Pos) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		return n.Op, n.OpPos
	case *ast.UnaryExpr:
		return n.Op, n.OpPos
	case *ast.IncDecStmt:
		return n.Tok, n.TokPos
	case *ast.BranchStmt:
		return n.Tok, n.TokPos
	}
	return token.ILLEGAL, token.NoPos
}

// mutantsOf returns the mutants of a file, with ids from a number on.
func mutantsOf(fset *token.FileSet, name string, file *ast.File, next int) (all []*mutant) {
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			return false
		}
		tok, pos := operator(n)
		for _, to := range mutations[tok] {
			all = append(all, &mutant{next + len(all), name, fset.Position(pos), to.kind, tok, to.to, n})
		}
		return true
	})
	return all
}
