package corpus_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/corpus"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/roles/dirfile"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A count is how much of something was replayed.
type count struct{ scenarios, questions, allowed, errors int }

// Every decision of the corpus, and why, is what the engine says. The short test,
// and that with the race detector, replay every tenth policy.
func TestTheEngineDecidesWhatTheCorpusSays(t *testing.T) {
	file, err := os.Open("testdata/decisions.jsonl")
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	var all count
	line, sample := 0, testing.Short() || raced
	require.NoError(t, corpus.Read(file, func(p corpus.Policy) error {
		if line++; !sample || line%10 == 0 {
			replay(t, line, p, &all)
		}
		return nil
	}))
	t.Logf("%d scenarios, %d questions, %d allowed, %d errors in conditions", all.scenarios, all.questions, all.allowed, all.errors)
	if !sample {
		require.GreaterOrEqual(t, all.scenarios, 2_000)
		require.GreaterOrEqual(t, all.questions, 50_000)
		require.GreaterOrEqual(t, all.allowed*100, all.questions*30)
		require.GreaterOrEqual(t, all.errors*100, all.questions*6)
	}
}

// replay asks all that one line asks.
func replay(t *testing.T, line int, p corpus.Policy, all *count) {
	pol, err := policy.Parse("policy", p.Policy, nil)
	require.NoError(t, err, "line %d", line)
	for i, d := range p.Directories {
		directory, err := roles.NewDirectory(pol, nil)
		require.NoError(t, err)
		_, err = dirfile.Load(directory, "setup", "directory", d.Directory)
		require.NoError(t, err, "line %d, directory %d", line, i)
		engine := access.New(pol, directory, &access.Options{Clock: func() time.Time { return corpus.Now }})
		all.scenarios++
		for _, q := range d.Questions {
			resource, context := q.Resource.Scope(), scope.Map(q.Context)
			for _, asked := range q.Asked {
				session := engine.For(asked.User, context)
				if asked.User == "" && q.Principal != nil {
					session = engine.ForPrincipal(q.Principal.Roles(), context)
				}
				got := session.Decide(asked.Action, resource)
				if got.Allowed() != asked.Allowed || got.Reason().String() != asked.Reason {
					t.Errorf("line %d, directory %d: may %q %s %v: %+v, and the engine says %s (%s)", line, i, asked.User, asked.Action, resource.Ref(), asked, got, got.Reason())
				}
				all.questions++
				if asked.Allowed {
					all.allowed++
				}
				if got.Reason() == access.ConditionError || got.Reason() == access.ConstraintError {
					all.errors++
				}
			}
		}
	}
}

// What a value is written as, it is read as.
func TestValuesAreReadAsTheyAreWritten(t *testing.T) {
	instant := time.Date(2026, 3, 1, 12, 0, 0, 1, time.UTC)
	all := corpus.Attributes{
		"absent": nil, "yes": true, "text": "\u202ea", "least": int64(-1 << 63), "greatest": uint64(1<<64 - 1), "half": 0.5, "far": 9007199254740993.0,
		"at": instant, "for": time.Duration(-1), "raw": []byte{0, 1}, "list": []any{"a", []any{int64(1)}}, "map": map[string]any{"map": map[string]any{}, "k": nil},
	}
	text, err := all.MarshalJSON()
	require.NoError(t, err)
	var again corpus.Attributes
	require.NoError(t, again.UnmarshalJSON(text))
	require.Equal(t, all, again)
	for _, bad := range []any{"\xff", time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC), map[int]string{1: "a"}, []any{struct{}{}}, map[string]any{"k": "\xff"}} {
		_, err := corpus.Attributes{"x": bad}.MarshalJSON()
		require.Error(t, err, "%v", bad)
	}
	for _, bad := range []string{`{"x": 1}`, `{"x": {}}`, `{"x": {"int": "1", "uint": "1"}}`, `{"x": {"int": "1.5"}}`, `{"x": {"integer": "1"}}`, `{"x": {"int": 1}}`, `[]`} {
		require.Error(t, again.UnmarshalJSON([]byte(bad)), bad)
	}
}
