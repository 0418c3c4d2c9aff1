package condition

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A mistaken thing holds something of a wrong type where another is absent.
type mistaken struct {
	of    Object
	wrong any
}

func (o mistaken) Field(name string) any {
	switch v := o.of.Field(name).(type) {
	case State:
		if thingFields[name].Object() == "" {
			return o.wrong
		}
		return v
	case *thing:
		return mistaken{v, o.wrong}
	default:
		return v
	}
}

// T-05: to any condition without has(), a value of a wrong type is the same as
// none at all.
func TestAWrongTypeIsLikeNothing(t *testing.T) {
	e, choose, compared := generated(), newRandom(rand.Uint64()), 0
	for compared < max(pairs/20, 2000) {
		g := &texts{chooser: choose, used: map[string]int{}}
		text := g.expr(Bool, 1+choose.IntN(5))
		if g.used["has(field)"] > 0 {
			continue
		}
		p, faults := e.Compile(text)
		require.Empty(t, faults, text)
		for range 5 {
			in := (&values{chooser: choose}).input()
			want, _ := p.Eval(in)
			for _, wrong := range []any{struct{}{}, 1, []string{"a"}, map[string]int{}, nil} {
				in := Input{Vars: []any{mistaken{in.Vars[0].(*thing), wrong}, mistaken{in.Vars[1].(*thing), wrong}, in.Vars[2], in.Vars[3]}, World: in.World}
				got, err := p.Eval(in)
				require.Equal(t, want, got, "%s with %#v: %v", text, wrong, err)
			}
			compared++
		}
	}
}

// panicking is an Object that is broken.
type panicking struct{}

func (panicking) Field(string) any { panic(errors.New("broken")) }

// T-17: a panic of an Object is an error, and leaves nothing behind.
func TestAPanicIsAnError(t *testing.T) {
	e := generated()
	p, faults := e.Compile(`near(y, x.s) || count(1, objects("ints")) == 1`)
	require.Empty(t, faults)
	f := new(Frame)
	f.Set(Input{Vars: []any{panicking{}, panicking{}, time.Time{}, int64(0)}, World: record{"ints": []any{}, "count": int64(1), "near": false}})
	out, err := p.Run(f)
	assert.Equal(t, Error, out)
	assert.ErrorContains(t, err, "broken")
	f.Set(Input{Vars: []any{plain{"s": "a"}, plain{}, time.Time{}, int64(0)}, World: record{"ints": []any{}, "count": int64(1), "near": false}})
	out, err = p.Run(f)
	assert.Equal(t, True, out, "%v", err)
}

// Also where there is no function, and where the Object is in a Record.
func TestAPanicOfAnObjectIsAnErrorWhereverItIs(t *testing.T) {
	e := generated()
	records := [3]*Record{e.Shape("thing").New(), e.Shape("thing").New(), e.Shape("thing").New()}
	o, _ := e.Shape("thing").Slot("o")
	records[0].Set(o, panicking{})
	records[1].Copy(o, records[0], o)
	records[2].Set(o, records[1])
	for _, c := range []struct {
		text string
		x    any
	}{
		{`x.s == "a"`, panicking{}}, {`x.o.s == "a"`, plain{"o": panicking{}}},
		{`x.o.s == "a"`, records[0]}, {`x.o.s == "a"`, records[1]}, {`x.o.o.s == "a"`, records[2]},
	} {
		p, faults := e.Compile(c.text)
		require.Empty(t, faults)
		out, err := p.Eval(Input{Vars: []any{c.x, plain{}, time.Time{}, int64(0)}})
		assert.Equal(t, Error, out)
		assert.ErrorContains(t, err, "broken", c.text)
		if r, ok := c.x.(*Record); ok {
			f := new(Frame)
			f.Start(4, nil)
			f.SetRecord(0, r)
			out, err = p.Run(f)
			assert.Equal(t, Error, out)
			assert.ErrorContains(t, err, "broken", c.text)
		}
	}
	breaks, err := NewEnv(nil, nil, []Function{{Name: "f", Result: Bool, Call: func(any, []any) (any, error) { panic("broken") }}}, Limits{})
	require.NoError(t, err)
	p, faults := breaks.Compile(`f()`)
	require.Empty(t, faults)
	out, err := p.Eval(Input{})
	assert.Equal(t, Error, out)
	assert.ErrorContains(t, err, "broken")
}

// A Frame that is set again has nothing left of what it was set to.
func TestAFrameThatIsSetAgainForgets(t *testing.T) {
	e := generated()
	ask := func(f *Frame, text string) Outcome {
		p, faults := e.Compile(text)
		require.Empty(t, faults, text)
		out, _ := p.Run(f)
		return out
	}
	r := e.Shape("thing").New()
	b, _ := e.Shape("thing").Slot("b")
	r.SetBool(b, true)
	asked := []string{`x.b || x.c`, `now == now`}
	set := map[string]func(f *Frame){
		"to a Record": func(f *Frame) { f.SetRecord(0, r); f.SetTime(2, time.Unix(0, 0)) },
		"to a map":    func(f *Frame) { f.Set(Input{Vars: []any{plain{"b": true}, plain{}, time.Unix(0, 0).UTC(), int64(1)}}) },
	}
	for before := range set {
		f := new(Frame)
		for range 2 {
			f.Start(4, nil)
			for _, text := range asked {
				require.Equal(t, Error, ask(f, text), "%s, set %s before", text, before)
			}
			set[before](f)
			for _, text := range asked {
				require.Equal(t, True, ask(f, text), "%s, set %s", text, before)
			}
		}
		f.put(0, plain{"b": false, "c": false})
		require.Equal(t, False, ask(f, asked[0]), "put where there was something, set %s before", before)
		f.put(0, r)
		require.Equal(t, True, ask(f, asked[0]))
	}
}

// A Record of no Shape has no fields, and is no other value than an object.
func TestAZeroRecordIsAnObjectWithoutFields(t *testing.T) {
	e := generated()
	for text, want := range map[string]Outcome{
		`x.s == "a"`: Error, `x.o.s == "a"`: Error, `has(x.s)`: False, `!has(x.o) && !has(y.o)`: True, `x.b && x.c && x.s == "a"`: Error, `near(x, "a")`: True,
		`n > 1 && n < 3`: Error, `n > 1 || n < 3 || n == 2`: Error, `now > timestamp("2026-01-01T00:00:00Z")`: Error,
	} {
		p, faults := e.Compile(text)
		require.Empty(t, faults, text)
		out, err := p.Eval(Input{Vars: []any{new(Record), new(Record), new(Record), new(Record)}, World: record{"near": true}})
		assert.Equal(t, want, out, "%s: %v", text, err)
		if err != nil {
			assert.NotContains(t, err.Error(), "panicked", text)
		}
	}
}

// The conjuncts of a condition are what && joins outside of all else.
func TestConjuncts(t *testing.T) {
	e := generated()
	in := Input{Vars: []any{plain{"b": true, "c": false}, plain{}, time.Time{}, int64(3)}}
	for text, want := range map[string][]Outcome{
		`x.b && (x.c && n == 3) && x.s == "a"`: {True, False, True, Error},
		`x.b && (x.c || n == 3)`:               {True, True},
		`x.b || x.c && n == 3`:                 {True},
		`x.c`:                                  {False},
	} {
		p, faults := e.Compile(text)
		require.Empty(t, faults, text)
		parts := p.Conjuncts()
		if len(want) == 1 {
			assert.Same(t, p, parts[0], "it is its only conjunct")
		}
		var got []Outcome
		for _, part := range parts {
			out, _ := part.Eval(in)
			got = append(got, out)
		}
		assert.Equal(t, want, got, text)
	}
}

// Failing is told of the elements of lists for which all is false, and of nothing
// else.
func TestWhatFailsInAListIsTold(t *testing.T) {
	e := generated()
	for text, want := range map[string][]any{
		`x.is.all(a, a < 2)`: {int64(2)}, `x.is.exists(a, a > 1)`: nil, `x.is.all(a, a < 9)`: nil,
		`x.mi.all(k, k != "b")`: nil, `x.ss.all(a, a != "b")`: {"b"},
		`x.iss.all(l, l.all(a, a < 3))`: {int64(3), []any{int64(3)}},
	} {
		p, faults := e.Compile(text)
		require.Empty(t, faults, text)
		var told []any
		_, _ = p.Eval(Input{Failing: func(element any) { told = append(told, element) }, Vars: []any{
			plain{"is": []any{int64(1), int64(2), int64(3)}, "mi": map[string]any{"a": int64(1), "b": int64(1)}, "ss": []any{"a", "b"}, "iss": []any{[]any{int64(1)}, []any{int64(3)}}},
			plain{}, time.Time{}, int64(0),
		}})
		assert.Equal(t, want, told, text)
	}
}

func TestAFunctionMustKeepItsPromise(t *testing.T) {
	p, faults := generated().Compile(`count(1, x.is) == 1`)
	require.Empty(t, faults)
	for _, result := range []any{nil, "1", 1, Absent, State(7), []any{}} {
		out, err := p.Eval(Input{Vars: []any{plain{"is": []any{}}, nil, nil, nil}, World: record{"count": result}})
		assert.Equal(t, Error, out, "%#v", result)
		assert.Error(t, err)
	}
}

// What neither builds a list nor a map nor text allocates nothing, whatever
// comes of it.
func TestConditionsAllocateNothing(t *testing.T) {
	e, onMaps, onRecords := benchmarkEnv(t)
	for _, text := range []string{
		benchmarks[0].Text, benchmarks[1].Text, benchmarks[2].Text, benchmarks[3].Text, benchmarks[4].Text,
		`has(resource.status) && resource.status != "closed"`, `resource.warnings + 1 > 0 ? resource.signed_off : true`, `user.id in ["u1", "u9"]`, `{"open": 1, "closed": 2}[resource.status] == 1`,
		`resource.assignees[0] == "u0" && size(resource.assignees) == 10`, `resource.opened + duration("1h") <= now`, `now - resource.opened > duration("1m")`, `resource.status.matches("^op")`,
		`resource.opened.getHours() == 11 && resource.opened.getDayOfWeek("Europe/London") == 0`, `{1: true}[resource.warnings + 1]`, `resource.assignees.all(a, resource.assignees.exists_one(b, a == b))`,
		`"a" < resource.owner && resource.owner.contains("smith") && resource.owner.endsWith(user.id) == false`, `double(resource.warnings) == 0.0 && uint(resource.warnings) < 1u && -resource.warnings % 2 == 0`,
		`resource.assignees == resource.assignees`, `{"b": true, "a": false}.exists(k, k == "b")`, `size(resource.owner) == 9 && int("12") == 12 && bool("true")`, `timestamp("2026-01-01T00:00:00Z") < now`,
		`{1000: true}[resource.warnings + 1000]`, `resource.warnings + 1000 in {1000: true, 7: false}`, `now in [timestamp("2026-03-01T12:00:00Z")]`, `resource.assignees[9] == user.id`, `has(resource.assignees)`,
	} {
		p, faults := e.Compile(text)
		require.Empty(t, faults, text)
		for _, in := range []Input{onMaps, onRecords} {
			f := new(Frame)
			f.Set(in)
			_, err := p.Run(f)
			require.NoError(t, err, text)
			assert.Zero(t, testing.AllocsPerRun(50, func() { _, _ = p.Run(f) }), text)
		}
	}
	for _, text := range []string{`resource.status == "open"`, `!(resource.status == "open") || has(resource.owner)`} {
		p, _ := e.Compile(text)
		f := new(Frame)
		f.Set(Input{Vars: []any{plain{}, plain{}, nil}})
		assert.Zero(t, testing.AllocsPerRun(50, func() { _, _ = p.Run(f) }), "what is absent: %s", text)
	}
}

// An Env and a Program can be used by many at once.
func TestManyAtOnce(t *testing.T) {
	e, onMaps, onRecords := benchmarkEnv(t)
	shared, faults := e.Compile(`resource.assignees.exists(a, a == user.id) && {"x": 1, "y": 2}.all(k, k != "")`)
	require.Empty(t, faults)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 50 {
				p, faults := e.Compile(benchmarks[3].Text)
				assert.Empty(t, faults)
				for _, in := range []Input{onMaps, onRecords} {
					out, err := p.Eval(in)
					assert.Equal(t, True, out, "%v", err)
					out, err = shared.Eval(in)
					assert.Equal(t, True, out, "%v", err)
				}
			}
		})
	}
	wait.Wait()
}

// T-15: the same text has the same faults, in the same words and order.
func TestFaultsAreStable(t *testing.T) {
	e := generated()
	const text = `x.q == 1 && y.ii == 2 && objects("god").exists(o, nere(o, "a")) && z || [1, "a"] == []`
	_, want := e.Compile(text)
	for range 20 {
		_, got := generated().Compile(text)
		assert.Equal(t, want, got)
	}
}
