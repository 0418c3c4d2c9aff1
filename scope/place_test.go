package scope_test

import (
	"iter"
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// knownUnits is a directory of two authorities with the same ids below them
// where that is possible.
type knownUnits map[scope.Ref]struct {
	parent     scope.Ref
	attributes *scope.Values
}

func (u knownUnits) Locate(unit scope.Ref) (scope.Ref, *scope.Values, bool) {
	known, ok := u[unit]
	return known.parent, known.attributes, ok
}

// checked is attributes as a directory keeps them.
func checked(declared map[string]string, given scope.Map) *scope.Values {
	types, err := scope.NewAttributeTypes(declared)
	if err != nil {
		panic(err)
	}
	values, err := types.Check(given)
	if err != nil {
		panic(err)
	}
	return values
}

var (
	leeds, york = scope.NewRef("authority", "leeds"), scope.NewRef("authority", "york")
	s1, s2, y1  = scope.NewRef("school", "s1"), scope.NewRef("school", "s2"), scope.NewRef("school", "y1")
	acme        = scope.NewRef("provider", "acme")
)

func twoAuthorities() knownUnits {
	return knownUnits{
		leeds: {scope.Root(), checked(map[string]string{"signed_off": "bool", "warnings": "int"}, scope.Map{"signed_off": false, "warnings": int64(2)})},
		york:  {scope.Root(), nil},
		s1:    {leeds, checked(map[string]string{"phase": "string"}, scope.Map{"phase": "primary"})}, s2: {leeds, nil}, y1: {york, nil},
		acme: {leeds, nil},
	}
}

func TestLocateFindsAllAncestors(t *testing.T) {
	place, err := childMeasurement(t).Locate(scope.Resource{Type: "pupil", ID: "p7", Parent: s1}, twoAuthorities())
	require.NoError(t, err)
	assert.Equal(t, s1, place.Parent().Ref())
	assert.Equal(t, leeds, place.Parent().Parent().Ref())
	assert.Equal(t, scope.Root(), place.Parent().Parent().Parent().Ref())
	for ref, want := range map[scope.Ref]scope.Truth{
		scope.NewRef("pupil", "p7"): scope.True, s1: scope.True, leeds: scope.True, scope.Root(): scope.True,
		s2: scope.False, york: scope.False, acme: scope.False, {}: scope.False, scope.NewRef("school", "p7"): scope.False,
	} {
		assert.Equal(t, want, place.Within(ref), "within %s", ref)
	}
}

// Law 6: a question that makes no sense is told what is wrong with it.
func TestLocateSaysWhatIsWrong(t *testing.T) {
	types, units := childMeasurement(t), twoAuthorities()
	pupil := func(change func(*scope.Resource)) scope.Resource {
		r := scope.Resource{Type: "pupil", ID: "p7", Parent: s1}
		change(&r)
		return r
	}
	for name, c := range map[string]struct {
		r       scope.Resource
		problem scope.Problem
		says    string
	}{
		"nothing":         {scope.Resource{}, scope.UnknownType, `unknown resource type ""`},
		"type":            {pupil(func(r *scope.Resource) { r.Type = "pupl" }), scope.UnknownType, `unknown resource type "pupl" (did you mean "pupil"?)`},
		"blank id":        {pupil(func(r *scope.Resource) { r.ID = "" }), scope.MalformedID, "pupil: the id is empty"},
		"NUL":             {pupil(func(r *scope.Resource) { r.ID = "p\x00" }), scope.MalformedID, "U+0000"},
		"no parent":       {pupil(func(r *scope.Resource) { r.Parent = scope.Ref{} }), scope.MissingParent, "nothing says which school pupil:p7 is in"},
		"unknown unit":    {pupil(func(r *scope.Resource) { r.Parent.ID = "S1" }), scope.UnknownUnit, "the directory knows no school:S1"},
		"in the root":     {pupil(func(r *scope.Resource) { r.Parent = scope.Root() }), scope.WrongParent, "a pupil is in a school, it cannot be in root"},
		"in an authority": {pupil(func(r *scope.Resource) { r.Parent = leeds }), scope.WrongParent, "a pupil is in a school, it cannot be in authority:leeds"},
		"two parents": {pupil(func(r *scope.Resource) { r.In = &scope.Resource{Type: "school", ID: "s2"} }),
			scope.WrongParent, "pupil:p7 is in school:s1, not in school:s2"},
		"another parent": {scope.Resource{Type: "school", ID: "s1", Parent: york}, scope.WrongParent, "school:s1 is in authority:leeds, not in authority:york"},
		"another parent above": {pupil(func(r *scope.Resource) { r.In = &scope.Resource{Type: "school", ID: "s1", Parent: york} }),
			scope.WrongParent, "school:s1 is in authority:leeds, not in authority:york"},
		"far parent unknown": {scope.Resource{Type: "note", ID: "n", Parent: scope.NewRef("pupil", "p7")}, scope.MissingParent, "nothing says which school pupil:p7 is in"},
		"top with a parent":  {scope.Resource{Type: "authority", ID: "leeds", Parent: york}, scope.WrongParent, "authority:leeds is in root, not in authority:york"},
		"attribute": {pupil(func(r *scope.Resource) { r.Attributes = scope.Map{"yaer": "2025"} }),
			scope.WrongAttribute, `pupil.yaer: unknown attribute "yaer" (did you mean "year"?)`},
		"type of attribute": {pupil(func(r *scope.Resource) { r.Attributes = scope.Map{"year": 2025} }), scope.WrongAttribute, "pupil.year: "},
		"of an ancestor too": {pupil(func(r *scope.Resource) {
			r.In = &scope.Resource{Type: "school", ID: "s1", Attributes: scope.Map{"phase": true}}
		}), scope.WrongAttribute, "school.phase: "},
	} {
		_, err := types.Locate(c.r, units)
		var re *scope.ResourceError
		require.ErrorAs(t, err, &re, name)
		assert.Equal(t, c.problem, re.Problem, name)
		assert.ErrorContains(t, err, c.says, name)
	}
}

func TestWithoutADirectoryTheTreeComesWithTheQuestion(t *testing.T) {
	types := childMeasurement(t)
	place, err := types.Locate(scope.Resource{Type: "pupil", ID: "p7", In: &scope.Resource{
		Type: "school", ID: "s1", Parent: leeds, Attributes: scope.Map{"phase": "infant"},
	}}, nil)
	require.NoError(t, err)
	assert.Equal(t, scope.True, place.Within(leeds))
	assert.Equal(t, "infant", place.Parent().Field("phase"))
	_, err = types.Locate(scope.Resource{Type: "pupil", ID: "p7", Parent: s1}, nil)
	assert.ErrorContains(t, err, "nothing says which authority school:s1 is in")
}

func TestAttributesOfTheQuestionGoBeforeThoseOfTheDirectory(t *testing.T) {
	place, err := childMeasurement(t).Locate(scope.Resource{Type: "authority", ID: "leeds", Attributes: scope.Map{"warnings": 0}}, twoAuthorities())
	require.NoError(t, err)
	assert.Equal(t, int64(0), place.Field("warnings"))
	assert.Equal(t, false, place.Field("signed_off"))
}

// refs is a set of assignments.
type refs map[scope.Ref]bool

func (r refs) Has(ref scope.Ref) bool   { return r[ref] }
func (r refs) All() iter.Seq[scope.Ref] { return maps.Keys(r) }

func TestAssignedReachesWhatIsBelow(t *testing.T) {
	types, units := childMeasurement(t), twoAuthorities()
	pupil, err := types.Locate(scope.Resource{Type: "pupil", ID: "p7", Parent: s1}, units)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		to   scope.Assignments
		want scope.Truth
	}{
		"nothing":       {nil, scope.False},
		"none":          {refs{}, scope.False},
		"itself":        {refs{pupil.Ref(): true}, scope.True},
		"its school":    {refs{s1: true}, scope.True},
		"its authority": {refs{leeds: true}, scope.True},
		"others":        {refs{s2: true, york: true, scope.NewRef("pupil", "s1"): true, {}: true}, scope.False},
	} {
		assert.Equal(t, c.want, pupil.Assigned(c.to), name)
	}
}

// locateAny is LocateEach for one type.
func locateAny(types *scope.Types, of *scope.Type, r scope.Resource, units scope.Units) (*scope.Place, error) {
	each, err := types.LocateEach(nil, nil, &r, units)
	if err != nil {
		return nil, err
	}
	return each[of.Index()], nil
}

func TestSomePupilOfAnAuthority(t *testing.T) {
	types, units := childMeasurement(t), twoAuthorities()
	some, err := locateAny(types, types.Type("pupil"), scope.Resource{Type: "authority", ID: "leeds"}, units)
	require.NoError(t, err)
	assert.Equal(t, scope.True, some.Within(leeds))
	assert.Equal(t, scope.True, some.Within(scope.Root()))
	assert.Equal(t, scope.Unknown, some.Within(s1), "it may be a pupil of s1")
	assert.Equal(t, scope.False, some.Within(york))
	assert.Equal(t, scope.False, some.Within(y1), "y1 is not in leeds")
	assert.Equal(t, scope.False, some.Within(acme), "no pupil is in a provider")
	assert.Equal(t, scope.True, some.Assigned(refs{leeds: true}))
	assert.Equal(t, scope.Unknown, some.Assigned(refs{s2: true}))
	assert.Equal(t, scope.False, some.Assigned(refs{y1: true, acme: true, york: true}))
	assert.Equal(t, scope.Unknown, some.Assigned(refs{scope.NewRef("pupil", "p"): true}))

	none, err := locateAny(types, types.Type("authority"), scope.Resource{Type: "school", ID: "s1"}, units)
	assert.NoError(t, err)
	assert.Nil(t, none, "no authority is in a school")
}

// What is said of a resource of which not all is known holds for every
// resource that it may turn out to be.
func TestWhatIsNotKnownIsNeverGuessed(t *testing.T) {
	types, units := childMeasurement(t), twoAuthorities()
	all := []scope.Resource{
		{Type: "authority", ID: "leeds"}, {Type: "authority", ID: "york"}, {Type: "provider", ID: "acme"},
		{Type: "school", ID: "s1"}, {Type: "school", ID: "s2"}, {Type: "school", ID: "y1"},
		{Type: "pupil", ID: "p1", Parent: s1}, {Type: "pupil", ID: "p2", Parent: y1},
		{Type: "account", ID: "ann", Parent: leeds}, {Type: "account", ID: "bob", Parent: acme}, {Type: "account", ID: "cat", Parent: york},
		{Type: "note", ID: "n", In: &scope.Resource{Type: "pupil", ID: "p1", Parent: s1}},
	}
	rapid.Check(t, func(t *rapid.T) {
		known := rapid.SampledFrom(all).Draw(t, "known")
		full, err := types.Locate(known, units)
		require.NoError(t, err)
		partial := known
		switch rapid.IntRange(0, 3).Draw(t, "what is known") {
		case 0:
			partial = scope.Resource{}
		case 1:
			partial.ID = ""
			if full.Type().Unit() {
				partial.Parent = full.Parent().Ref()
				if partial.Parent == scope.Root() {
					partial.Parent = scope.Ref{}
				}
			}
		case 2:
			partial = scope.Resource{Type: known.Type}
		case 3:
			above := full
			for range rapid.IntRange(0, 3).Draw(t, "up") {
				if above.Parent() != nil {
					above = above.Parent()
				}
			}
			for _, r := range all {
				if r.Ref() == above.Ref() {
					partial = r
				}
			}
		}
		some, err := locateAny(types, full.Type(), partial, units)
		require.NoError(t, err)
		require.NotNil(t, some)
		assigned := refs{}
		for _, r := range rapid.SliceOf(rapid.SampledFrom(all)).Draw(t, "assigned") {
			assigned[r.Ref()] = true
		}
		agree(t, some.Assigned(assigned), full.Assigned(assigned))
		for _, r := range append(all, scope.Resource{Type: "root"}) {
			agree(t, some.Within(r.Ref()), full.Within(r.Ref()))
		}
		for _, field := range []string{"id", "type", "authority", "provider", "school", "pupil", "note"} {
			was, is := some.Field(field), full.Field(field)
			if p, ok := was.(*scope.Place); ok {
				want := is.(*scope.Place).Ref()
				if p.Ref().ID == "" {
					want.ID = "" // itself, of which not even the id is known
				}
				assert.Equal(t, want, p.Ref())
			} else if s, ok := was.(string); ok {
				assert.Equal(t, is, s)
			} else if _, ok := is.(*scope.Place); ok {
				assert.NotEqual(t, full.Field("nothing"), was, "%s is there: it must not be known to be absent", field)
			}
		}
	})
}

func agree(t *rapid.T, partial, full scope.Truth) {
	if partial != scope.Unknown {
		assert.Equal(t, full, partial)
	}
}

// The root has a type, and nothing else.
func TestTheRootHasNoFields(t *testing.T) {
	var root *scope.Place
	assert.Equal(t, "root", root.Field("type"))
	place, err := childMeasurement(t).Locate(scope.Resource{Type: "authority", ID: "leeds"}, twoAuthorities())
	require.NoError(t, err)
	for _, field := range []string{"id", "unit", "authority", ""} {
		assert.Equal(t, place.Field("nothing"), root.Field(field), field)
	}
	assert.Nil(t, root.Keeper())
}

// What was given of a resource may change once the resource is found: what was
// found does not.
func TestAPlaceDoesNotChangeAfterwards(t *testing.T) {
	tags := []string{"a", "b"}
	place, err := childMeasurement(t).Locate(scope.Resource{Type: "pupil", ID: "p", Parent: s1, Attributes: scope.Map{"tags": tags}}, twoAuthorities())
	require.NoError(t, err)
	tags[0] = "z"
	assert.Equal(t, []any{"a", "b"}, place.Field("tags"))
}

// The zero Resource is the root; one that has anything else without a type is of
// an unknown type.
func TestNothingButTheZeroResourceIsTheRoot(t *testing.T) {
	types, units := childMeasurement(t), twoAuthorities()
	some, err := locateAny(types, types.Type("pupil"), scope.Resource{}, units)
	require.NoError(t, err)
	assert.Nil(t, some.Parent())
	for name, r := range map[string]scope.Resource{
		"id": {ID: "x"}, "parent": {Parent: s1}, "in": {In: &scope.Resource{}}, "attributes": {Attributes: scope.Map{}},
	} {
		_, err := locateAny(types, types.Type("pupil"), r, units)
		assert.ErrorContains(t, err, `unknown resource type ""`, name)
	}
}

// A keeping is a directory that has the places of its units ready.
type keeping struct {
	knownUnits
	places map[scope.Ref]*scope.Place
}

func (k *keeping) Place(unit scope.Ref) *scope.Place { return k.places[unit] }
func (k *keeping) Keeper() scope.Units               { return k }

// A place that is kept is what is found, unless it is of other types, elsewhere,
// or something comes with the question.
func TestKeptPlacesAreWhatIsFound(t *testing.T) {
	types, others := childMeasurement(t), childMeasurement(t)
	k := &keeping{twoAuthorities(), map[scope.Ref]*scope.Place{}}
	for _, unit := range []scope.Ref{leeds, s1} {
		known := k.knownUnits[unit]
		place, err := types.Keep(unit, k.places[known.parent], known.attributes, k)
		require.NoError(t, err)
		k.places[unit] = place
	}
	kept := k.places[s1]
	assert.True(t, kept.Of(types))
	assert.False(t, kept.Of(others))
	assert.Same(t, k, kept.Keeper())
	for name, c := range map[string]struct {
		r    scope.Resource
		same bool
	}{
		"alone":            {scope.Resource{Type: "school", ID: "s1"}, true},
		"where it is":      {scope.Resource{Type: "school", ID: "s1", Parent: leeds}, true},
		"elsewhere":        {scope.Resource{Type: "school", ID: "s1", Parent: york}, false},
		"with attributes":  {scope.Resource{Type: "school", ID: "s1", Attributes: scope.Map{}}, false},
		"with its parent":  {scope.Resource{Type: "school", ID: "s1", In: &scope.Resource{Type: "authority", ID: "leeds"}}, false},
		"not kept":         {scope.Resource{Type: "school", ID: "s2"}, false},
		"of no type":       {scope.Resource{Type: "planet", ID: "s1"}, false},
		"that is no unit":  {scope.Resource{Type: "pupil", ID: "s1"}, false},
		"below it, in all": {scope.Resource{Type: "account", ID: "s1"}, false},
	} {
		found := types.Kept(types.Type(c.r.Type), &c.r, k)
		assert.Equal(t, c.same, found == kept, name)
		assert.Equal(t, c.same, found != nil, name)
		assert.Nil(t, others.Kept(others.Type(c.r.Type), &c.r, k), name)
		assert.Nil(t, types.Kept(types.Type(c.r.Type), &c.r, k.knownUnits), name)
		assert.Nil(t, types.Kept(types.Type(c.r.Type), &c.r, struct{ *keeping }{k}), "what merely has the keeper in it: %s", name)
	}
	pupil, err := types.Locate(scope.Resource{Type: "pupil", ID: "p", Parent: s1}, k)
	require.NoError(t, err)
	assert.Same(t, kept, pupil.Parent())
}
