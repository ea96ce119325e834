package logtosim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

const (
	appID     = "ai05btp801fo6tmsr57bq" // of the recorded instance
	appSecret = "the-secret"
	address   = "http://127.0.0.1:3001" // of the recorded instance
)

// A recording is one exchange with the real Logto.
type recording struct {
	Request struct {
		Method, Path, Query string
		Headers             map[string]string
		Body                *string
	}
	Response struct {
		Status  int
		Headers map[string]string
		Body    string
	}
}

// A delivery is one webhook of the real Logto.
type delivery struct {
	Headers    map[string]string
	SigningKey string `json:"signing_key"`
	Body       string
}

func read[T any](t *testing.T, parts ...string) T {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(append([]string{"testdata"}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	return decode[T](t, raw)
}

func recorded(t *testing.T, name string) recording {
	t.Helper()
	return read[recording](t, "management", name+".json")
}

func decode[T any](t *testing.T, raw []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return v
}

// user reads a user as the Management API shows it.
func user(t *testing.T, raw string) logtosim.User {
	t.Helper()
	u := decode[logtosim.User](t, []byte(raw))
	u.HasPassword = decode[struct{ HasPassword bool }](t, []byte(raw)).HasPassword
	return u
}

// at is a clock that stands at a time in milliseconds.
func at(ms int64) func() time.Time { return func() time.Time { return time.UnixMilli(ms) } }

// newSim returns a Sim with the recorded instance's client.
func newSim(c logtosim.Config) *logtosim.Sim {
	c.AppID, c.AppSecret = appID, appSecret
	return logtosim.New(c)
}

// call sends a request as the recorded one, with other credentials if auth is
// given.
func (r recording) call(s http.Handler, auth string) *httptest.ResponseRecorder {
	body := ""
	if r.Request.Body != nil {
		body = strings.ReplaceAll(*r.Request.Body, "<secret>", appSecret)
	}
	req := httptest.NewRequest(r.Request.Method, address+r.Request.Path+r.Request.Query, strings.NewReader(body))
	for k, v := range r.Request.Headers {
		req.Header.Set(k, v)
	}
	if auth != "" {
		req.Header.Set("Authorization", auth)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	return w
}

// token asks for an access token and returns it as an Authorization header.
func token(t *testing.T, s http.Handler, scope string) string {
	t.Helper()
	form := "grant_type=client_credentials&resource=" + logtosim.DefaultResource + "&scope=" + scope
	req := httptest.NewRequest(http.MethodPost, address+"/oidc/token", strings.NewReader(form))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(appID, appSecret)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	if w.Code != http.StatusOK {
		t.Fatalf("token: got %d %s", w.Code, w.Body)
	}
	return "Bearer " + decode[struct {
		AccessToken string `json:"access_token"`
	}](t, w.Body.Bytes()).AccessToken
}

// same fails unless the answer is the recorded one to the byte; rename replaces
// pairs of what is random in the recording by what it is here.
func (r recording) same(t *testing.T, w *httptest.ResponseRecorder, rename ...string) {
	t.Helper()
	if w.Code != r.Response.Status {
		t.Errorf("got status %d, want %d: %s", w.Code, r.Response.Status, w.Body)
	}
	if want := strings.NewReplacer(rename...).Replace(r.Response.Body); w.Body.String() != want {
		t.Errorf("got body\n%s\nwant\n%s", w.Body, want)
	}
	for _, k := range []string{"content-type", "link", "total-number", "allow", "www-authenticate", "etag"} {
		if got, want := strings.Join(w.Header().Values(k), ", "), r.Response.Headers[k]; got != want {
			t.Errorf("%s: got %s, want %s", k, got, want)
		}
	}
}
