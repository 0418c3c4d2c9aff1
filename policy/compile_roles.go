package policy

import (
	"slices"

	"github.com/bailiwick-authz/bailiwick/internal/fault"
	"github.com/bailiwick-authz/bailiwick/internal/suggest"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

func (c *compiler) compileRoles() {
	names := make([]string, len(c.document.Roles))
	for i, r := range c.document.Roles {
		names[i] = r.Name
	}
	for _, r := range c.document.Roles {
		path := fault.At("roles", r.Name)
		if _, ok := c.roleIndex[roles.RoleID(r.Name)]; ok {
			c.faults.AddKey(path, "there is a role %q already", r.Name)
			continue
		}
		if !isWord(r.Name) {
			c.faults.AddKey(path, "%q cannot be the name of a role: want letters, digits, _ and -", r.Name)
		}
		c.checkRole(path, r, names)
		c.roleIndex[roles.RoleID(r.Name)] = len(c.roles)
		c.roles = append(c.roles, fixedRole(r))
	}
	if !c.checkInheritance() {
		return
	}
	for _, r := range c.roles {
		c.permissions[r.ID] = c.permissionsOf(r)
	}
	for _, r := range c.roles {
		for _, short := range c.shortfalls(c.closure(r.ID)) {
			c.faults.AddKey(fault.At("roles", string(r.ID)), "role %q: %s", r.ID, short)
		}
	}
}

func fixedRole(r Role) roles.Role {
	role := roles.Role{
		ID: roles.RoleID(r.Name), Name: r.Title, Fixed: true, At: r.At,
		Scope: r.Scope, Everything: r.Everything,
	}
	for _, name := range r.Inherits {
		role.Inherits = append(role.Inherits, roles.RoleID(name))
	}
	for _, g := range r.Grants {
		role.Grants = append(role.Grants, roles.Grant(g))
	}
	return role
}

func (c *compiler) checkRole(path string, r Role, names []string) {
	inherited := map[string]bool{}
	for i, name := range r.At {
		at := fault.Index(fault.At(path, "at"), i)
		switch typ := c.types.Type(name); {
		case typ == nil:
			c.faults.Add(at, "unknown resource type %q%s", name, c.types.Hint(name))
		case !typ.Unit():
			c.faults.Add(at, "%q is not a unit: roles are bound at units", name)
		}
	}
	for i, name := range r.Inherits {
		at := fault.Index(fault.At(path, "inherits"), i)
		if !slices.Contains(names, name) {
			c.faults.Add(at, "unknown role %q%s", name, suggest.Hint(name, names))
		} else if inherited[name] {
			c.faults.Add(at, "role %q is inherited twice", name)
		}
		inherited[name] = true
	}
	if r.Scope != "" {
		c.checkScope(fault.At(path, "scope"), r.Scope, nil)
	}
	if r.Everything {
		var on []string
		for _, p := range c.catalog.Privileges() {
			on = append(on, p.On)
		}
		c.checkScope(fault.At(path, "scope"), r.Scope, on)
	}
	for i, g := range r.Grants {
		c.checkGrant(fault.Index(fault.At(path, "grants"), i), g, r.Scope)
	}
}

func (c *compiler) checkGrant(path string, g Grant, byDefault string) {
	if len(g.Privileges) == 0 {
		c.faults.Add(fault.At(path, "privileges"), "the grant gives no privilege")
	}
	var on []string
	for i, action := range g.Privileges {
		right, ok := c.right(fault.Index(fault.At(path, "privileges"), i), action)
		if ok && c.types.Type(right.Privilege().On) != nil && !slices.Contains(on, right.Privilege().On) {
			on = append(on, right.Privilege().On)
		}
	}
	at := path
	if g.Scope != "" {
		at = fault.At(path, "scope")
	}
	c.checkScope(at, orScope(g.Scope, byDefault), on)
	if g.When == "" || c.language == nil || len(on) == 0 {
		return
	}
	if predicate := c.predicate(fault.At(path, "when"), "when", g.When, on); predicate != nil {
		c.keepWhen(g.When, on, predicate)
	}
}

// keepWhen keeps a grant's condition by its text. A text that several grants
// share is compiled for all their types.
func (c *compiler) keepWhen(source string, on []string, predicate *scope.Predicate) {
	if before := c.whens[source]; before != nil {
		for _, typ := range c.types.Names() {
			if before.For(typ) == nil && !slices.Contains(on, typ) {
				on = append(on, typ)
			}
		}
		if predicate = c.predicate("", "when", source, on); predicate == nil {
			return
		}
	}
	c.whens[source] = predicate
}

// checkScope checks that there is a scope, and that it is for the given types.
func (c *compiler) checkScope(path, name string, on []string) {
	predicate := c.scopes[name]
	if predicate == nil {
		known := make([]string, len(c.document.Scopes))
		for i, s := range c.document.Scopes {
			known[i] = s.Name
		}
		if name == "" {
			c.faults.Add(path, `a scope is missing: say how far the grant reaches (a scope that is "true" reaches all of the unit)`)
		} else if !slices.Contains(known, name) {
			c.faults.Add(path, "unknown scope %q%s", name, suggest.Hint(name, known))
		}
		return
	}
	for i, typ := range on {
		if slices.Contains(on[:i], typ) || c.types.Type(typ) == nil {
			continue
		}
		if err := predicate.For(typ); err != nil {
			c.faults.Add(path, "scope %v", err)
		}
	}
}

// checkInheritance refuses cycles and great depth, and reports whether there
// are none.
func (c *compiler) checkInheritance() bool {
	const visiting, done = 1, 2
	state, depth, sound := map[roles.RoleID]int{}, map[roles.RoleID]int{}, true
	var visit func(r roles.Role)
	visit = func(r roles.Role) {
		state[r.ID], depth[r.ID] = visiting, 1
		path := fault.At(fault.At("roles", string(r.ID)), "inherits")
		for i, id := range r.Inherits {
			junior, ok := c.role(id)
			if !ok {
				continue
			}
			if state[id] == 0 {
				visit(junior)
			}
			if state[id] == visiting {
				c.faults.Add(fault.Index(path, i), "%s", cycle("role ", "inherits", string(r.ID), string(id)))
				sound = false
			}
			depth[r.ID] = max(depth[r.ID], depth[id]+1)
		}
		if state[r.ID] = done; depth[r.ID] == c.opts.MaxInheritance+1 {
			c.faults.Add(path, "role %q inherits through more than %d roles", r.ID, c.opts.MaxInheritance)
			sound = false
		}
	}
	for _, r := range c.roles {
		if state[r.ID] == 0 {
			visit(r)
		}
	}
	return sound
}

func (p *Policy) role(id roles.RoleID) (roles.Role, bool) {
	i, ok := p.roleIndex[id]
	if !ok {
		return roles.Role{}, false
	}
	return p.roles[i], true
}

// closure returns a fixed role and all that it inherits. There must be no
// cycle.
func (p *Policy) closure(id roles.RoleID) []roles.Role {
	var all []roles.Role
	visited := map[roles.RoleID]bool{}
	var visit func(id roles.RoleID)
	visit = func(id roles.RoleID) {
		r, ok := p.role(id)
		if !ok || visited[id] {
			return
		}
		visited[id] = true
		all = append(all, r)
		for _, junior := range r.Inherits {
			visit(junior)
		}
	}
	visit(id)
	return all
}

// levels is the greatest level at which each privilege is held.
type levels map[*roles.Privilege]roles.Right

// heldBy returns the levels that roles give together, wherever they reach.
func (p *Policy) heldBy(all []roles.Role) levels {
	held := levels{}
	for _, r := range all {
		for _, permission := range p.Permissions(r) {
			right := permission.Right
			if right.Level() > held[right.Privilege()].Level() {
				held[right.Privilege()] = right
			}
		}
	}
	return held
}
