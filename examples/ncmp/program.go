package main

import (
	_ "embed"

	"github.com/bailiwick-authz/bailiwick/examples/internal/console"
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

var (
	//go:embed ncmp.yaml
	policyFile []byte
	//go:embed directory.yaml
	directoryFile []byte
)

// app is the program.
var app = &console.App{
	Name: "ncmp", Usage: usage,
	Policy:    console.Source{Name: "ncmp.yaml", Text: policyFile},
	Directory: console.Source{Name: "directory.yaml", Text: directoryFile},
	Records: func(sample bool) (console.Records, error) {
		if sample {
			return sampleRecords()
		}
		return &records{}, nil
	},
	Commands: []console.Command{
		command("tour", "", 0, 0, (*program).tour),
		console.Decide,
		command("screen", "USER [AUTHORITY]", 1, 2, (*program).screen),
		console.Who,
	},
}

// A program is one run, with the application's own records.
type program struct {
	*console.Run
	records *records
}

func command(name, arguments string, least, most int, run func(p *program, args []string) (int, error)) console.Command {
	return console.Command{Name: name, Arguments: arguments, Least: least, Most: most, Run: func(r *console.Run, args []string) (int, error) {
		return run(&program{r, r.Records.(*records)}, args)
	}}
}
