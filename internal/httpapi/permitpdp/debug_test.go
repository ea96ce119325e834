package permitpdp_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// wide is more of the world: dan owns the folder f, in which the doc 2 lies, and
// eve reaches docs of level 1 by a rule; kim may read docs in the default tenant.
func wide() []authz.Change {
	node := func(kind authz.ResourceKey, key string) authz.Node { return authz.Node{Type: kind, Key: key} }
	instance := func(id authz.ID, n authz.Node, a authz.Attributes) authz.Change {
		return authz.PutInstance{Instance: authz.Instance{Node: n, ID: id, Tenant: "acme", Attributes: a}}
	}
	onDoc := authz.Permission{Resource: "doc", Action: "write"}
	return []authz.Change{
		authz.PutTenant{Tenant: authz.Tenant{Key: "acme", ID: "1", Attributes: authz.Attributes{"tier": "pro"}}},
		authz.PutResource{Resource: authz.Resource{Key: "folder", ID: "20", Actions: []authz.Action{{Key: "read", ID: "21"}}, Roles: []authz.ResourceRole{{Key: "owner", ID: "22", Actions: []authz.ActionKey{"read"}}}}},
		authz.PutResource{Resource: authz.Resource{
			Key: "doc", ID: "3", Actions: []authz.Action{{Key: "read", ID: "23"}, {Key: "write", ID: "24"}},
			Relations: []authz.Relation{{Key: "parent", ID: "25", Subject: "folder"}},
			Roles:     []authz.ResourceRole{{Key: "editor", ID: "26", Actions: []authz.ActionKey{"write"}, Derivations: []authz.Derivation{{Role: "owner", On: "folder", Through: "parent"}}}},
		}},
		authz.PutUser{User: authz.User{Key: "dan", ID: "30", Email: "d@x"}},
		authz.PutUser{User: authz.User{Key: "eve", ID: "31", Attributes: authz.Attributes{"big": json.Number("9007199254740993")}}},
		authz.PutUser{User: authz.User{Key: "kim", ID: "32"}},
		authz.PutAssignment{Assignment: authz.Assignment{ID: "33", User: "kim", Role: "viewer", Tenant: "default", GivenBy: []authz.Giver{authz.ByAPI}}},
		instance("40", node("folder", "f"), nil), instance("41", node("doc", "2"), authz.Attributes{"level": json.Number("0")}), instance("42", node("doc", "3"), authz.Attributes{"level": json.Number("1")}),
		authz.PutTuple{Tuple: authz.Tuple{ID: "43", Subject: node("folder", "f"), Relation: "parent", Object: node("doc", "2"), Tenant: "acme"}},
		authz.PutAssignment{Assignment: authz.Assignment{ID: "44", User: "dan", Role: "owner", Tenant: "acme", Instance: node("folder", "f"), GivenBy: []authz.Giver{authz.ByAPI}}},
		authz.PutConditionSet{Set: authz.ConditionSet{Key: "big", ID: "50", Kind: authz.UserSet, Conditions: `{"allOf":[{"user.big":{"greater-than":1}}]}`}},
		authz.PutConditionSet{Set: authz.ConditionSet{Key: "first", ID: "51", Kind: authz.ResourceSet, Resource: "doc", Conditions: `{"allOf":[{"resource.level":{"equals":1}}]}`}},
		authz.PutRule{Rule: authz.Rule{ID: "52", UserSet: "big", ResourceSet: "first", Permission: onDoc}},
	}
}

func about(user, action, resource, key, tenant string) string {
	return `{"user":{"key":"` + user + `"},"action":"` + action + `","resource":{"type":"` + resource + `","key":"` + key + `","tenant":"` + tenant + `"}}`
}

const (
	denied = `"allow":false,"code":"`
	nobody = `user_not_synced","reason":"user 'zoe' is not synced and therefore has no known role assignments"`
)

func link(code string) string { return `,"support_link":"https://docs.permit.io/errors/` + code + `"` }

// TestEveryCodeHasItsSentence: in a world without instances and rules the block of
// tenant roles is alone.
func TestEveryCodeHasItsSentence(t *testing.T) {
	t.Parallel()
	d := open(t, true)
	for _, c := range []struct{ user, action, resource, tenant, want string }{
		{"ann", "read", "doc", "acme", `"allow":true,"code":"allow","reason":"user 'ann' has the role 'viewer' in tenant 'acme', role 'viewer' has the 'read' permission on resources of type 'doc'","allowing_roles":["viewer"]`},
		{"sam", "read", "doc", "acme", denied + `user_suspended","reason":"user 'sam' is suspended"`},
		{"ann", "read", "img", "acme", denied + `no_such_resource","reason":"resource type 'img' is not defined. known resource types: ['doc']"` + link("no_such_resource")},
		{"ann", "fly", "doc", "acme", denied + `no_such_action","reason":"action 'fly' is not defined on resource type 'doc'. known actions on 'doc': ['read', 'write']"` + link("no_such_action")},
		{"ann", "read", "doc", "moon", denied + `no_such_tenant","reason":"tenant 'moon' does not exist. existing tenants: ['acme', 'default', 'lab']"` + link("no_such_tenant")},
		{"zoe", "read", "doc", "acme", denied + nobody + link("user_not_synced")},
		{"bob", "read", "doc", "acme", denied + `no_user_roles","reason":"no roles assigned to user 'bob'"` + link("no_user_roles")},
		{"cat", "read", "doc", "acme", denied + `no_role_in_tenant","reason":"user 'cat' has no assigned roles in tenant 'acme'. user has roles in these tenants: ['lab']"` + link("no_role_in_tenant")},
		{"ann", "write", "doc", "acme", denied + `no_permission","reason":"user 'ann' does not have any role that grants him the 'write' permission on resources of type 'doc'"` + link("no_permission")},
	} {
		body := about(c.user, c.action, c.resource, "", c.tenant)
		short := strings.TrimSuffix(d.ask(t, http.MethodPost, "/allowed", key, body).Body.String(), "}\n")
		byHeader := d.ask(t, http.MethodPost, "/allowed", key, body, "X-Gatehouse-Explain", "1").Body.String()
		byBody := d.ask(t, http.MethodPost, "/allowed", key, `{"use_debugger":true,`+body[1:]).Body.String()
		if !strings.HasPrefix(byHeader, short+`,"debug":{"request":{"user":{"key":"`+c.user+`"`) || !strings.HasSuffix(byHeader, `,"rbac":{`+c.want+"}}}\n") {
			t.Errorf("got %s\nwant %s", byHeader, c.want)
		}
		if byBody != byHeader {
			t.Errorf("by header %s\nby body %s", byHeader, byBody)
		}
	}
	if allowed, denied := d.decisions.Counts(); allowed != 3 || denied != 24 {
		t.Errorf("got %d and %d counted, want 3 allowed and 24 denied", allowed, denied)
	}
}

// TestModelsThatDenyStandBackForThoseThatAllow: which blocks there are.
func TestModelsThatDenyStandBackForThoseThatAllow(t *testing.T) {
	t.Parallel()
	d := open(t, true, wide()...)
	noRole := denied + `no_permission","reason":"user 'ann' does not have any role that grants him the 'write' permission on resources of type 'doc'"` + link("no_permission")
	const notBig = denied + `no_matching_usersets","reason":"user '%' did not match any userset conditions. known usersets: ['big']","support_link":"https://docs.permit.io/errors/no_matching_usersets"`
	for _, c := range []struct{ body, want string }{
		{about("ann", "read", "doc", "2", "acme"), `"rbac":{"allow":true,"code":"allow","reason":"user 'ann' has the role 'viewer' in tenant 'acme', role 'viewer' has the 'read' permission on resources of type 'doc'","allowing_roles":["viewer"]}`},
		{about("dan", "write", "doc", "2", "acme"), `"rbac":{` + denied + `no_user_roles","reason":"no roles assigned to user 'dan'"` + link("no_user_roles") + `},"abac":{` + strings.Replace(notBig, "%", "dan", 1) +
			`},"rebac":{"allow":true,"code":"allow","reason":"user 'dan' has the 'write' permission on resource 'doc:2' in tenant 'acme', role 'doc#editor' on 'doc:2' is derived from role 'folder#owner' on 'folder:f' by relation 'parent', role 'folder#owner' on 'folder:f' is assigned",` +
			`"allowing_roles":[{"resource":"doc:2","role":"doc#editor","reason":"role 'doc#editor' on 'doc:2' is derived from role 'folder#owner' on 'folder:f' by relation 'parent', role 'folder#owner' on 'folder:f' is assigned",` +
			`"sources":[{"type":"role_derivation","role":"folder#owner","resource":"folder:f","relation":"parent"},{"type":"role_assignment","role":"folder#owner","resource":"folder:f"}]}]}`},
		{about("eve", "write", "doc", "3", "acme"), `"abac":{"allow":true,"code":"allow","reason":"user 'eve' matched 'big' userset conditions, the given resource matched the 'first' resourceset conditions, users matching 'big' userset conditions has the 'write' permission on resources of type 'doc' matching 'first' resourceset conditions",` +
			`"allowing_rules":[{"userset":"big","resourceset":"first"}]}`},
		{about("eve", "read", "doc", "3", "acme"), `"rbac":{` + denied + `no_user_roles","reason":"no roles assigned to user 'eve'"` + link("no_user_roles") +
			`},"abac":{` + denied + `no_matching_rules","reason":"user 'eve' does not match any rule that grants him the 'read' permission on the given resource of type 'doc'"` + link("no_matching_rules") + `,"matching_usersets":["big"],"matching_resourcesets":["first"]` +
			`},"rebac":{` + denied + `no_permission","reason":"user 'eve' does not have any role that grants him the 'read' permission on resources of type 'doc'"` + link("no_permission") + `}`},
		{about("ann", "write", "doc", "", "acme"), `"rbac":{` + noRole + `},"abac":{` + strings.Replace(notBig, "%", "ann", 1) + `}`},
	} {
		got := d.ask(t, http.MethodPost, "/allowed", key, c.body, "X-Gatehouse-Explain", "1").Body.String()
		_, blocks, _ := strings.Cut(got, `,"debug":`)
		i := strings.Index(blocks, `}}},"`) // the end of the request
		if diff := cmp.Diff(c.want+"}}\n", blocks[i+4:]); i < 0 || diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.body, diff)
		}
	}
	w := d.ask(t, http.MethodPost, "/v1/data/permit/root", key, `{"input":{"use_debugger":true,`+about("eve", "write", "doc", "3", "moon")[1:]+`}`)
	want := `{"result":{"allow":true,"result":true,"debug":{"request":{"user":{"key":"eve","synced":true,"attributes":{"big":9007199254740993,"key":"eve","roles":[],"tenants":[]}},"tenant":null,"action":"write","resource":{"type":"doc","attributes":{"level":1,"type":"doc"}}},"abac"`
	if got := w.Body.String(); !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}
