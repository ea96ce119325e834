package engine_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// A listCase is a case with questions about lists. Expect is written as below:
// names instead of things, roles and permissions sorted.
type listCase struct {
	decisionCase
	Queries []struct {
		Op     string
		Input  listInput
		Expect json.RawMessage
		Why    string
	}
}

type listInput struct {
	User      json.RawMessage
	Action    string
	Resource  map[string]any
	Tenants   []authz.TenantKey
	Resources []string
	Types     []authz.ResourceKey `json:"resource_types"`
	Context   map[string]any
	Checks    []listInput
}

type shownEntry struct {
	Permissions []string `json:"permissions"`
	Roles       []string `json:"roles"`
	Tenant      string   `json:"tenant"`
	Resource    *string  `json:"resource"`
}

type shownUsers struct {
	Resource string              `json:"resource"`
	Tenant   string              `json:"tenant"`
	Users    map[string][]string `json:"users"`
}

// noAssociations are cases about a tie between user and tenant without a role,
// which is not kept here.
var noAssociations = []string{"query/user-permissions-association-only"}

func TestListsComeOutAsInPermit(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []listCase }
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&file); err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, c := range file.Cases {
		if len(c.Queries) == 0 || slices.Contains(noAssociations, c.Name) {
			continue
		}
		s := new(engine.Snapshot).With(authz.Commit{Revision: 1, Changes: append(c.changes(t), c.implied()...)})
		for i, q := range c.Queries {
			asked++
			got, err := json.Marshal(answer(t, s, q.Op, &q.Input))
			if err != nil {
				t.Fatal(err)
			}
			var want, have any
			if json.Unmarshal(q.Expect, &want) != nil || json.Unmarshal(got, &have) != nil {
				t.Fatalf("%s is not JSON", q.Expect)
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("%s, query %d (%s): (-want +got)\n%s", c.Name, i, q.Why, diff)
			}
		}
	}
	if asked != 24 {
		t.Errorf("%d queries were asked, want 24", asked)
	}
}

// implied are the instances that the API makes for an assignment or tuple that
// names one: they lie in its tenant.
func (c *listCase) implied() (out []authz.Change) {
	put := func(name, tenant string) {
		if n, ok := authz.ParseNode(name); ok && tenant != "" {
			out = append(out, authz.PutInstance{Instance: authz.Instance{Node: n, Tenant: authz.TenantKey(tenant)}})
		}
	}
	for _, a := range c.Facts.RoleAssignments {
		put(a.ResourceInstance, a.Tenant)
	}
	for _, r := range c.Facts.Relationships {
		put(r.Subject, r.Tenant)
		put(r.Object, r.Tenant)
	}
	return out
}

func answer(t *testing.T, s *engine.Snapshot, op string, in *listInput) any {
	t.Helper()
	if in.User == nil {
		in.User = json.RawMessage(`null`)
	}
	on := func(flag string) bool { v, _ := in.Context[flag].(bool); return v }
	q := query(t, in.User, in.Action, in.Resource, in.Context)
	switch op {
	case "user_permissions":
		out := map[string]shownEntry{}
		for _, e := range s.Permissions(engine.PermissionsQuery{
			User: q.User, Tenants: in.Tenants, Resources: in.Resources, Types: in.Types,
			Rules: on("enable_abac_user_permissions"), Context: q.Context,
		}) {
			name, shown := entry(e)
			out[name] = shown
		}
		return out
	case "user_tenants":
		return keys(s.UserTenants(q.User))
	case "all_tenants":
		return keys(s.AllowedTenants(q, on("optimized")))
	case "authorized_users":
		return authorized(s, q, on("enable_abac_authorized_users"))
	case "bulk":
		all := []bool{}
		for _, c := range in.Checks {
			all = append(all, s.Decide(query(t, c.User, c.Action, c.Resource, nil)).Allow)
		}
		return all
	}
	t.Fatalf("there is no %s", op)
	return nil
}

func entry(e engine.Entry) (string, shownEntry) {
	name, shown := "__tenant:"+string(e.Tenant.Key), shownEntry{Permissions: []string{}, Roles: []string{}, Tenant: string(e.Tenant.Key)}
	for _, p := range e.Permissions {
		shown.Permissions = append(shown.Permissions, string(p.Resource)+":"+string(p.Action))
	}
	for _, r := range e.Roles {
		shown.Roles = append(shown.Roles, string(r))
	}
	if e.Node != (authz.Node{}) {
		name = e.Node.String()
		if len(e.Roles) > 0 {
			shown.Resource = &e.Node.Key
		}
	}
	return name, shown
}

func keys(tenants []engine.Tenant) []string {
	out := []string{}
	for _, t := range tenants {
		out = append(out, string(t.Key))
	}
	return out
}

func authorized(s *engine.Snapshot, q authz.Query, rules bool) shownUsers {
	out := shownUsers{Resource: string(q.Resource) + ":*", Tenant: string(q.Tenant), Users: map[string][]string{}}
	if q.Instance != "" {
		out.Resource = string(q.Resource) + ":" + q.Instance
	}
	for user, sources := range s.AuthorizedUsers(q, rules) {
		var rows []string
		for _, source := range sources {
			if source.Node == (authz.Node{}) {
				rows = append(rows, string(source.Role)+"|__tenant:"+string(q.Tenant))
			} else {
				rows = append(rows, string(source.Node.Type)+"#"+string(source.Role)+"|"+source.Node.String())
			}
		}
		slices.Sort(rows)
		out.Users[string(user)] = rows
	}
	return out
}

// TestFiltersOfPermissions: what is listed for whom is asked for.
func TestFiltersOfPermissions(t *testing.T) {
	t.Parallel()
	s := new(engine.Snapshot).With(authz.Commit{Revision: 1, Changes: []authz.Change{
		tenant("a"), tenant("b"), role("viewer", "doc:read"), user("u"),
		authz.PutResource{Resource: authz.Resource{Key: "doc", Roles: []authz.ResourceRole{{Key: "editor", Actions: []authz.ActionKey{"edit"}}}}},
		authz.PutInstance{Instance: authz.Instance{Node: authz.Node{Type: "doc", Key: "1"}, Tenant: "a", Attributes: authz.Attributes{
			"big": json.Number("9007199254740993"), "exact": json.Number("0.1000000000000000055511151231257827"), "huge": json.Number("-1e999"), "in": map[string]any{"n": json.Number("1.50")}, "list": []any{nil, true, "x"},
		}}},
		authz.PutInstance{Instance: authz.Instance{Node: authz.Node{Type: "doc", Key: "x:2"}, Tenant: "b"}},
		given("u", "viewer", "a"), given("u", "viewer", "b"),
		authz.PutAssignment{Assignment: authz.Assignment{User: "u", Role: "editor", Instance: authz.Node{Type: "doc", Key: "1"}}},
		authz.PutAssignment{Assignment: authz.Assignment{User: "u", Role: "editor", Instance: authz.Node{Type: "doc", Key: "x:2"}}},
		authz.PutAssignment{Assignment: authz.Assignment{User: "u", Role: "editor", Instance: authz.Node{Type: "doc", Key: "nowhere"}}},
	}})
	const ta, tb, d1, d2 = "__tenant:a", "__tenant:b", "doc:1", "doc:x:2"
	type q = engine.PermissionsQuery
	type tenants = []authz.TenantKey
	for _, c := range []struct {
		q    q
		want string
	}{
		{q{}, strings.Join([]string{ta, tb, d1, d2}, " ")},
		{q{Tenants: tenants{"a"}}, ta + " " + d1},
		{q{Tenants: tenants{}}, ""},
		{q{Resources: []string{}}, ""},
		{q{Resources: []string{"doc:1"}}, d1},
		{q{Resources: []string{"x:2"}}, d2},
		{q{Resources: []string{"doc:1", "__tenant:b"}}, tb + " " + d1},
		{q{Resources: []string{"__tenant:b"}}, tb + " " + d1 + " " + d2},
		{q{Resources: []string{"b"}}, ""},
		{q{Resources: []string{"doc:x:2"}, Tenants: tenants{"a", "b"}}, ta + " " + tb + " " + d2},
		{q{Resources: []string{"doc:x:2"}, Tenants: tenants{"a"}}, ta},
		{q{Types: []authz.ResourceKey{}}, strings.Join([]string{ta, tb, d1, d2}, " ")},
		{q{Types: []authz.ResourceKey{"doc"}, Tenants: tenants{"b"}}, d2},
		{q{Types: []authz.ResourceKey{"__tenant"}, Resources: []string{"doc:1"}}, ""},
	} {
		c.q.User = "u"
		var got []string
		for _, e := range s.Permissions(c.q) {
			name, _ := entry(e)
			got = append(got, name)
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%+v: got %s, want %s", c.q, g, c.want)
		}
	}
	e := s.Permissions(q{User: "u", Resources: []string{"doc:1"}})[0]
	got, err := json.Marshal(e.Attributes)
	if want := `{"big":9007199254740993,"exact":0.1000000000000000055511151231257827,"huge":-1e999,"in":{"n":1.5},"list":[null,true,"x"]}`; err != nil || string(got) != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
	suspended := s.With(authz.Commit{Revision: 2, Changes: []authz.Change{authz.PutUser{User: authz.User{Key: "u", Suspended: true}}}})
	if p, ts := suspended.Permissions(q{User: "u"}), suspended.UserTenants("u"); p != nil || ts != nil {
		t.Errorf("a suspended user has %v and %v, want nothing", p, ts)
	}
}
