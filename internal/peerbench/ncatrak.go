package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// The part of examples/ncatrak/ncatrak.yaml that is asked about: the tabs of a
// case, to view or to update, by roles that each center makes for itself, with
// one access each: to the user's own cases, to those of the user's agency, or to
// all of the center. Both constraints on the tabs are asked with every question:
// nobody sees a case from which they are barred, and in a center that says so
// interviewers wait for the interview.
var tabs = []string{
	"general", "mdt", "presenting", "cps", "law_enforcement", "medical", "medical_details", "forensic_interview",
	"mental_health_basic", "mental_health_notes", "mental_health_assessment", "mental_health_plan",
	"victim_advocacy", "prosecution", "attachments", "clinical_images",
}

const (
	medicalDetails = 6
	clinicalImages = 15
	// notHeldBack are the actions that interviewers need not wait for.
	notHeldBack = 0b11 | 0b11<<(2*7)
)

// ncatrakActions are the tabs at both levels: an update is at 2t+1.
var ncatrakActions = func() (all []string) {
	for _, tab := range tabs {
		all = append(all, tab+".view", tab+".update")
	}
	return all
}()

var accesses = []string{"own", "agency", "all"}

type ncatrakRole struct {
	id          string
	access      int    // among accesses
	may         uint32 // by action
	interviewer bool   // it inherits forensic_interviewer
}

type ncatrakCenter struct {
	id       string
	agencies []string
	roles    []ncatrakRole // custom; the Security Officer's is fixed
	restrict bool          // interviewers wait
}

const securityOfficer = -1

type ncatrakUser struct {
	id                   string
	center, agency, role int // agency and role: of the center's; or securityOfficer
	cases                []int
}

// A record is a case as the application has it.
type record struct {
	ID          string   `bailiwick:",id"`
	Center      string   `bailiwick:",parent=center"`
	Personnel   []string `bailiwick:"personnel"`
	Agencies    []string `bailiwick:"agencies"`
	Denied      []string `bailiwick:"denied"`
	Interviewed bool     `bailiwick:"interviewed"`
}

// A ncatrakCase is a case as numbers.
type ncatrakCase struct {
	personnel []int
	denied    []int
}

// A ncatrakQuestion asks whether a user may see or change a tab of a case: by
// names, and by the numbers that stand for the same.
type ncatrakQuestion struct {
	user, action, id string
	record           *record // for who was given it

	userN, caseN int32
	actionN      uint8
	at           int32 // this question, among all that are asked
}

func (q ncatrakQuestion) String() string {
	return fmt.Sprintf("may %s do %s to %+v", q.user, q.action, *q.record)
}

type ncatrakWorld struct {
	scale
	engine  *engineOf[record] // made when it is first asked
	centers []ncatrakCenter
	users   []ncatrakUser
	cases   []ncatrakCase
	records []*record
	// byID is the application's own way from an id to the record. Who asks by
	// names, and has not taken the cases in, looks the record up in it.
	byID map[string]*record

	mixed []ncatrakQuestion
	first []ncatrakQuestion // one of each user, in no order
	asked int32             // how many there are
}

func newNCAtrak(s scale) *ncatrakWorld {
	r := rand.New(rand.NewPCG(2, uint64(s.users)))
	w := &ncatrakWorld{scale: s, cases: make([]ncatrakCase, s.cases)}
	for i, id := range ids("c", s.tenants) {
		c := ncatrakCenter{id: id, agencies: ids(id+"-a", 5), restrict: r.IntN(5) < 2}
		for k := range 8 {
			c.roles = append(c.roles, drawRole(r, fmt.Sprintf("r%d-%d", i, k), k))
		}
		w.centers = append(w.centers, c)
	}
	for i, id := range ids("u", s.users) {
		u := ncatrakUser{id: id, center: s.tenantOf(i), agency: r.IntN(5), role: r.IntN(8)}
		if i < s.tenants {
			u.role = securityOfficer
		}
		w.users = append(w.users, u)
	}
	w.staff(r)
	w.record()
	w.ask(r)
	return w
}

// drawRole draws a role: the first of a center is its interviewers'.
func drawRole(r *rand.Rand, id string, k int) ncatrakRole {
	role := ncatrakRole{id: id, access: k % len(accesses), interviewer: k == 0}
	for tab := range tabs {
		role.may |= [...]uint32{0, 0b01, 0b11}[r.IntN(3)] << (2 * tab)
	}
	if role.may>>(2*clinicalImages)&1 == 1 { // it requires this
		role.may |= 1 << (2 * medicalDetails)
	}
	return role
}

// staff puts users on cases, and bars some from some.
func (w *ncatrakWorld) staff(r *rand.Rand) {
	usersEach := w.scale.users / w.tenants
	for i := range w.personnel {
		n := i % w.scale.cases
		c := &w.cases[n]
		user := w.tenantOf(n) + r.IntN(usersEach)*w.tenants
		for slices.Contains(c.personnel, user) {
			user = w.tenantOf(n) + r.IntN(usersEach)*w.tenants
		}
		c.personnel = append(c.personnel, user)
		w.users[user].cases = append(w.users[user].cases, n)
	}
	for n := range w.cases {
		if r.IntN(20) == 0 {
			w.cases[n].denied = []int{w.cases[n].personnel[0]}
		}
	}
}

// record writes the records of the cases.
func (w *ncatrakWorld) record() {
	w.byID = make(map[string]*record, len(w.cases))
	for n, id := range ids("k", len(w.cases)) {
		c := &w.cases[n]
		center := &w.centers[w.tenantOf(n)]
		rec := &record{ID: id, Center: center.id, Interviewed: n%5 < 3, Personnel: make([]string, 0, len(c.personnel))}
		for _, user := range c.personnel {
			rec.Personnel = append(rec.Personnel, w.users[user].id)
			if agency := center.agencies[w.users[user].agency]; !slices.Contains(rec.Agencies, agency) {
				rec.Agencies = append(rec.Agencies, agency)
			}
		}
		for _, user := range c.denied {
			rec.Denied = append(rec.Denied, w.users[user].id)
		}
		w.records = append(w.records, rec)
		w.byID[id] = rec
	}
}

// roleOf returns what a user's role gives.
func (w *ncatrakWorld) roleOf(u *ncatrakUser) ncatrakRole {
	if u.role == securityOfficer {
		return ncatrakRole{id: "security_officer", access: 2, may: 1<<32 - 1}
	}
	return w.centers[u.center].roles[u.role]
}

func (w *ncatrakWorld) ask(r *rand.Rand) {
	for range asked {
		w.mixed = append(w.mixed, w.question(r, r.IntN(w.scale.users)))
	}
	for _, u := range r.Perm(w.scale.users) {
		w.first = append(w.first, w.question(r, u))
	}
	for _, q := range w.questions() {
		q.at = w.asked
		w.asked++
	}
}

// questions returns all of them.
func (w *ncatrakWorld) questions() (all []*ncatrakQuestion) {
	for _, some := range [][]ncatrakQuestion{w.mixed, w.first} {
		for i := range some {
			all = append(all, &some[i])
		}
	}
	return all
}

// question draws an action, rather one that the user's role grants, and a case,
// rather one of the user's own.
func (w *ncatrakWorld) question(r *rand.Rand, user int) ncatrakQuestion {
	u := &w.users[user]
	action := r.IntN(len(ncatrakActions))
	for range 2 {
		if w.roleOf(u).may>>action&1 == 0 {
			action = r.IntN(len(ncatrakActions))
		}
	}
	var n int
	switch draw := r.IntN(20); {
	case draw < 12 && len(u.cases) > 0:
		n = u.cases[r.IntN(len(u.cases))]
	case draw < 18:
		n = u.center + r.IntN(w.scale.cases/w.tenants)*w.tenants
	default:
		n = r.IntN(w.scale.cases)
	}
	return ncatrakQuestion{
		user: u.id, action: ncatrakActions[action], id: w.records[n].ID, record: w.records[n],
		userN: int32(user), caseN: int32(n), actionN: uint8(action),
	}
}
