// Peerbench measures Bailiwick next to what else there is for Go: casbin,
// cedar-go, OPA, and code written by hand for exactly the same questions, with
// ids as strings and with ids resolved once. It is a module of its own, so that
// nobody who imports the library gets the peers.
//
//	cd internal/peerbench
//	go test .                                  all give the same answers, at S and M
//	go test . -large                           at L too: minutes, and gigabytes
//	go run . -rounds 5                         the tables, as Markdown
//	go run . -rounds 5 -readme ../../README.md and into the README
//	go run . -rounds 1 -scales M -policies ncmp -only 'hand|Bailiwick'
//
// To build the peers takes a minute, the first time. With -tags alone they are left
// out: so .ci/run tests that Bailiwick answers as the code by hand does.
//
// # What is asked
//
// NCMP, by the policy of examples/ncmp: may this user do this to this school, or
// to this pupil of it? The actions are the five on schools and pupils that need
// ids alone; the user has one or two of the fixed roles, and schools assigned to
// them. "A condition" is what pupil.edit takes more than pupil.view, of the same
// users and pupils: the constraint that the year of the pupil's record, which
// comes with the question, is not among those that the authority has signed off,
// which the directory knows. It includes bringing the record.
//
// NCAtrak, by the policy of examples/ncatrak: may this user view or update this
// tab of this case? Each center has made eight roles of its own, with a level for
// each of the 16 tabs and one case access: own, agency or all. Both constraints on
// tabs are asked each time. By names the case is an id; who does not keep cases
// finds its record in the application's map, which is part of the time. In a
// session the user has been found and the record is at hand; bound, the action and
// the case have been found too, as with ids resolved.
//
// The questions are 4096, drawn once from a fixed seed, of users who come in no
// order; a third to two thirds of them are allowed. Before anything is
// measured, every contender answers each of them, and one that differs from the
// others ends the run. So do lists that differ.
//
//	scale   tenants     users   schools   assignments       cases   places on cases
//	S            10       200       400         4 000       5 000            10 000
//	M            30     2 000     4 000        40 000     100 000           100 000
//	L           150    20 000    25 000     1 000 000   1 000 000         1 000 000
//
// # How it is measured
//
// Each round measures every contender, each time beginning with another one; the
// tables have the medians of the rounds. Times are CPU time of the process with
// GOMAXPROCS 1, so that collecting a contender's garbage counts, on whatever
// thread, and what other programs do counts little. Allocations are counted by
// testing.AllocsPerRun. The heap is what it grows by when a contender is filled,
// by assignment; ids are strings that all share, and not counted. The first
// question of a user is asked of every user once, in no order, right after that.
// What two processors decide is twice what two goroutines at once decide in a
// second of CPU time, next to one alone: it shows what they cost each other in
// memory and caches, but not that they wait for each other. What a writer costs
// is the same with its CPU time added.
//
// # How each peer is set up
//
// As its own documentation advises; where that leaves a choice, there is an
// encoding for each, and the table shows the fastest one at that scale. What they
// are, and why, stands at the top of casbin_ncmp.go, cedar_ncmp.go, opa_ncmp.go and
// those for NCAtrak. Two lines stand apart. casbin's cache is filled with the
// answers to all 4096 questions; it goes on allowing after a role was taken away,
// which a test shows. And an application that finds the Cedar policies of an
// action itself, and the school of a pupil, spares cedar-go some of its work.
//
// What the peers do not do in this comparison, and Bailiwick does: the periods of
// bindings, the directory's invariants, and saying why.
package main
