package access

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

const spotPolicy = `
policy: spots
resources:
  school: {unit: true}
  pupil: {in: school, attributes: {year: string}}
  note: {in: pupil}
users: {attributes: {}}
privileges: {school.view: {on: school}, pupil.view: {on: pupil}, note.view: {on: note}}
scopes: {near: user.school.id == resource.school.id}
roles: {reader: {grants: [{privileges: pupil.view, scope: near}]}}
`

// spotEngine is an engine over a school, s1, with a user, ann, and the policy anew.
func spotEngine(t *testing.T) (e *Engine, again *policy.Policy) {
	t.Helper()
	p, err := policy.Parse("spots.yaml", []byte(spotPolicy), nil)
	require.NoError(t, err)
	again, err = policy.Parse("spots.yaml", []byte(spotPolicy), nil)
	require.NoError(t, err)
	d, err := roles.LoadDirectory(p, nil, nil, func(tx *roles.Tx) error {
		s1 := scope.NewRef("school", "s1")
		tx.AddUnit(s1, scope.Root())
		tx.AddUser(roles.User{ID: "ann", Unit: s1})
		tx.Bind("ann", "reader", s1)
		return nil
	})
	require.NoError(t, err)
	return New(p, d, nil), again
}

// What is a unit, or in one by its name alone or as a struct, is found in the tree by
// one look, and no place is made of it; all else has a place, and a spot if that is
// known.
func TestWhatNeedsNoPlaceHasNone(t *testing.T) {
	type pupil struct {
		ID     string `bailiwick:",id"`
		School string `bailiwick:",parent=school"`
		Year   string `bailiwick:"year"`
	}
	e, _ := spotEngine(t)
	s1 := scope.NewRef("school", "s1")
	pupils, err := scope.StructOf[pupil](e.policy.Types(), "pupil")
	require.NoError(t, err)
	unit := e.snapshot().Node(s1)
	for name, c := range map[string]struct {
		action      roles.Action
		asked       scope.Resource
		place, spot bool
	}{
		"a unit":                 {"school.view", scope.Resource{Type: "school", ID: "s1"}, false, true},
		"a unit and its parent":  {"school.view", scope.Resource{Type: "school", ID: "s1", Parent: scope.Root()}, false, true},
		"in a unit":              {"pupil.view", scope.Resource{Type: "pupil", ID: "p7", Parent: s1}, false, true},
		"a struct":               {"pupil.view", pupils.Resource(&pupil{"p7", "s1", "2025/26"}), false, true},
		"a map":                  {"pupil.view", scope.Resource{Type: "pupil", ID: "p7", Parent: s1, Attributes: scope.Map{}}, true, true},
		"in a unit in full":      {"pupil.view", scope.Resource{Type: "pupil", ID: "p7", In: &scope.Resource{Type: "school", ID: "s1"}}, true, true},
		"in what is not a unit":  {"note.view", scope.Resource{Type: "note", ID: "n1", In: &scope.Resource{Type: "pupil", ID: "p7", Parent: s1}}, true, false},
		"in a unit that is told": {"pupil.view", scope.Resource{Type: "pupil", ID: "p7", In: &scope.Resource{Type: "school", ID: "s1", Attributes: scope.Map{}}}, true, false},
	} {
		var q question
		q.begin(e, e.snapshot(), c.action)
		require.True(t, q.locate(&Decision{asked: c.asked}), name)
		require.Equal(t, c.place, q.place != nil, "%s: a place", name)
		require.Equal(t, c.spot, q.spot.unit == unit, "%s: a spot", name)
		target, err := e.For("ann", nil).Target(c.asked)
		require.NoError(t, err, name)
		require.Equal(t, c.spot, target.spot.unit == unit, "%s: a target's spot", name)
		q.finish()
	}
}

// What a user has is made ready once for one policy, and the place where they belong
// is the unit's own.
func TestAStandingIsMadeOnce(t *testing.T) {
	e, again := spotEngine(t)
	of := e.For("ann", nil).of
	require.Same(t, of, e.For("ann", nil).of)
	require.Same(t, e.snapshot().Place(scope.NewRef("school", "s1")), of.subject.Home)
	other := New(again, e.directory, nil).For("ann", nil).of
	require.NotSame(t, of, other, "the policies are equal, but two")
	require.Equal(t, of.subject.Home.Ref(), other.subject.Home.Ref())
	require.True(t, other.subject.Home.Of(again.Types()))
}
