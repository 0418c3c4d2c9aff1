// Package house holds the rules of the repository itself, as tests: which
// package may import which, what public signatures may show, what must be
// documented, how long things may be, what stands at the top level, and that
// the README's code is code that runs.
//
// Every rule reads source text only. It needs nothing built, and what it says
// of a violation names the place and what to do about it. Exceptions stand in
// tables next to the rule, each with its reason.
package house
