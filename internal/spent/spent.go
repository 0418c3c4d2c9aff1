// Package spent says what a call cost, so that a test can hold a bound on it on a
// machine that does other things too.
package spent

import (
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

func allocatedBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
