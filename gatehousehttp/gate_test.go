package gatehousehttp_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/gatehousehttp"
	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/demo/stage"
)

const (
	ann    = stage.User
	api    = "https://reports.example.org/api"
	theirs = stage.Organization
	spa    = "application0000000000"
)

// A house is a Gatehouse in which Ann may view reports, and in the tenant of her
// organization delete them, and a clock of the gate.
type house struct {
	*stage.Stage
	offset atomic.Int64 // in nanoseconds
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{Stage: stage.New(t)}
	h.Resource(api)
	return h
}

func (h *house) config() gatehousehttp.Config {
	return gatehousehttp.Config{
		Logto: h.Logto, Audience: api, Gatehouse: h.Gatehouse, APIKey: h.Key,
		Now: func() time.Time { return time.Now().Add(time.Duration(h.offset.Load())) },
	}
}

// service is a service behind a gate, which says who came through.
func service(t *testing.T, c gatehousehttp.Config) http.Handler {
	t.Helper()
	gate, err := gatehousehttp.New(c)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	come := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, _ := gatehousehttp.TokenOf(r.Context())
		_, _ = io.WriteString(w, token.User+" of "+token.Organization)
	})
	mux.Handle("GET /reports", gate.Require("view", "reports")(come))
	mux.Handle("DELETE /reports/{id}", gate.Require("delete", "reports", gatehousehttp.Key("id"))(come))
	return mux
}

// send sends a request with values of the header Authorization.
func send(s http.Handler, method, path string, authorization ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for _, a := range authorization {
		r.Header.Add("Authorization", a)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// refused wants a refusal with a reason.
func refused(t *testing.T, what string, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	var said struct{ Error, Reason string }
	err := json.Unmarshal(w.Body.Bytes(), &said)
	if w.Code != status || err != nil || said.Error != code || said.Reason == "" {
		t.Errorf("%s: got %d %s, want %d %s with a reason", what, w.Code, w.Body, status, code)
	}
	if challenge := w.Header().Get("WWW-Authenticate"); (status == http.StatusUnauthorized) != strings.HasPrefix(challenge, "Bearer") {
		t.Errorf("%s: got the challenge %q with %d", what, challenge, status)
	}
}

func TestWhoMayComesThrough(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := service(t, h.config())
	own, organization := "Bearer "+h.Token(api, ""), "bearer "+h.Token(api, theirs)

	if w := send(s, "GET", "/reports", own); w.Code != http.StatusOK || w.Body.String() != ann+" of " {
		t.Errorf("got %d %s, want Ann of no organization", w.Code, w.Body)
	}
	refused(t, "what no role allows", send(s, "DELETE", "/reports/q3", own), http.StatusForbidden, "no_permission")
	if w := send(s, "DELETE", "/reports/q3", organization); w.Code != http.StatusOK || w.Body.String() != ann+" of "+theirs {
		t.Errorf("got %d %s, want Ann of her organization", w.Code, w.Body)
	}
	refused(t, "a role of another tenant", send(s, "GET", "/reports", organization), http.StatusForbidden, "no_permission")
	if n := h.KeyFetches(); n != 1 {
		t.Errorf("the keys were fetched %d times, want once", n)
	}
}

func TestOrganizationTokens(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.config()
	c.Audience = ""
	s := service(t, c)
	if w := send(s, "DELETE", "/reports/q3", "Bearer "+h.Token("", theirs)); w.Code != http.StatusOK {
		t.Errorf("got %d %s, want 200", w.Code, w.Body)
	}
	refused(t, "a token of a resource", send(s, "DELETE", "/reports/q3", "Bearer "+h.Token(api, theirs)), http.StatusUnauthorized, "invalid_token")
	c = h.config()
	c.NeedOrganization = true
	refused(t, "no organization", send(service(t, c), "GET", "/reports", "Bearer "+h.Token(api, "")), http.StatusUnauthorized, "invalid_token")
	refused(t, "an organization's token where a resource's is wanted", send(service(t, h.config()), "GET", "/reports", "Bearer "+h.Token("", theirs)), http.StatusUnauthorized, "invalid_token")
}

// TestABadTokenIsRefused, whatever is bad about it.
func TestABadTokenIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := service(t, h.config())
	good := h.Token(api, "")
	for name, authorization := range h.BadAuthorizations(api) {
		refused(t, name, send(s, "GET", "/reports", authorization...), http.StatusUnauthorized, "invalid_token")
	}
	refused(t, "no header", send(s, "GET", "/reports"), http.StatusUnauthorized, "no_token")
	h.offset.Store(int64(59 * time.Minute))
	if w := send(s, "GET", "/reports", "Bearer "+good); w.Code != http.StatusOK {
		t.Errorf("before it expires: got %d %s", w.Code, w.Body)
	}
	h.offset.Store(int64(61 * time.Minute))
	refused(t, "expired", send(s, "GET", "/reports", "Bearer "+good), http.StatusUnauthorized, "invalid_token")
	h.offset.Store(-int64(time.Minute))
	refused(t, "of the future", send(s, "GET", "/reports", "Bearer "+good), http.StatusUnauthorized, "invalid_token")
}

// TestAnIDTokenIsNoAccessToken, even for a gate whose audience is the application.
func TestAnIDTokenIsNoAccessToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const back = "http://app.example/callback"
	h.Sim.Register(logtosim.Registration{ID: spa, Secret: "secret", RedirectURIs: []string{back}})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var at *url.URL
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if at = r.URL; at.Host == "app.example" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	post := func(path string, form url.Values) *http.Response {
		resp, err := browser.PostForm(h.Logto+path, form)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		return resp
	}
	q := url.Values{"client_id": {spa}, "redirect_uri": {back}, "response_type": {"code"}, "scope": {"openid"}}
	resp, err := browser.Get(h.Logto + "/oidc/auth?" + q.Encode())
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	post("/people/"+ann+"/sign-in", url.Values{"interaction": {at.Query().Get("interaction")}})
	answer := post("/oidc/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {at.Query().Get("code")}, "redirect_uri": {back}, "client_id": {spa}, "client_secret": {"secret"},
	})
	var tokens struct {
		ID string `json:"id_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&tokens); err != nil || tokens.ID == "" {
		t.Fatalf("got %s and %v, want an ID token", answer.Status, err)
	}
	c := h.config()
	c.Audience = spa
	refused(t, "an ID token", send(service(t, c), "GET", "/reports", "Bearer "+tokens.ID), http.StatusUnauthorized, "invalid_token")
}

// TestKeysAreFetchedAsNeeded: once, for a key that is new, and again after a while;
// not for keys that are made up.
func TestKeysAreFetchedAsNeeded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := service(t, h.config())
	old := "Bearer " + h.Token(api, "")
	wantOK := func(what, authorization string, fetches int64) {
		t.Helper()
		w := send(s, "GET", "/reports", authorization)
		if n := h.KeyFetches(); w.Code != http.StatusOK || n != fetches {
			t.Errorf("%s: got %d %s after %d fetches, want 200 after %d", what, w.Code, w.Body, n, fetches)
		}
	}
	wantOK("the first", old, 1)
	h.Sim.RotateKey()
	rotated := "Bearer " + h.Token(api, "")
	refused(t, "a new key within the pause", send(s, "GET", "/reports", rotated), http.StatusUnauthorized, "invalid_token")
	h.offset.Add(int64(11 * time.Second))
	wantOK("a new key", rotated, 2)
	wantOK("the old key", old, 2)
	for range 5 {
		refused(t, "a made-up key", send(s, "GET", "/reports", "Bearer "+h.OtherKey(api)), http.StatusUnauthorized, "invalid_token")
	}
	if n := h.KeyFetches(); n != 2 {
		t.Errorf("made-up keys were asked for: %d fetches", n)
	}

	h.Sim.ForgetKeys()
	wantOK("a deleted key for a while", old, 2)
	h.offset.Add(int64(11 * time.Minute))
	refused(t, "a deleted key", send(s, "GET", "/reports", old), http.StatusUnauthorized, "invalid_token")

	h.CloseLogto()
	h.offset.Add(int64(11 * time.Minute))
	wantOK("while Logto is away", rotated, 3)
	w := send(service(t, h.config()), "GET", "/reports", rotated)
	refused(t, "a gate that has met no key", w, http.StatusServiceUnavailable, "no_keys")
}

// TestWithoutAClearYesNobodyComesThrough.
func TestWithoutAClearYesNobodyComesThrough(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token := "Bearer " + h.Token(api, "")
	stub := func(status int, body string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", h.Gatehouse+"/allowed")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	for name, address := range map[string]string{
		"an error": stub(500, `{"allow":true}`), "a redirect": stub(307, `{"allow":true}`), "no JSON": stub(200, "allow"),
		"a text": stub(200, `{"allow":"true"}`), "broken off": stub(200, `{"allow":true`), "nobody": "http://127.0.0.1:1",
	} {
		c := h.config()
		c.Gatehouse = address
		refused(t, name, send(service(t, c), "GET", "/reports", token), http.StatusServiceUnavailable, "no_answer")
	}
	c := h.config()
	c.Gatehouse = stub(200, `{}`)
	refused(t, "nothing", send(service(t, c), "GET", "/reports", token), http.StatusForbidden, "denied")
	c = h.config()
	c.APIKey = "another"
	refused(t, "another API key", send(service(t, c), "GET", "/reports", token), http.StatusServiceUnavailable, "no_answer")
}

func TestAConfigurationMustSayEnough(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]gatehousehttp.Config{
		"no Logto":     {Gatehouse: "http://gatehouse", APIKey: "key"},
		"no Gatehouse": {Logto: "http://logto", APIKey: "key"},
		"no key":       {Logto: "http://logto", Gatehouse: "http://gatehouse"},
	} {
		if _, err := gatehousehttp.New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
