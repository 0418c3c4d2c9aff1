package console

import (
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// Options are the flags.
type Options struct {
	Policy, Data        string // files
	Attributes, Context Pairs
	At                  Instant
	Own                 map[string]string // the program's own, by name
}

// OwnFiles reports whether the question is of a policy or a directory that are
// not the sample's.
func (o *Options) OwnFiles() bool { return o.Policy != "" || o.Data != "" }

// parse reads flags, which may stand anywhere among the other arguments.
func (a *App) parse(arguments []string) (*Options, []string, error) {
	o := &Options{Attributes: Pairs{}, Context: Pairs{}, Own: map[string]string{}}
	flags := flag.NewFlagSet(a.Name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.Policy, "policy", "", "")
	flags.StringVar(&o.Data, "data", "", "")
	flags.Var(o.Attributes, "attr", "")
	flags.Var(o.Context, "context", "")
	flags.Var(&o.At, "at", "")
	for name, byDefault := range a.Flags {
		o.Own[name] = byDefault
		flags.Func(name, "", func(text string) error { o.Own[name] = text; return nil })
	}
	var args []string
	for {
		if err := flags.Parse(arguments); err != nil {
			return nil, nil, err
		}
		if flags.NArg() == 0 {
			return o, args, nil
		}
		args, arguments = append(args, flags.Arg(0)), flags.Args()[1:]
	}
}

// Pairs are flags of the form NAME=VALUE.
type Pairs map[string]string

// String writes nothing: the flags have no default.
func (p Pairs) String() string { return "" }

// Set reads one flag.
func (p Pairs) Set(text string) error {
	name, value, found := strings.Cut(text, "=")
	if !found || name == "" {
		return fmt.Errorf("%q is not NAME=VALUE", text)
	}
	p[name] = value
	return nil
}

// typed reads the values as the types that are declared for their names. What
// is not declared stays text, for the engine to refuse.
func (p Pairs) typed(declared *scope.AttributeTypes) (scope.Map, error) {
	values := scope.Map{}
	for name, text := range p {
		v, err := Typed(declared.Type(name), text)
		if err != nil {
			return nil, fmt.Errorf("%s=%s: %w", name, text, err)
		}
		values[name] = v
	}
	return values, nil
}

// An Instant is a flag that is a time. The zero one was not given.
type Instant struct{ time.Time }

// Set reads the flag.
func (i *Instant) Set(text string) (err error) {
	if i.Time, err = time.Parse(time.RFC3339, text); err != nil {
		return fmt.Errorf("want a time such as 2026-07-31T12:00:00Z")
	}
	return nil
}

// Typed reads a value that was typed at a terminal: as the type of an attribute,
// such as int or list(string), whose values are separated by commas.
func Typed(as, text string) (any, error) {
	if element, ok := strings.CutPrefix(as, "list("); ok {
		list := []any{}
		if text == "" {
			return list, nil
		}
		for part := range strings.SplitSeq(text, ",") {
			v, err := Typed(strings.TrimSuffix(element, ")"), part)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	var v any
	var err error
	switch as {
	case "bool":
		v, err = strconv.ParseBool(text)
	case "int":
		v, err = strconv.ParseInt(text, 10, 64)
	case "uint":
		v, err = strconv.ParseUint(text, 10, 64)
	case "double":
		v, err = strconv.ParseFloat(text, 64)
	case "timestamp":
		v, err = time.Parse(time.RFC3339, text)
	case "duration":
		v, err = time.ParseDuration(text)
	default:
		return text, nil
	}
	if err != nil {
		return nil, fmt.Errorf("not of type %s", as)
	}
	return v, nil
}
