package scope

import (
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// sqlUnits are the units of one state of the directory, as far as they were
// asked for.
type sqlUnits struct {
	lister UnitLister
	lists  sync.Map // sqlUnitsKey to *sqlUnitList
}

type sqlUnitsKey struct {
	path   int
	within Ref
}

// A sqlUnit is a unit, and some resource of the query's type that is in it and of
// which nothing else is known.
type sqlUnit struct {
	id    string
	place *Place
}

// A sqlUnitList is units in the order of their ids.
type sqlUnitList struct {
	units []sqlUnit
	// part is whether some were left out by a condition.
	part bool
	// everywhere is whether they were all that there are.
	everywhere bool

	once    sync.Once
	encoded any
	err     error
}

// and returns the units of both lists.
func (l *sqlUnitList) and(other *sqlUnitList) *sqlUnitList {
	switch {
	case !l.part && l.everywhere:
		return l
	case !other.part && other.everywhere:
		return other
	}
	return &sqlUnitList{units: eachOnce(slices.Concat(l.units, other.units)), part: true}
}

// without returns the units of the list that are not in the other; the list if
// that is all of them.
func (l *sqlUnitList) without(other *sqlUnitList) *sqlUnitList {
	if len(other.units) == 0 {
		return l
	}
	out := &sqlUnitList{part: true}
	for _, u := range l.units {
		if _, found := slices.BinarySearchFunc(other.units, u, compareUnits); !found {
			out.units = append(out.units, u)
		}
	}
	if len(out.units) == len(l.units) {
		return l
	}
	return out
}

// encodedUnits is the ids of a list as one parameter.
func (s *SQL) encodedUnits(list *sqlUnitList) (any, error) {
	list.once.Do(func() {
		ids := make([]string, len(list.units))
		for i, u := range list.units {
			ids[i] = u.id
		}
		list.encoded, list.err = s.encodedIDs(ids)
	})
	return list.encoded, list.err
}

// listed returns the units of the path's type in some units; nil: in any.
func (p *sqlOnPath) listed(within []Ref) (*sqlUnitList, error) {
	if p.units == nil {
		lister, ok := p.filter.units.(UnitLister)
		if !ok {
			return nil, errNoUnits
		}
		kept := p.sql.reached.Load()
		if kept == nil || !reflect.ValueOf(lister).Comparable() || kept.lister != lister {
			kept = &sqlUnits{lister: lister}
			p.sql.reached.Store(kept)
		}
		p.units = kept
	}
	switch len(within) {
	case 0:
		return p.listedIn(Root())
	case 1:
		return p.listedIn(within[0])
	}
	all := &sqlUnitList{}
	for _, unit := range within {
		list, err := p.listedIn(unit)
		if err != nil {
			return nil, err
		}
		all.units = append(all.units, list.units...)
	}
	all.units = eachOnce(all.units)
	return all, nil
}

func compareUnits(a, b sqlUnit) int { return strings.Compare(a.id, b.id) }

// eachOnce puts units, which are its own then, into the order of a list.
func eachOnce(units []sqlUnit) []sqlUnit {
	slices.SortFunc(units, compareUnits)
	return slices.CompactFunc(units, func(a, b sqlUnit) bool { return a.id == b.id })
}

// listedIn is listed for one unit.
func (p *sqlOnPath) listedIn(within Ref) (*sqlUnitList, error) {
	key := sqlUnitsKey{p.number, within}
	if kept, ok := p.units.lists.Load(key); ok {
		return kept.(*sqlUnitList), nil
	}
	list := &sqlUnitList{}
	typ, anchor := p.sql.types.byName[within.Type], p.path.anchor
	var refs []Ref
	switch {
	case within == Root() || typ != nil && anchor.Below(typ):
		refs = p.units.lister.Units(anchor.name, within)
	case typ == anchor:
		refs = []Ref{within}
	}
	for _, ref := range refs {
		place, err := p.place(ref)
		if err != nil {
			return nil, err
		}
		if place != nil {
			list.units = append(list.units, sqlUnit{ref.ID, place})
		}
	}
	list.everywhere = within == Root()
	slices.SortFunc(list.units, compareUnits)
	p.units.lists.Store(key, list)
	return list, nil
}

// place is some resource in a unit; nil if the unit cannot be asked about, which
// then nothing can that is in it.
func (p *sqlOnPath) place(unit Ref) (*Place, error) {
	at, err := p.sql.types.Locate(Resource{Type: unit.Type, ID: unit.ID}, p.units.lister)
	if err != nil {
		return nil, nil
	}
	for _, level := range slices.Backward(p.path.levels) {
		if !level.typ.unit {
			in := p.sql.types.newPlace(nil, level.typ, Ref{level.typ.name, "?"}, p.units.lister)
			in.parent = at
			in.settle()
			at = in
			continue
		}
		for _, name := range level.typ.attributes.names {
			if level.row.brings(name) && at.Field(name) != any(condition.Absent) {
				return nil, fmt.Errorf("both the directory and a column have %s of %s: only one of them may", name, unit)
			}
		}
	}
	return at, nil
}

// valueOf is what a part comes to for some resource in a unit.
func (p *sqlOnPath) valueOf(part *sqlPart, u sqlUnit, r *rest) any {
	if part.own {
		if user := p.filter.facts.User; user != nil {
			return p.ownAssigned(u.place, user.Assignments)
		}
		return false
	}
	return part.run.Value(&u.place.record, r.values, &p.filter.facts)
}

// ownAssigned reports whether the unit that a place is in, or one above, is
// assigned.
func (p *sqlOnPath) ownAssigned(at *Place, to Assignments) bool {
	for at != nil && !at.typ.unit {
		at = at.parent
	}
	return at.Assigned(to) == True
}

// filtered returns the units of a list for which a part is true; the list if that
// is all of them.
func (p *sqlOnPath) filtered(list *sqlUnitList, part *sqlPart, r *rest) *sqlUnitList {
	i := slices.IndexFunc(list.units, func(u sqlUnit) bool { return p.valueOf(part, u, r) != true })
	if i < 0 {
		return list
	}
	out := &sqlUnitList{part: true, units: slices.Clone(list.units[:i])}
	for _, u := range list.units[i+1:] {
		if p.valueOf(part, u, r) == true {
			out.units = append(out.units, u)
		}
	}
	return out
}

// A sqlEvaluated is what a part comes to, by unit.
type sqlEvaluated struct {
	part   *sqlPart
	values []any
}

// evaluated evaluates a part for every unit that a way reaches: no row of
// another is found, whatever it comes to there.
func (p *sqlOnPath) evaluated(part *sqlPart, r *rest) []any {
	for _, e := range p.parts {
		if e.part == part {
			return e.values
		}
	}
	if p.reach == nil {
		p.reach = p.reached()
	}
	values := make([]any, len(p.reach))
	for i, u := range p.reach {
		values[i] = p.valueOf(part, u, r)
	}
	p.parts = append(p.parts, sqlEvaluated{part, values})
	return values
}

// reached are the units that any way reaches.
func (p *sqlOnPath) reached() []sqlUnit {
	var all []sqlUnit
	lists := 0
	for _, list := range p.lists {
		if len(list.units) > 0 {
			all, lists = append(all[:len(all):len(all)], list.units...), lists+1
		}
	}
	if lists > 1 {
		return eachOnce(all)
	}
	return all
}

// unitValues is the parameter of an arg with units and their values.
func (p *sqlOnPath) unitValues(a sqlArg, r *rest) (any, error) {
	values := p.evaluated(a.part, r)
	var units, second []any
	for i, u := range p.reach {
		v := values[i]
		elements, many := v.([]any)
		if _, failed := v.(condition.State); !many && !failed {
			elements = []any{v}
		}
		for _, element := range elements {
			units, second = append(units, u.id), append(second, element)
		}
		if err := p.sql.checkCount(len(units)); err != nil {
			return nil, err
		}
	}
	switch a.kind {
	case unitPairs:
		return p.sql.encodedPairs(units, second)
	case pairValues:
		return p.sql.encoded(second)
	}
	return p.sql.encoded(units)
}

// ids are those of an arg that is a list of them.
func (p *sqlOnPath) ids(a sqlArg, r *rest) (ids []string) {
	if a.kind == assignedIDs {
		for ref := range p.assignments() {
			if ref.Type == a.typ.name {
				ids = append(ids, ref.ID)
			}
		}
		slices.Sort(ids)
		return ids
	}
	values := p.evaluated(a.part, r)
	for i, u := range p.reach {
		_, failed := values[i].(condition.State)
		if a.kind == unitsWithValue && !failed || a.kind == unitsWhere && values[i] == (a.outcome == True) {
			ids = append(ids, u.id)
		}
	}
	return ids
}

// assignments are those of the user.
func (p *sqlOnPath) assignments() iter.Seq[Ref] {
	user := p.filter.facts.User
	if user == nil || user.Assignments == nil {
		return func(func(Ref) bool) {}
	}
	return user.Assignments.All()
}

// byUnit reports whether assigned(x) is a matter of the units alone: no row of
// the types is assigned by itself.
func (p *sqlOnPath) byUnit(c sqlConjunct) bool {
	if c.assigned == nil {
		return false
	}
	if !p.assignedTo {
		p.assignedTo = true
		for ref := range p.assignments() {
			if !slices.Contains(p.assigned, ref.Type) {
				p.assigned = append(p.assigned, ref.Type)
			}
		}
	}
	return !slices.ContainsFunc(c.assigned, func(t *Type) bool { return slices.Contains(p.assigned, t.name) })
}

// assignedOf returns the units of a list that are assigned, or in one that is.
func (p *sqlOnPath) assignedOf(list *sqlUnitList) (*sqlUnitList, error) {
	out := &sqlUnitList{part: true}
	for ref := range p.assignments() {
		among := []sqlUnit{{id: ref.ID}}
		if typ := p.sql.types.byName[ref.Type]; typ != p.path.anchor && !p.path.anchor.Below(typ) {
			continue
		} else if typ != p.path.anchor {
			under, err := p.listedIn(ref)
			if err != nil {
				return nil, err
			}
			among = under.units
		}
		for _, u := range among {
			if at, found := slices.BinarySearchFunc(list.units, u, compareUnits); found {
				out.units = append(out.units, list.units[at])
			}
		}
	}
	out.units = eachOnce(out.units)
	if len(out.units) == len(list.units) {
		return list, nil
	}
	return out, nil
}

// encodedPairs is a JSON array of arrays of two.
func (s *SQL) encodedPairs(first, second []any) (string, error) {
	b := s.begin(nil)
	for i := range first {
		pair, err := s.encoded([]any{first[i], second[i]})
		if err != nil {
			return "", err
		}
		b = append(s.next(b, i), pair...)
	}
	return string(s.end(b)), nil
}
