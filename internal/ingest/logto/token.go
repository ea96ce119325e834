package logto

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// maxMargin is how long before its end a token is no longer used, for a clock
// that differs and a request under way. Short-lived tokens have a tenth of
// their life instead.
const maxMargin = time.Minute

// tokens keeps the access token and the one request for it that is under way.
type tokens struct {
	mu     sync.Mutex // guards the fields below; never held while waiting
	token  string
	until  time.Time // when to stop using token
	flight *flight   // nil if no request is under way
}

// A flight is one token request that many callers may wait for. done is closed
// after token and err are set.
type flight struct {
	done  chan struct{}
	token string
	err   error
}

// discard forgets a token that Logto refused, unless it is already replaced.
func (t *tokens) discard(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == token {
		t.token = ""
	}
}

// token returns a token that is good for at least one request. Concurrent
// callers share one request to Logto. The request outlives the caller that
// began it, so that a caller who gives up does not fail the others; it ends
// within defaultTimeout. The error is Unavailable.
func (c *Client) token(ctx context.Context, base *url.URL) (string, error) {
	t := &c.tokens
	t.mu.Lock()
	if t.token != "" && c.now().Before(t.until) {
		defer t.mu.Unlock()
		return t.token, nil
	}
	f := t.flight
	if f == nil {
		f = &flight{done: make(chan struct{})}
		t.flight = f
		go c.fly(context.WithoutCancel(ctx), base, f)
	}
	t.mu.Unlock()
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return "", &authz.Error{Kind: authz.Unavailable, Message: "waiting for a token of logto", Err: ctx.Err()}
	}
}

// fly asks for a token, keeps it and tells everybody who waits.
func (c *Client) fly(ctx context.Context, base *url.URL, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	asked := c.now()
	token, life, err := c.requestToken(ctx, base)
	t := &c.tokens
	t.mu.Lock()
	defer t.mu.Unlock()
	f.token, f.err = token, err
	if err == nil {
		t.token, t.until = token, asked.Add(life-min(life/10, maxMargin))
	}
	t.flight = nil
	close(f.done)
}

// requestToken asks Logto for a token and says how long it lives.
func (c *Client) requestToken(ctx context.Context, base *url.URL) (string, time.Duration, error) {
	resource := c.Resource
	if resource == "" {
		resource = defaultResource
	}
	// Without the scope Logto gives a token too, and then refuses it everywhere.
	form := url.Values{"grant_type": {"client_credentials"}, "resource": {resource}, "scope": {"all"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base.String()+"/oidc/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, &authz.Error{Kind: authz.Internal, Message: "asking logto for a token", Err: err}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	// RFC 6749 section 2.3.1: both are form-encoded before they are joined.
	req.SetBasicAuth(url.QueryEscape(c.AppID), url.QueryEscape(c.AppSecret))
	a, err := c.send(req)
	if err != nil {
		return "", 0, err
	}
	if a.status != http.StatusOK {
		return "", 0, c.refused(a, resource)
	}
	var grant struct {
		Token   string `json:"access_token"`
		Type    string `json:"token_type"`
		Seconds int64  `json:"expires_in"`
	}
	if json.Unmarshal(a.body, &grant) != nil || !isToken(grant.Token) || !strings.EqualFold(grant.Type, "Bearer") {
		return "", 0, a.unavailable("it gave no bearer token; is GATEHOUSE_LOGTO_ENDPOINT the address of logto?")
	}
	// A day bounds what a wrong answer can do; Logto's tokens live an hour.
	seconds := min(max(grant.Seconds, 0), 24*60*60)
	return grant.Token, time.Duration(seconds) * time.Second, nil
}

// refused says why there is no token.
func (c *Client) refused(a answer, resource string) error {
	switch a.code() {
	case "oidc.invalid_client":
		return a.unavailable("it does not know the app %q with this secret", c.AppID)
	case "oidc.invalid_target":
		return a.unavailable("it does not know the resource %q", resource)
	}
	return a.unavailable("asked for a token for the app %q", c.AppID)
}

// isToken reports whether s can stand in a header, as every token can.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c > '~' })
}

func (c *Client) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}
