package scope

import (
	"slices"
	"strings"
)

// A way is a Way of which all was asked that does not look at the resource.
type way struct {
	units []Ref // in any of them; nil: anywhere
	rests []int
}

// NewFilter makes a Filter.
func (t *Types) NewFilter(spec FilterSpec) *Filter {
	f := &Filter{types: t, typ: spec.Type, units: spec.Units, facts: spec.Facts, revision: spec.Revision}
	m := making{Filter: f}
	m.room(&spec)
	defer m.end()
	if f.demands = m.leftOf(spec.Constraints); f.demands == nil {
		return f // without a way
	}
	for _, w := range spec.Ways {
		m.add(w)
	}
	for i := range f.ways {
		f.ways[i].units = f.outermost(f.ways[i].units)
	}
	if slices.ContainsFunc(f.ways, way.free) {
		f.ways = append(f.ways[:0], way{})
	}
	slices.SortFunc(f.ways, func(a, b way) int { return slices.CompareFunc(a.rests, b.rests, f.compareRests) })
	return f
}

// A making is a Filter that is made.
type making struct {
	*Filter
	// ask is what the predicates are evaluated in, once it is needed, and language
	// that for whose conditions it was set.
	ask      *Evaluator
	language *Language
	// left, values and inside are room for what the Filter holds.
	left   []int
	values []any
	inside []Ref
}

// room makes room for what most Filters hold.
func (m *making) room(spec *FilterSpec) {
	few, all := min(len(spec.Ways), 8), len(spec.Constraints)
	for _, w := range spec.Ways {
		all += len(w.Conditions)
	}
	m.rests = make([]rest, 0, min(all, 8))
	m.ways, m.inside = make([]way, 0, few), make([]Ref, 0, few)
	m.left, m.values = make([]int, 0, all), make([]any, 0, 8)
}

// end gives back what the predicates were evaluated in.
func (m *making) end() {
	if m.ask != nil {
		m.ask.Set(Facts{})
		evaluators.Put(m.ask)
	}
}

// rest asks a predicate all that does not look at the resource, once. It returns
// -1 if nothing can meet it.
func (m *making) rest(p *Predicate) int {
	for i := range m.rests {
		if m.rests[i].original == p {
			return i
		}
	}
	left := p.left(m.typ.name)
	if left == nil {
		return -1
	}
	r := rest{left: left, original: p}
	if left.residual.Parameters() > 0 {
		m.set(p.language)
		// What is dear need not matter: the predicate itself is asked.
		begin := len(m.values)
		m.values, r.dear = left.residual.AppendValues(m.values, &m.ask.frame)
		if r.dear == nil {
			r.values = m.values[begin:len(m.values):len(m.values)]
		}
	}
	r.shape = left.shape(r.values)
	m.rests = append(m.rests, r)
	return len(m.rests) - 1
}

// set makes ready to evaluate the predicates of a language.
func (m *making) set(l *Language) {
	if m.language == l {
		return
	}
	if m.ask == nil {
		m.ask = evaluators.Get().(*Evaluator)
	}
	m.language = l
	m.ask.frame.Start(variables, &m.facts)
	m.ask.frame.SetRecord(contextVariable, m.facts.Context.seen(l))
	m.ask.frame.SetTime(nowVariable, m.facts.Now)
	if m.facts.User != nil {
		m.ask.frame.SetRecord(userVariable, m.facts.User.sight(l))
	}
}

// leftOf returns what is left of the conditions, in the order of their texts, each
// once; nil if nothing can meet them all.
func (m *making) leftOf(conditions []*Predicate) []int {
	begin := len(m.left)
	for _, p := range conditions {
		if p == nil || p.always && p.programs[m.typ.name] != nil {
			continue
		}
		i := m.rest(p)
		switch {
		case i < 0 || m.rests[i].never:
			return nil
		case !m.rests[i].always:
			m.left = append(m.left, i)
		}
	}
	left := m.left[begin:len(m.left):len(m.left)]
	slices.SortFunc(left, m.compareRests)
	return slices.CompactFunc(left, m.same)
}

func (f *Filter) compareRests(a, b int) int {
	if a == b {
		return 0
	}
	return strings.Compare(f.rests[a].text, f.rests[b].text)
}

func (f *Filter) same(a, b int) bool { return f.compareRests(a, b) == 0 }

// add adds a way, to one that asks the same elsewhere if there is one.
func (m *making) add(w Way) {
	if w.Unit != Root() {
		if typ := m.types.Type(w.Unit.Type); typ == nil || typ != m.typ && !m.typ.Below(typ) {
			return // in which there can be none
		}
	}
	rests := m.leftOf(w.Conditions)
	if rests == nil {
		return
	}
	at := slices.IndexFunc(m.ways, func(other way) bool { return slices.EqualFunc(other.rests, rests, m.same) })
	switch {
	case at < 0 && w.Unit == Root():
		m.ways = append(m.ways, way{nil, rests})
	case at < 0:
		m.inside = append(m.inside, w.Unit)
		m.ways = append(m.ways, way{m.inside[len(m.inside)-1 : len(m.inside) : len(m.inside)], rests})
	case w.Unit == Root():
		m.ways[at].units = nil
	case m.ways[at].units != nil:
		m.ways[at].units = append(m.ways[at].units, w.Unit)
	}
}

// outermost returns the units, in their order, without those that are in others
// of them; nil of nil.
func (f *Filter) outermost(all []Ref) []Ref {
	if len(all) < 2 {
		return all
	}
	slices.SortFunc(all, Ref.Compare)
	all = slices.Compact(all)
	return slices.DeleteFunc(slices.Clone(all), func(unit Ref) bool {
		for at, ok := f.above(unit); ok; at, ok = f.above(at) {
			if _, found := slices.BinarySearchFunc(all, at, Ref.Compare); found {
				return true
			}
		}
		return false
	})
}

// above returns the unit that a unit is in.
func (f *Filter) above(unit Ref) (Ref, bool) {
	if f.units == nil {
		return Ref{}, false
	}
	parent, _, ok := f.units.Locate(unit)
	return parent, ok
}
