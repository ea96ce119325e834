package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/contracttest"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// signingKey is the key of the recorded deliveries.
const signingKey = "4ii3IRZhajPP2jo3HnKsyrc1SwYFjPFF"

const (
	apiKey    = "permit_key_of_the_tests_environment"
	orgAPIKey = "permit_key_of_the_tests_organization"
)

// A house is a running server under test.
type house struct {
	t    testing.TB
	url  string
	key  string // of the calls
	stop func()
}

// start starts a server on a free port; its data directory is dir. It is stopped
// at the end of the test, or by stop.
func start(t testing.TB, dir string, change func(*server.Config)) *house {
	t.Helper()
	c := server.Config{
		Listen: "127.0.0.1:0", DataDir: dir, APIKey: apiKey, OrgAPIKey: orgAPIKey,
		Logto:       server.Logto{SigningKeys: []string{signingKey}},
		DefaultRole: "viewer", DefaultTenant: "default",
		Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&c)
	}
	h, _ := run(t, c)
	return h
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// run starts a server; it is stopped at the end of the test, or by stop.
func run(t testing.TB, c server.Config) (*house, *server.Server) {
	t.Helper()
	s, err := server.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stopped := false
	h := &house{t: t, url: "http://" + s.Addr(), key: apiKey}
	h.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(h.stop)
	h.await("the server to be ready", func() bool {
		status, _ := h.call("GET", "/readyz", nil)
		return status == http.StatusOK
	})
	return h, s
}

// await waits until the condition holds.
func (h *house) await(what string, holds func() bool) {
	h.t.Helper()
	deadline := time.After(3 * time.Minute) // a million users are loaded on a machine that others keep busy
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			h.t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

// call sends a request with the house's key, which is the environment's, and returns status and body.
func (h *house) call(method, path string, body any) (int, []byte) {
	h.t.Helper()
	return h.send(method, path, body, http.Header{})
}

// send is call with header fields besides. What the console answers is held against
// its description.
func (h *house) send(method, path string, body any, header http.Header) (int, []byte) {
	h.t.Helper()
	var in []byte
	if body != nil {
		var err error
		if in, err = json.Marshal(body); err != nil {
			h.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, bytes.NewReader(in))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header = header
	req.Header.Set("Authorization", "Bearer "+h.key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	if strings.HasPrefix(path, "/console/v1/") {
		contracttest.Console(h.t).Check(h.t, req, in, res.StatusCode, res.Header, out)
	}
	return res.StatusCode, out
}

// must is call for a request that must succeed; the answer goes into out.
func (h *house) must(method, path string, body, out any) {
	h.t.Helper()
	status, b := h.call(method, path, body)
	if status/100 != 2 {
		h.t.Fatalf("%s %s: %d %s", method, path, status, b)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(b, out); err != nil {
		h.t.Fatal(err)
	}
}

type object = map[string]any

// schema makes the guide's schema: reports that a viewer may view.
func (h *house) schema() {
	h.t.Helper()
	h.must("POST", "/v2/schema/default/dev/resources", object{"key": "reports", "name": "Reports", "actions": object{"view": object{}, "edit": object{}}}, nil)
	h.viewer()
}

// viewer makes the role that new users get.
func (h *house) viewer() {
	h.t.Helper()
	h.must("POST", "/v2/schema/default/dev/roles", object{"key": "viewer", "name": "Viewer", "permissions": []string{"reports:view"}}, nil)
}

// allowed asks whether the user may do action on reports in the default tenant.
func (h *house) allowed(user, action string) bool {
	h.t.Helper()
	var answer struct{ Allow bool }
	h.must("POST", "/allowed", object{"user": object{"key": user}, "action": action, "resource": object{"type": "reports", "tenant": "default"}}, &answer)
	return answer.Allow
}

// settled waits until no subject waits to be looked at.
func (h *house) settled() {
	h.t.Helper()
	h.await("all work to be done", func() bool {
		var status struct {
			Work struct{ Waiting, Failing int }
		}
		h.must("GET", "/console/v1/status", nil, &status)
		if status.Work.Failing > 0 {
			_, b := h.call("GET", "/console/v1/status", nil)
			h.t.Fatalf("work fails: %s", b)
		}
		return status.Work.Waiting == 0
	})
}

// A person is a user as the API lists it, without what differs between two
// directories of the same content: ids and times.
type person struct {
	Key        string          `json:"key"`
	Email      *string         `json:"email"`
	FirstName  *string         `json:"first_name"`
	LastName   *string         `json:"last_name"`
	Attributes json.RawMessage `json:"attributes"`
	Roles      []object        `json:"roles"`
}

// people returns the directory by key, all pages of it.
func (h *house) people() map[string]person {
	h.t.Helper()
	all := map[string]person{}
	for page := 1; ; page++ {
		var list struct {
			Data  []person
			Total int `json:"total_count"`
		}
		h.must("GET", fmt.Sprintf("/v2/facts/default/dev/users?per_page=100&page=%d", page), nil, &list)
		for _, p := range list.Data {
			all[p.Key] = p
		}
		if len(list.Data) == 0 {
			if len(all) != list.Total {
				h.t.Fatalf("listed %d people of %d", len(all), list.Total)
			}
			return all
		}
	}
}

// deliver posts a webhook and returns the status.
func (h *house) deliver(header http.Header, body []byte) int {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.url+"/hooks/logto", bytes.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header = header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return res.StatusCode
}

// standIn starts a stand-in Logto and returns it with the settings to reach it.
func standIn(t testing.TB) (*logtosim.Sim, server.Logto) {
	t.Helper()
	sim := logtosim.New(logtosim.Config{AppID: "app", AppSecret: "secret", SigningKey: signingKey})
	web := httptest.NewServer(sim)
	t.Cleanup(web.Close)
	return sim, server.Logto{SigningKeys: []string{signingKey}, Endpoint: web.URL, AppID: "app", AppSecret: "secret"}
}
