package plants

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A plant is a fault, and what must find it.
type plant struct {
	name     string
	threats  []string
	dir      string // of the tests' package
	tests    []string
	file     string
	old, new string
}

// plants reads all of testdata.
func plants(t *testing.T) []plant {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var all []plant
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		p, err := parse(string(text))
		require.NoError(t, err, file)
		p.name = strings.TrimSuffix(filepath.Base(file), ".txt")
		all = append(all, p)
	}
	return all
}

// parse reads a plant.
func parse(text string) (p plant, err error) {
	const beforeOld, beforeNew = "-- old --\n", "-- new --\n"
	head, rest, ok := strings.Cut(text, beforeOld)
	old, replacement, both := strings.Cut(rest, beforeNew)
	if !ok || !both {
		return p, fmt.Errorf("want -- old -- and -- new --, each on a line")
	}
	p.old, p.new = strings.TrimSuffix(old, "\n"), strings.TrimSuffix(replacement, "\n")
	for line := range strings.Lines(head) {
		key, value, _ := strings.Cut(line, ":")
		words := strings.Fields(value)
		switch {
		case key == "threats" && len(words) > 0:
			p.threats = words
		case key == "test" && len(words) > 1:
			p.dir, p.tests = words[0], words[1:]
		case key == "file" && len(words) == 1:
			p.file = words[0]
		default:
			return p, fmt.Errorf("%q: want threats:, test: with a directory and tests, and file:", line)
		}
	}
	if p.threats == nil || p.tests == nil || p.file == "" || p.old == "" || p.old == p.new {
		return p, fmt.Errorf("want threats, test, file, and an old text that is not the new one")
	}
	return p, nil
}

// in plants the fault in the text of its file.
func (p plant) in(text string) (string, error) {
	if n := strings.Count(text, p.old); n != 1 {
		return "", fmt.Errorf("%s: the old text occurs %d times in %s: it changed, so change internal/plants/testdata/%s.txt to the same mistake in the new code", p.name, n, p.file, p.name)
	}
	return strings.Replace(text, p.old, p.new, 1), nil
}

func TestAPlantSaysAllOfItself(t *testing.T) {
	p, err := parse("threats: T-01 T-02\ntest: access TestA TestB\nfile: access/a.go\n-- old --\n\tif a {\n-- new --\n\tif true {\n")
	require.NoError(t, err)
	require.Equal(t, plant{threats: []string{"T-01", "T-02"}, dir: "access", tests: []string{"TestA", "TestB"}, file: "access/a.go", old: "\tif a {", new: "\tif true {"}, p)
	text, err := p.in("\tif a {\n\t}\n")
	require.NoError(t, err)
	require.Equal(t, "\tif true {\n\t}\n", text)
	for _, other := range []string{"", "if a {", "\tif a {\n\tif a {"} {
		_, err := p.in(other)
		require.Error(t, err, other)
	}
	for _, wrong := range []string{"", "threats: T-01\n", "threats:\ntest: a b\nfile: c\n-- old --\nx\n-- new --\ny\n", "threats: T-01\ntest: a\nfile: c\n-- old --\nx\n-- new --\ny\n",
		"threats: T-01\ntest: a b\nfile: c\n-- old --\nx\n-- new --\nx\n", "threats: T-01\ntest: a b\nfile: c\nand: d\n-- old --\nx\n-- new --\ny\n"} {
		_, err := parse(wrong)
		require.Error(t, err, wrong)
	}
}
