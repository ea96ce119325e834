package server_test

import (
	"os"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// TestTheClaimsOfATokenAreWhatTheEngineSays, from the first token on.
func TestTheClaimsOfATokenAreWhatTheEngineSays(t *testing.T) {
	t.Parallel()
	h, logto := unheard(t, nil)
	h.must("POST", "/v2/schema/default/dev/roles", object{"key": "editor", "name": "Editor", "permissions": []string{"reports:edit"}}, nil)
	logto.Import(logtosim.User{ID: "ann"}, logtosim.User{ID: "bob", IsSuspended: true})
	logto.ImportOrganizations(logtosim.Organization{ID: "acme", Name: "Acme"})
	logto.ImportMember("acme", "ann", logtosim.OrganizationRole{ID: "r1", Name: "editor"})
	for user, want := range map[string]string{
		"ann":   `{"roles":["editor","viewer"],"tenants":{"acme":["editor"],"default":["viewer"]}}`,
		"bob":   `{"roles":[],"tenants":{}}`,
		"ghost": `{"roles":[],"tenants":{}}`,
	} {
		status, b := h.call("POST", "/console/v1/projects/default/envs/dev/logto/claims", object{"user": user})
		if got := strings.TrimSpace(string(b)); status != 200 || got != want {
			t.Errorf("%s: got %d %s, want %s", user, status, got, want)
		}
	}
}

// TestTheScriptAsksTheRouteThatThereIs keeps the script of the documentation and the
// server together.
func TestTheScriptAsksTheRouteThatThereIs(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../../docs/logto-claims.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"/console/v1/projects/${encodeURIComponent(project)}/envs/${encodeURIComponent(env)}/logto/claims", "JSON.stringify({ user: context.user.id })", "api.denyAccess("} {
		if !strings.Contains(string(script), part) {
			t.Errorf("the script does not hold %s", part)
		}
	}
}
