package condition

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// provider tells the checker the fields of the object types, and that there are
// no other named things.
type provider struct {
	objects map[string]map[string]Type
}

var _ types.Provider = (*provider)(nil)

func (*provider) EnumValue(name string) ref.Val { return types.NewErr("no enum value %q", name) }

func (*provider) FindIdent(string) (ref.Val, bool) { return nil, false }

func (p *provider) FindStructType(name string) (*types.Type, bool) {
	_, ok := p.fields(name)
	return types.NewTypeTypeWithParam(types.NewObjectType(name)), ok
}

func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	fields, ok := p.fields(name)
	return slices.Sorted(maps.Keys(fields)), ok
}

func (p *provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	fields, _ := p.fields(name)
	t, ok := fields[field]
	if !ok {
		return nil, false
	}
	return &types.FieldType{Type: celType(t)}, true
}

func (*provider) NewValue(name string, _ map[string]ref.Val) ref.Val {
	return types.NewErr("no value of %q can be made", name)
}

// fields finds an object type by the checker's name for it.
func (p *provider) fields(name string) (map[string]Type, bool) {
	bare, ok := strings.CutPrefix(name, objectPrefix)
	if !ok {
		return nil, false
	}
	fields, ok := p.objects[bare]
	return fields, ok
}
