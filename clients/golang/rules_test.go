package golang

import (
	"testing"

	"github.com/permitio/permit-golang/pkg/enforcement"
	"github.com/permitio/permit-golang/pkg/models"
	"github.com/permitio/permit-golang/pkg/permit"
)

// checkOn asks about one instance, with attributes that the caller passes.
func checkOn(t *testing.T, c *permit.Client, user, action, resource, key string, attributes map[string]any) bool {
	t.Helper()
	allowed, err := c.Check(
		enforcement.UserBuilder(user).Build(),
		enforcement.Action(action),
		enforcement.ResourceBuilder(resource).WithKey(key).WithTenant("default").WithAttributes(attributes).Build(),
	)
	must(t, err)
	return allowed
}

func TestRolesFlowAlongRelations(t *testing.T) {
	t.Parallel()
	c := connect(t)
	addResource(t, c, "rel-folder", "read")
	addResource(t, c, "rel-doc", "read", "write")
	addUser(t, c, "rel-user")
	relation, err := c.Api.ResourceRelations.Create(t.Context(), "rel-doc", *models.NewRelationCreate("parent", "Parent", "rel-folder"))
	must(t, err)
	if relation.SubjectResource != "rel-folder" || relation.ObjectResource != "rel-doc" {
		t.Errorf("created %+v", relation)
	}
	for resource, permission := range map[string]string{"rel-folder": "read", "rel-doc": "write"} {
		role := models.NewResourceRoleCreate("editor", "Editor")
		role.SetPermissions([]string{permission})
		_, err := c.Api.ResourceRoles.Create(t.Context(), resource, *role)
		must(t, err)
	}
	_, err = c.Api.ImplicitGrants.Create(t.Context(), "rel-doc", "editor", *models.NewDerivedRoleRuleCreate("editor", "rel-folder", "parent"))
	must(t, err)
	_, err = c.Api.Users.AssignResourceRole(t.Context(), "rel-user", "editor", "default", "rel-folder:plans")
	must(t, err)
	tuple := models.NewRelationshipTupleCreate("rel-folder:plans", "parent", "rel-doc:budget")
	if checkOn(t, c, "rel-user", "write", "rel-doc", "budget", nil) {
		t.Error("the document is not in the folder and may be written")
	}
	_, err = c.Api.RelationshipTuples.Create(t.Context(), *tuple)
	must(t, err)
	_, err = c.Api.RelationshipTuples.Create(t.Context(), *tuple)
	fails(t, 409, err)
	if !checkOn(t, c, "rel-user", "write", "rel-doc", "budget", nil) {
		t.Error("an editor of the folder may not write the document in it")
	}
	must(t, c.Api.RelationshipTuples.Delete(t.Context(), *models.NewRelationshipTupleDelete("rel-folder:plans", "parent", "rel-doc:budget")))
	if checkOn(t, c, "rel-user", "write", "rel-doc", "budget", nil) {
		t.Error("the document left the folder and may be written")
	}
}

func TestConditionSetsDecideByAttributes(t *testing.T) {
	t.Parallel()
	c := connect(t)
	addResource(t, c, "set-film", "watch")
	_, err := c.Api.ResourceAttributes.Create(t.Context(), "__user", *models.NewResourceAttributeCreate("setage", models.NUMBER))
	must(t, err)
	users := models.NewConditionSetCreate("set-adults", "Adults")
	users.SetType(models.USERSET)
	users.SetConditions(map[string]any{"allOf": []any{map[string]any{"user.setage": map[string]any{"greater-than-equals": 18}}}})
	_, err = c.Api.ConditionSets.Create(t.Context(), *users)
	must(t, err)
	films := models.NewConditionSetCreate("set-harsh", "Harsh")
	films.SetType(models.RESOURCESET)
	film := "set-film"
	films.SetResourceId(models.ResourceId{String: &film})
	films.SetConditions(map[string]any{"resource.rating": map[string]any{"greater-than": 15}})
	_, err = c.Api.ConditionSets.Create(t.Context(), *films)
	must(t, err)
	_, err = c.Api.ConditionSets.AssignSetPermissions(t.Context(), "set-adults", "set-film:watch", "set-harsh")
	must(t, err)
	listed, err := c.Api.ConditionSets.ListSetPermissions(t.Context(), "set-adults", "watch", "set-harsh")
	must(t, err)
	if len(listed) != 1 || listed[0].Permission != "set-film:watch" {
		t.Errorf("listed %+v", listed)
	}
	user := models.NewUserCreate("set-user")
	user.SetAttributes(map[string]any{"setage": 30})
	_, err = c.Api.Users.Create(t.Context(), *user)
	must(t, err)
	if !checkOn(t, c, "set-user", "watch", "set-film", "", map[string]any{"rating": 18}) || checkOn(t, c, "set-user", "watch", "set-film", "", map[string]any{"rating": 6}) {
		t.Error("the film's attribute does not decide")
	}
	must(t, c.Api.ConditionSets.Delete(t.Context(), "set-adults"))
	if checkOn(t, c, "set-user", "watch", "set-film", "", map[string]any{"rating": 18}) {
		t.Error("the set is gone and its rule still holds")
	}
}
