package roles

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// noRules is a schema of schools and of the role reader.
type noRules struct{ types *scope.Types }

func (s noRules) Types() *scope.Types                                  { return s.types }
func (noRules) UserAttributes() *scope.AttributeTypes                  { return &scope.AttributeTypes{} }
func (noRules) Roles() []Role                                          { return []Role{{ID: "reader"}} }
func (noRules) CheckRole(*Snapshot, Role) []error                      { return nil }
func (noRules) Validate(*Snapshot, []Change, time.Time) []*Violation   { return nil }
func (noRules) ValidateAll(after *Snapshot, at time.Time) []*Violation { return nil }

// TestWhatIsRemovedLeavesNothing: a directory that everything was added to and
// removed from is as it was at first, every index of it.
func TestWhatIsRemovedLeavesNothing(t *testing.T) {
	types, err := scope.NewTypes([]scope.TypeSpec{{Name: "school", Unit: true}})
	require.NoError(t, err)
	d, err := NewDirectory(noRules{types}, nil)
	require.NoError(t, err)
	first := d.Snapshot()
	s1, s2 := scope.NewRef("school", "s1"), scope.NewRef("school", "s2")
	for _, fn := range []func(tx *Tx){
		func(tx *Tx) {
			tx.AddUnit(s1, scope.Root())
			tx.AddUnit(s2, scope.Root())
			tx.AddUser(User{ID: "ann", Unit: s1})
			tx.AddUser(User{ID: "bob"})
			tx.AddRole(Role{ID: "nurse", Unit: s1, Inherits: []RoleID{"reader"}})
			tx.AddRole(Role{ID: "head", Unit: s1, Inherits: []RoleID{"nurse"}})
			tx.Bind("ann", "nurse", s1)
			tx.Bind("bob", "nurse", s1)
			tx.Bind("ann", "reader", s2)
			tx.Assign("ann", s1)
			tx.Assign("bob", s1)
		},
		func(tx *Tx) {
			tx.ChangeUser(User{ID: "ann", Unit: s2})
			tx.ChangeUser(User{ID: "bob", Unit: s1})
			tx.ChangeRole(Role{ID: "nurse", Name: "Nurse", Unit: scope.Root()})
			tx.Unbind("bob", "nurse", s1)
			tx.Unassign("bob", s1)
		},
		func(tx *Tx) {
			tx.RemoveUser("ann")
			tx.RemoveUser("bob")
			tx.RemoveRole("head")
			tx.RemoveRole("nurse")
			tx.RemoveUnit(s1)
			tx.RemoveUnit(s2)
		},
	} {
		_, err := d.Update("test", func(tx *Tx) error { fn(tx); return nil })
		require.NoError(t, err)
	}
	last := d.Snapshot()
	want, got := reflect.ValueOf(first.state), reflect.ValueOf(last.state)
	for i := range want.NumField() {
		// The fields are maps, or indexes, which are maps.
		require.Equal(t, size(want.Field(i)), size(got.Field(i)), want.Type().Field(i).Name)
	}
}

// size is the number of entries of a persist.Map or persist.Index.
func size(v reflect.Value) int64 {
	if m := v.FieldByName("m"); m.IsValid() {
		v = m
	}
	return v.FieldByName("size").Int()
}
