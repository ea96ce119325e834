package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A caller asks a running server, about one environment in it. [caller.prepare] must
// be called first.
type caller struct {
	URL        string `help:"Address of the running server." default:"http://${listen}" env:"GATEHOUSE_URL"`
	APIKey     string `help:"API key that reaches the environment; better given by its variable or file." env:"GATEHOUSE_API_KEY"`
	APIKeyFile string `help:"File that holds --api-key." env:"GATEHOUSE_API_KEY_FILE"`
	Project    string `help:"Key or id of the project, where the API key reaches several." env:"GATEHOUSE_PROJECT"`
	Env        string `help:"Key or id of the environment, likewise; default/dev names the project too." env:"GATEHOUSE_ENV"`

	path string        // of the environment in the console's API, without a slash at its end
	skew time.Duration // how far the server's clock was ahead at its last answer; 0 if it does not say
}

const (
	// callLimit bounds one question: connecting waits for Logto and a test delivery.
	callLimit = time.Minute
	// maxReply bounds an answer, in bytes.
	maxReply = 16 << 20
)

// prepare reads the key and finds out which environment is meant. The error is
// Invalid for settings, else a [*refusal].
func (c *caller) prepare(ctx context.Context) error {
	if err := fromFile("GATEHOUSE_API_KEY", c.APIKeyFile, &c.APIKey); err != nil {
		return err
	}
	if c.APIKey == "" {
		return authz.InvalidField("GATEHOUSE_API_KEY", "GATEHOUSE_API_KEY is not set: it is an API key that reaches the environment; or give its file by --api-key-file")
	}
	u, err := url.Parse(cmp.Or(c.URL, "http://"+defaultListen))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return authz.InvalidField("GATEHOUSE_URL", "GATEHOUSE_URL is not an address such as https://authz.example.com")
	}
	c.URL = strings.TrimRight(u.String(), "/")
	if project, env, both := strings.Cut(c.Env, "/"); both {
		c.Project, c.Env = project, env
	}
	if c.Project == "" || c.Env == "" {
		if err := c.find(ctx); err != nil {
			return err
		}
	}
	c.path = "/console/v1/projects/" + url.PathEscape(c.Project) + "/envs/" + url.PathEscape(c.Env)
	return nil
}

// find takes what is not named from what the key reaches.
func (c *caller) find(ctx context.Context) error {
	var scope struct {
		Project     *string `json:"project_id"`
		Environment *string `json:"environment_id"`
	}
	if err := c.call(ctx, http.MethodGet, "/v2/api-key/scope", nil, &scope); err != nil {
		return err
	}
	if scope.Project != nil {
		c.Project = cmp.Or(c.Project, *scope.Project)
	}
	if scope.Environment != nil {
		c.Env = cmp.Or(c.Env, *scope.Environment)
	}
	if c.Project == "" || c.Env == "" {
		return authz.InvalidField("GATEHOUSE_ENV", "the API key reaches more than one environment: name yours with --project and --env, or GATEHOUSE_ENV=default/dev")
	}
	return nil
}

// A refusal is an answer that is no success, or that there is none.
type refusal struct {
	status  int // 0: nobody answers
	message string
	err     error // why nobody answers
}

// Error is the message with what it means for the caller.
func (r *refusal) Error() string {
	switch r.status {
	case 0:
		return fmt.Sprintf("the server does not answer: is it running, and is --url its address? (%v)", r.err)
	case http.StatusUnauthorized:
		return "the server does not know the API key: is it of this server, and was it rotated?"
	case http.StatusNotFound:
		return r.message + " (is --url the address of gatehouse, and are --project and --env right?)"
	}
	return fmt.Sprintf("the server answered %d: %s", r.status, r.message)
}

// Unwrap returns why nobody answers.
func (r *refusal) Unwrap() error { return r.err }

// call sends body as JSON, unless it is nil, and reads the answer into out. The key
// goes to no other address: redirects are not followed. The error is a [*refusal].
func (c *caller) call(ctx context.Context, method, path string, body, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, in)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.APIKey)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return &refusal{err: err}
	}
	defer res.Body.Close() //nolint:errcheck // the body is only read
	c.skew = 0
	if date, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		c.skew = time.Until(date)
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxReply+1))
	if err != nil {
		return &refusal{err: err}
	}
	return readReply(res.StatusCode, text, out)
}

// readReply reads an answer into out, or says why it is none.
func readReply(status int, text []byte, out any) error {
	if status/100 != 2 {
		var said struct {
			Error   string `json:"error"`
			Message string `json:"message"`
		}
		_ = json.Unmarshal(text, &said) // what is no JSON says nothing
		return &refusal{status: status, message: cmp.Or(said.Error, said.Message, http.StatusText(status))}
	}
	if len(text) > maxReply || json.Unmarshal(text, out) != nil {
		return &refusal{status: status, message: "what answers at --url is not this version of gatehouse"}
	}
	return nil
}
