package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/roles"
)

// hostile are texts that a careless printer gets wrong.
var hostile = []string{
	"", " ", "true", "null", "~", "1", "1.5e3", "0x1F", "1:30", "2026-10-01", "no", "y", "Off", "<<", "=",
	"- x", "-", "? x", ": x", "a: b", "a #b", "#", "#a", "a,b", "[a]", "{a: b}", "]", "&a", "*a", "!a", "!!str a", "|", ">", "%a", "@a", "`a",
	`"`, `'`, `it's`, `"a" == 'b'`, `a\nb`, `\`, "---", "...", "--- a", " lead", "trail ", "a  b", "\ttab", "a\tb",
	"a\nb", "a\n", "\na", "a\n\nb\n\n", "a\n  b\n c\n", "a \nb", "a &&\n  b", "a\r\nb", "a\rb", "\n", "\n\n",
	"\x00", "\x1b[31m", "\x7f", "\u0085", "a\u0085b\nc", "\u2028", "a\u2029b", "\u00a0", "\ufeff", "\u200b", "\u202eabc", "\ufffe", "\ufffd",
	"é", "e\u0301", "漢字", "😀", "\U000E0041", "𝒳 == \"ß\"", strings.Repeat("x", 2000), strings.Repeat("ab ", 60) + "\n" + strings.Repeat("é", 90),
	"user.agency == resource.agency &&\n  (resource.closed == false ||\n   \"lead\" in user.teams)\n",
}

func anyText(t *rapid.T) string {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"pupil", "pupil.edit", "assigned(resource)", "resource.warnings == 0"}),
		rapid.SampledFrom(hostile),
		rapid.String(),
		rapid.StringOf(rapid.SampledFrom([]rune(" \n\t:#-,[]{}'\"\\|>&*!%@?axé\u0085\u2028"))),
	).Draw(t, "text")
}

func anyList[T any](t *rapid.T, one func(*rapid.T) T) []T {
	n := rapid.SampledFrom([]int{0, 0, 1, 1, 2, 3}).Draw(t, "length")
	var all []T
	for range n {
		all = append(all, one(t))
	}
	return all
}

func anyTexts(t *rapid.T) map[string]string {
	var all map[string]string
	for _, k := range anyList(t, anyText) {
		if all == nil {
			all = map[string]string{}
		}
		all[cut(k)] = anyText(t)
	}
	return all
}

// cut shortens a name to what a name may be.
func cut(name string) string { return strings.ToValidUTF8(name[:min(len(name), maxName)], "") }

// anyDocument makes a document with hostile texts everywhere, such as a policy
// could have. Names are unique in their section.
func anyDocument(t *rapid.T) Document {
	names := map[string]bool{}
	name := func(t *rapid.T) string {
		n := cut(anyText(t))
		for names[n] {
			n = cut(fmt.Sprint(len(names), n))
		}
		names[n] = true
		return n
	}
	action := func(t *rapid.T) roles.Action { return roles.Action(anyText(t)) }
	flag := rapid.Bool()
	return Document{
		Policy: anyText(t), Users: anyTexts(t), Context: anyTexts(t),
		Resources: anyList(t, func(t *rapid.T) Resource {
			return Resource{name(t), flag.Draw(t, "unit"), anyList(t, anyText), anyTexts(t)}
		}),
		Privileges: anyList(t, func(t *rapid.T) Privilege {
			return Privilege{name(t), anyText(t), anyList(t, anyText), anyList(t, action), anyText(t), anyText(t)}
		}),
		Scopes: anyList(t, func(t *rapid.T) Scope { return Scope{name(t), anyList(t, anyText), anyText(t)} }),
		Roles: anyList(t, func(t *rapid.T) Role {
			return Role{name(t), anyText(t), anyList(t, anyText), anyText(t), flag.Draw(t, "everything"), anyList(t, anyText),
				anyList(t, func(t *rapid.T) Grant { return Grant{anyList(t, action), anyText(t), anyText(t)} })}
		}),
		Constraints: anyList(t, func(t *rapid.T) Constraint {
			return Constraint{anyText(t), anyList(t, anyText), anyList(t, anyText), anyText(t), anyText(t)}
		}),
		Invariants: anyList(t, func(t *rapid.T) Invariant {
			return Invariant{anyText(t), anyText(t), anyText(t), roles.Severity(rapid.IntRange(0, 1).Draw(t, "severity")), anyText(t)}
		}),
		Views: anyList(t, func(t *rapid.T) View {
			return View{name(t), anyText(t), anyList(t, action), anyList(t, func(t *rapid.T) Field {
				return Field{name(t), anyList(t, action), flag.Draw(t, "restricted")}
			})}
		}),
		Administration: Administration{anyText(t), Ceiling(anyText(t)), anyList(t, func(t *rapid.T) ChangeRule {
			return ChangeRule{name(t), anyList(t, action)}
		})},
	}
}

func defaults() Options { return (*Options)(nil).orDefaults() }

func TestAPrintedDocumentReadsAsTheSameDocument(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDocument(t)
		printed := d.YAML()
		back, _, faults := decode("", printed, defaults())
		if len(faults) > 0 {
			t.Fatalf("%v\n%s", faults, printed)
		}
		assert.Equal(t, d, back, "%s", printed)
		assert.Equal(t, hash(d), hash(back))
		assert.Equal(t, string(printed), string(back.YAML()))
	})
}

// shuffled returns a document that differs from d in the order of what has no
// order, and in no more.
func shuffled(t *rapid.T, d Document) Document {
	d.Resources = permuted(t, d.Resources)
	for i, r := range d.Resources {
		d.Resources[i].In = permuted(t, r.In)
		d.Resources[i].Attributes = maps.Clone(r.Attributes)
	}
	d.Privileges = permuted(t, d.Privileges)
	for i, p := range d.Privileges {
		d.Privileges[i].Requires = permuted(t, p.Requires)
	}
	d.Scopes = permuted(t, d.Scopes)
	for i, s := range d.Scopes {
		d.Scopes[i].On = permuted(t, s.On)
	}
	d.Roles = permuted(t, d.Roles)
	for i, r := range d.Roles {
		d.Roles[i].At, d.Roles[i].Inherits, d.Roles[i].Grants = permuted(t, r.At), permuted(t, r.Inherits), permuted(t, r.Grants)
		for j, g := range d.Roles[i].Grants {
			d.Roles[i].Grants[j].Privileges = permuted(t, g.Privileges)
		}
	}
	d.Constraints = permuted(t, d.Constraints)
	for i, c := range d.Constraints {
		d.Constraints[i].On, d.Constraints[i].Resources = permuted(t, c.On), permuted(t, c.Resources)
	}
	d.Invariants = permuted(t, d.Invariants)
	d.Views = permuted(t, d.Views)
	for i, v := range d.Views {
		d.Views[i].Show, d.Views[i].Fields = permuted(t, v.Show), permuted(t, v.Fields)
		for j, f := range d.Views[i].Fields {
			d.Views[i].Fields[j].Show = permuted(t, f.Show)
		}
	}
	d.Administration.Changes = permuted(t, d.Administration.Changes)
	for i, c := range d.Administration.Changes {
		d.Administration.Changes[i].Actions = permuted(t, c.Actions)
	}
	return d
}

func permuted[T any](t *rapid.T, all []T) []T {
	if len(all) == 0 {
		return nil
	}
	return rapid.Permutation(slices.Clone(all)).Draw(t, "order")
}

func TestTheHashDoesNotDependOnTheOrderOfWhatHasNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDocument(t)
		assert.Equal(t, hash(d), hash(shuffled(t, d)))
	})
}

// school is a document with something in every place.
func school() Document {
	return Document{
		Policy: "p", Users: map[string]string{"dept": "string"}, Context: map[string]string{"ip": "string"},
		Resources:  []Resource{{"school", true, []string{"a", "b"}, map[string]string{"open": "bool"}}},
		Privileges: []Privilege{{"notes", "pupil", []string{"view", "update"}, []roles.Action{"x", "y"}, "Area", "Title"}},
		Scopes:     []Scope{{"own", []string{"pupil", "case"}, "true"}},
		Roles: []Role{{"lead", "Lead", []string{"school"}, "own", false, []string{"clerk"},
			[]Grant{{[]roles.Action{"notes.view"}, "own", "now > now"}, {[]roles.Action{"x", "y"}, "", ""}}}},
		Constraints: []Constraint{{"open", []string{"x"}, []string{"pupil"}, "true", "Closed."}},
		Invariants:  []Invariant{{"one lead", "school", "true", roles.Warn, "One."}},
		Views: []View{{"list", "pupil", []roles.Action{"x", "y"}, []Field{
			{"name", nil, false}, {"notes", []roles.Action{"notes.view", "y"}, true},
		}}},
		Administration: Administration{"account", Held, []ChangeRule{{"bind", []roles.Action{"x", "y"}}}},
	}
}

func TestTheHashDependsOnEverythingElse(t *testing.T) {
	seen := map[string]string{hash(school()): "nothing"}
	for what, change := range map[string]func(d *Document){
		"the name":                   func(d *Document) { d.Policy = "q" },
		"a user attribute's name":    func(d *Document) { d.Users = map[string]string{"dep": "tstring"} },
		"a user attribute's type":    func(d *Document) { d.Users["dept"] = "int" },
		"a fact moved":               func(d *Document) { d.Users, d.Context = d.Context, d.Users },
		"a resource's name":          func(d *Document) { d.Resources[0].Name = "s" },
		"a unit or not":              func(d *Document) { d.Resources[0].Unit = false },
		"a parent":                   func(d *Document) { d.Resources[0].In = []string{"a"} },
		"parents joined":             func(d *Document) { d.Resources[0].In = []string{"ab"} },
		"an attribute's type":        func(d *Document) { d.Resources[0].Attributes["open"] = "int" },
		"a privilege's name":         func(d *Document) { d.Privileges[0].Name = "note" },
		"a privilege's type":         func(d *Document) { d.Privileges[0].On = "case" },
		"the order of levels":        func(d *Document) { slices.Reverse(d.Privileges[0].Levels) },
		"a requirement":              func(d *Document) { d.Privileges[0].Requires = []roles.Action{"x"} },
		"an area":                    func(d *Document) { d.Privileges[0].Area = "" },
		"area and title":             func(d *Document) { d.Privileges[0].Area, d.Privileges[0].Title = "AreaT", "itle" },
		"a title":                    func(d *Document) { d.Privileges[0].Title = "" },
		"a scope's name":             func(d *Document) { d.Scopes[0].Name = "o" },
		"a scope's types":            func(d *Document) { d.Scopes[0].On = nil },
		"a scope's condition":        func(d *Document) { d.Scopes[0].When = "false" },
		"a role's name":              func(d *Document) { d.Roles[0].Name = "l" },
		"a role's title":             func(d *Document) { d.Roles[0].Title = "" },
		"a role's units":             func(d *Document) { d.Roles[0].At = nil },
		"a role's scope":             func(d *Document) { d.Roles[0].Scope = "" },
		"everything":                 func(d *Document) { d.Roles[0].Everything = true },
		"inheritance":                func(d *Document) { d.Roles[0].Inherits = nil },
		"a grant":                    func(d *Document) { d.Roles[0].Grants = d.Roles[0].Grants[:1] },
		"a privilege to a grant":     func(d *Document) { d.Roles[0].Grants[0].Privileges = []roles.Action{"notes.view", "x"} },
		"a grant's scope":            func(d *Document) { d.Roles[0].Grants[0].Scope = "" },
		"scopes of grants swapped":   func(d *Document) { g := d.Roles[0].Grants; g[0].Scope, g[1].Scope = g[1].Scope, g[0].Scope },
		"a grant's condition":        func(d *Document) { d.Roles[0].Grants[0].When = "" },
		"a constraint's name":        func(d *Document) { d.Constraints[0].Name = "o" },
		"a constraint's actions":     func(d *Document) { d.Constraints[0].On = nil },
		"a constraint's types":       func(d *Document) { d.Constraints[0].Resources = nil },
		"actions for types":          func(d *Document) { k := &d.Constraints[0]; k.On, k.Resources = k.Resources, k.On },
		"a constraint's condition":   func(d *Document) { d.Constraints[0].Require = "false" },
		"a constraint's message":     func(d *Document) { d.Constraints[0].Message = "" },
		"a constraint twice":         func(d *Document) { d.Constraints = append(d.Constraints, d.Constraints[0]) },
		"an invariant's name":        func(d *Document) { d.Invariants[0].Name = "o" },
		"an invariant's for":         func(d *Document) { d.Invariants[0].For = "user" },
		"an invariant's condition":   func(d *Document) { d.Invariants[0].Require = "false" },
		"an invariant's severity":    func(d *Document) { d.Invariants[0].Severity = roles.Refuse },
		"an invariant's message":     func(d *Document) { d.Invariants[0].Message = "" },
		"a view's name":              func(d *Document) { d.Views[0].Name = "l" },
		"a view's type":              func(d *Document) { d.Views[0].On = "case" },
		"what shows a view":          func(d *Document) { d.Views[0].Show = []roles.Action{"x"} },
		"a field":                    func(d *Document) { d.Views[0].Fields = d.Views[0].Fields[:1] },
		"a field's name":             func(d *Document) { d.Views[0].Fields[0].Name = "n" },
		"what shows a field":         func(d *Document) { d.Views[0].Fields[1].Show = []roles.Action{"y"} },
		"shows of fields swapped":    func(d *Document) { f := d.Views[0].Fields; f[0].Show, f[1].Show = f[1].Show, f[0].Show },
		"a restricted field":         func(d *Document) { d.Views[0].Fields[1].Restricted = false },
		"the accounts":               func(d *Document) { d.Administration.Accounts = "" },
		"the ceiling":                func(d *Document) { d.Administration.Ceiling = "" },
		"a change's kind":            func(d *Document) { d.Administration.Changes[0].Change = "unbind" },
		"what a change takes":        func(d *Document) { d.Administration.Changes[0].Actions = []roles.Action{"x"} },
		"a constraint, an invariant": func(d *Document) { d.Constraints = nil },
	} {
		d := school()
		change(&d)
		assert.Empty(t, seen[hash(d)], "%s changed", what)
		seen[hash(d)] = what
	}
}

func TestTheHashIsStable(t *testing.T) {
	assert.Equal(t, "7240da8b1c38c5b316ec58396d8bdea44176946a9e173b099d66279116cfc57f", hash(school()), "a changed encoding needs another hashVersion")
}

func TestPrintingReadsLikeADocumentThatSomebodyWrote(t *testing.T) {
	d := school()
	d.Roles[0].Grants[0].When = "user.dept == \"a\" &&\n  now > resource.opened"
	d.Roles = append(d.Roles, Role{Name: "no"}, Role{Name: "clerk", Scope: "own", Grants: []Grant{{Privileges: []roles.Action{"x"}}}})
	d.Resources = append(d.Resources, Resource{Name: "pupil", In: []string{"school"}})
	d.Scopes[0].When = "true ||\nfalse\n"
	d.Constraints[0].On = []string{"submission.finalise", "submission.reopen"}
	d.Constraints[0].Message = "The census is closed: ask your authority."
	assert.Equal(t, strings.TrimPrefix(`
policy: p
users:
  attributes: {dept: string}
context:
  ip: string
resources:
  school: {unit: true, in: [a, b], attributes: {open: bool}}
  pupil: {in: school}
privileges:
  notes: {on: pupil, levels: [view, update], requires: [x, "y"], area: Area, title: Title}
scopes:
  own:
    on: [pupil, case]
    when: |
      true ||
      false
roles:
  lead:
    title: Lead
    at: school
    scope: own
    inherits: clerk
    grants:
      - privileges: [notes.view]
        scope: own
        when: |-
          user.dept == "a" &&
            now > resource.opened
      - {privileges: [x, "y"]}
  "no": {}
  clerk: {scope: own, grants: [{privileges: [x]}]}
constraints:
  - name: open
    on: [submission.finalise, submission.reopen]
    resources: [pupil]
    require: "true"
    message: "The census is closed: ask your authority."
invariants:
  - {name: one lead, for: school, require: "true", severity: warn, message: One.}
views:
  list:
    on: pupil
    show: [x, "y"]
    fields: {name: {}, notes: {show: [notes.view, "y"], otherwise: restricted}}
administration:
  accounts: account
  ceiling: held
  changes: {bind: [x, "y"]}
`, "\n"), string(d.YAML()))
}

// What fits in a line of 100 characters is in one line, and nothing else is, unless
// it cannot be divided.
func TestWhatFitsIsInOneLine(t *testing.T) {
	for n := range 120 {
		long := strings.Repeat("é", n)
		d := Document{Policy: "p",
			Roles: []Role{{Name: "r", Title: "t", Inherits: []string{long, "x"}, At: []string{strings.Repeat("y", 90)},
				Grants: []Grant{{Privileges: []roles.Action{roles.Action(long), "x"}, Scope: "all"}, {Scope: strings.Repeat("s", 80)}}}},
			Resources: []Resource{{Name: "a", In: []string{long, "x"}}},
		}
		text := string(d.YAML())
		for _, flow := range []string{`    inherits: ["` + long + `", x]`, `      - {privileges: ["` + long + `", x], scope: all}`, `  a: {in: ["` + long + `", x]}`} {
			assert.Equal(t, utf8.RuneCountInString(flow) <= maxWidth, strings.Contains(text, "\n"+flow+"\n"), "%d: %s\n%s", n, flow, text)
		}
		for line := range strings.Lines(text) {
			if trimmed := strings.TrimSuffix(line, "\n"); strings.ContainsAny(trimmed, "[{") {
				assert.LessOrEqual(t, utf8.RuneCountInString(trimmed), maxWidth, trimmed)
			}
		}
	}
}
