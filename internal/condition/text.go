package condition

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
)

var _ = register(map[string]builder{
	overloads.SizeString: unary(sizeText), overloads.SizeStringInst: unary(sizeText),
	overloads.SizeBytes: unary(sizeBytes), overloads.SizeBytesInst: unary(sizeBytes),
	overloads.ContainsString: binary(func(f *Frame, s, part string) (bool, *failure) {
		if !f.touch((len(s) + len(part)) * copyFactor) {
			return false, overspent
		}
		return strings.Contains(s, part), nil
	}),
	overloads.StartsWithString: edge(strings.HasPrefix, begins),
	overloads.EndsWithString:   edge(strings.HasSuffix, ends),
	overloads.Matches:          matches, overloads.MatchesString: matches,
	overloads.AddString: binary(func(f *Frame, x, y string) (string, *failure) {
		if !f.touch((len(x) + len(y)) * copyFactor) {
			return "", overspent
		}
		return x + y, nil
	}),
	overloads.AddBytes: binary(func(f *Frame, x, y []byte) ([]byte, *failure) {
		if !f.touch((len(x) + len(y)) * copyFactor) {
			return nil, overspent
		}
		return append(append(make([]byte, 0, len(x)+len(y)), x...), y...), nil
	}),
})

// copyFactor is how much dearer a byte is that needs memory, or to be looked at
// one by one, than one that is compared.
const copyFactor = 4

func sizeText(f *Frame, x string) (int64, *failure) {
	if !f.touch(len(x) * copyFactor) {
		return 0, overspent
	}
	return int64(utf8.RuneCountInString(x)), nil
}

func sizeBytes(_ *Frame, x []byte) (int64, *failure) { return int64(len(x)), nil }

// edge is the builder of a test of how a text begins or ends.
func edge(holds func(s, part string) bool, op testOp) builder {
	return func(b *build, args []ast.Expr) any {
		if t := b.edgeTest(args, op); t != nil {
			return t.fn()
		}
		if args[1].Kind() == ast.LiteralKind {
			// No steps are taken for the little that a literal can be.
			text, part := expr[string](b, args[0]), literalOf(expr[string](b, args[1]))
			return fn[bool](func(f *Frame) (bool, *failure) {
				s, why := text(f)
				return why == nil && holds(s, part), why
			})
		}
		return binary(func(f *Frame, s, part string) (bool, *failure) {
			if !f.touch(len(part)) {
				return false, overspent
			}
			return holds(s, part), nil
		})(b, args)
	}
}

// matches is the fn of s.matches(pattern). The pattern is a literal, and
// compiled here. A step is reckoned for every byte, more for greater patterns:
// the matcher goes through the text once, but keeps track of as many threads as
// the pattern has instructions.
func matches(b *build, args []ast.Expr) any {
	pattern := string(args[1].AsLiteral().(types.String))
	re, threads := regexp.MustCompile(pattern), patternSize(pattern)
	subject := expr[string](b, args[0])
	return fn[bool](func(f *Frame) (bool, *failure) {
		s, why := subject(f)
		if why != nil {
			return false, why
		}
		if !f.spend(len(s) * (1 + threads/2)) {
			return false, overspent
		}
		return re.MatchString(s), nil
	})
}

// patternSize is the number of instructions of a pattern's program.
func patternSize(pattern string) int {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		panic(err)
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		panic(err)
	}
	return len(program.Inst)
}
