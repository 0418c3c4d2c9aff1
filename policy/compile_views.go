package policy

import (
	"strings"

	"github.com/bailiwick-authz/bailiwick/internal/fault"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

func (c *compiler) checkViews() {
	for _, v := range c.document.Views {
		path := fault.At("views", v.Name)
		if _, ok := c.views[v.Name]; ok {
			c.faults.AddKey(path, "there is a view %q already", v.Name)
			continue
		}
		if !isWord(v.Name) {
			c.faults.AddKey(path, "%q cannot be the name of a view: want letters, digits, _ and -", v.Name)
		}
		on := c.types.Type(v.On)
		if on == nil {
			c.faults.Add(fault.At(path, "on"), "unknown resource type %q%s", v.On, c.types.Hint(v.On))
		}
		c.checkShow(fault.At(path, "show"), on, v.Show)
		if len(v.Fields) == 0 {
			c.faults.AddKey(path, "view %q needs a field", v.Name)
		}
		c.checkFields(path, on, v)
		c.views[v.Name] = v
	}
}

func (c *compiler) checkFields(path string, on *scope.Type, v View) {
	seen, showing := map[string]bool{}, v.showing()
	for _, f := range v.Fields {
		at := fault.At(fault.At(path, "fields"), f.Name)
		if seen[f.Name] {
			c.faults.AddKey(at, "there is a field %q already", f.Name)
			continue
		}
		seen[f.Name] = true
		if !isWord(f.Name) {
			c.faults.AddKey(at, "%q cannot be the name of a field: want letters, digits, _ and -", f.Name)
		}
		c.checkShow(fault.At(at, "show"), on, f.Show)
		switch {
		case len(v.Show) == 0 && len(f.Show) == 0:
			c.faults.AddKey(at, "nothing says who sees field %q: name actions in its show, or in the view's", f.Name)
		case f.Restricted && len(f.Show) == 0:
			c.faults.Add(fault.At(at, "otherwise"), "field %q is never restricted: it is visible to all who see the view, unless it has a show of its own", f.Name)
		case f.Restricted && containsAll(f.Show, showing):
			c.faults.Add(fault.At(at, "otherwise"), "field %q is never restricted: all who see the view see it, unless the view's show names more actions", f.Name)
		}
	}
}

// showing returns the actions that show the view.
func (v View) showing() map[roles.Action]bool {
	showing := map[roles.Action]bool{}
	for _, a := range v.Show {
		showing[a] = true
	}
	for _, f := range v.Fields {
		for _, a := range f.Show {
			if len(v.Show) == 0 {
				showing[a] = true
			}
		}
	}
	return showing
}

// containsAll reports whether a list contains all of a set.
func containsAll(list []roles.Action, set map[roles.Action]bool) bool {
	found := map[roles.Action]bool{}
	for _, a := range list {
		if set[a] {
			found[a] = true
		}
	}
	return len(found) == len(set)
}

// checkShow checks that each action can be asked about a resource of a type, or
// about one that it is in. The type may be nil: that is a fault already.
func (c *compiler) checkShow(path string, on *scope.Type, show []roles.Action) {
	seen := map[roles.Action]bool{}
	for i, action := range show {
		at := fault.Index(path, i)
		if seen[action] {
			c.faults.Add(at, "action %q is named twice", action)
			continue
		}
		seen[action] = true
		right, ok := c.right(at, action)
		if !ok || on == nil {
			continue
		}
		typ := c.types.Type(right.Privilege().On)
		if typ == nil || typ == on || on.Below(typ) {
			continue
		}
		c.faults.Add(at, "%s is on %s, and a view on %s can ask only about %s", action, typ.Name(), on.Name(), c.around(on))
	}
}

// around lists a type and those above it.
func (c *compiler) around(typ *scope.Type) string {
	names := []string{typ.Name()}
	for _, other := range c.types.All() {
		if typ.Below(other) {
			names = append(names, other.Name())
		}
	}
	return strings.Join(names, ", ")
}
