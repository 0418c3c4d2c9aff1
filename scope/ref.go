package scope

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxID is the greatest length of an id, in bytes.
const MaxID = 256

// rootType is the type name of Root. No policy can declare a type of this name.
const rootType = "root"

// A Ref names one resource: its type and its id. Refs are compared with ==,
// byte by byte: ids that differ by case or by Unicode normalisation are
// different ids.
//
// The zero Ref names nothing. In particular it is not Root.
type Ref struct {
	// Type is a resource type that the policy declares.
	Type string
	// ID is the resource's id among those of its type (see CheckID).
	ID string
}

// NewRef returns the Ref of a type and an id. Whether they are valid is
// checked where the Ref is used.
func NewRef(resourceType, id string) Ref { return Ref{Type: resourceType, ID: id} }

// Root is the top of the tree: what every unit and every resource is in. It
// is known to every directory. A role bound at Root holds everywhere.
func Root() Ref { return Ref{Type: rootType} }

// ParseRef reads what Ref.String writes: a type, a colon, an id, in which more
// colons may stand; or "root".
func ParseRef(s string) (Ref, error) {
	if s == rootType {
		return Root(), nil
	}
	typ, id, found := strings.Cut(s, ":")
	if !found {
		return Ref{}, fmt.Errorf("%q is not a reference: want type:id, as in school:s1", s)
	}
	if !isName(typ) {
		return Ref{}, fmt.Errorf("%q is not a reference: %q is not the name of a type", s, typ)
	}
	if err := CheckID(id); err != nil {
		return Ref{}, fmt.Errorf("%q is not a reference: %w", s, err)
	}
	return Ref{Type: typ, ID: id}, nil
}

// String returns type:id, "root" for Root and "(nothing)" for the zero Ref.
// What is not valid is quoted.
func (r Ref) String() string {
	switch {
	case r == Ref{}:
		return "(nothing)"
	case r == Root():
		return rootType
	case !isName(r.Type) || CheckID(r.ID) != nil:
		return fmt.Sprintf("%q:%q", r.Type, r.ID)
	}
	return r.Type + ":" + r.ID
}

// MarshalText returns String, or an error for a Ref that ParseRef would not
// read back.
func (r Ref) MarshalText() ([]byte, error) {
	if _, err := ParseRef(r.String()); err != nil {
		return nil, err
	}
	return []byte(r.String()), nil
}

// UnmarshalText is ParseRef.
func (r *Ref) UnmarshalText(text []byte) error {
	ref, err := ParseRef(string(text))
	if err == nil {
		*r = ref
	}
	return err
}

// IsZero reports whether r names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// Compare orders Refs by type, then by id; it returns -1, 0 or +1.
func (r Ref) Compare(other Ref) int {
	if c := strings.Compare(r.Type, other.Type); c != 0 {
		return c
	}
	return strings.Compare(r.ID, other.ID)
}

// CheckID reports what is wrong with an id, or nil. An id is 1 to MaxID bytes
// of valid UTF-8 without blanks at its ends and without control characters,
// line separators or characters that do not show (zero-width, bidirectional
// controls): two ids that look alike should not be two people.
func CheckID(id string) error {
	if isPlain(id) {
		return nil
	}
	switch {
	case id == "":
		return errors.New("the id is empty")
	case strings.TrimSpace(id) == "":
		return fmt.Errorf("the id %q is blank", id)
	case len(id) > MaxID:
		return fmt.Errorf("the id is %d bytes long, more than %d", len(id), MaxID)
	case !utf8.ValidString(id):
		return fmt.Errorf("the id %q is not valid UTF-8", id)
	case strings.TrimSpace(id) != id:
		return fmt.Errorf("the id %q begins or ends with a blank", id)
	}
	for _, r := range id {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return fmt.Errorf("the id %q contains %U, which does not show", id, r)
		}
	}
	return nil
}

// isPlain reports whether id is short printable ASCII without blanks, as
// almost every id is.
func isPlain(id string) bool {
	if id == "" || len(id) > MaxID {
		return false
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] >= 0x7f {
			return false
		}
	}
	return true
}

// isName reports whether s can be the name of a type or attribute: a CEL
// identifier.
func isName(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && len(s) <= MaxID
}
