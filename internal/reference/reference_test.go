package reference_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// plain are the names that the reference may use of the packages that are held
// to it: records and references, none that decides, indexes or compiles.
var plain = map[string][]string{
	"scope":  {"Ref", "Root", "Resource", "Map", "Attributes"},
	"roles":  {"Action", "Unit", "User", "UserID", "Role", "RoleID", "Grant", "Binding", "Assignment", "Principal"},
	"policy": {"Document", "Resource", "Privilege", "Role", "Constraint", "View"},
}

func TestTheReferenceUsesPlainDataOnly(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(syntax, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if id, ok := s.X.(*ast.Ident); ok && plain[id.Name] != nil {
				require.Contains(t, plain[id.Name], s.Sel.Name, "%s uses %s.%s", name, id.Name, s.Sel.Name)
			}
			return true
		})
	}
}

var (
	noon  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	leeds = scope.NewRef("authority", "leeds")
	york  = scope.NewRef("authority", "york")
	s1    = scope.NewRef("school", "s1")
)

var document = policy.Document{
	Policy:  "test",
	Users:   map[string]string{"badge": "bool"},
	Context: map[string]string{"mfa": "bool"},
	Resources: []policy.Resource{
		{Name: "authority", Unit: true, Attributes: map[string]string{"closed": "bool"}},
		{Name: "school", Unit: true, In: []string{"authority"}},
		{Name: "pupil", In: []string{"school"}, Attributes: map[string]string{"owner": "string"}},
	},
	Privileges: []policy.Privilege{{Name: "pupil", On: "pupil", Levels: []string{"view", "edit"}}, {Name: "close", On: "authority"}},
	Scopes:     []policy.Scope{{Name: "all", When: "true"}, {Name: "own", When: "resource.owner == user.id"}, {Name: "mine", When: "assigned(resource)"}},
	Roles: []policy.Role{
		{Name: "viewer", Grants: []policy.Grant{{Privileges: []roles.Action{"pupil.view"}, Scope: "all"}}},
		{Name: "owner", Inherits: []string{"viewer"}, Scope: "own", Grants: []policy.Grant{{Privileges: []roles.Action{"pupil.edit"}}}},
		{Name: "keeper", Grants: []policy.Grant{{Privileges: []roles.Action{"pupil.edit"}, Scope: "mine", When: "user.badge"}}},
		{Name: "chief", Everything: true, Scope: "all"},
	},
	Constraints: []policy.Constraint{
		{Name: "open", On: []string{"pupil.edit"}, Require: "!resource.authority.closed"},
		{Name: "factor", On: []string{"close"}, Require: "context.mfa"},
	},
}

var world = reference.World{
	Units: []roles.Unit{
		{Ref: leeds, Parent: scope.Root(), Attributes: scope.Map{"closed": false}},
		{Ref: york, Parent: scope.Root(), Attributes: scope.Map{"closed": true}},
		{Ref: s1, Parent: leeds}, {Ref: scope.NewRef("school", "y1"), Parent: york},
	},
	Users: []roles.User{{ID: "vi"}, {ID: "ow"}, {ID: "ke", Attributes: scope.Map{"badge": true}}, {ID: "ch"}, {ID: "in", Inactive: true}, {ID: "no"}},
	Bindings: []roles.Binding{
		{User: "vi", Role: "viewer", Unit: leeds, Until: noon.Add(time.Hour)}, {User: "ow", Role: "owner", Unit: scope.Root()},
		{User: "ke", Role: "keeper", Unit: leeds}, {User: "ch", Role: "chief", Unit: scope.Root()}, {User: "in", Role: "chief", Unit: scope.Root()},
	},
	Assignments: []roles.Assignment{{User: "ke", Resource: s1}},
}

// The reference is read, not trusted: these are answers that a person can check
// against the laws.
func TestTheReferenceSaysWhatTheLawsSay(t *testing.T) {
	e := reference.New(document)
	pupil := func(school string, attributes scope.Map) scope.Resource {
		return scope.Resource{Type: "pupil", ID: "p", Parent: scope.NewRef("school", school), Attributes: attributes}
	}
	at := func(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }
	for _, c := range []struct {
		name string
		q    reference.Question
		want reference.Reason
	}{
		{"a grant in the unit", reference.Question{User: "vi", Action: "pupil.view", Resource: pupil("s1", nil)}, reference.Granted},
		{"beside it", reference.Question{User: "vi", Action: "pupil.view", Resource: pupil("y1", nil)}, reference.OutsideUnit},
		{"later", reference.Question{User: "vi", Action: "pupil.view", Resource: pupil("s1", nil), Now: at(1)}, reference.NotInForce},
		{"a level above", reference.Question{User: "vi", Action: "pupil.edit", Resource: pupil("s1", nil)}, reference.NoGrant},
		{"inherited, a level below", reference.Question{User: "ow", Action: "pupil.view", Resource: pupil("y1", nil)}, reference.Granted},
		{"in its own scope", reference.Question{User: "ow", Action: "pupil.edit", Resource: pupil("s1", scope.Map{"owner": "ow"})}, reference.Granted},
		{"not in it", reference.Question{User: "ow", Action: "pupil.edit", Resource: pupil("s1", scope.Map{"owner": "vi"})}, reference.OutOfScope},
		{"a scope without a value", reference.Question{User: "ow", Action: "pupil.edit", Resource: pupil("s1", nil)}, reference.ConditionError},
		{"a constraint", reference.Question{User: "ow", Action: "pupil.edit", Resource: pupil("y1", scope.Map{"owner": "ow"})}, reference.ConstraintUnmet},
		{"assigned above, and the condition", reference.Question{User: "ke", Action: "pupil.edit", Resource: pupil("s1", nil)}, reference.Granted},
		{"everything", reference.Question{User: "ch", Action: "close", Resource: scope.Resource{Type: "authority", ID: "york"}, Context: scope.Map{"mfa": true}}, reference.Granted},
		{"a constraint without a value", reference.Question{User: "ch", Action: "close", Resource: scope.Resource{Type: "authority", ID: "york"}}, reference.ConstraintError},
		{"inactive", reference.Question{User: "in", Action: "pupil.view", Resource: pupil("s1", nil)}, reference.InactiveUser},
		{"no role", reference.Question{User: "no", Action: "pupil.view", Resource: pupil("s1", nil)}, reference.NoRole},
		{"nobody", reference.Question{User: "NO", Action: "pupil.view", Resource: pupil("s1", nil)}, reference.UnknownUser},
		{"no action", reference.Question{User: "ch", Action: "pupil", Resource: pupil("s1", nil)}, reference.UnknownAction},
		{"another type", reference.Question{User: "ch", Action: "close", Resource: pupil("s1", nil)}, reference.WrongType},
		{"no such school", reference.Question{User: "ch", Action: "pupil.view", Resource: pupil("s9", nil)}, reference.MalformedResource},
		{"no such attribute", reference.Question{User: "ch", Action: "pupil.view", Resource: pupil("s1", scope.Map{"ownr": "x"})}, reference.WrongAttribute},
		{"no such attribute, even absent", reference.Question{User: "ch", Action: "pupil.view", Resource: pupil("s1", scope.Map{"ownr": nil})}, reference.WrongAttribute},
		{"no such fact", reference.Question{User: "ch", Action: "pupil.view", Resource: pupil("s1", nil), Context: scope.Map{"mfa": 1}}, reference.WrongContext},
	} {
		if c.q.Now.IsZero() {
			c.q.Now = noon
		}
		want := reference.Outcome{Allowed: c.want == reference.Granted, Reason: c.want}
		require.Equal(t, want, e.Decide(&world, c.q), c.name)

		p := principalOf(c.q.User)
		if p == nil {
			continue
		}
		c.q.Principal = p
		require.Equal(t, want, e.Decide(&world, c.q), "%s, by value", c.name)
	}
}

func principalOf(id roles.UserID) *roles.Principal {
	i := slices.IndexFunc(world.Users, func(u roles.User) bool { return u.ID == id })
	if i < 0 {
		return nil
	}
	p := &roles.Principal{User: world.Users[i]}
	for _, b := range world.Bindings {
		if b.User == id {
			p.Bindings = append(p.Bindings, b)
		}
	}
	for _, a := range world.Assignments {
		if a.User == id {
			p.Assignments = append(p.Assignments, a.Resource)
		}
	}
	return p
}
