// Package console is what the example programs have in common: their arguments,
// their output on a terminal, and the questions that any policy over any
// directory answers.
package console

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/bailiwick-authz/bailiwick/internal/suggest"
	"github.com/bailiwick-authz/bailiwick/roles"
)

// The exit statuses.
const (
	Yes      = 0
	No       = 1
	NotAsked = 2 // the question could not be asked, or the answer not be written
)

// An App is an example program.
type App struct {
	Name  string
	Usage string
	// Policy and Directory are the files of the sample.
	Policy, Directory Source
	// Records makes the application's own tables: those of the sample, or none,
	// for a directory of the user's own.
	Records  func(sample bool) (Records, error)
	Commands []Command // the first is run where none is named
	// Flags are the program's own flags, each with a text, and their defaults.
	Flags map[string]string
}

// A Source is a file that comes with the program.
type Source struct {
	Name string
	Text []byte
}

// A Command is what the first argument names.
type Command struct {
	Name      string
	Arguments string
	Least     int // how many it takes
	Most      int
	Run       func(r *Run, args []string) (status int, err error)
}

// A World is what a program needs of the world outside.
type World struct {
	Stdout, Stderr io.Writer
	Style          Style
	Clock          func() time.Time
}

// A Run is one run of a program.
type Run struct {
	*Output
	*Service
	Options *Options
	stderr  io.Writer
}

// Main runs the program with the arguments of the process, and ends it.
func (a *App) Main() {
	style := StyleFor(os.Stdout, os.Getenv("NO_COLOR"), os.Getenv("TERM"))
	os.Exit(a.Run(World{os.Stdout, os.Stderr, style, time.Now}, os.Args[1:]))
}

// Run answers what the arguments ask and returns the exit status.
func (a *App) Run(w World, arguments []string) int {
	out := &Output{writer: w.Stdout, Style: w.Style}
	status, err := a.dispatch(w, out, arguments)
	if err == nil && out.failed != nil {
		status, err = NotAsked, out.failed
	}
	if err != nil {
		for _, line := range mostLines(err.Error()) {
			fmt.Fprintf(w.Stderr, "%s %s\n", w.Style.Red(a.Name+":"), line)
		}
	}
	return status
}

// most is how many faults of a file are told.
const most = 20

// mostLines returns the first lines of a text, and how many more there are.
func mostLines(text string) []string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if len(lines) <= most {
		return lines
	}
	left := len(lines) - most
	if n := 0; true {
		if _, err := fmt.Sscanf(lines[len(lines)-1], "and %d more", &n); err == nil {
			left += n - 1
		}
	}
	return append(lines[:most:most], fmt.Sprintf("and %d more", left))
}

func (a *App) dispatch(w World, out *Output, arguments []string) (int, error) {
	o, args, err := a.parse(arguments)
	switch {
	case errors.Is(err, flag.ErrHelp) || len(args) > 0 && args[0] == "help":
		out.Printf("%s", a.Usage)
		return Yes, nil
	case err != nil:
		return NotAsked, fmt.Errorf("%w\ntry: %s help", err, a.Name)
	case len(args) == 0:
		args = []string{a.Commands[0].Name}
	}
	i := slices.IndexFunc(a.Commands, func(c Command) bool { return c.Name == args[0] })
	if i < 0 {
		names := []string{"help"}
		for _, c := range a.Commands {
			names = append(names, c.Name)
		}
		return NotAsked, fmt.Errorf("unknown command %q%s\ntry: %s help", args[0], suggest.Hint(args[0], names), a.Name)
	}
	c, args := a.Commands[i], args[1:]
	if len(args) < c.Least || len(args) > c.Most {
		return NotAsked, fmt.Errorf("want: %s %s\ntry: %s help", a.Name, strings.TrimSpace(c.Name+" "+c.Arguments), a.Name)
	}
	s, err := a.open(o, w.Clock)
	if err != nil {
		return NotAsked, err
	}
	return c.Run(&Run{out, s, o, w.Stderr}, args)
}

// Note writes on the error output what the user should know beside the answer.
func (r *Run) Note(text string) {
	fmt.Fprintf(r.stderr, "%s %s\n", r.Style.Dim("note:"), text)
}

// User checks that there is a user.
func (s *Service) User(name string) (roles.User, error) {
	known := s.Directory.Snapshot()
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
