package scope

import (
	"fmt"
	"slices"
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

	once sync.Once
	text string
	err  error
}

// and returns the units of both lists.
func (l *sqlUnitList) and(other *sqlUnitList) *sqlUnitList {
	switch {
	case !l.part && l.everywhere:
		return l
	case !other.part && other.everywhere:
		return other
	}
	both := &sqlUnitList{units: slices.Concat(l.units, other.units), part: true}
	slices.SortFunc(both.units, compareUnits)
	both.units = slices.CompactFunc(both.units, func(a, b sqlUnit) bool { return a.id == b.id })
	return both
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
func (s *SQL) encodedUnits(list *sqlUnitList) (string, error) {
	list.once.Do(func() {
		ids := make([]any, len(list.units))
		for i, u := range list.units {
			ids[i] = u.id
		}
		list.text, list.err = s.encoded(ids)
	})
	return list.text, list.err
}

// listed returns the units of the path's type in some units.
func (p *sqlOnPath) listed(within []Ref) (*sqlUnitList, error) {
	if p.units == nil {
		lister, ok := p.filter.units.(UnitLister)
		if !ok {
			return nil, errNoUnits
		}
		kept := p.sql.reached.Load()
		if kept == nil || kept.lister != lister {
			kept = &sqlUnits{lister: lister}
			p.sql.reached.Store(kept)
		}
		p.units = kept
	}
	if len(within) == 1 {
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
	slices.SortFunc(all.units, compareUnits)
	all.units = slices.CompactFunc(all.units, func(a, b sqlUnit) bool { return a.id == b.id })
	return all, nil
}

func compareUnits(a, b sqlUnit) int { return Ref{ID: a.id}.Compare(Ref{ID: b.id}) }

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

// holding reports what a part comes to for some resource in a unit.
func (p *sqlOnPath) holding(part *sqlPart, u sqlUnit, r *rest) any {
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

// filtered returns the units of a list for which a part is true.
func (p *sqlOnPath) filtered(list *sqlUnitList, part *sqlPart, r *rest) (*sqlUnitList, error) {
	out := &sqlUnitList{part: true}
	for _, u := range list.units {
		if p.holding(part, u, r) == true {
			out.units = append(out.units, u)
		}
	}
	return out, nil
}

// sqlParts are what a part comes to, by unit.
type sqlParts struct{ values []any }

// evaluated evaluates a part for every unit that a way reaches: no row of
// another is found, whatever it comes to there.
func (p *sqlOnPath) evaluated(part *sqlPart, r *rest) *sqlParts {
	if found, ok := p.parts[part]; ok {
		return found
	}
	if p.reach == nil {
		for _, list := range p.lists {
			p.reach = append(p.reach, list.units...)
		}
		slices.SortFunc(p.reach, compareUnits)
		p.reach = slices.CompactFunc(p.reach, func(a, b sqlUnit) bool { return a.id == b.id })
	}
	found := &sqlParts{make([]any, len(p.reach))}
	for i, u := range p.reach {
		found.values[i] = p.holding(part, u, r)
	}
	if p.parts == nil {
		p.parts = map[*sqlPart]*sqlParts{}
	}
	p.parts[part] = found
	return found
}

// unitValues is the parameter of an arg that is about units.
func (p *sqlOnPath) unitValues(a sqlArg, r *rest) (any, error) {
	values := p.evaluated(a.part, r).values
	var list, second []any
	for i, u := range p.reach {
		v := values[i]
		_, failed := v.(condition.State)
		switch a.kind {
		case unitsWhere:
			if v == (a.outcome == True) {
				list = append(list, u.id)
			}
		case unitsWithValue:
			if !failed {
				list = append(list, u.id)
			}
		default:
			elements, many := v.([]any)
			if !many && !failed {
				elements = []any{v}
			}
			for _, element := range elements {
				list, second = append(list, u.id), append(second, element)
			}
		}
		if err := p.sql.checkCount(len(list)); err != nil {
			return nil, err
		}
	}
	switch a.kind {
	case unitPairs:
		return p.sql.encodedPairs(list, second)
	case pairValues:
		return p.sql.encoded(second)
	}
	return p.sql.encoded(list)
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
