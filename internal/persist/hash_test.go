package persist

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every byte of a text counts for its hash, and so does how many there are.
func TestTextsThatDifferInOneByteHaveOtherHashes(t *testing.T) {
	of := map[uint64]string{}
	add := func(text string) {
		h := Hash(text)
		require.Equal(t, h, Hash(strings.Clone(text)))
		if other, ok := of[h]; ok {
			t.Fatalf("%q has the hash of %q", text, other)
		}
		of[h] = text
	}
	for n := range 50 {
		zeros := make([]byte, n)
		add(string(zeros))
		for i := range zeros {
			for _, b := range []byte{1, 128, 255} {
				zeros[i] = b
				add(string(zeros))
			}
			zeros[i] = 0
		}
	}
}

// Ids that are counted up, of whatever length, spread over a table as if they were
// drawn: no cell is that of many.
func TestCountedIdsSpreadEvenly(t *testing.T) {
	const cells = 1 << 10
	for _, format := range []string{"%d", "%06d", "school-%d", "user%d@authority.example.org", "a rather long way to call somebody %d"} {
		var in [cells]int
		for i := range 16 * cells {
			in[home(tagOf(Hash(fmt.Sprintf(format, i))), cells)]++
		}
		for _, n := range in {
			require.Less(t, n, 48, format) // 16 in the middle
		}
	}
}

func BenchmarkHash(b *testing.B) {
	for _, n := range []int{2, 6, 12, 24, 40} {
		texts := make([]string, 256)
		for i := range texts {
			texts[i] = fmt.Sprintf("%0*d", n, i%100)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h := uint64(0)
			for range b.N {
				h = Hash(texts[h%256]) // each waits for the one before
			}
		})
	}
}
