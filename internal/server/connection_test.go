package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

const (
	connectionAt = "/console/v1/projects/default/envs/dev/logto/connection"
	checkupAt    = "/console/v1/projects/default/envs/dev/logto/checkup"
	appSecret    = "the-secret-of-the-app"
)

// lonely starts a house that knows of no Logto, and a Logto without a webhook.
func lonely(t *testing.T, dir string, log *bytes.Buffer) (*house, *logtosim.Sim, string) {
	t.Helper()
	sim := logtosim.New(logtosim.Config{AppID: "app", AppSecret: appSecret})
	web := httptest.NewServer(sim)
	t.Cleanup(web.Close)
	h := start(t, dir, func(c *server.Config) {
		c.Logto = server.Logto{SweepEvery: 5 * time.Minute}
		if log != nil {
			c.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		}
	})
	return h, sim, web.URL
}

// connect connects and returns what was not done, and all of it as a text.
func (h *house) connect(body any) (undone []string, all string) {
	h.t.Helper()
	var answer struct {
		Steps []struct {
			Step   string
			Done   bool
			Detail string
		}
	}
	h.must("PUT", connectionAt, body, &answer)
	for _, s := range answer.Steps {
		if !s.Done {
			undone = append(undone, s.Step)
		}
		all += s.Step + ": " + s.Detail + "\n"
	}
	return undone, all
}

// findings are the checks that found something wrong, with what they say.
func (h *house) findings() map[string]string {
	h.t.Helper()
	_, wrong := h.looked()
	return wrong
}

// TestConnectingLogtoNeedsNoRestartAndSurvivesOne: the backfill, the webhook, and
// both again after a restart; no secret is told or written in clear.
func TestConnectingLogtoNeedsNoRestartAndSurvivesOne(t *testing.T) {
	t.Parallel()
	dir, log := t.TempDir(), &bytes.Buffer{}
	h, logto, endpoint := lonely(t, dir, log)
	h.schema()
	logto.Import(logtosim.User{ID: "ann"})
	wish := object{"endpoint": endpoint, "app_id": "app", "app_secret": appSecret}
	undone, all := h.connect(wish)
	if len(undone) > 0 || !strings.Contains(all, "made, to "+h.url+"/hooks/logto") || !strings.Contains(all, "accepted here") {
		t.Fatalf("got %q of\n%s", undone, all)
	}
	h.await("the backfill", func() bool { return h.allowed("ann", "view") })
	bob, err := logto.SignUp(t.Context(), logtosim.SignUp{Username: "bob"})
	if err != nil {
		t.Fatal(err)
	}
	h.await("the webhook", func() bool { return h.allowed(bob.ID, "view") })
	if undone, all = h.connect(wish); len(undone) > 0 || !strings.Contains(all, "there already") {
		t.Errorf("again: got %q of\n%s", undone, all)
	}
	_, told := h.call("GET", connectionAt, nil)
	if !strings.Contains(string(told), `"connected":true`) || !strings.Contains(string(told), `"signing_keys":1`) {
		t.Errorf("got %s", told)
	}
	h.await("the sweep to end, and all to be well", func() bool { return len(h.findings()) == 0 })
	h.stop()
	kept, err := os.ReadFile(filepath.Join(dir, "gatehouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"an answer": string(told) + all, "the log": log.String(), "the database": string(kept)} {
		if strings.Contains(text, appSecret) {
			t.Errorf("%s holds the secret", what)
		}
	}
	cid, err := logto.Create(t.Context(), logtosim.Fields{"username": "cid"})
	if err != nil {
		t.Fatal(err)
	}
	again := start(t, dir, func(c *server.Config) { c.Logto = server.Logto{SweepEvery: time.Hour} })
	again.await("the sweep of the start", func() bool { return again.allowed(cid.ID, "view") })
	if wrong := again.findings(); !strings.Contains(wrong["webhook"], "it leads to "+h.url) { // the port is another
		t.Errorf("got %q, want that the webhook leads elsewhere", wrong)
	}
}

// TestWhatCannotBeConnectedChangesNothing, and says what to do.
func TestWhatCannotBeConnectedChangesNothing(t *testing.T) {
	t.Parallel()
	h, _, endpoint := lonely(t, t.TempDir(), nil)
	for name, c := range map[string]struct {
		body object
		says string
	}{
		"no endpoint":       {object{}, "GATEHOUSE_LOGTO_ENDPOINT"},
		"no secret":         {object{"endpoint": endpoint, "app_id": "app"}, "GATEHOUSE_LOGTO_APP_SECRET"},
		"a wrong secret":    {object{"endpoint": endpoint, "app_id": "app", "app_secret": "wrong"}, "does not know the app"},
		"an unknown app":    {object{"endpoint": endpoint, "app_id": "x", "app_secret": appSecret}, "does not know the app"},
		"another resource":  {object{"endpoint": endpoint, "app_id": "app", "app_secret": appSecret, "resource": "https://x.test"}, "resource"},
		"nobody there":      {object{"endpoint": "http://127.0.0.1:1", "app_id": "app", "app_secret": appSecret}, "does not answer"},
		"a strange address": {object{"endpoint": endpoint, "app_id": "app", "app_secret": appSecret, "public_url": "ftp://x"}, "public_url"},
		"an unknown field":  {object{"endpoint": endpoint, "signing_key": "x"}, "signing_key"},
	} {
		status, b := h.call("PUT", connectionAt, c.body)
		if status/100 != 4 || !strings.Contains(string(b), c.says) || strings.Contains(string(b), appSecret) {
			t.Errorf("%s: got %d %s, want it refused for %q", name, status, b, c.says)
		}
	}
	if _, b := h.call("GET", connectionAt, nil); !strings.Contains(string(b), `"connected":false`) {
		t.Errorf("got %s", b)
	}
	if wrong := h.findings(); !strings.Contains(wrong["logto"], "gatehouse logto connect") {
		t.Errorf("got %q", wrong)
	}
}

// manage calls the Management API as the app.
func manage(t *testing.T, endpoint, method, path string, body any) []byte {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "resource": {logtosim.DefaultResource}, "scope": {"all"}}
	do := func(method, address, kind string, in []byte, sign func(*http.Request)) []byte {
		r, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		sign(r)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		b, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode/100 != 2 {
			t.Fatalf("%s %s: %d %s (%v)", method, address, res.StatusCode, b, err)
		}
		return b
	}
	var grant struct {
		Token string `json:"access_token"`
	}
	b := do("POST", endpoint+"/oidc/token", "application/x-www-form-urlencoded", []byte(form.Encode()), func(r *http.Request) { r.SetBasicAuth("app", appSecret) })
	if err := json.Unmarshal(b, &grant); err != nil {
		t.Fatal(err)
	}
	in, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return do(method, endpoint+"/api"+path, "application/json", in, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+grant.Token) })
}

// TestACheckupNamesWhatIsWrongAndConnectingRepairsIt, one thing after the other.
func TestACheckupNamesWhatIsWrongAndConnectingRepairsIt(t *testing.T) {
	t.Parallel()
	h, logto, endpoint := lonely(t, t.TempDir(), nil)
	wish := object{"endpoint": endpoint, "app_id": "app", "app_secret": appSecret}
	h.connect(wish)
	h.await("all to be well", func() bool { return len(h.findings()) == 0 })
	var hooks []struct{ ID string }
	if err := json.Unmarshal(manage(t, endpoint, "GET", "/hooks", nil), &hooks); err != nil || len(hooks) != 1 {
		t.Fatalf("got %v (%v), want one hook", hooks, err)
	}
	hook := "/hooks/" + hooks[0].ID
	proxy := httptest.NewServer(http.RedirectHandler(h.url+"/hooks/logto", http.StatusMovedPermanently))
	t.Cleanup(proxy.Close)
	for _, c := range []struct {
		name         string
		method, path string
		body         any
		says         string
	}{
		{"disabled", "PATCH", hook, object{"enabled": false}, "disabled"},
		{"without events", "PATCH", hook, object{"events": []string{"User.Created"}}, "Organization.Membership.Updated"},
		{"another key", "PATCH", hook + "/signing-key", object{}, "signing key"},
		{"elsewhere", "PATCH", hook, object{"config": object{"url": "http://127.0.0.1:1/hooks/logto"}}, "it leads to http://127.0.0.1:1"},
		{"behind a redirect", "PATCH", hook, object{"config": object{"url": proxy.URL}}, "redirects (301)"},
		{"gone", "DELETE", hook, object{}, "Logto has none"},
	} {
		manage(t, endpoint, c.method, c.path, c.body)
		if wrong := h.findings(); len(wrong) != 1 || !strings.Contains(wrong["webhook"], c.says) {
			t.Errorf("%s: got %q, want %q", c.name, wrong, c.says)
		}
		if strings.HasPrefix(c.name, "elsewhere") || strings.HasPrefix(c.name, "behind") {
			continue // connecting would make another
		}
		if undone, all := h.connect(wish); len(undone) > 0 {
			t.Errorf("%s: could not be repaired: %s", c.name, all)
		}
		if wrong := h.findings(); len(wrong) > 0 {
			t.Errorf("%s: after the repair: %q", c.name, wrong)
		}
	}
	logto.SetFaults(logtosim.Faults{Requests: []logtosim.Fault{{Path: "/api/", Status: http.StatusForbidden}}})
	if wrong := h.findings(); !strings.Contains(wrong["logto"], `scope "all"`) {
		t.Errorf("without the scope: got %q", wrong)
	}
}
