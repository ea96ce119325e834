package golang

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/permitio/permit-golang/pkg/api"
	"github.com/permitio/permit-golang/pkg/config"
	"github.com/permitio/permit-golang/pkg/models"
)

var (
	waiting = 5 * time.Second
	orFail  = api.WaitForSyncOptions{Policy: config.FactsSyncTimeoutPolicyFail}
)

var ofUsers = rows{
	"AssignResourceRole": func(t *testing.T, c *client) {
		c.folders(t)
		given := of(c.Api.Users.AssignResourceRole(t.Context(), "ann", "editor", "default", "doc:plan"))(t)
		is(t, given.GetResourceInstance(), "doc:plan")
		is(t, given.Role, "editor")
		is(t, checkOn(t, c.Client, "ann", "read", "doc", "plan", nil), true)
	},
	"AssignRole": func(t *testing.T, c *client) {
		given := of(c.Api.Users.AssignRole(t.Context(), "ann", "reader", "default"))(t)
		is(t, []string{given.User, given.Role, given.Tenant}, []string{"ann", "reader", "default"})
		is(t, c.may(t, "read"), true)
	},
	"Create": func(t *testing.T, c *client) {
		create := models.NewUserCreate("bob")
		create.SetEmail("bob@example.com")
		made := of(c.Api.Users.Create(t.Context(), *create))(t)
		is(t, []string{made.Key, made.GetEmail()}, []string{"bob", "bob@example.com"})
	},
	"Delete": func(t *testing.T, c *client) {
		must(t, c.Api.Users.Delete(t.Context(), "ann"))
		is(t, len(of(c.Api.Users.List(t.Context(), 1, 10))(t)), 0)
	},
	"Get": func(t *testing.T, c *client) {
		is(t, of(c.Api.Users.Get(t.Context(), "ann"))(t).Key, "ann")
	},
	"GetAssignedRoles": func(t *testing.T, c *client) {
		c.give(t, "reader")
		held := of(c.Api.Users.GetAssignedRoles(t.Context(), "ann", "default", 1, 10))(t)
		is(t, keysOf(held, func(a models.RoleAssignmentRead) string { return a.Role }), []string{"reader"})
	},
	"GetById": func(t *testing.T, c *client) {
		bob := addUser(t, c.Client, "bob")
		is(t, of(c.Api.Users.GetById(t.Context(), uuid.MustParse(bob.Id)))(t).Key, "bob")
	},
	"GetByKey": func(t *testing.T, c *client) {
		is(t, of(c.Api.Users.GetByKey(t.Context(), "ann"))(t).Key, "ann")
	},
	"List": func(t *testing.T, c *client) {
		addUser(t, c.Client, "bob")
		first, second := of(c.Api.Users.List(t.Context(), 1, 1))(t), of(c.Api.Users.List(t.Context(), 2, 1))(t)
		is(t, keysOf(append(first, second...), userKey), []string{"ann", "bob"})
	},
	"SyncUser": func(t *testing.T, c *client) {
		ann := models.NewUserCreate("ann")
		ann.SetFirstName("Ann")
		is(t, of(c.Api.Users.SyncUser(t.Context(), *ann))(t).GetFirstName(), "Ann")
		is(t, of(c.Api.Users.SyncUser(t.Context(), *models.NewUserCreate("bob")))(t).Key, "bob")
	},
	"UnassignResourceRole": func(t *testing.T, c *client) {
		c.folders(t)
		of(c.Api.Users.AssignResourceRole(t.Context(), "ann", "editor", "default", "doc:plan"))(t)
		of(c.Api.Users.UnassignResourceRole(t.Context(), "ann", "editor", "default", "doc:plan"))(t)
		is(t, checkOn(t, c.Client, "ann", "read", "doc", "plan", nil), false)
	},
	"UnassignRole": func(t *testing.T, c *client) {
		c.give(t, "reader")
		of(c.Api.Users.UnassignRole(t.Context(), "ann", "reader", "default"))(t) // no user: the answer is 204, without a body
		is(t, c.may(t, "read"), false)
	},
	"Update": func(t *testing.T, c *client) {
		update := models.NewUserUpdate()
		update.SetLastName("Example")
		is(t, of(c.Api.Users.Update(t.Context(), "ann", *update))(t).GetLastName(), "Example")
	},
	"WaitForSync": func(t *testing.T, c *client) {
		c = dial(t, c.key, true)
		of(c.Api.Users.WaitForSync(&waiting, orFail).AssignRole(t.Context(), "ann", "reader", "default"))(t)
		is(t, *c.waited.Load(), "5")
		is(t, c.may(t, "read"), true)
	},
}

var ofTenants = rows{
	"Create": func(t *testing.T, c *client) {
		made := of(c.Api.Tenants.Create(t.Context(), *models.NewTenantCreate("lab", "Lab")))(t)
		is(t, []string{made.Key, made.Name}, []string{"lab", "Lab"})
	},
	"Delete": func(t *testing.T, c *client) {
		must(t, c.Api.Tenants.Delete(t.Context(), "default"))
		is(t, len(of(c.Api.Tenants.List(t.Context(), 1, 10))(t)), 0)
	},
	"Get": func(t *testing.T, c *client) {
		is(t, of(c.Api.Tenants.Get(t.Context(), "default"))(t).Key, "default")
	},
	"GetById": func(t *testing.T, c *client) {
		lab := of(c.Api.Tenants.Create(t.Context(), *models.NewTenantCreate("lab", "Lab")))(t)
		is(t, of(c.Api.Tenants.GetById(t.Context(), uuid.MustParse(lab.Id)))(t).Key, "lab")
	},
	"GetByKey": func(t *testing.T, c *client) {
		is(t, of(c.Api.Tenants.GetByKey(t.Context(), "default"))(t).Key, "default")
	},
	"List": func(t *testing.T, c *client) {
		is(t, keysOf(of(c.Api.Tenants.List(t.Context(), 1, 10))(t), tenantKey), []string{"default"})
	},
	"ListByAttributes": func(t *testing.T, c *client) {
		lab := models.NewTenantCreate("lab", "Lab")
		lab.SetAttributes(map[string]any{"region": "moon"})
		of(c.Api.Tenants.Create(t.Context(), *lab))(t)
		found := of(c.Api.Tenants.ListByAttributes(t.Context(), map[string]any{"region": "moon"}, 1, 10))(t)
		is(t, keysOf(found, tenantKey), []string{"lab"})
	},
	"ListTenantUsers": func(t *testing.T, c *client) {
		addUser(t, c.Client, "bob")
		c.give(t, "reader")
		is(t, keysOf(of(c.Api.Tenants.ListTenantUsers(t.Context(), "default", 1, 10))(t), userKey), []string{"ann"})
	},
	"Update": func(t *testing.T, c *client) {
		update := models.NewTenantUpdate()
		update.SetName("Renamed")
		is(t, of(c.Api.Tenants.Update(t.Context(), "default", *update))(t).Name, "Renamed")
	},
	"WaitForSync": func(t *testing.T, c *client) {
		c = dial(t, c.key, true)
		lab := of(c.Api.Tenants.WaitForSync(&waiting, orFail).Create(t.Context(), *models.NewTenantCreate("lab", "Lab")))(t)
		is(t, *c.waited.Load(), "5")
		is(t, lab.Key, "lab")
	},
}

var ofRoleAssignments = rows{
	"List": func(t *testing.T, c *client) {
		c.give(t, "reader")
		held := of(c.Api.RoleAssignments.List(t.Context(), 1, 10, "ann", "reader", "default"))(t)
		is(t, keysOf(*held, func(a models.RoleAssignmentRead) string { return a.User }), []string{"ann"})
	},
	"ListDetailed": func(t *testing.T, c *client) {
		c.give(t, "reader")
		held := of(c.Api.RoleAssignments.ListDetailed(t.Context(), 1, 10, "ann", "reader", "default"))(t)
		is(t, keysOf(*held, func(a models.RoleAssignmentDetailedRead) string { return a.User.Key + a.Role.Key + a.Tenant.Key }), []string{"annreaderdefault"})
	},
	"WaitForSync": func(t *testing.T, c *client) {
		c = dial(t, c.key, true)
		c.give(t, "reader")
		held := of(c.Api.RoleAssignments.WaitForSync(&waiting, orFail).List(t.Context(), 1, 10, "ann", "", ""))(t)
		is(t, *c.waited.Load(), "5")
		is(t, len(*held), 1)
	},
}

var ofResourceInstances = rows{
	"Create": func(t *testing.T, c *client) {
		made := c.instance(t)
		create := models.NewResourceInstanceCreate("budget", "doc")
		create.SetTenant("default")
		budget := of(c.Api.ResourceInstances.Create(t.Context(), *create))(t)
		is(t, []string{budget.Key, budget.Resource, budget.ResourceId}, []string{"budget", "doc", made.ResourceId})
	},
	"Delete": func(t *testing.T, c *client) {
		c.instance(t)
		must(t, c.Api.ResourceInstances.Delete(t.Context(), "doc:plan"))
		_, err := c.Api.ResourceInstances.Get(t.Context(), "doc:plan")
		fails(t, 404, err)
	},
	"Get": func(t *testing.T, c *client) {
		is(t, of(c.Api.ResourceInstances.Get(t.Context(), c.instance(t).Id))(t).Key, "plan")
	},
	"List": func(t *testing.T, c *client) {
		c.instance(t)
		is(t, keysOf(*of(c.Api.ResourceInstances.List(t.Context(), 1, 10, "default", "doc", "plan"))(t), instanceKey), []string{"plan"})
		is(t, len(*of(c.Api.ResourceInstances.List(t.Context(), 1, 10, "", "", "other"))(t)), 0)
	},
	"ListDetailed": func(t *testing.T, c *client) {
		c.instance(t)
		is(t, keysOf(*of(c.Api.ResourceInstances.ListDetailed(t.Context(), 1, 10, "default", "doc", "plan"))(t), instanceKey), []string{"plan"})
	},
	"Update": func(t *testing.T, c *client) {
		c.instance(t)
		update := models.NewResourceInstanceUpdate()
		update.SetAttributes(map[string]any{"size": 1.0})
		is(t, of(c.Api.ResourceInstances.Update(t.Context(), "doc:plan", *update))(t).Attributes, map[string]any{"size": 1.0})
	},
	"WaitForSync": func(t *testing.T, c *client) {
		c = dial(t, c.key, true)
		create := models.NewResourceInstanceCreate("plan", "doc")
		create.SetTenant("default")
		is(t, of(c.Api.ResourceInstances.WaitForSync(&waiting, orFail).Create(t.Context(), *create))(t).Key, "plan")
		is(t, *c.waited.Load(), "5")
	},
}

func instanceKey(i models.ResourceInstanceRead) string { return i.Key }

var ofRelationshipTuples = rows{
	"BulkCreate": func(t *testing.T, c *client) {
		c.folders(t)
		plan := models.NewRelationshipTupleCreate("folder:year", "parent", "doc:plan")
		plan.SetTenant("default")
		must(t, c.Api.RelationshipTuples.BulkCreate(t.Context(), *models.NewRelationshipTupleCreateBulkOperation([]models.RelationshipTupleCreate{*plan})))
		is(t, c.related(t), []string{"doc:plan"})
	},
	"BulkDelete": func(t *testing.T, c *client) {
		c.tuple(t)
		plan := models.NewRelationshipTupleDelete("folder:year", "parent", "doc:plan")
		must(t, c.Api.RelationshipTuples.BulkDelete(t.Context(), *models.NewRelationshipTupleDeleteBulkOperation([]models.RelationshipTupleDelete{*plan})))
		is(t, c.related(t), []string{})
	},
	"Create": func(t *testing.T, c *client) {
		c.folders(t)
		plan := models.NewRelationshipTupleCreate("folder:year", "parent", "doc:plan")
		plan.SetTenant("default")
		made := of(c.Api.RelationshipTuples.Create(t.Context(), *plan))(t)
		is(t, []string{made.Subject, made.Relation, made.Object, made.Tenant}, []string{"folder:year", "parent", "doc:plan", "default"})
	},
	"Delete": func(t *testing.T, c *client) {
		c.tuple(t)
		must(t, c.Api.RelationshipTuples.Delete(t.Context(), *models.NewRelationshipTupleDelete("folder:year", "parent", "doc:plan")))
		is(t, c.related(t), []string{})
	},
	"List": func(t *testing.T, c *client) {
		made := c.tuple(t)
		found := *of(c.Api.RelationshipTuples.List(t.Context(), 1, 10, "default", "folder:year", "parent", "doc:plan"))(t)
		is(t, keysOf(found, func(r models.RelationshipTupleRead) string { return r.Id }), []string{made.Id})
	},
	"ListDetailed": func(t *testing.T, c *client) {
		c.tuple(t)
		found := *of(c.Api.RelationshipTuples.ListDetailed(t.Context(), 1, 10, "default", "folder:year", "parent", "doc:plan"))(t)
		is(t, len(found), 1)
		is(t, []string{found[0].SubjectDetails.Key, found[0].ObjectDetails.Key}, []string{"year", "plan"})
	},
	"WaitForSync": func(t *testing.T, c *client) {
		c.tuple(t)
		c = dial(t, c.key, true)
		found := *of(c.Api.RelationshipTuples.WaitForSync(&waiting, orFail).List(t.Context(), 1, 10, "", "", "", ""))(t)
		is(t, *c.waited.Load(), "5")
		is(t, len(found), 1)
	},
}

// related are the documents in the folder year.
func (c *client) related(t *testing.T) []string {
	t.Helper()
	found := *of(c.Api.RelationshipTuples.List(t.Context(), 1, 10, "", "folder:year", "", ""))(t)
	return keysOf(found, func(r models.RelationshipTupleRead) string { return r.Object })
}
