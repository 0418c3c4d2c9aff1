// Package persist has immutable maps: a change returns a new map, which shares
// all but the changed path with the old one. A change to a map of n entries
// copies O(log n) of it, and who holds the old map still sees the old entries.
package persist

import (
	"hash/maphash"
	"iter"
	"math/bits"
	"slices"
)

const (
	// width is how many bits of the hash choose a slot of one node.
	width = 5
	// hashBits is how many bits a hash has. A node at this depth or below holds
	// keys whose hashes are equal, and searches them one by one.
	hashBits = 64
)

// seed makes the hashes of this process unknown to those who choose keys.
var seed = maphash.MakeSeed()

// A Map is an immutable map: a trie over the hashes of its keys. The zero Map
// is empty. Maps are safe for concurrent use; the order of their entries is
// random.
type Map[K comparable, V any] struct {
	root *node[K, V] // nil: empty
	size int
}

// A node has a slot for each value of its bits of the hash: an entry, a child,
// or nothing. Entries and children stand in the order of their slots. No node
// but the root is without children and has one entry only: so a map's shape
// follows from its keys alone, and shrinks as it grew.
type node[K comparable, V any] struct {
	entryBits, childBits uint32
	entries              []entry[K, V]
	children             []*node[K, V]
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

// Len returns the number of entries.
func (m Map[K, V]) Len() int { return m.size }

// Get returns the value of a key, and whether there is one.
func (m Map[K, V]) Get(key K) (V, bool) { return m.get(maphash.Comparable(seed, key), key) }

// Has reports whether the key has a value.
func (m Map[K, V]) Has(key K) bool {
	_, ok := m.Get(key)
	return ok
}

// Set returns the map with key's value set.
func (m Map[K, V]) Set(key K, value V) Map[K, V] {
	return m.set(maphash.Comparable(seed, key), key, value, rehash[K])
}

// Delete returns the map without key.
func (m Map[K, V]) Delete(key K) Map[K, V] { return m.delete(maphash.Comparable(seed, key), key) }

// All yields every entry, in no particular order.
func (m Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if m.root != nil {
			m.root.each(yield)
		}
	}
}

// Keys yields every key, in no particular order.
func (m Map[K, V]) Keys() iter.Seq[K] {
	return func(yield func(K) bool) {
		if m.root != nil {
			m.root.each(func(k K, _ V) bool { return yield(k) })
		}
	}
}

func rehash[K comparable](key K) uint64 { return maphash.Comparable(seed, key) }

// get, set and delete take the key's hash, so that tests can choose it.

func (m Map[K, V]) get(hash uint64, key K) (V, bool) {
	var none V
	n := m.root
	for shift := 0; n != nil; shift += width {
		if shift >= hashBits {
			if i := n.search(key); i >= 0 {
				return n.entries[i].value, true
			}
			return none, false
		}
		bit := slot(hash, shift)
		if n.entryBits&bit != 0 {
			if e := &n.entries[rank(n.entryBits, bit)]; e.key == key {
				return e.value, true
			}
			return none, false
		}
		if n.childBits&bit == 0 {
			return none, false
		}
		n = n.children[rank(n.childBits, bit)]
	}
	return none, false
}

func (m Map[K, V]) set(hash uint64, key K, value V, rehash func(K) uint64) Map[K, V] {
	e := entry[K, V]{key, value}
	if m.root == nil {
		return Map[K, V]{leaf(hash, 0, e), 1}
	}
	root, added := m.root.with(hash, 0, e, rehash)
	if added {
		m.size++
	}
	return Map[K, V]{root, m.size}
}

func (m Map[K, V]) delete(hash uint64, key K) Map[K, V] {
	if m.root == nil {
		return m
	}
	root := m.root.without(hash, 0, key)
	switch {
	case root == m.root:
		return m
	case m.size == 1:
		return Map[K, V]{}
	}
	return Map[K, V]{root, m.size - 1}
}

// slot is the bit of the slot that a hash chooses in a node at depth shift.
func slot(hash uint64, shift int) uint32 { return 1 << (hash >> shift & (1<<width - 1)) }

// rank is how many slots before bit are taken.
func rank(taken, bit uint32) int { return bits.OnesCount32(taken & (bit - 1)) }

// leaf is a node that has nothing but e.
func leaf[K comparable, V any](hash uint64, shift int, e entry[K, V]) *node[K, V] {
	n := &node[K, V]{entries: []entry[K, V]{e}}
	if shift < hashBits {
		n.entryBits = slot(hash, shift)
	}
	return n
}

// search finds a key among the entries of a node that holds equal hashes.
func (n *node[K, V]) search(key K) int {
	return slices.IndexFunc(n.entries, func(e entry[K, V]) bool { return e.key == key })
}

// with returns the node with e in it, and whether e's key is new.
func (n *node[K, V]) with(hash uint64, shift int, e entry[K, V], rehash func(K) uint64) (*node[K, V], bool) {
	out := *n
	if shift >= hashBits {
		if i := n.search(e.key); i >= 0 {
			out.entries = replaced(n.entries, i, e)
			return &out, false
		}
		out.entries = inserted(n.entries, len(n.entries), e)
		return &out, true
	}
	bit := slot(hash, shift)
	switch at := rank(n.entryBits, bit); {
	case n.childBits&bit != 0:
		i := rank(n.childBits, bit)
		child, added := n.children[i].with(hash, shift+width, e, rehash)
		out.children = replaced(n.children, i, child)
		return &out, added
	case n.entryBits&bit == 0:
		out.entryBits |= bit
		out.entries = inserted(n.entries, at, e)
		return &out, true
	case n.entries[at].key == e.key:
		out.entries = replaced(n.entries, at, e)
		return &out, false
	default: // two keys in one slot: both go one level down
		there := n.entries[at]
		child, _ := leaf(rehash(there.key), shift+width, there).with(hash, shift+width, e, rehash)
		out.entryBits &^= bit
		out.childBits |= bit
		out.entries = removed(n.entries, at)
		out.children = inserted(n.children, rank(n.childBits, bit), child)
		return &out, true
	}
}

// without returns the node without key: n itself if key is not in it.
func (n *node[K, V]) without(hash uint64, shift int, key K) *node[K, V] {
	out := *n
	if shift >= hashBits {
		i := n.search(key)
		if i < 0 {
			return n
		}
		out.entries = removed(n.entries, i)
		return &out
	}
	bit := slot(hash, shift)
	switch at := rank(n.entryBits, bit); {
	case n.entryBits&bit != 0:
		if n.entries[at].key != key {
			return n
		}
		out.entryBits &^= bit
		out.entries = removed(n.entries, at)
	case n.childBits&bit != 0:
		i := rank(n.childBits, bit)
		child := n.children[i].without(hash, shift+width, key)
		if child == n.children[i] {
			return n
		}
		if len(child.children) == 0 && len(child.entries) == 1 { // its last entry comes up
			out.childBits &^= bit
			out.entryBits |= bit
			out.children = removed(n.children, i)
			out.entries = inserted(n.entries, at, child.entries[0])
			break
		}
		out.children = replaced(n.children, i, child)
	default:
		return n
	}
	return &out
}

func (n *node[K, V]) each(yield func(K, V) bool) bool {
	for i := range n.entries {
		if !yield(n.entries[i].key, n.entries[i].value) {
			return false
		}
	}
	for _, child := range n.children {
		if !child.each(yield) {
			return false
		}
	}
	return true
}

func replaced[T any](s []T, i int, v T) []T {
	out := slices.Clone(s)
	out[i] = v
	return out
}

func inserted[T any](s []T, i int, v T) []T {
	out := make([]T, len(s)+1)
	copy(out, s[:i])
	out[i] = v
	copy(out[i+1:], s[i:])
	return out
}

func removed[T any](s []T, i int) []T {
	if len(s) == 1 {
		return nil
	}
	out := make([]T, len(s)-1)
	copy(out, s[:i])
	copy(out[i:], s[i+1:])
	return out
}
