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
	folds := flags.MatchString(text)
	if folds && hasWideSet(text) {
		return nil, errors.New("a pattern that ignores case can have only ASCII in [ ]: write both cases, without (?i)")
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, patternError(err)
	}
	parts := partsOf(tree)
	if parts > maxPatternParts {
		return nil, fmt.Errorf("the pattern is too large: with what it repeats written out it has more than %d parts", maxPatternParts)
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, patternError(err)
	}
	steps := 4 + 2*parts
	if folds {
		steps *= 2
	}
	return &pattern{re, steps}, nil
}

// patternError says what is wrong with a pattern, at no more length than needed.
func patternError(err error) error {
	var wrong *syntax.Error
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s: `%s`", wrong.Code, clip(wrong.Expr))
	}
	return err
}

// flags are what begins a part of a pattern that ignores case.
var flags = regexp.MustCompile(`\(\?[a-zA-Z]*i`)

// hasWideSet reports whether a pattern has a set in [ ] that is not of ASCII
// alone: to ignore case, each of its characters is looked at.
func hasWideSet(text string) bool {
	start := -1 // of the set
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && i+1 < len(text):
			i++
			if start >= 0 && strings.IndexByte("xpP", text[i]) >= 0 {
				return true
			}
		case start < 0 && c == '[':
			if start = i; strings.HasPrefix(text[i+1:], "^") {
				i++
			}
			if strings.HasPrefix(text[i+1:], "]") {
				i++
			}
		case start >= 0 && c == ']':
			start = -1
		case start >= 0 && c >= utf8.RuneSelf:
			return true
		}
	}
	return false
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
