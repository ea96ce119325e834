package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

const claimsAt = "/console/v1/projects/default/envs/dev/logto/claims"

func TestClaimsAreTheRolesOfTheUser(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	a.Roles = func(env authz.EnvID, key authz.ID, door string, user authz.UserKey) (map[authz.TenantKey][]authz.RoleKey, error) {
		if env != storetest.Env || key != "ke" || door != claimsDoor {
			t.Errorf("asked by %q of %q at %q", key, env, door)
		}
		if user == "ann" {
			return map[authz.TenantKey][]authz.RoleKey{"t1": {"admin", "viewer"}, "t2": {"viewer"}}, nil
		}
		return nil, nil
	}
	for user, want := range map[string]string{
		"ann":   `{"roles":["admin","viewer"],"tenants":{"t1":["admin","viewer"],"t2":["viewer"]}}`,
		"ghost": `{"roles":[],"tenants":{}}`,
	} {
		if w := ask(t, a, storetest.EnvSecret, "POST", claimsAt, `{"user":"`+user+`"}`); w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("%s: got %d %s, want %s", user, w.Code, w.Body, want)
		}
	}
	for body, says := range map[string]string{`{}`: "user", `{"user":""}`: "user", `{"user":"ann","tenant":"t"}`: "tenant", `{"user":1}`: "user"} {
		if w := ask(t, a, storetest.EnvSecret, "POST", claimsAt, body); w.Code/100 != 4 || !strings.Contains(w.Body.String(), says) {
			t.Errorf("%s: got %d %s, want it refused for %q", body, w.Code, w.Body, says)
		}
	}
	if w := ask(t, a, "wrong", "POST", claimsAt, `{"user":"ann"}`); w.Code != http.StatusUnauthorized {
		t.Errorf("a wrong key: got %d", w.Code)
	}
}
