package access_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// todos is the policy of the OpenID AuthZEN interoperability scenario: a shared
// list of todos (see testdata/authzen-todo/SOURCE.md). Its resource type "user"
// is called person here, because user is what conditions call who asks.
const todos = `
policy: todos
users: {attributes: {email: string}}
resources:
  person: {}
  todo:   {attributes: {owner: string}}
privileges:
  can_read_user:   {on: person}
  can_read_todos:  {on: todo}
  can_create_todo: {on: todo}
  can_update_todo: {on: todo}
  can_delete_todo: {on: todo}
scopes:
  all: "true"
  own: resource.owner == user.email
roles:
  viewer:      {grants: [{privileges: [can_read_user, can_read_todos], scope: all}]}
  editor:      {inherits: viewer, grants: [{privileges: [can_create_todo], scope: all}, {privileges: [can_update_todo, can_delete_todo], scope: own}]}
  admin:       {inherits: editor, grants: [{privileges: [can_delete_todo], scope: all}]}
  evil_genius: {inherits: editor, grants: [{privileges: [can_update_todo], scope: all}]}
`

// todoUsers are the users of the scenario, by what stands in their tokens.
var todoUsers = map[roles.UserID]struct {
	email string
	roles []roles.RoleID
}{
	"CiRmZDA2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs": {"rick@the-citadel.com", []roles.RoleID{"admin", "evil_genius"}},
	"CiRmZDM2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs": {"beth@the-smiths.com", []roles.RoleID{"viewer"}},
	"CiRmZDE2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs": {"morty@the-citadel.com", []roles.RoleID{"editor"}},
	"CiRmZDI2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs": {"summer@the-smiths.com", []roles.RoleID{"editor"}},
	"CiRmZDQ2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs": {"jerry@the-smiths.com", []roles.RoleID{"viewer"}},
}

type todoResource struct {
	Type, ID   string
	OwnerID    string
	Properties struct{ OwnerID string }
}

func (r todoResource) resource() scope.Resource {
	out := scope.Resource{Type: r.Type, ID: r.ID}
	if out.Type == "user" {
		out.Type = "person"
	}
	if owner := r.OwnerID + r.Properties.OwnerID; owner != "" {
		out.Attributes = scope.Map{"owner": owner}
	}
	return out
}

type todoRequest struct {
	Subject     struct{ ID, Identity string }
	Action      struct{ Name roles.Action }
	Resource    todoResource
	Evaluations []struct{ Resource todoResource }
}

// The AuthZEN scenario's 40 decisions, as each of three drafts of the standard
// writes them, and its batches.
func TestAuthZENTodos(t *testing.T) {
	p := parse(t, todos)
	directory, err := roles.NewDirectory(p, nil)
	require.NoError(t, err)
	update(t, directory, func(tx *roles.Tx) {
		for id, u := range todoUsers {
			tx.AddUser(roles.User{ID: id, Attributes: scope.Map{"email": u.email}})
			for _, r := range u.roles {
				tx.Bind(id, r, scope.Root())
			}
		}
	})
	engine := access.New(p, directory, nil)
	files, err := filepath.Glob("testdata/authzen-todo/*.json")
	require.NoError(t, err)
	require.Len(t, files, 3)
	for _, name := range files {
		var file struct {
			Evaluation []struct {
				Request  todoRequest
				Expected bool
			}
			Evaluations []struct {
				Request  todoRequest
				Expected []struct{ Decision bool }
			}
		}
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &file))
		require.Len(t, file.Evaluation, 40, name)
		allowed := 0
		for _, c := range file.Evaluation {
			d := engine.Decide(subject(c.Request), c.Request.Action.Name, c.Request.Resource.resource())
			require.Equal(t, c.Expected, d.Allowed(), "%s: %+v: %s", name, c.Request, d)
			require.NoError(t, d.Err(), "a yes or a no, not a misunderstanding")
			if c.Expected {
				allowed++
			}
		}
		for _, c := range file.Evaluations {
			require.Len(t, c.Request.Evaluations, len(c.Expected))
			session := engine.For(subject(c.Request), nil)
			for i, one := range c.Request.Evaluations {
				d := session.Decide(c.Request.Action.Name, one.Resource.resource())
				require.Equal(t, c.Expected[i].Decision, d.Allowed(), "%s: %+v: %s", name, c.Request, d)
			}
		}
		t.Logf("%s: %d of %d allowed, %d batches", name, allowed, len(file.Evaluation), len(file.Evaluations))
	}
}

// subject is who asks: the first draft has the token's id beside an e-mail
// address.
func subject(r todoRequest) roles.UserID {
	if r.Subject.Identity != "" {
		return roles.UserID(r.Subject.Identity)
	}
	return roles.UserID(r.Subject.ID)
}
