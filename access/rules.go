package access

import (
	"maps"
	"reflect"
	"slices"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// actions returns what a change takes: what the policy says for the role or the
// type that it is of, or else for its kind; for a unit's attributes, what it says
// for each that changes.
func (g *guard) actions(c roles.Change, of string) []roles.Action {
	rules, kind := g.rules(), string(c.Kind)
	if b, ok := c.Record().(roles.Binding); ok && g.isFixed(b.Role) {
		if special, ok := rules[kind+"."+string(b.Role)]; ok {
			return special
		}
	}
	general, ok := rules[kind+"."+of]
	if !ok {
		general = rules[kind]
	}
	if c.Kind != roles.UnitChanged {
		return general
	}
	var actions []roles.Action
	for _, name := range changedAttributes(c) {
		special, ok := rules[kind+"."+of+"."+name]
		if !ok {
			special = general
		}
		if len(special) == 0 {
			return nil
		}
		actions = append(actions, special...)
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

// changedAttributes returns the names of a unit's attributes that are others
// after a change.
func changedAttributes(c roles.Change) []string {
	was, _ := c.Before.(roles.Unit)
	is, _ := c.After.(roles.Unit)
	all := scope.Map{}
	maps.Copy(all, was.Attributes)
	maps.Copy(all, is.Attributes)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(name string) bool {
		before, had := was.Attributes[name]
		after, has := is.Attributes[name]
		return had == has && reflect.DeepEqual(before, after)
	})
}

// rules returns the policy's rules by what they are for.
func (g *guard) rules() map[string][]roles.Action {
	rules := map[string][]roles.Action{}
	for _, rule := range g.session.engine.policy.Administration().Changes {
		rules[rule.Change] = rule.Actions
	}
	return rules
}

// inherited returns what a change of a binding takes besides: what the policy
// says for each role that the bound role inherits, before the changes or after.
func (g *guard) inherited(c roles.Change) []roles.Action {
	b, ok := c.Record().(roles.Binding)
	if !ok {
		return nil
	}
	var actions []roles.Action
	rules := g.rules()
	for _, junior := range append(g.juniors(g.before, b.Role), g.juniors(g.after, b.Role)...) {
		actions = append(actions, rules[string(c.Kind)+"."+string(junior)]...)
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

// juniors returns the fixed roles that a role inherits in a state.
func (g *guard) juniors(in *roles.Snapshot, role roles.RoleID) []roles.RoleID {
	return slices.DeleteFunc(slices.Clone(in.Closure(role)), func(id roles.RoleID) bool {
		return id == role || !g.isFixed(id)
	})
}

// inheritance returns the fixed roles that a role begins to inherit by the
// changes, and those that it ceases to.
func (g *guard) inheritance(role roles.RoleID) (gained, lost []roles.RoleID) {
	was, is := g.juniors(g.before, role), g.juniors(g.after, role)
	gained = slices.DeleteFunc(slices.Clone(is), func(id roles.RoleID) bool { return slices.Contains(was, id) })
	lost = slices.DeleteFunc(was, func(id roles.RoleID) bool { return slices.Contains(is, id) })
	return gained, lost
}

// promoted returns what the change of a role gives to those who hold it, and
// takes from them, that has a rule of its own: to make a role inherit another is
// to bind its holders to that.
func (g *guard) promoted(c roles.Change) []roles.Change {
	r, ok := c.After.(roles.Role)
	if !ok {
		return nil
	}
	var all []roles.Change
	rules := g.rules()
	gained, lost := g.inheritance(r.ID)
	for _, junior := range gained {
		if rules[string(roles.Bound)+"."+string(junior)] != nil {
			for _, b := range g.after.Holders(r.ID) {
				b.Role = junior
				all = append(all, roles.Change{Kind: roles.Bound, After: b})
			}
		}
	}
	for _, junior := range lost {
		if rules[string(roles.Unbound)+"."+string(junior)] != nil {
			for _, b := range g.before.Holders(r.ID) {
				b.Role = junior
				all = append(all, roles.Change{Kind: roles.Unbound, Before: b})
			}
		}
	}
	return all
}

// isFixed reports whether a role is the policy's: only those have rules of their
// own. A custom role may be called like a type of unit.
func (g *guard) isFixed(id roles.RoleID) bool {
	r, ok := g.after.Role(id)
	return ok && r.Fixed
}

func (g *guard) on(action roles.Action) string {
	right, _ := g.session.engine.policy.Catalog().Right(action)
	return right.Privilege().On
}
