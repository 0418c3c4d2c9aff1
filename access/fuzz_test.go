package access_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// fuzzWorld has a reader, a keeper and an owner in Leeds, and Leeds alone.
func fuzzWorld() reference.World {
	return reference.World{
		Units:       []roles.Unit{{Ref: leeds, Parent: scope.Root()}, {Ref: s1, Parent: leeds}, {Ref: s2, Parent: leeds}},
		Users:       []roles.User{{ID: "ann", Attributes: scope.Map{"badge": true}}},
		Bindings:    []roles.Binding{{User: "ann", Role: "reader", Unit: leeds}, {User: "ann", Role: "keeper", Unit: leeds}, {User: "ann", Role: "owner", Unit: leeds}},
		Assignments: []roles.Assignment{{User: "ann", Resource: s1}},
	}
}

// FuzzAttributes holds the engine to the reference with whatever JSON can say of
// a resource, of what it is in, and of a request.
func FuzzAttributes(f *testing.F) {
	for _, seed := range [][3]string{
		{`{"owner": "ann"}`, `{"size": 3}`, `{"mfa": true}`}, {`{"owner": "bob", "tags": ["x"], "info": {"k": "v"}}`, `{}`, `{"reason": "audit"}`},
		{`{"owner": 1}`, `{"size": "3"}`, `{"mfa": "true"}`}, {`{"onwer": "ann"}`, `null`, `{}`}, {`{"owner": null, "weight": 1e400}`, `{"size": 1.5}`, `null`},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]), []byte(seed[2]))
	}
	p, data := parse(f, schools), fuzzWorld()
	engine := access.New(p, newDirectory(f, p, data), &access.Options{Clock: func() time.Time { return now }})
	e := reference.New(p.Document())
	f.Fuzz(func(t *testing.T, own, school, context []byte) {
		var attributes, above, facts map[string]any
		if json.Unmarshal(own, &attributes) != nil || json.Unmarshal(school, &above) != nil || json.Unmarshal(context, &facts) != nil {
			return
		}
		r := file("f", scope.Ref{})
		r.Attributes = scope.Map(attributes)
		r.In = &scope.Resource{Type: "school", ID: "s2", Attributes: scope.Map(above)}
		for _, action := range []roles.Action{"file.read", "file.write"} {
			q := reference.Question{User: "ann", Action: action, Resource: r, Context: facts, Now: now}
			want, d := e.Decide(&data, q), decide(engine, q)
			require.Equal(t, string(want.Reason), d.Reason().String(), "%s", d)
			require.Equal(t, want.Allowed, d.Allowed())
			require.NotEmpty(t, d.String()+d.Message())
		}
	})
}

// FuzzFilter holds, of any condition as a scope and as a constraint: a policy
// refuses it, or a Filter passes what Decide allows, also when it is read back
// from what it says as CEL; and what is said in SQL has its parameters and
// nothing of their values.
func FuzzFilter(f *testing.F) {
	for _, example := range []string{"ncmp", "ncatrak"} {
		p := policyOfExample(f, example)
		for _, s := range p.Document().Scopes {
			f.Add(s.When, "ann", 1, true)
		}
		for _, c := range p.Document().Constraints {
			f.Add(c.Require, "ann", 1, true)
		}
	}
	for _, when := range []string{
		"resource.owner == user.id", "!(resource.owner == 'ann') || resource.count > 1", "resource.open", "has(resource.owner) && resource.owner in user.skills",
		"assigned(resource)", "resource.tags.exists(t, t == user.id)", "resource.owner in ['ann', \"'--\"]", "resource.school.id == 's1' || within(resource, user.authority)",
		"resource.count + 1 > 9223372036854775807", "now < resource.since",
	} {
		f.Add(when, "ann", 2, false)
		f.Add(when, "'); --\x00%_", -1, true)
	}
	f.Fuzz(func(t *testing.T, when, text string, count int, open bool) {
		document := parse(t, schools).Document()
		document.Scopes[2].When = when
		document.Constraints[0].Require = when
		document.Constraints[0].On = []string{"file.read"}
		p, err := policy.Compile(document, nil)
		if err != nil {
			return
		}
		data := fuzzWorld()
		engine := access.New(p, newDirectory(t, p, data), &access.Options{Clock: func() time.Time { return now }})
		rows := []scope.Resource{file("f", s1), file("g", s2), file("h", s3)}
		rows[1].Attributes = scope.Map{"owner": text, "count": count, "open": open, "tags": []string{text}}
		for _, action := range []roles.Action{"file.read", "file.write"} {
			filter, err := engine.Filter("ann", action)
			require.NoError(t, err)
			for _, r := range rows {
				d := engine.Decide("ann", action, r)
				require.Equal(t, d.Allowed(), filter.Matches(r), "%s: %s", when, d)
				require.False(t, d.Allowed() && filter.Nothing() || !d.Allowed() && filter.Everything() && r.Parent != s3)
			}
			sqlHoldsNoValues(t, engine, filter, action)
		}
	})
}

// sqlHoldsNoValues says a filter in SQL, if the database can say it.
func sqlHoldsNoValues(t *testing.T, engine *access.Engine, filter *scope.Filter, action roles.Action) {
	row := scope.SQLRow{Alias: "f", ID: "id", In: map[string]scope.SQLParent{"school": {Column: "school"}},
		Columns: map[string]string{"owner": "owner", "count": "count", "open": "open", "since": "since"}}
	for _, dialect := range []scope.SQLDialect{scope.SQLite, scope.PostgreSQL} {
		s, err := engine.PrepareSQL(dialect, "file", row, nil, action)
		if err != nil {
			continue
		}
		c, err := s.Where(filter, 2)
		if err != nil {
			require.Empty(t, c.Text, "an error comes without a condition")
			continue
		}
		require.True(t, c.Exact)
		require.NotContains(t, c.Text, "--")
		require.NotContains(t, c.Text, "\x00")
		mark := map[scope.SQLDialect]string{scope.SQLite: "?", scope.PostgreSQL: "$"}[dialect]
		for i := range c.Args {
			require.Contains(t, c.Text, fmt.Sprintf("%s%d", mark, i+3))
		}
		require.False(t, strings.Contains(c.Text, fmt.Sprintf("%s%d", mark, len(c.Args)+3)), "a parameter without a value")
	}
}
