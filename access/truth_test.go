package access

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// The truth tables, in full: the conditions of one grant, which must both hold,
// and several grants, of which one must.
func TestTruthTables(t *testing.T) {
	const u, f, tt, q = scope.Undefined, scope.False, scope.True, scope.Unknown
	for _, row := range []struct{ a, b, both, either scope.Truth }{
		{u, u, u, f}, {u, f, f, f}, {u, tt, u, tt}, {u, q, u, q},
		{f, f, f, f}, {f, tt, f, tt}, {f, q, f, q},
		{tt, tt, tt, tt}, {tt, q, q, tt},
		{q, q, q, q},
	} {
		require.Equal(t, row.both, both(row.a, row.b), "%s and %s", row.a, row.b)
		require.Equal(t, row.both, both(row.b, row.a), "%s and %s", row.b, row.a)
		require.Equal(t, row.either, either(row.a, row.b), "%s or %s", row.a, row.b)
		require.Equal(t, row.either, either(row.b, row.a), "%s or %s", row.b, row.a)
	}
}
