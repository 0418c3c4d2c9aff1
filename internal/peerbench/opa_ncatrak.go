//go:build !alone

package main

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

// OPA on NCAtrak, where roles are data, made by centers: a rule for each access,
// which the role's is compared with.
//
//   - the case in the input: of what the application has, the record goes into
//     the input of each question;
//   - the case in the store: all cases are taken in, and the input names one.

const opaNCAtrakRules = `
default allow := false

allow if {
	granted
	not barred
	not waits
}

granted if {
	user := data.users[input.user]
	role := data.roles[user.role]
	role.may[input.action]
	user.center == case.center
	reaches(role.access, user, case)
}

reaches("all", _, _)

reaches("own", _, on) if on.personnel[input.user]

reaches("agency", user, on) if on.agencies[user.agency]

barred if case.denied[input.user]

waits if {
	data.users[input.user].interviewer
	not case.interviewed
	data.centers[case.center].restrict
	not at_once[input.action]
}

at_once := {"general.view", "general.update", "forensic_interview.view", "forensic_interview.update"}
`

const (
	opaCaseGiven = "package ncatrak\n\ncase := input.case\n" + opaNCAtrakRules
	opaCaseKept  = "package ncatrak\n\ncase := data.cases[input.case]\n" + opaNCAtrakRules
)

type opaNCAtrak struct {
	w     *ncatrakWorld
	allow rego.PreparedEvalQuery
	kept  bool
}

func opaNCAtrakOf(kept bool) func(*ncatrakWorld) (contender[ncatrakQuestion], error) {
	return func(w *ncatrakWorld) (contender[ncatrakQuestion], error) {
		module := opaCaseGiven
		if kept {
			module = opaCaseKept
		}
		o := &opaNCAtrak{w: w, kept: kept}
		var err error
		o.allow, err = opaPrepare("data.ncatrak.allow", module, opaStore(opaNCAtrakData(w, kept)))
		return contender[ncatrakQuestion]{ask: o.ask}, err
	}
}

func opaNCAtrakData(w *ncatrakWorld, kept bool) map[string]any {
	same := func(s string) string { return s }
	users, held, centers, cases := map[string]any{}, map[string]any{}, map[string]any{}, map[string]any{}
	role := func(r ncatrakRole) {
		may := map[string]any{}
		for i, action := range ncatrakActions {
			if r.may>>i&1 != 0 {
				may[action] = true
			}
		}
		held[r.id] = map[string]any{"may": may, "access": accesses[r.access]}
	}
	role(w.roleOf(&ncatrakUser{role: securityOfficer}))
	for i := range w.centers {
		centers[w.centers[i].id] = map[string]any{"restrict": w.centers[i].restrict}
		for _, r := range w.centers[i].roles {
			role(r)
		}
	}
	for i := range w.users {
		u := &w.users[i]
		r := w.roleOf(u)
		users[u.id] = map[string]any{
			"center": w.centers[u.center].id, "agency": w.centers[u.center].agencies[u.agency], "role": r.id, "interviewer": r.interviewer,
		}
	}
	for _, rec := range w.records {
		if kept {
			cases[rec.ID] = map[string]any{
				"center": rec.Center, "interviewed": rec.Interviewed,
				"personnel": opaNames(rec.Personnel, same), "agencies": opaNames(rec.Agencies, same), "denied": opaNames(rec.Denied, same),
			}
		}
	}
	return map[string]any{"users": users, "roles": held, "centers": centers, "cases": cases}
}

func (o *opaNCAtrak) ask(qs []ncatrakQuestion) (n int) {
	for i := range qs {
		q := &qs[i]
		about := ast.StringTerm(q.id)
		if !o.kept {
			about = opaRecord(o.w.byID[q.id])
		}
		input := ast.NewObject([2]*ast.Term{opaUser, ast.StringTerm(q.user)}, [2]*ast.Term{opaAction, ast.StringTerm(q.action)}, [2]*ast.Term{opaCase, about})
		if opaAllows(o.allow, input) {
			n++
		}
	}
	return n
}

var (
	opaCenter, opaPersonnel = ast.StringTerm("center"), ast.StringTerm("personnel")
	opaAgencies, opaDenied  = ast.StringTerm("agencies"), ast.StringTerm("denied")
	opaInterviewed          = ast.StringTerm("interviewed")
)

func opaRecord(rec *record) *ast.Term {
	return ast.ObjectTerm(
		[2]*ast.Term{opaCenter, ast.StringTerm(rec.Center)}, [2]*ast.Term{opaInterviewed, ast.BooleanTerm(rec.Interviewed)},
		[2]*ast.Term{opaPersonnel, opaSet(rec.Personnel)}, [2]*ast.Term{opaAgencies, opaSet(rec.Agencies)}, [2]*ast.Term{opaDenied, opaSet(rec.Denied)},
	)
}

func opaSet(names []string) *ast.Term {
	terms := make([]*ast.Term, len(names))
	for i, name := range names {
		terms[i] = ast.StringTerm(name)
	}
	return ast.SetTerm(terms...)
}
