package policy

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/internal/spent"
)

// Run as
//
//	go test ./policy -run Mutations -mutations 1000000 -timeout 0 -v
//
// the test of mutations tries that many malformed policies.
var mutations = flag.Int("mutations", 1_000, "how many malformed policies to try")

// seedFiles are the policies that are mutated, each in so many of 32 cases: the
// small ones more often, which take less time.
var seedFiles = []struct {
	name string
	of32 int
}{
	{"small", 13}, {"../examples/quickstart/policy.yaml", 10}, {"testdata/clinic.yaml", 5},
	{"../examples/ncmp/ncmp.yaml", 3}, {"../examples/ncatrak/ncatrak.yaml", 1},
}

// seeds returns each seed as often as it is to be drawn.
func seeds(t testing.TB) []*seed {
	var all []*seed
	for _, file := range seedFiles {
		source := []byte(smallPolicy)
		if file.name != "small" {
			var err error
			source, err = os.ReadFile(file.name)
			require.NoError(t, err)
		}
		all = append(all, slices.Repeat([]*seed{newSeed(t, file.name, source)}, file.of32)...)
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
// error with a place, or a policy that means what the file says, in 50 ms and
// 64 MiB.
func TestMutationsOfAPolicyAreRefusedOrMeanWhatTheySay(t *testing.T) {
	all := seeds(t)
	bound := boundOf(t, all)
	var next, valid, failed atomic.Int64
	var longest, largest atomic.Int64
	var alone sync.RWMutex // what is measured again
	try := func(i int64) {
		random := rand.New(rand.NewPCG(uint64(i), 21))
		s := all[random.IntN(len(all))]
		m := s.mutate(random)
		alone.RLock()
		p, cpu, bytes, problem := judge(m.source)
		alone.RUnlock()
		if !bound.Holds(cpu, bytes) {
			alone.Lock()
			cpu, bytes = bound.Least(func() { _, _ = Parse("", []byte(m.source), nil) })
			alone.Unlock()
		}
		raise(&longest, int64(cpu))
		raise(&largest, int64(bytes))
		switch {
		case problem != "":
		case !bound.Holds(cpu, bytes):
			problem = fmt.Sprintf("it took %v and %d bytes", cpu, bytes)
		case p != nil && m.mustFail:
			problem = "it must be refused"
		case p != nil && m.differs && p.Hash() == s.policy.Hash():
			problem = "it means the same"
		}
		if p != nil {
			valid.Add(1)
		}
		if problem != "" {
			failed.Add(1)
			t.Errorf("mutation %d: %s: %s: %s\n%s", i, s.file, m.what, problem, excerpt(m.source))
		}
	}
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(*mutations) && failed.Load() < 10; i = next.Add(1) - 1 {
				try(i)
				if i > 0 && i%100_000 == 0 {
					t.Logf("%d tried, %d failed", i, failed.Load())
				}
			}
		})
	}
	workers.Wait()
	t.Logf("%d of %d are valid policies; at most %v of a processor and %d KiB for one", valid.Load(), *mutations, time.Duration(longest.Load()), largest.Load()>>10)
	if *mutations >= 100 {
		require.NotZero(t, valid.Load(), "mutations that are all refused test nothing of what is read")
		require.Less(t, valid.Load(), int64(*mutations/2), "mutations that are mostly valid test little of what is refused")
	}
}

// raise makes a maximum no less than v.
func raise(most *atomic.Int64, v int64) {
	for {
		before := most.Load()
		if v <= before || most.CompareAndSwap(before, v) {
			return
		}
	}
}

// judge parses a file and says what it cost and what is wrong with the answer, or
// "".
func judge(source string) (p *Policy, cpu time.Duration, bytes uint64, problem string) {
	defer func() {
		if r := recover(); r != nil {
			problem = fmt.Sprintf("panic: %v", r)
		}
	}()
	var err error
	cpu, bytes = spent.Of(func() { p, err = Parse("p.yaml", []byte(source), nil) })
	if err != nil {
		return nil, cpu, bytes, misplaced(err, source)
	}
	printed := p.Document().YAML()
	again, err := Parse("printed", printed, nil)
	switch {
	case err != nil:
		return p, cpu, bytes, fmt.Sprintf("it cannot be read after it was printed: %v\n%s", err, printed)
	case again.Hash() != p.Hash():
		return p, cpu, bytes, fmt.Sprintf("it is another one after it was printed:\n%s", printed)
	}
	if compiled, err := Compile(p.Document(), nil); err != nil || compiled.Hash() != p.Hash() {
		return p, cpu, bytes, fmt.Sprintf("as Go values it is another one: %v", err)
	}
	return p, cpu, bytes, ""
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

// boundOf is 50 ms, or what corresponds to it on a machine, or with a detector, on
// which the seeds take long, and 64 MiB.
func boundOf(t *testing.T, all []*seed) spent.Bound {
	bound := spent.Bound{CPU: 50 * time.Millisecond, Bytes: 64 << 20}
	for _, s := range slices.Compact(slices.Clone(all)) {
		cpu, _ := spent.Bound{}.Least(func() { _, _ = Parse("", []byte(s.source), nil) })
		bound.CPU = max(bound.CPU, 4*cpu)
	}
	t.Logf("at most %v each", bound.CPU)
	return bound
}

func excerpt(source string) string {
	if len(source) > 2000 {
		return source[:2000] + "…"
	}
	return source
}

// FuzzParse holds the same of any bytes, but for the time.
func FuzzParse(f *testing.F) {
	for _, s := range slices.Compact(seeds(f)) {
		f.Add([]byte(s.source))
		for i := range 50 {
			f.Add([]byte(s.mutate(rand.New(rand.NewPCG(uint64(i), 22))).source))
		}
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		if _, _, _, problem := judge(string(source)); problem != "" {
			t.Error(problem)
		}
	})
}

// T-17: a file may end anywhere, also where a text that goes on in the next lines
// only begins.
func TestAPolicyMayEndWhereATextBegins(t *testing.T) {
	const until = "policy: p\nresources: {page: {unit: true}}\nprivileges: {read: {on: page}}\nscopes:\n  s: "
	for _, begins := range []string{">", "|", ">-", "|-", ">+", "|+", "\"", "'", ">\n", "|\n", ">\n ", "> # why", "&a", "!!str", "? ", "- "} {
		_, err := Parse("", []byte(until+begins), nil)
		require.Error(t, err, begins)
	}
}
