package mutants

import (
	"maps"
	"slices"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
)

func (b *breeder) resources() {
	for i, r := range b.base.Resources {
		b.add(func(d *policy.Document) { d.Resources = without(d.Resources, i) }, "%s: gone", r.Name)
		b.add(func(d *policy.Document) { d.Resources[i].Unit = !r.Unit }, "%s: unit: %t", r.Name, !r.Unit)
		for k, in := range r.In {
			b.add(func(d *policy.Document) { d.Resources[i].In = without(r.In, k) }, "%s: not in %s", r.Name, in)
		}
		for _, other := range b.base.Resources {
			b.add(func(d *policy.Document) { d.Resources[i].In = []string{other.Name} }, "%s: in %s instead", r.Name, other.Name)
			b.add(func(d *policy.Document) { d.Resources[i].In = append(d.Resources[i].In, other.Name) }, "%s: in %s too", r.Name, other.Name)
		}
		b.attributes(r.Name+": attribute ", r.Attributes, func(d *policy.Document) map[string]string { return d.Resources[i].Attributes })
	}
	b.attributes("context: ", b.base.Context, func(d *policy.Document) map[string]string { return d.Context })
	b.attributes("users: ", b.base.Users, func(d *policy.Document) map[string]string { return d.Users })
}

func (b *breeder) attributes(of string, declared map[string]string, in func(d *policy.Document) map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		b.add(func(d *policy.Document) { delete(in(d), name) }, "%s%s: gone", of, name)
		for _, typ := range b.Types {
			b.add(func(d *policy.Document) { in(d)[name] = typ }, "%s%s: %s", of, name, typ)
		}
	}
}

func (b *breeder) privileges() {
	areas := []string{""}
	for _, p := range b.base.Privileges {
		if !slices.Contains(areas, p.Area) {
			areas = append(areas, p.Area)
		}
	}
	for i, p := range b.base.Privileges {
		b.add(func(d *policy.Document) { d.Privileges = without(d.Privileges, i) }, "%s: gone", p.Name)
		for _, r := range b.base.Resources {
			b.add(func(d *policy.Document) { d.Privileges[i].On = r.Name }, "%s: on %s", p.Name, r.Name)
		}
		b.add(func(d *policy.Document) { d.Privileges[i].Title = "" }, "%s: no title", p.Name)
		for _, area := range areas {
			b.add(func(d *policy.Document) { d.Privileges[i].Area = area }, "%s: area %q", p.Name, area)
		}
		b.levels(i, p)
		b.requires(i, p)
	}
	b.add(func(d *policy.Document) {
		d.Privileges = append(d.Privileges, policy.Privilege{Name: "x", On: b.base.Privileges[0].On})
	}, "one privilege more")
	for i, s := range b.base.Scopes {
		b.add(func(d *policy.Document) { d.Scopes = without(d.Scopes, i) }, "scope %s: gone", s.Name)
	}
}

func (b *breeder) levels(i int, p policy.Privilege) {
	if len(p.Levels) == 0 {
		return
	}
	for k, level := range p.Levels {
		b.add(func(d *policy.Document) { d.Privileges[i].Levels = without(p.Levels, k) }, "%s: no level %s", p.Name, level)
	}
	b.add(func(d *policy.Document) { slices.Reverse(d.Privileges[i].Levels) }, "%s: levels the other way round", p.Name)
	b.add(func(d *policy.Document) { d.Privileges[i].Levels = append(d.Privileges[i].Levels, "more") }, "%s: one level more", p.Name)
}

// requires takes each requirement away, asks for another level of it, and adds
// one.
func (b *breeder) requires(i int, p policy.Privilege) {
	for k, required := range p.Requires {
		b.add(func(d *policy.Document) { d.Privileges[i].Requires = without(p.Requires, k) }, "%s: does not require %s", p.Name, required)
		for _, other := range b.base.Privileges {
			if levels := actionsOf(other); slices.Contains(levels, required) {
				for _, action := range levels {
					b.add(func(d *policy.Document) { d.Privileges[i].Requires[k] = action }, "%s: requires %s for %s", p.Name, action, required)
				}
			}
		}
	}
	if !slices.ContainsFunc(b.base.Privileges, func(p policy.Privilege) bool { return len(p.Requires) > 0 }) {
		return // its roles are all fixed, and hold what they need
	}
	other := actionsOf(b.base.Privileges[(i+1)%len(b.base.Privileges)])[0]
	if !slices.Contains(p.Requires, other) {
		b.add(func(d *policy.Document) { d.Privileges[i].Requires = append(d.Privileges[i].Requires, other) }, "%s: requires %s too", p.Name, other)
	}
}

// grants takes each privilege out of each role, adds each that it lacks, and
// gives each grant every other scope.
func (b *breeder) grants() {
	for i, r := range b.base.Roles {
		b.add(func(d *policy.Document) { d.Roles = without(d.Roles, i) }, "role %s: gone", r.Name)
		b.add(func(d *policy.Document) { d.Roles[i].Title = "" }, "role %s: no title", r.Name)
		for g, grant := range r.Grants {
			b.grant(i, g, r.Name, grant)
		}
		for _, action := range b.actions() {
			if !b.grantsEverywhere(r, action) {
				b.add(func(d *policy.Document) {
					d.Roles[i].Grants = append(d.Roles[i].Grants, policy.Grant{Privileges: []roles.Action{action}, Scope: b.Everywhere})
				}, "role %s: grants %s everywhere", r.Name, action)
			}
		}
		b.add(func(d *policy.Document) { d.Roles[i].Everything, d.Roles[i].Scope = true, b.Everywhere }, "role %s: everything", r.Name)
		b.add(func(d *policy.Document) { d.Roles[i].Everything = false }, "role %s: not everything", r.Name)
		for _, s := range b.base.Scopes {
			if r.Scope != "" {
				b.add(func(d *policy.Document) { d.Roles[i].Scope = s.Name }, "role %s: scope %s", r.Name, s.Name)
			}
		}
	}
	b.add(func(d *policy.Document) { d.Roles = append(d.Roles, policy.Role{Name: "another"}) }, "another role")
}

func (b *breeder) grant(i, g int, role string, grant policy.Grant) {
	for k, privilege := range grant.Privileges {
		b.add(func(d *policy.Document) {
			if d.Roles[i].Grants[g].Privileges = without(grant.Privileges, k); len(grant.Privileges) == 1 {
				d.Roles[i].Grants = without(d.Roles[i].Grants, g)
			}
		}, "role %s: does not grant %s", role, privilege)
		for _, s := range b.base.Scopes {
			if s.Name == grant.Scope {
				continue
			}
			b.add(func(d *policy.Document) {
				d.Roles[i].Grants[g].Privileges = without(grant.Privileges, k)
				d.Roles[i].Grants = append(d.Roles[i].Grants, policy.Grant{Privileges: []roles.Action{privilege}, Scope: s.Name})
				d.Roles[i].Grants = slices.DeleteFunc(d.Roles[i].Grants, func(g policy.Grant) bool { return len(g.Privileges) == 0 })
			}, "role %s: grants %s in scope %s", role, privilege, s.Name)
		}
	}
}

// grantsEverywhere reports whether a role, or one that it inherits, grants an
// action everywhere.
func (b *breeder) grantsEverywhere(r policy.Role, action roles.Action) bool {
	if r.Everything && r.Scope == b.Everywhere {
		return true
	}
	for _, g := range r.Grants {
		if g.Scope == b.Everywhere && slices.Contains(g.Privileges, action) {
			return true
		}
	}
	return slices.ContainsFunc(b.base.Roles, func(junior policy.Role) bool {
		return slices.Contains(r.Inherits, junior.Name) && b.grantsEverywhere(junior, action)
	})
}

func (b *breeder) inheritance() {
	for i, r := range b.base.Roles {
		b.add(func(d *policy.Document) { d.Roles[i].At = nil }, "role %s: at any unit", r.Name)
		for _, unit := range b.base.Resources {
			b.add(func(d *policy.Document) { d.Roles[i].At = []string{unit.Name} }, "role %s: at %s", r.Name, unit.Name)
			if !slices.Contains(r.At, unit.Name) {
				b.add(func(d *policy.Document) { d.Roles[i].At = append(d.Roles[i].At, unit.Name) }, "role %s: at %s too", r.Name, unit.Name)
			}
		}
		b.add(func(d *policy.Document) { d.Roles[i].Inherits = nil }, "role %s: inherits nothing", r.Name)
		for _, other := range b.base.Roles {
			b.add(func(d *policy.Document) {
				if !slices.Contains(r.Inherits, other.Name) {
					d.Roles[i].Inherits = append(d.Roles[i].Inherits, other.Name)
				}
			}, "role %s: inherits %s", r.Name, other.Name)
		}
	}
}

func (b *breeder) views() {
	for i, v := range b.base.Views {
		b.add(func(d *policy.Document) { d.Views = without(d.Views, i) }, "view %s: gone", v.Name)
		for _, r := range b.base.Resources {
			b.add(func(d *policy.Document) { d.Views[i].On = r.Name }, "view %s: on %s", v.Name, r.Name)
		}
		b.shows("view "+v.Name, v.Show, func(d *policy.Document, show []roles.Action) { d.Views[i].Show = show })
		for k, f := range v.Fields {
			b.add(func(d *policy.Document) { d.Views[i].Fields = without(v.Fields, k) }, "view %s: no field %s", v.Name, f.Name)
			b.add(func(d *policy.Document) { d.Views[i].Fields[k].Restricted = !f.Restricted }, "view %s: field %s restricted: %t", v.Name, f.Name, !f.Restricted)
			b.shows("view "+v.Name+": field "+f.Name, f.Show, func(d *policy.Document, show []roles.Action) { d.Views[i].Fields[k].Show = show })
		}
	}
}

func (b *breeder) shows(of string, show []roles.Action, set func(d *policy.Document, show []roles.Action)) {
	b.add(func(d *policy.Document) { set(d, nil) }, "%s: no show", of)
	for _, action := range b.actions() {
		b.add(func(d *policy.Document) { set(d, []roles.Action{action}) }, "%s: shown by %s", of, action)
		if len(show) > 0 && !slices.Contains(show, action) {
			b.add(func(d *policy.Document) { set(d, append(slices.Clone(show), action)) }, "%s: shown by %s too", of, action)
		}
	}
}
