// Package transcript holds an example program against transcripts of it: files
// with commands, what they write, and their exit status.
package transcript

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A Program runs with some arguments and returns its exit status.
type Program func(arguments []string, stdout, stderr io.Writer) (status int)

// Answer returns what a program writes, what it writes as errors marked as such,
// and its exit status.
func (p Program) Answer(arguments []string) string {
	var stdout, stderr bytes.Buffer
	status := p(arguments, &stdout, &stderr)
	text := stdout.String()
	for line := range strings.Lines(stderr.String()) {
		text += "stderr: " + line
	}
	return fmt.Sprintf("%sexit status %d\n", text, status)
}

// Test runs every command that stands in a file of testdata/*.txt behind "$ " and
// the program's name, and holds what it answers against what stands there. With
// update it writes that down instead: read the difference.
func Test(t *testing.T, name string, p Program, update bool) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("there is no transcript in testdata (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(string(text), "\r\n", "\n")
			got, commands := p.replay(name, want)
			switch {
			case commands == 0:
				t.Fatalf("%s has no command", file)
			case update:
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			default:
				compare(t, want, got)
			}
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
func (p Program) replay(name, transcript string) (answers string, commands int) {
	var b strings.Builder
	for line := range strings.Lines(transcript) {
		line = strings.TrimRight(line, "\n")
		command, ok := strings.CutPrefix(line, "$ "+name)
		if !ok {
			if strings.HasPrefix(line, "#") {
				b.WriteString(line + "\n")
			}
			continue
		}
		commands++
		b.WriteString(line + "\n" + p.Answer(words(command)) + "\n")
	}
	return b.String(), commands
}

// words splits a command at blanks that are not between quotes.
func words(command string) []string {
	var all []string
	var word strings.Builder
	quoted, begun := false, false
	for _, c := range command + " " {
		switch {
		case c == '"':
			quoted, begun = !quoted, true
		case c == ' ' && !quoted:
			if begun {
				all = append(all, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(c)
			begun = true
		}
	}
	return all
}
