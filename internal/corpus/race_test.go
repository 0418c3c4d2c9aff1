//go:build race

package corpus_test

// raced is whether the race detector is on, with which everything takes long.
const raced = true
