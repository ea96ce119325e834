package logto

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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

	tokens tokens
}

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

// user asks for one user; exists is false only if Logto says that it has none.
// A token that Logto refuses is thrown away and the question asked once more,
// since Logto may have changed its keys.
func (c *Client) user(ctx context.Context, id string) (u user, exists bool, err error) {
	base, err := ParseEndpoint(c.Endpoint)
	if err != nil {
		return user{}, false, err
	}
	address := base.String() + "/api/users/" + url.PathEscape(id)
	for retried := false; ; retried = true {
		token, err := c.token(ctx, base)
		if err != nil {
			return user{}, false, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return user{}, false, &authz.Error{Kind: authz.Internal, Message: "asking logto for a user", Err: err}
		}
		req.Header.Set("Authorization", "Bearer "+token)
		a, err := c.send(req)
		if err != nil {
			return user{}, false, err
		}
		if a.status == http.StatusUnauthorized && !retried {
			c.tokens.discard(token)
			continue
		}
		return c.readAnswer(id, a)
	}
}

// readAnswer reads the answer to GET /api/users/{id}.
func (c *Client) readAnswer(id string, a answer) (user, bool, error) {
	switch {
	case a.status == http.StatusNotFound && a.code() == "entity.not_found":
		return user{}, false, nil
	case a.status == http.StatusNotFound:
		return user{}, false, a.unavailable("is GATEHOUSE_LOGTO_ENDPOINT the address of logto?")
	case a.status == http.StatusUnauthorized:
		return user{}, false, a.unavailable("it refuses the token that it has just given to the app %q", c.AppID)
	case a.status == http.StatusForbidden:
		return user{}, false, a.unavailable("the app %q needs a machine-to-machine role with the management api's scope \"all\"", c.AppID)
	case a.status != http.StatusOK:
		return user{}, false, a.unavailable("asked for user %q", id)
	}
	m, err := decode(a.body)
	if err != nil {
		return user{}, false, a.unavailable("it does not answer as logto does; is GATEHOUSE_LOGTO_ENDPOINT the address of logto?")
	}
	u, ok := readUser(map[string]any(m))
	if !ok {
		return user{}, false, a.unavailable("what it says of user %q is not a user as this version knows them", id)
	}
	if u.id != id {
		return user{}, false, a.unavailable("asked for user %q, it answered with another", id)
	}
	return u, true, nil
}

// An answer is an HTTP response, read to its end.
type answer struct {
	status int
	wait   string // Retry-After, as sent
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
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return answer{}, unreachable(err)
	}
	if len(body) > maxAnswer {
		return answer{}, authz.Errorf(authz.Unavailable, "logto's answer is larger than %d bytes", maxAnswer)
	}
	return answer{status: res.StatusCode, wait: res.Header.Get("Retry-After"), body: body}, nil
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
