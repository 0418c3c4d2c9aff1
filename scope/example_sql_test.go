package scope_test

import (
	"fmt"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// tasks is a type of resource at the root, and what conditions on it are written
// in.
func tasks() (*scope.Types, *scope.Language) {
	types, err := scope.NewTypes([]scope.TypeSpec{{Name: "task", Attributes: map[string]string{"owner": "string", "done": "bool", "watchers": "list(string)", "labels": "map(string)"}}})
	if err != nil {
		panic(err)
	}
	none, err := scope.NewAttributeTypes(nil)
	if err != nil {
		panic(err)
	}
	language, err := scope.NewLanguage(types, none, none, scope.Limits{})
	if err != nil {
		panic(err)
	}
	return types, language
}

var taskRow = scope.SQLRow{
	Alias: "t", ID: "id", Columns: map[string]string{"owner": "owner", "done": "done"},
	Lists: map[string]scope.SQLList{"watchers": {Table: "watcher", On: map[string]string{"task_id": "id"}, Value: "user_id"}},
}

func ExampleSQL_Where() {
	types, language := tasks()
	visible, err := language.Predicate("visible", "resource.owner == user.id || !resource.done && user.id in resource.watchers", []string{"task"})
	if err != nil {
		fmt.Println(err)
		return
	}
	sql, err := types.NewSQL(scope.SQLite, "task", taskRow, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := sql.Prepare(visible); err != nil {
		fmt.Println(err)
		return
	}
	filter := types.NewFilter(scope.FilterSpec{
		Type: types.Type("task"), Facts: scope.Facts{User: &scope.Subject{ID: "ann"}},
		Ways: []scope.Way{{Unit: scope.Root(), Conditions: []*scope.Predicate{visible}}},
	})
	may, err := sql.Where(filter, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(may.Text)
	fmt.Println(may.Args...)
	// Output:
	// ("t"."owner" COLLATE BINARY = ?1 OR (NOT ("t"."done") AND EXISTS (SELECT 1 FROM "watcher" AS "bailiwick_1" WHERE "bailiwick_1"."task_id" = "t"."id" AND "bailiwick_1"."user_id" COLLATE BINARY = ?1)))
	// ann
}

func ExampleSQL_Prepare() {
	types, language := tasks()
	labelled, err := language.Predicate("labelled", "has(resource.labels.urgent) || !resource.done", []string{"task"})
	if err != nil {
		fmt.Println(err)
		return
	}
	sql, err := types.NewSQL(scope.PostgreSQL, "task", taskRow, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sql.Prepare(labelled))
	// Output:
	// labelled: "has(resource.labels.urgent) || !resource.done" cannot be said in SQL: in has(resource.labels.urgent), maps are not said in SQL
}

func ExampleTypes_NewSQL() {
	types, _ := tasks()
	row := scope.SQLRow{Alias: "t", ID: "id", Columns: map[string]string{"ownr": "owner", "labels": "labels"}}
	_, err := types.NewSQL(scope.SQLite, "task", row, nil)
	fmt.Println(err)
	// Output:
	// task: the attribute "labels" is a map(string): a column has single values
	// task: there is no attribute "ownr" (did you mean "owner"?)
}
