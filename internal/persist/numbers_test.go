package persist

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A numbered is a set of numbers and a vector beside the builtin map and slice
// that say what must be in them.
type numbered struct {
	set    Numbers
	inSet  map[uint32]bool
	list   Vector[int]
	inList []int
}

func (n numbered) clone() numbered {
	in := map[uint32]bool{}
	for k := range n.inSet {
		in[k] = true
	}
	n.inSet, n.inList = in, slices.Clone(n.inList)
	return n
}

// numbersDrawn are close to each other, to where pages end, and far off.
var numbersDrawn = []uint32{0, 1, 2, 3, 63, 64, 101, 333, 601, 3001, 1<<16 - 1, 1 << 16, 1<<16 + 1, 5 << 16, 5<<16 + 7, 1<<32 - 1}

func (n numbered) check(t *rapid.T) {
	for _, k := range numbersDrawn {
		require.Equal(t, n.inSet[k], n.set.Has(k), "%d", k)
	}
	want := slices.Sorted(maps.Keys(n.inSet))
	for _, k := range want {
		if !n.set.Has(k) {
			t.Fatalf("%d is not in the set", k)
		}
	}
	require.Equal(t, want, slices.Collect(n.set.All()), "in order")
	pages := []page{n.set.one}
	if many := n.set.many(); many != nil {
		require.Equal(t, page{}, n.set.one)
		require.Greater(t, len(many), 1)
		pages = many
	}
	for i, p := range pages {
		if n.set.Empty() {
			require.Equal(t, page{}, p)
			break
		}
		require.NotZero(t, p.n)
		require.LessOrEqual(t, int(p.n), maxPage)
		require.Equal(t, p.at(0), p.first, "page %d", i)
		require.Len(t, p.words, (int(p.n)+lanes-1)/lanes)
		for lane := int(p.n); lane%lanes != 0; lane++ {
			require.Equal(t, uint16(p.last()), p.low(lane), "what is left of page %d", i)
		}
	}
	require.Equal(t, len(want), n.set.Len())
	require.Equal(t, len(want) == 0, n.set.Empty())
	if len(want) > 0 {
		require.Equal(t, want[len(want)-1], n.set.Greatest())
	}
	require.Equal(t, len(n.inList), n.list.Len())
	for i, v := range n.inList {
		require.Equal(t, v, n.list.At(uint32(i)))
	}
	require.Zero(t, n.list.At(uint32(len(n.inList))))
	require.Zero(t, n.list.At(1<<32-1))
}

// TestNumbersAndVectorsNeverChange drives both through random changes, one by
// one and many in one Edit: each holds what a builtin map or slice holds, and
// every version that was kept still holds what it held.
func TestNumbersAndVectorsNeverChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := numbered{inSet: map[uint32]bool{}}
		var edit *Edit
		var versions []numbered
		number := rapid.SampledFrom(numbersDrawn)
		t.Repeat(map[string]func(*rapid.T){
			"with": func(t *rapid.T) {
				k := number.Draw(t, "number")
				now.set, now.inSet[k] = now.set.With(edit, k), true
			},
			"without": func(t *rapid.T) {
				k := number.Draw(t, "number")
				if there := slices.Sorted(maps.Keys(now.inSet)); len(there) > 0 && rapid.Bool().Draw(t, "there") {
					k = rapid.SampledFrom(there).Draw(t, "number")
				}
				now.set = now.set.Without(edit, k)
				delete(now.inSet, k)
			},
			"with many": func(t *rapid.T) {
				for k := range uint32(rapid.IntRange(1, 3*maxPage).Draw(t, "many")) {
					k = k*2 + 100
					now.set, now.inSet[k] = now.set.With(edit, k), true
				}
			},
			"set": func(t *rapid.T) {
				i, v := rapid.IntRange(0, len(now.inList)).Draw(t, "index"), rapid.Int().Draw(t, "value")
				now.list = now.list.Set(edit, uint32(i), v)
				if i == len(now.inList) {
					now.inList = append(now.inList, 0)
				}
				now.inList[i] = v
			},
			"add many": func(*rapid.T) {
				for range 40 {
					i := len(now.inList)
					now.list, now.inList = now.list.Set(edit, uint32(i), i), append(now.inList, i)
				}
			},
			"keep": func(t *rapid.T) {
				versions = append(versions[max(0, len(versions)-2):], now.clone())
				edit = drawEdit(t)
			},
			"go on from a version": func(t *rapid.T) {
				if len(versions) > 0 {
					now, edit = rapid.SampledFrom(versions).Draw(t, "version").clone(), drawEdit(t)
				}
			},
			"": func(t *rapid.T) {
				for _, n := range append(versions, now) {
					n.check(t)
				}
			},
		})
	})
}

// TestNumbersTellNeighboursApart: of numbers that lie close together, and at both
// ends of what a page can have, those that were put in and not taken out are in the
// set, and none of the others; however many fill a word.
func TestNumbersTellNeighboursApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Numbers
		in, edit := map[uint32]bool{}, drawEdit(t)
		base := rapid.SampledFrom([]uint32{0, 1<<16 - 40, 1<<31 - 40}).Draw(t, "base")
		near := rapid.Uint32Range(0, uint32(rapid.SampledFrom([]int{6, 80, 600}).Draw(t, "width")))
		for _, n := range rapid.SliceOfN(near, 0, 600).Draw(t, "put in") {
			s, in[base+n] = s.With(edit, base+n), true
		}
		for _, n := range rapid.SliceOfN(near, 0, 200).Draw(t, "taken out") {
			s = s.Without(edit, base+n)
			delete(in, base+n)
		}
		for n := base - 700; n != base+700; n++ {
			if s.Has(n) != in[n] {
				t.Fatalf("%d is in the set: %t", n, s.Has(n))
			}
		}
		require.Equal(t, slices.Sorted(maps.Keys(in)), slices.Collect(s.All()))
	})
}

// BenchmarkNumbersHave asks sets of so many numbers, of which every third or none is
// next to another, about their own and about others.
func BenchmarkNumbersHave(b *testing.B) {
	for _, n := range []uint32{3, 20, 50, 400, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			sets := make([]Numbers, 256)
			for i := range sets {
				edit := new(Edit)
				for k := range n {
					sets[i] = sets[i].With(edit, uint32(i)+k*10+k%3)
				}
			}
			random := rand.New(rand.NewPCG(1, 2))
			asked := make([]uint32, 4096)
			for i := range asked {
				k := random.Uint32N(2 * n)
				asked[i] = uint32(i%len(sets)) + k*10 + k%3
			}
			b.ReportAllocs()
			for i := range b.N {
				sets[i%len(sets)].Has(asked[i%len(asked)])
			}
		})
	}
}

// TestManyNumbers: past many pages and levels, in any order.
func TestManyNumbers(t *testing.T) {
	const n = 100_000
	var s Numbers
	var v Vector[uint32]
	edit := new(Edit)
	for i := range uint32(n) {
		s = s.With(edit, i*7919%n*3)
		v = v.Set(edit, i, i)
	}
	require.Equal(t, n, s.Len())
	i := uint32(0)
	for k := range s.All() {
		require.Equal(t, i*3, k)
		require.Equal(t, i, v.At(i))
		i++
	}
	for i := range uint32(n) {
		s = s.Without(edit, i*3)
	}
	require.Equal(t, Numbers{list: &edit.mark}, s)
}

// TestReadingNumbersAllocatesNothing, and neither does reading a Vector.
func TestReadingNumbersAllocatesNothing(t *testing.T) {
	var s Numbers
	var v Vector[string]
	for i := range uint32(3000) {
		s, v = s.With(nil, i*100), v.Set(nil, i, "x")
	}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if !s.Has(100_000) || s.Has(100_001) || v.At(77) != "x" {
			panic("wrong")
		}
		for range s.All() {
		}
	}))
}

// TestAnEditCopiesOnce: many changes in one Edit cost a fraction of what
// they cost one by one.
func TestAnEditCopiesOnce(t *testing.T) {
	var small Map[int, int]
	for i := range 1000 {
		small = small.Set(nil, i, i)
	}
	allocs := func(in *Edit) float64 {
		return testing.AllocsPerRun(10, func() {
			m := small
			for i := range 1000 {
				m = m.Set(in, i, i+1)
			}
		})
	}
	require.Less(t, allocs(new(Edit)), allocs(nil)/5)
}
