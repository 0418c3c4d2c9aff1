package reference

import (
	"slices"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A person is a user with all that they have.
type person struct {
	roles.Principal
	attributes map[string]any
	home       []node // the unit where they belong and those above it
}

// user finds the user of a question, or says what is wrong with them.
func (l law) user(q Question) (person, Reason) {
	p := q.Principal
	if p == nil {
		if p = l.principal(q.User); p == nil {
			return person{}, UnknownUser
		}
	}
	attributes, ok := checked(l.document.Users, p.Attributes, false)
	if !ok || !valid(string(p.ID)) || slices.ContainsFunc(p.Bindings, l.impossible) {
		return person{}, MalformedUser
	}
	for _, ref := range p.Assignments {
		if _, known := l.typ(ref.Type); !known || !valid(ref.ID) {
			return person{}, MalformedUser
		}
	}
	var home []node
	if !p.Unit.IsZero() {
		var wrong Reason
		if home, wrong = l.place(scope.Resource{Type: p.Unit.Type, ID: p.Unit.ID}); wrong != "" {
			return person{}, MalformedUser
		}
	}
	return person{*p, attributes, home}, ""
}

// principal collects what the world has of a user; nil if it knows no such
// user.
func (l law) principal(id roles.UserID) *roles.Principal {
	if l.world == nil {
		return nil
	}
	i := slices.IndexFunc(l.world.Users, func(u roles.User) bool { return u.ID == id })
	if i < 0 {
		return nil
	}
	p := &roles.Principal{User: l.world.Users[i]}
	for _, b := range l.world.Bindings {
		if b.User == id {
			p.Bindings = append(p.Bindings, b)
		}
	}
	for _, a := range l.world.Assignments {
		if a.User == id {
			p.Assignments = append(p.Assignments, a.Resource)
		}
	}
	return p
}

// impossible reports whether no directory would have a binding: its role or
// unit is unknown, the role cannot be bound there, or it ends before it begins.
func (l law) impossible(b roles.Binding) bool {
	role, known := l.role(b.Role)
	switch {
	case !known, b.Unit != scope.Root() && !l.isUnit(b.Unit):
		return true
	case len(role.At) > 0 && !slices.Contains(role.At, b.Unit.Type):
		return true
	case !role.Fixed && !l.contains(role.Unit, b.Unit):
		return true
	}
	return !b.From.IsZero() && !b.Until.IsZero() && !b.From.Before(b.Until)
}

// role finds a role: the policy's, or a custom one.
func (l law) role(id roles.RoleID) (roles.Role, bool) {
	for _, r := range l.fixed {
		if r.ID == id {
			return r, true
		}
	}
	if l.world != nil {
		for _, r := range l.world.Roles {
			if r.ID == id {
				return r, true
			}
		}
	}
	return roles.Role{}, false
}

// fixed is a role of the policy as a role like any other.
func fixed(r policy.Role) roles.Role {
	role := roles.Role{ID: roles.RoleID(r.Name), Fixed: true, At: r.At, Scope: r.Scope, Everything: r.Everything}
	for _, name := range r.Inherits {
		role.Inherits = append(role.Inherits, roles.RoleID(name))
	}
	for _, g := range r.Grants {
		role.Grants = append(role.Grants, roles.Grant(g))
	}
	return role
}

// inherited returns a role and, again and again where there are several ways to
// them, all that it inherits.
func (l law) inherited(id roles.RoleID) []roles.Role {
	role, known := l.role(id)
	if !known {
		return nil
	}
	all := []roles.Role{role}
	for _, junior := range role.Inherits {
		all = append(all, l.inherited(junior)...)
	}
	return all
}
