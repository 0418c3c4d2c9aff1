package policy

import (
	"cmp"
	"strconv"
	"strings"
	"unicode"

	"github.com/bailiwick-authz/bailiwick/roles"
)

// maxName is the greatest length of a name in bytes.
const maxName = 128

// isWord reports whether s can be the name of a role, scope or level.
func isWord(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return s != "" && len(s) <= maxName
}

// isDotted reports whether s can be the name of a privilege.
func isDotted(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if !isWord(part) {
			return false
		}
	}
	return len(s) <= maxName
}

func isControl(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp)
}

func quote(s string) string { return strconv.Quote(s) }

func joinActions(actions []roles.Action, by string) string {
	words := make([]string, len(actions))
	for i, a := range actions {
		words[i] = string(a)
	}
	return strings.Join(words, by)
}

func actionNames(c *roles.Catalog) []string {
	names := make([]string, len(c.Actions()))
	for i, a := range c.Actions() {
		names[i] = string(a)
	}
	return names
}

// comparePermissions orders what a role gives, whatever order it was written
// in.
func comparePermissions(a, b Permission) int {
	source := func(p Permission) string {
		if p.When == nil {
			return ""
		}
		return p.When.Source()
	}
	return cmp.Or(
		cmp.Compare(a.Right.Action(), b.Right.Action()),
		cmp.Compare(a.Scope.Name(), b.Scope.Name()),
		cmp.Compare(source(a), source(b)),
	)
}
