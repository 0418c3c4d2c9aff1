package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bailiwick-authz/bailiwick/internal/fault"
	"github.com/bailiwick-authz/bailiwick/internal/suggest"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// Parse reads a policy from a YAML file. The file's name is for messages only.
// Its error is a Faults with every fault of the file.
func Parse(file string, source []byte, opts *Options) (*Policy, error) {
	limits := opts.orDefaults()
	document, at, faults := decode(file, source, limits)
	p, found := compile(document, limits)
	for _, f := range found.All() {
		if located := at.locate(f); !slices.ContainsFunc(faults, located.follows) {
			faults = append(faults, located)
		}
	}
	if len(faults) > 0 {
		return nil, sortFaults(faults)
	}
	return p, nil
}

// Compile makes a policy of Go values: the same that Parse makes of the file
// that Document.YAML writes. Its error is a Faults with every fault.
func Compile(document Document, opts *Options) (*Policy, error) {
	p, found := compile(document.clone(), opts.orDefaults())
	if found.Len() == 0 {
		return p, nil
	}
	var nowhere *positions
	var faults Faults
	for _, f := range found.All() {
		faults = append(faults, nowhere.locate(f))
	}
	return nil, faults
}

// A compiler checks a document part by part and keeps what is sound, so that
// one pass finds the faults of all parts.
type compiler struct {
	Policy
	opts     Options
	faults   fault.List
	language *scope.Language
	compiled int
	full     bool // there are too many conditions, and a fault says so
}

func compile(document Document, opts Options) (*Policy, *fault.List) {
	c := &compiler{Policy: Policy{
		document:    document,
		roleIndex:   map[roles.RoleID]int{},
		scopes:      map[string]*scope.Predicate{},
		whens:       map[string]*scope.Predicate{},
		permissions: map[roles.RoleID][]Permission{},
		constraints: map[roles.Action][]*Check{},
		views:       map[string]View{},
	}, opts: opts}
	if strings.TrimSpace(document.Policy) == "" {
		c.faults.Add("policy", "the policy needs a name")
	}
	if !c.checkSize() {
		return nil, &c.faults
	}
	c.checkTexts()
	c.declare()
	c.checkPrivileges()
	c.compileScopes()
	c.compileRoles()
	c.compileConstraints()
	c.compileInvariants()
	c.checkViews()
	c.checkAdministration()
	if c.faults.Len() > 0 {
		return nil, &c.faults
	}
	c.hash = hash(document)
	c.looksAtHome = c.anyCondition((*scope.Predicate).LooksAtHome)
	return &c.Policy, &c.faults
}

// checkSize refuses a document that has too much of something, and then reports
// false: it is not looked at further.
func (c *compiler) checkSize() bool {
	d, fits := c.document, true
	for _, part := range []struct {
		path string
		n    int
		most int
	}{
		{"resources", len(d.Resources), c.opts.MaxTypes},
		{"users", len(d.Users), c.opts.MaxDefinitions},
		{"context", len(d.Context), c.opts.MaxDefinitions},
		{"privileges", len(d.Privileges), c.opts.MaxDefinitions},
		{"scopes", len(d.Scopes), c.opts.MaxDefinitions},
		{"roles", len(d.Roles), c.opts.MaxDefinitions},
		{"constraints", len(d.Constraints), c.opts.MaxDefinitions},
		{"invariants", len(d.Invariants), c.opts.MaxDefinitions},
		{"views", len(d.Views), c.opts.MaxDefinitions},
	} {
		if part.n > part.most {
			c.faults.Add(part.path, "there are %d %s, more than %d", part.n, part.path, part.most)
			fits = false
		}
	}
	for _, v := range d.Views {
		if len(v.Fields) > c.opts.MaxDefinitions {
			c.faults.Add(fault.At(fault.At("views", v.Name), "fields"), "there are %d fields, more than %d", len(v.Fields), c.opts.MaxDefinitions)
			fits = false
		}
	}
	return fits
}

// keep records an error that is a list of faults, or one that is not.
func (c *compiler) keep(path string, err error) {
	var list *fault.List
	switch {
	case err == nil:
	case errors.As(err, &list):
		c.faults.Append(list)
	default:
		c.faults.Add(path, "%v", err)
	}
}

// keepUnder records the faults of a condition that is written at path.
func (c *compiler) keepUnder(path string, err error) {
	var list *fault.List
	if !errors.As(err, &list) {
		c.faults.Add(path, "%v", err)
		return
	}
	for _, f := range list.All() {
		c.faults.AddAt(path, f.Line, f.Column, "%s", f.Message)
	}
}

// declare checks what the other parts build on: types, attributes, privileges.
func (c *compiler) declare() {
	var err error
	specs := make([]scope.TypeSpec, len(c.document.Resources))
	for i, r := range c.document.Resources {
		specs[i] = scope.TypeSpec(r)
	}
	c.types, err = scope.NewTypes(specs)
	c.keep("resources", err)
	c.users = c.attributes("users.attributes", c.document.Users)
	for _, typ := range c.types.All() {
		if typ.Unit() && c.users.Type(typ.Name()) != "" {
			c.faults.AddKey(fault.At("users.attributes", typ.Name()),
				"%q is a type of unit: an attribute of users cannot have its name", typ.Name())
		}
	}
	c.context = c.attributes("context", c.document.Context)
	privileges := make([]roles.Privilege, len(c.document.Privileges))
	for i, p := range c.document.Privileges {
		privileges[i] = roles.Privilege(p)
	}
	c.catalog, err = roles.NewCatalog(privileges)
	c.keep("privileges", err)
	c.language, err = scope.NewLanguage(c.types, c.users, c.context, scope.Limits{
		Bytes: c.opts.MaxCondition, Nodes: c.opts.MaxConditionNodes, Cost: c.opts.MaxCost,
	})
	c.keep("", err)
}

// attributes reads declarations whose faults are found by their names at path.
func (c *compiler) attributes(path string, declarations map[string]string) *scope.AttributeTypes {
	types, err := scope.NewAttributeTypes(declarations)
	var list *fault.List
	if errors.As(err, &list) {
		for _, f := range list.All() {
			f.Path = path + "." + f.Path
		}
	}
	c.keep(path, err)
	return types
}

func (c *compiler) checkPrivileges() {
	for _, p := range c.document.Privileges {
		path := fault.At("privileges", p.Name)
		if !isDotted(p.Name) {
			c.faults.AddKey(path, "%q cannot be the name of a privilege: want words of letters, digits, _ and - with dots between", p.Name)
		}
		if c.types.Type(p.On) == nil {
			c.faults.Add(fault.At(path, "on"), "unknown resource type %q%s", p.On, c.types.Hint(p.On))
		}
		for i, level := range p.Levels {
			at := fault.Index(fault.At(path, "levels"), i)
			if !isWord(level) {
				c.faults.Add(at, "%q cannot be the name of a level", level)
			}
			if slices.Contains(p.Levels[:i], level) {
				c.faults.Add(at, "level %q is named twice", level)
			}
		}
		for i, action := range p.Requires {
			c.right(fault.Index(fault.At(path, "requires"), i), action)
		}
	}
	c.checkRequires()
}

// cycle says that one thing leads to another that leads to it, or to itself.
func cycle(kind, leadsTo, one, other string) string {
	if one == other {
		return fmt.Sprintf("cycle: %s%q %s itself", kind, one, leadsTo)
	}
	return fmt.Sprintf("cycle: %s%q %s %q, which %s it", kind, one, leadsTo, other, leadsTo)
}

// checkRequires refuses privileges that require themselves.
func (c *compiler) checkRequires() {
	const visiting, done = 1, 2
	state := map[*roles.Privilege]int{}
	var visit func(p *roles.Privilege)
	visit = func(p *roles.Privilege) {
		state[p] = visiting
		for i, action := range p.Requires {
			right, ok := c.catalog.Right(action)
			if !ok {
				continue
			}
			switch state[right.Privilege()] {
			case visiting:
				c.faults.Add(fault.Index(fault.At(fault.At("privileges", p.Name), "requires"), i),
					"%s", cycle("", "requires", p.Name, right.Privilege().Name))
			case 0:
				visit(right.Privilege())
			}
		}
		state[p] = done
	}
	for _, p := range c.catalog.Privileges() {
		if state[p] == 0 {
			visit(p)
		}
	}
}

// right looks up an action that the document names at path.
func (c *compiler) right(path string, action roles.Action) (roles.Right, bool) {
	right, ok := c.catalog.Right(action)
	if !ok {
		c.faults.Add(path, "%s", c.unknownAction(string(action)))
	}
	return right, ok
}

// UnknownAction says what is wrong with an action that the policy does not
// declare, and what would be right.
func (p *Policy) UnknownAction(action roles.Action) string { return p.unknownAction(string(action)) }

func (p *Policy) unknownAction(action string) string {
	if greatest, ok := p.catalog.Greatest(action); ok {
		return "privilege " + quote(action) + " has levels: write " + joinActions(greatest.Privilege().Actions(), " or ")
	}
	if dot := strings.LastIndexByte(action, '.'); dot > 0 {
		if greatest, ok := p.catalog.Greatest(action[:dot]); ok {
			levels := greatest.Privilege().Levels
			if len(levels) == 0 {
				return "privilege " + quote(action[:dot]) + " has no levels: write " + quote(action[:dot])
			}
			return "privilege " + quote(action[:dot]) + " has no level " + quote(action[dot+1:]) +
				": its levels are " + strings.Join(levels, ", ") + suggest.Hint(action[dot+1:], levels)
		}
	}
	return "unknown privilege " + quote(action) + suggest.Hint(action, actionNames(p.catalog))
}

func (c *compiler) compileScopes() {
	for _, s := range c.document.Scopes {
		path := fault.At("scopes", s.Name)
		if c.scopes[s.Name] != nil {
			c.faults.AddKey(path, "there is a scope %q already", s.Name)
			continue
		}
		if !isWord(s.Name) {
			c.faults.AddKey(path, "%q cannot be the name of a scope: want letters, digits, _ and -", s.Name)
		}
		on := c.known(fault.At(path, "on"), s.On)
		if c.language == nil || len(on) < len(s.On) || len(c.types.All()) == 0 {
			continue
		}
		if predicate := c.predicate(path+whenPath(s), s.Name, s.When, on); predicate != nil {
			c.scopes[s.Name] = predicate
		}
	}
}

// whenPath is where a scope's condition is written: at its name, unless the
// scope says what it is on.
func whenPath(s Scope) string {
	if len(s.On) > 0 {
		return ".when"
	}
	return ""
}

// predicate compiles a condition for the named types, or, if there are none,
// for those for which that is possible.
func (c *compiler) predicate(path, name, source string, on []string) *scope.Predicate {
	var predicate *scope.Predicate
	var err error
	types := len(on)
	if types == 0 {
		types = len(c.types.All())
	}
	if !c.count(path, source, types) {
		return nil
	}
	if len(on) == 0 {
		predicate, err = c.language.AnyPredicate(name, source)
	} else {
		predicate, err = c.language.Predicate(name, source, on)
	}
	if err != nil {
		c.keepUnder(path, err)
		return nil
	}
	return predicate
}

// countedBytes is how long a condition can be that counts once.
const countedBytes = 400

// count counts a condition that is compiled for some types, and reports false if
// the policy has too many, which it says once.
func (c *compiler) count(path, source string, types int) bool {
	c.compiled += max(1, types) * (1 + len(source)/countedBytes)
	if c.compiled <= c.opts.MaxCompiled {
		return true
	}
	if !c.full {
		c.faults.Add(path, "the policy has more than %d conditions, counted for every resource type that each is for, "+
			"and for every %d bytes that it has", c.opts.MaxCompiled, countedBytes)
	}
	c.full = true
	return false
}

// known returns those of the named types that there are.
func (c *compiler) known(path string, names []string) []string {
	var known []string
	for i, name := range names {
		if c.types.Type(name) == nil {
			c.faults.Add(fault.Index(path, i), "unknown resource type %q%s", name, c.types.Hint(name))
			continue
		}
		known = append(known, name)
	}
	return known
}

func (c *compiler) compileConstraints() {
	names := map[string]bool{}
	for i, k := range c.document.Constraints {
		path := fault.Index("constraints", i)
		c.checkTitle(path, k.Name, names)
		rights := c.constrained(path, k)
		if len(k.On)+len(k.Resources) == 0 {
			c.faults.Add(path, "constraint %q is on nothing: name actions in on, or types in resources", k.Name)
		}
		if c.language == nil || len(rights) == 0 {
			continue
		}
		var on []string
		for _, right := range rights {
			if typ := right.Privilege().On; !slices.Contains(on, typ) && c.types.Type(typ) != nil {
				on = append(on, typ)
			}
		}
		if len(on) == 0 {
			continue
		}
		require := c.predicate(fault.At(path, "require"), k.Name, k.Require, on)
		check := &Check{Name: k.Name, Require: require, Message: k.Message}
		for _, right := range rights {
			c.constraints[right.Action()] = append(c.constraints[right.Action()], check)
		}
	}
	for _, checks := range c.constraints {
		slices.SortStableFunc(checks, func(a, b *Check) int { return cmp.Compare(a.Name, b.Name) })
	}
}

// constrained returns the rights that a constraint is on, each once.
func (c *compiler) constrained(path string, k Constraint) []roles.Right {
	var rights []roles.Right
	added := map[roles.Right]bool{}
	add := func(actions []roles.Action) {
		for _, a := range actions {
			if right, ok := c.catalog.Right(a); ok && !added[right] {
				added[right] = true
				rights = append(rights, right)
			}
		}
	}
	for i, name := range k.On {
		if greatest, ok := c.catalog.Greatest(name); ok {
			add(greatest.Privilege().Actions())
		} else if right, ok := c.right(fault.Index(fault.At(path, "on"), i), roles.Action(name)); ok {
			add([]roles.Action{right.Action()})
		}
	}
	for _, typ := range c.known(fault.At(path, "resources"), k.Resources) {
		for _, p := range c.catalog.Privileges() {
			if p.On == typ {
				add(p.Actions())
			}
		}
	}
	return rights
}

// checkTitle checks a name that is free text.
func (c *compiler) checkTitle(path, name string, taken map[string]bool) {
	at := fault.At(path, "name")
	switch {
	case strings.TrimSpace(name) == "" || strings.ContainsFunc(name, isControl):
		c.faults.Add(at, "%q cannot be a name: want one line of text", name)
	case taken[name]:
		c.faults.Add(at, "the name %q is taken already", name)
	}
	taken[name] = true
}
