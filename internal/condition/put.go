package condition

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// Put makes v's canonical value, as Normalize returns it, the i-th field of r.
// It is a copy, which shares nothing with v. A v that Normalize finds Absent
// leaves the field as it is.
func (t Type) Put(r *Record, i int, v any) error {
	if t.wraps == "" {
		if done, err := t.putScalar(r, i, v); done {
			return err
		}
	} else if list, ok := v.([]string); ok && t == ListOf(String) {
		return putTexts(r, i, list)
	}
	n, err := t.Normalize(v)
	if err != nil || n == any(Absent) {
		return err
	}
	if list, ok := n.([]any); ok && t == ListOf(String) {
		r.SetTexts(i, unboxedTexts(list))
		return nil
	}
	r.Set(i, own(n))
	return nil
}

// putScalar reports whether v is a scalar that it knows.
func (t Type) putScalar(r *Record, i int, v any) (bool, error) {
	switch x := v.(type) {
	case string:
		if t.base == stringBase {
			return true, putText(r, i, x)
		}
	case bool:
		if t.base == boolBase {
			r.SetBool(i, x)
			return true, nil
		}
	case int:
		if t.base == intBase {
			r.SetInt(i, int64(x))
			return true, nil
		}
	case int64:
		if t.base == intBase {
			r.SetInt(i, x)
			return true, nil
		}
	case float64:
		if t.base == doubleBase {
			r.SetDouble(i, x)
			return true, nil
		}
	case time.Time:
		if t.base == timestampBase {
			return true, putTime(r, i, x)
		}
	case time.Duration:
		if t.base == durationBase {
			r.SetDuration(i, x)
			return true, nil
		}
	}
	return false, nil
}

// putText is Put for a string.
func putText(r *Record, i int, v string) error {
	if err := checkString(v); err != nil {
		return err
	}
	r.SetText(i, v)
	return nil
}

// putTime is Put for a timestamp.
func putTime(r *Record, i int, v time.Time) error {
	v, err := canonicalTime(v)
	if err == nil {
		r.SetTime(i, v)
	}
	return err
}

// putTexts is Put for a list of strings.
func putTexts(r *Record, i int, list []string) error {
	of := ListOf(String)
	if err := of.checkLen(len(list)); err != nil {
		return err
	}
	for k, text := range list {
		if err := checkString(text); err != nil {
			return fmt.Errorf("element %d: %w", k, err)
		}
	}
	if !r.borrows {
		list = append(make([]string, 0, len(list)), list...)
	}
	r.SetTexts(i, list)
	return nil
}

// unboxedTexts is a canonical list of strings unboxed.
func unboxedTexts(list []any) textList {
	texts := make(textList, len(list))
	for i, element := range list {
		texts[i] = element.(string)
	}
	return texts
}

// own is a canonical value that shares nothing with v.
func own(v any) any {
	switch v := v.(type) {
	case []byte:
		return bytes.Clone(v)
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = own(e)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for key, e := range v {
			m[key] = own(e)
		}
		return m
	}
	return v
}

// A Filler puts a value of one Go type, which must be addressable, into a
// Record's field.
type Filler func(r *Record, i int, v reflect.Value) error

var (
	numberType   = reflect.TypeFor[json.Number]()
	durationType = reflect.TypeFor[time.Duration]()
	timeType     = reflect.TypeFor[time.Time]()
	textsType    = reflect.TypeFor[[]string]()
)

// Filler returns how to Put values of a Go type.
func (t Type) Filler(of reflect.Type) Filler {
	pointers, to := 0, of
	for ; to.Kind() == reflect.Pointer; to = to.Elem() {
		pointers++
	}
	fill := t.filler(to)
	switch {
	case fill == nil || pointers > maxPointers:
		return func(r *Record, i int, v reflect.Value) error { return t.Put(r, i, v.Interface()) }
	case pointers == 0:
		return fill
	}
	return func(r *Record, i int, v reflect.Value) error {
		for range pointers {
			if v.IsNil() {
				return nil
			}
			v = v.Elem()
		}
		return fill(r, i, v)
	}
}

// filler is the Filler for a Go type that needs no Normalize, or nil.
func (t Type) filler(of reflect.Type) Filler {
	kind := of.Kind()
	switch t {
	case String:
		if kind == reflect.String && of != numberType {
			return func(r *Record, i int, v reflect.Value) error { return putText(r, i, v.String()) }
		}
	case Bool:
		if kind == reflect.Bool {
			return func(r *Record, i int, v reflect.Value) error { r.SetBool(i, v.Bool()); return nil }
		}
	case Int:
		if reflect.Int <= kind && kind <= reflect.Int64 && of != durationType {
			return func(r *Record, i int, v reflect.Value) error { r.SetInt(i, v.Int()); return nil }
		}
	case Double:
		if kind == reflect.Float32 || kind == reflect.Float64 {
			return func(r *Record, i int, v reflect.Value) error { r.SetDouble(i, v.Float()); return nil }
		}
	case Duration:
		if of == durationType {
			return func(r *Record, i int, v reflect.Value) error { r.SetDuration(i, time.Duration(v.Int())); return nil }
		}
	case Timestamp:
		if of == timeType {
			return func(r *Record, i int, v reflect.Value) error {
				return putTime(r, i, *v.Addr().Interface().(*time.Time))
			}
		}
	case ListOf(String):
		if of == textsType {
			return func(r *Record, i int, v reflect.Value) error {
				return putTexts(r, i, *v.Addr().Interface().(*[]string))
			}
		}
	}
	return nil
}
