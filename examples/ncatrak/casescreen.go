package main

import (
	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// A Tab is one tab of a case as somebody sees it.
type Tab struct {
	Title string
	// View and Update are whether it may be viewed and updated, and why.
	View, Update access.Decision
	// AddLink is whether it has the link that adds agencies and personnel.
	AddLink bool
}

// Tabs returns the tabs of a case, those that are disabled too. What is on
// people is asked about some person of the case.
func Tabs(s *access.Session, catalog *roles.Catalog, of scope.Resource) []Tab {
	var tabs []Tab
	add := s.Decide("case.add_agencies", of).Allowed()
	for _, d := range s.Capabilities(of) {
		right, _ := catalog.Right(d.Action())
		switch privilege := right.Privilege(); {
		case privilege.Area != "Tabs":
		case right.Level() == 1:
			tabs = append(tabs, Tab{Title: privilege.Title, View: d})
		default:
			t := &tabs[len(tabs)-1]
			t.Update, t.AddLink = d, add && d.Allowed()
		}
	}
	return tabs
}
