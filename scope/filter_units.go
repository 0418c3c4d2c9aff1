package scope

import (
	"slices"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// UnitLister is what the directory knows of units, and of which there are:
// *roles.Snapshot is one.
type UnitLister interface {
	Units
	// Units returns the units of a type that are in within, directly or not,
	// within included; within can be Root.
	Units(ofType string, within Ref) []Ref
	// Contains reports whether inner is a unit that the directory knows and is
	// outer, or in it, directly or not; outer can be Root.
	Contains(outer, inner Ref) bool
}

// Units returns the units that pass, of a Filter for a type of unit, ordered. It
// looks at no more of them than it must: where only what is assigned can pass, at
// what is assigned.
func (f *Filter) Units(in UnitLister) []Ref {
	var passing []Ref
	for _, w := range f.ways {
		candidates, certain := f.candidates(w, in)
		for _, unit := range candidates {
			if certain || f.Matches(Resource{Type: unit.Type, ID: unit.ID}) {
				passing = append(passing, unit)
			}
		}
	}
	slices.SortFunc(passing, Ref.Compare)
	return slices.Compact(passing)
}

// candidates returns the units that may pass in a way, and whether they do.
func (f *Filter) candidates(w way, in UnitLister) (units []Ref, certain bool) {
	within := w.units
	if within == nil {
		within = []Ref{Root()}
	}
	by := slices.IndexFunc(w.rests, func(i int) bool { return needsAssignment(f.rests[i].term()) })
	if by < 0 || f.facts.User.Assignments == nil {
		for _, unit := range within {
			units = append(units, in.Units(f.typ.name, unit)...)
		}
		return units, len(w.rests) == 0 && len(f.demands) == 0
	}
	for ref := range f.facts.User.Assignments.All() {
		for _, unit := range f.assignable(ref, in) {
			if slices.ContainsFunc(within, func(outer Ref) bool { return in.Contains(outer, unit) }) {
				units = append(units, unit)
			}
		}
	}
	term := f.rests[w.rests[by]].term()
	return units, len(w.rests) == 1 && len(f.demands) == 0 && term.Kind == condition.Call && term.Name == "assigned"
}

// assignable returns the units of the Filter's type that are assigned where ref
// is.
func (f *Filter) assignable(ref Ref, in UnitLister) []Ref {
	typ := f.types.Type(ref.Type)
	switch {
	case typ == f.typ:
		return []Ref{ref}
	case !f.typ.Below(typ):
		return nil
	}
	return in.Units(f.typ.name, ref)
}

// needsAssignment reports whether what is not assigned fails.
func needsAssignment(t *condition.Term) bool {
	if t.Kind != condition.Call {
		return false
	}
	switch t.Name {
	case "assigned":
		return t.Args[0].Kind == condition.Named // and not something that it is in
	case "&&":
		return slices.ContainsFunc(t.Args, needsAssignment)
	}
	return false
}
