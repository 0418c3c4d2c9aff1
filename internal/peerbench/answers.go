package main

import (
	"errors"
	"fmt"
	"slices"
)

// A named is a contender that was made.
type named[Q any] struct {
	name, line, encoding string
	contender[Q]
}

// sameAnswers compares all with the first: every question, one by one. Nothing
// that differs is worth measuring.
func sameAnswers[Q fmt.Stringer](all []named[Q], questions []Q) error {
	allowed := 0
	var faults []error
	for i := range questions {
		one := questions[i : i+1]
		want := all[0].ask(one)
		allowed += want
		for _, c := range all[1:] {
			if got := c.ask(one); got != want && len(faults) < 10 {
				faults = append(faults, fmt.Errorf("%v: %s says %v, %s says %v", one[0], all[0].name, want == 1, c.name, got == 1))
			}
		}
	}
	for _, c := range all {
		if got := c.ask(questions); got != allowed && len(faults) == 0 {
			faults = append(faults, fmt.Errorf("%s allows %d of all questions, and %d of them one by one", c.name, got, allowed))
		}
	}
	if share := 100 * allowed / len(questions); share < 30 || share > 80 {
		faults = append(faults, fmt.Errorf("%d %% of the questions are allowed: that is not mixed", share))
	}
	return errors.Join(faults...)
}

// sameLists compares the lists of schools of who has them.
func sameLists[Q any](all []named[Q], users []int32) error {
	listed := func(c named[Q], user int32) (schools []string) {
		n := c.list(user, func(school string) { schools = append(schools, school) })
		slices.Sort(schools)
		if n != len(schools) {
			return nil
		}
		return schools
	}
	for _, user := range users {
		want := listed(all[0], user)
		for _, c := range all[1:] {
			if c.list == nil {
				continue
			}
			if got := listed(c, user); !slices.Equal(got, want) {
				return fmt.Errorf("the schools of user %d: %s finds %v, %s finds %v", user, all[0].name, want, c.name, got)
			}
		}
	}
	return nil
}
