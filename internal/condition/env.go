package condition

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common/containers"
	"github.com/google/cel-go/common/decls"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/parser"
)

// The defaults of Limits.
const (
	defaultBytes = 4096
	defaultNodes = 500
	defaultCost  = 100_000
)

// An Env is what conditions can name. It is immutable and safe for concurrent
// use.
type Env struct {
	limits  Limits
	objects map[string]map[string]Type
	shapes  map[string]*Shape
	vars    []Variable
	funcs   []Function
	// byName leads from a function's name to its places in funcs.
	byName   map[string][]int
	provider *provider
	checker  *checker.Env
	parser   *parser.Parser
}

// NewEnv returns an Env with the object types, variables and functions given.
// It refuses names that a condition could not write, names that are taken, and
// types that nobody declares.
func NewEnv(objects []ObjectType, vars []Variable, funcs []Function, limits Limits) (*Env, error) {
	e := &Env{
		limits:  limits.withDefaults(),
		objects: make(map[string]map[string]Type, len(objects)),
		shapes:  make(map[string]*Shape, len(objects)),
		funcs:   slices.Clone(funcs),
		byName:  make(map[string][]int),
	}
	for _, o := range objects {
		if o.Name == "" || e.objects[o.Name] != nil {
			return nil, fmt.Errorf("object type %q: the name is empty or taken", o.Name)
		}
		e.objects[o.Name] = maps.Clone(o.Fields)
		if o.Fields == nil {
			e.objects[o.Name] = map[string]Type{}
		}
		if e.shapes[o.Name] = o.Shape; o.Shape == nil {
			e.shapes[o.Name] = NewShape(o.Fields, nil)
		} else if !slices.Equal(slices.Sorted(slices.Values(o.Shape.names)), slices.Sorted(maps.Keys(o.Fields))) {
			return nil, fmt.Errorf("object type %q: its Shape is of other fields", o.Name)
		}
	}
	for _, o := range objects {
		for _, name := range slices.Sorted(maps.Keys(o.Fields)) {
			if err := e.checkField(name, o.Fields[name]); err != nil {
				return nil, fmt.Errorf("object type %q: %w", o.Name, err)
			}
		}
	}
	for i, f := range funcs {
		if err := e.checkFunction(f); err != nil {
			return nil, fmt.Errorf("function %q: %w", f.Name, err)
		}
		e.byName[f.Name] = append(e.byName[f.Name], i)
	}
	if err := e.buildChecker(); err != nil {
		return nil, err
	}
	return e.Extend(vars)
}

// Extend returns an Env with more variables. It is cheap: everything else is
// shared.
func (e *Env) Extend(vars []Variable) (*Env, error) {
	out := *e
	out.vars = slices.Concat(e.vars, vars)
	chk, err := checker.NewEnv(containers.DefaultContainer, e.provider,
		checker.ValidatedDeclarations(e.checker), checker.CrossTypeNumericComparisons(true))
	if err != nil {
		return nil, err
	}
	for i, v := range vars {
		if err := e.checkName(v.Name); err != nil {
			return nil, fmt.Errorf("variable %q: %w", v.Name, err)
		}
		for _, w := range out.vars[:len(e.vars)+i] {
			if v.Name == w.Name {
				return nil, fmt.Errorf("variable %q: the name is taken", v.Name)
			}
		}
		if err := e.checkType(v.Type); err != nil {
			return nil, fmt.Errorf("variable %q: %w", v.Name, err)
		}
		if err := chk.AddIdents(decls.NewVariable(v.Name, celType(v.Type))); err != nil {
			return nil, fmt.Errorf("variable %q: %w", v.Name, err)
		}
	}
	out.checker = chk
	return &out, nil
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = defaultBytes
	}
	if l.Nodes <= 0 {
		l.Nodes = defaultNodes
	}
	if l.Cost == 0 {
		l.Cost = defaultCost
	}
	return l
}

// identifier is what CEL takes for a name.
var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// keywords are the words that CEL does not take for a field, either.
var keywords = []string{"true", "false", "null", "in"}

// reserved are the words that CEL keeps for itself besides the keywords.
var reserved = []string{"as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
	"loop", "package", "namespace", "return", "var", "void", "while"}

func (e *Env) checkField(name string, t Type) error {
	if !identifier.MatchString(name) || slices.Contains(keywords, name) {
		return fmt.Errorf("%q is no name for an attribute: a condition could not write it", name)
	}
	if err := e.checkType(t); err != nil {
		return fmt.Errorf("attribute %q: %w", name, err)
	}
	return nil
}

// checkName refuses what a condition could not write or CEL keeps for itself.
func (e *Env) checkName(name string) error {
	if !identifier.MatchString(name) || slices.Contains(keywords, name) || slices.Contains(reserved, name) {
		return errors.New("a condition could not write this name")
	}
	return nil
}

func (e *Env) checkType(t Type) error {
	if !t.IsValid() {
		return errors.New("the type is invalid")
	}
	if _, ok := e.objects[t.name]; t.base == objectBase && !ok {
		return fmt.Errorf("the object type %q is not declared", t.name)
	}
	return nil
}

func (e *Env) checkFunction(f Function) error {
	if err := e.checkName(f.Name); err != nil {
		return err
	}
	if isBuiltIn(f.Name) {
		return errors.New("CEL has this name already")
	}
	if f.Call == nil {
		return errors.New("it has no Call")
	}
	for _, p := range f.Params {
		each := []Type{p}
		for i, name := range p.oneOf() {
			each = append(each[:i], ObjectOf(name))
		}
		for _, t := range each {
			if err := e.checkType(t); err != nil {
				return fmt.Errorf("a parameter: %w", err)
			}
		}
	}
	if f.Literals == nil {
		return e.checkType(f.Result)
	}
	for _, lit := range slices.Sorted(maps.Keys(f.Literals)) {
		if err := e.checkType(f.Literals[lit]); err != nil {
			return fmt.Errorf("the literal %q: %w", lit, err)
		}
	}
	return nil
}

// buildChecker declares the admitted part of CEL and the functions.
func (e *Env) buildChecker() (err error) {
	e.provider = &provider{objects: e.objects}
	if e.parser, err = newParser(); err != nil {
		return err
	}
	if e.checker, err = checker.NewEnv(containers.DefaultContainer, e.provider); err != nil {
		return err
	}
	if err := e.checker.AddFunctions(admittedFunctions...); err != nil {
		return err
	}
	for i, f := range e.funcs {
		for _, name := range declaredNames(f) {
			decl, err := declare(i, f, name)
			if err != nil {
				return fmt.Errorf("function %q: %w", f.Name, err)
			}
			if err := e.checker.AddFunctions(decl); err != nil {
				return fmt.Errorf("function %q: %w", f.Name, err)
			}
		}
	}
	return nil
}

// declaredNames are the names under which the checker knows f: its own, or one
// for each literal, because the literal decides the type of the result.
func declaredNames(f Function) []string {
	if f.Literals == nil {
		return []string{f.Name}
	}
	names := slices.Sorted(maps.Keys(f.Literals))
	for i, lit := range names {
		names[i] = literalName(f.Name, lit)
	}
	return names
}

// literalName is the checker's name for a function called with a literal. No
// condition can write it.
func literalName(name, literal string) string { return name + "@" + literal }

// declare is the checker's declaration of e.funcs[i] under one of its names.
func declare(i int, f Function, name string) (*decls.FunctionDecl, error) {
	params, result := make([]*types.Type, 0, len(f.Params)+1), f.Result
	for n, p := range f.Params {
		if p.oneOf() != nil {
			params = append(params, types.NewTypeParamType(fmt.Sprint("P", n)))
		} else {
			params = append(params, celType(p))
		}
	}
	if f.Literals != nil {
		params = append(params, types.StringType)
		result = f.Literals[name[len(f.Name)+1:]]
	}
	return decls.NewFunction(name, decls.Overload(overloadID(i, name), params, celType(result)))
}

// overloadID names a declaration so that functionOf finds the function again.
func overloadID(i int, name string) string { return fmt.Sprintf("@%d %s", i, name) }

// functionOf is the index of the declared function that an overload belongs to.
func functionOf(overload string) (int, bool) {
	i := 0
	if n, _ := fmt.Sscanf(overload, "@%d ", &i); n != 1 {
		return 0, false
	}
	return i, true
}

// objectPrefix keeps the names of object types out of reach of a condition.
const objectPrefix = "@"

// celType is t as the checker knows it.
func celType(t Type) *types.Type {
	switch {
	case t.IsList():
		return types.NewListType(celType(t.Elem()))
	case t.IsMap():
		return types.NewMapType(types.StringType, celType(t.Elem()))
	case t.base == objectBase:
		return types.NewObjectType(objectPrefix + t.name)
	}
	return celScalars[t.base]
}

var celScalars = map[baseKind]*types.Type{
	boolBase: types.BoolType, intBase: types.IntType, uintBase: types.UintType, doubleBase: types.DoubleType,
	stringBase: types.StringType, bytesBase: types.BytesType,
	timestampBase: types.TimestampType, durationBase: types.DurationType,
}
