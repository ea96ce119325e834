package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

const (
	mappingAt = "/console/v1/projects/default/envs/dev/logto/mapping"
	usual     = `{"organizations":true,"only_organizations":[],"tenants":[],"organization_roles":[],"global_roles":[],"global_tenant":"default","global_everywhere":false,"roles":{"create":false,"scopes":""},"rules":[],"attributes":[],"tenant_attributes":[]}`
	unusual   = `{"organizations":true,"only_organizations":["o1","o2"],"tenants":[{"organization":"o1","key":"acme"}],"organization_roles":[{"name":"Org Admin","role":"admin"}],"global_roles":[{"name":"guest","role":""}],"global_tenant":"lobby","global_everywhere":true,"roles":{"create":true,"scopes":"action:resource"},"rules":[{"name":"staff","condition":"user.primaryEmail.endsWith('@acme.com')","roles":["admin"],"each_organization":false,"tenants":["acme"],"tenants_from":""},{"name":"places","condition":"true","roles":["admin"],"each_organization":true,"tenants":[],"tenants_from":"organization.id"}],"attributes":[{"key":"plan","path":"customData.plan","expression":""}],"tenant_attributes":[{"key":"tier","path":"","expression":"organization.customData.tier"}]}`
)

func TestTheMappingIsReadAndReplaced(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	employ(t, a)
	if w := ask(t, a, storetest.EnvSecret, "GET", mappingAt, ""); w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != usual {
		t.Errorf("got %d %s, want %s", w.Code, w.Body, usual)
	}
	for range 2 { // the second changes nothing
		w := ask(t, a, storetest.EnvSecret, "PUT", mappingAt, unusual)
		if w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != unusual || w.Header().Get("X-Gatehouse-Revision") != "3" {
			t.Errorf("got %d %s at revision %q, want %s at 3", w.Code, w.Body, w.Header().Get("X-Gatehouse-Revision"), unusual)
		}
	}
	if w := ask(t, a, storetest.EnvSecret, "GET", mappingAt, ""); strings.TrimSpace(w.Body.String()) != unusual {
		t.Errorf("got %s, want what was put", w.Body)
	}
	got, err := a.Directory.Mapping(t.Context(), storetest.Env)
	want := authz.Mapping{
		OnlyOrganizations: []string{"o1", "o2"}, TenantKeys: map[string]authz.TenantKey{"o1": "acme"},
		OrganizationRoles: map[string]authz.RoleKey{"Org Admin": "admin"}, GlobalRoles: map[string]authz.RoleKey{"guest": ""},
		GlobalTenant: "lobby", GlobalEverywhere: true, Roles: authz.SourceRoles{Create: true, Scopes: "action:resource"},
		Rules: []authz.MappingRule{
			{Name: "staff", Condition: "user.primaryEmail.endsWith('@acme.com')", Roles: []authz.RoleKey{"admin"}, Tenants: []authz.TenantKey{"acme"}},
			{Name: "places", Condition: "true", Roles: []authz.RoleKey{"admin"}, EachOrganization: true, TenantsFrom: "organization.id"},
		},
		Attributes:       []authz.MappedAttribute{{Key: "plan", Path: "customData.plan"}},
		TenantAttributes: []authz.MappedAttribute{{Key: "tier", Expression: "organization.customData.tier"}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

// employ makes the role that the rules of the unusual mapping give.
func employ(t *testing.T, a *API) {
	t.Helper()
	if _, _, err := a.Directory.CreateRole(t.Context(), storetest.Env, "key:test", "admin", directory.RoleInput{}); err != nil {
		t.Fatal(err)
	}
}

// TestAMappingThatCannotBeMeantIsRefused, and says which field it is.
func TestAMappingThatCannotBeMeantIsRefused(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	employ(t, a)
	for name, c := range map[string]struct{ from, to, says string }{
		"scopes without roles":        {`"create":true`, `"create":false`, "roles.create"},
		"scopes by no rule":           {`"action:resource"`, `"action resource"`, "roles.scopes"},
		"a field that is not there":   {`"global_everywhere":true`, `"x":1`, "global_everywhere"},
		"an organization twice":       {`"key":"acme"}`, `"key":"acme"},{"organization":"o1","key":"b"}`, "twice"},
		"two organizations, one key":  {`"key":"acme"}`, `"key":"acme"},{"organization":"o2","key":"acme"}`, "cannot both be tenant"},
		"a key that is none":          {`"key":"acme"`, `"key":"a b"`, "must match"},
		"a role key that is none":     {`"role":"admin"`, `"role":"a b"`, "must match"},
		"a role without a name":       {`"name":"guest"`, `"name":""`, "global_roles"},
		"a name that is not text":     {`"Org Admin"`, `"Org\u0000Admin"`, "organization_roles"},
		"a role twice":                {`"role":"admin"}`, `"role":"admin"},{"name":"Org Admin","role":"x"}`, "twice"},
		"a tenant that is none":       {`"lobby"`, `"lob by"`, "must match"},
		"an organization without id":  {`"o2"`, `""`, "only_organizations"},
		"an unknown field of a user":  {"primaryEmail.", "primaryMail.", "rules[0].condition: line 1, column 5: undefined field 'primaryMail'; fields of user are applicationId"},
		"a role that is not here":     {`"roles":["admin"]`, `"roles":["boss"]`, `rules[0].roles: there is no role \"boss\"; create it first`},
		"a tenant that is not here":   {`"tenants":["acme"]`, `"tenants":["nowhere"]`, `rules[0].tenants: there is no tenant \"nowhere\"`},
		"an attribute of another":     {`"key":"plan"`, `"key":"suspended"`, "attributes[0].key"},
		"a path to nothing":           {"customData.plan", "data.plan", "attributes[0].path"},
		"a rule with another field":   {`"name":"staff",`, `"name":"staff","if":"true",`, "if"},
		"a list that is not one":      {`["o1","o2"]`, `"o1"`, "only_organizations"},
		"a text in place of a switch": {`"organizations":true`, `"organizations":"yes"`, "organizations"},
	} {
		body := strings.Replace(unusual, c.from, c.to, 1)
		w := ask(t, a, storetest.EnvSecret, "PUT", mappingAt, body)
		if w.Code != http.StatusUnprocessableEntity && w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: got %d %s, want it refused for %q", name, w.Code, w.Body, c.says)
		}
	}
	for _, secret := range []string{"", "wrong"} {
		if w := ask(t, a, secret, "PUT", mappingAt, unusual); w.Code != http.StatusUnauthorized {
			t.Errorf("a caller with the key %q: got %d", secret, w.Code)
		}
	}
}
