package dirfile_test

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// rules is a policy, as far as a directory knows one: schools in authorities,
// pupils in schools, the role reader; everything that attributes can be; the
// action pupil.view; and that leeds has a reader.
type rules struct {
	types *scope.Types
	users *scope.AttributeTypes
}

func (s rules) Types() *scope.Types                   { return s.types }
func (s rules) UserAttributes() *scope.AttributeTypes { return s.users }
func (s rules) Roles() []roles.Role                   { return []roles.Role{{ID: "reader", Fixed: true}} }

func (s rules) CheckRole(_ *roles.Snapshot, r roles.Role) (faults []error) {
	for _, g := range r.Grants {
		for _, a := range g.Privileges {
			if a != "pupil.view" {
				faults = append(faults, fmt.Errorf("unknown action %q", a))
			}
		}
	}
	return faults
}

func (s rules) Validate(after *roles.Snapshot, _ []roles.Change, _ time.Time) []*roles.Violation {
	leeds := scope.NewRef("authority", "leeds")
	if after.Contains(leeds, leeds) && len(after.HoldersAt("reader", leeds)) == 0 {
		return []*roles.Violation{{Invariant: "a reader", Kind: "authority", Subject: "leeds", Fact: "nobody reads it"}}
	}
	return nil
}

func (s rules) ValidateAll(in *roles.Snapshot, at time.Time) []*roles.Violation {
	return s.Validate(in, nil, at)
}

// attributeTypes has one of each type.
var attributeTypes = map[string]string{
	"b": "bool", "i": "int", "u": "uint", "d": "double", "s": "string", "raw": "bytes", "at": "timestamp", "span": "duration",
	"names": "list(string)", "by": "map(list(double))", "moments": "list(timestamp)", "keys": "map(bytes)",
}

type tester interface {
	require.TestingT
	Helper()
}

func newDirectory(t tester) *roles.Directory {
	t.Helper()
	types, err := scope.NewTypes([]scope.TypeSpec{
		{Name: "authority", Unit: true, Attributes: attributeTypes},
		{Name: "school", Unit: true, In: []string{"authority", "school2"}},
		{Name: "school2", Unit: true, In: []string{"authority"}},
		{Name: "pupil", In: []string{"school"}},
	})
	require.NoError(t, err)
	users, err := scope.NewAttributeTypes(attributeTypes)
	require.NoError(t, err)
	d, err := roles.NewDirectory(rules{types, users}, nil)
	require.NoError(t, err)
	return d
}

// contents is all that there is in a snapshot but its revision, as text.
func contents(s *roles.Snapshot) string {
	out := fmt.Sprintf("%#v\n", s.Roles())
	for _, typ := range []string{"authority", "school", "school2"} {
		for _, ref := range s.Units(typ, scope.Root()) {
			u, _ := s.Unit(ref)
			out += fmt.Sprintf("%#v\n", u)
		}
	}
	for _, id := range s.Users() {
		u, _ := s.User(id)
		out += fmt.Sprintf("%#v %#v %#v\n", u, s.Bindings(id), s.Assignments(id))
	}
	return out
}
