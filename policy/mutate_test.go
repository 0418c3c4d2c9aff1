package policy

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Run as
//
//	go test ./policy -run Mutations -mutations 100000 -timeout 1h
//
// the test of mutations tries that many malformed policies.
var mutations = flag.Int("mutations", 400, "how many malformed policies to try")

// seedFiles are the policies that are mutated.
var seedFiles = []string{"testdata/clinic.yaml", "../examples/ncmp/ncmp.yaml"}

func seeds(t testing.TB) []*seed {
	var all []*seed
	for _, file := range seedFiles {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		all = append(all, newSeed(t, file, source))
	}
	return all
}

// A mutant is a policy file made of a valid one by a change.
type mutant struct {
	what     string // the change, for messages
	source   string
	mustFail bool
	differs  bool // if it is valid, it means something else than the seed
}

// T-11, T-17, T-21: whatever happens to a policy file, reading it gives an
// error with a place, or a policy that means what the file says, soon.
func TestMutationsOfAPolicyAreRefusedOrMeanWhatTheySay(t *testing.T) {
	all := seeds(t)
	bound := timeBound(t, all)
	var valid, failed int
	for i := range *mutations {
		random := rand.New(rand.NewPCG(uint64(i), 21))
		s := all[random.IntN(len(all))]
		m := s.mutate(random)
		p, took, problem := judge(m.source)
		if took > bound {
			took = timeToParse(m.source, bound)
		}
		switch {
		case problem != "":
		case took > bound:
			problem = fmt.Sprintf("it took %v", took)
		case p != nil && m.mustFail:
			problem = "it must be refused"
		case p != nil && m.differs && p.Hash() == s.policy.Hash():
			problem = "it means the same"
		}
		if p != nil {
			valid++
		}
		if problem != "" {
			t.Errorf("mutation %d: %s: %s: %s\n%s", i, s.file, m.what, problem, excerpt(m.source))
			if failed++; failed == 10 {
				t.Fatal("and so on")
			}
		}
	}
	t.Logf("%d of %d are valid policies", valid, *mutations)
	if *mutations >= 100 {
		require.NotZero(t, valid, "mutations that are all refused test nothing of what is read")
		require.Less(t, valid, *mutations/2, "mutations that are mostly valid test little of what is refused")
	}
}

// judge parses a file and says how long it took and what is wrong with the
// answer, or "".
func judge(source string) (p *Policy, took time.Duration, problem string) {
	defer func() {
		if r := recover(); r != nil {
			problem = fmt.Sprintf("panic: %v", r)
		}
	}()
	began := time.Now()
	p, err := Parse("p.yaml", []byte(source), nil)
	took = time.Since(began)
	if err != nil {
		return nil, took, misplaced(err, source)
	}
	printed := p.Document().YAML()
	again, err := Parse("printed", printed, nil)
	switch {
	case err != nil:
		return p, took, fmt.Sprintf("it cannot be read after it was printed: %v\n%s", err, printed)
	case again.Hash() != p.Hash():
		return p, took, fmt.Sprintf("it is another one after it was printed:\n%s", printed)
	}
	if compiled, err := Compile(p.Document(), nil); err != nil || compiled.Hash() != p.Hash() {
		return p, took, fmt.Sprintf("as Go values it is another one: %v", err)
	}
	return p, took, ""
}

// misplaced says which fault of a file has no place in it, or no message.
func misplaced(err error, source string) string {
	faults, ok := err.(Faults)
	if !ok || len(faults) == 0 {
		return fmt.Sprintf("%T is not the faults: %v", err, err)
	}
	lines := strings.Split(strings.TrimPrefix(source, "\uFEFF"), "\n")
	for _, f := range faults {
		if f.File != "p.yaml" || f.Message == "" || f.Line < 1 || f.Line > len(lines) ||
			f.Column < 1 || f.Column > len([]rune(lines[f.Line-1]))+1 {
			return fmt.Sprintf("a fault without a place: %v", f)
		}
	}
	return ""
}

// timeBound is 50 ms, or what corresponds to it on a machine, or with a
// detector, on which the seeds take long.
func timeBound(t *testing.T, all []*seed) time.Duration {
	bound := 50 * time.Millisecond
	for _, s := range all {
		bound = max(bound, 8*timeToParse(s.source, 0))
	}
	t.Logf("at most %v each", bound)
	return bound
}

// timeToParse returns the least time of a few tries, the first that is within
// enough. Between them it gives way to what else the machine does.
func timeToParse(source string, enough time.Duration) time.Duration {
	took := time.Hour
	for try := range time.Duration(10) {
		began := time.Now()
		_, _ = Parse("", []byte(source), nil)
		if took = min(took, time.Since(began)); took <= enough {
			break
		}
		time.Sleep(try * time.Millisecond)
	}
	return took
}

func excerpt(source string) string {
	if len(source) > 2000 {
		return source[:2000] + "…"
	}
	return source
}

// FuzzParse holds the same of any bytes, but for the time.
func FuzzParse(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add([]byte(s.source))
		for i := range 50 {
			f.Add([]byte(s.mutate(rand.New(rand.NewPCG(uint64(i), 22))).source))
		}
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		if _, _, problem := judge(string(source)); problem != "" {
			t.Error(problem)
		}
	})
}
