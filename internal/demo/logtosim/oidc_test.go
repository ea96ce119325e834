package logtosim_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

const (
	aliceID   = "ixnhp5grhkar"          // of the recorded instance
	webID     = "ts497gayt8vt6910at380" // a traditional application of it
	webSecret = "the-web-secret"
	spaID     = "4zn84ltmj3fmsb34o4mpi" // one in a browser
	callback  = "https://app.example.org/callback"
	orders    = "https://orders.example.org/api"
	theirs    = "j559qs7he415" // Alice's organization
	verifier  = "a-verifier-of-at-least-forty-three-characters"
)

// An oidcRecording is an answer of the real Logto with its tokens taken apart.
type oidcRecording struct {
	Request struct {
		Resource     string
		Organization string `json:"organization_id"`
	}
	Status      int
	Headers     map[string]string
	Body        string
	Members     []string
	Scope       string
	AccessToken recordedToken `json:"access_token"`
	IDToken     recordedToken `json:"id_token"`
}

type recordedToken struct {
	Header, Payload json.RawMessage
}

func recordedOIDC(t *testing.T, name string) oidcRecording {
	t.Helper()
	return read[oidcRecording](t, "oidc", name+".json")
}

// A clock stands until it is set.
type clock struct{ ms int64 }

func (c *clock) now() time.Time { return time.UnixMilli(c.ms) }

// alices is the recorded instance when Alice signs in.
func alices(t *testing.T, c *clock) *logtosim.Sim {
	t.Helper()
	s := newSim(logtosim.Config{Now: c.now})
	must(t, s.Seed("applications", []byte(recorded(t, "applications-list").Response.Body)))
	must(t, s.Seed("resources", []byte(recorded(t, "resources-list").Response.Body)))
	must(t, s.Seed("organizationScopes", []byte(recorded(t, "organization-scopes-list").Response.Body)))
	must(t, s.Seed("organizationRoles", []byte(recorded(t, "organization-roles-list").Response.Body)))
	s.Import(logtosim.User{
		ID: aliceID, Username: new("alice2"), Name: new("Alice Account 愛"), CustomData: json.RawMessage(`{"self":"service"}`),
		Profile: json.RawMessage(`{"givenName":"Alice","preferredUsername":"alice2"}`), CreatedAt: 1795284178971,
	})
	s.GiveRoles(aliceID, logtosim.Role{ID: "d1lz26xqwqkgew2nnk1ju", Name: "viewer-renamed"})
	s.GrantRole("d1lz26xqwqkgew2nnk1ju", "3brdpbecl0wk13lmshm77")
	s.ImportOrganizations(logtosim.Organization{ID: theirs, Name: "Açmé renamed"}, logtosim.Organization{ID: "2yvq87w9l9nl", Name: "Other"})
	adminAndMember(t, s)
	s.Register(logtosim.Registration{ID: webID, Secret: webSecret, RedirectURIs: []string{callback}, PostLogoutRedirectURIs: []string{"https://app.example.org/"}})
	s.Register(logtosim.Registration{ID: spaID, RedirectURIs: []string{callback}})
	return s
}

// get sends a request of a browser with its session.
func get(s http.Handler, target, session string) *httptest.ResponseRecorder {
	if strings.HasPrefix(target, "/") {
		target = address + target
	}
	r := httptest.NewRequest(http.MethodGet, target, nil)
	if session != "" {
		r.AddCookie(&http.Cookie{Name: "_session", Value: session})
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// request is an authorization request of an application; with replaces or adds.
func request(client string, with url.Values) url.Values {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"client_id": {client}, "redirect_uri": {callback}, "response_type": {"code"}, "state": {"the-state"}, "prompt": {"consent"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
		"scope": {"openid offline_access profile"},
	}
	for k, v := range with {
		if q[k] = v; v == nil {
			delete(q, k)
		}
	}
	return q
}

// signIn lets Alice sign in to an application, by the page, and returns the code
// and the browser's session.
func signIn(t *testing.T, s http.Handler, q url.Values) (code, session string) {
	t.Helper()
	w := get(s, "/oidc/auth?"+q.Encode(), "")
	id := location(t, w).Query().Get("interaction")
	if page := get(s, w.Header().Get("Location"), ""); id == "" || !strings.Contains(page.Body.String(), `name="interaction" value="`+id+`"`) {
		t.Fatalf("%s leads to no sign-in page: %s", w.Header().Get("Location"), page.Body)
	}
	w = submit(s, "/people/"+aliceID+"/sign-in", url.Values{"interaction": {id}})
	next := location(t, w)
	cookies := w.Result().Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteLaxMode {
		t.Fatalf("the session is %v", cookies)
	}
	session = cookies[0].Value
	back := location(t, get(s, next.String(), session))
	if !strings.HasPrefix(back.String(), callback+"?") || back.Query().Get("state") != q.Get("state") || back.Query().Get("iss") != address+"/oidc" {
		t.Fatalf("the way ends at %s", back)
	}
	return back.Query().Get("code"), session
}

func location(t *testing.T, w *httptest.ResponseRecorder) *url.URL {
	t.Helper()
	u, err := url.Parse(w.Header().Get("Location"))
	if w.Code != http.StatusSeeOther || err != nil {
		t.Fatalf("got %d %s %s, want 303 to somewhere", w.Code, w.Header().Get("Location"), w.Body)
	}
	return u
}

// ask asks an endpoint as an application.
func ask(s http.Handler, path, client, secret string, form url.Values) *httptest.ResponseRecorder {
	form.Set("client_id", client)
	r := httptest.NewRequest(http.MethodPost, address+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if secret != "" {
		r.SetBasicAuth(client, secret)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// A tokenAnswer is what the token endpoint gives.
type tokenAnswer struct {
	AccessToken  string `json:"access_token"`
	IDToken      string `json:"id_token"`
	RefreshToken string `json:"refresh_token"`
	Scope        string `json:"scope"`
}

func exchange(code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
}

// granted wants tokens.
func granted(t *testing.T, w *httptest.ResponseRecorder) tokenAnswer {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("got %d %s, want tokens", w.Code, w.Body)
	}
	return decode[tokenAnswer](t, w.Body.Bytes())
}

// refused wants an error of OpenID Connect.
func refused(t *testing.T, what string, w *httptest.ResponseRecorder, status int, name string) {
	t.Helper()
	got := decode[struct {
		Code, Error, Message string
		Description          string `json:"error_description"`
	}](t, w.Body.Bytes())
	if w.Code != status || got.Error != name || got.Code != "oidc."+name || got.Message == "" || got.Description == "" {
		t.Errorf("%s: got %d %s, want %d %s", what, w.Code, w.Body, status, name)
	}
}

// opened takes a token apart and holds its signature against the key set.
func opened(t *testing.T, s http.Handler, token string) (header, payload string) {
	t.Helper()
	var set struct {
		Keys []struct{ Kid, X, Y, Alg string }
	}
	must(t, json.Unmarshal(get(s, "/oidc/jwks", "").Body.Bytes(), &set))
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%s is no JWT", token)
	}
	raw := func(part string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(part)
		must(t, err)
		return b
	}
	head := decode[struct{ Alg, Kid string }](t, raw(parts[0]))
	i := slices.IndexFunc(set.Keys, func(k struct{ Kid, X, Y, Alg string }) bool { return k.Kid == head.Kid })
	if i < 0 || head.Alg != "ES384" {
		t.Fatalf("the header %s names no key of %v", raw(parts[0]), set)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P384(), slices.Concat([]byte{4}, raw(set.Keys[i].X), raw(set.Keys[i].Y)))
	must(t, err)
	sum, signature := sha512.Sum384([]byte(parts[0]+"."+parts[1])), raw(parts[2])
	if len(signature) != 96 || !ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(signature[:48]), new(big.Int).SetBytes(signature[48:])) {
		t.Fatal("the signature is not that of the key")
	}
	return string(raw(parts[0])), string(raw(parts[1]))
}

// compact is JSON without the space that the recording was laid out with.
func compact(t *testing.T, raw []byte) string {
	t.Helper()
	var out bytes.Buffer
	must(t, json.Compact(&out, raw))
	return out.String()
}

// like wants the token to be the recorded one but for its key and its id.
func (r recordedToken) like(t *testing.T, s http.Handler, token string) {
	t.Helper()
	header, payload := opened(t, s, token)
	var head, body, wantHead, wantBody struct{ Kid, Jti string }
	for raw, to := range map[string]any{header: &head, payload: &body, string(r.Header): &wantHead, string(r.Payload): &wantBody} {
		must(t, json.Unmarshal([]byte(raw), to))
	}
	if len(head.Kid) != len(wantHead.Kid) || len(body.Jti) != len(wantBody.Jti) {
		t.Errorf("got a key %q and an id %q of other lengths than %q and %q", head.Kid, body.Jti, wantHead.Kid, wantBody.Jti)
	}
	if want := strings.ReplaceAll(compact(t, r.Header), wantHead.Kid, head.Kid); header != want {
		t.Errorf("got header\n%s\nwant\n%s", header, want)
	}
	want := compact(t, r.Payload)
	if wantBody.Jti != "" {
		want = strings.ReplaceAll(want, wantBody.Jti, body.Jti)
	}
	if payload != want {
		t.Errorf("got payload\n%s\nwant\n%s", payload, want)
	}
}

// bearer asks the userinfo endpoint.
func bearer(s http.Handler, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, address+"/oidc/me", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}
