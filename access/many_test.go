package access_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// Reference: what TestReferenceDecide holds, however one asks, also after changes
// and at other instants. It draws without rapid, which would make a failure
// smaller, and so has little else to do than to ask:
//
//	GOGC=1600 BAILIWICK_QUESTIONS=100000000 go test ./access -run ReferenceManyQuestions -timeout 0 -v
//
// BAILIWICK_SEED repeats such a run, or the ordinary one, which asks fewer questions
// of more policies: 17 from its beginning, 17:1234 from that policy on.
func TestReferenceManyQuestions(t *testing.T) {
	m := &many{most: 16_000, states: 2, questionsOfEach: 10, answered: answered{reasons: tally{}, ways: tally{}}}
	if most, ok := wanted(t, "BAILIWICK_QUESTIONS"); ok {
		m.most, m.states, m.questionsOfEach = most, 8, 30
	}
	m.seed = rand.Uint64()
	if text := os.Getenv("BAILIWICK_SEED"); text != "" {
		_, err := fmt.Sscanf(text+":0", "%d:%d", &m.seed, &m.next)
		require.NoError(t, err, "BAILIWICK_SEED")
	}
	t.Logf("BAILIWICK_SEED=%d", m.seed)
	t.Run("policies", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("", func(t *testing.T) { t.Parallel(); m.work(t) })
		}
	})
	t.Log(m.answered)
	m.ways.log(t, "ways to ask")
	m.reasons.log(t, "questions")
	if !t.Failed() {
		m.reasons.healthy(t, 30, directoryReasons...)
	}
}

// many is a run of so many questions.
type many struct {
	seed uint64
	most int
	// A directory is asked in so many states.
	states, questionsOfEach int
	sync.Mutex
	next uint64
	answered
	percent int
}

// work asks about one policy after the other until there were enough questions.
func (m *many) work(t *testing.T) {
	var i uint64
	defer func() {
		if t.Failed() {
			t.Logf("BAILIWICK_SEED=%d:%d", m.seed, i)
		}
	}()
	for {
		m.Lock()
		i = m.next
		m.next++
		enough := m.questions >= m.most
		m.Unlock()
		if enough {
			return
		}
		n := m.askAboutOne(t, rand.New(rand.NewPCG(m.seed, i)))
		m.Lock()
		m.add(n)
		if percent := 100 * m.questions / m.most; percent > m.percent && m.most >= 1_000_000 {
			m.percent = percent
			t.Log(m.answered) // if it is stopped, this is what it came to
		}
		m.Unlock()
	}
}

// answered counts what was asked, and how it was answered.
type answered struct {
	policies, directories, changes, questions int
	// sampled questions were looked at, and so many of them differ.
	sampled, distinct int
	reasons, ways     tally
}

func (n *answered) add(other answered) {
	n.policies += other.policies
	n.directories += other.directories
	n.changes += other.changes
	n.questions += other.questions
	n.sampled += other.sampled
	n.distinct += other.distinct
	for reason, times := range other.reasons {
		n.reasons[reason] += times
	}
	for way, times := range other.ways {
		n.ways[way] += times
	}
}

func (n answered) String() string {
	errors := n.reasons[string(reference.ConditionError)] + n.reasons[string(reference.ConstraintError)]
	total := float64(max(1, n.questions))
	return fmt.Sprintf("%d questions, %.1f %% allowed, %.1f %% errors in conditions, %d reasons; %d policies, %d directories, %d changes of them; of %d questions looked at %d differ",
		n.questions, 100*float64(n.reasons["granted"])/total, 100*float64(errors)/total, len(n.reasons),
		n.policies, n.directories, n.changes, n.sampled, n.distinct)
}

// askAboutOne draws a policy, directories for it, changes of these, and asks
// questions in between.
func (m *many) askAboutOne(t *testing.T, random *rand.Rand) answered {
	const directories = 4
	n := answered{policies: 1, reasons: tally{}, ways: tally{}}
	d := draw{t, random.IntN}
	p := drawPolicy(d)
	for range directories {
		n.directories++
		w := newWorld(d, p)
		look, different := d.below(100) == 0, map[string]bool{}
		for state := range m.states {
			if state > 0 {
				w.change(d)
				n.changes++
			}
			for range m.questionsOfEach {
				if w.at = now; d.chance(3) {
					w.at = now.Add(pick(d, []time.Duration{-2 * time.Hour, -time.Hour, -1, 1, time.Hour}))
				}
				for _, q := range w.family(d, w.drawQuestion(d)) {
					want := w.reference.Decide(&w.data, q)
					got, way := w.ask(d, q)
					agree(t, want, got, w, q)
					n.questions++
					n.reasons[string(want.Reason)]++
					n.ways[way]++
					if look {
						n.sampled++
						different[fmt.Sprint(state, spelled(q))] = true
					}
				}
			}
		}
		n.distinct += len(different)
	}
	return n
}

// family returns a question, and the same about other actions on the type of
// resource, mostly such that a role of the user grants.
func (w *world) family(d draw, q reference.Question) []reference.Question {
	all := []reference.Question{q}
	for _, other := range w.actionsOn(w.onOf(q.Action)) {
		if len(all) == 4 || other == q.Action {
			continue
		}
		grants := func(b roles.Binding) bool { return b.User == q.User && slices.Contains(w.granted[b.Role], other) }
		if d.chance(2) || slices.ContainsFunc(w.data.Bindings, grants) {
			q.Action = other
			all = append(all, q)
		}
	}
	return all
}

// ask asks a question in one of the ways that there are for it.
func (w *world) ask(d draw, q reference.Question) (access.Decision, string) {
	session := w.engine.For(q.User, q.Context)
	switch d.below(8) {
	case 0:
		if q.Context == nil {
			return w.engine.Decide(q.User, q.Action, q.Resource), "without a session"
		}
	case 1:
		if slices.ContainsFunc(w.data.Users, func(u roles.User) bool { return u.ID == q.User }) {
			return w.engine.ForPrincipal(w.principal(q.User), q.Context).Decide(q.Action, q.Resource), "of a user by value"
		}
	case 2, 3:
		right, known := w.policy.Catalog().Right(q.Action)
		if target, err := session.Target(q.Resource); known && err == nil {
			return session.DecideOn(right, target), "on a target"
		}
	}
	return session.Decide(q.Action, q.Resource), "of a session"
}

// spelled is all of a question as text.
func spelled(q reference.Question) string {
	text := fmt.Sprintf("%q %q %v %v", q.User, q.Action, q.Context, q.Now)
	for at := &q.Resource; at != nil; at = at.In {
		text += fmt.Sprintf(" %q %q %v", at.Ref(), at.Parent, at.Attributes)
	}
	return text
}

// change draws a change of the directory.
func (w *world) change(d draw) {
	before := w.data
	before.Bindings, before.Assignments = slices.Clone(before.Bindings), slices.Clone(before.Assignments)
	u, unit := &w.data.Users[d.below(len(w.data.Users))], &w.data.Units[d.below(len(w.data.Units))]
	_, err := w.directory.Update("change", func(tx *roles.Tx) error {
		switch what := d.below(5); {
		case what == 0:
			w.data.Bindings = some(d, w.data.Bindings, 0)
			w.drawBindings(d)
		case what == 1:
			w.data.Assignments = some(d, w.data.Assignments, 0)
			w.drawAssignments(d, ids[:4])
		case what == 2:
			u.Attributes, u.Inactive = drawAttributes(d, w.document.Users, 13, ids[:4]), d.chance(1)
			if u.Unit = (scope.Ref{}); d.chance(10) {
				u.Unit = pick(d, w.data.Units).Ref
			}
			tx.ChangeUser(*u)
		case what == 3 && len(w.data.Roles) > 0:
			r := &w.data.Roles[d.below(len(w.data.Roles))]
			r.Grants = []roles.Grant{roles.Grant(w.drawGrant(d, false))}
			tx.ChangeRole(*r)
		default:
			unit.Attributes = drawAttributes(d, w.typ(unit.Ref.Type).Attributes, 13, ids[:4])
			tx.SetUnitAttributes(unit.Ref, unit.Attributes)
		}
		w.rebind(tx, before)
		return nil
	})
	require.NoError(d, err, "%s", w)
	w.index()
}

// rebind makes a directory's bindings and assignments what the world's are.
func (w *world) rebind(tx *roles.Tx, before reference.World) {
	for _, b := range before.Bindings {
		if !slices.Contains(w.data.Bindings, b) {
			tx.Unbind(b.User, b.Role, b.Unit)
		}
	}
	for _, b := range w.data.Bindings {
		if !slices.Contains(before.Bindings, b) {
			tx.BindBetween(b.User, b.Role, b.Unit, b.From, b.Until)
		}
	}
	for _, a := range before.Assignments {
		if !slices.Contains(w.data.Assignments, a) {
			tx.Unassign(a.User, a.Resource)
		}
	}
	for _, a := range w.data.Assignments {
		if !slices.Contains(before.Assignments, a) {
			tx.Assign(a.User, a.Resource)
		}
	}
}
