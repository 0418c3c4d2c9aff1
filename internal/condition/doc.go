// Package condition compiles and evaluates conditions: CEL expressions over
// declared names. It is the only package that imports cel-go, and none of its
// exported names shows a cel-go type.
//
// An Env declares what a condition may name: object types with typed fields,
// variables, functions. Compile type-checks a condition against it, so that
// everything that can be wrong with the text is found when a policy is loaded.
// Eval answers with an Outcome of four values: True, False, Unknown where
// facts that are not known yet decide, and Error, the zero Outcome.
//
// cel-go parses and checks. What it has checked is compiled to Go closures; its
// interpreter runs in the tests only, where every condition must come to what
// it comes to there.
//
// # The language
//
// Logic. An error or something unknown on one side does not matter where the
// other side decides:
//
//	resource.status == "open" && !resource.signed_off
//	resource.warnings > 3 || user.id == "ann"
//	(resource.signed_off ? resource.warnings : 0) == 0
//
// What is absent is an error, under ! and != too, unless the condition asks:
//
//	has(resource.status) && resource.status != "closed"
//	!has(resource.labels.bed)
//
// Comparison, of two values of one type. Objects are not compared, an attribute
// of them is:
//
//	resource.owner.id == user.id
//	resource.score >= 1.5 && resource.size < 4u
//	"a" < "b" && b"a" <= b"b" && false < true
//	resource.opened < now && resource.age > duration("30m")
//	resource.assignees == ["ann", "bob"]
//
// Arithmetic. What overflows is an error, and so is a division by zero:
//
//	(resource.warnings + 7) % 5 == 2 && resource.warnings - 1 < -resource.warnings
//	resource.score * 2.0 / 3.0 == 1.0
//	now - resource.opened <= duration("1h") && resource.opened + duration("1h") == now
//
// Lists and maps. The keys of a map that is written out are literals:
//
//	user.id in resource.assignees
//	"ward" in resource.labels && resource.labels["ward"] == "7"
//	resource.labels.ward == "7" && resource.assignees[0] == "ann"
//	{"open": 1, "closed": 2}[resource.status] == 1
//	size(resource.assignees + ["eve"]) == 3
//
// Loops, at most four within each other. A loop through a map goes through its
// keys in their order:
//
//	resource.assignees.exists(a, a == user.id)
//	resource.assignees.all(a, a != "eve")
//	resource.assignees.exists_one(a, a.startsWith("a"))
//	resource.assignees.filter(a, a != user.id) == ["bob"]
//	resource.assignees.map(a, size(a)) == [3, 3]
//	resource.assignees.map(a, a != "bob", a + "!") == ["ann!"]
//	resource.labels.all(k, k.matches("^[a-z]+$"))
//
// Text. The pattern of matches is a literal in RE2's syntax:
//
//	user.id.startsWith("a") && user.id.endsWith("n") && user.id.contains("nn")
//	user.id.matches("^a(nn|ge)") && size(user.id) == 3
//
// Conversions:
//
//	string(resource.warnings) == "0" && int("12") == 12 && uint(3) == 3u && double(1) == 1.0
//	bool("true") && bytes("ab") == resource.raw && duration("90m") > duration("1h")
//	timestamp("2026-03-01T12:00:00Z") == now
//
// Parts of timestamps, in UTC or in a time zone that is written as a literal,
// and of durations:
//
//	now.getFullYear() == 2026 && now.getMonth() == 2 && now.getDate() == 1
//	now.getHours("Asia/Tokyo") == 21 && now.getMinutes("+05:45") == 45
//	now.getDayOfWeek() == 0 && now.getDayOfMonth() == 0 && now.getDayOfYear() == 59
//	now.getSeconds() == 0 && now.getMilliseconds() == 0 && resource.age.getMinutes() == 60
//
// And the declared functions. Everything else is refused by Compile.
//
// # What is left of a condition
//
// A Residual is a condition of which all is known but one variable: user, context
// and now, say, and not the resource. What does not look at that variable is a
// Parameter, evaluated once for a question; what is left is a Term, a small typed
// tree for those who say it in another language, or as CEL again. A failure stays
// a failure in it, and is absorbed where CEL absorbs it.
//
// # What differs from CEL
//
// These differ from what cel-go does, on purpose:
//
//   - A value that is not of the type that was declared for it is an error
//     where it is looked at. cel-go, which does not check its input, finds "1"
//     merely different from 1.
//   - A loop through a map goes through its keys in their order, not in any.
//   - Where cel-go calls an operation on an error and on something unknown
//     Unknown, it is an Error here: no completion would make it anything else.
//   - Steps are counted, by Limits.Cost, and not by cel-go's costs.
//   - Much is refused: dyn, type, null, optional values, messages; lists and
//     maps of mixed types; keys of maps that are not literals or are there
//     twice; patterns and time zones that are not literals; the time zone
//     Local; comparing objects, and an int with a double.
//
// # Bounds
//
// An evaluation takes a bounded number of steps, and so a bounded time and
// memory: Limits.Cost, and steps.go for what takes how many. Compile refuses, at
// its place, what the parser or the checker would be slow over:
//
//   - more bytes or nodes than Limits says, or more than three words and signs
//     for each of those nodes;
//   - brackets more than 64 deep, [ ] and { } more than 16, the values that lists
//     and maps make more than 8, loops more than 4; more than 16 empty lists and
//     maps;
//   - patterns of more than 500 bytes in all, that name more than 16 classes of
//     Unicode, or one of more than 1000 parts with its repetitions written out;
//     and other than ASCII in the [ ] of a pattern that ignores case.
//
// With the default Limits no text takes more than 10 ms to refuse or compile.
//
// # Speed
//
// What is read of a Record is read by number, and scalars are held in it
// unboxed; package scope makes Records of what an application gives, once a
// question. Comparisons, has() and in that are joined by && and || are laid out as
// one list of checks. An evaluation allocates nothing, unless it builds a list, a map or
// a text. How five conditions stand to cel-go's interpreter, at the median of 25
// measurements, is printed, and held to 1/15 on structs and 1/8 on maps, by
//
//	CONDITION_SPEED=25 go test -run TestConditionsAreFast -v ./internal/condition
//
// # The long runs
//
// Any number of generated conditions, over generated inputs, against cel-go's
// interpreter; and any text, which must be refused or evaluated soon:
//
//	CONDITION_PAIRS=10000000 go test -run TestConditionsAreWhatCELSays -timeout 0 -v ./internal/condition
//	go test -run '^$' -fuzz FuzzConditions -fuzztime 30m ./internal/condition
package condition
