package condition

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
)

const (
	// maxPatterns is the greatest length in bytes of all patterns of a condition.
	maxPatterns = 500
	// maxPatternSets is how often they can name a class of Unicode.
	maxPatternSets = 16
	// maxPatternParts is the greatest number of a pattern's parts, with what it
	// repeats written out.
	maxPatternParts = 1000
)

// A pattern is what matches compares with, compiled at load.
type pattern struct {
	*regexp.Regexp
	// byteSteps is what one byte of a text is reckoned at. The matcher goes
	// through the text once, but keeps track of as many threads as the pattern
	// has parts.
	byteSteps int
}

// newPattern compiles a pattern whose length is bounded, and refuses what would
// take long to compile.
func newPattern(text string) (*pattern, error) {
	folds := foldsCase(text)
	if folds && strings.Contains(text, "[") && !isPlain(text) {
		return nil, errors.New("a pattern that ignores case can have only ASCII in [ ]: write both cases, without (?i)")
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	parts := partsOf(tree)
	if parts > maxPatternParts {
		return nil, fmt.Errorf("the pattern is too large: with what it repeats written out it has more than %d parts", maxPatternParts)
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	steps := 4 + 2*parts
	if folds {
		steps *= 2
	}
	return &pattern{re, steps}, nil
}

// flags are what begins a group that sets flags.
var flags = regexp.MustCompile(`\(\?[a-zA-Z]*i`)

// foldsCase reports whether a pattern, or a part of it, may ignore case.
func foldsCase(text string) bool { return flags.MatchString(text) }

// isPlain reports whether a pattern names no characters beyond ASCII.
func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return !strings.Contains(text, `\x`) && !strings.Contains(text, `\p`) && !strings.Contains(text, `\P`)
}

// partsOf is about how many instructions a pattern is compiled to, or more than
// maxPatternParts.
func partsOf(tree *syntax.Regexp) int {
	n := 1
	if tree.Op == syntax.OpLiteral {
		n = len(tree.Rune)
	}
	for _, sub := range tree.Sub {
		if n += partsOf(sub); n > maxPatternParts {
			return maxPatternParts + 1
		}
	}
	if tree.Op == syntax.OpRepeat {
		n *= max(tree.Min+1, tree.Max)
	}
	return min(n, maxPatternParts+1)
}

// admitPattern refuses a pattern that is no literal, wrong, or too large.
func (r *reading) admitPattern(e ast.Expr) {
	text, ok := r.literal(e, "a pattern")
	if !ok || r.patterns[text] != nil {
		return
	}
	if r.patternBytes += len(text); r.patternBytes > maxPatterns {
		r.faultAt(e, "the patterns of the condition have more than %d bytes", maxPatterns)
		return
	}
	if r.patternSets += strings.Count(text, `\p`) + strings.Count(text, `\P`); r.patternSets > maxPatternSets {
		r.faultAt(e, "the patterns of the condition name more than %d classes of Unicode", maxPatternSets)
		return
	}
	p, err := newPattern(text)
	if err != nil {
		r.faultAt(e, "%s", err)
		return
	}
	r.patterns[text] = p
}

// matches is the fn of s.matches(pattern), whose pattern is a literal.
func matches(b *build, args []ast.Expr) any {
	p := b.pattern(string(args[1].AsLiteral().(types.String)))
	return unary(func(f *Frame, s string) (bool, *failure) {
		if !f.spend(matchSteps + (len(s)+1)*p.byteSteps) {
			return false, overspent
		}
		return p.MatchString(s), nil
	})(b, args[:1])
}

// pattern is the pattern that was compiled when the condition was read.
func (b *build) pattern(text string) *pattern {
	if p := b.patterns[text]; p != nil {
		return p
	}
	p, err := newPattern(text)
	if err != nil {
		panic(err)
	}
	return p
}
