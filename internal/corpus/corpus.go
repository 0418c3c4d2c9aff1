package corpus

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// Now is the instant of every question.
var Now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A Policy is one line: a policy file as JSON, and directories for it.
type Policy struct {
	Policy      json.RawMessage `json:"policy"`
	Directories []Directory     `json:"directories"`
}

// A Directory is a directory file as JSON, and questions about it.
type Directory struct {
	Directory json.RawMessage `json:"directory"`
	Questions []Question      `json:"questions"`
}

// A Question is what several questions are about. The user of one that names
// none is Principal.
type Question struct {
	Resource  Resource   `json:"resource"`
	Context   Attributes `json:"context,omitempty"`
	Principal *Principal `json:"principal,omitempty"`
	Asked     []Asked    `json:"asked"`
}

// Asked is one question with its answer.
type Asked struct {
	User    roles.UserID
	Action  roles.Action
	Allowed bool
	Reason  string
}

// MarshalJSON writes [user, action, decision, reason].
func (a Asked) MarshalJSON() ([]byte, error) {
	return json.Marshal([4]string{string(a.User), string(a.Action), decisions[a.Allowed], a.Reason})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (a *Asked) UnmarshalJSON(text []byte) error {
	var w []string
	if err := json.Unmarshal(text, &w); err != nil {
		return err
	}
	if len(w) != 4 || w[2] != decisions[true] && w[2] != decisions[false] {
		return fmt.Errorf("%s is no question: want [user, action, allow or deny, reason]", text)
	}
	*a = Asked{roles.UserID(w[0]), roles.Action(w[1]), w[2] == decisions[true], w[3]}
	return nil
}

var decisions = map[bool]string{true: "allow", false: "deny"}

// A Resource is a scope.Resource.
type Resource struct {
	Type       string     `json:"type,omitempty"`
	ID         string     `json:"id,omitempty"`
	Parent     *Ref       `json:"parent,omitempty"`
	In         *Resource  `json:"in,omitempty"`
	Attributes Attributes `json:"attributes,omitempty"`
}

// A Principal is a roles.Principal.
type Principal struct {
	User       roles.UserID `json:"user,omitempty"`
	Unit       *Ref         `json:"unit,omitempty"`
	Inactive   bool         `json:"inactive,omitempty"`
	Attributes Attributes   `json:"attributes,omitempty"`
	Bindings   []Binding    `json:"bindings,omitempty"`
	Assigned   []Ref        `json:"assigned,omitempty"`
}

// A Binding is a roles.Binding of a principal.
type Binding struct {
	Role  roles.RoleID `json:"role,omitempty"`
	At    Ref          `json:"at"`
	From  time.Time    `json:"from,omitzero"`
	Until time.Time    `json:"until,omitzero"`
}

// A Ref is a scope.Ref as [type, id].
type Ref [2]string

// Read calls see for each line, until it returns an error.
func Read(r io.Reader, see func(Policy) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for n := 1; lines.Scan(); n++ {
		var p Policy
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if err := see(p); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return lines.Err()
}

// Of makes a Ref; nil of the zero one.
func Of(r scope.Ref) *Ref {
	if r.IsZero() {
		return nil
	}
	return &Ref{r.Type, r.ID}
}

// Scope returns the reference; of nil the zero one.
func (r *Ref) Scope() scope.Ref {
	if r == nil {
		return scope.Ref{}
	}
	return scope.NewRef(r[0], r[1])
}

// OfResource makes a Resource. Its attributes must be a scope.Map or nil.
func OfResource(r scope.Resource) Resource {
	made := Resource{Type: r.Type, ID: r.ID, Parent: Of(r.Parent)}
	if m, ok := r.Attributes.(scope.Map); ok {
		made.Attributes = Attributes(m)
	}
	if r.In != nil {
		in := OfResource(*r.In)
		made.In = &in
	}
	return made
}

// Scope returns the resource to ask about.
func (r Resource) Scope() scope.Resource {
	made := scope.Resource{Type: r.Type, ID: r.ID, Parent: r.Parent.Scope()}
	if r.Attributes != nil {
		made.Attributes = scope.Map(r.Attributes)
	}
	if r.In != nil {
		in := r.In.Scope()
		made.In = &in
	}
	return made
}

// OfPrincipal makes a Principal. Its attributes must be a scope.Map or nil.
func OfPrincipal(p roles.Principal) *Principal {
	made := &Principal{User: p.ID, Unit: Of(p.Unit), Inactive: p.Inactive, Attributes: Attributes(p.Attributes)}
	for _, b := range p.Bindings {
		made.Bindings = append(made.Bindings, Binding{b.Role, Ref{b.Unit.Type, b.Unit.ID}, b.From, b.Until})
	}
	for _, a := range p.Assignments {
		made.Assigned = append(made.Assigned, Ref{a.Type, a.ID})
	}
	return made
}

// Roles returns the principal to ask about.
func (p *Principal) Roles() roles.Principal {
	made := roles.Principal{User: roles.User{ID: p.User, Unit: p.Unit.Scope(), Inactive: p.Inactive, Attributes: scope.Map(p.Attributes)}}
	for _, b := range p.Bindings {
		made.Bindings = append(made.Bindings, roles.Binding{User: p.User, Role: b.Role, Unit: b.At.Scope(), From: b.From, Until: b.Until})
	}
	for _, a := range p.Assigned {
		made.Assignments = append(made.Assignments, a.Scope())
	}
	return made
}
