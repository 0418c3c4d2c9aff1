package scope

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// Where says a Filter as a condition of a query whose parameters are numbered
// from after+1 on: after is how many the query has of its own. All the Filter's
// predicates must have been prepared; its directory must list its units, as
// *roles.Snapshot does. Its error says what a query cannot be given: a list of
// more than SQLOptions.MaxIDs elements, a text with NUL in PostgreSQL, what costs
// more than a condition may. It never comes to a condition that is wider than the Filter, unless Split was asked
// for.
func (s *SQL) Where(f *Filter, after int) (c SQLCondition, err error) {
	defer func() {
		// The directory may be the application's own code.
		if caught := recover(); caught != nil {
			c, err = SQLCondition{}, fmt.Errorf("panic: %v", caught)
		}
	}()
	switch {
	case f == nil || f.types != s.types || f.typ != s.typ:
		return SQLCondition{}, fmt.Errorf("the Filter is not of the policy's type %s", s.typ.name)
	case after < 0:
		return SQLCondition{}, fmt.Errorf("%d parameters are too few", after)
	case f.Nothing():
		return SQLCondition{Text: sqlFalse, Exact: true}, nil
	}
	q := &sqlQuery{sql: s, filter: f, after: after, exact: true}
	text, err := q.text()
	if err != nil {
		return SQLCondition{}, err
	}
	return SQLCondition{Text: text, Args: q.args, Exact: q.exact}, nil
}

// A sqlQuery is a Filter on its way to a condition.
type sqlQuery struct {
	sql    *SQL
	filter *Filter
	after  int
	args   []any
	exact  bool
	units  *sqlUnits
}

// A sqlRest is a predicate with the values of its parameters.
type sqlRest struct {
	*sqlFragment
	rest *rest
}

func (q *sqlQuery) text() (string, error) {
	demands, err := q.fragments(q.filter.demands)
	if err != nil {
		return "", err
	}
	ways := make([][][]sqlRest, len(q.filter.ways))
	for i := range q.filter.ways {
		if ways[i], err = q.fragments(q.filter.ways[i].rests); err != nil {
			return "", err
		}
	}
	var texts []string
	for i, path := range q.sql.paths {
		on := &sqlOnPath{sqlQuery: q, path: path, number: i, demands: demands[i]}
		for j := range ways {
			on.ways = append(on.ways, ways[j][i])
		}
		text, err := on.text()
		if err != nil {
			return "", err
		}
		if text != sqlFalse {
			texts = append(texts, text)
		}
	}
	return sqlJoin(texts, " OR ", sqlFalse), nil
}

// fragments finds what predicates say in SQL, by path.
func (q *sqlQuery) fragments(rests []rest) ([][]sqlRest, error) {
	all := make([][]sqlRest, len(q.sql.paths))
	for i := range rests {
		r := &rests[i]
		found, ok := q.sql.prepared.Load(r.original)
		if !ok {
			return nil, fmt.Errorf("%s: the predicate was not prepared for this query", r.original.name)
		}
		if r.dear != nil {
			return nil, fmt.Errorf("%s: %w", r.original.name, r.dear)
		}
		fragments, err := found.(*sqlPredicate).fragments(r.values)
		if err != nil {
			return nil, err
		}
		for j, f := range fragments {
			all[j] = append(all[j], sqlRest{f, r})
			q.exact = q.exact && !f.wider
		}
	}
	return all, nil
}

// A sqlOnPath is a Filter on its way to a condition for the rows on one path.
type sqlOnPath struct {
	*sqlQuery
	path    *sqlPath
	number  int
	demands []sqlRest
	ways    [][]sqlRest
	lists   []*sqlUnitList         // by way: the units that it reaches
	reach   []sqlUnit              // all of these
	parts   map[*sqlPart]*sqlParts // for the reach
}

func (p *sqlOnPath) text() (string, error) {
	p.lists = make([]*sqlUnitList, len(p.ways))
	for i := range p.ways {
		if err := p.list(i); err != nil {
			return "", err
		}
	}
	p.absorb()
	var ways []string
	for i, rests := range p.ways {
		text, err := p.way(i, rests)
		if err != nil {
			return "", err
		}
		if text != sqlFalse {
			ways = append(ways, text)
		}
	}
	if len(ways) == 0 {
		return sqlFalse, nil
	}
	parts := slices.Clone(p.path.guard)
	if way := sqlJoin(ways, " OR ", sqlFalse); way != sqlTrue {
		parts = append(parts, way)
	}
	for _, r := range p.demands {
		if r.always {
			continue
		}
		text, err := p.fragment(r)
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
	}
	return sqlJoin(parts, " AND ", sqlTrue), nil
}

// list finds the units that a way reaches; none on a path without one.
func (p *sqlOnPath) list(i int) error {
	if p.path.anchor == nil {
		return nil
	}
	units := p.filter.ways[i].units
	if units == nil {
		units = []Ref{Root()}
	}
	list, err := p.listed(units)
	if err != nil {
		return err
	}
	for _, r := range slices.Concat(p.ways[i], p.demands) {
		for _, part := range r.filters {
			if list, err = p.filtered(list, part, r.rest); err != nil {
				return err
			}
		}
	}
	p.lists[i] = list
	return nil
}

// absorb makes one of all ways that ask for nothing but the unit, and leaves out
// of the others what that one has: a query looks faster for one list of units
// than for several conditions.
func (p *sqlOnPath) absorb() {
	plain := -1
	for i, list := range p.lists {
		switch {
		case list == nil || slices.ContainsFunc(p.ways[i], func(r sqlRest) bool { return !r.always }):
		case plain < 0:
			plain = i
		default:
			p.lists[plain], p.lists[i] = p.lists[plain].and(list), &sqlUnitList{part: true}
		}
	}
	if plain < 0 {
		return
	}
	for i, list := range p.lists {
		if i != plain && list != nil {
			p.lists[i] = list.without(p.lists[plain])
		}
	}
}

// way says one way in which a row may pass.
func (p *sqlOnPath) way(i int, rests []sqlRest) (string, error) {
	var parts []string
	anywhere := p.filter.ways[i].units == nil
	switch list := p.lists[i]; {
	case list == nil && !anywhere:
		return sqlFalse, nil // on this path nothing is in a unit
	case list == nil:
	case list.everywhere && p.path.known && !list.part:
		parts = append(parts, p.path.column+" IS NOT NULL")
	case len(list.units) == 0:
		return sqlFalse, nil
	default:
		encoded, err := p.sql.encodedUnits(list)
		if err != nil {
			return "", err
		}
		column, typ := p.path.column, condition.ListOf(condition.String)
		parts = append(parts, p.sql.inList(column, p.numbered(encoded)+p.sql.cast(typ), condition.String))
	}
	for _, r := range rests {
		if r.always {
			continue
		}
		text, err := p.fragment(r)
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
	}
	return sqlJoin(parts, " AND ", sqlTrue), nil
}

// numbered is the next parameter, of the value.
func (q *sqlQuery) numbered(value any) string {
	q.args = append(q.args, value)
	sign := "$"
	if q.sql.dialect == SQLite {
		sign = "?"
	}
	return sign + strconv.Itoa(q.after+len(q.args))
}

// fragment is the text of a predicate, with its args.
func (p *sqlOnPath) fragment(r sqlRest) (string, error) {
	var b strings.Builder
	names := make([]string, len(r.args))
	for i, piece := range r.pieces {
		b.WriteString(piece)
		if i == len(r.uses) {
			break
		}
		n := r.uses[i]
		if names[n] == "" {
			v, err := p.value(r.args[n], r.rest)
			if err != nil {
				return "", fmt.Errorf("%s: %w", r.rest.original.name, err)
			}
			names[n] = p.numbered(v)
		}
		b.WriteString(names[n])
	}
	return b.String(), nil
}

// value is what a parameter is given.
func (p *sqlOnPath) value(a sqlArg, r *rest) (any, error) {
	switch a.kind {
	case knownValue:
		v := a.term.Value
		if a.term.Kind == condition.Parameter {
			v = r.values[a.term.Index]
		}
		return p.sql.bound(v, a.round)
	case closedValue:
		v := a.part.run.Value(nobody, r.values, &p.filter.facts)
		if _, failed := v.(condition.State); failed {
			return nil, nil
		}
		return p.sql.bound(v, asItIs)
	case assignedIDs:
		var ids []any
		if user := p.filter.facts.User; user != nil && user.Assignments != nil {
			for ref := range user.Assignments.All() {
				if ref.Type == a.typ.name {
					ids = append(ids, ref.ID)
				}
			}
		}
		slices.SortFunc(ids, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
		return p.sql.encoded(ids)
	}
	return p.unitValues(a, r)
}

// nobody is looked at by what looks at no resource.
var nobody = (*Place)(nil)

var errNoUnits = errors.New("the Filter's directory does not list its units")
