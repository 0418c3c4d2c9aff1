package access_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// Reference, T-43: a Filter is Decide, asked of every resource; so is what it says
// as CEL.
func TestReferenceFilter(t *testing.T) {
	found := tally{}
	worldsOf(t, 300, func(d draw, w *world) {
		language, err := scope.NewLanguage(w.policy.Types(), w.policy.UserAttributes(), w.policy.ContextFacts(), scope.Limits{Bytes: 1 << 20, Nodes: 50_000})
		require.NoError(d, err)
		for range 3 {
			q := w.drawQuestion(d)
			session := w.engine.For(q.User, q.Context)
			for _, privilege := range w.document.Privileges {
				action := pick(d, actionsOf(privilege))
				f, err := session.Filter(action)
				if err != nil {
					found["questions that make no sense"]++
					for _, r := range w.all(privilege.On) {
						require.False(d, session.Decide(action, r).Allowed())
					}
					continue
				}
				require.Equal(d, privilege.On, f.Type())
				require.Equal(d, w.directory.Snapshot().Revision(), f.Revision())
				c := filterCheck{w, session, f, language, found}
				c.check(d, q.User, q.Context, action)
				again, err := w.engine.For(q.User, q.Context).Filter(action)
				require.NoError(d, err)
				require.Equal(d, f.CEL(), again.CEL(), "it is deterministic")
			}
		}
	})
	found.log(t, "filters")
	require.NotZero(t, found["every resource"])
	require.NotZero(t, found["no resource"])
	require.Greater(t, found["passes"]*10, found["does not pass"])
}

type filterCheck struct {
	*world
	session  *access.Session
	filter   *scope.Filter
	language *scope.Language
	found    tally
}

func (c filterCheck) check(d draw, user roles.UserID, context scope.Map, action roles.Action) {
	switch {
	case c.filter.Everything():
		require.False(d, c.filter.Nothing())
		c.found["every resource"]++
	case c.filter.Nothing():
		c.found["no resource"]++
	default:
		c.found["some resources"]++
	}
	said, err := c.language.Predicate("filter", c.filter.CEL(), []string{c.filter.Type()})
	require.NoError(d, err, c.filter.CEL())
	for _, r := range c.all(c.filter.Type()) {
		decision := c.session.Decide(action, r)
		found := map[bool]string{true: "passes", false: "does not pass"}[decision.Allowed()]
		c.found[found]++
		told := fmt.Sprintf("%s of %s on %s\n%s\n%s\n%s", action, user, describe(r), decision, c.filter, c.world)
		require.Equal(d, decision.Allowed(), c.filter.Matches(r), told)
		if c.filter.Everything() {
			require.True(d, decision.Allowed(), told)
		}
		if c.filter.Nothing() {
			require.False(d, decision.Allowed(), told)
		}
		if facts, ok := c.facts(d, user, context, r); ok {
			truth, err := said.Eval(facts)
			require.Equal(d, decision.Allowed(), truth == scope.True, "%s\nas CEL it is %s: %v", told, truth, err)
		}
	}
	for _, r := range c.all() {
		if r.Type != c.filter.Type() {
			require.False(d, c.filter.Matches(r), "a %s", r.Type)
		}
	}
	require.False(d, c.filter.Matches(scope.Resource{}))
}

// facts are what a condition looks at, of a user who is known and a resource that
// is well-formed.
func (c filterCheck) facts(d draw, user roles.UserID, context scope.Map, r scope.Resource) (scope.Facts, bool) {
	in := c.directory.Snapshot()
	account, ok := in.Account(user)
	u := account.User()
	place, err := c.policy.Types().Locate(r, in)
	if !ok || err != nil {
		return scope.Facts{}, false
	}
	subject := &scope.Subject{ID: string(u.ID), Attributes: account.Attributes(), Assignments: account}
	if !u.Unit.IsZero() {
		subject.Home, err = c.policy.Types().Locate(scope.Resource{Type: u.Unit.Type, ID: u.Unit.ID}, in)
		require.NoError(d, err)
	}
	known, err := c.policy.ContextFacts().Check(context)
	return scope.Facts{User: subject, Resource: place, Context: known, Now: now}, err == nil
}

// What a Filter says.
func TestWhatAFilterSays(t *testing.T) {
	engine := exampleEngine()
	for _, c := range []struct {
		user   roles.UserID
		action roles.Action
		cel    string
		says   string
	}{
		{"ann", "pupil.view", `resource.authority.id in ["leeds", "york"] && assigned(resource)`,
			`every pupil for which resource.authority.id in ["leeds", "york"] && assigned(resource)`},
		{"ann", "pupil.edit",
			`resource.authority.id in ["leeds", "york"] && assigned(resource) && (!has(resource.authority.signed_off) || !resource.authority.signed_off)`, ""},
		{"lou", "school.add", `resource.id == "leeds"`, ""},
		{"lou", "pupil.view", `false`, "no pupil"},
	} {
		f, err := engine.Filter(c.user, c.action)
		require.NoError(t, err)
		require.Equal(t, c.cel, f.CEL())
		if c.says != "" {
			require.Equal(t, c.says, f.String())
		}
	}
	urgent, err := engine.For("ann", scope.Map{"urgent": true}).Filter("pupil.edit")
	require.NoError(t, err)
	require.Equal(t, `resource.authority.id in ["leeds", "york"] && assigned(resource)`, urgent.CEL(), "the constraint is met by the context")
}

// A question that makes no sense is an error, and not a Filter that nothing
// passes; an account that is closed passes nothing.
func TestAFilterOfASenselessQuestionIsAnError(t *testing.T) {
	engine := exampleEngine()
	_, err := engine.Filter("ann", "pupil.edti")
	require.ErrorContains(t, err, `did you mean "pupil.edit"?`)
	_, err = engine.Filter("nobody", "pupil.edit")
	require.ErrorContains(t, err, "knows no user")
	_, err = engine.For("ann", scope.Map{"urgnet": true}).Filter("pupil.edit")
	require.ErrorContains(t, err, "urgnet")

	p := parse(t, examplePolicy)
	f, err := access.New(p, nil, nil).ForPrincipal(roles.Principal{User: roles.User{ID: "x", Inactive: true}}, nil).Filter("pupil.edit")
	require.NoError(t, err)
	require.True(t, f.Nothing())
	require.False(t, f.Everything())
	require.Equal(t, "false", f.CEL())
}

type row struct {
	ID     string `bailiwick:",id"`
	School string `bailiwick:",parent=school"`
}

// Select keeps, of the application's own values, those that pass.
func TestSelect(t *testing.T) {
	engine := exampleEngine()
	f, err := engine.Filter("ann", "pupil.edit")
	require.NoError(t, err)
	of, err := scope.StructOf[row](engine.Policy().Types(), "pupil")
	require.NoError(t, err)
	rows := []*row{{"p1", "s1"}, {"p2", "s2"}, nil, {"p3", "y1"}, {"p4", "s1"}, {"", "s1"}, {"p5", "gone"}}
	var kept []string
	for r := range scope.Select(f, of, slices.Values(rows)) {
		kept = append(kept, r.ID)
	}
	require.Equal(t, []string{"p1", "p4"}, kept)
	for r := range scope.Select(f, of, slices.Values(rows)) {
		require.Equal(t, "p1", r.ID)
		break
	}
}

// A list of units is looked for where they can be: among what is assigned only if
// nothing else passes.
func TestUnitsAreLookedForWhereTheyCanBe(t *testing.T) {
	for when, want := range map[string]string{
		`assigned(resource)`:                                        "[s1 s2]",
		`assigned(resource) && resource.open`:                       "[s1]",
		`assigned(resource) || resource.open`:                       "[s1 s2 s3]",
		`assigned(resource.authority)`:                              "[]",
		`!assigned(resource)`:                                       "[s3]",
		`resource.open && (assigned(resource) || user.id == "ann")`: "[s1 s3]",
		`true`: "[s1 s2 s3]",
	} {
		p := parse(t, `
policy: schools
resources:
  authority: {unit: true}
  school: {unit: true, in: authority, attributes: {open: bool}}
privileges: {list: {on: school}}
scopes: {s: '`+when+`'}
roles: {lister: {grants: [{privileges: list, scope: s}]}}
`)
		leeds, york := scope.NewRef("authority", "leeds"), scope.NewRef("authority", "york")
		directory := newDirectory(t, p, reference.World{
			Units: []roles.Unit{
				{Ref: leeds, Parent: scope.Root()}, {Ref: york, Parent: scope.Root()},
				{Ref: scope.NewRef("school", "s1"), Parent: leeds, Attributes: scope.Map{"open": true}},
				{Ref: scope.NewRef("school", "s2"), Parent: leeds, Attributes: scope.Map{"open": false}},
				{Ref: scope.NewRef("school", "s3"), Parent: leeds, Attributes: scope.Map{"open": true}},
				{Ref: scope.NewRef("school", "y1"), Parent: york, Attributes: scope.Map{"open": true}},
			},
			Users:    []roles.User{{ID: "ann"}},
			Bindings: []roles.Binding{{User: "ann", Role: "lister", Unit: leeds}},
			Assignments: []roles.Assignment{
				{User: "ann", Resource: scope.NewRef("school", "s1")}, {User: "ann", Resource: scope.NewRef("school", "s2")},
				{User: "ann", Resource: scope.NewRef("school", "y1")},
			},
		})
		units, err := access.New(p, directory, nil).For("ann", nil).Units("list")
		require.NoError(t, err)
		require.Equal(t, want, fmt.Sprint(units), when)
	}
}

// T-43: what a condition may cost is counted for a Filter as it is for Decide.
func TestAFilterCostsWhatDecideCosts(t *testing.T) {
	const known = "user.tags.all(a, user.tags.all(b, a != 'x' && b != 'y'))"
	const left = "resource.tags.all(a, resource.tags.all(b, a != 'x' && b != 'y'))"
	var tags []string
	for i := range 40 {
		tags = append(tags, fmt.Sprint("t", i))
	}
	allowed, denied := 0, 0
	for _, when := range []string{
		known + " && " + left, "resource.flag || " + known, "user.tags.size() > 1000 && " + known + " || resource.flag",
		"resource.flag || !" + known, "!(" + known + " && " + left + ")", "resource.tags.all(a, " + known + ")",
		"(resource.flag || " + known + ") && user.id == 'ann'",
	} {
		for cost := uint64(3000); cost < 60_000; cost += cost / 6 {
			p, err := policy.Parse("costly", []byte(`
policy: costly
users: {attributes: {tags: list(string)}}
resources: {school: {unit: true}, pupil: {in: school, attributes: {tags: list(string), flag: bool}}}
privileges: {look: {on: pupil}}
scopes: {s: "`+when+`"}
roles: {r: {grants: [{privileges: look, scope: s}]}}
`), &policy.Options{MaxCost: cost})
			require.NoError(t, err)
			school := scope.NewRef("school", "s")
			engine := access.New(p, newDirectory(t, p, reference.World{
				Units: []roles.Unit{{Ref: school, Parent: scope.Root()}}, Users: []roles.User{{ID: "ann", Attributes: scope.Map{"tags": tags}}},
				Bindings: []roles.Binding{{User: "ann", Role: "r", Unit: school}},
			}), nil)
			f, err := engine.Filter("ann", "look")
			require.NoError(t, err)
			r := scope.Resource{Type: "pupil", ID: "p", Parent: school, Attributes: scope.Map{"tags": tags, "flag": true}}
			d := engine.Decide("ann", "look", r)
			require.Equal(t, d.Allowed(), f.Matches(r), "%d steps for %s: %s", cost, when, d)
			if d.Allowed() {
				allowed++
			} else {
				denied++
			}
		}
	}
	require.NotZero(t, allowed)
	require.NotZero(t, denied)
}
