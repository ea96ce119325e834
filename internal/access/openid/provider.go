// Package openid signs people in at an OpenID provider, such as Logto: by a code with
// PKCE, and by an ID token that is looked at in full. Open provider.go.
package openid

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// TryTime is how long somebody has to come back.
const TryTime = 10 * time.Minute

// patience bounds what is asked of the provider at one time.
const patience = 15 * time.Second

// algorithms are those by which ID tokens may be signed; none is by a shared secret.
var algorithms = []string{oidc.ES384, oidc.RS256, oidc.ES256, oidc.PS256}

// A Provider is where people sign in. All fields must be set but ClientSecret and Now;
// it is safe for concurrent use.
type Provider struct {
	Issuer       string
	ClientID     string
	ClientSecret string // empty: a public application
	Redirect     string // the address that people come back to
	Now          func() time.Time

	mu    sync.Mutex
	found *oidc.Provider
	used  map[string]time.Time // states that came back, and when they may be forgotten
}

// A try is a sign-in that has begun. The browser keeps it where no script reads it, so
// that whoever comes back is whoever went.
type try struct {
	State    string    `json:"s"`
	Nonce    string    `json:"n"`
	Verifier string    `json:"v"`
	Until    time.Time `json:"u"`
}

// A Refusal says why somebody is not let in, in one of a few words.
type Refusal string

// The refusals.
const (
	Strange     Refusal = "strange"     // what came back was not asked for by this browser, came before, or came too late
	Declined    Refusal = "declined"    // the provider says no
	Unreachable Refusal = "unreachable" // the provider does not answer
	Untrusted   Refusal = "untrusted"   // its token does not hold
	Unverified  Refusal = "unverified"  // it vouches for no e-mail address
	Stranger    Refusal = "stranger"    // nobody here has that address
)

// Error implements error.
func (r Refusal) Error() string { return "sign-in refused: " + string(r) }

// refuse is a refusal with its cause, which is for the log.
func refuse(r Refusal, cause error) error {
	return &authz.Error{Kind: authz.Unauthorized, Message: r.Error(), Err: &caused{r, cause}}
}

type caused struct {
	Refusal
	cause error
}

func (c *caused) Unwrap() []error { return []error{c.Refusal, c.cause} }

func (c *caused) Error() string {
	if c.cause == nil {
		return c.Refusal.Error()
	}
	return c.Refusal.Error() + ": " + c.cause.Error()
}

// Begin returns where to send the browser, and what it has to keep until it comes
// back. The error is a [Refusal].
func (p *Provider) Begin(ctx context.Context) (address, kept string, err error) {
	found, err := p.discover(ctx)
	if err != nil {
		return "", "", err
	}
	t := try{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Until: p.now().Add(TryTime)}
	text, err := json.Marshal(t)
	if err != nil {
		return "", "", err
	}
	address = p.config(found).AuthCodeURL(t.State, oidc.Nonce(t.Nonce), oauth2.S256ChallengeOption(t.Verifier))
	return address, base64.RawURLEncoding.EncodeToString(text), nil
}

// End takes what came back, with what the browser kept, and returns the e-mail address
// that the provider vouches for. The error is a [Refusal].
func (p *Provider) End(ctx context.Context, kept string, came url.Values) (email string, err error) {
	t, err := p.took(kept, came)
	if err != nil {
		return "", err
	}
	if said := came.Get("error"); said != "" || came.Get("code") == "" {
		return "", refuse(Declined, authz.Errorf(authz.Unauthorized, "%.100q", said))
	}
	found, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, client()), patience)
	defer cancel()
	token, err := p.config(found).Exchange(ctx, came.Get("code"), oauth2.VerifierOption(t.Verifier))
	if err != nil {
		return "", refuse(Declined, err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := found.Verifier(&oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: algorithms, Now: p.now}).Verify(ctx, raw)
	if err != nil {
		return "", refuse(Untrusted, err)
	}
	return p.vouched(id, t)
}

// took is the try that came back, which it may do once.
func (p *Provider) took(kept string, came url.Values) (t try, err error) {
	text, err := base64.RawURLEncoding.DecodeString(kept)
	if err == nil {
		err = json.Unmarshal(text, &t)
	}
	if err != nil || t.State == "" || subtle.ConstantTimeCompare([]byte(t.State), []byte(came.Get("state"))) == 0 {
		return t, refuse(Strange, err)
	}
	now := p.now()
	if !now.Before(t.Until) || t.Until.After(now.Add(TryTime)) {
		return t, refuse(Strange, nil)
	}
	if iss := came.Get("iss"); came.Has("iss") && iss != p.Issuer { // RFC 9207
		return t, refuse(Strange, nil)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for state, until := range p.used {
		if !now.Before(until) {
			delete(p.used, state)
		}
	}
	if _, before := p.used[t.State]; before {
		return t, refuse(Strange, nil)
	}
	if p.used == nil {
		p.used = map[string]time.Time{}
	}
	p.used[t.State] = t.Until
	return t, nil
}

// vouched is the address in an ID token that has been verified.
func (p *Provider) vouched(id *oidc.IDToken, t try) (string, error) {
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
		Party    string `json:"azp"`
	}
	if err := id.Claims(&claims); err != nil {
		return "", refuse(Untrusted, err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(t.Nonce)) == 0 {
		return "", refuse(Untrusted, authz.Errorf(authz.Unauthorized, "the token answers another request"))
	}
	if cmp.Or(claims.Party, p.ClientID) != p.ClientID || len(id.Audience) > 1 && claims.Party == "" || !slices.Contains(id.Audience, p.ClientID) {
		return "", refuse(Untrusted, authz.Errorf(authz.Unauthorized, "the token is for another application"))
	}
	if !claims.Verified || claims.Email == "" {
		return "", refuse(Unverified, nil)
	}
	return claims.Email, nil
}

func (p *Provider) config(found *oidc.Provider) *oauth2.Config {
	at := found.Endpoint()
	at.AuthStyle = oauth2.AuthStyleInHeader
	if p.ClientSecret == "" {
		at.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: at, RedirectURL: p.Redirect, Scopes: []string{oidc.ScopeOpenID, "email"}}
}

// discover asks the provider, once it answers, where its parts are.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	found := p.found
	p.mu.Unlock()
	if found != nil {
		return found, nil
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, client()), patience)
	defer cancel()
	found, err := oidc.NewProvider(ctx, p.Issuer)
	if err != nil {
		return nil, refuse(Unreachable, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.found = found
	return found, nil
}

// client follows no redirect: codes and secrets go to the provider alone.
func client() *http.Client {
	return &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (p *Provider) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}
