//go:build !alone

package main

var ncmpPeers = []entry[*ncmpWorld, ncmpQuestion]{
	{line: lineCedar, encoding: "schools as attributes", make: cedarNCMPOf(false, false)},
	{line: lineCedar, encoding: "schools as groups", upTo: "M", why: "slower", make: cedarNCMPOf(true, false)},
	{line: lineSpared, make: cedarNCMPOf(false, true)},
	{line: lineCasbin, encoding: "one section", make: casbinNCMPOf(casbinOneSection, false)},
	{line: lineCasbin, encoding: "a section for each action", make: casbinNCMPOf(casbinSections, false)},
	{line: lineCasbin, encoding: "schools as domains", upTo: "M", why: "a role manager for each school", make: casbinNCMPOf(casbinDomains, false)},
	{line: lineCasbin, encoding: "the matcher alone", upTo: "M", why: "slower", make: casbinNCMPOf(casbinMatcher, false)},
	{line: lineCached, make: casbinNCMPOf(casbinSections, true)},
	{line: lineOPA, encoding: "a rule for each grant", make: opaNCMPOf(opaNCMPRules())},
	{line: lineOPA, encoding: "roles in a table", upTo: "M", why: "slower", make: opaNCMPOf(opaNCMPTable)},
}

var ncatrakPeers = []entry[*ncatrakWorld, ncatrakQuestion]{
	{line: lineCedar, encoding: "roles as data", make: cedarNCAtrakOf(false, false)},
	{line: lineCedar, encoding: "roles as policies", upTo: "M", why: "slower", make: cedarNCAtrakOf(true, false)},
	{line: lineCedar, encoding: "a case made for the question", make: cedarNCAtrakOf(false, true)},
	{line: lineCasbin, encoding: "one section", upTo: "M", why: "slower", make: casbinNCAtrakOf(false, false)},
	{line: lineCasbin, encoding: "a section for each action", make: casbinNCAtrakOf(true, false)},
	{line: lineCached, make: casbinNCAtrakOf(true, true)},
	{line: lineOPA, encoding: "the case in the input", make: opaNCAtrakOf(false)},
	{line: lineOPA, encoding: "the case in the store", upTo: "M", why: "gigabytes of cases", make: opaNCAtrakOf(true)},
}
