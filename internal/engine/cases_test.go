package engine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// A decisionCase is one of testdata/cases.json: a small environment, and checks
// of it with the answer of Permit's PDP.
type decisionCase struct {
	Name        string
	NotRunnable any `json:"not_runnable"`
	Schema      struct {
		Resources map[string]struct {
			Actions   []string
			Relations map[string]string
			Roles     map[string]struct {
				Permissions []string
				Extends     []string
				GrantedTo   struct {
					UsersWithRole []struct {
						Role             string
						OnResource       string `json:"on_resource"`
						LinkedByRelation string `json:"linked_by_relation"`
						When             noDirect
					} `json:"users_with_role"`
					When noDirect
				} `json:"granted_to"`
			}
		}
		Roles map[string]struct {
			Permissions []string
			Extends     []string
			Attributes  authz.Attributes
		}
		ConditionSets map[string]struct {
			Type, Resource, Parent string
			Conditions             json.RawMessage
		} `json:"condition_sets"`
		Rules []struct {
			UserSet     string `json:"user_set"`
			ResourceSet string `json:"resource_set"`
			IsRole      bool   `json:"is_role"`
			IsResource  bool   `json:"is_resource"`
			Permission  string
		}
		CustomRego string `json:"custom_rego"`
	}
	Facts struct {
		Users             map[string]struct{ Attributes authz.Attributes }
		Tenants           map[string]struct{ Attributes authz.Attributes }
		ResourceInstances json.RawMessage `json:"resource_instances"`
		RoleAssignments   []struct {
			User, Role, Tenant string
			ResourceInstance   string `json:"resource_instance"`
		} `json:"role_assignments"`
		Relationships []struct{ Subject, Relation, Object, Tenant string }
		Associations  json.RawMessage
	}
	Checks []struct {
		User     json.RawMessage
		Action   string
		Resource map[string]any
		Context  any
		Expect   bool
		Why      string
		Observed struct{ Sources []string }
	}
}

type noDirect struct {
	NoDirectRolesOnObject bool `json:"no_direct_roles_on_object"`
}

func cases(t testing.TB) []decisionCase {
	t.Helper()
	text, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []decisionCase }
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&file); err != nil {
		t.Fatal(err)
	}
	return file.Cases
}

func permission(s string) authz.Permission {
	r, a, _ := strings.Cut(s, ":")
	return authz.Permission{Resource: authz.ResourceKey(r), Action: authz.ActionKey(a)}
}

// changes are the environment of a case.
func (c *decisionCase) changes(t *testing.T) []authz.Change {
	t.Helper()
	var out []authz.Change
	for _, key := range slices.Sorted(maps.Keys(c.Schema.Resources)) {
		r := c.Schema.Resources[key]
		res := authz.Resource{Key: authz.ResourceKey(key)}
		for _, a := range r.Actions {
			res.Actions = append(res.Actions, authz.Action{Key: authz.ActionKey(a)})
		}
		for name, subject := range r.Relations {
			res.Relations = append(res.Relations, authz.Relation{Key: authz.RelationKey(name), Subject: authz.ResourceKey(subject)})
		}
		for name, role := range r.Roles {
			rr := authz.ResourceRole{Key: authz.RoleKey(name), NoDirectRoles: role.GrantedTo.When.NoDirectRolesOnObject}
			for _, p := range role.Permissions {
				rr.Actions = append(rr.Actions, authz.ActionKey(strings.TrimPrefix(p, key+":")))
			}
			for _, e := range role.Extends {
				rr.Extends = append(rr.Extends, authz.RoleKey(e))
			}
			for _, d := range role.GrantedTo.UsersWithRole {
				rr.Derivations = append(rr.Derivations, authz.Derivation{
					Role: authz.RoleKey(d.Role), On: authz.ResourceKey(d.OnResource), Through: authz.RelationKey(d.LinkedByRelation),
					NoDirectRoles: d.When.NoDirectRolesOnObject,
				})
			}
			res.Roles = append(res.Roles, rr)
		}
		out = append(out, authz.PutResource{Resource: res})
	}
	for key, r := range c.Schema.Roles {
		role := authz.Role{Key: authz.RoleKey(key), Attributes: r.Attributes}
		for _, p := range r.Permissions {
			role.Permissions = append(role.Permissions, permission(p))
		}
		for _, e := range r.Extends {
			role.Extends = append(role.Extends, authz.RoleKey(e))
		}
		out = append(out, authz.PutRole{Role: role})
	}
	for key, s := range c.Schema.ConditionSets {
		out = append(out, authz.PutConditionSet{Set: authz.ConditionSet{
			Key: authz.SetKey(key), Kind: authz.SetKind(s.Type), Resource: authz.ResourceKey(s.Resource), Parent: authz.SetKey(s.Parent), Conditions: string(s.Conditions),
		}})
	}
	for _, r := range c.Schema.Rules {
		rule := authz.Rule{Permission: permission(r.Permission)}
		if r.IsRole {
			rule.Role = authz.RoleKey(r.UserSet)
		} else {
			rule.UserSet = authz.SetKey(r.UserSet)
		}
		if r.IsResource {
			rule.Resource = authz.ResourceKey(r.ResourceSet)
		} else {
			rule.ResourceSet = authz.SetKey(r.ResourceSet)
		}
		out = append(out, authz.PutRule{Rule: rule})
	}
	return append(out, c.facts(t)...)
}

func (c *decisionCase) facts(t *testing.T) []authz.Change {
	t.Helper()
	var out []authz.Change
	for key, v := range c.Facts.Tenants {
		out = append(out, authz.PutTenant{Tenant: authz.Tenant{Key: authz.TenantKey(key), Attributes: v.Attributes}})
	}
	for _, a := range c.Facts.RoleAssignments {
		if _, there := c.Facts.Tenants[a.Tenant]; !there { // here a role cannot be held in a tenant that is not there
			out = append(out, authz.PutTenant{Tenant: authz.Tenant{Key: authz.TenantKey(a.Tenant)}})
		}
	}
	for key, v := range c.Facts.Users {
		out = append(out, authz.PutUser{User: authz.User{Key: authz.UserKey(key), Attributes: v.Attributes}})
	}
	for _, i := range c.instances(t) {
		out = append(out, authz.PutInstance{Instance: i})
	}
	node := func(s string) authz.Node {
		n, _ := authz.ParseNode(s)
		return n
	}
	for _, r := range c.Facts.Relationships {
		out = append(out, authz.PutTuple{Tuple: authz.Tuple{Subject: node(r.Subject), Relation: authz.RelationKey(r.Relation), Object: node(r.Object)}})
	}
	for _, a := range c.Facts.RoleAssignments {
		if _, synced := c.Facts.Users[a.User]; !synced {
			out = append(out, authz.PutUser{User: authz.User{Key: authz.UserKey(a.User)}})
		}
		out = append(out, authz.PutAssignment{Assignment: authz.Assignment{
			User: authz.UserKey(a.User), Role: authz.RoleKey(a.Role), Tenant: authz.TenantKey(a.Tenant), Instance: node(a.ResourceInstance),
		}})
	}
	return out
}

// instances are written as a map by name or as a list.
func (c *decisionCase) instances(t *testing.T) []authz.Instance {
	t.Helper()
	if len(c.Facts.ResourceInstances) == 0 {
		return nil
	}
	type instance struct {
		Resource, Key, Tenant string
		Attributes            authz.Attributes
	}
	byName := map[string]instance{}
	d := json.NewDecoder(bytes.NewReader(c.Facts.ResourceInstances))
	d.UseNumber()
	if c.Facts.ResourceInstances[0] == '[' {
		var list []instance
		if err := d.Decode(&list); err != nil {
			t.Fatal(err)
		}
		for _, i := range list {
			name := i.Key
			if i.Resource != "" {
				name = i.Resource + ":" + i.Key
			}
			byName[name] = i
		}
	} else if err := d.Decode(&byName); err != nil {
		t.Fatal(err)
	}
	var out []authz.Instance
	for name, i := range byName {
		n, _ := authz.ParseNode(name)
		out = append(out, authz.Instance{Node: n, Tenant: authz.TenantKey(i.Tenant), Attributes: i.Attributes})
	}
	return out
}

// different are the cases in which the house decides otherwise, and why.
var different = map[string]string{
	"rebac/user-key-with-slash":          "the PDP's text loses users whose key holds a slash; the rule itself allows",
	"rebac/tenant-key-with-slash":        "the same defect for tenants",
	"rebac/tenant-derivation-structural": "nobody has shown a relation from a tenant; it is not declared in this case either",
}

func TestTheCasesComeOutAsInPermit(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, c := range cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			if c.NotRunnable != nil || c.Schema.CustomRego != "" {
				return // a Rego text of the customer's own, or one that OPA refuses
			}
			s := new(engine.Snapshot).With(authz.Commit{Revision: 1, Changes: c.changes(t)})
			for i, check := range c.Checks {
				q := query(t, check.User, check.Action, check.Resource, check.Context)
				checked++
				if got := s.Decide(q); got.Allow != check.Expect && different[c.Name] == "" {
					t.Errorf("check %d: got %v, want %v: %s %s %v (%s)", i, got.Allow, check.Expect, check.User, check.Action, check.Resource, check.Why)
				}
			}
		})
	}
	t.Logf("%d checks", checked)
}

func query(t *testing.T, user json.RawMessage, action string, resource map[string]any, context any) authz.Query {
	t.Helper()
	q := authz.Query{Action: authz.ActionKey(action)}
	attributes := func(v any, there bool) authz.Attributes {
		m, ok := v.(map[string]any)
		q.NoAttributes = q.NoAttributes || there && !ok
		return m
	}
	var u any
	d := json.NewDecoder(bytes.NewReader(user))
	d.UseNumber()
	if err := d.Decode(&u); err != nil {
		t.Fatal(err)
	}
	switch u := u.(type) {
	case string:
		q.User = authz.UserKey(u)
	case map[string]any:
		q.User = authz.UserKey(fmt.Sprint(u["key"]))
		a, there := u["attributes"]
		q.UserAttributes = attributes(a, there)
	}
	text := func(name string) string {
		s, _ := resource[name].(string)
		return s
	}
	q.Resource, q.Instance, q.Tenant = authz.ResourceKey(text("type")), text("key"), authz.TenantKey(text("tenant"))
	a, there := resource["attributes"]
	q.ResourceAttributes = attributes(a, there)
	q.Context = attributes(context, context != nil)
	return q
}
