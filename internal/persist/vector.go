package persist

import "slices"

const (
	// span is how many bits of an index choose a slot of one node of a Vector.
	span  = 5
	slots = 1 << span
)

// A Vector is an immutable list, whose elements are set and added one by one.
// The zero Vector is empty.
type Vector[V any] struct {
	root  *branch[V] // nil: empty
	size  int
	shift int // of the root: the bits of an index below those that it uses
}

// A branch has values if it is at shift 0, and branches if it is above.
type branch[V any] struct {
	below  []*branch[V]
	values []V
	edit   *Edit // which made it
}

// Len returns how many elements there are.
func (v Vector[V]) Len() int { return v.size }

// At returns an element: the zero V past the end.
func (v Vector[V]) At(i uint32) V {
	if uint64(i) >= uint64(v.size) {
		var none V
		return none
	}
	n := v.root
	for shift := v.shift; shift > 0; shift -= span {
		n = n.below[i>>shift&(slots-1)]
	}
	return n.values[i&(slots-1)]
}

// Set returns the vector with an element set, or added if i is Len.
func (v Vector[V]) Set(in *Edit, i uint32, value V) Vector[V] {
	if v.root != nil && int(i)>>(v.shift+span) > 0 {
		v.root, v.shift = &branch[V]{below: []*branch[V]{v.root}, edit: in}, v.shift+span
	}
	v.root = v.root.with(in, v.shift, i, value)
	v.size = max(v.size, int(i)+1)
	return v
}

func (n *branch[V]) with(in *Edit, shift int, i uint32, value V) *branch[V] {
	switch {
	case n == nil:
		n = &branch[V]{edit: in}
	case in == nil || n.edit != in:
		n = &branch[V]{slices.Clone(n.below), slices.Clone(n.values), in}
	}
	at := int(i >> shift & (slots - 1))
	if shift == 0 {
		if at == len(n.values) {
			n.values = append(n.values, value)
		}
		n.values[at] = value
		return n
	}
	if at == len(n.below) {
		n.below = append(n.below, nil)
	}
	n.below[at] = n.below[at].with(in, shift-span, i, value)
	return n
}
