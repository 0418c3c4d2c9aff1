package scope_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// A row that a query cannot have is refused, with what is wrong with it.
func TestFaultyRowsAreRefused(t *testing.T) {
	types, _, _ := told(t)
	id := func(n int) string { return strings.Repeat("x", n) }
	list := func(l scope.SQLList) scope.SQLRow {
		return scope.SQLRow{Alias: "t", ID: "id", Lists: map[string]scope.SQLList{"watchers": l}}
	}
	in := func(typ string, p scope.SQLParent) scope.SQLRow {
		return scope.SQLRow{Alias: "x", ID: "id", In: map[string]scope.SQLParent{typ: p}}
	}
	watchers := scope.SQLList{Table: "w", On: map[string]string{"task": "id"}, Value: "user"}
	caseless := *caseRow
	caseless.In = nil
	for name, c := range map[string]struct {
		typ  string
		row  scope.SQLRow
		says string // empty: nothing is wrong
	}{
		"good":                        {"task", list(watchers), ""},
		"no alias":                    {"task", scope.SQLRow{ID: "id"}, "task: the alias: a name is missing"},
		"no id":                       {"task", scope.SQLRow{Alias: "t"}, "task: the column of the id: a name is missing"},
		"alias of its own":            {"task", scope.SQLRow{Alias: "Bailiwick_1", ID: "id"}, `task: the alias "Bailiwick_1" begins with bailiwick_`},
		"NUL":                         {"task", scope.SQLRow{Alias: "t", ID: "a\x00"}, `"a\x00" is no name of a column or a table`},
		"no UTF-8":                    {"task", scope.SQLRow{Alias: "t", ID: "\xff"}, `"\xff" is no name of a column or a table`},
		"longest":                     {"task", scope.SQLRow{Alias: "t", ID: id(scope.MaxID)}, ""},
		"too long":                    {"task", scope.SQLRow{Alias: "t", ID: id(scope.MaxID + 1)}, "task: the column of the id: the name is longer than 256 bytes"},
		"no column":                   {"task", scope.SQLRow{Alias: "t", ID: "id", Columns: map[string]string{"owner": ""}}, "task: the column of owner: a name is missing"},
		"unknown attribute":           {"task", scope.SQLRow{Alias: "t", ID: "id", Columns: map[string]string{"ownr": "x"}}, `task: there is no attribute "ownr" (did you mean "owner"?)`},
		"a column of lists":           {"task", scope.SQLRow{Alias: "t", ID: "id", Columns: map[string]string{"watchers": "x"}}, `task: the attribute "watchers" is a list(string): a column has single values`},
		"a table of single values":    {"task", scope.SQLRow{Alias: "t", ID: "id", Lists: map[string]scope.SQLList{"owner": watchers}}, `task: the attribute "owner" is a string: only a list of single values has a table`},
		"a table of maps":             {"doc", scope.SQLRow{Alias: "t", ID: "id", Lists: map[string]scope.SQLList{"labels": watchers}}, `doc: the attribute "labels" is a map(string): only a list of single values has a table`},
		"a table of nothing":          {"task", scope.SQLRow{Alias: "t", ID: "id", Lists: map[string]scope.SQLList{"watcher": watchers}}, `task: there is no attribute "watcher"`},
		"a list without a table":      {"task", list(scope.SQLList{On: watchers.On, Value: "user"}), "task: the table of watchers: a name is missing"},
		"without elements":            {"task", list(scope.SQLList{Table: "w", On: watchers.On}), "task: the column of the elements of watchers: a name is missing"},
		"without On":                  {"task", list(scope.SQLList{Table: "w", Value: "user"}), `task: nothing says which rows of "w" are those of one task: On is empty`},
		"wrong schema":                {"task", list(scope.SQLList{Schema: "\x00", Table: "w", On: watchers.On, Value: "user"}), "task: the schema of watchers: "},
		"wrong On":                    {"task", list(scope.SQLList{Table: "w", On: map[string]string{"": "id"}, Value: "user"}), "task: the table of watchers: a name is missing"},
		"wrong column in On":          {"task", list(scope.SQLList{Table: "w", On: map[string]string{"task": ""}, Value: "user"}), "task: the table of watchers: a name is missing"},
		"a unit in something":         {"school", in("authority", scope.SQLParent{Column: "a"}), "school: what a unit is in, the directory knows: In must be empty"},
		"nothing above":               {"case", scope.SQLRow{Alias: "c", ID: "id"}, "case: no column says which school or agency it is in"},
		"in what it cannot be in":     {"case", in("doc", scope.SQLParent{Column: "d"}), `case: it cannot be in a "doc"`},
		"in a unit":                   {"case", in("school", scope.SQLParent{Column: "s"}), ""},
		"in a unit without a column":  {"case", in("school", scope.SQLParent{}), "case: the school that it is in is a unit: it has a Column, and no Row"},
		"in a unit with a row":        {"case", in("school", scope.SQLParent{Column: "s", Row: &scope.SQLRow{}}), "case: the school that it is in is a unit: it has a Column, and no Row"},
		"in a unit with a row alone":  {"case", in("school", scope.SQLParent{Row: &scope.SQLRow{}}), "case: the school that it is in is a unit: it has a Column, and no Row"},
		"in a unit of a wrong column": {"case", in("school", scope.SQLParent{Column: "\x00"}), "case: the column of the school: "},
		"in a row":                    {"doc", in("case", scope.SQLParent{Row: caseRow}), ""},
		"in no row":                   {"doc", in("case", scope.SQLParent{}), "doc: the case that it is in is no unit: it has a Row, and nothing else"},
		"in a row's column":           {"doc", in("case", scope.SQLParent{Column: "c"}), "doc: the case that it is in is no unit: it has a Row, and nothing else"},
		"in a row and a column":       {"doc", in("case", scope.SQLParent{Row: caseRow, Column: "c"}), "doc: the case that it is in is no unit: it has a Row, and nothing else"},
		"in a row that is known":      {"doc", in("case", scope.SQLParent{Row: caseRow, Known: true}), "doc: the case that it is in is no unit: it has a Row, and nothing else"},
		"in a wrong row":              {"doc", in("case", scope.SQLParent{Row: &caseless}), "case: no column says which school or agency it is in"},
	} {
		for _, dialect := range []scope.SQLDialect{scope.SQLite, scope.PostgreSQL} {
			if dialect == scope.PostgreSQL && name == "longest" {
				continue
			}
			_, err := types.NewSQL(dialect, c.typ, c.row, nil)
			if c.says == "" {
				assert.NoError(t, err, name)
			} else if says := c.says; dialect == scope.PostgreSQL && name == "too long" {
				assert.ErrorContains(t, err, "longer than 63 bytes: PostgreSQL would cut it")
			} else {
				assert.ErrorContains(t, err, says, name)
			}
		}
	}
	_, err := types.NewSQL(scope.PostgreSQL, "task", scope.SQLRow{Alias: "t", ID: id(63)}, nil)
	assert.NoError(t, err)
	_, err = types.NewSQL(scope.PostgreSQL, "task", scope.SQLRow{Alias: "t", ID: id(64)}, nil)
	assert.ErrorContains(t, err, "longer than 63 bytes")
	_, err = types.NewSQL(0, "task", scope.SQLRow{Alias: "t", ID: "id"}, nil)
	assert.ErrorContains(t, err, "SQLDialect(0) is no dialect")
	_, err = types.NewSQL(scope.SQLite, "tsk", scope.SQLRow{Alias: "t", ID: "id"}, nil)
	assert.ErrorContains(t, err, `did you mean "task"?`)
}

// T-11: in how many chains of types a resource can be is bounded, and how deep.
func TestChainsOfTypesAreBounded(t *testing.T) {
	for _, n := range []int{16, 17} {
		specs := []scope.TypeSpec{{Name: "thing"}}
		row := scope.SQLRow{Alias: "t", ID: "id", In: map[string]scope.SQLParent{}}
		for i := range n {
			name := fmt.Sprint("u", i)
			specs = append(specs, scope.TypeSpec{Name: name, Unit: true})
			specs[0].In = append(specs[0].In, name)
			row.In[name] = scope.SQLParent{Column: name}
		}
		types, err := scope.NewTypes(specs)
		require.NoError(t, err)
		_, err = types.NewSQL(scope.SQLite, "thing", row, nil)
		if n == 16 {
			assert.NoError(t, err)
		} else {
			assert.EqualError(t, err, "a thing can be in 17 chains of types, and 16 are the most")
		}
	}

	// And where there are two ways up at each level, the topmost of which is 0.
	for _, levels := range []int{5, 6, 10} {
		specs := []scope.TypeSpec{{Name: "a0"}, {Name: "b0"}}
		a, b := &scope.SQLRow{Alias: "a0", ID: "id"}, &scope.SQLRow{Alias: "b0", ID: "id"}
		for i := 1; i < levels; i++ {
			in := []string{fmt.Sprint("a", i-1), fmt.Sprint("b", i-1)}
			above := map[string]scope.SQLParent{in[0]: {Row: a}, in[1]: {Row: b}}
			specs = append(specs, scope.TypeSpec{Name: fmt.Sprint("a", i), In: in}, scope.TypeSpec{Name: fmt.Sprint("b", i), In: in})
			a, b = &scope.SQLRow{Alias: fmt.Sprint("a", i), ID: "id", In: above}, &scope.SQLRow{Alias: fmt.Sprint("b", i), ID: "id", In: above}
		}
		types, err := scope.NewTypes(specs)
		require.NoError(t, err)
		_, err = types.NewSQL(scope.SQLite, fmt.Sprint("a", levels-1), *a, nil)
		if levels == 5 {
			assert.NoError(t, err)
		} else {
			assert.ErrorContains(t, err, "chains of types, and 16 are the most")
		}
	}
}

// A predicate that takes too long a text is refused; it has its bound to the byte.
func TestTheTextOfAPredicateIsBounded(t *testing.T) {
	types, language := tasks()
	p, err := language.Predicate("p", "resource.done", []string{"task"})
	require.NoError(t, err)
	for most, fits := range map[int]bool{len(`"t"."done"`): true, len(`"t"."done"`) - 1: false, 0: true} {
		sql, err := types.NewSQL(scope.SQLite, "task", taskRow, &scope.SQLOptions{MaxText: most})
		require.NoError(t, err)
		err = sql.Prepare(p)
		assert.Equal(t, fits, err == nil, "%d: %v", most, err)
		if !fits {
			assert.ErrorContains(t, err, "it takes 10 bytes and more, and SQLOptions.MaxText is 9")
		}
	}
}

// A Filter of another type or policy, and no Filter, is an error, and so is one
// with what was not prepared.
func TestWhereTakesItsOwnFilters(t *testing.T) {
	types, language, facts := told(t)
	others, _, _ := told(t)
	sql, err := types.NewSQL(scope.SQLite, "task", toldRows["task"], nil)
	require.NoError(t, err)
	everything := func(types *scope.Types, typ string, conditions ...*scope.Predicate) *scope.Filter {
		return types.NewFilter(scope.FilterSpec{Type: types.Type(typ), Facts: facts, Units: schools(), Ways: []scope.Way{{Unit: scope.Root(), Conditions: conditions}}})
	}
	c, err := sql.Where(everything(types, "task"), 0)
	require.NoError(t, err)
	assert.Equal(t, "TRUE", c.Text)
	for want, f := range map[string]*scope.Filter{
		"there is no Filter": nil,
		"the Filter is for the type doc, the SQL for task": everything(types, "doc"),
		"the Filter is of another policy than the SQL":     everything(others, "task"),
	} {
		c, err := sql.Where(f, 0)
		assert.EqualError(t, err, want)
		assert.Zero(t, c)
	}
	_, err = sql.Where(everything(types, "task"), -1)
	assert.EqualError(t, err, "-1 parameters are too few")
	p, err := language.Predicate("p", "resource.done", []string{"task"})
	require.NoError(t, err)
	c, err = sql.Where(everything(types, "task", p), 0)
	assert.EqualError(t, err, "p: the predicate was not prepared for this query")
	assert.Zero(t, c)
}

// What a query cannot be given is an error, and no condition.
func TestWhatAQueryCannotBeGiven(t *testing.T) {
	types, language, facts := told(t)
	declared := map[string]string{"dept": "string", "teams": "list(string)", "share": "double"}
	for name, c := range map[string]struct {
		source   string
		user     scope.Map
		assigned refs
		most     int
		fails    string // the dialects that refuse it
		says     string
	}{
		"a text":                 {`resource.title == user.dept`, scope.Map{"dept": "x"}, nil, 0, "", ""},
		"a text with NUL":        {`resource.title == user.dept`, scope.Map{"dept": "\x00x"}, nil, 0, "PostgreSQL", "PostgreSQL has no texts with a NUL"},
		"a number":               {`resource.weight == user.share`, scope.Map{"share": 1.0}, nil, 0, "", ""},
		"no number":              {`resource.weight == user.share`, scope.Map{"share": math.NaN()}, nil, 0, "SQLite", "SQLite has no NaN"},
		"texts with NUL":         {`resource.title in user.teams`, scope.Map{"teams": []string{"a", "\x00"}}, nil, 0, "SQLite PostgreSQL", "no texts with a NUL"},
		"many texts":             {`resource.title in user.teams`, scope.Map{"teams": []string{"a", "b", "c"}}, nil, 3, "", ""},
		"too many texts":         {`resource.title in user.teams`, scope.Map{"teams": []string{"a", "b", "c"}}, nil, 2, "SQLite PostgreSQL", "a list has 3 elements, and SQLOptions.MaxIDs is 2"},
		"an id with NUL":         {`assigned(resource)`, nil, refs{scope.NewRef("doc", "\x00"): true}, 0, "PostgreSQL", "NUL"},
		"ids with NUL":           {`assigned(resource)`, nil, refs{scope.NewRef("doc", "a"): true, scope.NewRef("doc", "\x00x"): true}, 0, "SQLite PostgreSQL", "NUL"},
		"ids":                    {`assigned(resource)`, nil, refs{scope.NewRef("doc", "a"): true, scope.NewRef("doc", "b"): true, scope.NewRef("doc", "c"): true}, 3, "", ""},
		"too many ids":           {`assigned(resource)`, nil, refs{scope.NewRef("doc", "a"): true, scope.NewRef("doc", "b"): true, scope.NewRef("doc", "c"): true, scope.NewRef("doc", "d"): true}, 3, "SQLite PostgreSQL", "a list has 4 elements"},
		"units with many values": {`resource.title in resource.school.heads`, nil, nil, 3, "", ""},
		"with too many":          {`resource.title in resource.school.heads`, nil, nil, 2, "SQLite PostgreSQL", "MaxIDs is 2"},
	} {
		facts.User = &scope.Subject{ID: "ann", Attributes: checked(declared, c.user)}
		if c.assigned != nil {
			facts.User.Assignments = c.assigned
		}
		p, err := language.Predicate("p", c.source, []string{"doc"})
		require.NoError(t, err)
		f := types.NewFilter(scope.FilterSpec{
			Type: types.Type("doc"), Facts: facts, Units: schools(), Ways: []scope.Way{{Unit: leeds, Conditions: []*scope.Predicate{p}}, {Unit: y1, Conditions: []*scope.Predicate{p}}},
		})
		for _, dialect := range []scope.SQLDialect{scope.SQLite, scope.PostgreSQL} {
			sql, err := types.NewSQL(dialect, "doc", toldRows["doc"], &scope.SQLOptions{MaxIDs: c.most})
			require.NoError(t, err)
			require.NoError(t, sql.Prepare(p), name)
			got, err := sql.Where(f, 0)
			if !strings.Contains(c.fails, dialect.String()) {
				assert.NoError(t, err, "%s: %s", dialect, name)
				continue
			}
			assert.ErrorContains(t, err, c.says, "%s: %s", dialect, name)
			assert.Zero(t, got, name)
			_, again := sql.Where(f, 0)
			assert.Equal(t, err, again, "an error is not kept as an answer")
		}
	}
}

// One SQL serves everybody, and all states of the directory: what one user
// has, and where units were, is in nobody else's query.
func TestAQueryIsOfItsOwnUserAndDirectory(t *testing.T) {
	types, language, facts := told(t)
	declared := map[string]string{"teams": "list(string)"}
	sql, err := types.NewSQL(scope.SQLite, "doc", toldRows["doc"], nil)
	require.NoError(t, err)
	where := func(source string, user *scope.Subject, in scope.Units) string {
		t.Helper()
		p, err := language.Predicate("p", source, []string{"doc"})
		require.NoError(t, err)
		require.NoError(t, sql.Prepare(p))
		facts.User = user
		var all []string
		for range 2 { // once more from what is kept
			f := types.NewFilter(scope.FilterSpec{Type: types.Type("doc"), Facts: facts, Units: in, Ways: []scope.Way{{Unit: leeds, Conditions: []*scope.Predicate{p}}}})
			c, err := sql.Where(f, 0)
			require.NoError(t, err)
			all = append(all, c.Text+fmt.Sprint(c.Args...))
		}
		require.Equal(t, all[0], all[1])
		return all[0]
	}
	teams := func(names ...string) *scope.Subject {
		return &scope.Subject{ID: "u", Attributes: checked(declared, scope.Map{"teams": names})}
	}
	for _, source := range []string{"resource.title in user.teams", "user.teams.exists(t, t == resource.title)"} {
		p, err := language.Predicate("p", source, []string{"doc"})
		require.NoError(t, err)
		require.NoError(t, sql.Prepare(p))
		for _, names := range [][]string{{"a", "b"}, {"c", "d"}, {}, {"e"}} {
			facts.User = teams(names...)
			f := types.NewFilter(scope.FilterSpec{Type: types.Type("doc"), Facts: facts, Units: schools(), Ways: []scope.Way{{Unit: leeds, Conditions: []*scope.Predicate{p}}}})
			c, err := sql.Where(f, 0)
			require.NoError(t, err)
			for _, name := range []string{"a", "b", "c", "d", "e"} {
				given := fmt.Sprintf("%v", c.Args)
				assert.Equal(t, slices.Contains(names, name), strings.Contains(given, `"`+name+`"`), "%s: %q: %s", source, names, given)
				pupil := scope.Resource{Type: "doc", ID: "d", Attributes: scope.Map{"title": name}, In: &scope.Resource{Type: "case", ID: "c", Parent: s1}}
				assert.Equal(t, slices.Contains(names, name), f.Matches(pupil), "%s: %q", source, names)
			}
			if strings.Contains(source, "exists") {
				assert.Equal(t, len(names) == 0, f.Nothing(), "%q", names)
			}
		}
	}

	// The directory of another moment, in which s2 is in the other authority.
	before, after := schools(), schools()
	moved := after.knownUnits[s2]
	moved.parent = york
	after.knownUnits[s2] = moved
	ann := teams()
	was := where("resource.signed", ann, before)
	is := where("resource.signed", ann, after)
	again := where("resource.signed", ann, before)
	assert.Contains(t, was, `["s1","s2"]`)
	assert.NotContains(t, is, "s2")
	assert.Equal(t, was, again)

	// Who has nothing in their hands, and who has what is called like nothing.
	for name, c := range map[string]struct {
		user *scope.Subject
		says string
	}{
		"no assignments":  {&scope.Subject{ID: "u"}, "FALSE"},
		"none":            {&scope.Subject{ID: "u", Assignments: refs{}}, "FALSE"},
		"a question mark": {&scope.Subject{ID: "u", Assignments: refs{scope.NewRef("doc", "?"): true, scope.NewRef("case", "?"): true}}, "OR FALSE"},
		"a school":        {&scope.Subject{ID: "u", Assignments: refs{s1: true}}, `"c"."school_id" COLLATE BINARY = ?1`},
	} {
		text := where("assigned(resource)", c.user, schools())
		assert.Contains(t, text, c.says, name)
		text = where("assigned(resource) || resource.signed && !assigned(resource)", c.user, schools())
		assert.Contains(t, text, `"d"."sig""ned"`, name)
	}
}

// A predicate that is in two ways, and among the constraints, is said in each.
func TestAPredicateIsSaidWhereverItIs(t *testing.T) {
	types, language, facts := told(t)
	var p []*scope.Predicate
	sql, err := types.NewSQL(scope.SQLite, "task", toldRows["task"], nil)
	require.NoError(t, err)
	for _, source := range []string{"resource.done", "resource.owner == user.id", "'x' in resource.watchers"} {
		one, err := language.Predicate("p", source, []string{"task"})
		require.NoError(t, err)
		require.NoError(t, sql.Prepare(one))
		p = append(p, one)
	}
	c, err := sql.Where(types.NewFilter(scope.FilterSpec{
		Type: types.Type("task"), Facts: facts, Units: schools(), Constraints: []*scope.Predicate{p[2]},
		Ways: []scope.Way{{Unit: scope.Root(), Conditions: []*scope.Predicate{p[0], p[1]}}, {Unit: scope.Root(), Conditions: []*scope.Predicate{p[0], p[2]}}},
	}), 0)
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(c.Text, `"t"."done"`), c.Text)
	assert.Equal(t, 1, strings.Count(c.Text, `"t"."owner"`), c.Text)
	assert.Equal(t, 2, strings.Count(c.Text, `"watcher"`), c.Text)
}

// A directory of the application's own can be of any Go type, also of one that
// cannot be compared: each query asks it then.
func TestAnyDirectoryListsItsUnitsForQueries(t *testing.T) {
	types := childMeasurement(t)
	sql, err := types.NewSQL(scope.SQLite, "pupil", scope.SQLRow{
		Alias: "p", ID: "id", In: map[string]scope.SQLParent{"school": {Column: "school"}}, Columns: map[string]string{"year": "year", "height": "height"},
	}, nil)
	require.NoError(t, err)
	directory := lister{twoAuthorities(), new(int), new(int)}
	for range 3 {
		c, err := sql.Where(types.NewFilter(scope.FilterSpec{Type: types.Type("pupil"), Units: directory, Ways: []scope.Way{{Unit: leeds}}}), 0)
		require.NoError(t, err)
		require.NotEmpty(t, c.Args)
	}
}
