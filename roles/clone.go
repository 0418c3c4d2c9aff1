package roles

import (
	"bytes"
	"slices"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// What comes in is cloned, and what goes out is: nobody shares memory with a
// snapshot that they could change.

func (u Unit) clone() Unit {
	u.Attributes = cloneMap(u.Attributes)
	return u
}

func (u User) clone() User {
	u.Attributes = cloneMap(u.Attributes)
	return u
}

func (r Role) clone() Role {
	r.At, r.Inherits, r.Grants = cloneList(r.At), cloneList(r.Inherits), cloneList(r.Grants)
	for i := range r.Grants {
		r.Grants[i].Privileges = cloneList(r.Grants[i].Privileges)
	}
	return r
}

// cloneList copies a list; of an empty one it makes nil, so that equal roles
// are the same.
func cloneList[T any](list []T) []T { return append([]T(nil), list...) }

func cloneRecord(r Record) Record {
	switch r := r.(type) {
	case Unit:
		return r.clone()
	case User:
		return r.clone()
	case Role:
		return r.clone()
	}
	return r // no other record has anything to share
}

func cloneChanges(changes []Change) []Change {
	out := slices.Clone(changes)
	for i, c := range out {
		out[i].Before, out[i].After = cloneRecord(c.Before), cloneRecord(c.After)
	}
	return out
}

func (c Commit) clone() Commit {
	c.Changes, c.Warnings = cloneChanges(c.Changes), slices.Clone(c.Warnings)
	for i, w := range c.Warnings {
		warning := *w
		c.Warnings[i] = &warning
	}
	return c
}

// cloneMap copies attributes of canonical values.
func cloneMap(m scope.Map) scope.Map {
	if len(m) == 0 {
		return nil
	}
	out := make(scope.Map, len(m))
	for name, v := range m {
		out[name] = cloneValue(v)
	}
	return out
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case []byte:
		return bytes.Clone(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = cloneValue(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = cloneValue(e)
		}
		return out
	}
	return v // all other canonical values are immutable
}
