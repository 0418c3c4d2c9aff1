package reference

import (
	"fmt"
	"slices"
	"time"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// An Evaluator answers questions from one policy. It keeps what it read of
// conditions and is not safe for concurrent use.
type Evaluator struct {
	document policy.Document
	fixed    []roles.Role // the policy's
	// Programs by resource type and text; nil for a text that is wrong for the
	// type.
	programs     map[[2]string]*condition.Program
	environments map[string]*condition.Env
}

// New makes an Evaluator of a policy that policy.Compile accepts.
func New(document policy.Document) *Evaluator {
	e := &Evaluator{
		document:     document,
		programs:     map[[2]string]*condition.Program{},
		environments: map[string]*condition.Env{},
	}
	for _, r := range document.Roles {
		e.fixed = append(e.fixed, fixed(r))
	}
	return e
}

// scope returns the condition of a named scope.
func (e *Evaluator) scope(name string) string {
	for _, s := range e.document.Scopes {
		if s.Name == name {
			return s.When
		}
	}
	return ""
}

// facts is what the conditions of one question look at.
type facts struct {
	user     person
	resource []node
	context  map[string]any
	now      time.Time
}

// holds evaluates a condition.
func (e *Evaluator) holds(source string, f facts) condition.Outcome {
	key := [2]string{f.resource[0].ref.Type, source}
	program, known := e.programs[key]
	if !known {
		program, _ = e.environment(key[0]).Compile(source)
		e.programs[key] = program
	}
	if program == nil {
		return condition.Error
	}
	outcome, _ := program.Eval(condition.Input{
		Vars:  []any{f.user, context(f.context), f.now, placed(f.resource)},
		World: f.user.Assignments,
	})
	return outcome
}

// Field of a user is where they belong, as "unit" and by its type, what that is in,
// by type, one of their attributes, or their id.
func (p person) Field(name string) any {
	if name == "unit" && len(p.home) > 0 {
		return placed(p.home)
	}
	if above := placed(p.home).at(name); above != nil {
		return above
	}
	if name == "id" {
		return string(p.ID)
	}
	return field(p.attributes, name)
}

// context has the facts of a request as its fields.
type context map[string]any

// Field returns one of them.
func (c context) Field(name string) any { return field(c, name) }

// placed is a resource, with all that it is in, the outermost last.
type placed []node

// at returns that one which is of a type, with all that it is in; nil if none is.
func (p placed) at(typ string) placed {
	for i, n := range p {
		if n.ref.Type == typ {
			return p[i:]
		}
	}
	return nil
}

// Field of a resource is itself, or what it is in, by type, one of its attributes,
// its id or its type.
func (p placed) Field(name string) any {
	if above := p.at(name); above != nil {
		return above
	}
	switch name {
	case "id":
		return p[0].ref.ID
	case "type":
		return p[0].ref.Type
	}
	return field(p[0].attributes, name)
}

func field(fields map[string]any, name string) any {
	if v, ok := fields[name]; ok {
		return v
	}
	return condition.Absent
}

// assigned(x): x or something that it is in is among the assignments.
func assigned(world any, args []any) (any, error) {
	return slices.ContainsFunc(args[0].(placed), func(n node) bool {
		return slices.Contains(world.([]scope.Ref), n.ref)
	}), nil
}

// within(x, y): y is x or something that x is in.
func within(_ any, args []any) (any, error) {
	y := args[1].(placed)[0].ref
	return slices.ContainsFunc(args[0].(placed), func(n node) bool { return n.ref == y }), nil
}

// environment declares what conditions on a type of resource can name: user,
// context, now, resource.
func (e *Evaluator) environment(of string) *condition.Env {
	if env := e.environments[of]; env != nil {
		return env
	}
	unit := condition.ObjectType{Name: "unit", Fields: map[string]condition.Type{"id": condition.String, "type": condition.String}}
	user := condition.ObjectType{Name: "user", Fields: types(e.document.Users)}
	user.Fields["id"], user.Fields["unit"] = condition.String, condition.ObjectOf("unit")
	objects := []condition.ObjectType{unit, user, {Name: "context", Fields: types(e.document.Context)}}
	names, units := []string{"unit"}, []string{"unit"}
	for _, r := range e.document.Resources {
		fields := types(r.Attributes)
		fields["id"], fields["type"], fields[r.Name] = condition.String, condition.String, condition.ObjectOf(r.Name)
		for _, above := range e.above(r) {
			fields[above] = condition.ObjectOf(above)
		}
		objects = append(objects, condition.ObjectType{Name: r.Name, Fields: fields})
		names = append(names, r.Name)
		if r.Unit {
			units = append(units, r.Name)
			user.Fields[r.Name] = condition.ObjectOf(r.Name)
		}
	}
	var functions []condition.Function
	for _, inner := range names {
		for _, outer := range units {
			functions = append(functions, condition.Function{Name: "within", Call: within, Result: condition.Bool,
				Params: []condition.Type{condition.ObjectOf(inner), condition.ObjectOf(outer)}})
		}
		if inner != "unit" {
			functions = append(functions, condition.Function{Name: "assigned", Call: assigned, Result: condition.Bool,
				Params: []condition.Type{condition.ObjectOf(inner)}})
		}
	}
	env, err := condition.NewEnv(objects, []condition.Variable{
		{Name: "user", Type: condition.ObjectOf("user")},
		{Name: "context", Type: condition.ObjectOf("context")},
		{Name: "now", Type: condition.Timestamp},
		{Name: "resource", Type: condition.ObjectOf(of)},
	}, functions, condition.Limits{})
	if err != nil {
		panic(fmt.Sprintf("the policy is not one that compiles: %v", err))
	}
	e.environments[of] = env
	return env
}

// above returns the types that a resource of a type can be in, directly or not.
func (e *Evaluator) above(r policy.Resource) []string {
	var all []string
	for _, parent := range e.document.Resources {
		if slices.Contains(r.In, parent.Name) {
			all = append(append(all, parent.Name), e.above(parent)...)
		}
	}
	return all
}

// types reads declarations of attributes.
func types(declared map[string]string) map[string]condition.Type {
	all := map[string]condition.Type{}
	for name, text := range declared {
		typ, err := condition.ParseType(text)
		if err != nil {
			panic(fmt.Sprintf("the policy is not one that compiles: attribute %s: %v", name, err))
		}
		all[name] = typ
	}
	return all
}
