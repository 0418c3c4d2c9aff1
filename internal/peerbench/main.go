package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// settings are what the command line says.
type settings struct {
	rounds   int
	scales   []string
	policies []string
	only     *regexp.Regexp
	slot     time.Duration
	readme   string
}

func main() {
	s, err := readSettings()
	if err == nil {
		err = run(s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func readSettings() (settings, error) {
	s := settings{}
	var chosen, policies, only string
	flag.IntVar(&s.rounds, "rounds", 5, "how often everything is measured; the table has the medians")
	flag.StringVar(&chosen, "scales", "S,M,L", "the scales")
	flag.StringVar(&policies, "policies", "ncmp,ncatrak", "the policies")
	flag.StringVar(&only, "only", "", "a regular expression: ask only the contenders with such a name")
	flag.DurationVar(&s.slot, "slot", 50*time.Millisecond, "how long each figure is measured in a round, at least")
	flag.StringVar(&s.readme, "readme", "", "a file, into which the tables are written too, between its marks")
	flag.Parse()
	s.scales, s.policies = strings.Split(chosen, ","), strings.Split(policies, ",")
	for _, name := range s.scales {
		if !slices.ContainsFunc(scales, func(s scale) bool { return s.name == name }) {
			return s, fmt.Errorf("-scales: there is no %q; there are S, M and L", name)
		}
	}
	for _, name := range s.policies {
		if name != "ncmp" && name != "ncatrak" {
			return s, fmt.Errorf("-policies: there is no %q; there are ncmp and ncatrak", name)
		}
	}
	if s.rounds < 1 {
		return s, fmt.Errorf("-rounds: %d is none", s.rounds)
	}
	var err error
	s.only, err = regexp.Compile(only)
	return s, err
}

// run measures, writes the tables, and puts them into the README.
func run(s settings) error {
	var done []column
	for _, policy := range []string{"ncmp", "ncatrak"} {
		for _, at := range scales {
			if !slices.Contains(s.policies, policy) || !slices.Contains(s.scales, at.name) {
				continue
			}
			var c column
			var err error
			if policy == "ncmp" {
				c, err = runNCMP(s, at)
			} else {
				c, err = runNCAtrak(s, at)
			}
			if err != nil {
				return fmt.Errorf("%s at scale %s: %w", policy, at.name, err)
			}
			done = append(done, c)
		}
	}
	text := report(done, s.rounds)
	fmt.Println(text + encodings(done))
	if s.readme == "" {
		return nil
	}
	return rewrite(s.readme, text)
}

func runNCMP(s settings, at scale) (column, error) {
	w := newNCMP(at)
	st := &stage[ncmpQuestion]{
		policy: "NCMP", scale: at, units: at.assigned, slot: s.slot, listers: w.listers(),
		questions: map[figure][]ncmpQuestion{decision: w.mixed, without: w.views, condition: w.edits},
	}
	if err := fillAll(st, s, ncmpEntries, w, w.first); err != nil {
		return column{}, err
	}
	var listing []named[ncmpQuestion]
	for _, c := range st.all {
		if c.list != nil {
			listing = append(listing, c)
		}
	}
	if len(listing) > 0 {
		if err := sameLists(listing, st.listers); err != nil {
			return column{}, err
		}
	}
	return st.run(s)
}

func runNCAtrak(s settings, at scale) (column, error) {
	w := newNCAtrak(at)
	st := &stage[ncatrakQuestion]{
		policy: "NCAtrak", scale: at, units: at.users, slot: s.slot,
		questions: map[figure][]ncatrakQuestion{decision: w.mixed},
	}
	if err := fillAll(st, s, ncatrakEntries, w, w.first); err != nil {
		return column{}, err
	}
	return st.run(s)
}

// fillAll makes the contenders. Garbage is collected less often meanwhile: their
// heaps are measured after it is.
func fillAll[W any, Q fmt.Stringer](st *stage[Q], s settings, entries []entry[W, Q], w W, first []Q) error {
	defer debug.SetGCPercent(debug.SetGCPercent(300))
	for _, e := range entries {
		if !e.reaches(st.scale) || !s.only.MatchString(e.name()) {
			continue
		}
		began := time.Now()
		if err := fill(st, e, w, first); err != nil {
			return err
		}
		st.tell("%s: filled and first asked in %.1f s", e.name(), time.Since(began).Seconds())
	}
	if len(st.all) == 0 {
		return fmt.Errorf("-only matches no contender")
	}
	return nil
}

// tell says how far it is, apart from the result.
func (st *stage[Q]) tell(format string, args ...any) {
	fmt.Fprintf(os.Stderr, st.policy+" "+st.scale.name+": "+format+"\n", args...)
}

// run compares all answers, and then measures.
func (st *stage[Q]) run(s settings) (column, error) {
	for _, questions := range st.questions {
		if err := sameAnswers(st.all, questions); err != nil {
			return column{}, err
		}
	}
	st.tell("all give the same answers")
	before := runtime.GOMAXPROCS(1)
	for n := range s.rounds {
		st.round(n)
		runtime.GOMAXPROCS(before)
		st.together()
		runtime.GOMAXPROCS(1)
		st.tell("round %d of %d", n+1, s.rounds)
	}
	runtime.GOMAXPROCS(before)
	return st.column(), nil
}
