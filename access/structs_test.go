package access_test

import (
	"iter"
	"math"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A thing is any resource that is no unit, as an application has it, of a policy
// that gives all such resources the same attributes.
type thing struct {
	ID    string    `bailiwick:",id"`
	At    scope.Ref `bailiwick:",parent"`
	Open  *bool     `bailiwick:"open"`
	Count *int64    `bailiwick:"count"`
	Owner *string   `bailiwick:"owner"`
	Tags  *[]string `bailiwick:"tags"`
	*occasion
}

type occasion struct {
	Since  *time.Time     `bailiwick:"since"`
	Span   *time.Duration `bailiwick:"span"`
	Weight *float64       `bailiwick:"weight"`
}

var thingAttributes = map[string]string{
	"open": "bool", "count": "int", "owner": "string", "tags": "list(string)", "since": "timestamp", "span": "duration", "weight": "double",
}

// drawPolicyOfThings draws a policy whose resources that are no units are things.
func drawPolicyOfThings(d draw) drawnPolicy {
	return drawPolicyThat(d, func(p *drawnPolicy) { p.asksHas, p.ofThings = true, true })
}

// thingOf makes a thing of a resource, or reports that it cannot be one: something of
// it is of no type that a field has.
func thingOf(r scope.Resource) (*thing, bool) {
	t := &thing{ID: r.ID, At: r.Parent}
	given, _ := r.Attributes.(scope.Map)
	for name, v := range given {
		if thingAttributes[name] == "" {
			return nil, false
		}
		if v == nil {
			continue
		}
		if t.occasion == nil && slices.Contains([]string{"since", "span", "weight"}, name) {
			t.occasion = &occasion{}
		}
		fits := false
		switch name {
		case "open":
			t.Open, fits = fieldOf[bool](v)
		case "owner":
			t.Owner, fits = fieldOf[string](v)
		case "since":
			t.Since, fits = fieldOf[time.Time](v)
		case "span":
			t.Span, fits = fieldOf[time.Duration](v)
		case "count":
			t.Count, fits = wholeNumber(v)
		case "weight":
			t.Weight, fits = fraction(v)
		case "tags":
			t.Tags, fits = texts(v)
		}
		if !fits {
			return nil, false
		}
	}
	return t, true
}

func fieldOf[T any](v any) (*T, bool) {
	x, ok := v.(T)
	return &x, ok
}

func wholeNumber(v any) (*int64, bool) {
	var n int64
	switch x := v.(type) {
	case int:
		n = int64(x)
	case int8:
		n = int64(x)
	case uint16:
		n = int64(x)
	case int64:
		n = x
	default:
		return nil, false
	}
	return &n, true
}

func fraction(v any) (*float64, bool) {
	x, ok := v.(float64)
	if y, is := v.(float32); is {
		x, ok = float64(y), true
	}
	return &x, ok
}

func texts(v any) (*[]string, bool) {
	list, ok := v.([]string)
	if boxed, is := v.([]any); is {
		ok = true
		for _, element := range boxed {
			text, is := element.(string)
			list, ok = append(list, text), ok && is
		}
	}
	return &list, ok
}

// asStructs returns the question with a thing for each resource of it that is no
// unit, or reports that there is none.
func (w *world) asStructs(t require.TestingT, r scope.Resource) (scope.Resource, bool) {
	if r.In != nil {
		in, ok := w.asStructs(t, *r.In)
		if ok {
			r.In = &in
		}
	}
	typ := w.policy.Types().Type(r.Type)
	if typ == nil || typ.Unit() || r.Attributes == nil {
		return r, r.In != nil
	}
	things, err := scope.StructOf[thing](w.policy.Types(), r.Type)
	require.NoError(t, err)
	of, ok := thingOf(r)
	if !ok {
		return r, r.In != nil
	}
	made := things.Resource(of)
	made.In = r.In
	return made, true
}

// Reference: a resource that comes as a struct, whose fields are read when a
// condition looks at them, is decided about as one whose attributes are in a map, and
// that is what the reference says, whichever way it is asked.
func TestReferenceOfStructs(t *testing.T) {
	counts := tally{}
	worldsUnder(t, 300, drawPolicyOfThings, func(d draw, w *world) {
		for range 24 {
			q := w.drawQuestion(d)
			if typ := w.typ(q.Resource.Type); d.chance(6) && !typ.Unit {
				q.Resource.Attributes = unusable(d, q.Resource.Attributes, typ.Attributes)
			}
			asked := q
			var ok bool
			if asked.Resource, ok = w.asStructs(d, q.Resource); !ok {
				continue
			}
			session := w.engine.For(q.User, q.Context)
			got := session.Decide(q.Action, asked.Resource)
			agree(d, w.reference.Decide(&w.data, q), got, w, q)
			counts[got.Reason().String()]++
			require.Equal(d, session.Decide(q.Action, q.Resource).String(), got.String(), "%+v\n%s", q, w)
			blank := [2]scope.Resource{q.Resource, asked.Resource}
			blank[0].ID, blank[1].ID = "", ""
			require.Equal(d, said(session.Capabilities(blank[0])), said(session.Capabilities(blank[1])), "%+v\n%s", q, w)
			target, err := session.Target(asked.Resource)
			right, known := w.policy.Catalog().Right(q.Action)
			if err != nil || !known {
				continue
			}
			require.Equal(d, got.String(), session.DecideOn(right, target).String(), "%+v\n%s", q, w)
			for c := range session.Capabilities(asked.Resource) {
				if c.Action() == q.Action && got.Reason() != access.WrongType {
					require.Equal(d, got.String(), c.String(), "%+v\n%s", q, w)
				}
			}
		}
	})
	counts.log(t, "questions")
	counts.healthy(t, 20, reference.Granted, reference.NoGrant, reference.OutOfScope, reference.OutsideUnit, reference.ConditionError, reference.ConditionUnmet, reference.ConstraintUnmet, reference.ConstraintError)
}

// unusable returns attributes of which one, if there can be one, is of no use.
func unusable(d draw, a scope.Attributes, declared map[string]string) scope.Attributes {
	given, _ := a.(scope.Map)
	name := pick(d, []string{"owner", "since", "tags"})
	if declared[name] == "" {
		return a
	}
	m := scope.Map{name: pick(d, unusableValues(declared[name]))}
	for other, v := range given {
		if other != name {
			m[other] = v
		}
	}
	return m
}

// said is what decisions say.
func said(all iter.Seq[access.Decision]) (sentences []string) {
	for d := range all {
		sentences = append(sentences, d.String())
	}
	return sentences
}

// What a struct does not say of a unit is what the directory knows.
func TestAStructLeavesWhatTheDirectoryKnows(t *testing.T) {
	type office struct {
		ID    string  `bailiwick:",id"`
		Label *string `bailiwick:"label"`
		Floor int     `bailiwick:"floor,omitzero"`
	}
	p := parse(t, `
policy: offices
resources: {office: {unit: true, attributes: {label: string, floor: int}}}
privileges: {enter: {on: office}}
scopes: {all: resource.label == "north" && resource.floor == 2}
roles: {guest: {grants: [{privileges: [enter], scope: all}]}}
`)
	ref, south := scope.NewRef("office", "o"), "south"
	engine := access.New(p, newDirectory(t, p, reference.World{
		Units:    []roles.Unit{{Ref: ref, Parent: scope.Root(), Attributes: scope.Map{"label": "north", "floor": 2}}},
		Users:    []roles.User{{ID: "ann"}},
		Bindings: []roles.Binding{{User: "ann", Role: "guest", Unit: ref}},
	}), nil)
	offices, err := scope.StructOf[office](p.Types(), "office")
	require.NoError(t, err)
	for _, c := range []struct {
		office
		want access.Reason
	}{
		{office{ID: "o"}, access.Granted},
		{office{ID: "o", Floor: 3}, access.OutOfScope},
		{office{ID: "o", Label: &south}, access.OutOfScope},
	} {
		require.Equal(t, c.want, engine.Decide("ann", "enter", offices.Resource(&c.office)).Reason(), "%+v", c.office)
	}
}

// A number that is too great for its attribute is of another type, also in a struct:
// the question is wrong, whoever looks.
func TestANumberThatIsTooGreatIsOfAnotherType(t *testing.T) {
	type crate struct {
		ID   string `bailiwick:",id"`
		Org  string `bailiwick:",parent=org"`
		Size uint64 `bailiwick:"size"`
	}
	p := parse(t, `
policy: crates
resources: {org: {unit: true}, crate: {in: org, attributes: {size: int}}}
privileges: {open: {on: crate}}
scopes: {all: "true"}
roles: {owner: {grants: [{privileges: [open], scope: all}]}}
`)
	org := scope.NewRef("org", "o")
	engine := access.New(p, newDirectory(t, p, reference.World{
		Units:    []roles.Unit{{Ref: org, Parent: scope.Root()}},
		Users:    []roles.User{{ID: "ann"}},
		Bindings: []roles.Binding{{User: "ann", Role: "owner", Unit: org}},
	}), nil)
	crates, err := scope.StructOf[crate](p.Types(), "crate")
	require.NoError(t, err)
	for size, want := range map[uint64]access.Reason{7: access.Granted, math.MaxUint64: access.WrongAttribute} {
		require.Equal(t, want, engine.Decide("ann", "open", crates.Resource(&crate{"c", "o", size})).Reason())
		require.Equal(t, want, engine.Decide("ann", "open", scope.Resource{Type: "crate", ID: "c", Parent: org, Attributes: scope.Map{"size": size}}).Reason())
	}
}

const unusableNotes = `
policy: unusable
resources:
  org:  {unit: true, attributes: {label: string}}
  note: {in: org, attributes: {text: string, since: timestamp, tags: list(string), info: map(string), fine: string}}
privileges:
  other: {on: note}
  has:   {on: note}
  or:    {on: note}
  text:  {on: note}
  since: {on: note}
  tags:  {on: note}
  not:   {on: note}
  info:  {on: note}
  label: {on: note}
scopes:
  all: "true"
roles:
  reader:
    grants:
      - {privileges: [other], scope: all, when: resource.fine == "a"}
      - {privileges: [has], scope: all, when: has(resource.text) && has(resource.since) && has(resource.tags)}
      - {privileges: [or], scope: all, when: resource.text == "a" || resource.fine == "a"}
      - {privileges: [text], scope: all, when: resource.text != "a"}
      - {privileges: [since], scope: all, when: resource.since != now}
      - {privileges: [tags], scope: all, when: size(resource.tags) >= 0}
      - {privileges: [not], scope: all, when: "!('ann' in resource.tags)"}
      - {privileges: [info], scope: all, when: size(resource.info) >= 0}
      - {privileges: [label], scope: all, when: size(resource.org.label) >= 0}
`

type note struct {
	ID    string            `bailiwick:",id"`
	Org   string            `bailiwick:",parent=org"`
	Text  string            `bailiwick:"text"`
	Since time.Time         `bailiwick:"since"`
	Tags  []string          `bailiwick:"tags"`
	Info  map[string]string `bailiwick:"info"`
	Fine  string            `bailiwick:"fine"`
}

// A shortNote has no field but those that are read when somebody looks.
type shortNote struct {
	ID    string    `bailiwick:",id"`
	Org   string    `bailiwick:",parent=org"`
	Text  string    `bailiwick:"text"`
	Since time.Time `bailiwick:"since"`
	Tags  []string  `bailiwick:"tags"`
	Fine  string    `bailiwick:"fine"`
}

// A value that is of its type and of no use, a text that is no UTF-8, say, is there
// for has(), and an error for a condition that looks at it; for all others it is
// nothing. What it is makes no line of its own in what is said.
func TestAnUnusableValueIsAnErrorForWhoLooks(t *testing.T) {
	p := parse(t, unusableNotes)
	org := scope.NewRef("org", "o")
	engine := access.New(p, newDirectory(t, p, reference.World{
		Units:    []roles.Unit{{Ref: org, Parent: scope.Root()}},
		Users:    []roles.User{{ID: "ann"}},
		Bindings: []roles.Binding{{User: "ann", Role: "reader", Unit: org}},
	}), &access.Options{Clock: func() time.Time { return now }})
	session := engine.For("ann", nil)
	notes, err := scope.StructOf[note](p.Types(), "note")
	require.NoError(t, err)
	shortNotes, err := scope.StructOf[shortNote](p.Types(), "note")
	require.NoError(t, err)
	good := note{ID: "n", Org: "o", Text: "b", Tags: []string{"b"}, Info: map[string]string{"b": "b"}, Fine: "a", Since: now.Add(1)}
	for name, bad := range map[string]func(*note){
		"text":        func(n *note) { n.Text = unusableValues("string")[0].(string) },
		"a long text": func(n *note) { n.Text = unusableValues("string")[1].(string) },
		"since":       func(n *note) { n.Since = unusableValues("timestamp")[0].(time.Time) },
		"tags":        func(n *note) { n.Tags = unusableValues("list(string)")[0].([]string) },
		"many tags":   func(n *note) { n.Tags = unusableValues("list(string)")[2].([]string) },
		"info":        func(n *note) { n.Info = map[string]string{"\xff\n2026-03-01 allow: everything": ""} },
		"nothing":     func(*note) {},
	} {
		n := good
		bad(&n)
		short := shortNote{n.ID, n.Org, n.Text, n.Since, n.Tags, n.Fine}
		asMap := scope.Resource{Type: "note", ID: n.ID, Parent: org, Attributes: scope.Map{"text": n.Text, "since": n.Since, "tags": n.Tags, "info": n.Info, "fine": n.Fine}}
		looks := map[string][]roles.Action{"text": {"text"}, "a long text": {"text"}, "since": {"since"}, "tags": {"tags", "not"}, "many tags": {"tags", "not"}, "info": {"info"}}
		for _, action := range p.Catalog().Actions() {
			want := access.Granted
			if slices.Contains(looks[name], action) || action == "label" {
				want = access.ConditionError
			}
			for _, r := range []scope.Resource{asMap, notes.Resource(&n), shortNotes.Resource(&short)} {
				if _, isShort := r.Attributes.(interface{ Attribute(string) (any, bool) }).Attribute("info"); !isShort && action == "info" {
					continue
				}
				d := session.Decide(action, r)
				require.Equal(t, want, d.Reason(), "%s, %s: %.300s", name, action, d)
				require.NoError(t, d.Err(), "the policy was asked, and says no")
				require.True(t, utf8.ValidString(d.String()))
				require.NotContains(t, d.String(), "\n")
				target, err := session.Target(r)
				require.NoError(t, err)
				right, _ := p.Catalog().Right(action)
				require.Equal(t, d.String(), session.DecideOn(right, target).String())
			}
		}
	}
	d := session.Decide("text", scope.Resource{Type: "note", ID: "n", Parent: org, Attributes: scope.Map{"text": "\xff"}})
	require.Contains(t, d.String(), "resource.text: the string is not valid UTF-8")
}

// What the directory, a context or a user given by value has is checked as a whole.
func TestAnUnusableValueIsNotKept(t *testing.T) {
	p, err := policy.Parse("kept.yaml", []byte(`
policy: kept
context: {why: string}
users: {attributes: {dept: string}}
resources: {org: {unit: true, attributes: {label: string}}}
privileges: {see: {on: org}}
scopes: {all: "true"}
roles: {reader: {grants: [{privileges: [see], scope: all}]}}
`), nil)
	require.NoError(t, err)
	org := scope.NewRef("org", "o")
	data := reference.World{Units: []roles.Unit{{Ref: org, Parent: scope.Root()}}, Users: []roles.User{{ID: "ann"}}, Bindings: []roles.Binding{{User: "ann", Role: "reader", Unit: org}}}
	directory := newDirectory(t, p, data)
	engine := access.New(p, directory, nil)
	for _, value := range unusableValues("string") {
		require.Equal(t, access.WrongContext, engine.For("ann", scope.Map{"why": value}).Decide("see", scope.Resource{Type: "org", ID: "o"}).Reason())
		ann := roles.Principal{User: roles.User{ID: "ann", Attributes: scope.Map{"dept": value}}, Bindings: data.Bindings}
		require.Equal(t, access.MalformedUser, engine.ForPrincipal(ann, nil).Decide("see", scope.Resource{Type: "org", ID: "o"}).Reason())
		for _, change := range []func(tx *roles.Tx){
			func(tx *roles.Tx) { tx.SetUnitAttributes(org, scope.Map{"label": value}) },
			func(tx *roles.Tx) { tx.ChangeUser(ann.User) },
		} {
			_, err := directory.Update("test", func(tx *roles.Tx) error { change(tx); return nil })
			require.ErrorIs(t, err, roles.ErrInvalid)
		}
	}
	require.True(t, engine.Decide("ann", "see", scope.Resource{Type: "org", ID: "o"}).Allowed())
}
