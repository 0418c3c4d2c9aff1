// Ncatrak shows an authorization policy at work where every customer makes its
// own roles: who may do what in NCAtrak, the case-tracking system of children's
// advocacy centers.
//
//	go run ./examples/ncatrak           a tour
//	go run ./examples/ncatrak help      what else it answers
//
// The policy is ncatrak.yaml; two centers, their roles and their people are in
// directory.yaml, and their cases in the tables beside it. center.go and
// privileges.go have what an application adds: its own verbs, each one guarded
// change to the directory. The conformance tests hold the policy against every
// rule of NCAtrak.
package main

func main() { app.Main() }
