package server_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// TestAMappingThatWasSavedHoldsAfterARestart, whatever of it was done before: a house
// that stops the moment a rule is saved gives what it gives when it is back, and the
// metrics name what fails.
func TestAMappingThatWasSavedHoldsAfterARestart(t *testing.T) {
	t.Parallel()
	sim := logtosim.New(logtosim.Config{AppID: "app", AppSecret: "the-app-secret"})
	web := httptest.NewServer(sim)
	t.Cleanup(web.Close)
	sim.Import(logtosim.User{ID: "ann", CustomData: []byte(`{"plan":"gold"}`)}, logtosim.User{ID: "bob"})
	dir := t.TempDir()
	set := func(c *server.Config) {
		c.DefaultRole = ""
		c.Logto.Endpoint, c.Logto.AppID, c.Logto.AppSecret, c.Logto.SweepEvery = web.URL, "app", "the-app-secret", time.Hour
	}
	h := start(t, dir, set)
	h.must("POST", "/v2/schema/default/dev/resources", map[string]any{"key": "doc", "name": "Doc", "actions": map[string]any{"read": map[string]any{}}}, nil)
	h.must("POST", "/v2/schema/default/dev/roles", map[string]any{"key": "reader", "name": "Reader", "permissions": []string{"doc:read"}}, nil)
	none := []any{}
	h.must("PUT", "/console/v1/projects/default/envs/dev/logto/mapping", map[string]any{
		"organizations": true, "only_organizations": none, "tenants": none, "organization_roles": none, "global_roles": none,
		"global_tenant": "default", "global_everywhere": false, "attributes": none, "tenant_attributes": none,
		"rules": []any{map[string]any{"name": "gold", "condition": "user.customData.plan == 'gold'", "roles": []any{"reader"}, "tenants": []any{"default"}}},
	}, nil)
	h.stop()
	h = start(t, dir, set)
	allowed := func(user string) bool {
		_, b := h.call("POST", "/allowed", map[string]any{"user": map[string]any{"key": user}, "action": "read", "resource": map[string]any{"type": "doc", "tenant": "default"}})
		return strings.Contains(string(b), `"allow":true`)
	}
	h.await("what the rule gives", func() bool { return allowed("ann") })
	if allowed("bob") {
		t.Error("bob has what the rule does not give him")
	}
	h.await("what fails to be counted", func() bool {
		_, m := h.call("GET", "/metrics", nil)
		return strings.Contains(string(m), `gatehouse_mapping_failing{source="logto"} 1`)
	})
}
