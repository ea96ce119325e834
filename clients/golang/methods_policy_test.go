package golang

import (
	"testing"

	"github.com/google/uuid"
	"github.com/permitio/permit-golang/pkg/models"
)

var ofRoles = rows{
	"AddParentRole": func(t *testing.T, c *client) {
		addRole(t, c.Client, "intern")
		c.give(t, "intern")
		must(t, c.Api.Roles.AddParentRole(t.Context(), "intern", "reader"))
		is(t, c.may(t, "read"), true)
	},
	"AssignPermissions": func(t *testing.T, c *client) {
		c.give(t, "reader")
		must(t, c.Api.Roles.AssignPermissions(t.Context(), "reader", []string{"doc:write"}))
		is(t, c.may(t, "write"), true)
	},
	"BulkAssignRole": func(t *testing.T, c *client) {
		report := of(c.Api.Roles.BulkAssignRole(t.Context(), []models.RoleAssignmentCreate{*models.NewRoleAssignmentCreate("reader", "default", "ann")}))(t)
		is(t, report.GetAssignmentsCreated(), 1)
		is(t, c.may(t, "read"), true)
	},
	"BulkUnAssignRole": func(t *testing.T, c *client) {
		c.give(t, "reader")
		report := of(c.Api.Roles.BulkUnAssignRole(t.Context(), []models.RoleAssignmentRemove{*models.NewRoleAssignmentRemove("reader", "default", "ann")}))(t)
		is(t, report.GetAssignmentsRemoved(), 1)
		is(t, c.may(t, "read"), false)
	},
	"Create": func(t *testing.T, c *client) {
		create := models.NewRoleCreate("writer", "Writer")
		create.SetPermissions([]string{"doc:write"})
		made := of(c.Api.Roles.Create(t.Context(), *create))(t)
		is(t, made.Key, "writer")
		is(t, made.Permissions, []string{"doc:write"})
	},
	"Delete": func(t *testing.T, c *client) {
		must(t, c.Api.Roles.Delete(t.Context(), "reader"))
		is(t, len(of(c.Api.Roles.List(t.Context(), 1, 10))(t)), 0)
	},
	"Get": func(t *testing.T, c *client) {
		is(t, of(c.Api.Roles.Get(t.Context(), "reader"))(t).Key, "reader")
	},
	"GetById": func(t *testing.T, c *client) {
		writer := addRole(t, c.Client, "writer", "doc:write")
		is(t, of(c.Api.Roles.GetById(t.Context(), uuid.MustParse(writer.Id)))(t).Key, "writer")
	},
	"GetByKey": func(t *testing.T, c *client) {
		is(t, of(c.Api.Roles.GetByKey(t.Context(), "reader"))(t).Key, "reader")
	},
	"List": func(t *testing.T, c *client) {
		is(t, keysOf(of(c.Api.Roles.List(t.Context(), 1, 10))(t), roleKey), []string{"reader"})
	},
	"ListByAttributes": func(t *testing.T, c *client) {
		intern := models.NewRoleCreate("intern", "Intern")
		intern.SetAttributes(map[string]string{"level": "low"})
		of(c.Api.Roles.Create(t.Context(), *intern))(t)
		found := of(c.Api.Roles.ListByAttributes(t.Context(), 1, 10, map[string]any{"level": "low"}))(t)
		is(t, keysOf(found, roleKey), []string{"intern"})
	},
	"RemoveParentRole": func(t *testing.T, c *client) {
		addRole(t, c.Client, "intern")
		c.give(t, "intern")
		must(t, c.Api.Roles.AddParentRole(t.Context(), "intern", "reader"))
		must(t, c.Api.Roles.RemoveParentRole(t.Context(), "intern", "reader"))
		is(t, c.may(t, "read"), false)
	},
	"RemovePermissions": func(t *testing.T, c *client) {
		c.give(t, "reader")
		must(t, c.Api.Roles.RemovePermissions(t.Context(), "reader", []string{"doc:read"}))
		is(t, c.may(t, "read"), false)
	},
	"Update": func(t *testing.T, c *client) {
		update := models.NewRoleUpdate()
		update.SetDescription("Reads")
		is(t, of(c.Api.Roles.Update(t.Context(), "reader", *update))(t).GetDescription(), "Reads")
	},
}

var ofResourceRoles = rows{
	"AddParent": func(t *testing.T, c *client) {
		c.folders(t)
		c.resourceRole(t, "intern")
		is(t, of(c.Api.ResourceRoles.AddParent(t.Context(), "doc", "intern", "editor"))(t).Extends, []string{"editor"})
	},
	"AssignPermissions": func(t *testing.T, c *client) {
		c.folders(t)
		changed := of(c.Api.ResourceRoles.AssignPermissions(t.Context(), "doc", "editor", *models.NewAddRolePermissions([]string{"write"})))(t)
		is(t, changed.Permissions, []string{"read", "write"})
	},
	"Create": func(t *testing.T, c *client) {
		made := of(c.Api.ResourceRoles.Create(t.Context(), "doc", *models.NewResourceRoleCreate("owner", "Owner")))(t)
		is(t, []string{made.Key, made.Name}, []string{"owner", "Owner"})
	},
	"Delete": func(t *testing.T, c *client) {
		c.folders(t)
		must(t, c.Api.ResourceRoles.Delete(t.Context(), "doc", "editor"))
		is(t, len(*of(c.Api.ResourceRoles.List(t.Context(), 1, 10, "doc"))(t)), 0)
	},
	"Get": func(t *testing.T, c *client) {
		c.folders(t)
		is(t, of(c.Api.ResourceRoles.Get(t.Context(), "doc", "editor"))(t).Key, "editor")
	},
	"GetAncestors": func(t *testing.T, c *client) {
		c.inherit(t)
		is(t, keysOf(*of(c.Api.ResourceRoles.GetAncestors(t.Context(), "doc", "intern"))(t), resourceRoleKey), []string{"editor"})
	},
	"GetDescendants": func(t *testing.T, c *client) {
		c.inherit(t)
		is(t, keysOf(*of(c.Api.ResourceRoles.GetDescendants(t.Context(), "doc", "editor"))(t), resourceRoleKey), []string{"intern"})
	},
	"List": func(t *testing.T, c *client) {
		c.folders(t)
		is(t, keysOf(*of(c.Api.ResourceRoles.List(t.Context(), 1, 10, "doc"))(t), resourceRoleKey), []string{"editor"})
	},
	"RemoveParent": func(t *testing.T, c *client) {
		c.inherit(t)
		is(t, len(of(c.Api.ResourceRoles.RemoveParent(t.Context(), "doc", "intern", "editor"))(t).Extends), 0)
	},
	"RemovePermissions": func(t *testing.T, c *client) {
		c.folders(t)
		changed := of(c.Api.ResourceRoles.RemovePermissions(t.Context(), "doc", "editor", *models.NewRemoveRolePermissions([]string{"read"})))(t)
		is(t, len(changed.Permissions), 0)
	},
	"Update": func(t *testing.T, c *client) {
		c.folders(t)
		update := models.NewResourceRoleUpdate()
		update.SetDescription("Edits")
		is(t, of(c.Api.ResourceRoles.Update(t.Context(), "doc", "editor", *update))(t).GetDescription(), "Edits")
	},
}

func resourceRoleKey(r models.ResourceRoleRead) string { return r.Key }

// resourceRole gives documents a role without permissions.
func (c *client) resourceRole(t *testing.T, key string) {
	t.Helper()
	of(c.Api.ResourceRoles.Create(t.Context(), "doc", *models.NewResourceRoleCreate(key, key)))(t)
}

// inherit lets interns of documents have what their editors have.
func (c *client) inherit(t *testing.T) {
	t.Helper()
	c.folders(t)
	c.resourceRole(t, "intern")
	of(c.Api.ResourceRoles.AddParent(t.Context(), "doc", "intern", "editor"))(t)
}

var ofImplicitGrants = rows{
	"Create": func(t *testing.T, c *client) {
		c.tuple(t)
		made := of(c.Api.ImplicitGrants.Create(t.Context(), "doc", "editor", *editorOfTheFolder()))(t)
		is(t, []string{made.Role, made.OnResource, made.LinkedByRelation}, []string{"editor", "folder", "parent"})
		of(c.Api.Users.AssignResourceRole(t.Context(), "ann", "editor", "default", "folder:year"))(t)
		is(t, checkOn(t, c.Client, "ann", "read", "doc", "plan", nil), true)
	},
	"Delete": func(t *testing.T, c *client) {
		c.tuple(t)
		of(c.Api.ImplicitGrants.Create(t.Context(), "doc", "editor", *editorOfTheFolder()))(t)
		of(c.Api.Users.AssignResourceRole(t.Context(), "ann", "editor", "default", "folder:year"))(t)
		// v1.2.8 names these parameters role and resource, and sends them the other way round.
		must(t, c.Api.ImplicitGrants.Delete(t.Context(), "doc", "editor", *models.NewDerivedRoleRuleDelete("editor", "folder", "parent")))
		is(t, checkOn(t, c.Client, "ann", "read", "doc", "plan", nil), false)
	},
	"UpdateConditions": func(t *testing.T, c *client) {
		c.folders(t)
		of(c.Api.ImplicitGrants.Create(t.Context(), "doc", "editor", *editorOfTheFolder()))(t)
		settings := models.NewPermitBackendSchemasSchemaDerivedRoleRuleDerivationSettings()
		settings.SetNoDirectRolesOnObject(true)
		is(t, of(c.Api.ImplicitGrants.UpdateConditions(t.Context(), "doc", "editor", *settings))(t).GetNoDirectRolesOnObject(), true)
	},
}

// editorOfTheFolder makes editors of a folder editors of the documents in it.
func editorOfTheFolder() *models.DerivedRoleRuleCreate {
	return models.NewDerivedRoleRuleCreate("editor", "folder", "parent")
}

var ofConditionSets = rows{
	"AssignSetPermissions": func(t *testing.T, c *client) {
		c.set(t)
		made := of(c.Api.ConditionSets.AssignSetPermissions(t.Context(), "anns", "doc:write", "__autogen_doc"))(t)
		is(t, keysOf(made, func(r models.ConditionSetRuleRead) string { return r.Permission }), []string{"doc:write"})
		is(t, c.may(t, "write"), true)
	},
	"Create": func(t *testing.T, c *client) {
		create := models.NewConditionSetCreate("all", "All")
		create.SetType(models.USERSET)
		create.SetConditions(map[string]any{"user.key": map[string]any{"not-equals": "nobody"}})
		made := of(c.Api.ConditionSets.Create(t.Context(), *create))(t)
		is(t, []string{made.Key, made.Name}, []string{"all", "All"})
		is(t, made.GetType(), models.USERSET)
	},
	"Delete": func(t *testing.T, c *client) {
		c.set(t)
		must(t, c.Api.ConditionSets.Delete(t.Context(), "anns"))
		_, err := c.Api.ConditionSets.Get(t.Context(), "anns")
		fails(t, 404, err)
	},
	"Get": func(t *testing.T, c *client) {
		c.set(t)
		is(t, of(c.Api.ConditionSets.Get(t.Context(), "anns"))(t).Key, "anns")
	},
	"GetById": func(t *testing.T, c *client) {
		is(t, of(c.Api.ConditionSets.GetById(t.Context(), uuid.MustParse(c.set(t).Id)))(t).Key, "anns")
	},
	"GetByKey": func(t *testing.T, c *client) {
		c.set(t)
		is(t, of(c.Api.ConditionSets.GetByKey(t.Context(), "anns"))(t).Key, "anns")
	},
	"List": func(t *testing.T, c *client) {
		// v1.2.8 reads rows beside a total that it does not ask for, and so finds none.
		c.set(t)
		is(t, len(of(c.Api.ConditionSets.List(t.Context(), 1, 10))(t)), 0)
	},
	"ListSetPermissions": func(t *testing.T, c *client) {
		c.set(t)
		of(c.Api.ConditionSets.AssignSetPermissions(t.Context(), "anns", "doc:write", "__autogen_doc"))(t)
		found := of(c.Api.ConditionSets.ListSetPermissions(t.Context(), "anns", "write", "__autogen_doc"))(t)
		is(t, keysOf(found, func(r models.ConditionSetRuleRead) string { return r.UserSet }), []string{"anns"})
	},
	"UnassignSetPermissions": func(t *testing.T, c *client) {
		c.set(t)
		of(c.Api.ConditionSets.AssignSetPermissions(t.Context(), "anns", "doc:write", "__autogen_doc"))(t)
		must(t, c.Api.ConditionSets.UnassignSetPermissions(t.Context(), "anns", "doc:write", "__autogen_doc"))
		is(t, c.may(t, "write"), false)
	},
	"Update": func(t *testing.T, c *client) {
		c.set(t)
		update := models.NewConditionSetUpdate()
		update.SetName("Ann alone")
		is(t, of(c.Api.ConditionSets.Update(t.Context(), "anns", *update))(t).Name, "Ann alone")
	},
}

// set makes the set of users that ann alone is in.
func (c *client) set(t *testing.T) *models.ConditionSetRead {
	t.Helper()
	create := models.NewConditionSetCreate("anns", "Anns")
	create.SetType(models.USERSET)
	create.SetConditions(map[string]any{"allOf": []any{map[string]any{"user.key": map[string]any{"equals": "ann"}}}})
	return of(c.Api.ConditionSets.Create(t.Context(), *create))(t)
}
