package condition

import (
	"strings"
	"unicode/utf8"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/overloads"
)

var _ = register(map[string]builder{
	overloads.SizeString: unary(sizeText), overloads.SizeStringInst: unary(sizeText),
	overloads.SizeBytes: unary(sizeBytes), overloads.SizeBytesInst: unary(sizeBytes),
	overloads.ContainsString: binary(func(f *Frame, s, part string) (bool, *failure) {
		if !f.touch((len(s) + len(part)) * searchFactor) {
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

func sizeText(f *Frame, x string) (int64, *failure) {
	if !f.touch(len(x) * runeFactor) {
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
		if isShort(args[1]) {
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
