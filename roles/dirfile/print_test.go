package dirfile_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/roles/dirfile"
	"github.com/bailiwick-authz/bailiwick/scope"
)

func TestPrint(t *testing.T) {
	d := newDirectory(t)
	_, err := dirfile.Load(d, "setup", "leeds.yaml", []byte(sample))
	require.NoError(t, err)
	require.Equal(t, `directory: Leeds
units:
  - {unit: "authority:leeds", attributes: {at: "2025-09-01T07:00:00.5Z", b: true, by: {"": [], x: [1, 2500, .inf]}, d: 5, i: -2, names: ["a", "b c"], raw: "AP8=", s: "no", span: "1h30m0s", u: 18446744073709551615}}
  - {unit: "school:s1", in: "authority:leeds"}
roles:
  - role: head
    unit: "authority:leeds"
    inherits: [nurse]
  - role: nurse
    name: School nurse
    unit: "authority:leeds"
    at: [school]
    scope: assigned
    inherits: [reader]
    grants:
      - {privileges: [pupil.view], scope: all}
      - {privileges: [pupil.view]}
users:
  - user: ann
    unit: "authority:leeds"
    attributes: {keys: {k: ""}, moments: ["2025-09-01T08:00:00Z"], s: "hello"}
    bindings:
      - {role: head, at: "school:s1", from: 2025-09-01T07:00:00Z, until: 2026-10-01T00:00:00.000000001Z}
      - {role: reader, at: "authority:leeds"}
      - {role: reader, at: root}
    assigned:
      - "pupil:p 1"
      - "school:s1"
  - user: bob
    inactive: true
`, string(dirfile.Print("Leeds", d.Snapshot())))
}

func TestAnEmptyDirectoryIsANameOnly(t *testing.T) {
	d := newDirectory(t)
	require.Equal(t, "directory: \"no\"\n", string(dirfile.Print("no", d.Snapshot())))
	_, err := dirfile.Load(d, "setup", "x.yaml", dirfile.Print("no", d.Snapshot()))
	require.NoError(t, err)
}

// ids are valid ids, many of them such as a careless writer would not quote.
var ids = rapid.OneOf(
	rapid.SampledFrom([]string{"no", "true", "1", "1e3", "~", "null", "- x", "a: b", "a #b", "x:y:z", "[a]", "{a}", "\"", "'", "\\", "|",
		"&a", "*a", "!a", "%a", "@a", "<<", "=", "2025-09-01", "1:30", ".inf", "é", "e\u0301", "日本", "a\u00a0b", "root", "`", "?", "-", "a,b"}),
	rapid.StringMatching(`[a-c]{1,3}`),
	rapid.String().Filter(func(s string) bool { return len(s) < 200 && scope.CheckID(s) == nil }),
)

func drawValue(t *rapid.T, typ string) any {
	switch typ {
	case "bool":
		return rapid.Bool().Draw(t, typ)
	case "int":
		return rapid.Int64().Draw(t, typ)
	case "uint":
		return rapid.Uint64().Draw(t, typ)
	case "double":
		return rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 5, 1e21})).Draw(t, typ)
	case "string":
		return rapid.OneOf(ids, rapid.String(), rapid.SampledFrom([]string{"", " ", "a\nb", "\r\n", "\x00", "\u2028", "\ufeff", "\u0085", "\t"})).Draw(t, typ)
	case "bytes":
		return rapid.SliceOf(rapid.Byte()).Draw(t, typ)
	case "timestamp":
		return time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
	case "duration":
		return time.Duration(rapid.Int64().Draw(t, typ))
	}
	n := rapid.IntRange(0, 3).Draw(t, "n")
	inner := typ[len("map(") : len(typ)-1]
	if typ[0] == 'l' {
		inner = typ[len("list(") : len(typ)-1]
		list := make([]any, n)
		for i := range list {
			list[i] = drawValue(t, inner)
		}
		return list
	}
	m := map[string]any{}
	for range n {
		key := drawValue(t, "string").(string)
		m[rapid.SampledFrom([]string{key, key, strings.Repeat("k", 300) + key}).Draw(t, "key")] = drawValue(t, inner)
	}
	return m
}

func drawAttributes(t *rapid.T) scope.Map {
	m := scope.Map{}
	for _, name := range []string{"b", "i", "u", "d", "s", "raw", "at", "span", "names", "by", "moments", "keys"} {
		if rapid.IntRange(0, 3).Draw(t, name) == 0 {
			m[name] = drawValue(t, attributeTypes[name])
		}
	}
	return m
}

// A plan is changes that are drawn and can be made.
type plan []func(tx *roles.Tx)

func (p *plan) add(change func(tx *roles.Tx)) { *p = append(*p, change) }

func drawDirectory(t *rapid.T) *roles.Directory {
	var p plan
	units := drawUnits(t, &p)
	held := drawRoles(t, &p, units)
	for _, id := range distinct(t, "users") {
		u := roles.User{ID: roles.UserID(id), Inactive: rapid.Bool().Draw(t, "inactive"), Attributes: drawAttributes(t)}
		if unit := rapid.SampledFrom(units).Draw(t, "unit"); unit != scope.Root() {
			u.Unit = unit
		}
		p.add(func(tx *roles.Tx) { tx.AddUser(u) })
		for _, unit := range rapid.SliceOfNDistinct(rapid.SampledFrom(units), 0, 3, rapid.ID).Draw(t, "bindings") {
			role, from := rapid.SampledFrom(held).Draw(t, "role"), drawValue(t, "timestamp").(time.Time)
			p.add(func(tx *roles.Tx) { tx.BindBetween(u.ID, role, unit, from, time.Time{}) })
		}
		for _, unit := range rapid.SliceOfNDistinct(rapid.SampledFrom(units[1:]), 0, min(2, len(units)-1), rapid.ID).Draw(t, "assigned") {
			p.add(func(tx *roles.Tx) { tx.Assign(u.ID, unit) })
		}
		for _, pupil := range distinct(t, "pupils") {
			p.add(func(tx *roles.Tx) { tx.Assign(u.ID, scope.NewRef("pupil", pupil)) })
		}
	}
	d := newDirectory(t)
	_, err := d.Update("draw", func(tx *roles.Tx) error {
		for _, change := range p {
			change(tx)
		}
		return nil
	})
	require.NoError(t, err)
	return d
}

func distinct(t *rapid.T, name string) []string {
	return rapid.SliceOfNDistinct(ids, 0, 4, rapid.ID).Draw(t, name)
}

func drawUnits(t *rapid.T, p *plan) []scope.Ref {
	first := scope.NewRef("authority", "first")
	p.add(func(tx *roles.Tx) { tx.AddUnit(first, scope.Root()) })
	units := []scope.Ref{scope.Root(), first}
	for _, id := range distinct(t, "authorities") {
		authority := scope.NewRef("authority", "a "+id)
		attributes := drawAttributes(t)
		p.add(func(tx *roles.Tx) { tx.AddUnit(authority, scope.Root()); tx.SetUnitAttributes(authority, attributes) })
		units = append(units, authority)
	}
	var schools []scope.Ref
	for _, id := range distinct(t, "schools") {
		school := scope.NewRef("school", id)
		authority := rapid.SampledFrom(units[1:]).Draw(t, "authority")
		p.add(func(tx *roles.Tx) { tx.AddUnit(school, authority) })
		schools = append(schools, school)
	}
	return append(units, schools...)
}

// drawRoles returns the roles that can be bound everywhere.
func drawRoles(t *rapid.T, p *plan, units []scope.Ref) []roles.RoleID {
	known, held := []roles.RoleID{"reader"}, []roles.RoleID{"reader"}
	for i, id := range distinct(t, "roles") {
		r := roles.Role{
			ID:       roles.RoleID(fmt.Sprint(i, " ", id)),
			Unit:     rapid.SampledFrom(units).Draw(t, "owner"),
			At:       rapid.SampledFrom([][]string{nil, {"school"}, {"school", "authority"}}).Draw(t, "at"),
			Scope:    rapid.SampledFrom([]string{"", "all", id}).Draw(t, "scope"),
			Inherits: rapid.SliceOfNDistinct(rapid.SampledFrom(known), 0, 2, rapid.ID).Draw(t, "inherits"),
		}
		if rapid.Bool().Draw(t, "named") {
			r.Name = fmt.Sprint("name ", i, " ", id)
		}
		for range rapid.IntRange(0, 2).Draw(t, "grants") {
			r.Grants = append(r.Grants, roles.Grant{
				Privileges: []roles.Action{"pupil.view"}, Scope: rapid.SampledFrom([]string{"", id}).Draw(t, "scope")})
		}
		p.add(func(tx *roles.Tx) { tx.AddRole(r) })
		if r.Unit == scope.Root() { // any role can inherit it
			known = append(known, r.ID)
			if len(r.At) == 0 {
				held = append(held, r.ID)
			}
		}
	}
	return held
}

// TestPrintedAndReadADirectoryIsTheSame, whatever ids and values are in it; and
// printed again it is the same text.
func TestPrintedAndReadADirectoryIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(ids, rapid.String()).Draw(t, "name")
		before := drawDirectory(t).Snapshot()
		source := dirfile.Print(name, before)
		f, err := dirfile.Parse("x.yaml", source, nil)
		require.NoError(t, err, "%s", source)
		require.Equal(t, name, f.Name())
		d := newDirectory(t)
		_, err = d.Update("read", func(tx *roles.Tx) error { f.Apply(tx); return nil })
		require.NoError(t, f.Locate(err), "%s", source)
		require.Equal(t, contents(before), contents(d.Snapshot()), "%s", source)
		require.Equal(t, string(source), string(dirfile.Print(name, d.Snapshot())))
	})
}

// TestTheOrderOfEntriesMeansNothing: also not that a role comes before those it
// inherits.
func TestTheOrderOfEntriesMeansNothing(t *testing.T) {
	entries := []string{"  - {role: a, unit: authority:x, inherits: [b, c]}\n", "  - {role: b, unit: authority:x, inherits: c}\n", "  - {role: c, unit: root}\n"}
	units := []string{"  - {unit: school:s, in: school2:t}\n", "  - {unit: school2:t, in: authority:x}\n", "  - {unit: authority:x}\n"}
	var want string
	for i, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		source := "directory: x\nroles:\n"
		for _, j := range order {
			source += entries[j]
		}
		source += "units:\n"
		for _, j := range slices.Backward(order) {
			source += units[j]
		}
		d := newDirectory(t)
		_, err := dirfile.Load(d, "setup", "x.yaml", []byte(source))
		require.NoError(t, err)
		if got := contents(d.Snapshot()); i == 0 {
			want = got
		} else {
			require.Equal(t, want, got, source)
		}
	}
}

// FuzzParse: whatever is in a file, it is read or refused with a place; and what
// can be applied is printed and read as the same.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	for _, example := range []string{"ncmp", "ncatrak"} {
		source, err := os.ReadFile("../../examples/" + example + "/directory.yaml")
		require.NoError(f, err)
		f.Add(source)
	}
	for _, c := range refusals {
		source, _ := unmark(c.source)
		f.Add([]byte(source))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		d := newDirectory(t)
		_, err := dirfile.Load(d, "fuzz", "x.yaml", source)
		if err != nil {
			var faults dirfile.Faults
			require.ErrorAs(t, err, &faults)
			for _, fault := range faults {
				require.True(t, fault.Err != nil || fault.Line > 0 && fault.Column > 0 || fault.Message[:3] == "and", "%v", fault)
			}
			require.Zero(t, d.Snapshot().Revision())
			return
		}
		again := newDirectory(t)
		printed := dirfile.Print("x", d.Snapshot())
		_, err = dirfile.Load(again, "fuzz", "x.yaml", printed)
		require.NoError(t, err, "%s", printed)
		require.Equal(t, contents(d.Snapshot()), contents(again.Snapshot()), "%s", printed)
	})
}

func ExampleLoad() {
	d := newDirectory(exampleT{})
	_, err := dirfile.Load(d, "setup", "leeds.yaml", []byte(`directory: Leeds
units:
  - {unit: "authority:leeds"}
users:
  - user: ann
    bindings:
      - {role: reder, at: "authority:leeds"}
    assigned: ["school:s1"]
`))
	fmt.Println(err)
	// Output:
	// leeds.yaml:7:9: bind ann as reder at authority:leeds: unknown role reder (did you mean "reader"?)
	// leeds.yaml:8:16: assign school:s1 to ann: unknown unit school:s1
}

func ExamplePrint() {
	d := newDirectory(exampleT{})
	_, err := d.Update("eve", func(tx *roles.Tx) error {
		tx.AddUser(roles.User{ID: "ann"})
		tx.Bind("ann", "reader", scope.Root())
		return nil
	})
	fmt.Print(string(dirfile.Print("Leeds", d.Snapshot())))
	fmt.Println(err)
	// Output:
	// directory: Leeds
	// users:
	//   - user: ann
	//     bindings:
	//       - {role: reader, at: root}
	// <nil>
}

// exampleT fails an example.
type exampleT struct{}

func (exampleT) Helper()                   {}
func (exampleT) FailNow()                  { panic("failed") }
func (exampleT) Errorf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
