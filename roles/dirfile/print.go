package dirfile

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bailiwick-authz/bailiwick/internal/strictyaml"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// Print writes a snapshot as a directory file: its units, custom roles and
// users, in the order of the tree and of their ids. Applied to a directory that
// has nothing but the same policy, the file makes one that has the same in it.
func Print(name string, s *roles.Snapshot) []byte {
	p := &printer{in: s}
	p.line("directory: %s", text(name))
	p.section("units", func() { p.units(scope.Root()) })
	p.section("roles", func() {
		for _, r := range s.Roles() {
			if !r.Fixed {
				p.role(r)
			}
		}
	})
	p.section("users", func() {
		for _, id := range s.Users() {
			p.user(id)
		}
	})
	return []byte(p.out.String())
}

type printer struct {
	in  *roles.Snapshot
	out strings.Builder
}

func (p *printer) line(format string, args ...any) { fmt.Fprintf(&p.out, format+"\n", args...) }

// section prints a heading, unless there would be nothing under it.
func (p *printer) section(name string, entries func()) {
	before := p.out.String()
	p.line("%s:", name)
	headed := p.out.Len()
	if entries(); p.out.Len() == headed {
		p.out.Reset()
		p.out.WriteString(before)
	}
}

func (p *printer) units(parent scope.Ref) {
	for _, ref := range p.in.UnitsIn(parent) {
		u, _ := p.in.Unit(ref)
		entry := "unit: " + refText(ref)
		if parent != scope.Root() {
			entry += ", in: " + refText(parent)
		}
		if len(u.Attributes) > 0 {
			entry += ", attributes: " + value(map[string]any(u.Attributes))
		}
		p.line("  - {%s}", entry)
		p.units(ref)
	}
}

func (p *printer) role(r roles.Role) {
	p.line("  - role: %s", text(r.ID))
	if r.Name != "" {
		p.line("    name: %s", text(r.Name))
	}
	p.line("    unit: %s", refText(r.Unit))
	if len(r.At) > 0 {
		p.line("    at: %s", list(r.At))
	}
	if r.Scope != "" {
		p.line("    scope: %s", text(r.Scope))
	}
	if len(r.Inherits) > 0 {
		p.line("    inherits: %s", list(r.Inherits))
	}
	if len(r.Grants) > 0 {
		p.line("    grants:")
	}
	for _, g := range r.Grants {
		entry := "privileges: " + list(g.Privileges)
		if g.Scope != "" {
			entry += ", scope: " + text(g.Scope)
		}
		p.line("      - {%s}", entry)
	}
}

func (p *printer) user(id roles.UserID) {
	u, _ := p.in.User(id)
	p.line("  - user: %s", text(id))
	if !u.Unit.IsZero() {
		p.line("    unit: %s", refText(u.Unit))
	}
	if u.Inactive {
		p.line("    inactive: true")
	}
	if len(u.Attributes) > 0 {
		p.line("    attributes: %s", value(map[string]any(u.Attributes)))
	}
	if bindings := p.in.Bindings(id); len(bindings) > 0 {
		p.line("    bindings:")
		for _, b := range bindings {
			entry := "role: " + text(b.Role) + ", at: " + refText(b.Unit)
			if !b.From.IsZero() {
				entry += ", from: " + b.From.Format(time.RFC3339Nano)
			}
			if !b.Until.IsZero() {
				entry += ", until: " + b.Until.Format(time.RFC3339Nano)
			}
			p.line("      - {%s}", entry)
		}
	}
	if assigned := p.in.Assignments(id); len(assigned) > 0 {
		p.line("    assigned:")
		for _, ref := range assigned {
			p.line("      - %s", refText(ref))
		}
	}
}

func text[T ~string](s T) string { return strictyaml.Scalar(string(s)) }

func refText(r scope.Ref) string { return text(r.String()) }

func list[T ~string](all []T) string {
	items := make([]string, len(all))
	for i, s := range all {
		items[i] = text(s)
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// value prints a canonical value such that it is read as the same.
func value(v any) string {
	switch v := v.(type) {
	case string:
		return strictyaml.Quote(v)
	case []byte:
		return strictyaml.Quote(base64.StdEncoding.EncodeToString(v))
	case time.Time:
		return strictyaml.Quote(v.Format(time.RFC3339Nano))
	case time.Duration:
		return strictyaml.Quote(v.String())
	case float64:
		return number(v)
	case []any:
		items := make([]string, len(v))
		for i, e := range v {
			items[i] = value(e)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]any:
		items := make([]string, 0, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			items = append(items, text(key)+": "+value(v[key]))
		}
		return "{" + strings.Join(items, ", ") + "}"
	}
	return fmt.Sprint(v) // a bool or an integer
}

func number(f float64) string {
	switch {
	case math.IsNaN(f):
		return ".nan"
	case math.IsInf(f, 1):
		return ".inf"
	case math.IsInf(f, -1):
		return "-.inf"
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}
