package scope_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/scope"
)

var rewrite = flag.Bool("rewrite", false, "write what is said in SQL into testdata/sql.txt, for a human to read the difference")

// told is what the conditions of testdata/sql.txt are about: documents of cases,
// which are in a school or in an agency, schools, and tasks, which are in nothing.
func told(t testing.TB) (*scope.Types, *scope.Language, scope.Facts) {
	t.Helper()
	types, err := scope.NewTypes([]scope.TypeSpec{
		{Name: "authority", Unit: true, Attributes: map[string]string{"open": "bool", "name": "string"}},
		{Name: "school", Unit: true, In: []string{"authority"}, Attributes: map[string]string{
			"phase": "string", "pupils": "int", "public": "bool", "heads": "list(string)", "fee": "double", "town": "string", "doc": "string", "task": "string"}},
		{Name: "agency", Unit: true, In: []string{"authority"}, Attributes: map[string]string{"kind": "string"}},
		{Name: "case", In: []string{"school", "agency"}, Attributes: map[string]string{"owner": "string", "closed": "bool"}},
		{Name: "doc", In: []string{"case"}, Attributes: map[string]string{
			"title": "string", "pages": "int", "signed": "bool", "weight": "double", "hash": "bytes", "made": "timestamp", "kept": "duration",
			"tags": "list(string)", "marks": "list(int)", "scores": "list(double)", "moments": "list(timestamp)", "labels": "map(string)", "lost": "string", "big": "uint", "task": "string"}},
		{Name: "task", Attributes: map[string]string{"owner": "string", "done": "bool", "watchers": "list(string)"}},
	})
	require.NoError(t, err)
	declared := map[string]string{"dept": "string", "level": "int", "trained": "bool", "teams": "list(string)", "numbers": "list(int)",
		"share": "double", "since": "timestamp", "key": "bytes", "leave": "duration", "gone": "string", "doubles": "list(double)", "nobody": "list(string)", "flags": "list(bool)", "maps": "list(map(string))"}
	users, err := scope.NewAttributeTypes(declared)
	require.NoError(t, err)
	context, err := scope.NewAttributeTypes(map[string]string{"ip": "string"})
	require.NoError(t, err)
	l, err := scope.NewLanguage(types, users, context, scope.Limits{})
	require.NoError(t, err)
	home, err := types.Locate(scope.Resource{Type: "school", ID: "s1"}, schools())
	require.NoError(t, err)
	return types, l, scope.Facts{
		User: &scope.Subject{ID: "ann", Home: home, Assignments: refs{s2: true, scope.NewRef("doc", "d1"): true}, Attributes: checked(declared, scope.Map{
			"dept": "x\"y", "level": 3, "trained": true, "teams": []string{"a \\", "b\n"}, "maps": []map[string]string{{"a": "x"}}, "numbers": []int{1, -2}, "share": 0.5, "nobody": []string{},
			"since": time.Date(2026, 1, 2, 3, 4, 5, 6007, time.UTC), "key": []byte("k"), "leave": time.Hour, "doubles": []float64{1}, "flags": []bool{true, false},
		})},
		Now: time.Date(2026, 5, 1, 12, 0, 0, 1, time.UTC),
	}
}

// schools is a directory of two authorities; of y2 in it nothing is known.
func schools() *lister {
	authority := map[string]string{"open": "bool", "name": "string"}
	school := map[string]string{"phase": "string", "pupils": "int", "public": "bool", "heads": "list(string)", "fee": "double", "town": "string"}
	return &lister{knownUnits{
		leeds: {scope.Root(), checked(authority, scope.Map{"open": true, "name": "Leeds"})}, york: {scope.Root(), checked(authority, scope.Map{"open": false})},
		s1:                           {leeds, checked(school, scope.Map{"phase": "primary", "pupils": 200, "public": true, "heads": []string{"ann", "bob"}, "fee": 1.5})},
		s2:                           {leeds, checked(school, scope.Map{"phase": "infant", "pupils": 100, "public": false, "heads": []string{}})},
		y1:                           {york, checked(school, scope.Map{"phase": "primary", "heads": []string{"cat"}})},
		scope.NewRef("school", "y2"): {york, nil},
		scope.NewRef("agency", "a1"): {leeds, checked(map[string]string{"kind": "string"}, scope.Map{"kind": "police"})},
		scope.NewRef("agency", "a2"): {york, nil},
	}, new(int), new(int)}
}

var (
	caseRow = &scope.SQLRow{Alias: "c", ID: "no", Columns: map[string]string{"owner": "owner", "closed": "is_closed"}, In: map[string]scope.SQLParent{
		"school": {Column: "school_id"}, "agency": {Column: "agency_id", Known: true}}}
	toldRows = map[string]scope.SQLRow{
		"doc": {Alias: "d", ID: "id", In: map[string]scope.SQLParent{"case": {Row: caseRow}}, Columns: map[string]string{
			"title": "title", "pages": "pages", "signed": "sig\"ned", "weight": "weight", "hash": "hash", "made": "made", "kept": "kept", "task": "task"},
			Lists: map[string]scope.SQLList{
				"tags":    {Table: "tag", On: map[string]string{"doc": "id", "case": "case_no"}, Value: "tag"},
				"marks":   {Schema: "other", Table: "mark", On: map[string]string{"doc": "id"}, Value: "mark"},
				"scores":  {Table: "score", On: map[string]string{"doc": "id"}, Value: "score"},
				"moments": {Table: "moment", On: map[string]string{"doc": "id"}, Value: "moment"},
			}},
		"school": {Alias: "s", ID: "id", Columns: map[string]string{"town": "town", "task": "task"}},
		"task": {Alias: "t", ID: "id", Columns: map[string]string{"owner": "owner", "done": "done"},
			Lists: map[string]scope.SQLList{"watchers": {Table: "watcher", On: map[string]string{"task": "id"}, Value: "user"}}},
	}
)

// What conditions say in SQL is in testdata/sql.txt, with the values of their
// parameters, so that no text changes unnoticed. That a text is right, the tests
// of internal/sqldiff hold, on databases: whoever changes one runs them.
func TestConditionsInSQL(t *testing.T) {
	const name = "testdata/sql.txt"
	file, err := os.ReadFile(name)
	require.NoError(t, err)
	types, language, facts := told(t)
	var out strings.Builder
	asked := 0
	for line := range strings.Lines(string(file)) {
		heading, isQuestion := strings.CutPrefix(line, "== ")
		switch {
		case strings.HasPrefix(line, "#") || line == "\n":
			out.WriteString(line)
		case isQuestion:
			asked++
			out.WriteString(line)
			typ, rest, ok := strings.Cut(strings.TrimSpace(heading), " ")
			require.True(t, ok, line)
			typ, isBob := strings.CutPrefix(typ, "bob:")
			facts := facts
			if isBob {
				facts.User = &scope.Subject{ID: "bob", Assignments: refs{s2: true, scope.NewRef("planet", "x"): true, scope.NewRef("task", "y"): true}}
			}
			in, source, ok := strings.Cut(rest, " ")
			require.True(t, ok, line)
			var unit []scope.Ref
			for each := range strings.SplitSeq(in, ",") {
				ref, err := scope.ParseRef(each)
				require.NoError(t, err, line)
				unit = append(unit, ref)
			}
			for _, dialect := range []scope.SQLDialect{scope.SQLite, scope.PostgreSQL} {
				said(t, &out, dialect, types, language, facts, typ, unit, strings.Split(source, " ;; "))
			}
		}
	}
	require.Greater(t, asked, 100)
	if *rewrite {
		require.NoError(t, os.WriteFile(name, []byte(out.String()), 0o600))
		return
	}
	was, is := strings.Split(string(file), "\n"), strings.Split(out.String(), "\n")
	for i := range is {
		require.Less(t, i, len(was))
		require.Equal(t, was[i], is[i], "%s:%d", name, i+1)
	}
}

// said writes what a Filter is in SQL that has one way into each unit, on the
// conditions in the first source, the last of them for all further units, and the
// other sources as constraints.
func said(t *testing.T, out *strings.Builder, dialect scope.SQLDialect, types *scope.Types, language *scope.Language, facts scope.Facts, typ string, units []scope.Ref, sources []string) {
	ways := strings.Split(sources[0], " ++ ")
	var all []*scope.Predicate
	for i, source := range append(ways, sources[1:]...) {
		p, err := language.Predicate(fmt.Sprint("p", i), source, []string{typ})
		require.NoError(t, err, source)
		all = append(all, p)
	}
	spec := scope.FilterSpec{Type: types.Type(typ), Facts: facts, Units: schools(), Constraints: all[len(ways):]}
	for i, unit := range units {
		own := min(i, len(ways)-1)
		spec.Ways = append(spec.Ways, scope.Way{Unit: unit, Conditions: all[own : own+1]})
	}
	filter := types.NewFilter(spec)
	for _, options := range []*scope.SQLOptions{nil, {Split: true}} {
		sql, err := types.NewSQL(dialect, typ, toldRows[typ], options)
		require.NoError(t, err)
		for _, p := range all {
			if err = sql.Prepare(p); err != nil {
				break
			}
		}
		if err != nil {
			fmt.Fprintf(out, "%s refuses: %v\n", dialect, err)
			continue
		}
		c, err := sql.Where(filter, 2)
		if err != nil {
			fmt.Fprintf(out, "%s fails: %v\n", dialect, err)
			return
		}
		exactly := "="
		if !c.Exact {
			exactly = "~"
		}
		fmt.Fprintf(out, "%s %s %s\n", dialect, exactly, c.Text)
		if len(c.Args) > 0 {
			fmt.Fprintf(out, "    %#v\n", c.Args)
		}
		return
	}
}
