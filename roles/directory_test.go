package roles_test

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// addCat is a change that can be made in newWorld.
func addCat(tx *roles.Tx) error {
	tx.AddUser(roles.User{ID: "cat"})
	return nil
}

func TestACommitIsNumberedAndSigned(t *testing.T) {
	d := newDirectory(t, newSchema(t))
	require.Zero(t, d.Snapshot().Revision())
	for i := range 3 {
		c, err := d.Update("eve", func(tx *roles.Tx) error {
			tx.AddUser(roles.User{ID: roles.UserID(fmt.Sprint(i))})
			require.Equal(t, uint64(i+1), tx.Snapshot().Revision(), "what it will be")
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, uint64(i+1), c.Revision)
		require.Equal(t, "eve", c.By)
		require.Equal(t, start, c.At)
		require.Equal(t, c.Revision, d.Snapshot().Revision())
	}
}

func TestAChangeTellsWhatWasAndWhatIs(t *testing.T) {
	d := newOffice(t)
	c := must(t, d, func(tx *roles.Tx) {
		tx.SetUnitAttributes(leeds, scope.Map{"warnings": 1})
		tx.ChangeUser(roles.User{ID: "ann", Inactive: true})
		tx.ChangeRole(roles.Role{ID: "head", Unit: leeds})
		tx.Unbind("ann", "nurse", s1)
	})
	require.Equal(t, []roles.Change{
		{Kind: roles.UnitChanged, Before: roles.Unit{Ref: leeds, Parent: scope.Root()},
			After: roles.Unit{Ref: leeds, Parent: scope.Root(), Attributes: scope.Map{"warnings": int64(1)}}},
		{Kind: roles.UserChanged, Before: roles.User{ID: "ann", Unit: leeds}, After: roles.User{ID: "ann", Inactive: true}},
		{Kind: roles.RoleChanged, Before: roles.Role{ID: "head", Unit: leeds, Inherits: []roles.RoleID{"nurse"}},
			After: roles.Role{ID: "head", Unit: leeds}},
		{Kind: roles.Unbound, Before: roles.Binding{User: "ann", Role: "nurse", Unit: s1}},
	}, c.Changes)
}

// TestAFunctionThatFailsChangesNothing, whatever it did before and however it
// fails, and its error is in the chain of Update's.
func TestAFunctionThatFailsChangesNothing(t *testing.T) {
	d := newWorld(t)
	mine := errors.New("no connection")
	for name, fail := range map[string]func(tx *roles.Tx) error{
		"error":           func(*roles.Tx) error { return mine },
		"wrapped":         func(*roles.Tx) error { return fmt.Errorf("reading: %w", mine) },
		"panic":           func(*roles.Tx) error { panic(mine) },
		"error and fault": func(tx *roles.Tx) error { tx.AddUser(roles.User{ID: "ann"}); return mine },
	} {
		text := refused(t, d, mine, func(tx *roles.Tx) {
			_ = addCat(tx)
			if err := fail(tx); err != nil {
				panic(err)
			}
		})
		require.Contains(t, text, "no connection", name)
		_, err := d.Update("test", func(tx *roles.Tx) error { _ = addCat(tx); return fail(tx) })
		require.ErrorIs(t, err, mine, name)
		require.False(t, d.Snapshot().Revision() != 1, name)
	}
	_, err := d.Update("test", addCat)
	require.NoError(t, err, "and the next can write")
}

func TestAPanicIsAnErrorWithItsValueAndPlace(t *testing.T) {
	d := newWorld(t)
	_, err := d.Update("test", func(*roles.Tx) error { panic(42) })
	var p *roles.PanicError
	require.ErrorAs(t, err, &p)
	require.Equal(t, 42, p.Value)
	require.Contains(t, string(p.Stack), "TestAPanicIsAnErrorWithItsValueAndPlace")
	require.EqualError(t, err, "panic: 42")
	_, err = d.Update("test", nil)
	require.ErrorAs(t, err, &p, "no function at all")
}

// TestAFunctionThatEndsItsGoroutineChangesNothing, and leaves no lock behind.
func TestAFunctionThatEndsItsGoroutineChangesNothing(t *testing.T) {
	d := newWorld(t)
	before := d.Snapshot()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = d.Update("test", func(tx *roles.Tx) error {
			_ = addCat(tx)
			runtime.Goexit()
			return nil
		})
	}()
	<-done
	require.Same(t, before, d.Snapshot())
	_, err := d.Update("test", addCat)
	require.NoError(t, err)
}

// TestErrIsNotSaidTwice: who returns what Tx.Err says refuses with the same
// faults as who does not.
func TestErrIsNotSaidTwice(t *testing.T) {
	d := newWorld(t)
	wrong := func(tx *roles.Tx) { tx.RemoveUser("x"); tx.RemoveRole("x") }
	plain := refused(t, d, roles.ErrUnknown, wrong)
	_, err := d.Update("test", func(tx *roles.Tx) error { wrong(tx); return tx.Err() })
	require.EqualError(t, err, plain)
	_, err = d.Update("test", func(tx *roles.Tx) error {
		tx.RemoveUser("x")
		early := tx.Err()
		tx.RemoveRole("x")
		return fmt.Errorf("line 3: %w", early)
	})
	require.EqualError(t, err, "line 3: "+plain)
}

// TestATransactionThatIsOverDoesNothing, and does not panic, in whatever
// goroutine it is used, however often.
func TestATransactionThatIsOverDoesNothing(t *testing.T) {
	d := newWorld(t)
	var kept *roles.Tx
	must(t, d, func(tx *roles.Tx) { kept = tx; tx.AddUser(roles.User{ID: "cat"}) })
	before, text := d.Snapshot(), contents(d.Snapshot())
	require.NoError(t, kept.Err())
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 100 {
				kept.RemoveUser("cat")
				kept.AddUnit(scope.NewRef("school", "s9"), leeds)
				kept.Bind("ann", "reader", s1)
				_ = kept.Err()
			}
		})
	}
	wait.Wait()
	require.ErrorIs(t, kept.Err(), roles.ErrOver)
	require.EqualError(t, kept.Err(), "remove_user cat: the transaction is over", "said once")
	require.Same(t, before, d.Snapshot())
	require.Equal(t, text, contents(d.Snapshot()))
	require.Equal(t, text, contents(kept.Snapshot()))
}

// TestATransactionThatIsOverWhileOthersUseIt is not torn: what they did is in
// it as a whole or not at all.
func TestATransactionThatIsOverWhileOthersUseIt(t *testing.T) {
	d := newWorld(t)
	var wait sync.WaitGroup
	c := must(t, d, func(tx *roles.Tx) {
		for i := range 8 {
			wait.Go(func() {
				for j := range 50 {
					tx.AddUser(roles.User{ID: roles.UserID(fmt.Sprint(i, "-", j))})
				}
			})
		}
	})
	wait.Wait()
	require.Len(t, d.Snapshot().Users(), 2+len(c.Changes))
}

func TestADryRunWritesNothingAndWaitsForNobody(t *testing.T) {
	d := newWorld(t)
	must(t, d, func(*roles.Tx) {
		before := d.Snapshot()
		c, err := d.DryRun("eve", addCat) // in an Update: with the lock it would wait for ever
		require.NoError(t, err)
		require.Equal(t, before.Revision()+1, c.Revision)
		require.Equal(t, []string{"add_user cat"}, steps(c))
		require.Same(t, before, d.Snapshot())
	})
}

// TestTheOrderOfQuestions: first whether the changes can be, then whether they
// may, then whether custom roles are right, then the invariants. The first that
// refuses ends it.
func TestTheOrderOfQuestions(t *testing.T) {
	s := newSchema(t)
	d := newWorldOf(t, s)
	broken := &roles.Violation{Invariant: "one nurse", Kind: "authority", Subject: "leeds", Fact: "nobody holds nurse"}
	var asked []string
	refusing := ""
	ask := func(what string) bool {
		asked = append(asked, what)
		return what == refusing
	}
	s.checkRole = func(in *roles.Snapshot, r roles.Role) []error {
		known, ok := in.Role(r.ID)
		require.True(t, ok)
		require.Equal(t, known, r)
		if ask("role") {
			return []error{errors.New("unknown scope all\nunknown action x")}
		}
		return nil
	}
	s.validate = func(after *roles.Snapshot, changes []roles.Change, at time.Time) []*roles.Violation {
		require.Equal(t, start, at)
		require.Equal(t, []string{"add_role nurse"}, steps(roles.Commit{Changes: changes}))
		require.Equal(t, uint64(2), after.Revision())
		soft := &roles.Violation{Invariant: "soft", Severity: roles.Warn, Kind: "user", Subject: "ann"}
		if ask("invariants") {
			return []*roles.Violation{soft, broken}
		}
		return []*roles.Violation{soft}
	}
	guard := func(before, after *roles.Snapshot, changes []roles.Change, at time.Time) error {
		require.Same(t, d.Snapshot(), before)
		require.Equal(t, before.Revision()+1, after.Revision())
		require.Equal(t, []string{"add_role nurse"}, steps(roles.Commit{Changes: changes}))
		require.Equal(t, start, at)
		if ask("guard") {
			return errForbidden
		}
		return nil
	}
	for _, c := range []struct{ refusing, asked, text string }{
		{"changes", "[]", "remove_user dan: unknown user dan"},
		{"guard", "[guard]", "forbidden"},
		{"role", "[guard role]", "add_role nurse: unknown scope all; unknown action x"},
		{"invariants", "[guard role invariants]", broken.Error()},
		{"", "[guard role invariants]", "<nil>"},
	} {
		for _, run := range []func(string, roles.Guard, func(*roles.Tx) error) (roles.Commit, error){d.DryRunGuarded, d.UpdateGuarded} {
			asked, refusing = nil, c.refusing
			commit, err := run("test", guard, func(tx *roles.Tx) error {
				tx.AddRole(roles.Role{ID: "nurse", Unit: leeds})
				if c.refusing == "changes" {
					tx.RemoveUser("dan")
				}
				return nil
			})
			require.Equal(t, c.text, fmt.Sprint(err))
			require.Equal(t, c.asked, fmt.Sprint(asked), "asked, with %q refusing", c.refusing)
			if err == nil {
				require.Len(t, commit.Warnings, 1)
				require.Equal(t, "soft", commit.Warnings[0].Invariant)
			}
		}
	}
	require.Equal(t, uint64(2), d.Snapshot().Revision())
}

var errForbidden = errors.New("forbidden")

func TestARefusalSaysWhatKindItIs(t *testing.T) {
	s := newSchema(t)
	d := newWorldOf(t, s)
	s.validate = func(*roles.Snapshot, []roles.Change, time.Time) []*roles.Violation {
		return []*roles.Violation{{Invariant: "first"}, {Invariant: "second"}}
	}
	_, err := d.Update("eve", addCat)
	var r *roles.Refusal
	require.ErrorAs(t, err, &r)
	require.Equal(t, "eve", r.By)
	require.Len(t, r.Faults, 2, "every broken invariant")
	var v *roles.Violation
	require.ErrorAs(t, err, &v)
	require.Equal(t, "first", v.Invariant)
	_, err = d.Update("eve", func(tx *roles.Tx) error { tx.RemoveUser("dan"); return nil })
	var ce *roles.ChangeError
	require.ErrorAs(t, err, &ce)
	require.Equal(t, roles.UserRemoved, ce.Kind)
	require.Equal(t, roles.User{ID: "dan"}, ce.Record)
	require.Equal(t, roles.ErrUnknown, ce.Code)
	require.Equal(t, "unknown user dan", ce.Message())
	_, err = d.UpdateGuarded("eve", func(_, _ *roles.Snapshot, _ []roles.Change, _ time.Time) error { return errForbidden }, addCat)
	require.ErrorIs(t, err, errForbidden)
	require.ErrorAs(t, err, &r)
}

// TestWhatIsAskedForNothing: who changes nothing needs no leave.
func TestNobodyIsAskedAboutNoChange(t *testing.T) {
	d := newWorld(t)
	deny := func(_, _ *roles.Snapshot, _ []roles.Change, _ time.Time) error { return errForbidden }
	_, err := d.UpdateGuarded("eve", deny, func(*roles.Tx) error { return nil })
	require.NoError(t, err)
}

// TestAPanicOfTheGuardOrTheSchemaRefuses: it never allows.
func TestAPanicOfTheGuardOrTheSchemaRefuses(t *testing.T) {
	s := newSchema(t)
	d := newWorldOf(t, s)
	before := d.Snapshot()
	addRole := func(tx *roles.Tx) error { tx.AddRole(roles.Role{ID: "nurse", Unit: leeds}); return nil }
	guard := func(_, _ *roles.Snapshot, _ []roles.Change, _ time.Time) error { panic("guard") }
	_, err := d.UpdateGuarded("eve", guard, addRole)
	require.EqualError(t, err, "panic: guard")
	s.validate = func(*roles.Snapshot, []roles.Change, time.Time) []*roles.Violation { panic("invariants") }
	_, err = d.Update("eve", addRole)
	require.EqualError(t, err, "panic: invariants")
	s.checkRole = func(*roles.Snapshot, roles.Role) []error { panic("role") }
	_, err = d.Update("eve", addRole)
	require.EqualError(t, err, "panic: role")
	var p *roles.PanicError
	require.ErrorAs(t, err, &p)
	require.Same(t, before, d.Snapshot())
}

// TestARoleIsCheckedWithAllThatInheritIt: what is right with them can depend
// on it.
func TestARoleIsCheckedWithAllThatInheritIt(t *testing.T) {
	s := newSchema(t)
	d := newWorldOf(t, s)
	must(t, d, func(tx *roles.Tx) {
		for _, id := range []roles.RoleID{"nurse", "head", "chief", "clerk"} {
			tx.AddRole(roles.Role{ID: id, Unit: leeds})
		}
		tx.ChangeRole(roles.Role{ID: "head", Unit: leeds, Inherits: []roles.RoleID{"nurse"}})
		tx.ChangeRole(roles.Role{ID: "chief", Unit: leeds, Inherits: []roles.RoleID{"head"}})
	})
	var checked []roles.RoleID
	s.checkRole = func(_ *roles.Snapshot, r roles.Role) []error {
		checked = append(checked, r.ID)
		return map[roles.RoleID][]error{"chief": {errors.New("needs x.view")}}[r.ID]
	}
	require.Equal(t, "change_role nurse: role chief, which inherits it: needs x.view", refused(t, d, roles.ErrInvalid, func(tx *roles.Tx) {
		tx.ChangeRole(roles.Role{ID: "nurse", Unit: leeds, Inherits: []roles.RoleID{"reader"}})
	}))
	require.Equal(t, []roles.RoleID{"nurse", "chief", "head"}, checked[:3], "each once")
	require.Len(t, checked, 6, "in the dry run as in the update")
	checked = nil
	must(t, d, func(tx *roles.Tx) {
		tx.RemoveRole("clerk")
		tx.Bind("ann", "nurse", s1)
		tx.AddRole(roles.Role{ID: "guard", Unit: leeds})
		tx.RemoveRole("guard")
	})
	require.Empty(t, checked, "no other change touches what a role is, and who is gone again is no role")
}

// TestTwoCannotBreakTogetherWhatNeitherBreaksAlone (T-36, T-37): two
// administrators who each take the role from the other at the same time.
func TestTwoCannotBreakTogetherWhatNeitherBreaksAlone(t *testing.T) {
	s := newSchema(t)
	d := newWorldOf(t, s)
	must(t, d, func(tx *roles.Tx) { tx.Bind("ann", "auditor", leeds); tx.Bind("bob", "auditor", leeds) })
	s.validate = func(after *roles.Snapshot, _ []roles.Change, _ time.Time) []*roles.Violation {
		if len(after.HoldersAt("auditor", leeds)) == 0 {
			return []*roles.Violation{{Invariant: "an auditor"}}
		}
		return nil
	}
	for range 50 {
		var wait sync.WaitGroup
		errs := make([]error, 2)
		for i, user := range []roles.UserID{"ann", "bob"} {
			wait.Go(func() {
				_, errs[i] = d.Update("test", func(tx *roles.Tx) error { tx.Unbind(user, "auditor", leeds); return nil })
			})
		}
		wait.Wait()
		left := d.Snapshot().HoldersAt("auditor", leeds)
		require.Len(t, left, 1)
		require.True(t, (errs[0] == nil) != (errs[1] == nil), "%v", errs)
		must(t, d, func(tx *roles.Tx) {
			for _, user := range []roles.UserID{"ann", "bob"} {
				if user != left[0].User {
					tx.Bind(user, "auditor", leeds)
				}
			}
		})
	}
}

// TestAClockThatGoesBackwardsDisordersNothing (T-16): commits are numbered, and
// their time is what the clock says, in UTC.
func TestAClockThatGoesBackwardsDisordersNothing(t *testing.T) {
	now := start
	d, err := roles.NewDirectory(newSchema(t), &roles.Options{Clock: func() time.Time {
		now = now.Add(-time.Hour)
		return now.In(time.FixedZone("CET", 3600))
	}})
	require.NoError(t, err)
	for i := range 3 {
		c := must(t, d, func(tx *roles.Tx) { tx.AddUser(roles.User{ID: roles.UserID(fmt.Sprint(i))}) })
		require.Equal(t, uint64(i+1), c.Revision)
		require.Equal(t, now, c.At)
	}
}

// The schema bounds its own roles; custom roles can go as deep as they do.
func TestFixedRolesMayInheritDeeperThanCustomOnes(t *testing.T) {
	s := newSchema(t)
	name := func(i int) roles.RoleID { return roles.RoleID(fmt.Sprint("r", i)) }
	deep := roles.MaxInheritance + 5
	s.roles = []roles.Role{{ID: name(0)}}
	for i := range deep {
		s.roles = append(s.roles, roles.Role{ID: name(i + 1), Inherits: []roles.RoleID{name(i)}})
	}
	d, err := roles.NewDirectory(s, nil)
	require.NoError(t, err)
	require.Len(t, d.Snapshot().Closure(name(deep)), deep+1)
	must(t, d, func(tx *roles.Tx) {
		tx.AddRole(roles.Role{ID: "own", Unit: scope.Root(), Inherits: []roles.RoleID{name(deep - 1)}})
	})
	_, err = d.Update("x", func(tx *roles.Tx) error {
		tx.AddRole(roles.Role{ID: "deeper", Unit: scope.Root(), Inherits: []roles.RoleID{name(deep)}})
		return nil
	})
	require.ErrorContains(t, err, "role deeper would inherit through more than 37 roles")
}

func TestNewDirectoryRefusesFixedRolesThatCannotBe(t *testing.T) {
	for text, fixed := range map[string][]roles.Role{
		`fixed role "": the id is empty`:               {{ID: ""}},
		`fixed role a: there are two`:                  {{ID: "a"}, {ID: "a"}},
		`fixed role b is inherited, and there is none`: {{ID: "a", Inherits: []roles.RoleID{"b"}}},
		`is inherited in a cycle`: {
			{ID: "a", Inherits: []roles.RoleID{"b"}}, {ID: "b", Inherits: []roles.RoleID{"a"}}},
	} {
		s := newSchema(t)
		s.roles = fixed
		_, err := roles.NewDirectory(s, nil)
		require.ErrorContains(t, err, text)
	}
	_, err := roles.NewDirectory(nil, nil)
	require.ErrorContains(t, err, "needs a schema")
	_, err = roles.NewDirectory((*schema)(nil), nil)
	require.ErrorContains(t, err, "needs a schema", "of a policy that could not be read")
	_, err = roles.NewDirectory(&schema{}, nil)
	require.ErrorContains(t, err, "the schema has no types", "of a policy that nobody made")
}

// The zero Directory has nothing in it, and says of a change why it is refused.
func TestTheZeroDirectoryIsEmpty(t *testing.T) {
	d, add := &roles.Directory{}, func(tx *roles.Tx) error { tx.AddUser(roles.User{ID: "ann"}); return nil }
	defer d.Subscribe(func(roles.Commit) {})()
	require.Empty(t, d.Snapshot().Users())
	for _, change := range []func(string, func(*roles.Tx) error) (roles.Commit, error){d.Update, d.DryRun} {
		_, err := change("root", add)
		require.ErrorContains(t, err, "the directory has no schema: make one with NewDirectory")
		require.ErrorAs(t, err, new(*roles.Refusal))
	}
}

// TestAFixedRoleIsFixed, whatever the schema forgot to say of it.
func TestAFixedRoleIsFixed(t *testing.T) {
	s := newSchema(t)
	s.roles = []roles.Role{{ID: "reader", Unit: leeds}}
	r, ok := newDirectory(t, s).Snapshot().Role("reader")
	require.True(t, ok)
	require.Equal(t, roles.Role{ID: "reader", Fixed: true}, r)
}

func TestTheDefaultClockIsNow(t *testing.T) {
	d, err := roles.NewDirectory(newSchema(t), nil)
	require.NoError(t, err)
	c := must(t, d, func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "ann"}) })
	require.WithinDuration(t, time.Now(), c.At, time.Minute)
}
