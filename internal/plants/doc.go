// Package plants has faults as data, each with the tests that must find it: that
// the tests of a threat would notice is itself tested. This builds the tests with
// each in turn, and says of each whether it was caught; the tree stays as it is:
//
//	BAILIWICK_PLANTS=all go test ./internal/plants -run TestEveryPlantIsCaught -timeout 0 -v
//
// takes some ten minutes; another value than all is a regular expression for the
// names of those to plant. The ordinary test holds that every plant can still be
// planted, that the tests which it names are there and name the threat, and that no
// threat is without one.
//
// A file of testdata is one fault:
//
//	threats: T-09 T-43
//	test: access TestNothingReachesAnotherTenant TestReferenceFilter
//	file: access/question.go
//	-- old --
//	text that occurs once in the file
//	-- new --
//	what stands in its place
//
// After test stands the package's directory, then the tests, each of which must
// fail. Who changes the code under a plant changes the plant with it, so that it is
// the same mistake: the old text should be as short as can be.
package plants
