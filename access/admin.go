package access

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// An Admin changes the directory on behalf of an acting user: every change is
// first an action, which the policy's administration section must let the
// actor do, then held against the policy's ceiling, then validated and
// committed by the directory. What the actor may do is decided by the directory
// as it was before the changes: nobody can use a right in the same breath in
// which they give it to themselves.
//
// It is not the changing methods that are guarded but the changes that they
// made, whatever made them, so that there is no side door. What a removal takes
// along, the bindings and assignments of the unit or user that is gone, needs no
// action but the removal's own.
//
// A single binding of the actor must both grant the action and contain what the
// change is of: the unit or resource that a user is given, and the user, if the
// action is on accounts. Who makes a user active again gives them all that they have,
// and must be allowed to. The instant is that of the directory's clock.
//
// The directory does not know where a resource is that is no unit: a case, say.
// To assign one takes a binding at the root, unless the Admin was given the
// resource, with all that it is in.
//
// A refusal is for logs and for administrators of the whole: it may name what
// the actor may not see, such as an id that is taken in another unit.
type Admin struct {
	engine    *Engine
	actor     roles.UserID
	context   scope.Attributes
	resources []scope.Resource
}

// Admin returns the hands of an acting user, with the facts of the request,
// which may be nil. The engine must have a directory.
//
// The resources are those that the changes assign, or take from somebody's
// hands, and that the directory does not know, each as in a question to Decide:
// actions on its type, and on those that it is in, are asked about it. One that
// is given twice is asked about twice. The ids of resources that are assigned
// must be unique in the whole directory, not only in a unit.
func (e *Engine) Admin(actor roles.UserID, context scope.Attributes, resources ...scope.Resource) *Admin {
	return &Admin{e, actor, context, slices.Clone(resources)}
}

// Update is roles.Directory.Update on behalf of the actor. If a change is
// forbidden, the error is or wraps a *Forbidden, and nothing is changed.
func (a *Admin) Update(fn func(*roles.Tx) error) (roles.Commit, error) {
	if a.engine.directory == nil {
		return roles.Commit{}, errors.New("the engine has no directory to change")
	}
	return a.engine.directory.UpdateGuarded(string(a.actor), a.guard, fn)
}

// DryRun is Update without the change: the same commit or the same refusal.
func (a *Admin) DryRun(fn func(*roles.Tx) error) (roles.Commit, error) {
	if a.engine.directory == nil {
		return roles.Commit{}, errors.New("the engine has no directory to change")
	}
	return a.engine.directory.DryRunGuarded(string(a.actor), a.guard, fn)
}

// Forbidden is the refusal of changes that the actor may not make.
type Forbidden struct {
	Actor roles.UserID
	// Denials are why, one or more for each forbidden change, in order.
	Denials []Denial
}

// A Denial is one reason why a change is forbidden.
type Denial struct {
	Change roles.Change
	// Decision is the denied action. It is the zero Decision if no action was
	// denied, but the change is not in the policy's administration section, or
	// the actor would hand on more than they hold.
	Decision Decision
	// Missing is what the actor does not hold but would hand on.
	Missing []string
	detail  string
}

// Error is a sentence.
func (d Denial) Error() string {
	switch {
	case len(d.Missing) > 0:
		return fmt.Sprintf("%s: nobody hands on more than they hold; missing: %s", d.Change, strings.Join(d.Missing, ", "))
	case d.detail != "":
		return fmt.Sprintf("%s: %s", d.Change, d.detail)
	case d.Decision.Action() == "":
		return fmt.Sprintf("%s: %s", d.Change, d.Decision.Why())
	}
	return fmt.Sprintf("%s: %s: %s", d.Change, d.Decision.Action(), d.Decision.Why())
}

// Error names the actor and every denial.
func (f *Forbidden) Error() string {
	lines := make([]string, len(f.Denials))
	for i, d := range f.Denials {
		lines[i] = fmt.Sprintf("%s may not %s", f.Actor, d.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each denial to errors.As.
func (f *Forbidden) Unwrap() []error {
	errs := make([]error, len(f.Denials))
	for i, d := range f.Denials {
		errs[i] = d
	}
	return errs
}
