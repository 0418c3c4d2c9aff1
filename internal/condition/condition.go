package condition

import "errors"

// An Outcome is what a condition comes to. The zero Outcome is Error: a
// condition that nobody evaluated is never true.
type Outcome uint8

const (
	// Error: the condition has no value, because an attribute that it needs is
	// absent, a number overflows, or a bound was passed. It never allows.
	Error Outcome = iota
	// False: the condition does not hold.
	False
	// True: the condition holds.
	True
	// Unknown: it depends on something given as Unknown.
	Unknown
)

// A State stands where a value would, for a value that is not there.
type State uint8

const (
	// Absent is the value of a field that is not there. Reading it is an
	// error; has() of it is false.
	Absent State = iota + 1
	// Pending is the value of a field, variable or function result that is not
	// known yet. What depends on it is Unknown; has() of it is too.
	Pending
)

// An Invalid is the value of a field that is there, and whose value cannot be used
// (see OutOfRange). Reading it is an error; has() of it is true.
type Invalid struct{ Err error }

// An Object is a value with fields: user, resource and the like.
//
// Field returns the canonical value of a field that the object's type declares
// (see Type.Normalize), an Object, an Invalid, or the State Absent or Pending. It
// must be cheap, and safe for concurrent use.
type Object interface {
	Field(name string) any
}

// Limits bound what one condition may cost. A zero field means its default.
type Limits struct {
	// Bytes is the greatest length of a condition's text. Default 4096.
	Bytes int
	// Nodes is the greatest number of nodes in its syntax tree. Default 500.
	Nodes int
	// Cost bounds the steps of one evaluation; past it the outcome is Error. A
	// step is at most some 10 ns: an element of a list looked at, a node of a
	// loop's body, 64 bytes of text compared, a fraction of a byte of it matched
	// against a pattern. Default 100 000: at most a millisecond on a machine that
	// does nothing else, whatever the condition and the input.
	Cost uint64
}

// ErrCost is in the chain of an evaluation's error that passed Limits.Cost.
var ErrCost = errors.New("the condition costs too much")

// An ObjectType declares the fields of objects. Every field may be Absent in
// an object.
type ObjectType struct {
	Name   string
	Fields map[string]Type
	// Shape, if not nil, is one of exactly these Fields. Otherwise the Env makes
	// its own.
	Shape *Shape
}

// A Variable declares a name that conditions can use, and its type.
type Variable struct {
	Name string
	Type Type
}

// A Function declares a function that conditions can call, as name(args…).
// Several Functions can share a name if their parameters differ in number or
// types.
type Function struct {
	Name   string
	Params []Type
	Result Type
	// Literals, if not nil, adds one last parameter, which must be written as a
	// string literal that is a key of the map; the value is the call's result
	// type (and Result is not used). units("school") is a list of schools that
	// way, and a role's name is checked when the policy is loaded.
	Literals map[string]Type
	// LiteralKind says what the literals name ("role"), for messages.
	LiteralKind string
	// Steps is what a call is reckoned at, at least 20: see Limits.Cost.
	Steps int
	// Call computes the result from the evaluation's world (Input.World) and
	// the canonical arguments, the literal last. It may return Pending. It must
	// not keep or change args.
	Call func(world any, args []any) (any, error)
}

// A Fault is one thing wrong with a condition's text. Line and Column count
// from 1, columns in runes.
type Fault struct {
	Line, Column int
	Message      string
	// Missing is whether an object has no field of that name; Hinted, whether the
	// message then says what was meant.
	Missing, Hinted bool
}

// An Input is what one evaluation looks at.
type Input struct {
	// Vars holds the variables' values in the order of their declaration:
	// canonical values, Objects, or Pending.
	Vars []any
	// Failing, if not nil, is told of each element of a list for which the body
	// of an all() is false, when it is: a loop within another before that.
	Failing func(element any)
	// World is handed to every function that the condition calls.
	World any
}
