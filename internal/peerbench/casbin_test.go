//go:build !alone

package main

import "testing"

// casbin's cache answers from before a change: a role that is taken away still
// allows. That is why its line stands apart.
func TestTheCacheOfCasbinForgetsNothing(t *testing.T) {
	w := newNCMP(scales[0])
	cached := newCasbinNCMP(w, casbinSections(), true)
	c, err := cached.contender()
	if err != nil {
		t.Fatal(err)
	}
	var question []ncmpQuestion
	for i := range w.views {
		if question = w.views[i : i+1]; c.ask(question) == 1 {
			break
		}
	}
	user := question[0].userN
	if _, err := cached.enforcer.RemoveGroupingPolicy(w.users[user].id, "collector", cached.home[user]); err != nil {
		t.Fatal(err)
	}
	if c.ask(question) != 1 {
		t.Error("casbin's cache has learnt of changes: say so in the table")
	}
	if err := cached.enforcer.forget(); err != nil {
		t.Fatal(err)
	}
	if c.ask(question) != 0 {
		t.Error("the role was not taken away")
	}
}
