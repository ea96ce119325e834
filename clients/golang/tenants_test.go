package golang

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/permitio/permit-golang/pkg/models"
)

func TestTenantsCreateGetAndUpdate(t *testing.T) {
	t.Parallel()
	c := connect(t)
	create := models.NewTenantCreate("tenants-create", "Create")
	create.SetDescription("A tenant")
	create.SetAttributes(map[string]any{"region": "eu"})
	made, err := c.Api.Tenants.Create(t.Context(), *create)
	must(t, err)
	if made.Key != "tenants-create" || made.Name != "Create" || made.GetDescription() != "A tenant" || made.Attributes["region"] != "eu" {
		t.Errorf("created %+v", made)
	}
	_, err = c.Api.Tenants.Create(t.Context(), *create)
	fails(t, 409, err)

	byKey, err := c.Api.Tenants.GetByKey(t.Context(), "tenants-create")
	must(t, err)
	byID, err := c.Api.Tenants.GetById(t.Context(), uuid.MustParse(made.Id))
	must(t, err)
	if byKey.Id != made.Id || byID.Key != made.Key {
		t.Errorf("got %s and %s, want the tenant created", byKey.Id, byID.Key)
	}
	_, err = c.Api.Tenants.Get(t.Context(), "tenants-none")
	fails(t, 404, err)

	update := models.NewTenantUpdate()
	update.SetName("Renamed")
	updated, err := c.Api.Tenants.Update(t.Context(), "tenants-create", *update)
	must(t, err)
	if updated.Name != "Renamed" || updated.GetDescription() != "A tenant" || updated.Attributes["region"] != "eu" {
		t.Errorf("updated %+v", updated)
	}
}

func TestTenantsList(t *testing.T) {
	t.Parallel()
	tenants, err := connect(t).Api.Tenants.List(t.Context(), 1, 100)
	must(t, err)
	if !slices.Contains(keysOf(tenants, tenantKey), "default") {
		t.Errorf("the tenant default is not listed: %+v", tenants)
	}
}

func TestTenantsDeleteAndListUsers(t *testing.T) {
	t.Parallel()
	c := connect(t)
	_, err := c.Api.Tenants.Create(t.Context(), *models.NewTenantCreate("tenants-delete", "Delete"))
	must(t, err)
	addUser(t, c, "tenants-user")
	_, err = c.Api.Users.AssignRole(t.Context(), "tenants-user", "viewer", "tenants-delete")
	must(t, err)
	users, err := c.Api.Tenants.ListTenantUsers(t.Context(), "tenants-delete", 1, 10)
	must(t, err)
	if got := keysOf(users, userKey); !slices.Equal(got, []string{"tenants-user"}) {
		t.Errorf("got %v, want tenants-user", got)
	}
	if !checkIn(t, c, "tenants-delete", "tenants-user", "view", "reports") {
		t.Error("denied before the deletion")
	}
	must(t, c.Api.Tenants.Delete(t.Context(), "tenants-delete"))
	if checkIn(t, c, "tenants-delete", "tenants-user", "view", "reports") {
		t.Error("allowed after the deletion")
	}
	fails(t, 404, c.Api.Tenants.Delete(t.Context(), "tenants-delete"))
}
