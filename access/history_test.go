package access_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A policy whose answers look at all that is kept of users, roles and units.
const historic = `
policy: historic
users: {attributes: {grade: int}}
resources:
  town:   {unit: true, attributes: {open: bool}}
  school: {unit: true, in: town, attributes: {open: bool, size: int}}
  pupil:  {in: school}
privileges: {visit: {on: town}, list: {on: school}, keep: {on: school}, read: {on: pupil}}
scopes:
  all: "true"
  assigned: assigned(resource)
  beside: "!assigned(resource) && resource.open"
  home: user.town.id == resource.town.id && user.town.open
  large: resource.size > user.grade
  town_open: resource.town.open
roles:
  clerk:  {grants: [{privileges: [visit, list, read], scope: assigned}]}
  member: {grants: [{privileges: [list, read], scope: home}]}
  keeper: {grants: [{privileges: [keep], scope: large}, {privileges: [list], scope: beside}]}
constraints:
  - {name: open, on: [keep], require: resource.town.open}
`

// A history is a directory that has changed.
type history struct {
	*rand.Rand
	t       *testing.T
	engines []*access.Engine // of equal policies
	in      *roles.Directory
}

func newHistory(t *testing.T, seed uint64) *history {
	h := &history{Rand: rand.New(rand.NewPCG(seed, 7)), t: t}
	var err error
	p := parse(t, historic)
	h.in, err = roles.NewDirectory(p, nil)
	require.NoError(t, err)
	h.engines = []*access.Engine{access.New(p, h.in, nil), access.New(parse(t, historic), h.in, nil)}
	return h
}

var (
	historicTowns   = []scope.Ref{scope.NewRef("town", "a"), scope.NewRef("town", "b")}
	historicSchools = []scope.Ref{scope.NewRef("school", "1"), scope.NewRef("school", "2"), scope.NewRef("school", "3")}
	historicPeople  = []roles.UserID{"ann", "bob", "cy"}
	historicScopes  = []string{"all", "assigned", "beside", "home", "large", "town_open"}
)

func one[T any](h *history, of []T) T { return of[h.IntN(len(of))] }

// step draws one change, which may not be possible.
func (h *history) step(tx *roles.Tx) {
	unit, user := one(h, slices.Concat(historicTowns, historicSchools)), one(h, historicPeople)
	role := one(h, []roles.RoleID{"clerk", "member", "keeper", "own"})
	switch h.IntN(12) {
	case 0, 1:
		parent := scope.Root()
		if unit.Type == "school" {
			parent = one(h, historicTowns)
		}
		tx.AddUnit(unit, parent)
	case 2:
		tx.RemoveUnit(unit)
	case 3:
		m := scope.Map{"open": h.IntN(2) == 0}
		if unit.Type == "school" {
			m["size"] = h.IntN(4)
		}
		tx.SetUnitAttributes(unit, m)
	case 4:
		tx.AddUser(roles.User{ID: user, Attributes: scope.Map{"grade": h.IntN(4)}})
	case 5:
		u := roles.User{ID: user, Attributes: scope.Map{"grade": h.IntN(4)}, Inactive: h.IntN(6) == 0}
		if h.IntN(3) > 0 {
			u.Unit = unit
		}
		tx.ChangeUser(u)
	case 6:
		if h.IntN(3) == 0 {
			tx.RemoveUser(user)
		}
	case 7, 8:
		tx.Assign(user, one(h, []scope.Ref{unit, scope.NewRef("pupil", "p")}))
	case 9:
		tx.Unassign(user, unit)
	case 10:
		tx.Bind(user, role, one(h, []scope.Ref{unit, scope.Root()}))
	case 11:
		r := roles.Role{ID: "own", Name: "own", Unit: scope.Root()}
		r.Grants = []roles.Grant{{Privileges: []roles.Action{one(h, []roles.Action{"list", "keep"})}, Scope: one(h, historicScopes)}}
		if _, ok := tx.Snapshot().Role("own"); ok {
			tx.ChangeRole(r)
		} else {
			tx.AddRole(r)
		}
	}
}

// anew makes a directory at once that is as a snapshot is.
func anew(t *testing.T, p *policy.Policy, from *roles.Snapshot) *roles.Directory {
	d, err := roles.NewDirectory(p, nil)
	require.NoError(t, err)
	_, err = d.Update("anew", func(tx *roles.Tx) error {
		for _, ofType := range []string{"town", "school"} {
			for _, ref := range from.Units(ofType, scope.Root()) {
				u, _ := from.Unit(ref)
				tx.AddUnit(ref, u.Parent)
				tx.SetUnitAttributes(ref, u.Attributes)
			}
		}
		for _, r := range from.Roles() {
			if !r.Fixed {
				tx.AddRole(r)
			}
		}
		for _, id := range from.Users() {
			u, _ := from.User(id)
			tx.AddUser(u)
			for _, b := range from.Bindings(id) {
				tx.Bind(b.User, b.Role, b.Unit)
			}
			for _, ref := range from.Assignments(id) {
				tx.Assign(id, ref)
			}
		}
		return nil
	})
	require.NoError(t, err)
	return d
}

// byValue returns a user as an application gives them that knows as much, and more
// than there is by now.
func byValue(in *roles.Snapshot, id roles.UserID) (roles.Principal, bool) {
	u, ok := in.User(id)
	p := roles.Principal{User: u}
	p.Bindings, p.Assignments = in.Bindings(id), append(in.Assignments(id), scope.NewRef("school", "gone"))
	slices.Reverse(p.Bindings)
	return p, ok
}

// everything is all that a session's user may do and why, as text.
func everything(s *access.Session) string {
	text := ""
	for _, ref := range slices.Concat(historicTowns, historicSchools) {
		r := scope.Resource{Type: ref.Type, ID: ref.ID}
		for d := range s.Capabilities(r) {
			text += fmt.Sprintln(ref, d.Action(), d)
		}
		for _, action := range []roles.Action{"visit", "list", "keep"} {
			text += fmt.Sprintln(ref, action, s.Decide(action, r))
		}
	}
	for _, school := range historicSchools {
		text += fmt.Sprintln(s.Decide("read", scope.Resource{Type: "pupil", ID: "p", Parent: school}))
	}
	for _, action := range []roles.Action{"visit", "list", "keep"} {
		units, err := s.Units(action)
		text += fmt.Sprintln(action, units, err)
		var decided []string
		for _, ref := range slices.Concat(historicTowns, historicSchools) {
			if s.Decide(action, scope.Resource{Type: ref.Type, ID: ref.ID}).Allowed() {
				decided = append(decided, ref.ID)
			}
		}
		if err == nil && !slices.Equal(units, decided) {
			text += fmt.Sprintf("UNITS DIFFER: %s: %v, by Decide %v\n", action, units, decided)
		}
	}
	return text
}

// What was there before, what was only tried, and who else asks, changes no answer:
// not numbers of units and users that are used again, not roles that come back, not
// an older session that is still asked. Each answer is that of a directory which
// was made so at once.
func TestAHistoryChangesNoAnswer(t *testing.T) {
	type kept struct {
		session *access.Session
		want    string
	}
	for seed := range uint64(8) {
		h := newHistory(t, seed)
		var old []kept
		for step := range 60 {
			change := func(tx *roles.Tx) error { h.step(tx); return nil }
			if h.IntN(4) == 0 { // only tried
				h.engines[0].Preview(change)
			} else {
				for range 1 + h.IntN(3) {
					_, _ = h.in.Update("test", change)
				}
			}
			fresh := parse(t, historic)
			made := access.New(fresh, anew(t, fresh, h.in.Snapshot()), nil)
			for _, user := range historicPeople {
				want := everything(made.For(user, nil))
				require.NotContains(t, want, "UNITS DIFFER")
				for i, e := range h.engines {
					s := e.For(user, nil)
					require.Equal(t, want, everything(s), "seed %d, step %d, engine %d", seed, step, i)
					if p, ok := byValue(h.in.Snapshot(), user); ok {
						require.Equal(t, want, everything(e.ForPrincipal(p, nil)), "seed %d, step %d, engine %d, by value", seed, step, i)
					}
					if h.IntN(8) == 0 {
						old = append(old, kept{s, want})
					}
				}
			}
			for range min(3, len(old)) {
				k := one(h, old)
				require.Equal(t, k.want, everything(k.session), "seed %d, step %d, of an older session", seed, step)
			}
		}
	}
}
