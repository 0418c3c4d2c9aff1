package scope

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// A Subject is the user that a predicate looks at. It must not be changed once
// a predicate looked at it.
type Subject struct {
	ID string
	// Home is where the user belongs; nil for nowhere.
	Home *Place
	// Attributes are those of the user. May be nil.
	Attributes *Values
	// Assignments are the resources assigned to the user. May be nil.
	Assignments Assignments

	seen atomic.Pointer[sight]
}

// A sight is what the conditions of one language see of a user.
type sight struct {
	language *Language
	record   condition.Record
}

// Field gives conditions the user's id, unit, the units above that by their
// type's names, and attributes.
func (s *Subject) Field(name string) any {
	switch name {
	case idField:
		return s.ID
	case unitField:
		if s.Home == nil {
			return condition.Absent
		}
		return s.Home
	}
	for at := s.Home; at != nil; at = at.parent {
		if at.typ.name == name {
			return at
		}
	}
	if v, ok := s.Attributes.Attribute(name); ok {
		return v
	}
	return condition.Absent
}

// sight returns what the conditions of a language see of the user. It is made
// once for all questions.
func (s *Subject) sight(l *Language) *condition.Record {
	if seen := s.seen.Load(); seen != nil && seen.language == l {
		return &seen.record
	}
	seen := &sight{language: l, record: l.user.shape.Make()}
	r := &seen.record
	r.Own(s)
	r.SetText(l.user.id, s.ID)
	if s.Home != nil {
		r.Set(l.user.unit, &s.Home.record)
	}
	for at := s.Home; at != nil; at = at.parent {
		if typ := l.types.byName[at.typ.name]; typ != nil && l.user.of[typ.index] >= 0 {
			r.Set(l.user.of[typ.index], &at.record)
		}
	}
	l.users.check("", s.Attributes, r, l.user.attributes, false)
	s.seen.Store(seen)
	return r
}

// Facts are what predicates look at: all of one question.
type Facts struct {
	User     *Subject
	Resource *Place
	// Context holds the facts that came with the question. May be nil.
	Context *Values
	// Now is the instant of the question, the same for all of it.
	Now time.Time

	trace *trace // not nil: note what was asked
}

// An Evaluator asks any number of predicates about the facts of one question,
// one after the other, without allocating. It can be given other facts then. It
// is not safe for concurrent use. The zero Evaluator has no facts: every
// predicate is Undefined.
type Evaluator struct {
	facts Facts
	frame condition.Frame
	// language is that for whose conditions the frame is made, and typ the index
	// in it of the resource's type; nil: none yet.
	language *Language
	typ      int
}

// evaluators are those that nobody uses at the time. They have no facts.
var evaluators = sync.Pool{New: func() any { return new(Evaluator) }}

// Set gives the evaluator other facts. They must not be changed before it is
// given others again, or the zero Facts.
func (e *Evaluator) Set(f Facts) {
	e.facts = f
	e.frame.Start(0, nil)
	e.language = nil
}

// At gives the evaluator another instant, and leaves the other facts.
func (e *Evaluator) At(now time.Time) {
	e.facts.Now = now
	if e.language != nil {
		e.frame.SetTime(nowVariable, now)
	}
}

// The variables of conditions, in their order.
const (
	userVariable = iota
	contextVariable
	nowVariable
	resourceVariable
	variables
)

// seen is the context as the conditions of a language see it.
func (v *Values) seen(l *Language) *condition.Record {
	if v == nil {
		return &l.noContext.record
	}
	return &v.record
}

// use makes the facts what the conditions of a language see. It reports false
// where they cannot be.
func (e *Evaluator) use(l *Language) bool {
	if e.facts.Resource == nil || e.facts.User == nil {
		return false
	}
	typ := e.facts.Resource.typ
	if e.facts.Resource.types != l.types {
		if typ = l.types.byName[typ.name]; typ == nil {
			return false
		}
	}
	e.language, e.typ = l, typ.index
	e.frame.Start(variables, &e.facts)
	e.frame.SetRecord(userVariable, e.facts.User.sight(l))
	e.frame.SetRecord(contextVariable, e.facts.Context.seen(l))
	e.frame.SetTime(nowVariable, e.facts.Now)
	e.frame.SetRecord(resourceVariable, &e.facts.Resource.record)
	return true
}

// Eval says whether a predicate holds of the facts. The error is not nil exactly
// if it is Undefined, and says why.
func (e *Evaluator) Eval(p *Predicate) (Truth, error) {
	if e.language != p.language && !e.use(p.language) {
		return Undefined, e.unusable(p)
	}
	program := p.byIndex[e.typ]
	if program == nil {
		return Undefined, e.unusable(p)
	}
	outcome, err := program.Run(&e.frame)
	return Truth(outcome), err
}

// unusable says why a predicate cannot be asked about the facts.
func (e *Evaluator) unusable(p *Predicate) error {
	if e.facts.Resource == nil || e.facts.User == nil {
		return errors.New("there is no user or no resource to ask about")
	}
	return p.For(e.facts.Resource.typ.name)
}
