package condition

import (
	"bytes"
	"fmt"
	"time"
)

// Put makes v's canonical value, as Normalize returns it, the i-th field of r.
// It is a copy, which shares nothing with v. A v that Normalize finds Absent
// leaves the field as it is.
func (t *Type) Put(r *Record, i int, v any) error {
	if t.wraps == "" {
		if done, err := t.putScalar(r, i, v); done {
			return err
		}
	} else if list, ok := v.([]string); ok && t.isTexts() {
		return putTexts(r, i, list)
	}
	n, err := t.Normalize(v)
	if err != nil || n == any(Absent) {
		return err
	}
	if list, ok := n.([]any); ok && t.isTexts() {
		r.SetTexts(i, unboxedTexts(list))
		return nil
	}
	r.Set(i, own(n))
	return nil
}

// isTexts reports whether t is list(string).
func (t *Type) isTexts() bool { return t.wraps == "l" && t.base == stringBase }

// putScalar reports whether v is a scalar that it knows. What is asked first is the
// type that v should have: that takes less than to find out which it has.
func (t *Type) putScalar(r *Record, i int, v any) (done bool, err error) {
	switch t.base {
	case stringBase:
		if x, ok := v.(string); ok {
			return true, putText(r, i, x)
		}
	case boolBase:
		if x, ok := v.(bool); ok {
			r.SetBool(i, x)
			return true, nil
		}
	case intBase:
		switch x := v.(type) {
		case int:
			r.SetInt(i, int64(x))
			return true, nil
		case int64:
			r.SetInt(i, x)
			return true, nil
		}
	case uintBase:
		switch x := v.(type) {
		case uint:
			r.SetUint(i, uint64(x))
			return true, nil
		case uint64:
			r.SetUint(i, x)
			return true, nil
		}
	case doubleBase:
		if x, ok := v.(float64); ok {
			r.SetDouble(i, x)
			return true, nil
		}
	case timestampBase:
		if x, ok := v.(time.Time); ok {
			return true, putTime(r, i, x)
		}
	case durationBase:
		if x, ok := v.(time.Duration); ok {
			r.SetDuration(i, x)
			return true, nil
		}
	}
	return false, nil
}

// putText is Put for a string.
func putText(r *Record, i int, v string) error {
	if !isPlain(v) {
		if err := checkString(v); err != nil {
			return err
		}
	}
	r.SetText(i, v)
	return nil
}

// putTime is Put for a timestamp.
func putTime(r *Record, i int, v time.Time) error {
	if s := v.Unix(); s < minSeconds || s > maxSeconds {
		_, err := canonicalTime(v)
		return err
	}
	r.SetTime(i, v)
	return nil
}

// putTexts is Put for a list of strings.
func putTexts(r *Record, i int, list []string) error {
	if len(list) > maxElements {
		return ListOf(String).checkLen(len(list))
	}
	if !arePlain(list) {
		for k, text := range list {
			if err := checkString(text); err != nil {
				return fmt.Errorf("element %d: %w", k, err)
			}
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
