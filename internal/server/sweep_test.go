package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// TestWhatNoWebhookTellsReachesDecisions: organizations, members and roles that
// were there before, or come silently, with no webhook at all.
func TestWhatNoWebhookTellsReachesDecisions(t *testing.T) {
	t.Parallel()
	sim := logtosim.New(logtosim.Config{AppID: "app", AppSecret: "the-app-secret"})
	web := httptest.NewServer(sim)
	t.Cleanup(web.Close)
	sim.Import(logtosim.User{ID: "ann"}, logtosim.User{ID: "bob"})
	sim.ImportOrganizations(logtosim.Organization{ID: "acme", Name: "Acme"})
	sim.ImportMember("acme", "ann", logtosim.OrganizationRole{ID: "r1", Name: "reader"})
	h := start(t, t.TempDir(), func(c *server.Config) {
		c.DefaultRole = ""
		c.Logto.Endpoint, c.Logto.AppID, c.Logto.AppSecret, c.Logto.SweepEvery = web.URL, "app", "the-app-secret", time.Second
	})
	for path, body := range map[string]any{
		"/v2/schema/default/dev/resources": map[string]any{"key": "doc", "name": "Doc", "actions": map[string]any{"read": map[string]any{}}},
	} {
		if status, b := h.call("POST", path, body); status != http.StatusOK && status != http.StatusCreated {
			t.Fatalf("%s: %d %s", path, status, b)
		}
	}
	if status, b := h.call("POST", "/v2/schema/default/dev/roles", map[string]any{"key": "reader", "name": "Reader", "permissions": []string{"doc:read"}}); status >= 300 {
		t.Fatalf("%d %s", status, b)
	}
	allowed := func(user, tenant string) bool {
		_, b := h.call("POST", "/allowed", map[string]any{"user": map[string]any{"key": user}, "action": "read", "resource": map[string]any{"type": "doc", "tenant": tenant}})
		return strings.Contains(string(b), `"allow":true`)
	}
	h.await("the backfill", func() bool { return allowed("ann", "acme") })
	if allowed("bob", "acme") || allowed("ann", "default") {
		t.Error("somebody may what nobody gave")
	}
	sim.ImportMember("acme", "ann")
	sim.GiveRoles("bob", logtosim.Role{ID: "r2", Name: "reader", Type: "User"})
	h.await("a role taken silently, and one given", func() bool { return !allowed("ann", "acme") && allowed("bob", "default") })
	if err := sim.Delete(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	h.await("a deletion", func() bool { return !allowed("bob", "default") })
	_, b := h.call("GET", "/console/v1/status", nil)
	_, m := h.call("GET", "/metrics", nil)
	if strings.Contains(string(b)+string(m), "the-app-secret") || !strings.Contains(string(b), `"completed_since_start"`) || !strings.Contains(string(m), "gatehouse_sweeps_total") {
		t.Errorf("the status tells a secret, or no sweep: %s", b)
	}
}
