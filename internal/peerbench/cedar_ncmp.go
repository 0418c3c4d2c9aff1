//go:build !alone

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/batch"
)

// cedar-go, as Cedar's guide to best practices advises: roles are groups that
// users are in, what is assigned is an attribute or a group, and the entities that
// the application keeps stand in one EntityMap, made before. A pupil, which it
// does not keep, is made an entity for the question, with its school.
//
//   - schools as attributes: a user has a set of schools;
//   - schools as groups: a user is in the team of each of their schools, which
//     the school has as an attribute.
//
// cedar-go asks every policy of the set, whatever the request. What an application
// can do to spare it that is a line of its own: it keeps the policies of each
// action in a set, and asks about the school where it wants to know about a pupil,
// so that no entity is made. Who is not active is in no role.

type cedarNCMP struct {
	w        *ncmpWorld
	entities cedar.EntityMap
	policies map[string]cedar.PolicyIterator // by action
	spared   bool                            // it is asked about schools alone
}

const cedarSignedOff = `forbid (principal, action == Action::"pupil.edit", resource)
when { resource.school.authority has signed_off && resource.school.authority.signed_off.contains(context.year) };
`

// cedarNCMPPolicies writes one policy for each role and reach.
func cedarNCMPPolicies(assigned, only string) string {
	actions := map[[2]string][]string{}
	var order [][2]string
	eachNCMPGrant(func(role, action, reach string) {
		if only != "" && action != only {
			return
		}
		of := [2]string{role, reach}
		if actions[of] == nil {
			order = append(order, of)
		}
		actions[of] = append(actions[of], fmt.Sprintf("Action::%q", action))
	})
	var text strings.Builder
	for _, of := range order {
		when := assigned
		if of[1] == "authority" {
			when = "resource in principal.authority"
		}
		fmt.Fprintf(&text, "permit (principal in Role::%q, action in [%s], resource) when { %s };\n", of[0], strings.Join(actions[of], ", "), when)
	}
	if only == "" || only == "pupil.edit" {
		text.WriteString(cedarSignedOff)
	}
	return text.String()
}

func cedarNCMPOf(teams, spared bool) func(*ncmpWorld) (contender[ncmpQuestion], error) {
	return func(w *ncmpWorld) (contender[ncmpQuestion], error) {
		c := &cedarNCMP{w: w, policies: map[string]cedar.PolicyIterator{}, spared: spared}
		assigned := "principal.schools.contains(resource.school)"
		if teams {
			assigned = "principal in resource.school.team"
		}
		var whole *cedar.PolicySet
		for _, action := range ncmpActions {
			if spared || whole == nil {
				only := ""
				if spared {
					only = action
				}
				set, err := cedar.NewPolicySetFromBytes("ncmp.cedar", []byte(cedarNCMPPolicies(assigned, only)))
				if err != nil {
					return contender[ncmpQuestion]{}, err
				}
				whole = set
			}
			c.policies[action] = whole
		}
		c.fill(teams)
		return contender[ncmpQuestion]{ask: c.ask, list: c.list}, nil
	}
}

func (c *cedarNCMP) fill(teams bool) {
	w := c.w
	c.entities = make(cedar.EntityMap, len(w.authorities)+len(w.schools)+len(w.users))
	for _, a := range w.authorities {
		attributes := cedar.RecordMap{}
		if a.signedOff != nil {
			attributes["signed_off"] = cedarSet(a.signedOff, func(year string) cedar.Value { return cedar.String(year) })
		}
		c.add(cedarUID("Authority", a.id), nil, attributes)
	}
	for n, id := range w.schools {
		authority := cedarUID("Authority", w.authorities[w.tenantOf(n)].id)
		attributes := cedar.RecordMap{"authority": authority, "school": cedarUID("School", id)} // itself, as a pupil has it
		if teams {
			attributes["team"] = cedarUID("Team", id)
		}
		c.add(cedarUID("School", id), []cedar.EntityUID{authority}, attributes)
	}
	for _, u := range w.users {
		var parents []cedar.EntityUID
		for _, role := range u.roles {
			if !u.inactive {
				parents = append(parents, cedarUID("Role", role))
			}
		}
		attributes := cedar.RecordMap{"authority": cedarUID("Authority", w.authorities[u.authority].id)}
		if teams {
			for _, school := range u.schools {
				parents = append(parents, cedarUID("Team", w.schools[school]))
			}
		} else {
			attributes["schools"] = cedarSet(u.schools, func(n int) cedar.Value { return cedarUID("School", w.schools[n]) })
		}
		c.add(cedarUID("User", u.id), parents, attributes)
	}
}

func (c *cedarNCMP) add(uid cedar.EntityUID, parents []cedar.EntityUID, attributes cedar.RecordMap) {
	c.entities[uid] = cedar.Entity{UID: uid, Parents: cedar.NewEntityUIDSet(parents...), Attributes: cedar.NewRecord(attributes)}
}

func cedarUID(kind, id string) cedar.EntityUID {
	return cedar.NewEntityUID(cedar.EntityType(kind), cedar.String(id))
}

func cedarSet[T any](all []T, value func(T) cedar.Value) cedar.Set {
	values := make([]cedar.Value, len(all))
	for i := range all {
		values[i] = value(all[i])
	}
	return cedar.NewSet(values...)
}

func (c *cedarNCMP) ask(qs []ncmpQuestion) (n int) {
	for i := range qs {
		q := &qs[i]
		request := cedar.Request{Principal: cedarUID("User", q.user), Action: cedarUID("Action", q.action), Resource: cedarUID("School", q.school)}
		var entities cedar.EntityGetter = c.entities
		if q.actionN == pupilEdit {
			request.Context = cedar.NewRecord(cedar.RecordMap{"year": cedar.String(q.pupil.Year)})
		}
		if !c.spared && onPupils>>q.actionN&1 != 0 {
			pupil := cedar.Entity{UID: cedarUID("Pupil", q.pupil.ID), Parents: cedar.NewEntityUIDSet(request.Resource),
				Attributes: cedar.NewRecord(cedar.RecordMap{"school": request.Resource})}
			request.Resource, entities = pupil.UID, &cedarWith{c.entities, pupil}
		}
		if decision, _ := cedar.Authorize(c.policies[q.action], entities, request); decision == cedar.Allow {
			n++
		}
	}
	return n
}

// cedarWith is the EntityMap and the entity that was made for the question.
type cedarWith struct {
	cedar.EntityMap
	one cedar.Entity
}

func (w *cedarWith) Get(uid cedar.EntityUID) (cedar.Entity, bool) {
	if uid == w.one.UID {
		return w.one, true
	}
	return w.EntityMap.Get(uid)
}

// list asks about all schools of the authority, in one batch.
func (c *cedarNCMP) list(user int32, seen func(string)) (n int) {
	u := &c.w.users[user]
	var schools []types.Value
	for k := u.authority; k < len(c.w.schools); k += c.w.tenants {
		schools = append(schools, cedarUID("School", c.w.schools[k]))
	}
	request := batch.Request{
		Principal: cedarUID("User", u.id), Action: cedarUID("Action", "pupil.grid"), Resource: batch.Variable("school"), Context: cedar.Record{},
		Variables: batch.Variables{"school": schools},
	}
	if err := batch.Authorize(context.Background(), c.policies["pupil.grid"], c.entities, request, func(r batch.Result) error {
		if r.Decision == cedar.Allow {
			n++
			if seen != nil {
				seen(string(r.Request.Resource.ID))
			}
		}
		return nil
	}); err != nil {
		panic(err)
	}
	return n
}
