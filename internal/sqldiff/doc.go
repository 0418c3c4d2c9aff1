// Package sqldiff holds Filters in SQL against Decide: policies, directories,
// databases and users are drawn, and for every row the query must find it
// exactly if Decide allows it. It is a module of its own, because it needs the
// drivers of the databases:
//
//	cd internal/sqldiff && go test .
//
// SQLite runs in memory. PostgreSQL is started from the installed binaries, in a
// temporary folder; BAILIWICK_POSTGRES, if it is set, names one that runs
// already, in which temporary tables are made. How much is tried:
//
//	BAILIWICK_SQLITE_CASES=1000000 BAILIWICK_POSTGRES_CASES=200000 go test -timeout 0 -v .
//
// BAILIWICK_SEED repeats a run.
package sqldiff
