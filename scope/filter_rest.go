package scope

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// A leftover is what is left of a predicate when all but the resource is known,
// with what of that does not depend on who asks.
type leftover struct {
	residual *condition.Residual
	shapes   atomic.Pointer[map[string]*shape]
	adding   sync.Mutex
}

// A shape is what is left for all for whom the same parameters are true, false,
// absent, empty or not known.
type shape struct {
	never, always bool
	pending       bool // something of the question is not known
	// text is what is left, with parameters by what they stand for: what has the
	// same text comes to the same for one question.
	text string
	// known are the values that make the shape, Pending for all others.
	known []any
	kept  bool // for the next questions
}

// mostShapes is how many shapes of one predicate are kept.
const mostShapes = 256

// letter is what of a parameter's value shapes what is left: t and f for true and
// false, a for absent, e for empty, p for pending, v for any other value.
func letter(v any) byte {
	switch v := v.(type) {
	case nil:
		return 'a'
	case bool:
		if v {
			return 't'
		}
		return 'f'
	case condition.State:
		if v == condition.Pending {
			return 'p'
		}
		return 'a'
	case []any:
		if len(v) == 0 {
			return 'e'
		}
	case map[string]any:
		if len(v) == 0 {
			return 'e'
		}
	}
	return 'v'
}

// shape finds the shape of what is left for the values of the parameters; nil
// values: nothing is known of any.
func (l *leftover) shape(values []any) *shape {
	var room [64]byte
	key := room[:0]
	for i := range l.residual.Parameters() {
		if values == nil {
			key = append(key, 'v')
			continue
		}
		key = append(key, letter(values[i]))
	}
	if kept := l.shapes.Load(); kept != nil {
		if s := (*kept)[string(key)]; s != nil {
			return s
		}
	}
	return l.newShape(string(key), values)
}

func (l *leftover) newShape(key string, values []any) *shape {
	s := &shape{known: make([]any, len(key))}
	for i := range key {
		s.known[i] = condition.Pending
		switch key[i] {
		case 't', 'f', 'a', 'e':
			s.known[i] = values[i]
		case 'p':
			s.pending = true
		}
	}
	term := l.residual.Term().With(s.known).Holding()
	s.never, s.always, s.text = term.Is(false) || term.Kind == condition.Failed, term.Is(true), term.String()
	l.adding.Lock()
	defer l.adding.Unlock()
	all := map[string]*shape{}
	if kept := l.shapes.Load(); kept != nil {
		if other := (*kept)[key]; other != nil {
			return other
		}
		if len(*kept) >= mostShapes {
			return s
		}
		all = maps.Clone(*kept)
	}
	s.kept = true
	all[key] = s
	l.shapes.Store(&all)
	return s
}

// A rest is what is left to ask of a predicate.
type rest struct {
	*shape
	left     *leftover
	values   []any
	original *Predicate
	dear     error // there are no values: they cost too much
}

// term is true exactly where the predicate is.
func (r *rest) term() *condition.Term {
	if r.dear != nil {
		return r.left.residual.Term()
	}
	return r.left.residual.Term().With(r.values).Holding()
}
