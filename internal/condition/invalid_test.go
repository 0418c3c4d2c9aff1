package condition

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// spoil makes what a condition found Absent in a thing Invalid.
func spoil(v any, seen map[*thing]bool) {
	switch v := v.(type) {
	case *thing:
		if seen[v] {
			return
		}
		seen[v] = true
		for name, field := range v.known {
			if field == any(Absent) {
				v.known[name] = Invalid{errors.New("it is of no use")}
			}
			spoil(field, seen)
		}
	case []any:
		for _, element := range v {
			spoil(element, seen)
		}
	}
}

// To a condition that does not ask has(), what is of no use is as what is absent,
// whatever holds it.
func TestWhatIsInvalidIsAsWhatIsAbsent(t *testing.T) {
	e, choose, outcomes := generated(), newRandom(rand.Uint64()), map[Outcome]int{}
	for range 3000 {
		g := &texts{chooser: choose, used: map[string]int{}}
		text := g.expr(Bool, 1+choose.IntN(6))
		if strings.Contains(text, "has(") {
			continue
		}
		p, faults := e.Compile(text)
		require.Empty(t, faults, text)
		for range 4 {
			in := (&values{chooser: choose, pending: 5}).input()
			want, why := p.Eval(in)
			spoil(in.Vars, map[*thing]bool{})
			got, also := p.Eval(in)
			require.Equal(t, want, got, "%s: %v, %v", text, why, also)
			got, also = p.Eval(recorded(e, in, text))
			require.Equal(t, want, got, "%s: %v, %v", text, why, also)
			outcomes[want]++
		}
	}
	assert.Greater(t, outcomes[Error], 100, "%v", outcomes)
	assert.Greater(t, outcomes[True], 100, "%v", outcomes)
}
