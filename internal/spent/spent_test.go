package spent_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/internal/spent"
)

var kept []byte

// Work is told, and memory, but not waiting.
func TestOf(t *testing.T) {
	cpu, allocated := spent.Of(func() { kept = make([]byte, 1<<20) })
	require.GreaterOrEqual(t, allocated, uint64(1<<20))
	require.Less(t, allocated, uint64(64<<20))
	require.GreaterOrEqual(t, cpu, time.Duration(0))

	cpu, _ = spent.Of(func() {
		for start := time.Now(); time.Since(start) < 20*time.Millisecond; {
			kept[len(kept)-1]++
		}
	})
	require.Positive(t, cpu)
	least := time.Hour
	for range 5 {
		cpu, _ = spent.Of(func() { time.Sleep(20 * time.Millisecond) })
		least = min(least, cpu)
	}
	require.Less(t, least, 40*time.Millisecond)
}
