package condition

import (
	"regexp"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
)

// strictTime is RFC 3339 by the letter.
var strictTime = regexp.MustCompile(
	`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// The parts of a timestamp, counted as CEL counts: from 0, but for the year,
// the date and the clock.
var _ = register(map[string]builder{
	overloads.TimestampToYear:                      part(year),
	overloads.TimestampToYearWithTz:                partIn(year),
	overloads.TimestampToMonth:                     part(month),
	overloads.TimestampToMonthWithTz:               partIn(month),
	overloads.TimestampToDayOfYear:                 part(dayOfYear),
	overloads.TimestampToDayOfYearWithTz:           partIn(dayOfYear),
	overloads.TimestampToDayOfMonthZeroBased:       part(dayOfMonth),
	overloads.TimestampToDayOfMonthZeroBasedWithTz: partIn(dayOfMonth),
	overloads.TimestampToDayOfMonthOneBased:        part(date),
	overloads.TimestampToDayOfMonthOneBasedWithTz:  partIn(date),
	overloads.TimestampToDayOfWeek:                 part(dayOfWeek),
	overloads.TimestampToDayOfWeekWithTz:           partIn(dayOfWeek),
	overloads.TimestampToHours:                     part(hours),
	overloads.TimestampToHoursWithTz:               partIn(hours),
	overloads.TimestampToMinutes:                   part(minutes),
	overloads.TimestampToMinutesWithTz:             partIn(minutes),
	overloads.TimestampToSeconds:                   part(seconds),
	overloads.TimestampToSecondsWithTz:             partIn(seconds),
	overloads.TimestampToMilliseconds:              part(milliseconds),
	overloads.TimestampToMillisecondsWithTz:        partIn(milliseconds),

	overloads.DurationToHours:        convert(func(d time.Duration) (int64, *failure) { return int64(d.Hours()), nil }),
	overloads.DurationToMinutes:      convert(func(d time.Duration) (int64, *failure) { return int64(d.Minutes()), nil }),
	overloads.DurationToSeconds:      convert(func(d time.Duration) (int64, *failure) { return int64(d.Seconds()), nil }),
	overloads.DurationToMilliseconds: convert(func(d time.Duration) (int64, *failure) { return d.Milliseconds(), nil }),
})

func year(t time.Time) int         { return t.Year() }
func month(t time.Time) int        { return int(t.Month()) - 1 }
func dayOfYear(t time.Time) int    { return t.YearDay() - 1 }
func dayOfMonth(t time.Time) int   { return t.Day() - 1 }
func date(t time.Time) int         { return t.Day() }
func dayOfWeek(t time.Time) int    { return int(t.Weekday()) }
func hours(t time.Time) int        { return t.Hour() }
func minutes(t time.Time) int      { return t.Minute() }
func seconds(t time.Time) int      { return t.Second() }
func milliseconds(t time.Time) int { return t.Nanosecond() / int(time.Millisecond) }

// part is a part of a timestamp in UTC.
func part(of func(t time.Time) int) builder {
	return func(b *build, args []ast.Expr) any { return partAt(b, args[0], time.UTC, of) }
}

// partIn is a part of a timestamp in the time zone that the literal names.
func partIn(of func(t time.Time) int) builder {
	return func(b *build, args []ast.Expr) any {
		return partAt(b, args[0], b.zone(string(args[1].AsLiteral().(types.String))), of)
	}
}

// zone is the time zone that was found when the condition was read.
func (b *build) zone(name string) *time.Location {
	if zone := b.zones[name]; zone != nil {
		return zone
	}
	zone, err := location(name)
	if err != nil {
		panic(err)
	}
	return zone
}

func partAt(b *build, e ast.Expr, zone *time.Location, of func(t time.Time) int) any {
	return unary(func(f *Frame, t time.Time) (int64, *failure) {
		if !f.spend(timeSteps) {
			return 0, overspent
		}
		return int64(of(t.In(zone))), nil
	})(b, []ast.Expr{e})
}
