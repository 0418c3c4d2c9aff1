package persist

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A hashed is a map whose hashes the test chooses, beside the builtin map that
// says what must be in it.
type hashed struct {
	hash  func(string) uint64
	m     Map[string, int]
	model map[string]int
	edit  *Edit
}

func (h *hashed) set(key string, value int) {
	h.m = h.m.set(h.edit, h.hash(key), key, value, h.hash)
	h.model[key] = value
}

func (h *hashed) delete(key string) {
	h.m = h.m.delete(h.edit, h.hash(key), key)
	delete(h.model, key)
}

func (h *hashed) check(t *rapid.T, keys []string) {
	if got := maps.Collect(h.m.All()); !maps.Equal(got, h.model) || h.m.Len() != len(got) {
		t.Fatalf("the map has %d entries, %v, want %v", h.m.Len(), got, h.model)
	}
	if n := len(slices.Collect(h.m.Keys())); n != len(h.model) {
		t.Fatalf("%d keys, want %d", n, len(h.model))
	}
	for _, key := range keys {
		want, there := h.model[key]
		if got, ok := h.m.get(h.hash(key), key); ok != there || got != want {
			t.Fatalf("key %q has value %d, %t; want %d, %t", key, got, ok, want, there)
		}
	}
}

// hashes are ways to place keys: as the package does, and so badly that keys
// collide at once, late, or for ever.
var hashes = map[string]func(string) uint64{
	"real":               rehash[string],
	"all equal":          func(string) uint64 { return 0 },
	"equal by length":    func(s string) uint64 { return uint64(len(s)) * 0x9e3779b97f4a7c15 },
	"differ at the top":  func(s string) uint64 { return rehash(s) << 60 },
	"differ at the end":  func(s string) uint64 { return rehash(s) & 0xf },
	"differ in the last": func(s string) uint64 { return rehash(s) & 1 << 63 },
}

// drawEdit begins an Edit, or takes the nil one.
func drawEdit(t *rapid.T) *Edit {
	if rapid.Bool().Draw(t, "in an edit") {
		return new(Edit)
	}
	return nil
}

// TestAMapIsABuiltinMapThatNeverChanges drives maps with every hash through
// random changes, one by one and many in one Edit: each holds what a builtin map
// holds, and every version that was kept still holds what it held, whichever of
// them the changes went on from.
func TestAMapIsABuiltinMapThatNeverChanges(t *testing.T) {
	keys := make([]string, 40)
	for i := range keys {
		keys[i] = fmt.Sprintf("%0*d", 1+i%4, i)
	}
	for name, hash := range hashes {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			h := &hashed{hash: hash, model: map[string]int{}}
			var versions []hashed
			key := rapid.SampledFrom(keys)
			t.Repeat(map[string]func(*rapid.T){
				"set":    func(t *rapid.T) { h.set(key.Draw(t, "key"), rapid.Int().Draw(t, "value")) },
				"delete": func(t *rapid.T) { h.delete(key.Draw(t, "key")) },
				"keep": func(t *rapid.T) {
					versions = append(versions[max(0, len(versions)-2):], hashed{h.hash, h.m, maps.Clone(h.model), nil})
					h.edit = drawEdit(t)
				},
				"go on from a version": func(t *rapid.T) {
					if len(versions) > 0 {
						v := rapid.SampledFrom(versions).Draw(t, "version")
						h.m, h.model, h.edit = v.m, maps.Clone(v.model), drawEdit(t)
					}
				},
				"": func(t *rapid.T) {
					h.check(t, keys)
					for _, v := range versions {
						v.check(t, keys)
					}
				},
			})
		}))
	}
}

// TestAMapsShapeFollowsFromItsKeys: however a map came to its keys, it is the
// same trie, so that deleting gives back what setting took.
func TestAMapsShapeFollowsFromItsKeys(t *testing.T) {
	for name, hash := range hashes {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			keys := rapid.SliceOfNDistinct(rapid.StringN(0, 4, 8), 1, 30, rapid.ID).Draw(t, "keys")
			kept := keys[:rapid.IntRange(0, len(keys)).Draw(t, "kept")]
			a := &hashed{hash: hash, model: map[string]int{}}
			b := &hashed{hash: hash, model: map[string]int{}}
			for _, key := range keys {
				a.set(key, 1)
			}
			for _, key := range keys[len(kept):] {
				a.delete(key)
			}
			for _, key := range kept {
				b.set(key, 1)
			}
			require.Equal(t, shape(b.m.root), shape(a.m.root))
		}))
	}
}

// shape is what is in each slot of a node.
func shape(n *node[string, int]) string {
	if n == nil {
		return "-"
	}
	s := fmt.Sprintf("%x/%x/%d(", n.entryBits, n.childBits, len(n.entries))
	for _, child := range n.children {
		s += shape(child)
	}
	return s + ")"
}

func TestTheZeroMapIsEmpty(t *testing.T) {
	var m Map[string, int]
	require.Zero(t, m.Len())
	require.False(t, m.Has(""))
	require.Equal(t, m, m.Delete(nil, "x"))
	for range m.All() {
		t.Fatal("an entry of an empty map")
	}
	for range m.Keys() {
		t.Fatal("a key of an empty map")
	}
	require.True(t, m.Set(nil, "", 1).Has(""), "the empty key is a key")
	require.Equal(t, m, m.Set(nil, "", 1).Delete(nil, ""))
}

func TestARangeOverAMapCanEndEarly(t *testing.T) {
	var m Map[int, int]
	for i := range 1000 {
		m = m.Set(nil, i, i)
	}
	for stop := range 1000 {
		seen := 0
		for range m.All() {
			if seen++; seen > stop {
				break
			}
		}
		require.Equal(t, stop+1, seen)
	}
}

// TestAChangeCostsInProportionToItself: a hundred times the entries, and a
// change allocates only for the path to its entry.
func TestAChangeCostsInProportionToItself(t *testing.T) {
	const changes = 2000
	bytes := func(n int) uint64 {
		var m Map[int, int]
		for i := range n {
			m = m.Set(nil, i, i)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for i := range changes {
			m.Set(nil, i*n/changes, 0)
			m.Delete(nil, i*n/changes)
		}
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / changes
	}
	small, large := bytes(1000), bytes(100_000)
	require.Less(t, large, 3*small, "bytes for a change among 100 000 entries, against among 1 000")
}

func TestReadingAMapAllocatesNothing(t *testing.T) {
	type key struct{ a, b string }
	var m Map[key, int]
	for i := range 1000 {
		m = m.Set(nil, key{"school", fmt.Sprint(i)}, i)
	}
	k := key{"school", "500"}
	require.Zero(t, testing.AllocsPerRun(100, func() { m.Get(k) }))
}

func BenchmarkSet(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		var m Map[int, int]
		for i := range n {
			m = m.Set(nil, i, i)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				m.Set(nil, i%(2*n), 0)
			}
		})
	}
}

func BenchmarkGet(b *testing.B) {
	type key struct{ a, b string }
	for _, n := range []int{1000, 100_000} {
		var m Map[key, int]
		keys := make([]key, n)
		for i := range n {
			keys[i] = key{"school", fmt.Sprint(i)}
			m = m.Set(nil, keys[i], i)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				m.Get(keys[i%n])
			}
		})
	}
}
