package golang

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/permitio/permit-golang/pkg/models"
)

// gone wants a 404 where this client keeps nothing of an error but its text.
func gone(t *testing.T, err error) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("got %v, want a 404", err)
	}
}

func TestResourceActions(t *testing.T) {
	t.Parallel()
	c := connect(t)
	resource := addResource(t, c, "parts-actions", "read")
	made, err := c.Api.ResourceActions.Create(t.Context(), "parts-actions", *models.NewResourceActionCreate("sign", "Sign"))
	must(t, err)
	got, err := c.Api.ResourceActions.Get(t.Context(), "parts-actions", "sign")
	must(t, err)
	byKey, err := c.Api.ResourceActions.GetByKey(t.Context(), "parts-actions", "sign")
	must(t, err)
	byID, err := c.Api.ResourceActions.GetById(t.Context(), uuid.MustParse(resource.Id), uuid.MustParse(made.Id))
	must(t, err)
	if got.Id != made.Id || byKey.Id != made.Id || byID.Key != "sign" {
		t.Errorf("got %s, %s and %s, want the action created", got.Id, byKey.Id, byID.Key)
	}
	list, err := c.Api.ResourceActions.List(t.Context(), "parts-actions", 1, 100)
	must(t, err)
	if keys := keysOf(list, func(a models.ResourceActionRead) string { return a.Key }); !slices.Equal(keys, []string{"read", "sign"}) {
		t.Errorf("got %v, want read and sign", keys)
	}
	update := models.NewResourceActionUpdate()
	update.SetName("Signing")
	changed, err := c.Api.ResourceActions.Update(t.Context(), "parts-actions", "sign", *update)
	must(t, err)
	if changed.Name != "Signing" {
		t.Errorf("changed %+v", changed)
	}
	must(t, c.Api.ResourceActions.Delete(t.Context(), "parts-actions", "sign"))
	gone(t, c.Api.ResourceActions.Delete(t.Context(), "parts-actions", "sign"))
}

func TestResourceAttributes(t *testing.T) {
	t.Parallel()
	c := connect(t)
	resource := addResource(t, c, "parts-attributes")
	made, err := c.Api.ResourceAttributes.Create(t.Context(), "parts-attributes", *models.NewResourceAttributeCreate("size", models.NUMBER))
	must(t, err)
	got, err := c.Api.ResourceAttributes.Get(t.Context(), "parts-attributes", "size")
	must(t, err)
	byKey, err := c.Api.ResourceAttributes.GetByKey(t.Context(), "parts-attributes", "size")
	must(t, err)
	byID, err := c.Api.ResourceAttributes.GetById(t.Context(), uuid.MustParse(resource.Id), uuid.MustParse(made.Id))
	must(t, err)
	if got.Id != made.Id || byKey.Id != made.Id || byID.Key != "size" || got.Type != models.NUMBER {
		t.Errorf("got %+v, %s and %s, want the attribute created", got, byKey.Id, byID.Key)
	}
	list, err := c.Api.ResourceAttributes.List(t.Context(), "parts-attributes", 1, 100)
	must(t, err)
	if len(list) != 1 || list[0].Key != "size" {
		t.Errorf("got %+v, want size", list)
	}
	update := models.NewResourceAttributeUpdate()
	update.SetDescription("In bytes")
	changed, err := c.Api.ResourceAttributes.Update(t.Context(), "parts-attributes", "size", *update)
	must(t, err)
	if changed.GetDescription() != "In bytes" || changed.Type != models.NUMBER {
		t.Errorf("changed %+v", changed)
	}
	must(t, c.Api.ResourceAttributes.Delete(t.Context(), "parts-attributes", "size"))
	_, err = c.Api.ResourceAttributes.Get(t.Context(), "parts-attributes", "size")
	gone(t, err)
}

func TestResourceRoles(t *testing.T) {
	t.Parallel()
	c := connect(t)
	roles := c.Api.ResourceRoles
	addResource(t, c, "parts-roles", "read", "write")
	addUser(t, c, "parts-user")
	made, err := roles.Create(t.Context(), "parts-roles", *models.NewResourceRoleCreate("reader", "Reader"))
	must(t, err)
	got, err := roles.Get(t.Context(), "parts-roles", "reader")
	must(t, err)
	list, err := roles.List(t.Context(), 1, 100, "parts-roles")
	must(t, err)
	if got.Id != made.Id || len(*list) != 1 || (*list)[0].Id != made.Id {
		t.Errorf("got %+v and %+v, want the role created", got, list)
	}
	update := models.NewResourceRoleUpdate()
	update.SetDescription("Reads")
	changed, err := roles.Update(t.Context(), "parts-roles", "reader", *update)
	must(t, err)
	if changed.GetDescription() != "Reads" {
		t.Errorf("changed %+v", changed)
	}
	more, err := roles.AssignPermissions(t.Context(), "parts-roles", "reader", *models.NewAddRolePermissions([]string{"read", "parts-roles:write"}))
	must(t, err)
	less, err := roles.RemovePermissions(t.Context(), "parts-roles", "reader", *models.NewRemoveRolePermissions([]string{"write"}))
	must(t, err)
	if !slices.Equal(more.Permissions, []string{"read", "write"}) || !slices.Equal(less.Permissions, []string{"read"}) {
		t.Errorf("got %v, then %v", more.Permissions, less.Permissions)
	}
	_, err = c.Api.Users.AssignResourceRole(t.Context(), "parts-user", "reader", "default", "parts-roles:one")
	must(t, err)
	if !checkOn(t, c, "parts-user", "read", "parts-roles", "one", nil) || checkOn(t, c, "parts-user", "write", "parts-roles", "one", nil) {
		t.Error("a reader may not read, or may write")
	}
	_, err = c.Api.Users.UnassignResourceRole(t.Context(), "parts-user", "reader", "default", "parts-roles:one")
	must(t, err)
	if checkOn(t, c, "parts-user", "read", "parts-roles", "one", nil) {
		t.Error("allowed without the role")
	}
	must(t, roles.Delete(t.Context(), "parts-roles", "reader"))
	_, err = roles.Get(t.Context(), "parts-roles", "reader")
	fails(t, 404, err)
}

func TestResourceRelationsAndDerivations(t *testing.T) {
	t.Parallel()
	c := connect(t)
	addResource(t, c, "parts-folder", "read")
	addResource(t, c, "parts-doc", "read")
	for _, resource := range []string{"parts-folder", "parts-doc"} {
		_, err := c.Api.ResourceRoles.Create(t.Context(), resource, *models.NewResourceRoleCreate("editor", "Editor"))
		must(t, err)
	}
	made, err := c.Api.ResourceRelations.Create(t.Context(), "parts-doc", *models.NewRelationCreate("parent", "Parent", "parts-folder"))
	must(t, err)
	got, err := c.Api.ResourceRelations.Get(t.Context(), "parts-doc", "parent")
	must(t, err)
	list, err := c.Api.ResourceRelations.List(t.Context(), 1, 100, "parts-doc")
	must(t, err)
	if got.Id != made.Id || len(*list) != 1 || (*list)[0].Key != "parent" {
		t.Errorf("got %+v and %+v, want the relation created", got, list)
	}
	_, err = c.Api.ImplicitGrants.Create(t.Context(), "parts-doc", "editor", *models.NewDerivedRoleRuleCreate("editor", "parts-folder", "parent"))
	must(t, err)
	settings := models.NewPermitBackendSchemasSchemaDerivedRoleRuleDerivationSettings()
	settings.SetNoDirectRolesOnObject(true)
	settled, err := c.Api.ImplicitGrants.UpdateConditions(t.Context(), "parts-doc", "editor", *settings)
	must(t, err)
	if !settled.GetNoDirectRolesOnObject() {
		t.Errorf("got %+v, want what was sent", settled)
	}
	// The client names these parameters role and resource, and sends them the other way round.
	must(t, c.Api.ImplicitGrants.Delete(t.Context(), "parts-doc", "editor", *models.NewDerivedRoleRuleDelete("editor", "parts-folder", "parent")))
	fails(t, 404, c.Api.ImplicitGrants.Delete(t.Context(), "parts-doc", "editor", *models.NewDerivedRoleRuleDelete("editor", "parts-folder", "parent")))
	must(t, c.Api.ResourceRelations.Delete(t.Context(), "parts-doc", "parent"))
	_, err = c.Api.ResourceRelations.Get(t.Context(), "parts-doc", "parent")
	fails(t, 404, err)
}

func TestResourceInstancesAndTuples(t *testing.T) {
	t.Parallel()
	c := connect(t)
	instances := c.Api.ResourceInstances
	addResource(t, c, "parts-file", "read")
	_, err := c.Api.ResourceRelations.Create(t.Context(), "parts-file", *models.NewRelationCreate("parent", "Parent", "parts-file"))
	must(t, err)
	create := models.NewResourceInstanceCreate("one", "parts-file")
	create.SetTenant("default")
	made, err := instances.Create(t.Context(), *create)
	must(t, err)
	got, err := instances.Get(t.Context(), "parts-file:one")
	must(t, err)
	update := models.NewResourceInstanceUpdate()
	update.SetAttributes(map[string]any{"size": 1.0})
	changed, err := instances.Update(t.Context(), made.Id, *update)
	must(t, err)
	if got.Id != made.Id || changed.Attributes["size"] != 1.0 {
		t.Errorf("got %+v, changed %+v", got, changed)
	}
	list, err := instances.List(t.Context(), 1, 100, "default", "parts-file", "")
	must(t, err)
	detailed, err := instances.ListDetailed(t.Context(), 1, 100, "default", "parts-file", "one")
	must(t, err)
	if len(*list) != 1 || len(*detailed) != 1 || (*detailed)[0].Key != "one" {
		t.Errorf("got %+v and %+v, want the instance", list, detailed)
	}
	tuple := models.NewRelationshipTupleCreate("parts-file:one", "parent", "parts-file:two")
	_, err = c.Api.RelationshipTuples.Create(t.Context(), *tuple)
	must(t, err)
	plain, err := c.Api.RelationshipTuples.List(t.Context(), 1, 100, "default", "parts-file:one", "parent", "parts-file:two")
	must(t, err)
	filled, err := c.Api.RelationshipTuples.ListDetailed(t.Context(), 1, 100, "", "parts-file:one", "", "")
	must(t, err)
	if len(*plain) != 1 || (*plain)[0].Object != "parts-file:two" || len(*filled) != 1 || (*filled)[0].SubjectDetails == nil {
		t.Errorf("got %+v and %+v, want the tuple, then with its details", plain, filled)
	}
	must(t, instances.Delete(t.Context(), "parts-file:one"))
	_, err = instances.Get(t.Context(), "parts-file:one")
	fails(t, 404, err)
}
