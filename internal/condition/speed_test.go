package condition_test

import (
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/interpreter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// speeds is how often the speeds are measured, of which the median counts; see
// the package comment.
var speeds, _ = strconv.Atoi(os.Getenv("CONDITION_SPEED"))

// The shares of cel-go's time that conditions may take, at the median of the
// five.
const (
	onStructs = 1.0 / 15
	onMaps    = 1.0 / 8
)

// A caseFile is a resource as an application has it.
type caseFile struct {
	ID        string    `bailiwick:",id"`
	Assignees []string  `bailiwick:"assignees"`
	Status    string    `bailiwick:"status"`
	SignedOff bool      `bailiwick:"signed_off"`
	Opened    time.Time `bailiwick:"opened"`
	Warnings  int       `bailiwick:"warnings"`
	Owner     string    `bailiwick:"owner"`
}

// Each condition's time is held against that of cel-go's interpreter, in one
// run: as the engine asks it, about a resource whose attributes came as a struct
// or as a map, and about Objects that look each field up in a map. All of them,
// cel-go too, are given what they look at before the clock runs: an engine asks
// many conditions about one question.
func TestConditionsAreFast(t *testing.T) {
	world := newSpeedWorld(t)
	var structs, maps []float64
	t.Logf("%-8s %18s %18s %18s %12s", "", contenders[0], contenders[1], contenders[2], contenders[3])
	for _, c := range condition.Benchmarks {
		took := measure(max(speeds, 3), world.contenders(t, c.Text)...)
		celGo := took[3]
		structs, maps = append(structs, took[0]/celGo), append(maps, took[1]/celGo)
		t.Logf("%-8s %7.1f ns (1/%4.1f) %7.1f ns (1/%4.1f) %7.1f ns (1/%4.1f) %9.1f ns", c.Name,
			took[0], celGo/took[0], took[1], celGo/took[1], took[2], celGo/took[2], celGo)
	}
	t.Logf("%-8s %18s %18s", "median", "1/"+strconv.FormatFloat(1/median(structs), 'f', 1, 64), "1/"+strconv.FormatFloat(1/median(maps), 'f', 1, 64))
	if speeds > 0 {
		assert.Less(t, median(structs), onStructs)
		assert.Less(t, median(maps), onMaps)
	}
}

func BenchmarkConditions(b *testing.B) {
	world := newSpeedWorld(b)
	for _, c := range condition.Benchmarks {
		for i, ask := range world.contenders(b, c.Text) {
			b.Run(c.Name+"/"+contenders[i], func(b *testing.B) {
				b.ReportAllocs()
				ask(b.N)
			})
		}
	}
}

// A speedWorld is one question in all the forms that it is asked in.
type speedWorld struct {
	language      *scope.Language
	bound, mapped *scope.Place
	now           time.Time
	vars          map[string]any
}

func newSpeedWorld(t testing.TB) speedWorld {
	attributes := map[string]string{
		"assignees": "list(string)", "status": "string", "signed_off": "bool", "opened": "timestamp", "warnings": "int", "owner": "string",
	}
	types, err := scope.NewTypes([]scope.TypeSpec{{Name: "case", Attributes: attributes}})
	require.NoError(t, err)
	none, err := scope.NewAttributeTypes(nil)
	require.NoError(t, err)
	w := speedWorld{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	w.language, err = scope.NewLanguage(types, none, none, scope.Limits{})
	require.NoError(t, err)
	file := caseFile{ID: "c1", Status: "open", Opened: w.now.Add(-time.Hour), Owner: "ann.smith"}
	for i := range 10 {
		file.Assignees = append(file.Assignees, "u"+strconv.Itoa(i))
	}
	given := scope.Map{
		"assignees": file.Assignees, "status": file.Status, "signed_off": file.SignedOff, "opened": file.Opened, "warnings": file.Warnings, "owner": file.Owner,
	}
	structs, err := scope.StructOf[caseFile](types, "case")
	require.NoError(t, err)
	w.bound, err = types.Locate(structs.Resource(&file), nil)
	require.NoError(t, err)
	w.mapped, err = types.Locate(scope.Resource{Type: "case", ID: "c1", Attributes: given}, nil)
	require.NoError(t, err)
	resource := map[string]any{}
	for name, v := range given {
		of, err := condition.ParseType(attributes[name])
		require.NoError(t, err)
		resource[name], err = of.Normalize(v)
		require.NoError(t, err)
	}
	w.vars = map[string]any{"user": map[string]any{"id": "u9"}, "resource": resource, "now": w.now}
	return w
}

// contenders are the ways in which a condition is asked.
var contenders = [...]string{"struct", "map", "other objects", "cel-go"}

func (w speedWorld) contenders(t testing.TB, text string) []func(n int) {
	return []func(n int){w.asked(t, text, w.bound), w.asked(t, text, w.mapped), w.byName(t, text), w.interpreted(t, text)}
}

// asked asks the condition as an engine does.
func (w speedWorld) asked(t testing.TB, text string, place *scope.Place) func(n int) {
	p, err := w.language.Predicate("speed", text, []string{"case"})
	require.NoError(t, err)
	ask := new(scope.Evaluator)
	ask.Set(scope.Facts{User: &scope.Subject{ID: "u9"}, Resource: place, Now: w.now})
	return func(n int) {
		for range n {
			if truth, err := ask.Eval(p); truth != scope.True {
				panic(err)
			}
		}
	}
}

// byName asks the condition about Objects that know nothing of numbers.
func (w speedWorld) byName(t testing.TB, text string) func(n int) {
	e, err := condition.NewEnv([]condition.ObjectType{
		{Name: "user", Fields: map[string]condition.Type{"id": condition.String}},
		{Name: "case", Fields: map[string]condition.Type{
			"assignees": condition.ListOf(condition.String), "status": condition.String, "signed_off": condition.Bool,
			"opened": condition.Timestamp, "warnings": condition.Int, "owner": condition.String,
		}},
	}, []condition.Variable{{Name: "user", Type: condition.ObjectOf("user")}, {Name: "resource", Type: condition.ObjectOf("case")}, {Name: "now", Type: condition.Timestamp}}, nil, condition.Limits{})
	require.NoError(t, err)
	p, faults := e.Compile(text)
	require.Empty(t, faults)
	f := new(condition.Frame)
	f.Set(condition.Input{Vars: []any{thing(w.vars["user"].(map[string]any)), thing(w.vars["resource"].(map[string]any)), w.now}})
	return func(n int) {
		for range n {
			if out, err := p.Run(f); out != condition.True {
				panic(err)
			}
		}
	}
}

// interpreted asks cel-go as it comes, on maps, with nothing of ours between.
func (w speedWorld) interpreted(t testing.TB, text string) func(n int) {
	env, err := cel.NewEnv(cel.Variable("user", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("resource", cel.MapType(cel.StringType, cel.DynType)), cel.Variable("now", cel.TimestampType))
	require.NoError(t, err)
	tree, issues := env.Compile(text)
	require.NoError(t, issues.Err())
	program, err := env.Program(tree)
	require.NoError(t, err)
	activation, err := interpreter.NewActivation(w.vars)
	require.NoError(t, err)
	return func(n int) {
		for range n {
			if v, _, err := program.Eval(activation); v != types.True {
				panic(err)
			}
		}
	}
}

// measure runs each of the functions for some milliseconds, all in turn, as
// often as it is told, and returns the median of each one's nanoseconds.
func measure(times int, all ...func(n int)) []float64 {
	took := make([][]float64, len(all))
	for range times {
		for i, f := range all {
			took[i] = append(took[i], timeOne(f))
		}
	}
	medians := make([]float64, len(all))
	for i := range all {
		medians[i] = median(took[i])
	}
	return medians
}

// timeOne is how many nanoseconds f takes for one of its turns.
func timeOne(f func(n int)) float64 {
	for n := 1000; ; n *= 4 {
		start := time.Now()
		f(n)
		if took := time.Since(start); took > 3*time.Millisecond {
			return float64(took) / float64(n)
		}
	}
}

func median(of []float64) float64 {
	of = slices.Sorted(slices.Values(of))
	return of[len(of)/2]
}
