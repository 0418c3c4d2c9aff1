// Sqlite is the lists of the two examples over a database, in memory. Each list
// is one query, and finds what the example's tour finds without one.
//
//	go run . indicators mo kit dev    what an authority's indicators count (ncmp)
//	go run . search cora              the cases that somebody finds (ncatrak)
//
// It is a module of its own, because it needs the driver of the database, and
// reads the files of the two examples from the folder above.
package main
