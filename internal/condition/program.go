package condition

import (
	"fmt"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
)

// A Program is a condition that was compiled against an Env. It is immutable
// and safe for concurrent use.
type Program struct {
	source string
	calls  map[string]bool
	always bool
	run    runner
}

// A runner computes what a condition comes to.
type runner interface {
	eval(in Input) (Outcome, error)
}

func newProgram(r *reading) (*Program, error) {
	run, err := newInterpreted(r)
	if err != nil {
		return nil, err
	}
	root := r.tree.Expr()
	return &Program{
		source: r.text,
		calls:  r.calls,
		always: root.Kind() == ast.LiteralKind && root.AsLiteral() == types.True,
		run:    run,
	}, nil
}

// Source is the text that was compiled.
func (p *Program) Source() string { return p.source }

// Calls reports whether the condition calls the declared function of that name,
// on any path.
func (p *Program) Calls(function string) bool { return p.calls[function] }

// Always reports whether the condition is the literal true, up to parentheses.
func (p *Program) Always() bool { return p.always }

// Eval answers what the condition comes to. The error is non-nil exactly where
// the Outcome is Error. A panic in a Function or an Object is an error.
func (p *Program) Eval(in Input) (out Outcome, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = Error, fmt.Errorf("the condition panicked: %v", r)
		}
	}()
	return p.run.eval(in)
}
