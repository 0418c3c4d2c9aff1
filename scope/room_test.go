package scope

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// keptUnits are Units that keep the place of one unit.
type keptUnits struct{ place *Place }

func (k *keptUnits) Locate(Ref) (Ref, *Values, bool) { return Root(), nil, true }
func (k *keptUnits) Place(Ref) *Place                { return k.place }
func (k *keptUnits) Keeper() Units                   { return k }

// A Room that is cleared, and may lie in a pool for long, refers to nothing that a
// question was about.
func TestAClearedRoomRefersToNothing(t *testing.T) {
	types, err := NewTypes([]TypeSpec{{Name: "school", Unit: true}, {Name: "pupil", In: []string{"school"}, Attributes: map[string]string{"tags": "list(string)", "year": "string"}}})
	require.NoError(t, err)
	school, err := types.Keep(NewRef("school", "s1"), nil, nil, "keeper")
	require.NoError(t, err)
	type pupil struct {
		ID     string   `bailiwick:",id"`
		School string   `bailiwick:",parent=school"`
		Tags   []string `bailiwick:"tags"`
		Year   string   `bailiwick:"year"`
	}
	pupils, err := StructOf[pupil](types, "pupil")
	require.NoError(t, err)
	room, units := new(Room), &keptUnits{school}
	for _, r := range []Resource{
		{Type: "pupil", ID: "p7", Parent: school.Ref(), Attributes: Map{"tags": []string{"a"}, "year": "2025/26"}},
		pupils.Resource(&pupil{"p7", "s1", []string{"a"}, "2025/26"}),
	} {
		p, err := types.LocateIn(room, types.Type("pupil"), &r, nil, units)
		require.NoError(t, err)
		require.Equal(t, "2025/26", p.Field("year"))
		p.keeper, p.gap, p.partial = "keeper", true, true // as places of other rooms have them

		room.Clear()
		require.Zero(t, room.used)
		left := *p
		require.Equal(t, later{}, *left.later)
		left.record, left.later = condition.Record{}, nil
		require.Equal(t, Place{}, left)
		require.Equal(t, any(condition.Absent), p.Field("year"))
	}
}

// The place that was looked up before is the resource's parent only if it is what
// the question says: else the parent is looked for, or refused, as without it.
func TestAPlaceFoundBeforeIsTheParentOnlyIfItIs(t *testing.T) {
	specs := []TypeSpec{{Name: "school", Unit: true}, {Name: "trust", Unit: true}, {Name: "pupil", In: []string{"school"}}}
	types, err := NewTypes(specs)
	require.NoError(t, err)
	others, err := NewTypes(specs)
	require.NoError(t, err)
	keep := func(types *Types, unit Ref) *Place {
		p, err := types.Keep(unit, nil, nil, "keeper")
		require.NoError(t, err)
		return p
	}
	s1, t1 := NewRef("school", "s1"), NewRef("trust", "t1")
	at := keep(types, s1)
	units := &keptUnits{at}
	for name, c := range map[string]struct {
		above *Place
		asked Resource
		err   string
	}{
		"it is":                  {above: at, asked: Resource{Parent: s1}},
		"none was found":         {asked: Resource{Parent: s1}},
		"of equal types":         {above: keep(others, s1), asked: Resource{Parent: s1}},
		"of another unit":        {above: keep(types, NewRef("school", "s2")), asked: Resource{Parent: s1}},
		"beside one in full":     {above: at, asked: Resource{Parent: s1, In: &Resource{Type: "school", ID: "s1"}}},
		"beside another in full": {above: at, asked: Resource{Parent: s1, In: &Resource{Type: "school", ID: "s2"}}, err: "pupil:p is in school:s1, not in school:s2"},
		"of no use to a pupil":   {above: keep(types, t1), asked: Resource{Parent: t1}, err: "a pupil is in a school, it cannot be in trust:t1"},
	} {
		c.asked.Type, c.asked.ID = "pupil", "p"
		p, err := types.LocateIn(nil, types.Type("pupil"), &c.asked, c.above, units)
		if c.err != "" {
			require.EqualError(t, err, c.err, name)
			continue
		}
		require.NoError(t, err, name)
		require.Same(t, at, p.Parent(), name)
	}
}
