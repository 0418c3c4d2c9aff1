package scope

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// Where says a Filter as a condition of a query whose parameters are numbered
// from after+1 on: after is how many the query has of its own. All the Filter's
// predicates must have been prepared; its directory must list its units, as
// *roles.Snapshot does. Its error says what a query cannot be given: a list of
// more than SQLOptions.MaxIDs elements, a text with NUL in PostgreSQL or in a list,
// what costs more than a condition may. It never comes to a condition that is wider
// than the Filter, unless Split was asked for.
func (s *SQL) Where(f *Filter, after int) (c SQLCondition, err error) {
	defer func() {
		// The directory may be the application's own code.
		if caught := recover(); caught != nil {
			c, err = SQLCondition{}, fmt.Errorf("panic: %v", caught)
		}
	}()
	switch {
	case f == nil:
		return SQLCondition{}, errors.New("there is no Filter")
	case f.types != s.types:
		return SQLCondition{}, errors.New("the Filter is of another policy than the SQL")
	case f.typ != s.typ:
		return SQLCondition{}, fmt.Errorf("the Filter is for the type %s, the SQL for %s", f.typ.name, s.typ.name)
	case after < 0:
		return SQLCondition{}, fmt.Errorf("%d parameters are too few", after)
	case f.Nothing():
		return SQLCondition{Text: sqlFalse, Exact: true}, nil
	}
	q := &sqlQuery{sql: s, filter: f, after: after, exact: true}
	if err := q.write(); err != nil {
		return SQLCondition{}, err
	}
	return SQLCondition{Text: string(q.text), Args: q.args, Exact: q.exact}, nil
}

// A sqlQuery is a Filter on its way to a condition.
type sqlQuery struct {
	sql    *SQL
	filter *Filter
	after  int
	said   [][]*sqlFragment // of the Filter's rests: by path
	text   []byte
	args   []any
	exact  bool
	units  *sqlUnits
	// assigned are the types of what is assigned to the user, once they were looked
	// for.
	assigned   []string
	assignedTo bool
}

func (q *sqlQuery) write() error {
	q.said = make([][]*sqlFragment, len(q.filter.rests))
	if err := q.say(q.filter.demands); err != nil {
		return err
	}
	for _, w := range q.filter.ways {
		if err := q.say(w.rests); err != nil {
			return err
		}
	}
	q.text, q.args = make([]byte, 0, 512), make([]any, 0, 8)
	all := q.join(" OR ")
	for i, path := range q.sql.paths {
		on := &sqlOnPath{sqlQuery: q, path: path, number: i}
		reaches, err := on.find()
		if err != nil {
			return err
		}
		if !reaches {
			continue
		}
		all.next()
		if err := on.write(); err != nil {
			return err
		}
	}
	all.end(sqlFalse)
	return nil
}

// say finds what rests say in SQL.
func (q *sqlQuery) say(rests []int) error {
	for _, i := range rests {
		r := &q.filter.rests[i]
		found, ok := q.sql.prepared.Load(r.original)
		switch {
		case q.said[i] != nil:
			continue
		case !ok:
			return fmt.Errorf("%s: the predicate was not prepared for this query", r.original.name)
		case r.dear != nil:
			return fmt.Errorf("%s: %w", r.original.name, r.dear)
		}
		fragments, err := found.(*sqlPredicate).fragments(r.shape)
		if err != nil {
			return err
		}
		for _, f := range fragments {
			q.exact = q.exact && !f.wider
		}
		q.said[i] = fragments
	}
	return nil
}

// A sqlOperands is operands that are being written, with a sign between them. They
// are the last of the query's text, in which begin is where they begin, and n how
// many they are so far.
type sqlOperands struct {
	*sqlQuery
	sign     string
	begin, n int
}

func (q *sqlQuery) join(sign string) sqlOperands { return sqlOperands{q, sign, len(q.text), 0} }

// next begins an operand.
func (o *sqlOperands) next() {
	if o.n++; o.n > 1 {
		o.text = append(o.text, o.sign...)
	}
}

// add adds an operand.
func (o *sqlOperands) add(text string) {
	o.next()
	o.text = append(o.text, text...)
}

// end ends the last operand; none is what none say.
func (o *sqlOperands) end(none string) {
	switch {
	case o.n == 0:
		o.text = append(o.text, none...)
	case o.n > 1:
		o.text = append(slices.Insert(o.text, o.begin, '('), ')')
	}
}

// A sqlOnPath is a Filter on its way to a condition for the rows on one path.
type sqlOnPath struct {
	*sqlQuery
	path   *sqlPath
	number int
	lists  []*sqlUnitList // by way: the units that it reaches
	reach  []sqlUnit      // all of these
	parts  []sqlEvaluated // for the reach
}

// find finds the units that each way reaches, and reports whether there are any.
func (p *sqlOnPath) find() (bool, error) {
	p.lists = make([]*sqlUnitList, len(p.filter.ways))
	for i := range p.lists {
		if err := p.list(i); err != nil {
			return false, err
		}
	}
	p.absorb()
	for i := range p.lists {
		if !p.empty(i) {
			return true, nil
		}
	}
	return false, nil
}

func (p *sqlOnPath) write() error {
	all := p.join(" AND ")
	for _, guard := range p.path.guard {
		all.add(guard)
	}
	if !p.free() {
		all.next()
		ways := p.join(" OR ")
		for i := range p.lists {
			if p.empty(i) {
				continue
			}
			ways.next()
			if err := p.way(i); err != nil {
				return err
			}
		}
		ways.end(sqlFalse)
	}
	if err := p.fragments(&all, p.filter.demands); err != nil {
		return err
	}
	all.end(sqlTrue)
	return nil
}

// list finds the units that a way reaches; none on a path without one.
func (p *sqlOnPath) list(i int) error {
	if p.path.anchor == nil {
		return nil
	}
	list, err := p.listed(p.filter.ways[i].units)
	if err != nil {
		return err
	}
	for _, rests := range [][]int{p.filter.ways[i].rests, p.filter.demands} {
		for _, r := range rests {
			said := p.said[r][p.number]
			for _, part := range said.filters {
				list = p.filtered(list, part, &p.filter.rests[r])
			}
			if slices.ContainsFunc(said.conjuncts, p.byUnit) {
				if list, err = p.assignedOf(list); err != nil {
					return err
				}
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
		case list == nil || !p.always(i):
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

// always reports whether a way asks for nothing but the unit.
func (p *sqlOnPath) always(i int) bool {
	return !slices.ContainsFunc(p.filter.ways[i].rests, func(r int) bool {
		return slices.ContainsFunc(p.said[r][p.number].conjuncts, func(c sqlConjunct) bool { return !p.byUnit(c) })
	})
}

// empty reports whether no row passes in a way, whatever it is like.
func (p *sqlOnPath) empty(i int) bool {
	if list := p.lists[i]; list != nil {
		return len(list.units) == 0 && !p.anywhere(list)
	}
	return p.filter.ways[i].units != nil // on this path nothing is in a unit
}

// anywhere reports whether the row's unit need not be asked for.
func (p *sqlOnPath) anywhere(list *sqlUnitList) bool {
	return list.everywhere && p.path.known && !list.part
}

// free reports whether every row passes in some way.
func (p *sqlOnPath) free() bool {
	for i, list := range p.lists {
		if list == nil && !p.empty(i) && p.always(i) {
			return true
		}
	}
	return false
}

// way says one way in which a row may pass.
func (p *sqlOnPath) way(i int) error {
	all := p.join(" AND ")
	switch list := p.lists[i]; {
	case list == nil:
	case p.anywhere(list):
		all.add(p.path.column + " IS NOT NULL")
	default:
		if err := p.inUnits(&all, list); err != nil {
			return err
		}
	}
	if err := p.fragments(&all, p.filter.ways[i].rests); err != nil {
		return err
	}
	all.end(sqlTrue)
	return nil
}

// inUnits says that the row is in a unit of a list.
func (p *sqlOnPath) inUnits(all *sqlOperands, list *sqlUnitList) error {
	all.next()
	if len(list.units) == 1 {
		p.member(p.path.column, p.numbered(list.units[0].id), 1)
		return nil
	}
	encoded, err := p.sql.encodedUnits(list)
	if err != nil {
		return err
	}
	p.member(p.path.column, p.numbered(encoded), len(list.units))
	return nil
}

// member says that a column is one of so many ids, which are the numbered
// parameter.
func (q *sqlQuery) member(column string, number, ids int) {
	if ids == 0 {
		q.text = append(q.text, sqlFalse...)
		return
	}
	around := &q.sql.oneID
	if ids > 1 {
		around = &q.sql.manyIDs
	}
	q.text = append(append(q.text, column...), around[0]...)
	q.refer(number)
	q.text = append(q.text, around[1]...)
}

// refer names a parameter.
func (q *sqlQuery) refer(n int) {
	q.text = strconv.AppendInt(append(q.text, q.sql.sign()), int64(n), 10)
}

// numbered is the number of the next parameter, of the value.
func (q *sqlQuery) numbered(value any) int {
	q.args = append(q.args, value)
	return q.after + len(q.args)
}

// fragments says predicates, with their args, if they say anything.
func (p *sqlOnPath) fragments(all *sqlOperands, rests []int) error {
	for _, r := range rests {
		said := p.said[r][p.number]
		var room [8]sqlNumber
		given := sqlGiven{p, said.args, &p.filter.rests[r], append(room[:0], make([]sqlNumber, len(said.args))...)}
		for _, c := range said.conjuncts {
			if p.byUnit(c) {
				continue
			}
			all.next()
			if err := given.write(c); err != nil {
				return fmt.Errorf("%s: %w", p.filter.rests[r].original.name, err)
			}
		}
	}
	return nil
}

// A sqlGiven is a fragment whose args the query is given.
type sqlGiven struct {
	*sqlOnPath
	args    []sqlArg
	rest    *rest
	numbers []sqlNumber
}

// A sqlNumber is that of an arg's parameter, and of how many ids that is the list.
type sqlNumber struct {
	known       bool
	number, ids int
}

func (g *sqlGiven) write(c sqlConjunct) error {
	for i, piece := range c.pieces {
		g.text = append(g.text, piece...)
		if i == len(c.uses) {
			break
		}
		arg, n := g.args[c.uses[i]], &g.numbers[c.uses[i]]
		if !n.known {
			var err error
			if *n, err = g.give(arg); err != nil {
				return err
			}
		}
		if arg.in != "" {
			g.member(arg.in, n.number, n.ids)
		} else {
			g.refer(n.number)
		}
	}
	return nil
}

// give makes a parameter of an arg; none of a list without ids.
func (g *sqlGiven) give(a sqlArg) (sqlNumber, error) {
	if a.in == "" {
		v, err := g.value(a, g.rest)
		return sqlNumber{true, g.numbered(v), 0}, err
	}
	ids := g.ids(a, g.rest)
	switch len(ids) {
	case 0:
		return sqlNumber{known: true}, nil
	case 1:
		v, err := g.sql.bound(ids[0], asItIs)
		return sqlNumber{true, g.numbered(v), 1}, err
	}
	encoded, err := g.sql.encodedIDs(ids)
	return sqlNumber{true, g.numbered(encoded), len(ids)}, err
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
	}
	return p.unitValues(a, r)
}

// nobody is looked at by what looks at no resource.
var nobody = (*Place)(nil)

var errNoUnits = errors.New("the Filter's directory does not list its units")
