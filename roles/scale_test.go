package roles_test

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A scale is how much there is in a directory of authorities, with schools in
// them and users who have some of the schools.
type scale struct {
	name                                    string
	tenants, users, schools, assigned, role int // role: custom roles
}

var (
	scaleS  = scale{"S", 10, 200, 400, 4_000, 10}
	scaleM  = scale{"M", 30, 2_000, 4_000, 40_000, 30}
	scaleL  = scale{"L", 150, 20_000, 25_000, 1_000_000, 150}
	scaleXL = scale{"XL", 1_000, 1_000_000, 100_000, 10_000_000, 10_000}
)

// scales are those that benchmarks run: XL where BAILIWICK_XL is set, alone.
func scales() []scale {
	if os.Getenv("BAILIWICK_XL") != "" {
		return []scale{scaleXL}
	}
	return []scale{scaleS, scaleM, scaleL}
}

// A populace is what is put into a directory: its ids, made before anything is
// measured.
type populace struct {
	scale
	authorities, refs []scope.Ref
	ids               []roles.UserID
	roles             []roles.RoleID
}

func newPopulace(sc scale) *populace {
	p := &populace{scale: sc}
	for i := range sc.tenants {
		p.authorities = append(p.authorities, scope.NewRef("authority", fmt.Sprint("a", i)))
	}
	for i := range sc.schools {
		p.refs = append(p.refs, scope.NewRef("school", fmt.Sprint("s", i)))
	}
	for i := range sc.users {
		p.ids = append(p.ids, roles.UserID(fmt.Sprint("u", i)))
	}
	for i := range sc.role {
		p.roles = append(p.roles, roles.RoleID(fmt.Sprint("r", i)))
	}
	return p
}

// tenantOf spreads users and schools evenly over the tenants.
func (p *populace) tenantOf(i int) int { return i % p.tenants }

// put makes all of the populace: what belongs together in the order of a dump,
// which is units, then roles, users, bindings, and assignments user by user.
func (p *populace) put(tx *roles.Tx) {
	for _, a := range p.authorities {
		tx.AddUnit(a, scope.Root())
	}
	for i, s := range p.refs {
		tx.AddUnit(s, p.authorities[p.tenantOf(i)])
	}
	for i, id := range p.roles {
		tx.AddRole(roles.Role{ID: id, Unit: p.authorities[p.tenantOf(i)], Inherits: []roles.RoleID{"reader"}})
	}
	for i, id := range p.ids {
		tx.AddUser(roles.User{ID: id, Unit: p.authorities[p.tenantOf(i)]})
	}
	for i, id := range p.ids {
		tx.Bind(id, p.roleOf(i), p.authorities[p.tenantOf(i)])
	}
	p.assign(tx)
}

// roleOf is a fixed role for every other user, and one of the custom ones of
// their tenant for the rest.
func (p *populace) roleOf(i int) roles.RoleID {
	if i%2 == 0 {
		return "writer"
	}
	return p.roles[(p.tenantOf(i)+i/p.tenants*p.tenants)%p.role]
}

// schoolOf is the k-th school of a user's own: schools of their tenant.
func (p *populace) schoolOf(user, k int) scope.Ref {
	t, perTenant := p.tenantOf(user), p.schools/p.tenants
	return p.refs[t+(user*7+k)%perTenant*p.tenants]
}

// each is how many schools each user has.
func (p *populace) each() int { return p.assigned / p.users }

func (p *populace) assign(tx *roles.Tx) {
	for i, id := range p.ids {
		for k := range p.each() {
			tx.Assign(id, p.schoolOf(i, k))
		}
	}
}

func (p *populace) load(t fataler) *roles.Directory {
	t.Helper()
	d, err := load(newSchema(t), p.put)
	require.NoError(t, err)
	return d
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkScale loads a directory, and reports the heap that all of it takes,
// divided by the number of assignments, the bytes of the ids not counted (the
// benchmark holds them anyway); and then what changes and questions cost in it.
//
//	go test ./roles -run - -bench Scale
//	BAILIWICK_XL=1 go test ./roles -run - -bench 'Scale/XL/^[^l]' -benchtime 1000x -timeout 1h
func BenchmarkScale(b *testing.B) {
	for _, sc := range scales() {
		b.Run(sc.name, func(b *testing.B) {
			p := newPopulace(sc)
			b.Run("load", func(b *testing.B) {
				b.ReportAllocs()
				for range b.N {
					p.load(b)
				}
			})
			b.Run("load in an update", func(b *testing.B) {
				b.ReportAllocs()
				for range b.N {
					must(b, newDirectory(b, newSchema(b)), p.put)
				}
			})
			before, began := heap(), time.Now()
			d := p.load(b)
			took := time.Since(began)
			each := float64(heap()-before) / float64(p.assigned)
			b.Run("one load", func(b *testing.B) {
				b.ReportMetric(each, "B/assignment")
				b.ReportMetric(took.Seconds(), "s")
			})
			b.Run("change one user", func(b *testing.B) { p.changeUser(b, d) })
			b.Run("assign one school", func(b *testing.B) { p.changeAssignment(b, d) })
			b.Run("add a school", func(b *testing.B) { p.changeUnit(b, d) })
			b.Run("change a role of many", func(b *testing.B) { p.changeRole(b, d) })
			p.read(b, d)
		})
	}
}

// median runs do b.N times and reports the median of its time.
func median(b *testing.B, do func(i int)) {
	b.ReportAllocs()
	took := make([]time.Duration, b.N)
	for i := range b.N {
		began := time.Now()
		do(i)
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "median-ns")
}

func (p *populace) changeUser(b *testing.B, d *roles.Directory) {
	median(b, func(i int) {
		n := i / 2 * 7919 % p.users
		must(b, d, func(tx *roles.Tx) {
			tx.ChangeUser(roles.User{ID: p.ids[n], Unit: p.authorities[p.tenantOf(n)], Inactive: i%2 == 0})
		})
	})
}

func (p *populace) changeAssignment(b *testing.B, d *roles.Directory) {
	median(b, func(i int) {
		n := i / 2 * 7919 % p.users
		school := p.refs[(p.tenantOf(n)+1)%len(p.refs)]
		must(b, d, func(tx *roles.Tx) {
			if i%2 == 0 {
				tx.Assign(p.ids[n], school)
			} else {
				tx.Unassign(p.ids[n], school)
			}
		})
	})
	if b.N%2 == 1 {
		n := (b.N - 1) / 2 * 7919 % p.users
		must(b, d, func(tx *roles.Tx) { tx.Unassign(p.ids[n], p.refs[(p.tenantOf(n)+1)%len(p.refs)]) })
	}
}

func (p *populace) changeUnit(b *testing.B, d *roles.Directory) {
	school := scope.NewRef("school", "new")
	median(b, func(i int) {
		must(b, d, func(tx *roles.Tx) {
			if i%2 == 0 {
				tx.AddUnit(school, p.authorities[0])
			} else {
				tx.RemoveUnit(school)
			}
		})
	})
	if b.N%2 == 1 {
		must(b, d, func(tx *roles.Tx) { tx.RemoveUnit(school) })
	}
}

// changeRole changes a role that half of the users, or 10 000 of them, hold.
func (p *populace) changeRole(b *testing.B, d *roles.Directory) {
	held := min(10_000, p.users/2)
	must(b, d, func(tx *roles.Tx) {
		if _, ok := tx.Snapshot().Role("many"); ok {
			return
		}
		tx.AddRole(roles.Role{ID: "many", Unit: scope.Root()})
		for i := range held {
			tx.Bind(p.ids[i], "many", p.authorities[p.tenantOf(i)])
		}
	})
	median(b, func(i int) {
		role := roles.Role{ID: "many", Unit: scope.Root()}
		if i%2 == 0 {
			role.Inherits = []roles.RoleID{"reader"}
		}
		must(b, d, func(tx *roles.Tx) { tx.ChangeRole(role) })
	})
	must(b, d, func(tx *roles.Tx) { tx.ChangeRole(roles.Role{ID: "many", Unit: scope.Root()}) })
}

// read measures what is asked at every decision, of users and schools that come
// in no order.
func (p *populace) read(b *testing.B, d *roles.Directory) {
	s := d.Snapshot()
	const asked = 4096
	type question struct {
		user      roles.UserID
		school    scope.Ref
		authority scope.Ref
	}
	questions := make([]question, asked)
	for i := range questions {
		n := i * 7919 % p.users
		questions[i] = question{p.ids[n], p.schoolOf(n, i*31%(2*p.each())), p.authorities[p.tenantOf(n)]}
	}
	for _, read := range []struct {
		name string
		do   func(q *question)
	}{
		{"account", func(q *question) { s.Account(q.user) }},
		{"bindings", func(q *question) {
			a, _ := s.Account(q.user)
			for range a.Bindings() {
			}
		}},
		{"has", func(q *question) {
			a, _ := s.Account(q.user)
			a.Has(q.school)
		}},
		{"locate", func(q *question) { s.Locate(q.school) }},
		{"contains", func(q *question) { s.Contains(q.authority, q.school) }},
		{"assignments", func(q *question) { s.Assignments(q.user) }},
		{"holders", func(q *question) { s.HoldersAt("reader", q.authority) }},
	} {
		b.Run("read "+read.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				read.do(&questions[i%asked])
			}
		})
	}
}
