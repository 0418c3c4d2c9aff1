package main

import (
	"flag"
	"fmt"
	"testing"
)

var large = flag.Bool("large", false, "ask at scale L too: minutes, and gigabytes")

func askedScales() []scale {
	switch {
	case *large:
		return scales
	case testing.Short():
		return scales[:1]
	}
	return scales[:2]
}

// All contenders give the same answers: what is compared is the same work.
func TestAllGiveTheSameAnswers(t *testing.T) {
	for _, s := range askedScales() {
		t.Run("ncmp/"+s.name, func(t *testing.T) {
			w := newNCMP(s)
			var all []named[ncmpQuestion]
			for _, e := range ncmpEntries {
				all = add(t, all, e, w, s)
			}
			for kind, questions := range map[string][]ncmpQuestion{"mixed": w.mixed, "views": w.views, "edits": w.edits} {
				if err := sameAnswers(all, questions); err != nil {
					t.Errorf("%s: %v", kind, err)
				}
			}
			if err := sameLists(all, w.listers()); err != nil {
				t.Error(err)
			}
		})
		t.Run("ncatrak/"+s.name, func(t *testing.T) {
			w := newNCAtrak(s)
			var all []named[ncatrakQuestion]
			for _, e := range ncatrakEntries {
				all = add(t, all, e, w, s)
			}
			if err := sameAnswers(all, w.mixed); err != nil {
				t.Error(err)
			}
		})
	}
}

func add[W, Q any](t *testing.T, all []named[Q], e entry[W, Q], w W, s scale) []named[Q] {
	if !e.reaches(s) {
		return all
	}
	c, err := e.make(w)
	if err != nil {
		t.Fatal(e.name(), err)
	}
	return append(all, named[Q]{e.name(), e.line, e.encoding, c})
}

type number int

func (n number) String() string { return fmt.Sprint(int(n)) }

// A contender that answers one question otherwise is found, and so are questions
// that are not mixed.
func TestWhoDiffersIsFound(t *testing.T) {
	even := func(but number) named[number] {
		return named[number]{name: fmt.Sprint("but ", but), contender: contender[number]{ask: func(all []number) (n int) {
			for _, q := range all {
				if (q%2 == 0) != (q == but) {
					n++
				}
			}
			return n
		}}}
	}
	var questions, odd []number
	for i := range number(100) {
		questions, odd = append(questions, i), append(odd, 2*i+1)
	}
	if err := sameAnswers([]named[number]{even(-1), even(-2)}, questions); err != nil {
		t.Error(err)
	}
	err := sameAnswers([]named[number]{even(-1), even(-2), even(50)}, questions)
	if want := "50: but -1 says true, but 50 says false"; err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
	if err := sameAnswers([]named[number]{even(-1)}, odd); err == nil {
		t.Error("0 % allowed, and no complaint")
	}
}
