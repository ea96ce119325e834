package server_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// withLogto starts a house and a stand-in Logto that posts its webhooks to it.
func withLogto(t *testing.T) (*house, *logtosim.Sim) {
	t.Helper()
	sim, settings := standIn(t)
	h := start(t, t.TempDir(), func(c *server.Config) { c.Logto = settings })
	sim.SetWebhookURL(h.url + "/hooks/logto")
	return h, sim
}

// signUp registers a person and waits until the webhooks have been answered.
func signUp(t *testing.T, sim *logtosim.Sim, name string) string {
	t.Helper()
	u, err := sim.SignUp(t.Context(), logtosim.SignUp{Username: strings.ToLower(strings.Fields(name)[0]), Name: name})
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return u.ID
}

func TestASignUpBecomesAPermission(t *testing.T) {
	t.Parallel()
	h, sim := withLogto(t)
	h.schema()
	ann := signUp(t, sim, "Ann Lee Jones")
	h.await("ann to be allowed to view", func() bool { return h.allowed(ann, "view") })
	if h.allowed(ann, "edit") {
		t.Error("a viewer may edit")
	}
	if h.allowed("nobody", "view") {
		t.Error("somebody unknown may view")
	}
	p := h.people()[ann]
	if *p.FirstName != "Ann" || *p.LastName != "Lee Jones" {
		t.Errorf("got the name %q %q, want Ann, Lee Jones", *p.FirstName, *p.LastName)
	}
}

func TestSuspensionTakesAllPermissionsAndGivesThemBack(t *testing.T) {
	t.Parallel()
	h, sim := withLogto(t)
	h.schema()
	ann := signUp(t, sim, "Ann")
	h.await("ann to be allowed to view", func() bool { return h.allowed(ann, "view") })
	h.must("POST", "/v2/schema/default/dev/roles", object{"key": "editor", "name": "Editor", "permissions": []string{"reports:edit"}}, nil)
	h.must("POST", "/v2/facts/default/dev/role_assignments", object{"user": ann, "role": "editor", "tenant": "default"}, nil)

	if _, err := sim.Suspend(t.Context(), ann, true); err != nil {
		t.Fatal(err)
	}
	h.await("ann to be denied", func() bool { return !h.allowed(ann, "view") && !h.allowed(ann, "edit") })
	// A write through the API, by somebody who knows of no suspension, does not end it.
	h.must("PUT", "/v2/facts/default/dev/users/"+ann, object{"key": ann, "first_name": "Ann"}, nil)
	if h.allowed(ann, "view") {
		t.Error("a sync by API ended the suspension")
	}
	if _, err := sim.Suspend(t.Context(), ann, false); err != nil {
		t.Fatal(err)
	}
	// Both roles are back, the one Logto's sign-up gave and the one a person gave.
	h.await("ann to be allowed again", func() bool { return h.allowed(ann, "view") && h.allowed(ann, "edit") })
}

func TestADeletedUserGoes(t *testing.T) {
	t.Parallel()
	h, sim := withLogto(t)
	h.schema()
	ann := signUp(t, sim, "Ann")
	h.await("ann to be known", func() bool { return h.allowed(ann, "view") })
	if err := sim.Delete(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	h.await("ann to be gone", func() bool {
		status, _ := h.call("GET", "/v2/facts/default/dev/users/"+ann, nil)
		return status == http.StatusNotFound
	})
	// The tables have the deletion a moment before the engine.
	h.await("ann to be allowed nothing", func() bool { return !h.allowed(ann, "view") })
}

// TestAnAssignmentWaitsForItsRole: where the default role does not exist yet the
// user is there all the same, the waiting is seen, and it ends by itself.
func TestAnAssignmentWaitsForItsRole(t *testing.T) {
	t.Parallel()
	h, sim := withLogto(t)
	ann := signUp(t, sim, "Ann")
	h.settled()
	if _, ok := h.people()[ann]; !ok {
		t.Error("ann is not there")
	}
	var status struct {
		Pending []struct{ User, Role, Tenant string } `json:"pending_assignments"`
	}
	h.must("GET", "/console/v1/status", nil, &status)
	if len(status.Pending) != 1 || status.Pending[0].User != ann || status.Pending[0].Role != "viewer" {
		t.Errorf("got the pending assignments %v, want viewer for %s", status.Pending, ann)
	}
	h.schema() // makes the role
	if !h.allowed(ann, "view") {
		t.Error("the role is there and ann may not view")
	}
	h.must("GET", "/console/v1/status", nil, &status)
	if len(status.Pending) != 0 {
		t.Errorf("still pending: %v", status.Pending)
	}
}

// TestTheReconcilerOwnsOnlyWhatItGave: a role that a person took away stays away,
// one that a person gave stays, whatever Logto tells afterwards.
func TestTheReconcilerOwnsOnlyWhatItGave(t *testing.T) {
	t.Parallel()
	h, sim := withLogto(t)
	h.schema()
	h.must("POST", "/v2/schema/default/dev/roles", object{"key": "editor", "name": "Editor", "permissions": []string{"reports:edit"}}, nil)
	ann := signUp(t, sim, "Ann")
	h.await("ann to be allowed to view", func() bool { return h.allowed(ann, "view") })
	h.must("DELETE", "/v2/facts/default/dev/role_assignments", object{"user": ann, "role": "viewer", "tenant": "default"}, nil)
	h.must("POST", "/v2/facts/default/dev/role_assignments", object{"user": ann, "role": "editor", "tenant": "default"}, nil)
	if _, err := sim.Patch(t.Context(), ann, logtosim.Fields{"name": "Anna"}); err != nil {
		t.Fatal(err)
	}
	if err := sim.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.settled()
	if name := *h.people()[ann].FirstName; name != "Anna" {
		t.Errorf("got the name %q, want Anna", name)
	}
	if h.allowed(ann, "view") {
		t.Error("the role a person took away came back")
	}
	if !h.allowed(ann, "edit") {
		t.Error("the role a person gave is gone")
	}
}

// TestWhenLogtoIsDownNothingIsDropped: the webhook is kept, the failure is seen,
// and the user appears once Logto answers again.
func TestWhenLogtoIsDownNothingIsDropped(t *testing.T) {
	t.Parallel()
	sim := logtosim.New(logtosim.Config{AppID: "app", AppSecret: "secret", SigningKey: signingKey})
	var down atomic.Bool
	down.Store(true)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			http.Error(w, "try later", http.StatusBadGateway)
			return
		}
		sim.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	h := start(t, t.TempDir(), func(c *server.Config) {
		c.Logto = server.Logto{SigningKeys: []string{signingKey}, Endpoint: web.URL, AppID: "app", AppSecret: "secret"}
	})
	h.schema()
	sim.SetWebhookURL(h.url + "/hooks/logto")
	ann := signUp(t, sim, "Ann")
	var status struct {
		Work struct {
			Failing int
			Worst   []struct{ Key, Error string }
		}
	}
	h.await("the failure to be seen", func() bool {
		h.must("GET", "/console/v1/status", nil, &status)
		return status.Work.Failing == 1
	})
	if w := status.Work.Worst[0]; !strings.HasSuffix(w.Key, "/user/"+ann) || !strings.Contains(w.Error, "502") {
		t.Errorf("the failure does not say what is wrong with whom: %+v", w)
	}
	down.Store(false)
	h.await("ann to be allowed to view", func() bool { return h.allowed(ann, "view") })
}

// TestASecondStartChangesNothing: keys, people and revision are those of before.
func TestASecondStartChangesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := start(t, dir, nil)
	h.schema()
	h.must("PUT", "/v2/facts/default/dev/users/ann", object{"key": "ann"}, nil)
	before := h.scope()
	h.stop()
	announced := false
	h = start(t, dir, func(c *server.Config) {
		c.APIKey, c.OrgAPIKey = "permit_key_another_one_altogether", ""
		c.Announce = func(server.Announcement) { announced = true }
	})
	if announced {
		t.Error("a second start announced keys")
	}
	if after := h.scope(); after != before {
		t.Errorf("the workspace is %s, was %s", after, before)
	}
	if n := len(h.people()); n != 1 {
		t.Errorf("got %d people, want 1", n)
	}
}

func (h *house) scope() string {
	h.t.Helper()
	_, b := h.call("GET", "/v2/api-key/scope", nil)
	return string(b)
}

// TestRotatingTheSigningKeyLosesNothing: two keys are valid at once.
func TestRotatingTheSigningKeyLosesNothing(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir(), func(c *server.Config) { c.Logto.SigningKeys = []string{"the-next-key", signingKey} })
	for _, key := range []string{signingKey, "the-next-key"} {
		sim := logtosim.New(logtosim.Config{SigningKey: key})
		sim.SetWebhookURL(h.url + "/hooks/logto")
		signUp(t, sim, "Ann")
	}
	h.settled()
	if n := len(h.people()); n != 2 {
		t.Errorf("got %d people, want 2", n)
	}
}

// TestNothingWorksUnauthenticated: every path but health asks for a key.
func TestNothingWorksUnauthenticated(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir(), nil)
	for path, want := range map[string]int{
		"/healthz": 200, "/readyz": 200,
		"/v2/api-key/scope": 401, "/v2/facts/default/dev/users": 401, "/v2/whatever": 401, "/metrics": 401,
		"/console/v1/status": 401, "/allowed": 401, "/user-permissions": 401, "/hooks/logto": 405, "/console/v1/session": 401, "/nothing": 404,
	} {
		req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, h.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: got %d, want %d", path, res.StatusCode, want)
		}
		if ct := res.Header.Get("Content-Type"); ct != "application/json" {
			t.Errorf("%s: answers %q, want JSON", path, ct)
		}
	}
}

// TestAQuestionSeesTheWriteItNames: a revision that is there is waited for and
// answered; one that does not come is no answer, never one from before.
func TestAQuestionSeesTheWriteItNames(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir(), nil)
	h.schema()
	ask := func(revision string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/allowed", strings.NewReader(
			`{"user":{"key":"ann"},"action":"view","resource":{"type":"reports","tenant":"default"}}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+apiKey)
		req.Header.Set("X-Gatehouse-Min-Revision", revision)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(b)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, h.url+"/v2/facts/default/dev/users/ann",
		strings.NewReader(`{"key":"ann","role_assignments":[{"role":"viewer","tenant":"default"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+apiKey)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if status, body := ask(res.Header.Get("X-Gatehouse-Revision")); status != http.StatusOK || !strings.Contains(body, `"allow":true`) {
		t.Errorf("got %d %s, want the answer after the write", status, body)
	}
	if status, body := ask("999999"); status != http.StatusServiceUnavailable || strings.Contains(body, "allow") {
		t.Errorf("a revision that does not come: got %d %s, want 503 and no answer", status, body)
	}
	if status, _ := ask("soon"); status != http.StatusBadRequest {
		t.Errorf("got %d, want 400 for what is no revision", status)
	}
}
