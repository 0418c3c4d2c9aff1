package access

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A Preview is what changes would do, if they were made now.
type Preview struct {
	// Commit has the changes and the warnings that they would meet. It is zero
	// if the directory would refuse them.
	Commit roles.Commit
	// Refusal is why they would be refused, nil if they would not. It is or wraps
	// a *Forbidden if the acting user may not make them, and a *roles.Refusal if
	// the directory refuses them, or both.
	Refusal error
	// Effects are who would gain and who would lose what, by role, those with the
	// most holders first. There are none where the changes are not possible at
	// all.
	Effects []Effect
}

// An Effect is what some users gain and lose because of one role, each the same.
// A right that somebody holds in another way, at least as far and as long, is
// neither gained nor lost. What is in a unit that is added or removed comes and
// goes without being told, and so does what attributes let conditions say. What is
// assigned, and where a user belongs, is taken to give what looks at it: it is the
// other way round for a scope that asks for the contrary.
type Effect struct {
	// Role is the role of the bindings that give it or gave it.
	Role roles.RoleID
	// Gained and Lost are ordered by action. What a greater level among them
	// includes is not repeated.
	Gained, Lost []Entitlement
	// Holders are ordered by user and unit.
	Holders []Holder
}

// A Holder is a user whom an Effect concerns, and where.
type Holder struct {
	User roles.UserID
	// Unit is where: in it and below.
	Unit scope.Ref
	// From and Until are the period of the binding; zero is no bound.
	From, Until time.Time
	// Resource is what came into their hands or went out of them, if it is only
	// that which they gain or lose the right to, or the right to what is in it:
	// what was assigned or unassigned, that of it which is in Unit, a unit that
	// stands elsewhere, or where the user belongs.
	Resource scope.Ref
}

// String shows a holder as in "ann (center:c1)".
func (h Holder) String() string {
	where := h.Unit.String()
	if !h.Resource.IsZero() {
		where = h.Resource.String()
	}
	return fmt.Sprintf("%s (%s%s)", h.User, where, periodText(h.From, h.Until))
}

// mostHolders is how many holders a sentence names.
const mostHolders = 5

// String is a sentence, which names the first few holders.
func (e Effect) String() string {
	var clauses []string
	for _, side := range []struct {
		verb string
		all  []Entitlement
	}{{"gives", e.Gained}, {"takes", e.Lost}} {
		if len(side.all) > 0 {
			clauses = append(clauses, side.verb+" "+join(side.all, len(side.all)))
		}
	}
	return fmt.Sprintf("role %s %s: %s", e.Role, strings.Join(clauses, " and "), join(e.Holders, mostHolders))
}

// join lists the first few of a list.
func join[T fmt.Stringer](list []T, most int) string {
	var names []string
	for i, v := range list {
		if i == most {
			return strings.Join(names, ", ") + fmt.Sprintf(" and %d more", len(list)-most)
		}
		names = append(names, v.String())
	}
	return strings.Join(names, ", ")
}

// Preview answers what Update would do, and changes nothing.
func (a *Admin) Preview(fn func(*roles.Tx) error) Preview {
	if a.engine.directory == nil {
		return Preview{Refusal: errors.New("the engine has no directory to change")}
	}
	return a.engine.preview(string(a.actor), a.guard, fn)
}

// Preview answers what Update of the engine's directory would do, made by the
// application itself, and changes nothing.
func (e *Engine) Preview(fn func(*roles.Tx) error) Preview {
	if e.directory == nil {
		return Preview{Refusal: errors.New("the engine has no directory to change")}
	}
	return e.preview("", nil, fn)
}

func (e *Engine) preview(by string, guard roles.Guard, fn func(*roles.Tx) error) Preview {
	var p Preview
	var forbidden error
	commit, err := e.directory.DryRunGuarded(by, func(before, after *roles.Snapshot, changes []roles.Change, at time.Time) error {
		if guard != nil {
			forbidden = guard(before, after, changes, at)
		}
		p.Effects = e.effects(before, after, changes)
		return nil
	}, fn)
	p.Commit, p.Refusal = commit, err
	if forbidden != nil {
		p.Refusal = errors.Join(forbidden, err)
	}
	return p
}

// effects compares what everybody holds before changes and after them.
func (e *Engine) effects(before, after *roles.Snapshot, changes []roles.Change) []Effect {
	if e.foreign {
		return nil
	}
	c := &comparison{
		before: newSheet(e, before), after: newSheet(e, after), users: map[roles.UserID]bool{},
		found: map[finding]*entitlements{},
	}
	for _, change := range changes {
		c.concern(change)
	}
	for user := range c.users {
		c.compare(user)
	}
	return c.grouped()
}

// A comparison finds what users gain and lose from one snapshot to another.
type comparison struct {
	before, after *sheet
	users         map[roles.UserID]bool
	// moved are the units that stand elsewhere afterwards.
	moved []scope.Ref
	found map[finding]*entitlements
}

// A finding is one user's gains and losses because of one role.
type finding struct {
	role roles.RoleID
	Holder
}

type entitlements struct{ gained, lost []Entitlement }

// concern notes whose rights a change may touch.
func (c *comparison) concern(change roles.Change) {
	for _, record := range []roles.Record{change.Before, change.After} {
		switch r := record.(type) {
		case roles.User:
			c.users[r.ID] = true
		case roles.Binding:
			c.users[r.User] = true
		case roles.Assignment:
			c.users[r.User] = true
		case roles.Role:
			c.holders(c.before.in.Holders(r.ID))
			c.holders(c.after.in.Holders(r.ID))
		case roles.Unit:
			c.unit(r.Ref)
		}
	}
}

func (c *comparison) holders(bindings []roles.Binding) {
	for _, b := range bindings {
		c.users[b.User] = true
	}
}

// unit notes a unit that was taken from one place and put into another, and who
// holds anything, or has anything in their hands, in either.
func (c *comparison) unit(unit scope.Ref) {
	was, _, stood := c.before.in.Locate(unit)
	is, _, stands := c.after.in.Locate(unit)
	if !stood || !stands || was == is || slices.Contains(c.moved, unit) {
		return
	}
	c.moved = append(c.moved, unit)
	for _, side := range []*sheet{c.before, c.after} {
		for at, ok := unit, true; ok; at, _, ok = side.in.Locate(at) {
			c.holders(side.in.BindingsAt(at))
			for _, user := range side.in.AssignedTo(at) {
				c.users[user] = true
			}
		}
	}
}

// compare finds what one user gains and loses.
func (c *comparison) compare(user roles.UserID) {
	was, is := c.before.of(user), c.after.of(user)
	c.differences(user, is, was, c.after, c.before, func(e *entitlements) *[]Entitlement { return &e.gained })
	c.differences(user, was, is, c.before, c.after, func(e *entitlements) *[]Entitlement { return &e.lost })
}

// differences finds what is held in one snapshot and not in the other.
func (c *comparison) differences(user roles.UserID, held, other []roles.Binding, in, beside *sheet, side func(*entitlements) *[]Entitlement) {
	note := func(b roles.Binding, at scope.Ref, resource scope.Ref, p Entitlement) {
		key := finding{b.Role, Holder{user, at, b.From, b.Until, resource}}
		if c.found[key] == nil {
			c.found[key] = &entitlements{}
		}
		list := side(c.found[key])
		*list = append(*list, p)
	}
	assigned := c.newlyAssigned(user, in, beside)
	for _, b := range held {
		candidates := in.gives(b.Role)
		if slices.Contains(other, b) {
			candidates = in.beyond(b.Role, beside)
		}
		at := in.standing(b.Unit, beside)
		for _, p := range candidates {
			if !beside.covered(other, p, b, at) {
				note(b, b.Unit, scope.Ref{}, p)
			}
		}
		for _, unit := range c.moved {
			if unit == b.Unit || !in.in.Contains(b.Unit, unit) {
				continue
			}
			for _, p := range in.gives(b.Role) {
				if !beside.covered(other, p, b, unit) && beside.covered(other, p, b, at) {
					note(b, unit, scope.Ref{}, p)
				}
			}
		}
		for _, resource := range assigned {
			reach, known := resource, at
			if _, _, isUnit := in.in.Locate(resource); isUnit {
				if reach = in.innermost(b.Unit, resource); reach.IsZero() {
					continue
				}
				if known = in.standing(reach, beside); beside.assigns(user, known) {
					continue
				}
			}
			for _, p := range in.gives(b.Role) {
				if p.looksAtAssignments() && beside.covered(other, p, b, known) && !beside.coveredWithoutAssignments(other, p, b, known) {
					note(b, b.Unit, reach, p)
				}
			}
		}
		if home := in.home(user); !home.IsZero() && home != beside.home(user) {
			for _, p := range in.gives(b.Role) {
				if p.looksAtHome() && beside.covered(other, p, b, at) && !beside.coveredWithoutHome(other, p, b, at) {
					note(b, b.Unit, home, p)
				}
			}
		}
	}
}

// newlyAssigned returns what a user has in their hands in one snapshot and not in
// another: what was assigned to them, and the units that stand in it now.
func (c *comparison) newlyAssigned(user roles.UserID, in, beside *sheet) []scope.Ref {
	all := in.assignedBeyond(user, beside)
	for _, unit := range c.moved {
		if in.assigns(user, unit) && !beside.assigns(user, unit) && !slices.Contains(all, unit) {
			all = append(all, unit)
		}
	}
	return all
}

// looksAtAssignments reports whether the entitlement can reach farther by what
// is assigned.
func (e Entitlement) looksAtAssignments() bool {
	return e.permission.Scope.Calls("assigned") || e.permission.When != nil && e.permission.When.Calls("assigned")
}

// looksAtHome reports whether the entitlement can reach somewhere else by where the
// user belongs.
func (e Entitlement) looksAtHome() bool {
	return e.permission.Scope.LooksAtHome() || e.permission.When != nil && e.permission.When.LooksAtHome()
}

// grouped makes one Effect of all who gain and lose the same by the same role.
func (c *comparison) grouped() []Effect {
	groups := map[string]*Effect{}
	var effects []Effect
	for key, e := range c.found {
		gained, lost := greatest(e.gained), greatest(e.lost)
		name := fmt.Sprintf("%s\x00%q\x00%q", key.role, gained, lost)
		if groups[name] == nil {
			groups[name] = &Effect{Role: key.role, Gained: gained, Lost: lost}
		}
		groups[name].Holders = append(groups[name].Holders, key.Holder)
	}
	for _, e := range groups {
		slices.SortFunc(e.Holders, func(a, b Holder) int {
			return cmp.Or(cmp.Compare(a.User, b.User), a.Unit.Compare(b.Unit), a.Resource.Compare(b.Resource))
		})
		effects = append(effects, *e)
	}
	slices.SortFunc(effects, func(a, b Effect) int {
		return cmp.Or(cmp.Compare(len(b.Holders), len(a.Holders)), cmp.Compare(a.Role, b.Role),
			slices.CompareFunc(a.Gained, b.Gained, compareEntitlements), slices.CompareFunc(a.Lost, b.Lost, compareEntitlements),
			cmp.Compare(a.Holders[0].User, b.Holders[0].User))
	})
	return effects
}

// greatest orders entitlements and drops those that others of them include.
func greatest(all []Entitlement) []Entitlement {
	var kept []Entitlement
	for i, e := range all {
		if !slices.ContainsFunc(all[:i], func(o Entitlement) bool { return covers(o.permission, e.permission) }) &&
			!slices.ContainsFunc(all[i+1:], func(o Entitlement) bool {
				return covers(o.permission, e.permission) && !covers(e.permission, o.permission)
			}) {
			kept = append(kept, e)
		}
	}
	slices.SortFunc(kept, compareEntitlements)
	return kept
}
