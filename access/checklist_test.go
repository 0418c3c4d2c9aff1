package access_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/roles/dirfile"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// schoolsWith is an engine over Leeds and York, of the policy schools with changes
// to its text.
func schoolsWith(t require.TestingT, bindings []roles.Binding, changes ...string) *access.Engine {
	p := parse(t, strings.NewReplacer(changes...).Replace(schools))
	return access.New(p, newDirectory(t, p, reference.World{
		Units: []roles.Unit{
			{Ref: leeds, Parent: scope.Root()}, {Ref: york, Parent: scope.Root()},
			{Ref: s1, Parent: leeds}, {Ref: s2, Parent: leeds}, {Ref: s3, Parent: york},
		},
		Users: []roles.User{{ID: "ann"}}, Bindings: bindings, Assignments: []roles.Assignment{{User: "ann", Resource: s1}},
	}), nil)
}

func bound(role roles.RoleID, unit scope.Ref) roles.Binding {
	return roles.Binding{User: "ann", Role: role, Unit: unit}
}

// T-01: where nothing applies, nothing is allowed: no binding, a role for
// something else, one elsewhere, or no more than constraints that hold.
func TestNothingThatAppliesDenies(t *testing.T) {
	const allHolds = `require: "true", message: It is closed.`
	constraint := []string{schools[strings.Index(schools, "require:"):], allHolds + "}\n"}
	other := []string{"[school.list, file.read]", "[school.list]"}
	for name, engine := range map[string]*access.Engine{
		"nothing":                 schoolsWith(t, nil),
		"another action's role":   schoolsWith(t, []roles.Binding{bound("reader", leeds)}, other...),
		"another unit's":          schoolsWith(t, []roles.Binding{bound("reader", york)}),
		"constraints alone":       schoolsWith(t, nil, constraint...),
		"constraints and another": schoolsWith(t, []roles.Binding{bound("reader", leeds)}, append(other, constraint...)...),
	} {
		d := engine.Decide("ann", "file.read", file("f", s1))
		require.False(t, d.Allowed(), "%s: %s", name, d)
		who, err := engine.WhoCan("file.read", file("f", s1), nil)
		require.NoError(t, err)
		require.Empty(t, who, name)
		filter, err := engine.Filter("ann", "file.read")
		require.NoError(t, err)
		require.False(t, filter.Matches(file("f", s1)), name)
		require.False(t, filter.Everything(), name)
		if !strings.Contains(name, "unit") {
			require.True(t, filter.Nothing(), name)
			require.Equal(t, "false", filter.CEL(), name)
		}
	}
}

// T-07: no id is a pattern or a prefix of another: not as a unit, not assigned, not
// as one to be compared.
func TestNoIDIsAPattern(t *testing.T) {
	hostile := []string{"a", "ab", "a*", "*", "**", "?", "a/", "a/b", "a/*", ".", "..", "a.b", "%", "a%", "_", "[a-z]", "^a", "a|b", "(a)", "a\\", "A", "school:a", "a:b"}
	p := parse(t, schools)
	d, err := roles.NewDirectory(p, nil)
	require.NoError(t, err)
	for _, id := range hostile {
		update(t, d, func(tx *roles.Tx) {
			tx.AddUnit(scope.NewRef("authority", id), scope.Root())
			tx.AddUnit(scope.NewRef("school", id), scope.NewRef("authority", id))
			tx.AddUser(roles.User{ID: roles.UserID(id)})
			tx.Bind(roles.UserID(id), "reader", scope.NewRef("authority", id))
			tx.Bind(roles.UserID(id), "keeper", scope.Root())
			tx.Assign(roles.UserID(id), scope.NewRef("file", id))
		})
	}
	engine := access.New(p, d, nil)
	for _, a := range hostile {
		filter, err := engine.Filter(roles.UserID(a), "file.read")
		require.NoError(t, err)
		for _, b := range hostile {
			in := file("f", scope.NewRef("school", b))
			require.Equal(t, a == b, engine.Decide(roles.UserID(a), "file.read", in).Allowed(), "%q in the unit of %q", b, a)
			require.Equal(t, a == b, filter.Matches(in), "%q in the unit of %q", b, a)
			require.Equal(t, a == b, engine.Decide(roles.UserID(a), "file.write", file(b, scope.NewRef("school", "a"))).Allowed(), "%q assigned as %q", b, a)
		}
	}
}

// T-13: a number is the number that was written, of all its digits, in a policy, a
// directory file and a question.
func TestANumberKeepsItsDigits(t *testing.T) {
	const great = 9007199254740993 // no double
	p := parse(t, strings.NewReplacer(`all:  "true"`, fmt.Sprintf("all: resource.count == %d && resource.school.size == %d", great, great), "school.list, file.read", "file.read").Replace(schools))
	d, err := roles.NewDirectory(p, nil)
	require.NoError(t, err)
	_, err = dirfile.Load(d, "setup", "leeds.yaml", []byte(fmt.Sprintf(`
directory: Leeds
units:
  - {unit: "authority:leeds"}
  - {unit: "school:s1", in: "authority:leeds", attributes: {size: %d}}
  - {unit: "school:s2", in: "authority:leeds", attributes: {size: %d}}
users: [{user: ann, bindings: [{role: reader, at: "authority:leeds"}]}]
`, great, great-1)))
	require.NoError(t, err)
	engine := access.New(p, d, nil)
	for _, c := range []struct {
		in    scope.Ref
		count any
		want  access.Reason
	}{
		{s1, great, access.Granted},
		{s1, great - 1, access.OutOfScope},
		{s2, great, access.OutOfScope},
		{s1, float64(great), access.WrongAttribute},
		{s1, "9007199254740993", access.WrongAttribute},
	} {
		r := file("f", c.in)
		r.Attributes = scope.Map{"count": c.count}
		require.Equal(t, c.want, engine.Decide("ann", "file.read", r).Reason(), "%v in %s", c.count, c.in)
	}
}

// T-14: of several ways to a right, one that is open is enough, whatever the others
// come to and wherever among them it stands; and none that is not open opens
// another.
func TestOneOpenWayIsEnough(t *testing.T) {
	const open, shut, broken = "resource.open", "!resource.open", "resource.count > 1" // which nobody gives
	ways := []string{open, shut, broken}
	for _, first := range ways {
		for _, second := range ways {
			for _, third := range ways {
				engine := schoolsWith(t, []roles.Binding{bound("reader", leeds), bound("keeper", leeds), bound("owner", leeds)},
					"[school.list, file.read], scope: all", fmt.Sprintf("[file.read], scope: all, when: %q", first),
					"[file.write, school.edit], scope: mine", fmt.Sprintf("[file.read], scope: all, when: %q", second),
					"[file.write], scope: own", fmt.Sprintf("[file.read], scope: all, when: %q", third))
				r := file("f", s1)
				r.Attributes = scope.Map{"open": true}
				d := engine.Decide("ann", "file.read", r)
				require.Equal(t, first == open || second == open || third == open, d.Allowed(), "%s, %s, %s: %s", first, second, third, d)
			}
		}
	}
}

// T-15: another process answers the same, in the same words.
func TestAnotherProcessSaysTheSame(t *testing.T) {
	unknown := scope.Map{"open": true, "nope": 1, "nothing": 2, "onwer": 3}
	for i := range 6 { // a map of more than eight has them in any order, a smaller one in few
		unknown[fmt.Sprint("none", i)] = i
	}
	answers := func() []byte {
		var out bytes.Buffer
		engine := schoolsWith(t, []roles.Binding{bound("reader", leeds), bound("keeper", leeds), bound("keeper", s1), bound("owner", york), bound("reader", s2)},
			"constraints:", "constraints:\n  - {name: b, on: [file.write], require: resource.open}\n  - {name: a, on: [file.write], require: resource.count > 1}")
		for _, r := range []scope.Resource{file("f", s1), file("g", s3), {Type: "school", ID: "s2"}, {Type: "file", ID: "h", Parent: s1, Attributes: unknown}} {
			for d := range engine.Capabilities("ann", r) {
				fmt.Fprintf(&out, "%s\n%+v\n%v\n", told(d), d.Evidence(), d.Err())
			}
		}
		for _, action := range []roles.Action{"file.read", "file.write", "school.edit"} {
			filter, err := engine.Filter("ann", action)
			require.NoError(t, err)
			fmt.Fprintln(&out, filter)
		}
		return out.Bytes()
	}
	if file := os.Getenv("BAILIWICK_ANSWERS"); file != "" {
		require.NoError(t, os.WriteFile(file, answers(), 0o600))
		return
	}
	want := answers()
	for range 3 {
		file := t.TempDir() + "/answers"
		again := exec.Command(os.Args[0], "-test.run=^TestAnotherProcessSaysTheSame$")
		again.Env = append(os.Environ(), "BAILIWICK_ANSWERS="+file)
		out, err := again.CombinedOutput()
		require.NoError(t, err, "%s", out)
		got, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
		require.Equal(t, string(want), string(answers()))
	}
}

// T-20: a value that reads like a condition is a value: of an id, an attribute of a
// user, a unit or a resource, a fact of the request.
func TestAValueIsNeverACondition(t *testing.T) {
	for _, evil := range []string{"true", "' || true || '", `" || true || "`, "x') || (true", "resource.owner", "user.id", "x\\' || true //", "${true}", "{{true}}"} {
		engine := schoolsWith(t, []roles.Binding{bound("owner", leeds)}, "resource.owner == user.id", "resource.owner == user.id || resource.owner == context.reason")
		p := engine.Policy()
		language, err := scope.NewLanguage(p.Types(), p.UserAttributes(), p.ContextFacts(), scope.Limits{})
		require.NoError(t, err)
		inFull := &scope.Resource{Type: "school", ID: "s1", In: &scope.Resource{Type: "authority", ID: "leeds"}}
		r := file("f", s1)
		r.Attributes = scope.Map{"owner": evil, "tags": []string{evil}, "info": map[string]string{evil: evil}}
		d := engine.For("ann", scope.Map{"reason": "no " + evil}).Decide("file.write", r)
		require.Equal(t, access.OutOfScope, d.Reason(), "%s: %s", evil, d)
		r.Attributes = scope.Map{"owner": "bob"}
		d = engine.For("ann", scope.Map{"reason": evil}).Decide("file.write", r)
		require.Equal(t, access.OutOfScope, d.Reason(), "%s: %s", evil, d)
		filter, err := engine.For("ann", scope.Map{"reason": evil}).Filter("file.write")
		require.NoError(t, err)
		require.False(t, filter.Matches(r), evil)
		said, err := language.Predicate("filter", filter.CEL(), []string{"file"})
		require.NoError(t, err, filter.CEL())
		place, err := engine.Policy().Types().Locate(scope.Resource{Type: "file", ID: "f", In: inFull, Attributes: r.Attributes}, nil)
		require.NoError(t, err)
		truth, err := said.Eval(scope.Facts{User: &scope.Subject{ID: "bob"}, Resource: place, Now: now})
		require.NoError(t, err)
		require.Equal(t, scope.False, truth, filter.CEL())
		r.Attributes = scope.Map{"owner": evil}
		require.True(t, filter.Matches(r), evil)
	}
}

// T-44: what is absent is neither equal nor unequal to anything: no operator, and
// no negation of one, lets it pass, neither by Decide nor by a Filter.
func TestWhatIsAbsentIsNotUnequal(t *testing.T) {
	for _, condition := range []string{
		"resource.owner == 'a'", "resource.owner != 'a'", "resource.owner in ['a', 'b']", "resource.owner < 'b'", "resource.owner.startsWith('a')",
		"resource.count == 1", "resource.count != 1", "resource.count in [1, 2]", "resource.count <= 1", "resource.open", "resource.open == false", "resource.since <= now",
	} {
		for _, negated := range []string{"%s", "!(%s)", "!(%s) && true", "!(%s && true)", "(%s) == false", "(%s) != true", "(%s) ? false : true"} {
			engine := schoolsWith(t, []roles.Binding{bound("reader", leeds)}, `all:  "true"`, fmt.Sprintf("all: %q", fmt.Sprintf(negated, condition)),
				"school.list, file.read", "file.read")
			filter, err := engine.Filter("ann", "file.read")
			require.NoError(t, err)
			d := engine.Decide("ann", "file.read", file("f", s1))
			require.Equal(t, access.ConditionError, d.Reason(), "%s of %s: %s", negated, condition, d)
			require.False(t, filter.Matches(file("f", s1)))
		}
	}
}

// T-47: what databases answer differently is refused when the SQL is prepared,
// and what one of them cannot be given is an error.
func TestWhatDatabasesAnswerDifferentlyIsRefused(t *testing.T) {
	row := scope.SQLRow{Alias: "f", ID: "id", In: map[string]scope.SQLParent{"school": {Column: "school"}},
		Columns: map[string]string{"owner": "owner", "count": "count", "open": "open", "weight": "weight"}}
	for _, condition := range []string{
		"resource.count + 1 > 0", "-resource.count < 0", "10 / resource.count > 1", "resource.count % 2 == 0", "resource.owner.matches('^a')",
		"resource.level > 0u", "has(resource.info.k)", "string(resource.count) == '1'", "double(resource.count) > 1.0",
	} {
		engine := schoolsWith(t, nil, "resource.owner == user.id", condition)
		for _, dialect := range []scope.SQLDialect{scope.SQLite, scope.PostgreSQL} {
			_, err := engine.PrepareSQL(dialect, "file", row, nil, "file.write")
			var refusal *scope.SQLRefusal
			require.ErrorAs(t, err, &refusal, "%s: %s", dialect, condition)
		}
	}
}

// T-48: who lists and then acts asks again: a Filter answers from the state that it
// was made of, and says which; the decision at the write is of the state then.
func TestAListIsNoPermission(t *testing.T) {
	engine, directory := newSchools(t, &access.Options{Clock: func() time.Time { return now }})
	filter, err := engine.Filter("ann", "file.write")
	require.NoError(t, err)
	require.True(t, filter.Matches(file("f", s1)))
	update(t, directory, func(tx *roles.Tx) { tx.Unassign("ann", s1) })
	require.True(t, filter.Matches(file("f", s1)), "it does not learn of changes")
	require.Less(t, filter.Revision(), directory.Snapshot().Revision())
	require.False(t, engine.Decide("ann", "file.write", file("f", s1)).Allowed())
	again, err := engine.Filter("ann", "file.write")
	require.NoError(t, err)
	require.Equal(t, directory.Snapshot().Revision(), again.Revision())
	require.False(t, again.Matches(file("f", s1)))
}
