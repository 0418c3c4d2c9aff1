package plants

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
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

// TestEveryPlantIsCaught builds tests with every fault in turn, which must be green
// without it and red with it. The tree stays as it is: the compiler is told to read
// another text in a file's place.
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
	sound := map[string]string{} // the tests of a directory without a fault
	green, temp := map[string]bool{}, t.TempDir()
	caught := 0
	for _, p := range all {
		if found := t.Run(p.name, func(t *testing.T) {
			if sound[p.dir] == "" {
				sound[p.dir] = build(t, temp, p.dir, nil)
			}
			for _, test := range p.tests {
				if at := p.dir + " " + test; !green[at] {
					out, failed := run(sound[p.dir], p.dir, test)
					require.False(t, failed, "%s fails without a fault:\n%s", at, out)
					green[at] = true
				}
			}
			p.try(t, temp)
		}); found {
			caught++
		}
	}
	t.Logf("%d of %d caught", caught, len(all))
}

// try builds the tests with the fault, and runs them.
func (p plant) try(t *testing.T, temp string) {
	binary := build(t, temp, p.dir, &p)
	defer func() { require.NoError(t, os.Remove(binary)) }()
	for _, test := range p.tests {
		start := time.Now()
		switch out, failed := run(binary, p.dir, test); {
		case !failed:
			t.Errorf("NOT CAUGHT by %s: %s", test, strings.Join(p.threats, " "))
		case strings.Contains(out, "panic: test timed out"):
			t.Errorf("%s took too long, which may have another cause: %s", test, strings.Join(p.threats, " "))
		default:
			t.Logf("caught by %s in %.0f s: %s", test, time.Since(start).Seconds(), strings.Join(p.threats, " "))
		}
	}
}

// build builds the tests of a directory, with a fault if there is one.
func build(t *testing.T, temp, dir string, with *plant) (binary string) {
	temp, err := os.MkdirTemp(temp, "")
	require.NoError(t, err)
	binary = filepath.Join(temp, "tests")
	args := []string{"test", "-c", "-vet=off", "-o", binary}
	if with != nil {
		file, err := filepath.Abs(filepath.Join(root, with.file))
		require.NoError(t, err)
		before, err := os.ReadFile(file)
		require.NoError(t, err)
		after, err := with.in(string(before))
		require.NoError(t, err)
		planted, overlay := filepath.Join(temp, "planted.go"), filepath.Join(temp, "overlay.json")
		require.NoError(t, os.WriteFile(planted, []byte(after), 0o600))
		list, err := json.Marshal(map[string]map[string]string{"Replace": {file: planted}})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(overlay, list, 0o600))
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.Command("go", append(args, ".")...)
	cmd.Dir = filepath.Join(root, dir)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "the tests do not build:\n%s", out)
	return binary
}

// run runs one test of those that were built.
func run(binary, dir, test string) (out string, failed bool) {
	cmd := exec.Command(binary, "-test.timeout=20m", "-test.failfast", "-test.run", "^"+test+"$")
	cmd.Dir = filepath.Join(root, dir)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "BAILIWICK_") })
	cmd.Env = append(cmd.Env, "RAPID_NOFAILFILE=1", "RAPID_SHRINKTIME=0s") // that it fails is enough
	text, err := cmd.CombinedOutput()
	return string(text), err != nil
}
