package main

import "github.com/bailiwick-authz/bailiwick/access"

// A Tally is what the application counts about pupils.
type Tally struct {
	Eligible       int // pupils who are to be measured
	Measured       int // of those, the ones who were
	BlankPostcodes int // records without the child's postcode
}

// Indicators adds up the tallies, which are by school, of those that count for the
// asking user: the ones of which the policy allows it. Who may count none gets zeros.
func Indicators(s *access.Session, tallies map[string]Tally) (total Tally, schools int, err error) {
	counted, err := s.Units("indicator.count")
	for _, school := range counted {
		t := tallies[school]
		total.Eligible += t.Eligible
		total.Measured += t.Measured
		total.BlankPostcodes += t.BlankPostcodes
	}
	return total, len(counted), err
}

// Participation is the share of eligible pupils who were measured, in per
// cent, rounded down.
func (t Tally) Participation() int {
	if t.Eligible == 0 {
		return 0
	}
	return 100 * t.Measured / t.Eligible
}
