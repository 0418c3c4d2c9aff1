package main

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/examples/internal/console"
	"github.com/bailiwick-authz/bailiwick/examples/internal/transcript"
)

var update = flag.Bool("update", false, "rewrite the answers in testdata/*.txt")

// TestTranscripts holds the program against the transcripts in testdata.
func TestTranscripts(t *testing.T) { transcript.Test(t, "ncmp", run, *update) }

// run runs the program, at the beginning of 2026.
var run transcript.Program = func(arguments []string, stdout, stderr io.Writer) int {
	return app.Run(console.World{Stdout: stdout, Stderr: stderr, Clock: func() time.Time { return newYear }}, arguments)
}

func answer(arguments ...string) string { return run.Answer(arguments) }

func TestNoLineIsLongerThanATerminal(t *testing.T) {
	for _, arguments := range [][]string{nil, {"help"}, {"screen", "pat"}, {"screen", "prue"}, {"who", "pupil.view", "pupil:p7"}} {
		for line := range strings.Lines(answer(arguments...)) {
			assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), console.Width, "%v: %q", arguments, line)
		}
	}
}

func TestTheTourIsNoWall(t *testing.T) {
	n := strings.Count(answer(), "\n")
	assert.Greater(t, n, 100)
	assert.Less(t, n, 155)
}

// TestTheBuiltProgram runs the program as a person does, for its exit status.
func TestTheBuiltProgram(t *testing.T) {
	if testing.Short() || runtime.GOOS == "js" {
		t.Skip("builds a program")
	}
	binary := filepath.Join(t.TempDir(), "ncmp.exe")
	built, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, "%s", built)
	for _, c := range []struct {
		arguments      string
		status         int
		stdout, stderr string
	}{
		{"", console.Yes, "What works", ""},
		{"help", console.Yes, "ncmp decide USER ACTION RESOURCE", ""},
		{"decide cy pupil.edit pupil:p7", console.Yes, "allow: ", ""},
		{"decide mo pupil.edit pupil:p7", console.No, "deny: ", ""},
		{"decide cu pupil.edit pupil:p7", console.NotAsked, "", `unknown user "cu" (did you mean "cy"?)`},
		{"-data testdata/bad.yaml screen ann", console.NotAsked, "", "testdata/bad.yaml:"},
	} {
		var stdout, stderr bytes.Buffer
		run := exec.Command(binary, strings.Fields(c.arguments)...)
		run.Stdout, run.Stderr = &stdout, &stderr
		err := run.Run()
		var exit *exec.ExitError
		status := 0
		if errors.As(err, &exit) {
			status = exit.ExitCode()
		} else {
			require.NoError(t, err)
		}
		assert.Equal(t, c.status, status, "%s", c.arguments)
		assert.Contains(t, stdout.String(), c.stdout)
		assert.Contains(t, stderr.String(), c.stderr)
		assert.Equal(t, c.stderr == "", stderr.Len() == 0, "errors, and only they, are on stderr: %s", &stderr)
	}
}
