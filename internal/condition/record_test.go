package condition

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What a Record held is nowhere in it after Clear, and not in the Record that is made
// of its memory.
func TestAClearedRecordHoldsNothing(t *testing.T) {
	shape := NewShape(map[string]Type{"a": String, "b": ListOf(String), "c": Timestamp, "d": Int}, nil)
	r := shape.New()
	r.Own("owner")
	r.From(source{})
	r.Borrow(true)
	r.SetText(0, "text")
	r.SetTexts(1, []string{"a"})
	r.Set(2, plain{"foreign": true})
	r.SetInt(3, 7)
	require.True(t, r.foreign)

	r.Clear()
	slots, lists := r.slots[:cap(r.slots)], r.lists[:cap(r.lists)]
	require.Equal(t, make([]slot, len(slots)), slots)
	require.Equal(t, make([]textList, len(lists)), lists)
	require.Equal(t, Record{slots: slots[:0], lists: lists[:0]}, *r)

	shape.Reuse(r)
	for i := range 4 {
		require.False(t, r.Has(i))
	}
}
