package condition

import (
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/interpreter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// speeds is how often the speeds are measured, of which the median counts:
//
//	CONDITION_SPEED=15 go test -run TestConditionsAreFast -v ./internal/condition
var speeds, _ = strconv.Atoi(os.Getenv("CONDITION_SPEED"))

// onRecordsShare is what share of cel-go's time the conditions may take, at the
// median of the five.
const onRecordsShare = 1.0 / 15

// Each condition's time is held against that of cel-go's interpreter, both of
// one moment: on Records, and on Objects that look their fields up in a map each
// time. Both are given what they look at before the clock runs, as an engine
// does that asks many conditions about one question.
func TestConditionsAreFast(t *testing.T) {
	e, onMaps, onRecords := benchmarkEnv(t)
	var records []float64
	for _, c := range benchmarks {
		p, faults := e.Compile(c.text)
		require.Empty(t, faults)
		program, vars := interpreterOf(t, c.text, onMaps)
		activation, err := interpreter.NewActivation(vars)
		require.NoError(t, err)
		run := func(in Input) func(n int) {
			f := new(Frame)
			f.Set(in)
			return func(n int) {
				for range n {
					if out, err := p.Run(f); out != True {
						panic(err)
					}
				}
			}
		}
		medians := measure(max(speeds, 3), run(onRecords), run(onMaps), func(n int) {
			for range n {
				if v, _, err := program.Eval(activation); v != types.True {
					panic(err)
				}
			}
		})
		records = append(records, medians[0]/medians[2])
		t.Logf("%-7s records %6.1f ns, 1/%-5.1f maps %6.1f ns, 1/%-5.1f cel-go %6.1f ns", c.name,
			medians[0], medians[2]/medians[0], medians[1], medians[2]/medians[1], medians[2])
	}
	t.Logf("median  records 1/%.1f", 1/median(records))
	if speeds > 0 {
		assert.Less(t, median(records), onRecordsShare)
	}
}

// measure runs each of the functions for some milliseconds, all in turn, as
// often as it is told, and returns the median of each one's nanoseconds.
func measure(times int, all ...func(n int)) []float64 {
	took := make([][]float64, len(all))
	for range times {
		for i, f := range all {
			took[i] = append(took[i], timeOne(f))
		}
	}
	medians := make([]float64, len(all))
	for i := range all {
		medians[i] = median(took[i])
	}
	return medians
}

// timeOne is how many nanoseconds f takes.
func timeOne(f func(n int)) float64 {
	for n := 1000; ; n *= 4 {
		start := time.Now()
		f(n)
		if took := time.Since(start); took > 3*time.Millisecond {
			return float64(took) / float64(n)
		}
	}
}

func median(of []float64) float64 {
	of = slices.Sorted(slices.Values(of))
	return of[len(of)/2]
}
