package logto

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

const (
	// defaultResource is the indicator of the Management API of a self-hosted Logto.
	defaultResource = "https://default.logto.app/api"
	// defaultTimeout bounds one request, answer included. Logto answers in
	// milliseconds; its own patience with webhooks is 10 s.
	defaultTimeout = 10 * time.Second
	// maxAnswer bounds the body of an answer, in bytes.
	maxAnswer = 8 << 20
	// maxList is maxAnswer for a page of a list, which is a hundred things.
	maxList = 64 << 20
)

// A Client asks Logto's Management API as a machine-to-machine app. It is safe
// for concurrent use once its fields are set; they must not change afterwards,
// and a Client must not be copied.
type Client struct {
	Endpoint  string // where Logto answers, without /api; see [ParseEndpoint]
	AppID     string
	AppSecret string
	// Resource is the indicator of the Management API; empty means
	// https://default.logto.app/api, which every self-hosted Logto has.
	Resource string
	// HTTP sends the requests; nil means a client with a timeout of 10 s. Its
	// CheckRedirect is not used: redirects are never followed.
	HTTP *http.Client
	Now  func() time.Time // nil means time.Now
	// Pause is the least time between two requests of scans; 0 is none.
	Pause time.Duration

	tokens tokens
	pace   pace
	skew   atomic.Int64 // nanoseconds; see [Client.Skew]

	applications applications
}

// Skew is how far Logto's clock was ahead of ours at its last answer, to the second
// and the way back; 0 if it did not say.
func (c *Client) Skew() time.Duration { return time.Duration(c.skew.Load()) }

// ParseEndpoint reads the address of Logto, with or without a slash at its end.
// The error is Invalid and names the setting GATEHOUSE_LOGTO_ENDPOINT; it does
// not repeat the address, which may hold a password.
func ParseEndpoint(s string) (*url.URL, error) {
	bad := func(why string) (*url.URL, error) {
		return nil, authz.InvalidField("GATEHOUSE_LOGTO_ENDPOINT", "GATEHOUSE_LOGTO_ENDPOINT %s", why)
	}
	u, err := url.Parse(s)
	switch {
	case s == "":
		return bad("is not set: it is the address of logto, such as https://auth.example.com")
	case err != nil, u.Host == "", u.Hostname() == "", u.Scheme != "http" && u.Scheme != "https":
		return bad("is not an http or https address such as https://auth.example.com")
	case u.User != nil:
		return bad("must not hold a user or password")
	case u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return bad("must not hold a query or fragment")
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	if strings.HasSuffix(u.Path, "/api") || strings.HasSuffix(u.Path, "/oidc") {
		return bad("is the address of logto itself, without /api or /oidc")
	}
	return u, nil
}

// Validate checks the fields without asking Logto. The error is Invalid and
// names the setting at fault.
func (c *Client) Validate() error {
	if _, err := ParseEndpoint(c.Endpoint); err != nil {
		return err
	}
	if c.AppID == "" {
		return authz.InvalidField("GATEHOUSE_LOGTO_APP_ID", "GATEHOUSE_LOGTO_APP_ID is not set: it is the id of a machine-to-machine app in logto")
	}
	if c.AppSecret == "" {
		return authz.InvalidField("GATEHOUSE_LOGTO_APP_SECRET", "GATEHOUSE_LOGTO_APP_SECRET is not set: it is the secret of the app GATEHOUSE_LOGTO_APP_ID")
	}
	return nil
}

// get asks Logto for what stands at a path. A token that Logto refuses is thrown
// away and the question asked once more, since Logto may have changed its keys. The
// error is Unavailable, also for a token that is refused twice or may not.
func (c *Client) get(ctx context.Context, path string) (answer, error) {
	return c.ask(ctx, http.MethodGet, path, nil)
}

// ask is get for any method, with a body that becomes JSON unless it is nil.
func (c *Client) ask(ctx context.Context, method, path string, body any) (answer, error) {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return answer{}, &authz.Error{Kind: authz.Internal, Message: "asking logto", Err: err}
		}
	}
	base, err := ParseEndpoint(c.Endpoint)
	if err != nil {
		return answer{}, err
	}
	for retried := false; ; retried = true {
		token, err := c.token(ctx, base)
		if err != nil {
			return answer{}, err
		}
		req, err := http.NewRequestWithContext(ctx, method, base.String()+"/api"+path, bytes.NewReader(text))
		if err != nil {
			return answer{}, &authz.Error{Kind: authz.Internal, Message: "asking logto", Err: err}
		}
		req.Header.Set("Authorization", "Bearer "+token)
		if body != nil {
			req.Header.Set("Content-Type", "application/json")
		}
		a, err := c.send(req)
		switch {
		case err != nil:
			return answer{}, err
		case a.status == http.StatusUnauthorized && !retried:
			c.tokens.discard(token)
		case a.status == http.StatusUnauthorized:
			return answer{}, a.unavailable("it refuses the token that it has just given to the app %q", c.AppID)
		case a.status == http.StatusForbidden:
			return answer{}, a.unavailable("the app %q needs a machine-to-machine role with the management api's scope \"all\"", c.AppID)
		default:
			return a, nil
		}
	}
}

// one asks for one thing, which the error calls what; exists is false only if
// Logto says, by its own code, that it has none.
func (c *Client) one(ctx context.Context, path, code, what string) (a answer, exists bool, err error) {
	a, err = c.get(ctx, path)
	switch {
	case err != nil:
		return a, false, err
	case a.status == http.StatusNotFound && a.code() == code:
		return a, false, nil
	case a.status == http.StatusNotFound:
		return a, false, a.unavailable("is GATEHOUSE_LOGTO_ENDPOINT the address of logto?")
	case a.status != http.StatusOK:
		return a, false, a.unavailable("asked for %s", what)
	}
	return a, true, nil
}

// user asks for one user.
func (c *Client) user(ctx context.Context, id string) (u user, exists bool, err error) {
	what := fmt.Sprintf("user %q", id)
	a, exists, err := c.one(ctx, "/users/"+url.PathEscape(id), "entity.not_found", what)
	if err != nil || !exists {
		return user{}, false, err
	}
	m, err := decode(a.body)
	if err != nil {
		return user{}, false, a.strange()
	}
	u, ok := readUser(map[string]any(m))
	if !ok {
		return user{}, false, a.unavailable("what it says of %s is not a user as this version knows them", what)
	}
	if u.id != id {
		return user{}, false, a.unavailable("asked for %s, it answered with another", what)
	}
	return u, true, nil
}

// strange is the error about an answer that is not of Logto's making.
func (a answer) strange() error {
	return a.unavailable("it does not answer as logto does; is GATEHOUSE_LOGTO_ENDPOINT the address of logto?")
}

// An answer is an HTTP response, read to its end.
type answer struct {
	status int
	wait   string // Retry-After, as sent
	total  string // Total-Number, as sent
	body   []byte
}

// send sends a request and reads the answer. It follows no redirect, so that
// the token and the secret go nowhere but to the endpoint. The error is
// Unavailable.
func (c *Client) send(req *http.Request) (answer, error) {
	client := http.Client{Timeout: defaultTimeout}
	if c.HTTP != nil {
		client = *c.HTTP
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	req.Header.Set("Accept", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return answer{}, unreachable(err)
	}
	defer res.Body.Close() //nolint:errcheck // the body is only read
	skew := time.Duration(0)
	if date, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		skew = date.Sub(c.now())
	}
	c.skew.Store(int64(skew))
	limit := maxAnswer
	if req.URL.RawQuery != "" {
		limit = maxList
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, int64(limit)+1))
	if err != nil {
		return answer{}, unreachable(err)
	}
	if len(body) > limit {
		return answer{}, authz.Errorf(authz.Unavailable, "logto's answer is larger than %d bytes", limit)
	}
	return answer{status: res.StatusCode, wait: res.Header.Get("Retry-After"), total: res.Header.Get("Total-Number"), body: body}, nil
}

func unreachable(err error) error {
	// The address in a *url.Error says no more than the setting does, and the
	// cause is what an operator looks for.
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return &authz.Error{Kind: authz.Unavailable, Message: "logto does not answer at GATEHOUSE_LOGTO_ENDPOINT", Err: err}
}

// code returns Logto's own code of a failure, such as "entity.not_found", or ""
// if the body is not of Logto's making.
func (a answer) code() string {
	m, err := decode(a.body)
	if err != nil {
		return ""
	}
	code := m.text("code")
	if len(code) > maxName {
		return ""
	}
	for _, c := range code {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return ""
		}
	}
	return code
}

// unavailable says what Logto answered, and in format what to make of it. Of
// the body it repeats the code only.
func (a answer) unavailable(format string, args ...any) error {
	e := authz.Errorf(authz.Unavailable, format, args...)
	said := strconv.Itoa(a.status)
	if code := a.code(); code != "" {
		said += " " + code
	}
	e.Message = "logto answered " + said + ": " + e.Message
	switch {
	case 300 <= a.status && a.status < 400:
		e.Message += "; it redirects, so GATEHOUSE_LOGTO_ENDPOINT is not its final address"
	case a.status == http.StatusTooManyRequests, a.status == http.StatusServiceUnavailable:
		if _, err := strconv.ParseUint(a.wait, 10, 32); err == nil {
			e.Message += "; it wants no request for " + a.wait + " seconds"
		}
	}
	return e
}
