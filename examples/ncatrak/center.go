package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// These are the application's own verbs: each button of the administration
// pages is one change to the directory, refused as a whole if the acting user
// may not make it or an invariant would break.

const (
	securityOfficer     = roles.RoleID("security_officer")
	forensicInterviewer = roles.RoleID("forensic_interviewer")
)

func center(id string) scope.Ref { return scope.NewRef("center", id) }
func agency(id string) scope.Ref { return scope.NewRef("agency", id) }

// Provision sets up a center with the agency of its own staff and its first
// Security Officer. It is the system's own change: nobody of another center may
// make it.
func Provision(d *roles.Directory, center, staff scope.Ref, officer roles.UserID) (roles.Commit, error) {
	return d.Update("system", func(tx *roles.Tx) error {
		tx.AddUnit(center, scope.Root())
		tx.AddUnit(staff, center)
		tx.AddUser(roles.User{ID: officer, Unit: staff})
		tx.Bind(officer, securityOfficer, center)
		return nil
	})
}

// AddRole is the button Add New Role: a role that reaches its holder's own
// cases and may do nothing yet.
func AddRole(a *access.Admin, center scope.Ref, id roles.RoleID, name string) (roles.Commit, error) {
	return a.Update(func(tx *roles.Tx) error {
		tx.AddRole(roles.Role{ID: id, Name: name, Unit: center, Scope: "own"})
		return nil
	})
}

// RenameRole gives a role another name.
func RenameRole(a *access.Admin, id roles.RoleID, name string) (roles.Commit, error) {
	return a.Update(func(tx *roles.Tx) error {
		return change(tx, id, func(r *roles.Role) { r.Name = name })
	})
}

// SetPrivileges saves the roles page of a role.
func SetPrivileges(a *access.Admin, id roles.RoleID, p Privileges) (roles.Commit, error) {
	return a.Update(func(tx *roles.Tx) error { return setPrivileges(tx, id, p) })
}

// DeleteRole deletes a role that nobody holds.
func DeleteRole(a *access.Admin, id roles.RoleID) (roles.Commit, error) {
	return a.Update(func(tx *roles.Tx) error { tx.RemoveRole(id); return nil })
}

func setPrivileges(tx *roles.Tx, id roles.RoleID, p Privileges) error {
	return change(tx, id, func(r *roles.Role) { p.write(r, catalogOf(tx)) })
}

func change(tx *roles.Tx, id roles.RoleID, edit func(r *roles.Role)) error {
	r, ok := tx.Snapshot().Role(id)
	if !ok {
		return fmt.Errorf("unknown role %q", id)
	}
	edit(&r)
	tx.ChangeRole(r)
	return nil
}

// AddPersonnel adds a personnel record without an account to an agency.
func AddPersonnel(a *access.Admin, id roles.UserID, agency scope.Ref) (roles.Commit, error) {
	return a.Update(func(tx *roles.Tx) error {
		tx.AddUser(roles.User{ID: id, Unit: agency, Inactive: true})
		return nil
	})
}

// SavePersonnel saves the personnel page: whether the record has an account
// that is active, and the roles selected for it.
func SavePersonnel(a *access.Admin, id roles.UserID, active bool, selected ...roles.RoleID) (roles.Commit, error) {
	return a.Update(func(tx *roles.Tx) error { return savePersonnel(tx, id, active, selected) })
}

func savePersonnel(tx *roles.Tx, id roles.UserID, active bool, selected []roles.RoleID) error {
	now := tx.Snapshot()
	u, ok := now.User(id)
	if !ok {
		return fmt.Errorf("unknown user %q", id)
	}
	center := centerOf(now, u)
	interviews := false
	for _, role := range selected {
		interviews = interviews || slices.Contains(now.Closure(role), forensicInterviewer)
	}
	u.Inactive = !active
	u.Attributes = scope.Map{"forensic_interviewer": interviews}
	tx.ChangeUser(u)
	for _, b := range now.Bindings(id) {
		if !slices.Contains(selected, b.Role) {
			tx.Unbind(id, b.Role, b.Unit)
		}
	}
	for _, role := range selected {
		if !holds(now, id, role) {
			tx.Bind(id, role, center)
		}
	}
	return nil
}

func holds(now *roles.Snapshot, id roles.UserID, role roles.RoleID) bool {
	return slices.ContainsFunc(now.Bindings(id), func(b roles.Binding) bool { return b.Role == role })
}

// centerOf returns the center of a user's agency.
func centerOf(now *roles.Snapshot, u roles.User) scope.Ref {
	parent, _, _ := now.Locate(u.Unit)
	return parent
}

// SetFeature switches a feature of the CAC/MDT set-up on or off.
func SetFeature(a *access.Admin, center scope.Ref, feature string, on bool) (roles.Commit, error) {
	return a.Update(func(tx *roles.Tx) error {
		u, ok := tx.Snapshot().Unit(center)
		if !ok {
			return fmt.Errorf("unknown center %s", center)
		}
		attributes := scope.Map{feature: on}
		for name, v := range u.Attributes {
			if name != feature {
				attributes[name] = v
			}
		}
		tx.SetUnitAttributes(center, attributes)
		return nil
	})
}

// MayCreateFromTransfer reports whether a session's user may create a case from
// a data transfer: that takes the log of transfers, and creating cases.
func MayCreateFromTransfer(s *access.Session, center scope.Ref) bool {
	at := scope.Resource{Type: center.Type, ID: center.ID}
	return s.Decide("transfer.log", at).Allowed() && s.Decide("case.create", at).Allowed()
}

// A Holder is one who has a role, with the agency that they work for.
type Holder struct {
	User   roles.UserID
	Agency scope.Ref
}

// PersonnelHaving lists who has a role, or one that inherits it.
func PersonnelHaving(now *roles.Snapshot, role roles.RoleID) []Holder {
	var all []Holder
	for _, b := range now.Holders(role) {
		if u, _ := now.User(b.User); len(all) == 0 || all[len(all)-1].User != b.User {
			all = append(all, Holder{b.User, u.Unit})
		}
	}
	return all
}

// PersonnelOf lists the people of an agency, each with the names of their roles.
func PersonnelOf(now *roles.Snapshot, agency scope.Ref) map[roles.UserID][]string {
	all := map[roles.UserID][]string{}
	for _, id := range now.Members(agency) {
		all[id] = []string{}
		for _, b := range now.Bindings(id) {
			r, _ := now.Role(b.Role)
			all[id] = append(all[id], r.Name)
		}
		slices.SortFunc(all[id], strings.Compare)
	}
	return all
}
