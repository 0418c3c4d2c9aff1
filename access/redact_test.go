package access_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

type word string

type inside struct {
	F1  word `view:"f1"`
	Bad string
}

type Outside struct {
	F2     []string `view:"f2"`
	F2Text *string  `view:"f2"`
	Deeper
}

type Deeper struct {
	F3 any `view:"f3"`
}

// A sheet has fields of every kind, one or more for each of f0 to f4.
type sheet struct {
	ID string
	F0 map[string][]*string `view:"f0"`
	inside
	*Outside
	F4      string `view:"f4"`
	F4Again struct {
		Lines []string
		Born  time.Time
	} `view:"f4"`
	Never  string `view:"-"`
	hidden string
	F5     func() `json:"-"`
}

// newSheet makes a sheet with a sentinel in each field, by the field's name.
func newSheet(version func(field string) int) *sheet {
	text := func(field string) string { return sentinel(field, version(field)) }
	f0, f2 := text("f0"), text("f2")
	s := &sheet{
		ID: text("ID"), F0: map[string][]*string{f0: {&f0}}, inside: inside{word(text("f1")), text("Bad")},
		Outside: &Outside{F2: []string{f2}, F2Text: &f2, Deeper: Deeper{map[string]any{"x": text("f3")}}},
		F4:      text("f4"), Never: text("Never"), hidden: text("hidden"), F5: func() {},
	}
	s.F4Again.Lines, s.F4Again.Born = []string{text("f4")}, time.Date(2020, 1, version("f4"), 0, 0, 0, 0, time.UTC)
	return s
}

func firstVersion(string) int { return 1 }

// everyText is all the text that can be found in a value, whatever is exported.
func everyText(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return v.String() + " "
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return ""
		}
		return everyText(v.Elem())
	}
	var b strings.Builder
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			b.WriteString(everyText(v.Field(i)))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			b.WriteString(everyText(v.Index(i)))
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			b.WriteString(everyText(entries.Key()) + everyText(entries.Value()))
		}
	}
	return b.String()
}

// textsOf are the texts in which a field's sentinel would be found.
func textsOf(s *sheet) string {
	plain := *s
	plain.F5 = nil
	return everyText(reflect.ValueOf(plain)) + asText(plain) + fmt.Sprintf("%+v", plain)
}

// The same of structs: nothing of what is not visible is in what is shown, the
// record stays as it is, and what is not visible does not change what is shown.
func TestAStructShowsNothingThatIsNotVisible(t *testing.T) {
	counts := tally{}
	worldsWithViews(t, 150, func(d draw, w *world, q reference.Question, v policy.View) {
		redactor, err := access.RedactorOf[sheet](w.policy, v.On)
		require.NoError(d, err)
		view := w.engine.For(q.User, q.Context).View(v.Name, q.Resource)
		record := newSheet(firstVersion)
		seen := redactor.Redact(view, record)
		requireSheet(d, view, record, seen)
		if seen.F0 != nil {
			seen.F0["new"] = nil
			for _, texts := range newSheet(firstVersion).F0 {
				*seen.F0[*texts[0]][0] = "changed"
			}
		}
		if seen.Outside != nil && seen.Outside.F2 != nil {
			seen.F2[0], *seen.F2Text = "changed", "changed"
		}
		if seen.F4Again.Lines != nil {
			seen.F4Again.Lines[0] = "changed"
		}
		require.Equal(d, asSheet(newSheet(firstVersion)), asSheet(record), "neither redacting nor writing to what is shown changes the record")

		other := newSheet(func(field string) int {
			if view.Field(field).Visible() {
				return 1
			}
			return 2
		})
		require.Equal(d, redactor.Redact(view, record), redactor.Redact(view, other))
		counts.see(view)
	})
	counts.seen(t)
}

// asSheet is a sheet as it can be compared: functions cannot.
func asSheet(s *sheet) sheet {
	c := *s
	c.F5 = nil
	return c
}

func requireSheet(t require.TestingT, view access.View, record *sheet, seen sheet) {
	text := textsOf(&seen)
	for _, name := range []string{"f0", "f1", "f2", "f3", "f4", "ID", "Bad", "Never", "hidden"} {
		require.Equal(t, view.Field(name).Visible(), strings.Contains(text, sentinel(name, 1)), "%s\n%s", name, text)
	}
	require.Nil(t, seen.F5)
	texts := map[string]any{"f1": string(seen.F1), "f4": seen.F4}
	if seen.Outside != nil {
		texts["f3"] = seen.F3
		if seen.F2Text != nil {
			texts["f2"] = *seen.F2Text
		}
	}
	for _, name := range []string{"f1", "f2", "f3", "f4"} {
		require.Equal(t, view.Field(name).Visibility() == access.Restricted, texts[name] == access.RestrictedText, "%s", name)
	}
	if view.Field("f2").Visible() && view.Field("f4").Visible() {
		require.Equal(t, record.F2, seen.F2)
		require.Equal(t, record.F4Again, seen.F4Again)
	}
}

type pointer *string

type agendaPerson struct {
	ID    string
	Hour  time.Time    `view:"hour"`
	Name  string       `view:"name"`
	Alias *string      `view:"name"`
	Age   int          `view:"name"`
	Any   any          `view:"name"`
	Line  fmt.Stringer `view:"name"`
	Tags  []string     `view:"name"`
	Deep  **string     `view:"name"`
	Born  *time.Time   `view:"born"`
	Desk  string       `view:"agency"`
	Named pointer      `view:"name"`
	note  string
}

func agendaRedactor(t require.TestingT, engine *access.Engine) *access.Redactor[agendaPerson] {
	redactor, err := access.RedactorOf[agendaPerson](engine.Policy(), "person")
	require.NoError(t, err)
	return redactor
}

func TestWhatIsRestrictedIsATextWhereOneFits(t *testing.T) {
	engine := visitors(t)
	redactor := agendaRedactor(t, engine)
	view := engine.For("cy", nil).View("agenda", person("wes", ""))
	require.Equal(t, "hour visible, name restricted, born hidden", what(view))
	born, alias := time.Now(), "A"
	deep := &alias
	record := agendaPerson{
		ID: "1", Hour: time.Unix(9, 0), Name: "Ann", Alias: &alias, Age: 7, Any: 1, Line: time.Second, Tags: []string{"t"}, Deep: &deep, Named: &alias,
		Born: &born, Desk: "d", note: "n",
	}
	text := access.RestrictedText
	want := agendaPerson{Hour: time.Unix(9, 0), Name: text, Alias: &text, Any: text, Named: &text}
	assert.Equal(t, want, redactor.Redact(view, &record))
	want.Hour = time.Time{}
	assert.Equal(t, want, redactor.Redact(view, &agendaPerson{}), "a record that lacks what is restricted does not tell")
}

func TestNothingIsShownOfNothingOrOfAnotherRecord(t *testing.T) {
	engine := visitors(t)
	redactor := agendaRedactor(t, engine)
	record := &agendaPerson{Name: "Ann", Hour: time.Now()}
	session := engine.For("wes", nil)
	assert.Equal(t, record.Name, redactor.Redact(session.View("agenda", person("wes", "")), record).Name)
	assert.Zero(t, redactor.Redact(session.View("agenda", person("wes", "")), nil), "a nil record")
	assert.Zero(t, redactor.Redact(access.View{}, record), "the zero view")
	assert.Zero(t, redactor.Redact(session.View("agneda", person("wes", "")), record), "an unknown view")
	assert.Zero(t, redactor.Redact(session.View("agenda", person("wes", "nowhere")), record), "a malformed resource")

	center := session.View("desk", scope.Resource{Type: "center", ID: "east"})
	require.True(t, center.Field("name").Visible())
	assert.Zero(t, redactor.Redact(center, record), "a view of another type")
}

type Base struct {
	Name string `view:"name"`
	Born string `view:"born"`
}

// An embedded pointer that is nil stays nil where that tells nothing, and is
// made where something in it is restricted.
func TestEmbeddedPointersTellNothing(t *testing.T) {
	type row struct {
		*Base
		Hour int `view:"hour"`
	}
	engine := visitors(t)
	redactor, err := access.RedactorOf[row](engine.Policy(), "person")
	require.NoError(t, err)
	all, some, none := engine.For("wes", nil).View("agenda", person("wes", "")), engine.For("cy", nil).View("agenda", person("wes", "")),
		engine.For("nil", nil).View("agenda", person("wes", ""))
	full := &row{&Base{"Ann", "2020"}, 9}
	assert.Equal(t, *full, redactor.Redact(all, full))
	assert.NotSame(t, full.Base, redactor.Redact(all, full).Base)
	assert.Equal(t, row{Hour: 9}, redactor.Redact(all, &row{Hour: 9}))
	restricted := row{&Base{Name: access.RestrictedText}, 9}
	assert.Equal(t, restricted, redactor.Redact(some, full))
	assert.Equal(t, restricted, redactor.Redact(some, &row{Hour: 9}))
	assert.Zero(t, redactor.Redact(none, full))
}

// What is embedded with a tag that never shows it is not shown field by field.
func TestAnEmbeddedStructThatIsNeverShownHasNoFields(t *testing.T) {
	type Wrapped struct{ Base }
	type row struct {
		Base    `view:"-"`
		Wrapped `view:"-"`
		Hour    int `view:"hour"`
	}
	engine := visitors(t)
	redactor, err := access.RedactorOf[row](engine.Policy(), "person")
	require.NoError(t, err)
	for _, user := range []roles.UserID{"wes", "cy"} {
		view := engine.For(user, nil).View("agenda", person("wes", ""))
		assert.Equal(t, row{Hour: 9}, redactor.Redact(view, &row{Base{"Ann", "2020"}, Wrapped{Base{"Ann", "2020"}}, 9}))
	}
	_, err = access.RedactorOf[struct {
		Base `view:"-"`
	}](engine.Policy(), "person")
	require.ErrorContains(t, err, "nothing of it would ever be shown")
}

func TestAVisibleValueCanBeInACycle(t *testing.T) {
	type node struct{ Next *node }
	type row struct {
		Hour *node `view:"hour"`
	}
	engine := visitors(t)
	redactor, err := access.RedactorOf[row](engine.Policy(), "person")
	require.NoError(t, err)
	loop := &node{}
	loop.Next = loop
	seen := redactor.Redact(engine.For("cy", nil).View("agenda", person("", "")), &row{loop})
	assert.Same(t, seen.Hour, seen.Hour.Next)
	assert.NotSame(t, loop, seen.Hour)
}

type list struct {
	Next *list
	Last struct{ Inside inside }
}

type hiddenBase struct {
	Name string `view:"name"`
}

func TestTagsThatCannotBeMeantAreRefused(t *testing.T) {
	p := visitors(t).Policy()
	type inner struct {
		Name string `view:"name"`
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{made[struct {
			Name string `view:"nmae"`
		}](p), `.Name: no view on person has a field "nmae" (did you mean "name"?)`},
		{made[struct {
			Name string `view:""`
		}](p), `.Name: no view on person has a field ""`},
		{made[struct {
			Name string `view:"name,omitempty"`
		}](p), `.Name: no view on person has a field "name,omitempty"`},
		{made[struct {
			Name string `view:"bell"`
		}](p), `.Name: no view on person has a field "bell"`},
		{made[struct {
			name string `view:"name"`
		}](p), `.name: a field that is not exported cannot be shown`},
		{made[struct{ *hiddenBase }](p), `.Name: it is in an embedded *access_test.hiddenBase, which cannot be set`},
		{made[struct {
			Name map[string][]*[1]inner `view:"name"`
		}](p), `.Name: access_test.inner.Name has tags of its own, and would be shown as a whole`},
		{made[struct {
			Name map[inner]int `view:"name"`
		}](p), `.Name: access_test.inner.Name has tags of its own`},
		{made[struct {
			Base `view:"name"`
		}](p), `.Base: access_test.Base.Name has tags of its own`},
		{made[struct {
			Name list `view:"name"`
		}](p), `.Name: access_test.inside.F1 has tags of its own`},
		{made[struct {
			Name struct {
				Nested string `view:"-"`
			} `view:"name"`
		}](p), `.Nested has tags of its own`},
		{made[struct{ Name string }](p), `has no field with a tag such as `},
		{made[int](p), `int is not a struct`},
	} {
		assert.ErrorContains(t, c.err, c.want)
	}
	_, err := access.RedactorOf[inner](p, "persn")
	assert.EqualError(t, err, `unknown resource type "persn" (did you mean "person"?)`)
	_, err = access.RedactorOf[inner](p, "agency")
	assert.EqualError(t, err, `the policy has no view on "agency"`)
	type both struct {
		A, B string `view:"nmae"`
	}
	_, err = access.RedactorOf[both](p, "person")
	assert.Len(t, strings.Split(err.Error(), "\n"), 2, "each fault is told")
}

func made[T any](p *policy.Policy) error {
	_, err := access.RedactorOf[T](p, "person")
	return err
}
