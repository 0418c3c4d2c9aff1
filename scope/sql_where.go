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

// A sqlJoin is operands that are being written, with a sign between them.
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
		if !p.closed(i) {
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
			if p.closed(i) {
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
			for _, part := range p.said[r][p.number].filters {
				list = p.filtered(list, part, &p.filter.rests[r])
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
	return !slices.ContainsFunc(p.filter.ways[i].rests, func(r int) bool { return !p.said[r][p.number].always })
}

// closed reports whether no row passes in a way, whatever it is like.
func (p *sqlOnPath) closed(i int) bool {
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
		if list == nil && !p.closed(i) && p.always(i) {
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
	encoded, err := p.sql.encodedUnits(list)
	if err != nil {
		return err
	}
	all.next()
	p.text = append(p.text, p.path.inUnits[0]...)
	p.text = p.appendNumber(p.text, p.numbered(encoded))
	p.text = append(p.text, p.path.inUnits[1]...)
	return nil
}

// numbered is the number of the next parameter, of the value.
func (q *sqlQuery) numbered(value any) int {
	q.args = append(q.args, value)
	return q.after + len(q.args)
}

func (q *sqlQuery) appendNumber(to []byte, n int) []byte {
	return strconv.AppendInt(append(to, q.sql.sign()), int64(n), 10)
}

// fragments says predicates, with their args, if they say anything.
func (p *sqlOnPath) fragments(all *sqlOperands, rests []int) error {
	for _, r := range rests {
		f := p.said[r][p.number]
		if f.always {
			continue
		}
		all.next()
		if err := p.fragment(f, &p.filter.rests[r]); err != nil {
			return err
		}
	}
	return nil
}

func (p *sqlOnPath) fragment(f *sqlFragment, r *rest) error {
	var room [16]int
	numbers := room[:min(len(f.args), len(room))]
	if len(f.args) > len(room) {
		numbers = make([]int, len(f.args))
	}
	for i, piece := range f.pieces {
		p.text = append(p.text, piece...)
		if i == len(f.uses) {
			break
		}
		n := f.uses[i]
		if numbers[n] == 0 {
			v, err := p.value(f.args[n], r)
			if err != nil {
				return fmt.Errorf("%s: %w", r.original.name, err)
			}
			numbers[n] = p.numbered(v)
		}
		p.text = p.appendNumber(p.text, numbers[n])
	}
	return nil
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
