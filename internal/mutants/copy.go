package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

//go:embed switches.txt
var switches string

// A mutated is a copy of the repository in which a package has switches.
type mutated struct {
	root, dir string
	// original are the texts of the package's files, by name.
	original map[string]string
	mutants  []*mutant
	// alone are the mutants that have no switch, impossible those that do not
	// build.
	alone, impossible map[*mutant]bool
}

// copied copies the repository, without what git keeps, to a directory.
func copied(from, to string) error {
	return filepath.WalkDir(from, func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Name() == ".git" {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		name, err := filepath.Rel(from, at)
		if err != nil || !entry.IsDir() && !entry.Type().IsRegular() {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		text, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), text, 0o600)
	})
}

// mutate gives a package of a copy its switches.
func mutate(root, dir string) (*mutated, error) {
	c := &mutated{root: root, dir: dir, original: map[string]string{}, alone: map[*mutant]bool{}, impossible: map[*mutant]bool{}}
	fset := token.NewFileSet()
	files, names, err := c.parse(fset)
	if err != nil {
		return nil, err
	}
	per := make([][]*mutant, len(files))
	for i, file := range files {
		per[i] = mutantsOf(fset, names[i], file, len(c.mutants)+1)
		c.mutants = append(c.mutants, per[i]...)
	}
	imports, err := c.imports(fset)
	if err != nil {
		return nil, err
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	pkg, err := (&types.Config{Importer: imports}).Check(dir, fset, files, info)
	if err != nil {
		return nil, err
	}
	for i, file := range files {
		s := &switcher{fset: fset, info: info, pkg: pkg}
		text := s.rewrite(c.original[names[i]], file, per[i])
		if err := c.write(names[i], text); err != nil {
			return nil, err
		}
		c.mark(c.alone, s.alone)
		c.mark(c.impossible, s.impossible)
	}
	text := strings.NewReplacer("PACKAGE", pkg.Name(), "NUMBER", strconv.Itoa(len(c.mutants))).Replace(switches)
	if err := c.write(filepath.Join(dir, "mutant_switches.go"), text); err != nil {
		return nil, err
	}
	return c, c.settle()
}

func (c *mutated) mark(as map[*mutant]bool, all []*mutant) {
	for _, m := range all {
		as[m] = true
	}
}

func (c *mutated) write(name, text string) error {
	return os.WriteFile(filepath.Join(c.root, name), []byte(text), 0o600)
}

// parse reads the files of the package that are no tests.
func (c *mutated) parse(fset *token.FileSet) (files []*ast.File, names []string, err error) {
	found, err := filepath.Glob(filepath.Join(c.root, c.dir, "*.go"))
	if err != nil {
		return nil, nil, err
	}
	for _, at := range found {
		if strings.HasSuffix(at, "_test.go") {
			continue
		}
		text, err := os.ReadFile(at)
		if err != nil {
			return nil, nil, err
		}
		name := filepath.Join(c.dir, filepath.Base(at))
		file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		c.original[name] = string(text)
		files, names = append(files, file), append(names, name)
	}
	if files == nil {
		return nil, nil, fmt.Errorf("%s: no Go files: want the directory of a package", c.dir)
	}
	return files, names, nil
}

// imports reads what the package imports as the compiler left it.
func (c *mutated) imports(fset *token.FileSet) (types.Importer, error) {
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export", "./"+c.dir)
	cmd.Dir, cmd.Stderr = c.root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	exports := map[string]string{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct{ ImportPath, Export string }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		exports[p.ImportPath] = p.Export
	}
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }), nil
}

var complaint = regexp.MustCompile(`(?m)^(?:\./)?(\S+\.go):(\d+):`)

// settle builds the package, and takes the switches out of lines that they break,
// until it builds.
func (c *mutated) settle() error {
	for range 20 {
		out, err := c.run("go", "build", "-gcflags=-e", "./"+c.dir)
		if err == nil {
			return nil
		}
		wrong := map[string]bool{}
		for _, found := range complaint.FindAllStringSubmatch(out, -1) {
			wrong[found[1]+":"+found[2]] = true
		}
		changed := false
		for name, text := range c.original {
			if changed, err = c.unswitch(name, text, wrong, changed); err != nil {
				return err
			}
		}
		if !changed {
			return fmt.Errorf("with switches, it does not build:\n%s", out)
		}
	}
	return errors.New("with switches, it does not build")
}

// unswitch gives lines of a file their original text. What they had for mutants
// is tried alone.
func (c *mutated) unswitch(name, text string, wrong map[string]bool, changed bool) (bool, error) {
	now, err := os.ReadFile(filepath.Join(c.root, name))
	if err != nil {
		return changed, err
	}
	before, lines := strings.Split(text, "\n"), strings.Split(string(now), "\n")
	for i := range lines {
		if wrong[fmt.Sprintf("%s:%d", name, i+1)] && lines[i] != before[i] {
			lines[i], changed = before[i], true
			for _, m := range c.mutants {
				if m.file == name && m.at.Line == i+1 && !c.impossible[m] {
					c.alone[m] = true
				}
			}
		}
	}
	return changed, c.write(name, strings.Join(lines, "\n"))
}

// by plants one mutant by its text, and returns what takes it back.
func (c *mutated) by(m *mutant) (undo func() error, err error) {
	now, err := os.ReadFile(filepath.Join(c.root, m.file))
	if err != nil {
		return nil, err
	}
	text := c.original[m.file]
	text = text[:m.at.Offset] + m.new.String() + text[m.at.Offset+len(m.old.String()):]
	return func() error { return c.write(m.file, string(now)) }, c.write(m.file, text)
}

func (c *mutated) run(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = c.root
	out, err := cmd.CombinedOutput()
	return string(out), err
}
