package condition

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/decls"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/interpreter"
)

// worldVar is the hidden variable that carries Input.World to the functions,
// hasFunction what has(object.field) becomes.
const (
	worldVar    = "@world"
	hasFunction = "@has"
)

// interpreted is the oracle: a condition on cel-go's interpreter. It says what
// the compiled conditions must come to.
type interpreted struct {
	vars    []Variable
	program cel.Program
}

func newInterpreted(r *reading) (*interpreted, error) {
	env, err := cel.NewCustomEnv(
		cel.CustomTypeProvider(r.env.provider), cel.CustomTypeAdapter(adapter{}),
		cel.FunctionDecls(admittedFunctions...), cel.FunctionDecls(hasDecl()), cel.FunctionDecls(boundFunctions(r.env)...),
	)
	if err != nil {
		return nil, err
	}
	program, err := env.PlanProgram(rewrite(r.tree))
	if err != nil {
		return nil, err
	}
	return &interpreted{vars: r.env.vars, program: program}, nil
}

// rewrite makes has() of an object's field and the declared functions calls of
// functions with the object or the world as an argument.
func rewrite(checked *ast.AST) *ast.AST {
	tree := ast.Copy(checked)
	next := ast.MaxID(tree)
	fac := ast.NewExprFactory()
	id := func() int64 { next++; return next }
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.SelectKind:
			s := e.AsSelect()
			if s.IsTestOnly() && tree.GetType(s.Operand().ID()).Kind() == types.StructKind {
				e.SetKindCase(fac.NewCall(e.ID(), hasFunction, s.Operand(), fac.NewLiteral(id(), types.String(s.FieldName()))))
			}
		case ast.CallKind:
			for _, overload := range tree.GetOverloadIDs(e.ID()) {
				if _, ok := functionOf(overload); ok {
					args := append([]ast.Expr{fac.NewIdent(id(), worldVar)}, e.AsCall().Args()...)
					delete(tree.ReferenceMap(), e.ID())
					e.SetKindCase(fac.NewCall(e.ID(), overload, args...))
				}
			}
		}
	}))
	return tree
}

func hasDecl() *decls.FunctionDecl {
	d, err := decls.NewFunction(hasFunction, decls.Overload(hasFunction,
		[]*types.Type{types.DynType, types.StringType}, types.BoolType,
		decls.BinaryBinding(func(o, name ref.Val) ref.Val {
			switch v := o.(objectVal).Field(string(name.(types.String))).(type) {
			case State:
				if v == Pending {
					return types.NewUnknown(0, nil)
				}
				return types.False
			case nil:
				return types.NewErr("%s is nil", name)
			}
			return types.True
		})))
	if err != nil {
		panic(err)
	}
	return d
}

// boundFunctions are the Env's functions with the world as first parameter.
func boundFunctions(e *Env) []*decls.FunctionDecl {
	var out []*decls.FunctionDecl
	for i, f := range e.funcs {
		for _, name := range declaredNames(f) {
			args := make([]*types.Type, 0, len(f.Params)+2)
			args = append(args, types.DynType)
			for range f.Params {
				args = append(args, types.DynType)
			}
			if f.Literals != nil {
				args = append(args, types.DynType)
			}
			id := overloadID(i, name)
			d, err := decls.NewFunction(id, decls.Overload(id, args, types.DynType), decls.SingletonFunctionBinding(call(f)))
			if err != nil {
				panic(err)
			}
			out = append(out, d)
		}
	}
	return out
}

func call(f Function) func(args ...ref.Val) ref.Val {
	return func(args ...ref.Val) ref.Val {
		native := make([]any, len(args)-1)
		for i, a := range args[1:] {
			native[i] = nativeOf(a)
		}
		out, err := f.Call(args[0].(worldVal).world, native)
		if err != nil {
			return types.WrapErr(fmt.Errorf("%s: %w", f.Name, err))
		}
		if s, ok := out.(State); ok && s == Absent {
			return types.NewErr("%s has no result", f.Name)
		}
		return adapter{}.NativeToValue(out)
	}
}

// nativeOf is the canonical value that v stands for.
func nativeOf(v ref.Val) any {
	switch v := v.(type) {
	case types.Bool, types.Int, types.Uint, types.Double, types.String, types.Bytes:
		return v.Value()
	case types.Timestamp:
		return v.Time
	case types.Duration:
		return v.Duration
	case objectVal:
		return v.Object
	}
	if list, ok := v.(traits.Lister); ok {
		out := make([]any, list.Size().(types.Int))
		for i := range out {
			out[i] = nativeOf(list.Get(types.Int(i)))
		}
		return out
	}
	if m, ok := v.(traits.Mapper); ok {
		out := make(map[string]any, m.Size().(types.Int))
		for it := m.Iterator(); it.HasNext() == types.True; {
			k := it.Next()
			out[string(k.(types.String))] = nativeOf(m.Get(k))
		}
		return out
	}
	panic(fmt.Sprintf("%T has no canonical value", v))
}

// adapter makes canonical values values of the interpreter.
type adapter struct{}

func (adapter) NativeToValue(v any) ref.Val {
	switch v := v.(type) {
	case ref.Val:
		return v
	case bool:
		return types.Bool(v)
	case int64:
		return types.Int(v)
	case uint64:
		return types.Uint(v)
	case float64:
		return types.Double(v)
	case string:
		return types.String(v)
	case []byte:
		return types.Bytes(v)
	case time.Time:
		return types.Timestamp{Time: v}
	case time.Duration:
		return types.Duration{Duration: v}
	case []any:
		return types.NewDynamicList(adapter{}, v)
	case []string:
		return types.NewStringList(adapter{}, v)
	case map[string]any:
		return sortedMap{types.NewStringInterfaceMap(adapter{}, v), v}
	case Object:
		return objectVal{v}
	case State:
		if v == Pending {
			return types.NewUnknown(0, nil)
		}
		return types.NewErr("it is absent")
	}
	return types.NewErr("%T is no canonical value", v)
}

// sortedMap goes through its keys in their order, so that the oracle says the
// same every time.
type sortedMap struct {
	traits.Mapper
	entries map[string]any
}

func (m sortedMap) Iterator() traits.Iterator {
	return adapter{}.NativeToValue(slices.Sorted(maps.Keys(m.entries))).(traits.Lister).Iterator()
}

// objectVal is an Object as a value of the interpreter.
type objectVal struct{ Object }

var objectType = types.NewObjectType("@object")

func (objectVal) ConvertToNative(reflect.Type) (any, error) {
	return nil, errors.New("an object stays one")
}
func (objectVal) ConvertToType(ref.Type) ref.Val { return types.NewErr("an object stays one") }
func (objectVal) Equal(ref.Val) ref.Val          { return types.NewErr("objects cannot be compared") }
func (objectVal) Type() ref.Type                 { return objectType }
func (o objectVal) Value() any                   { return o }

// Get is the value of a field.
func (o objectVal) Get(name ref.Val) ref.Val {
	field := string(name.(types.String))
	v := o.Field(field)
	if s, ok := v.(State); ok && s == Absent {
		return types.NewErr("%s is absent", field)
	}
	return adapter{}.NativeToValue(v)
}

// worldVal carries Input.World.
type worldVal struct {
	objectVal
	world any
}

// activation finds the variables of an Input by name.
type activation struct {
	vars []Variable
	in   Input
}

func (a activation) Parent() interpreter.Activation { return nil }

func (a activation) ResolveName(name string) (any, bool) {
	if name == worldVar {
		return worldVal{world: a.in.World}, true
	}
	for i, v := range a.vars {
		if v.Name == name && i < len(a.in.Vars) {
			if s, ok := a.in.Vars[i].(State); ok && s == Absent {
				return types.NewErr("%s is absent", name), true
			}
			return adapter{}.NativeToValue(a.in.Vars[i]), true
		}
	}
	return nil, false
}

// eval is the value of the condition, or the failure.
func (p *interpreted) eval(in Input) (any, *failure) {
	v, _, err := p.program.Eval(activation{p.vars, in})
	switch {
	case err != nil:
		return nil, &failure{err}
	case types.IsUnknown(v):
		return nil, unknown
	}
	return nativeOf(v), nil
}
