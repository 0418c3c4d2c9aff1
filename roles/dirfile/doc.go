// Package dirfile keeps a directory in a YAML file: for a first set-up, for
// examples and tests, for a copy that a person can read.
//
//	directory: Leeds
//	units:
//	  - {unit: "authority:leeds", attributes: {warnings: 2}}
//	  - {unit: "school:s1", in: "authority:leeds"}
//	roles:
//	  - role: nurse
//	    name: School nurse
//	    unit: "authority:leeds"
//	    grants:
//	      - {privileges: [pupil.view], scope: assigned}
//	users:
//	  - user: ann
//	    unit: "authority:leeds"
//	    bindings:
//	      - {role: nurse, at: "authority:leeds", until: 2026-10-01T00:00:00Z}
//	    assigned: ["school:s1"]
//
// Its entries can stand in any order: a unit before the one that it is in, a
// role before those that it inherits. A unit that names none is in the root,
// which is written root; so is the place of a role that holds everywhere.
// Attributes are written as YAML writes them; a timestamp
// ("2026-10-01T08:00:00Z"), a duration ("1h30m") and bytes (in base64) in quotes.
//
// Parse reads a file, Apply puts what it says into a transaction, and Locate
// says of a refusal where in the file it comes from. Load does all three. Print
// writes a snapshot as such a file.
//
// It is not a store: nothing here watches a file, or writes one.
package dirfile
