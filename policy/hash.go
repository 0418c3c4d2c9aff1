package policy

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"

	"github.com/bailiwick-authz/bailiwick/roles"
)

// hashVersion stands in front of what is hashed. It changes when the encoding
// does.
const hashVersion = "bailiwick policy 2"

// hash returns the digest of a document: equal for documents that differ only
// in the order of what has no order, and different for all others. Everything
// that is encoded says its length first, so that no text can pass for the end
// of another (T-08).
func hash(d Document) string {
	sum := sha256.Sum256(encodeDocument(d))
	return hex.EncodeToString(sum[:])
}

func encodeDocument(d Document) encoding {
	return encoding{}.
		text(hashVersion).
		text(d.Policy).
		set(encodeTexts(d.Users)).
		set(encodeTexts(d.Context)).
		set(encodeAll(d.Resources, encodeResource)).
		set(encodeAll(d.Privileges, encodePrivilege)).
		set(encodeAll(d.Scopes, encodeScope)).
		set(encodeAll(d.Roles, encodeRole)).
		set(encodeAll(d.Constraints, encodeConstraint)).
		set(encodeAll(d.Invariants, encodeInvariant)).
		set(encodeAll(d.Views, encodeView)).
		text(d.Administration.Accounts).
		text(string(d.Administration.Ceiling)).
		set(encodeAll(d.Administration.Changes, encodeChange))
}

func encodeResource(r Resource) encoding {
	return encoding{}.text(r.Name).bool(r.Unit).set(encodeNames(r.In)).set(encodeTexts(r.Attributes))
}

func encodePrivilege(p Privilege) encoding {
	return encoding{}.text(p.Name).text(p.On).
		list(encodeNames(p.Levels)). // their order is their meaning
		set(encodeNames(p.Requires)).text(p.Area).text(p.Title)
}

func encodeScope(s Scope) encoding {
	return encoding{}.text(s.Name).set(encodeNames(s.On)).text(s.When)
}

func encodeRole(r Role) encoding {
	return encoding{}.text(r.Name).text(r.Title).set(encodeNames(r.At)).text(r.Scope).bool(r.Everything).
		set(encodeNames(r.Inherits)).set(encodeAll(r.Grants, encodeGrant))
}

func encodeGrant(g Grant) encoding {
	return encoding{}.set(encodeNames(g.Privileges)).text(g.Scope).text(g.When)
}

func encodeConstraint(c Constraint) encoding {
	return encoding{}.text(c.Name).set(encodeNames(c.On)).set(encodeNames(c.Resources)).text(c.Require).text(c.Message)
}

func encodeInvariant(i Invariant) encoding {
	return encoding{}.text(i.Name).text(i.For).text(i.Require).bool(i.Severity == roles.Warn).text(i.Message)
}

func encodeView(v View) encoding {
	return encoding{}.text(v.Name).text(v.On).set(encodeNames(v.Show)).set(encodeAll(v.Fields, encodeField))
}

func encodeField(f Field) encoding {
	return encoding{}.text(f.Name).set(encodeNames(f.Show)).bool(f.Restricted)
}

func encodeChange(c ChangeRule) encoding {
	return encoding{}.text(c.Change).set(encodeNames(c.Actions))
}

// An encoding is a sequence of bytes that says where each of its parts ends.
type encoding []byte

func (e encoding) bytes(b []byte) encoding {
	return append(binary.AppendUvarint(e, uint64(len(b))), b...)
}

func (e encoding) text(s string) encoding { return e.bytes([]byte(s)) }

func (e encoding) bool(b bool) encoding {
	if b {
		return append(e, 1)
	}
	return append(e, 0)
}

// list encodes parts in their order.
func (e encoding) list(parts []encoding) encoding {
	e = binary.AppendUvarint(e, uint64(len(parts)))
	for _, p := range parts {
		e = e.bytes(p)
	}
	return e
}

// set encodes parts whose order means nothing.
func (e encoding) set(parts []encoding) encoding {
	slices.SortFunc(parts, func(a, b encoding) int { return bytes.Compare(a, b) })
	return e.list(parts)
}

func encodeAll[T any](all []T, encode func(T) encoding) []encoding {
	parts := make([]encoding, len(all))
	for i, one := range all {
		parts[i] = encode(one)
	}
	return parts
}

func encodeNames[T ~string](all []T) []encoding {
	return encodeAll(all, func(s T) encoding { return encoding(s) })
}

func encodeTexts(all map[string]string) []encoding {
	parts := make([]encoding, 0, len(all))
	for name, text := range all {
		parts = append(parts, encoding{}.text(name).text(text))
	}
	return parts
}
