package policy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/bailiwick-authz/bailiwick/roles"
)

func TestEveryKeywordHasItsPlaceInTheDocument(t *testing.T) {
	d, _, faults := decode("p.yaml", []byte(`
policy: ncmp
users: {attributes: {dept: string}}
context: {ip: string}
resources:
  authority: {unit: true, attributes: {warnings: int, "on": bool}}
  school:
  pupil: {in: school, unit: false}
  account: {in: [authority, school]}
privileges:
  pupil.view: {on: pupil}
  notes: {on: pupil, levels: [view, update], requires: pupil.view, area: Pupils, title: Notes}
  more: {on: pupil, requires: [pupil.view, notes.view]}
scopes:
  all: true
  own: {on: [pupil], when: user.id == resource.owner}
  one: {on: pupil, when: "true"}
roles:
  clerk:
  lead:
    title: Lead
    at: [school, authority]
    scope: own
    everything: true
    inherits: clerk
    grants:
    - {privileges: pupil.view}
    - {privileges: [pupil.view, more], scope: all, when: true}
  other: {at: school, inherits: [clerk, lead]}
constraints:
- {name: open, on: pupil.view, resources: [pupil], require: false, message: Closed.}
- {name: shut, on: [more, notes.view], resources: pupil, require: resource.open}
invariants:
- {name: one, for: school, require: "size(x) > 0", severity: warn, message: One.}
- {name: two, for: user, require: true, severity: refuse}
views:
  list:
    on: pupil
    show: [more, pupil.view]
    fields:
      name:
      notes: {show: notes.view, otherwise: restricted}
      "on": {show: [more], otherwise: hidden}
  bare: {on: pupil, fields: {name: {show: [notes.view, more]}}}
administration:
  accounts: account
  ceiling: held_except_self
  changes: {bind: more, assign.school: [more, notes.update]}
`), defaults())
	assert.Empty(t, faults)
	assert.Equal(t, Document{
		Policy:  "ncmp",
		Users:   map[string]string{"dept": "string"},
		Context: map[string]string{"ip": "string"},
		Resources: []Resource{
			{Name: "authority", Unit: true, Attributes: map[string]string{"warnings": "int", "on": "bool"}},
			{Name: "school"},
			{Name: "pupil", In: []string{"school"}},
			{Name: "account", In: []string{"authority", "school"}},
		},
		Privileges: []Privilege{
			{Name: "pupil.view", On: "pupil"},
			{Name: "notes", On: "pupil", Levels: []string{"view", "update"}, Requires: []roles.Action{"pupil.view"}, Area: "Pupils", Title: "Notes"},
			{Name: "more", On: "pupil", Requires: []roles.Action{"pupil.view", "notes.view"}},
		},
		Scopes: []Scope{
			{Name: "all", When: "true"},
			{Name: "own", On: []string{"pupil"}, When: "user.id == resource.owner"},
			{Name: "one", On: []string{"pupil"}, When: "true"},
		},
		Roles: []Role{
			{Name: "clerk"},
			{
				Name: "lead", Title: "Lead", At: []string{"school", "authority"}, Scope: "own", Everything: true, Inherits: []string{"clerk"},
				Grants: []Grant{{Privileges: []roles.Action{"pupil.view"}}, {Privileges: []roles.Action{"pupil.view", "more"}, Scope: "all", When: "true"}},
			},
			{Name: "other", At: []string{"school"}, Inherits: []string{"clerk", "lead"}},
		},
		Constraints: []Constraint{
			{Name: "open", On: []string{"pupil.view"}, Resources: []string{"pupil"}, Require: "false", Message: "Closed."},
			{Name: "shut", On: []string{"more", "notes.view"}, Resources: []string{"pupil"}, Require: "resource.open"},
		},
		Invariants: []Invariant{
			{Name: "one", For: "school", Require: "size(x) > 0", Severity: roles.Warn, Message: "One."},
			{Name: "two", For: "user", Require: "true"},
		},
		Views: []View{
			{Name: "list", On: "pupil", Show: []roles.Action{"more", "pupil.view"}, Fields: []Field{
				{Name: "name"},
				{Name: "notes", Show: []roles.Action{"notes.view"}, Restricted: true},
				{Name: "on", Show: []roles.Action{"more"}},
			}},
			{Name: "bare", On: "pupil", Fields: []Field{{Name: "name", Show: []roles.Action{"notes.view", "more"}}}},
		},
		Administration: Administration{
			Accounts: "account", Ceiling: HeldExceptSelf,
			Changes: []ChangeRule{{"bind", []roles.Action{"more"}}, {"assign.school", []roles.Action{"more", "notes.update"}}},
		},
	}, d)
}

// faultsOf returns what is wrong with a document below "policy: p", one line
// a fault.
func faultsOf(source string) string {
	_, _, faults := decode("", []byte("policy: p\n"+source), defaults())
	if len(faults) == 0 {
		return ""
	}
	return faults.Error()
}

func TestWhatADocumentMustSay(t *testing.T) {
	_, _, faults := decode("p.yaml", []byte("roles:\n"), defaults())
	assert.Equal(t, "p.yaml:1:1: policy: policy is missing", faults.Error())
	for source, want := range map[string]string{
		"privileges: {a: }":                        "2:17: privileges.a.on: on is missing",
		"privileges: {a: {on: }}":                  "2:22: privileges.a.on: on must be a text, not nothing",
		"scopes: {a: {on: [b]}}":                   "2:13: scopes.a.when: when is missing",
		"scopes: {a: }":                            "2:13: scopes.a: a must be a text, not nothing",
		"roles: {a: {grants: [{scope: b}]}}":       "2:22: roles.a.grants[0].privileges: privileges is missing",
		"constraints: [{on: [a]}]":                 "2:15: constraints[0].name: name is missing\n2:15: constraints[0].require: require is missing",
		"invariants: [{severity: warn}]":           "2:14: invariants[0].name: name is missing\n2:14: invariants[0].for: for is missing\n2:14: invariants[0].require: require is missing",
		"constraints: [{name: , on: , require: }]": "2:22: constraints[0].name: name must be a text, not nothing\n2:28: constraints[0].on: on must be a text or a list, not nothing\n2:39: constraints[0].require: require must be a text, not nothing",
		"views: {a: {}}":                           "2:12: views.a.on: on is missing\n2:12: views.a.fields: fields is missing",
		"views: {a: {on: , show: , fields: {b: {show: , otherwise: }}}}": "2:17: views.a.on: on must be a text, not nothing\n2:25: views.a.show: show must be a text or a list, not nothing\n2:46: views.a.fields.b.show: show must be a text or a list, not nothing\n2:59: views.a.fields.b.otherwise: otherwise must be a text, not nothing",
		"administration: {changes: {bind: }}":                            "2:34: administration.changes.bind: bind must be a text or a list, not nothing",
		"invariants: [{name: a, for: b, require: true}":                  "2:1: a list [ … ] is not closed, or \",\" is missing, or a text in it needs quotes",
	} {
		assert.Equal(t, want, faultsOf(source), "%s", source)
	}
}

// What was left empty must not come to mean "any", "none" or "true".
func TestWhatIsWrittenMustNotBeEmpty(t *testing.T) {
	const leave = "this is empty: write it, or leave it out"
	for source, want := range map[string]string{
		"roles: {a: {at: []}}":                               "2:17: roles.a.at: an empty list would mean any unit: leave it out if that is meant",
		"scopes: {a: {on: [], when: 'true'}}":                "2:18: scopes.a.on: an empty list would mean any type: leave it out if that is meant",
		"roles: {a: {at: }}":                                 "2:17: roles.a.at: at must be a text or a list, not nothing",
		"roles: {a: {scope: }}":                              "2:20: roles.a.scope: scope must be a text, not nothing",
		"roles: {a: {scope: ''}}":                            "2:20: roles.a.scope: " + leave,
		"roles: {a: {title: \"\"}}":                          "2:20: roles.a.title: " + leave,
		"roles: {a: {inherits: ~}}":                          "2:23: roles.a.inherits: inherits must be a text or a list, not nothing",
		"roles: {a: {everything: }}":                         "2:25: roles.a.everything: everything must be true or false, not nothing",
		"roles: {a: {grants: [{privileges: }]}}":             "2:35: roles.a.grants[0].privileges: privileges must be a text or a list, not nothing",
		"roles: {a: {grants: [{privileges: b, when: }]}":     "2:1: a mapping { … } is not closed, or \",\" is missing, or a text in it needs quotes",
		"roles: {a: {grants: [{privileges: b, when: ''}]}}":  "2:44: roles.a.grants[0].when: " + leave,
		"roles: {a: {grants: [{privileges: b, scope: ''}]}}": "2:45: roles.a.grants[0].scope: " + leave,
		"views: {a: {on: b, show: [], fields: {c: }}}":       "2:26: views.a.show: an empty list would mean any action of its fields: leave it out if that is meant",
		"views: {a: {on: b, fields: {c: {show: []}}}}":       "2:39: views.a.fields.c.show: an empty list would mean whoever sees the view: leave it out if that is meant",
		"views: {a: {on: b, fields: {c: {otherwise: ''}}}}":  "2:44: views.a.fields.c.otherwise: " + leave,
		"administration: {ceiling: ''}":                      "2:27: administration.ceiling: " + leave,
		"administration: {accounts: ''}":                     "2:28: administration.accounts: " + leave,
	} {
		assert.Equal(t, want, faultsOf(source), "%s", source)
	}
}

func TestWhatIsOfAnotherKindIsRefused(t *testing.T) {
	for source, want := range map[string]string{
		"roles: [a]":                             "2:8: roles: roles must be a mapping, not a list",
		"roles: {a: {grants: {privileges: b}}}":  "2:21: roles.a.grants: grants must be a list, not a mapping",
		"roles: {a: {everything: yes}}":          "2:25: roles.a.everything: everything must be true or false, not the text \"yes\"",
		"roles: {a: {grants: [b]}}":              "2:22: roles.a.grants[0]: each of grants must be a mapping, not the text \"b\"",
		"roles: {a: b}":                          "2:12: roles.a: a must be a mapping, not the text \"b\"",
		"roles: {no: {}}":                        "2:9: roles.no: a name must be a text, and some readers take this for true or false: write \"no\"",
		"roles: {123: {}}":                       "2:9: roles.123: a name must be a text, not a number: write \"123\"",
		"resources: {a: {in: {b: c}}}":           "2:21: resources.a.in: in must be a text or a list, not a mapping",
		"resources: {a: {attributes: [b]}}":      "2:29: resources.a.attributes: attributes must be a mapping, not a list",
		"users: {dept: string}":                  "2:9: users.dept: unknown key \"dept\"; known here: attributes",
		"privileges: {a: {on: b, levels: view}}": "2:33: privileges.a.levels: levels must be a list, not the text \"view\"",
		"privileges: {a: {on: 1}}":               "2:22: privileges.a.on: on must be a text, not a number: write \"1\"",
		"scopes: {a: [b]}":                       "2:13: scopes.a: a must be a text, not a list",
		"scopes: {a: 1}":                         "2:13: scopes.a: a must be a text, not a number: write \"1\"",
		"constraints: {a: {on: b}}":              "2:14: constraints: constraints must be a list, not a mapping",
		"invariants: [{name: a, for: b, require: true, severity: wran}]": "2:57: invariants[0].severity: unknown severity \"wran\" (did you mean \"warn\"?): want refuse or warn",
		"views: [{on: b}]":                                         "2:8: views: views must be a mapping, not a list",
		"views: {a: {on: b, fields: [c]}}":                         "2:28: views.a.fields: fields must be a mapping, not a list",
		"views: {a: {on: b, fields: {c: d}}}":                      "2:32: views.a.fields.c: c must be a mapping, not the text \"d\"",
		"views: {a: {on: b, fields: {c: {show: true}}}}":           "2:39: views.a.fields.c.show: show must be a text, not true or false: write \"true\"",
		"views: {a: {on: b, fields: {c: {otherwise: restrictd}}}}": "2:44: views.a.fields.c.otherwise: a field is hidden or restricted otherwise, not \"restrictd\" (did you mean \"restricted\"?)",
		"views: {a: {on: b, fields: {c: {otherwise: visible}}}}":   "2:44: views.a.fields.c.otherwise: a field is hidden or restricted otherwise, not \"visible\"",
		"administration: {changes: [bind]}":                        "2:27: administration.changes: changes must be a mapping, not a list",
	} {
		assert.Equal(t, want, faultsOf(source), "%s", source)
	}
}

// keywords are those of a policy file, at any place.
var keywords = strings.Fields(`policy users attributes context resources unit in privileges on levels requires area title
	scopes when roles at scope everything inherits grants constraints name require message invariants for severity
	views show fields otherwise administration accounts ceiling changes`)

// T-21: each keyword, with a character doubled, is refused where it stands.
func TestAKeywordThatIsMistypedIsRefused(t *testing.T) {
	const source = `
policy: p
users: {attributes: {dept: string}}
context: {ip: string}
resources: {a: {unit: true, in: b, attributes: {c: int}}}
privileges: {d: {on: a, levels: [e], requires: f, area: g, title: h}}
scopes: {i: {on: [a], when: "true"}}
roles: {j: {title: k, at: a, scope: i, everything: true, inherits: l, grants: [{privileges: d.e, scope: i, when: m}]}}
constraints: [{name: p, on: d.e, resources: a, require: o, message: q}]
invariants: [{name: r, for: user, require: s, severity: warn, message: t}]
views: {u: {on: a, show: d.e, fields: {v: {show: d.e, otherwise: hidden}}}}
administration: {accounts: a, ceiling: held, changes: {bind: d.e}}
`
	_, _, faults := decode("", []byte(source), defaults())
	assert.Empty(t, faults)
	tried := 0
	for i := range source {
		for _, keyword := range keywords {
			before, rest := source[:i], source[i:]
			if !strings.HasPrefix(rest, keyword+":") || !strings.ContainsAny(source[i-1:i], " {\n") {
				continue
			}
			tried++
			_, _, faults := decode("", []byte(before+keyword[:1]+rest), defaults())
			found := false
			for _, f := range faults {
				line, column := 1+strings.Count(before, "\n"), 1+i-(1+strings.LastIndexByte(before, '\n'))
				found = found || f.Line == line && f.Column == column && strings.HasPrefix(f.Message, "unknown key")
			}
			assert.True(t, found, "%s at %d: %v", keyword, i, faults)
		}
	}
	assert.Equal(t, 49, tried)
}

func TestOptionsBoundTheSizeOfAFile(t *testing.T) {
	source := []byte("policy: p\n")
	_, _, faults := decode("p.yaml", source, Options{MaxDocument: len(source)})
	assert.Empty(t, faults)
	_, _, faults = decode("p.yaml", source, Options{MaxDocument: len(source) - 1})
	assert.Equal(t, "p.yaml:1:1: the document has 10 bytes, at most 9 are allowed", faults.Error())
}
