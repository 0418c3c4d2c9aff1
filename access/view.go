package access

import (
	"errors"
	"fmt"
	"iter"

	"github.com/bailiwick-authz/bailiwick/internal/deepcopy"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// RestrictedText stands in the place of the value of a restricted field.
const RestrictedText = "**Restricted**"

// A Visibility is what a user sees of a field. The zero Visibility is Hidden.
type Visibility uint8

const (
	// Hidden: neither the value, nor that there is such a field.
	Hidden Visibility = iota
	// Restricted: that there is such a field, but nothing of its value.
	Restricted
	// Visible: the value.
	Visible
)

// String returns "hidden", "restricted" or "visible".
func (v Visibility) String() string {
	switch v {
	case Restricted:
		return "restricted"
	case Visible:
		return "visible"
	}
	return "hidden"
}

// A Field is what a View says of one field. The zero Field is hidden.
type Field struct {
	name       string
	visibility Visibility
	decision   Decision
}

// Name returns the field's name.
func (f Field) Name() string { return f.name }

// Visibility returns what the user sees of the field.
func (f Field) Visibility() Visibility { return f.visibility }

// Visible reports whether the user sees the field's value.
func (f Field) Visible() bool { return f.visibility == Visible }

// Decision returns why: of the actions that show the field, or, where those of
// the view do not show it, of these, the first that is allowed, or else the one
// that came nearest to it.
func (f Field) Decision() Decision { return f.decision }

// A View is what a session's user sees of one resource, field by field, as the
// policy's view of that name says: which action of Decide shows which field.
// What it does not name is hidden. It is of the instant when it was made, and
// immutable.
//
// The zero View hides everything.
type View struct {
	resource scope.Ref
	fields   []Field
	err      error
}

// View answers what the session's user sees of a resource. Everything is hidden
// where the policy has no such view, the resource is malformed or not of the
// view's type, or something is wrong with the user or the context: View.Err says
// what.
func (s *Session) View(name string, resource scope.Resource) (v View) {
	if s.engine == nil {
		return View{resource: resource.Ref(), err: errors.New("nobody made the session")}
	}
	q, d := &question{}, Decision{user: s.user, asked: resource}
	declared, ok := s.engine.policy.View(name)
	if !ok {
		return View{resource: resource.Ref(), err: errors.New(s.engine.policy.UnknownView(name))}
	}
	defer func() {
		if caught := recover(); caught != nil {
			q.deny(&d, Failed, fmt.Sprintf("panic: %v", caught))
			v = hide(declared, d)
		}
	}()
	q.begin(s.engine, s.in, "")
	place, err := s.engine.policy.Types().Locate(resource, s.units())
	switch {
	case err != nil:
		q.deny(&d, reasonOf(err), err.Error())
		return hide(declared, d)
	case resource.Type != declared.On:
		q.deny(&d, WrongType, fmt.Sprintf("view %q is of a %s, not of a %s", name, declared.On, resource.Type))
		return hide(declared, d)
	case s.refusal != Undecided && s.refused().Err() != nil:
		q.deny(&d, s.refusal, s.detail)
		return hide(declared, d)
	}
	q.remembers = true
	seen := sight{s, q, place, map[roles.Action]Decision{}}
	fields := seen.fields(declared)
	q.finish()
	return View{resource: resource.Ref(), fields: fields}
}

// hide is the view of a question that cannot be answered.
func hide(declared policy.View, why Decision) View {
	v := View{resource: why.Resource(), err: why.Err()}
	for _, f := range declared.Fields {
		v.fields = append(v.fields, Field{name: f.Name, decision: why})
	}
	return v
}

// A sight asks about one resource and those that it is in, once about each
// action.
type sight struct {
	session *Session
	q       *question
	place   *scope.Place
	asked   map[roles.Action]Decision
}

// fields decides on each field of a view. To whom the view is not shown,
// nothing in it is even restricted.
func (s sight) fields(declared policy.View) []Field {
	view := s.any(declared.Show)
	shown := view.Allowed()
	fields := make([]Field, len(declared.Fields))
	for i, f := range declared.Fields {
		fields[i] = Field{name: f.Name, decision: view}
		if len(f.Show) > 0 && (view.Allowed() || len(declared.Show) == 0) {
			fields[i].decision = s.any(f.Show)
		}
		shown = shown || fields[i].decision.Allowed()
	}
	for i, f := range declared.Fields {
		switch {
		case fields[i].decision.Allowed():
			fields[i].visibility = Visible
		case shown && f.Restricted:
			fields[i].visibility = Restricted
		}
	}
	return fields
}

// any returns the first decision that allows one of the actions, or else the
// one that came nearest to it. Of none it is the zero Decision.
func (s sight) any(actions []roles.Action) (nearest Decision) {
	for i, action := range actions {
		d, ok := s.asked[action]
		if !ok {
			d = s.ask(action)
			s.asked[action] = d
		}
		if i == 0 || nearer(d.reason, nearest.reason) {
			nearest = d
		}
		if d.Allowed() {
			break
		}
	}
	return nearest
}

// ask decides about the resource, or that one which it is in that has the
// action's type.
func (s sight) ask(action roles.Action) (d Decision) {
	q := s.q
	q.action, d.user = action, s.session.user
	q.right, _ = q.engine.policy.Catalog().Right(action)
	on := q.right.Privilege().On
	for at := s.place; at != nil; at = at.Parent() {
		if at.Type().Name() == on {
			d.asked, q.place, q.spot, q.kept = resourceOf(at.Ref()), at, spotOf(at), true
			s.session.answer(q, &d)
			return d
		}
	}
	d.asked = resourceOf(s.place.Ref())
	q.deny(&d, MalformedResource, fmt.Sprintf("%s is in no %s", d.asked.Ref(), on))
	return d
}

// resourceOf is a resource of which no more is said than what it is.
func resourceOf(ref scope.Ref) scope.Resource { return scope.Resource{Type: ref.Type, ID: ref.ID} }

// Err says why the view could not be answered; everything is hidden then. It is
// nil if the policy was asked, whatever it said. It is for logs, as String of a
// Decision is.
func (v View) Err() error { return v.err }

// Shown reports whether the user sees anything at all. A list that leaves out
// the records that it does not show says nothing of them.
func (v View) Shown() bool {
	for _, f := range v.fields {
		if f.visibility != Hidden {
			return true
		}
	}
	return false
}

// Field returns what the view says of a field. One that the policy's view does
// not have is hidden.
func (v View) Field(name string) Field {
	for _, f := range v.fields {
		if f.name == name {
			return f
		}
	}
	return Field{name: name}
}

// Fields yields the fields of the view, in the order of the policy.
func (v View) Fields() iter.Seq[Field] {
	return func(yield func(Field) bool) {
		for _, f := range v.fields {
			if !yield(f) {
				return
			}
		}
	}
}

// Map returns what the user sees of a record: a new map with the values of the
// visible fields, as far as values has them, and RestrictedText for each
// restricted field, whether values has it or not. It does not have the other
// keys of values: nothing of what is not visible changes the result.
//
// The visible values are copied, so that writing to them does not change those
// of the record, which must not be changed meanwhile. Shared with the record
// are channels and functions in them, keys of maps, what unexported fields of
// structs refer to, and what is nested more than 1000 deep. A struct that is
// visible is visible as a whole.
func (v View) Map(values map[string]any) map[string]any {
	seen := make(map[string]any, len(v.fields))
	for _, f := range v.fields {
		value, given := values[f.name]
		switch {
		case f.visibility == Restricted:
			seen[f.name] = RestrictedText
		case f.visibility == Visible && given:
			seen[f.name] = deepcopy.Of(value)
		}
	}
	return seen
}
