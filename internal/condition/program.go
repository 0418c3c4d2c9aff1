package condition

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// A Program is a condition that was compiled against an Env. It is immutable
// and safe for concurrent use.
type Program struct {
	// plan is nil if the condition is not made of checks alone; run does without.
	plan plan
	run  fn[bool]
	cost int64
	// vars is how many variables it was compiled against.
	vars int
	// calling is whether it calls functions.
	calling bool
	always  bool
	// loops is the greatest number of its loops, one in the other.
	loops  int
	source string
	calls  map[string]bool
	// read is what it was compiled from.
	read *reading
	root ast.Expr
}

func newProgram(r *reading) *Program {
	return programOf(r, r.tree.Expr())
}

// programOf compiles a part of what was read.
func programOf(r *reading, root ast.Expr) *Program {
	b := &build{env: r.env, tree: r.tree, patterns: r.patterns, zones: r.zones}
	plan, run := b.plan(operators.LogicalAnd, root)
	if plan == nil {
		run = expr[bool](b, root)
	}
	return &Program{
		plan:    plan,
		run:     run,
		cost:    int64(r.env.limits.Cost),
		vars:    len(r.env.vars),
		calling: len(r.calls) > 0,
		always:  root.Kind() == ast.LiteralKind && root.AsLiteral() == types.True,
		loops:   b.loops,
		source:  r.text,
		calls:   r.calls,
		read:    r,
		root:    root,
	}
}

// Conjuncts returns the conditions of which the program is the conjunction: the
// operands of &&, outside all else, in their order; or the program itself. It
// compiles them anew: it is for explaining, not for evaluating.
func (p *Program) Conjuncts() []*Program {
	var parts []*Program
	var split func(e ast.Expr)
	split = func(e ast.Expr) {
		if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.LogicalAnd {
			for _, operand := range e.AsCall().Args() {
				split(operand)
			}
			return
		}
		parts = append(parts, programOf(p.read, e))
	}
	split(p.read.tree.Expr())
	if len(parts) == 1 {
		return []*Program{p}
	}
	return parts
}

// Source is the text that was compiled.
func (p *Program) Source() string { return p.source }

// Calls reports whether the condition calls the declared function of that name,
// on any path.
func (p *Program) Calls(function string) bool { return p.calls[function] }

// Fields returns the fields of a variable that the condition names, on any path,
// sorted, and whether the variable stands anywhere for itself: in a list, say, or
// in a conditional, of which any field may be read then. A loop's variable of
// the same name counts as the variable.
func (p *Program) Fields(variable string) (fields []string, whole bool) {
	named := map[string]bool{}
	uses := 0 // of the variable, but for those that name a field of it
	ast.PreOrderVisit(p.root, ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.SelectKind:
			if of := e.AsSelect().Operand(); of.Kind() == ast.IdentKind && of.AsIdent() == variable {
				named[e.AsSelect().FieldName()] = true
				uses--
			}
		case ast.IdentKind:
			if e.AsIdent() == variable {
				uses++
			}
		}
	}))
	return slices.Sorted(maps.Keys(named)), uses > 0
}

// Always reports whether the condition is the literal true, up to parentheses.
func (p *Program) Always() bool { return p.always }

// frames are what Eval runs in.
var frames = sync.Pool{New: func() any { return new(Frame) }}

// Eval answers what the condition comes to. The error is non-nil exactly where
// the Outcome is Error. A panic in a Function or an Object is an error.
func (p *Program) Eval(in Input) (Outcome, error) {
	f := frames.Get().(*Frame)
	f.Set(in)
	out, err := p.Run(f)
	f.clear(p.loops)
	frames.Put(f)
	return out, err
}

// Run answers what the condition comes to in a Frame that was Set. It is Eval
// for those who ask many conditions about one Input.
func (p *Program) Run(f *Frame) (Outcome, error) {
	if p.calling || f.foreign || len(f.vars) < p.vars {
		return p.guarded(f)
	}
	f.steps = p.cost
	if p.plan != nil {
		if v, ok := p.plan.ask(f); ok && f.steps >= 0 {
			if v {
				return True, nil
			}
			return False, nil
		}
	}
	v, why := p.run(f)
	return f.outcome(v, why)
}

// guarded is Run where code that is not ours is called.
func (p *Program) guarded(f *Frame) (out Outcome, err error) {
	if len(f.vars) < p.vars {
		return Error, fmt.Errorf("there are %d variables, and %d are needed", len(f.vars), p.vars)
	}
	done := false
	defer func() {
		if !done {
			out, err = Error, fmt.Errorf("the condition panicked: %v", recover())
		}
	}()
	f.steps, f.args = p.cost, f.args[:0]
	v, why := p.run(f)
	done = true
	return f.outcome(v, why)
}

// outcome is what an evaluation comes to that came to v, or failed.
func (f *Frame) outcome(v bool, why *failure) (Outcome, error) {
	switch {
	case f.steps < 0:
		return Error, ErrCost
	case why == nil && v:
		return True, nil
	case why == nil:
		return False, nil
	case why == unknown:
		return Unknown, nil
	}
	return Error, why.err
}
