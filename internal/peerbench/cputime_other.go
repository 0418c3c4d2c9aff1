//go:build !unix

package main

import "time"

var start = time.Now()

// processTime returns the time by the clock, where the CPU time is not known.
func processTime() time.Duration { return time.Since(start) }
