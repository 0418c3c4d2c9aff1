//go:build !alone

package main

import (
	"fmt"
	"strings"

	"github.com/cedar-policy/cedar-go"
)

// cedar-go on NCAtrak, where roles are made by centers:
//
//   - roles as data: a role is an entity with its actions and its access; three
//     policies serve all roles;
//   - roles as policies: each center has a set of its own, with one policy for
//     each of its roles, and the application picks the set by the case's center;
//   - a case made for the question: roles as data, but of the cases nothing is
//     kept; the entity is made of the record each time.
//
// Otherwise the cases are in the EntityMap.

const cedarConstraints = `forbid (principal, action, resource) when { resource.denied.contains(principal) };
forbid (principal, action, resource) when { principal.interviewer && !resource.interviewed && resource.center.restrict }
unless { action in [Action::"general.view", Action::"general.update", Action::"forensic_interview.view", Action::"forensic_interview.update"] };
`

const cedarRolesAsData = `permit (principal, action, resource) when {
  principal.center == resource.center && principal.role.may.contains(action) &&
  (principal.role.access == "all" ||
   principal.role.access == "own" && resource.personnel.contains(principal) ||
   principal.role.access == "agency" && resource.agencies.contains(principal.agency)) };
` + cedarConstraints

type cedarNCAtrak struct {
	w        *ncatrakWorld
	entities cedar.EntityMap
	policies map[string]*cedar.PolicySet // by center; of "": those of all
	made     bool                        // cases are made for the question
}

func cedarNCAtrakOf(perCenter, made bool) func(*ncatrakWorld) (contender[ncatrakQuestion], error) {
	return func(w *ncatrakWorld) (contender[ncatrakQuestion], error) {
		c := &cedarNCAtrak{w: w, entities: cedar.EntityMap{}, policies: map[string]*cedar.PolicySet{}, made: made}
		texts := map[string]string{"": cedarRolesAsData}
		if perCenter {
			texts = map[string]string{}
			for i := range w.centers {
				texts[w.centers[i].id] = cedarRolesOf(w, &w.centers[i])
			}
		}
		for center, text := range texts {
			set, err := cedar.NewPolicySetFromBytes("ncatrak.cedar", []byte(text))
			if err != nil {
				return contender[ncatrakQuestion]{}, err
			}
			c.policies[center] = set
		}
		c.fill(perCenter)
		return contender[ncatrakQuestion]{ask: c.ask}, nil
	}
}

// cedarRolesOf writes the roles of a center as policies.
func cedarRolesOf(w *ncatrakWorld, center *ncatrakCenter) string {
	var text strings.Builder
	whens := []string{"resource.personnel.contains(principal)", "resource.agencies.contains(principal.agency)", "true"}
	for _, role := range append([]ncatrakRole{w.roleOf(&ncatrakUser{role: securityOfficer})}, center.roles...) {
		var actions []string
		for i, action := range ncatrakActions {
			if role.may>>i&1 != 0 {
				actions = append(actions, fmt.Sprintf("Action::%q", action))
			}
		}
		// The fixed role is held in a center: a group for each.
		fmt.Fprintf(&text, "permit (principal in Role::%q, action in [%s], resource) when { %s };\n", center.id+"/"+role.id, strings.Join(actions, ", "), whens[role.access])
	}
	return text.String() + cedarConstraints
}

func (c *cedarNCAtrak) fill(perCenter bool) {
	w := c.w
	add := func(uid cedar.EntityUID, parents []cedar.EntityUID, attributes cedar.RecordMap) {
		c.entities[uid] = cedar.Entity{UID: uid, Parents: cedar.NewEntityUIDSet(parents...), Attributes: cedar.NewRecord(attributes)}
	}
	for i := range w.centers {
		center := &w.centers[i]
		add(cedarUID("Center", center.id), nil, cedar.RecordMap{"restrict": cedar.Boolean(center.restrict)})
		for _, role := range append([]ncatrakRole{w.roleOf(&ncatrakUser{role: securityOfficer})}, center.roles...) {
			var may []cedar.Value
			for i, action := range ncatrakActions {
				if role.may>>i&1 != 0 {
					may = append(may, cedarUID("Action", action))
				}
			}
			add(cedarUID("Role", role.id), nil, cedar.RecordMap{"may": cedar.NewSet(may...), "access": cedar.String(accesses[role.access])})
		}
	}
	for i := range w.users {
		u := &w.users[i]
		center, role := &w.centers[u.center], w.roleOf(u)
		var parents []cedar.EntityUID
		if perCenter {
			parents = append(parents, cedarUID("Role", center.id+"/"+role.id))
		}
		add(cedarUID("User", u.id), parents, cedar.RecordMap{
			"center": cedarUID("Center", center.id), "agency": cedarUID("Agency", center.agencies[u.agency]),
			"role": cedarUID("Role", role.id), "interviewer": cedar.Boolean(role.interviewer),
		})
	}
	for _, rec := range w.records {
		if c.made {
			break
		}
		e := cedarCase(rec)
		c.entities[e.UID] = e
	}
}

func cedarCase(rec *record) cedar.Entity {
	return cedar.Entity{UID: cedarUID("Case", rec.ID), Attributes: cedar.NewRecord(cedar.RecordMap{
		"center":      cedarUID("Center", rec.Center),
		"personnel":   cedarSet(rec.Personnel, func(id string) cedar.Value { return cedarUID("User", id) }),
		"agencies":    cedarSet(rec.Agencies, func(id string) cedar.Value { return cedarUID("Agency", id) }),
		"denied":      cedarSet(rec.Denied, func(id string) cedar.Value { return cedarUID("User", id) }),
		"interviewed": cedar.Boolean(rec.Interviewed),
	})}
}

func (c *cedarNCAtrak) ask(qs []ncatrakQuestion) (n int) {
	for i := range qs {
		q := &qs[i]
		request := cedar.Request{Principal: cedarUID("User", q.user), Action: cedarUID("Action", q.action), Resource: cedarUID("Case", q.id)}
		policies := c.policies[""]
		if policies == nil {
			policies = c.policies[c.w.byID[q.id].Center]
		}
		var entities cedar.EntityGetter = c.entities
		if c.made {
			entities = &cedarWith{c.entities, cedarCase(c.w.byID[q.id])}
		}
		if decision, _ := cedar.Authorize(policies, entities, request); decision == cedar.Allow {
			n++
		}
	}
	return n
}
