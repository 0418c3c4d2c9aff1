package scope_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/scope"
)

var userTypes, contextTypes = map[string]string{"dept": "string", "trained": "timestamp"}, map[string]string{"ip": "string"}

func language(t testing.TB) *scope.Language { return languageOf(t, childMeasurement(t)) }

func languageOf(t testing.TB, types *scope.Types) *scope.Language {
	t.Helper()
	users, err := scope.NewAttributeTypes(userTypes)
	require.NoError(t, err)
	context, err := scope.NewAttributeTypes(contextTypes)
	require.NoError(t, err)
	l, err := scope.NewLanguage(types, users, context, scope.Limits{})
	require.NoError(t, err)
	return l
}

// annAndP7 is a question: ann of the provider acme, to whom s1 is assigned,
// about pupil p7 of s1.
func annAndP7(t testing.TB) scope.Facts {
	t.Helper()
	types, units := childMeasurement(t), twoAuthorities()
	place, err := types.Locate(scope.Resource{Type: "pupil", ID: "p7", Parent: s1, Attributes: scope.Map{"year": "2025/26"}}, units)
	require.NoError(t, err)
	home, err := types.Locate(scope.Resource{Type: "provider", ID: "acme"}, units)
	require.NoError(t, err)
	return scope.Facts{
		User: &scope.Subject{
			ID: "ann", Home: home, Attributes: checked(userTypes, scope.Map{"dept": "x"}), Assignments: refs{s1: true},
		},
		Resource: place,
		Context:  checked(contextTypes, scope.Map{"ip": "10.0.0.1"}),
		Now:      time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC),
	}
}

func TestPredicatesSeeTheWholeQuestion(t *testing.T) {
	l, facts := language(t), annAndP7(t)
	for source, want := range map[string]scope.Truth{
		`true`: scope.True, `false`: scope.False,
		`user.id == "ann" && user.dept == "x" && user.unit.id == "acme" && user.unit.type == "provider"`: scope.True,
		`user.provider.id == "acme" && user.authority.id == "leeds" && !has(user.school)`:                scope.True,
		`user.authority.warnings == 2`: scope.True,
		`resource.id == "p7" && resource.type == "pupil" && resource.year == "2025/26"`: scope.True,
		`resource.school.id == "s1" && resource.school.phase == "primary"`:              scope.True,
		`resource.authority.signed_off`:                                                 scope.False,
		`resource.school.authority.id == resource.authority.id`:                         scope.True,
		`has(resource.pupil) && resource.pupil.year == "2025/26"`:                       scope.True,
		`resource.school.school.id == resource.school.id`:                               scope.True,
		`context.ip == "10.0.0.1"`:                                                      scope.True,
		`now < timestamp("2026-05-01T12:00:01Z")`:                                       scope.True,
		`assigned(resource)`:                                                            scope.True,
		`assigned(resource.school)`:                                                     scope.True,
		`assigned(resource.authority)`:                                                  scope.False,
		`within(resource, user.authority)`:                                              scope.True,
		`within(resource, user.unit)`:                                                   scope.False,
		`within(user.provider, resource.authority)`:                                     scope.True,
		`resource.height > 1.0`:                                                         scope.Undefined,
		`!(resource.height > 1.0)`:                                                      scope.Undefined,
		`has(resource.height) && resource.height > 1.0`:                                 scope.False,
		`user.trained < now`:                                                            scope.Undefined,
		`within(resource, user.school)`:                                                 scope.Undefined,
	} {
		p, err := l.Predicate("p", source, []string{"pupil"})
		if !assert.NoError(t, err, source) {
			continue
		}
		got, err := p.Eval(facts)
		assert.Equal(t, want, got, source)
		assert.Equal(t, want == scope.Undefined, err != nil, source)
	}
}

func TestPredicatesOverWhatIsNotKnownYet(t *testing.T) {
	l, facts := language(t), annAndP7(t)
	var err error
	types := childMeasurement(t)
	facts.Resource, err = locateAny(types, types.Type("pupil"), scope.Resource{Type: "authority", ID: "leeds"}, twoAuthorities())
	require.NoError(t, err)
	for source, want := range map[string]scope.Truth{
		`assigned(resource)`:                     scope.Unknown,
		`assigned(resource) || user.dept == "x"`: scope.True,
		`assigned(resource) && user.dept == "y"`: scope.False,
		`resource.year == "2025/26"`:             scope.Unknown,
		`has(resource.year)`:                     scope.Unknown,
		`resource.id == "p7"`:                    scope.Unknown,
		`has(resource.pupil)`:                    scope.True,
		`resource.pupil.year == "2025/26"`:       scope.Unknown,
		`resource.school.id == "s1"`:             scope.Unknown,
		`resource.authority.id == "leeds"`:       scope.True,
		`within(resource, resource.authority)`:   scope.True,
		`within(resource, user.unit)`:            scope.False,
		`!resource.authority.signed_off`:         scope.True,
		`resource.authority.warnings == 2 && resource.school.phase == "primary"`: scope.Unknown,
	} {
		p, err := l.Predicate("p", source, []string{"pupil"})
		if !assert.NoError(t, err, source) {
			continue
		}
		got, _ := p.Eval(facts)
		assert.Equal(t, want, got, source)
	}
}

func TestAPredicateIsForTheTypesThatHaveWhatItNames(t *testing.T) {
	l := language(t)
	p, err := l.AnyPredicate("own", `resource.year == "x"`)
	require.NoError(t, err)
	assert.NoError(t, p.For("pupil"))
	assert.ErrorContains(t, p.For("school"), `"own" is not for school`)
	assert.ErrorContains(t, p.For("nothing"), `"own" is not for nothing`)

	below, err := l.AnyPredicate("primary", `resource.school.phase == "primary"`)
	require.NoError(t, err)
	assert.NoError(t, below.For("pupil"))
	assert.NoError(t, below.For("school"), "a school's own name means itself")
	assert.ErrorContains(t, below.For("authority"), "not for authority")

	_, err = l.Predicate("own", `resource.year == "x"`, []string{"pupil", "school"})
	assert.ErrorContains(t, err, `"year"`)
	_, err = l.AnyPredicate("own", `resource.yaer == "x"`)
	assert.ErrorContains(t, err, `did you mean "year"?`, "the nearest of the types is told about")

	school := annAndP7(t)
	school.Resource = school.Resource.Parent()
	truth, err := p.Eval(school)
	assert.Equal(t, scope.Undefined, truth)
	assert.ErrorContains(t, err, "not for school")
}

func TestAlwaysIsTheLiteralTrue(t *testing.T) {
	l := language(t)
	for source, want := range map[string]bool{"true": true, " (true) ": true, "1 == 1": false, "false": false} {
		p, err := l.AnyPredicate("p", source)
		require.NoError(t, err)
		assert.Equal(t, want, p.Always(), source)
	}
}

func TestExplainIsAClause(t *testing.T) {
	l, facts := language(t), annAndP7(t)
	for source, want := range map[string]string{
		`assigned(resource)`:           "school:s1 is assigned to ann",
		`assigned(resource.authority)`: "authority:leeds is not assigned to ann",
		`resource.year == "2024/25"`:   `resource.year == "2024/25" does not hold`,
		`resource.year == "2025/26"`:   `resource.year == "2025/26" holds`,
		`true`:                         "",
	} {
		p, err := l.Predicate("p", source, []string{"pupil"})
		require.NoError(t, err)
		assert.Equal(t, want, p.Explain(facts), source)
	}
	p, err := l.Predicate("p", `resource.height > 1.0`, []string{"pupil"})
	require.NoError(t, err)
	assert.Contains(t, p.Explain(facts), "has no value")
	assert.Contains(t, p.Explain(facts), "resource.height")
}

func TestTruthNames(t *testing.T) {
	assert.Equal(t, "undefined", scope.Truth(0).String())
	assert.Equal(t, "unknown", scope.Unknown.String())
	assert.Equal(t, "Truth(9)", scope.Truth(9).String())
}

// What a predicate's form says is what Eval says, for the two conditions that take
// no evaluation; every other, and every one that is asked about what it is not for,
// is for Eval.
func TestAFormSaysWhatEvalDoes(t *testing.T) {
	types, facts := childMeasurement(t), annAndP7(t)
	l := languageOf(t, types)
	resource := scope.Resource{Type: "pupil", ID: "p7", Parent: s1, Attributes: scope.Map{"year": "2025/26"}}
	for source, form := range map[string]scope.Form{
		`true`: scope.Always, ` assigned(resource) `: scope.Assigned,
		`assigned(resource.school)`: scope.Condition, `false`: scope.Condition, `resource.year == "2025/26"`: scope.Condition,
	} {
		p, err := l.Predicate("p", source, []string{"pupil"})
		require.NoError(t, err)
		facts.Resource, err = types.Locate(resource, twoAuthorities())
		require.NoError(t, err)
		want, err := p.Eval(facts)
		require.NoError(t, err)
		assert.Equal(t, form, p.Form(types.Type("pupil")), source)
		switch form {
		case scope.Always:
			assert.Equal(t, want, scope.True)
		case scope.Assigned:
			assert.Equal(t, want, facts.Resource.Assigned(facts.User.Assignments))
		}
		assert.Equal(t, scope.Condition, p.Form(types.Type("school")), "%s: not for it", source)
		assert.Equal(t, scope.Condition, p.Form(childMeasurement(t).Type("pupil")), "%s: of other types", source)
		assert.False(t, p.NeedsAssignment(types.Type("school")), "%s: not for it", source)
	}
	for source, needs := range map[string]bool{
		`assigned(resource)`: true, `assigned(resource) && resource.year == "x"`: true, `true`: false,
		`assigned(resource) || resource.year == "x"`: false, `!assigned(resource)`: false,
	} {
		p, err := l.Predicate("p", source, []string{"pupil"})
		require.NoError(t, err)
		assert.Equal(t, needs, p.NeedsAssignment(types.Type("pupil")), source)
	}
}

// T-19: what assigned takes counts: where it may take more than is allowed, it is
// not simple.
func TestAssignedIsSimpleWhereItIsNotDear(t *testing.T) {
	none, err := scope.NewAttributeTypes(nil)
	require.NoError(t, err)
	for cost, simple := range map[uint64]bool{0: true, 1: false, 299: false, 300: true, 100_000: true} {
		types := childMeasurement(t)
		l, err := scope.NewLanguage(types, none, none, scope.Limits{Cost: cost})
		require.NoError(t, err)
		p, err := l.Predicate("p", `assigned(resource)`, []string{"pupil"})
		require.NoError(t, err)
		assert.Equal(t, simple, p.Form(types.Type("pupil")) == scope.Assigned, cost)
	}
}

// A policy knows of each condition whether it may look at the instant, and at
// where the user belongs.
func TestWhatAPredicateMayLookAt(t *testing.T) {
	l := language(t)
	for source, looks := range map[string][2]bool{
		`user.trained < now`:              {true, false},
		`now > now`:                       {true, false},
		`user.dept == "x"`:                {false, false},
		`user.unit.id == "acme"`:          {false, true},
		`has(user.authority)`:             {false, true},
		`within(resource, user.provider)`: {false, true},
		`resource.authority.id == "a" && resource.seen < now && user.unit.id == "u"`: {true, true},
	} {
		p, err := l.Predicate("p", source, []string{"pupil"})
		require.NoError(t, err)
		assert.Equal(t, looks, [2]bool{p.LooksAtNow(), p.LooksAtHome()}, source)
		every, err := l.AnyPredicate("p", source)
		require.NoError(t, err)
		assert.Equal(t, looks, [2]bool{every.LooksAtNow(), every.LooksAtHome()}, source)
	}
}

// Of a unit of which not even the id is known, nobody knows who is in it.
func TestWhoIsInAnUnknownUnitIsUnknown(t *testing.T) {
	l, facts := language(t), annAndP7(t)
	types := childMeasurement(t)
	var err error
	facts.Resource, err = locateAny(types, types.Type("pupil"), scope.Resource{Type: "authority"}, twoAuthorities())
	require.NoError(t, err)
	for _, source := range []string{`within(user.unit, resource.authority)`, `within(user.authority, resource.authority)`} {
		p, err := l.Predicate("p", source, []string{"pupil"})
		require.NoError(t, err)
		got, _ := p.Eval(facts)
		assert.Equal(t, scope.Unknown, got, source)
	}
}

// Where a condition is for no type and none is nearer, the first one declared is
// told about.
func TestTheFirstOfEqualFaultsIsTold(t *testing.T) {
	_, err := language(t).AnyPredicate("p", `resource.nothing == 1`)
	assert.ErrorContains(t, err, `authority has no attribute "nothing"`)
}

// A home that is no unit, or of other types, gives its user no fields that the
// policy does not declare.
func TestAHomeOfAnotherKindHasNoFields(t *testing.T) {
	other, err := scope.NewTypes([]scope.TypeSpec{{Name: "region", Unit: true}, {Name: "school", Unit: true, In: []string{"region"}}})
	require.NoError(t, err)
	foreign, err := other.Locate(scope.Resource{Type: "school", ID: "x", In: &scope.Resource{Type: "region", ID: "r"}}, nil)
	require.NoError(t, err)
	types, err := scope.NewTypes([]scope.TypeSpec{{Name: "authority", Unit: true}, {Name: "school", Unit: true, In: []string{"authority"}}, {Name: "task"}})
	require.NoError(t, err)
	task, err := types.Locate(scope.Resource{Type: "task", ID: "t"}, nil)
	require.NoError(t, err)
	l := languageOf(t, types)
	for name, home := range map[string]*scope.Place{"foreign": foreign, "no unit": task} {
		for _, field := range []string{"dept", "trained", "authority"} {
			p, err := l.Predicate("p", "has(user."+field+")", []string{"task"})
			require.NoError(t, err)
			got, err := p.Eval(scope.Facts{User: &scope.Subject{ID: "ann", Home: home}, Resource: task})
			require.NoError(t, err)
			assert.Equal(t, scope.False, got, "%s: %s", name, field)
		}
	}
}

// A resource of other types is asked about as one of the type of its name, wherever
// that is declared; as none, if there is none.
func TestAResourceOfOtherTypesHasTheTypeOfItsName(t *testing.T) {
	other, err := scope.NewTypes([]scope.TypeSpec{{Name: "task"}, {Name: "school", Unit: true}})
	require.NoError(t, err)
	types, err := scope.NewTypes([]scope.TypeSpec{{Name: "authority", Unit: true}, {Name: "district", Unit: true}, {Name: "school", Unit: true}})
	require.NoError(t, err)
	l := languageOf(t, types)
	p, err := l.Predicate("p", `resource.id == "x"`, []string{"school", "authority", "district"})
	require.NoError(t, err)
	only, err := l.Predicate("p", `resource.id == "x"`, []string{"school"})
	require.NoError(t, err)
	for typ, want := range map[string]scope.Truth{"school": scope.True, "task": scope.Undefined} {
		place, err := other.Locate(scope.Resource{Type: typ, ID: "x"}, nil)
		require.NoError(t, err)
		for _, p := range []*scope.Predicate{p, only} {
			got, err := p.Eval(scope.Facts{User: &scope.Subject{ID: "ann"}, Resource: place})
			assert.Equal(t, want, got, "%s: %v", typ, err)
			assert.Equal(t, want == scope.Undefined, err != nil, typ)
		}
	}
}
