//go:build alone

package main

// Without the peers, what is left builds in seconds.

var (
	ncmpPeers    []entry[*ncmpWorld, ncmpQuestion]
	ncatrakPeers []entry[*ncatrakWorld, ncatrakQuestion]
)
