// Package mutants breaks a policy in every single way, one at a time, so that
// an example's tests can hold that their checks would see it. A part of a policy
// that can be broken unseen is held by no check: the check lacks something, or
// the part does.
package mutants

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"sync"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
)

// A Ground is what the mutants of one policy are bred on.
type Ground struct {
	Document policy.Document
	// Everywhere names the scope of what a mutant grants.
	Everywhere string
	// Swaps are pieces of conditions that their author could have mistaken for
	// each other. Some that every policy has are swapped anyway.
	Swaps [][2]string
	// Types are types of attributes that a mutant tries instead.
	Types []string
	// Takes is the action that a mutant makes a kind of change take of which the
	// policy says nothing.
	Takes roles.Action
	// Same reports whether it makes no difference which of two actions a change
	// takes, or whether it takes other beside one. May be nil.
	Same func(one, other roles.Action) bool
}

// A Mutant is a policy with one thing changed.
type Mutant struct {
	What     string
	Document policy.Document
}

// Breed returns all mutants of a policy, in a fixed order.
func (g Ground) Breed() []Mutant {
	text := encode(g.Document)
	b := &breeder{Ground: g, base: g.Document, text: text, taken: map[string]bool{string(text): true}}
	b.resources()
	b.privileges()
	b.grants()
	b.inheritance()
	b.conditions()
	b.constraints()
	b.invariants()
	b.views()
	b.administration()
	return b.all
}

// A Test is what Hold reports to: a *testing.T is one.
type Test interface {
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
}

// Hold breaks the policy, and fails the test for every mutant that compiles and
// that no check sees, as broken names the first that does, or "" for none. The
// mutants that mean what the policy means are excepted: equivalent says why.
//
// It tries one mutant of every step, or all of them where the environment
// variable BAILIWICK_MUTANTS is "all", as many at once as there are processors.
func (g Ground) Hold(t Test, step int, broken func(*policy.Policy) string, equivalent map[string]string) {
	all := g.Breed()
	whole := os.Getenv("BAILIWICK_MUTANTS") == "all"
	var tried []Mutant
	for i := 0; i < len(all); i++ {
		if whole || i%step == 0 {
			tried = append(tried, all[i])
		}
	}
	o := try(tried, broken, func(what string) {
		if equivalent[what] == "" {
			t.Errorf("no check sees this: %s", what)
		}
	})
	t.Logf("%d of %d mutants: %d do not compile, %d mean the same", len(tried), len(all), o.refused, len(o.unseen))
	for _, name := range slices.Sorted(maps.Keys(o.seen)) {
		t.Logf("%s is the first that sees %d", name, o.seen[name])
	}
	for what := range equivalent {
		if whole && !slices.Contains(o.unseen, what) {
			t.Errorf("this does not mean the same, or there is no such mutant: %s", what)
		}
	}
}

// An outcome is what became of mutants.
type outcome struct {
	refused int            // how many do not compile
	seen    map[string]int // of how many each check is the first that sees them
	unseen  []string       // what the others are
}

// try compiles mutants and asks of each which check is the first to see it. It
// tells of those that none sees as it finds them.
func try(all []Mutant, broken func(*policy.Policy) string, tell func(what string)) outcome {
	o := outcome{seen: map[string]int{}}
	var mu sync.Mutex
	var workers sync.WaitGroup
	next := make(chan Mutant)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for m := range next {
				mutated, err := policy.Compile(m.Document, nil)
				check := ""
				if err == nil {
					check = broken(mutated)
				}
				mu.Lock()
				switch {
				case err != nil:
					o.refused++
				case check != "":
					o.seen[check]++
				default:
					o.unseen = append(o.unseen, m.What)
					tell(m.What)
				}
				mu.Unlock()
			}
		})
	}
	for _, m := range all {
		next <- m
	}
	close(next)
	workers.Wait()
	return o
}

// A Recorder is a test that only remembers whether it failed.
type Recorder struct{ failed bool }

// Errorf fails the test.
func (r *Recorder) Errorf(string, ...any) { r.failed = true }

// FailNow fails the test and ends it.
func (r *Recorder) FailNow() { r.failed = true; panic(r) }

// Holds reports whether a check passes: one that fails its test, or ends it, does
// not.
func Holds(check func(*Recorder)) (held bool) {
	t := &Recorder{}
	defer func() {
		if caught := recover(); caught != nil && caught != any(t) {
			panic(caught)
		}
		held = !t.failed
	}()
	check(t)
	return
}

// A breeder collects mutants of a document.
type breeder struct {
	Ground
	base  policy.Document
	text  []byte // base as JSON
	taken map[string]bool
	all   []Mutant
}

// add makes one mutant. What is the policy itself, or another mutant, is none.
func (b *breeder) add(change func(d *policy.Document), format string, args ...any) {
	var d policy.Document
	if err := json.Unmarshal(b.text, &d); err != nil {
		panic(err)
	}
	change(&d)
	if text := encode(d); !b.taken[string(text)] {
		b.taken[string(text)] = true
		b.all = append(b.all, Mutant{fmt.Sprintf(format, args...), d})
	}
}

func encode(d policy.Document) []byte {
	text, err := json.Marshal(d)
	if err != nil {
		panic(err)
	}
	return text
}

func without[T any](list []T, i int) []T { return slices.Delete(slices.Clone(list), i, i+1) }

// actions are all that the policy declares.
func (b *breeder) actions() []roles.Action {
	var all []roles.Action
	for _, p := range b.base.Privileges {
		all = append(all, actionsOf(p)...)
	}
	return all
}

func actionsOf(p policy.Privilege) []roles.Action {
	if len(p.Levels) == 0 {
		return []roles.Action{roles.Action(p.Name)}
	}
	var all []roles.Action
	for _, level := range p.Levels {
		all = append(all, roles.Action(p.Name+"."+level))
	}
	return all
}
