package condition

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// wideEnv declares many types with many attributes, in each other.
func wideEnv(t testing.TB) *Env {
	t.Helper()
	kinds := []Type{Bool, Int, Uint, Double, String, Bytes, Timestamp, Duration, ListOf(String), MapOf(Int), ListOf(ListOf(Int)), MapOf(MapOf(String))}
	var objects []ObjectType
	var names []string
	for i := range 40 {
		fields := map[string]Type{"s": String, "b": Bool, "i": Int, "ss": ListOf(String), "is": ListOf(Int), "m": MapOf(String), "o": ObjectOf(fmt.Sprint("t", max(i-1, 0)))}
		for k := range 100 {
			fields[fmt.Sprint("attribute_number_", k)] = kinds[k%len(kinds)]
		}
		objects, names = append(objects, ObjectType{Name: fmt.Sprint("t", i), Fields: fields}), append(names, fmt.Sprint("t", i))
	}
	call := func(any, []any) (any, error) { return true, nil }
	e, err := NewEnv(objects, []Variable{{"x", ObjectOf("t39")}, {"user", ObjectOf("t0")}, {"now", Timestamp}}, []Function{
		{Name: "within", Params: []Type{OneOf(names...), OneOf(names...)}, Result: Bool, Call: call},
		{Name: "assigned", Params: []Type{OneOf(names...)}, Result: Bool, Call: call},
	}, Limits{})
	require.NoError(t, err)
	return e
}

// The ways of slowTexts to repeat something.
func joinedBy(part, with string, n int) string {
	return strings.TrimSuffix(strings.Repeat(part+with, n), with)
}

func nested(open, mid, end string, n int) string {
	return strings.Repeat(open, n) + mid + strings.Repeat(end, n)
}

// slowTexts are what a parser or a checker may be slow over, by what is repeated,
// at lengths that grow.
func slowTexts() []string {
	var texts []string
	grow := func(make func(n int) string) {
		for n := 1; n <= defaultBytes; n += n/2 + 1 {
			if text := make(n); len(text) <= defaultBytes {
				texts = append(texts, text)
			}
		}
	}
	for _, deep := range []int{1, 2, 4, 8, 12, 32} {
		list, empty, m := nested("[", "1", "]", deep), nested("[", "", "]", deep), nested(`{"a":`, "1", "}", deep)
		for _, part := range []string{list + "==" + list, list + " in [" + list + "]", empty + "==" + empty, m + "==" + m} {
			grow(func(n int) string { return joinedBy(part, "||", n) })
		}
	}
	for _, part := range []string{
		`x.b`, `x.b&&x.b`, `x.o.o.o.o.b`, `x.ss.exists(a,a=='')`, `within(x,user)`, `within(x,1)`, `assigned(x)`, `x.s.matches('a+b*c')`, `x.s.matches('\\pL')`, `has(x.s)`,
		`now<timestamp('2026-01-01T00:00:00Z')`, `now.getHours('Europe/London')==1`, `now.getHours('Europe/Londo')==1`, `atribute_numbr_1`, `x.atribute_numbr_1`, `foobar()`, `x.f(a,b)`,
		`x.s==1`, `x.s+1`, `t{a:1}`, `true==`, `1 in`, `q`, `x.i+`, `size([])+`,
	} {
		grow(func(n int) string { return joinedBy(part, "||", n) })
		grow(func(n int) string { return joinedBy(part, ",", n) })
	}
	for _, part := range []string{`1`, `x.i`, `x.s`, `x.ss`, `[1]`, `[]`, `[x.ss]`, `1,'a'`, `{}`} {
		grow(func(n int) string { return joinedBy(part, "+", n) + "==1" })
		grow(func(n int) string { return part + " in [" + joinedBy(part, ",", n) + "]" })
	}
	for _, around := range [][3]string{
		{"(", "true", ")"}, {"!(", "true", ")"}, {"-(", "1", ")"}, {"(x.b||", "x.b", ")&&x.b"}, {"x.b?", "true", ":false"}, {"x.b?", "[]", ":[1]"}, {"x.b?", "[]", ":[]"}, {"(", "x.b", "?x.b:x.b)"},
		{"x.is.all(a,", "true", ")"}, {"string(", "x.i", ")"}, {"within(", "x", ",user)"}, {"has(", "x.s", ")"}, {"t{a:", "1", "}"}, {"x[", "1", "]"}, {"[true][", "0", "]==true?0:1"},
		{"x.b?true:", "false", ""}, {"!", "true", ""}, {"-", "1", ""}, {"", "x.is", ".map(a,a)"}, {"", "x.is", ".map(a,[a])"}, {"", "x.is", ".map(a,{'a':a})"}, {"", "x.is", ".filter(a,true)"}, {"", "x", ".o"},
		{"", "[[1]]", "[0]"}, {"//a\n", "true", ""}, {" ", "true", ""}, {"(", "", ""}, {"[", "", ""}, {"{1:", "", ""}, {"a.b(", "", ""}, {"a.all(b,", "", ""}, {"a b ", "", ""}, {"x.b & ", "", ""}, {`"`, "", ""}, {")", "", ""},
	} {
		grow(func(n int) string { return nested(around[0], around[1], around[2], n) })
	}
	for _, part := range []string{`\\pL|`, `a{900}`, `(a|`, `(?i:[Ā-𞤀])`, `(a{9}){9}`, `[^\\pL\\pN]`} {
		grow(func(n int) string { return "x.s.matches('" + strings.Repeat(part, n) + "')" })
		grow(func(n int) string { return joinedBy("x.s.matches('"+part+"')", "||", n) })
	}
	return texts
}

// strangeTexts are no conditions at all.
func strangeTexts() []string {
	var texts []string
	for _, part := range []string{
		"?", ":", "&&", "||", "1?1:", "'", "[[],", "a,", ".a", "\\", "\x00", "é", "!(", "((1)+(", "in ", "1 in [", "`", "\n", "b'", "r\"\"\"", "0x", "1e", "1u", "._", "a.b.c(d).e[", "timestamp(",
	} {
		whole := strings.Repeat(part, defaultBytes/len(part))
		texts = append(texts, whole, "x"+whole[:len(whole)-len(part)])
	}
	return texts
}

// T-11, T-17, T-18: whatever the text, it is read or refused soon, and without
// panic.
func TestNoTextIsReadForLong(t *testing.T) {
	e := wideEnv(t)
	worst := &slowRuns{}
	for _, text := range append(slowTexts(), strangeTexts()...) {
		var p *Program
		var faults []Fault
		took := soonest(slower*5*time.Millisecond, func() { p, faults = e.Compile(text) })
		worst.took = append(worst.took, slowRun{took, text})
		require.True(t, (p == nil) == (len(faults) > 0), "%q is compiled or at fault", text)
		require.LessOrEqual(t, len(faults), maxFaults, text)
		for _, f := range faults {
			require.Less(t, len(f.Message), 300, "%q: %s", text, f.Message)
			require.NotContains(t, f.Message, "cannot be read", "%q", text)
			require.Positive(t, f.Line, text)
			require.Positive(t, f.Column, text)
		}
	}
	worst.log(t)
	assert.Less(t, worst.took[0].took, slowestText, worst.took[0].text)
}

// What is slow to read is refused before, with a place and a sentence.
func TestWhatIsSlowToReadIsRefused(t *testing.T) {
	e := wideEnv(t)
	for text, want := range map[string]string{
		"true ||\n " + nested("[", "1", "]", 9) + " == []":                               "2:2 lists and maps nest more than 8 deep",
		"true || " + nested(`{"a":`, "1", "}", 9) + " == {}":                             "1:9 lists and maps nest more than 8 deep",
		"x.is" + strings.Repeat(".map(a, [a])", 8) + " == []":                            "1:93 lists and maps nest more than 8 deep",
		nested("[", "1", "]", 17):                                                        "1:17 [ ] and { } nest more than 16 deep",
		"1 / " + nested("[", "1", "]", 17):                                               "1:21 [ ] and { } nest more than 16 deep",
		nested("(", "true", ")", 65):                                                     "1:65 brackets nest more than 64 deep",
		joinedBy("[] == []", " || ", 9):                                                  "1:97 the condition has more than 16 empty lists and maps",
		strings.Repeat("!", 1501) + "true":                                               "1:1501 the condition has more than 1500 words and signs",
		`x.s.matches("` + strings.Repeat("a", 501) + `")`:                                "1:13 the patterns of the condition have more than 500 bytes",
		`x.s.matches("a") || x.s.matches("` + strings.Repeat(`\\pL`, 17) + `")`:          "1:33 the patterns of the condition name more than 16 classes of Unicode",
		`x.s.matches("a{900}b{900}")`:                                                    "1:13 the pattern is too large: with what it repeats written out it has more than 1000 parts",
		`x.s.matches("(?i)[à-ü]")`:                                                       "1:13 a pattern that ignores case can have only ASCII in [ ]: write both cases, without (?i)",
		`x.s.matches("(?si:[a\\x{e0}])")`:                                                "1:13 a pattern that ignores case can have only ASCII in [ ]: write both cases, without (?i)",
		`x.s == '''a` + "\n" + `''' || [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]] == "[[[" `:    "2:24 [ ] and { } nest more than 16 deep",
		`x.s.matches("a{500}")`:                                                          "1:13 the pattern is too large: with what it repeats written out it has more than 1000 parts",
		`x.s.matches("` + strings.Repeat(`\\P{L}`, 9) + strings.Repeat(`\\pL`, 8) + `")`: "1:13 the patterns of the condition name more than 16 classes of Unicode",
		`x.s.matches("[é](?i)a")`:                                                        "1:13 a pattern that ignores case can have only ASCII in [ ]: write both cases, without (?i)",
		`x.s.matches("[\\x{e0}](?i)a")`:                                                  "1:13 a pattern that ignores case can have only ASCII in [ ]: write both cases, without (?i)",
		`x.s.matches("(?i)[^]é]")`:                                                       "1:13 a pattern that ignores case can have only ASCII in [ ]: write both cases, without (?i)",
		`x.s.matches("(?i)[]é]")`:                                                        "1:13 a pattern that ignores case can have only ASCII in [ ]: write both cases, without (?i)",
	} {
		_, faults := e.Compile(text)
		if assert.NotEmpty(t, faults, text) {
			assert.Equal(t, want, fmt.Sprintf("%d:%d %s", faults[0].Line, faults[0].Column, faults[0].Message), text)
		}
	}
	for _, text := range []string{
		nested("[", "1", "]", 8) + " == " + nested("[", "2", "]", 8), nested("(", "true", ")", 64), joinedBy("[] == [1]", " || ", 16),
		`x.s == "` + strings.Repeat("[(", 500) + `" // ((([[[` + strings.Repeat("x ", 700), "x.is.map(a, [[[[[[a]]]]]]) != [] ", "x.is" + strings.Repeat(".map(a, [a][0])", 8) + " == []",
		`x.s == '''` + strings.Repeat(`"[' `, 500) + `''' || x.s == r"\" || x.s == "\"[" || x.s == '[[' || true`,
		strings.Repeat("!", 1499) + "true // not // counted " + strings.Repeat("[", 20), "1 / 2", "//" + strings.Repeat("[", 17) + "\ntrue",
		`x.s.matches("a{499}") && x.s.matches("a{498}b")`, `x.s.matches("` + strings.Repeat("a", 300) + `") && x.s.matches("` + strings.Repeat("a", 300) + `")`, `x.s.matches("` + strings.Repeat("a", 500) + `")`,
		`x.s.matches("(?i)\\pLé[a]") && x.s.matches("[a]é(?i)b") && x.s.matches("[[^]é(?i)a")`,
		`x.s.matches("(?i)[a-z]é") && x.s.matches("(?i)[a-z]é") && x.s.matches("` + strings.Repeat(`\\pL`, 16) + `")`,
	} {
		_, faults := e.Compile(text)
		for _, f := range faults {
			assert.NotRegexp(t, "deep|more than|ignores|missing", f.Message, text)
		}
	}
}

// Brackets do not count in a text, however it is written, and count again after it.
func TestBracketsInTextsDoNotCount(t *testing.T) {
	e := wideEnv(t)
	deep := strings.Repeat("[", 17)
	var texts []string
	for _, prefix := range []string{"", "r", "R", "b", "bR", "Br"} {
		for _, quote := range []string{`"`, `'`, `'''`, `"""`} {
			for _, with := range []string{"", "a", deep, `\` + quote[:1] + deep, `\n`, `\\`, ` \` + quote[:1] + ` `} {
				if raw := strings.ContainsAny(prefix, "rR"); raw && strings.Contains(with, quote[:1]) && len(quote) == 1 {
					continue // it ends there
				}
				texts = append(texts, prefix+quote+with+quote)
				if len(quote) == 3 {
					texts = append(texts, prefix+quote+"\n"+quote[:1]+"a"+quote[:1]+deep+quote[:2]+deep+"\n"+quote)
				}
			}
		}
	}
	texts = append(texts, `r"\"`, `R'\'`, `bR"\"`, `Br'\'`, `r"""\"""`)
	for _, text := range texts {
		_, faults := e.Compile(text + ` == ""`)
		for _, f := range faults {
			assert.NotContains(t, f.Message, "deep", text)
		}
		_, faults = e.Compile(text + " == " + deep)
		if assert.Len(t, faults, 1, text) {
			assert.Contains(t, faults[0].Message, "deep", text)
		}
	}
	_, faults := e.Compile("`\\` == " + deep)
	assert.Contains(t, faults[0].Message, "deep", "a quoted name has no escapes")
}

// A text of as many bytes and nodes as can be is read.
func TestTheLimitsOfATextCanBeReached(t *testing.T) {
	e := wideEnv(t)
	for text, want := range map[string]string{
		"true" + strings.Repeat(" ", defaultBytes-4):                         "",
		"true" + strings.Repeat(" ", defaultBytes-3):                         "the condition has 4097 bytes, and 4096 are the most",
		"[" + joinedBy("1", ",", defaultNodes-4) + "] == [1]":                "",
		"[" + joinedBy("1", ",", defaultNodes-4) + ",1] == [1]":              "the condition has 501 nodes, and 500 are the most",
		`{"a": 1}.a == 1 && ` + nested("[", `{"a": 1}.a`, "]", 8) + " != []": "",
	} {
		_, faults := e.Compile(text)
		if want == "" {
			assert.Empty(t, faults, text)
		} else if assert.Len(t, faults, 1, text) {
			assert.Equal(t, want, faults[0].Message)
		}
	}
}

// Faults are told in the order of the text, but not all of very many.
func TestOnlySomeFaultsAreTold(t *testing.T) {
	e := wideEnv(t)
	for _, part := range []string{`x.q`, `q`, `q()`, `within(x, 1)`, `x.s == 1`, `null`, `now.getHours("x")`, `x.s.matches("(")`, `a b`} {
		_, faults := e.Compile(joinedBy(part, " || ", 60))
		assert.NotEmpty(t, faults, part)
		assert.LessOrEqual(t, len(faults), 20, part)
		assert.True(t, slices.IsSortedFunc(faults, func(a, b Fault) int { return a.Column - b.Column }), part)
	}
}
