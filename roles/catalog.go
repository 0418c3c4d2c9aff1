package roles

import (
	"math/bits"
	"slices"

	"github.com/bailiwick-authz/bailiwick/internal/fault"
)

// An Action is a privilege at a level, as text: "medical.update" is the
// privilege medical at its level update, and "pupil.edit" the privilege
// pupil.edit, which has no levels. It is what a decision is asked about.
type Action string

// A Privilege is what a role can hold on one type of resource.
type Privilege struct {
	Name string
	// On is the type of resource that it is held on.
	On string
	// Levels are the levels above none, the least first; each includes those
	// before it. None: the privilege is a box, checked or not.
	Levels []string
	// Requires are the actions that a role which holds this privilege, at any
	// level, must hold too.
	Requires []Action
	// Area and Title are for screens.
	Area, Title string
}

// Actions returns the privilege's actions, the least level first.
func (p *Privilege) Actions() []Action {
	if len(p.Levels) == 0 {
		return []Action{Action(p.Name)}
	}
	as := make([]Action, len(p.Levels))
	for i, l := range p.Levels {
		as[i] = Action(p.Name + "." + l)
	}
	return as
}

// A Right is a privilege at a level: an Action, looked up. Rights of one
// Catalog can be compared with ==. The zero Right is no right.
type Right struct {
	privilege *Privilege
	level     int // from 1; 0 is None
	index     int // of its action in the catalog
}

// Privilege returns the privilege, or nil for the zero Right.
func (r Right) Privilege() *Privilege { return r.privilege }

// Level returns the level, from 1; 0 is None.
func (r Right) Level() int { return r.level }

// Action returns the right's name, or "" for the zero Right.
func (r Right) Action() Action {
	if r.privilege == nil {
		return ""
	}
	return r.privilege.Actions()[r.level-1]
}

// Index returns the place of the right's action among Catalog.Actions; -1 for the
// zero Right.
func (r Right) Index() int {
	if r.privilege == nil {
		return -1
	}
	return r.index
}

// Covers reports whether who holds r holds other: the same privilege at the
// same level or a lower one. The zero Right covers nothing and nothing covers
// it.
func (r Right) Covers(other Right) bool {
	return r.privilege != nil && r.privilege == other.privilege && r.level >= other.level
}

// A Catalog is the set of privileges that a policy declares. It is immutable.
type Catalog struct {
	privileges []*Privilege
	byName     map[string]*Privilege
	byAction   map[Action]Right
	actions    []Action
	// table is byAction once more, for Right, where it is the faster of the two: as
	// many cells as a power of two, one at least nil. Else it is nil.
	table []*entry
}

// An entry is an action that can be looked up.
type entry struct {
	action Action
	right  Right
}

// NewCatalog makes a catalog of privileges. Its error tells of every privilege
// or action that has the same name as another; whether On and Requires name
// something is not its business.
func NewCatalog(privileges []Privilege) (*Catalog, error) {
	c := &Catalog{byName: map[string]*Privilege{}, byAction: map[Action]Right{}}
	var faults fault.List
	for _, p := range privileges {
		path := fault.At("privileges", p.Name)
		if c.byName[p.Name] != nil {
			faults.AddKey(path, "there is a privilege %q already", p.Name)
			continue
		}
		p.Levels, p.Requires = slices.Clone(p.Levels), slices.Clone(p.Requires)
		c.privileges, c.byName[p.Name] = append(c.privileges, &p), &p
		for i, a := range p.Actions() {
			if other, ok := c.byAction[a]; ok {
				faults.AddKey(path, "its action %q is one of privilege %q already", a, other.privilege.Name)
				continue
			}
			c.byAction[a] = Right{&p, i + 1, len(c.actions)}
			c.actions = append(c.actions, a)
		}
	}
	c.tabulate()
	return c, faults.Err()
}

// farthest is how many cells from its own an action may be in the table. Where the
// names of a policy are so much alike that it would be more, there is no table.
const farthest = 4

// tabulate fills the table: an action is in the first free cell from that of its
// mark on.
func (c *Catalog) tabulate() {
	c.table = make([]*entry, 1<<bits.Len(uint(4*len(c.actions))))
	for _, a := range c.actions {
		i, steps := c.home(a), 0
		for ; c.table[i] != nil; steps++ {
			i = (i + 1) & (len(c.table) - 1)
		}
		if steps > farthest {
			c.table = nil
			return
		}
		c.table[i] = &entry{a, c.byAction[a]}
	}
}

// home is the cell of the table that an action is looked for in first. Most actions
// of a policy differ by their length, or by one of the letters that it looks at.
func (c *Catalog) home(a Action) int {
	n := len(a)
	if n == 0 {
		return 0
	}
	mark := uint32(n) | uint32(a[0])<<8 | uint32(a[n/2])<<16 | uint32(a[n-1])<<24
	mark = (mark ^ uint32(a[n/4])<<3) * 0x9e3779b1
	return int(mark>>16) & (len(c.table) - 1)
}

// Right looks an action up.
func (c *Catalog) Right(a Action) (Right, bool) {
	if c.table == nil {
		r, ok := c.byAction[a]
		return r, ok
	}
	for i := c.home(a); ; i = (i + 1) & (len(c.table) - 1) {
		e := c.table[i]
		if e == nil {
			return Right{}, false
		}
		if e.action == a {
			return e.right, true
		}
	}
}

// Greatest returns a privilege at its greatest level.
func (c *Catalog) Greatest(privilege string) (Right, bool) {
	p := c.byName[privilege]
	if p == nil {
		return Right{}, false
	}
	actions := p.Actions()
	return c.byAction[actions[len(actions)-1]], true
}

// Privileges returns the privileges in the order of the policy. The caller
// must not change them.
func (c *Catalog) Privileges() []*Privilege { return c.privileges }

// Actions returns all actions, in the order of the privileges and their
// levels. The caller must not change them.
func (c *Catalog) Actions() []Action { return c.actions }
