package scope

import "github.com/bailiwick-authz/bailiwick/internal/condition"

// Values are attributes that AttributeTypes.Check found good: all of them
// declared, each in its canonical Go type. Conditions read them fast. They are
// immutable. The nil Values has no attributes.
type Values struct {
	types  *AttributeTypes
	record condition.Record
}

var _ Attributes = (*Values)(nil)

// Attribute returns the value of an attribute, which the caller must not change,
// and whether there is one.
func (v *Values) Attribute(name string) (any, bool) {
	if v == nil {
		return nil, false
	}
	value := v.record.Field(name)
	return value, value != any(condition.Absent)
}

// AttributeNames returns the names of the attributes.
func (v *Values) AttributeNames() []string { return v.Map().AttributeNames() }

// Map returns the attributes by name; nil if there are none. The caller must not
// change what the values hold.
func (v *Values) Map() Map {
	if v == nil {
		return nil
	}
	var m Map
	for i, name := range v.types.names {
		value := v.record.Value(i)
		if value == any(condition.Absent) {
			continue
		}
		if m == nil {
			m = Map{}
		}
		m[name] = value
	}
	return m
}

// copy puts the attributes into a record, as AttributeTypes.check does.
func (v *Values) copy(into *condition.Record, slots []int) {
	if v == nil {
		return
	}
	for i := range v.types.names {
		into.Copy(slots[i], &v.record, i)
	}
}
