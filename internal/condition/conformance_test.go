package condition

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A publishedCase is a line of testdata/celspec.jsonl.
type publishedCase struct {
	Name, Expr string
	TypeEnv    []struct {
		Name  string
		Ident struct{ Type publishedType }
	}
	Bindings  map[string]struct{ Value publishedValue }
	Value     *publishedValue
	EvalError json.RawMessage
	AnyErrors json.RawMessage `json:"anyEvalErrors"`
	Unknown   json.RawMessage
	AnyUnk    json.RawMessage `json:"anyUnknowns"`
	Typed     json.RawMessage `json:"typedResult"`
}

type publishedType struct {
	Primitive, WellKnown string
	ListType             *struct{ ElemType publishedType }
	MapType              *struct{ KeyType, ValueType publishedType }
}

// A publishedValue has one entry: its kind, and the value as protocol buffers
// write it in JSON.
type publishedValue map[string]json.RawMessage

// The cases that the CEL project publishes come out as published wherever they
// are inside the admitted language. What is outside is refused at load.
func TestConformance(t *testing.T) {
	file, err := os.Open("testdata/celspec.jsonl")
	require.NoError(t, err)
	defer file.Close()
	inside, outside := map[string]int{}, 0
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c publishedCase
		require.NoError(t, json.Unmarshal(lines.Bytes(), &c))
		if conform(t, &c) {
			inside[strings.SplitN(c.Name, "/", 2)[0]]++
		} else {
			outside++
		}
	}
	require.NoError(t, lines.Err())
	all := 0
	for _, n := range inside {
		all += n
	}
	t.Logf("%d cases are inside the language, %d outside; inside: %v", all, outside, inside)
	assert.Greater(t, all, 700)
}

// conform checks one case. It reports false for one outside the language.
func conform(t *testing.T, c *publishedCase) bool {
	vars, in, ok := bindings(c)
	if !ok || c.Unknown != nil || c.AnyUnk != nil || c.Typed != nil {
		return false
	}
	e, err := NewEnv(nil, vars, nil, Limits{Bytes: 1 << 16, Nodes: 5000})
	if err != nil {
		return false
	}
	r := newReading(e, c.Expr)
	if r.read(); len(r.faults) > 0 {
		return false
	}
	f := new(Frame)
	f.steps = defaultCost
	f.Set(in)
	got, why := (&build{env: e, tree: r.tree}).boxed(r.tree.Expr())(f)
	switch {
	case c.Value != nil:
		want, ok := c.Value.canonical()
		if !ok {
			return false
		}
		assert.True(t, why == nil && alike(got, want), "%s: %s\nis %#v %v, not %#v", c.Name, c.Expr, got, why, want)
	case c.EvalError != nil || c.AnyErrors != nil:
		assert.NotNil(t, why, "%s: %s\nis %#v, not an error", c.Name, c.Expr, got)
	default:
		assert.True(t, why == nil && got == true, "%s: %s\nis %#v %v, not true", c.Name, c.Expr, got, why)
	}
	return true
}

// bindings are the variables that a case declares, and their values.
func bindings(c *publishedCase) ([]Variable, Input, bool) {
	var vars []Variable
	var in Input
	for _, d := range c.TypeEnv {
		ty, ok := d.Ident.Type.declared()
		if !ok {
			return nil, in, false
		}
		vars = append(vars, Variable{Name: d.Name, Type: ty})
		v := any(Absent)
		if bound, given := c.Bindings[d.Name]; given {
			if v, ok = bound.Value.canonical(); !ok {
				return nil, in, false
			}
		}
		in.Vars = append(in.Vars, v)
	}
	return vars, in, len(c.Bindings) <= len(vars)
}

func (p publishedType) declared() (Type, bool) {
	named := map[string]Type{
		"BOOL": Bool, "INT64": Int, "UINT64": Uint, "DOUBLE": Double, "STRING": String, "BYTES": Bytes,
		"TIMESTAMP": Timestamp, "DURATION": Duration,
	}
	switch {
	case p.ListType != nil:
		elem, ok := p.ListType.ElemType.declared()
		return ListOf(elem), ok
	case p.MapType != nil:
		key, _ := p.MapType.KeyType.declared()
		value, ok := p.MapType.ValueType.declared()
		return MapOf(value), ok && key == String
	}
	ty, ok := named[p.Primitive+p.WellKnown]
	return ty, ok
}

// canonical is the canonical value of a published one, if it has one.
func (v publishedValue) canonical() (any, bool) {
	for kind, raw := range v {
		switch kind {
		case "boolValue":
			return decoded[bool](raw)
		case "stringValue":
			return decoded[string](raw)
		case "bytesValue":
			return decoded[[]byte](raw)
		case "int64Value":
			text, _ := decoded[string](raw)
			n, err := strconv.ParseInt(text.(string), 10, 64)
			return n, err == nil
		case "uint64Value":
			text, _ := decoded[string](raw)
			n, err := strconv.ParseUint(text.(string), 10, 64)
			return n, err == nil
		case "doubleValue":
			return publishedDouble(raw)
		case "listValue":
			return publishedList(raw)
		case "mapValue":
			return publishedMap(raw)
		case "objectValue":
			return publishedObject(raw)
		}
	}
	return nil, false
}

func decoded[T any](raw json.RawMessage) (any, bool) {
	var v T
	err := json.Unmarshal(raw, &v)
	return v, err == nil
}

func publishedDouble(raw json.RawMessage) (any, bool) {
	switch string(raw) {
	case `"NaN"`:
		return math.NaN(), true
	case `"Infinity"`:
		return math.Inf(1), true
	case `"-Infinity"`:
		return math.Inf(-1), true
	}
	return decoded[float64](raw)
}

func publishedList(raw json.RawMessage) (any, bool) {
	var list struct{ Values []publishedValue }
	out := []any{}
	err := json.Unmarshal(raw, &list)
	for _, e := range list.Values {
		x, ok := e.canonical()
		if !ok {
			return nil, false
		}
		out = append(out, x)
	}
	return out, err == nil
}

func publishedMap(raw json.RawMessage) (any, bool) {
	var m struct {
		Entries []struct{ Key, Value publishedValue }
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, false
	}
	texts, others := map[string]any{}, map[any]any{}
	for _, e := range m.Entries {
		key, ok := e.Key.canonical()
		value, also := e.Value.canonical()
		if !ok || !also {
			return nil, false
		}
		if s, ok := key.(string); ok {
			texts[s] = value
		} else {
			others[key] = value
		}
	}
	if len(others) > 0 {
		return others, true
	}
	return texts, true
}

func publishedObject(raw json.RawMessage) (any, bool) {
	var object struct {
		Type  string `json:"@type"`
		Value string
	}
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, false
	}
	switch object.Type {
	case "type.googleapis.com/google.protobuf.Timestamp":
		at, err := time.Parse(time.RFC3339Nano, object.Value)
		return at, err == nil
	case "type.googleapis.com/google.protobuf.Duration":
		d, err := time.ParseDuration(object.Value)
		return d, err == nil
	}
	return nil, false
}
