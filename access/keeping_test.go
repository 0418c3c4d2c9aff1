package access_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

const blocking = `
policy: blocking
resources:
  team: {unit: true}
  note: {in: team, attributes: {blocked: list(string), owners: list(string)}}
privileges: {read: {on: note}, lead: {on: team}}
scopes:
  own: user.id in resource.owners && !(user.id in resource.blocked)
  new: "!assigned(resource)"
roles: {member: {grants: [{privileges: [read], scope: own}, {privileges: [lead], scope: new}]}}
`

var team = scope.NewRef("team", "t1")

func newBlocking(t testing.TB, schema func(roles.Schema) roles.Schema) (*access.Engine, *roles.Directory) {
	p := parse(t, blocking)
	d, err := roles.NewDirectory(schema(p), nil)
	require.NoError(t, err)
	_, err = d.Update("test", func(tx *roles.Tx) error {
		tx.AddUnit(team, scope.Root())
		tx.AddUser(roles.User{ID: "ann"})
		tx.Bind("ann", "member", scope.Root())
		return nil
	})
	require.NoError(t, err)
	return access.New(p, d, nil), d
}

func asItIs(s roles.Schema) roles.Schema { return s }

// A scratch answers every question about its lists in the same memory.
type scratch struct {
	buffer []string
	lists  map[string][]string
}

func (s *scratch) Attribute(name string) (any, bool) {
	list, ok := s.lists[name]
	s.buffer = append(s.buffer[:0], list...)
	return s.buffer, ok
}

// T-17: an application may answer for one attribute in the memory in which it
// answered for another: every value is the one that it had when it was given.
func TestAttributesMayComeInOneBuffer(t *testing.T) {
	engine, _ := newBlocking(t, asItIs)
	session := engine.For("ann", nil)
	note := scope.Resource{Type: "note", ID: "n", Parent: team, Attributes: &scratch{lists: map[string][]string{
		"blocked": {"ann"}, "owners": {"bob", "ann"},
	}}}
	require.Equal(t, access.OutOfScope, session.Decide("read", note).Reason())
	allowed, err := engine.WhoCan("read", note, nil)
	require.NoError(t, err)
	require.Empty(t, allowed)
}

// An engine that is made again, of the same policy over the same directory, is as
// fast as the first one, and both answer the same.
func TestAnEngineMadeAgainTakesOver(t *testing.T) {
	first, d := newBlocking(t, asItIs)
	again := access.New(parse(t, blocking), d, nil)
	r := scope.Resource{Type: "team", ID: "t1"}
	for range 3 {
		require.True(t, first.Decide("ann", "lead", r).Allowed())
		require.True(t, again.Decide("ann", "lead", r).Allowed())
	}
	member, _ := d.Snapshot().Account("ann")
	one := d.Snapshot().DerivedOf(member, keeper{})
	require.Equal(t, keeper{}, one)
	require.True(t, again.Decide("ann", "lead", r).Allowed())
	require.NotEqual(t, one, d.Snapshot().DerivedOf(member, nobodys{}), "what the engine keeps")
}

// Nobodys is a Deriver that takes whatever is kept.
type nobodys struct{}

func (nobodys) Derive(*roles.Snapshot, roles.RoleID) any { return nil }

func (nobodys) DeriveAccount(*roles.Snapshot, *roles.Account, *scope.Place) any { return nil }
func (nobodys) Made(any) bool                                                   { return true }

// T-26: who keeps nothing of a role takes nothing away.
func TestADeriverThatKeepsNothingChangesNothing(t *testing.T) {
	engine, d := newBlocking(t, asItIs)
	require.Nil(t, d.Snapshot().Derived("member", nobodys{}))
	require.True(t, engine.Decide("ann", "lead", scope.Resource{Type: "team", ID: "t1"}).Allowed())
}

// An overlay is a snapshot with something else in a unit's place.
type overlay struct{ *roles.Snapshot }

func (o overlay) Locate(unit scope.Ref) (scope.Ref, *scope.Values, bool) {
	if unit.ID == "gone" {
		return scope.Ref{}, nil, false
	}
	return o.Snapshot.Locate(unit)
}

// The places that a snapshot keeps are not those of what has the snapshot in it.
func TestAnOverlayIsAsked(t *testing.T) {
	engine, d := newBlocking(t, asItIs)
	gone := scope.NewRef("team", "gone")
	_, err := d.Update("test", func(tx *roles.Tx) error { tx.AddUnit(gone, scope.Root()); return nil })
	require.NoError(t, err)
	types, r := engine.Policy().Types(), scope.Resource{Type: "team", ID: "gone"}
	_, err = types.Locate(r, d.Snapshot())
	require.NoError(t, err)
	_, err = types.Locate(r, overlay{d.Snapshot()})
	require.Error(t, err)
}

// hashless is a Schema that does not say which policy it is.
type hashless struct{ roles.Schema }

// T-26: a directory that does not say for which policy it was made serves the one
// whose types it has, and no other.
func TestADirectoryOfUnknownPolicyServesItsOwn(t *testing.T) {
	engine, d := newBlocking(t, func(s roles.Schema) roles.Schema { return hashless{s} })
	r := scope.Resource{Type: "team", ID: "t1"}
	require.True(t, engine.Decide("ann", "lead", r).Allowed())
	other := access.New(parse(t, blocking), d, nil)
	require.Equal(t, access.Failed, other.Decide("ann", "lead", r).Reason())
}

// An engine of a policy or a directory that nobody made allows nothing, and says why.
func TestWhatNobodyMadeAllowsNothing(t *testing.T) {
	made := parse(t, `{policy: made, resources: {file: {}}, privileges: {file.read: {on: file}}, scopes: {all: "true"}, roles: {reader: {grants: [{privileges: file.read, scope: all}]}}}`)
	r := scope.Resource{Type: "file", ID: "f"}
	for name, engine := range map[string]*access.Engine{
		"a nil policy": access.New(nil, nil, nil), "a zero policy": access.New(&policy.Policy{}, nil, nil),
		"a zero directory": access.New(made, &roles.Directory{}, nil), "nothing": access.New(&policy.Policy{}, &roles.Directory{}, nil),
	} {
		d := engine.Decide("ann", "file.read", r)
		require.False(t, d.Allowed(), name)
		require.NotContains(t, d.String(), "panic", name)
		require.Error(t, d.Err(), name)
		for d := range engine.Capabilities("ann", r) {
			require.False(t, d.Allowed(), name)
		}
		_, err := engine.WhoCan("file.read", r, nil)
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), "panic", name)
		add := func(tx *roles.Tx) error { tx.AddUser(roles.User{ID: "bob"}); return nil }
		require.Error(t, engine.Preview(add).Refusal, name)
		_, err = engine.Admin("ann", nil).Update(add)
		require.Error(t, err, name)
	}
}

// The zero Session allows nothing, whatever it is asked.
func TestTheZeroSessionAllowsNothing(t *testing.T) {
	s, r := &access.Session{}, scope.Resource{Type: "team", ID: "t1"}
	require.False(t, s.Decide("lead", r).Allowed())
	require.False(t, s.DecideOn(roles.Right{}, nil).Allowed())
	require.Empty(t, slices.Collect(s.Capabilities(r)))
	require.Empty(t, s.Holdings())
	v := s.View("any", r)
	require.Error(t, v.Err())
	require.False(t, v.Shown())
	_, err := s.Target(r)
	require.Error(t, err)
	_, err = s.Filter("lead")
	require.Error(t, err)
	_, err = s.Units("lead")
	require.Error(t, err)
}
