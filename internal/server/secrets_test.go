package server_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// A watcher keeps everything that a house says to anybody, and fails the test for
// each secret in it.
type watcher struct {
	t       *testing.T
	mu      sync.Mutex
	secrets map[string]string // by what they are; guarded by mu
	log     bytes.Buffer      // guarded by mu
	heard   int               // guarded by mu
}

// Write keeps a line of the log.
func (w *watcher) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

func (w *watcher) secret(what, value string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.secrets[what] = value
}

// holds fails for secrets in what was said, in clear or as they go over the wire.
func (w *watcher) holds(where string, said []byte) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard += len(said)
	for what, value := range w.secrets {
		for _, form := range []string{value, url.QueryEscape(value), base64.StdEncoding.EncodeToString([]byte(value)), base64.StdEncoding.EncodeToString([]byte("app:" + value))} {
			if bytes.Contains(said, []byte(form)) {
				w.t.Errorf("%s tells %s", where, what)
			}
		}
	}
}

// logto serves the stand-in, keeps the tokens it gives, and sometimes says what it
// was told back, as a proxy that helps too much does.
func (w *watcher) logto(sim *logtosim.Sim) http.Handler {
	token := regexp.MustCompile(`"access_token":"([^"]+)"`)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/echo") {
			r.Header.Set("Location", "/"+r.Header.Get("Authorization"))
			rw.WriteHeader(http.StatusBadGateway)
			_, _ = fmt.Fprintf(rw, `{"code":%q,"message":%q}`, r.Header.Get("Authorization"), r.Header.Get("Authorization"))
			return
		}
		rec := httptest.NewRecorder()
		sim.ServeHTTP(rec, r)
		if m := token.FindSubmatch(rec.Body.Bytes()); m != nil {
			w.secret("an access token of Logto", string(m[1]))
		}
		for name, values := range rec.Header() {
			rw.Header()[name] = values
		}
		rw.WriteHeader(rec.Code)
		_, _ = rw.Write(rec.Body.Bytes())
	})
}

// ask makes a request and watches the answer; a key is put wherever one may be.
func (w *watcher) ask(base, method, path, body, key string) int {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, base+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	for name, values := range res.Header {
		b = append(b, (name + ": " + strings.Join(values, ", ") + "\n")...)
	}
	w.holds(method+" "+path, b)
	return res.StatusCode
}

// everything is what can be read of a house.
var everything = strings.Fields(`
	/console/v1/status /metrics /healthz /readyz /.well-known/authzen-configuration
	/console/v1/projects/default/envs/dev/logto/proof /console/v1/projects/default/envs/dev/logto/mapping
	/console/v1/projects/default/envs/dev/logto/connection /console/v1/projects/default/envs/dev/logto/checkup
	/console/v1/projects/default/envs/dev/changes /console/v1/projects/default/envs/dev/settings
	/v2/api-key /v2/api-key/scope /v2/api-key/default/dev /v2/projects /v2/projects/default /v2/projects/default/envs
	/v2/projects/default/envs/dev /v2/projects/default/envs/dev/stats /v2/orgs /v2/members /v2/invites /v2/activity /v2/activity/types
	/v2/pdps/default/dev/audit_logs /v2/pdps/default/dev/configs /v2/facts/default/dev/users /v2/facts/default/dev/tenants
	/v2/facts/default/dev/tenants/default/users /v2/facts/default/dev/role_assignments /v2/facts/default/dev/role_assignments/detailed
	/v2/facts/default/dev/resource_instances /v2/facts/default/dev/relationship_tuples /v2/facts/default/dev/set_rules
	/v2/facts/default/dev/proxy_configs /v2/facts/default/dev/user_invites /v2/schema/default/dev/roles /v2/schema/default/dev/resources
	/v2/schema/default/dev/resources/reports /v2/schema/default/dev/condition_sets /v2/schema/default/dev/groups
	/v2/schema/default/dev/users/attributes /v2/history /v2/none /nothing`)

// TestCredentialsAreNeverToldNorKeptInClear: API keys, the signing key, the secret of
// the app and Logto's tokens, through all that goes well and all that fails: in no line
// of the log, no answer and no metric, and in no byte of the database.
func TestCredentialsAreNeverToldNorKeptInClear(t *testing.T) {
	t.Parallel()
	w := &watcher{t: t, secrets: map[string]string{
		"the environment's key": "permit_key_canary_of_the_environment_9f2c", "the organization's key": "permit_key_canary_of_the_organization_77ab",
		"the signing key": "canary+of/the signing key=", "the secret of the app": "canary:of&the=app secret", "the master key": "canary of the master key, long enough to be one",
		"a wrong secret": "canary-of-a-wrong-secret", "a key nobody gave": "permit_key_canary_nobody_gave", "a key to connect": "canary-of-a-second-signing-key",
	}}
	sim := logtosim.New(logtosim.Config{AppID: "app", AppSecret: w.secrets["the secret of the app"], SigningKey: w.secrets["the signing key"]})
	web := httptest.NewServer(w.logto(sim))
	t.Cleanup(web.Close)
	dir := t.TempDir()
	config := server.Config{
		Listen: "127.0.0.1:0", DataDir: dir, APIKey: w.secrets["the environment's key"], OrgAPIKey: w.secrets["the organization's key"],
		MasterKey: w.secrets["the master key"], DefaultRole: "viewer", DecisionLog: time.Hour,
		Log: slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Logto: server.Logto{
			SigningKeys: []string{w.secrets["the signing key"]}, Endpoint: web.URL, AppID: "app", AppSecret: w.secrets["the secret of the app"],
			SweepEvery: time.Second, JIT: 100 * time.Millisecond, JITAtOnce: 2,
		},
	}
	h := w.house(config)
	h.schema()
	sim.SetWebhookURL(h.url + "/hooks/logto")
	ann := signUp(t, sim, "Ann")
	h.await("ann to be allowed to view", func() bool { return h.allowed(ann, "view") })
	w.attack(h, sim)
	w.readAll(h)

	sim.SetFaults(logtosim.Faults{Requests: []logtosim.Fault{{Status: http.StatusInternalServerError}}})
	sim.ExpireTokens()
	_, _ = sim.Create(t.Context(), logtosim.Fields{"username": "bob"})
	h.allowed("someone000ne", "view")
	h.await("work to fail", func() bool { return strings.Contains(w.logged(), "work failed") })
	w.readAll(h)
	sim.SetFaults(logtosim.Faults{})
	h.stop()
	w.file(filepath.Join(dir, "gatehouse.db"))

	w.connected(t, sim, web.URL)
	w.holds("the log", []byte(w.logged()))
	if w.heard < 100_000 || len(w.secrets) < 9 {
		t.Errorf("only %d bytes were watched for %d secrets; the test proves little", w.heard, len(w.secrets))
	}
}

func (w *watcher) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

// house runs a house whose own calls have its key.
func (w *watcher) house(c server.Config) *house {
	w.t.Helper()
	s, err := server.New(w.t.Context(), c)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	h := &house{t: w.t, url: "http://" + s.Addr(), key: c.APIKey}
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	})
	w.t.Cleanup(h.stop)
	h.await("the server to be ready", func() bool {
		status, _ := h.call("GET", "/readyz", nil)
		return status == http.StatusOK
	})
	return h
}

// attack calls in all the wrong ways, with secrets where they do not belong.
func (w *watcher) attack(h *house, sim *logtosim.Sim) {
	w.t.Helper()
	env, stranger := w.secrets["the environment's key"], w.secrets["a key nobody gave"]
	for _, key := range []string{"", stranger, env} {
		for _, path := range []string{"/v2/facts/default/dev/users", "/v2/schema/default/dev/roles", "/allowed", "/hooks/logto", "/console/v1/status", "/metrics"} {
			w.ask(h.url, "POST", path, `{"token":"`+stranger+`","key":`, key)
			w.ask(h.url, "POST", path, `{"unknown_field":1}`, key)
			w.ask(h.url, "DELETE", path, ``, key)
		}
	}
	for _, header := range []string{"Basic " + env, env, "Bearer", "Bearer  " + env} {
		req, _ := http.NewRequestWithContext(w.t.Context(), "GET", h.url+"/v2/projects", nil)
		req.Header.Set("Authorization", header)
		if res, err := http.DefaultClient.Do(req); err == nil {
			b, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			w.holds("GET /v2/projects with an odd header", b)
		}
	}
	for _, d := range sim.Deliveries() {
		h.deliver(http.Header{logtosim.SignatureHeader: {w.secrets["the signing key"]}}, d.Body)
		h.deliver(http.Header{logtosim.SignatureHeader: {sim.Sign([]byte("{"))}}, []byte("{"))
	}
}

// readAll reads everything with both keys.
func (w *watcher) readAll(h *house) {
	w.t.Helper()
	good := 0
	for _, path := range everything {
		for _, key := range []string{"the environment's key", "the organization's key", "a key nobody gave"} {
			if w.ask(h.url, "GET", path, "", w.secrets[key]) == http.StatusOK {
				good++
			}
		}
	}
	if good < 50 {
		w.t.Errorf("only %d of the answers are good; the test proves little", good)
	}
}

// connected does the same to a house that is connected while it runs, wrongly at
// first, and keeps its connection.
func (w *watcher) connected(t *testing.T, sim *logtosim.Sim, endpoint string) {
	t.Helper()
	dir := t.TempDir()
	h := w.house(server.Config{
		Listen: "127.0.0.1:0", DataDir: dir, APIKey: w.secrets["the environment's key"], OrgAPIKey: w.secrets["the organization's key"],
		MasterKey: w.secrets["the master key"], Log: slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Logto: server.Logto{SweepEvery: time.Hour},
	})
	key := w.secrets["the organization's key"]
	for _, wish := range []object{
		{"endpoint": endpoint + "/echo", "app_id": "app", "app_secret": w.secrets["the secret of the app"]},
		{"endpoint": endpoint, "app_id": "app", "app_secret": w.secrets["a wrong secret"]},
		{"endpoint": endpoint, "app_id": "nobody", "app_secret": w.secrets["the secret of the app"]},
		{"endpoint": "http://127.0.0.1:1", "app_id": "app", "app_secret": w.secrets["the secret of the app"]},
		{"endpoint": endpoint, "app_id": "app", "app_secret": w.secrets["the secret of the app"], "unknown": w.secrets["a wrong secret"]},
		{"endpoint": "http://app:" + url.QueryEscape(w.secrets["a wrong secret"]) + "@" + strings.TrimPrefix(endpoint, "http://"), "app_id": "app", "app_secret": w.secrets["the secret of the app"]},
	} {
		w.ask(h.url, "PUT", connectionAt, asJSON(t, wish), key)
	}
	if status := w.ask(h.url, "PUT", connectionAt, asJSON(t, object{"endpoint": endpoint, "app_id": "app", "app_secret": w.secrets["the secret of the app"]}), key); status != http.StatusOK {
		t.Errorf("connecting: got %d", status)
	}
	w.readAll(h)
	h.stop()
	w.file(filepath.Join(dir, "gatehouse.db"))
}

// file watches a database: the file, and what is not written back to it.
func (w *watcher) file(path string) {
	w.t.Helper()
	for _, name := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(name)
		if err != nil && !os.IsNotExist(err) {
			w.t.Fatal(err)
		}
		w.holds(filepath.Base(name), b)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
