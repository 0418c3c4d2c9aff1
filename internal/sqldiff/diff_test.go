package sqldiff

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// cases is how many to try.
func cases(t *testing.T, variable string, short int) int {
	text := os.Getenv(variable)
	if text == "" {
		return short
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, variable)
	return n
}

// A count is of what was tried.
type count struct {
	cases, rows, allowed, policies, refused, notGiven, split int
	// mismatches are the cases in which a way to ask is not Decide, or is refused.
	mismatches int
	reasons    map[string]int
}

func (n *count) add(other count) {
	n.cases += other.cases
	n.rows += other.rows
	n.allowed += other.allowed
	n.policies += other.policies
	n.refused += other.refused
	n.notGiven += other.notGiven
	n.split += other.split
	n.mismatches += other.mismatches
	for reason, times := range other.reasons {
		n.reasons[reason] += times
	}
}

// seeded is where drawing begins.
func seeded(t *testing.T) uint64 {
	seed := rand.Uint64()
	if text := os.Getenv("BAILIWICK_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	t.Logf("BAILIWICK_SEED=%d", seed)
	return seed
}

// differential draws worlds until so many cases were tried, on as many
// connections as there are processors.
func differential(t *testing.T, open func(testing.TB) *database, most int) {
	seed, n := seeded(t), count{reasons: map[string]int{}}
	var tried atomic.Int64
	var adding sync.Mutex
	t.Run("worlds", func(t *testing.T) {
		workers := uint64(runtime.GOMAXPROCS(0))
		for worker := range workers {
			t.Run(fmt.Sprint(worker), func(t *testing.T) {
				t.Parallel()
				own, i, b := count{reasons: map[string]int{}}, worker, open(t)
				defer func() { // also if a world ends the test
					if t.Failed() {
						t.Logf("in world %d", i)
					}
					adding.Lock()
					defer adding.Unlock()
					n.add(own)
				}()
				for ; tried.Load() < int64(most) && !t.Failed(); i += workers {
					before := own.cases
					tryWorld(t, draw{rand.New(rand.NewPCG(seed, i))}, b, &own)
					tried.Add(int64(own.cases - before))
				}
			})
		}
	})
	failed := ""
	if t.Failed() {
		failed = "FAILED after "
	}
	t.Logf("%s%d cases, %d rows, %.1f %% of them allowed, %d mismatches", failed, n.cases, n.rows, 100*float64(n.allowed)/float64(n.rows), n.mismatches)
	t.Logf("%d policies, %.2f %% of them refused as not translatable; of %d those were asked by halves", n.policies, 100*float64(n.refused)/float64(n.policies), n.split)
	t.Logf("%d questions with what a query cannot be given", n.notGiven)
	reasons := []string{}
	for reason := range n.reasons {
		reasons = append(reasons, fmt.Sprintf("%d × %s", n.reasons[reason], reason))
	}
	t.Logf("refused:\n%s", strings.Join(sorted(reasons), "\n"))
	require.Greater(t, n.allowed*20, n.rows, "too little is allowed to tell anything")
}

func tryWorld(t testing.TB, d draw, b *database, n *count) {
	w := drawWorld(t, d)
	of := w.typ
	if of == "school" {
		of = "brought"
	}
	row := mapping(of, w.known, map[string][]string{"case": {"school", "region"}, "doc": {"case", "school"}})
	n.policies++
	split := false
	s, err := w.engine.PrepareSQL(b.dialect, w.typ, row, nil)
	if err != nil {
		var refusal *scope.SQLRefusal
		require.ErrorAs(t, err, &refusal)
		n.refused++
		n.reasons[refusal.Reason]++
		s, err = w.engine.PrepareSQL(b.dialect, w.typ, row, &scope.SQLOptions{Split: true})
		require.NoError(t, err)
		split = true
		n.split++
	}
	for range 4 {
		w.drawRows(d, b)
		filled := sync.OnceFunc(func() {
			b.fill(t, of, w.rows)
			if w.typ == "doc" {
				b.fill(t, "case", w.cases)
			}
		})
		for _, user := range w.users {
			for range 2 {
				n.cases++
				tryUser(t, d, b, w, s, user, of, split, n, filled)
			}
		}
	}
}

func tryUser(t testing.TB, d draw, b *database, w *world, s *scope.SQL, user any, of string, split bool, n *count, filled func()) {
	facts := drawAttributes(d, "context", nil, false)
	session := w.engine.For(fmtUser(user), facts)
	f, err := session.Filter("act")
	require.NoError(t, err)
	c, unsaid := s.Where(f, 1)
	if b.plant != nil && b.plant(c.Text) == c.Text {
		return // without a fault there is none to find
	}
	filled()
	var want, matched []string
	for _, r := range w.rows {
		n.rows++
		resource, ok := w.resource(w.typ, r)
		if !ok {
			continue
		}
		if session.Decide("act", resource).Allowed() {
			want = append(want, r.id)
			n.allowed++
		}
		if f.Matches(resource) {
			matched = append(matched, r.id)
		}
	}
	slices.Sort(want)
	slices.Sort(matched)
	if !slices.Equal(want, matched) {
		n.mismatches++
	}
	require.Equal(t, want, matched)
	if unsaid != nil {
		require.True(t, strings.Contains(unsaid.Error(), "NUL") || strings.Contains(unsaid.Error(), "NaN"), "%v", unsaid)
		n.notGiven++
		return
	}
	require.True(t, c.Exact || split)
	got, err := b.found(of, c)
	told := func() string {
		return fmt.Sprintf("%s %v\nuser %v, context %v\n%s\n%s\n%#v\nunits: %v", b.dialect, err, user, facts, f, c.Text, c.Args, describe(w, want, got))
	}
	if err != nil {
		n.mismatches++
		t.Error(told())
		return
	}
	if !c.Exact {
		got = slices.DeleteFunc(got, func(id string) bool { return !slices.Contains(matched, id) })
	}
	if !slices.Equal(want, got) {
		n.mismatches++
		t.Errorf("want %q, got %q\n%s", want, got, told())
	}
}

// describe shows the rows on which the two differ.
func describe(w *world, want, got []string) string {
	var b strings.Builder
	for _, r := range w.rows {
		if slices.Contains(want, r.id) == slices.Contains(got, r.id) {
			continue
		}
		resource, ok := w.resource(w.typ, r)
		fmt.Fprintf(&b, "\nrow %+v askable=%v", resource, ok)
		for at := resource.In; at != nil; at = at.In {
			fmt.Fprintf(&b, "\n  in %+v", *at)
		}
	}
	for _, s := range w.document.Scopes {
		fmt.Fprintf(&b, "\n%+v", s)
	}
	fmt.Fprintf(&b, "\n%+v\n%+v", w.document.Roles, w.document.Constraints)
	return b.String()
}

var errNoPostgres = errors.New("no PostgreSQL is installed: initdb is neither in PATH nor in a place where distributions put it")
