package roles_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// What the machine draws from: little, so that changes meet each other, and
// some of it hostile.
var (
	someUnits = []scope.Ref{leeds, york, s1, s2, {Type: "provider", ID: "leeds"}, {Type: "authority", ID: "Leeds"}}
	oddUnits  = []scope.Ref{scope.Root(), {}, {Type: "school"}, {Type: "school", ID: "s1 "}, {Type: "school", ID: "s1\x00"},
		{Type: "pupil", ID: "p1"}, {Type: "shool", ID: "s1"}, {Type: "root", ID: "leeds"}}
	someUsers = []roles.UserID{"ann", "Ann", "e\u0301", "\u00e9"}
	oddUsers  = []roles.UserID{"", " ", "ann ", "an\u200bn", "ann\n", "\xff"}
	someRoles = []roles.RoleID{"a", "b", "c"}
	oddRoles  = []roles.RoleID{"reader", "writer", "auditor", "", "a\t"}
	resources = append(slices.Clone(someUnits), scope.Ref{Type: "pupil", ID: "p1"}, scope.Ref{Type: "pupil", ID: "leeds"})
	allUnits  = append(slices.Clone(someUnits), oddUnits...)
	allUsers  = append(slices.Clone(someUsers), oddUsers...)
	allRoles  = append(slices.Clone(someRoles), oddRoles...)
)

// often draws from some, and now and then from odd.
func often[T any](some, odd []T) *rapid.Generator[T] {
	return rapid.Custom(func(t *rapid.T) T {
		if rapid.IntRange(0, 9).Draw(t, "odd") == 9 {
			return rapid.SampledFrom(odd).Draw(t, "value")
		}
		return rapid.SampledFrom(some).Draw(t, "value")
	})
}

// A change is one change for a Tx and for the model.
type change struct {
	name  string
	tx    func(*roles.Tx)
	model func(*model) codes
}

var (
	drawUnit  = often(someUnits, oddUnits)
	drawUser  = often(someUsers, oddUsers)
	drawRole  = often(someRoles, oddRoles)
	drawTime  = rapid.SampledFrom([]time.Time{{}, start, start.Add(1), start.In(time.FixedZone("", 3600))})
	drawOwner = often([]scope.Ref{scope.Root(), leeds, s1}, allUnits)
)

func drawUserRecord(t *rapid.T) roles.User {
	return roles.User{
		ID:       drawUser.Draw(t, "user"),
		Unit:     often([]scope.Ref{{}, leeds, s1}, allUnits).Draw(t, "unit"),
		Inactive: rapid.Bool().Draw(t, "inactive"),
		Attributes: often([]scope.Map{nil, {}, {"dept": "a"}, {"tags": []string{"x"}}},
			[]scope.Map{{"dept": 1}, {"dpt": "a"}, {"dept": nil}}).Draw(t, "attributes"),
	}
}

func drawRoleRecord(t *rapid.T) roles.Role {
	return roles.Role{
		ID:         drawRole.Draw(t, "role"),
		Name:       often([]string{"", "", "Nurse", " nurse "}, []string{" ", "reader OF all", "B", "auditor"}).Draw(t, "name"),
		Unit:       drawOwner.Draw(t, "unit"),
		Fixed:      rapid.IntRange(0, 40).Draw(t, "fixed") == 40,
		Everything: rapid.IntRange(0, 40).Draw(t, "everything") == 40,
		At:         often([][]string{nil, {"school"}, {"school", "authority"}}, [][]string{{"pupil"}, {"shool"}, {"school", "school"}}).Draw(t, "at"),
		Inherits: often([][]roles.RoleID{nil, {"a"}, {"b"}, {"b", "c"}, {"c"}, {"writer"}},
			[][]roles.RoleID{{"a", "a"}, {"z"}, {"auditor", "a"}}).Draw(t, "inherits"),
		Grants: rapid.SampledFrom([][]roles.Grant{nil, {{Privileges: []roles.Action{"pupil.view"}, Scope: "all"}}}).Draw(t, "grants"),
	}
}

// draws are the kinds of change.
var draws = []func(*rapid.T, *model) change{
	func(t *rapid.T, m *model) change {
		unit, parent := drawUnit.Draw(t, "unit"), often([]scope.Ref{scope.Root(), leeds, york}, allUnits).Draw(t, "parent")
		return change{"add unit", func(tx *roles.Tx) { tx.AddUnit(unit, parent) }, func(m *model) codes { return m.addUnit(unit, parent) }}
	},
	func(t *rapid.T, m *model) change {
		unit := drawUnit.Draw(t, "unit")
		a := rapid.SampledFrom([]scope.Map{nil, {"warnings": 1}, {"warnings": "1"}, {"tags": []any{"x"}}}).Draw(t, "attributes")
		return change{"set attributes", func(tx *roles.Tx) { tx.SetUnitAttributes(unit, a) }, func(m *model) codes { return m.setUnitAttributes(unit, a) }}
	},
	func(t *rapid.T, m *model) change {
		unit := drawUnit.Draw(t, "unit")
		return change{"remove unit", func(tx *roles.Tx) { tx.RemoveUnit(unit) }, func(m *model) codes { return m.removeUnit(unit) }}
	},
	func(t *rapid.T, m *model) change {
		u := drawUserRecord(t)
		return change{"add user", func(tx *roles.Tx) { tx.AddUser(u) }, func(m *model) codes { return m.putUser(u, false) }}
	},
	func(t *rapid.T, m *model) change {
		u := drawUserRecord(t)
		return change{"change user", func(tx *roles.Tx) { tx.ChangeUser(u) }, func(m *model) codes { return m.putUser(u, true) }}
	},
	func(t *rapid.T, m *model) change {
		id := drawUser.Draw(t, "user")
		return change{"remove user", func(tx *roles.Tx) { tx.RemoveUser(id) }, func(m *model) codes { return m.removeUser(id) }}
	},
	func(t *rapid.T, m *model) change {
		r := drawRoleRecord(t)
		return change{"add role", func(tx *roles.Tx) { tx.AddRole(r) }, func(m *model) codes { return m.putRole(r, false) }}
	},
	func(t *rapid.T, m *model) change {
		r := drawRoleRecord(t)
		return change{"change role", func(tx *roles.Tx) { tx.ChangeRole(r) }, func(m *model) codes { return m.putRole(r, true) }}
	},
	func(t *rapid.T, m *model) change {
		id := drawRole.Draw(t, "role")
		return change{"remove role", func(tx *roles.Tx) { tx.RemoveRole(id) }, func(m *model) codes { return m.removeRole(id) }}
	},
	drawBind, drawBind, drawBind,
	func(t *rapid.T, m *model) change {
		b := binding{drawUser.Draw(t, "user"), often(allRoles, allRoles).Draw(t, "role"), drawUnit.Draw(t, "unit")}
		if known := m.selected(func(roles.Binding) bool { return true }); len(known) > 0 && rapid.Bool().Draw(t, "known") {
			at := rapid.SampledFrom(known).Draw(t, "binding")
			b = binding{at.User, at.Role, at.Unit}
		}
		return change{"unbind", func(tx *roles.Tx) { tx.Unbind(b.user, b.role, b.unit) }, func(m *model) codes { return m.unbind(b) }}
	},
	drawAssign, drawAssign,
	func(t *rapid.T, m *model) change {
		a := roles.Assignment{User: drawUser.Draw(t, "user"), Resource: rapid.SampledFrom(resources).Draw(t, "resource")}
		if known := m.resourcesOf(a.User); len(known) > 0 {
			a.Resource = rapid.SampledFrom(known).Draw(t, "assigned")
		}
		return change{"unassign", func(tx *roles.Tx) { tx.Unassign(a.User, a.Resource) }, func(m *model) codes { return m.unassign(a) }}
	},
	func(t *rapid.T, m *model) change {
		r := rapid.SampledFrom(resources).Draw(t, "resource")
		return change{"unassign all", func(tx *roles.Tx) { tx.UnassignAll(r) }, func(m *model) codes { return m.unassignAll(r) }}
	},
}

func drawBind(t *rapid.T, _ *model) change {
	b := roles.Binding{
		User: drawUser.Draw(t, "user"), Role: often(append(allRoles[:3:3], "reader", "auditor"), allRoles).Draw(t, "role"),
		Unit: often([]scope.Ref{scope.Root(), leeds, s1, s2}, allUnits).Draw(t, "unit"),
		From: drawTime.Draw(t, "from"), Until: drawTime.Draw(t, "until"),
	}
	return change{"bind", func(tx *roles.Tx) { tx.BindBetween(b.User, b.Role, b.Unit, b.From, b.Until) },
		func(m *model) codes { return m.bind(b) }}
}

func drawAssign(t *rapid.T, _ *model) change {
	a := roles.Assignment{User: drawUser.Draw(t, "user"), Resource: often(resources, oddUnits).Draw(t, "resource")}
	return change{"assign", func(tx *roles.Tx) { tx.Assign(a.User, a.Resource) }, func(m *model) codes { return m.assign(a) }}
}

// A machine is a directory beside its model.
type machine struct {
	d       *roles.Directory
	model   *model
	checked *roles.Snapshot // the last that was compared with the model
}

// transact makes a few changes at once in both, and sometimes fails after
// them.
func (m *machine) transact(t *rapid.T) {
	changes := make([]change, rapid.IntRange(1, 6).Draw(t, "changes"))
	next, wrong := m.model.clone(), codes{}
	for i := range changes {
		var c codes
		changes[i], c = drawChange(t, next)
		counts[fmt.Sprintf("%s: %t", changes[i].name, len(c) == 0)]++
		maps.Copy(wrong, c)
	}
	// A snapshot ends what a transaction changes in place: some are taken before
	// each change, some now and then, some never.
	watched := rapid.SampledFrom([]int{0, 0, 1, 1 << 30}).Draw(t, "changes between snapshots")
	failure := errors.New("the function fails")
	ending := rapid.SampledFrom([]string{"", "", "", "", "error", "panic", "err"}).Draw(t, "ending")
	run := func(tx *roles.Tx) error {
		var kept []*roles.Snapshot
		var texts []string
		for i, c := range changes {
			if i%(watched+1) < watched {
				c.tx(tx)
				continue
			}
			before, err := tx.Snapshot(), fmt.Sprint(tx.Err())
			kept, texts = append(kept, before), append(texts, contents(before))
			c.tx(tx)
			if fmt.Sprint(tx.Err()) != err {
				requireSame(t, before, tx.Snapshot())
			}
		}
		for i, s := range kept {
			require.Equal(t, texts[i], contents(s), "a snapshot of a transaction stays as it is")
		}
		switch ending {
		case "error":
			return failure
		case "panic":
			panic(failure)
		case "err":
			return tx.Err()
		}
		return nil
	}
	before := m.d.Snapshot()
	text := contents(before)
	dry, dryErr := m.d.DryRun("machine", run)
	require.Same(t, before, m.d.Snapshot(), "a dry run changes nothing")
	defer func() { require.Equal(t, text, contents(before), "a snapshot stays as it is") }()
	commit, err := m.d.Update("machine", run)
	require.Equal(t, fmt.Sprint(err), fmt.Sprint(dryErr), "the dry run says what the update says")
	require.Equal(t, commit, dry, "and does what it does")
	if ending == "error" || ending == "panic" {
		require.ErrorIs(t, err, failure)
	} else {
		require.Equal(t, len(wrong) == 0, err == nil, "refused or not: %v, by the model: %v", err, wrong)
	}
	for code := range wrong {
		require.ErrorIs(t, err, code)
	}
	if err != nil {
		require.Same(t, before, m.d.Snapshot(), "a refused change leaves no trace")
		requireOnly(t, err, wrong)
		return
	}
	replayed := m.model.clone()
	replayed.replay(commit.Changes)
	require.True(t, replayed.same(next), "a commit's changes lead to what is there now")
	require.Equal(t, before.Revision()+uint64(min(1, len(commit.Changes))), commit.Revision)
	require.Equal(t, commit.Revision, m.d.Snapshot().Revision())
	m.model = next
}

// drawChange draws a change and makes it in the model. Most can be made: it
// draws again a few times for one that can.
func drawChange(t *rapid.T, m *model) (change, codes) {
	tries := rapid.SampledFrom([]int{12, 12, 12, 12, 12, 12, 1}).Draw(t, "tries")
	draw := rapid.SampledFrom(draws).Draw(t, "draw")
	for {
		drawn := draw(t, m)
		wrong := drawn.model(m)
		if tries--; tries == 0 || len(wrong) == 0 {
			return drawn, wrong
		}
	}
}

// requireOnly checks that each change is refused for what the model says.
func requireOnly(t *rapid.T, err error, wrong codes) {
	var r *roles.Refusal
	require.True(t, errors.As(err, &r))
	for _, f := range r.Faults {
		var ce *roles.ChangeError
		if errors.As(f, &ce) {
			require.Contains(t, wrong, ce.Code, "%v", ce)
		}
	}
}

// counts says how often each kind of change was made and refused.
var counts = map[string]int{}

// TestADirectoryIsPlainMaps: whatever is changed, in whatever order, a
// directory refuses what a naive model refuses, for the same reasons, and every
// question about it has the answer that a search through everything gives.
func TestADirectoryIsPlainMaps(t *testing.T) {
	clear(counts)
	transactions := 0
	rapid.Check(t, func(t *rapid.T) {
		s := newSchema(t)
		m := &machine{d: newDirectory(t, s), model: newModel(s)}
		must(t, m.d, func(tx *roles.Tx) {
			tx.AddUnit(leeds, scope.Root())
			tx.AddUnit(s1, leeds)
			tx.AddUser(roles.User{ID: "ann"})
		})
		m.model.addUnit(leeds, scope.Root())
		m.model.addUnit(s1, leeds)
		m.model.putUser(roles.User{ID: "ann"}, false)
		t.Repeat(map[string]func(*rapid.T){
			"transact": func(t *rapid.T) { m.transact(t); transactions++ },
			"": func(t *rapid.T) {
				if now := m.d.Snapshot(); now != m.checked {
					m.model.check(t, now)
					m.checked = now
				}
			},
		})
	})
	for _, line := range slices.Sorted(maps.Keys(counts)) {
		t.Log(line, counts[line])
	}
	if transactions < 1000 {
		return // told to try but a few
	}
	for _, kind := range []string{"add unit", "set attributes", "remove unit", "add user", "change user", "remove user",
		"add role", "change role", "remove role", "bind", "unbind", "assign", "unassign"} {
		require.NotZero(t, counts[kind+": true"], "%s was never made", kind)
		require.NotZero(t, counts[kind+": false"], "%s was never refused", kind)
	}
}

// check asks the snapshot everything, and the model the same.
func (m *model) check(t *rapid.T, s *roles.Snapshot) {
	m.checkUnits(t, s)
	m.checkUsers(t, s)
	m.checkRoles(t, s)
}

func (m *model) checkUnits(t *rapid.T, s *roles.Snapshot) {
	for _, ref := range allUnits {
		u, ok := s.Unit(ref)
		same(t, m.units[ref], u, "unit %s", ref)
		parent, attributes, found := s.Locate(ref)
		same(t, m.units[ref], roles.Unit{Ref: u.Ref, Parent: parent, Attributes: attributes.Map()}, "locate %s", ref)
		same(t, ok, found, "locate %s", ref)
		same(t, keys(m.units, scope.Ref.Compare, func(_ scope.Ref, u roles.Unit) bool { return u.Parent == ref }), s.UnitsIn(ref), "units in %s", ref)
		for _, typ := range []string{"authority", "provider", "school", "pupil", "shool", "root"} {
			same(t, keys(m.units, scope.Ref.Compare, func(unit scope.Ref, _ roles.Unit) bool {
				return unit.Type == typ && m.contains(ref, unit)
			}), s.Units(typ, ref), "units of type %s in %s", typ, ref)
		}
		for _, inner := range allUnits {
			same(t, m.contains(ref, inner), s.Contains(ref, inner), "%s contains %s", ref, inner)
		}
		same(t, m.selected(func(b roles.Binding) bool { return b.Unit == ref }), s.BindingsAt(ref), "bindings at %s", ref)
		same(t, keys(m.users, cmp.Compare, func(_ roles.UserID, u roles.User) bool {
			return u.Unit == ref && !ref.IsZero()
		}), s.Members(ref), "members of %s", ref)
		var owned []roles.RoleID
		for _, r := range s.RolesOf(ref) {
			same(t, m.roles[r.ID], r, "role %s of %s", r.ID, ref)
			owned = append(owned, r.ID)
		}
		same(t, keys(m.roles, cmp.Compare, func(_ roles.RoleID, r roles.Role) bool { return !r.Fixed && r.Unit == ref }), owned, "roles of %s", ref)
	}
}

func (m *model) checkUsers(t *rapid.T, s *roles.Snapshot) {
	same(t, keys(m.users, cmp.Compare, func(roles.UserID, roles.User) bool { return true }), s.Users(), "users")
	for _, id := range allUsers {
		u, ok := s.User(id)
		same(t, m.users[id], u, "user %s", id)
		account, known := s.Account(id)
		same(t, ok, known, "account %s", id)
		own := m.selected(func(b roles.Binding) bool { return b.User == id })
		same(t, own, s.Bindings(id), "bindings of %s", id)
		same(t, own, slices.Collect(account.Bindings()), "bindings of account %s", id)
		assigned := m.resourcesOf(id)
		for _, r := range slices.Concat(resources, oddUnits) {
			same(t, m.assignments[roles.Assignment{User: id, Resource: r}], s.AssignmentsOf(id).Has(r), "%s is assigned to %s", r, id)
		}
		same(t, assigned, s.Assignments(id), "assignments of %s", id)
		same(t, assigned, slices.SortedFunc(s.AssignmentsOf(id).All(), scope.Ref.Compare), "all assignments of %s", id)
	}
	for _, r := range resources {
		same(t, keys(m.users, cmp.Compare, func(id roles.UserID, _ roles.User) bool {
			return m.assignments[roles.Assignment{User: id, Resource: r}]
		}), s.AssignedTo(r), "%s is assigned to", r)
	}
}

func (m *model) checkRoles(t *rapid.T, s *roles.Snapshot) {
	want := slices.Clone(m.schema.roles)
	custom := keys(m.roles, func(a, b roles.RoleID) int {
		return cmp.Or(m.roles[a].Unit.Compare(m.roles[b].Unit), cmp.Compare(a, b))
	}, func(_ roles.RoleID, r roles.Role) bool { return !r.Fixed })
	for _, id := range custom {
		want = append(want, m.roles[id])
	}
	same(t, want, s.Roles(), "roles")
	for _, id := range allRoles {
		r, known := s.Role(id)
		same(t, m.roles[id], r, "role %s", id)
		same(t, m.selected(func(b roles.Binding) bool { return b.Role == id }), s.BindingsOf(id), "bindings of role %s", id)
		holds := func(b roles.Binding) bool { return m.closure(b.Role)[id] }
		same(t, m.selected(holds), s.Holders(id), "holders of %s", id)
		for _, unit := range allUnits {
			same(t, m.selected(func(b roles.Binding) bool { return holds(b) && b.Unit == unit }), s.HoldersAt(id, unit), "holders of %s at %s", id, unit)
		}
		if !known {
			same(t, 0, len(s.Closure(id))+len(s.Seniors(id)), "closure and seniors of unknown %s", id)
			continue
		}
		same(t, m.closure(id), set(s.Closure(id)), "closure of %s", id)
		seniors := map[roles.RoleID]bool{}
		for other := range m.roles {
			if m.closure(other)[id] {
				seniors[other] = true
			}
		}
		same(t, seniors, set(s.Seniors(id)), "seniors of %s", id)
		for _, list := range [][]roles.RoleID{s.Closure(id), s.Seniors(id)} {
			require.Equal(t, id, list[0])
			require.True(t, slices.IsSorted(list[1:]), "%v", list)
		}
	}
}

func set[T comparable](list []T) map[T]bool {
	m := map[T]bool{}
	for _, v := range list {
		m[v] = true
	}
	return m
}

// same fails unless what the snapshot has is what the model has; an empty list
// is no list.
func same[T any](t *rapid.T, want, got T, format string, args ...any) {
	if reflect.DeepEqual(want, got) {
		return
	}
	if w := reflect.ValueOf(want); w.Kind() != reflect.Slice || w.Len()+reflect.ValueOf(got).Len() > 0 {
		t.Fatalf(format+": %#v, want %#v", append(args, got, want)...)
	}
}

// requireSame checks that two snapshots of a transaction have the same in them.
func requireSame(t *rapid.T, a, b *roles.Snapshot) {
	require.Equal(t, contents(a), contents(b), "a change that cannot be made changes nothing")
}

// contents is all that there is in a snapshot, as text.
func contents(s *roles.Snapshot) string {
	out := fmt.Sprintf("%d %#v\n", s.Revision(), s.Roles())
	for _, typ := range []string{"authority", "provider", "school"} {
		for _, ref := range s.Units(typ, scope.Root()) {
			u, _ := s.Unit(ref)
			out += fmt.Sprintf("%#v %v\n", u, s.BindingsAt(ref))
		}
	}
	for _, id := range s.Users() {
		u, _ := s.User(id)
		out += fmt.Sprintf("%#v %v %v\n", u, s.Bindings(id), s.Assignments(id))
	}
	return out
}
