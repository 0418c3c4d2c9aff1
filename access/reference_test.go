package access_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// worldsOf runs a property over so many drawn worlds.
func worldsOf(t *testing.T, number int, property func(d draw, w *world)) {
	t.Helper()
	worldsUnder(t, number, drawPolicy, property)
}

// worldsUnder is worldsOf for policies of one kind. There are four directories
// for each policy.
func worldsUnder(t *testing.T, number int, policies func(draw) drawnPolicy, property func(d draw, w *world)) {
	t.Helper()
	const directories = 4
	drawn := rapid.Custom(func(t *rapid.T) drawnPolicy { return policies(drawFrom(t)) })
	times(t, number, directories, func(rt *rapid.T) {
		p := drawn.Draw(rt, "policy")
		for range directories {
			property(drawFrom(rt), drawWorld(rt, p))
		}
	})
}

// times checks a property over so many worlds, or as many as BAILIWICK_WORLDS
// says, where it draws some at once.
func times(t *testing.T, number, atOnce int, property func(*rapid.T)) {
	t.Helper()
	if n, ok := wanted(t, "BAILIWICK_WORLDS"); ok {
		number = n
	}
	before := flag.Lookup("rapid.checks").Value.String()
	require.NoError(t, flag.Set("rapid.checks", strconv.Itoa(max(1, number/atOnce))))
	defer func() { require.NoError(t, flag.Set("rapid.checks", before)) }()
	rapid.Check(t, property)
}

// wanted is how many an environment variable says to try, if it says so.
func wanted(t *testing.T, variable string) (n int, ok bool) {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, variable)
	return n, true
}

// A tally counts answers.
type tally map[string]int

func (c tally) log(t *testing.T, what string) {
	t.Helper()
	total := 0
	for _, n := range c {
		total += n
	}
	t.Logf("%s: %d", what, total)
	for _, reason := range slices.SortedFunc(maps.Keys(c), func(a, b string) int { return c[b] - c[a] }) {
		t.Logf("%7.3f %% %s", 100*float64(c[reason])/float64(total), reason)
	}
}

// healthy fails if a drawn sample says too little: fewer of a hundred allowed
// than there should be, or a reason that never came up. Of a small sample it
// asks less, since chance makes more of it.
func (c tally) healthy(t *testing.T, allowed int, reasons ...reference.Reason) {
	t.Helper()
	total := 0
	for _, n := range c {
		total += n
	}
	if total < 20_000 {
		allowed /= 2
	}
	require.GreaterOrEqual(t, 100*c["granted"], allowed*total, "too few of the drawn questions are allowed: %v", c)
	if total < 1_000 {
		return
	}
	for _, r := range reasons {
		require.NotZero(t, c[string(r)], "no drawn question came to %s", r)
	}
}

var directoryReasons = []reference.Reason{
	reference.Granted, reference.UnknownAction, reference.WrongType, reference.MalformedResource,
	reference.WrongAttribute, reference.WrongContext, reference.UnknownUser, reference.InactiveUser,
	reference.NoRole, reference.NoGrant, reference.NotInForce, reference.OutsideUnit, reference.OutOfScope,
	reference.ConditionUnmet, reference.ConditionError, reference.ConstraintUnmet, reference.ConstraintError,
}

// agree requires that a decision is what the reference says.
func agree(t require.TestingT, want reference.Outcome, got access.Decision, w *world, q any) {
	if want.Allowed == got.Allowed() && string(want.Reason) == got.Reason().String() {
		return
	}
	require.Fail(t, fmt.Sprintf("the reference says %+v, the engine %s (%s)\n%+v\n%s", want, got.Reason(), got, q, w))
}

// Reference: every decision about a user of the directory is what laws 2 to 6
// say, as package internal/reference says them, over drawn worlds: a policy, a
// directory, questions.
//
// This and the other Reference tests draw a few hundred worlds each, or as many
// as one likes:
//
//	BAILIWICK_WORLDS=100000 go test ./access -run Reference -v -timeout 0
//
// which also says what was asked and how it was answered.
func TestReferenceDecide(t *testing.T) {
	counts := tally{}
	worldsOf(t, 300, func(d draw, w *world) {
		for range 16 {
			q := w.drawQuestion(d)
			want := w.reference.Decide(&w.data, q)
			got := w.engine.For(q.User, q.Context).Decide(q.Action, q.Resource)
			agree(d, want, got, w, q)
			if q.Resource.Attributes == nil {
				silent := q
				silent.Resource.Attributes = scope.Map{}
				require.Equal(d, told(got), told(decide(w.engine, silent)), "of attributes that say nothing: %+v\n%s", q, w)
			}
			if q.Context == nil {
				require.Equal(d, got.String(), w.engine.Decide(q.User, q.Action, q.Resource).String())
			}
			counts[string(want.Reason)]++
		}
	})
	counts.log(t, "questions")
	counts.healthy(t, 30, directoryReasons...)
}

// Reference: a user given by value is decided about as one of the directory's
// is.
func TestReferenceForPrincipal(t *testing.T) {
	counts := tally{}
	worldsOf(t, 300, func(d draw, w *world) {
		for range 8 {
			q := w.drawQuestion(d)
			p := w.drawPrincipal(d, q.User)
			q.Principal = &p
			want := w.reference.Decide(&w.data, q)
			agree(d, want, w.engine.ForPrincipal(p, q.Context).Decide(q.Action, q.Resource), w, q)
			counts[string(want.Reason)]++

			q.Principal = nil
			if w.reference.Decide(&w.data, q).Reason == reference.UnknownUser {
				continue
			}
			known := w.engine.For(q.User, q.Context).Decide(q.Action, q.Resource)
			byValue := w.engine.ForPrincipal(w.principal(q.User), q.Context).Decide(q.Action, q.Resource)
			require.Equal(d, known.Reason(), byValue.Reason(), "%s\n%+v\n%s", known, q, w)
			require.Equal(d, known.String(), byValue.String())
			require.Equal(d, known.Evidence(), byValue.Evidence())
			require.Equal(d, known.Message(), byValue.Message())
		}
	})
	counts.log(t, "questions")
	counts.healthy(t, 25, reference.MalformedUser)
}

// Reference: an engine without a directory that is given everything in full
// decides what the reference says, and what one with a directory decides.
func TestReferenceWithoutDirectory(t *testing.T) {
	counts := tally{}
	worldsOf(t, 300, func(d draw, w *world) {
		bare := access.New(w.policy, nil, &access.Options{Clock: w.clock})
		for range 8 {
			q := w.drawQuestion(d)
			q.Resource = w.inFull(q.Resource)
			p := w.drawPrincipal(d, q.User)
			p.Bindings = slices.DeleteFunc(p.Bindings, func(b roles.Binding) bool { return custom(b.Role) })
			if d.chance(14) { // without a directory nobody knows where most units are
				p.Unit = scope.Ref{}
			}
			q.Principal = &p
			want := w.reference.Decide(nil, q)
			got := bare.ForPrincipal(p, q.Context).Decide(q.Action, q.Resource)
			agree(d, want, got, w, q)
			counts[string(want.Reason)]++
			if known := w.reference.Decide(&w.data, q); p.Unit.IsZero() && known.Reason != reference.MalformedResource && known.Reason != reference.MalformedUser {
				require.Equal(d, known, want, "with a directory and without: %+v\n%s", q, w)
			}
			require.Equal(d, access.UnknownUser, bareReason(bare, q))
		}
	})
	counts.log(t, "questions")
	counts.healthy(t, 15)
}

// bareReason is what an engine without a directory says of a user by id, if
// nothing else is wrong with the question.
func bareReason(bare *access.Engine, q reference.Question) access.Reason {
	d := bare.For(q.User, q.Context).Decide(q.Action, q.Resource)
	switch d.Reason() {
	case access.UnknownAction, access.WrongType, access.MalformedResource, access.WrongAttribute:
		return access.UnknownUser
	}
	return d.Reason()
}

// FuzzReference holds the engine to the reference with whatever stands in a
// question: the fuzzer writes what people do not.
//
//	go test ./access -run xxx -fuzz FuzzReference
func FuzzReference(f *testing.F) {
	p := parse(f, schools)
	data := reference.World{
		Units:       []roles.Unit{{Ref: leeds, Parent: scope.Root()}, {Ref: york, Parent: scope.Root()}, {Ref: s1, Parent: leeds}, {Ref: s3, Parent: york}},
		Users:       []roles.User{{ID: "ann"}, {ID: "bob", Inactive: true}},
		Bindings:    []roles.Binding{{User: "ann", Role: "reader", Unit: leeds}, {User: "ann", Role: "keeper", Unit: leeds}, {User: "ann", Role: "owner", Unit: york}},
		Assignments: []roles.Assignment{{User: "ann", Resource: s1}},
	}
	engine := access.New(p, newDirectory(f, p, data), &access.Options{Clock: func() time.Time { return now }})
	e := reference.New(p.Document())
	f.Add("ann", "file.read", "file", "f", "school", "s1", "owner", "ann")
	f.Add("ann", "file.write", "file", "f", "school", "s3", "owner", "ann")
	f.Add("bob", "school.list", "authority", "leeds", "root", "", "closed", "")
	f.Add("", "", "", "", "", "", "", "")
	f.Fuzz(func(t *testing.T, user, action, typ, id, parentType, parentID, name, value string) {
		q := reference.Question{User: roles.UserID(user), Action: roles.Action(action), Now: now,
			Resource: scope.Resource{Type: typ, ID: id, Parent: scope.NewRef(parentType, parentID)}}
		if name != "" {
			q.Resource.Attributes = scope.Map{name: value}
			q.Context = scope.Map{name: value}
		}
		want := e.Decide(&data, q)
		d := decide(engine, q)
		require.Equal(t, string(want.Reason), d.Reason().String(), "%s", d)
		require.Equal(t, want.Allowed, d.Allowed())
		require.NotEmpty(t, d.String()+d.Message())
		for c := range engine.For(q.User, q.Context).Capabilities(q.Resource) {
			if c.Action() == q.Action && q.Resource.ID != "" && p.Types().Type(typ) != nil && d.Reason() != access.WrongType {
				require.Equal(t, d.String(), c.String())
			}
		}
	})
}
