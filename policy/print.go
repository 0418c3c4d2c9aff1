package policy

import (
	"maps"
	"slices"

	"github.com/bailiwick-authz/bailiwick/roles"
)

// YAML returns the document as a policy file. Parse makes of it the same
// policy as Compile makes of the document.
//
// Texts that are not UTF-8 cannot be written.
func (d Document) YAML() []byte {
	var m mapping
	m.add("policy", text(d.Policy))
	m.add("users", printUsers(d.Users))
	m.add("context", texts(d.Context))
	m.add("resources", named(d.Resources, printResource))
	m.add("privileges", named(d.Privileges, printPrivilege))
	m.add("scopes", named(d.Scopes, printScope))
	m.add("roles", named(d.Roles, printRole))
	m.add("constraints", unlessEmpty(listOf(d.Constraints, printConstraint)))
	m.add("invariants", unlessEmpty(listOf(d.Invariants, printInvariant)))
	m.add("views", named(d.Views, printView))
	m.add("administration", printAdministration(d.Administration))
	return m.value().file()
}

func printUsers(attributes map[string]string) value {
	var m mapping
	m.add("attributes", texts(attributes))
	return unlessEmpty(m.value())
}

func printResource(r Resource) (string, value) {
	var m mapping
	m.add("unit", yes(r.Unit))
	m.add("in", oneOrList(r.In))
	m.add("attributes", texts(r.Attributes))
	return r.Name, m.value()
}

func printPrivilege(p Privilege) (string, value) {
	var m mapping
	m.add("on", text(p.On))
	m.add("levels", unlessEmpty(list(p.Levels)))
	m.add("requires", oneOrList(p.Requires))
	m.add("area", optional(p.Area))
	m.add("title", optional(p.Title))
	return p.Name, m.value()
}

func printScope(s Scope) (string, value) {
	if len(s.On) == 0 {
		return s.Name, text(s.When)
	}
	var m mapping
	m.add("on", list(s.On))
	m.add("when", text(s.When))
	return s.Name, m.value()
}

func printRole(r Role) (string, value) {
	var m mapping
	m.add("title", optional(r.Title))
	m.add("at", oneOrList(r.At))
	m.add("scope", optional(r.Scope))
	m.add("everything", yes(r.Everything))
	m.add("inherits", oneOrList(r.Inherits))
	m.add("grants", unlessEmpty(listOf(r.Grants, printGrant)))
	return r.Name, m.value()
}

func printGrant(g Grant) value {
	var m mapping
	m.add("privileges", list(g.Privileges))
	m.add("scope", optional(g.Scope))
	m.add("when", optional(g.When))
	return m.value()
}

func printConstraint(c Constraint) value {
	var m mapping
	m.add("name", text(c.Name))
	m.add("on", unlessEmpty(list(c.On)))
	m.add("resources", unlessEmpty(list(c.Resources)))
	m.add("require", text(c.Require))
	m.add("message", optional(c.Message))
	return m.value()
}

func printInvariant(i Invariant) value {
	var m mapping
	m.add("name", text(i.Name))
	m.add("for", text(i.For))
	m.add("require", text(i.Require))
	if i.Severity != roles.Refuse {
		m.add("severity", text(i.Severity.String()))
	}
	m.add("message", optional(i.Message))
	return m.value()
}

func printView(v View) (string, value) {
	var fields, m mapping
	for _, f := range v.Fields {
		fields.addName(printField(f))
	}
	m.add("on", text(v.On))
	m.add("show", oneOrList(v.Show))
	m.add("fields", fields.value())
	return v.Name, m.value()
}

func printField(f Field) (string, value) {
	var m mapping
	m.add("show", oneOrList(f.Show))
	if f.Restricted {
		m.add("otherwise", text(otherwiseRestricted))
	}
	return f.Name, m.value()
}

func printAdministration(a Administration) value {
	var m mapping
	m.add("accounts", optional(a.Accounts))
	m.add("ceiling", optional(string(a.Ceiling)))
	m.add("changes", named(a.Changes, func(r ChangeRule) (string, value) { return r.Change, list(r.Actions) }))
	return unlessEmpty(m.value())
}

// named is a mapping from names, or nothing.
func named[T any](all []T, print func(T) (string, value)) value {
	var m mapping
	for _, one := range all {
		m.addName(print(one))
	}
	return unlessEmpty(m.value())
}

// texts is a mapping from names to texts, ordered by name, or nothing.
func texts(all map[string]string) value {
	var m mapping
	for _, name := range slices.Sorted(maps.Keys(all)) {
		m.addName(name, text(all[name]))
	}
	return unlessEmpty(m.value())
}

func list[T ~string](all []T) value {
	return listOf(all, func(s T) value { return text(string(s)) })
}

// oneOrList is a list, its only element, or nothing.
func oneOrList[T ~string](all []T) value {
	if len(all) == 1 {
		return text(string(all[0]))
	}
	return unlessEmpty(list(all))
}

// optional is a text, or nothing if it is empty.
func optional(s string) value {
	if s == "" {
		return value{}
	}
	return text(s)
}

// yes is true, or nothing.
func yes(b bool) value {
	if !b {
		return value{}
	}
	return value{kind: isVerbatim, text: "true"}
}
