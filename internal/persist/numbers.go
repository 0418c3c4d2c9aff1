package persist

import (
	"iter"
	"slices"
)

// Numbers is an immutable set of numbers, in little space: two bytes a number,
// and some for each page of them. A change copies a page and the list of the
// pages. The zero Numbers is empty.
type Numbers struct {
	one page // all there is; of no numbers: there is nothing, or many pages
	// list has many pages, if there are, and tells which Edit made the set: that whose
	// own list it is, or which is in it. Nil: one page, made by a change on its own.
	list *list
}

// A list is of two pages at least, by first, and of the Edit that made it. That
// which an Edit has of its own is of none: it is the mark of its sets of one page.
type list struct {
	pages []page
	edit  *Edit
}

// Len returns how many numbers there are.
func (s *Numbers) Len() int {
	n := int(s.one.n)
	for i := range s.many() {
		n += int(s.list.pages[i].n)
	}
	return n
}

// Empty reports whether there are no numbers.
func (s *Numbers) Empty() bool { return s.one.n == 0 && s.many() == nil }

// many returns the pages, if there are many.
func (s *Numbers) many() []page {
	if s.list == nil {
		return nil
	}
	return s.list.pages
}

// Has reports whether n is in the set.
func (s *Numbers) Has(n uint32) bool {
	if s.one.n > 0 {
		return s.one.has(n)
	}
	pages := s.many()
	at, ok := find(pages, n)
	return ok && pages[at].has(n)
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
	if p := &s.one; s.many() == nil {
		switch {
		case p.n == 0:
			s.one = onePage(n)
			return s
		case p.n < maxPage && p.first>>16 == n>>16:
			p.with(n)
			return s
		}
		s.one, s.list = page{}, &list{[]page{s.one}, in}
	}
	s.list.add(n)
	return s
}

// add adds a number to many pages that are writable.
func (l *list) add(n uint32) {
	at, ok := find(l.pages, n)
	if !ok {
		l.pages = inserted(l.pages, at, onePage(n))
		return
	}
	p := &l.pages[at]
	switch {
	case p.n < maxPage:
		p.with(n)
	case p.last() < n: // to its end another is added, else it is halved
		l.pages = inserted(l.pages, at+1, onePage(n))
	default:
		upper := p.slice(maxPage/2, maxPage)
		*p = p.slice(0, maxPage/2)
		l.pages = inserted(l.pages, at+1, upper)
		l.add(n)
	}
}

// Without returns the set without n.
func (s Numbers) Without(in *Edit, n uint32) Numbers {
	if !s.Has(n) {
		return s
	}
	s.renew(in)
	if s.one.n == 1 {
		s.one = page{}
		return s
	} else if s.one.n > 1 {
		s.one.without(n)
		return s
	}
	l := s.list
	at, _ := find(l.pages, n)
	if p := &l.pages[at]; p.n > 1 {
		p.without(n)
		return s
	}
	l.pages = removed(l.pages, at)
	if len(l.pages) == 1 {
		s.one, s.list = l.pages[0], markOf(in)
	}
	return s
}

// Greatest returns the greatest number; the set must not be empty.
func (s *Numbers) Greatest() uint32 {
	if pages := s.many(); pages != nil {
		return pages[len(pages)-1].last()
	}
	return s.one.last()
}

// All yields the numbers, the least first.
func (s *Numbers) All() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		if !s.one.each(yield) {
			return
		}
		for i := range s.many() {
			if !s.list.pages[i].each(yield) {
				return
			}
		}
	}
}

// MadeIn reports whether the set was made in an Edit, which is not nil: whoever has
// it there need not ask what else has it.
func (s *Numbers) MadeIn(in *Edit) bool {
	return s.list != nil && (s.list == &in.mark || s.list.edit == in)
}

// Renewed returns the same set, made in an Edit.
func (s Numbers) Renewed(in *Edit) Numbers {
	s.renew(in)
	return s
}

// renew gives the set a list of pages that nobody outside of the Edit can see.
func (s *Numbers) renew(in *Edit) {
	if in != nil && s.MadeIn(in) {
		return
	}
	s.one.own = false
	old := s.many()
	if old == nil {
		s.list = markOf(in)
		return
	}
	pages := slices.Clone(old)
	for i := range pages {
		pages[i].own = false
	}
	s.list = &list{pages, in}
}

// markOf returns the list of sets of one page that are made in an Edit.
func markOf(in *Edit) *list {
	if in == nil {
		return nil
	}
	return &in.mark
}
