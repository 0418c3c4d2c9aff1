package policy

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// mutate changes one thing of a policy file, or sometimes several.
func (s *seed) mutate(random *rand.Rand) mutant {
	switch random.IntN(10) {
	case 0, 1, 2, 3:
		return s.misspell(random)
	case 4, 5:
		return s.replaceValue(random)
	case 6:
		return s.alias(random)
	case 7:
		return s.disorder(random)
	case 8:
		return s.corrupt(random, 1)
	}
	return s.corrupt(random, 2+random.IntN(20))
}

// pick draws one of several.
func pick[T any](random *rand.Rand, all ...T) T { return all[random.IntN(len(all))] }

// misspell changes a word by a character, or doubles it, or leaves it out.
func (s *seed) misspell(random *rand.Rand) mutant {
	w := pick(random, s.words...)
	const letters = "abcdefghijklmnopqrstuvwxyz_0"
	letter := string(letters[random.IntN(len(letters))])
	i := random.IntN(len(w.text))
	after := ""
	switch random.IntN(6) {
	case 0:
		after = w.text[:i] + letter + w.text[i:]
	case 1:
		after = w.text[:i] + letter + w.text[i+1:]
	case 2:
		after = w.text[:i] + w.text[i+1:]
	case 3:
		after = w.text[:i] + strings.ToUpper(w.text[i:i+1]) + w.text[i+1:]
	case 4:
		after = w.text + w.text
	}
	m := mutant{
		what:    fmt.Sprintf("%s %s: %q became %q", w.kind, w.path, w.text, after),
		source:  s.source[:w.at] + after + s.source[w.at+len(w.text):],
		differs: after != w.text,
	}
	if after == "" { // one of a list can be left out
		m.mustFail = w.kind == keyword || w.whole && !strings.HasSuffix(w.path, "]") && w.kind != freeText && w.kind != conditionWord
	} else if after != w.text {
		m.mustFail = s.mustFail(w, after)
	}
	return m
}

// replaceValue puts something of another kind in a value's place.
func (s *seed) replaceValue(random *rand.Rand) mutant {
	w := pick(random, s.words...)
	deep := pick(random, 2, 60, 64, 65, 500, 9_999, 10_001, 50_000)
	after := pick(random,
		"{a: b}", "{"+w.text+": }", "1", "-1.5", "2026-10-01", "no", "~", "null", "[["+w.text+"]]", "[{}]", "{}", "[1]", "''",
		strings.Repeat("[", deep)+w.text+strings.Repeat("]", deep), strings.Repeat("[", deep), strings.Repeat("{a: ", deep),
		strings.Repeat("\n- ", deep), "|", ">", "\"", "'", "? ", "- "+w.text, "!!str "+w.text, "!"+w.text, "&"+w.text, "*"+w.text, "@"+w.text)
	return mutant{
		what:     fmt.Sprintf("%s %s: %q became %q", w.kind, w.path, w.text, excerpt(after)),
		source:   s.source[:w.at] + after + s.source[w.at+len(w.text):],
		mustFail: w.whole && w.kind != freeText && w.kind != conditionWord && (w.kind != fixedWord || after[0] != '"'),
	}
}

// alias uses what YAML has for saying a thing once and meaning it twice.
func (s *seed) alias(random *rand.Rand) mutant {
	from, to := pick(random, s.words...), pick(random, s.words...)
	if from.at > to.at {
		from, to = to, from
	}
	if !from.whole || !to.whole || from.kind == conditionWord || to.kind == conditionWord || from.at == to.at {
		return s.insertLine(random, pick(random,
			"<<: {policy: p}", "? [a]", "x: &x [*x]", "--- ", "...", "%TAG ! tag:yaml.org,2002:", "\t", "\"a\": b", ": a", "policy: q",
			"a: &a [x, x]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b, *b]\nd: [*c, *c, *c, *c]"))
	}
	return mutant{
		what:     fmt.Sprintf("%s is an alias of %s", to.path, from.path),
		source:   s.source[:from.at] + "&x " + s.source[from.at:to.at] + "*x " + s.source[to.at+len(to.text):],
		mustFail: true,
	}
}

func (s *seed) insertLine(random *rand.Rand, line string) mutant {
	lines := strings.SplitAfter(s.source, "\n")
	i := random.IntN(len(lines))
	before := strings.Join(lines[:i], "")
	indent := lines[i][:len(lines[i])-len(strings.TrimLeft(lines[i], " "))]
	return mutant{
		what:   fmt.Sprintf("line %d is new: %q", i+1, line),
		source: before + indent + line + "\n" + strings.Join(lines[i:], ""),
	}
}

// disorder leaves out, doubles, exchanges or indents lines, or cuts the file
// off.
func (s *seed) disorder(random *rand.Rand) mutant {
	lines := strings.SplitAfter(s.source, "\n")
	i, j := random.IntN(len(lines)), random.IntN(len(lines))
	what := ""
	switch random.IntN(6) {
	case 0:
		what, lines[i] = "is left out", ""
	case 1:
		what, lines[i] = "is doubled", lines[i]+lines[i]
	case 2:
		what, lines[i], lines[j] = fmt.Sprintf("is exchanged with %d", j+1), lines[j], lines[i]
	case 3:
		what, lines[i] = "is indented", pick(random, " ", "  ", "\t", "- ")+lines[i]
	case 4:
		what, lines[i] = "is dedented", strings.TrimPrefix(lines[i], " ")
	case 5:
		at := random.IntN(len(s.source))
		return mutant{what: fmt.Sprintf("cut off after %d bytes", at), source: s.source[:at]}
	}
	return mutant{what: fmt.Sprintf("line %d %s", i+1, what), source: strings.Join(lines, "")}
}

// corrupt changes bytes.
func (s *seed) corrupt(random *rand.Rand, times int) mutant {
	source := s.source
	what := ""
	for range times {
		i := random.IntN(len(source))
		j := min(len(source), i+random.IntN(3))
		bytes := pick(random, string([]byte{byte(random.IntN(256))}), string([]byte{source[i] ^ 1<<random.IntN(8)}),
			" ", "\n", "\t", "\r", "\x00", "\xff", "\u0085", "\u2028", "\u202e", "\ufeff", ":", ": ", ",", "#", " #", "-", "\n- ", "?", "[", "]",
			"{", "}", "\"", "'", "\\", "|", ">", "&", "*", "!", "%", "@", "`", "~", "<<: ", "...", "\n---\n", "(", ")", "&&", "||", "0", "e\u0301")
		what += fmt.Sprintf("%q at %d became %q; ", source[i:j], i, bytes)
		source = source[:i] + bytes + source[j:]
	}
	return mutant{what: what, source: source}
}
