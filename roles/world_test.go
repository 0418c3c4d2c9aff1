package roles_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// The world of these tests: schools and providers in authorities, pupils in
// schools; a reader, a writer that inherits it, and an auditor who can be bound
// at authorities only.

// start is the time by the directories' clock.
var start = time.Date(2025, 9, 1, 8, 0, 0, 0, time.UTC)

// schema is the policy, as far as a directory knows one.
type schema struct {
	types *scope.Types
	users *scope.AttributeTypes
	roles []roles.Role
	// checkRole and validate may be nil.
	checkRole func(in *roles.Snapshot, r roles.Role) []error
	validate  func(after *roles.Snapshot, changes []roles.Change, at time.Time) []*roles.Violation
}

func (s *schema) Types() *scope.Types                   { return s.types }
func (s *schema) UserAttributes() *scope.AttributeTypes { return s.users }
func (s *schema) Roles() []roles.Role                   { return s.roles }

func (s *schema) CheckRole(in *roles.Snapshot, r roles.Role) []error {
	if s.checkRole == nil {
		return nil
	}
	return s.checkRole(in, r)
}

func (s *schema) Validate(after *roles.Snapshot, changes []roles.Change, at time.Time) []*roles.Violation {
	if s.validate == nil {
		return nil
	}
	return s.validate(after, changes, at)
}

func (s *schema) ValidateAll(after *roles.Snapshot, at time.Time) []*roles.Violation {
	return s.Validate(after, nil, at)
}

type fataler interface {
	require.TestingT
	Helper()
}

func newSchema(t fataler) *schema {
	t.Helper()
	types, err := scope.NewTypes([]scope.TypeSpec{
		{Name: "authority", Unit: true, Attributes: map[string]string{"warnings": "int", "tags": "list(string)"}},
		{Name: "provider", Unit: true, In: []string{"authority"}},
		{Name: "school", Unit: true, In: []string{"authority", "provider"}},
		{Name: "pupil", In: []string{"school"}},
	})
	require.NoError(t, err)
	users, err := scope.NewAttributeTypes(map[string]string{"dept": "string", "tags": "list(string)", "extra": "map(bytes)"})
	require.NoError(t, err)
	return &schema{types: types, users: users, roles: []roles.Role{
		{ID: "writer", Fixed: true, Inherits: []roles.RoleID{"reader"}},
		{ID: "reader", Name: "Reader of all", Fixed: true},
		{ID: "auditor", Fixed: true, At: []string{"authority"}},
	}}
}

func newDirectory(t fataler, s *schema) *roles.Directory {
	t.Helper()
	d, err := roles.NewDirectory(s, &roles.Options{Clock: func() time.Time { return start }})
	require.NoError(t, err)
	return d
}

// newWorld returns a directory with ann and bob, and schools s1 and s2 of leeds
// and s3 of york.
func newWorld(t fataler) *roles.Directory {
	t.Helper()
	return newWorldOf(t, newSchema(t))
}

// newWorldOf is newWorld with a schema, to which questions can be added later.
func newWorldOf(t fataler, s *schema) *roles.Directory {
	t.Helper()
	d := newDirectory(t, s)
	must(t, d, func(tx *roles.Tx) {
		tx.AddUnit(leeds, scope.Root())
		tx.AddUnit(york, scope.Root())
		tx.AddUnit(s1, leeds)
		tx.AddUnit(s2, leeds)
		tx.AddUnit(s3, york)
		tx.AddUser(roles.User{ID: "ann", Unit: leeds})
		tx.AddUser(roles.User{ID: "bob"})
	})
	return d
}

var (
	leeds, york = scope.NewRef("authority", "leeds"), scope.NewRef("authority", "york")
	s1, s2, s3  = scope.NewRef("school", "s1"), scope.NewRef("school", "s2"), scope.NewRef("school", "s3")
)

// must commits changes that nothing is wrong with.
func must(t fataler, d *roles.Directory, fn func(tx *roles.Tx)) roles.Commit {
	t.Helper()
	c, err := d.Update("test", func(tx *roles.Tx) error { fn(tx); return nil })
	require.NoError(t, err)
	return c
}

// refused makes changes that must be refused, and leave no trace, in a dry run
// as in an update. It returns the text of the refusal.
func refused(t fataler, d *roles.Directory, code error, fn func(tx *roles.Tx)) string {
	t.Helper()
	before := d.Snapshot()
	run := func(tx *roles.Tx) error { fn(tx); return nil }
	_, dry := d.DryRun("test", run)
	c, err := d.Update("test", run)
	require.Error(t, err)
	require.Error(t, dry)
	require.Equal(t, err.Error(), dry.Error(), "the dry run refuses in the same words")
	require.ErrorIs(t, err, code)
	var r *roles.Refusal
	require.True(t, errors.As(err, &r), "%T", err)
	require.Equal(t, "test", r.By)
	require.Zero(t, c)
	require.Same(t, before, d.Snapshot(), "a refused change leaves no trace")
	return err.Error()
}

// steps are the changes of a commit as text.
func steps(c roles.Commit) []string {
	var out []string
	for _, ch := range c.Changes {
		out = append(out, ch.String())
	}
	return out
}

func lines(text ...string) string { return strings.Join(text, "\n") }

func refs(list ...scope.Ref) []scope.Ref { return slices.Clone(list) }

func TestASmallWorld(t *testing.T) {
	d := newWorld(t)
	c := must(t, d, func(tx *roles.Tx) {
		tx.Bind("ann", "writer", leeds)
		tx.Bind("bob", "reader", s1)
		tx.Assign("ann", s2)
	})
	require.Equal(t, uint64(2), c.Revision)
	require.Equal(t, start, c.At)
	require.Equal(t, []string{"bind ann as writer at authority:leeds", "bind bob as reader at school:s1",
		"assign school:s2 to ann"}, steps(c))
	s := d.Snapshot()
	require.Equal(t, refs(s1, s2), s.Units("school", leeds))
	require.Len(t, s.Holders("reader"), 2)
	require.Len(t, s.BindingsOf("reader"), 1)
	require.True(t, s.AssignmentsOf("ann").Has(s2))
	require.Equal(t, []roles.RoleID{"writer", "reader"}, s.Closure("writer"))
}
