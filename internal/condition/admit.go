package condition

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/bailiwick-authz/bailiwick/internal/suggest"
)

// maxLoops is how deep exists, all, exists_one, map and filter can nest.
const maxLoops = 4

// timeFunctions are the accessors that take a time zone.
var timeFunctions = []string{
	overloads.TimeGetFullYear, overloads.TimeGetMonth, overloads.TimeGetDayOfYear, overloads.TimeGetDate,
	overloads.TimeGetDayOfMonth, overloads.TimeGetDayOfWeek, overloads.TimeGetHours, overloads.TimeGetMinutes,
	overloads.TimeGetSeconds, overloads.TimeGetMilliseconds,
}

// admitParsed refuses what no types are needed to refuse, and gives the calls
// with literals the names under which the checker knows them.
func (r *reading) admitParsed() {
	var visit func(e ast.Expr, loops int)
	visit = func(e ast.Expr, loops int) {
		if r.full() {
			return
		}
		r.admitNode(e)
		if e.Kind() != ast.ComprehensionKind {
			for _, child := range children(e) {
				visit(child, loops)
			}
			return
		}
		c := e.AsComprehension()
		visit(c.IterRange(), loops)
		if loops == maxLoops {
			r.faultAt(e, "loops nest more than %d deep", maxLoops)
			return
		}
		visit(c.LoopStep(), loops+1)
	}
	visit(r.tree.Expr(), 0)
}

func (r *reading) admitNode(e ast.Expr) {
	switch e.Kind() {
	case ast.LiteralKind:
		if e.AsLiteral() == types.NullValue {
			r.faultAt(e, "nothing is null here: ask has(…) whether an attribute is there")
		}
	case ast.IdentKind:
		if name, dotted := strings.CutPrefix(e.AsIdent(), "."); dotted {
			r.faultAt(e, "write %s, without the dot", name)
		}
	case ast.StructKind:
		r.faultAt(e, "a condition cannot make a value of type %s", clip(e.AsStruct().TypeName()))
	case ast.MapKind:
		r.admitKeys(e.AsMap())
	case ast.CallKind:
		r.admitCall(e)
	}
}

// admitKeys refuses keys that are not literals, each written once. Keys of any
// type would let the types in a text of a few hundred bytes grow beyond what the
// checker ends with.
func (r *reading) admitKeys(m ast.MapExpr) {
	seen := make(map[ref.Val]bool, m.Size())
	for _, entry := range m.Entries() {
		key := entry.AsMapEntry().Key()
		if key.Kind() != ast.LiteralKind {
			r.faultFrom(key, "a key in a map must be written as a literal")
			continue
		}
		switch v := key.AsLiteral().(type) {
		case types.Bool, types.Int, types.Uint, types.String:
			if seen[v] {
				r.faultAt(key, "the key %s is there twice", clip(fmt.Sprint(v)))
			}
			seen[v] = true
		default:
			r.faultAt(key, "a key in a map must be a string, an int, a uint or a bool")
		}
	}
}

func (r *reading) admitCall(e ast.Expr) {
	call := e.AsCall()
	name, args := call.FunctionName(), call.Args()
	if bare, dotted := strings.CutPrefix(name, "."); dotted {
		r.faultAt(e, "write %s, without the dot", bare)
		return
	}
	switch form, isMacro := macroForms[name]; {
	case isMacro:
		// It was not expanded, so its names are unknown, which is not the fault.
		r.faultAt(e, "%s is written %s", name, form)
		ast.PreOrderVisit(e, ast.NewExprVisitor(func(part ast.Expr) { r.told[part.ID()] = true }))
	case name == overloads.Matches && len(args) > 0:
		r.admitPattern(args[len(args)-1])
	case slices.Contains(timeFunctions, name) && call.IsMemberFunction() && len(args) == 1:
		if zone, ok := r.literal(args[0], "a time zone"); ok {
			r.admitZone(args[0], zone)
		}
	case len(r.env.byName[name]) > 0:
		r.calls[name] = true
		r.nameCall(e)
	case call.IsMemberFunction() && len(args) > 1 && !r.env.declares(name):
		r.admitLoop(e)
	}
}

// admitLoop tells of a call that would be a loop if there were a macro of its
// name, and of nothing that follows from that.
func (r *reading) admitLoop(e ast.Expr) {
	args := e.AsCall().Args()
	if args[0].Kind() != ast.IdentKind || slices.Contains(r.env.variableNames(), args[0].AsIdent()) {
		return
	}
	r.callFault(e)
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(part ast.Expr) {
		if part.Kind() == ast.IdentKind && part.AsIdent() == args[0].AsIdent() {
			r.told[part.ID()] = true
		}
	}))
}

// admitZone refuses an unknown time zone, of which only some are looked for: that
// takes reading files.
func (r *reading) admitZone(e ast.Expr, zone string) {
	if r.zones[zone] != nil || r.badZones == maxZones {
		return
	}
	found, err := location(zone)
	if err != nil {
		r.badZones++
		r.faultAt(e, "%s", err)
		return
	}
	r.zones[zone] = found
}

// literal is the text of a string literal; anything else is a fault.
func (r *reading) literal(e ast.Expr, what string) (string, bool) {
	if e.Kind() == ast.LiteralKind {
		if s, ok := e.AsLiteral().(types.String); ok {
			return string(s), true
		}
	}
	if !r.told[e.ID()] {
		r.faultFrom(e, "%s must be written as a literal", what)
	}
	return "", false
}

// location reads a time zone as CEL does: a name of the time zone database, or
// an offset such as +01:00. The machine's own zone is refused.
func location(zone string) (*time.Location, error) {
	if zone == "Local" {
		return nil, fmt.Errorf("the time zone must not depend on the machine")
	}
	head, tail, isOffset := strings.Cut(zone, ":")
	if !isOffset {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			return nil, fmt.Errorf("unknown time zone %q", clip(zone))
		}
		return loc, nil
	}
	return offsetLocation(zone, head, tail)
}

// nameCall gives a call with a literal the checker's name for it.
func (r *reading) nameCall(e ast.Expr) {
	call := e.AsCall()
	name, args := call.FunctionName(), call.Args()
	if call.IsMemberFunction() {
		r.faultAt(e, "write %s(…): it is not called on a value", name)
		return
	}
	known, kind, arities := map[string]bool{}, "", map[int]bool{}
	plain := false
	for _, i := range r.env.byName[name] {
		f := r.env.funcs[i]
		arity := len(f.Params)
		if f.Literals != nil {
			arity++
		}
		arities[arity] = true
		if arity != len(args) {
			continue
		}
		if f.Literals == nil {
			plain = true
			continue
		}
		kind = f.LiteralKind
		for lit := range f.Literals {
			known[lit] = true
		}
	}
	switch {
	case !arities[len(args)]:
		r.faultAt(e, "%s takes %s, not %d", name, countWords(arities), len(args))
	case kind != "" || len(known) > 0 || !plain:
		r.nameLiteral(e, known, kind, plain)
	}
}

// nameLiteral renames one call whose last argument must be among known, unless
// the function can be called plainly too.
func (r *reading) nameLiteral(e ast.Expr, known map[string]bool, kind string, plain bool) {
	call := e.AsCall()
	name, args := call.FunctionName(), call.Args()
	last := args[len(args)-1]
	what := kind
	if what == "" {
		what = "value"
	}
	lit, isLiteral := stringLiteral(last)
	switch {
	case isLiteral && known[lit]:
		e.SetKindCase(ast.NewExprFactory().NewCall(e.ID(), literalName(name, lit), args...))
	case plain:
	case !isLiteral:
		r.told[e.ID()] = true
		r.faultFrom(last, "the last argument of %s must be written as a literal: the name of a %s", name, what)
	default:
		r.told[e.ID()] = true
		r.faultAt(last, "unknown %s %q%s", what, clip(lit), suggest.Hint(lit, slices.Collect(maps.Keys(known))))
	}
}

func stringLiteral(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}

// admitChecked refuses what only types tell: first the literals of lists and
// maps that leave a type open, then what else does, then the calls.
func (r *reading) admitChecked() {
	for _, pass := range []func(e ast.Expr){r.admitLiteral, r.admitType, r.admitCheckedCall} {
		ast.PreOrderVisit(r.tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
			if !r.full() {
				pass(e)
			}
		}))
		if len(r.faults) > 0 {
			return
		}
	}
}

func (r *reading) admitLiteral(e ast.Expr) {
	if e.Kind() != ast.ListKind && e.Kind() != ast.MapKind || !hasOpenType(r.typeOf(e)) {
		return
	}
	parts := children(e)
	if len(parts) == 0 {
		r.faultAt(e, "nothing says what type the elements of this would have")
		return
	}
	step := 1
	if e.Kind() == ast.MapKind {
		step = 2 // keys and values take turns
	}
	for i, part := range parts {
		first, have := r.typeOf(parts[i%step]), r.typeOf(part)
		if !hasOpenType(first) && !hasOpenType(have) && !first.IsExactType(have) {
			r.faultFrom(part, "the elements of a list must have one type, and so must the keys of a map and its values: "+
				"this is %s, the first is %s", typeWords(have), typeWords(first))
			return
		}
	}
}

func (r *reading) admitType(e ast.Expr) {
	if hasOpenType(r.typeOf(e)) {
		r.faultAt(e, "nothing says what type this would have")
	}
}

func (r *reading) admitCheckedCall(e ast.Expr) {
	if e.Kind() != ast.CallKind {
		return
	}
	call := e.AsCall()
	if len(r.tree.GetOverloadIDs(e.ID())) != 1 {
		r.faultAt(e, "it is not clear which %s is meant: the types of its arguments are open", functionWords(call.FunctionName()))
		return
	}
	r.admitConversion(e)
	r.admitObjects(e)
	switch call.FunctionName() {
	case operators.Equals, operators.NotEquals, operators.In:
		if t := r.tree.GetType(call.Args()[0].ID()); hasObject(t) {
			r.faultAt(e, "objects cannot be compared: compare an attribute, such as an id")
		}
	}
}

// admitObjects refuses what is not one of the objects that a function takes: the
// checker takes anything there.
func (r *reading) admitObjects(e ast.Expr) {
	i, ok := functionOf(r.tree.GetOverloadIDs(e.ID())[0])
	if !ok {
		return
	}
	for n, p := range r.env.funcs[i].Params {
		t := r.tree.GetType(e.AsCall().Args()[n].ID())
		of := p.oneOf()
		isOne := t.Kind() == types.StructKind && slices.Contains(of, strings.TrimPrefix(t.TypeName(), objectPrefix))
		if of != nil && !isOne {
			r.callFault(e)
			return
		}
	}
}

// admitConversion refuses the conversion of a literal that never comes out.
func (r *reading) admitConversion(e ast.Expr) {
	id, args := r.tree.GetOverloadIDs(e.ID())[0], e.AsCall().Args()
	if !strings.HasPrefix(id, "string_to_") || len(args) != 1 || args[0].Kind() != ast.LiteralKind {
		return
	}
	value := (&build{env: r.env, tree: r.tree}).boxed(e)
	if _, why := value(&Frame{steps: defaultCost}); why != nil && why != overspent {
		r.faultFrom(args[0], "%v%s", why.err, conversionHints[id])
	}
}

// conversionHints say how a literal is written that a conversion takes.
var conversionHints = map[string]string{
	overloads.StringToTimestamp: `: write it as "2006-01-02T15:04:05Z"`,
	overloads.StringToDuration:  `: write it as "1h30m"`,
}

// hasOpenType reports whether a type, or one in it, is known at run time only.
func hasOpenType(t *types.Type) bool {
	switch t.Kind() {
	case types.DynKind, types.AnyKind, types.ErrorKind, types.TypeParamKind, types.NullTypeKind, types.TypeKind:
		return true
	}
	return slices.ContainsFunc(t.Parameters(), hasOpenType)
}

// hasObject reports whether values of the type are objects or hold some.
func hasObject(t *types.Type) bool {
	return t.Kind() == types.StructKind || slices.ContainsFunc(t.Parameters(), hasObject)
}
