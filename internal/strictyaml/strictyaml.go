// Package strictyaml reads the small part of YAML that a policy or a directory
// file needs, and refuses the rest.
//
// Two readers that differ over a file differ over who may do what. So what
// parsers are known to differ on is refused, with line and column: anchors,
// aliases and merge keys, tags, directives, a second document, duplicate keys,
// keys and names that are not text, bytes that are not UTF-8, and characters
// that an editor does not show. Everything that is wrong with a document is
// reported at once.
//
// Read gives the tree of a document. Its nodes are taken apart with Fields,
// Names, List, ListOrOne, Text, Verbatim and Bool, which report what is not as
// they expect, and which give the zero value in its place, so that one reading
// finds all faults:
//
//	doc := strictyaml.Read(source, strictyaml.Limits{})
//	top := doc.Root().Fields("units", "users")
//	for _, u := range top.Value("users").Names() {
//		name := u.Value.Fields("name").Value("name").Text()
//		…
//	}
//	faults := doc.Faults()
//
// Lines and columns count from 1, columns in runes.
package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Limits bound what reading a document may cost. A zero field means its
// default. What passes a limit is refused, before it is parsed where it can
// be.
type Limits struct {
	// Bytes is the greatest size of a document. Default 1 MiB.
	Bytes int
	// Marks is the greatest number of the characters that can begin an entry,
	// a value or a comment: , : - ? [ { and #, those inside of texts included.
	// It bounds the nodes of the tree. Default one for 50 Bytes, at least 20 000,
	// which take some 50 ms.
	Marks int
	// Depth is the greatest number of lists and mappings inside each other.
	// Default 64.
	Depth int
	// Key is the greatest length of a key in bytes. Default 256.
	Key int
}

func (l Limits) withDefaults() Limits {
	l.Bytes = cmp.Or(l.Bytes, 1<<20)
	return Limits{
		Bytes: l.Bytes,
		Marks: cmp.Or(l.Marks, max(20_000, l.Bytes/50)),
		Depth: cmp.Or(l.Depth, 64),
		Key:   cmp.Or(l.Key, 256),
	}
}

// mostFaults is how many faults one reading collects. A file with more is not
// a file with mistakes, and each may carry a long path.
const mostFaults = 500

// A Fault is one thing wrong with a document, and where.
type Fault struct {
	// Line and Column are where, from 1.
	Line, Column int
	// Path is the place as internal/fault writes it. Empty: the document as a
	// whole, or a text that could not be read as YAML.
	Path string
	// Key reports that the key at Path is at fault, not the value behind it.
	Key bool
	// Message says what is wrong, without the place.
	Message string
}

// A Document is one document read, with what is wrong with it. It is not safe
// for concurrent use.
type Document struct {
	source  string
	lines   []lineStart
	strides []int // the offset of each rune whose number is a multiple of stride
	limits  Limits
	root    *Node
	faults  []*Fault
}

// A lineStart is where a line begins, as an offset and as a number of runes.
type lineStart struct{ offset, rune int }

// Read reads a document. It never returns nil; a document that could not be
// read at all has no Root.
func Read(source []byte, limits Limits) *Document {
	d := &Document{limits: limits.withDefaults()}
	if len(source) > d.limits.Bytes {
		d.refuse(1, 1, "", "the document has %d bytes, at most %d are allowed", len(source), d.limits.Bytes)
		return d
	}
	d.source = strings.TrimPrefix(string(source), "\uFEFF")
	if d.scan() {
		d.parse()
	}
	return d
}

// Root returns the document's topmost node, or nil if it could not be read.
func (d *Document) Root() *Node { return d.root }

// Faults returns what was found wrong so far, in the order of the places.
func (d *Document) Faults() []*Fault {
	slices.SortStableFunc(d.faults, func(a, b *Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return d.faults
}

func (d *Document) refuse(line, column int, path, format string, args ...any) *Fault {
	f := &Fault{Line: line, Column: column, Path: path, Message: fmt.Sprintf(format, args...)}
	if !d.full() {
		d.faults = append(d.faults, f)
	}
	return f
}

// full reports whether there are so many faults that no more are collected.
func (d *Document) full() bool { return len(d.faults) == mostFaults }
