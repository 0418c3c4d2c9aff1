package deepcopy_test

import (
	"encoding/json"
	"math"
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bailiwick-authz/bailiwick/internal/deepcopy"
)

type address struct{ Lines []string }

type base struct {
	Tags   []string
	hidden []string
}

type person struct {
	base
	Name    string
	Born    *time.Time
	Home    address
	Friends []*person
	Notes   map[string]any
	Rooms   [2][]int
	Any     any
	hidden  []string
	Same    *person
}

type (
	named   *person
	tags    []string
	selfish *selfish
	self    []self
	selfMap map[string]selfMap
	mixed   struct {
		Tags tags
		Last int
	}
	functions struct {
		F func()
		C chan int
	}
)

func somebody() *person {
	born := time.Date(2020, 2, 3, 4, 5, 6, 7, time.UTC)
	p := &person{
		base: base{Tags: []string{"a"}, hidden: []string{"h"}}, Name: "ann", Born: &born, Home: address{[]string{"1", "2"}},
		Friends: []*person{{Name: "bob"}, nil}, Notes: map[string]any{"x": []any{1, map[string]int{"y": 2}}, "nil": nil},
		Rooms: [2][]int{{1}, {2, 3}}, Any: tags{"t"}, hidden: []string{"h"},
	}
	p.Same = p.Friends[0]
	return p
}

func TestACopyEqualsTheOriginal(t *testing.T) {
	for name, v := range map[string]any{
		"nil": nil, "a number": 1, "a text": "x", "NaN": math.Inf(1), "a nil pointer": (*person)(nil), "a nil map": map[string]int(nil),
		"a nil slice": []int(nil), "an empty slice": []int{}, "an empty map": map[int]int{}, "an instant": time.Now(), "a struct": *somebody(),
		"a pointer": somebody(), "a named pointer": named(somebody()), "a big number": big.NewInt(7), "bytes": []byte("abc"),
		"a pointer to an interface": new(any), "nested": [][]any{{[]any{}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := deepcopy.Of(v)
			assert.Equal(t, v, got)
			assert.Equal(t, reflect.TypeOf(v), reflect.TypeOf(got))
		})
	}
}

func TestWritingToTheCopyDoesNotChangeTheOriginal(t *testing.T) {
	p := somebody()
	c := deepcopy.Of(p).(*person)
	c.Tags[0] = "changed"
	c.Name = "changed"
	*c.Born = time.Time{}
	c.Home.Lines[1] = "changed"
	c.Friends[0].Name = "changed"
	c.Friends[1] = c
	c.Notes["x"].([]any)[1].(map[string]int)["y"] = 3
	c.Notes["new"] = 1
	c.Rooms[1][0] = 9
	c.Any.(tags)[0] = "changed"
	assert.Equal(t, somebody(), p)
	assert.Equal(t, "changed", c.Same.Name, "what was one value is one value still")
}

func TestWhatCannotBeCopiedIsShared(t *testing.T) {
	p := somebody()
	c := deepcopy.Of(p).(*person)
	c.hidden[0], c.base.hidden[0] = "changed", "changed"
	assert.Equal(t, []string{"changed"}, p.hidden)
	assert.Equal(t, []string{"changed"}, p.base.hidden)
	key := &address{}
	m := deepcopy.Of(map[*address]int{key: 1}).(map[*address]int)
	assert.Equal(t, 1, m[key])
	f := functions{F: func() {}, C: make(chan int)}
	assert.Equal(t, f.C, deepcopy.Of(f).(functions).C)
	assert.NotNil(t, deepcopy.Of(f).(functions).F)
}

func TestCyclesAreCopiedAsCycles(t *testing.T) {
	p := &person{Name: "ann"}
	p.Same, p.Friends, p.Any = p, []*person{p}, p
	c := deepcopy.Of(p).(*person)
	require.NotSame(t, p, c)
	assert.Same(t, c, c.Same)
	assert.Same(t, c, c.Friends[0])
	assert.Same(t, c, c.Any)

	var s selfish
	s = &s
	assert.NotSame(t, (*selfish)(s), (*selfish)(deepcopy.Of(s).(selfish)))
	list := self{nil}
	list[0] = list
	copied := deepcopy.Of(list).(self)
	copied[0] = nil
	assert.NotNil(t, list[0])
	m := selfMap{}
	m["m"] = m
	same := deepcopy.Of(m).(selfMap)
	delete(same["m"], "m")
	assert.Empty(t, same)
	assert.Len(t, m, 1)
	var loop any
	loop = []any{&loop}
	deepcopy.Of(loop)
}

func TestReferencesToOnePlaceAreKeptApart(t *testing.T) {
	row := []*int{new(int), new(int)}
	assert.Equal(t, [][]*int{row[:1], row, row[:0]}, deepcopy.Of([][]*int{row[:1], row, row[:0]}), "of different lengths")
	first := &struct{ Tags tags }{tags{"a"}}
	assert.Equal(t, []any{first, &first.Tags}, deepcopy.Of([]any{first, &first.Tags}), "of different types")
}

func TestAStructOfWhichAPartIsPlainIsCopied(t *testing.T) {
	m := mixed{Tags: tags{"a"}}
	deepcopy.Of(m).(mixed).Tags[0] = "changed"
	assert.Equal(t, "a", m.Tags[0])
}

// Law 9: neither depth nor sharing makes a copy panic or take long.
func TestDepthAndSharingAreBounded(t *testing.T) {
	var chain *person
	for range 3_000_000 {
		chain = &person{Same: chain}
	}
	c := deepcopy.Of(chain).(*person)
	depth := 0
	for at := chain; c != at; c, at = c.Same, at.Same {
		depth++
	}
	assert.Equal(t, deepcopy.MaxDepth/2+1, depth, "pointers and structs in turn")

	var tree any = "leaf"
	for range 60 { // 2^60 leaves, if each reference were followed
		tree = []any{tree, tree}
	}
	start := time.Now()
	deepcopy.Of(tree)
	assert.Less(t, time.Since(start), time.Second)
}

func TestACopyOfWhateverJSONHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyJSON(t, 3)
		before, err := json.Marshal(v)
		require.NoError(t, err)
		c := deepcopy.Of(v)
		assert.Equal(t, v, c)
		scribble(c)
		after, err := json.Marshal(v)
		require.NoError(t, err)
		assert.Equal(t, string(before), string(after))
	})
}

func anyJSON(t *rapid.T, depth int) any {
	if depth == 0 {
		return rapid.String().Draw(t, "text")
	}
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		return rapid.Int().Draw(t, "number")
	case 1:
		var list []any
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			list = append(list, anyJSON(t, depth-1))
		}
		return list
	case 2:
		m := map[string]any{}
		for range rapid.IntRange(0, 3).Draw(t, "size") {
			m[rapid.String().Draw(t, "key")] = anyJSON(t, depth-1)
		}
		return m
	}
	return nil
}

// scribble writes over everything that can be written over.
func scribble(v any) {
	switch v := v.(type) {
	case []any:
		for i := range v {
			scribble(v[i])
			v[i] = "scribbled"
		}
	case map[string]any:
		for k := range v {
			scribble(v[k])
			v[k] = "scribbled"
		}
	}
}
