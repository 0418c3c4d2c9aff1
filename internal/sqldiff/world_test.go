package sqldiff

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

func sorted(list []string) []string { slices.Sort(list); return list }

// now is the instant of every question.
var now = time.Date(2026, 3, 1, 12, 0, 0, 1, time.UTC)

// drawDocument draws a policy about one type of resource.
func drawDocument(d draw, t target) policy.Document {
	school := map[string]string{}
	for _, from := range []string{"school", "brought"} {
		for name, typ := range attributes[from] {
			school[name] = typ
		}
	}
	doc := policy.Document{
		Policy: "drawn", Users: attributes["user"], Context: attributes["context"],
		Resources: []policy.Resource{
			{Name: "region", Unit: true, Attributes: attributes["region"]},
			{Name: "school", Unit: true, In: []string{"region"}, Attributes: school},
			{Name: "case", In: []string{"school", "region"}, Attributes: attributes["case"]},
			{Name: "doc", In: []string{"case", "school"}, Attributes: attributes["doc"]},
			{Name: "note", Attributes: attributes["note"]},
		},
		Privileges: []policy.Privilege{{Name: "act", On: t.typ}},
	}
	odd := 0
	if d.chance(10) {
		odd = 30
	}
	w := &writer{draw: d, target: t, odd: odd}
	text := func() string {
		switch n := d.IntN(100); {
		case n < 15:
			return "true"
		case n < 25:
			return w.tricky()
		}
		return w.condition(d.IntN(4))
	}
	for i := range 3 {
		doc.Scopes = append(doc.Scopes, policy.Scope{Name: fmt.Sprintf("s%d", i), On: []string{t.typ}, When: text()})
		g := policy.Grant{Privileges: []roles.Action{"act"}, Scope: fmt.Sprintf("s%d", i)}
		if d.chance(30) {
			g.When = text()
		}
		doc.Roles = append(doc.Roles, policy.Role{Name: fmt.Sprintf("r%d", i), Grants: []policy.Grant{g}})
	}
	if d.chance(50) {
		doc.Constraints = []policy.Constraint{{Name: "c0", On: []string{"act"}, Require: text()}}
	}
	return doc
}

// A row is a resource as a table has it.
type row struct {
	id string
	// in are the ids of what it is in, by type; nil: NULL.
	in         map[string]*string
	attributes scope.Map
}

// A world is a policy over a directory, and rows.
type world struct {
	target
	document policy.Document
	engine   *access.Engine
	in       *roles.Snapshot
	users    []roles.UserID
	known    bool // no row is in a unit that the directory does not know
	rows     []row
	cases    []row // what docs can be in
}

var ids = []string{"a", "A", "é", "e\u0301", "a b", "%", "1", "01", "x'y", `q"q`, "{a}", "a,b", `b\c`, "null", "ß", "ss", "_", "😀", "?1", "$1"}

func drawWorld(t testing.TB, d draw) *world {
	w := &world{target: pick(d, targets), known: d.chance(30)}
	w.document = drawDocument(d, w.target)
	p, err := policy.Compile(w.document, nil)
	require.NoError(t, err, "%+v", w.document)
	directory, err := roles.NewDirectory(p, &roles.Options{Clock: func() time.Time { return now }})
	require.NoError(t, err)
	w.engine = access.New(p, directory, &access.Options{Clock: func() time.Time { return now }})
	w.drawDirectory(t, d, directory)
	w.in = directory.Snapshot()
	return w
}

func (w *world) drawDirectory(t testing.TB, d draw, directory *roles.Directory) {
	regions, schools := []string{"a", "A", "é"}[:1+d.IntN(3)], ids[:2+d.IntN(6)]
	_, err := directory.Update("setup", func(tx *roles.Tx) error {
		var units []scope.Ref
		for _, id := range regions {
			units = append(units, scope.NewRef("region", id))
			tx.AddUnit(units[len(units)-1], scope.Root())
			tx.SetUnitAttributes(units[len(units)-1], drawAttributes(d, "region", nil, false))
		}
		for _, id := range schools {
			units = append(units, scope.NewRef("school", id))
			tx.AddUnit(units[len(units)-1], scope.NewRef("region", pick(d, regions)))
			tx.SetUnitAttributes(units[len(units)-1], drawAttributes(d, "school", nil, false))
		}
		for i := range 3 {
			u := roles.User{ID: roles.UserID(ids[i]), Attributes: drawAttributes(d, "user", nil, false)}
			if d.chance(70) {
				u.Unit = pick(d, units)
			}
			tx.AddUser(u)
			w.users = append(w.users, u.ID)
			for j := range 3 {
				if d.chance(60) {
					at := scope.Root()
					if d.chance(60) {
						at = pick(d, units)
					}
					tx.Bind(u.ID, roles.RoleID(fmt.Sprintf("r%d", j)), at)
				}
			}
			assigned := map[scope.Ref]bool{}
			for range d.IntN(5) {
				assigned[pick(d, units)] = true
			}
			for range d.IntN(4) {
				assigned[scope.NewRef(pick(d, []string{"case", "doc", "note"}), pick(d, ids[:8]))] = true
			}
			for ref := range assigned {
				tx.Assign(u.ID, ref)
			}
		}
		return nil
	})
	require.NoError(t, err)
}

var texts = []string{"", "a", "A", "ab", "abc", "Ab", "%", "a%", "a_", "_", `\`, `a\`, "é", "e\u0301", "É", "'", `"`, "😀", "a😀b", " a", "a ", "ß", "ss", "SS", "null", "1", "01", "a\nb", "{a}"}

// drawText draws a text; with a NUL only where that can be stored.
func drawText(d draw, nul bool) string {
	if nul && d.chance(5) {
		return pick(d, []string{"\x00", "a\x00b", "a\x00", "\x00a"})
	}
	if d.chance(40) {
		return pick(d, append(ids[:6:6], "a", "ab"))
	}
	return pick(d, texts)
}

// drawValue draws a value; stored is whether it stands in a column.
func drawValue(d draw, typ string, dialect *database, stored bool) any {
	switch typ {
	case "bool":
		return d.chance(50)
	case "int":
		return pick(d, []int64{0, 1, 1, 2, -1, 4294967296, 9007199254740993, math.MaxInt64, math.MinInt64})
	case "uint":
		return pick(d, []uint64{0, 1})
	case "double":
		values := []float64{0, math.Copysign(0, -1), 1, -1.5, 9007199254740993, math.Inf(1), math.Inf(-1), math.SmallestNonzeroFloat64}
		if !stored && d.chance(1) || dialect != nil && dialect.nan {
			values = append(values, math.NaN(), math.NaN())
		}
		return pick(d, values)
	case "string":
		return drawText(d, stored && dialect != nil && dialect.nul || !stored && d.chance(1))
	case "bytes":
		return []byte(pick(d, []string{"", "a", "\x00", "\xff", "ab"}))
	case "timestamp":
		near := []time.Duration{0, 0, -time.Microsecond, time.Microsecond, -time.Hour, time.Hour}
		if !stored {
			near = append(near, 1, -1, 999, -time.Microsecond-1)
		}
		at := now.Truncate(time.Microsecond)
		if d.chance(15) {
			return pick(d, []time.Time{time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC)})
		}
		return at.Add(pick(d, near))
	case "duration":
		return pick(d, []time.Duration{0, 1, -1, time.Hour, -time.Hour, math.MaxInt64})
	case "map(string)":
		return map[string]any{"k": drawText(d, false)}
	}
	elem, list := strings.TrimSuffix(strings.TrimPrefix(typ, "list("), ")"), []any{}
	for range d.IntN(4) {
		list = append(list, drawValue(d, elem, dialect, stored))
	}
	return list
}

func drawAttributes(d draw, of string, dialect *database, stored bool) scope.Map {
	m := scope.Map{}
	for _, name := range names(attributes[of]) {
		typ := attributes[of][name]
		if stored && !slices.Contains(columns[of], name) && !slices.Contains(lists[of], name) {
			continue
		}
		if stored && strings.HasPrefix(typ, "list") || !d.chance(25) {
			m[name] = drawValue(d, typ, dialect, stored)
		}
	}
	return m
}

func names(of map[string]string) []string {
	var all []string
	for name := range of {
		all = append(all, name)
	}
	return sorted(all)
}

// drawRows draws the tables.
func (w *world) drawRows(d draw, dialect *database) {
	w.rows, w.cases = nil, nil
	if w.typ == "doc" {
		for i := range 6 {
			w.cases = append(w.cases, w.drawRow(d, dialect, "case", ids[i]))
		}
	}
	typ := w.typ
	if typ == "school" {
		typ = "brought"
	}
	for i := range 20 {
		w.rows = append(w.rows, w.drawRow(d, dialect, typ, ids[i%len(ids)]))
	}
}

func (w *world) drawRow(d draw, dialect *database, of, id string) row {
	r := row{id: id, in: map[string]*string{}, attributes: drawAttributes(d, of, dialect, true)}
	parents := map[string][]string{"case": {"school", "region"}, "doc": {"case", "school"}}[of]
	if len(parents) == 0 {
		return r
	}
	put := func(typ string) {
		pool := ids[:3]
		if typ == "school" {
			pool = ids[:8]
		}
		id := pick(d, pool)
		if w.known && typ != "case" && !w.exists(typ, id) {
			return
		}
		r.in[typ] = &id
	}
	switch {
	case d.chance(90):
		put(pick(d, parents))
	case d.chance(50):
		put(parents[0])
		put(parents[1])
	}
	return r
}

func (w *world) exists(typ, id string) bool {
	_, err := w.engine.Policy().Types().Locate(scope.Resource{Type: typ, ID: id}, w.in)
	return err == nil
}

// resource is a row as Decide is asked about it; false where nothing can be
// asked, because it is in two.
func (w *world) resource(typ string, r row) (scope.Resource, bool) {
	out := scope.Resource{Type: typ, ID: r.id, Attributes: r.attributes}
	if len(r.in) > 1 {
		return out, false
	}
	for parent, id := range r.in {
		if parent != "case" {
			out.Parent = scope.NewRef(parent, *id)
			continue
		}
		at := slices.IndexFunc(w.cases, func(c row) bool { return c.id == *id })
		if at < 0 {
			return out, false
		}
		in, ok := w.resource("case", w.cases[at])
		if !ok {
			return out, false
		}
		out.In = &in
	}
	return out, true
}
