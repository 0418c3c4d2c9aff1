package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// facts is what an evaluation was told, in clauses, so that a refusal can name
// the one that breaks an invariant. Unless about is made, it keeps nothing:
// most evaluations break nothing, and need no words.
type facts struct {
	about   map[condition.Object]string // what was told of the elements of lists
	told    []string
	wrong   string // the last that was false
	culprit string // of the last element for which an all() did not hold
}

// mostTold bounds the clauses of a fact, and mostNamed the names in one.
const mostTold, mostNamed = 8, 3

// tell keeps a clause, about an element of a list if there is one.
func (f *facts) tell(element condition.Object, format string, args ...any) {
	if f.about == nil {
		return
	}
	clause := fmt.Sprintf(format, args...)
	if element != nil {
		f.about[element] = clause
	}
	if len(f.told) < mostTold && !slices.Contains(f.told, clause) {
		f.told = append(f.told, clause)
	}
}

func (f *facts) holds(m *member, role roles.RoleID, held bool) {
	switch {
	case f.about == nil:
	case held:
		f.tell(nil, "%s holds %s", m.id, role)
	default:
		f.wrong = fmt.Sprintf("%s does not hold %s", m.id, role)
	}
}

func (f *facts) assigned(m *member, to scope.Ref, assigned bool) {
	switch {
	case f.about == nil:
	case assigned:
		f.tell(nil, "%s is assigned to %s", to, m.id)
	default:
		f.wrong = fmt.Sprintf("%s is not assigned to %s", to, m.id)
	}
}

func (f *facts) holders(role roles.RoleID, holders []*member) {
	verb := "hold"
	if len(holders) < 2 {
		verb = "holds"
	}
	f.tell(nil, "%s %s %s", names(holders), verb, role)
	for _, m := range holders {
		f.of(m, "%s holds %s", m.id, role)
	}
}

func (f *facts) members(members []*member) {
	verb := "belong"
	if len(members) < 2 {
		verb = "belongs"
	}
	f.tell(nil, "%s %s to it", names(members), verb)
	for _, m := range members {
		f.of(m, "%s belongs to it", m.id)
	}
}

// of keeps a clause about an element only.
func (f *facts) of(element condition.Object, format string, args ...any) {
	if f.about != nil {
		f.about[element] = fmt.Sprintf(format, args...)
	}
}

// names lists some of the users, and how many more there are.
func names(members []*member) string {
	var ids []string
	for i, m := range members {
		if i == mostNamed && len(members) > mostNamed+1 {
			ids = append(ids, fmt.Sprintf("%d more", len(members)-i))
			break
		}
		ids = append(ids, m.ID)
	}
	switch last := len(ids) - 1; last {
	case -1:
		return "nobody"
	case 0:
		return ids[0]
	default:
		return strings.Join(ids[:last], ", ") + " and " + ids[last]
	}
}

// failing keeps for what an all() did not hold.
func (f *facts) failing(element any) {
	object, ok := element.(condition.Object)
	if !ok {
		return
	}
	if f.culprit = f.about[object]; f.culprit != "" {
		return
	}
	switch e := object.(type) {
	case *scope.Place:
		f.culprit = fmt.Sprintf("it is not so for %s", e.Ref())
	case *member:
		f.culprit = fmt.Sprintf("it is not so for %s", e.id)
	}
}

// String is the fact that was false, or else what is known of the element for
// which the condition does not hold, or else all that was told.
func (f *facts) String() string {
	switch {
	case f.wrong != "":
		return f.wrong
	case f.culprit != "":
		return f.culprit
	}
	return strings.Join(f.told, "; ")
}
