package logto

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Events are the events that a webhook must ask for, so that whatever Logto tells
// of users, organizations and roles is heard.
var Events = []string{
	"PostRegister", "PostSignIn",
	"User.Created", "User.Deleted", "User.Data.Updated", "User.SuspensionStatus.Updated",
	"Role.Created", "Role.Deleted", "Role.Data.Updated",
	"Organization.Created", "Organization.Deleted", "Organization.Data.Updated", "Organization.Membership.Updated",
	"OrganizationRole.Created", "OrganizationRole.Deleted", "OrganizationRole.Data.Updated",
}

// A Hook is a webhook of Logto.
type Hook struct {
	ID         string
	Name       string
	URL        string
	Events     []string
	Enabled    bool
	SigningKey string
	// Tried and Succeeded are its deliveries of the last 24 hours, by Logto's count;
	// [Client.Hooks] alone tells them.
	Tried, Succeeded int
}

// Lacks are the [Events] that the hook does not ask for.
func (h Hook) Lacks() []string {
	return slices.DeleteFunc(slices.Clone(Events), func(e string) bool { return slices.Contains(h.Events, e) })
}

type hookWire struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Events     []string `json:"events"`
	Config     hookURL  `json:"config"`
	SigningKey string   `json:"signingKey"`
	Enabled    bool     `json:"enabled"`
	Stats      struct {
		Tried     int `json:"requestCount"`
		Succeeded int `json:"successCount"`
	} `json:"executionStats"`
}

type hookURL struct {
	URL string `json:"url"`
}

func (w hookWire) hook() Hook {
	return Hook{ID: w.ID, Name: w.Name, URL: w.Config.URL, Events: w.Events, Enabled: w.Enabled, SigningKey: w.SigningKey,
		Tried: w.Stats.Tried, Succeeded: w.Stats.Succeeded}
}

// Hooks lists all webhooks. The error is Unavailable.
func (c *Client) Hooks(ctx context.Context) ([]Hook, error) {
	a, err := c.get(ctx, "/hooks?includeExecutionStats=true")
	if err != nil {
		return nil, err
	}
	var list []hookWire
	if a.status != http.StatusOK {
		return nil, a.unavailable("asked for the webhooks")
	}
	if json.Unmarshal(a.body, &list) != nil {
		return nil, a.strange()
	}
	hooks := make([]Hook, len(list))
	for i, w := range list {
		hooks[i] = w.hook()
	}
	return hooks, nil
}

// CreateHook makes an enabled webhook to the address that asks for all [Events].
// The error is Unavailable.
func (c *Client) CreateHook(ctx context.Context, name, address string) (Hook, error) {
	return c.putHook(ctx, http.MethodPost, "/hooks", map[string]any{
		"name": name, "events": Events, "config": hookURL{address}, "enabled": true,
	})
}

// RepairHook enables the webhook and makes it ask for all [Events] beside those it
// asks for. The error is Unavailable.
func (c *Client) RepairHook(ctx context.Context, h Hook) (Hook, error) {
	return c.putHook(ctx, http.MethodPatch, "/hooks/"+url.PathEscape(h.ID), map[string]any{
		"events": append(slices.Clone(h.Events), h.Lacks()...), "enabled": true,
	})
}

func (c *Client) putHook(ctx context.Context, method, path string, body any) (Hook, error) {
	a, err := c.ask(ctx, method, path, body)
	if err != nil {
		return Hook{}, err
	}
	var w hookWire
	if a.status/100 != 2 {
		return Hook{}, a.unavailable("asked to put a webhook")
	}
	if json.Unmarshal(a.body, &w) != nil || w.ID == "" || w.SigningKey == "" {
		return Hook{}, a.strange()
	}
	return w.hook(), nil
}

// TestHook has Logto send a made-up delivery of one event to the webhook's address,
// and returns Unavailable, saying what came of it, unless it was accepted.
func (c *Client) TestHook(ctx context.Context, h Hook) error {
	a, err := c.ask(ctx, http.MethodPost, "/hooks/"+url.PathEscape(h.ID)+"/test", map[string]any{
		"events": []string{"User.Created"}, "config": hookURL{h.URL},
	})
	switch {
	case err != nil:
		return err
	case a.status/100 == 2:
		return nil
	case a.code() == "hook.send_test_payload_failed":
		return authz.Errorf(authz.Unavailable, "logto cannot reach %s: is it the address of gatehouse as logto sees it?", h.URL)
	case a.code() == "hook.endpoint_responded_with_error":
		m, _ := decode(a.body)
		status, _ := m.at("data.responseStatus")
		return authz.Errorf(authz.Unavailable, "%s answered %v to logto: is it gatehouse, with nothing before it that refuses or redirects?", h.URL, status)
	}
	return a.unavailable("asked to test the webhook")
}
