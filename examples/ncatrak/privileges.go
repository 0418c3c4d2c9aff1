package main

import (
	"slices"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
)

// Privileges are what the roles page sets of a role.
type Privileges struct {
	// Access is step 1: the cases and associated people of the user ("own"), of
	// the user's agency ("agency"), or all cases, and people with none ("all").
	Access string
	// Held are steps 2 to 4: the tabs at their levels, and the boxes checked.
	Held []roles.Action
}

// write makes a role what the page says: everything about cases and people in
// the scope of the role, which is its case access, and everything else in the
// scope "all" of its center. What has no row on the page comes with what
// requires it.
func (p Privileges) write(r *roles.Role, catalog *roles.Catalog) {
	held := slices.Clone(p.Held)
	for _, action := range p.Held {
		right, ok := catalog.Right(action)
		if !ok {
			continue // the directory says what is wrong with it
		}
		for _, required := range right.Privilege().Requires {
			if companion, ok := catalog.Right(required); ok && companion.Privilege().Area == "" && !slices.Contains(held, required) {
				held = append(held, required)
			}
		}
	}
	var limited, center roles.Grant
	for _, action := range held {
		if right, ok := catalog.Right(action); ok && !isLimited(right.Privilege()) {
			center.Privileges = append(center.Privileges, action)
		} else {
			limited.Privileges = append(limited.Privileges, action)
		}
	}
	center.Scope = "all"
	r.Scope, r.Grants = p.Access, nil
	for _, g := range []roles.Grant{limited, center} {
		if len(g.Privileges) > 0 {
			r.Grants = append(r.Grants, g)
		}
	}
}

// isLimited reports whether a privilege is limited to the case access.
func isLimited(p *roles.Privilege) bool { return p.On == "case" || p.On == "person" }

// privilegesOf reads the page of a role.
func privilegesOf(p *policy.Policy, now *roles.Snapshot, r roles.Role) Privileges {
	page := Privileges{Access: r.Scope}
	greatest := map[string]roles.Right{}
	for _, id := range now.Closure(r.ID) {
		junior, _ := now.Role(id)
		for _, permission := range p.Permissions(junior) {
			right := permission.Right
			if name := right.Privilege().Name; right.Level() > greatest[name].Level() {
				greatest[name] = right
			}
		}
	}
	for _, privilege := range p.Catalog().Privileges() {
		if right, ok := greatest[privilege.Name]; ok && privilege.Area != "" {
			page.Held = append(page.Held, right.Action())
		}
	}
	return page
}

// catalogOf returns the privileges of the policy that a transaction serves.
func catalogOf(tx *roles.Tx) *roles.Catalog { return tx.Schema().(*policy.Policy).Catalog() }
