package access

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/bailiwick-authz/bailiwick/internal/deepcopy"
	"github.com/bailiwick-authz/bailiwick/internal/fault"
	"github.com/bailiwick-authz/bailiwick/internal/suggest"
	"github.com/bailiwick-authz/bailiwick/policy"
)

// A Redactor makes copies of an application's own struct type T that have no
// more in them than a View shows. Its tags name the fields of views:
//
//	type Person struct {
//		ID    string
//		Name  string     `view:"name"`
//		Alias *string    `view:"name"` // several can be one field of the view
//		Born  *time.Time `view:"born"`
//		Notes string     // no tag, or "-": never shown
//	}
//
// The fields of embedded structs count as T's own, unless the embedded struct is
// tagged itself. A Redactor is immutable and safe for concurrent use.
type Redactor[T any] struct {
	plan *redaction
}

// RedactorOf makes a Redactor for all the views that the policy has on a type of
// resource. A view hides what is tagged with a field that another view has.
//
// Its error tells of every tag that cannot be read, that none of the views has a
// field for, or that is on a field which is not exported. It tells, too, of
// every field that would be shown with fields in it that have tags of their own:
// these are for other records, about which something else may be decided. Of what a
// field of an interface type or a map holds it does not know: such a field shows
// all that is in it.
func RedactorOf[T any](p *policy.Policy, resourceType string) (*Redactor[T], error) {
	plan, err := newRedaction(p, resourceType, reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	return &Redactor[T]{plan}, nil
}

// Redact returns what the user sees of a record: a new T with the visible fields
// of the record, and with RestrictedText in the restricted ones that can hold a
// text (a string, a pointer to one, an any), whatever the record has there. All
// else is zero: what is hidden, what has no tag, what is not exported. Nothing
// of what is not visible changes the result.
//
// Of a nil record, and for a view of a resource of another type, it is the zero
// T. The visible values are copied as View.Map copies them.
func (r *Redactor[T]) Redact(v View, record *T) (seen T) {
	if record == nil || v.resource.Type != r.plan.on {
		return seen
	}
	to, from := reflect.ValueOf(&seen).Elem(), reflect.ValueOf(record).Elem()
	for _, f := range v.fields {
		for _, index := range r.plan.fields[f.name] {
			switch f.visibility {
			case Visible:
				if value, err := from.FieldByIndexErr(index); err == nil {
					reach(to, index).Set(deepcopy.Value(value))
				}
			case Restricted:
				if text, ok := restricted(r.plan.record.FieldByIndex(index).Type); ok {
					reach(to, index).Set(text)
				}
			}
		}
	}
	return seen
}

// reach returns a field of a struct, which may be in embedded ones that are not
// there yet.
func reach(v reflect.Value, index []int) reflect.Value {
	for _, i := range index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v
}

// restricted returns RestrictedText as a value of a type, if the type can hold a
// text.
func restricted(t reflect.Type) (reflect.Value, bool) {
	text := reflect.ValueOf(RestrictedText)
	switch {
	case t.Kind() == reflect.String:
		return text.Convert(t), true
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.String:
		p := reflect.New(t.Elem())
		p.Elem().SetString(RestrictedText)
		return p, true
	case text.Type().AssignableTo(t):
		return text, true
	}
	return reflect.Value{}, false
}

// A redaction is where a struct type has the fields of the views on a type of
// resource.
type redaction struct {
	on     string
	record reflect.Type
	fields map[string][][]int // indexes for reflect, by name
}

func newRedaction(p *policy.Policy, on string, record reflect.Type) (*redaction, error) {
	if p.Types().Type(on) == nil {
		return nil, fmt.Errorf("unknown resource type %q%s", on, p.Types().Hint(on))
	}
	known := fieldNames(p, on)
	if len(known) == 0 {
		return nil, fmt.Errorf("the policy has no view on %q", on)
	}
	if record.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s is not a struct", record)
	}
	r := &redaction{on: on, record: record, fields: map[string][][]int{}}
	var faults fault.List
	for _, f := range reflect.VisibleFields(record) {
		if name, ok := f.Tag.Lookup(viewTag); ok && name != "-" && !r.inTagged(f) {
			if err := r.add(known, f, name); err != nil {
				faults.Add(fmt.Sprintf("%s.%s", record, f.Name), "%v", err)
			}
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	if len(r.fields) == 0 {
		return nil, fmt.Errorf("%s has no field with a tag such as `view:%q`: nothing of it would ever be shown", record, known[0])
	}
	return r, nil
}

const viewTag = "view"

// inTagged reports whether a field is in an embedded struct that is tagged
// itself: if that is shown, it is as a whole, and if it is not, nothing of it is.
func (r *redaction) inTagged(f reflect.StructField) bool {
	for i := 1; i < len(f.Index); i++ {
		if _, ok := r.record.FieldByIndex(f.Index[:i]).Tag.Lookup(viewTag); ok {
			return true
		}
	}
	return false
}

// fieldNames returns the names of the fields of all views on a type of resource.
func fieldNames(p *policy.Policy, on string) []string {
	var names []string
	for _, v := range p.Document().Views {
		if v.On == on {
			for _, f := range v.Fields {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

func (r *redaction) add(known []string, f reflect.StructField, name string) error {
	switch {
	case !f.IsExported():
		return fmt.Errorf("a field that is not exported cannot be shown")
	case !slices.Contains(known, name):
		return fmt.Errorf("no view on %s has a field %q%s", r.on, name, suggest.Hint(name, known))
	}
	for i := range f.Index[:len(f.Index)-1] {
		if embedded := r.record.FieldByIndex(f.Index[:i+1]); embedded.Type.Kind() == reflect.Pointer && !embedded.IsExported() {
			return fmt.Errorf("it is in an embedded %s, which cannot be set: embed the struct, not a pointer to it", embedded.Type)
		}
	}
	if inner := tagged(f.Type, map[reflect.Type]bool{}); inner != "" {
		return fmt.Errorf("%s has tags of its own, and would be shown as a whole: leave this field without a tag, and fill it with redacted copies", inner)
	}
	r.fields[name] = append(r.fields[name], f.Index)
	return nil
}

// tagged returns a field with a tag in a type, or "" if there is none.
func tagged(t reflect.Type, visited map[reflect.Type]bool) string {
	if visited[t] {
		return ""
	}
	visited[t] = true
	switch t.Kind() {
	case reflect.Map:
		if inner := tagged(t.Key(), visited); inner != "" {
			return inner
		}
		return tagged(t.Elem(), visited)
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return tagged(t.Elem(), visited)
	case reflect.Struct:
		for f := range t.Fields() {
			if _, ok := f.Tag.Lookup(viewTag); ok {
				return t.String() + "." + f.Name
			}
			if inner := tagged(f.Type, visited); inner != "" {
				return inner
			}
		}
	}
	return ""
}
