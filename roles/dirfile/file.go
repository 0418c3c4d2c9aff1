package dirfile

import (
	"fmt"

	"github.com/bailiwick-authz/bailiwick/internal/strictyaml"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A File is a directory file, read. It is immutable.
type File struct {
	file   string // its name
	name   string // the directory's
	units  []roles.Unit
	roles  []roles.Role
	users  []user
	places map[any]place // of each entry, by what it is about
}

// A user is an entry for a user. Its attributes, and those of units, are as
// they are written.
type user struct {
	roles.User
	bindings []roles.Binding
	assigned []scope.Ref
}

// A bindingKey is what makes a binding another one.
type bindingKey struct {
	user roles.UserID
	role roles.RoleID
	unit scope.Ref
}

// A place is where an entry begins.
type place struct{ line, column int }

// Options are the settings of Parse. A nil *Options means all defaults.
type Options struct {
	// MaxDocument is the greatest length of a file in bytes. Default 2 MiB, some
	// 15 000 users. A longer one is refused.
	MaxDocument int
}

// Load reads a file and makes the changes that it says in one Update of a
// directory. Its error tells of everything that is wrong, each with its place in
// the file: it is a Faults. The file's name is for messages.
func Load(d *roles.Directory, by, file string, source []byte) (roles.Commit, error) {
	f, err := Parse(file, source, nil)
	if err != nil {
		return roles.Commit{}, err
	}
	commit, err := d.Update(by, func(tx *roles.Tx) error { f.Apply(tx); return nil })
	return commit, f.Locate(err)
}

// Parse reads a file. It checks the form only: whether a directory can be like
// that is found when the file is applied. The file's name is for messages. Its
// error is a Faults.
func Parse(file string, source []byte, opts *Options) (*File, error) {
	size := 2 << 20
	if opts != nil && opts.MaxDocument > 0 {
		size = opts.MaxDocument
	}
	doc := strictyaml.Read(source, strictyaml.Limits{Bytes: size, Marks: max(size/5, 20_000), Key: 64 << 10})
	r := &reader{&File{file: file, places: map[any]place{}}}
	r.file(doc.Root())
	if faults := unread(file, doc.Faults()); len(faults) > 0 {
		return nil, faults
	}
	return r.File, nil
}

// Name is the name that the file gives the directory.
func (f *File) Name() string { return f.name }

// A reader reads the parts of a file.
type reader struct{ *File }

func (r *reader) file(n *strictyaml.Node) {
	top := n.Fields("directory", "units", "roles", "users")
	top.Require("directory")
	r.name = top.Value("directory").Text()
	for _, n := range top.Value("units").List() {
		r.unit(n)
	}
	for _, n := range top.Value("roles").List() {
		r.role(n)
	}
	for _, n := range top.Value("users").List() {
		r.user(n)
	}
}

func (r *reader) unit(n *strictyaml.Node) {
	f := n.Fields("unit", "in", "attributes")
	f.Require("unit")
	u := roles.Unit{Ref: ref(f.Value("unit")), Parent: scope.Root(), Attributes: attributes(f.Value("attributes"))}
	if in := f.Value("in"); in != nil {
		u.Parent = ref(in)
	}
	r.enter(n, "a unit", u.Ref, u.Ref.String())
	r.units = append(r.units, u)
}

func (r *reader) role(n *strictyaml.Node) {
	f := n.Fields("role", "name", "unit", "at", "scope", "inherits", "grants")
	f.Require("role", "unit")
	role := roles.Role{
		ID: roles.RoleID(f.Value("role").Text()), Name: f.Value("name").Text(), Unit: ref(f.Value("unit")),
		At: texts[string](f.Value("at")), Scope: f.Value("scope").Text(), Inherits: texts[roles.RoleID](f.Value("inherits")),
	}
	for _, n := range f.Value("grants").List() {
		g := n.Fields("privileges", "scope")
		g.Require("privileges")
		role.Grants = append(role.Grants, roles.Grant{
			Privileges: texts[roles.Action](g.Value("privileges")), Scope: g.Value("scope").Text(),
		})
	}
	r.enter(n, "a role", role.ID, string(role.ID))
	r.roles = append(r.roles, role)
}

func (r *reader) user(n *strictyaml.Node) {
	f := n.Fields("user", "unit", "inactive", "attributes", "bindings", "assigned")
	f.Require("user")
	u := user{User: roles.User{
		ID: roles.UserID(f.Value("user").Text()), Unit: ref(f.Value("unit")),
		Inactive: f.Value("inactive").Bool(), Attributes: attributes(f.Value("attributes")),
	}}
	r.enter(n, "a user", u.ID, string(u.ID))
	for _, n := range f.Value("bindings").List() {
		f := n.Fields("role", "at", "from", "until")
		f.Require("role", "at")
		b := roles.Binding{
			User: u.ID, Role: roles.RoleID(f.Value("role").Text()), Unit: ref(f.Value("at")),
			From: f.Value("from").Time(), Until: f.Value("until").Time(),
		}
		r.enter(n, "a binding", bindingKey{b.User, b.Role, b.Unit}, fmt.Sprintf("of %s at %s", b.Role, b.Unit))
		u.bindings = append(u.bindings, b)
	}
	for _, n := range f.Value("assigned").List() {
		a := roles.Assignment{User: u.ID, Resource: ref(n)}
		r.enter(n, "an assignment", a, "of "+a.Resource.String())
		u.assigned = append(u.assigned, a.Resource)
	}
	r.users = append(r.users, u)
}

// enter keeps the place of an entry, and refuses it if there is one of the same
// thing already.
func (r *reader) enter(n *strictyaml.Node, what string, of any, called string) {
	if old, ok := r.places[of]; ok && !isBroken(of) {
		n.Refuse("there is %s %s already, on line %d", what, called, old.line)
		return
	}
	line, column := n.Place()
	r.places[of] = place{line, column}
}

// isBroken reports whether the entry does not say what it is about, which is a
// fault already.
func isBroken(of any) bool {
	switch of := of.(type) {
	case scope.Ref:
		return of.IsZero()
	case bindingKey:
		return of.role == "" || of.unit.IsZero()
	case roles.Assignment:
		return of.Resource.IsZero()
	}
	return of == roles.UserID("") || of == roles.RoleID("")
}

// ref reads a reference: zero if there is none.
func ref(n *strictyaml.Node) scope.Ref {
	if n == nil {
		return scope.Ref{}
	}
	text := n.Text()
	if text == "" && !n.IsEmptyText() { // refused
		return scope.Ref{}
	}
	parsed, err := scope.ParseRef(text)
	if err != nil {
		n.Refuse("%v", err)
	}
	return parsed
}

// attributes reads attributes as they are written.
func attributes(n *strictyaml.Node) scope.Map {
	var m scope.Map
	for _, e := range n.Names() {
		if m == nil {
			m = scope.Map{}
		}
		m[e.Name] = e.Value.Value()
	}
	return m
}

// texts reads a list of texts, or one text in its place.
func texts[T ~string](n *strictyaml.Node) []T {
	var all []T
	for _, item := range n.ListOrOne() {
		all = append(all, T(item.Text()))
	}
	return all
}
