package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/suggest"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/roles/dirfile"
	"github.com/bailiwick-authz/bailiwick/scope"
)

var (
	//go:embed ncmp.yaml
	policyFile []byte
	//go:embed directory.yaml
	directoryFile []byte
)

// A service is the application: a policy, a directory, the engine over both,
// and records of its own.
type service struct {
	policy    *policy.Policy
	directory *roles.Directory
	engine    *access.Engine
	records   *records
}

// open loads the policy and the directory that the options name. The records
// are those of the sample, and come with no other directory.
func open(o *options, clock func() time.Time) (*service, error) {
	if !o.at.IsZero() {
		clock = func() time.Time { return o.at.Time }
	}
	name, source, err := read(o.policy, "ncmp.yaml", policyFile)
	if err != nil {
		return nil, err
	}
	p, err := policy.Parse(name, source, nil)
	if err != nil {
		return nil, err
	}
	directory, err := roles.NewDirectory(p, &roles.Options{Clock: clock})
	if err != nil {
		return nil, err
	}
	if name, source, err = read(o.data, "directory.yaml", directoryFile); err != nil {
		return nil, err
	}
	if _, err := dirfile.Load(directory, "setup", name, source); err != nil {
		return nil, err
	}
	s := &service{p, directory, access.New(p, directory, &access.Options{Clock: clock}), &records{}}
	if o.data == "" {
		s.records, err = sampleRecords()
	}
	return s, err
}

// read returns a file's name and text, or those of the embedded one.
func read(file, embedded string, text []byte) (name string, source []byte, err error) {
	if file == "" {
		return embedded, text, nil
	}
	source, err = os.ReadFile(file)
	return file, source, err
}

// user checks that there is a user.
func (s *service) user(name string) (roles.User, error) {
	known := s.directory.Snapshot()
	u, ok := known.User(roles.UserID(name))
	if ok {
		return u, nil
	}
	var names []string
	for _, id := range known.Users() {
		names = append(names, string(id))
	}
	return u, fmt.Errorf("unknown user %q%s", name, suggest.Hint(name, names))
}

// session asks for a user, with the facts of the request.
func (s *service) session(user roles.UserID, given pairs) (*access.Session, error) {
	facts, err := s.facts(given)
	return s.engine.For(user, facts), err
}

// facts are those of the request: the given ones, and the year of the records.
func (s *service) facts(given pairs) (scope.Map, error) {
	facts, err := given.typed(s.policy.ContextFacts())
	if err != nil {
		return nil, fmt.Errorf("-context %w", err)
	}
	addKnown(facts, scope.Map{"year": s.records.year}, s.policy.ContextFacts())
	return facts, nil
}

// resource reads what a person writes for a resource, type:id or
// type:id@parent, and adds what the application knows of it and what was given.
func (s *service) resource(text string, given pairs) (scope.Resource, error) {
	ref, parent, err := s.place(text)
	if err != nil {
		return scope.Resource{}, err
	}
	typ := s.policy.Types().Type(ref.Type)
	if typ == nil {
		return scope.Resource{}, fmt.Errorf("unknown resource type %q%s", ref.Type, s.policy.Types().Hint(ref.Type))
	}
	r := s.records.resource(ref, s.directory.Snapshot())
	if !parent.IsZero() {
		r.Parent = parent
	}
	attributes, err := given.typed(typ.Attributes())
	if err != nil {
		return r, fmt.Errorf("-attr %w", err)
	}
	known, _ := r.Attributes.(scope.Map)
	addKnown(attributes, known, typ.Attributes())
	r.Attributes = attributes
	if in := typ.In(); !typ.Unit() && len(in) > 0 && r.Parent.IsZero() {
		return r, fmt.Errorf("nothing says where %s is: write %s@%s:…", ref, ref, in[0].Name())
	}
	return r, s.known(ref, r.Parent)
}

// addKnown adds what the records know, and the policy declares, to what was
// given with the question.
func addKnown(given, known scope.Map, declared *scope.AttributeTypes) {
	for name, v := range known {
		if _, ok := given[name]; !ok && v != "" && declared.Type(name) != "" {
			given[name] = v
		}
	}
}

// place splits type:id@parent. An id may have an @ in it.
func (s *service) place(text string) (ref, parent scope.Ref, err error) {
	if at := strings.LastIndex(text, "@"); at >= 0 {
		above, err := scope.ParseRef(text[at+1:])
		if err == nil && s.policy.Types().Type(above.Type) != nil {
			ref, err = scope.ParseRef(text[:at])
			return ref, above, err
		}
	}
	ref, err = scope.ParseRef(text)
	return ref, parent, err
}

// known checks that the directory knows the units among some references.
func (s *service) known(refs ...scope.Ref) error {
	now := s.directory.Snapshot()
	for _, ref := range refs {
		typ := s.policy.Types().Type(ref.Type)
		if typ == nil || !typ.Unit() || now.Contains(scope.Root(), ref) {
			continue
		}
		var names []string
		for _, unit := range now.Units(ref.Type, scope.Root()) {
			names = append(names, unit.String())
		}
		return fmt.Errorf("unknown unit %s%s", ref, suggest.Hint(ref.String(), names))
	}
	return nil
}

// asked returns an error for a decision that answers no question, because the
// question itself is wrong.
func asked(d access.Decision) error {
	if d.Err() != nil {
		return errors.New(d.Why())
	}
	return nil
}
