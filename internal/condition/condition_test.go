package condition_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// thing is an Object: a field that is not in it is Absent.
type thing map[string]any

func (t thing) Field(name string) any {
	if v, ok := t[name]; ok {
		return v
	}
	return condition.Absent
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// newEnv declares users and cases, and two functions with roles as literals.
func newEnv(t testing.TB) *condition.Env {
	t.Helper()
	user := condition.ObjectType{Name: "user", Fields: map[string]condition.Type{
		"id": condition.String, "agency": condition.String, "roles": condition.ListOf(condition.String),
	}}
	file := condition.ObjectType{Name: "case", Fields: map[string]condition.Type{
		"id": condition.String, "status": condition.String, "assignees": condition.ListOf(condition.String),
		"warnings": condition.Int, "score": condition.Double, "signed_off": condition.Bool,
		"opened": condition.Timestamp, "labels": condition.MapOf(condition.String), "size": condition.Uint,
		"owner": condition.ObjectOf("user"), "age": condition.Duration, "raw": condition.Bytes,
	}}
	holders := func(world any, args []any) (any, error) {
		switch w := world.(type) {
		case error:
			return nil, w
		case condition.State:
			return w, nil
		case string:
			if w == "panic" {
				panic("the world is broken")
			}
			return []any{thing{"id": w + " " + args[len(args)-1].(string)}}, nil
		}
		return []any{}, nil
	}
	e, err := condition.NewEnv(
		[]condition.ObjectType{user, file},
		[]condition.Variable{{Name: "user", Type: condition.ObjectOf("user")}, {Name: "resource", Type: condition.ObjectOf("case")}},
		[]condition.Function{
			{Name: "holders", LiteralKind: "role", Call: holders, Literals: map[string]condition.Type{
				"super_user": condition.ListOf(condition.ObjectOf("user")), "collector": condition.ListOf(condition.ObjectOf("user")),
			}},
			{Name: "units", LiteralKind: "type of unit", Call: holders, Literals: map[string]condition.Type{
				"school": condition.ListOf(condition.ObjectOf("case")), "agency": condition.ListOf(condition.ObjectOf("user")),
			}},
			{Name: "within", Params: []condition.Type{condition.ObjectOf("case"), condition.String}, Result: condition.Bool,
				Call: func(_ any, args []any) (any, error) {
					return args[0].(condition.Object).Field("id") == args[1], nil
				}},
		}, condition.Limits{})
	require.NoError(t, err)
	e, err = e.Extend([]condition.Variable{{Name: "now", Type: condition.Timestamp}})
	require.NoError(t, err)
	return e
}

// ask evaluates text over a user, a case and noon.
func ask(t testing.TB, text string, resource any, world any) (condition.Outcome, error) {
	t.Helper()
	p, faults := newEnv(t).Compile(text)
	require.Empty(t, faults, text)
	out, err := p.Eval(condition.Input{Vars: []any{
		thing{"id": "ann", "roles": []any{"collector", "nurse"}}, resource, noon}, World: world})
	assert.Equal(t, out == condition.Error, err != nil, "%s: the error is there exactly where the outcome is Error", text)
	return out, err
}

func TestConditionsComeToWhatTheySay(t *testing.T) {
	open := thing{"id": "c1", "status": "open", "assignees": []any{"ann", "bob"}, "warnings": int64(0), "signed_off": false,
		"opened": noon.Add(-time.Hour), "labels": map[string]any{"ward": "7"}, "owner": thing{"id": "ann"}, "size": uint64(3),
		"age": time.Hour, "score": 1.5, "raw": []byte("ab")}
	for text, want := range map[string]condition.Outcome{
		`user.id in resource.assignees`:                                                                  condition.True,
		`resource.status == "open" && !resource.signed_off`:                                              condition.True,
		`resource.warnings > 0`:                                                                          condition.False,
		`now - resource.opened > duration("30m")`:                                                        condition.True,
		`resource.labels.ward == "7" && resource.labels["ward"] > "6"`:                                   condition.True,
		`has(resource.labels.ward) && !has(resource.labels.bed)`:                                         condition.True,
		`resource.owner.id == user.id`:                                                                   condition.True,
		`user.roles.exists(r, r.startsWith("coll"))`:                                                     condition.True,
		`user.roles.all(r, r == "nurse")`:                                                                condition.False,
		`user.roles.exists_one(r, r == "nurse")`:                                                         condition.True,
		`user.roles.map(r, size(r)) == [9, 5]`:                                                           condition.True,
		`user.roles.filter(r, r.matches("^n.*e$")) == ["nurse"]`:                                         condition.True,
		`size(holders("super_user")) == 1`:                                                               condition.True,
		`holders("collector")[0].id == "w collector"`:                                                    condition.True,
		`units("school").exists(s, s.id == "w school")`:                                                  condition.True,
		`within(resource, "c1") && !within(resource, "c2")`:                                              condition.True,
		`resource.opened.getHours() == 11`:                                                               condition.True,
		`resource.opened.getHours("Asia/Tokyo") == 20`:                                                   condition.True,
		`resource.size + 1u == 4u && resource.score * 2.0 == 3.0`:                                        condition.True,
		`string(resource.raw) == "ab" && resource.age == duration("3600s")`:                              condition.True,
		`{"a": resource.warnings, "b": 2} == {"a": 0, "b": 3}`:                                           condition.False,
		`{"a": resource.warnings, "b": 2} == {"b": 2, "a": 0}`:                                           condition.True,
		`{true: 1, false: 2}.map(k, k) == [false, true]`:                                                 condition.True,
		`{2u: 1, 1u: 2}.map(k, k) == [1u, 2u] && {2: 1, -1: 2}.map(k, k) == [-1, 2]`:                     condition.True,
		`now.getHours("-23:00") == 13 && now.getMinutes("-00:30") == 30 && now.getHours("+23:59") == 11`: condition.True,
		`resource.signed_off ? false : true`:                                                             condition.True,
	} {
		out, err := ask(t, text, open, "w")
		assert.Equal(t, want, out, "%s: %v", text, err)
	}
}

// T-03, T-04: what is absent is an error, whatever surrounds it, unless the
// rest decides or the condition asks has().
func TestAnAbsentAttributeIsAnError(t *testing.T) {
	for text, want := range map[string]condition.Outcome{
		`resource.status == "open"`:                                 condition.Error,
		`resource.status != "open"`:                                 condition.Error,
		`!resource.signed_off`:                                      condition.Error,
		`resource.owner.id == "ann"`:                                condition.Error,
		`resource.labels.ward == "7"`:                               condition.Error,
		`["ann"][resource.warnings] == "ann"`:                       condition.Error,
		`resource.signed_off || true`:                               condition.True,
		`true || resource.signed_off`:                               condition.True,
		`resource.signed_off && false`:                              condition.False,
		`false && resource.signed_off`:                              condition.False,
		`resource.signed_off || false`:                              condition.Error,
		`resource.signed_off && true`:                               condition.Error,
		`has(resource.status)`:                                      condition.False,
		`has(resource.owner.id)`:                                    condition.Error,
		`has(resource.status) && resource.status == "x"`:            condition.False,
		`user.roles.exists(r, r == "nurse" || resource.signed_off)`: condition.True,
		`user.roles.all(r, r == "nurse" && resource.signed_off)`:    condition.False,
		`1 / (size(user.roles) - 2) == 1`:                           condition.Error,
		`9223372036854775807 + size(user.roles) > 0`:                condition.Error,
	} {
		out, _ := ask(t, text, thing{"id": "c1"}, nil)
		assert.Equal(t, want, out, text)
	}
	_, err := ask(t, `resource.status != "open"`, thing{}, nil)
	assert.ErrorContains(t, err, "status is absent")
}

func TestWhatIsPendingIsUnknownUnlessDecidedOtherwise(t *testing.T) {
	pending := thing{"status": condition.Pending, "signed_off": condition.Pending, "owner": condition.Pending,
		"assignees": condition.Pending, "id": "c1"}
	for text, want := range map[string]condition.Outcome{
		`resource.status == "open"`:                     condition.Unknown,
		`!resource.signed_off`:                          condition.Unknown,
		`resource.owner.id == "ann"`:                    condition.Unknown,
		`has(resource.status)`:                          condition.Unknown,
		`resource.signed_off && false`:                  condition.False,
		`resource.signed_off || resource.id == "c1"`:    condition.True,
		`resource.signed_off && resource.warnings == 0`: condition.Unknown,
		`user.id in resource.assignees`:                 condition.Unknown,
		`resource.assignees[0] == "ann"`:                condition.Unknown,
		`resource.assignees.exists(a, a == user.id)`:    condition.Unknown,
	} {
		out, _ := ask(t, text, pending, nil)
		assert.Equal(t, want, out, text)
	}
	out, err := ask(t, `resource.status == "open"`, condition.Pending, nil)
	assert.Equal(t, condition.Unknown, out, "%v", err)
	out, err = ask(t, `size(holders("collector")) > 0`, thing{}, condition.Pending)
	assert.Equal(t, condition.Unknown, out, "%v", err)
}

// T-17: neither a panic nor an error of a function or an object allows.
func TestAFunctionThatFailsIsAnError(t *testing.T) {
	broken := errors.New("no database")
	out, err := ask(t, `size(holders("collector")) >= 0`, thing{}, broken)
	assert.Equal(t, condition.Error, out)
	assert.ErrorIs(t, err, broken)
	out, err = ask(t, `size(holders("collector")) >= 0`, thing{}, "panic")
	assert.Equal(t, condition.Error, out)
	assert.ErrorContains(t, err, "the world is broken")
	out, _ = ask(t, `resource.id == "c1"`, nil, nil)
	assert.Equal(t, condition.Error, out, "a nil variable")
	out, _ = ask(t, `resource.id == "c1"`, thing{"id": nil}, nil)
	assert.Equal(t, condition.Error, out, "a nil field")
	p, faults := newEnv(t).Compile(`resource.id == "c1"`)
	require.Empty(t, faults)
	out, err = p.Eval(condition.Input{})
	assert.Equal(t, condition.Error, out, "no variables")
	assert.Error(t, err)
}

func TestWhatAConditionCosts(t *testing.T) {
	many := make([]any, 10_000)
	for i := range many {
		many[i] = "x"
	}
	out, err := ask(t, `resource.assignees.all(a, resource.assignees.all(b, a == b))`, thing{"assignees": many}, nil)
	assert.Equal(t, condition.Error, out)
	assert.ErrorIs(t, err, condition.ErrCost)
}

func TestTheFaultsOfAText(t *testing.T) {
	for text, want := range map[string]string{
		`resource.warnings + 1`:                       `1:1 is int, not a condition: it must be true or false`,
		`user.id in resource.asignees`:                `1:21 case has no attribute "asignees" (did you mean "assignees"?)`,
		`has(resource.statsu)`:                        `1:14 case has no attribute "statsu" (did you mean "status"?)`,
		`usr.id == "ann"`:                             `1:1 unknown name "usr" (did you mean "user"?)`,
		`status == "open"`:                            `1:1 unknown name "status" (did you mean resource.status?)`,
		`id == "ann"`:                                 `1:1 unknown name "id" (did you mean user.id or resource.id?)`,
		`subject.id == "ann"`:                         `1:1 unknown name "subject"; known here: user, resource, now`,
		`holders`:                                     `1:1 holders is a function: write holders(…)`,
		`size(holdrs("collector")) > 0`:               `1:6 unknown function "holdrs" (did you mean "holders"?)`,
		`size(holders("super_usr")) > 0`:              `1:14 unknown role "super_usr" (did you mean "super_user"?)`,
		`size(holders(user.id)) > 0`:                  `1:14 the last argument of holders must be written as a literal: the name of a role`,
		`size(holders()) > 0`:                         `1:6 holders takes 1 argument, not 0`,
		`within(user, "c1")`:                          `1:1 within(user, string) does not exist: there is within(case, string)`,
		`resource.within("c1")`:                       `1:10 write within(…): it is not called on a value`,
		`resource.status == 1`:                        `1:17 == compares values of one type, not string and int`,
		`resource.score == 1`:                         `1:16 == compares values of one type, not double and int: convert one, with double(…)`,
		`resource.score > 1`:                          `1:16 > does not take double and int: convert one, with double(…)`,
		`[1].all(x, x < 2.0)`:                         `1:14 < does not take int and double: convert one, with int(…)`,
		`1 == aAzZ_09 (2)`:                            `1:6 unknown function "aAzZ_09"`,
		`resource.  statsu == "a"`:                    `1:12 case has no attribute "statsu" (did you mean "status"?)`,
		`[1, .5].exists(x, true)`:                     `1:5 the elements of a list must have one type, and so must the keys of a map and its values: this is double, the first is int`,
		`resource.status + 1 == "a"`:                  `1:17 + does not take string and int`,
		`resource.status && true`:                     `1:10 is string, not a condition: && needs true or false`,
		`user.id.starts("a")`:                         `1:9 unknown function "starts"`,
		`user.id.startsWith(1)`:                       `1:9 string.startsWith(int) does not exist: there is string.startsWith(string)`,
		`user.id.id == "a"`:                           `1:9 string has no attributes: .id does not apply`,
		`user == resource.owner`:                      `1:6 objects cannot be compared: compare an attribute, such as an id`,
		`user in [user]`:                              `1:6 objects cannot be compared: compare an attribute, such as an id`,
		`resource.status == null`:                     `1:20 nothing is null here: ask has(…) whether an attribute is there`,
		`dyn(resource.status) == 1`:                   `1:1 dyn() is not admitted: every value here has a type`,
		`type(1) == int`:                              `1:1 type() is not admitted: every value here has a type`,
		`user.id.matches(user.agency)`:                `1:17 a pattern must be written as a literal`,
		`user.id.matches("[")`:                        "1:17 missing closing ]: `[`",
		`now.getHours("Mars/Base") == 1`:              `1:14 unknown time zone "Mars/Base"`,
		`now.getHours("Local") == 1`:                  `1:14 the time zone must not depend on the machine`,
		`now.getHours("+24:00") == 1`:                 `1:14 unknown time zone "+24:00": an offset is written as +01:00`,
		`now.getHours("-24:00") == 1`:                 `1:14 unknown time zone "-24:00": an offset is written as +01:00`,
		`now.getHours("x:00") == 1`:                   `1:14 unknown time zone "x:00": an offset is written as +01:00`,
		`now.getHours("+01:60") == 1`:                 `1:14 unknown time zone "+01:60": an offset is written as +01:00`,
		`now.getHours("+01:-1") == 1`:                 `1:14 unknown time zone "+01:-1": an offset is written as +01:00`,
		`now.getHours("+01:x") == 1`:                  `1:14 unknown time zone "+01:x": an offset is written as +01:00`,
		`resource.warnings + "a" == 1`:                `1:19 + does not take int and string`,
		`[1, 2] + [1.5] == []`:                        `1:8 + does not take list(int) and list(double)`,
		`1 + 1u == 2`:                                 `1:3 + does not take int and uint: convert one, with int(…)`,
		`-"a" == "b"`:                                 `1:1 - does not take string`,
		`user.id.matches("\\")`:                       "1:17 trailing backslash at end of expression: ``",
		`user.id.matches("(?i)[\\")`:                  "1:17 trailing backslash at end of expression: ``",
		`user.id.matches("(?i)a\\")`:                  "1:17 trailing backslash at end of expression: ``",
		`now.getHours(user.id) == 1`:                  `1:14 a time zone must be written as a literal`,
		`resource.?status == "open"`:                  `1:9 unsupported syntax '.?': optional values are not admitted`,
		`[1, "a"].exists(x, x == 1)`:                  `1:5 the elements of a list must have one type, and so must the keys of a map and its values: this is string, the first is int`,
		`[].exists(x, true)`:                          `1:1 nothing says what type the elements of this would have`,
		`{user.id: 1}["a"] == 1`:                      `1:2 a key in a map must be written as a literal`,
		`{"a": 1, "a": 2}["a"] == 1`:                  `1:10 the key a is there twice`,
		`{1.5: 1} == {1.5: 1}`:                        `1:2 a key in a map must be a string, an int, a uint or a bool`,
		`case{id: "a"}.id == "a"`:                     `1:5 a condition cannot make a value of type case`,
		`.user.id == "a"`:                             `1:2 write user, without the dot`,
		`resource.opened > timestamp("2026-01-01")`:   `1:29 "2026-01-01" is not a timestamp: write it as "2006-01-02T15:04:05Z"`,
		`resource.age > duration("1 hour")`:           `1:25 "1 hour" is not a duration: write it as "1h30m"`,
		`resource.warnings == int("x")`:               `1:26 "x" is not an int`,
		`user.roles.any(r, r == "x")`:                 `1:12 unknown function "any"`,
		`user.roles.exist(r, r == "x")`:               `1:12 unknown function "exist" (did you mean "exists"?)`,
		`user.roles.exists("r", true)`:                `1:19 the variable of a loop must be a plain name`,
		`resource["status"] == "open"`:                `1:9 attributes are written with a dot, not with [ ]`,
		`resource.status == 'open`:                    `1:20 a string is not closed, or holds an escape that is none`,
		`resource.status == "\q"`:                     `1:20 a string is not closed, or holds an escape that is none`,
		`resource.warnings == 99999999999999999999`:   `1:22 the number is outside the range of int`,
		`has(user)`:                                   `1:5 has takes an attribute, or a key after a dot: has(x.attribute)`,
		`user.roles.all(r)`:                           `1:12 all is written list.all(x, condition)`,
		`user.roles.existsOne(r, r == "a")`:           `1:12 existsOne is written list.exists_one(x, condition)`,
		`user.id.all(r, r == "a")`:                    `1:6 is string: only a list or a map can be gone through`,
		`resource.status = "open"`:                    `1:17 unexpected "=" (did you mean "=="?)`,
		`resource.status == "open" &`:                 `1:27 unexpected "&" (did you mean "&&"?)`,
		`(resource.status == "open"`:                  `1:27 ")" is missing`,
		``:                                            `1:1 the condition ends too early`,
		"user.id ==\n\n  1":                           `1:9 == compares values of one type, not string and int`,
		"user.id == \"é\" &&\n ürl":                   `2:2 unexpected "ü"`,
		"a\xff":                                       `1:2 the condition is not valid UTF-8 here`,
		`true ? 1 : "a"`:                              `1:6 needs bool before the ?, and one type on both sides of the colon, not bool, int and string`,
		strings.Repeat("x", 4097):                     `1:1 the condition has 4097 bytes, and 4096 are the most`,
		`[` + strings.Repeat("1,", 600) + `1] == [1]`: `1:1 the condition has 605 nodes, and 500 are the most`,
		`[1].all(a, [1].all(b, [1].all(c, [1].all(d, [1].all(e, e == a)))))`: `1:49 loops nest more than 4 deep`,
	} {
		p, faults := newEnv(t).Compile(text)
		assert.Nil(t, p, text)
		if assert.NotEmpty(t, faults, text) {
			assert.Equal(t, want, position(faults[0]), text)
		}
	}
}

// All faults of a text are told, each once, and none that only follows from
// another.
func TestEveryFaultIsTold(t *testing.T) {
	for text, want := range map[string][]string{
		`usr.id == "a" && resource.statsu == 1 || holders("x") == 2`: {
			`1:1 unknown name "usr" (did you mean "user"?)`,
			`1:27 case has no attribute "statsu" (did you mean "status"?)`,
			`1:50 unknown role "x"`,
		},
		`{user.id: 1, 1.5: 1, "a": 2, "a": 3} == {}`: {
			`1:2 a key in a map must be written as a literal`,
			`1:14 a key in a map must be a string, an int, a uint or a bool`,
			`1:30 the key a is there twice`,
		},
		`size({"a": 1, "b": "x"}) == 2`: {`1:20 the elements of a list must have one type, and so must the keys of a map and its values: this is string, the first is int`},
		`size([[], 1]) == 2`:            {`1:7 nothing says what type the elements of this would have`},
		`user.id.matches()`:             {`1:9 string.matches() does not exist: there is matches(string, string), string.matches(string)`},
		`user.roles.any(r, r == "x" && usr == "y")`: {
			`1:12 unknown function "any"`,
			`1:31 unknown name "usr" (did you mean "user"?)`,
		},
		`user.roles.any(usr.id, usr)`: {
			`1:16 unknown name "usr" (did you mean "user"?)`,
			`1:24 unknown name "usr" (did you mean "user"?)`,
		},
		`[` + strings.Repeat("[], ", 20) + `[1]] != [[2]]`: {`1:66 the condition has more than 16 empty lists and maps`},
		"usr.id == \"a\" &&\n holders(\"x\") == 2": {
			`1:1 unknown name "usr" (did you mean "user"?)`,
			`2:10 unknown role "x"`,
		},
		`resource.status.any(usr)`: {`1:21 unknown name "usr" (did you mean "user"?)`},
		// Not all time zones of many are looked for.
		`[now.getHours("a"), now.getHours("b"), now.getHours("c"), now.getHours("d"), now.getHours("e"), now.getHours("f")] == []`: {
			`1:15 unknown time zone "a"`, `1:34 unknown time zone "b"`, `1:53 unknown time zone "c"`, `1:72 unknown time zone "d"`, `1:91 unknown time zone "e"`,
		},
	} {
		_, faults := newEnv(t).Compile(text)
		var got []string
		for _, f := range faults {
			got = append(got, position(f))
		}
		assert.Equal(t, want, got, text)
	}
}

// A fault says whether it is of an attribute that is missing, and whether a name
// like it is there.
func TestAFaultSaysThatAnAttributeIsMissing(t *testing.T) {
	for text, want := range map[string][2]bool{
		`resource.statsu == "a"`: {true, true}, `resource.zebra == "a"`: {true, false}, `usr.id == "a"`: {}, `user.id.id == "a"`: {},
	} {
		_, faults := newEnv(t).Compile(text)
		assert.Equal(t, want, [2]bool{faults[0].Missing, faults[0].Hinted}, text)
	}
}
