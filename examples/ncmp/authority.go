package main

import (
	"fmt"
	"slices"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// These are the application's own verbs. Each is one change to the directory,
// made of the steps that the policy wants together, and refused as a whole if
// the acting user may not make one of them or an invariant would break.

const (
	superUser = roles.RoleID("super_user")
	ncmpLead  = roles.RoleID("ncmp_lead")
)

func authority(id string) scope.Ref { return scope.NewRef("authority", id) }
func provider(id string) scope.Ref  { return scope.NewRef("provider", id) }
func school(id string) scope.Ref    { return scope.NewRef("school", id) }

// Provision sets up an authority with its schools and its primary super user,
// to whom all of them are assigned from the start. It is the system's own
// change: no user of another authority may make it.
func Provision(d *roles.Directory, authority scope.Ref, schools []scope.Ref, primary roles.UserID) (roles.Commit, error) {
	return d.Update("system", func(tx *roles.Tx) error {
		tx.AddUnit(authority, scope.Root())
		tx.AddUser(roles.User{ID: primary, Unit: authority})
		tx.Bind(primary, superUser, authority)
		for _, s := range schools {
			tx.AddUnit(s, authority)
			tx.Assign(primary, s)
		}
		return nil
	})
}

// AddSchool adds a school to an authority's list, and assigns it to the NCMP
// lead, who has all schools.
func AddSchool(a *access.Admin, authority, school scope.Ref) (roles.Commit, error) {
	return a.Update(func(tx *roles.Tx) error {
		tx.AddUnit(school, authority)
		for _, lead := range tx.Snapshot().HoldersAt(ncmpLead, authority) {
			tx.Assign(lead.User, school)
		}
		return nil
	})
}

// Allocate allocates a school to a provider, and assigns it to the provider's
// super users, who have all of its schools.
func Allocate(a *access.Admin, school, provider scope.Ref) (roles.Commit, error) {
	return a.Update(func(tx *roles.Tx) error {
		setAttribute(tx, school, "provider", provider.ID)
		for _, user := range tx.Snapshot().Members(provider) {
			assignAllocated(tx, user)
		}
		return nil
	})
}

// JoinProvider moves a user to a provider, and assigns all its schools to the
// user if they are a super user.
func JoinProvider(a *access.Admin, user roles.UserID, provider scope.Ref) (roles.Commit, error) {
	return a.Update(func(tx *roles.Tx) error {
		u, ok := tx.Snapshot().User(user)
		if !ok {
			return fmt.Errorf("unknown user %q", user)
		}
		u.Unit = provider
		tx.ChangeUser(u)
		assignAllocated(tx, user)
		return nil
	})
}

// assignAllocated assigns all schools of a super user's provider to them.
func assignAllocated(tx *roles.Tx, user roles.UserID) {
	now := tx.Snapshot()
	u, _ := now.User(user)
	parent, _, _ := now.Locate(u.Unit)
	holds := func(b roles.Binding) bool { return b.User == user }
	if !slices.ContainsFunc(now.HoldersAt(superUser, parent), holds) {
		return
	}
	for _, s := range now.Units("school", parent) {
		_, attributes, _ := now.Locate(s)
		if provider, _ := attributes.Attribute("provider"); provider == u.Unit.ID && !now.AssignmentsOf(user).Has(s) {
			tx.Assign(user, s)
		}
	}
}

// HandOver makes another super user the NCMP lead, and assigns all schools to
// them.
func HandOver(a *access.Admin, from, to roles.UserID, authority scope.Ref) (roles.Commit, error) {
	return a.Update(func(tx *roles.Tx) error {
		assignAll(tx, to, authority)
		tx.Unbind(from, ncmpLead, authority)
		tx.Bind(to, ncmpLead, authority)
		return nil
	})
}

// assignAll assigns to a user all schools of an authority.
func assignAll(tx *roles.Tx, user roles.UserID, authority scope.Ref) {
	now := tx.Snapshot()
	for _, s := range now.Units("school", authority) {
		if !now.AssignmentsOf(user).Has(s) {
			tx.Assign(user, s)
		}
	}
}

// SignOff signs off the data quality of an authority's collection year: from
// then on its pupil data can be read and not changed.
func SignOff(a *access.Admin, authority scope.Ref, year string) (roles.Commit, error) {
	return a.Update(func(tx *roles.Tx) error {
		u, ok := tx.Snapshot().Unit(authority)
		if !ok {
			return fmt.Errorf("unknown authority %s", authority)
		}
		years, _ := u.Attributes["signed_off"].([]any)
		if slices.Contains(years, any(year)) {
			return nil
		}
		setAttribute(tx, authority, "signed_off", append(years, year))
		return nil
	})
}

// setAttribute sets one attribute of a unit and leaves the others.
func setAttribute(tx *roles.Tx, unit scope.Ref, name string, value any) {
	u, _ := tx.Snapshot().Unit(unit)
	attributes := scope.Map{name: value}
	for other, v := range u.Attributes {
		if other != name {
			attributes[other] = v
		}
	}
	tx.SetUnitAttributes(unit, attributes)
}
