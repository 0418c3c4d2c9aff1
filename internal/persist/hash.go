package persist

import (
	"hash/maphash"
	"math/bits"
)

// seed makes the hashes of this process unknown to those who choose keys, and so
// do the words that are drawn with it.
var (
	seed  = maphash.MakeSeed()
	words = [4]uint64{drawn(0), drawn(1), drawn(2), drawn(3)}
)

func drawn(i byte) uint64 { return maphash.Bytes(seed, []byte{i}) }

// Hash is a hash of a text, in this process only: nobody outside of it can know
// texts that have the same.
//
// Ids are short. To hash them takes less time here than to call what hashes texts of
// any length: it is what the runtime does where the processor has no instructions
// for it, two words of the text multiplied with each other, each covered by a word
// that nobody knows.
func Hash(text string) uint64 {
	var a, b uint64
	n := len(text)
	covered := words[1]
	switch {
	case n > 32:
		return maphash.String(seed, text)
	case n > 16:
		covered = fold(eight(text, 0)^words[2], eight(text, 8)^words[3])
		a, b = eight(text, n-16), eight(text, n-8)
	case n >= 8:
		a, b = eight(text, 0), eight(text, n-8)
	case n >= 4:
		a, b = four(text, 0), four(text, n-4)
	case n > 0:
		a = uint64(text[0]) | uint64(text[n/2])<<8 | uint64(text[n-1])<<16
	}
	return fold(fold(a^words[0], b^covered)^words[2], uint64(n)^words[3])
}

// fold multiplies two words and makes one of both halves.
func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

// eight is the word of eight bytes of a text.
func eight(text string, at int) uint64 {
	t := text[at : at+8]
	return uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 |
		uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56
}

// four is the word of four bytes of a text.
func four(text string, at int) uint64 {
	t := text[at : at+4]
	return uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24
}
