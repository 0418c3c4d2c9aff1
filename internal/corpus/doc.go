// Package corpus reads a frozen collection of decisions, in a form that an
// implementation in any language can be held to: policies, directories over
// them, and questions with their answers.
//
// testdata/decisions.jsonl is UTF-8 with one JSON object a line:
//
//	{"policy": …, "directories": [
//	    {"directory": …, "questions": [
//	        {"resource": {"type": "file", "id": "1", "parent": ["org", "a"]}, "context": {"mfa": true},
//	         "asked": [["ann", "look.low", "allow", "granted"], ["ann", "look.high", "deny", "no_grant"]]}, …]}, …]}
//
// A scenario is a policy with one of its directories. "policy" is a policy file
// (package policy) and "directory" a directory file (package dirfile), each as
// the JSON that is also the YAML. Numbers in them can be any of 64 bits: do not
// read them through a double. Every question is asked at one instant, Now.
//
// What the questions are about:
//
//	resource   type, id, parent (a reference), in (a resource: the parent in full), attributes
//	context    attributes of the request
//	principal  if it is there, a user by value: user, unit (a reference), inactive,
//	           attributes, bindings (role, at, from, until), assigned (references)
//	asked      one question each: the id of a user of the directory, or "" for the
//	           principal; the action, which is a privilege or privilege.level; the
//	           decision; and why, as Reason.String of package access writes it
//
// What is left out is empty. A reference is [type, id], which can be malformed, as
// everything can be that a question has; ["root", ""] is the root. Instants are as
// in RFC 3339. Attributes that come with a question can be of any type, right or
// wrong:
//
//	null, true, "text", [value, …]     absent, bool, string, list
//	{"int": "-1"}, {"uint": "1"}       in decimal, of 64 bits
//	{"double": "1.5"}
//	{"timestamp": "2026-03-01T12:00:00Z"}, {"duration": "-1"}    in nanoseconds
//	{"bytes": "AAE="}                  in base64
//	{"map": {"k": value, …}}
//
// An int that is not negative is a good uint, and a uint of at most 63 bits a good
// int; an int is no double.
//
// The answers are those of package reference, and the engine's. Worlds were drawn
// as for the differential tests of package access, and a scenario was kept if
// one of its questions came to a reason with a pair of features that none had had
// before: the operators and functions of the conditions that took part, the types
// of their attributes, how the user came to the role, how the resource was given.
// Questions about the same resources fill it up. This writes it anew:
//
//	BAILIWICK_CORPUS=write go test ./access -run TestCorpusIsWritten -timeout 0 -v
//
// It is to be written anew only when the meaning of a decision changes, or when
// there is something new to be said in a question; else the answers stay.
package corpus
