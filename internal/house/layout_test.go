package house

import (
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	maxFileLines     = 450
	maxFunctionLines = 80
)

// codeIsShort holds the bounds past which a file or a function usually does
// two jobs. Tests may be longer.
func codeIsShort(t *tree) []string {
	var c complaints
	for _, f := range t.goFiles {
		if f.test {
			continue
		}
		if n := strings.Count(t.text[f.path], "\n"); n > maxFileLines {
			c.add("%s: %d lines, more than %d: split it by job", f.path, n, maxFileLines)
		}
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := f.line(fn.End()) - f.line(fn.Pos()) + 1; n > maxFunctionLines {
				c.add("%s: %s has %d lines, more than %d: give its parts names", f.at(fn), fn.Name.Name, n, maxFunctionLines)
			}
		}
	}
	return c
}

// topLevelNames are what may stand at the top of the repository, beside names
// that begin with a dot.
var topLevelNames = []string{"access", "examples", "internal", "policy", "roles", "scope", "LICENSE", "README.md", "go.mod", "go.sum"}

func topLevelIsFixed(t *tree) []string {
	var c complaints
	names := map[string]bool{}
	for _, at := range t.paths {
		name := top(at)
		if !names[name] && name[0] != '.' && !slices.Contains(topLevelNames, name) {
			c.add("%s: the top level holds only %s and dotfiles: move it into the package that it belongs to",
				name, strings.Join(topLevelNames, ", "))
		}
		names[name] = true
	}
	for _, name := range topLevelNames[slices.Index(topLevelNames, "LICENSE"):] {
		if !names[name] {
			c.add("%s is missing: write it", name)
		}
	}
	return c
}

// dependencies are the modules that the library requires directly. Whoever
// imports it gets them.
var dependencies = []string{
	"github.com/google/cel-go",
	"github.com/stretchr/testify", // tests
	"go.yaml.in/yaml/v3",
	"pgregory.net/rapid", // tests
}

func dependenciesAreFixed(t *tree) []string {
	var c complaints
	direct := directRequirements(t.text["go.mod"])
	for _, module := range direct {
		if !slices.Contains(dependencies, module) {
			c.add("go.mod: requires %s directly, which every user would get: do without, or make a nested module of what needs it", module)
		}
	}
	for _, module := range dependencies {
		if !slices.Contains(direct, module) {
			c.add("go.mod: does not require %s directly: run go mod tidy, or take it out of dependencies if nothing imports it", module)
		}
	}
	return c
}

// directRequirements returns the modules that a go.mod requires without the
// mark of an indirect one.
func directRequirements(mod string) (direct []string) {
	block := false
	for line := range strings.Lines(mod) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
			continue
		case words[0] == "require" && len(words) > 1 && words[1] == "(":
			block = true
			continue
		case words[0] == ")":
			block = false
		case words[0] == "require":
			words = words[1:]
		case !block:
			continue
		}
		if len(words) > 1 && !strings.HasPrefix(words[0], "//") && !strings.Contains(line, "// indirect") {
			direct = append(direct, words[0])
		}
	}
	return direct
}

// machinePath matches a place that exists on one machine only.
var machinePath = regexp.MustCompile(`(?m)(?:^|[^\w./~-])(/(?:work|tmp|root|home|Users)/[^\s"'` + "`" + `)]*)`)

func pathsArePortable(t *tree) []string {
	var c complaints
	for _, at := range t.paths {
		text := t.text[at]
		for _, match := range machinePath.FindAllStringSubmatchIndex(text, -1) {
			c.add("%s:%d: %s is a place on one machine: say it from the repository's top, or take a temporary folder",
				at, 1+strings.Count(text[:match[2]], "\n"), text[match[2]:match[3]])
		}
	}
	return c
}

// lines returns a text of n lines.
func lines(n int) string { return strings.Repeat("\n", n) }

func TestCodeIsShort(t *testing.T) {
	function := func(n int) string { return "func f() {" + lines(n-1) + "}" }
	judge(t, codeIsShort, []verdict{
		{"at the bounds", files{
			"scope/a.go":      "package scope" + lines(450),
			"scope/b.go":      "package scope\n" + function(80),
			"scope/a_test.go": "package scope" + lines(451) + function(81),
		}, nil},
		{"past them", files{
			"scope/a.go": "package scope" + lines(451),
			"scope/b.go": "package scope\n\n// f is documented.\n" + function(81),
			"scope/c.go": "package scope\n\nfunc (t) " + function(100)[5:],
		}, []string{
			"scope/a.go: 451 lines, more than 450: split it by job",
			"scope/b.go:4: f has 81 lines, more than 80: give its parts names",
			"scope/c.go:3: f has 100 lines, more than 80: give its parts names",
		}},
	})
}

func TestTopLevelIsFixed(t *testing.T) {
	with := func(more ...string) files {
		f := files{"LICENSE": "", "README.md": "", "go.mod": "", "go.sum": ""}
		for _, at := range more {
			f[at] = ""
		}
		return f
	}
	const rest = ": the top level holds only access, examples, internal, policy, roles, scope, LICENSE, README.md, go.mod, go.sum and dotfiles: move it into the package that it belongs to"
	judge(t, topLevelIsFixed, []verdict{
		{"the fixed names and dotfiles", with("access/a.txt", "examples/ncmp/data.yaml", "internal/x/x.txt", "policy/p.txt", "roles/r.txt", "scope/s.txt", ".ci/run", ".gitignore"), nil},
		{"no other file or directory, each said once", with("Makefile", "docs/a.md", "docs/b.md"), []string{"Makefile" + rest, "docs" + rest}},
		{"all files are there", files{"go.mod": "", "LICENSE": ""}, []string{"README.md is missing: write it", "go.sum is missing: write it"}},
	})
}

func TestDependenciesAreFixed(t *testing.T) {
	judge(t, dependenciesAreFixed, []verdict{
		{"the four, and what they bring", files{"go.mod": `module m

require (
	// the language of conditions
	github.com/google/cel-go v0.31.0
	github.com/stretchr/testify v1.12.1
	pgregory.net/rapid v1.3.0
)

require go.yaml.in/yaml/v3 v3.0.6

require (
	cel.dev/expr v0.25.1 // indirect
)
`}, nil},
		{"no fifth, none less", files{"go.mod": `module m

require github.com/lib/pq v1.0.0
require (
	github.com/google/cel-go v0.31.0
	github.com/stretchr/testify v1.12.1 // indirect
	go.yaml.in/yaml/v3 v3.0.6
	modernc.org/sqlite v1.0.0
)

exclude (
	pgregory.net/rapid v1.2.0
)
`}, []string{
			"go.mod: requires github.com/lib/pq directly, which every user would get: do without, or make a nested module of what needs it",
			"go.mod: requires modernc.org/sqlite directly, which every user would get: do without, or make a nested module of what needs it",
			"go.mod: does not require github.com/stretchr/testify directly: run go mod tidy, or take it out of dependencies if nothing imports it",
			"go.mod: does not require pgregory.net/rapid directly: run go mod tidy, or take it out of dependencies if nothing imports it",
		}},
	})
}

func TestPathsArePortable(t *testing.T) {
	// Written in two halves, so that this file keeps the rule itself.
	const rest = " is a place on one machine: say it from the repository's top, or take a temporary folder"
	judge(t, pathsArePortable, []verdict{
		{"paths in the repository and addresses of pages", files{
			"README.md": "See examples/work/x, https://example.com/home/x, ./tmp/x, ~/tmp/x and /workshop/ or /work.",
		}, nil},
		{"no place on a machine, in any file", files{
			"README.md":       "one\nSee `/work" + "/main/README.md`.",
			".ci/run":         "/tmp" + "/h4.md",
			"scope/s_test.go": "package scope\n\nvar a, b = \"/home" + "/ann\", \"/Users" + "/ann/x\"",
			"policy/p.yaml":   "at: /root" + "/x",
		}, []string{
			".ci/run:1: /tmp" + "/h4.md" + rest,
			"README.md:2: /work" + "/main/README.md" + rest,
			"policy/p.yaml:1: /root" + "/x" + rest,
			"scope/s_test.go:3: /home" + "/ann" + rest,
			"scope/s_test.go:3: /Users" + "/ann/x" + rest,
		}},
	})
}
