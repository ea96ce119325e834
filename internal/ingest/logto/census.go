package logto

import (
	"context"
	"net/url"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
)

var (
	_ ingest.Census = (*Client)(nil)
	_ ingest.Census = Census{}
)

// A Census lists what the Client has that its Source uses at the moment.
type Census struct{ Source *Source }

func (c Census) client() (*Client, error) {
	if client := c.Source.API(); client != nil {
		return client, nil
	}
	return nil, authz.Errorf(authz.Unavailable, "logto's management api is not connected")
}

// Users implements [ingest.Census].
func (c Census) Users(ctx context.Context, yield func([]authz.Account) error) (bool, error) {
	client, err := c.client()
	if err != nil {
		return false, err
	}
	return client.Users(ctx, yield)
}

// Organizations implements [ingest.Census].
func (c Census) Organizations(ctx context.Context, yield func([]authz.SourceOrganization) error) (bool, error) {
	client, err := c.client()
	if err != nil {
		return false, err
	}
	return client.Organizations(ctx, yield)
}

// Members implements [ingest.Census].
func (c Census) Members(ctx context.Context, organization string, yield func([]authz.Member) error) (bool, error) {
	client, err := c.client()
	if err != nil {
		return false, err
	}
	return client.Members(ctx, organization, yield)
}

// Roles implements [ingest.Census].
func (c Census) Roles(ctx context.Context, yield func(string, []authz.UserKey) error) (bool, error) {
	client, err := c.client()
	if err != nil {
		return false, err
	}
	return client.Roles(ctx, yield)
}

// Templates implements [ingest.Census].
func (c Census) Templates(ctx context.Context) ([]authz.SourceRole, bool, error) {
	client, err := c.client()
	if err != nil {
		return nil, false, err
	}
	return client.Templates(ctx)
}

// Size implements [ingest.Census].
func (c Census) Size(ctx context.Context) (users, organizations int, err error) {
	client, err := c.client()
	if err != nil {
		return 0, 0, err
	}
	return client.Size(ctx)
}

// Size implements [ingest.Census].
func (c *Client) Size(ctx context.Context) (users, organizations int, err error) {
	if _, users, err = c.page(ctx, "/users", 1, 1, true); err != nil {
		return 0, 0, err
	}
	_, organizations, err = c.page(ctx, "/organizations", 1, 1, true)
	return users, organizations, err
}

// Users implements [ingest.Census].
func (c *Client) Users(ctx context.Context, yield func([]authz.Account) error) (bool, error) {
	return c.scan(ctx, "/users", true, func(rows []message) error {
		accounts := make([]authz.Account, len(rows))
		for i, r := range rows {
			if u, ok := readUser(map[string]any(r)); ok {
				accounts[i] = u.account()
			} else {
				accounts[i] = authz.Account{Source: sourceName, Key: authz.UserKey(r.text("id")), Exists: true}
			}
		}
		return yield(accounts)
	})
}

// Organizations implements [ingest.Census].
func (c *Client) Organizations(ctx context.Context, yield func([]authz.SourceOrganization) error) (bool, error) {
	return c.scan(ctx, "/organizations", true, func(rows []message) error {
		list := make([]authz.SourceOrganization, len(rows))
		for i, r := range rows {
			o, ok := readOrganization(map[string]any(r))
			if !ok {
				o = authz.SourceOrganization{Origin: authz.Origin{Source: sourceName, ID: r.text("id")}, Exists: true}
			}
			list[i] = o
		}
		return yield(list)
	})
}

// Members implements [ingest.Census]. Logto answers with no members for an
// organization that it does not have.
func (c *Client) Members(ctx context.Context, organization string, yield func([]authz.Member) error) (bool, error) {
	return c.scan(ctx, "/organizations/"+url.PathEscape(organization)+"/users", true, func(rows []message) error {
		members := make([]authz.Member, len(rows))
		for i, r := range rows {
			roles, ok := readRoles(r["organizationRoles"])
			if !ok {
				return authz.Errorf(authz.Unavailable, "a member of logto's organization %q has no roles as this version knows them", organization)
			}
			members[i] = authz.Member{User: authz.UserKey(r.text("id")), Roles: roles}
		}
		return yield(members)
	})
}

// Roles implements [ingest.Census].
func (c *Client) Roles(ctx context.Context, yield func(string, []authz.UserKey) error) (bool, error) {
	var roles []message
	whole, err := c.scan(ctx, "/roles?type=User", true, func(rows []message) error {
		roles = append(roles, rows...)
		return nil
	})
	for _, role := range roles {
		if err != nil {
			return false, err
		}
		var all bool
		all, err = c.scan(ctx, "/roles/"+url.PathEscape(role.text("id"))+"/users", true, func(rows []message) error {
			holders := make([]authz.UserKey, len(rows))
			for i, r := range rows {
				holders[i] = authz.UserKey(r.text("id"))
			}
			return yield(clean(role.text("name")), holders)
		})
		whole = whole && all
	}
	return whole, err
}
