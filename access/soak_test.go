package access_test

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// What is given in this policy is given in pairs: left and right, to ann and to
// bob, in one change. Nobody may look unless the authority's stamp has come as
// far as the one who asks knows it to be.
const soakPolicy = `
policy: soak
context: {floor: int}
resources:
  authority: {unit: true, attributes: {stamp: int}}
  school:    {unit: true, in: authority}
  file:      {in: school}
privileges:
  look:  {on: file}
  left:  {on: file}
  right: {on: file}
  visit: {on: school}
scopes:
  all:  "true"
  mine: assigned(resource)
roles:
  clerk:      {grants: [{privileges: [look, visit], scope: all}]}
  left_hand:  {grants: [{privileges: [left], scope: all}]}
  right_hand: {grants: [{privileges: [right], scope: mine}]}
  setup:      {everything: true, scope: all}
constraints:
  - {name: fresh, on: [look], require: resource.authority.stamp >= context.floor}
`

// soakTime is how long to soak.
func soakTime(t *testing.T, ordinary time.Duration) time.Duration {
	text := os.Getenv("BAILIWICK_SOAK")
	if text == "" {
		return ordinary
	}
	d, err := time.ParseDuration(text)
	require.NoError(t, err, "BAILIWICK_SOAK")
	return d
}

// A soak is an engine that is asked and changed at once.
type soak struct {
	*testing.T
	engine    *access.Engine
	directory *roles.Directory
	stop      atomic.Bool
	// pairs is twice the number of changes that gave or took the pairs, and odd
	// while the next one is made. They are given after an odd number of them.
	pairs atomic.Int64
	// stamp is the last that an Update has returned for.
	stamp              atomic.Int64
	questions, changes atomic.Int64
	given, taken       atomic.Int64
}

func newSoak(t *testing.T) *soak {
	p := parse(t, soakPolicy)
	d := newDirectory(t, p, reference.World{
		Units: []roles.Unit{
			{Ref: leeds, Parent: scope.Root(), Attributes: scope.Map{"stamp": 0}}, {Ref: s1, Parent: leeds}, {Ref: s2, Parent: leeds},
		},
		Users:    []roles.User{{ID: "ann"}, {ID: "bob"}},
		Roles:    []roles.Role{{ID: "both", Name: "both", Unit: leeds}},
		Bindings: []roles.Binding{{User: "ann", Role: "clerk", Unit: leeds}, {User: "bob", Role: "both", Unit: leeds}},
	})
	return &soak{T: t, engine: access.New(p, d, nil), directory: d}
}

// fail says what is wrong, once, and ends the soak.
func (s *soak) fail(format string, args ...any) {
	if !s.stop.Swap(true) {
		s.Errorf(format, args...)
	}
}

// change makes a change; it must be possible.
func (s *soak) change(fn func(tx *roles.Tx)) {
	if _, err := s.directory.Update("soak", func(tx *roles.Tx) error { fn(tx); return nil }); err != nil {
		s.fail("%v", err)
	}
	s.changes.Add(1)
}

// eachMillisecond calls fn until the soak is over, as often as milliseconds
// passed.
func (s *soak) eachMillisecond(fn func(n int64)) {
	start := time.Now()
	for n := int64(1); !s.stop.Load(); n++ {
		time.Sleep(time.Until(start.Add(time.Duration(n) * time.Millisecond)))
		fn(n)
	}
}

// givePairs gives the pairs in one change and takes them in the next.
func (s *soak) givePairs(n int64) {
	s.pairs.Add(1)
	s.change(func(tx *roles.Tx) {
		both := roles.Role{ID: "both", Name: "both", Unit: leeds}
		if n%2 == 0 {
			tx.Unbind("ann", "left_hand", leeds)
			tx.ChangeRole(both)
			tx.Unassign("ann", s1)
			tx.Unbind("ann", "right_hand", s1)
			return
		}
		tx.Bind("ann", "left_hand", leeds)
		both.Grants = []roles.Grant{{Privileges: []roles.Action{"left", "right"}, Scope: "all"}}
		tx.ChangeRole(both)
		tx.Bind("ann", "right_hand", s1)
		tx.Assign("ann", s1)
	})
	s.pairs.Add(1)
}

func (s *soak) setStamp(n int64) {
	s.change(func(tx *roles.Tx) { tx.SetUnitAttributes(leeds, scope.Map{"stamp": n}) })
	s.stamp.Store(n)
}

// comeAndGo adds and removes what the others do not look at.
func (s *soak) comeAndGo(n int64) {
	unit, user := scope.NewRef("school", "new"), roles.UserID("new")
	s.change(func(tx *roles.Tx) {
		if n%2 == 0 {
			tx.RemoveUser(user)
			tx.RemoveUnit(unit)
			return
		}
		tx.AddUnit(unit, leeds)
		tx.AddUser(roles.User{ID: user, Unit: unit})
		tx.Bind(user, "setup", unit)
	})
}

// ask asks until the soak is over.
func (s *soak) ask() {
	here := file("f", s1)
	var last uint64
	for !s.stop.Load() {
		before, floor := s.pairs.Load(), s.stamp.Load()
		ann, bob := s.engine.For("ann", scope.Map{"floor": floor}), s.engine.For("bob", nil)
		left, right := ann.Decide("left", here).Allowed(), ann.Decide("right", here).Allowed()
		filter, err := ann.Filter("right")
		if err != nil {
			s.fail("filter: %v", err)
			return
		}
		who, err := s.engine.WhoCan("left", here, nil)
		bobs := fmt.Sprint(bob.Decide("left", here).Allowed(), bob.Decide("right", here).Allowed())
		settled := before%2 == 0 && s.pairs.Load() == before
		given := before/2%2 == 1
		switch d := ann.Decide("look", here); {
		case !d.Allowed():
			s.fail("T-27: an Update has returned for stamp %d, and a later session answers from before it: %s", floor, d)
		case left != right || filter.Matches(here) != right:
			s.fail("T-29: half of a change: left %t, right %t, filter %t", left, right, filter.Matches(here))
		case bobs != "true true" && bobs != "false false":
			s.fail("T-29: half of a changed role: %s", bobs)
		case err != nil || len(who) != 0 && len(who) != 2:
			s.fail("T-29: half of a change: %v may, %v", who, err)
		case settled && (left != given || bobs != fmt.Sprint(given, given) || (len(who) == 2) != given):
			s.fail("T-27, T-30: after change %d had returned: ann %t, bob %s, %d may", before/2, left, bobs, len(who))
		case filter.Revision() < last:
			s.fail("T-31: revision %d after %d", filter.Revision(), last)
		case settled && given:
			s.given.Add(1)
		case settled:
			s.taken.Add(1)
		}
		last = filter.Revision()
		s.questions.Add(8)
		runtime.Gosched()
	}
}

// T-27, T-29, T-30, T-31: whoever asks while others change sees all of a change
// or nothing, nothing older than what has returned, and never goes back.
//
//	BAILIWICK_SOAK=30m go test -race -run TestSoak -timeout 0 -v ./access
func TestSoak(t *testing.T) {
	ordinary := 2 * time.Second
	if testing.Short() {
		ordinary /= 10
	}
	const readers = 8
	s := newSoak(t)
	var all sync.WaitGroup
	for range readers {
		all.Go(s.ask)
	}
	for _, write := range []func(int64){s.givePairs, s.setStamp, s.comeAndGo} {
		all.Go(func() { s.eachMillisecond(write) })
	}
	for end := time.Now().Add(soakTime(t, ordinary)); time.Now().Before(end) && !s.stop.Load(); {
		time.Sleep(10 * time.Millisecond)
	}
	s.stop.Store(true)
	all.Wait()
	t.Logf("%d readers asked %d questions in %d changes; %d times between two changes while it was given, %d while it was not",
		readers, s.questions.Load(), s.changes.Load(), s.given.Load(), s.taken.Load())
	require.NotZero(t, s.given.Load())
	require.NotZero(t, s.taken.Load())
}
