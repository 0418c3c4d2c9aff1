package roles_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// placeless is a snapshot that keeps no places for others.
type placeless struct{ *roles.Snapshot }

var (
	placeTowns = []scope.Ref{scope.NewRef("authority", "a1"), scope.NewRef("authority", "a2")}
	placeFirms = []scope.Ref{scope.NewRef("provider", "p1"), scope.NewRef("provider", "p2")}
	placeUnits = append(append([]scope.Ref{scope.NewRef("school", "s1"), scope.NewRef("school", "s2")}, placeFirms...), placeTowns...)
)

// samePlace holds a place that is kept against one that is made anew.
func samePlace(t require.TestingT, types *scope.Types, in *roles.Snapshot, unit scope.Ref) {
	want, err := types.Locate(scope.Resource{Type: unit.Type, ID: unit.ID}, placeless{in})
	kept := in.Place(unit)
	if err != nil {
		require.Nil(t, kept, unit)
		return
	}
	for ; want != nil; want, kept = want.Parent(), kept.Parent() {
		require.NotNil(t, kept, unit)
		require.Equal(t, want.Ref(), kept.Ref())
		for _, field := range []string{"id", "type", "warnings", "tags"} {
			require.Equal(t, want.Field(field), kept.Field(field), "%s: %s of %s", unit, field, want.Ref())
		}
		if above := want.Parent(); above != nil {
			require.NotNil(t, kept.Parent())
			require.Equal(t, above.Field("warnings"), kept.Field(above.Ref().Type).(interface{ Field(string) any }).Field("warnings"), "what conditions see of %s above %s", above.Ref(), want.Ref())
		}
	}
	require.Nil(t, kept)
}

// T-26: whatever is changed, in one update or in several, and whenever somebody looked,
// the place that a snapshot keeps of a unit is the one that it had if nothing were
// kept; and so are assignments and the home of users, who are asked by it.
func TestPlacesKeptAreThoseMadeAnew(t *testing.T) {
	s := newSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		d := newDirectory(t, s)
		must(t, d, func(tx *roles.Tx) {
			tx.AddUnit(placeTowns[0], scope.Root())
			tx.AddUnit(placeFirms[0], placeTowns[0])
			tx.AddUnit(scope.NewRef("school", "s1"), placeFirms[0])
			tx.AddUser(roles.User{ID: "ann", Unit: rapid.SampledFrom([]scope.Ref{{}, placeTowns[0], placeFirms[0]}).Draw(t, "home")})
		})
		seen, by := []*roles.Snapshot{d.Snapshot()}, homes{rapid.Bool().Draw(t, "with room")}
		look := func(in *roles.Snapshot, label string) {
			for i, unit := range placeUnits {
				if rapid.IntRange(0, 3).Draw(t, fmt.Sprint(label, i)) > 0 {
					samePlace(t, s.types, in, unit)
				}
			}
			if account, ok := in.Account("ann"); ok && rapid.Bool().Draw(t, "look at ann "+label) {
				sameHome(t, in, account, by)
			}
		}
		for range rapid.IntRange(1, 8).Draw(t, "updates") {
			_, _ = d.Update("test", func(tx *roles.Tx) error {
				for range rapid.IntRange(1, 4).Draw(t, "changes") {
					changePlace(t, tx)
					if rapid.IntRange(0, 2).Draw(t, "look within") == 0 {
						look(tx.Snapshot(), "within")
					}
				}
				return nil
			})
			seen = append(seen, d.Snapshot())
			look(seen[rapid.IntRange(0, len(seen)-1).Draw(t, "which")], "after")
		}
		for _, in := range seen {
			account, ok := in.Account("ann")
			for _, unit := range placeUnits {
				samePlace(t, s.types, in, unit)
				if place := in.Place(unit); ok && place != nil {
					require.Equal(t, account.Has(unit), account.Here().(interface{ HasPlace(*scope.Place) bool }).HasPlace(place), "%s of %s", unit, account.User())
				}
			}
			if ok {
				sameHome(t, in, account, by)
			}
		}
	})
}

// sameHome holds what is kept of an account against what there is.
func sameHome(t *rapid.T, in *roles.Snapshot, account *roles.Account, by homes) {
	kept := in.DerivedOf(account, by)
	require.Same(t, kept, in.DerivedOf(account, by))
	home := kept.(interface{ at() *scope.Place }).at()
	for want := in.Place(account.Home()); want != home; want, home = want.Parent(), home.Parent() {
		require.True(t, want != nil && home != nil, account.Home())
		require.Equal(t, want.Ref(), home.Ref())
		require.Equal(t, want.Field("warnings"), home.Field("warnings"))
	}
	var assigned []scope.Ref
	for _, unit := range account.Units() {
		assigned = append(assigned, unit.Ref())
	}
	require.Equal(t, slices.DeleteFunc(in.Assignments("ann"), func(r scope.Ref) bool { return in.Node(r) == nil }), slices.Clip(assigned))
	require.Same(t, kept, in.DerivedOf(account, by), "whatever else is kept")
}

// Homes is a Deriver that keeps where users belong, with room for what the snapshot
// must know of that, or without.
type homes struct{ room bool }

type settled struct{ home *scope.Place }

func (s *settled) at() *scope.Place { return s.home }

type lodged struct {
	roles.Kept
	settled
}

func (homes) Derive(*roles.Snapshot, roles.RoleID) any { return nil }

func (h homes) DeriveAccount(_ *roles.Snapshot, _ *roles.Account, home *scope.Place) any {
	if h.room {
		return &lodged{settled: settled{home}}
	}
	return &settled{home}
}

func (homes) Made(made any) bool { return made != nil }

// changePlace changes something about a unit, or about ann.
func changePlace(t *rapid.T, tx *roles.Tx) {
	unit := rapid.SampledFrom(placeUnits).Draw(t, "unit")
	switch rapid.IntRange(0, 7).Draw(t, "change") {
	case 0, 1, 2:
		parent := scope.Root()
		if unit.Type != "authority" {
			parent = rapid.SampledFrom(placeTowns).Draw(t, "town")
		}
		if unit.Type == "school" && rapid.Bool().Draw(t, "of a firm") {
			parent = rapid.SampledFrom(placeFirms).Draw(t, "firm")
		}
		if _, there := tx.Snapshot().Unit(unit); !there && (parent == scope.Root() || tx.Snapshot().Contains(scope.Root(), parent)) {
			tx.AddUnit(unit, parent)
		}
	case 3:
		if _, there := tx.Snapshot().Unit(unit); there && len(tx.Snapshot().UnitsIn(unit)) == 0 && len(tx.Snapshot().AssignedTo(unit)) == 0 && len(tx.Snapshot().Members(unit)) == 0 {
			tx.RemoveUnit(unit)
		}
	case 4, 5:
		if _, there := tx.Snapshot().Unit(unit); there && unit.Type == "authority" {
			tx.SetUnitAttributes(unit, scope.Map{"warnings": rapid.IntRange(0, 9).Draw(t, "warnings")})
		}
	case 6:
		if _, there := tx.Snapshot().Unit(unit); there {
			if a, _ := tx.Snapshot().Account("ann"); a.Has(unit) {
				tx.Unassign("ann", unit)
			} else {
				tx.Assign("ann", unit)
			}
		}
	case 7:
		if _, there := tx.Snapshot().Unit(unit); there {
			tx.ChangeUser(roles.User{ID: "ann", Unit: unit})
		}
	}
}

// A place of another directory's is not one of the units that a user has, whatever
// their numbers.
func TestPlacesOfAnotherDirectoryAreNotAssigned(t *testing.T) {
	s := newSchema(t)
	one, other := newDirectory(t, s), newDirectory(t, s)
	must(t, one, func(tx *roles.Tx) {
		tx.AddUnit(placeTowns[0], scope.Root())
		tx.AddUser(roles.User{ID: "ann"})
		tx.Assign("ann", placeTowns[0])
	})
	must(t, other, func(tx *roles.Tx) { tx.AddUnit(placeTowns[1], scope.Root()) })
	account, _ := one.Snapshot().Account("ann")
	require.Equal(t, scope.True, one.Snapshot().Place(placeTowns[0]).Assigned(account))
	require.Equal(t, scope.False, other.Snapshot().Place(placeTowns[1]).Assigned(account))
	stranger, _ := one.Snapshot().Account("eve")
	require.Equal(t, scope.False, one.Snapshot().Place(placeTowns[0]).Assigned(stranger))
}

// Where a unit stands leads to the root, which is in nothing.
func TestTheRootIsInNothing(t *testing.T) {
	d := newWorld(t)
	school := d.Snapshot().Node(scope.NewRef("school", "s1"))
	authority := school.Parent()
	root := authority.Parent()
	require.Equal(t, scope.NewRef("authority", "leeds"), authority.Ref())
	require.Equal(t, scope.Root(), root.Ref())
	require.Nil(t, root.Parent())
	require.True(t, school.In(root) && school.In(school) && school.In(authority) && root.In(root))
	require.False(t, authority.In(school) || root.In(school))
	require.Nil(t, d.Snapshot().Node(scope.Root()))
}

// A place is made once for as long as nothing that it shows is changed.
func TestPlacesAreKept(t *testing.T) {
	d := newWorld(t)
	s1, leeds, york := scope.NewRef("school", "s1"), scope.NewRef("authority", "leeds"), scope.NewRef("authority", "york")
	before := d.Snapshot()
	kept := before.Place(s1)
	require.Same(t, kept, before.Place(s1))
	must(t, d, func(tx *roles.Tx) {
		tx.AddUser(roles.User{ID: "eve"})
		tx.SetUnitAttributes(york, scope.Map{"warnings": 3})
	})
	require.Same(t, kept, d.Snapshot().Place(s1))
	must(t, d, func(tx *roles.Tx) { tx.SetUnitAttributes(leeds, scope.Map{"warnings": 3}) })
	require.NotSame(t, kept, d.Snapshot().Place(s1))
	require.Same(t, d.Snapshot().Place(s1), d.Snapshot().Place(s1))
	require.Equal(t, kept.Parent().Field("warnings"), before.Place(s1).Parent().Field("warnings"), "an old snapshot shows what was")
	require.Nil(t, before.Place(scope.NewRef("school", "nowhere")))
	require.Nil(t, before.Place(scope.Root()))
	require.Nil(t, new(roles.Snapshot).Place(s1))
}
