package policy

import (
	"github.com/bailiwick-authz/bailiwick/internal/condition"
	"github.com/bailiwick-authz/bailiwick/roles"
)

// level(privilege): the greatest level at which the role holds the privilege,
// 0 for none, whatever it inherits included.
func (w *world) level(args []any) (any, error) {
	for privilege, right := range w.policy.heldBy(closureIn(w.in, w.role.ID)) {
		if privilege.Name == args[0] {
			w.facts.tell(nil, "%s holds %s", w.role.ID, right.Action())
			return int64(right.Level()), nil
		}
	}
	w.facts.tell(nil, "%s does not hold %s", w.role.ID, args[0])
	return int64(0), nil
}

// permissions(): what the role gives, whatever it inherits included.
func (w *world) permissions([]any) (any, error) {
	var all []any
	for _, r := range closureIn(w.in, w.role.ID) {
		for _, p := range w.policy.Permissions(r) {
			each := &permissionObject{p}
			all = append(all, each)
			w.facts.of(each, "%s holds %s in scope %s", w.role.ID, p.Right.Action(), p.Scope.Name())
		}
	}
	return all, nil
}

// closureIn returns a role of a snapshot and all that it inherits.
func closureIn(in *roles.Snapshot, id roles.RoleID) []roles.Role {
	var all []roles.Role
	for _, each := range in.Closure(id) {
		if r, ok := in.Role(each); ok {
			all = append(all, r)
		}
	}
	return all
}

// A roleObject gives invariants the role that they are for.
type roleObject roles.Role

// Field returns the role's id, name, default scope, or whether it is fixed.
func (r roleObject) Field(name string) any {
	switch name {
	case "id":
		return string(r.ID)
	case "name":
		if r.Name == "" {
			return string(r.ID)
		}
		return r.Name
	case "scope":
		return r.Scope
	}
	return r.Fixed
}

// A permissionObject gives invariants one thing that a role gives.
type permissionObject struct{ Permission }

// Field returns the privilege's name, the type that it is on, or the scope's
// name.
func (p *permissionObject) Field(name string) any {
	switch name {
	case "privilege":
		return p.Right.Privilege().Name
	case "on":
		return p.Right.Privilege().On
	case "scope":
		return p.Scope.Name()
	}
	return condition.Absent
}
