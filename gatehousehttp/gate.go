package gatehousehttp

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"
)

// defaultTenant is the tenant of who has no organization.
const defaultTenant = "default"

// A Config says who signs people in and whom to ask. Addresses have no slash at
// the end.
type Config struct {
	Logto  string // address of Logto; its issuer is /oidc there
	KeySet string // address of the key set; default /oidc/jwks at Logto

	// Audience is the indicator of this API among Logto's API resources. Empty
	// takes organization tokens instead, those of any organization.
	Audience string
	// NeedOrganization refuses tokens of a resource that name no organization.
	NeedOrganization bool

	Gatehouse string // address of Gatehouse, or of a PDP
	APIKey    string // of environment level

	Client *http.Client     // asks Logto and Gatehouse; default has a timeout of 5 s
	Now    func() time.Time // default [time.Now]
}

// A Gate lets requests through to handlers. It is safe for concurrent use. Make
// one with [New].
type Gate struct {
	verifier *Verifier
	config   Config
}

// New returns a Gate. It asks nobody: the keys of Logto are fetched when the first
// token comes. It returns an error if the configuration says too little.
func New(c Config) (*Gate, error) {
	if c.Gatehouse == "" || c.APIKey == "" {
		return nil, errors.New("gatehousehttp: the address of Gatehouse and an API key are needed")
	}
	c.Client = withoutRedirects(c.Client)
	v, err := NewVerifier(c)
	if err != nil {
		return nil, err
	}
	return &Gate{verifier: v, config: c}, nil
}

// withoutRedirects is the client, or the default one, but for redirects: an API key
// is sent nowhere else.
func withoutRedirects(c *http.Client) *http.Client {
	own := cmp.Or(c, &http.Client{Timeout: 5 * time.Second})
	return &http.Client{
		Transport: own.Transport, Jar: own.Jar, Timeout: own.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// A Question is what Gatehouse is asked about who holds a token.
type Question struct {
	Action   string
	Resource string // key of the type
	Key      string // of the instance; empty asks about the type
	Tenant   string // empty is that of the token
}

// An Answer is what Gatehouse says. Reason and Code say why it is a no.
type Answer struct {
	Allow        bool
	Code, Reason string
}

// An Option narrows what [Gate.Require] asks.
type Option func(*http.Request, *Question)

// Key asks about the instance that a wildcard of the route's pattern names.
func Key(wildcard string) Option {
	return func(r *http.Request, q *Question) { q.Key = r.PathValue(wildcard) }
}

type tokenKey struct{}

// TokenOf returns the token with which the request of the context came through a
// [Gate], and whether there is one.
func TokenOf(ctx context.Context) (Token, bool) {
	t, ok := ctx.Value(tokenKey{}).(Token)
	return t, ok
}

// Require lets those through who may do the action to the resource.
func (g *Gate) Require(action, resource string, options ...Option) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			t, err := g.verifier.FromRequest(r)
			if err != nil {
				Refuse(w, err)
				return
			}
			q := Question{Action: action, Resource: resource}
			for _, o := range options {
				o(r, &q)
			}
			a, err := g.Check(r.Context(), t, q)
			if err == nil && !a.Allow {
				err = denied(a)
			}
			if err != nil {
				Refuse(w, err)
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), tokenKey{}, t)))
		})
	}
}

// Check asks Gatehouse about who holds the token. Without a clear answer it returns
// a [*Refusal], and the answer is a no.
func (g *Gate) Check(ctx context.Context, t Token, q Question) (Answer, error) {
	type user struct {
		Key string `json:"key"`
	}
	type resource struct {
		Type   string `json:"type"`
		Key    string `json:"key,omitempty"`
		Tenant string `json:"tenant"`
	}
	body, err := json.Marshal(struct {
		User     user     `json:"user"`
		Action   string   `json:"action"`
		Resource resource `json:"resource"`
	}{user{t.User}, q.Action, resource{q.Resource, q.Key, cmp.Or(q.Tenant, t.Organization, defaultTenant)}})
	if err != nil {
		return Answer{}, err
	}
	return g.ask(ctx, "/allowed", body)
}

// ask asks a question of Gatehouse's.
func (g *Gate) ask(ctx context.Context, path string, body []byte) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.config.Gatehouse+path, bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+g.config.APIKey)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Gatehouse-Explain", "1")
	var in struct {
		Allow bool
		Debug struct {
			Reason string // where no rule of URLs matches
			RBAC   struct{ Code, Reason string }
		}
	}
	if err := fetch(g.config.Client, req, &in); err != nil {
		return Answer{}, &Refusal{
			Status: http.StatusServiceUnavailable, Code: "no_answer",
			Reason: "Gatehouse gives no answer, and without one nothing is allowed.", cause: fmt.Errorf("ask gatehouse: %w", err),
		}
	}
	return Answer{Allow: in.Allow, Code: in.Debug.RBAC.Code, Reason: cmp.Or(in.Debug.RBAC.Reason, in.Debug.Reason)}, nil
}

func denied(a Answer) *Refusal {
	return &Refusal{Status: http.StatusForbidden, Code: cmp.Or(a.Code, "denied"), Reason: cmp.Or(a.Reason, "Gatehouse denies it.")}
}

// A Refusal is why a request does not come through.
type Refusal struct {
	Status int    // of the HTTP answer
	Code   string // for programs
	Reason string // for people; says nothing that is secret

	cause error
}

// Error returns the code and the reason, and what caused it.
func (e *Refusal) Error() string {
	if e.cause != nil {
		return e.Code + ": " + e.Reason + ": " + e.cause.Error()
	}
	return e.Code + ": " + e.Reason
}

// Unwrap returns what caused the refusal, or nil.
func (e *Refusal) Unwrap() error { return e.cause }

// Refuse answers a request with a refusal; see [Refused].
func Refuse(w http.ResponseWriter, err error) {
	status, header, body := Refused(err)
	maps.Copy(w.Header(), header)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller that has gone is not a failure
}

// Refused is the answer to a request that is refused: its status, and as the body
// {"error": code, "reason": text}. An error that is no [*Refusal] is a 503 that says
// nothing.
func Refused(err error) (status int, header http.Header, body []byte) {
	e, ok := errors.AsType[*Refusal](err)
	if !ok {
		e = &Refusal{Status: http.StatusServiceUnavailable, Code: "no_answer", Reason: "The request cannot be decided."}
	}
	header = http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}}
	if e.Status == http.StatusUnauthorized {
		challenge := "Bearer" // RFC 6750: no code for who has brought no token
		if e.Code != codeNoToken {
			challenge = fmt.Sprintf("Bearer error=%q, error_description=%q", e.Code, e.Reason)
		}
		header.Set("WWW-Authenticate", challenge)
	}
	body, _ = json.Marshal(struct { // two texts always marshal
		Error  string `json:"error"`
		Reason string `json:"reason"`
	}{e.Code, e.Reason})
	return e.Status, header, append(body, '\n')
}
