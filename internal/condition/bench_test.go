package condition

import (
	"fmt"
	"testing"
	"time"
)

// plain is an Object on a map.
type plain map[string]any

func (o plain) Field(name string) any {
	if v, ok := o[name]; ok {
		return v
	}
	return Absent
}

// benchmarks are the conditions whose speed is held.
var benchmarks = []struct{ Name, Text string }{
	{"in", `user.id in resource.assignees`},
	{"status", `resource.status == "open" && !resource.signed_off`},
	{"time", `resource.opened < now`},
	{"three", `resource.status == "open" && resource.warnings == 0 && resource.owner.startsWith("ann")`},
	{"exists", `resource.assignees.exists(a, a == user.id)`},
}

func benchmarkEnv(t testing.TB) (*Env, Input, Input) {
	t.Helper()
	e, err := NewEnv([]ObjectType{
		{Name: "user", Fields: map[string]Type{"id": String}},
		{Name: "case", Fields: map[string]Type{"assignees": ListOf(String), "status": String, "signed_off": Bool, "opened": Timestamp, "warnings": Int, "owner": String}},
	}, []Variable{{"user", ObjectOf("user")}, {"resource", ObjectOf("case")}, {"now", Timestamp}}, nil, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	assignees := make([]any, 10)
	for i := range assignees {
		assignees[i] = fmt.Sprintf("u%d", i)
	}
	user := plain{"id": "u9"}
	resource := plain{"assignees": assignees, "status": "open", "signed_off": false, "opened": now.Add(-time.Hour), "warnings": int64(0), "owner": "ann.smith"}
	recordOf := func(object string, from plain) *Record {
		r := e.Shape(object).New()
		for i, name := range e.Shape(object).Names() {
			put(r, i, from[name])
		}
		return r
	}
	return e, Input{Vars: []any{user, resource, now}},
		Input{Vars: []any{recordOf("user", user), recordOf("case", resource), now}}
}

func BenchmarkCompile(b *testing.B) {
	e, _, _ := benchmarkEnv(b)
	for b.Loop() {
		if _, faults := e.Compile(benchmarks[3].Text); len(faults) > 0 {
			b.Fatal(faults)
		}
	}
}

func BenchmarkNewEnv(b *testing.B) {
	roles := map[string]Type{}
	for i := range 500 {
		roles[fmt.Sprint("role ", i)] = ListOf(String)
	}
	call := func(any, []any) (any, error) { return nil, nil }
	for b.Loop() {
		if _, err := NewEnv(nil, nil, []Function{{Name: "holders", Literals: roles, Call: call}, {Name: "is", Literals: roles, Call: call}}, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExtend(b *testing.B) {
	e, _, _ := benchmarkEnv(b)
	for b.Loop() {
		if _, err := e.Extend([]Variable{{"more", Int}}); err != nil {
			b.Fatal(err)
		}
	}
}
