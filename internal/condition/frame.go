package condition

import (
	"errors"
	"fmt"
	"time"
)

// A Frame is what evaluations run in. One Frame evaluates any number of
// programs, one after the other, without allocating; Program.Eval takes one
// from a pool instead. The zero Frame is ready to use. A Frame is not safe for
// concurrent use.
type Frame struct {
	// records has those of the variables that are Records; what vars and objects
	// hold in their places says nothing.
	records []*Record
	vars    []slot
	// objects are the other variables that are objects.
	objects []Object
	// boxed is whether a variable was put, and not set to a Record or a time.
	boxed bool
	// foreign is whether evaluating calls code that is not ours, but for that of
	// functions.
	foreign bool
	world   any
	failing func(element any)
	// steps is what is left of Limits.Cost. Below zero the evaluation is over,
	// whatever it still comes to.
	steps  int64
	locals [maxLoops]local
	// args is where the calls of functions, one within the other, lay out their
	// arguments.
	args []any
}

// A local is the variable of a loop, and what the loop goes through.
type local struct {
	// value is the element of a list, or the key of a map that has no strings
	// for keys, and list all of them.
	value any
	list  []any
	// texts, if not nil, are the elements of a list of strings; key is the
	// element then.
	texts textList
	// key is the key of a map whose keys are strings, and keys all of them,
	// sorted.
	key  string
	keys []string
}

// Set makes in what the next programs look at, until it is set again.
func (f *Frame) Set(in Input) {
	f.Start(len(in.Vars), in.World)
	f.failing = in.Failing
	for i, v := range in.Vars {
		f.put(i, v)
	}
}

// put makes v the i-th variable.
func (f *Frame) put(i int, v any) {
	if r, ok := v.(*Record); ok && r != nil {
		f.SetRecord(i, r)
		return
	}
	f.boxed, f.records[i], f.objects[i] = true, nil, nil
	f.vars[i].set(v)
	if f.vars[i].kind == noBase {
		f.objects[i], _ = f.vars[i].held.(Object)
		f.foreign = f.foreign || isForeign(v)
	}
}

// Start is Set for those who then set each of the n variables: it makes them
// Absent.
func (f *Frame) Start(n int, world any) {
	if cap(f.vars) < n {
		f.records, f.vars, f.objects = make([]*Record, n), make([]slot, n), make([]Object, n)
	}
	f.empty()
	f.records, f.vars, f.objects = f.records[:n], f.vars[:n], f.objects[:n]
	f.foreign, f.world, f.failing = false, world, nil
}

// empty makes the variables Absent. There is little to clear unless some were put.
func (f *Frame) empty() {
	for i := range f.records {
		f.records[i] = nil
		f.vars[i].kind = noBase
	}
	if f.boxed {
		clear(f.vars)
		clear(f.objects)
		f.boxed = false
	}
}

// SetRecord makes r, which is not nil, the i-th variable.
func (f *Frame) SetRecord(i int, r *Record) {
	f.records[i] = r
	f.foreign = f.foreign || r.foreign
}

// SetTime makes the instant t the i-th variable, which was Absent or an instant.
func (f *Frame) SetTime(i int, t time.Time) { f.vars[i] = slotOfTime(t) }

// object is the i-th variable, if that is an object.
func (f *Frame) object(i int) Object {
	if r := f.records[i]; r != nil {
		return r
	}
	return f.objects[i]
}

// pooledKeys is the greatest room for keys that a Frame keeps in the pool.
const pooledKeys = 256

// clear drops what the Frame refers to after programs with no more loops, one
// in the other, than the number given, so that a pool does not keep it.
func (f *Frame) clear(loops int) {
	f.empty()
	f.world, f.failing = nil, nil
	for i := range f.locals[:loops] {
		l := &f.locals[i]
		if cap(l.keys) > pooledKeys {
			l.keys = nil
		}
		clear(l.keys[:cap(l.keys)])
		*l = local{keys: l.keys[:0]}
	}
	clear(f.args[:cap(f.args)])
	f.args = f.args[:0]
}

// A fn computes a value of one type, or says why there is none.
type fn[T any] func(f *Frame) (T, *failure)

// A failure is why an expression has no value: an error, or unknown.
type failure struct{ err error }

// unknown is the failure of what depends on something Pending.
var unknown = &failure{errors.New("it depends on something unknown")}

// overspent is the failure of what costs too much.
var overspent = &failure{ErrCost}

func fail(format string, args ...any) *failure { return &failure{fmt.Errorf(format, args...)} }

// strictly is the failure of an operation on two operands of which at least one
// failed: an error if there is one, because every completion of an unknown
// operand leaves it one.
func strictly(a, b *failure) *failure {
	if a == nil || a == unknown && b != nil {
		return b
	}
	return a
}

// logically is the failure of && or || whose operands do not decide: unknown if
// there is one, because a completion of it may decide.
func logically(a, b *failure) *failure {
	if a == nil || b == unknown {
		return b
	}
	return a
}

// constant is a fn of a value that is known at load.
func constant[T any](v T) fn[T] {
	return func(*Frame) (T, *failure) { return v, nil }
}

// A place is where a value is read, for the words of what goes wrong there.
type place struct {
	name, want     string
	absent, vacant *failure
}

func newPlace(name string) *place {
	return &place{name: name, absent: fail("%s is absent", name), vacant: fail("%s is nil", name)}
}

// wrong is the failure to read v, which is not what the place wants.
func (p *place) wrong(v any) *failure {
	switch v := v.(type) {
	case State:
		if v == Pending {
			return unknown
		}
		return p.absent
	case Invalid:
		return fail("%s: %v", p.name, v.Err)
	case nil:
		return p.vacant
	}
	return fail("%s is %T, not %s", p.name, v, p.want)
}
