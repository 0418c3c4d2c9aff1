package roles_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/roles"
)

// An action is found by all of its name, among many that look alike too.
func TestACatalogFindsItsActionsAndNoOthers(t *testing.T) {
	var privileges []roles.Privilege
	for i := range 300 {
		privileges = append(privileges,
			roles.Privilege{Name: fmt.Sprint("tab", i), Levels: []string{"view", "update"}},
			roles.Privilege{Name: "a" + strings.Repeat("b", i)},
			roles.Privilege{Name: fmt.Sprintf("same.ends.%03d.and.length", i)},
		)
	}
	_, ok := (&roles.Catalog{}).Right("a")
	require.False(t, ok, "of a catalog that nobody made")
	c, err := roles.NewCatalog(privileges)
	require.NoError(t, err)
	require.Len(t, c.Actions(), 1200)
	for i, action := range c.Actions() {
		right, ok := c.Right(action)
		require.True(t, ok, action)
		require.Equal(t, action, right.Action())
		require.Equal(t, i, right.Index())
		for _, other := range []roles.Action{"", action + "x", "x" + action[1:], "tab1." + action} {
			right, ok := c.Right(other)
			require.False(t, ok, "%s is %s", other, right.Action())
		}
	}
}
