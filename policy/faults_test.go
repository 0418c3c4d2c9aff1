package policy_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
)

var update = flag.Bool("update", false, "write the faults as they are into testdata/faults, for a human to read the difference")

// Each file of testdata/faults is a policy that is refused, and below it the
// faults, all of them, as Parse reports them.
func TestEveryFaultIsReportedWithItsPlace(t *testing.T) {
	files, err := filepath.Glob("testdata/faults/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			source, want, ok := strings.Cut(string(text), "--- faults ---\n")
			require.True(t, ok, "%s has no line --- faults ---", file)
			_, err = policy.Parse("p.yaml", []byte(source), nil)
			require.Error(t, err)
			got := err.Error() + "\n"
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(source+"--- faults ---\n"+got), 0o644))
				return
			}
			assert.Equal(t, want, got)
		})
	}
}

func TestCompileReportsThePathOfEachFault(t *testing.T) {
	_, err := policy.Compile(policy.Document{
		Policy:     "p",
		Resources:  []policy.Resource{{Name: "school", Unit: true}, {Name: "school"}},
		Privileges: []policy.Privilege{{Name: "school.view", On: "shool"}},
		Scopes:     []policy.Scope{{Name: "all", When: "1"}, {Name: "on", When: "true"}, {Name: "on", When: "true"}, {Name: "a b", When: "2"}},
		Roles:      []policy.Role{{Name: "a"}, {Name: "a"}, {Name: "b c"}},
	}, nil)
	var faults policy.Faults
	require.ErrorAs(t, err, &faults)
	assert.Equal(t, []string{
		`resources.school: there is a resource type "school" already`,
		`privileges["school.view"].on: unknown resource type "shool" (did you mean "school"?)`,
		`scopes.all: column 1: is int, not a condition: it must be true or false`,
		`scopes.on: there is a scope "on" already`,
		`scopes["a b"]: "a b" cannot be the name of a scope: want letters, digits, _ and -`,
		`scopes["a b"]: column 1: is int, not a condition: it must be true or false`,
		`roles.a: there is a role "a" already`,
		`roles["b c"]: "b c" cannot be the name of a role: want letters, digits, _ and -`,
	}, strings.Split(err.Error(), "\n"))
}

func TestCompileRefusesViewsThatAreDeclaredTwiceOrShownToNobody(t *testing.T) {
	field := func(name string, show ...roles.Action) policy.Field { return policy.Field{Name: name, Show: show} }
	_, err := policy.Compile(policy.Document{
		Policy:     "p",
		Resources:  []policy.Resource{{Name: "case"}},
		Privileges: []policy.Privilege{{Name: "work", On: "case"}},
		Views: []policy.View{
			{Name: "a", On: "case", Fields: []policy.Field{field("x", "work"), field("x", "work"), field("y")}},
			{Name: "a", On: "case"},
			{Name: "", On: "case", Fields: []policy.Field{field("", "work")}},
			{Name: "none", On: "case", Show: []roles.Action{"work"}},
		},
	}, nil)
	assert.Equal(t, []string{
		`views.a.fields.x: there is a field "x" already`,
		`views.a.fields.y: nothing says who sees field "y": name actions in its show, or in the view's`,
		`views.a: there is a view "a" already`,
		`views[""]: "" cannot be the name of a view: want letters, digits, _ and -`,
		`views[""].fields[""]: "" cannot be the name of a field: want letters, digits, _ and -`,
		`views.none: view "none" needs a field`,
	}, strings.Split(err.Error(), "\n"))
}

func TestAViewIsFoundByItsName(t *testing.T) {
	p := parsed(t, guarded)
	v, ok := p.View("record")
	require.True(t, ok)
	assert.Equal(t, p.Document().Views[0], v)
	_, ok = p.View("recrod")
	assert.False(t, ok)
	assert.Equal(t, `unknown view "recrod" (did you mean "record"?)`, p.UnknownView("recrod"))
}

// A policy of Go values and the same policy as a file are the same policy.
func TestCompileAndParseMakeTheSamePolicy(t *testing.T) {
	p := parsed(t, guarded)
	compiled, err := policy.Compile(p.Document(), nil)
	require.NoError(t, err)
	assert.Equal(t, p.Hash(), compiled.Hash())
	assert.Equal(t, p.Document(), compiled.Document())
	again, err := policy.Parse("again.yaml", p.Document().YAML(), nil)
	require.NoError(t, err)
	assert.Equal(t, p.Hash(), again.Hash())
	assert.Equal(t, p.Document(), again.Document())
}

// A compiled policy does not change when the values that it was made of do.
func TestAPolicyKeepsItsOwnCopy(t *testing.T) {
	d := parsed(t, guarded).Document()
	p, err := policy.Compile(d, nil)
	require.NoError(t, err)
	hash := p.Hash()
	d.Roles[0].Grants[0].Privileges[0] = "export"
	d.Resources[0].Attributes["limit"] = "string"
	d.Views[0].Show[0], d.Views[0].Fields[0].Show[0], d.Views[0].Fields[1].Name = "export", "export", "other"
	again, err := policy.Compile(p.Document(), nil)
	require.NoError(t, err)
	assert.Equal(t, hash, again.Hash())
}

func TestLimitsAreStatedAndCanBeChanged(t *testing.T) {
	head := "policy: p\nresources: {school: {unit: true}}\n"
	shown := head + "privileges: {look: {on: school}}\n"
	for name, c := range map[string]struct {
		source string
		within *policy.Options // nil: past the default limit
		says   string
	}{
		"document":    {head + "# " + strings.Repeat("x", 1<<20) + "\n", &policy.Options{MaxDocument: 2 << 20}, "1048576"},
		"condition":   {head + "scopes: {a: '" + strings.Repeat(" ", 4096) + "true'}\n", &policy.Options{MaxCondition: 5000}, "4096"},
		"nodes":       {head + "scopes: {a: 'true" + strings.Repeat(" && true", 300) + "'}\n", &policy.Options{MaxConditionNodes: 1000}, "500"},
		"inheritance": {head + "roles:\n" + many(32, "  r%d: {inherits: r%d}\n") + "  r32: {}\n", &policy.Options{MaxInheritance: 33}, "more than 32 roles"},
		"compiled":    {"policy: p\nresources:\n" + many(20, "  t%d: {} # %d\n") + "scopes:\n" + many(600, "  s%d: 'true' # %d\n"), &policy.Options{MaxCompiled: 20_000}, "more than 10000 conditions"},
		"types":       {"policy: p\nresources:\n" + many(41, "  t%d: {} # %d\n"), &policy.Options{MaxTypes: 41}, "there are 41 resources, more than 40"},
		"definitions": {head + "roles:\n" + many(1001, "  r%d: {} # %d\n"), &policy.Options{MaxDefinitions: 1001}, "there are 1001 roles, more than 1000"},
		"views":       {shown + "views:\n" + many(1001, "  v%d: {on: school, show: look, fields: {f: {}}} # %d\n"), &policy.Options{MaxDefinitions: 1001}, "there are 1001 views, more than 1000"},
		"fields":      {shown + "views:\n  v:\n    on: school\n    show: look\n    fields:\n" + many(1001, "      f%d: {} # %d\n"), &policy.Options{MaxDefinitions: 1001}, "there are 1001 fields, more than 1000"},
	} {
		_, err := policy.Parse("p.yaml", []byte(c.source), nil)
		assert.ErrorContains(t, err, c.says, name)
		_, err = policy.Parse("p.yaml", []byte(c.source), c.within)
		assert.NoError(t, err, name)
	}
}

// A condition counts for each type that it is for, and for every 400 bytes.
func TestHowConditionsAreCounted(t *testing.T) {
	parse := func(most int, source string) error {
		_, err := policy.Parse("p.yaml", []byte("policy: p\nresources: {a: {}, b: {}, c: {}}\n"+source), &policy.Options{MaxCompiled: most})
		return err
	}
	long := "'" + strings.Repeat(" ", 400-len("true")) + "true'"
	for source, counts := range map[string]int{
		"scopes: {s: 'true'}": 3, "scopes: {s: {on: [a, b], when: 'true'}}": 2, "scopes: {s: " + long + "}": 6, "scopes: {s: {on: [a, b], when: " + long + "}}": 4,
		"scopes: {s: {on: a, when: 'true'}, t: {on: a, when: " + long + "}}":                                              3,
		"privileges: {x: {on: a, levels: [one, two]}, z: {on: b}}\nconstraints: [{name: k, on: [x, z], require: 'true'}]": 2,
	} {
		assert.NoError(t, parse(counts, source), source)
		assert.ErrorContains(t, parse(counts-1, source), fmt.Sprintf("the policy has more than %d conditions", counts-1), source)
	}
}

// Names are of ASCII letters, digits, _ and -, at most 128 of them.
func TestNames(t *testing.T) {
	compile := func(role, privilege string) error {
		_, err := policy.Compile(policy.Document{
			Policy: "p", Resources: []policy.Resource{{Name: "a"}}, Roles: []policy.Role{{Name: role}}, Privileges: []policy.Privilege{{Name: privilege, On: "a"}},
		}, nil)
		return err
	}
	for _, name := range []string{"a", "z", "A", "Z", "_", "a0", "a9", "a-", strings.Repeat("x", 128)} {
		assert.NoError(t, compile(name, name), name)
	}
	for _, name := range []string{"", "0", "9", "-", "a b", "é", "[", "@", "`", "{", "a:", "a/", strings.Repeat("x", 129)} {
		assert.ErrorContains(t, compile(name, "a"), "cannot be the name of a role", name)
		assert.Error(t, compile("a", name), name)
	}
	assert.NoError(t, compile("a", "a."+strings.Repeat("x", 126)))
	assert.ErrorContains(t, compile("a", "a."+strings.Repeat("x", 127)), "cannot be the name of a privilege")
}

// A constraint is asked once about an action that it names twice, and a text that
// several grants share is a condition for all their types.
func TestWhatIsNamedTwiceIsCompiledOnce(t *testing.T) {
	p := parsed(t, `
policy: p
resources: {a: {attributes: {x: int}}, b: {attributes: {x: int}}, c: {}}
privileges: {look: {on: a, levels: [view, edit]}, see: {on: b}}
scopes: {all: "true"}
roles:
  r: {scope: all, grants: [{privileges: look.view, when: resource.x > 1}]}
  s: {scope: all, grants: [{privileges: see, when: resource.x > 1}, {privileges: look.edit, when: resource.x > 1}]}
constraints:
  - {name: k, on: [look, look.view, see, look], resources: [a], require: "true"}
`)
	for _, action := range []roles.Action{"look.view", "look.edit", "see"} {
		assert.Len(t, p.Constraints(action), 1, action)
	}
	given := 0
	for _, r := range p.Roles() {
		for _, permission := range p.Permissions(r) {
			given++
			assert.NoError(t, permission.When.For(permission.Right.Privilege().On), "%s", r.ID)
		}
	}
	assert.Equal(t, 3, given)
}

// many writes n lines, each with its number and the next.
func many(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i, i+1)
	}
	return b.String()
}

// Law 9: no small file takes long to load, whether it is refused or not.
func TestNoSmallFileTakesLong(t *testing.T) {
	const head = "policy: p\nresources: {a: {unit: true}}\nscopes: {all: 'true'}\n"
	for name, source := range map[string]string{
		"types": "policy: p\nresources:\n" + many(40, "  t%d: {unit: true} # %d\n"),
		"a chain of types": "policy: p\nresources:\n  t0: {unit: true}\n" +
			strings.Join(chained(31), ""),
		"invariants": head + "invariants:\n" + many(1000, "  - {name: i%d, for: a, require: 'true'} # %d\n"),
		"requirements": head + "privileges:\n  p0: {on: a}\n" + strings.ReplaceAll(many(999, "  x%d: {on: a, requires: p0} # %d\n"), "x", "p_") +
			"roles:\n" + many(1000, "  r%d: {everything: true, scope: all} # %d\n"),
		"inheritance": head + "roles:\n  top:\n    inherits:\n" + many(499, "      - l%d # %d\n") +
			many(499, "  l%d: {} # %d\n") + many(499, "  h%d: {inherits: top} # %d\n"),
		"constraints": head + "privileges:\n" + many(1000, "  p%d: {on: a} # %d\n") +
			"constraints:\n" + many(1000, "  - {name: c%d, resources: a, require: 'true'} # %d\n"),
		"one condition for many types": "policy: p\nresources:\n" + many(40, "  t%d: {} # %d\n") + "scopes: {all: 'true'}\nprivileges:\n" +
			strings.Join(paired(40, "  p%d: {on: t%d}\n"), "") + "roles: {r: {grants: [" +
			strings.Join(paired(40, "{privileges: p%d, scope: all, when: 1 == 1} # %d\n      ,"), "") + "]}}\n",
		"views": head + "privileges: {p: {on: a}, q: {on: a}}\nviews:\n" + many(3, "  v%d: {on: a, fields: {"+
			many(499, "f%d: {show: p, otherwise: restricted}, g%d: {show: q},")+"h: {show: p}}} # %d\n"),
		"what shows a view": head + "privileges: {p: {on: a}}\nviews:\n  v:\n    on: a\n    fields: {f: {show: [p]}}\n    show: [" + many(8_000, "x%d, # %d\n") + "p]\n",
	} {
		start := time.Now()
		_, err := policy.Parse("p.yaml", []byte(source), nil)
		took := time.Since(start)
		t.Logf("%-30s %6d bytes %8s refused: %t", name, len(source), took.Round(time.Millisecond), err != nil)
		assert.Less(t, took, 10*time.Second, name)
	}
}

// chained writes types each of which is in the one before.
func chained(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("  t%d: {unit: true, in: t%d}\n", i+1, i)
	}
	return lines
}

// paired writes n lines, each with its number twice.
func paired(n int, format string) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(format, i, i)
	}
	return lines
}
