package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A remote is a running server, and the environment in it that a command is about.
type remote struct {
	URL        string `help:"Address of the running server." default:"http://${listen}" env:"GATEHOUSE_URL"`
	APIKey     string `help:"API key of the environment, or of more." env:"GATEHOUSE_API_KEY"`
	APIKeyFile string `help:"File that holds --api-key." env:"GATEHOUSE_API_KEY_FILE"`
	Project    string `help:"Key or id of the project." default:"default" env:"GATEHOUSE_PROJECT"`
	Env        string `help:"Key or id of the environment." default:"dev" env:"GATEHOUSE_ENV"`
}

// remoteLimit bounds a request: connecting waits for a test delivery.
const remoteLimit = time.Minute

// A remoteError is a failure that the server tells.
type remoteError struct {
	status  int
	message string
}

// Error is the message with what it means for the caller.
func (e *remoteError) Error() string {
	switch e.status {
	case http.StatusUnauthorized:
		return "the server does not know the API key: set --api-key-file or GATEHOUSE_API_KEY"
	case http.StatusNotFound:
		return fmt.Sprintf("%s (is --url the address of gatehouse, and are --project and --env right?)", e.message)
	}
	return e.message
}

// errUnreachable is wrapped by what call returns if no server answers.
var errUnreachable = errors.New("the server does not answer: is it running, and is --url its address?")

// key reads the API key from where it is given.
func (r *remote) key() error {
	if err := fromFile("GATEHOUSE_API_KEY", r.APIKeyFile, &r.APIKey); err != nil {
		return err
	}
	r.APIKeyFile = ""
	if r.APIKey == "" {
		return authz.InvalidField("GATEHOUSE_API_KEY", "there is no API key: set --api-key-file or GATEHOUSE_API_KEY")
	}
	return nil
}

// call asks for a path below the environment's, and reads the answer into out. date
// is the server's clock, zero if it does not say.
func (r *remote) call(ctx context.Context, method, path string, body, out any) (date time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, remoteLimit)
	defer cancel()
	in, err := json.Marshal(body)
	if err != nil {
		return date, err
	}
	address := fmt.Sprintf("%s/console/v1/projects/%s/envs/%s%s", strings.TrimRight(r.URL, "/"), url.PathEscape(r.Project), url.PathEscape(r.Env), path)
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(in))
	if err != nil {
		return date, authz.InvalidField("GATEHOUSE_URL", "--url is not an address such as http://127.0.0.1:7766")
	}
	req.Header.Set("Authorization", "Bearer "+r.APIKey)
	req.Header.Set("Content-Type", "application/json")
	// A redirect would lose the body, or take the key elsewhere.
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return date, fmt.Errorf("%w (%w)", errUnreachable, err)
	}
	defer res.Body.Close() //nolint:errcheck // the body is only read
	date, _ = http.ParseTime(res.Header.Get("Date"))
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return date, fmt.Errorf("%w (%w)", errUnreachable, err)
	}
	if res.StatusCode != http.StatusOK {
		var said struct {
			Error   string `json:"error"`
			Message string `json:"message"`
		}
		if json.Unmarshal(text, &said) != nil || said.Error+said.Message == "" {
			said.Error = fmt.Sprintf("the server answered %d", res.StatusCode)
		}
		return date, &remoteError{status: res.StatusCode, message: said.Error + said.Message}
	}
	return date, json.Unmarshal(text, out)
}
