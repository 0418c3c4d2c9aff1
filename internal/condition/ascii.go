package condition

import "unicode/utf8"

// isPlain reports whether s is ASCII and not too long, as almost every text is: all
// that checkString asks. It looks at eight bytes at once, and at the last ones
// together with some that it has seen: texts are short, and utf8.ValidString takes
// what is left over byte by byte.
func isPlain(s string) bool {
	switch n := len(s); {
	case n > maxBytes:
		return false
	case n >= 8:
		all := eight(s[n-8:])
		for ; len(s) > 8; s = s[8:] {
			all |= eight(s)
		}
		return all&(utf8.RuneSelf*0x0101010101010101) == 0
	case n >= 4:
		return (four(s)|four(s[n-4:]))&(utf8.RuneSelf*0x01010101) == 0
	case n > 0:
		return s[0]|s[n/2]|s[n-1] < utf8.RuneSelf
	}
	return true
}

// arePlain reports whether all of list are plain.
func arePlain(list []string) bool {
	for _, text := range list {
		if !isPlain(text) {
			return false
		}
	}
	return true
}

// eight is the first eight bytes of s.
func eight(s string) uint64 { return uint64(four(s)) | uint64(four(s[4:]))<<32 }

// four is the first four bytes of s.
func four(s string) uint32 {
	_ = s[3] // one look at the length for all
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}
