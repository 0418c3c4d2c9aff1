package condition

import (
	"slices"

	"github.com/google/cel-go/common/decls"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/stdlib"
	"github.com/google/cel-go/parser"
)

// admittedMacros are the macros of the language. There are no others.
var admittedMacros = []parser.Macro{
	parser.HasMacro, parser.AllMacro, parser.ExistsMacro, parser.ExistsOneMacro,
	parser.MapMacro, parser.MapFilterMacro, parser.FilterMacro,
}

// admittedOverloads are CEL's operators and functions that a condition may use,
// by the names of their overloads. What is not in this list does not exist:
// dyn() and type() above all, which would leave types open until run time, and
// the orderings of an int with a double, which would not go with an == that
// refuses them.
var admittedOverloads = slices.Concat(logicOverloads, orderOverloads, arithmeticOverloads, containerOverloads,
	textOverloads, conversionOverloads, timeOverloads)

var (
	logicOverloads = []string{
		overloads.Conditional, overloads.LogicalAnd, overloads.LogicalOr, overloads.LogicalNot,
		overloads.NotStrictlyFalse, overloads.Equals, overloads.NotEquals,
	}
	orderOverloads = []string{
		overloads.LessBool, overloads.LessInt64, overloads.LessUint64, overloads.LessDouble,
		overloads.LessString, overloads.LessBytes, overloads.LessTimestamp, overloads.LessDuration,
		overloads.LessEqualsBool, overloads.LessEqualsInt64, overloads.LessEqualsUint64, overloads.LessEqualsDouble,
		overloads.LessEqualsString, overloads.LessEqualsBytes, overloads.LessEqualsTimestamp,
		overloads.LessEqualsDuration,
		overloads.GreaterBool, overloads.GreaterInt64, overloads.GreaterUint64, overloads.GreaterDouble,
		overloads.GreaterString, overloads.GreaterBytes, overloads.GreaterTimestamp, overloads.GreaterDuration,
		overloads.GreaterEqualsBool, overloads.GreaterEqualsInt64, overloads.GreaterEqualsUint64,
		overloads.GreaterEqualsDouble, overloads.GreaterEqualsString, overloads.GreaterEqualsBytes,
		overloads.GreaterEqualsTimestamp, overloads.GreaterEqualsDuration,
	}
	arithmeticOverloads = []string{
		overloads.AddInt64, overloads.AddUint64, overloads.AddDouble, overloads.AddString, overloads.AddBytes,
		overloads.AddList, overloads.AddTimestampDuration, overloads.AddDurationTimestamp,
		overloads.AddDurationDuration,
		overloads.SubtractInt64, overloads.SubtractUint64, overloads.SubtractDouble,
		overloads.SubtractTimestampTimestamp, overloads.SubtractTimestampDuration,
		overloads.SubtractDurationDuration,
		overloads.MultiplyInt64, overloads.MultiplyUint64, overloads.MultiplyDouble,
		overloads.DivideInt64, overloads.DivideUint64, overloads.DivideDouble,
		overloads.ModuloInt64, overloads.ModuloUint64,
		overloads.NegateInt64, overloads.NegateDouble,
	}
	containerOverloads = []string{
		overloads.IndexList, overloads.IndexMap, overloads.InList, overloads.InMap,
		overloads.SizeString, overloads.SizeBytes, overloads.SizeList, overloads.SizeMap,
		overloads.SizeStringInst, overloads.SizeBytesInst, overloads.SizeListInst, overloads.SizeMapInst,
	}
	textOverloads = []string{
		overloads.ContainsString, overloads.EndsWithString, overloads.StartsWithString,
		overloads.Matches, overloads.MatchesString,
	}
	conversionOverloads = []string{
		overloads.IntToInt, overloads.UintToInt, overloads.DoubleToInt, overloads.StringToInt,
		overloads.TimestampToInt, overloads.DurationToInt,
		overloads.UintToUint, overloads.IntToUint, overloads.DoubleToUint, overloads.StringToUint,
		overloads.DoubleToDouble, overloads.IntToDouble, overloads.UintToDouble, overloads.StringToDouble,
		overloads.BoolToBool, overloads.StringToBool,
		overloads.BytesToBytes, overloads.StringToBytes,
		overloads.StringToString, overloads.BoolToString, overloads.IntToString, overloads.UintToString,
		overloads.DoubleToString, overloads.BytesToString, overloads.TimestampToString,
		overloads.DurationToString,
		overloads.TimestampToTimestamp, overloads.StringToTimestamp, overloads.IntToTimestamp,
		overloads.DurationToDuration, overloads.StringToDuration,
	}
	timeOverloads = []string{
		overloads.TimestampToYear, overloads.TimestampToYearWithTz,
		overloads.TimestampToMonth, overloads.TimestampToMonthWithTz,
		overloads.TimestampToDayOfYear, overloads.TimestampToDayOfYearWithTz,
		overloads.TimestampToDayOfMonthZeroBased, overloads.TimestampToDayOfMonthZeroBasedWithTz,
		overloads.TimestampToDayOfMonthOneBased, overloads.TimestampToDayOfMonthOneBasedWithTz,
		overloads.TimestampToDayOfWeek, overloads.TimestampToDayOfWeekWithTz,
		overloads.TimestampToHours, overloads.TimestampToHoursWithTz,
		overloads.TimestampToMinutes, overloads.TimestampToMinutesWithTz,
		overloads.TimestampToSeconds, overloads.TimestampToSecondsWithTz,
		overloads.TimestampToMilliseconds, overloads.TimestampToMillisecondsWithTz,
		overloads.DurationToHours, overloads.DurationToMinutes, overloads.DurationToSeconds,
		overloads.DurationToMilliseconds,
	}
)

// admittedFunctions are CEL's declarations cut down to admittedOverloads.
var admittedFunctions = admit()

// admittedByName finds a declaration by the function's name.
var admittedByName = func() map[string]*decls.FunctionDecl {
	byName := make(map[string]*decls.FunctionDecl, len(admittedFunctions))
	for _, f := range admittedFunctions {
		byName[f.Name()] = f
	}
	return byName
}()

func admit() []*decls.FunctionDecl {
	var out []*decls.FunctionDecl
	for _, f := range stdlib.Functions() {
		if f.IsDeclarationDisabled() {
			continue // an old name of what is admitted under its new name
		}
		if f = f.Subset(decls.IncludeOverloads(admittedOverloads...)); f != nil {
			out = append(out, f)
		}
	}
	return out
}

// isBuiltIn reports whether a function of CEL's own has the name, admitted or
// not.
func isBuiltIn(name string) bool {
	return admittedByName[name] != nil || refusals[name] != "" || macroForms[name] != ""
}

// refusals say what to write instead of functions of CEL that are not admitted.
var refusals = map[string]string{
	"dyn":  "dyn() is not admitted: every value here has a type",
	"type": "type() is not admitted: every value here has a type",
}

// nodeLimit is the parser's own bound on the size of a syntax tree: what passes
// it is not counted any further.
const nodeLimit = 100_000

// maxDepth is how deep the syntax of a condition can nest.
const maxDepth = 100

func newParser() (*parser.Parser, error) {
	return parser.NewParser(
		parser.Macros(admittedMacros...),
		parser.PopulateMacroCalls(true),
		parser.MaxExpressionNodeCount(nodeLimit),
		parser.MaxRecursionDepth(maxDepth),
		parser.ErrorRecoveryLimit(4),
		parser.ErrorReportingLimit(8),
		parser.ErrorRecoveryLookaheadTokenLimit(64),
		parser.EnableOptionalSyntax(false),
		parser.EnableIdentEscapeSyntax(false),
	)
}
