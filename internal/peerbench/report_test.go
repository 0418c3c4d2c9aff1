package main

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestDurationsHaveTwoDigitsThatCount(t *testing.T) {
	for ns, want := range map[float64]string{
		3.14: "3.1 ns", 9.96: "10 ns", 240.4: "240 ns", 1_000: "1.0 µs", 9_949: "9.9 µs", 12_345: "12 µs",
		-35: "−35 ns", math.NaN(): "",
	} {
		if got := duration(ns); got != want {
			t.Errorf("duration(%v) = %q, want %q", ns, got, want)
		}
	}
}

func TestNoRatioOfWhatDrowned(t *testing.T) {
	for _, pair := range [][2]float64{{-3, 2}, {3, -2}, {3, 0}, {math.NaN(), 1}} {
		if got := times(pair[0], pair[1]); got != "" {
			t.Errorf("times(%v) = %q", pair, got)
		}
	}
	if got := times(3, 2); got != "1.5 ×" {
		t.Error(got)
	}
}

func TestTheMedianOfTheRounds(t *testing.T) {
	s := sheet{decision: {9, 1, 5}, condition: {4, 2}}
	if s.median(decision) != 5 || s.median(condition) != 3 || !math.IsNaN(s.median(listing)) {
		t.Error(s.median(decision), s.median(condition), s.median(listing))
	}
}

// A line of the table shows the fastest of its encodings, whole: not the best of
// each figure.
func TestALineShowsItsFastestEncoding(t *testing.T) {
	st := &stage[number]{
		all:    []named[number]{{line: lineCedar, encoding: "slow"}, {line: lineCedar, encoding: "fast"}, {line: lineOPA}},
		sheets: []sheet{{decision: {9}, allocs: {1}}, {decision: {5}, allocs: {2}}, {decision: {7}}},
	}
	c := st.column()
	if c.best[lineCedar].encoding != "fast" || c.get(lineCedar, allocs) != 2 {
		t.Error(c.best[lineCedar])
	}
	if line, least := fastest(c, func(line string) float64 { return c.get(line, decision) }); line != lineCedar || least != 5 {
		t.Error(line, least)
	}
}

func TestTheReadmeIsRewrittenBetweenItsMarks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "README.md")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("before\n" + beginMark + "old\n" + endMark + "after\n")
	if err := rewrite(file, "new\n"); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(file); string(got) != "before\n"+beginMark+"new\n"+endMark+"after\n" {
		t.Errorf("%s", got)
	}
	write("without marks\n")
	if err := rewrite(file, "new\n"); err == nil {
		t.Error("no complaint")
	}
}
