package roles_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// T-28: whatever step of a load fails, by an error, a panic or a change that cannot
// be, nothing of it is kept: neither of an Update nor of a directory that is
// loaded.
func TestALoadThatFailsAnywhereKeepsNothing(t *testing.T) {
	broken := errors.New("the connection is gone")
	steps := []func(tx *roles.Tx){
		func(tx *roles.Tx) { tx.AddUnit(scope.NewRef("school", "s9"), leeds) },
		func(tx *roles.Tx) { tx.SetUnitAttributes(s1, nil) },
		func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "cat", Unit: s1}) },
		func(tx *roles.Tx) { tx.AddRole(roles.Role{ID: "nurse", Unit: leeds}) },
		func(tx *roles.Tx) { tx.Bind("cat", "nurse", s1) },
		func(tx *roles.Tx) { tx.Assign("cat", s2) },
		func(tx *roles.Tx) { tx.RemoveUser("bob") },
	}
	for at := range len(steps) + 1 {
		for name, fail := range map[string]func(tx *roles.Tx) error{
			"error":      func(*roles.Tx) error { return broken },
			"panic":      func(*roles.Tx) error { panic(broken) },
			"impossible": func(tx *roles.Tx) error { tx.Bind("nobody", "reader", s1); return nil },
		} {
			load := func(tx *roles.Tx) error {
				for i, step := range steps {
					if i == at {
						if err := fail(tx); err != nil {
							return err
						}
					}
					step(tx)
				}
				if at == len(steps) {
					return fail(tx)
				}
				return nil
			}
			d := newWorld(t)
			before := d.Snapshot()
			_, err := d.Update("load", load)
			require.Error(t, err)
			require.Same(t, before, d.Snapshot(), "%s at step %d", name, at)

			loaded, err := roles.LoadDirectory(newSchema(t), nil, nil, func(tx *roles.Tx) error {
				tx.AddUnit(leeds, scope.Root())
				tx.AddUnit(s1, leeds)
				tx.AddUnit(s2, leeds)
				tx.AddUser(roles.User{ID: "bob"})
				return load(tx)
			})
			require.Error(t, err)
			require.Nil(t, loaded, "%s at step %d", name, at)
		}
	}
}

// T-40: nothing refers to what is not there, and nothing waits for what may come:
// what a refused change named has nothing when it is added later.
func TestNothingRefersToWhatIsNotThere(t *testing.T) {
	gone, later := scope.NewRef("school", "gone"), scope.NewRef("school", "later")
	for i, dangling := range []func(tx *roles.Tx){
		func(tx *roles.Tx) { tx.Bind("later", "reader", s1) },
		func(tx *roles.Tx) { tx.Bind("ann", "later", s1) },
		func(tx *roles.Tx) { tx.Bind("ann", "reader", later) },
		func(tx *roles.Tx) { tx.Assign("later", s1) },
		func(tx *roles.Tx) { tx.Assign("ann", later) },
		func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "cat", Unit: later}) },
		func(tx *roles.Tx) { tx.AddRole(roles.Role{ID: "nurse", Unit: later}) },
		func(tx *roles.Tx) {
			tx.AddRole(roles.Role{ID: "nurse", Unit: leeds, Inherits: []roles.RoleID{"later"}})
		},
		func(tx *roles.Tx) { tx.AddUnit(gone, scope.NewRef("authority", "later")) },
	} {
		d := newWorld(t)
		refused(t, d, roles.ErrUnknown, dangling)
		must(t, d, func(tx *roles.Tx) {
			tx.AddUnit(later, leeds)
			tx.AddUser(roles.User{ID: "later"})
			tx.AddRole(roles.Role{ID: "later", Unit: leeds})
		})
		s := d.Snapshot()
		says := fmt.Sprintf("change %d", i)
		require.Empty(t, s.Bindings("later"), says)
		require.Empty(t, s.Assignments("later"), says)
		require.Empty(t, s.BindingsAt(later), says)
		require.Empty(t, s.AssignedTo(later), says)
		require.Empty(t, s.Members(later), says)
		require.Empty(t, s.Holders("later"), says)
	}
}

// T-10: no role inherits itself, in however many steps, nor by two changes that are
// made at once.
func TestNothingInheritsItself(t *testing.T) {
	role := func(id roles.RoleID, inherits ...roles.RoleID) roles.Role {
		return roles.Role{ID: id, Unit: leeds, Inherits: inherits}
	}
	d := newWorld(t)
	must(t, d, func(tx *roles.Tx) {
		tx.AddRole(role("a"))
		tx.AddRole(role("b", "a"))
		tx.AddRole(role("c", "b"))
	})
	for _, around := range []roles.RoleID{"a", "b", "c"} {
		refused(t, d, roles.ErrCycle, func(tx *roles.Tx) { tx.ChangeRole(role("a", around)) })
	}
	for range 50 {
		d := newWorld(t)
		must(t, d, func(tx *roles.Tx) { tx.AddRole(role("a")); tx.AddRole(role("b")) })
		var both sync.WaitGroup
		errs := make([]error, 2)
		for i, changed := range []roles.Role{role("a", "b"), role("b", "a")} {
			both.Go(func() {
				_, errs[i] = d.Update("test", func(tx *roles.Tx) error { tx.ChangeRole(changed); return nil })
			})
		}
		both.Wait()
		require.True(t, (errs[0] == nil) != (errs[1] == nil), "%v", errs)
		require.Len(t, d.Snapshot().Closure("a"), 1+map[bool]int{true: 1}[errs[0] == nil])
	}
}
