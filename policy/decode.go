package policy

import (
	"github.com/bailiwick-authz/bailiwick/internal/strictyaml"
	"github.com/bailiwick-authz/bailiwick/internal/suggest"
	"github.com/bailiwick-authz/bailiwick/roles"
)

// decode reads a policy file into a Document. What cannot be read is a fault,
// and its zero value stands in the Document; whether the parts fit together is
// the compiler's business.
func decode(file string, source []byte, opts Options) (Document, *positions, Faults) {
	at := &positions{file, strictyaml.Read(source, strictyaml.Limits{Bytes: opts.MaxDocument})}
	document := readDocument(at.yaml.Root())
	return document, at, at.unread()
}

func readDocument(n *strictyaml.Node) Document {
	top := n.Fields("policy", "users", "context", "resources", "privileges", "scopes", "roles",
		"constraints", "invariants", "views", "administration")
	top.Require("policy")
	return Document{
		Policy:         top.Value("policy").Text(),
		Users:          readTexts(top.Value("users").Fields("attributes").Value("attributes")),
		Context:        readTexts(top.Value("context")),
		Resources:      readEach(top.Value("resources").Names(), readResource),
		Privileges:     readEach(top.Value("privileges").Names(), readPrivilege),
		Scopes:         readEach(top.Value("scopes").Names(), readScope),
		Roles:          readEach(top.Value("roles").Names(), readRole),
		Constraints:    readEach(top.Value("constraints").List(), readConstraint),
		Invariants:     readEach(top.Value("invariants").List(), readInvariant),
		Views:          readEach(top.Value("views").Names(), readView),
		Administration: readAdministration(top.Value("administration")),
	}
}

func readResource(e strictyaml.Entry) Resource {
	f := e.Value.Fields("unit", "in", "attributes")
	return Resource{
		Name:       e.Name,
		Unit:       f.Value("unit").Bool(),
		In:         readList[string](f.Value("in")),
		Attributes: readTexts(f.Value("attributes")),
	}
}

func readPrivilege(e strictyaml.Entry) Privilege {
	f := e.Value.Fields("on", "levels", "requires", "area", "title")
	f.Require("on")
	return Privilege{
		Name:     e.Name,
		On:       f.Value("on").Text(),
		Levels:   readEach(f.Value("levels").List(), (*strictyaml.Node).Text),
		Requires: readList[roles.Action](f.Value("requires")),
		Area:     readOptional(f.Value("area")),
		Title:    readOptional(f.Value("title")),
	}
}

func readScope(e strictyaml.Entry) Scope {
	if !e.Value.IsMapping() {
		return Scope{Name: e.Name, When: e.Value.Verbatim()}
	}
	f := e.Value.Fields("on", "when")
	f.Require("when")
	return Scope{Name: e.Name, On: readSome[string](f.Value("on"), "any type"), When: f.Value("when").Verbatim()}
}

func readRole(e strictyaml.Entry) Role {
	f := e.Value.Fields("title", "at", "scope", "everything", "inherits", "grants")
	return Role{
		Name:       e.Name,
		Title:      readOptional(f.Value("title")),
		At:         readSome[string](f.Value("at"), "any unit"),
		Scope:      readOptional(f.Value("scope")),
		Everything: f.Value("everything").Bool(),
		Inherits:   readList[string](f.Value("inherits")),
		Grants:     readEach(f.Value("grants").List(), readGrant),
	}
}

func readGrant(n *strictyaml.Node) Grant {
	f := n.Fields("privileges", "scope", "when")
	f.Require("privileges")
	return Grant{
		Privileges: readList[roles.Action](f.Value("privileges")),
		Scope:      readOptional(f.Value("scope")),
		When:       readOptionalCondition(f.Value("when")),
	}
}

func readConstraint(n *strictyaml.Node) Constraint {
	f := n.Fields("name", "on", "resources", "require", "message")
	f.Require("name", "require")
	return Constraint{
		Name:      f.Value("name").Text(),
		On:        readList[string](f.Value("on")),
		Resources: readList[string](f.Value("resources")),
		Require:   f.Value("require").Verbatim(),
		Message:   readOptional(f.Value("message")),
	}
}

func readInvariant(n *strictyaml.Node) Invariant {
	f := n.Fields("name", "for", "require", "severity", "message")
	f.Require("name", "for", "require")
	return Invariant{
		Name:     f.Value("name").Text(),
		For:      f.Value("for").Text(),
		Require:  f.Value("require").Verbatim(),
		Severity: readSeverity(f.Value("severity")),
		Message:  readOptional(f.Value("message")),
	}
}

func readView(e strictyaml.Entry) View {
	f := e.Value.Fields("on", "show", "fields")
	f.Require("on", "fields")
	return View{
		Name:   e.Name,
		On:     f.Value("on").Text(),
		Show:   readSome[roles.Action](f.Value("show"), "any action of its fields"),
		Fields: readEach(f.Value("fields").Names(), readField),
	}
}

func readField(e strictyaml.Entry) Field {
	f := e.Value.Fields("show", "otherwise")
	return Field{
		Name:       e.Name,
		Show:       readSome[roles.Action](f.Value("show"), "whoever sees the view"),
		Restricted: readOtherwise(f.Value("otherwise")),
	}
}

// What a field that is not visible is.
const (
	otherwiseHidden     = "hidden"
	otherwiseRestricted = "restricted"
)

func readOtherwise(n *strictyaml.Node) (restricted bool) {
	switch text := readOptional(n); text {
	case "", otherwiseHidden:
		return false
	case otherwiseRestricted:
		return true
	default:
		n.Refuse("a field is hidden or restricted otherwise, not %q%s", text,
			suggest.Hint(text, []string{otherwiseHidden, otherwiseRestricted}))
		return false
	}
}

func readAdministration(n *strictyaml.Node) Administration {
	f := n.Fields("accounts", "ceiling", "changes")
	a := Administration{
		Accounts: readOptional(f.Value("accounts")),
		Ceiling:  Ceiling(readOptional(f.Value("ceiling"))),
	}
	for _, e := range f.Value("changes").Names() {
		a.Changes = append(a.Changes, ChangeRule{e.Name, readList[roles.Action](e.Value)})
	}
	return a
}

func readSeverity(n *strictyaml.Node) roles.Severity {
	text := readOptional(n)
	for _, s := range []roles.Severity{roles.Refuse, roles.Warn} {
		if text == s.String() {
			return s
		}
	}
	if text != "" {
		n.Refuse("unknown severity %q%s: want refuse or warn", text, suggest.Hint(text, []string{"refuse", "warn"}))
	}
	return roles.Refuse
}

// readEach reads each of a list, or of the entries of a mapping. Of none it
// makes nil.
func readEach[N, T any](nodes []N, read func(N) T) []T {
	var all []T
	for _, n := range nodes {
		all = append(all, read(n))
	}
	return all
}

// readList reads a list of texts, or one text in its place.
func readList[T ~string](n *strictyaml.Node) []T {
	return readEach(n.ListOrOne(), func(n *strictyaml.Node) T { return T(n.Text()) })
}

// readSome reads a list of texts that, if it were empty, would mean something
// that nobody expects of an empty list.
func readSome[T ~string](n *strictyaml.Node, meaning string) []T {
	all := readList[T](n)
	if n.IsEmptyList() {
		n.Refuse("an empty list would mean %s: leave it out if that is meant", meaning)
	}
	return all
}

// readTexts reads a mapping from names to texts.
func readTexts(n *strictyaml.Node) map[string]string {
	var texts map[string]string
	for _, e := range n.Names() {
		if texts == nil {
			texts = map[string]string{}
		}
		texts[e.Name] = e.Value.Text()
	}
	return texts
}

// readOptional reads a text that can be left out. It must not be empty: that
// would mean the same, but read as if it did not.
func readOptional(n *strictyaml.Node) string { return readSomething(n, (*strictyaml.Node).Text) }

// readOptionalCondition is readOptional for a condition.
func readOptionalCondition(n *strictyaml.Node) string {
	return readSomething(n, (*strictyaml.Node).Verbatim)
}

func readSomething(n *strictyaml.Node, read func(*strictyaml.Node) string) string {
	text := read(n)
	if n.IsEmptyText() {
		n.Refuse("this is empty: write it, or leave it out")
	}
	return text
}
