package server_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// looked are all findings, by what was looked at.
func (h *house) looked() (fine, wrong map[string]string) {
	h.t.Helper()
	var answer struct {
		Findings []struct {
			Check  string
			OK     bool
			Detail string
		}
	}
	h.must("GET", checkupAt, nil, &answer)
	fine, wrong = map[string]string{}, map[string]string{}
	for _, f := range answer.Findings {
		into := wrong
		if f.OK {
			into = fine
		}
		into[f.Check] += f.Detail + "\n"
	}
	return fine, wrong
}

// fed starts a house whose settings name the Logto at endpoint.
func fed(t *testing.T, endpoint string, change func(*server.Config)) *house {
	t.Helper()
	return start(t, t.TempDir(), func(c *server.Config) {
		c.Logto = server.Logto{Endpoint: endpoint, AppID: "app", AppSecret: appSecret, SweepEvery: time.Hour}
		if change != nil {
			change(c)
		}
	})
}

// TestACheckupNamesWhatIsWrongWithLogto and its app, with the remedy.
func TestACheckupNamesWhatIsWrongWithLogto(t *testing.T) {
	t.Parallel()
	answers := func(status int, header, value, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(header, value)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		logto  http.Handler // nil: a stand-in
		change func(*server.Config)
		says   string
	}{
		"nobody there":     {nil, func(c *server.Config) { c.Logto.Endpoint = "http://127.0.0.1:1" }, "logto does not answer at GATEHOUSE_LOGTO_ENDPOINT"},
		"a wrong secret":   {nil, func(c *server.Config) { c.Logto.AppSecret = "wrong" }, `does not know the app "app" with this secret`},
		"an unknown app":   {nil, func(c *server.Config) { c.Logto.AppID = "nobody" }, `does not know the app "nobody"`},
		"another resource": {nil, func(c *server.Config) { c.Logto.Resource = "https://x.test" }, `does not know the resource "https://x.test"`},
		"a redirect":       {answers(301, "Location", "https://elsewhere.test", ""), nil, "it redirects, so GATEHOUSE_LOGTO_ENDPOINT is not its final address"},
		"another server":   {answers(200, "Content-Type", "text/html", "<html>"), nil, "is GATEHOUSE_LOGTO_ENDPOINT the address of logto?"},
		"no such path":     {answers(404, "Content-Type", "text/html", "<html>"), nil, "logto answered 404"},
		"too many":         {answers(429, "Retry-After", "7", ""), nil, "it wants no request for 7 seconds"},
		"broken":           {answers(500, "Content-Type", "text/plain", ""), nil, "logto answered 500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.logto == nil {
				c.logto = logtosim.New(logtosim.Config{AppID: "app", AppSecret: appSecret})
			}
			web := httptest.NewServer(c.logto)
			t.Cleanup(web.Close)
			h := fed(t, web.URL, c.change)
			if _, wrong := h.looked(); len(wrong) != 1 || !strings.Contains(wrong["logto"], c.says) || strings.Contains(wrong["logto"], appSecret) {
				t.Errorf("got %q, want %q", wrong, c.says)
			}
		})
	}
}

// TestACheckupComparesClocks by the dates of Logto's answers.
func TestACheckupComparesClocks(t *testing.T) {
	t.Parallel()
	for says, by := range map[string]time.Duration{"ahead of ours": time.Hour, "behind ours": -time.Hour, "": 5 * time.Second} {
		sim := logtosim.New(logtosim.Config{AppID: "app", AppSecret: appSecret})
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(by).UTC().Format(http.TimeFormat))
			sim.ServeHTTP(w, r)
		}))
		t.Cleanup(web.Close)
		fine, wrong := fed(t, web.URL, nil).looked()
		if (says == "") != (fine["logto's clock"] != "") || !strings.Contains(wrong["logto's clock"], says) {
			t.Errorf("%v: got %q and wrong %q", by, fine, wrong)
		}
	}
}

// TestACheckupLooksAtTheWayOfDeliveries: what answers in the place of gatehouse, and
// what Logto says came of them.
func TestACheckupLooksAtTheWayOfDeliveries(t *testing.T) {
	t.Parallel()
	h, logto, endpoint := lonely(t, t.TempDir(), nil)
	to, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(to)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Logto-Signature-Sha-256") != "" {
			http.Error(w, "it is too long for me", http.StatusRequestEntityTooLarge)
			return
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	wish := object{"endpoint": endpoint, "app_id": "app", "app_secret": appSecret, "public_url": proxy.URL}
	if undone, all := h.connect(wish); !slices.Equal(undone, []string{"test delivery"}) || !strings.Contains(all, "answered 413 to logto") {
		t.Errorf("got %q undone of\n%s", undone, all)
	}
	if fine, wrong := h.looked(); !strings.Contains(fine["deliveries"], "none has come yet; Logto tried 0") {
		t.Errorf("before any: got %q and wrong %q", fine, wrong)
	}
	if _, err := logto.SignUp(t.Context(), logtosim.SignUp{Username: "ann"}); err != nil {
		t.Fatal(err)
	}
	h.await("the failure", func() bool {
		_, wrong := h.looked()
		return strings.Contains(wrong["deliveries"], "and none succeeded, none has come yet")
	})
	strange := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(strange.Close)
	var hooks []struct{ ID string }
	if err := json.Unmarshal(manage(t, endpoint, "GET", "/hooks", nil), &hooks); err != nil || len(hooks) != 1 {
		t.Fatalf("got %v (%v), want one hook", hooks, err)
	}
	for address, says := range map[string]string{strange.URL: "answers 404, which is not gatehouse", "http://127.0.0.1:1": "does not answer, and nothing has come from Logto"} {
		manage(t, endpoint, "PATCH", "/hooks/"+hooks[0].ID, object{"config": object{"url": address}})
		if _, wrong := h.looked(); !strings.Contains(wrong["webhook"], says) {
			t.Errorf("got %q, want %q", wrong, says)
		}
	}
	manage(t, endpoint, "PATCH", "/hooks/"+hooks[0].ID, object{"config": object{"url": h.url + "/hooks/logto"}})
	if _, err := logto.SignUp(t.Context(), logtosim.SignUp{Username: "bob"}); err != nil {
		t.Fatal(err)
	}
	h.await("a delivery", func() bool {
		fine, _ := h.looked()
		return strings.Contains(fine["deliveries"], "the last came ") && strings.Contains(fine["deliveries"], "succeeded")
	})
}

// TestACheckupLooksAtSweeps: off, failing, under way for the first time, and late.
func TestACheckupLooksAtSweeps(t *testing.T) {
	t.Parallel()
	down, hangs := logtosim.Fault{Path: "/api/users", Status: http.StatusInternalServerError}, logtosim.Fault{Path: "/api/users", Hang: true}
	// The first sweep asks twice for organizations: how many there are, and which.
	second := logtosim.Fault{Path: "/api/organizations", After: 2, Hang: true}
	for name, c := range map[string]struct {
		faults []logtosim.Fault
		every  time.Duration
		well   bool
		says   string
	}{
		"off":       {nil, 0, false, "GATEHOUSE_LOGTO_SWEEP_EVERY is 0"},
		"failing":   {[]logtosim.Fault{down}, time.Hour, false, "the last one failed: logto answered 500"},
		"the first": {[]logtosim.Fault{hangs}, time.Hour, true, "the first is under way: 0 % of 0 users"},
		"late":      {[]logtosim.Fault{second}, time.Second, false, "see gatehouse's log"},
		"as wanted": {nil, time.Hour, true, "the last one ended"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := logtosim.New(logtosim.Config{AppID: "app", AppSecret: appSecret})
			sim.SetFaults(logtosim.Faults{Requests: c.faults})
			web := httptest.NewServer(sim)
			t.Cleanup(web.Close)
			h := fed(t, web.URL, func(s *server.Config) { s.Logto.SweepEvery = c.every })
			var fine, wrong map[string]string
			h.await(c.says, func() bool {
				fine, wrong = h.looked()
				return strings.Contains(map[bool]string{true: fine["sweep"], false: wrong["sweep"]}[c.well], c.says)
			})
			sim.SetFaults(logtosim.Faults{}) // whoever hangs may go
		})
	}
}

// TestAConnectionOfAnotherMasterKeyIsNotUsed, and what to do is said.
func TestAConnectionOfAnotherMasterKeyIsNotUsed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h, _, endpoint := lonely(t, dir, nil)
	h.connect(object{"endpoint": endpoint, "app_id": "app", "app_secret": appSecret})
	h.stop()
	h = start(t, dir, func(c *server.Config) {
		c.Logto, c.MasterKey = server.Logto{SweepEvery: time.Hour}, strings.Repeat("another ", 8)
	})
	_, wrong := h.looked()
	if got := slices.Sorted(maps.Keys(wrong)); !slices.Equal(got, []string{"logto", "stored connection"}) || !strings.Contains(wrong["stored connection"], "gatehouse logto connect") {
		t.Errorf("got %q", wrong)
	}
}

// TestWithoutAPublicAddressThereIsNoWebhook, and that is no fault: sweeps do.
func TestWithoutAPublicAddressThereIsNoWebhook(t *testing.T) {
	t.Parallel()
	h, _, endpoint := lonely(t, t.TempDir(), nil)
	elsewhere := strings.Replace(endpoint, "127.0.0.1", "0.0.0.0", 1) // this machine, and no address of its own
	undone, all := h.connect(object{"endpoint": elsewhere, "app_id": "app", "app_secret": appSecret})
	if !slices.Equal(undone, []string{"webhook"}) || !strings.Contains(all, "GATEHOUSE_PUBLIC_URL") {
		t.Errorf("got %q undone of\n%s", undone, all)
	}
	if fine, wrong := h.looked(); !strings.Contains(fine["webhook"], "sweeps alone") || len(wrong) > 0 {
		t.Errorf("got %q and wrong %q", fine, wrong)
	}
}
