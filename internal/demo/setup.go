package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// patience bounds the whole set-up, and tick is how often it looks.
const (
	patience = 30 * time.Second
	tick     = 20 * time.Millisecond
)

// defaultRole is what everybody who signs up is given.
const defaultRole = "viewer"

type (
	resource struct {
		Key     string            `json:"key"`
		Name    string            `json:"name"`
		Actions map[string]action `json:"actions"`
	}
	action struct {
		Name string `json:"name"`
	}
	role struct {
		Key         string   `json:"key"`
		Name        string   `json:"name"`
		Permissions []string `json:"permissions"`
	}
	member struct {
		Email       string  `json:"email"`
		Permissions []grant `json:"permissions"`
	}
	grant struct {
		Organization string `json:"organization_id"`
		Level        string `json:"object_type"`
		Access       string `json:"access_level"`
	}
	assignment struct {
		User   string `json:"user"`
		Role   string `json:"role"`
		Tenant string `json:"tenant"`
	}
)

// The policy of Reports Inc.
var (
	reports = resource{Key: "reports", Name: "Reports", Actions: map[string]action{
		"view": {Name: "View"}, "edit": {Name: "Edit"}, "delete": {Name: "Delete"},
	}}
	roles = []role{
		{Key: defaultRole, Name: "Viewer", Permissions: []string{"reports:view"}},
		{Key: "editor", Name: "Editor", Permissions: []string{"reports:view", "reports:edit"}},
		{Key: "admin", Name: "Admin", Permissions: []string{"reports:view", "reports:edit", "reports:delete"}},
	}
)

// A newcomer is somebody who has signed up before the visitor comes.
type newcomer struct {
	logtosim.SignUp
	ID   string
	Role string // given beside the role that everybody gets; empty is none
}

var newcomers = []newcomer{
	{SignUp: logtosim.SignUp{Name: "Mira Okafor", Username: "mira", Email: "mira@reports.example"}, Role: "admin"},
	{SignUp: logtosim.SignUp{Name: "Jonas Lind", Username: "jonas", Email: "jonas@reports.example"}},
}

// setUp writes the policy and lets the newcomers sign up. When it returns, a
// sign-up has gone the whole way to a permission.
func (d *demo) setUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("not done within %v", patience))
	defer cancel()
	api := &permitAPI{base: d.Gatehouse, key: d.APIKey}
	if err := api.wait(ctx, "/readyz"); err != nil {
		return err
	}
	if err := api.enter(ctx); err != nil {
		return err
	}
	if err := api.post(ctx, api.schema+"/resources", reports); err != nil {
		return err
	}
	for _, r := range roles {
		if err := api.post(ctx, api.schema+"/roles", r); err != nil {
			return err
		}
	}
	for _, n := range newcomers {
		u, err := d.Sim.SignUp(ctx, n.SignUp)
		if err != nil {
			return err
		}
		n.ID = u.ID
		d.known = append(d.known, n)
		if err := api.wait(ctx, api.facts+"/users/"+url.PathEscape(u.ID)); err != nil {
			return err
		}
		if n.Role == "" {
			continue
		}
		if err := d.hire(ctx, n.Email); err != nil {
			return err
		}
		if err := api.post(ctx, api.facts+"/role_assignments", assignment{User: u.ID, Role: n.Role, Tenant: "default"}); err != nil {
			return err
		}
	}
	return nil
}

// hire makes somebody an editor in the dashboard, who then may sign in there with
// Logto.
func (d *demo) hire(ctx context.Context, email string) error {
	api := &permitAPI{base: d.Gatehouse, key: d.owner}
	var scope struct {
		Organization string `json:"organization_id"`
	}
	if _, err := api.call(ctx, http.MethodGet, "/v2/api-key/scope", nil, &scope); err != nil {
		return err
	}
	return api.post(ctx, "/v2/members", member{Email: email, Permissions: []grant{{scope.Organization, "org", "write"}}})
}

// A permitAPI is what the demo needs of the Permit REST API.
type permitAPI struct {
	base, key     string
	schema, facts string // paths of the key's environment; see enter
}

// enter asks which environment the key is for, as the SDKs do first.
func (a *permitAPI) enter(ctx context.Context) error {
	var scope struct {
		Project     string `json:"project_id"`
		Environment string `json:"environment_id"`
	}
	if _, err := a.call(ctx, http.MethodGet, "/v2/api-key/scope", nil, &scope); err != nil {
		return err
	}
	env := "/" + url.PathEscape(scope.Project) + "/" + url.PathEscape(scope.Environment)
	a.schema, a.facts = "/v2/schema"+env, "/v2/facts"+env
	return nil
}

// wait asks for path until the answer is a success or ctx ends.
func (a *permitAPI) wait(ctx context.Context, path string) error {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		status, err := a.call(ctx, http.MethodGet, path, nil, nil)
		if err == nil {
			return nil
		}
		if status != http.StatusNotFound && status != http.StatusServiceUnavailable {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", path, context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

func (a *permitAPI) post(ctx context.Context, path string, in any) error {
	_, err := a.call(ctx, http.MethodPost, path, in, nil)
	return err
}

// call sends in, if it is not nil, and reads the answer into out, if it is not
// nil. An answer that is not a success is an error; its status is returned, too.
func (a *permitAPI) call(ctx context.Context, method, path string, in, out any) (int, error) {
	var body io.Reader = http.NoBody
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return 0, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, body)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+a.key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end below
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return resp.StatusCode, err
	}
	if resp.StatusCode/100 != 2 {
		return resp.StatusCode, fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, bytes.TrimSpace(answer))
	}
	if out == nil {
		return resp.StatusCode, nil
	}
	return resp.StatusCode, json.Unmarshal(answer, out)
}
