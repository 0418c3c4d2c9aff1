package roles_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// newOffice is newWorld with custom roles: nurse of leeds, which ann holds at
// s1; and head of leeds, which inherits it.
func newOffice(t fataler) *roles.Directory {
	t.Helper()
	d := newWorld(t)
	must(t, d, func(tx *roles.Tx) {
		tx.AddRole(roles.Role{ID: "nurse", Name: "School nurse", Unit: leeds, Inherits: []roles.RoleID{"reader"}})
		tx.AddRole(roles.Role{ID: "head", Unit: leeds, Inherits: []roles.RoleID{"nurse"}})
		tx.Bind("ann", "nurse", s1)
		tx.Assign("ann", s1)
	})
	return d
}

// refusals are changes to newOffice that cannot be made, and what is said of
// them.
var refusals = []struct {
	name string
	do   func(tx *roles.Tx)
	code error
	text string
}{
	// Units.
	{"a unit of an unknown type", func(tx *roles.Tx) { tx.AddUnit(scope.NewRef("shool", "s9"), leeds) },
		roles.ErrUnknown, `add_unit shool:s9 in authority:leeds: unknown resource type shool (did you mean "school"?)`},
	{"a unit of a type that is no unit", func(tx *roles.Tx) { tx.AddUnit(scope.NewRef("pupil", "p1"), s1) },
		roles.ErrInvalid, `add_unit pupil:p1 in school:s1: type pupil is not one of units: the directory does not keep it`},
	{"a unit in an unknown one", func(tx *roles.Tx) { tx.AddUnit(scope.NewRef("school", "s9"), scope.NewRef("authority", "leds")) },
		roles.ErrUnknown, `add_unit school:s9 in authority:leds: unknown unit authority:leds (did you mean "authority:leeds"?)`},
	{"a unit in one of the wrong type", func(tx *roles.Tx) { tx.AddUnit(scope.NewRef("school", "s9"), s1) },
		roles.ErrInvalid, `add_unit school:s9 in school:s1: units of type school are in authority or provider, not in school:s1`},
	{"a unit at the root that belongs in one", func(tx *roles.Tx) { tx.AddUnit(scope.NewRef("school", "s9"), scope.Root()) },
		roles.ErrInvalid, `add_unit school:s9 in root: units of type school are in authority or provider, not in root`},
	{"a unit nowhere", func(tx *roles.Tx) { tx.AddUnit(scope.NewRef("authority", "hull"), scope.Ref{}) },
		roles.ErrInvalid, `add_unit authority:hull: units of type authority stand at the top, in scope.Root(), not in (nothing)`},
	{"a unit of the top in another", func(tx *roles.Tx) { tx.AddUnit(scope.NewRef("authority", "hull"), leeds) },
		roles.ErrInvalid, `add_unit authority:hull in authority:leeds: units of type authority stand at the top, in scope.Root(), not in authority:leeds`},
	{"a unit that is there", func(tx *roles.Tx) { tx.AddUnit(s1, york) },
		roles.ErrDuplicate, `add_unit school:s1 in authority:york: there is a unit school:s1 already`},
	{"the root", func(tx *roles.Tx) { tx.AddUnit(scope.Root(), scope.Root()) },
		roles.ErrUnknown, `add_unit root in root: unknown resource type root`},
	{"an attribute of a wrong type", func(tx *roles.Tx) { tx.SetUnitAttributes(leeds, scope.Map{"warnings": "3"}) },
		roles.ErrInvalid, `change_unit authority:leeds in root: warnings: needs int, not string "3"`},
	{"attributes of an unknown unit", func(tx *roles.Tx) { tx.SetUnitAttributes(scope.NewRef("school", "s9"), nil) },
		roles.ErrUnknown, `change_unit school:s9: unknown unit school:s9 (did you mean "school:s1"?)`},
	{"to remove a unit with units, users and roles", func(tx *roles.Tx) { tx.RemoveUnit(leeds) }, roles.ErrInUse, lines(
		`remove_unit authority:leeds in root: there are units in it: school:s1, school:s2`,
		`remove_unit authority:leeds in root: users belong to it: ann`,
		`remove_unit authority:leeds in root: it owns roles: head, nurse`)},
	{"to remove the root", func(tx *roles.Tx) { tx.RemoveUnit(scope.Root()) },
		roles.ErrUnknown, `remove_unit root: unknown unit root`},

	// Users.
	{"a user who is there", func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "ann"}) },
		roles.ErrDuplicate, `add_user ann: there is a user ann already`},
	{"a user of an unknown unit", func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "cat", Unit: scope.NewRef("authority", "leeds ")}) },
		roles.ErrUnknown, `add_user cat: unknown unit "authority":"leeds " (did you mean "authority:leeds"?)`},
	{"a user of the root", func(tx *roles.Tx) { tx.AddUser(roles.User{ID: "cat", Unit: scope.Root()}) },
		roles.ErrInvalid, `add_user cat: nobody belongs to Root: leave the unit out for a user who belongs nowhere`},
	{"unknown and wrong attributes", func(tx *roles.Tx) {
		tx.ChangeUser(roles.User{ID: "ann", Attributes: scope.Map{"dpt": "a", "dept": 7}})
	}, roles.ErrInvalid, `change_user ann: dpt: unknown attribute "dpt" (did you mean "dept"?); dept: needs string, not int 7`},
	{"to change an unknown user", func(tx *roles.Tx) { tx.ChangeUser(roles.User{ID: "an"}) },
		roles.ErrUnknown, `change_user an: unknown user an (did you mean "ann"?)`},
	{"to remove an unknown user", func(tx *roles.Tx) { tx.RemoveUser("cat") },
		roles.ErrUnknown, `remove_user cat: unknown user cat`},

	// Roles.
	{"a role with a fixed one's id", func(tx *roles.Tx) { tx.AddRole(roles.Role{ID: "reader", Name: "x", Unit: leeds}) },
		roles.ErrDuplicate, `add_role reader: there is a role reader already`},
	{"a role of no unit", func(tx *roles.Tx) { tx.AddRole(roles.Role{ID: "x"}) },
		roles.ErrUnknown, `add_role x: no unit is named: want one as in scope.NewRef("school", "s1"), or scope.Root()`},
	{"a blank name (A-05)", func(tx *roles.Tx) { tx.AddRole(roles.Role{ID: "x", Name: " \t", Unit: leeds}) },
		roles.ErrInvalid, `add_role x: the name " \t" is blank`},
	{"a name with what does not show", func(tx *roles.Tx) { tx.AddRole(roles.Role{ID: "x", Name: "nur\u200bse", Unit: leeds}) },
		roles.ErrInvalid, `add_role x: the name "nur\u200bse" contains U+200B, which does not show`},
	{"another role's name (A-05)", func(tx *roles.Tx) { tx.AddRole(roles.Role{ID: "x", Name: " SCHOOL nurse ", Unit: leeds}) },
		roles.ErrDuplicate, `add_role x: role nurse is called "SCHOOL nurse" already`},
	{"the name of a role that has its id for one", func(tx *roles.Tx) { tx.AddRole(roles.Role{ID: "x", Name: "Head", Unit: leeds}) },
		roles.ErrDuplicate, `add_role x: role head is called "Head" already`},
	{"a fixed role's name", func(tx *roles.Tx) { tx.AddRole(roles.Role{ID: "x", Name: "reader of ALL", Unit: york}) },
		roles.ErrDuplicate, `add_role x: role reader is called "reader of ALL" already`},
	{"what only the policy can give a role", func(tx *roles.Tx) {
		tx.AddRole(roles.Role{ID: "x", Unit: leeds, Fixed: true, Everything: true, Grants: []roles.Grant{{}, {When: "true"}}})
	}, roles.ErrInvalid, lines(`add_role x: only the policy can fix a role`,
		`add_role x: only a role of the policy can hold everything`,
		`add_role x: grant 2 has a condition: only a role of the policy can have one; name a scope`)},
	{"a role for what cannot be a place", func(tx *roles.Tx) {
		tx.AddRole(roles.Role{ID: "x", Unit: leeds, At: []string{"scool", "pupil", "school", "school"}})
	}, roles.ErrInvalid, lines(`add_role x: at: unknown resource type scool (did you mean "school"?)`,
		`add_role x: at: type pupil is not one of units`, `add_role x: at: school is named twice`)},
	{"to inherit what cannot be", func(tx *roles.Tx) {
		tx.AddRole(roles.Role{ID: "x", Unit: york, Inherits: []roles.RoleID{"reeder", "x", "nurse", "writer", "writer"}})
	}, roles.ErrInvalid, lines(`add_role x: unknown role reeder (did you mean "reader"?)`, `add_role x: it inherits itself`,
		`add_role x: it cannot inherit nurse of authority:leeds: only fixed roles, and roles of its own unit and of those above`,
		`add_role x: it inherits writer twice`)},
	{"a cycle", func(tx *roles.Tx) {
		tx.ChangeRole(roles.Role{ID: "nurse", Unit: leeds, Inherits: []roles.RoleID{"head"}})
	}, roles.ErrCycle, `change_role nurse: it inherits head, which inherits it`},
	{"to alter a fixed role", func(tx *roles.Tx) { tx.ChangeRole(roles.Role{ID: "reader", Unit: leeds}); tx.RemoveRole("reader") },
		roles.ErrFixed, lines(`change_role reader: the policy fixes the role: nobody can alter it`,
			`remove_role reader: the policy fixes the role: nobody can alter it`)},
	{"to move a role away from who has it", func(tx *roles.Tx) { tx.ChangeRole(roles.Role{ID: "nurse", Unit: york}) }, roles.ErrInUse, lines(
		`change_role nurse: it is bound at school:s1: role nurse is one of authority:york and can be bound there and below only`,
		`change_role nurse: role head of authority:leeds inherits it, and is not in authority:york`)},
	{"to take a role's place from it", func(tx *roles.Tx) { tx.ChangeRole(roles.Role{ID: "nurse", Unit: leeds, At: []string{"authority"}}) },
		roles.ErrInUse, `change_role nurse: it is bound at school:s1: role nurse can be bound at units of type authority only`},
	{"to remove a role that is held and inherited (A-06)", func(tx *roles.Tx) { tx.RemoveRole("nurse") }, roles.ErrInUse, lines(
		`remove_role nurse: it is held by ann`, `remove_role nurse: it is inherited by head`)},
	{"to remove an unknown role", func(tx *roles.Tx) { tx.RemoveRole("nurs") },
		roles.ErrUnknown, `remove_role nurs: unknown role nurs (did you mean "nurse"?)`},

	// Bindings and assignments.
	{"a binding of nothing to nobody nowhere", func(tx *roles.Tx) { tx.Bind("an", "riter", scope.NewRef("school", "s33")) }, roles.ErrUnknown, lines(
		`bind an as riter at school:s33: unknown user an (did you mean "ann"?)`,
		`bind an as riter at school:s33: unknown role riter (did you mean "writer"?)`,
		`bind an as riter at school:s33: unknown unit school:s33 (did you mean "school:s3"?)`)},
	{"a binding twice, whatever its period", func(tx *roles.Tx) { tx.BindBetween("ann", "nurse", s1, start, time.Time{}) },
		roles.ErrDuplicate, `bind ann as nurse at school:s1 from 2025-09-01T08:00:00Z: there is a binding already: ann as nurse at school:s1`},
	{"a period that ends as it begins", func(tx *roles.Tx) { tx.BindBetween("ann", "reader", s1, start, start) }, roles.ErrInvalid,
		`bind ann as reader at school:s1 from 2025-09-01T08:00:00Z until 2025-09-01T08:00:00Z: its end is not after its beginning`},
	{"a period past the years", func(tx *roles.Tx) { tx.BindBetween("ann", "reader", s1, time.Time{}, start.AddDate(8000, 0, 0)) }, roles.ErrInvalid,
		`bind ann as reader at school:s1 until 10025-09-01T08:00:00Z: the year 10025 is not one of 1 to 9999`},
	{"a role where it cannot be", func(tx *roles.Tx) { tx.Bind("ann", "auditor", s1) },
		roles.ErrInvalid, `bind ann as auditor at school:s1: role auditor can be bound at units of type authority only`},
	{"a role for authorities at the root", func(tx *roles.Tx) { tx.Bind("ann", "auditor", scope.Root()) },
		roles.ErrInvalid, `bind ann as auditor at root: role auditor can be bound at units of type authority only`},
	{"a custom role beside its unit", func(tx *roles.Tx) { tx.Bind("ann", "nurse", s3) },
		roles.ErrInvalid, `bind ann as nurse at school:s3: role nurse is one of authority:leeds and can be bound there and below only`},
	{"a custom role above its unit", func(tx *roles.Tx) { tx.Bind("ann", "nurse", scope.Root()) },
		roles.ErrInvalid, `bind ann as nurse at root: role nurse is one of authority:leeds and can be bound there and below only`},
	{"to take what is not held", func(tx *roles.Tx) {
		tx.Unbind("ann", "nurse", leeds)
		tx.Unbind("bob", "nurse", s1)
		tx.Unbind("cat", "nurse", s1)
	},
		roles.ErrUnknown, lines(`unbind ann as nurse at authority:leeds: there is no such binding: the user holds nurse at school:s1`,
			`unbind bob as nurse at school:s1: there is no such binding: the user holds no role`,
			`unbind cat as nurse at school:s1: unknown user cat`)},
	{"an assignment twice", func(tx *roles.Tx) { tx.Assign("ann", s1) },
		roles.ErrDuplicate, `assign school:s1 to ann: school:s1 is assigned to ann already`},
	{"an assignment of what is not", func(tx *roles.Tx) {
		tx.Assign("cat", scope.NewRef("school", "s0"))
		tx.Assign("ann", scope.NewRef("puppil", "p1"))
		tx.Assign("ann", scope.NewRef("pupil", "p1 "))
		tx.Assign("ann", scope.Root())
	}, roles.ErrUnknown, lines(`assign school:s0 to cat: unknown user cat`,
		`assign school:s0 to cat: unknown unit school:s0 (did you mean "school:s1"?)`,
		`assign puppil:p1 to ann: unknown resource type puppil (did you mean "pupil"?)`,
		`assign "pupil":"p1 " to ann: the id "p1 " begins or ends with a blank`,
		`assign root to ann: unknown resource type root`)},
	{"to take what is not assigned", func(tx *roles.Tx) { tx.Unassign("ann", s2); tx.Unassign("cat", s2) },
		roles.ErrUnknown, lines(`unassign school:s2 from ann: school:s2 is not assigned to ann`, `unassign school:s2 from cat: unknown user cat`)},
}

func TestRefusals(t *testing.T) {
	d := newOffice(t)
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.text, refused(t, d, c.code, c.do))
		})
	}
}

// TestOfManyThatAreInTheWayAFewAreNamed: of holders of a role rather more
//
func TestOfManyThatAreInTheWayAFewAreNamed(t *testing.T) {
	d := newWorld(t)
	must(t, d, func(tx *roles.Tx) {
		tx.AddRole(roles.Role{ID: "nurse", Unit: leeds})
		for i := range 25 {
			user := roles.UserID(fmt.Sprintf("u%02d", i))
			tx.AddUser(roles.User{ID: user, Unit: york})
			tx.Bind(user, "nurse", s1)
			tx.Bind(user, "nurse", s2)
		}
	})
	require.Equal(t, lines(`remove_unit authority:york in root: there are units in it: school:s3`,
		`remove_unit authority:york in root: users belong to it: u00, u01, u02, u03, u04 and 20 more`),
		refused(t, d, roles.ErrInUse, func(tx *roles.Tx) { tx.RemoveUnit(york) }))
	require.Equal(t, `remove_role nurse: it is held by u00, u01, u02, u03, u04, u05, u06, u07, u08, u09, u10, u11, u12, u13, u14, `+
		`u15, u16, u17, u18, u19 and 5 more`, refused(t, d, roles.ErrInUse, func(tx *roles.Tx) { tx.RemoveRole("nurse") }))
}

// TestAllThatIsWrongIsSaidAtOnce: also of many changes, and none of those that
// could have been made is.
func TestAllThatIsWrongIsSaidAtOnce(t *testing.T) {
	d := newOffice(t)
	var text []string
	for _, c := range refusals {
		text = append(text, strings.Split(c.text, "\n")...)
	}
	require.Less(t, len(text), 100)
	require.Equal(t, lines(text...), refused(t, d, roles.ErrCycle, func(tx *roles.Tx) {
		for i, c := range refusals {
			c.do(tx)
			tx.AddUser(roles.User{ID: roles.UserID(fmt.Sprint("new", i))})
		}
	}))
}

func TestOfVeryMuchThatIsWrongAHundredIsSaid(t *testing.T) {
	d := newWorld(t)
	_, err := d.Update("test", func(tx *roles.Tx) error {
		for i := range 250 {
			tx.Bind("ann", "reader", scope.NewRef("provider", fmt.Sprint("nr", i)))
		}
		var soFar *roles.Refusal
		require.True(t, errors.As(tx.Err(), &soFar))
		require.Len(t, soFar.Faults, 100)
		return soFar
	})
	var r *roles.Refusal
	require.True(t, errors.As(err, &r))
	require.Len(t, r.Faults, 100)
	require.Equal(t, 150, r.Omitted)
	require.True(t, strings.HasSuffix(err.Error(), "unknown unit provider:nr99\nand 150 more"), err.Error())
}

// TestAmongVeryManyNamesNoneIsMeant: to look for it would cost more than it
// helps.
func TestAmongVeryManyNamesNoneIsMeant(t *testing.T) {
	for n, want := range map[int]string{
		1000: `remove_user u1x: unknown user u1x (did you mean "u1"?)`,
		1001: `remove_user u1x: unknown user u1x`,
	} {
		d := newCity(t, n)
		require.Equal(t, want, refused(t, d, roles.ErrUnknown, func(tx *roles.Tx) { tx.RemoveUser("u1x") }))
	}
}

// TestAHostileIDIsRefusedAndQuoted (T-06, T-08): no id can hold what would let
// it pass for another or for more than an id, neither in the directory nor in
// the sentence that refuses it.
func TestAHostileIDIsRefusedAndQuoted(t *testing.T) {
	d := newWorld(t)
	for _, id := range []string{"", " ", "ann ", "\tann", "an\x00n", "ann\nbob: allowed", "an\u200bn", "\u202enna", "\xff",
		strings.Repeat("x", 257), strings.Repeat("\u2028", 100_000)} {
		for name, do := range map[string]func(tx *roles.Tx){
			"unit":  func(tx *roles.Tx) { tx.AddUnit(scope.NewRef("school", id), leeds) },
			"user":  func(tx *roles.Tx) { tx.AddUser(roles.User{ID: roles.UserID(id)}) },
			"role":  func(tx *roles.Tx) { tx.AddRole(roles.Role{ID: roles.RoleID(id), Unit: leeds}) },
			"pupil": func(tx *roles.Tx) { tx.Assign("ann", scope.NewRef("pupil", id)) },
		} {
			text := refused(t, d, roles.ErrInvalidID, do)
			require.NotContains(t, text, "\n", name)
			require.NotContains(t, text, "\u2028", name)
			require.Less(t, len(text), 5000, name)
		}
	}
}

// TestIDsThatDifferAreDifferent (T-06, T-08): by case, by normalisation, or by
// where a colon stands.
func TestIDsThatDifferAreDifferent(t *testing.T) {
	d := newWorld(t)
	ids := []roles.UserID{"cat", "Cat", "\u00e9", "e\u0301", "a:b", "a", "b:c", "school:s1"}
	must(t, d, func(tx *roles.Tx) {
		for i, id := range ids {
			tx.AddUser(roles.User{ID: id})
			tx.Assign(id, scope.NewRef("pupil", fmt.Sprint(i)))
			tx.AddUnit(scope.NewRef("school", string(id)), leeds)
		}
		tx.AddRole(roles.Role{ID: "b:c", Unit: leeds})
		tx.AddRole(roles.Role{ID: "c", Unit: leeds})
		tx.Bind("a", "b:c", s1)
	})
	s := d.Snapshot()
	for i, id := range ids {
		require.Equal(t, refs(scope.NewRef("pupil", fmt.Sprint(i))), s.Assignments(id))
	}
	require.Empty(t, s.Bindings("a:b"), `a as b:c is not a:b as c`)
}

// TestInheritanceHasADepth (T-10, T-11): from above and from below, and
// building a chain costs no more than its length.
func TestInheritanceHasADepth(t *testing.T) {
	d := newWorld(t)
	role := func(i int) roles.Role {
		r := roles.Role{ID: roles.RoleID(fmt.Sprint("r", i)), Unit: leeds}
		if i > 0 {
			r.Inherits = []roles.RoleID{roles.RoleID(fmt.Sprint("r", i-1))}
		}
		return r
	}
	must(t, d, func(tx *roles.Tx) {
		for i := range roles.MaxInheritance + 1 {
			tx.AddRole(role(i))
		}
	})
	require.Len(t, d.Snapshot().Closure("r32"), 33)
	require.Equal(t, "add_role r33: role r33 would inherit through more than 32 roles",
		refused(t, d, roles.ErrInvalid, func(tx *roles.Tx) { tx.AddRole(role(33)) }))
	longer := role(0)
	longer.Inherits = []roles.RoleID{"reader"}
	require.Equal(t, "change_role r0: role r32 would inherit through more than 32 roles",
		refused(t, d, roles.ErrInvalid, func(tx *roles.Tx) { tx.ChangeRole(longer) }))
	must(t, d, func(tx *roles.Tx) {
		tx.RemoveRole("r32")
		tx.ChangeRole(longer)
	})
	require.Len(t, d.Snapshot().Closure("r31"), 33)
	require.Len(t, d.Snapshot().Seniors("reader"), 34, "writer is one of them")
}

// TestARecreatedIDHasNothing (T-39): what is removed takes all that was given
// to it with it.
func TestARecreatedIDHasNothing(t *testing.T) {
	d := newOffice(t)
	c := must(t, d, func(tx *roles.Tx) {
		tx.Bind("bob", "reader", s1)
		tx.Assign("bob", s1)
		tx.Assign("ann", scope.NewRef("pupil", "p1"))
		tx.RemoveUser("ann")
		tx.AddUser(roles.User{ID: "ann"})
		tx.RemoveUnit(s1)
		tx.AddUnit(s1, leeds)
		tx.RemoveRole("head")
		tx.RemoveRole("nurse")
		tx.AddRole(roles.Role{ID: "nurse", Unit: leeds})
	})
	require.Equal(t, []string{
		"bind bob as reader at school:s1", "assign school:s1 to bob", "assign pupil:p1 to ann",
		"unbind ann as nurse at school:s1", "unassign pupil:p1 from ann", "unassign school:s1 from ann", "remove_user ann",
		"add_user ann",
		"unbind bob as reader at school:s1", "unassign school:s1 from bob", "remove_unit school:s1 in authority:leeds",
		"add_unit school:s1 in authority:leeds",
		"remove_role head", "remove_role nurse", "add_role nurse",
	}, steps(c), "each of it is a step of its own, before the removal")
	s := d.Snapshot()
	for _, id := range s.Users() {
		require.Empty(t, s.Bindings(id))
		require.Empty(t, s.Assignments(id))
	}
	require.Empty(t, s.AssignedTo(s1))
	require.Empty(t, s.BindingsAt(s1))
	require.Empty(t, s.Holders("nurse"))
	require.Equal(t, []roles.RoleID{"nurse"}, s.Closure("nurse"), "the new one inherits nothing")
	require.Equal(t, []roles.RoleID{"reader", "writer"}, s.Seniors("reader"))
	require.Empty(t, s.Members(leeds), "the new one belongs nowhere")
}

// TestUnassignAllFreesAnIDOfTheApplication (T-39) that it wants to use again.
func TestUnassignAllFreesAnIDOfTheApplication(t *testing.T) {
	d := newWorld(t)
	p1 := scope.NewRef("pupil", "p1")
	must(t, d, func(tx *roles.Tx) { tx.Assign("ann", p1); tx.Assign("bob", p1) })
	c := must(t, d, func(tx *roles.Tx) { tx.UnassignAll(p1) })
	require.Equal(t, []string{"unassign pupil:p1 from ann", "unassign pupil:p1 from bob"}, steps(c))
	require.Empty(t, must(t, d, func(tx *roles.Tx) { tx.UnassignAll(p1) }).Changes, "nothing is left to do")
}

// TestOfWhatIsAssignedTheRestStays when one of it is taken away, units or not.
func TestOfWhatIsAssignedTheRestStays(t *testing.T) {
	d := newWorld(t)
	p1, p2, p3 := scope.NewRef("pupil", "p1"), scope.NewRef("pupil", "p2"), scope.NewRef("pupil", "p3")
	must(t, d, func(tx *roles.Tx) {
		for _, ref := range []scope.Ref{p1, p2, p3, s1, s2, s3} {
			tx.Assign("ann", ref)
		}
	})
	must(t, d, func(tx *roles.Tx) { tx.Unassign("ann", p2); tx.Unassign("ann", s2) })
	require.Equal(t, []scope.Ref{p1, p3, s1, s3}, d.Snapshot().Assignments("ann"))
	must(t, d, func(tx *roles.Tx) { tx.Unassign("ann", p1); tx.Unassign("ann", p3) })
	require.Equal(t, []scope.Ref{s1, s3}, d.Snapshot().Assignments("ann"))
}

// TestTheUnitsOfAnAccount are those assigned to it, in order, and listed once.
func TestTheUnitsOfAnAccount(t *testing.T) {
	d := newWorld(t)
	units := func() (refs []scope.Ref) {
		account, ok := d.Snapshot().Account("ann")
		require.True(t, ok)
		list := account.Units()
		for _, unit := range list {
			refs = append(refs, unit.Ref())
		}
		if len(list) > 0 {
			require.Same(t, &list[0], &account.Units()[0], "it is kept")
		}
		return refs
	}
	must(t, d, func(tx *roles.Tx) { tx.Assign("ann", scope.NewRef("pupil", "p")) })
	require.Empty(t, units())
	must(t, d, func(tx *roles.Tx) { tx.Assign("ann", s3); tx.Assign("ann", s1) })
	require.Equal(t, []scope.Ref{s1, s3}, units())
	must(t, d, func(tx *roles.Tx) { tx.Assign("ann", s2) })
	require.Equal(t, []scope.Ref{s1, s2, s3}, units())
}

// TestWhatChangesNothingIsNoChange: nor does it make a commit.
func TestWhatChangesNothingIsNoChange(t *testing.T) {
	d := newOffice(t)
	must(t, d, func(tx *roles.Tx) { tx.SetUnitAttributes(leeds, scope.Map{"warnings": 1}) })
	before := d.Snapshot()
	c := must(t, d, func(tx *roles.Tx) {
		tx.SetUnitAttributes(leeds, scope.Map{"warnings": int64(1)})
		tx.ChangeUser(roles.User{ID: "ann", Unit: leeds, Attributes: scope.Map{}})
		tx.ChangeRole(roles.Role{ID: "nurse", Name: " School nurse", Unit: leeds, At: []string{},
			Inherits: []roles.RoleID{"reader"}, Grants: []roles.Grant{}})
	})
	require.Equal(t, roles.Commit{Revision: before.Revision(), By: "test", At: start}, c)
	require.Same(t, before, d.Snapshot())
}

func TestABindingsPeriodIsHalfOpen(t *testing.T) {
	d := newWorld(t)
	until := start.Add(time.Hour)
	must(t, d, func(tx *roles.Tx) {
		tx.BindBetween("ann", "reader", s1, start.In(time.FixedZone("CET", 3600)), until)
		tx.BindBetween("ann", "reader", s2, time.Time{}, until)
		tx.BindBetween("ann", "reader", s3, start, time.Time{})
		tx.Bind("bob", "reader", s1)
	})
	at := func(b roles.Binding) (held []bool) {
		for _, t := range []time.Time{{}, start.Add(-1), start, until.Add(-1), until} {
			held = append(held, b.InForce(t))
		}
		return held
	}
	list := append(d.Snapshot().Bindings("ann"), d.Snapshot().Bindings("bob")...)
	require.Equal(t, []bool{false, false, true, true, false}, at(list[0]))
	require.Equal(t, []bool{true, true, true, true, false}, at(list[1]))
	require.Equal(t, []bool{false, false, true, true, true}, at(list[2]))
	require.Equal(t, []bool{true, true, true, true, true}, at(list[3]))
	require.Equal(t, start, list[0].From, "an instant is kept in UTC")
}
