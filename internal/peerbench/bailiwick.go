package main

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// Bailiwick runs the examples' own policies, whole. The directory has the users,
// schools and assignments of NCMP, and the users and roles of NCAtrak; pupils and
// cases come with the question, as structs of the application.

// examples is where the policies are, seen from here.
var examples = filepath.Join("..", "..", "examples")

func readPolicy(name string) (*policy.Policy, error) {
	file := filepath.Join(examples, name, name+".yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the policies of the examples are read from the checkout, so run this in internal/peerbench: %w", err)
	}
	return policy.Parse(file, text, nil)
}

// An engineOf is an engine, the directory that it answers from, and the
// application's struct type T that questions are about, made once for all lines
// that ask it.
type engineOf[T any] struct {
	*access.Engine
	directory *roles.Directory
	records   *scope.Struct[T]
}

func newEngine[T any](name, recordType string, fill func(*roles.Tx)) (*engineOf[T], error) {
	pol, err := readPolicy(name)
	if err != nil {
		return nil, err
	}
	directory, err := roles.LoadDirectory(pol, nil, nil, func(tx *roles.Tx) error { fill(tx); return nil })
	if err != nil {
		return nil, err
	}
	records, err := scope.StructOf[T](pol.Types(), recordType)
	if err != nil {
		return nil, err
	}
	return &engineOf[T]{access.New(pol, directory, nil), directory, records}, nil
}

// onEngine returns what makes the contender that a line is of its world's engine.
func onEngine[W interface {
	bailiwick() (*engineOf[T], error)
}, T, Q any](line func(W, *engineOf[T]) (contender[Q], error)) func(W) (contender[Q], error) {
	return func(w W) (contender[Q], error) {
		engine, err := w.bailiwick()
		if err != nil {
			return contender[Q]{}, err
		}
		return line(w, engine)
	}
}

// allowedOf returns how many of the questions are allowed. It is inlined where it is
// called, and so is what it is given: nothing stands between the loop and the
// decision.
func allowedOf[Q any](questions []Q, allowed func(*Q) bool) (n int) {
	for i := range questions {
		if allowed(&questions[i]) {
			n++
		}
	}
	return n
}

// sessions makes a session for each user, as a request would for its own. They
// are kept here, which a program must not do, because nothing changes meanwhile.
func (e *engineOf[T]) sessions(users int, id func(int) string) []*access.Session {
	all := make([]*access.Session, users)
	for i := range all {
		all[i] = e.For(roles.UserID(id(i)), nil)
	}
	return all
}

func (w *ncmpWorld) bailiwick() (*engineOf[pupil], error) {
	if w.engine != nil {
		return w.engine, nil
	}
	engine, err := newEngine[pupil]("ncmp", "pupil", w.fill)
	w.engine = engine
	return engine, err
}

func (w *ncmpWorld) fill(tx *roles.Tx) {
	for _, a := range w.authorities {
		at := scope.NewRef("authority", a.id)
		tx.AddUnit(at, scope.Root())
		if a.signedOff != nil {
			tx.SetUnitAttributes(at, scope.Map{"signed_off": a.signedOff})
		}
	}
	for n, id := range w.schools {
		tx.AddUnit(scope.NewRef("school", id), scope.NewRef("authority", w.authorities[w.tenantOf(n)].id))
	}
	for _, u := range w.users {
		at := scope.NewRef("authority", w.authorities[u.authority].id)
		tx.AddUser(roles.User{ID: roles.UserID(u.id), Unit: at, Inactive: u.inactive})
		for _, role := range u.roles {
			tx.Bind(roles.UserID(u.id), roles.RoleID(role), at)
		}
		for _, school := range u.schools {
			tx.Assign(roles.UserID(u.id), scope.NewRef("school", w.schools[school]))
		}
	}
}

// ncmpResource is what a question is about. Actions that look at no attribute
// need none.
func ncmpResource(q *ncmpQuestion, pupils *scope.Struct[pupil]) scope.Resource {
	switch {
	case q.actionN == pupilEdit:
		return pupils.Resource(q.pupil)
	case onPupils>>q.actionN&1 != 0:
		return scope.Resource{Type: "pupil", ID: q.pupil.ID, Parent: scope.Ref{Type: "school", ID: q.school}}
	}
	return scope.Resource{Type: "school", ID: q.school}
}

func namesNCMP(w *ncmpWorld, engine *engineOf[pupil]) (contender[ncmpQuestion], error) {
	return contender[ncmpQuestion]{
		ask: func(qs []ncmpQuestion) int {
			return allowedOf(qs, func(q *ncmpQuestion) bool {
				return engine.Decide(roles.UserID(q.user), roles.Action(q.action), ncmpResource(q, engine.records)).Allowed()
			})
		},
		list: func(user int32, seen func(string)) int {
			return listUnits(engine.For(roles.UserID(w.users[user].id), nil), seen)
		},
		change: func(i int) { w.change(engine.directory, i) },
	}, nil
}

func sessionNCMP(w *ncmpWorld, engine *engineOf[pupil]) (contender[ncmpQuestion], error) {
	sessions := engine.sessions(len(w.users), func(i int) string { return w.users[i].id })
	return contender[ncmpQuestion]{
		ask: func(qs []ncmpQuestion) int {
			return allowedOf(qs, func(q *ncmpQuestion) bool {
				return sessions[q.userN].Decide(roles.Action(q.action), ncmpResource(q, engine.records)).Allowed()
			})
		},
		list: func(user int32, seen func(string)) int { return listUnits(sessions[user], seen) },
	}, nil
}

// rights looks actions up, as a program does when it starts.
func (e *engineOf[T]) rights(names []string) (all []roles.Right) {
	for _, name := range names {
		right, _ := e.Policy().Catalog().Right(roles.Action(name))
		all = append(all, right)
	}
	return all
}

// boundNCMP has everything looked up that can be: the user, the action, and
// what it is asked about, as a request does that asks about it again and again.
func boundNCMP(w *ncmpWorld, engine *engineOf[pupil]) (contender[ncmpQuestion], error) {
	sessions := engine.sessions(len(w.users), func(i int) string { return w.users[i].id })
	rights, targets := engine.rights(ncmpActions), make([]*access.Target, w.asked)
	var err error
	for _, q := range w.questions() {
		var fault error
		targets[q.at], fault = sessions[q.userN].Target(ncmpResource(q, engine.records))
		err = errors.Join(err, fault)
	}
	return contender[ncmpQuestion]{
		ask: func(qs []ncmpQuestion) int {
			return allowedOf(qs, func(q *ncmpQuestion) bool {
				return sessions[q.userN].DecideOn(rights[q.actionN], targets[q.at]).Allowed()
			})
		},
	}, err
}

// listUnits lists the schools where a session's user may pupil.grid.
func listUnits(s *access.Session, seen func(string)) int {
	all, err := s.Units("pupil.grid")
	if err != nil {
		panic(err)
	}
	for i := 0; seen != nil && i < len(all); i++ {
		seen(all[i])
	}
	return len(all)
}

// change assigns a school to a user who does not have it, or, every second time,
// takes it away again.
func (w *ncmpWorld) change(directory *roles.Directory, i int) {
	user := &w.users[i/2*7919%len(w.users)]
	school := user.authority
	for slices.Contains(user.schools, school) {
		school += w.tenants
	}
	ref := scope.NewRef("school", w.schools[school])
	if _, err := directory.Update("writer", func(tx *roles.Tx) error {
		if i%2 == 0 {
			tx.Assign(roles.UserID(user.id), ref)
		} else {
			tx.Unassign(roles.UserID(user.id), ref)
		}
		return nil
	}); err != nil {
		panic(err)
	}
}

func (w *ncatrakWorld) bailiwick() (*engineOf[record], error) {
	if w.engine != nil {
		return w.engine, nil
	}
	engine, err := newEngine[record]("ncatrak", "case", w.fill)
	w.engine = engine
	return engine, err
}

func (w *ncatrakWorld) fill(tx *roles.Tx) {
	for _, c := range w.centers {
		at := scope.NewRef("center", c.id)
		tx.AddUnit(at, scope.Root())
		tx.SetUnitAttributes(at, scope.Map{"restrict_interviewers": c.restrict})
		for _, agency := range c.agencies {
			tx.AddUnit(scope.NewRef("agency", agency), at)
		}
		for _, r := range c.roles {
			role := roles.Role{ID: roles.RoleID(r.id), Name: "Role " + r.id, Unit: at, Scope: accesses[r.access]}
			if r.interviewer {
				role.Inherits = []roles.RoleID{"forensic_interviewer"}
			}
			for tab, name := range tabs {
				if level := r.may >> (2 * tab) & 0b11; level > 0 {
					action := roles.Action(name + []string{"", ".view", "", ".update"}[level])
					role.Grants = append(role.Grants, roles.Grant{Privileges: []roles.Action{action}})
				}
			}
			tx.AddRole(role)
		}
	}
	for n := range w.users {
		u := &w.users[n]
		center, role := &w.centers[u.center], w.roleOf(u)
		user := roles.User{ID: roles.UserID(u.id), Unit: scope.NewRef("agency", center.agencies[u.agency])}
		if role.interviewer {
			user.Attributes = scope.Map{"forensic_interviewer": true}
		}
		tx.AddUser(user)
		tx.Bind(user.ID, roles.RoleID(role.id), scope.NewRef("center", center.id))
	}
}

func namesNCAtrak(w *ncatrakWorld, engine *engineOf[record]) (contender[ncatrakQuestion], error) {
	return contender[ncatrakQuestion]{
		ask: func(qs []ncatrakQuestion) int {
			return allowedOf(qs, func(q *ncatrakQuestion) bool {
				return engine.Decide(roles.UserID(q.user), roles.Action(q.action), engine.records.Resource(w.byID[q.id])).Allowed()
			})
		},
		screen: func(q *ncatrakQuestion) (int, int) {
			return screenOf(engine.Capabilities(roles.UserID(q.user), engine.records.Resource(w.byID[q.id])))
		},
	}, nil
}

func sessionNCAtrak(w *ncatrakWorld, engine *engineOf[record]) (contender[ncatrakQuestion], error) {
	sessions := engine.sessions(len(w.users), func(i int) string { return w.users[i].id })
	return contender[ncatrakQuestion]{
		ask: func(qs []ncatrakQuestion) int {
			return allowedOf(qs, func(q *ncatrakQuestion) bool {
				return sessions[q.userN].Decide(roles.Action(q.action), engine.records.Resource(q.record)).Allowed()
			})
		},
		screen: func(q *ncatrakQuestion) (int, int) {
			return screenOf(sessions[q.userN].Capabilities(engine.records.Resource(q.record)))
		},
	}, nil
}

func boundNCAtrak(w *ncatrakWorld, engine *engineOf[record]) (contender[ncatrakQuestion], error) {
	sessions := engine.sessions(len(w.users), func(i int) string { return w.users[i].id })
	rights, targets := engine.rights(ncatrakActions), make([]*access.Target, w.asked)
	var err error
	for _, q := range w.questions() {
		var fault error
		targets[q.at], fault = sessions[q.userN].Target(engine.records.Resource(q.record))
		err = errors.Join(err, fault)
	}
	return contender[ncatrakQuestion]{
		ask: func(qs []ncatrakQuestion) int {
			return allowedOf(qs, func(q *ncatrakQuestion) bool {
				return sessions[q.userN].DecideOn(rights[q.actionN], targets[q.at]).Allowed()
			})
		},
	}, err
}

func screenOf(all iter.Seq[access.Decision]) (actions, allowed int) {
	for d := range all {
		actions++
		if d.Allowed() {
			allowed++
		}
	}
	return actions, allowed
}
