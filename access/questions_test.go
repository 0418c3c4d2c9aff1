package access_test

import (
	"maps"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// drawQuestion draws a question: mostly one to which some role of the user
// gives an answer, sometimes one in which something is wrong.
func (w *world) drawQuestion(d draw) reference.Question {
	q := reference.Question{User: pick(d, w.data.Users).ID, Now: w.at, Context: drawAttributes(d, w.document.Context, 14, []string{"a", "b", "c"})}
	if d.chance(3) || !w.aim(d, &q) {
		q.Action = pick(d, w.policy.Catalog().Actions())
		q.Resource = w.drawResource(d, q.Action)
	}
	if d.chance(2) {
		w.spoil(d, &q)
	}
	return q
}

// aim points a question at what one of the bindings may grant, or reports that
// there is none.
func (w *world) aim(d draw, q *reference.Question) bool {
	var likely []roles.Binding
	for _, b := range w.data.Bindings {
		active := slices.ContainsFunc(w.data.Users, func(u roles.User) bool { return u.ID == b.User && !u.Inactive })
		if active && (b.InForce(w.at) || d.chance(2)) {
			likely = append(likely, b)
		}
	}
	if len(likely) == 0 {
		return false
	}
	for range 4 {
		b := pick(d, likely)
		q.User, q.Action = b.User, pick(d, w.granted[b.Role])
		for range 4 {
			q.Resource = w.drawResource(d, q.Action)
			if slices.Contains(w.around(q.Resource), b.Unit) {
				return true
			}
		}
	}
	return true
}

// grantedBy returns the actions that a role names, those below them, and those
// of the roles that it inherits.
func (w *world) grantedBy(snapshot *roles.Snapshot, id roles.RoleID) []roles.Action {
	var granted []roles.Action
	for _, junior := range snapshot.Closure(id) {
		r, _ := snapshot.Role(junior)
		if r.Everything {
			granted = append(granted, w.policy.Catalog().Actions()...)
		}
		for _, g := range r.Grants {
			for _, a := range g.Privileges {
				for _, p := range w.document.Privileges {
					if i := slices.Index(actionsOf(p), a); i >= 0 {
						granted = append(granted, actionsOf(p)[:i+1]...)
					}
				}
			}
		}
	}
	return granted
}

// onOf returns the type of resource that an action is on, "" for none.
func (w *world) onOf(a roles.Action) string {
	for _, p := range w.document.Privileges {
		if slices.Contains(actionsOf(p), a) {
			return p.On
		}
	}
	return ""
}

// drawResource draws a resource for an action: a unit, sometimes with
// attributes that go before the directory's, or one of the things, or a new
// one.
func (w *world) drawResource(d draw, a roles.Action) scope.Resource {
	on := w.typ(w.onOf(a))
	r := pick(d, w.ofType[on.Name])
	if on.Unit {
		if d.chance(3) {
			r.Attributes = drawAttributes(d, on.Attributes, 8, ids[:3])
		}
		if d.chance(3) {
			r.Parent = w.chain(r.Ref())[1]
		}
		if d.chance(2) {
			r = w.inFull(r)
		}
		return r
	}
	if d.chance(4) {
		r.Attributes = drawAttributes(d, on.Attributes, 14, ids[:3])
	}
	if d.chance(3) && len(on.In) > 0 {
		r.In, r.Parent = nil, scope.Ref{}
		w.putIn(d, &r, on.In)
	}
	if given, _ := r.Attributes.(scope.Map); given == nil || d.chance(3) {
		r.Attributes = nil // no Map that is nil: of such a one the tree tells where it is
	}
	return r
}

// inFull gives all that a resource is in with the question, and what the
// directory knows of it.
func (w *world) inFull(r scope.Resource) scope.Resource {
	parent := r.Parent
	if r.In != nil {
		parent = r.In.Ref()
	}
	if i := slices.IndexFunc(w.data.Units, func(u roles.Unit) bool { return u.Ref == r.Ref() }); i >= 0 {
		parent = w.data.Units[i].Parent
		all := maps.Clone(w.data.Units[i].Attributes)
		if given, _ := r.Attributes.(scope.Map); len(given) > 0 {
			if all == nil {
				all = scope.Map{}
			}
			for name, v := range given {
				if v != nil { // nil is absent, and leaves what the directory knows
					all[name] = v
				}
			}
		}
		r.Attributes = all
	}
	if parent.IsZero() || parent == scope.Root() {
		return r
	}
	in := scope.Resource{Type: parent.Type, ID: parent.ID}
	if r.In != nil {
		in = *r.In
	}
	in = w.inFull(in)
	r.In = &in
	return r
}

// spoil makes one thing about a question wrong.
func (w *world) spoil(d draw, q *reference.Question) {
	switch d.below(12) {
	case 0:
		q.User = pick(d, []roles.UserID{"", "nobody", roles.UserID(strings.ToUpper(string(q.User)) + "x"), q.User + " ", q.User + "\u200b", q.User + "\x00"})
	case 1:
		q.Action = pick(d, []roles.Action{"", "*", q.Action + ".low", q.Action + " ", "look.", ".", "user.view", q.Action[:max(0, len(q.Action)-1)]})
	case 2:
		other := pick(d, w.document.Resources).Name
		q.Resource = pick(d, w.all(other))
	case 3:
		q.Resource.Type = pick(d, []string{"", "root", "user", "Org", "resource", "org "})
	case 4:
		q.Resource.ID = pick(d, []string{"", " ", q.Resource.ID + " ", "\t" + q.Resource.ID, q.Resource.ID + "\u200b", "\xff", strings.Repeat("x", 257), "nowhere"})
	case 5:
		q.Resource.Parent = pick(d, []scope.Ref{{}, scope.Root(), scope.NewRef("org", "nowhere"), scope.NewRef("org", ""), scope.NewRef("ORG", "a"), scope.NewRef("user", "a"), scope.NewRef("file", "a")})
		if d.chance(8) {
			q.Resource.In = nil
		}
	case 6:
		q.Resource.In = &scope.Resource{Type: pick(d, w.document.Resources).Name, ID: pick(d, ids)}
	case 7:
		q.Resource.Attributes = spoiled(d, q.Resource.Attributes, w.typ(q.Resource.Type).Attributes)
	case 8:
		context := spoiled(d, q.Context, w.document.Context)
		q.Context = context
	case 9:
		if q.Resource.In != nil {
			in := *q.Resource.In
			in.Attributes = spoiled(d, in.Attributes, w.typ(in.Type).Attributes)
			q.Resource.In = &in
		}
	case 10:
		q.Resource = scope.Resource{}
	case 11:
		q.Resource.Parent, q.Resource.In = scope.Ref{}, nil
	}
}

// spoiled returns attributes of which one is wrong: of another type, or of no use, or
// one that nobody declared; or one is nil, which is as if it were not there.
func spoiled(d draw, a scope.Attributes, declared map[string]string) scope.Map {
	given, _ := a.(scope.Map)
	m := scope.Map{}
	maps.Copy(m, given)
	names := slices.Sorted(maps.Keys(declared))
	if len(names) == 0 || d.chance(4) {
		m[pick(d, []string{"opne", "", "id", "Count", "count ", "owner\x00"})] = pick(d, []any{true, "a", nil})
		return m
	}
	name := pick(d, names)
	m[name] = nil
	if d.chance(12) {
		m[name] = pick(d, wrongValues(declared[name]))
	}
	if unusable := unusableValues(declared[name]); len(unusable) > 0 && d.chance(8) {
		m[name] = pick(d, unusable)
	}
	return m
}

// principal is a user of the directory by value.
func (w *world) principal(id roles.UserID) roles.Principal {
	p := roles.Principal{User: roles.User{ID: id}}
	for _, u := range w.data.Users {
		if u.ID == id {
			p.User = u
		}
	}
	for _, b := range w.data.Bindings {
		if b.User == id {
			p.Bindings = append(p.Bindings, b)
		}
	}
	for _, a := range w.data.Assignments {
		if a.User == id {
			p.Assignments = append(p.Assignments, a.Resource)
		}
	}
	return p
}

// drawPrincipal draws a user by value: one of the directory's, or one like
// them, with something of it wrong at times.
func (w *world) drawPrincipal(d draw, like roles.UserID) roles.Principal {
	p := w.principal(like)
	if p.ID == "" || d.chance(1) {
		p = w.principal(pick(d, w.data.Users).ID)
	}
	p.Bindings, p.Assignments = slices.Clone(p.Bindings), slices.Clone(p.Assignments)
	if d.chance(4) {
		p.ID = "somebody else"
	}
	if d.chance(4) && len(w.data.Bindings) > 0 {
		p.Bindings = append(p.Bindings, pick(d, w.data.Bindings))
	}
	if d.chance(4) && len(p.Bindings) > 0 { // the same role and unit for another time
		b := pick(d, p.Bindings)
		b.From, b.Until = drawPeriod(d)
		p.Bindings = append(p.Bindings, b)
	}
	if !d.chance(1) {
		return p
	}
	switch d.below(8) {
	case 0:
		p.ID = pick(d, []roles.UserID{"", " a", "a\u200b"})
	case 1:
		p.Attributes = spoiled(d, p.Attributes, w.document.Users)
	case 2:
		p.Unit = pick(d, []scope.Ref{scope.Root(), scope.NewRef("org", "nowhere"), scope.NewRef("page", "a"), scope.NewRef("", "a")})
	case 3:
		p.Bindings = append(p.Bindings, roles.Binding{Role: pick(d, []roles.RoleID{"", "R0", "nothing"}), Unit: scope.Root()})
	case 4:
		p.Bindings = append(p.Bindings, roles.Binding{Role: "r0", Unit: pick(d, []scope.Ref{{}, scope.NewRef("org", "nowhere"), scope.NewRef("page", "a"), scope.NewRef("org", "")})})
	case 5:
		p.Bindings = append(p.Bindings, roles.Binding{Role: "r0", Unit: scope.Root(), From: now, Until: now})
	case 6:
		p.Assignments = append(p.Assignments, pick(d, []scope.Ref{{}, scope.Root(), scope.NewRef("ORG", "a"), scope.NewRef("org", " ")}))
	case 7:
		if len(w.data.Roles) > 0 {
			p.Bindings = append(p.Bindings, roles.Binding{Role: pick(d, w.data.Roles).ID, Unit: pick(d, w.data.Units).Ref})
		}
	}
	return p
}
