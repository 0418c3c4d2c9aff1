package condition

import (
	"encoding/json"
	"reflect"
	"time"
)

// A Filler puts one field of structs into Records.
type Filler struct {
	of     Type // what the Records' field holds
	number int  // of the Records' field
	way    way
	// indirect is whether the value is not simply the field with the number index.
	indirect bool
	index    int
	path     []int // to the field, as reflect has it
	omitZero bool
	pointers int // that lead from the field to the value
}

// A way is how a value is read.
type way uint8

const (
	asAny way = iota // by Type.Put
	asText
	asBool
	asInt // also a duration
	asUint
	asDouble
	asTime
	asTexts
)

var (
	numberType   = reflect.TypeFor[json.Number]()
	durationType = reflect.TypeFor[time.Duration]()
	timeType     = reflect.TypeFor[time.Time]()
	textsType    = reflect.TypeFor[[]string]()
)

// Filler returns how to Put a field of structs, which must be exported, into a
// Record's field. A zero value is left out if omitZero, and so is what is behind a
// pointer that is nil.
func (t Type) Filler(field reflect.StructField, omitZero bool, number int) Filler {
	f := Filler{of: t, number: number, index: field.Index[0], path: field.Index, omitZero: omitZero}
	to := field.Type
	for ; to.Kind() == reflect.Pointer && f.pointers <= maxPointers; to = to.Elem() {
		f.pointers++
	}
	if f.way = t.way(to); f.way == asAny || f.pointers > maxPointers {
		f.way, f.pointers = asAny, 0
	}
	f.indirect = len(f.path) > 1 || omitZero || f.pointers > 0
	return f
}

// Number is the number of the Records' field.
func (f *Filler) Number() int { return f.number }

// way is how to read a value of a Go type. One that may need Normalize is asAny.
func (t Type) way(of reflect.Type) way {
	kind := of.Kind()
	switch {
	case t == String && kind == reflect.String && of != numberType:
		return asText
	case t == Bool && kind == reflect.Bool:
		return asBool
	case t == Int && reflect.Int <= kind && kind <= reflect.Int64 && of != durationType, t == Duration && of == durationType:
		return asInt
	case t == Uint && reflect.Uint <= kind && kind <= reflect.Uint64:
		return asUint
	case t == Double && (kind == reflect.Float32 || kind == reflect.Float64):
		return asDouble
	case t == Timestamp && of == timeType:
		return asTime
	case t.isTexts() && of == textsType:
		return asTexts
	}
	return asAny
}

// Simple reports whether Put takes what is there as it is: it then calls no code but
// its own, and its error is always that a value is OutOfRange.
func (f *Filler) Simple() bool { return f.way != asAny }

// Put is Type.Put of what the field of v, a struct of the Filler's Go type, holds, into
// the i-th field of r. It boxes nothing that is Simple.
func (f *Filler) Put(r *Record, i int, v reflect.Value) error {
	x, there := v, true
	if f.indirect {
		x, there = f.reach(v)
	} else {
		x = v.Field(f.index)
	}
	if !there {
		return nil
	}
	switch f.way {
	case asText:
		return putText(r, i, x.String())
	case asBool:
		r.SetBool(i, x.Bool())
	case asInt:
		r.slots[i].become(f.of.base, uint64(x.Int()), "", nil)
	case asUint:
		r.SetUint(i, x.Uint())
	case asDouble:
		r.SetDouble(i, x.Float())
	case asTime:
		t, _ := reflect.TypeAssert[time.Time](x)
		return putTime(r, i, t)
	case asTexts:
		list, _ := reflect.TypeAssert[[]string](x)
		return putTexts(r, i, list)
	default:
		return f.of.Put(r, i, x.Interface())
	}
	return nil
}

// reach returns the value that the field of v leads to, and whether it is there.
func (f *Filler) reach(v reflect.Value) (reflect.Value, bool) {
	v, err := v.FieldByIndexErr(f.path)
	if err != nil || f.omitZero && v.IsZero() {
		return v, false
	}
	for range f.pointers {
		if v.IsNil() {
			return v, false
		}
		v = v.Elem()
	}
	return v, true
}
