package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/gatehousehttp"
	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/demo/stage"
)

// newPages is the service with its pages, and its address.
func newPages(t *testing.T) (s *stage.Stage, address string) {
	t.Helper()
	const resource, id, secret = "https://reports.example.com/api", "goexample000000000000", "the-secret"
	s = stage.New(t)
	s.Resource(resource)
	mux := http.NewServeMux()
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)
	s.Sim.Register(logtosim.Registration{
		ID: id, Secret: secret, RedirectURIs: []string{web.URL + "/callback"}, PostLogoutRedirectURIs: []string{web.URL + "/"},
	})
	service, err := newService(gatehousehttp.Config{Logto: s.Logto, Audience: resource, Gatehouse: s.Gatehouse, APIKey: s.Key},
		siteConfig{Address: web.URL, AppID: id, AppSecret: secret})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/", service)
	return s, web.URL
}

// TestPeopleSignInInABrowser with Logto's official SDK for Go: a page is shown to them,
// another is refused with the reason.
func TestPeopleSignInInABrowser(t *testing.T) {
	t.Parallel()
	s, address := newPages(t)
	stage.Visit(t, "go", "GATEHOUSE_URL="+s.Gatehouse, "GATEHOUSE_API_KEY="+s.Key, "GATEHOUSE_LOGTO="+s.Logto, "GATEHOUSE_APP="+address)
}

// TestNobodyIsLedToTheSignIn, whatever the browser says of itself.
func TestNobodyIsLedToTheSignIn(t *testing.T) {
	t.Parallel()
	_, address := newPages(t)
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for path, to := range map[string]string{
		"/pages/reports":             "/sign-in",
		"/pages/administration":      "/sign-in",
		"/callback?code=x&state=y":   "/sign-in",
		"/pages/reports?user=ann":    "/sign-in",
		"/sign-in":                   "/oidc/auth?",
		"/pages/administration?as=x": "/sign-in",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.AddCookie(&http.Cookie{Name: cookieName, Value: "made-up"})
		resp, err := browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusSeeOther || !strings.Contains(resp.Header.Get("Location"), to) {
			t.Errorf("%s: got %d to %q, want 303 to %s", path, resp.StatusCode, resp.Header.Get("Location"), to)
		}
	}
}

// TestACallbackOfAnotherSignInIsRefused: the state must be that of this browser.
func TestACallbackOfAnotherSignInIsRefused(t *testing.T) {
	t.Parallel()
	_, address := newPages(t)
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	begun, err := browser.Get(address + "/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	_ = begun.Body.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/callback?code=x&state=another", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range begun.Cookies() {
		req.AddCookie(c)
	}
	resp, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusBadRequest || len(resp.Cookies()) > 0 {
		t.Errorf("got %d and %d cookies, want 400 and no session", resp.StatusCode, len(resp.Cookies()))
	}
}
