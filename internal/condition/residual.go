package condition

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// A Residual is what is left to ask of one variable, the unknown, when all
// others are known: the same condition with every part that does not look at
// the unknown made a Parameter. It is immutable and safe for concurrent use.
//
// Giving the Parameters their Values and evaluating what is left comes to what
// evaluating the condition comes to, up to Limits.Cost: the steps of the two are
// counted each by itself, and a Parameter that passes the limit is an error of
// the whole.
type Residual struct {
	term    *Term
	known   []parameter
	program *Program
	vars    int
	cost    int64
}

// A parameter is a part of a condition that does not look at the unknown.
type parameter struct {
	text string
	run  fn[any]
}

// Residual splits the condition. Fields are those of the unknown whose value is
// the same for all that it may be, all of them strings.
func (p *Program) Residual(unknown string, fields map[string]string) *Residual {
	s := &splitting{
		read: p.read, unknown: unknown,
		left:  ast.NewExprFactory(),
		known: map[string]int{},
		out:   &Residual{vars: p.vars, cost: p.cost},
	}
	copied := s.left.CopyExpr(p.root)
	s.fix(copied, fields)
	s.out.term = s.split(copied).folded()
	env := *p.read.env
	env.vars = []Variable{{Name: unknown}}
	for i := range s.out.known {
		env.vars = append(env.vars, Variable{Name: parameterName(i)})
	}
	read := *p.read
	read.env = &env
	read.tree = ast.NewCheckedAST(ast.NewAST(copied, p.read.tree.SourceInfo()), p.read.tree.TypeMap(), p.read.tree.ReferenceMap())
	s.out.program = programOf(&read, copied)
	return s.out
}

// parameterName is a name that no condition can write.
func parameterName(i int) string { return fmt.Sprintf("@%d", i) }

// Term is what is left to ask, with its Parameters.
func (r *Residual) Term() *Term { return r.term }

// Values are the Parameters' values for an input in which the unknown is not
// looked at: canonical, an Object, Absent for one that is an error, or Pending.
// The error is ErrCost if they cost too much.
func (r *Residual) Values(in Input) ([]any, error) {
	if len(r.known) == 0 {
		return nil, nil
	}
	f := frames.Get().(*Frame)
	defer func() { f.clear(maxLoops); frames.Put(f) }()
	f.Set(in)
	return r.AppendValues(nil, f)
}

// AppendValues appends the Values to a slice, for an input that a Frame was set
// to. With an error it appends nothing.
func (r *Residual) AppendValues(to []any, f *Frame) (values []any, err error) {
	if len(f.vars) < r.vars {
		return to, fmt.Errorf("there are %d variables, and %d are needed", len(f.vars), r.vars)
	}
	defer func() {
		if caught := recover(); caught != nil {
			values, err = to, fmt.Errorf("the condition panicked: %v", caught)
		}
	}()
	f.steps, f.args = r.cost, f.args[:0]
	values = slices.Grow(to, len(r.known))
	for _, p := range r.known {
		v, why := p.run(f)
		switch {
		case f.steps < 0:
			return to, ErrCost
		case why == unknown:
			v = Pending
		case why != nil:
			v = Absent
		}
		values = append(values, v)
	}
	return values, nil
}

// Parameters is how many there are.
func (r *Residual) Parameters() int { return len(r.known) }

// Eval answers what is left to ask of something, given the Values of the
// Parameters.
func (r *Residual) Eval(of any, values []any, world any) (Outcome, error) {
	vars := make([]any, 0, 1+len(values))
	return r.program.Eval(Input{Vars: append(append(vars, of), values...), World: world})
}

// A splitting is a condition on its way to a Residual.
type splitting struct {
	read    *reading
	unknown string
	left    ast.ExprFactory
	// in are the loops around the current node.
	in []around
	// known leads from a Parameter's text to its place.
	known map[string]int
	out   *Residual
}

// An around is a loop around a node, by its variable. It is open if what it goes
// through or does looks at the unknown.
type around struct {
	name string
	open bool
}

// split makes the Term of a node, and makes a variable of each part of the node
// that is a Parameter.
func (s *splitting) split(e ast.Expr) *Term {
	if e.Kind() == ast.LiteralKind || s.open(e, s.in) {
		return s.term(e, s.split).folded()
	}
	whole := s.term(e, s.whole)
	if !s.names(e, nil) {
		return s.constant(e, whole)
	}
	text := whole.String()
	i, ok := s.known[text]
	if !ok {
		i = len(s.out.known)
		s.known[text] = i
		kept := s.left.CopyExpr(e)
		s.out.known = append(s.out.known, parameter{text, (&build{env: s.read.env, tree: s.read.tree}).boxed(kept)})
	}
	e.SetKindCase(s.left.NewIdent(e.ID(), parameterName(i)))
	return &Term{Kind: Parameter, Type: whole.Type, Index: i, Of: whole}
}

// constant is the value of a node that names nothing. What is not a value at
// once, because it is an error or an empty list, say, is left as it is.
func (s *splitting) constant(e ast.Expr, whole *Term) *Term {
	f := &Frame{steps: s.out.cost}
	v, why := (&build{env: s.read.env, tree: s.read.tree}).boxed(e)(f)
	if why != nil || f.steps < 0 {
		return &Term{Kind: Failed, Type: whole.Type, Of: whole}
	}
	return &Term{Kind: Constant, Type: whole.Type, Value: v, Of: whole}
}

// whole is the Term of a node, with nothing made of its parts.
func (s *splitting) whole(e ast.Expr) *Term { return s.term(e, s.whole) }

// open reports whether a node looks at the unknown, or at the variable of a loop
// that is open itself. What looks at nothing but a closed loop's own variable is
// as closed as the loop.
func (s *splitting) open(e ast.Expr, in []around) bool {
	switch e.Kind() {
	case ast.IdentKind:
		return s.isOpen(e.AsIdent(), in)
	case ast.ComprehensionKind:
		l := loopOf(e)
		if s.open(l.over, in) {
			return true
		}
		in = append(in[:len(in):len(in)], around{name: l.variable})
		return slices.ContainsFunc(l.parts, func(part ast.Expr) bool { return s.open(part, in) })
	}
	return slices.ContainsFunc(children(e), func(part ast.Expr) bool { return s.open(part, in) })
}

func (s *splitting) isOpen(name string, in []around) bool {
	for _, l := range slices.Backward(in) {
		if l.name == name {
			return l.open
		}
	}
	return name == s.unknown
}

// fix makes literals of the unknown's fields that are always the same.
func (s *splitting) fix(e ast.Expr, fields map[string]string) {
	if e.Kind() == ast.SelectKind && !e.AsSelect().IsTestOnly() {
		of, text := e.AsSelect().Operand(), fields[e.AsSelect().FieldName()]
		if text != "" && of.Kind() == ast.IdentKind && of.AsIdent() == s.unknown {
			e.SetKindCase(s.left.NewLiteral(e.ID(), types.String(text)))
			return
		}
	}
	if e.Kind() != ast.ComprehensionKind {
		for _, part := range children(e) {
			s.fix(part, fields)
		}
		return
	}
	l := loopOf(e)
	s.fix(l.over, fields)
	for _, part := range l.parts {
		if l.variable != s.unknown {
			s.fix(part, fields)
		}
	}
}

// names reports whether a node names anything that is declared. The variable of
// a loop in it is not.
func (s *splitting) names(e ast.Expr, bound []string) bool {
	switch e.Kind() {
	case ast.IdentKind:
		return !slices.Contains(bound, e.AsIdent())
	case ast.CallKind:
		if _, declared := functionOf(s.read.tree.GetOverloadIDs(e.ID())[0]); declared {
			return true
		}
	case ast.ComprehensionKind:
		l := loopOf(e)
		inner := append(bound[:len(bound):len(bound)], l.variable)
		return s.names(l.over, bound) || slices.ContainsFunc(l.parts, func(part ast.Expr) bool { return s.names(part, inner) })
	}
	return slices.ContainsFunc(children(e), func(part ast.Expr) bool { return s.names(part, bound) })
}

// term is the Term of a node, given how to make those of its parts.
func (s *splitting) term(e ast.Expr, part func(ast.Expr) *Term) *Term {
	t := &Term{Type: typeOf(s.read.tree.GetType(e.ID())), node: e}
	switch e.Kind() {
	case ast.LiteralKind:
		t.Kind = Constant
		t.Value, _ = box(constantOf(e.AsLiteral()))(nil)
	case ast.IdentKind:
		t.Kind, t.Name = Named, e.AsIdent()
	case ast.SelectKind:
		t.Kind, t.Name = s.selecting(e.AsSelect()), e.AsSelect().FieldName()
		t.Args = []*Term{part(e.AsSelect().Operand())}
	case ast.ListKind:
		t.Kind = List
	case ast.MapKind:
		t.Kind = Mapping
	case ast.CallKind:
		t.Kind, t.Name = Call, callName(e.AsCall().FunctionName())
	case ast.ComprehensionKind:
		return s.loopTerm(e, t, part)
	}
	if t.Args == nil {
		for _, child := range children(e) {
			t.Args = append(t.Args, part(child))
		}
	}
	if t.Kind == Call && (t.Name == "&&" || t.Name == "||") {
		return t.flat()
	}
	return t
}

// flat is && or || with the operands of those directly in it.
func (t *Term) flat() *Term {
	var all []*Term
	for _, part := range t.Args {
		if part.Kind == Call && part.Name == t.Name {
			all = append(all, part.Args...)
		} else {
			all = append(all, part)
		}
	}
	t.Args = all
	return t
}

func (s *splitting) selecting(e ast.SelectExpr) TermKind {
	switch {
	case e.IsTestOnly():
		return Has
	case s.read.tree.GetType(e.Operand().ID()).Kind() == types.StructKind:
		return Field
	}
	return Entry
}

func (s *splitting) loopTerm(e ast.Expr, t *Term, part func(ast.Expr) *Term) *Term {
	l := loopOf(e)
	t.Kind, t.Name, t.Var = Loop, l.macro, l.variable
	t.Args = []*Term{part(l.over)}
	outer := s.in
	s.in = append(outer[:len(outer):len(outer)], around{l.variable, true})
	for _, body := range l.parts {
		t.Args = append(t.Args, part(body))
	}
	s.in = outer
	return t
}

// A looped is a loop as it was written.
type looped struct {
	macro, variable string
	over            ast.Expr
	parts           []ast.Expr
}

// loopOf reads a loop back from what the macro made of it.
func loopOf(e ast.Expr) looped {
	c := e.AsComprehension()
	l := looped{variable: c.IterVar(), over: c.IterRange()}
	args := c.LoopStep().AsCall().Args()
	if c.AccuInit().Kind() == ast.LiteralKind {
		switch c.AccuInit().AsLiteral() {
		case types.True:
			l.macro, l.parts = operators.All, args[1:2]
		case types.False:
			l.macro, l.parts = operators.Exists, args[1:2]
		default:
			l.macro, l.parts = operators.ExistsOne, args[0:1]
		}
		return l
	}
	if c.LoopStep().AsCall().FunctionName() != operators.Conditional {
		l.macro, l.parts = operators.Map, args[1].AsList().Elements()
		return l
	}
	value := args[1].AsCall().Args()[1].AsList().Elements()[0]
	l.macro, l.parts = operators.Map, []ast.Expr{args[0], value}
	if value.Kind() == ast.IdentKind && value.AsIdent() == l.variable {
		l.macro, l.parts = operators.Filter, args[0:1]
	}
	return l
}

// callName is what an operator or a function is called in a Term.
func callName(name string) string {
	switch name {
	case operators.Conditional:
		return "?:"
	case operators.Index:
		return "[]"
	case operators.Negate:
		return "-"
	}
	if sign, ok := operators.FindReverse(name); ok {
		return sign
	}
	if function, _, ok := strings.Cut(name, "@"); ok {
		return function
	}
	return name
}

// typeOf is a checked type as an Env declares it, invalid if none can.
func typeOf(t *types.Type) Type {
	switch t.Kind() {
	case types.ListKind:
		if elem := typeOf(t.Parameters()[0]); elem.base != noBase {
			return ListOf(elem)
		}
		return Type{}
	case types.MapKind:
		if value := typeOf(t.Parameters()[1]); value.base != noBase && t.Parameters()[0].Kind() == types.StringKind {
			return MapOf(value)
		}
		return Type{}
	case types.StructKind:
		return ObjectOf(strings.TrimPrefix(t.TypeName(), objectPrefix))
	}
	for base, scalar := range celScalars {
		if t.Kind() == scalar.Kind() {
			return Type{base: base}
		}
	}
	return Type{}
}
