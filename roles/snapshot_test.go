package roles_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// TestTheZeroSnapshotHasNothing: nobody, nowhere, not even Root's roles.
func TestTheZeroSnapshotHasNothing(t *testing.T) {
	var s roles.Snapshot
	require.Zero(t, s.Revision())
	require.Empty(t, s.Users())
	require.Empty(t, s.Roles())
	require.Empty(t, s.RolesOf(scope.Root()))
	require.Empty(t, s.Units("school", scope.Root()))
	require.Empty(t, s.UnitsIn(scope.Root()))
	require.Empty(t, s.Bindings("ann"))
	require.Empty(t, s.BindingsAt(scope.Root()))
	require.Empty(t, s.Holders("reader"))
	require.Empty(t, s.Closure("reader"))
	require.Empty(t, s.AssignedTo(s1))
	require.False(t, s.AssignmentsOf("ann").Has(s1))
	require.False(t, s.Contains(scope.Root(), leeds))
	_, _, ok := s.Locate(leeds)
	require.False(t, ok)
}

// TestTheZeroNamesNothing: no zero value, and not the root either, is a user, a
// unit or a role of a directory.
func TestTheZeroNamesNothing(t *testing.T) {
	s := newOffice(t).Snapshot()
	for _, ref := range []scope.Ref{{}, scope.Root(), {Type: "school"}} {
		_, ok := s.Unit(ref)
		require.False(t, ok)
		_, _, ok = s.Locate(ref)
		require.False(t, ok)
		require.Empty(t, s.Members(ref))
	}
	require.False(t, s.Contains(scope.Ref{}, s1))
	require.False(t, s.Contains(scope.Root(), scope.Ref{}))
	require.Empty(t, s.Units("school", scope.Ref{}), "nothing is not everything")
	require.Empty(t, s.Units("", scope.Root()))
	_, ok := s.User("")
	require.False(t, ok)
	_, ok = s.Role("")
	require.False(t, ok)
}

// TestAnUnknownUsersAccountIsInactiveAndEmpty: who forgets to ask whether there
// is such a user denies.
func TestAnUnknownUsersAccountIsInactiveAndEmpty(t *testing.T) {
	account, ok := newOffice(t).Snapshot().Account("nobody")
	require.False(t, ok)
	require.True(t, account.User().Inactive)
	require.Empty(t, slices.Collect(account.Bindings()))
	require.Empty(t, slices.Collect(account.All()))
	require.False(t, account.Has(s1))
}

// TestASnapshotStaysAsItIs, whatever is committed later, and whatever was
// derived from it before.
func TestASnapshotStaysAsItIs(t *testing.T) {
	d := newOffice(t)
	before := d.Snapshot()
	text, closure := contents(before), before.Closure("head")
	must(t, d, func(tx *roles.Tx) {
		tx.SetUnitAttributes(leeds, scope.Map{"warnings": 3})
		tx.Unbind("ann", "nurse", s1)
		tx.ChangeRole(roles.Role{ID: "nurse", Unit: leeds, Inherits: []roles.RoleID{"auditor"}})
		tx.RemoveUser("ann")
		tx.RemoveUnit(s1)
	})
	require.Equal(t, text, contents(before))
	require.Equal(t, []roles.RoleID{"head", "nurse", "reader"}, closure)
	require.Equal(t, closure, before.Closure("head"))
	require.Equal(t, []roles.RoleID{"head", "auditor", "nurse"}, d.Snapshot().Closure("head"))
	require.Equal(t, []roles.RoleID{"nurse", "head"}, before.Seniors("nurse"))
}

// TestWhatIsDerivedIsDerivedAgain (T-26): a closure that was asked for before a
// change does not outlive it, in a transaction neither.
func TestWhatIsDerivedIsDerivedAgain(t *testing.T) {
	d := newOffice(t)
	require.Equal(t, []roles.RoleID{"head", "nurse", "reader"}, d.Snapshot().Closure("head"))
	_, err := d.Update("test", func(tx *roles.Tx) error {
		tx.ChangeRole(roles.Role{ID: "nurse", Unit: leeds, Inherits: []roles.RoleID{"auditor"}})
		require.Equal(t, []roles.RoleID{"head", "auditor", "nurse"}, tx.Snapshot().Closure("head"))
		tx.ChangeRole(roles.Role{ID: "nurse", Unit: leeds})
		require.Equal(t, []roles.RoleID{"head", "nurse"}, tx.Snapshot().Closure("head"))
		tx.RemoveUser("nobody")
		return nil
	})
	require.Error(t, err)
	require.Equal(t, []roles.RoleID{"head", "nurse", "reader"}, d.Snapshot().Closure("head"))
}

// TestNobodySharesMemoryWithASnapshot: neither who put something in nor who got
// something out can change it.
func TestNobodySharesMemoryWithASnapshot(t *testing.T) {
	d := newWorld(t)
	attributes := scope.Map{"tags": []any{"x"}, "extra": map[string]any{"k": []byte("v")}}
	unitAttributes := scope.Map{"tags": []string{"x"}}
	role := roles.Role{ID: "nurse", Unit: leeds, At: []string{"school"}, Inherits: []roles.RoleID{"reader"},
		Grants: []roles.Grant{{Privileges: []roles.Action{"pupil.view"}, Scope: "all"}}}
	spoilMap := func(m scope.Map) {
		for _, v := range m {
			switch v := v.(type) {
			case []any:
				v[0] = "spoilt"
			case []string:
				v[0] = "spoilt"
			case map[string]any:
				v["k"].([]byte)[0] = '!'
				v["more"] = []byte{}
			}
		}
		m["dept"] = "spoilt"
	}
	spoilRole := func(r roles.Role) {
		r.At[0], r.Inherits[0], r.Grants[0].Privileges[0] = "spoilt", "spoilt", "spoilt"
		r.Grants[0].Scope = "spoilt"
	}
	must(t, d, func(tx *roles.Tx) {
		tx.AddUser(roles.User{ID: "cat", Attributes: attributes})
		tx.AddRole(role)
		tx.SetUnitAttributes(leeds, unitAttributes)
		tx.Bind("cat", "nurse", s1)
		tx.Bind("cat", "reader", s1)
		tx.Assign("cat", s1)
	})
	s := d.Snapshot()
	text := contents(s)
	spoilMap(attributes)
	spoilMap(unitAttributes)
	spoilRole(role)
	u, _ := s.User("cat")
	spoilMap(u.Attributes)
	unit, _ := s.Unit(leeds)
	spoilMap(unit.Attributes)
	r, _ := s.Role("nurse")
	spoilRole(r)
	spoilRole(s.Roles()[3])
	spoilRole(s.RolesOf(leeds)[0])
	for _, list := range [][]roles.Binding{s.Bindings("cat"), s.BindingsAt(s1), s.BindingsOf("nurse"), s.Holders("reader")} {
		list[0] = roles.Binding{}
	}
	s.Users()[0], s.Assignments("cat")[0], s.AssignedTo(s1)[0] = "spoilt", scope.Ref{}, "spoilt"
	s.Units("school", leeds)[0], s.UnitsIn(leeds)[0], s.Members(leeds)[0] = scope.Ref{}, scope.Ref{}, "spoilt"
	s.Seniors("nurse")[0] = "spoilt"
	_ = append(s.Closure("nurse"), "spoilt")
	require.Equal(t, text, contents(s))
	require.Equal(t, text, contents(d.Snapshot()))
	require.Equal(t, []roles.RoleID{"nurse", "reader"}, s.Closure("nurse"))
	require.Equal(t, []roles.RoleID{"nurse"}, s.Seniors("nurse"))
}

// TestReadersSeeAllOfACommitOrNothing (T-27, T-29), and never an older one
// after a newer: each commit gives and takes in pairs.
func TestReadersSeeAllOfACommitOrNothing(t *testing.T) {
	d := newWorld(t)
	pair := func(tx *roles.Tx, give bool) {
		if give {
			tx.Bind("ann", "reader", s1)
			tx.Assign("ann", s1)
			tx.AddRole(roles.Role{ID: "nurse", Unit: leeds, Inherits: []roles.RoleID{"reader"}})
			tx.Bind("bob", "nurse", s1)
			return
		}
		tx.Unbind("ann", "reader", s1)
		tx.Unassign("ann", s1)
		tx.Unbind("bob", "nurse", s1)
		tx.RemoveRole("nurse")
	}
	stop := make(chan struct{})
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			var last uint64
			for {
				select {
				case <-stop:
					return
				default:
				}
				s := d.Snapshot()
				given := s.Revision()%2 == 0
				seen := fmt.Sprint(len(s.Bindings("ann")) == 1, s.AssignmentsOf("ann").Has(s1), len(s.AssignedTo(s1)) == 1,
					len(s.Closure("nurse")) == 2, len(s.Holders("reader")) == 2, len(s.HoldersAt("nurse", s1)) == 1)
				if want := fmt.Sprint(given, given, given, given, given, given); seen != want || s.Revision() < last {
					t.Errorf("revision %d after %d is torn: %s", s.Revision(), last, seen)
					return
				}
				last = s.Revision()
			}
		})
	}
	for i := range 400 {
		c := must(t, d, func(tx *roles.Tx) { pair(tx, i%2 == 0) })
		require.Equal(t, c.Revision, d.Snapshot().Revision(), "who has updated sees it")
	}
	close(stop)
	wait.Wait()
}

func TestListsAreSorted(t *testing.T) {
	d := newWorld(t)
	must(t, d, func(tx *roles.Tx) {
		for _, id := range []roles.RoleID{"z", "m"} {
			for _, unit := range []scope.Ref{york, leeds} {
				tx.AddRole(roles.Role{ID: id + roles.RoleID(unit.ID), Unit: unit})
			}
		}
		for _, user := range []roles.UserID{"bob", "ann"} {
			tx.Bind(user, "writer", s2)
			tx.Bind(user, "reader", s2)
			tx.Bind(user, "reader", s1)
			tx.Bind(user, "writer", leeds)
		}
	})
	s := d.Snapshot()
	text := func(list []roles.Binding) (out []string) {
		for _, b := range list {
			out = append(out, b.String())
		}
		return out
	}
	var ids []roles.RoleID
	for _, r := range s.Roles() {
		ids = append(ids, r.ID)
	}
	require.Equal(t, []roles.RoleID{"writer", "reader", "auditor", "mleeds", "zleeds", "myork", "zyork"}, ids,
		"fixed roles as the policy orders them, then the others by unit")
	require.Equal(t, []string{"ann as reader at school:s1", "ann as reader at school:s2",
		"ann as writer at authority:leeds", "ann as writer at school:s2"}, text(s.Bindings("ann")))
	require.Equal(t, []string{"ann as reader at school:s2", "ann as writer at school:s2",
		"bob as reader at school:s2", "bob as writer at school:s2"}, text(s.BindingsAt(s2)))
	require.Equal(t, []string{"ann as writer at authority:leeds", "ann as writer at school:s2",
		"bob as writer at authority:leeds", "bob as writer at school:s2"}, text(s.BindingsOf("writer")))
	require.Equal(t, []string{"ann as reader at school:s2", "ann as writer at school:s2",
		"bob as reader at school:s2", "bob as writer at school:s2"}, text(s.HoldersAt("reader", s2)))
}
