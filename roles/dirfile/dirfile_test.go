package dirfile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/roles/dirfile"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// sample has one of everything, in an order in which it could not be added.
const sample = `# Leeds and its schools
directory: Leeds
units:
  - {unit: "school:s1", in: "authority:leeds"}
  - {unit: authority:leeds, attributes: {i: -2, u: 18446744073709551615, d: 5, b: true, s: "no", raw: "AP8=",
     at: "2025-09-01T08:00:00.5+01:00", span: "1h30m", names: [a, "b c"], by: {x: [1, 2.5e3, .inf], "": []}}}
users:
  - user: ann
    unit: authority:leeds
    attributes: {s: hello, moments: ["2025-09-01T08:00:00Z"], keys: {k: ""}}
    bindings:
      - {role: reader, at: root}
      - {role: head, at: school:s1, from: 2025-09-01T08:00:00+01:00, until: "2026-10-01T00:00:00.000000001Z"}
      - {role: reader, at: authority:leeds}
    assigned: [school:s1, "pupil:p 1"]
  - {user: bob, inactive: true}
roles:
  - {role: head, unit: authority:leeds, inherits: nurse}
  - role: nurse
    name: School nurse
    unit: authority:leeds
    at: [school]
    scope: assigned
    inherits: [reader]
    grants:
      - {privileges: pupil.view, scope: all}
      - privileges: [pupil.view]
`

func TestAFileSaysAllOfADirectory(t *testing.T) {
	d := newDirectory(t)
	c, err := dirfile.Load(d, "setup", "leeds.yaml", []byte(sample))
	require.NoError(t, err)
	require.Equal(t, "setup", c.By)
	s := d.Snapshot()
	leeds, s1 := scope.NewRef("authority", "leeds"), scope.NewRef("school", "s1")
	u, _ := s.Unit(leeds)
	require.Equal(t, `scope.Map{"at":time.Date(2025, time.September, 1, 7, 0, 0, 500000000, time.UTC), "b":true, `+
		`"by":map[string]interface {}{"":[]interface {}{}, "x":[]interface {}{1, 2500, +Inf}}, "d":5, "i":-2, "names":[]interface {}{"a", "b c"}, `+
		`"raw":[]uint8{0x0, 0xff}, "s":"no", "span":5400000000000, "u":0xffffffffffffffff}`, fmt.Sprintf("%#v", u.Attributes))
	require.Equal(t, 5.0, u.Attributes["d"], "a double, though it is written like an int")
	ann, _ := s.User("ann")
	require.Equal(t, roles.User{ID: "ann", Unit: leeds, Attributes: scope.Map{
		"s": "hello", "moments": []any{time.Date(2025, 9, 1, 8, 0, 0, 0, time.UTC)}, "keys": map[string]any{"k": []byte{}},
	}}, ann)
	bob, _ := s.User("bob")
	require.Equal(t, roles.User{ID: "bob", Inactive: true}, bob)
	require.Equal(t, []roles.Binding{
		{User: "ann", Role: "head", Unit: s1, From: time.Date(2025, 9, 1, 7, 0, 0, 0, time.UTC), Until: time.Date(2026, 10, 1, 0, 0, 0, 1, time.UTC)},
		{User: "ann", Role: "reader", Unit: leeds},
		{User: "ann", Role: "reader", Unit: scope.Root()},
	}, s.Bindings("ann"))
	require.Equal(t, []scope.Ref{scope.NewRef("pupil", "p 1"), s1}, s.Assignments("ann"))
	nurse, _ := s.Role("nurse")
	require.Equal(t, roles.Role{ID: "nurse", Name: "School nurse", Unit: leeds, At: []string{"school"}, Scope: "assigned",
		Inherits: []roles.RoleID{"reader"}, Grants: []roles.Grant{
			{Privileges: []roles.Action{"pupil.view"}, Scope: "all"}, {Privileges: []roles.Action{"pupil.view"}}}}, nurse)
	require.Equal(t, []roles.RoleID{"head", "nurse", "reader"}, s.Closure("head"))
}

func TestAFileHasAName(t *testing.T) {
	f, err := dirfile.Parse("leeds.yaml", []byte(sample), nil)
	require.NoError(t, err)
	require.Equal(t, "Leeds", f.Name())
}

// refusals are files, and what is said of them. A "»" in a file marks the
// places that the refusal names, in their order.
var refusals = []struct{ name, source, text string }{
	{"not YAML", "directory: x\nusers: [\n»", "a value is missing here, or a text needs quotes"},
	{"nothing", "»", "the document is empty"},
	{"an unknown key", "directory: x\n»user: []\n", `user: unknown key "user" (did you mean "users"?)`},
	{"a directory without a name", "»users: []\n", `directory: directory is missing`},
	{"an unknown key within", "directory: x\nusers:\n  - {user: ann, »binding: []}\n",
		`users[0].binding: unknown key "binding" (did you mean "bindings"?)`},
	{"what only a policy can say", "directory: x\nroles:\n  - {role: r, unit: root, »everything: true, grants: [{privileges: a, »when: x}]}\n",
		lines(`roles[0].everything: unknown key "everything"; known here: role, name, unit, at, scope, inherits, grants`,
			`roles[0].grants[0].when: unknown key "when"; known here: privileges, scope`)},
	{"what is missing", "directory: x\nunits: [»{in: root}]\nroles: [»{name: x}]\nusers:\n  - »{}\n  - {user: ann, bindings: [»{role: r}, »{at: root}]}\n",
		lines(`units[0].unit: unit is missing`, `roles[0].role: role is missing`, `roles[0].unit: unit is missing`,
			`users[0].user: user is missing`, `users[1].bindings[0].at: at is missing`, `users[1].bindings[1].role: role is missing`)},
	{"a wrong reference", "directory: x\nunits:\n  - unit: »leeds\n  - {unit: »\"school:\", in: »[a]}\n",
		lines(`units[0].unit: "leeds" is not a reference: want type:id, as in school:s1`,
			`units[1].unit: "school:" is not a reference: the id is empty`, `units[1].in: in must be a text, not a list`)},
	{"a wrong instant", "directory: x\nusers: [{user: a, bindings: [{role: r, at: root, from: »2025-09-01, until: »[]}]}]\n",
		lines(`users[0].bindings[0].from: from must be an instant, as in 2026-10-01T08:00:00Z, not the date 2025-09-01`,
			`users[0].bindings[0].until: until must be an instant, as in 2026-10-01T08:00:00Z, not a list`)},
	{"values that readers read differently", "directory: x\nusers: [{user: »no, attributes: {s: »yes, i: »0x10, u: »1_000, d: »2025-09-01, b: »}}]\n",
		lines(`users[0].user: user must be a text, and some readers take this for true or false: write "no"`,
			`users[0].attributes.s: s must be a text, and some readers take this for true or false: write "yes"`,
			`users[0].attributes.i: i must be a number in decimal digits, or a text in quotes, not 0x10`,
			`users[0].attributes.u: u must be a number in decimal digits, or a text in quotes, not 1_000`,
			`users[0].attributes.d: d must be a text, not a date: write "2025-09-01"`,
			`users[0].attributes.b: b is empty: write it, or leave it out`)},
	{"entries twice", lines("directory: x", "units: [{unit: authority:a}, »{unit: authority:a}]",
		"roles: [{role: r, unit: root}, »{role: r, unit: root}]", "users:", "  - {user: ann, assigned: [school:s, »school:s],",
		"     bindings: [{role: r, at: root}, »{role: r, at: root, from: 2025-09-01T00:00:00Z}]}", "  - »{user: ann}", ""),
		lines(`units[1]: there is a unit authority:a already, on line 2`, `roles[1]: there is a role r already, on line 3`,
			`users[0].assigned[1]: there is an assignment of school:s already, on line 5`,
			`users[0].bindings[1]: there is a binding of r at root already, on line 6`,
			`users[1]: there is a user ann already, on line 5`)},

	// What the directory finds.
	{"units that cannot be", lines("directory: x", "units:", "  - »{unit: shool:s1}", "  - »{unit: school:s1, in: school2:a}",
		"  - »{unit: school2:a, in: school:s1}", "  - »{unit: authority:b, attributes: {i: x}}", ""),
		lines(`add_unit shool:s1 in root: unknown resource type shool (did you mean "school"?)`,
			`add_unit school:s1 in school2:a: unknown unit school2:a`,
			`add_unit school2:a in school:s1: units of type school2 are in authority, not in school:s1`,
			`change_unit authority:b in root: i: needs int, not string "x"`)},
	{"attributes that cannot be", lines("directory: x", "users:", "  - »{user: a, attributes: {i: 1.5, at: tomorrow, span: \"1\", raw: \"a b\", x: 1}}", ""),
		`add_user a: x: unknown attribute "x"; at: needs timestamp, not string "tomorrow"; ` +
			`i: needs int, not float64 1.5; raw: needs bytes, not string "a b"; span: needs duration, not string "1"`},
	{"bytes in a text that is not base64 as it is written", "directory: x\nusers: [»{user: a, attributes: {raw: \"AB==\"}}]\n",
		`add_user a: raw: needs bytes, not string "AB=="`},
	{"roles, bindings and assignments that cannot be", lines("directory: x", "roles:", "  - »{role: a, unit: root, inherits: [c]}",
		"  - »{role: b, unit: root, inherits: [b]}", "users:", "  - user: ann", "    bindings:", "      - »{role: x, at: root}",
		"      - »{role: reader, at: school:s1}", "    assigned: [pupil:p1, »school:s1]", "  - »{user: \" \"}", ""),
		lines(`add_role a: unknown role c`, `add_role b: it inherits itself`, `bind ann as x at root: unknown role x`, `bind ann as reader at school:s1: unknown unit school:s1`,
			`assign school:s1 to ann: unknown unit school:s1`, `add_user " ": the id " " is blank`)},
	{"a role that the policy refuses", "directory: x\nroles:\n  - {role: a, unit: root}\n  - »{role: b, unit: root, grants: [{privileges: pupil.veiw}]}\n",
		`add_role b: unknown action "pupil.veiw"`},
}

func lines(text ...string) string { return strings.Join(text, "\n") }

// TestRefusals: everything that is wrong with a file is said with its place, and
// nothing of it is done.
func TestRefusals(t *testing.T) {
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			d := newDirectory(t)
			source, places := unmark(c.source)
			_, err := dirfile.Load(d, "setup", "x.yaml", []byte(source))
			require.Error(t, err)
			var got []string
			var at []string
			for line := range strings.SplitSeq(err.Error(), "\n") {
				place, message, _ := strings.Cut(line, ": ")
				got, at = append(got, message), append(at, place)
			}
			require.Equal(t, c.text, strings.Join(got, "\n"))
			require.Equal(t, places, compact(at))
			require.Zero(t, d.Snapshot().Revision())
			var faults dirfile.Faults
			require.ErrorAs(t, err, &faults)
		})
	}
}

// unmark takes the marks from a source, and returns their places.
func unmark(source string) (string, []string) {
	var out, places []string
	for i, line := range strings.Split(source, "\n") {
		for {
			before, after, ok := strings.Cut(line, "»")
			if !ok {
				break
			}
			places = append(places, fmt.Sprintf("x.yaml:%d:%d", i+1, len([]rune(before))+1))
			line = before + after
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n"), places
}

// compact leaves out what is as the one before it.
func compact(all []string) []string {
	var out []string
	for _, s := range all {
		if len(out) == 0 || out[len(out)-1] != s {
			out = append(out, s)
		}
	}
	return out
}

// TestAFaultIsStillWhatTheDirectorySaid, for errors.Is and errors.As.
func TestAFaultIsStillWhatTheDirectorySaid(t *testing.T) {
	d := newDirectory(t)
	_, err := dirfile.Load(d, "setup", "x.yaml", []byte("directory: x\nusers: [{user: a, assigned: [school:s]}]\n"))
	require.ErrorIs(t, err, roles.ErrUnknown)
	var ce *roles.ChangeError
	require.ErrorAs(t, err, &ce)
	require.Equal(t, roles.Assigned, ce.Kind)
}

// TestABrokenInvariantIsAtWhatItIsAbout: with the entry of the unit, user or
// role; or with the file, if that has none.
func TestABrokenInvariantIsAtWhatItIsAbout(t *testing.T) {
	d := newDirectory(t)
	f, err := dirfile.Parse("x.yaml", []byte("directory: x\nunits:\n  - {unit: authority:leeds}\nroles:\n  - {role: r, unit: root}\nusers:\n  - {user: ann}\n"), nil)
	require.NoError(t, err)
	_, err = d.Update("setup", func(tx *roles.Tx) error { f.Apply(tx); return nil })
	require.ErrorContains(t, f.Locate(err), "x.yaml:3:5: ")
	refusal := func(kind, subject string) error {
		return &roles.Refusal{Faults: []error{&roles.Violation{Invariant: "i", Kind: kind, Subject: subject}}, Omitted: 7}
	}
	require.ErrorContains(t, f.Locate(refusal("user", "ann")), "x.yaml:7:5: ")
	require.ErrorContains(t, f.Locate(refusal("role", "r")), "x.yaml:5:5: ")
	require.ErrorContains(t, f.Locate(refusal("user", "r")), "x.yaml: ")
	require.ErrorContains(t, f.Locate(refusal("user", "r")), "\nx.yaml: and 7 more")
	require.NoError(t, f.Locate(nil))
	require.Equal(t, errOther, f.Locate(errOther))
}

var errOther = fmt.Errorf("other")

func TestALargeFileIsReadIfItIsAllowed(t *testing.T) {
	var b strings.Builder
	b.WriteString("directory: x\nunits: [{unit: authority:a}]\nusers:\n")
	for i := range 3000 {
		fmt.Fprintf(&b, "  - {user: u%d, unit: \"authority:a\", bindings: [{role: reader, at: \"authority:a\"}], assigned: [\"authority:a\"]}\n", i)
	}
	d := newDirectory(t)
	_, err := dirfile.Load(d, "setup", "x.yaml", []byte(b.String()))
	require.NoError(t, err)
	require.Len(t, d.Snapshot().Users(), 3000)
	_, err = dirfile.Parse("x.yaml", []byte(b.String()), &dirfile.Options{MaxDocument: b.Len() - 1})
	require.ErrorContains(t, err, "at most")
	_, err = dirfile.Parse("x.yaml", []byte(b.String()), &dirfile.Options{MaxDocument: b.Len()})
	require.NoError(t, err)
}

// TestAVeryLongChainIsRefusedNotFollowed (T-11): units in units, a cycle of
// them, and roles.
func TestAVeryLongChainIsRefusedNotFollowed(t *testing.T) {
	var units, inherits strings.Builder
	const n = 3000
	for i := range n {
		fmt.Fprintf(&units, "  - {unit: school:s%d, in: school:s%d}\n", i, (i+1)%n)
		fmt.Fprintf(&inherits, "  - {role: r%d, unit: root, inherits: r%d}\n", i, (i+1)%n)
	}
	d := newDirectory(t)
	_, err := dirfile.Load(d, "setup", "x.yaml", []byte("directory: x\nunits:\n"+units.String()))
	require.ErrorIs(t, err, roles.ErrInvalid)
	_, err = dirfile.Load(d, "setup", "x.yaml", []byte("directory: x\nroles:\n"+inherits.String()))
	require.ErrorIs(t, err, roles.ErrUnknown)
	require.Contains(t, err.Error(), "more")
}
