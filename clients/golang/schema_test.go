package golang

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/permitio/permit-golang/pkg/models"
)

func TestRolesCreateGetListAndUpdate(t *testing.T) {
	t.Parallel()
	c := connect(t)
	addResource(t, c, "roles-doc", "read", "write")
	made := addRole(t, c, "roles-create", "roles-doc:read")
	if made.Key != "roles-create" || made.Name != "ROLES-CREATE" || !slices.Equal(made.Permissions, []string{"roles-doc:read"}) {
		t.Errorf("created %+v", made)
	}
	_, err := c.Api.Roles.Create(t.Context(), *models.NewRoleCreate("roles-create", "Again"))
	fails(t, 409, err)

	byKey, err := c.Api.Roles.GetByKey(t.Context(), "roles-create")
	must(t, err)
	byID, err := c.Api.Roles.GetById(t.Context(), uuid.MustParse(made.Id))
	must(t, err)
	if byKey.Id != made.Id || byID.Key != made.Key {
		t.Errorf("got %s and %s, want the role created", byKey.Id, byID.Key)
	}
	_, err = c.Api.Roles.Get(t.Context(), "roles-none")
	fails(t, 404, err)

	list, err := c.Api.Roles.List(t.Context(), 1, 100)
	must(t, err)
	if keys := keysOf(list, roleKey); !slices.Contains(keys, "roles-create") || !slices.Contains(keys, "viewer") {
		t.Errorf("got %v, want roles-create and viewer among them", keys)
	}

	update := models.NewRoleUpdate()
	update.SetDescription("Described")
	updated, err := c.Api.Roles.Update(t.Context(), "roles-create", *update)
	must(t, err)
	if updated.GetDescription() != "Described" || !slices.Equal(updated.Permissions, made.Permissions) {
		t.Errorf("updated %+v", updated)
	}
}

func TestRolesAssignAndRemovePermissions(t *testing.T) {
	t.Parallel()
	c := connect(t)
	addResource(t, c, "permissions-doc", "read", "write")
	addRole(t, c, "permissions-role")
	addUser(t, c, "permissions-user", "permissions-role")
	may := func() [2]bool {
		return [2]bool{check(t, c, "permissions-user", "read", "permissions-doc"), check(t, c, "permissions-user", "write", "permissions-doc")}
	}
	if got := may(); got != [2]bool{} {
		t.Errorf("before: got %v", got)
	}
	must(t, c.Api.Roles.AssignPermissions(t.Context(), "permissions-role", []string{"permissions-doc:read", "permissions-doc:write"}))
	if got := may(); got != [2]bool{true, true} {
		t.Errorf("assigned: got %v", got)
	}
	must(t, c.Api.Roles.RemovePermissions(t.Context(), "permissions-role", []string{"permissions-doc:write"}))
	if got := may(); got != [2]bool{true, false} {
		t.Errorf("removed: got %v", got)
	}
	must(t, c.Api.Roles.Delete(t.Context(), "permissions-role"))
	if got := may(); got != [2]bool{} {
		t.Errorf("deleted: got %v", got)
	}
	fails(t, 404, c.Api.Roles.Delete(t.Context(), "permissions-role"))
}

func TestResourcesCreateGetAndUpdate(t *testing.T) {
	t.Parallel()
	c := connect(t)
	create := models.NewResourceCreate("resources-create", "Create", blocks("read", "write"))
	create.SetDescription("A resource")
	create.SetAttributes(map[string]models.AttributeBlockEditable{"owner": *models.NewAttributeBlockEditable(models.STRING)})
	made, err := c.Api.Resources.Create(t.Context(), *create)
	must(t, err)
	if made.Key != "resources-create" || made.GetDescription() != "A resource" || len(made.GetActions()) != 2 || made.GetAttributes()["owner"].Type != models.STRING {
		t.Errorf("created %+v", made)
	}
	_, err = c.Api.Resources.Create(t.Context(), *create)
	fails(t, 409, err)

	byKey, err := c.Api.Resources.GetByKey(t.Context(), "resources-create")
	must(t, err)
	byID, err := c.Api.Resources.GetById(t.Context(), uuid.MustParse(made.Id))
	must(t, err)
	if byKey.Id != made.Id || byID.Key != made.Key {
		t.Errorf("got %s and %s, want the resource created", byKey.Id, byID.Key)
	}
	_, err = c.Api.Resources.Get(t.Context(), "resources-none")
	fails(t, 404, err)

	update := models.NewResourceUpdate()
	update.SetActions(blocks("read", "share"))
	updated, err := c.Api.Resources.Update(t.Context(), "resources-create", *update)
	must(t, err)
	if _, shared := updated.GetActions()["share"]; !shared || len(updated.GetActions()) != 2 || updated.Name != "Create" {
		t.Errorf("updated %+v", updated)
	}
	if updated.GetActions()["read"].Id != made.GetActions()["read"].Id {
		t.Error("a kept action has another id")
	}
}

func TestResourcesListAndSearch(t *testing.T) {
	t.Parallel()
	c := connect(t)
	addResource(t, c, "search-one")
	addResource(t, c, "search-two")
	list, err := c.Api.Resources.List(t.Context(), 1, 100)
	must(t, err)
	if keys := keysOf(list, resourceKey); !slices.Contains(keys, "search-one") || !slices.Contains(keys, "reports") {
		t.Errorf("got %v, want search-one and reports among them", keys)
	}
	for search, want := range map[string]int{"search-": 2, "search-*": 2, "search-t*": 1, "search_*": 0} {
		found, err := c.Api.Resources.Search(t.Context(), 1, 100, search)
		must(t, err)
		if len(found) != want {
			t.Errorf("%s: got %v, want %d", search, keysOf(found, resourceKey), want)
		}
	}
}

func TestResourcesDelete(t *testing.T) {
	t.Parallel()
	c := connect(t)
	addResource(t, c, "resources-delete", "read")
	addRole(t, c, "resources-role", "resources-delete:read")
	addUser(t, c, "resources-user", "resources-role")
	if !check(t, c, "resources-user", "read", "resources-delete") {
		t.Error("denied before the deletion")
	}
	must(t, c.Api.Resources.Delete(t.Context(), "resources-delete"))
	if check(t, c, "resources-user", "read", "resources-delete") {
		t.Error("allowed after the deletion")
	}
	fails(t, 404, c.Api.Resources.Delete(t.Context(), "resources-delete"))
}
