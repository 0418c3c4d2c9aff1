// Package access is the front door: it answers who may do what to which
// resources, from a policy and a directory.
//
//	engine := access.New(pol, directory, nil)
//	d := engine.Decide("ann", "pupil.edit", scope.Resource{Type: "pupil", ID: "p7", Parent: school})
//	if !d.Allowed() {
//		log.Println(d)                        // for administrators: the nearest miss
//		return errors.New(d.Message())        // for the user: nothing they may not see
//	}
//
// An action is allowed if, and only if, the user is active, some binding in
// force grants the action on a unit that contains the resource, through a grant
// whose scope and condition are true, and every constraint on the action is
// true. Nothing else matters. An error in a condition never allows.
//
// All other questions are defined by this one: a Session asks many for one
// request, and DecideOn about what was looked up before, Capabilities asks all
// actions on a resource for a screen, WhoCan asks for all users and Units for all
// units, a Filter is what all the resources of a type are asked at once, a View
// asks for each field of a record, an Admin asks before it changes the directory.
// Holdings are what a user may do, in full, and a Preview tells who would gain and
// lose what by a change.
//
// The package decides; it does not enforce. Who the user is, that the
// application asks at all, and that the attributes it gives are true, is the
// application's part.
package access
