package console_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/examples/internal/console"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

var newYear = time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)

// shop is a small program: order o1 is in the shop north, and o2 can be reached in
// two.
var shop = &console.App{
	Name: "shop", Usage: "shop: what it answers\n",
	Policy: console.Source{Name: "shop.yaml", Text: []byte(`
policy: shop
resources: {shop: {unit: true}, order: {in: shop, attributes: {amount: int}}}
privileges: {order.view: {on: order}}
scopes: {everywhere: "true"}
roles: {clerk: {grants: [{privileges: [order.view], scope: everywhere}]}}
`)},
	Directory: console.Source{Name: "people.yaml", Text: []byte(`
directory: shop
units: [{unit: "shop:north"}, {unit: "shop:south"}]
users:
  - {user: ann, bindings: [{role: clerk, at: "shop:north"}]}
  - {user: bob, bindings: [{role: clerk, at: "shop:south"}]}
`)},
	Records: func(bool) (console.Records, error) { return orders{}, nil },
	Commands: []console.Command{
		{Name: "say", Run: func(r *console.Run, _ []string) (int, error) {
			r.Printf("%s\n", r.Style.Bold("hello"))
			return console.Yes, nil
		}},
		console.Decide, console.Who,
	},
}

type orders struct{}

func (orders) Facts() scope.Map { return nil }

func (orders) Resource(written []scope.Ref, _ roles.User, _ *roles.Snapshot) (all []scope.Resource, note string, err error) {
	order := scope.Resource{Type: written[0].Type, ID: written[0].ID}
	shops := map[string][]string{"o1": {"north"}, "o2": {"north", "south"}}[order.ID]
	switch {
	case order.ID == "lost":
		return nil, "", errors.New("order lost is lost")
	case len(written) > 1:
		order.Parent = written[1]
		if len(shops) == 1 {
			note = console.Elsewhere(written[0], scope.NewRef("shop", shops[0]), written[1])
		}
		return []scope.Resource{order}, note, nil
	case len(shops) == 0:
		return []scope.Resource{order}, "", nil
	}
	for _, shop := range shops {
		order.Parent = scope.NewRef("shop", shop)
		all = append(all, order)
	}
	return all, "", nil
}

// ask runs the program and returns what it writes and its exit status.
func ask(command string) (stdout, stderr string, status int) {
	var out, errs bytes.Buffer
	world := console.World{Stdout: &out, Stderr: &errs, Clock: func() time.Time { return newYear }}
	status = shop.Run(world, strings.Fields(command))
	return out.String(), errs.String(), status
}

func TestQuestions(t *testing.T) {
	for command, want := range map[string][3]any{
		"":                               {"hello\n", "", console.Yes},
		"help":                           {"shop: what it answers\n", "", console.Yes},
		"decide ann order.view order:o1": {"allow: role clerk (shop:north) grants order.view\nann is told: You may do this.\n", "", console.Yes},
		"decide bob order.view order:o1": {"deny: role clerk (shop:south) grants order.view; order:o1 is not in shop:south\n", "", console.No},
		"decide bob order.view order:o2": {"allow: role clerk (shop:south) grants order.view\nbob is told: You may do this.\n", "", console.Yes},
		"decide bob order.view order:o2@shop:north": {"deny: ", "", console.No},
		"decide bob order.view order:o1@shop:south": {"allow: role clerk (shop:south) grants order.view\nbob is told: You may do this.\n",
			"note: the sample has order:o1 in shop:north, not in shop:south: answering for the latter\n", console.Yes},
		"decide bob order.view order:o3@shop:south": {"allow: role clerk (shop:south) grants order.view\nbob is told: You may do this.\n", "", console.Yes},
		"decide bob order.view order:o3":            {"", "shop: nothing says where order:o3 is: write order:o3@shop:…\n", console.NotAsked},
		"decide bob order.view order:lost":          {"", "shop: order lost is lost\n", console.NotAsked},
		"decide bo order.view order:o1":             {"", "shop: unknown user \"bo\" (did you mean \"bob\"?)\n", console.NotAsked},
		"who order.view order:o2":                   {"ann  role clerk (shop:north) grants order.view\nbob  role clerk (shop:south) grants order.view\n", "", console.Yes},
		"who order.view order:o1@shop:west":         {"", "shop: unknown unit shop:west\n", console.NotAsked},
		"who order.veiw order:o1":                   {"", "shop: unknown privilege \"order.veiw\" (did you mean \"order.view\"?)\n", console.NotAsked},
		"who order.view shop:north":                 {"", "shop: order.view is on order, not on shop\n", console.NotAsked},
		"who order.view order:o1 -attr amount=x":    {"", "shop: -attr amount=x: not of type int\n", console.NotAsked},
	} {
		stdout, stderr, status := ask(command)
		assert.Equal(t, want[2], status, "%s", command)
		assert.Equal(t, want[1], stderr, "%s", command)
		assert.True(t, strings.HasPrefix(stdout, want[0].(string)), "%s: %s", command, stdout)
	}
}

// An answer that cannot be written is no answer.
func TestAWriteThatFailsIsTold(t *testing.T) {
	var errs bytes.Buffer
	status := shop.Run(console.World{Stdout: full{}, Stderr: &errs, Clock: time.Now}, []string{"decide", "ann", "order.view", "order:o1"})
	assert.Equal(t, console.NotAsked, status)
	assert.Equal(t, "shop: no space left on device\n", errs.String())
	assert.Equal(t, console.NotAsked, shop.Run(console.World{Stdout: full{}, Stderr: io.Discard, Clock: time.Now}, []string{"help"}))
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestNoAvalancheOfFaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "noise")
	require.NoError(t, os.WriteFile(file, bytes.Repeat([]byte("\x00\xff\n"), 500), 0o600))
	_, stderr, status := ask("-policy " + file)
	assert.Equal(t, console.NotAsked, status)
	assert.Equal(t, 21, strings.Count(stderr, "\n"))
	assert.Regexp(t, `shop: and \d\d+ more\n$`, stderr)

	own := filepath.Join(t.TempDir(), "own.yaml")
	require.NoError(t, os.WriteFile(own, []byte("policy: own\nresources: {house: {unit: true}}\nprivileges: {enter: {on: house}}\n"), 0o600))
	_, stderr, _ = ask("-policy " + own + " decide ann enter house:a")
	assert.Equal(t, fmt.Sprintf("shop: the sample does not fit the policy %s: name a directory that does with -data FILE\n", own), stderr)
}

func TestColoursAreForTerminals(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	defer file.Close()
	assert.Equal(t, console.Style{}, console.StyleFor(file, "", "xterm"), "a file is no terminal")
	if terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0); err == nil {
		defer terminal.Close()
		assert.Equal(t, console.Style{On: true}, console.StyleFor(terminal, "", "xterm"))
		assert.Equal(t, console.Style{}, console.StyleFor(terminal, "1", "xterm"), "NO_COLOR")
		assert.Equal(t, console.Style{}, console.StyleFor(terminal, "", "dumb"))
	}
	plain, _, _ := ask("say")
	assert.Equal(t, "hello\n", plain)
	var coloured bytes.Buffer
	shop.Run(console.World{Stdout: &coloured, Stderr: io.Discard, Style: console.Style{On: true}, Clock: time.Now}, nil)
	assert.Equal(t, "\x1b[1mhello\x1b[0m\n", coloured.String())
}

func TestLinesAreFolded(t *testing.T) {
	long := console.Fold("  lead ", strings.Repeat("word ", 40))
	for line := range strings.Lines(long) {
		assert.LessOrEqual(t, len(line), console.Width+1)
	}
	assert.Contains(t, long, "\n       word")
	assert.Equal(t, "lead \n", console.Fold("lead ", ""))
}

func TestAttributesAreTypedAtATerminal(t *testing.T) {
	for _, c := range []struct {
		as, text string
		want     any
	}{
		{"string", "2025/26", "2025/26"},
		{"int", "-7", int64(-7)},
		{"uint", "7", uint64(7)},
		{"double", "0.5", 0.5},
		{"bool", "true", true},
		{"duration", "1h30m", 90 * time.Minute},
		{"timestamp", "2026-01-01T09:00:00Z", newYear},
		{"list(string)", "a,b", []any{"a", "b"}},
		{"list(string)", "", []any{}},
		{"list(int)", "1,2", []any{int64(1), int64(2)}},
		{"", "undeclared", "undeclared"},
	} {
		got, err := console.Typed(c.as, c.text)
		require.NoError(t, err)
		assert.Equal(t, c.want, got, c.as)
	}
	for as, text := range map[string]string{
		"int": "1.5", "uint": "-1", "double": "x", "bool": "maybe", "duration": "1", "timestamp": "today", "list(int)": "1,x",
	} {
		_, err := console.Typed(as, text)
		assert.Error(t, err, "%s is not of type %s", text, as)
	}
}
