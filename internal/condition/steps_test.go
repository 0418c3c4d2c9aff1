package condition

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// measuredTexts are conditions that take each thing for which there are steps.
var measuredTexts = []string{
	`true`, `x.text == x.twin`, `x.text == x.text`, `x.text != x.digits`, `x.raw == x.raw`, `x.raw == bytes(x.digits)`, `x.text < x.twin`, `x.raw < bytes(x.digits)`, `x.text < ""`,
	`x.text == "` + strings.Repeat("b", 64) + `"`, `x.text == "` + strings.Repeat("b", 640) + `"`, `"` + strings.Repeat("b", 640) + `" == x.text`, `x.text != "` + strings.Repeat("b", 640) + `"`,
	`x.text in ["` + strings.Repeat("b", 640) + `"]`, `x.text in x.list`, `x.text in {"a": 1}`, `"e1" in x.list`, `x.raw in [x.raw]`, `x.at in [x.at]`, `1 in x.ints`, `[1] in [[2], [1]]`,
	`x.list == x.other`, `x.big == x.again`, `x.big == x.big`, `x.list == x.empty`, `x.ints == x.ints`, `x.map == x.map`, `x.long == x.long`, `x.long == x.map`, `x.maps == x.maps`,
	`[x.text] == [x.text]`, `[x.raw] == [x.raw]`, `[x.at] == [x.at]`, `[[x.list]] == [[x.list]]`, `[x.list, x.list, x.list] == []`, `{"a": x.text} == {"a": x.text}`,
	`{"` + strings.Repeat("k", 640) + `": x.text} == {}`, `{1: x.text, 2: x.text} == {1: x.text}`, `{1: x.text}[1] == ""`, `{1: 1, 2: 2}[3] == 1`, `{true: x.text}[false] == ""`, `{1u: x.text}[2u] == ""`,
	`x.map["key number 1"] == 1`, `x.map["none"] == 1`, `x.long["` + strings.Repeat("k", 640) + `"] == 1`, `"` + strings.Repeat("k", 640) + `" in x.long`, `1 in {1: x.text}`, `has(x.map.a)`,
	`x.list[0] == ""`, `x.list[20] == ""`, `x.ints[-1] == 1`, `size(x.list + x.list) == 40`, `size(x.ints + [1]) == 21`, `size(x.list) == 20 && size(x.map) == 20`,
	`x.text.contains("a")`, `x.text.startsWith("` + strings.Repeat("b", 320) + `")`, `x.text.endsWith(x.twin)`, `x.text.matches("a+")`, `x.text.matches("(a|b){3}\\pL")`, `size(x.text) == 640`, `size(x.raw) == 640`,
	`x.text + x.twin == ""`, `x.raw + x.raw == b""`, `string(x.raw) == ""`, `bytes(x.text) == b""`, `int(x.digits) == 1`, `int("7") == 7 && int(x.list[0]) == 1`, `double(x.digits) == 1.0`, `bool(x.text)`,
	`duration(x.span) > duration("1s")`, `timestamp(x.text) == x.at`, `string(x.ints[0]) == ""`, `string(x.at) == ""`, `string(duration("1h")) == "" || string(x.at - x.at) == ""`, `x.at.getHours() == 1`,
	`x.at.getDayOfYear("Asia/Kathmandu") == 1`, `x.at + duration("1h") > x.at`, `uint(x.digits) == 1u`, `1 / size(x.empty) == 1`, `x.ints[0] * 9223372036854775807 == 1`,
	`x.ints.all(a, a >= 0)`, `x.ints.exists(a, a == 10)`, `x.ints.exists_one(a, a == 10)`, `size(x.ints.map(a, a + 1)) == 20`, `size(x.ints.filter(a, a > 10)) == 9`, `size(x.ints.map(a, a > 10, a + 1)) == 9`,
	`x.list.all(a, a != "")`, `x.list.exists(a, a == "e10")`, `x.list.exists_one(a, a == "e10")`, `size(x.list.map(a, a + "!")) == 20`, `size(x.list.filter(a, a > "e10")) == 9`, `x.big.exists(a, a == x.twin)`,
	`x.map.all(k, k != "")`, `x.map.exists(k, k == "a")`, `x.long.exists(k, k == "a")`, `size(x.map.map(k, k)) == 20`, `size(x.map.filter(k, k > "k")) == 20`, `{1: 1, 2: 2, 3: 3}.all(k, k > 0)`,
	`x.list.all(a, x.list.exists(b, a == b))`, `x.map.all(k, x.map.exists(l, l == k))`, `x.maps.all(m, m.a == 1)`, `x.maps.all(m, m.all(k, k < "d"))`, `true || x.text == x.twin`, `x.text == x.twin || true`,
	`x.text == x.twin ? x.text == "" : x.text != ""`, `size(x.wide) == 213`, `x.wide.contains("日")`, `"" + x.text == x.text`, `x.text in x.again`, `"" in x.empty`,
	`[1].map(a, "` + strings.Repeat("b", 64) + `").all(a, a == "` + strings.Repeat("b", 64) + `")`, `x.text in [""]`, `-7 in x.ints`, `"x11" in x.list`, `x.raw in [b"", x.raw]`, `"" in x.list`, `1.5 in [1.5]`, `2u in [1u]`, `true in [false]`,
	`"e1" in x.map || "key number 1" in x.map`, `x.text == x.twin || x.gone == "a"`, `x.text in x.list || "e1" in x.list && x.text in [x.gone]`, `x.text in x.list || x.text in x.other || x.gone == x.text`,
	`x.text in ["a", "b", "c"] || "zz" in x.list || !has(x.gone)`, `"zz" in x.list || x.gone == x.text`, `x.text in x.list || x.text in x.lost`, `x.text in ["a", "b"] || x.gone == x.text`, `x.text == x.text && x.text != x.twin && has(x.text) && x.at <= x.at`,
}

// What an evaluation takes of Limits.Cost is the same on every machine, and stays:
// a condition that was within it is within it afterwards.
//
//	go test ./internal/condition -run HowMuch -rewrite
func TestHowMuchEachOperationCosts(t *testing.T) {
	var got strings.Builder
	got.WriteString("# The steps of conditions, over an Object and over a Record, and what they come to: 0\n# is an error, 1 is false, 2 is true.\n")
	texts := slices.Clone(measuredTexts)
	for _, body := range hostileBodies {
		texts = append(texts, `x.ints.all(a, `+body+` || true)`)
	}
	e, inputs := sizedEnv(t, 20, 640)
	writeSteps(t, &got, e, inputs, texts)
	got.WriteString("# With texts of 64 bytes.\n")
	e, inputs = sizedEnv(t, 20, 64)
	writeSteps(t, &got, e, inputs, measuredTexts)
	golden(t, "testdata/steps.txt", got.String())
}

func writeSteps(t *testing.T, to *strings.Builder, e *Env, inputs [2]Input, texts []string) {
	for _, text := range texts {
		p, faults := e.Compile(text)
		require.Empty(t, faults, text)
		var took [2]int64
		var out [2]Outcome
		for i, in := range inputs {
			f := new(Frame)
			f.Set(in)
			out[i], _ = p.Run(f)
			took[i] = p.cost - f.steps
			if took[i] <= p.cost {
				requireBudget(t, p, f, took[i], out[i])
			}
		}
		require.Equal(t, out[0], out[1], text)
		fmt.Fprintf(to, "%6d %6d %d %s\n", took[0], took[1], out[0], text)
	}
}

// requireBudget requires of a condition that takes some steps that it comes to the
// same with so many, and to an error with one less.
func requireBudget(t *testing.T, p *Program, f *Frame, took int64, want Outcome) {
	t.Helper()
	within := *p
	within.cost = took
	out, err := within.Run(f)
	require.Equal(t, want, out, "%s within %d steps: %v", p.Source(), took, err)
	within.cost--
	out, err = within.Run(f)
	require.Equal(t, Error, out, "%s within %d steps", p.Source(), took-1)
	require.ErrorIs(t, err, ErrCost)
}
