package condition

// Benchmarks are the conditions whose speed is held.
var Benchmarks = benchmarks
