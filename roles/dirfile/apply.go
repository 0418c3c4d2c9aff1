package dirfile

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// Apply makes the changes that the file says: it adds each unit, role and user
// with all that is theirs. What cannot be is remembered by the transaction, as
// by its own methods; Locate finds its place.
func (f *File) Apply(tx *roles.Tx) {
	types := tx.Schema().Types()
	inOrder(f.units, func(u roles.Unit) scope.Ref { return u.Ref }, func(u roles.Unit) []scope.Ref { return []scope.Ref{u.Parent} },
		func(u roles.Unit) {
			tx.AddUnit(u.Ref, u.Parent)
			if typ := types.Type(u.Ref.Type); typ != nil && len(u.Attributes) > 0 {
				tx.SetUnitAttributes(u.Ref, read(u.Attributes, typ.Attributes()))
			}
		})
	inOrder(f.roles, func(r roles.Role) roles.RoleID { return r.ID }, func(r roles.Role) []roles.RoleID { return r.Inherits }, tx.AddRole)
	for _, u := range f.users {
		u.Attributes = read(u.Attributes, tx.Schema().UserAttributes())
		tx.AddUser(u.User)
		for _, b := range u.bindings {
			tx.BindBetween(b.User, b.Role, b.Unit, b.From, b.Until)
		}
		for _, resource := range u.assigned {
			tx.Assign(u.ID, resource)
		}
	}
}

// inOrder does each entry after those that it needs, and else in the order of
// the file.
func inOrder[E any, K comparable](entries []E, key func(E) K, needs func(E) []K, do func(E)) {
	byKey := make(map[K]int, len(entries))
	for i, e := range entries {
		byKey[key(e)] = i
	}
	begun := make([]bool, len(entries))
	var visit func(i int)
	visit = func(i int) {
		if begun[i] { // done, or in a cycle, which the directory refuses
			return
		}
		begun[i] = true
		for _, k := range needs(entries[i]) {
			if j, ok := byKey[k]; ok {
				visit(j)
			}
		}
		do(entries[i])
	}
	for i := range entries {
		visit(i)
	}
}

// read makes of attributes as they are written what their types say. What it
// cannot read it leaves, and the directory says what is wrong with it.
func read(written scope.Map, types *scope.AttributeTypes) scope.Map {
	values := make(scope.Map, len(written))
	for name, v := range written {
		t, _ := condition.ParseType(types.Type(name))
		values[name] = readValue(v, t)
	}
	return values
}

func readValue(v any, t condition.Type) any {
	switch v := v.(type) {
	case json.Number:
		return readNumber(v, t)
	case string:
		return readText(v, t)
	case []any:
		all := make([]any, len(v))
		for i, e := range v {
			all[i] = readValue(e, t.Elem())
		}
		return all
	case map[string]any:
		all := make(map[string]any, len(v))
		for k, e := range v {
			all[k] = readValue(e, t.Elem())
		}
		return all
	}
	return v
}

func readNumber(n json.Number, t condition.Type) any {
	if t == condition.Double || t == condition.Uint {
		return n // it is read as one by whoever checks it
	}
	if i, err := strconv.ParseInt(string(n), 10, 64); err == nil {
		return i
	}
	if d, err := n.Float64(); err == nil {
		return d
	}
	return n
}

func readText(s string, t condition.Type) any {
	switch t {
	case condition.Timestamp:
		if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
			return at
		}
	case condition.Duration:
		if d, err := time.ParseDuration(s); err == nil {
			return d
		}
	case condition.Bytes:
		if b, err := base64.StdEncoding.Strict().DecodeString(s); err == nil {
			return b
		}
	}
	return s
}
