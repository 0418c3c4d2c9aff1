package roles

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/internal/persist"
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
		require.Equal(t, size(want.Field(i)), size(got.Field(i)), want.Type().Field(i).Name)
	}
}

// size is how many entries there are in a field of a state: a map, an index or
// a table of them, a numbering, or the edit.
func size(v reflect.Value) (n int64) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return 0
		}
		return size(v.Elem())
	}
	if v.Kind() != reflect.Struct {
		return 0
	}
	if entries := v.FieldByName("size"); entries.IsValid() {
		n = entries.Int()
		if v.FieldByName("shift").IsValid() { // a vector, of a numbering
			n = 0
		}
		return n
	}
	for i := range v.NumField() {
		n += size(v.Field(i))
	}
	return n
}

// TestFreeNumbersAreInNoSet (T-39): in a directory that much was added to and
// removed from, each number is a unit's, or a user's, or free, and no set has
// one that is free: whoever gets it next has nothing.
func TestFreeNumbersAreInNoSet(t *testing.T) {
	types, err := scope.NewTypes([]scope.TypeSpec{{Name: "school", Unit: true}, {Name: "pupil", In: []string{"school"}}})
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		d, err := NewDirectory(noRules{types}, nil)
		require.NoError(t, err)
		var kept []*Snapshot
		id := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
		for range rapid.IntRange(1, 30).Draw(t, "updates") {
			change := func(tx *Tx) {
				user, unit := UserID(id.Draw(t, "user")), scope.NewRef("school", id.Draw(t, "school"))
				switch rapid.IntRange(0, 8).Draw(t, "change") {
				case 0:
					tx.RemoveUser(user)
				case 1:
					tx.RemoveUnit(unit)
				case 2:
					tx.AddUnit(unit, scope.Root())
				case 3:
					tx.AddUser(User{ID: user})
				case 4:
					tx.ChangeUser(User{ID: user, Unit: unit})
				case 5:
					tx.Bind(user, "reader", unit)
				case 6:
					tx.Assign(user, scope.NewRef("pupil", unit.ID))
				default:
					tx.Assign(user, unit)
				}
			}
			_, _ = d.Update("test", func(tx *Tx) error {
				for range rapid.IntRange(1, 4).Draw(t, "changes") {
					change(tx)
				}
				return nil
			})
			kept = append(kept, d.Snapshot())
		}
		for _, s := range kept {
			checkNumbers(t, s)
		}
	})
}

// checkNumbers checks what state.go says of numbers.
func checkNumbers(t *rapid.T, s *Snapshot) {
	units, users := map[uint32]scope.Ref{}, map[uint32]UserID{}
	for _, ref := range s.Units("school", scope.Root()) {
		e := s.units.get(ref)
		require.Same(t, e.Node, s.nodes.Get(ref))
		require.NotContains(t, units, e.number)
		require.Equal(t, ref, s.units.ref(e.number))
		require.False(t, s.units.byNumber.free.Has(e.number))
		units[e.number] = ref
	}
	require.Equal(t, len(units), s.nodes.Len())
	for a := range s.accounts.All() {
		require.NotContains(t, users, a.number)
		require.Equal(t, a.id, s.ids.get(a.number))
		require.False(t, s.ids.free.Has(a.number))
		users[a.number] = a.id
	}
	if s.units != nil {
		require.Equal(t, s.units.byNumber.things.Len(), len(units)+s.units.byNumber.free.Len())
	}
	require.Equal(t, s.ids.things.Len(), len(users)+s.ids.free.Len())
	for a := range s.accounts.All() {
		for number := range a.units.All() {
			require.Contains(t, units, number)
			to := s.unitsTo.At(number)
			require.True(t, to.Has(a.number))
			require.Equal(t, units[number], a.table.ref(number), "the account's table has it as it is now")
			require.Equal(t, number, a.table.node(units[number]).number)
		}
	}
	for ref, numbers := range s.below.All() {
		require.True(t, ref == scope.Root() || s.units.get(ref) != nil)
		requireAll(t, units, numbers)
	}
	for i := range s.unitsTo.Len() {
		number := uint32(i)
		to := s.unitsTo.At(number)
		if _, ok := units[number]; !ok {
			require.True(t, to.Empty(), "a free number is nobody's")
			continue
		}
		for user := range to.All() {
			require.True(t, s.accounts.Get(users[user]).units.Has(number))
		}
	}
	for _, index := range []numbersOf{s.members, s.assigned} {
		for _, numbers := range index.All() {
			requireAll(t, users, numbers)
		}
	}
	for _, numbers := range s.bindings.All() {
		requireAll(t, users, numbers)
	}
}

func requireAll[T any](t *rapid.T, known map[uint32]T, numbers persist.Numbers) {
	require.False(t, numbers.Empty())
	for number := range numbers.All() {
		require.Contains(t, known, number)
	}
}

// alike are two ids of which the hash says that they may be the same.
func alike() (one, other string) {
	seen := map[uint32]string{}
	for i := 0; ; i++ {
		other = fmt.Sprint("u", i)
		hash := uint32(persist.Hash(other) >> 32)
		if one = seen[hash]; one != "" {
			return one, other
		}
		seen[hash] = other
	}
}

// T-08: nobody is taken for somebody else because their ids have one hash, and no unit for
// another.
func TestTwoIDsOfOneHashAreTwo(t *testing.T) {
	types, err := scope.NewTypes([]scope.TypeSpec{{Name: "school", Unit: true}})
	require.NoError(t, err)
	one, other := alike()
	here, there := scope.NewRef("school", one), scope.NewRef("school", other)
	d, err := LoadDirectory(noRules{types}, nil, nil, func(tx *Tx) error {
		tx.AddUnit(here, scope.Root())
		tx.AddUser(User{ID: UserID(one)})
		tx.Bind(UserID(one), "reader", here)
		for i := range 100 { // so many that they are looked for by their hashes
			tx.AddUnit(scope.NewRef("school", fmt.Sprint("s", i)), scope.Root())
			tx.AddUser(User{ID: UserID(fmt.Sprint("s", i))})
		}
		return nil
	})
	require.NoError(t, err)
	require.Same(t, d.Snapshot().accounts.Guess(persist.Hash(one)), d.Snapshot().accounts.Guess(persist.Hash(other)), "they are alike")
	require.Same(t, d.Snapshot().nodes.Guess(hashOf(here)), d.Snapshot().nodes.Guess(hashOf(there)))

	account, ok := d.Snapshot().Account(UserID(other))
	require.False(t, ok, "%s is not %s", other, one)
	require.Zero(t, account.Held())
	require.Nil(t, d.Snapshot().Node(there))
	_, err = d.Update("ann", func(tx *Tx) error {
		tx.AddUnit(there, scope.Root())
		tx.AddUser(User{ID: UserID(other)})
		return nil
	})
	require.NoError(t, err)
	for _, id := range []string{one, other} {
		account, ok := d.Snapshot().Account(UserID(id))
		require.True(t, ok)
		require.Equal(t, UserID(id), account.User().ID)
		require.Equal(t, scope.NewRef("school", id), d.Snapshot().Node(scope.NewRef("school", id)).Ref())
	}
}

// The actions of a policy, with names as policies have them, are found in one look.
func TestTheActionsOfAPolicyAreInATable(t *testing.T) {
	var all []Privilege
	for _, name := range []string{"pupil", "school", "case", "note", "user", "role", "agency", "document", "prescription"} {
		all = append(all, Privilege{Name: name, On: "school", Levels: []string{"view", "update", "remove"}})
	}
	c, err := NewCatalog(all)
	require.NoError(t, err)
	require.NotNil(t, c.table)
}

// A refusal tells of so many faults, and how many there are besides.
func TestARefusalTellsOfSomeFaults(t *testing.T) {
	for _, n := range []int{1, maxFaults, maxFaults + 1, 2 * maxFaults} {
		var r *Refusal
		require.ErrorAs(t, refuse("ann", make([]error, n)), &r)
		require.Len(t, r.Faults, min(n, maxFaults))
		require.Equal(t, max(0, n-maxFaults), r.Omitted)
	}
	require.NoError(t, refuse("ann", nil))
	require.ErrorIs(t, refuse("ann", []error{errors.ErrUnsupported}), errors.ErrUnsupported)
}
