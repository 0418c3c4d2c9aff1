package roles

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// A Directory holds what an organisation's administrators decide: units,
// users, custom roles, bindings, assignments. It is safe for concurrent use:
// readers take a Snapshot and never wait, writers take turns. The zero Directory is
// empty, and refuses every change: see NewDirectory.
type Directory struct {
	schema  Schema
	options Options
	writing sync.Mutex // held by the one Update
	current atomic.Pointer[Snapshot]
	feed    feed
}

// Options are the settings of a Directory. A nil *Options means all defaults.
type Options struct {
	// Clock tells the time of a commit. It must be safe for concurrent use.
	// Default time.Now.
	Clock func() time.Time
	// SubscriberPanicked is told when a subscriber panics. It must not panic
	// itself. Default: the panic is logged with slog.Error.
	SubscriberPanicked func(*PanicError)
}

// A Guard decides whether somebody may make changes that lead from before to
// after. at is the time of the commit. Its error, or its panic, refuses them
// all. It must not call Update.
type Guard func(before, after *Snapshot, changes []Change, at time.Time) error

// NewDirectory makes a directory that has the schema's fixed roles and nothing
// else. Its error tells of every fixed role that cannot be.
func NewDirectory(s Schema, opts *Options) (*Directory, error) {
	if v := reflect.ValueOf(s); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, errors.New("roles: a directory needs a schema")
	}
	if s.Types() == nil {
		return nil, errors.New("roles: the schema has no types of resources: it is of a policy that nobody made")
	}
	d := &Directory{schema: s}
	if opts != nil {
		d.options = *opts
	}
	if d.options.Clock == nil {
		d.options.Clock = time.Now
	}
	if d.options.SubscriberPanicked == nil {
		d.options.SubscriberPanicked = logPanic
	}
	d.feed.panicked = d.options.SubscriberPanicked
	first, err := newSnapshot(s)
	if err != nil {
		return nil, err
	}
	d.current.Store(first)
	return d, nil
}

func logPanic(p *PanicError) {
	slog.LogAttrs(context.Background(), slog.LevelError, "a subscriber of a directory panicked",
		slog.Any("panic", p.Value), slog.String("stack", string(p.Stack)))
}

// newSnapshot returns the snapshot in which there are the fixed roles only.
func newSnapshot(s Schema) (*Snapshot, error) {
	first := &Snapshot{state: newState(), types: s.Types(), deepest: MaxInheritance}
	var faults []error
	todo := map[RoleID]Role{}
	for _, r := range s.Roles() {
		r = r.clone()
		r.Fixed, r.Unit = true, scope.Ref{}
		if err := scope.CheckID(string(r.ID)); err != nil {
			faults = append(faults, fmt.Errorf("fixed role %s: %w", show(r.ID), err))
		} else if _, ok := todo[r.ID]; ok {
			faults = append(faults, fmt.Errorf("fixed role %s: there are two", r.ID))
		} else {
			todo[r.ID] = r
			first.fixed = append(first.fixed, r.ID)
		}
	}
	for _, id := range first.fixed {
		if err := first.fix(id, todo, 0); err != nil {
			faults = append(faults, err)
		}
	}
	return first, errors.Join(faults...)
}

// fix puts a fixed role of todo into the snapshot, after those that it inherits;
// steps is how many led to it, which are more than all roles only in a cycle.
func (s *Snapshot) fix(id RoleID, todo map[RoleID]Role, steps int) error {
	if s.roles.Has(id) {
		return nil
	}
	r, ok := todo[id]
	if !ok {
		return fmt.Errorf("fixed role %s is inherited, and there is none", show(id))
	}
	if steps > len(todo) {
		return fmt.Errorf("fixed role %s is inherited in a cycle", id)
	}
	for _, inherited := range r.Inherits {
		if err := s.fix(inherited, todo, steps+1); err != nil {
			return err
		}
	}
	depths := s.depthsWith(r, map[RoleID]bool{id: true})
	s.deepest = max(s.deepest, depths[id])
	s.putRole(r, depths)
	return nil
}

// Schema returns what the directory was made for.
func (d *Directory) Schema() Schema { return d.schema }

// Snapshot returns the directory as it is now. It never waits.
func (d *Directory) Snapshot() *Snapshot {
	if s := d.current.Load(); s != nil {
		return s
	}
	return &Snapshot{} // nobody made the directory
}

// Update runs fn on a transaction over the directory, and then makes the
// changes of that transaction: all, or none. It checks them, and the schema's
// invariants, before anybody can see them; when it returns, every new Snapshot
// has them. by is who makes the changes. A transaction that changes nothing
// makes no commit: the returned Commit has no changes and the revision of the
// directory as it is.
//
// The error is a *Refusal with everything that is wrong. fn's error is in its
// chain, and so is a panic of fn, as a *PanicError.
//
// Updates wait for each other, so fn must not call Update; it must not keep the
// Tx.
func (d *Directory) Update(by string, fn func(*Tx) error) (Commit, error) {
	return d.UpdateGuarded(by, nil, fn)
}

// UpdateGuarded is Update for changes that by may not be allowed to make: the
// guard decides, after the changes are found to be possible and before the
// invariants are asked. A nil guard allows everything.
func (d *Directory) UpdateGuarded(by string, guard Guard, fn func(*Tx) error) (Commit, error) {
	defer d.feed.deliver() // when others can write again
	d.writing.Lock()
	defer d.writing.Unlock()
	after, commit, err := d.prepare(by, guard, fn)
	if err != nil || len(commit.Changes) == 0 {
		return commit, err
	}
	d.current.Store(after)
	d.feed.push(commit)
	return commit, nil
}

// DryRun returns what Update would, and changes nothing. It does not wait for
// anybody.
func (d *Directory) DryRun(by string, fn func(*Tx) error) (Commit, error) {
	return d.DryRunGuarded(by, nil, fn)
}

// DryRunGuarded returns what UpdateGuarded would, and changes nothing. It does
// not wait for anybody.
func (d *Directory) DryRunGuarded(by string, guard Guard, fn func(*Tx) error) (Commit, error) {
	_, commit, err := d.prepare(by, guard, fn)
	return commit, err
}

// prepare does all of UpdateGuarded but to publish the commit.
func (d *Directory) prepare(by string, guard Guard, fn func(*Tx) error) (after *Snapshot, commit Commit, err error) {
	if d.schema == nil {
		return nil, Commit{}, asRefusal(by, errors.New("the directory has no schema: make one with NewDirectory"))
	}
	tx := newTx(d.Snapshot(), by, d.schema)
	defer tx.end() // also if fn ends its goroutine
	if err := tx.refusal(protect(func() error { return fn(tx) })); err != nil {
		return nil, Commit{}, err
	}
	var warnings []*Violation
	var at time.Time
	after = tx.after()
	if err := protect(func() error {
		at = d.now()
		return d.check(tx, after, guard, at, &warnings)
	}); err != nil {
		return nil, Commit{}, asRefusal(by, err)
	}
	return after, Commit{
		Revision: after.revision, By: by, At: at, Changes: tx.changes, Warnings: warnings,
	}.clone(), nil
}

// check asks the guard and the schema about a finished transaction.
func (d *Directory) check(tx *Tx, after *Snapshot, guard Guard, at time.Time, warnings *[]*Violation) error {
	if len(tx.changes) == 0 {
		return nil
	}
	if guard != nil {
		if err := guard(tx.base, after, cloneChanges(tx.changes), at); err != nil {
			return err
		}
	}
	if faults := d.checkRoles(after, tx.changes); len(faults) > 0 {
		return refuse(tx.by, faults)
	}
	var faults []error
	for _, v := range d.schema.Validate(after, tx.changes, at) {
		if v.Severity == Warn {
			*warnings = append(*warnings, v)
		} else {
			faults = append(faults, v)
		}
	}
	return refuse(tx.by, faults)
}

// checkRoles asks the schema about the custom roles that changed, and about
// those that inherit them.
func (d *Directory) checkRoles(after *Snapshot, changes []Change) []error {
	var faults []error
	checked := map[RoleID]bool{}
	for _, c := range changes {
		changed, ok := c.After.(Role)
		if !ok || !after.roles.Has(changed.ID) {
			continue
		}
		for _, id := range after.seniors(changed.ID, checked) {
			r, _ := after.Role(id)
			for _, err := range d.schema.CheckRole(after, r) {
				message := oneLine(err)
				if id != changed.ID {
					message = fmt.Sprintf("role %s, which inherits it: %s", id, message)
				}
				faults = append(faults, invalidRole(c.Kind, changed, message, err))
			}
		}
	}
	return faults
}

// invalidRole is what the schema finds wrong with a role.
func invalidRole(kind ChangeKind, r Role, message string, cause error) *ChangeError {
	return &ChangeError{Kind: kind, Record: r, Code: ErrInvalid, message: message, cause: cause}
}

// now is the time by the directory's clock.
func (d *Directory) now() time.Time { return d.options.Clock().Round(0).UTC() }

// protect runs fn and returns its error, or its panic as one.
func protect(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return fn()
}

// asRefusal returns the error as a *Refusal, and nil for nil.
func asRefusal(by string, err error) error {
	if r, ok := err.(*Refusal); ok && r.of == nil || err == nil {
		return err
	}
	return refuse(by, []error{err})
}
