package condition_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

// Every condition in the package's documentation is true of one case.
func TestTheDocumentationIsTrue(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	file := thing{"id": "c1", "status": "open", "assignees": []any{"ann", "bob"}, "warnings": int64(0), "signed_off": false, "score": 1.5, "size": uint64(3),
		"opened": noon.Add(-time.Hour), "labels": map[string]any{"ward": "7"}, "owner": thing{"id": "ann"}, "age": time.Hour, "raw": []byte("ab")}
	held := 0
	for line := range strings.Lines(string(text)) {
		example, ok := strings.CutPrefix(line, "//\t")
		if !ok || strings.Contains(example, "go test") {
			continue
		}
		out, err := ask(t, example, file, "w")
		assert.Equal(t, condition.True, out, "%s: %v", example, err)
		held++
	}
	assert.Greater(t, held, 30)
}
