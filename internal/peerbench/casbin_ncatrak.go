//go:build !alone

package main

import (
	"fmt"
	"slices"

	"github.com/casbin/casbin/v3"
)

// casbin on NCAtrak: roles are made by centers, so that the rules are data: a rule
// for each role and action, with the role's access. As the page "Performance"
// advises for many tenants, each center has an enforcer of its own, with its own
// rules and users; the application picks it by the case's center. The record of
// the case goes into the request (page "ABAC"), and functions look at it (page
// "Functions"). What is asked about the user beside the roles, the agency and
// whether they interview, the functions have from the application.
//
//   - one section: one list of rules, some 160 for each center;
//   - a section for each action: the request names its section in an
//     EnforceContext, and some five rules are gone through.

const casbinReaches = `g(r.sub, %[1]s.sub) && (%[1]s.access == "all" || %[1]s.access == "own" && own(r.sub, r.obj) || ` +
	`%[1]s.access == "agency" && agency(r.sub, r.obj)) && !barred(r.sub, r.obj) && !waits(r.sub, r.act, r.obj)`

type casbinNCAtrak struct {
	w       *ncatrakWorld
	centers map[string]casbinEnforcer
	context map[string]casbin.EnforceContext // of an action; nil if there is one section
	// What the application knows of users.
	agency  map[string]string
	waiting map[string]bool
	atOnce  map[string]bool // actions that need not wait
}

func casbinNCAtrakOf(sections, cached bool) func(*ncatrakWorld) (contender[ncatrakQuestion], error) {
	return func(w *ncatrakWorld) (contender[ncatrakQuestion], error) {
		c := &casbinNCAtrak{w: w, centers: map[string]casbinEnforcer{}, agency: map[string]string{}, waiting: map[string]bool{}, atOnce: map[string]bool{}}
		for i := range w.users {
			u := &w.users[i]
			center := &w.centers[u.center]
			c.agency[u.id] = center.agencies[u.agency]
			c.waiting[u.id] = center.restrict && w.roleOf(u).interviewer
		}
		policies, matchers := "p = sub, act, access\n", "m = r.act == p.act && "+fmt.Sprintf(casbinReaches, "p")+"\n"
		if sections {
			policies, matchers, c.context = "", "", map[string]casbin.EnforceContext{}
		}
		for i, action := range ncatrakActions {
			c.atOnce[action] = notHeldBack>>i&1 != 0
			if sections {
				n := sectionNumber(i)
				c.context[action] = casbin.EnforceContext{RType: "r", PType: "p" + n, EType: "e", MType: "m" + n}
				policies += "p" + n + " = sub, access\n"
				matchers += "m" + n + " = " + fmt.Sprintf(casbinReaches, "p"+n) + "\n"
			}
		}
		text := "[request_definition]\nr = sub, act, obj\n[policy_definition]\n" + policies + "[role_definition]\ng = _, _\n" + casbinEffect + "[matchers]\n" + matchers
		for n := range w.centers {
			if err := c.add(n, text, cached); err != nil {
				return contender[ncatrakQuestion]{}, err
			}
		}
		return contender[ncatrakQuestion]{ask: c.ask}, nil
	}
}

// add makes the enforcer of a center.
func (c *casbinNCAtrak) add(n int, text string, cached bool) error {
	center := &c.w.centers[n]
	e, err := newEnforcer(text, cached)
	if err != nil {
		return err
	}
	c.functions(e)
	roles := append([]ncatrakRole{c.w.roleOf(&ncatrakUser{role: securityOfficer})}, center.roles...)
	for _, role := range roles {
		for i, action := range ncatrakActions {
			if role.may>>i&1 == 0 {
				continue
			}
			section, rule := "p", []string{role.id, action, accesses[role.access]}
			if c.context != nil {
				section, rule = c.context[action].PType, []string{role.id, accesses[role.access]}
			}
			if _, err := e.AddNamedPolicy(section, rule); err != nil {
				return err
			}
		}
	}
	var held [][]string
	for i := n; i < len(c.w.users); i += c.w.tenants {
		held = append(held, []string{c.w.users[i].id, c.w.roleOf(&c.w.users[i]).id})
	}
	c.centers[center.id] = e
	_, err = e.AddGroupingPolicies(held)
	return err
}

func (c *casbinNCAtrak) functions(e casbinEnforcer) {
	e.AddFunction("own", func(args ...any) (any, error) {
		return slices.Contains(args[1].(*record).Personnel, args[0].(string)), nil
	})
	e.AddFunction("agency", func(args ...any) (any, error) {
		return slices.Contains(args[1].(*record).Agencies, c.agency[args[0].(string)]), nil
	})
	e.AddFunction("barred", func(args ...any) (any, error) {
		return slices.Contains(args[1].(*record).Denied, args[0].(string)), nil
	})
	e.AddFunction("waits", func(args ...any) (any, error) {
		return !args[2].(*record).Interviewed && c.waiting[args[0].(string)] && !c.atOnce[args[1].(string)], nil
	})
}

// GetCacheKey is what casbin's cache knows a record by.
func (r *record) GetCacheKey() string { return r.ID }

func (c *casbinNCAtrak) ask(qs []ncatrakQuestion) (n int) {
	for i := range qs {
		q := &qs[i]
		var ok bool
		var err error
		rec := c.w.byID[q.id]
		if e := c.centers[rec.Center]; c.context == nil {
			ok, err = e.enforce(q.user, q.action, rec)
		} else {
			ok, err = e.enforce(c.context[q.action], q.user, q.action, rec)
		}
		if err != nil {
			panic(err)
		}
		if ok {
			n++
		}
	}
	return n
}
