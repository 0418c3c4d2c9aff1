package access_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// Whatever way a question is asked about a struct, also by an engine of an equal policy
// that knows nothing of its type, and by many at the same time, the answer is that
// about a map.
func TestEveryWayOfAStructIsThatOfAMap(t *testing.T) {
	counts := tally{}
	worldsUnder(t, 200, drawPolicyOfThings, func(d draw, w *world) {
		other := w.engineOf(d, w.document)
		for range 8 {
			q := w.drawQuestion(d)
			if typ := w.typ(q.Resource.Type); d.chance(8) && !typ.Unit {
				q.Resource.Attributes = unusable(d, q.Resource.Attributes, typ.Attributes)
			}
			asked, ok := w.asStructs(d, q.Resource)
			if !ok {
				continue
			}
			want := w.engine.For(q.User, q.Context).Decide(q.Action, q.Resource)
			counts[want.Reason().String()]++
			require.Equal(d, want.String(), other.For(q.User, q.Context).Decide(q.Action, asked).String(), "%+v\n%s", q, w)
			users, err := w.engine.WhoCan(q.Action, q.Resource, q.Context)
			also, wrong := w.engine.WhoCan(q.Action, asked, q.Context)
			require.Equal(d, err, wrong)
			require.Len(d, also, len(users))
			for i := range users {
				require.Equal(d, users[i].String(), also[i].String())
			}
			session := w.engine.For(q.User, q.Context)
			if f, err := session.Filter(q.Action); err == nil && want.Reason() != access.WrongType {
				require.Equal(d, want.Allowed(), f.Matches(asked), "%+v\n%s\n%s\n%s", q, w, want, f)
				require.Equal(d, want.Allowed(), f.Matches(q.Resource))
			}
			for _, v := range w.document.Views {
				require.Equal(d, session.View(v.Name, q.Resource).Map(nil), session.View(v.Name, asked).Map(nil))
			}
			if d.chance(2) {
				var wait sync.WaitGroup
				target, err := session.Target(asked)
				right, known := w.policy.Catalog().Right(q.Action)
				said := make([]string, 6)
				for i := range said {
					wait.Add(1)
					go func() {
						defer wait.Done()
						said[i] = session.Decide(q.Action, asked).String()
						if err == nil && known {
							if on := session.DecideOn(right, target).String(); on != said[i] && want.Reason() != access.WrongType {
								said[i] = on
							}
						}
						for c := range session.Capabilities(asked) {
							_ = c.String()
						}
						_, _ = w.engine.WhoCan(q.Action, asked, q.Context)
						_ = session.Decide(q.Action, q.Resource)
					}()
				}
				wait.Wait()
				for _, s := range said {
					require.Equal(d, want.String(), s)
				}
			}
		}
	})
	counts.log(t, "questions")
	counts.healthy(t, 5, reference.Granted, reference.ConditionError, reference.ConstraintError)
}

// The sentence about a scope that has no value tells what the grant's own condition
// comes to at the instant of the question, though nobody asked it.
func TestTheSentenceKnowsTheInstantThatNobodyAskedFor(t *testing.T) {
	p := parse(t, `
policy: late
resources: {org: {unit: true}, note: {in: org, attributes: {by: string}}}
privileges: {read: {on: note}}
scopes: {own: resource.by == user.id}
roles: {reader: {grants: [{privileges: [read], scope: own, when: now.getFullYear() == 2026}]}}
`)
	org := scope.NewRef("org", "o")
	data := reference.World{Units: []roles.Unit{{Ref: org, Parent: scope.Root()}}, Users: []roles.User{{ID: "ann"}}, Bindings: []roles.Binding{{User: "ann", Role: "reader", Unit: org}}}
	engine := access.New(p, newDirectory(t, p, data), &access.Options{Clock: func() time.Time { return now }})
	d := engine.Decide("ann", "read", scope.Resource{Type: "note", ID: "n", Parent: org})
	require.Equal(t, access.ConditionError, d.Reason())
	require.Equal(t, "deny: role reader (org:o) grants read in scope own; resource.by == user.id has no value: resource.by is absent, now.getFullYear() == 2026 holds", d.String())
}
