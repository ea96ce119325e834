package logtosim_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

func TestDiscoveryIsTheRecordedOne(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{})
	r := recordedOIDC(t, "discovery-core")
	w := get(s, "/oidc/.well-known/openid-configuration", "")
	if w.Code != http.StatusOK || w.Body.String() != r.Body {
		t.Errorf("got %d\n%s\nwant\n%s", w.Code, w.Body, r.Body)
	}
	for _, name := range []string{"content-type", "access-control-allow-origin", "etag"} {
		if got, want := w.Header().Get(name), r.Headers[name]; got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// TestTheKeySetHasTheRecordedForm: the keys are others, and their ids are made of
// them in the same way.
func TestTheKeySetHasTheRecordedForm(t *testing.T) {
	t.Parallel()
	s := newSim(logtosim.Config{})
	r := recordedOIDC(t, "jwks-core")
	w := get(s, "/oidc/jwks", "")
	type set struct{ Keys []struct{ Kid, X, Y string } }
	got, want := decode[set](t, w.Body.Bytes()).Keys[0], decode[set](t, []byte(r.Body)).Keys[0]
	if id := logtosim.Thumbprint(want.X, want.Y); id != want.Kid {
		t.Errorf("the id of the recorded key is %s, want %s", id, want.Kid)
	}
	if id := logtosim.Thumbprint(got.X, got.Y); id != got.Kid {
		t.Errorf("the id of the key is %s, want %s", got.Kid, id)
	}
	if renamed := strings.NewReplacer(want.Kid, got.Kid, want.X, got.X, want.Y, got.Y).Replace(r.Body); w.Body.String() != renamed {
		t.Errorf("got %s, want %s", w.Body, renamed)
	}
	for _, name := range []string{"content-type", "cache-control"} {
		if got, want := w.Header().Get(name), r.Headers[name]; got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// TestASignInIsTheRecordedOne: the same scopes give the same claims in the same
// order, first by code, then by the refresh token for a resource, for a resource
// within an organization, and for an organization.
func TestASignInIsTheRecordedOne(t *testing.T) {
	t.Parallel()
	all := recordedOIDC(t, "sign-in-token-response").Scope
	for _, test := range []struct {
		name           string
		client, secret string
		scope          string
		at             []int64 // of the sign-in and of each exchange, in milliseconds
		then           []string
	}{
		{"sign-in-token-response", webID, webSecret, all + " read:orders", []int64{1795285003788, 1795285003800, 1795285004000},
			[]string{"access-token-jwt-for-api-resource", "access-token-jwt-api-resource-with-organization"}},
		{"sign-in-token-response-minimal-scopes-spa", spaID, "", "openid offline_access profile", []int64{1795285025134}, nil},
		{"", webID, webSecret, "openid offline_access profile urn:logto:scope:organizations read:document",
			[]int64{1795285024810, 1795285024810, 1795285024999},
			[]string{"access-token-jwt-organization-token", "error-organization-token-not-a-member"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := &clock{ms: test.at[0]}
			s := alices(t, c)
			code, _ := signIn(t, s, request(test.client, url.Values{
				"scope": {test.scope}, "resource": {orders, "urn:logto:resource:organizations"},
			}))
			w := ask(s, "/oidc/token", test.client, test.secret, exchange(code))
			got := granted(t, w)
			if test.name != "" {
				compare(t, s, test.name, w.Body.Bytes())
			}
			for i, name := range test.then {
				c.ms = test.at[i+1]
				r := recordedOIDC(t, name)
				form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.RefreshToken}}
				if r.Request.Resource != "" {
					form.Set("resource", r.Request.Resource)
				}
				if r.Request.Organization != "" {
					form.Set("organization_id", r.Request.Organization)
				}
				w := ask(s, "/oidc/token", test.client, test.secret, form)
				if w.Code != r.Status {
					t.Fatalf("%s: got %d %s, want %d", name, w.Code, w.Body, r.Status)
				}
				if r.Body != "" {
					if w.Body.String() != r.Body {
						t.Errorf("%s: got %s, want %s", name, w.Body, r.Body)
					}
					continue
				}
				compare(t, s, name, w.Body.Bytes())
				if again := granted(t, w).RefreshToken; again != got.RefreshToken {
					t.Errorf("%s: the refresh token of an application with a secret is replaced", name)
				}
			}
		})
	}
}

// compare wants the answer of the token endpoint to be the recorded one.
func compare(t *testing.T, s http.Handler, name string, body []byte) {
	t.Helper()
	r := recordedOIDC(t, name)
	got := decode[tokenAnswer](t, body)
	if members := membersOf(t, body); !slices.Equal(members, r.Members) {
		t.Errorf("%s: got members %v, want %v", name, members, r.Members)
	}
	if got.Scope != r.Scope {
		t.Errorf("%s: got scope %q, want %q", name, got.Scope, r.Scope)
	}
	if r.AccessToken.Payload != nil {
		r.AccessToken.like(t, s, got.AccessToken)
	} else if len(got.AccessToken) != 43 {
		t.Errorf("%s: got access token %s, want 43 characters", name, got.AccessToken)
	}
	if r.IDToken.Payload != nil {
		r.IDToken.like(t, s, got.IDToken)
	}
}

// membersOf are the keys of an object in their order.
func membersOf(t *testing.T, body []byte) []string {
	t.Helper()
	var keys []string
	d := json.NewDecoder(bytes.NewReader(body))
	_, err := d.Token()
	must(t, err)
	for d.More() {
		key, err := d.Token()
		must(t, err)
		keys = append(keys, key.(string))
		var value json.RawMessage
		must(t, d.Decode(&value))
	}
	return keys
}

func TestWhatAnOpaqueTokenTellsIsTheRecordedOne(t *testing.T) {
	t.Parallel()
	s := alices(t, &clock{ms: 1795285003788})
	code, _ := signIn(t, s, request(webID, url.Values{"scope": {recordedOIDC(t, "sign-in-token-response").Scope}}))
	token := granted(t, ask(s, "/oidc/token", webID, webSecret, exchange(code))).AccessToken

	if w, want := bearer(s, token), recordedOIDC(t, "userinfo").Body; w.Code != http.StatusOK || w.Body.String() != want {
		t.Errorf("userinfo: got %d\n%s\nwant\n%s", w.Code, w.Body, want)
	}
	form := url.Values{"token": {token}}
	if w, want := ask(s, "/oidc/token/introspection", webID, webSecret, form), recordedOIDC(t, "introspection-opaque-access-token").Body; w.Body.String() != want {
		t.Errorf("introspection: got\n%s\nwant\n%s", w.Body, want)
	}
	if w := ask(s, "/oidc/token/introspection", appID, appSecret, form); w.Body.String() != `{"active":false}` {
		t.Errorf("another application is told %s", w.Body)
	}
}

func TestAMachinesTokensAreTheRecordedOnes(t *testing.T) {
	t.Parallel()
	c := &clock{}
	s := alices(t, c)
	changed(t, s, "POST", "/organizations/"+theirs+"/applications", `{"applicationIds":["`+appID+`"]}`)
	for name, form := range map[string]url.Values{
		"access-token-jwt-m2m-management-api":     {"resource": {logtosim.DefaultResource}, "scope": {"all"}},
		"access-token-jwt-m2m-organization-token": {"organization_id": {theirs}},
	} {
		var times struct{ Iat int64 }
		must(t, json.Unmarshal(recordedOIDC(t, name).AccessToken.Payload, &times))
		c.ms = times.Iat * 1000
		form.Set("grant_type", "client_credentials")
		w := ask(s, "/oidc/token", appID, appSecret, form)
		granted(t, w)
		compare(t, s, name, w.Body.Bytes())
	}
	w := ask(s, "/oidc/token", appID, appSecret, url.Values{"grant_type": {"client_credentials"}, "organization_id": {"2yvq87w9l9nl"}})
	refused(t, "an organization it is no member of", w, http.StatusForbidden, "access_denied")
}
