package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A test is one test function, or several of one package, with the mutants that
// it reaches and its time on the processor.
type test struct {
	names   []string
	reaches []byte
	took    time.Duration
}

// A suite is the tests of one package, as a program.
type suite struct {
	dir, program string
	args         []string
	tests        []test
	unfit        []string // fail without a mutant, as those do that measure
	most         time.Duration
}

// built compiles the tests of a package of the copy.
func (c *mutated) built(dir string) (*suite, error) {
	s := &suite{dir: filepath.Join(c.root, dir), most: time.Hour}
	if err := s.build("mutants.test"); err != nil {
		return nil, err
	}
	help, _ := exec.Command(s.program, "-help").CombinedOutput()
	if bytes.Contains(help, []byte("-rapid.seed")) {
		s.args = []string{"-rapid.seed=1", "-rapid.nofailfile", "-rapid.shrinktime=0s"}
	}
	return s, nil
}

// build makes the program.
func (s *suite) build(name string) error {
	s.program = filepath.Join(s.dir, name)
	cmd := exec.Command("go", "test", "-c", "-vet=off", "-o", s.program, ".")
	cmd.Dir = s.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", s.dir, err, out)
	}
	return nil
}

// outcome is how tests ended.
type outcome string

const (
	lived    outcome = "LIVED"
	killed   outcome = "KILLED"
	timedOut outcome = "TIMED OUT"
)

// try runs tests with variables set.
func (s *suite) try(names []string, variables ...string) (outcome, time.Duration, string) {
	pattern := "^(" + strings.Join(names, "|") + ")$"
	limit := strconv.Itoa(int(s.most.Seconds()) + 1)
	// No more than 6 GB: a mutant can ask for memory without end.
	args := append([]string{"-c", "ulimit -t " + limit + " -v 6000000 -c 0; exec \"$@\"", "sh", s.program,
		"-test.failfast", "-test.timeout=10m", "-test.run", pattern}, s.args...)
	cmd := exec.Command("bash", args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), variables...)
	out, err := cmd.CombinedOutput()
	took := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	switch {
	case err == nil:
		return lived, took, string(out)
	case cmd.ProcessState.ExitCode() < 0 && took > s.most, bytes.Contains(out, []byte("test timed out after")):
		return timedOut, took, string(out)
	}
	return killed, took, string(out)
}

// survey runs each test once, to see what it reaches.
func (s *suite) survey(mutants int, only string) error {
	list, err := exec.Command(s.program, "-test.list", only).Output()
	if err != nil {
		return err
	}
	var names []string
	for name := range strings.Lines(string(list)) {
		if !strings.HasPrefix(name, "Benchmark") {
			names = append(names, strings.TrimSpace(name))
		}
	}
	at := filepath.Join(s.dir, "mutants.seen")
	for _, name := range names {
		if err := os.WriteFile(at, make([]byte, mutants+1), 0o600); err != nil {
			return err
		}
		out, took, text := s.try([]string{name}, "MUTANTS_SEEN="+at)
		if out != lived {
			s.unfit = append(s.unfit, name)
			if os.Getenv("MUTANTS_VERBOSE") != "" {
				fmt.Fprintln(os.Stderr, text)
			}
			continue
		}
		seen, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		s.tests = append(s.tests, test{[]string{name}, seen, took})
	}
	if os.Getenv("MUTANTS_VERBOSE") != "" {
		for _, t := range s.tests {
			fmt.Println(t.took, t.names)
		}
	}
	slices.SortStableFunc(s.tests, func(a, b test) int { return cmp.Compare(a.took, b.took) })
	return nil
}

// quick is the time up to which tests are run together.
const quick = 150 * time.Millisecond

// tries a mutant with the tests that reach it: the quick ones at once, the others
// one after the other.
func (s *suite) tries(m *mutant) (outcome, string) {
	var together []string
	var alone []test
	var took time.Duration
	for _, t := range s.tests {
		switch {
		case t.reaches[m.id] == 0:
		case t.took < quick:
			together, took = append(together, t.names...), took+t.took
		default:
			alone = append(alone, t)
		}
	}
	on := "MUTANT=" + strconv.Itoa(m.id)
	if together != nil {
		s.most = 5*time.Second + 10*took
		if out, _, text := s.try(together, on); out != lived {
			return out, firstFailure(text)
		}
	}
	for _, t := range alone {
		s.most = 5*time.Second + 10*t.took
		if out, _, text := s.try(t.names, on); out != lived {
			return out, strings.Join(t.names, " ") + firstFailure(text)
		}
	}
	return lived, ""
}

// firstFailure is the name of what failed.
func firstFailure(text string) string {
	for line := range strings.Lines(text) {
		if _, name, ok := strings.Cut(line, "--- FAIL: "); ok {
			return " " + strings.Fields(name)[0]
		}
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
			return " " + strings.TrimSpace(line)
		}
	}
	return ""
}

// reached reports whether a test reaches a mutant.
func (s *suite) reached(m *mutant) bool {
	return slices.ContainsFunc(s.tests, func(t test) bool { return t.reaches[m.id] != 0 })
}

// tryAlone tries a mutant that has no switch, with the tests of the suites, built
// anew with it.
func (c *mutated) tryAlone(m *mutant, suites []*suite) (out outcome, by string, err error) {
	undo, err := c.by(m)
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, undo()) }()
	if text, err := c.run("go", "build", "./"+c.dir); err != nil {
		return "NOT VIABLE", strings.TrimSpace(lastLine(text)), nil
	}
	for _, s := range suites {
		with := *s
		if err := with.build("alone.test"); err != nil {
			return "NOT VIABLE", strings.TrimSpace(lastLine(err.Error())), nil
		}
		var names []string
		with.most = 5 * time.Second
		for _, t := range s.tests {
			names, with.most = append(names, t.names...), with.most+10*t.took
		}
		if names == nil {
			continue
		}
		if out, _, text := with.try(names); out != lived {
			return out, firstFailure(text), nil
		}
	}
	return lived, "", nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
