package scope_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// A filtered is what Filters are made of: a question of ann's, and conditions by
// their sources.
type filtered struct {
	t        testing.TB
	language *scope.Language
	types    *scope.Types
	facts    scope.Facts
}

func filters(t testing.TB) filtered {
	l, facts := language(t), annAndP7(t)
	facts.Resource = nil
	return filtered{t, l, childMeasurement(t), facts}
}

// way is one into a unit, with conditions that are for pupils.
func (f filtered) way(unit scope.Ref, sources ...string) scope.Way {
	return scope.Way{Unit: unit, Conditions: f.predicates("pupil", sources...)}
}

func (f filtered) predicates(typ string, sources ...string) []*scope.Predicate {
	var all []*scope.Predicate
	for _, source := range sources {
		p, err := f.language.Predicate("p", source, []string{typ})
		require.NoError(f.t, err)
		all = append(all, p)
	}
	return all
}

func (f filtered) make(typ string, constraints []*scope.Predicate, ways ...scope.Way) *scope.Filter {
	return f.types.NewFilter(scope.FilterSpec{
		Type: f.types.Type(typ), Facts: f.facts, Units: twoAuthorities(), Ways: ways, Constraints: constraints,
	})
}

// What a Filter says is as short as it can be: what was asked already is not in
// it, nor a unit within another, nor a way that another one makes needless.
func TestAFilterSaysNoMoreThanItMust(t *testing.T) {
	f := filters(t)
	const year = `resource.year == "2025/26"`
	for name, c := range map[string]struct {
		constraints []string
		ways        []scope.Way
		says        string
	}{
		"no way":                             {nil, nil, `no pupil`},
		"a way that is closed":               {nil, []scope.Way{f.way(leeds, `user.dept == "y"`)}, `no pupil`},
		"one that cannot be asked":           {nil, []scope.Way{f.way(leeds, `user.trained < now`)}, `no pupil`},
		"a constraint that is not met":       {[]string{`user.dept == "y"`}, []scope.Way{f.way(leeds)}, `no pupil`},
		"in a unit that has none":            {nil, []scope.Way{f.way(acme)}, `no pupil`},
		"in a pupil":                         {nil, []scope.Way{f.way(scope.NewRef("note", "n"))}, `no pupil`},
		"in what is of no type":              {nil, []scope.Way{f.way(scope.NewRef("planet", "n"))}, `no pupil`},
		"everywhere":                         {nil, []scope.Way{f.way(scope.Root())}, `every pupil`},
		"everywhere or somewhere":            {nil, []scope.Way{f.way(scope.Root()), f.way(leeds)}, `every pupil`},
		"somewhere or everywhere":            {nil, []scope.Way{f.way(leeds, year), f.way(scope.Root())}, `every pupil`},
		"what holds of the user":             {nil, []scope.Way{f.way(scope.Root(), `user.dept == "x"`)}, `every pupil`},
		"a unit":                             {nil, []scope.Way{f.way(leeds)}, `every pupil for which resource.authority.id == "leeds"`},
		"two units":                          {nil, []scope.Way{f.way(york), f.way(leeds)}, `every pupil for which resource.authority.id in ["leeds", "york"]`},
		"a unit twice":                       {nil, []scope.Way{f.way(s1), f.way(s1)}, `every pupil for which resource.school.id == "s1"`},
		"a unit and one in it":               {nil, []scope.Way{f.way(s1), f.way(leeds)}, `every pupil for which resource.authority.id == "leeds"`},
		"a unit and one in another":          {nil, []scope.Way{f.way(y1), f.way(leeds)}, `every pupil for which resource.authority.id == "leeds" || resource.school.id == "y1"`},
		"the same way everywhere, later":     {nil, []scope.Way{f.way(leeds, year), f.way(scope.Root(), year)}, `every pupil for which ` + year},
		"the same way everywhere, before":    {nil, []scope.Way{f.way(scope.Root(), year), f.way(leeds, year)}, `every pupil for which ` + year},
		"the same condition twice":           {nil, []scope.Way{f.way(leeds, year, year)}, `every pupil for which resource.authority.id == "leeds" && ` + year},
		"conditions in the order of letters": {nil, []scope.Way{f.way(scope.Root(), year, `assigned(resource)`)}, `every pupil for which assigned(resource) && ` + year},
		"constraints everywhere":             {[]string{year}, []scope.Way{f.way(scope.Root())}, `every pupil for which ` + year},
		"one that is always met, and more":   {[]string{`true`, year, `true`}, []scope.Way{f.way(scope.Root(), `true`, `assigned(resource)`)}, `every pupil for which assigned(resource) && ` + year},
		"two ways": {nil, []scope.Way{f.way(s1, `assigned(resource)`), f.way(s2, year)},
			`every pupil for which resource.school.id == "s1" && assigned(resource) || resource.school.id == "s2" && ` + year},
	} {
		made := f.make("pupil", f.predicates("pupil", c.constraints...), c.ways...)
		assert.Equal(t, c.says, made.String(), name)
		assert.Equal(t, c.says == "no pupil", made.Nothing(), name)
		assert.Equal(t, c.says == "every pupil", made.Everything(), name)
	}
}

// What a condition is not for never passes it, be it a constraint or of a
// way, and be it the literal true.
func TestAFilterNeverPassesWhatAConditionIsNotFor(t *testing.T) {
	f := filters(t)
	p7 := scope.Resource{Type: "pupil", ID: "p7", Parent: s1}
	require.True(t, f.make("pupil", nil, f.way(leeds)).Matches(p7))
	for _, other := range []scope.Resource{{Type: "school", ID: "s1"}, {Type: "planet", ID: "p7"}, {}} {
		require.False(t, f.make("pupil", nil, f.way(scope.Root())).Matches(other), "of another type: %s", other.Type)
	}
	for _, source := range []string{`true`, `resource.phase == "primary"`} {
		school := f.predicates("school", source)
		require.False(t, f.make("pupil", school, f.way(leeds)).Matches(p7), source)
		require.False(t, f.make("pupil", nil, scope.Way{Unit: leeds, Conditions: school}).Matches(p7), source)
	}
}

// A lister is a directory that counts what it is asked.
type lister struct {
	knownUnits
	listed, located *int
}

func (l lister) Locate(unit scope.Ref) (scope.Ref, *scope.Values, bool) {
	*l.located++
	return l.knownUnits.Locate(unit)
}

func (l lister) Contains(outer, inner scope.Ref) bool {
	if _, ok := l.knownUnits[inner]; !ok {
		return false
	}
	for at := inner; at != scope.Root(); at = l.knownUnits[at].parent {
		if at == outer {
			return true
		}
	}
	return outer == scope.Root()
}

func (l lister) Units(ofType string, within scope.Ref) (found []scope.Ref) {
	for unit := range l.knownUnits {
		if unit.Type == ofType && l.Contains(within, unit) {
			found = append(found, unit)
			*l.listed++
		}
	}
	return found
}

// Units are exactly those that pass, and no more of them are looked at than must
// be: listed are those that the directory was asked for, located those that were
// looked at.
func TestUnitsLooksAtNoMoreThanItMust(t *testing.T) {
	f := filters(t)
	const signed = `!resource.authority.signed_off`
	school := func(unit scope.Ref, sources ...string) []scope.Way {
		return []scope.Way{{Unit: unit, Conditions: f.predicates("school", sources...)}}
	}
	for name, c := range map[string]struct {
		constraint      string
		ways            []scope.Way
		assigned        refs
		passing         string
		listed, located int
	}{
		"all of a unit":                    {"true", school(leeds), nil, "school:s1 school:s2", 2, 0},
		"all":                              {"true", school(scope.Root()), nil, "school:s1 school:s2 school:y1", 3, 0},
		"all, with a constraint":           {signed, school(scope.Root()), nil, "school:s1 school:s2", 3, 6},
		"on a condition":                   {"true", school(leeds, `resource.phase == "primary"`), nil, "school:s1", 2, 4},
		"what is assigned":                 {"true", school(leeds, `assigned(resource)`), refs{s1: true, y1: true}, "school:s1", 0, 0},
		"below what is assigned":           {"true", school(leeds, `assigned(resource)`), refs{leeds: true}, "school:s1 school:s2", 2, 0},
		"not above what is assigned":       {"true", school(leeds, `assigned(resource)`), refs{scope.NewRef("pupil", "p"): true, acme: true, scope.NewRef("planet", "p"): true}, "", 0, 0},
		"what is not there any more":       {"true", school(scope.Root(), `assigned(resource)`), refs{scope.NewRef("school", "gone"): true}, "", 0, 0},
		"assigned, with a constraint":      {signed, school(scope.Root(), `assigned(resource)`), refs{s1: true, y1: true}, "school:s1", 0, 4},
		"assigned, and a condition":        {"true", school(leeds, `assigned(resource) && resource.phase == "primary"`), refs{s1: true, s2: true}, "school:s1", 0, 4},
		"assigned, and another condition":  {"true", school(leeds, `assigned(resource)`, `resource.phase == "primary"`), refs{s1: true, s2: true}, "school:s1", 0, 4},
		"assigned, or a condition":         {"true", school(leeds, `assigned(resource) || resource.phase == "primary"`), refs{s2: true}, "school:s1 school:s2", 2, 4},
		"what is above it is assigned":     {"true", school(leeds, `assigned(resource.authority)`), refs{s1: true}, "", 2, 4},
		"what is not assigned":             {"true", school(leeds, `!assigned(resource)`), refs{s1: true}, "school:s2", 2, 4},
		"nothing is assigned":              {"true", school(leeds, `assigned(resource)`), refs{}, "", 0, 0},
		"nothing is assigned, says nobody": {"true", school(leeds, `assigned(resource)`), nil, "", 2, 4},
		"twice": {"true", append(school(leeds, `assigned(resource)`), school(scope.Root(), `resource.phase == "primary"`)...),
			refs{s1: true}, "school:s1", 3, 6},
	} {
		in := lister{twoAuthorities(), new(int), new(int)}
		f.facts.User = &scope.Subject{ID: "ann"}
		if c.assigned != nil {
			f.facts.User.Assignments = c.assigned
		}
		made := f.types.NewFilter(scope.FilterSpec{
			Type: f.types.Type("school"), Facts: f.facts, Units: in, Ways: c.ways, Constraints: f.predicates("school", c.constraint),
		})
		units := strings.Trim(fmt.Sprint(made.Units(in)), "[]")
		assert.Equal(t, c.passing, units, name)
		assert.Equal(t, fmt.Sprint(c.listed, c.located), fmt.Sprint(*in.listed, *in.located), name)
	}
}

// Without a user, or without a resource, no predicate has a value.
func TestAPredicateNeedsAUserAndAResource(t *testing.T) {
	p := filters(t).predicates("pupil", `user.id == "ann" || resource.id == "p7"`)[0]
	whole := annAndP7(t)
	for name, facts := range map[string]scope.Facts{
		"no user": {Resource: whole.Resource}, "no resource": {User: whole.User}, "neither": {},
	} {
		truth, err := p.Eval(facts)
		assert.Equal(t, scope.Undefined, truth, name)
		assert.EqualError(t, err, "there is no user or no resource to ask about", name)
	}
}
