// Package persist has immutable maps, vectors and sets: a change returns a new
// one, which shares all but the changed path with the old one. A change to a map
// of n entries copies O(log n) of it, and who holds the old map still sees the
// old entries.
//
// A writer who makes many changes before anybody else sees them makes them in
// one Edit, which copies each part of a map once and not for every change.
package persist

import (
	"hash/maphash"
	"iter"
	"math/bits"
	"slices"
)

const (
	// width is how many bits of the hash choose a slot of one node.
	width = 6
	// hashBits is how many bits a hash has. A node at this depth or below holds
	// keys whose hashes are equal, and searches them one by one.
	hashBits = 64
)

// An Edit is a run of changes by one writer: what was copied for one of them the
// later ones change in place. So a change in an Edit spends the map that it was
// made to, if that came from the same Edit: only the map that it returns may be
// used. Who keeps a map, or hands it to somebody, makes all later changes in
// another Edit. What was there before the Edit's first change stays as it is.
//
// The nil Edit is of one change: everything is copied. An Edit is for one
// goroutine at a time.
type Edit struct{ mark list } // not empty, so that no two have the same address

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
	entryBits, childBits uint64
	entries              []entry[K, V]
	children             []*node[K, V]
	edit                 *Edit // which made it; nil: a change on its own
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
func (m Map[K, V]) Set(in *Edit, key K, value V) Map[K, V] {
	return m.set(in, maphash.Comparable(seed, key), key, value, rehash[K])
}

// Delete returns the map without key.
func (m Map[K, V]) Delete(in *Edit, key K) Map[K, V] {
	return m.delete(in, maphash.Comparable(seed, key), key)
}

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

func (m Map[K, V]) set(in *Edit, hash uint64, key K, value V, rehash func(K) uint64) Map[K, V] {
	e := entry[K, V]{key, value}
	if m.root == nil {
		return Map[K, V]{leaf(in, hash, 0, e), 1}
	}
	root, added := m.root.with(in, hash, 0, e, rehash)
	if added {
		m.size++
	}
	return Map[K, V]{root, m.size}
}

func (m Map[K, V]) delete(in *Edit, hash uint64, key K) Map[K, V] {
	if _, ok := m.get(hash, key); !ok {
		return m
	}
	if m.size == 1 {
		return Map[K, V]{}
	}
	return Map[K, V]{m.root.without(in, hash, 0, key), m.size - 1}
}

// slot is the bit of the slot that a hash chooses in a node at depth shift.
func slot(hash uint64, shift int) uint64 { return 1 << (hash >> shift & (1<<width - 1)) }

// rank is how many slots before bit are taken.
func rank(taken, bit uint64) int { return bits.OnesCount64(taken & (bit - 1)) }

// leaf is a node that has nothing but e.
func leaf[K comparable, V any](in *Edit, hash uint64, shift int, e entry[K, V]) *node[K, V] {
	n := &node[K, V]{edit: in, entries: []entry[K, V]{e}}
	if shift < hashBits {
		n.entryBits = slot(hash, shift)
	}
	return n
}

// writable returns a node with the same in it that nobody outside of the Edit
// can see: n itself, if the Edit made it.
func (n *node[K, V]) writable(in *Edit) *node[K, V] {
	if in != nil && n.edit == in {
		return n
	}
	return &node[K, V]{n.entryBits, n.childBits, slices.Clone(n.entries), slices.Clone(n.children), in}
}

// search finds a key among the entries of a node that holds equal hashes.
func (n *node[K, V]) search(key K) int {
	return slices.IndexFunc(n.entries, func(e entry[K, V]) bool { return e.key == key })
}

// with returns the node with e in it, and whether e's key is new.
func (n *node[K, V]) with(in *Edit, hash uint64, shift int, e entry[K, V], rehash func(K) uint64) (*node[K, V], bool) {
	out := n.writable(in)
	if shift >= hashBits {
		if i := out.search(e.key); i >= 0 {
			out.entries[i] = e
			return out, false
		}
		out.entries = inserted(out.entries, len(out.entries), e)
		return out, true
	}
	bit := slot(hash, shift)
	switch at := rank(out.entryBits, bit); {
	case out.childBits&bit != 0:
		child := &out.children[rank(out.childBits, bit)]
		var added bool
		*child, added = (*child).with(in, hash, shift+width, e, rehash)
		return out, added
	case out.entryBits&bit == 0:
		out.entryBits |= bit
		out.entries = inserted(out.entries, at, e)
		return out, true
	case out.entries[at].key == e.key:
		out.entries[at] = e
		return out, false
	default: // two keys in one slot: both go one level down
		there := out.entries[at]
		child, _ := leaf(in, rehash(there.key), shift+width, there).with(in, hash, shift+width, e, rehash)
		out.entryBits &^= bit
		out.childBits |= bit
		out.entries = removed(out.entries, at)
		out.children = inserted(out.children, rank(out.childBits, bit), child)
		return out, true
	}
}

// without returns the node without key, which is in it.
func (n *node[K, V]) without(in *Edit, hash uint64, shift int, key K) *node[K, V] {
	out := n.writable(in)
	if shift >= hashBits {
		out.entries = removed(out.entries, out.search(key))
		return out
	}
	bit := slot(hash, shift)
	at := rank(out.entryBits, bit)
	if out.entryBits&bit != 0 {
		out.entryBits &^= bit
		out.entries = removed(out.entries, at)
		return out
	}
	i := rank(out.childBits, bit)
	child := out.children[i].without(in, hash, shift+width, key)
	if len(child.children) > 0 || len(child.entries) > 1 {
		out.children[i] = child
		return out
	}
	out.childBits &^= bit // its last entry comes up
	out.entryBits |= bit
	out.children = removed(out.children, i)
	out.entries = inserted(out.entries, at, child.entries[0])
	return out
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

// inserted inserts in place where there is room, and makes no more room than it
// needs: most of what is written stays for long.
func inserted[T any](s []T, i int, v T) []T {
	if len(s) < cap(s) {
		return slices.Insert(s, i, v)
	}
	out := make([]T, len(s)+1)
	copy(out, s[:i])
	out[i] = v
	copy(out[i+1:], s[i:])
	return out
}

// removed removes in place.
func removed[T any](s []T, i int) []T {
	if len(s) == 1 {
		return nil
	}
	return slices.Delete(s, i, i+1)
}
