package access_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A size is how much there is to decide about: centres and authorities are
// tenants, and records are schools or cases.
type size struct {
	name                              string
	tenants, users, records, assigned int
}

// sizes are those of the benchmarks.
var (
	sizeS = size{"S", 10, 200, 400, 4_000}
	sizeM = size{"M", 30, 2_000, 4_000, 40_000}
	sizeL = size{"L", 150, 20_000, 25_000, 1_000_000}
)

// asked is how many questions a benchmark goes through, in turn.
const asked = 4096

// A speedWorld is an engine of one of the examples' policies, and questions about
// it that are answered now with yes and now with no.
type speedWorld struct {
	engine *access.Engine
	byHand func(q *speedQuestion) bool
	// list lists what a user has; nil: there is nothing to list.
	list      func(user roles.UserID) []string
	directory *roles.Directory
	questions []speedQuestion
}

type speedQuestion struct {
	user     roles.UserID
	action   roles.Action
	resource scope.Resource
	file     *speedCase // what the resource is made of, if it is a case
}

// policyOfExample reads the policy of one of the programs in examples, whole.
func policyOfExample(t testing.TB, name string) *policy.Policy {
	t.Helper()
	file := "../examples/" + name + "/" + name + ".yaml"
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	p, err := policy.Parse(file, text, nil)
	require.NoError(t, err)
	return p
}

// newMeasurements is NCMP: every user has schools of their authority, and one in
// three questions is about a school of theirs.
func newMeasurements(t testing.TB, s size) *speedWorld {
	p := policyOfExample(t, "ncmp")
	random := rand.New(rand.NewPCG(1, 2))
	authority := func(i int) scope.Ref { return scope.NewRef("authority", fmt.Sprint("E", 60_000_000+i%s.tenants)) }
	school := func(i int) scope.Ref { return scope.NewRef("school", fmt.Sprint(100_000+i)) }
	user := func(i int) roles.UserID { return roles.UserID(fmt.Sprintf("user%d@authority%d.gov", i, i%s.tenants)) }
	perTenant, each := s.records/s.tenants, s.assigned/s.users
	d, err := roles.LoadDirectory(p, nil, nil, func(tx *roles.Tx) error {
		for i := range s.tenants {
			tx.AddUnit(authority(i), scope.Root())
		}
		for i := range s.records {
			tx.AddUnit(school(i), authority(i))
		}
		for i := range s.users {
			tx.AddUser(roles.User{ID: user(i), Unit: authority(i)})
			role := []roles.RoleID{"collector", "collector", "collector", "super_monitor"}[i/s.tenants%4]
			if i < s.tenants {
				role = "super_user"
			}
			tx.Bind(user(i), role, authority(i))
			for k := range each {
				tx.Assign(user(i), school(i%s.tenants+(i*7+k)%perTenant*s.tenants))
			}
		}
		return nil
	})
	require.NoError(t, err)
	w := &speedWorld{engine: access.New(p, d, nil), directory: d}
	w.byHand, w.list = measurementsByHand(d.Snapshot())
	for range asked {
		i := random.IntN(s.users)
		at := school(i%s.tenants + (i*7+random.IntN(2*each))%perTenant*s.tenants)
		if random.IntN(8) == 0 {
			at = school(random.IntN(s.records))
		}
		q := speedQuestion{user(i), "pupil.grid", scope.Resource{Type: "school", ID: at.ID}, nil}
		if random.IntN(4) == 0 {
			q.action, q.resource = "pupil.view", scope.Resource{Type: "pupil", ID: fmt.Sprint("p", random.IntN(1000)), Parent: at}
		}
		w.questions = append(w.questions, q)
	}
	return w
}

// A speedCase is a case of NCAtrak as an application has it.
type speedCase struct {
	Number      string   `bailiwick:",id"`
	Center      string   `bailiwick:",parent=center"`
	Personnel   []string `bailiwick:"personnel"`
	Agencies    []string `bailiwick:"agencies"`
	Denied      []string `bailiwick:"denied"`
	Interviewed bool     `bailiwick:"interviewed"`
}

// newCases is NCAtrak: every center has roles of its own making, with access to
// own cases, those of the agency, or all, and questions are about tabs.
func newCases(t testing.TB, s size) *speedWorld {
	p := policyOfExample(t, "ncatrak")
	random := rand.New(rand.NewPCG(1, 2))
	const agencies = 8
	center := func(i int) scope.Ref { return scope.NewRef("center", fmt.Sprint("cac", i%s.tenants)) }
	agency := func(i int) scope.Ref {
		return scope.NewRef("agency", fmt.Sprint("cac", i%s.tenants, "-", i/s.tenants%agencies))
	}
	user := func(i int) roles.UserID { return roles.UserID(fmt.Sprintf("user%d@center%d.org", i, i%s.tenants)) }
	scopes := []string{"own", "agency", "all"}
	tabs := []roles.Action{"general", "mdt", "presenting", "cps", "law_enforcement", "medical", "medical_details", "forensic_interview", "prosecution"}
	d, err := roles.LoadDirectory(p, nil, nil, func(tx *roles.Tx) error {
		for i := range s.tenants {
			tx.AddUnit(center(i), scope.Root())
			tx.SetUnitAttributes(center(i), scope.Map{"add_names": true, "restrict_interviewers": i%2 == 0})
			for k, reach := range scopes {
				role := roles.Role{ID: roles.RoleID(fmt.Sprint("cac", i, ".", reach)), Name: reach, Unit: center(i), Scope: reach}
				for j, tab := range tabs {
					level := roles.Action("view")
					if (j+k+i)%3 == 0 {
						level = "update"
					}
					if (j+k)%4 != 3 {
						role.Grants = append(role.Grants, roles.Grant{Privileges: []roles.Action{tab + "." + level}})
					}
				}
				tx.AddRole(role)
			}
		}
		for i := range s.tenants * agencies {
			tx.AddUnit(agency(i), center(i))
		}
		for i := range s.users {
			tx.AddUser(roles.User{ID: user(i), Unit: agency(i)})
			role := roles.RoleID("security_officer")
			if i >= s.tenants {
				role = roles.RoleID(fmt.Sprint("cac", i%s.tenants, ".", scopes[i/s.tenants%3]))
			}
			tx.Bind(user(i), role, center(i))
		}
		return nil
	})
	require.NoError(t, err)
	bound, err := scope.StructOf[speedCase](p.Types(), "case")
	require.NoError(t, err)
	w := &speedWorld{engine: access.New(p, d, nil), directory: d, byHand: casesByHand(d.Snapshot())}
	for range asked {
		i := random.IntN(s.users)
		c := &speedCase{Number: fmt.Sprint("2026-", random.IntN(s.records)), Center: center(i).ID, Interviewed: random.IntN(2) == 0}
		if random.IntN(8) == 0 {
			c.Center = center(random.IntN(s.tenants)).ID
		}
		for range 1 + random.IntN(6) {
			j := i%s.tenants + random.IntN(s.users/s.tenants)*s.tenants
			if random.IntN(5) == 0 {
				j = i
			}
			c.Personnel, c.Agencies = append(c.Personnel, string(user(j))), append(c.Agencies, agency(j).ID)
		}
		if random.IntN(10) == 0 {
			c.Denied = append(c.Denied, string(user(i)))
		}
		level := []roles.Action{".view", ".update"}[random.IntN(2)]
		w.questions = append(w.questions, speedQuestion{user(i), tabs[random.IntN(len(tabs))] + level, bound.Resource(c), c})
	}
	return w
}

// BenchmarkWays measures the ways to ask, with the policies of the two examples.
func BenchmarkWays(b *testing.B) {
	for _, example := range []struct {
		name string
		make func(testing.TB, size) *speedWorld
	}{{"ncmp", newMeasurements}, {"ncatrak", newCases}} {
		for _, s := range []size{sizeS, sizeM, sizeL} {
			b.Run(example.name+"/"+s.name, func(b *testing.B) {
				w := example.make(b, s)
				w.agree(b)
				b.Run("by hand", w.hand)
				b.Run("names", w.names)
				b.Run("session", w.sessions)
				b.Run("bound", w.bound)
				b.Run("screen", w.screens)
				b.Run("list", w.lists)
				b.Run("list by hand", w.listsByHand)
				b.Run("names while it changes", w.whileItChanges)
				b.Run("names on all processors", w.parallel)
			})
		}
	}
}

// agree holds the answers against those of the code written by hand.
func (w *speedWorld) agree(t require.TestingT) {
	allowed := 0
	for _, q := range w.questions {
		d := w.engine.Decide(q.user, q.action, q.resource)
		require.Equal(t, w.byHand(&q), d.Allowed(), d)
		if d.Allowed() {
			allowed++
		}
	}
	require.Greater(t, allowed, asked/4)
	require.Less(t, allowed, asked*3/4)
}

// measurementsByHand is the code that would be written for these questions of
// NCMP alone.
func measurementsByHand(in *roles.Snapshot) (decide func(*speedQuestion) bool, list func(roles.UserID) []string) {
	type person struct {
		collects  bool
		authority string
		schools   map[string]bool
		sorted    []string
	}
	people, schools := map[roles.UserID]*person{}, map[string]string{}
	for _, id := range in.Units("school", scope.Root()) {
		authority, _, _ := in.Locate(id)
		schools[id.ID] = authority.ID
	}
	for _, id := range in.Users() {
		b := in.Bindings(id)[0]
		p := &person{b.Role == "collector", b.Unit.ID, map[string]bool{}, nil}
		for _, s := range in.Assignments(id) {
			p.schools[s.ID], p.sorted = true, append(p.sorted, s.ID)
		}
		people[id] = p
	}
	list = func(user roles.UserID) []string {
		if p := people[user]; p != nil && p.collects {
			return slices.Clone(p.sorted)
		}
		return nil
	}
	return func(q *speedQuestion) bool {
		school := q.resource.ID
		if q.resource.Type == "pupil" {
			school = q.resource.Parent.ID
		}
		p := people[q.user]
		return p != nil && p.collects && p.schools[school] && schools[school] == p.authority
	}, list
}

// casesByHand is the code that would be written for these questions of NCAtrak
// alone.
func casesByHand(in *roles.Snapshot) func(*speedQuestion) bool {
	type role struct {
		reach  string
		levels map[roles.Action]bool
	}
	type person struct {
		role           *role
		center, agency string
	}
	people, held := map[roles.UserID]*person{}, map[roles.RoleID]*role{}
	for _, r := range in.Roles() {
		made := &role{r.Scope, map[roles.Action]bool{}}
		for _, g := range r.Grants {
			for _, a := range g.Privileges {
				made.levels[a] = true
				if tab, ok := strings.CutSuffix(string(a), ".update"); ok {
					made.levels[roles.Action(tab+".view")] = true
				}
			}
		}
		held[r.ID] = made
	}
	for _, id := range in.Users() {
		b := in.Bindings(id)[0]
		u, _ := in.User(id)
		people[id] = &person{held[b.Role], b.Unit.ID, u.Unit.ID}
	}
	officer := held["security_officer"]
	return func(q *speedQuestion) bool {
		p, c := people[q.user], q.file
		if p == nil || p.center != c.Center || slices.Contains(c.Denied, string(q.user)) {
			return false
		}
		if p.role == officer {
			return true
		}
		if !p.role.levels[q.action] {
			return false
		}
		switch p.role.reach {
		case "own":
			return slices.Contains(c.Personnel, string(q.user))
		case "agency":
			return slices.Contains(c.Agencies, p.agency)
		}
		return true
	}
}

// hand asks the code written by hand.
func (w *speedWorld) hand(b *testing.B) {
	for i := 0; b.Loop(); i++ {
		w.byHand(&w.questions[i%asked])
	}
}

// names asks by names, whoever comes.
func (w *speedWorld) names(b *testing.B) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		q := &w.questions[i%asked]
		w.engine.Decide(q.user, q.action, q.resource)
	}
}

// sessions asks in a session of the user's that is there already.
func (w *speedWorld) sessions(b *testing.B) {
	all := make([]*access.Session, asked)
	for i, q := range w.questions {
		all[i] = w.engine.For(q.user, nil)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		q := &w.questions[i%asked]
		all[i%asked].Decide(q.action, q.resource)
	}
}

// bound asks in a session that is there already about a right and a target that
// were found before.
func (w *speedWorld) bound(b *testing.B) {
	type ready struct {
		session *access.Session
		right   roles.Right
		target  *access.Target
	}
	all := make([]ready, asked)
	for i, q := range w.questions {
		r := &all[i]
		r.session = w.engine.For(q.user, nil)
		r.right, _ = w.engine.Policy().Catalog().Right(q.action)
		var err error
		r.target, err = r.session.Target(q.resource)
		require.NoError(b, err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r := &all[i%asked]
		r.session.DecideOn(r.right, r.target)
	}
}

// screens asks for all that a screen shows or greys out.
func (w *speedWorld) screens(b *testing.B) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		q := &w.questions[i%asked]
		for range w.engine.Capabilities(q.user, q.resource) {
			continue
		}
	}
}

// lists asks for the units that one may do something to.
func (w *speedWorld) lists(b *testing.B) {
	if w.list == nil {
		b.Skip("the directory knows none of the resources")
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := w.engine.For(w.questions[i%asked].user, nil).Units("pupil.grid"); err != nil {
			b.Fatal(err)
		}
	}
}

func (w *speedWorld) listsByHand(b *testing.B) {
	if w.list == nil {
		b.Skip("the directory knows none of the resources")
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		w.list(w.questions[i%asked].user)
	}
}

// whileItChanges is names with 100 changes a second.
func (w *speedWorld) whileItChanges(b *testing.B) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-tick.C:
				w.change(b, i)
			}
		}
	}()
	w.names(b)
	close(stop)
	<-stopped
}

// change makes a user inactive, or active again.
func (w *speedWorld) change(b *testing.B, i int) {
	_, err := w.directory.Update("bench", func(tx *roles.Tx) error {
		u, _ := tx.Snapshot().User(w.questions[i/2%asked].user)
		u.Inactive = i%2 == 0
		tx.ChangeUser(u)
		return nil
	})
	if err != nil {
		b.Error(err)
	}
}

// parallel is names asked by as many as there are processors.
func (w *speedWorld) parallel(b *testing.B) {
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			q := &w.questions[i%asked]
			w.engine.Decide(q.user, q.action, q.resource)
		}
	})
}
