// Ncmp shows an authorization policy at work: who may do what in the National
// Child Measurement Programme, where local authorities and the providers that
// they contract measure the children of their schools.
//
//	go run ./examples/ncmp           a tour
//	go run ./examples/ncmp help      what else it answers
//
// The policy is ncmp.yaml and the people are in directory.yaml, both beside
// this file. authority.go has what an application adds to them: its own verbs,
// each one guarded change to the directory. The conformance tests hold the
// policy against every rule of the programme.
package main

func main() { app.Main() }
