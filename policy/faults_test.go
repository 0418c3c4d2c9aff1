package policy_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/policy"
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
		Scopes:     []policy.Scope{{Name: "all", When: "1"}},
	}, nil)
	var faults policy.Faults
	require.ErrorAs(t, err, &faults)
	assert.Equal(t, []string{
		`resources.school: there is a resource type "school" already`,
		`privileges["school.view"].on: unknown resource type "shool" (did you mean "school"?)`,
		`scopes.all: column 1: is int, not a condition: it must be true or false`,
	}, strings.Split(err.Error(), "\n"))
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
	again, err := policy.Compile(p.Document(), nil)
	require.NoError(t, err)
	assert.Equal(t, hash, again.Hash())
}

func TestLimitsAreStatedAndCanBeChanged(t *testing.T) {
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i, i+1)
		}
		return b.String()
	}
	head := "policy: p\nresources: {school: {unit: true}}\n"
	for name, c := range map[string]struct {
		source string
		within *policy.Options // nil: past the default limit
		says   string
	}{
		"document":    {head + "# " + strings.Repeat("x", 1<<20) + "\n", &policy.Options{MaxDocument: 2 << 20}, "1048576"},
		"condition":   {head + "scopes: {a: '" + strings.Repeat(" ", 4096) + "true'}\n", &policy.Options{MaxCondition: 5000}, "4096"},
		"nodes":       {head + "scopes: {a: 'true" + strings.Repeat(" && true", 300) + "'}\n", &policy.Options{MaxConditionNodes: 1000}, "500"},
		"inheritance": {head + "roles:\n" + many(32, "  r%d: {inherits: r%d}\n") + "  r32: {}\n", &policy.Options{MaxInheritance: 33}, "more than 32 roles"},
		"compiled":    {head + "scopes:\n" + many(10_001, "  s%d: 'true'\n")[:0] + many(10_001, "  s%d: 'true' # %d\n"), &policy.Options{MaxCompiled: 20_000}, "more than 10000 conditions"},
	} {
		if name == "compiled" && testing.Short() {
			continue
		}
		_, err := policy.Parse("p.yaml", []byte(c.source), nil)
		assert.ErrorContains(t, err, c.says, name)
		_, err = policy.Parse("p.yaml", []byte(c.source), c.within)
		assert.NoError(t, err, name)
	}
}
