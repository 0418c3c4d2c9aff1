package house

import (
	"go/ast"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

// shown lists the exported names of public packages that show an internal
// package on purpose, each with the reason. Users can read such a name and
// cannot write its type down, so the list should stay short.
var shown = map[string]string{
	"scope.Vocabulary": "what the conditions of scopes and of invariants have in common; package policy extends it",
}

// signaturesArePublic holds that what a user can see of a public package names
// neither cel-go nor an internal package, and that internal/condition, where
// the values would come from, names no cel-go. An unexported type counts as
// seen where an exported signature names it.
func signaturesArePublic(t *tree) []string {
	var c complaints
	packages, needed := t.packages(), map[string]bool{}
	for _, dir := range slices.Sorted(maps.Keys(packages)) {
		if !isPublic(dir) && dir != celImporter {
			continue
		}
		s := newSurface(dir, packages[dir])
		for _, m := range s.mentions() {
			needed[m.by] = true
			if isCEL(m.imported) {
				c.add("%s: %s shows cel-go's %s: wrap it in a type of %s", m.at, m.by, m.name, celImporter)
			} else if isPublic(dir) && shown[m.by] == "" {
				c.add("%s: %s shows %s, which users cannot import: declare a type in %s, unexport the name, or list it in shown with the reason",
					m.at, m.by, m.name, dir)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(shown)) {
		dir := name[:strings.LastIndex(name, ".")]
		if packages[dir] != nil && !needed[name] {
			c.add("internal/house/signatures_test.go: %s shows nothing internal any more: take it out of shown", name)
		}
	}
	return c
}

// A mention is one place where a visible name shows what it should not.
type mention struct {
	at       string // path:line
	by       string // the visible name: scope.Ref, scope.Ref.String
	imported string // what it names, by import path
	name     string // and as written
}

// A surface is what can be seen of one package from outside.
type surface struct {
	dir     string
	types   map[string]declared[*ast.TypeSpec]
	funcs   map[string]declared[*ast.FuncDecl]
	methods map[string][]declared[*ast.FuncDecl] // by receiver type
	values  []declared[*ast.ValueSpec]

	seen  map[string]bool // types already looked at
	found []mention
}

// declared is a declaration with the file that it stands in.
type declared[N any] struct {
	node N
	file *goFile
}

func newSurface(dir string, files []*goFile) *surface {
	s := &surface{
		dir:     dir,
		types:   map[string]declared[*ast.TypeSpec]{},
		funcs:   map[string]declared[*ast.FuncDecl]{},
		methods: map[string][]declared[*ast.FuncDecl]{},
		seen:    map[string]bool{},
	}
	for _, f := range files {
		for _, d := range f.syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if receiver := receiverType(d); receiver != "" {
					s.methods[receiver] = append(s.methods[receiver], declared[*ast.FuncDecl]{d, f})
				} else {
					s.funcs[d.Name.Name] = declared[*ast.FuncDecl]{d, f}
				}
			case *ast.GenDecl:
				s.addSpecs(d, f)
			}
		}
	}
	return s
}

func (s *surface) addSpecs(d *ast.GenDecl, f *goFile) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			s.types[spec.Name.Name] = declared[*ast.TypeSpec]{spec, f}
		case *ast.ValueSpec:
			s.values = append(s.values, declared[*ast.ValueSpec]{spec, f})
		}
	}
}

// mentions walks everything that is exported, and what that leads to.
func (s *surface) mentions() []mention {
	for _, name := range slices.Sorted(maps.Keys(s.types)) {
		if ast.IsExported(name) {
			s.visitType(name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.funcs)) {
		if ast.IsExported(name) {
			s.visit(name, s.funcs[name].file, s.funcs[name].node.Type)
		}
	}
	for _, v := range s.values {
		if i := slices.IndexFunc(v.node.Names, (*ast.Ident).IsExported); i >= 0 {
			s.visitValue(v.node.Names[i].Name, v)
		}
	}
	return s.found
}

// visitValue looks at a variable's or constant's type, or, where none is
// written, at the expressions that give it one.
func (s *surface) visitValue(name string, v declared[*ast.ValueSpec]) {
	if v.node.Type != nil {
		s.visit(name, v.file, v.node.Type)
		return
	}
	for _, value := range v.node.Values {
		s.visit(name, v.file, value)
	}
}

func (s *surface) visitType(name string) {
	if s.seen[name] {
		return
	}
	s.seen[name] = true
	typ := s.types[name]
	if typ.node.TypeParams != nil {
		s.visit(name, typ.file, typ.node.TypeParams)
	}
	s.visit(name, typ.file, typ.node.Type)
	for _, method := range s.methods[name] {
		if method.node.Name.IsExported() {
			s.visit(name+"."+method.node.Name.Name, method.file, method.node.Type)
		}
	}
}

// visit looks at the types that a type or an expression names.
func (s *surface) visit(by string, f *goFile, node ast.Node) {
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt: // the body of a function value is not seen
			return false
		case *ast.StructType:
			s.visitMembers(by, f, n.Fields)
			return false
		case *ast.InterfaceType:
			s.visitMembers(by, f, n.Methods)
			return false
		case *ast.Field: // a parameter or a result: its name is no type
			s.visit(by, f, n.Type)
			return false
		case *ast.SelectorExpr:
			s.checkImported(by, f, n)
			s.visit(by, f, n.X)
			return false
		case *ast.Ident:
			s.visitName(n.Name, by)
		}
		return true
	})
}

// visitMembers looks at the exported and the embedded members.
func (s *surface) visitMembers(by string, f *goFile, members *ast.FieldList) {
	for _, m := range members.List {
		if len(m.Names) == 0 || slices.ContainsFunc(m.Names, (*ast.Ident).IsExported) {
			s.visit(by, f, m.Type)
		}
	}
}

// visitName looks at what an unexported name of the package leads to.
func (s *surface) visitName(name, by string) {
	if ast.IsExported(name) {
		return // it is looked at under its own name
	}
	if _, ok := s.types[name]; ok {
		s.visitType(name)
	} else if fn, ok := s.funcs[name]; ok && fn.node.Type.Results != nil {
		s.visit(by, fn.file, fn.node.Type.Results)
	}
}

// checkImported records a selector whose package must not be seen.
func (s *surface) checkImported(by string, f *goFile, n *ast.SelectorExpr) {
	qualifier, ok := n.X.(*ast.Ident)
	if !ok {
		return
	}
	for _, spec := range f.syntax.Imports {
		imported := importPath(spec)
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name == qualifier.Name && (isCEL(imported) || strings.HasPrefix(imported, module+"/internal/")) {
			s.found = append(s.found, mention{f.at(n), s.dir + "." + by, imported, name + "." + n.Sel.Name})
		}
	}
}

// receiverType returns the name of the type whose method d is; "" for none.
func receiverType(d *ast.FuncDecl) (name string) {
	if d.Recv != nil {
		ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
			if ident, ok := n.(*ast.Ident); ok && name == "" {
				name = ident.Name // the first: the others are type parameters
			}
			return name == ""
		})
	}
	return name
}

// showing is a file of package scope that imports internal/condition and, for
// want of a better place, cel-go.
func showing(declarations string) files {
	return files{"scope/s.go": `package scope

import (
	"github.com/google/cel-go/cel"
	"github.com/bailiwick-authz/bailiwick/internal/condition"
	inner "github.com/bailiwick-authz/bailiwick/internal/fault"
	"time"
)

` + declarations}
}

func TestSignaturesArePublic(t *testing.T) {
	const advice = ", which users cannot import: declare a type in scope, unexport the name, or list it in shown with the reason"
	internal := func(by, name string) string { return "scope/s.go:10: scope." + by + " shows " + name + advice }
	stale := "internal/house/signatures_test.go: scope.Vocabulary shows nothing internal any more: take it out of shown"
	var verdicts []verdict
	for _, seen := range []struct{ says, declarations, by, name string }{
		{"a parameter", "func F(e condition.Env)", "F", "condition.Env"},
		{"a result", "func F() (n int, err *inner.Fault)", "F", "inner.Fault"},
		{"a parameter without a name", "func F([]condition.Env)", "F", "condition.Env"},
		{"a method", "type T int; func (T) M(map[string]condition.Env)", "T.M", "condition.Env"},
		{"a generic type's method", "type T[E any] struct{}; func (t *T[E]) M(condition.Env)", "T.M", "condition.Env"},
		{"a field", "type T struct { a int; Env condition.Env }", "T", "condition.Env"},
		{"a function in a field", "type T struct { F func(e condition.Env) }", "T", "condition.Env"},
		{"an embedded type", "type T struct { *condition.Env }", "T", "condition.Env"},
		{"an interface's method", "type T interface { M(e condition.Env) }", "T", "condition.Env"},
		{"an alias", "type T = condition.Env", "T", "condition.Env"},
		{"a type of the same structure", "type T condition.Env", "T", "condition.Env"},
		{"a type parameter's constraint", "func F[E condition.Env]()", "F", "condition.Env"},
		{"a type's parameter's constraint", "type T[E condition.Env] int", "T", "condition.Env"},
		{"a variable's type", "var V *condition.Env", "V", "condition.Env"},
		{"a variable's value", "var a, V = 1, condition.New()", "V", "condition.New"},
		{"a constant's type", "const C condition.Outcome = 1", "C", "condition.Outcome"},
		{"an unexported alias", "type hidden = condition.Env; func F(hidden)", "hidden", "condition.Env"},
		{"an unexported type that is embedded", "type base struct { Env condition.Env }; type T struct { base }", "base", "condition.Env"},
		{"an unexported result's method", "type hidden struct{}; func (hidden) M() condition.Env; func F() hidden", "hidden.M", "condition.Env"},
		{"an unexported function's result", "func hidden() condition.Env; var V = hidden()", "V", "condition.Env"},
	} {
		verdicts = append(verdicts, verdict{seen.says + " is seen", showing(seen.declarations), []string{internal(seen.by, seen.name), stale}})
	}
	for _, unseen := range []struct{ says, declarations string }{
		{"an unexported function", "func f(e condition.Env)"},
		{"an unexported field", "type T struct { env condition.Env }"},
		{"an unexported method", "type T int; func (T) m(condition.Env)"},
		{"an interface's unexported method", "type T interface { m(e condition.Env) }"},
		{"an unexported type that no signature names", "type hidden = condition.Env; type T struct { h hidden }"},
		{"an unexported variable", "var v condition.Env"},
		{"the body of a function", "func F() { condition.New() }"},
		{"the body of a function value", "var V = func() { condition.New() }"},
		{"another package's type", "func F(time.Time)"},
		{"a parameter that is called like a package", "func F(condition int)"},
		{"a parameter that is called like a type", "type hidden = condition.Env; func F(hidden int)"},
		{"a type that unexported ones are made of", "type hidden struct { env condition.Env }; func F(hidden)"},
		{"another package's name that is ours too", "func now() condition.Env; var V = time.now"},
	} {
		verdicts = append(verdicts, verdict{unseen.says + " is not seen", showing(unseen.declarations), []string{stale}})
	}
	judge(t, signaturesArePublic, verdicts)
}

func TestTheListOfShownNamesIsExact(t *testing.T) {
	judge(t, signaturesArePublic, []verdict{
		{"a name in it may show an internal package", showing("type Vocabulary struct { Env condition.Env }"), nil},
		{"its methods are not listed with it", showing("type Vocabulary struct { Env condition.Env }\nfunc (Vocabulary) M(condition.Env)"), []string{
			"scope/s.go:11: scope.Vocabulary.M shows condition.Env, which users cannot import: declare a type in scope, unexport the name, or list it in shown with the reason",
		}},
		{"it never lets cel-go through", showing("type Vocabulary struct { Env condition.Env; CEL cel.Env }"), []string{
			"scope/s.go:10: scope.Vocabulary shows cel-go's cel.Env: wrap it in a type of internal/condition",
		}},
	})
}

func TestWhichPackagesSignaturesArePublic(t *testing.T) {
	text := showing("type T = cel.Env\ntype U = condition.Env")["scope/s.go"]
	judge(t, signaturesArePublic, []verdict{
		{"sub-packages of the layers", files{"roles/dirfile/d.go": text}, []string{
			"roles/dirfile/d.go:10: roles/dirfile.T shows cel-go's cel.Env: wrap it in a type of internal/condition",
			"roles/dirfile/d.go:11: roles/dirfile.U shows condition.Env, which users cannot import: declare a type in roles/dirfile, unexport the name, or list it in shown with the reason",
		}},
		{"internal/condition, for cel-go alone", files{"internal/condition/c.go": text}, []string{
			"internal/condition/c.go:10: internal/condition.T shows cel-go's cel.Env: wrap it in a type of internal/condition",
		}},
		{"no tests, no examples, no other internal packages", files{
			"roles/r_test.go":       text,
			"examples/ncmp/main.go": text,
			"internal/persist/p.go": text,
		}, nil},
	})
}
