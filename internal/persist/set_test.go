package persist

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestAnIndexIsAMapOfSets: an index and its old versions hold what a builtin
// map of sets holds.
func TestAnIndexIsAMapOfSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x, old Index[int, int]
		model, oldModel := map[int]map[int]bool{}, map[int][]int{}
		small := rapid.IntRange(0, 6)
		t.Repeat(map[string]func(*rapid.T){
			"with": func(t *rapid.T) {
				k, v := small.Draw(t, "key"), small.Draw(t, "value")
				x = x.With(nil, k, v)
				if model[k] == nil {
					model[k] = map[int]bool{}
				}
				model[k][v] = true
			},
			"without": func(t *rapid.T) {
				k, v := small.Draw(t, "key"), small.Draw(t, "value")
				x = x.Without(nil, k, v)
				if delete(model[k], v); len(model[k]) == 0 {
					delete(model, k)
				}
			},
			"keep": func(*rapid.T) {
				old, oldModel = x, map[int][]int{}
				for k, values := range model {
					for v := range values {
						oldModel[k] = append(oldModel[k], v)
					}
				}
			},
			"": func(t *rapid.T) {
				require.Equal(t, len(model), x.m.Len(), "a key without values is no key")
				for k := range 7 {
					require.Equal(t, len(model[k]), x.Of(k).Len())
					for v := range 7 {
						require.Equal(t, model[k][v], x.Of(k).Has(v))
					}
					require.ElementsMatch(t, oldModel[k], slices.Collect(old.Of(k).All()))
				}
			},
		})
	})
}

func TestWithWhatIsThereChangesNothing(t *testing.T) {
	s := Set[string]{}.With(nil, "a")
	require.Equal(t, s, s.With(nil, "a"))
	require.Equal(t, s, s.Without(nil, "b"))
	require.Equal(t, Set[string]{}, s.Without(nil, "a"))
}
