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
