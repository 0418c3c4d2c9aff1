package condition

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/overloads"
)

var _ = register(map[string]builder{
	overloads.IntToInt:       identity[int64],
	overloads.UintToInt:      convert(uintToInt),
	overloads.DoubleToInt:    convert(doubleToInt),
	overloads.StringToInt:    parse("an int", func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }),
	overloads.TimestampToInt: convert(func(t time.Time) (int64, *failure) { return t.Unix(), nil }),
	overloads.DurationToInt:  convert(func(d time.Duration) (int64, *failure) { return int64(d), nil }),

	overloads.UintToUint:   identity[uint64],
	overloads.IntToUint:    convert(intToUint),
	overloads.DoubleToUint: convert(doubleToUint),
	overloads.StringToUint: parse("a uint", func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) }),

	overloads.DoubleToDouble: identity[float64],
	overloads.IntToDouble:    convert(func(i int64) (float64, *failure) { return float64(i), nil }),
	overloads.UintToDouble:   convert(func(u uint64) (float64, *failure) { return float64(u), nil }),
	overloads.StringToDouble: parse("a double", func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }),

	overloads.BoolToBool:   identity[bool],
	overloads.StringToBool: parse("a bool", strconv.ParseBool),

	overloads.BytesToBytes:  identity[[]byte],
	overloads.StringToBytes: unary(textToBytes),

	overloads.StringToString:    identity[string],
	overloads.BoolToString:      convert(func(v bool) (string, *failure) { return strconv.FormatBool(v), nil }),
	overloads.IntToString:       written(func(i int64) string { return strconv.FormatInt(i, 10) }),
	overloads.UintToString:      written(func(u uint64) string { return strconv.FormatUint(u, 10) }),
	overloads.DoubleToString:    written(func(d float64) string { return strconv.FormatFloat(d, 'g', -1, 64) }),
	overloads.BytesToString:     unary(bytesToText),
	overloads.TimestampToString: written(func(t time.Time) string { return t.Format(time.RFC3339Nano) }),
	overloads.DurationToString: written(func(d time.Duration) string {
		return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
	}),

	overloads.TimestampToTimestamp: identity[time.Time],
	overloads.StringToTimestamp:    folded(unary(textToTime)),
	overloads.IntToTimestamp:       convert(secondsToTime),

	overloads.DurationToDuration: identity[time.Duration],
	overloads.StringToDuration:   parse("a duration", time.ParseDuration),
})

func identity[T any](b *build, args []ast.Expr) any { return b.node(args[0]) }

func convert[A, R any](op func(x A) (R, *failure)) builder {
	return unary(func(_ *Frame, x A) (R, *failure) { return op(x) })
}

// parse reads a value from text.
func parse[R any](what string, read func(s string) (R, error)) builder {
	return folded(unary(func(f *Frame, s string) (R, *failure) {
		var none R
		if !f.spend(textSteps + len(s)) {
			return none, overspent
		}
		v, err := read(s)
		if err != nil {
			f.spend(failSteps)
			return none, fail("%q is not %s", clip(s), what)
		}
		return v, nil
	}))
}

// folded does at load what a conversion of a literal does.
func folded(make builder) builder {
	return func(b *build, args []ast.Expr) any {
		out := make(b, args)
		if args[0].Kind() != ast.LiteralKind {
			return out
		}
		switch g := out.(type) {
		case fn[time.Time]:
			return fold(g)
		case fn[time.Duration]:
			return fold(g)
		}
		return out
	}
}

// fold is g's value, if it has one.
func fold[T any](g fn[T]) fn[T] {
	v, why := g(&Frame{steps: defaultCost})
	if why != nil {
		return g
	}
	return constant(v)
}

// written writes a value as text.
func written[A any](write func(x A) string) builder {
	return unary(func(f *Frame, x A) (string, *failure) {
		if !f.spend(textSteps) {
			return "", overspent
		}
		return write(x), nil
	})
}

func uintToInt(u uint64) (int64, *failure) {
	if u > math.MaxInt64 {
		return 0, overflow
	}
	return int64(u), nil
}

func intToUint(i int64) (uint64, *failure) {
	if i < 0 {
		return 0, overflow
	}
	return uint64(i), nil
}

// doubleToInt cuts off the fraction. The bounds are what a float64 can tell:
// -2^63 itself counts as outside, as in cel-go.
func doubleToInt(d float64) (int64, *failure) {
	if d > -(1<<63) && d < 1<<63 {
		return int64(d), nil
	}
	return 0, overflow
}

func doubleToUint(d float64) (uint64, *failure) {
	if d >= 0 && d < 1<<64 {
		return uint64(d), nil
	}
	return 0, overflow
}

func textToBytes(f *Frame, s string) ([]byte, *failure) {
	if !f.touch(len(s) * copyFactor) {
		return nil, overspent
	}
	return []byte(s), nil
}

func bytesToText(f *Frame, v []byte) (string, *failure) {
	if !f.touch(len(v) * runeFactor) {
		return "", overspent
	}
	if !utf8.Valid(v) {
		return "", fail("the bytes are no UTF-8 text")
	}
	return string(v), nil
}

func secondsToTime(s int64) (time.Time, *failure) {
	if s < minSeconds || s > maxSeconds {
		return time.Time{}, timeOverflow
	}
	return time.Unix(s, 0).UTC(), nil
}

// textToTime reads RFC 3339, and nothing looser: time.Parse takes a comma for
// the point, single digits and offsets of more than a day.
func textToTime(f *Frame, s string) (time.Time, *failure) {
	if !f.spend(textSteps + timeFactor*len(s)) {
		return time.Time{}, overspent
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || !strictTime.MatchString(s) {
		f.spend(failSteps)
		return time.Time{}, fail("%q is not a timestamp", clip(s))
	}
	if seconds := t.Unix(); seconds < minSeconds || seconds > maxSeconds {
		return time.Time{}, timeOverflow
	}
	return t, nil
}
