package roles_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// newCity returns a directory with n users, all of whom are readers in one
// authority and have one school, and n schools in that authority.
func newCity(t fataler, n int) *roles.Directory {
	t.Helper()
	d := newDirectory(t, newSchema(t))
	must(t, d, func(tx *roles.Tx) {
		tx.AddUnit(leeds, scope.Root())
		for i := range n {
			school, user := scope.NewRef("school", fmt.Sprint("s", i)), roles.UserID(fmt.Sprint("u", i))
			tx.AddUnit(school, leeds)
			tx.AddUser(roles.User{ID: user, Unit: leeds})
			tx.Bind(user, "reader", leeds)
			tx.Assign(user, school)
		}
	})
	return d
}

// A task is something done often, to one user of many.
var tasks = []struct {
	name string
	do   func(tx *roles.Tx, user roles.UserID, i int)
	undo func(tx *roles.Tx, user roles.UserID, i int)
}{
	{"bind",
		func(tx *roles.Tx, u roles.UserID, _ int) { tx.Bind(u, "writer", leeds) },
		func(tx *roles.Tx, u roles.UserID, _ int) { tx.Unbind(u, "writer", leeds) }},
	{"assign",
		func(tx *roles.Tx, u roles.UserID, _ int) { tx.Assign(u, leeds) },
		func(tx *roles.Tx, u roles.UserID, _ int) { tx.Unassign(u, leeds) }},
	{"change user",
		func(tx *roles.Tx, u roles.UserID, _ int) { tx.ChangeUser(roles.User{ID: u, Inactive: true}) },
		func(tx *roles.Tx, u roles.UserID, _ int) { tx.ChangeUser(roles.User{ID: u, Unit: leeds}) }},
	{"add unit",
		func(tx *roles.Tx, _ roles.UserID, i int) {
			tx.AddUnit(scope.NewRef("school", fmt.Sprint("new", i)), leeds)
		},
		func(tx *roles.Tx, _ roles.UserID, i int) { tx.RemoveUnit(scope.NewRef("school", fmt.Sprint("new", i))) }},
	{"add role",
		func(tx *roles.Tx, _ roles.UserID, i int) {
			tx.AddRole(roles.Role{ID: roles.RoleID(fmt.Sprint("new", i)), Unit: leeds, Inherits: []roles.RoleID{"reader"}})
		},
		func(tx *roles.Tx, _ roles.UserID, i int) { tx.RemoveRole(roles.RoleID(fmt.Sprint("new", i))) }},
}

// TestAChangeCostsInProportionToItself: with a hundred times the users, units,
// bindings and assignments, a change allocates little more.
func TestAChangeCostsInProportionToItself(t *testing.T) {
	const small, large, times = 200, 20_000, 50
	little, big := newCity(t, small), newCity(t, large)
	for _, task := range tasks {
		cost := func(d *roles.Directory, n int) uint64 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for i := range times {
				user := roles.UserID(fmt.Sprint("u", i*n/times))
				must(t, d, func(tx *roles.Tx) { task.do(tx, user, i) })
				must(t, d, func(tx *roles.Tx) { task.undo(tx, user, i) })
			}
			runtime.ReadMemStats(&after)
			return (after.TotalAlloc - before.TotalAlloc) / times
		}
		a, b := cost(little, small), cost(big, large)
		t.Logf("%s and back: %d bytes among %d, %d among %d", task.name, a, small, b, large)
		require.Less(t, b, 3*a, task.name)
	}
}

// TestADecisionReadsWithoutAllocating: what is asked at each decision.
func TestADecisionReadsWithoutAllocating(t *testing.T) {
	d := newCity(t, 100)
	must(t, d, func(tx *roles.Tx) { tx.Bind("u7", "writer", leeds) })
	school := scope.NewRef("school", "s7")
	n := testing.AllocsPerRun(100, func() {
		s := d.Snapshot()
		account, ok := s.Account("u7")
		if !ok || account.User().Inactive || !s.AssignmentsOf("u7").Has(school) || !s.Contains(leeds, school) {
			panic("wrong answer")
		}
		held := 0
		for b := range account.Bindings() {
			held += len(s.Closure(b.Role))
		}
		if _, _, ok := s.Locate(school); held != 3 || !ok {
			panic("wrong answer")
		}
		if b, ok := account.Binding("writer", leeds); !ok || b.Unit != leeds || account.Held() != 2 || !account.Has(school) || account.Has(leeds) {
			panic("wrong answer")
		}
		if account.Has(scope.NewRef("pupil", "p1")) {
			panic("wrong answer")
		}
	})
	require.Zero(t, n)
}

// TestDepthAndWidthAreBounded (T-11): roles that inherit in layers, each all of
// the layer below, and a name a megabyte long.
func TestDepthAndWidthAreBounded(t *testing.T) {
	const layers, width = roles.MaxInheritance, 20
	d := newWorld(t)
	began := time.Now()
	id := func(layer, i int) roles.RoleID { return roles.RoleID(fmt.Sprint("r", layer, "-", i)) }
	must(t, d, func(tx *roles.Tx) {
		var below []roles.RoleID
		for layer := range layers {
			var here []roles.RoleID
			for i := range width {
				here = append(here, id(layer, i))
				tx.AddRole(roles.Role{ID: here[i], Unit: leeds, Inherits: below})
			}
			below = here
		}
	})
	must(t, d, func(tx *roles.Tx) {
		tx.ChangeRole(roles.Role{ID: id(0, 0), Unit: leeds, Inherits: []roles.RoleID{"reader"}})
	})
	require.Len(t, d.Snapshot().Closure(id(layers-1, 0)), (layers-1)*width+2)
	refused(t, d, roles.ErrInvalid, func(tx *roles.Tx) {
		tx.AddRole(roles.Role{ID: "x", Unit: leeds, Name: strings.Repeat("x", 1<<20)})
	})
	require.Less(t, time.Since(began), 10*time.Second)
}

func BenchmarkUpdate(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		d := newCity(b, n)
		for _, task := range tasks {
			b.Run(fmt.Sprintf("%s and back among %d", task.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for i := range b.N {
					user := roles.UserID(fmt.Sprint("u", i%n))
					must(b, d, func(tx *roles.Tx) { task.do(tx, user, i) })
					must(b, d, func(tx *roles.Tx) { task.undo(tx, user, i) })
				}
			})
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		s := newCity(b, n).Snapshot()
		user, school := roles.UserID("u500"), scope.NewRef("school", "s500")
		for name, read := range map[string]func(){
			"account":  func() { s.Account(user) },
			"bindings": func() { s.Bindings(user) },
			"assigned": func() { s.AssignmentsOf(user).Has(school) },
			"contains": func() { s.Contains(leeds, school) },
			"closure":  func() { s.Closure("writer") },
		} {
			b.Run(fmt.Sprintf("%s among %d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for range b.N {
					read()
				}
			})
		}
	}
}

// BenchmarkLoad builds a whole directory of 1000 users and schools in one
// Update.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		newCity(b, 1000)
	}
}
