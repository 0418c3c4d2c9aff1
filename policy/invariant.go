package policy

import (
	"github.com/bailiwick-authz/bailiwick/internal/condition"
	"github.com/bailiwick-authz/bailiwick/internal/fault"
	"github.com/bailiwick-authz/bailiwick/internal/suggest"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// What an invariant can be for, besides a type of unit.
const (
	forUser = "user"
	forRole = "role"
)

// An invariant is an Invariant, compiled.
type invariant struct {
	Invariant
	program *condition.Program
}

// reads reports whether the invariant calls one of the functions.
func (v *invariant) reads(functions ...string) bool {
	for _, f := range functions {
		if v.program.Calls(f) {
			return true
		}
	}
	return false
}

func (c *compiler) compileInvariants() {
	if c.language == nil || len(c.document.Invariants) == 0 {
		return
	}
	vocabulary := c.invariantVocabulary()
	names, envs := map[string]bool{}, map[string]*condition.Env{}
	for i, inv := range c.document.Invariants {
		path := fault.Index("invariants", i)
		c.checkTitle(path, inv.Name, names)
		if inv.Severity > roles.Warn {
			c.faults.Add(fault.At(path, "severity"), "unknown severity %s: want refuse or warn", inv.Severity)
		}
		subject := c.subject(fault.At(path, "for"), inv.For)
		if subject == "" {
			continue
		}
		if !c.count(path, inv.Require, 1) {
			return
		}
		if envs[inv.For] == nil {
			env, err := condition.NewEnv(vocabulary.Objects,
				[]condition.Variable{{Name: subject, Type: condition.ObjectOf(inv.For)}},
				append(c.functionsFor(inv.For), vocabulary.Functions...),
				condition.Limits{Bytes: c.opts.MaxCondition, Nodes: c.opts.MaxConditionNodes, Cost: invariantCost})
			if err != nil {
				c.faults.Add(path, "%v", err)
				continue
			}
			envs[inv.For] = env
		}
		program, faults := envs[inv.For].Compile(inv.Require)
		for _, f := range faults {
			c.faults.AddAt(fault.At(path, "require"), f.Line, f.Column, "%s", f.Message)
		}
		c.invariants = append(c.invariants, &invariant{inv, program})
	}
}

// invariantCost bounds the steps of one evaluation. An invariant may look at
// every user and every school of an authority, where a condition looks at one
// question.
const invariantCost = 100_000_000

// subject returns the variable by which an invariant calls what it is for, or
// "" if there is no such thing.
func (c *compiler) subject(path, name string) string {
	switch typ := c.types.Type(name); {
	case name == forUser || name == forRole:
		return name
	case typ == nil:
		known := append(c.types.Names(), forUser, forRole)
		c.faults.Add(path, "an invariant is for a type of unit, user or role: unknown %q%s", name, suggest.Hint(name, known))
		return ""
	case !typ.Unit():
		c.faults.Add(path, "%q is not a unit: the directory does not know which there are", name)
		return ""
	}
	return "unit"
}

func (c *compiler) invariantVocabulary() scope.Vocabulary {
	vocabulary := scope.NewVocabulary(c.types, c.users)
	vocabulary.Objects = append(vocabulary.Objects,
		condition.ObjectType{Name: forRole, Fields: map[string]condition.Type{
			"id": condition.String, "name": condition.String, "scope": condition.String, "fixed": condition.Bool,
		}},
		condition.ObjectType{Name: "permission", Fields: map[string]condition.Type{
			"privilege": condition.String, "on": condition.String, "scope": condition.String,
		}},
		condition.ObjectType{Name: "binding", Fields: map[string]condition.Type{
			"role": condition.String, "unit": condition.ObjectOf("unit"),
			"from": condition.Timestamp, "until": condition.Timestamp,
		}})
	return vocabulary
}

// functionsFor declares the functions that an invariant for such a subject can
// call.
func (c *compiler) functionsFor(subject string) []condition.Function {
	user, listOf := condition.ObjectOf(forUser), condition.ListOf
	roleNames := map[string]condition.Type{}
	for _, r := range c.document.Roles {
		roleNames[r.Name] = condition.Bool
	}
	role := func(name string, result condition.Type, call call, params ...condition.Type) condition.Function {
		f := condition.Function{Name: name, Params: params, LiteralKind: "role", Literals: map[string]condition.Type{}, Call: call.of}
		for r := range roleNames {
			f.Literals[r] = result
		}
		return f
	}
	switch subject {
	case forRole:
		f := condition.Function{Name: "level", LiteralKind: "privilege", Literals: map[string]condition.Type{}, Call: call((*world).level).of}
		for _, p := range c.catalog.Privileges() {
			f.Literals[p.Name] = condition.Int
		}
		return []condition.Function{f, {
			Name: "permissions", Result: listOf(condition.ObjectOf("permission")), Call: call((*world).permissions).of,
		}}
	case forUser:
		return append(c.assignedFor((*world).assignedToSubject),
			role("holds", condition.Bool, (*world).subjectHolds),
			condition.Function{Name: "active", Result: condition.Bool, Call: call((*world).isActive).of},
			condition.Function{Name: "bindings", Result: listOf(condition.ObjectOf("binding")), Call: call((*world).bindings).of},
			condition.Function{Name: "assignments", Result: listOf(condition.ObjectOf("unit")), Call: call((*world).assignments).of})
	}
	units := condition.Function{Name: "units", LiteralKind: "type of unit", Literals: map[string]condition.Type{}, Call: call((*world).units).of}
	for _, typ := range c.types.All() {
		if typ.Unit() {
			units.Literals[typ.Name()] = listOf(condition.ObjectOf(typ.Name()))
		}
	}
	return append(c.assignedFor((*world).assignedTo, user),
		role("holders", listOf(user), (*world).holders),
		role("holds", condition.Bool, (*world).holds, user),
		condition.Function{Name: "members", Result: listOf(user), Call: call((*world).members).of},
		units)
}

// assignedFor declares assigned for every type of unit, after params.
func (c *compiler) assignedFor(f call, params ...condition.Type) []condition.Function {
	var units []string
	for _, typ := range c.types.All() {
		if typ.Unit() {
			units = append(units, typ.Name())
		}
	}
	if len(units) == 0 {
		return nil
	}
	return []condition.Function{{
		Name: "assigned", Params: append(params[:len(params):len(params)], condition.OneOf(units...)), Result: condition.Bool, Call: f.of,
	}}
}

// A call computes a function over the directory.
type call func(v *world, args []any) (any, error)

func (c call) of(directory any, args []any) (any, error) { return c(directory.(*world), args) }
