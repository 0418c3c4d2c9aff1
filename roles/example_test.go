package roles_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// exampleDirectory returns a directory over a small policy: schools in
// authorities, and the roles reader, writer and auditor.
func exampleDirectory() *roles.Directory {
	d, err := roles.NewDirectory(newSchema(exampleT{}), &roles.Options{Clock: func() time.Time { return start }})
	if err != nil {
		panic(err)
	}
	return d
}

// exampleT fails an example.
type exampleT struct{}

func (exampleT) Helper()                   {}
func (exampleT) FailNow()                  { panic("failed") }
func (exampleT) Errorf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }

func Example() {
	directory := exampleDirectory() // over *policy.Policy
	leeds, s1 := scope.NewRef("authority", "leeds"), scope.NewRef("school", "s1")

	_, err := directory.Update("eve", func(tx *roles.Tx) error {
		tx.AddUnit(leeds, scope.Root())
		tx.AddUnit(s1, leeds)
		tx.AddUser(roles.User{ID: "ann", Unit: leeds})
		tx.Bind("ann", "writer", leeds)
		tx.Assign("ann", s1)
		return nil
	})
	fmt.Println(err)

	now := directory.Snapshot() // never changes, whatever is committed later
	fmt.Println(now.Bindings("ann"), now.Assignments("ann"))
	fmt.Println(now.Holders("reader")) // writer inherits it
	// Output:
	// <nil>
	// [ann as writer at authority:leeds] [school:s1]
	// [ann as writer at authority:leeds]
}

func ExampleDirectory_Update() {
	directory := exampleDirectory()
	leeds := scope.NewRef("authority", "leeds")

	commit, err := directory.Update("eve", func(tx *roles.Tx) error {
		tx.AddUnit(leeds, scope.Root())
		tx.AddUser(roles.User{ID: "ann"})
		return nil
	})
	fmt.Println(commit.Revision, commit.By, commit.Changes, err)

	// All that is wrong is said at once, and nothing of it is done.
	_, err = directory.Update("eve", func(tx *roles.Tx) error {
		tx.AddUser(roles.User{ID: "bob"})
		tx.Bind("bob", "riter", leeds)
		tx.Bind("ann", "reader", scope.NewRef("authority", "leds"))
		return nil
	})
	fmt.Println(err)
	fmt.Println(errors.Is(err, roles.ErrUnknown), directory.Snapshot().Users())
	// Output:
	// 1 eve [add_unit authority:leeds in root add_user ann] <nil>
	// bind bob as riter at authority:leeds: unknown role riter (did you mean "writer"?)
	// bind ann as reader at authority:leds: unknown unit authority:leds (did you mean "authority:leeds"?)
	// true [ann]
}

func ExampleDirectory_UpdateGuarded() {
	directory := exampleDirectory()
	guard := func(before, after *roles.Snapshot, changes []roles.Change, at time.Time) error {
		for _, c := range changes {
			if c.Kind == roles.UserAdded {
				return errors.New("eve may not add users")
			}
		}
		return nil
	}
	_, err := directory.UpdateGuarded("eve", guard, func(tx *roles.Tx) error {
		tx.AddUser(roles.User{ID: "ann"})
		return nil
	})
	fmt.Println(err, directory.Snapshot().Users())
	// Output: eve may not add users []
}

func ExampleDirectory_DryRun() {
	directory := exampleDirectory()
	leeds := scope.NewRef("authority", "leeds")

	commit, err := directory.DryRun("eve", func(tx *roles.Tx) error {
		tx.AddUnit(leeds, scope.Root())
		tx.SetUnitAttributes(leeds, scope.Map{"warnings": 2})
		return nil
	})
	fmt.Println("would be commit", commit.Revision, "of", len(commit.Changes), "changes:", err)

	_, err = directory.DryRun("eve", func(tx *roles.Tx) error {
		tx.RemoveUnit(leeds)
		return nil
	})
	fmt.Println("would be refused:", err)
	fmt.Println("is still at revision", directory.Snapshot().Revision())
	// Output:
	// would be commit 1 of 2 changes: <nil>
	// would be refused: remove_unit authority:leeds: unknown unit authority:leeds
	// is still at revision 0
}

func ExampleDirectory_Subscribe() {
	directory := exampleDirectory()
	cancel := directory.Subscribe(func(c roles.Commit) {
		for _, change := range c.Changes {
			fmt.Printf("%d by %s: %s\n", c.Revision, c.By, change)
		}
	})
	defer cancel()

	for _, user := range []roles.UserID{"ann", "bob"} {
		_, err := directory.Update("eve", func(tx *roles.Tx) error {
			tx.AddUser(roles.User{ID: user})
			return nil
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// 1 by eve: add_user ann
	// 2 by eve: add_user bob
}

func ExampleSnapshot_Holders() {
	directory := exampleDirectory()
	leeds, s1 := scope.NewRef("authority", "leeds"), scope.NewRef("school", "s1")
	_, err := directory.Update("eve", func(tx *roles.Tx) error {
		tx.AddUnit(leeds, scope.Root())
		tx.AddUnit(s1, leeds)
		tx.AddUser(roles.User{ID: "ann"})
		tx.AddUser(roles.User{ID: "bob"})
		tx.Bind("ann", "writer", leeds)
		tx.Bind("bob", "reader", s1)
		return nil
	})
	s := directory.Snapshot()
	fmt.Println(err, s.Seniors("reader"))
	for _, b := range s.Holders("reader") {
		fmt.Println(b)
	}
	fmt.Println("at the school itself:", s.HoldersAt("reader", s1))
	// Output:
	// <nil> [reader writer]
	// ann as writer at authority:leeds
	// bob as reader at school:s1
	// at the school itself: [bob as reader at school:s1]
}
