package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/bailiwick-authz/bailiwick/internal/suggest"
	"github.com/bailiwick-authz/bailiwick/scope"
)

const usage = `ncmp: who may do what in the National Child Measurement Programme

  ncmp                               a tour of the sample
  ncmp decide USER ACTION RESOURCE   whether somebody may, and why
  ncmp screen USER [AUTHORITY]       what they see enabled and greyed out
  ncmp who ACTION RESOURCE           everybody who may
  ncmp help                          this page

A RESOURCE is type:id, and what the directory does not know is given with what
it is in: school:s1, authority:leeds, pupil:p7@school:s1.

  -attr NAME=VALUE      an attribute of the resource; may be repeated
  -context NAME=VALUE   a fact of the request; may be repeated
  -at TIME              ask as of another time, such as 2026-07-31T12:00:00Z
  -data FILE            a directory of your own instead of the sample
  -policy FILE          a policy of your own instead of the programme's

  ncmp decide cy pupil.edit pupil:p7
  ncmp decide cy pupil.upload school:s1 -context year=2025/26
  ncmp decide pat submission.finalise authority:leeds -attr warnings=0
  ncmp screen sam
  ncmp who pupil.view pupil:p7@school:s4

The exit status is 0 for yes, 1 for no, and 2 if the question could not be
asked.
`

// The exit statuses.
const (
	yes      = 0
	no       = 1
	notAsked = 2
)

// A program is one run, with what it needs of the world outside.
type program struct {
	stdout, stderr io.Writer
	style          style
	clock          func() time.Time
}

// A command is what the first argument names.
type command struct {
	name      string
	arguments string
	least     int // how many it takes
	most      int
	run       func(p *program, s *service, o *options, args []string) (int, error)
}

var commands = []command{
	{"tour", "", 0, 0, (*program).tour},
	{"decide", "USER ACTION RESOURCE", 3, 3, (*program).decide},
	{"screen", "USER [AUTHORITY]", 1, 2, (*program).screen},
	{"who", "ACTION RESOURCE", 2, 2, (*program).who},
}

// options are the flags.
type options struct {
	policy, data        string
	attributes, context pairs
	at                  instant
}

// run answers what the arguments ask and returns the exit status.
func (p *program) run(arguments []string) int {
	status, err := p.dispatch(arguments)
	if err != nil {
		for line := range strings.Lines(err.Error()) {
			fmt.Fprintf(p.stderr, "%s %s\n", p.style.red("ncmp:"), strings.TrimRight(line, "\n"))
		}
	}
	return status
}

func (p *program) dispatch(arguments []string) (int, error) {
	o, args, err := parse(arguments)
	switch {
	case errors.Is(err, flag.ErrHelp) || len(args) > 0 && args[0] == "help":
		fmt.Fprint(p.stdout, usage)
		return yes, nil
	case err != nil:
		return notAsked, fmt.Errorf("%w\ntry: ncmp help", err)
	case len(args) == 0:
		args = []string{"tour"}
	}
	i := slices.IndexFunc(commands, func(c command) bool { return c.name == args[0] })
	if i < 0 {
		names := []string{"help"}
		for _, c := range commands {
			names = append(names, c.name)
		}
		return notAsked, fmt.Errorf("unknown command %q%s\ntry: ncmp help", args[0], suggest.Hint(args[0], names))
	}
	c, args := commands[i], args[1:]
	if len(args) < c.least || len(args) > c.most {
		return notAsked, fmt.Errorf("want: ncmp %s\ntry: ncmp help", strings.TrimSpace(c.name+" "+c.arguments))
	}
	s, err := open(o, p.clock)
	if err != nil {
		return notAsked, err
	}
	return c.run(p, s, o, args)
}

// parse reads flags, which may stand anywhere among the other arguments.
func parse(arguments []string) (*options, []string, error) {
	o := &options{attributes: pairs{}, context: pairs{}}
	flags := flag.NewFlagSet("ncmp", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.policy, "policy", "", "")
	flags.StringVar(&o.data, "data", "", "")
	flags.Var(o.attributes, "attr", "")
	flags.Var(o.context, "context", "")
	flags.Var(&o.at, "at", "")
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

// pairs are flags of the form NAME=VALUE.
type pairs map[string]string

// String writes nothing: the flags have no default.
func (p pairs) String() string { return "" }

// Set reads one flag.
func (p pairs) Set(text string) error {
	name, value, found := strings.Cut(text, "=")
	if !found || name == "" {
		return fmt.Errorf("%q is not NAME=VALUE", text)
	}
	p[name] = value
	return nil
}

// typed reads the values as the types that are declared for their names. What
// is not declared stays text, for the engine to refuse.
func (p pairs) typed(declared *scope.AttributeTypes) (scope.Map, error) {
	values := scope.Map{}
	for name, text := range p {
		v, err := typed(declared.Type(name), text)
		if err != nil {
			return nil, fmt.Errorf("%s=%s: %w", name, text, err)
		}
		values[name] = v
	}
	return values, nil
}

// An instant is a flag that is a time. The zero one was not given.
type instant struct{ time.Time }

// Set reads the flag.
func (i *instant) Set(text string) (err error) {
	if i.Time, err = time.Parse(time.RFC3339, text); err != nil {
		return fmt.Errorf("want a time such as 2026-07-31T12:00:00Z")
	}
	return nil
}
