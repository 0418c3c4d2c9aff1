//go:build race

package condition

// slower is how many times slower the race detector makes things, at most.
const slower = 15
