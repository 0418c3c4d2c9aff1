package access_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"text/template"
	"time"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// The policy of the examples: pupils are edited by who has a role for that and
// the pupil's school, until the authority has signed off.
const examplePolicy = `
policy: measurements
context: {urgent: bool}
resources:
  authority: {unit: true, attributes: {signed_off: bool}}
  school:    {unit: true, in: authority}
  pupil:     {in: school}
privileges:
  school.view: {on: school}
  school.add:  {on: authority}
  pupil.view:  {on: pupil}
  pupil.edit:  {on: pupil}
scopes:
  everywhere: "true"
  assigned:   assigned(resource)
roles:
  collector:
    grants:
      - {privileges: [school.view, pupil.view, pupil.edit], scope: assigned}
  setup:
    grants:
      - {privileges: [school.add], scope: everywhere}
  visitor:
    grants:
      - {privileges: [school.view], scope: everywhere}
constraints:
  - name: submission is open
    on: [pupil.edit]
    require: "!has(resource.authority.signed_off) || !resource.authority.signed_off || has(context.urgent)"
    message: The year is signed off.
views:
  roll:
    on: pupil
    show: school.view # who sees a school sees how many pupils it has, and their years
    fields:
      year:
      name:   {show: pupil.view, otherwise: restricted}
      height: {show: pupil.view}
administration:
  changes: {add_unit.school: school.add}
`

var pupil7 = scope.Resource{Type: "pupil", ID: "p7", Parent: scope.NewRef("school", "s1")}

// exampleEngine is an engine over Leeds, which has two schools: ann collects in
// s1, lou may add schools, vic visits, and York has signed off.
func exampleEngine() *access.Engine {
	pol, err := policy.Parse("measurements.yaml", []byte(examplePolicy), nil)
	if err != nil {
		panic(err)
	}
	dir, err := roles.NewDirectory(pol, nil)
	if err != nil {
		panic(err)
	}
	_, err = dir.Update("setup", func(tx *roles.Tx) error {
		leeds, york := scope.NewRef("authority", "leeds"), scope.NewRef("authority", "york")
		tx.AddUnit(leeds, scope.Root())
		tx.AddUnit(york, scope.Root())
		tx.SetUnitAttributes(york, scope.Map{"signed_off": true})
		tx.AddUnit(scope.NewRef("school", "s1"), leeds)
		tx.AddUnit(scope.NewRef("school", "s2"), leeds)
		tx.AddUnit(scope.NewRef("school", "y1"), york)
		for _, id := range []roles.UserID{"ann", "lou", "vic"} {
			tx.AddUser(roles.User{ID: id, Unit: leeds})
		}
		tx.Bind("ann", "collector", leeds)
		tx.Bind("ann", "collector", york)
		tx.Bind("lou", "setup", leeds)
		tx.Bind("vic", "visitor", leeds)
		tx.Assign("ann", scope.NewRef("school", "s1"))
		tx.Assign("ann", scope.NewRef("school", "y1"))
		return nil
	})
	if err != nil {
		panic(err)
	}
	return access.New(pol, dir, nil)
}

func Example() {
	engine := exampleEngine()
	d := engine.Decide("ann", "pupil.edit", pupil7)
	if !d.Allowed() {
		fmt.Println("refused")
	}
	fmt.Println(d)
	// Output:
	// allow: role collector (authority:leeds) grants pupil.edit in scope assigned, school:s1 is assigned to ann
}

func ExampleNew() {
	pol, err := policy.Parse("measurements.yaml", []byte(examplePolicy), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	// Without a directory: every question brings its user and all units.
	engine := access.New(pol, nil, &access.Options{Clock: time.Now})
	fmt.Println(engine.Policy().Name())
	fmt.Println(engine.Decide("ann", "pupil.edit", pupil7))
	// Output:
	// measurements
	// deny: nothing says which authority school:s1 is in
}

func ExampleEngine_Decide() {
	engine := exampleEngine()
	fmt.Println(engine.Decide("ann", "pupil.edit", pupil7).Allowed())
	elsewhere := scope.Resource{Type: "pupil", ID: "p8", Parent: scope.NewRef("school", "s2")}
	fmt.Println(engine.Decide("ann", "pupil.edit", elsewhere).Allowed())
	// Output:
	// true
	// false
}

func ExampleEngine_For() {
	engine := exampleEngine()
	signedOff := scope.Resource{Type: "pupil", ID: "p9", Parent: scope.NewRef("school", "y1")}
	// One session for one request, with the facts of that request.
	session := engine.For("ann", scope.Map{"urgent": true})
	fmt.Println(session.Decide("pupil.view", signedOff).Allowed())
	fmt.Println(session.Decide("pupil.edit", signedOff).Allowed())
	fmt.Println(engine.For("ann", nil).Decide("pupil.edit", signedOff).Allowed())
	// Output:
	// true
	// true
	// false
}

func ExampleEngine_ForPrincipal() {
	engine := exampleEngine()
	// The user comes from a token; the directory does not know them.
	tess := roles.Principal{
		User:        roles.User{ID: "tess"},
		Bindings:    []roles.Binding{{Role: "collector", Unit: scope.NewRef("authority", "leeds")}},
		Assignments: []scope.Ref{scope.NewRef("school", "s1")},
	}
	fmt.Println(engine.ForPrincipal(tess, nil).Decide("pupil.edit", pupil7))
	tess.Bindings[0].Role = "colector"
	fmt.Println(engine.ForPrincipal(tess, nil).Decide("pupil.edit", pupil7))
	// Output:
	// allow: role collector (authority:leeds) grants pupil.edit in scope assigned, school:s1 is assigned to tess
	// deny: user "tess": unknown role "colector" (did you mean "collector"?)
}

func ExampleSession_Decide() {
	session := exampleEngine().For("ann", nil)
	for _, id := range []string{"s1", "s2", "s3"} {
		fmt.Println(session.Decide("school.view", scope.Resource{Type: "school", ID: id}))
	}
	// Output:
	// allow: role collector (authority:leeds) grants school.view in scope assigned, school:s1 is assigned to ann
	// deny: role collector (authority:leeds) grants school.view in scope assigned; school:s2 is not assigned to ann
	// deny: the directory knows no school:s3
}

func ExampleEngine_Capabilities() {
	engine := exampleEngine()
	// The page of an authority: which buttons are there, and which are grey?
	for d := range engine.Capabilities("ann", scope.Resource{Type: "authority", ID: "leeds"}) {
		fmt.Printf("%-12s %s\n", d.Action(), d.Answer())
	}
	// Output:
	// school.view  depends
	// school.add   denied
	// pupil.view   depends
	// pupil.edit   depends
}

func ExampleSession_Capabilities() {
	session := exampleEngine().For("ann", nil)
	// The page of a school, before a pupil is chosen: it does not matter which.
	for d := range session.Capabilities(scope.Resource{Type: "pupil", Parent: scope.NewRef("school", "s1")}) {
		fmt.Printf("%-12s %s\n", d.Action(), d.Answer())
	}
	// Output:
	// pupil.view   allowed
	// pupil.edit   allowed
}

func ExampleSession_DecideOn() {
	engine := exampleEngine()
	// Once for all, when the program starts:
	edit, _ := engine.Policy().Catalog().Right("pupil.edit")
	// Once for a request: who asks, and about what.
	session := engine.For("ann", nil)
	pupil, err := session.Target(scope.Resource{Type: "pupil", ID: "p1", Parent: scope.NewRef("school", "s1")})
	if err != nil {
		panic(err)
	}
	fmt.Println(session.DecideOn(edit, pupil))

	_, err = session.Target(scope.Resource{Type: "pupil", ID: "p1", Parent: scope.NewRef("school", "s9")})
	fmt.Println(err)
	// Output:
	// allow: role collector (authority:leeds) grants pupil.edit in scope assigned, school:s1 is assigned to ann
	// the directory knows no school:s9
}

func ExampleEngine_WhoCan() {
	engine := exampleEngine()
	who, err := engine.WhoCan("pupil.edit", pupil7, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range who {
		fmt.Println(d.User(), "by", d.Evidence().Role)
	}
	_, err = engine.WhoCan("pupil.edit", scope.Resource{Type: "pupil", ID: "p7"}, nil)
	fmt.Println(err)
	// Output:
	// ann by collector
	// malformed_resource: nothing says which school pupil:p7 is in
}

func ExampleSession_Units() {
	session := exampleEngine().For("ann", nil)
	schools, err := session.Units("school.view")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(schools)
	// Output:
	// [s1 y1]
}

func ExampleSession_View() {
	engine := exampleEngine()
	for _, user := range []roles.UserID{"ann", "vic", "lou"} {
		view := engine.For(user, nil).View("roll", pupil7)
		fmt.Println(user, "sees something:", view.Shown())
		for field := range view.Fields() {
			fmt.Printf("  %-6s %-10s %s\n", field.Name(), field.Visibility(), field.Decision().Reason())
		}
	}
	fmt.Println(engine.For("ann", nil).View("rol", pupil7).Err())
	// Output:
	// ann sees something: true
	//   year   visible    granted
	//   name   visible    granted
	//   height visible    granted
	// vic sees something: true
	//   year   visible    granted
	//   name   restricted no_grant
	//   height hidden     no_grant
	// lou sees something: false
	//   year   hidden     no_grant
	//   name   hidden     no_grant
	//   height hidden     no_grant
	// unknown view "rol" (did you mean "roll"?)
}

func ExampleView_Map() {
	engine := exampleEngine()
	row := map[string]any{"year": 6, "name": "Kim Lee", "height": 1.38, "notes": "of no view"}
	for _, user := range []roles.UserID{"ann", "vic", "lou"} {
		fmt.Println(user, engine.For(user, nil).View("roll", pupil7).Map(row))
	}
	// Output:
	// ann map[height:1.38 name:Kim Lee year:6]
	// vic map[name:**Restricted** year:6]
	// lou map[]
}

func ExampleRedactor_Redact() {
	type pupil struct {
		Year   int     `view:"year"`
		Name   string  `view:"name"`
		Height float64 `view:"height"`
		Notes  string  // of no view
	}
	engine := exampleEngine()
	pupils, err := access.RedactorOf[pupil](engine.Policy(), "pupil") // once, when the program starts
	if err != nil {
		fmt.Println(err)
		return
	}
	kim := pupil{Year: 6, Name: "Kim Lee", Height: 1.38, Notes: "moved in May"}
	for _, user := range []roles.UserID{"ann", "vic", "lou"} {
		view := engine.For(user, nil).View("roll", pupil7)
		fmt.Printf("%s %+v\n", user, pupils.Redact(view, &kim))
	}
	// Output:
	// ann {Year:6 Name:Kim Lee Height:1.38 Notes:}
	// vic {Year:6 Name:**Restricted** Height:0 Notes:}
	// lou {Year:0 Name: Height:0 Notes:}
}

func ExampleRedactorOf() {
	type pupil struct {
		Name string `view:"nmae"`
	}
	_, err := access.RedactorOf[pupil](exampleEngine().Policy(), "pupil")
	fmt.Println(err)
	// Output:
	// access_test.pupil.Name: no view on pupil has a field "nmae" (did you mean "name"?)
}

func ExampleView_Field() {
	view := exampleEngine().For("vic", nil).View("roll", pupil7)
	page := template.Must(template.New("").Parse(
		`{{if (.Field "height").Visible}}a column of heights{{else}}no heights{{end}}, names: {{(.Field "name").Visibility}}`))
	if err := page.Execute(os.Stdout, view); err != nil {
		fmt.Println(err)
	}
	// Output:
	// no heights, names: restricted
}

func ExampleAdmin_Update() {
	engine := exampleEngine()
	add := func(tx *roles.Tx) error {
		tx.AddUnit(scope.NewRef("school", "s3"), scope.NewRef("authority", "leeds"))
		return nil
	}
	_, err := engine.Admin("ann", nil).Update(add)
	var forbidden *access.Forbidden
	fmt.Println(errors.As(err, &forbidden), "-", err)

	commit, err := engine.Admin("lou", nil).Update(add)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(commit.By, "did", commit.Changes[0])
	// Output:
	// true - ann may not add_unit school:s3 in authority:leeds: school.add: no role of ann grants school.add
	// lou did add_unit school:s3 in authority:leeds
}

func ExampleAdmin_DryRun() {
	engine := exampleEngine()
	lou := engine.Admin("lou", nil)
	commit, err := lou.DryRun(func(tx *roles.Tx) error {
		tx.AddUnit(scope.NewRef("school", "s3"), scope.NewRef("authority", "leeds"))
		return nil
	})
	fmt.Println(commit.Changes, err)
	fmt.Println(engine.Decide("lou", "school.view", scope.Resource{Type: "school", ID: "s3"}))
	// Output:
	// [add_unit school:s3 in authority:leeds] <nil>
	// deny: the directory knows no school:s3
}

func ExampleDecision_String() {
	engine := exampleEngine()
	fmt.Println(engine.Decide("ann", "pupil.edit", pupil7))
	fmt.Println(engine.Decide("lou", "pupil.edit", pupil7))
	fmt.Println(engine.Decide("ann", "pupil.edit", scope.Resource{Type: "pupil", ID: "p9", Parent: scope.NewRef("school", "y1")}).Why())
	// Output:
	// allow: role collector (authority:leeds) grants pupil.edit in scope assigned, school:s1 is assigned to ann
	// deny: no role of lou grants pupil.edit
	// role collector (authority:york) grants pupil.edit in scope assigned; constraint "submission is open" is not met: !has(resource.authority.signed_off) || !resource.authority.signed_off || has(context.urgent)
}

func ExampleDecision_Message() {
	engine := exampleEngine()
	// What the user is told says nothing of roles, schools and other people.
	fmt.Println(engine.Decide("lou", "pupil.edit", pupil7).Message())
	fmt.Println(engine.Decide("nobody", "pupil.edit", pupil7).Message())
	fmt.Println(engine.Decide("ann", "pupil.edit", scope.Resource{Type: "pupil", ID: "p9", Parent: scope.NewRef("school", "y1")}).Message())
	fmt.Println(engine.Decide("ann", "pupil.edit", pupil7).Message())
	// Output:
	// You do not have access to this.
	// You do not have access to this.
	// The year is signed off.
	// You may do this.
}

func ExampleDecision_Evidence() {
	e := exampleEngine().Decide("ann", "pupil.edit", pupil7).Evidence()
	fmt.Println("binding: ", e.Binding)
	fmt.Println("role:    ", e.Role)
	fmt.Println("granted: ", e.Granted)
	fmt.Println("scope:   ", e.Scope)
	// Output:
	// binding:  ann as collector at authority:leeds
	// role:     collector
	// granted:  pupil.edit
	// scope:    assigned
}

func ExampleDecision_Reason() {
	engine := exampleEngine()
	for _, user := range []roles.UserID{"ann", "lou", "nobody"} {
		fmt.Println(user, engine.Decide(user, "pupil.view", pupil7).Reason())
	}
	// Output:
	// ann granted
	// lou no_grant
	// nobody unknown_user
}

func ExampleDecision_Err() {
	engine := exampleEngine()
	// A no is an answer; a question that cannot be answered is an error.
	fmt.Println(engine.Decide("lou", "pupil.edit", pupil7).Err())
	fmt.Println(engine.Decide("lou", "pupil.edti", pupil7).Err())
	// Output:
	// <nil>
	// unknown_action: unknown privilege "pupil.edti" (did you mean "pupil.edit"?)
}

func ExampleDecision_Answer() {
	for d := range exampleEngine().Capabilities("ann", scope.Resource{Type: "school", ID: "s2"}) {
		fmt.Println(d.Action(), d.Answer())
	}
	// Output:
	// school.view denied
	// pupil.view denied
	// pupil.edit denied
}

func ExampleEngine_Preview() {
	engine := exampleEngine()
	preview := engine.Preview(func(tx *roles.Tx) error {
		tx.Bind("lou", "collector", scope.NewRef("authority", "leeds"))
		tx.Assign("ann", scope.NewRef("school", "s2"))
		return nil
	})
	fmt.Println(preview.Refusal)
	for _, effect := range preview.Effects {
		fmt.Println(effect)
	}
	// Output:
	// <nil>
	// role collector gives pupil.edit (assigned), pupil.view (assigned), school.view (assigned): ann (school:s2), lou (authority:leeds)
}

func ExampleAdmin_Preview() {
	preview := exampleEngine().Admin("ann", nil).Preview(func(tx *roles.Tx) error {
		tx.Bind("ann", "setup", scope.NewRef("authority", "leeds"))
		return nil
	})
	fmt.Println(preview.Refusal)
	fmt.Println(preview.Effects)
	// Output:
	// ann may not bind ann as setup at authority:leeds: the policy's administration section does not say what this takes
	// [role setup gives school.add (everywhere): ann (authority:leeds)]
}

func ExampleSession_Holdings() {
	for _, holding := range exampleEngine().For("lou", nil).Holdings() {
		fmt.Println(holding)
	}
	// Output: school.add (everywhere) in authority:leeds by role setup
}

func ExampleSession_GivenOnlyBy() {
	for _, holding := range exampleEngine().For("ann", nil).GivenOnlyBy("collector") {
		fmt.Println(holding.Entitlement, holding.Binding.Unit)
	}
	// Output:
	// pupil.edit (assigned) authority:leeds
	// pupil.view (assigned) authority:leeds
	// school.view (assigned) authority:leeds
	// pupil.edit (assigned) authority:york
	// pupil.view (assigned) authority:york
	// school.view (assigned) authority:york
}

func ExampleEngine_Filter() {
	filter, err := exampleEngine().Filter("ann", "pupil.view")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(filter)
	fmt.Println(filter.Matches(pupil7))
	fmt.Println(filter.Matches(scope.Resource{Type: "pupil", ID: "p8", Parent: scope.NewRef("school", "s2")}))
	// Output:
	// every pupil for which resource.authority.id in ["leeds", "york"] && assigned(resource)
	// true
	// false
}

func ExampleSession_Filter() {
	engine := exampleEngine()
	type pupil struct {
		ID     string `bailiwick:",id"`
		School string `bailiwick:",parent=school"`
	}
	of, err := scope.StructOf[pupil](engine.Policy().Types(), "pupil")
	if err != nil {
		fmt.Println(err)
		return
	}
	pupils := []*pupil{{"p1", "s1"}, {"p2", "s2"}, {"p3", "s1"}}
	filter, err := engine.For("ann", scope.Map{"urgent": true}).Filter("pupil.edit")
	if err != nil {
		fmt.Println(err)
		return
	}
	for p := range scope.Select(filter, of, slices.Values(pupils)) {
		fmt.Println(p.ID)
	}
	// Output:
	// p1
	// p3
}
