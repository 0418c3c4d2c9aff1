package access_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// Reference: of a right and a target that were looked up, DecideOn says what
// Decide says of the action and the resource; and what is wrong with a resource
// is wrong with it as a target.
func TestReferenceDecideOn(t *testing.T) {
	counts := tally{}
	worldsOf(t, 300, func(d draw, w *world) {
		for range 8 {
			q := w.drawQuestion(d)
			session := w.engine.For(q.User, q.Context)
			want := session.Decide(q.Action, q.Resource)
			target, err := session.Target(q.Resource)
			right, known := w.engine.Policy().Catalog().Right(q.Action)
			switch want.Reason() {
			case access.MalformedResource, access.WrongAttribute:
				require.Error(d, err, "%+v\n%s", q, w)
				require.Nil(d, target)
				counts["no target"]++
				continue
			case access.UnknownAction:
				require.False(d, known)
				got := session.DecideOn(right, target)
				require.False(d, got.Allowed())
				require.Equal(d, access.UnknownAction, got.Reason())
				counts["no right"]++
				continue
			}
			require.NoError(d, err)
			got := session.DecideOn(right, target)
			require.Equal(d, want.Reason(), got.Reason(), "%+v\n%s", q, w)
			require.Equal(d, want.String(), got.String(), "%+v\n%s", q, w)
			require.Equal(d, want.Message(), got.Message())
			require.Equal(d, want.Evidence(), got.Evidence())
			require.Equal(d, want.User(), got.User())
			require.Equal(d, want.Action(), got.Action())
			require.Equal(d, want.Resource(), got.Resource())
			require.Equal(d, fmt.Sprint(want.Err()), fmt.Sprint(got.Err()))
			counts[got.Answer().String()]++
		}
	})
	counts.log(t, "on targets")
	for _, kind := range []string{"allowed", "denied", "no target", "no right"} {
		require.NotZero(t, counts[kind], kind)
	}
}

// What was looked up elsewhere, or before, allows nothing: the rights of another
// policy, the targets of another engine or of another snapshot (T-39).
func TestWhatWasLookedUpElsewhereIsDenied(t *testing.T) {
	engine, other := newSwift(t), newSwift(t)
	case7 := scope.Resource{Type: "case", ID: "7", Parent: scope.NewRef("center", "c1")}
	look := func(e *access.Engine) (roles.Right, *access.Target) {
		right, ok := e.Policy().Catalog().Right("plain")
		require.True(t, ok)
		target, err := e.For("ann", nil).Target(case7)
		require.NoError(t, err)
		return right, target
	}
	right, target := look(engine)
	foreignRight, foreignTarget := look(other)
	session := engine.For("ann", nil)
	require.True(t, session.DecideOn(right, target).Allowed())
	for name, d := range map[string]access.Decision{
		"a right of another policy":  session.DecideOn(foreignRight, target),
		"no right":                   session.DecideOn(roles.Right{}, target),
		"a target of another engine": session.DecideOn(right, foreignTarget),
		"the zero target":            session.DecideOn(right, &access.Target{}),
		"no target":                  session.DecideOn(right, nil),
	} {
		require.False(t, d.Allowed(), name)
		require.Error(t, d.Err(), name)
		require.Equal(t, roles.UserID("ann"), d.User(), name)
		require.NotEmpty(t, d.String(), name)
	}
	for _, right := range []roles.Right{foreignRight, {}} {
		require.ErrorContains(t, session.DecideOn(right, target).Err(), "not looked up in the catalog of the engine's policy")
	}
	// Not even if the other policy is the same, over the same directory.
	p := parse(t, swift)
	d1, err := roles.NewDirectory(p, nil)
	require.NoError(t, err)
	twin, again := access.New(p, d1, nil), access.New(parse(t, swift), d1, nil)
	root, err := twin.ForPrincipal(roles.Principal{User: roles.User{ID: "ann"}}, nil).Target(scope.Resource{Type: "center", ID: "c1"})
	require.Error(t, err)
	require.Nil(t, root)
	_, err = d1.Update("test", func(tx *roles.Tx) error {
		tx.AddUnit(scope.NewRef("center", "c1"), scope.Root())
		tx.AddUser(roles.User{ID: "ann"})
		tx.Bind("ann", "clerk", scope.NewRef("center", "c1"))
		return nil
	})
	require.NoError(t, err)
	right, target = look(twin)
	require.True(t, twin.For("ann", nil).DecideOn(right, target).Allowed())
	againRight, _ := look(again)
	require.False(t, again.For("ann", nil).DecideOn(againRight, target).Allowed())

	right, _ = look(engine)
	d := session.DecideOn(right, foreignTarget)
	require.Equal(t, access.Failed, d.Reason())
	require.ErrorContains(t, d.Err(), "another snapshot")
}

// A target does not outlive its snapshot: a session that sees a change is not
// answered from what was before it.
func TestATargetIsOfOneSnapshot(t *testing.T) {
	p := parse(t, swift)
	d, err := roles.NewDirectory(p, nil)
	require.NoError(t, err)
	center := scope.NewRef("center", "c1")
	_, err = d.Update("test", func(tx *roles.Tx) error {
		tx.AddUnit(center, scope.Root())
		tx.SetUnitAttributes(center, scope.Map{"open": true})
		tx.AddUser(roles.User{ID: "ann", Attributes: scope.Map{"grade": 5}})
		tx.Bind("ann", "clerk", center)
		return nil
	})
	require.NoError(t, err)
	engine := access.New(p, d, nil)
	right, _ := p.Catalog().Right("graded")
	before := engine.For("ann", nil)
	target, err := before.Target(scope.Resource{Type: "case", ID: "7", Parent: center})
	require.NoError(t, err)
	require.True(t, before.DecideOn(right, target).Allowed())

	_, err = d.Update("test", func(tx *roles.Tx) error { tx.SetUnitAttributes(center, scope.Map{"open": false}); return nil })
	require.NoError(t, err)
	after := engine.For("ann", nil)
	require.False(t, after.DecideOn(right, target).Allowed())
	require.ErrorContains(t, after.DecideOn(right, target).Err(), "another snapshot")
	require.True(t, before.DecideOn(right, target).Allowed(), "a session answers from its snapshot")
	target, err = after.Target(scope.Resource{Type: "case", ID: "7", Parent: center})
	require.NoError(t, err)
	require.Equal(t, access.ConditionUnmet, after.DecideOn(right, target).Reason())
}
