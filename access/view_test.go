package access_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// drawPolicyWithViews draws a policy with views of several types.
func drawPolicyWithViews(d draw) drawnPolicy {
	p := drawPolicy(d)
	for i := range d.between(2, 4) {
		p.drawView(d, fmt.Sprintf("view%d", i))
	}
	p.compile(d)
	return p
}

// drawView draws a view of a type that some action is on, or is on something
// above it.
func (p *drawnPolicy) drawView(d draw, name string) {
	on := pick(d, p.document.Privileges).On
	for _, r := range p.document.Resources {
		if d.chance(3) {
			on = r.Name
		}
	}
	around := map[string]bool{on: true}
	for _, above := range p.above(on) {
		around[above.Name] = true
	}
	var actions []roles.Action
	for _, privilege := range p.document.Privileges {
		if around[privilege.On] {
			actions = append(actions, actionsOf(privilege)...)
		}
	}
	if len(actions) == 0 {
		return
	}
	v := policy.View{Name: name, On: on}
	if d.chance(8) {
		v.Show = some(d, actions, 1)
	}
	for i := range 5 {
		f := policy.Field{Name: fmt.Sprintf("f%d", i)}
		if len(v.Show) == 0 || d.chance(12) {
			f.Show = some(d, actions, 1)[:1]
			if more := pick(d, actions); more != f.Show[0] && d.chance(5) {
				f.Show = append(f.Show, more)
			}
		}
		v.Fields = append(v.Fields, f)
	}
	restrictSome(d, &v)
	p.document.Views = append(p.document.Views, v)
}

// restrictSome makes fields restricted, of those that somebody may see as such:
// whom some other action shows the view.
func restrictSome(d draw, v *policy.View) {
	showing := v.Show
	for _, f := range v.Fields {
		if len(v.Show) == 0 {
			showing = append(showing, f.Show...)
		}
	}
	for i, f := range v.Fields {
		other := func(a roles.Action) bool { return !slices.Contains(f.Show, a) }
		v.Fields[i].Restricted = len(f.Show) > 0 && slices.ContainsFunc(showing, other) && d.chance(12)
	}
}

// drawViewQuestion draws a question about a view: mostly one whose resource has
// the view's type.
func (w *world) drawViewQuestion(d draw) (reference.Question, policy.View) {
	v := pick(d, w.document.Views)
	for range 8 {
		if q := w.drawQuestion(d); q.Resource.Type == v.On {
			return q, v
		}
	}
	q := w.drawQuestion(d)
	for _, r := range w.all(v.On) {
		if d.chance(13) {
			q.Resource = r
		}
	}
	return q, v
}

// worldsWithViews runs a property over drawn views.
func worldsWithViews(t *testing.T, number int, property func(d draw, w *world, q reference.Question, v policy.View)) {
	t.Helper()
	worldsUnder(t, number, drawPolicyWithViews, func(d draw, w *world) {
		for range 8 {
			if len(w.document.Views) > 0 {
				q, v := w.drawViewQuestion(d)
				property(d, w, q, v)
			}
		}
	})
}

// Reference: what is seen of each field is what the reference says, by the
// decisions about its actions.
func TestReferenceView(t *testing.T) {
	counts := tally{}
	worldsWithViews(t, 200, func(d draw, w *world, q reference.Question, v policy.View) {
		want := w.reference.View(&w.data, q, v.Name)
		session := w.engine.For(q.User, q.Context)
		got := session.View(v.Name, q.Resource)
		var names []string
		for f := range got.Fields() {
			names = append(names, f.Name())
			require.Equal(d, string(want[f.Name()]), f.Visibility().String(), "%s: %s\n%+v\n%+v\n%s", f.Name(), f.Decision(), v, q, w)
			require.Equal(d, f.Decision().String(), got.Field(f.Name()).Decision().String())
			require.Equal(d, f.Visibility(), got.Field(f.Name()).Visibility())
			require.Equal(d, f.Visibility() == access.Visible, f.Visible())
			require.Equal(d, f.Visible(), f.Decision().Allowed(), "the decision of a field is why")
		}
		counts.see(got)
		require.Equal(d, fieldNames(v), names, "each field, in the policy's order")
		seen := slices.Collect(maps.Values(want))
		require.Equal(d, slices.Contains(seen, "visible") || slices.Contains(seen, "restricted"), got.Shown())
		if got.Err() != nil {
			require.False(d, got.Shown())
			counts["(unanswered)"]++
		}
		byValue := w.engine.ForPrincipal(w.principal(q.User), q.Context).View(v.Name, q.Resource)
		if w.reference.Decide(&w.data, q).Reason != reference.UnknownUser {
			require.Equal(d, what(got), what(byValue), "a user given by value sees the same")
		}
		for _, f := range v.Fields {
			w.requireDecision(d, session, q, v, f, got)
		}
	})
	counts.log(t, "fields")
	counts.seen(t)
	require.NotZero(t, counts["(unanswered)"])
}

// see counts the fields of a view by what is seen of them.
func (c tally) see(v access.View) {
	for f := range v.Fields() {
		c[f.Visibility().String()]++
	}
}

// seen fails if a drawn sample says too little.
func (c tally) seen(t *testing.T) {
	t.Helper()
	total := c["visible"] + c["restricted"] + c["hidden"]
	require.Greater(t, 20*c["visible"], total, "too little of what was drawn is visible: %v", c)
	require.Greater(t, 200*c["restricted"], total, "too little of what was drawn is restricted: %v", c)
}

func fieldNames(v policy.View) []string {
	var names []string
	for _, f := range v.Fields {
		names = append(names, f.Name)
	}
	return names
}

// requireDecision requires that the decision of a field is one that Decide
// makes too.
func (w *world) requireDecision(t require.TestingT, session *access.Session, q reference.Question, v policy.View, f policy.Field, got access.View) {
	made := got.Field(f.Name).Decision()
	if w.onOf(made.Action()) != q.Resource.Type || got.Err() != nil {
		return // about what the resource is in, or about nothing
	}
	require.Contains(t, append(slices.Clone(f.Show), v.Show...), made.Action())
	require.Equal(t, session.Decide(made.Action(), q.Resource).String(), made.String())
}

// record makes a value for each field of a view and for some others, in each
// of which its sentinel stands more than once.
func record(v policy.View, version int) map[string]any {
	values := map[string]any{}
	for _, name := range append(fieldNames(v), "other", "", "F0", "f0 ") {
		text := sentinel(name, version)
		values[name] = map[string]any{"deep": []any{text, &text}, text: map[string]string{"x": text}, "struct": struct{ A []string }{[]string{text}}}
	}
	return values
}

func sentinel(field string, version int) string {
	return fmt.Sprintf("sentinel-%d-%x-", version, field)
}

// Nothing of a value that is not visible is in what a view shows, the record
// stays as it is, and what is not visible does not change what is shown.
func TestAMapShowsNothingThatIsNotVisible(t *testing.T) {
	counts := tally{}
	worldsWithViews(t, 100, func(d draw, w *world, q reference.Question, v policy.View) {
		view := w.engine.For(q.User, q.Context).View(v.Name, q.Resource)
		values := record(v, 1)
		seen := view.Map(values)
		require.Equal(d, asText(record(v, 1)), asText(values), "the record stays as it is")
		shown := asText(seen) + fmt.Sprintf("%+v", seen)
		for name := range values {
			require.Equal(d, view.Field(name).Visible(), strings.Contains(shown, sentinel(name, 1)), "%s\n%s", name, shown)
		}
		for name, value := range seen {
			if view.Field(name).Visible() {
				require.Equal(d, values[name], value)
				value.(map[string]any)["deep"].([]any)[0] = "changed"
				*value.(map[string]any)["deep"].([]any)[1].(*string) = "changed"
			} else {
				require.Equal(d, access.Restricted, view.Field(name).Visibility())
				require.Equal(d, access.RestrictedText, value)
			}
		}
		require.Equal(d, asText(record(v, 1)), asText(values), "writing to what is shown does not change the record")

		others := record(v, 2)
		for name := range values {
			if view.Field(name).Visible() {
				others[name] = values[name]
			} else if d.chance(8) {
				delete(others, name)
			}
		}
		require.Equal(d, view.Map(values), view.Map(others))
		counts.see(view)
	})
	counts.seen(t)
}

// asText is what a client is sent of a value.
func asText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

const visits = `
policy: visits
users: {attributes: {grade: int}}
context: {reason: string}
resources:
  center:  {unit: true, attributes: {open: bool}}
  agency:  {unit: true, in: center}
  person:  {in: [agency, center], attributes: {owner: string}}
privileges:
  people:   {on: person, levels: [view, update]}
  meetings: {on: center}
  work:     {on: agency}
scopes:
  all: "true"
  own: resource.owner == user.id
roles:
  worker: {grants: [{privileges: [people.view], scope: own}]}
  chair:  {grants: [{privileges: [meetings], scope: all}]}
  agent:  {grants: [{privileges: [work], scope: all}]}
constraints:
  - {name: the center is open, on: [meetings], require: "!has(resource.open) || resource.open"}
views:
  agenda:
    on: person
    show: [meetings]
    fields:
      hour:
      name: {show: [people.view, work], otherwise: restricted}
      born: {show: people.view}
  card:
    on: person
    fields:
      name:   {show: people.view, otherwise: restricted}
      agency: {show: work}
  door:
    on: person
    fields: {name: {show: [people.view, meetings, work]}}
  desk:
    on: center
    fields: {bell: {show: meetings}, name: {show: meetings}}
`

// visitors: cy chairs and wes works in the east center, ag is of agency a1
// there; the west center is closed, and cy chairs it too.
func visitors(t require.TestingT) *access.Engine {
	p := parse(t, visits)
	east, west, a1 := scope.NewRef("center", "east"), scope.NewRef("center", "west"), scope.NewRef("agency", "a1")
	data := reference.World{
		Units: []roles.Unit{{Ref: east, Parent: scope.Root()}, {Ref: west, Parent: scope.Root(), Attributes: scope.Map{"open": false}}, {Ref: a1, Parent: east}},
		Users: []roles.User{{ID: "cy"}, {ID: "wes"}, {ID: "ag"}, {ID: "nil"}, {ID: "vic"}, {ID: "off", Inactive: true}},
	}
	for user, role := range map[roles.UserID]roles.RoleID{"cy": "chair", "wes": "worker", "ag": "agent", "vic": "chair", "off": "chair"} {
		data.Bindings = append(data.Bindings, roles.Binding{User: user, Role: role, Unit: east})
	}
	data.Bindings = append(data.Bindings,
		roles.Binding{User: "cy", Role: "worker", Unit: west}, roles.Binding{User: "cy", Role: "chair", Unit: west},
		roles.Binding{User: "wes", Role: "chair", Unit: east})
	return access.New(p, newDirectory(t, p, data), nil)
}

// A person is somebody of the east center, with an owner, in agency a1 or in
// none.
func person(owner, agency string) scope.Resource {
	r := scope.Resource{Type: "person", ID: "p1", Parent: scope.NewRef("center", "east"), Attributes: scope.Map{"owner": owner}}
	if agency != "" {
		r.Parent = scope.NewRef("agency", agency)
	}
	return r
}

// what writes a view on one line.
func what(v access.View) string {
	var words []string
	for f := range v.Fields() {
		words = append(words, f.Name()+" "+f.Visibility().String())
	}
	return strings.Join(words, ", ")
}

func TestAViewSaysWhatIsSeen(t *testing.T) {
	engine := visitors(t)
	west := person("cy", "")
	west.Parent = scope.NewRef("center", "west")
	for _, c := range []struct {
		says     string
		user     roles.UserID
		view     string
		resource scope.Resource
		sees     string
	}{
		{"of what the view's action shows, the fields without one are visible, the others restricted or hidden",
			"cy", "agenda", person("wes", ""), "hour visible, name restricted, born hidden"},
		{"an action of the field shows it", "wes", "agenda", person("wes", ""), "hour visible, name visible, born visible"},
		{"only where it reaches", "wes", "agenda", person("cy", ""), "hour visible, name restricted, born hidden"},
		{"to whom the view is not shown, everything is hidden, although an action of a field is allowed",
			"ag", "agenda", person("wes", "a1"), "hour hidden, name hidden, born hidden"},
		{"a constraint on the view's action hides all", "cy", "agenda", west, "hour hidden, name hidden, born hidden"},
		{"a view without actions is shown to whom one of its fields is", "ag", "card", person("wes", "a1"), "name restricted, agency visible"},
		{"by an action on what the resource is in, if it is in one", "ag", "card", person("wes", ""), "name hidden, agency hidden"},
		{"and not to others", "cy", "card", person("wes", "a1"), "name hidden, agency hidden"},
		{"without a role nothing is restricted either", "nil", "card", person("nil", "a1"), "name hidden, agency hidden"},
		{"nor for an account that is not active", "off", "agenda", person("off", ""), "hour hidden, name hidden, born hidden"},
		{"a view of a unit", "cy", "desk", scope.Resource{Type: "center", ID: "east"}, "bell visible, name visible"},
	} {
		t.Run(c.says, func(t *testing.T) {
			v := engine.For(c.user, nil).View(c.view, c.resource)
			assert.Equal(t, c.sees, what(v))
			assert.NoError(t, v.Err())
			assert.Equal(t, strings.Contains(c.sees, "visible"), v.Shown())
		})
	}
}

func TestTheDecisionOfAFieldIsWhy(t *testing.T) {
	engine := visitors(t)
	for _, c := range []struct {
		says     string
		user     roles.UserID
		view     string
		resource scope.Resource
		field    string
		reason   access.Reason
		action   roles.Action
	}{
		{"a visible field: the first action that is allowed", "wes", "agenda", person("wes", "a1"), "name", access.Granted, "people.view"},
		{"without an action of its own: the view's", "cy", "agenda", person("wes", ""), "hour", access.Granted, "meetings"},
		{"none is allowed: the nearest miss", "wes", "agenda", person("cy", "a1"), "name", access.OutOfScope, "people.view"},
		{"of equally near ones the first", "vic", "agenda", person("wes", "a1"), "name", access.NoGrant, "people.view"},
		{"a binding elsewhere is nearer than none", "cy", "agenda", person("wes", "a1"), "name", access.OutsideUnit, "people.view"},
		{"in no resource of the action's type", "ag", "card", person("wes", ""), "agency", access.MalformedResource, "work"},
		{"farther than any", "nil", "card", person("wes", ""), "agency", access.MalformedResource, "work"},
		{"the view is not shown: the view's, whatever the field's says", "ag", "agenda", person("wes", "a1"), "name", access.NoGrant, "meetings"},
		{"an account that is not active", "off", "agenda", person("wes", ""), "name", access.InactiveUser, "meetings"},
	} {
		t.Run(c.says, func(t *testing.T) {
			d := engine.For(c.user, nil).View(c.view, c.resource).Field(c.field).Decision()
			assert.Equal(t, c.reason, d.Reason(), "%s", d)
			assert.Equal(t, c.action, d.Action())
			assert.Equal(t, c.user, d.User())
		})
	}
	d := engine.For("ag", nil).View("card", person("wes", "")).Field("agency").Decision()
	assert.Equal(t, "deny: person:p1 is in no agency", d.String())
	closed := person("cy", "")
	closed.Parent = scope.NewRef("center", "west")
	d = engine.For("cy", nil).View("agenda", closed).Field("hour").Decision()
	assert.Equal(t, access.ConstraintUnmet, d.Reason())
	assert.Equal(t, scope.NewRef("center", "west"), d.Resource())
	closed.Attributes = scope.Map{"owner": "wes"}
	d = engine.For("cy", nil).View("door", closed).Field("name").Decision()
	assert.Equal(t, access.ConstraintUnmet, d.Reason(), "whom a constraint stops came nearer than who is out of scope")
}

// T-05, T-17: nor does one that is wrong, or about which the application's own
// code panics.
func TestAQuestionThatCannotBeAnsweredShowsNothing(t *testing.T) {
	engine := visitors(t)
	good := person("wes", "")
	bomb := access.New(engine.Policy(), nil, &access.Options{Clock: func() time.Time { panic("no time") }})
	soon := roles.Principal{User: roles.User{ID: "wes"}, Bindings: []roles.Binding{{Role: "chair", Unit: scope.Root(), Until: time.Unix(1, 0)}}}
	with := func(change func(*scope.Resource)) scope.Resource {
		r := good
		change(&r)
		return r
	}
	for says, c := range map[string]struct {
		view     access.View
		err      string
		fields   string
		decision access.Reason
	}{
		"an unknown view":       {engine.For("wes", nil).View("agneda", good), `unknown view "agneda" (did you mean "agenda"?)`, "", access.Undecided},
		"no name":               {engine.For("wes", nil).View("", good), `unknown view ""`, "", access.Undecided},
		"an unknown user":       {engine.For("eve", nil).View("agenda", good), "eve", "hour hidden, name hidden, born hidden", access.UnknownUser},
		"a wrong context":       {engine.For("wes", scope.Map{"reason": 1}).View("agenda", good), "reason", "hour hidden, name hidden, born hidden", access.WrongContext},
		"another type":          {engine.For("wes", nil).View("desk", good), `view "desk" is of a center, not of a person`, "bell hidden, name hidden", access.WrongType},
		"an unknown type":       {engine.For("wes", nil).View("desk", scope.Resource{Type: "centre", ID: "east"}), `did you mean "center"`, "bell hidden, name hidden", access.MalformedResource},
		"no id":                 {engine.For("wes", nil).View("agenda", with(func(r *scope.Resource) { r.ID = "" })), "id", "hour hidden, name hidden, born hidden", access.MalformedResource},
		"no parent":             {engine.For("wes", nil).View("agenda", with(func(r *scope.Resource) { r.Parent = scope.Ref{} })), "nothing says which", "hour hidden, name hidden, born hidden", access.MalformedResource},
		"the zero resource":     {engine.For("wes", nil).View("agenda", scope.Resource{}), "unknown resource type", "hour hidden, name hidden, born hidden", access.MalformedResource},
		"a wrong attribute":     {engine.For("wes", nil).View("agenda", with(func(r *scope.Resource) { r.Attributes = scope.Map{"owner": 1} })), "owner", "hour hidden, name hidden, born hidden", access.WrongAttribute},
		"attributes that panic": {engine.For("wes", nil).View("agenda", with(func(r *scope.Resource) { r.Attributes = explosive{"boom"} })), "panic", "hour hidden, name hidden, born hidden", access.Failed},
		"a nil map":             {engine.For("wes", nil).View("agenda", with(func(r *scope.Resource) { r.Attributes = scope.Map(nil) })), "", "hour visible, name restricted, born hidden", access.ConditionError},
		"no policy":             {access.New(nil, nil, nil).For("wes", nil).View("agenda", good), `unknown view "agenda"`, "", access.Undecided},
		"no directory":          {access.New(engine.Policy(), nil, nil).For("wes", nil).View("agenda", good), "no directory", "hour hidden, name hidden, born hidden", access.UnknownUser},
		"a clock that panics":   {bomb.ForPrincipal(soon, nil).View("agenda", good), "no time", "hour hidden, name hidden, born hidden", access.Failed},
		"the zero view":         {access.View{}, "", "", access.Undecided},
	} {
		t.Run(says, func(t *testing.T) {
			assert.Equal(t, c.fields, what(c.view))
			if c.err == "" {
				assert.NoError(t, c.view.Err())
			} else {
				assert.ErrorContains(t, c.view.Err(), c.err)
				assert.False(t, c.view.Shown())
				assert.Empty(t, c.view.Map(map[string]any{"hour": 1, "name": "x", "born": 2, "bell": 3, "": 4}))
			}
			d := c.view.Field("name").Decision()
			if strings.HasPrefix(c.fields, "bell") {
				d = c.view.Field("bell").Decision()
			}
			assert.Equal(t, c.decision.String(), d.Reason().String(), "%s", d)
			if d.Reason() != access.Undecided {
				assert.Contains(t, []roles.UserID{"wes", "eve"}, d.User())
			}
			assert.False(t, c.view.Field("").Visible())
		})
	}
}

func TestAMapHasWhatIsVisibleAndSaysWhatIsRestricted(t *testing.T) {
	view := visitors(t).For("cy", nil).View("agenda", person("wes", ""))
	for says, c := range map[string]struct{ values, want map[string]any }{
		"visible, restricted, hidden, unknown": {
			map[string]any{"hour": 9, "name": "Ann", "born": "2020", "Hour": "x", "": "y"},
			map[string]any{"hour": 9, "name": access.RestrictedText}},
		"a record that lacks what is restricted does not tell": {map[string]any{"hour": nil}, map[string]any{"hour": nil, "name": access.RestrictedText}},
		"a nil map":          {nil, map[string]any{"name": access.RestrictedText}},
		"values of any kind": {map[string]any{"hour": (*int)(nil), "name": explosive{}}, map[string]any{"hour": (*int)(nil), "name": access.RestrictedText}},
	} {
		t.Run(says, func(t *testing.T) { assert.Equal(t, c.want, view.Map(c.values)) })
	}
	assert.Equal(t, map[string]any{}, access.View{}.Map(map[string]any{"hour": 9}))

	loop := map[string]any{}
	loop["loop"] = loop
	seen := view.Map(map[string]any{"hour": loop})["hour"].(map[string]any)
	delete(seen["loop"].(map[string]any)["loop"].(map[string]any), "loop")
	assert.Empty(t, seen)
	assert.Len(t, loop, 1)
}

func TestTheWordsForWhatIsSeen(t *testing.T) {
	assert.Equal(t, "hidden restricted visible hidden",
		fmt.Sprint(access.Hidden, access.Restricted, access.Visible, access.Visibility(7)))
	assert.Equal(t, access.Hidden, access.Field{}.Visibility(), "the zero field is hidden")
	assert.Equal(t, "**Restricted**", access.RestrictedText)
	var first []string
	for f := range visitors(t).For("cy", nil).View("agenda", person("wes", "")).Fields() {
		first = append(first, f.Name())
		break
	}
	assert.Equal(t, []string{"hour"}, first)
}
