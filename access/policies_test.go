package access_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
)

// A drawnPolicy is a policy that rapid draws.
type drawnPolicy struct {
	document  policy.Document
	policy    *policy.Policy
	reference *reference.Evaluator
	// scopesFor has the scopes that can be used for each resource type; those
	// under "" for every one.
	scopesFor map[string][]string
	// asksHas is whether conditions ask has().
	asksHas bool
	// ofThings is whether all types but units have the attributes of things.
	ofThings bool
}

// GoString shows a policy in a failure's report.
func (p drawnPolicy) GoString() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nusers %v\ncontext %v\n", p.document.Users, p.document.Context)
	show(&b, "resource", p.document.Resources)
	show(&b, "privilege", p.document.Privileges)
	show(&b, "scope", p.document.Scopes)
	show(&b, "role", p.document.Roles)
	show(&b, "constraint", p.document.Constraints)
	show(&b, "view", p.document.Views)
	return b.String()
}

func show[T any](b *strings.Builder, what string, list []T) {
	for _, v := range list {
		fmt.Fprintf(b, "%s %+v\n", what, v)
	}
}

// drawPolicy draws a policy of two to six types of resource, several of them
// units, some with several parents.
func drawPolicy(d draw) drawnPolicy {
	return drawPolicyThat(d, func(p *drawnPolicy) { p.asksHas = true })
}

// drawPolicyThat draws a policy that is as is says.
func drawPolicyThat(d draw, is func(*drawnPolicy)) drawnPolicy {
	p := drawnPolicy{document: policy.Document{Policy: "drawn"}, scopesFor: map[string][]string{}}
	is(&p)
	p.document.Users = drawDeclarations(d, map[string]string{
		"dept": "string", "rank": "int", "badge": "bool", "skills": "list(string)", "joined": "timestamp",
	})
	p.document.Context = drawDeclarations(d, map[string]string{"reason": "string", "mfa": "bool", "amount": "int", "at": "timestamp"})
	p.drawTypes(d)
	p.drawPrivileges(d)
	p.drawScopes(d)
	for i := range d.between(2, 4) {
		p.drawRole(d, i)
	}
	for i := range d.below(3) {
		p.drawConstraint(d, i)
	}
	p.compile(d)
	return p
}

func (p *drawnPolicy) compile(t require.TestingT) {
	compiled, err := policy.Compile(p.document, nil)
	require.NoError(t, err)
	p.policy, p.reference = compiled, reference.New(p.document)
}

func drawDeclarations(d draw, from map[string]string) map[string]string {
	m := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(from)) {
		if d.chance(8) {
			m[name] = from[name]
		}
	}
	return m
}

func (p *drawnPolicy) drawTypes(d draw) {
	names := []string{"org", "site", "team", "file", "page", "note"}
	var units []string
	for i := range d.between(2, len(names)) {
		r := policy.Resource{Name: names[i], Unit: i == 0 || i < 4 && d.chance(10)}
		r.Attributes = drawDeclarations(d, map[string]string{
			"open": "bool", "count": "int", "owner": "string", "tags": "list(string)", "since": "timestamp",
			"weight": "double", "level": "uint", "span": "duration", "info": "map(string)",
		})
		if p.ofThings && !r.Unit {
			r.Attributes = thingAttributes
		}
		switch {
		case i == 0 || d.chance(1):
		case r.Unit:
			r.In = some(d, units, 1)
		default:
			r.In = some(d, names[:i], 1)
		}
		if r.Unit {
			units = append(units, r.Name)
		}
		p.document.Resources = append(p.document.Resources, r)
	}
}

func (p *drawnPolicy) drawPrivileges(d draw) {
	for i, name := range []string{"look", "edit.text", "run", "keep", "keep.all", "x-1"}[:d.between(3, 6)] {
		on := p.document.Resources[i%len(p.document.Resources)].Name
		if d.chance(8) {
			on = pick(d, p.document.Resources).Name
		}
		p.document.Privileges = append(p.document.Privileges, policy.Privilege{
			Name: name, On: on, Levels: pick(d, [][]string{nil, nil, {"low", "high"}, {"one", "two", "three"}}),
		})
	}
}

func (p *drawnPolicy) drawScopes(d draw) {
	add := func(name, when, typ string) {
		s := policy.Scope{Name: name, When: when}
		if typ != "" && d.chance(8) {
			s.On = []string{typ}
		}
		p.document.Scopes = append(p.document.Scopes, s)
		p.scopesFor[typ] = append(p.scopesFor[typ], name)
	}
	add("all", "true", "")
	add("mine", "assigned(resource)", "")
	for i := range d.between(2, 5) {
		typ := ""
		if d.chance(13) {
			typ = pick(d, p.document.Resources).Name
		}
		add(fmt.Sprintf("s%d", i), p.drawCondition(d, typ, 2), typ)
	}
}

// drawGrant draws a grant of actions on one type of resource, or of several
// with a scope that is for all.
func (p *drawnPolicy) drawGrant(d draw, withCondition bool) policy.Grant {
	privilege := pick(d, p.document.Privileges)
	g := policy.Grant{Privileges: []roles.Action{pick(d, actionsOf(privilege))}}
	scopes, typ := slices.Concat(p.scopesFor[""], p.scopesFor[privilege.On], p.scopesFor[privilege.On]), privilege.On
	if d.chance(3) {
		scopes, typ = p.scopesFor[""], ""
	}
	g.Scope = pick(d, scopes)
	for range d.below(3) {
		if more := pick(d, p.document.Privileges); typ == "" || more.On == typ {
			g.Privileges = append(g.Privileges, pick(d, actionsOf(more)))
		}
	}
	if withCondition && d.chance(4) {
		g.When = p.drawCondition(d, typ, 1)
	}
	return g
}

func actionsOf(p policy.Privilege) []roles.Action {
	described := roles.Privilege(p)
	return described.Actions()
}

func (p *drawnPolicy) drawRole(d draw, i int) {
	r := policy.Role{Name: fmt.Sprintf("r%d", i)}
	if r.Everything = d.chance(2); r.Everything || d.chance(4) {
		r.Scope = pick(d, p.scopesFor[""])
	}
	for range d.between(1, 3) {
		g := p.drawGrant(d, true)
		if r.Scope != "" && slices.Contains(p.scopesFor[""], g.Scope) && d.chance(8) {
			g.Scope = ""
		}
		r.Grants = append(r.Grants, g)
	}
	for _, junior := range p.document.Roles {
		if d.chance(4) {
			r.Inherits = append(r.Inherits, junior.Name)
		}
	}
	if d.chance(3) {
		for _, typ := range p.document.Resources {
			if typ.Unit && d.chance(8) {
				r.At = append(r.At, typ.Name)
			}
		}
	}
	p.document.Roles = append(p.document.Roles, r)
}

// drawConstraint draws a constraint that holds more often than not.
func (p *drawnPolicy) drawConstraint(d draw, i int) {
	c := policy.Constraint{Name: fmt.Sprintf("rule %d", i)}
	privilege, typ := pick(d, p.document.Privileges), ""
	switch d.below(4) {
	case 0:
		c.On, typ = []string{privilege.Name}, privilege.On
	case 1:
		c.On, typ = []string{string(pick(d, actionsOf(privilege)))}, privilege.On
	case 2:
		c.Resources, typ = []string{privilege.On}, privilege.On
	case 3:
		c.On, c.Resources = []string{privilege.Name}, []string{pick(d, p.document.Resources).Name}
	}
	c.Require = p.drawCondition(d, typ, 1)
	if d.chance(10) {
		c.Require = "(" + c.Require + ") || (" + p.drawCondition(d, typ, 1) + ")"
	}
	p.document.Constraints = append(p.document.Constraints, c)
}

// drawCondition draws a condition on resources of a type, or, of "", on those
// of every type.
func (p *drawnPolicy) drawCondition(d draw, typ string, depth int) string {
	if depth == 0 || d.chance(5) {
		return p.drawAtom(d, typ)
	}
	part := func() string { return "(" + p.drawCondition(d, typ, depth-1) + ")" }
	switch d.below(6) {
	case 0, 1:
		return part() + " && " + part()
	case 2, 3:
		return part() + " || " + part()
	case 4:
		return "!" + part()
	}
	return part() + " ? " + part() + " : " + part()
}

// drawAtom draws a condition about one attribute, or about where things are.
func (p *drawnPolicy) drawAtom(d draw, typ string) string {
	if d.chance(5) {
		return pick(d, p.places(typ))
	}
	objects := p.objects(typ)
	path := pick(d, slices.Sorted(maps.Keys(objects)))
	if len(objects[path]) == 0 {
		return pick(d, p.places(typ))
	}
	name := pick(d, slices.Sorted(maps.Keys(objects[path])))
	at := path + "." + name
	atom := pick(d, p.known(atoms[objects[path][name]]))
	if !p.asksHas {
		return strings.ReplaceAll(atom, "$", at)
	}
	switch d.below(8) {
	case 0:
		return "has(" + at + ") && " + strings.ReplaceAll(atom, "$", at)
	case 1:
		return "!has(" + at + ") || " + strings.ReplaceAll(atom, "$", at)
	case 2:
		return pick(d, []string{"has(", "!has("}) + at + ")"
	}
	return strings.ReplaceAll(atom, "$", at)
}

// atoms are conditions about one attribute, by its type.
var atoms = map[string][]string{
	"bool": {"$", "!$", "$ == true", "$ != (user.id == 'a')"},
	"int": {"$ > 0", "$ != 1", "$ <= 2", "$ + 1 > 1", "10 / $ > 1", "-$ <= 0", "$ * 2 != 4", "$ in [0, 1, 2]",
		"double($) < 3.0", "string($) != '2'", "$ % 2 == 0"},
	"uint":   {"$ > 0u", "$ - 1u >= 0u", "$ != 1u", "int($) > 0"},
	"double": {"$ >= 0.0", "$ != 1.0", "int($) < 2"},
	"string": {"$ == 'a'", "$ != 'a'", "$ == user.id", "$ != user.id", "$.startsWith('a')", "size($) > 0",
		"$.matches('^[a-z]')", "$ < 'b'", "$ in ['a', 'b', '']", "$.contains(resource.id)"},
	"timestamp": {"$ <= now", "$ != now", "now - $ < duration('30m')", "$ + duration('1h') > now",
		"$.getFullYear() == 2026", "$.getHours('Europe/Paris') > 12"},
	"duration":     {"$ > duration('0s')", "now + $ >= now", "$ + $ != duration('2h')"},
	"list(string)": {"'a' in $", "!('b' in $)", "$.exists(e, e == user.id)", "$.all(e, e != '')", "size($) > 1", "$[0] == 'a'", "$.exists_one(e, e == 'a')", "$.map(e, size(e)) != [0]"},
	"map(string)":  {"$['k'] == 'a'", "$.k != 'a'", "has($.k)", "'a' in $", "$.all(k, $[k] != '')"},
}

// objects are the things that have attributes, by the way to them.
func (p *drawnPolicy) objects(typ string) map[string]map[string]string {
	found := map[string]map[string]string{"user": p.document.Users, "context": p.document.Context}
	for _, r := range p.document.Resources {
		if r.Unit {
			found["user."+r.Name] = r.Attributes
		}
		if r.Name == typ {
			found["resource"] = r.Attributes
			found["resource."+typ] = r.Attributes
		}
	}
	for _, above := range p.above(typ) {
		found["resource."+above.Name] = above.Attributes
		for _, higher := range p.above(above.Name) {
			found["resource."+above.Name+"."+higher.Name] = higher.Attributes
		}
	}
	return found
}

// above returns the types that a type can be in, directly or not, once each.
func (p *drawnPolicy) above(typ string) []policy.Resource {
	in := map[string]bool{typ: true}
	var found []policy.Resource
	for _, r := range slices.Backward(p.document.Resources) {
		if !in[r.Name] {
			continue
		}
		if r.Name != typ {
			found = append(found, r)
		}
		for _, name := range r.In {
			in[name] = true
		}
	}
	return found
}

// places are conditions about who and where the user and the resource are.
func (p *drawnPolicy) places(typ string) []string {
	list := []string{
		"assigned(resource)", "within(resource, user.unit)", "has(user.unit) && within(resource, user.unit)",
		"!has(user.unit) || within(resource, user.unit)", "resource.id == user.id", "resource.id != 'a'",
		"resource.type != 'org'", "user.id != 'a'", "now < timestamp('2026-03-01T12:00:00.000000001Z')",
		"now.getHours() == 12", "user.unit.type == 'org'",
	}
	for _, r := range p.document.Resources {
		if r.Unit {
			list = append(list, "has(user."+r.Name+")", "within(resource, user."+r.Name+")", "assigned(user."+r.Name+")")
		}
	}
	if itself := "resource." + typ; typ != "" {
		list = append(list, "has("+itself+")", "assigned("+itself+")", itself+".id != user.id")
	}
	for _, above := range p.above(typ) {
		at := "resource." + above.Name
		list = append(list, "has("+at+")", "assigned("+at+")", "!assigned("+at+")", at+".id == user.unit.id", "has("+at+".id)")
		if above.Unit {
			list = append(list, "within(user.unit, "+at+")", "within(resource, "+at+")")
		}
	}
	return p.known(list)
}

// known leaves out the conditions that ask has() where the policy does not.
func (p *drawnPolicy) known(conditions []string) []string {
	if p.asksHas {
		return conditions
	}
	return slices.DeleteFunc(slices.Clone(conditions), func(c string) bool { return strings.Contains(c, "has(") })
}
