package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A world is the directory as one evaluation of an invariant sees it: one
// snapshot at one instant, for one subject. It notes the facts that it was
// asked for, so that a refusal can name the one that breaks the invariant, and
// the next instant at which any of them changes by itself.
type world struct {
	policy *Policy
	in     *roles.Snapshot
	at     time.Time
	next   time.Time // zero: none of the facts changes by itself
	unit   scope.Ref // the subject, if it is a unit
	user   *member   // the subject, if it is a user
	role   roles.Role
	places map[scope.Ref]*scope.Place
	users  map[roles.UserID]*member
	bound  map[scope.Ref][]roles.Binding
	facts  facts
}

// bindingsAt returns the snapshot's bindings at a unit.
func (v *world) bindingsAt(unit scope.Ref) []roles.Binding {
	bindings, ok := v.bound[unit]
	if !ok {
		bindings = v.in.BindingsAt(unit)
		v.bound[unit] = bindings
	}
	return bindings
}

// A member is a user as invariants see one.
type member struct {
	scope.Subject
	id     roles.UserID
	active bool
}

func (p *Policy) world(s *roles.Snapshot, at time.Time) *world {
	return &world{
		policy: p, in: s, at: at, places: map[scope.Ref]*scope.Place{},
		users: map[roles.UserID]*member{}, bound: map[scope.Ref][]roles.Binding{},
	}
}

// place returns a unit of the snapshot with its ancestors.
func (v *world) place(ref scope.Ref) (*scope.Place, error) {
	if p := v.places[ref]; p != nil {
		return p, nil
	}
	p, err := v.policy.types.Locate(scope.Resource{Type: ref.Type, ID: ref.ID}, v.in)
	if err == nil {
		v.places[ref] = p
	}
	return p, err
}

func (v *world) member(id roles.UserID) (*member, error) {
	if m := v.users[id]; m != nil {
		return m, nil
	}
	account, ok := v.in.Account(id)
	if !ok {
		return nil, fmt.Errorf("unknown user %q", id)
	}
	u := account.User()
	m := &member{id: id, active: !u.Inactive, Subject: scope.Subject{
		ID: string(id), Attributes: account.Attributes(), Assignments: account,
	}}
	if !u.Unit.IsZero() {
		home, err := v.place(u.Unit)
		if err != nil {
			return nil, err
		}
		m.Home = home
	}
	v.users[id] = m
	return m, nil
}

// inForce is Binding.InForce, and notes when that changes.
func (v *world) inForce(b roles.Binding) bool {
	for _, bound := range []time.Time{b.From, b.Until} {
		if bound.After(v.at) && (v.next.IsZero() || bound.Before(v.next)) {
			v.next = bound
		}
	}
	return b.InForce(v.at)
}

// holders(role): the active users who hold the role in the unit, by a binding
// in force at it or above it, of the role or of one that inherits it.
func (v *world) holders(args []any) (any, error) {
	role := roles.RoleID(args[0].(string))
	seniors := v.in.Seniors(role)
	var holders []*member
	found := map[*member]bool{}
	for at := v.unit; ; {
		for _, b := range v.bindingsAt(at) {
			if !slices.Contains(seniors, b.Role) || !v.inForce(b) {
				continue
			}
			m, err := v.member(b.User)
			if err != nil {
				return nil, err
			}
			if m.active && !found[m] {
				found[m] = true
				holders = append(holders, m)
			}
		}
		if at == scope.Root() {
			break
		}
		at, _, _ = v.in.Locate(at)
	}
	sortMembers(holders)
	v.facts.holders(role, holders)
	return objects(holders), nil
}

// holds(user, role): whether the user is among holders(role).
func (v *world) holds(args []any) (any, error) {
	m, role := args[0].(*member), roles.RoleID(args[1].(string))
	held := m.active && v.holdsBy(m, role, func(b roles.Binding) bool { return v.in.Contains(b.Unit, v.unit) })
	v.facts.holds(m, role, held)
	return held, nil
}

// holds(role), for users: whether the user holds the role anywhere.
func (v *world) subjectHolds(args []any) (any, error) {
	role := roles.RoleID(args[0].(string))
	held := v.user.active && v.holdsBy(v.user, role, func(roles.Binding) bool { return true })
	v.facts.holds(v.user, role, held)
	return held, nil
}

func (v *world) holdsBy(m *member, role roles.RoleID, where func(roles.Binding) bool) bool {
	seniors := v.in.Seniors(role)
	bound := false
	for _, b := range v.in.Bindings(m.id) {
		if slices.Contains(seniors, b.Role) && where(b) && v.inForce(b) {
			bound = true
		}
	}
	return bound
}

// members(): the active users who belong to the unit or to one below it.
func (v *world) members([]any) (any, error) {
	var members []*member
	for _, typ := range v.policy.types.All() {
		if !typ.Unit() {
			continue
		}
		for _, unit := range v.in.Units(typ.Name(), v.unit) {
			for _, id := range v.in.Members(unit) {
				m, err := v.member(id)
				if err != nil {
					return nil, err
				}
				if m.active {
					members = append(members, m)
				}
			}
		}
	}
	sortMembers(members)
	v.facts.members(members)
	return objects(members), nil
}

// units(type): the units of a type in the unit.
func (v *world) units(args []any) (any, error) {
	refs := v.in.Units(args[0].(string), v.unit)
	units := make([]any, len(refs))
	for i, ref := range refs {
		p, err := v.place(ref)
		if err != nil {
			return nil, err
		}
		units[i] = p
	}
	return units, nil
}

// assigned(user, unit): whether the unit, or one above it, is assigned.
func (v *world) assignedTo(args []any) (any, error) {
	return v.isAssigned(args[0].(*member), args[1].(*scope.Place))
}

// assigned(unit), for users.
func (v *world) assignedToSubject(args []any) (any, error) {
	return v.isAssigned(v.user, args[0].(*scope.Place))
}

func (v *world) isAssigned(m *member, to *scope.Place) (any, error) {
	assigned := to.Assigned(m.Assignments) == scope.True
	v.facts.assigned(m, to.Ref(), assigned)
	return assigned, nil
}

// active(): whether the user's account is active.
func (w *world) isActive([]any) (any, error) {
	adjective := "inactive"
	if w.user.active {
		adjective = "active"
	}
	w.facts.tell(nil, "%s is %s", w.user.id, adjective)
	return w.user.active, nil
}

// bindings(): the user's bindings that are in force or will be.
func (v *world) bindings([]any) (any, error) {
	var bindings []any
	for _, b := range v.in.Bindings(v.user.id) {
		if !v.inForce(b) && !b.From.After(v.at) {
			continue
		}
		each := &boundAt{b, v}
		bindings = append(bindings, each)
		v.facts.tell(each, "%s holds %s at %s", b.User, b.Role, b.Unit)
	}
	return bindings, nil
}

// assignments(): the units that are assigned to the user.
func (v *world) assignments([]any) (any, error) {
	var units []any
	for _, ref := range v.in.Assignments(v.user.id) {
		if typ := v.policy.types.Type(ref.Type); typ == nil || !typ.Unit() {
			continue
		}
		p, err := v.place(ref)
		if err != nil {
			return nil, err
		}
		units = append(units, p)
		v.facts.tell(p, "%s is assigned to %s", ref, v.user.id)
	}
	return units, nil
}

func sortMembers(members []*member) {
	slices.SortFunc(members, func(a, b *member) int { return strings.Compare(a.ID, b.ID) })
}

func objects(members []*member) []any {
	all := make([]any, len(members))
	for i, m := range members {
		all[i] = m
	}
	return all
}

// A boundAt gives invariants a binding.
type boundAt struct {
	roles.Binding
	v *world
}

// Field returns the role's id, the unit, or the instants at which the binding
// begins and ends.
func (b *boundAt) Field(name string) any {
	switch name {
	case "role":
		return string(b.Role)
	case "from":
		return orAbsent(b.From)
	case "until":
		return orAbsent(b.Until)
	}
	if b.Unit == scope.Root() {
		return (*scope.Place)(nil)
	}
	if p, err := b.v.place(b.Unit); err == nil {
		return p
	}
	return condition.Absent
}

func orAbsent(t time.Time) any {
	if t.IsZero() {
		return condition.Absent
	}
	return t
}
