package console

import (
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/roles"
)

// Decide is the command that answers whether a user may do something to a
// resource.
var Decide = Command{"decide", "USER ACTION RESOURCE", 3, 3, decide}

// Who is the command that answers which users may do something to a resource.
var Who = Command{"who", "ACTION RESOURCE", 2, 2, who}

func decide(r *Run, args []string) (int, error) {
	u, err := r.User(args[0])
	if err != nil {
		return NotAsked, err
	}
	all, note, err := r.Resource(args[2], u, r.Options.Attributes)
	if err != nil {
		return NotAsked, err
	}
	session, err := r.Session(u.ID, r.Options.Context)
	if err != nil {
		return NotAsked, err
	}
	_, d := Best(session, roles.Action(args[1]), all)
	if err := Asked(d); err != nil {
		return NotAsked, err
	}
	if note != "" {
		r.Note(note)
	}
	r.Printf("%s%s", r.Verdict(d), Fold("", fmt.Sprintf("%s is told: %s", u.ID, d.Message())))
	if !d.Allowed() {
		return No, nil
	}
	return Yes, nil
}

// Verdict is a decision's sentence for administrators.
func (o *Output) Verdict(d access.Decision) string {
	if d.Allowed() {
		return o.Style.Green(Fold("", d.String()))
	}
	return o.Style.Red(Fold("", d.String()))
}

func who(r *Run, args []string) (int, error) {
	action := roles.Action(args[0])
	all, note, err := r.Resource(args[1], roles.User{}, r.Options.Attributes)
	if err != nil {
		return NotAsked, err
	}
	facts, err := r.Facts(r.Options.Context)
	if err != nil {
		return NotAsked, err
	}
	allowed := map[roles.UserID]access.Decision{}
	for _, resource := range all {
		// Somebody without roles can ask what anybody can: what is wrong with the
		// question is what is wrong with theirs.
		probe := r.Engine.ForPrincipal(roles.Principal{User: roles.User{ID: "anybody"}}, facts)
		if err := Asked(probe.Decide(action, resource)); err != nil {
			return NotAsked, err
		}
		some, err := r.Engine.WhoCan(action, resource, facts)
		if err != nil {
			return NotAsked, err
		}
		for _, d := range some {
			if _, ok := allowed[d.User()]; !ok {
				allowed[d.User()] = d
			}
		}
	}
	if note != "" {
		r.Note(note)
	}
	return r.list(allowed), nil
}

// list writes who is allowed, and why.
func (o *Output) list(allowed map[roles.UserID]access.Decision) int {
	longest := 0
	for user := range allowed {
		longest = max(longest, utf8.RuneCountInString(string(user)))
	}
	for _, user := range slices.Sorted(maps.Keys(allowed)) {
		o.Printf("%s", Fold(pad(string(user), longest)+"  ", allowed[user].Why()))
	}
	if len(allowed) == 0 {
		o.Printf("nobody\n")
		return No
	}
	return Yes
}
