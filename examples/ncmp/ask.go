package main

import (
	"fmt"
	"unicode/utf8"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/roles"
)

// decide answers whether a user may do something to a resource.
func (p *program) decide(s *service, o *options, args []string) (int, error) {
	u, err := s.user(args[0])
	if err != nil {
		return notAsked, err
	}
	resource, err := s.resource(args[2], o.attributes)
	if err != nil {
		return notAsked, err
	}
	session, err := s.session(u.ID, o.context)
	if err != nil {
		return notAsked, err
	}
	d := session.Decide(roles.Action(args[1]), resource)
	if err := asked(d); err != nil {
		return notAsked, err
	}
	fmt.Fprint(p.stdout, p.verdict(d))
	fmt.Fprintf(p.stdout, "%s is told: %s\n", u.ID, d.Message())
	if !d.Allowed() {
		return no, nil
	}
	return yes, nil
}

// verdict is a decision's sentence for administrators.
func (p *program) verdict(d access.Decision) string {
	if d.Allowed() {
		return p.style.green(fold("", d.String()))
	}
	return p.style.red(fold("", d.String()))
}

// who answers which users may do something to a resource.
func (p *program) who(s *service, o *options, args []string) (int, error) {
	action := roles.Action(args[0])
	resource, err := s.resource(args[1], o.attributes)
	if err != nil {
		return notAsked, err
	}
	facts, err := s.facts(o.context)
	if err != nil {
		return notAsked, err
	}
	allowed, err := s.engine.WhoCan(action, resource, facts)
	if err != nil {
		return notAsked, err
	}
	longest := 0
	for _, d := range allowed {
		longest = max(longest, utf8.RuneCountInString(string(d.User())))
	}
	for _, d := range allowed {
		fmt.Fprint(p.stdout, fold(fmt.Sprintf("%-*s  ", longest, d.User()), d.Why()))
	}
	if len(allowed) == 0 {
		fmt.Fprintln(p.stdout, "nobody")
		return no, nil
	}
	return yes, nil
}
