package golang

import (
	"testing"

	"github.com/permitio/permit-golang/pkg/models"
)

func TestRolesAreAssignedManyAtATime(t *testing.T) {
	t.Parallel()
	c := connect(t)
	var give []models.RoleAssignmentCreate
	var take []models.RoleAssignmentRemove
	for _, user := range []string{"gobulk-ann", "gobulk-bob"} {
		addUser(t, c, user)
		give = append(give, *models.NewRoleAssignmentCreate("viewer", "default", user))
		take = append(take, *models.NewRoleAssignmentRemove("viewer", "default", user))
	}
	for _, want := range []int32{2, 0} {
		report, err := c.Api.Roles.BulkAssignRole(t.Context(), give)
		must(t, err)
		if report.GetAssignmentsCreated() != want {
			t.Errorf("got %d assignments, want %d", report.GetAssignmentsCreated(), want)
		}
	}
	if !check(t, c, "gobulk-bob", "view", "reports") {
		t.Error("a viewer may not view")
	}
	for _, want := range []int32{2, 0} {
		report, err := c.Api.Roles.BulkUnAssignRole(t.Context(), take)
		must(t, err)
		if report.GetAssignmentsRemoved() != want {
			t.Errorf("got %d assignments taken, want %d", report.GetAssignmentsRemoved(), want)
		}
	}
	_, err := c.Api.Roles.BulkAssignRole(t.Context(), append(give, *models.NewRoleAssignmentCreate("viewer", "default", "gobulk-nobody")))
	fails(t, 404, err)
	if check(t, c, "gobulk-bob", "view", "reports") {
		t.Error("a refused call gave a role")
	}
}

func TestTuplesAreMadeManyAtATime(t *testing.T) {
	t.Parallel()
	c := connect(t)
	addResource(t, c, "gobulk-folder", "read")
	addResource(t, c, "gobulk-doc", "read")
	_, err := c.Api.ResourceRelations.Create(t.Context(), "gobulk-doc", *models.NewRelationCreate("parent", "Parent", "gobulk-folder"))
	must(t, err)
	var give []models.RelationshipTupleCreate
	var take []models.RelationshipTupleDelete
	for _, object := range []string{"gobulk-doc:a", "gobulk-doc:b"} {
		tuple := models.NewRelationshipTupleCreate("gobulk-folder:plans", "parent", object)
		tuple.SetTenant("default")
		give = append(give, *tuple)
		take = append(take, *models.NewRelationshipTupleDelete("gobulk-folder:plans", "parent", object))
	}
	must(t, c.Api.RelationshipTuples.BulkCreate(t.Context(), *models.NewRelationshipTupleCreateBulkOperation(give)))
	must(t, c.Api.RelationshipTuples.BulkCreate(t.Context(), *models.NewRelationshipTupleCreateBulkOperation(give)))
	must(t, c.Api.RelationshipTuples.BulkDelete(t.Context(), *models.NewRelationshipTupleDeleteBulkOperation(take)))
	fails(t, 404, c.Api.RelationshipTuples.BulkDelete(t.Context(), *models.NewRelationshipTupleDeleteBulkOperation(take)))
}
