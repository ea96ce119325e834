package permitapi

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
)

const (
	// usualTimeout bounds one request, answer included; a call of many takes seconds. It
	// is less than the mirror leaves a thing alone of which no answer came.
	usualTimeout = 30 * time.Second
	// maxAnswer bounds the body of an answer, in bytes.
	maxAnswer = 64 << 20
	// maxReason bounds what is repeated of an account's refusal, in bytes.
	maxReason = 400
	// usualPause is how long an account is left alone that says only that it was asked
	// too much: the longest time that its limits for single requests are counted in.
	usualPause = time.Minute
	// tries is how often a patient client asks again.
	tries = 5
	// longestPause bounds what an account may ask for.
	longestPause = time.Hour
)

// A Client asks one environment of Permit.io. It is safe for concurrent use once its
// fields are set; they must not change afterwards, and a Client must not be copied.
type Client struct {
	API string // address, as https://api.permit.io
	Key string // an API key that reaches the environment
	// Project and Env, by key or id, say which environment is meant, where the key
	// reaches several.
	Project, Env string
	Pace         *mirror.Pace
	HTTP         *http.Client // nil means one with a timeout of 30 s
	// Setting names the settings in errors: its prefix, as GATEHOUSE_MIRROR_.
	Setting string

	// Patient clients wait and ask again where an account wants no request for a while,
	// or does not answer a question.
	Patient bool

	shadow bool // its questions are comparisons

	facts, schema, project string // paths of the environment, and its project's id; set by Begin

	mu    sync.Mutex
	memos map[mirror.Kind]memo // what was listed
}

var _ mirror.Account = (*Client)(nil)

// Validate checks the fields without asking the account. The error is Invalid, names
// the setting and does not repeat the address, which may hold a password.
func (c *Client) Validate() error {
	u, err := url.Parse(c.API)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return authz.InvalidField(c.Setting+"API_URL", "%sAPI_URL is not an address such as https://api.permit.io", c.Setting)
	case c.Key == "" || strings.ContainsAny(c.Key, " \r\n\t"):
		return authz.InvalidField(c.Setting+"KEY", "%sKEY is not an API key of the account", c.Setting)
	case (c.Project == "") != (c.Env == ""):
		return authz.InvalidField(c.Setting+"PROJECT", "%sPROJECT and %sENVIRONMENT go together", c.Setting, c.Setting)
	}
	return nil
}

// Begin implements [mirror.Account]: it finds out which environment the key reaches,
// and that what answers is what it should be.
func (c *Client) Begin(ctx context.Context) (string, error) {
	var scope struct {
		Project *string `json:"project_id"`
		Env     *string `json:"environment_id"`
	}
	if err := c.get(ctx, "/v2/api-key/scope", &scope); err != nil {
		return "", c.strange(err)
	}
	project, env := c.Project, c.Env
	if scope.Project != nil && scope.Env != nil && project == "" {
		project, env = *scope.Project, *scope.Env
	}
	if project == "" || env == "" {
		return "", fmt.Errorf("the API key reaches more than one environment: set %sPROJECT and %sENVIRONMENT", c.Setting, c.Setting)
	}
	var read struct {
		ID      string `json:"id"`
		Project string `json:"project_id"`
	}
	if err := c.get(ctx, "/v2/projects/"+url.PathEscape(project)+"/envs/"+url.PathEscape(env), &read); err != nil {
		return "", c.strange(err)
	}
	if read.ID == "" || read.Project == "" {
		return "", c.strange(errStrange)
	}
	c.project = read.Project
	c.facts = "/v2/facts/" + read.Project + "/" + read.ID
	c.schema = "/v2/schema/" + read.Project + "/" + read.ID
	for _, kind := range []mirror.Kind{mirror.User, mirror.Tenant, mirror.Assignment, mirror.Role} {
		if _, err := c.list(kind).page(ctx, c, url.Values{"per_page": {"1"}}); err != nil {
			return "", c.strange(err)
		}
	}
	return strings.TrimRight(c.API, "/") + " " + read.ID, nil
}

// errStrange says that an answer is not what Permit's API answers.
var errStrange = errors.New("it does not answer as Permit's API does")

// strange says what to do about an account that cannot be begun with.
func (c *Client) strange(err error) error {
	refusal, refused := errors.AsType[*mirror.Refusal](err)
	switch {
	case refused && refusal.Status == http.StatusUnauthorized:
		return fmt.Errorf("the account does not know the API key: is %sKEY right? %w", c.Setting, err)
	case refused && refusal.Status == http.StatusForbidden:
		return fmt.Errorf("the API key %sKEY may not read the environment: %w", c.Setting, err)
	case refused && refusal.Status == http.StatusNotFound, errors.Is(err, errStrange):
		return fmt.Errorf("is %sAPI_URL the address of Permit's API, and the environment right? %w", c.Setting, err)
	}
	return err
}

// get asks for what stands at a path.
func (c *Client) get(ctx context.Context, path string, into any) error {
	for try := 0; ; try++ {
		err := c.send(ctx, http.MethodGet, path, nil, into, false)
		_, refused := errors.AsType[*mirror.Refusal](err)
		if err == nil || refused || !c.Patient || try == tries || errors.Is(err, errStrange) {
			return err
		}
		if err := c.Pace.Clock.Sleep(ctx, time.Second<<try); err != nil {
			return err
		}
	}
}

// change sends a request that changes something; bulk says that it is about many things.
func (c *Client) change(ctx context.Context, method, path string, body any, bulk bool) error {
	return c.send(ctx, method, path, body, nil, bulk)
}

// send sends a request when it is its turn; a patient client does so again for as long
// as the account wants to be left alone.
func (c *Client) send(ctx context.Context, method, path string, body, into any, bulk bool) error {
	for {
		err := c.sendOnce(ctx, method, path, body, into, bulk)
		pause, paused := errors.AsType[*mirror.Pause](err)
		if !paused || !c.Patient {
			return err
		}
		c.Pace.Pause(pause.For)
	}
}

func (c *Client) sendOnce(ctx context.Context, method, path string, body, into any, bulk bool) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("%w: %w", mirror.ErrUnsent, err)
	}
	sort := mirror.Sort{Bulk: bulk, Write: method != http.MethodGet, Remove: method == http.MethodDelete}
	sort.Schema = sort.Write && strings.HasPrefix(path, "/v2/schema/")
	if err := c.Pace.Wait(ctx, sort); err != nil {
		return fmt.Errorf("%w: %w", mirror.ErrUnsent, err)
	}
	client := http.Client{Timeout: usualTimeout}
	if c.HTTP != nil {
		client = *c.HTTP
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	var in io.Reader
	if body != nil {
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(c.API, "/")+path, in)
	if err != nil {
		return fmt.Errorf("%w: %w", mirror.ErrUnsent, err)
	}
	req.Header.Set("Authorization", "Bearer "+c.Key)
	req.Header.Set("Accept", "application/json")
	if c.shadow {
		req.Header.Set(shadowHeader, "1")
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
		req.GetBody = nil // a request is sent once: a second sending of it is for the mirror to decide
	}
	res, err := client.Do(req)
	if err != nil {
		return unanswered(err)
	}
	defer res.Body.Close() //nolint:errcheck // the body is only read
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return unanswered(err)
	}
	return c.read(res, answer, into)
}

// unanswered is the error of a request without an answer; without the address, which
// says no more than the setting.
func unanswered(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return fmt.Errorf("%w: %w", mirror.ErrUnsent, err)
	}
	return fmt.Errorf("the account does not answer: %w", err)
}

// read reads an answer into into, or says what it came to.
func (c *Client) read(res *http.Response, answer []byte, into any) error {
	switch {
	case len(answer) > maxAnswer:
		return fmt.Errorf("the account's answer is larger than %d bytes", maxAnswer)
	case res.StatusCode == http.StatusTooManyRequests:
		wait := usualPause
		if n, err := strconv.ParseUint(res.Header.Get("Retry-After"), 10, 32); err == nil {
			wait = min(time.Duration(n)*time.Second, longestPause)
		} else if at, err := http.ParseTime(res.Header.Get("Retry-After")); err == nil {
			wait = min(max(time.Until(at), time.Second), longestPause)
		}
		return &mirror.Pause{For: wait}
	case res.StatusCode/100 == 3:
		return &mirror.Refusal{Status: res.StatusCode, Locked: true, Reason: "it redirects, so " + c.Setting + "API_URL is not its final address"}
	case res.StatusCode/100 == 4 && res.StatusCode != http.StatusRequestTimeout, res.StatusCode == http.StatusNotImplemented:
		return &mirror.Refusal{Status: res.StatusCode, Reason: reason(answer), Locked: res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden}
	case res.StatusCode/100 != 2:
		return fmt.Errorf("the account answered %d: %s", res.StatusCode, reason(answer))
	case into == nil:
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(answer))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", errStrange, err)
	}
	return nil
}

// reason is what a failure says of itself.
func reason(answer []byte) string {
	var failure struct {
		Message string          `json:"message"`
		Title   string          `json:"title"`
		Detail  json.RawMessage `json:"detail"`
	}
	_ = json.Unmarshal(answer, &failure) // what is no JSON says nothing
	text := cmp.Or(failure.Message, string(failure.Detail), failure.Title, "it does not say why")
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "…"
	}
	return text
}

// missing reports whether err says that there is no such thing.
func missing(err error) bool {
	r, ok := errors.AsType[*mirror.Refusal](err)
	return ok && r.Status == http.StatusNotFound
}
