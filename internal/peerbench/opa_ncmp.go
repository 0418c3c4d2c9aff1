//go:build !alone

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// OPA, as its page "Policy performance" advises: the query is prepared once; data
// are objects by id, not lists to be gone through; what rules compare with the
// input is what they are indexed by; the store holds Rego's own values, so that
// none is converted; the input is given as such a value.
//
//   - a rule for each grant: indexed by input.action, the user's role looked up;
//   - roles in a table: one rule for all roles and actions.
//
// The first is what partial evaluation makes of the second where users are left
// unknown. WithPartialEval itself takes all data as known, users and their schools
// too, and does not come to an end with them at the smallest scale.

const opaNCMPHead = `package ncmp

default allow := false

allow if {
	granted
	not frozen
}

frozen if {
	input.action == "pupil.edit"
	some year in data.authorities[data.schools[input.school]].signed_off
	year == input.year
}

schools contains school if {
	user := data.users[input.user]
	user.roles.collector
	some school, _ in user.schools
}
`

const opaNCMPTable = opaNCMPHead + `
granted if {
	user := data.users[input.user]
	some role, _ in user.roles
	data.roles[role].assigned[input.action]
	user.schools[input.school]
}

granted if {
	user := data.users[input.user]
	some role, _ in user.roles
	data.roles[role].authority[input.action]
	user.authority == data.schools[input.school]
}
`

// opaNCMPRules writes a rule for each grant.
func opaNCMPRules() string {
	var text strings.Builder
	text.WriteString(opaNCMPHead)
	eachNCMPGrant(func(role, action, reach string) {
		where := "user.schools[input.school]"
		if reach == "authority" {
			where = "user.authority == data.schools[input.school]"
		}
		fmt.Fprintf(&text, "\ngranted if {\n\tinput.action == %q\n\tuser := data.users[input.user]\n\tuser.roles[%q]\n\t%s\n}\n", action, role, where)
	})
	return text.String()
}

type opaNCMP struct {
	w            *ncmpWorld
	allow, units rego.PreparedEvalQuery
}

func opaNCMPOf(module string) func(*ncmpWorld) (contender[ncmpQuestion], error) {
	return func(w *ncmpWorld) (contender[ncmpQuestion], error) {
		o, store := &opaNCMP{w: w}, opaStore(opaNCMPData(w))
		var err error
		if o.allow, err = opaPrepare("data.ncmp.allow", module, store); err != nil {
			return contender[ncmpQuestion]{}, err
		}
		if o.units, err = opaPrepare("data.ncmp.schools", module, store); err != nil {
			return contender[ncmpQuestion]{}, err
		}
		return contender[ncmpQuestion]{ask: o.ask, list: o.list}, nil
	}
}

func opaStore(data map[string]any) storage.Store {
	return inmem.NewFromObjectWithOpts(data, inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true))
}

func opaPrepare(query, module string, store storage.Store) (rego.PreparedEvalQuery, error) {
	return rego.New(rego.Query(query), rego.Module("policy.rego", module), rego.Store(store)).PrepareForEval(context.Background())
}

// opaNames is a set of names, as an object whose keys are found by hash.
func opaNames[T any](all []T, name func(T) string) map[string]any {
	set := make(map[string]any, len(all))
	for _, v := range all {
		set[name(v)] = true
	}
	return set
}

func opaNCMPData(w *ncmpWorld) map[string]any {
	same := func(s string) string { return s }
	schools, users, authorities, table := map[string]any{}, map[string]any{}, map[string]any{}, map[string]any{}
	for n, id := range w.schools {
		schools[id] = w.authorities[w.tenantOf(n)].id
	}
	for _, a := range w.authorities {
		signedOff := []any{}
		for _, year := range a.signedOff {
			signedOff = append(signedOff, year)
		}
		authorities[a.id] = map[string]any{"signed_off": signedOff}
	}
	for _, u := range w.users {
		held := u.roles
		if u.inactive {
			held = nil
		}
		users[u.id] = map[string]any{
			"authority": w.authorities[u.authority].id,
			"roles":     opaNames(held, same),
			"schools":   opaNames(u.schools, func(n int) string { return w.schools[n] }),
		}
	}
	for role := range ncmpRoles {
		table[role] = map[string]any{"assigned": map[string]any{}, "authority": map[string]any{}}
	}
	eachNCMPGrant(func(role, action, reach string) { table[role].(map[string]any)[reach].(map[string]any)[action] = true })
	return map[string]any{"schools": schools, "users": users, "authorities": authorities, "roles": table}
}

// The keys of inputs, made once.
var (
	opaUser, opaAction, opaSchool = ast.StringTerm("user"), ast.StringTerm("action"), ast.StringTerm("school")
	opaYear, opaCase              = ast.StringTerm("year"), ast.StringTerm("case")
)

func (o *opaNCMP) ask(qs []ncmpQuestion) (n int) {
	for i := range qs {
		q := &qs[i]
		input := ast.NewObject([2]*ast.Term{opaUser, ast.StringTerm(q.user)}, [2]*ast.Term{opaAction, ast.StringTerm(q.action)},
			[2]*ast.Term{opaSchool, ast.StringTerm(q.school)}, [2]*ast.Term{opaYear, ast.StringTerm(q.pupil.Year)})
		if opaAllows(o.allow, input) {
			n++
		}
	}
	return n
}

func opaAllows(query rego.PreparedEvalQuery, input ast.Value) bool {
	results, err := query.Eval(context.Background(), rego.EvalParsedInput(input))
	if err != nil {
		panic(err)
	}
	return results.Allowed()
}

func (o *opaNCMP) list(user int32, seen func(string)) int {
	input := ast.NewObject([2]*ast.Term{opaUser, ast.StringTerm(o.w.users[user].id)})
	results, err := o.units.Eval(context.Background(), rego.EvalParsedInput(input), rego.EvalSortSets(false))
	if err != nil {
		panic(err)
	}
	all := results[0].Expressions[0].Value.([]any)
	for i := 0; seen != nil && i < len(all); i++ {
		seen(all[i].(string))
	}
	return len(all)
}
