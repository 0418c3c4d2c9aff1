package condition

import (
	"math"
	"time"
)

// A slot holds the value of a variable, or of a field of a Record: a scalar
// unboxed, so that reading it follows no pointer and setting it allocates
// nothing. The zero slot is Absent.
type slot struct {
	// kind is the type of the scalar; noBase: there is only what is held.
	kind  baseKind
	nanos int32  // of a timestamp
	bits  uint64 // of a number, a bool, a duration; the seconds of a timestamp
	text  string
	// held is the value as it came, if it came boxed.
	held any
}

// become makes the slot what is given, field by field: to make another slot and copy
// it takes several times as long.
func (s *slot) become(kind baseKind, bits uint64, text string, held any) {
	s.kind, s.nanos, s.bits, s.text, s.held = kind, 0, bits, text, held
}

// laterBase is the kind of a field that nobody has looked at yet: only Record.slot
// sees it. bits has what its Source is told.
const laterBase baseKind = 0xff

// nothing is held where a value is nil.
type nothing struct{}

// set makes v the slot's value.
func (s *slot) set(v any) {
	*s = slot{held: v}
	switch v := v.(type) {
	case bool:
		s.kind, s.bits = boolBase, bitOf(v)
	case int64:
		s.kind, s.bits = intBase, uint64(v)
	case uint64:
		s.kind, s.bits = uintBase, v
	case float64:
		s.kind, s.bits = doubleBase, math.Float64bits(v)
	case string:
		s.kind, s.text = stringBase, v
	case time.Time:
		if v == timeOf(v.Unix(), int32(v.Nanosecond())) {
			s.kind, s.bits, s.nanos = timestampBase, uint64(v.Unix()), int32(v.Nanosecond())
		}
	case time.Duration:
		s.kind, s.bits = durationBase, uint64(v)
	case State:
		if v == Absent {
			s.held = nil
		}
	case *Record:
		if v == nil {
			s.held = nothing{}
		}
	case nil:
		s.held = nothing{}
	}
}

// isForeign reports whether v is, or has elements that are, Objects which are
// not ours: their code can panic.
func isForeign(v any) bool {
	switch v := v.(type) {
	case bool, int64, uint64, float64, string, []byte, time.Time, time.Duration, State, *textList, Invalid:
		return false
	case *Record:
		return v != nil && v.foreign
	case []any:
		return len(v) > 0 && isForeign(v[0])
	case map[string]any:
		for _, entry := range v {
			return isForeign(entry)
		}
		return false
	}
	return v != nil
}

func bitOf(v bool) uint64 {
	if v {
		return 1
	}
	return 0
}

// timeOf is the canonical timestamp of an instant.
func timeOf(seconds int64, nanos int32) time.Time { return time.Unix(seconds, int64(nanos)).UTC() }

func slotOfTime(t time.Time) slot {
	return slot{kind: timestampBase, bits: uint64(t.Unix()), nanos: int32(t.Nanosecond())}
}

// time is the timestamp that the slot holds.
func (s *slot) time() time.Time { return timeOf(int64(s.bits), s.nanos) }

// plain reports whether the slot holds a scalar or a list of strings: something
// that is there, and that value would have to box.
func (s *slot) plain() bool {
	if s.kind != noBase {
		return true
	}
	_, ok := s.held.(*textList)
	return ok
}

// value is what the slot was set to.
func (s *slot) value() any {
	switch v := s.held.(type) {
	case nil:
	case nothing:
		return nil
	case *textList:
		return v.boxed()
	default:
		return s.held
	}
	switch s.kind {
	case boolBase:
		return s.bits != 0
	case intBase:
		return int64(s.bits)
	case uintBase:
		return s.bits
	case doubleBase:
		return math.Float64frombits(s.bits)
	case stringBase:
		return s.text
	case timestampBase:
		return s.time()
	case durationBase:
		return time.Duration(s.bits)
	}
	return Absent
}

// unboxed is what the slot holds as a T.
func unboxed[T any](s *slot) (v T, ok bool) {
	switch v := any(&v).(type) {
	case *bool:
		*v, ok = s.bits != 0, s.kind == boolBase
	case *int64:
		*v, ok = int64(s.bits), s.kind == intBase
	case *uint64:
		*v, ok = s.bits, s.kind == uintBase
	case *float64:
		*v, ok = math.Float64frombits(s.bits), s.kind == doubleBase
	case *string:
		*v, ok = s.text, s.kind == stringBase
	case *time.Time:
		*v, ok = s.time(), s.kind == timestampBase
	case *time.Duration:
		*v, ok = time.Duration(s.bits), s.kind == durationBase
	case *T:
		*v, ok = s.held.(T)
	}
	return v, ok
}
