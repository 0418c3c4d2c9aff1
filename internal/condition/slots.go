package condition

import (
	"maps"
	"slices"

	"github.com/google/cel-go/common/types"
)

// Slots are the names of an object type's fields by their number, for those who
// implement Slotted. It is nil for a type that is not declared.
func (e *Env) Slots(object string) []string {
	fields, ok := e.objects[object]
	if !ok {
		return nil
	}
	return slices.Sorted(maps.Keys(fields))
}

// slot is the number of a field of an object type of the checker.
func (e *Env) slot(object *types.Type, field string) int {
	names, _ := e.provider.FindStructFieldNames(object.TypeName())
	return slices.Index(names, field)
}
