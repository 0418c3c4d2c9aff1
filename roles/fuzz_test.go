package roles_test

import (
	"errors"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// FuzzTx holds, of any text as the ids of a user, a role, a unit and a resource:
// all of it becomes so under the very ids, or nothing does, and the refusal is
// one that can be read.
func FuzzTx(f *testing.F) {
	for _, seed := range [][3]string{
		{"ann", "collector", "s1"}, {"bob", "ncmp_lead", "s9"}, {"ANN", "reader", "a:b"}, {"", "", ""}, {"x\x00", "é", "\u202e"},
		{"c\u0301", "writer", "\xff"}, {" dan", "c1", "root"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, user, role, id string) {
		d := newWorld(t)
		before := d.Snapshot()
		who, what := roles.UserID(user), roles.RoleID(role)
		unit, pupil := scope.NewRef("school", id), scope.NewRef("pupil", id)
		_, err := d.Update(user, func(tx *roles.Tx) error {
			tx.AddUser(roles.User{ID: who, Unit: leeds})
			tx.AddRole(roles.Role{ID: what, Name: role + user, Unit: leeds})
			tx.AddUnit(unit, leeds)
			tx.Bind(who, what, unit)
			tx.Assign(who, pupil)
			return nil
		})
		after := d.Snapshot()
		if err != nil {
			var refusal *roles.Refusal
			require.True(t, errors.As(err, &refusal), "%T", err)
			require.NotEmpty(t, refusal.Faults)
			for _, r := range err.Error() {
				require.False(t, unicode.IsControl(r) && r != '\n', "%q", err)
			}
			require.Equal(t, before.Revision(), after.Revision())
			return
		}
		require.NoError(t, scope.CheckID(user))
		require.NoError(t, scope.CheckID(id))
		account, ok := after.Account(who)
		require.True(t, ok)
		_, bound := account.Binding(what, unit)
		require.True(t, bound)
		require.True(t, account.Has(pupil))
		parent, _, ok := after.Locate(unit)
		require.True(t, ok)
		require.Equal(t, leeds, parent)
	})
}
