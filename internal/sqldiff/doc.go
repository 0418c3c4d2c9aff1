// Package sqldiff holds Filters in SQL against Decide: policies, directories,
// databases and users are drawn, and for every row the query must find it
// exactly if Decide allows it. It is a module of its own, because it needs the
// drivers of the databases:
//
//	cd internal/sqldiff && go test .
//
// SQLite runs in memory. PostgreSQL is started from the installed binaries, in a
// temporary folder; BAILIWICK_POSTGRES, if it is set, names one that runs
// already, in which temporary tables are made. It is asked by database/sql and by
// pgx itself. How much is tried:
//
//	BAILIWICK_SQLITE_CASES=1000000 BAILIWICK_POSTGRES_CASES=200000 go test -timeout 0 -v .
//
// BAILIWICK_SEED repeats a run.
//
// Faults are planted in the queries (a NOT that is lost, LIKE for startsWith, a
// constraint that is dropped), and each must be found:
//
//	go test -run PlantedFaults -v .
//
// How long a query takes beside one that was written by hand for the same
// question, over 100 000 cases of NCAtrak, as medians of nine rounds; and how long
// it takes to make one, with its Filter, among 2 000 users:
//
//	BAILIWICK_BY_HAND=9 go test -run QueriesByHand -v .
//	go test -run XXX -bench Where .
package sqldiff
