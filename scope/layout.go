package scope

import "github.com/bailiwick-authz/bailiwick/internal/condition"

// The fields that objects have besides attributes and the names of types.
const (
	idField   = "id"
	typeField = "type"
	unitField = "unit"
)

// A layout is where the record of an object has its fields.
type layout struct {
	shape          *condition.Shape
	id, kind, unit int   // of objects that have them
	of             []int // the field of the resource of a type, by its index; -1: none
	attributes     []int // by their number
}

// anyUnit is the Shape of what is known of any resource, the object type unit.
var anyUnit = condition.NewShape(unitFields, nil)

var unitFields = map[string]condition.Type{idField: condition.String, typeField: condition.String}

// lay lays out an object with the fields given, some of which are attributes. Its
// Shape extends base, which may be nil.
func (t *Types) lay(fields map[string]condition.Type, attributes *AttributeTypes, base *condition.Shape) layout {
	shape := condition.NewShape(fields, base)
	slot := func(name string) int {
		i, _ := shape.Slot(name)
		return i
	}
	l := layout{shape: shape, id: slot(idField), kind: slot(typeField), unit: slot(unitField)}
	for _, typ := range t.ordered {
		at := -1
		if fields[typ.name].Object() != "" {
			at = slot(typ.name)
		}
		l.of = append(l.of, at)
	}
	for _, name := range attributes.names {
		l.attributes = append(l.attributes, slot(name))
	}
	return l
}
