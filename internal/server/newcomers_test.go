package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// An asked is a stand-in Logto that counts how often each path was asked for.
type asked struct {
	*logtosim.Sim
	mu    sync.Mutex
	paths map[string]int
}

func (a *asked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.paths[r.URL.Path]++
	a.mu.Unlock()
	a.Sim.ServeHTTP(w, r)
}

// users is how often users were asked for, and of those how often the one was.
func (a *asked) users(one string) (all, times int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for path, n := range a.paths {
		if id, ok := strings.CutPrefix(path, "/api/users/"); ok && !strings.Contains(id, "/") {
			all += n
		}
	}
	return all, a.paths["/api/users/"+one]
}

// unheard starts a house whose Logto sends no webhook and is not swept: of its users
// it hears by asking alone.
func unheard(t *testing.T, change func(*server.Config)) (*house, *asked) {
	t.Helper()
	a := &asked{Sim: logtosim.New(logtosim.Config{AppID: "app", AppSecret: "secret"}), paths: map[string]int{}}
	web := httptest.NewServer(a)
	t.Cleanup(web.Close)
	h := start(t, t.TempDir(), func(c *server.Config) {
		c.Logto.Endpoint, c.Logto.AppID, c.Logto.AppSecret = web.URL, "app", "secret"
		c.Logto.JIT, c.Logto.JITAtOnce = 10*time.Second, 8
		if change != nil {
			change(c)
		}
	})
	h.schema()
	return h, a
}

// question is what the doors of the PDP ask about a user who would be a viewer.
func question(user string) object {
	return object{"user": object{"key": user}, "action": "view", "resource": object{"type": "reports", "tenant": "default"}}
}

func TestTheFirstQuestionAboutAUserIsNotDeniedAtAnyDoor(t *testing.T) {
	t.Parallel()
	h, logto := unheard(t, nil)
	evaluation := func(user string) object {
		return object{"subject": object{"type": "user", "id": user}, "action": object{"name": "view"}, "resource": object{"type": "reports", "id": "r1", "properties": object{"tenant": "default"}}}
	}
	h.must("POST", "/facts/proxy_configs", object{"key": "app", "name": "App", "secret": "hidden", "mapping_rules": []object{
		{"url": "https://app.test/r", "http_method": "get", "resource": "reports", "action": "view"},
	}}, nil)
	for i, door := range []struct {
		path string
		ask  func(user string) any
		yes  string
	}{
		{"/allowed", func(u string) any { return question(u) }, `"allow":true`},
		{"/allowed/bulk", func(u string) any { return []object{question(u), question("nobody")} }, `"allow":true`},
		{"/allowed/all-tenants", func(u string) any { return question(u) }, `"default"`},
		{"/allowed_url", func(u string) any {
			return object{"user": object{"key": u}, "http_method": "get", "url": "https://app.test/r", "tenant": "default"}
		}, `"allow":true`},
		{"/user-permissions", func(u string) any { return object{"user": object{"key": u}} }, `reports:view`},
		{"/user-tenants", func(u string) any { return object{"user": object{"key": u}} }, `default`},
		{"/access/v1/evaluation", func(u string) any { return evaluation(u) }, `"decision":true`},
		{"/access/v1/evaluations", func(u string) any { return object{"evaluations": []object{evaluation(u), evaluation("nobody")}} }, `"decision":true`},
	} {
		user := fmt.Sprintf("user%d", i)
		logto.Import(logtosim.User{ID: user})
		if status, b := h.call("POST", door.path, door.ask(user)); status != http.StatusOK || !strings.Contains(string(b), door.yes) {
			t.Errorf("%s: got %d %s, want %s in it", door.path, status, b, door.yes)
		}
	}
	logto.Import(logtosim.User{ID: "explained"})
	if _, b := h.send("POST", "/allowed", question("explained"), http.Header{"X-Gatehouse-Explain": {"1"}}); !strings.Contains(string(b), `"allow":true`) {
		t.Errorf("explained: got %s", b)
	}
	h.settled()
	_, m := h.call("GET", "/metrics", nil)
	if want := `gatehouse_newcomers_total{outcome="found",source="logto"} 9`; !strings.Contains(string(m), want) {
		t.Errorf("the metrics do not say %s", want)
	}
}

func TestAHundredQuestionsAboutOneUserAreOneToLogto(t *testing.T) {
	t.Parallel()
	h, logto := unheard(t, nil)
	logto.Import(logtosim.User{ID: "ann"})
	hold := make(chan struct{})
	logto.SetFaults(logtosim.Faults{Requests: []logtosim.Fault{{Path: "/api/users/ann", Times: 1, Before: func() { <-hold }}}})
	var group sync.WaitGroup
	for range 100 {
		group.Go(func() {
			if !h.allowed("ann", "view") {
				t.Error("denied for being first")
			}
		})
	}
	h.await("the question to reach Logto", func() bool { _, n := logto.users("ann"); return n == 1 })
	_, before := logto.users("ann")
	close(hold)
	group.Wait()
	h.settled() // a worker looks once more
	if _, after := logto.users("ann"); before != 1 || after > 2 {
		t.Errorf("Logto was asked %d times, and %d in all", before, after)
	}
}

func TestWhomLogtoDoesNotHaveIsAskedForOnce(t *testing.T) {
	t.Parallel()
	h, logto := unheard(t, nil)
	for range 20 {
		if h.allowed("ghost", "view") {
			t.Fatal("a user that is not there may")
		}
	}
	for _, key := range []string{"ann@example.com", "auth0|123", "11111111-2222-3333-4444-555555555555", "a b"} {
		if h.allowed(key, "view") {
			t.Errorf("%s may", key)
		}
	}
	logto.Import(logtosim.User{ID: "ann"})
	if !h.allowed("ann", "view") || h.allowed("ann", "edit") {
		t.Error("ann may not what a viewer may, or more")
	}
	h.settled()
	_, n := logto.users("ann")
	if h.allowed("ann", "edit") {
		t.Error("ann may edit")
	}
	if _, again := logto.users("ann"); again != n {
		t.Error("Logto is asked about a user that is known")
	}
	if all, ghost := logto.users("ghost"); ghost != 1 || all != n+1 {
		t.Errorf("asked %d times for users, and %d times for the ghost", all, ghost)
	}
}

func TestWhatLogtoCannotTellIsDenied(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]logtosim.Fault{
		"it is busy":                {Path: "/api/users", Status: http.StatusServiceUnavailable, RetryAfter: "1"},
		"it fails":                  {Path: "/api/users", Status: http.StatusInternalServerError},
		"it gives no token":         {Path: "/oidc/token", Status: http.StatusInternalServerError},
		"its answer ends":           {Path: "/api/users", Cut: true},
		"it hangs":                  {Path: "/api/users", Hang: true},
		"it gives no organizations": {Path: "/api/users/ann/organizations", Hang: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, logto := unheard(t, func(c *server.Config) { c.Logto.JIT = 100 * time.Millisecond })
			logto.Import(logtosim.User{ID: "ann"})
			logto.SetFaults(logtosim.Faults{Requests: []logtosim.Fault{fault}})
			if h.allowed("ann", "view") {
				t.Fatal("allowed because something broke")
			}
			h.await("the failure to be counted", func() bool {
				_, m := h.call("GET", "/metrics", nil)
				return strings.Contains(string(m), `gatehouse_newcomers_total{outcome="failed",source="logto"} 1`)
			})
			logto.SetFaults(logtosim.Faults{})
			h.await("another look", func() bool { return h.allowed("ann", "view") })
		})
	}
}

// TestQuestionsBeyondThoseUnderWayDoNotWait: with every look hanging, the next
// question is answered while the others still wait.
func TestQuestionsBeyondThoseUnderWayDoNotWait(t *testing.T) {
	t.Parallel()
	h, logto := unheard(t, func(c *server.Config) { c.Logto.JITAtOnce = 2 })
	logto.Import(logtosim.User{ID: "ann"}, logtosim.User{ID: "bob"}, logtosim.User{ID: "cid"})
	logto.SetFaults(logtosim.Faults{Requests: []logtosim.Fault{{Path: "/api/users", Hang: true}}})
	var group sync.WaitGroup
	for _, user := range []string{"ann", "bob"} {
		group.Go(func() { h.allowed(user, "view") })
	}
	h.await("two looks", func() bool { n, _ := logto.users(""); return n == 2 })
	if h.allowed("cid", "view") {
		t.Error("allowed without having been looked at")
	}
	if _, n := logto.users("cid"); n != 0 {
		t.Error("a third was asked for")
	}
	logto.SetFaults(logtosim.Faults{})
	group.Wait()
	h.await("room", func() bool { return h.allowed("cid", "view") })
}

// TestMadeUpNamesDoNotFloodLogto: a thousand at once, and what Logto is asked.
func TestMadeUpNamesDoNotFloodLogto(t *testing.T) {
	t.Parallel()
	h, logto := unheard(t, nil)
	began := time.Now()
	for batch := range 20 {
		var questions []object
		for i := range 50 {
			questions = append(questions, question(fmt.Sprintf("x%dx%d", batch, i)))
		}
		if _, b := h.call("POST", "/allowed/bulk", questions); strings.Contains(string(b), `"allow":true`) {
			t.Fatal("somebody who is not there may")
		}
	}
	if all, _ := logto.users(""); float64(all) > 50+50*time.Since(began).Seconds() {
		t.Errorf("Logto was asked %d times in %v", all, time.Since(began))
	}
}
