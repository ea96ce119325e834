package golang

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/permitio/permit-golang/pkg/config"
	"github.com/permitio/permit-golang/pkg/enforcement"
	"github.com/permitio/permit-golang/pkg/models"
	"github.com/permitio/permit-golang/pkg/permit"
	"go.uber.org/zap"
)

// ways are clients that ask as most do, and that ask the policy itself.
func ways(t *testing.T) map[string]*permit.Client {
	t.Helper()
	address := setting(t, "GATEHOUSE_URL")
	direct := config.NewConfigBuilder(setting(t, "GATEHOUSE_API_KEY")).WithApiUrl(address).WithPdpUrl(address).WithOpaUrl(address).WithLogger(zap.NewNop())
	return map[string]*permit.Client{"pdp": connect(t), "opa": permit.New(direct.Build())}
}

func TestListsOfWhatAUserMay(t *testing.T) {
	t.Parallel()
	c := connect(t)
	create := models.NewTenantCreate("golists-lab", "Lab")
	create.SetAttributes(map[string]any{"floor": "2"})
	_, err := c.Api.Tenants.Create(t.Context(), *create)
	must(t, err)
	addUser(t, c, "golists-ann", "viewer")
	addUser(t, c, "golists-bob")
	_, err = c.Api.Users.AssignRole(t.Context(), "golists-ann", "viewer", "golists-lab")
	must(t, err)
	ann, bob := enforcement.UserBuilder("golists-ann").Build(), enforcement.UserBuilder("golists-bob").Build()
	reports := enforcement.ResourceBuilder("reports").Build()
	for name, c := range ways(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bulkChecks(t, c, ann, bob)
			tenantsAndPermissions(t, c, ann, bob, reports)
		})
	}
}

func bulkChecks(t *testing.T, c *permit.Client, ann, bob enforcement.User) {
	t.Helper()
	ask := func(u enforcement.User, action enforcement.Action, tenant string) enforcement.CheckRequest {
		return *enforcement.NewCheckRequest(u, action, enforcement.ResourceBuilder("reports").WithTenant(tenant).Build(), map[string]string{"ip": "192.0.2.1"})
	}
	got, err := c.BulkCheck(ask(ann, "edit", "default"), ask(ann, "view", "golists-lab"), ask(bob, "view", "default"), ask(ann, "view", "default"), ask(ann, "view", "golists-moon"))
	must(t, err)
	if want := []bool{false, true, false, true, false}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	var things []enforcement.ResourceI
	for _, tenant := range []string{"golists-moon", "default", "golists-lab"} {
		r := enforcement.ResourceBuilder("reports").WithKey("q3").WithTenant(tenant).Build()
		things = append(things, &r)
	}
	kept, err := c.FilterObjects(ann, "view", nil, things...)
	must(t, err)
	if len(kept) != 2 || kept[0].GetTenant() != "default" || kept[1].GetTenant() != "golists-lab" {
		t.Errorf("kept %v, want those of two tenants", kept)
	}
}

func tenantsAndPermissions(t *testing.T, c *permit.Client, ann, bob enforcement.User, reports enforcement.Resource) {
	t.Helper()
	tenants, err := c.AllTenantsCheck(ann, "view", reports)
	must(t, err)
	if len(tenants) != 2 || tenants[0].Key != "default" || tenants[1].Key != "golists-lab" || tenants[1].Attributes["floor"] != "2" {
		t.Errorf("got tenants %+v, want default and golists-lab with its attributes", tenants)
	}
	none, err := c.AllTenantsCheck(bob, "view", reports)
	must(t, err)
	if len(none) != 0 {
		t.Errorf("got tenants %+v, want none", none)
	}

	all, err := c.GetUserPermissions(ann)
	must(t, err)
	lab := all["__tenant:golists-lab"]
	if keys := slices.Sorted(maps.Keys(all)); strings.Join(keys, " ") != "__tenant:default __tenant:golists-lab" {
		t.Errorf("got %v", keys)
	}
	if !slices.Equal(lab.Permissions, []string{"reports:view"}) || !slices.Equal(lab.Roles, []string{"viewer"}) || lab.Tenant.Key != "golists-lab" || lab.Resource != nil {
		t.Errorf("got %+v", lab)
	}
	one, err := c.GetUserPermissionsWithOptions(ann, enforcement.WithTenants([]string{"default"}), enforcement.WithResourceTypes([]string{"__tenant"}))
	must(t, err)
	if _, ok := one["__tenant:default"]; len(one) != 1 || !ok {
		t.Errorf("got %v, want the default tenant", one)
	}
	empty, err := c.GetUserPermissions(bob)
	must(t, err)
	if len(empty) != 0 {
		t.Errorf("got %v, want nothing", empty)
	}
}
