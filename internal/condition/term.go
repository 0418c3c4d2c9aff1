package condition

import (
	"cmp"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
)

// A Term is a node of what a Residual leaves to ask, for those who read it: to
// print it, or to say it in another language. It is never changed once it is
// made.
//
// The zero Term is Failed, which never allows.
type Term struct {
	Kind TermKind
	// Type is the type of the value; invalid for a map whose keys are no
	// strings, and for what is made of one.
	Type Type
	// Name is that of a Named or a Loop's variable, of a Field, an Entry or what
	// is asked by Has, of the operator or function of a Call, or of a Loop's
	// macro. Operators are called by their sign, which is "-" for the negative
	// too, "[]" for an index and "?:" for the conditional.
	Name string
	// Var is the name of a Loop's variable.
	Var string
	// Index is a Parameter's place among Residual.Values.
	Index int
	// Value is that of a Constant: canonical, or an Object.
	Value any
	// Args are the parts: the operand of a Field, an Entry and Has, the operands
	// of a Call, the elements of a List, the keys and values of a Mapping in turn.
	// A Loop has what it goes through, then for filter, exists, all and
	// exists_one the condition, for map the value, and with a condition that
	// before the value. Of && and || there can be any number.
	Args []*Term
	// Of is, of a Parameter, of what was one, and of what failed, what it stands
	// for.
	Of *Term

	// node is what the Term was made of, where a Residual's program can compile
	// it: its constants that do not matter are still there.
	node ast.Expr
}

// A TermKind says what a Term is.
type TermKind uint8

const (
	// Failed: an error, whatever the unknown is.
	Failed TermKind = iota
	// Constant: a value.
	Constant
	// Parameter: a value that is known once the question is.
	Parameter
	// Named: the unknown, or the variable of a loop.
	Named
	// Field: the field of an object.
	Field
	// Entry: the entry of a map, by a key that is written like a field.
	Entry
	// Has: whether an object has a field, or a map an entry.
	Has
	// Call: an operator, or a function.
	Call
	// List: a list that is written out.
	List
	// Mapping: a map that is written out.
	Mapping
	// Loop: exists, all, exists_one, map or filter.
	Loop
)

// truth is the Term of a bool.
func truth(v bool) *Term { return &Term{Kind: Constant, Type: Bool, Value: v} }

// All is the Term that is true where all of some Terms are.
func All(of ...*Term) *Term { return (&Term{Kind: Call, Type: Bool, Name: "&&", Args: of}).folded() }

// Any is the Term that is true where one of some Terms is.
func Any(of ...*Term) *Term { return (&Term{Kind: Call, Type: Bool, Name: "||", Args: of}).folded() }

// Is reports whether t is the constant v.
func (t *Term) Is(v bool) bool { return t.Kind == Constant && t.Value == v }

// With puts values into the places of Parameters, and leaves out what then no
// longer matters. A value that is Absent is a failure; one that is Pending stays
// a Parameter.
func (t *Term) With(values []any) *Term {
	switch {
	case t.Kind != Parameter:
		return t.parts(func(part *Term) *Term { return part.With(values) }).folded()
	case t.Index >= len(values) || values[t.Index] == Absent || values[t.Index] == nil:
		return &Term{Kind: Failed, Type: t.Type, Of: t.Of}
	case values[t.Index] == Pending:
		return t
	}
	return &Term{Kind: Constant, Type: t.Type, Value: values[t.Index], Of: t.Of}
}

// parts is t with other parts.
func (t *Term) parts(to func(*Term) *Term) *Term {
	if len(t.Args) == 0 {
		return t
	}
	out := *t
	out.Args = make([]*Term, len(t.Args))
	for i, part := range t.Args {
		out.Args[i] = to(part)
	}
	return &out
}

// folded is t without what does not matter, given that its parts are.
func (t *Term) folded() *Term {
	switch {
	case t.Kind == Loop && t.Args[0].isEmpty():
		return t.emptied()
	case t.Kind != Call:
		return t
	case len(t.Args) == 1 && t.Args[0].Kind == Constant && fromText[t.Name] != "":
		return t.converted()
	case t.Name == "&&":
		return t.joined(false)
	case t.Name == "||":
		return t.joined(true)
	case t.Name == "!" && t.Args[0].Kind == Constant:
		return truth(!t.Args[0].Value.(bool))
	case t.Name == "!" && t.Args[0].Kind == Failed:
		return t.Args[0]
	case t.Name == "?:" && t.Args[0].Kind == Constant:
		return t.chosen(t.Args[0].Value.(bool))
	case t.Name == "?:" && t.Args[0].Kind == Failed:
		return &Term{Kind: Failed, Type: t.Type, Of: t}
	}
	return t
}

// chosen is one side of a ?:.
func (t *Term) chosen(first bool) *Term {
	side := t.Args[2]
	if first {
		side = t.Args[1]
	}
	if side.Kind != Constant {
		return side
	}
	known := *side
	known.Of = t
	return &known
}

// fromText are the overloads of the conversions of a text that can fail.
var fromText = map[string]string{
	"int": overloads.StringToInt, "uint": overloads.StringToUint, "double": overloads.StringToDouble, "bool": overloads.StringToBool,
	"timestamp": overloads.StringToTimestamp, "duration": overloads.StringToDuration,
}

// converted is the conversion of a text, which is as wrong to write as it is to
// evaluate where it never comes out.
func (t *Term) converted() *Term {
	text, ok := t.Args[0].Value.(string)
	if !ok {
		return t
	}
	literal := ast.NewExprFactory().NewLiteral(1, types.String(text))
	v, why := box(builders[fromText[t.Name]](&build{}, []ast.Expr{literal}))(&Frame{steps: defaultCost})
	if why != nil {
		return &Term{Kind: Failed, Type: t.Type, Of: t.before()}
	}
	return &Term{Kind: Constant, Type: t.Type, Value: v, Of: t}
}

// before is a call of what its operand stands for.
func (t *Term) before() *Term {
	return t.parts(func(part *Term) *Term { return cmp.Or(part.Of, part) })
}

// emptied is a loop through something empty.
func (t *Term) emptied() *Term {
	switch t.Name {
	case "all":
		return truth(true)
	case "exists", "exists_one":
		return truth(false)
	}
	return &Term{Kind: Constant, Type: t.Type, Value: []any{}, Of: t}
}

// isEmpty reports whether t is a list or a map that has nothing.
func (t *Term) isEmpty() bool {
	switch v := t.Value.(type) {
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// Holding is a Term that is true exactly where t is, for those whom it does not
// matter whether it is false or fails otherwise.
func (t *Term) Holding() *Term {
	switch {
	case t.Kind == Failed:
		return truth(false)
	case t.Kind != Call || t.Name != "&&" && t.Name != "||":
		return t
	}
	return t.parts((*Term).Holding).folded()
}

// joined is && or ||, of which one operand that is end decides all. An operand
// that fails matters: it decides where no other one does.
func (t *Term) joined(end bool) *Term {
	var open []*Term
	for _, part := range t.Args {
		switch {
		case part.Is(end):
			return truth(end)
		case part.Is(!end):
		case part.Kind == Call && part.Name == t.Name:
			open = append(open, part.Args...)
		default:
			open = append(open, part)
		}
	}
	switch len(open) {
	case 0:
		return truth(!end)
	case 1:
		return open[0]
	}
	out := *t
	out.Args = open
	return &out
}
