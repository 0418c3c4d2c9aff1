package condition_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

func TestNewEnvRefusesWhatNoConditionCouldWrite(t *testing.T) {
	call := func(any, []any) (any, error) { return nil, nil }
	object := func(name string, fields map[string]condition.Type) []condition.ObjectType {
		return []condition.ObjectType{{Name: name, Fields: fields}}
	}
	for want, declare := range map[string]struct {
		objects []condition.ObjectType
		vars    []condition.Variable
		funcs   []condition.Function
	}{
		`object type "": the name is empty or taken`:                                         {objects: object("", nil)},
		`object type "a": the name is empty or taken`:                                        {objects: append(object("a", nil), object("a", nil)...)},
		`object type "a": "in" is no name for an attribute: a condition could not write it`:  {objects: object("a", map[string]condition.Type{"in": condition.Int})},
		`object type "a": "x-y" is no name for an attribute: a condition could not write it`: {objects: object("a", map[string]condition.Type{"x-y": condition.Int})},
		`object type "a": attribute "x": the type is invalid`:                                {objects: object("a", map[string]condition.Type{"x": {}})},
		`object type "a": attribute "x": the object type "b" is not declared`:                {objects: object("a", map[string]condition.Type{"x": condition.ListOf(condition.ObjectOf("b"))})},
		`variable "": a condition could not write this name`:                                 {vars: []condition.Variable{{Name: "", Type: condition.Int}}},
		`variable "true": a condition could not write this name`:                             {vars: []condition.Variable{{Name: "true", Type: condition.Int}}},
		`variable "for": a condition could not write this name`:                              {vars: []condition.Variable{{Name: "for", Type: condition.Int}}},
		`variable "x": the name is taken`:                                                    {vars: []condition.Variable{{Name: "x", Type: condition.Int}, {Name: "x", Type: condition.Int}}},
		`variable "x": the object type "b" is not declared`:                                  {vars: []condition.Variable{{Name: "x", Type: condition.ObjectOf("b")}}},
		`function "size": CEL has this name already`:                                         {funcs: []condition.Function{{Name: "size", Result: condition.Int, Call: call}}},
		`function "dyn": CEL has this name already`:                                          {funcs: []condition.Function{{Name: "dyn", Result: condition.Int, Call: call}}},
		`function "has": CEL has this name already`:                                          {funcs: []condition.Function{{Name: "has", Result: condition.Int, Call: call}}},
		`function "a b": a condition could not write this name`:                              {funcs: []condition.Function{{Name: "a b", Result: condition.Int, Call: call}}},
		`function "f": it has no Call`:                                                       {funcs: []condition.Function{{Name: "f", Result: condition.Int}}},
		`function "f": the type is invalid`:                                                  {funcs: []condition.Function{{Name: "f", Call: call}}},
		`function "f": a parameter: the type is invalid`:                                     {funcs: []condition.Function{{Name: "f", Params: make([]condition.Type, 1), Result: condition.Int, Call: call}}},
		`function "f": the literal "x": the type is invalid`:                                 {funcs: []condition.Function{{Name: "f", Literals: map[string]condition.Type{"x": {}}, Call: call}}},
	} {
		_, err := condition.NewEnv(declare.objects, declare.vars, declare.funcs, condition.Limits{})
		assert.EqualError(t, err, want)
	}
}

func TestFunctionsShareANameByTheirParameters(t *testing.T) {
	says := func(what string) func(any, []any) (any, error) {
		return func(any, []any) (any, error) { return what, nil }
	}
	e, err := condition.NewEnv(nil, nil, []condition.Function{
		{Name: "f", Result: condition.String, Call: says("none")},
		{Name: "f", Params: []condition.Type{condition.Int}, Result: condition.String, Call: says("int")},
		{Name: "f", Params: []condition.Type{condition.String}, Result: condition.String, Call: says("string")},
		{Name: "f", Params: []condition.Type{condition.Int}, Literals: map[string]condition.Type{"a.b": condition.String, "": condition.String}, Call: says("literal")},
		{Name: "g", Literals: map[string]condition.Type{}, LiteralKind: "role", Call: says("")},
		{Name: "h", Params: []condition.Type{condition.Int}, Result: condition.String, Call: says("int")},
		{Name: "k", Result: condition.String, Call: says("none")},
		{Name: "h", Literals: map[string]condition.Type{"a": condition.String}, Call: says("literal")},
	}, condition.Limits{})
	require.NoError(t, err)
	for text, want := range map[string]condition.Outcome{
		`f() == "none" && f(1) == "int" && f("x") == "string"`: condition.True,
		`f(1, "a.b") == "literal" && f(2, "") == "literal"`:    condition.True,
		`h(1) == "int" && h("a") == "literal" && f() != ""`:    condition.True,
	} {
		p, faults := e.Compile(text)
		require.Empty(t, faults)
		out, err := p.Eval(condition.Input{})
		assert.Equal(t, want, out, "%v", err)
		assert.True(t, p.Calls("f"))
		assert.False(t, p.Calls("g"))
	}
	for text, want := range map[string]string{
		`f(1, "c") == ""`:  `1:6 unknown value "c"`,
		`f(1, 2, 3) == ""`: `1:1 f takes 0 or 1 or 2 arguments, not 3`,
		`f(true) == ""`:    `1:1 f(bool) does not exist: there is f(), f(int), f(string), f(int, "…")`,
		`f("", "") == ""`:  `1:1 f(string, string) does not exist: there is f(), f(int), f(string), f(int, "…")`,
		`g("x") == ""`:     `1:3 unknown role "x"`,
		`k(1) == ""`:       `1:1 k takes 0 arguments, not 1`,
		`h("b") == ""`:     `1:1 h(string) does not exist: there is h(int), h("…")`,
	} {
		_, faults := e.Compile(text)
		require.NotEmpty(t, faults, text)
		assert.Equal(t, want, position(faults[0]))
	}
}

// A function can take any of several types of object, and nothing else.
func TestAFunctionCanTakeOneOfSeveralObjects(t *testing.T) {
	fields := map[string]condition.Type{"id": condition.String}
	objects := []condition.ObjectType{{Name: "a", Fields: fields}, {Name: "b", Fields: fields}, {Name: "int", Fields: fields}, {Name: "d", Fields: fields}}
	vars := []condition.Variable{{Name: "a", Type: condition.ObjectOf("a")}, {Name: "i", Type: condition.ObjectOf("int")}, {Name: "d", Type: condition.ObjectOf("d")}}
	is := condition.Function{Name: "is", Params: []condition.Type{condition.OneOf("a", "b", "int"), condition.OneOf("a")}, Result: condition.Bool,
		Call: func(any, []any) (any, error) { return true, nil }}
	e, err := condition.NewEnv(objects, vars, []condition.Function{is}, condition.Limits{})
	require.NoError(t, err)
	for text, want := range map[string]string{
		`is(a, a) && is(i, a)`: "",
		`is(d, a)`:             `1:1 is(d, a) does not exist: there is is(a or b or int, a)`,
		`is(1, a)`:             `1:1 is(int, a) does not exist: there is is(a or b or int, a)`,
		`is([a], a)`:           `1:1 is(list(a), a) does not exist: there is is(a or b or int, a)`,
		`is([], a)`:            `1:4 nothing says what type the elements of this would have`,
		`is(i, i)`:             `1:1 is(int, int) does not exist: there is is(a or b or int, a)`,
	} {
		_, faults := e.Compile(text)
		if want == "" {
			assert.Empty(t, faults, text)
		} else if assert.NotEmpty(t, faults, text) {
			assert.Equal(t, want, position(faults[0]), text)
		}
	}
	is.Params[0] = condition.OneOf("a", "b", "int", "a")
	e, err = condition.NewEnv(objects, vars, []condition.Function{is}, condition.Limits{})
	require.NoError(t, err)
	_, faults := e.Compile(`is(d, a)`)
	assert.Contains(t, position(faults[0]), "is(a or b or int or a, a)")
	is.Params[0] = condition.OneOf("a", "b", "int", "a", "b")
	e, err = condition.NewEnv(objects, vars, []condition.Function{is}, condition.Limits{})
	require.NoError(t, err)
	_, faults = e.Compile(`is(d, a)`)
	assert.Contains(t, position(faults[0]), "is(a or b or int or a or …, a)")
	is.Params[0] = condition.OneOf("a", "nothing")
	_, err = condition.NewEnv(objects, vars, []condition.Function{is}, condition.Limits{})
	assert.EqualError(t, err, `function "is": a parameter: the object type "nothing" is not declared`)
}

func TestFunctionsThatCannotBeToldApartAreRefused(t *testing.T) {
	f := condition.Function{Name: "f", Params: []condition.Type{condition.Int}, Result: condition.Int, Call: func(any, []any) (any, error) { return nil, nil }}
	_, err := condition.NewEnv(nil, nil, []condition.Function{f, f}, condition.Limits{})
	assert.ErrorContains(t, err, `function "f"`)
}

// An extended Env has what the first has, and does not change it.
func TestExtendSharesTheRest(t *testing.T) {
	base, err := condition.NewEnv(nil, []condition.Variable{{Name: "a", Type: condition.Int}}, nil, condition.Limits{})
	require.NoError(t, err)
	one, err := base.Extend([]condition.Variable{{Name: "b", Type: condition.Int}})
	require.NoError(t, err)
	two, err := base.Extend([]condition.Variable{{Name: "b", Type: condition.String}})
	require.NoError(t, err)
	_, err = base.Extend([]condition.Variable{{Name: "a", Type: condition.Int}})
	assert.EqualError(t, err, `variable "a": the name is taken`)

	p, faults := one.Compile(`a == b`)
	require.Empty(t, faults)
	out, _ := p.Eval(condition.Input{Vars: []any{int64(1), int64(1)}})
	assert.Equal(t, condition.True, out)
	_, faults = two.Compile(`a == 1 && b == "x"`)
	assert.Empty(t, faults)
	_, faults = base.Compile(`b == 1`)
	assert.NotEmpty(t, faults)
}

func TestAProgramKnowsItsText(t *testing.T) {
	e := newEnv(t)
	for text, always := range map[string]bool{`true`: true, ` ((true)) `: true, `true && true`: false, `!false`: false, `resource.signed_off`: false} {
		p, faults := e.Compile(text)
		require.Empty(t, faults)
		assert.Equal(t, always, p.Always(), text)
		assert.Equal(t, text, p.Source())
	}
}

func TestARecordIsAnObjectWithNumberedFields(t *testing.T) {
	e := newEnv(t)
	assert.Nil(t, e.Shape("nothing"))
	shape := e.Shape("user")
	assert.Equal(t, []string{"agency", "id", "roles"}, shape.Names())
	id, ok := shape.Slot("id")
	assert.True(t, ok)
	_, ok = shape.Slot("nothing")
	assert.False(t, ok)

	user, file := shape.New(), e.Shape("case").New()
	assert.Equal(t, condition.Absent, user.Field("id"))
	assert.Equal(t, condition.Absent, user.Field("nothing"))
	user.Set(id, "ann")
	assert.Equal(t, "ann", user.Field("id"))

	p, faults := e.Compile(`user.id == "ann" && !has(resource.id)`)
	require.Empty(t, faults)
	out, err := p.Eval(condition.Input{Vars: []any{user, file, noon}})
	assert.Equal(t, condition.True, out, "%v", err)
	// A Record of another Shape is read by name, never by the number.
	out, _ = p.Eval(condition.Input{Vars: []any{newEnv(t).Shape("user").New(), file, noon}})
	assert.Equal(t, condition.Error, out)
	out, _ = p.Eval(condition.Input{Vars: []any{file, user, noon}})
	assert.NotEqual(t, condition.True, out, "swapped")
	out, err = p.Eval(condition.Input{Vars: []any{(*condition.Record)(nil), file, noon}})
	assert.Equal(t, condition.Error, out)
	assert.ErrorContains(t, err, "user is nil")
}

// T-05: a value of another type than was declared is an error wherever it is
// looked at, never merely different.
func TestAWrongTypeIsAnError(t *testing.T) {
	wrong := thing{"status": int64(1), "warnings": "1", "assignees": []any{int64(1)}, "labels": map[string]any{"ward": int64(7)}, "signed_off": "false",
		"opened": "2026-01-01T00:00:00Z", "score": int64(1), "size": int64(1), "age": int64(1), "raw": "ab", "owner": "ann"}
	for _, text := range []string{
		`resource.status == "1"`, `resource.status != "1"`, `"1" == resource.status`, `resource.warnings == 1`, `resource.warnings != 1`, `resource.warnings < 2`,
		`"ann" in resource.assignees`, `!("ann" in resource.assignees)`, `resource.assignees == ["ann"]`, `resource.assignees != ["ann"]`, `["ann"] == resource.assignees`,
		`resource.assignees[0] == "ann"`, `resource.assignees.exists(a, a == "ann")`, `resource.assignees.all(a, a != "ann")`, `resource.labels.ward == "7"`,
		`resource.labels == {"ward": "7"}`, `resource.labels != {"ward": "7"}`, `resource.labels["ward"] != "7"`, `!resource.signed_off`, `resource.signed_off`,
		`resource.opened < now`, `resource.opened == now`, `resource.score == 1.0`, `resource.size == 1u`, `resource.age == duration("1s")`, `resource.raw == b"ab"`,
		`resource.owner.id == "ann"`, `has(resource.owner.id)`, `within(resource, resource.status)`, `resource.assignees.map(a, a) == ["ann"]`, `resource.assignees.filter(a, true) == ["ann"]`,
	} {
		out, err := ask(t, text, wrong, nil)
		assert.Equal(t, condition.Error, out, text)
		if err != nil {
			assert.NotContains(t, err.Error(), "panicked", text)
		}
	}
	out, err := ask(t, `resource.status == "1"`, wrong, nil)
	assert.Equal(t, condition.Error, out)
	assert.EqualError(t, err, "resource.status is int64, not string")
	out, _ = ask(t, `resource.id == "1"`, "no object", nil)
	assert.Equal(t, condition.Error, out)
}

// No message grows with what it is about.
func TestMessagesAreBounded(t *testing.T) {
	long := strings.Repeat("x", 4000)
	e := newEnv(t)
	for _, text := range []string{long, `user.` + long + ` == 1`, long + `(1)`, `holders("` + long + `")`, `{"` + long[:1900] + `": 1, "` + long[:1900] + `": 2} == {}`, `"` + long + `" == 1`} {
		_, faults := e.Compile(text)
		require.NotEmpty(t, faults)
		for _, f := range faults {
			assert.Less(t, len(f.Message), 200)
		}
	}
}
