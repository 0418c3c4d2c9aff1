package policy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/roles"
)

// A lack is a privilege that is held without what it requires.
type lack struct {
	holds    roles.Right
	requires roles.Right
}

// lacking returns what is held without what it requires, in the order of the
// names.
func (p *Policy) lacking(held levels) []lack {
	var lacks []lack
	for _, right := range held {
		for _, action := range right.Privilege().Requires {
			required, ok := p.catalog.Right(action)
			if ok && !held[required.Privilege()].Covers(required) {
				lacks = append(lacks, lack{right, required})
			}
		}
	}
	slices.SortFunc(lacks, func(a, b lack) int {
		return cmp.Or(cmp.Compare(a.holds.Action(), b.holds.Action()), cmp.Compare(a.requires.Action(), b.requires.Action()))
	})
	return lacks
}

// A shortfall is what a role lacks, as far as it hangs together, and what would
// make good for it.
type shortfall struct {
	lacks []lack
	// cures are sets of changes each of which makes the role valid: the one that
	// keeps all that the role holds, and the smallest of all, if that is another.
	cures []cure
}

// String says what requires what, and what would be right.
func (s shortfall) String() string {
	var clauses, required []string
	for i, l := range s.lacks {
		required = append(required, string(l.requires.Action()))
		if i+1 < len(s.lacks) && s.lacks[i+1].holds == l.holds {
			continue
		}
		clauses = append(clauses, string(l.holds.Action())+" requires "+and(required))
		required = nil
	}
	cures := make([]string, len(s.cures))
	for i, c := range s.cures {
		cures[i] = c.String()
	}
	return strings.Join(clauses, "; ") + ": " + strings.Join(cures, ", or ")
}

// A cure is a set of changes to the grants of a role.
type cure struct {
	grant []roles.Action
	take  []string // privileges
}

// String says what to do.
func (c cure) String() string {
	var clauses []string
	if len(c.grant) > 0 {
		clauses = append(clauses, "grant "+and(c.grant)+" too")
	}
	if len(c.take) > 0 {
		clauses = append(clauses, "take "+and(c.take)+" away")
	}
	return strings.Join(clauses, " and ")
}

// and joins words.
func and[T ~string](words []T) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	last := len(texts) - 1
	if last < 1 {
		return strings.Join(texts, "")
	}
	return strings.Join(texts[:last], ", ") + " and " + texts[last]
}

// shortfalls returns what a role lacks, given the role itself and then all that
// it inherits. What one of those lacks by itself is not told of this one too.
func (p *Policy) shortfalls(closure []roles.Role) []shortfall {
	held := p.heldBy(closure)
	lacks := p.lacking(held)
	if len(lacks) == 0 {
		return nil
	}
	own := p.heldBy(closure[:1])
	lacks = slices.DeleteFunc(lacks, func(l lack) bool { return own[l.holds.Privilege()].Level() == 0 })
	return p.newRemedy(held, lacks).shortfalls()
}
