package condition

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/decls"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"

	"github.com/bailiwick-authz/bailiwick/internal/suggest"
)

// syntaxFault puts the parser's complaint into fewer words.
func (r *reading) syntaxFault(err *common.Error) {
	message := strings.TrimPrefix(err.Message, "Syntax error: ")
	quoted := func(rest string) string {
		token, _, _ := strings.Cut(rest, " expecting ")
		return clip(strings.TrimSpace(strings.Trim(token, "'")))
	}
	var head string
	cut := func(prefix string) bool {
		rest, ok := strings.CutPrefix(message, prefix)
		head = quoted(rest)
		return ok
	}
	switch {
	case cut("mismatched input "), cut("extraneous input "), cut("no viable alternative at input "):
		message = fmt.Sprintf("unexpected %q", head)
		if strings.HasSuffix(head, "<EOF>") {
			message = "the condition ends too early"
		}
	case cut("token recognition error at: '\""), cut("token recognition error at: ''"):
		message = "a string is not closed, or holds an escape that is none"
	case cut("token recognition error at: "):
		message = fmt.Sprintf("unexpected %q", head)
		if double, ok := doubled[head]; ok {
			message += fmt.Sprintf(" (did you mean %q?)", double)
		}
	case cut("missing "):
		token, _, _ := strings.Cut(head, "' at ")
		message = fmt.Sprintf("%q is missing", token)
	}
	switch words, ok := parserWords[message]; {
	case ok:
		message = words
	case strings.HasPrefix(message, "unsupported syntax '"):
		message += ": optional values are not admitted"
	case strings.Contains(message, "recursion limit"):
		message = fmt.Sprintf("the condition nests more than %d deep", maxDepth)
	}
	line, column := max(err.Location.Line(), 1), max(err.Location.Column()+1, 1)
	r.faults = append(r.faults, Fault{Line: line, Column: column, Message: message})
}

// parserWords are some of the parser's messages in other words.
var parserWords = map[string]string{
	"invalid argument to has() macro": "has takes an attribute, or a key after a dot: has(x.attribute)",
	"argument must be a simple name":  "the variable of a loop must be a plain name",
	"argument is not an identifier":   "the variable of a loop must be a plain name",
	"invalid int literal":             "the number is outside the range of int",
	"invalid uint literal":            "the number is outside the range of uint",
	"invalid double literal":          "the number is outside the range of double",
}

// doubled are the operators that other languages write singly.
var doubled = map[string]string{"=": "==", "&": "&&", "|": "||"}

// checkFault puts the checker's complaint about a node into words. The node and
// its type say which complaint it is; the checker's own text is the last resort.
func (r *reading) checkFault(err *common.Error, parents map[int64]ast.Expr) {
	e := r.node(err.ExprID)
	if e == nil {
		line, column := max(err.Location.Line(), 1), max(err.Location.Column()+1, 1)
		r.faults = append(r.faults, Fault{Line: line, Column: column, Message: err.Message})
		return
	}
	if r.told[e.ID()] || slices.ContainsFunc(children(e), func(c ast.Expr) bool { return r.told[c.ID()] }) {
		return // it follows from what is told already
	}
	failed := r.typeOf(e).Kind() == types.ErrorKind
	switch parent := parents[e.ID()]; {
	case e.Kind() == ast.IdentKind && failed:
		r.nameFault(e)
	case e.Kind() == ast.CallKind && failed:
		r.callFault(e)
	case e.Kind() == ast.SelectKind && (failed || r.typeOf(e).Kind() == types.DynKind):
		r.fieldFault(e)
	case e.Kind() == ast.SelectKind && e.AsSelect().IsTestOnly():
		r.fieldFault(e)
	case parent != nil:
		r.mismatchFault(e, parent, err.Message)
	default:
		r.faultAt(e, "%s", err.Message)
	}
}

// node finds a node by its id.
func (r *reading) node(id int64) (found ast.Expr) {
	ast.PreOrderVisit(r.tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.ID() == id {
			found = e
		}
	}))
	return found
}

// typeOf is a node's type, or CEL's error type where it has none.
func (r *reading) typeOf(e ast.Expr) *types.Type {
	if t, ok := r.tree.TypeMap()[e.ID()]; ok {
		return t
	}
	return types.ErrorType
}

func (e *Env) variableNames() []string {
	names := make([]string, len(e.vars))
	for i, v := range e.vars {
		names[i] = v.Name
	}
	return names
}

// nameFault says what an unknown name can have been meant for: an attribute or a
// function, written as in other languages, or a variable.
func (r *reading) nameFault(e ast.Expr) {
	name, known := e.AsIdent(), r.env.variableNames()
	var of []string
	for _, v := range r.env.vars {
		if _, has := r.env.objects[v.Type.name][name]; has && v.Type == ObjectOf(v.Type.name) {
			of = append(of, v.Name+"."+name)
		}
	}
	switch near := suggest.Hint(name, known); {
	case len(of) > 0:
		r.faultAt(e, "unknown name %q (did you mean %s?)", clip(name), strings.Join(of, " or "))
	case len(r.env.byName[name]) > 0:
		r.faultAt(e, "%s is a function: write %s(…)", name, name)
	case near != "":
		r.faultAt(e, "unknown name %q%s", clip(name), near)
	default:
		r.faultAt(e, "unknown name %q; known here: %s", clip(name), strings.Join(known, ", "))
		r.faults[len(r.faults)-1].Missing = true // of another type of resource it may be an attribute
	}
}

func (r *reading) fieldFault(e ast.Expr) {
	operand, field := e.AsSelect().Operand(), e.AsSelect().FieldName()
	t := r.typeOf(operand)
	fields, ok := r.env.provider.fields(t.TypeName())
	if !ok {
		r.faultAt(e, "%s has no attributes: .%s does not apply", typeWords(t), clip(field))
		return
	}
	hint := suggest.Hint(field, slices.Collect(maps.Keys(fields)))
	r.faultAt(e, "%s has no attribute %q%s", typeWords(t), clip(field), hint)
	fault := &r.faults[len(r.faults)-1]
	fault.Missing, fault.Hinted = true, hint != ""
}

func (r *reading) callFault(e ast.Expr) {
	call := e.AsCall()
	name := call.FunctionName()
	if !r.env.declares(name) {
		message, ok := refusals[name]
		if !ok {
			message = fmt.Sprintf("unknown function %q%s", clip(name), suggest.Hint(name, r.env.functionNames()))
		}
		r.faultAt(e, "%s", message)
		return
	}
	args := call.Args()
	if call.IsMemberFunction() {
		args = append([]ast.Expr{call.Target()}, args...)
	}
	have := make([]*types.Type, len(args))
	for i, arg := range args {
		have[i] = r.typeOf(arg)
	}
	r.faultAt(e, "%s", r.overloadWords(name, have, call.IsMemberFunction()))
}

// macroForms are how the macros are written, for calls that match none.
var macroForms = map[string]string{
	"has": "has(x.attribute)", "all": "list.all(x, condition)", "exists": "list.exists(x, condition)",
	"exists_one": "list.exists_one(x, condition)", "filter": "list.filter(x, condition)",
	"existsOne": "list.exists_one(x, condition)",
	"map":       "list.map(x, value) or list.map(x, condition, value)",
}

// declares reports whether the checker knows a function of the name.
func (e *Env) declares(name string) bool {
	bare, _, _ := strings.Cut(name, "@")
	return admittedByName[name] != nil || len(e.byName[bare]) > 0
}

func (e *Env) functionNames() []string {
	names := slices.Collect(maps.Keys(e.byName))
	for name := range macroForms {
		names = append(names, name)
	}
	for name := range admittedByName {
		if identifier.MatchString(name) {
			names = append(names, name)
		}
	}
	return names
}

// overloadWords says why an operator or function does not take the arguments.
func (r *reading) overloadWords(name string, have []*types.Type, member bool) string {
	words := make([]string, len(have))
	for i, t := range have {
		words[i] = typeWords(t)
	}
	switch symbol, isOperator := operators.FindReverse(name); {
	case name == operators.Conditional:
		return fmt.Sprintf("needs bool before the ?, and one type on both sides of the colon, not %s, %s and %s", words[0], words[1], words[2])
	case name == operators.Index && have[0].Kind() == types.StructKind:
		return "attributes are written with a dot, not with [ ]"
	case name == operators.Index:
		return fmt.Sprintf("[ ] does not take %s and %s", words[0], words[1])
	case name == operators.Equals || name == operators.NotEquals:
		return fmt.Sprintf("%s compares values of one type, not %s and %s%s", symbol, words[0], words[1], numberHint(words))
	case isOperator && symbol != "":
		return fmt.Sprintf("%s does not take %s%s", symbol, strings.Join(words, " and "), numberHint(words))
	}
	bare, _, _ := strings.Cut(name, "@")
	return fmt.Sprintf("%s does not exist: there is %s", signature(bare, words, member), strings.Join(r.env.signatures(bare), ", "))
}

// numberHint helps where two kinds of number meet.
func numberHint(words []string) string {
	if len(words) != 2 || words[0] == words[1] {
		return ""
	}
	numbers := []string{"int", "uint", "double"}
	if slices.Contains(numbers, words[0]) && slices.Contains(numbers, words[1]) {
		return fmt.Sprintf(": convert one, with %s(…)", words[0])
	}
	return ""
}

// signatures are the forms in which a function can be called.
func (e *Env) signatures(name string) []string {
	var out []string
	if d := admittedByName[name]; d != nil {
		for _, o := range d.OverloadDecls() {
			out = append(out, overloadSignature(name, o))
		}
		return out
	}
	for _, i := range e.byName[name] {
		f := e.funcs[i]
		var words []string
		for _, p := range f.Params {
			words = append(words, p.words())
		}
		if f.Literals != nil {
			words = append(words, fmt.Sprintf("%q", "…"))
		}
		out = append(out, signature(name, words, false))
	}
	return out
}

// words is a parameter's type in a message.
func (t Type) words() string {
	const most = 4
	of := t.oneOf()
	if of == nil {
		return t.String()
	}
	if len(of) > most {
		of = append(of[:most:most], "…")
	}
	return strings.Join(of, " or ")
}

func overloadSignature(name string, o *decls.OverloadDecl) string {
	words := make([]string, len(o.ArgTypes()))
	for i, t := range o.ArgTypes() {
		words[i] = typeWords(t)
	}
	return signature(name, words, o.IsMemberFunction())
}

func signature(name string, words []string, member bool) string {
	if member {
		return fmt.Sprintf("%s.%s(%s)", words[0], name, strings.Join(words[1:], ", "))
	}
	return fmt.Sprintf("%s(%s)", name, strings.Join(words, ", "))
}

// mismatchFault is about a node whose own type is fine, but not where it stands.
func (r *reading) mismatchFault(e, parent ast.Expr, fallback string) {
	have := typeWords(r.typeOf(e))
	switch parent.Kind() {
	case ast.CallKind:
		symbol, _ := operators.FindReverse(parent.AsCall().FunctionName())
		r.faultAt(e, "is %s, not a condition: %s needs true or false", have, symbol)
	case ast.ComprehensionKind:
		r.faultAt(e, "is %s: only a list or a map can be gone through", have)
	default:
		r.faultAt(e, "%s", fallback)
	}
}

// functionWords is a function's name as a condition writes it.
func functionWords(name string) string {
	if symbol, ok := operators.FindReverse(name); ok && symbol != "" {
		return symbol
	}
	bare, _, _ := strings.Cut(name, "@")
	return bare
}

// countWords is a set of numbers of arguments in words.
func countWords(counts map[int]bool) string {
	var words []string
	for _, n := range slices.Sorted(maps.Keys(counts)) {
		words = append(words, fmt.Sprint(n))
	}
	unit := " arguments"
	if len(words) == 1 && words[0] == "1" {
		unit = " argument"
	}
	return strings.Join(words, " or ") + unit
}

// typeWords is a type of the checker as a policy writes it.
func typeWords(t *types.Type) string {
	switch t.Kind() {
	case types.ListKind:
		return "list(" + typeWords(t.Parameters()[0]) + ")"
	case types.MapKind:
		if t.Parameters()[0].Kind() == types.StringKind {
			return "map(" + typeWords(t.Parameters()[1]) + ")"
		}
		return "map(" + typeWords(t.Parameters()[0]) + ", " + typeWords(t.Parameters()[1]) + ")"
	case types.StructKind:
		return strings.TrimPrefix(t.TypeName(), objectPrefix)
	case types.TimestampKind:
		return "timestamp"
	case types.DurationKind:
		return "duration"
	case types.DynKind, types.ErrorKind, types.TypeParamKind:
		return "anything"
	}
	return t.TypeName()
}
