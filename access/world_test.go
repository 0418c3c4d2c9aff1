package access_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A world is one policy over one directory, with what the tests need to know of
// both: as the engine has them, and as plain data for the reference.
type world struct {
	drawnPolicy
	data      reference.World
	directory *roles.Directory
	engine    *access.Engine
	// things are resources that are no units, each with all that it is in: the
	// rows of the application's tables.
	things []scope.Resource
	// at is the instant of its questions.
	at time.Time
	// granted has what grantedBy found, and ofType what all did, of one type.
	granted map[roles.RoleID][]roles.Action
	ofType  map[string][]scope.Resource
}

// now is the instant of every question, unless a test says otherwise.
var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// draw is a source of choices, and what fails if something is wrong with what
// they came to. Its choices are even.
type draw struct {
	require.TestingT
	// below returns a number less than n.
	below func(n int) int
}

// drawFrom has rapid choose. Its own numbers are not even; these are, and become
// the first or false when it makes a failure smaller.
func drawFrom(t *rapid.T) draw {
	return draw{t, func(n int) int { return choice.Draw(t, "choice") % n }}
}

// choice is an even number of twelve bits.
var choice = rapid.Custom(func(t *rapid.T) int {
	v := 0
	for range 12 {
		v *= 2
		if rapid.Bool().Draw(t, "bit") {
			v++
		}
	}
	return v
})

// between returns a number from low to high, both included.
func (d draw) between(low, high int) int { return low + d.below(high-low+1) }

// chance is true in so many of 16 cases.
func (d draw) chance(of16 int) bool { return d.below(16) >= 16-of16 }

func pick[T any](d draw, from []T) T { return from[d.below(len(from))] }

// some returns at least least of the list, in its order.
func some[T any](d draw, list []T, least int) []T {
	for {
		var kept []T
		for _, v := range list {
			if d.chance(8) {
				kept = append(kept, v)
			}
		}
		if len(kept) >= least {
			return kept
		}
		if least >= len(list) {
			return list
		}
		if len(kept) < least {
			return list[:least]
		}
	}
}

// ids are the names of everything: some look alike, some look like syntax.
var ids = []string{
	"a", "A", "1", "01", "\u00e9", "e\u0301", "a b", "a:b", "org:1", "root", "\uff41", "\u00df", "ss",
	"*", "%", "_", "a/b", `a"b`, "null", "true", "user", "\u8d44", "a.b", "-", "{a}", "a,b", "a\\b", "'", "a\u00a0b",
}

// drawWorld draws a directory for a policy.
func drawWorld(t *rapid.T, p drawnPolicy) *world {
	return rapid.Custom(func(t *rapid.T) *world { return newWorld(drawFrom(t), p) }).Draw(t, "world")
}

func newWorld(d draw, p drawnPolicy) *world {
	w := &world{drawnPolicy: p, at: now}
	pool := some(d, ids, 4)
	w.drawUnits(d, pool)
	w.drawUsers(d, pool)
	w.drawRoles(d)
	w.drawThings(d, pool)
	w.drawBindings(d)
	w.drawAssignments(d, pool)
	w.directory = newDirectory(d, p.policy, w.data)
	w.engine = access.New(p.policy, w.directory, &access.Options{Clock: w.clock})
	w.index()
	return w
}

// index looks up what drawing questions looks for again and again.
func (w *world) index() {
	w.granted, w.ofType = map[roles.RoleID][]roles.Action{}, map[string][]scope.Resource{}
	snapshot := w.directory.Snapshot()
	for _, r := range snapshot.Roles() {
		w.granted[r.ID] = w.grantedBy(snapshot, r.ID)
	}
	for _, r := range w.document.Resources {
		w.ofType[r.Name] = w.all(r.Name)
	}
}

func (w *world) clock() time.Time { return w.at }

// newDirectory makes a directory of plain data.
func newDirectory(t require.TestingT, p *policy.Policy, data reference.World) *roles.Directory {
	directory, err := roles.NewDirectory(p, &roles.Options{Clock: func() time.Time { return now }})
	require.NoError(t, err)
	_, err = directory.Update("setup", func(tx *roles.Tx) error { fill(tx, data); return nil })
	require.NoError(t, err)
	return directory
}

func fill(tx *roles.Tx, data reference.World) {
	for _, u := range data.Units {
		tx.AddUnit(u.Ref, u.Parent)
		tx.SetUnitAttributes(u.Ref, u.Attributes)
	}
	for _, u := range data.Users {
		tx.AddUser(u)
	}
	for _, r := range data.Roles {
		tx.AddRole(r)
	}
	for _, b := range data.Bindings {
		tx.BindBetween(b.User, b.Role, b.Unit, b.From, b.Until)
	}
	for _, a := range data.Assignments {
		tx.Assign(a.User, a.Resource)
	}
}

func (w *world) drawUnits(d draw, pool []string) {
	for _, typ := range w.document.Resources {
		if !typ.Unit {
			continue
		}
		count := d.between(1, 3)
		if len(w.data.Units) == 0 {
			count = d.between(2, 3) // tenants
		}
		for _, id := range pool[:min(count, len(pool))] {
			parent := scope.Root()
			if len(typ.In) > 0 {
				parent = pick(d, w.unitsOf(typ.In...)).Ref
			}
			w.data.Units = append(w.data.Units, roles.Unit{
				Ref: scope.NewRef(typ.Name, id), Parent: parent, Attributes: drawAttributes(d, typ.Attributes, 13, pool),
			})
		}
	}
}

func (w *world) unitsOf(types ...string) []roles.Unit {
	var found []roles.Unit
	for _, u := range w.data.Units {
		if slices.Contains(types, u.Ref.Type) {
			found = append(found, u)
		}
	}
	return found
}

func (w *world) drawUsers(d draw, pool []string) {
	for _, id := range pool[:min(d.between(2, 4), len(pool))] {
		u := roles.User{ID: roles.UserID(id), Inactive: d.chance(1), Attributes: drawAttributes(d, w.document.Users, 13, pool)}
		if d.chance(10) {
			u.Unit = pick(d, w.data.Units).Ref
		}
		w.data.Users = append(w.data.Users, u)
	}
}

// drawRoles draws custom roles.
func (w *world) drawRoles(d draw) {
	for i := range d.below(3) {
		r := roles.Role{ID: roles.RoleID(fmt.Sprintf("c%d", i)), Unit: scope.Root()}
		if d.chance(12) {
			r.Unit = pick(d, w.data.Units).Ref
		}
		for range d.between(1, 2) {
			g := w.drawGrant(d, false)
			r.Grants = append(r.Grants, roles.Grant(g))
		}
		for _, inherited := range w.document.Roles {
			if d.chance(2) {
				r.Inherits = append(r.Inherits, roles.RoleID(inherited.Name))
			}
		}
		for _, inherited := range w.data.Roles {
			if d.chance(4) && w.contains(inherited.Unit, r.Unit) {
				r.Inherits = append(r.Inherits, inherited.ID)
			}
		}
		w.data.Roles = append(w.data.Roles, r)
	}
}

// chain returns a unit and all that it is in, Root included.
func (w *world) chain(unit scope.Ref) []scope.Ref {
	refs := []scope.Ref{unit}
	for _, u := range slices.Backward(w.data.Units) { // a parent stands before what is in it
		if u.Ref == refs[len(refs)-1] {
			refs = append(refs, u.Parent)
		}
	}
	return refs
}

func (w *world) contains(outer, inner scope.Ref) bool { return slices.Contains(w.chain(inner), outer) }

// around returns a resource and all that it is in, Root included.
func (w *world) around(r scope.Resource) []scope.Ref {
	var refs []scope.Ref
	for at := &r; at != nil; at = at.In {
		refs = append(refs, at.Ref())
		if at.In == nil && at.Parent.IsZero() {
			return append(refs[:len(refs)-1], w.chain(at.Ref())...)
		}
		if at.In == nil {
			return append(refs, w.chain(at.Parent)...)
		}
	}
	return refs
}

// drawThings draws resources of all types that are no units. Those of different
// tenants have the same ids.
func (w *world) drawThings(d draw, pool []string) {
	for _, typ := range w.document.Resources {
		if typ.Unit {
			continue
		}
		for range d.between(2, 4) {
			r := scope.Resource{Type: typ.Name, ID: pick(d, pool[:3]), Attributes: drawAttributes(d, typ.Attributes, 14, pool)}
			if len(typ.In) > 0 {
				w.putIn(d, &r, typ.In)
			}
			w.things = append(w.things, r)
		}
	}
}

// putIn puts a resource into one of the types.
func (w *world) putIn(d draw, r *scope.Resource, types []string) {
	in := pick(d, w.all(types...))
	if w.typ(in.Type).Unit && d.chance(12) {
		r.Parent = in.Ref()
		return
	}
	r.In = &in
	if d.chance(4) {
		r.Parent = in.Ref()
	}
}

// all returns all resources of some types, or of all if none is named: the
// units as references, the things in full.
func (w *world) all(types ...string) []scope.Resource {
	var found []scope.Resource
	for _, u := range w.data.Units {
		if len(types) == 0 || slices.Contains(types, u.Ref.Type) {
			found = append(found, scope.Resource{Type: u.Ref.Type, ID: u.Ref.ID})
		}
	}
	for _, r := range w.things {
		if len(types) == 0 || slices.Contains(types, r.Type) {
			found = append(found, r)
		}
	}
	return found
}

func (w *world) typ(name string) policy.Resource {
	for _, r := range w.document.Resources {
		if r.Name == name {
			return r
		}
	}
	return policy.Resource{}
}

func (w *world) drawBindings(d draw) {
	for _, u := range w.data.Users {
		for range d.below(5) {
			b := roles.Binding{User: u.ID}
			var at []string
			if len(w.data.Roles) > 0 && d.chance(5) {
				r := pick(d, w.data.Roles)
				b.Role, b.Unit = r.ID, w.somewhereIn(d, r.Unit)
			} else {
				r := pick(d, w.document.Roles)
				b.Role, at = roles.RoleID(r.Name), r.At
				b.Unit = w.somewhereIn(d, scope.Root())
			}
			if len(at) > 0 && !slices.Contains(at, b.Unit.Type) {
				candidates := w.unitsOf(at...)
				if len(candidates) == 0 {
					continue
				}
				b.Unit = pick(d, candidates).Ref
			}
			b.From, b.Until = drawPeriod(d)
			if !slices.ContainsFunc(w.data.Bindings, func(o roles.Binding) bool {
				return o.User == b.User && o.Role == b.Role && o.Unit == b.Unit
			}) {
				w.data.Bindings = append(w.data.Bindings, b)
			}
		}
	}
}

// somewhereIn returns a unit in outer, or outer.
func (w *world) somewhereIn(d draw, outer scope.Ref) scope.Ref {
	in := []scope.Ref{outer}
	for _, u := range w.data.Units {
		if w.contains(outer, u.Ref) && u.Ref != outer {
			in = append(in, u.Ref)
		}
	}
	if outer == scope.Root() {
		if d.chance(1) {
			return outer
		}
		in = in[1:]
	}
	if d.chance(6) {
		return in[d.below(min(2, len(in)))] // one near the top, so that much is in it
	}
	return pick(d, in)
}

// drawPeriod draws the bounds of a binding, often none, else around now.
func drawPeriod(d draw) (from, until time.Time) {
	if d.chance(10) {
		return from, until
	}
	steps := []time.Duration{-time.Hour, -1, 0, 1, time.Hour}
	if d.chance(8) {
		from = now.Add(steps[d.below(len(steps)-1)])
	}
	if from.IsZero() || d.chance(8) {
		until = now.Add(pick(d, steps))
	}
	if !from.IsZero() && !until.IsZero() && !from.Before(until) {
		until = time.Time{}
	}
	return from, until
}

func (w *world) drawAssignments(d draw, pool []string) {
	everything := w.all()
	for _, u := range w.data.Users {
		for range d.below(5) {
			a := roles.Assignment{User: u.ID, Resource: pick(d, everything).Ref()}
			if typ := pick(d, w.document.Resources); !typ.Unit && d.chance(2) {
				a.Resource = scope.NewRef(typ.Name, pick(d, pool))
			}
			if !slices.Contains(w.data.Assignments, a) {
				w.data.Assignments = append(w.data.Assignments, a)
			}
		}
	}
}

// drawAttributes draws a value for each declared attribute, or leaves it out.
func drawAttributes(d draw, declared map[string]string, of16 int, pool []string) scope.Map {
	var m scope.Map
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		if d.chance(of16) {
			if m == nil {
				m = scope.Map{}
			}
			m[name] = drawValue(d, declared[name], pool)
		}
	}
	return m
}

// drawValue draws a value of a type, in one of the Go types that do for it.
func drawValue(d draw, typ string, pool []string) any {
	text := func() string { return pick(d, append(pool[:3:3], "a", "b", "")) }
	switch typ {
	case "bool":
		return d.chance(10)
	case "int":
		return pick(d, []any{0, 1, int64(2), int8(-1), uint16(3), int64(9223372036854775807), int64(-9223372036854775808)})
	case "uint":
		return pick(d, []any{0, uint(1), uint64(2), uint64(18446744073709551615)})
	case "double":
		return pick(d, []any{0.0, 1.0, float32(-1.5), 9007199254740993.0})
	case "string":
		return text()
	case "timestamp":
		return now.Add(pick(d, []time.Duration{-time.Hour, -1, 0, 1, time.Hour})).In(pick(d, []*time.Location{time.UTC, time.FixedZone("", 7200)}))
	case "duration":
		return pick(d, []time.Duration{0, time.Hour, -time.Hour})
	case "list(string)":
		if d.chance(8) {
			return pick(d, [][]string{nil, {text()}, {text(), text()}})
		}
		return []any{text(), text()}
	case "map(string)":
		if d.chance(8) {
			return map[string]string{"k": text()}
		}
		return map[string]any{text(): text()}
	}
	panic("no values of type " + typ)
}

// wrongValues are values that are not of a type, although some nearly are.
func wrongValues(typ string) []any {
	return map[string][]any{
		"bool":         {"true", 1, 0.0, []any{true}},
		"int":          {"1", 1.0, true, uint64(9223372036854775808), time.Second},
		"uint":         {"1", -1, 1.0, true},
		"double":       {"1", 1, true},
		"string":       {1, true, []byte("a"), []any{"a"}, time.Second},
		"timestamp":    {"2026-03-01T12:00:00Z", 1, time.Second},
		"duration":     {"1h", 3600, 1.5, now},
		"list(string)": {"a", []any{"a", 1}, []any{nil}, map[string]string{"a": "a"}, []int{1}},
		"map(string)":  {"a", []any{"a"}, map[string]any{"k": 1}, map[string]any{"k": nil}, map[int]string{1: "a"}},
	}[typ]
}

// unusableValues are values of a type that nobody can use.
func unusableValues(typ string) []any {
	return map[string][]any{
		"string":       {"\xff", strings.Repeat("a", 64<<10+1)},
		"timestamp":    {time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}.Add(-1)},
		"list(string)": {[]string{"a", "\xff"}, []any{"\xff", "a"}, make([]string, 10_001)},
		"map(string)":  {map[string]string{"k": "\xff"}, map[string]any{"\xff": "a"}},
	}[typ]
}

// GoString and String show a world in a failure's report.
func (w *world) GoString() string { return "\n" + w.String() }

func (w *world) String() string {
	var b strings.Builder
	b.WriteString(w.drawnPolicy.GoString())
	for _, u := range w.data.Units {
		fmt.Fprintf(&b, "unit %s %v\n", u, u.Attributes)
	}
	for _, u := range w.data.Users {
		fmt.Fprintf(&b, "user %s of %s inactive=%v %v\n", u, u.Unit, u.Inactive, u.Attributes)
	}
	for _, r := range w.data.Roles {
		fmt.Fprintf(&b, "role %s of %s inherits %v: %+v\n", r, r.Unit, r.Inherits, r.Grants)
	}
	for _, x := range w.data.Bindings {
		fmt.Fprintf(&b, "bind %s\n", x)
	}
	for _, x := range w.data.Assignments {
		fmt.Fprintf(&b, "assign %s\n", x)
	}
	return b.String()
}
