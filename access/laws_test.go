package access_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// The laws of decisions, each a property over drawn worlds and named after the
// sentence that it holds.

// told is all that a decision tells anybody.
func told(d access.Decision) string {
	return fmt.Sprintf("%s\n%s\n%+v\n%s", d.Reason(), d, d.Evidence(), d.Message())
}

// decide asks an engine a question about a user of its directory.
func decide(e *access.Engine, q reference.Question) access.Decision {
	return e.For(q.User, q.Context).Decide(q.Action, q.Resource)
}

// engineOf makes an engine for another policy over the same records.
func (w *world) engineOf(d draw, doc policy.Document) *access.Engine {
	p, err := policy.Compile(doc, nil)
	require.NoError(d, err)
	return access.New(p, newDirectory(d, p, w.data), &access.Options{Clock: w.clock})
}

// T-02: the order in which a policy and a directory are written, and what is
// written twice, mean nothing: same decision, same evidence.
func TestOrderAndRepetitionMeanNothing(t *testing.T) {
	worldsOf(t, 100, func(d draw, w *world) {
		other := *w
		other.data.Users, other.data.Bindings = backward(w.data.Users), backward(w.data.Bindings)
		other.data.Assignments = backward(w.data.Assignments)
		engine := other.engineOf(d, repeated(w.document))
		for range 8 {
			q := w.drawQuestion(d)
			before, after := decide(w.engine, q), decide(engine, q)
			require.Equal(d, before.Reason(), after.Reason(), "%+v\n%s", q, w)
			if !slices.Contains(askedWrongly, before.Reason()) { // which tells of names in the policy's order
				require.Equal(d, told(before), told(after), "%+v\n%s", q, w)
			}

			p := w.drawPrincipal(d, q.User)
			first := w.engine.ForPrincipal(p, q.Context).Decide(q.Action, q.Resource)
			p.Bindings = append(backward(p.Bindings), p.Bindings...)
			p.Assignments = append(backward(p.Assignments), p.Assignments...)
			if first.Reason() == access.MalformedUser {
				continue // what is told is the first fault
			}
			require.Equal(d, told(first), told(w.engine.ForPrincipal(p, q.Context).Decide(q.Action, q.Resource)), "%+v\n%s", p, w)
		}
	})
}

// repeated is a policy that says the same in the opposite order, and some of it
// twice.
func repeated(doc policy.Document) policy.Document {
	doc.Resources, doc.Privileges = backward(doc.Resources), backward(doc.Privileges)
	doc.Scopes, doc.Roles, doc.Constraints = backward(doc.Scopes), backward(doc.Roles), backward(doc.Constraints)
	for i := range doc.Resources {
		doc.Resources[i].In = backward(doc.Resources[i].In)
	}
	for i := range doc.Roles {
		r := &doc.Roles[i]
		r.Inherits, r.At, r.Grants = backward(r.Inherits), backward(r.At), append(backward(r.Grants), r.Grants...)
		for j := range r.Grants {
			r.Grants[j].Privileges = append(backward(r.Grants[j].Privileges), r.Grants[j].Privileges...)
		}
	}
	for i := range doc.Constraints {
		doc.Constraints[i].On = append(backward(doc.Constraints[i].On), doc.Constraints[i].On...)
	}
	return doc
}

func backward[T any](list []T) []T {
	out := slices.Clone(list)
	slices.Reverse(out)
	return out
}

// Law 3: adding a constraint never allows.
func TestAddingAConstraintNeverAllows(t *testing.T) {
	stopped := 0
	worldsOf(t, 120, func(d draw, w *world) {
		more := w.drawnPolicy
		more.document.Constraints = slices.Clone(more.document.Constraints)
		more.drawConstraint(d, 9)
		engine := w.engineOf(d, more.document)
		for range 8 {
			q := w.drawQuestion(d)
			before, after := decide(w.engine, q), decide(engine, q)
			require.False(d, !before.Allowed() && after.Allowed(), "%s\n%s\n%+v\n%s", before, after, q, w)
			if before.Allowed() && !after.Allowed() {
				require.Equal(d, "rule 9", after.Evidence().Constraint)
				stopped++
			}
		}
	})
	require.NotZero(t, stopped)
}

// Law 3: adding a grant, to a role or by one more binding, never denies.
func TestAddingAGrantNeverDenies(t *testing.T) {
	allowed := 0
	worldsOf(t, 120, func(d draw, w *world) {
		more := *w
		more.document.Roles = slices.Clone(w.document.Roles)
		r := &more.document.Roles[d.below(len(more.document.Roles))]
		r.Grants = append(slices.Clip(r.Grants), more.drawGrant(d, true))
		more.data.Bindings = slices.Clip(w.data.Bindings)
		b := roles.Binding{User: pick(d, w.data.Users).ID, Role: "more", Unit: pick(d, w.data.Units).Ref}
		b.From, b.Until = drawPeriod(d)
		more.document.Roles = append(more.document.Roles, policy.Role{Name: "more", Grants: []policy.Grant{more.drawGrant(d, true)}})
		more.data.Bindings = append(more.data.Bindings, b)
		engine := more.engineOf(d, more.document)
		for range 8 {
			q := w.drawQuestion(d)
			before, after := decide(w.engine, q), decide(engine, q)
			require.False(d, before.Allowed() && !after.Allowed(), "%s\n%s\n%+v\n%s", before, after, q, w)
			if !before.Allowed() && after.Allowed() {
				allowed++
			}
		}
	})
	require.NotZero(t, allowed)
}

// wrong is a condition that has no value for anybody.
const wrong = "[true][size(user.id) + 1]"

// T-03: an error in a scope or in a grant's condition never grants, an error in
// a constraint is never met, and the evidence says so.
func TestAnErrorNeverAllows(t *testing.T) {
	counts := tally{}
	worldsOf(t, 80, func(d draw, w *world) {
		grants, constraints := w.document, w.document
		grants.Scopes, grants.Roles = slices.Clone(grants.Scopes), slices.Clone(grants.Roles)
		if d.chance(8) {
			for i := range grants.Scopes {
				grants.Scopes[i].When = wrong
			}
		} else {
			for i := range grants.Roles {
				r := &grants.Roles[i]
				r.Grants = slices.Clone(r.Grants)
				if r.Everything {
					r.Everything = false
					r.Grants = append(r.Grants, policy.Grant{Privileges: w.policy.Catalog().Actions(), Scope: r.Scope})
				}
				for j := range r.Grants {
					r.Grants[j].When = wrong
				}
			}
		}
		constraints.Constraints = slices.Clone(constraints.Constraints)
		for i := range constraints.Constraints {
			constraints.Constraints[i].Require = wrong
		}
		nothingGrants, nothingIsMet := w.engineOf(d, grants), w.engineOf(d, constraints)
		for range 8 {
			q := w.drawQuestion(d)
			before := decide(w.engine, q)
			granted := before.Allowed() || before.Reason() == access.ConstraintUnmet || before.Reason() == access.ConstraintError
			after := decide(nothingGrants, q)
			if e := after.Evidence(); after.Allowed() {
				require.True(d, custom(e.Role), "only custom roles have no condition: %s\n%s", after, w)
			} else if granted && !custom(e.Role) {
				require.Equal(d, access.ConditionError, after.Reason(), "%s\n%s\n%s", before, after, w)
				require.Contains(d, after.String(), "has no value")
			}
			counts["grant "+after.Reason().String()]++

			after = decide(nothingIsMet, q)
			if len(w.policy.Constraints(q.Action)) > 0 {
				require.False(d, after.Allowed(), "%s\n%+v\n%s", after, q, w)
				if granted {
					require.Equal(d, access.ConstraintError, after.Reason())
					require.Contains(d, after.String(), "has no value")
				}
			}
			counts["constraint "+after.Reason().String()]++
		}
	})
	require.NotZero(t, counts["grant condition_error"])
	require.NotZero(t, counts["constraint constraint_error"])
}

// custom reports whether a drawn role is not one of the policy's.
func custom(id roles.RoleID) bool { return strings.HasPrefix(string(id), "c") }

// T-04: erasing an attribute of anything turns no denial into an allow, where
// the policy does not ask has().
func TestErasingAnAttributeNeverAllows(t *testing.T) {
	erased := 0
	worldsUnder(t, 200, func(d draw) drawnPolicy { return drawPolicyThat(d, func(*drawnPolicy) {}) }, func(d draw, w *world) {
		for range 6 {
			q := w.drawQuestion(d)
			before := decide(w.engine, q)
			if before.Allowed() || slices.Contains(askedWrongly, before.Reason()) {
				continue
			}
			for _, less := range w.erasures(q) {
				after := decide(w.engine, less)
				require.False(d, after.Allowed(), "%s\n%s\n%+v\n%+v\n%s", before, after, q, less, w)
				erased++
			}
			restore := w.eraseKnown(d)
			after := decide(w.engine, q)
			restore()
			require.False(d, after.Allowed(), "%s\n%s\n%+v\n%s", before, after, q, w)
		}
	})
	require.Greater(t, erased, 100)
}

// erasures are the question without one of its attributes: one for each.
func (w *world) erasures(q reference.Question) []reference.Question {
	var all []reference.Question
	for name := range q.Context {
		less := q
		less.Context = without(q.Context, name)
		all = append(all, less)
	}
	var erase func(r scope.Resource, with func(scope.Resource))
	erase = func(r scope.Resource, with func(scope.Resource)) {
		given, _ := r.Attributes.(scope.Map)
		if w.typ(r.Type).Unit {
			given = nil // the directory's own value would come to light
		}
		for name := range given {
			less := r
			less.Attributes = without(given, name)
			with(less)
		}
		if r.In != nil {
			erase(*r.In, func(in scope.Resource) {
				less := r
				less.In = &in
				with(less)
			})
		}
	}
	erase(q.Resource, func(r scope.Resource) {
		less := q
		less.Resource = r
		all = append(all, less)
	})
	return all
}

func without(m scope.Map, name string) scope.Map {
	less := maps.Clone(m)
	delete(less, name)
	return less
}

// eraseKnown takes an attribute of a unit or a user, or where a user belongs,
// out of the directory, and returns what puts it back.
func (w *world) eraseKnown(d draw) (restore func()) {
	update := func(fn func(tx *roles.Tx)) {
		_, err := w.directory.Update("test", func(tx *roles.Tx) error { fn(tx); return nil })
		require.NoError(d, err)
	}
	unit, user := pick(d, w.data.Units), pick(d, w.data.Users)
	less := user
	name := func(m scope.Map) string {
		names := slices.Sorted(maps.Keys(m))
		return pick(d, append(names, "nothing"))
	}
	less.Attributes = without(user.Attributes, name(user.Attributes))
	if d.chance(4) {
		less.Unit = scope.Ref{}
	}
	update(func(tx *roles.Tx) {
		tx.SetUnitAttributes(unit.Ref, without(unit.Attributes, name(unit.Attributes)))
		tx.ChangeUser(less)
	})
	return func() {
		update(func(tx *roles.Tx) {
			tx.SetUnitAttributes(unit.Ref, unit.Attributes)
			tx.ChangeUser(user)
		})
	}
}

// T-09, law 5: whatever changes in one tenant leaves every decision in another
// as it was.
func TestNothingReachesAnotherTenant(t *testing.T) {
	counts := tally{}
	worldsOf(t, 200, func(d draw, w *world) {
		tenants := w.unitsOf("org")
		ours, theirs := tenants[0].Ref, tenants[1].Ref
		var questions []reference.Question
		var before []access.Decision
		for range 24 {
			q := w.drawQuestion(d)
			i := slices.IndexFunc(w.data.Users, func(u roles.User) bool { return u.ID == q.User })
			if !slices.Contains(w.around(q.Resource), ours) || i >= 0 && w.contains(theirs, w.data.Users[i].Unit) {
				continue
			}
			questions, before = append(questions, q), append(before, decide(w.engine, q))
		}
		bound := map[roles.UserID]bool{}
		for range 6 {
			w.changeIn(d, theirs, bound, counts)
		}
		for i, q := range questions {
			after := decide(w.engine, q)
			require.Equal(d, before[i].Allowed(), after.Allowed(), "%s\n%s\n%+v\n%s", before[i], after, q, w)
			if !bound[q.User] { // who holds a role there may miss nearer
				require.Equal(d, told(before[i]), told(after))
			}
			counts[before[i].Reason().String()]++
		}
	})
	counts.log(t, "questions and changes")
	require.NotZero(t, counts["granted"])
}

// changeIn makes a change in a unit, if it can be made. bound collects whose
// bindings it changes.
func (w *world) changeIn(d draw, unit scope.Ref, bound map[roles.UserID]bool, counts tally) {
	user := pick(d, w.data.Users).ID
	var inside []roles.Unit
	for _, u := range w.data.Units {
		if w.contains(unit, u.Ref) {
			inside = append(inside, u)
		}
	}
	at := pick(d, inside)
	var change func(tx *roles.Tx)
	switch d.below(6) {
	case 0:
		change = func(tx *roles.Tx) {
			tx.SetUnitAttributes(at.Ref, drawAttributes(d, w.typ(at.Ref.Type).Attributes, 8, ids[:3]))
		}
	case 1:
		bound[user] = true
		change = func(tx *roles.Tx) { tx.Bind(user, roles.RoleID(pick(d, w.document.Roles).Name), at.Ref) }
	case 2:
		change = func(tx *roles.Tx) { tx.Assign(user, at.Ref) }
	case 3:
		bound[user] = true
		r := roles.Role{ID: "theirs", Unit: unit, Grants: []roles.Grant{roles.Grant(w.drawGrant(d, false))}}
		change = func(tx *roles.Tx) { tx.AddRole(r); tx.Bind(user, r.ID, at.Ref) }
	case 4:
		typ := pick(d, w.document.Resources)
		change = func(tx *roles.Tx) { tx.AddUnit(scope.NewRef(typ.Name, pick(d, ids)), at.Ref) }
	case 5:
		change = func(tx *roles.Tx) {
			tx.AddUser(roles.User{ID: "theirs", Unit: at.Ref})
			tx.Bind("theirs", roles.RoleID(pick(d, w.document.Roles).Name), at.Ref)
			tx.Assign("theirs", pick(d, w.data.Units).Ref)
		}
	}
	_, err := w.directory.Update("test", func(tx *roles.Tx) error { change(tx); return nil })
	counts[fmt.Sprintf("changed: %v", err == nil)]++
}

// T-23, T-26: no answer depends on what was asked before, however near to it.
func TestNoAnswerDependsOnWhatWasAskedBefore(t *testing.T) {
	worldsOf(t, 100, func(d draw, w *world) {
		q := w.drawQuestion(d)
		near := []reference.Question{q}
		facts := []int{0} // which of near has the same context
		for range 8 {
			n, same := q, 0
			switch d.below(6) {
			case 0:
				n.User = pick(d, w.data.Users).ID
			case 1:
				n.Action = pick(d, w.policy.Catalog().Actions())
			case 2:
				n.Resource = pick(d, w.all(q.Resource.Type, "org"))
			case 3:
				n.Context, same = drawAttributes(d, w.document.Context, 12, ids[:3]), len(near)
			case 4:
				n.Resource.Attributes = drawAttributes(d, w.typ(n.Resource.Type).Attributes, 8, ids[:3])
			case 5:
				n.Resource.Parent, n.Resource.In = scope.Ref{}, nil
			}
			near, facts = append(near, n), append(facts, same)
		}
		var alone []string
		for _, n := range near {
			fresh := access.New(w.policy, w.directory, &access.Options{Clock: w.clock})
			one := decide(fresh, n)
			agree(d, w.reference.Decide(&w.data, n), one, w, n)
			alone = append(alone, told(one))
		}
		sessions := map[string]*access.Session{}
		for range 24 {
			i := d.below(len(near))
			n := near[i]
			require.Equal(d, alone[i], told(decide(w.engine, n)))
			key := fmt.Sprintf("%q %d", n.User, facts[i])
			if sessions[key] == nil {
				sessions[key] = w.engine.For(n.User, n.Context)
			}
			require.Equal(d, alone[i], told(sessions[key].Decide(n.Action, n.Resource)))
			_ = slices.Collect(sessions[key].Capabilities(n.Resource))
		}
	})
}

// Decisions say what they were asked about, whatever the answer.
func TestADecisionRepeatsItsQuestion(t *testing.T) {
	worldsOf(t, 100, func(d draw, w *world) {
		q := w.drawQuestion(d)
		one := decide(w.engine, q)
		require.Equal(d, q.User, one.User(), one)
		require.Equal(d, q.Action, one.Action())
		require.Equal(d, q.Resource.Ref(), one.Resource())
		head := "deny: "
		if one.Allowed() {
			head = "allow: "
		}
		require.Equal(d, head+one.Why(), one.String())
		require.NotEmpty(d, strings.TrimSpace(one.Why()))
		require.Equal(d, one.Allowed(), one.Answer() == access.Allowed)
		require.Equal(d, one.Allowed(), one.Reason() == access.Granted)
	})
}
