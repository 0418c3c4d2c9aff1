package policy

import (
	"cmp"
	"slices"

	"github.com/bailiwick-authz/bailiwick/roles"
)

// A remedy looks for the changes that make a role valid. Its nodes are what can
// be changed: to take something away that the role holds, or to grant something,
// which is a privilege that it does not hold or a greater level of one that it
// does. A node that stays or is granted needs others, and the smallest set of
// changes that leaves no need unmet is a minimum cut between what is kept and
// what is not.
type remedy struct {
	policy *Policy
	held   levels
	lacks  []lack
	nodes  []node
	index  map[node]int
	needs  [][]int
	group  []int // by node: itself, or a lesser one that hangs together with it
}

// A node is a privilege, or a greater level of one that is held already.
type node struct {
	privilege *roles.Privilege
	raise     bool
}

// mostNodes bounds the search for the smallest set of changes.
const mostNodes = 400

func (p *Policy) newRemedy(held levels, lacks []lack) *remedy {
	r := &remedy{policy: p, held: held, lacks: lacks, index: map[node]int{}}
	for _, l := range lacks {
		r.add(node{privilege: l.holds.Privilege()})
	}
	r.addDependents()
	for i := 0; i < len(r.nodes); i++ {
		r.needs = append(r.needs, nil)
		n := r.nodes[i]
		if n.raise {
			if at, ok := r.index[node{privilege: n.privilege}]; ok {
				r.needs[i] = append(r.needs[i], at)
			}
			continue
		}
		for _, required := range r.required(n.privilege) {
			if at, ok := r.need(required); ok {
				r.needs[i] = append(r.needs[i], at)
			}
		}
	}
	r.join()
	return r
}

// add returns the place of a node, which may be a new one.
func (r *remedy) add(n node) int {
	at, ok := r.index[n]
	if !ok {
		at = len(r.nodes)
		r.index[n] = at
		r.nodes = append(r.nodes, n)
	}
	return at
}

// addDependents adds what is held and requires, itself or by way of others,
// something that might be taken away.
func (r *remedy) addDependents() {
	dependents := map[*roles.Privilege][]*roles.Privilege{}
	for privilege := range r.held {
		for _, required := range r.required(privilege) {
			if r.held[required.Privilege()].Covers(required) {
				dependents[required.Privilege()] = append(dependents[required.Privilege()], privilege)
			}
		}
	}
	for i := 0; i < len(r.nodes); i++ {
		senior := dependents[r.nodes[i].privilege]
		slices.SortFunc(senior, func(a, b *roles.Privilege) int { return cmp.Compare(a.Name, b.Name) })
		for _, privilege := range senior {
			r.add(node{privilege: privilege})
		}
	}
}

// need returns the node that something which requires a right needs, and
// whether there is one: what is held and never taken away is none.
func (r *remedy) need(required roles.Right) (int, bool) {
	n := node{privilege: required.Privilege()}
	level := r.held[n.privilege].Level()
	if level >= required.Level() {
		at, ok := r.index[n]
		return at, ok
	}
	n.raise = level > 0
	return r.add(n), true
}

func (r *remedy) required(p *roles.Privilege) []roles.Right {
	var all []roles.Right
	for _, action := range p.Requires {
		if right, ok := r.policy.catalog.Right(action); ok {
			all = append(all, right)
		}
	}
	return all
}

// isHeld reports whether a node is something that the role holds.
func (r *remedy) isHeld(n node) bool { return !n.raise && r.held[n.privilege].Level() > 0 }

// join finds out which nodes hang together.
func (r *remedy) join() {
	r.group = make([]int, len(r.nodes))
	for i := range r.group {
		r.group[i] = i
	}
	for i, needs := range r.needs {
		for _, at := range needs {
			a, b := r.groupOf(i), r.groupOf(at)
			r.group[max(a, b)] = min(a, b)
		}
	}
}

func (r *remedy) groupOf(i int) int {
	for r.group[i] != i {
		r.group[i] = r.group[r.group[i]]
		i = r.group[i]
	}
	return i
}

// shortfalls returns what is lacked, group by group, with its cures.
func (r *remedy) shortfalls() []shortfall {
	var all []shortfall
	places := map[int]int{}
	for _, l := range r.lacks {
		group := r.groupOf(r.index[node{privilege: l.holds.Privilege()}])
		at, ok := places[group]
		if !ok {
			at = len(all)
			places[group] = at
			all = append(all, shortfall{cures: r.cures(group)})
		}
		all[at].lacks = append(all[at].lacks, l)
	}
	return all
}

// cures returns what makes good for a group: to grant all that is required, and
// the smallest set of changes, or, where that would take long to find, to take
// everything away that lacks something.
func (r *remedy) cures(group int) []cure {
	everything := make([]bool, len(r.nodes))
	var members []int
	for i := range r.nodes {
		if r.groupOf(i) == group {
			everything[i] = true
			members = append(members, i)
		}
	}
	kept := make([]bool, len(r.nodes))
	if len(members) <= mostNodes {
		kept = r.cut(members)
	}
	all, least := r.cure(members, everything), r.cure(members, kept)
	if all.String() == least.String() {
		return []cure{all}
	}
	return []cure{all, least}
}

// cure returns the changes after which those members are there that are kept.
func (r *remedy) cure(members []int, kept []bool) cure {
	var c cure
	granted := levels{}
	for _, i := range members {
		n := r.nodes[i]
		if r.isHeld(n) && !kept[i] {
			c.take = append(c.take, n.privilege.Name)
		}
		if !kept[i] || n.raise {
			continue
		}
		for _, required := range r.required(n.privilege) {
			p := required.Privilege()
			if !r.held[p].Covers(required) && required.Level() > granted[p].Level() {
				granted[p] = required
			}
		}
	}
	for _, right := range granted {
		c.grant = append(c.grant, right.Action())
	}
	slices.Sort(c.grant)
	slices.Sort(c.take)
	return c
}

// cut returns which members to keep so that there are the fewest changes, and
// of those sets the one that keeps least.
func (r *remedy) cut(members []int) []bool {
	f := newFlow(len(r.nodes) + 2)
	source, sink := len(r.nodes), len(r.nodes)+1
	for _, i := range members {
		if r.isHeld(r.nodes[i]) {
			f.link(source, i, 1)
		} else {
			f.link(i, sink, 1)
		}
		for _, at := range r.needs[i] {
			f.link(i, at, len(r.nodes)+1)
		}
	}
	for f.augment(source, sink, make([]bool, len(f.arcs))) {
	}
	kept := make([]bool, len(f.arcs))
	f.augment(source, sink, kept) // nothing is left to push: it marks what it reaches
	return kept[:len(r.nodes)]
}

// A flow is a network of arcs with capacities.
type flow struct{ arcs [][]*arc }

type arc struct {
	to, room int
	back     *arc
}

func newFlow(nodes int) *flow { return &flow{make([][]*arc, nodes)} }

func (f *flow) link(from, to, capacity int) {
	there, back := &arc{to: to, room: capacity}, &arc{to: from}
	there.back, back.back = back, there
	f.arcs[from] = append(f.arcs[from], there)
	f.arcs[to] = append(f.arcs[to], back)
}

// augment pushes one unit from a node to the sink, if it finds a way, and marks
// the nodes that it came by.
func (f *flow) augment(at, sink int, seen []bool) bool {
	if at == sink {
		return true
	}
	seen[at] = true
	for _, a := range f.arcs[at] {
		if a.room > 0 && !seen[a.to] && f.augment(a.to, sink, seen) {
			a.room--
			a.back.room++
			return true
		}
	}
	return false
}
