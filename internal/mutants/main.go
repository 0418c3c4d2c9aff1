package main

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// holders are the packages whose tests hold a package, in the order in which they
// are asked.
var holders = map[string][]string{
	"scope":              {"scope", "access", "internal/sqldiff"},
	"access":             {"access", "internal/corpus"},
	"roles":              {"roles", "access"},
	"internal/condition": {"internal/condition", "access"},
	"policy":             {"policy", "access"},
}

// only are the tests that are run of a package, where not all are.
var only = map[string]string{"internal/sqldiff": "SQLite"}

func main() {
	log := flag.String("log", "", "the `file` that results are added to; what it holds is not tried again")
	files := flag.String("files", "", "only mutants whose text, such as \"scope/ref.go:12:5 INVERT_LOGICAL && to ||\", matches this `expression`")
	within := flag.Duration("within", time.Hour, "only with tests that take no longer, to see soon what the others are needed for: take the LIVED lines out of the log then")
	flag.Parse()
	if flag.NArg() != 1 || *log == "" {
		fmt.Fprintln(os.Stderr, "usage: mutants -log file [-files expression] [-within duration] package")
		os.Exit(2)
	}
	if err := try(filepath.Clean(flag.Arg(0)), *log, *files, *within); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func try(dir, log, files string, within time.Duration) error {
	wanted, err := regexp.Compile(files)
	if err != nil {
		return err
	}
	done, err := read(log)
	if err != nil {
		return err
	}
	to, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer to.Close()
	root, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	if err := copied(".", root); err != nil {
		return err
	}
	c, err := mutate(root, dir)
	if err != nil {
		return err
	}
	held := holders[dir]
	if held == nil {
		held = []string{dir}
	}
	suites, err := c.suites(held, within)
	if err != nil {
		return err
	}
	for _, m := range c.mutants {
		if _, there := done[m.String()]; there || !wanted.MatchString(m.String()) {
			continue
		}
		out, by, err := c.try(m, suites)
		if err != nil {
			return err
		}
		done[m.String()] = out
		fmt.Fprintf(to, "%s\t%s\t%s\n", out, m, strings.TrimSpace(by))
	}
	c.report(done)
	return nil
}

// read returns the results of a log.
func read(log string) (map[string]outcome, error) {
	done := map[string]outcome{}
	f, err := os.Open(log)
	if os.IsNotExist(err) {
		return done, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if parts := strings.Split(lines.Text(), "\t"); len(parts) > 1 {
			done[parts[1]] = outcome(parts[0])
		}
	}
	return done, lines.Err()
}

// suites builds the tests of packages and runs each once.
func (c *mutated) suites(dirs []string, within time.Duration) (all []*suite, err error) {
	for _, dir := range dirs {
		s, err := c.built(dir)
		if err != nil {
			return nil, err
		}
		if err := s.survey(len(c.mutants), cmp.Or(only[dir], ".")); err != nil {
			return nil, err
		}
		fmt.Printf("%s: %d tests; not used, since they fail with switches alone: %s\n", dir, len(s.tests), strings.Join(s.unfit, " "))
		s.tests = slices.DeleteFunc(s.tests, func(t test) bool { return t.took > within })
		all = append(all, s)
	}
	return all, nil
}

// try tries one mutant.
func (c *mutated) try(m *mutant, suites []*suite) (outcome, string, error) {
	switch {
	case c.impossible[m]:
		return "NOT VIABLE", "", nil
	case c.alone[m]:
		return c.tryAlone(m, suites)
	case !slices.ContainsFunc(suites, func(s *suite) bool { return s.reached(m) }):
		return "NOT COVERED", "", nil
	}
	for _, s := range suites {
		if out, by := s.tries(m); out != lived {
			return out, by, nil
		}
	}
	return lived, "", nil
}

// report says how many mutants came to what.
func (c *mutated) report(done map[string]outcome) {
	counts := map[outcome]int{}
	for _, m := range c.mutants {
		out := done[m.String()]
		if out == "" {
			out = "not tried"
		}
		counts[out]++
	}
	fmt.Printf("%s: %d mutants\n", c.dir, len(c.mutants))
	for _, out := range []outcome{killed, timedOut, lived, "NOT COVERED", "NOT VIABLE", "not tried"} {
		fmt.Printf("%12s %d\n", out, counts[out])
	}
}
