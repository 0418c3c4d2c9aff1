package scope

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// A Filter is what a resource of one type must be like for something: all that
// is known of a question was put into it, and what is left looks at the resource
// alone. It is immutable and safe for concurrent use.
//
// It answers from the state of the directory, and for the instant, that it was
// made from, and does not learn of what changes afterwards: make one for each
// request.
type Filter struct {
	types    *Types
	typ      *Type
	units    Units
	facts    Facts // Resource is nil
	revision uint64
	rests    []rest // of each predicate that there was to ask
	ways     []way  // one of them must be met
	demands  []int  // and all of these rests
}

// A FilterSpec is what a Filter is made of: a resource passes if it is in the
// unit of one of the Ways and meets all its conditions, and all constraints.
type FilterSpec struct {
	// Type is the type of the resources.
	Type *Type
	// Facts are what is known of the question, its resource left out.
	Facts Facts
	// Units are those that the resources are in; nil: nobody knows any.
	Units Units
	// Revision is that of the directory's snapshot.
	Revision uint64
	Ways     []Way
	// Constraints must be for the type.
	Constraints []*Predicate
}

// A Way is one way in which a resource may pass.
type Way struct {
	Unit Ref
	// Conditions must be for the type; nil among them are ignored.
	Conditions []*Predicate
}

// Type returns the name of the type of the resources.
func (f *Filter) Type() string { return f.typ.name }

// Revision returns the number of the commit of the directory that the Filter
// answers from.
func (f *Filter) Revision() uint64 { return f.revision }

// Instant returns the now of the Filter's conditions.
func (f *Filter) Instant() time.Time { return f.facts.Now }

// Nothing reports whether no resource passes, whatever it is like. A Filter of
// which it does not report that may let none pass all the same.
func (f *Filter) Nothing() bool { return len(f.ways) == 0 }

// Everything reports whether every resource of the type passes that is in a unit
// that the directory knows, or in none if it can be in none. A Filter of which it
// does not report that may let all of them pass all the same.
func (f *Filter) Everything() bool {
	return len(f.demands) == 0 && slices.ContainsFunc(f.ways, way.free)
}

// Matches reports whether a resource passes: exactly those do that Decide allows.
// One of another type does not, and neither does one of which something is wrong.
func (f *Filter) Matches(r Resource) (passes bool) {
	defer func() {
		// The attributes may be the application's own code.
		if recover() != nil {
			passes = false
		}
	}()
	if f.Nothing() || r.Type != f.typ.name {
		return false
	}
	place, err := f.types.Locate(r, f.units)
	if err != nil {
		return false
	}
	ask := evaluators.Get().(*Evaluator)
	facts := f.facts
	facts.Resource = place
	ask.Set(facts)
	passes = slices.ContainsFunc(f.ways, func(w way) bool { return f.pass(w, ask) }) && f.met(f.demands, ask)
	ask.Set(Facts{})
	evaluators.Put(ask)
	return passes
}

// free reports whether everything passes in this way.
func (w way) free() bool { return w.units == nil && len(w.rests) == 0 }

// pass reports whether the evaluator's resource passes in a way.
func (f *Filter) pass(w way, ask *Evaluator) bool {
	return (w.units == nil || slices.ContainsFunc(w.units, func(unit Ref) bool { return ask.facts.Resource.Within(unit) == True })) &&
		f.met(w.rests, ask)
}

// met asks the predicates themselves: what is left of them takes other steps, and
// would come to something else near Limits.Cost.
func (f *Filter) met(all []int, ask *Evaluator) bool {
	for _, i := range all {
		if truth, _ := ask.Eval(f.rests[i].original); truth != True {
			return false
		}
	}
	return true
}

// Select yields those of a sequence that pass.
func Select[T any](f *Filter, of *Struct[T], all iter.Seq[*T]) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for v := range all {
			if f.Matches(of.Resource(v)) && !yield(v) {
				return
			}
		}
	}
}

// CEL returns the Filter as a condition on the resource: it is true of exactly
// those that pass, and an error or false of the others. What it asks of the user
// (assigned(resource), within(resource, user.unit)) is meant of the one whom the
// Filter is for. What it says does not depend on the order of roles or grants.
func (f *Filter) CEL() string { return f.term().String() }

func (f *Filter) term() *condition.Term {
	var ways []*condition.Term
	for _, w := range f.ways {
		ways = append(ways, f.wayTerm(w))
	}
	return condition.All(append([]*condition.Term{condition.Any(inOrder(ways)...)}, f.terms(f.demands)...)...)
}

// terms are what is left of some predicates, in the order of what they say.
func (f *Filter) terms(all []int) []*condition.Term {
	list := make([]*condition.Term, len(all))
	for i, n := range all {
		list[i] = f.rests[n].term()
	}
	return inOrder(list)
}

func inOrder(terms []*condition.Term) []*condition.Term {
	slices.SortStableFunc(terms, func(a, b *condition.Term) int { return strings.Compare(a.String(), b.String()) })
	return slices.CompactFunc(terms, func(a, b *condition.Term) bool { return a.String() == b.String() })
}

// wayTerm is true of what passes in a way.
func (f *Filter) wayTerm(w way) *condition.Term {
	parts := f.terms(w.rests)
	if w.units != nil {
		parts = append([]*condition.Term{f.unitsTerm(w.units)}, parts...)
	}
	return condition.All(parts...)
}

// unitsTerm is true of what is in one of some units.
func (f *Filter) unitsTerm(units []Ref) *condition.Term {
	byType := map[string][]any{}
	for _, unit := range units {
		byType[unit.Type] = append(byType[unit.Type], unit.ID)
	}
	var parts []*condition.Term
	for _, typ := range f.types.Names() {
		ids := byType[typ]
		if len(ids) == 0 {
			continue
		}
		id := &condition.Term{Kind: condition.Named, Type: condition.ObjectOf(f.typ.name), Name: "resource"}
		if typ != f.typ.name {
			id = &condition.Term{Kind: condition.Field, Type: condition.ObjectOf(typ), Name: typ, Args: []*condition.Term{id}}
		}
		id = &condition.Term{Kind: condition.Field, Type: condition.String, Name: idField, Args: []*condition.Term{id}}
		same := &condition.Term{Kind: condition.Constant, Type: condition.String, Value: ids[0]}
		sign := "=="
		if len(ids) > 1 {
			sign, same = "in", &condition.Term{Kind: condition.Constant, Type: condition.ListOf(condition.String), Value: ids}
		}
		parts = append(parts, &condition.Term{Kind: condition.Call, Type: condition.Bool, Name: sign, Args: []*condition.Term{id, same}})
	}
	return condition.Any(parts...)
}

// String is a sentence for administrators. An end user must not see it.
func (f *Filter) String() string {
	switch {
	case f.Nothing():
		return fmt.Sprintf("no %s", f.typ.name)
	case f.Everything():
		return fmt.Sprintf("every %s", f.typ.name)
	}
	return fmt.Sprintf("every %s for which %s", f.typ.name, f.CEL())
}
