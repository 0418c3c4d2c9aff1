package reference

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A law is a policy over a world, which is nil if there is no directory.
type law struct {
	*Evaluator
	world *World
}

// A node is a resource, or one that it is in.
type node struct {
	ref        scope.Ref
	attributes map[string]any
}

// place returns a resource and all that it is in, the outermost last.
func (l law) place(r scope.Resource) ([]node, Reason) {
	typ, known := l.typ(r.Type)
	if !known || !valid(r.ID) {
		return nil, MalformedResource
	}
	parent, attributes := r.Parent, map[string]any{}
	if typ.Unit && l.world != nil {
		unit, known := l.unit(r.Ref())
		if !known || !r.Parent.IsZero() && r.Parent != unit.Parent {
			return nil, MalformedResource
		}
		parent = unit.Parent
		attributes, _ = checked(typ.Attributes, unit.Attributes, false)
	}
	if r.In != nil && !parent.IsZero() && parent != r.In.Ref() {
		return nil, MalformedResource
	}
	in := scope.Resource{Type: parent.Type, ID: parent.ID}
	if r.In != nil {
		in = *r.In
	}
	var above []node
	var wrong Reason
	switch {
	case len(typ.In) == 0 && in.Ref() != (scope.Ref{}) && in.Ref() != scope.Root():
		return nil, MalformedResource
	case len(typ.In) > 0 && !slices.Contains(typ.In, in.Type):
		return nil, MalformedResource
	case len(typ.In) > 0:
		if above, wrong = l.place(in); wrong != "" {
			return nil, wrong
		}
	}
	given, ok := checked(typ.Attributes, r.Attributes, true)
	if !ok {
		return nil, WrongAttribute
	}
	maps.Copy(attributes, given)
	return append([]node{{r.Ref(), attributes}}, above...), ""
}

// typ finds a type of resource.
func (l law) typ(name string) (policy.Resource, bool) {
	for _, r := range l.document.Resources {
		if r.Name == name {
			return r, true
		}
	}
	return policy.Resource{}, false
}

func (l law) unit(ref scope.Ref) (roles.Unit, bool) {
	for _, u := range l.world.Units {
		if u.Ref == ref {
			return u, true
		}
	}
	return roles.Unit{}, false
}

// isUnit reports whether there is such a unit, as far as anybody can know.
func (l law) isUnit(ref scope.Ref) bool {
	typ, known := l.typ(ref.Type)
	if l.world == nil {
		return known && typ.Unit && valid(ref.ID)
	}
	_, known = l.unit(ref)
	return known
}

// contains reports whether a unit is inner, or inner is in it.
func (l law) contains(outer, inner scope.Ref) bool {
	for inner != outer {
		unit, known := l.unit(inner)
		if !known {
			return false
		}
		inner = unit.Parent
	}
	return true
}

// checked returns attributes in their canonical types, or false if one is not
// declared or not of its type. An attribute that is nil is absent. One that is of
// its type but out of its range is as false, or, of a resource that comes with the
// question, is there and an error for who looks at it.
func checked(declared map[string]string, given scope.Attributes, ofQuestion bool) (map[string]any, bool) {
	canonical := map[string]any{}
	values, _ := given.(scope.Map)
	for name, v := range values {
		typ, err := condition.ParseType(declared[name])
		if err != nil {
			return nil, false
		}
		value, err := typ.Normalize(v)
		if ofQuestion && condition.OutOfRange(err) {
			value, err = condition.Invalid{Err: err}, nil
		}
		if err != nil {
			return nil, false
		}
		if value != condition.Absent {
			canonical[name] = value
		}
	}
	return canonical, true
}

// valid reports whether an id is one: some text, not too long, without anything
// in it that does not show or blanks around it.
func valid(id string) bool {
	hidden := func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) }
	return id != "" && len(id) <= 256 && utf8.ValidString(id) && strings.TrimSpace(id) == id && !strings.ContainsFunc(id, hidden)
}
