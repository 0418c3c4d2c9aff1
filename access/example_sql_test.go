package access_test

import (
	"fmt"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// pupilRow says where a query has pupils: in the table that it calls p, each
// with the id of its school.
var pupilRow = scope.SQLRow{Alias: "p", ID: "id", In: map[string]scope.SQLParent{"school": {Column: "school_id"}}}

func ExampleEngine_PrepareSQL() {
	engine := exampleEngine()
	pupils, err := engine.PrepareSQL(scope.PostgreSQL, "pupil", pupilRow, nil) // once, when the program starts
	if err != nil {
		fmt.Println(err)
		return
	}
	filter, err := engine.Filter("ann", "pupil.edit") // for each request
	if err != nil {
		fmt.Println(err)
		return
	}
	may, err := pupils.Where(filter, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("SELECT p.name FROM pupil p WHERE p.year = $1 AND " + may.Text + " ORDER BY p.name, p.id")
	fmt.Println(append([]any{"2025/26"}, may.Args...)...)
	// Output:
	// SELECT p.name FROM pupil p WHERE p.year = $1 AND "p"."school_id" = $2::text ORDER BY p.name, p.id
	// 2025/26 s1
}
