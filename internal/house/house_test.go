package house

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rules are all the rules, each as the sentence that it holds. A rule returns
// one complaint for each violation: the place, what is wrong, what to do.
var rules = []struct {
	says  string
	check func(*tree) []string
}{
	{"packages import only what stands to their left", importsPointLeft},
	{"cel-go is imported by one package", celStaysInside},
	{"public signatures show neither cel-go nor internal packages", signaturesArePublic},
	{"exported names are documented", exportsAreDocumented},
	{"packages are documented, public ones in doc.go", packagesAreDocumented},
	{"functions and files are short", codeIsShort},
	{"only the fixed names stand at the top level", topLevelIsFixed},
	{"direct dependencies are the four", dependenciesAreFixed},
	{"no file names a place on somebody's machine", pathsArePortable},
	{"the README's commands and code are those that run", readmeRuns},
	{"relative links lead to files", linksLeadSomewhere},
}

func TestTheRepositoryKeepsTheRules(t *testing.T) {
	repository, err := load(os.DirFS("../.."))
	require.NoError(t, err)
	require.Contains(t, repository.text, "go.mod", "this is not the top of the repository")
	require.NotEmpty(t, repository.goFiles)
	for _, rule := range rules {
		t.Run(rule.says, func(t *testing.T) {
			for _, complaint := range rule.check(repository) {
				t.Error(complaint)
			}
		})
	}
}

// files is a small repository: the text of each file by its path.
type files map[string]string

// A verdict says what a rule finds in a small repository.
type verdict struct {
	says       string
	files      files
	complaints []string
}

func judge(t *testing.T, check func(*tree) []string, verdicts []verdict) {
	t.Helper()
	for _, v := range verdicts {
		t.Run(v.says, func(t *testing.T) {
			small, err := load(v.files.fs())
			require.NoError(t, err)
			assert.Equal(t, v.complaints, check(small))
		})
	}
}

// complaints collects what a rule has to say. The zero value is empty.
type complaints []string

func (c *complaints) add(format string, args ...any) {
	*c = append(*c, fmt.Sprintf(format, args...))
}
