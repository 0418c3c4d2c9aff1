package condition

import (
	"errors"
	"math"
	"time"

	"github.com/google/cel-go/common/overloads"
)

// The failures of arithmetic.
var (
	overflow     = &failure{errors.New("a number overflows")}
	divideByZero = &failure{errors.New("something is divided by zero")}
	timeOverflow = &failure{errors.New("a timestamp is outside the years 1 to 9999")}
)

var _ = register(map[string]builder{
	overloads.AddInt64: integer(addInt[int64]), overloads.SubtractInt64: integer(subtractInt[int64]),
	overloads.MultiplyInt64: integer(multiplyInt), overloads.DivideInt64: integer(divideInt),
	overloads.ModuloInt64: integer(moduloInt),
	overloads.NegateInt64: unary(func(_ *Frame, x int64) (int64, *failure) { return subtractInt(0, x) }),

	overloads.AddUint64: integer(addUint), overloads.SubtractUint64: integer(subtractUint),
	overloads.MultiplyUint64: integer(multiplyUint), overloads.DivideUint64: integer(divideUint),
	overloads.ModuloUint64: integer(moduloUint),

	overloads.AddDouble:      double(func(x, y float64) float64 { return x + y }),
	overloads.SubtractDouble: double(func(x, y float64) float64 { return x - y }),
	overloads.MultiplyDouble: double(func(x, y float64) float64 { return x * y }),
	overloads.DivideDouble:   double(func(x, y float64) float64 { return x / y }),
	overloads.NegateDouble:   unary(func(_ *Frame, x float64) (float64, *failure) { return -x, nil }),

	overloads.AddDurationDuration:      integer(addInt[time.Duration]),
	overloads.SubtractDurationDuration: integer(subtractInt[time.Duration]),
	overloads.AddTimestampDuration: binary(func(_ *Frame, x time.Time, y time.Duration) (time.Time, *failure) {
		return addTime(x, y)
	}),
	overloads.AddDurationTimestamp: binary(func(_ *Frame, x time.Duration, y time.Time) (time.Time, *failure) {
		return addTime(y, x)
	}),
	overloads.SubtractTimestampDuration: binary(func(_ *Frame, x time.Time, y time.Duration) (time.Time, *failure) {
		if y == math.MinInt64 {
			return time.Time{}, overflow
		}
		return addTime(x, -y)
	}),
	overloads.SubtractTimestampTimestamp: binary(func(_ *Frame, x, y time.Time) (time.Duration, *failure) {
		return subtractTime(x, y)
	}),
})

func integer[T int64 | uint64 | time.Duration](op func(x, y T) (T, *failure)) builder {
	return binary(func(_ *Frame, x, y T) (T, *failure) { return op(x, y) })
}

func double(op func(x, y float64) float64) builder {
	return binary(func(_ *Frame, x, y float64) (float64, *failure) { return op(x, y), nil })
}

func addInt[T int64 | time.Duration](x, y T) (T, *failure) {
	if sum := x + y; (sum > x) == (y > 0) {
		return sum, nil
	}
	return 0, overflow
}

func subtractInt[T int64 | time.Duration](x, y T) (T, *failure) {
	if diff := x - y; (diff < x) == (y > 0) {
		return diff, nil
	}
	return 0, overflow
}

func multiplyInt(x, y int64) (int64, *failure) {
	if x == 0 || y == 0 {
		return 0, nil
	}
	product := x * y
	if product/y != x || x == -1 && y == math.MinInt64 || y == -1 && x == math.MinInt64 {
		return 0, overflow
	}
	return product, nil
}

func divideInt(x, y int64) (int64, *failure) {
	switch {
	case y == 0:
		return 0, divideByZero
	case x == math.MinInt64 && y == -1:
		return 0, overflow
	}
	return x / y, nil
}

func moduloInt(x, y int64) (int64, *failure) {
	switch {
	case y == 0:
		return 0, divideByZero
	case x == math.MinInt64 && y == -1:
		return 0, overflow
	}
	return x % y, nil
}

func addUint(x, y uint64) (uint64, *failure) {
	if x+y < x {
		return 0, overflow
	}
	return x + y, nil
}

func subtractUint(x, y uint64) (uint64, *failure) {
	if y > x {
		return 0, overflow
	}
	return x - y, nil
}

func multiplyUint(x, y uint64) (uint64, *failure) {
	if y != 0 && x > math.MaxUint64/y {
		return 0, overflow
	}
	return x * y, nil
}

func divideUint(x, y uint64) (uint64, *failure) {
	if y == 0 {
		return 0, divideByZero
	}
	return x / y, nil
}

func moduloUint(x, y uint64) (uint64, *failure) {
	if y == 0 {
		return 0, divideByZero
	}
	return x % y, nil
}

// The bounds of a timestamp, in seconds from 1970.
const (
	minSeconds = -62135596800
	maxSeconds = 253402300799
)

func addTime(x time.Time, y time.Duration) (time.Time, *failure) {
	sum := x.Add(y)
	if s := sum.Unix(); s < minSeconds || s > maxSeconds {
		return time.Time{}, timeOverflow
	}
	return sum, nil
}

// subtractTime is x - y, exactly. time.Time.Sub would go to its greatest value
// instead of overflowing.
func subtractTime(x, y time.Time) (time.Duration, *failure) {
	seconds, why := multiplyInt(x.Unix()-y.Unix(), int64(time.Second))
	if why != nil {
		return 0, why
	}
	return addInt(time.Duration(seconds), time.Duration(x.Nanosecond()-y.Nanosecond()))
}
