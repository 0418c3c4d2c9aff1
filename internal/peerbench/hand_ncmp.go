package main

import (
	"math/bits"
	"slices"
)

// What somebody would write who needs exactly this part of NCMP, knows that it
// will not change, and has time: no names but at the door, rights and schools as
// bit sets.

// A handUser is what decides: the actions on assigned schools, those in all of the
// authority, and the user's schools as a bit set over those of the authority.
type handUser struct {
	authority           int32
	onAssigned, onEvery uint8
	schools             []uint64
}

// A handSchool is where a school stands: its bit among those of its authority.
type handSchool struct{ authority, bit int32 }

func (u *handUser) may(action uint8, s handSchool) bool {
	if u.authority != s.authority {
		return false
	}
	return u.onEvery>>action&1 != 0 || u.onAssigned>>action&1 != 0 && u.schools[s.bit>>6]>>(s.bit&63)&1 != 0
}

// newHandUsers makes the users, whose bit sets lie next to each other.
func newHandUsers(w *ncmpWorld) []handUser {
	words := (w.scale.schools/w.tenants + 63) / 64
	sets := make([]uint64, words*len(w.users))
	all := make([]handUser, len(w.users))
	for i, u := range w.users {
		h := &all[i]
		h.authority, h.schools = int32(u.authority), sets[i*words:(i+1)*words:(i+1)*words]
		for _, s := range u.schools {
			bit := s / w.tenants
			h.schools[bit>>6] |= 1 << (bit & 63)
		}
		if u.inactive {
			continue
		}
		for _, role := range u.roles {
			h.onAssigned |= ncmpRoles[role].assigned
			h.onEvery |= ncmpRoles[role].authority
		}
	}
	return all
}

func (w *ncmpWorld) handSchool(n int) handSchool {
	return handSchool{int32(w.tenantOf(n)), int32(n / w.tenants)}
}

// ncmpAction reads the name of an action; 8 is none.
func ncmpAction(name string) uint8 {
	switch name {
	case "pupil.grid":
		return pupilGrid
	case "pupil.view":
		return pupilView
	case "pupil.edit":
		return pupilEdit
	case "indicator.count":
		return indicatorCount
	case "indicator.pupil":
		return indicatorPupil
	case "school.eligible":
		return schoolEligible
	}
	return 8
}

type handNCMP struct {
	users     map[string]handUser
	schools   map[string]handSchool
	signedOff [][]string // by authority
	names     [][]string // of the schools of an authority
}

func newHandNCMP(w *ncmpWorld) (contender[ncmpQuestion], error) {
	h := &handNCMP{users: make(map[string]handUser, len(w.users)), schools: make(map[string]handSchool, len(w.schools)), names: make([][]string, w.tenants)}
	for i, u := range newHandUsers(w) {
		h.users[w.users[i].id] = u
	}
	for n, id := range w.schools {
		h.schools[id] = w.handSchool(n)
		h.names[w.tenantOf(n)] = append(h.names[w.tenantOf(n)], id)
	}
	for _, a := range w.authorities {
		h.signedOff = append(h.signedOff, a.signedOff)
	}
	return contender[ncmpQuestion]{
		ask: func(qs []ncmpQuestion) (n int) {
			for i := range qs {
				q := &qs[i]
				if h.decide(q.user, q.action, q.school, q.pupil) {
					n++
				}
			}
			return n
		},
		list: func(user int32, seen func(string)) int {
			all := h.list(w.users[user].id)
			for i := 0; seen != nil && i < len(all); i++ {
				seen(all[i])
			}
			return len(all)
		},
	}, nil
}

func (h *handNCMP) decide(user, action, school string, p *pupil) bool {
	u, ok := h.users[user]
	if !ok {
		return false
	}
	s, ok := h.schools[school]
	a := ncmpAction(action)
	if !ok || !u.may(a, s) {
		return false
	}
	return a != pupilEdit || !slices.Contains(h.signedOff[s.authority], p.Year)
}

func (h *handNCMP) list(user string) []string {
	u, ok := h.users[user]
	if !ok || u.onAssigned>>pupilGrid&1 == 0 {
		return nil
	}
	return u.list(h.names[u.authority])
}

// resolvedNCMP is the same for numbers.
type resolvedNCMP struct {
	users     []handUser
	schools   []handSchool
	signedOff []uint8 // by authority: its years as bits
	names     [][]string
}

func newResolvedNCMP(w *ncmpWorld) (contender[ncmpQuestion], error) {
	h := &resolvedNCMP{users: newHandUsers(w), names: make([][]string, w.tenants)}
	for n, id := range w.schools {
		h.schools = append(h.schools, w.handSchool(n))
		h.names[w.tenantOf(n)] = append(h.names[w.tenantOf(n)], id)
	}
	for _, a := range w.authorities {
		var bits uint8
		for _, year := range a.signedOff {
			bits |= 1 << slices.Index(years, year)
		}
		h.signedOff = append(h.signedOff, bits)
	}
	return contender[ncmpQuestion]{
		ask: func(qs []ncmpQuestion) (n int) {
			for i := range qs {
				q := &qs[i]
				s := h.schools[q.schoolN]
				if h.users[q.userN].may(q.actionN, s) && (q.actionN != pupilEdit || h.signedOff[s.authority]>>q.yearN&1 == 0) {
					n++
				}
			}
			return n
		},
		list: func(user int32, seen func(string)) int {
			u := &h.users[user]
			if u.onAssigned>>pupilGrid&1 == 0 {
				return 0
			}
			all := u.list(h.names[u.authority])
			for i := 0; seen != nil && i < len(all); i++ {
				seen(all[i])
			}
			return len(all)
		},
	}, nil
}

// list returns the names of the user's schools, of those of the authority.
func (u *handUser) list(names []string) []string {
	n := 0
	for _, word := range u.schools {
		n += bits.OnesCount64(word)
	}
	all := make([]string, 0, n)
	for i, word := range u.schools {
		for ; word != 0; word &= word - 1 {
			all = append(all, names[i<<6+bits.TrailingZeros64(word)])
		}
	}
	return all
}
