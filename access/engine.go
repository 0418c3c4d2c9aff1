package access

import (
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// An Engine answers questions from one policy over one directory. It is safe
// for concurrent use, and never waits for a change to the directory: each
// question is answered from the newest committed snapshot.
type Engine struct {
	policy    *policy.Policy
	directory *roles.Directory
	clock     func() time.Time
	foreign   bool                         // the directory was made for another policy
	rights    []roles.Right                // by their index
	on        []*scope.Type                // the types that they are on
	checks    [][]check                    // the constraints on them
	fixed     map[roles.RoleID]*grantTable // for questions without a directory
}

// Options set up an Engine. Nil, and each zero field, means the defaults.
type Options struct {
	// Clock gives the instant of a question: the now of conditions, and what
	// the periods of bindings are held against. It is read once a question at
	// most: not where no condition and no binding that is looked at asks for it.
	// Default time.Now.
	Clock func() time.Time
}

// New makes an engine. The directory may be nil for an application that gives
// every user by value and every resource with all its ancestors. One that was
// made for another policy is not asked: every decision is a denial that says so.
// A policy that is nil or zero is one that declares nothing, and a zero directory is
// another policy's.
func New(p *policy.Policy, directory *roles.Directory, opts *Options) *Engine {
	if p == nil || p.Types() == nil {
		p, _ = policy.Compile(policy.Document{Policy: "none"}, nil)
	}
	e := &Engine{policy: p, directory: directory, clock: time.Now}
	for _, action := range p.Catalog().Actions() {
		right, _ := p.Catalog().Right(action)
		on := p.Types().Type(right.Privilege().On)
		var checks []check
		for _, c := range p.Constraints(action) {
			checks = append(checks, check{newTest(c.Require, on), c})
		}
		e.rights, e.on, e.checks = append(e.rights, right), append(e.on, on), append(e.checks, checks)
	}
	if directory != nil {
		schema := directory.Schema()
		if of, ok := schema.(interface{ Hash() string }); ok {
			e.foreign = of.Hash() != p.Hash()
		} else {
			e.foreign = schema == nil || schema.Types() != p.Types()
		}
	}
	if opts != nil && opts.Clock != nil {
		e.clock = opts.Clock
	}
	if directory == nil {
		e.fixed = newFixedTables(p)
	}
	return e
}

// Policy returns the engine's policy.
func (e *Engine) Policy() *policy.Policy { return e.policy }

// Decide answers whether a user may do something to a resource. It is
// For(user, nil).Decide(action, resource).
func (e *Engine) Decide(user roles.UserID, action roles.Action, resource scope.Resource) (d Decision) {
	var s Session
	s.begin(e, e.snapshot(), user)
	d.asked = resource
	s.decide(action, &d)
	return d
}

// Capabilities answers, for each action, whether a user may do it to a
// resource or to those below it. It is For(user, nil).Capabilities(resource).
func (e *Engine) Capabilities(user roles.UserID, resource scope.Resource) iter.Seq[Decision] {
	return e.For(user, nil).Capabilities(resource)
}

// actionOf returns the action of a right of the engine's policy; "" for any other.
func (e *Engine) actionOf(right roles.Right) roles.Action {
	if i := right.Index(); i >= 0 && i < len(e.rights) && e.rights[i] == right {
		return e.policy.Catalog().Actions()[i]
	}
	return ""
}

// snapshot returns the newest snapshot; nil if there is no directory.
func (e *Engine) snapshot() *roles.Snapshot {
	if e.directory == nil {
		return nil
	}
	return e.directory.Snapshot()
}

// WhoCan answers which of the directory's users may do something to a
// resource, given the facts of a context, which may be nil: the decisions that
// allow it, ordered by user. Its error says what is wrong with the question.
func (e *Engine) WhoCan(action roles.Action, resource scope.Resource, context scope.Attributes) (allowed []Decision, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			allowed, err = nil, fmt.Errorf("panic: %v", caught)
		}
	}()
	in := e.snapshot()
	if in == nil {
		return nil, errors.New("the engine has no directory: it knows no users")
	}
	if e.foreign {
		return nil, errors.New(foreign)
	}
	q, about := &question{}, Decision{asked: resource}
	q.begin(e, in, action)
	if !q.locate(&about) {
		return nil, about.Err()
	}
	facts, err := e.policy.ContextFacts().Check(context)
	if err != nil {
		return nil, fmt.Errorf("the context: %w", err)
	}
	for _, id := range q.candidates() {
		s := e.session(in, id)
		s.context = facts
		d := Decision{asked: resource}
		if s.answer(q, &d); d.Allowed() {
			allowed = append(allowed, d)
		}
	}
	q.finish()
	return allowed, nil
}
