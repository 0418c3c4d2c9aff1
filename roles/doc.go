// Package roles says who may: privileges and their levels, roles that grant
// them, users, and the Directory of what an organisation's administrators
// decide while the application runs.
//
// A Directory has units, users, custom roles, bindings (a user holds a role in a
// unit and everything below it) and assignments (a resource is in a user's
// hands). Readers take a Snapshot, which never changes and for which they never
// wait. Writers change it in an Update, all or nothing:
//
//	commit, err := directory.Update("eve", func(tx *roles.Tx) error {
//		tx.AddUser(roles.User{ID: "ann", Unit: leeds})
//		tx.Bind("ann", "collector", leeds)
//		tx.Assign("ann", school)
//		return nil
//	})
//
// The methods of a Tx return no errors: what is wrong with any of them refuses
// the Update as a whole, and its error tells of all of it. So does an invariant
// that the changes would break. What is committed comes back as a Commit, a list
// of steps of the form what, before, after, which Subscribe hands on.
//
// A directory that begins with much in it, a dump or the tables of a store, is
// made by LoadDirectory.
//
// What is wrong is said precisely; who may know it is the caller's business. A
// Directory asks nobody whether the changes may be made, unless a Guard is given
// to UpdateGuarded: package access has one.
//
// The directory knows its policy as a Schema: the types of resources and
// attributes, the fixed roles, the invariants. Nothing here decides whether
// somebody may do something: package access does, from a policy and a Snapshot.
package roles
