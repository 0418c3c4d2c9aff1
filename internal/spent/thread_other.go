//go:build !linux

package spent

import "time"

var start = time.Now()

// threadTime returns the time by the clock: that of a thread is not known.
func threadTime() time.Duration { return time.Since(start) }
