package roles_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// load loads what fn puts into a directory.
func load(s *schema, fn func(tx *roles.Tx)) (*roles.Directory, error) {
	return roles.LoadDirectory(s, &roles.Options{Clock: func() time.Time { return start }}, nil,
		func(tx *roles.Tx) error { fn(tx); return nil })
}

// TestALoadedDirectoryIsAsAfterAnUpdate, and goes on as one: it is at revision
// 1, and its next commit is the second.
func TestALoadedDirectoryIsAsAfterAnUpdate(t *testing.T) {
	p := newPopulace(scale{"", 3, 30, 60, 600, 6})
	put := func(tx *roles.Tx) {
		p.put(tx)
		tx.Unassign(p.ids[0], p.schoolOf(0, 0))
		tx.RemoveUser(p.ids[1])
		tx.SetUnitAttributes(p.authorities[0], scope.Map{"warnings": 2})
	}
	loaded, err := load(newSchema(t), put)
	require.NoError(t, err)
	updated := newDirectory(t, newSchema(t))
	must(t, updated, put)
	require.Equal(t, contents(updated.Snapshot()), contents(loaded.Snapshot()))
	var told []uint64
	loaded.Subscribe(func(c roles.Commit) { told = append(told, c.Revision) })
	must(t, loaded, func(tx *roles.Tx) { tx.RemoveUser(p.ids[2]) })
	require.Equal(t, []uint64{2}, told)
}

func TestALoadOfNothingIsANewDirectory(t *testing.T) {
	d, err := load(newSchema(t), func(*roles.Tx) {})
	require.NoError(t, err)
	require.Zero(t, d.Snapshot().Revision())
	require.Equal(t, contents(newDirectory(t, newSchema(t)).Snapshot()), contents(d.Snapshot()))
}

// TestALoadIsRefusedAsAWhole for anything that an Update is refused for, and all
// that is wrong is told, as far as 100 faults.
func TestALoadIsRefusedAsAWhole(t *testing.T) {
	broken := errors.New("broken")
	fine := func(tx *roles.Tx) {
		tx.AddUnit(leeds, scope.Root())
		tx.AddRole(roles.Role{ID: "nurse", Unit: leeds})
		tx.AddRole(roles.Role{ID: "head", Unit: leeds, Inherits: []roles.RoleID{"nurse"}})
	}
	s := newSchema(t)
	for _, c := range []struct {
		name  string
		setup func(s *schema)
		put   func(tx *roles.Tx) error
		want  string
	}{
		{"every change that cannot be made", nil, func(tx *roles.Tx) error {
			tx.AddUnit(s1, leeds)
			tx.Bind("ann", "reader", leeds)
			return nil
		}, lines("add_unit school:s1 in authority:leeds: unknown unit authority:leeds",
			"bind ann as reader at authority:leeds: unknown user ann", "bind ann as reader at authority:leeds: unknown unit authority:leeds")},
		{"the function's error", nil, func(*roles.Tx) error { return broken }, "broken"},
		{"the function's panic", nil, func(*roles.Tx) error { panic(broken) }, "panic: broken"},
		{"each custom role that the schema does not take", func(s *schema) {
			s.checkRole = func(in *roles.Snapshot, r roles.Role) []error {
				require.Len(t, in.RolesOf(leeds), 2, "it sees all that was put in")
				return []error{fmt.Errorf("no %s", r.ID)}
			}
		}, func(tx *roles.Tx) error { fine(tx); return nil }, lines("add_role head: no head", "add_role nurse: no nurse")},
		{"each invariant that does not hold", func(s *schema) {
			s.validate = func(after *roles.Snapshot, changes []roles.Change, at time.Time) []*roles.Violation {
				require.Nil(t, changes, "all of it is asked about, not the changes")
				require.Equal(t, start, at)
				return []*roles.Violation{{Invariant: "i", Kind: "authority", Subject: "leeds"},
					{Invariant: "w", Kind: "authority", Subject: "leeds", Severity: roles.Warn}}
			}
		}, func(tx *roles.Tx) error { fine(tx); return nil }, `authority leeds: "i" does not hold`},
		{"a panic of the schema", func(s *schema) {
			s.validate = func(*roles.Snapshot, []roles.Change, time.Time) []*roles.Violation { panic(broken) }
		}, func(tx *roles.Tx) error { fine(tx); return nil }, "panic: broken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := *s
			if c.setup != nil {
				c.setup(&s)
			}
			d, err := roles.LoadDirectory(&s, &roles.Options{Clock: func() time.Time { return start }}, nil, c.put)
			require.Nil(t, d)
			require.EqualError(t, err, c.want)
			var r *roles.Refusal
			require.ErrorAs(t, err, &r)
		})
	}
	_, err := load(s, func(tx *roles.Tx) {
		for i := range 250 {
			tx.RemoveUser(roles.UserID(fmt.Sprint("u", i)))
		}
	})
	var r *roles.Refusal
	require.ErrorAs(t, err, &r)
	require.Len(t, r.Faults, 100)
	require.Equal(t, 150, r.Omitted)
	_, err = roles.LoadDirectory(nil, nil, nil, nil)
	require.Error(t, err)
}

// TestAWarningDoesNotRefuseALoad.
func TestAWarningDoesNotRefuseALoad(t *testing.T) {
	s := newSchema(t)
	s.validate = func(*roles.Snapshot, []roles.Change, time.Time) []*roles.Violation {
		return []*roles.Violation{{Invariant: "w", Kind: "authority", Subject: "leeds", Severity: roles.Warn}}
	}
	d, err := load(s, func(tx *roles.Tx) { tx.AddUnit(leeds, scope.Root()) })
	require.NoError(t, err)
	require.True(t, d.Snapshot().Contains(scope.Root(), leeds))
}

// TestALoadTellsOfItsProgress: how many changes it has made, more each time, and
// all of them when it is done; a load that is refused never says so. Whoever is
// told may look at the transaction, and may fail.
func TestALoadTellsOfItsProgress(t *testing.T) {
	const users = 100_000
	for _, wrong := range []bool{false, true} {
		var told []int
		var tx *roles.Tx
		_, err := roles.LoadDirectory(newSchema(t), nil, func(done int) {
			require.NoError(t, tx.Err())
			told = append(told, done)
		}, func(now *roles.Tx) error {
			tx = now
			for i := range users {
				tx.AddUser(roles.User{ID: roles.UserID(fmt.Sprint("u", i))})
			}
			if wrong {
				tx.RemoveUser("nobody")
			}
			return nil
		})
		require.Equal(t, wrong, err != nil)
		require.Greater(t, len(told), 4)
		require.True(t, slices.IsSorted(told))
		require.Len(t, slices.Compact(told), len(told))
		require.Equal(t, !wrong, told[len(told)-1] == users)
	}
	_, err := roles.LoadDirectory(newSchema(t), nil, func(int) { panic("told") }, func(*roles.Tx) error { return nil })
	var p *roles.PanicError
	require.ErrorAs(t, err, &p)
}
