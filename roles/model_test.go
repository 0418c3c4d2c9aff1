package roles_test

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A model is a directory as plain maps, and its rules as one reads them: every
// question is a search through everything.
type model struct {
	schema      *schema
	units       map[scope.Ref]roles.Unit
	users       map[roles.UserID]roles.User
	roles       map[roles.RoleID]roles.Role // fixed ones too
	bindings    map[binding]roles.Binding
	assignments map[roles.Assignment]bool
}

// A binding is what makes a Binding another one.
type binding struct {
	user roles.UserID
	role roles.RoleID
	unit scope.Ref
}

func newModel(s *schema) *model {
	m := &model{schema: s, units: map[scope.Ref]roles.Unit{}, users: map[roles.UserID]roles.User{},
		roles: map[roles.RoleID]roles.Role{}, bindings: map[binding]roles.Binding{}, assignments: map[roles.Assignment]bool{}}
	for _, r := range s.roles {
		m.roles[r.ID] = r
	}
	return m
}

func (m *model) clone() *model {
	return &model{m.schema, maps.Clone(m.units), maps.Clone(m.users), maps.Clone(m.roles), maps.Clone(m.bindings),
		maps.Clone(m.assignments)}
}

// replay applies the steps of a commit.
func (m *model) replay(changes []roles.Change) {
	for _, c := range changes {
		switch r := c.Record().(type) {
		case roles.Unit:
			put(m.units, r.Ref, r, c.After != nil)
		case roles.User:
			put(m.users, r.ID, r, c.After != nil)
		case roles.Role:
			put(m.roles, r.ID, r, c.After != nil)
		case roles.Binding:
			put(m.bindings, binding{r.User, r.Role, r.Unit}, r, c.After != nil)
		case roles.Assignment:
			put(m.assignments, r, true, c.After != nil)
		}
	}
}

func put[K comparable, V any](into map[K]V, key K, value V, there bool) {
	if there {
		into[key] = value
	} else {
		delete(into, key)
	}
}

// rise returns a unit and all that it is in, Root included; nothing for a unit
// that is not there.
func (m *model) rise(unit scope.Ref) []scope.Ref {
	if unit == scope.Root() {
		return []scope.Ref{unit}
	}
	u, ok := m.units[unit]
	if !ok {
		return nil
	}
	return append([]scope.Ref{unit}, m.rise(u.Parent)...)
}

func (m *model) contains(outer, inner scope.Ref) bool { return slices.Contains(m.rise(inner), outer) }

// closure returns a role and all that it inherits.
func (m *model) closure(id roles.RoleID) map[roles.RoleID]bool {
	all := map[roles.RoleID]bool{}
	var add func(id roles.RoleID)
	add = func(id roles.RoleID) {
		if all[id] {
			return
		}
		all[id] = true
		for _, inherited := range m.roles[id].Inherits {
			add(inherited)
		}
	}
	add(id)
	return all
}

// selected returns the bindings for which want holds, by user, role and unit.
func (m *model) selected(want func(roles.Binding) bool) []roles.Binding {
	var list []roles.Binding
	for _, b := range m.bindings {
		if want(b) {
			list = append(list, b)
		}
	}
	slices.SortFunc(list, func(a, b roles.Binding) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.Role, b.Role), a.Unit.Compare(b.Unit))
	})
	return list
}

// resourcesOf returns what is assigned to a user.
func (m *model) resourcesOf(id roles.UserID) []scope.Ref {
	var list []scope.Ref
	for a := range m.assignments {
		if a.User == id {
			list = append(list, a.Resource)
		}
	}
	slices.SortFunc(list, scope.Ref.Compare)
	return list
}

// The changes. Each makes itself in the model and returns no codes, or changes
// nothing and returns what is wrong with it.

type codes map[error]bool

func (c codes) when(wrong bool, code error) bool {
	if wrong {
		c[code] = true
	}
	return wrong
}

func (m *model) addUnit(unit, parent scope.Ref) codes {
	c := codes{}
	_, there := m.units[unit]
	c.when(there, roles.ErrDuplicate)
	typ := m.schema.types.Type(unit.Type)
	if c.when(typ == nil, roles.ErrUnknown) || c.when(!typ.Unit(), roles.ErrInvalid) {
		return c
	}
	c.when(scope.CheckID(unit.ID) != nil, roles.ErrInvalidID)
	fits := len(typ.In()) == 0 && parent == scope.Root()
	for _, in := range typ.In() {
		fits = fits || in.Name() == parent.Type
	}
	if !c.when(!fits, roles.ErrInvalid) {
		c.when(m.rise(parent) == nil, roles.ErrUnknown)
	}
	if len(c) == 0 {
		m.units[unit] = roles.Unit{Ref: unit, Parent: parent}
	}
	return c
}

func (m *model) setUnitAttributes(unit scope.Ref, a scope.Map) codes {
	c := codes{}
	u, there := m.units[unit]
	if c.when(!there, roles.ErrUnknown) {
		return c
	}
	values, err := m.schema.types.Type(unit.Type).Attributes().Check(a)
	if !c.when(err != nil, roles.ErrInvalid) {
		u.Attributes = values.Map()
		m.units[unit] = u
	}
	return c
}

func (m *model) removeUnit(unit scope.Ref) codes {
	c := codes{}
	if _, there := m.units[unit]; c.when(!there, roles.ErrUnknown) {
		return c
	}
	for _, u := range m.units {
		c.when(u.Parent == unit, roles.ErrInUse)
	}
	for _, u := range m.users {
		c.when(u.Unit == unit, roles.ErrInUse)
	}
	for _, r := range m.roles {
		c.when(r.Unit == unit, roles.ErrInUse)
	}
	if len(c) == 0 {
		delete(m.units, unit)
		maps.DeleteFunc(m.bindings, func(b binding, _ roles.Binding) bool { return b.unit == unit })
		maps.DeleteFunc(m.assignments, func(a roles.Assignment, _ bool) bool { return a.Resource == unit })
	}
	return c
}

func (m *model) putUser(u roles.User, there bool) codes {
	c := codes{}
	_, known := m.users[u.ID]
	if there && c.when(!known, roles.ErrUnknown) {
		return c
	}
	c.when(!there && known, roles.ErrDuplicate)
	c.when(!there && scope.CheckID(string(u.ID)) != nil, roles.ErrInvalidID)
	c.when(u.Unit == scope.Root(), roles.ErrInvalid)
	c.when(!u.Unit.IsZero() && m.rise(u.Unit) == nil, roles.ErrUnknown)
	values, err := m.schema.users.Check(u.Attributes)
	c.when(err != nil, roles.ErrInvalid)
	if len(c) == 0 {
		u.Attributes = values.Map()
		m.users[u.ID] = u
	}
	return c
}

func (m *model) removeUser(id roles.UserID) codes {
	c := codes{}
	if _, there := m.users[id]; !c.when(!there, roles.ErrUnknown) {
		delete(m.users, id)
		maps.DeleteFunc(m.bindings, func(b binding, _ roles.Binding) bool { return b.user == id })
		maps.DeleteFunc(m.assignments, func(a roles.Assignment, _ bool) bool { return a.User == id })
	}
	return c
}

// plain is a role's name as it is compared: enough of folding for the names
// that the tests use.
func plain(r roles.Role) string {
	return strings.ToLower(strings.TrimSpace(cmp.Or(r.Name, string(r.ID))))
}

func (m *model) putRole(r roles.Role, there bool) codes {
	c := codes{}
	old, known := m.roles[r.ID]
	if there && (c.when(!known, roles.ErrUnknown) || c.when(old.Fixed, roles.ErrFixed)) {
		return c
	}
	c.when(!there && known, roles.ErrDuplicate)
	c.when(!there && scope.CheckID(string(r.ID)) != nil, roles.ErrInvalidID)
	if !c.when(r.Name != "" && plain(r) == "", roles.ErrInvalid) {
		for _, other := range m.roles {
			c.when(other.ID != r.ID && (other.Fixed || other.Unit == r.Unit) && plain(other) == plain(r), roles.ErrDuplicate)
		}
	}
	c.when(m.rise(r.Unit) == nil, roles.ErrUnknown)
	c.when(r.Fixed || r.Everything, roles.ErrInvalid)
	for i, name := range r.At {
		typ := m.schema.types.Type(name)
		if !c.when(typ == nil, roles.ErrUnknown) {
			c.when(!typ.Unit() || slices.Contains(r.At[:i], name), roles.ErrInvalid)
		}
	}
	for i, id := range r.Inherits {
		if c.when(slices.Contains(r.Inherits[:i], id), roles.ErrInvalid) || c.when(id == r.ID, roles.ErrCycle) {
			continue
		}
		inherited, ok := m.roles[id]
		if !c.when(!ok, roles.ErrUnknown) && !c.when(m.closure(id)[r.ID], roles.ErrCycle) {
			c.when(!inherited.Fixed && !m.contains(inherited.Unit, r.Unit), roles.ErrInvalid)
		}
	}
	if there {
		m.keepsPlace(r, c)
	}
	if len(c) == 0 {
		r.Name = strings.TrimSpace(r.Name)
		m.roles[r.ID] = r
	}
	return c
}

// keepsPlace checks that a changed role can be where the old one is.
func (m *model) keepsPlace(r roles.Role, c codes) {
	for b := range m.bindings {
		c.when(b.role == r.ID && !m.fits(r, b.unit), roles.ErrInUse)
	}
	for _, heir := range m.roles {
		c.when(slices.Contains(heir.Inherits, r.ID) && !m.contains(r.Unit, heir.Unit), roles.ErrInUse)
	}
}

// fits reports whether a role can be bound at a unit.
func (m *model) fits(r roles.Role, unit scope.Ref) bool {
	return (len(r.At) == 0 || slices.Contains(r.At, unit.Type)) && (r.Fixed || m.contains(r.Unit, unit))
}

func (m *model) removeRole(id roles.RoleID) codes {
	c := codes{}
	r, there := m.roles[id]
	if c.when(!there, roles.ErrUnknown) || c.when(r.Fixed, roles.ErrFixed) {
		return c
	}
	for b := range m.bindings {
		c.when(b.role == id, roles.ErrInUse)
	}
	for _, heir := range m.roles {
		c.when(slices.Contains(heir.Inherits, id), roles.ErrInUse)
	}
	if len(c) == 0 {
		delete(m.roles, id)
	}
	return c
}

func (m *model) bind(b roles.Binding) codes {
	c := codes{}
	key := binding{b.User, b.Role, b.Unit}
	_, user := m.users[b.User]
	r, role := m.roles[b.Role]
	_, there := m.bindings[key]
	c.when(!user || !role, roles.ErrUnknown)
	if !c.when(m.rise(b.Unit) == nil, roles.ErrUnknown) {
		c.when(role && !m.fits(r, b.Unit), roles.ErrInvalid)
	}
	c.when(!b.From.IsZero() && !b.Until.IsZero() && !b.From.Before(b.Until), roles.ErrInvalid)
	c.when(there, roles.ErrDuplicate)
	if len(c) == 0 {
		if !b.From.IsZero() {
			b.From = b.From.UTC()
		}
		if !b.Until.IsZero() {
			b.Until = b.Until.UTC()
		}
		m.bindings[key] = b
	}
	return c
}

func (m *model) unbind(key binding) codes {
	c := codes{}
	if _, there := m.bindings[key]; !c.when(!there, roles.ErrUnknown) {
		delete(m.bindings, key)
	}
	return c
}

func (m *model) assign(a roles.Assignment) codes {
	c := codes{}
	_, user := m.users[a.User]
	c.when(!user, roles.ErrUnknown)
	if typ := m.schema.types.Type(a.Resource.Type); !c.when(typ == nil, roles.ErrUnknown) {
		c.when(typ.Unit() && m.rise(a.Resource) == nil, roles.ErrUnknown)
		c.when(!typ.Unit() && scope.CheckID(a.Resource.ID) != nil, roles.ErrInvalidID)
	}
	c.when(m.assignments[a], roles.ErrDuplicate)
	if len(c) == 0 {
		m.assignments[a] = true
	}
	return c
}

func (m *model) unassign(a roles.Assignment) codes {
	c := codes{}
	if !c.when(!m.assignments[a], roles.ErrUnknown) {
		delete(m.assignments, a)
	}
	return c
}

func (m *model) unassignAll(resource scope.Ref) codes {
	maps.DeleteFunc(m.assignments, func(a roles.Assignment, _ bool) bool { return a.Resource == resource })
	return nil
}

// same reports whether two models hold the same.
func (m *model) same(other *model) bool {
	return reflect.DeepEqual(m.units, other.units) && reflect.DeepEqual(m.users, other.users) &&
		reflect.DeepEqual(m.roles, other.roles) && maps.Equal(m.assignments, other.assignments) &&
		maps.EqualFunc(m.bindings, other.bindings, func(a, b roles.Binding) bool {
			return a.User == b.User && a.From.Equal(b.From) && a.Until.Equal(b.Until)
		})
}

// keys returns the keys of a map for which want holds, in order.
func keys[K comparable, V any](m map[K]V, order func(a, b K) int, want func(K, V) bool) []K {
	var list []K
	for k, v := range m {
		if want(k, v) {
			list = append(list, k)
		}
	}
	slices.SortFunc(list, order)
	return list
}
