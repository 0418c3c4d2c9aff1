package mutants

import (
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
)

// conditions changes the text of every condition.
func (b *breeder) conditions() {
	for i, s := range b.base.Scopes {
		b.texts("scope "+s.Name, s.When, func(d *policy.Document, text string) { d.Scopes[i].When = text })
	}
	for i, c := range b.base.Constraints {
		b.texts("constraint "+c.Name, c.Require, func(d *policy.Document, text string) { d.Constraints[i].Require = text })
	}
	for i, v := range b.base.Invariants {
		b.texts("invariant "+v.Name, v.Require, func(d *policy.Document, text string) { d.Invariants[i].Require = text })
	}
}

// swaps are what the author of any condition could have mistaken for each other.
var swaps = [][2]string{
	{"&&", "||"}, {"||", "&&"}, {"==", "!="}, {"!=", "=="}, {"<=", "<"}, {"<= 1", "<= 2"}, {"<= 1", "<= 0"}, {"== 0", "<= 0"}, {"== 0", "== 1"},
	{".exists(", ".all("}, {".all(", ".exists("}, {"!has(", "has("}, {"has(", "!has("}, {"!(", "("}, {" in ", " == "},
}

func (b *breeder) texts(of, text string, set func(d *policy.Document, text string)) {
	add := func(changed string) {
		b.add(func(d *policy.Document) { set(d, changed) }, "%s: %s", of, changed)
	}
	add("true")
	add("false")
	add("!(" + text + ")")
	for _, swap := range slices.Concat(swaps, b.Swaps) {
		for at := 0; ; {
			found := strings.Index(text[at:], swap[0])
			if found < 0 {
				break
			}
			at += found
			add(text[:at] + swap[1] + text[at+len(swap[0]):])
			at += len(swap[0])
		}
	}
	for _, operator := range []string{"&&", "||"} {
		parts := strings.Split(text, operator)
		for i := range parts {
			if len(parts) > 1 {
				add(strings.TrimSpace(strings.Join(without(parts, i), operator)))
			}
		}
	}
}

func (b *breeder) constraints() {
	for i, c := range b.base.Constraints {
		b.add(func(d *policy.Document) { d.Constraints = without(d.Constraints, i) }, "constraint %s: gone", c.Name)
		b.add(func(d *policy.Document) { d.Constraints[i].Message = "" }, "constraint %s: no message", c.Name)
		for k, on := range c.On {
			b.add(func(d *policy.Document) { d.Constraints[i].On = without(c.On, k) }, "constraint %s: not on %s", c.Name, on)
		}
		for k, typ := range c.Resources {
			b.add(func(d *policy.Document) { d.Constraints[i].Resources = without(c.Resources, k) }, "constraint %s: not on every %s", c.Name, typ)
		}
		for _, p := range b.base.Privileges {
			if !slices.Contains(c.On, p.Name) && !slices.Contains(c.Resources, p.On) {
				b.add(func(d *policy.Document) { d.Constraints[i].On = append(d.Constraints[i].On, p.Name) }, "constraint %s: on %s too", c.Name, p.Name)
			}
		}
	}
}

func (b *breeder) invariants() {
	kinds := []string{"user", "role"}
	for _, r := range b.base.Resources {
		if r.Unit {
			kinds = append(kinds, r.Name)
		}
	}
	for i, v := range b.base.Invariants {
		b.add(func(d *policy.Document) { d.Invariants = without(d.Invariants, i) }, "invariant %s: gone", v.Name)
		b.add(func(d *policy.Document) { d.Invariants[i].Message = "" }, "invariant %s: no message", v.Name)
		b.add(func(d *policy.Document) { d.Invariants[i].Severity = roles.Warn - v.Severity }, "invariant %s: the other severity", v.Name)
		for _, kind := range kinds {
			b.add(func(d *policy.Document) { d.Invariants[i].For = kind }, "invariant %s: for %s", v.Name, kind)
		}
	}
}

func (b *breeder) administration() {
	for _, ceiling := range []policy.Ceiling{policy.NoCeiling, policy.Held, policy.HeldExceptSelf} {
		b.add(func(d *policy.Document) { d.Administration.Ceiling = ceiling }, "ceiling %s", ceiling)
	}
	for _, r := range b.base.Resources {
		b.add(func(d *policy.Document) { d.Administration.Accounts = r.Name }, "accounts are %s", r.Name)
	}
	b.add(func(d *policy.Document) { d.Administration.Accounts = "" }, "no accounts")
	for i, rule := range b.base.Administration.Changes {
		b.changeRule(i, rule)
	}
	for _, kind := range roles.ChangeKinds() {
		name := string(kind)
		if !slices.ContainsFunc(b.base.Administration.Changes, func(r policy.ChangeRule) bool { return r.Change == name }) {
			b.add(func(d *policy.Document) {
				d.Administration.Changes = append(d.Administration.Changes, policy.ChangeRule{Change: name, Actions: []roles.Action{b.Takes}})
			}, "%s: takes %s", name, b.Takes)
		}
	}
}

func (b *breeder) changeRule(i int, rule policy.ChangeRule) {
	same := func(one, other roles.Action) bool { return one == other || b.Same != nil && b.Same(one, other) }
	b.add(func(d *policy.Document) { d.Administration.Changes = without(d.Administration.Changes, i) }, "%s: nobody's", rule.Change)
	for k, action := range rule.Actions {
		b.add(func(d *policy.Document) { d.Administration.Changes[i].Actions = without(rule.Actions, k) }, "%s: does not take %s", rule.Change, action)
		for _, other := range b.actions() {
			if !same(action, other) || !same(other, action) {
				b.add(func(d *policy.Document) { d.Administration.Changes[i].Actions[k] = other }, "%s: takes %s for %s", rule.Change, other, action)
			}
		}
	}
	for _, other := range b.actions() {
		if !slices.ContainsFunc(rule.Actions, func(action roles.Action) bool { return same(action, other) }) {
			b.add(func(d *policy.Document) {
				d.Administration.Changes[i].Actions = append(d.Administration.Changes[i].Actions, other)
			}, "%s: takes %s too", rule.Change, other)
		}
	}
}
