package condition

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/stdlib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var rewriteGolden = flag.Bool("rewrite", false, "rewrite the golden files instead of comparing with them")

// T-22: the operators, functions and macros that a condition can use are those
// in testdata/language.txt, and no others.
func TestTheLanguageIsWhatIsListed(t *testing.T) {
	var lines []string
	overloads := 0
	for _, f := range admittedFunctions {
		for _, o := range f.OverloadDecls() {
			overloads++
			if o.ID() != "not_strictly_false" { // what macros are made of, and loops here
				assert.NotNil(t, builders[o.ID()], "%s is admitted and compiled", o.ID())
			}
			name := f.Name()
			if symbol, ok := operators.FindReverse(name); ok && symbol != "" {
				name = symbol
			}
			lines = append(lines, fmt.Sprintf("%-70s %s", overloadSignature(name, o)+" "+typeWords(o.ResultType()), o.ID()))
		}
	}
	for _, m := range admittedMacros {
		lines = append(lines, fmt.Sprintf("%-70s macro", m.MacroKey()))
	}
	slices.Sort(lines)
	assert.Len(t, admittedOverloads, overloads, "what is admitted exists, and is listed once")
	assert.Len(t, builders, overloads-1, "what is compiled is admitted")

	golden(t, "testdata/language.txt", strings.Join(lines, "\n")+"\n")
}

// golden holds a text to what a file has, or writes the file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *rewriteGolden {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

// Every function of CEL's standard library that is not listed is refused.
func TestTheRestOfTheStandardLibraryIsRefused(t *testing.T) {
	e := generated()
	for _, f := range stdlib.Functions() {
		if admittedByName[f.Name()] != nil || !identifier.MatchString(f.Name()) || f.Name() == "in" {
			continue
		}
		_, faults := e.Compile(f.Name() + `(x.i) == x.i`)
		assert.NotEmpty(t, faults, f.Name())
	}
	for _, text := range []string{
		`dyn(1) == 1`, `type(x.i) == int`, `int == int`, `x.?i == 1`, `x.is[?0] == 1`, `{?"a": 1} == {}`, `[?1] == []`, `optional.of(1)`,
		`thing{}.i == 1`, `@thing{}.i == 1`, `google.protobuf.Int64Value{value: 1} == 1`, `null == null`, `x == x`, `x.os == x.os`, `x in x.os`,
		"x.`i` == 1", `x.is.existsOne(v, v == 1)`, `x.is.all(i, v, v == 1)`, `x.is.transformList(i, v, v) == []`, `cel.bind(v, 1, v == 1)`,
		`math.greatest(1, 2) == 2`, `x.s.lowerAscii() == ""`, `x.s.format([]) == ""`, `x.s.split(",") == []`, `base64.encode(x.y) == ""`,
		`1 < 2.0`, `1u < 2`, `1 == 1.0`, `[1].exists(v, v < 2.0)`, `x.i in [1.0]`, `_&&_(true, true)`, `@in(1, [1])`, `__not_strictly_false__(true)`,
		`@not_strictly_false(true)`, `@result`, `__result__`, `matches(x.s, x.t)`, `x.at.getHours(x.s) == 1`, `has(x.is[0])`, `has(x)`, `-x.long == x.long`,
	} {
		p, faults := e.Compile(text)
		assert.Nil(t, p, text)
		assert.NotEmpty(t, faults, text)
	}
}

// The examples that cel-go gives for what is admitted are true here as well.
func TestTheExamplesOfTheLanguage(t *testing.T) {
	e := generated()
	held := 0
	for _, f := range admittedFunctions {
		for _, o := range f.OverloadDecls() {
			for _, example := range o.Examples() {
				text, want, ok := strings.Cut(strings.ReplaceAll(example, "\n", " "), " // ")
				if o.ID() == "timestamp_to_hours_with_tz" {
					continue // cel-go's own answer is 3, not the 2 that its example promises
				}
				if !ok || strings.Contains(want, "error") || strings.Contains(text, "error") {
					continue
				}
				p, faults := e.Compile("(" + text + ") == (" + want + ")")
				if len(faults) > 0 {
					continue // an example of what is not admitted, or in prose
				}
				out, err := p.Eval(Input{Vars: make([]any, 4)})
				assert.Equal(t, True, out, "%s: %v", example, err)
				held++
			}
		}
	}
	assert.Greater(t, held, 100)
}
