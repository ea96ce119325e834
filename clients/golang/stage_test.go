package golang

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/permitio/permit-golang/pkg/config"
	"github.com/permitio/permit-golang/pkg/enforcement"
	"github.com/permitio/permit-golang/pkg/models"
	"github.com/permitio/permit-golang/pkg/permit"
	"go.uber.org/zap"
)

// A client is the published client with a key of an environment of its own.
type client struct {
	*permit.Client
	Enforcer *enforcement.PermitEnforcer // what Client decides with, which takes a context too
	key      string
	waited   atomic.Pointer[string] // the header X-Wait-Timeout of the last request
}

var environments atomic.Int64 // made by own

// own makes an environment with the resource doc, which may be read and written, the role
// reader, who may read it, and the user ann, who has no role.
func own(t *testing.T) *client {
	t.Helper()
	env := fmt.Sprintf("go-own-%d", environments.Add(1))
	organization(t, "/v2/projects/default/envs", fmt.Sprintf(`{"key":%q,"name":"Own"}`, env))
	key := organization(t, "/v2/api-key", fmt.Sprintf(`{"organization_id":"default","project_id":"default","environment_id":%q}`, env)).Secret
	c := dial(t, key, false)
	addResource(t, c.Client, "doc", "read", "write")
	addRole(t, c.Client, "reader", "doc:read")
	addUser(t, c.Client, "ann")
	return c
}

// dial returns a client with the key, whose facts go through the PDP if said so.
func dial(t *testing.T, key string, factsViaPDP bool) *client {
	t.Helper()
	address := setting(t, "GATEHOUSE_URL")
	c := &client{key: key}
	settings := config.NewConfigBuilder(key).WithApiUrl(address).WithPdpUrl(address).WithLogger(zap.NewNop()).
		WithProxyFactsViaPDP(factsViaPDP).WithHTTPClient(&http.Client{Transport: c}).Build()
	c.Client, c.Enforcer = permit.New(settings), enforcement.NewPermitEnforcerClient(&settings)
	return c
}

// RoundTrip sends a request of the client and keeps how long it asks to wait.
func (c *client) RoundTrip(r *http.Request) (*http.Response, error) {
	wait := r.Header.Get("X-Wait-Timeout")
	c.waited.Store(&wait)
	return http.DefaultTransport.RoundTrip(r)
}

// organization makes what the client has no call for, with a key of organization level.
func organization(t *testing.T, path, body string) (made struct{ Secret string }) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, setting(t, "GATEHOUSE_URL")+path, strings.NewReader(body))
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+setting(t, "GATEHOUSE_ORG_API_KEY"))
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("POST %s: got %s, want 200", path, res.Status)
	}
	must(t, json.NewDecoder(res.Body).Decode(&made))
	return made
}

// of is the answer of a call that must succeed: of(c.Api.Users.Get(ctx, "ann"))(t).
func of[V any](answer V, err error) func(*testing.T) V {
	return func(t *testing.T) V {
		t.Helper()
		must(t, err)
		return answer
	}
}

// is wants an answer to be this one.
func is[V any](t *testing.T, got, want V) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// give gives ann a role in the tenant default.
func (c *client) give(t *testing.T, role string) {
	t.Helper()
	of(c.Api.Users.AssignRole(t.Context(), "ann", role, "default"))(t)
}

// may says whether ann may act on docs in the tenant default.
func (c *client) may(t *testing.T, action string) bool {
	t.Helper()
	return check(t, c.Client, "ann", action, "doc")
}

// folders adds the resource folder, of which docs are in, and to both the role editor.
func (c *client) folders(t *testing.T) {
	t.Helper()
	addResource(t, c.Client, "folder", "read")
	of(c.Api.ResourceRelations.Create(t.Context(), "doc", *models.NewRelationCreate("parent", "Parent", "folder")))(t)
	for _, resource := range []string{"folder", "doc"} {
		editor := models.NewResourceRoleCreate("editor", "Editor")
		editor.SetPermissions([]string{"read"})
		of(c.Api.ResourceRoles.Create(t.Context(), resource, *editor))(t)
	}
}

// tuple puts the document plan into the folder year.
func (c *client) tuple(t *testing.T) *models.RelationshipTupleRead {
	t.Helper()
	c.folders(t)
	create := models.NewRelationshipTupleCreate("folder:year", "parent", "doc:plan")
	create.SetTenant("default")
	return of(c.Api.RelationshipTuples.Create(t.Context(), *create))(t)
}

// instance makes the document plan.
func (c *client) instance(t *testing.T) *models.ResourceInstanceRead {
	t.Helper()
	create := models.NewResourceInstanceCreate("plan", "doc")
	create.SetTenant("default")
	return of(c.Api.ResourceInstances.Create(t.Context(), *create))(t)
}
