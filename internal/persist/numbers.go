package persist

import (
	"iter"
	"slices"
)

// Numbers is an immutable set of numbers, in little space: two bytes a number,
// and some for each page of them. A change copies a page and the list of the
// pages. The zero Numbers is empty.
type Numbers struct {
	one  page    // all there is, unless there are many
	many *[]page // two at least, by first; nil: one, which may be of no numbers
	edit *Edit   // which made the list of pages; nil: a change on its own
}

// Len returns how many numbers there are.
func (s *Numbers) Len() int {
	if s.many == nil {
		return int(s.one.n)
	}
	n := 0
	for i := range *s.many {
		n += int((*s.many)[i].n)
	}
	return n
}

// Empty reports whether there are no numbers.
func (s *Numbers) Empty() bool { return s.many == nil && s.one.n == 0 }

// Has reports whether n is in the set.
func (s *Numbers) Has(n uint32) bool {
	if s.many == nil {
		return s.one.has(n)
	}
	at, ok := find(*s.many, n)
	return ok && (*s.many)[at].has(n)
}

// find returns where the page is that n is in, or would go into; or where a
// page for n would be.
func find(pages []page, n uint32) (at int, ok bool) {
	at, end := 0, len(pages)
	for at < end { // at becomes the first page that begins after n
		if mid := int(uint(at+end) / 2); pages[mid].first <= n {
			at = mid + 1
		} else {
			end = mid
		}
	}
	if at > 0 && pages[at-1].first>>16 == n>>16 {
		return at - 1, true
	}
	return at, at < len(pages) && pages[at].first>>16 == n>>16
}

// With returns the set with n in it.
func (s Numbers) With(in *Edit, n uint32) Numbers {
	if s.Has(n) {
		return s
	}
	s.renew(in)
	if p := &s.one; s.many == nil {
		switch {
		case p.n == 0:
			s.one = onePage(n)
			return s
		case p.n < maxPage && p.first>>16 == n>>16:
			p.with(n)
			return s
		}
		s.one, s.many = page{}, &[]page{s.one}
	}
	s.add(n)
	return s
}

// add adds a number to many pages that are writable.
func (s *Numbers) add(n uint32) {
	at, ok := find(*s.many, n)
	if !ok {
		*s.many = inserted(*s.many, at, onePage(n))
		return
	}
	p := &(*s.many)[at]
	switch {
	case p.n < maxPage:
		p.with(n)
	case p.last() < n: // to its end another is added, else it is halved
		*s.many = inserted(*s.many, at+1, onePage(n))
	default:
		upper := p.slice(maxPage/2, maxPage)
		*p = p.slice(0, maxPage/2)
		*s.many = inserted(*s.many, at+1, upper)
		s.add(n)
	}
}

// Without returns the set without n.
func (s Numbers) Without(in *Edit, n uint32) Numbers {
	if !s.Has(n) {
		return s
	}
	s.renew(in)
	if s.many == nil {
		if s.one.n == 1 {
			return Numbers{}
		}
		s.one.without(n)
		return s
	}
	at, _ := find(*s.many, n)
	if p := &(*s.many)[at]; p.n > 1 {
		p.without(n)
		return s
	}
	*s.many = removed(*s.many, at)
	if len(*s.many) == 1 {
		s.one, s.many = (*s.many)[0], nil
	}
	return s
}

// Greatest returns the greatest number; the set must not be empty.
func (s *Numbers) Greatest() uint32 {
	if s.many == nil {
		return s.one.last()
	}
	return (*s.many)[len(*s.many)-1].last()
}

// All yields the numbers, the least first.
func (s *Numbers) All() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		if s.many == nil {
			s.one.each(yield)
			return
		}
		for i := range *s.many {
			if !(*s.many)[i].each(yield) {
				return
			}
		}
	}
}

// renew gives the set a list of pages that nobody outside of the Edit can see.
func (s *Numbers) renew(in *Edit) {
	if in != nil && s.edit == in {
		return
	}
	s.edit, s.one.own = in, false
	if s.many != nil {
		pages := slices.Clone(*s.many)
		for i := range pages {
			pages[i].own = false
		}
		s.many = &pages
	}
}
