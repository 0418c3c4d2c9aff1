package policy

import "github.com/bailiwick-authz/bailiwick/roles"

// A Document is a policy as data: what a policy file says, as Go values.
// Parse reads one from YAML, Compile checks it and makes it a Policy, and
// Policy.Document gives it back.
//
// The order of resources, privileges, roles and the rest is kept, so that a
// screen can show them as their author ordered them. It means nothing to a
// decision, and nothing to Policy.Hash.
type Document struct {
	// Policy is the policy's name.
	Policy string
	// Users declares the attributes of users: name to type.
	Users map[string]string
	// Context declares the facts that come with a question: name to type.
	Context map[string]string
	// Resources are the types of the things that are acted on.
	Resources []Resource
	// Privileges are what roles can hold.
	Privileges []Privilege
	// Scopes say how far grants reach.
	Scopes []Scope
	// Roles are the fixed roles: nobody can alter them at run time.
	Roles []Role
	// Constraints are conditions that beat every grant.
	Constraints []Constraint
	// Invariants are conditions on the directory.
	Invariants []Invariant
	// Views say what a person sees of a resource, field by field.
	Views []View
	// Administration says which actions changing the directory takes.
	Administration Administration
}

// A Resource declares a type of resource.
type Resource struct {
	Name string
	// Unit is whether the directory knows the resources of this type.
	Unit bool
	// In names the types that a resource of this type can be in, directly. None:
	// it stands at the root.
	In []string
	// Attributes are the attributes' types by name: bool, int, uint, double,
	// string, bytes, timestamp, duration, list(T), map(T).
	Attributes map[string]string
}

// A Privilege declares what a role can hold on one type of resource.
type Privilege struct {
	Name string
	// On is the type of resource that it is held on.
	On string
	// Levels are its levels above none, the least first; each includes those
	// before it. None: a box that is checked or not.
	Levels []string
	// Requires are the actions that a role which holds this privilege, at any
	// level, must hold too.
	Requires []roles.Action
	// Area and Title are for screens: the tab or page that it belongs to, and
	// its name there.
	Area, Title string
}

// A Scope is a named condition over user, resource, context and now.
type Scope struct {
	Name string
	// On names the resource types that it is meant for: it must compile for
	// each. None: those for which it compiles, at least one.
	On []string
	// When is the condition, in CEL.
	When string
}

// A Role declares a fixed role.
type Role struct {
	Name string
	// Title is the role's name on screens. Empty: Name.
	Title string
	// At names the types of unit at which the role can be bound. None: any.
	At []string
	// Scope is the scope of those of its grants that name none.
	Scope string
	// Everything gives the role every privilege at its greatest level, those
	// added to the policy later included, with Scope.
	Everything bool
	// Inherits names the roles whose grants this role has too.
	Inherits []string
	Grants   []Grant
}

// A Grant gives privileges, as far as its scope reaches.
type Grant struct {
	// Privileges are the actions granted. A level includes those below it.
	Privileges []roles.Action
	// Scope names how far the grant reaches. Empty: the role's Scope.
	Scope string
	// When is one more condition, in CEL. Empty: none.
	When string
}

// A Constraint is a condition that actions need, whatever roles grant.
type Constraint struct {
	Name string
	// On lists the actions, or privileges at all their levels.
	On []string
	// Resources lists resource types: every action on them, those added later
	// included.
	Resources []string
	// Require is the condition, in CEL.
	Require string
	// Message is what an end user is told whom the constraint stops. Empty:
	// the same as for any other denial.
	Message string
}

// An Invariant is a condition on the directory that no committed change breaks.
type Invariant struct {
	Name string
	// For says for what it must hold, each by itself: a type of unit, "user" or
	// "role".
	For string
	// Require is the condition, in CEL.
	Require string
	// Severity is Refuse, the zero value, or Warn.
	Severity roles.Severity
	// Message is the sentence for the administrator whose change breaks it, in
	// front of the fact that broke it. Empty: one made of Name.
	Message string
}

// A View declares what a person sees of a resource of one type on one screen,
// list or report: each of its fields is visible, restricted or hidden.
//
// Its actions, and those of its fields, are on its type, or on a type that such
// a resource can be in: an action on centers is asked about the center that the
// person is in, and is not allowed if there is none.
type View struct {
	Name string
	// On is the type of resource that is seen.
	On string
	// Show lists the actions that show the view: it takes one of them. To all
	// others everything is hidden, what would be restricted too, so that they do
	// not learn what there is. None: it takes one of those of its fields.
	Show   []roles.Action
	Fields []Field
}

// A Field is one thing that a view shows, under a name that the application
// knows. It need not be an attribute of the resource.
type Field struct {
	Name string
	// Show lists the actions that make the field visible to somebody to whom the
	// view is shown: it takes one of them. None: it is visible.
	Show []roles.Action
	// Restricted is whether the field is restricted where it is not visible: it
	// is there, and its value is not told. False: it is hidden.
	Restricted bool
}

// Administration says what it takes to change the directory through an
// administrator's hands. The zero Administration allows nobody anything.
//
// A change is of a unit, a user, a role, a binding or an assignment. Each of its
// actions is asked about what the change touches: an action on the type of
// accounts about the user, one on a type of unit about the unit that the change
// is of or the one above it that has the type. Those of an assignment are asked
// about the resource that is assigned in the same way: an action on its own type,
// or on one that it is in, about it or that.
//
// One binding of the actor must grant the action and contain the unit that the
// change is of, and the user if the action is asked about the user. So a rule
// without an action on accounts lets whoever manages a unit bring others in.
type Administration struct {
	// Accounts names the resource type as which users are asked about, with
	// their user id as its id and their unit as its parent. That is what an Admin
	// asks; who asks Decide about an account says its parent as of any resource
	// that is no unit, and nobody holds that against where the user belongs: take
	// it from Snapshot.User, not from a request.
	Accounts string
	// Ceiling bounds what may be handed on.
	Ceiling Ceiling
	// Changes lists, for each kind of change, the actions that it takes: each is
	// asked about that one of the things changed that has the action's resource
	// type or is in one that has.
	Changes []ChangeRule
}

// A ChangeRule lists the actions that one kind of change takes. All of them
// must be allowed.
type ChangeRule struct {
	// Change is a kind of change, such as "bind"; or one for a type of unit or
	// resource, such as "add_unit.school"; or one for a fixed role, such as
	// "bind.ncmp_lead"; or one for an attribute of a unit, such as
	// "change_unit.school.provider". One for a role or an attribute goes before
	// one for a type, and that before one for the kind. A change of several
	// attributes takes what it takes to change each.
	Change  string
	Actions []roles.Action
}

// A Ceiling says whether somebody may hand on more than they hold: by binding a
// role, by giving a role a grant, by assigning a resource, by making a user
// active again, by moving a unit to where others hold rights. A right is held if
// it is granted in the same scope or in one that is always true, under the same
// condition or none, and for at least as long. An assignment is held if the
// resource, or one that it is in, is assigned to the actor, whatever their roles.
//
// Attributes, and the unit to which a user belongs, are not rights, though scopes
// may look at them: who may change them is the business of
// Administration.Changes. Nor are the rights of a new unit that has the id of one
// that was removed before: the application must not keep anything in a unit that
// it removes.
type Ceiling string

const (
	// NoCeiling: who may hand out at all may hand out anything.
	NoCeiling Ceiling = "none"
	// Held: nobody hands on a grant or an assignment that they do not hold.
	Held Ceiling = "held"
	// HeldExceptSelf: the same, but what they give themselves is not bounded.
	HeldExceptSelf Ceiling = "held_except_self"
)
