package scope

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
	"github.com/bailiwick-authz/bailiwick/internal/fault"
)

// A Truth is what a predicate comes to. The zero Truth is Undefined: a
// predicate that nobody evaluated is not true.
type Truth uint8

const (
	// Undefined: the predicate has no value. An attribute that it needs is
	// absent, a number overflows, a bound was passed. It never allows.
	Undefined Truth = iota
	// False: it does not hold.
	False
	// True: it holds.
	True
	// Unknown: what is not known yet decides.
	Unknown
)

// String returns "undefined", "false", "true" or "unknown".
func (t Truth) String() string {
	if t > Unknown {
		return fmt.Sprintf("Truth(%d)", uint8(t))
	}
	return [...]string{"undefined", "false", "true", "unknown"}[t]
}

// A Language is what a policy's conditions are written in: CEL over the
// declared user, resource, context and now. It is immutable.
type Language struct {
	types     *Types
	users     *AttributeTypes
	user      layout
	noContext *Values
	envs      map[string]*condition.Env // by resource type
	// thrifty is whether the bound on steps may be below what assigned takes: then
	// not even that is asked without counting.
	thrifty bool
}

// Limits bound the conditions of a policy. A zero field means its default.
type Limits struct {
	// Bytes is the greatest length of a condition. Default 4096.
	Bytes int
	// Nodes is the greatest number of nodes in its syntax tree. Default 500.
	Nodes int
	// Cost bounds the steps of one evaluation, of at most some 10 ns. Default
	// 100 000.
	Cost uint64
}

// NewLanguage makes the language of conditions over the given types of
// resources and the given attributes of users and context.
func NewLanguage(types *Types, user, context *AttributeTypes, limits Limits) (*Language, error) {
	vocabulary := NewVocabulary(types, user)
	vocabulary.Objects = append(vocabulary.Objects,
		condition.ObjectType{Name: "context", Fields: context.fields(map[string]condition.Type{}), Shape: context.recordShape()})
	base, err := condition.NewEnv(vocabulary.Objects, []condition.Variable{
		{Name: "user", Type: condition.ObjectOf("user")},
		{Name: "context", Type: condition.ObjectOf("context")},
		{Name: "now", Type: condition.Timestamp},
	}, append(vocabulary.Functions, assignedFunctions(types)...), condition.Limits(limits))
	if err != nil {
		return nil, err
	}
	none, err := context.Check(Map(nil))
	if err != nil {
		return nil, err
	}
	l := &Language{types: types, users: user, user: vocabulary.user, noContext: none, envs: map[string]*condition.Env{},
		thrifty: limits.Cost != 0 && limits.Cost < 2*assignedSteps}
	for _, typ := range types.All() {
		l.envs[typ.name], err = base.Extend([]condition.Variable{{Name: "resource", Type: condition.ObjectOf(typ.name)}})
		if err != nil {
			return nil, err
		}
	}
	return l, nil
}

// A Vocabulary is what the conditions of every kind have in common: objects
// for the user and for resources, and functions over them.
type Vocabulary struct {
	Objects   []condition.ObjectType
	Functions []condition.Function

	user layout
}

// NewVocabulary returns the objects user, unit and one for each type, and the
// function within.
func NewVocabulary(types *Types, user *AttributeTypes) Vocabulary {
	userFields := user.fields(map[string]condition.Type{idField: condition.String, unitField: condition.ObjectOf("unit")})
	v := Vocabulary{Objects: []condition.ObjectType{{
		Name: "unit", Fields: unitFields, Shape: anyUnit,
	}}}
	for _, typ := range types.All() {
		v.Objects = append(v.Objects, condition.ObjectType{Name: typ.name, Fields: typ.fields(), Shape: typ.layout.shape})
		if typ.unit {
			userFields[typ.name] = condition.ObjectOf(typ.name)
		}
	}
	v.user = types.lay(userFields, user, nil)
	v.Objects = append(v.Objects, condition.ObjectType{Name: "user", Fields: userFields, Shape: v.user.shape})
	v.Functions = append(v.Functions, condition.Function{
		Name: "within",
		Params: []condition.Type{
			condition.OneOf(append(types.Names(), "unit")...),
			condition.OneOf(append(unitNames(types), "unit")...),
		},
		Result: condition.Bool, Call: callWithin,
	})
	return v
}

func unitNames(types *Types) []string {
	var names []string
	for _, typ := range types.All() {
		if typ.unit {
			names = append(names, typ.name)
		}
	}
	return names
}

// assignedFunctions declares assigned(resource) for every type of resource.
func assignedFunctions(types *Types) []condition.Function {
	if len(types.ordered) == 0 {
		return nil
	}
	return []condition.Function{{
		Name: "assigned", Params: []condition.Type{condition.OneOf(types.Names()...)}, Result: condition.Bool,
		Steps: assignedSteps, Call: callAssigned,
	}}
}

// assignedSteps is what assigned is reckoned at: it looks up a resource and all
// that it is in, which can be 32.
const assignedSteps = 150

func callWithin(_ any, args []any) (any, error) {
	inner, outer := args[0].(*Place), args[1].(*Place)
	if outer != nil && outer.ref.ID == "" {
		return condition.Pending, nil
	}
	return inner.Within(outer.Ref()).value(), nil
}

func callAssigned(world any, args []any) (any, error) {
	facts, place := world.(*Facts), args[0].(*Place)
	assigned := place.Assigned(facts.User.Assignments)
	facts.trace.assigned(facts.User, place, assigned)
	return assigned.value(), nil
}

// value is the canonical value of a Truth that is not Undefined.
func (t Truth) value() any {
	if t == Unknown {
		return condition.Pending
	}
	return t == True
}

// A Predicate is a condition on a question, compiled for every type of
// resource that it can be asked about. It is immutable.
type Predicate struct {
	name, source string
	always       bool // it is the literal true
	assigned     bool // it is no more than assigned(resource)
	atHome       bool // it may look at where the user belongs
	atNow        bool // and at the instant
	language     *Language
	programs     map[string]*condition.Program // by resource type
	leftovers    map[string]func() *leftover   // by resource type
	byIndex      []*condition.Program          // the same, by the type's index: found faster
	faults       map[string]*fault.List        // of the types that it is not for
	distance     map[string]int                // from being for them: see distance
}

// Predicate compiles a condition, whose name is for messages only, for the
// named types of resource, at least one. Its error tells of everything that is
// wrong with it, at its place, for one of the types.
func (l *Language) Predicate(name, source string, on []string) (*Predicate, error) {
	p := l.compile(name, source, on)
	for _, typ := range on {
		if faults := p.faults[typ]; faults != nil {
			return nil, faults
		}
	}
	return p, nil
}

// AnyPredicate compiles a condition for every type for which that is possible.
// Its error tells why there is none.
func (l *Language) AnyPredicate(name, source string) (*Predicate, error) {
	p := l.compile(name, source, l.types.Names())
	if len(p.programs) > 0 || len(p.faults) == 0 {
		return p, nil
	}
	best, least := "", 0
	for _, typ := range l.types.Names() {
		if far := p.distance[typ]; best == "" || far < least {
			best, least = typ, far
		}
	}
	return nil, p.faults[best]
}

// distance says how far a condition is from being one on a type: farthest where
// the type has none of the attributes that it names, nearer where an attribute
// is almost right, nearest where it has them all and something else is wrong.
func distance(faults []condition.Fault) int {
	far := len(faults)
	for _, f := range faults {
		if f.Missing {
			far += 1000
		}
		if f.Missing && !f.Hinted {
			far += 1000
		}
	}
	return far
}

func (l *Language) compile(name, source string, on []string) *Predicate {
	p := &Predicate{
		name: name, source: source, language: l,
		assigned: strings.TrimSpace(source) == "assigned(resource)" && !l.thrifty,
		programs: map[string]*condition.Program{}, byIndex: make([]*condition.Program, len(l.types.ordered)),
		leftovers: map[string]func() *leftover{},
		faults:    map[string]*fault.List{}, distance: map[string]int{},
	}
	for _, typ := range on {
		program, faults := l.envs[typ].Compile(source)
		if len(faults) == 0 {
			p.always = program.Always()
			p.look(program)
			p.programs[typ], p.byIndex[l.types.byName[typ].index] = program, program
			p.leftovers[typ] = sync.OnceValue(func() *leftover {
				return &leftover{residual: program.Residual("resource", map[string]string{typeField: typ})}
			})
			continue
		}
		list := &fault.List{}
		for _, f := range faults {
			list.AddAt("", f.Line, f.Column, "%s", f.Message)
		}
		p.faults[typ], p.distance[typ] = list, distance(faults)
	}
	return p
}

// Name returns the predicate's name.
func (p *Predicate) Name() string { return p.name }

// Source returns the condition as it was written.
func (p *Predicate) Source() string { return p.source }

// LooksAtHome reports whether the condition may look at where the user belongs.
func (p *Predicate) LooksAtHome() bool { return p.atHome }

// LooksAtNow reports whether the condition may look at the instant of the question.
func (p *Predicate) LooksAtNow() bool { return p.atNow }

// look notes what a program of the predicate may look at.
func (p *Predicate) look(program *condition.Program) {
	_, now := program.Fields("now")
	p.atNow = p.atNow || now
	fields, whole := program.Fields("user")
	p.atHome = p.atHome || whole || slices.ContainsFunc(fields, func(field string) bool {
		return field == unitField || p.language.types.byName[field] != nil
	})
}

// Calls reports whether the condition calls a function, such as assigned.
func (p *Predicate) Calls(function string) bool {
	for _, program := range p.programs {
		if program.Calls(function) {
			return true
		}
	}
	return false
}

// Always reports whether the condition is the literal true.
func (p *Predicate) Always() bool { return p.always }

// For reports whether the predicate can be asked about resources of a type;
// the error says why not.
func (p *Predicate) For(resourceType string) error {
	if p.programs[resourceType] != nil {
		return nil
	}
	if f := p.faults[resourceType]; f != nil {
		messages := make([]string, f.Len())
		for i, each := range f.All() {
			messages[i] = each.Message
		}
		return fmt.Errorf("%q is not for %s: %s", p.name, resourceType, strings.Join(messages, "; "))
	}
	return fmt.Errorf("%q is not for %s", p.name, resourceType)
}

// A Form is how a predicate can be asked about resources of a type.
type Form uint8

const (
	// Condition is a predicate for Eval, as every predicate is.
	Condition Form = iota
	// Always is the literal true.
	Always
	// Assigned is assigned(resource): what Place.Assigned says.
	Assigned
)

// Form returns how the predicate can be asked about resources of the type, which
// is one of the types that the predicate was made for.
func (p *Predicate) Form(typ *Type) Form {
	switch {
	case p.language.types.byName[typ.name] != typ || p.byIndex[typ.index] == nil:
		return Condition
	case p.always:
		return Always
	case p.assigned:
		return Assigned
	}
	return Condition
}

// Eval says whether the predicate holds of the facts. The error is not nil
// exactly if it is Undefined, and says why. An Evaluator is for who has many
// predicates to ask.
func (p *Predicate) Eval(f Facts) (Truth, error) {
	e := evaluators.Get().(*Evaluator)
	e.Set(f)
	truth, err := e.Eval(p)
	e.Set(Facts{})
	evaluators.Put(e)
	return truth, err
}

// NeedsAssignment reports whether the predicate plainly holds of no resource of the
// type that is not assigned to the user, nor in anything that is.
func (p *Predicate) NeedsAssignment(typ *Type) bool {
	left := p.left(typ.name)
	return left != nil && needsAssignment(left.residual.Term())
}

// left is what is left of the predicate when all but the resource is known; nil
// if it is not for the type.
func (p *Predicate) left(resourceType string) *leftover {
	if made := p.leftovers[resourceType]; made != nil {
		return made()
	}
	return nil
}

// Explain says in a clause why the predicate holds of the facts or does not:
// "school:s9 is not assigned to ann". It is for people, and not fast.
func (p *Predicate) Explain(f Facts) string {
	f.trace = &trace{}
	truth, err := p.Eval(f)
	switch {
	case err != nil:
		return fmt.Sprintf("%s has no value: %v", p.source, err)
	case f.trace.text(truth) != "":
		return f.trace.text(truth)
	case truth == True && p.Always():
		return ""
	case truth == True:
		return p.source + " holds"
	case truth == False:
		return p.source + " does not hold"
	}
	return p.source + " depends on what is not known yet"
}

// A trace keeps what the functions that a predicate calls were asked. The nil
// trace keeps nothing.
type trace struct{ yes, no string }

func (t *trace) assigned(user *Subject, place *Place, truth Truth) {
	if t == nil {
		return
	}
	switch truth {
	case True:
		t.yes = fmt.Sprintf("%s is assigned to %s", place.assignedBy(user.Assignments), user.ID)
	case False:
		t.no = fmt.Sprintf("%s is not assigned to %s", place.assignable(), user.ID)
	}
}

// text is the sentence that goes with what the predicate came to.
func (t *trace) text(truth Truth) string {
	switch truth {
	case True:
		return t.yes
	case False:
		return t.no
	}
	return ""
}
