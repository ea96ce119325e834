package logtosim_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// TestNobodyIsSentWhereNobodyIsRegistered: these are answered, not redirected.
func TestNobodyIsSentWhereNobodyIsRegistered(t *testing.T) {
	t.Parallel()
	s := alices(t, &clock{ms: 1795285003788})
	for name, with := range map[string]url.Values{
		"no application":       {"client_id": nil},
		"an unknown one":       {"client_id": {"nobody"}},
		"no address":           {"redirect_uri": nil},
		"another address":      {"redirect_uri": {"https://evil.example.org/callback"}},
		"a longer address":     {"redirect_uri": {callback + "/more"}},
		"an address and query": {"redirect_uri": {callback + "?x=1"}},
	} {
		w := get(s, "/oidc/auth?"+request(webID, with).Encode(), "")
		if w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
			t.Errorf("%s: got %d to %q", name, w.Code, w.Header().Get("Location"))
		}
	}
}

func TestABadRequestGoesBackWithItsReason(t *testing.T) {
	t.Parallel()
	s := alices(t, &clock{ms: 1795285003788})
	for _, test := range []struct {
		name, client, want string
		with               url.Values
	}{
		{"implicit", webID, "unsupported_response_type", url.Values{"response_type": {"id_token"}}},
		{"fragment", webID, "unsupported_response_mode", url.Values{"response_mode": {"fragment"}}},
		{"no PKCE of a public application", spaID, "invalid_request", url.Values{"code_challenge": nil, "code_challenge_method": nil}},
		{"plain PKCE", webID, "invalid_request", url.Values{"code_challenge_method": {"plain"}}},
		{"an unknown resource", webID, "invalid_target", url.Values{"resource": {"https://unknown.example.org"}}},
		{"no page and no session", webID, "login_required", url.Values{"prompt": {"none"}}},
	} {
		back := location(t, get(s, "/oidc/auth?"+request(test.client, test.with).Encode(), ""))
		q := back.Query()
		if back.Host != "app.example.org" || q.Get("error") != test.want || q.Get("state") != "the-state" || q.Get("iss") != address+"/oidc" || q.Has("code") {
			t.Errorf("%s: got %s, want %s", test.name, back, test.want)
		}
	}
}

// TestACodeIsGoodForOneExchange of the application it was given to.
func TestACodeIsGoodForOneExchange(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(form url.Values, c *clock) (client, secret string){
		"no verifier": func(f url.Values, _ *clock) (string, string) { f.Del("code_verifier"); return webID, webSecret },
		"another verifier": func(f url.Values, _ *clock) (string, string) {
			f.Set("code_verifier", verifier+"x")
			return webID, webSecret
		},
		"another address": func(f url.Values, _ *clock) (string, string) {
			f.Set("redirect_uri", "https://evil.example.org")
			return webID, webSecret
		},
		"another application": func(url.Values, *clock) (string, string) { return spaID, "" },
		"another code":        func(f url.Values, _ *clock) (string, string) { f.Set("code", "x"); return webID, webSecret },
		"too late":            func(_ url.Values, c *clock) (string, string) { c.ms += 61_000; return webID, webSecret },
	} {
		c := &clock{ms: 1795285003788}
		s := alices(t, c)
		code, _ := signIn(t, s, request(webID, nil))
		form := exchange(code)
		client, secret := change(form, c)
		refused(t, name, ask(s, "/oidc/token", client, secret, form), http.StatusBadRequest, "invalid_grant")
	}
	s := alices(t, &clock{ms: 1795285003788})
	code, _ := signIn(t, s, request(webID, nil))
	refused(t, "no secret", ask(s, "/oidc/token", webID, "", exchange(code)), http.StatusUnauthorized, "invalid_client")
	refused(t, "another secret", ask(s, "/oidc/token", webID, "wrong", exchange(code)), http.StatusUnauthorized, "invalid_client")

	first := granted(t, ask(s, "/oidc/token", webID, webSecret, exchange(code)))
	refused(t, "the code again", ask(s, "/oidc/token", webID, webSecret, exchange(code)), http.StatusBadRequest, "invalid_grant")
	refused(t, "what the first exchange gave", bearer(s, first.AccessToken), http.StatusUnauthorized, "invalid_token")
	renewal := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.RefreshToken}}
	refused(t, "its refresh token", ask(s, "/oidc/token", webID, webSecret, renewal), http.StatusBadRequest, "invalid_grant")
}

// TestARefreshTokenOfAPublicApplicationIsReplaced, and the old one used again ends
// them all.
func TestARefreshTokenOfAPublicApplicationIsReplaced(t *testing.T) {
	t.Parallel()
	s := alices(t, &clock{ms: 1795285003788})
	code, _ := signIn(t, s, request(spaID, nil))
	first := granted(t, ask(s, "/oidc/token", spaID, "", exchange(code)))
	renew := func(token string) url.Values {
		return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	}
	second := granted(t, ask(s, "/oidc/token", spaID, "", renew(first.RefreshToken)))
	if second.RefreshToken == first.RefreshToken {
		t.Fatal("the refresh token is the same")
	}
	refused(t, "the old one", ask(s, "/oidc/token", spaID, "", renew(first.RefreshToken)), http.StatusBadRequest, "invalid_grant")
	refused(t, "the one after it", ask(s, "/oidc/token", spaID, "", renew(second.RefreshToken)), http.StatusBadRequest, "invalid_grant")
}

func TestWhoIsSuspendedOrGoneGetsNothing(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *logtosim.Sim){
		"suspended": func(t *testing.T, s *logtosim.Sim) {
			changed(t, s, "PATCH", "/users/"+aliceID+"/is-suspended", `{"isSuspended":true}`)
		},
		"deleted": func(t *testing.T, s *logtosim.Sim) { changed(t, s, "DELETE", "/users/"+aliceID, "") },
	} {
		s := alices(t, &clock{ms: 1795285003788})
		code, session := signIn(t, s, request(webID, nil))
		tokens := granted(t, ask(s, "/oidc/token", webID, webSecret, exchange(code)))
		again := location(t, get(s, "/oidc/auth?"+request(webID, nil).Encode(), session)).Query().Get("code")
		if again == "" {
			t.Fatalf("%s: the session gives no code", name)
		}
		end(t, s)
		if to := location(t, get(s, "/oidc/auth?"+request(webID, nil).Encode(), session)); to.Path != "/sign-in" {
			t.Errorf("%s: the session still leads to %s", name, to)
		}
		refused(t, name+": a code", ask(s, "/oidc/token", webID, webSecret, exchange(again)), http.StatusBadRequest, "invalid_grant")
		renewal := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.RefreshToken}}
		refused(t, name+": a refresh token", ask(s, "/oidc/token", webID, webSecret, renewal), http.StatusBadRequest, "invalid_grant")
		refused(t, name+": an access token", bearer(s, tokens.AccessToken), http.StatusUnauthorized, "invalid_token")
	}
}

// TestWhatWasNotAskedForIsNotGiven: scopes, resources and organizations.
func TestWhatWasNotAskedForIsNotGiven(t *testing.T) {
	t.Parallel()
	s := alices(t, &clock{ms: 1795285003788})
	code, session := signIn(t, s, request(webID, url.Values{"resource": {orders}}))
	tokens := granted(t, ask(s, "/oidc/token", webID, webSecret, exchange(code)))
	renewal := func(with url.Values) url.Values {
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.RefreshToken}}
		for k, v := range with {
			form[k] = v
		}
		return form
	}
	if got := granted(t, ask(s, "/oidc/token", webID, webSecret, renewal(url.Values{"resource": {orders}}))); got.Scope != "" {
		t.Errorf("got scope %s of the resource, though none was asked for", got.Scope)
	}
	refused(t, "another resource", ask(s, "/oidc/token", webID, webSecret, renewal(url.Values{"resource": {logtosim.DefaultResource}})),
		http.StatusBadRequest, "invalid_target")
	refused(t, "an organization", ask(s, "/oidc/token", webID, webSecret, renewal(url.Values{"organization_id": {theirs}})),
		http.StatusForbidden, "insufficient_scope")

	silent := location(t, get(s, "/oidc/auth?"+request(webID, url.Values{"prompt": nil}).Encode(), session)).Query().Get("code")
	if got := granted(t, ask(s, "/oidc/token", webID, webSecret, exchange(silent))); got.RefreshToken != "" {
		t.Error("a refresh token is given without prompt=consent")
	}
}

func TestSigningOutEndsTheSession(t *testing.T) {
	t.Parallel()
	s := alices(t, &clock{ms: 1795285003788})
	_, session := signIn(t, s, request(webID, nil))
	to := func(uri string) string {
		return "/oidc/session/end?" + url.Values{"client_id": {webID}, "post_logout_redirect_uri": {uri}}.Encode()
	}
	refused(t, "an address that is not registered", get(s, to("https://evil.example.org/"), session), http.StatusBadRequest, "invalid_request")
	if back := location(t, get(s, to("https://app.example.org/"), session)); back.String() != "https://app.example.org/" {
		t.Errorf("signing out leads to %s", back)
	}
	if next := location(t, get(s, "/oidc/auth?"+request(webID, nil).Encode(), session)); next.Path != "/sign-in" {
		t.Errorf("the session still leads to %s", next)
	}
}

func TestAnInteractionEnds(t *testing.T) {
	t.Parallel()
	c := &clock{ms: 1795285003788}
	s := alices(t, c)
	id := location(t, get(s, "/oidc/auth?"+request(webID, nil).Encode(), "")).Query().Get("interaction")
	_, session := signIn(t, s, request(webID, nil))
	refused(t, "without a session", get(s, "/oidc/auth/"+id, ""), http.StatusBadRequest, "session_not_found")
	location(t, get(s, "/oidc/auth/"+id, session))
	refused(t, "a second time", get(s, "/oidc/auth/"+id, session), http.StatusBadRequest, "session_not_found")

	id = location(t, get(s, "/oidc/auth?"+request(webID, nil).Encode(), "")).Query().Get("interaction")
	c.ms += (time.Hour + time.Second).Milliseconds()
	if page := get(s, "/sign-in?interaction="+id, ""); page.Code != http.StatusBadRequest || !strings.Contains(page.Body.String(), "has expired") {
		t.Errorf("got %d, want a page that says that the sign-in has expired", page.Code)
	}
}

// TestTheManagementAPITakesItsOwnTokensOnly: every other is refused, however it is
// made up.
func TestTheManagementAPITakesItsOwnTokensOnly(t *testing.T) {
	t.Parallel()
	s := alices(t, &clock{ms: 1795285003788})
	good := strings.TrimPrefix(token(t, s, "all"), "Bearer ")
	parts := strings.Split(good, ".")
	part := func(v any) string {
		b, err := json.Marshal(v)
		must(t, err)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	code, _ := signIn(t, s, request(webID, url.Values{"resource": {orders}}))
	person := granted(t, ask(s, "/oidc/token", webID, webSecret, exchange(code)))
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {person.RefreshToken}, "resource": {orders}}
	other := granted(t, ask(s, "/oidc/token", webID, webSecret, form)).AccessToken
	none := part(map[string]string{"alg": "none", "typ": "at+jwt"})
	for name, tampered := range map[string]string{
		"of another resource": other, "an ID token": person.IDToken, "an opaque token": person.AccessToken,
		"alg none":              none + "." + parts[1] + ".",
		"alg none, signed":      none + "." + parts[1] + "." + parts[2],
		"another payload":       parts[0] + "." + strings.Split(other, ".")[1] + "." + parts[2],
		"a signature cut short": good[:len(good)-4],
		"no signature":          parts[0] + "." + parts[1] + ".",
	} {
		if status, body := send(s, "Bearer "+tampered, "GET", "/users", ""); status != http.StatusUnauthorized {
			t.Errorf("%s: got %d %s, want 401", name, status, body)
		}
	}
	if status, _ := send(s, "Bearer "+good, "GET", "/users", ""); status != http.StatusOK {
		t.Errorf("its own: got %d, want 200", status)
	}
}

// TestKeysRotate: the key set holds both until the earlier one is deleted.
func TestKeysRotate(t *testing.T) {
	t.Parallel()
	s := alices(t, &clock{ms: 1795285003788})
	code, _ := signIn(t, s, request(webID, nil))
	before := granted(t, ask(s, "/oidc/token", webID, webSecret, exchange(code)))
	s.RotateKey()
	opened(t, s, before.IDToken)
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {before.RefreshToken}}
	after := granted(t, ask(s, "/oidc/token", webID, webSecret, form)).IDToken
	old, _ := opened(t, s, before.IDToken)
	if latest, _ := opened(t, s, after); latest == old {
		t.Error("the earlier key signs")
	}
	s.ForgetKeys()
	opened(t, s, after)
	if set := get(s, "/oidc/jwks", "").Body.String(); strings.Count(set, `"kid"`) != 1 {
		t.Errorf("the key set is %s, want one key", set)
	}
}
