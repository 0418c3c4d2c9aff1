package access_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// The policy of the machine: centers that make their own roles. Everything that
// model knows of a policy stands here.
const centers = `
policy: centers
resources:
  center:  {unit: true, attributes: {names: bool}}
  agency:  {unit: true, in: center}
  account: {in: [center, agency]}
  case:    {in: [center, agency], attributes: {people: list(string)}}
privileges:
  people:  {on: account}
  appoint: {on: account}
  roles:   {on: center}
  setup:   {on: center}
  cases:   {on: case}
  medical: {on: case, levels: [view, update]}
  details: {on: case, levels: [view, update]}
  images:  {on: case, levels: [view, update], requires: details.view}
  delete:  {on: case, requires: medical.update}
  purge:   {on: case}
scopes:
  all:    "true"
  own:    assigned(resource) || has(resource.people) && user.id in resource.people
  agency: has(user.agency) && within(resource, user.agency)
roles:
  officer:     {everything: true, scope: all, at: [center]}
  operator:    {everything: true, scope: all}
  interviewer: {scope: own, grants: [{privileges: [medical.view]}]}
  clerk:       {scope: all, grants: [{privileges: [medical.view, details.view]}]}
constraints:
  - {name: deleting is switched on, on: [delete], require: has(resource.center.names) && resource.center.names}
invariants:
  - {name: an active officer, for: center, require: size(holders("officer")) >= 1}
  - {name: an account has a role, for: user, require: size(bindings()) >= 1}
  - {name: some things are the officer's alone, for: role, require: role.fixed || level("purge") == 0}
administration:
  accounts: account
  ceiling: held
  changes:
    add_unit: setup
    change_unit: setup
    remove_unit: setup
    add_user: people
    change_user: people
    remove_user: people
    add_role: roles
    change_role: roles
    remove_role: roles
    bind: people
    unbind: people
    bind.officer: [people, appoint]
    unbind.officer: [people, appoint]
    bind.interviewer: [people, appoint]
    unbind.interviewer: [people, appoint]
    assign: people
    unassign: people
    assign.case: [people, cases]
    unassign.case: [people, cases]
`

// fixedGrants are what the fixed roles of that policy give.
var fixedGrants = func() map[roles.RoleID][]roles.Grant {
	everything := []roles.Grant{{Scope: "all", Privileges: []roles.Action{
		"people", "appoint", "roles", "setup", "cases", "medical.update", "details.update", "images.update", "delete", "purge",
	}}}
	return map[roles.RoleID][]roles.Grant{
		"officer": everything, "operator": everything,
		"interviewer": {{Scope: "own", Privileges: []roles.Action{"medical.view"}}},
		"clerk":       {{Scope: "all", Privileges: []roles.Action{"medical.view", "details.view"}}},
	}
}()

// special are the roles that have rules of their own.
var special = []roles.RoleID{"officer", "interviewer"}

// What there is in the machine's world, or may come to be.
var (
	centerA, centerB, centerC = scope.NewRef("center", "a"), scope.NewRef("center", "b"), scope.NewRef("center", "c")
	allCenters                = []scope.Ref{centerA, centerB, centerC}
	allAgencies               = []scope.Ref{{Type: "agency", ID: "a1"}, {Type: "agency", ID: "a2"}, {Type: "agency", ID: "b1"}, {Type: "agency", ID: "b2"}, {Type: "agency", ID: "x"}}
	everyUnit                 = slices.Concat(allCenters, allAgencies)
	everyUser                 = []roles.UserID{"op", "oa", "pa", "ra", "ga", "wa", "na", "ob", "pb", "rb", "wb", "nb", "oc", "mo"}
	everyRole                 = []roles.RoleID{"people-a", "maker-a", "work-a", "idle-a", "people-b", "maker-b", "work-b", "idle-b", "new-1", "new-2"}
	moments                   = []time.Time{now, now.Add(2 * time.Hour)}
)

// caseIn is the case of a unit: there is one in each.
func caseIn(unit scope.Ref) scope.Resource {
	return scope.Resource{Type: "case", ID: "of-" + unit.ID, Parent: unit, Attributes: scope.Map{"people": []string{"wa", "wb"}}}
}

// A probe is a question that is asked about everybody.
type probe struct {
	action roles.Action
	of     scope.Resource
	unit   scope.Ref
}

var probes = func() []probe {
	var all []probe
	for _, unit := range everyUnit {
		all = append(all, probe{"people", scope.Resource{Type: "account", ID: "z", Parent: unit}, unit})
		for _, action := range []roles.Action{"medical.view", "medical.update", "images.view", "delete"} {
			all = append(all, probe{action, caseIn(unit), unit})
		}
		if unit.Type == "center" {
			for _, action := range []roles.Action{"cases", "purge"} {
				all = append(all, probe{action, caseIn(unit), unit})
			}
			for _, action := range []roles.Action{"roles", "setup"} {
				all = append(all, probe{action, scope.Resource{Type: "center", ID: unit.ID}, unit})
			}
			// The same id in every center.
			all = append(all, probe{"details.view", scope.Resource{Type: "case", ID: "c1", Parent: unit}, unit})
			all = append(all, probe{"appoint", scope.Resource{Type: "account", ID: "z", Parent: unit}, unit})
		}
	}
	return all
}()

// first is the state in which every run begins: two centers, each with its
// officer, somebody who manages people, one of them of a single agency, and
// somebody who makes roles; and some people who work in both.
func first() model {
	grants := func(scope string, actions ...roles.Action) []roles.Grant {
		return []roles.Grant{{Scope: scope, Privileges: actions}}
	}
	bind := func(user roles.UserID, role roles.RoleID, unit scope.Ref) roles.Binding {
		return roles.Binding{User: user, Role: role, Unit: unit}
	}
	a1, a2, b1, b2 := allAgencies[0], allAgencies[1], allAgencies[2], allAgencies[3]
	return model{reference.World{
		Units: []roles.Unit{
			{Ref: centerA, Parent: scope.Root()}, {Ref: centerB, Parent: scope.Root(), Attributes: scope.Map{"names": true}},
			{Ref: a1, Parent: centerA}, {Ref: a2, Parent: centerA}, {Ref: b1, Parent: centerB}, {Ref: b2, Parent: centerB},
		},
		Users: []roles.User{
			{ID: "op"}, {ID: "oa", Unit: centerA}, {ID: "pa", Unit: centerA}, {ID: "ra", Unit: centerA}, {ID: "ga", Unit: a1},
			{ID: "wa", Unit: a1}, {ID: "ob", Unit: centerB}, {ID: "pb", Unit: b1}, {ID: "rb", Unit: centerB}, {ID: "wb", Unit: b1},
			{ID: "mo", Unit: centerA}, {ID: "na", Unit: centerA, Inactive: true},
		},
		Roles: []roles.Role{
			{ID: "people-a", Unit: centerA, Grants: append(grants("all", "people", "details.view"), grants("own", "medical.update", "cases")...)},
			{ID: "maker-a", Unit: centerA, Grants: append(grants("all", "roles", "medical.view", "people"), grants("agency", "images.update", "details.update")...)},
			{ID: "work-a", Unit: centerA, Inherits: []roles.RoleID{"interviewer"}, Grants: grants("agency", "medical.update", "delete")},
			{ID: "people-b", Unit: centerB, Grants: append(grants("all", "people", "medical.update", "cases"), grants("own", "medical.update", "delete")...)},
			{ID: "maker-b", Unit: centerB, Grants: append(grants("all", "roles", "setup", "details.update"), grants("own", "images.view")...)},
			{ID: "work-b", Unit: b1, Grants: grants("own", "details.update", "images.update")},
			{ID: "idle-a", Unit: centerA, Grants: grants("all", "medical.update")}, {ID: "idle-b", Unit: centerB, Inherits: []roles.RoleID{"interviewer"}},
			{ID: "both", Unit: scope.Root(), Grants: grants("own", "medical.view")},
			{ID: "mover", Unit: scope.Root(), Grants: grants("all", "setup", "people")},
		},
		Bindings: []roles.Binding{
			bind("op", "operator", scope.Root()), bind("oa", "officer", centerA), bind("pa", "people-a", centerA), bind("ra", "maker-a", centerA),
			bind("ga", "people-a", a1), {User: "ga", Role: "clerk", Unit: a1, Until: moments[1]}, bind("wa", "work-a", a1), bind("wa", "both", centerB),
			bind("ob", "officer", centerB), bind("pb", "people-b", centerB), bind("rb", "maker-b", centerB), bind("rb", "people-b", centerB),
			bind("wb", "work-b", b1), {User: "pb", Role: "clerk", Unit: centerB, Until: moments[1]}, {User: "ra", Role: "clerk", Unit: centerA, Until: moments[1]},
			{User: "pa", Role: "clerk", Unit: centerA, From: moments[1]}, bind("mo", "mover", scope.Root()), bind("mo", "clerk", centerB), bind("na", "both", centerB), bind("na", "clerk", centerA),
		},
		Assignments: []roles.Assignment{
			{User: "oa", Resource: centerA}, {User: "ob", Resource: centerB}, {User: "pa", Resource: a1}, {User: "pb", Resource: centerB},
			{User: "op", Resource: centerA}, {User: "op", Resource: centerB}, {User: "wa", Resource: caseIn(a2).Ref()},
		},
	}}
}

// answers are what everybody may do: to each moment, user and probe.
type answers [][][]bool

// A machine is a directory beside its model.
type machine struct {
	ceiling   policy.Ceiling
	reference *reference.Evaluator
	// granting has no constraints: what roles give, whatever attributes stop.
	granting  *reference.Evaluator
	engine    *access.Engine
	directory *roles.Directory
	hour      int // the moment that it is
	model     model
	answers   answers
	history   []string
	counts    tally
	compared  string // what was compared last
}

func newMachine(d draw, ceilings map[policy.Ceiling]*policy.Policy, counts tally) *machine {
	m := &machine{ceiling: pick(d, []policy.Ceiling{policy.Held, policy.HeldExceptSelf, policy.NoCeiling}), counts: counts}
	p := ceilings[m.ceiling]
	m.reference = reference.New(p.Document())
	granting := p.Document()
	granting.Constraints = nil
	m.granting = reference.New(granting)
	clock := func() time.Time { return moments[m.hour] }
	var err error
	m.directory, err = roles.NewDirectory(p, &roles.Options{Clock: clock})
	require.NoError(d, err)
	m.engine = access.New(p, m.directory, &access.Options{Clock: clock})
	m.model = first()
	update(d, m.directory, func(tx *roles.Tx) { fill(tx, m.model.World) })
	m.answers = m.ask(m.model)
	return m
}

// ask asks everything, from now on.
func (m *machine) ask(of model) answers {
	all := make(answers, len(moments))
	for hour := m.hour; hour < len(moments); hour++ {
		all[hour] = make([][]bool, len(everyUser))
		for u, user := range everyUser {
			all[hour][u] = make([]bool, len(probes))
			if len(of.bindings(user)) == 0 {
				continue
			}
			for i, p := range probes {
				all[hour][u][i] = m.reference.Decide(&of.World, reference.Question{
					User: user, Action: p.action, Resource: p.of, Now: moments[hour],
				}).Allowed
			}
		}
	}
	return all
}

// wait lets time pass.
func (m *machine) wait(t *rapid.T) {
	if m.hour < len(moments)-1 && (drawFrom(t)).chance(8) {
		m.hour++
		m.history = append(m.history, fmt.Sprint("it is ", moments[m.hour]))
	}
}

// update makes changes by somebody's hands.
func (m *machine) update(t *rapid.T, actor roles.UserID, deeds []deed, known ...scope.Resource) {
	do := func(tx *roles.Tx) error {
		for _, c := range deeds {
			c.do(tx)
		}
		return nil
	}
	before := m.directory.Snapshot()
	admin := m.engine.Admin(actor, nil, known...)
	preview := admin.Preview(do)
	dry, dryErr := admin.DryRun(do)
	require.Same(t, before, m.directory.Snapshot(), "a dry run changes nothing")
	commit, err := admin.Update(do)
	m.history = append(m.history, fmt.Sprintf("%s: %v => %v", actor, deeds, err))
	m.require(t, fmt.Sprint(err) == fmt.Sprint(dryErr), "the dry run says %v", dryErr)
	m.require(t, (err == nil) == (preview.Refusal == nil), "the preview says %v", preview.Refusal)
	require.Equal(t, commit, dry, "and what it does")
	m.count(deeds, err)
	var forbidden *access.Forbidden
	s := &step{machine: m, actor: actor, known: known, before: m.model}
	if err != nil && !errors.As(err, &forbidden) && !invalid(err) {
		require.Same(t, before, m.directory.Snapshot(), "a refused change leaves no trace")
		return // it cannot be made, whoever wants to
	}
	s.imagine(deeds)
	if err != nil {
		require.Same(t, before, m.directory.Snapshot(), "a refused change leaves no trace")
		if forbidden != nil && slices.ContainsFunc(forbidden.Denials, func(d access.Denial) bool { return len(d.Missing) == 0 }) {
			m.require(t, s.unmet() != "", "the actor may do all this")
		}
		if forbidden == nil {
			m.require(t, len(s.broken()) > 0, "nothing is broken by this")
		}
		return
	}
	s.check(t)
	require.Equal(t, preview.Commit, commit)
	require.Equal(t, before.Revision()+uint64(min(1, len(commit.Changes))), m.directory.Snapshot().Revision())
	m.model = s.after
	require.Equal(t, m.model.contents(), modelOf(m.directory.Snapshot()).contents(), "%s", strings.Join(m.history, "\n"))
	m.answers = s.answers
}

// invalid reports whether changes were refused for the state that they lead to,
// and not because one of them cannot be made.
func invalid(err error) bool {
	var violation *roles.Violation
	return errors.As(err, &violation)
}

// endings are what can come of an update: it is made, the actor may not make it,
// it breaks what must hold, or nobody could make it.
var endings = [...]string{"made", "forbidden", "invalid", "impossible"}

func (m *machine) count(deeds []deed, err error) {
	how := endings[0]
	var forbidden *access.Forbidden
	switch {
	case errors.As(err, &forbidden):
		how = endings[1]
	case err != nil && invalid(err):
		how = endings[2]
	case err != nil:
		how = endings[3]
	}
	m.counts["updates "+how]++
	for _, c := range deeds {
		m.counts[string(c.kind)+" "+how]++
	}
}

// require fails with all that happened.
func (m *machine) require(t *rapid.T, holds bool, format string, args ...any) {
	if !holds {
		require.Fail(t, fmt.Sprintf(format, args...), "ceiling %s\n%s", m.ceiling, strings.Join(m.history, "\n"))
	}
}

// same checks that the engine answers what the model does.
func (m *machine) same(t *rapid.T) {
	state := fmt.Sprint(m.directory.Snapshot().Revision(), m.hour)
	if state == m.compared {
		return
	}
	m.compared = state
	for u, user := range everyUser {
		if (u+len(m.history))%3 != 0 {
			continue // the others when something else was changed
		}
		session := m.engine.For(user, nil)
		for i, p := range probes {
			if d := session.Decide(p.action, p.of); d.Allowed() != m.answers[m.hour][u][i] {
				m.require(t, false, "%s: %s on %s in %s: %s", user, p.action, p.of.Ref(), p.unit, d)
			}
		}
	}
	if wrong := m.model.broken(moments[m.hour]); len(wrong) > 0 {
		m.require(t, false, "by itself: %v", wrong)
	}
}

// T-33, T-34, T-09, T-39: whoever administers whatever, in whatever order.
//
// The ordinary run is short. A long one, that says what was done, is
//
//	BAILIWICK_WORLDS=20000 go test ./access -run Administration -v -timeout 0
func TestAdministrationByAnybody(t *testing.T) {
	ceilings := map[policy.Ceiling]*policy.Policy{}
	for _, c := range []policy.Ceiling{policy.NoCeiling, policy.Held, policy.HeldExceptSelf} {
		ceilings[c] = parse(t, strings.Replace(centers, "ceiling: held", "ceiling: "+string(c), 1))
	}
	counts := tally{}
	times(t, 40, 1, func(rt *rapid.T) {
		m := newMachine(drawFrom(rt), ceilings, counts)
		actions := map[string]func(*rapid.T){"time passes": m.wait, "": m.same}
		for name, plan := range plans {
			actions[name] = func(t *rapid.T) {
				s := schemer{drawFrom(t), m}
				actor := s.actor(name)
				m.update(t, actor, plan(s, actor), s.places()...)
			}
		}
		rt.Repeat(actions)
	})
	t.Logf("%-12s %8s %9s %8s %10s", "", endings[0], endings[1], endings[2], endings[3])
	total := 0
	for _, kind := range append(roles.ChangeKinds(), "updates") {
		var n [len(endings)]int
		for i, how := range endings {
			n[i] = counts[string(kind)+" "+how]
		}
		t.Logf("%-12s %8d %9d %8d %10d", kind, n[0], n[1], n[2], n[3])
		total = n[0] + n[1] + n[2] + n[3]
	}
	t.Logf("%d rights gained", counts["rights gained"])
	if total < 500 {
		return // told to try but a few
	}
	require.Greater(t, 4*counts["updates made"], total, "fewer than a quarter of the updates are made")
	for _, kind := range roles.ChangeKinds() {
		require.NotZero(t, counts[string(kind)+" made"], "no %s was made", kind)
		require.True(t, counts[string(kind)+" forbidden"] > 0 || total < 3000, "no %s was forbidden", kind)
	}
}
