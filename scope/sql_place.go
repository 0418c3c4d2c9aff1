package scope

import (
	"slices"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// A sqlPlace is the resource, or something that it is in.
type sqlPlace struct {
	// none: it is neither. nowhere: it is absent.
	none, nowhere bool
	// level is that of a row of the query, -1 for what the directory knows.
	level int
	// typ is nil where the path does not tell it.
	typ *Type
}

// place finds the resource, or what it is in, that a Term names.
func (t *sqlTranslation) place(term *condition.Term) sqlPlace {
	switch {
	case term.Kind == condition.Named && term.Name == "resource" && !t.bound("resource"):
		return sqlPlace{level: 0, typ: t.path.levels[0].typ}
	case term.Kind == condition.Field && term.Type.Object() != "":
		at, typ := t.place(term.Args[0]), t.sql.types.byName[term.Name]
		if at.none || typ == nil || at.nowhere {
			return at
		}
		return t.above(at, typ)
	}
	return sqlPlace{none: true}
}

// bound reports whether a loop around has a variable of the name.
func (t *sqlTranslation) bound(name string) bool {
	return slices.ContainsFunc(t.loops, func(l sqlLoop) bool { return l.name == name })
}

// above finds the one of a type that at is, or is in.
func (t *sqlTranslation) above(at sqlPlace, typ *Type) sqlPlace {
	if at.level >= 0 {
		for i := at.level; i < len(t.path.levels); i++ {
			if t.path.levels[i].typ == typ {
				return sqlPlace{level: i, typ: typ}
			}
		}
	}
	if anchor := t.path.anchor; anchor != nil && (anchor == typ || anchor.Below(typ)) {
		return sqlPlace{level: -1, typ: typ}
	}
	return sqlPlace{nowhere: true}
}

// ofUnit reports whether a condition looks at nothing but the unit that the
// resource is in, or is, and at what is above that: so that the directory
// answers it for each unit.
func (t *sqlTranslation) ofUnit(term *condition.Term) bool {
	if t.path.anchor == nil || term.Kind == condition.Constant || term.Kind == condition.Failed {
		return false
	}
	seen := glance{}
	return t.onUnit(term, nil, &seen) && seen.unit
}

// A glance is what a condition looks at.
type glance struct {
	unit bool // what the directory knows of the path's unit
	told bool // what the path tells
}

func (s *glance) look(unit bool) {
	s.unit, s.told = s.unit || unit, s.told || !unit
}

// closed reports whether a Term looks at nothing of the resource, so that it is
// known when the query is asked.
func (t *sqlTranslation) closed(term *condition.Term) bool {
	seen := glance{}
	return term.Kind != condition.Constant && term.Kind != condition.Parameter && term.Kind != condition.Failed &&
		t.onUnit(term, nil, &seen) && !seen.unit && !seen.told
}

// onUnit is ofUnit for what may look at nothing; vars are the variables of the
// loops in the condition.
func (t *sqlTranslation) onUnit(term *condition.Term, vars []string, seen *glance) bool {
	switch term.Kind {
	case condition.Constant, condition.Parameter, condition.Failed:
		return true
	case condition.Named:
		if slices.Contains(vars, term.Name) {
			return true
		}
		at := t.place(term)
		seen.look(true)
		return !at.none && !t.bound(term.Name) && t.isUnit(at)
	case condition.Field, condition.Has:
		if at := t.place(term.Args[0]); !at.none && !slices.Contains(vars, rootName(term)) {
			seen.look(!t.told(term, at))
			return t.unitField(term, at)
		}
	case condition.Call:
		if term.Name == "within" {
			return t.withinUnit(term, vars, seen)
		}
	case condition.Loop:
		return t.onUnit(term.Args[0], vars, seen) && !slices.ContainsFunc(term.Args[1:], func(part *condition.Term) bool {
			return !t.onUnit(part, append(vars[:len(vars):len(vars)], term.Var), seen)
		})
	}
	return len(term.Args) > 0 && !slices.ContainsFunc(term.Args, func(part *condition.Term) bool { return !t.onUnit(part, vars, seen) })
}

// rootName is the name that the fields of a Term begin with.
func rootName(term *condition.Term) string {
	for len(term.Args) > 0 {
		term = term.Args[0]
	}
	return term.Name
}

// isUnit reports whether a place is what the directory knows.
func (t *sqlTranslation) isUnit(at sqlPlace) bool {
	return at.nowhere || at.level < 0 || t.path.levels[at.level].typ.unit
}

// told reports whether a field of a place is what the path tells by itself:
// whether it is in something of a type.
func (t *sqlTranslation) told(term *condition.Term, at sqlPlace) bool {
	typ := t.sql.types.byName[term.Name]
	if term.Kind != condition.Has || typ == nil || at.nowhere || at.level < 0 || typ != at.typ && !at.typ.Below(typ) {
		return false // an attribute can be called like a type that is not above
	}
	up := t.above(at, typ)
	return up.nowhere || up.level >= 0 || up.typ == t.path.anchor
}

// unitField reports whether a field of a place is the same for all that are in
// one unit.
func (t *sqlTranslation) unitField(term *condition.Term, at sqlPlace) bool {
	if at.nowhere || at.level < 0 || term.Name == typeField {
		return true
	}
	if typ := t.sql.types.byName[term.Name]; typ != nil && (typ == at.typ || at.typ.Below(typ)) {
		return term.Kind == condition.Has || t.isUnit(t.above(at, typ))
	}
	level := t.path.levels[at.level]
	return level.typ.unit && (term.Name == idField || !level.row.brings(term.Name))
}

// brings reports whether the row has an attribute.
func (r *SQLRow) brings(attribute string) bool {
	_, column := r.Columns[attribute]
	_, list := r.Lists[attribute]
	return column || list
}

// withinUnit is onUnit for within, which looks at no more of a row than at where
// it is: no row is what somebody can be in.
func (t *sqlTranslation) withinUnit(term *condition.Term, vars []string, seen *glance) bool {
	for i, part := range term.Args {
		if at := t.place(part); !at.none && !slices.Contains(vars, rootName(part)) {
			seen.look(true)
			if i == 0 || t.isUnit(at) {
				continue
			}
			return false
		}
		if !t.onUnit(part, vars, seen) {
			return false
		}
	}
	return true
}
