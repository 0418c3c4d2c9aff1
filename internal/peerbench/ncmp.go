package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// The part of examples/ncmp/ncmp.yaml that is asked about: the actions on a
// school or on a pupil of it that need no context, and the roles that grant them.
// The three assigned ones reach the schools assigned to the user, la_setup the
// whole authority. pupil.edit has a constraint: the year of the record must not
// be among those that the authority has signed off.
const (
	pupilGrid = iota
	pupilView
	indicatorCount
	indicatorPupil
	schoolEligible
	pupilEdit
)

var ncmpActions = []string{"pupil.grid", "pupil.view", "indicator.count", "indicator.pupil", "school.eligible", "pupil.edit"}

// onPupils are the actions on pupils; the others are on schools.
const onPupils = 1<<pupilView | 1<<indicatorPupil | 1<<pupilEdit

// A reach is what a role grants: actions on the assigned schools, and actions in
// the whole authority.
type reach struct{ assigned, authority uint8 }

var ncmpRoles = map[string]reach{
	"monitor":       {assigned: 1 << indicatorCount},
	"super_monitor": {assigned: 1<<indicatorCount | 1<<indicatorPupil},
	"collector":     {assigned: 1<<pupilGrid | 1<<pupilView | 1<<pupilEdit},
	"la_setup":      {authority: 1 << schoolEligible},
	"super_user":    {},
}

type ncmpAuthority struct {
	id        string
	signedOff []string // collection years; nil: the attribute is absent
}

type ncmpUser struct {
	id        string
	authority int
	inactive  bool
	roles     []string
	schools   []int
}

// A pupil is a record as the application has it.
type pupil struct {
	ID     string `bailiwick:",id"`
	School string `bailiwick:",parent=school"`
	Year   string `bailiwick:"year"`
}

// A ncmpQuestion asks whether a user may do something to a school, or to a pupil
// in it: by names, and by the numbers that stand for the same. Only pupil.edit
// looks at the record of the pupil; the others get its id and its school's.
type ncmpQuestion struct {
	user, action, school string
	pupil                *pupil

	userN, schoolN int32
	actionN        uint8
	yearN          uint8 // among years
	at             int32 // this question, among all that are asked
}

func (q ncmpQuestion) String() string {
	return fmt.Sprintf("may %s do %s to %s/%s of %s", q.user, q.action, q.school, q.pupil.ID, q.pupil.Year)
}

// A ncmpWorld is what the contenders are filled with, and what they are asked.
type ncmpWorld struct {
	scale
	engine      *engineOf[pupil] // made when it is first asked
	authorities []ncmpAuthority
	schools     []string
	users       []ncmpUser

	mixed []ncmpQuestion // any action that needs no more than ids
	views []ncmpQuestion // pupil.view
	edits []ncmpQuestion // pupil.edit, of the same users and pupils
	first []ncmpQuestion // one of each user, in no order
	asked int32          // how many there are
}

var years = []string{"2022/23", "2023/24", "2024/25", "2025/26"}

func newNCMP(s scale) *ncmpWorld {
	r := rand.New(rand.NewPCG(1, uint64(s.users)))
	w := &ncmpWorld{scale: s, schools: ids("s", s.schools)}
	for i, id := range ids("a", s.tenants) {
		a := ncmpAuthority{id: id}
		if n := i % len(years); n > 0 {
			a.signedOff = years[:n]
		}
		w.authorities = append(w.authorities, a)
	}
	for i, id := range ids("u", s.users) {
		u := ncmpUser{id: id, authority: s.tenantOf(i)}
		if i < s.tenants {
			u.roles = []string{"super_user", "collector"} // each authority has one
		} else {
			u.roles = drawRoles(r)
			u.inactive = r.IntN(40) == 0
		}
		for _, k := range r.Perm(s.schools / s.tenants)[:s.assigned/s.users] {
			u.schools = append(u.schools, u.authority+k*s.tenants)
		}
		slices.Sort(u.schools)
		w.users = append(w.users, u)
	}
	w.ask(r)
	return w
}

func drawRoles(r *rand.Rand) []string {
	all := []string{"collector", "collector", "monitor", "super_monitor", "la_setup", "super_user"}
	some := []string{all[r.IntN(len(all))]}
	if second := all[r.IntN(len(all))]; second != some[0] && r.IntN(2) == 0 {
		some = append(some, second)
	}
	slices.Sort(some)
	return some
}

// ask draws the questions.
func (w *ncmpWorld) ask(r *rand.Rand) {
	for range asked {
		u := r.IntN(w.scale.users)
		w.mixed = append(w.mixed, w.question(r, u, w.drawAction(r, u)))
	}
	for len(w.views) < asked {
		u := r.IntN(w.scale.users)
		if r.IntN(4) > 0 && !slices.Contains(w.users[u].roles, "collector") {
			continue
		}
		q := w.question(r, u, pupilView)
		w.views = append(w.views, q)
		q.action, q.actionN = ncmpActions[pupilEdit], pupilEdit
		w.edits = append(w.edits, q)
	}
	for _, u := range r.Perm(w.scale.users) {
		w.first = append(w.first, w.question(r, u, w.drawAction(r, u)))
	}
	for _, q := range w.questions() {
		q.at = w.asked
		w.asked++
	}
}

// questions returns all of them.
func (w *ncmpWorld) questions() (all []*ncmpQuestion) {
	for _, some := range [][]ncmpQuestion{w.mixed, w.views, w.edits, w.first} {
		for i := range some {
			all = append(all, &some[i])
		}
	}
	return all
}

// drawAction draws an action, rather one that a role of the user grants.
func (w *ncmpWorld) drawAction(r *rand.Rand, user int) int {
	for range 4 {
		action := r.IntN(pupilEdit)
		for _, role := range w.users[user].roles {
			if g := ncmpRoles[role]; (g.assigned|g.authority)>>action&1 == 1 {
				return action
			}
		}
	}
	return r.IntN(pupilEdit)
}

// question draws a school: rather one of the user's own.
func (w *ncmpWorld) question(r *rand.Rand, user, action int) ncmpQuestion {
	u := &w.users[user]
	var school int
	switch n := r.IntN(20); {
	case n < 14:
		school = u.schools[r.IntN(len(u.schools))]
	case n < 18:
		school = u.authority + r.IntN(w.scale.schools/w.tenants)*w.tenants
	default:
		school = r.IntN(w.scale.schools)
	}
	year := r.IntN(len(years))
	q := ncmpQuestion{
		user: u.id, action: ncmpActions[action], school: w.schools[school],
		pupil: &pupil{ID: fmt.Sprint("p", r.IntN(1_000_000)), School: w.schools[school], Year: years[year]},
		userN: int32(user), schoolN: int32(school), actionN: uint8(action), yearN: uint8(year),
	}
	return q
}

// listers are users of whom lists are asked for: those of the first questions
// about pupils who have any.
func (w *ncmpWorld) listers() (users []int32) {
	for i := 0; len(users) < 512 && i < len(w.views); i++ {
		u := &w.users[w.views[i].userN]
		if !u.inactive && slices.Contains(u.roles, "collector") {
			users = append(users, w.views[i].userN)
		}
	}
	return users
}
