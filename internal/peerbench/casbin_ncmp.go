//go:build !alone

package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/casbin/casbin/v3"
	"github.com/casbin/casbin/v3/model"
)

// casbin, as its pages "RBAC with domains", "Resource roles", "ABAC" and
// "Performance" advise: users hold roles in authorities (g), a school is a role
// of those who have it (g2), and the policy is a rule for each role and action.
// Enforcing goes through all rules that the request's section has, so that the
// encodings differ in how many there are:
//
//   - one section: one list of rules, the cheapest comparison first;
//   - a section for each action: the request names its section in an
//     EnforceContext, and only the rules for its action are gone through;
//   - schools as domains: users hold roles in each of their schools, and there is
//     no g2; every rule is asked about two domains;
//   - the matcher alone: no rules; the roles stand in the matcher, which is
//     evaluated once.
//
// That the year is not signed off is a function, asked last. The application
// knows which authority a school is in, and gives it as the domain. Who is not
// active has no roles.

const (
	casbinRequest = "[request_definition]\nr = sub, act, school, dom, year\n"
	casbinEffect  = "[policy_effect]\ne = some(where (p.eft == allow))\n"
)

type casbinNCMP struct {
	w         *ncmpWorld
	encoding  casbinEncoding
	cached    bool
	enforcer  casbinEnforcer
	authority map[string]string // of a school
	home      []string          // of a user
	signedOff map[string][]string
}

// A casbinEnforcer is an Enforcer, and how it is asked: itself, or through a
// cache.
type casbinEnforcer struct {
	*casbin.Enforcer
	enforce func(request ...any) (bool, error)
	forget  func() error // empties the cache
}

// A casbinEncoding says what one encoding needs.
type casbinEncoding struct {
	roles, policies, matchers string
	rules                     func() (section []string, rules [][]string)
	context                   map[string]casbin.EnforceContext // the section of an action; nil if there is one
	perSchool                 bool                             // roles are held in schools
}

func casbinOneSection() casbinEncoding {
	return casbinEncoding{
		roles:    "g = _, _, _\ng2 = _, _\n",
		policies: "p = sub, act, reach\n",
		matchers: `m = r.act == p.act && g(r.sub, p.sub, r.dom) && (p.reach == "authority" || g2(r.sub, r.school)) && ` +
			`(r.act != "pupil.edit" || !signedOff(r.dom, r.year))` + "\n",
		rules: func() (sections []string, rules [][]string) {
			eachNCMPGrant(func(role, action, reach string) {
				sections, rules = append(sections, "p"), append(rules, []string{role, action, reach})
			})
			return sections, rules
		},
	}
}

func casbinSections() casbinEncoding {
	e := casbinEncoding{roles: "g = _, _, _\ng2 = _, _\n", context: map[string]casbin.EnforceContext{}}
	for i, action := range ncmpActions {
		n := sectionNumber(i)
		e.context[action] = casbin.EnforceContext{RType: "r", PType: "p" + n, EType: "e", MType: "m" + n}
		e.policies += "p" + n + " = sub, reach\n"
		e.matchers += fmt.Sprintf(`m%s = g(r.sub, p%[1]s.sub, r.dom) && (p%[1]s.reach == "authority" || g2(r.sub, r.school))`, n)
		if i == pupilEdit {
			e.matchers += " && !signedOff(r.dom, r.year)"
		}
		e.matchers += "\n"
	}
	e.rules = func() (sections []string, rules [][]string) {
		eachNCMPGrant(func(role, action, reach string) {
			sections, rules = append(sections, e.context[action].PType), append(rules, []string{role, reach})
		})
		return sections, rules
	}
	return e
}

// sectionNumber is what casbin wants behind the letter: nothing, 2, 3.
func sectionNumber(i int) string {
	if i == 0 {
		return ""
	}
	return fmt.Sprint(i + 1)
}

func casbinDomains() casbinEncoding {
	return casbinEncoding{
		roles:    "g = _, _, _\n",
		policies: "p = sub, act\n",
		matchers: `m = r.act == p.act && (g(r.sub, p.sub, r.school) || g(r.sub, p.sub, r.dom)) && ` +
			`(r.act != "pupil.edit" || !signedOff(r.dom, r.year))` + "\n",
		rules: func() (sections []string, rules [][]string) {
			eachNCMPGrant(func(role, action, _ string) {
				sections, rules = append(sections, "p"), append(rules, []string{role, action})
			})
			return sections, rules
		},
		perSchool: true,
	}
}

func casbinMatcher() casbinEncoding {
	reaches := map[string][]string{}
	eachNCMPGrant(func(role, action, reach string) {
		held := fmt.Sprintf(`g(r.sub, "%s", r.dom)`, role)
		if reach == "assigned" {
			held += " && g2(r.sub, r.school)"
		}
		reaches[action] = append(reaches[action], held)
	})
	var all []string
	for _, action := range ncmpActions {
		one := fmt.Sprintf(`r.act == "%s" && (%s)`, action, strings.Join(reaches[action], " || "))
		if action == "pupil.edit" {
			one += " && !signedOff(r.dom, r.year)"
		}
		all = append(all, one)
	}
	return casbinEncoding{
		roles:    "g = _, _, _\ng2 = _, _\n",
		policies: "p = sub, act\n",
		matchers: "m = " + strings.Join(all, " || ") + "\n",
		rules:    func() ([]string, [][]string) { return nil, nil },
	}
}

// eachNCMPGrant tells of what each role grants, in a fixed order.
func eachNCMPGrant(tell func(role, action, reach string)) {
	for _, role := range []string{"collector", "monitor", "super_monitor", "la_setup", "super_user"} {
		for i, action := range ncmpActions {
			if ncmpRoles[role].assigned>>i&1 != 0 {
				tell(role, action, "assigned")
			}
			if ncmpRoles[role].authority>>i&1 != 0 {
				tell(role, action, "authority")
			}
		}
	}
}

func newEnforcer(text string, cached bool) (casbinEnforcer, error) {
	m, err := model.NewModelFromString(text)
	if err != nil {
		return casbinEnforcer{}, err
	}
	if cached {
		e, err := casbin.NewCachedEnforcer(m)
		return casbinEnforcer{e.Enforcer, e.Enforce, e.InvalidateCache}, err
	}
	e, err := casbin.NewEnforcer(m)
	return casbinEnforcer{Enforcer: e, enforce: e.Enforce}, err
}

func casbinNCMPOf(of func() casbinEncoding, cached bool) func(*ncmpWorld) (contender[ncmpQuestion], error) {
	return func(w *ncmpWorld) (contender[ncmpQuestion], error) { return newCasbinNCMP(w, of(), cached).contender() }
}

func newCasbinNCMP(w *ncmpWorld, encoding casbinEncoding, cached bool) *casbinNCMP {
	return &casbinNCMP{w: w, encoding: encoding, cached: cached, authority: map[string]string{}, signedOff: map[string][]string{}}
}

func (c *casbinNCMP) contender() (made contender[ncmpQuestion], err error) {
	e := c.encoding
	c.enforcer, err = newEnforcer(casbinRequest+"[policy_definition]\n"+e.policies+"[role_definition]\n"+e.roles+casbinEffect+"[matchers]\n"+e.matchers, c.cached)
	if err != nil {
		return made, err
	}
	c.enforcer.AddFunction("signedOff", func(args ...any) (any, error) {
		return slices.Contains(c.signedOff[args[0].(string)], args[1].(string)), nil
	})
	made.ask = c.ask
	if !e.perSchool {
		made.list = c.list
	}
	return made, c.fill()
}

func (c *casbinNCMP) fill() error {
	for n, id := range c.w.schools {
		c.authority[id] = c.w.authorities[c.w.tenantOf(n)].id
	}
	for _, a := range c.w.authorities {
		c.signedOff[a.id] = a.signedOff
	}
	sections, rules := c.encoding.rules()
	for i := range rules {
		if _, err := c.enforcer.AddNamedPolicy(sections[i], rules[i]); err != nil {
			return err
		}
	}
	var held, schools [][]string
	for _, u := range c.w.users {
		authority := c.w.authorities[u.authority].id
		c.home = append(c.home, authority)
		for _, role := range u.roles {
			if u.inactive {
				break
			}
			if !c.encoding.perSchool || ncmpRoles[role].authority != 0 {
				held = append(held, []string{u.id, role, authority})
			}
			for _, school := range u.schools {
				if c.encoding.perSchool && ncmpRoles[role].assigned != 0 {
					held = append(held, []string{u.id, role, c.w.schools[school]})
				}
			}
		}
		for _, school := range u.schools {
			schools = append(schools, []string{u.id, c.w.schools[school]})
		}
	}
	if _, err := c.enforcer.AddNamedGroupingPolicies("g", held); err != nil || c.encoding.perSchool {
		return err
	}
	_, err := c.enforcer.AddNamedGroupingPolicies("g2", schools)
	return err
}

func (c *casbinNCMP) ask(qs []ncmpQuestion) (n int) {
	for i := range qs {
		q := &qs[i]
		var ok bool
		var err error
		if c.encoding.context == nil {
			ok, err = c.enforcer.enforce(q.user, q.action, q.school, c.authority[q.school], q.pupil.Year)
		} else {
			ok, err = c.enforcer.enforce(c.encoding.context[q.action], q.user, q.action, q.school, c.authority[q.school], q.pupil.Year)
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

// list reads the role manager, as GetRolesForUser does.
func (c *casbinNCMP) list(user int32, seen func(string)) int {
	u := c.w.users[user].id
	if !slices.Contains(c.enforcer.GetRolesForUserInDomain(u, c.home[user]), "collector") {
		return 0
	}
	schools, err := c.enforcer.GetNamedRoleManager("g2").GetRoles(u)
	if err != nil {
		panic(err)
	}
	for i := 0; seen != nil && i < len(schools); i++ {
		seen(schools[i])
	}
	return len(schools)
}
