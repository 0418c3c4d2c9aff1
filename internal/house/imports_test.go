package house

import (
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/bailiwick-authz/bailiwick"

// layers are the public packages in the direction of imports: each imports
// only what stands to its left. Sub-packages count with their parent.
var layers = []string{"scope", "roles", "policy", "access", "examples"}

// internalLayer is the farthest layer that an internal package may import. Who
// stands here may import farther than that, as far as the given layer.
const internalLayer = "roles"

var internalLayers = map[string]string{
	"internal/reference": "policy", // the naive evaluator reads whole policies
	"internal/peerbench": "access", // a program that measures decisions
}

// celImporter is the package that may import cel-go, so that replacing cel-go
// changes one package. Its sub-packages may not.
const celImporter = "internal/condition"

// importsPointLeft holds the direction of imports, for tests too. Tests of
// internal packages may import every layer: they compare what the layers say.
//
// That a layer reaches a later one through an internal package needs no rule:
// each layer imports its left neighbour, so that would be a cycle, which Go
// refuses.
func importsPointLeft(t *tree) []string {
	var c complaints
	for _, f := range t.goFiles {
		for _, spec := range f.syntax.Imports {
			imported, own := strings.CutPrefix(importPath(spec), module+"/")
			if !own || layer(imported) <= farthest(f) {
				continue
			}
			if top(f.dir) == "internal" {
				c.add("%s: an internal package imports %s, and may import no farther than %s: move the code, or give %s a line in internalLayers with the reason",
					f.at(spec), imported, layers[farthest(f)], f.dir)
			} else {
				c.add("%s: %s imports %s, against the direction %s: move the code to the right, or let the caller hand in what it needs",
					f.at(spec), f.dir, imported, strings.Join(layers, " < "))
			}
		}
	}
	return c
}

// farthest returns the rightmost layer that a file may import.
func farthest(f *goFile) int {
	switch {
	case top(f.dir) != "internal":
		return layer(f.dir)
	case f.test:
		return len(layers) - 1
	case internalLayers[f.dir] != "":
		return layer(internalLayers[f.dir])
	}
	return layer(internalLayer)
}

// layer returns a package's place among the layers, from 0; -1 for none.
func layer(dir string) int { return slices.Index(layers, top(dir)) }

func top(at string) string {
	first, _, _ := strings.Cut(at, "/")
	return first
}

// isPublic reports whether the package in a directory is what users import.
func isPublic(dir string) bool { return layer(dir) >= 0 && top(dir) != "examples" }

func isCEL(imported string) bool {
	return slices.ContainsFunc([]string{"github.com/google/cel-go", "cel.dev"}, func(root string) bool {
		return imported == root || strings.HasPrefix(imported, root+"/")
	})
}

// celStaysInside holds that one package imports cel-go, tests included. A
// nested module, which nobody gets who imports the library, may too.
func celStaysInside(t *tree) []string {
	var c complaints
	for _, f := range t.goFiles {
		if t.isNested(f.dir) {
			continue
		}
		for _, spec := range f.syntax.Imports {
			if isCEL(importPath(spec)) && f.dir != celImporter {
				c.add("%s: %s imports %s, which only %s may: ask that package, or add what is missing there",
					f.at(spec), f.dir, importPath(spec), celImporter)
			}
		}
	}
	return c
}

// importing is a file of a package that imports one other.
func importing(dir, imported string) string {
	return "package " + path.Base(dir) + "\n\nimport _ \"" + imported + "\"\n"
}

func TestImportsPointLeft(t *testing.T) {
	const direction = "against the direction scope < roles < policy < access < examples: move the code to the right, or let the caller hand in what it needs"
	judge(t, importsPointLeft, []verdict{
		{"a layer imports its left", files{
			"roles/r.go":                 importing("roles", module+"/scope"),
			"policy/p.go":                importing("policy", module+"/scope"),
			"access/a.go":                importing("access", module+"/policy"),
			"examples/ncmp/main.go":      importing("main", module+"/access"),
			"policy/policytest/p.go":     importing("policytest", module+"/policy"),
			"policy/q.go":                importing("policy", module+"/policy/policytest"),
			"scope/s.go":                 importing("scope", module+"/internal/fault"),
			"scope/other.go":             importing("scope", "policy/elsewhere"),
			"internal/persist/p.go":      importing("persist", module+"/roles"),
			"internal/reference/r.go":    importing("reference", module+"/policy"),
			"internal/fault/f_test.go":   importing("fault", module+"/access"),
			"roles/testdata/skipped.go":  importing("roles", module+"/access"),
			"internal/house/own_test.go": importing("house", module+"/internal/fault"),
		}, nil},
		{"and nothing to its right", files{
			"scope/s.go":  importing("scope", module+"/roles"),
			"policy/p.go": importing("policy", module+"/access"),
			"access/a.go": importing("access", module+"/examples/ncmp"),
		}, []string{
			"access/a.go:3: access imports examples/ncmp, " + direction,
			"policy/p.go:3: policy imports access, " + direction,
			"scope/s.go:3: scope imports roles, " + direction,
		}},
		{"sub-packages count with their parent", files{
			"roles/dirfile/d.go": importing("dirfile", module+"/policy/policytest"),
		}, []string{"roles/dirfile/d.go:3: roles/dirfile imports policy/policytest, " + direction}},
		{"tests obey it too", files{
			"scope/s_test.go": importing("scope_test", module+"/access"),
		}, []string{"scope/s_test.go:3: scope imports access, " + direction}},
		{"internal packages import no policy", files{
			"internal/persist/p.go": importing("persist", module+"/policy"),
		}, []string{"internal/persist/p.go:3: an internal package imports policy, and may import no farther than roles: move the code, or give internal/persist a line in internalLayers with the reason"}},
		{"those listed, no farther than listed", files{
			"internal/reference/r.go": importing("reference", module+"/access"),
		}, []string{"internal/reference/r.go:3: an internal package imports access, and may import no farther than policy: move the code, or give internal/reference a line in internalLayers with the reason"}},
	})
}

func TestCELStaysInside(t *testing.T) {
	const rest = ", which only internal/condition may: ask that package, or add what is missing there"
	judge(t, celStaysInside, []verdict{
		{"a nested module may", files{
			"internal/condition/spec/go.mod":   "module m",
			"internal/condition/spec/cmd/s.go": importing("cmd", "cel.dev/expr"),
		}, nil},
		{"internal/condition and its tests import cel-go", files{
			"internal/condition/c.go":      importing("condition", "github.com/google/cel-go/cel"),
			"internal/condition/c_test.go": importing("condition_test", "github.com/google/cel-go/cel"),
			"scope/s.go":                   importing("scope", "github.com/google/cel-gopher"),
		}, nil},
		{"nobody else does, under neither of its names", files{
			"access/a_test.go":               importing("access_test", "github.com/google/cel-go/cel"),
			"internal/condition/parse/p.go":  importing("parse", "cel.dev/expr"),
			"policy/p.go":                    importing("policy", "cel.dev/cel-go/cel"),
			"scope/deep/down/s.go":           importing("down", "github.com/google/cel-go"),
			"internal/conditions/similar.go": importing("conditions", "github.com/google/cel-go/cel"),
		}, []string{
			"access/a_test.go:3: access imports github.com/google/cel-go/cel" + rest,
			"internal/condition/parse/p.go:3: internal/condition/parse imports cel.dev/expr" + rest,
			"internal/conditions/similar.go:3: internal/conditions imports github.com/google/cel-go/cel" + rest,
			"policy/p.go:3: policy imports cel.dev/cel-go/cel" + rest,
			"scope/deep/down/s.go:3: scope/deep/down imports github.com/google/cel-go" + rest,
		}},
	})
}
