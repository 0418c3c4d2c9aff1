package persist

import (
	"iter"
	"slices"
)

// maxPage is how many numbers a page has at most: what a change copies.
const maxPage = 512

// Numbers is an immutable set of numbers, in little space: two bytes a number,
// and some for each page of them. A change copies a page and the list of the
// pages. The zero Numbers is empty.
type Numbers struct {
	pages []page // by first, none empty
	edit  *Edit  // which made the list of pages; nil: a change on its own
}

// A page has numbers of a set that are equal but for the low 16 bits, and none
// of the others is between them.
type page struct {
	low   []uint16 // sorted
	first uint32   // the least
	own   bool     // the Edit that made the list made low too
}

func (p *page) number(low uint16) uint32 { return p.first&^0xffff | uint32(low) }

// Len returns how many numbers there are.
func (s Numbers) Len() int {
	n := 0
	for i := range s.pages {
		n += len(s.pages[i].low)
	}
	return n
}

// Empty reports whether there are no numbers.
func (s Numbers) Empty() bool { return len(s.pages) == 0 }

// Has reports whether n is in the set.
func (s Numbers) Has(n uint32) bool {
	at, ok := s.find(n)
	if !ok {
		return false
	}
	_, ok = slices.BinarySearch(s.pages[at].low, uint16(n))
	return ok
}

// find returns where the page is that n is in, or would go into; or where a
// page for n would be.
func (s Numbers) find(n uint32) (at int, ok bool) {
	at, end := 0, len(s.pages)
	for at < end { // at becomes the first page that begins after n
		if mid := int(uint(at+end) / 2); s.pages[mid].first <= n {
			at = mid + 1
		} else {
			end = mid
		}
	}
	if at > 0 && s.pages[at-1].first>>16 == n>>16 {
		return at - 1, true
	}
	return at, at < len(s.pages) && s.pages[at].first>>16 == n>>16
}

// With returns the set with n in it.
func (s Numbers) With(in *Edit, n uint32) Numbers {
	at, ok := s.find(n)
	if !ok {
		s = s.writable(in)
		s.pages = inserted(s.pages, at, page{[]uint16{uint16(n)}, n, true})
		return s
	}
	i, there := slices.BinarySearch(s.pages[at].low, uint16(n))
	if there {
		return s
	}
	s = s.writable(in)
	p := &s.pages[at]
	if len(p.low) == maxPage { // to its end another is added, else it is halved
		half := maxPage / 2
		if i == maxPage {
			s.pages = inserted(s.pages, at+1, page{[]uint16{uint16(n)}, n, true})
			return s
		}
		upper := page{slices.Clone(p.low[half:]), p.number(p.low[half]), true}
		p.low, p.own = slices.Clone(p.low[:half]), true
		s.pages = inserted(s.pages, at+1, upper)
		return s.With(in, n)
	}
	if len(p.low) == cap(p.low) {
		p.copy(1)
	}
	p.writable()
	p.low = slices.Insert(p.low, i, uint16(n))
	p.first = min(p.first, n)
	return s
}

// Without returns the set without n.
func (s Numbers) Without(in *Edit, n uint32) Numbers {
	if !s.Has(n) {
		return s
	}
	at, _ := s.find(n)
	if len(s.pages) == 1 && len(s.pages[0].low) == 1 {
		return Numbers{}
	}
	s = s.writable(in)
	p := &s.pages[at]
	if len(p.low) == 1 {
		s.pages = removed(s.pages, at)
		return s
	}
	p.writable()
	i, _ := slices.BinarySearch(p.low, uint16(n))
	p.low = slices.Delete(p.low, i, i+1)
	p.first = p.number(p.low[0])
	return s
}

// Greatest returns the greatest number; the set must not be empty.
func (s Numbers) Greatest() uint32 {
	p := s.pages[len(s.pages)-1]
	return p.number(p.low[len(p.low)-1])
}

// All yields the numbers, the least first.
func (s Numbers) All() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for i := range s.pages {
			p := &s.pages[i]
			for _, low := range p.low {
				if !yield(p.number(low)) {
					return
				}
			}
		}
	}
}

// writable returns the set with a list of pages that nobody outside of the Edit
// can see.
func (s Numbers) writable(in *Edit) Numbers {
	if in == nil || s.edit != in {
		s.pages, s.edit = slices.Clone(s.pages), in
		for i := range s.pages {
			s.pages[i].own = false
		}
	}
	return s
}

// writable gives the page, of a list that is writable, numbers that are.
func (p *page) writable() {
	if !p.own {
		p.copy(0)
	}
}

// copy gives the page numbers of its own and room for more, though no more than
// the allocator gives anyway: most of what is written stays for long.
func (p *page) copy(more int) {
	p.low, p.own = append(slices.Grow([]uint16(nil), len(p.low)+more), p.low...), true
}
