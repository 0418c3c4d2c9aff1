package main

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A figure is what is measured of a contender.
type figure string

// The figures. Times are of the whole process, in nanoseconds of CPU time on one
// processor, so that the collection of garbage that a contender makes is counted
// with it, and what other programs do is not.
const (
	decision  figure = "decision"  // any action, by question
	without   figure = "without"   // pupil.view
	condition figure = "condition" // pupil.edit, of the same users and pupils
	cold      figure = "cold"      // the first question of each user
	listing   figure = "listing"   // one user's schools
	screening figure = "screening" // all actions of a screen, for one user and case
	actions   figure = "actions"   // how many they are
	allocs    figure = "allocs"    // by decision
	heap      figure = "heap"      // bytes, by assignment
	cores     figure = "cores"     // decisions of two processors for one of one
	writing   figure = "writing"   // throughput with 100 changes a second, to that without
)

// A sheet collects the figures of one contender, one sample for each round.
type sheet map[figure][]float64

func (s sheet) add(f figure, v float64) { s[f] = append(s[f], v) }

// median returns the median of a figure, not a number if there is none.
func (s sheet) median(f figure) float64 {
	all := slices.Sorted(slices.Values(s[f]))
	if len(all) == 0 {
		return math.NaN()
	}
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

// A stage is contenders side by side, at one scale of one policy.
type stage[Q fmt.Stringer] struct {
	policy string
	scale  scale
	all    []named[Q]
	sheets []sheet
	// units is by what the heap is divided.
	units int
	// questions are asked of all, by figure.
	questions map[figure][]Q
	listers   []int32
	slot      time.Duration // how long a figure is measured in a round, at least
}

// fill makes a contender, and takes the figures that only a new one has.
func fill[W any, Q fmt.Stringer](st *stage[Q], e entry[W, Q], w W, first []Q) error {
	before := live()
	c, err := e.make(w)
	if err != nil {
		return fmt.Errorf("%s: %w", e.name(), err)
	}
	s := sheet{}
	s.add(heap, max(0, float64(live())-float64(before))/float64(st.units))
	began := processTime()
	c.ask(first)
	s.add(cold, float64(processTime()-began)/float64(len(first)))
	st.all = append(st.all, named[Q]{e.name(), e.line, e.encoding, c})
	st.sheets = append(st.sheets, s)
	return nil
}

// live returns the bytes of the heap in use. What pools keep is free after two
// collections.
func live() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// round measures every contender once, each round beginning with another one.
func (st *stage[Q]) round(n int) {
	for i := range st.all {
		at := (i + n) % len(st.all)
		c, s := st.all[at], st.sheets[at]
		runtime.GC() // what the one before left, or began to collect, is not this one's
		st.decisions(c, s)
		if n == 0 {
			s.add(allocs, testing.AllocsPerRun(1, func() { c.ask(st.questions[decision]) })/float64(len(st.questions[decision])))
		}
		if c.list != nil {
			s.add(listing, perRun(st.slot, func() {
				for _, user := range st.listers {
					c.list(user, nil)
				}
			})/float64(len(st.listers)))
		}
		if c.screen != nil {
			st.screens(c, s)
		}
	}
}

func (st *stage[Q]) screens(c named[Q], s sheet) {
	questions := st.questions[decision][:512]
	asked, _ := c.screen(&questions[0])
	s.add(actions, float64(asked))
	s.add(screening, perRun(st.slot, func() {
		for i := range questions {
			c.screen(&questions[i])
		}
	})/float64(len(questions)))
}

// decisions measures all kinds of questions by turns, so that what is not the
// contender's doing is the same for the kinds that are compared.
func (st *stage[Q]) decisions(c named[Q], s sheet) {
	var kinds []figure
	var asks []func(int)
	for f, questions := range st.questions {
		size := len(questions) / parts
		kinds, asks = append(kinds, f), append(asks, func(part int) { c.ask(questions[part*size : (part+1)*size]) })
	}
	for i, took := range byTurns(st.slot, asks...) {
		s.add(kinds[i], took/float64(len(st.questions[kinds[i]])))
	}
}

// perRun returns the time of one run of do, which is run again and again.
func perRun(slot time.Duration, do func()) float64 {
	return byTurns(slot, func(part int) {
		if part == 0 {
			do()
		}
	})[0]
}

// parts is in how many parts a run is divided.
const parts = 16

// byTurns runs each function again and again, part by part, until it had its slot
// of the time, and returns the time of one whole run of each. A turn takes about a
// millisecond, or else a part.
func byTurns(slot time.Duration, all ...func(part int)) []float64 {
	took, done, turn := make([]time.Duration, len(all)), make([]int, len(all)), make([]int, len(all))
	for i, do := range all {
		began := processTime()
		for part := range parts {
			do(part)
		}
		whole := max(processTime()-began, 1)
		for turn[i] = 1; turn[i] < parts && time.Duration(turn[i])*whole < parts*time.Millisecond; {
			turn[i] *= 2
		}
		if turn[i] == parts {
			turn[i] *= int(max(1, time.Millisecond/whole))
		}
	}
	for busy := true; busy; {
		busy = false
		for i, do := range all {
			if took[i] >= slot && done[i]%parts == 0 {
				continue
			}
			began := processTime()
			for range turn[i] {
				do(done[i] % parts)
				done[i]++
			}
			took[i] += processTime() - began
			busy = true
		}
	}
	each := make([]float64, len(all))
	for i := range all {
		each[i] = float64(took[i]) / float64(done[i]) * parts
	}
	return each
}

// throughput returns how many times 64 questions are answered in a second of CPU
// time, by as many goroutines as given, each on a processor of its own, while
// other, if it is not nil, goes on until it is told to stop. The CPU time is that
// of all of them.
func throughput[Q any](c contender[Q], questions []Q, readers int, slot time.Duration, other func(stop *atomic.Bool)) float64 {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(readers))
	var stop atomic.Bool
	var done atomic.Int64
	var group sync.WaitGroup
	began := processTime()
	for r := range readers {
		group.Go(func() {
			n := int64(0)
			for at := r * len(questions) / readers; !stop.Load(); n++ {
				c.ask(questions[at : at+64])
				at = (at + 64) % len(questions)
			}
			done.Add(n)
		})
	}
	if other != nil {
		group.Go(func() { other(&stop) })
	}
	time.Sleep(slot)
	stop.Store(true)
	group.Wait()
	return float64(done.Load()) / (processTime() - began).Seconds()
}

// together measures what two processors do, if each has the time that one has
// alone, and what a writer costs the readers.
func (st *stage[Q]) together() {
	slot := 2 * st.slot
	for i, c := range st.all {
		questions := st.questions[decision]
		runtime.GC()
		one := throughput(c.contender, questions, 1, slot, nil)
		st.sheets[i].add(cores, 2*throughput(c.contender, questions, 2, slot, nil)/one)
		if c.change == nil {
			continue
		}
		quiet := throughput(c.contender, questions, 2, 5*slot, nil)
		st.sheets[i].add(writing, throughput(c.contender, questions, 2, 5*slot, func(stop *atomic.Bool) { changes(c.change, stop) })/quiet)
	}
}

// changes makes 100 changes a second, and leaves behind what it found.
func changes(change func(int), stop *atomic.Bool) {
	n := 0
	for tick := time.NewTicker(10 * time.Millisecond); !stop.Load(); n++ {
		<-tick.C
		change(n)
	}
	if n%2 == 1 {
		change(n)
	}
}
