package roles_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

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
	for n, actions := range map[int]int{0: 0, 1: 2, 2: 3, 3: 4, 9: 12, 900: 1200} {
		c, err := roles.NewCatalog(privileges[:n])
		require.NoError(t, err)
		require.Len(t, c.Actions(), actions)
		_, ok := c.Right("a.view")
		require.False(t, ok)
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
}

// However much the names of a policy are alike, its actions are found about as fast
// as those of another.
func TestActionsThatLookAlikeAreFoundAsFast(t *testing.T) {
	took := func(format string) time.Duration {
		var privileges []roles.Privilege
		for i := range 4000 {
			privileges = append(privileges, roles.Privilege{Name: fmt.Sprintf(format, i)})
		}
		c, err := roles.NewCatalog(privileges)
		require.NoError(t, err)
		least := time.Hour
		for range 5 {
			start := time.Now()
			for _, action := range c.Actions() {
				c.Right(action)
			}
			least = min(least, time.Since(start))
		}
		return least
	}
	plain, alike := took("%d"), took("module.of.objects.%04d.can.be.edited")
	require.Less(t, alike, 30*plain)
}
