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

// A caller asks a running server. [caller.prepare] must be called first.
type caller struct {
	URL        string `help:"Address of the server." default:"http://127.0.0.1:7766" env:"GATEHOUSE_URL"`
	APIKey     string `help:"API key that reaches the environment; better given by its variable or file." env:"GATEHOUSE_API_KEY"`
	APIKeyFile string `help:"File that holds --api-key." env:"GATEHOUSE_API_KEY_FILE"`
	Project    string `help:"Project, where the key is not an environment's own." env:"GATEHOUSE_PROJECT"`
	Env        string `help:"Environment, likewise." env:"GATEHOUSE_ENVIRONMENT"`

	path  string        // of the environment in the console's API
	every time.Duration // between two questions while waiting
}

const (
	// askEvery is how often a command that waits asks how far it is.
	askEvery = 500 * time.Millisecond
	// askLimit bounds one question, and maxReply its answer, in bytes.
	askLimit = 30 * time.Second
	maxReply = 16 << 20
)

// prepare reads the key and finds out which environment is meant.
func (c *caller) prepare(ctx context.Context) error {
	if err := fromFile("GATEHOUSE_API_KEY", c.APIKeyFile, &c.APIKey); err != nil {
		return err
	}
	if c.APIKey == "" {
		return authz.InvalidField("GATEHOUSE_API_KEY", "GATEHOUSE_API_KEY is not set: it is an API key that reaches the environment")
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return authz.InvalidField("GATEHOUSE_URL", "GATEHOUSE_URL is not an address such as https://authz.example.com")
	}
	c.URL, c.every = strings.TrimRight(c.URL, "/"), askEvery
	var scope struct {
		Project     *string `json:"project_id"`
		Environment *string `json:"environment_id"`
	}
	if err := c.call(ctx, http.MethodGet, "/v2/api-key/scope", &scope); err != nil {
		return err
	}
	if scope.Project != nil {
		c.Project = cmp.Or(c.Project, *scope.Project)
	}
	if scope.Environment != nil {
		c.Env = cmp.Or(c.Env, *scope.Environment)
	}
	if c.Project == "" || c.Env == "" {
		return authz.InvalidField("GATEHOUSE_ENVIRONMENT", "the API key reaches more than one environment; name it with --project and --env")
	}
	c.path = "/console/v1/projects/" + url.PathEscape(c.Project) + "/envs/" + url.PathEscape(c.Env)
	return nil
}

func (c *caller) proof(ctx context.Context) (p proof, err error) {
	return p, c.call(ctx, http.MethodGet, c.path+"/logto/proof", &p)
}

// source is what the status says of Logto; it is of the key's own environment, and
// empty for a key that has none.
func (c *caller) source(ctx context.Context) (source, error) {
	var status struct {
		Sources []source `json:"sources"`
	}
	err := c.call(ctx, http.MethodGet, "/console/v1/status", &status)
	if e, refused := err.(refusal); refused && e.status == http.StatusForbidden { //nolint:errorlint // made by call
		return source{}, nil
	}
	for _, s := range status.Sources {
		if s.Name == "logto" {
			return s, err
		}
	}
	return source{}, err
}

// A refusal is an answer that is no success.
type refusal struct {
	status  int
	message string
}

func (r refusal) Error() string {
	return fmt.Sprintf("the server answered %d: %s", r.status, r.message)
}

// call asks and reads the answer into to. The key goes to no other address.
func (c *caller) call(ctx context.Context, method, path string, to any) error {
	return c.send(ctx, method, path, nil, to)
}

// send is call with a body, which is JSON; nil is none.
func (c *caller) send(ctx context.Context, method, path string, text []byte, to any) error {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.APIKey)
	if text != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer res.Body.Close() //nolint:errcheck // the body is only read
	body, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	if res.StatusCode/100 != 2 {
		var failure struct {
			Error   string `json:"error"`
			Message string `json:"message"`
		}
		_ = json.Unmarshal(body, &failure) // what is no JSON says nothing
		return refusal{res.StatusCode, cmp.Or(failure.Error, failure.Message, http.StatusText(res.StatusCode))}
	}
	if err := json.Unmarshal(body, to); err != nil {
		return fmt.Errorf("what answers at GATEHOUSE_URL is not this version of Gatehouse: %w", err)
	}
	return nil
}
