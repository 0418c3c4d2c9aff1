package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A tree is what is, or would be, committed: every file that .gitignore does
// not exclude. It is read through the file system and not through git, so that
// the go command sees what the tests depend on and caches them rightly.
type tree struct {
	// paths are the files, sorted, with slashes, from the top.
	paths []string
	// text is each file's content by its path.
	text map[string]string
	// goFiles are the parsed files that the go command looks at.
	goFiles []*goFile
}

// A goFile is a parsed Go file.
type goFile struct {
	path   string
	dir    string // its package's directory; "." at the top
	test   bool
	syntax *ast.File
	fset   *token.FileSet
}

// load reads a tree.
func load(fsys fs.FS) (*tree, error) {
	t := &tree{text: map[string]string{}}
	ignore, err := ignorePatterns(fsys)
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(fsys, ".", func(at string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path.Base(at) == ".git", ignored(ignore, at, entry.IsDir()):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return nil
		}
		text, err := fs.ReadFile(fsys, at)
		t.paths, t.text[at] = append(t.paths, at), string(text)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(t.paths)
	return t, t.parse()
}

func (t *tree) parse() error {
	for _, at := range t.paths {
		if path.Ext(at) != ".go" || hiddenFromGo(at) {
			continue
		}
		f := &goFile{path: at, dir: path.Dir(at), test: strings.HasSuffix(at, "_test.go"), fset: token.NewFileSet()}
		var err error
		f.syntax, err = parser.ParseFile(f.fset, at, t.text[at], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		t.goFiles = append(t.goFiles, f)
	}
	return nil
}

// hiddenFromGo reports whether the go command passes a file over.
func hiddenFromGo(at string) bool {
	return slices.ContainsFunc(strings.Split(at, "/"), func(element string) bool {
		return element == "testdata" || element[0] == '.' || element[0] == '_'
	})
}

// holds reports whether a path from the top is a file or a directory of the
// tree.
func (t *tree) holds(at string) bool {
	return at == "." || slices.ContainsFunc(t.paths, func(p string) bool {
		return p == at || strings.HasPrefix(p, at+"/")
	})
}

// packages returns the files, tests left out, of each package by its directory.
func (t *tree) packages() map[string][]*goFile {
	packages := map[string][]*goFile{}
	for _, f := range t.goFiles {
		if !f.test {
			packages[f.dir] = append(packages[f.dir], f)
		}
	}
	return packages
}

// at returns a node's place as path:line.
func (f *goFile) at(node ast.Node) string {
	return fmt.Sprintf("%s:%d", f.path, f.line(node.Pos()))
}

func (f *goFile) line(pos token.Pos) int { return f.fset.Position(pos).Line }

// importPath returns what an import declaration imports.
func importPath(spec *ast.ImportSpec) string {
	imported, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		panic(err) // the parser accepted it
	}
	return imported
}

// ignorePatterns reads .gitignore. It understands /name, name/ and *.ext, and
// refuses the rest rather than to misread it.
func ignorePatterns(fsys fs.FS) (patterns []string, err error) {
	text, err := fs.ReadFile(fsys, ".gitignore")
	if err != nil {
		return nil, nil // without the file nothing is ignored
	}
	for pattern := range strings.Lines(string(text)) {
		pattern = strings.TrimSpace(pattern)
		switch {
		case pattern == "" || pattern[0] == '#':
		case pattern[0] == '!' || strings.Contains(pattern, "**"):
			return nil, fmt.Errorf(".gitignore: %q is more than package house reads: say it without ! and **", pattern)
		default:
			patterns = append(patterns, pattern)
		}
	}
	return patterns, nil
}

func ignored(patterns []string, at string, dir bool) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		pattern, dirOnly := strings.CutSuffix(pattern, "/")
		name := path.Base(at)
		if strings.Contains(pattern, "/") {
			pattern, name = strings.TrimPrefix(pattern, "/"), at
		}
		match, err := path.Match(pattern, name)
		return err == nil && match && (dir || !dirOnly)
	})
}

func (f files) fs() fs.FS {
	fsys := fstest.MapFS{}
	for at, text := range f {
		fsys[at] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestATreeLeavesOutWhatGitDoes(t *testing.T) {
	small, err := load(files{
		".gitignore":       "# what is made here, ** not kept\n/bin/\n*.test\n/scope/made.txt\ncache/\n",
		".git/HEAD":        "",
		"bin/tool":         "",
		"scope/made.txt":   "",
		"a/cache/x":        "",
		"scope/scope.test": "",

		"scope/bin/kept.txt": "",
		"scope/cache":        "",
		"roles/made.txt":     "",
	}.fs())
	require.NoError(t, err)
	assert.Equal(t, []string{".gitignore", "roles/made.txt", "scope/bin/kept.txt", "scope/cache"}, small.paths)
}

func TestATreeRefusesWhatItWouldMisread(t *testing.T) {
	_, err := load(files{".gitignore": "!kept\n"}.fs())
	assert.EqualError(t, err, `.gitignore: "!kept" is more than package house reads: say it without ! and **`)
	_, err = load(files{"scope/ref.go": "package"}.fs())
	assert.ErrorContains(t, err, "scope/ref.go:1:")
}

func TestATreeParsesWhatTheGoCommandSees(t *testing.T) {
	small, err := load(files{
		"scope/ref.go":          "package scope",
		"scope/ref_test.go":     "package scope",
		"scope/testdata/bad.go": "not Go",
		"scope/_bad.go":         "not Go",
		".ci/bad.go":            "not Go",
	}.fs())
	require.NoError(t, err)
	require.Len(t, small.goFiles, 2)
	assert.Equal(t, "scope/ref.go", small.goFiles[0].path)
	assert.False(t, small.goFiles[0].test)
	assert.True(t, small.goFiles[1].test)
}

// isNested reports whether a folder is in a module of its own.
func (t *tree) isNested(dir string) bool {
	for ; dir != "."; dir = path.Dir(dir) {
		if _, ok := t.text[dir+"/go.mod"]; ok {
			return true
		}
	}
	return false
}
