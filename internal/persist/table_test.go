package persist

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A thing is what a table of the tests has.
type thing struct {
	key   string
	value int
}

func newThings(hash func(string) uint64) Table[string, thing] {
	return NewTable(func(v *thing) string { return v.key }, hash)
}

// A tabled is a table beside the builtin map that says what must be in it.
type tabled struct {
	table Table[string, thing]
	model map[string]int
	edit  *Edit
}

func (h *tabled) check(t *rapid.T, keys []string) {
	got := map[string]int{}
	for v := range h.table.All() {
		if _, twice := got[v.key]; twice {
			t.Fatalf("%q is in the table twice", v.key)
		}
		got[v.key] = v.value
	}
	if !maps.Equal(got, h.model) || h.table.Len() != len(h.model) {
		t.Fatalf("the table has %d keys, %v, want %v", h.table.Len(), got, h.model)
	}
	if n := len(slices.Collect(h.table.Keys())); n != len(h.model) {
		t.Fatalf("%d keys, want %d", n, len(h.model))
	}
	for _, key := range keys {
		if v := h.table.Guess(h.table.hash(key)); v != nil && v != h.table.Get(v.key) {
			t.Fatalf("the guess for %q is %v, which is not in the table", key, *v)
		}
		want, there := h.model[key]
		if v := h.table.Get(key); (v != nil) != there || v != nil && (v.key != key || v.value != want) {
			t.Fatalf("key %q has %v; want %d, %t", key, v, want, there)
		}
	}
}

// TestATableIsABuiltinMapThatNeverChanges (T-27): whatever is changed, settled, kept and
// gone on from, whether hashes collide or not, each version of a table holds what
// it held.
func TestATableIsABuiltinMapThatNeverChanges(t *testing.T) {
	keys := make([]string, 120)
	for i := range keys {
		keys[i] = fmt.Sprintf("%0*d", 1+i%4, i)
	}
	for name, hash := range hashes {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			h := &tabled{table: newThings(hash), model: map[string]int{}}
			var versions []tabled
			key := rapid.SampledFrom(keys)
			t.Repeat(map[string]func(*rapid.T){
				"set": func(t *rapid.T) {
					v := &thing{key.Draw(t, "key"), rapid.Int().Draw(t, "value")}
					h.table, h.model[v.key] = h.table.Set(h.edit, v), v.value
				},
				"set many": func(t *rapid.T) {
					for i, key := range keys[rapid.IntRange(0, len(keys)-1).Draw(t, "from"):] {
						h.table, h.model[key] = h.table.Set(h.edit, &thing{key, i}), i
					}
				},
				"delete": func(t *rapid.T) {
					key := key.Draw(t, "key")
					h.table = h.table.Delete(h.edit, key)
					delete(h.model, key)
				},
				"settle": func(*rapid.T) { h.table = h.table.Settle() },
				"keep": func(t *rapid.T) {
					versions = append(versions[max(0, len(versions)-2):], tabled{h.table, maps.Clone(h.model), nil})
					h.edit = drawEdit(t)
				},
				"go on from a version": func(t *rapid.T) {
					if len(versions) > 0 {
						v := rapid.SampledFrom(versions).Draw(t, "version")
						h.table, h.model, h.edit = v.table, maps.Clone(v.model), drawEdit(t)
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

func TestTheZeroTableIsEmpty(t *testing.T) {
	var none Table[string, thing]
	require.Zero(t, none.Len())
	require.Nil(t, none.Get(""))
	require.Nil(t, none.Guess(0))
	require.Empty(t, slices.Collect(none.All()))
	require.Zero(t, len(slices.Collect(none.Keys())))
	empty := newThings(Hash)
	settled := empty.Settle()
	require.Nil(t, settled.Get(""))
	deleted := empty.Delete(nil, "x")
	require.Zero(t, deleted.Len())
}

// TestWhatHardlyChangesIsReadFromTheList: a table that was settled has its things
// in the list, and makes another when an eighth of them changed, not before.
func TestWhatHardlyChangesIsReadFromTheList(t *testing.T) {
	things := newThings(Hash)
	for i := range 8 * leastOver * 2 {
		things = things.Set(nil, &thing{fmt.Sprint(i), i})
	}
	things = things.Settle()
	require.Zero(t, things.over.Len())
	list := things.flat
	for v := range things.All() {
		require.Equal(t, v, things.Guess(Hash(v.key)))
	}
	for i := range leastOver * 2 {
		things = things.Settle()
		require.True(t, list == things.flat, "another list after %d changes", i)
		things = things.Set(nil, &thing{fmt.Sprint(i), -i})
	}
	things = things.Settle()
	require.True(t, list != things.flat)
	require.Zero(t, things.over.Len())
	require.Equal(t, -7, things.Get("7").value)
	for i := range things.Len() {
		things = things.Delete(nil, fmt.Sprint(i))
	}
	things = things.Settle()
	require.Len(t, things.flat.cells, 1)
	require.Nil(t, things.Get("7"))
}

// TestAChangeToATableCostsInProportionToItself: in the long run too, with all the
// lists that are made.
func TestAChangeToATableCostsInProportionToItself(t *testing.T) {
	bytes := func(n int) uint64 {
		things := newThings(Hash)
		keys := make([]string, n)
		for i := range n {
			keys[i] = fmt.Sprint(i)
			things = things.Set(nil, &thing{keys[i], i})
		}
		things = things.Settle()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for i := range n / 2 {
			things = things.Set(nil, &thing{keys[i], -i})
			things = things.Settle()
		}
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / uint64(n/2)
	}
	small, large := bytes(2000), bytes(100_000)
	require.Less(t, large, 3*small, "bytes for a change among 100 000 things, against among 2 000")
}

func TestReadingATableAllocatesNothing(t *testing.T) {
	type key struct{ a, b string }
	type value struct{ key }
	m := NewTable(func(v *value) key { return v.key }, func(k key) uint64 { return Hash(k.b) })
	for i := range 1000 {
		m = m.Set(nil, &value{key{"school", fmt.Sprint(i)}})
	}
	k := key{"school", "500"}
	for range 2 {
		require.Zero(t, testing.AllocsPerRun(100, func() { m.Get(k) }))
		m = m.Settle()
	}
}

func BenchmarkGetOfATable(b *testing.B) {
	type key struct{ a, b string }
	type value struct{ key }
	for _, n := range []int{1000, 100_000} {
		m := NewTable(func(v *value) key { return v.key }, func(k key) uint64 { return Hash(k.b) })
		keys := make([]key, n)
		for i := range n {
			keys[i] = key{"school", fmt.Sprint(i)}
			m = m.Set(nil, &value{keys[i]})
		}
		m = m.Settle()
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				m.Get(keys[i%n])
			}
		})
	}
}

// TestAnOldTableIsReadWhileOthersChangeIt: who reads a version sees it whole, however
// many mark what it shares with theirs, settle, and throw theirs away.
func TestAnOldTableIsReadWhileOthersChangeIt(t *testing.T) {
	table, keys := newThings(Hash), make([]string, 200)
	for i := range keys {
		keys[i] = fmt.Sprint(i)
		table = table.Set(nil, &thing{keys[i], i})
	}
	table = table.Settle()
	var all sync.WaitGroup
	for writer := range 4 {
		all.Go(func() {
			for range 20 {
				mine, in := table, new(Edit)
				for i := writer; i < len(keys); i += 3 {
					if i%2 == 0 {
						mine = mine.Delete(in, keys[i])
					} else {
						mine = mine.Set(in, &thing{keys[i], -i})
					}
				}
				settled := mine.Settle()
				for i, key := range slices.Concat(keys, keys) {
					got := mine.Get(key)
					if i >= len(keys) {
						i, got = i-len(keys), settled.Get(key)
					}
					mineToo := i >= writer && (i-writer)%3 == 0
					switch {
					case mineToo && i%2 == 0 && got != nil,
						mineToo && i%2 != 0 && (got == nil || got.value != -i),
						!mineToo && (got == nil || got.value != i):
						t.Errorf("key %s of writer %d has %v", key, writer, got)
					}
				}
			}
		})
	}
	for range 4 {
		all.Go(func() {
			for range 40 {
				for i, key := range keys {
					if v := table.Get(key); v == nil || v.value != i {
						t.Errorf("key %s has %v", key, v)
					}
				}
				if n := len(slices.Collect(table.All())); n != len(keys) {
					t.Errorf("%d things", n)
				}
			}
		})
	}
	all.Wait()
}
