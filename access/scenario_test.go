package access_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// The scenarios are files in testdata. The first line of each states a law in
// prose; a policy and a directory follow, then questions, and changes that
// somebody wants to make, each with what comes of it below:
//
//	-- ask --
//	ann pupil.edit pupil:p7 in school:s1 {year: "2025"} with {reason: audit} at 2026-03-01T12:00:00Z
//	  => deny: constraint_unmet: role collector …
//	-- change --
//	ann: bind bob as collector at authority:leeds; assign school:s1 to bob
//	  => done
//
// After a change of the code that is meant to change answers,
//
//	go test ./access -run Scenarios -rewrite
//
// writes the new ones, and a person reads the difference.
var rewrite = flag.Bool("rewrite", false, "write the answers into the scenario files")

func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files, "there are no scenarios")
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			answered, allows, denies := runScenario(t, string(text))
			require.Positive(t, denies, "%s asks nothing", name)
			require.Greater(t, denies, allows, "denials outnumber allows")
			if *rewrite && answered != string(text) {
				require.NoError(t, os.WriteFile(name, []byte(answered), 0o644))
				t.Logf("%s: rewritten", name)
				return
			}
			compare(t, name, strings.Split(string(text), "\n"), strings.Split(answered, "\n"))
		})
	}
}

// compare fails at the first line of a file that its run would write otherwise.
func compare(t *testing.T, name string, file, answered []string) {
	t.Helper()
	for i, line := range answered {
		switch {
		case i < len(file) && file[i] == line:
		case i < len(file):
			t.Fatalf("%s:%d: after %q the file says\n%s\nand the answer is\n%s", name, i+1, answered[max(0, i-1)], file[i], line)
		default:
			t.Fatalf("%s:%d: the file ends, and there is the answer\n%s", name, i+1, line)
		}
	}
	require.Len(t, file, len(answered), "%s has answers to nothing", name)
}

// A scenario is a file while it is run.
type scenario struct {
	t          *testing.T
	clock      time.Time
	policy     *policy.Policy
	directory  *roles.Directory
	engine     *access.Engine
	principals map[string]*roles.Principal
	policyText strings.Builder

	allows, denies int
}

// runScenario returns the file with the answers that it gets.
func runScenario(t *testing.T, text string) (answered string, allows, denies int) {
	s := &scenario{t: t, clock: now, principals: map[string]*roles.Principal{}}
	var out strings.Builder
	section := ""
	lines := strings.SplitAfter(text, "\n")
	require.Regexp(t, `^[A-Z].*\.\n$`, lines[0], "the first line states a law")
	for _, line := range lines {
		bare := strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(bare, "-- "); ok {
			s.leave(section)
			section = strings.TrimSuffix(name, " --")
			out.WriteString(line)
			continue
		}
		if strings.HasPrefix(bare, "=>") {
			continue // written anew below
		}
		out.WriteString(line)
		if bare == "" || strings.HasPrefix(bare, "#") {
			continue
		}
		switch section {
		case "policy":
			s.policyText.WriteString(line)
		case "directory":
			s.setUp(bare)
		case "ask":
			fmt.Fprintf(&out, "  => %s\n", s.ask(bare))
		case "change":
			fmt.Fprintf(&out, "  => %s\n", s.change(bare))
		case "":
		default:
			t.Fatalf("unknown section %q", section)
		}
	}
	return out.String(), s.allows, s.denies
}

// leave does what is due at the end of a section.
func (s *scenario) leave(section string) {
	if section != "policy" {
		return
	}
	var err error
	s.policy, err = policy.Parse("policy", []byte(s.policyText.String()), nil)
	require.NoError(s.t, err)
	clock := func() time.Time { return s.clock }
	s.directory, err = roles.NewDirectory(s.policy, &roles.Options{Clock: clock})
	require.NoError(s.t, err)
	s.engine = access.New(s.policy, s.directory, &access.Options{Clock: clock})
}

// setUp makes a change that nobody has to be allowed to make.
func (s *scenario) setUp(line string) {
	if strings.HasPrefix(line, "principal ") {
		s.principal(newWords(s.t, line))
		return
	}
	_, err := s.directory.Update("setup", func(tx *roles.Tx) error { return s.applyAll(tx, line) })
	require.NoError(s.t, err, line)
}

// principal reads a user given by value, or what they have:
//
//	principal pat of authority:leeds {badge: true}
//	principal pat holds collector at authority:leeds until 2026-03-01T12:00:00Z
//	principal pat keeps school:s1
func (s *scenario) principal(w *words) {
	w.need("principal")
	name := w.next()
	p := s.principals[name]
	if p == nil {
		p = &roles.Principal{User: roles.User{ID: roles.UserID(name)}}
		s.principals[name] = p
	}
	switch {
	case w.has("holds"):
		b := roles.Binding{Role: roles.RoleID(w.next())}
		w.need("at")
		b.Unit = w.ref()
		b.From, b.Until = w.period()
		p.Bindings = append(p.Bindings, b)
	case w.has("keeps"):
		p.Assignments = append(p.Assignments, w.ref())
	default:
		p.User = w.user(name)
	}
	w.end()
}

// ask answers a line of questions.
func (s *scenario) ask(line string) string {
	w := newWords(s.t, line)
	user, action := w.next(), roles.Action(w.next())
	resource := w.resource()
	var context scope.Map
	if w.has("with") {
		context = w.attributes()
	}
	if s.clock = now; w.has("at") {
		s.clock = w.time()
	}
	w.end()
	session := s.engine.For(roles.UserID(user), context)
	if p := s.principals[user]; p != nil {
		session = s.engine.ForPrincipal(*p, context)
	}
	d := session.Decide(action, resource)
	if d.Allowed() {
		s.allows++
		return "allow: " + d.Why()
	}
	s.denies++
	return fmt.Sprintf("deny: %s: %s", d.Reason(), d.Why())
}

// change makes the changes of a line, "actor: change; change", for the actor. A
// "where resource in unit" among them says where a resource is.
func (s *scenario) change(line string) string {
	actor, changes, found := strings.Cut(line, ": ")
	require.True(s.t, found, line)
	s.clock = now
	before := s.directory.Snapshot()
	var known []scope.Resource
	var made []string
	for one := range strings.SplitSeq(changes, "; ") {
		if place, ok := strings.CutPrefix(one, "where "); ok {
			known = append(known, newWords(s.t, place).resource())
		} else {
			made = append(made, one)
		}
	}
	make := func(tx *roles.Tx) error { return s.applyAll(tx, strings.Join(made, "; ")) }
	admin := s.engine.Admin(roles.UserID(actor), nil, known...)
	_, dry := admin.DryRun(make)
	require.Same(s.t, before, s.directory.Snapshot(), "a dry run changes nothing")
	_, err := admin.Update(make)
	require.Equal(s.t, fmt.Sprint(err), fmt.Sprint(dry), "a dry run gives the same refusal")
	if err == nil {
		s.allows++
		return "done"
	}
	s.denies++
	require.Same(s.t, before, s.directory.Snapshot(), "a refused change leaves no trace")
	return "refused: " + strings.ReplaceAll(err.Error(), "\n", "\n  => ")
}

// applyAll makes the changes of a line, between which there are semicolons.
func (s *scenario) applyAll(tx *roles.Tx, line string) error {
	for one := range strings.SplitSeq(line, "; ") {
		s.apply(tx, one)
	}
	return nil
}

// apply makes one change.
func (s *scenario) apply(tx *roles.Tx, line string) {
	w := newWords(s.t, line)
	switch verb := w.next(); verb {
	case "unit":
		unit := w.ref()
		w.need("in")
		tx.AddUnit(unit, w.ref())
		if w.more() {
			tx.SetUnitAttributes(unit, w.attributes())
		}
	case "set":
		tx.SetUnitAttributes(w.ref(), w.attributes())
	case "user":
		tx.AddUser(w.user(w.next()))
	case "change":
		tx.ChangeUser(w.user(w.next()))
	case "role", "alter":
		r := w.role()
		if verb == "alter" {
			tx.ChangeRole(r)
		} else {
			tx.AddRole(r)
		}
	case "bind", "unbind":
		user := roles.UserID(w.next())
		w.need("as")
		role := roles.RoleID(w.next())
		w.need("at")
		unit := w.ref()
		if verb == "unbind" {
			tx.Unbind(user, role, unit)
			break
		}
		from, until := w.period()
		tx.BindBetween(user, role, unit, from, until)
	case "assign":
		resource := w.ref()
		w.need("to")
		tx.Assign(roles.UserID(w.next()), resource)
	case "unassign":
		resource := w.ref()
		w.need("from")
		tx.Unassign(roles.UserID(w.next()), resource)
	case "remove":
		switch what := w.next(); what {
		case "unit":
			tx.RemoveUnit(w.ref())
		case "user":
			tx.RemoveUser(roles.UserID(w.next()))
		case "role":
			tx.RemoveRole(roles.RoleID(w.next()))
		default:
			s.t.Fatalf("remove %q", what)
		}
	default:
		s.t.Fatalf("unknown change %q", line)
	}
	w.end()
}

// words reads a line of a scenario word by word. What stands in braces is one
// word, written in YAML.
type words struct {
	t    *testing.T
	line string
	rest string
}

func newWords(t *testing.T, line string) *words { return &words{t, line, strings.TrimSpace(line)} }

func (w *words) more() bool { return w.rest != "" }

// next returns the next word; a quoted one is read as Go reads it.
func (w *words) next() string {
	end := strings.IndexByte(w.rest+" ", ' ')
	if strings.HasPrefix(w.rest, "{") {
		end = strings.IndexByte(w.rest, '}') + 1
		for strings.Count(w.rest[:end], "{") > strings.Count(w.rest[:end], "}") {
			end += strings.IndexByte(w.rest[end:], '}') + 1
		}
	}
	word := w.rest[:end]
	w.rest = strings.TrimSpace(w.rest[end:])
	if strings.HasPrefix(word, `"`) {
		var text string
		_, err := fmt.Sscanf(word, "%q", &text)
		require.NoError(w.t, err, w.line)
		return text
	}
	require.NotEmpty(w.t, word, "something is missing at the end of %q", w.line)
	return word
}

// has takes the next word if it is the given one.
func (w *words) has(word string) bool {
	rest, ok := strings.CutPrefix(w.rest+" ", word+" ")
	if ok {
		w.rest = strings.TrimSpace(rest)
	}
	return ok
}

func (w *words) need(word string) {
	require.True(w.t, w.has(word), "%q is missing in %q", word, w.line)
}

func (w *words) end() { require.Empty(w.t, w.rest, "what is this in %q", w.line) }

// ref reads a reference that need not be a good one.
func (w *words) ref() scope.Ref {
	text := w.next()
	if text == "root" {
		return scope.Root()
	}
	typ, id, _ := strings.Cut(text, ":")
	return scope.NewRef(typ, id)
}

func (w *words) attributes() scope.Map {
	var m scope.Map
	require.NoError(w.t, yaml.Unmarshal([]byte(w.next()), &m), w.line)
	return m
}

// resource reads "type:id {attributes} in type:id {attributes} in …". Only what
// is written in full, in braces or with one more "in", comes in full.
func (w *words) resource() scope.Resource {
	ref := w.ref()
	r := scope.Resource{Type: ref.Type, ID: ref.ID}
	if strings.HasPrefix(w.rest, "{") {
		r.Attributes = w.attributes()
	}
	if !w.has("in") {
		return r
	}
	in := w.resource()
	if in.Attributes == nil && in.In == nil && in.Parent.IsZero() {
		r.Parent = in.Ref()
		return r
	}
	r.In = &in
	return r
}

func (w *words) time() time.Time {
	text := w.next()
	at, err := time.Parse(time.RFC3339Nano, text)
	require.NoError(w.t, err, w.line)
	return at
}

// period reads "from time until time", each of which can be left out.
func (w *words) period() (from, until time.Time) {
	if w.has("from") {
		from = w.time()
	}
	if w.has("until") {
		until = w.time()
	}
	return from, until
}

// user reads "of unit inactive {attributes}", each of which can be left out.
func (w *words) user(id string) roles.User {
	u := roles.User{ID: roles.UserID(id)}
	if w.has("of") {
		u.Unit = w.ref()
	}
	u.Inactive = w.has("inactive")
	if w.more() {
		u.Attributes = w.attributes()
	}
	return u
}

// role reads "id of unit {inherits: [role], grants: [{privileges: [action], scope: name}]}".
func (w *words) role() roles.Role {
	r := roles.Role{ID: roles.RoleID(w.next())}
	w.need("of")
	r.Unit = w.ref()
	var rest struct {
		Inherits []roles.RoleID
		Grants   []roles.Grant
	}
	require.NoError(w.t, yaml.Unmarshal([]byte(w.next()), &rest), w.line)
	r.Inherits, r.Grants = rest.Inherits, rest.Grants
	return r
}
