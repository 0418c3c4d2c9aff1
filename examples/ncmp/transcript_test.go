package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the answers in testdata/*.txt")

// TestTranscripts runs every command that stands in a file of testdata behind
// a "$ ncmp", and holds what it writes, and its exit status, against what
// stands there. With -update it writes that down instead: read the difference.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			want := strings.ReplaceAll(string(text), "\r\n", "\n")
			got, commands := replay(want)
			require.NotZero(t, commands)
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
				return
			}
			compare(t, want, got)
		})
	}
}

// compare reports the first line at which two texts differ.
func compare(t *testing.T, want, got string) {
	if want == got {
		return
	}
	wants, gots := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(wants), len(gots)) {
		if wants[i] != gots[i] {
			t.Errorf("line %d: want %q, got %q (-update rewrites the file)", i+1, wants[i], gots[i])
			return
		}
	}
	t.Errorf("want %d lines, got %d (-update rewrites the file)", len(wants), len(gots))
}

// replay runs the commands of a transcript and returns it with its comments and
// with the answers of now.
func replay(transcript string) (answers string, commands int) {
	var b strings.Builder
	for line := range strings.Lines(transcript) {
		line = strings.TrimRight(line, "\n")
		command, ok := strings.CutPrefix(line, "$ ncmp")
		if !ok {
			if strings.HasPrefix(line, "#") {
				b.WriteString(line + "\n")
			}
			continue
		}
		commands++
		b.WriteString(line + "\n" + answer(strings.Fields(command)) + "\n")
	}
	return b.String(), commands
}

// answer runs the program, at the beginning of 2026, with the output of a pipe.
func answer(arguments []string) string {
	var stdout, stderr bytes.Buffer
	p := program{stdout: &stdout, stderr: &stderr, clock: func() time.Time { return newYear }}
	status := p.run(arguments)
	text := stdout.String()
	for line := range strings.Lines(stderr.String()) {
		text += "stderr: " + line
	}
	return fmt.Sprintf("%sexit status %d\n", text, status)
}

func TestNoLineIsLongerThanATerminal(t *testing.T) {
	for _, arguments := range [][]string{nil, {"help"}, {"screen", "pat"}, {"screen", "prue"}, {"who", "pupil.view", "pupil:p7"}} {
		for line := range strings.Lines(answer(arguments)) {
			assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), width, "%v: %q", arguments, line)
		}
	}
}

func TestTheTourIsNoWall(t *testing.T) {
	n := strings.Count(answer(nil), "\n")
	assert.Greater(t, n, 100)
	assert.Less(t, n, 155)
}

func TestColoursAreForTerminals(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	defer file.Close()
	assert.Equal(t, style{}, styleFor(file, "", "xterm"), "a file is no terminal")
	if terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0); err == nil {
		defer terminal.Close()
		assert.Equal(t, style{on: true}, styleFor(terminal, "", "xterm"))
		assert.Equal(t, style{}, styleFor(terminal, "1", "xterm"), "NO_COLOR")
		assert.Equal(t, style{}, styleFor(terminal, "", "dumb"))
	}
	assert.NotContains(t, answer([]string{"screen", "mo"}), "\x1b")

	var coloured bytes.Buffer
	p := program{stdout: &coloured, stderr: &coloured, style: style{on: true}, clock: func() time.Time { return newYear }}
	p.run([]string{"screen", "mo"})
	assert.Contains(t, coloured.String(), "\x1b[1mSchools\x1b[0m\n")
	plain := strings.NewReplacer("\x1b[0m", "", "\x1b[1m", "", "\x1b[2m", "", "\x1b[31m", "", "\x1b[32m", "").Replace(coloured.String())
	assert.Equal(t, answer([]string{"screen", "mo"}), plain+"exit status 0\n", "colours change nothing else")
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
		{"", yes, "What works", ""},
		{"help", yes, "ncmp decide USER ACTION RESOURCE", ""},
		{"decide cy pupil.edit pupil:p7", yes, "allow: ", ""},
		{"decide mo pupil.edit pupil:p7", no, "deny: ", ""},
		{"decide cu pupil.edit pupil:p7", notAsked, "", `unknown user "cu" (did you mean "cy"?)`},
		{"-data testdata/bad.yaml screen ann", notAsked, "", "testdata/bad.yaml:"},
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
