package server_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// as is call with another key.
func (h *house) as(secret, method, path string, body any) (int, []byte) {
	h.t.Helper()
	other := *h
	other.key = secret
	return other.call(method, path, body)
}

// mustAs is must with another key.
func (h *house) mustAs(secret, method, path string, body, out any) {
	h.t.Helper()
	other := *h
	other.key = secret
	other.must(method, path, body, out)
}

// founded makes an environment with the guide's schema by copy and ann as a viewer,
// and returns the secret of its own key.
func (h *house) founded(key string) string {
	h.t.Helper()
	h.mustAs(orgAPIKey, "POST", "/v2/projects/default/envs/dev/copy", object{"target_env": object{"new": object{"key": key, "name": key}}}, nil)
	var own struct{ Secret string }
	h.mustAs(orgAPIKey, "GET", "/v2/api-key/default/"+key, nil, &own)
	h.mustAs(own.Secret, "POST", "/v2/facts/default/"+key+"/users", object{"key": "ann", "role_assignments": []object{{"role": "viewer", "tenant": "default"}}}, nil)
	return own.Secret
}

func (h *house) mayAs(secret string) (status int, allow bool) {
	h.t.Helper()
	status, b := h.as(secret, "POST", "/allowed", object{"user": object{"key": "ann"}, "action": "view", "resource": object{"type": "reports", "tenant": "default"}})
	return status, strings.Contains(string(b), `"allow":true`)
}

// TestAnEnvironmentDecidesFromItsFirstMomentToItsLast: without a restart, and apart
// from the others.
func TestAnEnvironmentDecidesFromItsFirstMomentToItsLast(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := start(t, dir, nil)
	h.schema()
	secret := h.founded("stage")
	if status, allow := h.mayAs(secret); status != http.StatusOK || !allow {
		t.Errorf("got %d, %v in the environment, want allowed", status, allow)
	}
	h.deliver(http.Header{}, []byte("{}"))
	if _, b := h.as(secret, "GET", "/console/v1/status", nil); !strings.Contains(string(b), `"sources":[]`) || !strings.Contains(string(b), `"worst":[]`) {
		t.Errorf("got %s, want nothing of a source that feeds another environment", b)
	}
	if status, allow := h.mayAs(apiKey); status != http.StatusOK || allow {
		t.Errorf("got %d, %v in the other environment, want denied", status, allow)
	}
	h.stop()
	h = start(t, dir, nil)
	if _, allow := h.mayAs(secret); !allow {
		t.Error("denied after a restart: its key or its rules are lost")
	}
	var again struct{ Secret string }
	h.mustAs(orgAPIKey, "GET", "/v2/api-key/default/stage", nil, &again)
	if again.Secret != secret {
		t.Error("the secret is not shown again after a restart")
	}
	h.mustAs(orgAPIKey, "DELETE", "/v2/projects/default/envs/stage", nil, nil)
	if status, _ := h.as(secret, "GET", "/v2/api-key/scope", nil); status != http.StatusUnauthorized {
		t.Errorf("got %d after the deletion, want 401", status)
	}
	if status, allow := h.mayAs(secret); status != http.StatusForbidden || allow { // what the PDP says to a key that is none
		t.Errorf("got %d, %v after the deletion, want 403", status, allow)
	}
	if status, _ := h.as(orgAPIKey, "GET", "/v2/facts/default/stage/users", nil); status != http.StatusNotFound {
		t.Errorf("got %d after the deletion, want 404", status)
	}
	if status, _ := h.call("GET", "/readyz", nil); status != http.StatusOK {
		t.Errorf("got %d, want ready", status)
	}
}

// TestTheEnvironmentThatASourceFeedsStays, while one that nothing feeds may go, even
// the last.
func TestTheEnvironmentThatASourceFeedsStays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := start(t, dir, nil)
	for _, path := range []string{"/v2/projects/default/envs/dev", "/v2/projects/default"} {
		if status, b := h.as(orgAPIKey, "DELETE", path, nil); status != http.StatusConflict || !strings.Contains(string(b), "logto") {
			t.Errorf("DELETE %s: got %d %s, want 409 and the source", path, status, b)
		}
	}
	h.stop()
	without := func(c *server.Config) { c.Logto = server.Logto{} }
	h = start(t, dir, without)
	h.mustAs(orgAPIKey, "DELETE", "/v2/projects/default", nil, nil)
	h.stop()
	h = start(t, dir, nil)
	if status := h.deliver(http.Header{}, []byte("{}")); status != http.StatusUnauthorized {
		t.Errorf("got %d for an unsigned delivery, want 401", status)
	}
	h.mustAs(orgAPIKey, "POST", "/v2/projects", object{"key": "again", "name": "Again"}, nil)
	if status, _ := h.as(orgAPIKey, "GET", "/v2/facts/again/production/tenants", nil); status != http.StatusOK {
		t.Errorf("got %d, want 200", status)
	}
}

// TestWritesToADyingEnvironmentLeaveNothing: writers go on while it is deleted, and
// are told that it is gone. One made under the same key begins empty.
func TestWritesToADyingEnvironmentLeaveNothing(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir(), nil)
	h.schema()
	for round := range 5 {
		secret := h.founded("dying")
		var wait sync.WaitGroup
		begun := make(chan struct{}, 4)
		for writer := range 4 {
			wait.Go(func() {
				for i := 0; ; i++ {
					status, b := h.as(secret, "POST", "/v2/facts/default/dying/users", object{"key": fmt.Sprintf("u-%d-%d", writer, i)})
					if i == 0 {
						begun <- struct{}{}
					}
					if status == http.StatusOK {
						continue
					}
					if status != http.StatusUnauthorized && status != http.StatusForbidden && status != http.StatusNotFound && status != http.StatusServiceUnavailable {
						t.Errorf("got %d %s, want to be told that it is gone", status, b)
					}
					return
				}
			})
		}
		for range 4 {
			<-begun
		}
		h.mustAs(orgAPIKey, "DELETE", "/v2/projects/default/envs/dying", nil, nil)
		wait.Wait()
		h.mustAs(orgAPIKey, "POST", "/v2/projects/default/envs", object{"key": "dying", "name": "Again"}, nil)
		var list struct {
			Total int `json:"total_count"`
		}
		h.mustAs(orgAPIKey, "GET", "/v2/facts/default/dying/users", nil, &list)
		if list.Total != 0 {
			t.Errorf("round %d: %d users are in an environment that was just made", round, list.Total)
		}
		h.mustAs(orgAPIKey, "DELETE", "/v2/projects/default/envs/dying", nil, nil)
	}
}

// TestAccessCountsAtEveryDoor: a key that may read decides, and one that may nothing
// is turned away everywhere.
func TestAccessCountsAtEveryDoor(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir(), nil)
	for access, want := range map[string]int{"admin": 200, "write": 200, "read": 200, "no_access": 403} {
		var made struct{ Secret string }
		h.mustAs(orgAPIKey, "POST", "/v2/api-key", object{
			"organization_id": "default", "project_id": "default", "environment_id": "dev", "access_level": access,
		}, &made)
		evaluation := object{"subject": object{"type": "user", "id": "ann"}, "action": object{"name": "view"}, "resource": object{"type": "reports", "id": "1"}}
		for path, body := range map[string]object{
			"/allowed": {"user": object{"key": "ann"}, "action": "view", "resource": object{"type": "reports"}}, "/access/v1/evaluation": evaluation,
		} {
			if status, b := h.as(made.Secret, "POST", path, body); status != want {
				t.Errorf("%s with access %s: got %d %s, want %d", path, access, status, b, want)
			}
		}
		if status, b := h.as(made.Secret, "GET", "/console/v1/status", nil); status != want {
			t.Errorf("status with access %s: got %d %s, want %d", access, status, b, want)
		}
		if status, _ := h.as(made.Secret, "GET", "/metrics", nil); (status == 200) != (want == 200) {
			t.Errorf("metrics with access %s: got %d", access, status)
		}
	}
}

// TestTheMasterKeyIsAFileForItsOwnerAlone, which is made once.
func TestTheMasterKeyIsAFileForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start(t, dir, nil).stop()
	path := filepath.Join(dir, "master.key")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("got %v (%v), want a file of mode 0600", info, err)
	}
	was, _ := os.ReadFile(path)
	start(t, dir, nil).stop()
	if is, err := os.ReadFile(path); err != nil || string(is) != string(was) {
		t.Errorf("a second start changed it (%v)", err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := server.New(t.Context(), server.Config{Listen: "127.0.0.1:0", DataDir: dir}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want to be told of the broken file", err)
	}
}
