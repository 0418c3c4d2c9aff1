// Package scope says what is acted on, and how far a grant reaches: references
// to resources, their types and attributes, their place in the tree, and the
// predicates that are asked of them.
//
// A Resource is what an application asks about: a type and an id, what it is
// in, and its attributes. Types.Locate puts it into the tree, which is a Place:
// all its ancestors up to the Root, every attribute checked against its declared
// type. A Predicate is a condition in CEL over the user, the place, the facts
// of the request and the instant; a role's scope is one.
//
//	pupil p7  in  school s1  in  authority leeds  in  the root
//
// A unit is a resource that the directory knows (an authority, a school). Others
// live in the application's database and arrive with the question, with their
// parent named.
//
// Nothing here says who may do what: package roles knows the grants, and package
// access puts them together.
package scope
