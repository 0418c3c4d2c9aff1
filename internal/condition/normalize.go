package condition

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

const (
	// maxBytes is the greatest length in bytes of a string or bytes value.
	maxBytes = 64 << 10
	// maxElements is the greatest length of a list or map value.
	maxElements = 10_000
	// maxPointers is how many pointers are followed to a value.
	maxPointers = 4
)

// Normalize returns v as the canonical Go value of type t, or an error that
// says what v is and what t needs.
//
// The canonical values are bool, int64, uint64, float64, string, []byte,
// time.Time, time.Duration, []any, map[string]any, and an Object for an object
// type. A nil v, a nil pointer and a nil interface are Absent; a State stays
// what it is; a nil slice or map is an empty one. Any Go integer does for int and uint, if it is in range; named
// types do by their kind; a pointer by what it points to; slices, arrays and
// maps with string keys by their elements, which cannot be absent. An int is no
// double, a double no int, a number no duration; a json.Number is what its text
// says.
//
// A value that is canonical already is returned as it is, so lists, maps and
// bytes can share memory with v.
func (t Type) Normalize(v any) (any, error) {
	switch s := v.(type) {
	case nil:
		return Absent, nil
	case State:
		if s != Absent && s != Pending {
			return nil, errors.New("the State is neither Absent nor Pending")
		}
		return s, nil
	}
	switch {
	case !t.IsValid():
		return nil, errors.New("the type is invalid")
	case t.wraps != "":
		return t.normalizeNested(v)
	case t.base == objectBase:
		if isNilPointer(v) {
			return Absent, nil
		}
		if o, ok := v.(Object); ok {
			return o, nil
		}
		return nil, t.needs(v)
	}
	return t.normalizeScalar(v)
}

// A rangeError says what is wrong with a value that is of its type.
type rangeError struct{ message string }

func (e *rangeError) Error() string { return e.message }

func outOfRange(format string, args ...any) error {
	return &rangeError{fmt.Sprintf(format, args...)}
}

// OutOfRange reports whether an error of Normalize says that the value, or one in
// it, is of its type and yet nothing that it can be: a text that is no UTF-8, a list
// that is too long, a time before or after all years. A number that is too great for
// its type is of another.
func OutOfRange(err error) bool {
	var of *rangeError
	return errors.As(err, &of)
}

func isNilPointer(v any) bool {
	rv := reflect.ValueOf(v)
	return rv.Kind() == reflect.Pointer && rv.IsNil()
}

// normalizeScalar takes the values that need no reflection first.
func (t Type) normalizeScalar(v any) (any, error) {
	switch x := v.(type) {
	case string:
		if t.base == stringBase {
			return v, checkString(x)
		}
		return nil, t.needs(v)
	case bool:
		if t.base == boolBase {
			return v, nil
		}
		return nil, t.needs(v)
	case int64:
		if t.base == intBase {
			return v, nil
		}
	case float64:
		if t.base == doubleBase {
			return v, nil
		}
		return nil, t.needs(v)
	case time.Time:
		if t.base == timestampBase {
			canonical, err := canonicalTime(x)
			if err != nil {
				return nil, err
			}
			return canonical, nil
		}
		return nil, t.needs(v)
	case time.Duration:
		if t.base == durationBase {
			return v, nil
		}
		return nil, t.needs(v)
	case json.Number:
		return t.normalizeNumber(x)
	}
	return t.normalizeReflected(v)
}

// canonicalTime is x in UTC without a monotonic reading, so that equal instants
// are equal values.
func canonicalTime(x time.Time) (time.Time, error) {
	x = x.Round(0).UTC()
	if s := x.Unix(); s < minSeconds || s > maxSeconds {
		return x, outOfRange("the year %d is not one of 1 to 9999", x.Year())
	}
	return x, nil
}

func checkString(s string) error {
	if len(s) > maxBytes {
		return outOfRange("the string has %d bytes, and %d are the most", len(s), maxBytes)
	}
	if !utf8.ValidString(s) {
		return outOfRange("the string is not valid UTF-8")
	}
	return nil
}

// normalizeNumber reads a number that JSON carried as text, integers exactly.
func (t Type) normalizeNumber(n json.Number) (any, error) {
	var out any
	var err error
	switch t.base {
	case intBase:
		out, err = strconv.ParseInt(string(n), 10, 64)
	case uintBase:
		out, err = strconv.ParseUint(string(n), 10, 64)
	case doubleBase:
		out, err = strconv.ParseFloat(string(n), 64)
	default:
		return nil, t.needs(n)
	}
	if errors.Is(err, strconv.ErrRange) {
		return nil, fmt.Errorf("%s is out of the range of %s", clip(string(n)), t)
	}
	if err != nil {
		return nil, t.needs(n)
	}
	return out, nil
}

// normalizeReflected takes named types, pointers and the other integers.
func (t Type) normalizeReflected(v any) (any, error) {
	rv, ok, err := target(v)
	if err != nil || !ok {
		return Absent, err
	}
	switch inner := rv.Interface().(type) {
	case time.Time, time.Duration, json.Number:
		if rv.Type() != reflect.TypeOf(v) { // behind a pointer
			return t.normalizeScalar(inner)
		}
		return nil, t.needs(v)
	}
	switch kind := rv.Kind(); {
	case t.base == boolBase && kind == reflect.Bool:
		return rv.Bool(), nil
	case t.base == stringBase && kind == reflect.String:
		return rv.String(), checkString(rv.String())
	case t.base == doubleBase && (kind == reflect.Float32 || kind == reflect.Float64):
		return rv.Float(), nil
	case t.base == intBase && rv.CanInt():
		return rv.Int(), nil
	case t.base == intBase && rv.CanUint():
		if rv.Uint() > math.MaxInt64 {
			return nil, fmt.Errorf("%d is out of the range of int", rv.Uint())
		}
		return int64(rv.Uint()), nil
	case t.base == uintBase && rv.CanUint():
		return rv.Uint(), nil
	case t.base == uintBase && rv.CanInt():
		if rv.Int() < 0 {
			return nil, fmt.Errorf("%d is out of the range of uint", rv.Int())
		}
		return uint64(rv.Int()), nil
	case t.base == bytesBase && kind == reflect.Slice && rv.Type().Elem().Kind() == reflect.Uint8:
		if rv.Len() > maxBytes {
			return nil, outOfRange("there are %d bytes, and %d are the most", rv.Len(), maxBytes)
		}
		return rv.Bytes(), nil
	}
	return nil, t.needs(v)
}

// target follows v's pointers. It reports false where one is nil.
func target(v any) (reflect.Value, bool, error) {
	rv := reflect.ValueOf(v)
	for range maxPointers {
		if rv.Kind() != reflect.Pointer && rv.Kind() != reflect.Interface {
			return rv, true, nil
		}
		if rv.IsNil() {
			return rv, false, nil
		}
		rv = rv.Elem()
	}
	if rv.Kind() == reflect.Pointer || rv.Kind() == reflect.Interface {
		return rv, false, fmt.Errorf("%T points to a pointer too often", v)
	}
	return rv, true, nil
}

// normalizeNested takes lists and maps.
func (t Type) normalizeNested(v any) (any, error) {
	if t.IsList() {
		if list, ok := v.([]any); ok {
			return t.normalizeAny(v, list)
		}
	} else if m, ok := v.(map[string]any); ok {
		return t.normalizeAnyMap(m)
	}
	rv, ok, err := target(v)
	if err != nil || !ok {
		return Absent, err
	}
	switch kind := rv.Kind(); {
	case t.IsList() && (kind == reflect.Slice || kind == reflect.Array):
		return t.normalizeSlice(rv)
	case t.IsMap() && kind == reflect.Map && rv.Type().Key().Kind() == reflect.String:
		return t.normalizeMap(rv)
	}
	return nil, t.needs(v)
}

// normalizeAny returns boxed, which holds list, if all its elements are
// canonical.
func (t Type) normalizeAny(boxed any, list []any) (any, error) {
	if err := t.checkLen(len(list)); err != nil {
		return nil, err
	}
	elem, out, copied := t.Elem(), list, false
	for i, v := range list {
		n, err := elem.normalizeElement(v)
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		if !copied && !sameValue(v, n) {
			out, copied = append(make([]any, 0, len(list)), list[:i]...), true
		}
		if copied {
			out = append(out, n)
		}
	}
	if !copied {
		return boxed, nil
	}
	return out, nil
}

func (t Type) normalizeAnyMap(m map[string]any) (any, error) {
	if err := t.checkLen(len(m)); err != nil {
		return nil, err
	}
	elem, out, copied := t.Elem(), m, false
	var wrong firstError
	for k, v := range m {
		n, err := elem.normalizeEntry(k, v)
		wrong.add(k, err)
		if !copied && !sameValue(v, n) {
			out, copied = make(map[string]any, len(m)), true
			maps.Copy(out, m)
		}
		if copied {
			out[k] = n
		}
	}
	if wrong.err != nil {
		return nil, wrong.err
	}
	return out, nil
}

// firstError is the error of the least key, whatever order a map gives.
type firstError struct {
	key string
	err error
}

func (f *firstError) add(key string, err error) {
	if err != nil && (f.err == nil || key < f.key) {
		f.key, f.err = key, err
	}
}

// sameValue reports whether n, v's canonical value, is v as it was.
func sameValue(v, n any) bool {
	if reflect.TypeOf(v) != reflect.TypeOf(n) {
		return false
	}
	switch v := v.(type) {
	case bool, int64, uint64, float64, string, []byte, time.Duration, Object:
		return true
	case time.Time:
		return v == n
	case []any:
		w := n.([]any)
		return len(v) == len(w) && (len(v) == 0 || &v[0] == &w[0])
	case map[string]any:
		return reflect.ValueOf(v).Pointer() == reflect.ValueOf(n).Pointer()
	}
	return false
}

func (t Type) normalizeSlice(rv reflect.Value) (any, error) {
	if err := t.checkLen(rv.Len()); err != nil {
		return nil, err
	}
	elem, out := t.Elem(), make([]any, rv.Len())
	for i := range out {
		n, err := elem.normalizeElement(rv.Index(i).Interface())
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		out[i] = n
	}
	return out, nil
}

func (t Type) normalizeMap(rv reflect.Value) (any, error) {
	if err := t.checkLen(rv.Len()); err != nil {
		return nil, err
	}
	elem, out := t.Elem(), make(map[string]any, rv.Len())
	var wrong firstError
	for it := rv.MapRange(); it.Next(); {
		k := it.Key().String()
		n, err := elem.normalizeEntry(k, it.Value().Interface())
		wrong.add(k, err)
		out[k] = n
	}
	if wrong.err != nil {
		return nil, wrong.err
	}
	return out, nil
}

// normalizeElement refuses the states: an element is there or it is not.
func (t Type) normalizeElement(v any) (any, error) {
	n, err := t.Normalize(v)
	if _, ok := n.(State); ok && err == nil {
		return nil, fmt.Errorf("needs %s, not nothing", t)
	}
	return n, err
}

func (t Type) normalizeEntry(key string, v any) (any, error) {
	if err := checkString(key); err != nil {
		return nil, fmt.Errorf("key %s: %w", clip(strconv.Quote(key)), err)
	}
	n, err := t.normalizeElement(v)
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", key, err)
	}
	return n, nil
}

func (t Type) checkLen(n int) error {
	if n > maxElements {
		return outOfRange("the %s has %d elements, and %d are the most", t, n, maxElements)
	}
	return nil
}

// needs is the error for a v that is no t.
func (t Type) needs(v any) error {
	rv := reflect.ValueOf(v)
	text := ""
	switch kind := rv.Kind(); {
	case kind == reflect.String:
		text = " " + strconv.Quote(clip(rv.String()))
	case kind == reflect.Bool || rv.CanInt() || rv.CanUint() || rv.CanFloat():
		text = " " + clip(fmt.Sprint(v))
	}
	return fmt.Errorf("needs %s, not %T%s", t, v, text)
}

// clip shortens s for a message.
func clip(s string) string {
	const most = 40
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
