package main

import "slices"

// asked is how many questions of a kind each contender answers.
const asked = 4096

// A contender answers questions of type Q about a world that it was filled with.
type contender[Q any] struct {
	// ask answers all questions, one after the other, and returns how many are
	// allowed. The loop is the contender's own, so that nothing stands between it
	// and the decision.
	ask func([]Q) (allowed int)
	// list finds the schools where a user may pupil.grid, tells seen of each, if
	// that is not nil, and returns how many there are. Nil for who cannot.
	list func(user int32, seen func(school string)) int
	// screen asks for all that one user may do to one case, as a screen does to
	// know what to grey out. Nil for who has no such question.
	screen func(q *Q) (actions, allowed int)
	// change makes the i-th of a row of changes to what the contender holds, while
	// it is asked. Nil for who has not been made to.
	change func(i int)
}

// An entry is a contender that can be made.
type entry[W, Q any] struct {
	line     string // of the table; it shows the fastest of its encodings
	encoding string // how the contender is set up; empty: there is one way
	// upTo is the greatest scale at which it is asked, and why says why; empty:
	// all of them.
	upTo, why string
	make      func(W) (contender[Q], error)
}

func (e entry[W, Q]) name() string {
	if e.encoding == "" {
		return e.line
	}
	return e.line + ": " + e.encoding
}

// reaches reports whether it is asked at a scale.
func (e entry[W, Q]) reaches(s scale) bool {
	index := func(name string) int { return slices.IndexFunc(scales, func(s scale) bool { return s.name == name }) }
	return e.upTo == "" || index(s.name) <= index(e.upTo)
}

// The lines of the table, in its order.
const (
	lineHand     = "written by hand, string ids"
	lineResolved = "written by hand, ids resolved once"
	lineNames    = "Bailiwick, by names"
	lineSession  = "Bailiwick, in a session"
	lineBound    = "Bailiwick, bound"
	lineCedar    = "cedar-go"
	lineSpared   = "cedar-go, spared by the application"
	lineCasbin   = "casbin"
	lineCached   = "casbin, all answers in its cache"
	lineOPA      = "OPA"
)

var lines = []string{lineHand, lineResolved, lineNames, lineSession, lineBound, lineCedar, lineSpared, lineCasbin, lineCached, lineOPA}

// engines are the lines that compute each answer from policies.
var engines = []string{lineCedar, lineCasbin, lineOPA}

// The contenders. A further way to ask Bailiwick is one more entry here, and a
// line above.

var ncmpEntries = append([]entry[*ncmpWorld, ncmpQuestion]{
	{line: lineHand, make: newHandNCMP},
	{line: lineResolved, make: newResolvedNCMP},
	{line: lineNames, make: onEngine(namesNCMP)},
	{line: lineSession, make: onEngine(sessionNCMP)},
	{line: lineBound, make: onEngine(boundNCMP)},
}, ncmpPeers...)

var ncatrakEntries = append([]entry[*ncatrakWorld, ncatrakQuestion]{
	{line: lineHand, make: newHandNCAtrak},
	{line: lineResolved, make: newResolvedNCAtrak},
	{line: lineNames, make: onEngine(namesNCAtrak)},
	{line: lineSession, make: onEngine(sessionNCAtrak)},
	{line: lineBound, make: onEngine(boundNCAtrak)},
}, ncatrakPeers...)
