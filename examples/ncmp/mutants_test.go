package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
)

// TestEveryRuleOfThePolicyIsHeld breaks the policy in every single way and
// asserts that the checks of TestConformance see it, or that the broken policy
// does not compile. A part of the policy that can be broken unseen is held by
// no rule: the rule's check lacks something, or the part does.
//
// It tries one way of each forty. All of them, which takes some minutes, with
//
//	BAILIWICK_MUTANTS=all go test ./examples/ncmp -run EveryRule -v
func TestEveryRuleOfThePolicyIsHeld(t *testing.T) {
	p, err := policy.Parse("ncmp.yaml", policyFile, nil)
	require.NoError(t, err)
	require.Empty(t, broken(p), "the policy itself")
	all := mutants(p)
	breedsAll(t, all)
	step := 40
	if os.Getenv("BAILIWICK_MUTANTS") == "all" {
		step = 1
	}
	var tried []mutant
	for i := 0; i < len(all); i += step {
		tried = append(tried, all[i])
	}

	unseen, refused, seen := try(tried)
	t.Logf("%d of %d mutants: %d do not compile, %d mean the same", len(tried), len(all), refused, len(unseen))
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		t.Logf("%s is the first rule that %d break", id, seen[id])
	}
	for _, what := range unseen {
		if equivalent[what] == "" {
			t.Errorf("no check sees this: %s", what)
		}
	}
	if step == 1 {
		assert.ElementsMatch(t, slices.Collect(maps.Keys(equivalent)), unseen, "those that mean the same are these, and no more")
	}
}

// breedsAll holds that the breeder does not run dry unseen.
func breedsAll(t *testing.T, all []mutant) {
	texts := map[string]bool{}
	for _, m := range all {
		texts[m.what] = true
	}
	assert.Greater(t, len(texts), 1500)
	for _, some := range []string{
		"role collector: does not grant pupil.edit", "role monitor: grants pupil.grid everywhere", "role super_monitor: inherits nothing",
		"role collector: at any unit", "constraint no unsuppressed warnings: gone", "constraint no unsuppressed warnings: !(resource.warnings == 0)",
		"scope assigned: true", "scope assigned: false", "invariant at most one NCMP lead: gone", "invariant at most one NCMP lead: the other severity",
		"bind: nobody's", "school: unit: false", "pupil: attribute year: int",
	} {
		assert.True(t, texts[some], "%s", some)
	}
}

// try returns the mutants that no rule sees, how many do not compile, and of
// how many others each rule is the first that breaks.
func try(all []mutant) (unseen []string, refused int, seen map[string]int) {
	seen = map[string]int{}
	var mu sync.Mutex
	var workers sync.WaitGroup
	next := make(chan mutant)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for m := range next {
				mutated, err := policy.Compile(m.document, nil)
				rule := ""
				if err == nil {
					rule = broken(mutated)
				}
				mu.Lock()
				switch {
				case err != nil:
					refused++
				case rule != "":
					seen[rule]++
				default:
					unseen = append(unseen, m.what)
				}
				mu.Unlock()
			}
		})
	}
	for _, m := range all {
		next <- m
	}
	close(next)
	workers.Wait()
	return unseen, refused, seen
}

// broken returns the id of the first rule that a policy breaks, or "".
func broken(p *policy.Policy) string {
	for _, r := range rules {
		if holds(r, p) {
			continue
		}
		return r.id
	}
	return ""
}

// holds runs the check of a rule where nobody but this function sees it fail.
func holds(r rule, p *policy.Policy) (held bool) {
	t := &recorder{}
	defer func() {
		if caught := recover(); caught != nil && caught != any(t) {
			panic(caught)
		}
		held = !t.failed
	}()
	r.check(newWorld(t, p))
	return
}

// A recorder is a test that only remembers whether it failed.
type recorder struct{ failed bool }

// Errorf fails the test.
func (r *recorder) Errorf(string, ...any) { r.failed = true }

// FailNow fails the test and ends it.
func (r *recorder) FailNow() { r.failed = true; panic(r) }

// A mutant is the policy with one thing changed.
type mutant struct {
	what     string
	document policy.Document
}

// A breeder collects mutants of a document.
type breeder struct {
	base  policy.Document
	text  []byte // base as JSON
	taken map[string]bool
	all   []mutant
}

// add makes one mutant. What is the policy itself, or another mutant, is none.
func (b *breeder) add(change func(d *policy.Document), format string, args ...any) {
	var d policy.Document
	if err := json.Unmarshal(b.text, &d); err != nil {
		panic(err)
	}
	change(&d)
	if text := encode(d); !b.taken[string(text)] {
		b.taken[string(text)] = true
		b.all = append(b.all, mutant{fmt.Sprintf(format, args...), d})
	}
}

func encode(d policy.Document) []byte {
	text, err := json.Marshal(d)
	if err != nil {
		panic(err)
	}
	return text
}

func mutants(p *policy.Policy) []mutant {
	text := encode(p.Document())
	b := &breeder{base: p.Document(), text: text, taken: map[string]bool{string(text): true}}
	b.resources()
	b.privileges()
	b.grants()
	b.inheritance()
	b.conditions()
	b.constraints()
	b.invariants()
	b.administration()
	return b.all
}

func without1[T any](list []T, i int) []T { return slices.Delete(slices.Clone(list), i, i+1) }

func (b *breeder) resources() {
	types := []string{"bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration",
		"list(string)", "list(int)", "map(string)"}
	for i, r := range b.base.Resources {
		b.add(func(d *policy.Document) { d.Resources = without1(d.Resources, i) }, "%s: gone", r.Name)
		b.add(func(d *policy.Document) { d.Resources[i].Unit = !r.Unit }, "%s: unit: %t", r.Name, !r.Unit)
		for k, in := range r.In {
			b.add(func(d *policy.Document) { d.Resources[i].In = without1(r.In, k) }, "%s: not in %s", r.Name, in)
		}
		for _, other := range b.base.Resources {
			b.add(func(d *policy.Document) { d.Resources[i].In = []string{other.Name} }, "%s: in %s instead", r.Name, other.Name)
			b.add(func(d *policy.Document) { d.Resources[i].In = append(d.Resources[i].In, other.Name) }, "%s: in %s too", r.Name, other.Name)
		}
		for name := range r.Attributes {
			b.add(func(d *policy.Document) { delete(d.Resources[i].Attributes, name) }, "%s: no attribute %s", r.Name, name)
			for _, typ := range types {
				b.add(func(d *policy.Document) { d.Resources[i].Attributes[name] = typ }, "%s: attribute %s: %s", r.Name, name, typ)
			}
		}
	}
	for name := range b.base.Context {
		b.add(func(d *policy.Document) { delete(d.Context, name) }, "context: no %s", name)
		for _, typ := range types {
			b.add(func(d *policy.Document) { d.Context[name] = typ }, "context: %s: %s", name, typ)
		}
	}
}

func (b *breeder) privileges() {
	for i, p := range b.base.Privileges {
		b.add(func(d *policy.Document) { d.Privileges = without1(d.Privileges, i) }, "%s: gone", p.Name)
		for _, r := range b.base.Resources {
			b.add(func(d *policy.Document) { d.Privileges[i].On = r.Name }, "%s: on %s", p.Name, r.Name)
		}
		b.add(func(d *policy.Document) { d.Privileges[i].Title = "" }, "%s: no title", p.Name)
		for _, area := range []string{"", "Schools", "Pupil data", "Extract", "Manage users"} {
			b.add(func(d *policy.Document) { d.Privileges[i].Area = area }, "%s: area %q", p.Name, area)
		}
	}
	b.add(func(d *policy.Document) {
		d.Privileges = append(d.Privileges, policy.Privilege{Name: "x", On: "school"})
	}, "one privilege more")
	for i, s := range b.base.Scopes {
		b.add(func(d *policy.Document) { d.Scopes = without1(d.Scopes, i) }, "scope %s: gone", s.Name)
	}
}

// grants takes each privilege out of each role, adds each that it lacks, and
// gives each grant every other scope.
func (b *breeder) grants() {
	for i, r := range b.base.Roles {
		b.add(func(d *policy.Document) { d.Roles = without1(d.Roles, i) }, "role %s: gone", r.Name)
		b.add(func(d *policy.Document) { d.Roles[i].Title = "" }, "role %s: no title", r.Name)
		for g, grant := range r.Grants {
			for k, privilege := range grant.Privileges {
				b.add(func(d *policy.Document) {
					if d.Roles[i].Grants[g].Privileges = without1(grant.Privileges, k); len(grant.Privileges) == 1 {
						d.Roles[i].Grants = without1(d.Roles[i].Grants, g)
					}
				}, "role %s: does not grant %s", r.Name, privilege)
				for _, s := range b.base.Scopes {
					if s.Name == grant.Scope {
						continue
					}
					b.add(func(d *policy.Document) {
						d.Roles[i].Grants[g].Privileges = without1(grant.Privileges, k)
						d.Roles[i].Grants = append(d.Roles[i].Grants, policy.Grant{Privileges: []roles.Action{privilege}, Scope: s.Name})
						d.Roles[i].Grants = slices.DeleteFunc(d.Roles[i].Grants, func(g policy.Grant) bool { return len(g.Privileges) == 0 })
					}, "role %s: grants %s in scope %s", r.Name, privilege, s.Name)
				}
			}
		}
		for _, p := range b.base.Privileges {
			if action := roles.Action(p.Name); !b.grantsEverywhere(r, action) {
				b.add(func(d *policy.Document) {
					d.Roles[i].Grants = append(d.Roles[i].Grants, policy.Grant{Privileges: []roles.Action{action}, Scope: "authority"})
				}, "role %s: grants %s everywhere", r.Name, action)
			}
		}
		b.add(func(d *policy.Document) { d.Roles[i].Everything, d.Roles[i].Scope = true, "authority" }, "role %s: everything", r.Name)
	}
	b.add(func(d *policy.Document) { d.Roles = append(d.Roles, policy.Role{Name: "seventh"}) }, "a seventh role")
}

// grantsEverywhere reports whether a role, or one that it inherits, grants an
// action in all of the authority.
func (b *breeder) grantsEverywhere(r policy.Role, action roles.Action) bool {
	for _, g := range r.Grants {
		if g.Scope == "authority" && slices.Contains(g.Privileges, action) {
			return true
		}
	}
	return slices.ContainsFunc(b.base.Roles, func(junior policy.Role) bool {
		return slices.Contains(r.Inherits, junior.Name) && b.grantsEverywhere(junior, action)
	})
}

func (b *breeder) inheritance() {
	for i, r := range b.base.Roles {
		b.add(func(d *policy.Document) { d.Roles[i].At = nil }, "role %s: at any unit", r.Name)
		for _, unit := range b.base.Resources {
			b.add(func(d *policy.Document) { d.Roles[i].At = []string{unit.Name} }, "role %s: at %s", r.Name, unit.Name)
			if !slices.Contains(r.At, unit.Name) {
				b.add(func(d *policy.Document) { d.Roles[i].At = append(d.Roles[i].At, unit.Name) }, "role %s: at %s too", r.Name, unit.Name)
			}
		}
		b.add(func(d *policy.Document) { d.Roles[i].Inherits = nil }, "role %s: inherits nothing", r.Name)
		for _, other := range b.base.Roles {
			b.add(func(d *policy.Document) {
				if !slices.Contains(r.Inherits, other.Name) {
					d.Roles[i].Inherits = append(d.Roles[i].Inherits, other.Name)
				}
			}, "role %s: inherits %s", r.Name, other.Name)
		}
	}
}

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

// swaps are what a condition's author could have mistaken for each other.
var swaps = [][2]string{
	{"&&", "||"}, {"||", "&&"}, {"==", "!="}, {"!=", "=="}, {"<=", "<"}, {"<= 1", "<= 2"}, {"<= 1", "<= 0"}, {"== 0", "<= 0"}, {"== 0", "== 1"},
	{".exists(", ".all("}, {".all(", ".exists("}, {"!has(", "has("}, {"has(", "!has("}, {"!(", "("}, {" in ", " == "},
	{"resource.year", "context.year"}, {"context.year", "resource.year"}, {"user.authority", "user.provider"}, {"user.provider", "user.authority"},
}

func (b *breeder) texts(of, text string, set func(d *policy.Document, text string)) {
	add := func(changed string) {
		b.add(func(d *policy.Document) { set(d, changed) }, "%s: %s", of, changed)
	}
	add("true")
	add("false")
	add("!(" + text + ")")
	for _, swap := range swaps {
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
				add(strings.TrimSpace(strings.Join(without1(parts, i), operator)))
			}
		}
	}
}

func (b *breeder) constraints() {
	for i, c := range b.base.Constraints {
		b.add(func(d *policy.Document) { d.Constraints = without1(d.Constraints, i) }, "constraint %s: gone", c.Name)
		b.add(func(d *policy.Document) { d.Constraints[i].Message = "" }, "constraint %s: no message", c.Name)
		for k, on := range c.On {
			b.add(func(d *policy.Document) { d.Constraints[i].On = without1(c.On, k) }, "constraint %s: not on %s", c.Name, on)
		}
		for _, p := range b.base.Privileges {
			if !slices.Contains(c.On, p.Name) {
				b.add(func(d *policy.Document) { d.Constraints[i].On = append(d.Constraints[i].On, p.Name) }, "constraint %s: on %s too", c.Name, p.Name)
			}
		}
	}
}

func (b *breeder) invariants() {
	for i, v := range b.base.Invariants {
		b.add(func(d *policy.Document) { d.Invariants = without1(d.Invariants, i) }, "invariant %s: gone", v.Name)
		b.add(func(d *policy.Document) { d.Invariants[i].Message = "" }, "invariant %s: no message", v.Name)
		b.add(func(d *policy.Document) { d.Invariants[i].Severity = roles.Warn - v.Severity }, "invariant %s: the other severity", v.Name)
		for _, kind := range []string{"authority", "provider", "school", "user", "role"} {
			b.add(func(d *policy.Document) { d.Invariants[i].For = kind }, "invariant %s: for %s", v.Name, kind)
		}
	}
}

func (b *breeder) administration() {
	for _, ceiling := range []policy.Ceiling{policy.Held, policy.HeldExceptSelf} {
		b.add(func(d *policy.Document) { d.Administration.Ceiling = ceiling }, "ceiling %s", ceiling)
	}
	for _, r := range b.base.Resources {
		b.add(func(d *policy.Document) { d.Administration.Accounts = r.Name }, "accounts are %s", r.Name)
	}
	b.add(func(d *policy.Document) { d.Administration.Accounts = "" }, "no accounts")
	for i, rule := range b.base.Administration.Changes {
		b.add(func(d *policy.Document) { d.Administration.Changes = without1(d.Administration.Changes, i) }, "%s: nobody's", rule.Change)
		for k, action := range rule.Actions {
			b.add(func(d *policy.Document) { d.Administration.Changes[i].Actions = without1(rule.Actions, k) }, "%s: does not take %s", rule.Change, action)
			for _, p := range b.base.Privileges {
				if other := roles.Action(p.Name); !b.grantedTogether(action, other) {
					b.add(func(d *policy.Document) { d.Administration.Changes[i].Actions[k] = other }, "%s: takes %s for %s", rule.Change, other, action)
				}
			}
		}
		for _, p := range b.base.Privileges {
			other := roles.Action(p.Name)
			if !slices.ContainsFunc(rule.Actions, func(action roles.Action) bool { return b.implies(action, other) }) {
				b.add(func(d *policy.Document) {
					d.Administration.Changes[i].Actions = append(d.Administration.Changes[i].Actions, other)
				}, "%s: takes %s too", rule.Change, other)
			}
		}
	}
	for _, kind := range roles.ChangeKinds() {
		name := string(kind)
		if !slices.ContainsFunc(b.base.Administration.Changes, func(r policy.ChangeRule) bool { return r.Change == name }) {
			b.add(func(d *policy.Document) {
				d.Administration.Changes = append(d.Administration.Changes, policy.ChangeRule{Change: name, Actions: []roles.Action{"user.view"}})
			}, "%s: takes user.view", name)
		}
	}
}

// equivalent are the mutants that mean what the policy means, and why.
var equivalent = map[string]string{
	"role super_user: grants provider.add in scope own_people":    noneOfProvider,
	"role super_user: grants provider.edit in scope own_people":   noneOfProvider,
	"role super_user: grants provider.remove in scope own_people": noneOfProvider,
	"add_unit: takes user.view":                                   nobodyAbove,
	"remove_unit: takes user.view":                                nobodyAbove,
	"change_unit: takes user.view":                                "the units for which no other rule goes before have no attributes to change",
	"add_role: takes user.view":                                   sixRoles,
	"change_role: takes user.view":                                sixRoles,
	"remove_role: takes user.view":                                sixRoles,
}

const (
	noneOfProvider = "an authority is in no provider, so both scopes reach it for users of the authority only"
	nobodyAbove    = "the units for which no other rule goes before are authorities, and no role can be held above one"
	sixRoles       = "there are no roles but the fixed ones, which nobody can change"
)

// implies reports whether whoever has one action, on something, has the other
// on it too: because they are granted together, or because only an authority's
// own super users have the one, who have all that super users have.
func (b *breeder) implies(one, other roles.Action) bool {
	super := b.base.Roles[slices.IndexFunc(b.base.Roles, func(r policy.Role) bool { return r.Name == "super_user" })]
	grants := func(action roles.Action, inScope string) bool {
		return slices.ContainsFunc(super.Grants, func(g policy.Grant) bool {
			return slices.Contains(g.Privileges, action) && (inScope == "" || g.Scope == inScope)
		})
	}
	return b.grantedTogether(one, other) || grants(one, "own_authority") && grants(other, "")
}

// grantedTogether reports whether whoever has one of two actions has the other,
// on the same things: then it makes no difference which of them a change takes.
func (b *breeder) grantedTogether(one, other roles.Action) bool {
	for _, r := range b.base.Roles {
		for _, g := range r.Grants {
			if slices.Contains(g.Privileges, one) && slices.Contains(g.Privileges, other) {
				return true
			}
		}
	}
	return one == other
}
