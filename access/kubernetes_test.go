package access_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/internal/reference"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/scope"
)

// The cases of testdata/kubernetes-rbac, whose source is named in the files,
// said in this library's words: a namespace is a unit of type space, a verb on a
// kind of object is a privilege, a role binding is a binding at a space and a
// cluster role binding one at the root, a group is a user whose bindings its
// members are given with. What cannot be said is skipped below, with the reason.

// A kubeRule is one rule of a Kubernetes role.
type kubeRule struct {
	Verbs, APIGroups, Resources, ResourceNames, NonResourceURLs []string
}

func readCases[T any](t *testing.T, name string) []T {
	t.Helper()
	text, err := os.ReadFile("testdata/kubernetes-rbac/" + name)
	require.NoError(t, err)
	var file struct{ Cases []T }
	require.NoError(t, json.Unmarshal(text, &file))
	require.NotEmpty(t, file.Cases)
	return file.Cases
}

// names are what a star can stand for in one case: every name that the case
// has, and one that it has not, because a star means names to come too.
type names struct{ verbs, groups, resources, urls []string }

func namesOf(rules ...kubeRule) names {
	n := names{verbs: []string{"else"}, groups: []string{"else"}, resources: []string{"else"}, urls: []string{"/else", "/apis/else"}}
	add := func(to *[]string, list []string) {
		for _, name := range list {
			if !strings.Contains(name, "*") && !slices.Contains(*to, name) {
				*to = append(*to, name)
			}
		}
	}
	for _, r := range rules {
		add(&n.verbs, r.Verbs)
		add(&n.groups, r.APIGroups)
		add(&n.resources, r.Resources)
		add(&n.urls, r.NonResourceURLs)
	}
	return n
}

// matching are the names that the patterns of a rule stand for.
func matching(patterns, among []string) []string {
	var found []string
	for _, name := range among {
		for _, p := range patterns {
			start, end, star := strings.Cut(p, "*")
			if name == p || star && strings.HasPrefix(name, start) && strings.HasSuffix(name, end) {
				found = append(found, name)
				break
			}
		}
	}
	return found
}

// A kubeGrant is one thing that a rule allows, and for which names of objects.
type kubeGrant struct{ what, objects string }

func (n names) grants(rules []kubeRule) []kubeGrant {
	var all []kubeGrant
	for _, r := range rules {
		for _, verb := range matching(r.Verbs, n.verbs) {
			for _, url := range matching(r.NonResourceURLs, n.urls) {
				all = append(all, kubeGrant{verb + " " + url, ""})
			}
			for _, group := range matching(r.APIGroups, n.groups) {
				for _, resource := range matching(r.Resources, n.resources) {
					all = append(all, kubeGrant{verb + " " + resource + "." + group, strings.Join(r.ResourceNames, ",")})
				}
			}
		}
	}
	return all
}

// A coversCase asks whether an owner who holds some rules may hand on others.
type coversCase struct {
	Name                      string
	Owner, Servant, Uncovered []kubeRule
	Covered                   bool
}

// N-21, T-33: Kubernetes' table of what covers what in an escalation check, as
// a ceiling: the owner binds somebody to a role with the servant's rules.
func TestKubernetesCovers(t *testing.T) {
	cases := readCases[coversCase](t, "covers.json")
	require.Len(t, cases, 23)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			n := namesOf(slices.Concat(c.Owner, c.Servant)...)
			doc, said := n.document(n.grants(c.Owner), n.grants(c.Servant))
			p, err := policy.Compile(doc, nil)
			require.NoError(t, err)
			ns := scope.NewRef("space", "ns")
			engine := access.New(p, newDirectory(t, p, reference.World{
				Units: []roles.Unit{{Ref: ns, Parent: scope.Root()}},
				Users: []roles.User{{ID: "owner"}, {ID: "servant"}},
				Bindings: []roles.Binding{
					{User: "owner", Role: "owner", Unit: ns}, {User: "owner", Role: "binder", Unit: ns},
				},
			}), nil)
			_, err = engine.Admin("owner", nil).DryRun(func(tx *roles.Tx) error { tx.Bind("servant", "servant", ns); return nil })
			require.Equal(t, c.Covered, err == nil, "%v", err)
			if c.Covered {
				return
			}
			var forbidden *access.Forbidden
			require.ErrorAs(t, err, &forbidden)
			require.Len(t, forbidden.Denials, 1)
			var missing []kubeGrant
			for _, m := range forbidden.Denials[0].Missing {
				grant, known := said[m]
				require.True(t, known, m)
				missing = append(missing, grant)
			}
			want := n.grants(c.Uncovered)
			if strings.HasPrefix(c.Name, "EnumerationNotCovering") && strings.HasSuffix(c.Name, "Star") {
				// Kubernetes tells of the whole star, we of those of its names that are
				// missing: those that the owner has not enumerated.
				want = slices.DeleteFunc(want, func(g kubeGrant) bool { return slices.Contains(n.grants(c.Owner), g) })
			}
			require.NotEmpty(t, want)
			require.ElementsMatch(t, want, missing)
		})
	}
}

// document is a policy with a role for the owner and one for the servant. It
// also returns the grants by how a refusal writes them, since a name of
// Kubernetes is not one of ours.
func (n names) document(owner, servant []kubeGrant) (policy.Document, map[string]kubeGrant) {
	doc := policy.Document{
		Policy:     "kubernetes",
		Resources:  []policy.Resource{{Name: "space", Unit: true}, {Name: "object", In: []string{"space"}}},
		Privileges: []policy.Privilege{{Name: "bind", On: "space"}},
		Scopes:     []policy.Scope{{Name: "all", When: "true"}},
		Roles:      []policy.Role{{Name: "binder", Grants: []policy.Grant{{Privileges: []roles.Action{"bind"}, Scope: "all"}}}},
		Administration: policy.Administration{
			Ceiling: policy.Held, Changes: []policy.ChangeRule{{Change: "bind", Actions: []roles.Action{"bind"}}},
		},
	}
	privileges, scopes, said := map[string]string{}, map[string]string{"": "all"}, map[string]kubeGrant{}
	role := func(name string, grants []kubeGrant) {
		r := policy.Role{Name: name}
		for _, g := range grants {
			privilege := ""
			for p, what := range privileges {
				if what == g.what {
					privilege = p
				}
			}
			if privilege == "" {
				privilege = fmt.Sprintf("p%d", len(privileges))
				privileges[privilege] = g.what
				doc.Privileges = append(doc.Privileges, policy.Privilege{Name: privilege, On: "object"})
			}
			if scopes[g.objects] == "" {
				scopes[g.objects] = fmt.Sprintf("objects%d", len(scopes))
				doc.Scopes = append(doc.Scopes, policy.Scope{
					Name: scopes[g.objects], On: []string{"object"},
					When: `resource.id in ["` + strings.ReplaceAll(g.objects, ",", `", "`) + `"]`,
				})
			}
			r.Grants = append(r.Grants, policy.Grant{Privileges: []roles.Action{roles.Action(privilege)}, Scope: scopes[g.objects]})
			said[fmt.Sprintf("%s (%s)", privilege, scopes[g.objects])] = g
		}
		doc.Roles = append(doc.Roles, r)
	}
	role("owner", owner)
	role("servant", servant)
	return doc, said
}

// A kubeWorld is what the other two tables have in common.
type kubeWorld struct {
	Name                              string
	SuperUser                         string
	ClusterRoles, Roles               map[string][]kubeRule
	ClusterRoleBindings, RoleBindings []struct {
		Namespace, Role string
		Subjects        []string
	}
}

// kubeNames are the verbs and resources of these tables. Nodes are in no
// namespace.
var kubeNames = names{
	verbs:     []string{"get", "watch", "create", "else"},
	groups:    []string{""},
	resources: []string{"Pods", "Foobar", "pods", "pods/status", "Nodes", "else"},
}

// action is the name of a verb on a resource.
func action(verb, resource string) roles.Action {
	return roles.Action(strings.ReplaceAll(resource, "/", "_") + "." + verb)
}

// object is some object of a resource in a namespace, or in none.
func object(namespace string) scope.Resource {
	if namespace == "" {
		return scope.Resource{Type: "cluster_object", ID: "o"}
	}
	return scope.Resource{Type: "object", ID: "o", Parent: scope.NewRef("space", namespace)}
}

// open makes an engine over the world: its subjects are users.
func (k kubeWorld) open(t *testing.T) *access.Engine {
	doc := policy.Document{
		Policy:    "kubernetes",
		Resources: []policy.Resource{{Name: "space", Unit: true}, {Name: "object", In: []string{"space"}}, {Name: "cluster_object"}},
		Scopes:    []policy.Scope{{Name: "all", When: "true"}},
		Roles:     []policy.Role{{Name: "masters", Everything: true, Scope: "all"}},
	}
	for _, resource := range kubeNames.resources {
		on := "object"
		if resource == "Nodes" {
			on = "cluster_object"
		}
		for _, verb := range kubeNames.verbs {
			doc.Privileges = append(doc.Privileges, policy.Privilege{Name: string(action(verb, resource)), On: on})
		}
	}
	all := map[string][]kubeRule{}
	maps.Copy(all, k.ClusterRoles)
	maps.Copy(all, k.Roles)
	for name, rules := range all {
		r := policy.Role{Name: strings.ReplaceAll(name, "/", "_")}
		for _, rule := range rules {
			for _, verb := range matching(rule.Verbs, kubeNames.verbs) {
				for _, resource := range matching(rule.Resources, kubeNames.resources) {
					r.Grants = append(r.Grants, policy.Grant{Privileges: []roles.Action{action(verb, resource)}, Scope: "all"})
				}
			}
		}
		doc.Roles = append(doc.Roles, r)
	}
	p, err := policy.Compile(doc, nil)
	require.NoError(t, err)
	var data reference.World
	for _, ns := range []string{"ns1", "ns2"} {
		data.Units = append(data.Units, roles.Unit{Ref: scope.NewRef("space", ns), Parent: scope.Root()})
	}
	bind := func(subject, role string, at scope.Ref) {
		id := roles.UserID(subject)
		if !slices.ContainsFunc(data.Users, func(u roles.User) bool { return u.ID == id }) {
			data.Users = append(data.Users, roles.User{ID: id})
		}
		data.Bindings = append(data.Bindings, roles.Binding{User: id, Role: roles.RoleID(strings.ReplaceAll(role, "/", "_")), Unit: at})
	}
	bind("Group:system:masters", "masters", scope.Root()) // built into Kubernetes
	if k.SuperUser != "" {
		bind("User:"+k.SuperUser, "masters", scope.Root())
	}
	for _, b := range k.ClusterRoleBindings {
		for _, subject := range b.Subjects {
			bind(subject, b.Role, scope.Root())
		}
	}
	for _, b := range k.RoleBindings {
		for _, subject := range b.Subjects {
			bind(subject, b.Role, scope.NewRef("space", b.Namespace))
		}
	}
	return access.New(p, newDirectory(t, p, data), nil)
}

// An authorizerCase is a world and who may do what: [user, groups, verb,
// resource, namespace].
type authorizerCase struct {
	kubeWorld
	Allow, Deny [][]any
}

func (c *authorizerCase) UnmarshalJSON(text []byte) error {
	var tuples struct{ Allow, Deny [][]any }
	err := errors.Join(json.Unmarshal(text, &c.kubeWorld), json.Unmarshal(text, &tuples))
	c.Allow, c.Deny = tuples.Allow, tuples.Deny
	return err
}

// Kubernetes' table of decisions. A member of groups is given by value, with
// the groups' bindings.
func TestKubernetesAuthorizer(t *testing.T) {
	asked := 0
	for _, c := range readCases[authorizerCase](t, "authorizer.json") {
		engine := c.open(t)
		for want, tuples := range map[bool][][]any{true: c.Allow, false: c.Deny} {
			for _, tuple := range tuples {
				user := roles.Principal{User: roles.User{ID: roles.UserID(tuple[0].(string))}}
				subjects := []string{"User:" + tuple[0].(string)}
				for _, group := range tuple[1].([]any) {
					subjects = append(subjects, "Group:"+group.(string))
				}
				for _, b := range c.RoleBindings {
					for _, subject := range b.Subjects {
						if slices.Contains(subjects, subject) {
							user.Bindings = append(user.Bindings, roles.Binding{
								Role: roles.RoleID(b.Role), Unit: scope.NewRef("space", b.Namespace),
							})
						}
					}
				}
				// Kubernetes also asks for "GET", which it does not know either.
				for _, verb := range []string{tuple[2].(string), strings.ToLower(tuple[2].(string))} {
					d := engine.ForPrincipal(user, nil).Decide(action(verb, tuple[3].(string)), object(tuple[4].(string)))
					require.Equal(t, want, d.Allowed(), "%s: %v: %s", c.Name, tuple, d)
				}
				asked++
			}
		}
	}
	require.Equal(t, 13, asked)
}

// A whoCanCase is a world and who may do what.
type whoCanCase struct {
	kubeWorld
	Queries []struct {
		Verb, Resource, Namespace string
		Who                       []string
	}
}

func (c *whoCanCase) UnmarshalJSON(text []byte) error {
	var queries struct {
		Queries []struct {
			Verb, Resource, Namespace string
			Who                       []string
		}
	}
	err := errors.Join(json.Unmarshal(text, &c.kubeWorld), json.Unmarshal(text, &queries))
	c.Queries = queries.Queries
	return err
}

// Kubernetes' table of who can do what.
func TestKubernetesWhoCan(t *testing.T) {
	asked, skipped := 0, 0
	for _, c := range readCases[whoCanCase](t, "who-can.json") {
		engine := c.open(t)
		for _, q := range c.Queries {
			if q.Verb == "*" {
				// Who can do everything that there is or will be is no question here: an
				// action is one that the policy declares.
				skipped++
				continue
			}
			all, err := engine.WhoCan(action(q.Verb, q.Resource), object(q.Namespace), nil)
			require.NoError(t, err)
			var who []string
			for _, d := range all {
				who = append(who, string(d.User()))
			}
			slices.Sort(q.Who)
			require.Equal(t, q.Who, who, "%s: %s %s in %q", c.Name, q.Verb, q.Resource, q.Namespace)
			asked++
		}
	}
	require.Equal(t, 4, asked)
	require.Equal(t, 2, skipped)
}
