package policy

import (
	"maps"
	"slices"

	"github.com/bailiwick-authz/bailiwick/internal/suggest"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// Options bound what a policy may be. Nil, and each zero field, means the
// defaults. Past a bound, a policy is refused with a fault that says so.
type Options struct {
	// MaxDocument is the greatest length of a file in bytes. Default 1 MiB.
	MaxDocument int
	// MaxCondition is the greatest length of one condition in bytes. Default
	// 4096.
	MaxCondition int
	// MaxConditionNodes is the greatest number of nodes in the syntax tree of
	// one condition. Default 500.
	MaxConditionNodes int
	// MaxCost bounds the steps of one evaluation of a condition; past it the
	// condition does not hold. A step is at most some 10 ns. Default 100 000: at
	// most a millisecond, whatever the condition and what it looks at.
	MaxCost uint64
	// MaxInheritance is the greatest number of roles on a way from a role to
	// one that it inherits, both included. Default 32.
	MaxInheritance int
	// MaxCompiled is the greatest number of conditions after each is compiled
	// for every type of resource that it is for; one of more than 400 bytes
	// counts once more for every 400. Default 10 000.
	MaxCompiled int
	// MaxTypes is the greatest number of resource types. Default 40.
	MaxTypes int
	// MaxDefinitions is the greatest number of privileges, of scopes, of roles,
	// of constraints, of invariants, of views, of fields of a view, of
	// attributes of users and of facts of the context. Default 1000 each.
	MaxDefinitions int
}

func (o *Options) orDefaults() Options {
	var opts Options
	if o != nil {
		opts = *o
	}
	opts.MaxDocument = orDefault(opts.MaxDocument, 1<<20)
	opts.MaxCondition = orDefault(opts.MaxCondition, 4096)
	opts.MaxConditionNodes = orDefault(opts.MaxConditionNodes, 500)
	opts.MaxCost = orDefault(opts.MaxCost, 100_000)
	opts.MaxInheritance = orDefault(opts.MaxInheritance, 32)
	opts.MaxCompiled = orDefault(opts.MaxCompiled, 10_000)
	opts.MaxTypes = orDefault(opts.MaxTypes, 40)
	opts.MaxDefinitions = orDefault(opts.MaxDefinitions, 1000)
	return opts
}

func orDefault[T int | uint64](v, byDefault T) T {
	if v <= 0 {
		return byDefault
	}
	return v
}

// A Policy is a document that was checked and compiled. It is immutable and
// safe for concurrent use. It is the roles.Schema of the directories that
// serve it.
type Policy struct {
	document    Document
	hash        string
	types       *scope.Types
	users       *scope.AttributeTypes
	context     *scope.AttributeTypes
	catalog     *roles.Catalog
	scopes      map[string]*scope.Predicate
	whens       map[string]*scope.Predicate // by source
	roles       []roles.Role
	roleIndex   map[roles.RoleID]int
	permissions map[roles.RoleID][]Permission // of the fixed roles
	constraints map[roles.Action][]*Check
	invariants  []*invariant
	views       map[string]View
	looksAtHome bool
}

// Name returns the policy's name.
func (p *Policy) Name() string { return p.document.Policy }

// Hash returns a digest of what the policy means, in hexadecimal. It does not
// depend on the order in which things that have no order are written.
func (p *Policy) Hash() string { return p.hash }

// Document returns the policy as data. Compile makes the same policy of it.
// The caller must not change it.
func (p *Policy) Document() Document { return p.document }

// Types returns the tree of resource types.
func (p *Policy) Types() *scope.Types { return p.types }

// UserAttributes returns the declared attributes of users.
func (p *Policy) UserAttributes() *scope.AttributeTypes { return p.users }

// ContextFacts returns the declared facts that come with questions.
func (p *Policy) ContextFacts() *scope.AttributeTypes { return p.context }

// Catalog returns the privileges.
func (p *Policy) Catalog() *roles.Catalog { return p.catalog }

// Roles returns the fixed roles in the order of the policy.
func (p *Policy) Roles() []roles.Role { return slices.Clone(p.roles) }

// A Permission is one right that a role gives, and how far.
type Permission struct {
	Right roles.Right
	// Scope says how far the right reaches.
	Scope *scope.Predicate
	// When is one more condition. May be nil.
	When *scope.Predicate
}

// Permissions returns what a role gives by itself, without the roles that it
// inherits, ordered by action, scope and condition. What the policy does not
// know in a role gives nothing.
func (p *Policy) Permissions(r roles.Role) []Permission {
	if r.Fixed {
		return p.permissions[r.ID]
	}
	return p.permissionsOf(r)
}

func (p *Policy) permissionsOf(r roles.Role) []Permission {
	var all []Permission
	add := func(right roles.Right, scopeName, when string) {
		granted := Permission{Right: right, Scope: p.scopes[scopeName]}
		if granted.Scope == nil || granted.Scope.For(right.Privilege().On) != nil {
			return
		}
		if when != "" {
			if granted.When = p.whens[when]; granted.When == nil {
				return
			}
		}
		all = append(all, granted)
	}
	if r.Everything {
		for _, privilege := range p.catalog.Privileges() {
			right, _ := p.catalog.Greatest(privilege.Name)
			add(right, r.Scope, "")
		}
	}
	for _, g := range r.Grants {
		for _, action := range g.Privileges {
			if right, ok := p.catalog.Right(action); ok {
				add(right, orScope(g.Scope, r.Scope), g.When)
			}
		}
	}
	slices.SortStableFunc(all, comparePermissions)
	return all
}

func orScope(own, byDefault string) string {
	if own == "" {
		return byDefault
	}
	return own
}

// A Check is a constraint, compiled.
type Check struct {
	Name string
	// Require is the condition, for every type of resource that the constraint
	// is on.
	Require *scope.Predicate
	// Message is what an end user is told. Empty: nothing in particular.
	Message string
}

// LooksAtHome reports whether a condition on questions may look at where the
// user belongs.
func (p *Policy) LooksAtHome() bool { return p.looksAtHome }

// anyCondition reports whether looks is true of a condition on questions.
func (p *Policy) anyCondition(looks func(*scope.Predicate) bool) bool {
	for _, predicates := range []map[string]*scope.Predicate{p.scopes, p.whens} {
		for _, predicate := range predicates {
			if looks(predicate) {
				return true
			}
		}
	}
	for _, checks := range p.constraints {
		for _, check := range checks {
			if looks(check.Require) {
				return true
			}
		}
	}
	return false
}

// Constraints returns the constraints on an action, ordered by name. The
// caller must not change them.
func (p *Policy) Constraints(a roles.Action) []*Check { return p.constraints[a] }

// View returns a view. The caller must not change it.
func (p *Policy) View(name string) (View, bool) {
	v, ok := p.views[name]
	return v, ok
}

// UnknownView says that the policy declares no such view, and what would be
// right.
func (p *Policy) UnknownView(name string) string {
	return "unknown view " + quote(name) + suggest.Hint(name, slices.Collect(maps.Keys(p.views)))
}

// Administration returns what it takes to change the directory. The caller
// must not change it.
func (p *Policy) Administration() Administration { return p.document.Administration }
