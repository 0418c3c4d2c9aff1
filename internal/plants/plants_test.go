package plants

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.."

// threats are those that concern what there is. The others are about stores and
// many machines.
var threats = func() (ids []string) {
	for _, span := range [][2]int{{1, 23}, {26, 31}, {33, 36}, {39, 40}, {43, 48}, {50, 50}} {
		for n := span[0]; n <= span[1]; n++ {
			ids = append(ids, fmt.Sprintf("T-%02d", n))
		}
	}
	return ids
}()

// Every plant can be planted, and names tests that are there and that name its
// threats; every threat has a plant.
func TestEveryThreatHasAPlant(t *testing.T) {
	planted := map[string]bool{}
	for _, p := range plants(t) {
		text, err := os.ReadFile(filepath.Join(root, p.file))
		if assert.NoError(t, err, p.name) {
			_, err = p.in(string(text))
			assert.NoError(t, err)
		}
		named := ""
		for _, test := range p.tests {
			said, ok := testsOf(t, p.dir)[test]
			assert.True(t, ok, "%s: there is no %s in %s", p.name, test, p.dir)
			named += said
		}
		for _, threat := range p.threats {
			assert.Contains(t, threats, threat, p.name)
			assert.True(t, strings.Contains(named, threat), "%s: none of its tests names %s", p.name, threat)
			planted[threat] = true
		}
	}
	for _, threat := range threats {
		assert.True(t, planted[threat], "%s has no plant: nobody knows whether its tests would notice", threat)
	}
}

// testsOf returns the tests of a directory, each with its comment and text.
func testsOf(t *testing.T, dir string) map[string]string {
	files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
	require.NoError(t, err)
	tests := map[string]string{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		fset := token.NewFileSet()
		syntax, err := parser.ParseFile(fset, file, source, parser.ParseComments)
		require.NoError(t, err)
		for _, d := range syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(fn.Name.Name, "Test") {
				tests[fn.Name.Name] = fn.Doc.Text() + string(source[fset.Position(fn.Pos()).Offset:fset.Position(fn.End()).Offset])
			}
		}
	}
	return tests
}

// TestEveryPlantIsCaught plants every fault in a copy of the tree and runs its
// tests, which must be green without it and red with it.
func TestEveryPlantIsCaught(t *testing.T) {
	which := os.Getenv("BAILIWICK_PLANTS")
	if which == "" {
		t.Skip("BAILIWICK_PLANTS is not set")
	}
	if which == "all" {
		which = ""
	}
	wanted, err := regexp.Compile(which)
	require.NoError(t, err)
	all := slices.DeleteFunc(plants(t), func(p plant) bool { return !wanted.MatchString(p.name) })
	require.NotEmpty(t, all, "no plant is named so")
	copied := copyTree(t)
	green := map[string]bool{}
	for _, p := range all {
		for _, test := range p.tests {
			if at := p.dir + " " + test; !green[at] {
				green[at] = true
				out, failed := run(copied, p.dir, test)
				require.False(t, failed, "%s fails without a fault:\n%s", at, out)
			}
		}
	}
	caught := 0
	for _, p := range all {
		if found := t.Run(p.name, func(t *testing.T) { p.try(t, copied) }); found {
			caught++
		}
	}
	t.Logf("%d of %d caught", caught, len(all))
}

// try plants one fault, and takes it back.
func (p plant) try(t *testing.T, copied string) {
	file := filepath.Join(copied, p.file)
	before, err := os.ReadFile(file)
	require.NoError(t, err)
	after, err := p.in(string(before))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte(after), 0o600))
	defer func() { require.NoError(t, os.WriteFile(file, before, 0o600)) }()
	for _, test := range p.tests {
		start := time.Now()
		out, failed := run(copied, p.dir, test)
		switch {
		case !failed:
			t.Errorf("NOT CAUGHT by %s: %s", test, strings.Join(p.threats, " "))
		case strings.Contains(out, "[build failed]") || strings.Contains(out, "[setup failed]"):
			t.Errorf("the fault does not build:\n%.2000s", out)
		default:
			t.Logf("caught by %s in %.0f s: %s", test, time.Since(start).Seconds(), strings.Join(p.threats, " "))
		}
	}
}

// run runs one test of the copy.
func run(copied, dir, test string) (out string, failed bool) {
	cmd := exec.Command("go", "test", "-count=1", "-vet=off", "-timeout=4m", "-run", "^"+test+"$", ".")
	cmd.Dir = filepath.Join(copied, dir)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "BAILIWICK_") })
	text, err := cmd.CombinedOutput()
	return string(text), err != nil
}

// copyTree copies the tree to a temporary directory.
func copyTree(t *testing.T) string {
	to := t.TempDir()
	require.NoError(t, filepath.WalkDir(root, func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == ".git" {
			return filepath.SkipDir
		}
		name, err := filepath.Rel(root, at)
		if err != nil || entry.IsDir() {
			return err
		}
		if !entry.Type().IsRegular() {
			return nil // the .git of a worktree is a file, which is of no use
		}
		text, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o700); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), text, 0o600)
	}))
	return to
}
