package access

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// PrepareSQL makes a SQL that says Filters of a resource type as conditions of
// queries whose rows are as row says, for the given actions on the type or, if
// none are given, for all. Call it once, when the program starts: it finds out
// for every scope of the policy, custom roles' included, for every condition of
// a fixed role and for every constraint whether the database can say it.
//
// Its error tells of everything that the database cannot say exactly, and why:
// each is a *scope.SQLRefusal. options may be nil.
func (e *Engine) PrepareSQL(dialect scope.SQLDialect, resourceType string, row scope.SQLRow, options *scope.SQLOptions, actions ...roles.Action) (*scope.SQL, error) {
	s, err := e.policy.Types().NewSQL(dialect, resourceType, row, options)
	if err != nil {
		return nil, err
	}
	rights, err := e.rightsOn(resourceType, actions)
	if err != nil {
		return nil, err
	}
	var refused []error
	prepare := func(p *scope.Predicate) {
		if p != nil {
			refused = append(refused, s.Prepare(p))
		}
	}
	for _, p := range e.permissionsAnywhere() {
		if slices.ContainsFunc(rights, p.Right.Covers) {
			prepare(p.Scope)
			prepare(p.When)
		}
	}
	for _, right := range rights {
		for _, check := range e.checks[right.Index()] {
			prepare(check.require.predicate)
		}
	}
	if err := joinOnce(refused); err != nil {
		return nil, err
	}
	return s, nil
}

// rightsOn looks up the actions, or all on the type if there are none.
func (e *Engine) rightsOn(resourceType string, actions []roles.Action) (rights []roles.Right, err error) {
	if len(actions) == 0 {
		return slices.DeleteFunc(slices.Clone(e.rights), func(r roles.Right) bool { return r.Privilege().On != resourceType }), nil
	}
	for _, action := range actions {
		right, ok := e.policy.Catalog().Right(action)
		switch {
		case !ok:
			return nil, errors.New(e.policy.UnknownAction(action))
		case right.Privilege().On != resourceType:
			return nil, fmt.Errorf("%s is on %s, not on %s", action, right.Privilege().On, resourceType)
		}
		rights = append(rights, right)
	}
	return rights, nil
}

// permissionsAnywhere is what any role can give, fixed or custom.
func (e *Engine) permissionsAnywhere() []policy.Permission {
	all := slices.Clone(e.policy.Roles())
	for _, s := range e.policy.Document().Scopes {
		all = append(all, roles.Role{ID: "any", Scope: s.Name, Everything: true})
	}
	var found []policy.Permission
	for _, role := range all {
		found = append(found, e.policy.Permissions(role)...)
	}
	return found
}

// joinOnce joins errors in the order of their words, those of the same words
// once.
func joinOnce(all []error) error {
	byWords := map[string]error{}
	for _, err := range all {
		if err != nil {
			byWords[err.Error()] = err
		}
	}
	var joined []error
	for _, words := range slices.Sorted(maps.Keys(byWords)) {
		joined = append(joined, byWords[words])
	}
	return errors.Join(joined...)
}
