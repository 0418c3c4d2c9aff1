package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sample has a mutant of each kind.
var sample = map[string]string{
	"go.mod": "module example.com/sample\n\ngo 1.26\n",
	"number/number.go": `package number

const limit = 2 * 5

// Held is a number between two bounds.
func Held(n int) bool { return n > -limit && n <= limit }

// First is the place of the first number that is held, and not another one.
func First(not int, numbers ...int) int {
	found := -1
	for i, n := range numbers {
		if n == not {
			continue
		}
		if Held(n) || n%2 == 1 {
			found = i
			break
		}
	}
	return found
}

// Longer joins texts.
func Longer(a, b string) string { return a + b }

// Nobody asks.
func Nobody(a, b int) int { return a / b }

// Until counts.
func Until(n uint8) (count int) {
	for i := uint8(0); i < n; i++ {
		count++
	}
	return count
}
`,
	"number/number_test.go": `package number

import "testing"

func TestHeld(t *testing.T) {
	if !Held(10) || Held(11) || Held(-11) {
		t.Fatal("the bounds are elsewhere")
	}
}

func TestFirst(t *testing.T) {
	if First(5, 5, 12, 6, 7) != 2 || First(0, 12) != -1 || Longer("a", "b") != "ab" {
		t.Fatal("another is the first")
	}
}

func TestUntil(t *testing.T) {
	if Until(3) != 3 {
		t.Fatal("it stops elsewhere")
	}
}
`,
}

// Each mutant is tried, with its switch or alone, and its outcome logged; what
// the log has is not tried again.
func TestMutantsAreTried(t *testing.T) {
	root, log := t.TempDir(), filepath.Join(t.TempDir(), "log")
	for name, text := range sample {
		at := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o700))
		require.NoError(t, os.WriteFile(at, []byte(text), 0o600))
	}
	t.Chdir(root)
	require.NoError(t, try("number", log, "LOGICAL", time.Hour))
	require.NoError(t, try("number", log, "", time.Hour))
	text, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, strings.TrimSpace(`
KILLED	number/number.go:6:43 INVERT_LOGICAL && to ||	TestHeld
KILLED	number/number.go:15:14 INVERT_LOGICAL || to &&	TestFirst
KILLED	number/number.go:3:17 ARITHMETIC_BASE * to /	TestHeld
LIVED	number/number.go:6:34 CONDITIONALS_BOUNDARY > to >=	
KILLED	number/number.go:6:34 CONDITIONALS_NEGATION > to <=	TestHeld
KILLED	number/number.go:6:36 INVERT_NEGATIVES - to +	TestHeld
KILLED	number/number.go:6:36 ARITHMETIC_BASE - to +	TestHeld
KILLED	number/number.go:6:48 CONDITIONALS_BOUNDARY <= to <	TestHeld
KILLED	number/number.go:6:48 CONDITIONALS_NEGATION <= to >	TestHeld
KILLED	number/number.go:10:11 INVERT_NEGATIVES - to +	TestFirst
KILLED	number/number.go:10:11 ARITHMETIC_BASE - to +	TestFirst
KILLED	number/number.go:12:8 CONDITIONALS_NEGATION == to !=	TestFirst
KILLED	number/number.go:13:4 INVERT_LOOPCTRL continue to break	TestFirst
KILLED	number/number.go:15:21 CONDITIONALS_NEGATION == to !=	TestFirst
LIVED	number/number.go:15:18 ARITHMETIC_BASE % to *	
KILLED	number/number.go:17:4 INVERT_LOOPCTRL break to continue	TestFirst
NOT VIABLE	number/number.go:24:44 ARITHMETIC_BASE + to -	
NOT COVERED	number/number.go:27:38 ARITHMETIC_BASE / to *	
KILLED	number/number.go:31:23 CONDITIONALS_BOUNDARY < to <=	TestUntil
KILLED	number/number.go:31:23 CONDITIONALS_NEGATION < to >=	TestUntil
KILLED	number/number.go:31:29 INCREMENT_DECREMENT ++ to --	TestUntil
KILLED	number/number.go:32:8 INCREMENT_DECREMENT ++ to --	TestUntil
`), strings.TrimSpace(string(text)))
}

// A package that is not there, a log that cannot be written and an expression that
// is none are errors.
func TestWhatCannotBeTriedIsAnError(t *testing.T) {
	t.Chdir(t.TempDir())
	require.ErrorContains(t, try("number", "log", "(", time.Hour), "missing closing )")
	require.ErrorContains(t, try("number", filepath.Join("no", "log"), "", time.Hour), "no such file")
	require.ErrorContains(t, try("number", "log", "", time.Hour), "number: no Go files: want the directory of a package")
}
