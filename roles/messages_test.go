package roles_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// T-11: what is said of an id is bounded, whatever is in it, and ends with a
// whole character where it has any.
func TestLongIDsAreCut(t *testing.T) {
	const shown = 2 * scope.MaxID
	for text, cut := range map[string]int{
		strings.Repeat("x", shown):             shown,
		strings.Repeat("x", shown+1):           shown,
		strings.Repeat("é", shown):             shown,
		"x" + strings.Repeat("é", shown):       shown - 1,
		"x" + strings.Repeat("𝄞", shown):       shown - 3,
		"xx" + strings.Repeat("𝄞", shown):      shown - 2,
		"xxx" + strings.Repeat("𝄞", shown):     shown - 1,
		"xxxx" + strings.Repeat("𝄞", shown):    shown,
		"x" + strings.Repeat("\x80", 2*shown):  shown - 4,
		strings.Repeat("x\x80", shown):         shown,
		"x" + strings.Repeat("x\x80", 2*shown): shown - 1,
	} {
		want := fmt.Sprintf("%q", text)
		if len(text) > shown {
			want = fmt.Sprintf("%q…", text[:cut])
		}
		said := refused(t, newWorld(t), roles.ErrInvalidID, func(tx *roles.Tx) { tx.AddUser(roles.User{ID: roles.UserID(text)}) })
		require.Equal(t, fmt.Sprintf("add_user %s: the id is %d bytes long, more than 256", want, len(text)), said)
	}
}

// An id of the greatest length is refused for what is wrong with it, not for its
// length.
func TestTheGreatestLengthIsNoFault(t *testing.T) {
	id := strings.Repeat("x", scope.MaxID-1) + "\n"
	said := refused(t, newWorld(t), roles.ErrInvalidID, func(tx *roles.Tx) { tx.AddUser(roles.User{ID: roles.UserID(id)}) })
	require.NotContains(t, said, "bytes long")
	said = refused(t, newWorld(t), roles.ErrUnknown, func(tx *roles.Tx) { tx.AddUnit(scope.NewRef("school", "s9"), scope.NewRef("authority", id)) })
	require.Contains(t, said, scope.NewRef("authority", id).String(), "as a reference is written")
	said = refused(t, newWorld(t), roles.ErrInvalid, func(tx *roles.Tx) { tx.AddUnit(scope.NewRef("school", "s9"), scope.NewRef(id, "leeds")) })
	require.Contains(t, said, scope.NewRef(id, "leeds").String())
}

// The list of who holds a role is bounded, and says how many more there are, if
// there are any.
func TestWhoHoldsARoleIsBounded(t *testing.T) {
	for holders, says := range map[int]string{19: "", 20: "", 21: " and 1 more", 40: " and 20 more"} {
		d := newOffice(t)
		must(t, d, func(tx *roles.Tx) {
			tx.AddRole(roles.Role{ID: "clerk", Unit: leeds})
			for i := range holders {
				id := roles.UserID(fmt.Sprintf("u%02d", i))
				tx.AddUser(roles.User{ID: id})
				tx.Bind(id, "clerk", leeds)
			}
		})
		said := refused(t, d, roles.ErrInUse, func(tx *roles.Tx) { tx.RemoveRole("clerk") })
		require.Equal(t, min(holders, 20)-1, strings.Count(said, ", "), said)
		require.True(t, strings.HasSuffix(said, fmt.Sprintf("u%02d", min(holders, 20)-1)+says), said)
	}
}

// Every change is asked about, whatever stands before it, and everything that is
// wrong with one is told.
func TestOneFaultHidesNoOther(t *testing.T) {
	s := newSchema(t)
	d := newWorldOf(t, s)
	wrong := fmt.Errorf("that is not for clerks")
	s.checkRole = func(_ *roles.Snapshot, r roles.Role) []error {
		if r.ID == "clerk" {
			return []error{wrong}
		}
		return nil
	}
	said := refused(t, d, roles.ErrInvalid, func(tx *roles.Tx) {
		tx.AddUser(roles.User{ID: "cat"})
		tx.AddRole(roles.Role{ID: "other", Unit: leeds})
		tx.AddRole(roles.Role{ID: "clerk", Unit: leeds})
	})
	require.Equal(t, "add_role clerk: that is not for clerks", said)
	_, err := d.Update("test", func(tx *roles.Tx) error { tx.AddRole(roles.Role{ID: "clerk", Unit: leeds}); return nil })
	require.ErrorIs(t, err, wrong, "the schema's own error is in it")

	said = refused(t, newWorld(t), roles.ErrInvalid, func(tx *roles.Tx) {
		tx.AddRole(roles.Role{ID: "new", Unit: leeds, Inherits: []roles.RoleID{"reader", "reader", "new", "nobody"}})
	})
	for _, each := range []string{"it inherits reader twice", "it inherits itself", "nobody"} {
		require.Contains(t, said, each)
	}
	var change *roles.ChangeError
	_, err = newWorld(t).Update("test", func(tx *roles.Tx) error { tx.AddUser(roles.User{}); return nil })
	require.ErrorAs(t, err, &change)
	require.Equal(t, []error{roles.ErrInvalidID}, change.Unwrap(), "and nothing that is nil")
}

// A binding can be until the end of the year 9999, and no longer.
func TestYearsHaveFourDigits(t *testing.T) {
	last := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	must(t, newWorld(t), func(tx *roles.Tx) { tx.BindBetween("ann", "reader", leeds, time.Time{}, last) })
	said := refused(t, newWorld(t), roles.ErrInvalid, func(tx *roles.Tx) {
		tx.BindBetween("ann", "reader", leeds, time.Time{}, last.Add(time.Second))
	})
	require.Contains(t, said, "the year 10000 is not one of 1 to 9999")
}

// Who ceases to listen takes nobody along.
func TestASubscriberEndsAlone(t *testing.T) {
	d := newWorld(t)
	heard := map[string]int{}
	first := d.Subscribe(func(roles.Commit) { heard["first"]++ })
	defer d.Subscribe(func(roles.Commit) { heard["second"]++ })()
	must(t, d, func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "cat"}) })
	first()
	must(t, d, func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "dan"}) })
	require.Equal(t, map[string]int{"first": 1, "second": 2}, heard)
}

// The zero Right is none of a catalog; a catalog tells of all names that are
// taken.
func TestACatalogTellsOfAllFaults(t *testing.T) {
	require.Equal(t, -1, roles.Right{}.Index())
	_, err := roles.NewCatalog([]roles.Privilege{
		{Name: "a", On: "x"}, {Name: "a", On: "x"}, {Name: "b", On: "x"}, {Name: "b", On: "x"},
		{Name: "c", On: "x", Levels: []string{"view", "edit"}}, {Name: "c.view", On: "x"}, {Name: "c.edit", On: "x"},
		{Name: "d.view", On: "x"}, {Name: "d.edit", On: "x"}, {Name: "d", On: "x", Levels: []string{"view", "edit"}},
	})
	require.Error(t, err)
	require.Len(t, strings.Split(err.Error(), "\n"), 6, "%v", err)
}
