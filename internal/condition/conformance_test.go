package condition

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
		file, err := parseMessage(string(text))
		require.NoError(t, err, path)
		was := inside
		for _, section := range file["section"] {
			for _, test := range section.(message)["test"] {
				if conform(t, test.(message), filepath.Base(path)) {
					inside++
				} else {
					outside++
				}
			}
		}
		t.Logf("%4d inside  %s", inside-was, filepath.Base(path))
	}
	t.Logf("%d cases are inside the language, %d outside", inside, outside)
	assert.Greater(t, inside, 650)
}

// conform checks one case. It reports false for one outside the language.
func conform(t *testing.T, test message, file string) bool {
	text, _ := test.text("expr")
	vars, in, ok := bindings(test)
	if !ok || test["container"] != nil {
		return false
	}
	e, err := NewEnv(nil, vars, nil, Limits{Bytes: 1 << 16, Nodes: 5000})
	if err != nil {
		return false
	}
	r := newReading(e, text)
	if r.read(); len(r.faults) > 0 {
		return false
	}
	f := &Frame{steps: defaultCost}
	f.Set(in)
	got, why := (&build{env: e, tree: r.tree}).boxed(r.tree.Expr())(f)
	switch {
	case test["value"] != nil:
		want, ok := valueOf(test.sub("value"))
		if !ok {
			return false
		}
		return assert.True(t, why == nil && alike(got, want), "%s: %s\nis %#v %v, not %#v", file, text, got, why, want)
	case test["eval_error"] != nil || test["any_eval_errors"] != nil:
		return assert.NotNil(t, why, "%s: %s\nis %#v, not an error", file, text, got)
	case test["typed_result"] != nil || test["unknown"] != nil || test["any_unknowns"] != nil:
		return false
	}
	return assert.True(t, why == nil && got == true, "%s: %s\nis %#v %v, not true", file, text, got, why)
}

// bindings are the variables that a case declares, and their values.
func bindings(test message) ([]Variable, Input, bool) {
	values := map[string]message{}
	for _, b := range test["bindings"] {
		key, _ := b.(message).text("key")
		values[key] = b.(message).sub("value").sub("value")
	}
	var vars []Variable
	var in Input
	for _, d := range test["type_env"] {
		name, _ := d.(message).text("name")
		ty, ok := typeFrom(d.(message).sub("ident").sub("type"))
		v := any(Absent)
		if bound, isBound := values[name]; ok && isBound {
			v, ok = valueOf(bound)
		}
		if !ok {
			return nil, in, false
		}
		vars, in.Vars = append(vars, Variable{Name: name, Type: ty}), append(in.Vars, v)
	}
	return vars, in, len(values) <= len(vars)
}

func typeFrom(t message) (Type, bool) {
	if name, ok := t.text("primitive"); ok {
		ty, ok := map[string]Type{"BOOL": Bool, "INT64": Int, "UINT64": Uint, "DOUBLE": Double, "STRING": String, "BYTES": Bytes}[name]
		return ty, ok
	}
	if name, ok := t.text("well_known"); ok {
		ty, ok := map[string]Type{"TIMESTAMP": Timestamp, "DURATION": Duration}[name]
		return ty, ok
	}
	if list := t.sub("list_type"); list != nil {
		elem, ok := typeFrom(list.sub("elem_type"))
		return ListOf(elem), ok
	}
	if m := t.sub("map_type"); m != nil {
		key, _ := typeFrom(m.sub("key_type"))
		value, ok := typeFrom(m.sub("value_type"))
		return MapOf(value), ok && key == String
	}
	return Type{}, false
}

// valueOf is the canonical value of a published one, if it has one.
func valueOf(v message) (any, bool) {
	for name, values := range v {
		text, _ := v.text(name)
		switch name {
		case "bool_value":
			return text == "true", true
		case "int64_value":
			i, err := strconv.ParseInt(text, 0, 64)
			return i, err == nil
		case "uint64_value":
			u, err := strconv.ParseUint(text, 0, 64)
			return u, err == nil
		case "double_value":
			d, err := strconv.ParseFloat(text, 64)
			return d, err == nil || math.IsInf(d, 0)
		case "string_value":
			return text, true
		case "bytes_value":
			return []byte(text), true
		case "list_value":
			return listOf(v.sub(name))
		case "map_value":
			return mapOf(v.sub(name))
		case "object_value":
			return objectOf(values[0].(message))
		}
	}
	return nil, false
}

func listOf(list message) (any, bool) {
	out := []any{}
	for _, e := range list["values"] {
		x, ok := valueOf(e.(message))
		if !ok {
			return nil, false
		}
		out = append(out, x)
	}
	return out, true
}

func mapOf(m message) (any, bool) {
	texts, others := map[string]any{}, map[any]any{}
	for _, e := range m["entries"] {
		key, ok := valueOf(e.(message).sub("key"))
		value, also := valueOf(e.(message).sub("value"))
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

// objectOf is a timestamp or a duration.
func objectOf(o message) (any, bool) {
	for _, name := range []string{"Timestamp", "Duration"} {
		m := o.sub("type.googleapis.com/google.protobuf." + name)
		if m == nil {
			continue
		}
		part := func(name string) int64 {
			text, ok := m.text(name)
			if !ok {
				return 0
			}
			i, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				panic(fmt.Sprintf("%s: %v", text, err))
			}
			return i
		}
		if name == "Timestamp" {
			return time.Unix(part("seconds"), part("nanos")).UTC(), true
		}
		return time.Duration(part("seconds"))*time.Second + time.Duration(part("nanos")), true
	}
	return nil, false
}
