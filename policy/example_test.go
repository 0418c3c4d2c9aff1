package policy_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

const library = `
policy: library
resources:
  branch: {unit: true}
  book:   {in: branch, attributes: {reserved: bool}}
privileges:
  book.lend: {on: book}
scopes:
  here: assigned(resource)
roles:
  clerk: {grants: [{privileges: book.lend, scope: here}]}
constraints:
  - {name: not reserved, on: [book.lend], require: "!resource.reserved"}
invariants:
  - {name: somebody is there, for: branch, require: size(holders("clerk")) >= 1}
`

func ExampleParse() {
	p, err := policy.Parse("library.yaml", []byte(library), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Name(), p.Catalog().Actions())
	// Output: library [book.lend]
}

func ExampleParse_faults() {
	_, err := policy.Parse("library.yaml", []byte(`
policy: library
resources:
  branch: {unit: true}
  book:   {in: branhc, attributes: {reserved: bool}}
privileges:
  book.lend: {on: book}
scopes:
  free: "!resource.resrved"
roles:
  clerk: {grants: [{privileges: book.lnd, scope: free}]}
`), nil)
	fmt.Println(err)
	// Output:
	// library.yaml:5:16: resources.book.in[0]: unknown resource type "branhc" (did you mean "branch"?)
	// library.yaml:9:20: scopes.free: book has no attribute "resrved" (did you mean "reserved"?)
	// library.yaml:11:33: roles.clerk.grants[0].privileges[0]: unknown privilege "book.lnd" (did you mean "book.lend"?)
}

func ExampleCompile() {
	p, err := policy.Compile(policy.Document{
		Policy:     "library",
		Resources:  []policy.Resource{{Name: "branch", Unit: true}, {Name: "book", In: []string{"branch"}}},
		Privileges: []policy.Privilege{{Name: "book.lend", On: "book"}},
		Scopes:     []policy.Scope{{Name: "here", When: "assigned(resource)"}},
		Roles: []policy.Role{{Name: "clerk", Grants: []policy.Grant{
			{Privileges: []roles.Action{"book.lend"}, Scope: "here"},
		}}},
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	os.Stdout.Write(p.Document().YAML())
	// Output:
	// policy: library
	// resources:
	//   branch: {unit: true}
	//   book: {in: branch}
	// privileges:
	//   book.lend: {on: book}
	// scopes:
	//   here: assigned(resource)
	// roles:
	//   clerk: {grants: [{privileges: [book.lend], scope: here}]}
}

// A directory that serves the policy keeps its invariants.
func ExamplePolicy_Validate() {
	p, _ := policy.Parse("library.yaml", []byte(library), nil)
	directory, _ := roles.NewDirectory(p, nil)
	_, err := directory.Update("setup", func(tx *roles.Tx) error {
		tx.AddUnit(scope.NewRef("branch", "main"), scope.Root())
		return nil
	})
	fmt.Println(err)
	// Output: branch main: "somebody is there" does not hold: nobody holds clerk
}

func ExamplePolicy_Permissions() {
	p, _ := policy.Parse("library.yaml", []byte(library), nil)
	for _, role := range p.Roles() {
		for _, permission := range p.Permissions(role) {
			fmt.Println(role.ID, permission.Right.Action(), permission.Scope.Source())
		}
	}
	// Output: clerk book.lend assigned(resource)
}

func ExamplePolicy_Constraints() {
	p, _ := policy.Parse("library.yaml", []byte(library), nil)
	for _, check := range p.Constraints("book.lend") {
		fmt.Println(check.Name, check.Require.Source())
	}
	// Output: not reserved !resource.reserved
}

// The document that the package's comment shows is a policy.
func TestTheDocumentOfThePackageCommentIsAPolicy(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	for _, name := range []string{"library", "clinic"} {
		_, rest, found := strings.Cut(string(text), "//\tpolicy: "+name+"\n")
		require.True(t, found)
		source := "policy: " + name + "\n"
		for line := range strings.Lines(rest) {
			line, inside := strings.CutPrefix(line, "//\t")
			if !inside {
				break
			}
			source += line
		}
		_, err := policy.Parse(name+".yaml", []byte(source), nil)
		assert.NoError(t, err)
	}
}
