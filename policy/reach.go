package policy

import (
	"maps"
	"slices"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A reach is what changes touch: every unit, user and role for which an
// invariant may read something that they change. What an invariant can read is
// bounded by the functions that there are, and so is this.
//
//	an invariant for …   reads
//	a unit               attributes of it, of those above and of those below it;
//	                     bindings at it and above it, and their users; users who
//	                     belong to it or below it; those users' assignments,
//	                     attributes and units
//	a user               attributes of the user and of the units above theirs;
//	                     their bindings and assignments
//	a role               the role and those that it inherits
type reach struct {
	in *roles.Snapshot
	// units and users by what else than assignments; assigned* by assignments.
	units, assignedUnits unitSet
	users, assignedUsers idSet
	roles                idSet
}

type idSet map[string]bool

func (s idSet) sorted() []string { return slices.Sorted(maps.Keys(s)) }

// A unitSet is a set of units: single ones, and all that are in some.
type unitSet struct {
	single map[scope.Ref]bool
	within map[scope.Ref]bool
}

func newUnitSet() unitSet {
	return unitSet{single: map[scope.Ref]bool{}, within: map[scope.Ref]bool{}}
}

func reachOf(p *Policy, after *roles.Snapshot, changes []roles.Change) *reach {
	r := &reach{
		in: after, units: newUnitSet(), assignedUnits: newUnitSet(),
		users: idSet{}, assignedUsers: idSet{}, roles: idSet{},
	}
	for _, c := range changes {
		for _, record := range []roles.Record{c.Before, c.After} {
			switch record := record.(type) {
			case roles.Unit:
				r.unit(p, record, c.Kind == roles.UnitChanged)
			case roles.User:
				r.user(record, &r.units, r.users)
			case roles.Role:
				r.role(record)
			case roles.Binding:
				r.users[string(record.User)] = true
				r.units.within[record.Unit] = true
			case roles.Assignment:
				u, _ := after.User(record.User)
				u.ID = record.User
				r.user(u, &r.assignedUnits, r.assignedUsers)
			}
		}
	}
	return r
}

// unit adds what reads a unit. Those below it read its attributes, as
// unit.authority.name does, and so does whatever reads a user who belongs
// there.
func (r *reach) unit(p *Policy, u roles.Unit, changed bool) {
	r.rise(&r.units, u.Ref)
	r.rise(&r.units, u.Parent)
	if !changed {
		return
	}
	r.units.within[u.Ref] = true
	for _, typ := range p.types.All() {
		if !typ.Unit() {
			continue
		}
		for _, unit := range r.in.Units(typ.Name(), u.Ref) {
			for _, id := range r.in.Members(unit) {
				member, _ := r.in.User(id)
				r.user(member, &r.units, r.users)
			}
		}
	}
}

// user adds what reads a user: the user, the units where the user is bound and
// all below those, and the units to which the user belongs.
func (r *reach) user(u roles.User, units *unitSet, users idSet) {
	users[string(u.ID)] = true
	for _, b := range r.in.Bindings(u.ID) {
		units.within[b.Unit] = true
	}
	r.rise(units, u.Unit)
}

// role adds what reads a role: it and those who inherit it, and the units and
// users where one of those is bound.
func (r *reach) role(role roles.Role) {
	for _, senior := range r.in.Seniors(role.ID) {
		r.roles[string(senior)] = true
		for _, b := range r.in.BindingsOf(senior) {
			r.users[string(b.User)] = true
			r.units.within[b.Unit] = true
		}
	}
}

// rise adds a unit and those above it.
func (r *reach) rise(units *unitSet, ref scope.Ref) {
	for at, ok := ref, true; ok && at != scope.Root() && !at.IsZero(); at, _, ok = r.in.Locate(at) {
		units.single[at] = true
	}
}

// subjects returns the ids of those for which an invariant has to be checked.
func (r *reach) subjects(v *invariant) []string {
	assignments := v.reads("assigned", "assignments")
	ids := idSet{}
	switch v.For {
	case forRole:
		return r.roles.sorted()
	case forUser:
		maps.Copy(ids, r.users)
		if assignments {
			maps.Copy(ids, r.assignedUsers)
		}
		return ids.sorted()
	}
	r.units.of(v.For, r.in, ids)
	if assignments {
		r.assignedUnits.of(v.For, r.in, ids)
	}
	return ids.sorted()
}

// of adds the ids of the set's units of a type.
func (s *unitSet) of(typ string, in *roles.Snapshot, ids idSet) {
	for ref := range s.single {
		if ref.Type == typ {
			ids[ref.ID] = true
		}
	}
	for ref := range s.within {
		for _, unit := range in.Units(typ, ref) {
			ids[unit.ID] = true
		}
	}
}
