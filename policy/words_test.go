package policy

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/internal/fault"
	"github.com/bailiwick-authz/bailiwick/internal/strictyaml"
	"github.com/bailiwick-authz/bailiwick/roles"
)

// A wordKind says what a word of a policy file is.
type wordKind string

// The kinds of word. A declaration and a reference of the same thing differ.
const (
	keyword       wordKind = "keyword"
	freeText      wordKind = "text"
	conditionWord wordKind = "word of a condition"
	attributeDecl wordKind = "attribute"
	attributeType wordKind = "attribute type"
	changeKind    wordKind = "change"
	fixedWord     wordKind = "fixed word"
	typeDecl      wordKind = "type"
	typeRef       wordKind = "reference of a type"
	privilegeDecl wordKind = "privilege"
	levelDecl     wordKind = "level"
	actionRef     wordKind = "reference of an action"
	scopeDecl     wordKind = "scope"
	scopeRef      wordKind = "reference of a scope"
	roleDecl      wordKind = "role"
	roleRef       wordKind = "reference of a role"
	viewDecl      wordKind = "view"
	fieldDecl     wordKind = "field"
)

// wordKinds tells the kind of a key or a value by its path, in which each name
// is "*" and each index is gone. What is not here is a keyword or a text.
var wordKinds = map[string]wordKind{
	"key resources.*": typeDecl, "key privileges.*": privilegeDecl, "key scopes.*": scopeDecl, "key roles.*": roleDecl,
	"key users.attributes.*": attributeDecl, "key context.*": attributeDecl, "key resources.*.attributes.*": attributeDecl,
	"key administration.changes.*": changeKind, "key views.*": viewDecl, "key views.*.fields.*": fieldDecl,

	"resources.*.in": typeRef, "privileges.*.on": typeRef, "scopes.*.on": typeRef, "roles.*.at": typeRef,
	"constraints.resources": typeRef, "invariants.for": typeRef, "administration.accounts": typeRef,
	"users.attributes.*": attributeType, "context.*": attributeType, "resources.*.attributes.*": attributeType,
	"privileges.*.levels": levelDecl, "privileges.*.requires": actionRef, "roles.*.grants.privileges": actionRef,
	"constraints.on": actionRef, "administration.changes.*": actionRef,
	"views.*.on": typeRef, "views.*.show": actionRef, "views.*.fields.*.show": actionRef, "views.*.fields.*.otherwise": fixedWord,
	"roles.*.scope": scopeRef, "roles.*.grants.scope": scopeRef, "roles.*.inherits": roleRef,
	"resources.*.unit": fixedWord, "roles.*.everything": fixedWord, "invariants.severity": fixedWord, "administration.ceiling": fixedWord,
	"scopes.*": conditionWord, "scopes.*.when": conditionWord, "roles.*.grants.when": conditionWord,
	"constraints.require": conditionWord, "invariants.require": conditionWord,
}

var (
	indexInPath = regexp.MustCompile(`\[\d+\]`)
	nameInPath  = regexp.MustCompile(`^(users\.attributes|context|resources|privileges|scopes|roles|views|administration\.changes)(?:\.[^.\[]+|\["[^"]*"\])`)
	attrInPath  = regexp.MustCompile(`(\.attributes)(?:\.[^.\[]+|\["[^"]*"\])$`)
	fieldInPath = regexp.MustCompile(`^(views\.\*\.fields)(?:\.[^.\[]+|\["[^"]*"\])`)
	identifier  = regexp.MustCompile(`"[^"]*"|'[^']*'|[A-Za-z_]\w*`)
)

func kindOf(path string, key bool) wordKind {
	path = indexInPath.ReplaceAllString(path, "")
	if !strings.HasSuffix(path, "users.attributes") {
		path = attrInPath.ReplaceAllString(nameInPath.ReplaceAllString(path, "$1.*"), "$1.*")
		path = fieldInPath.ReplaceAllString(path, "$1.*")
	}
	if key {
		if kind, ok := wordKinds["key "+path]; ok {
			return kind
		}
		return keyword
	}
	if kind, ok := wordKinds[path]; ok {
		return kind
	}
	return freeText
}

// A word is a key, a value, or a name in a condition, in a policy file.
type word struct {
	kind  wordKind
	text  string
	at    int    // its offset
	path  string // of its key or value
	whole bool   // it is all of a value, without quotes
}

// A seed is a policy that is valid, with its words.
type seed struct {
	file   string
	source string
	policy *Policy
	words  []word
}

func newSeed(t testing.TB, file string, source []byte) *seed {
	p, err := Parse(file, source, nil)
	require.NoError(t, err)
	s := &seed{file: file, source: string(source), policy: p}
	doc := strictyaml.Read(source, strictyaml.Limits{})
	s.collect(doc, doc.Root(), "")
	for _, w := range s.words {
		require.Equal(t, w.text, s.source[w.at:w.at+len(w.text)], "%+v", w)
	}
	return s
}

func (s *seed) collect(doc *strictyaml.Document, n *strictyaml.Node, path string) {
	if n.IsMapping() {
		for _, e := range n.Names() {
			at := fault.At(path, e.Name)
			s.add(kindOf(at, true), e.Name, s.offset(doc, at, true, 0, 0), at)
			s.collect(doc, e.Value, at)
		}
		return
	}
	for i, item := range n.List() {
		s.collect(doc, item, fault.Index(path, i))
	}
	kind, text := kindOf(path, false), n.Verbatim()
	if kind != conditionWord {
		s.add(kind, text, s.offset(doc, path, false, 0, 0), path)
		return
	}
	for _, at := range identifier.FindAllStringIndex(text, -1) {
		if name := text[at[0]:at[1]]; !strings.ContainsAny(name, `"'`) {
			before := text[:at[0]]
			line, column := 1+strings.Count(before, "\n"), at[0]-strings.LastIndexByte(before, '\n')
			s.words = append(s.words, word{kind: kind, text: name, at: s.offset(doc, path, false, line, column), path: path})
		}
	}
}

// add records a key or a value, unless it is not written as it reads.
func (s *seed) add(kind wordKind, text string, at int, path string) {
	whole := true
	if s.source[at] == '"' || s.source[at] == '\'' {
		at, whole = at+1, false
	}
	if text != "" && strings.HasPrefix(s.source[at:], text) {
		s.words = append(s.words, word{kind, text, at, path, whole})
	}
}

func (s *seed) offset(doc *strictyaml.Document, path string, key bool, line, column int) int {
	line, column = doc.Locate(path, key, line, column)
	at := 0
	for ; line > 1; line-- {
		at += strings.IndexByte(s.source[at:], '\n') + 1
	}
	return at + column - 1
}

// mustFail reports whether a policy is surely invalid after one of its words
// has become another one.
func (s *seed) mustFail(w word, after string) bool {
	d, types := s.policy.document, s.policy.types.Names()
	switch w.kind {
	case keyword, changeKind:
		return !slices.Contains(keywords, after)
	case fixedWord:
		return !slices.Contains([]string{"true", "false", "refuse", "warn", "none", "held", "held_except_self", "hidden", "restricted"}, after)
	case conditionWord:
		return !slices.ContainsFunc(s.words, func(o word) bool { return o.text == after })
	case typeDecl:
		return s.refers(typeRef, w.text) || slices.Contains(types, after)
	case typeRef:
		return !slices.Contains(append(types, forUser, forRole), after)
	case scopeDecl:
		return s.refers(scopeRef, w.text) || slices.ContainsFunc(d.Scopes, func(o Scope) bool { return o.Name == after })
	case scopeRef:
		return !slices.ContainsFunc(d.Scopes, func(o Scope) bool { return o.Name == after })
	case roleDecl:
		return s.refers(roleRef, w.text) || slices.ContainsFunc(d.Roles, func(o Role) bool { return o.Name == after })
	case roleRef:
		return !slices.ContainsFunc(d.Roles, func(o Role) bool { return o.Name == after })
	case viewDecl:
		return slices.ContainsFunc(d.Views, func(o View) bool { return o.Name == after })
	case privilegeDecl:
		_, exists := s.policy.catalog.Greatest(after)
		return exists || s.refers(actionRef, w.text)
	case actionRef:
		_, isAction := s.policy.catalog.Right(roles.Action(after))
		_, isPrivilege := s.policy.catalog.Greatest(after)
		return !isAction && !(isPrivilege && strings.HasPrefix(w.path, "constraints"))
	}
	return false
}

// refers reports whether something refers to a name.
func (s *seed) refers(kind wordKind, name string) bool {
	return slices.ContainsFunc(s.words, func(w word) bool {
		if w.kind != kind || kind != actionRef {
			return w.kind == kind && w.text == name
		}
		right, ok := s.policy.catalog.Right(roles.Action(w.text))
		return w.text == name || ok && right.Privilege().Name == name
	})
}

// smallPolicy has a little of everything.
const smallPolicy = `policy: p
users: {attributes: {dept: string}}
resources: {a: {unit: true, attributes: {"on": int}}, c: {in: a}}
privileges: {"p.q": {on: c, levels: [view], title: T}}
scopes: {own: 'user.dept == "dept"'}
roles: {r: {scope: own, grants: [{privileges: p.q.view, when: true}]}}
constraints: [{name: n.n, on: [p.q], require: '!has(resource.a.on)'}]
invariants: [{name: "i\"i", for: a, require: "true", severity: warn}]
views: {l: {on: c, fields: {f: {show: p.q.view, otherwise: hidden}, "show": {show: [p.q.view]}}}}
administration: {ceiling: held, changes: {assign: p.q.view}}
`

func TestTheWordsOfASeedAreKnown(t *testing.T) {
	s := newSeed(t, "p.yaml", []byte(smallPolicy))
	kinds := map[wordKind][]string{}
	for _, w := range s.words {
		if w.kind != keyword {
			kinds[w.kind] = append(kinds[w.kind], w.text)
		}
	}
	require.Equal(t, map[wordKind][]string{
		freeText: {"p", "T", "n.n"}, attributeDecl: {"dept", "on"}, attributeType: {"string", "int"}, changeKind: {"assign"},
		fixedWord: {"true", "warn", "hidden", "held"}, typeDecl: {"a", "c"}, typeRef: {"a", "c", "a", "c"}, privilegeDecl: {"p.q"},
		viewDecl: {"l"}, fieldDecl: {"f", "show"},
		levelDecl: {"view"}, actionRef: {"p.q.view", "p.q", "p.q.view", "p.q.view", "p.q.view"}, scopeDecl: {"own"}, scopeRef: {"own"}, roleDecl: {"r"},
		conditionWord: {"user", "dept", "true", "has", "resource", "a", "on", "true"},
	}, kinds)
}
