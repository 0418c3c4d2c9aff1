package access_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

const shelfPolicy = `
policy: shelf
users: {attributes: {grade: int, team: string, name: string}}
resources:
  house: {unit: true, attributes: {lead: string, open: bool}}
  box:   {in: house, attributes: {name: string, size: int, made: timestamp, tags: list(string), labels: map(string)}}
privileges:
  box.see:  {on: box}
  box.move: {on: box}
  house.lock: {on: house}
scopes:
  all: "true"
  named: resource.name == user.name
  labelled: {on: [box], when: has(resource.labels.red)}
  lead: {on: [box], when: resource.name < resource.house.lead}
roles:
  mover: {grants: [{privileges: [box.see, box.move], scope: named, when: resource.size + 1 > user.grade}]}
  guest: {grants: [{privileges: [box.see], scope: named}]}
constraints:
  - {name: matching, on: [box.move], require: 'resource.name.matches("^a")'}
  - {name: open, on: [box.see], require: resource.house.open}
`

var boxRow = scope.SQLRow{
	Alias: "b", ID: "id", In: map[string]scope.SQLParent{"house": {Column: "house"}},
	Columns: map[string]string{"name": "name", "size": "size", "made": "made"},
}

func shelf(t *testing.T, document string, clean ...string) *access.Engine {
	p := parse(t, strings.NewReplacer(clean...).Replace(document))
	dir, err := roles.NewDirectory(p, nil)
	require.NoError(t, err)
	_, err = dir.Update("setup", func(tx *roles.Tx) error {
		for i := range 3 {
			house := scope.NewRef("house", fmt.Sprintf("h%d", i))
			tx.AddUnit(house, scope.Root())
			tx.SetUnitAttributes(house, scope.Map{"open": true, "lead": "x"})
		}
		for i, name := range []string{"a", `' OR '1'='1`, `"; DROP TABLE box; --`, "a\x00b", "%", "ann"} {
			id := roles.UserID(fmt.Sprintf("u%d", i))
			tx.AddUser(roles.User{ID: id, Attributes: scope.Map{"name": name, "grade": int64(i)}})
			tx.Bind(id, "guest", scope.NewRef("house", "h0"))
		}
		tx.AddUser(roles.User{ID: "nameless"})
		tx.Bind("nameless", "guest", scope.Root())
		return nil
	})
	require.NoError(t, err)
	return access.New(p, dir, nil)
}

// Everything that the database cannot say is told when the SQL is prepared, each
// with its reason: of fixed roles, of scopes that a custom role could use, and
// of constraints.
func TestPrepareSQLTellsOfEverything(t *testing.T) {
	e := shelf(t, shelfPolicy)
	_, err := e.PrepareSQL(scope.SQLite, "box", boxRow, nil)
	require.EqualError(t, err, strings.Join([]string{
		`labelled: "has(resource.labels.red)" cannot be said in SQL: in has(resource.labels.red), maps are not said in SQL`,
		`matching: "resource.name.matches(\"^a\")" cannot be said in SQL: in resource.name.matches("^a"), matches is not said in SQL`,
		`when: "resource.size + 1 > user.grade" cannot be said in SQL: in resource.size + 1, + of an attribute is not said in SQL: write it on the other side, as in resource.at > now - duration("1h")`,
	}, "\n"))
	var refusal *scope.SQLRefusal
	require.ErrorAs(t, err, &refusal)
	_, err = e.PrepareSQL(scope.SQLite, "box", boxRow, nil, "box.lift")
	require.ErrorContains(t, err, `unknown privilege "box.lift"`)
	_, err = e.PrepareSQL(scope.SQLite, "box", boxRow, nil, "house.lock")
	require.EqualError(t, err, "house.lock is on house, not on box")
	_, err = e.PrepareSQL(0, "box", boxRow, nil)
	require.ErrorContains(t, err, "no dialect")
	_, err = e.PrepareSQL(scope.SQLite, "bxo", boxRow, nil)
	require.ErrorContains(t, err, `did you mean "box"?`)
}

// sayable takes out of the policy what SQL does not say.
var sayable = []string{", when: resource.size + 1 > user.grade", "", "labelled: {on: [box], when: has(resource.labels.red)}", "",
	`  - {name: matching, on: [box.move], require: 'resource.name.matches("^a")'}`, ""}

// T-45: the text is the same whatever the values are; no value is in it.
func TestSQLTextDoesNotDependOnValues(t *testing.T) {
	e := shelf(t, shelfPolicy, sayable...)
	for _, dialect := range []scope.SQLDialect{scope.SQLite, scope.PostgreSQL} {
		s, err := e.PrepareSQL(dialect, "box", boxRow, nil)
		require.NoError(t, err)
		texts := map[string]bool{}
		for i := range 6 {
			f, err := e.Filter(roles.UserID(fmt.Sprintf("u%d", i)), "box.see")
			require.NoError(t, err)
			c, err := s.Where(f, 3)
			if dialect == scope.PostgreSQL && i == 3 {
				require.EqualError(t, err, "named: PostgreSQL has no texts with a NUL")
				require.Zero(t, c)
				continue
			}
			require.NoError(t, err)
			require.True(t, c.Exact)
			texts[c.Text] = true
		}
		require.Len(t, texts, 1)
	}
}

// What a query cannot be given, or was not prepared for, is an error and never a
// condition.
func TestSQLFailsClosed(t *testing.T) {
	e := shelf(t, shelfPolicy, sayable...)
	f, err := e.Filter("u0", "box.see")
	require.NoError(t, err)
	other, err := e.PrepareSQL(scope.SQLite, "box", boxRow, nil, "box.move")
	require.NoError(t, err)
	c, err := other.Where(f, 0)
	require.EqualError(t, err, "open: the predicate was not prepared for this query")
	require.Zero(t, c)

	few, err := e.PrepareSQL(scope.SQLite, "box", boxRow, &scope.SQLOptions{MaxIDs: 2})
	require.NoError(t, err)
	root := access.New(e.Policy(), nil, nil).ForPrincipal(roles.Principal{User: roles.User{ID: "x"}}, nil)
	f, err = root.Filter("box.see")
	require.NoError(t, err)
	c, err = few.Where(f, 0)
	require.NoError(t, err)
	require.Equal(t, "FALSE", c.Text)

	for _, wrong := range []func() (scope.SQLCondition, error){
		func() (scope.SQLCondition, error) { return few.Where(nil, 0) },
		func() (scope.SQLCondition, error) { return few.Where(f, -1) },
		func() (scope.SQLCondition, error) {
			return shelfSQL(t, shelf(t, shelfPolicy, sayable...)).Where(f, 0)
		},
	} {
		c, err := wrong()
		require.Error(t, err)
		require.Zero(t, c)
	}
}

func shelfSQL(t *testing.T, e *access.Engine) *scope.SQL {
	s, err := e.PrepareSQL(scope.SQLite, "box", boxRow, nil)
	require.NoError(t, err)
	return s
}

// T-50: a list that is too long is an error.
func TestSQLListsAreCapped(t *testing.T) {
	e := shelf(t, strings.Replace(shelfPolicy, "scope: named}]", "scope: all}]", 1), sayable...)
	for _, c := range []struct {
		most  int
		error string
	}{{2, "a list has 3 elements, and SQLOptions.MaxIDs is 2"}, {3, ""}} {
		s, err := e.PrepareSQL(scope.SQLite, "box", boxRow, &scope.SQLOptions{MaxIDs: c.most})
		require.NoError(t, err)
		f := filterOfEverybody(t, e)
		where, err := s.Where(f, 0)
		if c.error != "" {
			require.EqualError(t, err, c.error)
			require.Zero(t, where)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, []any{`["h0","h1","h2"]`}, where.Args)
	}
}

// filterOfEverybody is of somebody who is bound at the root.
func filterOfEverybody(t *testing.T, e *access.Engine) *scope.Filter {
	f, err := e.ForPrincipal(roles.Principal{
		User: roles.User{ID: "x"}, Bindings: []roles.Binding{{User: "x", Role: "guest", Unit: scope.Root()}},
	}, nil).Filter("box.see")
	require.NoError(t, err)
	return f
}

// What costs too much for somebody is an error of their query, never a condition
// without it.
func TestWhatCostsTooMuchHasNoQuery(t *testing.T) {
	p, err := policy.Parse("dear", []byte(`
policy: dear
users: {attributes: {tags: list(string)}}
resources: {house: {unit: true}, box: {in: house, attributes: {open: bool}}}
privileges: {look: {on: box}}
scopes: {s: "resource.open || user.tags.all(a, user.tags.all(b, a != 'x'))"}
roles: {r: {grants: [{privileges: look, scope: s}]}}
`), &policy.Options{MaxCost: 3000})
	require.NoError(t, err)
	house := scope.NewRef("house", "h")
	engine := access.New(p, newDirectory(t, p, reference.World{
		Units:    []roles.Unit{{Ref: house, Parent: scope.Root()}},
		Users:    []roles.User{{ID: "few", Attributes: scope.Map{"tags": []string{"x"}}}, {ID: "many", Attributes: scope.Map{"tags": make([]string, 100)}}},
		Bindings: []roles.Binding{{User: "few", Role: "r", Unit: house}, {User: "many", Role: "r", Unit: house}},
	}), nil)
	s, err := engine.PrepareSQL(scope.SQLite, "box", scope.SQLRow{
		Alias: "b", ID: "id", In: map[string]scope.SQLParent{"house": {Column: "house"}}, Columns: map[string]string{"open": "open"},
	}, nil)
	require.NoError(t, err)
	for user, dear := range map[roles.UserID]bool{"few": false, "many": true} {
		f, err := engine.Filter(user, "look")
		require.NoError(t, err)
		c, err := s.Where(f, 0)
		require.Equal(t, dear, err != nil, "%s: %v", user, err)
		if dear {
			require.ErrorContains(t, err, "s: the condition costs too much")
			require.Zero(t, c)
		}
	}
}

// What cannot be said for some user is refused for all, when the SQL is prepared:
// a user who belongs nowhere is not the first to learn of it.
func TestWhatIsPreparedIsSaidForEverybody(t *testing.T) {
	p := parse(t, `
policy: notes
resources: {house: {unit: true}, note: {attributes: {made: timestamp}}}
privileges: {read: {on: note}}
scopes: {s: "within(resource, user.house) && [now].exists(v, v < resource.made)"}
roles: {r: {grants: [{privileges: read, scope: s}]}}
`)
	_, err := access.New(p, nil, nil).PrepareSQL(scope.SQLite, "note", scope.SQLRow{Alias: "n", ID: "id", Columns: map[string]string{"made": "made"}}, nil)
	require.ErrorContains(t, err, "in [now], a list that is known is said in SQL if it is of texts, ints or bools")
}

// A condition on the unit of which, for some user, only a part is left that looks
// at no unit is still said: the directory answers it.
func TestWhatIsLeftOfAConditionOnTheUnitIsSaid(t *testing.T) {
	p := parse(t, `
policy: schools
resources: {region: {unit: true, attributes: {open: bool}}, school: {unit: true, in: region}}
privileges: {see: {on: school}}
users: {attributes: {junior: bool}}
scopes: {s: "user.junior ? resource.region.open : [now].exists_one(v, has(resource.school))"}
roles: {r: {grants: [{privileges: see, scope: s}]}}
`)
	region, school := scope.NewRef("region", "r"), scope.NewRef("school", "s")
	engine := access.New(p, newDirectory(t, p, reference.World{
		Units: []roles.Unit{{Ref: region, Parent: scope.Root()}, {Ref: school, Parent: region}},
		Users: []roles.User{
			{ID: "junior", Attributes: scope.Map{"junior": true}}, {ID: "senior", Attributes: scope.Map{"junior": false}},
		},
		Bindings: []roles.Binding{{User: "junior", Role: "r", Unit: region}, {User: "senior", Role: "r", Unit: region}},
	}), nil)
	s, err := engine.PrepareSQL(scope.SQLite, "school", scope.SQLRow{Alias: "s", ID: "id"}, nil)
	require.NoError(t, err)
	for user, nothing := range map[roles.UserID]bool{"junior": true, "senior": false} {
		f, err := engine.Filter(user, "see")
		require.NoError(t, err)
		c, err := s.Where(f, 0)
		require.NoError(t, err, user)
		require.True(t, c.Exact)
		require.Equal(t, nothing, c.Text == "FALSE", "%s: %s", user, c.Text)
		require.Equal(t, nothing, len(c.Args) == 0, "%s: %s", user, c.Text)
	}
}
