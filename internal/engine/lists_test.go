package engine_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// The small world of the lists: two types, each of whose roles may derive from
// any other, circles included.
var (
	listTypes   = []authz.ResourceKey{"doc", "img"}
	listRoles   = []authz.RoleKey{"x", "y"}
	listActions = []authz.ActionKey{"read", "write", "fly"}
	listUsers   = []authz.UserKey{"ann", "bob", "cat", "nobody"}
	listTenants = []authz.TenantKey{"t", "u"}
	listNodes   = []authz.Node{{Type: "doc", Key: "1"}, {Type: "doc", Key: "2"}, {Type: "doc", Key: "a:b"}, {Type: "img", Key: "1"}, {Type: "img", Key: "2"}}
	listSets    = map[authz.SetKey]string{
		"level": `{"allOf":[{"user.level":{"equals":1}}]}`, "viewers": `{"allOf":[{"user.roles":{"array_contains":"x"}}]}`,
		"passed": `{"allOf":[{"context.x":{"equals":true}}]}`,
	}
)

func listSchema(t *rapid.T) (out []authz.Change) {
	sample := func(label string, from []authz.RoleKey) authz.RoleKey { return rapid.SampledFrom(from).Draw(t, label) }
	chance := func(label string) bool { return rapid.Bool().Draw(t, label) }
	for _, key := range listTypes {
		r := authz.Resource{Key: key}
		for _, subject := range listTypes {
			r.Relations = append(r.Relations, authz.Relation{Key: authz.RelationKey("of-" + subject), Subject: subject})
		}
		for _, name := range listRoles {
			rr := authz.ResourceRole{Key: name, NoDirectRoles: rapid.IntRange(0, 5).Draw(t, "none direct") == 0}
			if chance("permits") {
				rr.Actions = append(rr.Actions, rapid.SampledFrom(listActions[:2]).Draw(t, "action"))
			}
			for range rapid.IntRange(0, 3).Draw(t, "derivations") {
				on := rapid.SampledFrom(listTypes).Draw(t, "on")
				rr.Derivations = append(rr.Derivations, authz.Derivation{Role: sample("from", listRoles), On: on, Through: authz.RelationKey("of-" + on), NoDirectRoles: rapid.IntRange(0, 3).Draw(t, "no direct") == 0})
			}
			if chance("extends") {
				rr.Extends = []authz.RoleKey{sample("parent", listRoles)}
			}
			r.Roles = append(r.Roles, rr)
		}
		out = append(out, authz.PutResource{Resource: r})
	}
	for _, key := range listRoles {
		out = append(out, authz.PutRole{Role: authz.Role{Key: key, Permissions: []authz.Permission{{Resource: rapid.SampledFrom(listTypes).Draw(t, "type"), Action: rapid.SampledFrom(listActions[:2]).Draw(t, "action")}}}})
	}
	for key, conditions := range listSets {
		out = append(out, authz.PutConditionSet{Set: authz.ConditionSet{Key: key, Kind: authz.UserSet, Conditions: conditions}})
	}
	for range rapid.IntRange(0, 2).Draw(t, "rules") {
		key := rapid.SampledFrom(listTypes).Draw(t, "type")
		out = append(out, authz.PutRule{Rule: authz.Rule{
			UserSet: rapid.SampledFrom(slices.Sorted(maps.Keys(listSets))).Draw(t, "set"), Resource: key,
			Permission: authz.Permission{Resource: key, Action: rapid.SampledFrom(listActions[:2]).Draw(t, "action")},
		}})
	}
	var settings authz.Settings
	for _, name := range authz.EverySetting() {
		if rapid.IntRange(0, 2).Draw(t, string(name)) == 0 {
			settings = settings.With(name)
		}
	}
	return append(out, authz.PutSettings{Settings: settings})
}

func listFacts(t *rapid.T) (out []authz.Change) {
	for _, key := range listTenants {
		out = append(out, tenant(key))
	}
	for _, key := range listUsers[:3] {
		out = append(out, authz.PutUser{User: authz.User{Key: key, Suspended: rapid.IntRange(0, 9).Draw(t, "suspended") == 0, Attributes: authz.Attributes{"level": rapid.IntRange(0, 1).Draw(t, "level")}}})
	}
	lies := map[authz.Node]authz.TenantKey{}
	for _, n := range listNodes {
		lies[n] = rapid.SampledFrom(listTenants).Draw(t, "tenant")
		out = append(out, authz.PutInstance{Instance: authz.Instance{Node: n, Tenant: lies[n]}})
	}
	objects := append([]authz.Node{{Type: "doc", Key: authz.EveryKey}, {Type: "img", Key: authz.EveryKey}}, listNodes...)
	for range rapid.IntRange(0, 8).Draw(t, "tuples") {
		s := rapid.SampledFrom(listNodes).Draw(t, "subject")
		out = append(out, authz.PutTuple{Tuple: authz.Tuple{Subject: s, Relation: authz.RelationKey("of-" + s.Type), Object: rapid.SampledFrom(objects).Draw(t, "object"), Tenant: lies[s]}})
	}
	for range rapid.IntRange(0, 6).Draw(t, "assignments") {
		a := authz.Assignment{User: rapid.SampledFrom(listUsers[:3]).Draw(t, "user"), Role: rapid.SampledFrom(listRoles).Draw(t, "role")}
		if rapid.IntRange(0, 2).Draw(t, "whole tenant") == 0 {
			a.Tenant = rapid.SampledFrom(listTenants).Draw(t, "tenant")
		} else {
			a.Instance = rapid.SampledFrom(listNodes).Draw(t, "instance")
		}
		out = append(out, authz.PutAssignment{Assignment: a})
	}
	// What is deleted takes with it what names it.
	switch rapid.IntRange(0, 9).Draw(t, "deleted") {
	case 0:
		out = append(out, authz.DeleteTenant{Key: "u"})
	case 1:
		out = append(out, authz.DeleteResource{Key: "img"})
	case 2:
		out = append(out, authz.DeleteRole{Key: "x"}, authz.DeleteInstance{Node: listNodes[0]})
	case 3:
		out = append(out, authz.DeleteResource{Key: "doc"}, authz.PutResource{Resource: authz.Resource{Key: "doc"}})
	}
	return out
}

// TestListsContainWhatSingleDecisionsAllow: nothing more and nothing less.
func TestListsContainWhatSingleDecisionsAllow(t *testing.T) {
	t.Parallel()
	listed := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		s := new(engine.Snapshot).With(authz.Commit{Revision: 1, Changes: append(listSchema(rt), listFacts(rt)...)})
		context := authz.Attributes{"x": rapid.Bool().Draw(rt, "x")}
		for _, rules := range []bool{false, true} {
			// Without rules, nothing that conditions read can hold.
			ask := func(u authz.UserKey, a authz.ActionKey, n authz.Node, t authz.TenantKey) authz.Query {
				return authz.Query{User: u, Action: a, Resource: n.Type, Instance: n.Key, Tenant: t, Context: context, NoAttributes: !rules}
			}
			for _, u := range listUsers {
				comparePermissions(rt, s, u, rules, context, ask, listed)
			}
			for _, a := range listActions {
				for _, n := range append([]authz.Node{{Type: "doc"}, {Type: "img"}, {Type: "none", Key: "1"}, {Type: "doc", Key: "new"}, {Type: "img", Key: authz.EveryKey}}, listNodes...) {
					compareAuthorized(rt, s, rules, func(u authz.UserKey, t authz.TenantKey) authz.Query { return ask(u, a, n, t) }, listed)
				}
			}
		}
	})
	for _, what := range []string{"on a tenant", "on an instance", "by rule", "users", "tenants"} {
		if listed[what] == 0 && !t.Failed() {
			t.Errorf("nothing was listed %s; the test proves little", what)
		}
	}
}

type asking func(authz.UserKey, authz.ActionKey, authz.Node, authz.TenantKey) authz.Query

// comparePermissions holds the list of what u may against every single decision.
func comparePermissions(t *rapid.T, s *engine.Snapshot, u authz.UserKey, rules bool, context authz.Attributes, ask asking, listed map[string]int) {
	got := map[string]bool{}
	for _, e := range s.Permissions(engine.PermissionsQuery{User: u, Types: append([]authz.ResourceKey{"__tenant"}, listTypes...), Rules: rules, Context: context}) {
		for _, p := range e.Permissions {
			got[fmt.Sprint(e.Tenant.Key, e.Node, p)] = true
		}
	}
	member := map[authz.TenantKey]bool{}
	for _, t := range s.UserTenants(u) {
		member[t.Key] = true
	}
	want := map[string]bool{}
	add := func(what string, t authz.TenantKey, n authz.Node, a authz.ActionKey, k authz.ResourceKey) {
		want[fmt.Sprint(t, n, authz.Permission{Resource: k, Action: a})] = true
		listed[what]++
	}
	lies := whereInstancesLie(s)
	for _, a := range listActions {
		for _, tenant := range listTenants {
			for _, k := range listTypes {
				q := ask(u, a, authz.Node{Type: k}, tenant)
				q.NoAttributes = true
				if s.Decide(q).Allow {
					add("on a tenant", tenant, authz.Node{}, a, k)
				}
			}
		}
		for n, tenant := range lies {
			q := ask(u, a, n, tenant)
			q.NoAttributes = true
			if i := s.Explain(q).Instance; i != nil && i.Reason == engine.Allowed {
				add("on an instance", tenant, n, a, n.Type)
			}
			if q := ask(u, a, n, tenant); member[tenant] && s.Explain(q).Rules != nil && len(s.Explain(q).Rules.Allowing) > 0 {
				add("by rule", tenant, n, a, n.Type)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s, rules %v: (-decisions +list)\n%s", u, rules, diff)
	}
}

// whereInstancesLie finds the tenants of the live instances by giving somebody a
// role on each of them.
func whereInstancesLie(s *engine.Snapshot) map[authz.Node]authz.TenantKey {
	c := authz.Commit{Changes: []authz.Change{user("finder")}}
	for _, k := range listTypes {
		c.Changes = append(c.Changes, authz.PutResource{Resource: authz.Resource{Key: k, Roles: []authz.ResourceRole{{Key: "finder"}}}})
	}
	for _, n := range listNodes {
		c.Changes = append(c.Changes, authz.PutAssignment{Assignment: authz.Assignment{User: "finder", Role: "finder", Instance: n}})
	}
	lies := map[authz.Node]authz.TenantKey{}
	for _, e := range s.With(c).Permissions(engine.PermissionsQuery{User: "finder"}) {
		lies[e.Node] = e.Tenant.Key
	}
	return lies
}

// compareAuthorized holds the lists of users and of tenants against every single
// decision about one action on one thing.
func compareAuthorized(t *rapid.T, s *engine.Snapshot, rules bool, ask func(authz.UserKey, authz.TenantKey) authz.Query, listed map[string]int) {
	for _, tenant := range append(slices.Clone(listTenants), "nowhere", "") {
		q := ask("", tenant)
		q.NoAttributes = false
		var want []authz.UserKey
		for _, u := range listUsers {
			// A user that is not there may be permitted by a rule and is not listed.
			if u != "nobody" && s.Decide(ask(u, tenant)).Allow {
				want = append(want, u)
			}
		}
		got := slices.Sorted(maps.Keys(s.AuthorizedUsers(q, rules)))
		if listed["users"] += len(want); !slices.Equal(want, got) {
			t.Fatalf("%+v, rules %v: got users %v, want %v", q, rules, got, want)
		}
	}
	for _, u := range listUsers {
		var want []string
		for _, tenant := range listTenants {
			if s.Decide(ask(u, tenant)).Allow && slices.Contains(tenantKeys(s), string(tenant)) {
				want = append(want, string(tenant))
			}
		}
		got := keys(s.AllowedTenants(ask(u, ""), false))
		if listed["tenants"] += len(want); !slices.Equal(want, got) {
			t.Fatalf("%+v: got tenants %v, want %v", ask(u, ""), got, want)
		}
	}
}

// tenantKeys are the tenants that are there: those in which somebody can be given
// a role.
func tenantKeys(s *engine.Snapshot) []string {
	c := authz.Commit{Changes: []authz.Change{user("finder"), role("finder", "a:b")}}
	for _, key := range listTenants {
		c.Changes = append(c.Changes, given("finder", "finder", key))
	}
	return keys(s.With(c).UserTenants("finder"))
}

// BenchmarkLists asks a world of a million assignments and a tree of folders.
func BenchmarkLists(b *testing.B) {
	const n = 300_000
	c := authz.Commit{Revision: 1, Changes: collected(many(n))}
	c.Changes = append(c.Changes, authz.PutResource{Resource: authz.Resource{
		Key: "dir", Relations: []authz.Relation{{Key: "in", Subject: "dir"}},
		Roles: []authz.ResourceRole{{Key: "reader", Actions: []authz.ActionKey{"read"}, Derivations: []authz.Derivation{{Role: "reader", On: "dir", Through: "in"}}}},
	}})
	dir := func(i int) authz.Node { return authz.Node{Type: "dir", Key: fmt.Sprint(i)} }
	for i := range 10_000 {
		c.Changes = append(c.Changes, authz.PutInstance{Instance: authz.Instance{Node: dir(i), Tenant: "tenant-1"}})
		if i > 0 {
			c.Changes = append(c.Changes, authz.PutTuple{Tuple: authz.Tuple{Subject: dir(i / 10), Relation: "in", Object: dir(i)}})
		}
	}
	for u, i := range map[authz.UserKey]int{"user-1": 0, "user-2": 5} {
		c.Changes = append(c.Changes, authz.PutAssignment{Assignment: authz.Assignment{User: u, Role: "reader", Instance: dir(i)}})
	}
	s := new(engine.Snapshot).With(c)
	b.Run("permissions of one with two tenants", func(b *testing.B) {
		for b.Loop() {
			s.Permissions(engine.PermissionsQuery{User: "user-3"})
		}
	})
	b.Run("permissions of one with ten thousand instances", func(b *testing.B) {
		for b.Loop() {
			s.Permissions(engine.PermissionsQuery{User: "user-1"})
		}
	})
	b.Run("users authorized on an instance", func(b *testing.B) {
		for b.Loop() {
			s.AuthorizedUsers(authz.Query{Action: "read", Resource: "dir", Instance: "5555", Tenant: "tenant-1"}, false)
		}
	})
	b.Run("tenants", func(b *testing.B) {
		for b.Loop() {
			s.AllowedTenants(authz.Query{User: "user-3", Action: "a3", Resource: "doc"}, false)
		}
	})
}

// TestRulesMadeAndDeletedInOneCommit: deleting a resource dropped its rules and
// sets from the tries it was walking through. Where those had been made in the
// same edit, as when an environment is loaded, the walk fell off the end.
func TestRulesMadeAndDeletedInOneCommit(t *testing.T) {
	t.Parallel()
	var c authz.Commit
	for i := range 100 {
		set := authz.SetKey(fmt.Sprint("set-", i))
		c.Changes = append(c.Changes,
			authz.PutConditionSet{Set: authz.ConditionSet{Key: set, Kind: authz.ResourceSet, Resource: "doc"}},
			authz.PutRule{Rule: authz.Rule{Role: "x", ResourceSet: set, Permission: authz.Permission{Resource: "doc", Action: "read"}}})
	}
	c.Changes = append(c.Changes, resource("doc", "read"), authz.DeleteResource{Key: "doc"}, resource("doc", "read"), user("ann"), tenant("t"), role("x", "doc:write"), given("ann", "x", "t"))
	s := new(engine.Snapshot).With(c)
	if s.Decide(authz.Query{User: "ann", Tenant: "t", Resource: "doc", Action: "read"}).Allow {
		t.Error("a rule of the deleted resource permits")
	}
}
