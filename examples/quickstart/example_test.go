package main

import (
	"errors"
	"fmt"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// The first program: a policy, a directory, an engine, a question.
func Example() {
	pol, err := policy.Parse("policy.yaml", policyFile, nil)
	check(err) // every fault of the file, with line and column
	dir, err := roles.NewDirectory(pol, nil)
	check(err)

	leeds, s1 := scope.NewRef("authority", "leeds"), scope.NewRef("school", "s1")
	_, err = dir.Update("setup", func(tx *roles.Tx) error {
		tx.AddUnit(leeds, scope.Root())
		tx.AddUnit(s1, leeds)
		tx.AddUser(roles.User{ID: "ann"})
		tx.Bind("ann", "super_user", leeds)
		tx.Bind("ann", "collector", leeds)
		tx.Assign("ann", s1)
		return nil
	})
	check(err) // refused as a whole if an invariant breaks

	engine := access.New(pol, dir, nil)
	d := engine.Decide("ann", "pupil.edit", scope.Resource{Type: "pupil", ID: "p7", Parent: s1})
	fmt.Println(d.Allowed())
	fmt.Println(d)           // for administrators
	fmt.Println(d.Message()) // for the user
	// Output:
	// true
	// allow: role collector (authority:leeds) grants pupil.edit in scope assigned, school:s1 is assigned to ann
	// You may do this.
}

// The runnable program is the same in a few lines less.
func Example_main() {
	main()
	// Output:
	// allow: role collector (authority:leeds) grants pupil.edit in scope assigned, school:s1 is assigned to ann
}

// A change that would break an invariant is refused, whoever makes it.
func Example_refused() {
	dir := directory()
	_, err := dir.Update("setup", func(tx *roles.Tx) error {
		tx.RemoveUser("ann")
		return nil
	})
	fmt.Println(err)
	var broken *roles.Violation
	fmt.Println(errors.As(err, &broken) && broken.Invariant == "at least one super user")
	// Output:
	// authority leeds: "at least one super user" does not hold: nobody holds super_user
	// true
}

// A Pupil is the application's own type: its tags say what the policy sees.
type Pupil struct {
	ID     string `bailiwick:",id"`
	School string `bailiwick:",parent=school"`
	Year   int    `bailiwick:"year"`
	Notes  string // no tag: the policy does not see it
}

// A resource is the application's own struct: nothing is copied by hand.
func Example_struct() {
	engine := access.New(loaded(), directory(), nil)
	pupils, err := scope.StructOf[Pupil](engine.Policy().Types(), "pupil")
	check(err) // tags that do not fit the policy
	for _, pupil := range []Pupil{{ID: "p7", School: "s1", Year: 6}, {ID: "p8", School: "s2"}} {
		d := engine.Decide("ann", "pupil.edit", pupils.Resource(&pupil))
		fmt.Println(d.Allowed(), d.Message())
	}
	// Output:
	// true You may do this.
	// false You do not have access to this.
}

// A user whom the directory does not know comes with the question: from a
// token, or from the application's own tables.
func Example_principal() {
	engine := access.New(loaded(), directory(), nil)
	bob := roles.Principal{
		User:        roles.User{ID: "bob"},
		Bindings:    []roles.Binding{{Role: "collector", Unit: scope.NewRef("authority", "leeds")}},
		Assignments: []scope.Ref{scope.NewRef("school", "s2")},
	}
	session := engine.ForPrincipal(bob, nil)
	for _, school := range []string{"s1", "s2"} {
		fmt.Println(session.Decide("pupil.view", scope.Resource{Type: "pupil", ID: "p7", Parent: scope.NewRef("school", school)}))
	}
	// Output:
	// deny: role collector (authority:leeds) grants pupil.view in scope assigned; school:s1 is not assigned to bob
	// allow: role collector (authority:leeds) grants pupil.view in scope assigned, school:s2 is assigned to bob
}

func loaded() *policy.Policy {
	pol, err := policy.Parse("policy.yaml", policyFile, nil)
	check(err)
	return pol
}

// directory is that of Example, with a second school.
func directory() *roles.Directory {
	dir, err := roles.NewDirectory(loaded(), nil)
	check(err)
	leeds, s1 := scope.NewRef("authority", "leeds"), scope.NewRef("school", "s1")
	_, err = dir.Update("setup", func(tx *roles.Tx) error {
		tx.AddUnit(leeds, scope.Root())
		tx.AddUnit(s1, leeds)
		tx.AddUnit(scope.NewRef("school", "s2"), leeds)
		tx.AddUser(roles.User{ID: "ann"})
		tx.Bind("ann", "super_user", leeds)
		tx.Bind("ann", "collector", leeds)
		tx.Assign("ann", s1)
		return nil
	})
	check(err)
	return dir
}
