package persist

import "slices"

const (
	// maxPage is how many numbers a page has at most: what a change copies.
	maxPage = 512
	// lanes is how many numbers a word has, and laneBits how many bits each has.
	lanes, laneBits = 4, 16
	// looked is how many words are looked through at once: that takes less time than
	// to choose among them.
	looked = 8
)

// In each lane a one is the lowest bit, or the highest.
const lowest, highest = 0x0001_0001_0001_0001, lowest << (laneBits - 1)

// A page has numbers of a set that are equal but for the low 16 bits, and none
// of the others is between them. The zero page has none.
type page struct {
	// words have the low bits of the numbers, sorted, the least in the lowest lane.
	// The lanes that are left have the greatest once more.
	words []uint64
	first uint32 // the least number
	n     uint16 // how many there are
	own   bool   // the Edit that made the set made words too
}

// onePage is a page of one number.
func onePage(n uint32) page {
	return page{[]uint64{lowest * uint64(uint16(n))}, n, 1, true}
}

// has reports whether n is in the page. It takes the same way through the words
// that it looks through at once, whatever is in them: a processor guesses nothing
// wrong.
func (p *page) has(n uint32) bool {
	if n-p.first > 0xffff { // less than the first, or far off
		return false
	}
	low, words, at, end := uint64(uint16(n)), p.words, uint(0), uint(len(p.words))
	for end-at > looked {
		if mid := (at + end) / 2; words[mid]&0xffff <= low {
			at = mid
		} else {
			end = mid
		}
	}
	found, all := uint64(0), low*lowest
	for _, w := range words[at:end] {
		w ^= all
		found |= (w - lowest) &^ w // has a highest bit just if a lane of w is zero
	}
	return found&highest != 0
}

// at returns the i-th number.
func (p *page) at(i int) uint32 { return p.first&^0xffff | uint32(p.low(i)) }

func (p *page) low(i int) uint16 { return uint16(p.words[i/lanes] >> (i % lanes * laneBits)) }

// last returns the greatest number.
func (p *page) last() uint32 { return p.at(int(p.n) - 1) }

// search returns how many numbers are less than that with these low bits.
func (p *page) search(low uint16) int {
	at, end := 0, int(p.n)
	for at < end {
		if mid := (at + end) / 2; p.low(mid) < low {
			at = mid + 1
		} else {
			end = mid
		}
	}
	return at
}

// slice returns a page of the numbers from i until j, of which there is one at least.
func (p *page) slice(i, j int) page {
	out := onePage(p.at(i))
	for i++; i < j; i++ {
		out.with(p.at(i))
	}
	return out
}

// each yields the numbers, the least first, until it is told to stop.
func (p *page) each(yield func(uint32) bool) bool {
	for i := range int(p.n) {
		if !yield(p.at(i)) {
			return false
		}
	}
	return true
}

// with adds a number that the page has room for.
func (p *page) with(n uint32) {
	p.writable()
	p.insert(p.search(uint16(n)), uint16(n))
}

// without takes away a number that is in the page, and not the only one.
func (p *page) without(n uint32) {
	p.writable()
	p.remove(p.search(uint16(n)))
}

// insert puts a number at i, among words that are the page's own.
func (p *page) insert(i int, low uint16) {
	if p.n%lanes == 0 {
		p.words = append(p.words, 0)
	}
	at := i / lanes
	for k := len(p.words) - 1; k > at; k-- {
		p.words[k] = p.words[k]<<laneBits | p.words[k-1]>>(64-laneBits)
	}
	kept, w := below(i), p.words[at]
	p.words[at] = w&kept | w&^kept<<laneBits | uint64(low)<<(i%lanes*laneBits)
	p.n++
	p.fill()
}

// remove takes the i-th number out of words that are the page's own.
func (p *page) remove(i int) {
	at, last := i/lanes, len(p.words)-1
	kept, w := below(i), p.words[at]
	p.words[at] = w&kept | w>>laneBits&^kept
	for k := at; k < last; k++ {
		p.words[k] |= p.words[k+1] << (64 - laneBits)
		p.words[k+1] >>= laneBits
	}
	if p.n--; p.n%lanes == 0 {
		p.words = p.words[:last]
	}
	p.fill()
}

// below has ones in the lanes of a word that are below that of the i-th number.
func below(i int) uint64 { return 1<<(i%lanes*laneBits) - 1 }

// fill puts the greatest number into the lanes that are left, and finds the least.
func (p *page) fill() {
	n := int(p.n)
	if n%lanes != 0 {
		w, greatest := &p.words[n/lanes], uint64(p.low(n-1))
		*w = *w&below(n) | greatest*lowest&^below(n)
	}
	p.first = p.at(0)
}

// writable gives the page words that are its own, with room for one more. There is
// no more than the allocator gives anyway: most of what is written stays for long.
func (p *page) writable() {
	if !p.own || p.n%lanes == 0 && len(p.words) == cap(p.words) {
		p.words, p.own = append(slices.Grow([]uint64(nil), int(p.n)/lanes+1), p.words...), true
	}
}
