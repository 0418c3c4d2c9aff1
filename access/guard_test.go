package access_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// In guardedPolicy an agency's admin manages its people, and its boss alone
// hands out what is called super and team.
const guardedPolicy = `
policy: guarded
resources:
  agency:  {unit: true, attributes: {open: bool}}
  team:    {unit: true, in: agency}
  case:    {in: agency}
  account: {in: [agency, team]}
privileges:
  people: {on: account}
  boss:   {on: account}
  manage: {on: agency}
  read:   {on: case}
scopes: {all: "true", mine: assigned(resource)}
roles:
  admin:  {grants: [{privileges: [people, manage], scope: all}]}
  worker: {grants: [{privileges: read, scope: mine}]}
  super:  {grants: [{privileges: [people, boss, manage, read], scope: all}]}
constraints:
  - {name: private, on: [read], require: "false", message: The case is private.}
administration:
  accounts: account
  changes:
    add_user: people
    change_user: people
    bind: boss
    bind.worker: people
    bind.team: people
    unbind: people
    unbind.super: boss
    assign: people
    unassign: people
    add_role: manage
    change_role: manage
    add_unit.team: manage
    change_unit: manage
`

var teamT = scope.NewRef("team", "t")

// guardedWorld has ada, admin of agency a, and sue, who is super there and not
// active; bob is of a and works in b too.
func guardedWorld(t *testing.T) (*access.Engine, *roles.Directory) {
	t.Helper()
	p, err := policy.Parse("guarded.yaml", []byte(guardedPolicy), nil)
	require.NoError(t, err)
	d, err := roles.NewDirectory(p, nil)
	require.NoError(t, err)
	_, err = d.Update("setup", func(tx *roles.Tx) error {
		tx.AddUnit(agencyA, scope.Root())
		tx.AddUnit(agencyB, scope.Root())
		tx.AddUnit(teamT, agencyA)
		tx.AddUser(roles.User{ID: "ada", Unit: agencyA})
		tx.Bind("ada", "admin", agencyA)
		tx.AddUser(roles.User{ID: "bob", Unit: agencyA})
		tx.Bind("bob", "worker", agencyB)
		tx.AddUser(roles.User{ID: "sue", Unit: agencyA, Inactive: true})
		tx.Bind("sue", "super", agencyA)
		tx.AddUser(roles.User{ID: "ned", Unit: agencyA, Inactive: true})
		tx.Bind("ned", "worker", agencyA)
		tx.AddRole(roles.Role{ID: "team", Unit: agencyA, Scope: "all", Grants: []roles.Grant{{Privileges: []roles.Action{"boss"}}}})
		tx.AddRole(roles.Role{ID: "chief", Unit: agencyA, Inherits: []roles.RoleID{"super"}})
		tx.AddRole(roles.Role{ID: "spare", Unit: agencyA, Inherits: []roles.RoleID{"chief"}})
		tx.Bind("bob", "chief", agencyA)
		return nil
	})
	require.NoError(t, err)
	return access.New(p, d, nil), d
}

func TestWhatAnAdministratorMayNotDo(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*roles.Tx)
		says   string // empty: it is allowed
	}{
		// T-09: nothing says that the case is not another agency's.
		"assign what the directory does not know": {func(tx *roles.Tx) {
			tx.Assign("bob", scope.NewRef("case", "secret"))
		}, "root is not in agency:a"},
		"assign an agency of others": {func(tx *roles.Tx) { tx.Assign("bob", agencyB) }, "agency:b is not in agency:a"},
		"assign their own":           {func(tx *roles.Tx) { tx.Assign("bob", agencyA) }, ""},
		// T-34: reviving is binding.
		"bind the boss's role":           {func(tx *roles.Tx) { tx.Bind("bob", "super", agencyA) }, "no role of ada grants boss"},
		"revive who has the boss's role": {func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "sue", Unit: agencyA}) }, "no role of ada grants boss"},
		"revive a worker":                {func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "ned", Unit: agencyA}) }, ""},
		"bind a worker":                  {func(tx *roles.Tx) { tx.Bind("bob", "worker", agencyA) }, ""},
		"bind at a team":                 {func(tx *roles.Tx) { tx.Bind("bob", "super", teamT) }, ""}, // bind.team
		"bind a role called like a type": {func(tx *roles.Tx) { tx.Bind("ada", "team", agencyA) }, "no role of ada grants boss"},
		"bind one that inherits":         {func(tx *roles.Tx) { tx.Bind("bob", "spare", agencyA) }, "no role of ada grants boss"},
		// T-34: to change what a role inherits is to bind all who hold it.
		"take from a role what its holders inherit": {func(tx *roles.Tx) {
			tx.ChangeRole(roles.Role{ID: "chief", Unit: agencyA})
		}, "change_role chief: boss: no role of ada grants boss"},
		"take it from one that nobody holds": {func(tx *roles.Tx) {
			tx.ChangeRole(roles.Role{ID: "spare", Unit: agencyA})
		}, ""},
		"make one that inherits the boss's role": {func(tx *roles.Tx) {
			tx.AddRole(roles.Role{ID: "new", Unit: agencyA, Inherits: []roles.RoleID{"super"}})
		}, ""}, // nobody holds it
		// What the changes themselves add is where they put it.
		"add a team and describe it": {func(tx *roles.Tx) {
			tx.AddUnit(scope.NewRef("team", "new"), agencyA)
			tx.SetUnitAttributes(scope.NewRef("team", "new"), nil)
			tx.Assign("bob", scope.NewRef("team", "new"))
			tx.Unassign("bob", scope.NewRef("team", "new"))
		}, ""},
		"add a team to others": {func(tx *roles.Tx) { tx.AddUnit(scope.NewRef("team", "new"), agencyB) }, "agency:b is not in agency:a"},
		"open the agency":      {func(tx *roles.Tx) { tx.SetUnitAttributes(agencyA, scope.Map{"open": true}) }, ""},
	} {
		engine, d := guardedWorld(t)
		before := d.Snapshot()
		_, err := engine.Admin("ada", nil).Update(func(tx *roles.Tx) error { c.change(tx); return nil })
		if c.says == "" {
			assert.NoError(t, err, name)
			continue
		}
		var forbidden *access.Forbidden
		assert.ErrorAs(t, err, &forbidden, name)
		assert.ErrorContains(t, err, c.says, name)
		assert.Same(t, before, d.Snapshot(), name)
	}
}

// A directory answers for the policy that it was made for, and for no other
// whose roles happen to have the same names.
func TestAnEngineOfAnotherPolicyAnswersNothing(t *testing.T) {
	_, d := guardedWorld(t)
	other, err := policy.Parse("other.yaml", []byte(`
policy: other
resources: {agency: {unit: true}}
privileges: {manage: {on: agency}}
scopes: {all: "true"}
roles: {admin: {grants: [{privileges: manage, scope: all}]}}
`), nil)
	require.NoError(t, err)
	question := scope.Resource{Type: "agency", ID: "a"}
	ada := roles.Principal{User: roles.User{ID: "ada"}, Bindings: []roles.Binding{{Role: "admin", Unit: agencyA}}}
	for _, engine := range []*access.Engine{access.New(other, d, nil), access.New(nil, d, nil), access.New(nil, nil, nil)} {
		assert.False(t, engine.Decide("ada", "manage", question).Allowed())
		assert.Error(t, engine.Decide("ada", "manage", question).Err())
		assert.False(t, engine.ForPrincipal(ada, nil).Decide("manage", question).Allowed())
		_, err = engine.WhoCan("manage", question, nil)
		assert.Error(t, err)
		_, err = engine.Admin("ada", nil).Update(func(tx *roles.Tx) error { tx.RemoveUser("bob"); return nil })
		assert.Error(t, err)
	}
}

// On a page with no record yet nobody is told of a constraint who may not even
// hold the grant.
func TestTheMessageOfAConstraintIsForHoldersOfTheGrant(t *testing.T) {
	engine, d := guardedWorld(t)
	_, err := d.Update("x", func(tx *roles.Tx) error { tx.Assign("bob", scope.NewRef("case", "c1")); return nil })
	require.NoError(t, err)
	some := scope.Resource{Type: "case", Parent: agencyB}
	for decision := range engine.Capabilities("bob", some) {
		assert.Equal(t, access.ConstraintUnmet, decision.Reason())
		assert.NotContains(t, decision.Message(), "private")
	}
	held := engine.Decide("bob", "read", scope.Resource{Type: "case", ID: "c1", Parent: agencyB})
	assert.Equal(t, "The case is private.", held.Message())
}

func TestUnitsTellsOfAUserWhoCannotBeAsked(t *testing.T) {
	engine, _ := guardedWorld(t)
	_, err := engine.For("nobody", nil).Units("manage")
	assert.ErrorContains(t, err, "nobody")
	_, err = engine.For("ada", scope.Map{"ip": "x"}).Units("manage")
	assert.ErrorContains(t, err, `unknown attribute "ip"`)
	_, err = engine.For("sue", nil).Units("manage")
	assert.NoError(t, err, "a no is not an error")
}

func TestAPrincipalsBindingIsAtAUnitThatCanBe(t *testing.T) {
	p, err := policy.Parse("guarded.yaml", []byte(guardedPolicy), nil)
	require.NoError(t, err)
	for unit, why := range map[scope.Ref]string{
		scope.NewRef("agency", ""):      "the id is empty",
		scope.NewRef("agency", " a"):    "begins or ends with a blank",
		scope.NewRef("agency", "a\x00"): "which does not show",
		{}:                              "no unit is named",
	} {
		d := access.New(p, nil, nil).ForPrincipal(roles.Principal{
			User: roles.User{ID: "ada"}, Bindings: []roles.Binding{{Role: "admin", Unit: unit}},
		}, nil).Decide("manage", scope.Resource{Type: "agency", ID: "a"})
		assert.Equal(t, access.MalformedUser, d.Reason(), unit)
		assert.ErrorContains(t, d.Err(), why)
	}
}

// T-11: of a change that gives in many places, some of which are forbidden, no
// more is said than of twenty.
func TestWhatIsSaidOfOneChangeIsBounded(t *testing.T) {
	for places, said := range map[int]int{1: 1, 19: 19, 20: 20, 21: 20, 40: 20} {
		engine, d := guardedWorld(t)
		_, err := d.Update("setup", func(tx *roles.Tx) error {
			tx.AddUser(roles.User{ID: "far", Unit: agencyA, Inactive: true})
			for i := range places {
				other := scope.NewRef("agency", fmt.Sprint("x", i))
				tx.AddUnit(other, scope.Root())
				tx.Bind("far", "worker", other)
			}
			return nil
		})
		require.NoError(t, err)
		_, err = engine.Admin("ada", nil).Update(func(tx *roles.Tx) error {
			tx.ChangeUser(roles.User{ID: "far", Unit: agencyA})
			return nil
		})
		var forbidden *access.Forbidden
		require.ErrorAs(t, err, &forbidden)
		require.Len(t, forbidden.Denials, said, "%d places", places)
	}
}

// T-34: nobody is let through by an attribute that they set in the same breath, nor
// held back by one.
func TestAttributesSetInTheSameUpdateDoNotCount(t *testing.T) {
	p := parse(t, `
policy: opening
resources: {state: {unit: true}, agency: {in: state, unit: true, attributes: {open: bool}}, account: {in: [state, agency]}}
privileges: {people: {on: account}, manage: {on: agency}, states: {on: state}}
scopes: {all: "true", opened: resource.agency.open}
roles: {admin: {grants: [{privileges: [manage, states], scope: all}, {privileges: people, scope: opened}]}}
administration: {accounts: account, changes: {add_user: people, add_unit: states, change_unit: manage, remove_unit: states}}
`)
	north, south := scope.NewRef("state", "north"), scope.NewRef("state", "south")
	move := func(tx *roles.Tx) { tx.RemoveUnit(agencyA); tx.AddUnit(agencyA, south) }
	set := func(open bool) func(*roles.Tx) {
		return func(tx *roles.Tx) { tx.SetUnitAttributes(agencyA, scope.Map{"open": open}) }
	}
	add := func(id roles.UserID) func(*roles.Tx) {
		return func(tx *roles.Tx) { tx.AddUser(roles.User{ID: id, Unit: agencyA}) }
	}
	directory := newDirectory(t, p, reference.World{
		Units: []roles.Unit{
			{Ref: north, Parent: scope.Root()}, {Ref: south, Parent: scope.Root()},
			{Ref: agencyA, Parent: north, Attributes: scope.Map{"open": false}},
		},
		Users: []roles.User{{ID: "ada", Unit: north}}, Bindings: []roles.Binding{{User: "ada", Role: "admin", Unit: scope.Root()}},
	})
	ada := access.New(p, directory, nil).Admin("ada", nil)
	for _, c := range []struct {
		name    string
		changes []func(*roles.Tx)
		allowed bool
	}{
		{"it is closed", []func(*roles.Tx){add("x")}, false},
		{"and opened first", []func(*roles.Tx){set(true), add("x")}, false},
		{"or afterwards", []func(*roles.Tx){add("x"), set(true)}, false},
		{"or moved as well", []func(*roles.Tx){move, set(true), add("x")}, false},
		{"opened by itself", []func(*roles.Tx){set(true)}, true},
		{"it is open", []func(*roles.Tx){add("x")}, true},
		{"and closed first", []func(*roles.Tx){set(false), add("y")}, true},
		{"it is closed again", []func(*roles.Tx){add("z")}, false},
	} {
		_, err := ada.Update(func(tx *roles.Tx) error {
			for _, change := range c.changes {
				change(tx)
			}
			return nil
		})
		require.Equal(t, c.allowed, err == nil, "%s: %v", c.name, err)
		if !c.allowed {
			require.ErrorContains(t, err, "people", c.name)
		}
	}
}
