package house

import (
	"go/ast"
	"maps"
	"path"
	"slices"
	"testing"
)

// exportsAreDocumented holds that each exported function, method of an
// exported type, type, constant and variable has a comment: its own, one at
// the end of its line, or one for its group. A directive is no comment.
func exportsAreDocumented(t *tree) []string {
	var c complaints
	for _, f := range t.goFiles {
		if f.test {
			continue
		}
		for _, d := range f.syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				receiver := receiverType(d)
				if d.Name.IsExported() && (receiver == "" || ast.IsExported(receiver)) && d.Doc.Text() == "" {
					c.addUndocumented(f, d.Name)
				}
			case *ast.GenDecl:
				c.checkSpecs(f, d)
			}
		}
	}
	return c
}

func (c *complaints) checkSpecs(f *goFile, d *ast.GenDecl) {
	for _, spec := range d.Specs {
		var names []*ast.Ident
		comment := d.Doc.Text()
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			names = []*ast.Ident{spec.Name}
			if d.Lparen.IsValid() {
				comment = "" // a group of types has nothing in common to say
			}
			comment += spec.Doc.Text() + spec.Comment.Text()
		case *ast.ValueSpec:
			names = spec.Names
			comment += spec.Doc.Text() + spec.Comment.Text()
		}
		for _, name := range names {
			if name.IsExported() && comment == "" {
				c.addUndocumented(f, name)
			}
		}
	}
}

func (c *complaints) addUndocumented(f *goFile, name *ast.Ident) {
	c.add("%s: %s is exported without a comment: say what it answers, or unexport it", f.at(name), name.Name)
}

// packagesAreDocumented holds that each package says what it is for; a public
// one in doc.go, where a reader looks first.
func packagesAreDocumented(t *tree) []string {
	var c complaints
	packages := t.packages()
	for _, f := range t.goFiles {
		if packages[f.dir] == nil {
			packages[f.dir] = []*goFile{f} // a package of tests only
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(packages)) {
		home := slices.IndexFunc(packages[dir], func(f *goFile) bool { return f.syntax.Doc.Text() != "" })
		at := path.Join(dir, "doc.go")
		if home < 0 {
			c.add("%s: the package has no comment: say in %s what it answers and what not", dir, at)
		} else if found := packages[dir][home]; isPublic(dir) && found.path != at {
			c.add("%s: a public package's comment stands in doc.go: move it to %s", found.at(found.syntax.Doc), at)
		}
	}
	return c
}

func TestExportsAreDocumented(t *testing.T) {
	const rest = " is exported without a comment: say what it answers, or unexport it"
	judge(t, exportsAreDocumented, []verdict{
		{"every kind of comment counts", files{"scope/s.go": `package scope

// F answers.
func F() {}

// T is.
type T struct{ Field int }

// M answers.
func (*T) M() {}

type (
	// U is.
	U int
	W int // is
)

// Numbers of a kind.
const (
	A = iota
	B
)

var (
	// X is.
	X, Y int
	Z int // is
)
`}, nil},
		{"what is not exported needs none", files{
			"scope/s.go":      "package scope\nfunc f() {}\ntype t int\nfunc (t) M() {}\nvar v, w int\n",
			"scope/s_test.go": "package scope\nfunc TestF() {}\n",
		}, nil},
		{"nor do the names inside a comment's type", files{"scope/s.go": "package scope\n// T is.\ntype T interface{ M() }\n"}, nil},
		{"each name without one is found", files{"scope/s.go": `package scope
func F() {}
type T[E any] int
func (*T[E]) M() {}
// Two types.
type (
	U int
)
const A = 1
var b, C int

//go:noinline
func D() {}
`}, []string{
			"scope/s.go:2: F" + rest, "scope/s.go:3: T" + rest, "scope/s.go:4: M" + rest, "scope/s.go:7: U" + rest,
			"scope/s.go:9: A" + rest, "scope/s.go:10: C" + rest, "scope/s.go:13: D" + rest,
		}},
		{"in internal packages and examples too", files{
			"internal/fault/f.go":   "package fault\nfunc F() {}\n",
			"examples/ncmp/main.go": "package main\nfunc F() {}\n",
		}, []string{"examples/ncmp/main.go:2: F" + rest, "internal/fault/f.go:2: F" + rest}},
	})
}

func TestPackagesAreDocumented(t *testing.T) {
	judge(t, packagesAreDocumented, []verdict{
		{"public packages in doc.go, others anywhere", files{
			"scope/doc.go":             "// Package scope is.\npackage scope\n",
			"scope/ref.go":             "package scope\n",
			"roles/dirfile/doc.go":     "// Package dirfile is.\npackage dirfile\n",
			"internal/fault/fault.go":  "// Package fault is.\npackage fault\n",
			"examples/ncmp/main.go":    "// Ncmp shows.\npackage main\n",
			"internal/laws/a_test.go":  "// Package laws tests.\npackage laws\n",
			"scope/testdata/hidden.go": "package hidden\n",
		}, nil},
		{"none has no comment", files{
			"scope/ref.go":            "package scope\n",
			"scope/ref_test.go":       "// Package scope is.\npackage scope\n",
			"internal/laws/a_test.go": "package laws\n",
			"internal/fault/fault.go": "// Copyright.\n\npackage fault\n",
		}, []string{
			"internal/fault: the package has no comment: say in internal/fault/doc.go what it answers and what not",
			"internal/laws: the package has no comment: say in internal/laws/doc.go what it answers and what not",
			"scope: the package has no comment: say in scope/doc.go what it answers and what not",
		}},
		{"a public one is found in doc.go", files{"scope/ref.go": "// Package scope is.\npackage scope\n"}, []string{
			"scope/ref.go:1: a public package's comment stands in doc.go: move it to scope/doc.go",
		}},
	})
}
