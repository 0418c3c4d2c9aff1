package access_test

import (
	"testing"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A policy in which every part of a decision takes part in an action.
const swift = `
policy: swift
users: {attributes: {grade: int}}
resources:
  center: {unit: true, attributes: {open: bool}}
  agency: {unit: true, in: center}
  case:   {in: center, attributes: {status: string, signed_off: bool, count: int}}
privileges:
  plain:    {on: case}
  assigned: {on: case}
  limited:  {on: case}
  graded:   {on: case}
scopes:
  all: "true"
  assigned: assigned(resource)
  graded: user.grade > 3
roles:
  clerk:
    grants:
      - {privileges: [plain, limited], scope: all}
      - {privileges: [assigned], scope: assigned}
      - {privileges: [graded], scope: graded, when: resource.center.open}
constraints:
  - {name: open, on: [limited], require: 'resource.status == "open" && !resource.signed_off'}
`

func newSwift(t testing.TB) *access.Engine {
	p := parse(t, swift)
	center := scope.NewRef("center", "c1")
	return access.New(p, newDirectory(t, p, reference.World{
		Units:       []roles.Unit{{Ref: center, Parent: scope.Root(), Attributes: scope.Map{"open": true}}},
		Users:       []roles.User{{ID: "ann", Unit: center, Attributes: scope.Map{"grade": 5}}},
		Bindings:    []roles.Binding{{User: "ann", Role: "clerk", Unit: center}},
		Assignments: []roles.Assignment{{User: "ann", Resource: scope.NewRef("case", "7")}},
	}), nil)
}
