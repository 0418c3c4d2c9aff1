// Package spent says what a call cost, so that a test can hold a bound on it on a
// machine that does other things too.
package spent

import (
	"math"
	"runtime"
	"runtime/metrics"
	"time"
)

// Of calls fn and returns the CPU time that its goroutine spent on it, which is
// time by the clock where the system does not tell, and the bytes that the process
// allocated meanwhile, freed or not: never less than what fn held.
//
// What other goroutines allocate counts, what they compute does not.
func Of(fn func()) (cpu time.Duration, allocated uint64) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	bytes, began := allocatedBytes(), threadTime()
	fn()
	return threadTime() - began, allocatedBytes() - bytes
}

// A Bound is what a call may cost.
type Bound struct {
	CPU   time.Duration
	Bytes uint64
}

// Holds reports whether a cost is within the bound.
func (b Bound) Holds(cpu time.Duration, allocated uint64) bool {
	return cpu <= b.CPU && allocated <= b.Bytes
}

// Least calls fn until it is within a bound, ten times at most, and returns the
// least cost. Between the calls it gives way to what else the machine does.
func (b Bound) Least(fn func()) (cpu time.Duration, allocated uint64) {
	cpu, allocated = math.MaxInt64, math.MaxUint64
	for try := range time.Duration(10) {
		again, bytes := Of(fn)
		cpu, allocated = min(cpu, again), min(allocated, bytes)
		if b.Holds(cpu, allocated) {
			break
		}
		time.Sleep(try * time.Millisecond)
	}
	return cpu, allocated
}

func allocatedBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
