package console

import (
	"errors"
	"fmt"
	"maps"
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

// Records are an application's own tables, which the directory knows nothing of.
type Records interface {
	// Facts are those of every request.
	Facts() scope.Map
	// Resource returns what the tables know of a resource, given what somebody
	// wrote: the resource, then what it is in, as far as they said so. Where it
	// can be reached in several ways, it is several resources. asker is the user
	// of the question, if there is one. The note, if there is one, is what the
	// user should know beside the answer.
	Resource(written []scope.Ref, asker roles.User, now *roles.Snapshot) (all []scope.Resource, note string, err error)
}

// A Service is an application: a policy, a directory, the engine over both, and
// records of its own.
type Service struct {
	Policy    *policy.Policy
	Directory *roles.Directory
	Engine    *access.Engine
	Records   Records
}

// open loads the policy and the directory that the options name. The records
// are those of the sample, and come with no other directory.
func (a *App) open(o *Options, clock func() time.Time) (*Service, error) {
	if !o.At.IsZero() {
		clock = func() time.Time { return o.At.Time }
	}
	source, err := a.Policy.or(o.Policy)
	if err != nil {
		return nil, err
	}
	p, err := policy.Parse(source.Name, source.Text, nil)
	if err != nil {
		return nil, err
	}
	directory, err := roles.NewDirectory(p, &roles.Options{Clock: clock})
	if err != nil {
		return nil, err
	}
	if source, err = a.Directory.or(o.Data); err != nil {
		return nil, err
	}
	if _, err := dirfile.Load(directory, "setup", source.Name, source.Text); err != nil {
		if o.Policy != "" && o.Data == "" {
			return nil, fmt.Errorf("the sample does not fit the policy %s: name a directory that does with -data FILE", o.Policy)
		}
		return nil, err
	}
	s := &Service{p, directory, access.New(p, directory, &access.Options{Clock: clock}), nil}
	s.Records, err = a.Records(o.Data == "")
	return s, err
}

// or returns a file, or the source itself if none is named.
func (s Source) or(file string) (Source, error) {
	if file == "" {
		return s, nil
	}
	text, err := os.ReadFile(file)
	return Source{file, text}, err
}

// Session asks for a user, with the facts of the request.
func (s *Service) Session(user roles.UserID, given Pairs) (*access.Session, error) {
	facts, err := s.Facts(given)
	return s.Engine.For(user, facts), err
}

// Facts are those of the request: the given ones, and those of the records.
func (s *Service) Facts(given Pairs) (scope.Map, error) {
	facts, err := given.typed(s.Policy.ContextFacts())
	if err != nil {
		return nil, fmt.Errorf("-context %w", err)
	}
	addKnown(facts, s.Records.Facts(), s.Policy.ContextFacts())
	return facts, nil
}

// Resource reads what a person writes for a resource, type:id or type:id@parent,
// and adds what the application knows of it and what was given. It is several
// resources where the records know several ways to it.
func (s *Service) Resource(text string, asker roles.User, given Pairs) (all []scope.Resource, note string, err error) {
	written, err := s.written(text)
	if err != nil {
		return nil, "", err
	}
	ref := written[0]
	typ := s.Policy.Types().Type(ref.Type)
	if typ == nil {
		return nil, "", fmt.Errorf("unknown resource type %q%s", ref.Type, s.Policy.Types().Hint(ref.Type))
	}
	if all, note, err = s.Records.Resource(written, asker, s.Directory.Snapshot()); err != nil {
		return nil, "", err
	}
	attributes, err := given.typed(typ.Attributes())
	if err != nil {
		return nil, "", fmt.Errorf("-attr %w", err)
	}
	for i := range all {
		known, _ := all[i].Attributes.(scope.Map)
		with := maps.Clone(attributes)
		addKnown(with, known, typ.Attributes())
		all[i].Attributes = with
		parent := parentOf(all[i])
		if above := typ.In(); !typ.Unit() && len(above) > 0 && parent.IsZero() {
			return nil, "", fmt.Errorf("nothing says where %s is: write %s@%s:…", ref, ref, above[0].Name())
		}
		if err := s.Known(ref, parent); err != nil {
			return nil, "", err
		}
	}
	return all, note, nil
}

func parentOf(r scope.Resource) scope.Ref {
	if r.In != nil {
		return r.In.Ref()
	}
	return r.Parent
}

// Elsewhere is the note for a resource that is written to be in one place where
// the records have it in another; "" if they do not.
func Elsewhere(of, known, written scope.Ref) string {
	if known.IsZero() || written.IsZero() || known == written {
		return ""
	}
	return fmt.Sprintf("the sample has %s in %s, not in %s: answering for the latter", of, known, written)
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

// written splits type:id@parent@grandparent. An id may have an @ in it.
func (s *Service) written(text string) ([]scope.Ref, error) {
	if at := strings.LastIndex(text, "@"); at >= 0 {
		above, err := scope.ParseRef(text[at+1:])
		if err == nil && s.Policy.Types().Type(above.Type) != nil {
			below, err := s.written(text[:at])
			return append(below, above), err
		}
	}
	ref, err := scope.ParseRef(text)
	return []scope.Ref{ref}, err
}

// Known checks that the directory knows the units among some references.
func (s *Service) Known(refs ...scope.Ref) error {
	now := s.Directory.Snapshot()
	for _, ref := range refs {
		typ := s.Policy.Types().Type(ref.Type)
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

// Asked returns an error for a decision that answers no question, because the
// question itself is wrong.
func Asked(d access.Decision) error {
	if d.Err() != nil {
		return errors.New(d.Why())
	}
	return nil
}

// Best returns the first of several resources for which an action is allowed,
// or else the first: it is enough to be let in by one way.
func Best(s *access.Session, action roles.Action, all []scope.Resource) (best scope.Resource, d access.Decision) {
	for i, r := range all {
		each := s.Decide(action, r)
		if i == 0 || each.Allowed() {
			best, d = r, each
		}
		if each.Allowed() {
			break
		}
	}
	return best, d
}
