// Package deepcopy copies values of any type, so that who writes to the copy
// does not change the original.
//
// Pointers, maps, slices, arrays, structs and what interfaces hold are copied,
// cycles included. As assignment copies them, and so shared with the original,
// are: channels and functions, the keys of maps, what the unexported fields of
// structs refer to, and what is nested more than MaxDepth deep. No method of a
// value is called. The original must not be changed meanwhile.
package deepcopy

import "reflect"

// MaxDepth is how deep a value is copied, counted in pointers, maps, slices,
// arrays, structs and interfaces. It bounds the stack.
const MaxDepth = 1000

// Of returns a copy of a value. Of nil it is nil.
func Of(value any) any {
	if value == nil {
		return nil
	}
	return Value(reflect.ValueOf(value)).Interface()
}

// Value returns a copy of a value, which must not have been read from an
// unexported field.
func Value(v reflect.Value) reflect.Value {
	c := copier{done: map[origin]reflect.Value{}, plain: map[reflect.Type]bool{}}
	return c.copy(v, 0)
}

// An origin is a piece of memory: two references to it are two to one copy.
type origin struct {
	at  uintptr
	len int
	typ reflect.Type
}

type copier struct {
	done  map[origin]reflect.Value
	plain map[reflect.Type]bool
}

func (c *copier) copy(v reflect.Value, depth int) reflect.Value {
	if depth > MaxDepth || c.isPlain(v.Type()) {
		return v
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		return c.reference(v, depth)
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		out := reflect.New(v.Type()).Elem()
		out.Set(c.copy(v.Elem(), depth+1))
		return out
	case reflect.Array:
		out := reflect.New(v.Type()).Elem()
		for i := range v.Len() {
			out.Index(i).Set(c.copy(v.Index(i), depth+1))
		}
		return out
	case reflect.Struct:
		out := reflect.New(v.Type()).Elem()
		out.Set(v)
		c.fields(out, v, depth)
		return out
	}
	return v
}

// reference copies what a pointer, map or slice refers to, once.
func (c *copier) reference(v reflect.Value, depth int) reflect.Value {
	if v.IsNil() {
		return v
	}
	from := origin{at: v.Pointer(), typ: v.Type()}
	if v.Kind() == reflect.Slice {
		from.len = v.Len()
	}
	if out, ok := c.done[from]; ok {
		return out
	}
	var out reflect.Value
	switch v.Kind() {
	case reflect.Pointer:
		out = reflect.New(v.Type().Elem()).Convert(v.Type())
		c.done[from] = out // before its contents, which may refer to it
		out.Elem().Set(c.copy(v.Elem(), depth+1))
	case reflect.Map:
		out = reflect.MakeMapWithSize(v.Type(), v.Len())
		c.done[from] = out
		for entries := v.MapRange(); entries.Next(); {
			out.SetMapIndex(entries.Key(), c.copy(entries.Value(), depth+1))
		}
	case reflect.Slice:
		out = reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		c.done[from] = out
		if c.isPlain(v.Type().Elem()) {
			reflect.Copy(out, v)
			break
		}
		for i := range v.Len() {
			out.Index(i).Set(c.copy(v.Index(i), depth+1))
		}
	}
	return out
}

// fields copies the exported fields of a struct, which was assigned already,
// those of an embedded struct whose type is not exported included.
func (c *copier) fields(out, v reflect.Value, depth int) {
	for i := range v.NumField() {
		switch f := v.Type().Field(i); {
		case f.IsExported():
			out.Field(i).Set(c.copy(v.Field(i), depth+1))
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			c.fields(out.Field(i), v.Field(i), depth)
		}
	}
}

// isPlain reports whether assignment copies all of a value of the type that is
// copied at all.
func (c *copier) isPlain(t reflect.Type) bool {
	plain, known := c.plain[t]
	if known {
		return plain
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
		plain = false
	case reflect.Array:
		plain = c.isPlain(t.Elem())
	case reflect.Struct:
		plain = true
		for i := range t.NumField() {
			f := t.Field(i)
			embedded := f.Anonymous && f.Type.Kind() == reflect.Struct
			plain = plain && (!f.IsExported() && !embedded || c.isPlain(f.Type))
		}
	default:
		plain = true
	}
	c.plain[t] = plain
	return plain
}
