package condition

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	celexpr "cel.dev/expr"
	_ "cel.dev/expr/conformance/proto2"
	_ "cel.dev/expr/conformance/proto3"
	conformance "cel.dev/expr/conformance/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// The cases that the CEL project publishes, with the module that cel-go itself
// requires, come out as published wherever they are inside the admitted
// language. What is outside is refused at load.
func TestConformance(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "cel.dev/expr").Output()
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "tests/simple/testdata/*.textproto"))
	require.NoError(t, err)
	inside, outside := 0, 0
	for _, path := range files {
		if strings.HasSuffix(path, "_ext.textproto") {
			continue // extensions of the language
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		var file conformance.SimpleTestFile
		require.NoError(t, prototext.Unmarshal(text, &file), path)
		was := inside
		for _, section := range file.GetSection() {
			for _, test := range section.GetTest() {
				if conform(t, test, fmt.Sprintf("%s/%s/%s", file.GetName(), section.GetName(), test.GetName())) {
					inside++
				} else {
					outside++
				}
			}
		}
		t.Logf("%4d inside  %s", inside-was, file.GetName())
	}
	t.Logf("%d cases are inside the language, %d outside", inside, outside)
	assert.Greater(t, inside, 700)
}

// conform checks one case. It reports false for one outside the language.
func conform(t *testing.T, test *conformance.SimpleTest, name string) bool {
	vars, in, ok := bindings(test)
	if !ok || test.GetContainer() != "" {
		return false
	}
	e, err := NewEnv(nil, vars, nil, Limits{Bytes: 1 << 16, Nodes: 5000})
	if err != nil {
		return false
	}
	r := newReading(e, test.GetExpr())
	if r.read(); len(r.faults) > 0 {
		return false
	}
	f := new(Frame)
	f.steps = defaultCost
	f.Set(in)
	got, why := (&build{env: e, tree: r.tree}).boxed(r.tree.Expr())(f)
	switch m := test.GetResultMatcher().(type) {
	case *conformance.SimpleTest_Value:
		want, ok := valueOf(m.Value)
		if !ok {
			return false
		}
		assert.True(t, why == nil && alike(got, want), "%s: %s\nis %#v %v, not %#v", name, test.GetExpr(), got, why, want)
	case *conformance.SimpleTest_EvalError, *conformance.SimpleTest_AnyEvalErrors:
		assert.NotNil(t, why, "%s: %s\nis %#v, not an error", name, test.GetExpr(), got)
	case nil:
		assert.True(t, why == nil && got == true, "%s: %s\nis %#v %v, not true", name, test.GetExpr(), got, why)
	default:
		return false
	}
	return true
}

// bindings are the variables that a case declares, and their values.
func bindings(test *conformance.SimpleTest) ([]Variable, Input, bool) {
	var vars []Variable
	var in Input
	for _, d := range test.GetTypeEnv() {
		if d.GetIdent() == nil {
			return nil, in, false
		}
		ty, ok := typeFrom(d.GetIdent().GetType())
		if !ok {
			return nil, in, false
		}
		vars = append(vars, Variable{Name: d.GetName(), Type: ty})
		v, ok := any(Absent), true
		if bound := test.GetBindings()[d.GetName()]; bound != nil {
			v, ok = valueOf(bound.GetValue())
		}
		if !ok {
			return nil, in, false
		}
		in.Vars = append(in.Vars, v)
	}
	return vars, in, len(test.GetBindings()) <= len(vars)
}

func typeFrom(t *celexpr.Type) (Type, bool) {
	switch k := t.GetTypeKind().(type) {
	case *celexpr.Type_Primitive:
		ty, ok := map[celexpr.Type_PrimitiveType]Type{
			celexpr.Type_BOOL: Bool, celexpr.Type_INT64: Int, celexpr.Type_UINT64: Uint,
			celexpr.Type_DOUBLE: Double, celexpr.Type_STRING: String, celexpr.Type_BYTES: Bytes,
		}[k.Primitive]
		return ty, ok
	case *celexpr.Type_WellKnown:
		ty, ok := map[celexpr.Type_WellKnownType]Type{celexpr.Type_TIMESTAMP: Timestamp, celexpr.Type_DURATION: Duration}[k.WellKnown]
		return ty, ok
	case *celexpr.Type_ListType_:
		elem, ok := typeFrom(k.ListType.GetElemType())
		return ListOf(elem), ok
	case *celexpr.Type_MapType_:
		key, _ := typeFrom(k.MapType.GetKeyType())
		value, ok := typeFrom(k.MapType.GetValueType())
		return MapOf(value), ok && key == String
	}
	return Type{}, false
}

// valueOf is the canonical value of a published one, if it has one.
func valueOf(v *celexpr.Value) (any, bool) {
	switch k := v.GetKind().(type) {
	case *celexpr.Value_BoolValue:
		return k.BoolValue, true
	case *celexpr.Value_Int64Value:
		return k.Int64Value, true
	case *celexpr.Value_Uint64Value:
		return k.Uint64Value, true
	case *celexpr.Value_DoubleValue:
		return k.DoubleValue, true
	case *celexpr.Value_StringValue:
		return k.StringValue, true
	case *celexpr.Value_BytesValue:
		return k.BytesValue, true
	case *celexpr.Value_ListValue:
		out := []any{}
		for _, e := range k.ListValue.GetValues() {
			x, ok := valueOf(e)
			if !ok {
				return nil, false
			}
			out = append(out, x)
		}
		return out, true
	case *celexpr.Value_MapValue:
		return mapOf(k.MapValue)
	case *celexpr.Value_ObjectValue:
		m, err := k.ObjectValue.UnmarshalNew()
		switch m := m.(type) {
		case *timestamppb.Timestamp:
			return m.AsTime(), err == nil
		case *durationpb.Duration:
			return m.AsDuration(), err == nil
		}
	}
	return nil, false
}

func mapOf(m *celexpr.MapValue) (any, bool) {
	texts, others := map[string]any{}, map[any]any{}
	for _, e := range m.GetEntries() {
		key, ok := valueOf(e.GetKey())
		value, also := valueOf(e.GetValue())
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
