package logto_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
)

const secret = "a-secret:with+signs"

// A played is an answer recorded from Logto's Management API.
type played struct {
	status int
	kind   string
	body   []byte
}

func recordedAnswer(t *testing.T, name string) played {
	t.Helper()
	var r struct {
		Response struct {
			Status  int
			Headers map[string]string
			Body    string `json:"body_base64"`
		}
	}
	readJSON(t, "testdata/management/"+name+".json", &r)
	body, err := base64.StdEncoding.DecodeString(r.Response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return played{r.Response.Status, r.Response.Headers["content-type"], body}
}

// A stage plays Logto. Its tokens are "token-1", "token-2", …
type stage struct {
	*httptest.Server
	grants atomic.Int64 // tokens asked for
	asks   atomic.Int64 // users asked for
	grant  func(n int64, w http.ResponseWriter)
	answer func(n int64, w http.ResponseWriter, r *http.Request)

	organizations, roles played // of every user

	list func(w http.ResponseWriter, r *http.Request) // of all users
}

func (s *stage) client() *logto.Client {
	return &logto.Client{Endpoint: s.URL, AppID: "app/1", AppSecret: secret}
}

func (p played) play(w http.ResponseWriter) {
	w.Header().Set("Content-Type", p.kind)
	w.WriteHeader(p.status)
	_, _ = w.Write(p.body)
}

func newStage(t *testing.T, answer played) *stage {
	t.Helper()
	s := &stage{
		grant: func(n int64, w http.ResponseWriter) {
			_, _ = fmt.Fprintf(w, `{"access_token":"token-%d","expires_in":3600,"token_type":"Bearer","scope":"all"}`, n)
		},
		answer: func(_ int64, w http.ResponseWriter, _ *http.Request) { answer.play(w) },

		organizations: recordedAnswer(t, "users-organizations"), roles: recordedAnswer(t, "users-roles"),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oidc/token", func(w http.ResponseWriter, r *http.Request) {
		n := s.grants.Add(1)
		id, pass, _ := r.BasicAuth()
		form := r.FormValue("grant_type") + " " + r.FormValue("resource") + " " + r.FormValue("scope")
		if id != "app%2F1" || pass != "a-secret%3Awith%2Bsigns" || form != "client_credentials https://default.logto.app/api all" {
			t.Errorf("token asked with %q %q %q", id, pass, form)
		}
		s.grant(n, w)
	})
	mux.HandleFunc("GET /api/users/{id}", func(w http.ResponseWriter, r *http.Request) {
		n := s.asks.Add(1)
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
			t.Errorf("user asked with %q", r.Header.Get("Authorization"))
		}
		s.answer(n, w, r)
	})
	mux.HandleFunc("GET /api/users/{id}/organizations", func(w http.ResponseWriter, _ *http.Request) { s.organizations.play(w) })
	mux.HandleFunc("GET /api/users/{id}/roles", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Total-Number", "1")
		s.roles.play(w)
	})
	mux.HandleFunc("GET /api/users", func(w http.ResponseWriter, r *http.Request) { s.list(w, r) })
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func ask(ctx context.Context, c *logto.Client, id string) (authz.Account, bool, error) {
	return (&logto.Source{Client: c}).Observe(ctx, subject(id), func(context.Context) ([]ingest.Delivery, error) {
		return nil, errors.New("payloads are not asked for")
	})
}

func TestLogtoIsAsked(t *testing.T) {
	t.Parallel()
	s := newStage(t, recordedAnswer(t, "users-get"))
	s.grant = func(_ int64, w http.ResponseWriter) { recordedAnswer(t, "token-m2m-client-credentials-basic").play(w) }
	c := s.client()
	c.Endpoint += "/"
	want := authz.Account{
		Source: "logto", Key: "ixnhp5grhkar", Exists: true, FirstName: "Alice",
		Attributes: authz.Attributes{"username": "alice2", "phone": nil, "custom_data": map[string]any{"self": "service"}, "suspended": false},
		Placed:     true, Roles: []string{"viewer-renamed"},
		Places: []authz.Place{{
			Organization: authz.SourceOrganization{
				Origin: authz.Origin{Source: "logto", ID: "j559qs7he415"}, Exists: true, Name: "Açmé renamed",
				Attributes: authz.Attributes{"custom_data": map[string]any{"plan": "free"}},
			},
			Roles: []string{"org-admin", "org-member"},
		}},
	}
	for range 3 {
		got, ok, err := ask(t.Context(), c, "ixnhp5grhkar")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if diff := cmp.Diff(want, got, noFacts); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if s.grants.Load() != 1 || s.asks.Load() != 3 {
		t.Errorf("got %d tokens for %d questions, want 1 for 3", s.grants.Load(), s.asks.Load())
	}
}

func TestIDsAreEscaped(t *testing.T) {
	t.Parallel()
	s := newStage(t, played{})
	s.answer = func(_ int64, w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(wholeUser(r.PathValue("id"))))
	}
	for _, id := range []string{"auth0|5f7c", "a+b@example.org", "...", "-_."} {
		if got, ok, err := ask(t.Context(), s.client(), id); err != nil || !ok || got.Key != authz.UserKey(id) {
			t.Errorf("%s: got %v %v %v", id, got.Key, ok, err)
		}
	}
}

func TestOnlyLogtoSaysThatAUserIsGone(t *testing.T) {
	t.Parallel()
	got, ok, err := ask(t.Context(), newStage(t, recordedAnswer(t, "users-get-404")).client(), "doesnotexist")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if diff := cmp.Diff(authz.Account{Source: "logto", Key: "doesnotexist"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEverythingElseIsUnavailable(t *testing.T) {
	t.Parallel()
	html := func(status int) played { return played{status, "text/html", []byte("<html>token-1</html>")} }
	for name, c := range map[string]struct {
		answer played
		says   string
	}{
		"unknownRoute":       {recordedAnswer(t, "error-404-unknown-route"), "logto answered 404: is GATEHOUSE_LOGTO_ENDPOINT the address"},
		"anotherCode":        {recordedAnswer(t, "error-404-role-assign-unknown-role"), "404 entity.not_exists_with_id"},
		"htmlNotFound":       {html(404), "404: is GATEHOUSE_LOGTO_ENDPOINT"},
		"codeInHTML":         {played{404, "text/html", []byte(`<p>{"code":"entity.not_found"}</p>`)}, "404: "},
		"codeInAnotherCase":  {played{404, "application/json", []byte(`{"Code":"entity.not_found"}`)}, "404: "},
		"codeInAList":        {played{404, "application/json", []byte(`[{"code":"entity.not_found"}]`)}, "404: "},
		"notFoundWithOK":     {played{200, "application/json", []byte(`{"code":"entity.not_found"}`)}, "is not a user"},
		"gone":               {played{410, "application/json", []byte(`{"code":"entity.not_found"}`)}, "410"},
		"badToken":           {recordedAnswer(t, "error-401-tampered-signature"), "401 auth.unauthorized: it refuses the token"},
		"withoutScope":       {recordedAnswer(t, "error-403-m2m-token-without-scope"), `403 auth.forbidden: the app "app/1" needs a machine-to-machine role`},
		"method":             {recordedAnswer(t, "error-405-method"), "405"},
		"tooMany":            {html(429), "429"},
		"broken":             {html(500), "500"},
		"away":               {html(503), "503"},
		"html":               {html(200), "does not answer as logto does"},
		"empty":              {played{200, "application/json", nil}, "does not answer as logto does"},
		"list":               {played{200, "application/json", []byte(`[]`)}, "does not answer as logto does"},
		"anotherUser":        {recordedAnswer(t, "users-get-sso-identities"), "answered with another"},
		"halfAUser":          {played{200, "application/json", []byte(wholeUser("u1", "isSuspended"))}, "is not a user"},
		"noContent":          {played{204, "", nil}, "204"},
		"tooLarge":           {played{200, "application/json", []byte(`{"id":"` + strings.Repeat("a", 8<<20) + `"}`)}, "larger than 8388608 bytes"},
		"codeWithOtherSigns": {played{400, "application/json", []byte(`{"code":"<b>token-1</b>"}`)}, "logto answered 400: asked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			account, ok, err := ask(t.Context(), newStage(t, c.answer).client(), "u1")
			if ok || !cmp.Equal(account, authz.Account{}) {
				t.Errorf("got %+v %v beside the error", account, ok)
			}
			wantUnavailable(t, err, c.says)
		})
	}
}

func wantUnavailable(t *testing.T, err error, says string) {
	t.Helper()
	if authz.KindOf(err) != authz.Unavailable || !strings.Contains(err.Error(), says) {
		t.Fatalf("got %v, want Unavailable that says %q", err, says)
	}
	if strings.Contains(err.Error(), "token-1") || strings.Contains(err.Error(), "with+signs") {
		t.Errorf("the error tells a secret: %v", err)
	}
}

func TestWaitingIsPassedOn(t *testing.T) {
	t.Parallel()
	s := newStage(t, played{})
	s.answer = func(_ int64, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _, err := ask(t.Context(), s.client(), "u1")
	wantUnavailable(t, err, "it wants no request for 30 seconds")
	if s.asks.Load() != 1 {
		t.Errorf("asked %d times, want once", s.asks.Load())
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s with %q went elsewhere", r.Method, r.URL, r.Header.Get("Authorization"))
	}))
	t.Cleanup(elsewhere.Close)
	moved := func(w http.ResponseWriter) {
		w.Header().Set("Location", elsewhere.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
	s := newStage(t, played{})
	s.answer = func(_ int64, w http.ResponseWriter, _ *http.Request) { moved(w) }
	c := s.client()
	c.HTTP = &http.Client{Timeout: time.Minute}
	_, _, err := ask(t.Context(), c, "u1")
	wantUnavailable(t, err, "it redirects, so GATEHOUSE_LOGTO_ENDPOINT is not its final address")
	s.grant = func(_ int64, w http.ResponseWriter) { moved(w) }
	_, _, err = ask(t.Context(), s.client(), "u1")
	wantUnavailable(t, err, "it redirects")
}

func TestAnEndpointThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newStage(t, played{})
	c := s.client()
	s.Close()
	_, _, err := ask(t.Context(), c, "u1")
	wantUnavailable(t, err, "logto does not answer at GATEHOUSE_LOGTO_ENDPOINT: dial tcp")
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://auth.example.com":       "https://auth.example.com",
		"https://auth.example.com/":      "https://auth.example.com",
		"http://logto:3001//":            "http://logto:3001",
		"https://example.com/logto/":     "https://example.com/logto",
		"":                               "",
		"auth.example.com":               "",
		"logto:3001":                     "",
		"ftp://auth.example.com":         "",
		"https://":                       "",
		"https://:443":                   "",
		"https://u:hunter2@example.com":  "",
		"https://example.com?x=hunter2":  "",
		"https://example.com#x":          "",
		"https://auth.example.com/api":   "",
		"https://auth.example.com/api/":  "",
		"https://auth.example.com/oidc":  "",
		"https://auth.example.com/\x7f":  "",
		"https://auth hunter2 .example/": "",
	} {
		u, err := logto.ParseEndpoint(in)
		if want != "" {
			if err != nil || u.String() != want {
				t.Errorf("%q: got %v, %v, want %q", in, u, err, want)
			}
			continue
		}
		if authz.KindOf(err) != authz.Invalid || !strings.HasPrefix(err.Error(), "GATEHOUSE_LOGTO_ENDPOINT ") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: got %v, want Invalid that names the setting and not the address", in, err)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	full := logto.Client{Endpoint: "https://auth.example.com", AppID: "a", AppSecret: "s"}
	if err := full.Validate(); err != nil {
		t.Error(err)
	}
	for want, c := range map[string]*logto.Client{
		"GATEHOUSE_LOGTO_ENDPOINT":   {AppID: "a", AppSecret: "s"},
		"GATEHOUSE_LOGTO_APP_ID":     {Endpoint: "https://auth.example.com", AppSecret: "s"},
		"GATEHOUSE_LOGTO_APP_SECRET": {Endpoint: "https://auth.example.com", AppID: "a"},
	} {
		if err := c.Validate(); authz.KindOf(err) != authz.Invalid || !strings.HasPrefix(err.Error(), want+" is not set") {
			t.Errorf("got %v, want Invalid about %s", err, want)
		}
	}
}
