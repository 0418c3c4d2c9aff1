package policy

import (
	"iter"
	"unicode/utf8"

	"github.com/bailiwick-authz/bailiwick/internal/fault"
)

// checkTexts refuses texts that are not UTF-8, which a file cannot have but Go
// values can. Those of names and of conditions are refused where they are read.
func (c *compiler) checkTexts() {
	for path, text := range c.document.texts() {
		valid := 0
		for valid < len(text) {
			r, size := utf8.DecodeRuneInString(text[valid:])
			if r == utf8.RuneError && size == 1 {
				c.faults.Add(path, "the text is not valid UTF-8: its byte %d is part of no character", valid+1)
				break
			}
			valid += size
		}
	}
}

// texts yields what a document says to people, and where.
func (d Document) texts() iter.Seq2[string, string] {
	return func(yield func(path, text string) bool) {
		ok := yield("policy", d.Policy)
		each := func(path, name, text string) { ok = ok && yield(fault.At(path, name), text) }
		for _, p := range d.Privileges {
			path := fault.At("privileges", p.Name)
			each(path, "area", p.Area)
			each(path, "title", p.Title)
		}
		for _, r := range d.Roles {
			each(fault.At("roles", r.Name), "title", r.Title)
		}
		for i, k := range d.Constraints {
			path := fault.Index("constraints", i)
			each(path, "name", k.Name)
			each(path, "message", k.Message)
		}
		for i, v := range d.Invariants {
			path := fault.Index("invariants", i)
			each(path, "name", v.Name)
			each(path, "message", v.Message)
		}
	}
}
