package golang

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/permitio/permit-golang/pkg/enforcement"
	"github.com/permitio/permit-golang/pkg/models"
)

var (
	ann      = enforcement.UserBuilder("ann").Build()
	document = enforcement.ResourceBuilder("doc").WithTenant("default").Build()
	// toRead and toWrite ask whether ann may do so.
	toRead    = *enforcement.NewCheckRequest(ann, "read", document, nil)
	toWrite   = *enforcement.NewCheckRequest(ann, "write", document, nil)
	onThisDay = map[string]string{"day": "today"}
)

var ofClient = rows{
	"AllTenantsCheck": func(t *testing.T, c *client) {
		c.give(t, "reader")
		is(t, keysOf(of(c.AllTenantsCheck(ann, "read", document))(t), tenantOf), []string{"default"})
		is(t, len(of(c.AllTenantsCheck(ann, "write", document))(t)), 0)
	},
	"BulkCheck": func(t *testing.T, c *client) {
		c.give(t, "reader")
		is(t, of(c.BulkCheck(toWrite, toRead))(t), []bool{false, true})
	},
	"Check": func(t *testing.T, c *client) {
		c.give(t, "reader")
		is(t, of(c.Check(ann, "read", document))(t), true)
		is(t, of(c.Check(ann, "write", document))(t), false)
	},
	"FilterObjects": func(t *testing.T, c *client) {
		c.give(t, "reader")
		here, there := c.things()
		is(t, of(c.FilterObjects(ann, "read", onThisDay, there, here))(t), []enforcement.ResourceI{here})
	},
	"GetUserPermissions": func(t *testing.T, c *client) {
		c.give(t, "reader")
		is(t, of(c.GetUserPermissions(ann))(t)["__tenant:default"].Permissions, []string{"doc:read"})
		is(t, len(of(c.GetUserPermissions(ann, "elsewhere"))(t)), 0)
	},
	"GetUserPermissionsWithOptions": func(t *testing.T, c *client) {
		c.give(t, "reader")
		tenants, types := enforcement.WithTenants([]string{"default"}), enforcement.WithResourceTypes([]string{"__tenant"})
		is(t, of(c.GetUserPermissionsWithOptions(ann, tenants, types))(t)["__tenant:default"].Roles, []string{"reader"})
	},
	"SyncUser": func(t *testing.T, c *client) {
		is(t, of(c.SyncUser(t.Context(), *models.NewUserCreate("bob")))(t).Key, "bob")
		bob := models.NewUserCreate("bob")
		bob.SetEmail("bob@example.com")
		is(t, of(c.SyncUser(t.Context(), *bob))(t).GetEmail(), "bob@example.com")
	},
}

// ofEnforcer are the calls behind those of the client, which take a context too.
var ofEnforcer = rows{
	"AllTenantsCheck": func(t *testing.T, c *client) {
		c.today(t)
		is(t, keysOf(of(c.Enforcer.AllTenantsCheck(ann, "write", document, onThisDay))(t), tenantOf), []string{"default"})
	},
	"BulkCheck": func(t *testing.T, c *client) {
		c.today(t)
		is(t, of(c.Enforcer.BulkCheck(toWrite, *enforcement.NewCheckRequest(ann, "write", document, onThisDay)))(t), []bool{false, true})
	},
	"Check": func(t *testing.T, c *client) {
		c.today(t)
		is(t, of(c.Enforcer.Check(ann, "write", document, onThisDay))(t), true)
		is(t, of(c.Enforcer.Check(ann, "write", document))(t), false)
	},
	"FilterObjects": func(t *testing.T, c *client) {
		c.today(t)
		here, _ := c.things()
		is(t, of(c.Enforcer.FilterObjects(ann, "write", onThisDay, here))(t), []enforcement.ResourceI{here})
		is(t, len(of(c.Enforcer.FilterObjects(ann, "write", nil, here))(t)), 0)
	},
	"GetUserPermissions": func(t *testing.T, c *client) {
		c.give(t, "reader")
		is(t, of(c.Enforcer.GetUserPermissions(ann, "default"))(t)["__tenant:default"].Permissions, []string{"doc:read"})
	},
	"GetUserPermissionsWithOptions": func(t *testing.T, c *client) {
		c.give(t, "reader")
		is(t, len(of(c.Enforcer.GetUserPermissionsWithOptions(ann, enforcement.WithTenants([]string{"elsewhere"})))(t)), 0)
	},
}

func tenantOf(d enforcement.TenantDetails) string { return d.Key }

// things are a document in the tenant default and one in a tenant that is not there.
func (c *client) things() (here, there *enforcement.Resource) {
	in := func(tenant string) *enforcement.Resource {
		r := enforcement.ResourceBuilder("doc").WithKey("plan").WithTenant(tenant).Build()
		return &r
	}
	return in("default"), in("elsewhere")
}

// today lets everybody write documents where the context says that it is today.
func (c *client) today(t *testing.T) {
	t.Helper()
	create := models.NewConditionSetCreate("today", "Today")
	create.SetType(models.USERSET)
	create.SetConditions(map[string]any{"allOf": []any{map[string]any{"context.day": map[string]any{"equals": "today"}}}})
	of(c.Api.ConditionSets.Create(t.Context(), *create))(t)
	of(c.Api.ConditionSets.AssignSetPermissions(t.Context(), "today", "doc:write", "__autogen_doc"))(t)
}

var ofApi = rows{
	"SetContext": func(t *testing.T, _ *client) {
		c := dial(t, setting(t, "GATEHOUSE_ORG_API_KEY"), false)
		_, err := c.Api.Roles.Get(t.Context(), "viewer")
		is(t, err != nil, true) // a key of the organization is of no environment
		c.Api.SetContext(t.Context(), "default", "dev")
		is(t, of(c.Api.Roles.Get(t.Context(), "viewer"))(t).Key, "viewer")
	},
}

var ofElements = rows{
	"LoginAs": func(t *testing.T, c *client) {
		// Elements are not offered, which is said.
		_, err := c.Api.Elements.LoginAs(t.Context(), models.UserLoginRequestInput{UserId: "ann", TenantId: "default"})
		is(t, strings.Contains(fails(t, 501, err), "Gatehouse does not offer "), true)
	},
}

var ofProjects = rows{
	"Create": func(t *testing.T, _ *client) {
		c, made := project(t)
		is(t, of(c.Api.Projects.Create(t.Context(), *models.NewProjectCreate(made.Key+"-b", "Other")))(t).Name, "Other")
	},
	"Delete": func(t *testing.T, _ *client) {
		c, made := project(t)
		must(t, c.Api.Projects.Delete(t.Context(), made.Key))
		_, err := c.Api.Projects.Get(t.Context(), made.Key)
		fails(t, 404, err)
	},
	"Get": func(t *testing.T, _ *client) {
		c, made := project(t)
		is(t, of(c.Api.Projects.Get(t.Context(), made.Key))(t).Id, made.Id)
	},
	"GetById": func(t *testing.T, _ *client) {
		c, made := project(t)
		is(t, of(c.Api.Projects.GetById(t.Context(), uuid.MustParse(made.Id)))(t).Key, made.Key)
	},
	"GetByKey": func(t *testing.T, _ *client) {
		c, made := project(t)
		is(t, of(c.Api.Projects.GetByKey(t.Context(), made.Key))(t).Id, made.Id)
	},
	"List": func(t *testing.T, _ *client) {
		c, made := project(t)
		list := of(c.Api.Projects.List(t.Context(), 1, 100))(t)
		is(t, slices.Contains(keysOf(list, func(p models.ProjectRead) string { return p.Key }), made.Key), true)
	},
	"Update": func(t *testing.T, _ *client) {
		c, made := project(t)
		update := models.NewProjectUpdate()
		update.SetName("Renamed")
		is(t, of(c.Api.Projects.Update(t.Context(), made.Key, *update))(t).Name, "Renamed")
	},
}

// project makes a project of the row's name, with a key of the organization.
func project(t *testing.T) (*client, *models.ProjectRead) {
	t.Helper()
	c := dial(t, setting(t, "GATEHOUSE_ORG_API_KEY"), false)
	_, method, _ := strings.Cut(t.Name(), ".")
	return c, of(c.Api.Projects.Create(t.Context(), *models.NewProjectCreate("go-"+strings.ToLower(method), "Project")))(t)
}

var ofEnvironments = rows{
	"Create": func(t *testing.T, _ *client) {
		c, made := environment(t)
		is(t, of(c.Api.Environments.Create(t.Context(), *models.NewEnvironmentCreate(made.Key+"-b", "Other")))(t).Name, "Other")
	},
	"Delete": func(t *testing.T, _ *client) {
		c, made := environment(t)
		must(t, c.Api.Environments.Delete(t.Context(), made.Key))
		_, err := c.Api.Environments.Get(t.Context(), made.Key)
		fails(t, 404, err)
	},
	"Get": func(t *testing.T, _ *client) {
		c, made := environment(t)
		is(t, of(c.Api.Environments.Get(t.Context(), made.Key))(t).Id, made.Id)
	},
	"GetById": func(t *testing.T, _ *client) {
		c, made := environment(t)
		is(t, of(c.Api.Environments.GetById(t.Context(), uuid.MustParse(made.Id)))(t).Key, made.Key)
	},
	"GetByKey": func(t *testing.T, _ *client) {
		c, made := environment(t)
		is(t, of(c.Api.Environments.GetByKey(t.Context(), made.Key))(t).Id, made.Id)
	},
	"List": func(t *testing.T, _ *client) {
		c, made := environment(t)
		list := of(c.Api.Environments.List(t.Context(), 1, 100))(t)
		is(t, slices.Contains(keysOf(list, func(e models.EnvironmentRead) string { return e.Key }), made.Key), true)
	},
	"Update": func(t *testing.T, _ *client) {
		c, made := environment(t)
		update := models.NewEnvironmentUpdate()
		update.SetDescription("Changed")
		is(t, of(c.Api.Environments.Update(t.Context(), made.Key, *update))(t).GetDescription(), "Changed")
	},
}

// environment makes an environment of the row's name in a project of its own, with a key
// of that project.
func environment(t *testing.T) (*client, *models.EnvironmentRead) {
	t.Helper()
	_, method, _ := strings.Cut(t.Name(), ".")
	name := "go-envs-" + strings.ToLower(method)
	organization(t, "/v2/projects", `{"key":"`+name+`","name":"Project"}`)
	c := dial(t, organization(t, "/v2/api-key", `{"organization_id":"default","object_type":"project","project_id":"`+name+`"}`).Secret, false)
	return c, of(c.Api.Environments.Create(t.Context(), *models.NewEnvironmentCreate(name, "Own")))(t)
}
