package reference

import (
	"slices"

	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A Visibility is what a user sees of a field.
type Visibility string

// The ways to see a field.
const (
	Hidden     Visibility = "hidden"
	Restricted Visibility = "restricted"
	Visible    Visibility = "visible"
)

// View says what the question's user sees of its resource, whatever its action:
// the visibility of each field of a view that the policy has, by name.
//
// A field is visible if, and only if, the view is shown and some action of the
// field is allowed, or it has none. The view is shown if some action of its own
// is allowed, or it has none and some field has one that is. What is not visible
// is restricted if the view is shown and the policy says so, and hidden
// otherwise.
func (e *Evaluator) View(w *World, q Question, name string) map[string]Visibility {
	var view policy.View
	for _, v := range e.document.Views {
		if v.Name == name {
			view = v
		}
	}
	allowed := func(action roles.Action) bool { return q.Resource.Type == view.On && e.allowedAround(w, q, action) }
	shown := slices.ContainsFunc(view.Show, allowed)
	if len(view.Show) == 0 {
		for _, f := range view.Fields {
			shown = shown || slices.ContainsFunc(f.Show, allowed)
		}
	}
	seen := map[string]Visibility{}
	for _, f := range view.Fields {
		switch {
		case !shown:
			seen[f.Name] = Hidden
		case len(f.Show) == 0 || slices.ContainsFunc(f.Show, allowed):
			seen[f.Name] = Visible
		case f.Restricted:
			seen[f.Name] = Restricted
		default:
			seen[f.Name] = Hidden
		}
	}
	return seen
}

// allowedAround decides about the question's resource, or about that one which
// it is in that has the action's type.
func (e *Evaluator) allowedAround(w *World, q Question, action roles.Action) bool {
	l := law{e, w}
	if _, wrong := l.place(q.Resource); wrong != "" {
		return false
	}
	right, _ := l.right(action)
	for at := q.Resource; at.Type != ""; at = l.parent(at) {
		if at.Type == right.On {
			return e.Decide(w, Question{q.User, q.Principal, action, at, q.Context, q.Now}).Allowed
		}
	}
	return false
}

// parent returns what a resource is in; the zero Resource if it is the root.
func (l law) parent(r scope.Resource) scope.Resource {
	if r.In != nil {
		return *r.In
	}
	in := r.Parent
	if in.IsZero() && l.world != nil {
		unit, _ := l.unit(r.Ref())
		in = unit.Parent
	}
	if in == scope.Root() {
		in = scope.Ref{}
	}
	return scope.Resource{Type: in.Type, ID: in.ID}
}
