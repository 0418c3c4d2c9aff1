package main

import "slices"

// What somebody would write who needs exactly this part of NCAtrak. Cases are
// taken in as numbers: their personnel in one slice, their agencies as bits.

type handPerson struct {
	n, center   int32
	may         uint32
	agency      uint8 // a bit
	access      uint8
	interviewer bool
}

type handCase struct {
	center      int32
	from        int32 // its personnel, and then those denied, among people
	personnel   uint8
	denied      uint8
	agencies    uint8 // of the center's
	interviewed bool
}

type handNCAtrak struct {
	people   []int32
	restrict []bool // by center
}

func (h *handNCAtrak) may(u handPerson, action uint8, c handCase) bool {
	if u.center != c.center || u.may>>action&1 == 0 {
		return false
	}
	people := h.people[c.from : c.from+int32(c.personnel)+int32(c.denied)]
	switch u.access {
	case 0:
		if !slices.Contains(people[:c.personnel], u.n) {
			return false
		}
	case 1:
		if u.agency&c.agencies == 0 {
			return false
		}
	}
	if c.denied > 0 && slices.Contains(people[c.personnel:], u.n) {
		return false
	}
	return !u.interviewer || c.interviewed || !h.restrict[c.center] || notHeldBack>>action&1 != 0
}

func (w *ncatrakWorld) handPerson(n int) handPerson {
	u := &w.users[n]
	role := w.roleOf(u)
	return handPerson{int32(n), int32(u.center), role.may, 1 << u.agency, uint8(role.access), role.interviewer}
}

// handCase makes a case, and adds its people to the others.
func (h *handNCAtrak) handCase(w *ncatrakWorld, n int) handCase {
	c := &w.cases[n]
	made := handCase{int32(w.tenantOf(n)), int32(len(h.people)), uint8(len(c.personnel)), uint8(len(c.denied)), 0, w.records[n].Interviewed}
	for _, user := range c.personnel {
		h.people = append(h.people, int32(user))
		made.agencies |= 1 << w.users[user].agency
	}
	for _, user := range c.denied {
		h.people = append(h.people, int32(user))
	}
	return made
}

func newHandNCAtrak(w *ncatrakWorld) (contender[ncatrakQuestion], error) {
	h := &handNCAtrak{}
	users, cases := make(map[string]handPerson, len(w.users)), make(map[string]handCase, len(w.cases))
	actions := map[string]uint8{}
	for n := range w.users {
		users[w.users[n].id] = w.handPerson(n)
	}
	for n, rec := range w.records {
		cases[rec.ID] = h.handCase(w, n)
	}
	for i, name := range ncatrakActions {
		actions[name] = uint8(i)
	}
	for _, c := range w.centers {
		h.restrict = append(h.restrict, c.restrict)
	}
	return contender[ncatrakQuestion]{
		ask: func(qs []ncatrakQuestion) (n int) {
			for i := range qs {
				q := &qs[i]
				u, known := users[q.user]
				c, exists := cases[q.id]
				action, declared := actions[q.action]
				if known && exists && declared && h.may(u, action, c) {
					n++
				}
			}
			return n
		},
		screen: func(q *ncatrakQuestion) (int, int) {
			u, known := users[q.user]
			c, exists := cases[q.id]
			if !known || !exists {
				return 0, 0
			}
			return h.screen(u, c)
		},
	}, nil
}

// screen asks about every action.
func (h *handNCAtrak) screen(u handPerson, c handCase) (actions, allowed int) {
	for action := range ncatrakActions {
		if h.may(u, uint8(action), c) {
			allowed++
		}
	}
	return len(ncatrakActions), allowed
}

func newResolvedNCAtrak(w *ncatrakWorld) (contender[ncatrakQuestion], error) {
	h := &handNCAtrak{}
	users, cases := make([]handPerson, len(w.users)), make([]handCase, len(w.cases))
	for n := range w.users {
		users[n] = w.handPerson(n)
	}
	for n := range w.cases {
		cases[n] = h.handCase(w, n)
	}
	for _, c := range w.centers {
		h.restrict = append(h.restrict, c.restrict)
	}
	return contender[ncatrakQuestion]{
		ask: func(qs []ncatrakQuestion) (n int) {
			for i := range qs {
				q := &qs[i]
				if h.may(users[q.userN], q.actionN, cases[q.caseN]) {
					n++
				}
			}
			return n
		},
		screen: func(q *ncatrakQuestion) (int, int) { return h.screen(users[q.userN], cases[q.caseN]) },
	}, nil
}
