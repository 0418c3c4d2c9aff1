// Package policy is what is written down: it reads, checks and compiles the
// document in which an application's developer says which resources there are,
// which privileges, how far they can reach, which fixed roles hold them, which
// constraints beat every grant, which invariants the directory must keep, and
// what a person sees of a record.
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
// A privilege can have levels, each including those before it; medical.view is
// then the action of one at its level view. Everything that a document can say:
//
//	policy: clinic
//	users: {attributes: {grade: int}}          # bool int uint double string bytes timestamp
//	context: {ip: string}                      # duration list(T) map(T)
//	resources:
//	  clinic:  {unit: true}                    # the directory knows the clinics
//	  ward:    {unit: true, in: clinic}
//	  patient: {in: [ward, clinic], attributes: {consent: bool}}
//	  account: {in: clinic}                    # as which users are asked about
//	privileges:
//	  medical: {on: patient, levels: [view, update], area: Records, title: Medical details}
//	  images:  {on: patient, levels: [view, update], requires: medical.view}
//	  rounds:  {on: ward}
//	  staff:   {on: account}
//	scopes:
//	  all: "true"                              # all of the unit where the role is bound
//	  own: {on: [patient], when: assigned(resource)}
//	roles:
//	  nurse:  {title: Nurse, at: [ward], scope: own, grants: [{privileges: [medical.view]}]}
//	  doctor:
//	    inherits: nurse
//	    grants:
//	      - {privileges: [medical.update, images.view], scope: own, when: user.grade >= 3}
//	  chief:  {everything: true, scope: all}   # every privilege at its greatest level
//	constraints:
//	  - {name: consent, on: [images, medical.update], require: resource.consent, message: No consent is on record.}
//	  - {name: at work, resources: patient, require: context.ip.startsWith("10.")}
//	invariants:
//	  - {name: somebody is in charge, for: clinic, require: size(holders("chief")) >= 1, message: A clinic needs a chief}
//	  - {name: doctors are graded, for: user, require: '!holds("doctor") || has(user.grade)', severity: warn}
//	views:
//	  summary:
//	    on: patient
//	    show: [medical.view, rounds]           # any of them, asked of the patient or the ward
//	    fields:
//	      bed:                                 # seen by all who see the view
//	      name: {show: medical.view, otherwise: restricted}   # or hidden, the default
//	administration:
//	  accounts: account
//	  ceiling: held                            # none, held or held_except_self
//	  changes: {add_user: staff, bind: staff, unbind: staff, assign: staff, unassign: staff}
//
// The kinds of change are those of roles.ChangeKinds: add_unit, change_unit,
// remove_unit, the same of user and role, bind, unbind, assign, unassign. What a
// document does not know is refused, and so are YAML's anchors and aliases.
//
// A view is what a person sees of a resource: to whom none of its actions is
// allowed, it shows nothing. See View.
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
//	resource   id, type, itself and each ancestor by its type's name, declared attributes
//	context    the declared facts of the request
//	now        the instant of the question
//	assigned(resource)       the resource, or one that it is in, is assigned to the user
//	within(resource, unit)   the resource is the unit, or in it
//
// with CEL's operators (&& || ! == != < <= > >= + - * / % in ?:), the macros has,
// all, exists, exists_one, filter and map, and the functions size, startsWith,
// endsWith, contains, matches, the conversions string, int, uint, double, bool,
// bytes, timestamp and duration, and the accessors of times (getFullYear,
// getHours, …). A condition is typed: what does not fit is refused at load.
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
//	  active()                whether the user's account is active
//	  bindings()              the user's bindings: role, unit, from, until
//	  assignments()           the units assigned to the user
//	  assigned(unit)
//	for role                  role.id, role.name, role.scope, role.fixed
//	  level("privilege")      the greatest level held, 0 for none
//	  permissions()           what it gives: privilege, on (a type), scope
//
// A user holds a role by a binding that is in force, of the role or of one that
// inherits it; in a unit, by one at that unit or at one above it. Invariants hold
// at every instant from a change on: a binding that is to end counts as ended
// from then on.
//
// What the package does not do: decide. Package access does.
package policy
