// Ncatrak shows an authorization policy at work.
package main

func main() {}
