package authzen_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// still is an environment that does not change.
type still struct{ at *engine.Snapshot }

func (s still) Snapshot(authz.EnvID) (*engine.Snapshot, bool) { return s.at, true }

var (
	users     = []authz.UserKey{"u1", "u2", "u3", "u4", "u5"}
	tenants   = []authz.TenantKey{"t1", "t2"}
	types     = []authz.ResourceKey{"doc", "img"}
	actions   = []authz.ActionKey{"edit", "read", "write"}
	instances = []string{"a", "b", "c:d", "e"}
)

// anEnvironment draws roles, resource roles, attributes and rules at random.
func anEnvironment(t *rapid.T) *engine.Snapshot {
	pick := func(name string) bool { return rapid.Bool().Draw(t, name) }
	some := func(name string) (out []authz.ActionKey) {
		for _, a := range actions {
			if pick(name + string(a)) {
				out = append(out, a)
			}
		}
		return out
	}
	changes := []authz.Change{}
	for _, key := range tenants {
		changes = append(changes, authz.PutTenant{Tenant: authz.Tenant{Key: key}})
	}
	for _, key := range types {
		r := authz.Resource{Key: key, Roles: []authz.ResourceRole{{Key: "owner", Actions: some("owner " + string(key))}}}
		for _, a := range actions {
			r.Actions = append(r.Actions, authz.Action{Key: a})
		}
		changes = append(changes, authz.PutResource{Resource: r})
		for _, k := range instances {
			if pick("is " + k) {
				changes = append(changes, authz.PutInstance{Instance: authz.Instance{
					Node: authz.Node{Type: key, Key: k}, Tenant: rapid.SampledFrom(tenants).Draw(t, "in"), Attributes: authz.Attributes{"open": pick("open")},
				}})
			}
		}
	}
	for _, key := range []authz.RoleKey{"r1", "r2"} {
		role := authz.Role{Key: key}
		for _, kind := range types {
			for _, a := range some(string(key) + string(kind)) {
				role.Permissions = append(role.Permissions, authz.Permission{Resource: kind, Action: a})
			}
		}
		changes = append(changes, authz.PutRole{Role: role})
	}
	changes = append(changes,
		authz.PutConditionSet{Set: authz.ConditionSet{Key: "old", Kind: authz.UserSet, Conditions: `{"user.age":{"greater-than":17}}`}},
		authz.PutConditionSet{Set: authz.ConditionSet{Key: "open", Kind: authz.ResourceSet, Resource: "doc", Conditions: `{"resource.open":true}`}},
		authz.PutRule{Rule: authz.Rule{UserSet: "old", ResourceSet: "open", Permission: authz.Permission{Resource: "doc", Action: rapid.SampledFrom(actions).Draw(t, "rule")}}})
	for _, key := range users {
		if !pick("is " + string(key)) {
			continue
		}
		changes = append(changes, authz.PutUser{User: authz.User{
			Key: key, Suspended: rapid.IntRange(0, 5).Draw(t, "suspended") == 0,
			Attributes: authz.Attributes{"age": json.Number(fmt.Sprint(rapid.IntRange(10, 25).Draw(t, "age")))},
		}})
		if pick("has a role") {
			changes = append(changes, authz.PutAssignment{Assignment: authz.Assignment{
				User: key, Role: rapid.SampledFrom([]authz.RoleKey{"r1", "r2"}).Draw(t, "role"), Tenant: rapid.SampledFrom(tenants).Draw(t, "tenant")}})
		}
		if pick("owns") {
			changes = append(changes, authz.PutAssignment{Assignment: authz.Assignment{
				User: key, Role: "owner", Tenant: "t1", Instance: authz.Node{Type: rapid.SampledFrom(types).Draw(t, "type"), Key: rapid.SampledFrom(instances).Draw(t, "instance")}}})
		}
	}
	return new(engine.Snapshot).With(authz.Commit{Revision: 1, Changes: changes})
}

// TestSearchesAreWhatSingleEvaluationsAllow: on small environments of every sort,
// all pages of a search together, of any size, are what one evaluation after
// another allows.
func TestSearchesAreWhatSingleEvaluationsAllow(t *testing.T) {
	t.Parallel()
	keys := &access.Keys{Store: storetest.Founded(t)}
	rapid.Check(t, func(rt *rapid.T) {
		d := doorOf(t, still{anEnvironment(rt)}, keys, publicURL)
		subject := fmt.Sprintf(`{"type":"user","id":%q%s}`, rapid.SampledFrom(users).Draw(rt, "user"),
			rapid.SampledFrom([]string{"", `,"properties":{"age":30}`, `,"properties":{"age":5,"email":"x"}`}).Draw(rt, "properties"))
		kind := rapid.SampledFrom(types).Draw(rt, "type")
		properties := rapid.SampledFrom([]string{"", `,"properties":{"tenant":"t1"}`, `,"properties":{"tenant":"t2","open":true}`, `,"properties":{"open":false}`}).Draw(rt, "of")
		resource := func(id string) string { return fmt.Sprintf(`{"type":%q,"id":%q%s}`, kind, id, properties) }
		instance := rapid.SampledFrom(instances).Draw(rt, "id")
		action := func(name authz.ActionKey) string { return fmt.Sprintf(`{"name":%q}`, name) }
		name := rapid.SampledFrom(actions).Draw(rt, "action")
		limit := rapid.IntRange(1, 6).Draw(rt, "limit")
		body := func(subject, action, resource string) string {
			return fmt.Sprintf(`"subject":%s,"action":%s,"resource":%s`, subject, action, resource)
		}
		allows := func(q string) bool { return d.post(t, evaluation, "{"+q+"}").body["decision"].(bool) }
		found := func(path, q string) []string {
			all, page := []string{}, fmt.Sprintf(`{"limit":%d}`, limit)
			for {
				got := d.post(t, path, "{"+q+`,"page":`+page+"}")
				ids := got.ids(t)
				if all = append(all, ids...); len(ids) > limit {
					rt.Fatalf("got %d on a page of %d", len(ids), limit)
				}
				next := got.nextToken(t)
				if next == "" {
					return all
				}
				if len(ids) < limit {
					rt.Fatalf("got %d on a page of %d that is not the last", len(ids), limit)
				}
				page = fmt.Sprintf(`{"token":%q}`, next)
			}
		}
		check := func(path string, want []string, q string) {
			slices.Sort(want)
			if diff := cmp.Diff(want, found(path, q)); diff != "" {
				rt.Fatalf("%s of %s (-want +got)\n%s", path, q, diff)
			}
		}

		want := []string{}
		as := func(u authz.UserKey) string {
			var s map[string]any
			_ = json.Unmarshal([]byte(subject), &s)
			s["id"] = u
			b, _ := json.Marshal(s)
			return string(b)
		}
		known := d.snapshot(t).Users("", 100, func(authz.UserKey) bool { return true })
		for _, u := range known {
			if allows(body(as(u), action(name), resource(instance))) {
				want = append(want, string(u))
			}
		}
		check(searchSubject, want, body(subject, action(name), resource(instance)))

		want = []string{}
		for _, id := range d.snapshot(t).Instances(kind, "", 100, func(string) bool { return true }) {
			if allows(body(subject, action(name), resource(id))) {
				want = append(want, id)
			}
		}
		check(searchResource, want, body(subject, action(name), resource(instance)))

		want = []string{}
		for _, a := range actions {
			if allows(body(subject, action(a), resource(instance))) {
				want = append(want, string(a))
			}
		}
		check(searchAction, want, body(subject, action(name), resource(instance)))
	})
}

func (d door) snapshot(t *testing.T) *engine.Snapshot {
	t.Helper()
	s, ok := d.decisions.Snapshots.Snapshot(storetest.Env)
	if !ok {
		t.Fatal("there is no snapshot")
	}
	return s
}

// TestAnswersAreBounded: without a limit a page is still a page.
func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	changes := fixture()
	for i := range 1500 {
		changes = append(changes, authz.PutInstance{Instance: authz.Instance{Node: authz.Node{Type: "record", Key: fmt.Sprintf("x%04d", i)}}})
	}
	d := doorOf(t, still{new(engine.Snapshot).With(authz.Commit{Revision: 1, Changes: changes})}, &access.Keys{Store: storetest.Founded(t)}, publicURL)
	question := alice + "," + read + "," + anyRecord
	first := d.post(t, searchResource, of(question))
	second := d.post(t, searchResource, of(question, `"page":{"token":"`+first.nextToken(t)+`"}`))
	large := d.post(t, searchResource, of(question, `"page":{"limit":1000000}`))
	if a, b, c := len(first.ids(t)), len(second.ids(t)), len(large.ids(t)); a != 1000 || b != 502 || c != 1000 {
		t.Errorf("got pages of %d, %d and %d, want 1000, 502 and 1000", a, b, c)
	}
	if second.nextToken(t) != "" || second.ids(t)[501] != "x1499" {
		t.Error("the second page is not the last")
	}
}
