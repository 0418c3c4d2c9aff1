// Quickstart is the first program: a policy, a directory, an engine, a question.
package main

import (
	_ "embed"
	"fmt"
	"log"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

//go:embed policy.yaml
var policyFile []byte

func main() {
	pol, err := policy.Parse("policy.yaml", policyFile, nil)
	check(err)
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
	check(err)
	engine := access.New(pol, dir, nil)
	fmt.Println(engine.Decide("ann", "pupil.edit", scope.Resource{Type: "pupil", ID: "p7", Parent: s1}))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
