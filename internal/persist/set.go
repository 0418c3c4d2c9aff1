package persist

import "iter"

// A Set is an immutable set. The zero Set is empty.
type Set[K comparable] struct{ m Map[K, struct{}] }

// Len returns the number of elements.
func (s Set[K]) Len() int { return s.m.Len() }

// Has reports whether key is an element.
func (s Set[K]) Has(key K) bool { return s.m.Has(key) }

// With returns the set with key in it.
func (s Set[K]) With(in *Edit, key K) Set[K] {
	if s.Has(key) {
		return s
	}
	return Set[K]{s.m.Set(in, key, struct{}{})}
}

// Without returns the set without key.
func (s Set[K]) Without(in *Edit, key K) Set[K] { return Set[K]{s.m.Delete(in, key)} }

// All yields every element, in no particular order.
func (s Set[K]) All() iter.Seq[K] { return s.m.Keys() }

// An Index is an immutable map from keys to sets of values. The zero Index is
// empty. A key whose set is empty is not in it.
type Index[K, V comparable] struct{ m Map[K, Set[V]] }

// Of returns the values of a key.
func (x Index[K, V]) Of(key K) Set[V] {
	values, _ := x.m.Get(key)
	return values
}

// With returns the index with value among those of key.
func (x Index[K, V]) With(in *Edit, key K, value V) Index[K, V] {
	return Index[K, V]{x.m.Set(in, key, x.Of(key).With(in, value))}
}

// Without returns the index without value among those of key.
func (x Index[K, V]) Without(in *Edit, key K, value V) Index[K, V] {
	values := x.Of(key).Without(in, value)
	if values.Len() == 0 {
		return Index[K, V]{x.m.Delete(in, key)}
	}
	return Index[K, V]{x.m.Set(in, key, values)}
}
