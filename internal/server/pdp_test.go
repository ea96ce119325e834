package server_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// facts is a server with the guide's schema and a resource role, and a way to send
// with the headers of a client that waits.
func facts(t *testing.T, change func(*server.Config)) *house {
	t.Helper()
	h := start(t, t.TempDir(), change)
	h.schema()
	return h
}

func (h *house) waits(method, path string, body any, timeout, policy string) (int, string) {
	h.t.Helper()
	header := http.Header{"X-Wait-Timeout": {timeout}}
	if policy != "" {
		header.Set("X-Timeout-Policy", policy)
	}
	status, b := h.send(method, path, body, header)
	return status, string(b)
}

// TestFactsGoThroughThePDP: the environment is that of the key, the answers are the
// REST API's, and decisions see a write when it is answered.
func TestFactsGoThroughThePDP(t *testing.T) {
	t.Parallel()
	h := facts(t, nil)
	for _, step := range []struct {
		method, path string
		body         any
		status       int
		holds        string
	}{
		{"POST", "/facts/users", object{"key": "ann|1"}, 200, `"key":"ann|1"`},
		{"PUT", "/facts/users/bob", object{"key": "bob"}, 201, `"key":"bob"`},
		{"PUT", "/facts/users/bob", object{"key": "bob", "first_name": "Bob"}, 200, `"Bob"`},
		{"PATCH", "/facts/users/ann%7C1", object{"first_name": "Ann"}, 200, `"Ann"`},
		{"GET", "/facts/users/ann%7C1", nil, 200, `"Ann"`},
		{"GET", "/facts/users?search=zoe&search=ann&per_page=5", nil, 200, `"total_count":1`},
		{"POST", "/facts/tenants", object{"key": "acme", "name": "Acme"}, 200, `"acme"`},
		{"POST", "/facts/role_assignments", object{"user": "ann|1", "role": "viewer", "tenant": "default"}, 200, `"role":"viewer"`},
		{"POST", "/facts/role_assignments", object{"user": "ann|1", "role": "viewer", "tenant": "default"}, 409, `DUPLICATE_ENTITY`},
		{"GET", "/facts/role_assignments?user=nobody&user=ann%7C1", nil, 200, `"role":"viewer"`},
		{"GET", "/facts/role_assignments?user=ann%7C1&user=nobody", nil, 200, `[]`},
		{"DELETE", "/facts/role_assignments", object{"user": "ann|1", "role": "viewer", "tenant": "default"}, 200, `"role":"viewer"`},
		{"DELETE", "/facts/role_assignments", object{"user": "ann|1", "role": "viewer", "tenant": "default"}, 404, `NOT_FOUND`},
		{"POST", "/facts/users/bob/roles", object{"role": "viewer", "tenant": "default"}, 200, `"user":"bob"`},
		{"DELETE", "/facts/users/bob/roles?return_deleted=false", object{"role": "viewer", "tenant": "default"}, 200, `"user":"bob"`},
		{"POST", "/facts/resource_instances", object{"key": "q3", "resource": "reports", "tenant": "default"}, 200, `"q3"`},
		{"PATCH", "/facts/resource_instances/reports:q3", object{"attributes": object{"a": 1}}, 200, `"a":1`},
		{"DELETE", "/facts/resource_instances/reports%3Aq3", nil, 204, ""},
		{"DELETE", "/facts/users/bob", nil, 204, ""},
		{"GET", "/facts/users/bob", nil, 404, `NOT_FOUND`},
		{"GET", "/facts/email_configurations", nil, 501, `not offer`},
		{"POST", "/facts/users", object{"key": "x", "nose": 1}, 422, `"nose"`},
		{"GET", "/facts/users?per_page=1000", nil, 422, `"per_page"`},
		{"PUT", "/facts/tenants", nil, 405, `Method Not Allowed`},
	} {
		if status, b := h.call(step.method, step.path, step.body); status != step.status || !strings.Contains(string(b), step.holds) {
			t.Errorf("%s %s: got %d %s, want %d with %s", step.method, step.path, status, b, step.status, step.holds)
		}
	}
}

// TestAWriteThatWaitsSaysHowLong: by the headers of Permit's clients, at both
// addresses of facts.
func TestAWriteThatWaitsSaysHowLong(t *testing.T) {
	t.Parallel()
	h := facts(t, nil)
	for i, c := range []struct {
		timeout, policy string
		status          int
		holds           string
	}{
		{"10", "", 200, `"key"`}, {"", "fail", 200, `"key"`}, {"-1", "ignore", 200, `"key"`}, {"0", "fail", 200, `"key"`}, {"0.5", "FAIL", 200, `"key"`},
		{"inf", "", 200, `"key"`}, {"1e400", "", 200, `"key"`}, {"1e-9", "ignore", 200, `"key"`},
		{"soon", "", 400, "X-Wait-Timeout"}, {"nan", "", 400, "X-Wait-Timeout"}, {"1", "retry", 400, "X-Timeout-Policy"},
	} {
		for _, base := range []string{"/facts", "/v2/facts/default/dev"} {
			key := "u" + string(rune('a'+i)) + strings.ReplaceAll(base, "/", "-")
			status, b := h.waits("POST", base+"/users", object{"key": key}, c.timeout, c.policy)
			if status != c.status || !strings.Contains(b, c.holds) {
				t.Errorf("%s: %q %q: got %d %s, want %d with %s", base, c.timeout, c.policy, status, b, c.status, c.holds)
			}
			if status, _ := h.call("GET", "/facts/users/"+key, nil); (status == 200) != (c.status == 200) {
				t.Errorf("%s: %q %q: the user is read with %d after %d", base, c.timeout, c.policy, status, c.status)
			}
		}
	}
	// Only writes that wait look at the headers.
	if status, b := h.waits("GET", "/facts/users", nil, "soon", "retry"); status != 200 {
		t.Errorf("got %d %s, want 200", status, b)
	}
	// The REST API keeps its own ways where no header says that it is taken for a PDP.
	h.must("POST", "/v2/facts/default/dev/role_assignments", object{"user": "ua-facts", "role": "viewer", "tenant": "default"}, nil)
	if !h.allowed("ua-facts", "view") {
		t.Error("the role is not seen")
	}
	if status, b := h.call("DELETE", "/v2/facts/default/dev/role_assignments", object{"user": "ua-facts", "role": "viewer", "tenant": "default"}); status != 204 || len(b) > 0 {
		t.Errorf("got %d %s, want 204", status, b)
	}
	h.must("POST", "/v2/facts/default/dev/role_assignments", object{"user": "ua-facts", "role": "viewer", "tenant": "default"}, nil)
	if status, b := h.waits("DELETE", "/v2/facts/default/dev/role_assignments", object{"user": "ua-facts", "role": "viewer", "tenant": "default"}, "10", ""); status != 200 || !strings.Contains(b, `"viewer"`) {
		t.Errorf("got %d %s, want 200 and what was taken away", status, b)
	}
	if h.allowed("ua-facts", "view") {
		t.Error("the role is seen after it was taken away")
	}
}

// TestFactsNeedAKeyOfTheEnvironment: an organization's key has no environment.
func TestFactsNeedAKeyOfTheEnvironment(t *testing.T) {
	t.Parallel()
	h := facts(t, nil)
	for authorization, want := range map[string]int{"": 401, "Bearer wrong": 403, "Bearer " + orgAPIKey: 403, "Bearer " + apiKey: 200} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/facts/users", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", authorization)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _ = res.Body.Close(); res.StatusCode != want {
			t.Errorf("%.12s: got %d, want %d", authorization, res.StatusCode, want)
		}
	}
}

// TestARequestIsAllowedByRulesSetUpOverREST: from a proxy config to /allowed_url.
func TestARequestIsAllowedByRulesSetUpOverREST(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := start(t, dir, nil)
	h.schema()
	h.must("POST", "/facts/users", object{"key": "ann"}, nil)
	h.must("POST", "/facts/role_assignments", object{"user": "ann", "role": "viewer", "tenant": "default"}, nil)
	ask := func(method, url string) bool {
		t.Helper()
		var answer struct{ Allow bool }
		h.must("POST", "/allowed_url", object{"user": object{"key": "ann"}, "http_method": method, "url": url, "tenant": "default"}, &answer)
		return answer.Allow
	}
	if ask("GET", "https://app.test/reports/7") {
		t.Error("allowed before there is a rule")
	}
	rule := object{"url": "https://app.test/reports/{id}", "http_method": "get", "resource": "reports", "action": "view"}
	h.must("POST", "/facts/proxy_configs", object{"key": "app", "name": "App", "secret": "hidden", "mapping_rules": []object{
		rule, {"url": `^https://app\.test/reports/(?P<id>\d+)$`, "url_type": "regex", "http_method": "put", "resource": "reports", "action": "edit"},
	}}, nil)
	if !ask("GET", "https://app.test/reports/7") || ask("PUT", "https://app.test/reports/7") || ask("DELETE", "https://app.test/reports/7") {
		t.Error("the rules do not hold")
	}
	rule["should_delete"] = true
	h.must("PATCH", "/v2/facts/default/dev/proxy_configs/app", object{"mapping_rules": []object{rule, {"url": "https://app.test/r", "http_method": "get", "resource": "reports", "action": "view"}}}, nil)
	if ask("GET", "https://app.test/reports/7") || !ask("get", "https://app.test/r") {
		t.Error("the rules are not those of the update")
	}
	h.stop()
	h = start(t, dir, nil)
	if !ask("get", "https://app.test/r") {
		t.Error("the rules are not there after a restart")
	}
	var config struct{ Secret string }
	h.must("GET", "/facts/proxy_configs/app", nil, &config)
	if config.Secret != "hidden" {
		t.Errorf("got secret %q after a restart", config.Secret)
	}
	h.must("DELETE", "/facts/proxy_configs/app", nil, nil)
	if ask("get", "https://app.test/r") {
		t.Error("allowed after the deletion")
	}
}

// TestThePolicyHasAnAddressOfItsOwn: only its paths, with the same keys, until the
// server stops.
func TestThePolicyHasAnAddressOfItsOwn(t *testing.T) {
	t.Parallel()
	c := server.Config{
		Listen: "127.0.0.1:0", OPAListen: "127.0.0.1:0", DataDir: t.TempDir(), APIKey: apiKey, OrgAPIKey: orgAPIKey, Log: discard(),
	}
	h, s := run(t, c)
	main, opa := h.url, "http://"+s.OPAAddr()
	h.schema()
	h.must("POST", "/facts/users", object{"key": "ann"}, nil)
	h.must("POST", "/facts/users/ann/roles", object{"role": "viewer", "tenant": "default"}, nil)
	asks := object{"input": object{"user": object{"key": "ann"}, "action": "view", "resource": object{"type": "reports", "tenant": "default"}}}
	h.url = opa
	if status, b := h.call("POST", "/v1/data/permit/root", asks); status != 200 || !strings.Contains(string(b), `"allow":true`) {
		t.Errorf("got %d %s, want it allowed", status, b)
	}
	if status, b := h.call("POST", "//v1/data/permit/bulk", object{"input": []any{asks["input"]}}); status != 200 || !strings.Contains(string(b), `"allow":true`) {
		t.Errorf("got %d %s, want it allowed", status, b)
	}
	for path, want := range map[string]int{"/health": 200, "/allowed": 404, "/v2/facts/default/dev/users": 404, "/facts/users": 404, "/metrics": 404, "/v1/data/permit/debug": 501} {
		if status, b := h.call("GET", path, nil); status != want {
			t.Errorf("%s: got %d %s, want %d", path, status, b, want)
		}
	}
	res, err := http.Post(opa+"/v1/data/permit/root", "application/json", strings.NewReader(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if _ = res.Body.Close(); res.StatusCode != 401 {
		t.Errorf("without a key: got %d, want 401", res.StatusCode)
	}
	h.stop()
	for _, url := range []string{main, opa} {
		if res, err := http.Get(url + "/health"); err == nil {
			_ = res.Body.Close()
			t.Errorf("%s answers after the server stopped", url)
		}
	}
}

// TestKongIsSetUpByItsTable: and refused without, or with one that cannot be read.
func TestKongIsSetUpByItsTable(t *testing.T) {
	t.Parallel()
	ask := func(h *house) (int, string) {
		status, b := h.call("POST", "/kong", object{"input": object{"request": object{"http": object{"method": "VIEW", "path": "/reports/7"}}, "consumer": object{"username": "ann"}}})
		return status, string(b)
	}
	h := facts(t, func(c *server.Config) { c.KongRoutes = []byte(`[["^/reports/", "reports"]]`) })
	h.must("POST", "/facts/users", object{"key": "ann"}, nil)
	if status, b := ask(h); status != 200 || b != "{\"result\":false}\n" {
		t.Errorf("got %d %s, want false", status, b)
	}
	h.must("POST", "/facts/users/ann/roles", object{"role": "viewer", "tenant": "default"}, nil)
	if status, b := ask(h); status != 200 || b != "{\"result\":true}\n" {
		t.Errorf("got %d %s, want true", status, b)
	}
	if status, b := ask(facts(t, nil)); status != 503 {
		t.Errorf("got %d %s, want 503", status, b)
	}
	dir := t.TempDir()
	_, err := server.New(t.Context(), server.Config{Listen: "127.0.0.1:0", DataDir: dir, KongRoutes: []byte(`[["(", "a"]]`), Log: discard()})
	if authz.KindOf(err) != authz.Invalid || !strings.Contains(err.Error(), "GATEHOUSE_KONG_ROUTES: route 0") {
		t.Errorf("got %v, want Invalid that names the setting and the route", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "gatehouse.db")); err == nil {
		t.Error("a database was made although a setting is wrong")
	}
}
