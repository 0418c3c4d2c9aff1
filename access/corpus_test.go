package access_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/corpus"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/roles/dirfile"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// How much the corpus has at least; how many resources are drawn for each of its
// directories, and how many questions are kept of those about them, if there are
// as many, and at most.
const (
	corpusScenarios, corpusQuestions    = 2_000, 50_000
	corpusDrawn, corpusKept, corpusMost = 16, 26, 32
)

// TestCorpusIsWritten writes the corpus of package corpus, whose comment says how
// and when.
func TestCorpusIsWritten(t *testing.T) {
	if os.Getenv("BAILIWICK_CORPUS") != "write" {
		t.Skip("BAILIWICK_CORPUS is not write")
	}
	file, err := os.Create("../internal/corpus/testdata/decisions.jsonl")
	require.NoError(t, err)
	out := bufio.NewWriter(file)
	c := &collection{TestingT: t, covered: map[string]bool{}, reasons: tally{}}
	for seed := 1; c.scenarios < corpusScenarios || c.questions < corpusQuestions; seed++ {
		line := rapid.Custom(func(t *rapid.T) *corpus.Policy { return c.draw(t) }).Example(seed)
		if line == nil {
			continue
		}
		lines := json.NewEncoder(out)
		lines.SetEscapeHTML(false)
		require.NoError(t, lines.Encode(line))
	}
	require.NoError(t, out.Flush())
	require.NoError(t, file.Close())
	c.reasons.log(t, "questions")
	t.Logf("%d scenarios of %d drawn, which cover %d pairs of features with a reason", c.scenarios, c.drawn, len(c.covered))
}

// A collection is what the corpus has so far.
type collection struct {
	require.TestingT
	covered                     map[string]bool
	reasons                     tally
	drawn, scenarios, questions int
}

// draw draws a policy with four directories, and keeps those that say something
// new; nil if none does.
func (c *collection) draw(t *rapid.T) *corpus.Policy {
	d := drawFrom(t)
	p := drawPolicy(d)
	line := &corpus.Policy{Policy: asJSON(c, p.document.YAML())}
	again, err := policy.Parse("policy", line.Policy, nil)
	require.NoError(c, err)
	require.Equal(c, p.policy.Hash(), again.Hash(), "the policy as JSON is another one")
	for range 4 {
		w := &lens{drawWorld(t, p), map[[2]string][]string{}, map[string]map[string]bool{}}
		c.drawn++
		kept := corpus.Directory{Directory: asJSON(c, dirfile.Print("drawn", w.directory.Snapshot()))}
		directory, err := roles.NewDirectory(again, nil)
		require.NoError(c, err)
		_, err = dirfile.Load(directory, "setup", "directory", kept.Directory)
		require.NoError(c, err)
		engine := access.New(again, directory, &access.Options{Clock: w.clock})
		if kept.Questions = c.choose(w.askForCorpus(c, d, engine)); kept.Questions != nil {
			line.Directories = append(line.Directories, kept)
			c.scenarios++
		}
	}
	if line.Directories == nil {
		return nil
	}
	return line
}

// A lens is a world with what was found out of it: the conditions by role and
// action, and their parts.
type lens struct {
	*world
	conditions map[[2]string][]string
	parts      map[string]map[string]bool
}

// A covering question is one with what each of its answers covers.
type covering struct {
	corpus.Question
	pairs [][]string
}

// askForCorpus draws questions that can be said in JSON, and has each of them
// answered as it is read back: by the reference, and by an engine over what is
// read back.
func (w *lens) askForCorpus(t require.TestingT, d draw, engine *access.Engine) []covering {
	var all []covering
	for range corpusDrawn {
		drawn := w.drawQuestion(d)
		var c covering
		c.Resource = corpus.OfResource(drawn.Resource)
		if d.chance(4) || w.looksAtContext(drawn.Action) {
			c.Context = corpus.Attributes(drawn.Context)
		}
		users := []roles.UserID{drawn.User}
		if d.chance(1) {
			users, c.Principal = []roles.UserID{""}, corpus.OfPrincipal(w.drawPrincipal(d, drawn.User))
		} else {
			if other := pick(d, w.data.Users).ID; other != drawn.User {
				users = append(users, other)
			}
		}
		text, err := json.Marshal(c.Question)
		if err != nil {
			continue // there is no JSON for it
		}
		c.Question = corpus.Question{}
		require.NoError(t, json.Unmarshal(text, &c.Question))
		actions := []roles.Action{drawn.Action}
		for _, p := range w.document.Privileges {
			if p.On == drawn.Resource.Type {
				actions = append(actions, actionsOf(p)...)
			}
		}
		for _, user := range users {
			for i, action := range actions {
				if i == 0 || action != drawn.Action {
					w.askOne(t, &c, engine, user, action)
				}
			}
		}
		all = append(all, c)
	}
	return all
}

// askOne adds a question and its answer.
func (w *lens) askOne(t require.TestingT, c *covering, engine *access.Engine, user roles.UserID, action roles.Action) {
	q := reference.Question{User: user, Action: action, Resource: c.Resource.Scope(), Context: scope.Map(c.Context), Now: corpus.Now}
	session := engine.For(q.User, q.Context)
	if c.Principal != nil {
		p := c.Principal.Roles()
		q.User, q.Principal = p.ID, &p
		session = engine.ForPrincipal(p, q.Context)
	}
	want := w.reference.Decide(&w.data, q)
	agree(t, want, session.Decide(q.Action, q.Resource), w.world, q)
	features := w.features(q, want)
	var pairs []string
	for i, a := range features {
		for _, b := range features[i:] {
			pairs = append(pairs, string(want.Reason)+" "+a+" "+b)
		}
	}
	c.Asked = append(c.Asked, corpus.Asked{User: user, Action: action, Allowed: want.Allowed, Reason: string(want.Reason)})
	c.pairs = append(c.pairs, pairs)
}

// looksAtContext reports whether the facts of a request can matter to an action.
func (w *lens) looksAtContext(a roles.Action) bool {
	conditions := []string{}
	for _, r := range slices.Concat(w.policy.Roles(), w.data.Roles) {
		conditions = append(conditions, w.grantsOf(r, a)...)
	}
	for _, c := range w.policy.Constraints(a) {
		conditions = append(conditions, c.Require.Source())
	}
	return slices.ContainsFunc(conditions, func(c string) bool { return strings.Contains(c, "context.") })
}

// choose returns the questions that cover something new, filled up with others:
// first with those whose reason is rare, then with those that are allowed. It is nil if nothing is new.
func (c *collection) choose(all []covering) (chosen []corpus.Question) {
	kept, count := make([][]corpus.Asked, len(all)), 0
	for i, q := range all {
		for j, asked := range q.Asked {
			before := len(c.covered)
			if count < corpusMost {
				for _, pair := range q.pairs[j] {
					c.covered[pair] = true
				}
			}
			if len(c.covered) > before {
				kept[i], count = append(kept[i], asked), count+1
			}
		}
	}
	if count == 0 {
		return nil
	}
	for _, wanted := range []func(corpus.Asked) bool{
		func(a corpus.Asked) bool { return rare.MatchString(a.Reason) },
		func(a corpus.Asked) bool { return a.Allowed },
		func(corpus.Asked) bool { return true },
	} {
		for i, q := range all {
			for _, asked := range q.Asked {
				if wanted(asked) && count < corpusKept && !slices.Contains(kept[i], asked) {
					kept[i], count = append(kept[i], asked), count+1
				}
			}
		}
	}
	for i, q := range all {
		if kept[i] != nil {
			q.Asked = kept[i]
			chosen = append(chosen, q.Question)
		}
		for _, asked := range kept[i] {
			c.reasons[asked.Reason]++
		}
	}
	c.questions += count
	return chosen
}

// rare are the reasons that few of the drawn questions come to.
var rare = regexp.MustCompile("_error|unmet|wrong|malformed_user|unknown")

// features are what takes part in a question, sorted.
func (w *lens) features(q reference.Question, answer reference.Outcome) []string {
	found := map[string]bool{}
	mark := func(what string, is bool) {
		if is {
			found[what] = true
		}
	}
	r := q.Resource
	mark("a unit", w.typ(r.Type).Unit)
	mark("parent named", !r.Parent.IsZero())
	mark("parent in full", r.In != nil)
	mark("attributes given", r.Attributes != nil)
	mark("context given", len(q.Context) > 0)
	mark("by value", q.Principal != nil)
	p := w.principal(q.User)
	if q.Principal != nil {
		p = *q.Principal
	}
	mark("user's unit", !p.Unit.IsZero())
	mark("user's attributes", len(p.Attributes) > 0)
	mark("several bindings", len(p.Bindings) > 1)
	mark("assigned", slices.Contains(p.Assignments, r.Ref()))
	for _, privilege := range w.document.Privileges {
		i := slices.Index(actionsOf(privilege), q.Action)
		mark(fmt.Sprint("level ", i), i > 0)
	}
	snapshot := w.directory.Snapshot()
	for _, b := range p.Bindings {
		for i, id := range snapshot.Closure(b.Role) {
			role, _ := snapshot.Role(id)
			if grants := w.grantsOf(role, q.Action); len(grants) > 0 {
				mark("inherited", i > 0)
				mark("custom role", !role.Fixed)
				mark("everything", role.Everything)
				mark("bound for a time", !b.From.IsZero() || !b.Until.IsZero())
				mark("bound at the root", b.Unit == scope.Root())
				for _, condition := range grants {
					maps.Copy(found, w.partsOf(condition))
				}
			}
		}
	}
	for _, c := range w.policy.Constraints(q.Action) {
		found["constraint"] = true
		if answer.Reason == reference.Granted || strings.HasPrefix(string(answer.Reason), "constraint") {
			maps.Copy(found, w.partsOf(c.Require.Source()))
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// grantsOf returns the conditions, with those of their scopes, under which a role
// gives an action by itself.
func (w *lens) grantsOf(r roles.Role, a roles.Action) []string {
	key := [2]string{string(r.ID), string(a)}
	conditions, known := w.conditions[key]
	if known {
		return conditions
	}
	for _, p := range w.policy.Permissions(r) {
		if right, ok := w.policy.Catalog().Right(a); ok && p.Right.Covers(right) {
			conditions = append(conditions, p.Scope.Source())
			if p.When != nil {
				conditions = append(conditions, p.When.Source())
			}
		}
	}
	w.conditions[key] = conditions
	return conditions
}

// wordsOfCEL are what a condition is made of: functions, operators, and names.
var wordsOfCEL = regexp.MustCompile(`[a-zA-Z_]+\(|&&|\|\||[=!<>]=|[-!<>?+*/%]|\bin\b|[a-z]+\.[a-z.]+`)

// partsOf returns a condition's operators, functions, and the types of the
// attributes that it looks at.
func (w *lens) partsOf(condition string) map[string]bool {
	if parts := w.parts[condition]; parts != nil {
		return parts
	}
	parts := map[string]bool{}
	for _, word := range wordsOfCEL.FindAllString(condition, -1) {
		if path := strings.Split(word, "."); len(path) > 1 {
			last := path[len(path)-1]
			word = path[0] + "." + last
			for _, declared := range append([]map[string]string{w.document.Users, w.document.Context}, w.attributes()...) {
				if typ := declared[last]; typ != "" {
					word = fmt.Sprintf("%s %s at %d", path[0], typ, len(path))
				}
			}
		}
		parts[word] = true
	}
	w.parts[condition] = parts
	return parts
}

func (w *lens) attributes() (all []map[string]string) {
	for _, r := range w.document.Resources {
		all = append(all, r.Attributes)
	}
	return all
}

// asJSON writes a YAML document as JSON, in its order.
func asJSON(t require.TestingT, source []byte) json.RawMessage {
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal(source, &document))
	var out bytes.Buffer
	writeJSON(t, &out, document.Content[0])
	return out.Bytes()
}

func writeJSON(t require.TestingT, out *bytes.Buffer, n *yaml.Node) {
	text := func(s string) {
		encoded, err := json.Marshal(s)
		require.NoError(t, err)
		out.Write(encoded)
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			out.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
			text(n.Content[i].Value)
			out.WriteByte(':')
			writeJSON(t, out, n.Content[i+1])
		}
		out.WriteString(map[bool]string{true: "{}", false: "}"}[len(n.Content) == 0])
	case yaml.SequenceNode:
		out.WriteByte('[')
		for i, item := range n.Content {
			if i > 0 {
				out.WriteByte(',')
			}
			writeJSON(t, out, item)
		}
		out.WriteByte(']')
	default:
		if n.Style != 0 || !slices.Contains([]string{"!!bool", "!!int", "!!float"}, n.Tag) {
			text(n.Value)
			return
		}
		require.True(t, json.Valid([]byte(n.Value)), "%s is not written so in JSON", n.Value)
		out.WriteString(n.Value)
	}
}
