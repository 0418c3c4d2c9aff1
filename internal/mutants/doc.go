// Mutants plants the mistakes that gremlins plants, and says which of them the
// tests notice:
//
//	go run ./internal/mutants -log scope.log scope
//	go run ./internal/mutants -log scope.log -files 'sql_' scope
//
// Gremlins builds and runs the tests of one package anew for each mutant, which
// takes days where the tests of one package hold another. Here all mutants of a
// package are compiled into it at once, in a copy of the repository, each behind
// a switch that an environment variable throws. Each test is run once to see
// which mutants it reaches. Then each mutant is switched on for those that reach
// it, those of the package first, until one fails. What cannot be switched, the
// parts of constants, is compiled alone.
//
// The mutants are those of gremlins v0.6.0 with the operators of .gremlins.yaml,
// whose --dry-run lists the same. A mutant that two operators make is tried once
// and counted twice, as there.
//
// Each result is a line of the log as soon as it is known; a second run goes on
// where the log ends. The time of a test is bounded by the time on the
// processor, so that a machine that does other things times nothing out.
package main
