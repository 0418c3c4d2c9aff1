package condition

// What an evaluation is reckoned at, in steps of at most some 10 ns. Each node
// of a loop's body is one step a turn; these are for what takes longer than its
// nodes say. They were measured: see TestNoConditionRunsForLong.
const (
	// wordBytes is how many bytes of text are compared, hashed or copied to a
	// place that is there for one step.
	wordBytes = 64
	// copyFactor is how much dearer a byte is that needs memory, runeFactor one
	// that is looked at by itself, searchFactor one at which text may begin that
	// is looked for.
	copyFactor   = 8
	runeFactor   = 10
	searchFactor = 14
	// timeFactor is how many steps a byte of a timestamp takes; one of a number
	// takes one.
	timeFactor = 4
	// textSteps is for reading a value from text or writing it as one, timeSteps
	// for the date of an instant, failSteps for saying that text is no value.
	textSteps = 12
	timeSteps = 8
	failSteps = 60
	// listSteps and elementSteps are for making a list, mapSteps for making a map
	// or going through one, entrySteps for each of its entries, keySteps for
	// looking for a key.
	listSteps    = 8
	elementSteps = 3
	mapSteps     = 40
	entrySteps   = 10
	keySteps     = 3
	// matchSteps is for matching anything at all against a pattern.
	matchSteps = 20
	// callSteps is for calling a function that says nothing of its own.
	callSteps = 20
)

// spend takes n steps, and reports whether they were left.
func (f *Frame) spend(n int) bool {
	f.steps -= int64(n)
	return f.steps >= 0
}

// look takes the steps for looking for a key in a map.
func (f *Frame) look(key string) bool { return f.spend(keySteps + len(key)/wordBytes) }

// touch takes the steps for n bytes of text.
func (f *Frame) touch(n int) bool { return f.spend(n / wordBytes) }
