// Package suggest finds the name that a writer probably meant.
package suggest

import (
	"fmt"
	"slices"
)

// longest is the length in runes past which a name is not compared: the
// distance costs the product of both lengths, and nobody mistypes such a name
// into another one.
const longest = 64

// Nearest returns the candidate that is fewest edits from name, or "" if none
// is near enough to be what was meant. An edit inserts, drops, replaces or
// swaps one rune. Of equally near candidates it returns the first in order.
func Nearest(name string, candidates []string) string {
	want := []rune(name)
	if len(want) > longest {
		return ""
	}
	best, bound := "", max(1, len(want)/3)+1
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		have := []rune(c)
		apart := max(len(have)-len(want), len(want)-len(have))
		if len(have) > longest || c == name || apart >= bound {
			continue
		}
		if d := distance(want, have); d < bound && d < len(want) {
			best, bound = c, d
		}
	}
	return best
}

// Hint returns ` (did you mean "…"?)`, or "" where nothing is near.
func Hint(name string, candidates []string) string {
	if n := Nearest(name, candidates); n != "" {
		return fmt.Sprintf(" (did you mean %q?)", n)
	}
	return ""
}

// distance is the optimal string alignment distance of a and b.
func distance(a, b []rune) int {
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
