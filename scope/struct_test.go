package scope_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/scope"
)

type pupilID string

type record struct {
	Year string `bailiwick:"year"`
}

type pupil struct {
	ID     pupilID `bailiwick:",id"`
	School string  `bailiwick:",parent=school"`
	record
	Height float32    `bailiwick:"height,omitzero"`
	Seen   *time.Time `bailiwick:"seen"`
	Tags   []string   `bailiwick:"tags"`
	Notes  string
	Other  chan int `bailiwick:"-"`
}

type account struct {
	Name  string    `bailiwick:",id"`
	Works scope.Ref `bailiwick:",parent"`
}

func TestAStructIsReadByItsTags(t *testing.T) {
	types, units := childMeasurement(t), twoAuthorities()
	pupils, err := scope.StructOf[pupil](types, "pupil")
	require.NoError(t, err)
	seen := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	place, err := types.Locate(pupils.Resource(&pupil{
		ID: "p7", School: "s1", record: record{"2025/26"}, Height: 1.25, Seen: &seen, Tags: []string{"a"},
	}), units)
	require.NoError(t, err)
	assert.Equal(t, scope.NewRef("pupil", "p7"), place.Ref())
	assert.Equal(t, s1, place.Parent().Ref())
	assert.Equal(t, "2025/26", place.Field("year"))
	assert.Equal(t, 1.25, place.Field("height"))
	assert.Equal(t, seen, place.Field("seen"))
	assert.Equal(t, []any{"a"}, place.Field("tags"))

	bare, err := types.Locate(pupils.Resource(&pupil{ID: "p7", School: "s1"}), units)
	require.NoError(t, err)
	absent := bare.Field("provider")
	assert.Equal(t, absent, bare.Field("seen"), "a nil pointer is absent")
	assert.Equal(t, absent, bare.Field("height"), "omitzero")
	assert.Equal(t, "", bare.Field("year"), "a zero value without omitzero is a value")

	accounts, err := scope.StructOf[account](types, "account")
	require.NoError(t, err)
	place, err = types.Locate(accounts.Resource(&account{"ann", acme}), units)
	require.NoError(t, err)
	assert.Equal(t, acme, place.Parent().Ref())
}

// What is embedded with a tag that leaves it out is not read field by field.
// Each of several struct types is read as it is.
func TestStructsOfOneTypeOfResource(t *testing.T) {
	type short struct {
		Tags   []string `bailiwick:"tags"`
		School string   `bailiwick:",parent=school"`
		ID     string   `bailiwick:",id"`
		Year   string   `bailiwick:"year"`
	}
	types, units := childMeasurement(t), twoAuthorities()
	long, err := scope.StructOf[pupil](types, "pupil")
	require.NoError(t, err)
	brief, err := scope.StructOf[short](types, "pupil")
	require.NoError(t, err)
	for _, r := range []scope.Resource{
		long.Resource(&pupil{ID: "p7", School: "s1", record: record{"2025/26"}, Tags: []string{"a"}}),
		brief.Resource(&short{[]string{"a"}, "s1", "p7", "2025/26"}),
	} {
		place, err := types.Locate(r, units)
		require.NoError(t, err)
		assert.Equal(t, "2025/26", place.Field("year"))
		assert.Equal(t, []any{"a"}, place.Field("tags"))
	}
}

// Types that no Struct was made for read the same of it, if more slowly; and making
// one again changes nothing.
func TestAStructIsReadByAllTypes(t *testing.T) {
	units := twoAuthorities()
	one, other := childMeasurement(t), childMeasurement(t)
	for range 2 {
		pupils, err := scope.StructOf[pupil](one, "pupil")
		require.NoError(t, err)
		tags := []string{"a"}
		r := pupils.Resource(&pupil{ID: "p7", School: "s1", record: record{"2025/26"}, Tags: tags})
		for _, types := range []*scope.Types{one, other} {
			place, err := types.Locate(r, units)
			require.NoError(t, err)
			tags[0] = "b" // which a place of its own does not see
			assert.Equal(t, "2025/26", place.Field("year"))
			assert.Equal(t, []any{"a"}, place.Field("tags"))
			assert.Equal(t, place.Field("provider"), place.Field("height"), "omitzero")
			tags[0] = "a"
		}
	}
}

func TestAnEmbeddedStructThatIsLeftOutIsNotRead(t *testing.T) {
	type row struct {
		ID     string `bailiwick:",id"`
		School string `bailiwick:",parent=school"`
		record `bailiwick:"-"`
	}
	rows, err := scope.StructOf[row](childMeasurement(t), "pupil")
	require.NoError(t, err)
	_, ok := rows.Resource(&row{"p1", "s1", record{"2"}}).Attributes.Attribute("year")
	require.False(t, ok)
}

func TestAStructThatIsNotFilledInIsNothing(t *testing.T) {
	types := childMeasurement(t)
	pupils, err := scope.StructOf[pupil](types, "pupil")
	require.NoError(t, err)
	for _, v := range []*pupil{nil, {}, {ID: "p7"}} {
		_, err := types.Locate(pupils.Resource(v), twoAuthorities())
		assert.Error(t, err)
	}
}

func TestFaultyTagsAreRefused(t *testing.T) {
	types := childMeasurement(t)
	refused := func(err error, says string) {
		t.Helper()
		assert.ErrorContains(t, err, says)
	}
	_, err := scope.StructOf[pupil](types, "pupl")
	refused(err, `unknown resource type "pupl" (did you mean "pupil"?)`)
	_, err = scope.StructOf[int](types, "pupil")
	refused(err, "int is not a struct")
	_, err = scope.StructOf[struct{ Year string }](types, "pupil")
	refused(err, "no field is tagged")
	_, err = scope.StructOf[struct {
		Year string `bailiwick:"year"`
	}](types, "pupil")
	refused(err, "no field is tagged")
	_, err = scope.StructOf[struct {
		ID   int    `bailiwick:",id"`
		Year string `bailiwick:"yaer"`
		Seen string `bailiwick:"seen"`
		Tags []int  `bailiwick:"tags"`
		Top  string `bailiwick:",parent=authority"`
		More any    `bailiwick:"height"`
		year string `bailiwick:"year"`
		Opt  string `bailiwick:"year,omitempty"`
	}](types, "pupil")
	for _, says := range []string{
		"ID: the id must be a string, not int", `pupil has no attribute "yaer" (did you mean "year"?)`,
		"Seen: ", "Tags: ", `a pupil cannot be in a "authority"`, "may hold anything", "not exported", "cannot read the tag",
	} {
		refused(err, says)
	}
	assert.NotContains(t, err.Error(), "no field is tagged", "one is, though it is no string")
	_, err = scope.StructOf[struct {
		ID   string `bailiwick:",id"`
		Year string `bailiwick:"year,parent=school"`
	}](types, "pupil")
	refused(err, `Year: cannot read the tag "year,parent=school"`)
	_, err = scope.StructOf[struct {
		ID   string `bailiwick:",id"`
		Year string `bailiwick:",omitzero"`
	}](types, "pupil")
	refused(err, `Year: cannot read the tag ",omitzero"`)
	_, err = scope.StructOf[struct {
		ID, Number   string  `bailiwick:",id"`
		School, Site string  `bailiwick:",parent=school"`
		Year         string  `bailiwick:"year"`
		Height       float64 `bailiwick:"height"`
		Size         float64 `bailiwick:"height"`
		Class        string  `bailiwick:"year"`
	}](types, "pupil")
	for _, says := range []string{
		"Number: there is a field for the id already", "Site: there is a field for the parent already",
		`Size: there is a field for attribute "height" already`, `Class: there is a field for attribute "year" already`,
	} {
		refused(err, says)
	}
}

// One attribute of a struct is what a place has of it.
func TestAnAttributeOfAStructIsItsField(t *testing.T) {
	type outer struct {
		ID string `bailiwick:",id"`
		*record
		Height float32 `bailiwick:"height,omitzero"`
	}
	of, err := scope.StructOf[outer](childMeasurement(t), "pupil")
	require.NoError(t, err)
	attribute := func(v outer, name string) any {
		value, ok := of.Resource(&v).Attributes.Attribute(name)
		if !ok {
			return "absent"
		}
		return value
	}
	full := outer{"p", &record{"x"}, 1.5}
	assert.Equal(t, "x", attribute(full, "year"))
	assert.Equal(t, float32(1.5), attribute(full, "height"))
	assert.Equal(t, "", attribute(outer{record: &record{}}, "year"), "a zero value without omitzero is a value")
	assert.Equal(t, "absent", attribute(outer{}, "height"), "omitzero")
	assert.Equal(t, "absent", attribute(outer{}, "year"), "in what is not there")
	assert.Equal(t, "absent", attribute(full, "seen"), "no field")
}

// ownAttributes is an application's type that answers for itself.
type ownAttributes struct{ asked []string }

func (o *ownAttributes) Attribute(name string) (any, bool) {
	o.asked = append(o.asked, name)
	return "2025/26", name == "year"
}

func TestAnApplicationsTypeCanAnswerForItself(t *testing.T) {
	own := &ownAttributes{}
	place, err := childMeasurement(t).Locate(scope.Resource{Type: "pupil", ID: "p7", Parent: s1, Attributes: own}, twoAuthorities())
	require.NoError(t, err)
	assert.Equal(t, "2025/26", place.Field("year"))
	assert.Subset(t, []string{"height", "seen", "tags", "year"}, own.asked, "it is asked for declared names only")
}

func ExampleStructOf() {
	types, _ := scope.NewTypes([]scope.TypeSpec{
		{Name: "school"},
		{Name: "pupil", In: []string{"school"}, Attributes: map[string]string{"year": "string"}},
	})
	type Pupil struct {
		ID     string `bailiwick:",id"`
		School string `bailiwick:",parent=school"`
		Year   string `bailiwick:"year"`
	}
	pupils, err := scope.StructOf[Pupil](types, "pupil")
	if err != nil {
		fmt.Println(err)
		return
	}
	r := pupils.Resource(&Pupil{ID: "p7", School: "s1", Year: "2025/26"})
	year, _ := r.Attributes.Attribute("year")
	fmt.Println(r.Ref(), "in", r.Parent, year)

	type Misspelled struct {
		ID   string `bailiwick:",id"`
		Year string `bailiwick:"yaer"`
	}
	_, err = scope.StructOf[Misspelled](types, "pupil")
	fmt.Println(err)
	// Output:
	// pupil:p7 in school:s1 2025/26
	// scope_test.Misspelled.Year: pupil has no attribute "yaer" (did you mean "year"?)
}

type endless *endless

// A field of pointers to pointers without an end is refused, like any other that can
// hold no value.
func TestAFieldOfPointersWithoutEndIsRefused(t *testing.T) {
	_, err := scope.StructOf[struct {
		ID   string  `bailiwick:",id"`
		Year endless `bailiwick:"year"`
	}](childMeasurement(t), "pupil")
	require.ErrorContains(t, err, "leads to nothing but pointers")
}

// A list that was not loaded is absent only where its tag says so, or where it is
// no slice at all: else it is a list with nothing in it.
func TestANilListIsEmptyUnlessItsTagSaysThatItIsAbsent(t *testing.T) {
	type plain struct {
		ID   string   `bailiwick:",id"`
		Tags []string `bailiwick:"tags"`
	}
	type loaded struct {
		ID   string   `bailiwick:",id"`
		Tags []string `bailiwick:"tags,omitzero"`
	}
	types := childMeasurement(t)
	plains, err := scope.StructOf[plain](types, "pupil")
	require.NoError(t, err)
	loadeds, err := scope.StructOf[loaded](types, "pupil")
	require.NoError(t, err)
	for name, given := range map[string]struct {
		attributes scope.Attributes
		there      bool
	}{
		"a nil slice of a struct":          {plains.Resource(&plain{ID: "p"}).Attributes, true},
		"the same with omitzero":           {loadeds.Resource(&loaded{ID: "p"}).Attributes, false},
		"an empty slice with omitzero":     {loadeds.Resource(&loaded{ID: "p", Tags: []string{}}).Attributes, true},
		"a nil slice in a map":             {scope.Map{"tags": []string(nil)}, true},
		"nil in a map":                     {scope.Map{"tags": nil}, false},
		"a nil pointer to a list in a map": {scope.Map{"tags": (*[]string)(nil)}, false},
	} {
		values, err := types.Type("pupil").Attributes().Check(given.attributes)
		require.NoError(t, err, name)
		v, there := values.Attribute("tags")
		assert.Equal(t, given.there, there, name)
		if there {
			assert.Empty(t, v, name)
		}
	}
}
