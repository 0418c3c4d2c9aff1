package persist

import (
	"iter"
	"math/bits"
	"sync/atomic"
)

// A Table is an immutable map, as a Map is, of things that know their keys. It is
// for what is looked up far more often than it changes: to find a key takes one
// look into a flat list, in most cases, where a Map descends from node to node.
//
// What changes lies in a Map over the list, until Settle finds it to be so much
// that a new list is due. So a change costs what it costs a Map, and now and then
// as much as the whole table, shared by all the changes since the last time.
//
// The zero Table is empty, but nothing can be set in it: see NewTable.
type Table[K comparable, V any] struct {
	flat *flat[K, V] // nil: empty
	over Map[K, *V]  // what is not as it is in flat; nil: deleted
	size int
	key  func(*V) K
	hash func(K) uint64
}

// A flat is a hash table with open addressing: a thing is in the first free cell
// from that on which its hash names. It never changes but for its marks.
type flat[K comparable, V any] struct {
	cells []cell[V] // one at least is free
	n     int       // how many are not
}

type cell[V any] struct {
	value *V     // nil: free
	tag   uint32 // of the key's hash
	// changed is whether a Table with this list, of any age, may have something else
	// over it. Nothing takes the mark away: who meets it looks in its own Map.
	changed atomic.Bool
}

// leastOver is how much there can be over a list, however short that is.
const leastOver = 32

// NewTable makes an empty table of things whose keys are what key says: the same
// for as long as they are in it. Equal keys have the same hash, and few others have
// it: see Hash.
func NewTable[K comparable, V any](key func(*V) K, hash func(K) uint64) Table[K, V] {
	return Table[K, V]{key: key, hash: hash}
}

// Len returns the number of keys.
func (t *Table[K, V]) Len() int { return t.size }

// Get returns what has a key; nil if nothing has.
func (t *Table[K, V]) Get(key K) *V {
	if t.size == 0 {
		return nil
	}
	hash := t.hash(key)
	c := t.find(hash, key)
	if c != nil && !c.changed.Load() {
		return c.value
	}
	if v, ok := t.over.get(hash, key); ok || c == nil {
		return v
	}
	return c.value
}

// Guess returns what most likely has a key with this hash, as far as that is known
// without asking for any key: a thing of the table, or nil. Whoever asks compares the
// key, which they can do without a call, and asks Get if it is another one.
func (t *Table[K, V]) Guess(hash uint64) *V {
	if t.flat == nil {
		return nil
	}
	tag, cells := tagOf(hash), t.flat.cells
	for i := home(tag, len(cells)); ; i++ {
		if i == len(cells) {
			i = 0
		}
		switch c := &cells[i]; {
		case c.value == nil:
			return nil
		case c.tag != tag:
		case c.changed.Load():
			return nil
		default:
			return c.value
		}
	}
}

// find returns the cell of a key in the list.
func (t *Table[K, V]) find(hash uint64, key K) *cell[V] {
	if t.flat == nil {
		return nil
	}
	tag, cells := tagOf(hash), t.flat.cells
	for i := home(tag, len(cells)); ; i++ {
		if i == len(cells) {
			i = 0
		}
		c := &cells[i]
		if c.value == nil {
			return nil
		}
		if c.tag == tag && t.key(c.value) == key {
			return c
		}
	}
}

// tagOf is the part of a hash that a cell has.
func tagOf(hash uint64) uint32 { return uint32(hash >> 32) }

// home is the first cell that a tag may be in.
func home(tag uint32, cells int) int {
	at, _ := bits.Mul64(uint64(tag)<<32, uint64(cells))
	return int(at)
}

// Set returns the table with value, by its key.
func (t *Table[K, V]) Set(in *Edit, value *V) Table[K, V] {
	key, out := t.key(value), *t
	if t.Get(key) == nil {
		out.size++
	}
	out.put(in, key, value)
	return out
}

// Delete returns the table without key.
func (t *Table[K, V]) Delete(in *Edit, key K) Table[K, V] {
	out := *t
	if t.Get(key) == nil {
		return out
	}
	out.size--
	out.put(in, key, nil)
	return out
}

// put lays a value over the list; nil takes away what is there.
func (t *Table[K, V]) put(in *Edit, key K, value *V) {
	hash := t.hash(key)
	below := t.find(hash, key)
	if below != nil {
		below.changed.Store(true)
	}
	if value == nil && below == nil {
		t.over = t.over.delete(in, hash, key)
	} else {
		t.over = t.over.set(in, hash, key, value, t.hash)
	}
}

// Settle returns the same table, with a new list if too much lies over that which
// it has.
func (t *Table[K, V]) Settle() Table[K, V] {
	if n := t.over.Len(); n < leastOver || t.flat != nil && n < t.flat.n/8 {
		return *t
	}
	next := &flat[K, V]{cells: make([]cell[V], t.size+t.size/2+1), n: t.size}
	for v := range t.All() {
		next.add(tagOf(t.hash(t.key(v))), v)
	}
	return Table[K, V]{flat: next, size: t.size, key: t.key, hash: t.hash}
}

// add puts a value into a free cell.
func (f *flat[K, V]) add(tag uint32, v *V) {
	i := home(tag, len(f.cells))
	for f.cells[i].value != nil {
		if i++; i == len(f.cells) {
			i = 0
		}
	}
	f.cells[i].value, f.cells[i].tag = v, tag
}

// covered reports whether something lies over a value of the list.
func (t *Table[K, V]) covered(below *V) bool {
	key := t.key(below)
	_, ok := t.over.get(t.hash(key), key)
	return ok
}

// All yields everything, in no particular order.
func (t *Table[K, V]) All() iter.Seq[*V] {
	return func(yield func(*V) bool) {
		for i := 0; t.flat != nil && i < len(t.flat.cells); i++ {
			c := &t.flat.cells[i]
			if c.value == nil || c.changed.Load() && t.covered(c.value) {
				continue
			}
			if !yield(c.value) {
				return
			}
		}
		for _, v := range t.over.All() {
			if v != nil && !yield(v) {
				return
			}
		}
	}
}

// Keys yields every key, in no particular order.
func (t *Table[K, V]) Keys() iter.Seq[K] {
	return func(yield func(K) bool) {
		for v := range t.All() {
			if !yield(t.key(v)) {
				return
			}
		}
	}
}
