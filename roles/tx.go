package roles

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/bailiwick-authz/bailiwick/internal/persist"
	"github.com/bailiwick-authz/bailiwick/internal/suggest"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A Tx is a transaction: the changes of one Update. Each method is one change;
// one that cannot be made changes nothing, is remembered, and refuses the
// Update when its function returns, so that all that is wrong is reported at
// once and nothing can be overlooked.
//
// What replaces (ChangeUser, ChangeRole, SetUnitAttributes) undoes what others
// changed since its value was read: begin with what Snapshot has in the same
// Update.
//
// A Tx is valid until the function that it was given to returns. After that,
// its methods do nothing.
type Tx struct {
	by     string
	base   *Snapshot
	schema Schema
	// progress is told of steps. If it is not nil, changes are not kept.
	progress func(done int)

	mu      sync.Mutex
	over    bool
	state   state
	changes []Change
	steps   int     // how many there were: more than changes, if those are not kept
	attempt attempt // the one under way
	faults  []error // the first maxFaults
	omitted int     // how many more there were
}

func newTx(base *Snapshot, by string, schema Schema) *Tx {
	tx := &Tx{by: by, base: base, schema: schema, state: base.state}
	tx.state.edit = new(persist.Edit)
	return tx
}

// Schema returns what the directory knows of its policy.
func (tx *Tx) Schema() Schema { return tx.schema }

// Snapshot returns the directory as it is after the changes so far.
func (tx *Tx) Snapshot() *Snapshot {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	return tx.after()
}

// Err returns what was wrong so far: a *Refusal, or nil.
func (tx *Tx) Err() error {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if len(tx.faults) == 0 {
		return nil
	}
	return &Refusal{By: tx.by, Faults: slices.Clip(tx.faults), Omitted: tx.omitted, of: tx}
}

// after is Snapshot without the lock. The snapshot can be kept: later changes
// are made in another Edit.
func (tx *Tx) after() *Snapshot {
	tx.state.settle()
	s := tx.peek()
	tx.state.edit = new(persist.Edit)
	return s
}

// peek is after for a snapshot that is let go before the next change.
func (tx *Tx) peek() *Snapshot {
	s := &Snapshot{state: tx.state, types: tx.base.types, fixed: tx.base.fixed, deepest: tx.base.deepest, revision: tx.base.revision}
	s.edit = nil
	if tx.steps > 0 {
		s.revision++
	}
	return s
}

// end makes all later calls do nothing. It returns the faults up to then, and
// how many more there were.
func (tx *Tx) end() (faults []error, omitted int) {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.over = true
	return slices.Clip(tx.faults), tx.omitted
}

// refusal ends the transaction and returns why it is refused: by the error of
// its function, and by its own faults. It is nil if it is not.
func (tx *Tx) refusal(err error) error {
	faults, omitted := tx.end()
	var own *Refusal
	switch {
	case err == nil:
	case errors.As(err, &own) && own.of == tx: // the function returned what Err told it
		if err != error(own) {
			faults = append([]error{err}, faults[len(own.Faults):]...)
		}
	default:
		faults = append([]error{err}, faults...)
	}
	refused := refuse(tx.by, faults)
	if r, ok := refused.(*Refusal); ok {
		r.Omitted += omitted
	}
	return refused
}

// An attempt is one call of a method that changes: it collects what is wrong
// with it.
type attempt struct {
	*Tx
	kind   ChangeKind
	record Record
	failed bool
}

// try makes one change: do checks it, and then, unless it failed, makes and
// records it.
func (tx *Tx) try(kind ChangeKind, record Record, do func(a *attempt)) {
	if done := tx.locked(kind, record, do); done > 0 {
		tx.progress(done) // without the lock: it is not our code
	}
}

// locked is try, but for the progress, which it returns if it is to be told.
func (tx *Tx) locked(kind ChangeKind, record Record, do func(a *attempt)) (done int) {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	before, a := tx.steps, &tx.attempt
	*a = attempt{Tx: tx, kind: kind, record: record}
	if !tx.over {
		do(a)
	} else if len(tx.faults) == 0 || !errors.Is(tx.faults[len(tx.faults)-1], ErrOver) {
		a.fault(ErrOver, "%v", ErrOver)
	}
	if tx.progress != nil && tx.steps/progressEvery > before/progressEvery {
		return tx.steps
	}
	return 0
}

// fault remembers that the change cannot be made.
func (a *attempt) fault(code error, format string, args ...any) {
	a.failed = true
	if a.full() {
		a.omitted++
		return
	}
	a.faults = append(a.faults, &ChangeError{Kind: a.kind, Record: a.record, Code: code, message: fmt.Sprintf(format, args...)})
}

// full reports whether faults are counted only.
func (tx *Tx) full() bool { return len(tx.faults) >= maxFaults }

// did records a step.
func (tx *Tx) did(kind ChangeKind, before, after Record) {
	if tx.steps++; tx.progress == nil {
		tx.changes = append(tx.changes, Change{kind, before, after})
	}
}

// hintAmong is how many names a wrong one is compared with, at most.
const hintAmong = 1000

// hint returns ` (did you mean "…"?)`, or "" where no name is near, or too many
// would have to be looked at.
func hint[K any](tx *Tx, name string, known int, names iter.Seq[K], text func(K) string) string {
	if known > hintAmong || tx.full() {
		return ""
	}
	candidates := make([]string, 0, known)
	for n := range names {
		candidates = append(candidates, text(n))
	}
	return suggest.Hint(name, candidates)
}

func (a *attempt) unknownUnit(unit scope.Ref) {
	if unit.IsZero() {
		a.fault(ErrUnknown, "no unit is named: want one as in scope.NewRef(\"school\", \"s1\"), or scope.Root()")
		return
	}
	a.fault(ErrUnknown, "unknown unit %s%s", showRef(unit),
		hint(a.Tx, unit.String(), a.state.units.len(), a.state.units.all(), scope.Ref.String))
}

// account returns the account of a user, and remembers the fault if there is
// no such user.
func (a *attempt) account(id UserID) (*Account, bool) {
	account := a.state.accounts.Get(id)
	if account == nil {
		a.fault(ErrUnknown, "unknown user %s%s", show(id),
			hint(a.Tx, string(id), a.state.accounts.Len(), a.state.accounts.Keys(), func(u UserID) string { return string(u) }))
	}
	return account, account != nil
}

// role returns a role, and remembers the fault if there is none.
func (a *attempt) role(id RoleID) (*roleEntry, bool) {
	e, ok := a.state.roles.Get(id)
	if !ok {
		a.fault(ErrUnknown, "unknown role %s%s", show(id),
			hint(a.Tx, string(id), a.state.roles.Len(), a.state.roles.Keys(), func(r RoleID) string { return string(r) }))
	}
	return e, ok
}

// attributes checks attributes and returns them as a snapshot keeps them.
func (a *attempt) attributes(types *scope.AttributeTypes, given scope.Map) *scope.Values {
	if len(given) == 0 {
		return nil
	}
	values, err := types.Check(given)
	if err != nil {
		a.fault(ErrInvalid, "%s", oneLine(err))
		return nil
	}
	return values
}

// id checks the id of something new.
func (a *attempt) id(id string) {
	if why := whyInvalid("id", id); why != "" {
		a.fault(ErrInvalidID, "%s", why)
	}
}
