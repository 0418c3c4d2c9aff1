package condition

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

type (
	onOff   bool
	degrees float64
	period  time.Duration
	words   []string
)

// fillerTypes are the Go types of fields, most of them such as are read in a way
// of their own, and the types that they are declared of.
var (
	fillerTypes = []reflect.Type{
		reflect.TypeFor[string](), reflect.TypeFor[word](), reflect.TypeFor[bool](), reflect.TypeFor[onOff](), reflect.TypeFor[int](), reflect.TypeFor[small](),
		reflect.TypeFor[int64](), reflect.TypeFor[uint](), reflect.TypeFor[uint8](), reflect.TypeFor[uint64](), reflect.TypeFor[float32](), reflect.TypeFor[float64](), reflect.TypeFor[degrees](),
		reflect.TypeFor[time.Time](), reflect.TypeFor[time.Duration](), reflect.TypeFor[period](), reflect.TypeFor[[]string](), reflect.TypeFor[words](), reflect.TypeFor[[]word](),
		reflect.TypeFor[[2]string](), reflect.TypeFor[json.Number](), reflect.TypeFor[[]byte](), reflect.TypeFor[[]int](), reflect.TypeFor[map[string]string](),
	}
	fillerTargets = []Type{String, Bool, Int, Double, Timestamp, Duration, ListOf(String), Uint, Bytes, ListOf(Int), MapOf(String)}
)

// drawnType is the Go type of a field.
func drawnType(t *rapid.T) reflect.Type {
	of := rapid.SampledFrom(fillerTypes).Draw(t, "type")
	for range max(0, rapid.IntRange(-6, maxPointers+1).Draw(t, "pointers")) {
		of = reflect.PointerTo(of)
	}
	return of
}

// drawnTarget is what a field of a Go type is declared as: mostly what it can be.
func drawnTarget(t *rapid.T, of reflect.Type) Type {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	fit := slices.DeleteFunc(slices.Clone(fillerTargets), func(declared Type) bool {
		_, err := declared.Normalize(reflect.Zero(of).Interface())
		return err != nil
	})
	if len(fit) == 0 || rapid.IntRange(0, 7).Draw(t, "misfit") == 0 {
		fit = fillerTargets
	}
	return rapid.SampledFrom(fit).Draw(t, "declared")
}

// drawnStruct is a struct with the fields given, some of them of structs that are
// embedded in it, or of structs to which pointers lead that may be nil.
func drawnStruct(t *rapid.T, fields []reflect.StructField) reflect.Value {
	own := rapid.IntRange(0, len(fields)).Draw(t, "own")
	inner := reflect.StructOf(fields[own:])
	if rapid.Bool().Draw(t, "pointer") {
		inner = reflect.PointerTo(inner)
	}
	v := reflect.New(reflect.StructOf(append(fields[:own:own], reflect.StructField{Name: "Inner", Type: inner, Anonymous: true}))).Elem()
	for _, f := range reflect.VisibleFields(v.Type()) {
		if !f.Anonymous {
			if field, err := v.FieldByIndexErr(f.Index); err == nil {
				fillIn(t, field)
			}
		} else if f.Type.Kind() == reflect.Pointer && rapid.IntRange(0, 3).Draw(t, "embedded") > 0 {
			v.FieldByIndex(f.Index).Set(reflect.New(f.Type.Elem()))
		}
	}
	return v
}

// tooMany is a list that is too long.
var tooMany = make([]string, maxElements+1)

// fillIn makes v some value of its type, good or bad.
func fillIn(t *rapid.T, v reflect.Value) {
	choice := rapid.IntRange(0, 9).Draw(t, "value")
	switch {
	case choice == 0:
		return // zero
	case v.Type() == timeType:
		v.Set(reflect.ValueOf(rapid.SampledFrom([]time.Time{
			time.Now(), time.Unix(minSeconds, 0), time.Unix(minSeconds, -1), time.Unix(maxSeconds, 999_999_999), time.Unix(maxSeconds+1, 0), time.Unix(7, 5).In(time.FixedZone("", 3600)),
		}).Draw(t, "time")))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillIn(t, v.Elem())
	case reflect.String:
		v.SetString(drawnText(t, choice))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(rapid.SampledFrom([]float64{1.5, -1, math.Copysign(0, -1), math.NaN(), math.Inf(1)}).Draw(t, "float"))
	case reflect.Slice, reflect.Array:
		if choice == 1 && v.Type().ConvertibleTo(textsType) {
			v.Set(reflect.ValueOf(tooMany).Convert(v.Type()))
			return
		}
		if v.Kind() == reflect.Slice {
			n := rapid.IntRange(0, 4).Draw(t, "length")
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		for i := range v.Len() {
			fillIn(t, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{drawnText(t, choice): drawnText(t, 5)}))
	default:
		if v.CanUint() {
			v.SetUint(rapid.Uint64().Draw(t, "uint"))
		} else {
			v.SetInt(rapid.Int64().Draw(t, "int"))
		}
	}
}

// drawnText is a text of any length, with something in it that may not be ASCII.
func drawnText(t *rapid.T, choice int) string {
	if choice == 1 {
		return strings.Repeat("a", maxBytes+rapid.IntRange(0, 1).Draw(t, "over"))
	}
	text, odd := strings.Repeat("a", rapid.IntRange(0, 20).Draw(t, "length")), rapid.SampledFrom([]string{"", "", "7", "é", "\xff", "\x80", "\x7f"}).Draw(t, "odd")
	at := rapid.IntRange(0, len(text)).Draw(t, "at")
	return text[:at] + odd + text[at:]
}

// What Fillers make of a struct's fields is, one by one, what Normalize makes of
// what reflect says is there, whatever was in the Record before.
func TestFillersPutWhatNormalizeMakes(t *testing.T) {
	filled, wrong, absent := 0, 0, 0
	compare := func(t *rapid.T) {
		var fields []reflect.StructField
		for i := range rapid.IntRange(1, 6).Draw(t, "fields") {
			fields = append(fields, reflect.StructField{Name: fmt.Sprint("F", i), Type: drawnType(t)})
		}
		n := len(fields)
		v, declared, slots := drawnStruct(t, fields), map[string]Type{}, rapid.Permutation([]int{0, 1, 2, 3, 4, 5}[:n]).Draw(t, "slots")
		for i := range n {
			declared[fmt.Sprint(slots[i])] = drawnTarget(t, fields[i].Type)
		}
		r := NewShape(declared, nil).New()
		r.Borrow(rapid.Bool().Draw(t, "borrows"))
		var fillers []Filler
		var want []any
		var faults, told []string
		for i := range n {
			of, slot := declared[fmt.Sprint(slots[i])], slots[i]
			f, _ := v.Type().FieldByName(fmt.Sprint("F", i))
			fillers = append(fillers, of.Filler(f, rapid.Bool().Draw(t, "omitzero"), i))
			before := rapid.SampledFrom([]any{Absent, "before", int64(7), []any{"before"}, time.Unix(7, 7).UTC(), Pending, true}).Draw(t, "before")
			r.Set(slot, before)
			after, err := normalized(v, &fillers[i])
			switch {
			case err != nil:
				faults = append(faults, fmt.Sprintf("%d: %v", i, err))
				wrong++
			case after == any(Absent):
				absent++
			default:
				before = after
				filled++
			}
			want = append(want, before)
		}
		for i := range fillers {
			if err := fillers[i].Put(r, slots[i], v); err != nil {
				told = append(told, fmt.Sprintf("%d: %v", i, err))
				require.True(t, !fillers[i].Simple() || OutOfRange(err), err)
			}
		}
		require.Equal(t, faults, told)
		for i, slot := range slots {
			require.True(t, alike(want[i], r.Value(slot)), "%s of %#v: want %#v, got %#v", declared[fmt.Sprint(slot)], v, want[i], r.Value(slot))
			require.Equal(t, want[i] != any(Absent), r.Has(slot))
		}
	}
	for range 20 {
		rapid.Check(t, compare)
	}
	t.Log(filled, "filled,", wrong, "wrong,", absent, "absent")
	assert.Greater(t, min(filled, wrong, absent), 10)
}

// normalized is what a Filler should make of a struct.
func normalized(v reflect.Value, f *Filler) (any, error) {
	field, err := v.FieldByIndexErr(f.path)
	if err != nil || f.omitZero && field.IsZero() {
		return Absent, nil
	}
	return f.of.Normalize(field.Interface())
}

// A plain text is ASCII, wherever one looks, and not too long.
func TestAPlainTextIsShortASCII(t *testing.T) {
	for n := range 40 {
		text := []byte(strings.Repeat("a", n))
		require.True(t, isPlain(string(text)), n)
		for i := range text {
			text[i] = utf8.RuneSelf - 1
			require.True(t, isPlain(string(text)), "%q", text)
			text[i] = utf8.RuneSelf
			require.False(t, isPlain(string(text)), "%q", text)
			text[i] = 'a'
		}
	}
	long := strings.Repeat("a", maxBytes)
	require.True(t, isPlain(long))
	require.False(t, isPlain(long+"a"))
}

// Fields of these types are read as they are, also behind pointers; all others go
// through Normalize, which is slower.
func TestWhichFieldsAreReadAsTheyAre(t *testing.T) {
	direct := map[Type][]any{
		String:         {"", word("")},
		Bool:           {false, onOff(false)},
		Int:            {0, int8(0), int64(0), small(0), period(0)},
		Uint:           {uint(0), uint8(0), uint64(0)},
		Double:         {float32(0), 0.0, degrees(0)},
		Timestamp:      {time.Time{}},
		Duration:       {time.Duration(0)},
		ListOf(String): {[]string{}},
	}
	for _, declared := range fillerTargets {
		for _, of := range append(slices.Clone(fillerTypes), reflect.TypeFor[int8](), reflect.TypeFor[uintptr]()) {
			want := slices.ContainsFunc(direct[declared], func(v any) bool { return reflect.TypeOf(v) == of })
			for n := range maxPointers + 2 {
				f := declared.Filler(reflect.StructField{Name: "F", Type: of, Index: []int{0}}, false, 0)
				require.Equal(t, want && n <= maxPointers, f.Simple(), "%s of %s", declared, of)
				of = reflect.PointerTo(of)
			}
		}
	}
}
