package openid_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gatehouse-authz/gatehouse/internal/access/openid"
)

const clientID = "the-dashboard"

// An issuer is an OpenID provider that says whatever a test wants.
type issuer struct {
	*httptest.Server
	key       *ecdsa.PrivateKey
	challenge string                    // of the try under way
	claims    map[string]any            // of the next token
	spoil     func(token string) string // what becomes of it
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key, spoil: func(token string) string { return token }}
	write := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		write(w, map[string]any{
			"issuer": i.URL, "authorization_endpoint": i.URL + "/auth", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/jwks",
			"id_token_signing_alg_values_supported": []string{"ES384", "none", "HS256"},
		})
	})
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) {
		write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k", Algorithm: "ES384", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if r.FormValue("code") != "the-code" || base64.RawURLEncoding.EncodeToString(sum[:]) != i.challenge {
			w.WriteHeader(http.StatusBadRequest)
			write(w, map[string]string{"error": "invalid_grant"})
			return
		}
		write(w, map[string]any{"access_token": "opaque", "token_type": "Bearer", "id_token": i.spoil(i.signed(t, key))})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) signed(t *testing.T, key any) string {
	alg := jose.ES384
	if _, shared := key.([]byte); shared {
		alg = jose.HS256
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		t.Error(err)
		return ""
	}
	text, err := json.Marshal(i.claims)
	if err != nil {
		t.Error(err)
		return ""
	}
	token, err := s.Sign(text)
	if err != nil {
		t.Error(err)
		return ""
	}
	compact, err := token.CompactSerialize()
	if err != nil {
		t.Error(err)
	}
	return compact
}

// begin begins a try, and returns what comes back of one that goes well.
func (i *issuer) begin(t *testing.T, p *openid.Provider) (kept string, came url.Values) {
	t.Helper()
	address, kept, err := p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, i.URL+"/auth?") {
		t.Fatalf("got %s (%v)", address, err)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("redirect_uri") != "https://authz.test/back" || q.Get("scope") != "openid email" || q.Get("response_type") != "code" {
		t.Errorf("got %s", address)
	}
	i.challenge = q.Get("code_challenge")
	i.claims = map[string]any{
		"iss": i.URL, "sub": "k2m3", "aud": clientID, "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(),
		"nonce": q.Get("nonce"), "email": "ann@example.com", "email_verified": true,
	}
	return kept, url.Values{"code": {"the-code"}, "state": {q.Get("state")}, "iss": {i.URL}}
}

func provider(i *issuer) *openid.Provider {
	return &openid.Provider{Issuer: i.URL, ClientID: clientID, Redirect: "https://authz.test/back"}
}

func TestWhoComesBackAsAskedIsVouchedForOnce(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	p := provider(i)
	kept, came := i.begin(t, p)
	if email, err := p.End(t.Context(), kept, came); err != nil || email != "ann@example.com" {
		t.Fatalf("got %q (%v)", email, err)
	}
	if _, err := p.End(t.Context(), kept, came); !refusedAs(err, openid.Strange) {
		t.Errorf("got %v the second time, want a refusal", err)
	}
}

func refusedAs(err error, want openid.Refusal) bool {
	got, ok := errors.AsType[openid.Refusal](err)
	return ok && got == want
}

// TestNobodyElseComesIn: each change of a sign-in that goes well, and why it is refused.
func TestNobodyElseComesIn(t *testing.T) {
	t.Parallel()
	claim := func(name string, value any) func(*issuer, *string, url.Values) {
		return func(i *issuer, _ *string, _ url.Values) { i.claims[name] = value }
	}
	came := func(name, value string) func(*issuer, *string, url.Values) {
		return func(_ *issuer, _ *string, came url.Values) { came.Set(name, value) }
	}
	unsigned := func(header string) func(string) string {
		return func(token string) string {
			return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + strings.Split(token, ".")[1] + "."
		}
	}
	for name, c := range map[string]struct {
		change func(i *issuer, kept *string, came url.Values)
		want   openid.Refusal
	}{
		"another state":       {came("state", "another"), openid.Strange},
		"no state":            {func(_ *issuer, _ *string, came url.Values) { came.Del("state") }, openid.Strange},
		"nothing kept":        {func(_ *issuer, kept *string, _ url.Values) { *kept = "" }, openid.Strange},
		"something else kept": {func(_ *issuer, kept *string, _ url.Values) { *kept = "e30" }, openid.Strange},
		"another issuer":      {came("iss", "https://evil.test"), openid.Strange},
		"an error":            {came("error", "access_denied"), openid.Declined},
		"no code":             {came("code", ""), openid.Declined},
		"another code":        {came("code", "another"), openid.Declined},
		"another verifier":    {func(i *issuer, _ *string, _ url.Values) { i.challenge = "another" }, openid.Declined},
		"another nonce":       {claim("nonce", "another"), openid.Untrusted},
		"no nonce":            {claim("nonce", ""), openid.Untrusted},
		"another audience":    {claim("aud", "another"), openid.Untrusted},
		"several audiences":   {claim("aud", []string{clientID, "another"}), openid.Untrusted},
		"another party":       {claim("azp", "another"), openid.Untrusted},
		"a token of another":  {claim("iss", "https://evil.test"), openid.Untrusted},
		"a token that is old": {claim("exp", time.Now().Add(-time.Hour).Unix()), openid.Untrusted},
		"no algorithm":        {func(i *issuer, _ *string, _ url.Values) { i.spoil = unsigned(`{"alg":"none"}`) }, openid.Untrusted},
		"no such algorithm":   {func(i *issuer, _ *string, _ url.Values) { i.spoil = unsigned(`{"alg":"NONE","kid":"k"}`) }, openid.Untrusted},
		"a shared secret": {func(i *issuer, _ *string, _ url.Values) {
			i.spoil = func(string) string { return i.signed(t, []byte(strings.Repeat("s", 32))) }
		}, openid.Untrusted},
		"another key": {func(i *issuer, _ *string, _ url.Values) {
			key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
			if err != nil {
				t.Error(err)
			}
			i.spoil = func(string) string { return i.signed(t, key) }
		}, openid.Untrusted},
		"tampered": {func(i *issuer, _ *string, _ url.Values) {
			i.spoil = func(token string) string {
				parts := strings.Split(token, ".")
				text, _ := base64.RawURLEncoding.DecodeString(parts[1])
				parts[1] = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(text), "ann@", "eve@", 1)))
				return strings.Join(parts, ".")
			}
		}, openid.Untrusted},
		"no token":               {func(i *issuer, _ *string, _ url.Values) { i.spoil = func(string) string { return "" } }, openid.Untrusted},
		"an unverified address":  {claim("email_verified", false), openid.Unverified},
		"no word on the address": {func(i *issuer, _ *string, _ url.Values) { delete(i.claims, "email_verified") }, openid.Unverified},
		"no address":             {claim("email", ""), openid.Unverified},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIssuer(t)
			p := provider(i)
			kept, back := i.begin(t, p)
			c.change(i, &kept, back)
			if email, err := p.End(t.Context(), kept, back); !refusedAs(err, c.want) || email != "" {
				t.Errorf("got %q (%v), want %s", email, err, c.want)
			}
		})
	}
}

func TestWhoComesBackTooLateBeginsAgain(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	p := provider(i)
	kept, came := i.begin(t, p)
	p.Now = func() time.Time { return time.Now().Add(openid.TryTime) }
	if _, err := p.End(t.Context(), kept, came); !refusedAs(err, openid.Strange) {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestAProviderThatDoesNotAnswerIsAskedAgain(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	p := provider(i)
	p.Issuer = i.URL + "/elsewhere"
	if _, _, err := p.Begin(t.Context()); !refusedAs(err, openid.Unreachable) {
		t.Errorf("got %v, want a refusal", err)
	}
	p.Issuer = i.URL
	i.begin(t, p)
}
