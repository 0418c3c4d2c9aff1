package policy

import (
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/internal/fault"
	"github.com/bailiwick-authz/bailiwick/internal/suggest"
	"github.com/bailiwick-authz/bailiwick/roles"
)

func (c *compiler) checkAdministration() {
	a := c.document.Administration
	if a.Accounts != "" {
		switch typ := c.types.Type(a.Accounts); {
		case typ == nil:
			c.faults.Add("administration.accounts", "unknown resource type %q%s", a.Accounts, c.types.Hint(a.Accounts))
		case typ.Unit():
			c.faults.Add("administration.accounts", "%q is a unit: users are not", a.Accounts)
		}
	}
	switch a.Ceiling {
	case "", NoCeiling, Held, HeldExceptSelf:
	default:
		c.faults.Add("administration.ceiling", "unknown ceiling %q%s: want none, held or held_except_self",
			a.Ceiling, suggest.Hint(string(a.Ceiling), []string{string(NoCeiling), string(Held), string(HeldExceptSelf)}))
	}
	seen := map[string]bool{}
	for _, rule := range a.Changes {
		path := fault.At("administration.changes", rule.Change)
		c.checkChange(path, rule.Change)
		switch {
		case seen[rule.Change]:
			c.faults.AddKey(path, "change %q is named twice", rule.Change)
		case len(rule.Actions) == 0:
			c.faults.AddKey(path, "change %q needs an action", rule.Change)
		}
		seen[rule.Change] = true
		for i, action := range rule.Actions {
			if right, ok := c.right(fault.Index(path, i), action); ok {
				c.checkAsked(fault.Index(path, i), rule.Change, right)
			}
		}
	}
}

// checkAsked refuses an action of the administration that can be asked about
// nothing: a change touches accounts and units, and one of an assignment the
// resource that is assigned and all that it is in.
func (c *compiler) checkAsked(path, change string, right roles.Right) {
	on := c.types.Type(right.Privilege().On)
	accounts := c.document.Administration.Accounts
	if on == nil || on.Unit() || on.Name() == accounts {
		return
	}
	if known := c.types.Type(accounts); accounts != "" && (known == nil || known.Unit()) {
		return // which is a fault of its own
	}
	kind, of, special := strings.Cut(change, ".")
	if kind != string(roles.Assigned) && kind != string(roles.Unassigned) {
		c.faults.Add(path, "%s is on %s, which is neither a unit nor the type of accounts (%q): this change can be asked about none",
			right.Action(), on.Name(), accounts)
		return
	}
	if typ := c.types.Type(of); special && typ != nil && typ != on && !typ.Below(on) {
		c.faults.Add(path, "%s is on %s: an assignment of a %s is of none and in none", right.Action(), on.Name(), of)
	}
}

// checkChange checks the name of a kind of change, or of one for a type, or,
// if it binds, for a role, or, if it changes units, for an attribute of a type.
func (c *compiler) checkChange(path, name string) {
	var kinds []string
	for _, k := range roles.ChangeKinds() {
		kinds = append(kinds, string(k))
	}
	kind, of, special := strings.Cut(name, ".")
	if !slices.Contains(kinds, kind) {
		c.faults.AddKey(path, "unknown change %q%s", kind, suggest.Hint(kind, kinds))
		return
	}
	if !special {
		return
	}
	if typ, attribute, one := strings.Cut(of, "."); one && kind == string(roles.UnitChanged) {
		of = typ
		if known := c.types.Type(typ); known != nil && !slices.Contains(known.Attributes().Names(), attribute) {
			c.faults.AddKey(path, "type %s has no attribute %q%s", typ, attribute, suggest.Hint(attribute, known.Attributes().Names()))
		}
	}
	_, role := c.role(roles.RoleID(of))
	role = role && (kind == string(roles.Bound) || kind == string(roles.Unbound))
	switch typ := c.types.Type(of); {
	case role && typ != nil:
		c.faults.AddKey(path, "%q is both a role and a resource type: what it stands for is not clear", of)
	case !role && typ == nil:
		known := c.types.Names()
		for _, r := range c.document.Roles {
			known = append(known, r.Name)
		}
		c.faults.AddKey(path, "unknown resource type or role %q%s", of, suggest.Hint(of, known))
	}
}
