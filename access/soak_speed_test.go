// The race detector slows readers and writers down, each in its own way: nothing
// can be said of speed then.

//go:build !race

package access_test

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A change each millisecond takes less than a tenth of the questions that readers
// get answered. It is measured where BAILIWICK_SOAK says how long, on a machine
// that does nothing else, by turns with and without:
//
//	BAILIWICK_SOAK=60s go test -run TestChangesHardlySlowReadersDown -timeout 0 -v ./access
func TestChangesHardlySlowReadersDown(t *testing.T) {
	if os.Getenv("BAILIWICK_SOAK") == "" {
		t.Skip("BAILIWICK_SOAK is not set")
	}
	const turn = 250 * time.Millisecond
	s := newSoak(t)
	people := make([]roles.UserID, 1000)
	s.change(func(tx *roles.Tx) {
		for i := range people {
			people[i] = roles.UserID(fmt.Sprint("u", i))
			tx.AddUser(roles.User{ID: people[i]})
			tx.Bind(people[i], "right_hand", leeds)
			tx.Assign(people[i], s1)
		}
	})
	s.changes.Store(0)
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() { s.askQuickly(people) })
	}
	var changing atomic.Bool
	all.Go(func() {
		s.eachMillisecond(func(n int64) {
			if !changing.Load() {
				return
			}
			s.change(func(tx *roles.Tx) {
				if n := s.changes.Load(); n%2 == 1 {
					tx.Unbind(people[n/2%1000], "left_hand", s1)
				} else {
					tx.Bind(people[n/2%1000], "left_hand", s1)
				}
			})
		})
	})
	var shares []float64
	var changed time.Duration
	for end := time.Now().Add(soakTime(t, 0)); time.Now().Before(end); {
		var rate [2]float64 // without, with
		for i := range rate {
			changing.Store(i == 1)
			start, before := time.Now(), s.questions.Load()
			time.Sleep(turn)
			took := time.Since(start)
			rate[i] = float64(s.questions.Load()-before) / took.Seconds()
			if i == 1 {
				changed += took
			}
		}
		shares = append(shares, rate[1]/rate[0])
	}
	s.stop.Store(true)
	all.Wait()
	slices.Sort(shares)
	share := shares[len(shares)/2]
	t.Logf("with %.0f changes a second readers get %.1f %% of the answers (median of %d turns; quarters %.1f and %.1f %%)",
		float64(s.changes.Load())/changed.Seconds(), 100*share, len(shares), 100*shares[len(shares)/4], 100*shares[3*len(shares)/4])
	require.GreaterOrEqual(t, share, 0.9)
}

// askQuickly asks and counts, and lets the writer have its turn.
func (s *soak) askQuickly(people []roles.UserID) {
	here := scope.Resource{Type: "file", ID: "f", Parent: s1}
	const atOnce = 100
	for i := 0; !s.stop.Load(); i += atOnce {
		for j := range atOnce {
			if d := s.engine.Decide(people[(i+j)%len(people)], "right", here); !d.Allowed() {
				s.fail("%s", d)
				return
			}
		}
		s.questions.Add(atOnce)
		runtime.Gosched()
	}
}
