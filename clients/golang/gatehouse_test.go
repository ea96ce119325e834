package golang

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/permitio/permit-golang/pkg/config"
	"github.com/permitio/permit-golang/pkg/enforcement"
	permiterrors "github.com/permitio/permit-golang/pkg/errors"
	"github.com/permitio/permit-golang/pkg/models"
	"github.com/permitio/permit-golang/pkg/permit"
	"go.uber.org/zap"
)

// connect returns a client of the Gatehouse under test.
func connect(t *testing.T) *permit.Client {
	t.Helper()
	return connectWith(t, setting(t, "GATEHOUSE_API_KEY"))
}

func connectWith(t *testing.T, key string) *permit.Client {
	t.Helper()
	address := setting(t, "GATEHOUSE_URL")
	return permit.New(config.NewConfigBuilder(key).
		WithApiUrl(address).
		WithPdpUrl(address).
		WithLogger(zap.NewNop()).
		Build())
}

func setting(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf(`%s is not set; "go test ./clients" in the root of the repository starts a Gatehouse and sets it`, name)
	}
	return value
}

// must ends the test if err is not nil.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fails wants err to be an answer with this HTTP status, and returns its body.
func fails(t *testing.T, status int, err error) string {
	t.Helper()
	e, ok := errors.AsType[permiterrors.PermitError](err)
	if !ok || e.StatusCode != status {
		t.Fatalf("got error %v (status %d), want status %d", err, e.StatusCode, status)
	}
	return e.ResponseBody
}

// check asks whether the user may act on a resource of the type in the tenant
// default; a check must not fail.
func check(t *testing.T, c *permit.Client, user, action, resource string) bool {
	t.Helper()
	return checkIn(t, c, "default", user, action, resource)
}

func checkIn(t *testing.T, c *permit.Client, tenant, user, action, resource string) bool {
	t.Helper()
	allowed, err := c.Check(
		enforcement.UserBuilder(user).Build(),
		enforcement.Action(action),
		enforcement.ResourceBuilder(resource).WithTenant(tenant).Build(),
	)
	must(t, err)
	return allowed
}

// addUser makes a user that holds the roles in the tenant default.
func addUser(t *testing.T, c *permit.Client, key string, roles ...string) *models.UserRead {
	t.Helper()
	user, err := c.Api.Users.Create(t.Context(), *models.NewUserCreate(key))
	must(t, err)
	for _, role := range roles {
		_, err := c.Api.Users.AssignRole(t.Context(), key, role, "default")
		must(t, err)
	}
	return user
}

// addResource makes a resource with the actions.
func addResource(t *testing.T, c *permit.Client, key string, actions ...string) *models.ResourceRead {
	t.Helper()
	resource, err := c.Api.Resources.Create(t.Context(), *models.NewResourceCreate(key, strings.ToUpper(key), blocks(actions...)))
	must(t, err)
	return resource
}

func blocks(actions ...string) map[string]models.ActionBlockEditable {
	m := map[string]models.ActionBlockEditable{}
	for _, a := range actions {
		m[a] = *models.NewActionBlockEditable()
	}
	return m
}

// addRole makes a role with the permissions.
func addRole(t *testing.T, c *permit.Client, key string, permissions ...string) *models.RoleRead {
	t.Helper()
	create := models.NewRoleCreate(key, strings.ToUpper(key))
	create.SetPermissions(permissions)
	role, err := c.Api.Roles.Create(t.Context(), *create)
	must(t, err)
	return role
}

// keysOf returns the key of each row.
func keysOf[T any](rows []T, key func(T) string) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		out[i] = key(row)
	}
	return out
}

func userKey(u models.UserRead) string         { return u.Key }
func tenantKey(t models.TenantRead) string     { return t.Key }
func roleKey(r models.RoleRead) string         { return r.Key }
func resourceKey(r models.ResourceRead) string { return r.Key }
