package access_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// Reference: of a resource that is fully known, Capabilities says of each
// action what Decide says.
func TestReferenceCapabilitiesOfAKnownResource(t *testing.T) {
	counts := tally{}
	worldsOf(t, 300, func(d draw, w *world) {
		for range 4 {
			q := w.drawQuestion(d)
			session := w.engine.For(q.User, q.Context)
			all := slices.Collect(session.Capabilities(q.Resource))
			var on []roles.Action
			for _, c := range all {
				if w.onOf(c.Action()) != q.Resource.Type {
					continue
				}
				on = append(on, c.Action())
				if q.Resource.ID == "" {
					continue // not fully known
				}
				require.Equal(d, session.Decide(c.Action(), q.Resource).String(), c.String(), "%+v\n%s", q, w)
				agree(d, w.reference.Decide(&w.data, reference.Question{
					User: q.User, Action: c.Action(), Resource: q.Resource, Context: q.Context, Now: now,
				}), c, w, q)
				require.NotEqual(d, access.Open, c.Answer())
				counts[c.Answer().String()]++
			}
			if w.typ(q.Resource.Type).Name != "" {
				require.Equal(d, w.actionsOn(q.Resource.Type), on, "each action on the type, in the policy's order")
			}
		}
	})
	counts.log(t, "capabilities")
}

// actionsOn returns the actions on a type of resource, in the policy's order.
func (w *world) actionsOn(typ string) []roles.Action {
	var on []roles.Action
	for _, p := range w.document.Privileges {
		if p.On == typ {
			on = append(on, actionsOf(p)...)
		}
	}
	return on
}

// Reference: where not all is known, an action is Allowed or Denied only if it
// is so whatever becomes known.
func TestReferenceCapabilitiesOfWhatIsNotKnown(t *testing.T) {
	counts := tally{}
	worldsOf(t, 300, func(d draw, w *world) {
		for range 3 {
			q := w.drawQuestion(d)
			r := w.forget(d, q.Resource)
			session := w.engine.For(q.User, q.Context)
			for c := range session.Capabilities(r) {
				counts[c.Answer().String()]++
				require.Equal(d, c.Answer() == access.Allowed, c.Allowed())
				require.Equal(d, c.Answer() == access.Open, c.Reason() == access.Depends)
				for range 4 {
					complete, possible := w.complete(d, w.onOf(c.Action()), r)
					if !possible {
						counts["(no resource)"]++
						break
					}
					known := session.Decide(c.Action(), complete)
					if c.Answer() == access.Open {
						continue
					}
					require.Equal(d, c.Allowed(), known.Allowed(),
						"not all known: %s\n of %+v\nall known: %s\n of %s\nuser %q context %v\n%s", c, r, known, describe(complete), q.User, q.Context, w)
				}
			}
		}
	})
	counts.log(t, "capabilities")
	require.NotZero(t, counts["allowed"])
	require.NotZero(t, counts["denied"])
	require.NotZero(t, counts["depends"])
}

// describe writes a resource with all that it is in.
func describe(r scope.Resource) string {
	s := fmt.Sprintf("%s %v", r.Ref(), r.Attributes)
	if r.In != nil {
		return s + " in " + describe(*r.In)
	}
	return s + " in " + r.Parent.String()
}

// forget takes away what a page does not know of a resource yet.
func (w *world) forget(d draw, r scope.Resource) scope.Resource {
	switch d.below(4) {
	case 0:
		return r // actions on the types below it
	case 1:
		return scope.Resource{}
	case 2: // some resource of its parent
		r.ID = ""
	case 3: // some resource anywhere
		r.ID, r.Parent, r.In = "", scope.Ref{}, nil
	}
	if r.Attributes != nil && d.chance(8) {
		given, _ := r.Attributes.(scope.Map)
		kept := scope.Map{}
		for name, v := range given {
			kept[name] = v
			break
		}
		r.Attributes = kept
	}
	return r
}

// complete draws what a resource of a type may turn out to be that is r or
// below it, where not all of r is known. It reports false if it found none.
func (w *world) complete(d draw, of string, r scope.Resource) (scope.Resource, bool) {
	switch {
	case r.Type == "" && r.ID == "" && r.Parent.IsZero() && r.In == nil && r.Attributes == nil:
		return w.anyOf(d, of), true
	case w.typ(r.Type).Name == "":
		return r, false
	}
	if of == r.Type {
		return w.become(d, r)
	}
	typ := w.typ(of)
	if typ.Unit {
		base, ok := w.become(d, r)
		if !ok {
			return base, false
		}
		var inside []roles.Unit
		for _, u := range w.unitsOf(of) {
			if slices.Contains(w.chain(u.Ref)[1:], base.Ref()) {
				inside = append(inside, u)
			}
		}
		if len(inside) == 0 {
			return base, false
		}
		return w.under(d, pick(d, inside), base), true
	}
	for _, name := range some(d, typ.In, 1) {
		if name != r.Type && !slices.ContainsFunc(w.above(name), func(t policy.Resource) bool { return t.Name == r.Type }) {
			continue
		}
		if in, ok := w.complete(d, name, r); ok {
			return scope.Resource{Type: of, ID: pick(d, ids), In: &in, Attributes: drawAttributes(d, typ.Attributes, 12, ids[:3])}, true
		}
	}
	return r, false
}

// under is a unit with all units up to base. The question may know more of them
// than the directory does.
func (w *world) under(d draw, u roles.Unit, base scope.Resource) scope.Resource {
	r := scope.Resource{Type: u.Ref.Type, ID: u.Ref.ID}
	if d.chance(4) {
		r.Attributes = drawAttributes(d, w.typ(u.Ref.Type).Attributes, 8, ids[:3])
	}
	if u.Parent == base.Ref() {
		r.In = &base
		return r
	}
	for _, parent := range w.data.Units {
		if parent.Ref == u.Parent {
			in := w.under(d, parent, base)
			r.In = &in
		}
	}
	return r
}

// anyOf draws any resource of a type.
func (w *world) anyOf(d draw, of string) scope.Resource {
	typ := w.typ(of)
	r := pick(d, w.all(of))
	if !typ.Unit {
		r.Attributes = drawAttributes(d, typ.Attributes, 12, ids[:3])
	}
	return r
}

// become fills in what is not known of a resource itself.
func (w *world) become(d draw, r scope.Resource) (scope.Resource, bool) {
	typ := w.typ(r.Type)
	if r.ID != "" {
		return r, true
	}
	if typ.Unit {
		candidates := w.unitsOf(r.Type)
		parent := r.Parent
		if r.In != nil {
			parent = r.In.Ref()
		}
		if !parent.IsZero() {
			candidates = slices.DeleteFunc(slices.Clone(candidates), func(u roles.Unit) bool { return u.Parent != parent })
		}
		if len(candidates) == 0 {
			return r, false
		}
		r.ID = pick(d, candidates).Ref.ID
		return r, true
	}
	r.ID = pick(d, ids)
	if r.In == nil && r.Parent.IsZero() && len(typ.In) > 0 {
		w.putIn(d, &r, typ.In)
	}
	all := drawAttributes(d, typ.Attributes, 12, ids[:3])
	if all == nil {
		all = scope.Map{}
	}
	given, _ := r.Attributes.(scope.Map)
	for name, v := range given {
		all[name] = v
	}
	r.Attributes = all
	return r, true
}

// Reference: WhoCan is Decide, asked of every user.
func TestReferenceWhoCan(t *testing.T) {
	found := tally{}
	worldsOf(t, 300, func(d draw, w *world) {
		for range 4 {
			q := w.drawQuestion(d)
			var want []string
			active := w.engine.ForPrincipal(roles.Principal{User: roles.User{ID: "somebody"}}, q.Context).Decide(q.Action, q.Resource)
			senseless := slices.Contains(askedWrongly, active.Reason()) // also if all users are inactive, which goes before
			for _, user := range w.directory.Snapshot().Users() {
				one := w.engine.For(user, q.Context).Decide(q.Action, q.Resource)
				if one.Allowed() {
					want = append(want, string(user)+" "+one.String())
				}
				senseless = senseless || slices.Contains(askedWrongly, one.Reason())
			}
			all, err := w.engine.WhoCan(q.Action, q.Resource, q.Context)
			require.Equal(d, senseless, err != nil, "%v\n%+v\n%s", err, q, w)
			var got []string
			for _, one := range all {
				got = append(got, string(one.User())+" "+one.String())
			}
			require.Equal(d, want, got, "%+v\n%s", q, w)
			found[fmt.Sprintf("%d users", len(all))]++
		}
	})
	found.log(t, "questions")
	require.NotZero(t, found["2 users"])
}

// askedWrongly are the reasons that say that a question makes no sense, whoever
// it is about.
var askedWrongly = []access.Reason{access.UnknownAction, access.WrongType, access.MalformedResource, access.WrongAttribute, access.WrongContext}

// Reference: Units is Decide, asked of every unit.
func TestReferenceUnits(t *testing.T) {
	found := tally{}
	worldsOf(t, 300, func(d draw, w *world) {
		for range 3 {
			q := w.drawQuestion(d)
			session := w.engine.For(q.User, q.Context)
			got, err := session.Units(q.Action)
			on := w.typ(w.onOf(q.Action))
			wrongly := false
			for _, u := range w.unitsOf(on.Name) {
				reason := session.Decide(q.Action, scope.Resource{Type: u.Ref.Type, ID: u.Ref.ID}).Reason()
				wrongly = wrongly || reason == access.UnknownUser || reason == access.WrongContext || reason == access.MalformedUser
			}
			if err != nil && on.Unit && len(w.unitsOf(on.Name)) == 0 {
				continue // what is wrong with the user shows, with no unit to ask about
			}
			require.Equal(d, !on.Unit || wrongly, err != nil, "%s is on %q: %v", q.Action, on.Name, err)
			if err != nil {
				continue
			}
			var want []string
			for _, u := range w.unitsOf(on.Name) {
				if session.Decide(q.Action, scope.Resource{Type: u.Ref.Type, ID: u.Ref.ID}).Allowed() {
					want = append(want, u.Ref.ID)
				}
			}
			slices.Sort(want)
			require.Equal(d, want, got, "%+v\n%s", q, w)
			found[fmt.Sprintf("%d units", len(got))]++
		}
	})
	found.log(t, "questions")
	require.NotZero(t, found["2 units"])
}

// The evidence of a decision is enough for it: who has only the binding that it
// names is told the same, be it the grant or the nearest miss.
func TestTheEvidenceOfADecisionIsEnoughForIt(t *testing.T) {
	worldsOf(t, 200, func(d draw, w *world) {
		for range 8 {
			q := w.drawQuestion(d)
			one := w.engine.For(q.User, q.Context).Decide(q.Action, q.Resource)
			e := one.Evidence()
			if e.Role == "" {
				require.Empty(d, e)
				continue
			}
			p := w.principal(q.User)
			require.Contains(d, p.Bindings, e.Binding)
			require.Contains(d, w.directory.Snapshot().Closure(e.Binding.Role), e.Role)
			require.True(d, w.covers(e.Granted, q.Action), "%s does not include %s", e.Granted, q.Action)
			p.Bindings = []roles.Binding{e.Binding}
			alone := w.engine.ForPrincipal(p, q.Context).Decide(q.Action, q.Resource)
			require.Equal(d, one.String(), alone.String(), "%s", w)
			require.Equal(d, one.Reason(), alone.Reason())
			require.Equal(d, e, alone.Evidence())
		}
	})
}

// covers reports whether one action is another, or of the same privilege at a
// lower level.
func (w *world) covers(granted, asked roles.Action) bool {
	for _, p := range w.document.Privileges {
		if i := slices.Index(actionsOf(p), granted); i >= 0 {
			return slices.Contains(actionsOf(p)[:i+1], asked)
		}
	}
	return false
}

// The screens of NCMP: what a page can know without a record it does say, and
// not Depends.
func TestCapabilitiesSayAllThatIsKnown(t *testing.T) {
	pol := policyOfExample(t, "ncmp")
	leeds, york := scope.NewRef("authority", "leeds"), scope.NewRef("authority", "york")
	s1, s2 := scope.NewRef("school", "s1"), scope.NewRef("school", "s2")
	directory := newDirectory(t, pol, reference.World{
		Units: []roles.Unit{
			{Ref: leeds, Parent: scope.Root(), Attributes: scope.Map{"signed_off": []string{"2024/25"}}},
			{Ref: york, Parent: scope.Root()},
			{Ref: s1, Parent: leeds}, {Ref: s2, Parent: leeds}, {Ref: scope.NewRef("school", "s3"), Parent: york},
		},
		Users: []roles.User{
			{ID: "cora", Unit: leeds}, {ID: "mona", Unit: leeds}, {ID: "new", Unit: leeds}, {ID: "sue", Unit: leeds},
			{ID: "yves", Unit: york}, {ID: "asta", Unit: leeds},
		},
		Bindings: []roles.Binding{
			{User: "asta", Role: "collector", Unit: leeds},
			{User: "cora", Role: "collector", Unit: leeds}, {User: "mona", Role: "super_monitor", Unit: leeds},
			{User: "sue", Role: "super_user", Unit: leeds}, {User: "yves", Role: "super_user", Unit: york},
		},
		Assignments: []roles.Assignment{{User: "cora", Resource: s1}, {User: "asta", Resource: scope.NewRef("pupil", "p7")}},
	})
	engine := access.New(pol, directory, nil)
	school := func(id string) scope.Resource { return scope.Resource{Type: "school", ID: id} }
	authority := scope.Resource{Type: "authority", ID: "leeds"}
	for _, c := range []struct {
		user   roles.UserID
		page   scope.Resource
		action roles.Action
		want   access.Answer
	}{
		{"cora", school("s1"), "pupil.view", access.Allowed},                              // whatever pupil
		{"cora", school("s1"), "pupil.edit", access.Open},                                 // the year decides
		{"cora", school("s2"), "pupil.view", access.Denied},                               // not her school
		{"cora", school("s3"), "pupil.view", access.Denied},                               // not even her authority
		{"cora", scope.Resource{Type: "pupil", Parent: s1}, "pupil.view", access.Allowed}, // a new pupil
		{"cora", scope.Resource{Type: "pupil", Parent: s2}, "pupil.view", access.Denied},
		{"cora", scope.Resource{Type: "pupil"}, "pupil.view", access.Open}, // which school decides
		{"cora", authority, "pupil.view", access.Open},                     // some of its schools are hers
		{"cora", scope.Resource{Type: "authority", ID: "york"}, "pupil.view", access.Denied},
		{"cora", authority, "school.list", access.Denied},
		{"cora", authority, "indicator.view", access.Denied},
		{"asta", school("s1"), "pupil.view", access.Open},                              // it may be p7
		{"asta", scope.Resource{Type: "pupil", Parent: s1}, "pupil.view", access.Open}, // and so may this
		{"asta", scope.Resource{Type: "pupil", ID: "p8", Parent: s1}, "pupil.view", access.Denied},
		{"asta", scope.Resource{Type: "pupil", ID: "p7", Parent: s1}, "pupil.view", access.Allowed},
		{"asta", school("s3"), "pupil.view", access.Denied},
		{"mona", authority, "school.list", access.Allowed},
		{"mona", authority, "indicator.pupil", access.Denied}, // nothing is assigned to her
		{"mona", school("s1"), "indicator.pupil", access.Denied},
		{"mona", authority, "pupil.grid", access.Denied}, // N-13: the tab is grey
		{"new", authority, "pupil.view", access.Denied},
		{"new", scope.Resource{}, "school.list", access.Denied},
		{"mona", scope.Resource{}, "school.list", access.Open}, // of Leeds, not of York
		{"sue", authority, "user.add", access.Allowed},
		{"sue", school("s1"), "school.hand_on", access.Allowed},
		{"sue", school("s1"), "pupil.view", access.Denied},
	} {
		var got []string
		for answer := range engine.Capabilities(c.user, c.page) {
			if answer.Action() == c.action {
				got = append(got, answer.Answer().String())
			}
		}
		require.Equal(t, []string{c.want.String()}, got, "%s, on the page of %s: %s", c.user, c.page.Ref(), c.action)
	}
}

// What can be known without the record is said: that a unit is not in this one,
// that a constraint stops whatever a role may grant, that one grant is enough.
func TestCapabilitiesOfSmallWorlds(t *testing.T) {
	p := parse(t, `
policy: known
resources:
  org:  {unit: true, attributes: {closed: bool}}
  site: {unit: true, in: org}
  file: {in: [org, site], attributes: {owner: string}}
privileges:
  read:  {on: file}
  write: {on: file}
scopes:
  all:   "true"
  none:  "false"
  own:   resource.owner == user.id
  mine:  assigned(resource)
  lost:  resource.org.closed && resource.owner == user.id
roles:
  reader: {grants: [{privileges: [read], scope: all}]}
  owner:  {grants: [{privileges: [read, write], scope: own}]}
  keeper: {grants: [{privileges: [read], scope: mine}]}
  zero:   {grants: [{privileges: [read, write], scope: none}]}
  loser:  {grants: [{privileges: [read], scope: lost}]}
constraints:
  - {name: open, on: [write], require: "!resource.org.closed"}
`)
	a, b := scope.NewRef("org", "a"), scope.NewRef("org", "b")
	sa1, sa2, sb1 := scope.NewRef("site", "a1"), scope.NewRef("site", "a2"), scope.NewRef("site", "b1")
	user := func(id roles.UserID) roles.User { return roles.User{ID: id} }
	engine := access.New(p, newDirectory(t, p, reference.World{
		Units: []roles.Unit{
			{Ref: a, Parent: scope.Root(), Attributes: scope.Map{"closed": true}}, {Ref: b, Parent: scope.Root(), Attributes: scope.Map{"closed": false}},
			{Ref: sa1, Parent: a}, {Ref: sa2, Parent: a}, {Ref: sb1, Parent: b},
		},
		Users: []roles.User{user("local"), user("owner"), user("keeper"), user("both"), user("loser")},
		Bindings: []roles.Binding{
			{User: "local", Role: "reader", Unit: sa1},
			{User: "owner", Role: "owner", Unit: scope.Root()}, {User: "owner", Role: "zero", Unit: scope.Root()},
			{User: "keeper", Role: "keeper", Unit: scope.Root()},
			{User: "both", Role: "owner", Unit: scope.Root()}, {User: "both", Role: "reader", Unit: a},
			{User: "loser", Role: "loser", Unit: scope.Root()},
		},
		Assignments: []roles.Assignment{{User: "keeper", Resource: sa1}},
	}), nil)
	for _, c := range []struct {
		user   roles.UserID
		page   scope.Ref
		action roles.Action
		want   access.Answer
		why    string
	}{
		{"local", sa1, "read", access.Allowed, "bound there"},
		{"local", a, "read", access.Open, "some files are in that site"},
		{"local", sa2, "read", access.Denied, "another site"},
		{"local", b, "read", access.Denied, "the site is not in b"},
		{"local", scope.Ref{}, "read", access.Open, "anywhere"},
		{"local", sa1, "write", access.Denied, "no grant"},
		{"owner", b, "write", access.Open, "if the file is theirs"},
		{"owner", a, "write", access.Denied, "a is closed, whosever the file is"},
		{"owner", a, "read", access.Open, "if the file is theirs"},
		{"owner", sa1, "write", access.Denied, "a is closed above"},
		{"owner", scope.Ref{}, "write", access.Open, "anywhere"},
		{"keeper", sa1, "read", access.Allowed, "assigned"},
		{"keeper", a, "read", access.Open, "one of its sites is assigned"},
		{"keeper", sa2, "read", access.Denied, "another site"},
		{"keeper", b, "read", access.Denied, "no site of b is assigned"},
		{"both", a, "read", access.Allowed, "as reader, whosever the file is"},
		{"both", b, "read", access.Open, "as owner"},
		{"both", sb1, "read", access.Open, "as owner"},
		{"loser", b, "read", access.Denied, "b is open, whosever the file is"},
		{"loser", a, "read", access.Open, "if the file is theirs"},
	} {
		var got string
		page := scope.Resource{Type: c.page.Type, ID: c.page.ID}
		for answer := range engine.Capabilities(c.user, page) {
			if answer.Action() == c.action {
				got = answer.Answer().String()
			}
		}
		require.Equal(t, c.want.String(), got, "%s on the page of %s: %s: %s", c.user, c.page, c.action, c.why)
	}
}

// A scope that several actions have is asked once of a resource, and again of
// every other: what it comes to of a case says nothing of the people on it.
func TestWhatAScopeComesToIsOfOneResource(t *testing.T) {
	p := parse(t, `
policy: owners
resources:
  case: {attributes: {owner: string}}
  person: {in: case, attributes: {owner: string}}
privileges: {open: {on: case}, close: {on: case}, meet: {on: person}, file: {on: case}}
scopes: {mine: resource.owner == user.id}
roles: {worker: {grants: [{privileges: [open, close, meet, file], scope: mine}]}}
views:
  desk: {on: person, fields: {case: {show: open}, face: {show: meet}}}
`)
	ann := access.New(p, nil, nil).ForPrincipal(roles.Principal{
		User: roles.User{ID: "ann"}, Bindings: []roles.Binding{{Role: "worker", Unit: scope.Root()}},
	}, nil)
	mine := scope.Resource{Type: "case", ID: "7", Attributes: scope.Map{"owner": "ann"}}
	var answers []string
	for d := range ann.Capabilities(mine) {
		answers = append(answers, fmt.Sprint(d.Action(), " ", d.Answer()))
	}
	require.Equal(t, []string{"open allowed", "close allowed", "meet depends", "file allowed"}, answers)

	others := scope.Resource{Type: "person", ID: "p", In: &mine, Attributes: scope.Map{"owner": "bob"}}
	require.Equal(t, "case visible, face hidden", what(ann.View("desk", others)))
}
