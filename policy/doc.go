// Package policy is what is written down: it reads, checks and compiles the
// document in which an application's developer says which resources there are,
// which privileges, how far they can reach, which fixed roles hold them, which
// constraints beat every grant, and which invariants the directory must keep.
//
//	policy: library
//	resources:
//	  branch: {unit: true}
//	  book:   {in: branch, attributes: {reserved: bool}}
//	privileges:
//	  book.lend: {on: book}
//	scopes:
//	  here: assigned(resource)
//	roles:
//	  clerk: {grants: [{privileges: book.lend, scope: here}]}
//	constraints:
//	  - {name: not reserved, on: [book.lend], require: "!resource.reserved"}
//	invariants:
//	  - {name: somebody is there, for: branch, require: size(holders("clerk")) >= 1}
//
// Parse reads such a file, Compile makes the same of Go values. Both report
// every fault in one pass, each at its place and with what would have been
// right. What passes is a Policy: immutable, and the roles.Schema of the
// directories that serve it.
//
// # Conditions
//
// Scopes, constraints and the when of grants are CEL over
//
//	user       id, unit, each unit above that by its type's name, declared attributes
//	resource   id, type, each ancestor by its type's name, declared attributes
//	context    the declared facts of the request
//	now        the instant of the question
//	assigned(resource)       the resource, or one that it is in, is assigned to the user
//	within(resource, unit)   the resource is the unit, or in it
//
// Reading an attribute that is absent is an error, also under != and !, and a
// condition with an error does not hold; has(resource.x) asks whether it is
// there.
//
// Invariants are CEL over the one for which they must hold, unit, user or role:
//
//	for a type of unit
//	  holders("role")         the active users who hold the role in the unit
//	  holds(user, "role")     whether a user does
//	  members()               the active users who belong to the unit or below it
//	  units("type")           the units of a type in the unit
//	  assigned(user, unit)    whether a unit is assigned to a user
//	for user
//	  holds("role")           whether the user holds the role anywhere
//	  bindings()              the user's bindings: their role and unit
//	  assignments()           the units assigned to the user
//	  assigned(unit)
//	for role
//	  level("privilege")      the greatest level held, 0 for none
//
// A user holds a role by a binding that is in force, of the role or of one that
// inherits it. Invariants hold at every instant from a change on: a binding that
// is to end counts as ended from then on.
//
// What the package does not do: decide. Package access does.
package policy
