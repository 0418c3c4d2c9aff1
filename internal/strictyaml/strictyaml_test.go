package strictyaml_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/bailiwick-authz/bailiwick/internal/strictyaml"
)

// read reads a document as a mapping with the keys a to c, whose values are a
// text, a list of texts and a mapping from names to conditions, and returns
// its faults, one a line.
func read(source string) string {
	doc := strictyaml.Read([]byte(source), strictyaml.Limits{})
	top := doc.Root().Fields("text", "list", "names", "flag")
	top.Value("text").Text()
	for _, n := range top.Value("list").ListOrOne() {
		n.Text()
	}
	for _, e := range top.Value("names").Names() {
		e.Value.Verbatim()
	}
	top.Value("flag").Bool()
	var b strings.Builder
	for _, f := range doc.Faults() {
		fmt.Fprintf(&b, "%d:%d %s: %s\n", f.Line, f.Column, f.Path, f.Message)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func TestWhatTwoReadersCouldReadDifferentlyIsRefused(t *testing.T) {
	for _, c := range []struct{ what, source, fault string }{
		{"an anchor", "text: &a x", `1:7 text: anchors are not allowed: write the value out where it is needed (a text that begins with "&" must be quoted)`},
	} {
		t.Run(c.what, func(t *testing.T) { assert.Equal(t, c.fault, read(c.source)) })
	}
}
