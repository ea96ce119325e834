package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/server"
)

const (
	adminEmail    = "ann@example.com"
	adminPassword = "a password of the tests"
)

// A person is a browser on the dashboard.
type browser struct {
	*house
	cookie *http.Cookie
	header http.Header // of every request
	env    string
}

func dashboard(t *testing.T, change func(*server.Config)) *house {
	t.Helper()
	return start(t, t.TempDir(), func(c *server.Config) {
		c.AdminEmail, c.AdminPassword = adminEmail, adminPassword
		if change != nil {
			change(c)
		}
	})
}

func (h *house) browser() *browser {
	return &browser{house: h, header: http.Header{"X-Gatehouse-Dashboard": {"1"}, "Sec-Fetch-Site": {"same-origin"}, "Origin": {h.url}}}
}

// ask sends a request as the dashboard does; what differs is in the pairs of header.
func (b *browser) ask(method, path string, body any, header ...string) (*http.Response, []byte) {
	b.t.Helper()
	in, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, bytes.NewReader(in))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header = b.header.Clone()
	if b.env != "" {
		r.Header.Set("X-Gatehouse-Environment", b.env)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			r.Header.Del(header[i])
		}
	}
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res, out
}

// wants is ask for the status only.
func (b *browser) wants(status int, method, path string, body any, header ...string) {
	b.t.Helper()
	if res, out := b.ask(method, path, body, header...); res.StatusCode != status {
		b.t.Errorf("%s %s %v: got %d %s, want %d", method, path, header, res.StatusCode, out, status)
	}
}

// signIn signs in and enters the first environment.
func (b *browser) signIn(email, password string) *browser {
	b.t.Helper()
	res, out := b.ask("POST", "/console/v1/session", object{"email": email, "password": password})
	if res.StatusCode != http.StatusOK || len(res.Cookies()) != 1 {
		b.t.Fatalf("got %d %s, want a cookie", res.StatusCode, out)
	}
	b.cookie = res.Cookies()[0]
	var session struct{ Environments []struct{ ID string } }
	if err := json.Unmarshal(out, &session); err != nil || len(session.Environments) == 0 {
		b.t.Fatalf("got %s (%v), want environments", out, err)
	}
	b.env = session.Environments[0].ID
	return b
}

func viewing(user string) object {
	return object{"user": object{"key": user}, "action": "view", "resource": object{"type": "reports", "tenant": "default"}}
}

// TestWhoIsSignedInIsAKey: every door lets the administrator in, under the rules that
// hold for keys, until the session ends.
func TestWhoIsSignedInIsAKey(t *testing.T) {
	t.Parallel()
	h := dashboard(t, nil)
	h.schema()
	b := h.browser().signIn(strings.ToUpper(adminEmail), adminPassword)
	if c := b.cookie; !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure || c.Path != "/" || c.MaxAge != 12*3600 {
		t.Errorf("got cookie %s", c)
	}
	b.wants(http.StatusOK, "GET", "/v2/facts/default/dev/users", nil)
	b.wants(http.StatusOK, "POST", "/v2/facts/default/dev/users", object{"key": "bob"})
	b.wants(http.StatusOK, "POST", "/allowed", viewing("bob"))
	b.wants(http.StatusOK, "GET", "/console/v1/status", nil)
	b.wants(http.StatusOK, "GET", "/v2/projects", nil, "X-Gatehouse-Environment", "")
	b.wants(http.StatusForbidden, "POST", "/allowed", viewing("bob"), "X-Gatehouse-Environment", "")
	b.wants(http.StatusForbidden, "GET", "/console/v1/status", nil, "X-Gatehouse-Environment", "no-such")
	_, changes := b.ask("GET", "/console/v1/projects/default/envs/dev/changes?kind=user", nil)
	if !strings.Contains(string(changes), `"actor":{"key_id":null,"name":"`+adminEmail+`"}`) {
		t.Errorf("the change does not name who made it: %s", changes)
	}
	b.wants(http.StatusNoContent, "DELETE", "/console/v1/session", nil)
	b.wants(http.StatusUnauthorized, "GET", "/v2/facts/default/dev/users", nil)
	b.wants(http.StatusUnauthorized, "POST", "/allowed", viewing("bob"))
	b.wants(http.StatusUnauthorized, "GET", "/console/v1/session", nil)
}

// TestAViewerCannotDoAnEditorsDeeds, nor an editor an owner's, by any door.
func TestAViewerCannotDoAnEditorsDeeds(t *testing.T) {
	t.Parallel()
	const forViewers, forEditors, forOwners = 1, 2, 3
	deeds := []struct {
		method, path string
		body         any
		need         int
	}{
		{"GET", "/v2/facts/default/dev/users", nil, forViewers},
		{"POST", "/allowed", viewing("bob"), forViewers},
		{"GET", "/console/v1/projects/default/envs/dev/settings", nil, forViewers},
		{"GET", "/console/v1/projects/default/envs/dev/activity", nil, forViewers},
		{"POST", "/v2/facts/default/dev/users", object{"key": "carl"}, forEditors},
		{"PATCH", "/v2/schema/default/dev/roles/viewer", object{"name": "V"}, forEditors},
		{"DELETE", "/v2/facts/default/dev/users/carl", nil, forEditors},
		{"PUT", "/console/v1/projects/default/envs/dev/settings", object{"instances_in_tenant": false, "rules_for_members": false, "fixed_built_ins": false, "typed_comparisons": false, "missing_denies": false}, forEditors},
		{"PUT", "/console/v1/projects/default/envs/dev/logto/connection", object{}, forOwners},
		{"GET", "/v2/members", nil, forOwners},
		{"GET", "/v2/api-key/default/dev", nil, forOwners},
		{"POST", "/v2/api-key", object{"organization_id": "o", "object_type": "org"}, forOwners},
	}
	for may, granted := range map[string]int{"read": forViewers, "write": forEditors, "admin": forOwners} {
		h := dashboard(t, nil)
		h.schema()
		h.grant(adminEmail, may)
		b := h.browser().signIn(adminEmail, adminPassword)
		for _, d := range deeds {
			env := b.env
			if strings.HasPrefix(d.path, "/v2/members") || strings.HasPrefix(d.path, "/v2/api-key") {
				env = ""
			}
			res, out := b.ask(d.method, d.path, d.body, "X-Gatehouse-Environment", env)
			if forbidden := res.StatusCode == http.StatusForbidden; forbidden != (granted < d.need) {
				t.Errorf("%s: %s %s: got %d %s", may, d.method, d.path, res.StatusCode, out)
			}
		}
	}
}

// grant changes how much the member may in the whole organization.
func (h *house) grant(email, may string) {
	h.t.Helper()
	org := *h
	org.key = orgAPIKey
	var scope struct {
		Organization string `json:"organization_id"`
	}
	org.must("GET", "/v2/api-key/scope", nil, &scope)
	org.must("POST", "/v2/members", object{"email": email, "permissions": []object{{"organization_id": scope.Organization, "object_type": "org", "access_level": may}}}, nil)
}

// TestRequestsOfOtherSitesFail although the browser sends the cookie.
func TestRequestsOfOtherSitesFail(t *testing.T) {
	t.Parallel()
	h := dashboard(t, nil)
	b := h.browser().signIn(adminEmail, adminPassword)
	const users = "/v2/facts/default/dev/users"
	for name, header := range map[string][]string{
		"a form of another site":      {"X-Gatehouse-Dashboard", "", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		"a form of the same machine":  {"X-Gatehouse-Dashboard", "", "Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:1"},
		"a script of another site":    {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		"a browser without the first": {"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
		"an origin that is hidden":    {"Sec-Fetch-Site", "", "Origin", "null"},
		"no header of ours":           {"X-Gatehouse-Dashboard", "", "Sec-Fetch-Site", "", "Origin", ""},
	} {
		for _, d := range []struct{ method, path string }{{"POST", users}, {"DELETE", users + "/x"}, {"POST", "/allowed"}, {"POST", "/console/v1/session"}, {"DELETE", "/console/v1/session"}} {
			if res, out := b.ask(d.method, d.path, object{"key": "x"}, header...); res.StatusCode != http.StatusForbidden {
				t.Errorf("%s: %s %s: got %d %s, want 403", name, d.method, d.path, res.StatusCode, out)
			}
		}
		if res, out := b.ask("GET", users, nil, header...); res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: got %d %s for reading", name, res.StatusCode, out)
		}
	}
	b.wants(http.StatusOK, "GET", users, nil) // it is the session that works
	b.cookie = nil
	b.wants(http.StatusUnauthorized, "GET", users, nil)
	b.wants(http.StatusUnauthorized, "GET", users, nil, "Authorization", "Bearer signed in")
}

func TestPasswordsAreNotGuessed(t *testing.T) {
	t.Parallel()
	h := dashboard(t, nil)
	b := h.browser()
	wrong := object{"email": adminEmail, "password": "not it"}
	_, nobody := b.ask("POST", "/console/v1/session", object{"email": "nobody@example.com", "password": "not it"})
	for range 10 {
		res, out := b.ask("POST", "/console/v1/session", wrong)
		if res.StatusCode != http.StatusUnauthorized || len(res.Cookies()) > 0 || string(out) != string(nobody) {
			t.Fatalf("got %d %s, want 401 as for nobody", res.StatusCode, out)
		}
	}
	res, out := b.ask("POST", "/console/v1/session", object{"email": adminEmail, "password": adminPassword})
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("got %d %s after ten wrong passwords, want 429", res.StatusCode, out)
	}
}

// TestTheFirstAdministratorIsAnnouncedOnce, and a password that is given replaces it.
func TestTheFirstAdministratorIsAnnouncedOnce(t *testing.T) {
	t.Parallel()
	dir, announced := t.TempDir(), []string{}
	open := func(given string) *house {
		return start(t, dir, func(c *server.Config) {
			c.AdminPassword = given
			c.AnnounceAdmin = func(email, password string) { announced = append(announced, email, password) }
		})
	}
	h := open("")
	if len(announced) != 2 || announced[0] != "admin@localhost" || len(announced[1]) < 20 {
		t.Fatalf("got %q", announced)
	}
	b := h.browser().signIn(announced[0], announced[1])
	h.stop()
	h = open("")
	b.house = h
	b.header = h.browser().header
	b.wants(http.StatusOK, "GET", "/console/v1/session", nil) // over a restart
	h.stop()
	h = open(adminPassword)
	b.house = h
	b.header = h.browser().header
	b.wants(http.StatusUnauthorized, "GET", "/console/v1/session", nil)
	b.wants(http.StatusUnauthorized, "POST", "/console/v1/session", object{"email": announced[0], "password": announced[1]})
	b.signIn(announced[0], adminPassword)
	if len(announced) != 2 {
		t.Errorf("announced again: %q", announced)
	}
}

// TestALinkSignsInOnce, and over https the cookie is for https only.
func TestALinkSignsInOnce(t *testing.T) {
	t.Parallel()
	h, s := run(t, server.Config{
		Listen: "127.0.0.1:0", DataDir: t.TempDir(), PublicURL: "https://authz.example.com", Log: discard(), AdminPassword: adminPassword,
	})
	path, err := s.SignInPath(t.Context(), 1e9*60)
	if err != nil {
		t.Fatal(err)
	}
	_, link, _ := strings.Cut(path, "#")
	b := h.browser()
	res, out := b.ask("POST", "/console/v1/session", object{"link": link}, "Origin", "https://authz.example.com")
	if res.StatusCode != http.StatusOK || len(res.Cookies()) != 1 || !res.Cookies()[0].Secure || res.Cookies()[0].Name != "__Host-gatehouse" {
		t.Fatalf("got %d %s %v", res.StatusCode, out, res.Cookies())
	}
	b.wants(http.StatusUnauthorized, "POST", "/console/v1/session", object{"link": link})
	b.wants(http.StatusBadRequest, "POST", "/console/v1/session", object{"email": "", "password": ""})
	b.wants(http.StatusUnprocessableEntity, "POST", "/console/v1/session", object{"user": "x"})
}

// TestThePageIsServedStrictly: whatever path the page has, with a nonce of its own.
func TestThePageIsServedStrictly(t *testing.T) {
	t.Parallel()
	h := dashboard(t, nil)
	b := h.browser()
	b.wants(http.StatusFound, "GET", "/", nil)
	b.wants(http.StatusNotFound, "GET", "/dashboard/assets/none.js", nil)
	seen := map[string]bool{}
	for _, path := range []string{"/dashboard/", "/dashboard/users/ann", "/dashboard/../dashboard/x", "/dashboard/index.html"} {
		res, _ := b.ask("GET", path, nil)
		if res.StatusCode == http.StatusMovedPermanently || res.StatusCode == http.StatusTemporaryRedirect {
			continue
		}
		policy := res.Header.Get("Content-Security-Policy")
		if res.StatusCode != http.StatusOK || strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; ") ||
			seen[policy] || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got %d %q %v", path, res.StatusCode, policy, res.Header)
		}
		seen[policy] = true
	}
}

// TestAMemberComesByALinkAndChoosesAPassword, which ends the sessions before it.
func TestAMemberComesByALinkAndChoosesAPassword(t *testing.T) {
	t.Parallel()
	h := dashboard(t, nil)
	const eve = "eve@example.com"
	h.grant(eve, "read")
	owner := h.browser().signIn(adminEmail, adminPassword)
	owner.env = ""
	_, out := owner.ask("GET", "/v2/members", nil)
	var members []struct{ ID, Email string }
	if err := json.Unmarshal(out, &members); err != nil || len(members) != 2 {
		t.Fatalf("got %s (%v), want two members", out, err)
	}
	id := members[slices.IndexFunc(members, func(m struct{ ID, Email string }) bool { return m.Email == eve })].ID
	at := "/console/v1/members/" + id + "/link"
	owner.wants(http.StatusNotFound, "POST", "/console/v1/members/none/link", nil)
	status, _ := h.call("POST", at, nil)
	if status != http.StatusForbidden {
		t.Errorf("got %d for a key of an environment, want 403", status)
	}
	_, out = owner.ask("POST", at, nil)
	var link struct{ Path string }
	if err := json.Unmarshal(out, &link); err != nil || !strings.HasPrefix(link.Path, "/dashboard/sign-in#") {
		t.Fatalf("got %s (%v), want a link", out, err)
	}
	_, secret, _ := strings.Cut(link.Path, "#")
	b := h.browser()
	res, out := b.ask("POST", "/console/v1/session", object{"link": secret})
	if res.StatusCode != http.StatusOK {
		t.Fatalf("got %d %s", res.StatusCode, out)
	}
	b.cookie = res.Cookies()[0]
	b.wants(http.StatusForbidden, "POST", at, nil) // a viewer
	b.wants(http.StatusBadRequest, "PUT", "/console/v1/session/password", object{"password": "short"})
	res, out = b.ask("PUT", "/console/v1/session/password", object{"password": "a first password"})
	if res.StatusCode != http.StatusNoContent {
		t.Fatalf("got %d %s", res.StatusCode, out)
	}
	b.wants(http.StatusUnauthorized, "GET", "/console/v1/session", nil) // the one before
	b.cookie = res.Cookies()[0]
	b.wants(http.StatusBadRequest, "PUT", "/console/v1/session/password", object{"current": "another", "password": "a second password"})
	b.wants(http.StatusForbidden, "PUT", "/console/v1/session/password", object{"password": "a second password"}, "Sec-Fetch-Site", "cross-site")
	b.wants(http.StatusNoContent, "PUT", "/console/v1/session/password", object{"current": "a first password", "password": "a second password"})
	h.browser().signIn(eve, "a second password")
}
